/* Names, writers, iterators, the short printed form, what cannot be encoded, what framing refuses.
 * Wire bytes are the vectors' business. */
#include <mqttdrill/codec.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "unit/suite.h"

static DrillBuffer buffer(void) {
    return (DrillBuffer){.allocator = drill_allocator_malloc()};
}

static DrillSpan text(const char *string) {
    return drill_span_of(string);
}

static void assert_bytes(DrillBuffer *actual, const char *hex) {
    DrillBuffer expected = buffer();
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(text(hex), &expected, &offset), DRILL_OK);
    DrillBuffer shown = buffer();
    drill_buffer_put_hex(&shown, drill_buffer_span(actual));
    ck_assert_msg(drill_span_equal(drill_buffer_span(actual), drill_buffer_span(&expected)),
                  "%s, not %s", drill_buffer_cstring(&shown), hex);
    drill_buffer_release(&shown);
    drill_buffer_release(&expected);
    drill_buffer_release(actual);
}

static void assert_printed(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                           const char *expected) {
    DrillBuffer out = buffer();
    drill_codec_print(packet, version, form, &out);
    ck_assert_str_eq(drill_buffer_cstring(&out), expected);
    drill_buffer_release(&out);
}

static void assert_encoded(const DrillPacket *packet, DrillVersion version, const char *hex) {
    DrillBuffer out = buffer();
    ck_assert_int_eq(drill_codec_encode(packet, version, &out), DRILL_OK);
    assert_bytes(&out, hex);
}

static void assert_invalid(const DrillPacket *packet, DrillVersion version) {
    DrillBuffer out = buffer();
    ck_assert_int_eq(drill_codec_encode(packet, version, &out), DRILL_INVALID);
    ck_assert_uint_eq(out.size, 0);
    drill_buffer_release(&out);
}

/* --- names --- */

START_TEST(test_packet_type_names) {
    ck_assert_str_eq(drill_packet_type_name(DRILL_CONNECT), "CONNECT");
    ck_assert_str_eq(drill_packet_type_name(DRILL_AUTH), "AUTH");
    ck_assert_ptr_null(drill_packet_type_name((DrillPacketType)0));
    ck_assert_ptr_null(drill_packet_type_name((DrillPacketType)16));
    for (int type = DRILL_CONNECT; type <= DRILL_AUTH; type++) {
        ck_assert_int_eq(drill_packet_type_find(drill_packet_type_name((DrillPacketType)type)),
                         type);
    }
    ck_assert_int_eq(drill_packet_type_find("connect"), 0);
    ck_assert_int_eq(drill_packet_type_find(""), 0);
}
END_TEST

START_TEST(test_property_names) {
    DrillPropertyKind kind = DRILL_PROPERTY_BYTE;
    int known = 0;
    for (int id = 0; id < 256; id++) {
        const char *name = drill_property_name((DrillPropertyId)id);
        if (name != NULL) {
            ck_assert_int_eq(drill_property_find(name, &kind), id);
            known++;
        }
    }
    ck_assert_int_eq(known, 27);
    ck_assert_int_eq(drill_property_find("user_property", &kind), DRILL_USER_PROPERTY);
    ck_assert_int_eq(kind, DRILL_PROPERTY_STRING_PAIR);
    ck_assert_int_eq(drill_property_find("subscription_identifier", &kind),
                     DRILL_SUBSCRIPTION_IDENTIFIER);
    ck_assert_int_eq(kind, DRILL_PROPERTY_VARIABLE_BYTE);
    ck_assert_int_eq(drill_property_find("retain_available", NULL), DRILL_RETAIN_AVAILABLE);
    ck_assert_int_eq(drill_property_find("no_such_thing", &kind), 0);
}
END_TEST

/* --- writers and iterators --- */

static DrillProperty number(DrillPropertyId id, uint32_t value) {
    return (DrillProperty){.id = id, .number = value};
}

START_TEST(test_properties_write_and_walk) {
    const DrillProperty items[] = {
        number(DRILL_PAYLOAD_FORMAT_INDICATOR, 1),
        number(DRILL_TOPIC_ALIAS, 258),
        number(DRILL_MESSAGE_EXPIRY_INTERVAL, 0x01020304),
        number(DRILL_SUBSCRIPTION_IDENTIFIER, 300),
        {.id = DRILL_CONTENT_TYPE, .kind = DRILL_PROPERTY_STRING, .value = text("t")},
        {.id = DRILL_CORRELATION_DATA, .value = text("cd")},
        {.id = DRILL_USER_PROPERTY, .name = text("k"), .value = text("v")},
    };
    DrillBuffer out = buffer();
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(items); i++) {
        ck_assert_int_eq(drill_properties_write(&out, &items[i]), DRILL_OK);
    }
    DrillProperties list = {drill_buffer_span(&out), (uint32_t)DRILL_ARRAY_COUNT(items)};
    DrillProperty property;
    size_t offset = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(items); i++) {
        ck_assert(drill_properties_next(list, &offset, &property));
        ck_assert_int_eq(property.id, items[i].id);
        ck_assert_uint_eq(property.number, items[i].number);
        ck_assert(drill_span_equal(property.name, items[i].name));
        ck_assert(drill_span_equal(property.value, items[i].value));
    }
    ck_assert(!drill_properties_next(list, &offset, &property));
    ck_assert(drill_properties_find(list, DRILL_TOPIC_ALIAS, &property));
    ck_assert_uint_eq(property.number, 258);
    ck_assert(!drill_properties_find(list, DRILL_REASON_STRING, &property));
    assert_bytes(&out, "0101 230102 0201020304 0bac02 03000174 0900026364 2600016b000176");
}
END_TEST

START_TEST(test_properties_that_cannot_be_written) {
    static uint8_t big[65536];
    DrillProperty items[] = {
        number((DrillPropertyId)0x7f, 1),
        number(DRILL_MAXIMUM_QOS, 256),
        number(DRILL_RECEIVE_MAXIMUM, 65536),
        number(DRILL_SUBSCRIPTION_IDENTIFIER, 268435456),
        {.id = DRILL_REASON_STRING, .value = drill_span(big, sizeof big)},
        {.id = DRILL_CORRELATION_DATA, .value = drill_span(big, sizeof big)},
        {.id = DRILL_USER_PROPERTY, .name = drill_span(big, sizeof big)},
        {.id = DRILL_TOPIC_ALIAS, .kind = DRILL_PROPERTY_BYTE, .number = 1},
    };
    DrillBuffer out = buffer();
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(items); i++) {
        ck_assert_int_eq(drill_properties_write(&out, &items[i]), DRILL_INVALID);
        ck_assert_uint_eq(out.size, 0);
    }
}
END_TEST

START_TEST(test_properties_at_the_edge_of_their_kind) {
    DrillProperty items[] = {number(DRILL_MAXIMUM_QOS, 255), number(DRILL_RECEIVE_MAXIMUM, 65535),
                             number(DRILL_MAXIMUM_PACKET_SIZE, UINT32_MAX),
                             number(DRILL_SUBSCRIPTION_IDENTIFIER, 268435455)};
    DrillBuffer out = buffer();
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(items); i++) {
        ck_assert_int_eq(drill_properties_write(&out, &items[i]), DRILL_OK);
    }
    assert_bytes(&out, "24ff 21ffff 27ffffffff 0bffffff7f");
}
END_TEST

START_TEST(test_filters_write_and_walk) {
    static uint8_t big[65536];
    const DrillFilter filters[] = {{text("a/+"), 2}, {text("#"), 0x2d}};
    DrillFilter filter = {drill_span(big, sizeof big), 0};
    DrillBuffer with = buffer();
    DrillBuffer without = buffer();
    size_t offset = 0;
    ck_assert_int_eq(drill_filters_write(&with, &filter, true), DRILL_INVALID);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(drill_filters_write(&with, &filters[i], true), DRILL_OK);
        ck_assert_int_eq(drill_filters_write(&without, &filters[i], false), DRILL_OK);
    }
    DrillFilters list = {drill_buffer_span(&with), 2};
    for (int i = 0; i < 2; i++) {
        ck_assert(drill_filters_next(list, true, &offset, &filter));
        ck_assert(drill_span_equal(filter.filter, filters[i].filter));
        ck_assert_uint_eq(filter.options, filters[i].options);
    }
    ck_assert(!drill_filters_next(list, true, &offset, &filter));
    offset = 0;
    list = (DrillFilters){drill_buffer_span(&without), 2};
    ck_assert(drill_filters_next(list, false, &offset, &filter));
    ck_assert(drill_filters_next(list, false, &offset, &filter));
    ck_assert(drill_span_is(filter.filter, "#") && filter.options == 0);
    ck_assert(!drill_filters_next(list, false, &offset, &filter));
    assert_bytes(&with, "0003612f2b02 0001232d");
    assert_bytes(&without, "0003612f2b 000123");
}
END_TEST

/* --- encoding --- */

START_TEST(test_encodes_connect_at_its_own_level) {
    DrillPacket packet = {.type = DRILL_CONNECT};
    packet.as.connect =
        (DrillConnectPacket){.protocol_level = 3, .clean = true, .client_id = text("c")};
    assert_encoded(&packet, DRILL_MQTT_5_0, "100f 0006 4d5149736470 03 02 0000 0001 63");
    packet.as.connect.protocol_level = 4;
    assert_encoded(&packet, DRILL_MQTT_5_0, "100d 0004 4d515454 04 02 0000 0001 63");
    packet.as.connect.protocol_level = 5;
    assert_encoded(&packet, DRILL_MQTT_3_1_1, "100e 0004 4d515454 05 02 0000 00 0001 63");
    packet.as.connect.protocol_level = 6;
    assert_invalid(&packet, DRILL_MQTT_5_0);
    packet.as.connect.protocol_level = 4;
    packet.as.connect.protocol_name = text("MQIsdp");
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
}
END_TEST

START_TEST(test_refuses_connect_without_encoding) {
    static uint8_t big[65536];
    const DrillConnectPacket good = {.protocol_level = 4, .client_id = text("c")};
    DrillPacket packet = {.type = DRILL_CONNECT};
    packet.as.connect = good;
    packet.as.connect.client_id = drill_span(big, sizeof big);
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.connect = good;
    packet.as.connect.has_password = true;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.connect = good;
    packet.as.connect.has_will = true;
    packet.as.connect.will_topic = text("t");
    packet.as.connect.will_qos = (DrillQos)3;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.connect.will_qos = DRILL_QOS_0;
    packet.as.connect.will_payload = drill_span(big, sizeof big);
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.connect = good;
    packet.as.connect.properties = (DrillProperties){text("\x21\x01\x01"), 1};
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
}
END_TEST

START_TEST(test_refuses_publish_without_encoding) {
    static uint8_t big[65536];
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.topic = text("a");
    assert_encoded(&packet, DRILL_MQTT_3_1_1, "3003 0001 61");
    packet.as.publish.packet_identifier = 1;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.publish.qos = (DrillQos)3;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.publish.qos = DRILL_QOS_1;
    assert_encoded(&packet, DRILL_MQTT_5_0, "3206 0001 61 0001 00");
    packet.as.publish.packet_identifier = 0;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.as.publish.packet_identifier = 1;
    packet.as.publish.topic = drill_span(big, sizeof big);
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
}
END_TEST

START_TEST(test_refuses_a_packet_that_is_too_large) {
    /* The bytes are never touched: measuring comes first. */
    static uint8_t one;
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.topic = text("a");
    packet.as.publish.payload = drill_span(&one, 268435456 - 3);
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
}
END_TEST

/* 3.1.1 table 2.4: where the Remaining Length grows by a byte. */
START_TEST(test_remaining_length_takes_the_fewest_bytes) {
    static const struct {
        size_t remaining, header;
    } edges[] = {{127, 2}, {128, 3}, {16383, 3}, {16384, 4}, {2097151, 4}, {2097152, 5}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(edges); i++) {
        DrillBuffer out = buffer();
        size_t size = 0;
        DrillFault fault;
        DrillPacket packet = {.type = DRILL_PUBLISH};
        uint8_t *payload = (uint8_t *)calloc(1, edges[i].remaining);
        packet.as.publish.topic = text("a");
        packet.as.publish.payload = drill_span(payload, edges[i].remaining - 3);
        ck_assert_int_eq(drill_codec_encode(&packet, DRILL_MQTT_3_1_1, &out), DRILL_OK);
        ck_assert_uint_eq(out.size, edges[i].remaining + edges[i].header);
        ck_assert_int_eq(
            drill_codec_decode(drill_buffer_span(&out), DRILL_MQTT_3_1_1, &packet, &fault),
            DRILL_OK);
        ck_assert_uint_eq(packet.as.publish.payload.size, edges[i].remaining - 3);
        ck_assert_int_eq(drill_codec_frame(drill_buffer_span(&out), DRILL_MQTT_3_1_1,
                                           DRILL_PACKET_BYTES_MAX, &size, &fault),
                         DRILL_OK);
        ck_assert_uint_eq(size, out.size);
        drill_buffer_release(&out);
        free(payload);
    }
}
END_TEST

START_TEST(test_refuses_5_0_fields_before_5_0) {
    DrillPacket packet = {.type = DRILL_PUBREC};
    packet.as.ack = (DrillAckPacket){.packet_identifier = 1, .reason_code = 0x80};
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    assert_encoded(&packet, DRILL_MQTT_5_0, "5003 0001 80");
    packet.as.ack.packet_identifier = 0;
    assert_invalid(&packet, DRILL_MQTT_5_0);
    packet = (DrillPacket){.type = DRILL_DISCONNECT};
    packet.as.reason.reason_code = 4;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    assert_encoded(&packet, DRILL_MQTT_5_0, "e001 04");
    packet = (DrillPacket){.type = DRILL_AUTH};
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    assert_encoded(&packet, DRILL_MQTT_5_0, "f000");
    packet = (DrillPacket){.type = DRILL_CONNACK};
    packet.as.connack.session_present = true;
    assert_invalid(&packet, DRILL_MQTT_3_1);
    assert_encoded(&packet, DRILL_MQTT_3_1_1, "2002 01 00");
}
END_TEST

START_TEST(test_refuses_empty_lists) {
    DrillPacket packet = {.type = DRILL_SUBSCRIBE};
    packet.as.subscribe.packet_identifier = 1;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet = (DrillPacket){.type = DRILL_SUBACK};
    packet.as.suback.packet_identifier = 1;
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
    packet.type = DRILL_UNSUBACK;
    assert_encoded(&packet, DRILL_MQTT_3_1_1, "b002 0001");
    assert_invalid(&packet, DRILL_MQTT_5_0);
    packet.as.suback.reason_codes = drill_span("", 1);
    assert_encoded(&packet, DRILL_MQTT_5_0, "b004 0001 00 00");
    assert_invalid(&packet, DRILL_MQTT_3_1_1);
}
END_TEST

START_TEST(test_encoding_appends) {
    DrillBuffer out = buffer();
    DrillPacket packet = {.type = DRILL_PINGREQ};
    ck_assert_int_eq(drill_codec_encode(&packet, DRILL_MQTT_3_1_1, &out), DRILL_OK);
    packet.type = DRILL_PINGRESP;
    ck_assert_int_eq(drill_codec_encode(&packet, DRILL_MQTT_3_1_1, &out), DRILL_OK);
    assert_bytes(&out, "c000 d000");
}
END_TEST

/* --- the short form --- */

START_TEST(test_prints_short_connect) {
    DrillPacket packet = {.type = DRILL_CONNECT};
    packet.as.connect = (DrillConnectPacket){.protocol_level = 4,
                                             .clean = true,
                                             .keep_alive_s = 60,
                                             .client_id = text("c1"),
                                             .has_username = true,
                                             .username = text("u")};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT, "CONNECT c1 clean=1 keepalive=60");
    packet.as.connect.has_will = true;
    packet.as.connect.will_qos = DRILL_QOS_1;
    packet.as.connect.will_retain = true;
    packet.as.connect.will_topic = text("t/w");
    packet.as.connect.will_payload = text("gone");
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT,
                   "CONNECT c1 clean=1 keepalive=60 will(q1 retain t/w)");
}
END_TEST

START_TEST(test_prints_short_publish) {
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish = (DrillPublishPacket){.dup = true,
                                             .retain = true,
                                             .qos = DRILL_QOS_2,
                                             .packet_identifier = 7,
                                             .topic = text("sensor/1/temp"),
                                             .payload = text("21.5")};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT,
                   "PUBLISH q2 id=7 dup retain sensor/1/temp 4B");
    packet.as.publish = (DrillPublishPacket){.properties = {text("\x23\x01\x02"), 1}};
    assert_printed(&packet, DRILL_MQTT_5_0, DRILL_PRINT_SHORT, "PUBLISH q0 \"\" alias=258 0B");
    packet.as.publish = (DrillPublishPacket){.topic = text("a\nb\xff")};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT, "PUBLISH q0 a\\x0Ab\\xFF 0B");
}
END_TEST

START_TEST(test_prints_short_answers) {
    DrillPacket packet = {.type = DRILL_CONNACK};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT,
                   "CONNACK session_present=0 code=0");
    packet.as.connack.code = 5;
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT,
                   "CONNACK session_present=0 code=5");
    packet.as.connack.code = 0x87;
    assert_printed(&packet, DRILL_MQTT_5_0, DRILL_PRINT_SHORT,
                   "CONNACK session_present=0 code=0x87 (Not authorized)");
    packet = (DrillPacket){.type = DRILL_PUBREC};
    packet.as.ack =
        (DrillAckPacket){.packet_identifier = 7, .properties = {text("\x1f\x00\x00"), 1}};
    packet.as.ack.properties.wire.size = 0;
    assert_printed(&packet, DRILL_MQTT_5_0, DRILL_PRINT_SHORT, "PUBREC id=7");
    packet.as.ack.reason_code = 0xee; /* a code that no table has is still printed */
    assert_printed(&packet, DRILL_MQTT_5_0, DRILL_PRINT_SHORT, "PUBREC id=7 code=0xee");
    packet = (DrillPacket){.type = DRILL_SUBACK};
    packet.as.suback =
        (DrillSubackPacket){.packet_identifier = 1, .reason_codes = drill_span("\x02\x00", 2)};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT, "SUBACK id=1 [2 0]");
    packet = (DrillPacket){.type = DRILL_PINGREQ};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT, "PINGREQ");
}
END_TEST

START_TEST(test_prints_short_subscribe) {
    DrillPacket packet = {.type = DRILL_SUBSCRIBE};
    static const uint8_t wire[] = "\x00\x0dsensor/+/temp\x02\x00\x03"
                                  "a/b\x00";
    packet.as.subscribe.packet_identifier = 1;
    packet.as.subscribe.filters = (DrillFilters){drill_span(wire, sizeof wire - 1), 2};
    assert_printed(&packet, DRILL_MQTT_3_1_1, DRILL_PRINT_SHORT,
                   "SUBSCRIBE id=1 sensor/+/temp q2, a/b q0");
}
END_TEST

/* --- framing --- */

START_TEST(test_framing_refuses_what_is_too_big_before_it_is_there) {
    static const uint8_t header[] = {0x30, 0xff, 0xff, 0xff, 0x7f};
    DrillFault fault;
    size_t size = 0;
    DrillSpan input = drill_span(header, sizeof header);
    ck_assert_int_eq(
        drill_codec_frame(input, DRILL_MQTT_5_0, DRILL_PACKET_BYTES_MAX, &size, &fault),
        DRILL_NEED_MORE);
    ck_assert_uint_eq(size, DRILL_PACKET_BYTES_MAX);
    ck_assert_int_eq(
        drill_codec_frame(input, DRILL_MQTT_5_0, DRILL_PACKET_BYTES_MAX - 1, &size, &fault),
        DRILL_TOO_BIG);
    ck_assert_uint_eq(fault.reason_code, 0x95);
    static const uint8_t ping[] = {0xc0, 0x00};
    ck_assert_int_eq(drill_codec_frame(drill_span(ping, 2), DRILL_MQTT_5_0, 2, &size, &fault),
                     DRILL_OK);
    ck_assert_int_eq(drill_codec_frame(drill_span(ping, 2), DRILL_MQTT_5_0, 1, &size, &fault),
                     DRILL_TOO_BIG);
}
END_TEST

START_TEST(test_framing_judges_the_first_byte_alone) {
    static const uint8_t bad[] = {0x00, 0x36, 0x38, 0x60, 0xf0};
    DrillFault fault;
    size_t size = 0;
    for (size_t i = 0; i < sizeof bad; i++) {
        ck_assert_int_eq(
            drill_codec_frame(drill_span(bad + i, 1), DRILL_MQTT_3_1_1, 100, &size, &fault),
            DRILL_MALFORMED);
        ck_assert_uint_eq(fault.offset, 0);
    }
    ck_assert_int_eq(drill_codec_frame(drill_span(NULL, 0), DRILL_MQTT_3_1_1, 100, &size, &fault),
                     DRILL_NEED_MORE);
}
END_TEST

START_TEST(test_connect_ignores_the_version_asked_for) {
    static const uint8_t connect[] = "\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01"
                                     "c";
    DrillPacket packet;
    DrillFault fault;
    for (int version = DRILL_MQTT_3_1; version <= DRILL_MQTT_5_0; version++) {
        ck_assert_int_eq(drill_codec_decode(drill_span(connect, sizeof connect - 1),
                                            (DrillVersion)version, &packet, &fault),
                         DRILL_OK);
        ck_assert_uint_eq(packet.as.connect.protocol_level, 4);
        ck_assert(drill_span_is(packet.as.connect.client_id, "c"));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("codec");
    TCase *tcase = tcase_create("codec");
    tcase_add_test(tcase, test_packet_type_names);
    tcase_add_test(tcase, test_property_names);
    tcase_add_test(tcase, test_properties_write_and_walk);
    tcase_add_test(tcase, test_properties_that_cannot_be_written);
    tcase_add_test(tcase, test_properties_at_the_edge_of_their_kind);
    tcase_add_test(tcase, test_filters_write_and_walk);
    tcase_add_test(tcase, test_remaining_length_takes_the_fewest_bytes);
    tcase_add_test(tcase, test_encodes_connect_at_its_own_level);
    tcase_add_test(tcase, test_refuses_connect_without_encoding);
    tcase_add_test(tcase, test_refuses_publish_without_encoding);
    tcase_add_test(tcase, test_refuses_a_packet_that_is_too_large);
    tcase_add_test(tcase, test_refuses_5_0_fields_before_5_0);
    tcase_add_test(tcase, test_refuses_empty_lists);
    tcase_add_test(tcase, test_encoding_appends);
    tcase_add_test(tcase, test_prints_short_connect);
    tcase_add_test(tcase, test_prints_short_publish);
    tcase_add_test(tcase, test_prints_short_answers);
    tcase_add_test(tcase, test_prints_short_subscribe);
    tcase_add_test(tcase, test_framing_refuses_what_is_too_big_before_it_is_there);
    tcase_add_test(tcase, test_framing_judges_the_first_byte_alone);
    tcase_add_test(tcase, test_connect_ignores_the_version_asked_for);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
