/* 100 clients over simulated TCP (the `linux` settings), 1 Mbit/s, 300 ms one way, 5 % loss in both
 * directions; each connects within the first second and then sends 100 bytes every second, 600
 * times, and every request is answered with 4 bytes.
 *
 * bench_clients               the transport alone
 * bench_clients mqtt [FILE]   the request is a PUBLISH with QoS 1, the answer the virtual broker's
 *                             PUBACK. With FILE the whole trace is written there, with its digest
 * bench_clients segments FILE the same with every segment in the trace
 * bench_clients checked FILE  as mqtt FILE, with the oracles watching as well */
#include <string.h>

#include "base/random.h"
#include "check/check.h"
#include "clients.h"
#include "world/world.h"

#define ARENA_BYTES   ((size_t)1 << 30)
#define TOPIC         "bench/topic"
#define PAYLOAD_BYTES (BENCH_REQUEST_BYTES - 2 - 2 - (sizeof(TOPIC) - 1) - 2)

typedef struct Client {
    struct Bench *bench;
    DrillLink *link;
    DrillTransport *transport;
    DrillWorldClient *node;
    uint64_t got_bytes, served_bytes;
    uint32_t sent, answered;
    uint64_t sent_ns[BENCH_ROUNDS];
} Client;

typedef struct Bench {
    DrillAllocator allocator;
    DrillQueue *queue;
    DrillWorld *world;
    Client clients[BENCH_CLIENTS];
    BenchTrips trips;
} Bench;

static Bench bench;

static DrillLinkSettings link_settings(void) {
    return (DrillLinkSettings){.delay_ns = 300 * DRILL_NS_PER_MS,
                               .rate_bits_per_s = 1000000,
                               .loss_numerator = BENCH_LOSS_PERCENT,
                               .loss_denominator = 100};
}

static uint64_t begin_ns(uint64_t index) {
    return drill_stream_below(drill_stream(1, "begin"), index, 0, DRILL_NS_PER_S);
}

static void answered(Client *client, uint64_t now_ns) {
    bench_trips_add(&client->bench->trips, now_ns - client->sent_ns[client->answered++]);
}

/* --- the transport alone --- */

static void tick(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t request[BENCH_REQUEST_BYTES];
    client->sent_ns[client->sent++] = now_ns;
    drill_transport_send(client->transport, 0, drill_span(request, sizeof(request)), now_ns);
    if (client->sent < BENCH_ROUNDS) {
        drill_queue_add(client->bench->queue, now_ns + DRILL_NS_PER_S, tick, client, argument);
    }
}

static void on_opened(void *context, int side, uint64_t now_ns) {
    if (side == 0) {
        tick(context, 0, now_ns);
    }
}

static void on_received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t answer[BENCH_ANSWER_BYTES];
    uint64_t *count = side == 1 ? &client->served_bytes : &client->got_bytes;
    uint64_t unit = side == 1 ? BENCH_REQUEST_BYTES : BENCH_ANSWER_BYTES;
    uint64_t before = *count / unit;
    *count += bytes.size;
    for (; before < *count / unit; before++) {
        if (side == 1) {
            drill_transport_send(client->transport, 1, drill_span(answer, sizeof(answer)), now_ns);
        } else {
            answered(client, now_ns);
        }
    }
}

static void on_closed(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns) {
    (void)context, (void)half, (void)now_ns;
    fprintf(stderr, "bench_clients: side %d closed: %s\n", side, drill_close_name(how));
    exit(1);
}

static void begin(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    DrillTransportOptions options = {.kind = DRILL_TRANSPORT_TCP,
                                     .link = client->link,
                                     .hooks = {client, on_opened, on_received, on_closed},
                                     .number = argument};
    client->transport = drill_transport_open(&options, now_ns);
}

static uint64_t run_transport(void) {
    bench.queue = drill_queue_new(bench.allocator);
    for (uint64_t i = 0; i < BENCH_CLIENTS; i++) {
        Client *client = &bench.clients[i];
        char name[16];
        snprintf(name, sizeof(name), "c%u", (unsigned)i);
        DrillLinkOptions options = {.queue = bench.queue,
                                    .allocator = bench.allocator,
                                    .seed = 1,
                                    .name = name,
                                    .direction = {link_settings(), link_settings()}};
        client->bench = &bench;
        client->link = drill_link_new(&options);
        drill_queue_add(bench.queue, begin_ns(i), begin, client, i);
    }
    uint64_t end_ns = (uint64_t)(BENCH_ROUNDS + BENCH_DRAIN_S) * DRILL_NS_PER_S, packets = 0;
    while (drill_queue_next_ns(bench.queue) <= end_ns && drill_queue_fire(bench.queue))
        continue;
    for (unsigned i = 0; i < BENCH_CLIENTS; i++)
        for (int direction = 0; direction < 2; direction++)
            packets += drill_link_stats(bench.clients[i].link, direction).packets;
    return packets;
}

/* --- with MQTT --- */

static void publish(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t payload[PAYLOAD_BYTES];
    DrillPublishPacket message = {.qos = DRILL_QOS_1,
                                  .topic = drill_span_of(TOPIC),
                                  .payload = drill_span(payload, sizeof(payload))};
    DrillMessageId id;
    client->sent_ns[client->sent++] = now_ns;
    if (drill_world_publish(client->node, &message, &id) != DRILL_OK) exit(1);
    if (client->sent < BENCH_ROUNDS) {
        drill_world_timer(client->bench->world, now_ns + DRILL_NS_PER_S, publish, client, argument);
    }
}

static void on_connected(void *context, DrillWorldClient *node, const DrillConnackPacket *connack) {
    (void)connack;
    DrillWorld *world = ((Bench *)context)->world;
    drill_world_timer(world, drill_world_now(world), publish, drill_world_client_user(node), 0);
}

static void on_acknowledged(void *context, DrillWorldClient *node, DrillMessageId message,
                            uint8_t code) {
    (void)message, (void)code;
    answered(drill_world_client_user(node), drill_world_now(((Bench *)context)->world));
}

static void connect_node(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    DrillDiagnostic diagnostic;
    (void)argument, (void)now_ns;
    if (drill_world_connect(client->node, NULL, &diagnostic) != DRILL_OK) {
        fprintf(stderr, "bench_clients: %s\n", diagnostic.text);
        exit(1);
    }
}

static void add_node(Client *client, unsigned index) {
    char name[16];
    snprintf(name, sizeof(name), "c%u", index);
    DrillWorldClientOptions options = {
        .name = name,
        .client = {.version = DRILL_MQTT_3_1_1,
                   .client_id = drill_span_of(name),
                   .clean = true,
                   .keep_alive_s = 60,
                   .auto_ping = true},
        .link = {.direction = {link_settings(), link_settings()}},
    };
    DrillDiagnostic diagnostic;
    client->bench = &bench;
    if (drill_world_add_client(bench.world, &options, &client->node, &diagnostic) != DRILL_OK) {
        fprintf(stderr, "bench_clients: %s\n", diagnostic.text);
        exit(1);
    }
    drill_world_client_set_user(client->node, client);
    drill_world_timer(bench.world, begin_ns(index), connect_node, client, 0);
}

typedef struct Watch {
    const char *path; /* NULL: nothing is watched */
    bool segments, checked;
} Watch;

static uint64_t run_world(DrillArena *arena, const Watch *watch) {
    DrillDiagnostic diagnostic;
    DrillTraceWriter *writer = NULL;
    DrillTracerOptions tracer_options = {.allocator = bench.allocator,
                                         .digest = watch->path != NULL};
    DrillTracer *tracer = drill_tracer_new(&tracer_options);
    DrillCheckOptions check_options = {.allocator = bench.allocator,
                                       .version = DRILL_MQTT_3_1_1,
                                       .keep_alive_slack_ns = DRILL_NS_PER_S};
    DrillCheck *check = watch->checked ? drill_check_new(&check_options) : NULL;
    if (check != NULL) drill_tracer_add_sink(tracer, drill_check_sink(check));
    if (watch->path != NULL) {
        if (drill_trace_writer_open(watch->path, &writer, &diagnostic) != DRILL_OK) exit(1);
        drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    }
    DrillTraceHeader header = {.version = DRILL_MQTT_3_1_1};
    drill_tracer_header(tracer, &header);
    DrillDriver *driver = drill_driver_virtual();
    DrillWorldOptions options = {.arena = arena,
                                 .driver = driver,
                                 .tracer = tracer,
                                 .seed = 1,
                                 .version = DRILL_MQTT_3_1_1,
                                 .segments = watch->segments};
    DrillWorldObserver observer = {
        .context = &bench, .connected = on_connected, .acknowledged = on_acknowledged};
    bench.world = drill_world_new(&options);
    drill_world_set_observer(bench.world, &observer);
    for (unsigned i = 0; i < BENCH_CLIENTS; i++)
        add_node(&bench.clients[i], i);
    while (bench.trips.count < (size_t)BENCH_CLIENTS * BENCH_ROUNDS &&
           drill_world_step(bench.world))
        continue;
    drill_world_finish(bench.world, "finished", "", DRILL_NS_PER_S, BENCH_DRAIN_S * DRILL_NS_PER_S);
    if (check != NULL) {
        drill_check_finish(check);
        if (drill_check_verdict(check) != DRILL_PASS) exit(1);
    }
    if (writer != NULL && drill_trace_writer_close(writer, &diagnostic) != DRILL_OK) exit(1);
    uint64_t packets = 0;
    for (unsigned i = 0; i < BENCH_CLIENTS; i++)
        for (int direction = 0; direction < 2; direction++)
            packets += drill_link_stats(drill_world_link(bench.clients[i].node), direction).packets;
    driver->free(driver);
    return packets;
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "transport";
    Watch watch = {.path = argc > 2 ? argv[2] : NULL,
                   .segments = strcmp(mode, "segments") == 0,
                   .checked = strcmp(mode, "checked") == 0};
    double cpu_s = bench_cpu_s(), wall_s = bench_wall_s();
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    if (arena == NULL) return 1;
    bench.allocator = drill_arena_allocator(arena);
    uint64_t packets = strcmp(mode, "transport") == 0 ? run_transport() : run_world(arena, &watch);
    bench_trips_print(&bench.trips, bench_cpu_s() - cpu_s, bench_wall_s() - wall_s, packets);
    drill_arena_free(arena);
    return bench.trips.count == (size_t)BENCH_CLIENTS * BENCH_ROUNDS ? 0 : 1;
}
