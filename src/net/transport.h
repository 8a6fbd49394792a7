/* Transports between two ends over a simulated link: `tcp` (simulated TCP), `stream` (ideal ordered
 * pipe) and `datagram` (each packet on its own).
 *
 * Side 0 is the client (opens), side 1 the broker or gateway (accepts). Directions: 0 is "c>b"
 * (sent by side 0), 1 is "b>c". A reader gets the sender's bytes in order, none lost, none doubled;
 * a connection may die; but not with `datagram`, where packets get lost, doubled and reordered, and
 * are each handed over whole. Every byte has a stream offset per direction, counted from 0; faults
 * are placed at offsets (world/ knows which packet lies where). */
#ifndef DRILL_NET_TRANSPORT_H
#define DRILL_NET_TRANSPORT_H

#include <mqttdrill/link.h>

#include "base/random.h"
#include "net/tcp_settings.h"
#include "sim/queue.h"

typedef enum DrillTransportKind {
    DRILL_TRANSPORT_TCP,
    DRILL_TRANSPORT_STREAM,
    DRILL_TRANSPORT_DATAGRAM
} DrillTransportKind;

/* How a connection ended, as one side sees it. */
typedef enum DrillCloseHow {
    DRILL_CLOSE_FIN, /* the far side closed in good order, all its bytes were delivered before */
    DRILL_CLOSE_RST, /* reset */
    DRILL_CLOSE_TIMEOUT, /* this side gave up (retransmissions or SYN without answer) */
    DRILL_CLOSE_VANISH   /* only as a fault: no side is told anything */
} DrillCloseHow;
const char *drill_close_name(DrillCloseHow how); /* "fin" "rst" "timeout" "vanish" */

typedef struct DrillTransport DrillTransport; /* one connection */
typedef struct DrillLink
    DrillLink; /* path of one client: two directions, shared by its successive connections */

/* What the owner of the two ends is told. Called from queue events or from inside the calls below
 * (never re-entrantly into a call for the same side). After `closed` a side gets nothing more. */
typedef struct DrillTransportHooks {
    void *context;
    void (*opened)(void *context, int side,
                   uint64_t now_ns); /* side 1: connection accepted; side 0: connected */
    void (*received)(void *context, int side, DrillSpan bytes,
                     uint64_t now_ns); /* in-order bytes for the reader on `side` */
    /* `half`: the far side has closed its sending direction (FIN) but ours is still open: the owner
     * may still send, and `closed` may come again, with a reset or timeout. */
    void (*closed)(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns);
} DrillTransportHooks;

typedef enum DrillNetEventKind {
    DRILL_NET_LOST, /* link: segment or chunk dropped; reason says by what ("loss", "queue", "mask",
                     "partition", "outage", "markov", "gilbert", "corrupt", "mtu", "nat", "address",
                     "codel", "replay", "drop": drill_transport_drop_at, "cut") */
    DRILL_NET_SEGMENT_SENT, /* tcp */
    DRILL_NET_SEGMENT_RECEIVED,
    DRILL_NET_RETRANSMIT, /* tcp: sent again; reason "rto", "fast" or "probe" (tail loss probe) */
    DRILL_NET_RTO,        /* tcp: timer expired; value = next RTO in ns */
    DRILL_NET_GAVE_UP,    /* tcp */
    DRILL_NET_CUT         /* a cut struck */
} DrillNetEventKind;

typedef struct DrillNetEvent {
    DrillNetEventKind kind;
    uint64_t connection; /* owner's number, from DrillTransportOptions */
    int direction;       /* 0 c>b, 1 b>c */
    const char *reason;  /* static storage or "" */
    const char *flags;   /* tcp: "SYN" "SYN,ACK" "ACK" "FIN,ACK" "RST"; "" for stream */
    uint64_t offset;     /* stream offset of the first payload byte */
    uint32_t bytes;      /* payload bytes */
    uint64_t tag;        /* datagram: the owner's, of the packet */
    uint64_t value;
    /* tcp, every event about a segment: what its header says. Numbers count from the SYN's, which
     * is 0, and do not wrap. */
    uint64_t sequence;
    uint64_t acknowledged; /* meaningful when flags have ACK */
    uint64_t window;       /* bytes offered, window scale applied */
    uint64_t sack[3][2];   /* [begin, end); first may be a duplicate (RFC 2883) */
    unsigned sack_count;
    bool timestamps;   /* the two below are there */
    uint32_t ts_value; /* milliseconds */
    uint32_t ts_echo;
    uint32_t header_bytes; /* IPv4, TCP and options */
} DrillNetEvent;

/* What happens inside, for the trace. The hook may be NULL. It must not call the transport. */
typedef struct DrillNetObserver {
    void *context;
    /* Something on the path: a segment or chunk lost, a fault struck ... */
    void (*event)(void *context, const DrillNetEvent *event, uint64_t now_ns);
    bool segments; /* also report every segment sent and received (--level segment) */
} DrillNetObserver;

typedef struct DrillLinkOptions {
    DrillQueue *queue;
    DrillAllocator allocator;
    uint64_t seed;
    const char *name; /* "publisher": random streams are "link/publisher/c>b/loss" ... */
    DrillLinkSettings direction[2];
} DrillLinkOptions;
DrillLink *drill_link_new(const DrillLinkOptions *options);
void drill_link_free(DrillLink *link);
const DrillLinkSettings *drill_link_settings(const DrillLink *link, int direction);
void drill_link_set(DrillLink *link, int direction, const DrillLinkSettings *settings);
/* Drops every packet in this direction until `until_ns` (DRILL_NEVER: until healed by a call with
 * now). */
void drill_link_partition(DrillLink *link, int direction, uint64_t until_ns);
/* Packets wait (order kept, none lost) until `until_ns`. */
void drill_link_stall(DrillLink *link, int direction, uint64_t until_ns);
/* The next packets of this direction are passed ('1') or lost ('0') exactly as the mask says; then
 * as set. DRILL_INVALID: another character. Only for lossy transports (tcp). */
DRILL_MUST_USE DrillResult drill_link_mask(DrillLink *link, int direction, DrillSpan mask);

/* The client's address has changed: packets of its present connections vanish, new ones work. */
void drill_link_change_address(DrillLink *link);

typedef struct DrillLinkStats {
    uint64_t packets, bytes, lost_packets, mask_left; /* per direction */
    uint64_t duplicated, corrupted, reordered;        /* packets */
} DrillLinkStats;
DrillLinkStats drill_link_stats(const DrillLink *link, int direction);

typedef struct DrillTransportOptions {
    DrillTransportKind kind;
    DrillLink *link;
    DrillTransportHooks hooks;
    DrillNetObserver observer;
    uint64_t number;             /* the owner's connection number */
    const DrillTcpSettings *tcp; /* copied; NULL: profile `linux`. Not for `stream` */
} DrillTransportOptions;

/* Starts to open (SYN). `opened` comes later, through the queue even at delay 0; or `closed`(side
 * 0) when nobody answers. The transport frees itself never: the owner calls drill_transport_free
 * after both sides are closed or at the end. */
DrillTransport *drill_transport_open(const DrillTransportOptions *options, uint64_t now_ns);
void drill_transport_free(DrillTransport *transport);

/* Copies the bytes. Ignored after that side closed. There is no backpressure inside the simulation.
 */
void drill_transport_send(DrillTransport *transport, int side, DrillSpan bytes, uint64_t now_ns);
typedef struct DrillDatagram {
    DrillSpan bytes;
    uint64_t tag; /* the owner's, told with what becomes of the packet */
    bool certain; /* never lost for good, nor doubled: see datagram.c */
} DrillDatagram;
/* As drill_transport_send; `tag` and `certain` mean something to `datagram` only. */
void drill_transport_send_packet(DrillTransport *transport, int side, const DrillDatagram *packet,
                                 uint64_t now_ns);
/* Inside `received`: the tag of the datagram that is being handed over. */
uint64_t drill_transport_arriving(const DrillTransport *transport);
/* This side closes. FIN: what was sent is still delivered, then the far side sees FIN; this side
 * gets no more callbacks unless `half` (then it goes on reading). RST: at once; the far side sees
 * RST one delay later. */
void drill_transport_close(DrillTransport *transport, int side, DrillCloseHow how, bool half,
                           uint64_t now_ns);

/* Fault. Delivery in `direction` stops at stream offset `offset`: bytes below it still arrive, and
 * then the connection dies as `how` says. `after`: it dies as soon as the last byte below `offset`
 * was delivered; otherwise when the byte at `offset` would be. fin, rst: both sides are told (the
 * receiving side now, the sender one delay later); vanish: nobody is, and nothing passes any more
 * in either direction. DRILL_NET_CUT is reported when it strikes. One per direction; a second
 * replaces it. */
void drill_transport_cut_at(DrillTransport *transport, int direction, uint64_t offset, bool after,
                            DrillCloseHow how);
/* Cuts now. */
void drill_transport_cut(DrillTransport *transport, DrillCloseHow how, uint64_t now_ns);
/* tcp: the next transmission (first one only) of the segment that holds the byte at `offset` is
 * lost; datagram: the packet that is going to be sent there. DRILL_INVALID on `stream`. */
DRILL_MUST_USE DrillResult drill_transport_drop_at(DrillTransport *transport, int direction,
                                                   uint64_t offset);
/* The byte at `offset` (and all after it) is delayed by `by_ns` on top of the link's delay. */
void drill_transport_delay_at(DrillTransport *transport, int direction, uint64_t offset,
                              uint64_t by_ns);

/* The reader on this side stops or goes on taking bytes. While it does not, what arrives waits in
 * its receive buffer, and once that is full the sender is stopped by a zero window (tcp; the ideal
 * pipe has no such limit). */
void drill_transport_pause_reading(DrillTransport *transport, int side, bool paused,
                                   uint64_t now_ns);
/* Bytes that were sent and not yet acknowledged by the far side: what a gateway looks at to stop
 * taking more from its own source. */
uint64_t drill_transport_queued_bytes(const DrillTransport *transport, int side);

/* One end of a tcp connection, for statistics and tests. All zero on `stream`. */
typedef struct DrillTcpStats {
    const char *state;                       /* "ESTABLISHED" "FIN-WAIT-1" ...; "" on stream */
    uint64_t rtt_ns, rtt_min_ns, rtt_max_ns; /* smoothed; smallest sample; largest smoothed ever */
    uint64_t variance_ns;                    /* the term that is added to the smoothed round trip */
    uint64_t rto_ns;                         /* with backoff */
    uint64_t window_segments, threshold_segments, in_flight_segments;
    uint64_t segments_sent, retransmits, timeouts, tail_probes, recoveries, undone, duplicates_seen,
        window_probes;
    bool timer_armed;
} DrillTcpStats;
DrillTcpStats drill_transport_tcp_stats(const DrillTransport *transport, int side);

/* Anything unacknowledged, unsent or in flight in either direction (used to know when a run has
 * come to rest). */
bool drill_transport_busy(const DrillTransport *transport);
uint64_t drill_transport_sent_bytes(const DrillTransport *transport, int direction);
uint64_t drill_transport_delivered_bytes(const DrillTransport *transport, int direction);

#endif
