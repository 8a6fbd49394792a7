/* Simulated TCP: timers, retransmission (RFC 6298, 5), keep-alive (RFC 9293, 3.8.4) and giving up.
 */
#include "net/tcp.h"

/* Linux keeps timers in a wheel whose buckets grow coarser by eight the farther they are away, and
 * fires them never early: a timeout of 0.8 s comes up to 36 ms late. */
uint64_t drill_tcp_expiry_ns(const DrillTcpSettings *settings, uint64_t now_ns, uint64_t delay_ns) {
    uint64_t tick_ns = settings->tick_ns;
    if (tick_ns == 0) {
        return drill_time_add(now_ns, delay_ns);
    }
    uint64_t delay = delay_ns / tick_ns + (delay_ns % tick_ns != 0 ? 1 : 0);
    unsigned shift = 0;
    for (uint64_t limit = 63; delay >= limit && shift < 24; limit *= 8) {
        shift += 3;
    }
    uint64_t expires = now_ns / tick_ns + delay;
    return (((expires >> shift) + 1) << shift) * tick_ns;
}

void drill_tcp_give_up(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillNetEvent event = {.kind = DRILL_NET_GAVE_UP,
                           .direction = side,
                           .reason = "",
                           .flags = "",
                           .value = drill_tcp_end(transport, side)->retries};
    drill_transport_tell(transport, &event, now_ns);
    drill_tcp_die(transport, side, true);
    drill_transport_tell_closed(transport, side, DRILL_CLOSE_TIMEOUT, false, now_ns);
}

static bool is_hopeless(const DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    switch (end->state) {
    case DRILL_TCP_SYN_SENT:
        return end->retries >= settings->syn_linear + settings->syn_retries;
    case DRILL_TCP_SYN_RECEIVED:
        return end->retries >= settings->synack_retries;
    case DRILL_TCP_ESTABLISHED:
        break;
    case DRILL_TCP_LISTEN:
    case DRILL_TCP_DEAD:
        DRILL_ASSERT(false); /* has no timer */
    }
    if (end->retries == 0) {
        return false;
    }
    uint64_t since_ns = now_ns - end->retry_first_ns;
    if (settings->user_timeout_ns > 0) {
        return since_ns >= settings->user_timeout_ns;
    }
    return (settings->retries > 0 && end->retries >= settings->retries) ||
           (settings->give_up_ns > 0 && since_ns >= settings->give_up_ns);
}

static uint64_t doubled(const DrillTcpSettings *settings, uint64_t rto_ns) {
    return rto_ns < settings->rto_max_ns / 2 ? rto_ns * 2 : settings->rto_max_ns;
}

/* No later than the user's patience ends. */
static uint64_t clamp(const DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t patience_ns = settings->user_timeout_ns;
    if (patience_ns == 0 || end->retries == 0) {
        return end->rto_ns;
    }
    uint64_t gone_ns = now_ns - end->retry_first_ns;
    uint64_t left_ns = patience_ns > gone_ns ? patience_ns - gone_ns : 1;
    return left_ns < end->rto_ns ? left_ns : end->rto_ns;
}

static void tell_timeout(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->stats.timeouts++;
    DrillNetEvent event = {.kind = DRILL_NET_RTO,
                           .direction = side,
                           .reason = "",
                           .flags = "",
                           .offset = end->acknowledged > 0 ? end->acknowledged - 1 : 0,
                           .value = end->rto_ns};
    drill_transport_tell(transport, &event, now_ns);
}

static void syn_times_out(DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->state != DRILL_TCP_SYN_SENT || end->retries > settings->syn_linear) {
        end->rto_ns = doubled(settings, end->rto_ns);
    }
    tell_timeout(transport, side, now_ns);
    drill_tcp_send_syn(transport, side, now_ns);
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_RETRANSMIT, end->rto_ns, now_ns);
}

static void times_out(DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (is_hopeless(transport, side, now_ns)) {
        drill_tcp_give_up(transport, side, now_ns);
        return;
    }
    if (end->state != DRILL_TCP_ESTABLISHED) {
        end->retries++;
        syn_times_out(transport, side, now_ns);
        return;
    }
    DRILL_ASSERT(end->segments_count > 0);
    end->timeout_ns = now_ns;
    uint64_t unbacked_ns = end->rto_ns;
    end->rto_ns = doubled(settings, unbacked_ns);
    tell_timeout(transport, side, now_ns);
    drill_tcp_enter_loss(transport, side, now_ns);
    if (end->retries == 0) {
        end->retry_first_ns = now_ns;
    }
    end->retries++;
    drill_tcp_probe_mtu(transport, side);
    drill_tcp_resend_counted(transport, side, 0, "rto", now_ns);
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_RETRANSMIT, clamp(transport, side, now_ns),
                        now_ns);
}

/* The far end must answer a number that it has acknowledged, and then says its window again. */
static void probe_window(DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->window_probes == 0) {
        end->retry_first_ns = now_ns;
    }
    uint64_t since_ns = now_ns - end->retry_first_ns;
    uint64_t patience_ns =
        settings->user_timeout_ns > 0 ? settings->user_timeout_ns : settings->give_up_ns;
    if (end->window_probes > 0 && patience_ns > 0 && since_ns >= patience_ns) {
        drill_tcp_give_up(transport, side, now_ns);
        return;
    }
    end->window_probes++;
    end->stats.window_probes++;
    end->rto_ns = doubled(settings, end->rto_ns);
    drill_tcp_send_probe(transport, side, now_ns);
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_WINDOW, end->rto_ns, now_ns);
}

static void timer_fires(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->timer = 0;
    switch (end->timer_kind) {
    case DRILL_TCP_TIMER_RETRANSMIT:
        times_out(transport, side, now_ns);
        break;
    case DRILL_TCP_TIMER_PROBE:
        drill_tcp_tail_probe(transport, side, now_ns);
        break;
    case DRILL_TCP_TIMER_REORDER:
        drill_tcp_rack_timeout(transport, side, now_ns);
        break;
    case DRILL_TCP_TIMER_WINDOW:
        probe_window(transport, side, now_ns);
        break;
    }
    drill_tcp_assert(transport, side);
}

void drill_tcp_set_timer(DrillTransport *transport, int side, DrillTcpTimer kind, uint64_t delay_ns,
                         uint64_t now_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    uint64_t bounded_ns = delay_ns < settings->rto_max_ns ? delay_ns : settings->rto_max_ns;
    uint64_t at_ns = drill_tcp_expiry_ns(settings, now_ns, bounded_ns);
    end->timer_kind = kind;
    if (!drill_queue_move(transport->queue, end->timer, at_ns)) {
        end->timer =
            drill_queue_add(transport->queue, at_ns, timer_fires, transport, (uint64_t)side);
    }
}

void drill_tcp_stop_timer(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_queue_cancel(transport->queue, end->timer);
    end->timer = 0;
}

uint64_t drill_tcp_rto_left_ns(const DrillTransport *transport, int side, uint64_t now_ns) {
    const DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->segments_count == 0) {
        return end->rto_ns;
    }
    uint64_t at_ns = drill_time_add(drill_tcp_segment(end, 0)->sent_ns, end->rto_ns);
    return at_ns > now_ns ? at_ns - now_ns : 0;
}

void drill_tcp_rearm(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (end->segments_count == 0) {
        drill_tcp_stop_timer(transport, side);
        return;
    }
    uint64_t wait_ns = end->rto_ns;
    if (end->timer != 0 &&
        (end->timer_kind == DRILL_TCP_TIMER_REORDER || end->timer_kind == DRILL_TCP_TIMER_PROBE)) {
        wait_ns = drill_tcp_rto_left_ns(transport, side, now_ns);
    }
    drill_tcp_set_timer(transport, side, DRILL_TCP_TIMER_RETRANSMIT, wait_ns, now_ns);
}

static void keepalive_fires(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    end->keepalive_timer = 0;
    uint64_t silent_ns = now_ns - end->heard_ns;
    uint64_t wait_ns = settings->keepalive_ns;
    bool busy = end->segments_count > 0 || end->next < drill_tcp_send_end(transport, side);
    if (!busy && silent_ns >= settings->keepalive_ns) {
        bool patience_over = settings->user_timeout_ns > 0
                                 ? silent_ns >= settings->user_timeout_ns && end->keepalives > 0
                                 : end->keepalives >= settings->keepalive_probes;
        if (patience_over) {
            drill_tcp_send_reset(transport, side, end->next, now_ns);
            drill_tcp_give_up(transport, side, now_ns);
            return;
        }
        end->keepalives++;
        drill_tcp_send_probe(transport, side, now_ns);
        wait_ns = settings->keepalive_gap_ns;
    } else if (!busy) {
        wait_ns = settings->keepalive_ns - silent_ns;
    }
    end->keepalive_timer = drill_queue_add(transport->queue, drill_time_add(now_ns, wait_ns),
                                           keepalive_fires, transport, argument);
}

void drill_tcp_start_keepalive(DrillTransport *transport, int side, uint64_t now_ns) {
    uint64_t wait_ns = drill_tcp_settings_of(transport)->keepalive_ns;
    if (wait_ns > 0) {
        drill_tcp_end(transport, side)->keepalive_timer =
            drill_queue_add(transport->queue, drill_time_add(now_ns, wait_ns), keepalive_fires,
                            transport, (uint64_t)side);
    }
}

void drill_tcp_stop_all(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_tcp_stop_timer(transport, side);
    drill_queue_cancel(transport->queue, end->ack_timer);
    drill_queue_cancel(transport->queue, end->keepalive_timer);
    drill_queue_cancel(transport->queue, end->mtu_notice);
    end->ack_timer = 0;
    end->keepalive_timer = 0;
    end->mtu_notice = 0;
}
