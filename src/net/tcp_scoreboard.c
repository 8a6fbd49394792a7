/* Simulated TCP: the segments under way, in order of their numbers, and what is known of each. They
 * lie in one piece of a vector that moves on as they are acknowledged. */
#include <string.h>

#include "net/tcp.h"

static void make_room(DrillTransport *transport, DrillTcpEnd *end) {
    if (end->segments_first + end->segments_count < end->segments_capacity) {
        return;
    }
    if (end->segments_first > end->segments_count) {
        memcpy(end->segments, drill_tcp_segment(end, 0),
               end->segments_count * sizeof(DrillTcpSegment));
        end->segments_first = 0;
        return;
    }
    size_t capacity = end->segments_capacity == 0 ? 8 : end->segments_capacity * 2;
    end->segments = drill_reallocate(transport->allocator, end->segments,
                                     end->segments_capacity * sizeof(DrillTcpSegment),
                                     capacity * sizeof(DrillTcpSegment));
    end->segments_capacity = capacity;
}

void drill_tcp_keep_segment(DrillTransport *transport, int side, DrillTcpSegment segment) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    make_room(transport, end);
    end->segments_count++;
    *drill_tcp_segment(end, end->segments_count - 1) = segment;
}

/* A piece of what was under way already. Its marks may be EVER only. */
void drill_tcp_insert_segment(DrillTransport *transport, int side, size_t index,
                              DrillTcpSegment segment) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_tcp_keep_segment(transport, side, segment);
    DrillTcpSegment *at = drill_tcp_segment(end, index);
    memmove(at + 1, at, (end->segments_count - index - 1) * sizeof(DrillTcpSegment));
    *at = segment;
    end->ever += (segment.marks & DRILL_TCP_EVER) != 0 ? 1 : 0;
}

static uint32_t *count_of(DrillTcpEnd *end, DrillTcpMark mark) {
    switch (mark) {
    case DRILL_TCP_SACKED:
        return &end->sacked;
    case DRILL_TCP_LOST:
        return &end->lost;
    case DRILL_TCP_RESENT:
        return &end->resent;
    case DRILL_TCP_EVER:
        break;
    }
    return &end->ever;
}

void drill_tcp_clear_mark(DrillTcpEnd *end, DrillTcpSegment *segment, DrillTcpMark mark) {
    if ((segment->marks & mark) != 0) {
        segment->marks &= (uint8_t)~mark;
        uint32_t *count = count_of(end, mark);
        DRILL_ASSERT(*count > 0);
        (*count)--;
    }
}

static void clear_marks(DrillTcpEnd *end, DrillTcpSegment *segment) {
    drill_tcp_clear_mark(end, segment, DRILL_TCP_SACKED);
    drill_tcp_clear_mark(end, segment, DRILL_TCP_LOST);
    drill_tcp_clear_mark(end, segment, DRILL_TCP_RESENT);
    drill_tcp_clear_mark(end, segment, DRILL_TCP_EVER);
}

void drill_tcp_forget_segments(DrillTcpEnd *end, size_t count) {
    DRILL_ASSERT(count <= end->segments_count);
    for (size_t i = 0; i < count; i++) {
        clear_marks(end, drill_tcp_segment(end, i));
    }
    end->segments_first += count;
    end->segments_count -= count;
    if (end->segments_count == 0) {
        end->segments_first = 0;
    }
}

void drill_tcp_merge_segments(DrillTcpEnd *end, size_t index) {
    DrillTcpSegment *into = drill_tcp_segment(end, index);
    DrillTcpSegment *from = drill_tcp_segment(end, index + 1);
    DRILL_ASSERT(index + 1 < end->segments_count && into->end == from->begin);
    bool ever = (from->marks & DRILL_TCP_EVER) != 0;
    into->end = from->end;
    clear_marks(end, from);
    if (ever && (into->marks & DRILL_TCP_EVER) == 0) {
        into->marks |= DRILL_TCP_EVER;
        end->ever++;
    }
    memmove(from, from + 1, (end->segments_count - index - 2) * sizeof(DrillTcpSegment));
    end->segments_count--;
}

void drill_tcp_mark_lost(DrillTcpEnd *end, DrillTcpSegment *segment) {
    if ((segment->marks & DRILL_TCP_SACKED) != 0) {
        return;
    }
    if ((segment->marks & DRILL_TCP_LOST) == 0) {
        segment->marks |= DRILL_TCP_LOST;
        end->lost++;
        end->lost_total++;
    } else if ((segment->marks & DRILL_TCP_RESENT) != 0) {
        drill_tcp_clear_mark(end, segment, DRILL_TCP_RESENT); /* the retransmission is lost too */
        end->lost_total++;
    }
}

static uint64_t bytes_in_flight(const DrillTcpEnd *end) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < end->segments_count; i++) {
        const DrillTcpSegment *segment = drill_tcp_segment(end, i);
        if ((segment->marks & (DRILL_TCP_SACKED | DRILL_TCP_LOST)) == 0 ||
            (segment->marks & DRILL_TCP_RESENT) != 0) {
            bytes += segment->end - segment->begin;
        }
    }
    return bytes;
}

uint32_t drill_tcp_in_flight(const DrillTcpEnd *end) {
    if (end->unit_bytes > 0) {
        return (uint32_t)(bytes_in_flight(end) / end->unit_bytes);
    }
    return (uint32_t)end->segments_count - drill_tcp_left_out(end) + end->resent;
}
