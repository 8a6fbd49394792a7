#include "unit/driver/toy.h"

typedef struct Chain {
    DrillQueue *queue;
    uint64_t left;
} Chain;

static void add_next(void *context, uint64_t argument, uint64_t now_ns) {
    Chain *chain = context;
    if (chain->left == 0) return;
    chain->left--;
    (void)drill_queue_add(chain->queue, now_ns + argument, add_next, chain, argument);
}

START_TEST(test_fires_all_in_order) {
    Toy toy;
    toy_init(&toy);
    toy.driver = drill_driver_virtual();
    (void)drill_queue_add(toy.queue, 30, toy_nothing, NULL, 0);
    (void)drill_queue_add(toy.queue, 10, toy_nothing, NULL, 0);
    (void)drill_queue_add(toy.queue, 20 * DRILL_NS_PER_S * 3600, toy_nothing, NULL, 0);
    (void)drill_queue_add(toy.queue, 10, toy_nothing, NULL, 0);
    toy_run(&toy);
    ck_assert_str_eq(toy_text(&toy), "10 fired\n10 fired\n30 fired\n72000000000000 fired\n");
    ck_assert(!toy_step(&toy));
    toy_free(&toy);
}
END_TEST

START_TEST(test_fires_what_events_add) {
    Toy toy;
    toy_init(&toy);
    toy.driver = drill_driver_virtual();
    Chain chain = {toy.queue, 999};
    (void)drill_queue_add(toy.queue, 5, add_next, &chain, 7);
    toy_run(&toy);
    ck_assert_uint_eq(toy.fired, 1000);
    ck_assert_uint_eq(toy.last_ns, 5 + 999 * 7);
    toy_free(&toy);
}
END_TEST

START_TEST(test_has_no_outside) {
    DrillDriver *driver = drill_driver_virtual();
    ck_assert_str_eq(driver->name, "virtual");
    ck_assert(!driver->live);
    ck_assert(driver->open == NULL);
    ck_assert(driver->write == NULL);
    ck_assert(driver->close == NULL);
    driver->free(driver);
}
END_TEST

START_TEST(test_wall_clock_moves) {
    uint64_t first = drill_wall_ns();
    uint64_t second = drill_wall_ns();
    ck_assert_uint_gt(first, 0);
    ck_assert_uint_ge(second, first);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/virtual");
    TCase *tests = tcase_create("virtual");
    tcase_add_test(tests, test_fires_all_in_order);
    tcase_add_test(tests, test_fires_what_events_add);
    tcase_add_test(tests, test_has_no_outside);
    tcase_add_test(tests, test_wall_clock_moves);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
