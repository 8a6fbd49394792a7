/* Inside net: one setting's value as text, read and written. */
#ifndef DRILL_NET_SETTINGS_TEXT_H
#define DRILL_NET_SETTINGS_TEXT_H

#include <stdio.h>

#include "net/settings.h"

/* False: not such a value; nothing was changed. */
bool drill_setting_read(const DrillSetting *row, DrillSpan value, DrillLinkSettings *settings);
bool drill_setting_is_set(const DrillSetting *row, const DrillLinkSettings *settings);
/* Their sum is at most 1. */
bool drill_ratios_fit(DrillLinkRatio a, DrillLinkRatio b);

#endif
