/* When the paced driver hands what over. */
#include <time.h>

#include "unit/driver/paced.h"

START_TEST(test_events_wait_for_the_wall_clock) {
    static Fixture fixture;
    start(&fixture);
    for (uint64_t i = 1; i <= 30; i++) {
        (void)drill_queue_add(fixture.toy.queue, i * 10 * DRILL_NS_PER_MS, toy_nothing, NULL, 0);
    }
    clock_t cpu_before = clock();
    uint64_t late_ns = 0;
    for (uint64_t i = 1; i <= 30; i++) {
        ck_assert(toy_step(&fixture.toy)); /* never early: toy_check */
        ck_assert_uint_eq(fixture.toy.last_ns, i * 10 * DRILL_NS_PER_MS);
        uint64_t late = drill_wall_ns() - fixture.toy.created_ns - fixture.toy.last_ns;
        if (late > late_ns) late_ns = late;
    }
    clock_t cpu = clock() - cpu_before;
    ck_assert(!toy_step(&fixture.toy));
    ck_assert_uint_lt(late_ns, DRILL_NS_PER_S); /* a busy machine, not a lost wake-up */
    ck_assert_msg(cpu < CLOCKS_PER_SEC / 10, "waiting took processor time: a busy loop");
    stop(&fixture);
}
END_TEST

static void be_slow(void *context, uint64_t argument, uint64_t now_ns) {
    (void)context;
    (void)now_ns;
    (void)poll(NULL, 0, (int)argument);
}

typedef struct Burst {
    Fixture fixture;
    uint64_t late_ns;     /* of an event that is overdue while older inputs wait */
    uint64_t before_late; /* inputs with bytes that kept their earlier time */
} Burst;

static void at_burst(Toy *toy, const DrillInput *input) {
    Burst *burst = toy->user; /* its first member is the fixture */
    on_input(toy, input);
    if (input->kind != DRILL_INPUT_BYTES) return;
    if (burst->late_ns == 0) {
        burst->late_ns = input->time_ns + 500 * DRILL_NS_PER_MS;
        (void)drill_queue_add(toy->queue, burst->late_ns, toy_nothing, NULL, 0);
        /* One for each nanosecond, so that some fall on the very time of the next input. */
        for (uint64_t i = 0; i < 50000; i++) {
            (void)drill_queue_add(toy->queue, input->time_ns + i, toy_nothing, NULL, 0);
        }
        (void)poll(NULL, 0, 550);
    }
    if (input->time_ns < burst->late_ns) burst->before_late++;
}

START_TEST(test_inputs_that_arrive_together) {
    static Burst burst;
    Fixture *fixture = &burst.fixture;
    start(fixture);
    fixture->toy.on_input = at_burst;
    for (uint64_t conn = 1; conn <= 8; conn++) {
        fixture->toy.driver->open(fixture->toy.driver, conn);
        run_until_connected(fixture, conn);
    }
    for (uint64_t conn = 1; conn <= 8; conn++)
        say(fixture, conn, "A");
    await_answers(fixture, 8); /* before any step: a step may look at the sockets */
    uint64_t arrived = 0;
    while (arrived < 8) {
        ck_assert(toy_step(&fixture->toy)); /* events up to each input come before it: toy_check */
        arrived = 0;
        for (uint64_t conn = 1; conn <= 8; conn++)
            arrived += fixture->peers[conn].received;
    }
    for (uint64_t conn = 1; conn <= 8; conn++)
        close_it(fixture, conn, true);
    toy_run(&fixture->toy);
    ck_assert_uint_eq(fixture->toy.fired, 1 + 50000);
    ck_assert_uint_ge(burst.before_late, 2);
    stop(fixture);
}
END_TEST

/* An answer comes, but this process does not look before a timeout is overdue. */
static void stand_still(void *context, uint64_t due_ns, uint64_t now_ns) {
    Fixture *fixture = context;
    (void)now_ns;
    say(fixture, 1, "A");
    await_answers(fixture, 1);
    while (drill_wall_ns() - fixture->toy.created_ns < due_ns + 50 * DRILL_NS_PER_MS)
        (void)poll(NULL, 0, 10);
}

START_TEST(test_what_has_come_is_before_what_is_overdue) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.driver->open(fixture.toy.driver, 1);
    run_until_connected(&fixture, 1);
    uint64_t due_ns = fixture.toy.last_ns + 50 * DRILL_NS_PER_MS;
    (void)drill_queue_add(fixture.toy.queue, fixture.toy.last_ns, stand_still, &fixture, due_ns);
    (void)drill_queue_add(fixture.toy.queue, due_ns, expect_received, &fixture, 1);
    while (fixture.toy.fired < 2)
        ck_assert(toy_step(&fixture.toy));
    stop(&fixture);
}
END_TEST

typedef struct Stalls {
    Fixture fixture;
    uint64_t count, longest_ns;
    uint64_t explained; /* inputs with bytes after that */
} Stalls;

static void at_stall(Toy *toy, const DrillInput *input) {
    Stalls *stalls = toy->user; /* its first member is the fixture */
    if (input->kind != DRILL_INPUT_STALLED) {
        on_input(toy, input);
        stalls->explained += stalls->count > 0 && input->kind == DRILL_INPUT_BYTES;
        return;
    }
    stalls->count++;
    if (input->stalled_ns > stalls->longest_ns) stalls->longest_ns = input->stalled_ns;
}

START_TEST(test_standing_still_is_told) {
    static Stalls stalls;
    Fixture *fixture = &stalls.fixture;
    start(fixture);
    fixture->toy.on_input = at_stall;
    fixture->toy.driver->open(fixture->toy.driver, 1);
    run_until_connected(fixture, 1);
    uint64_t now_ns = fixture->toy.last_ns;
    (void)drill_queue_add(fixture->toy.queue, now_ns, stand_still, fixture,
                          now_ns + DRILL_STALL_NS + DRILL_NS_PER_S);
    (void)drill_queue_add(fixture->toy.queue, now_ns + DRILL_STALL_NS, toy_nothing, NULL, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(toy_step(&fixture->toy));
    /* It is before what came meanwhile and what is overdue: it explains both. */
    ck_assert_uint_eq(stalls.count, 1);
    ck_assert_uint_eq(stalls.explained, 1);
    ck_assert_uint_eq(fixture->toy.fired, 1);
    ck_assert_uint_ge(stalls.longest_ns, DRILL_STALL_NS);
    stop(fixture);
}
END_TEST

START_TEST(test_waiting_is_not_standing_still) {
    static Stalls stalls;
    Fixture *fixture = &stalls.fixture;
    start(fixture);
    fixture->toy.on_input = at_stall;
    fixture->toy.driver->open(fixture->toy.driver, 1);
    run_until_connected(fixture, 1);
    (void)drill_queue_add(fixture->toy.queue, fixture->toy.last_ns + 4 * DRILL_NS_PER_S,
                          toy_nothing, NULL, 0);
    while (fixture->toy.fired < 1)
        ck_assert(toy_step(&fixture->toy));
    /* Unless the machine really stood still, nothing is told. */
    ck_assert_uint_lt(stalls.longest_ns, 3 * DRILL_NS_PER_S);
    stop(fixture);
}
END_TEST

static void close_all_at_bytes(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    on_input(toy, input); /* asserts that nothing comes for what is closed */
    if (input->kind != DRILL_INPUT_BYTES) return;
    for (uint64_t conn = 1; conn <= 8; conn++)
        close_it(fixture, conn, conn % 2 == 0);
}

START_TEST(test_nothing_after_close_even_if_it_waited) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.on_input = close_all_at_bytes;
    for (uint64_t conn = 1; conn <= 8; conn++) {
        fixture.toy.driver->open(fixture.toy.driver, conn);
        run_until_connected(&fixture, conn);
    }
    for (uint64_t conn = 1; conn <= 8; conn++)
        say(&fixture, conn, "E");
    (void)drill_queue_add(fixture.toy.queue, fixture.toy.last_ns, be_slow, NULL, 300);
    (void)drill_queue_add(fixture.toy.queue, 800 * DRILL_NS_PER_MS, toy_nothing, NULL, 0);
    toy_run(&fixture.toy);
    ck_assert_uint_eq(fixture.toy.inputs, 9);
    stop(&fixture);
}
END_TEST

typedef struct Flood {
    DrillQueue *queue;
    bool stop;
} Flood;

/* Every millisecond something that takes two: always behind the wall clock. */
static void flood(void *context, uint64_t argument, uint64_t now_ns) {
    Flood *self = context;
    (void)poll(NULL, 0, 2);
    if (!self->stop) (void)drill_queue_add(self->queue, now_ns + argument, flood, self, argument);
}

START_TEST(test_overdue_events_do_not_starve_sockets) {
    static Fixture fixture;
    start(&fixture);
    Flood endless = {fixture.toy.queue, false};
    (void)drill_queue_add(fixture.toy.queue, 0, flood, &endless, DRILL_NS_PER_MS);
    open_and_say(&fixture, 1, "F");
    DrillInput input;
    uint64_t limit_ns = drill_wall_ns() + 10 * DRILL_NS_PER_S;
    do {
        ck_assert(fixture.toy.driver->step(fixture.toy.driver, fixture.toy.queue, &input));
        ck_assert_uint_lt(drill_wall_ns(), limit_ns);
        if (input.kind != DRILL_INPUT_NONE) ck_assert_uint_eq(input.connection, 1);
        if (input.kind == DRILL_INPUT_CONNECTED) endless.stop = true;
    } while (input.kind != DRILL_INPUT_CLOSED);
    ck_assert_str_eq(input.how, "fin");
    stop(&fixture);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/paced_time");
    TCase *tests = tcase_create("time");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_events_wait_for_the_wall_clock);
    tcase_add_test(tests, test_inputs_that_arrive_together);
    tcase_add_test(tests, test_what_has_come_is_before_what_is_overdue);
    tcase_add_test(tests, test_standing_still_is_told);
    tcase_add_test(tests, test_waiting_is_not_standing_still);
    tcase_add_test(tests, test_nothing_after_close_even_if_it_waited);
    tcase_add_test(tests, test_overdue_events_do_not_starve_sockets);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
