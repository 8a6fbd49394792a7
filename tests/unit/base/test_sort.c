/* Sorting: order, stability, every length. */
#include "base/random.h"
#include "unit/suite.h"

typedef struct Item {
    uint32_t key;
    uint32_t place; /* before sorting */
    uint8_t rest[5];
} Item;

static int by_key(const void *a, const void *b, void *context) {
    uint32_t left = ((const Item *)a)->key;
    uint32_t right = ((const Item *)b)->key;
    ++*(size_t *)context;
    return left < right ? -1 : left > right;
}

static void sort_and_check(size_t count, uint32_t keys) {
    static Item items[1000];
    DrillStream stream = drill_stream(count, "sort");
    for (size_t i = 0; i < count; i++) {
        items[i].key = (uint32_t)drill_stream_below(stream, i, 0, keys);
        items[i].place = (uint32_t)i;
        items[i].rest[0] = (uint8_t)items[i].key;
    }
    size_t comparisons = 0;
    drill_sort(items, count, sizeof(Item), by_key, &comparisons, drill_allocator_malloc());
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(items[i].rest[0], (uint8_t)items[i].key);
        if (i > 0) {
            ck_assert(items[i - 1].key < items[i].key ||
                      (items[i - 1].key == items[i].key && items[i - 1].place < items[i].place));
        }
    }
    ck_assert_uint_le(comparisons, count * 16);
}

START_TEST(every_length) {
    for (size_t count = 0; count < 130; count++) {
        sort_and_check(count, 1000000);
        sort_and_check(count, 4);
        sort_and_check(count, 1);
    }
    sort_and_check(1000, 50);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/sort");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, every_length);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
