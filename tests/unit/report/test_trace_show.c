/* Traces as text. */
#include "unit/report/golden.h"
#include "unit/report/story.h"

#include <jansson.h>

#include "report/trace_show.h"

static Story *story(void) {
    Story *made = story_lost_pubrec(false);
    uint8_t junk[] = {0xF0, 0x00, '"', ','};
    story_bytes(made, (Flight){"publisher", "broker", 3, MS(8000), MS(8100)}, drill_span(junk, 4),
                true);
    free(story_finish(made));
    memset(made->file.digest, 'd', 64);
    return made;
}

START_TEST(golden_texts) {
    Story *made = story();
    DrillBuffer out = golden_buffer();
    drill_trace_show(&made->file, &(DrillTraceShowOptions){0}, &out);
    golden_compare("trace.txt", &out);
    ck_assert_uint_eq(golden_count(&out, "\n"), made->file.count);
    drill_buffer_clear(&out);
    drill_trace_stats(&made->file, &out);
    golden_compare("trace_stats.txt", &out);
    drill_buffer_clear(&out);
    drill_trace_csv(&made->file, &out);
    golden_compare("trace.csv", &out);
    drill_buffer_release(&out);
    story_free(made);
}
END_TEST

static size_t lines(const Story *made, const DrillTraceShowOptions *options, const char *part) {
    DrillBuffer out = golden_buffer();
    drill_trace_show(&made->file, options, &out);
    size_t count = golden_count(&out, "\n");
    ck_assert_uint_eq(golden_count(&out, part), count); /* every line has it */
    drill_buffer_release(&out);
    return count;
}

/* The bytes of a PUBLISH of 5.0 are another PUBLISH of 3.1.1. */
START_TEST(each_connection_in_its_own_version) {
    static const char connect[] = "\x10\x0d\0\4MQTT\5\2\0\x3c\0\0\0";
    static const char publish[] = "\x30\x06\0\1t\0hi"; /* Property Length 0, "hi" */
    Story *made = story_new("mixed", "");
    story_connect(made, (Flight){"old", "broker", 1, MS(1), MS(2)}, true);
    story_bytes(made, (Flight){"new", "broker", 2, MS(3), MS(4)}, drill_span(connect, 15), true);
    for (uint64_t conn = 1; conn <= 2; conn++)
        story_bytes(made, (Flight){conn == 1 ? "old" : "new", "broker", conn, MS(5), MS(6)},
                    drill_span(publish, 8), true);
    free(story_finish(made));
    size_t of_3 = lines(made, &(DrillTraceShowOptions){.pattern = drill_span_of(" 3B")}, "PUBLISH");
    size_t of_5 = lines(made, &(DrillTraceShowOptions){.pattern = drill_span_of(" 2B")}, "PUBLISH");
    ck_assert_uint_eq(of_3, 2);
    ck_assert_uint_eq(of_5, 2);
    story_free(made);
}
END_TEST

START_TEST(filters) {
    Story *made = story();
    ck_assert_uint_eq(
        lines(made, &(DrillTraceShowOptions){.pattern = drill_span_of("PUBREL")}, "PUBREL"), 4);
    ck_assert_uint_eq(
        lines(made, &(DrillTraceShowOptions){.pattern = drill_span_of("no such thing")}, "x"), 0);
    ck_assert_uint_gt(
        lines(made, &(DrillTraceShowOptions){.node = drill_span_of("subscriber")}, "  subscriber "),
        9);
    ck_assert_uint_eq(lines(made,
                            &(DrillTraceShowOptions){.from_ns = MS(6000), .until_ns = MS(6100)},
                            "    6.090000 s"),
                      2);
    size_t packets = lines(made, &(DrillTraceShowOptions){.packets_only = true}, "--");
    ck_assert_uint_eq(packets, 37); /* 18 sent, 17 of them received, and the junk on both sides */
    story_free(made);
}
END_TEST

START_TEST(chrome_is_json) {
    Story *made = story();
    DrillBuffer out = golden_buffer();
    drill_trace_chrome(&made->file, &out);
    json_error_t error;
    json_t *root = json_loadb((const char *)out.data, out.size, 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    size_t events = json_array_size(json_object_get(root, "traceEvents"));
    ck_assert_uint_gt(events, made->file.count);
    json_decref(root);
    drill_buffer_release(&out);
    story_free(made);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/trace_show");
    TCase *cases = tcase_create("show");
    tcase_add_test(cases, golden_texts);
    tcase_add_test(cases, each_connection_in_its_own_version);
    tcase_add_test(cases, filters);
    tcase_add_test(cases, chrome_is_json);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
