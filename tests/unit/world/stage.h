/* A world on the virtual driver for the tests, every event of which is kept and, at the end, held
 * to what no run may break: numbers without gaps, causes before their effects, a received packet
 * caused by the sending of the same bytes. */
#ifndef TEST_WORLD_STAGE_H
#define TEST_WORLD_STAGE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/suite.h"
#include "world/world.h"

#define STAGE_ARENA_BYTES ((size_t)1 << 30)
#define MS                DRILL_NS_PER_MS
#define S                 DRILL_NS_PER_S

typedef struct StageEvent {
    uint64_t time_ns, number, cause;
    DrillTraceKind kind;
    char node[24];
    uint64_t values[DRILL_TRACE_FIELDS_MAX]; /* numbers */
    DrillSpan spans[DRILL_TRACE_FIELDS_MAX]; /* texts and bytes, malloc'd */
} StageEvent;

typedef struct Stage {
    DrillArena *arena;
    DrillDriver *driver;
    DrillTracer *tracer;
    DrillWorld *world;
    StageEvent *events;
    size_t count, capacity;
    bool forgetful; /* events are not kept: runs that are rewound */
    uint32_t connected, refused, closed, halves, opened, messages, acknowledged, dropped, subacks,
        pingresps, faulted;
    uint32_t raw_whole, raw_broken, dispatched;
    DrillCloseHow last_how;
    DrillBuffer raw_bytes; /* everything that raw nodes received */
    bool reached;
    bool datagram; /* some connection is: what arrives is not held to the order sent */
} Stage;

typedef struct StageOptions {
    uint64_t seed;
    uint64_t limit_ns;
    bool segments;
    bool forgetful;
    DrillDriver *driver; /* NULL: virtual */
    bool serve;          /* a virtual broker, whatever the driver */
    DrillBrokerConfig broker;
    DrillWorldAuthentication authentication;
    uint64_t held_bytes_max;
} StageOptions;

static inline void stage_event(void *context, const DrillTraceEvent *event) {
    Stage *stage = context;
    if (stage->forgetful) return;
    if (stage->count == stage->capacity) {
        stage->capacity = stage->capacity ? stage->capacity * 2 : 256;
        stage->events = realloc(stage->events, stage->capacity * sizeof(StageEvent));
        ck_assert_ptr_nonnull(stage->events);
    }
    StageEvent *kept = &stage->events[stage->count++];
    memset(kept, 0, sizeof(*kept));
    kept->time_ns = event->time_ns;
    kept->number = event->number;
    kept->cause = event->cause;
    kept->kind = event->kind;
    ck_assert_uint_lt(event->node.size, sizeof(kept->node));
    if (event->node.size) memcpy(kept->node, event->node.data, event->node.size);
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    for (uint8_t i = 0; i < schema->field_count; i++) {
        bool number =
            schema->fields[i].type == DRILL_TRACE_U64 || schema->fields[i].type == DRILL_TRACE_BOOL;
        if (number)
            kept->values[i] = event->values[i].number;
        else
            kept->spans[i] = drill_copy_span(drill_allocator_malloc(), event->values[i].bytes);
    }
}

static inline void stage_connected(void *context, DrillWorldClient *client,
                                   const DrillConnackPacket *connack) {
    Stage *stage = context;
    (void)client;
    if (connack->code == 0)
        stage->connected++;
    else
        stage->refused++;
}
static inline void stage_closed(void *context, DrillWorldClient *client, DrillCloseHow how,
                                bool half) {
    Stage *stage = context;
    (void)client;
    stage->closed++;
    stage->halves += half;
    stage->last_how = how;
}
static inline void stage_opened(void *context, DrillWorldClient *client) {
    (void)client;
    ((Stage *)context)->opened++;
}
static inline void stage_message(void *context, DrillWorldClient *client,
                                 const DrillPublishPacket *publish) {
    (void)client;
    (void)publish;
    ((Stage *)context)->messages++;
}
static inline void stage_acknowledged(void *context, DrillWorldClient *client,
                                      DrillMessageId message, uint8_t code) {
    (void)client;
    (void)message;
    (void)code;
    ((Stage *)context)->acknowledged++;
}
static inline void stage_dropped(void *context, DrillWorldClient *client, DrillMessageId message) {
    (void)client;
    (void)message;
    ((Stage *)context)->dropped++;
}
static inline void stage_suback(void *context, DrillWorldClient *client, DrillPacketType type,
                                const DrillSubackPacket *suback) {
    (void)client;
    (void)type;
    (void)suback;
    ((Stage *)context)->subacks++;
}
static inline void stage_pingresp(void *context, DrillWorldClient *client) {
    (void)client;
    ((Stage *)context)->pingresps++;
}
static inline void stage_faulted(void *context, DrillWorldClient *client, const DrillFault *fault) {
    (void)client;
    (void)fault;
    ((Stage *)context)->faulted++;
}
static inline void stage_raw_packet(void *context, DrillWorldClient *client, DrillSpan bytes,
                                    bool whole) {
    Stage *stage = context;
    (void)client;
    if (whole)
        stage->raw_whole++;
    else
        stage->raw_broken++;
    drill_buffer_put(&stage->raw_bytes, bytes.data, bytes.size);
}
static inline void stage_dispatched(void *context, uint64_t now_ns) {
    (void)now_ns;
    ((Stage *)context)->dispatched++;
}

static inline Stage *stage_new(const StageOptions *options) {
    Stage *stage = calloc(1, sizeof(*stage));
    ck_assert_ptr_nonnull(stage);
    stage->arena = drill_arena_new(DRILL_ARENA_BLOCK, STAGE_ARENA_BYTES);
    ck_assert_ptr_nonnull(stage->arena);
    stage->forgetful = options->forgetful;
    stage->raw_bytes.allocator = drill_allocator_malloc();
    stage->driver = options->driver ? options->driver : drill_driver_virtual();
    DrillTracerOptions tracer = {.allocator = drill_arena_allocator(stage->arena), .digest = true};
    stage->tracer = drill_tracer_new(&tracer);
    DrillTraceSink sink = {.context = stage, .event = stage_event};
    drill_tracer_add_sink(stage->tracer, sink);
    DrillTraceHeader header = {.version = DRILL_MQTT_3_1_1, .seed = options->seed};
    drill_tracer_header(stage->tracer, &header);
    DrillWorldOptions world = {.arena = stage->arena,
                               .driver = stage->driver,
                               .tracer = stage->tracer,
                               .seed = options->seed,
                               .version = DRILL_MQTT_3_1_1,
                               .segments = options->segments,
                               .serve = options->serve,
                               .held_bytes_max = options->held_bytes_max,
                               .limit_ns = options->limit_ns,
                               .broker = options->broker,
                               .authentication = options->authentication};
    stage->world = drill_world_new(&world);
    drill_arena_set_root(stage->arena, stage->world);
    DrillWorldObserver observer = {.context = stage,
                                   .connected = stage_connected,
                                   .closed = stage_closed,
                                   .opened = stage_opened,
                                   .message = stage_message,
                                   .acknowledged = stage_acknowledged,
                                   .dropped = stage_dropped,
                                   .suback = stage_suback,
                                   .pingresp = stage_pingresp,
                                   .faulted = stage_faulted,
                                   .raw_packet = stage_raw_packet,
                                   .dispatched = stage_dispatched};
    drill_world_set_observer(stage->world, &observer);
    return stage;
}

static inline Stage *stage_plain(void) {
    StageOptions options = {.seed = 1};
    return stage_new(&options);
}

/* --- what no run may break --- */

static inline const StageEvent *stage_at(const Stage *stage, uint64_t number) {
    ck_assert_uint_ge(number, 1);
    ck_assert_uint_le(number, stage->count);
    return &stage->events[number - 1];
}

static inline bool stage_was_inserted(const Stage *stage, const StageEvent *event) {
    return event->cause != 0 && stage->events[event->cause - 1].kind == DRILL_TRACE_FAULT_STRUCK;
}

static inline void stage_check_received(const Stage *stage, const StageEvent *event) {
    if (!event->values[2]) return; /* the rest of a broken stream has no single cause */
    ck_assert_msg(event->cause > 0, "event %llu: a packet out of nowhere",
                  (unsigned long long)event->number);
    const StageEvent *sent = stage_at(stage, event->cause);
    if (stage_was_inserted(stage, event)) return;
    ck_assert_int_eq(sent->kind, DRILL_TRACE_MQTT_SENT);
    ck_assert_uint_eq(sent->values[0], event->values[0]);
    ck_assert(drill_span_equal(sent->spans[1], event->spans[1]));
    ck_assert_str_ne(sent->node, event->node);
    ck_assert_uint_le(sent->time_ns, event->time_ns);
}

static inline bool stage_is_about(const StageEvent *event, uint64_t conn, const char *node) {
    bool kind = event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED ||
                event->kind == DRILL_TRACE_CONN_OPEN || event->kind == DRILL_TRACE_CONN_CLOSED;
    return kind && event->values[0] == conn && strcmp(event->node, node) == 0;
}

/* One side of one connection: nothing before it is open, nothing after it is closed; at the broker,
 * closed only if open. */
static inline void stage_check_side(const Stage *stage, uint64_t conn, const char *node) {
    bool open = false, closed = false;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (!stage_is_about(event, conn, node)) continue;
        ck_assert_msg(!closed, "event %llu comes after %s closed connection %llu",
                      (unsigned long long)event->number, node, (unsigned long long)conn);
        if (event->kind == DRILL_TRACE_CONN_OPEN) {
            ck_assert(!open);
            open = true;
            continue;
        }
        bool raw_early = event->kind == DRILL_TRACE_MQTT_SENT && strncmp(node, "raw", 3) == 0;
        bool given_up = event->kind == DRILL_TRACE_CONN_CLOSED && strcmp(node, "broker") != 0;
        ck_assert_msg(open || raw_early || given_up,
                      "event %llu comes before %s opened connection %llu",
                      (unsigned long long)event->number, node, (unsigned long long)conn);
        if (event->kind == DRILL_TRACE_CONN_CLOSED && !event->values[3]) closed = true;
    }
}

/* What arrives is a prefix of what was sent, but for what a fault inserted. */
static inline void stage_check_stream(const Stage *stage, uint64_t conn, const char *from,
                                      const char *to) {
    DrillBuffer sent = {.allocator = drill_allocator_malloc()}, received = sent;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind == DRILL_TRACE_MQTT_SENT && stage_is_about(event, conn, from))
            drill_buffer_put(&sent, event->spans[1].data, event->spans[1].size);
        if (event->kind == DRILL_TRACE_MQTT_RECEIVED && stage_is_about(event, conn, to) &&
            !stage_was_inserted(stage, event))
            drill_buffer_put(&received, event->spans[1].data, event->spans[1].size);
    }
    ck_assert_uint_le(received.size, sent.size);
    if (received.size) ck_assert_int_eq(memcmp(received.data, sent.data, received.size), 0);
    drill_buffer_release(&sent);
    drill_buffer_release(&received);
}

static inline void stage_check_trace(const Stage *stage) {
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        ck_assert_uint_eq(event->number, i + 1);
        ck_assert_uint_lt(event->cause, event->number);
        ck_assert(i == 0 || event->time_ns >= stage->events[i - 1].time_ns);
        if (event->kind == DRILL_TRACE_MQTT_RECEIVED) stage_check_received(stage, event);
        if (event->kind != DRILL_TRACE_APP_CONNECT) continue;
        stage_check_side(stage, event->values[0], event->node);
        stage_check_side(stage, event->values[0], "broker");
        if (stage->datagram) continue;
        stage_check_stream(stage, event->values[0], event->node, "broker");
        stage_check_stream(stage, event->values[0], "broker", event->node);
    }
}

static inline void stage_free(Stage *stage) {
    stage_check_trace(stage);
    for (size_t i = 0; i < stage->count; i++)
        for (int k = 0; k < DRILL_TRACE_FIELDS_MAX; k++)
            if (stage->events[i].spans[k].size > 0)
                free((void *)(uintptr_t)stage->events[i].spans[k].data);
    free(stage->events);
    drill_buffer_release(&stage->raw_bytes);
    drill_world_free(stage->world);
    drill_tracer_free(stage->tracer);
    if (stage->driver->free) stage->driver->free(stage->driver);
    drill_arena_free(stage->arena);
    free(stage);
}

/* --- doing things --- */

static inline void stage_reached(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    (void)now_ns;
    *(bool *)context = true;
}

/* Runs for so long. */
static inline void stage_run(Stage *stage, uint64_t duration_ns) {
    stage->reached = false;
    drill_world_timer(stage->world, drill_world_now(stage->world) + duration_ns, stage_reached,
                      &stage->reached, 0);
    while (!stage->reached && drill_world_step(stage->world))
        continue;
}

static inline void stage_finish(Stage *stage) {
    drill_world_finish(stage->world, "finished", "", 5 * S, 600 * S);
}

typedef struct StageLink {
    bool stream;
    bool raw;
    bool unclean;
    uint64_t delay_ns, jitter_ns;
    uint32_t loss_percent;
    uint16_t keep_alive_s;
    bool datagram;
} StageLink;

static inline DrillWorldClientOptions stage_options(const char *name, StageLink link) {
    DrillLinkSettings settings = {.delay_ns = link.delay_ns,
                                  .jitter_ns = link.jitter_ns,
                                  .loss_numerator = link.loss_percent,
                                  .loss_denominator = link.loss_percent ? 100 : 0};
    DrillWorldClientOptions options = {
        .name = name,
        .raw = link.raw,
        .client = {.version = DRILL_MQTT_3_1_1,
                   .client_id = drill_span_of(name),
                   .clean = !link.unclean,
                   .keep_alive_s = link.keep_alive_s,
                   .auto_ping = link.keep_alive_s > 0},
        .link = {.direction = {settings, settings},
                 .stream = link.stream,
                 .datagram = link.datagram},
    };
    return options;
}

static inline DrillWorldClient *stage_client(Stage *stage, const char *name, StageLink link) {
    DrillWorldClientOptions options = stage_options(name, link);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client = NULL;
    stage->datagram = stage->datagram || link.datagram;
    ck_assert_msg(drill_world_add_client(stage->world, &options, &client, &diagnostic) == DRILL_OK,
                  "%s", diagnostic.text);
    return client;
}

static inline void stage_connect(Stage *stage, DrillWorldClient *client) {
    (void)stage;
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(drill_world_connect(client, NULL, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
}

static inline void stage_subscribe(DrillWorldClient *client, const char *filter, DrillQos qos) {
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter item = {.filter = drill_span_of(filter), .options = (uint8_t)qos};
    uint16_t packet_identifier = 0;
    ck_assert_int_eq(drill_filters_write(&wire, &item, true), DRILL_OK);
    DrillFilters filters = {.wire = drill_buffer_span(&wire), .count = 1};
    ck_assert_int_eq(drill_world_subscribe(client, filters, &packet_identifier), DRILL_OK);
    ck_assert_uint_ne(packet_identifier, 0);
    drill_buffer_release(&wire);
}

static inline DrillResult stage_try_publish(DrillWorldClient *client, DrillQos qos,
                                            const char *payload) {
    DrillPublishPacket message = {
        .qos = qos, .topic = drill_span_of("t"), .payload = drill_span_of(payload)};
    DrillMessageId id;
    return drill_world_publish(client, &message, &id);
}

static inline void stage_publish(DrillWorldClient *client, DrillQos qos, const char *payload) {
    ck_assert_int_eq(stage_try_publish(client, qos, payload), DRILL_OK);
}

static inline void stage_fault(DrillWorldClient *client, DrillFaultSpec spec) {
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(drill_world_fault(client, &spec, &diagnostic) == DRILL_OK, "%s", diagnostic.text);
}

/* A publisher "p" and a subscriber "s" to "t", both connected and quiet. */
static inline void stage_pair(Stage *stage, StageLink link, DrillWorldClient **publisher,
                              DrillWorldClient **subscriber) {
    *publisher = stage_client(stage, "p", link);
    *subscriber = stage_client(stage, "s", link);
    stage_connect(stage, *publisher);
    stage_connect(stage, *subscriber);
    stage_run(stage, 60 * S);
    stage_subscribe(*subscriber, "t", DRILL_QOS_2);
    stage_run(stage, 60 * S);
}

/* --- looking at what happened --- */

/* The nth (from 1) such event, NULL: there are not so many. `node` NULL: anybody's. */
static inline const StageEvent *stage_find(const Stage *stage, DrillTraceKind kind,
                                           const char *node, size_t nth) {
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind == kind && (!node || strcmp(event->node, node) == 0) && --nth == 0)
            return event;
    }
    return NULL;
}

static inline size_t stage_count(const Stage *stage, DrillTraceKind kind, const char *node) {
    size_t count = 0;
    while (stage_find(stage, kind, node, count + 1))
        count++;
    return count;
}

/* The nth whole packet of this type that a node sent or received. */
static inline const StageEvent *stage_packet(const Stage *stage, DrillTraceKind kind,
                                             const char *node, DrillPacketType type, size_t nth) {
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind != kind || strcmp(event->node, node) != 0 || event->spans[1].size == 0)
            continue;
        if (!event->values[2] || event->spans[1].data[0] >> 4 != (int)type) continue;
        if (--nth == 0) return event;
    }
    return NULL;
}

static inline size_t stage_packets(const Stage *stage, DrillTraceKind kind, const char *node,
                                   DrillPacketType type) {
    size_t count = 0;
    while (stage_packet(stage, kind, node, type, count + 1))
        count++;
    return count;
}

static inline bool stage_settled_busy(const Stage *stage) {
    const StageEvent *event = stage_find(stage, DRILL_TRACE_SETTLED, NULL, 1);
    ck_assert_ptr_nonnull(event);
    return event->values[1] != 0;
}

#define STAGE_MAIN(suite_name, ...)                                                                \
    int main(void) {                                                                               \
        Suite *suite = suite_create(suite_name);                                                   \
        TCase *tests = tcase_create(suite_name);                                                   \
        tcase_set_timeout(tests, 60);                                                              \
        __VA_ARGS__                                                                                \
        suite_add_tcase(suite, tests);                                                             \
        return suite_run(suite);                                                                   \
    }

#endif
