/* Mutants over TCP: each defect in a served broker, tested as a stranger would be. */
#include "cli/mutants.h"
#include "cli/run_plan.h"
#include "cli/trace_folders.h"

bool drill_mutants_settled(const DrillMutants *mutants, size_t run) {
    const DrillMatrixRow *row = mutants->mutants[mutants->run_of[run].mutant].row;
    return row->defect[0] && row->caught;
}

/* A defect meets each scenario alone, so that what catches it cannot depend on what else ran at
 * that moment. The correct broker has them all at once; but those that configure it, or whose
 * filters would match the messages of others. */
static bool is_alone(const DrillMutant *mutant, const DrillScenario *scenario) {
    return mutant->row->defect[0] || scenario->configures_broker || scenario->topics_absolute;
}

bool drill_mutants_serve(DrillMutants *mutants, size_t run) {
    const DrillMutantRun *of = &mutants->run_of[run];
    DrillMutantLive *live = &mutants->live_of[run];
    DrillMutant *mutant = &mutants->mutants[of->mutant];
    const DrillScenario *scenario = &mutants->suite.scenarios[of->scenario];
    bool alone = is_alone(mutant, scenario);
    DrillServed *served = alone ? &live->served : &mutant->served;
    if (mutants->failure.text[0]) return false;
    if (drill_mutants_settled(mutants, run)) {
        mutants->terminal.done++;
        return false;
    }
    if (served->pid == 0) {
        DrillServedOptions options = {.scenario = scenario->configures_broker ? scenario : NULL,
                                      .defects = mutant->defects,
                                      .seed = mutants->seed,
                                      .trace_path =
                                          drill_mutants_broker_trace(mutants, run, alone)};
        if (options.trace_path) (void)drill_folders_make(options.trace_path);
        if (drill_served_start(&options, served, &mutants->failure) != DRILL_OK) return false;
    }
    live->port = served->port;
    /* What a scenario says of topics when it configures its broker goes for the names it writes;
     * there is nobody else to be told from. */
    live->run_id = scenario->configures_broker ? "" : drill_live_run_id(mutants->allocator, run);
    return true;
}

void drill_mutants_served(DrillMutants *mutants, size_t run) {
    drill_served_stop(&mutants->live_of[run].served);
}

void drill_mutants_stop_serving(DrillMutants *mutants) {
    for (size_t i = 0; i < mutants->mutant_count; i++) {
        DrillMutant *mutant = &mutants->mutants[i];
        if (mutant->shared_trace && !drill_served_finish(&mutant->served))
            (void)drill_complain(mutants->arguments, DRILL_EXIT_MACHINERY,
                                 "a broker did not end by itself; its trace is %s.partial",
                                 mutant->shared_trace);
        drill_served_stop(&mutant->served);
    }
    for (size_t i = 0; mutants->live_of && i < mutants->run_count; i++)
        drill_served_stop(&mutants->live_of[i].served);
}
