/* The path stands still until a point in time: packets wait at its far end, in order, none lost.
 * Draws nothing. */
#include "net/path.h"

static uint64_t leave(const DrillPath *path, const DrillPacket *packet, uint64_t at_ns) {
    (void)packet;
    return path->stall_until_ns > at_ns ? path->stall_until_ns : at_ns;
}

const DrillImpairment drill_impair_stall = {"stall", NULL, leave};

void drill_link_stall(DrillLink *link, int direction, uint64_t until_ns) {
    DrillPath *path = drill_link_path(link, direction);
    path->stall_until_ns = until_ns;
    drill_path_arm(path);
}
