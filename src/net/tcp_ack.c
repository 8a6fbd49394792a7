/* Simulated TCP: what follows from an acknowledgement. The moods and their transitions are those of
 * Linux: open, disorder, reduced, recovery, loss. */
#include "net/tcp.h"

bool drill_tcp_any_resent(const DrillTcpEnd *end) {
    return end->resent > 0 ||
           (end->segments_count > 0 && (drill_tcp_segment(end, 0)->marks & DRILL_TCP_EVER) != 0);
}

void drill_tcp_try_open(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DrillTcpMood mood = DRILL_TCP_OPEN;
    if (drill_tcp_left_out(end) > 0 || drill_tcp_any_resent(end)) {
        mood = DRILL_TCP_DISORDER;
    }
    if (end->mood != mood) {
        drill_tcp_set_mood(transport, side, mood);
        end->recover = end->next;
    }
}

static void try_to_open(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (!drill_tcp_any_resent(end)) {
        end->resend_first_ns = DRILL_NEVER;
    }
    if (end->mood != DRILL_TCP_REDUCED) {
        drill_tcp_try_open(ack->transport, ack->side);
    }
}

/* Whether the retransmissions of this episode were for nothing: each was reported as a duplicate,
 * none was made, or what is acknowledged was sent before the first of them (RFC 3522). */
static bool may_undo(const DrillTcpAckState *ack) {
    const DrillTcpEnd *end = ack->end;
    const DrillTcpSettings *settings = drill_tcp_settings_of(ack->transport);
    if (!settings->undo || end->undo_from == 0) {
        return false;
    }
    if (end->undo_left == 0 || end->resend_first_ns == DRILL_NEVER) {
        return true;
    }
    return settings->timestamps &&
           ack->packet->echo_ns / DRILL_NS_PER_MS < end->resend_first_ns / DRILL_NS_PER_MS;
}

/* Without SACK the mood stays until something above `recover` is acknowledged: duplicates of what
 * was sent again must not start it anew (RFC 6582). */
static bool holds_without_sack(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (drill_tcp_settings_of(ack->transport)->sack || end->acknowledged != end->recover) {
        return false;
    }
    if (!drill_tcp_any_resent(end)) {
        end->resend_first_ns = DRILL_NEVER;
    }
    return true;
}

static bool undo_recovery(DrillTcpAckState *ack) {
    if (may_undo(ack)) {
        drill_tcp_undo(ack->end, false, ack->now_ns);
    }
    if (holds_without_sack(ack)) {
        return true;
    }
    drill_tcp_set_mood(ack->transport, ack->side, DRILL_TCP_OPEN);
    return false;
}

static bool undo_loss(DrillTcpAckState *ack, bool spurious) {
    if (!spurious && !may_undo(ack)) {
        return false;
    }
    drill_tcp_undo(ack->end, true, ack->now_ns);
    ack->end->retries = 0;
    if (!holds_without_sack(ack)) {
        drill_tcp_set_mood(ack->transport, ack->side, DRILL_TCP_OPEN);
    }
    return true;
}

static bool undo_by_duplicates(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (!drill_tcp_settings_of(ack->transport)->undo || end->undo_from == 0 ||
        end->undo_left != 0) {
        return false;
    }
    end->rack_persist = end->rack_persist < 16 ? end->rack_persist + 1 : 16;
    drill_tcp_undo(end, false, ack->now_ns);
    return true;
}

/* A partial acknowledgement that says that everything so far had only been late. */
static bool undo_partial(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    const DrillTcpSettings *settings = drill_tcp_settings_of(ack->transport);
    if (!settings->undo || end->undo_from == 0 || end->resend_first_ns == DRILL_NEVER ||
        !settings->timestamps ||
        ack->packet->echo_ns / DRILL_NS_PER_MS >= end->resend_first_ns / DRILL_NS_PER_MS) {
        return false;
    }
    end->reordering_seen = true;
    if (end->resent > 0) {
        return true;
    }
    if (!drill_tcp_any_resent(end)) {
        end->resend_first_ns = DRILL_NEVER;
    }
    drill_tcp_undo(end, true, ack->now_ns);
    try_to_open(ack);
    return true;
}

/* Without SACK each duplicate acknowledgement stands for one segment that has arrived somewhere. */
static void count_duplicates(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    for (size_t i = 1; ack->duplicates > 0 && i < end->segments_count; i++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if ((segment->marks & (DRILL_TCP_SACKED | DRILL_TCP_LOST)) == 0) {
            segment->marks |= DRILL_TCP_SACKED;
            end->sacked++;
            end->delivered++;
            ack->duplicates--;
        }
    }
    ack->duplicates = 0;
}

static void forget_duplicates(DrillTcpEnd *end) {
    for (size_t i = 0; i < end->segments_count; i++) {
        drill_tcp_clear_mark(end, drill_tcp_segment(end, i), DRILL_TCP_SACKED);
    }
}

/* Without RACK: the first segment, and with SACK everything with enough behind it (RFC 6675, 4). */
static void mark_by_count(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    bool sack = drill_tcp_settings_of(ack->transport)->sack;
    bool partial = (ack->news & DRILL_TCP_ADVANCED) != 0 && end->mood == DRILL_TCP_RECOVERY;
    if (end->sacked < end->reordering && !partial && end->mood != DRILL_TCP_RECOVERY) {
        return;
    }
    uint32_t behind = end->sacked;
    for (size_t i = 0; i < end->segments_count; i++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if ((segment->marks & DRILL_TCP_SACKED) != 0) {
            behind--;
            continue;
        }
        bool first = i == 0 && (partial || end->sacked >= end->reordering);
        bool enough = sack && behind >= end->reordering;
        if ((first || enough) && (segment->marks & (DRILL_TCP_LOST | DRILL_TCP_RESENT)) == 0) {
            drill_tcp_mark_lost(end, segment);
        }
        if (!enough) {
            break;
        }
    }
}

static void identify_losses(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    const DrillTcpSettings *settings = drill_tcp_settings_of(ack->transport);
    if (end->segments_count == 0) {
        return;
    }
    uint32_t before = end->resent;
    if (settings->rack && settings->sack) {
        if (drill_tcp_rack_mark(ack->transport, ack->side, ack->now_ns)) {
            ack->news &= ~(unsigned)DRILL_TCP_SET_TIMER;
        }
    } else {
        mark_by_count(ack);
    }
    if (before > end->resent) {
        ack->news |= DRILL_TCP_RESENT_LOST;
    }
}

/* RFC 5682, 3.1 in its variant with SACK. True: it has decided what to do. */
static bool frto(DrillTcpAckState *ack, bool recovered) {
    DrillTcpEnd *end = ack->end;
    if ((ack->news & DRILL_TCP_ORIGINAL_ACKED) != 0 && undo_loss(ack, true)) {
        return true; /* what was sent only once has arrived: the timeout was too early */
    }
    if (end->next > end->recover) {
        if ((ack->news & DRILL_TCP_NEWLY_SACKED) != 0 || ack->duplicates > 0) {
            end->frto = false; /* the loss was real */
        }
        return false;
    }
    if ((ack->news & DRILL_TCP_ADVANCED) != 0 && !recovered) {
        end->recover = end->next;
        if (end->next < drill_tcp_send_end(ack->transport, ack->side) &&
            end->offered_end > end->next) {
            ack->resend = DRILL_TCP_RESEND_NEW;
            return true;
        }
        end->frto = false;
    }
    return false;
}

static void process_loss(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    bool recovered = end->acknowledged >= end->recover;
    if ((ack->news & DRILL_TCP_ADVANCED) != 0 && undo_loss(ack, false)) {
        return;
    }
    if (end->frto && frto(ack, recovered)) {
        return;
    }
    if (recovered) {
        undo_recovery(ack);
        return;
    }
    if (!drill_tcp_settings_of(ack->transport)->sack) {
        if (end->next > end->recover && ack->duplicates > 0) {
            count_duplicates(ack);
        } else if ((ack->news & DRILL_TCP_ADVANCED) != 0) {
            forget_duplicates(end);
        }
    }
    ack->resend = DRILL_TCP_RESEND_LOST;
}

/* The episode is over when what was under way at its beginning is acknowledged. True: nothing more.
 */
static bool leave_mood(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (end->mood == DRILL_TCP_OPEN) {
        end->resend_first_ns = DRILL_NEVER;
        return false;
    }
    if (end->acknowledged < end->recover) {
        return false;
    }
    if (end->mood == DRILL_TCP_REDUCED && end->acknowledged != end->recover) {
        drill_tcp_end_reduction(end, ack->now_ns);
        drill_tcp_set_mood(ack->transport, ack->side, DRILL_TCP_OPEN);
    } else if (end->mood == DRILL_TCP_RECOVERY) {
        if (!drill_tcp_settings_of(ack->transport)->sack) {
            forget_duplicates(end);
        }
        if (undo_recovery(ack)) {
            return true;
        }
        drill_tcp_end_reduction(end, ack->now_ns);
    }
    return false;
}

static bool in_recovery(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    bool sack = drill_tcp_settings_of(ack->transport)->sack;
    if ((ack->news & DRILL_TCP_ADVANCED) == 0) {
        if (!sack) {
            count_duplicates(ack);
        }
    } else if (undo_partial(ack)) {
        return false;
    }
    if (undo_by_duplicates(ack)) {
        try_to_open(ack);
    }
    identify_losses(ack);
    if (end->mood != DRILL_TCP_RECOVERY) {
        if (end->lost == 0) {
            return false;
        }
        drill_tcp_enter_recovery(ack->transport, ack->side);
    }
    return true;
}

/* Called when there is something to think about. */
static void think(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (leave_mood(ack)) {
        return;
    }
    if (end->mood == DRILL_TCP_RECOVERY) {
        if (in_recovery(ack)) {
            ack->resend = DRILL_TCP_RESEND_LOST;
        }
        return;
    }
    if (end->mood == DRILL_TCP_LOSS) {
        process_loss(ack);
        identify_losses(ack);
        if (end->mood != DRILL_TCP_OPEN && (ack->news & DRILL_TCP_RESENT_LOST) == 0) {
            return;
        }
    }
    if (!drill_tcp_settings_of(ack->transport)->sack) {
        if ((ack->news & DRILL_TCP_ADVANCED) != 0) {
            forget_duplicates(end);
        }
        count_duplicates(ack);
    }
    if (end->mood <= DRILL_TCP_DISORDER) {
        undo_by_duplicates(ack);
    }
    identify_losses(ack);
    if (end->lost == 0) {
        try_to_open(ack);
        return;
    }
    drill_tcp_enter_recovery(ack->transport, ack->side);
    ack->resend = DRILL_TCP_RESEND_LOST;
}

static void resend(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    if (ack->resend == DRILL_TCP_RESEND_NEW) {
        drill_tcp_output(ack->transport, ack->side, ack->now_ns);
        if (end->next > end->recover) {
            return;
        }
        end->frto = false;
    }
    if (ack->resend != DRILL_TCP_RESEND_NONE) {
        const char *cause = end->mood == DRILL_TCP_LOSS ? "rto" : "fast";
        drill_tcp_resend_lost(ack->transport, ack->side, cause, ack->now_ns);
    }
}

static void update_window(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    const DrillPacket *packet = ack->packet;
    uint64_t offered_end = packet->acknowledged + packet->window;
    if ((ack->news & DRILL_TCP_ADVANCED) == 0 && packet->sequence < end->offered_at) {
        return; /* older than what we know */
    }
    if (offered_end > end->offered_end) {
        end->offered_end = offered_end;
        ack->news |= DRILL_TCP_NEW_WINDOW;
    }
    end->offered_at = packet->sequence;
}

/* Window probes end when the window opens, or go on at their own pace (RFC 9293, 3.8.6.1). */
static void nothing_under_way(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    end->window_probes = 0;
    if (end->timer != 0 && end->timer_kind == DRILL_TCP_TIMER_WINDOW &&
        (ack->news & DRILL_TCP_NEW_WINDOW) != 0) {
        drill_tcp_stop_timer(ack->transport, ack->side);
        drill_tcp_set_rto(ack->transport, ack->side);
    }
    if ((ack->news & DRILL_TCP_DUPLICATE_SACK) != 0) {
        think(ack);
        resend(ack);
    }
    if (end->probe_end != 0) {
        drill_tcp_probe_acked(ack);
    }
}

static void advance(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    ack->news |= DRILL_TCP_ADVANCED;
    end->acknowledged = ack->packet->acknowledged;
    end->retries = 0;
    end->retry_first_ns = 0;
    if (drill_tcp_settings_of(ack->transport)->backoff_ends && end->measured) {
        drill_tcp_set_rto(ack->transport, ack->side);
    }
    uint64_t bytes = ack->transport->flows[ack->side].ring.end;
    uint64_t offset = end->acknowledged - 1 < bytes ? end->acknowledged - 1 : bytes;
    drill_flow_acknowledged(ack->transport, ack->side, offset);
}

static void under_way(DrillTcpAckState *ack) {
    DrillTcpEnd *end = ack->end;
    uint32_t delivered_before = end->delivered;
    uint32_t lost_before = end->lost_total;
    if (ack->packet->sack_count > 0) {
        drill_tcp_take_sack(ack);
    }
    drill_tcp_clean(ack);
    drill_tcp_rack_update(end, delivered_before);
    if (end->probe_end != 0) {
        drill_tcp_probe_acked(ack);
    }
    const unsigned nothing = DRILL_TCP_CARRIES_DATA | DRILL_TCP_NEW_WINDOW | DRILL_TCP_DATA_ACKED;
    const unsigned alert = DRILL_TCP_NEWLY_SACKED | DRILL_TCP_DUPLICATE_SACK;
    if ((ack->news & nothing) == 0 || (ack->news & alert) != 0 || end->mood != DRILL_TCP_OPEN) {
        if ((ack->news & (DRILL_TCP_ADVANCED | nothing | DRILL_TCP_DUPLICATE_SACK)) == 0) {
            ack->duplicates = 1;
        }
        think(ack);
    }
    if ((ack->news & DRILL_TCP_SET_TIMER) != 0 &&
        !drill_tcp_schedule_probe(ack->transport, ack->side, true, ack->now_ns)) {
        drill_tcp_rearm(ack->transport, ack->side, ack->now_ns);
    }
    if (drill_tcp_reducing(end)) {
        drill_tcp_reduce(end, end->delivered - delivered_before, end->lost_total - lost_before,
                         (ack->news & DRILL_TCP_ADVANCED) != 0);
    } else if ((ack->news & DRILL_TCP_DATA_ACKED) != 0) {
        drill_tcp_grow(ack->transport, ack->side, end->delivered - delivered_before, ack->now_ns);
    }
    resend(ack);
}

void drill_tcp_take_acknowledgement(DrillTransport *transport, int side, const DrillPacket *packet,
                                    uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    DRILL_ASSERT(packet->acknowledged <= end->next);
    DrillTcpAckState ack = {.transport = transport,
                            .side = side,
                            .end = end,
                            .packet = packet,
                            .now_ns = now_ns,
                            .acknowledged_before = end->acknowledged,
                            .sacked_end_before = end->sacked_end,
                            .reordered = DRILL_NEVER,
                            .sack_first_ns = DRILL_NEVER,
                            .sack_last_ns = DRILL_NEVER,
                            .ack_first_ns = DRILL_NEVER,
                            .fresh_first_ns = DRILL_NEVER,
                            .ack_last_ns = DRILL_NEVER};
    if (packet->bytes > 0 || (packet->flags & DRILL_TCP_FIN) != 0) {
        ack.news |= DRILL_TCP_CARRIES_DATA;
    }
    end->keepalives = 0;
    if (packet->acknowledged < end->acknowledged) {
        /* Overtaken by a later one: only what it says of single segments is news. */
        if (packet->sack_count > 0 && end->segments_count > 0) {
            drill_tcp_take_sack(&ack);
            think(&ack);
            resend(&ack);
        }
        return;
    }
    bool waiting = end->segments_count > 0;
    if (packet->acknowledged > end->acknowledged) {
        advance(&ack);
    }
    update_window(&ack);
    if (waiting) {
        under_way(&ack);
    } else {
        if (packet->sack_count > 0) {
            drill_tcp_take_sack(&ack);
        }
        nothing_under_way(&ack);
    }
}
