/* A world: nodes (virtual clients, raw connections, and a virtual broker or a gateway to a real
 * one), the links between them, faults, and the loop that runs them. All its state lives in one
 * arena (base/arena.h). */
#ifndef MQTTDRILL_WORLD_H
#define MQTTDRILL_WORLD_H

#include <mqttdrill/broker.h>
#include <mqttdrill/link.h>
#include <mqttdrill/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DrillWorld DrillWorld;
typedef struct DrillWorldClient DrillWorldClient; /* a node: client or raw */

/* What a client's default link and transport are, unless its options say otherwise. */
typedef struct DrillWorldLink {
    DrillLinkSettings direction[2]; /* 0 c>b, 1 b>c */
    bool stream;                    /* the `stream` transport instead of `tcp` */
    bool datagram;                  /* the `datagram` transport instead of `tcp` */
    /* What TCP the connections speak (net/tcp_settings.h); NULL: as Linux. It must live as long. */
    const struct DrillTcpSettings *tcp;
} DrillWorldLink;

typedef struct DrillWorldClientOptions {
    const char *name; /* unique among nodes: what the script calls it */
    bool outside; /* stands for a real client that connected to us; `client` says its name only */
    bool raw;     /* a connection without client logic */
    DrillClientConfig client; /* not for raw, except version; version 0: the run's */
    DrillWorldLink link;
} DrillWorldClientOptions;

/* A declared fault on a client's link: struck at most once unless `nth` says otherwise. */
typedef enum DrillFaultKind {
    DRILL_FAULT_CUT,
    DRILL_FAULT_DROP,
    DRILL_FAULT_DELAY,
    DRILL_FAULT_INSERT /* now, and towards the client: `bytes` arrive that nobody sent */
} DrillFaultKind;
typedef enum DrillFaultPlace {
    DRILL_FAULT_NOW,
    DRILL_FAULT_BEFORE,
    DRILL_FAULT_INSIDE,
    DRILL_FAULT_AFTER
} DrillFaultPlace;
typedef struct DrillFaultSpec {
    DrillFaultKind kind;
    DrillFaultPlace place;
    DrillPacketType type; /* which packet */
    uint32_t nth;         /* the nth such packet from now, from 1 */
    int direction;        /* 0 c>b, 1 b>c, -1 either */
    uint32_t at_byte;  /* inside: so many bytes of the packet still arrive (1 .. size-1; 0: half) */
    int how;           /* DrillCloseHow of net/transport.h */
    uint64_t delay_ns; /* delay */
    DrillSpan bytes;   /* insert */
    bool optional;     /* may stay unused */
    const char *file;  /* where it was declared, for the message when it never strikes */
    uint32_t line;
} DrillFaultSpec;

#ifdef __cplusplus
}
#endif
#endif
