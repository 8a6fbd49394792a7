#include "cli/run_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/run_brokers.h"
#include "cli/selection.h"
#include "cli/trace_folders.h"
#include "driver/driver.h"

#define DRILL_PLAN_BYTES_MAX  ((size_t)8 << 30)
#define DRILL_TIMEOUT_SIM_NS  (60 * DRILL_NS_PER_S)
#define DRILL_TIMEOUT_LIVE_NS (600 * DRILL_NS_PER_S)
#define DRILL_TIMEOUT_SLOW_NS (7 * 24 * 3600 * DRILL_NS_PER_S)
/* Live runs mostly wait; this many at a time keep a suite short and load neither us nor the broker.
 */
#define DRILL_JOBS_LIVE  16 /* a stranger's broker may limit its connections */
#define DRILL_JOBS_SPAWN 96 /* runs mostly wait, and so does a broker that is there for them */
#define DRILL_JOBS_MAX   256
#define DRILL_REACH_NS   (5 * DRILL_NS_PER_S)

const char *drill_version_text(DrillVersion version) {
    switch (version) {
    case DRILL_MQTT_3_1:
        return "3.1";
    case DRILL_MQTT_3_1_1:
        return "3.1.1";
    case DRILL_MQTT_5_0:
        return "5.0";
    }
    return "?";
}

static const char *print(DrillPlan *plan, DrillBuffer *text) {
    return drill_copy_string(drill_arena_allocator(plan->memory), drill_buffer_cstring(text));
}

/* Named by the contract, not built: an error, never ignored. */
static int refuse_later_options(const DrillArguments *arguments) {
    if (drill_arguments_has(arguments, "--profile"))
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--profile is not there yet");
    const char *shard = drill_arguments_get(arguments, "--shard");
    if (shard && strcmp(shard, "auto") == 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--shard auto is not there yet; give I/N");
    return 0;
}

static int read_target(const DrillArguments *arguments, DrillPlan *plan) {
    DrillDiagnostic diagnostic;
    const char *target = drill_arguments_get(arguments, "--target"),
               *spawn = drill_arguments_get(arguments, "--spawn");
    if (target && spawn)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--target and --spawn exclude each other");
    if (spawn) {
        DrillResult result = drill_spawn_start(spawn, "", &plan->spawn, &plan->target, &diagnostic);
        if (result == DRILL_OK) return 0;
        DrillExit exit = result == DRILL_IO     ? DRILL_EXIT_MACHINERY
                         : result == DRILL_BUSY ? DRILL_EXIT_INTERRUPTED
                                                : DRILL_EXIT_USAGE;
        return drill_complain(arguments, exit, "%s", diagnostic.text);
    }
    if (drill_target_parse(target ? target : "sim", &plan->target, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
    if (plan->target.live &&
        drill_target_await(&plan->target, DRILL_REACH_NS, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_MACHINERY, "the target cannot be reached: %s",
                              diagnostic.text);
    return 0;
}

static int read_defects(const DrillArguments *arguments, DrillPlan *plan) {
    const char *name;
    for (size_t i = 0; (name = drill_arguments_nth(arguments, "--defect", i)); i++) {
        int id = drill_arguments_defect(arguments, name);
        if (id < 0) return DRILL_EXIT_USAGE;
        bool broker = strcmp(drill_defect_info((DrillDefectId)id)->party, "broker") == 0;
        if (broker &&
            (drill_arguments_has(arguments, "--target") ||
             drill_arguments_has(arguments, "--spawn")) &&
            plan->target.live)
            return drill_complain(arguments, DRILL_EXIT_USAGE,
                                  "--defect %s is one of the virtual broker, which %s is not", name,
                                  plan->target.url);
        drill_defect_set(&plan->common.defects, (DrillDefectId)id);
    }
    return 0;
}

static int read_path(const DrillArguments *arguments, DrillPlan *plan) {
    const DrillPathOptions *path = &plan->path;
    int status = drill_path_options_read(arguments, &plan->path);
    if (status != 0) return status;
    plan->common.segments = path->segments;
    plan->common.tcp_override = path->tcp_text ? &path->tcp : NULL;
    plan->common.tcp_text = path->tcp_text;
    plan->common.link_override = path->link_text ? &path->link : NULL;
    plan->common.link_text = path->link_text;
    return 0;
}

static int read_jobs(const DrillArguments *arguments, DrillPlan *plan) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    plan->jobs = drill_arguments_has(arguments, "--spawn") ? DRILL_JOBS_SPAWN
                 : plan->target.live                       ? DRILL_JOBS_LIVE
                                     : (uint64_t)(processors > 0 ? processors : 1);
    const char *jobs = drill_arguments_get(arguments, "--jobs");
    if (jobs && strcmp(jobs, "auto") != 0 &&
        !drill_arguments_u64(arguments, "--jobs", 1, DRILL_JOBS_MAX, &plan->jobs))
        return DRILL_EXIT_USAGE;
    plan->timeout_ns = !plan->target.live                         ? DRILL_TIMEOUT_SIM_NS
                       : drill_arguments_has(arguments, "--slow") ? DRILL_TIMEOUT_SLOW_NS
                                                                  : DRILL_TIMEOUT_LIVE_NS;
    if (!drill_arguments_duration(arguments, "--timeout", &plan->timeout_ns))
        return DRILL_EXIT_USAGE;
    uint64_t repeat = 1;
    plan->common.seed = 1;
    if (!drill_arguments_u64(arguments, "--repeat", 1, 10000, &repeat) ||
        !drill_arguments_u64(arguments, "--seed", 0, UINT64_MAX, &plan->common.seed) ||
        !drill_arguments_u64(arguments, "--save-every", 1, UINT64_MAX, &plan->common.save_every))
        return DRILL_EXIT_USAGE;
    plan->repeat = (size_t)repeat;
    plan->common.malloc_arena = drill_arguments_has(arguments, "--malloc");
    if (plan->common.save_every > 0 && (plan->common.malloc_arena || plan->target.live ||
                                        drill_arguments_has(arguments, "--trace") || repeat > 1))
        return drill_complain(
            arguments, DRILL_EXIT_USAGE,
            "--save-every goes with simulation, and not with --malloc, --trace or --repeat");
    return 0;
}

static int read_trace(const DrillArguments *arguments, DrillPlan *plan) {
    const char *when = drill_arguments_get(arguments, "--trace-when");
    plan->trace_folder = drill_arguments_get(arguments, "--trace");
    if (when && strcmp(when, "always") != 0 && strcmp(when, "failure") != 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--trace-when: expected always or failure, got \"%s\"", when);
    if (when && !plan->trace_folder)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--trace-when needs --trace DIR");
    plan->trace_failures_only = when && strcmp(when, "failure") == 0;
    if (plan->repeat > 1 && !plan->target.live && !plan->trace_folder) {
        char template[] = "/tmp/mqttdrill-repeat-XXXXXX";
        /* A program executed anew for one repeat is told the parent's folder. */
        const char *inherited = getenv("MQTTDRILL_REPEAT_FOLDER");
        if (!inherited && !mkdtemp(template))
            return drill_complain(arguments, DRILL_EXIT_MACHINERY, "no temporary folder: %s",
                                  strerror(errno));
        if (!inherited) setenv("MQTTDRILL_REPEAT_FOLDER", template, 1);
        plan->compare_folder = drill_copy_string(drill_arena_allocator(plan->memory),
                                                 inherited ? inherited : template);
    }
    return 0;
}

static const char *trace_path(DrillPlan *plan, const DrillPlanItem *item, size_t repeat) {
    const char *folder = plan->trace_folder ? plan->trace_folder : plan->compare_folder;
    DrillBuffer text = {.allocator = drill_arena_allocator(plan->memory)};
    if (!folder) return NULL;
    drill_buffer_print(&text, "%s/%s-%s", folder, item->scenario->id,
                       drill_version_text(item->version));
    if (repeat > 0) drill_buffer_print(&text, ".%zu", repeat + 1);
    drill_buffer_put_string(&text, ".jsonl.gz");
    const char *path = print(plan, &text);
    return drill_folders_make(path) ? path : NULL;
}

const char *drill_live_run_id(DrillAllocator allocator, size_t run) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t source[3] = {drill_wall_ns(), (uint64_t)getpid(), run};
    uint64_t hash = drill_hash(drill_span(source, sizeof(source)), 0);
    char id[7];
    for (int i = 0; i < 6; i++) {
        id[i] = letters[hash % (i == 0 ? 26 : 36)];
        hash /= 36;
    }
    id[6] = '\0';
    return drill_copy_string(allocator, id);
}

static int add_runs(const DrillArguments *arguments, DrillPlan *plan, DrillPlanItem *item) {
    item->first_run = plan->run_count;
    for (size_t repeat = 0; repeat < plan->repeat; repeat++) {
        DrillRunOptions *run = &plan->runs[plan->run_count];
        *run = plan->common;
        run->scenario = item->scenario;
        run->version = item->version;
        if (plan->target.live) {
            const DrillTarget *target = drill_target_of(plan, item->scenario);
            run->host = target->host;
            run->port = target->port;
            run->run_id = drill_live_run_id(drill_arena_allocator(plan->memory), plan->run_count);
        }
        run->trace_path = trace_path(plan, item, repeat);
        if ((plan->trace_folder || plan->compare_folder) && !run->trace_path)
            return drill_complain(arguments, DRILL_EXIT_MACHINERY,
                                  "cannot make folders for traces: %s", strerror(errno));
        plan->run_count++;
    }
    return 0;
}

static int read_shard(const DrillArguments *arguments, size_t *part, size_t *parts) {
    const char *text = drill_arguments_get(arguments, "--shard");
    uint64_t i, n;
    *part = 0;
    *parts = 1;
    if (!text) return 0;
    size_t size = strcspn(text, "/");
    if (text[size] != '/' || drill_parse_u64(drill_span(text, size), &i) != DRILL_OK ||
        drill_parse_u64(drill_span_of(text + size + 1), &n) != DRILL_OK || i < 1 || i > n)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--shard: expected I/N with 1 <= I <= N, got \"%s\"", text);
    *part = (size_t)(i - 1);
    *parts = (size_t)n;
    return 0;
}

static int make_items(const DrillArguments *arguments, DrillPlan *plan) {
    DrillAllocator allocator = drill_arena_allocator(plan->memory);
    size_t part, parts, place = 0, most = plan->suite.count * 2;
    int wanted, status = read_shard(arguments, &part, &parts);
    if (status != 0 || !drill_select_version(arguments, &wanted)) return DRILL_EXIT_USAGE;
    plan->items = DRILL_NEW_ARRAY(allocator, DrillPlanItem, most);
    plan->runs = DRILL_NEW_ARRAY(allocator, DrillRunOptions, most * plan->repeat);
    for (size_t i = 0; i < plan->suite.count; i++) {
        const DrillScenario *scenario = &plan->suite.scenarios[i];
        DrillVersion versions[2];
        size_t count = drill_scenario_versions(scenario, wanted, versions);
        for (size_t j = 0; j < count && status == 0; j++) {
            if (place++ % parts != part) continue;
            DrillPlanItem *item = &plan->items[plan->item_count++];
            *item = (DrillPlanItem){.scenario = scenario,
                                    .version = versions[j],
                                    .skip = drill_skip_reason(arguments, plan, scenario)};
            if (!item->skip) status = add_runs(arguments, plan, item);
            if (plan->interrupted)
                status = drill_complain(arguments, DRILL_EXIT_INTERRUPTED, "interrupted");
        }
    }
    if (status == 0 && plan->item_count == 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "this shard is empty");
    return status;
}

int drill_plan_make(const DrillArguments *arguments, DrillPlan *plan) {
    memset(plan, 0, sizeof(*plan));
    plan->memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_PLAN_BYTES_MAX);
    DRILL_ASSERT(plan->memory != NULL);
    int status = refuse_later_options(arguments);
    if (status == 0)
        status = drill_select(arguments, drill_arguments_operands(arguments),
                              drill_arguments_operand_count(arguments), &plan->suite);
    if (status == 0) status = read_target(arguments, plan);
    if (status == 0) status = read_defects(arguments, plan);
    if (status == 0) status = read_path(arguments, plan);
    if (status == 0) status = read_jobs(arguments, plan);
    if (status == 0) status = read_trace(arguments, plan);
    if (status == 0) status = make_items(arguments, plan);
    if (status != 0) drill_plan_free(plan);
    return status;
}

void drill_plan_free(DrillPlan *plan) {
    drill_configured_stop(plan);
    if (plan->spawn) drill_spawn_stop(plan->spawn);
    drill_suite_free(&plan->suite);
    drill_arena_free(plan->memory);
    memset(plan, 0, sizeof(*plan));
}

/* A word for the shell: as it is where that is safe, else quoted. */
static void put_word(DrillBuffer *text, const char *word) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-./:=,%@+";
    if (word[0] && word[strspn(word, safe)] == '\0') {
        drill_buffer_put_string(text, word);
        return;
    }
    drill_buffer_put_byte(text, '\'');
    for (const char *at = word; *at; at++) {
        if (*at == '\'')
            drill_buffer_put_string(text, "'\\''");
        else
            drill_buffer_put_byte(text, (uint8_t)*at);
    }
    drill_buffer_put_byte(text, '\'');
}

const char *drill_plan_reproduce(const DrillPlan *plan, const DrillPlanItem *item,
                                 const DrillArguments *arguments) {
    static const char *const repeated[] = {"--link", "--tcp", "--target", "--spawn", "--level"};
    DrillBuffer text = {.allocator = drill_arena_allocator(plan->memory)};
    drill_buffer_put_string(&text, "mqttdrill run ");
    put_word(&text, item->scenario->path);
    drill_buffer_print(&text, " --mqtt %s --seed %llu", drill_version_text(item->version),
                       (unsigned long long)plan->common.seed);
    size_t id_size = strlen(item->scenario->id);
    bool alone_in_file = strncmp(item->scenario->relative_path, item->scenario->id, id_size) == 0 &&
                         strcmp(item->scenario->relative_path + id_size, ".lua") == 0;
    if (!alone_in_file) {
        drill_buffer_put_string(&text, " --filter ");
        put_word(&text, item->scenario->id);
    }
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(repeated); i++) {
        const char *value = drill_arguments_get(arguments, repeated[i]);
        if (!value) continue;
        drill_buffer_print(&text, " %s ", repeated[i]);
        put_word(&text, value);
    }
    const char *defect;
    for (size_t i = 0; (defect = drill_arguments_nth(arguments, "--defect", i)); i++)
        drill_buffer_print(&text, " --defect %s", defect);
    return drill_copy_string(drill_arena_allocator(plan->memory), drill_buffer_cstring(&text));
}
