/* Worlds whose packets travel on their own. stage.h holds every received packet to the one that was
 * sent. */
#include "stage.h"
#include "unit/suite.h"

static const StageLink datagram = {.datagram = true, .delay_ns = 10 * MS};

static void drop(DrillWorldClient *client, DrillPacketType type) {
    DrillFaultSpec spec = {.kind = DRILL_FAULT_DROP,
                           .place = DRILL_FAULT_BEFORE,
                           .type = type,
                           .direction = -1,
                           .file = "x.lua"};
    stage_fault(client, spec);
}

START_TEST(a_loss_names_its_packet) {
    Stage *stage = stage_plain();
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    drop(p, DRILL_PUBLISH);
    stage_publish(p, DRILL_QOS_0, "x");
    stage_publish(p, DRILL_QOS_0, "y");
    stage_run(stage, 60 * S);
    const StageEvent *sent = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", DRILL_PUBLISH, 1);
    const StageEvent *lost = stage_find(stage, DRILL_TRACE_LINK_LOST, "p", 1);
    ck_assert_ptr_nonnull(lost);
    ck_assert_uint_eq(lost->cause, sent->number);
    ck_assert(drill_span_is(lost->spans[2], "drop"));
    ck_assert_uint_eq(stage->messages, 1);
    const StageEvent *added = stage_find(stage, DRILL_TRACE_NODE_ADDED, "p", 1);
    ck_assert(drill_span_is(added->spans[3], "datagram"));
    stage_free(stage);
}
END_TEST

/* What is lost once, when the nth packet of which type goes again, deliveries. */
static const struct {
    DrillQos qos;
    DrillPacketType lost, again;
    uint32_t messages;
} retries[] = {
    {DRILL_QOS_1, DRILL_PUBLISH, DRILL_PUBLISH, 1}, {DRILL_QOS_1, DRILL_PUBACK, DRILL_PUBLISH, 2},
    {DRILL_QOS_2, DRILL_PUBLISH, DRILL_PUBLISH, 1}, {DRILL_QOS_2, DRILL_PUBREC, DRILL_PUBLISH, 1},
    {DRILL_QOS_2, DRILL_PUBREL, DRILL_PUBREL, 1},   {DRILL_QOS_2, DRILL_PUBCOMP, DRILL_PUBREL, 1},
};

START_TEST(clients_send_again_after_5_s) {
    Stage *stage = stage_plain();
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    drop(p, retries[_i].lost);
    stage_publish(p, retries[_i].qos, "x");
    stage_run(stage, 60 * S);
    const StageEvent *first = stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", retries[_i].again, 1);
    const StageEvent *second =
        stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", retries[_i].again, 2);
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_eq(second->time_ns, first->time_ns + 5 * S);
    ck_assert_ptr_null(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", retries[_i].again, 3));
    if (retries[_i].again == DRILL_PUBLISH) ck_assert_uint_ne(second->spans[1].data[0] & 8, 0);
    ck_assert_uint_eq(stage->messages, retries[_i].messages);
    ck_assert_uint_eq(stage->acknowledged, 1);
    stage_free(stage);
}
END_TEST

START_TEST(the_broker_backs_off) {
    Stage *stage = stage_plain();
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    drill_world_partition(s, 1, 200 * S, false);
    stage_publish(p, DRILL_QOS_1, "x");
    stage_run(stage, 400 * S);
    static const uint64_t after_s[] = {0, 5, 15, 35, 75, 135, 195, 255};
    uint64_t first_ns = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(after_s); i++) {
        const StageEvent *sent =
            stage_packet(stage, DRILL_TRACE_MQTT_SENT, "broker", DRILL_PUBLISH, i + 1);
        ck_assert_ptr_nonnull(sent);
        if (i == 0) first_ns = sent->time_ns;
        ck_assert_uint_eq(sent->time_ns - first_ns, after_s[i] * S);
    }
    ck_assert_uint_eq(stage->messages, 1);
    stage_free(stage);
}
END_TEST

START_TEST(never_means_never) {
    StageOptions with = {.seed = 1, .broker = {.retry_ns = DRILL_NEVER}};
    Stage *stage = stage_new(&with);
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClientOptions quiet = stage_options("q", datagram);
    quiet.client.retry_ns = DRILL_NEVER;
    DrillWorldClient *q;
    ck_assert_int_eq(drill_world_add_client(stage->world, &quiet, &q, &diagnostic), DRILL_OK);
    stage_connect(stage, q);
    stage_run(stage, 10 * S);
    drop(q, DRILL_PUBACK);
    stage_publish(q, DRILL_QOS_1, "x");
    drop(s, DRILL_PUBLISH);
    stage_run(stage, 600 * S);
    ck_assert_ptr_null(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "q", DRILL_PUBLISH, 2));
    ck_assert_ptr_null(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "broker", DRILL_PUBLISH, 2));
    stage_free(stage);
}
END_TEST

START_TEST(a_lost_connect_and_subscribe_cost_time_only) {
    Stage *stage = stage_plain();
    StageLink link = datagram;
    DrillWorldClient *s = stage_client(stage, "s", link);
    drop(s, DRILL_CONNECT);
    drop(s, DRILL_CONNACK);
    drop(s, DRILL_SUBSCRIBE);
    drop(s, DRILL_SUBACK);
    stage_connect(stage, s);
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(stage->connected, 1);
    stage_subscribe(s, "t", DRILL_QOS_1);
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(stage->subacks, 1);
    const StageEvent *connack =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "s", DRILL_CONNACK, 1);
    ck_assert_uint_eq(connack->time_ns, 2 * S + 40 * MS);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_LINK_LOST, NULL), 4);
    stage_free(stage);
}
END_TEST

/* A paused broker reads later; the packets keep their causes though they came in another order. */
START_TEST(a_paused_broker_reads_them_later) {
    Stage *stage = stage_plain();
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    ck_assert_int_eq(drill_world_broker_pause(stage->world, 3 * S), DRILL_OK);
    DrillFaultSpec late = {.kind = DRILL_FAULT_DELAY,
                           .place = DRILL_FAULT_BEFORE,
                           .type = DRILL_PUBLISH,
                           .direction = 0,
                           .delay_ns = 1 * S,
                           .file = "x.lua"};
    stage_fault(p, late);
    stage_publish(p, DRILL_QOS_0, "first");
    stage_publish(p, DRILL_QOS_0, "second");
    stage_run(stage, 60 * S);
    const StageEvent *read =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH, 1);
    ck_assert_uint_eq(read->cause,
                      stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", DRILL_PUBLISH, 2)->number);
    ck_assert_uint_eq(stage->messages, 2);
    stage_free(stage);
}
END_TEST

START_TEST(a_cut_ends_it) {
    Stage *stage = stage_plain();
    DrillWorldClient *p, *s;
    stage_pair(stage, datagram, &p, &s);
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = (DrillFaultPlace)(DRILL_FAULT_BEFORE + _i),
                          .type = DRILL_PUBLISH,
                          .nth = 2,
                          .direction = 0,
                          .how = DRILL_CLOSE_RST,
                          .file = "x.lua"};
    stage_fault(p, cut);
    stage_publish(p, DRILL_QOS_0, "1");
    stage_publish(p, DRILL_QOS_0, "2");
    stage_publish(p, DRILL_QOS_0, "3");
    stage_run(stage, 60 * S);
    ck_assert_uint_eq(stage->messages, _i == 2 ? 2 : 1);
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_STRUCK, "p"), 1);
    stage_free(stage);
}
END_TEST

START_TEST(what_cannot_be_is_refused) {
    Stage *stage = stage_plain();
    DrillWorldClientOptions options = stage_options("p", datagram);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client;
    options.client.version = DRILL_MQTT_5_0;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "forbids to send again"));
    options.client.version = DRILL_MQTT_3_1_1;
    options.outside = true;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "virtual parties"));
    stage_free(stage);
}
END_TEST

START_TEST(soak) {
    StageOptions with = {.seed = (uint64_t)_i + 1};
    Stage *stage = stage_new(&with);
    StageLink link = {
        .datagram = true, .delay_ns = 30 * MS, .jitter_ns = 20 * MS, .loss_percent = 20};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    ck_assert_uint_eq(stage->connected, 2);
    ck_assert_uint_eq(stage->subacks, 1);
    for (int i = 0; i < 30; i++) {
        stage_publish(p, DRILL_QOS_2, "x");
        stage_run(stage, 100 * MS);
    }
    stage_run(stage, 3600 * S);
    ck_assert_uint_eq(stage->messages, 30);
    ck_assert_uint_eq(stage->acknowledged, 30);
    ck_assert_uint_eq(stage->faulted, 0);
    stage_free(stage);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("datagram");
    TCase *tcase = tcase_create("datagram");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_loss_names_its_packet);
    tcase_add_loop_test(tcase, clients_send_again_after_5_s, 0, DRILL_ARRAY_COUNT(retries));
    tcase_add_test(tcase, the_broker_backs_off);
    tcase_add_test(tcase, never_means_never);
    tcase_add_test(tcase, a_lost_connect_and_subscribe_cost_time_only);
    tcase_add_test(tcase, a_paused_broker_reads_them_later);
    tcase_add_loop_test(tcase, a_cut_ends_it, 0, 3);
    tcase_add_test(tcase, what_cannot_be_is_refused);
    tcase_add_loop_test(tcase, soak, 0, 20);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
