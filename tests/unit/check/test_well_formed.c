#include "unit/check/trace_dsl.h"

#define UP "0 sub up\n 0.1 sub subscribes #:1\n"

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

/* Will Topic "w", Will Message "gone", and the Client Identifier: three strings, all well-formed.
 */
START_TEST(client_identifier_comes_first) {
    expect_pass("0 named up will=w,gone,1,0\n", "v3:MQTT-3.1.3-1");
    expect_pass5("0 named up will=w,gone,1,0\n", "v5:MQTT-3.1.3-1");
    expect_pass("0 unnamed up id=other\n", "v3:MQTT-3.1.3-1");
    expect_fail("0 named open\n 0 named > HEX 10 1a 00 04 4d 51 54 54 04 06 00 00 00 01 77"
                " 00 04 67 6f 6e 65 00 05 6e 61 6d 65 64\n 0 named < CONNACK\n",
                "well_formed", "v3:MQTT-3.1.3-1");
    expect_fail5("0 named up id=w\n", "well_formed", "v5:MQTT-3.1.3-1");
}
END_TEST

/* Who asks in 5.0 is answered in 5.0, whatever the run speaks: Property Length 127. */
START_TEST(a_malformed_connect_is_answered_in_its_own_version) {
    static const char *const asks = "10 0e 00 04 4d 51 54 54 05 02 00 3c 7f 00 01 61";
    char script[256];
    (void)snprintf(script, sizeof script,
                   "0 raw open\n 0 raw > HEX %s\n 0 raw < HEX 20 03 00 81 00\n 0.1 raw kick\n",
                   asks);
    expect_pass(script, "");
    expect_pass5(script, "");
    (void)snprintf(script, sizeof script, "0 a open\n 0 a > HEX %s\n 0.1 a kick\n", asks);
    expect_fail(script, "well_formed", "v5:MQTT-3.1.3-1");
}
END_TEST

START_TEST(identifier_0_is_the_senders_breach) {
    expect_fail5("0 sub up\n 0 sub subscribes t:2\n 1 sub < HEX 32 06 00 01 74 00 00 00\n",
                 "well_formed", "v5:MQTT-2.2.1-4");
    expect_fail5("0 pub up\n 1 pub > HEX 32 06 00 01 74 00 00 00\n 1 pub kick\n", "well_formed",
                 "v5:MQTT-2.2.1-3");
    expect_pass5("0 sub up\n 0 sub subscribes t:1\n 0 pub up\n 1 pub > PUBLISH q1 id=1 t hi\n"
                 "1 pub < PUBACK 1\n 1 sub < PUBLISH q1 id=1 t hi\n 1 sub > PUBACK 1\n",
                 "v5:MQTT-2.2.1-4");
}
END_TEST

START_TEST(client_sends_malformed_packets) {
    expect_fail("0 pub up\n 1 pub > HEX 30 03 00 01 2b\n 1 pub kick\n", "well_formed",
                "v3:MQTT-3.3.2-2");
    /* A raw node may. */
    expect_unused5("0 raw up\n 1 raw > HEX 30 05 00 01 2b 00 78\n 1 raw kick\n", "v5:MQTT-3.3.2-2");
}
END_TEST

/* What each field of 5.0 packets may hold: the bytes, sent by a client, and the statement. */
START_TEST(every_statement_about_one_packet_can_be_produced) {
    static const char *const client[][2] = {
        {"30 00", "v5:MQTT-3.3.2-1"},
        {"80 07 00 01 00 00 01 74 00", "v5:MQTT-3.8.1-1"},
        /* Payload Format Indicator 2: no number. */
        {"30 05 00 01 74 02 01 02", "v5:MQTT-4.13.1-1"},
        {"30 07 00 01 74 03 23 00 00", "v5:MQTT-3.3.2-8"},
        {"30 08 00 01 74 04 08 00 01 2b", "v5:MQTT-3.3.2-14"},
        {"30 03 00 01 74", "v5:MQTT-2.2.2-1"},
        {"30 84 00 00 01 74 00", "v5:MQTT-1.5.5-1"},
        {"40 03 00 01 05", "v5:MQTT-3.4.2-1"},
        {"50 03 00 01 05", "v5:MQTT-3.5.2-1"},
        {"62 03 00 01 05", "v5:MQTT-3.6.2-1"},
        {"70 03 00 01 05", "v5:MQTT-3.7.2-1"},
        {"60 02 00 01", "v5:MQTT-3.6.1-1"},
        {"82 07 00 01 00 00 01 74 c0", "v5:MQTT-3.8.3-5"},
        {"82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 74 04", "v5:MQTT-3.8.3-4"},
        {"82 0f 00 01 00 00 09 24 73 68 61 72 65 2f 2f 74 00", "v5:MQTT-4.8.2-1"},
        {"82 0e 00 01 00 00 08 24 73 68 61 72 65 2f 67 00", "v5:MQTT-4.8.2-2"},
        {"e1 00", "v5:MQTT-3.14.1-1"},
        {"e0 01 05", "v5:MQTT-3.14.2-1"},
        {"f1 00", "v5:MQTT-3.15.1-1"},
        {"f0 01 05", "v5:MQTT-3.15.2-1"},
        {"f0 02 18 00", "v5:MQTT-4.12.0-5"},
    };
    static const char *const server[][2] = {
        {"20 03 02 00 00", "v5:MQTT-3.2.2-1"},     {"20 03 01 87 00", "v5:MQTT-3.2.2-6"},
        {"20 03 00 05 00", "v5:MQTT-3.2.2-8"},     {"90 04 00 01 00 05", "v5:MQTT-3.9.3-2"},
        {"b0 04 00 01 00 05", "v5:MQTT-3.11.3-2"},
    };
    char script[256];
    for (size_t i = 0; i < sizeof client / sizeof client[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a up\n 1 a > HEX %s\n 1 a kick\n", client[i][0]);
        expect_fail5(script, "well_formed", client[i][1]);
    }
    for (size_t i = 0; i < sizeof server / sizeof server[0]; i++) {
        (void)snprintf(script, sizeof script,
                       "0 a open\n 0 a > CONNECT\n 1 a < HEX %s\n 1 a kick\n", server[i][0]);
        expect_fail5(script, "well_formed", server[i][1]);
    }
}
END_TEST

START_TEST(every_field_of_connect_has_its_statement) {
#define HEAD5 "00 04 4d 51 54 54 05"
#define HEAD3 "00 04 4d 51 54 54 04"
    static const char *const five[][2] = {
        {"10 0e " HEAD5 " 06 00 00 00 00 01 61", "v5:MQTT-3.1.2-9"},
        {"10 0e " HEAD5 " 0a 00 00 00 00 01 61", "v5:MQTT-3.1.2-11"},
        {"10 0e " HEAD5 " 22 00 00 00 00 01 61", "v5:MQTT-3.1.2-13"},
        {"10 0d " HEAD5 " 02 00 00 00 00 09", "v5:MQTT-3.1.3-1"},
    };
    static const char *const three[][2] = {
        {"10 0d " HEAD3 " 0a 00 00 00 01 61", "v3:MQTT-3.1.2-11"},
        {"10 0c " HEAD3 " 00 00 00 00 00", "v3:MQTT-3.1.3-7"},
    };
    char script[256];
    for (size_t i = 0; i < sizeof five / sizeof five[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a open\n 0 a > HEX %s\n 0 a kick\n", five[i][0]);
        expect_fail5(script, "well_formed", five[i][1]);
    }
    for (size_t i = 0; i < sizeof three / sizeof three[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a open\n 0 a > HEX %s\n 0 a kick\n", three[i][0]);
        expect_fail(script, "well_formed", three[i][1]);
    }
}
END_TEST

/* Two statements say it, or the one that speaks of who sends. */
START_TEST(servers_send_what_they_must_not) {
    expect_fail(UP "1 sub < HEX 30 05 00 01 2b 78 78\n", "well_formed", "v3:MQTT-4.7.1-1");
    expect_fail5(UP "1 sub < HEX 30 05 00 01 2b 00 78\n", "well_formed", "v5:MQTT-4.7.0-1");
    expect_fail5(UP "1 sub < HEX 30 05 00 01 2b 00 78\n", "well_formed", "v5:MQTT-3.3.2-2");
    expect_fail(UP "1 sub > PUBLISH q1 id=1 t x\n 1 sub < HEX 41 02 00 01\n", "well_formed",
                "v3:MQTT-2.2.2-1");
    expect_fail5(UP "1 sub > PUBLISH q1 id=1 t x\n 1 sub < HEX 41 02 00 01\n", "well_formed",
                 "v5:MQTT-2.1.3-1");
}
END_TEST

DSL_MAIN("check/well_formed", what_is_right, broker_sends_malformed_packets,
         a_malformed_connect_is_answered_in_its_own_version, identifier_0_is_the_senders_breach,
         client_identifier_comes_first, client_sends_malformed_packets,
         servers_send_what_they_must_not, every_statement_about_one_packet_can_be_produced,
         every_field_of_connect_has_its_statement)
