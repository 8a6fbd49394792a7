/* Loss in two states (Gilbert 1960, Elliott 1963): good and bad, each with its own probability of
 * loss; p leads from good to bad, r back. A packet is lost as its state says, then a step is made.
 * Two draws per packet number. */
#include "net/path.h"

enum { GOOD, BAD };

static void step(const DrillPath *path, DrillWalk *walk, uint64_t number) {
    const DrillLinkRatio *set = path->settings.loss_gilbert;
    DrillLinkRatio p = set[0];
    DrillLinkRatio r = set[1].denominator != 0 ? set[1] : drill_ratio_rest(p);
    DrillLinkRatio lost_in_bad = set[2].denominator != 0 ? set[2] : (DrillLinkRatio){1, 1};
    DrillLinkRatio lost_in_good = set[3];
    DrillStream stream = path->streams[DRILL_STREAM_GILBERT];
    bool bad = walk->state == BAD;
    walk->lost =
        drill_value_chance(drill_stream_draw(stream, number, 0), bad ? lost_in_bad : lost_in_good);
    if (drill_value_chance(drill_stream_draw(stream, number, 1), bad ? r : p)) {
        walk->state = bad ? GOOD : BAD;
    }
}

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.loss_gilbert[0].denominator == 0) {
        return;
    }
    bool lost = drill_walk(path, &path->gilbert, passage->number, step);
    if (lost && !passage->certain && passage->packet->lossy) {
        passage->lost = "gilbert";
    }
}

const DrillImpairment drill_impair_gilbert = {"gilbert", enter, NULL};
