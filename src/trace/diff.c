/* Where two runs part. */
#include "trace/trace.h"

static bool headers_equal(const DrillTraceHeader *a, const DrillTraceHeader *b) {
    return drill_span_equal(a->tool_version, b->tool_version) &&
           drill_span_equal(a->scenario_id, b->scenario_id) &&
           drill_span_equal(a->scenario_path, b->scenario_path) &&
           drill_span_equal(a->scenario_sha256, b->scenario_sha256) &&
           drill_span_equal(a->title, b->title) && drill_span_equal(a->target, b->target) &&
           drill_span_equal(a->run_id, b->run_id) && drill_span_equal(a->options, b->options) &&
           a->version == b->version && a->seed == b->seed;
}

static bool values_equal(DrillTraceType type, const DrillTraceValue *a, const DrillTraceValue *b) {
    switch (type) {
    case DRILL_TRACE_U64:
    case DRILL_TRACE_BOOL:
        return a->number == b->number;
    case DRILL_TRACE_TEXT:
    case DRILL_TRACE_BYTES:
        return drill_span_equal(a->bytes, b->bytes);
    }
    return false;
}

static bool events_equal(const DrillTraceEvent *a, const DrillTraceEvent *b) {
    if (a->time_ns != b->time_ns || a->number != b->number || a->cause != b->cause ||
        a->kind != b->kind || !drill_span_equal(a->node, b->node)) {
        return false;
    }
    const DrillTraceSchema *schema = drill_trace_schema(a->kind);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (!values_equal(schema->fields[i].type, &a->values[i], &b->values[i])) {
            return false;
        }
    }
    return true;
}

size_t drill_trace_first_difference(const DrillTraceFile *a, const DrillTraceFile *b) {
    if (!headers_equal(&a->header, &b->header)) {
        return 0;
    }
    size_t common = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < common; i++) {
        if (!events_equal(&a->events[i], &b->events[i])) {
            return i;
        }
    }
    return a->count == b->count ? SIZE_MAX : common;
}
