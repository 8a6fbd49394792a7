/* RFC 791, RFC 9293; options of RFC 7323 (window scale, timestamps) and 2018 (SACK). */
#include "report/capture_ip.h"

enum {
    IP_BYTES = 20,
    TCP_BYTES = 20,
    OPTIONS_BYTES_MAX = 40,
    TIME_TO_LIVE = 64,
    PROTOCOL_TCP = 6,
    DONT_FRAGMENT = 0x4000
};
enum { KIND_NOP = 1, KIND_MSS = 2, KIND_SCALE = 3, KIND_SACK_PERMITTED = 4, KIND_SACK = 5 };
enum { KIND_TIMESTAMPS = 8 };

static void put16(DrillBuffer *out, uint32_t value) {
    drill_buffer_put_byte(out, (uint8_t)(value >> 8));
    drill_buffer_put_byte(out, (uint8_t)value);
}

static void put32(DrillBuffer *out, uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

static void put_kind(DrillBuffer *out, unsigned kind, unsigned bytes) {
    drill_buffer_put_byte(out, (uint8_t)kind);
    drill_buffer_put_byte(out, (uint8_t)bytes);
}

static void pad(DrillBuffer *out, unsigned nops) {
    for (unsigned i = 0; i < nops; i++)
        drill_buffer_put_byte(out, KIND_NOP);
}

static void put_sacks(DrillBuffer *out, const DrillWireSegment *segment, size_t room) {
    size_t count = segment->sack_count;
    if (count > (room - 4) / 8) count = (room - 4) / 8;
    if (count == 0) return;
    pad(out, 2);
    put_kind(out, KIND_SACK, (unsigned)(2 + 8 * count));
    for (size_t i = 0; i < count; i++) {
        put32(out, segment->sacks[i][0]);
        put32(out, segment->sacks[i][1]);
    }
}

/* A multiple of four bytes, in Linux's order. */
static void put_options(DrillBuffer *out, const DrillWireSegment *segment) {
    size_t start = out->size;
    if (segment->mss != 0) {
        put_kind(out, KIND_MSS, 4);
        put16(out, segment->mss);
    }
    if (segment->sack_permitted) {
        if (!segment->stamped) pad(out, 2);
        put_kind(out, KIND_SACK_PERMITTED, 2);
    }
    if (segment->stamped) {
        if (!segment->sack_permitted) pad(out, 2);
        put_kind(out, KIND_TIMESTAMPS, 10);
        put32(out, segment->ts_value);
        put32(out, segment->ts_echo);
    }
    if (segment->scaled) {
        pad(out, 1);
        put_kind(out, KIND_SCALE, 3);
        drill_buffer_put_byte(out, segment->scale);
    }
    put_sacks(out, segment, OPTIONS_BYTES_MAX - (out->size - start));
}

/* Sum of 16-bit words, to be folded. */
static uint64_t sum(DrillSpan bytes) {
    uint64_t total = 0;
    for (size_t i = 0; i < bytes.size; i++)
        total += i % 2 == 0 ? (uint64_t)bytes.data[i] << 8 : bytes.data[i];
    return total;
}

static void set_checksum(DrillBuffer *out, size_t at, uint64_t total) {
    while (total > 0xffff)
        total = (total >> 16) + (total & 0xffff);
    out->data[at] = (uint8_t)(~total >> 8 & 0xff);
    out->data[at + 1] = (uint8_t)(~total & 0xff);
}

static void put_ip(DrillBuffer *out, const DrillWireSegment *segment, size_t tcp_bytes) {
    size_t start = out->size;
    put16(out, 0x4500);
    put16(out, (uint32_t)(IP_BYTES + tcp_bytes));
    put16(out, segment->identification);
    put16(out, DONT_FRAGMENT);
    drill_buffer_put_byte(out, TIME_TO_LIVE);
    drill_buffer_put_byte(out, PROTOCOL_TCP);
    put16(out, 0);
    put32(out, segment->from.address);
    put32(out, segment->to.address);
    set_checksum(out, start + 10, sum(drill_span(out->data + start, IP_BYTES)));
}

void drill_capture_ip(DrillBuffer *out, const DrillWireSegment *segment) {
    DrillBuffer options = {.allocator = out->allocator};
    put_options(&options, segment);
    size_t header = TCP_BYTES + options.size;
    size_t tcp_bytes = header + segment->payload.size;
    DRILL_ASSERT(options.size % 4 == 0 && options.size <= OPTIONS_BYTES_MAX);
    DRILL_ASSERT(IP_BYTES + tcp_bytes <= 0xffff);
    put_ip(out, segment, tcp_bytes);
    size_t start = out->size;
    put16(out, segment->from.port);
    put16(out, segment->to.port);
    put32(out, segment->sequence);
    put32(out, segment->acknowledged);
    drill_buffer_put_byte(out, (uint8_t)(header / 4 << 4));
    drill_buffer_put_byte(out, segment->flags);
    put16(out, segment->window);
    put16(out, 0); /* checksum */
    put16(out, 0); /* urgent pointer */
    drill_buffer_put(out, options.data, options.size);
    drill_buffer_put(out, segment->payload.data, segment->payload.size);
    drill_buffer_release(&options);
    /* with the pseudo header: addresses, protocol, length */
    DrillSpan addresses = drill_span(out->data + start - 8, 8);
    uint64_t total = sum(addresses) + PROTOCOL_TCP + tcp_bytes;
    total += sum(drill_span(out->data + start, tcp_bytes));
    set_checksum(out, start + 16, total);
}
