#include "report/capture.h"

#include <string.h>

#include "report/capture_model.h"
#include "report/pcapng.h"

/* Tags of exported PDUs, and the kind of port that is TCP's. */
enum { TAG_END = 0, TAG_DISSECTOR = 12, TAG_FROM = 20, TAG_TO = 21 };
enum { TAG_PORT_KIND = 24, TAG_FROM_PORT = 25, TAG_TO_PORT = 26, PORT_KIND_TCP = 2 };

/* What one IPv4 packet can carry with the largest headers; a trace from elsewhere may claim more.
 */
#define BROKER_ADDRESS    UINT32_C(0x0A000001) /* 10.0.0.1 */
#define TRANSLATED        UINT32_C(0x00010000) /* 10.0.x.y is 10.1.x.y beyond the link */
#define PAYLOAD_BYTES_MAX 65000u
#define COMMENTS_MAX      16u
#define WINDOW_SCALE_MAX  14u
#define WINDOW_UNKNOWN    65535u
#define HEADERS_PLAIN     40u   /* IPv4 and TCP without options */
#define SEGMENT_BYTES     1460u /* announced: what fits into an Ethernet frame */

bool drill_capture_form_named(const char *name, DrillCaptureForm *out) {
    bool ip = strcmp(name, "ip") == 0;
    if (!ip && strcmp(name, "pdu") != 0) return false;
    *out = ip ? DRILL_CAPTURE_IP : DRILL_CAPTURE_PDU;
    return true;
}

bool drill_capture_side_named(const char *name, DrillCaptureSide *out) {
    static const char *const names[] = {[DRILL_CAPTURE_BOTH] = "both",
                                        [DRILL_CAPTURE_CLIENT] = "client",
                                        [DRILL_CAPTURE_BROKER] = "broker"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *out = (DrillCaptureSide)i;
        return true;
    }
    return false;
}

static void put_interface(DrillCapture *capture, DrillCaptureNode *node, int end, uint32_t *count,
                          DrillBuffer *out) {
    const char *name = drill_pool_readable(&capture->pool, node->name, 80);
    DrillPcapngInterface interface = {.linktype =
                                          node->ip ? DRILL_LINKTYPE_RAW : DRILL_LINKTYPE_UPPER_PDU};
    if (end == 0) {
        interface.name = drill_span_of(name);
        interface.description = drill_span_of(
            drill_pool_print(&capture->pool, "%s's end of its link to the broker", name));
    } else {
        interface.name = drill_span_of(drill_pool_print(&capture->pool, "broker-%s", name));
        interface.description =
            drill_span_of(drill_pool_print(&capture->pool, "the broker's end of %s's link", name));
    }
    node->interfaces[end] = (*count)++;
    drill_pcapng_interface(out, &interface);
}

static uint32_t put_interfaces(DrillCapture *capture, DrillBuffer *out) {
    uint32_t count = 0;
    for (size_t i = 0; i < capture->node_count; i++) {
        DrillCaptureNode *node = &capture->nodes[i];
        if (!node->wanted) continue;
        for (int end = 0; end < 2; end++) {
            DrillCaptureSide hidden = end == 0 ? DRILL_CAPTURE_BROKER : DRILL_CAPTURE_CLIENT;
            if (capture->options->side != hidden) put_interface(capture, node, end, &count, out);
        }
    }
    return count;
}

static void put_section(DrillCapture *capture, DrillBuffer *out) {
    const DrillTraceHeader *header = &capture->file->header;
    DrillPool *pool = &capture->pool;
    DrillPcapngSection section = {
        .application = drill_span_of(drill_pool_print(
            pool, "mqttdrill %s", drill_pool_readable(pool, header->tool_version, 40))),
        .comment = drill_span_of(drill_pool_print(
            pool, "%s: %s (seed %llu). Times count from the beginning of the run.",
            drill_pool_readable(pool, header->scenario_id, 120),
            drill_pool_readable(pool, header->title, 200), (unsigned long long)header->seed))};
    drill_pcapng_section(out, &section);
}

/* The address of one end of a connection, as seen at `view`. The link translates the client's
 * address on its way to the broker, as a router would: so that readers, which tell streams apart by
 * addresses, do not take the second sight of a segment for a retransmission. */
static DrillEndpoint endpoint(const DrillCapture *capture, const DrillCaptureConnection *connection,
                              int side, int view) {
    if (side == 1) return (DrillEndpoint){BROKER_ADDRESS, DRILL_CAPTURE_PORT};
    uint64_t port = DRILL_CAPTURE_PORT_FIRST + (connection->conn - 1) % DRILL_CAPTURE_PORTS;
    uint32_t address = capture->nodes[connection->node].address;
    return (DrillEndpoint){view == 0 ? address : address + TRANSLATED, (uint16_t)port};
}

/* --- frames of the IP form --- */

/* Anything will do, as long as it is the same in every run and not the same in every connection. */
static uint32_t first_sequence(uint64_t conn, int side) {
    return (uint32_t)(conn * UINT64_C(2654435761)) ^ (side == 0 ? 0 : UINT32_C(0x5bd1e995));
}

static uint8_t wire_flags(DrillSpan text) {
    static const struct {
        const char *name;
        uint8_t bit;
    } names[] = {{"SYN", DRILL_WIRE_SYN},
                 {"ACK", DRILL_WIRE_ACK},
                 {"FIN", DRILL_WIRE_FIN},
                 {"RST", DRILL_WIRE_RST},
                 {"PSH", DRILL_WIRE_PSH}};
    uint8_t flags = 0;
    for (size_t at = 0; at + 3 <= text.size; at += 4) {
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
            if (memcmp(text.data + at, names[i].name, 3) == 0) flags |= names[i].bit;
        }
    }
    return flags;
}

static uint8_t window_scale(const DrillCaptureConnection *connection) {
    uint8_t scale = 0;
    while (scale < WINDOW_SCALE_MAX && connection->window_max >> scale > 0xffff)
        scale++;
    return scale;
}

static uint16_t wire_window(const DrillCaptureConnection *connection, uint64_t window, bool syn) {
    if (connection->window_max == 0) return WINDOW_UNKNOWN;
    if (syn) return (uint16_t)(window > 0xffff ? 0xffff : window);
    uint64_t scaled = window >> window_scale(connection);
    if (scaled > 0xffff) scaled = 0xffff;
    /* Little is not nothing: a window of 0 means something else. */
    return (uint16_t)(scaled == 0 && window > 0 ? 1 : scaled);
}

static bool read_number(DrillSpan text, size_t *at, uint64_t *out) {
    size_t start = *at;
    *out = 0;
    while (*at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9')
        *out = *out * 10 + (uint64_t)(text.data[(*at)++] - '0');
    return *at > start;
}

/* "101-201,301-401"; what is not like that ends the list. */
static void read_sacks(DrillSpan text, uint32_t first, DrillWireSegment *wire) {
    size_t at = 0;
    while (wire->sack_count < DRILL_SACKS_MAX) {
        uint64_t begin, end;
        if (!read_number(text, &at, &begin) || at >= text.size || text.data[at++] != '-') return;
        if (!read_number(text, &at, &end)) return;
        uint32_t *sack = wire->sacks[wire->sack_count++];
        sack[0] = first + (uint32_t)begin;
        sack[1] = first + (uint32_t)end;
        if (at >= text.size || text.data[at++] != ',') return;
    }
}

/* The bytes of the segment; false: the trace has not all of them. */
static bool find_payload(const DrillCaptureConnection *connection, const DrillSegment *segment,
                         DrillBuffer *payload) {
    const DrillBuffer *sent = &connection->sent[segment->direction];
    uint64_t offset = drill_trace_u64(segment->sent, "offset");
    uint64_t bytes = drill_trace_u64(segment->sent, "bytes");
    bool whole = bytes <= PAYLOAD_BYTES_MAX;
    if (!whole) bytes = PAYLOAD_BYTES_MAX;
    uint64_t known = offset < sent->size ? sent->size - offset : 0;
    if (known > bytes) known = bytes;
    if (known > 0) drill_buffer_put(payload, sent->data + offset, (size_t)known);
    for (uint64_t i = known; i < bytes; i++)
        drill_buffer_put_byte(payload, 0);
    return whole && known == bytes;
}

/* What a SYN offers is not in the trace, but how long its headers are: MSS takes 4 bytes,
 * timestamps and SACK 12 together or alone, window scale 4. */
static void add_syn_options(const DrillCaptureConnection *connection, uint64_t header_bytes,
                            DrillWireSegment *wire) {
    uint64_t options = header_bytes > HEADERS_PLAIN ? header_bytes - HEADERS_PLAIN : 0;
    wire->mss = SEGMENT_BYTES;
    wire->sack_permitted = connection->sacks || options >= 16;
    wire->scale = window_scale(connection);
    wire->scaled = wire->scale > 0 || options >= 20 || options == 8;
}

static DrillWireSegment wire_segment(const DrillCapture *capture,
                                     const DrillCaptureConnection *connection,
                                     const DrillSegment *segment, int view) {
    const DrillTraceEvent *sent = segment->sent;
    int side = segment->direction;
    uint32_t theirs = first_sequence(segment->conn, 1 - side);
    DrillWireSegment wire = {.from = endpoint(capture, connection, side, view),
                             .to = endpoint(capture, connection, 1 - side, view),
                             .identification = (uint16_t)(segment - capture->segments.items + 1),
                             .flags = wire_flags(drill_trace_text(sent, "flags"))};
    bool syn = (wire.flags & DRILL_WIRE_SYN) != 0;
    bool ack = (wire.flags & DRILL_WIRE_ACK) != 0;
    wire.sequence =
        first_sequence(segment->conn, side) + (uint32_t)drill_trace_u64(sent, "sequence");
    if (ack) wire.acknowledged = theirs + (uint32_t)drill_trace_u64(sent, "acknowledged");
    wire.window = wire_window(connection, drill_trace_u64(sent, "window"), syn);
    wire.stamped = connection->stamped;
    if (syn) add_syn_options(connection, drill_trace_u64(sent, "header_bytes"), &wire);
    wire.ts_value = (uint32_t)drill_trace_u64(sent, "ts_value");
    wire.ts_echo = (uint32_t)drill_trace_u64(sent, "ts_echo");
    read_sacks(drill_trace_text(sent, "sack"), theirs, &wire);
    return wire;
}

/* --- frames of the PDU form --- */

static void put_tag(DrillBuffer *out, unsigned tag, DrillSpan value) {
    const uint8_t head[4] = {(uint8_t)(tag >> 8), (uint8_t)tag, (uint8_t)(value.size >> 8),
                             (uint8_t)value.size};
    drill_buffer_put(out, head, sizeof head);
    if (value.size > 0) drill_buffer_put(out, value.data, value.size);
}

static void put_number_tag(DrillBuffer *out, unsigned tag, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    put_tag(out, tag, drill_span(bytes, sizeof bytes));
}

static void put_pdu(DrillBuffer *out, DrillEndpoint from, DrillEndpoint to, DrillSpan bytes) {
    put_tag(out, TAG_DISSECTOR, drill_span_of("mqtt"));
    put_number_tag(out, TAG_FROM, from.address);
    put_number_tag(out, TAG_TO, to.address);
    put_number_tag(out, TAG_PORT_KIND, PORT_KIND_TCP);
    put_number_tag(out, TAG_FROM_PORT, from.port);
    put_number_tag(out, TAG_TO_PORT, to.port);
    put_tag(out, TAG_END, drill_span(NULL, 0));
    if (bytes.size > 0) drill_buffer_put(out, bytes.data, bytes.size);
}

/* --- all frames --- */

typedef struct Frame {
    DrillBuffer bytes;
    const DrillCaptureConnection *connection;
    int side; /* whose view: 0 the client's, 1 the broker's */
    bool sent;
} Frame;

static bool make_ip_frame(DrillCapture *capture, const DrillTraceEvent *event, Frame *frame) {
    uint32_t index = capture->segments.of_event[event->number];
    if (index == 0) return false;
    const DrillSegment *segment = &capture->segments.items[index - 1];
    DrillBuffer payload = {.allocator = drill_allocator_malloc()};
    if (!find_payload(frame->connection, segment, &payload) && frame->sent)
        drill_capture_comment(capture, event->number, "its payload is not in the trace");
    frame->side = frame->sent ? segment->direction : 1 - segment->direction;
    DrillWireSegment wire = wire_segment(capture, frame->connection, segment, frame->side);
    wire.payload = drill_buffer_span(&payload);
    drill_capture_ip(&frame->bytes, &wire);
    drill_buffer_release(&payload);
    return true;
}

static bool make_pdu_frame(const DrillCapture *capture, const DrillTraceEvent *event,
                           Frame *frame) {
    DrillSpan name = capture->nodes[frame->connection->node].name;
    frame->side = drill_span_equal(event->node, name) ? 0 : 1;
    int from = frame->sent ? frame->side : 1 - frame->side;
    put_pdu(&frame->bytes, endpoint(capture, frame->connection, from, frame->side),
            endpoint(capture, frame->connection, 1 - from, frame->side),
            drill_trace_text(event, "bytes"));
    return true;
}

static void put_frame(DrillCapture *capture, const DrillTraceEvent *event, const Frame *frame,
                      DrillBuffer *out) {
    uint32_t interface = capture->nodes[frame->connection->node].interfaces[frame->side];
    if (interface == UINT32_MAX) return;
    const char *comments[COMMENTS_MAX];
    size_t count = 0;
    for (uint32_t i = capture->comment_of[event->number]; i != 0 && count < COMMENTS_MAX;
         i = capture->comments[i - 1].next) {
        comments[count++] = capture->comments[i - 1].text;
    }
    DrillPcapngPacket packet = {.interface = interface,
                                .time_ns = event->time_ns,
                                .outbound = frame->sent,
                                .bytes = drill_buffer_span(&frame->bytes),
                                .comments = comments,
                                .comment_count = count};
    drill_pcapng_packet(out, &packet);
}

static void put_event(DrillCapture *capture, const DrillTraceEvent *event, Frame *frame,
                      DrillBuffer *out) {
    bool segment = event->kind == DRILL_TRACE_TCP_SENT || event->kind == DRILL_TRACE_TCP_RECEIVED;
    bool packet = event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED;
    if (!segment && !packet) return;
    frame->connection = drill_capture_connection(capture, drill_trace_u64(event, "conn"));
    if (frame->connection == NULL) return;
    const DrillCaptureNode *node = &capture->nodes[frame->connection->node];
    if (!node->wanted || node->ip != segment) return;
    frame->sent = event->kind == DRILL_TRACE_TCP_SENT || event->kind == DRILL_TRACE_MQTT_SENT;
    drill_buffer_clear(&frame->bytes);
    bool made =
        segment ? make_ip_frame(capture, event, frame) : make_pdu_frame(capture, event, frame);
    if (made) put_frame(capture, event, frame, out);
}

DrillResult drill_capture_write(const DrillTraceFile *file, const DrillCaptureOptions *options,
                                DrillBuffer *out, DrillDiagnostic *diagnostic) {
    DrillCapture capture = {.file = file, .options = options};
    Frame frame = {.bytes = {.allocator = drill_allocator_malloc()}};
    uint64_t until_ns = options->until_ns == 0 ? DRILL_NEVER : options->until_ns;
    drill_capture_read(&capture);
    put_section(&capture, out);
    DrillResult result = DRILL_OK;
    if (put_interfaces(&capture, out) == 0) {
        result = drill_diagnose(diagnostic, DRILL_INVALID, "%s",
                                options->form == DRILL_CAPTURE_IP
                                    ? "the trace has no TCP segments of such a client: record it "
                                      "with --level segment and transport tcp, or use --form pdu"
                                    : "the trace has no connection of such a client");
    }
    for (size_t i = 0; i < file->count && result == DRILL_OK; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->time_ns < options->from_ns || event->time_ns > until_ns) continue;
        put_event(&capture, event, &frame, out);
    }
    drill_buffer_release(&frame.bytes);
    drill_capture_free(&capture);
    return result;
}
