/* "retry=10s,inflight_max=20": the virtual broker's options as text, for --broker and trace
 * headers.
 */
#ifndef DRILL_EXPLORE_BROKER_TEXT_H
#define DRILL_EXPLORE_BROKER_TEXT_H

#include <mqttdrill/broker.h>

#include "base/diagnostic.h"

/* Changes what the text names. DRILL_INVALID names the option and what was expected. */
DRILL_MUST_USE DrillResult drill_broker_text_parse(const char *text, DrillBrokerConfig *config,
                                                   DrillDiagnostic *diagnostic);

#endif
