/* The map against a naive one: an array searched from the front. */
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "unit/suite.h"

#define KEYS 300

typedef struct Naive {
    uint32_t keys[KEYS]; /* in order of insertion */
    size_t values[KEYS]; /* by key; 0: absent */
    size_t count;
} Naive;

static DrillSpan key_bytes(uint32_t key, uint8_t out[300]) {
    size_t size = key % 20 == 0 ? key : 4; /* long ones, and the empty one */
    memset(out, 0, 300);
    if (key != 0) {
        out[0] = (uint8_t)key;
        out[1] = (uint8_t)(key >> 8);
    }
    return drill_span(out, key == 0 ? 0 : size);
}

static void naive_remove(Naive *naive, uint32_t key) {
    size_t at = 0;
    while (at < naive->count && naive->keys[at] != key) {
        at++;
    }
    if (at < naive->count) {
        memmove(naive->keys + at, naive->keys + at + 1,
                (naive->count - at - 1) * sizeof naive->keys[0]);
        naive->count--;
    }
    naive->values[key] = 0;
}

static void compare(const DrillMap *map, const Naive *naive) {
    uint8_t bytes[300];
    ck_assert_uint_eq(drill_map_count(map), naive->count);
    size_t seen = 0;
    for (size_t slot = 0; slot < drill_map_slots(map); slot++) {
        DrillSpan key;
        void *value = drill_map_at(map, slot, &key);
        if (value == NULL) {
            continue;
        }
        uint32_t wanted = naive->keys[seen++];
        ck_assert(drill_span_equal(key, key_bytes(wanted, bytes)));
        ck_assert_uint_eq((uintptr_t)value, naive->values[wanted]);
    }
    ck_assert_uint_eq(seen, naive->count);
    for (uint32_t key = 0; key < KEYS; key++) {
        ck_assert_uint_eq((uintptr_t)drill_map_get(map, key_bytes(key, bytes)), naive->values[key]);
    }
}

START_TEST(random_workload) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    DrillMap *map = drill_map_new(drill_arena_allocator(arena));
    static Naive naive;
    memset(&naive, 0, sizeof naive);
    DrillStream stream = drill_stream((uint64_t)_i, "map");
    for (uint64_t step = 1; step <= 6000; step++) {
        uint8_t bytes[300];
        /* the number of keys in use goes up and down, so that the map grows and closes gaps */
        uint32_t key = (uint32_t)drill_stream_below(stream, step, 0, step % 1000 < 500 ? KEYS : 12);
        DrillSpan span = key_bytes(key, bytes);
        if (drill_stream_below(stream, step, 1, 5) < 3) {
            if (naive.values[key] == 0) {
                naive.keys[naive.count++] = key;
            }
            naive.values[key] = (size_t)step;
            drill_map_set(map, span, (void *)(uintptr_t)step);
        } else {
            ck_assert_uint_eq((uintptr_t)drill_map_remove(map, span), naive.values[key]);
            naive_remove(&naive, key);
        }
        if (step % 50 == 0) {
            compare(map, &naive);
        }
    }
    drill_map_free(map);
    drill_arena_free(arena);
}
END_TEST

START_TEST(empty) {
    DrillMap *map = drill_map_new(drill_allocator_malloc());
    ck_assert_ptr_null(drill_map_get(map, drill_span_of("a")));
    ck_assert_ptr_null(drill_map_remove(map, drill_span_of("a")));
    ck_assert_uint_eq(drill_map_slots(map), 0);
    drill_map_free(map);
    drill_map_free(NULL);
}
END_TEST

/* Removing while going through the slots skips nothing. */
START_TEST(remove_while_iterating) {
    DrillMap *map = drill_map_new(drill_allocator_malloc());
    int values[100];
    for (uint8_t i = 0; i < 100; i++) {
        drill_map_set(map, drill_span(&i, 1), &values[i]);
    }
    for (size_t slot = 0; slot < drill_map_slots(map); slot++) {
        DrillSpan key;
        ck_assert_ptr_eq(drill_map_at(map, slot, &key), &values[slot]);
        ck_assert_ptr_eq(drill_map_remove(map, key), &values[slot]);
    }
    ck_assert_uint_eq(drill_map_count(map), 0);
    drill_map_free(map);
}
END_TEST

/* A map used as a queue stays small. */
START_TEST(gaps_are_closed) {
    DrillMap *map = drill_map_new(drill_allocator_malloc());
    int value;
    for (uint32_t i = 0; i < 100000; i++) {
        drill_map_set(map, drill_span(&i, 4), &value);
        if (i >= 4) {
            uint32_t old = i - 4;
            ck_assert_ptr_eq(drill_map_remove(map, drill_span(&old, 4)), &value);
        }
    }
    ck_assert_uint_eq(drill_map_count(map), 4);
    ck_assert_uint_le(drill_map_slots(map), 16);
    drill_map_free(map);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/map");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, empty);
    tcase_add_test(tests, remove_while_iterating);
    tcase_add_test(tests, gaps_are_closed);
    tcase_add_loop_test(tests, random_workload, 0, 3);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
