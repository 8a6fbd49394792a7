/* The generated tables behind spec.h; written by gen/statements_gen.c. */
#ifndef DRILL_SPEC_STATEMENTS_H
#define DRILL_SPEC_STATEMENTS_H

#include "spec/spec.h"

/* A label as a standard misprints it, without brackets, and the statement that is meant. */
typedef struct DrillStatementAlias {
    const char *printed; /* "v3:MQTT-3.1.2.7" */
    const char *id;      /* "v3:MQTT-3.1.2-7" */
} DrillStatementAlias;

extern const DrillStatement drill_statements[];
extern const size_t drill_statements_count;
extern const DrillStatementAlias drill_statement_aliases[];
extern const size_t drill_statement_aliases_count;

#endif
