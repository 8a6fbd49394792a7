/* Strict reading of our own JSON files: the first thing that is not as it should be is named with
 * its place. */
#ifndef DRILL_REPORT_JSON_READER_H
#define DRILL_REPORT_JSON_READER_H

#include <jansson.h>

#include "base/diagnostic.h"

typedef struct DrillJsonReader {
    const char *path;
    DrillAllocator allocator;
    DrillDiagnostic *diagnostic;
    DrillResult result; /* DRILL_OK until something is wrong; then everything reads as empty */
    char where[160];    /* "scenarios[3].findings[0]" */
} DrillJsonReader;

/* NULL and a diagnostic, if the file cannot be read, is no JSON, or has another schema. */
json_t *drill_json_load(DrillJsonReader *reader, const char *schema);

const char *drill_json_text(DrillJsonReader *reader, const json_t *object, const char *name);
const char *drill_json_text_or_null(DrillJsonReader *reader, const json_t *object,
                                    const char *name);
/* "" where an older file has no such member. */
const char *drill_json_text_optional(DrillJsonReader *reader, const json_t *object,
                                     const char *name);
uint64_t drill_json_number(DrillJsonReader *reader, const json_t *object, const char *name);
bool drill_json_bool(DrillJsonReader *reader, const json_t *object, const char *name);
/* The member as an array or object; NULL if it is not. */
json_t *drill_json_array(DrillJsonReader *reader, const json_t *object, const char *name);
json_t *drill_json_object(DrillJsonReader *reader, const json_t *object, const char *name);
const char *const *drill_json_texts(DrillJsonReader *reader, const json_t *object, const char *name,
                                    size_t *count);
/* Records what is wrong with a member, once. */
void drill_json_wrong(DrillJsonReader *reader, const char *name, const char *expected);

#endif
