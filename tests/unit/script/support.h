/* Runs a scenario given as text, over the virtual driver, and keeps what it logged and how it
 * ended. */
#ifndef SCRIPT_TEST_SUPPORT_H
#define SCRIPT_TEST_SUPPORT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script/script.h"
#include "unit/folder_root.h"
#include "unit/suite.h"

typedef struct Outcome {
    DrillResult loaded;
    DrillScriptOutcome outcome;
    DrillDiagnostic diagnostic;
    char logs[16384]; /* lines, each with a newline */
    char failed[4096];
    char failed_file[256];
    uint64_t failed_line;
    uint64_t unused_faults;
    uint64_t end_ns;
    char digest[65];
    char ending[1024];
} Outcome;

typedef struct RunOptions {
    uint64_t seed;
    const char *run_id;
    DrillScriptLimits limits;
    const DrillWorldLink *link_override;
    const char *suite; /* folder; NULL: a new one with only this file */
    const char *relative_path;
    size_t index;
    DrillArenaKind arena;
    size_t connections_max; /* of the driver; 0: no limit */
    DrillVersion version;   /* 0: 3.1.1 */
} RunOptions;

/* Of bodies. */
static DrillVersion support_version;

static inline void support_append(char *into, size_t size, DrillSpan text) {
    size_t used = strlen(into);
    if (used + text.size + 2 > size) return;
    memcpy(into + used, text.data, text.size);
    into[used + text.size] = '\0';
}

static inline void support_event(void *context, const DrillTraceEvent *event) {
    Outcome *out = context;
    out->end_ns = event->time_ns;
    if (event->kind == DRILL_TRACE_APP_LOG || event->kind == DRILL_TRACE_APP_NOTE) {
        support_append(out->logs, sizeof out->logs, event->values[0].bytes);
        support_append(out->logs, sizeof out->logs, drill_span("\n", 1));
    } else if (event->kind == DRILL_TRACE_APP_FAILED) {
        support_append(out->failed, sizeof out->failed, drill_trace_text(event, "text"));
        support_append(out->failed_file, sizeof out->failed_file, drill_trace_text(event, "file"));
        out->failed_line = drill_trace_u64(event, "line");
    } else if (event->kind == DRILL_TRACE_FAULT_UNUSED) {
        out->unused_faults++;
    }
}

static inline void support_write(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(text, 1, strlen(text), file);
    fclose(file);
}

static inline void support_run(const RunOptions *options, DrillArena *arena,
                               const DrillScenario *scenario, Outcome *out) {
    DrillScriptOptions script_options = {.arena = arena,
                                         .scenario = scenario,
                                         .run_id = options->run_id ? options->run_id : "",
                                         .limits = options->limits,
                                         .link_override = options->link_override};
    DrillScript *script = NULL;
    out->loaded = drill_script_load(&script_options, &script, &out->diagnostic);
    if (out->loaded != DRILL_OK) return;
    DrillTracerOptions tracer_options = {drill_arena_allocator(arena), true};
    DrillTracer *tracer = drill_tracer_new(&tracer_options);
    drill_tracer_add_sink(tracer, (DrillTraceSink){out, support_event, NULL});
    DrillWorldOptions world_options = {.arena = arena,
                                       .driver = drill_driver_virtual(),
                                       .tracer = tracer,
                                       .seed = options->seed,
                                       .version = options->version != 0 ? options->version
                                                                        : DRILL_MQTT_3_1_1};
    world_options.driver->connections_max = options->connections_max;
    drill_script_configure(script, &world_options);
    DrillWorld *world = drill_world_new(&world_options);
    drill_script_start(script, world);
    while (drill_script_running(script) && drill_world_step(world))
        continue;
    out->outcome = drill_script_outcome(script, &out->diagnostic);
    snprintf(out->ending, sizeof out->ending, "%s", drill_script_ending(script));
    drill_world_finish(world, "finished", "", DRILL_NS_PER_S, 100 * DRILL_NS_PER_S);
    drill_tracer_digest(tracer, out->digest);
    world_options.driver->free(world_options.driver);
}

/* The file is written as SUITE/qos/a.lua unless the options say otherwise. */
static inline Outcome *run_file(const RunOptions *options, const char *text) {
    static Outcome out;
    memset(&out, 0, sizeof out);
    const char *folder = options->suite ? options->suite : folder_new();
    const char *relative = options->relative_path ? options->relative_path : "qos/a.lua";
    if (text) support_write(folder, relative, text);
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, relative);
    DrillScenario scenario = {.id = "qos/a",
                              .path = path,
                              .relative_path = path + strlen(folder) + 1,
                              .index = options->index};
    DrillArena *arena = drill_arena_new(options->arena, (size_t)1 << 30);
    support_run(options, arena, &scenario, &out);
    drill_arena_free(arena);
    return &out;
}

static inline Outcome *run_text(const char *text) {
    RunOptions options = {.arena = DRILL_ARENA_MALLOC, .version = support_version};
    return run_file(&options, text);
}

/* A scenario whose run function has this body, which begins on line 2. */
static inline Outcome *run_body(const char *body) {
    static char text[16384];
    snprintf(text, sizeof text, "return scenario { title = 'x', run = function(t)\n%s\nend }\n",
             body);
    return run_text(text);
}

/* Without the suite's folder in front: "ROOT/XXXXXX/". */
static inline const char *no_prefix(const char *message) {
    size_t size = strlen(folder_root) + 8;
    bool has = strncmp(message, folder_root, strlen(folder_root)) == 0 && strlen(message) > size;
    return has ? message + size : message;
}

/* The body is refused as broken, with this message. */
#define assert_broken(body, message)                                                               \
    do {                                                                                           \
        Outcome *broken_ = run_body(body);                                                         \
        ck_assert_msg(broken_->outcome == DRILL_SCRIPT_ERROR, "not broken: %s", (body));           \
        ck_assert_str_eq(broken_->ending, message);                                                \
        ck_assert_uint_ge(strlen(broken_->diagnostic.text), strlen(message));                      \
        ck_assert_ptr_ne(no_prefix(broken_->diagnostic.text), broken_->diagnostic.text);           \
    } while (0)

/* The body runs to its end and logs these lines. */
#define assert_logs(body, lines)                                                                   \
    do {                                                                                           \
        Outcome *logged_ = run_body(body);                                                         \
        ck_assert_str_eq(logged_->diagnostic.text, "");                                            \
        ck_assert_str_eq(logged_->failed, "");                                                     \
        ck_assert_int_eq(logged_->outcome, DRILL_SCRIPT_FINISHED);                                 \
        ck_assert_str_eq(logged_->logs, lines);                                                    \
    } while (0)

/* An expectation on the line fails with this text. */
#define assert_fails(body, at_line, message)                                                       \
    do {                                                                                           \
        Outcome *failed_ = run_body(body);                                                         \
        ck_assert_str_eq(failed_->diagnostic.text, "");                                            \
        ck_assert_str_eq(failed_->failed, message);                                                \
        ck_assert_int_eq(failed_->outcome, DRILL_SCRIPT_FINISHED);                                 \
        ck_assert_uint_eq(failed_->failed_line, at_line);                                          \
        ck_assert_str_eq(failed_->failed_file, "qos/a.lua");                                       \
    } while (0)

static inline int run_suite(const char *name, const TTest *const *tests, size_t count) {
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    tcase_set_timeout(cases, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}

#endif
