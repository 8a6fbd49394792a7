#include "unit/check/trace_dsl.h"

#define STORED          "0 pub up\n 1 pub > PUBLISH q1 id=1 retain t old\n 1 pub < PUBACK 1\n"
#define NEWER           "2 pub > PUBLISH q1 id=2 retain t new\n 2 pub < PUBACK 2\n"
#define SUB             "3 sub up\n 3.1 sub subscribes t:1\n"
#define REPLAY(payload) "3.2 sub < PUBLISH q1 id=1 retain t " payload "\n 3.3 sub > PUBACK 1\n"

START_TEST(sent_to_new_subscriptions) {
    expect_pass(STORED SUB REPLAY("old"), "v3:MQTT-3.3.1-6");
    expect_pass(STORED SUB REPLAY("old"), "v3:MQTT-3.3.1-8");
    expect_fail(STORED SUB, "retained", "v3:MQTT-3.3.1-6");
    expect_inconclusive(STORED SUB "4 busy\n", "retained", "v3:MQTT-3.3.1-6");
    /* Before the SUBACK is as good. */
    expect_pass(STORED "3 sub up\n 3.1 sub > SUBSCRIBE 1 t:1\n 3.2 sub < PUBLISH q1 id=1 retain t "
                       "old\n 3.2 sub > PUBACK 1\n 3.3 sub < SUBACK 1 1\n",
                "v3:MQTT-3.3.1-6");
    /* By wildcard. */
    expect_fail(STORED "3 sub up\n 3.1 sub subscribes #:1\n", "retained", "v3:MQTT-3.3.1-6");
    /* The subscriber left before it could come, or does not acknowledge what it has. */
    expect_pass(STORED SUB "3.2 sub cut\n", "");
}
END_TEST

START_TEST(qos_0_need_not_be_kept) {
    expect_pass("0 pub up\n 1 pub > PUBLISH q0 retain t old\n" SUB, "");
    expect_pass("0 pub up\n 1 pub > PUBLISH q0 retain t old\n" SUB
                "3.2 sub < PUBLISH q0 retain t old\n",
                "v3:MQTT-3.3.1-6");
}
END_TEST

START_TEST(replaced) {
    expect_pass(STORED NEWER SUB REPLAY("new"), "v3:MQTT-3.3.1-5");
    expect_fail(STORED NEWER SUB REPLAY("old"), "retained", "v3:MQTT-3.3.1-5");
    /* QoS 0 evicts: the new one or none, but not the old one. */
    expect_pass(STORED "2 pub > PUBLISH q0 retain t new\n" SUB, "v3:MQTT-3.3.1-7");
    expect_fail(STORED "2 pub > PUBLISH q0 retain t new\n" SUB REPLAY("old"), "retained",
                "v3:MQTT-3.3.1-7");
    /* Not acknowledged yet: either. */
    expect_pass(STORED "2 pub > PUBLISH q1 id=2 retain t new\n" SUB REPLAY("old") "4 pub cut\n",
                "v3:MQTT-3.3.1-6");
    expect_pass(STORED "2 pub > PUBLISH q1 id=2 retain t new\n" SUB REPLAY("new") "4 pub cut\n",
                "v3:MQTT-3.3.1-6");
}
END_TEST

START_TEST(deleted_by_an_empty_one) {
#define EMPTY "2 pub > PUBLISH q1 id=2 retain t -\n 2 pub < PUBACK 2\n"
    expect_pass(STORED EMPTY SUB, "v3:MQTT-3.3.1-10");
    expect_pass(STORED EMPTY SUB, "v3:MQTT-3.3.1-11");
    expect_fail(STORED EMPTY SUB REPLAY("old"), "retained", "v3:MQTT-3.3.1-10");
    expect_fail(STORED EMPTY SUB REPLAY("-"), "retained", "v3:MQTT-3.3.1-11");
    /* Existing subscribers get it. */
    expect_pass("0 pub up\n 0 sub up\n 0.1 sub subscribes t:0\n" EMPTY "3 sub < PUBLISH q0 t -\n",
                "v3:MQTT-3.3.1-10");
}
END_TEST

START_TEST(live_messages_are_not_flagged) {
#define LIVE                                                                                       \
    "0 pub up\n 0 sub up\n 0.1 sub subscribes t:0\n 1 pub > PUBLISH q1 id=1 retain t old\n 1 pub " \
    "< PUBACK 1\n"
    expect_pass(LIVE "2 sub < PUBLISH q0 t old\n", "v3:MQTT-3.3.1-9");
    expect_fail(LIVE "2 sub < PUBLISH q0 retain t old\n", "retained", "v3:MQTT-3.3.1-9");
}
END_TEST

START_TEST(replay_is_flagged) {
    expect_fail(STORED SUB "3.2 sub < PUBLISH q1 id=1 t old\n 3.3 sub > PUBACK 1\n", "retained",
                "v3:MQTT-3.3.1-8");
}
END_TEST

START_TEST(retain_0_leaves_the_store_alone) {
#define PLAIN "0 pub up\n 1 pub > PUBLISH q1 id=1 t plain\n 1 pub < PUBACK 1\n"
    expect_pass(PLAIN SUB, "v3:MQTT-3.3.1-12");
    expect_fail(PLAIN SUB REPLAY("plain"), "retained", "v3:MQTT-3.3.1-12");
}
END_TEST

START_TEST(subscribing_again_brings_it_again) {
#define AGAIN STORED SUB REPLAY("old") "5 sub subscribes t:1\n"
    expect_pass(AGAIN "5.1 sub < PUBLISH q1 id=1 retain t old\n 5.2 sub > PUBACK 1\n",
                "v3:MQTT-3.8.4-3");
    expect_fail(AGAIN, "retained", "v3:MQTT-3.8.4-3");
}
END_TEST

START_TEST(nothing_else_brings_it) {
    expect_fail(
        STORED SUB REPLAY("old") "5 sub < PUBLISH q1 id=1 retain t old\n 5.2 sub > PUBACK 1\n",
        "retained", "v3:MQTT-3.3.1-6");
    expect_fail(STORED "3 sub up clean=0\n 3.1 sub subscribes t:1\n" REPLAY(
                    "old") "4 sub cut\n 5 sub up clean=0 sp=1\n"
                           "5.1 sub < PUBLISH q1 id=1 retain t old\n 5.2 sub > PUBACK 1\n",
                "retained", "v3:MQTT-3.3.1-6");
    /* An unfinished one comes again, of course. */
    expect_pass(
        STORED
        "3 sub up clean=0\n 3.1 sub subscribes t:1\n 3.2 sub <! PUBLISH q1 id=1 retain t old\n 4 "
        "sub cut\n"
        "5 sub up clean=0 sp=1\n 5.1 sub < PUBLISH q1 id=1 dup retain t old\n 5.2 sub > PUBACK 1\n",
        "v3:MQTT-3.3.1-6");
}
END_TEST

START_TEST(qos_of_the_replay) {
    expect_fail(STORED "3 sub up\n 3.1 sub subscribes t:0\n 3.2 sub < PUBLISH q1 id=1 retain t "
                       "old\n 3.3 sub > PUBACK 1\n",
                "retained", "v3:MQTT-3.8.4-6");
    expect_fail(STORED "3 sub up\n 3.1 sub subscribes t:1\n 3.2 sub < PUBLISH q0 retain t old\n",
                "retained", "v3:MQTT-3.3.1-5");
    expect_pass(STORED "3 sub up\n 3.1 sub subscribes t:0\n 3.2 sub < PUBLISH q0 retain t old\n",
                "v3:MQTT-3.8.4-6");
}
END_TEST

START_TEST(not_part_of_a_session) {
    expect_pass(STORED "2 pub > DISCONNECT\n 2 pub close\n" SUB REPLAY("old"), "v3:MQTT-3.1.2-7");
    expect_fail(STORED "2 pub > DISCONNECT\n 2 pub close\n" SUB, "retained", "v3:MQTT-3.1.2-7");
}
END_TEST

START_TEST(after_a_forgetful_restart_nothing_is_demanded) {
    expect_pass(STORED "2 broker down keep=0\n 2.5 broker up keep=0\n" SUB, "");
}
END_TEST

START_TEST(left_over_on_a_real_broker) {
    expect_pass_live(SUB REPLAY("from_another_run"), "");
}
END_TEST

DSL_MAIN("check/retained", sent_to_new_subscriptions, qos_0_need_not_be_kept, replaced,
         deleted_by_an_empty_one, live_messages_are_not_flagged, replay_is_flagged,
         retain_0_leaves_the_store_alone, subscribing_again_brings_it_again, nothing_else_brings_it,
         qos_of_the_replay, not_part_of_a_session, after_a_forgetful_restart_nothing_is_demanded,
         left_over_on_a_real_broker)
