/* Stories with TCP segments, for the tests of captures, statistics and segment diagrams. */
#ifndef TESTS_UNIT_REPORT_SEGMENT_STORY_H
#define TESTS_UNIT_REPORT_SEGMENT_STORY_H

#include "unit/report/story.h"

typedef struct Segment {
    const char *flags;
    uint64_t offset, bytes, sequence, acknowledged, window;
    const char *sack;
} Segment;

static inline void segment_event(Story *story, DrillTraceEvent *event, Flight flight,
                                 const Segment *segment) {
    bool from_client = strcmp(flight.from, "broker") != 0;
    bool syn = strncmp(segment->flags, "SYN", 3) == 0;
    story_number(event, "conn", flight.conn);
    story_text(story, event, "direction", from_client ? "c>b" : "b>c");
    story_text(story, event, "flags", segment->flags);
    story_number(event, "offset", segment->offset);
    story_number(event, "bytes", segment->bytes);
    story_number(event, "sequence", segment->sequence);
    story_number(event, "acknowledged", segment->acknowledged);
    story_number(event, "window", segment->window);
    story_text(story, event, "sack", segment->sack != NULL ? segment->sack : "");
    story_number(event, "ts_value", flight.sent_ns / DRILL_NS_PER_MS + 1);
    story_number(event, "ts_echo", syn ? 0 : 1);
    size_t sacks = segment->sack != NULL ? 12 : 0;
    story_number(event, "header_bytes", syn ? 60 : 52 + sacks);
}

static inline void story_segment(Story *story, Flight flight, Segment segment) {
    segment_event(story, story_add(story, DRILL_TRACE_TCP_SENT, flight.sent_ns, flight.from),
                  flight, &segment);
    if (flight.received_ns == LOST) return;
    segment_event(story, story_add(story, DRILL_TRACE_TCP_RECEIVED, flight.received_ns, flight.to),
                  flight, &segment);
}

static inline void story_lost(Story *story, Flight flight, Segment segment, const char *reason) {
    flight.received_ns = LOST;
    story_segment(story, flight, segment);
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_LINK_LOST, flight.sent_ns, flight.from);
    bool from_client = strcmp(flight.from, "broker") != 0;
    story_number(event, "conn", flight.conn);
    story_text(story, event, "direction", from_client ? "c>b" : "b>c");
    story_text(story, event, "reason", reason);
    story_number(event, "offset", segment.offset);
    story_number(event, "bytes", segment.bytes);
    story_text(story, event, "flags", segment.flags);
}

static inline void story_again(Story *story, Flight flight, Segment segment, const char *reason) {
    DrillTraceEvent *event =
        story_add(story, DRILL_TRACE_TCP_RETRANSMIT, flight.sent_ns, flight.from);
    bool from_client = strcmp(flight.from, "broker") != 0;
    story_number(event, "conn", flight.conn);
    story_text(story, event, "direction", from_client ? "c>b" : "b>c");
    story_text(story, event, "reason", reason);
    story_number(event, "offset", segment.offset);
    story_number(event, "bytes", segment.bytes);
    story_segment(story, flight, segment);
}

static inline void story_published(Story *story, uint64_t at_ns, uint64_t message, Message what) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_APP_PUBLISH, at_ns, "publisher");
    story_number(event, "message", message);
    story_number(event, "qos", (uint64_t)what.qos);
    story_text(story, event, "topic", what.topic);
    story_text(story, event, "payload", what.payload);
}

static inline void story_acked(Story *story, uint64_t at_ns, uint64_t message) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_APP_ACKED, at_ns, "publisher");
    story_number(event, "message", message);
}

static inline void story_got(Story *story, const char *node, uint64_t at_ns, Message what) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_APP_DELIVERED, at_ns, node);
    story_text(story, event, "topic", what.topic);
    story_text(story, event, "payload", what.payload);
}

/* One client: its first data is lost and sent again, an answer is doubled, an acknowledgement is
 * overtaken. */
static inline Story *story_segments(void) {
    Story *s = story_new("net/segments", "Segments lost, repeated and doubled");
    const char *p = "publisher", *b = "broker";
    story_node(s, b, "broker", "");
    story_node(s, p, "client", p);
    story_segment(s, (Flight){p, b, 1, MS(0), MS(50)}, (Segment){"SYN", 0, 0, 0, 0, 64240, NULL});
    story_segment(s, (Flight){b, p, 1, MS(50), MS(100)},
                  (Segment){"SYN,ACK", 0, 0, 0, 1, 65160, NULL});
    story_connect(s, (Flight){p, b, 1, MS(100), MS(350)}, true); /* 23 bytes */
    Segment connect = {"ACK", 0, 23, 1, 1, 64240, NULL};
    story_lost(s, (Flight){p, b, 1, MS(100), LOST}, connect, "loss");
    story_again(s, (Flight){p, b, 1, MS(300), MS(350)}, connect, "rto");
    story_connack(s, (Flight){b, p, 1, MS(350), MS(400)}, false);
    Segment connack = {"ACK", 0, 4, 1, 24, 65160, NULL};
    story_segment(s, (Flight){b, p, 1, MS(350), MS(400)}, connack);
    DrillTraceEvent *copy = story_add(s, DRILL_TRACE_TCP_RECEIVED, MS(410), p);
    segment_event(s, copy, (Flight){b, p, 1, MS(350), MS(410)}, &connack);
    story_segment(s, (Flight){p, b, 1, MS(400), MS(480)},
                  (Segment){"ACK", 23, 0, 24, 5, 131072, "1-5"});
    Message message = {"t", "hello", 1, 1, false};
    story_publish(s, (Flight){p, b, 1, MS(420), MS(470)}, message); /* 12 bytes */
    story_segment(s, (Flight){p, b, 1, MS(420), MS(470)},
                  (Segment){"ACK", 23, 12, 24, 5, 131072, NULL});
    story_ack(s, (Flight){b, p, 1, MS(470), MS(520)}, DRILL_PUBACK, 1);
    story_segment(s, (Flight){b, p, 1, MS(470), MS(520)},
                  (Segment){"ACK", 4, 4, 5, 36, 65160, NULL});
    story_lost(s, (Flight){p, b, 1, MS(520), LOST}, (Segment){"ACK", 35, 0, 36, 9, 0, NULL},
               "queue");
    story_end(s, MS(1000), "finished");
    return s;
}

#endif
