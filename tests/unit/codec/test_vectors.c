/* Every vector of tests/vectors, and what must hold for each of them: prefixes, round trips,
 * splits, mutations. */
#include <mqttdrill/connection.h>

#include "base/base.h"
#include "draw.h"
#include "spec/spec.h"
#include "unit/suite.h"
#include "vectors/vectors.h"

#define PROPERTY_IDS 0x2b

static Vectors *vectors;

static void read_vectors(void) {
    vectors = vectors_read(DRILL_SOURCE_DIR "/tests/vectors");
}

static void drop_vectors(void) {
    vectors_free(vectors);
}

static DrillSpan bytes_of(const Vector *vector) {
    return drill_span(vector->bytes, vector->size);
}

/* A copy that ends where the memory ends. */
static DrillSpan copy_of(DrillSpan bytes) {
    uint8_t *copy = (uint8_t *)malloc(bytes.size > 0 ? bytes.size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes.data, bytes.size);
    return drill_span(copy, bytes.size);
}

static void check_text(const Vector *vector, const DrillPacket *packet) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_codec_print(packet, vector->version, DRILL_PRINT_FULL, &text);
    ck_assert_msg(drill_span_is(drill_buffer_span(&text), vector->text),
                  "%s.vec:%d %s: printed \"%s\"", vector->file, vector->line, vector->name,
                  drill_buffer_cstring(&text));
    drill_buffer_release(&text);
}

static void check_ok(const Vector *vector) {
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes_of(vector), vector->version, &packet, &fault);
    ck_assert_msg(result == DRILL_OK, "%s.vec:%d %s: refused with %02x %s @%zu: %s", vector->file,
                  vector->line, vector->name, fault.reason_code, fault.statement, fault.offset,
                  fault.text);
    check_text(vector, &packet);
}

static void check_fault(const Vector *vector) {
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes_of(vector), vector->version, &packet, &fault);
    ck_assert_msg(result == DRILL_MALFORMED, "%s.vec:%d %s: was accepted", vector->file,
                  vector->line, vector->name);
    const char *statement = fault.statement != NULL ? fault.statement : "-";
    bool same = fault.reason_code == vector->reason_code && fault.offset == vector->offset &&
                strcmp(statement, vector->statement) == 0;
    ck_assert_msg(same, "%s.vec:%d %s: %02x %s @%zu (%s)", vector->file, vector->line, vector->name,
                  fault.reason_code, statement, fault.offset, fault.text);
    ck_assert_ptr_nonnull(fault.text);
    if (fault.statement != NULL) {
        ck_assert_msg(drill_statement_find(drill_span_of(fault.statement)) != NULL,
                      "%s: no such statement %s", vector->name, fault.statement);
        ck_assert(fault.statement[1] == (vector->version == DRILL_MQTT_5_0 ? '5' : '3'));
    }
}

START_TEST(test_every_vector) {
    ck_assert_uint_ge(vectors->count, 800);
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        if (vector->ok) {
            check_ok(vector);
        } else {
            check_fault(vector);
        }
    }
}
END_TEST

START_TEST(test_every_packet_type_and_property_has_vectors) {
    bool types[6][16] = {{false}};
    bool malformed[6][16] = {{false}};
    bool properties[PROPERTY_IDS] = {false};
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        (vector->ok ? types : malformed)[vector->version][vector->bytes[0] >> 4] = true;
        for (int id = 1; vector->ok && vector->version == DRILL_MQTT_5_0 && id < PROPERTY_IDS;
             id++) {
            const char *name = drill_property_name((DrillPropertyId)id);
            properties[id] = properties[id] || (name != NULL && strstr(vector->text, name) != NULL);
        }
    }
    for (int type = DRILL_CONNECT; type <= DRILL_AUTH; type++) {
        for (int version = 4; version <= 5; version++) {
            ck_assert_msg(malformed[version][type], "no bad %d in %d", type, version);
            ck_assert_msg(types[version][type] == (type != DRILL_AUTH || version == 5), "%d", type);
        }
    }
    for (int id = 1; id < PROPERTY_IDS; id++) {
        if (drill_property_name((DrillPropertyId)id) != NULL) {
            ck_assert_msg(properties[id], "no vector for property %d", id);
        }
    }
}
END_TEST

START_TEST(test_framing_tells_whole_from_unfinished) {
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        size_t header = vector->size >= 2 && vector->bytes[1] >= 0x80 ? 3 : 2;
        for (size_t size = 0; vector->ok && size <= vector->size; size++) {
            DrillFault fault;
            size_t whole = 99;
            DrillSpan prefix = copy_of(drill_span(vector->bytes, size));
            DrillResult result =
                drill_codec_frame(prefix, vector->version, DRILL_PACKET_BYTES_MAX, &whole, &fault);
            ck_assert_msg(result == (size < vector->size ? DRILL_NEED_MORE : DRILL_OK), "%s %zu",
                          vector->name, size);
            ck_assert_uint_eq(whole, size < header ? 0 : vector->size);
            free((void *)(uintptr_t)prefix.data);
        }
    }
}
END_TEST

/* The prefix with a Remaining Length of its own: whole to the eye of the framing. */
static DrillSpan patched_prefix(const Vector *vector, size_t header, size_t size) {
    uint8_t *out = (uint8_t *)malloc(size + 3);
    size_t body = size - header;
    size_t at = 0;
    ck_assert_ptr_nonnull(out);
    out[at++] = vector->bytes[0];
    if (body >= 0x80) {
        out[at++] = (uint8_t)(body | 0x80);
        out[at++] = (uint8_t)(body >> 7);
    } else {
        out[at++] = (uint8_t)body;
    }
    memcpy(out + at, vector->bytes + header, body);
    DrillSpan patched = copy_of(drill_span(out, at + body));
    free(out);
    return patched;
}

/* A packet can only be cut where what is left is complete: the payload of PUBLISH, the list of
 * SUBACK, and where 5.0 allows a short form. */
static bool may_be_cut(const Vector *vector, const DrillPacket *packet, size_t body) {
    DrillPacketType type = packet->type;
    if (type == DRILL_PUBLISH) {
        return true; /* the topic and what follows it are checked by hand-written vectors */
    }
    if (type == DRILL_CONNECT && vector->version == DRILL_MQTT_3_1) {
        return true; /* missing credentials are allowed */
    }
    if (type == DRILL_SUBSCRIBE || type == DRILL_UNSUBSCRIBE || type == DRILL_SUBACK ||
        type == DRILL_UNSUBACK) {
        return true; /* shorter lists */
    }
    bool ack = type >= DRILL_PUBACK && type <= DRILL_PUBCOMP;
    return vector->version == DRILL_MQTT_5_0 &&
           (ack ? body == 2 || body == 3
                : (type == DRILL_DISCONNECT || type == DRILL_AUTH) && body < 2);
}

START_TEST(test_no_prefix_passes_for_a_packet) {
    size_t refused = 0;
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        size_t header = vector->size >= 2 && vector->bytes[1] >= 0x80 ? 3 : 2;
        for (size_t size = header; vector->ok && size < vector->size; size++) {
            DrillPacket packet;
            DrillFault fault = {0};
            DrillSpan patched = patched_prefix(vector, header, size);
            DrillResult result = drill_codec_decode(patched, vector->version, &packet, &fault);
            if (result == DRILL_OK) {
                ck_assert_msg(may_be_cut(vector, &packet, size - header), "%s cut to %zu passes",
                              vector->name, size);
            } else {
                ck_assert_int_eq(result, DRILL_MALFORMED);
                ck_assert_ptr_nonnull(fault.text);
                ck_assert_uint_le(fault.offset, patched.size);
                refused++;
            }
            free((void *)(uintptr_t)patched.data);
        }
    }
    ck_assert_uint_gt(refused, 2500);
}
END_TEST

START_TEST(test_encoding_gives_the_bytes_back) {
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        DrillPacket packet;
        DrillPacket again;
        DrillFault fault;
        DrillBuffer out = {.allocator = drill_allocator_malloc()};
        if (!vector->ok) {
            continue;
        }
        ck_assert_int_eq(drill_codec_decode(bytes_of(vector), vector->version, &packet, &fault),
                         DRILL_OK);
        ck_assert_int_eq(drill_codec_encode(&packet, vector->version, &out), DRILL_OK);
        bool same = drill_span_equal(drill_buffer_span(&out), bytes_of(vector));
        ck_assert_msg(same != vector->other_form, "%s.vec:%d %s", vector->file, vector->line,
                      vector->name);
        ck_assert_int_eq(
            drill_codec_decode(drill_buffer_span(&out), vector->version, &again, &fault), DRILL_OK);
        check_text(vector, &again);
        drill_buffer_release(&out);
    }
}
END_TEST

/* --- the reader --- */

/* All valid packets of a version, one after another. */
static DrillBuffer stream_of(DrillVersion version, size_t *count) {
    DrillBuffer stream = {.allocator = drill_allocator_malloc()};
    *count = 0;
    for (size_t i = 0; i < vectors->count; i++) {
        if (vectors->items[i].ok && vectors->items[i].version == version) {
            drill_buffer_put(&stream, vectors->items[i].bytes, vectors->items[i].size);
            *count += 1;
        }
    }
    return stream;
}

/* Feeds one piece; every packet that comes out is the next one of the vectors. *next is the vector
 * to come. */
static void feed(DrillReader *reader, DrillSpan piece, size_t *next, size_t *packets) {
    DrillSpan packet;
    DrillFault fault;
    DrillSpan input = copy_of(piece);
    void *memory = (void *)(uintptr_t)input.data;
    while (drill_reader_next(reader, &input, &packet, &fault) == DRILL_OK) {
        while (!vectors->items[*next].ok || vectors->items[*next].version != reader->version) {
            *next += 1;
        }
        const Vector *vector = &vectors->items[(*next)++];
        ck_assert_msg(drill_span_equal(packet, bytes_of(vector)), "%s", vector->name);
        *packets += 1;
    }
    ck_assert(!reader->failed);
    ck_assert_uint_eq(input.size, 0);
    free(memory);
}

/* The first `count` bytes in pieces of `step`. */
static void read_stream(DrillVersion version, size_t step) {
    DrillReader reader;
    size_t count = 0;
    size_t next = 0;
    size_t packets = 0;
    DrillBuffer stream = stream_of(version, &count);
    drill_reader_init(&reader, drill_allocator_malloc(), version, DRILL_PACKET_BYTES_MAX);
    for (size_t at = 0; at < stream.size; at += step) {
        size_t size = stream.size - at < step ? stream.size - at : step;
        feed(&reader, drill_span(stream.data + at, size), &next, &packets);
    }
    ck_assert_uint_eq(packets, count);
    ck_assert_uint_eq(drill_reader_held(&reader), 0);
    ck_assert_uint_eq(reader.consumed_bytes, stream.size);
    drill_reader_release(&reader);
    drill_buffer_release(&stream);
}

START_TEST(test_reader_takes_any_piece_size) {
    for (size_t step = 1; step < 40; step++) {
        read_stream((DrillVersion)(DRILL_MQTT_3_1 + _i), step);
    }
    read_stream((DrillVersion)(DRILL_MQTT_3_1 + _i), 1000000);
}
END_TEST

START_TEST(test_reader_takes_every_split) {
    DrillVersion version = (DrillVersion)(DRILL_MQTT_3_1 + _i);
    size_t count = 0;
    DrillBuffer stream = stream_of(version, &count);
    for (size_t split = 1; split < stream.size; split++) {
        DrillReader reader;
        size_t next = 0;
        size_t packets = 0;
        drill_reader_init(&reader, drill_allocator_malloc(), version, DRILL_PACKET_BYTES_MAX);
        feed(&reader, drill_span(stream.data, split), &next, &packets);
        feed(&reader, drill_span(stream.data + split, stream.size - split), &next, &packets);
        ck_assert_uint_eq(packets, count);
        drill_reader_release(&reader);
    }
    drill_buffer_release(&stream);
}
END_TEST

/* --- mutations --- */

START_TEST(test_mutants_that_decode_survive_a_round_trip) {
    uint64_t state = 20240229;
    size_t accepted = 0;
    for (size_t round = 0; round < 200000; round++) {
        const Vector *vector = &vectors->items[test_draw(&state) % vectors->count];
        DrillSpan mutant = copy_of(bytes_of(vector));
        uint8_t *bytes = (uint8_t *)(uintptr_t)mutant.data;
        DrillPacket packet;
        DrillPacket again;
        DrillFault fault;
        bytes[test_draw(&state) % mutant.size] = (uint8_t)test_draw(&state);
        if (drill_codec_decode(mutant, vector->version, &packet, &fault) == DRILL_OK) {
            DrillVersion version = packet.type == DRILL_CONNECT
                                       ? (DrillVersion)packet.as.connect.protocol_level
                                       : vector->version;
            DrillBuffer out = {.allocator = drill_allocator_malloc()};
            DrillBuffer before = {.allocator = drill_allocator_malloc()};
            DrillBuffer after = {.allocator = drill_allocator_malloc()};
            ck_assert_int_eq(drill_codec_encode(&packet, version, &out), DRILL_OK);
            ck_assert_int_eq(drill_codec_decode(drill_buffer_span(&out), version, &again, &fault),
                             DRILL_OK);
            drill_codec_print(&packet, version, DRILL_PRINT_FULL, &before);
            drill_codec_print(&again, version, DRILL_PRINT_FULL, &after);
            ck_assert(drill_span_equal(drill_buffer_span(&before), drill_buffer_span(&after)));
            drill_buffer_release(&out);
            drill_buffer_release(&before);
            drill_buffer_release(&after);
            accepted++;
        }
        free(bytes);
    }
    ck_assert_uint_gt(accepted, 10000);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("vectors");
    TCase *tcase = tcase_create("vectors");
    tcase_add_unchecked_fixture(tcase, read_vectors, drop_vectors);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_every_vector);
    tcase_add_test(tcase, test_every_packet_type_and_property_has_vectors);
    tcase_add_test(tcase, test_framing_tells_whole_from_unfinished);
    tcase_add_test(tcase, test_no_prefix_passes_for_a_packet);
    tcase_add_test(tcase, test_encoding_gives_the_bytes_back);
    tcase_add_loop_test(tcase, test_reader_takes_any_piece_size, 0, 3);
    tcase_add_loop_test(tcase, test_reader_takes_every_split, 0, 3);
    tcase_add_test(tcase, test_mutants_that_decode_survive_a_round_trip);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
