/* One run: puts arena, tracer, oracles, driver, world and script together, turns the loop, and
 * collects what is left. */
#include "explore/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/cleanup.h"
#include "explore/planted.h"
#include "explore/run_state.h"

/* Address space of one run; memory is used only as touched. */
#define DRILL_RUN_BYTES_MAX ((size_t)4 << 30)
/* Of all saves of a run. Each is gone on from, so that a long run is saved more seldom. */
#define DRILL_SAVES_BYTES_MAX ((size_t)256 << 20)
/* How long nothing may move before a run counts as settled, and how long that may take. The live
 * figure must cover a real broker's scheduling; the virtual one is free. */
#define DRILL_QUIET_SIM_NS       (5 * DRILL_NS_PER_S)
#define DRILL_QUIET_LIVE_NS      (500 * DRILL_NS_PER_MS)
#define DRILL_SETTLE_SIM_NS      (600 * DRILL_NS_PER_S)
#define DRILL_SETTLE_LIVE_NS     (10 * DRILL_NS_PER_S)
#define DRILL_CONNECT_TIMEOUT_NS (10 * DRILL_NS_PER_S)
/* How much later than 1.5 x Keep Alive a live broker may close before it is called late; its sweep
 * interval and ours. */
#define DRILL_KEEP_ALIVE_SLACK_SIM_NS  (1 * DRILL_NS_PER_S)
#define DRILL_KEEP_ALIVE_SLACK_LIVE_NS (10 * DRILL_NS_PER_S)

/* Things outside the arena that a run uses. */
typedef struct Outside {
    DrillArena *arena;
    DrillDriver *driver;
    DrillTraceWriter *writer;
    DrillCleanup *cleanup; /* live only */
} Outside;

static size_t memory_of(const DrillRunOptions *options) {
    return options->memory_bytes_max > 0 ? options->memory_bytes_max : DRILL_RUN_BYTES_MAX;
}

static bool is_live(const DrillRunOptions *options) {
    return options->host != NULL ||
           (options->replay != NULL && drill_span_is(options->replay->header.target, "mqtt"));
}

static DrillResult open_driver(const DrillRunOptions *options, Outside *outside,
                               DrillDiagnostic *diagnostic) {
    if (options->replay && is_live(options)) {
        outside->driver = drill_driver_replay(options->replay);
    } else if (options->host) {
        DrillPacedOptions paced = {.host = options->host,
                                   .port = options->port,
                                   .connect_timeout_ns = DRILL_CONNECT_TIMEOUT_NS};
        return drill_driver_paced(&paced, &outside->driver, diagnostic);
    } else {
        outside->driver = drill_driver_virtual();
    }
    return DRILL_OK;
}

/* Canonical text of everything in the run that neither the scenario nor the seed says. */
void drill_run_options_text(const DrillRunOptions *options, DrillBuffer *out) {
    drill_buffer_put_string(out, "level=");
    drill_buffer_put_string(out, options->segments ? "segment" : "packet");
    if (options->link_text && options->link_text[0]) {
        drill_buffer_put_string(out, ";link=");
        drill_buffer_put_string(out, options->link_text);
    }
    if (options->tcp_text) drill_buffer_print(out, ";tcp=%s", options->tcp_text);
    const char *separator = ";defects=";
    for (int id = 0; id < (int)DRILL_DEFECT_COUNT; id++) {
        if (!drill_defect_is_on(&options->defects, (DrillDefectId)id)) continue;
        drill_buffer_put_string(out, separator);
        drill_buffer_put_string(out, drill_defect_info((DrillDefectId)id)->name);
        separator = ",";
    }
}

static void emit_header(const DrillRunOptions *options, DrillRunState *state) {
    DrillBuffer text = {.allocator = state->allocator};
    drill_run_options_text(options, &text);
    DrillTraceHeader header = {
        .tool_version = drill_span_of(DRILL_TOOL_VERSION),
        .scenario_id = drill_span_of(options->scenario->id),
        .scenario_path = drill_span_of(options->scenario->relative_path),
        .scenario_sha256 = drill_span_of(drill_script_sha256(state->script)),
        .title = drill_span_of(options->scenario->title),
        .target = drill_span_of(is_live(options) ? "mqtt" : "sim"),
        .version = (uint64_t)options->version,
        .seed = options->seed,
        .run_id = drill_span_of(options->run_id ? options->run_id : ""),
        .options = drill_buffer_span(&text),
    };
    drill_tracer_header(state->tracer, &header);
    drill_buffer_release(&text);
}

static DrillResult load_script(const DrillRunOptions *options, Outside *outside,
                               DrillRunState *state, DrillDiagnostic *diagnostic) {
    DrillScriptOptions script = {
        .arena = outside->arena,
        .scenario = options->scenario,
        .run_id = options->run_id ? options->run_id : "",
        .link_override = options->link_override,
        .tcp_override = options->tcp_override,
        .defects = options->defects,
    };
    DrillResult loaded = drill_script_load(&script, &state->script, diagnostic);
    if (loaded != DRILL_OK || !options->replay) return loaded;
    if (drill_span_is(options->replay->header.scenario_sha256, drill_script_sha256(state->script)))
        return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_INVALID,
                          "%s: not the text that was recorded (its SHA-256 differs)",
                          options->scenario->path);
}

static DrillResult open_tracer(const DrillRunOptions *options, Outside *outside,
                               DrillRunState *state, DrillDiagnostic *diagnostic) {
    DrillTracerOptions tracer = {.allocator = state->allocator, .digest = true};
    state->tracer = drill_tracer_new(&tracer);
    DrillCheckOptions check = {
        .allocator = state->allocator,
        .version = (uint64_t)options->version,
        .paced = is_live(options),
        .keep_alive_slack_ns =
            is_live(options) ? DRILL_KEEP_ALIVE_SLACK_LIVE_NS : DRILL_KEEP_ALIVE_SLACK_SIM_NS,
    };
    state->check = drill_check_new(&check);
    drill_tracer_add_sink(state->tracer, drill_check_sink(state->check));
    drill_tracer_add_sink(state->tracer, drill_run_state_sink(state, options->version));
    if (options->host) {
        outside->cleanup = drill_cleanup_new(options->version);
        drill_tracer_add_sink(state->tracer, drill_cleanup_sink(outside->cleanup));
    }
    if (options->trace_path) {
        DrillResult opened =
            drill_trace_writer_open(options->trace_path, &outside->writer, diagnostic);
        if (opened != DRILL_OK) return opened;
        drill_tracer_add_sink(state->tracer, drill_trace_writer_sink(outside->writer));
    }
    return DRILL_OK;
}

static void make_world(const DrillRunOptions *options, Outside *outside, DrillRunState *state) {
    DrillWorldOptions world = {
        .arena = outside->arena,
        .driver = outside->driver,
        .tracer = state->tracer,
        .seed = options->seed ^ drill_planted_seed(),
        .version = options->version,
        .segments = options->segments,
        .client_defects = options->defects,
    };
    drill_script_configure(state->script, &world);
    world.broker.defects = options->defects;
    emit_header(options, state);
    state->world = drill_world_new(&world);
}

static void settle(const DrillRunOptions *options, DrillRunState *state, DrillRunResult *result) {
    static const char *const outcomes[] = {"finished", "error", "limit"};
    result->outcome = drill_script_outcome(state->script, &result->diagnostic);
    bool live = is_live(options);
    drill_world_finish(state->world, outcomes[result->outcome], drill_script_ending(state->script),
                       live ? DRILL_QUIET_LIVE_NS : DRILL_QUIET_SIM_NS,
                       live ? DRILL_SETTLE_LIVE_NS : DRILL_SETTLE_SIM_NS);
    drill_check_finish(state->check);
}

static void run_to_end(const DrillRunOptions *options, DrillRunState *state,
                       DrillRunResult *result) {
    while (drill_script_running(state->script) && drill_world_step(state->world))
        continue;
    settle(options, state, result);
}

/* Goes back to every save, last first (so that each restore really rewinds), and finishes again. */
static void finish_saves(const DrillRunOptions *options, Outside *outside, DrillSnapshot **saves,
                         size_t count, DrillRunResult *result) {
    for (size_t i = count; i-- > 0;) {
        drill_arena_restore(outside->arena, saves[i]);
        DrillRunState *state = drill_arena_root(outside->arena);
        DrillRunResult again = {0};
        char digest[65];
        run_to_end(options, state, &again);
        drill_tracer_digest(state->tracer, digest);
        result->saves++;
        if (strcmp(digest, result->digest) != 0) result->save_mismatches++;
        drill_snapshot_free(saves[i]);
    }
}

/* Lets every second one go; how many are left. */
static size_t thin_out(DrillSnapshot **saves, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % 2 == 1)
            saves[kept++] = saves[i];
        else
            drill_snapshot_free(saves[i]);
    }
    return kept;
}

static void run_with_saves(const DrillRunOptions *options, Outside *outside, DrillRunState *state,
                           DrillRunResult *result) {
    size_t count = 0, capacity = 0;
    DrillSnapshot **saves = NULL;
    uint64_t steps = 0, every = options->save_every;
    while (drill_script_running(state->script) && drill_world_step(state->world)) {
        if (++steps % every != 0 || !drill_script_running(state->script)) continue;
        if ((count + 1) * drill_arena_used(outside->arena) > DRILL_SAVES_BYTES_MAX && count > 1) {
            count = thin_out(saves, count);
            every *= 2;
            if (steps % every != 0) continue;
        }
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            saves = realloc(saves, capacity * sizeof(*saves));
            DRILL_ASSERT(saves != NULL);
        }
        saves[count++] = drill_arena_save(outside->arena);
    }
    settle(options, state, result);
    drill_run_collect(state, result);
    finish_saves(options, outside, saves, count, result);
    free(saves);
}

/* The arena is full: what a person has to know to make do with less. */
static void tell_full(void *context) {
    const DrillRunState *state = context;
    char where[400] = "while the scenario was read";
    if (state->script) drill_script_where(state->script, where, sizeof(where));
    uint64_t now_us = state->world ? drill_world_now(state->world) / DRILL_NS_PER_US : 0;
    (void)fprintf(stderr,
                  "more than the %zu MiB of memory that one run may use, at %llu.%06llu s of "
                  "simulated time and after %llu events (%s): fewer clients, lower rates, smaller "
                  "messages or a shorter scenario need less\n",
                  state->memory_bytes_max >> 20, (unsigned long long)(now_us / 1000000),
                  (unsigned long long)(now_us % 1000000),
                  (unsigned long long)(state->tracer ? drill_tracer_count(state->tracer) : 0),
                  where);
}

static DrillResult run_in(const DrillRunOptions *options, Outside *outside, DrillRunResult *result,
                          DrillDiagnostic *diagnostic) {
    DrillAllocator allocator = drill_arena_allocator(outside->arena);
    DrillRunState *state = DRILL_NEW(allocator, DrillRunState);
    state->allocator = allocator;
    state->memory_bytes_max = memory_of(options);
    drill_arena_set_root(outside->arena, state);
    drill_arena_on_full(outside->arena, tell_full, state);
    DrillResult done = load_script(options, outside, state, diagnostic);
    if (done == DRILL_OK) done = open_driver(options, outside, diagnostic);
    if (done == DRILL_OK) done = open_tracer(options, outside, state, diagnostic);
    if (done != DRILL_OK) return done;
    make_world(options, outside, state);
    drill_script_start(state->script, state->world);
    if (options->save_every > 0) {
        run_with_saves(options, outside, state, result);
    } else {
        run_to_end(options, state, result);
        drill_run_collect(state, result);
    }
    result->unreachable = drill_world_unreachable(state->world);
    return DRILL_OK;
}

DrillResult drill_run(const DrillRunOptions *options, DrillRunResult *result,
                      DrillDiagnostic *diagnostic) {
    DRILL_ASSERT(options->save_every == 0 ||
                 (options->trace_path == NULL && !options->malloc_arena));
    memset(result, 0, sizeof(*result));
    uint64_t start_ns = drill_wall_ns();
    Outside outside = {0};
    outside.arena = drill_arena_new(options->malloc_arena ? DRILL_ARENA_MALLOC : DRILL_ARENA_BLOCK,
                                    memory_of(options));
    if (!outside.arena)
        return drill_diagnose(diagnostic, DRILL_IO,
                              "cannot reserve %zu bytes of address space for a run",
                              memory_of(options));
    DrillResult done = run_in(options, &outside, result, diagnostic);
    if (outside.writer) {
        DrillResult closed = drill_trace_writer_close(outside.writer, diagnostic);
        if (done == DRILL_OK) done = closed;
    }
    if (outside.driver) outside.driver->free(outside.driver);
    if (outside.cleanup) {
        if (!result->unreachable) drill_cleanup_run(outside.cleanup, options->host, options->port);
        drill_cleanup_free(outside.cleanup);
    }
    drill_arena_free(outside.arena);
    result->wall_ns = drill_wall_ns() - start_ns;
    return done;
}
