/* A recorded link: rows of (time, delay, rate, loss), each valid until the next; the last one
 * stays. Delay and rate take the place of those set; the loss is drawn on top. One draw per packet.
 */
#include "net/path.h"

const DrillLinkRow *drill_replay_row(const DrillPath *path, uint64_t now_ns) {
    const DrillLinkRow *rows = path->settings.replay;
    size_t count = path->settings.replay_count;
    if (count == 0) {
        return NULL;
    }
    uint64_t since_ns = now_ns - drill_link_begun_ns(path->link);
    size_t below = 0; /* rows that have begun */
    size_t above = count;
    while (below < above) {
        size_t middle = below + (above - below) / 2;
        if (rows[middle].time_ns <= since_ns) {
            below = middle + 1;
        } else {
            above = middle;
        }
    }
    return below == 0 ? NULL : &rows[below - 1];
}

static void enter(DrillPath *path, DrillPassage *passage) {
    const DrillLinkRow *row = drill_replay_row(path, passage->now_ns);
    if (row == NULL || passage->certain || !passage->packet->lossy) {
        return;
    }
    uint64_t draw = drill_stream_draw(path->streams[DRILL_STREAM_REPLAY], passage->number, 0);
    if (drill_value_chance(draw, row->loss)) {
        passage->lost = "replay";
    }
}

const DrillImpairment drill_impair_replay = {"replay", enter, NULL};
