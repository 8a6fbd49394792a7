/* What a capture is made from: who has which address, which bytes went where, what is to be said
 * about which packet. Shared by capture.c (writing) and capture_model.c (reading the trace). */
#ifndef DRILL_REPORT_CAPTURE_MODEL_H
#define DRILL_REPORT_CAPTURE_MODEL_H

#include "report/capture.h"
#include "report/capture_ip.h"
#include "report/segments.h"

#define DRILL_CAPTURE_PORT       1883
#define DRILL_CAPTURE_PORT_FIRST 49152u
#define DRILL_CAPTURE_PORTS      16384u

typedef struct DrillCaptureNode {
    DrillSpan name;
    uint32_t address;
    bool segments; /* the trace has its segments */
    bool wanted;
    bool ip;                /* written as segments; otherwise as PDUs */
    uint32_t interfaces[2]; /* of its own end and of the broker's; UINT32_MAX: not captured */
} DrillCaptureNode;

typedef struct DrillCaptureConnection {
    uint64_t conn;
    size_t node;         /* its client */
    DrillBuffer sent[2]; /* by direction: everything */
    bool stamped;        /* uses the timestamps option */
    bool sacks;
    uint64_t window_max;
} DrillCaptureConnection;

typedef struct DrillCaptureComment {
    const char *text;
    uint32_t next; /* index + 1 */
} DrillCaptureComment;

typedef struct DrillCapture {
    const DrillTraceFile *file;
    const DrillCaptureOptions *options;
    DrillPool pool;
    DrillSegments segments;
    DrillCaptureNode *nodes;
    size_t node_count;
    DrillCaptureConnection *connections;
    size_t connection_count;
    size_t recent;
    DrillCaptureComment *comments;
    size_t comment_count;
    uint32_t *comment_of; /* by event number: index + 1 of the last comment */
    uint64_t *ends;       /* by event number of mqtt.sent: where it ends in its stream */
} DrillCapture;

void drill_capture_read(DrillCapture *capture);
void drill_capture_free(DrillCapture *capture);
/* NULL: no event said anything of it. */
DrillCaptureConnection *drill_capture_connection(DrillCapture *capture, uint64_t conn);
void drill_capture_comment(DrillCapture *capture, uint64_t event_number, const char *text);

#endif
