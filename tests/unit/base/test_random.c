/* Random streams: Philox itself, how seed, name, index and purpose go into it, and the
 * distributions made from it. */
#include "base/random.h"
#include "unit/suite.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

/* The library's published known answers for Philox 4x32-10: another version must not change a run.
 */
START_TEST(known_answers) {
    static const struct {
        uint32_t counter[4];
        uint32_t key[2];
        uint32_t answer[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        philox4x32_ctr_t counter = {
            {rows[i].counter[0], rows[i].counter[1], rows[i].counter[2], rows[i].counter[3]}};
        philox4x32_key_t key = {{rows[i].key[0], rows[i].key[1]}};
        philox4x32_ctr_t answer = philox4x32_R(10, counter, key);
        for (size_t word = 0; word < 4; word++) {
            ck_assert_uint_eq(answer.v[word], rows[i].answer[word]);
        }
    }
}
END_TEST

/* Pinned: every recorded trace depends on these. */
START_TEST(pinned_draws) {
    DrillStream stream = drill_stream(42, "link/c1>b/loss");
    ck_assert_uint_eq(drill_stream_draw(stream, 0, 0), UINT64_C(0xf39f0035b8ecaff5));
    ck_assert_uint_eq(drill_stream_draw(stream, 1, 0), UINT64_C(0x83aa3b89949b85c1));
    ck_assert_uint_eq(drill_stream_draw(stream, 0, 1), UINT64_C(0xf357140b3cc34975));
    ck_assert_uint_eq(drill_stream_draw(stream, UINT64_C(1) << 40, 7),
                      UINT64_C(0x7049fd6dc89817b7));
}
END_TEST

/* Each of the four alone changes the draw. */
START_TEST(everything_counts) {
    uint64_t base = drill_stream_draw(drill_stream(1, "a"), 1, 1);
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(2, "a"), 1, 1));
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(1, "b"), 1, 1));
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(1, "a"), 2, 1));
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(1, "a"), 1, 2));
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(1, "a"), 1 + (UINT64_C(1) << 32), 1));
    ck_assert_uint_ne(base, drill_stream_draw(drill_stream(1 + (UINT64_C(1) << 32), "a"), 1, 1));
    ck_assert_uint_eq(base, drill_stream_draw(drill_stream(1, "a"), 1, 1));
}
END_TEST

START_TEST(below) {
    DrillStream stream = drill_stream(7, "dice");
    unsigned counts[6] = {0};
    for (uint64_t i = 0; i < 60000; i++) {
        uint64_t face = drill_stream_below(stream, i, 0, 6);
        ck_assert_uint_lt(face, 6);
        counts[face]++;
    }
    for (size_t face = 0; face < 6; face++) { /* 10000 expected, standard deviation 91 */
        ck_assert_uint_gt(counts[face], 9500);
        ck_assert_uint_lt(counts[face], 10500);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(drill_stream_below(stream, i, 0, 1), 0);
        ck_assert_uint_eq(drill_stream_below(stream, i, 0, UINT64_C(1) << 63),
                          drill_stream_draw(stream, i, 0) >> 1);
        ck_assert_uint_eq(drill_stream_below(stream, i, 0, UINT64_C(1) << 32),
                          drill_stream_draw(stream, i, 0) >> 32);
        uint64_t draw = drill_stream_draw(stream, i, 0); /* floor(draw * (2^64-1) / 2^64) */
        ck_assert_uint_eq(drill_stream_below(stream, i, 0, UINT64_MAX), draw == 0 ? 0 : draw - 1);
    }
}
END_TEST

START_TEST(chance) {
    DrillStream stream = drill_stream(7, "loss");
    static const DrillRatio never = {0, 1}, always = {1, 1}, always_too = {5, 5},
                            two_percent = {2, 100}, tiny = {1, UINT64_MAX},
                            almost = {UINT64_MAX - 1, UINT64_MAX};
    unsigned hits = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        ck_assert(!drill_stream_chance(stream, i, 0, never));
        ck_assert(drill_stream_chance(stream, i, 0, always));
        ck_assert(drill_stream_chance(stream, i, 0, always_too));
        ck_assert(!drill_stream_chance(stream, i, 0, tiny));
        ck_assert(drill_stream_chance(stream, i, 0, almost));
        hits += drill_stream_chance(stream, i, 0, two_percent) ? 1 : 0;
    }
    ck_assert_uint_gt(hits, 1820); /* 2000 expected, standard deviation 44 */
    ck_assert_uint_lt(hits, 2180);
}
END_TEST

/* Against -ln(draw / 2^64). */
START_TEST(exponential_values) {
    static const struct {
        uint64_t draw, of_10_12;
    } rows[] = {{1, 44361419555836},
                {UINT64_C(1) << 62, 1386294361119},
                {UINT64_C(1) << 63, 693147180559},
                {UINT64_C(0x123456789abcdef0), 2643511679964},
                {UINT64_C(0xfff0000000000000), 244170432}};
    const uint64_t mean = UINT64_C(1000000000000);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        uint64_t got = drill_draw_exponential(rows[i].draw, mean), want = rows[i].of_10_12;
        ck_assert_uint_le(got > want ? got - want : want - got, 2000); /* of 10^12 */
    }
    ck_assert_uint_eq(drill_draw_exponential(0, mean), drill_draw_exponential(1, mean));
    ck_assert_uint_lt(drill_draw_exponential(UINT64_MAX, mean), 1000);
    ck_assert_uint_eq(drill_draw_exponential(77, 0), 0);
}
END_TEST

START_TEST(exponential_distribution) {
    const uint64_t mean = 1000000, draws = 100000;
    DrillStream stream = drill_stream(5, "lifetimes");
    uint64_t sum = 0, above_mean = 0, above_three = 0;
    for (uint64_t i = 0; i < draws; i++) {
        uint64_t time = drill_draw_exponential(drill_stream_draw(stream, i, 0), mean);
        sum += time;
        above_mean += time > mean;
        above_three += time > 3 * mean;
    }
    /* The mean, e^-1 and e^-3 of them; five standard deviations to both sides. */
    ck_assert_uint_gt(sum / draws, 984000);
    ck_assert_uint_lt(sum / draws, 1016000);
    ck_assert_uint_gt(above_mean, 36026);
    ck_assert_uint_lt(above_mean, 37551);
    ck_assert_uint_gt(above_three, 4635);
    ck_assert_uint_lt(above_three, 5323);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/random");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, known_answers);
    tcase_add_test(tests, pinned_draws);
    tcase_add_test(tests, everything_counts);
    tcase_add_test(tests, below);
    tcase_add_test(tests, chance);
    tcase_add_test(tests, exponential_values);
    tcase_add_test(tests, exponential_distribution);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
