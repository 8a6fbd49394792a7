/* Traces written by hand for the tests of reports and diagrams. Events may be added in any order of
 * time; story_finish puts them in order, numbers them and mends the causes. */
#ifndef TESTS_UNIT_REPORT_STORY_H
#define TESTS_UNIT_REPORT_STORY_H

#include <stdlib.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "base/base.h"
#include "trace/trace.h"

#define STORY_EVENTS_MAX 12000
#define LOST             DRILL_NEVER

typedef struct Story {
    DrillTraceFile file;
    DrillTraceEvent events[STORY_EVENTS_MAX]; /* cause: place in this array + 1, until finished */
    uint8_t *blocks[STORY_EVENTS_MAX * 2];
    size_t block_count;
} Story;

#define MS(milliseconds) ((uint64_t)(milliseconds)*DRILL_NS_PER_MS)

static inline DrillSpan story_keep(Story *story, DrillSpan bytes) {
    uint8_t *copy = malloc(bytes.size + 1);
    memcpy(copy, bytes.data != NULL ? bytes.data : (const uint8_t *)"", bytes.size);
    story->blocks[story->block_count++] = copy;
    return drill_span(copy, bytes.size);
}

static inline Story *story_new(const char *id, const char *title) {
    Story *story = calloc(1, sizeof *story);
    story->file.header.tool_version = drill_span_of("0.1.0");
    story->file.header.scenario_id = drill_span_of(id);
    story->file.header.scenario_path = drill_span_of(id);
    story->file.header.scenario_sha256 = drill_span_of("");
    story->file.header.title = drill_span_of(title);
    story->file.header.target = drill_span_of("sim");
    story->file.header.version = 4;
    story->file.header.seed = 42;
    story->file.header.run_id = drill_span_of("");
    story->file.header.options = drill_span_of("");
    story->file.events = story->events;
    story->file.versions =
        (DrillTraceVersions){.allocator = drill_allocator_malloc(), .otherwise = DRILL_MQTT_3_1_1};
    return story;
}

static inline void story_free(Story *story) {
    for (size_t i = 0; i < story->block_count; i++)
        free(story->blocks[i]);
    drill_trace_versions_release(&story->file.versions);
    free(story);
}

static inline DrillTraceEvent *story_add(Story *story, DrillTraceKind kind, uint64_t at_ns,
                                         const char *node) {
    DrillTraceEvent *event = &story->events[story->file.count++];
    event->kind = kind;
    event->time_ns = at_ns;
    event->number = story->file.count;
    event->node = story_keep(story, drill_span_of(node));
    return event;
}

static inline size_t story_field(const DrillTraceEvent *event, const char *name) {
    const DrillTraceSchema *schema = drill_trace_schema(event->kind);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].name, name) == 0) return i;
    }
    abort();
}

static inline void story_number(DrillTraceEvent *event, const char *field, uint64_t value) {
    event->values[story_field(event, field)].number = value;
}

static inline void story_text(Story *story, DrillTraceEvent *event, const char *field,
                              const char *text) {
    event->values[story_field(event, field)].bytes = story_keep(story, drill_span_of(text));
}

static inline void story_node(Story *story, const char *name, const char *role,
                              const char *client_id) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_NODE_ADDED, 0, name);
    story_text(story, event, "role", role);
    story_text(story, event, "client_id", client_id);
    story_number(event, "version", 4);
    story_text(story, event, "transport", "tcp");
    story_number(event, "manual_acks", 0);
}

typedef struct Flight {
    const char *from, *to;
    uint64_t conn, sent_ns, received_ns; /* LOST: never */
} Flight;

/* Returns the (unfinished) number of mqtt.sent. */
static inline uint64_t story_bytes(Story *story, Flight flight, DrillSpan bytes, bool whole) {
    DrillTraceEvent *sent = story_add(story, DRILL_TRACE_MQTT_SENT, flight.sent_ns, flight.from);
    story_number(sent, "conn", flight.conn);
    sent->values[story_field(sent, "bytes")].bytes = story_keep(story, bytes);
    story_number(sent, "whole", whole);
    if (flight.received_ns == LOST) return sent->number;
    DrillTraceEvent *received =
        story_add(story, DRILL_TRACE_MQTT_RECEIVED, flight.received_ns, flight.to);
    story_number(received, "conn", flight.conn);
    received->values[story_field(received, "bytes")].bytes = story_keep(story, bytes);
    story_number(received, "whole", whole);
    received->cause = sent->number;
    return sent->number;
}

static inline uint64_t story_packet(Story *story, Flight flight, const DrillPacket *packet) {
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    if (drill_codec_encode(packet, DRILL_MQTT_3_1_1, &buffer) != DRILL_OK) abort();
    uint64_t number = story_bytes(story, flight, drill_buffer_span(&buffer), true);
    drill_buffer_release(&buffer);
    return number;
}

static inline uint64_t story_connect(Story *story, Flight flight, bool clean) {
    DrillPacket packet = {.type = DRILL_CONNECT};
    packet.as.connect.protocol_level = 4;
    packet.as.connect.clean = clean;
    packet.as.connect.keep_alive_s = 60;
    packet.as.connect.client_id = drill_span_of(flight.from);
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_APP_CONNECT, flight.sent_ns, flight.from);
    story_number(event, "conn", flight.conn);
    story_number(event, "clean", clean);
    return story_packet(story, flight, &packet);
}

static inline uint64_t story_connack(Story *story, Flight flight, bool present) {
    DrillPacket packet = {.type = DRILL_CONNACK};
    packet.as.connack.session_present = present;
    return story_packet(story, flight, &packet);
}

typedef struct Message {
    const char *topic, *payload;
    int qos;
    uint16_t id;
    bool dup;
} Message;

static inline uint64_t story_publish(Story *story, Flight flight, Message message) {
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.dup = message.dup;
    packet.as.publish.qos = (DrillQos)message.qos;
    packet.as.publish.packet_identifier = message.qos == 0 ? 0 : message.id;
    packet.as.publish.topic = drill_span_of(message.topic);
    packet.as.publish.payload = drill_span_of(message.payload);
    return story_packet(story, flight, &packet);
}

static inline uint64_t story_ack(Story *story, Flight flight, DrillPacketType type, uint16_t id) {
    DrillPacket packet = {.type = type};
    packet.as.ack.packet_identifier = id;
    return story_packet(story, flight, &packet);
}

static inline uint64_t story_plain(Story *story, Flight flight, DrillPacketType type) {
    DrillPacket packet = {.type = type};
    return story_packet(story, flight, &packet);
}

static inline void story_subscribe(Story *story, Flight there, Flight back, const char *filter,
                                   int qos) {
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter item = {drill_span_of(filter), (uint8_t)qos};
    if (drill_filters_write(&wire, &item, true) != DRILL_OK) abort();
    DrillPacket packet = {.type = DRILL_SUBSCRIBE};
    packet.as.subscribe.packet_identifier = 1;
    packet.as.subscribe.filters = (DrillFilters){drill_buffer_span(&wire), 1};
    story_packet(story, there, &packet);
    drill_buffer_release(&wire);
    uint8_t code = (uint8_t)qos;
    DrillPacket answer = {.type = DRILL_SUBACK};
    answer.as.suback.packet_identifier = 1;
    answer.as.suback.reason_codes = drill_span(&code, 1);
    story_packet(story, back, &answer);
}

typedef struct Closing {
    const char *node;
    uint64_t conn, at_ns;
    const char *how, *by;
} Closing;

static inline void story_closed(Story *story, Closing closing) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_CONN_CLOSED, closing.at_ns, closing.node);
    story_number(event, "conn", closing.conn);
    story_text(story, event, "how", closing.how);
    story_text(story, event, "by", closing.by);
}

static inline void story_delivered(Story *story, const char *node, uint64_t at_ns,
                                   const char *payload) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_APP_DELIVERED, at_ns, node);
    story_text(story, event, "topic", "t");
    story_text(story, event, "payload", payload);
}

static inline void story_note(Story *story, DrillTraceKind kind, uint64_t at_ns, const char *text) {
    DrillTraceEvent *event = story_add(story, kind, at_ns, "");
    story_text(story, event, "text", text);
    if (kind == DRILL_TRACE_APP_FAILED) story_text(story, event, "file", "story.lua");
}

static inline void story_end(Story *story, uint64_t at_ns, const char *script) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_RUN_END, at_ns, "");
    story_text(story, event, "script", script);
    story_text(story, event, "text", "");
}

static inline int story_compare(const void *a, const void *b, void *context) {
    uint64_t left = ((const DrillTraceEvent *)a)->time_ns;
    uint64_t right = ((const DrillTraceEvent *)b)->time_ns;
    (void)context;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* Returns where a number given while building has gone: keep[number]. The caller frees it. */
static inline uint64_t *story_finish(Story *story) {
    uint64_t *moved = calloc(story->file.count + 1, sizeof *moved);
    drill_sort(story->events, story->file.count, sizeof story->events[0], story_compare, NULL,
               drill_allocator_malloc());
    for (size_t i = 0; i < story->file.count; i++)
        moved[story->events[i].number] = i + 1;
    for (size_t i = 0; i < story->file.count; i++) {
        DrillTraceEvent *event = &story->events[i];
        event->number = i + 1;
        event->cause = moved[event->cause];
        if (event->kind == DRILL_TRACE_FAULT_STRUCK) {
            size_t field = story_field(event, "packet");
            event->values[field].number = moved[event->values[field].number];
        }
        drill_trace_versions_note(&story->file.versions, event);
    }
    return moved;
}

/* --- the stories --- */

static inline void story_struck(Story *story, uint64_t at_ns, uint64_t conn, uint64_t packet,
                                const char *text) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_FAULT_STRUCK, at_ns, "publisher");
    story_number(event, "fault", 1);
    story_number(event, "conn", conn);
    story_number(event, "packet", packet);
    story_text(story, event, "text", text);
}

/* The model picture: a PUBREC is lost with its connection, the message is sent again, and delivered
 * once. */
static inline Story *story_lost_pubrec(bool twice) {
    Story *s = story_new("qos/qos2_lost_pubrec",
                         "QoS 2: a PUBREC that never arrives does not duplicate the message");
    const char *b = "broker", *p = "publisher", *u = "subscriber";
    story_node(s, b, "broker", "");
    story_node(s, u, "client", "client-B");
    story_node(s, p, "client", "client-A");
    story_connect(s, (Flight){u, b, 1, MS(0), MS(120)}, true);
    story_connack(s, (Flight){b, u, 1, MS(120), MS(242)}, false);
    story_subscribe(s, (Flight){u, b, 1, MS(242), MS(365)}, (Flight){b, u, 1, MS(365), MS(485)},
                    "sensor/+/temp", 2);
    story_connect(s, (Flight){p, b, 2, MS(485), MS(605)}, false);
    story_connack(s, (Flight){b, p, 2, MS(605), MS(730)}, false);
    Message message = {"sensor/1/temp", "21.5", 2, 7, false};
    story_publish(s, (Flight){p, b, 2, MS(730), MS(850)}, message);
    uint64_t lost = story_ack(s, (Flight){b, p, 2, MS(850), LOST}, DRILL_PUBREC, 7);
    story_struck(s, MS(850), 2, lost, "cut before PUBREC b>c rst");
    story_closed(s, (Closing){b, 2, MS(851), "rst", "remote"});
    story_closed(s, (Closing){p, 2, MS(970), "rst", "remote"});
    Message copy = {"sensor/1/temp", "21.5", 2, 1, false};
    story_publish(s, (Flight){b, u, 1, MS(850), MS(972)}, copy);
    story_ack(s, (Flight){u, b, 1, MS(972), MS(1090)}, DRILL_PUBREC, 1);
    story_ack(s, (Flight){b, u, 1, MS(1090), MS(1212)}, DRILL_PUBREL, 1);
    story_delivered(s, u, MS(972), "21.5");
    story_ack(s, (Flight){u, b, 1, MS(1212), MS(1333)}, DRILL_PUBCOMP, 1);
    story_note(s, DRILL_TRACE_APP_NOTE, MS(5970),
               "The publisher comes back. It cannot know whether its message arrived.");
    story_connect(s, (Flight){p, b, 3, MS(5970), MS(6090)}, false);
    story_connack(s, (Flight){b, p, 3, MS(6090), MS(6212)}, true);
    message.dup = true;
    story_publish(s, (Flight){p, b, 3, MS(6212), MS(6333)}, message);
    story_ack(s, (Flight){b, p, 3, MS(6333), MS(6455)}, DRILL_PUBREC, 7);
    if (twice) {
        copy.id = 2;
        story_publish(s, (Flight){b, u, 1, MS(6333), MS(6452)}, copy);
        story_delivered(s, u, MS(6452), "21.5");
        story_ack(s, (Flight){u, b, 1, MS(6452), MS(6570)}, DRILL_PUBREC, 2);
        story_ack(s, (Flight){b, u, 1, MS(6570), MS(6690)}, DRILL_PUBREL, 2);
        story_ack(s, (Flight){u, b, 1, MS(6690), MS(6812)}, DRILL_PUBCOMP, 2);
    }
    story_ack(s, (Flight){p, b, 3, MS(6455), MS(6577)}, DRILL_PUBREL, 7);
    story_ack(s, (Flight){b, p, 3, MS(6577), MS(6700)}, DRILL_PUBCOMP, 7);
    if (twice) {
        story_note(s, DRILL_TRACE_APP_FAILED, MS(7000),
                   "expect{topic=\"sensor/1/temp\", count=1}: got 2 messages");
    }
    story_end(s, MS(16700), twice ? "failed" : "finished");
    return s;
}

/* One publisher, six subscribers of QoS 0, 1 and 2, everything at once. */
static inline Story *story_fan_out(void) {
    static const char *const names[] = {"kitchen", "cellar", "garden", "roof", "garage", "office"};
    Story *s = story_new("qos/fan_out", "Seven clients, one broker");
    story_node(s, "broker", "broker", "");
    story_node(s, "thermometer", "client", "thermometer");
    story_connect(s, (Flight){"thermometer", "broker", 1, MS(0), MS(20)}, true);
    story_connack(s, (Flight){"broker", "thermometer", 1, MS(20), MS(40)}, false);
    for (uint64_t i = 0; i < 6; i++) {
        const char *name = names[i];
        uint64_t way = 20 + 7 * i;
        uint64_t start = 50 + 9 * i;
        story_node(s, name, "client", name);
        story_connect(s, (Flight){name, "broker", 2 + i, MS(start), MS(start + way)}, i % 2 == 0);
        story_connack(s, (Flight){"broker", name, 2 + i, MS(start + way), MS(start + 2 * way)},
                      false);
        story_subscribe(s,
                        (Flight){name, "broker", 2 + i, MS(start + 2 * way), MS(start + 3 * way)},
                        (Flight){"broker", name, 2 + i, MS(start + 3 * way), MS(start + 4 * way)},
                        "house/+/temperature", (int)(i % 3));
    }
    Message message = {"house/attic/temperature", "19.25", 2, 1, false};
    story_publish(s, (Flight){"thermometer", "broker", 1, MS(400), MS(420)}, message);
    story_ack(s, (Flight){"broker", "thermometer", 1, MS(420), MS(440)}, DRILL_PUBREC, 1);
    story_ack(s, (Flight){"thermometer", "broker", 1, MS(440), MS(460)}, DRILL_PUBREL, 1);
    story_ack(s, (Flight){"broker", "thermometer", 1, MS(460), MS(480)}, DRILL_PUBCOMP, 1);
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t way = 20 + 7 * i;
        message.qos = (int)(i % 3);
        Flight flight = {"broker", names[i], 2 + i, MS(420), MS(420 + way)};
        if (i == 4) {
            flight.received_ns = LOST;
            story_closed(s, (Closing){names[i], 2 + i, MS(425), "timeout", "local"});
        }
        story_publish(s, flight, message);
        if (i != 4) story_delivered(s, names[i], MS(420 + way), "19.25");
        Flight back = {names[i], "broker", 2 + i, MS(420 + way), MS(420 + 2 * way)};
        if (i == 1) story_ack(s, back, DRILL_PUBACK, 1);
        if (i % 3 == 2) story_ack(s, back, DRILL_PUBREC, 1);
    }
    story_end(s, MS(1000), "finished");
    return s;
}

/* Many messages one after another, with pauses: several pages. */
static inline Story *story_long(size_t messages) {
    Story *s = story_new("qos/long", "A long run");
    const char *b = "broker", *p = "publisher", *u = "subscriber";
    story_node(s, b, "broker", "");
    story_node(s, p, "client", p);
    story_node(s, u, "client", u);
    uint64_t t = 300;
    for (size_t i = 0; i < messages; i++) {
        Message message = {"meter/reading", "value", 1 + (int)(i % 2), (uint16_t)(i + 1), false};
        story_publish(s, (Flight){p, b, 1, MS(t), MS(t + 50)}, message);
        story_publish(s, (Flight){b, u, 2, MS(t + 50), MS(t + 110)}, message);
        story_delivered(s, u, MS(t + 110), "value");
        for (size_t side = 0; side < 2; side++) {
            const char *from = side == 0 ? p : b;
            const char *to = side == 0 ? b : u;
            uint64_t at = t + 50 + 60 * side;
            DrillPacketType answer = i % 2 == 0 ? DRILL_PUBACK : DRILL_PUBREC;
            story_ack(s, (Flight){to, from, 1 + side, MS(at), MS(at + 50)}, answer, message.id);
            if (answer == DRILL_PUBACK) continue;
            story_ack(s, (Flight){from, to, 1 + side, MS(at + 50), MS(at + 100)}, DRILL_PUBREL,
                      message.id);
            story_ack(s, (Flight){to, from, 1 + side, MS(at + 100), MS(at + 150)}, DRILL_PUBCOMP,
                      message.id);
        }
        t += i % 5 == 4 ? 8000 : 70;
    }
    story_end(s, MS(t + 1000), "finished");
    return s;
}

#endif
