/* The packet is not delayed at all and so overtakes those that are: with the ratio's probability,
 * and at most one of `reorder_gap` packets. Without a delay nothing is overtaken. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.reorder.numerator == 0 || !passage->packet->lossy) {
        return;
    }
    uint64_t draw = drill_correlated_draw(path, &path->reorder, DRILL_STREAM_REORDER,
                                          passage->number, path->settings.reorder_correlation);
    uint64_t gap = path->settings.reorder_gap;
    path->reorder_passed++;
    if ((gap != 0 && path->reorder_passed < gap) ||
        !drill_value_chance(draw, path->settings.reorder)) {
        return;
    }
    path->reorder_passed = 0;
    passage->at_once = true;
    passage->loose = true;
    path->stats.reordered++;
}

const DrillImpairment drill_impair_reorder = {"reorder", enter, NULL};
