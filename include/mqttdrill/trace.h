/* Trace events: the only truth about a run. Written as JSON Lines (docs/trace-format.md), read back
 * into the same structure, judged by the oracles, drawn by the diagrams. */
#ifndef MQTTDRILL_TRACE_H
#define MQTTDRILL_TRACE_H

#include <mqttdrill/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of event. Names, fields and types are one table: src/trace/schema.c. In the comments: the
 * fields, in order. "side" is whose view it is: the event's node. conn numbers connections from 1
 * within a run. */
typedef enum DrillTraceKind {
    /* role:text ("client" "raw" "gateway-client" "broker" "gateway"), client_id:text, version:u64
     * (3,4,5), transport:text, manual_acks:bool */
    DRILL_TRACE_NODE_ADDED,
    /* conn:u64 (the client starts to open), clean:bool, keep_alive_s:u64 */
    DRILL_TRACE_APP_CONNECT,
    /* message:u64 (per node, from 1), qos:u64, retain:bool, topic:text, payload:bytes,
     * properties:bytes (5.0, wire form) */
    DRILL_TRACE_APP_PUBLISH,
    /* conn:u64, qos:u64, retain:bool, dup:bool, topic:text, payload:bytes, properties:bytes (5.0,
     * wire form): handed to the application */
    DRILL_TRACE_APP_DELIVERED,
    /* message:u64, reason_code:u64 */
    DRILL_TRACE_APP_ACKED,
    /* - : the client's unstored state is lost */
    DRILL_TRACE_APP_CRASH,
    /* text: t:note, shown in diagrams */
    DRILL_TRACE_APP_NOTE,
    /* text: t:log */
    DRILL_TRACE_APP_LOG,
    /* text, line:u64, file:text: an expectation or t:check of the script failed */
    DRILL_TRACE_APP_FAILED,
    /* conn:u64, version:u64: this side's Network Connection is open */
    DRILL_TRACE_CONN_OPEN,
    /* conn:u64, how:text ("fin" "rst" "timeout"; "vanish" when the client left without a word),
       by:text ("local" "remote"), half:bool */
    DRILL_TRACE_CONN_CLOSED,
    /* conn:u64, bytes:bytes (one whole packet; raw nodes: any bytes, see whole), whole:bool */
    DRILL_TRACE_MQTT_SENT,
    /* conn:u64, bytes:bytes (one whole packet), whole:bool (false: what is left of a broken
     * stream) */
    DRILL_TRACE_MQTT_RECEIVED,
    /* conn:u64, statement:text, reason_code:u64, text: the virtual party found the peer's bytes
     * wrong */
    DRILL_TRACE_MQTT_FAULTED,
    /* conn:u64, direction:text ("c>b" "b>c"), reason:text, offset:u64, bytes:u64, flags:text */
    DRILL_TRACE_LINK_LOST,
    /* direction:text, delay_ns:u64, jitter_ns:u64, loss:text, rate_bits_per_s:u64,
     * queue_bytes:u64 */
    DRILL_TRACE_LINK_SET,
    /* direction:text, until_ns:u64, stall:bool */
    DRILL_TRACE_LINK_PARTITION,
    /* level segment only. conn, direction, flags:text, offset, bytes, sequence:u64,
     * acknowledged:u64, window:u64 (bytes), sack:text ("101-201,301-401": from, up to but not
     * including), ts_value:u64, ts_echo:u64 (ms; both 0 also where the option is not used),
     * header_bytes:u64 (IPv4, TCP, options) */
    DRILL_TRACE_TCP_SENT,
    /* the same, at the other end */
    DRILL_TRACE_TCP_RECEIVED,
    /* conn, direction, reason:text ("rto" "fast"), offset, bytes */
    DRILL_TRACE_TCP_RETRANSMIT,
    /* conn, direction, next_ns */
    DRILL_TRACE_TCP_RTO,
    /* conn, direction */
    DRILL_TRACE_TCP_GAVE_UP,
    /* fault:u64 (number), text ("cut before PUBREC b>c rst"), optional:bool, file:text, line:u64 */
    DRILL_TRACE_FAULT_ARMED,
    /* fault:u64, conn:u64, packet:u64 (event number of the packet it was about, or 0) , text */
    DRILL_TRACE_FAULT_STRUCK,
    /* fault:u64, text: at the end of the run: declared, never struck */
    DRILL_TRACE_FAULT_UNUSED,
    /* conn:u64, type:text: a packet kept back by client:hold */
    DRILL_TRACE_HELD,
    /* keep_sessions:bool, lost_records:u64 (the youngest of what was stored, that the crash loses;
     * rare) */
    DRILL_TRACE_BROKER_DOWN,
    /* keep_sessions:bool */
    DRILL_TRACE_BROKER_UP,
    /* until_ns:u64: the broker's process is stopped; it does nothing until then */
    DRILL_TRACE_BROKER_PAUSED,
    DRILL_TRACE_BROKER_CONFIG,
    DRILL_TRACE_BROKER_DEFECT,
    /* conn:u64: recorded for replay: the real socket connected */
    DRILL_TRACE_OUTSIDE_CONNECTED,
    /* conn:u64, bytes:bytes */
    DRILL_TRACE_OUTSIDE_BYTES,
    /* conn:u64, how:text ("fin" "rst" "refused" "error"), text */
    DRILL_TRACE_OUTSIDE_CLOSED,
    /* conn:u64: a real client connected to us; its outside.bytes and outside.closed are not the
     * broker's */
    DRILL_TRACE_OUTSIDE_ACCEPTED,
    /* text: a command from outside, as it was carried out */
    DRILL_TRACE_OUTSIDE_CONTROL,
    /* conn:u64, writable:bool: too much waits to be written to the real socket, or no longer */
    DRILL_TRACE_OUTSIDE_WRITABLE,
    /* for_ns:u64: mqttdrill did not look at its sockets for so long; what it says of times in that
     * while is worth nothing */
    DRILL_TRACE_OUTSIDE_STALLED,
    /* quiet_ns:u64, busy:bool: the script has ended and the world came to rest (busy: it did not,
     * within the limit) */
    DRILL_TRACE_SETTLED,
    /* script:text ("finished" "failed" "error" "limit"), text */
    DRILL_TRACE_RUN_END,
    DRILL_TRACE_KIND_COUNT
} DrillTraceKind;

#define DRILL_TRACE_FIELDS_MAX 12

typedef enum DrillTraceType {
    DRILL_TRACE_U64,
    DRILL_TRACE_BOOL,
    DRILL_TRACE_TEXT,
    DRILL_TRACE_BYTES
} DrillTraceType;

typedef union DrillTraceValue {
    uint64_t number; /* u64, bool */
    DrillSpan bytes; /* text, bytes */
} DrillTraceValue;

typedef struct DrillTraceEvent {
    uint64_t time_ns;
    uint64_t number; /* from 1, no gaps */
    uint64_t cause;  /* number of the event that caused it; 0: none */
    DrillSpan node;  /* name; empty for the run itself */
    DrillTraceKind kind;
    DrillTraceValue values[DRILL_TRACE_FIELDS_MAX]; /* in the order of the schema */
} DrillTraceEvent;

typedef struct DrillTraceField {
    const char *name;
    DrillTraceType type;
    bool later; /* came into the format after traces without it had been written: read as 0 or "" */
    bool rare;  /* not written where it is empty or 0 */
    uint8_t key_size;
    char key[24]; /* the name as a line has it, with the comma before it: ,"conn": */
} DrillTraceField;

typedef struct DrillTraceSchema {
    const char *name; /* "mqtt.sent" */
    uint8_t field_count;
    DrillTraceField fields[DRILL_TRACE_FIELDS_MAX];
} DrillTraceSchema;

DRILL_API const DrillTraceSchema *drill_trace_schema(DrillTraceKind kind);

/* First line of a trace. Everything a replay needs except the outside events. Spans as in
 * DrillTraceEvent. */
typedef struct DrillTraceHeader {
    DrillSpan tool_version;
    DrillSpan scenario_id; /* "qos/qos2_lost_pubrec" */
    /* as given to the reader of the suite, relative to the suite's folder */
    DrillSpan scenario_path;
    DrillSpan scenario_sha256; /* hex, of the Lua text (and what it requires) */
    DrillSpan title;
    /* "sim" or "mqtt" (never a host name: it is not part of the truth) */
    DrillSpan target;
    uint64_t version; /* protocol: 3, 4, 5 */
    uint64_t seed;
    /* prefix that made names unique on a live broker; "" in simulation */
    DrillSpan run_id;
    /* canonical text of what else was configured:
     * "link=...;defects=...;transport=tcp;level=packet" */
    DrillSpan options;
} DrillTraceHeader;

#ifdef __cplusplus
}
#endif
#endif
