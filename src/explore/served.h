/* The virtual broker on a port of its own, in a process of its own: to be tested like a stranger.
 */
#ifndef DRILL_EXPLORE_SERVED_H
#define DRILL_EXPLORE_SERVED_H

#include "explore/run.h"

typedef struct DrillServed {
    int pid; /* 0: none */
    uint16_t port;
} DrillServed;

typedef struct DrillServedOptions {
    const DrillScenario *scenario; /* its `broker` table configures the broker; NULL: defaults */
    DrillDefectSet defects;
    uint64_t seed;
    const char *trace_path; /* NULL: none. Whole only when it has finished. */
} DrillServedOptions;

/* Returns when it listens on a free loopback port. It ends with its parent at the latest.
 * DRILL_IO: no process or pipe, or the broker ended at once. */
DRILL_MUST_USE DrillResult drill_served_start(const DrillServedOptions *options, DrillServed *out,
                                              DrillDiagnostic *diagnostic);
void drill_served_stop(DrillServed *served);
/* Asks it to stop, as it would a stranger: it cuts what is open and ends its trace. False: it did
 * not, and was killed. */
bool drill_served_finish(DrillServed *served);

#endif
