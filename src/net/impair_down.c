/* The far end is down: connections are reset, new ones refused. */
#include "net/connection.h"

static uint64_t due_ns(const DrillTransport *transport, int direction) {
    return drill_link_settings(transport->link, direction)->down ? 0 : DRILL_NEVER;
}

static void strike(DrillTransport *transport, uint64_t now_ns) {
    drill_transport_end(transport, DRILL_CLOSE_RST, now_ns);
}

const DrillToxic drill_toxic_down = {.name = "down", .due_ns = due_ns, .strike = strike};
