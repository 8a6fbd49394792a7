/* A trace as a pcapng capture file: one interface for each end of each client's link, so that a
 * packet the link lost stands in the file once, at its sender. */
#ifndef DRILL_REPORT_CAPTURE_H
#define DRILL_REPORT_CAPTURE_H

#include "base/base.h"
#include "base/diagnostic.h"
#include "check/check.h"
#include "trace/trace.h"

typedef enum DrillCaptureForm {
    DRILL_CAPTURE_AUTO, /* IP where the trace has a client's segments, PDU elsewhere */
    DRILL_CAPTURE_IP,   /* IPv4 and TCP, as on the wire */
    DRILL_CAPTURE_PDU   /* only the MQTT packets, in Wireshark's exported PDU format */
} DrillCaptureForm;

typedef enum DrillCaptureSide {
    DRILL_CAPTURE_BOTH,
    DRILL_CAPTURE_CLIENT, /* only what each client sees */
    DRILL_CAPTURE_BROKER
} DrillCaptureSide;

typedef struct DrillCaptureOptions {
    DrillCaptureForm form;
    DrillCaptureSide side;
    DrillSpan client;             /* only this node's links; empty: all */
    uint64_t from_ns, until_ns;   /* until 0: to the end */
    const DrillFinding *findings; /* become comments on their packets */
    size_t finding_count;
} DrillCaptureOptions;

/* "ip" "pdu"; "client" "broker" "both" */
bool drill_capture_form_named(const char *name, DrillCaptureForm *out);
bool drill_capture_side_named(const char *name, DrillCaptureSide *out);

/* Appends the file. DRILL_INVALID: the trace has nothing of that form; says why. */
DRILL_MUST_USE DrillResult drill_capture_write(const DrillTraceFile *file,
                                               const DrillCaptureOptions *options, DrillBuffer *out,
                                               DrillDiagnostic *diagnostic);

#endif
