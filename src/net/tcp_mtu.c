/* Simulated TCP: segments that fit the path. Whoever drops a packet that is too big may say so (RFC
 * 1191), and then the sender cuts smaller at once; where nobody does, `mtu_probing` tries smaller
 * ones after timeouts, as Linux does with tcp_mtu_probing = 1. Sizes never grow again. */
#include "net/tcp.h"

enum { PROBE_AFTER = 3, PROBE_BYTES = 1024, LEAST_BYTES = 88 };

/* Segment `index` becomes several of at most `mss` bytes, none of them marked lost or sent again.
 */
static size_t split(DrillTransport *transport, int side, size_t index, uint32_t mss) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_tcp_clear_mark(end, drill_tcp_segment(end, index), DRILL_TCP_LOST);
    drill_tcp_clear_mark(end, drill_tcp_segment(end, index), DRILL_TCP_RESENT);
    uint64_t data_end = 1 + transport->flows[side].ring.end;
    for (;; index++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, index);
        uint64_t payload_end = segment->end < data_end ? segment->end : data_end;
        if (payload_end - segment->begin <= mss) {
            return index;
        }
        DrillTcpSegment rest = *segment;
        rest.begin = segment->begin + mss;
        segment->end = rest.begin;
        drill_tcp_insert_segment(transport, side, index + 1, rest);
    }
}

/* What is under way and too big is cut and counts as lost. False: there is no such thing. */
static bool cut(DrillTransport *transport, int side, uint32_t mss) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool any = false;
    end->mss_bytes = mss;
    for (size_t i = 0; i < end->segments_count; i++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if (segment->end - segment->begin <= mss || (segment->marks & DRILL_TCP_SACKED) != 0) {
            continue;
        }
        size_t last = split(transport, side, i, mss);
        for (; i < last; i++) {
            drill_tcp_mark_lost(end, drill_tcp_segment(end, i));
        }
        drill_tcp_mark_lost(end, drill_tcp_segment(end, last));
        any = true;
    }
    return any;
}

/* ... and goes again, without slowing down for it. */
static void shrink(DrillTransport *transport, int side, uint32_t mss, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!cut(transport, side, mss)) {
        return;
    }
    if (end->mood != DRILL_TCP_LOSS) {
        end->recover = end->next;
        end->threshold_before = 0;
        end->undo_from = 0;
        drill_tcp_set_mood(transport, side, DRILL_TCP_LOSS);
    }
    drill_tcp_resend_lost(transport, side, "mtu", now_ns);
}

static void told(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->mtu_notice = 0;
    uint64_t headers =
        DRILL_TCP_HEADER_BYTES +
        (drill_tcp_settings_of(transport)->timestamps ? DRILL_TCP_TIMESTAMP_BYTES : 0);
    uint64_t mss = end->mtu_told > headers + LEAST_BYTES ? end->mtu_told - headers : LEAST_BYTES;
    if (end->state == DRILL_TCP_ESTABLISHED && mss < end->mss_bytes) {
        shrink(transport, side, (uint32_t)mss, now_ns);
        drill_tcp_assert(transport, side);
    }
}

/* The path has dropped a packet; its notice, if there is any, takes as long as the way back. */
void drill_tcp_too_big(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->mtu_told = drill_link_mtu_told(transport->link, side);
    if (end->mtu_told == 0 || end->mtu_notice != 0) {
        return;
    }
    uint64_t back_ns = drill_link_settings(transport->link, 1 - side)->delay_ns;
    end->mtu_notice = drill_queue_add(transport->queue, drill_time_add(now_ns, back_ns), told,
                                      transport, (uint64_t)side);
}

/* After a timeout: nothing comes through, perhaps because it is too big. */
void drill_tcp_probe_mtu(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!drill_tcp_settings_of(transport)->mtu_probing || end->retries < PROBE_AFTER) {
        return;
    }
    uint32_t mss = end->mss_bytes > PROBE_BYTES ? PROBE_BYTES : end->mss_bytes / 2;
    cut(transport, side, mss > LEAST_BYTES ? mss : LEAST_BYTES);
}
