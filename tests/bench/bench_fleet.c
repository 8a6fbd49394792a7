/* A fleet in one world: connected within 10 s, each member subscribed to a topic of its own, and
 * publishing three messages of QoS 1, 10 s apart.
 *
 * bench_fleet MEMBERS [stream|tcp] [plain|judged|traced FILE]
 *
 * plain: nothing looks at the events; judged: the oracles do; traced: and the trace is written. The
 * oracles have an arena of their own, so that what they take is seen apart. */
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "model.h"
#include "world/fleet.h"

#define ARENA_BYTES ((size_t)16 << 30)
#define MESSAGES    3

typedef struct Arguments {
    uint32_t members;
    bool stream, judged;
    const char *trace; /* NULL: none */
} Arguments;

static DrillFleet *make_fleet(DrillWorld *world, const Arguments *arguments) {
    static const DrillFilter filter = {{(const uint8_t *)"c/{i}", 5}, 0};
    DrillFleetOptions options = {.name = "fleet",
                                 .members_max = arguments->members,
                                 .link = {.stream = arguments->stream},
                                 .batch = arguments->members,
                                 .batch_ns = 10 * DRILL_NS_PER_S,
                                 .publishing = {.every_ns = 10 * DRILL_NS_PER_S,
                                                .count = MESSAGES,
                                                .qos = DRILL_QOS_1,
                                                .topic = {(const uint8_t *)"d/{i}", 5},
                                                .payload = {(const uint8_t *)"{k}", 3}},
                                 .subscriptions = &filter,
                                 .subscription_count = 1};
    DrillFleet *fleet = drill_fleet_new(world, &options);
    for (uint32_t i = 1; i <= arguments->members; i++) {
        char id[16];
        DrillDiagnostic diagnostic;
        snprintf(id, sizeof(id), "fleet-%u", (unsigned)i);
        DrillClientConfig config = {.version = DRILL_MQTT_3_1_1,
                                    .client_id = drill_span_of(id),
                                    .clean = true,
                                    .keep_alive_s = 60,
                                    .auto_ping = true};
        if (drill_fleet_add(fleet, &config, &diagnostic) != DRILL_OK) exit(1);
    }
    drill_fleet_start(fleet);
    return fleet;
}

static int run(const Arguments *arguments) {
    DrillDiagnostic diagnostic;
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DrillArena *judging = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    if (arena == NULL || judging == NULL) return 1;
    DrillTraceWriter *writer = NULL;
    DrillTracerOptions tracer_options = {.allocator = drill_arena_allocator(arena),
                                         .digest = arguments->trace != NULL};
    DrillTracer *tracer = drill_tracer_new(&tracer_options);
    DrillCheckOptions check_options = {.allocator = drill_arena_allocator(judging),
                                       .version = DRILL_MQTT_3_1_1,
                                       .keep_alive_slack_ns = DRILL_NS_PER_S};
    DrillCheck *check = arguments->judged ? drill_check_new(&check_options) : NULL;
    if (check != NULL) drill_tracer_add_sink(tracer, drill_check_sink(check));
    if (arguments->trace != NULL) {
        if (drill_trace_writer_open(arguments->trace, &writer, &diagnostic) != DRILL_OK) return 1;
        drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    }
    DrillTraceHeader header = {.version = DRILL_MQTT_3_1_1};
    drill_tracer_header(tracer, &header);
    DrillWorldOptions options = {.arena = arena,
                                 .driver = drill_driver_virtual(),
                                 .tracer = tracer,
                                 .seed = 1,
                                 .version = DRILL_MQTT_3_1_1};
    DrillWorld *world = drill_world_new(&options);
    DrillFleet *fleet = make_fleet(world, arguments);
    double cpu_s = bench_cpu_s();
    size_t begun_bytes = drill_arena_used(arena);
    while ((!drill_fleet_published(fleet) || drill_fleet_unacknowledged(fleet) > 0) &&
           drill_world_step(world))
        continue;
    drill_world_finish(world, "finished", "", DRILL_NS_PER_S, 100 * DRILL_NS_PER_S);
    if (check != NULL) drill_check_finish(check);
    bool good = check == NULL || drill_check_verdict(check) == DRILL_PASS;
    if (writer != NULL && drill_trace_writer_close(writer, &diagnostic) != DRILL_OK) return 1;
    DrillFleetStats stats = drill_fleet_stats(fleet);
    good = good && stats.acknowledged == (uint64_t)arguments->members * MESSAGES &&
           stats.connected == arguments->members && stats.subscribed == arguments->members;
    printf("members=%u cpu_s=%.3f steps=%" PRIu64 " before=%zu world=%zu oracles=%zu peak_mb=%.1f "
           "%s\n",
           (unsigned)arguments->members, bench_cpu_s() - cpu_s, drill_world_step_count(world),
           begun_bytes / arguments->members, drill_arena_used(arena) / arguments->members,
           drill_arena_used(judging) / arguments->members, bench_peak_mb(),
           good ? "as it should be" : "NOT AS IT SHOULD BE");
    options.driver->free(options.driver);
    drill_arena_free(judging);
    drill_arena_free(arena);
    return good ? 0 : 1;
}

int main(int argc, char **argv) {
    Arguments arguments = {.members = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000,
                           .stream = argc < 3 || strcmp(argv[2], "tcp") != 0,
                           .judged = argc > 3 && strcmp(argv[3], "plain") != 0,
                           .trace = argc > 4 ? argv[4] : NULL};
    return run(&arguments);
}
