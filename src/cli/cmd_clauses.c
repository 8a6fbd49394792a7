/* mqttdrill clauses: for every statement, where client, broker and codec enforce it, which oracle
 * judges it, which scenarios exercise it and how often, which defects prove it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/citations.h"
#include "cli/selection.h"
#include "explore/batch.h"
#include "report/result.h"
#include "spec/spec.h"

#define DRILL_CLAUSES_BYTES_MAX  ((size_t)8 << 30)
#define DRILL_CLAUSES_TIMEOUT_NS (60 * DRILL_NS_PER_S)

typedef struct Names {
    const char **items;
    size_t count, capacity;
} Names;

/* What is known of one statement. */
typedef struct Clause {
    const DrillStatement *statement;
    Names oracles, scenarios, defects;
    Names files;      /* that cite it */
    Names places;     /* with lines */
    uint64_t applied; /* so often a rule of it had something to judge */
} Clause;

typedef struct ClausesCommand {
    const DrillArguments *arguments;
    DrillArena *memory;
    DrillAllocator allocator;
    Clause *clauses; /* in the order of the statement tables */
    DrillSuite suite;
    const DrillRunOptions *runs;
    bool broken;
} ClausesCommand;

static void add(ClausesCommand *command, Names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 4;
        names->items =
            drill_reallocate(command->allocator, (void *)names->items,
                             names->capacity * sizeof(char *), capacity * sizeof(char *));
        names->capacity = capacity;
    }
    names->items[names->count++] = drill_copy_string(command->allocator, name);
}

static Clause *find(ClausesCommand *command, const char *id) {
    const DrillStatement *statement = drill_statement_find(drill_span_of(id));
    for (size_t i = 0; statement && i < drill_statement_count(); i++)
        if (command->clauses[i].statement == statement) return &command->clauses[i];
    return NULL;
}

static void collect_oracles(ClausesCommand *command) {
    for (size_t i = 0; i < drill_oracle_count(); i++) {
        const DrillOracleInfo *info = drill_oracle_info(i);
        for (const char *const *id = info->statements; *id; id++) {
            Clause *clause = find(command, *id);
            if (clause) add(command, &clause->oracles, info->name);
        }
    }
}

static void collect_citations(ClausesCommand *command) {
    for (size_t i = 0; i < drill_citation_count; i++) {
        const DrillCitation *citation = &drill_citations[i];
        Clause *clause = find(command, citation->statement);
        char place[256];
        if (!clause) continue;
        snprintf(place, sizeof place, "%s:%d", citation->file, citation->line);
        add(command, &clause->files, citation->file);
        add(command, &clause->places, place);
    }
}

/* One scenario of a result, or of a run just made. */
static void note_judgements(ClausesCommand *command, const DrillJudgement *judgements, size_t count,
                            const char *scenario) {
    for (size_t i = 0; i < count; i++) {
        Clause *clause = find(command, judgements[i].statement);
        if (!clause || judgements[i].exercised == 0) continue;
        add(command, &clause->scenarios, scenario);
        clause->applied += judgements[i].exercised;
    }
}

static int collect_results(ClausesCommand *command) {
    for (size_t i = 0; i < drill_arguments_operand_count(command->arguments); i++) {
        DrillReport report;
        DrillDiagnostic diagnostic;
        const char *path = drill_arguments_operand(command->arguments, i);
        if (drill_report_read(path, command->allocator, &report, &diagnostic) != DRILL_OK)
            return drill_complain(command->arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
        for (size_t s = 0; s < report.count; s++) {
            const DrillReportScenario *scenario = &report.scenarios[s];
            for (size_t e = 0; e < scenario->exercised_count; e++) {
                Clause *clause = find(command, scenario->exercised[e]);
                if (clause) add(command, &clause->scenarios, scenario->id);
            }
            note_judgements(command, scenario->judgements, scenario->judgement_count, scenario->id);
        }
    }
    return 0;
}

static bool on_done(void *context, DrillBatchResult *result) {
    ClausesCommand *command = context;
    const char *id = command->runs[result->item].scenario->id;
    if (result->done != DRILL_OK) {
        drill_complain(command->arguments, DRILL_EXIT_USAGE, "%s: %s", id, result->diagnostic.text);
        command->broken = true;
        return true;
    }
    note_judgements(command, result->run.judgements, result->run.judgement_count, id);
    return true;
}

/* All of it, whatever --clause says: that chooses what is shown. */
static int load_suite(ClausesCommand *command) {
    DrillDiagnostic diagnostic;
    char *shipped = drill_suite_shipped();
    if (!shipped)
        return drill_complain(command->arguments, DRILL_EXIT_USAGE,
                              "no folder 'scenarios' here and no shipped suite beside the program; "
                              "name a result");
    const char *path = shipped;
    DrillResult loaded = drill_suite_load(&path, 1, &command->suite, &diagnostic);
    free(shipped);
    return loaded == DRILL_OK
               ? 0
               : drill_complain(command->arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
}

/* No result was named: the shipped suite, in simulation, now. */
static int run_suite(ClausesCommand *command) {
    int status = load_suite(command);
    if (status != 0) return status;
    uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    const char *wanted = drill_arguments_get(command->arguments, "--jobs");
    if (wanted && strcmp(wanted, "auto") != 0 &&
        !drill_arguments_u64(command->arguments, "--jobs", 1, 256, &jobs))
        return DRILL_EXIT_USAGE;
    size_t count = 0;
    DrillRunOptions *runs =
        DRILL_NEW_ARRAY(command->allocator, DrillRunOptions, command->suite.count * 2);
    for (size_t i = 0; i < command->suite.count; i++) {
        const DrillScenario *scenario = &command->suite.scenarios[i];
        DrillVersion versions[2];
        if (scenario->missing) continue;
        size_t version_count = drill_scenario_versions(scenario, 0, versions);
        for (size_t j = 0; j < version_count; j++)
            runs[count++] =
                (DrillRunOptions){.scenario = scenario, .version = versions[j], .seed = 1};
    }
    command->runs = runs;
    DrillBatchOptions batch = {.runs = runs,
                               .count = count,
                               .jobs = (size_t)jobs,
                               .timeout_ns = DRILL_CLAUSES_TIMEOUT_NS,
                               .done = on_done,
                               .context = command};
    DrillDiagnostic diagnostic = {{0}};
    DrillResult ran = drill_batch_run(&batch, &diagnostic);
    if (ran == DRILL_BUSY) return DRILL_EXIT_INTERRUPTED;
    if (ran != DRILL_OK)
        return drill_complain(command->arguments, DRILL_EXIT_MACHINERY, "%s", diagnostic.text);
    return command->broken ? DRILL_EXIT_USAGE : 0;
}

static int collect_defects(ClausesCommand *command) {
    const char *path = drill_arguments_get(command->arguments, "--mutants");
    DrillMatrix matrix;
    DrillDiagnostic diagnostic;
    if (!path) return 0;
    if (drill_matrix_read(path, command->allocator, &matrix, &diagnostic) != DRILL_OK)
        return drill_complain(command->arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
    for (size_t i = 0; i < drill_statement_count(); i++) {
        Clause *clause = &command->clauses[i];
        for (size_t k = 0; k < matrix.count; k++)
            if (drill_has_word(matrix.rows[k].proved_statements, clause->statement->id))
                add(command, &clause->defects, matrix.rows[k].defect);
    }
    return 0;
}

static bool is_wanted(const ClausesCommand *command, const DrillStatement *statement) {
    const char *wanted = drill_arguments_get(command->arguments, "--clause");
    return !wanted || strstr(statement->id, wanted) != NULL;
}

static void print_names(const char *label, const Names *names, size_t most) {
    if (names->count == 0) return;
    printf("    %s", label);
    for (size_t i = 0; i < names->count && i < most; i++)
        printf(" %s", names->items[i]);
    if (names->count > most) printf(" and %zu more", names->count - most);
    fputc('\n', stdout);
}

/* Packets, or one of them, can show a breach of it. */
static bool can_be_seen(const Clause *clause) {
    return strncmp(clause->statement->testable, "not-observable", strlen("not-observable")) != 0;
}

static bool is_complete(const Clause *clause) {
    return clause->files.count > 0 && clause->oracles.count > 0 && clause->scenarios.count > 0;
}

/* Neither enforced, judged and exercised, nor is there a reason. */
static bool is_gap(const Clause *clause) {
    return can_be_seen(clause) && !is_complete(clause) &&
           (clause->oracles.count > 0 || !drill_oracle_unjudged(clause->statement->id));
}

/* Judged, and no caught defect proves the judgement. Who has no matrix knows nothing of this. */
static bool is_unproved(const ClausesCommand *command, const Clause *clause) {
    return drill_arguments_get(command->arguments, "--mutants") && clause->oracles.count > 0 &&
           clause->defects.count == 0;
}

static void print_clause(const Clause *clause) {
    const char *reason = drill_oracle_unjudged(clause->statement->id);
    printf("%-18s %-9s %-15s %s\n", clause->statement->id, clause->statement->level,
           clause->statement->testable, clause->statement->summary);
    print_names("enforced in:", &clause->files, SIZE_MAX);
    print_names("judged by:", &clause->oracles, SIZE_MAX);
    if (reason) printf("    not judged: %s\n", reason);
    print_names("exercised by:", &clause->scenarios, 4);
    if (clause->applied > 0)
        printf("    judged so often: %llu\n", (unsigned long long)clause->applied);
    print_names("caught defects:", &clause->defects, SIZE_MAX);
}

static void print_unproved(const ClausesCommand *command, bool v5) {
    size_t count = 0;
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const Clause *clause = &command->clauses[i];
        bool own = (clause->statement->id[1] == '5') == v5;
        if (!own || !is_unproved(command, clause)) continue;
        printf("%s%s", count == 0 ? "    judged, and no defect proves it:" : "",
               count % 8 == 0 ? "\n       " : "");
        printf(" %s", clause->statement->id + strlen("v3:MQTT-"));
        count++;
    }
    if (count > 0) printf("\n    (%zu in all)\n", count);
}

static void print_summary(const ClausesCommand *command, bool v5) {
    enum { ALL, JUDGED, EXERCISED, PROVED, ENFORCED, SEEN, COMPLETE, EXCUSED, COUNTS };
    size_t counts[COUNTS] = {0};
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const Clause *clause = &command->clauses[i];
        if ((clause->statement->id[1] == '5') != v5) continue;
        counts[ALL]++;
        counts[JUDGED] += clause->oracles.count > 0;
        counts[EXERCISED] += clause->scenarios.count > 0;
        counts[PROVED] += clause->defects.count > 0;
        counts[ENFORCED] += clause->files.count > 0;
        counts[SEEN] += can_be_seen(clause);
        counts[COMPLETE] += can_be_seen(clause) && is_complete(clause);
        counts[EXCUSED] += can_be_seen(clause) && !is_complete(clause) && !is_gap(clause);
    }
    printf("%s: %zu statements, %zu enforced, %zu judged, %zu exercised, %zu proved by a caught "
           "defect\n",
           v5 ? "5.0" : "3.1.1", counts[ALL], counts[ENFORCED], counts[JUDGED], counts[EXERCISED],
           counts[PROVED]);
    printf("    of the %zu that packets can show: %zu enforced, judged and exercised, %zu not and "
           "with a reason, %zu without one\n",
           counts[SEEN], counts[COMPLETE], counts[EXCUSED],
           counts[SEEN] - counts[COMPLETE] - counts[EXCUSED]);
    print_unproved(command, v5);
}

static void print_text(const ClausesCommand *command) {
    bool check = drill_arguments_has(command->arguments, "--check");
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const Clause *clause = &command->clauses[i];
        bool gap = is_gap(clause) || is_unproved(command, clause);
        if (is_wanted(command, clause->statement) && (!check || gap)) print_clause(clause);
    }
    print_summary(command, false);
    print_summary(command, true);
}

static bool has_gap(const ClausesCommand *command) {
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const Clause *clause = &command->clauses[i];
        bool gap = is_gap(clause) || is_unproved(command, clause);
        if (gap && is_wanted(command, clause->statement)) return true;
    }
    return false;
}

static json_t *list_of(const Names *names) {
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(list, json_string(names->items[i]));
    return list;
}

static int print_json(const ClausesCommand *command) {
    json_t *list = json_array();
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const Clause *clause = &command->clauses[i];
        if (!is_wanted(command, clause->statement)) continue;
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s?, s:o, s:I, s:o}", "id",
                            clause->statement->id, "section", clause->statement->section, "level",
                            clause->statement->level, "applies_to", clause->statement->applies_to,
                            "testable", clause->statement->testable, "summary",
                            clause->statement->summary, "enforced_in", list_of(&clause->places),
                            "judged_by", list_of(&clause->oracles), "not_judged",
                            drill_oracle_unjudged(clause->statement->id), "exercised_by",
                            list_of(&clause->scenarios), "applied", (json_int_t)clause->applied,
                            "caught_defects", list_of(&clause->defects)));
    }
    json_t *root = json_pack("{s:s, s:o}", "schema", "mqttdrill.clauses/1", "statements", list);
    int failed = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', stdout);
    json_decref(root);
    return failed ? DRILL_EXIT_MACHINERY : DRILL_EXIT_PASSED;
}

static int check_wanted(const ClausesCommand *command) {
    for (size_t i = 0; i < drill_statement_count(); i++)
        if (is_wanted(command, command->clauses[i].statement)) return 0;
    return drill_complain(command->arguments, DRILL_EXIT_USAGE,
                          "--clause: expected an id like v3:MQTT-4.3.3-2 or a part of one, got "
                          "\"%s\"",
                          drill_arguments_get(command->arguments, "--clause"));
}

int drill_cmd_clauses(const DrillArguments *arguments) {
    ClausesCommand command = {.arguments = arguments};
    command.memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_CLAUSES_BYTES_MAX);
    DRILL_ASSERT(command.memory != NULL);
    command.allocator = drill_arena_allocator(command.memory);
    command.clauses = DRILL_NEW_ARRAY(command.allocator, Clause, drill_statement_count());
    for (size_t i = 0; i < drill_statement_count(); i++)
        command.clauses[i].statement = drill_statement_at(i);
    collect_citations(&command);
    collect_oracles(&command);
    int status = check_wanted(&command);
    if (status == 0) status = collect_defects(&command);
    if (status == 0)
        status = drill_arguments_operand_count(arguments) > 0 ? collect_results(&command)
                                                              : run_suite(&command);
    if (status == 0 && drill_arguments_has(arguments, "--json"))
        status = print_json(&command);
    else if (status == 0)
        print_text(&command);
    if (status == 0 && drill_arguments_has(arguments, "--check") && has_gap(&command))
        status = DRILL_EXIT_FAILED;
    drill_suite_free(&command.suite);
    drill_arena_free(command.memory);
    return status;
}
