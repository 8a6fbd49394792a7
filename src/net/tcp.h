/* Inside net: simulated TCP. Two ends in one structure, each with its own sequence space: number 0
 * is the SYN, number offset + 1 is the byte at that stream offset, the number after the last byte
 * is the FIN. Numbers have 64 bits and never wrap. Payload stays in the flow's ring; segments name
 * ranges of it.
 *
 * Sources: RFC 9293 (states, acknowledgement, reset), RFC 6298 (retransmission timer; the 200 ms
 * floor is on the variance term, as Linux has it), RFC 5681 and 6582 (congestion control), RFC 6928
 * (initial window), RFC 7323 (timestamps). */
#ifndef DRILL_NET_TCP_H
#define DRILL_NET_TCP_H

#include "net/connection.h"

#define DRILL_TCP_RTO_FIRST_NS    DRILL_NS_PER_S
#define DRILL_TCP_RTO_MAX_NS      (120 * DRILL_NS_PER_S)
#define DRILL_TCP_VARIANCE_MIN_NS (200 * DRILL_NS_PER_MS)
/* Linux's 15 retries as a time: 200 ms doubled up to 120 s. */
#define DRILL_TCP_GIVE_UP_NS (UINT64_C(924600) * DRILL_NS_PER_MS)

enum {
    DRILL_TCP_SEGMENT_BYTES = 1460,
    DRILL_TCP_HEADER_BYTES = 40, /* IPv4 and TCP without options */
    DRILL_TCP_SYN_RETRIES = 6,
    DRILL_TCP_SYNACK_RETRIES = 5,
    DRILL_TCP_RETRIES = 15,
    DRILL_TCP_WINDOW_FIRST = 10 * DRILL_TCP_SEGMENT_BYTES,
    DRILL_TCP_WINDOW_MAX = 4 * 1024 * 1024,
    DRILL_TCP_DUPLICATES = 3
};

typedef enum DrillTcpFlag {
    DRILL_TCP_SYN = 1,
    DRILL_TCP_ACK = 2,
    DRILL_TCP_FIN = 4,
    DRILL_TCP_RST = 8
} DrillTcpFlag;

typedef enum DrillTcpState {
    DRILL_TCP_LISTEN,
    DRILL_TCP_SYN_SENT,
    DRILL_TCP_SYN_RECEIVED,
    DRILL_TCP_ESTABLISHED, /* and whatever follows: FINs are tracked by number, not by state */
    DRILL_TCP_DEAD
} DrillTcpState;

/* Received out of order: numbers [begin, end). Sorted, disjoint, not touching. */
typedef struct DrillTcpRange {
    uint64_t begin;
    uint64_t end;
} DrillTcpRange;

typedef struct DrillTcpEnd {
    DrillTcpState state;
    bool answers; /* dead, and says so (RST) to whoever still sends to it */

    /* sending: acknowledged <= next <= sent_max */
    uint64_t acknowledged; /* all numbers below were */
    uint64_t next;         /* to send; goes back on a timeout */
    uint64_t sent_max;     /* all numbers below were sent at least once */
    bool fin_queued;
    const char *cause; /* of retransmissions now: "rto" or "fast" */

    /* congestion */
    uint64_t window;
    uint64_t threshold;
    uint64_t credit;  /* bytes acknowledged since the window last grew in congestion avoidance */
    uint64_t recover; /* recovery ends when all below is acknowledged */
    unsigned duplicates;
    bool recovering;

    /* timer */
    bool measured;
    uint64_t rtt_ns;
    uint64_t variance_ns;
    uint64_t rto_ns;
    uint64_t retry_first_ns; /* when the first of `retries` happened */
    unsigned retries;        /* timeouts in a row without progress */
    DrillEventHandle timer;

    /* receiving */
    uint64_t expected; /* all numbers below were received */
    uint64_t fin;      /* number of the far end's FIN; 0: not seen */
    uint64_t echo_ns;  /* sending time to be echoed */
    bool ack_due;
    DrillTcpRange *ranges;
    size_t ranges_count;
    size_t ranges_capacity;

    /* fault: segments to lose, by stream offset */
    uint64_t *drops;
    size_t drops_count;
    size_t drops_capacity;
} DrillTcpEnd;

struct DrillTcp {
    DrillTcpEnd ends[2];
};

static inline DrillTcpEnd *drill_tcp_end(DrillTransport *transport, int side) {
    return &transport->tcp->ends[side];
}

/* tcp.c */
/* This end gives up or dies; `answers` as in DrillTcpEnd. */
void drill_tcp_die(DrillTransport *transport, int side, bool answers);

/* tcp_send.c */
const char *drill_tcp_flags(uint8_t flags);
void drill_tcp_send_syn(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_send_reset(DrillTransport *transport, int side, uint64_t now_ns);
/* Sends what may be sent, and an acknowledgement if one is due. */
void drill_tcp_output(DrillTransport *transport, int side, uint64_t now_ns);
/* Congestion control of one acknowledgement; `acked` numbers were acknowledged anew (0: a
 * duplicate). */
void drill_tcp_progress(DrillTransport *transport, int side, uint64_t acked, uint64_t now_ns);
void drill_tcp_duplicate(DrillTransport *transport, int side, uint64_t now_ns);
/* The number after the last one there is to send. */
uint64_t drill_tcp_send_end(const DrillTransport *transport, int side);

/* tcp_receive.c */
void drill_tcp_arrive(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns);

/* tcp_timer.c */
void drill_tcp_measure(DrillTcpEnd *end, uint64_t rtt_ns);
/* Starts the timer if it is not running. */
void drill_tcp_arm(DrillTransport *transport, int side, uint64_t now_ns);
/* After an acknowledgement: starts it anew, or stops it when nothing is outstanding. */
void drill_tcp_rearm(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_disarm(DrillTransport *transport, int side);

#endif
