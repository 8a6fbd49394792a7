/* A wrong bit: the packet travels as any other and is dropped by the checksum of its receiver
 * ("corrupt"); a datagram arrives all the same when the settings say so. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.corrupt.numerator == 0) {
        return;
    }
    uint64_t draw = drill_correlated_draw(path, &path->corrupt, DRILL_STREAM_CORRUPT,
                                          passage->number, path->settings.corrupt_correlation);
    if (!passage->certain && passage->packet->lossy &&
        drill_value_chance(draw, path->settings.corrupt)) {
        passage->packet->corrupt = true;
        path->stats.corrupted++;
    }
}

const DrillImpairment drill_impair_corrupt = {"corrupt", enter, NULL};
