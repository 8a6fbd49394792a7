/* Simulated TCP: segments coming in. */
#include <string.h>

#include "net/tcp.h"

static void forget_ranges(DrillTcpEnd *end, size_t first, size_t count) {
    memmove(&end->ranges[first], &end->ranges[first + count],
            (end->ranges_count - first - count) * sizeof(DrillTcpRange));
    end->ranges_count -= count;
}

static void insert_range(DrillTransport *transport, DrillTcpEnd *end, size_t at,
                         DrillTcpRange range) {
    if (end->ranges_count == end->ranges_capacity) {
        size_t capacity = end->ranges_capacity == 0 ? 4 : end->ranges_capacity * 2;
        end->ranges = drill_reallocate(transport->allocator, end->ranges,
                                       end->ranges_capacity * sizeof(DrillTcpRange),
                                       capacity * sizeof(DrillTcpRange));
        end->ranges_capacity = capacity;
    }
    memmove(&end->ranges[at + 1], &end->ranges[at],
            (end->ranges_count - at) * sizeof(DrillTcpRange));
    end->ranges[at] = range;
    end->ranges_count++;
}

/* Adds [begin, end) to what was received, melting it together with what it overlaps or touches. */
static void keep_range(DrillTransport *transport, int side, DrillTcpRange range) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    size_t first = end->ranges_count;
    while (first > 0 && end->ranges[first - 1].end >= range.begin) {
        first--;
    }
    size_t count = 0;
    range.changed = ++end->changes;
    while (first + count < end->ranges_count && end->ranges[first + count].begin <= range.end) {
        DrillTcpRange old = end->ranges[first + count];
        if (old.begin <= range.begin && range.end <= old.end) {
            end->duplicate = range;
        }
        range.begin = old.begin < range.begin ? old.begin : range.begin;
        range.end = old.end > range.end ? old.end : range.end;
        count++;
    }
    if (count > 0) {
        end->ranges[first] = range;
        forget_ranges(end, first + 1, count - 1);
        return;
    }
    insert_range(transport, end, first, range);
}

/* Known already, in whole: only the acknowledgement was lost. */
static void take_old(DrillTransport *transport, int side, DrillTcpRange range) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->duplicate = range;
    end->ack_now = true;
    drill_tcp_quick(transport, side, true);
}

/* True: there is something new for the reader. */
static bool take_data(DrillTransport *transport, int side, const DrillPacket *packet,
                      uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool fin = (packet->flags & DRILL_TCP_FIN) != 0;
    DrillTcpRange range = {packet->sequence, packet->sequence + packet->bytes + (fin ? 1 : 0), 0};
    if (range.begin == range.end) {
        return false;
    }
    if (range.end <= end->expected) {
        take_old(transport, side, range);
        return false;
    }
    if (range.begin < end->expected) {
        end->duplicate = range;
        end->duplicate.end = end->expected;
        range.begin = end->expected;
    }
    if (fin) {
        end->fin = range.end - 1;
        end->ack_now = true;
        end->last_to_close = !end->fin_queued;
    }
    drill_tcp_data_came(transport, side, packet->bytes, now_ns);
    bool gaps = end->ranges_count > 0;
    if (!gaps && range.begin == end->expected) {
        end->expected = range.end;
        return true;
    }
    keep_range(transport, side, range);
    if (end->ranges[0].begin > end->expected) {
        end->ack_now = true;
        return false; /* a hole in front of it */
    }
    end->expected = end->ranges[0].end;
    forget_ranges(end, 0, 1);
    end->ack_now = true; /* a hole was filled (RFC 5681, 4.2) */
    return true;
}

static void hand_over(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool ended = end->fin != 0 && end->expected > end->fin;
    uint64_t arrived = end->expected - 1 - (ended ? 1 : 0);
    drill_flow_arrived(transport, 1 - side, arrived, ended, now_ns);
    if (end->state == DRILL_TCP_ESTABLISHED) {
        drill_tcp_after_reading(transport, side, now_ns);
    }
}

/* Both FINs have come and were acknowledged: the connection is over. The end that closed first
 * still answers for a while (TIME-WAIT). */
static void note_end(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool heard_all = end->fin != 0 && end->expected > end->fin;
    if (heard_all && end->fin_queued && end->over_ns == DRILL_NEVER &&
        end->acknowledged == drill_tcp_send_end(transport, side)) {
        end->over_ns = now_ns;
        drill_tcp_stop_all(transport, side);
    }
}

static void arrive_established(DrillTransport *transport, int side, const DrillPacket *packet,
                               uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->heard_ns = now_ns;
    bool news = false;
    if ((packet->flags & DRILL_TCP_SYN) != 0) {
        end->ack_now = true; /* our last word of the handshake was lost, or it came twice */
    } else {
        /* Numbers up to what we acknowledged last (RFC 7323, 4.3). */
        if (packet->sequence <= end->acked_to && packet->sent_ns > end->echo_ns) {
            end->echo_ns = packet->sent_ns;
        }
        drill_tcp_take_acknowledgement(transport, side, packet, now_ns);
        if (packet->bytes == 0 && (packet->flags & DRILL_TCP_FIN) == 0 &&
            packet->sequence + 1 == end->expected) {
            end->ack_now = true; /* a probe wants an answer */
        }
        news = take_data(transport, side, packet, now_ns);
    }
    drill_tcp_output(transport, side, now_ns);
    drill_tcp_acknowledge(transport, side, now_ns);
    if (news) {
        hand_over(transport, side, now_ns);
    }
    if (end->state == DRILL_TCP_ESTABLISHED) {
        note_end(transport, side, now_ns);
        drill_tcp_assert(transport, side);
    }
}

/* Opened by the far end's SYN or by its answer to ours. */
static void become_established(DrillTransport *transport, int side, const DrillPacket *packet,
                               uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool again = end->syns_again > 0;
    end->state = DRILL_TCP_ESTABLISHED;
    end->acknowledged = 1;
    end->sacked_end = 1;
    end->offered_end = 1 + packet->window;
    end->window = end->syns_again > 1 ? 1 : settings->window_first;
    end->retries = 0;
    end->heard_ns = now_ns;
    drill_tcp_stop_timer(transport, side);
    if (!again) {
        uint64_t rtt_ns = now_ns - end->syn_sent_ns;
        if (packet->bytes > 0) {
            rtt_ns = drill_tcp_limited_rtt(settings, end, rtt_ns); /* the ACK before was lost */
        }
        end->rtt_min_ns = rtt_ns;
        drill_tcp_measure(transport, side, rtt_ns);
    } else if (side == 0 && settings->timestamps && packet->echo_ns >= end->syn_last_ns &&
               now_ns - packet->echo_ns < settings->syn_rto_ns) {
        /* An answer to the last SYN, and the first one: others waited for the far end's timer. */
        end->rtt_min_ns = now_ns - packet->echo_ns;
        drill_tcp_measure(transport, side, now_ns - packet->echo_ns);
    } else {
        drill_tcp_set_rto(transport, side);
    }
    drill_tcp_start_keepalive(transport, side, now_ns);
    drill_transport_tell_opened(transport, side, now_ns);
}

static void arrive_syn_sent(DrillTransport *transport, int side, const DrillPacket *packet,
                            uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (packet->flags != (DRILL_TCP_SYN | DRILL_TCP_ACK)) {
        return; /* overtook the answer to our SYN */
    }
    end->expected = 1;
    end->acked_to = 1;
    end->echo_ns = packet->sent_ns;
    end->ack_now = true;
    become_established(transport, side, packet, now_ns);
    if (end->state == DRILL_TCP_ESTABLISHED) {
        drill_tcp_output(transport, side, now_ns);
        drill_tcp_acknowledge(transport, side, now_ns);
    }
}

static void arrive_listen(DrillTransport *transport, int side, const DrillPacket *packet,
                          uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (packet->flags != DRILL_TCP_SYN) {
        return;
    }
    end->expected = 1;
    end->acked_to = 1;
    end->echo_ns = packet->sent_ns;
    end->offered_end = packet->window;
    end->state = DRILL_TCP_SYN_RECEIVED;
    drill_tcp_send_syn(transport, side, now_ns);
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_RETRANSMIT, end->rto_ns, now_ns);
}

/* A reset counts when it has the very number that is expected, or one that was reported received
 * out of order; anything else in the window is asked about (RFC 5961, 3.2). */
static void arrive_reset(DrillTransport *transport, int side, const DrillPacket *packet,
                         uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool exact = packet->sequence == end->expected || end->state == DRILL_TCP_SYN_SENT ||
                 end->state == DRILL_TCP_LISTEN;
    if (!exact) {
        if (packet->sequence > end->expected) {
            drill_tcp_send_ack(transport, side, now_ns);
        }
        return;
    }
    drill_tcp_die(transport, side, false);
    drill_transport_tell_closed(transport, side, DRILL_CLOSE_RST, false, now_ns);
}

/* To whoever still talks to one that is gone. */
static void answer_dead(DrillTransport *transport, int side, const DrillPacket *packet,
                        uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!end->answers || (packet->flags & DRILL_TCP_RST) != 0) {
        return;
    }
    bool acknowledges = (packet->flags & DRILL_TCP_ACK) != 0;
    drill_tcp_send_reset(transport, side, acknowledges ? packet->acknowledged : end->next, now_ns);
}

static void arrive_alive(DrillTransport *transport, int side, const DrillPacket *packet,
                         uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    switch (end->state) {
    case DRILL_TCP_LISTEN:
        arrive_listen(transport, side, packet, now_ns);
        return;
    case DRILL_TCP_SYN_SENT:
        arrive_syn_sent(transport, side, packet, now_ns);
        return;
    case DRILL_TCP_SYN_RECEIVED:
        if ((packet->flags & DRILL_TCP_ACK) == 0) {
            end->echo_ns = packet->sent_ns;
            drill_tcp_send_syn(transport, side, now_ns); /* our answer was lost */
            return;
        }
        become_established(transport, side, packet, now_ns);
        break;
    case DRILL_TCP_ESTABLISHED:
    case DRILL_TCP_DEAD:
        break;
    }
    if (end->state == DRILL_TCP_ESTABLISHED) {
        arrive_established(transport, side, packet, now_ns);
    }
}

void drill_tcp_arrive(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    int side = 1 - packet->direction;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (transport->observer.segments) {
        DrillNetEvent event = {.kind = DRILL_NET_SEGMENT_RECEIVED, .reason = ""};
        drill_tcp_describe(transport, packet, &event);
        drill_transport_tell(transport, &event, now_ns);
    }
    bool over = end->over_ns != DRILL_NEVER &&
                (end->last_to_close ||
                 now_ns - end->over_ns >= drill_tcp_settings_of(transport)->time_wait_ns);
    if (end->state == DRILL_TCP_DEAD) {
        answer_dead(transport, side, packet, now_ns);
    } else if (over) {
        if ((packet->flags & DRILL_TCP_FIN) != 0) {
            drill_tcp_send_reset(transport, side, packet->acknowledged, now_ns);
        }
    } else if ((packet->flags & DRILL_TCP_RST) != 0) {
        arrive_reset(transport, side, packet, now_ns);
    } else {
        arrive_alive(transport, side, packet, now_ns);
    }
}
