#include "unit/check/trace_dsl.h"

#define RAW "0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n"

START_TEST(malformed_packets_end_the_connection) {
    expect_pass(RAW "1 raw > HEX 30 03 00 01 2b\n 1 raw kick\n", "v3:MQTT-4.8.0-1");
    expect_fail(RAW "1 raw > HEX 30 03 00 01 2b\n", "reaction", "v3:MQTT-4.8.0-1");
    expect_fail(RAW "1 raw > HEX c1 00\n 1 raw < PINGRESP\n", "reaction", "v3:MQTT-2.2.2-2");
    expect_fail(RAW "1 raw > HEX 82 06 00 01 00 01 74 03\n", "reaction", "v3:MQTT-3.8.3-4");
    expect_fail(RAW "1 raw > HEX e1 00\n", "reaction", "v3:MQTT-3.14.1-1");
    expect_fail(RAW "1 raw > HEX 80 06 00 01 00 01 74 00\n", "reaction", "v3:MQTT-3.8.1-1");
    expect_pass(RAW "1 raw > HEX c1 00\n 1 raw kick\n", "v3:MQTT-2.2.2-2");
    expect_pass(RAW "1 raw > HEX c1 00\n 1 raw cut\n", "");
    expect_inconclusive(RAW "1 raw > HEX c1 00\n 2 busy\n", "reaction", "v3:MQTT-2.2.2-2");
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
    expect_fail(RAW "1 raw > HEX d0 00\n", "reaction", "v3:MQTT-4.8.0-1");
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
        expect_fail5(script, "reaction", "v5:MQTT-4.13.1-1");
        (void)snprintf(script, sizeof script,
                       "0 raw up\n 1 raw > HEX %s\n 1 raw < DISCONNECT code=0x81\n 1 raw kick\n",
                       bytes[i]);
        expect_pass5(script, "v5:MQTT-4.13.1-1");
    }
}
END_TEST

/* Where a statement about a packet speaks of who receives it, that is the one. */
START_TEST(some_statements_speak_of_the_receiver) {
    static const char *const three[][2] = {
        {"30 05 00 01 c0 78 78", "v3:MQTT-1.5.3-1"},  {"30 05 00 01 00 78 78", "v3:MQTT-1.5.3-2"},
        {"36 05 00 01 74 00 01", "v3:MQTT-3.3.1-4"},  {"60 02 00 01", "v3:MQTT-3.6.1-1"},
        {"a0 05 00 01 00 01 74", "v3:MQTT-3.10.1-1"},
    };
    static const char *const five[][2] = {
        {"60 02 00 01", "v5:MQTT-3.6.1-1"},
        {"80 07 00 01 00 00 01 74 00", "v5:MQTT-3.8.1-1"},
        {"82 07 00 01 00 00 01 74 c0", "v5:MQTT-3.8.3-5"},
        {"82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 74 04", "v5:MQTT-3.8.3-4"},
        {"a0 06 00 01 00 00 01 74", "v5:MQTT-3.10.1-1"},
        {"e1 00", "v5:MQTT-3.14.1-1"},
        {"f1 00", "v5:MQTT-3.15.1-1"},
        {"30 05 00 01 c0 00 78", "v5:MQTT-4.13.1-1"},
        {"36 06 00 01 74 00 01 00", "v5:MQTT-4.13.1-1"},
    };
    char script[256];
    for (size_t i = 0; i < sizeof three / sizeof three[0]; i++) {
        (void)snprintf(script, sizeof script, RAW "1 raw > HEX %s\n", three[i][0]);
        expect_fail(script, "reaction", three[i][1]);
        (void)snprintf(script, sizeof script, RAW "1 raw > HEX %s\n 1 raw kick\n", three[i][0]);
        expect_pass(script, three[i][1]);
    }
    for (size_t i = 0; i < sizeof five / sizeof five[0]; i++) {
        (void)snprintf(script, sizeof script, "0 raw up\n 1 raw > HEX %s\n", five[i][0]);
        expect_fail5(script, "reaction", five[i][1]);
        (void)snprintf(script, sizeof script, "0 raw up\n 1 raw > HEX %s\n 1 raw kick\n",
                       five[i][0]);
        expect_pass5(script, five[i][1]);
    }
}
END_TEST

/* It says its version all the same, and by that it is judged, whatever the run's is. */
START_TEST(a_connect_that_does_not_decode) {
    const char *four = "0 raw open\n 0 raw > HEX 10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 c0\n";
    const char *five = "0 raw open\n 0 raw > HEX 10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 c0\n";
    char script[256];
    expect_fail(four, "connect", "v3:MQTT-3.1.4-1");
    expect_fail5(four, "connect", "v3:MQTT-3.1.4-1");
    expect_fail(five, "reaction", "v5:MQTT-4.13.1-1");
    expect_fail5(five, "reaction", "v5:MQTT-4.13.1-1");
    (void)snprintf(script, sizeof script, "%s0 raw kick\n", four);
    expect_pass5(script, "");
    (void)snprintf(script, sizeof script, "%s0 raw kick\n", five);
    expect_pass(script, "");
    expect_pass5(script, "v5:MQTT-4.13.1-1");
}
END_TEST

DSL_MAIN("check/reaction", malformed_packets_end_the_connection, answering_a_close_is_not_closing,
         packets_that_only_servers_send, an_unfinished_packet_is_no_offence,
         what_follows_an_offence_is_not_demanded, what_has_no_number_is_closed_too,
         some_statements_speak_of_the_receiver, a_connect_that_does_not_decode)
