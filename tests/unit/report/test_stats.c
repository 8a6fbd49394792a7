/* The ledger, percentiles, links, clients; as text, JSON and picture. */
#include "unit/report/golden.h"
#include "unit/report/segment_story.h"

#include <jansson.h>

#include "report/stats.h"

/* Four messages: one sent twice, one delivered twice, one never, one that a raw client sent. */
static Story *story(void) {
    Story *s = story_segments();
    s->file.count--; /* run.end */
    const char *p = "publisher", *b = "broker", *u = "subscriber";
    story_node(s, u, "client", u);
    story_connect(s, (Flight){u, b, 2, MS(200), MS(250)}, true);
    story_subscribe(s, (Flight){u, b, 2, MS(260), MS(300)}, (Flight){b, u, 2, MS(300), MS(340)},
                    "t/#", 2);
    Message first = {"t/1", "one", 1, 11, false};
    story_published(s, MS(600), 1, first);
    story_publish(s, (Flight){p, b, 1, MS(600), LOST}, first);
    first.dup = true;
    story_publish(s, (Flight){p, b, 1, MS(900), MS(950)}, first);
    story_got(s, u, MS(1000), first);
    story_acked(s, MS(1000), 1);
    Message second = {"t/2", "two", 2, 12, false};
    story_published(s, MS(700), 2, second);
    story_publish(s, (Flight){p, b, 1, MS(700), MS(750)}, second);
    story_got(s, u, MS(800), second);
    story_got(s, u, MS(850), second);
    story_acked(s, MS(900), 2);
    Message third = {"t/3", "three", 0, 0, false};
    story_published(s, MS(800), 3, third);
    story_publish(s, (Flight){p, b, 1, MS(800), LOST}, third);
    story_node(s, "raw", "raw", "");
    Message fourth = {"t/4", "four", 1, 9, false};
    story_publish(s, (Flight){"raw", b, 3, MS(1000), MS(1040)}, fourth);
    story_got(s, u, MS(1100), fourth);
    story_got(s, u, MS(1200), (Message){"t/will", "gone", 1, 1, false});
    story_closed(s, (Closing){u, 2, MS(1300), "rst", "remote"});
    story_end(s, MS(2000), "finished");
    free(story_finish(s));
    memset(s->file.digest, 'd', 64);
    return s;
}

START_TEST(golden_texts) {
    Story *s = story();
    DrillStats stats;
    DrillBuffer out = golden_buffer();
    drill_stats_read(&s->file, &stats);
    drill_stats_text(&stats, &out);
    golden_compare("stats.txt", &out);
    drill_buffer_clear(&out);
    drill_stats_json(&stats, &out);
    golden_compare("stats.json", &out);
    json_error_t error;
    json_t *root = json_loadb((const char *)out.data, out.size, 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "messages")), 5);
    json_decref(root);
    drill_buffer_clear(&out);
    drill_stats_plot(&stats, &out);
    golden_compare("stats.svg", &out);
    drill_buffer_release(&out);
    drill_stats_free(&stats);
    story_free(s);
}
END_TEST

static const DrillStatsMessage *message(const DrillStats *stats, const char *topic) {
    for (size_t i = 0; i < stats->message_count; i++) {
        if (drill_span_is(stats->messages[i].topic, topic)) return &stats->messages[i];
    }
    ck_abort_msg("no message on %s", topic);
}

START_TEST(ledger) {
    Story *s = story();
    DrillStats stats;
    drill_stats_read(&s->file, &stats);
    const DrillStatsMessage *one = message(&stats, "t/1");
    ck_assert_uint_eq(one->sent, 2);
    ck_assert_uint_eq(one->lost, 1);
    ck_assert_uint_eq(one->acked_ns, MS(1000));
    ck_assert_uint_eq(one->delivery_count, 1);
    ck_assert_uint_eq(one->deliveries[0].first_ns, MS(1000));
    ck_assert_uint_eq(message(&stats, "t/2")->deliveries[0].count, 2);
    const DrillStatsMessage *three = message(&stats, "t/3");
    ck_assert_uint_eq(three->lost, 1);
    ck_assert_uint_eq(three->delivery_count, 1); /* it was subscribed to */
    ck_assert_uint_eq(three->deliveries[0].count, 0);
    ck_assert_uint_eq(message(&stats, "t/4")->message, 0); /* no application told of it */
    ck_assert_uint_eq(stats.repeated, 1);
    ck_assert_uint_eq(stats.strangers, 1);
    ck_assert_uint_eq(stats.delivered, 5);
    ck_assert_uint_eq(stats.delivered_bytes, 3 + 3 + 4);
    ck_assert_uint_eq(stats.clients[0].resent, 1);
    ck_assert_uint_eq(stats.links[0].lost, 2);
    ck_assert_uint_eq(stats.links[0].again_rto, 1);
    ck_assert_uint_eq(stats.links[0].overtaken, 1);
    ck_assert_uint_eq(stats.links[1].copies, 1);
    drill_stats_free(&stats);
    story_free(s);
}
END_TEST

/* Equal messages are delivered in their order. */
START_TEST(equal_messages) {
    Story *s = story_new("x", "x");
    story_node(s, "broker", "broker", "");
    story_node(s, "publisher", "client", "");
    story_node(s, "u", "client", "");
    story_node(s, "v", "client", "");
    Message same = {"t", "x", 0, 0, false};
    for (uint64_t i = 0; i < 3; i++)
        story_published(s, MS(10 * i), i + 1, same);
    for (uint64_t i = 0; i < 3; i++)
        story_got(s, "u", MS(100 + i), same);
    story_got(s, "v", MS(200), same);
    free(story_finish(s));
    DrillStats stats;
    drill_stats_read(&s->file, &stats);
    ck_assert_uint_eq(stats.repeated, 0);
    for (uint64_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(stats.messages[i].deliveries[0].first_ns, MS(100 + i));
        ck_assert_uint_eq(stats.messages[i].delivery_count, i == 0 ? 2 : 1);
    }
    drill_stats_free(&stats);
    story_free(s);
}
END_TEST

START_TEST(percentiles) {
    uint64_t ns[200];
    for (uint64_t i = 0; i < 200; i++)
        ns[i] = i + 1;
    DrillStatsTimes times = {ns, 200};
    ck_assert_uint_eq(drill_stats_percentile(&times, 0), 1);
    ck_assert_uint_eq(drill_stats_percentile(&times, 50), 100);
    ck_assert_uint_eq(drill_stats_percentile(&times, 99), 198);
    ck_assert_uint_eq(drill_stats_percentile(&times, 100), 200);
    times.count = 1;
    ck_assert_uint_eq(drill_stats_percentile(&times, 99), 1);
    times.count = 0;
    ck_assert_uint_eq(drill_stats_percentile(&times, 50), 0);
}
END_TEST

/* Delays from 1 ms to 30 s need a logarithm; an empty run and one moment need nothing to fail. */
START_TEST(plots) {
    Story *s = story_new("x<y>", "a & b");
    story_node(s, "broker", "broker", "");
    story_node(s, "publisher", "client", "");
    story_node(s, "u", "client", "");
    DrillStats stats;
    DrillBuffer out = golden_buffer();
    drill_stats_read(&s->file, &stats);
    drill_stats_plot(&stats, &out);
    drill_stats_text(&stats, &out);
    ck_assert(golden_has(&out, "x&lt;y>") && golden_has(&out, "a &amp; b"));
    drill_stats_free(&stats);
    drill_buffer_clear(&out);
    static const uint64_t delays_ms[] = {1, 20, 400, 30000};
    for (uint64_t i = 0; i < 4; i++) {
        Message one = {"t", "x", (int)(i % 3), 1, false};
        story_published(s, MS(1000 * i), i + 1, one);
        story_got(s, "u", MS(1000 * i + delays_ms[i]), one);
    }
    free(story_finish(s));
    drill_stats_read(&s->file, &stats);
    drill_stats_plot(&stats, &out);
    ck_assert(golden_has(&out, "(logarithmic)"));
    ck_assert_uint_eq(golden_count(&out, "<circle cx"), 4);
    ck_assert_uint_eq(golden_count(&out, "nan"), 0);
    golden_compare("stats_log.svg", &out);
    drill_buffer_release(&out);
    drill_stats_free(&stats);
    story_free(s);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/stats");
    TCase *cases = tcase_create("stats");
    tcase_add_test(cases, golden_texts);
    tcase_add_test(cases, ledger);
    tcase_add_test(cases, equal_messages);
    tcase_add_test(cases, percentiles);
    tcase_add_test(cases, plots);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
