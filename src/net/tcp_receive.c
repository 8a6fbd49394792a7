/* Simulated TCP: segments coming in. Every segment with data is acknowledged at once, on the answer
 * if there is one. */
#include <string.h>

#include "net/tcp.h"

static void forget_ranges(DrillTcpEnd *end, size_t first, size_t count) {
    memmove(&end->ranges[first], &end->ranges[first + count],
            (end->ranges_count - first - count) * sizeof(DrillTcpRange));
    end->ranges_count -= count;
}

/* Adds [begin, end) to what was received, melting it together with what it overlaps or touches. */
static void keep_range(DrillTransport *transport, int side, DrillTcpRange range) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    size_t first = end->ranges_count;
    while (first > 0 && end->ranges[first - 1].end >= range.begin) {
        first--;
    }
    size_t count = 0;
    while (first + count < end->ranges_count && end->ranges[first + count].begin <= range.end) {
        DrillTcpRange old = end->ranges[first + count];
        range.begin = old.begin < range.begin ? old.begin : range.begin;
        range.end = old.end > range.end ? old.end : range.end;
        count++;
    }
    if (count > 0) {
        end->ranges[first] = range;
        forget_ranges(end, first + 1, count - 1);
        return;
    }
    if (end->ranges_count == end->ranges_capacity) {
        size_t capacity = end->ranges_capacity == 0 ? 4 : end->ranges_capacity * 2;
        end->ranges = drill_reallocate(transport->allocator, end->ranges,
                                       end->ranges_capacity * sizeof(DrillTcpRange),
                                       capacity * sizeof(DrillTcpRange));
        end->ranges_capacity = capacity;
    }
    memmove(&end->ranges[first + 1], &end->ranges[first],
            (end->ranges_count - first) * sizeof(DrillTcpRange));
    end->ranges[first] = range;
    end->ranges_count++;
}

static void take_data(DrillTransport *transport, int side, const DrillPacket *packet,
                      uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool fin = (packet->flags & DRILL_TCP_FIN) != 0;
    DrillTcpRange range = {packet->sequence, packet->sequence + packet->bytes + (fin ? 1 : 0)};
    if (range.begin == range.end) {
        return;
    }
    end->ack_due = true;
    if (fin) {
        end->fin = range.end - 1;
    }
    if (range.end <= end->expected) {
        return; /* known already: only the acknowledgement was lost */
    }
    if (range.begin < end->expected) {
        range.begin = end->expected;
    }
    keep_range(transport, side, range);
    if (end->ranges[0].begin > end->expected) {
        return; /* a hole in front of it */
    }
    end->expected = end->ranges[0].end;
    forget_ranges(end, 0, 1);
    bool ended = end->fin != 0 && end->expected > end->fin;
    uint64_t arrived = end->expected - 1 - (ended ? 1 : 0);
    drill_flow_arrived(transport, packet->direction, arrived, ended, now_ns);
}

static void take_acknowledgement(DrillTransport *transport, int side, const DrillPacket *packet,
                                 uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DRILL_ASSERT(packet->acknowledged <= end->sent_max);
    if (packet->acknowledged > end->acknowledged) {
        uint64_t acked = packet->acknowledged - end->acknowledged;
        end->acknowledged = packet->acknowledged;
        if (end->next < end->acknowledged) {
            end->next = end->acknowledged; /* what we went back to had arrived after all */
        }
        end->retries = 0;
        drill_tcp_measure(end, now_ns - packet->echo_ns);
        uint64_t bytes = transport->flows[side].ring.end;
        uint64_t offset = end->acknowledged - 1 < bytes ? end->acknowledged - 1 : bytes;
        drill_flow_acknowledged(transport, side, offset);
        drill_tcp_rearm(transport, side, now_ns);
        if (end->state == DRILL_TCP_ESTABLISHED) {
            drill_tcp_progress(transport, side, acked, now_ns);
        }
    } else if (packet->acknowledged == end->acknowledged && packet->bytes == 0 &&
               packet->flags == DRILL_TCP_ACK && end->acknowledged < end->next) {
        drill_tcp_duplicate(transport, side, now_ns);
    }
}

static void arrive_established(DrillTransport *transport, int side, const DrillPacket *packet,
                               uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if ((packet->flags & DRILL_TCP_SYN) != 0) {
        end->ack_due = true; /* our last word of the handshake was lost */
    } else {
        take_acknowledgement(transport, side, packet, now_ns);
        take_data(transport, side, packet, now_ns);
    }
    if (end->state == DRILL_TCP_ESTABLISHED) {
        drill_tcp_output(transport, side, now_ns);
    }
}

static void note_sending_time(DrillTcpEnd *end, const DrillPacket *packet) {
    /* Everything is acknowledged at once, on data or without: the last acknowledgement sent is
     * `expected` (RFC 7323, 4.3). */
    if (packet->sequence <= end->expected) {
        end->echo_ns = packet->sent_ns;
    }
}

/* Opened by the far end's SYN or by its answer to ours. */
static void become_established(DrillTransport *transport, int side, const DrillPacket *packet,
                               uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->state = DRILL_TCP_ESTABLISHED;
    end->acknowledged = 1;
    end->retries = 0;
    drill_tcp_disarm(transport, side);
    drill_tcp_measure(end, now_ns - packet->echo_ns);
    drill_transport_tell_opened(transport, side, now_ns);
}

void drill_tcp_arrive(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    int side = 1 - packet->direction;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool reset = (packet->flags & DRILL_TCP_RST) != 0;
    if (transport->observer.segments) {
        DrillNetEvent event = {.kind = DRILL_NET_SEGMENT_RECEIVED,
                               .direction = packet->direction,
                               .reason = "",
                               .flags = drill_tcp_flags(packet->flags),
                               .offset = drill_packet_offset(transport, packet),
                               .bytes = packet->bytes};
        drill_transport_tell(transport, &event, now_ns);
    }
    if (end->state == DRILL_TCP_DEAD) {
        if (end->answers && !reset) {
            drill_tcp_send_reset(transport, side, now_ns);
        }
        return;
    }
    if (reset) {
        drill_tcp_die(transport, side, false);
        drill_transport_tell_closed(transport, side, DRILL_CLOSE_RST, false, now_ns);
        return;
    }
    note_sending_time(end, packet);
    switch (end->state) {
    case DRILL_TCP_LISTEN:
        DRILL_ASSERT(packet->flags == DRILL_TCP_SYN);
        end->expected = 1;
        end->state = DRILL_TCP_SYN_RECEIVED;
        drill_tcp_send_syn(transport, side, now_ns);
        return;
    case DRILL_TCP_SYN_SENT:
        DRILL_ASSERT(packet->flags == (DRILL_TCP_SYN | DRILL_TCP_ACK));
        end->expected = 1;
        end->ack_due = true;
        become_established(transport, side, packet, now_ns);
        if (end->state == DRILL_TCP_ESTABLISHED) {
            drill_tcp_output(transport, side, now_ns);
        }
        return;
    case DRILL_TCP_SYN_RECEIVED:
        if (packet->acknowledged == 0) {
            return; /* the SYN again: our answer is sent again by our own timer */
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
