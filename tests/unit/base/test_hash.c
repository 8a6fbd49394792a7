/* The hash is part of what makes runs the same everywhere: its values are pinned. */
#include <string.h>

#include "base/base.h"
#include "unit/suite.h"

static unsigned bits_of(uint64_t value) {
    unsigned count = 0;
    for (; value != 0; value &= value - 1) {
        count++;
    }
    return count;
}

START_TEST(pinned) {
    ck_assert_uint_eq(drill_hash(drill_span(NULL, 0), 0), UINT64_C(0x610180e1bd461631));
    ck_assert_uint_eq(drill_hash(drill_span_of("link/c1>b/loss"), 0), UINT64_C(0x14bcb170579b60b8));
    ck_assert_uint_eq(drill_hash(drill_span_of("12345678"), 1), UINT64_C(0xe2d773b5dd4ec098));
}
END_TEST

START_TEST(place_in_memory_does_not_matter) {
    uint8_t bytes[40];
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(bytes + shift, "0123456789abcdefghijklmno", 25);
        ck_assert_uint_eq(drill_hash(drill_span(bytes + shift, 25), 3),
                          drill_hash(drill_span_of("0123456789abcdefghijklmno"), 3));
    }
}
END_TEST

/* Zeros of different lengths, and text with zeros behind it, are different keys. */
START_TEST(length_counts) {
    static const uint8_t zeros[64];
    for (size_t a = 0; a < 64; a++) {
        for (size_t b = 0; b < a; b++) {
            ck_assert_uint_ne(drill_hash(drill_span(zeros, a), 0),
                              drill_hash(drill_span(zeros, b), 0));
        }
    }
}
END_TEST

/* One changed bit of input or key changes about half of the output. */
START_TEST(avalanche) {
    for (size_t size = 1; size <= 40; size++) {
        uint8_t bytes[40] = {0};
        unsigned total = 0;
        for (size_t bit = 0; bit < size * 8; bit++) {
            uint64_t before = drill_hash(drill_span(bytes, size), size);
            bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            unsigned changed = bits_of(before ^ drill_hash(drill_span(bytes, size), size));
            ck_assert_uint_ge(changed, 8);
            total += changed;
        }
        ck_assert_uint_ge(total, 26 * (unsigned)size * 8);
        ck_assert_uint_le(total, 38 * (unsigned)size * 8);
    }
    ck_assert_uint_ge(
        bits_of(drill_hash(drill_span_of("a"), 0) ^ drill_hash(drill_span_of("a"), 1)), 16);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/hash");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, pinned);
    tcase_add_test(tests, place_in_memory_does_not_matter);
    tcase_add_test(tests, length_counts);
    tcase_add_test(tests, avalanche);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
