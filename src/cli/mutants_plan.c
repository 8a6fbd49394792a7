/* Which mutants there are, and in which order their scenarios run. */
#include <string.h>

#include "cli/mutants.h"
#include "cli/run_plan.h"
#include "cli/selection.h"
#include "cli/trace_folders.h"

static const char *statements_of(const DrillDefectInfo *info, DrillVersion version) {
    return version == DRILL_MQTT_5_0 ? info->v5_statements : info->v3_statements;
}

static void add_mutant(DrillMutants *mutants, int id, DrillVersion version) {
    const DrillDefectInfo *info = id < 0 ? NULL : drill_defect_info((DrillDefectId)id);
    DrillMatrixRow *row = &mutants->rows[mutants->mutant_count];
    *row = (DrillMatrixRow){
        .defect = info ? info->name : "",
        .version = drill_version_text(version),
        .party = info ? info->party : "",
        .text = info ? info->text : "no defect: everything must pass",
        .expected_oracles = info ? info->oracle : "",
        .expected_statements = info ? statements_of(info, version) : "",
        .oracle = "",
        .statement = "",
        .proved_statements = "",
        .scenarios = DRILL_NEW_ARRAY(mutants->allocator, const char *, mutants->suite.count),
    };
    DrillMutant *mutant = &mutants->mutants[mutants->mutant_count++];
    *mutant = (DrillMutant){.row = row, .version = version};
    if (info) drill_defect_set(&mutant->defects, (DrillDefectId)id);
}

/* In every version in which the defect has a form; live only a broker's can be served. `all`: also
 * what no scenario catches yet. */
static void add_defect(DrillMutants *mutants, int id, const DrillVersion *versions, size_t count,
                       bool all) {
    const DrillDefectInfo *info = drill_defect_info((DrillDefectId)id);
    if (mutants->live && strcmp(info->party, "broker") != 0) return;
    for (size_t i = 0; i < count; i++) {
        if (!statements_of(info, versions[i])[0]) continue;
        if (all || !drill_defect_unproved((DrillDefectId)id, versions[i]))
            add_mutant(mutants, id, versions[i]);
        else
            mutants->left_out++;
    }
}

static int add_mutants(DrillMutants *mutants) {
    DrillVersion versions[2];
    size_t count = drill_select_versions(mutants->arguments, versions);
    if (count == 0) return DRILL_EXIT_USAGE;
    size_t most = count * ((size_t)DRILL_DEFECT_COUNT + 1);
    const char *name;
    for (size_t i = 0; drill_arguments_nth(mutants->arguments, "--defect", i); i++)
        most += count;
    mutants->mutants = DRILL_NEW_ARRAY(mutants->allocator, DrillMutant, most);
    mutants->rows = DRILL_NEW_ARRAY(mutants->allocator, DrillMatrixRow, most);
    for (size_t i = 0; i < count; i++)
        add_mutant(mutants, -1, versions[i]);
    size_t clean = mutants->mutant_count;
    bool chosen = false;
    for (size_t i = 0; (name = drill_arguments_nth(mutants->arguments, "--defect", i)); i++) {
        chosen = true;
        if (strcmp(name, "none") == 0) continue;
        int id = drill_arguments_defect(mutants->arguments, name);
        if (id < 0) return DRILL_EXIT_USAGE;
        add_defect(mutants, id, versions, count, true);
        if (mutants->mutant_count == clean)
            return drill_complain(mutants->arguments, DRILL_EXIT_USAGE,
                                  "--defect %s has no form here: it is one of the %s, %s", name,
                                  drill_defect_info((DrillDefectId)id)->party,
                                  mutants->live ? "and --live serves brokers"
                                                : "of another version of MQTT");
        clean = mutants->mutant_count;
    }
    for (int id = 0; !chosen && id < (int)DRILL_DEFECT_COUNT; id++)
        add_defect(mutants, id, versions, count,
                   drill_arguments_has(mutants->arguments, "--unproved"));
    return 0;
}

/* What fleets catch, small scenarios catch in a hundredth of the time: who wants to see it asks. */
static bool is_load(const DrillMutants *mutants, const DrillScenario *scenario) {
    const char *tag = drill_arguments_get(mutants->arguments, "--tag");
    bool load = false;
    for (size_t i = 0; i < scenario->tag_count; i++)
        load = load || strcmp(scenario->tags[i], "load") == 0;
    return load && (tag == NULL || strcmp(tag, "load") != 0);
}

static bool runs_here(const DrillMutants *mutants, const DrillScenario *scenario,
                      DrillVersion version) {
    if (is_load(mutants, scenario)) return false;
    if (version == DRILL_MQTT_5_0 ? !scenario->v50 : !scenario->v311) return false;
    if (scenario->needs_scram && drill_world_scram_missing()) return false;
    if (!mutants->live) return !scenario->live_only && !scenario->missing;
    return !scenario->sim_only && !scenario->slow;
}

static void add_run(DrillMutants *mutants, size_t mutant, size_t scenario) {
    mutants->run_of[mutants->run_count++] =
        (DrillMutantRun){.mutant = (uint32_t)mutant, .scenario = (uint32_t)scenario};
}

void drill_mutants_fill(const DrillMutants *mutants, size_t run, DrillRunOptions *out) {
    const DrillMutantRun *of = &mutants->run_of[run];
    const DrillMutant *mutant = &mutants->mutants[of->mutant];
    *out = (DrillRunOptions){.scenario = &mutants->suite.scenarios[of->scenario],
                             .version = mutant->version,
                             .seed = mutants->seed,
                             .trace_path = drill_mutants_trace(mutants, run)};
    /* If it cannot be, opening the trace says so. */
    if (out->trace_path) (void)drill_folders_make(out->trace_path);
    if (!mutants->live) {
        out->defects = mutant->defects;
        return;
    }
    out->host = "127.0.0.1"; /* the defects are the broker's, in its own process */
    out->port = mutants->live_of[run].port;
    out->run_id = mutants->live_of[run].run_id;
}

static bool sets_out_for(const DrillScenario *scenario, const char *statements) {
    for (size_t i = 0; i < scenario->clause_count; i++)
        if (drill_has_word(statements, scenario->clauses[i])) return true;
    return false;
}

/* The order of trying, live: first the scenarios that set out to exercise a statement which the
 * defect breaks. `order` gets their indexes. Returns how many there are. */
static size_t put_in_order(const DrillMutants *mutants, const DrillMutant *mutant, size_t *order) {
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < mutants->suite.count; i++) {
            const DrillScenario *scenario = &mutants->suite.scenarios[i];
            bool first = sets_out_for(scenario, mutant->row->expected_statements);
            if (first == (pass == 0) && runs_here(mutants, scenario, mutant->version))
                order[count++] = i;
        }
    return count;
}

/* In simulation mutant by mutant. Live they wait more than they work, and a mutant that has been
 * caught needs no further run: so one scenario of each, then the next of each. */
static void add_runs(DrillMutants *mutants) {
    size_t scenarios = mutants->suite.count, most = mutants->mutant_count * scenarios;
    size_t *order = DRILL_NEW_ARRAY(mutants->allocator, size_t, most);
    size_t *counts = DRILL_NEW_ARRAY(mutants->allocator, size_t, mutants->mutant_count);
    mutants->run_of = DRILL_NEW_ARRAY(mutants->allocator, DrillMutantRun, most);
    if (mutants->live)
        mutants->live_of = DRILL_NEW_ARRAY(mutants->allocator, DrillMutantLive, most);
    for (size_t i = 0; i < mutants->mutant_count; i++)
        counts[i] = put_in_order(mutants, &mutants->mutants[i], &order[i * scenarios]);
    if (mutants->live) {
        for (size_t rank = 0; rank < scenarios; rank++)
            for (size_t i = 0; i < mutants->mutant_count; i++)
                if (rank < counts[i]) add_run(mutants, i, order[i * scenarios + rank]);
        return;
    }
    for (size_t i = 0; i < mutants->mutant_count; i++)
        for (size_t k = 0; k < scenarios; k++)
            if (runs_here(mutants, &mutants->suite.scenarios[k], mutants->mutants[i].version))
                add_run(mutants, i, k);
}

int drill_mutants_plan(DrillMutants *mutants) {
    int status = add_mutants(mutants);
    if (status == 0) add_runs(mutants);
    return status;
}
