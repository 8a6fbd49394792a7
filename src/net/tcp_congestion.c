/* Simulated TCP: how many segments may be under way. Slow start and congestion avoidance (RFC
 * 5681), CUBIC (RFC 9438), proportional rate reduction (RFC 6937), windows that shrink while they
 * are not used (RFC 5681, 4.1; RFC 7661 as Linux has it). */
#include "net/tcp.h"

enum { WINDOW_MAX = 1 << 20, SPAN_MAX_MS = 1000000 };

/* The largest r with r^3 <= value. */
static uint64_t cube_root(uint64_t value) {
    uint64_t root = 0;
    for (int shift = 63; shift >= 0; shift -= 3) {
        root *= 2;
        uint64_t next = 3 * root * (root + 1) + 1;
        if ((value >> shift) >= next) {
            value -= next << shift;
            root++;
        }
    }
    return root;
}

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static void cubic_reset(DrillTcpEnd *end) {
    end->cubic_epoch_ns = DRILL_NEVER;
    end->cubic_last_max = 0;
    end->cubic_origin = 0;
}

/* The threshold after a loss: 0.7 of the window (CUBIC, with fast convergence) or half of it. */
uint32_t drill_tcp_reduced_threshold(const DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    switch (drill_tcp_settings_of(transport)->congestion) {
    case DRILL_TCP_NEWRENO:
        return larger(end->window / 2, 2);
    case DRILL_TCP_CUBIC:
        break;
    }
    end->cubic_epoch_ns = DRILL_NEVER;
    end->cubic_last_max = end->window < end->cubic_last_max ? end->window * 17 / 20 : end->window;
    return larger((uint32_t)((uint64_t)end->window * 7 / 10), 2);
}

static void cubic_begin(DrillTcpEnd *end, uint64_t now_ns) {
    end->cubic_epoch_ns = now_ns;
    end->cubic_reno = (uint64_t)end->window * 1024;
    end->cubic_k_ms = 0;
    end->cubic_origin = end->window;
    if (end->window < end->cubic_last_max) {
        /* K = cbrt((W_max - W) / C) seconds, C = 0.4 */
        uint64_t missing = end->cubic_last_max - end->window;
        end->cubic_k_ms = cube_root(missing * UINT64_C(2500000000));
        end->cubic_origin = end->cubic_last_max;
    }
}

/* Acknowledgements until the window grows by one segment. */
static uint32_t cubic_count(DrillTcpEnd *end, uint32_t acked, uint64_t now_ns) {
    if (end->cubic_epoch_ns == DRILL_NEVER) {
        cubic_begin(end, now_ns);
    }
    uint64_t at_ms = (now_ns - end->cubic_epoch_ns + end->rtt_min_ns) / DRILL_NS_PER_MS;
    bool before = at_ms < end->cubic_k_ms;
    uint64_t span_ms = before ? end->cubic_k_ms - at_ms : at_ms - end->cubic_k_ms;
    span_ms = span_ms < SPAN_MAX_MS ? span_ms : SPAN_MAX_MS;
    uint64_t change = span_ms * span_ms * span_ms / UINT64_C(2500000000);
    uint64_t target = end->cubic_origin;
    target = before ? (target > change ? target - change : 0) : target + change;
    uint64_t window = end->window;
    target = target < window * 3 / 2 ? target : window * 3 / 2;
    uint64_t count = target > window ? window / (target - window) : 100 * window;
    /* Not slower than Reno would be: its window grows by 0.53 per round trip (RFC 9438, 4.3). */
    end->cubic_reno += (uint64_t)acked * 542 / window;
    if (end->cubic_reno / 1024 > window) {
        uint64_t reno = window / (end->cubic_reno / 1024 - window);
        count = reno < count ? reno : count;
    }
    return (uint32_t)(count > 2 ? count : 2);
}

static bool is_limited(const DrillTcpEnd *end) {
    if (end->window_limited) {
        return true;
    }
    return end->window < end->threshold && end->window < 2 * end->out_max;
}

void drill_tcp_grow(DrillTransport *transport, int side, uint32_t acked, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!is_limited(end)) {
        return; /* what is not used proves nothing */
    }
    if (end->window < end->threshold) {
        uint32_t room = end->threshold - end->window;
        uint32_t grown = acked < room ? acked : room;
        end->window += grown;
        acked -= grown;
    }
    uint32_t count = end->window;
    if (acked > 0 && drill_tcp_settings_of(transport)->congestion == DRILL_TCP_CUBIC) {
        count = cubic_count(end, acked, now_ns);
    }
    if (end->credit >= count) { /* saved up while the count was higher */
        end->credit = 0;
        end->window++;
    }
    end->credit += acked;
    if (end->credit >= count) {
        end->window += end->credit / count;
        end->credit %= count;
    }
    end->window = end->window < WINDOW_MAX ? end->window : WINDOW_MAX;
}

/* The threshold that remembers what the window was (Linux's tcp_current_ssthresh). */
static uint32_t current_threshold(const DrillTcpEnd *end) {
    if (drill_tcp_reducing(end)) {
        return end->threshold;
    }
    return larger(end->threshold, end->window / 2 + end->window / 4);
}

void drill_tcp_validate(DrillTransport *transport, int side, bool limited, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    uint32_t out = (uint32_t)end->segments_count;
    if (end->acknowledged >= end->usage_end || limited ||
        (!end->window_limited && out > end->out_max)) {
        end->window_limited = limited;
        end->out_max = out;
        end->usage_end = end->next;
    }
    if (is_limited(end)) {
        end->window_used = 0;
        end->window_ns = now_ns;
        return;
    }
    end->window_used = larger(end->window_used, out);
    if (!settings->idle_restart || now_ns - end->window_ns < end->rto_ns) {
        return;
    }
    if (end->mood == DRILL_TCP_OPEN) {
        uint32_t used = larger(end->window_used, settings->window_first);
        if (used < end->window) {
            end->threshold = current_threshold(end);
            end->window = (end->window + used) / 2;
        }
        end->window_used = 0;
    }
    end->window_ns = now_ns;
}

void drill_tcp_restart_after_idle(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    uint64_t idle_ns = now_ns - end->last_sent_ns;
    if (!settings->idle_restart || end->segments_count > 0 || idle_ns <= end->rto_ns) {
        return;
    }
    end->threshold = current_threshold(end);
    uint32_t least = settings->window_first < end->window ? settings->window_first : end->window;
    while (idle_ns > end->rto_ns && end->window > least) {
        idle_ns -= end->rto_ns;
        end->window /= 2;
    }
    end->window = larger(end->window, least);
    end->window_ns = now_ns;
    end->window_used = 0;
}

void drill_tcp_set_mood(DrillTransport *transport, int side, DrillTcpMood mood) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    (void)transport;
    if (mood == DRILL_TCP_LOSS) {
        cubic_reset(end);
    }
    end->mood = mood;
}

void drill_tcp_begin_undo(DrillTcpEnd *end) {
    end->undo_from = end->acknowledged;
    end->undo_left = (int64_t)end->resent + (end->probe_end != 0 && end->probe_again ? 1 : 0);
    if (end->undo_left == 0) {
        end->undo_left = -1;
    }
}

void drill_tcp_begin_reduction(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->recover = end->next;
    end->probe_end = 0;
    end->credit = 0;
    end->window_before = end->window;
    end->prr_delivered = 0;
    end->prr_out = 0;
    end->threshold = drill_tcp_reduced_threshold(transport, side);
}

void drill_tcp_end_reduction(DrillTcpEnd *end, uint64_t now_ns) {
    if (end->threshold < DRILL_TCP_UNLIMITED &&
        (end->mood == DRILL_TCP_REDUCED || end->undo_from != 0)) {
        end->window = end->threshold;
        end->window_ns = now_ns;
    }
}

void drill_tcp_enter_recovery(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->threshold_before = 0;
    drill_tcp_begin_undo(end);
    if (!drill_tcp_reducing(end)) {
        end->threshold_before = current_threshold(end);
        drill_tcp_begin_reduction(transport, side);
    }
    end->stats.recoveries++;
    drill_tcp_set_mood(transport, side, DRILL_TCP_RECOVERY);
}

/* What a timeout says is lost: all of it, but not what was sent within the last round trip. */
static void mark_after_timeout(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool rack = drill_tcp_settings_of(transport)->rack;
    for (size_t i = 0; i < end->segments_count; i++) {
        DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if (rack && i > 0 && drill_tcp_rack_left_ns(end, segment, 0, now_ns) > 0) {
            continue;
        }
        drill_tcp_mark_lost(end, segment);
    }
}

void drill_tcp_enter_loss(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    bool fresh = end->mood < DRILL_TCP_RECOVERY;
    end->duplicates = 0;
    if (!drill_tcp_settings_of(transport)->sack) {
        for (size_t i = 0; i < end->segments_count; i++) {
            drill_tcp_clear_mark(end, drill_tcp_segment(end, i), DRILL_TCP_SACKED);
        }
    }
    mark_after_timeout(transport, side, now_ns);
    if (end->mood <= DRILL_TCP_DISORDER || end->recover <= end->acknowledged ||
        (end->mood == DRILL_TCP_LOSS && end->retries == 0)) {
        end->threshold_before = current_threshold(end);
        end->window_before = end->window;
        end->threshold = drill_tcp_reduced_threshold(transport, side);
        drill_tcp_begin_undo(end);
    }
    end->window = drill_tcp_in_flight(end) + 1;
    end->credit = 0;
    end->window_ns = now_ns;
    if (end->mood <= DRILL_TCP_DISORDER && end->sacked >= DRILL_TCP_DUPLICATES &&
        end->reordering > DRILL_TCP_DUPLICATES) {
        end->reordering = DRILL_TCP_DUPLICATES;
    }
    drill_tcp_set_mood(transport, side, DRILL_TCP_LOSS);
    end->recover = end->next;
    end->probe_end = 0;
    end->frto = drill_tcp_settings_of(transport)->frto && (fresh || end->retries > 0);
}

void drill_tcp_undo(DrillTcpEnd *end, bool unmark, uint64_t now_ns) {
    if (unmark) {
        for (size_t i = 0; i < end->segments_count; i++) {
            drill_tcp_clear_mark(end, drill_tcp_segment(end, i), DRILL_TCP_LOST);
        }
    }
    if (end->threshold_before != 0) {
        end->window = larger(end->window, end->window_before);
        end->threshold = larger(end->threshold, end->threshold_before);
    }
    end->stats.undone++;
    end->window_ns = now_ns;
    end->undo_from = 0;
    end->rack_advanced = true; /* look at the losses again */
}

/* Proportional rate reduction (RFC 6937; the bound is slow start's only while losses stop). */
void drill_tcp_reduce(DrillTcpEnd *end, uint32_t delivered, uint32_t lost, bool advanced) {
    if (delivered == 0 || end->window_before == 0) {
        return;
    }
    int64_t in_flight = drill_tcp_in_flight(end);
    int64_t room = (int64_t)end->threshold - in_flight;
    int64_t count;
    end->prr_delivered += delivered;
    if (room < 0) {
        uint64_t share = (uint64_t)end->threshold * end->prr_delivered + end->window_before - 1;
        count = (int64_t)(share / end->window_before) - end->prr_out;
    } else {
        count = (int64_t)end->prr_delivered - end->prr_out;
        count = count > delivered ? count : delivered;
        count += advanced && lost == 0 ? 1 : 0;
        count = count < room ? count : room;
    }
    int64_t least = end->prr_out > 0 ? 0 : 1; /* the fast retransmit itself */
    count = count > least ? count : least;
    end->window = (uint32_t)(in_flight + count);
}
