/* Fleets: when members connect, publish, leave and come back, what is counted, and that a fleet
 * ends when its run does. */
#include "stage.h"
#include "world/fleet.h"

#define TEXT(literal)                                                                              \
    { (const uint8_t *)(literal), sizeof(literal) - 1 }

static DrillFleetOptions plain(uint32_t members) {
    DrillLinkSettings settings = {.delay_ns = 10 * MS};
    DrillFleetOptions options = {
        .name = "m",
        .members_max = members,
        .link = {.direction = {settings, settings}, .stream = true},
        .reconnect_ns = 5 * S,
        .publishing = {.topic = TEXT("t/{i}"), .payload = TEXT("{i}:{k}")}};
    return options;
}

typedef struct Members {
    bool unclean, nameless;
    uint16_t keep_alive_s;
} Members;

static DrillFleet *make(Stage *stage, const DrillFleetOptions *options, Members members) {
    DrillFleet *fleet = drill_fleet_new(stage->world, options);
    for (uint32_t i = 1; i <= options->members_max; i++) {
        char id[16];
        DrillDiagnostic diagnostic = {""};
        snprintf(id, sizeof(id), "m-%u", (unsigned)i);
        DrillClientConfig config = {.version = DRILL_MQTT_3_1_1,
                                    .client_id = drill_span_of(members.nameless ? "" : id),
                                    .clean = !members.unclean,
                                    .keep_alive_s = members.keep_alive_s,
                                    .auto_ping = true};
        ck_assert_msg(drill_fleet_add(fleet, &config, &diagnostic) == DRILL_OK, "%s",
                      diagnostic.text);
    }
    drill_fleet_start(fleet);
    return fleet;
}

static DrillFleet *start(Stage *stage, const DrillFleetOptions *options) {
    return make(stage, options, (Members){.keep_alive_s = 60});
}

START_TEST(texts_have_places) {
    static const struct {
        const char *text, *expanded;
    } rows[] = {{"", ""},
                {"plain", "plain"},
                {"{i}", "12"},
                {"a/{i}/b/{k}", "a/12/b/345"},
                {"{k}{i}{k}", "34512345"},
                {"{\"n\":{k}}", "{\"n\":345}"},
                {"{x} {i {} {{i}}", "{x} {i {} {12}"},
                {"{i", "{i"},
                {"{k}i}", "345i}"}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillBuffer out = {.allocator = drill_allocator_malloc()};
        drill_fleet_expand(drill_span_of(rows[i].text), 12, 345, &out);
        ck_assert_str_eq(drill_buffer_cstring(&out), rows[i].expanded);
        drill_buffer_release(&out);
    }
}
END_TEST

START_TEST(members_connect_at_the_rate) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(10);
    options.batch = 4;
    options.batch_ns = S;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 10 * S);
    for (unsigned i = 0; i < 10; i++) {
        char name[8];
        snprintf(name, sizeof(name), "m-%u", i + 1);
        const StageEvent *connect = stage_find(stage, DRILL_TRACE_APP_CONNECT, name, 1);
        ck_assert_ptr_nonnull(connect);
        ck_assert_uint_eq(connect->time_ns, i * 250 * MS);
    }
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.members, 10);
    ck_assert_uint_eq(stats.connects, 10);
    ck_assert_uint_eq(stats.connected, 10);
    ck_assert_uint_eq(drill_fleet_seen(fleet), 10);
    ck_assert_uint_eq(drill_fleet_open(fleet), 10);
    /* What the script layer's observer hears of others, it does not hear of these. */
    ck_assert_uint_eq(stage->connected + stage->opened, 0);
    stage_free(stage);
}
END_TEST

START_TEST(everybody_publishes_so_many) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(20);
    options.publishing.every_ns = 2 * S;
    options.publishing.count = 3;
    options.publishing.qos = (DrillQos)_i;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 3 * S);
    ck_assert(!drill_fleet_published(fleet));
    stage_run(stage, 10 * S);
    ck_assert(drill_fleet_published(fleet));
    ck_assert_uint_eq(drill_fleet_unacknowledged(fleet), 0);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.published, 60);
    ck_assert_uint_eq(stats.missed, 0);
    ck_assert_uint_eq(stats.acknowledged, _i > 0 ? 60 : 0);
    /* A PUBACK comes after two delays, a PUBCOMP after four; up to a 64th more is said. */
    ck_assert_uint_eq(drill_fleet_latency_count(fleet), _i > 0 ? 60 : 0);
    ck_assert_uint_eq(drill_fleet_latency_max_ns(fleet), (uint64_t)_i * 20 * MS);
    ck_assert_uint_eq(drill_fleet_latency_ns(fleet, 5000), (uint64_t)_i * 20 * MS);
    const StageEvent *last = stage_find(stage, DRILL_TRACE_APP_PUBLISH, "m-7", 3);
    ck_assert_ptr_nonnull(last);
    ck_assert(drill_span_is(last->spans[3], "t/7"));
    ck_assert(drill_span_is(last->spans[4], "7:3"));
    stage_free(stage);
}
END_TEST

START_TEST(phases_are_spread_or_the_same) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(50);
    options.publishing.every_ns = 10 * S;
    options.publishing.together = _i == 1;
    start(stage, &options);
    stage_run(stage, 31 * S);
    uint64_t instants = 0, before_ns = 0;
    for (size_t i = 1; i <= stage_count(stage, DRILL_TRACE_APP_PUBLISH, NULL); i++) {
        const StageEvent *event = stage_find(stage, DRILL_TRACE_APP_PUBLISH, NULL, i);
        instants += event->time_ns != before_ns;
        before_ns = event->time_ns;
        if (_i == 1) ck_assert_uint_eq(event->time_ns % (10 * S), 0);
    }
    for (unsigned i = 1; i <= 50; i++) {
        char name[8];
        snprintf(name, sizeof(name), "m-%u", i);
        uint64_t first_ns = stage_find(stage, DRILL_TRACE_APP_PUBLISH, name, 1)->time_ns;
        ck_assert_uint_le(first_ns, 10 * S + 100 * MS);
        ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_APP_PUBLISH, name, 2)->time_ns,
                          first_ns + 10 * S);
    }
    if (_i == 1)
        ck_assert_uint_eq(instants, 3);
    else
        ck_assert_uint_ge(instants, 150);
    stage_free(stage);
}
END_TEST

START_TEST(jitter_delays_and_does_not_add_up) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(1);
    options.publishing.every_ns = S;
    options.publishing.together = true;
    options.publishing.jitter_ns = 400 * MS;
    start(stage, &options);
    stage_run(stage, 100 * S);
    uint64_t largest_ns = 0;
    for (size_t i = 1; i <= 99; i++) {
        const StageEvent *event = stage_find(stage, DRILL_TRACE_APP_PUBLISH, NULL, i);
        ck_assert_uint_eq(event->time_ns / S, i);
        ck_assert_uint_lt(event->time_ns % S, 400 * MS);
        if (event->time_ns % S > largest_ns) largest_ns = event->time_ns % S;
    }
    ck_assert_uint_gt(largest_ns, 300 * MS);
    stage_free(stage);
}
END_TEST

START_TEST(publishing_ends_with_its_time) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(5);
    options.publishing.every_ns = S;
    options.publishing.during_ns = 10 * S;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 9 * S);
    ck_assert(!drill_fleet_published(fleet)); /* a phase is shorter than a second */
    stage_run(stage, 20 * S);
    ck_assert(drill_fleet_published(fleet));
    size_t count = stage_count(stage, DRILL_TRACE_APP_PUBLISH, NULL);
    ck_assert_uint_ge(count, 45);
    ck_assert_uint_le(count, 50);
    ck_assert_uint_lt(stage_find(stage, DRILL_TRACE_APP_PUBLISH, NULL, count)->time_ns, 10 * S);
    stage_free(stage);
}
END_TEST

START_TEST(members_subscribe_where_there_is_no_session) {
    Stage *stage = stage_plain();
    DrillFilter filters[] = {{TEXT("to/{i}"), 1}, {TEXT("to/all"), 0}};
    DrillFleetOptions options = plain(4);
    options.subscriptions = filters;
    options.subscription_count = 2;
    options.lifetime_ns = 10 * S;
    options.away_ns = S;
    DrillFleet *fleet = make(stage, &options, (Members){.unclean = _i == 1});
    stage_run(stage, S);
    DrillWorldClient *other = stage_client(stage, "p", (StageLink){.stream = true});
    stage_connect(stage, other);
    stage_run(stage, S);
    DrillMessageId id;
    DrillPublishPacket message = {.qos = DRILL_QOS_1, .topic = TEXT("to/2"), .payload = TEXT("x")};
    ck_assert_int_eq(drill_world_publish(other, &message, &id), DRILL_OK);
    message.topic = (DrillSpan)TEXT("to/all");
    ck_assert_int_eq(drill_world_publish(other, &message, &id), DRILL_OK);
    stage_run(stage, S);
    uint64_t away = 4 - drill_fleet_stats(fleet).connected;
    ck_assert_uint_ge(drill_fleet_stats(fleet).received + 2 * away, 5);
    stage_run(stage, 100 * S);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_gt(stats.connects, 8);
    ck_assert_uint_eq(stats.resumed, _i == 1 ? stats.connects - 4 : 0);
    ck_assert_uint_ge(stats.subscribed + 2 * 4, 2 * (stats.connects - stats.resumed));
    ck_assert_uint_le(stats.subscribed, 2 * (stats.connects - stats.resumed));
    ck_assert_uint_eq(stats.unsubscribable, 0);
    stage_free(stage);
}
END_TEST

START_TEST(members_leave_and_come_back) {
    static const struct {
        bool disconnects;
        DrillCloseHow how;
    } rows[] = {{true, DRILL_CLOSE_FIN}, {false, DRILL_CLOSE_FIN}, {false, DRILL_CLOSE_RST}};
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(40);
    options.lifetime_ns = 20 * S;
    options.away_ns = 3 * S;
    options.disconnects = rows[_i].disconnects;
    options.leaves_how = rows[_i].how;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 400 * S);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    /* A life takes 23 s on average: 696 of them, give or take five times 23. */
    ck_assert_uint_gt(stats.left, 580);
    ck_assert_uint_lt(stats.left, 812);
    ck_assert_uint_eq(stats.dropped + stats.failed + stats.refused, 0);
    ck_assert_uint_ge(stats.connects, stats.left);
    size_t goodbyes = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        goodbyes += event->kind == DRILL_TRACE_MQTT_SENT && event->spans[1].data[0] == 0xe0;
    }
    ck_assert_uint_eq(goodbyes, rows[_i].disconnects ? stats.left : 0);
    uint64_t closed_ns = stage_find(stage, DRILL_TRACE_CONN_CLOSED, "m-3", 1)->time_ns;
    ck_assert_uint_eq(stage_find(stage, DRILL_TRACE_APP_CONNECT, "m-3", 2)->time_ns,
                      closed_ns + 3 * S);
    stage_free(stage);
}
END_TEST

START_TEST(lost_connections_are_replaced) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(20);
    options.reconnect_ns = _i == 0 ? 4 * S : DRILL_NEVER;
    options.publishing.every_ns = S;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 10 * S);
    ck_assert_int_eq(drill_world_broker_restart(stage->world, true, S), DRILL_OK);
    stage_run(stage, 3 * S);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.dropped, 20);
    ck_assert_uint_eq(stats.connected, 0);
    stage_run(stage, 20 * S);
    stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.connected, _i == 0 ? 20 : 0);
    ck_assert_uint_eq(stats.connects, _i == 0 ? 40 : 20);
    uint64_t first_ns = DRILL_NEVER, last_ns = 0;
    for (size_t i = 21; i <= stage_count(stage, DRILL_TRACE_APP_CONNECT, NULL); i++) {
        uint64_t at_ns = stage_find(stage, DRILL_TRACE_APP_CONNECT, NULL, i)->time_ns;
        first_ns = at_ns < first_ns ? at_ns : first_ns;
        last_ns = at_ns > last_ns ? at_ns : last_ns;
    }
    if (_i == 0) {
        ck_assert_uint_ge(first_ns, 14 * S);
        ck_assert_uint_lt(last_ns, 18 * S + 100 * MS);
        ck_assert_uint_gt(last_ns - first_ns, S);
        /* Of the beats that were missed nothing is made up, and all are counted. */
        ck_assert_uint_ge(stats.missed, 20 * 4);
        ck_assert_uint_le(stats.missed, 20 * 9);
        ck_assert_uint_ge(stats.published + stats.missed, 20 * 31);
        ck_assert_uint_le(stats.published + stats.missed, 20 * 33);
    }
    stage_free(stage);
}
END_TEST

START_TEST(interrupted_exchanges_are_resumed) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(50);
    options.link.direction[0].delay_ns = options.link.direction[1].delay_ns = 300 * MS;
    options.publishing.every_ns = 5 * S;
    options.publishing.count = 10;
    options.publishing.qos = DRILL_QOS_2;
    options.lifetime_ns = 10 * S;
    options.away_ns = S;
    options.leaves_how = DRILL_CLOSE_RST;
    DrillFleet *fleet = make(stage, &options, (Members){.unclean = _i == 0});
    stage_run(stage, 300 * S);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.published, 500);
    ck_assert_uint_eq(stats.acknowledged + stats.lost, 500);
    ck_assert_uint_eq(drill_fleet_unacknowledged(fleet), 0);
    if (_i == 0) ck_assert_uint_eq(stats.lost, 0);
    if (_i == 0) ck_assert_uint_gt(stats.resent, 0);
    if (_i == 1) ck_assert_uint_gt(stats.lost, 0); /* a clean Session dies with its connection */
    if (_i == 1) ck_assert_uint_eq(stats.resent, 0);
    uint64_t again = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        again += event->kind == DRILL_TRACE_MQTT_SENT && event->spans[1].data[0] >> 4 == 3 &&
                 (event->spans[1].data[0] & 8) != 0 && strcmp(event->node, "broker") != 0;
    }
    ck_assert_uint_eq(stats.resent, again);
    stage_free(stage);
}
END_TEST

START_TEST(refusals_are_counted) {
    StageOptions stage_options_ = {.seed = 1, .broker = {.refuse_empty_client_id = true}};
    Stage *stage = stage_new(&stage_options_);
    DrillFleetOptions options = plain(3);
    DrillFleet *fleet = make(stage, &options, (Members){.nameless = true});
    stage_run(stage, S);
    DrillFleetStats stats = drill_fleet_stats(fleet);
    ck_assert_uint_eq(stats.refused, 3);
    ck_assert_uint_eq(stats.failed + stats.dropped + stats.connects + stats.connected, 0);
    ck_assert_uint_eq(drill_fleet_open(fleet), 0);
    ck_assert_uint_eq(drill_fleet_seen(fleet), 0);
    stage_run(stage, 10 * S);
    ck_assert_uint_ge(drill_fleet_stats(fleet).refused, 6);
    stage_free(stage);
}
END_TEST

START_TEST(a_fleet_that_is_stopped_keeps_its_connections) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(10);
    options.publishing.every_ns = S;
    options.lifetime_ns = 5 * S;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, 20 * S);
    drill_fleet_stop(fleet);
    stage_run(stage, S);
    DrillFleetStats before = drill_fleet_stats(fleet);
    stage_run(stage, 50 * S);
    DrillFleetStats after = drill_fleet_stats(fleet);
    ck_assert_mem_eq(&before, &after, sizeof(before));
    ck_assert(drill_fleet_published(fleet));
    drill_fleet_disconnect(fleet);
    stage_run(stage, S);
    ck_assert_uint_eq(drill_fleet_open(fleet), 0);
    ck_assert_uint_eq(drill_fleet_stats(fleet).connected, 0);
    ck_assert_uint_eq(drill_fleet_stats(fleet).left, before.left + before.connected);
    stage_free(stage);
}
END_TEST

START_TEST(those_that_connect_are_disconnected_too) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(3);
    options.link.direction[0].delay_ns = 10 * S;
    DrillFleet *fleet = start(stage, &options);
    stage_run(stage, S);
    ck_assert_uint_eq(drill_fleet_open(fleet), 3);
    drill_fleet_disconnect(fleet);
    stage_run(stage, 60 * S);
    ck_assert_uint_eq(drill_fleet_open(fleet), 0);
    ck_assert_uint_eq(drill_fleet_stats(fleet).failed, 3);
    stage_free(stage);
}
END_TEST

/* Some ping is always under way, and somebody would always publish. */
START_TEST(a_run_with_a_fleet_comes_to_rest) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(100);
    options.link.stream = _i == 1;
    options.link.direction[0].delay_ns = options.link.direction[1].delay_ns = 300 * MS;
    options.batch = 100;
    options.batch_ns = 2 * S;
    options.publishing.every_ns = S;
    options.publishing.qos = DRILL_QOS_2;
    options.lifetime_ns = 10 * S;
    make(stage, &options, (Members){.keep_alive_s = 2});
    stage_run(stage, 30 * S);
    uint64_t ended_ns = drill_world_now(stage->world);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_le(drill_world_now(stage->world), ended_ns + 15 * S);
    stage_free(stage);
}
END_TEST

START_TEST(members_do_not_depend_on_each_other) {
    uint64_t times[2][8];
    for (int run = 0; run < 2; run++) {
        Stage *stage = stage_plain();
        DrillFleetOptions options = plain(run == 0 ? 4 : 30);
        options.publishing.every_ns = 5 * S;
        options.publishing.jitter_ns = S;
        options.lifetime_ns = 20 * S;
        options.away_ns = S;
        start(stage, &options);
        stage_run(stage, 100 * S);
        for (size_t i = 0; i < 8; i++)
            times[run][i] = stage_find(stage, DRILL_TRACE_APP_PUBLISH, "m-3", i + 1)->time_ns;
        stage_free(stage);
    }
    ck_assert_mem_eq(times[0], times[1], sizeof(times[0]));
}
END_TEST

static void busy_fleet(Stage *stage) {
    static const DrillFilter filter = {TEXT("t/{i}"), 1};
    DrillFleetOptions options = plain(30);
    options.link.stream = false;
    options.batch = 30;
    options.batch_ns = 5 * S;
    options.publishing.every_ns = 2 * S;
    options.publishing.jitter_ns = 200 * MS;
    options.publishing.qos = DRILL_QOS_2;
    options.lifetime_ns = 8 * S;
    options.away_ns = S;
    options.leaves_how = DRILL_CLOSE_RST;
    options.subscriptions = &filter;
    options.subscription_count = 1;
    make(stage, &options, (Members){.unclean = true, .keep_alive_s = 5});
}

START_TEST(a_saved_run_goes_on_the_same) {
    char digests[2][65];
    StageOptions stage_options_ = {.seed = 9, .forgetful = true};
    Stage *stage = stage_new(&stage_options_);
    busy_fleet(stage);
    stage_run(stage, 17 * S);
    DrillSnapshot *snapshot = drill_arena_save(stage->arena);
    for (int run = 0; run < 2; run++) {
        if (run == 1) drill_arena_restore(stage->arena, snapshot);
        stage_run(stage, 40 * S);
        stage_finish(stage);
        drill_tracer_digest(stage->tracer, digests[run]);
    }
    ck_assert_str_eq(digests[0], digests[1]);
    drill_snapshot_free(snapshot);
    stage_free(stage);
}
END_TEST

START_TEST(names_must_be_free) {
    Stage *stage = stage_plain();
    DrillFleetOptions options = plain(2);
    DrillFleet *fleet = drill_fleet_new(stage->world, &options);
    DrillClientConfig config = {.version = DRILL_MQTT_3_1_1, .client_id = TEXT("x"), .clean = true};
    DrillDiagnostic diagnostic = {""};
    stage_client(stage, "m-2", (StageLink){.stream = true});
    ck_assert_int_eq(drill_fleet_add(fleet, &config, &diagnostic), DRILL_OK);
    ck_assert_int_eq(drill_fleet_add(fleet, &config, &diagnostic), DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "there is a client called 'm-2' already");
    stage_free(stage);
}
END_TEST

STAGE_MAIN("world/fleet", tcase_add_test(tests, texts_have_places);
           tcase_add_test(tests, members_connect_at_the_rate);
           tcase_add_loop_test(tests, everybody_publishes_so_many, 0, 3);
           tcase_add_loop_test(tests, phases_are_spread_or_the_same, 0, 2);
           tcase_add_test(tests, jitter_delays_and_does_not_add_up);
           tcase_add_test(tests, publishing_ends_with_its_time);
           tcase_add_loop_test(tests, members_subscribe_where_there_is_no_session, 0, 2);
           tcase_add_loop_test(tests, members_leave_and_come_back, 0, 3);
           tcase_add_loop_test(tests, lost_connections_are_replaced, 0, 2);
           tcase_add_loop_test(tests, interrupted_exchanges_are_resumed, 0, 2);
           tcase_add_test(tests, refusals_are_counted);
           tcase_add_test(tests, a_fleet_that_is_stopped_keeps_its_connections);
           tcase_add_test(tests, those_that_connect_are_disconnected_too);
           tcase_add_loop_test(tests, a_run_with_a_fleet_comes_to_rest, 0, 2);
           tcase_add_test(tests, members_do_not_depend_on_each_other);
           tcase_add_test(tests, a_saved_run_goes_on_the_same);
           tcase_add_test(tests, names_must_be_free);)
