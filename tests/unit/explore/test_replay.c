/* Replaying: a recorded run comes out the same; what does not fit is explained. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/link_text.h"
#include "explore/replay.h"
#include "explore/suite.h"
#include "unit/folder.h"
#include "unit/suite.h"

#define SCENARIO                                                                                   \
    "return scenario { title = \"x\", run = function(t)\n"                                         \
    "  local c = t:client(\"c\")\n"                                                                \
    "  c:connect()\n"                                                                              \
    "  c:subscribe(\"a\", { qos = 1 })\n"                                                          \
    "  c:publish(\"a\", \"hello\", { qos = 1 }):wait(\"60s\")\n"                                   \
    "  t:quiet(\"1s\")\n"                                                                          \
    "end }\n"

static void make_folder(void) {
    folder_make();
    folder_put("a.lua", SCENARIO);
}

/* Runs a.lua, recording to "t.jsonl". */
static void record(const char *link_text, bool segments) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    const char *path = folder_path("a.lua");
    ck_assert_msg(drill_suite_load(&path, 1, &suite, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
    ck_assert_uint_eq(suite.count, 1);
    DrillWorldLink link;
    DrillRunOptions options = {.scenario = suite.scenarios,
                               .version = DRILL_MQTT_3_1_1,
                               .seed = 3,
                               .trace_path = folder_path("t.jsonl"),
                               .segments = segments};
    if (link_text) {
        ck_assert_int_eq(drill_link_text_parse(link_text, &link, &diagnostic), DRILL_OK);
        options.link_override = &link;
        options.link_text = link_text;
    }
    DrillRunResult result;
    ck_assert_msg(drill_run(&options, &result, &diagnostic) == DRILL_OK, "%s", diagnostic.text);
    ck_assert_msg(result.outcome == DRILL_SCRIPT_FINISHED, "%s", result.diagnostic.text);
    drill_run_result_free(&result);
    drill_suite_free(&suite);
}

/* Replaces text in the recording. */
static void alter(const char *from, const char *to) {
    char *text = calloc(1, 1 << 20), *altered = calloc(1, 1 << 20);
    FILE *file = fopen(folder_path("t.jsonl"), "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, file), 0);
    fclose(file);
    char *at = strstr(text, from);
    ck_assert_msg(at != NULL, "no %s in %.300s", from, text);
    snprintf(altered, 1 << 20, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    folder_put("t.jsonl", altered);
    free(text);
    free(altered);
}

static DrillResult replay(DrillReplayResult *result, DrillDiagnostic *diagnostic) {
    return drill_replay(folder_path("t.jsonl"), folder, result, diagnostic);
}

static void check_refused(DrillResult expected, const char *part) {
    DrillReplayResult result;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(replay(&result, &diagnostic), expected);
    ck_assert_msg(strstr(diagnostic.text, part) != NULL, "%s", diagnostic.text);
    drill_replay_result_free(&result);
}

START_TEST(a_recorded_run_comes_out_the_same) {
    static const char *const links[] = {NULL, "delay=20ms,jitter=10ms",
                                        "loss=10%,rate=1Mbit,queue=16KiB"};
    DrillReplayResult result;
    DrillDiagnostic diagnostic = {""};
    record(links[_i / 2], _i % 2 == 1);
    ck_assert_msg(replay(&result, &diagnostic) == DRILL_OK, "%s", diagnostic.text);
    ck_assert_msg(result.equal, "%s\n%s", result.recorded_line, result.replayed_line);
    ck_assert_str_eq(result.recorded, result.replayed);
    ck_assert_uint_eq(result.first_difference, SIZE_MAX);
    ck_assert_uint_gt(result.events, 10);
    drill_replay_result_free(&result);
}
END_TEST

START_TEST(the_first_difference_is_shown) {
    DrillReplayResult result;
    DrillDiagnostic diagnostic = {""};
    record(NULL, false);
    alter("\"retain\":false", "\"retain\":true");
    ck_assert_msg(replay(&result, &diagnostic) == DRILL_OK, "%s", diagnostic.text);
    ck_assert(!result.equal);
    ck_assert_str_ne(result.recorded, result.replayed);
    ck_assert_ptr_nonnull(strstr(result.recorded_line, "\"retain\":true"));
    ck_assert_ptr_nonnull(strstr(result.replayed_line, "\"retain\":false"));
    drill_replay_result_free(&result);
}
END_TEST

typedef struct Case {
    const char *from, *to, *part;
} Case;

static const Case cases[] = {
    {"level=packet", "level=parcel", "header: unknown option \"level=parcel\""},
    {"level=packet", "", "header: unknown option \"\""},
    {"level=packet", "level=packet;link=delay=x",
     "link: delay: expected a duration such as \"250ms\" or \"5s\", got \"x\""},
    {"level=packet", "level=packet;link=", "link: expected NAME=VALUE"},
    {"level=packet", "level=packet;defects=no-such-thing",
     "header: there is no defect \"no-such-thing\""},
    {"level=packet", "level=packet;", "header: unknown option \"\""},
    {"a.lua", "b.lua", "b.lua"},
};

START_TEST(headers_that_do_not_fit_are_explained) {
    record(NULL, false);
    alter(cases[_i].from, cases[_i].to);
    DrillReplayResult result;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_ne(replay(&result, &diagnostic), DRILL_OK);
    ck_assert_msg(strstr(diagnostic.text, cases[_i].part) != NULL, "%s", diagnostic.text);
    drill_replay_result_free(&result);
}
END_TEST

START_TEST(another_text_is_not_the_scenario) {
    record(NULL, false);
    folder_put("a.lua", SCENARIO "-- changed\n");
    check_refused(DRILL_INVALID, "not the text that was recorded");
}
END_TEST

START_TEST(a_trace_cut_short_is_refused) {
    record(NULL, false);
    ck_assert_int_eq(truncate(folder_path("t.jsonl"), 900), 0);
    check_refused(DRILL_INVALID, "cut short");
}
END_TEST

START_TEST(no_trace_is_said) {
    DrillReplayResult result;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_replay(folder_path("nothing.jsonl"), folder, &result, &diagnostic),
                     DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "nothing.jsonl"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/replay");
    TCase *tests = tcase_create("replay");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_loop_test(tests, a_recorded_run_comes_out_the_same, 0, 6);
    tcase_add_test(tests, the_first_difference_is_shown);
    tcase_add_loop_test(tests, headers_that_do_not_fit_are_explained, 0,
                        (int)DRILL_ARRAY_COUNT(cases));
    tcase_add_test(tests, another_text_is_not_the_scenario);
    tcase_add_test(tests, a_trace_cut_short_is_refused);
    tcase_add_test(tests, no_trace_is_said);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
