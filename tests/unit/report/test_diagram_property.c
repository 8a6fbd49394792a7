/* What a diagram says of properties and Subscription Options of 5.0. */
#include "unit/report/golden.h"

#include "report/diagram_model.h"

#define BYTES(...)         ((const uint8_t[]){__VA_ARGS__})
#define WIRE(...)          drill_span(BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)))
#define PROPERTIES(n, ...) ((DrillProperties){WIRE(__VA_ARGS__), (n)})

static void expect_properties(const DrillPacket *packet, const char *expected) {
    DrillDiagram diagram = {.version = DRILL_MQTT_5_0};
    ck_assert_str_eq(drill_diagram_properties(&diagram, packet), expected);
    drill_pool_free(&diagram.pool);
}

START_TEST(a_packet_without_says_nothing) {
    expect_properties(&(DrillPacket){.type = DRILL_PUBLISH}, "");
    expect_properties(&(DrillPacket){.type = DRILL_PINGREQ}, "");
}
END_TEST

START_TEST(numbers_have_units) {
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.properties = PROPERTIES(2, 0x02, 0, 0, 0, 40, 0x23, 0, 1);
    expect_properties(&packet, "{expiry=40 s, alias=1}");
    packet = (DrillPacket){.type = DRILL_CONNACK};
    packet.as.connack.properties = PROPERTIES(2, 0x21, 0, 2, 0x27, 0, 0, 1, 0);
    expect_properties(&packet, "{receive max=2, max packet=256 bytes}");
}
END_TEST

START_TEST(texts_and_pairs) {
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.properties =
        PROPERTIES(3, 0x08, 0, 1, 'r', 0x09, 0, 2, 0xff, 0xfe, 0x26, 0, 1, 'a', 0, 1, 'b');
    expect_properties(&packet, "{response=r, correlation=2 bytes, a: b}");
    packet = (DrillPacket){.type = DRILL_PUBACK};
    packet.as.ack.properties = PROPERTIES(1, 0x1f, 0, 2, 'n', 'o');
    expect_properties(&packet, "{reason=no}");
}
END_TEST

START_TEST(connect_and_its_will) {
    DrillPacket packet = {.type = DRILL_CONNECT};
    packet.as.connect.properties = PROPERTIES(1, 0x11, 0xff, 0xff, 0xff, 0xff);
    packet.as.connect.will_properties = PROPERTIES(1, 0x18, 0, 0, 0, 10);
    expect_properties(&packet, "{session expiry=never}");
    packet.as.connect.has_will = true;
    expect_properties(&packet, "{session expiry=never, will delay=10 s}");
    packet.as.connect.properties = (DrillProperties){{0}, 0};
    expect_properties(&packet, "{will delay=10 s}");
}
END_TEST

/* Of the whole packet, as it stands on an arrow. */
START_TEST(options_and_place) {
    DrillDiagram diagram = {.version = DRILL_MQTT_5_0};
    DrillPacket packet;
    DrillArrow arrow = {0};
    DrillSpan subscribe = WIRE(0x82, 9, 0, 1, 2, 0x0b, 7, 0, 1, 'a', 0x2d);
    ck_assert(drill_diagram_describe(&diagram, subscribe, true, &arrow, &packet));
    ck_assert_str_eq(arrow.data,
                     "a QoS 1, No Local, Retain As Published, Retain Handling 2 {subscription=7}");
    DrillSpan publish = WIRE(0x30, 8, 0, 1, 'a', 3, 0x23, 0, 5, 'x');
    ck_assert(drill_diagram_describe(&diagram, publish, true, &arrow, &packet));
    ck_assert_str_eq(arrow.data, "a “x” {alias=5}");
    DrillSpan connack = WIRE(0x20, 6, 0, 0, 3, 0x22, 0, 5);
    ck_assert(drill_diagram_describe(&diagram, connack, true, &arrow, &packet));
    ck_assert_str_eq(arrow.data, "{alias max=5}");
    drill_pool_free(&diagram.pool);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/diagram_property");
    TCase *cases = tcase_create("diagram_property");
    tcase_add_test(cases, a_packet_without_says_nothing);
    tcase_add_test(cases, numbers_have_units);
    tcase_add_test(cases, texts_and_pairs);
    tcase_add_test(cases, connect_and_its_will);
    tcase_add_test(cases, options_and_place);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
