#include "unit/check/trace_dsl.h"

#define SUB "0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up\n"

static void passed_on(const char *published, const char *sent, const char *statement) {
    char script[512];
    (void)snprintf(script, sizeof script,
                   SUB "1 pub > PUBLISH q0 %s t x\n 1 sub < PUBLISH q0 %s t x\n", published,
                   published);
    expect_pass5(script, statement);
    (void)snprintf(script, sizeof script,
                   SUB "1 pub > PUBLISH q0 %s t x\n 1 sub < PUBLISH q0 %s t x\n", published, sent);
    expect_fail5(script, "properties", statement);
    (void)snprintf(script, sizeof script, SUB "1 pub > PUBLISH q0 t x\n 1 sub < PUBLISH q0 t x\n");
    expect_unused5(script, statement);
}

START_TEST(properties_are_passed_on) {
    passed_on("payload_format_indicator=1", "", "v5:MQTT-3.3.2-4");
    passed_on("response_topic=r", "response_topic=s", "v5:MQTT-3.3.2-15");
    passed_on("correlation_data=c", "", "v5:MQTT-3.3.2-16");
    passed_on("content_type=text", "content_type=other", "v5:MQTT-3.3.2-20");
    passed_on("user_property=a:1", "user_property=a:2", "v5:MQTT-3.3.2-17");
    passed_on("user_property=a:1 user_property=b:2", "user_property=b:2 user_property=a:1",
              "v5:MQTT-3.3.2-18");
}
END_TEST

START_TEST(a_will_has_properties_too) {
#define WILL                                                                                       \
    "0 sub up\n 0.1 sub subscribes w:0\n"                                                          \
    "0.2 pub up will=w,gone,0,0 will.user_property=a:1 will.user_property=b:2\n 1 pub cut\n"
    expect_pass5(WILL "1 sub < PUBLISH q0 user_property=a:1 user_property=b:2 w gone\n",
                 "v5:MQTT-3.1.3-10");
    expect_fail5(WILL "1 sub < PUBLISH q0 user_property=b:2 user_property=a:1 w gone\n",
                 "properties", "v5:MQTT-3.1.3-10");
}
END_TEST

START_TEST(what_looks_the_same_may_be_mixed_up) {
    expect_pass5(SUB "1 pub > PUBLISH q0 content_type=a t x\n 1 pub > PUBLISH q0 t x\n"
                     "2 sub < PUBLISH q0 t x\n 2 sub < PUBLISH q0 content_type=a t x\n",
                 "");
}
END_TEST

START_TEST(what_a_client_does_not_ask_for) {
    expect_pass5("0 a up request_problem_information=0\n 1 a > PUBLISH q1 id=1 t x\n"
                 "1 a < PUBACK 1 code=0x10\n",
                 "v5:MQTT-3.1.2-29");
    expect_fail5("0 a up request_problem_information=0\n 1 a > PUBLISH q1 id=1 t x\n"
                 "1 a < PUBACK 1 code=0x10 reason_string=none\n",
                 "properties", "v5:MQTT-3.1.2-29");
    expect_pass5("0 a up\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1 reason_string=none\n", "");
    expect_fail5("0 a up ack.response_information=r\n", "properties", "v5:MQTT-3.1.2-28");
    expect_pass5("0 a up\n", "v5:MQTT-3.1.2-28");
    expect_unused5("0 a up request_response_information=1 ack.response_information=r\n",
                   "v5:MQTT-3.1.2-28");
}
END_TEST

START_TEST(what_only_the_other_side_sends) {
    expect_fail5("0 a up\n 1 a < DISCONNECT code=0x8b session_expiry_interval=5\n 1 a kick\n",
                 "properties", "v5:MQTT-3.14.2-2");
    expect_pass5("0 a up\n 1 a < DISCONNECT code=0x8b\n 1 a kick\n", "v5:MQTT-3.14.2-2");
    expect_fail5("0 a up\n 1 a > PUBLISH q0 subscription_identifier=1 t x\n 1 a kick\n",
                 "properties", "v5:MQTT-3.3.4-6");
    expect_pass5("0 a up\n 1 a > PUBLISH q0 t x\n", "v5:MQTT-3.3.4-6");
    expect_fail5("0 raw up\n 1 raw > PUBLISH q0 subscription_identifier=1 t x\n", "reaction",
                 "v5:MQTT-4.13.1-1");
}
END_TEST

DSL_MAIN("check/properties", properties_are_passed_on, a_will_has_properties_too,
         what_looks_the_same_may_be_mixed_up, what_a_client_does_not_ask_for,
         what_only_the_other_side_sends)
