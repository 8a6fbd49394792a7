#include "unit/check/trace_dsl.h"

START_TEST(suback) {
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 1 a:1 b:2\n 1 sub < SUBACK 1 1 128\n",
                "v3:MQTT-3.8.4-4");
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 1 a:1 b:2\n 1 sub < SUBACK 1 1 128\n",
                "v3:MQTT-3.8.4-1");
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 1 a:1 b:2\n 1 sub < SUBACK 1 1 2\n",
                "v3:MQTT-3.9.3-1");
    expect_fail("0 sub up\n 1 sub > SUBSCRIBE 1 a:1 b:2\n 1 sub < SUBACK 1 2 1\n", "suback",
                "v3:MQTT-3.9.3-1");
    expect_fail("0 sub up\n 1 sub > SUBSCRIBE 1 a:1 b:2\n 1 sub < SUBACK 1 1\n", "suback",
                "v3:MQTT-3.8.4-5");
    expect_fail("0 sub up\n 1 sub > SUBSCRIBE 1 a:1\n", "suback", "v3:MQTT-3.8.4-1");
    expect_inconclusive("0 sub up\n 1 sub > SUBSCRIBE 1 a:1\n 2 busy\n", "suback",
                        "v3:MQTT-3.8.4-1");
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 1 a:1\n 1.1 sub cut\n", "");
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 1 a:1\n 1.1 sub kick\n", "");
}
END_TEST

START_TEST(unsuback) {
    expect_pass("0 sub up\n 1 sub > UNSUBSCRIBE 1 a\n 1 sub < UNSUBACK 1\n", "v3:MQTT-3.10.4-5");
    expect_pass(
        "0 sub up\n 0 sub subscribes a:0\n 1 sub > UNSUBSCRIBE 1 a b\n 1 sub < UNSUBACK 1\n",
        "v3:MQTT-3.10.4-6");
    expect_pass("0 sub up\n 0 sub subscribes a:0\n 1 sub > UNSUBSCRIBE 1 a\n 1 sub < UNSUBACK 1\n",
                "v3:MQTT-3.10.4-4");
    expect_fail("0 sub up\n 1 sub > UNSUBSCRIBE 1 a\n", "suback", "v3:MQTT-3.10.4-4");
}
END_TEST

START_TEST(answers_say_all_at_once_and_with_the_request_s_identifier) {
    expect_fail("0 a up\n 1 a > SUBSCRIBE 1 t:0\n 1 a < SUBACK 2 0\n 1 a < SUBACK 1 0\n", "suback",
                "v3:MQTT-3.8.4-2");
    expect_fail("0 a up\n 1 a > SUBSCRIBE 1 t:0 u:0\n 1 a < SUBACK 1 0 0\n 1 a < SUBACK 1 0\n",
                "suback", "v3:MQTT-3.8.4-4");
    expect_fail("0 a up\n 1 a > UNSUBSCRIBE 1 t u\n 1 a < UNSUBACK 1\n 1 a < UNSUBACK 1\n",
                "suback", "v3:MQTT-3.10.4-6");
    expect_fail("0 a up\n 1 a > UNSUBSCRIBE 1 t\n", "suback", "v3:MQTT-3.10.4-5");
    expect_fail5("0 a up\n 1 a < UNSUBACK 9 0\n", "suback", "v5:MQTT-3.10.4-5");
    expect_inconclusive("0 a up\n 1 a > UNSUBSCRIBE 1 t\n 2 busy\n", "suback", "v3:MQTT-3.10.4-5");
}
END_TEST

/* 3.1.1 has only the return code; the trace says how the broker is configured. */
START_TEST(without_wildcards) {
#define NONE "0 broker config wildcard_subscription_available false\n 0 sub up\n"
    expect_pass(NONE "1 sub > SUBSCRIBE 1 a/+:1 b:1\n 1 sub < SUBACK 1 128 1\n", "v3:MQTT-3.8.3-2");
    expect_fail(NONE "1 sub > SUBSCRIBE 1 a/+:1 b:1\n 1 sub < SUBACK 1 1 1\n", "suback",
                "v3:MQTT-3.8.3-2");
    expect_pass(NONE "1 sub > SUBSCRIBE 1 b:1\n 1 sub < SUBACK 1 1\n", "");
    expect_pass(NONE "1 broker config wildcard_subscription_available default\n"
                     "1 sub > SUBSCRIBE 1 #:1\n 1 sub < SUBACK 1 1\n",
                "");
}
END_TEST

DSL_MAIN("check/suback", suback, unsuback,
         answers_say_all_at_once_and_with_the_request_s_identifier, without_wildcards)
