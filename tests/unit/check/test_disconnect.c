#include "unit/check/trace_dsl.h"

START_TEST(a_broker_that_disconnects_closes) {
    expect_pass5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 a kick\n", "v5:MQTT-3.14.4-2");
    expect_fail5("0 a up\n 1 a < DISCONNECT code=0x8b\n", "disconnect", "v5:MQTT-3.14.4-2");
    expect_fail5("0 a up\n 1 a < DISCONNECT code=0x8b\n", "disconnect", "v5:MQTT-4.13.2-1");
    expect_inconclusive5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 busy\n", "disconnect",
                         "v5:MQTT-3.14.4-2");
    expect_pass5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 a kick\n", "v5:MQTT-4.13.2-1");
}
END_TEST

START_TEST(nothing_follows) {
    expect_fail5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 a < PINGRESP\n 1 a kick\n", "disconnect",
                 "v5:MQTT-3.14.4-1");
    expect_fail5("0 a up\n 1 a > DISCONNECT\n 1 a > PINGREQ\n 1 a close\n", "connect",
                 "v5:MQTT-3.14.4-1");
}
END_TEST

START_TEST(not_before_connack) {
    expect_fail5("0 a open\n 0 a > CONNECT\n 0 a < DISCONNECT code=0x8b\n 0 a kick\n", "disconnect",
                 "v5:MQTT-3.14.0-1");
    expect_pass5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 a kick\n", "v5:MQTT-3.14.0-1");
}
END_TEST

START_TEST(a_client_that_says_what_is_wrong_closes) {
    expect_pass5("0 a up\n 1 a > DISCONNECT code=0x82\n 1 a close\n", "v5:MQTT-4.13.2-1");
    expect_fail5("0 a up\n 1 a > DISCONNECT code=0x82\n", "disconnect", "v5:MQTT-4.13.2-1");
    expect_fail5("0 a up\n 1 a > DISCONNECT\n", "connect", "v5:MQTT-3.14.4-2");
}
END_TEST

START_TEST(a_broker_that_shuts_down_owes_no_answers) {
    expect_pass5("0 a up\n 1 a > PUBLISH q1 id=1 t x\n 1 a < DISCONNECT code=0x8b\n 1 a kick\n",
                 "");
    expect_fail5("0 a up\n 1 a > PUBLISH q1 id=1 t x\n 1 a < DISCONNECT code=0x82\n 1 a kick\n",
                 "qos1", "v5:MQTT-3.3.4-1");
}
END_TEST

START_TEST(refusals_close) {
    expect_pass5("0 a open\n 0 a > CONNECT\n 0 a < CONNACK code=0x87\n 0 a kick\n",
                 "v5:MQTT-3.1.4-2");
    expect_fail5("0 a open\n 0 a > CONNECT\n 0 a < CONNACK code=0x87\n", "connect",
                 "v5:MQTT-3.1.4-2");
    expect_fail5("0 a open\n 0 a > CONNECT\n 0 a < CONNACK code=0x87\n", "connect",
                 "v5:MQTT-3.2.2-7");
    expect_fail5("0 a up\n 1 a < CONNACK\n", "connect", "v5:MQTT-3.2.0-2");
}
END_TEST

DSL_MAIN("check/disconnect", a_broker_that_disconnects_closes, nothing_follows, not_before_connack,
         a_client_that_says_what_is_wrong_closes, a_broker_that_shuts_down_owes_no_answers,
         refusals_close)
