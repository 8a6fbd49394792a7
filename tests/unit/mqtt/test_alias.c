/* Topic Aliases of both directions, against naive models. */
#include "unit/mqtt/net.h"

#include "mqtt/alias.h"
#include "unit/suite.h"

static uint64_t random_state = 1;
static unsigned below(unsigned bound) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % bound;
}

static const char *const topics[] = {"a", "a/b", "a/b/c", "b", "c/d", "long/topic/name", "x", "y"};
#define TOPICS DRILL_ARRAY_COUNT(topics)

START_TEST(test_receiver) {
    DrillAliasesIn in = {.allocator = drill_allocator_malloc()};
    DrillSpan topic = drill_span_of("a/b");
    ck_assert_int_eq(drill_aliases_in_take(&in, 1, &topic), DRILL_ALIAS_INVALID);
    drill_aliases_in_reset(&in, 10);
    DrillSpan none = {NULL, 0};
    ck_assert_int_eq(drill_aliases_in_take(&in, 0, &topic), DRILL_ALIAS_INVALID);
    ck_assert_int_eq(drill_aliases_in_take(&in, 11, &topic), DRILL_ALIAS_INVALID);
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &none), DRILL_ALIAS_UNKNOWN);
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &topic), DRILL_ALIAS_OK);
    ck_assert_int_eq(drill_aliases_in_take(&in, 9, &none), DRILL_ALIAS_UNKNOWN);
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &none), DRILL_ALIAS_OK);
    ck_assert(drill_span_is(none, "a/b"));
    topic = drill_span_of("another/topic");
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &topic), DRILL_ALIAS_OK);
    none = drill_span(NULL, 0);
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &none), DRILL_ALIAS_OK);
    ck_assert(drill_span_is(none, "another/topic"));
    drill_aliases_in_reset(&in, 10);
    none = drill_span(NULL, 0);
    ck_assert_int_eq(drill_aliases_in_take(&in, 10, &none), DRILL_ALIAS_UNKNOWN);
    drill_aliases_in_release(&in);
}
END_TEST

START_TEST(test_first) {
    DrillAliasesOut out = {.allocator = drill_allocator_malloc()};
    bool known = true;
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("a"), &known), 0);
    drill_aliases_out_reset(&out, DRILL_ALIASES_FIRST, 2);
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("a"), &known), 1);
    ck_assert(!known);
    /* Not sent: the next topic gets the number. */
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("b"), &known), 1);
    drill_aliases_out_sent(&out, 1, drill_span_of("b"));
    drill_aliases_out_sent(&out, 2, drill_span_of("a"));
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("b"), &known), 1);
    ck_assert(known);
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("c"), &known), 0);
    ck_assert(!known);
    drill_aliases_out_reset(&out, DRILL_ALIASES_FIRST, 2);
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("b"), &known), 1);
    ck_assert(!known);
    drill_aliases_out_release(&out);
}
END_TEST

/* The peer's table is the model: what it would make of each packet is the topic that was meant. */
START_TEST(test_recent_against_peer) {
    DrillAliasesOut out = {.allocator = drill_allocator_malloc()};
    DrillAliasesIn peer = {.allocator = drill_allocator_malloc()};
    uint16_t max = (uint16_t)(1 + _i % 5);
    unsigned used[TOPICS] = {0}, hits = 0;
    random_state = (uint64_t)_i;
    drill_aliases_out_reset(&out, DRILL_ALIASES_RECENT, max);
    drill_aliases_in_reset(&peer, max);
    for (unsigned step = 1; step <= 2000; step++) {
        unsigned chosen = below(TOPICS), newer = 0;
        DrillSpan topic = drill_span_of(topics[chosen]);
        bool known;
        uint16_t alias = drill_aliases_out_choose(&out, topic, &known);
        /* Known: at most max - 1 other topics were used since. */
        for (unsigned i = 0; i < TOPICS; i++)
            newer += used[i] > used[chosen];
        ck_assert_int_eq(known, used[chosen] > 0 && newer < max);
        DrillSpan wire = known ? drill_span(NULL, 0) : topic;
        ck_assert_int_eq(drill_aliases_in_take(&peer, alias, &wire), DRILL_ALIAS_OK);
        ck_assert(drill_span_equal(wire, topic));
        drill_aliases_out_sent(&out, alias, topic);
        ck_assert(drill_aliases_out_stands_for(&out, alias, topic));
        used[chosen] = step;
        hits += known;
    }
    ck_assert_uint_gt(hits, 100);
    drill_aliases_out_release(&out);
    drill_aliases_in_release(&peer);
}
END_TEST

/* Numbers that the caller picks, and every number at once. */
START_TEST(test_any_number) {
    DrillAliasesOut out = {.allocator = drill_allocator_malloc()};
    char text[16];
    bool known;
    drill_aliases_out_reset(&out, DRILL_ALIASES_RECENT, 65535);
    drill_aliases_out_sent(&out, 300, drill_span_of("a"));
    ck_assert(drill_aliases_out_stands_for(&out, 300, drill_span_of("a")));
    ck_assert(!drill_aliases_out_stands_for(&out, 1, drill_span_of("a")));
    ck_assert(!drill_aliases_out_stands_for(&out, 0, drill_span_of("a")));
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("b"), &known), 2);
    drill_aliases_out_reset(&out, DRILL_ALIASES_RECENT, 65535);
    for (unsigned i = 1; i <= 65535; i++) {
        snprintf(text, sizeof text, "t%u", i);
        ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of(text), &known), i);
        drill_aliases_out_sent(&out, (uint16_t)i, drill_span_of(text));
    }
    ck_assert_uint_eq(drill_aliases_out_choose(&out, drill_span_of("one more"), &known), 1);
    drill_aliases_out_release(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("alias");
    TCase *tests = tcase_create("alias");
    tcase_add_test(tests, test_receiver);
    tcase_add_test(tests, test_first);
    tcase_add_loop_test(tests, test_recent_against_peer, 0, 10);
    tcase_add_test(tests, test_any_number);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
