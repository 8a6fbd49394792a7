/* The paced driver on a machine that takes the processor away at the worst moment: between setting
 * the timer for the next event and waiting for it. */
#include <dlfcn.h>
#include <poll.h>
#include <uv.h>

#include "unit/driver/paced.h"

enum { EVENT_MS = 20, AWAY_MS = 3 * EVENT_MS };

/* What happens in place of the next wait. */
static void (*instead)(void);

/* In place of libuv's: a wait begins after the timer that was set for it is over. */
int uv_run(uv_loop_t *loop, uv_run_mode mode) {
    int (*run)(uv_loop_t *, uv_run_mode);
    void *found = dlsym(RTLD_NEXT, "uv_run");
    ck_assert_ptr_nonnull(found);
    memcpy(&run, &found, sizeof(run));
    if (mode == UV_RUN_ONCE && instead != NULL) {
        instead();
        instead = NULL;
        return 1;
    }
    if (mode == UV_RUN_ONCE) (void)poll(NULL, 0, AWAY_MS);
    return run(loop, mode);
}

static void leave(void *context, uint64_t argument, uint64_t now_ns) {
    Toy *toy = context;
    (void)argument;
    (void)now_ns;
    toy->driver->deafen(toy->driver);
}

/* Nobody connects: nothing but the event's time can end the wait. */
START_TEST(test_an_event_that_is_due_before_the_wait) {
    static Toy toy;
    DrillListenAddress any_port = {"127.0.0.1", 0};
    DrillPacedOptions options = {.listen = &any_port};
    DrillDiagnostic diagnostic = {""};
    toy_init(&toy);
    ck_assert_msg(drill_driver_paced(&options, &toy.driver, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
    drill_queue_add(toy.queue, EVENT_MS * DRILL_NS_PER_MS, leave, &toy, 0);
    toy_run(&toy);
    ck_assert_uint_eq(toy.fired, 1);
    toy_free(&toy);
}
END_TEST

static Fixture fixture;

/* As when the process is stopped while it waits and goes on after an event's time: libuv's wait is
 * interrupted, and it returns without a look at the sockets. */
static void be_stopped(void) {
    uint64_t due_ns = drill_wall_ns() - fixture.toy.created_ns + EVENT_MS * DRILL_NS_PER_MS;
    drill_queue_add(fixture.toy.queue, due_ns, expect_received, &fixture, 1);
    say(&fixture, 1, "A");
    await_answers(&fixture, 1);
    while (drill_wall_ns() - fixture.toy.created_ns < due_ns + AWAY_MS * DRILL_NS_PER_MS)
        (void)poll(NULL, 0, 10);
}

START_TEST(test_a_wait_that_did_not_look) {
    start(&fixture);
    fixture.toy.driver->open(fixture.toy.driver, 1);
    run_until_connected(&fixture, 1);
    instead = be_stopped;
    while (fixture.toy.fired < 1)
        ck_assert(toy_step(&fixture.toy));
    stop(&fixture);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wake");
    TCase *tests = tcase_create("wake");
    tcase_set_timeout(tests, 30); /* a hang is what is looked for */
    tcase_add_test(tests, test_an_event_that_is_due_before_the_wait);
    tcase_add_test(tests, test_a_wait_that_did_not_look);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
