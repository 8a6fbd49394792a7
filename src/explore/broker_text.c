#include "explore/broker_text.h"

#include <string.h>

#include "base/base.h"

typedef bool Read(DrillSpan value, DrillBrokerConfig *config);

static bool read_u64(DrillSpan value, uint64_t min, uint64_t max, uint64_t *out) {
    return drill_parse_u64(value, out) == DRILL_OK && *out >= min && *out <= max;
}

static bool read_u32(DrillSpan value, uint64_t max, uint32_t *out) {
    uint64_t number;
    if (!read_u64(value, 1, max, &number)) return false;
    *out = (uint32_t)number;
    return true;
}

/* false, true: the first or the second of two words. */
static bool read_word(DrillSpan value, const char *first, const char *second, bool *out) {
    *out = drill_span_is(value, second);
    return *out || drill_span_is(value, first);
}

static bool read_overlap(DrillSpan value, DrillBrokerConfig *config) {
    bool each;
    if (!read_word(value, "one", "each", &each)) return false;
    config->overlap = each ? DRILL_OVERLAP_COPY_PER_SUBSCRIPTION : DRILL_OVERLAP_ONE_COPY;
    return true;
}

static bool read_forward(DrillSpan value, DrillBrokerConfig *config) {
    bool publish;
    if (!read_word(value, "pubrel", "publish", &publish)) return false;
    config->qos2_forward = publish ? DRILL_QOS2_ON_PUBLISH : DRILL_QOS2_ON_PUBREL;
    return true;
}

static bool read_policy(DrillSpan value, DrillBrokerConfig *config) {
    bool oldest;
    if (!read_word(value, "drop-newest", "drop-oldest", &oldest)) return false;
    config->queue_policy = oldest ? DRILL_QUEUE_DROP_OLDEST : DRILL_QUEUE_DROP_NEWEST;
    return true;
}

static bool read_queue_qos0(DrillSpan value, DrillBrokerConfig *config) {
    return read_word(value, "false", "true", &config->queue_qos0_offline);
}

static bool read_refuse_empty(DrillSpan value, DrillBrokerConfig *config) {
    return read_word(value, "false", "true", &config->refuse_empty_client_id);
}

static bool read_queue(DrillSpan value, DrillBrokerConfig *config) {
    return read_u32(value, UINT32_MAX, &config->queue_messages_max);
}

static bool read_inflight(DrillSpan value, DrillBrokerConfig *config) {
    return read_u32(value, 65535, &config->inflight_max);
}

static bool read_connections(DrillSpan value, DrillBrokerConfig *config) {
    return read_u32(value, 1000000, &config->connections_max);
}

static bool read_connect_timeout(DrillSpan value, DrillBrokerConfig *config) {
    return drill_parse_duration(value, &config->connect_timeout_ns) == DRILL_OK;
}

static bool read_retry(DrillSpan value, DrillBrokerConfig *config) {
    return drill_parse_duration(value, &config->retry_ns) == DRILL_OK;
}

static bool read_first_identifier(DrillSpan value, DrillBrokerConfig *config) {
    uint32_t number;
    if (!read_u32(value, 65535, &number)) return false;
    config->first_packet_identifier = (uint16_t)number;
    return true;
}

/* The names of the field `broker` of scenarios. */
static const struct {
    const char *name, *expects;
    Read *read;
} rows[] = {
    {"overlap", "one or each", read_overlap},
    {"qos2_forward", "pubrel or publish", read_forward},
    {"queue_qos0_offline", "true or false", read_queue_qos0},
    {"queue_messages_max", "a whole number from 1", read_queue},
    {"queue_policy", "drop-newest or drop-oldest", read_policy},
    {"inflight_max", "a whole number from 1 to 65535", read_inflight},
    {"connections_max", "a whole number from 1 to 1000000", read_connections},
    {"refuse_empty_client_id", "true or false", read_refuse_empty},
    {"connect_timeout", "a duration like 10s", read_connect_timeout},
    {"retry", "a duration like 10s", read_retry},
    {"first_packet_identifier", "a whole number from 1 to 65535", read_first_identifier},
};

static DrillResult refuse_name(DrillSpan name, DrillDiagnostic *diagnostic) {
    DrillBuffer names = {.allocator = drill_allocator_malloc()};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        drill_buffer_print(&names, " %s", rows[i].name);
    DrillResult result = drill_diagnose(
        diagnostic, DRILL_INVALID, "broker: no option \"%.*s\"; there are%s", (int)name.size,
        name.size ? (const char *)name.data : "", drill_buffer_cstring(&names));
    drill_buffer_release(&names);
    return result;
}

static DrillResult parse_one(DrillSpan item, DrillBrokerConfig *config,
                             DrillDiagnostic *diagnostic) {
    const uint8_t *equals = item.size > 0 ? memchr(item.data, '=', item.size) : NULL;
    if (!equals)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "broker: expected NAME=VALUE, got \"%.*s\"", (int)item.size,
                              item.size ? (const char *)item.data : "");
    DrillSpan name = drill_span(item.data, (size_t)(equals - item.data));
    DrillSpan value = drill_span(equals + 1, item.size - name.size - 1);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (!drill_span_is(name, rows[i].name)) continue;
        if (rows[i].read(value, config)) return DRILL_OK;
        return drill_diagnose(diagnostic, DRILL_INVALID, "broker: %s: expected %s, got \"%.*s\"",
                              rows[i].name, rows[i].expects, (int)value.size,
                              (const char *)value.data);
    }
    return refuse_name(name, diagnostic);
}

DrillResult drill_broker_text_parse(const char *text, DrillBrokerConfig *config,
                                    DrillDiagnostic *diagnostic) {
    for (const char *at = text;;) {
        size_t size = strcspn(at, ",");
        DrillResult result = parse_one(drill_span(at, size), config, diagnostic);
        if (result != DRILL_OK) return result;
        if (at[size] == '\0') return DRILL_OK;
        at += size + 1;
    }
}
