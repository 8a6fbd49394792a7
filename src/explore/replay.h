/* Running a recorded run again from its trace. */
#ifndef DRILL_EXPLORE_REPLAY_H
#define DRILL_EXPLORE_REPLAY_H

#include "explore/run.h"

typedef struct DrillReplayResult {
    char recorded[65], replayed[65]; /* digests */
    uint64_t events;
    bool equal;
    size_t first_difference; /* index of the first event that differs; SIZE_MAX when equal */
    char *recorded_line, *replayed_line; /* that event in both; malloc'd, NULL when equal */
} DrillReplayResult;

/* `suite_folder`: where the scenario named by the trace lies. DRILL_INVALID: the trace is broken or
 * cut short, the scenario is not there, or it is not the text that was recorded.
 * DRILL_NOT_THERE_YET, DRILL_IO: as drill_run. */
DRILL_MUST_USE DrillResult drill_replay(const char *trace_path, const char *suite_folder,
                                        DrillReplayResult *result, DrillDiagnostic *diagnostic);
void drill_replay_result_free(DrillReplayResult *result);

#endif
