/* Simulated messages per CPU second: publishers, one broker, one subscriber, over `stream` and over
 * `tcp` with 1 % loss; without a trace, with oracles and digest, and with a trace file as well.
 * Beside it a floor: the same codec work (every packet encoded once and decoded once) in a plain
 * loop, without network, sessions or time.
 *
 * bench_messages            the whole table
 * bench_messages --check    few messages, only that all arrive; no timing
 * bench_messages ROW        one row, many messages: for a profiler */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/check.h"
#include "world/world.h"

#define BENCH_ARENA_BYTES    ((size_t)8 << 30)
#define BENCH_TRACE_PATH     "bench_messages.jsonl.gz"
#define BENCH_PUBLISHERS_MAX 100
/* Messages under way, of all publishers together, at least one each. */
#define BENCH_WINDOW 20

typedef enum Watch { WATCH_NOTHING, WATCH_CHECKED, WATCH_FILE } Watch;
static const char *const watch_names[] = {"off", "oracles, digest", "and trace file"};

typedef struct Row {
    DrillQos qos;
    unsigned publishers;
    bool tcp;
    Watch watch;
} Row;

typedef struct Bench {
    DrillWorld *world;
    DrillWorldClient *subscriber, *publishers[BENCH_PUBLISHERS_MAX];
    unsigned publisher_count;
    uint32_t credit[BENCH_PUBLISHERS_MAX];
    unsigned ready[BENCH_PUBLISHERS_MAX * BENCH_WINDOW]; /* publishers with credit, a stack */
    size_t ready_count;
    DrillQos qos;
    uint64_t target, published, acknowledged, delivered;
    unsigned connected, subscribed;
} Bench;

typedef struct Result {
    double cpu_s;
    uint64_t messages, steps, events;
    size_t bytes;
    bool good;
} Result;

static double cpu_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* --- the floor --- */

static const uint8_t payload[64] = "a payload of sixty-four bytes, as sensors send them: 21.5 C";

static uint64_t pass(DrillBuffer *buffer, const DrillPacket *packet) {
    DrillPacket decoded;
    DrillFault fault;
    buffer->size = 0;
    if (drill_codec_encode(packet, DRILL_MQTT_3_1_1, buffer) != DRILL_OK ||
        drill_codec_decode(drill_span(buffer->data, buffer->size), DRILL_MQTT_3_1_1, &decoded,
                           &fault) != DRILL_OK)
        exit(1);
    return decoded.type;
}

static Result run_floor(DrillQos qos, uint64_t messages) {
    static const DrillPacketType answers[] = {DRILL_PUBACK, DRILL_PUBREC, DRILL_PUBREL,
                                              DRILL_PUBCOMP};
    size_t first = qos == DRILL_QOS_1 ? 0 : 1, last = qos == DRILL_QOS_1 ? 1 : 4;
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    Result result = {.messages = messages, .good = true};
    uint64_t sum = 0;
    double begin_s = cpu_s();
    for (uint64_t i = 0; i < messages * 2; i++) { /* to the broker, and on to the subscriber */
        DrillPacket packet = {.type = DRILL_PUBLISH};
        packet.as.publish = (DrillPublishPacket){.qos = qos,
                                                 .topic = drill_span_of("bench/topic"),
                                                 .packet_identifier = (uint16_t)(1 + i % 60000),
                                                 .payload = drill_span(payload, sizeof(payload))};
        sum += pass(&buffer, &packet);
        for (size_t k = first; k < last; k++) {
            DrillPacket answer = {.type = answers[k]};
            answer.as.ack.packet_identifier = (uint16_t)(1 + i % 60000);
            sum += pass(&buffer, &answer);
        }
    }
    result.cpu_s = cpu_s() - begin_s;
    result.good = sum > 0;
    drill_buffer_release(&buffer);
    return result;
}

/* --- the simulation --- */

static void give_credit(Bench *bench, unsigned publisher) {
    bench->ready[bench->ready_count++] = publisher;
}

static void on_connected(void *context, DrillWorldClient *client,
                         const DrillConnackPacket *connack) {
    (void)client;
    (void)connack;
    ((Bench *)context)->connected++;
}

static void on_suback(void *context, DrillWorldClient *client, DrillPacketType type,
                      const DrillSubackPacket *suback) {
    (void)client;
    (void)type;
    (void)suback;
    ((Bench *)context)->subscribed++;
}

static void on_message(void *context, DrillWorldClient *client, const DrillPublishPacket *publish) {
    (void)client;
    (void)publish;
    ((Bench *)context)->delivered++;
}

static void on_acknowledged(void *context, DrillWorldClient *client, DrillMessageId message,
                            uint8_t code) {
    Bench *bench = context;
    (void)message;
    (void)code;
    bench->acknowledged++;
    give_credit(bench, (unsigned)(uintptr_t)drill_world_client_user(client));
}

static void on_dispatched(void *context, uint64_t now_ns) {
    Bench *bench = context;
    (void)now_ns;
    while (bench->ready_count > 0 && bench->published < bench->target) {
        DrillPublishPacket message = {.qos = bench->qos,
                                      .topic = drill_span_of("bench/topic"),
                                      .payload = drill_span(payload, sizeof(payload))};
        DrillMessageId id;
        unsigned publisher = bench->ready[--bench->ready_count];
        if (drill_world_publish(bench->publishers[publisher], &message, &id) != DRILL_OK) exit(1);
        bench->published++;
    }
}

static DrillWorldClient *add_client(Bench *bench, const Row *row, const char *name) {
    DrillLinkSettings settings = {.delay_ns = 5 * DRILL_NS_PER_MS};
    if (row->tcp) {
        settings.loss_numerator = 1;
        settings.loss_denominator = 100;
    }
    DrillWorldClientOptions options = {
        .name = name,
        .client = {.version = DRILL_MQTT_3_1_1,
                   .client_id = drill_span_of(name),
                   .clean = true,
                   .keep_alive_s = 60,
                   .auto_ping = true},
        .link = {.direction = {settings, settings}, .stream = !row->tcp},
    };
    DrillDiagnostic diagnostic;
    DrillWorldClient *client;
    if (drill_world_add_client(bench->world, &options, &client, &diagnostic) != DRILL_OK ||
        drill_world_connect(client, NULL, &diagnostic) != DRILL_OK) {
        fprintf(stderr, "bench_messages: %s\n", diagnostic.text);
        exit(1);
    }
    return client;
}

/* Everybody connected, the subscription made, nothing published yet. */
static void set_up(Bench *bench, const Row *row) {
    DrillWorldObserver observer = {.context = bench,
                                   .connected = on_connected,
                                   .suback = on_suback,
                                   .message = on_message,
                                   .acknowledged = on_acknowledged};
    drill_world_set_observer(bench->world, &observer);
    bench->qos = row->qos;
    bench->publisher_count = row->publishers;
    bench->subscriber = add_client(bench, row, "subscriber");
    for (unsigned i = 0; i < row->publishers; i++) {
        char name[32];
        snprintf(name, sizeof(name), "publisher%u", i);
        bench->publishers[i] = add_client(bench, row, name);
        drill_world_client_set_user(bench->publishers[i], (void *)(uintptr_t)i);
    }
    while (bench->connected < row->publishers + 1 && drill_world_step(bench->world))
        continue;
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter filter = {.filter = drill_span_of("bench/#"), .options = (uint8_t)row->qos};
    uint16_t identifier;
    if (drill_filters_write(&wire, &filter, true) != DRILL_OK) exit(1);
    DrillFilters filters = {.wire = drill_span(wire.data, wire.size), .count = 1};
    if (drill_world_subscribe(bench->subscriber, filters, &identifier) != DRILL_OK) exit(1);
    drill_buffer_release(&wire);
    while (bench->subscribed < 1 && drill_world_step(bench->world))
        continue;
    observer.dispatched = on_dispatched;
    drill_world_set_observer(bench->world, &observer);
    unsigned window = row->publishers >= BENCH_WINDOW ? 1 : BENCH_WINDOW / row->publishers;
    for (unsigned i = 0; i < row->publishers; i++)
        for (unsigned k = 0; k < window; k++)
            give_credit(bench, i);
}

static Result run_world(const Row *row, uint64_t messages) {
    Result result = {.messages = messages};
    Bench bench = {.target = messages};
    DrillDiagnostic diagnostic;
    DrillTraceWriter *writer = NULL;
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, BENCH_ARENA_BYTES);
    if (!arena) exit(1);
    DrillAllocator allocator = drill_arena_allocator(arena);
    DrillTracerOptions tracer_options = {.allocator = allocator,
                                         .digest = row->watch != WATCH_NOTHING};
    DrillTracer *tracer = drill_tracer_new(&tracer_options);
    DrillCheckOptions check_options = {
        .allocator = allocator, .version = DRILL_MQTT_3_1_1, .keep_alive_slack_ns = DRILL_NS_PER_S};
    DrillCheck *check = row->watch == WATCH_NOTHING ? NULL : drill_check_new(&check_options);
    if (check) drill_tracer_add_sink(tracer, drill_check_sink(check));
    if (row->watch == WATCH_FILE) {
        if (drill_trace_writer_open(BENCH_TRACE_PATH, &writer, &diagnostic) != DRILL_OK) exit(1);
        drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    }
    DrillTraceHeader header = {.version = DRILL_MQTT_3_1_1};
    drill_tracer_header(tracer, &header);
    DrillDriver *driver = drill_driver_virtual();
    DrillWorldOptions options = {
        .arena = arena, .driver = driver, .tracer = tracer, .seed = 1, .version = DRILL_MQTT_3_1_1};
    bench.world = drill_world_new(&options);
    set_up(&bench, row);
    uint64_t steps = drill_world_step_count(bench.world), events = drill_tracer_count(tracer);
    double begin_s = cpu_s();
    while ((bench.acknowledged < messages || bench.delivered < messages) &&
           drill_world_step(bench.world))
        continue;
    result.steps = drill_world_step_count(bench.world) - steps;
    result.events = drill_tracer_count(tracer) - events;
    drill_world_finish(bench.world, "finished", "", DRILL_NS_PER_S, 600 * DRILL_NS_PER_S);
    if (check) drill_check_finish(check);
    if (writer && drill_trace_writer_close(writer, &diagnostic) != DRILL_OK) exit(1);
    result.cpu_s = cpu_s() - begin_s;
    result.good = bench.delivered == messages && bench.acknowledged == messages &&
                  (!check || drill_check_verdict(check) == DRILL_PASS);
    result.bytes = drill_arena_used(arena);
    driver->free(driver);
    drill_arena_free(arena);
    if (writer) remove(BENCH_TRACE_PATH);
    return result;
}

static bool print_row(const Row *row, uint64_t messages, const Result *floor) {
    Result result = run_world(row, messages);
    double rate = (double)messages / result.cpu_s,
           floor_rate = (double)floor->messages / floor->cpu_s;
    printf("%3d  %5u -> 1  %-14s  %-15s  %8.0f  %8.2f  %9.2f  %8.1f  %6.1f  %s\n", (int)row->qos,
           row->publishers, row->tcp ? "tcp, 1 % loss" : "stream", watch_names[row->watch],
           rate / 1e3, (double)result.steps / result.cpu_s / 1e6,
           (double)result.events / (double)messages, (double)result.bytes / 1e6, floor_rate / rate,
           result.good ? "" : "WRONG");
    fflush(stdout);
    return result.good;
}

static Row row_at(unsigned index) {
    Row row = {.watch = (Watch)(index % 3),
               .tcp = index / 3 % 2 == 1,
               .publishers = index / 6 % 2 == 1 ? 100 : 1,
               .qos = index / 12 == 0 ? DRILL_QOS_1 : DRILL_QOS_2};
    return row;
}

enum { ROWS = 24 };

int main(int argc, char **argv) {
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0, good = true;
    if (argc > 1 && !check) {
        Row row = row_at((unsigned)strtoul(argv[1], NULL, 10) % ROWS);
        Result floor = run_floor(row.qos, 100000);
        return print_row(&row, 200000, &floor) ? 0 : 1;
    }
    Result floors[2] = {run_floor(DRILL_QOS_1, check ? 1000 : 2000000),
                        run_floor(DRILL_QOS_2, check ? 1000 : 1000000)};
    printf("QoS  publishers  transport       watched by       k msg/s  M steps/s  events/msg   "
           "peak MB  x floor\n");
    for (unsigned i = 0; i < 2; i++)
        printf("%3u  floor: the codec work alone                  %8.0f\n", i + 1,
               (double)floors[i].messages / floors[i].cpu_s / 1e3);
    for (unsigned i = 0; i < ROWS; i++) {
        Row row = row_at(i);
        good = print_row(&row, check ? 300 : 20000, &floors[row.qos - 1]) && good;
    }
    return good ? 0 : 1;
}
