/* The round trips an application sees over simulated TCP, beside those over the Linux kernel's and
 * over ns-3's (reference.csv), for the same traffic: 100 clients, each on a link of its own, 1
 * Mbit/s and 300 ms one way; a client connects within the first second and then sends 100 bytes
 * every second, 600 times; each request is answered with 4 bytes. Packets are lost with equal
 * probability in both directions. Ten seeds are pooled.
 *
 * In every run, at every answer: the smoothed round trip is at most three times the path's, and the
 * timeout is what the formula makes of the round trips, or doubled from there.
 *
 * Usage: compare_rtt reference.csv. Prints a table; fails when a figure is out of its tolerance. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "net/transport.h"

enum {
    CLIENTS = 100,
    ROUNDS = 600,
    REQUEST_BYTES = 100,
    ANSWER_BYTES = 4,
    SEEDS = 10,
    DRAIN_S = 300,
    TRIPS_MAX = SEEDS * CLIENTS * ROUNDS
};
/* Two delays and the time on the line: (100 + 52) + (4 + 52) bytes at 1 Mbit/s. */
#define PATH_RTT_NS UINT64_C(601664000)

typedef struct Client {
    struct World *world;
    DrillLink *link;
    DrillTransport *transport;
    uint64_t begun_ns;
    uint64_t sent_ns[ROUNDS];
    uint64_t sent, got_bytes, served_bytes;
} Client;

typedef struct World {
    DrillQueue *queue;
    DrillAllocator allocator;
    const DrillTcpSettings *settings;
    unsigned percent;
    Client clients[CLIENTS];
} World;

static uint64_t trips_ns[TRIPS_MAX];
static size_t trips;
static uint64_t connects_ns[SEEDS * CLIENTS];
static size_t connects;
static size_t sent;
static size_t
    inflated;         /* answers that came while the smoothed round trip was above 3 of the path */
static size_t unruly; /* ... while the timeout was not what the formula says */

static void tick(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t request[REQUEST_BYTES];
    client->sent_ns[client->sent++] = now_ns;
    sent++;
    drill_transport_send(client->transport, 0, drill_span(request, sizeof(request)), now_ns);
    if (client->sent < ROUNDS) {
        drill_queue_add(client->world->queue, now_ns + DRILL_NS_PER_S, tick, client, argument);
    }
}

static void opened(void *context, int side, uint64_t now_ns) {
    Client *client = context;
    if (side == 0) {
        connects_ns[connects++] = now_ns - client->begun_ns;
        drill_queue_add(client->world->queue, now_ns, tick, client, 0);
    }
}

/* RFC 6298, 2.3, in either form, and 5.5: from there it only doubles. */
static void check_timeout(const DrillTcpSettings *settings, const DrillTcpStats *stats) {
    uint64_t least_ns = settings->granularity_ns;
    if (settings->timeout == DRILL_TCP_TIMEOUT_LINUX) {
        least_ns = settings->rto_min_ns;
    }
    uint64_t rto_ns =
        stats->rtt_ns + (stats->variance_ns > least_ns ? stats->variance_ns : least_ns);
    rto_ns = rto_ns > settings->rto_min_ns ? rto_ns : settings->rto_min_ns;
    if (settings->tick_ns > 0) {
        rto_ns = (rto_ns + settings->tick_ns - 1) / settings->tick_ns * settings->tick_ns;
    }
    rto_ns = rto_ns < settings->rto_max_ns ? rto_ns : settings->rto_max_ns;
    rto_ns = stats->rtt_ns == 0 ? 3 * DRILL_NS_PER_S : rto_ns; /* nothing measured: 5.7 */
    while (rto_ns < stats->rto_ns && rto_ns < settings->rto_max_ns) {
        rto_ns = rto_ns < settings->rto_max_ns / 2 ? rto_ns * 2 : settings->rto_max_ns;
    }
    unruly += stats->rto_ns != rto_ns ? 1 : 0;
}

static void received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    Client *client = context;
    static const uint8_t answer[ANSWER_BYTES];
    uint64_t *count = side == 1 ? &client->served_bytes : &client->got_bytes;
    uint64_t unit = side == 1 ? REQUEST_BYTES : ANSWER_BYTES;
    uint64_t before = *count / unit;
    *count += bytes.size;
    for (; before < *count / unit; before++) {
        if (side == 1) {
            drill_transport_send(client->transport, 1, drill_span(answer, sizeof(answer)), now_ns);
        } else {
            trips_ns[trips++] = now_ns - client->sent_ns[before];
            DrillTcpStats stats = drill_transport_tcp_stats(client->transport, 0);
            inflated += stats.rtt_ns > 3 * PATH_RTT_NS ? 1 : 0;
            check_timeout(client->world->settings, &stats);
        }
    }
}

static void closed(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns) {
    (void)context, (void)half, (void)now_ns;
    printf("side %d closed: %s\n", side, drill_close_name(how));
}

static void begin(void *context, uint64_t argument, uint64_t now_ns) {
    Client *client = context;
    DrillTransportOptions options = {.kind = DRILL_TRANSPORT_TCP,
                                     .link = client->link,
                                     .hooks = {client, opened, received, closed},
                                     .number = argument,
                                     .tcp = client->world->settings};
    client->begun_ns = now_ns;
    client->transport = drill_transport_open(&options, now_ns);
}

static void add_client(World *world, unsigned index, uint64_t seed) {
    Client *client = &world->clients[index];
    char name[16];
    snprintf(name, sizeof(name), "c%u", index);
    DrillLinkSettings settings = {.delay_ns = 300 * DRILL_NS_PER_MS,
                                  .rate_bits_per_s = 1000000,
                                  .loss_numerator = world->percent,
                                  .loss_denominator = 100};
    DrillLinkOptions options = {.queue = world->queue,
                                .allocator = world->allocator,
                                .seed = seed,
                                .name = name,
                                .direction = {settings, settings}};
    client->world = world;
    client->link = drill_link_new(&options);
    DrillStream stream = drill_stream(seed, "begin");
    drill_queue_add(world->queue, drill_stream_below(stream, index, 0, DRILL_NS_PER_S), begin,
                    client, index);
}

/* Returns the largest smoothed round trip that any end ever had, in nanoseconds. */
static uint64_t run(const DrillTcpSettings *settings, unsigned percent, uint64_t seed) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 30);
    World *world = calloc(1, sizeof(*world));
    if (arena == NULL || world == NULL) {
        exit(2);
    }
    world->allocator = drill_arena_allocator(arena);
    world->queue = drill_queue_new(world->allocator);
    world->settings = settings;
    world->percent = percent;
    for (unsigned c = 0; c < CLIENTS; c++) {
        add_client(world, c, seed);
    }
    uint64_t end_ns = (uint64_t)(ROUNDS + DRAIN_S) * DRILL_NS_PER_S;
    while (drill_queue_next_ns(world->queue) <= end_ns && drill_queue_fire(world->queue)) {
    }
    uint64_t rtt_max_ns = 0;
    for (unsigned c = 0; c < CLIENTS; c++) {
        for (int side = 0; side < 2; side++) {
            DrillTcpStats stats = drill_transport_tcp_stats(world->clients[c].transport, side);
            rtt_max_ns = stats.rtt_max_ns > rtt_max_ns ? stats.rtt_max_ns : rtt_max_ns;
        }
    }
    free(world);
    drill_arena_free(arena);
    return rtt_max_ns;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const uint64_t *values_ns, size_t count, unsigned percent) {
    return count == 0 ? 0 : (double)values_ns[count * percent / 100] / 1e9;
}

typedef struct Row {
    char implementation[32], version[16], profile[32];
    unsigned percent;
    double p50, p90, p99, connect;
} Row;

static DrillTcpSettings settings_of(const Row *row) {
    if (strncmp(row->implementation, "linux", 5) == 0) {
        return drill_tcp_settings(DRILL_TCP_LINUX);
    }
    DrillTcpSettings settings = drill_tcp_settings(DRILL_TCP_NS3);
    if (strstr(row->profile, "rto200") != NULL) {
        settings.rto_min_ns = 200 * DRILL_NS_PER_MS;
    }
    if (strstr(row->profile, "noDelack") != NULL) {
        settings.ack_every = 1;
    }
    settings.timestamps = strstr(row->profile, "tsoff") == NULL;
    return settings;
}

static bool failed;

static void judge(const char *what, double is, double should, double least, double most) {
    bool bad = is < least || is > most;
    printf(" %s %6.3f %7.3f %+5.1f%%%s |", what, should, is, (is / should - 1) * 100,
           bad ? " BAD" : "");
    failed = failed || bad;
}

static void around(const char *what, double is, double should, double tolerance) {
    judge(what, is, should, should * (1 - tolerance), should * (1 + tolerance));
}

static void judge_linux(const Row *row) {
    around("p50", percentile(trips_ns, trips, 50), row->p50, row->percent < 20 ? 0.01 : 0.10);
    double p90 = percentile(trips_ns, trips, 90);
    if (row->percent == 5) {
        judge("p90", p90, row->p90, row->p90 - 0.02, row->p90 + 0.02);
    } else {
        around("p90", p90, row->p90, row->percent < 20 ? 0.05 : 0.10);
    }
    double p99 = percentile(trips_ns, trips, 99);
    if (row->percent == 20) {
        judge("p99", p99, row->p99, 16, 27);
    } else {
        around("p99", p99, row->p99, 0.10);
    }
}

/* At 20% loss the seeds of 3.37 differ by a factor of three among themselves (14 to 38 s), and so
 * do its versions (4.6 and 9.6 s): what makes its tail is that its smoothed round trip runs away.
 */
static void judge_ns3(const Row *row) {
    bool much = row->percent >= 20;
    around("p50", percentile(trips_ns, trips, 50), row->p50, much ? 0.10 : 0.01);
    around("p90", percentile(trips_ns, trips, 90), row->p90, much ? 0.15 : 0.05);
    around("p99", percentile(trips_ns, trips, 99), row->p99, much ? 0.60 : 0.10);
}

/* In every run: what must hold whatever the figures are. */
static void judge_rules(double rtt_max) {
    if (rtt_max > 3 || inflated > 0) {
        printf("BAD: the smoothed round trip drifts\n");
        failed = true;
    }
    if (unruly > 0) {
        printf("BAD: %zu timeouts are not what the formula says\n", unruly);
        failed = true;
    }
    if (trips != sent || sent != (size_t)SEEDS * CLIENTS * ROUNDS) {
        printf("BAD: not everything was answered\n");
        failed = true;
    }
}

static void compare_row(const Row *row) {
    DrillTcpSettings settings = settings_of(row);
    bool linux_row = strncmp(row->implementation, "linux", 5) == 0;
    uint64_t rtt_max_ns = 0;
    trips = 0;
    connects = 0;
    sent = 0;
    inflated = 0;
    unruly = 0;
    clock_t begun = clock();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t rtt_ns = run(&settings, row->percent, seed);
        rtt_max_ns = rtt_ns > rtt_max_ns ? rtt_ns : rtt_max_ns;
    }
    double cpu_s = (double)(clock() - begun) / CLOCKS_PER_SEC / SEEDS;
    qsort(trips_ns, trips, sizeof(uint64_t), compare);
    qsort(connects_ns, connects, sizeof(uint64_t), compare);
    printf("| %-16s | %-15s | %2u%% |", linux_row ? "linux" : "ns3", row->profile, row->percent);
    if (linux_row) {
        judge_linux(row);
    } else {
        judge_ns3(row);
    }
    double rtt_max = (double)rtt_max_ns / (double)PATH_RTT_NS;
    printf(" connect %5.3f %5.3f | %zu of %zu | %.2f | %.3f\n", row->connect,
           percentile(connects_ns, connects, 99), trips, sent, rtt_max, cpu_s);
    judge_rules(rtt_max);
}

int main(int argc, char **argv) {
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    char line[256];
    if (file == NULL || fgets(line, sizeof(line), file) == NULL) {
        fprintf(stderr, "usage: compare_rtt reference.csv\n");
        return 2;
    }
    printf("seconds: reference, ours; then answered; largest SRTT / path RTT; CPU s\n");
    unsigned rows = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        Row row;
        if (sscanf(line, "%31[^,],%15[^,],%31[^,],%u,%lf,%lf,%lf,%lf", row.implementation,
                   row.version, row.profile, &row.percent, &row.p50, &row.p90, &row.p99,
                   &row.connect) != 8) {
            fprintf(stderr, "not a row: %s", line);
            return 2;
        }
        compare_row(&row);
        rows++;
    }
    fclose(file);
    return failed || rows == 0 ? 1 : 0;
}
