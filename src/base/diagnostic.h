/* Messages to the user about bad input: where, what, and what was expected. Collected, printed by
 * the caller. */
#ifndef DRILL_BASE_DIAGNOSTIC_H
#define DRILL_BASE_DIAGNOSTIC_H

#include "base/base.h"

/* One message, fixed size, no allocation. "scenarios/qos/a.lua:12: field 'qos': expected 0, 1 or 2,
 * got \"two\"" */
typedef struct DrillDiagnostic {
    char text[1024];
} DrillDiagnostic;

/* Writes the message (cut to fit) and returns `result`, so that `return drill_diagnose(d,
 * DRILL_INVALID, "...")` reads well. `diagnostic` may be NULL. */
DrillResult drill_diagnose(DrillDiagnostic *diagnostic, DrillResult result, const char *format, ...)
    DRILL_PRINTF(3, 4);

#endif
