/* "preset=geo,loss=2%,c>b.delay=300ms": link settings as text, for --link and trace headers. The
 * settings are those of net/settings.c; here files are read. */
#ifndef DRILL_EXPLORE_LINK_TEXT_H
#define DRILL_EXPLORE_LINK_TEXT_H

#include <mqttdrill/world.h>

#include "base/diagnostic.h"
#include "net/tcp_settings.h"

/* Sets both directions. DRILL_INVALID names the setting and what was expected. */
DRILL_MUST_USE DrillResult drill_link_text_parse(const char *text, DrillWorldLink *out,
                                                 DrillDiagnostic *diagnostic);
/* Frees what files held (table, replay). */
void drill_link_text_release(DrillWorldLink *link);
/* "profile=embedded,nagle=true": likewise for --tcp; what is not named is as in Linux. */
DRILL_MUST_USE DrillResult drill_tcp_text_parse(const char *text, DrillTcpSettings *out,
                                                DrillDiagnostic *diagnostic);

#endif
