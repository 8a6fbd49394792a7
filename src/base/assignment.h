/* Lists of settings as people write them: "loss=2%,delay=40ms". */
#ifndef DRILL_BASE_ASSIGNMENT_H
#define DRILL_BASE_ASSIGNMENT_H

#include "base/base.h"
#include "base/diagnostic.h"

typedef struct DrillAssignment {
    DrillSpan name;
    DrillSpan value; /* may hold further '=' */
} DrillAssignment;

/* Takes the first of them off the list; after the last *rest has no data. DRILL_INVALID: no '=' in
 * it, or its name stands in the rest, too; the message begins with `what`, for example "link". An
 * empty list has one empty item, which is such a mistake. */
DRILL_MUST_USE DrillResult drill_assignment_take(DrillSpan *rest, const char *what,
                                                 DrillAssignment *out, DrillDiagnostic *diagnostic);

#endif
