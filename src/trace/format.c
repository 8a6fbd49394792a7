/* The canonical text of events and headers: no spaces, members in one order, one way to write each
 * value. */
#include <mqttdrill/codec.h>
#include <string.h>

#include "trace/schema.h"

static void put_key(DrillBuffer *out, const char *key) {
    drill_buffer_put_byte(out, '"');
    drill_buffer_put_string(out, key);
    drill_buffer_put(out, "\":", 2);
}

/* Room for `size` more bytes, where they go. */
static inline uint8_t *room(DrillBuffer *out, size_t size) {
    if (out->capacity - out->size < size) {
        drill_buffer_reserve(out, size);
    }
    return out->data + out->size;
}

static inline void put_u64(DrillBuffer *out, uint64_t number) {
    out->size += drill_write_u64(room(out, DRILL_U64_DIGITS), number);
}

/* A literal's size is known, so copying it is a move or two. */
#define PUT(out, literal)                                                                          \
    (memcpy(room(out, sizeof(literal)), literal, sizeof(literal) - 1),                             \
     (void)((out)->size += sizeof(literal) - 1))

/* Nearly every text is short and has nothing to escape. */
static void put_text(DrillBuffer *out, DrillSpan text) {
    uint8_t *to = room(out, text.size + 2);
    size_t at = 0;
    *to++ = '"';
    while (at < text.size && drill_json_plain(text.data[at])) {
        to[at] = text.data[at];
        at++;
    }
    if (at < text.size) {
        drill_buffer_put_json_string(out, text);
        return;
    }
    to[at] = '"';
    out->size += text.size + 2;
}

static inline void put_value(DrillBuffer *out, DrillTraceType type, const DrillTraceValue *value) {
    switch (type) {
    case DRILL_TRACE_U64:
        put_u64(out, value->number);
        break;
    case DRILL_TRACE_BOOL:
        if (value->number != 0) {
            PUT(out, "true");
        } else {
            PUT(out, "false");
        }
        break;
    case DRILL_TRACE_TEXT:
        put_text(out, value->bytes);
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
    enum { BYTES = 1, WHOLE = 2 }; /* the same fields in both kinds that have a packet name */
    DrillSpan bytes = event->values[BYTES].bytes;
    const char *name = "";
    if (event->values[WHOLE].number != 0 && bytes.size > 0) {
        unsigned type = bytes.data[0] >> 4;
        name = type == 0 ? "RESERVED" : drill_packet_type_name((DrillPacketType)type);
    }
    PUT(out, "\"packet\":\"");
    drill_buffer_put_string(out, name);
    PUT(out, "\"");
}

bool drill_trace_says_nothing(const DrillTraceField *field, const DrillTraceValue *value) {
    bool is_span = field->type == DRILL_TRACE_TEXT || field->type == DRILL_TRACE_BYTES;
    return field->rare && (is_span ? value->bytes.size == 0 : value->number == 0);
}

void drill_trace_format(const DrillTraceEvent *event, DrillBuffer *out) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    PUT(out, "{\"time\":");
    put_u64(out, event->time_ns);
    PUT(out, ",\"number\":");
    put_u64(out, event->number);
    PUT(out, ",\"cause\":");
    put_u64(out, event->cause);
    PUT(out, ",\"node\":");
    put_text(out, event->node);
    PUT(out, ",\"name\":\"");
    drill_buffer_put_string(out, schema->name);
    PUT(out, "\",\"data\":{");
    bool named = drill_trace_has_packet_name(event->kind);
    if (named) {
        put_packet_name(out, event);
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const DrillTraceField *field = &schema->fields[i];
        if (drill_trace_says_nothing(field, &event->values[i])) continue;
        size_t comma = i > 0 || named ? 0 : 1; /* where to begin in ,"name": */
        memcpy(room(out, sizeof field->key), field->key + comma, sizeof field->key - 1);
        out->size += field->key_size - comma;
        put_value(out, field->type, &event->values[i]);
    }
    PUT(out, "}}\n");
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
