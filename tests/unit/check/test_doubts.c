/* What can be explained, is: runs of a correct broker and correct clients that random workloads
 * (tests/soak) found, each of which an oracle once took for a breach. */
#include "trace_dsl.h"

#define PAIR "0 rawp up clean=0\n 0 sub up\n"

START_TEST(packets_that_the_script_keeps_back) {
    /* The first copy went down with the connection before. */
    expect_pass("0 c up clean=0\n 1 c held PUBLISH\n 2 c cut\n 3 c up clean=0 sp=1\n"
                "3.1 c > PUBLISH q1 id=1 dup t x\n 3.1 c < PUBACK 1\n",
                "");
    /* A repetition is let go when all is over. */
    expect_pass("0 c up\n 1 c > PUBLISH q2 id=1 t x\n 1 c held PUBLISH\n 1.1 c < PUBREC 1\n"
                "1.2 c > PUBREL 1\n 1.3 c < PUBCOMP 1\n 2 c > PUBLISH q2 id=1 dup t x\n"
                "2.1 c < PUBREC 1\n 2.2 c > PUBREL 1\n 2.3 c < PUBCOMP 1\n",
                "");
    expect_pass("0 c up\n 1 c > PUBLISH q2 id=1 t x\n 1.1 c < PUBREC 1\n 1.1 c > PUBREL 1\n"
                "1.2 c held PUBREL\n 1.3 c < PUBCOMP 1\n 2 c > PUBREL 1\n 2.1 c < PUBCOMP 1\n",
                "");
    expect_pass("0 c open\n 0 c held CONNECT\n 1 c > PINGREQ\n 1.1 c kick\n", "");
    expect_fail("0 c open\n 1 c > PINGREQ\n 1.1 c kick\n", "connect", "v3:MQTT-3.1.0-1");
}
END_TEST

START_TEST(a_paused_broker_misses_its_deadlines) {
#define SILENT "0 raw open\n 0 raw > CONNECT ka=2\n 0 raw < CONNACK\n"
    expect_pass(SILENT "1 broker paused until=9\n 9 raw kick\n", "");
    expect_fail(SILENT "9 raw kick\n", "keepalive", "v3:MQTT-3.1.2-24");
    /* But not for longer. */
    expect_fail(SILENT "1 broker paused until=6\n 9 raw kick\n", "keepalive", "v3:MQTT-3.1.2-24");
}
END_TEST

START_TEST(on_its_way_while_the_broker_starts_again) {
    expect_pass("0 raw dial\n 0 raw >! CONNECT\n 0.5 broker down keep=1\n 0.6 broker up keep=1\n"
                "1 raw open\n 1 raw > CONNECT id=x\n 1 raw < CONNACK\n 2 raw kick\n"
                "3 c up id=x clean=0 sp=0\n",
                "v3:MQTT-3.1.2-6");
}
END_TEST

START_TEST(a_clean_connect_without_an_answer) {
#define GETS(time)                                                                                 \
    time " c < PUBLISH q2 id=3 t x\n " time " c app delivered q2 t x\n " time " c >! PUBREC 3\n"
    /* Whether client and broker have thrown the session away by then, nobody knows. */
    expect_pass("0 c up clean=0\n 0 c app connect\n 0 c subscribes t:2\n 0 pub up\n"
                "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n"
                "1 pub < PUBCOMP 1\n" GETS(
                    "1.1") "1.2 c cut\n 2 c open\n 2 c >! CONNECT clean=1\n"
                           "2.1 c cut\n 3 c up clean=0 sp=1\n 3.1 c < PUBLISH q2 id=3 dup t x\n"
                           "3.1 c > PUBREC 3\n 3.2 c < PUBREL 3\n 3.2 c > PUBCOMP 3\n",
                "");
}
END_TEST

#define UNRELEASED "1 rawp > PUBLISH q2 id=1 t x\n 1 rawp < PUBREC 1\n"
#define RELEASE    "5 rawp > PUBREL 1\n 5 rawp < PUBCOMP 1\n"

START_TEST(messages_that_look_the_same) {
    /* The second copy for a subscription that began before PUBREL, or the other message. */
    expect_pass(PAIR "0.1 sub subscribes t:2\n 1 rawp > PUBLISH q2 id=1 t x\n"
                     "1 rawp > PUBLISH q2 id=2 t y\n 1 rawp > PUBLISH q2 id=3 t x\n"
                     "1 rawp < PUBREC 1\n 1 rawp < PUBREC 2\n 1 rawp < PUBREC 3\n"
                     "2 sub subscribes +:0\n"
                     "5 rawp > PUBREL 1\n 5 rawp > PUBREL 2\n 5 rawp > PUBREL 3\n"
                     "5.1 sub < PUBLISH q2 id=1 t x\n 5.1 sub < PUBLISH q0 t x\n"
                     "5.1 sub < PUBLISH q2 id=2 t y\n 5.1 sub < PUBLISH q0 t y\n"
                     "5.1 sub < PUBLISH q2 id=3 t x\n 5.1 sub < PUBLISH q0 t x\n"
                     "5.2 rawp < PUBCOMP 1\n 5.2 rawp < PUBCOMP 2\n 5.2 rawp < PUBCOMP 3\n"
                     "5.3 sub > PUBREC 1\n 5.3 sub > PUBREC 2\n 5.3 sub > PUBREC 3\n"
                     "5.4 sub cut\n",
                "");
    /* The QoS 2 message comes with its PUBREL: what comes before is the other one. */
    expect_pass(PAIR "0.1 sub subscribes t:2\n" UNRELEASED
                     "2 rawp > PUBLISH q0 t x\n 2 sub < PUBLISH q0 t x\n",
                "v3:MQTT-3.8.4-6");
    expect_fail(PAIR "0.1 sub subscribes t:2\n" UNRELEASED "2 sub < PUBLISH q0 t x\n",
                "subscription", "v3:MQTT-3.8.4-6");
    /* So that y is not between them. */
    expect_pass(PAIR "0.1 sub subscribes t:1\n" UNRELEASED
                     "2 rawp > PUBLISH q1 id=2 t x\n 2 rawp < PUBACK 2\n"
                     "2.1 rawp > PUBLISH q1 id=3 t y\n 2.1 rawp < PUBACK 3\n"
                     "3 sub < PUBLISH q1 id=1 t x\n 3 sub > PUBACK 1\n"
                     "3 sub < PUBLISH q1 id=2 t y\n 3 sub > PUBACK 2\n" RELEASE
                     "5 sub < PUBLISH q1 id=3 t x\n 5 sub > PUBACK 3\n",
                "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(each_of_two_overlapping_copies) {
#define TWICE PAIR "0.1 sub subscribes t:0 +:1\n"
#define PUBLISHED(id)                                                                              \
    "1 rawp > PUBLISH q1 id=" id " t x\n 1 sub < PUBLISH q0 t x\n 1 sub < PUBLISH q1 id=" id       \
    " t x\n 1 rawp < PUBACK " id "\n 1.1 sub > PUBACK " id "\n"
    expect_pass(TWICE PUBLISHED("1") PUBLISHED("2"), "");
    /* A later SUBSCRIBE came before the message was passed on. */
    expect_pass(PAIR "0.1 sub subscribes t:2 +:1\n" UNRELEASED "2 sub subscribes t:0\n" RELEASE
                     "5 sub < PUBLISH q1 id=1 t x\n 5 sub > PUBACK 1\n",
                "");
    /* The window is full until the connection ends. */
    expect_pass(TWICE "1 rawp > PUBLISH q1 id=1 t x\n 1 sub < PUBLISH q1 id=1 t x\n"
                      "1 rawp < PUBACK 1\n 2 rawp > PUBLISH q1 id=2 t y\n 2 sub < PUBLISH q0 t y\n"
                      "2 rawp < PUBACK 2\n 9 sub cut\n",
                "");
}
END_TEST

START_TEST(one_instant_is_not_one_moment) {
    /* The SUBSCRIBE came before the newer message, if only just. */
    expect_pass(PAIR "1 rawp > PUBLISH q1 id=1 retain t old\n 1 rawp < PUBACK 1\n"
                     "2 sub > SUBSCRIBE 1 t:0\n 2 sub < SUBACK 1 0\n"
                     "2 rawp > PUBLISH q1 id=2 retain t new\n 2 rawp < PUBACK 2\n"
                     "2 sub < PUBLISH q0 retain t old\n 2 sub < PUBLISH q0 t new\n",
                "");
    expect_fail(PAIR "1 rawp > PUBLISH q1 id=1 retain t old\n 1 rawp < PUBACK 1\n"
                     "2 rawp > PUBLISH q1 id=2 retain t new\n 2 rawp < PUBACK 2\n"
                     "2 sub > SUBSCRIBE 1 t:0\n 2 sub < SUBACK 1 0\n"
                     "2 sub < PUBLISH q0 retain t old\n",
                "retained", "v3:MQTT-3.3.1-5");
}
END_TEST

START_TEST(two_with_the_same_will) {
    expect_pass(PAIR "0.1 sub subscribes t:0\n 1 one up will=t,x,0,0\n 1 two up will=t,x,0,0\n"
                     "2 one half\n 2 sub < PUBLISH q0 t x\n 2 one kick\n",
                "v3:MQTT-3.1.2-8");
}
END_TEST

START_TEST(a_subscription_that_ended_and_began_again) {
    /* Four subscriptions matched while it was being processed, one of them in two pieces. */
    expect_pass(PAIR "0.1 sub subscribes t:0 +:0\n" UNRELEASED "2 sub subscribes #:0\n"
                     "3 sub > UNSUBSCRIBE 7 +\n 3 sub < UNSUBACK 7\n" RELEASE
                     "6 sub subscribes +:0\n 7 sub < PUBLISH q0 t x\n 7 sub < PUBLISH q0 t x\n"
                     "7 sub < PUBLISH q0 t x\n",
                "");
}
END_TEST

#define ACCEPTED(time, id, payload)                                                                \
    time " pub > PUBLISH q2 id=" id " t " payload "\n " time " pub < PUBREC " id "\n " time        \
         " pub > PUBREL " id "\n " time " pub < PUBCOMP " id "\n"

START_TEST(a_session_in_doubt_whose_application_acknowledges) {
#define MANUAL                                                                                     \
    "0 manual app connect\n 0 manual up clean=0\n 0.1 manual subscribes t:2\n 0.1 pub "            \
    "up\n" ACCEPTED("1", "1", "x") "1.1 manual < PUBLISH q2 id=1 t x\n 1.1 manual app delivered "  \
                                   "q2 t x\n 1.2 manual cut\n"
    /* It was handed on before, or in a session that CleanSession 1 ended. */
    expect_pass(MANUAL "2 manual open\n 2 manual >! CONNECT clean=1\n 2.1 manual cut\n"
                       "3 manual up clean=0 sp=1\n 3.1 manual < PUBLISH q2 id=1 dup t x\n",
                "");
    expect_fail(MANUAL "2 manual up clean=1\n 2 manual subscribes t:2\n" ACCEPTED(
                    "3", "2", "y") "3.1 manual < PUBLISH q2 id=1 t y\n",
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(two_clients_with_one_session) {
#define ONE                                                                                        \
    "0 one app connect\n 0 one up id=c clean=0\n 0.1 one subscribes t:2\n 0.1 pub up\n" ACCEPTED(  \
        "1", "1", "x") "1.1 one < PUBLISH q2 id=1 t x\n 1.1 one app delivered q2 t x\n 1.1 one "   \
                       ">! PUBREC 1\n"                                                             \
                       "1.2 one cut\n"
#define REST(client)                                                                               \
    " 2.1 " client " < PUBLISH q2 id=1 dup t x\n 2.1 " client " > PUBREC 1\n 2.1 " client          \
    " < PUBREL 1\n 2.1 " client " > PUBCOMP 1\n 2.2 " client " cut\n"
#define UNHEEDED                                                                                   \
    "4.1 one < PUBLISH q2 id=1 t y\n 4.1 one > PUBREC 1\n 4.1 one < PUBREL 1\n"                    \
    " 4.1 one > PUBCOMP 1\n"
    /* What one holds of Packet Identifier 1 is about the message that the other got. */
    expect_pass(ONE "2 two up id=c clean=0 sp=1\n" REST("two")
                    ACCEPTED("3", "2", "y") "4 one up id=c clean=0 sp=1\n" UNHEEDED,
                "");
    expect_fail(ONE "2 one up id=c clean=0 sp=1\n" REST("one")
                    ACCEPTED("3", "2", "y") "4 one up id=c clean=0 sp=1\n" UNHEEDED,
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(retained_messages_for_several_subscribes) {
#define STORED                                                                                     \
    PAIR "1 rawp > PUBLISH q2 id=1 retain t x\n 1 rawp < PUBREC 1\n 1 rawp > PUBREL 1\n"           \
         " 1 rawp < PUBCOMP 1\n"
#define REPLAYED(q, id) " 3 sub < PUBLISH q" q " id=" id " retain t x\n"
    /* The filter comes twice in one SUBSCRIBE, and again in the next: the answers are sent when all
     * three have changed the subscription. */
    expect_pass(
        STORED
        "2 sub > SUBSCRIBE 1 t:0 t:1\n 2 sub < SUBACK 1 0 1\n 2 sub subscribes t:2\n" REPLAYED("1",
                                                                                               "1")
            REPLAYED("1", "2") REPLAYED("2", "3") "3.1 sub > PUBREC 3\n 3.1 sub < PUBREL 3\n 3.1 "
                                                  "sub > PUBCOMP 3\n 3.2 sub cut\n",
        "v3:MQTT-3.8.4-3");
    /* The answer to the first went down with its connection, the other comes before its SUBACK. */
    expect_pass(PAIR "0 c up clean=0\n 1 rawp > PUBLISH q1 id=1 retain t x\n 1 rawp < PUBACK 1\n"
                     "2 c subscribes t:0\n 2.1 c cut\n 3 c up clean=0 sp=1\n"
                     "4 c > SUBSCRIBE 2 #:0\n 4.1 c < PUBLISH q0 retain t x\n 4.2 c < SUBACK 2 0\n",
                "v3:MQTT-3.3.1-6");
    expect_fail(PAIR "0 c up clean=0\n 1 rawp > PUBLISH q1 id=1 retain t x\n 1 rawp < PUBACK 1\n"
                     "2 c subscribes t:0\n 4 c > SUBSCRIBE 2 #:0\n"
                     "4.1 c < PUBLISH q0 retain t x\n 4.2 c < SUBACK 2 0\n",
                "retained", "v3:MQTT-3.3.1-6");
}
END_TEST

START_TEST(a_subscription_that_is_lowered_to_qos_0) {
#define AWAY "2 sub cut\n"
    /* Passed on at PUBREL, to QoS 0, and the session was away. */
    expect_pass("0 rawp up clean=0\n 0 sub up clean=0\n 0.1 sub subscribes t:1\n" UNRELEASED
                "1.5 sub subscribes t:0\n" AWAY RELEASE "6 sub up clean=0 sp=1\n",
                "");
    /* It was in the session's queue by then. */
    expect_fail("0 rawp up clean=0\n 0 sub up clean=0\n 0.1 sub subscribes t:1\n" UNRELEASED
                "1.1 rawp > PUBREL 1\n 1.1 rawp < PUBCOMP 1\n 1.5 sub subscribes t:0\n" AWAY
                "6 sub up clean=0 sp=1\n",
                "delivery", "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(an_identifier_for_two_messages_at_once) {
#define TWO                                                                                        \
    PAIR "0.1 sub subscribes t:1\n 1 rawp > PUBLISH q2 id=1 t x\n 1 rawp < PUBREC 1\n"             \
         "1 rawp > PUBLISH q2 id=2 t y\n 1 rawp < PUBREC 2\n"
#define GIVEN(id, payload) " 5 sub < PUBLISH q1 id=" id " t " payload "\n 5 sub > PUBACK " id "\n"
    /* PUBREL 1 is x's or z's, PUBREL 2 y's or w's. */
    expect_pass(
        TWO "2 rawp > PUBLISH q2 id=1 u z\n 2 rawp < PUBREC 1\n 2 rawp > PUBLISH q2 id=2 u w\n 2 "
            "rawp < PUBREC 2\n 3 rawp > PUBREL 2\n 3 rawp < PUBCOMP 2\n" GIVEN(
                "1", "y") "6 rawp > PUBREL 1\n 6 rawp < PUBCOMP 1\n 6.1 sub < PUBLISH q1 id=2 t x\n"
                          "6.1 sub > PUBACK 2\n",
        "");
    expect_fail(TWO "3 rawp > PUBREL 1\n 3 rawp < PUBCOMP 1\n 3 rawp > PUBREL 2\n"
                    "3 rawp < PUBCOMP 2\n" GIVEN("1", "y") GIVEN("2", "x"),
                "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(what_need_not_come_any_more_is_not_counted) {
    /* The first was passed on at QoS 0, to a session that was away. */
    expect_pass("0 rawp up clean=0\n 0 sub up clean=0\n 0.1 sub subscribes t:1\n" UNRELEASED
                "1.5 sub subscribes t:0\n 2 sub cut\n" RELEASE "6 sub up clean=0 sp=1\n"
                "7 sub subscribes t:1\n 8 rawp > PUBLISH q1 id=1 t x\n 8 rawp < PUBACK 1\n"
                "8 sub < PUBLISH q1 id=1 t x\n 8 sub > PUBACK 1\n"
                "9 rawp > PUBLISH q1 id=1 t x\n 9 rawp < PUBACK 1\n"
                "9 sub < PUBLISH q1 id=1 t x\n 9 sub > PUBACK 1\n",
                "");
}
END_TEST

START_TEST(the_better_copy_waits_for_the_window) {
#define THREE                                                                                      \
    PAIR "0.1 sub subscribes #:0 t:1 +:2\n 1 rawp > PUBLISH q2 id=1 t x\n"                         \
         " 1 rawp < PUBREC 1\n 1 sub < PUBLISH q0 t x\n"
    expect_pass(THREE "1 sub < PUBLISH q1 id=1 t x\n 9 sub cut\n", "");
    expect_fail(THREE "1 sub < PUBLISH q1 id=1 t x\n 1.1 sub > PUBACK 1\n 9 sub cut\n",
                "subscription", "v3:MQTT-3.3.5-1");
}
END_TEST

START_TEST(a_will_that_looks_like_an_older_message) {
    /* Its client has closed, and the broker has not yet. */
    expect_pass(PAIR "0 one up will=t,x,0,0\n 0.1 sub subscribes t:0\n 1 rawp > PUBLISH q0 t x\n"
                     "1 rawp > PUBLISH q0 t y\n 1 sub < PUBLISH q0 t y\n 2 one half\n"
                     "2 sub < PUBLISH q0 t x\n 2 one kick\n",
                "");
    expect_fail(PAIR "0 one up\n 0.1 sub subscribes t:0\n 1 rawp > PUBLISH q0 t x\n"
                     "1 rawp > PUBLISH q0 t y\n 1 sub < PUBLISH q0 t y\n 2 one half\n"
                     "2 sub < PUBLISH q0 t x\n 2 one kick\n",
                "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

DSL_MAIN("check/doubts", packets_that_the_script_keeps_back, a_paused_broker_misses_its_deadlines,
         on_its_way_while_the_broker_starts_again, a_clean_connect_without_an_answer,
         messages_that_look_the_same, each_of_two_overlapping_copies, one_instant_is_not_one_moment,
         two_with_the_same_will, a_subscription_that_ended_and_began_again,
         a_session_in_doubt_whose_application_acknowledges, two_clients_with_one_session,
         retained_messages_for_several_subscribes, a_subscription_that_is_lowered_to_qos_0,
         an_identifier_for_two_messages_at_once, what_need_not_come_any_more_is_not_counted,
         the_better_copy_waits_for_the_window, a_will_that_looks_like_an_older_message)
