#include "report/pcapng.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    SNAP_BYTES = 262144
};

/* Options. Code 1 is a comment in every block. */
enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_APPLICATION = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_RESOLUTION = 9,
    PACKET_FLAGS = 2
};

#define OPTION_BYTES_MAX 65535u
#define INBOUND          1
#define OUTBOUND         2

static void put16(DrillBuffer *out, uint32_t value) {
    drill_buffer_put_byte(out, (uint8_t)value);
    drill_buffer_put_byte(out, (uint8_t)(value >> 8));
}

static void put32(DrillBuffer *out, uint32_t value) {
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

static void put_padded(DrillBuffer *out, DrillSpan bytes) {
    drill_buffer_put(out, bytes.data, bytes.size);
    for (size_t size = bytes.size; size % 4 != 0; size++)
        drill_buffer_put_byte(out, 0);
}

static void put_option(DrillBuffer *out, uint32_t code, DrillSpan value) {
    if (value.size > OPTION_BYTES_MAX) value.size = OPTION_BYTES_MAX;
    put16(out, code);
    put16(out, (uint32_t)value.size);
    put_padded(out, value);
}

static void put_text_option(DrillBuffer *out, uint32_t code, DrillSpan text) {
    if (text.size > 0) put_option(out, code, text);
}

static size_t open_block(DrillBuffer *out, uint32_t type) {
    size_t start = out->size;
    put32(out, type);
    put32(out, 0); /* its length, when it is known */
    return start;
}

static void close_block(DrillBuffer *out, size_t start) {
    put_option(out, OPTION_END, drill_span(NULL, 0));
    uint32_t size = (uint32_t)(out->size - start) + 4;
    put32(out, size);
    for (size_t i = 0; i < 4; i++)
        out->data[start + 4 + i] = (uint8_t)(size >> (8 * i));
}

void drill_pcapng_section(DrillBuffer *out, const DrillPcapngSection *section) {
    size_t start = open_block(out, BLOCK_SECTION);
    put32(out, BYTE_ORDER_MAGIC);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* length of the section: not said */
    put32(out, UINT32_MAX);
    put_text_option(out, SECTION_APPLICATION, section->application);
    put_text_option(out, OPTION_COMMENT, section->comment);
    close_block(out, start);
}

void drill_pcapng_interface(DrillBuffer *out, const DrillPcapngInterface *interface) {
    static const uint8_t nanoseconds[] = {9};
    size_t start = open_block(out, BLOCK_INTERFACE);
    put16(out, (uint32_t)interface->linktype);
    put16(out, 0);
    put32(out, SNAP_BYTES);
    put_text_option(out, INTERFACE_NAME, interface->name);
    put_text_option(out, INTERFACE_DESCRIPTION, interface->description);
    put_option(out, INTERFACE_RESOLUTION, drill_span(nanoseconds, 1));
    close_block(out, start);
}

void drill_pcapng_packet(DrillBuffer *out, const DrillPcapngPacket *packet) {
    const uint8_t flags[4] = {packet->outbound ? OUTBOUND : INBOUND, 0, 0, 0};
    DrillSpan captured = packet->bytes;
    if (captured.size > SNAP_BYTES) captured.size = SNAP_BYTES;
    size_t start = open_block(out, BLOCK_PACKET);
    put32(out, packet->interface);
    put32(out, (uint32_t)(packet->time_ns >> 32));
    put32(out, (uint32_t)packet->time_ns);
    put32(out, (uint32_t)captured.size);
    put32(out, (uint32_t)packet->bytes.size);
    put_padded(out, captured);
    put_option(out, PACKET_FLAGS, drill_span(flags, sizeof flags));
    for (size_t i = 0; i < packet->comment_count; i++)
        put_option(out, OPTION_COMMENT, drill_span_of(packet->comments[i]));
    close_block(out, start);
}
