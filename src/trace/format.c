/* The canonical text of events and headers: no spaces, members in one order, one way to write each
 * value. */
#include <mqttdrill/codec.h>

#include "trace/schema.h"

static void put_key(DrillBuffer *out, const char *key) {
    drill_buffer_put_byte(out, '"');
    drill_buffer_put_string(out, key);
    drill_buffer_put(out, "\":", 2);
}

static void put_value(DrillBuffer *out, DrillTraceType type, const DrillTraceValue *value) {
    switch (type) {
    case DRILL_TRACE_U64:
        drill_buffer_put_u64(out, value->number);
        break;
    case DRILL_TRACE_BOOL:
        drill_buffer_put_string(out, value->number != 0 ? "true" : "false");
        break;
    case DRILL_TRACE_TEXT:
        drill_buffer_put_json_string(out, value->bytes);
        break;
    case DRILL_TRACE_BYTES:
        drill_buffer_put_byte(out, '"');
        drill_buffer_put_hex(out, value->bytes);
        drill_buffer_put_byte(out, '"');
        break;
    }
}

/* Says again what the first byte says; "" where the bytes are not one whole packet, "RESERVED" for
 * type 0. */
static void put_packet_name(DrillBuffer *out, const DrillTraceEvent *event) {
    DrillSpan bytes = drill_trace_text(event, "bytes");
    bool whole = drill_trace_u64(event, "whole") != 0 && bytes.size > 0;
    const char *name = "";
    if (whole) {
        unsigned type = bytes.data[0] >> 4;
        name = type == 0 ? "RESERVED" : drill_packet_type_name((DrillPacketType)type);
    }
    put_key(out, "packet");
    drill_buffer_put_byte(out, '"');
    drill_buffer_put_string(out, name);
    drill_buffer_put_byte(out, '"');
}

bool drill_trace_says_nothing(const DrillTraceField *field, const DrillTraceValue *value) {
    bool is_span = field->type == DRILL_TRACE_TEXT || field->type == DRILL_TRACE_BYTES;
    return field->rare && (is_span ? value->bytes.size == 0 : value->number == 0);
}

void drill_trace_format(const DrillTraceEvent *event, DrillBuffer *out) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    drill_buffer_put_string(out, "{\"time\":");
    drill_buffer_put_u64(out, event->time_ns);
    drill_buffer_put_string(out, ",\"number\":");
    drill_buffer_put_u64(out, event->number);
    drill_buffer_put_string(out, ",\"cause\":");
    drill_buffer_put_u64(out, event->cause);
    drill_buffer_put_string(out, ",\"node\":");
    drill_buffer_put_json_string(out, event->node);
    drill_buffer_put_string(out, ",\"name\":\"");
    drill_buffer_put_string(out, schema->name);
    drill_buffer_put_string(out, "\",\"data\":{");
    bool named = drill_trace_has_packet_name(event->kind);
    if (named) {
        put_packet_name(out, event);
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        if (drill_trace_says_nothing(&schema->fields[i], &event->values[i])) continue;
        if (i > 0 || named) {
            drill_buffer_put_byte(out, ',');
        }
        put_key(out, schema->fields[i].name);
        put_value(out, schema->fields[i].type, &event->values[i]);
    }
    drill_buffer_put(out, "}}\n", 3);
}

static void put_text_member(DrillBuffer *out, const char *key, DrillSpan text) {
    put_key(out, key);
    drill_buffer_put_json_string(out, text);
    drill_buffer_put_byte(out, ',');
}

/* Shaped like the first record of a qlog file, so that people who know qlog find their way. The
 * seed is text: many JSON readers keep only 53 bits of a number. */
void drill_trace_format_header(const DrillTraceHeader *header, DrillBuffer *out) {
    drill_buffer_put_string(out, "{\"qlog_version\":\"0.3\",\"qlog_format\":\"NDJSON\",");
    put_text_member(out, "title", header->title);
    drill_buffer_put_string(out, "\"trace\":{\"vantage_point\":{\"type\":\"network\"},"
                                 "\"common_fields\":{\"time_format\":\"relative\","
                                 "\"time_unit\":\"ns\"},\"mqttdrill\":{");
    put_text_member(out, "tool_version", header->tool_version);
    put_text_member(out, "scenario_id", header->scenario_id);
    put_text_member(out, "scenario_path", header->scenario_path);
    put_text_member(out, "scenario_sha256", header->scenario_sha256);
    put_text_member(out, "target", header->target);
    put_key(out, "version");
    drill_buffer_put_u64(out, header->version);
    drill_buffer_put_string(out, ",\"seed\":\"");
    drill_buffer_put_u64(out, header->seed);
    drill_buffer_put_string(out, "\",");
    put_text_member(out, "run_id", header->run_id);
    put_key(out, "options");
    drill_buffer_put_json_string(out, header->options);
    drill_buffer_put_string(out, "}}}\n");
}
