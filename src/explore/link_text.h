/* "delay=200ms,jitter=10ms,loss=5%,rate=64kbit,queue=16KiB": link settings as text, for --link and
 * trace headers. */
#ifndef DRILL_EXPLORE_LINK_TEXT_H
#define DRILL_EXPLORE_LINK_TEXT_H

#include <mqttdrill/world.h>

#include "base/diagnostic.h"

/* Sets both directions. DRILL_INVALID names the setting and what was expected. */
DRILL_MUST_USE DrillResult drill_link_text_parse(const char *text, DrillWorldLink *out,
                                                 DrillDiagnostic *diagnostic);

#endif
