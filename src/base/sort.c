/* Stable merge sort, bottom up: short runs by insertion, then merged between the array and a
 * scratch copy. */
#include <string.h>

#include "base/arena.h"
#include "base/base.h"

#define RUN_ITEMS ((size_t)8)

typedef struct Sorter {
    size_t item_size;
    DrillCompare compare;
    void *context;
} Sorter;

static void insertion_sort(const Sorter *sorter, uint8_t *items, size_t count, uint8_t *spare) {
    size_t size = sorter->item_size;
    for (size_t i = 1; i < count; i++) {
        size_t to = i;
        while (to > 0 &&
               sorter->compare(items + (to - 1) * size, items + i * size, sorter->context) > 0) {
            to--;
        }
        if (to != i) {
            memcpy(spare, items + i * size, size);
            memmove(items + (to + 1) * size, items + to * size, (i - to) * size);
            memcpy(items + to * size, spare, size);
        }
    }
}

/* Merges the sorted halves [0, middle) and [middle, count) of `from` into `to`. On a tie the left
 * half goes first. */
static void merge(const Sorter *sorter, const uint8_t *from, uint8_t *to, size_t middle,
                  size_t count) {
    size_t size = sorter->item_size;
    size_t left = 0;
    size_t right = middle;
    for (size_t out = 0; out < count; out++) {
        bool take_left = right == count ||
                         (left < middle && sorter->compare(from + left * size, from + right * size,
                                                           sorter->context) <= 0);
        memcpy(to + out * size, from + (take_left ? left++ : right++) * size, size);
    }
}

static size_t at_most(size_t value, size_t limit) {
    return value < limit ? value : limit;
}

void drill_sort(void *items, size_t count, size_t item_size, DrillCompare compare, void *context,
                DrillAllocator allocator) {
    if (count < 2) {
        return;
    }
    DRILL_ASSERT(item_size > 0 && count <= SIZE_MAX / item_size);
    Sorter sorter = {item_size, compare, context};
    size_t bytes = count * item_size;
    uint8_t *scratch = (uint8_t *)drill_allocate(allocator, bytes);
    uint8_t *from = (uint8_t *)items;
    uint8_t *to = scratch;
    for (size_t at = 0; at < count; at += RUN_ITEMS) {
        insertion_sort(&sorter, from + at * item_size, at_most(RUN_ITEMS, count - at), scratch);
    }
    for (size_t width = RUN_ITEMS; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            merge(&sorter, from + at * item_size, to + at * item_size, at_most(width, count - at),
                  at_most(2 * width, count - at));
        }
        uint8_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != (uint8_t *)items) {
        memcpy(items, from, bytes);
    }
    drill_release(allocator, scratch, bytes);
}
