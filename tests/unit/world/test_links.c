/* The scenario's hold on links, and what the transport reports. */
#include "stage.h"

START_TEST(settings_change_and_are_traced) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    DrillLinkSettings slow = {.delay_ns = 900 * MS, .loss_numerator = 0, .loss_denominator = 50};
    drill_world_link_set(p, 0, &slow);
    ck_assert_uint_eq(drill_link_settings(drill_world_link(p), 0)->delay_ns, 900 * MS);
    ck_assert_uint_eq(drill_link_settings(drill_world_link(p), 1)->delay_ns, 10 * MS);
    const StageEvent *set = stage_find(stage, DRILL_TRACE_LINK_SET, "p", 1);
    ck_assert_ptr_nonnull(set);
    ck_assert(drill_span_is(set->spans[0], "c>b"));
    ck_assert_uint_eq(set->values[1], 900 * MS);
    ck_assert(drill_span_is(set->spans[3], "0/50"));
    uint64_t start_ns = drill_world_now(stage->world);
    stage_publish(p, DRILL_QOS_1, "x");
    stage_run(stage, 5 * S);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_APP_ACKED, "p", 1)->time_ns,
                      start_ns + 910 * MS);
    stage_free(stage);
}
END_TEST

START_TEST(a_partition_is_waited_out) {
    Stage *stage = stage_plain();
    bool stall = _i % 2 == 0;
    StageLink link = {.stream = _i / 2 == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    uint64_t start_ns = drill_world_now(stage->world);
    drill_world_partition(p, 1, 5 * S, stall); /* only the way back */
    stage_publish(p, DRILL_QOS_1, "x");
    stage_run(stage, 4 * S);
    ck_assert_uint_ge(stage->messages, 1);
    ck_assert_uint_eq(stage->acknowledged, 0);
    stage_run(stage, 60 * S);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert_uint_eq(stage->messages, 1);
    const StageEvent *partition = stage_find(stage, DRILL_TRACE_LINK_PARTITION, "p", 1);
    ck_assert_ptr_nonnull(partition);
    ck_assert(drill_span_is(partition->spans[0], "b>c"));
    ck_assert_uint_eq(partition->values[1], start_ns + 5 * S);
    ck_assert_uint_eq(partition->values[2], stall);
    bool lossy = !link.stream && !stall;
    ck_assert_int_eq(stage_count(stage, DRILL_TRACE_LINK_LOST, "broker") > 0, lossy);
    stage_free(stage);
}
END_TEST

START_TEST(both_directions_and_for_ever) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = false, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    drill_world_partition(p, -1, DRILL_NEVER, false);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_LINK_PARTITION, "p"), 2);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_LINK_PARTITION, "p", 2)->values[1],
                      DRILL_NEVER);
    stage_publish(p, DRILL_QOS_1, "x");
    stage_run(stage, 3600 * S);
    ck_assert(!drill_world_client_is_open(p));
    ck_assert_int_eq(stage->last_how, DRILL_CLOSE_TIMEOUT);
    ck_assert_uint_ge(stage_count(stage, DRILL_TRACE_TCP_RTO, "p"), 3);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_TCP_GAVE_UP, "p"), 1);
    ck_assert_uint_eq(stage->messages, 0);
    stage_free(stage);
}
END_TEST

START_TEST(a_mask_loses_exactly_these) {
    Stage *stage = stage_plain();
    StageLink link = {.delay_ns = 10 * MS};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_mask(client, 0, drill_span_of("01"), &diagnostic), DRILL_OK);
    stage_connect(stage, client); /* the SYN is the first */
    stage_run(stage, 20 * S);
    ck_assert_uint_eq(stage->connected, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_LINK_LOST, NULL), 1);
    const StageEvent *lost = stage_find(stage, DRILL_TRACE_LINK_LOST, "x", 1);
    ck_assert(drill_span_is(lost->spans[2], "mask"));
    ck_assert(drill_span_is(lost->spans[5], "SYN"));
    ck_assert_uint_ge(stage_find(stage, DRILL_TRACE_CONN_OPEN, "broker", 1)->time_ns, S);
    ck_assert_int_eq(drill_world_mask(client, 0, drill_span_of("01x"), &diagnostic), DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "mask: expected a text of 0 and 1, got \"01x\"");
    stage_free(stage);
}
END_TEST

START_TEST(a_stream_has_no_mask) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_mask(client, 0, drill_span_of("01"), &diagnostic), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "a mask needs 'tcp'"));
    stage_free(stage);
}
END_TEST

START_TEST(segments_are_traced_when_asked_for) {
    StageOptions options = {.segments = _i == 1};
    Stage *stage = stage_new(&options);
    StageLink link = {.delay_ns = 10 * MS};
    DrillWorldClient *client = stage_client(stage, "x", link);
    stage_connect(stage, client);
    stage_run(stage, 5 * S);
    drill_world_drop(client, DRILL_CLOSE_FIN);
    stage_run(stage, 5 * S);
    size_t sent = stage_count(stage, DRILL_TRACE_TCP_SENT, NULL),
           received = stage_count(stage, DRILL_TRACE_TCP_RECEIVED, NULL);
    if (_i == 0) {
        ck_assert_uint_eq(sent + received, 0);
    } else {
        ck_assert_uint_ge(sent, 8);
        ck_assert_uint_eq(sent, received); /* nothing is lost here */
        const StageEvent *first = stage_find(stage, DRILL_TRACE_TCP_SENT, NULL, 1);
        ck_assert_str_eq(first->node, "x");
        ck_assert(drill_span_is(first->spans[1], "c>b"));
        ck_assert(drill_span_is(first->spans[2], "SYN"));
        ck_assert_str_eq(stage_find(stage, DRILL_TRACE_TCP_RECEIVED, NULL, 1)->node, "broker");
        ck_assert(drill_span_is(stage_find(stage, DRILL_TRACE_TCP_SENT, "broker", 1)->spans[2],
                                "SYN,ACK"));
    }
    stage_free(stage);
}
END_TEST

START_TEST(loss_needs_tcp) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .loss_percent = 1};
    DrillWorldClientOptions options = stage_options("x", link);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client = NULL;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "loss needs 'tcp'"));
    ck_assert_ptr_null(client);
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/links", tcase_add_loop_test(tests, settings_change_and_are_traced, 0, 2);
           tcase_add_loop_test(tests, a_partition_is_waited_out, 0, 4);
           tcase_add_test(tests, both_directions_and_for_ever);
           tcase_add_test(tests, a_mask_loses_exactly_these);
           tcase_add_test(tests, a_stream_has_no_mask);
           tcase_add_loop_test(tests, segments_are_traced_when_asked_for, 0, 2);
           tcase_add_test(tests, loss_needs_tcp);)
