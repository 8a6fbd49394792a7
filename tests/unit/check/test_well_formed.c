#include "unit/check/trace_dsl.h"

#define RAW "0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n"

START_TEST(what_is_right) {
    expect_pass("0 sub up\n 1 sub > PINGREQ\n 1 sub < PINGRESP\n", "v3:MQTT-2.2.2-1");
    expect_pass("0 pub up\n 1 pub > PUBLISH q0 t hi\n", "v3:MQTT-3.3.2-2");
    expect_pass("0 sub up\n", "v3:MQTT-3.1.2-15");
    expect_pass("0 sub up will=w,gone,1,0\n", "v3:MQTT-3.1.2-9");
    expect_pass("0 sub up\n 1 sub subscribes a/+/#:0\n", "v3:MQTT-4.7.1-2");
    expect_pass("0 sub up\n 1 sub > UNSUBSCRIBE 1 a\n 1 sub < UNSUBACK 1\n", "v3:MQTT-3.10.3-2");
}
END_TEST

START_TEST(broker_sends_malformed_packets) {
    expect_fail("0 sub up\n 0 sub subscribes t:2\n 1 sub < HEX 32 05 00 01 74 00 00\n",
                "well_formed", "v3:MQTT-2.3.1-1");
    expect_fail("0 sub up\n 0 sub subscribes t:2\n 1 sub < HEX 36 05 00 01 74 00 01\n",
                "well_formed", "v3:MQTT-3.3.1-4");
    expect_fail("0 sub up\n 0 sub subscribes t:2\n 1 sub < HEX 38 03 00 01 74\n", "well_formed",
                "v3:MQTT-3.3.1-2");
    expect_fail("0 sub up\n 1 sub > SUBSCRIBE 1 t:0\n 1 sub < HEX 90 03 00 01 03\n", "well_formed",
                "v3:MQTT-3.9.3-2");
    expect_fail("0 sub open\n 0 sub > CONNECT\n 0 sub < HEX 20 02 00 06\n 0.1 sub kick\n",
                "well_formed", "v3:MQTT-3.2.2-6");
    expect_fail("0 sub open\n 0 sub > CONNECT\n 0 sub < HEX 20 02 01 05\n 0.1 sub kick\n",
                "well_formed", "v3:MQTT-3.2.2-4");
    expect_fail("0 sub up\n 1 sub > PINGREQ\n 1 sub < HEX d0 02 00 00\n", "well_formed",
                "v3:MQTT-3.12.4-1");
}
END_TEST

START_TEST(client_sends_malformed_packets) {
    expect_fail("0 pub up\n 1 pub > HEX 30 03 00 01 2b\n 1 pub kick\n", "well_formed",
                "v3:MQTT-3.3.2-2");
    /* A raw node may, and the broker closes. */
    expect_pass(RAW "1 raw > HEX 30 03 00 01 2b\n 1 raw kick\n", "v3:MQTT-4.8.0-1");
}
END_TEST

START_TEST(malformed_packets_end_the_connection) {
    expect_fail(RAW "1 raw > HEX 30 03 00 01 2b\n", "well_formed", "v3:MQTT-4.8.0-1");
    expect_fail(RAW "1 raw > HEX c1 00\n 1 raw < PINGRESP\n", "well_formed", "v3:MQTT-2.2.2-2");
    expect_fail(RAW "1 raw > HEX 82 06 00 01 00 01 74 03\n", "well_formed", "v3:MQTT-3.8.3-4");
    expect_fail(RAW "1 raw > HEX e1 00\n", "well_formed", "v3:MQTT-3.14.1-1");
    expect_fail(RAW "1 raw > HEX 80 06 00 01 00 01 74 00\n", "well_formed", "v3:MQTT-3.8.1-1");
    expect_pass(RAW "1 raw > HEX c1 00\n 1 raw kick\n", "v3:MQTT-2.2.2-2");
    expect_pass(RAW "1 raw > HEX c1 00\n 1 raw cut\n", "");
    expect_inconclusive(RAW "1 raw > HEX c1 00\n 2 busy\n", "well_formed", "v3:MQTT-2.2.2-2");
}
END_TEST

START_TEST(answering_a_close_is_not_closing) {
    /* The raw node closes first; that the broker then closes too shows nothing. */
    DslOptions options = {0};
    DrillCheck *check = dsl_judge(RAW "1 raw > HEX c1 00\n 2 raw half\n 2 raw kick\n", &options);
    ck_assert_int_eq(drill_check_verdict(check), DRILL_PASS);
    ck_assert_uint_eq(dsl_exercised(check, "v3:MQTT-2.2.2-2"), 0);
    drill_check_free(check);
}
END_TEST

START_TEST(packets_that_only_servers_send) {
    expect_fail(RAW "1 raw > HEX d0 00\n", "well_formed", "v3:MQTT-4.8.0-1");
    expect_pass(RAW "1 raw > HEX d0 00\n 1 raw kick\n", "v3:MQTT-4.8.0-1");
}
END_TEST

START_TEST(an_unfinished_packet_is_no_offence) {
    expect_pass(RAW "1 raw > HEX 30 20 00\n 1 raw half\n", "");
}
END_TEST

START_TEST(what_follows_an_offence_is_not_demanded) {
    expect_pass(RAW "1 raw > HEX c1 00\n 1 raw > PUBLISH q1 id=1 t hi\n 1 raw kick\n",
                "v3:MQTT-2.2.2-2");
}
END_TEST

DSL_MAIN("check/well_formed", what_is_right, broker_sends_malformed_packets,
         client_sends_malformed_packets, malformed_packets_end_the_connection,
         answering_a_close_is_not_closing, packets_that_only_servers_send,
         an_unfinished_packet_is_no_offence, what_follows_an_offence_is_not_demanded)
