/* What can be explained, is: exactly once. Like test_doubts5.c. */
#include "trace_dsl.h"

#define KEPT " clean=0 session_expiry_interval=100 "

START_TEST(a_refusal_that_is_kept_back) {
    /* The client has refused it, and takes it for a new message when it comes again. */
#define GIVEN(node)                                                                                \
    "0 " node " up" KEPT "\n 0.1 " node " subscribes t:2\n 0.5 " node " app connect\n"             \
    "0.5 pub up\n 1 pub > PUBLISH q2 id=1 t x\n 1 " node " < PUBLISH q2 id=1 t x\n"                \
    "1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n 1 " node " app delivered q2 t x\n"
#define AGAIN(node)                                                                                \
    "3 " node " up sp=1" KEPT "\n 3 " node " < PUBLISH q2 id=1 dup t x\n"                          \
    "3 " node " app delivered q2 t x\n"
#define ENDS(node) "4 " node " > PUBREC 1\n 4 " node " < PUBREL 1\n 4 " node " > PUBCOMP 1\n"
    expect_pass5(GIVEN("manual") "2 manual held PUBREC\n 2 manual cut\n" AGAIN("manual")
                     ENDS("manual"),
                 "v5:MQTT-4.3.3-10");
    /* Not twice, not before, and not where nobody can have refused it. */
    expect_fail5(GIVEN("manual") "2 manual held PUBREC\n 2 manual cut\n" AGAIN(
                     "manual") "3.5 manual cut\n" AGAIN("manual") ENDS("manual"),
                 "qos2", "v5:MQTT-4.3.3-10");
    expect_fail5(GIVEN("manual") "2 manual cut\n" AGAIN("manual") ENDS("manual"), "qos2",
                 "v5:MQTT-4.3.3-10");
    expect_fail5(GIVEN("sub") "2 sub held PUBREC\n 2 sub cut\n" AGAIN("sub") ENDS("sub"), "qos2",
                 "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(what_a_group_gives_back) {
    /* A member had it at QoS 1, and gets it at the QoS that it has asked for since. */
#define GROUP                                                                                      \
    "0 pub up\n 0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"               \
    "0.1 sub subscribes $share/g/t:1\n 1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n"           \
    "1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n 1 sub < PUBLISH q1 id=1 t x\n"
#define MOVES                                                                                      \
    "2 sub cut\n 2 a < PUBLISH q1 id=1 t x\n 3 sub up sp=1" KEPT                                   \
    "\n 3.1 sub subscribes $share/g/t:2\n 4 a cut\n 4 sub < PUBLISH q2 id=2 t x\n"                 \
    "5 sub > PUBREC 2\n 5 sub < PUBREL 2\n 5 sub > PUBCOMP 2\n"
    expect_pass5(GROUP MOVES, "");
    expect_fail5(GROUP "1 sub > PUBACK 1\n" MOVES, "qos2", "v5:MQTT-4.3.3-10");
    /* Or it had been given back before the member left the group. */
#define LEAVES                                                                                     \
    "2 sub cut\n 2 a < PUBLISH q1 id=1 t x\n 4 a cut\n 5 sub up sp=1" KEPT                         \
    "\n 5.1 sub > UNSUBSCRIBE 9 $share/g/t\n 5.1 sub < UNSUBACK 9 0\n"                             \
    "6 sub < PUBLISH q1 id=2 t x\n 6 sub > PUBACK 2\n"
    expect_pass5(GROUP LEAVES, "");
    expect_fail5(GROUP "1 sub > PUBACK 1\n" LEAVES, "subscription", "v5:MQTT-3.10.4-2");
}
END_TEST

START_TEST(which_one_a_group_gives_back) {
    /* Of two that look the same a member acknowledges the first, and the second goes round. */
#define TWO(FILTER)                                                                                \
    "0 pub up\n 0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"               \
    "0.1 sub subscribes " FILTER ":1\n" PUBLISHED("1")                                             \
        PUBLISHED("2") "2.5 sub < PUBLISH q1 id=1 t x\n 2.5 sub < PUBLISH q1 id=2 t x\n 2.5 sub "  \
                       "> PUBACK 1\n"
#define MOVES_ON "3 sub cut\n 3 a < PUBLISH q1 id=1 t x\n 3.5 a cut\n"
#define PUBLISHED(id)                                                                              \
    "1 pub > PUBLISH q2 id=" id " t x\n 1 pub < PUBREC " id "\n 1 pub > PUBREL " id                \
    "\n 1 pub < PUBCOMP " id "\n"
#define COMES_BACK(FILTER, BEFORE)                                                                 \
    "4 sub up sp=1" KEPT "\n" BEFORE "4.1 sub subscribes " FILTER ":2\n"                           \
    "5 sub < PUBLISH q2 id=3 t x\n 5 sub > PUBREC 3\n 5 sub < PUBREL 3\n 5 sub > PUBCOMP 3\n"
    expect_pass5(TWO("$share/g/t") MOVES_ON COMES_BACK("$share/g/t", ""), "");
    /* No other subscription gives anything back. */
    expect_fail5(TWO("t") "3 sub cut\n" COMES_BACK(
                     "t", "4 sub < PUBLISH q1 id=2 dup t x\n 4 sub > PUBACK 2\n"),
                 "qos2", "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(a_connect_that_nobody_answered) {
    /* With a Session Expiry Interval of 0: it ended no session that the client knows of. The
     * message that its application has not acknowledged yet comes again. */
#define UNANSWERED "2.5 manual open\n 2.5 manual > CONNECT id=manual clean=0\n 2.6 manual cut\n"
#define RESENT     "3 manual up sp=1" KEPT "\n 3 manual < PUBLISH q2 id=1 dup t x\n"
    expect_pass5(GIVEN("manual") "2 manual cut\n" UNANSWERED RESENT, "");
    expect_fail5(GIVEN("manual") "2 manual cut\n" UNANSWERED AGAIN("manual") ENDS("manual"), "qos2",
                 "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(what_a_clean_start_may_have_left) {
    /* Nobody answered it: the client may hold an exchange that takes up the server's Receive
     * Maximum. */
#define LIMITED "ack.receive_maximum=1" KEPT "\n"
#define BEGUN                                                                                      \
    "0 a up " LIMITED "0.1 a app connect\n 0.1 a app publish q2 t x\n"                             \
    "0.1 a > PUBLISH q2 id=1 t x\n 0.1 a < PUBREC 1\n 0.1 a >! PUBREL 1\n 1 a cut\n"
#define WAITS "3 a app publish q2 t y\n"
    expect_pass5(BEGUN "2 a open\n 2 a > CONNECT id=a clean=1\n 2.1 a cut\n"
                       "2.5 a up sp=1 " LIMITED "2.6 a >! PUBREL 1\n" WAITS,
                 "");
    expect_fail5("0 a up " LIMITED "0.1 a app connect\n" WAITS, "qos2", "v5:MQTT-4.3.3-2");
}
END_TEST

DSL_MAIN("check/doubts_qos2", what_a_clean_start_may_have_left, a_refusal_that_is_kept_back,
         a_connect_that_nobody_answered, what_a_group_gives_back, which_one_a_group_gives_back)
