/* Every kind of event: its name and its fields, in the order of DrillTraceEvent.values.
 * docs/trace-format.md says what they mean; a test compares the two. */
#include "trace/schema.h"

#include <string.h>

/* clang-format off */
#define FIELD(name, type, later, rare) \
        {name, type, later, rare, sizeof(",\"" name "\":") - 1, ",\"" name "\":"}
#define U64(name) FIELD(name, DRILL_TRACE_U64, false, false)
#define BOOL(name) FIELD(name, DRILL_TRACE_BOOL, false, false)
#define TEXT(name) FIELD(name, DRILL_TRACE_TEXT, false, false)
#define BYTES(name) FIELD(name, DRILL_TRACE_BYTES, false, false)
#define LATER_U64(name) FIELD(name, DRILL_TRACE_U64, true, false)
#define LATER_TEXT(name) FIELD(name, DRILL_TRACE_TEXT, true, false)
/* Not written where it says nothing: properties of MQTT 5.0. */
#define RARE_BYTES(name) FIELD(name, DRILL_TRACE_BYTES, true, true)
#define RARE_U64(name) FIELD(name, DRILL_TRACE_U64, true, true)
/* Of a segment: what a capture needs beyond its place in the stream. */
#define SEGMENT U64("conn"), TEXT("direction"), TEXT("flags"), U64("offset"), U64("bytes"), \
        LATER_U64("sequence"), LATER_U64("acknowledged"), LATER_U64("window"), LATER_TEXT("sack"), \
        LATER_U64("ts_value"), LATER_U64("ts_echo"), LATER_U64("header_bytes")

static const DrillTraceSchema schemas[] = {
    [DRILL_TRACE_NODE_ADDED]        = {"node.added", 5,
        {TEXT("role"), TEXT("client_id"), U64("version"), TEXT("transport"), BOOL("manual_acks")}},
    [DRILL_TRACE_APP_CONNECT]       = {"app.connect", 3,
        {U64("conn"), BOOL("clean"), U64("keep_alive_s")}},
    [DRILL_TRACE_APP_PUBLISH]       = {"app.publish", 6,
        {U64("message"), U64("qos"), BOOL("retain"), TEXT("topic"), BYTES("payload"),
         RARE_BYTES("properties")}},
    [DRILL_TRACE_APP_DELIVERED]     = {"app.delivered", 7,
        {U64("conn"), U64("qos"), BOOL("retain"), BOOL("dup"), TEXT("topic"), BYTES("payload"),
         RARE_BYTES("properties")}},
    [DRILL_TRACE_APP_ACKED]         = {"app.acked", 2, {U64("message"), U64("reason_code")}},
    [DRILL_TRACE_APP_CRASH]         = {"app.crash", 0, {{NULL, DRILL_TRACE_U64, false, false, 0, ""}}},
    [DRILL_TRACE_APP_NOTE]          = {"app.note", 1, {TEXT("text")}},
    [DRILL_TRACE_APP_LOG]           = {"app.log", 1, {TEXT("text")}},
    [DRILL_TRACE_APP_FAILED]        = {"app.failed", 3, {TEXT("text"), U64("line"), TEXT("file")}},
    [DRILL_TRACE_CONN_OPEN]         = {"conn.open", 2, {U64("conn"), U64("version")}},
    [DRILL_TRACE_CONN_CLOSED]       = {"conn.closed", 4,
        {U64("conn"), TEXT("how"), TEXT("by"), BOOL("half")}},
    [DRILL_TRACE_MQTT_SENT]         = {"mqtt.sent", 3,
        {U64("conn"), BYTES("bytes"), BOOL("whole")}},
    [DRILL_TRACE_MQTT_RECEIVED]     = {"mqtt.received", 3,
        {U64("conn"), BYTES("bytes"), BOOL("whole")}},
    [DRILL_TRACE_MQTT_FAULTED]      = {"mqtt.faulted", 4,
        {U64("conn"), TEXT("statement"), U64("reason_code"), TEXT("text")}},
    [DRILL_TRACE_LINK_LOST]         = {"link.lost", 6,
        {U64("conn"), TEXT("direction"), TEXT("reason"), U64("offset"), U64("bytes"),
         TEXT("flags")}},
    [DRILL_TRACE_LINK_SET]          = {"link.set", 7,
        {TEXT("direction"), U64("delay_ns"), U64("jitter_ns"), TEXT("loss"),
         U64("rate_bits_per_s"), U64("queue_bytes"), TEXT("settings")}},
    [DRILL_TRACE_LINK_PARTITION]    = {"link.partition", 3,
        {TEXT("direction"), U64("until_ns"), BOOL("stall")}},
    [DRILL_TRACE_TCP_SENT]          = {"tcp.sent", 12, {SEGMENT}},
    [DRILL_TRACE_TCP_RECEIVED]      = {"tcp.received", 12, {SEGMENT}},
    [DRILL_TRACE_TCP_RETRANSMIT]    = {"tcp.retransmit", 5,
        {U64("conn"), TEXT("direction"), TEXT("reason"), U64("offset"), U64("bytes")}},
    [DRILL_TRACE_TCP_RTO]           = {"tcp.rto", 3,
        {U64("conn"), TEXT("direction"), U64("next_ns")}},
    [DRILL_TRACE_TCP_GAVE_UP]       = {"tcp.gave_up", 2, {U64("conn"), TEXT("direction")}},
    [DRILL_TRACE_FAULT_ARMED]       = {"fault.armed", 5,
        {U64("fault"), TEXT("text"), BOOL("optional"), TEXT("file"), U64("line")}},
    [DRILL_TRACE_FAULT_STRUCK]      = {"fault.struck", 4,
        {U64("fault"), U64("conn"), U64("packet"), TEXT("text")}},
    [DRILL_TRACE_FAULT_UNUSED]      = {"fault.unused", 2, {U64("fault"), TEXT("text")}},
    [DRILL_TRACE_HELD]              = {"mqtt.held", 2, {U64("conn"), TEXT("type")}},
    [DRILL_TRACE_BROKER_DOWN]       = {"broker.down", 2,
        {BOOL("keep_sessions"), RARE_U64("lost_records")}},
    [DRILL_TRACE_BROKER_UP]         = {"broker.up", 1, {BOOL("keep_sessions")}},
    [DRILL_TRACE_BROKER_PAUSED]     = {"broker.paused", 1, {U64("until_ns")}},
    [DRILL_TRACE_BROKER_CONFIG]     = {"broker.config", 2, {TEXT("option"), TEXT("value")}},
    [DRILL_TRACE_BROKER_DEFECT]     = {"broker.defect", 2, {TEXT("defect"), BOOL("on")}},
    [DRILL_TRACE_OUTSIDE_CONNECTED] = {"outside.connected", 1, {U64("conn")}},
    [DRILL_TRACE_OUTSIDE_BYTES]     = {"outside.bytes", 2, {U64("conn"), BYTES("bytes")}},
    [DRILL_TRACE_OUTSIDE_CLOSED]    = {"outside.closed", 3,
        {U64("conn"), TEXT("how"), TEXT("text")}},
    [DRILL_TRACE_OUTSIDE_ACCEPTED]  = {"outside.accepted", 1, {U64("conn")}},
    [DRILL_TRACE_OUTSIDE_CONTROL]   = {"outside.control", 1, {TEXT("text")}},
    [DRILL_TRACE_OUTSIDE_WRITABLE]  = {"outside.writable", 2, {U64("conn"), BOOL("writable")}},
    [DRILL_TRACE_OUTSIDE_STALLED]   = {"outside.stalled", 1, {U64("for_ns")}},
    [DRILL_TRACE_SETTLED]           = {"run.settled", 2, {U64("quiet_ns"), BOOL("busy")}},
    [DRILL_TRACE_RUN_END]           = {"run.end", 2, {TEXT("script"), TEXT("text")}},
};
/* clang-format on */

_Static_assert(DRILL_ARRAY_COUNT(schemas) == DRILL_TRACE_KIND_COUNT, "every kind has a row");

const DrillTraceSchema *drill_trace_schema(DrillTraceKind kind) {
    DRILL_ASSERT((unsigned)kind < DRILL_TRACE_KIND_COUNT);
    return &schemas[kind];
}

bool drill_trace_schema_find(DrillSpan name, DrillTraceKind *kind) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(schemas); i++) {
        if (drill_span_is(name, schemas[i].name)) {
            *kind = (DrillTraceKind)i;
            return true;
        }
    }
    return false;
}

bool drill_trace_has_packet_name(DrillTraceKind kind) {
    return kind == DRILL_TRACE_MQTT_SENT || kind == DRILL_TRACE_MQTT_RECEIVED;
}

static size_t field_index(const DrillTraceEvent *event, const char *field) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    size_t at = 0;
    while (at < schema->field_count && strcmp(schema->fields[at].name, field) != 0) {
        at++;
    }
    DRILL_ASSERT(at < schema->field_count);
    return at;
}

uint64_t drill_trace_u64(const DrillTraceEvent *event, const char *field) {
    size_t at = field_index(event, field);
    DrillTraceType type = drill_trace_schema(event->kind)->fields[at].type;
    DRILL_ASSERT(type == DRILL_TRACE_U64 || type == DRILL_TRACE_BOOL);
    return event->values[at].number;
}

DrillSpan drill_trace_text(const DrillTraceEvent *event, const char *field) {
    size_t at = field_index(event, field);
    DrillTraceType type = drill_trace_schema(event->kind)->fields[at].type;
    DRILL_ASSERT(type == DRILL_TRACE_TEXT || type == DRILL_TRACE_BYTES);
    return event->values[at].bytes;
}
