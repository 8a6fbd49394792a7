/* Measuring, fitting and breaking text; the pool. */
#include "unit/report/golden.h"

#include "report/text.h"

static const DrillFont ten = {100, false};

START_TEST(widths_come_from_the_font) {
    ck_assert_int_eq(drill_text_width("", ten), 0);
    ck_assert_int_eq(drill_text_width("0", ten),
                     64); /* 636 thousandths of ten points, rounded up */
    ck_assert_int_gt(drill_text_width("W", (DrillFont){100, true}), drill_text_width("W", ten));
    ck_assert_int_eq(drill_text_width("…", ten), 90);
    ck_assert_int_eq(drill_text_width("ab", ten), drill_text_width("ba", ten));
}
END_TEST

START_TEST(fitting_cuts_whole_characters) {
    DrillPool pool = {0};
    ck_assert_str_eq(drill_text_fit(&pool, "short", ten, 1000), "short");
    const char *cut = drill_text_fit(&pool, "äöüäöüäöü", ten, 500);
    ck_assert(drill_utf8_valid(drill_span_of(cut)));
    ck_assert_int_le(drill_text_width(cut, ten), 500);
    ck_assert_ptr_nonnull(strstr(cut, "…"));
    ck_assert_str_eq(drill_text_fit(&pool, "words here", ten, 450), "words…");
    drill_pool_free(&pool);
}
END_TEST

START_TEST(wrapping_keeps_words) {
    DrillPool pool = {0};
    const char *lines[8];
    DrillWrap wrap = {ten, 700, 8};
    size_t count = drill_text_wrap(&pool, "the quick brown fox\njumps", &wrap, lines);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(lines[0], "the quick");
    ck_assert_str_eq(lines[1], "brown fox");
    ck_assert_str_eq(lines[2], "jumps");
    count = drill_text_wrap(&pool, "incomprehensibilities", &wrap, lines);
    ck_assert_uint_gt(count, 1);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_le(drill_text_width(lines[i], ten), 700);
    wrap.lines_max = 2;
    count = drill_text_wrap(&pool, "one two three four five six seven eight", &wrap, lines);
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_nonnull(strstr(lines[1], "…"));
    ck_assert_uint_eq(drill_text_wrap(&pool, "", &wrap, lines), 0);
    drill_pool_free(&pool);
}
END_TEST

START_TEST(pool_grows_and_keeps) {
    DrillPool pool = {0};
    uint32_t *numbers = NULL;
    size_t count = 0;
    for (uint32_t i = 0; i < 20000; i++)
        *DRILL_POOL_ADD(&pool, numbers, count) = i;
    for (uint32_t i = 0; i < 20000; i++)
        ck_assert_uint_eq(numbers[i], i);
    char *big = drill_pool_take(&pool, 100000);
    const char *small = drill_pool_string(&pool, "small");
    memset(big, 'x', 100000);
    ck_assert_str_eq(small, "small");
    ck_assert_uint_eq((uintptr_t)big % 16, 0);
    drill_pool_free(&pool);
    ck_assert_ptr_null(pool.blocks);
}
END_TEST

START_TEST(readable_is_cut_and_escaped) {
    DrillPool pool = {0};
    ck_assert_str_eq(drill_pool_readable(&pool, drill_span_of("abc"), 3), "abc");
    ck_assert_str_eq(drill_pool_readable(&pool, drill_span_of("abcd"), 3), "ab…");
    ck_assert_str_eq(drill_pool_readable(&pool, drill_span_of("äöüß"), 3), "äö…");
    const char *escaped = drill_pool_readable(&pool, drill_span("\x01\xff", 2), 20);
    ck_assert_str_eq(escaped, "\\x01\\xFF");
    ck_assert_str_eq(drill_pool_readable(&pool, drill_span(NULL, 0), 3), "");
    drill_pool_free(&pool);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/text");
    TCase *cases = tcase_create("text");
    tcase_add_test(cases, widths_come_from_the_font);
    tcase_add_test(cases, fitting_cuts_whole_characters);
    tcase_add_test(cases, wrapping_keeps_words);
    tcase_add_test(cases, pool_grows_and_keeps);
    tcase_add_test(cases, readable_is_cut_and_escaped);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
