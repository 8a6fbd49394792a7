/* Both ends are told RST so long after the connection was opened. */
#include "net/connection.h"

static uint64_t due_ns(const DrillTransport *transport, int direction) {
    const DrillLinkMoment *moment = &drill_link_settings(transport->link, direction)->reset_peer;
    return moment->set ? drill_time_add(transport->toxic.opened_ns, moment->after_ns) : DRILL_NEVER;
}

static void strike(DrillTransport *transport, uint64_t now_ns) {
    drill_transport_end(transport, DRILL_CLOSE_RST, now_ns);
}

const DrillToxic drill_toxic_reset_peer = {
    .name = "reset_peer", .due_ns = due_ns, .strike = strike};
