/* Statements that a trace does not show, and why: src/spec calls them testable, for testers that
 * see more, or other, than packets. */
#include "check/check.h"

#include <string.h>

typedef struct Unjudged {
    const char *statement;
    const char *reason;
} Unjudged;

#define TRANSPORT "every run is over such a transport: without it there would be no trace"
#define WEBSOCKET "below the packets of a trace; the WebSocket transport's own tests look at frames"

static const Unjudged unjudged[] = {
    {"v3:MQTT-3.3.5-2", "whether a client is authorised is not in the trace; that every PUBLISH is "
                        "answered or the connection closed is judged by v3:MQTT-3.3.4-1"},
    {"v3:MQTT-3.8.3-2", "3.1.1 has no way to say that wildcards are not supported, so a refused "
                        "filter may have been refused for any reason"},
    {"v3:MQTT-6.0.0-1", WEBSOCKET},
    {"v3:MQTT-6.0.0-2", WEBSOCKET},
    {"v3:MQTT-6.0.0-3", WEBSOCKET},
    {"v3:MQTT-6.0.0-4", WEBSOCKET},
    {"v3:MQTT-7.1.1-1", TRANSPORT},
    {"v3:MQTT-7.1.2-1", TRANSPORT},
    {"v5:MQTT-4.2.0-1", TRANSPORT},
    {"v5:MQTT-6.0.0-1", WEBSOCKET},
    {"v5:MQTT-6.0.0-2", WEBSOCKET},
    {"v5:MQTT-6.0.0-3", WEBSOCKET},
    {"v5:MQTT-6.0.0-4", WEBSOCKET},
};

const char *drill_oracle_unjudged(const char *statement) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(unjudged); i++) {
        if (strcmp(unjudged[i].statement, statement) == 0) {
            return unjudged[i].reason;
        }
    }
    return NULL;
}
