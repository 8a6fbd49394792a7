#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
#define UNACKED                                                                                    \
    PAIR "1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n 1.1 sub <! PUBLISH q1 id=1 t hi\n "    \
         "1.2 sub cut\n"

START_TEST(resent_with_dup) {
    expect_pass(UNACKED
                "2 sub up clean=0 sp=1\n 2.1 sub < PUBLISH q1 id=1 dup t hi\n 2.2 sub > PUBACK 1\n",
                "v3:MQTT-3.3.1-1");
    expect_fail(UNACKED
                "2 sub up clean=0 sp=1\n 2.1 sub < PUBLISH q1 id=1 t hi\n 2.2 sub > PUBACK 1\n",
                "dup", "v3:MQTT-3.3.1-1");
}
END_TEST

START_TEST(resending_on_a_timer_is_legal) {
    expect_pass(PAIR
                "1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n 1.1 sub < PUBLISH q1 id=1 t hi\n"
                "5 sub < PUBLISH q1 id=1 dup t hi\n 6 sub > PUBACK 1\n 6 sub > PUBACK 1\n",
                "v3:MQTT-3.3.1-1");
}
END_TEST

START_TEST(the_publishers_flag_is_not_passed_on) {
#define FIRST                                                                                      \
    PAIR "1 pub >! PUBLISH q1 id=7 t hi\n 2 pub > PUBLISH q1 id=7 dup t hi\n 2 pub < PUBACK 7\n"
    expect_pass(FIRST "3 sub < PUBLISH q1 id=1 t hi\n 3 sub > PUBACK 1\n", "v3:MQTT-3.3.1-3");
    expect_fail(FIRST "3 sub < PUBLISH q1 id=1 dup t hi\n 3 sub > PUBACK 1\n", "dup",
                "v3:MQTT-3.3.1-3");
}
END_TEST

START_TEST(an_attempt_nobody_saw_excuses_dup) {
    /* A real broker may have sent it into a dying connection. The virtual one is seen to have sent
     * nothing. */
#define QUEUED                                                                                     \
    PAIR "0.3 sub cut\n 1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n 2 sub up clean=0 sp=1\n" \
         "2.1 sub < PUBLISH q1 id=1 dup t hi\n 2.2 sub > PUBACK 1\n"
    expect_pass_live(QUEUED, "");
    expect_fail(QUEUED, "dup", "v3:MQTT-3.3.1-3");
}
END_TEST

START_TEST(two_sockets_have_no_order) {
    /* Sent to the old connection, repeated on the new one, and read the other way round. */
#define TAKEN_OVER                                                                                 \
    PAIR "0.3 sub vanish\n 0.9 new up id=sub clean=0 sp=1\n 1 pub > PUBLISH q1 id=7 t hi\n"        \
         "1 new < PUBLISH q1 id=1 dup t hi\n"
#define REST " sub < PUBLISH q1 id=1 t hi\n 1 pub < PUBACK 7\n 1 sub gone\n 2 new > PUBACK 1\n"
    expect_pass_live(TAKEN_OVER "1" REST, "");
    expect_fail(TAKEN_OVER "1" REST, "dup", "v3:MQTT-3.3.1-1");
}
END_TEST

START_TEST(clients_too) {
    expect_fail("0 pub up clean=0\n 1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n 2 pub up clean=0 "
                "sp=1\n 2.1 pub > PUBLISH q1 id=7 t hi\n"
                "2.2 pub < PUBACK 7\n",
                "dup", "v3:MQTT-3.3.1-1");
    expect_fail("0 pub up\n 1 pub > PUBLISH q1 id=7 dup t hi\n 1 pub < PUBACK 7\n", "dup",
                "v3:MQTT-4.3.2-1");
    expect_fail("0 pub up\n 1 pub > PUBLISH q2 id=7 dup t hi\n 1 pub < PUBREC 7\n 1.1 pub > PUBREL "
                "7\n 1.2 pub < PUBCOMP 7\n",
                "dup", "v3:MQTT-4.3.3-1");
    /* Raw nodes may do anything. */
    expect_pass("0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 1 raw > PUBLISH q1 id=7 dup t "
                "hi\n 1 raw < PUBACK 7\n",
                "");
}
END_TEST

DSL_MAIN("check/dup", resent_with_dup, resending_on_a_timer_is_legal,
         the_publishers_flag_is_not_passed_on, an_attempt_nobody_saw_excuses_dup,
         two_sockets_have_no_order, clients_too)
