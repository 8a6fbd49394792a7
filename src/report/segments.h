/* The segments of a trace of level segment, each with its fate: what the diagrams, the captures and
 * the statistics draw on. */
#ifndef DRILL_REPORT_SEGMENTS_H
#define DRILL_REPORT_SEGMENTS_H

#include "report/pool.h"
#include "trace/trace.h"

typedef enum DrillSegmentFate {
    DRILL_SEGMENT_ARRIVED,
    DRILL_SEGMENT_LOST,
    DRILL_SEGMENT_UNDER_WAY /* neither, when the trace ends or the connection was cut */
} DrillSegmentFate;

typedef struct DrillSegment {
    const DrillTraceEvent *sent; /* tcp.sent */
    uint64_t conn;
    int direction; /* 0 c>b, 1 b>c */
    DrillSegmentFate fate;
    uint64_t received_ns, received_number; /* of the first copy */
    uint64_t lost_ns, lost_number;
    DrillSpan why;   /* of a loss: "loss" "queue" ...; empty otherwise */
    DrillSpan again; /* "rto" "fast" ...: a retransmission; empty otherwise */
    uint32_t copies; /* arrived so often */
    bool overtaken;  /* a segment sent later arrived earlier */
} DrillSegment;

typedef struct DrillSegments {
    DrillSegment *items; /* in the order in which they were sent */
    size_t count;
    uint32_t *of_event; /* by event number: index + 1 of the segment of tcp.sent and tcp.received */
} DrillSegments;

/* Everything lies in the pool, or in the file. A trace of level packet has none. */
void drill_segments_read(const DrillTraceFile *file, DrillPool *pool, DrillSegments *out);
/* "c>b" is 0, "b>c" 1. */
int drill_direction_of(DrillSpan text);
/* Payload and numbers that SYN and FIN take up. */
uint64_t drill_segment_numbers(const DrillSegment *segment);

#endif
