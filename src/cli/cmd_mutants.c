/* mqttdrill mutants: the suite against every defect, one row a defect and version. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/mutants.h"
#include "cli/report_files.h"
#include "cli/selection.h"

#define DRILL_MUTANTS_BYTES_MAX  ((size_t)8 << 30)
#define DRILL_MUTANTS_TIMEOUT_NS (60 * DRILL_NS_PER_S)
/* A process costs about as much as a run of 2 ms. */
#define DRILL_MUTANTS_CHUNK 32
/* Live runs mostly wait for quiet times. */
#define DRILL_MUTANTS_LIVE_JOBS       64
#define DRILL_MUTANTS_LIVE_TIMEOUT_NS (300 * DRILL_NS_PER_S)

static void fill(void *context, size_t item, DrillRunOptions *out) {
    drill_mutants_fill(context, item, out);
}

static bool on_starting(void *context, size_t item) {
    return drill_mutants_serve(context, item);
}

static bool on_unwanted(void *context, size_t item) {
    return drill_mutants_settled(context, item);
}

/* A defect may not make a scenario unrunnable: that would be a crash or a hole in our own code.
 * Only live, where a wait for what never comes takes as long as it says, time may run out. */
static bool is_hole(const DrillMutants *mutants, const DrillMatrixRow *row,
                    const DrillBatchResult *result) {
    if (!mutants->live || !row->defect[0]) return true;
    return result->end != DRILL_TASK_TIMEOUT && result->end != DRILL_TASK_UNWANTED;
}

/* False: a run without a defect that did not pass. */
static bool judge(DrillMutants *mutants, const DrillBatchResult *result) {
    const DrillMutantRun *of = &mutants->run_of[result->item];
    const DrillMatrixRow *row = mutants->mutants[of->mutant].row;
    if (result->done == DRILL_OK && result->run.outcome != DRILL_SCRIPT_ERROR)
        return drill_mutants_judge(mutants, result->item, &result->run);
    if (!is_hole(mutants, row, result)) return true;
    drill_terminal_clear(&mutants->terminal);
    fprintf(mutants->terminal.out, "%s with %s: %s\n", mutants->suite.scenarios[of->scenario].id,
            row->defect[0] ? row->defect : "no defect",
            result->done != DRILL_OK ? result->diagnostic.text : result->run.diagnostic.text);
    mutants->broken = true;
    return false;
}

static bool on_done(void *context, DrillBatchResult *result) {
    DrillMutants *mutants = context;
    mutants->terminal.done++;
    mutants->mutants[mutants->run_of[result->item].mutant].row->runs++;
    if (judge(mutants, result))
        drill_mutants_trace_drop(mutants, result->item);
    else
        drill_mutants_trace_keep(mutants, result->item);
    if (mutants->live) drill_mutants_served(mutants, result->item);
    return true;
}

static void on_tick(void *context, size_t running) {
    DrillMutants *mutants = context;
    drill_terminal_progress(&mutants->terminal, running);
}

static bool read_options(DrillMutants *mutants) {
    const DrillArguments *arguments = mutants->arguments;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const char *jobs = drill_arguments_get(arguments, "--jobs");
    mutants->seed = 1;
    mutants->live = drill_arguments_has(arguments, "--live");
    mutants->trace_folder = drill_arguments_get(arguments, "--trace");
    mutants->timeout_ns = mutants->live ? DRILL_MUTANTS_LIVE_TIMEOUT_NS : DRILL_MUTANTS_TIMEOUT_NS;
    mutants->jobs = mutants->live    ? DRILL_MUTANTS_LIVE_JOBS
                    : processors > 0 ? (uint64_t)processors
                                     : 1;
    bool good = drill_arguments_u64(arguments, "--seed", 0, UINT64_MAX, &mutants->seed) &&
                drill_arguments_duration(arguments, "--timeout", &mutants->timeout_ns);
    if (jobs && strcmp(jobs, "auto") != 0)
        good = good && drill_arguments_u64(arguments, "--jobs", 1, 256, &mutants->jobs);
    return good;
}

static int run_matrix(DrillMutants *mutants) {
    DrillDiagnostic diagnostic = {{0}};
    if (!read_options(mutants)) return DRILL_EXIT_USAGE;
    int status = drill_mutants_plan(mutants);
    if (status == 0) status = drill_mutants_trace_open(mutants);
    if (status != 0) return status;
    DrillBatchOptions batch = {.fill = fill,
                               .count = mutants->run_count,
                               .jobs = (size_t)mutants->jobs,
                               .chunk = mutants->live ? 1 : DRILL_MUTANTS_CHUNK,
                               .timeout_ns = mutants->timeout_ns,
                               .starting = mutants->live ? on_starting : NULL,
                               .unwanted = mutants->live ? on_unwanted : NULL,
                               .done = on_done,
                               .tick = on_tick,
                               .context = mutants};
    if (!drill_terminal_open(mutants->arguments, batch.count, &mutants->terminal))
        return DRILL_EXIT_USAGE;
    DrillResult ran = drill_batch_run(&batch, &diagnostic);
    drill_mutants_stop_serving(mutants);
    if (mutants->trace_folder) drill_mutants_trace_close(mutants);
    drill_terminal_clear(&mutants->terminal);
    if (ran == DRILL_BUSY)
        return drill_complain(mutants->arguments, DRILL_EXIT_INTERRUPTED, "interrupted");
    if (ran != DRILL_OK)
        return drill_complain(mutants->arguments, DRILL_EXIT_MACHINERY, "%s", diagnostic.text);
    if (mutants->failure.text[0])
        return drill_complain(mutants->arguments, DRILL_EXIT_MACHINERY, "%s",
                              mutants->failure.text);
    return drill_mutants_report(mutants);
}

int drill_cmd_mutants(const DrillArguments *arguments) {
    DrillMutants mutants = {.arguments = arguments};
    if (!drill_report_files_check(arguments, "md csv json")) return DRILL_EXIT_USAGE;
    int status = drill_select(arguments, drill_arguments_operands(arguments),
                              drill_arguments_operand_count(arguments), &mutants.suite);
    if (status != 0) {
        drill_suite_free(&mutants.suite);
        return status;
    }
    mutants.memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_MUTANTS_BYTES_MAX);
    DRILL_ASSERT(mutants.memory != NULL);
    mutants.allocator = drill_arena_allocator(mutants.memory);
    status = run_matrix(&mutants);
    drill_suite_free(&mutants.suite);
    drill_arena_free(mutants.memory);
    return status;
}
