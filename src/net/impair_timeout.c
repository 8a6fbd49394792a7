/* No byte is passed on; so long after that began, the connection is closed. Taken away before, what
 * was kept back is handed over: in a stream nothing may be missing. */
#include "net/connection.h"

static uint64_t due_ns(const DrillTransport *transport, int direction) {
    DrillLink *link = transport->link;
    const DrillLinkMoment *moment = &drill_link_settings(link, direction)->timeout;
    if (!moment->set) {
        return DRILL_NEVER;
    }
    uint64_t opened_ns = transport->toxic.opened_ns;
    uint64_t set_ns = drill_link_path(link, direction)->set_ns;
    return drill_time_add(set_ns > opened_ns ? set_ns : opened_ns, moment->after_ns);
}

static void strike(DrillTransport *transport, uint64_t now_ns) {
    drill_transport_end(transport, DRILL_CLOSE_FIN, now_ns);
}

static bool holds(const DrillLinkSettings *settings) {
    return settings->timeout.set;
}

const DrillToxic drill_toxic_timeout = {
    .name = "timeout", .due_ns = due_ns, .strike = strike, .holds = holds};
