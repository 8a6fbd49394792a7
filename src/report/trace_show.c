#include "report/trace_show.h"

#include <string.h>

#include "report/pool.h"

static const char *arrow_of(DrillTraceKind kind) {
    if (kind == DRILL_TRACE_MQTT_SENT) return "-->";
    if (kind == DRILL_TRACE_MQTT_RECEIVED) return "<--";
    return "   ";
}

static void put_padded(DrillBuffer *out, DrillSpan text, size_t width) {
    size_t before = out->size;
    drill_buffer_put_escaped(out, text);
    for (size_t used = out->size - before; used < width; used++)
        drill_buffer_put_string(out, " ");
}

/* The packet in the bytes, or the bytes. */
static void put_packet(DrillVersion version, const DrillTraceEvent *event, bool full,
                       DrillBuffer *out) {
    DrillSpan bytes = drill_trace_text(event, "bytes");
    DrillPacket packet;
    DrillFault fault;
    bool whole = drill_trace_u64(event, "whole") != 0;
    if (whole && drill_codec_decode(bytes, version, &packet, &fault) == DRILL_OK) {
        drill_codec_print(&packet, version, full ? DRILL_PRINT_FULL : DRILL_PRINT_SHORT, out);
        return;
    }
    drill_buffer_put_string(out, whole ? "not well-formed: " : "part of a packet: ");
    size_t shown = full || bytes.size < 24 ? bytes.size : 24;
    drill_buffer_put_hex(out, drill_span(bytes.data, shown));
    if (shown < bytes.size) drill_buffer_print(out, "... (%zu bytes)", bytes.size);
}

static void put_value(const DrillTraceField *field, const DrillTraceValue *value, bool full,
                      DrillBuffer *out) {
    drill_buffer_print(out, " %s=", field->name);
    size_t name_size = strlen(field->name);
    bool duration = name_size > 3 && strcmp(field->name + name_size - 3, "_ns") == 0;
    switch (field->type) {
    case DRILL_TRACE_U64:
        if (duration) {
            drill_buffer_put_duration(out, value->number);
        } else {
            drill_buffer_print(out, "%llu", (unsigned long long)value->number);
        }
        break;
    case DRILL_TRACE_BOOL:
        drill_buffer_put_string(out, value->number != 0 ? "yes" : "no");
        break;
    case DRILL_TRACE_TEXT:
        drill_buffer_put_json_string(out, value->bytes);
        break;
    case DRILL_TRACE_BYTES: {
        size_t shown = full || value->bytes.size < 24 ? value->bytes.size : 24;
        bool text = drill_utf8_valid(value->bytes);
        if (text && (full || value->bytes.size < 60)) {
            drill_buffer_put_json_string(out, value->bytes);
        } else {
            drill_buffer_put_hex(out, drill_span(value->bytes.data, shown));
            if (shown < value->bytes.size) drill_buffer_put_string(out, "...");
        }
        break;
    }
    }
}

static bool is_packet(DrillTraceKind kind) {
    return kind == DRILL_TRACE_MQTT_SENT || kind == DRILL_TRACE_MQTT_RECEIVED;
}

static void put_what(DrillVersion version, const DrillTraceEvent *event, bool full,
                     DrillBuffer *out) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    if (is_packet(event->kind)) {
        put_packet(version, event, full, out);
        if (full)
            drill_buffer_print(out, " conn=%llu",
                               (unsigned long long)drill_trace_u64(event, "conn"));
        return;
    }
    drill_buffer_put_string(out, schema->name);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (drill_trace_says_nothing(&schema->fields[i], &event->values[i])) continue;
        put_value(&schema->fields[i], &event->values[i], full, out);
    }
}

static void put_time(uint64_t ns, DrillBuffer *out) {
    drill_buffer_print(out, "%5llu.%06llu s", (unsigned long long)(ns / DRILL_NS_PER_S),
                       (unsigned long long)(ns % DRILL_NS_PER_S / DRILL_NS_PER_US));
}

void drill_trace_show_event(DrillVersion version, const DrillTraceEvent *event, bool full,
                            DrillBuffer *out) {
    drill_buffer_print(out, "#%-6llu", (unsigned long long)event->number);
    put_time(event->time_ns, out);
    drill_buffer_put_string(out, "  ");
    put_padded(out, event->node, 14);
    drill_buffer_print(out, " %s ", arrow_of(event->kind));
    put_what(version, event, full, out);
}

static bool contains(DrillSpan text, DrillSpan part) {
    if (part.size == 0) return true;
    for (size_t i = 0; i + part.size <= text.size; i++) {
        if (memcmp(text.data + i, part.data, part.size) == 0) return true;
    }
    return false;
}

void drill_trace_show(const DrillTraceFile *file, const DrillTraceShowOptions *options,
                      DrillBuffer *out) {
    uint64_t until_ns = options->until_ns == 0 ? DRILL_NEVER : options->until_ns;
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->time_ns < options->from_ns || event->time_ns > until_ns) continue;
        if (options->packets_only && !is_packet(event->kind)) continue;
        if (options->node.size > 0 && !drill_span_equal(options->node, event->node)) continue;
        size_t before = out->size;
        drill_trace_show_event(drill_trace_version(&file->versions, event), event, options->full,
                               out);
        DrillSpan line = drill_span(out->data + before, out->size - before);
        if (contains(line, options->pattern)) {
            drill_buffer_put_string(out, "\n");
        } else {
            out->size = before;
        }
    }
}

void drill_trace_stats(const DrillTraceFile *file, DrillBuffer *out) {
    uint64_t kinds[DRILL_TRACE_KIND_COUNT] = {0};
    uint64_t sent[16] = {0};
    uint64_t received[16] = {0};
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        kinds[event->kind]++;
        if (!is_packet(event->kind)) continue;
        DrillSpan bytes = drill_trace_text(event, "bytes");
        size_t type =
            bytes.size > 0 && drill_trace_u64(event, "whole") != 0 ? bytes.data[0] >> 4 : 0;
        if (event->kind == DRILL_TRACE_MQTT_SENT) sent[type]++;
        if (event->kind == DRILL_TRACE_MQTT_RECEIVED) received[type]++;
    }
    drill_buffer_print(out, "%zu events", file->count);
    if (file->count > 0) {
        drill_buffer_put_string(out, " in ");
        drill_buffer_put_duration(out, file->events[file->count - 1].time_ns);
    }
    drill_buffer_print(out, "%s\ndigest %s\n\n", file->truncated ? ", cut off" : "", file->digest);
    for (size_t i = 0; i < DRILL_TRACE_KIND_COUNT; i++) {
        if (kinds[i] == 0) continue;
        drill_buffer_print(out, "%8llu  %s\n", (unsigned long long)kinds[i],
                           drill_trace_schema((DrillTraceKind)i)->name);
    }
    drill_buffer_put_string(out, "\n    sent  received\n");
    for (size_t i = 0; i < 16; i++) {
        if (sent[i] == 0 && received[i] == 0) continue;
        const char *name = drill_packet_type_name((DrillPacketType)i);
        drill_buffer_print(out, "%8llu  %8llu  %s\n", (unsigned long long)sent[i],
                           (unsigned long long)received[i], name != NULL ? name : "other bytes");
    }
}

static void put_csv_field(DrillBuffer *out, DrillSpan text) {
    drill_buffer_put_string(out, "\"");
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') drill_buffer_put_string(out, "\"");
        drill_buffer_put_byte(out, text.data[i]);
    }
    drill_buffer_put_string(out, "\"");
}

static const char *packet_name(const DrillTraceEvent *event) {
    if (!is_packet(event->kind)) return "";
    DrillSpan bytes = drill_trace_text(event, "bytes");
    if (bytes.size == 0) return "";
    const char *name = drill_packet_type_name((DrillPacketType)(bytes.data[0] >> 4));
    return name != NULL ? name : "";
}

void drill_trace_csv(const DrillTraceFile *file, DrillBuffer *out) {
    drill_buffer_put_string(out, "number,time_ns,cause,node,event,packet,details\n");
    DrillBuffer details = {.allocator = drill_allocator_malloc()};
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        drill_buffer_print(out, "%llu,%llu,%llu,", (unsigned long long)event->number,
                           (unsigned long long)event->time_ns, (unsigned long long)event->cause);
        drill_buffer_clear(&details);
        drill_buffer_put_escaped(&details, event->node);
        put_csv_field(out, drill_buffer_span(&details));
        drill_buffer_print(out, ",%s,%s,", drill_trace_schema(event->kind)->name,
                           packet_name(event));
        drill_buffer_clear(&details);
        put_what(drill_trace_version(&file->versions, event), event, false, &details);
        put_csv_field(out, drill_buffer_span(&details));
        drill_buffer_put_string(out, "\n");
    }
    drill_buffer_release(&details);
}

/* Each node is a thread; a packet is an instant at its sender and at its receiver, joined by a flow
 * arrow. */
static void put_chrome_event(const DrillTraceFile *file, const DrillTraceEvent *event,
                             size_t thread, DrillBuffer *what, DrillBuffer *out) {
    unsigned long long us = event->time_ns / DRILL_NS_PER_US;
    unsigned long long ns = event->time_ns % DRILL_NS_PER_US;
    drill_buffer_clear(what);
    put_what(drill_trace_version(&file->versions, event), event, false, what);
    drill_buffer_put_string(out, ",\n{\"name\": ");
    drill_buffer_put_json_string(out, drill_buffer_span(what));
    drill_buffer_print(
        out,
        ", \"ph\": \"X\", \"dur\": 1, \"ts\": %llu.%03llu, \"pid\": 1, \"tid\": %zu, "
        "\"cat\": \"%s\", \"args\": {\"number\": %llu, \"cause\": %llu}}",
        us, ns, thread, drill_trace_schema(event->kind)->name, (unsigned long long)event->number,
        (unsigned long long)event->cause);
    if (!is_packet(event->kind)) return;
    bool sent = event->kind == DRILL_TRACE_MQTT_SENT;
    if (!sent && event->cause == 0) return;
    drill_buffer_print(out,
                       ",\n{\"name\": \"packet\", \"cat\": \"packet\", \"ph\": \"%s\", %s\"id\": "
                       "%llu, \"ts\": %llu.%03llu, \"pid\": 1, \"tid\": %zu}",
                       sent ? "s" : "f", sent ? "" : "\"bp\": \"e\", ",
                       (unsigned long long)(sent ? event->number : event->cause), us, ns, thread);
}

void drill_trace_chrome(const DrillTraceFile *file, DrillBuffer *out) {
    DrillPool pool = {0};
    DrillSpan *nodes = NULL;
    size_t node_count = 0;
    DrillBuffer what = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(out,
                            "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n"
                            "{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 1, \"args\": "
                            "{\"name\": ");
    drill_buffer_put_json_string(out, file->header.scenario_id);
    drill_buffer_put_string(out, "}}");
    for (size_t i = 0; i < file->count; i++) {
        size_t thread = 0;
        while (thread < node_count && !drill_span_equal(nodes[thread], file->events[i].node))
            thread++;
        if (thread == node_count) {
            *DRILL_POOL_ADD(&pool, nodes, node_count) = file->events[i].node;
            drill_buffer_print(out,
                               ",\n{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 1, \"tid\": "
                               "%zu, \"args\": {\"name\": ",
                               thread + 1);
            DrillSpan name = file->events[i].node;
            drill_buffer_put_json_string(out, name.size > 0 ? name : drill_span_of("run"));
            drill_buffer_put_string(out, "}}");
        }
        put_chrome_event(file, &file->events[i], thread + 1, &what, out);
    }
    drill_buffer_put_string(out, "\n]}\n");
    drill_buffer_release(&what);
    drill_pool_free(&pool);
}
