/* Which tcp.sent a tcp.received or a link.lost is about: the trace says what each segment was, not
 * which one. Segments that look the same in every field are taken in the order in which they were
 * sent. */
#include "report/segments.h"

#include <string.h>

/* One direction of one connection. */
typedef struct Stream {
    uint64_t conn;
    int direction;
    size_t *segments; /* indices, in order */
    size_t count;
    size_t open;       /* all before have a fate */
    DrillSpan again;   /* the next segment sent is one that was sent before, because: */
    uint64_t again_ns; /* at this time */
    uint64_t again_offset;
    uint64_t last_arrived; /* highest place in `segments` + 1 that has arrived */
} Stream;

typedef struct Reading {
    const DrillTraceFile *file;
    DrillPool *pool;
    DrillSegments *out;
    Stream *streams;
    size_t stream_count;
    size_t recent;
} Reading;

/* Copies of segments long gone are not looked for further back than this. */
#define LOOK_BACK 4096

int drill_direction_of(DrillSpan text) {
    return drill_span_is(text, "b>c") ? 1 : 0;
}

static Stream *stream_of(Reading *reading, const DrillTraceEvent *event) {
    uint64_t conn = drill_trace_u64(event, "conn");
    int direction = drill_direction_of(drill_trace_text(event, "direction"));
    for (size_t tried = 0; tried <= reading->stream_count; tried++) {
        size_t at = tried == 0 ? reading->recent : reading->stream_count - tried;
        if (at >= reading->stream_count) continue;
        Stream *stream = &reading->streams[at];
        if (stream->conn != conn || stream->direction != direction) continue;
        reading->recent = at;
        return stream;
    }
    Stream *stream = DRILL_POOL_ADD(reading->pool, reading->streams, reading->stream_count);
    *stream = (Stream){.conn = conn, .direction = direction};
    return stream;
}

static DrillSegment *segment_at(const Reading *reading, const Stream *stream, size_t place) {
    return &reading->out->items[stream->segments[place]];
}

static void skip_settled(const Reading *reading, Stream *stream) {
    while (stream->open < stream->count &&
           segment_at(reading, stream, stream->open)->fate != DRILL_SEGMENT_UNDER_WAY) {
        stream->open++;
    }
}

static void segment_sent(Reading *reading, const DrillTraceEvent *event) {
    Stream *stream = stream_of(reading, event);
    DrillSegments *out = reading->out;
    DrillSegment *segment = DRILL_POOL_ADD(reading->pool, out->items, out->count);
    *segment = (DrillSegment){.sent = event,
                              .conn = stream->conn,
                              .direction = stream->direction,
                              .fate = DRILL_SEGMENT_UNDER_WAY,
                              .received_ns = DRILL_NEVER,
                              .lost_ns = DRILL_NEVER};
    bool again = stream->again.size > 0 && stream->again_ns == event->time_ns &&
                 stream->again_offset == drill_trace_u64(event, "offset");
    if (again) {
        segment->again = stream->again;
        stream->again.size = 0;
    }
    *DRILL_POOL_ADD(reading->pool, stream->segments, stream->count) = out->count - 1;
    out->of_event[event->number] = (uint32_t)out->count;
}

/* The two ends of one segment say the same of it. */
static bool same_segment(const DrillTraceEvent *sent, const DrillTraceEvent *received) {
    const DrillTraceSchema *schema = drill_trace_schema(DRILL_TRACE_TCP_SENT);
    for (size_t i = 0; i < schema->field_count; i++) {
        bool number = schema->fields[i].type == DRILL_TRACE_U64;
        if (number && sent->values[i].number != received->values[i].number) return false;
        if (!number && !drill_span_equal(sent->values[i].bytes, received->values[i].bytes)) {
            return false;
        }
    }
    return true;
}

static void arrive(Reading *reading, Stream *stream, size_t place, const DrillTraceEvent *event) {
    DrillSegment *segment = segment_at(reading, stream, place);
    reading->out->of_event[event->number] = (uint32_t)stream->segments[place] + 1;
    segment->copies++;
    if (segment->copies > 1) return;
    segment->fate = DRILL_SEGMENT_ARRIVED;
    segment->received_ns = event->time_ns;
    segment->received_number = event->number;
    segment->overtaken = place + 1 < stream->last_arrived;
    if (place + 1 > stream->last_arrived) stream->last_arrived = place + 1;
}

static void segment_received(Reading *reading, const DrillTraceEvent *event) {
    Stream *stream = stream_of(reading, event);
    skip_settled(reading, stream);
    for (size_t place = stream->open; place < stream->count; place++) {
        const DrillSegment *segment = segment_at(reading, stream, place);
        if (segment->fate != DRILL_SEGMENT_UNDER_WAY || !same_segment(segment->sent, event)) {
            continue;
        }
        arrive(reading, stream, place, event);
        return;
    }
    /* No segment of this kind is still under way: a copy that the link made. */
    size_t first = stream->count > LOOK_BACK ? stream->count - LOOK_BACK : 0;
    for (size_t place = stream->count; place-- > first;) {
        const DrillSegment *segment = segment_at(reading, stream, place);
        if (segment->fate != DRILL_SEGMENT_ARRIVED || !same_segment(segment->sent, event)) continue;
        arrive(reading, stream, place, event);
        return;
    }
}

static bool lost_could_be(const DrillSegment *segment, const DrillTraceEvent *lost) {
    const DrillTraceEvent *sent = segment->sent;
    if (segment->fate != DRILL_SEGMENT_UNDER_WAY) return false;
    if (drill_trace_u64(sent, "offset") != drill_trace_u64(lost, "offset")) return false;
    if (drill_trace_u64(sent, "bytes") != drill_trace_u64(lost, "bytes")) return false;
    DrillSpan flags = drill_trace_text(lost, "flags");
    return flags.size == 0 || drill_span_equal(flags, drill_trace_text(sent, "flags"));
}

static void lose(DrillSegment *segment, const DrillTraceEvent *event) {
    segment->fate = DRILL_SEGMENT_LOST;
    segment->lost_ns = event->time_ns;
    segment->lost_number = event->number;
    segment->why = drill_trace_text(event, "reason");
}

/* What is lost where it enters the link is the segment just sent; what is lost further on is the
 * oldest that looks like it. */
static void segment_lost(Reading *reading, const DrillTraceEvent *event) {
    Stream *stream = stream_of(reading, event);
    if (stream->count > 0) {
        DrillSegment *last = segment_at(reading, stream, stream->count - 1);
        if (last->sent->time_ns == event->time_ns && lost_could_be(last, event)) {
            lose(last, event);
            return;
        }
    }
    skip_settled(reading, stream);
    for (size_t place = stream->open; place < stream->count; place++) {
        DrillSegment *segment = segment_at(reading, stream, place);
        if (!lost_could_be(segment, event)) continue;
        lose(segment, event);
        return;
    }
}

static void segment_again(Reading *reading, const DrillTraceEvent *event) {
    Stream *stream = stream_of(reading, event);
    stream->again = drill_trace_text(event, "reason");
    stream->again_ns = event->time_ns;
    stream->again_offset = drill_trace_u64(event, "offset");
}

void drill_segments_read(const DrillTraceFile *file, DrillPool *pool, DrillSegments *out) {
    Reading reading = {.file = file, .pool = pool, .out = out};
    *out = (DrillSegments){.items = NULL};
    out->of_event = drill_pool_take(pool, sizeof(uint32_t) * (file->count + 1));
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind == DRILL_TRACE_TCP_SENT) segment_sent(&reading, event);
        if (event->kind == DRILL_TRACE_TCP_RECEIVED) segment_received(&reading, event);
        if (event->kind == DRILL_TRACE_LINK_LOST) segment_lost(&reading, event);
        if (event->kind == DRILL_TRACE_TCP_RETRANSMIT) segment_again(&reading, event);
    }
}

uint64_t drill_segment_numbers(const DrillSegment *segment) {
    uint64_t numbers = drill_trace_u64(segment->sent, "bytes");
    DrillSpan flags = drill_trace_text(segment->sent, "flags");
    bool syn = flags.size >= 3 && memcmp(flags.data, "SYN", 3) == 0;
    bool fin = flags.size >= 3 && memcmp(flags.data, "FIN", 3) == 0;
    return numbers + (syn || fin ? 1 : 0);
}
