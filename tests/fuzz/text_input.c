#include "text_input.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "driver/http_request.h"
#include "explore/broker_text.h"
#include "explore/control.h"
#include "net/settings.h"
#include "net/tcp_settings.h"

#define ARENA_BYTES_MAX ((size_t)1 << 30)
#define WORLD_STEPS     40

static void fail(DrillSpan text, const char *what) {
    fwrite(text.data, 1, text.size, stderr);
    fprintf(stderr, "\ntext: this does not hold for the input above: %s\n", what);
    exit(1); /* libFuzzer takes this for a crash and keeps the input */
}

#define HOLDS(condition) ((condition) ? (void)0 : fail(text, #condition))

DrillSpan text_exact(DrillSpan text) {
    uint8_t *copy = malloc(text.size > 0 ? text.size : 1);
    if (copy == NULL) abort();
    if (text.size > 0) memcpy(copy, text.data, text.size);
    return drill_span(copy, text.size);
}

void text_free(DrillSpan text) {
    free((void *)(uintptr_t)text.data);
}

/* --- settings --- */

static bool read_link(DrillSpan text) {
    DrillDiagnostic diagnostic = {{0}};
    DrillLinkSettings pair[2] = {{0}}, again[2] = {{0}};
    DrillBuffer printed[2] = {{.allocator = drill_allocator_malloc()},
                              {.allocator = drill_allocator_malloc()}};
    bool taken = drill_link_pair_parse(pair, text, &diagnostic) == DRILL_OK;
    HOLDS(taken || diagnostic.text[0] != 0);
    for (int i = 0; i < 2; i++) {
        (void)!drill_link_settings_validate(&pair[i], false, NULL);
        (void)!drill_link_settings_validate(&pair[i], true, NULL);
        if (!taken) continue;
        drill_link_settings_print(&pair[i], &printed[0]);
        HOLDS(printed[0].size == 0 || drill_link_pair_parse(again, drill_buffer_span(&printed[0]),
                                                            &diagnostic) == DRILL_OK);
        drill_link_settings_print(&again[i], &printed[1]);
        HOLDS(drill_span_equal(drill_buffer_span(&printed[0]), drill_buffer_span(&printed[1])));
        memset(again, 0, sizeof again);
        drill_buffer_clear(&printed[0]);
        drill_buffer_clear(&printed[1]);
    }
    drill_buffer_release(&printed[0]);
    drill_buffer_release(&printed[1]);
    return taken;
}

static bool read_tcp(DrillSpan text) {
    DrillDiagnostic diagnostic = {{0}};
    DrillTcpSettings before, settings;
    memset(&before, 0, sizeof before);
    before = drill_tcp_settings(DRILL_TCP_LINUX);
    memcpy(&settings, &before, sizeof before);
    bool taken = drill_tcp_settings_parse(&settings, text, &diagnostic) == DRILL_OK;
    HOLDS(taken || diagnostic.text[0] != 0);
    HOLDS(taken || memcmp(&settings, &before, sizeof before) == 0);
    (void)!drill_tcp_settings_validate(&settings, NULL);
    return taken;
}

static void nothing_sent(void *context, void *peer, DrillSpan packet, uint64_t now_ns) {
    (void)context, (void)peer, (void)packet, (void)now_ns;
}

static void nothing_closed(void *context, void *peer, const DrillFault *fault, uint64_t now_ns) {
    (void)context, (void)peer, (void)fault, (void)now_ns;
}

static bool read_broker(DrillSpan text) {
    DrillDiagnostic diagnostic = {{0}};
    DrillBrokerConfig config = {0};
    DrillBrokerHooks hooks = {.send = nothing_sent, .close = nothing_closed};
    DrillBroker *broker = NULL;
    char *line = strndup(text.size > 0 ? (const char *)text.data : "", text.size);
    bool taken = drill_broker_text_parse(line, &config, &diagnostic) == DRILL_OK;
    HOLDS(taken || diagnostic.text[0] != 0);
    if (taken && drill_broker_new(&config, &hooks, drill_allocator_malloc(), &broker) == DRILL_OK) {
        DrillBrokerConnection *connection = drill_broker_accept(broker, NULL, DRILL_NS_PER_S);
        if (connection != NULL) drill_broker_closed(connection, DRILL_NS_PER_S);
        drill_broker_free(broker);
    }
    free(line);
    return taken;
}

static bool read_units(DrillSpan text) {
    uint64_t number = 0;
    size_t offset = 0;
    DrillRatio ratio = {0};
    DrillBuffer hex = {.allocator = drill_allocator_malloc()};
    bool taken = drill_parse_duration(text, &number) == DRILL_OK;
    HOLDS(!taken || number != DRILL_NEVER);
    taken = drill_parse_size(text, &number) == DRILL_OK || taken;
    taken = drill_parse_rate(text, &number) == DRILL_OK || taken;
    taken = drill_parse_u64(text, &number) == DRILL_OK || taken;
    if (drill_parse_ratio(text, &ratio) == DRILL_OK) {
        HOLDS(ratio.denominator != 0 && ratio.numerator <= ratio.denominator);
        taken = true;
    }
    if (drill_parse_hex(text, &hex, &offset) == DRILL_OK)
        HOLDS(hex.size <= text.size / 2);
    else
        HOLDS(offset <= text.size);
    drill_buffer_release(&hex);
    return taken;
}

/* --- files of a link --- */

static bool read_table(DrillSpan text, DrillAllocator allocator) {
    DrillDiagnostic diagnostic = {{0}};
    DrillLinkSettings settings = {0};
    bool taken = drill_link_table_parse(text, allocator, &settings, &diagnostic) == DRILL_OK;
    HOLDS(taken ? settings.table_count > 0 : diagnostic.text[0] != 0);
    return taken;
}

static bool read_replay(DrillSpan text, DrillAllocator allocator) {
    DrillDiagnostic diagnostic = {{0}};
    DrillLinkSettings settings = {0};
    bool taken = drill_link_replay_parse(text, allocator, &settings, &diagnostic) == DRILL_OK;
    HOLDS(taken ? settings.replay_count > 0 : diagnostic.text[0] != 0);
    for (size_t i = 1; taken && i < settings.replay_count; i++)
        HOLDS(settings.replay[i - 1].time_ns < settings.replay[i].time_ns);
    return taken;
}

/* --- HTTP --- */

static bool read_http(DrillSpan text) {
    DrillHttpRequest request, part;
    DrillHttpError error = {0};
    DrillResult result = drill_http_parse(text, &request, &error);
    HOLDS(result != DRILL_INVALID || (error.status >= 400 && error.text != NULL));
    HOLDS(result != DRILL_INVALID || strcmp(drill_http_reason(error.status), "Error") != 0);
    if (result != DRILL_OK) return false;
    size_t size = (size_t)(request.body.data + request.body.size - text.data);
    HOLDS(size <= text.size);
    /* What is behind it does not matter, and any byte less is not all of it. */
    DrillSpan whole = text_exact(drill_span(text.data, size));
    HOLDS(drill_http_parse(whole, &part, &error) == DRILL_OK);
    HOLDS(drill_span_equal(part.path, request.path) && drill_span_equal(part.body, request.body));
    text_free(whole);
    for (size_t less = size > 300 ? size - 300 : 0; less < size; less++) {
        DrillSpan prefix = text_exact(drill_span(text.data, less));
        HOLDS(drill_http_parse(prefix, &part, &error) == DRILL_NEED_MORE);
        text_free(prefix);
    }
    return true;
}

/* --- the control interface --- */

static void ignore_event(void *context, const DrillTraceEvent *event) {
    (void)context, (void)event;
}

static DrillWorld *world_new(DrillArena *arena, DrillDriver *driver) {
    DrillTracerOptions tracing = {.allocator = drill_arena_allocator(arena)};
    DrillTracer *tracer = drill_tracer_new(&tracing);
    DrillTraceHeader header = {.version = DRILL_MQTT_5_0};
    drill_tracer_add_sink(tracer, (DrillTraceSink){.event = ignore_event});
    drill_tracer_header(tracer, &header);
    DrillWorldOptions options = {
        .arena = arena, .driver = driver, .tracer = tracer, .version = DRILL_MQTT_5_0};
    DrillWorld *world = drill_world_new(&options);
    for (int i = 0; i < 2; i++) {
        DrillWorldClient *client = NULL;
        DrillDiagnostic diagnostic;
        const char *name = i == 0 ? "x" : "y";
        DrillWorldClientOptions settings = {.name = name,
                                            .client = {.version = DRILL_MQTT_5_0,
                                                       .client_id = drill_span_of(name),
                                                       .clean = true,
                                                       .keep_alive_s = 10,
                                                       .auto_ping = true}};
        if (drill_world_add_client(world, &settings, &client, &diagnostic) != DRILL_OK ||
            drill_world_connect(client, NULL, &diagnostic) != DRILL_OK)
            abort();
    }
    return world;
}

static void go_on(DrillWorld *world) {
    uint64_t before_ns = drill_world_now(world);
    for (int i = 0; i < WORLD_STEPS && drill_world_step(world); i++) {
        DRILL_ASSERT(drill_world_now(world) >= before_ns);
        before_ns = drill_world_now(world);
    }
}

/* Answers are JSON, and those that refuse say why. */
static bool ask(DrillSpan text, DrillControlled *controlled, DrillBuffer *answer) {
    json_error_t error;
    drill_buffer_clear(answer);
    int status = drill_control_request(controlled, text, answer);
    HOLDS(status == 200 || status == 400 || status == 404 || status == 405 || status == 409);
    if (status == 200 && answer->size == 0) return true; /* STOP */
    HOLDS(drill_utf8_valid(drill_buffer_span(answer)));
    json_t *json = json_loadb((const char *)answer->data, answer->size, 0, &error);
    HOLDS(json_is_object(json));
    HOLDS((status == 200) == (json_object_get(json, "error") == NULL));
    json_decref(json);
    return status == 200;
}

static bool control(DrillSpan text, DrillArena *arena) {
    DrillDriver *driver = drill_driver_virtual();
    DrillControlled controlled = {
        .world = world_new(arena, driver), .arena = arena, .judging_arena = arena};
    DrillBuffer answer = {.allocator = drill_allocator_malloc()};
    bool taken = false;
    go_on(controlled.world);
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, 1, text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        DrillSpan request = text_exact(drill_span(text.data, size));
        if (ask(request, &controlled, &answer)) taken = true;
        text_free(request);
        go_on(controlled.world);
        text = drill_span(text.data + size, text.size - size);
        if (end != NULL) text = drill_span(text.data + 1, text.size - 1);
    }
    drill_world_free(controlled.world);
    driver->free(driver);
    drill_buffer_release(&answer);
    return taken;
}

/* --- all of them --- */

static bool read_text(TextKind kind, DrillSpan text) {
    if (kind == TEXT_LINK) return read_link(text);
    if (kind == TEXT_TCP) return read_tcp(text);
    if (kind == TEXT_BROKER) return read_broker(text);
    if (kind == TEXT_UNITS) return read_units(text);
    if (kind == TEXT_HTTP) return read_http(text);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, ARENA_BYTES_MAX);
    DrillAllocator allocator = drill_arena_allocator(arena);
    bool taken = kind == TEXT_TABLE    ? read_table(text, allocator)
                 : kind == TEXT_REPLAY ? read_replay(text, allocator)
                                       : control(text, arena);
    drill_arena_free(arena);
    return taken;
}

void text_input(TextKind kind, DrillSpan text, TextTally *tally) {
    bool taken = read_text(kind, text);
    HOLDS(!taken || !tally->plant);
    *(taken ? &tally->taken[kind] : &tally->refused[kind]) += 1;
}
