/* Finding scenarios: ids, roots, filters, duplicates, what is not a scenario. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explore/suite.h"

static char folder[] = "/tmp/drill-suite-XXXXXX";

static void make_folder(void) {
    strcpy(folder, "/tmp/drill-suite-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) {
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* A path below the test's folder; the last few stay valid. */
static const char *below(const char *relative) {
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, relative);
    return path;
}

static void put(const char *relative, const char *text) {
    char path[512];
    snprintf(path, sizeof(path), "%s", below(relative));
    for (char *at = path + strlen(folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

#define SCENARIO                                                                                   \
    "return scenario { title = \"x\", clauses = { \"v3:MQTT-4.3.3-2\" }, tags = { \"fast\" }, "    \
    "run = function(t) end }\n"
#define OTHER                                                                                      \
    "return scenario { title = \"y\", clauses = { \"v3:MQTT-3.1.0-1\" }, versions = { \"5.0\" }, " \
    "run = function(t) end "                                                                       \
    "}\n"

static DrillResult load(DrillSuite *suite, DrillDiagnostic *diagnostic, const char *one,
                        const char *two) {
    const char *paths[] = {one, two};
    return drill_suite_load(paths, two ? 2 : 1, suite, diagnostic);
}

static void load_good(DrillSuite *suite, const char *one, const char *two) {
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(load(suite, &diagnostic, one, two) == DRILL_OK, "%s", diagnostic.text);
}

static void check_ids(const DrillSuite *suite, const char *expected) {
    char ids[512] = "";
    for (size_t i = 0; i < suite->count; i++) {
        strcat(ids, suite->scenarios[i].id);
        strcat(ids, " ");
    }
    ck_assert_str_eq(ids, expected);
}

START_TEST(ids_are_paths_below_the_suite_sorted) {
    DrillSuite suite;
    put("scenarios/qos/b.lua", SCENARIO);
    put("scenarios/qos/a.lua", OTHER);
    put("scenarios/top.lua", SCENARIO);
    put("scenarios/deep/er/and/deeper/x.lua", SCENARIO);
    put("scenarios/readme.md", "no scenario");
    put("scenarios/.hidden.lua", "no scenario");
    put("scenarios/_shared.lua", "no scenario");
    put("scenarios/_lib/x.lua", "no scenario");
    load_good(&suite, below("scenarios"), NULL);
    check_ids(&suite, "deep/er/and/deeper/x qos/a qos/b top ");
    ck_assert_str_eq(suite.scenarios[1].title, "y");
    drill_suite_free(&suite);
    load_good(&suite, below("scenarios/qos"), NULL); /* the same ids from part of it */
    check_ids(&suite, "qos/a qos/b ");
    drill_suite_free(&suite);
    load_good(&suite, below("scenarios/qos/b.lua"), NULL);
    check_ids(&suite, "qos/b ");
    ck_assert_str_eq(suite.scenarios[0].path, below("scenarios/qos/b.lua"));
    drill_suite_free(&suite);
    ck_assert_uint_eq(suite.count, 0);
}
END_TEST

START_TEST(a_folder_with_another_name_is_its_own_root) {
    DrillSuite suite;
    put("mine/sub/a.lua", SCENARIO);
    load_good(&suite, below("mine"), NULL);
    check_ids(&suite, "sub/a ");
    drill_suite_free(&suite);
    load_good(&suite, below("mine/sub/a.lua"), NULL);
    check_ids(&suite, "a ");
    drill_suite_free(&suite);
}
END_TEST

START_TEST(roots) {
    put("scenarios/qos/a.lua", SCENARIO);
    put("other/a.lua", SCENARIO);
    char *root = drill_suite_root(below("scenarios/qos/a.lua"));
    ck_assert_str_eq(root, below("scenarios"));
    free(root);
    root = drill_suite_root(below("scenarios"));
    ck_assert_str_eq(root, below("scenarios"));
    free(root);
    root = drill_suite_root(below("other/a.lua"));
    ck_assert_str_eq(root, below("other"));
    free(root);
    root = drill_suite_root("/");
    ck_assert_ptr_nonnull(root);
    free(root);
    ck_assert_ptr_null(drill_suite_root(below("nothing/here")));
}
END_TEST

START_TEST(the_same_file_twice_is_one_scenario) {
    DrillSuite suite;
    put("scenarios/a.lua", SCENARIO);
    put("scenarios/b.lua", OTHER);
    load_good(&suite, below("scenarios"), below("scenarios/a.lua"));
    check_ids(&suite, "a b ");
    drill_suite_free(&suite);
    load_good(&suite, below("scenarios/../scenarios/a.lua"), below("scenarios/a.lua"));
    check_ids(&suite, "a ");
    drill_suite_free(&suite);
}
END_TEST

START_TEST(two_files_with_one_id_are_refused) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    put("one/a.lua", SCENARIO);
    put("two/a.lua", SCENARIO);
    ck_assert_int_eq(load(&suite, &diagnostic, below("one"), below("two")), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "two scenarios are called 'a'"));
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "/one/a.lua"));
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "/two/a.lua"));
    drill_suite_free(&suite);
}
END_TEST

START_TEST(nothing_is_an_empty_suite) {
    DrillSuite suite;
    put("scenarios/empty/readme.md", "");
    load_good(&suite, below("scenarios"), NULL);
    ck_assert_uint_eq(suite.count, 0);
    DrillSuiteFilter filter = {.filter = "x"};
    drill_suite_filter(&suite, &filter);
    ck_assert_uint_eq(suite.count, 0);
    drill_suite_free(&suite);
    ck_assert_int_eq(drill_suite_load(NULL, 0, &suite, NULL), DRILL_OK);
    drill_suite_free(&suite);
}
END_TEST

START_TEST(what_cannot_be_read_is_said) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(load(&suite, &diagnostic, below("nowhere"), NULL), DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "nowhere: No such file or directory"));
    drill_suite_free(&suite);
    put("scenarios/broken.lua", "return scenario {\n title = 7, run = function(t) end }\n");
    ck_assert_int_eq(load(&suite, &diagnostic, below("scenarios"), NULL), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "broken.lua:"));
    drill_suite_free(&suite);
}
END_TEST

START_TEST(folders_do_not_nest_for_ever) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    put("scenarios/a.lua", SCENARIO);
    ck_assert_int_eq(symlink(below("scenarios"), below("scenarios/loop")), 0);
    ck_assert_int_eq(load(&suite, &diagnostic, below("scenarios"), NULL), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "folders nested deeper than 16"));
    drill_suite_free(&suite);
}
END_TEST

typedef struct Case {
    DrillSuiteFilter filter;
    const char *left;
} Case;

static const Case cases[] = {
    {{NULL, NULL, NULL, NULL, 0}, "a qos/x qos/y will/x "},
    {{"qos/", NULL, NULL, NULL, 0}, "qos/x qos/y "},
    {{"*/x", NULL, NULL, NULL, 0}, "qos/x will/x "},
    {{"q*", NULL, NULL, NULL, 0}, "qos/x qos/y "},
    {{"?", NULL, NULL, NULL, 0}, "a "},
    {{"[aw]*", NULL, NULL, NULL, 0}, "a will/x "},
    {{"nothing", NULL, NULL, NULL, 0}, ""},
    {{NULL, "qos", NULL, NULL, 0}, "a will/x "},
    {{"x", "qos/*", NULL, NULL, 0}, "will/x "},
    {{NULL, NULL, "v3:MQTT-4.3.3-2", NULL, 0}, "a qos/x will/x "},
    {{NULL, NULL, "MQTT-3.1.0-1", NULL, 0}, "qos/y "},
    {{NULL, NULL, "v5:MQTT-3.1.0-1", NULL, 0}, ""},
    {{NULL, NULL, "MQTT-3.1.0", NULL, 0}, ""},
    {{NULL, NULL, NULL, "fast", 0}, "a qos/x will/x "},
    {{NULL, NULL, NULL, "fas", 0}, ""},
    {{"qos", NULL, NULL, "fast", 0}, "qos/x "},
    {{NULL, NULL, NULL, NULL, 4}, "a qos/x will/x "},
    {{NULL, NULL, NULL, NULL, 5}, "a qos/x qos/y will/x "},
    {{"qos", NULL, NULL, "fast", 5}, "qos/x "},
};

START_TEST(filters) {
    DrillSuite suite;
    put("scenarios/a.lua", SCENARIO);
    put("scenarios/qos/x.lua", SCENARIO);
    put("scenarios/qos/y.lua", OTHER);
    put("scenarios/will/x.lua", SCENARIO);
    load_good(&suite, below("scenarios"), NULL);
    drill_suite_filter(&suite, &cases[_i].filter);
    check_ids(&suite, cases[_i].left);
    drill_suite_free(&suite);
}
END_TEST

START_TEST(the_shipped_suite_loads) {
    DrillSuite suite;
    load_good(&suite, DRILL_SOURCE_DIR "/scenarios", NULL);
    ck_assert_uint_gt(suite.count, 20);
    for (size_t i = 1; i < suite.count; i++)
        ck_assert_int_lt(strcmp(suite.scenarios[i - 1].id, suite.scenarios[i].id), 0);
    drill_suite_free(&suite);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/suite");
    TCase *tests = tcase_create("suite");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, ids_are_paths_below_the_suite_sorted);
    tcase_add_test(tests, a_folder_with_another_name_is_its_own_root);
    tcase_add_test(tests, roots);
    tcase_add_test(tests, the_same_file_twice_is_one_scenario);
    tcase_add_test(tests, two_files_with_one_id_are_refused);
    tcase_add_test(tests, nothing_is_an_empty_suite);
    tcase_add_test(tests, what_cannot_be_read_is_said);
    tcase_add_test(tests, folders_do_not_nest_for_ever);
    tcase_add_loop_test(tests, filters, 0, (int)DRILL_ARRAY_COUNT(cases));
    tcase_add_test(tests, the_shipped_suite_loads);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
