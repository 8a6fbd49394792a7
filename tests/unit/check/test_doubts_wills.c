/* What can be explained, is: wills. Like test_doubts5.c. */
#include "trace_dsl.h"

#define KEPT           " clean=0 session_expiry_interval=100 "
#define DELAYED        KEPT "will=t,x,1,0 will.will_delay_interval="
#define WATCH          "0 sub up\n 0.1 sub subscribes t:1\n"
#define SEEN(time, id) time " sub < PUBLISH q1 id=" id " t x\n" time " sub > PUBACK " id "\n"

START_TEST(whose_will_it_is) {
    /* Of two that look the same, that of the session which is ending; the other's is yet to come.
     */
#define TWO_WILLS WATCH "0 a up id=c" DELAYED "50\n 0.5 z up will=t,x,1,0\n 1 a cut\n"
#define ANEW      "2 n open\n 2 n > CONNECT id=c\n" SEEN("2", "1") "2 n < CONNACK\n"
    expect_pass5(TWO_WILLS ANEW "3 z cut\n" SEEN("3", "2"), "v5:MQTT-3.1.2-8");
    expect_fail5(TWO_WILLS ANEW "3 z cut\n", "will", "v5:MQTT-3.1.2-8");
    /* Which has to authenticate first. */
    expect_pass5(TWO_WILLS "2 n open\n 2 n > CONNECT id=c authentication_method=m\n" SEEN(
                     "2", "1") "2 n < CONNACK authentication_method=m\n3 z cut\n" SEEN("3", "2"),
                 "v5:MQTT-3.1.2-8");
    /* Nobody's session ends, or has begun to. */
    expect_fail5(TWO_WILLS SEEN("2", "1") "3 z cut\n" SEEN("3", "2"), "will", "v5:MQTT-3.1.2-8");
}
END_TEST

START_TEST(a_will_or_a_message) {
    /* A message under way that looks the same has an expiry; the will has none. */
#define UNDER_WAY(packet)                                                                          \
    "1 pub > PUBLISH q2 id=1 message_expiry_interval=9 " packet "\n 1 pub < PUBREC 1\n"
#define HALF(packet) "2 w half\n 2 sub < PUBLISH q0 " packet "\n 2 w kick\n 3 pub cut\n"
    expect_pass5("0 pub up\n 0 sub up\n 0 w up will=t,x,0,0\n" UNDER_WAY(
                     "t x") "1.5 sub subscribes t:0\n" HALF("t x"),
                 "");
    expect_pass5("0 pub up\n 0 sub up\n 0 w up will=t,-,0,1\n" UNDER_WAY(
                     "retain t -") "1.5 sub subscribes t:0r\n" HALF("retain t -"),
                 "");
    expect_fail5("0 pub up\n 0 sub up\n 0 w up will=t,x,0,0\n" UNDER_WAY(
                     "t x") "1.5 sub subscribes t:0\n 2 sub < PUBLISH q0 t x\n",
                 "expiry", "v5:MQTT-3.3.2-6");
}
END_TEST

START_TEST(what_a_group_gives_back) {
    /* It goes from one member to the other and back, as long as nobody has acknowledged it. */
#define GROUP                                                                                      \
    "0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"                          \
    "0.1 sub subscribes $share/g/t:1\n 0.2 w up will=t,x,1,0\n 1 w cut\n"                          \
    "1 sub < PUBLISH q1 id=1 t x\n"
#define AWAY "2 sub cut\n 2 a < PUBLISH q1 id=1 t x\n 3 sub up sp=1" KEPT "\n 4 a cut\n"
    expect_pass5(GROUP AWAY SEEN("4", "2"), "v5:MQTT-3.1.2-10");
    expect_fail5(GROUP "1 sub > PUBACK 1\n" AWAY SEEN("4", "2"), "will", "v5:MQTT-3.1.2-10");
    expect_fail5(GROUP SEEN("4", "2"), "will", "v5:MQTT-3.1.2-10");
    /* A member of two groups acknowledges the copy of one, and that of the other goes round. */
#define TWO_GROUPS                                                                                 \
    "0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"                          \
    "0.1 sub subscribes $share/g/t:1 $share/h/+:1\n 0.2 w up will=t,x,1,0\n 1 w cut\n"             \
    "1 sub < PUBLISH q1 id=1 t x\n 1 sub < PUBLISH q1 id=2 t x\n 2 sub cut\n"
    expect_pass5(TWO_GROUPS "2 a < PUBLISH q1 id=1 t x\n 3 sub up sp=1" KEPT
                            "\n 3 sub < PUBLISH q1 id=2 dup t x\n 3 sub > PUBACK 2\n"
                            "4 a cut\n" SEEN("4", "3"),
                 "v5:MQTT-3.1.2-10");
    /* So do two that look the same. */
    expect_pass5("0 pub up\n 0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"
                 "0.1 sub subscribes $share/g/t:1\n 0.2 w up will=t,x,1,0\n"
                 "0.5 pub > PUBLISH q1 id=1 t x\n 0.5 pub < PUBACK 1\n"
                 "0.5 sub < PUBLISH q1 id=1 t x\n 1 w cut\n 1 sub < PUBLISH q1 id=2 t x\n"
                 "2 sub cut\n 2 a < PUBLISH q1 id=1 t x\n 2 a < PUBLISH q1 id=2 t x\n"
                 "3 sub up sp=1" KEPT "\n 4 a cut\n" SEEN("4", "3") SEEN("4", "4"),
                 "v5:MQTT-3.1.2-10");
    /* Of two copies that it got, that of the group goes round. */
    expect_pass5("0 a up" KEPT "\n 0 sub up" KEPT "\n 0.1 a subscribes $share/g/t:1\n"
                 "0.1 sub subscribes $share/g/t:1 +:2\n 0.2 w up will=t,x,2,0\n 1 w cut\n"
                 "1 sub < PUBLISH q2 id=1 t x\n 1 sub < PUBLISH q1 id=2 t x\n 2 sub cut\n"
                 "2 a < PUBLISH q1 id=1 t x\n 3 sub up sp=1" KEPT "\n"
                 "3 sub < PUBLISH q2 id=1 dup t x\n 3 sub > PUBREC 1\n 3 sub < PUBREL 1\n"
                 "3 sub > PUBCOMP 1\n 4 a cut\n" SEEN("4", "3"),
                 "v5:MQTT-3.1.2-10");
}
END_TEST

START_TEST(due_when_the_run_ends) {
    expect_pass5(WATCH "0 w up" DELAYED "2\n 1 w cut\n 3 settled\n", "");
    expect_fail5(WATCH "0 w up" DELAYED "2\n 1 w cut\n 3.1 settled\n", "will", "v5:MQTT-3.1.2-8");
}
END_TEST

START_TEST(who_got_no_connack) {
    /* A real broker may have let the client in; one whose every packet is seen has not. */
#define UNANSWERED                                                                                 \
    "0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n 0.3 pub > PUBLISH q0 t y\n"                  \
    "0.3 sub < PUBLISH q0 t y\n 1 w open\n 1 w > CONNECT id=w will=t,x,1,0\n"
    expect_pass_live(UNANSWERED "1 w cut\n" SEEN("3", "1"), "");
    expect_pass_live(UNANSWERED "1 w cut\n", "");
    expect_fail(UNANSWERED "1 w cut\n" SEEN("3", "1"), "delivery", "v3:MQTT-4.5.0-1");
    expect_fail_live(UNANSWERED "1 w kick\n" SEEN("3", "1"), "delivery", "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(a_pause_that_a_restart_ends) {
#define PAUSED WATCH "0 w up" DELAYED "2\n 1 w cut\n 1.5 broker paused until=9\n"
#define RESTARTED                                                                                  \
    "2 broker down keep=1\n 2.5 broker up keep=1\n 2.6 sub up\n"                                   \
    "2.7 sub subscribes t:1\n"
    expect_pass5(PAUSED RESTARTED SEEN("3", "1"), "v5:MQTT-3.1.2-8");
    expect_fail5(PAUSED RESTARTED, "will", "v5:MQTT-3.1.2-8");
    expect_fail5(PAUSED RESTARTED SEEN("2.8", "1"), "will", "v5:MQTT-3.1.2-8");
    expect_pass5(PAUSED SEEN("9", "1"), "v5:MQTT-3.1.2-8");
}
END_TEST

START_TEST(published_when_the_server_is_up_again) {
    /* Only then its Message Expiry Interval begins. A message that waits differs in nothing else.
     */
#define AFTER_RESTART(LEFT)                                                                        \
    "0 sub up" KEPT "\n 0.1 sub subscribes t:1\n 0.2 sub cut\n"                                    \
    "0 w up will=t,x,1,0 will.message_expiry_interval=5\n 0.5 pub up\n"                            \
    "0.5 pub > PUBLISH q1 id=1 message_expiry_interval=90 t x\n 0.5 pub < PUBACK 1\n"              \
    "1 broker down keep=1\n 5 broker up keep=1\n 8 sub up sp=1" KEPT                               \
    "\n 8 sub < PUBLISH q1 id=1 message_expiry_interval=" LEFT                                     \
    " t x\n 8 sub > PUBACK 1\n 8 sub < PUBLISH q1 id=2 message_expiry_interval=82 t x\n"           \
    "8 sub > PUBACK 2\n"
    expect_pass5(AFTER_RESTART("2"), "v5:MQTT-3.3.2-6");
    expect_fail5(AFTER_RESTART("4"), "expiry", "v5:MQTT-3.3.2-6");
}
END_TEST

DSL_MAIN("check/doubts_wills", published_when_the_server_is_up_again, whose_will_it_is,
         a_will_or_a_message, what_a_group_gives_back, due_when_the_run_ends, who_got_no_connack,
         a_pause_that_a_restart_ends)
