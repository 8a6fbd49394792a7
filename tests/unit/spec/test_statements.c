/* The generated table of statements. */
#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"
#include "spec/statements.h"
#include "unit/suite.h"

static size_t count_prefix(const char *prefix) {
    size_t count = 0;
    for (size_t i = 0; i < drill_statement_count(); i++) {
        count += strncmp(drill_statement_at(i)->id, prefix, strlen(prefix)) == 0 ? 1 : 0;
    }
    return count;
}

START_TEST(sizes) {
    ck_assert_uint_eq(count_prefix("v3:MQTT-"), 141);
    ck_assert_uint_eq(count_prefix("v5:MQTT-"), 251);
    ck_assert_uint_eq(drill_statement_count(), 141 + 251);
    ck_assert(strncmp(drill_statement_at(140)->id, "v3:", 3) == 0);
    ck_assert(strncmp(drill_statement_at(141)->id, "v5:", 3) == 0);
}
END_TEST

static bool one_of(const char *value, const char *const *allowed) {
    for (; *allowed != NULL; allowed++) {
        if (strcmp(value, *allowed) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(every_row_is_complete) {
    static const char *const applies[] = {"client", "server", "both", NULL};
    static const char *const testable[] = {"wire-server",   "wire-client",    "wire-both",
                                           "offline-codec", "not-observable", NULL};
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const DrillStatement *s = drill_statement_at(i);
        ck_assert_msg(strlen(s->section) > 0 && strlen(s->area) > 0, "%s", s->id);
        ck_assert_msg(strlen(s->summary) > 10, "%s", s->id);
        ck_assert_msg(strchr(s->summary, '\r') == NULL, "%s", s->id);
        ck_assert_msg(one_of(s->applies_to, applies), "%s: %s", s->id, s->applies_to);
        ck_assert_msg(one_of(s->testable, testable), "%s: %s", s->id, s->testable);
        ck_assert_msg(strstr(s->level, "MUST") != NULL || strcmp(s->level, "IMPLIED") == 0,
                      "%s: %s", s->id, s->level);
    }
}
END_TEST

START_TEST(find_by_id) {
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const DrillStatement *s = drill_statement_at(i);
        ck_assert_ptr_eq(drill_statement_find(drill_span_of(s->id)), s);
    }
    ck_assert_ptr_null(drill_statement_find(drill_span_of("MQTT-4.3.3-2")));
    ck_assert_ptr_null(drill_statement_find(drill_span_of("v3:MQTT-9.9.9-9")));
    ck_assert_ptr_null(drill_statement_find(drill_span_of("")));
}
END_TEST

/* A quoted field with a comma, and one without quotes. */
START_TEST(quoting) {
    const DrillStatement *quoted = drill_statement_find(drill_span_of("v3:MQTT-1.5.3-1"));
    ck_assert_str_eq(quoted->summary, "Strings hold only valid UTF-8, free of surrogate code "
                                      "points; a party that receives a bad one drops the "
                                      "connection.");
    ck_assert_str_eq(quoted->level, "MUST+MUST NOT");
    const DrillStatement *plain = drill_statement_find(drill_span_of("v5:MQTT-1.5.4-2"));
    ck_assert_str_eq(plain->summary, "No string may encode U+0000.");
    ck_assert_str_eq(plain->section, "1.5.4");
}
END_TEST

START_TEST(misprinted_labels) {
    ck_assert_uint_eq(drill_statement_aliases_count, 5);
    for (size_t i = 0; i < drill_statement_aliases_count; i++) {
        const DrillStatementAlias *alias = &drill_statement_aliases[i];
        const DrillStatement *found = drill_statement_find(drill_span_of(alias->printed));
        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found->id, alias->id);
    }
    const DrillStatement *dotted = drill_statement_find(drill_span_of("v3:MQTT-3.1.2.7"));
    ck_assert_str_eq(dotted->id, "v3:MQTT-3.1.2-7");
    const DrillStatement *cut = drill_statement_find(drill_span_of("v5:T-3.2.2-8"));
    ck_assert_str_eq(cut->id, "v5:MQTT-3.2.2-8");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("spec/statements");
    TCase *tests = tcase_create("statements");
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, every_row_is_complete);
    tcase_add_test(tests, find_by_id);
    tcase_add_test(tests, quoting);
    tcase_add_test(tests, misprinted_labels);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
