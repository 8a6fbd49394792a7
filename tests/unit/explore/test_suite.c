/* Finding scenarios: ids, roots, filters, duplicates, what is not a scenario. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/suite.h"
#include "unit/folder.h"
#include "unit/suite.h"

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
    folder_put("scenarios/qos/b.lua", SCENARIO);
    folder_put("scenarios/qos/a.lua", OTHER);
    folder_put("scenarios/top.lua", SCENARIO);
    folder_put("scenarios/deep/er/and/deeper/x.lua", SCENARIO);
    folder_put("scenarios/readme.md", "no scenario");
    folder_put("scenarios/.hidden.lua", "no scenario");
    folder_put("scenarios/_shared.lua", "no scenario");
    folder_put("scenarios/_lib/x.lua", "no scenario");
    load_good(&suite, folder_path("scenarios"), NULL);
    check_ids(&suite, "deep/er/and/deeper/x qos/a qos/b top ");
    ck_assert_str_eq(suite.scenarios[1].title, "y");
    drill_suite_free(&suite);
    load_good(&suite, folder_path("scenarios/qos"), NULL); /* the same ids from part of it */
    check_ids(&suite, "qos/a qos/b ");
    drill_suite_free(&suite);
    load_good(&suite, folder_path("scenarios/qos/b.lua"), NULL);
    check_ids(&suite, "qos/b ");
    ck_assert_str_eq(suite.scenarios[0].path, folder_path("scenarios/qos/b.lua"));
    drill_suite_free(&suite);
    ck_assert_uint_eq(suite.count, 0);
}
END_TEST

START_TEST(a_folder_with_another_name_is_its_own_root) {
    DrillSuite suite;
    folder_put("mine/sub/a.lua", SCENARIO);
    load_good(&suite, folder_path("mine"), NULL);
    check_ids(&suite, "sub/a ");
    drill_suite_free(&suite);
    load_good(&suite, folder_path("mine/sub/a.lua"), NULL);
    check_ids(&suite, "a ");
    drill_suite_free(&suite);
}
END_TEST

START_TEST(roots) {
    folder_put("scenarios/qos/a.lua", SCENARIO);
    folder_put("other/a.lua", SCENARIO);
    char *root = drill_suite_root(folder_path("scenarios/qos/a.lua"));
    ck_assert_str_eq(root, folder_path("scenarios"));
    free(root);
    root = drill_suite_root(folder_path("scenarios"));
    ck_assert_str_eq(root, folder_path("scenarios"));
    free(root);
    root = drill_suite_root(folder_path("other/a.lua"));
    ck_assert_str_eq(root, folder_path("other"));
    free(root);
    root = drill_suite_root("/");
    ck_assert_ptr_nonnull(root);
    free(root);
    ck_assert_ptr_null(drill_suite_root(folder_path("nothing/here")));
}
END_TEST

START_TEST(the_same_file_twice_is_one_scenario) {
    DrillSuite suite;
    folder_put("scenarios/a.lua", SCENARIO);
    folder_put("scenarios/b.lua", OTHER);
    load_good(&suite, folder_path("scenarios"), folder_path("scenarios/a.lua"));
    check_ids(&suite, "a b ");
    drill_suite_free(&suite);
    load_good(&suite, folder_path("scenarios/../scenarios/a.lua"), folder_path("scenarios/a.lua"));
    check_ids(&suite, "a ");
    drill_suite_free(&suite);
}
END_TEST

START_TEST(two_files_with_one_id_are_refused) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    folder_put("one/a.lua", SCENARIO);
    folder_put("two/a.lua", SCENARIO);
    ck_assert_int_eq(load(&suite, &diagnostic, folder_path("one"), folder_path("two")),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "two scenarios are called 'a'"));
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "/one/a.lua"));
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "/two/a.lua"));
    drill_suite_free(&suite);
}
END_TEST

START_TEST(nothing_is_an_empty_suite) {
    DrillSuite suite;
    folder_put("scenarios/empty/readme.md", "");
    load_good(&suite, folder_path("scenarios"), NULL);
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
    ck_assert_int_eq(load(&suite, &diagnostic, folder_path("nowhere"), NULL), DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "nowhere: No such file or directory"));
    drill_suite_free(&suite);
    folder_put("scenarios/broken.lua", "return scenario {\n title = 7, run = function(t) end }\n");
    ck_assert_int_eq(load(&suite, &diagnostic, folder_path("scenarios"), NULL), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "broken.lua:"));
    drill_suite_free(&suite);
}
END_TEST

START_TEST(folders_do_not_nest_for_ever) {
    DrillSuite suite;
    DrillDiagnostic diagnostic = {""};
    folder_put("scenarios/a.lua", SCENARIO);
    ck_assert_int_eq(symlink(folder_path("scenarios"), folder_path("scenarios/loop")), 0);
    ck_assert_int_eq(load(&suite, &diagnostic, folder_path("scenarios"), NULL), DRILL_INVALID);
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
    folder_put("scenarios/a.lua", SCENARIO);
    folder_put("scenarios/qos/x.lua", SCENARIO);
    folder_put("scenarios/qos/y.lua", OTHER);
    folder_put("scenarios/will/x.lua", SCENARIO);
    load_good(&suite, folder_path("scenarios"), NULL);
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
    tcase_add_checked_fixture(tests, folder_make, NULL);
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
    return suite_run(suite);
}
