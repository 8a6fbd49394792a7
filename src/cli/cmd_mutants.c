/* mqttdrill mutants: the suite against every defect, one row a defect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report_files.h"
#include "cli/run_plan.h"
#include "cli/selection.h"
#include "cli/terminal.h"
#include "driver/driver.h"

#define DRILL_MUTANTS_BYTES_MAX  ((size_t)8 << 30)
#define DRILL_MUTANTS_TIMEOUT_NS (60 * DRILL_NS_PER_S)

typedef struct MutantsCommand {
    const DrillArguments *arguments;
    DrillArena *memory;
    DrillAllocator allocator;
    DrillSuite suite;
    DrillRunOptions *runs; /* row by row, a run for each scenario */
    DrillMatrixRow *rows;  /* the first without a defect */
    size_t row_count;
    size_t
        *shown_by; /* per row: the scenario whose finding the row shows; the first of the suite */
    DrillTerminal terminal;
    bool broken;      /* a scenario could not be run at all */
    size_t clean_bad; /* runs without a defect that did not pass */
} MutantsCommand;

/* Is `word` one of the space-separated words of `list`? */
static bool has_word(const char *list, const char *word) {
    size_t size = strlen(word);
    for (const char *at = list; size > 0 && *at;) {
        size_t length = strcspn(at, " ");
        if (length == size && memcmp(at, word, size) == 0) return true;
        at += length + strspn(at + length, " ");
    }
    return false;
}

static void add_scenario(MutantsCommand *command, DrillMatrixRow *row, const char *id) {
    const char **list = (const char **)(uintptr_t)row->scenarios;
    list[row->scenario_count++] = drill_copy_string(command->allocator, id);
}

/* A row shows the finding of the first scenario of the suite that has one, whoever finished first;
 * and an expected one before any other. */
static void show(MutantsCommand *command, DrillMatrixRow *row, size_t scenario,
                 const DrillFinding *finding, bool expected) {
    size_t *shown_by = &command->shown_by[row - command->rows];
    bool first = expected ? !row->caught : !row->caught && !row->caught_otherwise;
    if (!expected && row->caught) return;
    if (!first && *shown_by < scenario) return;
    *shown_by = scenario;
    row->oracle = drill_copy_string(command->allocator, finding->oracle);
    row->statement = drill_copy_string(command->allocator, finding->statement);
}

/* The first failing finding that the defect table expects; else the first failing one. */
static void judge(MutantsCommand *command, DrillMatrixRow *row, size_t scenario,
                  const DrillRunResult *run) {
    const DrillFinding *other = NULL;
    for (size_t i = 0; i < run->finding_count; i++) {
        const DrillFinding *finding = &run->findings[i];
        if (finding->verdict != DRILL_FAIL) continue;
        bool expected = has_word(row->expected_oracles, finding->oracle) &&
                        has_word(row->expected_statements, finding->statement);
        if (expected) {
            show(command, row, scenario, finding, true);
            row->caught = true;
            add_scenario(command, row, command->suite.scenarios[scenario].id);
            return;
        }
        if (!other) other = finding;
    }
    if (!other) return;
    show(command, row, scenario, other, false);
    row->caught_otherwise = true;
}

static void judge_clean(MutantsCommand *command, const char *id, const DrillRunResult *run) {
    if (run->verdict == DRILL_PASS || run->verdict == DRILL_NOT_EXERCISED) return;
    drill_terminal_clear(&command->terminal);
    fprintf(command->terminal.out, "without a defect, %s is %s%s%s\n", id,
            drill_verdict_name(run->verdict), run->finding_count ? ": " : "",
            run->finding_count ? run->findings[0].text : "");
    add_scenario(command, &command->rows[0], id);
    command->rows[0].caught_otherwise = true;
    command->clean_bad++;
}

static bool on_done(void *context, DrillBatchResult *result) {
    MutantsCommand *command = context;
    DrillMatrixRow *row = &command->rows[result->item / command->suite.count];
    size_t scenario = result->item % command->suite.count;
    const char *id = command->suite.scenarios[scenario].id;
    command->terminal.done++;
    row->runs++;
    if (result->done != DRILL_OK || result->run.outcome == DRILL_SCRIPT_ERROR) {
        /* A defect may not make a scenario unrunnable: that would be a crash or a hole in our own
         * code. */
        drill_terminal_clear(&command->terminal);
        fprintf(command->terminal.out, "%s with %s: %s\n", id,
                row->defect[0] ? row->defect : "no defect",
                result->done != DRILL_OK ? result->diagnostic.text : result->run.diagnostic.text);
        command->broken = true;
        return true;
    }
    command->terminal.virtual_ns += result->run.virtual_ns;
    if (row->defect[0])
        judge(command, row, scenario, &result->run);
    else
        judge_clean(command, id, &result->run);
    return true;
}

static void on_tick(void *context, size_t running) {
    MutantsCommand *command = context;
    drill_terminal_progress(&command->terminal, running);
}

static void add_row(MutantsCommand *command, const DrillDefectInfo *info, int id, uint64_t seed) {
    size_t count = command->suite.count;
    DrillRunOptions *runs = &command->runs[command->row_count * count];
    DrillMatrixRow *row = &command->rows[command->row_count++];
    *row = (DrillMatrixRow){
        .defect = info ? info->name : "",
        .party = info ? info->party : "",
        .text = info ? info->text : "no defect: everything must pass",
        .expected_oracles = info ? info->oracle : "",
        .expected_statements = info ? info->v3_statements : "",
        .oracle = "",
        .statement = "",
        .scenarios = DRILL_NEW_ARRAY(command->allocator, const char *, count),
    };
    for (size_t i = 0; i < count; i++) {
        runs[i] = (DrillRunOptions){
            .scenario = &command->suite.scenarios[i], .version = DRILL_MQTT_3_1_1, .seed = seed};
        if (info) drill_defect_set(&runs[i].defects, (DrillDefectId)id);
    }
}

static int add_rows(MutantsCommand *command, uint64_t seed) {
    size_t rows = (size_t)DRILL_DEFECT_COUNT + 1;
    const char *name;
    command->runs =
        DRILL_NEW_ARRAY(command->allocator, DrillRunOptions, rows * command->suite.count);
    command->rows = DRILL_NEW_ARRAY(command->allocator, DrillMatrixRow, rows);
    command->shown_by = DRILL_NEW_ARRAY(command->allocator, size_t, rows);
    add_row(command, NULL, -1, seed);
    for (size_t i = 0; (name = drill_arguments_nth(command->arguments, "--defect", i)); i++) {
        int id = drill_defect_find(drill_span_of(name));
        if (id < 0)
            return drill_complain(command->arguments, DRILL_EXIT_USAGE,
                                  "--defect: there is no \"%s\"", name);
        add_row(command, drill_defect_info((DrillDefectId)id), id, seed);
    }
    bool chosen = command->row_count > 1;
    for (int id = 0; !chosen && id < (int)DRILL_DEFECT_COUNT; id++) {
        const DrillDefectInfo *info = drill_defect_info((DrillDefectId)id);
        bool later = info->v3_statements[0] == '\0'; /* a defect of 5.0 only */
        if (!later) add_row(command, info, id, seed);
    }
    return 0;
}

static void print_row(FILE *out, const DrillMatrixRow *row) {
    const char *verdict = row->caught ? "caught" : row->caught_otherwise ? "OTHERWISE" : "MISSED";
    if (!row->defect[0]) verdict = row->caught_otherwise ? "BAD" : "all pass";
    fprintf(out, "%-10s %-36s %-12s %-18s", verdict, row->defect[0] ? row->defect : "(no defect)",
            row->oracle, row->statement);
    for (size_t i = 0; i < row->scenario_count && i < 2; i++)
        fprintf(out, " %s", row->scenarios[i]);
    if (row->scenario_count > 2) fprintf(out, " and %zu more", row->scenario_count - 2);
    fputc('\n', out);
}

static int by_text(const void *a, const void *b, void *context) {
    (void)context;
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int report(MutantsCommand *command) {
    size_t caught = 0, defects = command->row_count - 1;
    for (size_t i = 0; i < command->row_count; i++) {
        DrillMatrixRow *row = &command->rows[i];
        drill_sort((void *)(uintptr_t)row->scenarios, row->scenario_count, sizeof(char *), by_text,
                   NULL, command->allocator);
        if (row->defect[0] && row->caught) caught++;
        if (!command->terminal.quiet || (row->defect[0] ? !row->caught : row->caught_otherwise))
            print_row(command->terminal.out, row);
    }
    DrillMatrix matrix = {.tool = DRILL_TOOL_VERSION,
                          .version = "3.1.1",
                          .target = "sim",
                          .wall_ns = drill_wall_ns() - command->terminal.start_ns,
                          .rows = command->rows,
                          .count = command->row_count};
    int wrote = drill_matrix_files_write(command->arguments, &matrix);
    fprintf(command->terminal.out, "%zu of %zu defects caught; without a defect %s\n", caught,
            defects, command->clean_bad ? "NOT everything passes" : "everything passes");
    if (command->broken) return DRILL_EXIT_USAGE;
    if (caught < defects || command->clean_bad > 0) return DRILL_EXIT_FAILED;
    return wrote;
}

static int run_matrix(MutantsCommand *command) {
    DrillDiagnostic diagnostic = {{0}};
    uint64_t seed = 1, jobs = 1, timeout_ns = DRILL_MUTANTS_TIMEOUT_NS;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors > 0) jobs = (uint64_t)processors;
    const char *wanted = drill_arguments_get(command->arguments, "--jobs");
    bool good = drill_arguments_u64(command->arguments, "--seed", 0, UINT64_MAX, &seed) &&
                drill_arguments_duration(command->arguments, "--timeout", &timeout_ns);
    if (wanted && strcmp(wanted, "auto") != 0)
        good = good && drill_arguments_u64(command->arguments, "--jobs", 1, 256, &jobs);
    if (!good) return DRILL_EXIT_USAGE;
    int status = add_rows(command, seed);
    if (status != 0) return status;
    DrillBatchOptions batch = {.runs = command->runs,
                               .count = command->row_count * command->suite.count,
                               .jobs = (size_t)jobs,
                               .timeout_ns = timeout_ns,
                               .done = on_done,
                               .tick = on_tick,
                               .context = command};
    if (!drill_terminal_open(command->arguments, batch.count, &command->terminal))
        return DRILL_EXIT_USAGE;
    DrillResult ran = drill_batch_run(&batch, &diagnostic);
    drill_terminal_clear(&command->terminal);
    if (ran == DRILL_BUSY)
        return drill_complain(command->arguments, DRILL_EXIT_INTERRUPTED, "interrupted");
    if (ran != DRILL_OK)
        return drill_complain(command->arguments, DRILL_EXIT_MACHINERY, "%s", diagnostic.text);
    return report(command);
}

int drill_cmd_mutants(const DrillArguments *arguments) {
    MutantsCommand command = {.arguments = arguments};
    if (drill_arguments_has(arguments, "--live"))
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--live is not there yet");
    if (!drill_report_files_check(arguments, "md csv json") || !drill_select_version(arguments))
        return DRILL_EXIT_USAGE;
    int status = drill_select(arguments, drill_arguments_operands(arguments),
                              drill_arguments_operand_count(arguments), &command.suite);
    if (status != 0) {
        drill_suite_free(&command.suite);
        return status;
    }
    command.memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_MUTANTS_BYTES_MAX);
    DRILL_ASSERT(command.memory != NULL);
    command.allocator = drill_arena_allocator(command.memory);
    status = run_matrix(&command);
    drill_suite_free(&command.suite);
    drill_arena_free(command.memory);
    return status;
}
