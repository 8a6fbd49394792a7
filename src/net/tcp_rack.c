/* Simulated TCP: losses found by time, and probes for lost tails (RFC 8985). */
#include "net/tcp.h"

/* Whether `a` was sent after `b`; of two sent at once the higher number counts as later. */
static bool sent_after(uint64_t a_ns, uint64_t b_ns, uint64_t a_end, uint64_t b_end) {
    return a_ns > b_ns || (a_ns == b_ns && a_end > b_end);
}

void drill_tcp_rack_advance(DrillTcpEnd *end, const DrillTcpSegment *segment, uint64_t now_ns) {
    uint64_t rtt_ns = now_ns - segment->sent_ns;
    if (rtt_ns < end->rtt_min_ns && (segment->marks & (DRILL_TCP_RESENT | DRILL_TCP_EVER)) != 0) {
        return; /* too fast for the retransmission: it was the original */
    }
    end->rack_advanced = true;
    end->rack_rtt_ns = rtt_ns;
    if (sent_after(segment->sent_ns, end->rack_sent_ns, segment->end, end->rack_end)) {
        end->rack_sent_ns = segment->sent_ns;
        end->rack_end = segment->end;
    }
}

void drill_tcp_rack_update(DrillTcpEnd *end, uint32_t delivered_before) {
    if ((int32_t)(delivered_before - end->rack_delivered) < 0) {
        end->rack_duplicate = false; /* less than a round trip since the last change */
    }
    if (end->rack_duplicate) {
        end->rack_steps += end->rack_steps < 255 ? 1 : 0;
        end->rack_duplicate = false;
        end->rack_delivered = end->delivered;
        end->rack_persist = 16;
    } else if (end->rack_persist == 0) {
        end->rack_steps = 1;
    }
}

int64_t drill_tcp_rack_left_ns(const DrillTcpEnd *end, const DrillTcpSegment *segment,
                               uint64_t reorder_ns, uint64_t now_ns) {
    return (int64_t)(end->rack_rtt_ns + reorder_ns) - (int64_t)(now_ns - segment->sent_ns);
}

static uint64_t reorder_window_ns(const DrillTcpEnd *end) {
    if (!end->reordering_seen &&
        (end->mood >= DRILL_TCP_RECOVERY || end->sacked >= end->reordering)) {
        return 0;
    }
    uint64_t window_ns = end->rtt_min_ns / 4 * end->rack_steps;
    return window_ns < end->rtt_8_ns / 64 ? window_ns : end->rtt_8_ns / 64;
}

/* Marks what is lost. Returns the time until the last of what may only be late is lost too; 0:
 * there is nothing of that kind. */
static uint64_t detect(DrillTcpEnd *end, uint64_t now_ns) {
    uint64_t reorder_ns = reorder_window_ns(end);
    uint64_t wait_ns = 0;
    bool in_order = end->ever == 0; /* sending times ascend with the numbers */
    for (size_t i = 0; i < end->segments_count; i++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if (!sent_after(end->rack_sent_ns, segment->sent_ns, end->rack_end, segment->end)) {
            if (in_order) {
                break;
            }
            continue;
        }
        bool waiting =
            (segment->marks & DRILL_TCP_LOST) != 0 && (segment->marks & DRILL_TCP_RESENT) == 0;
        if (waiting || (segment->marks & DRILL_TCP_SACKED) != 0) {
            continue;
        }
        int64_t left_ns = drill_tcp_rack_left_ns(end, segment, reorder_ns, now_ns);
        if (left_ns <= 0) {
            drill_tcp_mark_lost(end, segment);
        } else if ((uint64_t)left_ns > wait_ns) {
            wait_ns = (uint64_t)left_ns;
        }
    }
    return wait_ns;
}

/* Least time of a timer that is to wait for something on the path. */
static uint64_t timer_min_ns(const DrillTransport *transport) {
    return 2 * drill_tcp_settings_of(transport)->tick_ns;
}

bool drill_tcp_rack_mark(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!end->rack_advanced) {
        return false;
    }
    end->rack_advanced = false;
    uint64_t wait_ns = detect(end, now_ns);
    if (wait_ns == 0) {
        return false;
    }
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_REORDER, wait_ns + timer_min_ns(transport),
                        now_ns);
    return true;
}

void drill_tcp_rack_timeout(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint32_t before = drill_tcp_in_flight(end);
    uint32_t lost_before = end->lost_total;
    uint64_t wait_ns = detect(end, now_ns);
    if (wait_ns > 0) {
        drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_REORDER,
                            wait_ns + timer_min_ns(transport), now_ns);
    }
    if (before != drill_tcp_in_flight(end)) {
        if (end->mood != DRILL_TCP_RECOVERY) {
            drill_tcp_enter_recovery(transport, side);
            drill_tcp_reduce(end, 1, end->lost_total - lost_before, false);
        }
        drill_tcp_resend_lost(transport, side, "fast", now_ns);
    }
    if (end->timer == 0 || end->timer_kind != DRILL_TCP_TIMER_RETRANSMIT) {
        drill_tcp_rearm(transport, side, now_ns);
    }
}

/* After two round trips of silence, and longer when a single segment may wait for a delayed
 * acknowledgement; never after the timeout would have been. */
bool drill_tcp_schedule_probe(DrillTransport *transport, int side, bool from_now, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!settings->tail_probe || !settings->sack || end->segments_count == 0 ||
        (end->mood != DRILL_TCP_OPEN && end->mood != DRILL_TCP_REDUCED)) {
        return false;
    }
    uint64_t wait_ns = settings->syn_rto_ns;
    if (end->measured) {
        wait_ns = end->rtt_8_ns / 4;
        wait_ns += end->segments_count == 1 ? settings->rto_min_ns : timer_min_ns(transport);
    }
    uint64_t rto_ns = from_now ? end->rto_ns : drill_tcp_rto_left_ns(transport, side, now_ns);
    if (rto_ns > 0 && rto_ns < wait_ns) {
        wait_ns = rto_ns;
    }
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_PROBE, wait_ns, now_ns);
    return true;
}

/* New data if there are any, otherwise the last segment again: whichever comes through makes the
 * far end say what is missing. */
void drill_tcp_tail_probe(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->probe_end == 0) {
        end->probe_again = false;
        bool sent = drill_tcp_output_one(transport, side, now_ns);
        if (!sent && end->next == drill_tcp_send_end(transport, side)) {
            sent = drill_tcp_resend(transport, side, end->segments_count - 1, "probe", now_ns);
            end->probe_again = sent;
        }
        if (sent) {
            end->probe_end = end->next;
            end->stats.tail_probes++;
            drill_tcp_stop_timer(transport, side);
        }
    }
    drill_tcp_rearm(transport, side, now_ns);
}

/* The probe's fate tells whether something was lost, although the timeout never came. */
void drill_tcp_probe_acked(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    uint64_t number = ack->packet->acknowledged;
    if (number < end->probe_end) {
        return;
    }
    if (!end->probe_again || (ack->news & DRILL_TCP_PROBE_DUPLICATE) != 0) {
        end->probe_end = 0;
    } else if (number > end->probe_end) {
        drill_tcp_begin_reduction(ack->transport, ack->side);
        drill_tcp_set_mood(ack->transport, ack->side, DRILL_TCP_REDUCED);
        drill_tcp_end_reduction(end, ack->now_ns);
        drill_tcp_set_mood(ack->transport, ack->side, DRILL_TCP_OPEN);
        drill_tcp_try_open(ack->transport, ack->side);
    } else if ((ack->news & (DRILL_TCP_ADVANCED | DRILL_TCP_CARRIES_DATA | DRILL_TCP_NEW_WINDOW |
                             DRILL_TCP_DATA_ACKED | DRILL_TCP_NEWLY_SACKED)) == 0) {
        end->probe_end = 0; /* a pure duplicate: both came */
    }
}
