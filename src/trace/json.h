/* A cursor over one line of JSON, for readers that know what must come next. There is no tree and
 * no recursion: the shape is in the code that asks. Every function skips white space first and
 * returns false when something else is there. */
#ifndef DRILL_TRACE_JSON_H
#define DRILL_TRACE_JSON_H

#include "trace/storage.h"

typedef struct DrillTraceJson {
    DrillSpan text;
    size_t at;
    DrillTraceStorage *storage; /* decoded strings go here */
} DrillTraceJson;

typedef enum DrillTraceJsonNext {
    DRILL_TRACE_JSON_KEY,   /* a key and its colon were read */
    DRILL_TRACE_JSON_END,   /* the object's closing brace was read */
    DRILL_TRACE_JSON_BROKEN /* neither */
} DrillTraceJsonNext;

bool drill_trace_json_open(DrillTraceJson *json); /* "{" */
/* The next member of the object; `first` is true right after the opening brace. */
DrillTraceJsonNext drill_trace_json_next(DrillTraceJson *json, bool first, DrillSpan *key);
bool drill_trace_json_u64(DrillTraceJson *json, uint64_t *out);
bool drill_trace_json_bool(DrillTraceJson *json, uint64_t *out);
/* Escapes \u0000 to \u00ff stand for single bytes; higher ones are refused. What is not escaped
 * must be UTF-8. */
bool drill_trace_json_string(DrillTraceJson *json, DrillSpan *out);
bool drill_trace_json_hex(DrillTraceJson *json,
                          DrillSpan *out);            /* a string of hex digits, as bytes */
bool drill_trace_json_finished(DrillTraceJson *json); /* nothing but white space is left */

#endif
