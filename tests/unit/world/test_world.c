/* The world as a whole: names, time, coming to rest, the same seed and another, saving and going
 * back. */
#include "stage.h"

START_TEST(names_are_unique_and_not_the_brokers) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client = NULL;
    (void)stage_client(stage, "x", link);
    DrillWorldClientOptions options = stage_options("x", link);
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "there is a client called 'x' already");
    static const char *const bad[] = {"broker", "", "\xff"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(bad); i++) {
        options.name = bad[i];
        ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                         DRILL_INVALID);
        ck_assert_ptr_nonnull(strstr(diagnostic.text, "a client cannot be called"));
    }
    options.name = "x";
    options.raw = true; /* raw nodes share the names */
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_null(client);
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_NODE_ADDED, NULL), 2);
    ck_assert(
        drill_span_is(stage_find(stage, DRILL_TRACE_NODE_ADDED, "broker", 1)->spans[0], "broker"));
    ck_assert(drill_span_is(stage_find(stage, DRILL_TRACE_NODE_ADDED, "x", 1)->spans[3], "stream"));
    stage_free(stage);
}
END_TEST

START_TEST(options_that_cannot_be_are_refused) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClientOptions options = stage_options("x", link);
    DrillDiagnostic diagnostic = {""};
    DrillWorldClient *client = NULL;
    options.client.has_password = true;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(
        strstr(diagnostic.text, "client 'x': these options cannot be: texts are UTF-8 of at most"));
    options.client.has_password = false;
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_OK);
    stage_free(stage);
}
END_TEST

START_TEST(many_clients) {
    StageOptions options = {.forgetful = true};
    Stage *stage = stage_new(&options);
    StageLink link = {.stream = true, .delay_ns = MS};
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        stage_connect(stage, stage_client(stage, name, link));
    }
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 500);
    stage_finish(stage);
    stage_free(stage);
}
END_TEST

START_TEST(the_limit_ends_a_run) {
    StageOptions options = {.limit_ns = 3 * S};
    Stage *stage = stage_new(&options);
    StageLink link = {.stream = true, .keep_alive_s = 1};
    stage_connect(stage, stage_client(stage, "x", link));
    while (drill_world_step(stage->world))
        continue;
    ck_assert(drill_world_over_limit(stage->world));
    ck_assert_uint_eq(drill_world_now(stage->world), 3 * S);
    ck_assert(!drill_world_step(stage->world));
    stage_finish(stage); /* which still comes to rest */
    ck_assert(!stage_settled_busy(stage));
    ck_assert_ptr_nonnull(stage_find(stage, DRILL_TRACE_RUN_END, NULL, 1));
    stage_free(stage);
}
END_TEST

START_TEST(notes_logs_and_failures_are_traced) {
    Stage *stage = stage_plain();
    drill_world_note(stage->world, drill_span_of("note"));
    drill_world_log(stage->world, drill_span_of("log"));
    drill_world_failed(stage->world, drill_span_of("failed"), "a.lua", 12);
    ck_assert(drill_span_is(stage_find(stage, DRILL_TRACE_APP_NOTE, NULL, 1)->spans[0], "note"));
    ck_assert(drill_span_is(stage_find(stage, DRILL_TRACE_APP_LOG, NULL, 1)->spans[0], "log"));
    const StageEvent *failed = stage_find(stage, DRILL_TRACE_APP_FAILED, NULL, 1);
    ck_assert(drill_span_is(failed->spans[0], "failed"));
    ck_assert_uint_eq(failed->values[1], 12);
    ck_assert(drill_span_is(failed->spans[2], "a.lua"));
    ck_assert(!drill_world_live(stage->world));
    ck_assert_uint_eq(drill_world_seed(stage->world), 1);
    ck_assert_int_eq(drill_world_version(stage->world), DRILL_MQTT_3_1_1);
    ck_assert_ptr_eq(drill_world_tracer(stage->world), stage->tracer);
    ck_assert(!drill_world_unreachable(stage->world));
    stage_free(stage);
}
END_TEST

START_TEST(timers_can_be_cancelled) {
    Stage *stage = stage_plain();
    bool first = false, second = false;
    DrillEventHandle handle = drill_world_timer(stage->world, S, stage_reached, &first, 0);
    drill_world_timer(stage->world, 2 * S, stage_reached, &second, 0);
    drill_world_cancel(stage->world, handle);
    stage_run(stage, 3 * S);
    ck_assert(!first && second);
    stage_free(stage);
}
END_TEST

/* --- coming to rest --- */

START_TEST(a_run_that_is_over_is_at_rest) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0, .delay_ns = 100 * MS, .keep_alive_s = 2};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    stage_publish(p, DRILL_QOS_2, "x");
    uint64_t start_ns = drill_world_now(stage->world);
    stage_finish(stage); /* PINGREQs go on, and do not count */
    ck_assert_uint_eq(stage->messages, 1);
    ck_assert_uint_eq(stage->acknowledged, 1);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_lt(drill_world_now(stage->world), start_ns + 15 * S);
    const StageEvent *settled = stage_find(stage, DRILL_TRACE_SETTLED, NULL, 1);
    const StageEvent *end = stage_find(stage, DRILL_TRACE_RUN_END, NULL, 1);
    ck_assert_uint_eq(settled->values[0], 5 * S);
    ck_assert_uint_eq(end->number, stage->count);
    ck_assert(drill_span_is(end->spans[0], "finished"));
    stage_free(stage);
}
END_TEST

/* Somebody owes an acknowledgement: there is patience, but not for ever, and then nothing moves. */
START_TEST(what_is_owed_is_waited_for) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = _i == 0};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    drill_world_hold(p, DRILL_PUBREL);
    stage_publish(p, DRILL_QOS_2, "x");
    stage_run(stage, S);
    uint64_t start_ns = drill_world_now(stage->world);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_ge(drill_world_now(stage->world), start_ns + 300 * S);
    ck_assert_uint_lt(drill_world_now(stage->world), start_ns + 310 * S);
    stage_free(stage);
}
END_TEST

START_TEST(bytes_that_never_stop_are_busy) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true, .delay_ns = 10 * MS};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    drill_world_partition(s, 1, DRILL_NEVER, true);
    stage_publish(p, DRILL_QOS_0, "on its way for ever");
    stage_finish(stage);
    ck_assert(stage_settled_busy(stage));
    stage_free(stage);
}
END_TEST

START_TEST(a_broker_that_is_down_is_waited_for) {
    Stage *stage = stage_plain();
    StageLink link = {.stream = true};
    DrillWorldClient *p, *s;
    stage_pair(stage, link, &p, &s);
    if (_i == 0)
        ck_assert_int_eq(drill_world_broker_restart(stage->world, true, 100 * S), DRILL_OK);
    else
        ck_assert_int_eq(drill_world_broker_pause(stage->world, 100 * S), DRILL_OK);
    uint64_t start_ns = drill_world_now(stage->world);
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_ge(drill_world_now(stage->world), start_ns + 100 * S);
    stage_free(stage);
}
END_TEST

START_TEST(an_empty_world_ends) {
    Stage *stage = stage_plain();
    stage_finish(stage);
    ck_assert(!stage_settled_busy(stage));
    ck_assert_uint_eq(stage_count(stage, DRILL_TRACE_RUN_END, NULL), 1);
    stage_free(stage);
}
END_TEST

/* --- the same again --- */

typedef struct Story {
    Stage *stage;
    DrillWorldClient *p, *s;
} Story;

static Story begin_story(uint64_t seed) {
    StageOptions options = {.seed = seed, .forgetful = true};
    StageLink link = {.delay_ns = 30 * MS,
                      .jitter_ns = 20 * MS,
                      .loss_percent = 5,
                      .keep_alive_s = 20,
                      .unclean = true};
    Story story = {.stage = stage_new(&options)};
    story.p = stage_client(story.stage, "p", link);
    story.s = stage_client(story.stage, "s", link);
    stage_connect(story.stage, story.p);
    stage_connect(story.stage, story.s);
    stage_run(story.stage, 60 * S);
    stage_subscribe(story.s, "t", DRILL_QOS_2);
    stage_run(story.stage, 60 * S);
    DrillFaultSpec cut = {.kind = DRILL_FAULT_CUT,
                          .place = DRILL_FAULT_INSIDE,
                          .type = DRILL_PUBREC,
                          .nth = 4,
                          .direction = 1,
                          .how = DRILL_CLOSE_RST};
    stage_fault(story.p, cut);
    for (int i = 0; i < 20; i++)
        stage_publish(story.p, (DrillQos)(i % 3), "payload");
    drill_world_hold(story.s, DRILL_PUBREC);
    return story;
}

static void end_story(Story *story, char digest[65]) {
    stage_run(story->stage, 30 * S);
    drill_world_release(story->s);
    if (!drill_world_client_is_open(story->p)) stage_connect(story->stage, story->p);
    ck_assert_int_eq(drill_world_broker_restart(story->stage->world, true, S), DRILL_OK);
    stage_run(story->stage, 30 * S);
    stage_finish(story->stage);
    drill_tracer_digest(story->stage->tracer, digest);
}

static void tell_story(uint64_t seed, char digest[65]) {
    Story story = begin_story(seed);
    end_story(&story, digest);
    ck_assert_uint_gt(drill_tracer_count(story.stage->tracer), 200);
    stage_free(story.stage);
}

START_TEST(the_same_seed_is_the_same_run) {
    char first[65], second[65], other[65];
    tell_story(7, first);
    tell_story(7, second);
    tell_story(8, other);
    ck_assert_str_eq(first, second);
    ck_assert_str_ne(first, other);
}
END_TEST

/* The counters of the stage lie outside the arena, and are not rewound; the digest lies inside. */
START_TEST(a_run_can_be_gone_back_to) {
    enum { SAVES = 40 };
    DrillSnapshot *saves[SAVES];
    char whole[65], again[65];
    Story story = begin_story(7);
    size_t count = 0;
    for (int i = 0; i < SAVES; i++) {
        saves[count++] = drill_arena_save(story.stage->arena);
        for (int k = 0; k < 25; k++)
            ck_assert(drill_world_step(story.stage->world));
    }
    drill_arena_restore(story.stage->arena, saves[0]);
    end_story(&story, whole);
    tell_story(7, again);
    ck_assert_str_eq(whole, again);
    /* From the save the story ends at another time: compare with the steps that led there. */
    for (size_t i = count; i-- > 0;) {
        drill_arena_restore(story.stage->arena, saves[0]);
        for (size_t k = 0; k < i * 25; k++)
            ck_assert(drill_world_step(story.stage->world));
        end_story(&story, whole);
        drill_arena_restore(story.stage->arena, saves[i]);
        end_story(&story, again);
        ck_assert_str_eq(whole, again);
        drill_snapshot_free(saves[i]);
        saves[i] = NULL;
        if (i == 0) break;
    }
    stage_free(story.stage);
}
END_TEST

STAGE_MAIN("world/world", tcase_add_test(tests, names_are_unique_and_not_the_brokers);
           tcase_add_test(tests, options_that_cannot_be_are_refused);
           tcase_add_test(tests, many_clients); tcase_add_test(tests, the_limit_ends_a_run);
           tcase_add_test(tests, notes_logs_and_failures_are_traced);
           tcase_add_test(tests, timers_can_be_cancelled);
           tcase_add_loop_test(tests, a_run_that_is_over_is_at_rest, 0, 2);
           tcase_add_loop_test(tests, what_is_owed_is_waited_for, 0, 2);
           tcase_add_test(tests, bytes_that_never_stop_are_busy);
           tcase_add_loop_test(tests, a_broker_that_is_down_is_waited_for, 0, 2);
           tcase_add_test(tests, an_empty_world_ends);
           tcase_add_test(tests, the_same_seed_is_the_same_run);
           tcase_add_test(tests, a_run_can_be_gone_back_to);)
