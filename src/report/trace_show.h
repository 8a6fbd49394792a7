/* Traces as text for people and for other programs. */
#ifndef DRILL_REPORT_TRACE_SHOW_H
#define DRILL_REPORT_TRACE_SHOW_H

#include <mqttdrill/codec.h>

#include "trace/trace.h"

typedef struct DrillTraceShowOptions {
    DrillSpan pattern; /* only lines that contain this text; empty: all */
    DrillSpan node;    /* only events of this node; empty: all */
    uint64_t from_ns;
    uint64_t until_ns; /* 0: to the end */
    bool packets_only; /* only what was sent and received */
    bool full;         /* packets with every field */
} DrillTraceShowOptions;

/* One line for each event: number, time, node, arrow, what. Appends. */
void drill_trace_show(const DrillTraceFile *file, const DrillTraceShowOptions *options,
                      DrillBuffer *out);
/* One event as drill_trace_show writes it, without the line end (failure excerpts). */
void drill_trace_show_event(DrillVersion version, const DrillTraceEvent *event, bool full,
                            DrillBuffer *out);
/* Counts of events and packets. */
void drill_trace_stats(const DrillTraceFile *file, DrillBuffer *out);
/* "number,time_ns,cause,node,event,packet,details", RFC 4180. */
void drill_trace_csv(const DrillTraceFile *file, DrillBuffer *out);
/* The trace event format of Chrome's and Perfetto's timeline viewers. */
void drill_trace_chrome(const DrillTraceFile *file, DrillBuffer *out);

#endif
