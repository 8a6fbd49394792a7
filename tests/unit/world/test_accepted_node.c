/* Real clients, with an outside that the test plays: their names, their bytes both ways, flow
 * control, the end. */
#include "stage.h"
#include "unit/suite.h"

#define GUEST(n) (DRILL_ACCEPTED_BIT | (n))

typedef struct Outside {
    DrillDriver driver;
    DrillInput inputs[64];
    DrillBuffer bytes[64];
    size_t first, count;
    uint64_t closed[64], reset[64], opened[64];
    size_t closed_count, reset_count, opened_count;
    uint64_t held, shut[64];
    size_t shut_count;
    size_t holds, releases;
    bool deaf;
    DrillBuffer written;   /* to real clients */
    uint64_t upward_bytes; /* to the real broker */
} Outside;

static bool outside_step(DrillDriver *driver, DrillQueue *queue, DrillInput *input) {
    Outside *outside = (Outside *)driver;
    uint64_t next_ns = drill_queue_next_ns(queue);
    if (outside->first < outside->count && outside->inputs[outside->first].time_ns < next_ns) {
        size_t at = outside->first++;
        *input = outside->inputs[at];
        input->bytes = drill_buffer_span(&outside->bytes[at]);
        if (input->time_ns < drill_queue_now_ns(queue)) input->time_ns = drill_queue_now_ns(queue);
        drill_queue_advance(queue, input->time_ns);
        return true;
    }
    *input = (DrillInput){.kind = DRILL_INPUT_NONE, .how = "", .text = ""};
    return drill_queue_fire(queue);
}

static void outside_open(DrillDriver *driver, uint64_t connection) {
    Outside *outside = (Outside *)driver;
    outside->opened[outside->opened_count++] = connection;
}
static void outside_write(DrillDriver *driver, uint64_t connection, DrillSpan bytes) {
    if (connection & DRILL_ACCEPTED_BIT)
        drill_buffer_put(&((Outside *)driver)->written, bytes.data, bytes.size);
    else
        ((Outside *)driver)->upward_bytes += bytes.size;
}
static void outside_close(DrillDriver *driver, uint64_t connection, bool reset) {
    Outside *outside = (Outside *)driver;
    if (reset)
        outside->reset[outside->reset_count++] = connection;
    else
        outside->closed[outside->closed_count++] = connection;
}
static void outside_hold(DrillDriver *driver, uint64_t connection, bool hold) {
    Outside *outside = (Outside *)driver;
    outside->held = connection;
    outside->holds += hold;
    outside->releases += !hold;
}
static void outside_shutdown(DrillDriver *driver, uint64_t connection) {
    Outside *outside = (Outside *)driver;
    outside->shut[outside->shut_count++] = connection;
}
static void outside_deafen(DrillDriver *driver) {
    ((Outside *)driver)->deaf = true;
}

static Stage *stage_over(Outside *outside, bool serve, bool stream) {
    memset(outside, 0, sizeof(*outside));
    outside->written.allocator = drill_allocator_malloc();
    outside->driver = (DrillDriver){.name = "test",
                                    .live = true,
                                    .step = outside_step,
                                    .open = outside_open,
                                    .write = outside_write,
                                    .close = outside_close,
                                    .hold = outside_hold,
                                    .shutdown = outside_shutdown,
                                    .deafen = outside_deafen};
    StageOptions options = {
        .driver = &outside->driver, .serve = serve, .held_bytes_max = 1024 * 1024};
    Stage *stage = stage_new(&options);
    drill_world_default_link(stage->world)->stream = stream;
    const char *role = serve ? "broker" : "gateway";
    ck_assert(
        drill_span_is(stage_find(stage, DRILL_TRACE_NODE_ADDED, "broker", 1)->spans[0], role));
    return stage;
}

static Stage *stage_with(Outside *outside, bool serve) {
    return stage_over(outside, serve, false);
}

/* What has come from outside is forgotten, and there is room for more. */
static void clear_inputs(Outside *outside) {
    for (size_t i = 0; i < outside->count; i++)
        drill_buffer_release(&outside->bytes[i]);
    outside->first = outside->count = 0;
}

static void end(Stage *stage, Outside *outside) {
    stage_free(stage);
    clear_inputs(outside);
    drill_buffer_release(&outside->written);
}

static DrillInput *input(Outside *outside, DrillInputKind kind, uint64_t connection) {
    ck_assert_uint_lt(outside->count, DRILL_ARRAY_COUNT(outside->inputs));
    DrillInput *made = &outside->inputs[outside->count];
    *made = (DrillInput){.kind = kind, .connection = connection, .how = "fin", .text = ""};
    outside->bytes[outside->count++].allocator = drill_allocator_malloc();
    return made;
}

static void says(Outside *outside, uint64_t guest, const void *bytes, size_t size) {
    input(outside, DRILL_INPUT_BYTES, guest);
    drill_buffer_put(&outside->bytes[outside->count - 1], bytes, size);
}

/* CONNECT with this Client Identifier. */
static void says_connect(Outside *outside, uint64_t guest, const char *identifier) {
    uint8_t packet[80] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0};
    size_t size = strlen(identifier);
    packet[1] = (uint8_t)(12 + size);
    packet[13] = (uint8_t)size;
    memcpy(packet + 14, identifier, size);
    says(outside, guest, packet, 14 + size);
}

static void arrives(Outside *outside, uint64_t guest, const char *identifier) {
    input(outside, DRILL_INPUT_ACCEPTED, guest);
    says_connect(outside, guest, identifier);
}

/* Our broker, and a real client that is on it. */
static Stage *serving(Outside *outside) {
    Stage *stage = stage_with(outside, true);
    arrives(outside, GUEST(1), "sensor");
    stage_run(stage, S);
    return stage;
}

/* A socket is closed, by FIN. */
static void ends(Stage *stage, Outside *outside, uint64_t connection) {
    input(outside, DRILL_INPUT_CLOSED, connection);
    stage_run(stage, S);
}

static DrillConnectionInfo connection_of(const Stage *stage, uint64_t number) {
    DrillConnectionInfo info;
    ck_assert(drill_world_connection(stage->world, number, &info));
    return info;
}

static const uint8_t connack[] = {0x20, 2, 0, 0};
static const uint8_t pingreq[] = {0xC0, 0}, pingresp[] = {0xD0, 0};

START_TEST(a_client_is_called_by_its_identifier) {
    Outside outside;
    Stage *stage = serving(&outside);
    const StageEvent *node = stage_find(stage, DRILL_TRACE_NODE_ADDED, "sensor", 1);
    ck_assert_ptr_nonnull(node);
    ck_assert(drill_span_is(node->spans[0], "gateway-client"));
    ck_assert(drill_span_is(node->spans[1], "sensor"));
    ck_assert_ptr_nonnull(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "sensor", DRILL_CONNECT, 1));
    ck_assert_uint_eq(outside.written.size, sizeof(connack));
    ck_assert_int_eq(memcmp(outside.written.data, connack, sizeof(connack)), 0);
    /* Before it was named, its events had no node. */
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_ACCEPTED, ""), 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, ""), 1);
    says(&outside, GUEST(1), pingreq, sizeof(pingreq));
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, "sensor"), 1);
    ck_assert_uint_eq(outside.written.size, sizeof(connack) + sizeof(pingresp));
    ck_assert_int_eq(memcmp(outside.written.data + sizeof(connack), pingresp, sizeof(pingresp)), 0);
    end(stage, &outside);
}
END_TEST

START_TEST(a_client_that_comes_back_is_the_same_node) {
    Outside outside;
    Stage *stage = serving(&outside);
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1));
    arrives(&outside, GUEST(2), "sensor");
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_NODE_ADDED, NULL), 2); /* and the broker */
    arrives(&outside, GUEST(3), "sensor"); /* while the second one lives */
    stage_run(stage, S);
    ck_assert_ptr_nonnull(stage_find(stage, DRILL_TRACE_NODE_ADDED, "sensor#2", 1));
    /* The broker has thrown the second one out. */
    ck_assert_uint_eq(outside.closed[outside.closed_count - 1], GUEST(2));
    end(stage, &outside);
}
END_TEST

START_TEST(who_is_gone_is_forgotten) {
    Outside outside;
    Stage *stage = serving(&outside);
    bool special = _i == 1, cut = _i == 2;
    DrillWorldClient *client = drill_world_client_at(stage->world, 0);
    DrillLinkSettings settings = {.delay_ns = 50 * MS};
    if (special) drill_world_link_set(client, 0, &settings);
    DrillFaultSpec spec = {.kind = DRILL_FAULT_CUT,
                           .place = DRILL_FAULT_BEFORE,
                           .type = DRILL_PINGREQ,
                           .nth = 5,
                           .optional = true,
                           .direction = 0};
    if (cut) stage_fault(client, spec);
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1));
    stage_run(stage, 30 * S);
    ck_assert_ptr_eq(drill_world_client_at(stage->world, 0), client);
    stage_run(stage, 40 * S);
    if (special || cut)
        ck_assert_ptr_eq(drill_world_client_at(stage->world, 0), client);
    else
        ck_assert_ptr_null(drill_world_client_at(stage->world, 0));
    arrives(&outside, GUEST(2), "sensor");
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_NODE_ADDED, "sensor"), special || cut ? 1 : 2);
    ck_assert_uint_eq(drill_world_client_count(stage->world), 1); /* its place is used again */
    end(stage, &outside);
}
END_TEST

static const char *const odd_names[] = {"", "broker", "a\nb"};
static const char *const given_names[] = {"client-1", "broker#2", "client-1"};

START_TEST(odd_identifiers) {
    Outside outside;
    Stage *stage = stage_with(&outside, true);
    arrives(&outside, GUEST(1), odd_names[_i]);
    stage_run(stage, S);
    ck_assert_ptr_nonnull(stage_find(stage, DRILL_TRACE_NODE_ADDED, given_names[_i], 1));
    end(stage, &outside);
}
END_TEST

/* A CONNECT of 5.0 with Property Length 127: it has no name, but a version. */
START_TEST(a_malformed_connect_has_a_version) {
    Outside outside;
    Stage *stage = stage_with(&outside, true);
    input(&outside, DRILL_INPUT_ACCEPTED, GUEST(1));
    says(&outside, GUEST(1), "\x10\x0d\0\4MQTT\5\2\0\x3c\x7f\0\0", 15);
    stage_run(stage, S);
    const StageEvent *added = stage_find(stage, DRILL_TRACE_NODE_ADDED, "client-1", 1);
    ck_assert_ptr_nonnull(added);
    ck_assert_uint_eq(added->values[2], DRILL_MQTT_5_0);
    end(stage, &outside);
}
END_TEST

START_TEST(who_says_nothing_gets_a_name_after_a_second) {
    Outside outside;
    Stage *stage = stage_with(&outside, true);
    input(&outside, DRILL_INPUT_ACCEPTED, GUEST(1));
    stage_run(stage, 900 * MS);
    DrillConnectionInfo info = connection_of(stage, 1);
    ck_assert_int_eq(info.state, DRILL_CONNECTION_NAMELESS);
    ck_assert_ptr_null(info.client);
    stage_run(stage, 200 * MS);
    info = connection_of(stage, 1);
    ck_assert_int_eq(info.state, DRILL_CONNECTION_OPEN);
    ck_assert_str_eq(drill_world_client_name(info.client), "client-1");
    /* Its node goes with it. */
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1));
    stage_run(stage, 200 * S);
    ck_assert(!drill_world_connection(stage->world, 1, &info));
    ck_assert_ptr_null(drill_world_client_at(stage->world, 0));
    end(stage, &outside);
}
END_TEST

START_TEST(who_leaves_before_saying_anything_was_never_there) {
    Outside outside;
    Stage *stage = stage_with(&outside, false);
    input(&outside, DRILL_INPUT_ACCEPTED, GUEST(1));
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1));
    stage_run(stage, 2 * S);
    DrillConnectionInfo info;
    ck_assert(!drill_world_connection(stage->world, 1, &info));
    ck_assert_uint_eq(outside.opened_count, 0);
    ck_assert_uint_eq(outside.closed_count, 1);
    end(stage, &outside);
}
END_TEST

START_TEST(a_short_visit_is_passed_on_whole) {
    Outside outside;
    Stage *stage = stage_with(&outside, false);
    arrives(&outside, GUEST(1), "hasty");
    says(&outside, GUEST(1), pingreq, sizeof(pingreq));
    ends(stage, &outside, GUEST(1));
    ck_assert_ptr_nonnull(
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PINGREQ, 1));
    const StageEvent *closed = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1);
    ck_assert(closed && drill_span_is(closed->spans[1], "fin"));
    end(stage, &outside);
}
END_TEST

START_TEST(both_ends_are_real) {
    Outside outside;
    Stage *stage = stage_with(&outside, false);
    arrives(&outside, GUEST(1), "sensor");
    stage_run(stage, S);
    ck_assert_uint_eq(outside.opened_count, 1);
    input(&outside, DRILL_INPUT_CONNECTED, 1);
    says(&outside, 1, connack, sizeof(connack));
    stage_run(stage, S);
    ck_assert_uint_eq(outside.written.size, sizeof(connack));
    input(&outside, DRILL_INPUT_CLOSED, 1)->how = "rst";
    stage_run(stage, S);
    ck_assert_uint_eq(outside.reset[outside.reset_count - 1], GUEST(1));
    stage_run(stage, 100 * S);
    ck_assert_uint_eq(drill_world_counters(stage->world)->closed, 1);
    end(stage, &outside);
}
END_TEST

/* A connection between two real ends, over tcp or stream. */
static Stage *between(Outside *outside, bool stream) {
    Stage *stage = stage_over(outside, false, stream);
    arrives(outside, GUEST(1), "sensor");
    stage_run(stage, 100 * MS);
    input(outside, DRILL_INPUT_CONNECTED, 1);
    says(outside, 1, connack, sizeof(connack));
    stage_run(stage, S);
    return stage;
}

static void is_over(Stage *stage, const Outside *outside) {
    ck_assert_uint_eq(outside->closed_count, 2);
    ck_assert_uint_eq(outside->reset_count, 0);
    stage_run(stage, 100 * S);
    ck_assert_uint_eq(drill_world_counters(stage->world)->closed, 1);
}

START_TEST(the_clients_end_is_not_the_brokers) {
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    ends(stage, &outside, GUEST(1));
    ck_assert_uint_eq(outside.shut_count, 1);
    ck_assert_uint_eq(outside.shut[0], 1);
    ck_assert_uint_eq(outside.closed_count + outside.reset_count, 0);
    ck_assert_int_eq(connection_of(stage, 1).state, DRILL_CONNECTION_CLOSING);
    /* It goes on for as long as something comes. */
    for (int i = 1; i <= 3; i++) {
        says(&outside, 1, pingresp, sizeof(pingresp));
        stage_run(stage, 50 * S);
        ck_assert_uint_eq(outside.written.size, sizeof(connack) + 2 * (size_t)i);
    }
    ends(stage, &outside, 1);
    is_over(stage, &outside);
    end(stage, &outside);
}
END_TEST

START_TEST(the_brokers_end_is_not_the_clients) {
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    ends(stage, &outside, 1);
    ck_assert_uint_eq(outside.shut_count, 1);
    ck_assert_uint_eq(outside.shut[0], GUEST(1));
    uint64_t before = outside.upward_bytes;
    says(&outside, GUEST(1), pingreq, sizeof(pingreq));
    stage_run(stage, S);
    ck_assert_uint_eq(outside.upward_bytes, before + sizeof(pingreq));
    ends(stage, &outside, GUEST(1));
    is_over(stage, &outside);
    end(stage, &outside);
}
END_TEST

START_TEST(both_end_at_once) {
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1));
    ends(stage, &outside, 1);
    is_over(stage, &outside);
    end(stage, &outside);
}
END_TEST

START_TEST(half_a_connection_in_which_nothing_passes_is_reset) {
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    bool broker = _i / 2 == 1;
    input(&outside, DRILL_INPUT_CLOSED, broker ? 1 : GUEST(1));
    stage_run(stage, 58 * S);
    ck_assert_uint_eq(outside.closed_count + outside.reset_count, 0);
    stage_run(stage, 3 * S);
    ck_assert_uint_eq(outside.reset_count, 2);
    stage_run(stage, 100 * S);
    ck_assert_uint_eq(drill_world_counters(stage->world)->closed, 1);
    end(stage, &outside);
}
END_TEST

START_TEST(a_reset_after_the_end) {
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    ends(stage, &outside, GUEST(1));
    input(&outside, DRILL_INPUT_CLOSED, GUEST(1))->how = "rst";
    stage_run(stage, S);
    ck_assert_uint_eq(outside.reset_count, 2);
    stage_run(stage, 100 * S);
    ck_assert_uint_eq(drill_world_counters(stage->world)->closed, 1);
    end(stage, &outside);
}
END_TEST

START_TEST(who_has_said_disconnect_waits_for_nothing) {
    static const uint8_t disconnect[] = {0xE0, 0};
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    says(&outside, GUEST(1), disconnect, sizeof(disconnect));
    ends(stage, &outside, GUEST(1));
    ck_assert_uint_eq(outside.shut_count, 0);
    is_over(stage, &outside);
    end(stage, &outside);
}
END_TEST

/* 69993 bytes behind the fixed header. */
static uint8_t publish[69997] = {0x30, 0xe9, 0xa2, 0x4, 0, 1, 't'};

/* Where the real reader takes nothing, the real writer is not read from, until it takes again. */
START_TEST(a_full_socket_holds_the_other_back) {
    Outside outside;
    Stage *stage = between(&outside, _i % 2 == 1);
    bool down = _i / 2 == 1;
    uint64_t reader = down ? GUEST(1) : 1, writer = down ? 1 : GUEST(1);
    size_t before = down ? outside.written.size : outside.upward_bytes;
    input(&outside, DRILL_INPUT_WRITABLE, reader);
    for (int i = 0; i < 6; i++)
        says(&outside, writer, publish, sizeof(publish));
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(down ? outside.written.size : outside.upward_bytes, before);
    ck_assert_uint_eq(outside.holds, 1);
    ck_assert_uint_eq(outside.held, writer);
    ck_assert_uint_eq(outside.releases, 0);
    input(&outside, DRILL_INPUT_WRITABLE, reader)->writable = true;
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(down ? outside.written.size : outside.upward_bytes,
                      before + 6 * sizeof(publish));
    ck_assert_uint_eq(outside.releases, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_WRITABLE, NULL), 2);
    end(stage, &outside);
}
END_TEST

START_TEST(a_broker_that_does_not_come_up_holds_the_client_back) {
    Outside outside;
    Stage *stage = stage_over(&outside, false, _i == 1);
    arrives(&outside, GUEST(1), "sensor");
    for (int i = 0; i < 8; i++)
        says(&outside, GUEST(1), publish, sizeof(publish));
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(outside.holds, 1);
    input(&outside, DRILL_INPUT_CONNECTED, 1);
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(outside.releases, 1);
    ck_assert_uint_gt(outside.upward_bytes, 8 * sizeof(publish));
    end(stage, &outside);
}
END_TEST

/* Three clients begin packets of 256 MiB; one too many is reset, and the others go on. */
START_TEST(packets_that_never_become_whole) {
    static uint8_t piece[16 * 1024], begin[] = {0x30, 0xff, 0xff, 0xff, 0x7f};
    Outside outside;
    Stage *stage = between(&outside, _i == 1);
    for (uint64_t guest = 2; guest <= 3; guest++)
        arrives(&outside, GUEST(guest), guest == 2 ? "two" : "three");
    stage_run(stage, S);
    for (uint64_t guest = 1; guest <= 3; guest++)
        says(&outside, GUEST(guest), begin, sizeof(begin));
    stage_run(stage, S);
    for (int i = 0; i < 25; i++) { /* 1200 KiB */
        for (uint64_t guest = 1; guest <= 3; guest++) {
            clear_inputs(&outside);
            says(&outside, GUEST(guest), piece, sizeof(piece));
            stage_run(stage, MS);
        }
    }
    ck_assert_uint_eq(outside.reset_count, 2); /* both of its sockets */
    ck_assert_uint_eq(outside.reset[0], GUEST(outside.reset[1]));
    for (uint64_t number = 1; number <= 3; number++) {
        bool closed = connection_of(stage, number).state == DRILL_CONNECTION_CLOSED;
        ck_assert_int_eq(closed, number == outside.reset[1]);
    }
    end(stage, &outside);
}
END_TEST

START_TEST(a_cut_reaches_the_real_client) {
    Outside outside;
    Stage *stage = serving(&outside);
    DrillConnectionInfo info = connection_of(stage, 1);
    bool vanish = _i == 1;
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = DRILL_FAULT_NOW,
                          .direction = -1,
                          .how = vanish ? DRILL_CLOSE_VANISH : DRILL_CLOSE_RST};
    stage_fault(info.client, cut);
    stage_run(stage, S);
    ck_assert_uint_eq(outside.reset_count, vanish ? 0 : 1);
    end(stage, &outside);
}
END_TEST

START_TEST(what_piles_up_is_held_back) {
    Outside outside;
    Stage *stage = serving(&outside);
    drill_world_partition(connection_of(stage, 1).client, 0, 5 * S, false);
    for (int i = 0; i < 6; i++)
        says(&outside, GUEST(1), publish, sizeof(publish));
    stage_run(stage, S);
    ck_assert_uint_eq(outside.holds, 1);
    ck_assert_uint_eq(outside.held, GUEST(1));
    ck_assert_uint_eq(outside.releases, 0);
    ck_assert(connection_of(stage, 1).held);
    stage_run(stage, 30 * S);
    ck_assert_uint_eq(outside.releases, 1);
    end(stage, &outside);
}
END_TEST

START_TEST(a_stop_ends_everything) {
    Outside outside;
    Stage *stage = serving(&outside);
    input(&outside, DRILL_INPUT_ACCEPTED, GUEST(2)); /* nameless */
    stage_run(stage, 100 * MS);
    drill_world_stop(stage->world);
    ck_assert(outside.deaf);
    input(&outside, DRILL_INPUT_ACCEPTED, GUEST(3)); /* had been on its way */
    stage_finish(stage);
    ck_assert_uint_eq(outside.reset[0], GUEST(2));
    ck_assert_uint_eq(outside.reset[1], GUEST(3));
    ck_assert_uint_eq(outside.closed[0], GUEST(1));
    ck_assert_uint_eq(drill_world_counters(stage->world)->turned_away, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_ACCEPTED, NULL), 2);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, NULL), 0);
    end(stage, &outside);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("world/accepted_node");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, a_client_is_called_by_its_identifier);
    tcase_add_test(tests, a_client_that_comes_back_is_the_same_node);
    tcase_add_loop_test(tests, who_is_gone_is_forgotten, 0, 3);
    tcase_add_loop_test(tests, odd_identifiers, 0, (int)DRILL_ARRAY_COUNT(odd_names));
    tcase_add_test(tests, a_malformed_connect_has_a_version);
    tcase_add_test(tests, who_says_nothing_gets_a_name_after_a_second);
    tcase_add_test(tests, who_leaves_before_saying_anything_was_never_there);
    tcase_add_test(tests, a_short_visit_is_passed_on_whole);
    tcase_add_test(tests, both_ends_are_real);
    tcase_add_loop_test(tests, the_clients_end_is_not_the_brokers, 0, 2);
    tcase_add_loop_test(tests, the_brokers_end_is_not_the_clients, 0, 2);
    tcase_add_loop_test(tests, both_end_at_once, 0, 2);
    tcase_add_loop_test(tests, half_a_connection_in_which_nothing_passes_is_reset, 0, 4);
    tcase_add_loop_test(tests, a_reset_after_the_end, 0, 2);
    tcase_add_loop_test(tests, who_has_said_disconnect_waits_for_nothing, 0, 2);
    tcase_add_loop_test(tests, a_full_socket_holds_the_other_back, 0, 4);
    tcase_add_loop_test(tests, a_broker_that_does_not_come_up_holds_the_client_back, 0, 2);
    tcase_add_loop_test(tests, packets_that_never_become_whole, 0, 2);
    tcase_add_loop_test(tests, a_cut_reaches_the_real_client, 0, 2);
    tcase_add_test(tests, what_piles_up_is_held_back);
    tcase_add_test(tests, a_stop_ends_everything);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
