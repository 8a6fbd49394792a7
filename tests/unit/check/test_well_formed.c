#include "unit/check/trace_dsl.h"

#define UP "0 sub up\n 0.1 sub subscribes #:1\n"

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

/* What each field of 5.0 packets may hold: the bytes, sent by a client, and the statement. */
START_TEST(every_statement_about_one_packet_can_be_produced) {
    static const char *const client[][2] = {
        {"30 05 00 01 c0 00 78", "v5:MQTT-3.3.2-1"},
        {"30 05 00 01 c0 00 78", "v5:MQTT-1.5.4-1"},
        {"30 05 00 01 00 00 78", "v5:MQTT-4.7.3-2"},
        {"30 05 00 01 00 00 78", "v5:MQTT-1.5.4-2"},
        {"30 07 00 01 74 03 23 00 00", "v5:MQTT-3.3.2-8"},
        {"30 08 00 01 74 04 08 00 01 2b", "v5:MQTT-3.3.2-14"},
        {"30 08 00 01 74 04 08 00 01 c0", "v5:MQTT-3.3.2-13"},
        {"30 08 00 01 74 04 03 00 01 c0", "v5:MQTT-3.3.2-19"},
        {"32 0a 00 01 74 00 01 04 03 00 01 c0", "v5:MQTT-3.3.2-19"},
        {"30 0b 00 01 74 07 26 00 01 c0 00 01 61", "v5:MQTT-1.5.7-1"},
        {"30 03 00 01 74", "v5:MQTT-2.2.2-1"},
        {"30 84 00 00 01 74 00", "v5:MQTT-1.5.5-1"},
        {"40 03 00 01 05", "v5:MQTT-3.4.2-1"},
        {"50 03 00 01 05", "v5:MQTT-3.5.2-1"},
        {"62 03 00 01 05", "v5:MQTT-3.6.2-1"},
        {"70 03 00 01 05", "v5:MQTT-3.7.2-1"},
        {"60 02 00 01", "v5:MQTT-3.6.1-1"},
        {"82 07 00 01 00 00 01 c0 00", "v5:MQTT-3.8.3-1"},
        {"a2 06 00 01 00 00 01 c0", "v5:MQTT-3.10.3-1"},
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
        {"10 0e " HEAD5 " 02 00 00 00 00 01 c0", "v5:MQTT-3.1.3-4"},
        {"10 15 " HEAD5 " 06 00 00 00 00 01 61 00 00 01 c0 00 01 78", "v5:MQTT-3.1.3-11"},
        {"10 11 " HEAD5 " 82 00 00 00 00 01 61 00 01 c0", "v5:MQTT-3.1.3-12"},
        {"10 0e " HEAD5 " 06 00 00 00 00 01 61", "v5:MQTT-3.1.2-9"},
        {"10 0e " HEAD5 " 0a 00 00 00 00 01 61", "v5:MQTT-3.1.2-11"},
        {"10 0e " HEAD5 " 22 00 00 00 00 01 61", "v5:MQTT-3.1.2-13"},
        {"10 0d " HEAD5 " 02 00 00 00 00 09", "v5:MQTT-3.1.3-1"},
    };
    static const char *const three[][2] = {
        {"10 0d " HEAD3 " 02 00 00 00 01 c0", "v3:MQTT-3.1.3-4"},
        {"10 13 " HEAD3 " 06 00 00 00 01 61 00 01 c0 00 01 78", "v3:MQTT-3.1.3-10"},
        {"10 10 " HEAD3 " 82 00 00 00 01 61 00 01 c0", "v3:MQTT-3.1.3-11"},
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
    expect_fail("0 a up\n 1 a > HEX 30 03 00 01 00\n 1 a kick\n", "well_formed", "v3:MQTT-4.7.3-2");
}
END_TEST

/* Sentences of 5.0 without a number that say Malformed Packet or Protocol Error: a raw connection
 * breaks them, and by 4.13.1-1 the server closes. */
START_TEST(what_has_no_number_is_closed_too) {
    static const char *const bytes[] = {
        "00 00",                            /* packet type 0 */
        "30 05 00 01 74 02 01",             /* ends inside a property */
        "30 07 00 01 74 04 01 00 01 00",    /* Payload Format Indicator twice */
        "30 05 00 01 74 02 01 02",          /* and neither 0 nor 1 */
        "30 06 00 01 74 02 01 01 ff",       /* UTF-8 it is not */
        "30 05 00 01 74 02 22 00",          /* a property of another packet */
        "30 05 00 01 74 02 7f 00",          /* of none */
        "30 06 00 00 03 23 00 05",          /* an alias above the maximum */
        "82 09 00 01 02 0b 00 00 01 74 00", /* Subscription Identifier 0 */
        "82 07 00 01 00 00 01 74 03",       /* Maximum QoS 3 */
        "82 07 00 01 00 00 01 74 30",       /* Retain Handling 3 */
        "e0 07 00 05 11 00 00 00 05",       /* DISCONNECT brings a Session Expiry Interval */
        "c0 01 00",                         /* PINGREQ with something in it */
        "d0 00",                            /* only servers send it */
    };
    char script[256];
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        (void)snprintf(script, sizeof script, "0 raw up\n 1 raw > HEX %s\n", bytes[i]);
        expect_fail5(script, "well_formed", "v5:MQTT-4.13.1-1");
        (void)snprintf(script, sizeof script,
                       "0 raw up\n 1 raw > HEX %s\n 1 raw < DISCONNECT code=0x81\n 1 raw kick\n",
                       bytes[i]);
        expect_pass5(script, "v5:MQTT-4.13.1-1");
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

DSL_MAIN("check/well_formed", servers_send_what_they_must_not, what_is_right,
         every_statement_about_one_packet_can_be_produced, every_field_of_connect_has_its_statement,
         what_has_no_number_is_closed_too, broker_sends_malformed_packets,
         identifier_0_is_the_senders_breach, client_identifier_comes_first,
         client_sends_malformed_packets, malformed_packets_end_the_connection,
         answering_a_close_is_not_closing, packets_that_only_servers_send,
         an_unfinished_packet_is_no_offence, what_follows_an_offence_is_not_demanded)
