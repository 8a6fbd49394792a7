/* Which version of MQTT each connection of a run speaks: what its first CONNECT says, or, before
 * and without one, what its client was set to. Packets of one run can be told apart by nothing
 * else. */
#ifndef DRILL_TRACE_VERSIONS_H
#define DRILL_TRACE_VERSIONS_H

#include <mqttdrill/codec.h>
#include <mqttdrill/trace.h>

#include "base/base.h"

typedef struct DrillTraceVersions {
    DrillAllocator allocator;
    DrillVersion otherwise; /* of the run as a whole */
    uint8_t *of;            /* by connection; 0: nothing known */
    size_t capacity;
} DrillTraceVersions;

void drill_trace_versions_note(DrillTraceVersions *versions, const DrillTraceEvent *event);
/* Of the connection that the event is of; `otherwise` where it is of none. */
DrillVersion drill_trace_version(const DrillTraceVersions *versions, const DrillTraceEvent *event);
/* Do connections speak this one? */
bool drill_trace_versions_have(const DrillTraceVersions *versions, DrillVersion version);
void drill_trace_versions_release(DrillTraceVersions *versions);

#endif
