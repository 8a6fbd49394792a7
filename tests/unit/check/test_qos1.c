#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.2 pub up clean=0\n"
#define SENT                                                                                       \
    PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub < PUBACK 7\n 1.2 sub < PUBLISH q1 id=1 t hi\n"

START_TEST(acknowledged_and_delivered) {
    expect_pass(SENT "1.3 sub > PUBACK 1\n", "v3:MQTT-3.3.4-1");
    expect_pass(SENT "1.3 sub > PUBACK 1\n", "v3:MQTT-4.3.2-1");
    expect_pass(SENT "1.3 sub > PUBACK 1\n", "v3:MQTT-4.5.0-2");
}
END_TEST

START_TEST(resent_copies_may_arrive_each) {
    expect_pass(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n 2 pub up clean=0 sp=1\n 2.1 pub "
                     "> PUBLISH q1 id=7 dup t hi\n"
                     "2.2 pub < PUBACK 7\n 2.3 sub < PUBLISH q1 id=1 t hi\n 2.4 sub > PUBACK 1\n "
                     "2.5 sub < PUBLISH q1 id=1 t hi\n"
                     "2.6 sub > PUBACK 1\n",
                "v3:MQTT-4.3.2-2");
}
END_TEST

START_TEST(after_puback_a_copy_is_a_new_message) {
    /* The client did not see the PUBACK; its resend is delivered again, legally. */
    expect_pass(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.05 pub <! PUBACK 7\n 1.06 sub < PUBLISH q1 "
                     "id=1 t hi\n 1.07 sub > PUBACK 1\n"
                     "1.1 pub cut\n 2 pub up clean=0 sp=1\n 2.1 pub > PUBLISH q1 id=7 dup t hi\n "
                     "2.2 pub < PUBACK 7\n"
                     "2.3 sub < PUBLISH q1 id=1 t hi\n 2.4 sub > PUBACK 1\n",
                "v3:MQTT-4.3.2-2");
}
END_TEST

START_TEST(puback_is_owed) {
    expect_fail(PAIR "1 pub > PUBLISH q1 id=7 t hi\n", "qos1", "v3:MQTT-3.3.4-1");
    expect_fail(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub kick\n", "qos1", "v3:MQTT-3.3.4-1");
    expect_inconclusive(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 2 busy", "qos1", "v3:MQTT-3.3.4-1");
    expect_pass(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n", "");
    /* It never got there. */
    expect_pass(PAIR "1 pub >! PUBLISH q1 id=7 t hi\n", "");
    /* A DISCONNECT ends what is owed. */
    expect_pass(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub > DISCONNECT\n 1.1 pub close\n", "");
}
END_TEST

START_TEST(the_answer_follows_the_qos) {
    expect_fail(PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub < PUBREC 7\n 1.2 pub > PUBREL 7\n 1.3 "
                     "pub < PUBCOMP 7\n",
                "qos1", "v3:MQTT-3.3.4-1");
}
END_TEST

/* A device that lost its memory takes an identifier that stands for an unfinished exchange. */
START_TEST(the_answer_follows_the_qos_of_the_latest) {
#define HELD                                                                                       \
    PAIR "1 raw up\n 1 raw > PUBLISH q2 id=7 u a\n 1.1 raw < PUBREC 7\n 1.2 raw > PUBLISH q1 "     \
         "id=7 u b\n"
    expect_pass(HELD "1.3 raw < PUBACK 7\n", "v3:MQTT-3.3.4-1");
    expect_fail(HELD "1.3 raw < PUBREC 7\n", "qos1", "v3:MQTT-3.3.4-1");
    expect_fail(HELD, "qos1", "v3:MQTT-3.3.4-1");
    expect_inconclusive(HELD "2 busy\n", "qos1", "v3:MQTT-3.3.4-1");
    /* The identifier was not free: the server may close for that. */
    expect_pass(HELD "1.3 raw kick\n", "");
}
END_TEST

START_TEST(acknowledged_messages_are_not_replayed) {
    expect_fail(SENT "1.3 sub > PUBACK 1\n 2 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < PUBLISH "
                     "q1 id=1 dup t hi\n 3.2 sub > PUBACK 1\n",
                "qos1", "v3:MQTT-4.3.2-1");
    expect_fail(SENT "1.3 sub > PUBACK 1\n 2 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < PUBLISH "
                     "q1 id=9 dup t hi\n 3.2 sub > PUBACK 9\n",
                "qos1", "v3:MQTT-4.3.2-1");
    /* A real broker may not have read a PUBACK that came just before the end. */
    expect_pass_live(SENT "1.9 sub > PUBACK 1\n 2 sub cut\n 3 sub up clean=0 sp=1\n 3.1 sub < "
                          "PUBLISH q1 id=1 dup t hi\n"
                          "3.2 sub > PUBACK 1\n",
                     "");
    expect_fail_live(SENT "1.3 sub > PUBACK 1\n 4 sub cut\n 5 sub up clean=0 sp=1\n 5.1 sub < "
                          "PUBLISH q1 id=1 dup t hi\n"
                          "5.2 sub > PUBACK 1\n",
                     "qos1", "v3:MQTT-4.3.2-1");
}
END_TEST

START_TEST(clients_acknowledge) {
#define APP "0 sub app connect\n" SENT
    /* Neither handed on nor acknowledged. */
    expect_fail(APP, "qos1", "v3:MQTT-4.5.0-2");
    /* The script's wish: manual acknowledgements, or held back. */
    expect_fail(APP "1.2 sub app delivered q1 t hi\n", "qos1", "v3:MQTT-4.3.2-2");
    expect_pass(
        "0 manual app connect\n 0 manual up clean=0\n 0.1 manual subscribes t:1\n 0.2 pub up\n"
        "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub < PUBACK 7\n"
        "1.2 manual < PUBLISH q1 id=1 t hi\n 1.2 manual app delivered q1 t hi\n",
        "");
    expect_pass(APP "1.2 sub held PUBACK\n", "");
    /* A client that acknowledged at once before, and now does not. */
    expect_fail("0 sub app connect\n" PAIR
                "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub < PUBACK 7\n 1.2 sub < PUBLISH q1 id=1 t "
                "hi\n 1.2 sub app delivered q1 t hi\n"
                "1.2 sub > PUBACK 1\n 2 pub > PUBLISH q1 id=8 t ho\n 2.1 pub < PUBACK 8\n 2.2 sub "
                "< PUBLISH q1 id=2 t ho\n"
                "2.2 sub app delivered q1 t ho\n",
                "qos1", "v3:MQTT-4.3.2-2");
    expect_inconclusive(APP "2 busy\n", "qos1", "v3:MQTT-4.5.0-2");
}
END_TEST

START_TEST(clients_send_what_they_are_given) {
    expect_fail("0 pub up\n 1 pub app publish q1 t hi\n", "qos1", "v3:MQTT-4.3.2-1");
    expect_pass("0 pub up\n 1 pub app publish q1 t hi\n 1 pub > PUBLISH q1 id=1 t hi\n 1.1 pub < "
                "PUBACK 1\n",
                "v3:MQTT-4.3.2-1");
    expect_pass("0 pub up\n 1 pub app publish q1 t hi\n 1 pub crash\n", "");
    /* A finished exchange is not sent again. */
    expect_fail("0 pub up clean=0\n 1 pub > PUBLISH q1 id=1 t hi\n 1.1 pub < PUBACK 1\n 2 pub "
                "cut\n 3 pub up clean=0 sp=1\n"
                "3.1 pub > PUBLISH q1 id=1 dup t hi\n 3.2 pub < PUBACK 1\n",
                "qos1", "v3:MQTT-4.3.2-1");
}
END_TEST

/* With topic rules a 3.1.1 client that may not publish is answered all the same, or closed. */
START_TEST(who_may_not_publish) {
#define BARRED "0 broker config topic_rules 1\n 0 pub up\n 0 sub up\n 0 sub subscribes t:1\n"
    expect_pass(BARRED "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n", "v3:MQTT-3.3.5-2");
    expect_pass(BARRED "1 pub > PUBLISH q1 id=1 t x\n 1 pub kick\n", "v3:MQTT-3.3.5-2");
    expect_pass(BARRED "1 pub > PUBLISH q2 id=1 t x\n 1 pub kick\n", "v3:MQTT-3.3.5-2");
    expect_fail(BARRED "1 pub > PUBLISH q1 id=1 t x\n", "qos1", "v3:MQTT-3.3.5-2");
    expect_fail(BARRED "1 pub > PUBLISH q2 id=1 t x\n", "qos2", "v3:MQTT-3.3.5-2");
    expect_inconclusive(BARRED "1 pub > PUBLISH q1 id=1 t x\n 1 busy\n", "qos1", "v3:MQTT-3.3.5-2");
    /* Without rules there is no excuse for closing, nor for losing the message. */
    expect_fail("0 pub up\n 1 pub > PUBLISH q1 id=1 t x\n 1 pub kick\n", "qos1", "v3:MQTT-3.3.4-1");
    expect_fail(BARRED "0.5 broker config topic_rules 0\n 1 pub > PUBLISH q1 id=1 t x\n"
                       "1 pub < PUBACK 1\n",
                "delivery", "v3:MQTT-4.5.0-1");
}
END_TEST

DSL_MAIN("check/qos1", acknowledged_and_delivered, resent_copies_may_arrive_each,
         after_puback_a_copy_is_a_new_message, puback_is_owed, the_answer_follows_the_qos,
         the_answer_follows_the_qos_of_the_latest, acknowledged_messages_are_not_replayed,
         clients_acknowledge, clients_send_what_they_are_given, who_may_not_publish)
