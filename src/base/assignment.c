#include "base/assignment.h"

static bool is_in(DrillSpan list, DrillSpan name) {
    while (list.data != NULL) {
        DrillSpan item = drill_span_cut(&list, ',');
        if (drill_span_equal(drill_span_cut(&item, '='), name)) {
            return true;
        }
    }
    return false;
}

DrillResult drill_assignment_take(DrillSpan *rest, const char *what, DrillAssignment *out,
                                  DrillDiagnostic *diagnostic) {
    DrillSpan item = drill_span_cut(rest, ',');
    DrillSpan value = item;
    DrillSpan name = drill_span_cut(&value, '=');
    if (value.data == NULL) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "%s: expected NAME=VALUE, got \"%.*s\"",
                              what, (int)item.size, item.size > 0 ? (const char *)item.data : "");
    }
    if (is_in(*rest, name)) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "%s: %.*s is there twice", what,
                              (int)name.size, name.size > 0 ? (const char *)name.data : "");
    }
    *out = (DrillAssignment){name, value};
    return DRILL_OK;
}
