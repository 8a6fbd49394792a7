/* Faults: where they strike, what still arrives, who is told, and what is said of those that never
 * strike. */
#include "stage.h"

typedef struct Target {
    DrillPacketType type;
    int direction;
} Target;

/* Everything a client that listens to itself says and hears. */
static const Target targets[] = {
    {DRILL_CONNECT, 0}, {DRILL_SUBSCRIBE, 0}, {DRILL_PUBLISH, 0}, {DRILL_PUBACK, 0},
    {DRILL_PUBREC, 0},  {DRILL_PUBREL, 0},    {DRILL_PUBCOMP, 0}, {DRILL_PINGREQ, 0},
    {DRILL_CONNACK, 1}, {DRILL_SUBACK, 1},    {DRILL_PUBLISH, 1}, {DRILL_PUBACK, 1},
    {DRILL_PUBREC, 1},  {DRILL_PUBREL, 1},    {DRILL_PUBCOMP, 1}, {DRILL_PINGRESP, 1},
};
static const DrillFaultPlace places[] = {DRILL_FAULT_BEFORE, DRILL_FAULT_INSIDE, DRILL_FAULT_AFTER};
static const DrillCloseHow ways[] = {DRILL_CLOSE_RST, DRILL_CLOSE_FIN, DRILL_CLOSE_VANISH};

static bool is_up(DrillWorldClient *client) {
    return drill_client_state(drill_world_client_machine(client)) == DRILL_CLIENT_UP;
}

/* Does everything once, as far as the connection lives. */
static void do_everything(Stage *stage, DrillWorldClient *client) {
    stage_connect(stage, client);
    stage_run(stage, 10 * S);
    if (is_up(client)) stage_subscribe(client, "t", DRILL_QOS_2);
    stage_run(stage, 10 * S);
    if (is_up(client)) stage_publish(client, DRILL_QOS_1, "one");
    stage_run(stage, 10 * S);
    if (is_up(client)) stage_publish(client, DRILL_QOS_2, "two");
    stage_run(stage, 10 * S);
    if (is_up(client)) ck_assert_int_eq(drill_world_ping(client), DRILL_OK);
    stage_run(stage, 10 * S);
}

static uint64_t bytes_before(const Stage *stage, const StageEvent *packet) {
    uint64_t bytes = 0;
    for (size_t i = 0; i + 1 < packet->number; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind != DRILL_TRACE_MQTT_SENT || strcmp(event->node, packet->node) != 0)
            continue;
        if (event->values[0] == packet->values[0]) bytes += event->spans[1].size;
    }
    return bytes;
}

static uint64_t bytes_received(const Stage *stage, const char *node, uint64_t conn) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind == DRILL_TRACE_MQTT_RECEIVED && stage_is_about(event, conn, node))
            bytes += event->spans[1].size;
    }
    return bytes;
}

static size_t ends(const Stage *stage, const char *node, const char *by) {
    size_t count = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind == DRILL_TRACE_CONN_CLOSED && strcmp(event->node, node) == 0 &&
            event->values[0] == 1 && !event->values[3] && drill_span_is(event->spans[2], by))
            count++;
    }
    return count;
}

static uint64_t promised(DrillFaultPlace place, uint32_t at_byte, size_t size, DrillCloseHow how) {
    if (place == DRILL_FAULT_BEFORE) return 0;
    if (place == DRILL_FAULT_AFTER) return size;
    /* The beginning of a packet is seen when it is known that no more comes: never, if nobody is
     * told. */
    if (how == DRILL_CLOSE_VANISH) return 0;
    uint64_t bytes = at_byte ? at_byte : size / 2;
    return bytes < size ? bytes : size - 1;
}

static void check_cut(bool stream, Target target, DrillFaultPlace place, DrillCloseHow how,
                      uint32_t at_byte) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = stream, .delay_ns = 20 * MS};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = place,
                          .type = target.type,
                          .nth = 1,
                          .direction = target.direction,
                          .at_byte = at_byte,
                          .how = (int)how};
    stage_fault(client, cut);
    do_everything(stage, client);
    const char *sender = target.direction == 0 ? "x" : "broker",
               *reader = target.direction == 0 ? "broker" : "x";
    const StageEvent *packet = stage_packet(stage, DRILL_TRACE_MQTT_SENT, sender, target.type, 1);
    const StageEvent *struck = stage_find(stage, DRILL_TRACE_FAULT_STRUCK, "x", 1);
    ck_assert_ptr_nonnull(packet);
    ck_assert_msg(struck != NULL, "%s was not cut", drill_packet_type_name(target.type));
    ck_assert_ptr_null(stage_find(stage, DRILL_TRACE_FAULT_STRUCK, NULL, 2));
    ck_assert_uint_eq(struck->values[0], 1);
    ck_assert_uint_eq(struck->values[1], 1);
    ck_assert_uint_eq(struck->values[2], packet->number);
    ck_assert_uint_eq(struck->cause, packet->number);
    ck_assert_uint_eq(bytes_received(stage, reader, 1),
                      bytes_before(stage, packet) +
                          promised(place, at_byte, packet->spans[1].size, how));
    if (how == DRILL_CLOSE_VANISH) {
        ck_assert_uint_eq(ends(stage, "x", "remote") + ends(stage, "broker", "remote"), 0);
        ck_assert(drill_world_client_is_open(client));
        drill_world_drop(client, DRILL_CLOSE_RST);
    } else {
        ck_assert_uint_eq(ends(stage, "x", "remote"), 1);
        ck_assert_uint_eq(ends(stage, "broker", "remote"), 1);
    }
    /* And the next connection is a good one. */
    uint32_t before = stage->connected;
    stage_connect(stage, client);
    stage_run(stage, 10 * S);
    ck_assert_uint_eq(stage->connected, before + 1);
    stage_finish(stage);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, NULL), 0);
    stage_free(stage);
}

START_TEST(cuts_strike_where_they_were_declared) {
    size_t at = (size_t)_i;
    bool stream = at % 2 == 0;
    Target target = targets[at / 2];
    for (size_t place = 0; place < DRILL_ARRAY_COUNT(places); place++)
        for (size_t how = 0; how < DRILL_ARRAY_COUNT(ways); how++)
            check_cut(stream, target, places[place], ways[how], 0);
}
END_TEST

START_TEST(inside_means_so_many_bytes) {
    for (uint32_t byte = 1; byte < 12; byte++) {
        check_cut(_i == 0, targets[2], DRILL_FAULT_INSIDE, DRILL_CLOSE_RST, byte);
        check_cut(_i == 0, targets[10], DRILL_FAULT_INSIDE, DRILL_CLOSE_FIN, byte);
    }
    check_cut(_i == 0, targets[3], DRILL_FAULT_INSIDE, DRILL_CLOSE_RST,
              1000); /* all but the last */
}
END_TEST

static Stage *pair_on(StageLink link, DrillWorldClient **p, DrillWorldClient **s) {
    Stage *stage = stage_plain();
    stage_pair(stage, link, p, s);
    return stage;
}

static DrillFaultSpec cut_at(DrillFaultPlace place, DrillPacketType type, uint32_t nth,
                             int direction) {
    return (DrillFaultSpec){.kind = DRILL_FAULT_CUT,
                            .place = place,
                            .type = type,
                            .nth = nth,
                            .direction = direction,
                            .how = DRILL_CLOSE_RST};
}

/* The first fault that struck on the link of that client. */
static const StageEvent *expect_struck(const Stage *stage, const char *client, const char *fault) {
    const StageEvent *struck = stage_find(stage, DRILL_TRACE_FAULT_STRUCK, client, 1);
    ck_assert_ptr_nonnull(struck);
    ck_assert(drill_span_is(struck->spans[3], fault));
    return struck;
}

START_TEST(the_nth_packet_is_counted_over_connections) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.stream = true}, &p, &s);
    DrillFaultSpec cut = cut_at(DRILL_FAULT_BEFORE, DRILL_PUBLISH, 3, 0);
    stage_fault(p, cut);
    stage_publish(p, DRILL_QOS_0, "1");
    stage_run(stage, S);
    drill_world_drop(p, DRILL_CLOSE_RST);
    stage_run(stage, S);
    stage_connect(stage, p);
    stage_run(stage, S);
    stage_publish(p, DRILL_QOS_0, "2");
    stage_run(stage, S);
    ck_assert(drill_world_client_is_open(p));
    stage_publish(p, DRILL_QOS_0, "3");
    stage_run(stage, S);
    ck_assert(!drill_world_client_is_open(p));
    ck_assert_uint_eq(stage->messages, 2);
    expect_struck(stage, "p", "cut before PUBLISH nth 3 c>b rst");
    stage_free(stage);
}
END_TEST

START_TEST(either_direction_takes_the_first) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillFaultSpec cut = cut_at(DRILL_FAULT_AFTER, DRILL_PUBLISH, 2, -1);
    stage_fault(client, cut);
    do_everything(stage, client); /* the second PUBLISH is the one that comes back */
    const StageEvent *struck = expect_struck(stage, "x", "cut after PUBLISH nth 2 rst");
    ck_assert_str_eq(stage_at(stage, struck->values[2])->node, "broker");
    stage_free(stage);
}
END_TEST

START_TEST(unused_faults_are_reported_unless_optional) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.stream = true}, &p, &s);
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = DRILL_FAULT_INSIDE,
                          .type = DRILL_PUBCOMP,
                          .nth = 1,
                          .direction = 1,
                          .at_byte = 2,
                          .how = DRILL_CLOSE_FIN,
                          .file = "some.lua",
                          .line = 7};
    stage_fault(p, cut);
    cut.optional = true;
    stage_fault(s, cut);
    stage_finish(stage);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_ARMED, NULL), 2);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, NULL), 1);
    const StageEvent *unused = stage_find(stage, DRILL_TRACE_FAULT_UNUSED, "p", 1);
    ck_assert_ptr_nonnull(unused);
    ck_assert(
        drill_span_is(unused->spans[1],
                      "some.lua:7: this fault never struck: cut inside PUBCOMP b>c at byte 2 fin "
                      "on the link of client 'p'"));
    stage_free(stage);
}
END_TEST

START_TEST(a_cut_now_needs_a_connection) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 10 * MS};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillFaultSpec cut = {
        .kind = DRILL_FAULT_CUT, .place = DRILL_FAULT_NOW, .direction = -1, .how = DRILL_CLOSE_RST};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_fault(client, &cut, &diagnostic), DRILL_BUSY);
    ck_assert_str_eq(diagnostic.text, "client 'x' has no connection to cut");
    stage_connect(stage, client);
    stage_run(stage, S);
    stage_fault(client, cut);
    stage_run(stage, S);
    ck_assert(!drill_world_client_is_open(client));
    ck_assert_uint_eq(ends(stage, "x", "remote"), 1);
    ck_assert_uint_eq(ends(stage, "broker", "remote"), 1);
    stage_connect(stage, client);
    cut.how = DRILL_CLOSE_VANISH;
    stage_fault(client, cut); /* while it opens */
    stage_run(stage, 100 * S);
    ck_assert(drill_world_client_is_open(client));
    ck_assert_uint_eq(stage->connected, 1);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    stage_free(stage);
}
END_TEST

START_TEST(a_dropped_packet_is_sent_again_by_tcp) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.delay_ns = 10 * MS}, &p, &s);
    DrillFaultSpec drop = {.kind = DRILL_FAULT_DROP,
                           .place = DRILL_FAULT_NOW,
                           .type = DRILL_PUBLISH,
                           .nth = 2,
                           .direction = 0};
    stage_fault(p, drop);
    uint64_t start_ns = drill_world_now(stage->world);
    stage_publish(p, DRILL_QOS_1, "1");
    stage_publish(p, DRILL_QOS_1, "2");
    stage_run(stage, 20 * S);
    ck_assert_uint_eq(stage->messages, 2);
    expect_struck(stage, "p", "drop PUBLISH nth 2 c>b");
    const StageEvent *lost = stage_find(stage, DRILL_TRACE_LINK_LOST, "p", 1);
    ck_assert_ptr_nonnull(lost);
    ck_assert(drill_span_is(lost->spans[2], "drop"));
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_LINK_LOST, NULL), 1);
    ck_assert_ptr_nonnull(stage_find(stage, DRILL_TRACE_TCP_RETRANSMIT, "p", 1));
    const StageEvent *late =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH, 2);
    ck_assert_uint_gt(late->time_ns, start_ns + 100 * MS);
    stage_free(stage);
}
END_TEST

START_TEST(a_stream_drops_nothing) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClient *client = stage_client(stage, "x", link);
    DrillFaultSpec drop = {
        .kind = DRILL_FAULT_DROP, .type = DRILL_PUBLISH, .nth = 1, .direction = 0};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_fault(client, &drop, &diagnostic), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "drop needs 'tcp'"));
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_ARMED, NULL), 0);
    stage_free(stage);
}
END_TEST

START_TEST(a_delayed_packet_comes_so_much_later) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.stream = _i == 0, .delay_ns = 10 * MS}, &p, &s);
    DrillFaultSpec delay = {.kind = DRILL_FAULT_DELAY,
                            .type = DRILL_PUBLISH,
                            .nth = 1,
                            .direction = 0,
                            .delay_ns = 700 * MS};
    stage_fault(p, delay);
    uint64_t start_ns = drill_world_now(stage->world);
    stage_publish(p, DRILL_QOS_0, "1");
    stage_publish(p, DRILL_QOS_0, "2");
    stage_run(stage, 20 * S);
    const StageEvent *first =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH, 1);
    const StageEvent *second =
        stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "broker", DRILL_PUBLISH, 2);
    ck_assert_uint_eq(first->time_ns, start_ns + 710 * MS);
    ck_assert_uint_eq(second->time_ns, first->time_ns); /* order is kept */
    expect_struck(stage, "p", "delay PUBLISH c>b by 700 ms");
    stage_free(stage);
}
END_TEST

START_TEST(what_is_inserted_arrives_and_was_sent_by_nobody) {
    static const uint8_t pubrec[] = {0x50, 0x02, 0x00, 0x4d};
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 10 * MS};
    DrillWorldClient *p = stage_client(stage, "p", link);
    DrillFaultSpec insert = {.kind = DRILL_FAULT_INSERT,
                             .type = DRILL_PUBREC,
                             .direction = 1,
                             .bytes = {pubrec, sizeof pubrec}};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_fault(p, &insert, &diagnostic), DRILL_BUSY);
    ck_assert_str_eq(diagnostic.text, "client 'p' has no connection");
    stage_connect(stage, p);
    stage_run(stage, S);
    stage_fault(p, insert);
    stage_publish(p, DRILL_QOS_1, "1"); /* what is sent before and after keeps its cause */
    stage_run(stage, S);
    const StageEvent *struck = expect_struck(stage, "p", "insert PUBREC b>c");
    const StageEvent *came = stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "p", DRILL_PUBREC, 1);
    ck_assert_ptr_nonnull(came);
    ck_assert_uint_eq(came->cause, struck->number);
    ck_assert_uint_eq(came->time_ns, struck->time_ns + 10 * MS);
    ck_assert_ptr_null(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "broker", DRILL_PUBREC, 1));
    ck_assert_ptr_nonnull(stage_packet(stage, DRILL_TRACE_MQTT_SENT, "p", DRILL_PUBREL, 1));
    const StageEvent *puback = stage_packet(stage, DRILL_TRACE_MQTT_RECEIVED, "p", DRILL_PUBACK, 1);
    ck_assert_uint_eq(
        puback->cause,
        stage_packet(stage, DRILL_TRACE_MQTT_SENT, "broker", DRILL_PUBACK, 1)->number);
    stage_finish(stage);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, "p"), 0);
    stage_free(stage);
}
END_TEST

START_TEST(two_cuts_in_a_row) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.stream = true, .unclean = true}, &p, &s);
    DrillFaultSpec cut = cut_at(DRILL_FAULT_BEFORE, DRILL_PUBACK, 1, 1);
    stage_fault(p, cut);
    cut.nth = 2;
    stage_fault(p, cut);
    stage_publish(p, DRILL_QOS_1, "again and again");
    for (int i = 0; i < 2; i++) {
        stage_run(stage, S);
        ck_assert(!drill_world_client_is_open(p));
        stage_connect(stage, p);
    }
    stage_run(stage, S);
    stage_finish(stage);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_STRUCK, "p"), 2);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, NULL), 0);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert_uint_eq(stage->messages, 3);
    stage_free(stage);
}
END_TEST

/* Both wait for the same packet; the connection can die only once, and the other fault must not be
 * forgotten. */
START_TEST(a_cut_that_another_forestalls_is_unused) {
    DrillWorldClient *p, *s;
    Stage *stage = pair_on((StageLink){.stream = true}, &p, &s);
    DrillFaultSpec cut = cut_at(DRILL_FAULT_BEFORE, DRILL_PUBLISH, 1, 0);
    stage_fault(p, cut);
    cut.place = DRILL_FAULT_AFTER;
    stage_fault(p, cut);
    stage_publish(p, DRILL_QOS_0, "x");
    stage_finish(stage);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_STRUCK, "p"), 1);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_FAULT_UNUSED, "p"), 1);
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_FAULT_STRUCK, "p", 1)->values[0], 1);
    ck_assert_uint_eq(stage->messages, 0);
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/fault", tcase_add_loop_test(tests, cuts_strike_where_they_were_declared, 0,
                                              (int)DRILL_ARRAY_COUNT(targets) * 2);
           tcase_add_loop_test(tests, inside_means_so_many_bytes, 0, 2);
           tcase_add_test(tests, the_nth_packet_is_counted_over_connections);
           tcase_add_test(tests, either_direction_takes_the_first);
           tcase_add_test(tests, unused_faults_are_reported_unless_optional);
           tcase_add_loop_test(tests, a_cut_now_needs_a_connection, 0, 2);
           tcase_add_test(tests, a_dropped_packet_is_sent_again_by_tcp);
           tcase_add_test(tests, a_stream_drops_nothing);
           tcase_add_loop_test(tests, a_delayed_packet_comes_so_much_later, 0, 2);
           tcase_add_loop_test(tests, what_is_inserted_arrives_and_was_sent_by_nobody, 0, 2);
           tcase_add_test(tests, two_cuts_in_a_row);
           tcase_add_test(tests, a_cut_that_another_forestalls_is_unused);)
