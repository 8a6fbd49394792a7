/* Loss in four states (Salsano, Ludovici, Ordine, Giannuzzi: "Definition of a general and intuitive
 * loss model for packet networks and its implementation in the Netem module in the Linux kernel",
 * 2012): 1 received, 2 received within a burst, 3 lost within a burst, 4 lost alone. A step is made
 * for each packet, which then shares the fate of the new state. One draw per packet number. */
#include "net/path.h"

enum { RECEIVED, RECEIVED_IN_BURST, LOST_IN_BURST, LOST_ALONE };

/* p + q as one comparison: below p, below p + q, or above. The draw for q is scaled to what is left
 * above p, in integers: it uses another 64 bits so that nothing is rounded away. */
static int choose(const DrillPath *path, uint64_t number, DrillLinkRatio p, DrillLinkRatio q) {
    DrillStream stream = path->streams[DRILL_STREAM_MARKOV];
    if (drill_value_chance(drill_stream_draw(stream, number, 0), p)) {
        return 0;
    }
    if (q.denominator == 0 || q.numerator == 0) {
        return 2;
    }
    /* q / (1 - p), as a ratio of products of what fits 32 bits */
    DrillLinkRatio rest = drill_ratio_rest(p);
    uint64_t numerator = q.numerator;
    uint64_t denominator = q.denominator;
    while (numerator > UINT32_MAX || denominator > UINT32_MAX || rest.denominator > UINT32_MAX) {
        numerator >>= 1;
        denominator >>= 1;
        rest.numerator >>= 1;
        rest.denominator >>= 1;
    }
    DrillLinkRatio scaled = {numerator * rest.denominator, denominator * rest.numerator};
    if (scaled.denominator == 0 || scaled.numerator >= scaled.denominator) {
        return 1;
    }
    return drill_value_chance(drill_stream_draw(stream, number, 1), scaled) ? 1 : 2;
}

static void step(const DrillPath *path, DrillWalk *walk, uint64_t number) {
    const DrillLinkRatio *set = path->settings.loss_markov;
    DrillLinkRatio p13 = set[0];
    DrillLinkRatio p31 = set[1].denominator != 0 ? set[1] : drill_ratio_rest(p13);
    DrillLinkRatio p32 = set[2];
    DrillLinkRatio p23 = set[3].denominator != 0 ? set[3] : (DrillLinkRatio){1, 1};
    DrillLinkRatio p14 = set[4];
    static const unsigned from_received[] = {LOST_IN_BURST, LOST_ALONE, RECEIVED};
    static const unsigned from_lost[] = {RECEIVED, RECEIVED_IN_BURST, LOST_IN_BURST};
    static const unsigned from_burst[] = {LOST_IN_BURST, RECEIVED_IN_BURST, RECEIVED_IN_BURST};
    switch (walk->state) {
    case RECEIVED:
        walk->state = from_received[choose(path, number, p13, p14)];
        break;
    case RECEIVED_IN_BURST:
        walk->state = from_burst[choose(path, number, p23, (DrillLinkRatio){0, 0})];
        break;
    case LOST_IN_BURST:
        walk->state = from_lost[choose(path, number, p31, p32)];
        break;
    case LOST_ALONE:
        walk->state = RECEIVED;
        break;
    default:
        DRILL_ASSERT(false);
    }
    walk->lost = walk->state == LOST_IN_BURST || walk->state == LOST_ALONE;
}

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.loss_markov[0].denominator == 0) {
        return;
    }
    bool lost = drill_walk(path, &path->markov, passage->number, step);
    if (lost && !passage->certain && passage->packet->lossy) {
        passage->lost = "markov";
    }
}

const DrillImpairment drill_impair_markov = {"markov", enter, NULL};
