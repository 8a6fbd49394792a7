/* Simulated TCP: segments going out. How many may be under way: tcp_congestion.c. */
#include <string.h>

#include "net/tcp.h"

const char *drill_tcp_flags(uint8_t flags) {
    if ((flags & DRILL_TCP_RST) != 0) {
        return (flags & DRILL_TCP_ACK) != 0 ? "RST,ACK" : "RST";
    }
    if ((flags & DRILL_TCP_SYN) != 0) {
        return (flags & DRILL_TCP_ACK) != 0 ? "SYN,ACK" : "SYN";
    }
    return (flags & DRILL_TCP_FIN) != 0 ? "FIN,ACK" : "ACK";
}

uint64_t drill_tcp_send_end(const DrillTransport *transport, int side) {
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    return 1 + transport->flows[side].ring.end + (end->fin_queued ? 1 : 0);
}

/* What the header says, for the observer. */
void drill_tcp_describe(const DrillTransport *transport, const DrillPacket *packet,
                        DrillNetEvent *event) {
    event->direction = packet->direction;
    event->flags = drill_tcp_flags(packet->flags);
    event->offset = drill_packet_offset(transport, packet);
    event->bytes = packet->bytes;
    event->sequence = packet->sequence;
    event->acknowledged = packet->acknowledged;
    event->window = packet->window;
    event->sack_count = packet->sack_count;
    for (unsigned i = 0; i < packet->sack_count; i++) {
        event->sack[i][0] = packet->sack[i][0];
        event->sack[i][1] = packet->sack[i][1];
    }
    event->timestamps = drill_tcp_settings_of(transport)->timestamps;
    event->ts_value = (uint32_t)(packet->sent_ns / DRILL_NS_PER_MS);
    event->ts_echo = (uint32_t)(packet->echo_ns / DRILL_NS_PER_MS);
    event->header_bytes = packet->wire_bytes - packet->bytes;
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

static void put_block(DrillPacket *packet, uint64_t begin, uint64_t end) {
    packet->sack[packet->sack_count][0] = begin;
    packet->sack[packet->sack_count][1] = end;
    packet->sack_count++;
}

/* The duplicate first (RFC 2883), then what changed last (RFC 2018, 4). */
static void put_sack(DrillTcpEnd *end, DrillPacket *packet) {
    if (end->duplicate.begin < end->duplicate.end) {
        put_block(packet, end->duplicate.begin, end->duplicate.end);
        end->duplicate.end = end->duplicate.begin;
    }
    uint64_t below = UINT64_MAX;
    while (packet->sack_count < DRILL_ARRAY_COUNT(packet->sack)) {
        const DrillTcpRange *latest = NULL;
        for (size_t i = 0; i < end->ranges_count; i++) {
            const DrillTcpRange *range = &end->ranges[i];
            if (range->changed < below && (latest == NULL || range->changed > latest->changed)) {
                latest = range;
            }
        }
        if (latest == NULL) {
            break;
        }
        below = latest->changed;
        put_block(packet, latest->begin, latest->end);
    }
}

static uint32_t header_bytes(const DrillTcpSettings *settings, const DrillPacket *packet) {
    uint32_t bytes = DRILL_TCP_HEADER_BYTES;
    bool syn = (packet->flags & DRILL_TCP_SYN) != 0;
    if (settings->timestamps) {
        bytes += syn ? 10U : (uint32_t)DRILL_TCP_TIMESTAMP_BYTES;
    }
    if (syn) { /* segment size; SACK permitted, in the padding of the timestamps; window scale */
        bytes += 4U + 4U + (settings->timestamps || settings->sack ? 2U : 0U);
    }
    if (packet->sack_count > 0) {
        bytes += 4 + 8 * (uint32_t)packet->sack_count;
    }
    return bytes;
}

/* `packet` has flags, sequence and bytes; everything else is the same for all segments. */
static void emit(DrillTransport *transport, int side, DrillPacket *packet, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    packet->direction = side;
    packet->lossy = true;
    packet->window = drill_tcp_offer(transport, side);
    packet->sent_ns = now_ns;
    packet->echo_ns = end->echo_ns;
    if ((packet->flags & DRILL_TCP_ACK) != 0) {
        packet->acknowledged = end->expected;
        if (settings->sack && (packet->flags & DRILL_TCP_SYN) == 0) {
            put_sack(end, packet);
        }
        drill_tcp_ack_went(transport, side);
    }
    packet->wire_bytes = packet->bytes + header_bytes(settings, packet);
    end->stats.segments_sent++;
    uint64_t offset = drill_packet_offset(transport, packet);
    if (end->drops_count > 0 && take_drops(end, offset, packet->bytes)) {
        packet->doomed = "drop";
    }
    if (transport->observer.segments) {
        DrillNetEvent event = {.kind = DRILL_NET_SEGMENT_SENT, .reason = ""};
        drill_tcp_describe(transport, packet, &event);
        drill_transport_tell(transport, &event, now_ns);
    }
    const char *lost =
        drill_transport_emit(transport, packet, drill_tcp_flags(packet->flags), now_ns);
    if (lost != NULL && strcmp(lost, "mtu") == 0) {
        drill_tcp_too_big(transport, side, now_ns);
    }
}

static void tell_retransmit(DrillTransport *transport, int side, DrillPacket *packet,
                            const char *cause, uint64_t now_ns) {
    drill_tcp_end(transport, side)->stats.retransmits++;
    DrillNetEvent event = {.kind = DRILL_NET_RETRANSMIT, .reason = cause};
    packet->direction = side;
    packet->wire_bytes = packet->bytes + header_bytes(drill_tcp_settings_of(transport), packet);
    packet->acknowledged = drill_tcp_end(transport, side)->expected;
    drill_tcp_describe(transport, packet, &event);
    drill_transport_tell(transport, &event, now_ns);
}

void drill_tcp_send_syn(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DrillPacket packet = {.flags = DRILL_TCP_SYN};
    if (side == 1) {
        packet.flags |= DRILL_TCP_ACK;
    }
    if (end->next > 0) {
        tell_retransmit(transport, side, &packet, "rto", now_ns);
        end->syns_again++;
    } else {
        end->syn_sent_ns = now_ns;
    }
    end->next = 1;
    end->syn_last_ns = now_ns;
    emit(transport, side, &packet, now_ns);
}

void drill_tcp_send_reset(DrillTransport *transport, int side, uint64_t sequence, uint64_t now_ns) {
    DrillPacket packet = {.flags = DRILL_TCP_RST, .sequence = sequence};
    emit(transport, side, &packet, now_ns);
}

void drill_tcp_send_ack(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillPacket packet = {.flags = DRILL_TCP_ACK, .sequence = drill_tcp_end(transport, side)->next};
    if (drill_tcp_settings_of(transport)->backoff_ends &&
        drill_tcp_end(transport, side)->measured) {
        drill_tcp_set_rto(transport, side);
    }
    emit(transport, side, &packet, now_ns);
}

void drill_tcp_send_probe(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillPacket packet = {.flags = DRILL_TCP_ACK,
                          .sequence = drill_tcp_end(transport, side)->acknowledged - 1};
    emit(transport, side, &packet, now_ns);
}

/* What lies in [begin, end). */
static DrillPacket packet_of(const DrillTransport *transport, int side, uint64_t begin,
                             uint64_t end) {
    bool fin = end > 1 + transport->flows[side].ring.end;
    DRILL_ASSERT(begin < end && end <= drill_tcp_send_end(transport, side));
    DrillPacket packet = {.flags = DRILL_TCP_ACK,
                          .sequence = begin,
                          .bytes = (uint32_t)(end - begin - (fin ? 1 : 0))};
    if (fin) {
        packet.flags |= DRILL_TCP_FIN;
    }
    return packet;
}

/* Where the next new segment ends, or `next` if it must wait. The far end's window and Nagle's rule
 * decide; a full segment, or all there is, or half of what was ever offered (RFC 9293, 3.8.6.2.1).
 */
static uint64_t new_segment_end(const DrillTransport *transport, int side) {
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    uint64_t data_end = 1 + transport->flows[side].ring.end;
    uint64_t send_end = drill_tcp_send_end(transport, side);
    if (end->next == send_end) {
        return end->next;
    }
    uint64_t full = end->next + end->mss_bytes;
    uint64_t upto = full < data_end ? full : data_end;
    if (upto == data_end) {
        upto = send_end; /* the FIN rides on the last byte */
    }
    if (upto > end->offered_end && !(upto - 1 == data_end && data_end <= end->offered_end)) {
        return end->next;
    }
    bool small = upto - end->next < end->mss_bytes && upto != data_end + 1;
    if (settings->nagle && small && end->segments_count > 0 && end->small_end > end->acknowledged) {
        return end->next; /* one small segment under way is enough (RFC 896, Minshall's variant) */
    }
    return upto;
}

static void send_new(DrillTransport *transport, int side, uint64_t upto, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DrillPacket packet = packet_of(transport, side, end->next, upto);
    DrillTcpSegment segment = {end->next, upto, now_ns, 0};
    bool first = end->segments_count == 0;
    if (packet.bytes < end->mss_bytes) {
        end->small_end = upto;
    }
    drill_tcp_data_went(transport, side, now_ns);
    end->next = upto;
    drill_tcp_keep_segment(transport, side, segment);
    emit(transport, side, &packet, now_ns);
    if (first || (end->timer != 0 && end->timer_kind == DRILL_TCP_TIMER_PROBE)) {
        drill_tcp_rearm(transport, side, now_ns);
    }
}

bool drill_tcp_output_one(DrillTransport *transport, int side, uint64_t now_ns) {
    uint64_t upto = new_segment_end(transport, side);
    if (upto == drill_tcp_end(transport, side)->next) {
        return false;
    }
    send_new(transport, side, upto, now_ns);
    return true;
}

void drill_tcp_output(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DRILL_ASSERT(end->state == DRILL_TCP_ESTABLISHED);
    uint32_t sent = 0;
    bool limited = false;
    if (end->next < drill_tcp_send_end(transport, side)) {
        drill_tcp_restart_after_idle(transport, side, now_ns);
    }
    while (end->next < drill_tcp_send_end(transport, side)) {
        if (drill_tcp_in_flight(end) >= end->window) {
            limited = true;
            break;
        }
        if (!drill_tcp_output_one(transport, side, now_ns)) {
            break;
        }
        sent++;
    }
    limited = limited || drill_tcp_in_flight(end) >= end->window;
    if (sent > 0 || limited) {
        drill_tcp_validate(transport, side, limited, now_ns);
    }
    if (sent > 0) {
        end->prr_out += drill_tcp_reducing(end) ? sent : 0;
        drill_tcp_schedule_probe(transport, side, false, now_ns);
    } else if (end->segments_count == 0 && end->next < drill_tcp_send_end(transport, side) &&
               end->timer == 0) {
        drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_WINDOW, end->rto_ns, now_ns);
    }
    drill_tcp_assert(transport, side);
}

/* Small segments behind this one go along, as Linux's tcp_retrans_collapse does it. */
static void collapse(DrillTransport *transport, int side, size_t index) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    for (uint32_t merged = 1; settings->collapse == 0 || merged < settings->collapse; merged++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, index);
        if (index + 1 >= end->segments_count) {
            return;
        }
        DrillTcpSegment *behind = segment + 1;
        bool alike =
            settings->collapse == 0 || ((segment->marks ^ behind->marks) & DRILL_TCP_LOST) == 0;
        if ((behind->marks & DRILL_TCP_SACKED) != 0 || !alike ||
            behind->end - segment->begin > end->mss_bytes || behind->end > end->offered_end) {
            return;
        }
        drill_tcp_merge_segments(end, index);
    }
}

bool drill_tcp_resend(DrillTransport *transport, int side, size_t index, const char *cause,
                      uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DrillTcpSegment *segment = drill_tcp_segment(end, index);
    if (segment->begin < end->acknowledged) {
        segment->begin = end->acknowledged;
    }
    if (segment->begin >= end->offered_end && segment->begin != end->acknowledged) {
        return false; /* the window has shrunk: only the first one goes, as a probe */
    }
    collapse(transport, side, index);
    segment->sent_ns = now_ns;
    if ((segment->marks & DRILL_TCP_EVER) == 0) {
        segment->marks |= DRILL_TCP_EVER;
        end->ever++;
    }
    DrillPacket packet = packet_of(transport, side, segment->begin, segment->end);
    tell_retransmit(transport, side, &packet, cause, now_ns);
    emit(transport, side, &packet, now_ns);
    return true;
}

bool drill_tcp_resend_counted(DrillTransport *transport, int side, size_t index, const char *cause,
                              uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!drill_tcp_resend(transport, side, index, cause, now_ns)) {
        return false;
    }
    DrillTcpSegment *segment = drill_tcp_segment(end, index);
    if ((segment->marks & DRILL_TCP_RESENT) == 0) {
        segment->marks |= DRILL_TCP_RESENT;
        end->resent++;
    }
    if (end->resend_first_ns == DRILL_NEVER) {
        end->resend_first_ns = now_ns;
    }
    end->undo_left = (end->undo_left < 0 ? 0 : end->undo_left) + 1;
    return true;
}

void drill_tcp_resend_lost(DrillTransport *transport, int side, const char *cause,
                           uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool rearm = false;
    for (size_t i = 0; i < end->segments_count && end->resent < end->lost; i++) {
        if (drill_tcp_in_flight(end) >= end->window) {
            break;
        }
        unsigned marks = drill_tcp_segment(end, i)->marks;
        if ((marks & DRILL_TCP_LOST) == 0 || (marks & DRILL_TCP_RESENT) != 0) {
            continue;
        }
        if (!drill_tcp_resend_counted(transport, side, i, cause, now_ns)) {
            break;
        }
        end->prr_out += drill_tcp_reducing(end) ? 1 : 0;
        rearm =
            rearm || (i == 0 && !(end->timer != 0 && end->timer_kind == DRILL_TCP_TIMER_REORDER));
    }
    if (rearm) {
        drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_RETRANSMIT, end->rto_ns, now_ns);
    }
}
