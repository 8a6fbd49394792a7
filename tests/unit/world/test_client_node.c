/* Clients in the world: calls, holds, drops, crashes, Keep Alive, and what the observer hears. */
#include "stage.h"

static const StageLink links[] = {{.stream = true, .delay_ns = 10 * MS},
                                  {.stream = false, .delay_ns = 10 * MS}};

START_TEST(the_observer_hears_everything) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    ck_assert_str_eq(drill_world_client_name(client), "x");
    ck_assert(!drill_world_client_is_open(client));
    drill_world_client_set_user(client, stage);
    ck_assert_ptr_eq(drill_world_client_user(client), stage);
    stage_connect(stage, client);
    stage_run(stage, S);
    stage_subscribe(client, "t", DRILL_QOS_1);
    stage_run(stage, S);
    stage_publish(client, DRILL_QOS_1, "x");
    ck_assert_int_eq(drill_world_ping(client), DRILL_OK);
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_disconnect(client), DRILL_OK);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->opened, 1);
    ck_assert_uint_eq(stage->connected, 1);
    ck_assert_uint_eq(stage->subacks, 1);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert_uint_eq(stage->messages, 1);
    ck_assert_uint_eq(stage->pingresps, 1);
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_FIN);
    ck_assert_uint_ge(stage->dispatched, 10);
    ck_assert_uint_le(stage->dispatched, drill_world_step_count(stage->world));
    const StageEvent *connect = stage_find(stage, DRILL_TRACE_APP_CONNECT, "x", 1);
    ck_assert_uint_eq(connect->values[0], 1);
    ck_assert_uint_eq(connect->values[1], 1);
    stage_free(stage);
}
END_TEST

START_TEST(one_connection_at_a_time) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    DrillDiagnostic diagnostic = {""};
    stage_connect(stage, client);
    ck_assert_int_eq(drill_world_connect(client, NULL, &diagnostic), DRILL_BUSY);
    ck_assert_str_eq(diagnostic.text, "client 'x' is connected already");
    stage_run(stage, S);
    ck_assert_int_eq(drill_world_connect(client, NULL, &diagnostic), DRILL_BUSY);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_CONNECT, NULL), 1);
    drill_world_drop(client, DRILL_CLOSE_FIN);
    stage_connect(stage, client); /* at once, while the old one still ends */
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 2);
    stage_free(stage);
}
END_TEST

START_TEST(calls_without_a_connection_are_busy_and_leave_no_trace) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    size_t before = stage->count;
    static const uint8_t wire[] = {0, 1, 't'};
    DrillFilters filters = {.wire = drill_span(wire, sizeof(wire)), .count = 1};
    uint16_t id;
    ck_assert_int_eq(drill_world_ping(client), DRILL_BUSY);
    ck_assert_int_eq(drill_world_disconnect(client), DRILL_BUSY);
    ck_assert_int_eq(drill_world_acknowledge(client), DRILL_BUSY);
    ck_assert_int_eq(drill_world_unsubscribe(client, filters, &id), DRILL_BUSY);
    ck_assert_int_eq(stage_try_publish(client, DRILL_QOS_0, "x"), DRILL_BUSY);
    drill_world_drop(client, DRILL_CLOSE_RST);
    drill_world_release(client);
    ck_assert_uint_eq(stage->count, before);
    ck_assert_uint_eq(stage->closed, 0);
    stage_free(stage);
}
END_TEST

START_TEST(what_is_published_offline_waits) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    stage_publish(client, DRILL_QOS_1, "early");
    stage_publish(client, DRILL_QOS_2, "too");
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_PUBLISH, "x"), 2);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_MQTT_SENT, "x"), 0);
    stage_connect(stage, client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->acknowledged, 2);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_APP_ACKED, "x", 2)->values[0], 2);
    stage_free(stage);
}
END_TEST

START_TEST(a_client_can_be_configured_anew_between_connections) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    DrillClientConfig config = {.version = DRILL_MQTT_3_1_1,
                                .client_id = drill_span_of("x"),
                                .clean = false,
                                .keep_alive_s = 33};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_connect(client, &config, &diagnostic), DRILL_OK);
    stage_run(stage, S);
    const StageEvent *connect = stage_find(stage, DRILL_TRACE_APP_CONNECT, "x", 1);
    ck_assert_uint_eq(connect->values[1], 0);
    ck_assert_uint_eq(connect->values[2], 33);
    const StageEvent *sent = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_CONNECT, 1);
    ck_assert_uint_eq(sent->spans[1].data[9], 0);
    ck_assert_uint_eq(sent->spans[1].data[11], 33);
    drill_world_drop(client, DRILL_CLOSE_RST);
    config.has_password = true; /* without a User Name: impossible in 3.1.1 */
    ck_assert_int_eq(drill_world_connect(client, &config, &diagnostic), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "client 'x': these options cannot be"));
    ck_assert(!drill_world_client_is_open(client));
    stage_free(stage);
}
END_TEST

START_TEST(held_packets_wait_and_others_pass) {
    Stage *stage = stage_plain();
    DrillWorldClient *client = stage_client(stage, "x", links[_i]);
    stage_connect(stage, client);
    stage_run(stage, S);
    drill_world_hold(client, DRILL_PUBREL);
    stage_publish(client, DRILL_QOS_2, "a");
    stage_publish(client, DRILL_QOS_2, "b");
    stage_publish(client, DRILL_QOS_1, "c");
    stage_run(stage, S);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_HELD, "x"), 2);
    ck_assert(drill_span_is(stage_find(stage, DRILL_TRACE_HELD, "x", 1)->spans[1], "PUBREL"));
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBREL), 0);
    drill_world_release(client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->acknowledged, 3);
    const StageEvent *first = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBREL, 1);
    const StageEvent *second = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBREL, 2);
    ck_assert_uint_lt(first->spans[1].data[3], second->spans[1].data[3]); /* in order */
    stage_publish(client, DRILL_QOS_2, "d"); /* and nothing is held any more */
    stage_run(stage, S);
    ck_assert_uint_eq(stage->acknowledged, 4);
    stage_free(stage);
}
END_TEST

START_TEST(what_was_held_dies_with_its_connection) {
    Stage *stage = stage_plain();
    StageLink link = links[_i];
    link.unclean = true;
    DrillWorldClient *client = stage_client(stage, "x", link);
    stage_connect(stage, client);
    stage_run(stage, S);
    drill_world_hold(client, DRILL_PUBLISH);
    stage_publish(client, DRILL_QOS_1, "a");
    stage_run(stage, S);
    drill_world_drop(client, DRILL_CLOSE_RST);
    stage_connect(stage, client);
    stage_run(stage, S); /* the new connection's PUBLISH is held too */
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_HELD, "x"), 2);
    drill_world_release(client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBLISH), 1);
    ck_assert_uint_eq(stage->acknowledged, 1);
    const StageEvent *sent = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBLISH, 1);
    ck_assert_uint_eq(sent->values[0], 2);
    ck_assert_uint_eq(sent->spans[1].data[0] & 8, 8); /* the one with DUP */
    stage_free(stage);
}
END_TEST

START_TEST(what_was_held_is_not_for_one_that_lies_where_its_connection_was) {
    Stage *stage = stage_plain();
    StageLink link = links[_i];
    link.unclean = true;
    DrillWorldClient *client = stage_client(stage, "x", link);
    drill_world_hold(client, DRILL_PUBLISH);
    stage_publish(client, DRILL_QOS_1, "a");
    for (unsigned i = 0; i < 4; i++) {
        stage_connect(stage, client);
        stage_run(stage, S);
        drill_world_drop(client, DRILL_CLOSE_RST);
        stage_run(stage, 60 * S); /* and it is freed */
    }
    stage_connect(stage, client);
    stage_run(stage, S);
    drill_world_release(client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_HELD, "x"), 5);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "x", DRILL_PUBLISH), 1);
    stage_free(stage);
}
END_TEST

START_TEST(a_drop_leaves_the_session_and_a_crash_does_not) {
    bool crash = _i == 1;
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .unclean = true};
    DrillWorldClient *client = stage_client(stage, "x", link);
    stage_connect(stage, client);
    stage_run(stage, S);
    drill_world_hold(client, DRILL_PUBLISH);
    stage_publish(client, DRILL_QOS_1, "a");
    if (crash)
        drill_world_crash(client);
    else
        drill_world_drop(client, DRILL_CLOSE_RST);
    drill_world_release(client);
    ck_assert_uint_eq(drill_client_pending(drill_world_client_machine(client)), crash ? 0 : 1);
    stage_run(stage, S);
    stage_connect(stage, client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->acknowledged, crash ? 0 : 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_APP_CRASH, "x"), crash ? 1 : 0);
    stage_free(stage);
}
END_TEST

START_TEST(keep_alive_pings_and_gives_up) {
    Stage *stage = stage_plain();
    StageLink link = links[_i];
    link.keep_alive_s = 10;
    DrillWorldClient *client = stage_client(stage, "x", link);
    stage_connect(stage, client);
    stage_run(stage, 100 * S);
    uint32_t pings = stage->pingresps;
    ck_assert_uint_ge(pings, 9);
    drill_world_partition(client, -1, DRILL_NEVER, false);
    stage_run(stage, 100 * S);
    ck_assert(!drill_world_client_is_open(client));
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_RST);
    ck_assert_uint_eq(stage->pingresps, pings);
    const StageEvent *closed = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "x", 1);
    ck_assert_ptr_nonnull(closed);
    ck_assert(drill_span_is(closed->spans[2], "local"));
    stage_free(stage);
}
END_TEST

START_TEST(a_refused_connect_is_told_and_closed) {
    Stage *stage = stage_plain();
    DrillWorldClientOptions options = stage_options("x", links[_i]);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client;
    options.client.client_id = drill_span_of("");
    options.client.clean = false; /* no Client Identifier, but a Session to keep */
    if (drill_world_add_client(stage->world, &options, &client, &diagnostic) == DRILL_OK) {
        stage_connect(stage, client);
        stage_run(stage, S);
        ck_assert_uint_eq(stage->refused, 1);
        ck_assert(!drill_world_client_is_open(client));
        ck_assert_uint_eq(stage->closed, 1);
    }
    stage_free(stage);
}
END_TEST

START_TEST(manual_acknowledgements) {
    Stage *stage = stage_plain();
    DrillWorldClientOptions options = stage_options("m", links[_i]);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client;
    options.client.manual_acks = true;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_OK);
    stage_connect(stage, client);
    stage_run(stage, S);
    stage_subscribe(client, "t", DRILL_QOS_1);
    stage_run(stage, S);
    stage_publish(client, DRILL_QOS_1, "x");
    stage_run(stage, S);
    ck_assert_uint_eq(stage->messages, 1);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "m", DRILL_PUBACK), 0);
    ck_assert_int_eq(drill_world_acknowledge(client), DRILL_OK);
    ck_assert_int_eq(drill_world_acknowledge(client), DRILL_BUSY);
    ck_assert_uint_eq(stage_packets(stage, DRILL_TRACE_MQTT_SENT, "m", DRILL_PUBACK), 1);
    stage_free(stage);
}
END_TEST

START_TEST(a_client_taken_over_is_closed) {
    Stage *stage = stage_plain();
    DrillWorldClientOptions options = stage_options("second", links[_i]);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *first = stage_client(stage, "first", links[_i]), *second;
    options.client.client_id = drill_span_of("first");
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &second, &diagnostic),
                     DRILL_OK);
    stage_connect(stage, first);
    stage_run(stage, S);
    stage_connect(stage, second);
    stage_run(stage, S);
    ck_assert(!drill_world_client_is_open(first));
    ck_assert(drill_world_client_is_open(second));
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/client_node", tcase_add_loop_test(tests, the_observer_hears_everything, 0, 2);
           tcase_add_loop_test(tests, one_connection_at_a_time, 0, 2);
           tcase_add_loop_test(tests, calls_without_a_connection_are_busy_and_leave_no_trace, 0, 2);
           tcase_add_loop_test(tests, what_is_published_offline_waits, 0, 2);
           tcase_add_loop_test(tests, a_client_can_be_configured_anew_between_connections, 0, 2);
           tcase_add_loop_test(tests, held_packets_wait_and_others_pass, 0, 2);
           tcase_add_loop_test(tests, what_was_held_dies_with_its_connection, 0, 2);
           tcase_add_loop_test(tests,
                               what_was_held_is_not_for_one_that_lies_where_its_connection_was, 0,
                               2);
           tcase_add_loop_test(tests, a_drop_leaves_the_session_and_a_crash_does_not, 0, 2);
           tcase_add_loop_test(tests, keep_alive_pings_and_gives_up, 0, 2);
           tcase_add_loop_test(tests, a_refused_connect_is_told_and_closed, 0, 2);
           tcase_add_loop_test(tests, manual_acknowledgements, 0, 2);
           tcase_add_loop_test(tests, a_client_taken_over_is_closed, 0, 2);)
