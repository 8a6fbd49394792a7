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
typedef void (*DrillPacketLost)(void *context, const DrillPacket *packet, const char *reason,
                                uint64_t now_ns);

/* What the path knows of one connection: kept by the transport, zero at first. */
typedef struct DrillTrail {
    bool begun;
    bool forgotten;    /* by a NAT on the way */
    uint64_t begun_ns; /* its first packet */
    uint64_t last_ns;  /* its last one that came through, in either direction */
    uint64_t address;  /* the client's when it began */
} DrillTrail;

struct DrillPacket {
    DrillPacketArrive arrive;
    DrillPacketLost lost; /* told when it is lost after drill_path_send has accepted it; or NULL */
    void *context;        /* the transport; NULL once it was freed */
    DrillTrail *trail;    /* or NULL: such packets are nobody's */
    uint64_t at_ns;       /* leaves the path not before */
    int direction;
    bool lossy;          /* may be dropped (tcp); otherwise it waits where others would be lost */
    bool held;           /* set by the partition for what may not be lost */
    bool fin;            /* ends a direction of its connection */
    bool takes_corrupt;  /* its receiver has no checksum */
    bool corrupt;        /* set by the impairment */
    bool copy;           /* set by the path: the second of two */
    bool twice;          /* set by the path: one of two */
    uint8_t flags;       /* the transport's */
    uint32_t bytes;      /* payload */
    uint32_t wire_bytes; /* payload and headers, for the rate limiter */
    uint64_t sequence;   /* tcp: sequence number; stream: offset */
    uint64_t acknowledged;
    uint64_t sent_ns; /* tcp: when it was sent, and the sending time it echoes (RFC 7323) */
    uint64_t echo_ns;
    uint64_t window;     /* tcp: bytes offered */
    uint64_t sack[3][2]; /* tcp: selective acknowledgements [begin, end) */
    uint8_t sack_count;
    const char *flags_text; /* for reports: static */
    const char *doomed;     /* lost by a fault, whatever the chain says; NULL: not */
};

/* Draws that resemble the one before: with the probability of the correlation the same value comes
 * again. It moves on with every number, whether or not that packet came so far. */
typedef struct DrillCorrelated {
    bool begun;
    uint64_t next; /* number */
    uint64_t value;
} DrillCorrelated;

/* A packet that has left the order: it has an event of its own. */
typedef struct DrillLoose {
    DrillPacket packet;
    DrillEventHandle event; /* 0: none */
    bool used;
    size_t next_free; /* of a slot that is not used: index + 1; 0: none */
} DrillLoose;

/* In the queue in front of the bottleneck. */
typedef struct DrillWaiting {
    DrillPacket packet;
    uint64_t number;
    uint64_t since_ns;
    bool certain;
} DrillWaiting;

typedef struct DrillCodel {
    bool dropping;
    uint64_t first_above_ns; /* 0: not above */
    uint64_t drop_next_ns;
    uint64_t count, last_count;
} DrillCodel;

/* The queue, when it must be one packet for packet (CoDel, or a limit in packets). */
typedef struct DrillBacklog {
    DrillWaiting *waiting; /* ring */
    size_t first, count, capacity;
    uint64_t bytes;
    DrillEventHandle event; /* when the next one is sent */
    DrillCodel codel;
} DrillBacklog;

/* A model that walks from state to state with each packet number. */
typedef struct DrillWalk {
    uint64_t next;
    unsigned state;
    bool lost; /* in its present state, this packet */
} DrillWalk;

typedef enum DrillLinkStream {
    DRILL_STREAM_LOSS,
    DRILL_STREAM_JITTER,
    DRILL_STREAM_MARKOV,
    DRILL_STREAM_GILBERT,
    DRILL_STREAM_DUPLICATE,
    DRILL_STREAM_CORRUPT,
    DRILL_STREAM_REORDER,
    DRILL_STREAM_SLOT,
    DRILL_STREAM_SLICER,
    DRILL_STREAM_REPLAY,
    DRILL_STREAMS
} DrillLinkStream;

/* One direction of a link. Each impairment keeps its state in its own part. */
typedef struct DrillPath {
    DrillLink *link;
    int direction;
    DrillLinkSettings settings;
    uint64_t set_number; /* of the first packet under the present settings ... */
    uint64_t set_ns;     /* ... and since when */
    DrillLinkStats stats;
    DrillStream streams[DRILL_STREAMS];
    DrillBuffer mask;
    size_t mask_used;
    uint64_t partition_until_ns; /* 0: none */
    DrillCorrelated loss;
    DrillWalk markov, gilbert;
    DrillCorrelated duplicate, corrupt, reorder, jitter;
    uint64_t reorder_passed; /* packets since the last one that was put ahead */
    uint64_t rate_free_ns;   /* the rate limiter has sent all it was given by then */
    DrillBacklog backlog;
    uint64_t slot_ns, slot_packets_left, slot_bytes_left;
    uint64_t stall_until_ns; /* 0: none */
    DrillPacket *packets; /* ring of what is under way: first in, first out, whatever their times */
    size_t packets_first;
    size_t packets_count;
    size_t packets_capacity;
    DrillEventHandle event; /* when the first packet leaves */
    DrillLoose *loose;
    size_t loose_capacity;
    size_t loose_free; /* index + 1; 0: none */
} DrillPath;

/* One packet on its way through the chain. */
typedef struct DrillPassage {
    DrillPacket *packet;
    uint64_t number; /* of the packet in this direction, from 0: the index of every draw about it */
    uint64_t now_ns;
    uint64_t at_ns; /* when it leaves what it has run through so far */
    /* the settings, or what a recorded link says for this moment */
    uint64_t delay_ns, rate_bits_per_s;
    bool certain;     /* the mask said that it passes: nothing random may drop it */
    bool waits;       /* it was put into the backlog: the chain goes on when it is sent */
    bool twice;       /* a copy follows it */
    bool at_once;     /* no delay: before those that are being delayed */
    bool loose;       /* need not wait for the packet ahead */
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
extern const DrillImpairment drill_impair_outage;
extern const DrillImpairment drill_impair_nat;
extern const DrillImpairment drill_impair_mtu;
extern const DrillImpairment drill_impair_rate;
extern const DrillImpairment drill_impair_loss;
extern const DrillImpairment drill_impair_markov;
extern const DrillImpairment drill_impair_gilbert;
extern const DrillImpairment drill_impair_replay;
extern const DrillImpairment drill_impair_corrupt;
extern const DrillImpairment drill_impair_duplicate;
extern const DrillImpairment drill_impair_reorder;
extern const DrillImpairment drill_impair_delay;
extern const DrillImpairment drill_impair_fin;
extern const DrillImpairment drill_impair_slot;
extern const DrillImpairment drill_impair_stall;

/* Tables of the delay distributions, in 1/8192 of the deviation (delay_tables.c, generated). */
#define DRILL_DELAY_TABLE_SCALE 8192
#define DRILL_DELAY_TABLE_SIZE  2048
extern const int16_t drill_delay_normal[DRILL_DELAY_TABLE_SIZE];
extern const int16_t drill_delay_pareto[DRILL_DELAY_TABLE_SIZE];
extern const int16_t drill_delay_paretonormal[DRILL_DELAY_TABLE_SIZE];

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
/* The row of the recorded link that holds at this time, or NULL. */
const DrillLinkRow *drill_replay_row(const DrillPath *path, uint64_t now_ns);
/* The value of a correlated draw for this packet number. Correlation not set: draw 0 of it. */
uint64_t drill_correlated_draw(DrillPath *path, DrillCorrelated *state, DrillLinkStream stream,
                               uint64_t number, DrillLinkRatio correlation);
/* A uniform value falls below the ratio. */
bool drill_value_chance(uint64_t value, DrillLinkRatio ratio);
/* 1 - ratio */
DrillLinkRatio drill_ratio_rest(DrillLinkRatio ratio);
/* Begins, or goes on with, a walk: calls `step` for each number up to this one. */
bool drill_walk(DrillPath *path, DrillWalk *walk, uint64_t number,
                void (*step)(const DrillPath *path, DrillWalk *walk, uint64_t number));

/* impair_queue.c: the queue in front of the bottleneck. True: put there, or dropped. */
bool drill_backlog_enter(DrillPath *path, DrillPassage *passage);
void drill_backlog_forget(DrillPath *path, const void *context);
void drill_backlog_free(DrillPath *path);
/* How long sending takes at this rate, with the overheads set. */
uint64_t drill_rate_sending_ns(const DrillLinkSettings *settings, uint64_t wire_bytes,
                               uint64_t rate_bits_per_s);
/* A packet from the backlog has been sent by `at_ns` (the rest of the chain follows), or was
 * dropped there. */
void drill_path_resume(DrillPath *path, DrillWaiting *waiting, uint64_t at_ns, uint64_t now_ns);
void drill_path_dropped(DrillPath *path, const DrillPacket *packet, const char *reason,
                        uint64_t now_ns);
/* The path's MTU if senders are told about it (a packet above it is lost as "mtu", and the answer
 * says why); 0: there is none, or nobody is told. */
uint64_t drill_link_mtu_told(const DrillLink *link, int direction);
/* Since when the link exists; outages and recordings count from then. */
uint64_t drill_link_begun_ns(const DrillLink *link);
uint64_t drill_link_address(const DrillLink *link);

DrillPath *drill_link_path(DrillLink *link, int direction);
DrillQueue *drill_link_queue(const DrillLink *link);
DrillAllocator drill_link_allocator(const DrillLink *link);

#endif
