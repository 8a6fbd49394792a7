/* Packets leave in bursts: at slot times that lie between slot_min and slot_max apart, at most so
 * many packets or bytes at each. After a pause the next slot is counted from the packet. One draw
 * per packet number at most (the spacing of the slot that the packet opens). */
#include "net/path.h"

static uint64_t spacing_ns(const DrillPath *path, uint64_t number) {
    uint64_t least_ns = path->settings.slot_min_ns;
    uint64_t most_ns = path->settings.slot_max_ns;
    if (most_ns <= least_ns) {
        return least_ns;
    }
    return least_ns +
           drill_stream_below(path->streams[DRILL_STREAM_SLOT], number, 0, most_ns - least_ns + 1);
}

static void enter(DrillPath *path, DrillPassage *passage) {
    const DrillLinkSettings *settings = &path->settings;
    if (settings->slot_min_ns == 0 || passage->at_once) {
        return;
    }
    uint64_t bytes = passage->packet->wire_bytes;
    bool late = passage->at_ns > path->slot_ns;
    bool full = (settings->slot_packets != 0 && path->slot_packets_left == 0) ||
                (settings->slot_bytes != 0 && path->slot_bytes_left < bytes &&
                 path->slot_bytes_left < settings->slot_bytes);
    if (late || full) {
        path->slot_ns = drill_time_add(late ? passage->at_ns : path->slot_ns,
                                       spacing_ns(path, passage->number));
        path->slot_packets_left = settings->slot_packets;
        path->slot_bytes_left = settings->slot_bytes;
    }
    path->slot_packets_left -= path->slot_packets_left > 0 ? 1 : 0;
    path->slot_bytes_left -= path->slot_bytes_left > bytes ? bytes : path->slot_bytes_left;
    passage->at_ns = path->slot_ns;
}

const DrillImpairment drill_impair_slot = {"slot", enter, NULL};
