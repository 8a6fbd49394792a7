/* Parts of the mutants command: which runs there are, and what they say about each defect. */
#ifndef DRILL_CLI_MUTANTS_H
#define DRILL_CLI_MUTANTS_H

#include "cli/terminal.h"
#include "explore/batch.h"
#include "explore/served.h"
#include "explore/suite.h"

/* A defect, or none, in one version of the protocol. */
typedef struct DrillMutant {
    DrillMatrixRow *row;
    DrillVersion version;
    DrillDefectSet defects;
    size_t shown_by; /* the scenario whose finding the row shows; the first of the suite */
    /* Live: */
    DrillServed served; /* without a defect, and with default configuration: for all scenarios */
    const char *shared_trace; /* of that broker, when it is to be kept; else NULL */
} DrillMutant;

/* One run of one scenario against one mutant. There are very many. */
typedef struct DrillMutantRun {
    uint32_t mutant, scenario;
} DrillMutantRun;

/* What a live run needs besides. */
typedef struct DrillMutantLive {
    DrillServed served; /* a broker for this run alone */
    uint16_t port;
    const char *run_id;
} DrillMutantLive;

typedef struct DrillMutants {
    const DrillArguments *arguments;
    DrillArena *memory;
    DrillAllocator allocator;
    DrillSuite suite;
    DrillMutant *mutants; /* first those without a defect */
    DrillMatrixRow *rows; /* of the mutants, in their order */
    size_t mutant_count;
    DrillMutantRun *run_of;   /* which mutant and scenario run i is */
    DrillMutantLive *live_of; /* the same, live */
    size_t run_count;
    uint64_t seed, jobs, timeout_ns;
    bool live;
    const char *trace_folder; /* NULL: none */
    bool *kept;               /* with it: is the trace of run i kept? */
    DrillTerminal terminal;
    size_t left_out;         /* defects, in one version each, that no scenario catches yet */
    bool broken;             /* a scenario could not be run at all */
    size_t clean_bad;        /* runs without a defect that did not pass */
    DrillDiagnostic failure; /* live: why a broker did not start; text "" when all did */
} DrillMutants;

/* The mutants that --defect names (default: all), in the versions asked for, and their runs. 0, or
 * an exit status after complaining. */
int drill_mutants_plan(DrillMutants *mutants);
void drill_mutants_fill(const DrillMutants *mutants, size_t run, DrillRunOptions *out);

/* What one finished run says. False: it is one without a defect, and did not pass. */
bool drill_mutants_judge(DrillMutants *mutants, size_t run, const DrillRunResult *result);
/* Prints the rows and writes the reports; the exit status. */
int drill_mutants_report(DrillMutants *mutants);

/* --live. Once a defect has been caught, nothing is to be learnt from further runs. The correct
 * broker is judged by all of them. */
bool drill_mutants_settled(const DrillMutants *mutants, size_t run);
/* False when the run is settled, or its broker did not start. Else the run knows where it is. */
bool drill_mutants_serve(DrillMutants *mutants, size_t run);
void drill_mutants_served(DrillMutants *mutants, size_t run); /* the run is over */
void drill_mutants_stop_serving(DrillMutants *mutants);

/* --trace. 0, or an exit status after complaining. */
int drill_mutants_trace_open(DrillMutants *mutants);
/* Where the trace of a run without a defect goes, and that of its broker; else, and without
 * --trace, NULL. `alone`: a broker for this run alone. */
const char *drill_mutants_trace(const DrillMutants *mutants, size_t run);
const char *drill_mutants_broker_trace(const DrillMutants *mutants, size_t run, bool alone);
/* The run is over, its broker still there: keeps what there is of it, and says where; or not. */
void drill_mutants_trace_keep(DrillMutants *mutants, size_t run);
void drill_mutants_trace_drop(DrillMutants *mutants, size_t run);
void drill_mutants_trace_close(DrillMutants *mutants); /* no broker is there any more */

#endif
