/* One line of a trace, read strictly. */
#ifndef DRILL_TRACE_LINE_H
#define DRILL_TRACE_LINE_H

#include "trace/storage.h"
#include "trace/trace.h"

typedef struct DrillTraceLine {
    DrillSpan text;   /* without the newline */
    const char *name; /* of the file, for messages */
    uint64_t number;  /* of the line, from 1 */
    DrillTraceStorage *storage;
    DrillDiagnostic *diagnostic;
} DrillTraceLine;

DRILL_MUST_USE DrillResult drill_trace_line_header(const DrillTraceLine *line,
                                                   DrillTraceHeader *header);
DRILL_MUST_USE DrillResult drill_trace_line_event(const DrillTraceLine *line,
                                                  DrillTraceEvent *event);

#endif
