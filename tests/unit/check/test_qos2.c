#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up clean=0\n"
#define TO_SUB                                                                                     \
    "1.5 sub < PUBLISH q2 id=1 t hi\n 1.6 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n 1.8 sub > "        \
    "PUBCOMP 1\n"

START_TEST(one_message_once) {
    expect_pass(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 "
                     "pub < PUBCOMP 7\n" TO_SUB,
                "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(forwarded_at_publish_is_as_good) {
    expect_pass(PAIR "1 pub > PUBLISH q2 id=7 t hi\n" TO_SUB
                     "2 pub < PUBREC 7\n 2.2 pub > PUBREL 7\n 2.3 pub < PUBCOMP 7\n",
                "v3:MQTT-4.3.3-1");
}
END_TEST

#define LOST_PUBREC                                                                                \
    PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub <! PUBREC 7\n 1.2 pub cut\n 1.3 pub up clean=0 "  \
         "sp=1\n"                                                                                  \
         "1.4 pub > PUBLISH q2 id=7 dup t hi\n 1.45 pub < PUBREC 7\n" TO_SUB                       \
         "2 pub > PUBREL 7\n 2.1 pub < PUBCOMP 7\n"

START_TEST(repeat_is_not_delivered_again) {
    expect_pass(LOST_PUBREC, "v3:MQTT-4.3.3-2");
    expect_fail(LOST_PUBREC "3 sub < PUBLISH q2 id=2 t hi\n 3.1 sub > PUBREC 2\n 3.2 sub < PUBREL "
                            "2\n 3.3 sub > PUBCOMP 2\n",
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(repeat_delivered_at_lower_qos_counts) {
    expect_fail("0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up clean=0\n"
                "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBLISH q2 id=7 dup "
                "t hi\n 1.3 pub < PUBREC 7\n"
                "1.4 sub < PUBLISH q0 t hi\n 1.4 sub < PUBLISH q0 t hi\n 2 pub > PUBREL 7\n 2.1 "
                "pub < PUBCOMP 7\n",
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(same_payload_published_twice_is_two_messages) {
    expect_pass("0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up\n"
                "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 pub "
                "< PUBCOMP 7\n"
                "2 pub > PUBLISH q2 id=7 t hi\n 2.1 pub < PUBREC 7\n 2.2 pub > PUBREL 7\n 2.3 pub "
                "< PUBCOMP 7\n"
                "3 sub < PUBLISH q0 t hi\n 3 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(identifier_reused_after_pubcomp_is_new) {
    expect_fail(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 "
                     "pub < PUBCOMP 7\n" TO_SUB "2 pub > PUBLISH q2 id=7 t ho\n 2.1 pub < PUBREC "
                     "7\n 2.2 pub > PUBREL 7\n 2.3 pub < PUBCOMP 7\n",
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

#define RAW "0 raw open\n 0 raw > CONNECT clean=0\n 0 raw < CONNACK\n"

START_TEST(answers_are_owed) {
    expect_fail(PAIR "1 pub > PUBLISH q2 id=7 t hi\n", "qos2", "v3:MQTT-4.3.3-2");
    expect_fail(RAW "1 raw > PUBREL 9\n", "qos2", "v3:MQTT-4.3.3-2");
    expect_fail(RAW "1 raw > PUBREL 9\n 1.1 raw kick\n", "qos2", "v3:MQTT-4.3.3-2");
    expect_pass(RAW "1 raw > PUBREL 9\n 1.1 raw < PUBCOMP 9\n", "v3:MQTT-4.3.3-2");
    expect_pass(RAW "1 raw > PUBREL 9\n 1.1 raw cut\n", "");
    expect_inconclusive(RAW "1 raw > PUBREL 9\n 2 busy", "qos2", "v3:MQTT-4.3.3-2");
    expect_inconclusive(RAW "1 raw > PUBREL 9\n 2 limit", "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(a_real_broker_takes_a_moment) {
#define PUBREL_AT_ONE PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1 pub < PUBREC 7\n 1 pub > PUBREL 7\n"
    expect_pass_live(PUBREL_AT_ONE "1.9 settled\n", "");
    expect_fail_live(PUBREL_AT_ONE "2 settled\n", "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(each_copy_is_answered) {
    expect_fail(
        PAIR
        "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBLISH q2 id=7 dup t hi\n",
        "qos2", "v3:MQTT-4.3.3-2");
    expect_fail(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBLISH q2 "
                     "id=7 dup t hi\n 1.3 pub kick\n",
                "qos2", "v3:MQTT-4.3.3-2");
}
END_TEST

START_TEST(stray_pubrec) {
    expect_fail(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.1 pub < PUBREC 7\n 1.2 "
                     "pub > PUBREL 7\n 1.3 pub < "
                     "PUBCOMP 7\n" TO_SUB,
                "qos2", "v3:MQTT-4.3.3-2");
    expect_fail(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 "
                     "pub < PUBCOMP 7\n" TO_SUB "2 pub < PUBREC 7\n",
                "qos2", "v3:MQTT-4.3.3-2");
    /* Some brokers take the exchange up again by themselves when a session is resumed. */
    expect_pass(PAIR "1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub <! PUBREC 7\n 1.2 pub cut\n 1.3 pub "
                     "up clean=0 sp=1\n 1.35 pub < "
                     "PUBREC 7\n 1.4 pub > PUBREL 7\n 1.41 pub < PUBCOMP 7\n" TO_SUB,
                "v3:MQTT-4.3.3-2");
}
END_TEST

#define HALF_SENT                                                                                  \
    "0 sub up clean=0\n 0.1 sub subscribes t:2\n 0.2 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 " \
    "pub < PUBREC 7\n"                                                                             \
    "1.2 pub > PUBREL 7\n 1.3 pub < PUBCOMP 7\n 1.5 sub < PUBLISH q2 id=1 t hi\n 1.6 sub > "       \
    "PUBREC 1\n"

START_TEST(publish_after_pubrec) {
    expect_pass(HALF_SENT "1.7 sub <! PUBREL 1\n 2 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < "
                          "PUBREL 1\n 3.2 sub > PUBCOMP 1\n",
                "v3:MQTT-4.4.0-1");
    expect_fail(HALF_SENT "2 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < PUBLISH q2 id=1 dup t "
                          "hi\n 3.2 sub > PUBREC 1\n"
                          "3.3 sub < PUBREL 1\n 3.4 sub > PUBCOMP 1\n",
                "qos2", "v3:MQTT-4.3.3-1");
}
END_TEST

START_TEST(a_real_broker_may_not_have_read_the_pubrec) {
    /* The gateway saw the PUBREC, the connection broke at once: perhaps the broker never did. */
    expect_pass_live(HALF_SENT "1.7 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < PUBLISH q2 id=1 "
                               "dup t hi\n 3.2 sub > PUBREC 1\n"
                               "3.3 sub < PUBREL 1\n 3.4 sub > PUBCOMP 1\n",
                     "v3:MQTT-4.3.3-1");
    expect_fail_live(HALF_SENT "3.7 sub cut\n 4 sub up clean=0 sp=1\n 4.1 sub < PUBLISH q2 id=1 "
                               "dup t hi\n 4.2 sub > PUBREC 1\n"
                               "4.3 sub < PUBREL 1\n 4.4 sub > PUBCOMP 1\n",
                     "qos2", "v3:MQTT-4.3.3-1");
}
END_TEST

START_TEST(pubrel_must_answer_pubrec) {
    expect_fail(HALF_SENT, "qos2", "v3:MQTT-4.3.3-1");
    expect_fail(HALF_SENT "1.7 sub kick\n", "qos2", "v3:MQTT-4.3.3-1");
    expect_fail("0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n "
                "1.1 pub < PUBREC 7\n"
                "1.2 pub > PUBREL 7\n 1.3 pub < PUBCOMP 7\n 1.5 sub < PUBLISH q2 id=1 t hi\n 1.6 "
                "sub < PUBREL 1\n",
                "qos2", "v3:MQTT-4.3.3-1");
}
END_TEST

START_TEST(client_as_receiver) {
#define CLIENT                                                                                     \
    "0 sub app connect\n 0 sub up clean=0\n 0.1 sub subscribes t:2\n 0.2 pub up\n 1 pub > "        \
    "PUBLISH q2 id=7 t hi\n"                                                                       \
    "1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 pub < PUBCOMP 7\n 1.5 sub < PUBLISH q2 id=1 t " \
    "hi\n"
    expect_pass(CLIENT "1.5 sub app delivered q2 t hi\n 1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n "
                       "1.7 sub > PUBCOMP 1\n",
                "v3:MQTT-4.3.3-2");
    /* Twice to the application. */
    expect_fail(CLIENT "1.5 sub app delivered q2 t hi\n 1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n "
                       "1.7 sub > PUBCOMP 1\n"
                       "1.7 sub app delivered q2 t hi\n",
                "qos2", "v3:MQTT-4.3.3-2");
    /* Never to the application. */
    expect_fail(CLIENT "1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n 1.7 sub > PUBCOMP 1\n", "qos2",
                "v3:MQTT-4.3.3-2");
    /* PUBREL is not answered; called wrong and closed; held back by the script. */
    expect_fail(CLIENT "1.5 sub app delivered q2 t hi\n 1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n",
                "qos2", "v3:MQTT-4.3.3-2");
    expect_fail(CLIENT "1.5 sub app delivered q2 t hi\n 1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n "
                       "1.7 sub faulted\n 1.7 sub close\n",
                "qos2", "v3:MQTT-4.3.3-2");
    expect_pass(CLIENT "1.5 sub app delivered q2 t hi\n 1.5 sub > PUBREC 1\n 1.7 sub < PUBREL 1\n "
                       "1.7 sub held PUBCOMP\n",
                "");
}
END_TEST

START_TEST(client_as_sender) {
    expect_fail("0 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBLISH "
                "q2 id=7 dup t hi\n 1.3 pub < "
                "PUBREC 7\n 1.4 pub > PUBREL 7\n 1.5 pub < PUBCOMP 7\n",
                "qos2", "v3:MQTT-4.3.3-1");
    expect_fail("0 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.4 pub > PUBREL "
                "7\n 1.5 pub < PUBCOMP 7\n"
                "1.6 pub > PUBREL 7\n 1.7 pub < PUBCOMP 7\n",
                "qos2", "v3:MQTT-4.3.3-1");
    expect_fail("0 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n", "qos2",
                "v3:MQTT-4.3.3-1");
    expect_fail("0 pub up\n 1 pub app publish q2 t hi\n", "qos2", "v3:MQTT-4.3.3-1");
    expect_pass("0 pub up\n 1 pub app publish q2 t hi\n 1.1 pub cut\n", "");
}
END_TEST

START_TEST(what_was_refused_is_not_released) {
#define REFUSED "0 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7 code=0x97\n"
    expect_pass5(REFUSED, "");
    expect_pass5(REFUSED "2 pub > PUBLISH q2 id=7 t ho\n 2 pub < PUBREC 7\n 2 pub > PUBREL 7\n"
                         "2 pub < PUBCOMP 7\n",
                 "v5:MQTT-4.3.3-4");
    expect_fail5(REFUSED "2 pub > PUBREL 7\n 2 pub < PUBCOMP 7 code=0x92\n", "qos2",
                 "v5:MQTT-4.3.3-4");
    expect_inconclusive5("0 pub up\n 1 pub > PUBLISH q2 id=7 t hi\n 1.1 pub < PUBREC 7\n 2 busy\n",
                         "qos2", "v5:MQTT-4.3.3-4");
}
END_TEST

DSL_MAIN("check/qos2", what_was_refused_is_not_released, one_message_once,
         forwarded_at_publish_is_as_good, repeat_is_not_delivered_again,
         repeat_delivered_at_lower_qos_counts, same_payload_published_twice_is_two_messages,
         identifier_reused_after_pubcomp_is_new, answers_are_owed, a_real_broker_takes_a_moment,
         each_copy_is_answered, stray_pubrec, publish_after_pubrec,
         a_real_broker_may_not_have_read_the_pubrec, pubrel_must_answer_pubrec, client_as_receiver,
         client_as_sender)
