/* Many runs, in child processes, with their results brought back. */
#ifndef DRILL_EXPLORE_BATCH_H
#define DRILL_EXPLORE_BATCH_H

#include "explore/pool.h"
#include "explore/run.h"

/* What became of one run of a batch. */
typedef struct DrillBatchResult {
    size_t item;
    DrillResult done; /* of drill_run; DRILL_IO also when the child crashed or was killed */
    DrillDiagnostic diagnostic; /* why `done` is not DRILL_OK */
    DrillTaskEnd end;
    DrillRunResult run; /* when `done` is DRILL_OK */
} DrillBatchResult;

typedef struct DrillBatchOptions {
    const DrillRunOptions *runs; /* NULL: `fill` makes them */
    /* In the child: options of one run. With many runs, a table of them all makes each fork dear.
     */
    void (*fill)(void *context, size_t item, DrillRunOptions *out);
    size_t count;
    size_t jobs;
    size_t chunk;        /* runs of one process, see pool.h; not with `fresh` */
    uint64_t timeout_ns; /* wall clock, of one run */
    /* Runs for which this says true are done by the program executed anew, with `argv` plus
     * "--worker-task N", another environment and address layout, instead of by a fork. May be NULL.
     */
    bool (*fresh)(void *context, size_t item);
    char *const *argv;
    /* In the parent, before the run's process is made; may still change what `fill` will say.
     * False: the run is left out. May be NULL. */
    bool (*starting)(void *context, size_t item);
    /* Is a run that goes on no longer wanted? It is killed, and `done` says so by `end`. May be
     * NULL.
     */
    bool (*unwanted)(void *context, size_t item);
    /* False: start nothing more. The callee may take `run` away (and zero it); else it is freed
     * afterwards. */
    bool (*done)(void *context, DrillBatchResult *result);
    void (*tick)(void *context, size_t running);
    void *context;
} DrillBatchOptions;

DRILL_MUST_USE DrillResult drill_batch_run(const DrillBatchOptions *options,
                                           DrillDiagnostic *diagnostic);

/* Does one run here and writes its result to `output` in the form a batch reads. */
void drill_batch_work(const DrillRunOptions *run, DrillBuffer *output);

/* The wire form between child and parent (same program on both ends, no format for files). */
void drill_run_result_write(const DrillRunResult *result, DrillBuffer *out);
/* False: not such bytes. Everything in *result is malloc'd. */
DRILL_MUST_USE bool drill_run_result_read(DrillSpan *in, DrillRunResult *result);

#endif
