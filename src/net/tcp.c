/* Simulated TCP: the connection and what its owner asks of it. */
#include "net/tcp.h"

static void init_end(const DrillTcpSettings *settings, DrillTcpEnd *end, DrillTcpState state) {
    end->state = state;
    end->window = settings->window_first;
    end->mss_bytes = settings->mss_bytes;
    end->unit_bytes = settings->count_bytes ? settings->mss_bytes : 0;
    end->threshold = DRILL_TCP_UNLIMITED;
    end->rto_ns = settings->syn_rto_ns;
    end->rtt_min_ns = DRILL_NEVER;
    end->over_ns = DRILL_NEVER;
    end->resend_first_ns = DRILL_NEVER;
    end->cubic_epoch_ns = DRILL_NEVER;
    end->reordering = DRILL_TCP_DUPLICATES;
    end->rack_steps = 1;
    end->segment_bytes = DRILL_TCP_SMALL_BYTES;
}

static void open_tcp(DrillTransport *transport, const DrillTransportOptions *options,
                     uint64_t now_ns) {
    DrillTcp *tcp = DRILL_NEW(transport->allocator, DrillTcp);
    transport->tcp = tcp;
    tcp->settings = options->tcp != NULL ? *options->tcp : drill_tcp_settings(DRILL_TCP_LINUX);
    init_end(&tcp->settings, &tcp->ends[0], DRILL_TCP_SYN_SENT);
    init_end(&tcp->settings, &tcp->ends[1], DRILL_TCP_LISTEN);
    drill_tcp_send_syn(transport, 0, now_ns);
    drill_tcp_set_timer(transport, 0, DRILL_TCP_TIMER_RETRANSMIT, tcp->ends[0].rto_ns, now_ns);
}

/* Nobody waits for what nobody will send again. */
void drill_tcp_assert(const DrillTransport *transport, int side) {
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->state == DRILL_TCP_ESTABLISHED) {
        DRILL_ASSERT(end->acknowledged == drill_tcp_send_end(transport, side) || end->timer != 0);
        DRILL_ASSERT(drill_tcp_left_out(end) <= end->segments_count);
    }
}

static void send_tcp(DrillTransport *transport, int side, size_t size, uint64_t now_ns) {
    (void)size;
    if (drill_tcp_end(transport, side)->state == DRILL_TCP_ESTABLISHED) {
        drill_tcp_output(transport, side, now_ns);
    }
}

void drill_tcp_die(DrillTransport *transport, int side, bool answers) {
    drill_transport_kill(transport, side);
    drill_tcp_end(transport, side)->answers = answers;
}

static void kill_tcp(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_tcp_stop_all(transport, side);
    end->state = DRILL_TCP_DEAD;
    end->answers = false;
}

static void finish_tcp(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    switch (end->state) {
    case DRILL_TCP_LISTEN:
        drill_tcp_die(transport, side, true);
        return;
    case DRILL_TCP_SYN_SENT:
        /* Not open yet. With nothing to say it is forgotten, and whoever answers is told so;
         * otherwise what was sent is still delivered, as promised. */
        if (transport->flows[side].ring.end == 0) {
            drill_tcp_die(transport, side, true);
        } else {
            end->fin_queued = true;
        }
        return;
    case DRILL_TCP_SYN_RECEIVED:
        end->fin_queued = true;
        return;
    case DRILL_TCP_ESTABLISHED:
        end->fin_queued = true;
        drill_tcp_output(transport, side, now_ns);
        return;
    case DRILL_TCP_DEAD:
        return;
    }
}

static void reset_tcp(DrillTransport *transport, int side, uint64_t now_ns) {
    drill_tcp_send_reset(transport, side, drill_tcp_end(transport, side)->next, now_ns);
    drill_tcp_die(transport, side, true);
}

static bool busy_tcp(const DrillTransport *transport) {
    for (int side = 0; side < 2; side++) {
        const DrillTcpEnd *end = &transport->tcp->ends[side];
        if (end->timer != 0 || end->ack_timer != 0) {
            return true;
        }
    }
    return false;
}

static void free_tcp(DrillTransport *transport) {
    DrillAllocator allocator = transport->allocator;
    for (int side = 0; side < 2; side++) {
        DrillTcpEnd *end = drill_tcp_end(transport, side);
        drill_tcp_stop_all(transport, side);
        if (end->segments != NULL) {
            drill_release(allocator, end->segments,
                          end->segments_capacity * sizeof(DrillTcpSegment));
        }
        if (end->ranges != NULL) {
            drill_release(allocator, end->ranges, end->ranges_capacity * sizeof(DrillTcpRange));
        }
        if (end->drops != NULL) {
            drill_release(allocator, end->drops, end->drops_capacity * sizeof(uint64_t));
        }
    }
    drill_release(allocator, transport->tcp, sizeof(*transport->tcp));
}

DrillResult drill_transport_drop_at(DrillTransport *transport, int direction, uint64_t offset) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    if (transport->datagrams != NULL) {
        return drill_datagram_drop_at(transport, direction, offset);
    }
    if (transport->tcp == NULL) {
        return DRILL_INVALID;
    }
    DrillTcpEnd *end = drill_tcp_end(transport, direction);
    if (end->drops_count == end->drops_capacity) {
        size_t capacity = end->drops_capacity == 0 ? 4 : end->drops_capacity * 2;
        end->drops =
            drill_reallocate(transport->allocator, end->drops,
                             end->drops_capacity * sizeof(uint64_t), capacity * sizeof(uint64_t));
        end->drops_capacity = capacity;
    }
    end->drops[end->drops_count++] = offset;
    return DRILL_OK;
}

/* The name of RFC 9293, 3.3.2. */
static const char *state_name(const DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool heard = end->fin != 0 && end->expected > end->fin;
    bool said = end->fin_queued && end->acknowledged == drill_tcp_send_end(transport, side);
    switch (end->state) {
    case DRILL_TCP_LISTEN:
        return "LISTEN";
    case DRILL_TCP_SYN_SENT:
        return "SYN-SENT";
    case DRILL_TCP_SYN_RECEIVED:
        return "SYN-RECEIVED";
    case DRILL_TCP_DEAD:
        return "CLOSED";
    case DRILL_TCP_ESTABLISHED:
        break;
    }
    if (!end->fin_queued) {
        return heard ? "CLOSE-WAIT" : "ESTABLISHED";
    }
    if (!heard) {
        return said ? "FIN-WAIT-2" : "FIN-WAIT-1";
    }
    if (end->last_to_close) {
        return said ? "CLOSED" : "LAST-ACK";
    }
    if (!said) {
        return "CLOSING";
    }
    bool waits = now_ns - end->over_ns < drill_tcp_settings_of(transport)->time_wait_ns;
    return waits ? "TIME-WAIT" : "CLOSED";
}

DrillTcpStats drill_transport_tcp_stats(const DrillTransport *transport, int side) {
    DRILL_ASSERT(side == 0 || side == 1);
    DrillTcpStats stats = {.state = ""};
    if (transport->tcp == NULL) {
        return stats;
    }
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    stats = end->stats;
    stats.state = state_name(transport, side, drill_queue_now_ns(transport->queue));
    stats.rtt_ns = end->rtt_8_ns / 8;
    stats.rtt_min_ns = end->measured ? end->rtt_min_ns : 0;
    stats.variance_ns = end->variance_ns;
    stats.rto_ns = end->rto_ns;
    stats.window_segments = end->window;
    stats.threshold_segments = end->threshold;
    stats.in_flight_segments = drill_tcp_in_flight(end);
    stats.timer_armed = end->timer != 0;
    return stats;
}

const DrillTransportClass drill_class_tcp = {
    .open = open_tcp,
    .arrive = drill_tcp_arrive,
    .send = send_tcp,
    .finish = finish_tcp,
    .reset = reset_tcp,
    .kill = kill_tcp,
    .busy = busy_tcp,
    .free = free_tcp,
    .reader_moved = drill_tcp_reader_moved,
    .describe = drill_tcp_describe,
};
