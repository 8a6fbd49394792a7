/* Raw nodes: bytes as they are, packets as they become whole, half a close. */
#include "stage.h"

static const uint8_t connect[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'r'};
static const uint8_t ping[] = {0xC0, 0};

static const StageLink links[] = {{.stream = true, .raw = true, .delay_ns = 10 * MS},
                                  {.stream = false, .raw = true, .delay_ns = 10 * MS}};

static void send_bytes(DrillWorldClient *raw, const void *bytes, size_t size) {
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(bytes, size)), DRILL_OK);
}

static DrillWorldClient *open_raw(Stage *stage, int link) {
    DrillWorldClient *raw = stage_client(stage, "raw", links[link]);
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_BUSY);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->opened, 1);
    return raw;
}

START_TEST(sending_needs_a_connection) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = stage_client(stage, "raw", links[_i]);
    ck_assert_ptr_null(drill_world_client_machine(raw));
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(ping, 2)), DRILL_BUSY);
    drill_world_raw_half_close(raw); /* of nothing */
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_CONN_CLOSED, NULL), 0);
    stage_free(stage);
}
END_TEST

START_TEST(a_packet_sent_byte_by_byte_is_one_packet) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    for (size_t i = 0; i < sizeof(connect); i++)
        send_bytes(raw, &connect[i], 1);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"), 1);
    ck_assert_uint_eq(stage->raw_whole, 1);
    ck_assert_uint_eq(stage->raw_bytes.data[0], 0x20);
    ck_assert_uint_eq(stage->raw_bytes.data[3], 0);
    stage_free(stage);
}
END_TEST

START_TEST(packets_sent_together_are_several) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    uint8_t all[sizeof(connect) + 3];
    memcpy(all, connect, sizeof(connect));
    memcpy(all + sizeof(connect), ping, 2);
    all[sizeof(connect) + 2] = ping[0]; /* and the beginning of a third */
    send_bytes(raw, all, sizeof(all));
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"), 2);
    send_bytes(raw, ping + 1, 1);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"), 3);
    ck_assert_uint_eq(stage->raw_whole, 3);
    stage_free(stage);
}
END_TEST

START_TEST(a_malformed_stream_is_marked_and_goes_on_as_bytes) {
    static const uint8_t broken[] = {0xC0, 0, 0xF0, 1, 2, 3};
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    send_bytes(raw, connect, sizeof(connect));
    send_bytes(raw, broken, sizeof(broken));
    send_bytes(raw, ping, sizeof(ping)); /* no boundary can be found any more */
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"), 4);
    const StageEvent *rest = stage_find(stage, DRILL_TRACE_MQTT_SENT, "raw", 3);
    ck_assert_uint_eq(rest->values[2], 0);
    ck_assert(drill_span_equal(rest->spans[1], drill_span(broken + 2, 4)));
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_MQTT_SENT, "raw", 4)->values[2], 0);
    const StageEvent *received = stage_find(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", 3);
    ck_assert_ptr_nonnull(received);
    ck_assert_uint_eq(received->values[2], 0);
    ck_assert(drill_span_equal(received->spans[1], rest->spans[1]));
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_FAULTED, "broker"), 1);
    ck_assert(!drill_world_client_is_open(raw));
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_FIN);
    stage_free(stage);
}
END_TEST

START_TEST(after_half_a_close_answers_still_come) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    send_bytes(raw, connect, sizeof(connect));
    send_bytes(raw, ping, sizeof(ping));
    drill_world_raw_half_close(raw);
    ck_assert(drill_world_client_is_open(raw));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->raw_whole, 2); /* CONNACK, PINGRESP */
    ck_assert(!drill_world_client_is_open(raw));
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_FIN);
    const StageEvent *half = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "raw", 1);
    ck_assert_uint_eq(half->values[3], 1);
    const StageEvent *whole = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "raw", 2);
    ck_assert_uint_eq(whole->values[3], 0);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_CONN_CLOSED, "raw"), 2);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1)->values[3], 1);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    stage_free(stage);
}
END_TEST

START_TEST(half_a_close_twice_is_one) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    drill_world_raw_half_close(raw);
    drill_world_raw_half_close(raw);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_CONN_CLOSED, "raw"), 1);
    size_t sent = stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw");
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(ping, sizeof(ping))), DRILL_BUSY);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "raw"), sent);
    stage_run(stage, S);
    stage_free(stage);
}
END_TEST

START_TEST(bytes_sent_while_opening_follow) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = stage_client(stage, "raw", links[_i]);
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    send_bytes(raw, connect, sizeof(connect));
    drill_world_drop(raw, DRILL_CLOSE_FIN);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_RECEIVED, "broker"), 1);
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    stage_run(stage, S);
    ck_assert(drill_world_client_is_open(raw));
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_APP_CONNECT, "raw", 2)->values[0], 2);
    stage_free(stage);
}
END_TEST

START_TEST(arrivals_at_raw_nodes_count_for_quiet) {
    Stage *stage = stage_plain();
    DrillWorldClient *raw = open_raw(stage, _i);
    ck_assert_uint_eq(drill_world_last_arrival_ns(stage->world), 0);
    send_bytes(raw, connect, sizeof(connect));
    uint64_t sent_ns = drill_world_now(stage->world);
    stage_run(stage, S);
    ck_assert_uint_eq(drill_world_last_arrival_ns(stage->world), sent_ns + 20 * MS);
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/raw_node", tcase_add_loop_test(tests, sending_needs_a_connection, 0, 2);
           tcase_add_loop_test(tests, a_packet_sent_byte_by_byte_is_one_packet, 0, 2);
           tcase_add_loop_test(tests, packets_sent_together_are_several, 0, 2);
           tcase_add_loop_test(tests, a_malformed_stream_is_marked_and_goes_on_as_bytes, 0, 2);
           tcase_add_loop_test(tests, after_half_a_close_answers_still_come, 0, 2);
           tcase_add_loop_test(tests, half_a_close_twice_is_one, 0, 2);
           tcase_add_loop_test(tests, bytes_sent_while_opening_follow, 0, 2);
           tcase_add_loop_test(tests, arrivals_at_raw_nodes_count_for_quiet, 0, 2);)
