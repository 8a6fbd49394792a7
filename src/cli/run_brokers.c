#include "cli/run_brokers.h"

#include <string.h>

/* One for all scenarios with the same settings; none is started twice. */
struct DrillConfigured {
    struct DrillConfigured *next;
    const char *settings;
    DrillSpawn *spawn; /* NULL: it did not start */
    DrillTarget target;
    const char *why_not;
};

static const char *lacks(const DrillPlan *plan, const char *feature) {
    DrillBuffer text = {.allocator = drill_arena_allocator(plan->memory)};
    drill_buffer_print(&text, "needs %s, and the broker is configured without", feature);
    return drill_buffer_cstring(&text); /* the arena keeps it */
}

static const char *only_recommended(const DrillPlan *plan, const char *feature) {
    DrillBuffer text = {.allocator = drill_arena_allocator(plan->memory)};
    drill_buffer_print(
        &text, "needs %s, a SHOULD of the standard, and no profile says that this one does it",
        feature);
    return drill_buffer_cstring(&text);
}

static struct DrillConfigured *configured_for(const DrillPlan *plan, const char *settings) {
    struct DrillConfigured *at = plan->configured;
    while (at && strcmp(at->settings, settings) != 0)
        at = at->next;
    return at;
}

static const char *could_not(const DrillPlan *plan, const char *settings, const char *why) {
    DrillBuffer text = {.allocator = drill_arena_allocator(plan->memory)};
    size_t size = strcspn(why, "\n"); /* reports have a line for it */
    drill_buffer_print(&text, "needs a broker with %s: %.*s", settings, (int)size, why);
    return drill_buffer_cstring(&text);
}

/* NULL: it is there. */
static const char *configure(const DrillArguments *arguments, DrillPlan *plan,
                             const char *settings) {
    const char *command = drill_arguments_get(arguments, "--spawn");
    if (!settings || !command || !drill_spawn_configures(command))
        return "needs a broker configured for it, and no profile says that this one is";
    struct DrillConfigured *broker = configured_for(plan, settings);
    if (!broker) {
        DrillDiagnostic diagnostic;
        broker = DRILL_NEW(drill_arena_allocator(plan->memory), struct DrillConfigured);
        broker->settings = settings;
        DrillResult started =
            drill_spawn_start(command, settings, &broker->spawn, &broker->target, &diagnostic);
        plan->interrupted = started == DRILL_BUSY;
        if (started != DRILL_OK) broker->why_not = could_not(plan, settings, diagnostic.text);
        broker->next = plan->configured;
        plan->configured = broker;
    }
    return broker->why_not;
}

const char *drill_skip_reason(const DrillArguments *arguments, DrillPlan *plan,
                              const DrillScenario *scenario) {
    if (scenario->needs_scram && drill_world_scram_missing()) return drill_world_scram_missing();
    if (!plan->target.live && scenario->live_only) return "needs a real broker";
    if (!plan->target.live) return scenario->missing ? lacks(plan, scenario->missing) : NULL;
    if (scenario->sim_only) return "needs the simulator";
    if (scenario->recommended) return only_recommended(plan, scenario->recommended);
    if (scenario->slow && !drill_arguments_has(arguments, "--slow"))
        return "needs much real time: --slow";
    bool plain = scenario->settings && !scenario->settings[0];
    return plain ? NULL : configure(arguments, plan, scenario->settings);
}

const DrillTarget *drill_target_of(const DrillPlan *plan, const DrillScenario *scenario) {
    const struct DrillConfigured *broker = configured_for(plan, scenario->settings);
    return broker ? &broker->target : &plan->target;
}

void drill_configured_stop(DrillPlan *plan) {
    for (struct DrillConfigured *at = plan->configured; at; at = at->next)
        if (at->spawn) drill_spawn_stop(at->spawn);
    plan->configured = NULL;
}
