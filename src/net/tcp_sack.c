/* Simulated TCP: what an acknowledgement says about each segment under way. */
#include "net/tcp.h"

/* Marks one segment as received. */
static void sack_segment(DrillTcpAckState *ack, DrillTcpSegment *segment) {
    DrillTcpEnd *end = ack->end;
    if ((segment->marks & DRILL_TCP_SACKED) != 0) {
        return;
    }
    drill_tcp_rack_advance(end, segment, ack->now_ns);
    if ((segment->marks & DRILL_TCP_RESENT) != 0) {
        if ((segment->marks & DRILL_TCP_LOST) != 0) {
            drill_tcp_clear_mark(end, segment, DRILL_TCP_LOST);
            drill_tcp_clear_mark(end, segment, DRILL_TCP_RESENT);
        }
    } else {
        if ((segment->marks & DRILL_TCP_EVER) == 0) {
            if (segment->begin < end->sacked_end && segment->begin < ack->reordered) {
                ack->reordered = segment->begin;
            }
            if (segment->end <= end->recover) {
                ack->news |= DRILL_TCP_ORIGINAL_ACKED;
            }
            if (ack->sack_first_ns == DRILL_NEVER) {
                ack->sack_first_ns = segment->sent_ns;
            }
            ack->sack_last_ns = segment->sent_ns;
        }
        drill_tcp_clear_mark(end, segment, DRILL_TCP_LOST);
    }
    segment->marks |= DRILL_TCP_SACKED;
    end->sacked++;
    end->delivered++;
    ack->news |= DRILL_TCP_NEWLY_SACKED;
}

/* The receiver got something twice (RFC 2883). */
static void take_duplicate(DrillTcpAckState *ack, uint64_t block_end) {
    DrillTcpEnd *end = ack->end;
    end->stats.duplicates_seen++;
    ack->news |= DRILL_TCP_DUPLICATE_SACK;
    if (end->probe_end != 0 && end->probe_end == block_end) {
        ack->news |= DRILL_TCP_PROBE_DUPLICATE;
    } else if (end->reordering_seen) {
        end->rack_duplicate = true;
    }
    if (end->undo_from != 0 && end->undo_left > 0 && block_end <= ack->acknowledged_before &&
        block_end > end->undo_from) {
        end->undo_left--;
    }
}

static bool is_duplicate(const DrillPacket *packet) {
    if (packet->sack[0][0] < packet->acknowledged) {
        return true;
    }
    return packet->sack_count > 1 && packet->sack[0][0] >= packet->sack[1][0] &&
           packet->sack[0][1] <= packet->sack[1][1];
}

static void note_reordering(DrillTransport *transport, DrillTcpEnd *end, uint64_t low) {
    if (low >= end->sacked_end) {
        return;
    }
    uint32_t mss = drill_tcp_settings_of(transport)->mss_bytes;
    uint64_t segments = (end->sacked_end - low + mss - 1) / mss;
    if (segments > end->reordering) {
        end->reordering = (uint32_t)(segments < 300 ? segments : 300);
    }
    end->reordering_seen = true;
}

void drill_tcp_take_sack(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    const DrillPacket *packet = ack->packet;
    unsigned first = 0;
    if (is_duplicate(packet)) {
        take_duplicate(ack, packet->sack[0][1]);
        first = 1;
    }
    uint64_t highest = end->sacked_end;
    for (unsigned b = first; b < packet->sack_count; b++) {
        uint64_t begin = packet->sack[b][0];
        uint64_t stop = packet->sack[b][1];
        for (size_t i = 0; i < end->segments_count; i++) {
            DrillTcpSegment *segment = drill_tcp_segment(end, i);
            if (segment->begin >= stop) {
                break;
            }
            if (segment->begin >= begin && segment->end <= stop) {
                sack_segment(ack, segment);
                highest = segment->begin + 1 > highest ? segment->begin + 1 : highest;
            }
        }
    }
    end->sacked_end = highest;
    if (end->mood != DRILL_TCP_LOSS || end->undo_from != 0) {
        note_reordering(ack->transport, end, ack->reordered);
    }
    ack->reordered = DRILL_NEVER;
}

/* One segment that is acknowledged cumulatively. */
static void clean_segment(DrillTcpAckState *ack, const DrillTcpSegment *segment) {
    DrillTcpEnd *end = ack->end;
    if ((segment->marks & (DRILL_TCP_RESENT | DRILL_TCP_EVER)) == 0 &&
        segment->sent_ns >= end->timeout_ns) {
        ack->fresh_last_ns = segment->sent_ns;
        if (ack->fresh_first_ns == DRILL_NEVER) {
            ack->fresh_first_ns = segment->sent_ns;
        }
    }
    if ((segment->marks & (DRILL_TCP_RESENT | DRILL_TCP_EVER)) != 0) {
        ack->news |= DRILL_TCP_RESENT_ACKED;
    } else if ((segment->marks & DRILL_TCP_SACKED) == 0) {
        ack->ack_last_ns = segment->sent_ns;
        if (ack->ack_first_ns == DRILL_NEVER) {
            ack->ack_first_ns = segment->sent_ns;
        }
        if (segment->begin < ack->reordered) {
            ack->reordered = segment->begin;
        }
        if (segment->end <= end->recover) {
            ack->news |= DRILL_TCP_ORIGINAL_ACKED;
        }
    }
    if ((segment->marks & DRILL_TCP_SACKED) == 0) {
        end->delivered++;
        bool ambiguous = (segment->marks & (DRILL_TCP_RESENT | DRILL_TCP_EVER)) != 0;
        bool original = drill_tcp_settings_of(ack->transport)->timestamps && ambiguous &&
                        ack->packet->echo_ns / DRILL_NS_PER_MS < segment->sent_ns / DRILL_NS_PER_MS;
        if (!original) {
            drill_tcp_rack_advance(end, segment, ack->now_ns);
        }
    }
}

/* When the segment went whose round trip is taken; DRILL_NEVER: none was sent only once. */
static uint64_t sent_once_ns(const DrillTcpAckState *ack) {
    if (ack->ack_first_ns != DRILL_NEVER && (ack->news & DRILL_TCP_RESENT_ACKED) == 0) {
        return ack->ack_first_ns;
    }
    return ack->sack_first_ns;
}

/* By Karn's rule alone, from what went once and after the last timeout. An acknowledgement of
 * several was caused by the youngest: an older one may have been acknowledged before by something
 * that got lost, unless the far end was only waiting for the next one. */
static uint64_t fresh_ns(const DrillTcpAckState *ack) {
    uint64_t wait_ns = drill_tcp_settings_of(ack->transport)->ack_delay_max_ns;
    if (ack->fresh_first_ns == DRILL_NEVER || ack->fresh_last_ns < wait_ns ||
        ack->fresh_first_ns >= ack->fresh_last_ns - wait_ns) {
        return ack->fresh_first_ns;
    }
    return ack->fresh_last_ns - wait_ns;
}

/* The round trip: from something sent only once if there is any, otherwise from the timestamp (RFC
 * 7323, 4.1), never from something ambiguous (RFC 6298, 3). */
static bool measure(DrillTcpAckState *ack) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(ack->transport);
    DrillTcpEnd *end = ack->end;
    uint64_t sent_ns = settings->karn ? fresh_ns(ack) : sent_once_ns(ack);
    uint64_t shortest_ns = DRILL_NEVER;
    if (ack->sack_first_ns != DRILL_NEVER) {
        shortest_ns = ack->now_ns - ack->sack_last_ns;
    } else if (sent_ns != DRILL_NEVER) {
        shortest_ns = ack->now_ns - (settings->karn ? ack->fresh_last_ns : ack->ack_last_ns);
    }
    bool by_echo = settings->karn ? sent_ns != DRILL_NEVER : sent_ns == DRILL_NEVER;
    if (by_echo && settings->timestamps && (ack->news & DRILL_TCP_DATA_ACKED) != 0) {
        /* Timestamps count milliseconds. */
        uint64_t ticks = ack->now_ns / DRILL_NS_PER_MS - ack->packet->echo_ns / DRILL_NS_PER_MS;
        shortest_ns = (ticks > 0 ? ticks : 1) * DRILL_NS_PER_MS;
        sent_ns = shortest_ns < ack->now_ns ? ack->now_ns - shortest_ns : 0;
    }
    if (sent_ns == DRILL_NEVER) {
        return false;
    }
    if (shortest_ns < end->rtt_min_ns) {
        end->rtt_min_ns = shortest_ns;
    }
    drill_tcp_measure(ack->transport, ack->side,
                      drill_tcp_limited_rtt(settings, end, ack->now_ns - sent_ns));
    return true;
}

void drill_tcp_clean(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    size_t count = 0;
    while (count < end->segments_count && drill_tcp_segment(end, count)->end <= end->acknowledged) {
        clean_segment(ack, drill_tcp_segment(end, count));
        count++;
    }
    drill_tcp_forget_segments(end, count);
    if (count > 0) {
        ack->news |= DRILL_TCP_DATA_ACKED;
    }
    bool measured = measure(ack);
    if (count > 0) {
        ack->news |= DRILL_TCP_SET_TIMER;
        if (!drill_tcp_settings_of(ack->transport)->sack) {
            return;
        }
        if (ack->reordered < ack->sacked_end_before) {
            note_reordering(ack->transport, end, ack->reordered);
        }
    } else if (end->segments_count > 0 && measured && ack->sack_first_ns != DRILL_NEVER &&
               drill_tcp_segment(end, 0)->sent_ns > ack->sack_first_ns) {
        /* Not when it was sent before the first one went (again): the timeout must not run away. */
        ack->news |= DRILL_TCP_SET_TIMER;
    }
}
