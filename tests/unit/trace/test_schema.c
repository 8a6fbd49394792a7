/* The table of events, and that the documentation says the same. */
#include <signal.h>
#include <string.h>

#include "trace/schema.h"
#include "unit/suite.h"
#include "unit/trace/sample.h"

START_TEST(rows_are_whole) {
    for (int a = 0; a < DRILL_TRACE_KIND_COUNT; a++) {
        const DrillTraceSchema *row = drill_trace_schema((DrillTraceKind)a);
        ck_assert_ptr_nonnull(row->name);
        ck_assert_ptr_nonnull(strchr(row->name, '.'));
        ck_assert_uint_le(row->field_count, DRILL_TRACE_FIELDS_MAX);
        for (size_t i = 0; i < DRILL_TRACE_FIELDS_MAX; i++) {
            ck_assert_msg((row->fields[i].name != NULL) == (i < row->field_count), "%s", row->name);
            for (size_t j = 0; j < i && i < row->field_count; j++) {
                ck_assert_str_ne(row->fields[i].name, row->fields[j].name);
            }
        }
        DrillTraceKind found;
        ck_assert(drill_trace_schema_find(drill_span_of(row->name), &found));
        ck_assert_int_eq((int)found, a);
    }
    DrillTraceKind none;
    ck_assert(!drill_trace_schema_find(drill_span_of("mqtt"), &none));
    ck_assert(!drill_trace_schema_find(drill_span_of(""), &none));
}
END_TEST

/* How many "`name` (type)" there are between two places. */
static size_t typed_names(const char *at, const char *end) {
    static const char *const types[] = {"` (u64)", "` (bool)", "` (text)", "` (bytes)"};
    size_t count = 0;
    for (; *at != '\0' && at != end; at++) {
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(types); i++) {
            count += strncmp(at, types[i], strlen(types[i])) == 0 ? 1 : 0;
        }
    }
    return count;
}

/* Every event has a section whose "Fields" are the row's, in order, with their types. */
START_TEST(documented) {
    static const char *const types[] = {[DRILL_TRACE_U64] = "u64",
                                        [DRILL_TRACE_BOOL] = "bool",
                                        [DRILL_TRACE_TEXT] = "text",
                                        [DRILL_TRACE_BYTES] = "bytes"};
    DrillBuffer doc = sample_buffer();
    sample_load(DRILL_SOURCE_DIR "/docs/trace-format.md", &doc);
    const char *text = drill_buffer_cstring(&doc);
    for (int kind = 0; kind < DRILL_TRACE_KIND_COUNT; kind++) {
        const DrillTraceSchema *row = drill_trace_schema((DrillTraceKind)kind);
        char wanted[100];
        (void)snprintf(wanted, sizeof wanted, "\n### `%s`\n", row->name);
        const char *section = strstr(text, wanted);
        ck_assert_msg(section != NULL, "no section for %s", row->name);
        const char *end = strstr(section + 1, "\n### ");
        const char *at = section;
        for (size_t i = 0; i < row->field_count; i++) {
            const char *name = row->fields[i].name;
            (void)snprintf(wanted, sizeof wanted, "`%s` (%s)", name, types[row->fields[i].type]);
            at = strstr(at, wanted);
            ck_assert_msg(at != NULL && (end == NULL || at < end), "%s: %s", row->name, wanted);
        }
        ck_assert_msg(typed_names(section, end) == row->field_count,
                      "%s: the documentation has other fields", row->name);
    }
    drill_buffer_release(&doc);
}
END_TEST

START_TEST(fields_by_name) {
    DrillTraceEvent event = sample_event(DRILL_TRACE_APP_PUBLISH, 5, 0);
    event.values[0].number = 77;
    event.values[2].number = 1;
    ck_assert_uint_eq(drill_trace_u64(&event, "message"), 77);
    ck_assert_uint_eq(drill_trace_u64(&event, "retain"), 1);
    ck_assert(drill_span_is(drill_trace_text(&event, "topic"), "c>b"));
    ck_assert_uint_eq(drill_trace_text(&event, "payload").size, 6);
}
END_TEST

START_TEST(unknown_field) {
    DrillTraceEvent event = sample_event(DRILL_TRACE_APP_PUBLISH, 5, 0);
    (void)drill_trace_u64(&event, "conn");
}
END_TEST

START_TEST(field_of_another_type) {
    DrillTraceEvent event = sample_event(DRILL_TRACE_APP_PUBLISH, 5, 0);
    (void)drill_trace_u64(&event, "topic");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/schema");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, rows_are_whole);
    tcase_add_test(tests, documented);
    tcase_add_test(tests, fields_by_name);
    tcase_add_test_raise_signal(tests, unknown_field, SIGABRT);
    tcase_add_test_raise_signal(tests, field_of_another_type, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
