/* What `run` is going to do: the items of the batch, made from the command line and the selected
 * scenarios. */
#ifndef DRILL_CLI_RUN_PLAN_H
#define DRILL_CLI_RUN_PLAN_H

#include "cli/path_options.h"
#include "explore/batch.h"
#include "explore/suite.h"
#include "explore/target.h"

/* One scenario in one version: what reports have a line for. Its `repeat` runs lie behind one
 * another in `runs`. */
typedef struct DrillPlanItem {
    const DrillScenario *scenario;
    DrillVersion version;
    const char *skip; /* why it does not run; NULL: it does */
    size_t first_run; /* index into runs; undefined when skipped */
} DrillPlanItem;

typedef struct DrillPlan {
    DrillArena *memory; /* of strings and arrays below */
    DrillSuite suite;
    DrillTarget target;
    DrillSpawn *spawn;                  /* NULL: none */
    struct DrillConfigured *configured; /* other brokers that --spawn started, see run_brokers.h */
    bool interrupted;                   /* while one of them was starting */
    DrillPlanItem *items;
    size_t item_count;
    DrillRunOptions *runs; /* `repeat` for each item that runs */
    size_t run_count;
    size_t repeat;
    uint64_t jobs, timeout_ns;
    DrillRunOptions common; /* seed, link, defects, level as given on the command line */
    DrillPathOptions path;
    const char *trace_folder; /* NULL: none */
    bool trace_failures_only;
    const char *compare_folder; /* --repeat in simulation: traces to compare when digests differ;
                                   removed at the end */
} DrillPlan;

/* 0, or an exit status after complaining. On 0 the caller frees the plan (which stops a spawned
 * broker). */
int drill_plan_make(const DrillArguments *arguments, DrillPlan *plan);
void drill_plan_free(DrillPlan *plan);

/* The command line that runs this item alone. From the plan's memory. */
const char *drill_plan_reproduce(const DrillPlan *plan, const DrillPlanItem *item,
                                 const DrillArguments *arguments);
/* Six characters that no other run of these days has: they make names unique on a real broker. */
const char *drill_live_run_id(DrillAllocator allocator, size_t run);
const char *drill_version_text(DrillVersion version); /* "3.1.1" */

#endif
