/* Buffers, spans, diagnostics and the names of results. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/diagnostic.h"
#include "unit/suite.h"

static DrillBuffer new_buffer(void) {
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    return buffer;
}

START_TEST(put_grows) {
    DrillBuffer buffer = new_buffer();
    for (int i = 0; i < 1000; i++) {
        uint8_t bytes[7];
        memset(bytes, i, sizeof bytes);
        drill_buffer_put(&buffer, bytes, sizeof bytes);
    }
    ck_assert_uint_eq(buffer.size, 7000);
    for (size_t i = 0; i < 7000; i++) {
        ck_assert_uint_eq(buffer.data[i], (uint8_t)(i / 7));
    }
    drill_buffer_put(&buffer, NULL, 0);
    ck_assert_uint_eq(buffer.size, 7000);
    drill_buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_uint_ge(buffer.capacity, 7000);
    drill_buffer_release(&buffer);
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.capacity, 0);
}
END_TEST

START_TEST(print) {
    DrillBuffer buffer = new_buffer();
    drill_buffer_print(&buffer, "%s", "");
    ck_assert_uint_eq(buffer.size, 0);
    for (int length = 0; length < 200; length++) {
        drill_buffer_clear(&buffer);
        drill_buffer_print(&buffer, "%*d|", length, 7);
        ck_assert_uint_eq(buffer.size, (size_t)(length < 1 ? 1 : length) + 1);
        ck_assert_uint_eq(buffer.data[buffer.size - 1], '|');
    }
    drill_buffer_release(&buffer);
}
END_TEST

START_TEST(numbers) {
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {{0, "0"},
                {9, "9"},
                {10, "10"},
                {1234567890, "1234567890"},
                {UINT64_MAX, "18446744073709551615"}};
    DrillBuffer buffer = new_buffer();
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        drill_buffer_clear(&buffer);
        drill_buffer_put_u64(&buffer, rows[i].number);
        ck_assert_str_eq(drill_buffer_cstring(&buffer), rows[i].text);
    }
    drill_buffer_release(&buffer);
}
END_TEST

START_TEST(cstring_does_not_count) {
    DrillBuffer buffer = new_buffer();
    ck_assert_str_eq(drill_buffer_cstring(&buffer), "");
    drill_buffer_put_string(&buffer, "ab");
    drill_buffer_put_byte(&buffer, 'c');
    ck_assert_str_eq(drill_buffer_cstring(&buffer), "abc");
    ck_assert_uint_eq(buffer.size, 3);
    ck_assert(drill_span_is(drill_buffer_span(&buffer), "abc"));
    drill_buffer_release(&buffer);
}
END_TEST

START_TEST(spans) {
    DrillSpan none = {NULL, 0};
    ck_assert(drill_span_equal(none, drill_span_of("")));
    ck_assert(!drill_span_equal(none, drill_span_of("a")));
    ck_assert(drill_span_is(drill_span("abcd", 3), "abc"));
    ck_assert(!drill_span_is(drill_span_of("abc"), "abd"));
    ck_assert_int_eq(drill_span_compare(drill_span_of("a"), drill_span_of("b")), -1);
    ck_assert_int_eq(drill_span_compare(drill_span_of("ab"), drill_span_of("a")), 1);
    ck_assert_int_eq(drill_span_compare(drill_span_of("a"), drill_span_of("ab")), -1);
    ck_assert_int_eq(drill_span_compare(drill_span_of("ab"), drill_span_of("ab")), 0);
    ck_assert_int_eq(drill_span_compare(none, none), 0);
    ck_assert_int_eq(drill_span_compare(drill_span_of("\xff"), drill_span_of("a")), 1);
}
END_TEST

START_TEST(diagnose) {
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(drill_diagnose(&diagnostic, DRILL_INVALID, "%s:%d", "a.lua", 12),
                     DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "a.lua:12");
    ck_assert_int_eq(drill_diagnose(NULL, DRILL_IO, "lost"), DRILL_IO);
    ck_assert_int_eq(drill_diagnose(&diagnostic, DRILL_BUSY, "%2000d", 1), DRILL_BUSY);
    ck_assert_uint_eq(strlen(diagnostic.text), sizeof diagnostic.text - 1);
}
END_TEST

START_TEST(result_names_differ) {
    for (int a = DRILL_OK; a <= DRILL_NOT_THERE_YET; a++) {
        ck_assert_str_ne(drill_result_name((DrillResult)a), "unknown result");
        for (int b = DRILL_OK; b < a; b++) {
            ck_assert_str_ne(drill_result_name((DrillResult)a), drill_result_name((DrillResult)b));
        }
    }
    ck_assert_str_eq(drill_result_name(DRILL_MALFORMED), "malformed");
}
END_TEST

/* Around every power of 10 and of 2, where the number of digits may be miscounted. */
START_TEST(numbers_around_powers) {
    DrillBuffer buffer = new_buffer();
    uint64_t edges[20 + 64], ten = 1;
    for (size_t i = 0; i < 84; i++) {
        edges[i] = i < 20 ? ten : UINT64_C(1) << (i - 20);
        ten *= 10;
    }
    for (size_t i = 0; i < 84 * 3; i++) {
        uint64_t number = edges[i / 3] + i % 3 - 1;
        char wanted[24];
        snprintf(wanted, sizeof wanted, "%" PRIu64, number);
        drill_buffer_clear(&buffer);
        drill_buffer_put_u64(&buffer, number);
        ck_assert_str_eq(drill_buffer_cstring(&buffer), wanted);
    }
    drill_buffer_release(&buffer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/buffer");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, put_grows);
    tcase_add_test(tests, print);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, cstring_does_not_count);
    tcase_add_test(tests, spans);
    tcase_add_test(tests, numbers_around_powers);
    tcase_add_test(tests, diagnose);
    tcase_add_test(tests, result_names_differ);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
