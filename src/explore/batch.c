#include "explore/batch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* First byte of a child's output: DrillResult of drill_run; then a result, or the diagnostic's
 * text. */
typedef struct Batch {
    const DrillBatchOptions *options;
} Batch;

void drill_batch_work(const DrillRunOptions *run, DrillBuffer *output) {
    DrillRunResult result;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult done = drill_run(run, &result, &diagnostic);
    drill_buffer_put_byte(output, (uint8_t)done);
    if (done == DRILL_OK)
        drill_run_result_write(&result, output);
    else
        drill_buffer_put_string(output, diagnostic.text);
    drill_run_result_free(&result);
}

/* The new program writes its result to standard output, which the pool has made the pipe.
 * A process as different as we can make it from its siblings: address layout, heap contents, time
 * zone, locale. */
static void execute_anew(const DrillBatchOptions *options, size_t item) {
    size_t count = 0;
    while (options->argv[count])
        count++;
    char **argv = calloc(count + 3, sizeof(char *));
    char number[32];
    DRILL_ASSERT(argv != NULL);
    for (size_t i = 0; i < count; i++)
        argv[i] = options->argv[i];
    snprintf(number, sizeof(number), "%zu", item);
    argv[count] = (char *)(uintptr_t) "--worker-task";
    argv[count + 1] = number;
    setenv("MALLOC_PERTURB_", item % 2 ? "165" : "90", 1);
    setenv("TZ", "Pacific/Chatham", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    execv("/proc/self/exe", argv);
    perror("mqttdrill: cannot execute itself anew");
    _exit(3);
}

static void work(void *context, size_t task, DrillBuffer *output) {
    const DrillBatchOptions *options = ((Batch *)context)->options;
    if (options->fresh && options->fresh(options->context, task)) execute_anew(options, task);
    DrillRunOptions run;
    if (options->runs)
        run = options->runs[task];
    else
        options->fill(options->context, task, &run);
    drill_batch_work(&run, output);
}

/* It ended itself and has said why: status 3 is that of the machinery. */
static bool gave_up(const DrillTaskReport *report) {
    return report->end == DRILL_TASK_CRASHED && !report->signalled && report->status == 3 &&
           report->messages.size > 0;
}

static void put_end(const DrillBatchOptions *options, const DrillTaskReport *report,
                    DrillBuffer *out) {
    static const char *const ends[] = {[DRILL_TASK_DONE] = "ended early",
                                       [DRILL_TASK_TOO_BIG] = "was killed: too much output",
                                       [DRILL_TASK_UNWANTED] =
                                           "was killed: it was not wanted any more"};
    if (report->end == DRILL_TASK_TIMEOUT) {
        drill_buffer_put_string(out, "was killed: it took longer than the ");
        drill_buffer_put_duration(out, options->timeout_ns);
        drill_buffer_put_string(out, " of real time that one run may take (--timeout)");
    } else if (report->end != DRILL_TASK_CRASHED) {
        drill_buffer_put_string(out, ends[report->end]);
    } else {
        drill_buffer_print(out, "crashed (%s %d%s)", report->signalled ? "signal" : "status",
                           report->status,
                           report->signalled && report->status == SIGKILL
                               ? ", as when the system has no memory left"
                               : "");
    }
}

static void explain(const DrillBatchOptions *options, const DrillTaskReport *report,
                    DrillBatchResult *result) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    DrillSpan said = report->messages;
    while (said.size > 0 && said.data[said.size - 1] == '\n')
        said.size--;
    if (gave_up(report)) {
        drill_buffer_put_string(&text, "the run could not go on");
    } else {
        drill_buffer_put_string(&text, "the run's process ");
        put_end(options, report, &text);
    }
    if (said.size > 0) drill_buffer_put_string(&text, ": ");
    drill_buffer_put(&text, said.data, said.size);
    result->done = DRILL_IO;
    drill_diagnose(&result->diagnostic, DRILL_IO, "%s", drill_buffer_cstring(&text));
    drill_buffer_release(&text);
}

static void parse(const DrillBatchOptions *options, const DrillTaskReport *report,
                  DrillBatchResult *result) {
    DrillSpan in = report->output;
    if (report->end != DRILL_TASK_DONE || in.size == 0 || in.data[0] > DRILL_NOT_THERE_YET) {
        explain(options, report, result);
        return;
    }
    result->done = (DrillResult)in.data[0];
    in.data++;
    in.size--;
    if (result->done != DRILL_OK)
        drill_diagnose(&result->diagnostic, result->done, "%.*s", (int)in.size,
                       (const char *)in.data);
    else if (!drill_run_result_read(&in, &result->run))
        explain(options, report, result);
}

static bool done(void *context, const DrillTaskReport *report) {
    const DrillBatchOptions *options = ((Batch *)context)->options;
    DrillBatchResult result = {.item = report->task, .end = report->end};
    parse(options, report, &result);
    bool more = options->done(options->context, &result);
    if (result.done == DRILL_OK) drill_run_result_free(&result.run);
    return more;
}

static bool starting(void *context, size_t task) {
    const DrillBatchOptions *options = ((Batch *)context)->options;
    return options->starting(options->context, task);
}

static bool unwanted(void *context, size_t task) {
    const DrillBatchOptions *options = ((Batch *)context)->options;
    return options->unwanted(options->context, task);
}

static void tick(void *context, size_t running) {
    const DrillBatchOptions *options = ((Batch *)context)->options;
    if (options->tick) options->tick(options->context, running);
}

DrillResult drill_batch_run(const DrillBatchOptions *options, DrillDiagnostic *diagnostic) {
    Batch batch = {.options = options};
    DrillPoolOptions pool = {.jobs = options->jobs,
                             .tasks = options->count,
                             .chunk = options->chunk,
                             .timeout_ns = options->timeout_ns,
                             .starting = options->starting ? starting : NULL,
                             .unwanted = options->unwanted ? unwanted : NULL,
                             .work = work,
                             .done = done,
                             .tick = tick,
                             .context = &batch};
    return drill_pool_run(&pool, diagnostic);
}
