/* The reader's edges; that it takes any split is shown with the vectors in test_vectors.c. */
#include <mqttdrill/connection.h>
#include <string.h>

#include "base/base.h"
#include "unit/suite.h"

static DrillReader reader;
static DrillSpan packet;
static DrillFault fault;

static void open_reader(void) {
    memset(&reader, 0, sizeof reader);
    memset(&fault, 0, sizeof fault);
    drill_reader_init(&reader, drill_allocator_malloc(), DRILL_MQTT_3_1_1, 1000);
}

static void close_reader(void) {
    drill_reader_release(&reader);
}

static DrillResult next(DrillSpan *input) {
    return drill_reader_next(&reader, input, &packet, &fault);
}

START_TEST(test_nothing_in_nothing_out) {
    DrillSpan input = {NULL, 0};
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    ck_assert_uint_eq(packet.size, 0);
    ck_assert_uint_eq(drill_reader_held(&reader), 0);
}
END_TEST

START_TEST(test_whole_packets_are_not_copied) {
    static const uint8_t bytes[] = {0xc0, 0x00, 0xd0, 0x00};
    DrillSpan input = drill_span(bytes, sizeof bytes);
    ck_assert_int_eq(next(&input), DRILL_OK);
    ck_assert_ptr_eq(packet.data, bytes);
    ck_assert_uint_eq(packet.size, 2);
    ck_assert_uint_eq(reader.consumed_bytes, 2);
    ck_assert_int_eq(next(&input), DRILL_OK);
    ck_assert_ptr_eq(packet.data, bytes + 2);
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    ck_assert_ptr_null(reader.held.data);
    ck_assert_uint_eq(reader.consumed_bytes, 4);
}
END_TEST

START_TEST(test_a_split_packet_is_held) {
    static const uint8_t bytes[] = {0x40, 0x02, 0x00, 0x07, 0xc0, 0x00};
    DrillSpan input = drill_span(bytes, 3);
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    ck_assert_uint_eq(input.size, 0);
    ck_assert_uint_eq(drill_reader_held(&reader), 3);
    ck_assert_uint_eq(reader.consumed_bytes, 0);
    input = drill_span(bytes + 3, 3);
    ck_assert_int_eq(next(&input), DRILL_OK);
    ck_assert(drill_span_equal(packet, drill_span(bytes, 4)));
    ck_assert_uint_eq(drill_reader_held(&reader), 0);
    ck_assert_int_eq(next(&input), DRILL_OK);
    ck_assert_ptr_eq(packet.data, bytes + 4);
}
END_TEST

START_TEST(test_memory_follows_arrival_not_announcement) {
    static const uint8_t header[] = {0x30, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x01, 0x61};
    reader.max_bytes = DRILL_PACKET_BYTES_MAX;
    DrillSpan input = drill_span(header, sizeof header);
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    ck_assert_uint_eq(drill_reader_held(&reader), sizeof header);
    ck_assert_uint_lt(reader.held.capacity, 4096);
}
END_TEST

START_TEST(test_a_broken_stream_stays_broken) {
    static const uint8_t bytes[] = {0xc0, 0x00, 0x66, 0x02, 0x00};
    static const uint8_t good[] = {0xc0, 0x00};
    DrillSpan input = drill_span(bytes, sizeof bytes);
    ck_assert_int_eq(next(&input), DRILL_OK);
    ck_assert_int_eq(next(&input), DRILL_MALFORMED);
    ck_assert_ptr_eq(packet.data, bytes + 2);
    ck_assert_uint_eq(packet.size, 3);
    ck_assert_uint_eq(input.size, 0);
    ck_assert_str_eq(fault.statement, "v3:MQTT-3.6.1-1");
    ck_assert(reader.failed);
    ck_assert_uint_eq(reader.consumed_bytes, 2);
    memset(&fault, 0, sizeof fault);
    input = drill_span(good, sizeof good);
    ck_assert_int_eq(next(&input), DRILL_MALFORMED);
    ck_assert_uint_eq(packet.size, 2);
    ck_assert_str_eq(fault.statement, "v3:MQTT-3.6.1-1");
}
END_TEST

START_TEST(test_a_held_beginning_may_turn_out_bad) {
    static const uint8_t bytes[] = {0x30, 0xff, 0xff, 0xff, 0xff, 0x01, 0x02};
    DrillSpan input = drill_span(bytes, 3);
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    input = drill_span(bytes + 3, 4);
    ck_assert_int_eq(next(&input), DRILL_MALFORMED);
    ck_assert(drill_span_equal(packet, drill_span(bytes, sizeof bytes)));
    ck_assert_uint_eq(input.size, 0);
    ck_assert_uint_eq(drill_reader_held(&reader), 0);
}
END_TEST

START_TEST(test_too_big_is_noticed_at_the_header) {
    static const uint8_t bytes[] = {0x30, 0xe6, 0x07}; /* 998 and a header of 3 */
    DrillSpan input = drill_span(bytes, 2);
    ck_assert_int_eq(next(&input), DRILL_NEED_MORE);
    input = drill_span(bytes + 2, 1);
    ck_assert_int_eq(next(&input), DRILL_TOO_BIG);
    ck_assert_uint_eq(fault.reason_code, 0x95);
    input = drill_span(bytes, 3);
    ck_assert_int_eq(next(&input), DRILL_TOO_BIG);
}
END_TEST

START_TEST(test_version_may_change_between_packets) {
    static const uint8_t bytes[] = {0xf0, 0x00, 0xf0, 0x00};
    DrillSpan input = drill_span(bytes, sizeof bytes);
    reader.version = DRILL_MQTT_5_0;
    ck_assert_int_eq(next(&input), DRILL_OK);
    reader.version = DRILL_MQTT_3_1_1;
    ck_assert_int_eq(next(&input), DRILL_MALFORMED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("reader");
    TCase *tcase = tcase_create("reader");
    tcase_add_checked_fixture(tcase, open_reader, close_reader);
    tcase_add_test(tcase, test_nothing_in_nothing_out);
    tcase_add_test(tcase, test_whole_packets_are_not_copied);
    tcase_add_test(tcase, test_a_split_packet_is_held);
    tcase_add_test(tcase, test_memory_follows_arrival_not_announcement);
    tcase_add_test(tcase, test_a_broken_stream_stays_broken);
    tcase_add_test(tcase, test_a_held_beginning_may_turn_out_bad);
    tcase_add_test(tcase, test_too_big_is_noticed_at_the_header);
    tcase_add_test(tcase, test_version_may_change_between_packets);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
