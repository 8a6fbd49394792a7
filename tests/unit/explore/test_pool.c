/* Tasks in child processes: done, crashed, hung, talkative; in which order, how many at a time, and
 * interrupted. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore/pool.h"
#include "unit/suite.h"

enum { TASKS_MAX = 64 };

typedef struct Log {
    size_t reports, stop_after, most_running, ticks;
    size_t order[TASKS_MAX];
    DrillTaskEnd ends[TASKS_MAX]; /* by task */
    int status[TASKS_MAX];
    size_t output_size[TASKS_MAX];
    char output[TASKS_MAX][32];
    char messages[TASKS_MAX][8192];
    size_t messages_size[TASKS_MAX];
    void (*work)(size_t task, DrillBuffer *output);
    size_t chunk;
    pid_t parent;
} Log;

static void on_work(void *context, size_t task, DrillBuffer *output) {
    ((Log *)context)->work(task, output);
}

static bool on_done(void *context, const DrillTaskReport *report) {
    Log *log = context;
    size_t task = report->task;
    ck_assert_uint_lt(task, TASKS_MAX);
    log->order[log->reports++] = task;
    log->ends[task] = report->end;
    log->status[task] = report->status;
    log->output_size[task] = report->output.size;
    size_t size = report->output.size < 31 ? report->output.size : 31;
    if (size) memcpy(log->output[task], report->output.data, size);
    log->messages_size[task] = report->messages.size;
    ck_assert_uint_lt(report->messages.size, sizeof(log->messages[0]));
    if (report->messages.size)
        memcpy(log->messages[task], report->messages.data, report->messages.size);
    return log->reports != log->stop_after;
}

static void on_tick(void *context, size_t running) {
    Log *log = context;
    log->ticks++;
    if (running > log->most_running) log->most_running = running;
}

static DrillResult run_pool(Log *log, size_t jobs, size_t tasks, uint64_t timeout_ns,
                            void (*work)(size_t, DrillBuffer *)) {
    DrillPoolOptions options = {.jobs = jobs,
                                .tasks = tasks,
                                .chunk = log->chunk,
                                .timeout_ns = timeout_ns,
                                .work = on_work,
                                .done = on_done,
                                .tick = on_tick,
                                .context = log};
    DrillDiagnostic diagnostic = {""};
    log->work = work;
    log->parent = getpid();
    return drill_pool_run(&options, &diagnostic);
}

/* Every third task is wanted. */
static bool on_starting(void *context, size_t task) {
    Log *log = context;
    ck_assert_int_eq(getpid(), log->parent);
    return task % 3 == 0;
}

static void wait_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static DrillResult run_every_third(Log *log, size_t jobs, size_t tasks,
                                   void (*work)(size_t, DrillBuffer *)) {
    DrillPoolOptions options = {.jobs = jobs,
                                .tasks = tasks,
                                .starting = on_starting,
                                .work = on_work,
                                .done = on_done,
                                .context = log};
    DrillDiagnostic diagnostic = {""};
    log->work = work;
    log->parent = getpid();
    return drill_pool_run(&options, &diagnostic);
}

static void check_no_children(void) {
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* ECHILD: none is left, none is a zombie */
}

static void say_number(size_t task, DrillBuffer *output) {
    drill_buffer_print(output, "task %zu", task);
}

START_TEST(every_task_is_done_once) {
    Log *log = calloc(1, sizeof(*log));
    bool seen[TASKS_MAX] = {false};
    ck_assert_int_eq(run_pool(log, (size_t)_i, 40, 0, say_number), DRILL_OK);
    ck_assert_uint_eq(log->reports, 40);
    for (size_t i = 0; i < 40; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "task %zu", i);
        ck_assert_str_eq(log->output[i], expected);
        ck_assert_int_eq(log->ends[i], DRILL_TASK_DONE);
        ck_assert(!seen[log->order[i]]);
        seen[log->order[i]] = true;
        if (_i == 1) ck_assert_uint_eq(log->order[i], i); /* one at a time: in order */
    }
    ck_assert_uint_le(log->most_running, (size_t)_i);
    check_no_children();
    free(log);
}
END_TEST

START_TEST(tasks_that_are_not_wanted_are_left_out) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_every_third(log, 1, 10, say_number), DRILL_OK);
    ck_assert_uint_eq(log->reports, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(log->order[i], 3 * i);
    log->reports = 0;
    ck_assert_int_eq(run_every_third(log, 4, 3, say_number), DRILL_OK); /* unwanted at the end */
    ck_assert_uint_eq(log->reports, 1);
    check_no_children();
    free(log);
}
END_TEST

static bool after_the_first(void *context, size_t task) {
    return task > 0 && ((Log *)context)->reports > 0;
}

static void only_first_ends(size_t task, DrillBuffer *output) {
    if (task > 0) wait_ms(60000);
    say_number(task, output);
}

START_TEST(tasks_that_are_not_wanted_any_more_are_killed) {
    Log *log = calloc(1, sizeof(*log));
    log->work = only_first_ends;
    log->parent = getpid();
    DrillPoolOptions options = {.jobs = 3,
                                .tasks = 3,
                                .unwanted = after_the_first,
                                .work = on_work,
                                .done = on_done,
                                .context = log};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_pool_run(&options, &diagnostic), DRILL_OK);
    ck_assert_int_eq(log->ends[0], DRILL_TASK_DONE);
    ck_assert_int_eq(log->ends[1], DRILL_TASK_UNWANTED);
    ck_assert_int_eq(log->ends[2], DRILL_TASK_UNWANTED);
    check_no_children();
    free(log);
}
END_TEST

static void say_process(size_t task, DrillBuffer *output) {
    drill_buffer_print(output, "%d task %zu", (int)getpid(), task);
}

/* 40 tasks, 16 a process: 0 to 15, 16 to 31, 32 to 39. */
START_TEST(tasks_share_a_process) {
    Log *log = calloc(1, sizeof(*log));
    log->chunk = 16;
    ck_assert_int_eq(run_pool(log, (size_t)_i, 40, 0, say_process), DRILL_OK);
    ck_assert_uint_eq(log->reports, 40);
    for (size_t i = 0; i < 40; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "%d task %zu", atoi(log->output[i / 16 * 16]), i);
        ck_assert_str_eq(log->output[i], expected);
        ck_assert_int_eq(log->ends[i], DRILL_TASK_DONE);
    }
    ck_assert_int_ne(atoi(log->output[0]), atoi(log->output[16]));
    check_no_children();
    free(log);
}
END_TEST

static void some_are_bad(size_t task, DrillBuffer *output) {
    say_number(task, output);
    if (task == 3) abort();
    if (task == 4) fputs("last words", stderr);
    if (task == 4) _exit(0); /* without its output: no better than a crash */
    while (task == 6)
        pause();
    if (task % 8 == 7) drill_buffer_clear(output);
    if (task == 9) /* more than a pipe holds */
        for (size_t i = 0; i < 200000; i++)
            drill_buffer_put_byte(output, 'x');
}

START_TEST(what_ends_early_takes_only_its_task_along) {
    Log *log = calloc(1, sizeof(*log));
    log->chunk = 8;
    ck_assert_int_eq(run_pool(log, (size_t)_i, 20, 300 * DRILL_NS_PER_MS, some_are_bad), DRILL_OK);
    ck_assert_uint_eq(log->reports, 20);
    for (size_t i = 0; i < 20; i++) {
        bool crashes = i == 3 || i == 4;
        ck_assert_int_eq(log->ends[i], crashes  ? DRILL_TASK_CRASHED
                                       : i == 6 ? DRILL_TASK_TIMEOUT
                                                : DRILL_TASK_DONE);
        size_t size = i == 9 ? 6 + 200000 : i < 10 ? 6 : 7;
        ck_assert_uint_eq(log->output_size[i], crashes || i == 6 || i % 8 == 7 ? 0 : size);
    }
    ck_assert_int_eq(log->status[3], SIGABRT);
    ck_assert_str_eq(log->messages[4], "last words");
    check_no_children();
    free(log);
}
END_TEST

START_TEST(no_tasks_is_nothing) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 4, 0, 0, say_number), DRILL_OK);
    ck_assert_uint_eq(log->reports, 0);
    free(log);
}
END_TEST

static void slow_first(size_t task, DrillBuffer *output) {
    if (task == 0) wait_ms(400);
    say_number(task, output);
}

START_TEST(reports_come_in_order_of_completion) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 2, 4, 0, slow_first), DRILL_OK);
    ck_assert_uint_eq(log->order[0], 1);
    ck_assert_uint_eq(log->order[3], 0);
    ck_assert_uint_gt(log->ticks, 0);
    free(log);
}
END_TEST

static void misbehave(size_t task, DrillBuffer *output) {
    drill_buffer_put_string(output, "never seen");
    if (task == 0) abort();
    if (task == 1) _exit(7);
    if (task == 2) raise(SIGKILL);
    if (task == 3) fputs("last words", stderr);
    if (task == 3) _exit(1);
}

START_TEST(crashes_are_reported_and_others_go_on) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 2, 6, 0, misbehave), DRILL_OK);
    ck_assert_uint_eq(log->reports, 6);
    static const int status[] = {SIGABRT, 7, SIGKILL, 1};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(log->ends[i], DRILL_TASK_CRASHED);
        ck_assert_int_eq(log->status[i], status[i]);
    }
    ck_assert_str_eq(log->messages[3], "last words");
    ck_assert_int_eq(log->ends[4], DRILL_TASK_DONE);
    ck_assert_int_eq(log->ends[5], DRILL_TASK_DONE);
    check_no_children();
    free(log);
}
END_TEST

static void hang_second(size_t task, DrillBuffer *output) {
    while (task == 1)
        pause();
    say_number(task, output);
}

START_TEST(a_task_that_hangs_is_killed) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 1, 3, 300 * DRILL_NS_PER_MS, hang_second), DRILL_OK);
    ck_assert_int_eq(log->ends[0], DRILL_TASK_DONE);
    ck_assert_int_eq(log->ends[1], DRILL_TASK_TIMEOUT);
    ck_assert_int_eq(log->ends[2], DRILL_TASK_DONE);
    check_no_children();
    free(log);
}
END_TEST

/* Nothing to read from it any more, and still there. */
static void hang_silently(size_t task, DrillBuffer *output) {
    say_number(task, output);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    for (;;)
        pause();
}

START_TEST(a_task_that_hangs_with_closed_pipes_is_killed) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 1, 1, 300 * DRILL_NS_PER_MS, hang_silently), DRILL_OK);
    ck_assert_int_eq(log->ends[0], DRILL_TASK_TIMEOUT);
    check_no_children();
    free(log);
}
END_TEST

static void talk(size_t task, DrillBuffer *output) {
    static const char block[65536] = {'x'};
    size_t blocks = task == 0 ? 5000 : 100; /* 312 MiB; 6 MiB */
    for (size_t i = 0; i < blocks; i++)
        if (write(STDOUT_FILENO, block, sizeof(block)) < 0) break;
    for (size_t i = 0; i < 2000; i++)
        fprintf(stderr, "message %zu\n", i);
    (void)output;
}

START_TEST(too_much_output_is_too_much) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 1, 2, 0, talk), DRILL_OK);
    ck_assert_int_eq(log->ends[0], DRILL_TASK_TOO_BIG);
    ck_assert_int_eq(log->ends[1], DRILL_TASK_DONE);
    ck_assert_uint_eq(log->output_size[1], 100 * 65536);
    ck_assert_uint_eq(log->messages_size[1], 4096); /* the last of them */
    ck_assert_ptr_nonnull(strstr(log->messages[1], "message 1999\n"));
    free(log);
}
END_TEST

START_TEST(enough_is_enough) {
    Log *log = calloc(1, sizeof(*log));
    log->stop_after = 3;
    ck_assert_int_eq(run_pool(log, 1, 40, 0, say_number), DRILL_OK);
    ck_assert_uint_eq(log->reports, 3);
    check_no_children();
    free(log);
}
END_TEST

static void interrupt_parent(size_t task, DrillBuffer *output) {
    if (task == 2) kill(getppid(), SIGINT);
    if (task >= 2) wait_ms(20000);
    say_number(task, output);
}

START_TEST(an_interrupted_pool_takes_its_children_along) {
    Log *log = calloc(1, sizeof(*log));
    ck_assert_int_eq(run_pool(log, 2, 40, 0, interrupt_parent), DRILL_BUSY);
    ck_assert_uint_le(log->reports, 2); /* the second may be caught on its way out */
    check_no_children();
    /* And the next one is none the worse for it. */
    log->reports = 0;
    ck_assert_int_eq(run_pool(log, 2, 4, 0, say_number), DRILL_OK);
    ck_assert_uint_eq(log->reports, 4);
    free(log);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/pool");
    TCase *tests = tcase_create("pool");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, every_task_is_done_once, 1, 5);
    tcase_add_test(tests, tasks_that_are_not_wanted_are_left_out);
    tcase_add_test(tests, tasks_that_are_not_wanted_any_more_are_killed);
    tcase_add_loop_test(tests, tasks_share_a_process, 1, 4);
    tcase_add_loop_test(tests, what_ends_early_takes_only_its_task_along, 1, 4);
    tcase_add_test(tests, no_tasks_is_nothing);
    tcase_add_test(tests, reports_come_in_order_of_completion);
    tcase_add_test(tests, crashes_are_reported_and_others_go_on);
    tcase_add_test(tests, a_task_that_hangs_is_killed);
    tcase_add_test(tests, a_task_that_hangs_with_closed_pipes_is_killed);
    tcase_add_test(tests, too_much_output_is_too_much);
    tcase_add_test(tests, enough_is_enough);
    tcase_add_test(tests, an_interrupted_pool_takes_its_children_along);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
