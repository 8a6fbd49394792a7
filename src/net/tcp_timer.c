/* Simulated TCP: the retransmission timer (RFC 6298) and giving up. */
#include "net/tcp.h"

/* Every segment carries its sending time and echoes one (RFC 7323), so that a round trip over a
 * retransmission is measured right and Karn's rule has nothing to forbid (RFC 6298, 3). */
void drill_tcp_measure(DrillTcpEnd *end, uint64_t rtt_ns) {
    if (!end->measured) {
        end->measured = true;
        end->rtt_ns = rtt_ns;
        end->variance_ns = rtt_ns / 2;
    } else {
        uint64_t error_ns = end->rtt_ns > rtt_ns ? end->rtt_ns - rtt_ns : rtt_ns - end->rtt_ns;
        end->variance_ns = (3 * end->variance_ns + error_ns) / 4;
        end->rtt_ns = (7 * end->rtt_ns + rtt_ns) / 8;
    }
    uint64_t spread_ns = 4 * end->variance_ns;
    if (spread_ns < DRILL_TCP_VARIANCE_MIN_NS) {
        spread_ns = DRILL_TCP_VARIANCE_MIN_NS;
    }
    uint64_t rto_ns = end->rtt_ns + spread_ns;
    end->rto_ns = rto_ns < DRILL_TCP_RTO_MAX_NS ? rto_ns : DRILL_TCP_RTO_MAX_NS;
}

static void give_up(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DrillNetEvent event = {.kind = DRILL_NET_GAVE_UP,
                           .direction = side,
                           .reason = "",
                           .flags = "",
                           .value = end->retries};
    drill_transport_tell(transport, &event, now_ns);
    drill_tcp_die(transport, side, true);
    drill_transport_tell_closed(transport, side, DRILL_CLOSE_TIMEOUT, false, now_ns);
}

static bool is_hopeless(const DrillTcpEnd *end, uint64_t now_ns) {
    switch (end->state) {
    case DRILL_TCP_SYN_SENT:
        return end->retries >= DRILL_TCP_SYN_RETRIES;
    case DRILL_TCP_SYN_RECEIVED:
        return end->retries >= DRILL_TCP_SYNACK_RETRIES;
    case DRILL_TCP_ESTABLISHED:
        return end->retries >= DRILL_TCP_RETRIES ||
               (end->retries > 0 && now_ns - end->retry_first_ns >= DRILL_TCP_GIVE_UP_NS);
    case DRILL_TCP_LISTEN:
    case DRILL_TCP_DEAD:
        break;
    }
    DRILL_ASSERT(false); /* has no timer */
}

/* Back to the first segment that is not acknowledged, one segment at a time (RFC 5681, 3.1). */
static void go_back(DrillTcpEnd *end) {
    if (end->retries == 1) {
        uint64_t half = (end->sent_max - end->acknowledged) / 2;
        uint64_t least = 2 * DRILL_TCP_SEGMENT_BYTES;
        end->threshold = half > least ? half : least;
    }
    end->window = DRILL_TCP_SEGMENT_BYTES;
    end->credit = 0;
    end->recovering = false;
    end->recover = end->sent_max;
    end->duplicates = 0;
    end->next = end->acknowledged;
}

static void timer_fires(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->timer = 0;
    if (is_hopeless(end, now_ns)) {
        give_up(transport, side, now_ns);
        return;
    }
    if (end->retries == 0) {
        end->retry_first_ns = now_ns;
    }
    end->retries++;
    end->rto_ns *= 2;
    if (end->rto_ns > DRILL_TCP_RTO_MAX_NS) {
        end->rto_ns = DRILL_TCP_RTO_MAX_NS;
    }
    end->cause = "rto";
    DrillNetEvent event = {.kind = DRILL_NET_RTO,
                           .direction = side,
                           .reason = "",
                           .flags = "",
                           .offset = end->acknowledged > 0 ? end->acknowledged - 1 : 0,
                           .value = end->rto_ns};
    drill_transport_tell(transport, &event, now_ns);
    if (end->state == DRILL_TCP_ESTABLISHED) {
        go_back(end);
        drill_tcp_output(transport, side, now_ns);
    } else {
        drill_tcp_send_syn(transport, side, now_ns);
    }
}

void drill_tcp_arm(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->timer == 0) {
        end->timer = drill_queue_add(transport->queue, now_ns + end->rto_ns, timer_fires, transport,
                                     (uint64_t)side);
    }
}

void drill_tcp_rearm(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->acknowledged == end->sent_max) {
        drill_tcp_disarm(transport, side);
    } else if (!drill_queue_move(transport->queue, end->timer, now_ns + end->rto_ns)) {
        drill_tcp_arm(transport, side, now_ns);
    }
}

void drill_tcp_disarm(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_queue_cancel(transport->queue, end->timer);
    end->timer = 0;
}
