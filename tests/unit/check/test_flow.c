#include "unit/check/trace_dsl.h"

#define SUB "0 sub up receive_maximum=1\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
#define TWO                                                                                        \
    "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 1 pub > PUBLISH q1 id=2 t b\n 1 pub < "      \
    "PUBACK "                                                                                      \
    "2\n"

START_TEST(broker_keeps_to_the_receive_maximum) {
    expect_pass5(SUB TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PUBACK 1\n"
                         "2 sub < PUBLISH q1 id=2 t b\n 2 sub > PUBACK 2\n",
                 "v5:MQTT-3.3.4-9");
    expect_fail5(SUB TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub < PUBLISH q1 id=2 t b\n"
                         "2 sub > PUBACK 1\n 2 sub > PUBACK 2\n",
                 "flow", "v5:MQTT-3.3.4-9");
    expect_fail5(SUB TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub < PUBLISH q1 id=2 t b\n"
                         "2 sub > PUBACK 1\n 2 sub > PUBACK 2\n",
                 "flow", "v5:MQTT-4.9.0-1");
    expect_fail5(SUB TWO "1.5 pub > PUBLISH q1 id=3 t c\n 1.5 pub < PUBACK 3\n"
                         "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PUBACK 1\n"
                         "2 sub < PUBLISH q1 id=2 t b\n 2 sub < PUBLISH q1 id=3 t c\n"
                         "2 sub > PUBACK 2\n 2 sub > PUBACK 3\n",
                 "flow", "v5:MQTT-4.9.0-2");
    /* Nobody said anything: 65,535. */
    expect_pass5("0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n" TWO
                 "2 sub < PUBLISH q1 id=1 t a\n 2 sub < PUBLISH q1 id=2 t b\n"
                 "2 sub > PUBACK 1\n 2 sub > PUBACK 2\n",
                 "v5:MQTT-3.3.4-9");
}
END_TEST

START_TEST(client_keeps_to_the_receive_maximum) {
    expect_pass5("0 pub up ack.receive_maximum=1\n 1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n"
                 "1 pub > PUBLISH q1 id=2 t b\n 1 pub < PUBACK 2\n",
                 "v5:MQTT-3.3.4-7");
    expect_fail5("0 pub up ack.receive_maximum=1\n 1 pub > PUBLISH q1 id=1 t a\n"
                 "1 pub > PUBLISH q1 id=2 t b\n 1.1 pub < DISCONNECT code=0x93\n 1.1 pub kick\n",
                 "flow", "v5:MQTT-3.3.4-7");
    /* A refusing PUBREC ends an exchange as PUBCOMP does. */
    expect_pass5("0 pub up ack.receive_maximum=1\n 1 pub > PUBLISH q2 id=1 t a\n"
                 "1 pub < PUBREC 1 code=0x97\n 1 pub > PUBLISH q1 id=2 t b\n 1 pub < PUBACK 2\n",
                 "v5:MQTT-3.3.4-7");
}
END_TEST

START_TEST(only_what_ends_an_exchange_makes_room) {
    /* By 3.3.4 two are unfinished; by the letter of 4.9 any PUBACK gives quota back. */
#define STRANGE                                                                                    \
    SUB TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PUBACK 99\n 2 sub < PUBLISH q1 id=2 t b\n"      \
            "3 sub > PUBACK 1\n 3 sub > PUBACK 2\n"
    expect_fail5(STRANGE, "flow", "v5:MQTT-3.3.4-9");
    expect_fail5_without(STRANGE, "flow", "v5:MQTT-4.9.0-2");
    /* Of the other QoS, or for the second time. */
    expect_fail5(SUB TWO "1.5 pub > PUBLISH q1 id=3 t c\n 1.5 pub < PUBACK 3\n"
                         "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PUBACK 1\n 2 sub > PUBACK 1\n"
                         "2 sub < PUBLISH q1 id=2 t b\n 2 sub > PUBCOMP 2\n"
                         "2 sub < PUBLISH q1 id=3 t c\n 3 sub > PUBACK 2\n 3 sub > PUBACK 3\n",
                 "flow", "v5:MQTT-3.3.4-9");
    expect_fail5_without("0 pub up ack.receive_maximum=1\n 1 pub > PUBLISH q1 id=1 t a\n"
                         "1 pub < PUBACK 7\n 2 pub < PUBACK 1\n 2 pub > PUBLISH q1 id=2 t b\n"
                         "2 pub < PUBACK 2\n",
                         "flow", "v5:MQTT-3.3.4-7");
    expect_fail5("0 pub up ack.receive_maximum=1\n 1 pub > PUBLISH q1 id=1 t a\n"
                 "1 pub < PUBACK 7\n 1 pub > PUBLISH q1 id=2 t b\n 2 pub < PUBACK 1\n"
                 "2 pub < PUBACK 2\n",
                 "flow", "v5:MQTT-3.3.4-7");
    /* What an earlier connection left makes room on this one, by 4.9. */
    expect_pass5("0 pub up clean=0 session_expiry_interval=100 ack.receive_maximum=1\n"
                 "1 pub > PUBLISH q2 id=1 t a\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n"
                 "1 pub cut\n"
                 "2 pub up clean=0 sp=1 session_expiry_interval=100 ack.receive_maximum=1\n"
                 "2 pub > PUBREL 1\n 2 pub > PUBLISH q1 id=2 t b\n 2 pub < PUBCOMP 1\n"
                 "2 pub > PUBLISH q1 id=3 t c\n 2 pub < PUBACK 2\n 2 pub < PUBACK 3\n",
                 "v5:MQTT-3.3.4-7");
}
END_TEST

START_TEST(a_quota_of_nothing) {
    /* The client named a limit, nothing is unfinished, and nothing more comes. */
    expect_fail5(SUB "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n", "flow", "v5:MQTT-4.9.0-1");
    expect_inconclusive5(SUB "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 2 busy\n", "flow",
                         "v5:MQTT-4.9.0-1");
    /* Lost, which is for others to tell: a younger one comes, nobody named a limit, a will. */
    expect_fail5_without(SUB TWO "2 sub < PUBLISH q1 id=2 t b\n 2 sub > PUBACK 2\n", "flow",
                         "v5:MQTT-4.9.0-1");
    expect_fail5_without("0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
                         "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n",
                         "flow", "v5:MQTT-4.9.0-1");
    expect_fail5_without("0 sub up receive_maximum=1\n 0.1 sub subscribes t:1\n"
                         "0.2 pub up will=t,gone,1,0\n 1 pub cut\n",
                         "flow", "v5:MQTT-4.9.0-1");
    /* Lost in a crash. */
#define CRASH                                                                                      \
    "0 sub up clean=0 session_expiry_interval=100 receive_maximum=1\n 0.1 sub subscribes t:1\n"    \
    "0.2 pub up\n 0.5 sub cut\n 1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n"
#define UP_AGAIN "3 sub up clean=0 sp=1 session_expiry_interval=100 receive_maximum=1\n"
    expect_fail5(CRASH UP_AGAIN, "flow", "v5:MQTT-4.9.0-1");
    expect_fail5_without(CRASH "2 broker down keep=1\n" UP_AGAIN, "flow", "v5:MQTT-4.9.0-1");
}
END_TEST

START_TEST(more_than_the_server_takes_ends_the_connection) {
    expect_pass5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q1 id=1 t a\n"
                 "1 raw > PUBLISH q1 id=2 t b\n 1.1 raw < DISCONNECT code=0x93\n 1.1 raw kick\n",
                 "v5:MQTT-4.13.1-1");
    expect_fail5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q1 id=1 t a\n"
                 "1 raw > PUBLISH q1 id=2 t b\n",
                 "reaction", "v5:MQTT-4.13.1-1");
}
END_TEST

START_TEST(the_same_again_is_not_one_more) {
    expect_pass5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q1 id=1 t a\n"
                 "1 raw > PUBLISH q1 id=1 dup t a\n 1 raw < PUBACK 1\n 1 raw < PUBACK 1\n",
                 "");
}
END_TEST

START_TEST(nothing_else_waits) {
    expect_pass5(SUB "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n"
                     "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PINGREQ\n 2 sub < PINGRESP\n"
                     "3 sub > PUBACK 1\n",
                 "v5:MQTT-3.3.4-10");
    expect_fail5(SUB "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n"
                     "2 sub < PUBLISH q1 id=1 t a\n 2 sub held PUBACK\n 2 sub > PINGREQ\n",
                 "flow", "v5:MQTT-4.9.0-3");
    expect_inconclusive5(SUB "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n"
                             "2 sub < PUBLISH q1 id=1 t a\n 2 sub held PUBACK\n 2 sub > PINGREQ\n"
                             "3 busy\n",
                         "flow", "v5:MQTT-3.3.4-10");
    expect_unused5(SUB "2 sub > PINGREQ\n 2 sub < PINGRESP\n", "v5:MQTT-3.3.4-10");
}
END_TEST

/* A will that never comes is no message that waits for send quota. */
START_TEST(a_lost_will_is_not_about_quota) {
    DslOptions options = {.version = DRILL_MQTT_5_0};
    DrillCheck *check = dsl_judge("0 w up\n 0.1 w subscribes gone:1\n"
                                  "1 c up will=gone,x,1,0\n 2 c cut\n",
                                  &options);
    ck_assert_int_eq(drill_check_verdict(check), DRILL_FAIL);
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        ck_assert_str_ne(drill_check_finding(check, i)->oracle, "flow");
    }
    drill_check_free(check);
}
END_TEST

DSL_MAIN("check/flow", broker_keeps_to_the_receive_maximum, client_keeps_to_the_receive_maximum,
         only_what_ends_an_exchange_makes_room, a_quota_of_nothing,
         more_than_the_server_takes_ends_the_connection, the_same_again_is_not_one_more,
         nothing_else_waits, a_lost_will_is_not_about_quota)
