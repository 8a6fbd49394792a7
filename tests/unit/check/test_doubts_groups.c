/* What can be explained, is: what goes round the members of a Shared Subscription. Like
 * test_doubts5.c. */
#include "trace_dsl.h"

#define KEPT " clean=0 session_expiry_interval=100 "

#define RELEASED(at, id, packet)                                                                   \
    at " pub > PUBLISH q2 id=" id " " packet "\n" at " pub < PUBREC " id "\n" at                   \
       " pub > PUBREL " id "\n" at " pub < PUBCOMP " id "\n"
#define GETS2(at, id, packet)                                                                      \
    at " sub < PUBLISH q2 id=" id " " packet "\n" at " sub > PUBREC " id "\n" at                   \
       " sub < PUBREL " id "\n" at " sub > PUBCOMP " id "\n"
#define GETS1(at, id, packet)                                                                      \
    at " sub < PUBLISH q1 id=" id " " packet "\n" at " sub > PUBACK " id "\n"

/* It goes to the other member and back. */
#define GIVEN(packet)                                                                              \
    "0 pub up\n 0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:2\n"               \
    "0.1 sub subscribes $share/g/t:2\n 1 pub > PUBLISH q1 id=1 " packet "\n"                       \
    "1 sub < PUBLISH q1 id=1 " packet "\n 1 pub < PUBACK 1\n"
#define GOES_ROUND(packet) "2 sub cut\n 2 a < PUBLISH q1 id=1 " packet "\n 2.5 a cut\n"
#define ACKNOWLEDGED       "1.5 sub > PUBACK 1\n"

START_TEST(given_back_among_others) {
    /* Others have the same payload and other properties, and are yet to come. */
#define FIRST  "user_property=l:1 t x"
#define SECOND "user_property=k:1 t x"
#define OTHERS RELEASED("3", "2", SECOND) RELEASED("3", "3", "t x")
#define COME                                                                                       \
    "4 sub up sp=1" KEPT "\n" GETS1("4", "2", FIRST) GETS2("4", "3", SECOND) GETS2("4", "4", "t x")
    expect_pass5(GIVEN(FIRST) GOES_ROUND(FIRST) OTHERS COME, "");
    expect_fail5(GIVEN(FIRST) ACKNOWLEDGED GOES_ROUND(FIRST) OTHERS COME, "qos2",
                 "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(given_back_before_a_will) {
    /* That has the same payload and other properties, and is put off. */
#define PUT_OFF                                                                                    \
    "0 w up" KEPT "will=t,x,1,0 will.will_delay_interval=50 will.user_property=k:1\n 0.5 w cut\n"
#define BACK "3 sub up sp=1" KEPT "\n"
#define LAST GETS1("51", "3", SECOND)
    expect_pass5(PUT_OFF GIVEN("t x") GOES_ROUND("t x") BACK GETS1("4", "2", "t x") LAST,
                 "v5:MQTT-3.1.2-10");
    expect_fail5(PUT_OFF GIVEN("t x") GOES_ROUND("t x") BACK GETS1("4", "2", SECOND) LAST, "will",
                 "v5:MQTT-3.1.2-8");
    expect_fail5(PUT_OFF GIVEN("t x") ACKNOWLEDGED GOES_ROUND("t x") BACK GETS1("4", "2", "t x")
                     LAST,
                 "will", "v5:MQTT-3.1.2-10");
}
END_TEST

START_TEST(waited_for_a_session_that_expired) {
    /* At QoS 0, too, it then goes to who has joined since, however many look the same. */
#define EXPIRES " clean=0 session_expiry_interval=3 "
#define JOINS                                                                                      \
    "0 pub up\n 0 a up" EXPIRES "\n 0.1 a subscribes $share/g/t:2\n" WAITING                       \
    "2 sub up\n 2.1 sub subscribes $share/g/t:1\n 2.5 a cut\n" RELEASED("3", "1", "t x")           \
        RELEASED("3", "2", "t x") "20 a up" EXPIRES "\n"
#define OTHER_TOPICS "21 pub > PUBLISH q0 u y\n 21 pub > PUBLISH q0 u y\n 21 pub > PUBLISH q0 u y\n"
#define BOTH_COME    GETS1("23", "1", "t x") GETS1("23", "2", "t x")
#define WAITING      "1 pub > PUBLISH q0 t x\n"
    expect_pass5(JOINS OTHER_TOPICS "22 sub < PUBLISH q0 t x\n" BOTH_COME, "v5:MQTT-3.8.4-8");
#undef WAITING
#define WAITING
    expect_fail5(JOINS OTHER_TOPICS "22 sub < PUBLISH q0 t x\n" BOTH_COME, "subscription",
                 "v5:MQTT-3.8.4-8");
}
END_TEST

DSL_MAIN("check/doubts_groups", given_back_among_others, given_back_before_a_will,
         waited_for_a_session_that_expired)
