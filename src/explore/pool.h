/* Tasks in child processes, several at a time: a scenario that crashes, hangs or eats memory takes
 * only its own process along. Children are forked, not executed anew, because a run costs less than
 * a start of the program (docs/decisions/0001-fork-pool.md). */
#ifndef DRILL_EXPLORE_POOL_H
#define DRILL_EXPLORE_POOL_H

#include "base/base.h"
#include "base/diagnostic.h"

typedef enum DrillTaskEnd {
    DRILL_TASK_DONE,    /* exit 0; the output is whole */
    DRILL_TASK_CRASHED, /* a signal, or another exit status */
    DRILL_TASK_TIMEOUT, /* killed: over the wall-clock limit */
    DRILL_TASK_TOO_BIG, /* killed: more output than the limit */
    DRILL_TASK_UNWANTED /* killed: `unwanted` said so */
} DrillTaskEnd;

typedef struct DrillTaskReport {
    size_t task;
    DrillTaskEnd end;
    int status;         /* signal or exit status of a crash */
    bool signalled;     /* ... which of them */
    DrillSpan output;   /* what `work` appended; valid during the call */
    DrillSpan messages; /* what the child wrote to standard error, its last 4 KiB */
    uint64_t wall_ns;
} DrillTaskReport;

typedef struct DrillPoolOptions {
    size_t jobs; /* at least 1 */
    size_t tasks;
    /* Tasks that one process does one after the other; 0 and 1: each has its own. A process costs
     * as much as a short run. One that crashes or is killed takes only the task along that it was
     * at: another does the rest. Not with `starting` or `unwanted`, nor where `work` executes
     * another program. */
    size_t chunk;
    uint64_t timeout_ns; /* of one task; 0: none */
    /* In the parent, before the task's process is made. False: the task is left out. May be NULL.
     */
    bool (*starting)(void *context, size_t task);
    /* In the parent, ten times a second for each task that runs: is it no longer wanted? May be
     * NULL. */
    bool (*unwanted)(void *context, size_t task);
    /* In the child: does task `task` and leaves its output. Must not touch the parent's files. */
    void (*work)(void *context, size_t task, DrillBuffer *output);
    /* In the parent, in order of completion. False: start no more processes. */
    bool (*done)(void *context, const DrillTaskReport *report);
    /* In the parent, about ten times a second: progress. May be NULL. */
    void (*tick)(void *context, size_t running);
    void *context;
} DrillPoolOptions;

/* DRILL_OK: all tasks were done or `done` said stop. DRILL_BUSY: interrupted by SIGINT or SIGTERM;
 * children are gone, reports so far were delivered. DRILL_IO: no process or pipe could be made. */
DRILL_MUST_USE DrillResult drill_pool_run(const DrillPoolOptions *options,
                                          DrillDiagnostic *diagnostic);

#endif
