/* IPv4 and TCP headers as they would have been on the wire. */
#ifndef DRILL_REPORT_CAPTURE_IP_H
#define DRILL_REPORT_CAPTURE_IP_H

#include "base/base.h"

typedef struct DrillEndpoint {
    uint32_t address;
    uint16_t port;
} DrillEndpoint;

enum {
    DRILL_WIRE_FIN = 1,
    DRILL_WIRE_SYN = 2,
    DRILL_WIRE_RST = 4,
    DRILL_WIRE_PSH = 8,
    DRILL_WIRE_ACK = 16
};
#define DRILL_SACKS_MAX 4

/* One segment, everything as it stands in the headers. */
typedef struct DrillWireSegment {
    DrillEndpoint from, to;
    uint16_t identification;
    uint32_t sequence, acknowledged;
    uint8_t flags;
    uint16_t window;
    /* options */
    uint16_t mss; /* 0: not there */
    bool sack_permitted;
    bool scaled; /* window scale option, with: */
    uint8_t scale;
    bool stamped; /* timestamps option, with: */
    uint32_t ts_value, ts_echo;
    uint32_t sacks[DRILL_SACKS_MAX][2];
    size_t sack_count; /* as many as fit are written */
    DrillSpan payload;
} DrillWireSegment;

/* Appends the IPv4 packet, checksums included. */
void drill_capture_ip(DrillBuffer *out, const DrillWireSegment *segment);

#endif
