/* What one run consists of while it goes on: the root of the run arena. */
#ifndef DRILL_EXPLORE_RUN_STATE_H
#define DRILL_EXPLORE_RUN_STATE_H

#include "explore/run.h"

#define DRILL_LAST_PACKETS 12

/* A packet event kept for the failure message. */
typedef struct DrillLastPacket {
    uint64_t time_ns;
    uint64_t number;
    bool sent;
    bool whole;
    DrillVersion version;
    DrillSpan node;  /* owned: the event's own memory does not outlive its emission */
    DrillSpan bytes; /* owned, cut to DRILL_LAST_PACKET_BYTES */
    size_t full_size;
} DrillLastPacket;

/* What app.failed and fault.unused say, in order. */
typedef struct DrillScriptFinding {
    DrillSpan text;
    uint64_t number;
    uint64_t time_ns;
    const char *oracle; /* "script" or "fault" */
} DrillScriptFinding;

typedef struct DrillRunState {
    DrillAllocator allocator;
    DrillScript *script;
    DrillTracer *tracer;
    DrillCheck *check;
    DrillWorld *world;
    DrillLastPacket last[DRILL_LAST_PACKETS];
    DrillTraceVersions versions;
    uint64_t last_count; /* ever seen; the ring holds the newest DRILL_LAST_PACKETS */
    DrillScriptFinding *script_findings;
    size_t script_finding_count;
    size_t script_finding_capacity;
    size_t memory_bytes_max;
    bool settle_busy;
} DrillRunState;

/* The sink that fills `last` and `script_findings`; `version` is that of the run. */
DrillTraceSink drill_run_state_sink(DrillRunState *state, DrillVersion version);

/* Copies what the caller keeps out of the arena. `link_bytes` of texts are malloc'd. */
void drill_run_collect(DrillRunState *state, DrillRunResult *result);

#endif
