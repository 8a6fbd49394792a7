/* What a path forgets about a connection: the mapping of a NAT when nothing has come by for too
 * long, and everything when the client's address changes. Packets of a forgotten connection vanish
 * in both directions; a new connection works. Draws nothing. */
#include "net/path.h"

static uint64_t period_of(const DrillPath *path, uint64_t at_ns) {
    return (at_ns - drill_link_begun_ns(path->link)) / path->settings.rebind_ns;
}

static void enter(DrillPath *path, DrillPassage *passage) {
    DrillTrail *trail = passage->packet->trail;
    if (trail == NULL || !passage->packet->lossy) {
        return;
    }
    uint64_t now_ns = passage->now_ns;
    uint64_t address = drill_link_address(path->link);
    if (!trail->begun) {
        *trail = (DrillTrail){.begun = true, .begun_ns = now_ns, .address = address};
        trail->last_ns = now_ns;
    }
    uint64_t idle_ns = path->settings.nat_idle_ns;
    if (idle_ns != 0 && now_ns - trail->last_ns > idle_ns) {
        trail->forgotten = true;
    }
    trail->last_ns = now_ns;
    if (trail->forgotten) {
        passage->lost = "nat";
    } else if (trail->address != address ||
               (path->settings.rebind_ns != 0 &&
                period_of(path, trail->begun_ns) != period_of(path, now_ns))) {
        passage->lost = "address";
    }
}

const DrillImpairment drill_impair_nat = {"nat", enter, NULL};
