/* The numbered statements of MQTT 3.1.1 and 5.0, reason codes and limits. The rows come from
 * statements_v3.csv and statements_v5.csv in this folder, turned into C by CMake. */
#ifndef DRILL_SPEC_SPEC_H
#define DRILL_SPEC_SPEC_H

#include "base/base.h"

typedef struct DrillStatement {
    const char *id;         /* "v3:MQTT-4.3.3-2" */
    const char *section;    /* "4.3.3" */
    const char *level;      /* "MUST", "MUST NOT", "MUST+MUST NOT", "IMPLIED" */
    const char *applies_to; /* "client", "server", "both" */
    /* "wire-server", "wire-client", "wire-both", "offline-codec", "not-observable" */
    const char *testable;
    const char *area;    /* "qos2" ... */
    const char *summary; /* paraphrase */
} DrillStatement;

size_t drill_statement_count(void); /* both versions; 3.1.1 first, spec order */
const DrillStatement *drill_statement_at(size_t index);
/* By id with version prefix; NULL if there is none. Accepts the standards' misprinted labels. */
const DrillStatement *drill_statement_find(DrillSpan id);

/* "Quota exceeded" for 0x97 of a packet type in 5.0; for 3.1.1 the CONNACK return codes. NULL if
 * undefined there. */
const char *drill_reason_name(int packet_type, int version, uint8_t code);

#endif
