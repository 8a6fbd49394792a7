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

static void check_fault(DrillSpan input, DrillVersion version, const DrillFault *fault) {
    HOLDS(fault->text != NULL);
    HOLDS(fault->reason_code >= 0x80);
    HOLDS(fault->offset <= input.size);
    HOLDS(fault->statement == NULL || fault->statement[0] == 'v');
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
