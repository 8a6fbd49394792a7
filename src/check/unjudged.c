/* Statements that a trace does not show, and why: src/spec calls them testable, for testers that
 * see more, or other, than packets. */
#include "check/check.h"

#include <string.h>

typedef struct Unjudged {
    const char *statement;
    const char *reason;
} Unjudged;

#define TRANSPORT                                                                                  \
    "TCP is such a transport, and what a trace holds has come over it: a party without one has "   \
    "no "                                                                                          \
    "trace, and a stream that is not ordered or lossless shows as malformed packets, which are "   \
    "judged"
#define WEBSOCKET                                                                                  \
    "about MQTT over WebSocket, which this tool does not speak: it runs over TCP, where there "    \
    "are "                                                                                         \
    "no frames and no subprotocol"

static const Unjudged unjudged[] = {
    {"v3:MQTT-6.0.0-1", WEBSOCKET}, {"v3:MQTT-6.0.0-2", WEBSOCKET}, {"v3:MQTT-6.0.0-3", WEBSOCKET},
    {"v3:MQTT-6.0.0-4", WEBSOCKET}, {"v3:MQTT-7.1.1-1", TRANSPORT}, {"v3:MQTT-7.1.2-1", TRANSPORT},
    {"v5:MQTT-4.2.0-1", TRANSPORT}, {"v5:MQTT-6.0.0-1", WEBSOCKET}, {"v5:MQTT-6.0.0-2", WEBSOCKET},
    {"v5:MQTT-6.0.0-3", WEBSOCKET}, {"v5:MQTT-6.0.0-4", WEBSOCKET},
};

const char *drill_oracle_unjudged(const char *statement) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(unjudged); i++) {
        if (strcmp(unjudged[i].statement, statement) == 0) {
            return unjudged[i].reason;
        }
    }
    return NULL;
}
