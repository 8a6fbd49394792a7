/* Simulated TCP: segments going out, and how many may be under way (NewReno, RFC 5681 and 6582). */
#include "net/tcp.h"

const char *drill_tcp_flags(uint8_t flags) {
    if ((flags & DRILL_TCP_RST) != 0) {
        return "RST";
    }
    if ((flags & DRILL_TCP_SYN) != 0) {
        return (flags & DRILL_TCP_ACK) != 0 ? "SYN,ACK" : "SYN";
    }
    return (flags & DRILL_TCP_FIN) != 0 ? "FIN,ACK" : "ACK";
}

uint64_t drill_tcp_send_end(const DrillTransport *transport, int side) {
    const DrillTcpEnd *end = &transport->tcp->ends[side];
    return 1 + transport->flows[side].ring.end + (end->fin_queued ? 1 : 0);
}

/* Faults that wait for a segment like this one strike now, all of them. */
static bool take_drops(DrillTcpEnd *end, uint64_t offset, uint64_t size) {
    size_t kept = 0;
    bool hit = false;
    for (size_t i = 0; i < end->drops_count; i++) {
        uint64_t drop = end->drops[i];
        if (drop >= offset && drop < offset + size) {
            hit = true;
        } else {
            end->drops[kept++] = drop;
        }
    }
    end->drops_count = kept;
    return hit;
}

/* `packet` has flags, sequence and bytes; everything else is the same for all segments. */
static void emit(DrillTransport *transport, int side, DrillPacket *packet, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    packet->direction = side;
    packet->lossy = true;
    packet->wire_bytes = packet->bytes + DRILL_TCP_HEADER_BYTES;
    packet->acknowledged = end->expected;
    packet->sent_ns = now_ns;
    packet->echo_ns = end->echo_ns;
    end->ack_due = false;
    uint64_t offset = drill_packet_offset(transport, packet);
    if (end->drops_count > 0 && take_drops(end, offset, packet->bytes)) {
        packet->doomed = "drop";
    }
    const char *flags = drill_tcp_flags(packet->flags);
    if (transport->observer.segments) {
        DrillNetEvent event = {.kind = DRILL_NET_SEGMENT_SENT,
                               .direction = side,
                               .reason = "",
                               .flags = flags,
                               .offset = offset,
                               .bytes = packet->bytes};
        drill_transport_tell(transport, &event, now_ns);
    }
    drill_transport_emit(transport, packet, flags, now_ns);
}

static void tell_retransmit(DrillTransport *transport, int side, const DrillPacket *packet,
                            uint64_t now_ns) {
    DrillNetEvent event = {.kind = DRILL_NET_RETRANSMIT,
                           .direction = side,
                           .reason = drill_tcp_end(transport, side)->cause,
                           .flags = drill_tcp_flags(packet->flags),
                           .offset = drill_packet_offset(transport, packet),
                           .bytes = packet->bytes};
    drill_transport_tell(transport, &event, now_ns);
}

/* A segment that takes up sequence numbers: SYN, data, FIN. Counts as sent and starts the timer. */
static void emit_counted(DrillTransport *transport, int side, DrillPacket *packet, uint64_t numbers,
                         uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t after = packet->sequence + numbers;
    bool again = packet->sequence < end->sent_max;
    end->next = after > end->next ? after : end->next;
    end->sent_max = after > end->sent_max ? after : end->sent_max;
    drill_tcp_arm(transport, side, now_ns);
    if (again) {
        tell_retransmit(transport, side, packet, now_ns);
    }
    emit(transport, side, packet, now_ns);
}

void drill_tcp_send_syn(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillPacket packet = {.flags = DRILL_TCP_SYN};
    if (side == 1) {
        packet.flags |= DRILL_TCP_ACK;
    }
    emit_counted(transport, side, &packet, 1, now_ns);
}

void drill_tcp_send_reset(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillPacket packet = {.flags = DRILL_TCP_RST, .sequence = drill_tcp_end(transport, side)->next};
    emit(transport, side, &packet, now_ns);
}

/* One segment from `sequence` on: as much as fits of what there is. */
static DrillPacket cut_segment(const DrillTransport *transport, int side, uint64_t sequence,
                               uint64_t *numbers) {
    uint64_t data_end = 1 + transport->flows[side].ring.end;
    uint64_t bytes = sequence < data_end ? data_end - sequence : 0;
    if (bytes > DRILL_TCP_SEGMENT_BYTES) {
        bytes = DRILL_TCP_SEGMENT_BYTES;
    }
    DrillPacket packet = {.flags = DRILL_TCP_ACK, .sequence = sequence, .bytes = (uint32_t)bytes};
    bool fin = transport->tcp->ends[side].fin_queued && sequence + bytes == data_end;
    if (fin) {
        packet.flags |= DRILL_TCP_FIN;
    }
    *numbers = bytes + (fin ? 1 : 0);
    return packet;
}

void drill_tcp_output(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DRILL_ASSERT(end->state == DRILL_TCP_ESTABLISHED);
    uint64_t send_end = drill_tcp_send_end(transport, side);
    while (end->next < send_end) {
        uint64_t numbers;
        DrillPacket packet = cut_segment(transport, side, end->next, &numbers);
        bool fits = end->next + packet.bytes - end->acknowledged <= end->window;
        if (!fits && end->next > end->acknowledged) {
            break;
        }
        emit_counted(transport, side, &packet, numbers, now_ns);
    }
    if (end->ack_due) {
        DrillPacket packet = {.flags = DRILL_TCP_ACK, .sequence = end->next};
        emit(transport, side, &packet, now_ns);
    }
    /* Nobody waits for what nobody will send again. */
    DRILL_ASSERT(end->acknowledged == send_end || end->timer != 0);
}

/* The first segment that is not acknowledged, whatever the window. */
static void retransmit_first(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t numbers;
    DrillPacket packet = cut_segment(transport, side, end->acknowledged, &numbers);
    end->cause = "fast";
    emit_counted(transport, side, &packet, numbers, now_ns);
}

static void grow_window(DrillTcpEnd *end, uint64_t acked) {
    if (end->window < end->threshold) {
        end->window += acked < DRILL_TCP_SEGMENT_BYTES ? acked : DRILL_TCP_SEGMENT_BYTES;
    } else {
        end->credit += acked;
        if (end->credit >= end->window) {
            end->credit -= end->window;
            end->window += DRILL_TCP_SEGMENT_BYTES;
        }
    }
    if (end->window > DRILL_TCP_WINDOW_MAX) {
        end->window = DRILL_TCP_WINDOW_MAX;
    }
}

void drill_tcp_progress(DrillTransport *transport, int side, uint64_t acked, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->duplicates = 0;
    if (!end->recovering) {
        grow_window(end, acked);
        return;
    }
    if (end->acknowledged >= end->recover) {
        end->recovering = false;
        end->window = end->threshold;
        end->credit = 0;
        return;
    }
    /* A partial acknowledgement: the next hole is lost as well (RFC 6582, 3.2 step 3). */
    end->window = end->window > acked ? end->window - acked : 0;
    end->window += DRILL_TCP_SEGMENT_BYTES;
    retransmit_first(transport, side, now_ns);
}

void drill_tcp_duplicate(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->duplicates++;
    if (end->recovering) {
        /* One more segment has left the path. */
        if (end->window < DRILL_TCP_WINDOW_MAX) {
            end->window += DRILL_TCP_SEGMENT_BYTES;
        }
        return;
    }
    /* Duplicates of what was sent before the last recovery or timeout say nothing new (RFC
     * 6582, 3.2 step 2). */
    if (end->duplicates != DRILL_TCP_DUPLICATES || end->acknowledged < end->recover) {
        return;
    }
    uint64_t half = (end->next - end->acknowledged) / 2;
    uint64_t least = 2 * DRILL_TCP_SEGMENT_BYTES;
    end->threshold = half > least ? half : least;
    end->window = end->threshold + DRILL_TCP_DUPLICATES * DRILL_TCP_SEGMENT_BYTES;
    end->recovering = true;
    end->recover = end->sent_max;
    retransmit_first(transport, side, now_ns);
}
