/* Histograms: small values exactly, large ones to a 64th, percentiles as sorting would give them.
 */
#include "base/histogram.h"
#include "base/random.h"
#include "unit/suite.h"

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

START_TEST(nothing_and_one_value) {
    static DrillHistogram histogram;
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 5000), 0);
    drill_histogram_add(&histogram, 1000003);
    /* The largest value is known exactly. */
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 0), 1000003);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 5000), 1000003);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 10000), 1000003);
    ck_assert_uint_eq(histogram.count, 1);
}
END_TEST

START_TEST(small_values_exactly) {
    static DrillHistogram histogram;
    for (uint64_t value = 1; value <= 100; value++)
        drill_histogram_add(&histogram, value);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 100), 1);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 101), 2);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 5000), 50);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 9900), 99);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 10000), 100);
}
END_TEST

START_TEST(the_ends_of_the_range) {
    static DrillHistogram histogram;
    for (unsigned power = 0; power < 64; power++) {
        drill_histogram_add(&histogram, UINT64_C(1) << power);
        drill_histogram_add(&histogram, (UINT64_C(1) << power) - 1);
    }
    drill_histogram_add(&histogram, UINT64_MAX);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 1), 0);
    ck_assert_uint_eq(drill_histogram_percentile(&histogram, 10000), UINT64_MAX);
}
END_TEST

START_TEST(never_below_and_a_64th_above) {
    enum { COUNT = 20011 };
    static DrillHistogram histogram;
    static uint64_t values[COUNT];
    DrillStream stream = drill_stream(3, "values");
    for (uint64_t i = 0; i < COUNT; i++) {
        unsigned bits = (unsigned)drill_stream_below(stream, i, 1, 60);
        values[i] = drill_stream_draw(stream, i, 0) >> bits;
        drill_histogram_add(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), compare);
    for (uint32_t per_10000 = 1; per_10000 <= 10000; per_10000 += 7) {
        uint64_t rank = ((uint64_t)COUNT * per_10000 + 9999) / 10000; /* from 1 */
        uint64_t want = values[rank - 1], got = drill_histogram_percentile(&histogram, per_10000);
        ck_assert_uint_ge(got, want);
        ck_assert_uint_le(got - want, want / 64);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/histogram");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, nothing_and_one_value);
    tcase_add_test(tests, small_values_exactly);
    tcase_add_test(tests, the_ends_of_the_range);
    tcase_add_test(tests, never_below_and_a_64th_above);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
