/* What is said of runs that did not come to their end: out of memory, out of time, crashed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/batch.h"
#include "explore/suite.h"
#include "unit/folder.h"
#include "unit/suite.h"

#define SCENARIO "return scenario { title = \"x\", run = function(t)\n%s\nend }\n"

static bool on_done(void *context, DrillBatchResult *result) {
    *(DrillBatchResult *)context = *result;
    memset(&result->run, 0, sizeof(result->run));
    return true;
}

/* One run of a scenario with this body, in 64 MiB. */
static DrillBatchResult run(const char *body, uint64_t timeout_ns) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    const char *path = folder_path("a.lua");
    char text[1024];
    ck_assert_int_lt(snprintf(text, sizeof text, SCENARIO, body), (int)sizeof text);
    folder_put("a.lua", text);
    ck_assert_msg(drill_suite_load(&path, 1, &suite, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
    DrillRunOptions options = {.scenario = suite.scenarios,
                               .version = DRILL_MQTT_3_1_1,
                               .seed = 1,
                               .memory_bytes_max = (size_t)64 << 20};
    DrillBatchResult result = {0};
    DrillBatchOptions batch = {.runs = &options,
                               .count = 1,
                               .jobs = 1,
                               .timeout_ns = timeout_ns,
                               .done = on_done,
                               .context = &result};
    ck_assert_int_eq(drill_batch_run(&batch, &diagnostic), DRILL_OK);
    drill_suite_free(&suite);
    return result;
}

static void assert_says(const DrillBatchResult *result, const char *part) {
    ck_assert_int_eq(result->done, DRILL_IO);
    ck_assert_msg(strstr(result->diagnostic.text, part) != NULL, "%s", result->diagnostic.text);
}

START_TEST(a_run_without_memory_names_the_limit_the_line_and_what_to_do) {
    DrillBatchResult result = run("local c = t:client('c') c:connect()\n"
                                  "t:sleep('2s')\n"
                                  "while true do c:publish('a', ('x'):rep(60000)) end",
                                  60 * DRILL_NS_PER_S);
    assert_says(&result, "the run could not go on: more than the 64 MiB of memory that one run may "
                         "use, at 2.0");
    assert_says(&result, " events (");
    assert_says(&result, "/a.lua:4): fewer clients, lower rates, smaller messages");
}
END_TEST

/* The script waits, what fills the memory is a fleet. */
START_TEST(the_line_that_waits_is_named) {
    DrillBatchResult result =
        run("t:fleet{ n = 50, client = { transport = 'stream', link = { delay = '1s' } },\n"
            "  publish = { every = '1us', topic = 'a', payload = ('x'):rep(6000) } }\n"
            "t:sleep('1m')",
            60 * DRILL_NS_PER_S);
    assert_says(&result, "/a.lua:4, which waits for t:sleep): fewer clients");
}
END_TEST

START_TEST(a_run_without_time_names_the_option) {
    DrillBatchResult result =
        run("local c = t:client('c') c:connect()\n"
            "while true do t:sleep('1ns') pcall(function() c:publish('a', 'x') end) end",
            300 * DRILL_NS_PER_MS);
    assert_says(&result,
                "the run's process was killed: it took longer than the 300 ms of real time "
                "that one run may take (--timeout)");
}
END_TEST

/* A crash is no giving up: the pool's child is ended from outside. */
static void fill_and_die(void *context, size_t item, DrillRunOptions *out) {
    (void)item;
    (void)out;
    int how = *(const int *)context;
    if (how < 0) _exit(-how);
    (void)raise(how);
}

static DrillBatchResult died;

static bool keep(void *context, DrillBatchResult *result) {
    (void)context;
    died = *result;
    return true;
}

START_TEST(a_crash_says_whether_it_was_a_signal) {
    static const struct {
        int how;
        const char *text;
    } ends[] = {{-3, "the run's process crashed (status 3)"},
                {SIGTERM, "the run's process crashed (signal 15)"},
                {SIGKILL, "the run's process crashed (signal 9, as when the system has no memory "
                          "left)"}};
    DrillDiagnostic diagnostic = {""};
    int how = ends[_i].how;
    DrillBatchOptions batch = {
        .fill = fill_and_die, .count = 1, .jobs = 1, .done = keep, .context = &how};
    ck_assert_int_eq(drill_batch_run(&batch, &diagnostic), DRILL_OK);
    ck_assert_str_eq(died.diagnostic.text, ends[_i].text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("ends");
    tcase_add_checked_fixture(tests, folder_make, NULL);
    tcase_add_test(tests, a_run_without_memory_names_the_limit_the_line_and_what_to_do);
    tcase_add_test(tests, the_line_that_waits_is_named);
    tcase_add_test(tests, a_run_without_time_names_the_option);
    suite_add_tcase(suite, tests);
    TCase *crashes = tcase_create("crashes");
    tcase_add_loop_test(crashes, a_crash_says_whether_it_was_a_signal, 0, 3);
    suite_add_tcase(suite, crashes);
    return suite_run(suite);
}
