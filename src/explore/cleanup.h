/* Leaving a real broker as it was found: stored Sessions and Retained Messages that a run made are
 * removed after it. */
#ifndef DRILL_EXPLORE_CLEANUP_H
#define DRILL_EXPLORE_CLEANUP_H

#include <mqttdrill/codec.h>

#include "trace/trace.h"

typedef struct DrillCleanup DrillCleanup;

/* `version`: of the run. */
DrillCleanup *drill_cleanup_new(DrillVersion version);
void drill_cleanup_free(DrillCleanup *cleanup);
/* Notes Client Identifiers whose Session is stored, and topics with a Retained Message
 * (or Will). */
DrillTraceSink drill_cleanup_sink(DrillCleanup *cleanup);
/* Connects with Clean Session 1 under each identifier and publishes an empty Retained Message to
 * each topic. What does not work is left: the run has been judged already, and names are never used
 * again. */
void drill_cleanup_run(const DrillCleanup *cleanup, const char *host, uint16_t port);

#endif
