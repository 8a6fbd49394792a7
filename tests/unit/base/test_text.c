/* Hex, JSON strings, terminal text and durations. */
#include "base/base.h"
#include "unit/suite.h"

typedef void (*Put)(DrillBuffer *buffer, DrillSpan text);

static void expect(Put put, DrillSpan text, const char *wanted) {
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    put(&buffer, text);
    ck_assert_str_eq(drill_buffer_cstring(&buffer), wanted);
    drill_buffer_release(&buffer);
}

START_TEST(hex) {
    expect(drill_buffer_put_hex, drill_span("\x30\x05\x00\xff", 4), "300500ff");
    expect(drill_buffer_put_hex, drill_span(NULL, 0), "");
}
END_TEST

START_TEST(json_string) {
    Put put = drill_buffer_put_json_string;
    expect(put, drill_span(NULL, 0), "\"\"");
    expect(put, drill_span_of("sensor/1"), "\"sensor/1\"");
    expect(put, drill_span_of("a\"b\\c"), "\"a\\\"b\\\\c\"");
    expect(put, drill_span("\n\r\t\0\x1f\x7f", 6), "\"\\n\\r\\t\\u0000\\u001f\\u007f\"");
    expect(put, drill_span_of("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
           "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    /* not UTF-8: bytes one by one */
    expect(put, drill_span_of("\xc3(\xff"), "\"\\u00c3(\\u00ff\"");
    expect(put, drill_span_of("\xe2\x82"), "\"\\u00e2\\u0082\"");
    expect(put, drill_span_of("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");
}
END_TEST

START_TEST(escaped) {
    Put put = drill_buffer_put_escaped;
    expect(put, drill_span_of("plain \xc3\xa9"), "plain \xc3\xa9");
    expect(put, drill_span("\x1b[31m\0\x7f\xff", 8), "\\x1B[31m\\x00\\x7F\\xFF");
    /* U+009B is valid UTF-8, but some terminals take it for an escape sequence's beginning */
    expect(put,
           drill_span_of("\xc2\x9b"
                         "2J"),
           "\\xC2\\x9B2J");
    expect(put, drill_span_of("\xc2\xa0"), "\xc2\xa0");
}
END_TEST

START_TEST(durations) {
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {{0, "0 s"},
                {1, "1 ns"},
                {999, "999 ns"},
                {1000, "1 us"},
                {1001, "1.001 us"},
                {4000, "4 us"},
                {120 * DRILL_NS_PER_MS, "120 ms"},
                {1423 * DRILL_NS_PER_MS, "1.423 s"},
                {1420 * DRILL_NS_PER_MS, "1.42 s"},
                {1400 * DRILL_NS_PER_MS, "1.4 s"},
                {1000 * DRILL_NS_PER_MS, "1 s"},
                {1000000999, "1 s"},
                {3600 * DRILL_NS_PER_S, "3600 s"},
                {UINT64_MAX, "18446744073.709 s"}};
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        drill_buffer_clear(&buffer);
        drill_buffer_put_duration(&buffer, rows[i].ns);
        ck_assert_str_eq(drill_buffer_cstring(&buffer), rows[i].text);
    }
    drill_buffer_release(&buffer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/text");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, hex);
    tcase_add_test(tests, json_string);
    tcase_add_test(tests, escaped);
    tcase_add_test(tests, durations);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
