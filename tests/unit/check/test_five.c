/* What the oracles of both versions judge differently in 5.0. */
#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up\n"

START_TEST(refusals_end_an_exchange) {
    expect_pass5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1 code=0x97\n",
                 "v5:MQTT-4.3.3-8");
    expect_pass5(PAIR "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1 code=0x97\n"
                      "2 pub > PUBLISH q2 id=1 t y\n 2 pub < PUBREC 1\n 2 pub > PUBREL 1\n"
                      "2 pub < PUBCOMP 1\n 2 sub < PUBLISH q2 id=5 t y\n 2 sub > PUBREC 5\n"
                      "2 sub < PUBREL 5\n 2 sub > PUBCOMP 5\n",
                 "v5:MQTT-4.3.3-9");
    expect_fail5(PAIR "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1 code=0x97\n"
                      "2 pub > PUBLISH q2 id=1 t y\n 2 pub < PUBREC 1\n 2 pub > PUBREL 1\n"
                      "2 pub < PUBCOMP 1\n",
                 "qos2", "v5:MQTT-4.3.3-9");
    expect_fail5("0 pub up clean=0 session_expiry_interval=9\n 1 pub > PUBLISH q1 id=1 t x\n"
                 "1 pub < PUBACK 1 code=0x97\n 2 pub > PUBLISH q1 id=1 dup t x\n 2 pub < PUBACK "
                 "1\n",
                 "qos1", "v5:MQTT-4.4.0-2");
    expect_pass5("0 pub up\n 1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1 code=0x97\n"
                 "2 pub > PUBLISH q1 id=1 t y\n 2 pub < PUBACK 1\n",
                 "v5:MQTT-4.4.0-2");
    expect_pass5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1 code=0x97\n",
                 "v5:MQTT-4.4.0-2");
    /* What the broker refused, nobody has to get. */
    expect_pass5(PAIR "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1 code=0x97\n", "");
}
END_TEST

START_TEST(a_copy_on_the_same_connection_may_be_refused) {
#define TAKEN        "1 raw > PUBLISH q2 id=7 t x\n 1 raw < PUBREC 7\n"
#define COPY_REFUSED "2 raw > PUBLISH q2 id=7 dup t x\n 2 raw < DISCONNECT code=0x82\n 2 raw kick\n"
    expect_pass5("0 raw up\n" TAKEN COPY_REFUSED, "");
    expect_pass5("0 raw up\n" TAKEN "2 raw > PUBLISH q2 id=7 dup t x\n 2 raw kick\n", "");
    /* It may not be passed over, and when a Session is resumed it has to be answered. */
    expect_fail5("0 raw up\n" TAKEN "2 raw > PUBLISH q2 id=7 dup t x\n", "qos2", "v5:MQTT-4.3.3-8");
    expect_fail5("0 raw up clean=0 session_expiry_interval=9\n" TAKEN
                 "1 raw cut\n 1 raw up clean=0 sp=1 session_expiry_interval=9\n" COPY_REFUSED,
                 "qos2", "v5:MQTT-4.3.3-8");
}
END_TEST

START_TEST(a_real_broker_may_not_release_what_was_refused) {
    DslOptions live = {.version = DRILL_MQTT_5_0, .far_role = "gateway", .paced = true};
#define SENT                                                                                       \
    PAIR "1 pub > PUBLISH q2 id=7 t x\n 1 pub < PUBREC 7\n 1 pub > PUBREL 7\n 1 pub < PUBCOMP "    \
         "7\n2 sub < PUBLISH q2 id=1 t x\n"
    /* However soon: there is no PUBREC that it may answer. */
    expect_finding_with(SENT "2.1 sub > PUBREC 1 code=0x80\n 2.2 sub < PUBREL 1\n", DRILL_FAIL,
                        "qos2", "v5:MQTT-4.3.3-4", &live);
    /* A PUBREL may have been on its way towards the PUBCOMP. */
    expect_pass_with(SENT "2.1 sub > PUBREC 1\n 2.2 sub < PUBREL 1\n 2.3 sub > PUBCOMP 1\n"
                          "2.4 sub < PUBREL 1\n 2.5 sub > PUBCOMP 1\n",
                     "v5:MQTT-4.3.3-3", &live);
}
END_TEST

/* $share/+/t */
#define BAD_FILTER "0 raw up\n 1 raw > HEX 82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 2b 2f 74 01\n"

START_TEST(a_bad_filter_is_refused_or_closed_on) {
    expect_pass5(BAD_FILTER "1 raw kick\n", "v5:MQTT-4.13.1-1");
    expect_pass5(BAD_FILTER "1 raw < SUBACK 1 143\n", "v5:MQTT-4.13.1-1");
    expect_only5(BAD_FILTER "1 raw < SUBACK 1 1\n", "reaction", "v5:MQTT-4.13.1-1");
    expect_only5(BAD_FILTER, "reaction", "v5:MQTT-4.13.1-1");
    /* Other offences cannot be refused so. */
    expect_only5("0 raw up\n 1 raw > HEX 82 07 00 01 00 00 01 61 03\n 1 raw < SUBACK 1 143\n",
                 "reaction", "v5:MQTT-4.13.1-1");
}
END_TEST

/* Whom the server should have thrown out, it may answer; that it did not is one finding. */
START_TEST(an_offender_is_answered) {
    expect_only5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q2 id=1 t x\n"
                 "1 raw < PUBREC 1\n 2 raw > PUBLISH q2 id=2 t x\n 2 raw < PUBREC 2 code=0x97\n",
                 "reaction", "v5:MQTT-4.13.1-1");
}
END_TEST

START_TEST(a_client_may_not_call_a_good_pubrel_wrong) {
#define RELEASED                                                                                   \
    PAIR "1 pub > PUBLISH q2 id=7 t x\n 1 pub < PUBREC 7\n 1 pub > PUBREL 7\n 1 pub < PUBCOMP "    \
         "7\n2 sub < PUBLISH q2 id=1 t x\n 2 sub app delivered q2 t x\n 2 sub > PUBREC 1\n"
    expect_fail5(RELEASED "2.1 sub < PUBREL 1\n 2.1 sub faulted\n 2.1 sub > DISCONNECT code=0x82\n"
                          "2.1 sub close\n",
                 "qos2", "v5:MQTT-4.3.3-11");
    /* It may leave for reasons of its own. */
    expect_pass5(RELEASED "2.1 sub < PUBREL 1\n 2.1 sub > DISCONNECT code=0x82\n 2.1 sub close\n",
                 "");
    expect_pass5(RELEASED "2.1 sub < PUBREL 1\n 2.1 sub faulted\n 2.1 sub > DISCONNECT\n"
                          "2.1 sub close\n",
                 "");
}
END_TEST

START_TEST(a_retained_message_is_marked) {
#define KEPT "0 pub up\n 1 pub > PUBLISH q1 id=1 retain t old\n 1 pub < PUBACK 1\n"
#define NEW  "3 sub up\n 3.1 sub subscribes t:1\n"
    expect_pass5(KEPT NEW "3.2 sub < PUBLISH q1 id=1 retain t old\n 3.3 sub > PUBACK 1\n",
                 "v5:MQTT-3.3.1-9");
    expect_fail5(KEPT NEW "3.2 sub < PUBLISH q1 id=1 t old\n 3.3 sub > PUBACK 1\n", "retained",
                 "v5:MQTT-3.3.1-9");
}
END_TEST

START_TEST(nothing_is_resent_on_a_connection) {
    expect_fail5("0 pub up\n 1 pub > PUBLISH q1 id=1 t x\n 9 pub > PUBLISH q1 id=1 dup t x\n"
                 "9 pub < PUBACK 1\n 9 pub < PUBACK 1\n",
                 "resend", "v5:MQTT-4.4.0-1");
    expect_pass5("0 pub up clean=0 session_expiry_interval=99\n 1 pub > PUBLISH q1 id=1 t x\n"
                 "2 pub cut\n 3 pub up clean=0 sp=1 session_expiry_interval=99\n"
                 "3 pub > PUBLISH q1 id=1 dup t x\n 9 pub < PUBACK 1\n",
                 "v5:MQTT-4.4.0-1");
}
END_TEST

START_TEST(every_step_of_qos2_has_its_statement) {
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n", "qos2", "v5:MQTT-4.3.3-8");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n", "qos2",
                 "v5:MQTT-4.3.3-4");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n",
                 "qos2", "v5:MQTT-4.3.3-11");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"
                 "1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n",
                 "qos2", "v5:MQTT-4.3.3-3");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub > PUBLISH q2 id=1 t y\n"
                 "1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n",
                 "packet_id", "v5:MQTT-4.3.3-1");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q1 id=1 t x\n 1 pub > PUBLISH q1 id=1 t y\n"
                 "1 pub < PUBACK 1\n 1 pub < PUBACK 1\n",
                 "packet_id", "v5:MQTT-4.3.2-3");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n"
                 "1 pub > PUBLISH q2 id=1 t y\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n"
                 "1 pub < PUBCOMP 1\n",
                 "packet_id", "v5:MQTT-4.3.3-5");
}
END_TEST

START_TEST(expiry_does_not_stop_a_handshake) {
    expect_pass5("0 pub up\n 1 pub > PUBLISH q2 id=1 message_expiry_interval=1 t x\n"
                 "1 pub < PUBREC 1\n 5 pub > PUBREL 1\n 5 pub < PUBCOMP 1\n",
                 "v5:MQTT-4.3.3-13");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q2 id=1 message_expiry_interval=1 t x\n"
                 "1 pub < PUBREC 1\n 5 pub > PUBREL 1\n",
                 "qos2", "v5:MQTT-4.3.3-13");
    expect_fail5(PAIR "1 pub > PUBLISH q2 id=1 message_expiry_interval=1 t x\n 1 pub < PUBREC 1\n"
                      "1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"
                      "1 sub < PUBLISH q2 id=1 message_expiry_interval=1 t x\n 5 sub > PUBREC 1\n",
                 "qos2", "v5:MQTT-4.3.3-7");
}
END_TEST

START_TEST(delayed_wills) {
#define WILL                                                                                       \
    "0 sub up\n 0.1 sub subscribes w:1\n"                                                          \
    "0.2 pub up clean=0 session_expiry_interval=100 will=w,gone,1,0 will.will_delay_interval=10\n" \
    "1 pub cut\n"
#define GONE "sub < PUBLISH q1 id=1 w gone\n"
    expect_pass5(WILL "11 " GONE "11 sub > PUBACK 1\n", "v5:MQTT-3.1.2-8");
    expect_fail5(WILL "5 " GONE "5 sub > PUBACK 1\n", "will", "v5:MQTT-3.1.2-8");
    expect_fail5(WILL, "will", "v5:MQTT-3.1.2-8");
    expect_inconclusive5(WILL "60 busy\n", "will", "v5:MQTT-3.1.2-8");
    expect_pass5(WILL "5 pub up clean=0 sp=1\n", "v5:MQTT-3.1.3-9");
    expect_fail5(WILL "5 pub up clean=0 sp=1\n 12 " GONE "12 sub > PUBACK 1\n", "will",
                 "v5:MQTT-3.1.3-9");
    expect_fail5(WILL "5 pub open\n 5 pub > CONNECT clean=0 session_expiry_interval=100\n 5 " GONE
                      "5 pub < CONNACK sp=1\n 5 sub > PUBACK 1\n",
                 "will", "v5:MQTT-3.1.3-9");
    /* A session that ends brings it forward. */
    expect_pass5(WILL "5 pub up\n 5 " GONE "5 sub > PUBACK 1\n", "v5:MQTT-3.1.2-8");
    expect_fail5(WILL "5 pub up\n", "will", "v5:MQTT-3.1.2-8");
}
END_TEST

START_TEST(only_a_normal_disconnect_drops_the_will) {
#define NOW "0 sub up\n 0.1 sub subscribes w:1\n 0.2 pub up will=w,gone,1,0\n"
    expect_pass5(NOW "1 pub > DISCONNECT code=4\n 1 pub close\n 1 " GONE "1 sub > PUBACK 1\n",
                 "v5:MQTT-3.1.2-7");
    expect_fail5(NOW "1 pub > DISCONNECT code=4\n 1 pub close\n", "will", "v5:MQTT-3.1.2-8");
    expect_pass5(NOW "1 pub > DISCONNECT\n 1 pub close\n", "v5:MQTT-3.14.4-3");
    expect_fail5(NOW "1 pub > DISCONNECT\n 1 pub close\n 1 " GONE "1 sub > PUBACK 1\n", "will",
                 "v5:MQTT-3.14.4-3");
}
END_TEST

START_TEST(a_will_that_is_not_retained) {
    expect_pass5("0 pub up will=w,gone,1,0\n 1 pub cut\n 5 sub up\n 5 sub subscribes w:1\n",
                 "v5:MQTT-3.1.2-14");
    expect_pass5("0 a open\n 0 a > CONNECT\n 0 a < CONNACK code=0x88\n 0 a > PINGREQ\n 0 a kick\n",
                 "v5:MQTT-3.1.4-6");
}
END_TEST

START_TEST(the_servers_keep_alive_goes_first) {
    expect_pass5("0 a up ka=100 ack.server_keep_alive=10\n 8 a > PINGREQ\n 8 a < PINGRESP\n"
                 "9 settled\n",
                 "v5:MQTT-3.2.2-21");
    expect_fail5("0 a up ka=100 ack.server_keep_alive=10\n 15 a kick\n", "keepalive",
                 "v5:MQTT-3.1.2-21");
    expect_fail5("0 raw up ka=10\n 60 settled\n", "keepalive", "v5:MQTT-3.2.2-22");
    expect_pass5("0 raw up ka=10\n 15 raw kick\n", "v5:MQTT-3.2.2-22");
}
END_TEST

START_TEST(session_present_for_a_stranger) {
    expect_fail5("0 a up sp=1\n", "session", "v5:MQTT-3.2.2-4");
    /* A device that has lost its memory; it may know of a session otherwise. */
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 1 a crash\n 1 a cut\n"
                 "2 a up clean=0 sp=1\n",
                 "session", "v5:MQTT-3.2.2-4");
    expect_pass5("0 a up clean=0 session_expiry_interval=9\n 1 a crash\n 1 a cut\n"
                 "2 a up clean=0 sp=1\n 2 a close\n",
                 "v5:MQTT-3.2.2-4");
    expect_inconclusive5("0 a up clean=0 session_expiry_interval=9\n 1 a crash\n 1 a cut\n"
                         "2 a up clean=0 sp=1\n 2 busy\n",
                         "session", "v5:MQTT-3.2.2-4");
    expect_unused5("0 a up clean=0 session_expiry_interval=9\n 1 a cut\n 2 a up clean=0 sp=1\n",
                   "v5:MQTT-3.2.2-4");
    /* Clean Start 1 throws away what was there. */
    expect_pass5("0 a up clean=0 session_expiry_interval=9\n 1 a cut\n 2 a up\n",
                 "v5:MQTT-3.1.2-4");
    expect_unused5("0 a up\n", "v5:MQTT-3.1.2-4");
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 1 a > PUBLISH q1 id=1 t x\n 1 a cut\n"
                 "2 a up clean=0\n 2 a > PUBLISH q1 id=1 dup t x\n 2 a < PUBACK 1\n",
                 "session", "v5:MQTT-3.2.2-5");
}
END_TEST

START_TEST(unsuback_says_what_was_there) {
    expect_pass5("0 a up\n 1 a subscribes t:0\n 2 a > UNSUBSCRIBE 1 t u\n 2 a < UNSUBACK 1 0 "
                 "0x11\n",
                 "v5:MQTT-3.11.3-1");
    expect_fail5("0 a up\n 1 a subscribes t:0\n 2 a > UNSUBSCRIBE 1 t u\n 2 a < UNSUBACK 1 0x11 "
                 "0\n",
                 "suback", "v5:MQTT-3.11.3-1");
    expect_fail5("0 a up\n 1 a > UNSUBSCRIBE 1 t u\n 2 a < UNSUBACK 1 0x11\n", "suback",
                 "v5:MQTT-3.11.3-2");
    expect_fail5("0 a up\n 1 a > SUBSCRIBE 1 t:0\n 1 a < SUBACK 1 1\n", "suback",
                 "v5:MQTT-3.8.4-7");
}
END_TEST

DSL_MAIN("check/five", refusals_end_an_exchange, a_copy_on_the_same_connection_may_be_refused,
         a_real_broker_may_not_release_what_was_refused, a_bad_filter_is_refused_or_closed_on,
         an_offender_is_answered, a_client_may_not_call_a_good_pubrel_wrong,
         a_retained_message_is_marked, nothing_is_resent_on_a_connection,
         every_step_of_qos2_has_its_statement, expiry_does_not_stop_a_handshake, delayed_wills,
         only_a_normal_disconnect_drops_the_will, a_will_that_is_not_retained,
         the_servers_keep_alive_goes_first, session_present_for_a_stranger,
         unsuback_says_what_was_there)
