/* Which scenarios run here and against which broker: what they ask of it, and those that --spawn
 * starts because a scenario's `broker` table wants them. */
#ifndef DRILL_CLI_RUN_BROKERS_H
#define DRILL_CLI_RUN_BROKERS_H

#include "cli/run_plan.h"

/* NULL: it runs. May start a broker for it. */
const char *drill_skip_reason(const DrillArguments *arguments, DrillPlan *plan,
                              const DrillScenario *scenario);
/* Of a scenario that is not skipped; live. */
const DrillTarget *drill_target_of(const DrillPlan *plan, const DrillScenario *scenario);
void drill_configured_stop(DrillPlan *plan);

#endif
