/* Random loss: each packet is lost with the ratio's probability; with a correlation, the draw of
 * the packet ahead is used again with that probability, so that losses come in runs while their
 * rate stays exactly as set. One draw per packet number (two with a correlation). */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    DrillLinkRatio ratio = {path->settings.loss_numerator, path->settings.loss_denominator};
    if (ratio.denominator == 0 || ratio.numerator == 0) {
        return;
    }
    uint64_t draw = drill_correlated_draw(path, &path->loss, DRILL_STREAM_LOSS, passage->number,
                                          path->settings.loss_correlation);
    if (!passage->certain && passage->packet->lossy && drill_value_chance(draw, ratio)) {
        passage->lost = "loss";
    }
}

const DrillImpairment drill_impair_loss = {"loss", enter, NULL};
