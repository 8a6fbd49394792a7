/* A live run, recorded, then replayed: the same world must see the same steps at the same times. */
#include "unit/driver/server.h"
#include "unit/driver/toy.h"

enum { CONNECTIONS = 24, CHUNK = 3000, CHUNKS = 6 };

/* What the toy's connections do depends on their number and on what happened, never on anything
 * else. */
typedef struct World {
    Toy toy;
    uint64_t received[CONNECTIONS + 1];
    uint64_t sent[CONNECTIONS + 1];
} World;

static const char kinds[] = "EEEEFREHEG";

static void write_chunk(World *world, uint64_t conn) {
    uint8_t bytes[CHUNK];
    memset(bytes, (int)('a' + conn), sizeof(bytes));
    if (world->sent[conn] == 0) bytes[0] = (uint8_t)kinds[conn % (sizeof(kinds) - 1)];
    world->sent[conn]++;
    world->toy.driver->write(world->toy.driver, conn, drill_span(bytes, sizeof(bytes)));
}

static void later(void *context, uint64_t argument, uint64_t now_ns) {
    World *world = context;
    (void)now_ns;
    if (world->sent[argument] < CHUNKS) write_chunk(world, argument);
}

static void open_it(void *context, uint64_t argument, uint64_t now_ns) {
    World *world = context;
    (void)now_ns;
    world->toy.driver->open(world->toy.driver, argument);
}

/* Makes inputs pile up. In a replay it only takes time. */
static void be_slow(void *context, uint64_t argument, uint64_t now_ns) {
    (void)context;
    (void)now_ns;
    (void)poll(NULL, 0, (int)argument);
}

static void on_input(Toy *toy, const DrillInput *input) {
    World *world = toy->user;
    uint64_t conn = input->connection;
    ck_assert_uint_le(conn, CONNECTIONS);
    if (input->kind == DRILL_INPUT_CONNECTED) write_chunk(world, conn);
    if (input->kind == DRILL_INPUT_CLOSED) toy->driver->close(toy->driver, conn, false);
    if (input->kind != DRILL_INPUT_BYTES) return;
    world->received[conn] += input->bytes.size;
    (void)drill_queue_add(toy->queue, input->time_ns, later, world, conn);
    (void)drill_queue_add(toy->queue, input->time_ns + conn * 100, toy_nothing, NULL, 0);
    (void)drill_queue_add(toy->queue, input->time_ns + conn * 300 * DRILL_NS_PER_US, toy_nothing,
                          NULL, 0);
    uint64_t enough = conn % 3 == 0 ? 1 : (uint64_t)CHUNK * CHUNKS;
    if (world->received[conn] >= enough) toy->driver->close(toy->driver, conn, conn % 2 == 0);
}

static void start(World *world) {
    Toy *toy = &world->toy;
    toy->user = world;
    toy->on_input = on_input;
    for (uint64_t conn = 1; conn <= CONNECTIONS; conn++) {
        (void)drill_queue_add(toy->queue, conn * 700 * DRILL_NS_PER_US, open_it, world, conn);
    }
    for (uint64_t i = 1; i <= 10; i++) {
        (void)drill_queue_add(toy->queue, i * 5 * DRILL_NS_PER_MS, be_slow, NULL, 4);
    }
}

static DrillTraceFile *parse(World *world) {
    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic = {""};
    DrillResult result = drill_trace_parse(drill_buffer_span(&world->toy.trace), "recorded",
                                           drill_allocator_malloc(), &file, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    return file;
}

START_TEST(test_replay_repeats_the_live_run) {
    static World live, again;
    Server server;
    ck_assert(server_start(&server, AF_INET));
    memset(&live, 0, sizeof(live));
    toy_init_paced(&live.toy, "127.0.0.1", server.port);
    toy_record(&live.toy);
    start(&live);
    toy_run(&live.toy);
    server_stop(&server);
    ck_assert_uint_ge(live.toy.inputs, 2 * CONNECTIONS);

    DrillTraceFile *file = parse(&live);
    ck_assert_uint_eq(file->count, live.toy.inputs);
    memset(&again, 0, sizeof(again));
    toy_init(&again.toy);
    again.toy.driver = drill_driver_replay(file);
    toy_record(&again.toy);
    start(&again);
    toy_run(&again.toy);

    ck_assert_uint_eq(again.toy.inputs, live.toy.inputs);
    ck_assert_uint_eq(again.toy.fired, live.toy.fired);
    ck_assert_str_eq(toy_text(&again.toy), toy_text(&live.toy));
    ck_assert_str_eq(drill_buffer_cstring(&again.toy.trace), drill_buffer_cstring(&live.toy.trace));
    toy_free(&live.toy);
    toy_free(&again.toy);
    drill_trace_file_free(file);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/record");
    TCase *tests = tcase_create("record");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_replay_repeats_the_live_run, 0, 5);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
