/* The table of TCP settings: names, kinds, bounds, where they lie, what they mean; and the texts
 * that `--tcp` and `tcp = {...}` in scenarios are made of. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assignment.h"
#include "net/tcp_settings.h"

static const char *const congestions[] = {"cubic", "newreno", NULL};
static const char *const formulas[] = {"linux", "rfc6298", NULL};
static const char *const ackings[] = {"adaptive", "counted", NULL};
static const char *const profiles[] = {"linux", "ns3", "embedded", NULL};

#define AT(field)     .offset = offsetof(DrillTcpSettings, field)
#define BOOL          .type = DRILL_TCP_SETTING_BOOL
#define COUNT(lo, hi) .type = DRILL_TCP_SETTING_COUNT, .least = (lo), .most = (hi)
#define SIZE(lo, hi)  .type = DRILL_TCP_SETTING_SIZE, .least = (lo), .most = (hi)
#define TIME(lo)                                                                                   \
    .type = DRILL_TCP_SETTING_DURATION, .least = (lo),                                             \
    .most = UINT64_C(7) * 24 * 3600 * DRILL_NS_PER_S
#define CHOICE(list) .type = DRILL_TCP_SETTING_CHOICE, .choices = (list)

/* clang-format off */
static const DrillTcpSetting rows[] = {
    {.name = "mss", AT(mss_bytes), SIZE(88, 65000), .help = "payload of a full segment"},
    {.name = "nagle", AT(nagle), BOOL, .help = "one small segment under way at a time"},
    {.name = "mtu_probing", AT(mtu_probing), BOOL, .help = "smaller segments after three timeouts in a row"},
    {.name = "sack", AT(sack), BOOL, .help = "selective acknowledgement"},
    {.name = "timestamps", AT(timestamps), BOOL, .help = "in every segment"},
    {.name = "rack", AT(rack), BOOL, .help = "losses are found by time; with sack"},
    {.name = "tail_probe", AT(tail_probe), BOOL, .help = "a probe before the timeout; with sack"},
    {.name = "frto", AT(frto), BOOL, .help = "a timeout that came too early is noticed"},
    {.name = "undo", AT(undo), BOOL, .help = "a reduction that was for nothing is taken back"},
    {.name = "idle_restart", AT(idle_restart), BOOL, .help = "the window shrinks while it is not used"},
    {.name = "congestion", AT(congestion), CHOICE(congestions), .help = "control: cubic or newreno"},
    {.name = "initial_window", AT(window_first), COUNT(1, 1000), .help = "segments"},
    {.name = "receive_buffer", AT(receive_bytes), SIZE(1024, 1 << 30), .help = "the most that is ever offered"},
    {.name = "rto_formula", AT(timeout), CHOICE(formulas), .help = "linux: SRTT + max(rto_min, 4 RTTVAR); rfc6298: max(rto_min, SRTT + 4 RTTVAR)"},
    {.name = "rto_min", AT(rto_min_ns), TIME(DRILL_NS_PER_MS), .help = "least timeout, or part of it"},
    {.name = "rto_max", AT(rto_max_ns), TIME(DRILL_NS_PER_S), .help = "where doubling ends"},
    {.name = "rtt_limit", AT(rtt_limit), COUNT(0, 1000), .help = "a round trip counts for at most so many smoothed ones; 0: as it is"},
    {.name = "syn_rto", AT(syn_rto_ns), TIME(10 * DRILL_NS_PER_MS), .help = "timeout before anything is measured"},
    {.name = "syn_linear", AT(syn_linear), COUNT(0, 100), .help = "so many SYNs are sent again before the timeout doubles"},
    {.name = "syn_retries", AT(syn_retries), COUNT(0, 100), .help = "besides those"},
    {.name = "synack_retries", AT(synack_retries), COUNT(0, 100), .help = "by the accepting end"},
    {.name = "retries", AT(retries), COUNT(0, 1000), .help = "of data, without progress; 0: only the times below count"},
    {.name = "give_up", AT(give_up_ns), TIME(0), .help = "so long after the first retransmission without progress; 0: never"},
    {.name = "user_timeout", AT(user_timeout_ns), TIME(0), .help = "instead of both; 0: not set"},
    {.name = "keepalive", AT(keepalive_ns), TIME(0), .help = "silence before the first probe; 0: none"},
    {.name = "keepalive_gap", AT(keepalive_gap_ns), TIME(DRILL_NS_PER_MS), .help = "between probes"},
    {.name = "keepalive_probes", AT(keepalive_probes), COUNT(1, 1000), .help = "unanswered, before giving up"},
    {.name = "acking", AT(acking), CHOICE(ackings), .help = "adaptive: as Linux; counted: every ack_every-th segment, others late"},
    {.name = "ack_every", AT(ack_every), COUNT(1, 1000), .help = "segments; 1: each at once"},
    {.name = "ack_delay_min", AT(ack_delay_min_ns), TIME(0), .help = "adaptive: the shortest delay"},
    {.name = "ack_delay", AT(ack_delay_max_ns), TIME(0), .help = "the longest"},
    {.name = "time_wait", AT(time_wait_ns), TIME(0), .help = "so long repeated FINs are answered"},
    {.name = "tick", AT(tick_ns), TIME(0), .help = "timers fire on the buckets of such a timer wheel; 0: exactly"},
};
/* clang-format on */

const DrillTcpSetting *drill_tcp_setting_at(size_t index) {
    return index < DRILL_ARRAY_COUNT(rows) ? &rows[index] : NULL;
}

static void join(const char *const *names, const char *separator, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; names[i] != NULL && used < size; i++) {
        int put = snprintf(out + used, size - used, "%s%s", i == 0 ? "" : separator, names[i]);
        used += put > 0 ? (size_t)put : 0;
    }
}

void drill_tcp_setting_expects(const DrillTcpSetting *row, char *out, size_t size) {
    switch (row->type) {
    case DRILL_TCP_SETTING_BOOL:
        snprintf(out, size, "true or false");
        return;
    case DRILL_TCP_SETTING_COUNT:
        snprintf(out, size, "a whole number from %" PRIu64 " to %" PRIu64, row->least, row->most);
        return;
    case DRILL_TCP_SETTING_SIZE:
        snprintf(out, size, "a size such as \"64KiB\", from %" PRIu64 " to %" PRIu64 " bytes",
                 row->least, row->most);
        return;
    case DRILL_TCP_SETTING_DURATION:
        snprintf(out, size, "a duration such as \"200ms\"%s, at most a week",
                 row->least > 0 ? " above 0" : "");
        return;
    case DRILL_TCP_SETTING_CHOICE:
        join(row->choices, " or ", out, size);
        return;
    }
    DRILL_ASSERT(false);
}

static bool read_choice(const char *const *choices, DrillSpan text, int *out) {
    for (int i = 0; choices[i] != NULL; i++) {
        if (drill_span_is(text, choices[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_bounded(const DrillTcpSetting *row, DrillSpan text, uint64_t *out) {
    DrillResult result = row->type == DRILL_TCP_SETTING_COUNT  ? drill_parse_u64(text, out)
                         : row->type == DRILL_TCP_SETTING_SIZE ? drill_parse_size(text, out)
                                                               : drill_parse_duration(text, out);
    return result == DRILL_OK && *out >= row->least && *out <= row->most;
}

_Static_assert(sizeof(DrillTcpAcking) == sizeof(int), "enums are ints");

static bool read_value(const DrillTcpSetting *row, DrillSpan text, DrillTcpSettings *settings) {
    char *at = (char *)settings + row->offset;
    uint64_t value = 0;
    int choice = 0;
    switch (row->type) {
    case DRILL_TCP_SETTING_BOOL:
        if (!drill_span_is(text, "true") && !drill_span_is(text, "false")) return false;
        *(bool *)(void *)at = drill_span_is(text, "true");
        return true;
    case DRILL_TCP_SETTING_COUNT:
    case DRILL_TCP_SETTING_SIZE: {
        if (!read_bounded(row, text, &value)) return false;
        uint32_t narrow = (uint32_t)value;
        memcpy(at, &narrow, sizeof narrow);
        return true;
    }
    case DRILL_TCP_SETTING_DURATION:
        if (!read_bounded(row, text, &value)) return false;
        memcpy(at, &value, sizeof value);
        return true;
    case DRILL_TCP_SETTING_CHOICE:
        if (!read_choice(row->choices, text, &choice)) return false;
        memcpy(at, &choice, sizeof choice);
        return true;
    }
    DRILL_ASSERT(false);
}

static DrillResult no_such(DrillSpan name, DrillDiagnostic *diagnostic) {
    const char *names[DRILL_ARRAY_COUNT(rows) + 2] = {"profile"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        names[i + 1] = rows[i].name;
    }
    char all[600];
    join(names, " ", all, sizeof all);
    return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: no setting \"%.*s\"; there are %s",
                          name.size > 60 ? 60 : (int)name.size,
                          name.size ? (const char *)name.data : "", all);
}

static DrillResult wrong_value(const char *name, const char *expected, DrillSpan value,
                               DrillDiagnostic *diagnostic) {
    return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: %s: expected %s, got \"%.*s\"", name,
                          expected, value.size > 200 ? 200 : (int)value.size,
                          value.size ? (const char *)value.data : "");
}

DrillResult drill_tcp_settings_set(DrillTcpSettings *settings, DrillSpan name, DrillSpan value,
                                   DrillDiagnostic *diagnostic) {
    char expected[160];
    if (drill_span_is(name, "profile")) {
        int choice = 0;
        if (read_choice(profiles, value, &choice)) {
            *settings = drill_tcp_settings((DrillTcpProfile)choice);
            return DRILL_OK;
        }
        join(profiles, " or ", expected, sizeof expected);
        return wrong_value("profile", expected, value, diagnostic);
    }
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (!drill_span_is(name, rows[i].name)) continue;
        if (read_value(&rows[i], value, settings)) return DRILL_OK;
        drill_tcp_setting_expects(&rows[i], expected, sizeof expected);
        return wrong_value(rows[i].name, expected, value, diagnostic);
    }
    return no_such(name, diagnostic);
}

DrillResult drill_tcp_settings_validate(const DrillTcpSettings *settings,
                                        DrillDiagnostic *diagnostic) {
    if (settings->rto_min_ns > settings->rto_max_ns) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: rto_min is above rto_max");
    }
    if (settings->ack_delay_min_ns > settings->ack_delay_max_ns) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: ack_delay_min is above ack_delay");
    }
    if (settings->acking == DRILL_TCP_ACK_COUNTED && settings->ack_every == 0) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: acking=counted needs ack_every");
    }
    if (settings->acking == DRILL_TCP_ACK_ADAPTIVE && settings->ack_delay_min_ns == 0) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "tcp: acking=adaptive needs ack_delay_min");
    }
    return DRILL_OK;
}

DrillResult drill_tcp_settings_parse(DrillTcpSettings *settings, DrillSpan text,
                                     DrillDiagnostic *diagnostic) {
    DrillTcpSettings next = *settings;
    DrillSpan rest = text;
    for (bool first = true; first || rest.data != NULL; first = false) {
        DrillAssignment item;
        DrillResult result = drill_assignment_take(&rest, "tcp", &item, diagnostic);
        if (result != DRILL_OK) return result;
        if (!first && drill_span_is(item.name, "profile")) {
            return drill_diagnose(diagnostic, DRILL_INVALID, "tcp: profile comes first");
        }
        result = drill_tcp_settings_set(&next, item.name, item.value, diagnostic);
        if (result != DRILL_OK) return result;
    }
    DrillResult result = drill_tcp_settings_validate(&next, diagnostic);
    if (result == DRILL_OK) *settings = next;
    return result;
}
