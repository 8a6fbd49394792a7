/* Looking up statements. */
#include "spec/statements.h"

size_t drill_statement_count(void) {
    return drill_statements_count;
}

const DrillStatement *drill_statement_at(size_t index) {
    DRILL_ASSERT(index < drill_statements_count);
    return &drill_statements[index];
}

static const DrillStatement *find_canonical(DrillSpan id) {
    for (size_t i = 0; i < drill_statements_count; i++) {
        if (drill_span_is(id, drill_statements[i].id)) {
            return &drill_statements[i];
        }
    }
    return NULL;
}

const DrillStatement *drill_statement_find(DrillSpan id) {
    const DrillStatement *found = find_canonical(id);
    for (size_t i = 0; found == NULL && i < drill_statement_aliases_count; i++) {
        if (drill_span_is(id, drill_statement_aliases[i].printed)) {
            found = find_canonical(drill_span_of(drill_statement_aliases[i].id));
        }
    }
    return found;
}
