/* Lua's patterns (reference manual 6.4.1), matched in counted steps: Lua's own can run for minutes
 * inside one call. */
#ifndef DRILL_SCRIPT_PATTERN_H
#define DRILL_SCRIPT_PATTERN_H

#include "script/sandbox.h"

#define DRILL_PATTERN_CAPTURES_MAX 32
#define DRILL_PATTERN_DEPTH_MAX    200

typedef enum DrillCaptureKind {
    DRILL_CAPTURE_OPEN,
    DRILL_CAPTURE_TEXT,
    DRILL_CAPTURE_POSITION
} DrillCaptureKind;

typedef struct DrillCapture {
    const char *start;
    size_t length;
    DrillCaptureKind kind;
} DrillCapture;

typedef struct DrillMatch {
    lua_State *L;
    const char *subject, *subject_end;
    const char *pattern_end;
    uint64_t steps, steps_max;
    int depth;
    int captures;
    DrillCapture capture[DRILL_PATTERN_CAPTURES_MAX];
} DrillMatch;

void drill_match_init(DrillMatch *match, lua_State *L, DrillSpan subject, DrillSpan pattern);
/* End of the match that begins at `at`, or NULL. Raises on a malformed pattern and on a spent
 * budget. */
const char *drill_match_at(DrillMatch *match, const char *at, const char *pattern);
/* Counts the steps against the script's budget; call before returning to Lua. */
void drill_match_pay(DrillMatch *match);

#endif
