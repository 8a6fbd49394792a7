/* Inside net: simulated TCP. Two ends in one structure, each with its own sequence space: number 0
 * is the SYN, number offset + 1 is the byte at that stream offset, the number after the last byte
 * is the FIN. Numbers have 64 bits and never wrap. Payload stays in the flow's ring; segments name
 * ranges of it.
 *
 * Sources: RFC 9293 (states, acknowledgement), 5961 (reset), 6298 (timeout), 7323 (timestamps),
 * 2018, 2883 and 6675 (selective acknowledgement), 8985 (loss by time, tail loss probes), 5682
 * (spurious timeouts), 6582 (recovery without SACK), 6937 (window in recovery), 5681, 6928 and 9438
 * (windows). Where they leave a choice, or Linux makes another, the settings say which. */
#ifndef DRILL_NET_TCP_H
#define DRILL_NET_TCP_H

#include "net/connection.h"

enum {
    DRILL_TCP_HEADER_BYTES = 40,    /* IPv4 and TCP without options */
    DRILL_TCP_TIMESTAMP_BYTES = 12, /* with its padding */
    DRILL_TCP_DUPLICATES = 3,
    DRILL_TCP_SMALL_BYTES = 536,   /* a receiver's first guess at the sender's segments */
    DRILL_TCP_OFFER_FIRST = 64240, /* bytes; the offer grows with what comes */
    DRILL_TCP_QUICK_ACKS = 16
};
#define DRILL_TCP_RTO_UNKNOWN_NS (3 * DRILL_NS_PER_S)
#define DRILL_TCP_UNLIMITED      UINT32_MAX /* threshold of slow start: none yet */

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

/* What congestion control thinks is going on. */
typedef enum DrillTcpMood {
    DRILL_TCP_OPEN,
    DRILL_TCP_DISORDER, /* something is selectively acknowledged or was sent again: look closer */
    DRILL_TCP_REDUCED,  /* a tail probe had found a loss */
    DRILL_TCP_RECOVERY, /* fast recovery */
    DRILL_TCP_LOSS      /* after a timeout */
} DrillTcpMood;

typedef enum DrillTcpMark {
    DRILL_TCP_SACKED = 1,
    DRILL_TCP_LOST = 2,
    DRILL_TCP_RESENT = 4, /* ... and that retransmission is thought to be under way */
    DRILL_TCP_EVER = 8    /* was sent more than once: its acknowledgement is ambiguous */
} DrillTcpMark;

/* Sent and not acknowledged: numbers [begin, end). */
typedef struct DrillTcpSegment {
    uint64_t begin;
    uint64_t end;
    uint64_t sent_ns; /* last time */
    uint8_t marks;
} DrillTcpSegment;

/* Received out of order: numbers [begin, end). Sorted, disjoint, not touching. */
typedef struct DrillTcpRange {
    uint64_t begin;
    uint64_t end;
    uint64_t changed; /* higher: more recently */
} DrillTcpRange;

/* What the one timer of a sender waits for. */
typedef enum DrillTcpTimer {
    DRILL_TCP_TIMER_RETRANSMIT,
    DRILL_TCP_TIMER_PROBE,   /* tail loss probe */
    DRILL_TCP_TIMER_REORDER, /* what came too late to be only reordered */
    DRILL_TCP_TIMER_WINDOW   /* zero-window probe */
} DrillTcpTimer;

typedef struct DrillTcpEnd {
    DrillTcpState state;
    bool answers; /* dead, and says so (RST) to whoever still sends to it */
    bool fin_queued;
    uint64_t over_ns;   /* both FINs were exchanged and acknowledged then; 0: not yet */
    bool last_to_close; /* the far end's FIN came before ours went */

    /* sending: acknowledged <= next */
    uint64_t acknowledged; /* all numbers below were */
    uint64_t next;         /* all numbers below were sent at least once */
    uint64_t offered_end;  /* the far end's window ends here */
    uint64_t offered_at;   /* number of the segment that said so */
    uint64_t syn_sent_ns;
    uint64_t syn_last_ns;
    unsigned syns_again;
    uint64_t last_sent_ns; /* data */
    uint32_t mss_bytes;    /* what is sent at most: the settings', or less */
    uint64_t mtu_told;     /* by whoever dropped what was too big */
    DrillEventHandle mtu_notice;
    uint64_t small_end; /* Nagle: end of the last segment that was not full */

    /* what is under way: a ring's worth of segments in order of their numbers */
    DrillTcpSegment *segments;
    size_t segments_first, segments_count, segments_capacity;
    uint32_t unit_bytes;           /* the window counts so many bytes as one; 0: segments */
    uint32_t sacked, lost, resent; /* counts of marks; resent: RESENT and nothing else known */
    uint32_t ever;                 /* segments with EVER */
    uint64_t sacked_end;           /* the highest number ever selectively acknowledged */
    uint32_t duplicates; /* acknowledgements in a row that said nothing new, without SACK */

    /* congestion, in segments */
    DrillTcpMood mood;
    uint32_t window, threshold, credit;
    uint32_t window_before, threshold_before; /* the reduction: for taking it back */
    uint64_t recover;                         /* the mood ends when all below is acknowledged */
    uint64_t undo_from;       /* retransmissions since this number; 0: nothing to undo */
    int64_t undo_left;        /* of them not yet reported as duplicates; -1: none were made */
    uint64_t resend_first_ns; /* first retransmission of the episode; DRILL_NEVER: none */
    bool frto;
    uint32_t prr_delivered, prr_out;
    uint32_t delivered, lost_total; /* counters, only differences matter */
    bool window_limited;
    uint32_t out_max;
    uint64_t usage_end;
    uint32_t window_used;
    uint64_t window_ns;
    /* CUBIC */
    uint64_t cubic_epoch_ns; /* DRILL_NEVER: not begun */
    uint32_t cubic_last_max, cubic_origin;
    uint64_t cubic_k_ms;
    uint64_t cubic_reno; /* in 1/1024 segments */

    /* RACK and tail loss probe */
    bool rack_advanced, reordering_seen, rack_duplicate;
    uint64_t rack_sent_ns, rack_end, rack_rtt_ns;
    uint32_t rack_steps, rack_persist, rack_delivered;
    uint32_t reordering; /* duplicates that mean a loss */
    uint64_t probe_end;  /* a tail probe is under way; 0: none */
    bool probe_again;    /* ... and it repeated old bytes */

    /* round trips: as Linux scales them, rtt_8 is 8 times the mean, deviation_4 4 times */
    bool measured;
    uint64_t rtt_8_ns, deviation_4_ns, deviation_max_ns, variance_ns, rtt_seq;
    uint64_t rtt_min_ns;
    uint64_t timeout_ns; /* the last one */
    uint64_t rto_ns;

    /* timers */
    DrillEventHandle timer;
    DrillTcpTimer timer_kind;
    uint64_t retry_first_ns; /* when the first of `retries` happened */
    unsigned retries;        /* timeouts in a row without progress */
    unsigned window_probes;  /* unanswered; they never end the connection while answered */
    DrillEventHandle keepalive_timer;
    unsigned keepalives;
    uint64_t heard_ns;

    /* receiving */
    uint64_t expected;  /* all numbers below were received */
    uint64_t acked_to;  /* ... and below this were acknowledged: `expected` when we last said so */
    uint64_t fin;       /* number of the far end's FIN; 0: not seen */
    uint64_t echo_ns;   /* sending time to be echoed */
    uint64_t offer_end; /* we offered a window up to here */
    uint64_t offer_bytes;
    DrillTcpRange *ranges;
    size_t ranges_count;
    size_t ranges_capacity;
    uint64_t changes;
    DrillTcpRange duplicate; /* to be reported; begin == end: none */
    /* when to acknowledge */
    bool ack_due;    /* something was not acknowledged yet */
    bool ack_now;    /* at once */
    bool conversing; /* answers carry the acknowledgements */
    bool pushed, pushed_twice;
    unsigned quick;
    unsigned ack_count; /* segments since the last acknowledgement */
    uint64_t ack_delay_ns;
    uint64_t received_ns;   /* data */
    uint64_t segment_bytes; /* the far end's, as far as seen */
    DrillEventHandle ack_timer;
    uint64_t ack_timer_ns;

    /* fault: segments to lose, by stream offset */
    uint64_t *drops;
    size_t drops_count;
    size_t drops_capacity;

    DrillTcpStats stats;
} DrillTcpEnd;

struct DrillTcp {
    DrillTcpSettings settings;
    DrillTcpEnd ends[2];
};

/* What one acknowledgement told; tcp_ack.c. */
typedef enum DrillTcpNews {
    DRILL_TCP_ADVANCED = 1,
    DRILL_TCP_DATA_ACKED = 2,
    DRILL_TCP_RESENT_ACKED = 4,
    DRILL_TCP_ORIGINAL_ACKED = 8, /* something that was sent only once, from before the episode */
    DRILL_TCP_NEWLY_SACKED = 16,
    DRILL_TCP_DUPLICATE_SACK = 32,
    DRILL_TCP_PROBE_DUPLICATE = 64, /* the tail probe was for nothing */
    DRILL_TCP_CARRIES_DATA = 128,
    DRILL_TCP_NEW_WINDOW = 256,
    DRILL_TCP_SET_TIMER = 512,
    DRILL_TCP_RESENT_LOST = 1024
} DrillTcpNews;

typedef enum DrillTcpResend {
    DRILL_TCP_RESEND_NONE,
    DRILL_TCP_RESEND_LOST,
    DRILL_TCP_RESEND_NEW
} DrillTcpResend;

typedef struct DrillTcpAckState {
    DrillTransport *transport;
    int side;
    DrillTcpEnd *end;
    const DrillPacket *packet;
    uint64_t now_ns;
    unsigned news;
    uint64_t acknowledged_before, sacked_end_before;
    uint64_t reordered; /* lowest number that came after later ones; DRILL_NEVER: none */
    uint64_t sack_first_ns, sack_last_ns, ack_first_ns, ack_last_ns; /* DRILL_NEVER: none */
    uint64_t fresh_first_ns, fresh_last_ns; /* sent only once, since the last timeout */
    unsigned duplicates;
    DrillTcpResend resend;
} DrillTcpAckState;

static inline DrillTcpEnd *drill_tcp_end(const DrillTransport *transport, int side) {
    return &transport->tcp->ends[side];
}

static inline const DrillTcpSettings *drill_tcp_settings_of(const DrillTransport *transport) {
    return &transport->tcp->settings;
}

/* tcp.c */
/* This end gives up or dies; `answers` as in DrillTcpEnd. */
void drill_tcp_die(DrillTransport *transport, int side, bool answers);
void drill_tcp_give_up(DrillTransport *transport, int side, uint64_t now_ns);
/* The timers that must run do. */
void drill_tcp_assert(const DrillTransport *transport, int side);

/* tcp_scoreboard.c: the segments under way and their marks */
static inline DrillTcpSegment *drill_tcp_segment(const DrillTcpEnd *end, size_t index) {
    return &end->segments[end->segments_first + index];
}
void drill_tcp_keep_segment(DrillTransport *transport, int side, DrillTcpSegment segment);
void drill_tcp_insert_segment(DrillTransport *transport, int side, size_t index,
                              DrillTcpSegment segment);
void drill_tcp_forget_segments(DrillTcpEnd *end, size_t count);
/* Segment `index` and the one behind it become one. */
void drill_tcp_merge_segments(DrillTcpEnd *end, size_t index);
void drill_tcp_mark_lost(DrillTcpEnd *end, DrillTcpSegment *segment);
void drill_tcp_clear_mark(DrillTcpEnd *end, DrillTcpSegment *segment, DrillTcpMark mark);
static inline uint32_t drill_tcp_left_out(const DrillTcpEnd *end) {
    return end->sacked + end->lost;
}
/* Segments thought to be on the path; full ones when the window counts bytes. */
uint32_t drill_tcp_in_flight(const DrillTcpEnd *end);

/* tcp_send.c */
const char *drill_tcp_flags(uint8_t flags);
void drill_tcp_describe(const DrillTransport *transport, const DrillPacket *packet,
                        DrillNetEvent *event);
void drill_tcp_send_syn(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_send_reset(DrillTransport *transport, int side, uint64_t sequence, uint64_t now_ns);
void drill_tcp_send_ack(DrillTransport *transport, int side, uint64_t now_ns);
/* An acknowledgement with a number that was acknowledged: the far end must answer. */
void drill_tcp_send_probe(DrillTransport *transport, int side, uint64_t now_ns);
/* Sends what may be sent. */
void drill_tcp_output(DrillTransport *transport, int side, uint64_t now_ns);
/* One segment whatever the congestion window. False: there is none, or no window. */
bool drill_tcp_output_one(DrillTransport *transport, int side, uint64_t now_ns);
/* Segment `index` again; `counted`: a retransmission in the sense of congestion control. */
bool drill_tcp_resend(DrillTransport *transport, int side, size_t index, const char *cause,
                      uint64_t now_ns);
bool drill_tcp_resend_counted(DrillTransport *transport, int side, size_t index, const char *cause,
                              uint64_t now_ns);
/* What is marked lost, as far as the window allows. */
void drill_tcp_resend_lost(DrillTransport *transport, int side, const char *cause, uint64_t now_ns);
/* The number after the last one there is to send. */
uint64_t drill_tcp_send_end(const DrillTransport *transport, int side);

/* tcp_mtu.c */
void drill_tcp_too_big(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_probe_mtu(DrillTransport *transport, int side);

/* tcp_congestion.c */
uint32_t drill_tcp_reduced_threshold(const DrillTransport *transport, int side);
void drill_tcp_set_mood(DrillTransport *transport, int side, DrillTcpMood mood);
void drill_tcp_begin_undo(DrillTcpEnd *end);
void drill_tcp_begin_reduction(DrillTransport *transport, int side);
void drill_tcp_end_reduction(DrillTcpEnd *end, uint64_t now_ns);
void drill_tcp_enter_recovery(DrillTransport *transport, int side);
void drill_tcp_enter_loss(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_undo(DrillTcpEnd *end, bool unmark, uint64_t now_ns);
void drill_tcp_reduce(DrillTcpEnd *end, uint32_t delivered, uint32_t lost, bool advanced);
void drill_tcp_grow(DrillTransport *transport, int side, uint32_t acked, uint64_t now_ns);
void drill_tcp_validate(DrillTransport *transport, int side, bool limited, uint64_t now_ns);
void drill_tcp_restart_after_idle(DrillTransport *transport, int side, uint64_t now_ns);
static inline bool drill_tcp_reducing(const DrillTcpEnd *end) {
    return end->mood == DRILL_TCP_REDUCED || end->mood == DRILL_TCP_RECOVERY;
}

/* tcp_ack.c */
void drill_tcp_take_acknowledgement(DrillTransport *transport, int side, const DrillPacket *packet,
                                    uint64_t now_ns);
bool drill_tcp_any_resent(const DrillTcpEnd *end);
void drill_tcp_try_open(DrillTransport *transport, int side);

/* tcp_sack.c */
void drill_tcp_take_sack(DrillTcpAckState *ack);
/* Takes what is acknowledged off the scoreboard and measures the round trip. */
void drill_tcp_clean(DrillTcpAckState *ack);

/* tcp_rack.c */
void drill_tcp_rack_advance(DrillTcpEnd *end, const DrillTcpSegment *segment, uint64_t now_ns);
void drill_tcp_rack_update(DrillTcpEnd *end, uint32_t delivered_before);
/* True: a timer was set for what may still come. */
bool drill_tcp_rack_mark(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_rack_timeout(DrillTransport *transport, int side, uint64_t now_ns);
int64_t drill_tcp_rack_left_ns(const DrillTcpEnd *end, const DrillTcpSegment *segment,
                               uint64_t reorder_ns, uint64_t now_ns);
bool drill_tcp_schedule_probe(DrillTransport *transport, int side, bool from_now, uint64_t now_ns);
void drill_tcp_tail_probe(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_probe_acked(DrillTcpAckState *ack);

/* tcp_receive.c */
void drill_tcp_arrive(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns);
/* tcp_window.c */
uint64_t drill_tcp_offer(DrillTransport *transport, int side);
void drill_tcp_reader_moved(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_data_came(DrillTransport *transport, int side, uint64_t bytes, uint64_t now_ns);
void drill_tcp_quick(DrillTransport *transport, int side, bool leave_conversation);
void drill_tcp_acknowledge(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_after_reading(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_ack_went(DrillTransport *transport, int side);
void drill_tcp_data_went(DrillTransport *transport, int side, uint64_t now_ns);

/* tcp_rtt.c */
/* What a round trip that may be late counts. */
uint64_t drill_tcp_limited_rtt(const DrillTcpSettings *settings, const DrillTcpEnd *end,
                               uint64_t rtt_ns);
void drill_tcp_measure(DrillTransport *transport, int side, uint64_t rtt_ns);
void drill_tcp_set_rto(DrillTransport *transport, int side);

/* tcp_timer.c */
void drill_tcp_set_timer(DrillTransport *transport, int side, DrillTcpTimer kind, uint64_t delay_ns,
                         uint64_t now_ns);
void drill_tcp_stop_timer(DrillTransport *transport, int side);
/* Retransmission timer for what is under way, or none. */
void drill_tcp_rearm(DrillTransport *transport, int side, uint64_t now_ns);
/* Time until the first segment's retransmission. */
uint64_t drill_tcp_rto_left_ns(const DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_start_keepalive(DrillTransport *transport, int side, uint64_t now_ns);
void drill_tcp_stop_all(DrillTransport *transport, int side);
uint64_t drill_tcp_expiry_ns(const DrillTcpSettings *settings, uint64_t now_ns, uint64_t delay_ns);

#endif
