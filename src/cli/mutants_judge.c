/* What the runs say about each defect, and how that is told. */
#include <stdio.h>
#include <string.h>

#include "cli/mutants.h"
#include "cli/report_files.h"
#include "cli/selection.h"
#include "driver/driver.h"

static void add_scenario(DrillMutants *mutants, DrillMatrixRow *row, const char *id) {
    const char **list = (const char **)(uintptr_t)row->scenarios;
    list[row->scenario_count++] = drill_copy_string(mutants->allocator, id);
}

/* A row shows the finding of the first scenario of the suite that has one, whoever finished first;
 * and an expected one before any other. */
static void show(DrillMutants *mutants, DrillMutant *mutant, size_t scenario,
                 const DrillFinding *finding, bool expected) {
    DrillMatrixRow *row = mutant->row;
    bool first = expected ? !row->caught : !row->caught && !row->caught_otherwise;
    if (!expected && row->caught) return;
    if (!first && mutant->shown_by < scenario) return;
    mutant->shown_by = scenario;
    row->oracle = drill_copy_string(mutants->allocator, finding->oracle);
    row->statement = drill_copy_string(mutants->allocator, finding->statement);
}

/* A statement of the row that the scenario sets out to exercise; "": none. */
static const char *clause_of(const DrillScenario *scenario, const char *statements) {
    for (size_t i = 0; i < scenario->clause_count; i++)
        if (drill_has_word(statements, scenario->clauses[i])) return scenario->clauses[i];
    return "";
}

/* The finding as the row sees it. What a scenario expects beyond the oracles speaks of the
 * statements that it sets out to exercise; only rows that say so are judged by it. */
static DrillFinding as_seen(const DrillMutants *mutants, const DrillMatrixRow *row, size_t scenario,
                            const DrillFinding *finding) {
    DrillFinding seen = *finding;
    if (strcmp(finding->oracle, "script") == 0 && finding->statement[0] == '\0')
        seen.statement = clause_of(&mutants->suite.scenarios[scenario], row->expected_statements);
    return seen;
}

/* The statement, and those proved before it, in the order of the table: whoever finished first. */
static void prove(DrillMutants *mutants, DrillMatrixRow *row, const char *statement) {
    DrillBuffer all = {.allocator = drill_allocator_malloc()};
    if (drill_has_word(row->proved_statements, statement)) return;
    for (const char *at = row->expected_statements; *at;) {
        char word[64];
        size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        at += length + strspn(at + length, " ");
        if (strcmp(word, statement) != 0 && !drill_has_word(row->proved_statements, word)) continue;
        drill_buffer_print(&all, all.size > 0 ? " %s" : "%s", word);
    }
    row->proved_statements = drill_copy_string(mutants->allocator, drill_buffer_cstring(&all));
    drill_buffer_release(&all);
}

/* The first failing finding that the defect table expects; else the first failing one. Each one
 * that it expects proves its statement. */
static void judge_defect(DrillMutants *mutants, DrillMutant *mutant, size_t scenario,
                         const DrillRunResult *run) {
    DrillMatrixRow *row = mutant->row;
    const DrillFinding *other = NULL;
    bool caught = false;
    for (size_t i = 0; i < run->finding_count; i++) {
        const DrillFinding *finding = &run->findings[i];
        if (finding->verdict != DRILL_FAIL) continue;
        DrillFinding seen = as_seen(mutants, row, scenario, finding);
        bool expected = drill_has_word(row->expected_oracles, seen.oracle) &&
                        drill_has_word(row->expected_statements, seen.statement);
        if (expected) prove(mutants, row, seen.statement);
        if (expected && !caught) {
            show(mutants, mutant, scenario, &seen, true);
            row->caught = caught = true;
            add_scenario(mutants, row, mutants->suite.scenarios[scenario].id);
        }
        if (!other) other = finding;
    }
    if (caught || !other) return;
    show(mutants, mutant, scenario, other, false);
    row->caught_otherwise = true;
}

static bool judge_clean(DrillMutants *mutants, DrillMutant *mutant, const char *id,
                        const DrillRunResult *run) {
    if (run->verdict == DRILL_PASS || run->verdict == DRILL_NOT_EXERCISED) return true;
    drill_terminal_clear(&mutants->terminal);
    fprintf(mutants->terminal.out, "without a defect, %s (%s) is %s%s%s\n", id,
            mutant->row->version, drill_verdict_name(run->verdict), run->finding_count ? ": " : "",
            run->finding_count ? run->findings[0].text : "");
    add_scenario(mutants, mutant->row, id);
    mutant->row->caught_otherwise = true;
    mutants->clean_bad++;
    return false;
}

bool drill_mutants_judge(DrillMutants *mutants, size_t run, const DrillRunResult *result) {
    const DrillMutantRun *of = &mutants->run_of[run];
    DrillMutant *mutant = &mutants->mutants[of->mutant];
    mutants->terminal.virtual_ns += result->virtual_ns;
    if (!mutant->row->defect[0])
        return judge_clean(mutants, mutant, mutants->suite.scenarios[of->scenario].id, result);
    judge_defect(mutants, mutant, of->scenario, result);
    return true;
}

static void print_row(FILE *out, const DrillMatrixRow *row) {
    const char *verdict = row->caught ? "caught" : row->caught_otherwise ? "OTHERWISE" : "MISSED";
    if (!row->defect[0]) verdict = row->caught_otherwise ? "BAD" : "all pass";
    fprintf(out, "%-10s %-36s %-5s %-12s %-18s", verdict,
            row->defect[0] ? row->defect : "(no defect)", row->version, row->oracle,
            row->statement);
    for (size_t i = 0; i < row->scenario_count && i < 2; i++)
        fprintf(out, " %s", row->scenarios[i]);
    if (row->scenario_count > 2) fprintf(out, " and %zu more", row->scenario_count - 2);
    fputc('\n', out);
}

static int by_text(const void *a, const void *b, void *context) {
    (void)context;
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int drill_mutants_report(DrillMutants *mutants) {
    size_t caught, defects;
    for (size_t i = 0; i < mutants->mutant_count; i++) {
        DrillMatrixRow *row = &mutants->rows[i];
        drill_sort((void *)(uintptr_t)row->scenarios, row->scenario_count, sizeof(char *), by_text,
                   NULL, mutants->allocator);
        if (!mutants->terminal.quiet || (row->defect[0] ? !row->caught : row->caught_otherwise))
            print_row(mutants->terminal.out, row);
    }
    DrillMatrix matrix = {.tool = DRILL_TOOL_VERSION,
                          .version = mutants->rows[0].version,
                          .target = mutants->live ? "served" : "sim",
                          .wall_ns = drill_wall_ns() - mutants->terminal.start_ns,
                          .rows = mutants->rows,
                          .count = mutants->mutant_count};
    for (size_t i = 1; i < mutants->mutant_count; i++)
        if (strcmp(mutants->rows[i].version, matrix.version) != 0) matrix.version = "3.1.1 and 5.0";
    drill_matrix_count(&matrix, &defects, &caught);
    int wrote = drill_matrix_files_write(mutants->arguments, &matrix);
    fprintf(mutants->terminal.out, "%zu of %zu defects caught; without a defect %s\n", caught,
            defects, mutants->clean_bad ? "NOT everything passes" : "everything passes");
    if (mutants->left_out > 0)
        fprintf(mutants->terminal.out,
                "left out, because no scenario catches them yet: %zu (--unproved runs them too)\n",
                mutants->left_out);
    if (mutants->broken) return DRILL_EXIT_USAGE;
    if (caught < defects || mutants->clean_bad > 0) return DRILL_EXIT_FAILED;
    return wrote;
}
