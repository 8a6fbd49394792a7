/* The schema as the formatter and the reader see it. */
#ifndef DRILL_TRACE_SCHEMA_H
#define DRILL_TRACE_SCHEMA_H

#include "trace/trace.h"

/* False: no kind has that name. */
bool drill_trace_schema_find(DrillSpan name, DrillTraceKind *kind);
/* Whether the line carries the derived "packet" member, for people and grep. */
bool drill_trace_has_packet_name(DrillTraceKind kind);

#endif
