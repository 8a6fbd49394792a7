/* serve and proxy: arena, tracer, oracles, driver and world put together, and turned until somebody
 * says stop. */
#include "explore/service.h"

#include <stdlib.h>
#include <string.h>

#include "explore/broker_text.h"
#include "explore/control.h"
#include "explore/run_state.h"

/* Address space; memory is used only as touched. */
#define DRILL_SERVICE_BYTES_MAX  ((size_t)16 << 30)
#define DRILL_JUDGING_BYTES_MAX  ((size_t)1 << 30)
#define DRILL_SERVICE_CONNECT_NS (10 * DRILL_NS_PER_S)
#define DRILL_SERVICE_SLACK_NS   (10 * DRILL_NS_PER_S)
/* After a stop every connection is cut, so little is left to wait for. */
#define DRILL_SERVICE_QUIET_NS (200 * DRILL_NS_PER_MS)
#define DRILL_SERVICE_END_NS   (2 * DRILL_NS_PER_S)

typedef struct Service {
    const DrillServiceOptions *options;
    DrillArena *arena, *judging_arena;
    DrillDriver *driver;
    DrillTraceWriter *writer;
    DrillRunState *state;
    DrillControlled controlled;
    size_t findings_seen;
    bool judging, stopping;
} Service;

/* --- findings --- */

static void report_findings(Service *service) {
    const DrillServiceHooks *hooks = &service->options->hooks;
    const DrillCheck *check = service->state->check;
    for (; service->findings_seen < drill_check_finding_count(check); service->findings_seen++) {
        const DrillFinding *finding = drill_check_finding(check, service->findings_seen);
        if (finding->verdict == DRILL_FAIL)
            service->controlled.failures++;
        else
            service->controlled.inconclusive++;
        if (hooks->finding) hooks->finding(hooks->context, finding);
    }
}

/* The delivery model keeps what it has seen; a service may see too much. */
static void limit_judging(Service *service) {
    size_t max = service->options->judging_bytes_max;
    const DrillServiceHooks *hooks = &service->options->hooks;
    if (!service->judging) return;
    if (drill_arena_used(service->judging_arena) <= (max > 0 ? max : DRILL_JUDGING_BYTES_MAX))
        return;
    service->judging = false;
    if (hooks->warning)
        hooks->warning(hooks->context,
                       "the oracles have used up their memory: from here on nothing is judged");
}

static void on_event(void *context, const DrillTraceEvent *event) {
    Service *service = context;
    const DrillServiceHooks *hooks = &service->options->hooks;
    service->controlled.events++;
    if (service->judging) drill_check_event(service->state->check, event);
    if (hooks->event) hooks->event(hooks->context, event);
}

/* --- commands --- */

static void stop(Service *service) {
    if (service->stopping) return;
    service->stopping = true;
    drill_world_control_taken(service->state->world, drill_span_of("STOP"));
}

static void on_command(void *context, uint64_t request, DrillSpan text) {
    Service *service = context;
    DrillWorld *world = service->state->world;
    static const char late[] = "{\"error\":{\"field\":\"\",\"text\":\"it is stopping\"}}\n";
    if (service->stopping) {
        drill_world_respond(world, request, 503, drill_span_of(late));
        return;
    }
    DrillBuffer answer = {.allocator = drill_allocator_malloc()};
    int status = drill_control_request(&service->controlled, text, &answer);
    drill_world_respond(world, request, status, drill_buffer_span(&answer));
    drill_buffer_release(&answer);
    if (service->controlled.stop) stop(service);
}

/* At the same moment in a replay: it is in the header. */
static void on_duration(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    (void)now_ns;
    ((Service *)context)->stopping = true;
}

/* --- putting it together --- */

static void put_options(const DrillServiceOptions *options, DrillBuffer *out) {
    DrillRunOptions common = {.segments = options->segments,
                              .link_text = options->link_text,
                              .tcp_text = options->tcp_text,
                              .defects = options->defects};
    drill_run_options_text(&common, out);
    if (options->stream) drill_buffer_put_string(out, ";transport=stream");
    if (options->scenario && options->scenario_broker_only)
        drill_buffer_put_string(out, ";clients=none");
    if (options->broker_text) drill_buffer_print(out, ";broker=%s", options->broker_text);
    if (options->duration_ns > 0)
        drill_buffer_print(out, ";duration=%lluns", (unsigned long long)options->duration_ns);
}

static void emit_header(const Service *service) {
    const DrillServiceOptions *options = service->options;
    const DrillRunState *state = service->state;
    const DrillScenario *scenario = options->scenario;
    DrillBuffer text = {.allocator = state->allocator};
    put_options(options, &text);
    DrillTraceHeader header = {
        .tool_version = drill_span_of(DRILL_TOOL_VERSION),
        .scenario_id = drill_span_of(scenario ? scenario->id : ""),
        .scenario_path = drill_span_of(scenario ? scenario->relative_path : ""),
        .scenario_sha256 = drill_span_of(scenario ? drill_script_sha256(state->script) : ""),
        .title = drill_span_of(scenario ? scenario->title : ""),
        .target = drill_span_of(options->proxy ? "proxy" : "serve"),
        .version = (uint64_t)options->version,
        .seed = options->seed,
        .options = drill_buffer_span(&text),
    };
    drill_tracer_header(state->tracer, &header);
    drill_buffer_release(&text);
}

static DrillResult open_driver(Service *service, DrillDiagnostic *diagnostic) {
    const DrillServiceOptions *options = service->options;
    if (options->replay) {
        service->driver = drill_driver_replay(options->replay);
        return DRILL_OK;
    }
    DrillPacedOptions paced = {.host = options->proxy ? options->upstream.host : NULL,
                               .port = options->upstream.port,
                               .connect_timeout_ns = DRILL_SERVICE_CONNECT_NS,
                               .listen = &options->listen,
                               .control = options->control,
                               .signals = true};
    return drill_driver_paced(&paced, &service->driver, diagnostic);
}

static DrillResult load_script(Service *service, DrillDiagnostic *diagnostic) {
    const DrillServiceOptions *options = service->options;
    DrillScriptOptions script = {.arena = service->arena,
                                 .scenario = options->scenario,
                                 .run_id = "",
                                 .link_override = options->link,
                                 .tcp_override = options->tcp,
                                 .defects = options->defects};
    if (!options->scenario) return DRILL_OK;
    DrillResult loaded = drill_script_load(&script, &service->state->script, diagnostic);
    if (loaded != DRILL_OK || !options->replay) return loaded;
    if (drill_span_is(options->replay->header.scenario_sha256,
                      drill_script_sha256(service->state->script)))
        return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_INVALID,
                          "%s: not the text that was recorded (its SHA-256 differs)",
                          options->scenario->path);
}

static DrillResult open_tracer(Service *service, DrillDiagnostic *diagnostic) {
    const DrillServiceOptions *options = service->options;
    DrillRunState *state = service->state;
    DrillTracerOptions tracer = {.allocator = state->allocator,
                                 .digest = options->trace_path != NULL || options->replay != NULL};
    state->tracer = drill_tracer_new(&tracer);
    DrillCheckOptions check = {.allocator = drill_arena_allocator(service->judging_arena),
                               .version = (uint64_t)options->version,
                               .paced = true,
                               .keep_alive_slack_ns = DRILL_SERVICE_SLACK_NS};
    state->check = drill_check_new(&check);
    service->judging = !options->unjudged;
    DrillTraceSink sink = {.context = service, .event = on_event};
    drill_tracer_add_sink(state->tracer, sink);
    drill_tracer_add_sink(state->tracer, drill_run_state_sink(state, options->version));
    if (!options->trace_path) return DRILL_OK;
    DrillResult opened = drill_trace_writer_open(options->trace_path, &service->writer, diagnostic);
    if (opened == DRILL_OK)
        drill_tracer_add_sink(state->tracer, drill_trace_writer_sink(service->writer));
    return opened;
}

static void configure(const Service *service, DrillWorldOptions *world) {
    DrillWorldOptions wanted = *world;
    drill_script_configure(service->state->script, &wanted);
    if (!service->options->scenario_broker_only) {
        *world = wanted;
        return;
    }
    world->broker = wanted.broker;
    world->authentication = wanted.authentication;
}

static DrillResult make_world(Service *service, DrillDiagnostic *diagnostic) {
    const DrillServiceOptions *options = service->options;
    DrillRunState *state = service->state;
    DrillWorldOptions world = {.arena = service->arena,
                               .driver = service->driver,
                               .tracer = state->tracer,
                               .seed = options->seed,
                               .version = options->version,
                               .serve = !options->proxy,
                               .segments = options->segments,
                               .client_defects = options->defects};
    if (state->script) configure(service, &world);
    world.limit_ns = 0;
    world.broker.defects = options->defects;
    if (options->link) {
        const struct DrillTcpSettings *tcp = world.link.tcp;
        world.link = *options->link;
        world.link.tcp = tcp;
    }
    if (options->stream) world.link.stream = true;
    if (options->tcp) world.link.tcp = options->tcp;
    if (options->broker_text) {
        DrillResult good = drill_broker_text_parse(options->broker_text, &world.broker, diagnostic);
        if (good != DRILL_OK) return good;
    }
    for (int i = 0; i < 2; i++) {
        DrillResult good =
            drill_link_settings_validate(&world.link.direction[i], world.link.stream, diagnostic);
        if (good != DRILL_OK) return good;
    }
    emit_header(service);
    state->world = drill_world_new(&world);
    DrillWorldControl control = {.context = service, .command = on_command};
    drill_world_set_control(state->world, &control);
    service->controlled = (DrillControlled){
        .world = state->world,
        .events = service->controlled.events,
        .arena = service->arena,
        .judging_arena = service->judging_arena,
    };
    if (options->duration_ns > 0)
        (void)drill_world_timer(state->world, options->duration_ns, on_duration, service, 0);
    return DRILL_OK;
}

/* --- the run --- */

static void announce(const Service *service) {
    const DrillServiceHooks *hooks = &service->options->hooks;
    if (!hooks->started || service->options->replay) return;
    hooks->started(hooks->context, drill_driver_paced_port(service->driver),
                   drill_driver_paced_control_port(service->driver));
}

static void turn(Service *service, DrillRunResult *result) {
    DrillRunState *state = service->state;
    bool runs = state->script && !service->options->scenario_broker_only;
    if (runs) drill_script_start(state->script, state->world);
    while (!service->stopping && drill_world_step(state->world)) {
        report_findings(service);
        limit_judging(service);
    }
    service->stopping = true;
    const char *outcome = "finished", *ending = "";
    if (runs && !drill_script_running(state->script)) {
        static const char *const outcomes[] = {"finished", "error", "limit"};
        result->outcome = drill_script_outcome(state->script, &result->diagnostic);
        outcome = outcomes[result->outcome];
        ending = drill_script_ending(state->script);
    }
    drill_world_stop(state->world);
    drill_world_finish(state->world, outcome, ending, DRILL_SERVICE_QUIET_NS, DRILL_SERVICE_END_NS);
    if (service->judging) drill_check_finish(state->check);
    report_findings(service);
    drill_run_collect(state, result);
    bool gave_up = !service->judging && !service->options->unjudged;
    if (gave_up && result->verdict == DRILL_PASS) result->verdict = DRILL_INCONCLUSIVE;
}

static DrillResult run_in(Service *service, DrillRunResult *result, DrillDiagnostic *diagnostic) {
    DrillAllocator allocator = drill_arena_allocator(service->arena);
    service->state = DRILL_NEW(allocator, DrillRunState);
    service->state->allocator = allocator;
    DrillResult made = load_script(service, diagnostic);
    if (made == DRILL_OK) made = open_tracer(service, diagnostic);
    if (made == DRILL_OK) made = open_driver(service, diagnostic);
    if (made == DRILL_OK) made = make_world(service, diagnostic);
    if (made != DRILL_OK) return made;
    announce(service);
    turn(service, result);
    return DRILL_OK;
}

DrillResult drill_service_run(const DrillServiceOptions *options, DrillRunResult *result,
                              DrillDiagnostic *diagnostic) {
    memset(result, 0, sizeof(*result));
    uint64_t start_ns = drill_wall_ns();
    Service service = {.options = options};
    service.arena = drill_arena_new(DRILL_ARENA_BLOCK, DRILL_SERVICE_BYTES_MAX);
    service.judging_arena = drill_arena_new(DRILL_ARENA_BLOCK, DRILL_SERVICE_BYTES_MAX);
    DrillResult done = DRILL_IO;
    if (service.arena && service.judging_arena)
        done = run_in(&service, result, diagnostic);
    else
        (void)drill_diagnose(diagnostic, DRILL_IO, "cannot reserve address space");
    if (service.driver) service.driver->free(service.driver);
    if (service.writer) {
        DrillResult closed = drill_trace_writer_close(service.writer, diagnostic);
        if (done == DRILL_OK) done = closed;
    }
    if (service.judging_arena) drill_arena_free(service.judging_arena);
    if (service.arena) drill_arena_free(service.arena);
    result->wall_ns = drill_wall_ns() - start_ns;
    return done;
}
