/* Independent random loss: each packet is lost with the ratio's probability. One draw per packet
 * that gets here, indexed by the packet's number. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    DrillRatio ratio = {path->settings.loss_numerator, path->settings.loss_denominator};
    if (ratio.denominator == 0 || ratio.numerator == 0 || passage->certain ||
        !passage->packet->lossy) {
        return;
    }
    if (drill_stream_chance(path->loss_stream, passage->number, 0, ratio)) {
        passage->lost = "loss";
    }
}

const DrillImpairment drill_impair_loss = {"loss", enter, NULL};
