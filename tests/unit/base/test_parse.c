/* Numbers with units: what is read, and what is refused with nothing changed. */
#include "base/base.h"
#include "unit/suite.h"

#define UNTOUCHED UINT64_C(0xabcdef)

typedef DrillResult (*Parse)(DrillSpan text, uint64_t *out);
typedef struct Good {
    const char *text;
    uint64_t value;
} Good;

static void expect_good(Parse parse, const Good *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value = UNTOUCHED;
        ck_assert_msg(parse(drill_span_of(rows[i].text), &value) == DRILL_OK, "'%s'", rows[i].text);
        ck_assert_msg(value == rows[i].value, "'%s' gave %llu", rows[i].text,
                      (unsigned long long)value);
    }
}

static void expect_bad(Parse parse, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value = UNTOUCHED;
        ck_assert_msg(parse(drill_span_of(texts[i]), &value) == DRILL_INVALID, "'%s'", texts[i]);
        ck_assert_msg(value == UNTOUCHED, "'%s'", texts[i]);
    }
}

START_TEST(durations) {
    static const Good good[] = {
        {"0", 0},
        {"0s", 0},
        {"7ns", 7},
        {"3us", 3000},
        {"250ms", 250 * DRILL_NS_PER_MS},
        {"5s", 5 * DRILL_NS_PER_S},
        {"1.5s", 1500 * DRILL_NS_PER_MS},
        {"0.000000001s", 1},
        {"1.50000000000s", 1500 * DRILL_NS_PER_MS},
        {"10m", 600 * DRILL_NS_PER_S},
        {"0.5m", 30 * DRILL_NS_PER_S},
        {"1h", 3600 * DRILL_NS_PER_S},
        {"007ms", 7 * DRILL_NS_PER_MS},
        {"18446744073709551614ns", UINT64_MAX - 1},
        {"18446744073s", UINT64_C(18446744073) * DRILL_NS_PER_S},
    };
    static const char *const bad[] = {"",
                                      "5",
                                      "s",
                                      "1.s",
                                      ".5s",
                                      "1..5s",
                                      "-1s",
                                      "+1s",
                                      " 1s",
                                      "1s ",
                                      "1 s",
                                      "1S",
                                      "1sec",
                                      "0x1s",
                                      "1e3s",
                                      "00",
                                      "0.0",
                                      "1.5ns",
                                      "0.0000000001s",
                                      "18446744073709551615ns",
                                      "18446744073709551616ns",
                                      "18446744074s",
                                      "99999999999999999999999999s",
                                      "5124096h",
                                      "0.00000000000000000000000000000001h",
                                      "1,5s",
                                      "1s\n"};
    expect_good(drill_parse_duration, good, DRILL_ARRAY_COUNT(good));
    expect_bad(drill_parse_duration, bad, DRILL_ARRAY_COUNT(bad));
    uint64_t value;
    ck_assert_int_eq(drill_parse_duration(drill_span("1s\0", 3), &value), DRILL_INVALID);
    ck_assert_int_eq(drill_parse_duration(drill_span(NULL, 0), &value), DRILL_INVALID);
}
END_TEST

START_TEST(sizes) {
    static const Good good[] = {{"1500", 1500},      {"0", 0},
                                {"10B", 10},         {"10kB", 10000},
                                {"256KiB", 262144},  {"1MiB", 1048576},
                                {"1.5MiB", 1572864}, {"2GiB", UINT64_C(1) << 31},
                                {"1GB", 1000000000}, {"18446744073709551615", UINT64_MAX}};
    static const char *const bad[] = {"",       "1KB",
                                      "1kib",   "1.5",
                                      "1.3KiB", "17179869184GiB",
                                      "-1",     "1 kB",
                                      "kB",     "18446744073709551616"};
    expect_good(drill_parse_size, good, DRILL_ARRAY_COUNT(good));
    expect_bad(drill_parse_size, bad, DRILL_ARRAY_COUNT(bad));
}
END_TEST

START_TEST(rates) {
    static const Good good[] = {{"9600bit", 9600},
                                {"64kbit", 64000},
                                {"1Mbit", 1000000},
                                {"2.5Gbit", UINT64_C(2500000000)},
                                {"0", 0}};
    static const char *const bad[] = {"",    "64", "64kbps", "64 kbit", "0.5bit", "18446744074Gbit",
                                      "kbit"};
    expect_good(drill_parse_rate, good, DRILL_ARRAY_COUNT(good));
    expect_bad(drill_parse_rate, bad, DRILL_ARRAY_COUNT(bad));
}
END_TEST

START_TEST(whole_numbers) {
    static const Good good[] = {
        {"0", 0}, {"42", 42}, {"00042", 42}, {"18446744073709551615", UINT64_MAX}};
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x10",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    expect_good(drill_parse_u64, good, DRILL_ARRAY_COUNT(good));
    expect_bad(drill_parse_u64, bad, DRILL_ARRAY_COUNT(bad));
}
END_TEST

START_TEST(ratios) {
    static const struct {
        const char *text;
        DrillRatio ratio;
    } good[] = {
        {"0", {0, 1}},       {"1", {1, 1}},        {"2%", {2, 100}},
        {"0.5%", {5, 1000}}, {"100%", {100, 100}}, {"1/50", {1, 50}},
        {"0.25", {25, 100}}, {"7/7", {7, 7}},      {"1/18446744073709551615", {1, UINT64_MAX}}};
    static const char *const bad[] = {"",
                                      "2",
                                      "101%",
                                      "100.1%",
                                      "1/0",
                                      "3/2",
                                      "1/",
                                      "/2",
                                      "-1%",
                                      "1 %",
                                      "%",
                                      "1%%",
                                      "1/2%",
                                      "0.5/1",
                                      "1/2/3",
                                      "1e-3",
                                      "0.00000000000000000000001",
                                      "1/18446744073709551616"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(good); i++) {
        DrillRatio ratio = {9, 9};
        ck_assert_msg(drill_parse_ratio(drill_span_of(good[i].text), &ratio) == DRILL_OK, "'%s'",
                      good[i].text);
        ck_assert_uint_eq(ratio.numerator, good[i].ratio.numerator);
        ck_assert_uint_eq(ratio.denominator, good[i].ratio.denominator);
    }
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(bad); i++) {
        DrillRatio ratio = {9, 9};
        ck_assert_msg(drill_parse_ratio(drill_span_of(bad[i]), &ratio) == DRILL_INVALID, "'%s'",
                      bad[i]);
        ck_assert_uint_eq(ratio.numerator, 9);
    }
}
END_TEST

static void expect_hex_bad(const char *text, size_t wanted_offset) {
    DrillBuffer out = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&out, "kept");
    size_t offset = 999;
    ck_assert_int_eq(drill_parse_hex(drill_span_of(text), &out, &offset), DRILL_INVALID);
    ck_assert_uint_eq(offset, wanted_offset);
    ck_assert(drill_span_is(drill_buffer_span(&out), "kept"));
    drill_buffer_release(&out);
}

START_TEST(hex) {
    DrillBuffer out = {.allocator = drill_allocator_malloc()};
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(drill_span_of("30 05\t00\n01 aBCd"), &out, &offset), DRILL_OK);
    ck_assert_uint_eq(out.size, 6);
    ck_assert_mem_eq(out.data, "\x30\x05\x00\x01\xab\xcd", 6);
    ck_assert_int_eq(drill_parse_hex(drill_span_of("  "), &out, NULL), DRILL_OK);
    ck_assert_uint_eq(out.size, 6);
    drill_buffer_release(&out);
    expect_hex_bad("3", 1);
    expect_hex_bad("30 0", 4);
    expect_hex_bad("30 0 5", 4);
    expect_hex_bad("30 zz", 3);
    expect_hex_bad("0x30", 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/parse");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, durations);
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, rates);
    tcase_add_test(tests, whole_numbers);
    tcase_add_test(tests, ratios);
    tcase_add_test(tests, hex);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
