/* Where two traces part. */
#include "unit/suite.h"
#include "unit/trace/sample.h"

static DrillTraceFile *read_sample(int variants) {
    DrillBuffer text = sample_buffer();
    sample_text(&text, variants);
    DrillTraceFile *file;
    ck_assert_int_eq(
        drill_trace_parse(drill_buffer_span(&text), "t", drill_allocator_malloc(), &file, NULL),
        DRILL_OK);
    drill_buffer_release(&text);
    return file;
}

START_TEST(equal) {
    DrillTraceFile *a = read_sample(3);
    DrillTraceFile *b = read_sample(3);
    ck_assert_uint_eq(drill_trace_first_difference(a, b), SIZE_MAX);
    drill_trace_file_free(a);
    drill_trace_file_free(b);
}
END_TEST

/* Every field of every kind matters, and so does what all events have. */
START_TEST(each_value) {
    DrillTraceFile *a = read_sample(3);
    DrillTraceFile *b = read_sample(3);
    for (size_t at = 0; at < a->count; at++) {
        DrillTraceEvent saved = b->events[at];
        const DrillTraceSchema *schema = drill_trace_schema(saved.kind);
        for (size_t i = 0; i < (size_t)schema->field_count + 3; i++) {
            if (i == schema->field_count) {
                b->events[at].time_ns ^= 1;
            } else if (i == (size_t)schema->field_count + 1) {
                b->events[at].cause ^= 1;
            } else if (i == (size_t)schema->field_count + 2) {
                b->events[at].node = drill_span_of("else");
            } else if (schema->fields[i].type == DRILL_TRACE_U64 ||
                       schema->fields[i].type == DRILL_TRACE_BOOL) {
                b->events[at].values[i].number ^= 1;
            } else {
                b->events[at].values[i].bytes = drill_span_of("else");
            }
            ck_assert_uint_eq(drill_trace_first_difference(a, b), at);
            b->events[at] = saved;
        }
        b->events[at].kind =
            saved.kind == DRILL_TRACE_APP_NOTE ? DRILL_TRACE_APP_LOG : DRILL_TRACE_APP_NOTE;
        ck_assert_uint_eq(drill_trace_first_difference(a, b), at);
        b->events[at] = saved;
    }
    drill_trace_file_free(a);
    drill_trace_file_free(b);
}
END_TEST

START_TEST(shorter) {
    DrillTraceFile *a = read_sample(2);
    DrillTraceFile *b = read_sample(2);
    b->count -= 5;
    ck_assert_uint_eq(drill_trace_first_difference(a, b), b->count);
    ck_assert_uint_eq(drill_trace_first_difference(b, a), b->count);
    drill_trace_file_free(a);
    drill_trace_file_free(b);
}
END_TEST

START_TEST(headers) {
    DrillTraceFile *a = read_sample(1);
    DrillTraceFile *b = read_sample(1);
    DrillTraceHeader saved = b->header;
    DrillSpan *spans[] = {&b->header.tool_version,  &b->header.scenario_id,
                          &b->header.scenario_path, &b->header.scenario_sha256,
                          &b->header.title,         &b->header.target,
                          &b->header.run_id,        &b->header.options};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(spans); i++) {
        *spans[i] = drill_span_of("else");
        ck_assert_uint_eq(drill_trace_first_difference(a, b), 0);
        b->header = saved;
    }
    b->header.seed++;
    ck_assert_uint_eq(drill_trace_first_difference(a, b), 0);
    b->header = saved;
    b->header.version++;
    ck_assert_uint_eq(drill_trace_first_difference(a, b), 0);
    b->header = saved;
    ck_assert_uint_eq(drill_trace_first_difference(a, b), SIZE_MAX);
    drill_trace_file_free(a);
    drill_trace_file_free(b);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/diff");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, equal);
    tcase_add_test(tests, each_value);
    tcase_add_test(tests, shorter);
    tcase_add_test(tests, headers);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
