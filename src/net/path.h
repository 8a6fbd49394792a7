/* Inside net: packets on one direction of a link, and the chain of impairments they run through.
 *
 * A transport hands a packet over (drill_path_send); the link decides at once whether and when it
 * arrives, keeps it in a first-in-first-out ring and calls `arrive` from a queue event. Payload
 * bytes never lie in a packet: it names stream offsets, the bytes wait in the sender's ring
 * (ring.h). */
#ifndef DRILL_NET_PATH_H
#define DRILL_NET_PATH_H

#include "base/random.h"
#include "net/transport.h"

typedef struct DrillPacket DrillPacket;
typedef void (*DrillPacketArrive)(void *context, const DrillPacket *packet, uint64_t now_ns);

struct DrillPacket {
    DrillPacketArrive arrive;
    void *context;  /* the transport; NULL once it was freed */
    uint64_t at_ns; /* leaves the path not before */
    int direction;
    bool lossy;          /* may be dropped (tcp); otherwise it waits where others would be lost */
    bool held;           /* set by the partition for what may not be lost */
    uint8_t flags;       /* the transport's */
    uint32_t bytes;      /* payload */
    uint32_t wire_bytes; /* payload and headers, for the rate limiter */
    uint64_t sequence;   /* tcp: sequence number; stream: offset */
    uint64_t acknowledged;
    uint64_t sent_ns; /* tcp: when it was sent, and the sending time it echoes (RFC 7323) */
    uint64_t echo_ns;
    const char *doomed; /* lost by a fault, whatever the chain says; NULL: not */
};

/* One direction of a link. Each impairment keeps its state in its own part. */
typedef struct DrillPath {
    DrillLink *link;
    int direction;
    DrillLinkSettings settings;
    DrillLinkStats stats;
    DrillBuffer mask;
    size_t mask_used;
    uint64_t partition_until_ns; /* 0: none */
    DrillStream loss_stream;
    uint64_t rate_free_ns; /* the rate limiter has sent all it was given by then */
    DrillStream jitter_stream;
    uint64_t stall_until_ns; /* 0: none */
    DrillPacket *packets; /* ring of what is under way: first in, first out, whatever their times */
    size_t packets_first;
    size_t packets_count;
    size_t packets_capacity;
    DrillEventHandle event; /* when the first packet leaves */
} DrillPath;

/* One packet on its way through the chain. */
typedef struct DrillPassage {
    DrillPacket *packet;
    uint64_t number; /* of the packet in this direction, from 0: the index of every draw about it */
    uint64_t now_ns;
    uint64_t at_ns;   /* when it leaves what it has run through so far */
    bool certain;     /* the mask said that it passes: nothing random may drop it */
    const char *lost; /* NULL: not lost; otherwise by what, and the chain ends */
} DrillPassage;

/* An impairment looks at a packet when it enters, and may keep packets that are about to leave. */
typedef struct DrillImpairment {
    const char *name;
    void (*enter)(DrillPath *path, DrillPassage *passage); /* or NULL */
    uint64_t (*leave)(const DrillPath *path, const DrillPacket *packet,
                      uint64_t at_ns); /* or NULL; not before this time */
} DrillImpairment;

extern const DrillImpairment drill_impair_mask;
extern const DrillImpairment drill_impair_partition;
extern const DrillImpairment drill_impair_rate;
extern const DrillImpairment drill_impair_loss;
extern const DrillImpairment drill_impair_delay;
extern const DrillImpairment drill_impair_stall;

/* Sum that stays at DRILL_NEVER rather than wrapping. */
static inline uint64_t drill_time_add(uint64_t at_ns, uint64_t by_ns) {
    return by_ns > DRILL_NEVER - at_ns ? DRILL_NEVER : at_ns + by_ns;
}

/* Hands a packet over. NULL: it will arrive; otherwise what dropped it. */
const char *drill_path_send(DrillLink *link, const DrillPacket *packet, uint64_t now_ns);
/* Takes back everything of this context (a transport that is being freed). */
void drill_path_forget(DrillLink *link, const void *context);
/* Sets the event for the first packet; to be called when what keeps packets from leaving has
 * changed. */
void drill_path_arm(DrillPath *path);
DrillPath *drill_link_path(DrillLink *link, int direction);
DrillQueue *drill_link_queue(const DrillLink *link);
DrillAllocator drill_link_allocator(const DrillLink *link);

#endif
