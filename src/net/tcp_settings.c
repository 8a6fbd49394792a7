/* The profiles of simulated TCP. */
#include "net/tcp_settings.h"

static DrillTcpSettings linux_settings(void) {
    DrillTcpSettings settings = {
        .mss_bytes = 1448, /* 1500 less IPv4, TCP and timestamps */
        .timestamps = true,
        .sack = true,
        .rack = true,
        .tail_probe = true,
        .frto = true,
        .undo = true,
        .idle_restart = true,
        .congestion = DRILL_TCP_CUBIC,
        .window_first = 10,
        .receive_bytes = 3 * 1024 * 1024, /* half of tcp_rmem's last value */
        .timeout = DRILL_TCP_TIMEOUT_LINUX,
        .rto_min_ns = 200 * DRILL_NS_PER_MS,
        .rto_max_ns = 120 * DRILL_NS_PER_S,
        .rtt_limit = 3,
        .syn_rto_ns = DRILL_NS_PER_S,
        .syn_linear = 4, /* tcp_syn_linear_timeouts, since 6.5 */
        .syn_retries = 6,
        .synack_retries = 5,
        /* tcp_retries2 = 15 is a time: 200 ms doubled up to 120 s. */
        .give_up_ns = UINT64_C(924600) * DRILL_NS_PER_MS,
        .keepalive_gap_ns = 75 * DRILL_NS_PER_S,
        .keepalive_probes = 9,
        .acking = DRILL_TCP_ACK_ADAPTIVE,
        .ack_delay_min_ns = 40 * DRILL_NS_PER_MS,
        .ack_delay_max_ns = 200 * DRILL_NS_PER_MS,
        .time_wait_ns = 60 * DRILL_NS_PER_S,
        .tick_ns = 4 * DRILL_NS_PER_MS, /* HZ = 250 */
    };
    return settings;
}

/* ns-3's defaults, with what its rows of tests/tcp/reference.csv have in common. */
static DrillTcpSettings ns3_settings(void) {
    DrillTcpSettings settings = {
        .mss_bytes = 1448,
        .timestamps = true,
        .sack = true,
        .congestion = DRILL_TCP_CUBIC,
        .count_bytes = true,
        .window_first = 10,
        .collapse = 2,
        .receive_bytes = 128 * 1024,
        .timeout = DRILL_TCP_TIMEOUT_RFC6298,
        .rto_min_ns = DRILL_NS_PER_S,
        .rto_max_ns = 60 * DRILL_NS_PER_S,
        .granularity_ns = DRILL_NS_PER_MS,
        .backoff_ends = true,
        .karn = true,
        .rtt_limit = 2,
        .syn_rto_ns = 3 * DRILL_NS_PER_S,
        .syn_retries = 20,
        .synack_retries = 20,
        .retries = 15,
        .keepalive_gap_ns = 75 * DRILL_NS_PER_S,
        .keepalive_probes = 9,
        .acking = DRILL_TCP_ACK_COUNTED,
        .ack_every = 2,
        .ack_delay_max_ns = 200 * DRILL_NS_PER_MS,
        .time_wait_ns = 240 * DRILL_NS_PER_S,
    };
    return settings;
}

/* The defaults of lwIP 2.2 (opt.h): no SACK, no timestamps, little memory, Nagle's rule. */
static DrillTcpSettings embedded_settings(void) {
    DrillTcpSettings settings = {
        .mss_bytes = 536,
        .nagle = true,
        .congestion = DRILL_TCP_NEWRENO,
        .count_bytes = true,
        .window_first = 4, /* RFC 3390 */
        .collapse = 1,
        .receive_bytes = 4 * 536,
        .timeout = DRILL_TCP_TIMEOUT_RFC6298,
        .rto_min_ns = DRILL_NS_PER_S,
        .rto_max_ns = 64 * DRILL_NS_PER_S,
        .granularity_ns = 500 * DRILL_NS_PER_MS, /* the slow timer */
        .rtt_limit = 3,
        .syn_rto_ns = 3 * DRILL_NS_PER_S,
        .syn_retries = 6,
        .synack_retries = 12,
        .retries = 12,
        .keepalive_gap_ns = 75 * DRILL_NS_PER_S,
        .keepalive_probes = 9,
        .acking = DRILL_TCP_ACK_COUNTED,
        .ack_every = 2,
        .ack_delay_max_ns = 250 * DRILL_NS_PER_MS,
        .time_wait_ns = 120 * DRILL_NS_PER_S,
    };
    return settings;
}

DrillTcpSettings drill_tcp_settings(DrillTcpProfile profile) {
    switch (profile) {
    case DRILL_TCP_LINUX:
        break;
    case DRILL_TCP_NS3:
        return ns3_settings();
    case DRILL_TCP_EMBEDDED:
        return embedded_settings();
    }
    return linux_settings();
}
