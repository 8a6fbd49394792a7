/* Every packet of tests/vectors/every.h: what is good decodes and encodes to the same, what is bad
 * is refused, no prefix passes for a packet, and whatever a changed bit makes of it is either
 * refused or goes round too. */
#include <stdlib.h>

#include "base/base.h"
#include "unit/suite.h"
#include "vectors/every.h"

/* An end of memory at the end of the bytes, so that asan sees a read past it. */
typedef struct Exact {
    uint8_t *bytes;
    size_t size;
} Exact;

static Exact exact_of(const void *bytes, size_t size) {
    Exact copy = {(uint8_t *)malloc(size > 0 ? size : 1), size};
    ck_assert_ptr_nonnull(copy.bytes);
    memcpy(copy.bytes, bytes, size);
    return copy;
}

static DrillSpan span_of(Exact exact) {
    return drill_span(exact.bytes, exact.size);
}

static void check_fault(const EveryPacket *from, const DrillFault *fault, size_t size) {
    ck_assert_msg(fault->text != NULL && fault->reason_code >= 0x80, "%s", from->name);
    ck_assert_msg(fault->offset <= size, "%s: offset %zu", from->name, fault->offset);
}

static DrillVersion version_of(const DrillPacket *packet, DrillVersion version) {
    return packet->type == DRILL_CONNECT ? (DrillVersion)packet->as.connect.protocol_level
                                         : version;
}

static void print(const DrillPacket *packet, DrillVersion version, DrillBuffer *text) {
    drill_buffer_clear(text);
    drill_codec_print(packet, version, DRILL_PRINT_FULL, text);
}

typedef struct Pass {
    DrillBuffer encoded, text, text_again;
    size_t good, bad, cut, changed, changed_good;
} Pass;

static Pass new_pass(void) {
    DrillAllocator heap = drill_allocator_malloc();
    return (Pass){.encoded.allocator = heap, .text.allocator = heap, .text_again.allocator = heap};
}

static void release_pass(Pass *pass) {
    drill_buffer_release(&pass->encoded);
    drill_buffer_release(&pass->text);
    drill_buffer_release(&pass->text_again);
}

/* Leaves the encoded bytes in pass->encoded. */
static void goes_round(Pass *pass, const EveryPacket *from, const DrillPacket *packet) {
    DrillPacket again;
    DrillFault fault = {0};
    DrillVersion version = version_of(packet, from->version);
    drill_buffer_clear(&pass->encoded);
    ck_assert_msg(drill_codec_encode(packet, version, &pass->encoded) == DRILL_OK, "%s",
                  from->name);
    DrillResult result =
        drill_codec_decode(drill_buffer_span(&pass->encoded), version, &again, &fault);
    ck_assert_msg(result == DRILL_OK, "%s: %s", from->name, fault.text);
    print(packet, version, &pass->text);
    print(&again, version, &pass->text_again);
    ck_assert_msg(
        drill_span_equal(drill_buffer_span(&pass->text), drill_buffer_span(&pass->text_again)),
        "%s: %s", from->name, drill_buffer_cstring(&pass->text));
}

/* --- whole --- */

static void check_whole(void *context, const EveryPacket *from) {
    Pass *pass = (Pass *)context;
    DrillPacket packet;
    DrillFault fault = {0};
    Exact bytes = exact_of(from->bytes, from->size);
    DrillResult result = drill_codec_decode(span_of(bytes), from->version, &packet, &fault);
    ck_assert_msg((result == DRILL_OK) == from->good, "%s: %s", from->name,
                  result == DRILL_OK ? "was accepted" : fault.text);
    if (result == DRILL_OK) {
        goes_round(pass, from, &packet);
        bool same = drill_span_equal(drill_buffer_span(&pass->encoded), span_of(bytes));
        ck_assert_msg(same == from->shortest, "%s is encoded in %zu bytes", from->name,
                      pass->encoded.size);
        ck_assert_uint_le(pass->encoded.size, from->size);
        pass->good++;
    } else {
        check_fault(from, &fault, from->size);
        pass->bad++;
    }
    free(bytes.bytes);
}

START_TEST(good_ones_go_round_and_bad_ones_are_refused) {
    Pass pass = new_pass();
    every_visit(check_whole, &pass);
    ck_assert_uint_gt(pass.good, 750);
    ck_assert_uint_gt(pass.bad, 5000);
    release_pass(&pass);
}
END_TEST

/* --- cut --- */

/* Where what is left is a whole packet: in the payload or the list at the end, and before what 5.0
 * allows to leave out. */
static bool may_end(const EveryPacket *from, size_t header, size_t size) {
    int type = from->bytes[0] >> 4;
    bool v5 = from->version == DRILL_MQTT_5_0;
    size_t body = size - header;
    if (type == DRILL_CONNECT) return from->version == DRILL_MQTT_3_1; /* credentials */
    if (type == DRILL_PUBLISH) return from->properties_at == 0 || size >= from->properties_end;
    if (type == DRILL_SUBACK) return body > (v5 ? 3u : 2u);
    if (type >= DRILL_PUBACK && type <= DRILL_PUBCOMP) return v5 && (body == 2 || body == 3);
    return v5 && (type == DRILL_DISCONNECT || type == DRILL_AUTH) && body < 2;
}

static void check_cut(void *context, const EveryPacket *from) {
    Pass *pass = (Pass *)context;
    size_t header = from->bytes[1] >= 0x80 ? 3 : 2;
    for (size_t size = 0; from->good && size < from->size; size++) {
        DrillPacket packet;
        DrillFault fault = {0};
        size_t whole = 0;
        Exact bytes = exact_of(from->bytes, size);
        ck_assert_int_eq(drill_codec_frame(span_of(bytes), from->version, DRILL_PACKET_BYTES_MAX,
                                           &whole, &fault),
                         DRILL_NEED_MORE);
        ck_assert_uint_eq(whole, size < header ? 0 : from->size);
        ck_assert_int_eq(drill_codec_decode(span_of(bytes), from->version, &packet, &fault),
                         DRILL_MALFORMED);
        if (size >= header) { /* and with a Remaining Length that says so */
            EveryBytes body = {{0}, 0};
            Every every;
            every_put(&body, from->bytes + header, size - header);
            (void)every_packet(&every, from->version, from->bytes[0], &body);
            Exact patched = exact_of(every.packet.bytes, every.packet.size);
            if (drill_codec_decode(span_of(patched), from->version, &packet, &fault) == DRILL_OK) {
                ck_assert_msg(may_end(from, header, size), "%s cut to %zu", from->name, size);
                goes_round(pass, from, &packet);
            } else {
                check_fault(from, &fault, patched.size);
                pass->cut++;
            }
            free(patched.bytes);
        }
        free(bytes.bytes);
    }
}

START_TEST(no_prefix_passes_for_a_packet) {
    Pass pass = new_pass();
    every_visit(check_cut, &pass);
    ck_assert_uint_gt(pass.cut, 10000);
    release_pass(&pass);
}
END_TEST

/* --- lists of properties, cut --- */

/* The packet with only so many bytes of its properties, and lengths that fit. */
static EveryPacket *with_less(Every *every, const EveryPacket *from, size_t list_at, size_t size) {
    size_t header = from->bytes[1] >= 0x80 ? 3 : 2;
    EveryBytes body = {{0}, 0};
    every_put(&body, from->bytes + header, from->properties_at - header);
    every_varint(&body, (uint32_t)size);
    every_put(&body, from->bytes + list_at, size);
    every_put(&body, from->bytes + from->properties_end, from->size - from->properties_end);
    return every_packet(every, from->version, from->bytes[0], &body);
}

static void check_list_cut(void *context, const EveryPacket *from) {
    Pass *pass = (Pass *)context;
    if (!from->good || from->properties_at == 0) return;
    size_t list_at = from->properties_at + (from->bytes[from->properties_at] >= 0x80 ? 2 : 1);
    size_t list_size = from->properties_end - list_at;
    DrillProperties list = {drill_span(from->bytes + list_at, list_size), 0};
    size_t next = 0; /* where a property begins */
    for (size_t size = 0; size < list_size; size++) {
        DrillPacket packet;
        DrillFault fault = {0};
        DrillProperty property;
        if (size == next) {
            ck_assert(drill_properties_next(list, &next, &property));
            continue; /* a shorter list */
        }
        Every every;
        EveryPacket *less = with_less(&every, from, list_at, size);
        Exact bytes = exact_of(less->bytes, less->size);
        ck_assert_msg(drill_codec_decode(span_of(bytes), from->version, &packet, &fault) ==
                          DRILL_MALFORMED,
                      "%s with %zu bytes of properties", from->name, size);
        check_fault(from, &fault, bytes.size);
        pass->cut++;
        free(bytes.bytes);
    }
}

START_TEST(no_part_of_a_property_passes_for_one) {
    Pass pass = new_pass();
    every_visit(check_list_cut, &pass);
    ck_assert_uint_gt(pass.cut, 5000);
    release_pass(&pass);
}
END_TEST

/* --- changed --- */

static void check_changed(void *context, const EveryPacket *from) {
    Pass *pass = (Pass *)context;
    Exact bytes = exact_of(from->bytes, from->size);
    for (size_t bit = 0; bit < 8 * from->size; bit++) {
        DrillPacket packet;
        DrillFault fault = {0};
        uint8_t mask = (uint8_t)(1u << bit % 8);
        if (!from->good && bit >= 8 * 12) break; /* there are many of them, and much alike */
        bytes.bytes[bit / 8] ^= mask;
        if (drill_codec_decode(span_of(bytes), from->version, &packet, &fault) == DRILL_OK) {
            goes_round(pass, from, &packet);
            pass->changed_good++;
        } else {
            check_fault(from, &fault, bytes.size);
        }
        pass->changed++;
        bytes.bytes[bit / 8] ^= mask;
    }
    free(bytes.bytes);
}

START_TEST(with_one_bit_changed) {
    Pass pass = new_pass();
    every_visit(check_changed, &pass);
    ck_assert_uint_gt(pass.changed, 500000);
    ck_assert_uint_gt(pass.changed_good, 50000);
    release_pass(&pass);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("every packet");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, good_ones_go_round_and_bad_ones_are_refused);
    tcase_add_test(tests, no_prefix_passes_for_a_packet);
    tcase_add_test(tests, no_part_of_a_property_passes_for_one);
    tcase_add_test(tests, with_one_bit_changed);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
