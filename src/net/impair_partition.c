/* Nothing passes until a point in time: what is sent meanwhile is lost. What may not be lost waits
 * at the far end of the path until the partition is over. Draws nothing. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (passage->now_ns >= path->partition_until_ns) {
        return;
    }
    if (passage->packet->lossy) {
        passage->lost = "partition";
    } else {
        passage->packet->held = true;
    }
}

static uint64_t leave(const DrillPath *path, const DrillPacket *packet, uint64_t at_ns) {
    return packet->held && path->partition_until_ns > at_ns ? path->partition_until_ns : at_ns;
}

const DrillImpairment drill_impair_partition = {"partition", enter, leave};

void drill_link_partition(DrillLink *link, int direction, uint64_t until_ns) {
    DrillPath *path = drill_link_path(link, direction);
    path->partition_until_ns = until_ns;
    drill_path_arm(path);
}
