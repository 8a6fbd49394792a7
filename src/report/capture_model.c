#include "report/capture_model.h"

#include <string.h>

static bool is_packet(const DrillTraceEvent *event) {
    return event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED;
}

static bool is_segment(const DrillTraceEvent *event) {
    return event->kind == DRILL_TRACE_TCP_SENT || event->kind == DRILL_TRACE_TCP_RECEIVED;
}

static bool has_conn(DrillTraceKind kind) {
    const DrillTraceSchema *schema = drill_trace_schema(kind);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].name, "conn") == 0) return true;
    }
    return false;
}

static size_t node_named(DrillCapture *capture, DrillSpan name) {
    for (size_t i = 0; i < capture->node_count; i++) {
        if (drill_span_equal(capture->nodes[i].name, name)) return i;
    }
    DrillCaptureNode *node = DRILL_POOL_ADD(&capture->pool, capture->nodes, capture->node_count);
    /* 10.0.0.1 is the broker; the others follow in the order in which they appear */
    *node = (DrillCaptureNode){.name = name,
                               .address = UINT32_C(0x0A000001) + (uint32_t)capture->node_count,
                               .interfaces = {UINT32_MAX, UINT32_MAX}};
    return capture->node_count - 1;
}

DrillCaptureConnection *drill_capture_connection(DrillCapture *capture, uint64_t conn) {
    for (size_t tried = 0; tried <= capture->connection_count; tried++) {
        size_t at = tried == 0 ? capture->recent : capture->connection_count - tried;
        if (at >= capture->connection_count || capture->connections[at].conn != conn) continue;
        capture->recent = at;
        return &capture->connections[at];
    }
    return NULL;
}

static DrillCaptureConnection *open_connection(DrillCapture *capture, uint64_t conn) {
    DrillCaptureConnection *connection = drill_capture_connection(capture, conn);
    if (connection != NULL) return connection;
    connection = DRILL_POOL_ADD(&capture->pool, capture->connections, capture->connection_count);
    *connection = (DrillCaptureConnection){.conn = conn, .node = SIZE_MAX};
    connection->sent[0].allocator = drill_allocator_malloc();
    connection->sent[1].allocator = drill_allocator_malloc();
    return connection;
}

typedef struct Names {
    DrillSpan *brokers;
    size_t count;
} Names;

static bool is_broker(const Names *names, DrillSpan name) {
    for (size_t i = 0; i < names->count; i++) {
        if (drill_span_equal(names->brokers[i], name)) return true;
    }
    return false;
}

/* Who is who: nodes get their addresses in the order in which they joined. */
static void read_nodes(DrillCapture *capture, Names *names) {
    const DrillTraceFile *file = capture->file;
    *DRILL_POOL_ADD(&capture->pool, names->brokers, names->count) = drill_span_of("broker");
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind != DRILL_TRACE_NODE_ADDED) continue;
        DrillSpan role = drill_trace_text(event, "role");
        if (drill_span_is(role, "broker") || drill_span_is(role, "gateway")) {
            if (is_broker(names, event->node)) continue;
            *DRILL_POOL_ADD(&capture->pool, names->brokers, names->count) = event->node;
        } else if (event->node.size > 0) {
            node_named(capture, event->node);
        }
    }
}

static void read_connections(DrillCapture *capture, const Names *names) {
    const DrillTraceFile *file = capture->file;
    bool numbered[DRILL_TRACE_KIND_COUNT];
    for (int kind = 0; kind < DRILL_TRACE_KIND_COUNT; kind++)
        numbered[kind] = has_conn((DrillTraceKind)kind);
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (!numbered[event->kind]) continue;
        uint64_t conn = drill_trace_u64(event, "conn");
        if (conn == 0) continue;
        DrillCaptureConnection *connection = open_connection(capture, conn);
        if (event->node.size > 0 && !is_broker(names, event->node))
            connection->node = node_named(capture, event->node);
    }
    for (size_t i = 0; i < capture->connection_count; i++) {
        DrillCaptureConnection *connection = &capture->connections[i];
        if (connection->node != SIZE_MAX) continue;
        const char *name = drill_pool_print(&capture->pool, "connection %llu",
                                            (unsigned long long)connection->conn);
        connection->node = node_named(capture, drill_span_of(name));
    }
}

static void read_segment(DrillCapture *capture, const DrillTraceEvent *event) {
    DrillCaptureConnection *connection =
        drill_capture_connection(capture, drill_trace_u64(event, "conn"));
    if (connection == NULL) return;
    uint64_t window = drill_trace_u64(event, "window");
    if (window > connection->window_max) connection->window_max = window;
    if (drill_trace_text(event, "sack").size > 0) connection->sacks = true;
    bool stamps = drill_trace_u64(event, "ts_value") != 0 || drill_trace_u64(event, "ts_echo") != 0;
    connection->stamped = connection->stamped || stamps;
    /* Before segments had these fields, nothing but the place in the stream was there. */
    if (drill_trace_u64(event, "acknowledged") != 0)
        capture->nodes[connection->node].segments = true;
}

static void read_bytes(DrillCapture *capture, const Names *names) {
    const DrillTraceFile *file = capture->file;
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (is_segment(event)) read_segment(capture, event);
        if (event->kind != DRILL_TRACE_MQTT_SENT) continue;
        DrillCaptureConnection *connection =
            drill_capture_connection(capture, drill_trace_u64(event, "conn"));
        if (connection == NULL) continue;
        DrillBuffer *sent = &connection->sent[is_broker(names, event->node) ? 1 : 0];
        DrillSpan bytes = drill_trace_text(event, "bytes");
        if (bytes.size > 0) drill_buffer_put(sent, bytes.data, bytes.size);
        capture->ends[event->number] = sent->size;
    }
}

void drill_capture_comment(DrillCapture *capture, uint64_t event_number, const char *text) {
    if (event_number == 0 || event_number > capture->file->count) return;
    DrillCaptureComment *comment =
        DRILL_POOL_ADD(&capture->pool, capture->comments, capture->comment_count);
    *comment = (DrillCaptureComment){text, capture->comment_of[event_number]};
    capture->comment_of[event_number] = (uint32_t)capture->comment_count;
}

/* The event whose frame shows the end of an MQTT packet: the packet's own where PDUs are written,
 * otherwise that of a segment. 0: none. */
static uint64_t frame_event(DrillCapture *capture, uint64_t number) {
    if (number == 0 || number > capture->file->count) return 0;
    const DrillTraceEvent *event = &capture->file->events[number - 1];
    if (!is_packet(event)) return 0;
    uint64_t conn = drill_trace_u64(event, "conn");
    const DrillCaptureConnection *connection = drill_capture_connection(capture, conn);
    if (connection == NULL || !capture->nodes[connection->node].ip) return number;
    bool sent = event->kind == DRILL_TRACE_MQTT_SENT;
    uint64_t end = capture->ends[sent ? number : event->cause];
    DrillSpan sender = event->node;
    if (!sent && event->cause > 0) sender = capture->file->events[event->cause - 1].node;
    bool from_client = drill_span_equal(sender, capture->nodes[connection->node].name);
    for (size_t i = 0; i < capture->segments.count && end > 0; i++) {
        const DrillSegment *segment = &capture->segments.items[i];
        uint64_t offset = drill_trace_u64(segment->sent, "offset");
        uint64_t bytes = drill_trace_u64(segment->sent, "bytes");
        bool holds = segment->conn == conn && segment->direction == (from_client ? 0 : 1) &&
                     offset < end && end - offset <= bytes;
        if (holds && sent) return segment->sent->number;
        if (holds && segment->fate == DRILL_SEGMENT_ARRIVED) return segment->received_number;
    }
    return 0;
}

static const char *readable(DrillCapture *capture, DrillSpan text) {
    return drill_pool_readable(&capture->pool, text, 400);
}

static void comment_findings(DrillCapture *capture) {
    for (size_t i = 0; i < capture->options->finding_count; i++) {
        const DrillFinding *finding = &capture->options->findings[i];
        const char *text = drill_pool_print(
            &capture->pool, "%s %s: %s", finding->verdict == DRILL_FAIL ? "FINDING" : "unclear",
            finding->statement[0] != '\0' ? finding->statement : finding->oracle, finding->text);
        for (size_t k = 0; k < finding->packet_count; k++)
            drill_capture_comment(capture, frame_event(capture, finding->packets[k]), text);
    }
}

static void comment_faults(DrillCapture *capture) {
    for (size_t i = 0; i < capture->file->count; i++) {
        const DrillTraceEvent *event = &capture->file->events[i];
        if (event->kind != DRILL_TRACE_FAULT_STRUCK) continue;
        const char *text = drill_pool_print(&capture->pool, "fault: %s",
                                            readable(capture, drill_trace_text(event, "text")));
        uint64_t number = frame_event(capture, drill_trace_u64(event, "packet"));
        drill_capture_comment(capture, number, text);
    }
}

static void comment_segment(DrillCapture *capture, const DrillSegment *segment) {
    uint64_t number = segment->sent->number;
    if (segment->again.size > 0) {
        drill_capture_comment(
            capture, number,
            drill_pool_print(&capture->pool, "sent again: %s", readable(capture, segment->again)));
    }
    if (segment->fate == DRILL_SEGMENT_LOST) {
        drill_capture_comment(capture, number,
                              drill_pool_print(&capture->pool, "lost on the link: %s",
                                               readable(capture, segment->why)));
    }
    if (segment->fate == DRILL_SEGMENT_ARRIVED && segment->overtaken) {
        drill_capture_comment(capture, segment->received_number,
                              "overtaken on the link by a segment sent later");
    }
}

/* Loss is known per segment; packets that travel on their own are named as the cause. */
static void comment_losses(DrillCapture *capture) {
    for (size_t i = 0; i < capture->segments.count; i++)
        comment_segment(capture, &capture->segments.items[i]);
    for (size_t i = 0; i < capture->file->count; i++) {
        const DrillTraceEvent *event = &capture->file->events[i];
        if (event->kind != DRILL_TRACE_LINK_LOST || event->cause == 0) continue;
        if (!is_packet(&capture->file->events[event->cause - 1])) continue;
        drill_capture_comment(
            capture, event->cause,
            drill_pool_print(&capture->pool, "lost on the link: %s",
                             readable(capture, drill_trace_text(event, "reason"))));
    }
    for (size_t i = 0; i < capture->file->count; i++) {
        const DrillTraceEvent *event = &capture->file->events[i];
        uint32_t index = capture->segments.of_event[event->number];
        if (event->kind != DRILL_TRACE_TCP_RECEIVED || index == 0) continue;
        if (capture->segments.items[index - 1].received_number != event->number)
            drill_capture_comment(capture, event->number, "a copy that the link made");
    }
}

static void choose_forms(DrillCapture *capture) {
    const DrillCaptureOptions *options = capture->options;
    for (size_t i = 0; i < capture->connection_count; i++) {
        DrillCaptureNode *node = &capture->nodes[capture->connections[i].node];
        node->wanted = options->client.size == 0 || drill_span_equal(options->client, node->name);
        node->ip = node->segments && options->form != DRILL_CAPTURE_PDU;
        if (options->form == DRILL_CAPTURE_IP && !node->ip) node->wanted = false;
    }
}

void drill_capture_read(DrillCapture *capture) {
    Names names = {.brokers = NULL};
    size_t count = capture->file->count + 1;
    drill_segments_read(capture->file, &capture->pool, &capture->segments);
    capture->comment_of = drill_pool_take(&capture->pool, sizeof(uint32_t) * count);
    capture->ends = drill_pool_take(&capture->pool, sizeof(uint64_t) * count);
    read_nodes(capture, &names);
    read_connections(capture, &names);
    read_bytes(capture, &names);
    choose_forms(capture);
    comment_findings(capture);
    comment_faults(capture);
    comment_losses(capture);
}

void drill_capture_free(DrillCapture *capture) {
    for (size_t i = 0; i < capture->connection_count; i++) {
        drill_buffer_release(&capture->connections[i].sent[0]);
        drill_buffer_release(&capture->connections[i].sent[1]);
    }
    drill_pool_free(&capture->pool);
}
