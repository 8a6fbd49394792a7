/* Spans cut at a separator, and lists of NAME=VALUE. */
#include "base/assignment.h"
#include "unit/suite.h"

START_TEST(cut_at_the_first_separator) {
    DrillSpan rest = drill_span_of("a:bc:");
    ck_assert(drill_span_is(drill_span_cut(&rest, ':'), "a"));
    ck_assert(drill_span_is(rest, "bc:"));
    ck_assert(drill_span_is(drill_span_cut(&rest, ':'), "bc"));
    ck_assert_uint_eq(rest.size, 0);
    ck_assert_ptr_nonnull(rest.data); /* one empty part is left */
    ck_assert_uint_eq(drill_span_cut(&rest, ':').size, 0);
    ck_assert_ptr_null(rest.data);
    ck_assert_uint_eq(drill_span_cut(&rest, ':').size, 0);
    ck_assert_ptr_null(rest.data);
}
END_TEST

static void expect_taken(DrillSpan *rest, const char *name, const char *value) {
    DrillDiagnostic diagnostic;
    DrillAssignment item;
    ck_assert_int_eq(drill_assignment_take(rest, "link", &item, &diagnostic), DRILL_OK);
    ck_assert(drill_span_is(item.name, name));
    ck_assert(drill_span_is(item.value, value));
}

START_TEST(taken_one_by_one) {
    DrillSpan rest = drill_span_of("loss=2%,name=a=b,delay=");
    expect_taken(&rest, "loss", "2%");
    expect_taken(&rest, "name", "a=b");
    ck_assert_ptr_nonnull(rest.data);
    expect_taken(&rest, "delay", "");
    ck_assert_ptr_null(rest.data);
}
END_TEST

static void expect_refused(const char *text, const char *message) {
    DrillDiagnostic diagnostic;
    DrillAssignment item;
    DrillSpan rest = drill_span_of(text);
    ck_assert_int_eq(drill_assignment_take(&rest, "tcp", &item, &diagnostic), DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, message);
}

START_TEST(without_a_value_refused) {
    expect_refused("nagle", "tcp: expected NAME=VALUE, got \"nagle\"");
    expect_refused("nagle,mss=536", "tcp: expected NAME=VALUE, got \"nagle\"");
    expect_refused("", "tcp: expected NAME=VALUE, got \"\"");
    expect_refused(",mss=536", "tcp: expected NAME=VALUE, got \"\"");
}
END_TEST

START_TEST(a_name_twice_refused) {
    expect_refused("mss=536,nagle=true,mss=537", "tcp: mss is there twice");
    expect_refused("mss=536,mss", "tcp: mss is there twice");
    DrillSpan rest = drill_span_of("mss=536,mss_max=5,c>b.mss=1");
    expect_taken(&rest, "mss", "536");
}
END_TEST

/* Whoever goes on until there is no more must meet what stands after a last comma. */
START_TEST(nothing_after_a_comma_refused) {
    DrillSpan rest = drill_span_of("mss=536,");
    expect_taken(&rest, "mss", "536");
    ck_assert_ptr_nonnull(rest.data);
    DrillAssignment item;
    ck_assert_int_eq(drill_assignment_take(&rest, "tcp", &item, NULL), DRILL_INVALID);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/assignment");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, cut_at_the_first_separator);
    tcase_add_test(tests, taken_one_by_one);
    tcase_add_test(tests, without_a_value_refused);
    tcase_add_test(tests, a_name_twice_refused);
    tcase_add_test(tests, nothing_after_a_comma_refused);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
