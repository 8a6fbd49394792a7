/* Propagation delay, the same for every packet, plus jitter, uniform in [-jitter, +jitter]; not
 * below 0 together. No packet overtakes the one ahead: the link's ring sees to that. One draw per
 * packet when there is jitter, indexed by the packet's number. */
#include "net/path.h"

static void enter(DrillPath *path, DrillPassage *passage) {
    uint64_t delay_ns = path->settings.delay_ns;
    uint64_t jitter_ns = path->settings.jitter_ns;
    if (jitter_ns != 0) {
        uint64_t half_max_ns = (DRILL_NEVER - 1) / 2;
        uint64_t half_ns = jitter_ns < half_max_ns ? jitter_ns : half_max_ns;
        uint64_t shift_ns =
            drill_stream_below(path->jitter_stream, passage->number, 0, 2 * half_ns + 1);
        if (shift_ns >= half_ns) {
            delay_ns = drill_time_add(delay_ns, shift_ns - half_ns);
        } else {
            uint64_t early_ns = half_ns - shift_ns;
            delay_ns = delay_ns > early_ns ? delay_ns - early_ns : 0;
        }
    }
    passage->at_ns = drill_time_add(passage->at_ns, delay_ns);
}

const DrillImpairment drill_impair_delay = {"delay", enter, NULL};
