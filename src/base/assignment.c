#include "base/assignment.h"

DrillResult drill_assignment_take(DrillSpan *rest, const char *what, DrillAssignment *out,
                                  DrillDiagnostic *diagnostic) {
    DrillSpan item = drill_span_cut(rest, ',');
    DrillSpan value = item;
    DrillSpan name = drill_span_cut(&value, '=');
    if (value.data == NULL) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "%s: expected NAME=VALUE, got \"%.*s\"",
                              what, (int)item.size, item.size > 0 ? (const char *)item.data : "");
    }
    *out = (DrillAssignment){name, value};
    return DRILL_OK;
}
