#include "codec_input.h"

#include <mqttdrill/connection.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define READER_BYTES_MAX 4096

typedef struct Buffers {
    DrillBuffer encoded, again, text, text_again;
} Buffers;

static void fail(DrillSpan input, DrillVersion version, const char *what) {
    fprintf(stderr, "codec at version %d: %s\ninput:", (int)version, what);
    for (size_t i = 0; i < input.size; i++) {
        fprintf(stderr, " %02x", input.data[i]);
    }
    fprintf(stderr, "\n");
    exit(1); /* libFuzzer takes this for a crash and keeps the input */
}

#define HOLDS(condition) ((condition) ? (void)0 : fail(input, version, #condition))

static Buffers *buffers(void) {
    static Buffers all;
    all.encoded.allocator = all.again.allocator = drill_allocator_malloc();
    all.text.allocator = all.text_again.allocator = drill_allocator_malloc();
    drill_buffer_clear(&all.encoded);
    drill_buffer_clear(&all.again);
    drill_buffer_clear(&all.text);
    drill_buffer_clear(&all.text_again);
    return &all;
}

static void check_fault(DrillSpan input, DrillVersion version, const DrillFault *fault) {
    HOLDS(fault->text != NULL);
    HOLDS(fault->reason_code >= 0x80);
    HOLDS(fault->offset <= input.size);
    HOLDS(fault->statement == NULL || fault->statement[0] == 'v');
}

typedef struct Lists {
    DrillProperties properties, will_properties;
    DrillFilters filters;
    bool with_options;
} Lists;

static Lists lists_of(const DrillPacket *packet) {
    switch (packet->type) {
    case DRILL_CONNECT:
        return (Lists){.properties = packet->as.connect.properties,
                       .will_properties = packet->as.connect.will_properties};
    case DRILL_CONNACK:
        return (Lists){.properties = packet->as.connack.properties};
    case DRILL_PUBLISH:
        return (Lists){.properties = packet->as.publish.properties};
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        return (Lists){.properties = packet->as.subscribe.properties,
                       .filters = packet->as.subscribe.filters,
                       .with_options = packet->type == DRILL_SUBSCRIBE};
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        return (Lists){.properties = packet->as.suback.properties};
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return (Lists){.properties = packet->as.reason.properties};
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        return (Lists){.with_options = false};
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        break;
    }
    return (Lists){.properties = packet->as.ack.properties};
}

static void rewrite_properties(DrillSpan input, DrillVersion version, DrillProperties properties,
                               int place) {
    DrillBuffer *written = &buffers()->again;
    DrillFault fault;
    DrillProperty property;
    size_t offset = 0;
    uint32_t count = 0;
    HOLDS(drill_properties_check(properties, place, &fault) == DRILL_OK);
    while (drill_properties_next(properties, &offset, &property)) {
        HOLDS(drill_properties_write(written, &property) == DRILL_OK);
        count++;
    }
    HOLDS(count == properties.count);
    HOLDS(drill_span_equal(drill_buffer_span(written), properties.wire));
}

/* The lists, walked and written item by item, are what they were. */
static void rewrite_lists(DrillSpan input, const DrillPacket *packet, DrillVersion version) {
    Lists lists = lists_of(packet);
    DrillFilter filter;
    size_t offset = 0;
    uint32_t count = 0;
    rewrite_properties(input, version, lists.properties, (int)packet->type);
    rewrite_properties(input, version, lists.will_properties, DRILL_PROPERTIES_OF_WILL);
    DrillBuffer *written = &buffers()->again;
    while (drill_filters_next(lists.filters, lists.with_options, &offset, &filter)) {
        HOLDS(drill_filters_write(written, &filter, lists.with_options) == DRILL_OK);
        count++;
    }
    HOLDS(count == lists.filters.count);
    HOLDS(drill_span_equal(drill_buffer_span(written), lists.filters.wire));
}

/* A packet of one version, asked for in another: what can be said there, or nothing at all. (It may
 * still be malformed there: 3.1 takes names that 3.1.1 forbids.) */
static void encode_elsewhere(DrillSpan input, const DrillPacket *packet, DrillVersion version) {
    DrillPacket copy;
    for (int other = DRILL_MQTT_3_1; other <= DRILL_MQTT_5_0; other++) {
        DrillBuffer *encoded = &buffers()->encoded;
        if (drill_codec_encode(packet, (DrillVersion)other, encoded) != DRILL_OK) {
            HOLDS(encoded->size == 0);
            continue;
        }
        DrillSpan bytes = drill_buffer_span(encoded);
        DrillFault fault = {0};
        if (drill_codec_decode(bytes, (DrillVersion)other, &copy, &fault) == DRILL_OK) {
            HOLDS(copy.type == packet->type);
        } else {
            check_fault(bytes, (DrillVersion)other, &fault);
        }
    }
}

/* What decodes can be encoded, and decodes again to the same. */
static void round_trip(DrillSpan input, const DrillPacket *packet, DrillVersion version,
                       bool planted) {
    Buffers *all = buffers();
    DrillPacket copy;
    DrillFault fault;
    DrillVersion own =
        packet->type == DRILL_CONNECT ? (DrillVersion)packet->as.connect.protocol_level : version;
    drill_codec_print(packet, own, DRILL_PRINT_SHORT, &all->text);
    drill_codec_print(packet, own, DRILL_PRINT_FULL, &all->text);
    HOLDS(drill_utf8_valid(drill_buffer_span(&all->text)));
    HOLDS(drill_codec_encode(packet, own, &all->encoded) == DRILL_OK);
    HOLDS(drill_codec_decode(drill_buffer_span(&all->encoded), own, &copy, &fault) == DRILL_OK);
    if (planted) {
        copy.type = copy.type == DRILL_PINGREQ ? DRILL_PINGRESP : DRILL_PINGREQ;
    }
    HOLDS(copy.type == packet->type);
    drill_codec_print(&copy, own, DRILL_PRINT_SHORT, &all->text_again);
    drill_codec_print(&copy, own, DRILL_PRINT_FULL, &all->text_again);
    HOLDS(drill_span_equal(drill_buffer_span(&all->text), drill_buffer_span(&all->text_again)));
    HOLDS(drill_codec_encode(&copy, own, &all->again) == DRILL_OK);
    HOLDS(drill_span_equal(drill_buffer_span(&all->encoded), drill_buffer_span(&all->again)));
    /* The encoder's form is the shortest; a packet of 3.1 may be cut short in ways that ours is
     * not. */
    HOLDS(all->encoded.size <= input.size);
}

static void decode_one(DrillSpan input, DrillVersion version, CodecTally *tally) {
    DrillPacket packet;
    DrillFault fault = {0};
    size_t size = 0;
    DrillResult framed = drill_codec_frame(input, version, DRILL_PACKET_BYTES_MAX, &size, &fault);
    bool exact = framed == DRILL_OK && size == input.size;
    fault = (DrillFault){0};
    DrillResult decoded = drill_codec_decode(input, version, &packet, &fault);
    if (decoded == DRILL_OK) {
        HOLDS(exact);
        uint64_t number = ++tally->decoded[version];
        round_trip(input, &packet, version, number == tally->plant_at);
        rewrite_lists(input, &packet, version);
        encode_elsewhere(input, &packet, version);
    } else {
        HOLDS(decoded == DRILL_MALFORMED);
        check_fault(input, version, &fault);
    }
}

/* Piece sizes from the bytes themselves: the same input is always cut at the same places. */
static size_t piece_of(DrillSpan input, uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    size_t piece = 1 + (*state >> 24) % 7;
    return piece < input.size ? piece : input.size;
}

/* The reader finds in pieces what framing finds in the whole. */
static void read_pieces(DrillSpan input, DrillVersion version, CodecTally *tally) {
    DrillReader reader;
    DrillFault fault = {0};
    DrillFault expected_fault = {0};
    uint32_t state = (uint32_t)drill_hash(input, 1);
    DrillSpan rest = input;
    DrillSpan whole = input;
    DrillResult result = DRILL_NEED_MORE;
    drill_reader_init(&reader, drill_allocator_malloc(), version, READER_BYTES_MAX);
    while (rest.size > 0) {
        DrillSpan piece = drill_span(rest.data, piece_of(rest, &state));
        rest = drill_span(rest.data + piece.size, rest.size - piece.size);
        DrillSpan packet;
        while ((result = drill_reader_next(&reader, &piece, &packet, &fault)) == DRILL_OK) {
            size_t size = 0;
            HOLDS(drill_codec_frame(whole, version, READER_BYTES_MAX, &size, &expected_fault) ==
                  DRILL_OK);
            HOLDS(drill_span_equal(packet, drill_span(whole.data, size)));
            whole = drill_span(whole.data + size, whole.size - size);
            tally->stream_packets++;
        }
        if (result != DRILL_NEED_MORE) {
            break;
        }
    }
    size_t size = 0;
    HOLDS(drill_codec_frame(whole, version, READER_BYTES_MAX, &size, &expected_fault) == result);
    HOLDS(result == DRILL_NEED_MORE || fault.text == expected_fault.text);
    HOLDS(result != DRILL_NEED_MORE || drill_reader_held(&reader) == whole.size);
    drill_reader_release(&reader);
}

void codec_input(DrillSpan input, CodecTally *tally) {
    for (int version = DRILL_MQTT_3_1; version <= DRILL_MQTT_5_0; version++) {
        decode_one(input, (DrillVersion)version, tally);
        read_pieces(input, (DrillVersion)version, tally);
    }
}

size_t codec_fit_length(uint8_t *bytes, size_t size, size_t size_max) {
    size_t header = 1;
    uint8_t length[4];
    size_t length_size = 0;
    while (header < size && header < 4 && (bytes[header] & 0x80) != 0) {
        header++;
    }
    header++;
    if (header > size) {
        return size;
    }
    size_t body = size - header;
    for (size_t left = body; length_size == 0 || left > 0; left >>= 7) {
        length[length_size++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    }
    if (1 + length_size + body > size_max) {
        return size;
    }
    memmove(bytes + 1 + length_size, bytes + header, body);
    memcpy(bytes + 1, length, length_size);
    return 1 + length_size + body;
}
