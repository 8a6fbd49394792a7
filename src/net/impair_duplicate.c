/* The packet arrives twice, the second time right behind the first. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.duplicate.numerator == 0) {
        return;
    }
    uint64_t draw = drill_correlated_draw(path, &path->duplicate, DRILL_STREAM_DUPLICATE,
                                          passage->number, path->settings.duplicate_correlation);
    if (passage->packet->lossy && drill_value_chance(draw, path->settings.duplicate)) {
        passage->twice = true;
        path->stats.duplicated++;
    }
}

const DrillImpairment drill_impair_duplicate = {"duplicate", enter, NULL};
