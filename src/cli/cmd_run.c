/* mqttdrill run: plan, batch, report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report_files.h"
#include "cli/run_plan.h"
#include "cli/terminal.h"
#include "cli/trace_folders.h"
#include "driver/driver.h"

/* What came of one run of the batch. */
typedef struct RunOutcome {
    bool ran; /* a result came back */
    DrillResult done;
    DrillDiagnostic diagnostic;
    DrillRunResult result; /* when done is DRILL_OK */
} RunOutcome;

typedef struct RunCommand {
    const DrillArguments *arguments;
    DrillPlan plan;
    DrillTerminal terminal;
    RunOutcome *outcomes;         /* per run */
    DrillReportScenario *reports; /* per item */
    size_t next_item; /* printed so far: lines come in the order of the items, whoever finishes
                         first */
    bool fail_fast, failed;
    bool broken, unreachable, machinery, nondeterministic;
} RunCommand;

static bool all_there(const RunCommand *command, const DrillPlanItem *item) {
    for (size_t i = 0; i < command->plan.repeat; i++)
        if (!command->outcomes[item->first_run + i].ran) return false;
    return true;
}

static const char *const *exercised_of(RunCommand *command, const DrillRunResult *result,
                                       size_t *count) {
    const char **list = DRILL_NEW_ARRAY(drill_arena_allocator(command->plan.memory), const char *,
                                        result->judgement_count + 1);
    *count = 0;
    for (size_t i = 0; i < result->judgement_count; i++)
        if (result->judgements[i].exercised > 0) list[(*count)++] = result->judgements[i].statement;
    return list;
}

static void fill_from_result(RunCommand *command, const RunOutcome *outcome,
                             DrillReportScenario *report) {
    const DrillRunResult *result = &outcome->result;
    report->verdict = result->verdict;
    report->digest = result->digest;
    report->virtual_ns = result->virtual_ns;
    report->wall_ns = result->wall_ns;
    report->events = result->events;
    report->findings = result->findings;
    report->finding_count = result->finding_count;
    report->judgements = result->judgements;
    report->judgement_count = result->judgement_count;
    report->exercised = exercised_of(command, result, &report->exercised_count);
    report->last_packets = (const char *const *)result->last_packets;
    report->last_packet_count = result->last_packet_count;
    if (result->outcome != DRILL_SCRIPT_FINISHED) {
        report->verdict = DRILL_FAIL;
        report->message = result->diagnostic.text;
    }
    if (result->save_mismatches > 0) {
        report->verdict = DRILL_FAIL;
        report->message = "a save, restored and continued, gave another digest";
        command->nondeterministic = true;
    }
    if (result->outcome == DRILL_SCRIPT_ERROR) command->broken = true;
    if (result->unreachable) command->unreachable = true;
}

static void print_event(FILE *out, const char *label, const DrillTraceFile *file, size_t index) {
    DrillBuffer line = {.allocator = drill_allocator_malloc()};
    if (index < file->count) drill_trace_format(&file->events[index], &line);
    fprintf(out, "  %-8s %.*s%s", label, (int)line.size,
            line.size ? (const char *)line.data : "(ended)", line.size ? "" : "\n");
    drill_buffer_release(&line);
}

/* The first event that differs, with what stands before it. */
static void print_difference(FILE *out, const char *path_a, const char *path_b) {
    DrillTraceFile *a, *b;
    DrillDiagnostic diagnostic;
    if (drill_trace_read(path_a, drill_allocator_malloc(), &a, &diagnostic) != DRILL_OK) return;
    if (drill_trace_read(path_b, drill_allocator_malloc(), &b, &diagnostic) == DRILL_OK) {
        size_t at = drill_trace_first_difference(a, b);
        fprintf(out, "  first difference at event %zu:\n", at + 1);
        for (size_t i = at > 3 ? at - 3 : 0; i < at && at != SIZE_MAX; i++)
            print_event(out, "both", a, i);
        print_event(out, "first", a, at);
        print_event(out, "again", b, at);
        drill_trace_file_free(b);
    }
    drill_trace_file_free(a);
}

static void compare_repeats(RunCommand *command, const DrillPlanItem *item,
                            DrillReportScenario *report) {
    const RunOutcome *first = &command->outcomes[item->first_run];
    for (size_t i = 1; i < command->plan.repeat; i++) {
        const RunOutcome *again = &command->outcomes[item->first_run + i];
        if (first->done != DRILL_OK || again->done != DRILL_OK) continue;
        if (command->plan.target.live) {
            if (again->result.verdict == first->result.verdict) continue;
            fprintf(command->terminal.out, "%s: run %zu: %s, run 1: %s\n", report->id, i + 1,
                    drill_verdict_name(again->result.verdict),
                    drill_verdict_name(first->result.verdict));
            if (again->result.verdict > report->verdict) fill_from_result(command, again, report);
            continue;
        }
        if (strcmp(first->result.digest, again->result.digest) == 0) continue;
        drill_terminal_clear(&command->terminal);
        fprintf(command->terminal.out, "NONDETERMINISM: %s: run 1 has digest %s, run %zu has %s\n",
                report->id, first->result.digest, i + 1, again->result.digest);
        print_difference(command->terminal.out, command->plan.runs[item->first_run].trace_path,
                         command->plan.runs[item->first_run + i].trace_path);
        command->nondeterministic = true;
        report->verdict = DRILL_FAIL;
        report->message = "the same scenario and seed gave two different traces";
        break;
    }
}

static void judge_outcome(RunCommand *command, const RunOutcome *outcome,
                          DrillReportScenario *report) {
    if (outcome->done == DRILL_OK) {
        fill_from_result(command, outcome, report);
        return;
    }
    report->verdict = DRILL_FAIL;
    report->message = outcome->diagnostic.text;
    if (outcome->done == DRILL_IO)
        command->machinery = true;
    else
        command->broken = true;
}

/* Traces that nobody asked to keep. */
static void drop_traces(const RunCommand *command, const DrillPlanItem *item,
                        DrillVerdict verdict) {
    bool keep =
        command->plan.trace_folder && (!command->plan.trace_failures_only || verdict == DRILL_FAIL);
    for (size_t i = 0; !keep && i < command->plan.repeat; i++) {
        const char *path = command->plan.runs[item->first_run + i].trace_path;
        if (path) unlink(path);
    }
}

static void begin_report(RunCommand *command, const DrillPlanItem *item,
                         DrillReportScenario *report) {
    *report = (DrillReportScenario){
        .id = item->scenario->id,
        .version = drill_version_text(item->version),
        .title = item->scenario->title,
        .seed = command->plan.common.seed,
        .verdict = DRILL_SKIPPED,
        .digest = "",
        .reproduce = drill_plan_reproduce(&command->plan, item, command->arguments),
        .message = item->skip ? item->skip : "not run",
    };
}

/* Prints, in order, every item that is complete by now. */
static void print_ready(RunCommand *command) {
    while (command->next_item < command->plan.item_count) {
        const DrillPlanItem *item = &command->plan.items[command->next_item];
        DrillReportScenario *report = &command->reports[command->next_item];
        if (!item->skip && !all_there(command, item)) return;
        if (!item->skip) {
            report->message = "";
            judge_outcome(command, &command->outcomes[item->first_run], report);
            compare_repeats(command, item, report);
            drop_traces(command, item, report->verdict);
        }
        drill_terminal_scenario(&command->terminal, report);
        if (report->verdict == DRILL_FAIL) command->failed = true;
        if (report->verdict == DRILL_FAIL && command->plan.trace_folder && !item->skip)
            fprintf(command->terminal.out, "  trace\n    %s\n",
                    command->plan.runs[item->first_run].trace_path);
        command->next_item++;
    }
}

static bool on_done(void *context, DrillBatchResult *result) {
    RunCommand *command = context;
    RunOutcome *outcome = &command->outcomes[result->item];
    outcome->ran = true;
    outcome->done = result->done;
    outcome->diagnostic = result->diagnostic;
    outcome->result = result->run;
    memset(&result->run, 0, sizeof(result->run));
    command->terminal.done++;
    print_ready(command);
    return !(command->fail_fast && command->failed) && !command->unreachable;
}

static void on_tick(void *context, size_t running) {
    RunCommand *command = context;
    drill_terminal_progress(&command->terminal, running);
}

/* All but the first of each item's repeats: executed anew, so that address layout and environment
 * differ. */
static bool is_fresh(void *context, size_t item) {
    const RunCommand *command = context;
    return command->plan.repeat > 1 && !command->plan.target.live &&
           item % command->plan.repeat != 0;
}

static int exit_of(const RunCommand *command, DrillResult batch,
                   const DrillReportSummary *summary) {
    if (batch == DRILL_BUSY) return DRILL_EXIT_INTERRUPTED;
    if (command->nondeterministic) return DRILL_EXIT_NONDETERMINISM;
    if (command->broken) return DRILL_EXIT_USAGE;
    if (command->unreachable || command->machinery || batch != DRILL_OK)
        return DRILL_EXIT_MACHINERY;
    if (summary->failed > 0) return DRILL_EXIT_FAILED;
    return summary->inconclusive > 0 ? DRILL_EXIT_INCONCLUSIVE : DRILL_EXIT_PASSED;
}

static DrillReport report_of(const RunCommand *command) {
    DrillReport report = {
        .tool = DRILL_TOOL_VERSION,
        .target_kind = command->plan.target.live ? "mqtt" : "sim",
        .target_url = command->plan.target.live ? command->plan.target.url : NULL,
        .target_name = command->plan.target.live ? command->plan.target.host : "virtual",
        .wall_ns = drill_wall_ns() - command->terminal.start_ns,
        .scenarios = command->reports,
        .count = command->plan.item_count,
    };
    return report;
}

/* Of --save-every: how often a run was taken up again from a save. A test that saved nothing has
 * tested nothing. */
static void print_saves(RunCommand *command) {
    uint64_t saves = 0, mismatches = 0, with = 0;
    for (size_t i = 0; i < command->plan.run_count; i++) {
        const DrillRunResult *result = &command->outcomes[i].result;
        saves += result->saves;
        mismatches += result->save_mismatches;
        if (result->saves > 0) with++;
    }
    fprintf(command->terminal.out,
            "%llu saves in %llu scenarios restored and continued, %llu digests differed\n",
            (unsigned long long)saves, (unsigned long long)with, (unsigned long long)mismatches);
    if (saves == 0) {
        drill_complain(command->arguments, DRILL_EXIT_USAGE, "--save-every: no run was that long");
        command->broken = true;
    }
}

static int run_batch(RunCommand *command) {
    DrillDiagnostic diagnostic = {{0}};
    DrillBatchOptions batch = {
        .runs = command->plan.runs,
        .count = command->plan.run_count,
        .jobs = command->plan.jobs < command->plan.run_count
                    ? (size_t)command->plan.jobs
                    : (command->plan.run_count ? command->plan.run_count : 1),
        .timeout_ns = command->plan.timeout_ns,
        .fresh = is_fresh,
        .argv = drill_arguments_argv(command->arguments),
        .done = on_done,
        .tick = on_tick,
        .context = command,
    };
    print_ready(command);
    DrillResult ran = drill_batch_run(&batch, &diagnostic);
    /* After a stop: what has finished out of order is reported too; the rest stays "not run". */
    for (; command->next_item < command->plan.item_count; command->next_item++) {
        print_ready(command);
        if (command->next_item == command->plan.item_count) break;
        drill_terminal_scenario(&command->terminal, &command->reports[command->next_item]);
    }
    drill_terminal_clear(&command->terminal);
    if (ran != DRILL_OK)
        drill_complain(command->arguments, DRILL_EXIT_MACHINERY, "%s", diagnostic.text);
    DrillReport report = report_of(command);
    DrillReportSummary summary = drill_report_summary(&report);
    int wrote = drill_report_files_write(command->arguments, &report);
    if (command->plan.common.save_every > 0) print_saves(command);
    drill_terminal_summary(&command->terminal, &summary);
    int status = exit_of(command, ran, &summary);
    return status == DRILL_EXIT_PASSED ? wrote : status;
}

/* The child of a batch that executed the program anew: one run, its result to standard output. */
static int be_worker(const DrillArguments *arguments, const DrillPlan *plan) {
    uint64_t task = 0;
    if (!drill_arguments_u64(arguments, "--worker-task", 0, UINT64_MAX, &task) ||
        task >= plan->run_count)
        return DRILL_EXIT_USAGE;
    DrillBuffer output = {.allocator = drill_allocator_malloc()};
    drill_batch_work(&plan->runs[task], &output);
    size_t written = fwrite(output.data, 1, output.size, stdout);
    int status = written == output.size ? DRILL_EXIT_PASSED : DRILL_EXIT_MACHINERY;
    drill_buffer_release(&output);
    return status;
}

static void remove_compare_folder(const DrillPlan *plan) {
    if (!plan->compare_folder) return;
    /* Its files are gone already; folders of areas are left. */
    for (size_t i = 0; i < plan->run_count; i++)
        drill_folders_tidy(plan->runs[i].trace_path, plan->compare_folder);
    rmdir(plan->compare_folder);
}

int drill_cmd_run(const DrillArguments *arguments) {
    RunCommand command = {.arguments = arguments};
    if (!drill_report_files_check(arguments, "junit tap json md github")) return DRILL_EXIT_USAGE;
    int status = drill_plan_make(arguments, &command.plan);
    if (status != 0) return status;
    if (drill_arguments_has(arguments, "--worker-task")) {
        status = be_worker(arguments, &command.plan);
        drill_plan_free(&command.plan);
        return status;
    }
    DrillAllocator allocator = drill_arena_allocator(command.plan.memory);
    command.fail_fast = drill_arguments_has(arguments, "--fail-fast");
    command.outcomes = DRILL_NEW_ARRAY(allocator, RunOutcome, command.plan.run_count + 1);
    command.reports = DRILL_NEW_ARRAY(allocator, DrillReportScenario, command.plan.item_count);
    for (size_t i = 0; i < command.plan.item_count; i++)
        begin_report(&command, &command.plan.items[i], &command.reports[i]);
    status = DRILL_EXIT_USAGE;
    if (drill_terminal_open(arguments, command.plan.run_count, &command.terminal))
        status = run_batch(&command);
    remove_compare_folder(&command.plan);
    for (size_t i = 0; i < command.plan.run_count; i++)
        drill_run_result_free(&command.outcomes[i].result);
    drill_plan_free(&command.plan);
    return status;
}
