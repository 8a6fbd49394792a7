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

DSL_MAIN("check/doubts", packets_that_the_script_keeps_back, a_paused_broker_misses_its_deadlines,
         on_its_way_while_the_broker_starts_again, a_clean_connect_without_an_answer,
         messages_that_look_the_same, each_of_two_overlapping_copies, one_instant_is_not_one_moment,
         two_with_the_same_will, a_subscription_that_ended_and_began_again)
