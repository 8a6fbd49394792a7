/* Simulated TCP: round trips and the timeout made of them. */
#include "net/tcp.h"

/* RFC 6298, 2, the mean deviation as Linux smooths it: followed slowly when it grows because the
 * round trip became shorter; its maximum within each window's worth of data counts at once, and
 * what was counted decays by a quarter per window only. */
static void measure_linux(const DrillTcpSettings *settings, DrillTcpEnd *end, int64_t rtt_ns) {
    int64_t error_ns = rtt_ns - (int64_t)(end->rtt_8_ns / 8);
    end->rtt_8_ns = (uint64_t)((int64_t)end->rtt_8_ns + error_ns);
    int64_t change_ns;
    if (error_ns < 0) {
        change_ns = -error_ns - (int64_t)(end->deviation_4_ns / 4);
        change_ns = change_ns > 0 ? change_ns / 8 : change_ns;
    } else {
        change_ns = error_ns - (int64_t)(end->deviation_4_ns / 4);
    }
    end->deviation_4_ns = (uint64_t)((int64_t)end->deviation_4_ns + change_ns);
    if (end->deviation_4_ns > end->deviation_max_ns) {
        end->deviation_max_ns = end->deviation_4_ns;
        if (end->deviation_max_ns > end->variance_ns) {
            end->variance_ns = end->deviation_max_ns;
        }
    }
    if (end->acknowledged > end->rtt_seq) {
        if (end->deviation_max_ns < end->variance_ns) {
            end->variance_ns -= (end->variance_ns - end->deviation_max_ns) / 4;
        }
        end->rtt_seq = end->next;
        end->deviation_max_ns = settings->rto_min_ns;
    }
}

static void measure_rfc6298(DrillTcpEnd *end, int64_t rtt_ns) {
    int64_t error_ns = rtt_ns - (int64_t)(end->rtt_8_ns / 8);
    int64_t absolute_ns = error_ns < 0 ? -error_ns : error_ns;
    end->deviation_4_ns =
        (uint64_t)((int64_t)end->deviation_4_ns + absolute_ns - (int64_t)(end->deviation_4_ns / 4));
    end->rtt_8_ns = (uint64_t)((int64_t)end->rtt_8_ns + error_ns);
    end->variance_ns = end->deviation_4_ns;
}

void drill_tcp_set_rto(DrillTransport *transport, int side) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    if (!end->measured) {
        /* The handshake told nothing: more patience (RFC 6298, 5.7). */
        end->rto_ns = DRILL_TCP_RTO_UNKNOWN_NS;
        return;
    }
    uint64_t variance_ns =
        end->variance_ns > settings->granularity_ns ? end->variance_ns : settings->granularity_ns;
    uint64_t rto_ns = end->rtt_8_ns / 8 + variance_ns;
    if (rto_ns < settings->rto_min_ns) {
        rto_ns = settings->rto_min_ns;
    }
    if (settings->tick_ns > 0) {
        rto_ns = (rto_ns + settings->tick_ns - 1) / settings->tick_ns * settings->tick_ns;
    }
    end->rto_ns = rto_ns < settings->rto_max_ns ? rto_ns : settings->rto_max_ns;
}

/* With both ends in backoff an acknowledgement may come long after what it answers, and an old echo
 * with it: no such sample may make the timeout follow the losses. Growth is followed in steps. */
uint64_t drill_tcp_limited_rtt(const DrillTcpSettings *settings, const DrillTcpEnd *end,
                               uint64_t rtt_ns) {
    if (settings->rtt_limit == 0) {
        return rtt_ns;
    }
    uint64_t most_ns = end->measured ? end->rtt_8_ns / 8 * settings->rtt_limit : DRILL_NS_PER_S;
    return rtt_ns < most_ns ? rtt_ns : most_ns;
}

void drill_tcp_measure(DrillTransport *transport, int side, uint64_t rtt_ns) {
    const DrillTcpSettings *settings = drill_tcp_settings_of(transport);
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    rtt_ns = rtt_ns > 0 ? rtt_ns : 1;
    if (!end->measured) {
        end->measured = true;
        end->rtt_8_ns = rtt_ns * 8;
        end->deviation_4_ns = rtt_ns * 2;
        end->variance_ns = end->deviation_4_ns;
        if (settings->timeout == DRILL_TCP_TIMEOUT_LINUX &&
            end->variance_ns < settings->rto_min_ns) {
            end->variance_ns = settings->rto_min_ns;
        }
        end->deviation_max_ns = end->variance_ns;
        end->rtt_seq = end->next;
    } else if (settings->timeout == DRILL_TCP_TIMEOUT_LINUX) {
        measure_linux(settings, end, (int64_t)rtt_ns);
    } else {
        measure_rfc6298(end, (int64_t)rtt_ns);
    }
    if (end->rtt_8_ns == 0) {
        end->rtt_8_ns = 1;
    }
    if (end->rtt_8_ns / 8 > end->stats.rtt_max_ns) {
        end->stats.rtt_max_ns = end->rtt_8_ns / 8;
    }
    drill_tcp_set_rto(transport, side);
}
