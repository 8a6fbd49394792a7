/* The gateway, with an outside that the test plays: what goes in and out, and how each end reaches
 * the other. */
#include "stage.h"

typedef enum Call { CALL_OPEN, CALL_WRITE, CALL_CLOSE, CALL_RESET } Call;

/* Inputs come when the queue has nothing earlier; calls are written down. */
typedef struct Outside {
    DrillDriver driver;
    DrillInput inputs[64];
    DrillBuffer bytes[64];
    size_t first, count;
    Call calls[64];
    uint64_t call_connections[64];
    size_t call_count;
    DrillBuffer written;
} Outside;

static bool outside_step(DrillDriver *driver, DrillQueue *queue, DrillInput *input) {
    Outside *outside = (Outside *)driver;
    uint64_t next_ns = drill_queue_next_ns(queue);
    if (outside->first < outside->count && outside->inputs[outside->first].time_ns <= next_ns) {
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

static void note_call(DrillDriver *driver, Call call, uint64_t connection) {
    Outside *outside = (Outside *)driver;
    ck_assert_uint_lt(outside->call_count, DRILL_ARRAY_COUNT(outside->calls));
    outside->calls[outside->call_count] = call;
    outside->call_connections[outside->call_count++] = connection;
}
static void outside_open(DrillDriver *driver, uint64_t connection) {
    note_call(driver, CALL_OPEN, connection);
}
static void outside_write(DrillDriver *driver, uint64_t connection, DrillSpan bytes) {
    note_call(driver, CALL_WRITE, connection);
    drill_buffer_put(&((Outside *)driver)->written, bytes.data, bytes.size);
}
static void outside_close(DrillDriver *driver, uint64_t connection, bool reset) {
    note_call(driver, reset ? CALL_RESET : CALL_CLOSE, connection);
}

/* The stage owns the world; the outside is the test's and outlives it. */
static Stage *live_stage(Outside *outside) {
    memset(outside, 0, sizeof(*outside));
    outside->written.allocator = drill_allocator_malloc();
    outside->driver = (DrillDriver){.name = "test",
                                    .live = true,
                                    .step = outside_step,
                                    .open = outside_open,
                                    .write = outside_write,
                                    .close = outside_close};
    StageOptions options = {.driver = &outside->driver};
    Stage *stage = stage_new(&options);
    ck_assert(drill_world_live(stage->world));
    ck_assert(
        drill_span_is(stage_find(stage, DRILL_TRACE_NODE_ADDED, "broker", 1)->spans[0], "gateway"));
    return stage;
}

static void end(Stage *stage, Outside *outside) {
    stage_free(stage);
    for (size_t i = 0; i < outside->count; i++)
        drill_buffer_release(&outside->bytes[i]);
    drill_buffer_release(&outside->written);
}

static DrillInput *input(Outside *outside, DrillInputKind kind, uint64_t time_ns) {
    DrillInput *made = &outside->inputs[outside->count];
    *made = (DrillInput){.kind = kind, .time_ns = time_ns, .connection = 1, .how = "", .text = ""};
    outside->bytes[outside->count++].allocator = drill_allocator_malloc();
    return made;
}

static void input_bytes(Outside *outside, uint64_t time_ns, const void *bytes, size_t size) {
    input(outside, DRILL_INPUT_BYTES, time_ns);
    drill_buffer_put(&outside->bytes[outside->count - 1], bytes, size);
}

static size_t calls(const Outside *outside, Call call) {
    size_t count = 0;
    for (size_t i = 0; i < outside->call_count; i++)
        count += outside->calls[i] == call;
    return count;
}

static const uint8_t connack[] = {0x20, 2, 0, 0};
static const StageLink links[] = {{.stream = true, .delay_ns = 10 * MS},
                                  {.stream = false, .delay_ns = 10 * MS}};

/* A client that is up since 500 ms. */
static Stage *up(Outside *outside, int link, DrillWorldClient **client) {
    Stage *stage = live_stage(outside);
    *client = stage_client(stage, "x", links[link]);
    stage_connect(stage, *client);
    input(outside, DRILL_INPUT_CONNECTED, 400 * MS);
    input_bytes(outside, 500 * MS, connack, sizeof(connack));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 1);
    return stage;
}

START_TEST(bytes_wait_until_the_outside_is_connected) {
    Outside outside;
    Stage *stage = live_stage(&outside);
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    stage_connect(stage, client);
    stage_run(stage, S);
    ck_assert_uint_eq(calls(&outside, CALL_OPEN), 1);
    ck_assert_uint_eq(calls(&outside, CALL_WRITE), 0);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_CONNECT), 1);
    input(&outside, DRILL_INPUT_CONNECTED, 0);
    stage_run(stage, S);
    ck_assert_uint_eq(calls(&outside, CALL_WRITE), 1);
    const StageEvent *sent = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_CONNECT, 1);
    ck_assert(drill_span_equal(drill_buffer_span(&outside.written), sent->spans[1]));
    input_bytes(&outside, 0, connack, sizeof(connack));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 1);
    ck_assert(!drill_world_unreachable(stage->world));
    const StageEvent *answer = stage_find(stage, DRILL_TRACE_MQTT_SENT, "broker", 1);
    ck_assert_int_eq(stage_at(stage, answer->cause)->kind, DRILL_TRACE_OUTSIDE_BYTES);
    end(stage, &outside);
}
END_TEST

START_TEST(a_refused_connection_is_unreachable) {
    Outside outside;
    Stage *stage = live_stage(&outside);
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    stage_connect(stage, client);
    stage_run(stage, 100 * MS);
    DrillInput *closed = input(&outside, DRILL_INPUT_CLOSED, 0);
    closed->how = "refused";
    closed->text = "connection refused";
    stage_run(stage, S);
    ck_assert(drill_world_unreachable(stage->world));
    ck_assert(!drill_world_client_is_open(client));
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_RST);
    const StageEvent *said = stage_find(stage, DRILL_TRACE_OUTSIDE_CLOSED, "broker", 1);
    ck_assert(drill_span_is(said->spans[1], "refused"));
    ck_assert(drill_span_is(said->spans[2], "connection refused"));
    end(stage, &outside);
}
END_TEST

START_TEST(packets_split_over_inputs_arrive_whole) {
    static const uint8_t publish[] = {0x30, 8, 0, 1, 't', 'h', 'e', 'l', 'l', 'o'};
    Outside outside;
    DrillWorldClient *client;
    Stage *stage = up(&outside, _i, &client);
    for (size_t i = 0; i < sizeof(publish); i++)
        input_bytes(&outside, (2000 + i) * MS, &publish[i], 1);
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->messages, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, "broker"), 11);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "broker", DRILL_PUBLISH), 1);
    /* Two in one, and the beginning of a third. */
    uint8_t both[sizeof(publish) * 2 + 3];
    memcpy(both, publish, sizeof(publish));
    memcpy(both + sizeof(publish), publish, sizeof(publish));
    memcpy(both + sizeof(publish) * 2, publish, 3);
    input_bytes(&outside, 0, both, sizeof(both));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->messages, 3);
    input_bytes(&outside, 0, publish + 3, sizeof(publish) - 3);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->messages, 4);
    end(stage, &outside);
}
END_TEST

START_TEST(an_outside_close_reaches_the_client) {
    bool in_order = _i % 2 == 0;
    Outside outside;
    DrillWorldClient *client;
    Stage *stage = up(&outside, _i / 2, &client);
    static const uint8_t half[] = {0x30, 8, 0};
    input_bytes(&outside, 2 * S, half, sizeof(half));
    DrillInput *closed = input(&outside, DRILL_INPUT_CLOSED, 2 * S);
    closed->how = in_order ? "fin" : "rst";
    stage_run(stage, 5 * S);
    ck_assert(!drill_world_client_is_open(client));
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_uint_eq(stage->halves, 0); /* the whole end: who waits for it must not wait longer */
    ck_assert_int_eq(stage->last_how, in_order ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST);
    ck_assert(!drill_world_unreachable(stage->world));
    const StageEvent *leftover = stage_find(stage, DRILL_TRACE_MQTT_RECEIVED, "x", 2);
    if (in_order) {
        ck_assert_ptr_nonnull(leftover); /* what the broker began is seen as what it is */
        ck_assert_uint_eq(leftover->values[2], 0);
        ck_assert_uint_eq(leftover->spans[1].size, 3);
    } else {
        ck_assert_ptr_null(leftover);
    }
    const StageEvent *at_broker = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1);
    ck_assert_int_eq(stage_at(stage, at_broker->cause)->kind, DRILL_TRACE_OUTSIDE_CLOSED);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    end(stage, &outside);
}
END_TEST

START_TEST(a_client_close_reaches_the_outside) {
    Outside outside;
    DrillWorldClient *client;
    Stage *stage = up(&outside, _i / 2, &client);
    drill_world_drop(client, _i % 2 == 0 ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST);
    stage_run(stage, S);
    ck_assert_uint_eq(calls(&outside, CALL_CLOSE), _i % 2 == 0 ? 1 : 0);
    ck_assert_uint_eq(calls(&outside, CALL_RESET), _i % 2 == 0 ? 0 : 1);
    input_bytes(&outside, 0, connack, sizeof(connack)); /* too late: nobody hears it */
    size_t before = stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, NULL);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, NULL), before);
    end(stage, &outside);
}
END_TEST

/* Said, and closed, before the real broker was even connected: it is to be heard all the same. */
START_TEST(what_was_said_before_a_close_reaches_the_outside) {
    static const uint8_t bytes[] = {0xC0, 0, 0x10};
    Outside outside;
    Stage *stage = live_stage(&outside);
    StageLink link = links[_i];
    link.raw = true;
    DrillWorldClient *raw = stage_client(stage, "raw", link);
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(bytes, sizeof(bytes))), DRILL_OK);
    drill_world_drop(raw, DRILL_CLOSE_FIN);
    stage_run(stage, S);
    ck_assert_uint_eq(calls(&outside, CALL_CLOSE), 0);
    input(&outside, DRILL_INPUT_CONNECTED, 0);
    stage_run(stage, S);
    ck_assert(
        drill_span_equal(drill_buffer_span(&outside.written), drill_span(bytes, sizeof(bytes))));
    ck_assert_uint_eq(calls(&outside, CALL_CLOSE), 1);
    ck_assert_int_eq(outside.calls[outside.call_count - 1], CALL_CLOSE);
    end(stage, &outside);
}
END_TEST

START_TEST(a_reset_while_connecting_is_one_at_once) {
    Outside outside;
    Stage *stage = live_stage(&outside);
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    stage_connect(stage, client);
    stage_run(stage, S);
    drill_world_drop(client, DRILL_CLOSE_RST);
    stage_run(stage, S);
    ck_assert_uint_eq(calls(&outside, CALL_RESET), 1);
    ck_assert_uint_eq(calls(&outside, CALL_WRITE), 0);
    end(stage, &outside);
}
END_TEST

START_TEST(a_cut_inside_a_packet_reaches_the_outside) {
    Outside outside;
    DrillWorldClient *client;
    Stage *stage = up(&outside, _i, &client);
    size_t before = outside.written.size;
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = DRILL_FAULT_INSIDE,
                          .type = DRILL_PUBLISH,
                          .nth = 1,
                          .direction = 0,
                          .at_byte = 4,
                          .how = DRILL_CLOSE_RST};
    stage_fault(client, cut);
    stage_publish(client, DRILL_QOS_1, "hello");
    stage_run(stage, S);
    ck_assert_uint_eq(outside.written.size, before + 4);
    ck_assert_uint_eq(calls(&outside, CALL_RESET), 1);
    end(stage, &outside);
}
END_TEST

START_TEST(after_a_vanish_the_outside_is_told_nothing) {
    Outside outside;
    DrillWorldClient *client;
    Stage *stage = up(&outside, _i, &client);
    size_t before = outside.call_count;
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = DRILL_FAULT_NOW,
                          .direction = -1,
                          .how = DRILL_CLOSE_VANISH};
    stage_fault(client, cut);
    stage_publish(client, DRILL_QOS_1, "unheard");
    stage_run(stage, S);
    static const uint8_t ping[] = {0xD0, 0};
    input_bytes(&outside, 0, ping, sizeof(ping)); /* recorded, and gone */
    input(&outside, DRILL_INPUT_CLOSED, 0)->how = "fin";
    stage_run(stage, 10 * S);
    ck_assert_uint_le(outside.call_count, before + 1); /* the outside's own close is answered */
    ck_assert_uint_eq(calls(&outside, CALL_WRITE), 1);
    ck_assert(drill_world_client_is_open(client));
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_OUTSIDE_BYTES, NULL), 2);
    /* The real broker knows of nothing; the network swallows what it sends. */
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "broker"), 2);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_RECEIVED, "x"), 1);
    ck_assert_uint_eq(stage->closed, 0);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    end(stage, &outside);
}
END_TEST

START_TEST(a_real_broker_is_not_ours_to_restart) {
    Outside outside;
    Stage *stage = live_stage(&outside);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, true, S), DRILL_BUSY);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, S), DRILL_BUSY);
    end(stage, &outside);
}
END_TEST

STAGE_MAIN("world/gateway_node",
           tcase_add_loop_test(tests, bytes_wait_until_the_outside_is_connected, 0, 2);
           tcase_add_loop_test(tests, a_refused_connection_is_unreachable, 0, 2);
           tcase_add_loop_test(tests, packets_split_over_inputs_arrive_whole, 0, 2);
           tcase_add_loop_test(tests, an_outside_close_reaches_the_client, 0, 4);
           tcase_add_loop_test(tests, a_client_close_reaches_the_outside, 0, 4);
           tcase_add_loop_test(tests, what_was_said_before_a_close_reaches_the_outside, 0, 2);
           tcase_add_loop_test(tests, a_reset_while_connecting_is_one_at_once, 0, 2);
           tcase_add_loop_test(tests, a_cut_inside_a_packet_reaches_the_outside, 0, 2);
           tcase_add_loop_test(tests, after_a_vanish_the_outside_is_told_nothing, 0, 2);
           tcase_add_test(tests, a_real_broker_is_not_ours_to_restart);)
