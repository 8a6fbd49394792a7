/* The end of a connection is under way for longer than everything else: an old FIN that arrives
 * when the next connection is open already. Draws nothing. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    if (path->settings.fin_delay_ns == 0 || !passage->packet->fin) {
        return;
    }
    passage->at_ns = drill_time_add(passage->at_ns, path->settings.fin_delay_ns);
    passage->loose = true;
}

const DrillImpairment drill_impair_fin = {"fin", enter, NULL};
