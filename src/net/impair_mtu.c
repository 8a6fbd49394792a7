/* Packets above the path's MTU are dropped. Whether the sender is told (mtu_tell) is for the
 * transport to ask: drill_link_mtu_told. Draws nothing. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    uint64_t mtu = path->settings.mtu_bytes;
    if (mtu != 0 && passage->packet->lossy && passage->packet->wire_bytes > mtu) {
        passage->lost = "mtu";
    }
}

const DrillImpairment drill_impair_mtu = {"mtu", enter, NULL};

uint64_t drill_link_mtu_told(const DrillLink *link, int direction) {
    const DrillLinkSettings *settings = drill_link_settings(link, direction);
    return settings->mtu_tell ? settings->mtu_bytes : 0;
}
