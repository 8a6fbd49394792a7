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

START_TEST(more_than_the_server_takes_ends_the_connection) {
    expect_pass5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q1 id=1 t a\n"
                 "1 raw > PUBLISH q1 id=2 t b\n 1.1 raw < DISCONNECT code=0x93\n 1.1 raw kick\n",
                 "v5:MQTT-4.13.1-1");
    expect_fail5("0 raw up ack.receive_maximum=1\n 1 raw > PUBLISH q1 id=1 t a\n"
                 "1 raw > PUBLISH q1 id=2 t b\n",
                 "well_formed", "v5:MQTT-4.13.1-1");
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

DSL_MAIN("check/flow", broker_keeps_to_the_receive_maximum, client_keeps_to_the_receive_maximum,
         more_than_the_server_takes_ends_the_connection, the_same_again_is_not_one_more,
         nothing_else_waits)
