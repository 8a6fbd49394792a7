/* Simulated TCP, receiving: how much is offered, and when to acknowledge. Adaptive acknowledgement
 * is Linux's: at once while a connection is young, after a pause and after something odd; otherwise
 * it waits for an answer to ride on, 40 to 200 ms. */
#include "net/tcp.h"

/* In-order bytes that lie in the receive buffer. Bytes that a fault delays do not count. */
static uint64_t unread(const DrillTransport *transport, int side) {
    const DrillFlow *flow = &transport->flows[1 - side];
    uint64_t expected = drill_tcp_end(transport, side)->expected;
    if (!flow->paused || transport->sides[side].deaf || expected <= flow->consumed + 1) {
        return 0;
    }
    return expected - 1 - flow->consumed;
}

/* The bytes offered now. The end of the window never moves back, and not by little steps (RFC 9293,
 * 3.8.6.2.2). */
uint64_t drill_tcp_offer(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    if (end->offer_bytes == 0) {
        end->offer_bytes = DRILL_TCP_OFFER_FIRST < settings->receive_bytes
                               ? DRILL_TCP_OFFER_FIRST
                               : settings->receive_bytes;
    }
    uint64_t held = unread(transport, side);
    uint64_t room = end->offer_bytes > held ? end->offer_bytes - held : 0;
    uint64_t step =
        settings->mss_bytes < end->offer_bytes / 2 ? settings->mss_bytes : end->offer_bytes / 2;
    uint64_t offer_end = end->expected + room;
    if (room >= step && (offer_end >= end->offer_end + step || held == 0) &&
        offer_end > end->offer_end) {
        end->offer_end = offer_end;
    }
    return end->offer_end > end->expected ? end->offer_end - end->expected : 0;
}

static void ack_timer_fires(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    end->ack_timer = 0;
    if (!end->ack_due) {
        return;
    }
    if (end->conversing) { /* no answer came: not a conversation */
        end->conversing = false;
        end->ack_delay_ns = settings->ack_delay_min_ns;
    } else {
        end->ack_delay_ns =
            end->ack_delay_ns * 2 < end->rto_ns ? end->ack_delay_ns * 2 : end->rto_ns;
    }
    drill_tcp_send_ack(transport, side, now_ns);
}

/* The next few acknowledgements go at once. */
void drill_tcp_quick(DrillTransport *transport, int side, bool leave_conversation) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t offered = end->offer_end > end->expected ? end->offer_end - end->expected : 0;
    uint64_t quick = offered / (2 * end->segment_bytes);
    quick = quick == 0 ? 2 : quick;
    quick = quick < DRILL_TCP_QUICK_ACKS ? quick : DRILL_TCP_QUICK_ACKS;
    end->quick = quick > end->quick ? (unsigned)quick : end->quick;
    if (leave_conversation) {
        end->conversing = false;
        end->ack_delay_ns = drill_tcp_settings_of(transport)->ack_delay_min_ns;
    }
}

/* The delay follows the distance between segments, so that one acknowledgement covers two. */
static void adapt_delay(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t least_ns = drill_tcp_settings_of(transport)->ack_delay_min_ns;
    if (end->ack_delay_ns == 0) {
        drill_tcp_quick(transport, side, false);
        end->ack_delay_ns = least_ns;
        return;
    }
    uint64_t gap_ns = now_ns - end->received_ns;
    if (gap_ns <= least_ns / 2) {
        end->ack_delay_ns = end->ack_delay_ns / 2 + least_ns / 2;
    } else if (gap_ns < end->ack_delay_ns) {
        end->ack_delay_ns = end->ack_delay_ns / 2 + gap_ns;
        end->ack_delay_ns = end->ack_delay_ns < end->rto_ns ? end->ack_delay_ns : end->rto_ns;
    } else if (gap_ns > end->rto_ns) {
        drill_tcp_quick(transport, side, false);
    }
}

void drill_tcp_data_came(DrillTransport *transport, int side, uint64_t bytes, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    end->ack_due = true;
    end->ack_count++;
    if (bytes >= end->segment_bytes) {
        end->segment_bytes = bytes < settings->mss_bytes ? bytes : settings->mss_bytes;
    } else {
        end->pushed_twice = end->pushed;
        end->pushed = true;
    }
    uint64_t more = end->offer_bytes + 2 * bytes;
    end->offer_bytes = more < settings->receive_bytes ? more : settings->receive_bytes;
    adapt_delay(transport, side, now_ns);
    end->received_ns = now_ns;
}

static void delay_ack(DrillTransport *transport, int side, uint64_t delay_ns, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    if (end->ack_timer != 0) {
        if (settings->acking == DRILL_TCP_ACK_ADAPTIVE &&
            end->ack_timer_ns <= now_ns + delay_ns / 4) {
            drill_tcp_send_ack(transport, side, now_ns);
        }
        return; /* an earlier one is on */
    }
    end->ack_timer_ns = drill_tcp_expiry_ns(settings, now_ns, delay_ns);
    end->ack_timer = drill_queue_add(transport->queue, end->ack_timer_ns, ack_timer_fires,
                                     transport, (uint64_t)side);
}

static uint64_t adaptive_delay_ns(const DrillTcpSettings *settings, const DrillTcpEnd *end) {
    uint64_t delay_ns = end->ack_delay_ns;
    if (delay_ns > settings->ack_delay_min_ns) {
        uint64_t most_ns =
            end->conversing || end->pushed ? settings->ack_delay_max_ns : 500 * DRILL_NS_PER_MS;
        if (end->measured) {
            uint64_t rtt_ns = end->rtt_8_ns / 8;
            rtt_ns = rtt_ns > settings->ack_delay_min_ns ? rtt_ns : settings->ack_delay_min_ns;
            most_ns = rtt_ns < most_ns ? rtt_ns : most_ns;
        }
        delay_ns = delay_ns < most_ns ? delay_ns : most_ns;
    }
    return delay_ns < settings->ack_delay_max_ns ? delay_ns : settings->ack_delay_max_ns;
}

/* After a segment: acknowledges it, or decides to wait. */
void drill_tcp_acknowledge(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    if (!end->ack_due && !end->ack_now) {
        return;
    }
    bool now = end->ack_now || end->ranges_count > 0;
    uint64_t delay_ns = settings->ack_delay_max_ns;
    switch (settings->acking) {
    case DRILL_TCP_ACK_COUNTED:
        now = now || end->ack_count >= settings->ack_every;
        break;
    case DRILL_TCP_ACK_ADAPTIVE:
        now = now || end->expected - end->acked_to > end->segment_bytes ||
              (end->quick > 0 && !end->conversing);
        delay_ns = adaptive_delay_ns(settings, end);
        break;
    }
    if (now) {
        drill_tcp_send_ack(transport, side, now_ns);
    } else {
        delay_ack(transport, side, delay_ns, now_ns);
    }
}

/* The reader has taken what there is: Linux acknowledges small segments now unless an answer is
 * expected. */
void drill_tcp_after_reading(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!end->ack_due || drill_tcp_settings_of(transport)->acking != DRILL_TCP_ACK_ADAPTIVE ||
        unread(transport, side) > 0) {
        return;
    }
    if (end->expected - end->acked_to > end->segment_bytes || end->pushed_twice ||
        (end->pushed && !end->conversing)) {
        drill_tcp_send_ack(transport, side, now_ns);
    }
}

/* The reader goes on: worth saying when it at least doubles what the sender knows of. */
void drill_tcp_reader_moved(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->state != DRILL_TCP_ESTABLISHED) {
        return;
    }
    uint64_t before = end->offer_end > end->expected ? end->offer_end - end->expected : 0;
    uint64_t now = drill_tcp_offer(transport, side);
    if (now > 0 && now >= 2 * before) {
        drill_tcp_send_ack(transport, side, now_ns);
    }
}

/* Something that acknowledges all there is has been sent. */
void drill_tcp_ack_went(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->quick > 0 && end->ack_due) {
        end->quick--;
        if (end->quick == 0) {
            end->ack_delay_ns = drill_tcp_settings_of(transport)->ack_delay_min_ns;
        }
    }
    drill_queue_cancel(transport->queue, end->ack_timer);
    end->ack_timer = 0;
    end->ack_due = false;
    end->ack_now = false;
    end->ack_count = 0;
    end->pushed = false;
    end->pushed_twice = false;
    end->acked_to = end->expected;
}

/* An answer so soon after what came makes it a conversation. */
void drill_tcp_data_went(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->last_sent_ns = now_ns;
    if (end->ack_delay_ns > 0 && now_ns - end->received_ns < end->ack_delay_ns) {
        end->conversing = true;
    }
}
