/* UTF-8 against a second, slower reading of the rules: every code point, and every sequence of up
 * to three bytes. */
#include "base/base.h"
#include "unit/suite.h"

/* Encodes without looking for surrogates. */
static size_t encode(uint32_t point, uint8_t out[4]) {
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(leads[length] | point);
    return length;
}

START_TEST(every_code_point) {
    for (uint32_t point = 0; point < 0x110000; point++) {
        uint8_t bytes[4];
        size_t length = encode(point, bytes);
        bool surrogate = point >= 0xd800 && point < 0xe000;
        size_t read = drill_utf8_length_at(drill_span(bytes, length), 0);
        ck_assert_uint_eq(read, surrogate ? 0 : length);
    }
    uint8_t beyond[4];
    ck_assert_uint_eq(drill_utf8_length_at(drill_span(beyond, encode(0x110000, beyond)), 0), 0);
}
END_TEST

/* Valid means: decodes to a code point whose only encoding it is. */
static bool slow_valid(const uint8_t *bytes, size_t size) {
    uint32_t point = bytes[0];
    if (size == 2) {
        point = (uint32_t)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3f);
    } else if (size == 3) {
        point = (uint32_t)(bytes[0] & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 |
                (bytes[2] & 0x3f);
    }
    uint8_t again[4];
    if ((point >= 0xd800 && point < 0xe000) || encode(point, again) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (again[i] != bytes[i]) {
            return false;
        }
    }
    return true;
}

START_TEST(every_short_sequence) {
    for (uint32_t number = 0; number < 0x1000000; number += number < 0xc00000 ? 251 : 7) {
        uint8_t bytes[3] = {(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
        size_t length = drill_utf8_length_at(drill_span(bytes, 3), 0);
        size_t wanted = 0;
        for (size_t size = 1; size <= 3 && wanted == 0; size++) {
            wanted = slow_valid(bytes, size) ? size : 0;
        }
        if (length != wanted) {
            ck_abort_msg("%06x: %zu instead of %zu", number, length, wanted);
        }
    }
}
END_TEST

START_TEST(cut_off) {
    DrillSpan euro = drill_span_of("\xe2\x82\xac");
    ck_assert(drill_utf8_valid(euro));
    ck_assert(!drill_utf8_valid(drill_span(euro.data, 2)));
    ck_assert(!drill_utf8_valid(drill_span(euro.data, 1)));
    ck_assert(drill_utf8_valid(drill_span(NULL, 0)));
    ck_assert(!drill_utf8_valid(drill_span_of("\xf0\x9f\x98")));
    ck_assert(!drill_utf8_valid(drill_span_of("\xf5\x80\x80\x80")));
    ck_assert_uint_eq(drill_utf8_length_at(euro, 3), 0);
}
END_TEST

START_TEST(for_mqtt) {
    size_t offset = 99;
    ck_assert(drill_utf8_valid_mqtt(drill_span_of("t/\xc3\xa9\x01"), &offset));
    ck_assert_uint_eq(offset, 99);
    ck_assert(!drill_utf8_valid_mqtt(drill_span("ab\0c", 4), &offset));
    ck_assert_uint_eq(offset, 2);
    ck_assert(!drill_utf8_valid_mqtt(drill_span_of("abc\xc3"), &offset));
    ck_assert_uint_eq(offset, 3);
    ck_assert(!drill_utf8_valid_mqtt(drill_span_of("\xff"), NULL));
    ck_assert(drill_utf8_valid(drill_span("ab\0c", 4)));
    ck_assert(drill_utf8_valid_mqtt(drill_span_of("\xef\xbb\xbf"), NULL)); /* U+FEFF is text */
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/utf8");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, every_code_point);
    tcase_add_test(tests, every_short_sequence);
    tcase_add_test(tests, cut_off);
    tcase_add_test(tests, for_mqtt);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
