/* Exact loss: one character for each of the next packets, '1' passes, '0' is lost. Draws nothing.
 * Packets that may not be lost (stream) neither obey the mask nor use it up. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->mask_used == path->mask.size || !passage->packet->lossy) {
        return;
    }
    uint8_t verdict = path->mask.data[path->mask_used++];
    if (verdict == '0') {
        passage->lost = "mask";
    } else {
        passage->certain = true;
    }
}

const DrillImpairment drill_impair_mask = {"mask", enter, NULL};

DrillResult drill_link_mask(DrillLink *link, int direction, DrillSpan mask) {
    for (size_t i = 0; i < mask.size; i++) {
        if (mask.data[i] != '0' && mask.data[i] != '1') {
            return DRILL_INVALID;
        }
    }
    DrillPath *path = drill_link_path(link, direction);
    drill_buffer_clear(&path->mask);
    drill_buffer_put(&path->mask, mask.data, mask.size);
    path->mask_used = 0;
    return DRILL_OK;
}
