/* Writes a trace of one connection whose reader stops taking bytes for a while: the simulated TCP
 * offers a window of zero, is probed, and opens it again. Scenarios cannot do that to the broker,
 * whose own queue has no end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "base/arena.h"
#include "net/transport.h"
#include "trace/trace.h"

#define PAYLOAD_BYTES 200000u
#define RECEIVE_BYTES (40 * 1448 + 20) /* CONNECT is 20 bytes; below what is offered at first */

typedef struct Run {
    DrillQueue *queue;
    DrillTransport *transport;
    DrillBuffer lines;
    uint64_t events;
} Run;

static void emit(Run *run, DrillTraceEvent event, const char *node) {
    event.time_ns = drill_queue_now_ns(run->queue);
    event.number = ++run->events;
    event.node = drill_span_of(node);
    drill_trace_format(&event, &run->lines);
}

static DrillTraceValue number(uint64_t value) {
    return (DrillTraceValue){.number = value};
}

static DrillTraceValue text(const char *value) {
    return (DrillTraceValue){.bytes = drill_span_of(value)};
}

static void on_event(void *context, const DrillNetEvent *net, uint64_t now_ns) {
    Run *run = context;
    bool sent = net->kind == DRILL_NET_SEGMENT_SENT;
    (void)now_ns;
    if (net->kind == DRILL_NET_RETRANSMIT) {
        DrillTraceEvent event = {.kind = DRILL_TRACE_TCP_RETRANSMIT};
        DrillTraceValue values[] = {number(1), text(net->direction == 0 ? "c>b" : "b>c"),
                                    text(net->reason), number(net->offset), number(net->bytes)};
        memcpy(event.values, values, sizeof values);
        emit(run, event, net->direction == 0 ? "writer" : "broker");
        return;
    }
    if (!sent && net->kind != DRILL_NET_SEGMENT_RECEIVED) return;
    DrillTraceEvent event = {.kind = sent ? DRILL_TRACE_TCP_SENT : DRILL_TRACE_TCP_RECEIVED};
    DrillTraceValue values[] = {number(1),
                                text(net->direction == 0 ? "c>b" : "b>c"),
                                text(net->flags),
                                number(net->offset),
                                number(net->bytes),
                                number(net->sequence),
                                number(net->acknowledged),
                                number(net->window),
                                text(""),
                                number(net->ts_value),
                                number(net->ts_echo),
                                number(net->header_bytes)};
    DRILL_ASSERT(net->sack_count == 0); /* nothing is lost here */
    memcpy(event.values, values, sizeof values);
    emit(run, event, (net->direction == 0) == sent ? "writer" : "broker");
}

static void send_packet(Run *run, const DrillPacket *packet, uint64_t now_ns) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    if (drill_codec_encode(packet, DRILL_MQTT_3_1_1, &bytes) != DRILL_OK) abort();
    DrillTraceEvent event = {.kind = DRILL_TRACE_MQTT_SENT};
    event.values[0] = number(1);
    event.values[1].bytes = drill_buffer_span(&bytes);
    event.values[2] = number(1);
    emit(run, event, "writer");
    event.kind = DRILL_TRACE_MQTT_RECEIVED; /* the test looks at what was read, not at when */
    emit(run, event, "broker");
    drill_transport_send(run->transport, 0, drill_buffer_span(&bytes), now_ns);
    drill_buffer_release(&bytes);
}

static void on_opened(void *context, int side, uint64_t now_ns) {
    Run *run = context;
    static uint8_t payload[PAYLOAD_BYTES];
    if (side != 0) return;
    DrillPacket connect = {.type = DRILL_CONNECT};
    connect.as.connect.protocol_level = 4;
    connect.as.connect.clean = true;
    connect.as.connect.client_id = drill_span_of("writer");
    send_packet(run, &connect, now_ns);
    DrillPacket publish = {.type = DRILL_PUBLISH};
    publish.as.publish.topic = drill_span_of("big");
    publish.as.publish.payload = drill_span(payload, sizeof payload);
    send_packet(run, &publish, now_ns);
}

static void on_received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    (void)context;
    (void)side;
    (void)bytes;
    (void)now_ns;
}

static void on_closed(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns) {
    Run *run = context;
    (void)how;
    if (half) drill_transport_close(run->transport, side, DRILL_CLOSE_FIN, false, now_ns);
}

static void reader(void *context, uint64_t paused, uint64_t now_ns) {
    Run *run = context;
    drill_transport_pause_reading(run->transport, 1, paused != 0, now_ns);
}

static void put_header(Run *run) {
    DrillTraceHeader header = {.tool_version = drill_span_of("test"),
                               .scenario_id = drill_span_of("zero_window"),
                               .scenario_path = drill_span_of("zero_window"),
                               .scenario_sha256 = drill_span_of(""),
                               .title = drill_span_of("A reader that stops for a while"),
                               .target = drill_span_of("sim"),
                               .version = 4,
                               .seed = 1,
                               .run_id = drill_span_of(""),
                               .options = drill_span_of("level=segment")};
    drill_trace_format_header(&header, &run->lines);
}

int main(int argc, char **argv) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 30);
    DrillAllocator allocator = drill_arena_allocator(arena);
    Run run = {.queue = drill_queue_new(allocator), .lines = {.allocator = allocator}};
    DrillLinkOptions link_options = {
        .queue = run.queue, .allocator = allocator, .seed = 1, .name = "writer"};
    for (int direction = 0; direction < 2; direction++)
        link_options.direction[direction].delay_ns = 20 * DRILL_NS_PER_MS;
    DrillTcpSettings tcp = drill_tcp_settings(DRILL_TCP_LINUX);
    /* Whole segments fill it to the last byte: what is left over would not be called zero. */
    tcp.receive_bytes = RECEIVE_BYTES;
    DrillTransportOptions options = {
        .kind = DRILL_TRANSPORT_TCP,
        .link = drill_link_new(&link_options),
        .hooks = {.context = &run,
                  .opened = on_opened,
                  .received = on_received,
                  .closed = on_closed},
        .observer = {.context = &run, .event = on_event, .segments = true},
        .number = 1,
        .tcp = &tcp};
    put_header(&run);
    run.transport = drill_transport_open(&options, 0);
    drill_queue_add(run.queue, 30 * DRILL_NS_PER_MS, reader, &run, 1);
    drill_queue_add(run.queue, 8 * DRILL_NS_PER_S, reader, &run, 0);
    while (drill_queue_now_ns(run.queue) < 20 * DRILL_NS_PER_S && drill_queue_fire(run.queue)) {
    }
    DrillTraceEvent end = {.kind = DRILL_TRACE_RUN_END};
    end.values[0] = text("finished");
    end.values[1] = text("");
    emit(&run, end, "");
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    bool good = file != NULL && fwrite(run.lines.data, 1, run.lines.size, file) == run.lines.size;
    if (file != NULL && fclose(file) != 0) good = false;
    drill_transport_free(run.transport);
    drill_arena_free(arena);
    return good ? 0 : 1;
}
