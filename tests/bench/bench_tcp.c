/* Simulated TCP at work: 100 clients, 1 Mbit/s, 300 ms one way, 100 bytes every second, answered
 * with 4 bytes, 600 s of virtual time, at several loss rates. Prints CPU time, memory and the round
 * trips the application sees, beside what the Linux kernel (6.18, over a link emulator) showed for
 * the same traffic. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "net/transport.h"

enum { CLIENTS = 100, ROUNDS = 600, REQUEST_BYTES = 100, ANSWER_BYTES = 4 };

typedef struct Client {
    struct World *world;
    DrillLink *link;
    DrillTransport *transport;
    uint64_t sent_ns[ROUNDS];
    uint64_t sent;
    uint64_t got_bytes;
    uint64_t served_bytes;
} Client;

typedef struct World {
    DrillQueue *queue;
    Client clients[CLIENTS];
    uint64_t trips_ns[CLIENTS * ROUNDS];
    size_t trips;
} World;

static void tick(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t request[REQUEST_BYTES];
    client->sent_ns[client->sent++] = now_ns;
    drill_transport_send(client->transport, 0, drill_span(request, sizeof(request)), now_ns);
    if (client->sent < ROUNDS) {
        drill_queue_add(client->world->queue, now_ns + DRILL_NS_PER_S, tick, client, argument);
    }
}

static void opened(void *context, int side, uint64_t now_ns) {
    Client *client = context;
    if (side == 0) {
        drill_queue_add(client->world->queue, now_ns, tick, client, 0);
    }
}

static void received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t answer[ANSWER_BYTES];
    if (side == 1) {
        uint64_t before = client->served_bytes / REQUEST_BYTES;
        client->served_bytes += bytes.size;
        uint64_t after = client->served_bytes / REQUEST_BYTES;
        for (; before < after; before++) {
            drill_transport_send(client->transport, 1, drill_span(answer, sizeof(answer)), now_ns);
        }
        return;
    }
    uint64_t before = client->got_bytes / ANSWER_BYTES;
    client->got_bytes += bytes.size;
    for (; before < client->got_bytes / ANSWER_BYTES; before++) {
        World *world = client->world;
        world->trips_ns[world->trips++] = now_ns - client->sent_ns[before];
    }
}

static void closed(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns) {
    (void)context, (void)half;
    printf("side %d closed: %s at %llu\n", side, drill_close_name(how), (unsigned long long)now_ns);
}

static void open_client(World *world, DrillAllocator allocator, unsigned index, unsigned percent) {
    Client *client = &world->clients[index];
    char name[16];
    snprintf(name, sizeof(name), "c%u", index);
    DrillLinkSettings settings = {.delay_ns = 300 * DRILL_NS_PER_MS,
                                  .rate_bits_per_s = 1000000,
                                  .loss_numerator = percent,
                                  .loss_denominator = 100};
    DrillLinkOptions options = {.queue = world->queue,
                                .allocator = allocator,
                                .seed = 1,
                                .name = name,
                                .direction = {settings, settings}};
    client->world = world;
    client->link = drill_link_new(&options);
    DrillTransportOptions transport = {.kind = DRILL_TRANSPORT_TCP,
                                       .link = client->link,
                                       .hooks = {client, opened, received, closed},
                                       .number = index};
    client->transport = drill_transport_open(&transport, 0);
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

typedef struct Row {
    unsigned percent;
    const char *linux_trips;
} Row;

int main(void) {
    static const Row rows[] = {{0, "0.602 0.603 0.608"},
                               {1, "0.602 0.603 1.430"},
                               {5, "0.602 1.423 3.020"},
                               {10, "0.602 2.250 4.380"},
                               {20, "1.770 5.320 20.70"}};
    printf("loss  p50   p90   p99 (Linux)              CPU s   MB  answered\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 30);
        if (arena == NULL) return 1;
        World *world = calloc(1, sizeof(*world));
        if (world == NULL) return 1;
        DrillAllocator allocator = drill_arena_allocator(arena);
        clock_t begin = clock();
        world->queue = drill_queue_new(allocator);
        for (unsigned c = 0; c < CLIENTS; c++) {
            open_client(world, allocator, c, rows[i].percent);
        }
        while (drill_queue_fire(world->queue)) {
        }
        double cpu_s = (double)(clock() - begin) / CLOCKS_PER_SEC;
        qsort(world->trips_ns, world->trips, sizeof(uint64_t), compare);
        printf("%3u%%", rows[i].percent);
        for (unsigned p = 0; p < 3; p++) {
            static const size_t percentiles[] = {50, 90, 99};
            size_t at = world->trips * percentiles[p] / 100;
            printf(" %5.3f", (double)world->trips_ns[at] / 1e9);
        }
        printf(" (%s)  %.3f  %4.2f  %zu\n", rows[i].linux_trips, cpu_s,
               (double)(drill_arena_used(arena)) / 1e6, world->trips);
        free(world);
        drill_arena_free(arena);
    }
    return 0;
}
