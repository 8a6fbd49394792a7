/* The virtual broker in the world: restarts and pauses with connections open. */
#include "stage.h"

static const StageEvent *last_close(const Stage *stage, const char *node) {
    const StageEvent *last = NULL, *event;
    for (size_t nth = 1; (event = stage_find(stage, DRILL_TRACE_CONN_CLOSED, node, nth)) != NULL;
         nth++)
        last = event;
    return last;
}

START_TEST(a_restart_resets_connections_and_keeps_sessions_if_told_to) {
    bool keep = _i % 2 == 0;
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i / 2 == 0, .unclean = true, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, keep, 3 * S), DRILL_OK);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, keep, 3 * S), DRILL_BUSY);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, S), DRILL_BUSY);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->closed, 2);
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_RST);
    ck_assert(drill_span_is(last_close(stage, "broker")->spans[2], "local"));
    ck_assert(drill_span_is(last_close(stage, "p")->spans[2], "remote"));
    stage_connect(stage, p); /* refused: it is down */
    stage_run(stage, S);
    ck_assert(!drill_world_client_is_open(p));
    ck_assert_uint_eq(stage->connected, 2);
    stage_run(stage, 2 * S);
    stage_connect(stage, p);
    stage_connect(stage, s);
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->connected, 4);
    stage_publish(p, DRILL_QOS_1, "after");
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->messages, keep ? 1 : 0); /* the subscription is part of the Session */
    ck_assert_uint_eq(stage->acknowledged, 1);
    const StageEvent *down = stage_find(stage, DRILL_TRACE_BROKER_DOWN, "broker", 1);
    const StageEvent *up = stage_find(stage, DRILL_TRACE_BROKER_UP, "broker", 1);
    ck_assert_uint_eq(up->time_ns - down->time_ns, 3 * S);
    ck_assert_uint_eq(up->values[0], keep);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1)->cause, down->number);
    stage_free(stage);
}
END_TEST

/* What had not reached the broker when it went down is not its to close. */
START_TEST(a_connection_on_its_way_meets_a_broker_that_is_down) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 500 * MS};
    DrillWorldClient *client = stage_client(stage, "x", link);
    stage_connect(stage, client);
    stage_run(stage, 100 * MS);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, true, 2 * S), DRILL_OK);
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(stage->connected, 0);
    ck_assert(!drill_world_client_is_open(client));
    const StageEvent *closed = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "x", 1);
    ck_assert_ptr_nonnull(closed);
    ck_assert_uint_ge(closed->time_ns, 1000 * MS); /* there and back */
    stage_free(stage);
}
END_TEST

START_TEST(a_session_queue_outlives_a_restart) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .unclean = true};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    drill_world_drop(s, DRILL_CLOSE_RST);
    stage_run(stage, S);
    stage_publish(p, DRILL_QOS_2, "kept");
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, true, S), DRILL_OK);
    stage_run(stage, 3 * S);
    stage_connect(stage, s);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->messages, 1);
    stage_free(stage);
}
END_TEST

START_TEST(a_paused_broker_loses_nothing) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    uint64_t start_ns = drill_world_now(stage->world);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, 3 * S), DRILL_OK);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, S),
                     DRILL_OK); /* does not shorten the other */
    for (int i = 0; i < 10; i++)
        stage_publish(p, DRILL_QOS_1, "x");
    stage_run(stage, 2 * S);
    ck_assert_uint_eq(stage->messages, 0);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH), 0);
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->messages, 10);
    ck_assert_uint_eq(stage->acknowledged, 10);
    const StageEvent *first =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH, 1);
    ck_assert_uint_eq(first->time_ns, start_ns + 3 * S);
    stage_free(stage);
}
END_TEST

/* A process that is stopped finds, when it goes on, first the bytes and then the end. */
START_TEST(what_was_sent_before_a_close_is_not_lost_in_a_pause) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i % 2 == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    DrillWorldClientOptions options = stage_options("w", link);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *willing;
    options.client.has_will = true;
    options.client.will.topic = drill_span_of("t");
    options.client.will.payload = drill_span_of("will");
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &willing, &diagnostic),
                     DRILL_OK);
    stage_connect(stage, willing);
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, 3 * S), DRILL_OK);
    stage_publish(willing, DRILL_QOS_0, "last words");
    if (_i < 2)
        ck_assert_int_eq(drill_world_disconnect(willing), DRILL_OK);
    else
        drill_world_drop(willing, DRILL_CLOSE_FIN);
    stage_run(stage, 2 * S);
    ck_assert_uint_eq(stage->messages, 0);
    ck_assert_ptr_null(stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1));
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->messages,
                      _i < 2 ? 1 : 2); /* with DISCONNECT there is no Will Message */
    ck_assert_ptr_nonnull(stage_find(stage, DRILL_TRACE_CONN_CLOSED, "broker", 1));
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    stage_free(stage);
}
END_TEST

START_TEST(a_restart_ends_a_pause) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .unclean = true};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, 100 * S), DRILL_OK);
    stage_publish(p, DRILL_QOS_1, "unread");
    stage_run(stage, S);
    drill_world_drop(s, DRILL_CLOSE_FIN);
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, true, S), DRILL_OK);
    stage_run(stage, 2 * S);
    stage_connect(stage, p);
    stage_connect(stage, s);
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage->connected, 4);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert_uint_eq(stage->messages, 1);
    stage_run(stage, 200 * S); /* the old pause's end changes nothing */
    ck_assert(drill_world_client_is_open(p));
    stage_free(stage);
}
END_TEST

START_TEST(keep_alive_is_judged_after_a_pause_by_what_had_come) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .keep_alive_s = 10};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, 8 * S), DRILL_OK);
    stage_run(stage, 60 * S);
    ck_assert(drill_world_client_is_open(p));
    ck_assert_uint_gt(stage->pingresps, 5);
    stage_free(stage);
}
END_TEST

START_TEST(bytes_that_are_wrong_end_the_connection) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .raw = true};
    DrillWorldClient *raw = stage_client(stage, "raw", link);
    static const uint8_t bad[] = {0x00, 0x00};
    ck_assert_int_eq(drill_world_raw_open(raw), DRILL_OK);
    ck_assert_int_eq(drill_world_raw_send(raw, drill_span(bad, sizeof(bad))), DRILL_OK);
    stage_run(stage, S);
    const StageEvent *faulted = stage_find(stage, DRILL_TRACE_MQTT_FAULTED, "broker", 1);
    ck_assert_ptr_nonnull(faulted);
    ck_assert_int_eq(stage_at(stage, faulted->cause)->kind, DRILL_TRACE_MQTT_RECEIVED);
    ck_assert(!drill_world_client_is_open(raw));
    ck_assert_uint_eq(stage->closed, 1);
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/broker_node",
           tcase_add_loop_test(tests, a_restart_resets_connections_and_keeps_sessions_if_told_to, 0,
                               4);
           tcase_add_loop_test(tests, a_connection_on_its_way_meets_a_broker_that_is_down, 0, 2);
           tcase_add_test(tests, a_session_queue_outlives_a_restart);
           tcase_add_loop_test(tests, a_paused_broker_loses_nothing, 0, 2);
           tcase_add_loop_test(tests, what_was_sent_before_a_close_is_not_lost_in_a_pause, 0, 4);
           tcase_add_test(tests, a_restart_ends_a_pause);
           tcase_add_test(tests, keep_alive_is_judged_after_a_pause_by_what_had_come);
           tcase_add_test(tests, bytes_that_are_wrong_end_the_connection);)
