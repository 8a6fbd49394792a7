#include "unit/check/trace_dsl.h"

#define SUB  "0 sub up maximum_packet_size=40\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
#define LONG "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

START_TEST(broker_sends_no_packet_that_is_too_large) {
    expect_pass5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 t a\n", "v5:MQTT-3.1.2-24");
    expect_fail5(SUB "1 pub > PUBLISH q0 t " LONG "\n 1 sub < PUBLISH q0 t " LONG "\n",
                 "packet_size", "v5:MQTT-3.1.2-24");
    expect_unused5("0 sub up\n", "v5:MQTT-3.1.2-24");
}
END_TEST

START_TEST(what_is_too_large_is_dropped_and_the_rest_goes_on) {
    expect_pass5(SUB "1 pub > PUBLISH q1 id=1 t " LONG "\n 1 pub < PUBACK 1\n"
                     "1 pub > PUBLISH q1 id=2 t b\n 1 pub < PUBACK 2\n"
                     "2 sub < PUBLISH q1 id=1 t b\n 2 sub > PUBACK 1\n",
                 "v5:MQTT-3.1.2-25");
    expect_fail5(SUB "1 pub > PUBLISH q1 id=1 t " LONG "\n 1 pub < PUBACK 1\n"
                     "1 pub > PUBLISH q1 id=2 t b\n 1 pub < PUBACK 2\n",
                 "packet_size", "v5:MQTT-3.1.2-25");
    expect_fail5(SUB "1 pub > PUBLISH q1 id=1 t " LONG "\n 1 pub < PUBACK 1\n"
                     "1 sub < DISCONNECT code=0x95\n 1 sub kick\n",
                 "packet_size", "v5:MQTT-3.1.2-25");
    expect_inconclusive5(SUB "1 pub > PUBLISH q1 id=1 t " LONG "\n 1 pub < PUBACK 1\n"
                             "1 pub > PUBLISH q1 id=2 t b\n 1 pub < PUBACK 2\n 2 busy\n",
                         "packet_size", "v5:MQTT-3.1.2-25");
}
END_TEST

START_TEST(client_sends_no_packet_that_is_too_large) {
    expect_pass5("0 pub up ack.maximum_packet_size=40\n 1 pub > PUBLISH q0 t a\n",
                 "v5:MQTT-3.2.2-15");
    expect_fail5("0 pub up ack.maximum_packet_size=40\n 1 pub > PUBLISH q0 t " LONG "\n"
                 "1 pub < DISCONNECT code=0x95\n 1 pub kick\n",
                 "packet_size", "v5:MQTT-3.2.2-15");
    /* Who receives it closes. */
    expect_fail5("0 raw up ack.maximum_packet_size=40\n 1 raw > PUBLISH q0 t " LONG "\n",
                 "reaction", "v5:MQTT-4.13.1-1");
}
END_TEST

START_TEST(explanations_give_way) {
    expect_pass5("0 pub up maximum_packet_size=40\n 1 pub > PUBLISH q1 id=1 t a\n"
                 "1 pub < PUBACK 1 code=0x10 reason_string=none\n",
                 "v5:MQTT-3.4.2-2");
    expect_fail5("0 pub up maximum_packet_size=40\n 1 pub > PUBLISH q1 id=1 t a\n"
                 "1 pub < PUBACK 1 code=0x10 reason_string=" LONG "\n",
                 "packet_size", "v5:MQTT-3.4.2-2");
    expect_fail5("0 pub up maximum_packet_size=40\n 1 pub > PUBLISH q1 id=1 t a\n"
                 "1 pub < PUBACK 1 code=0x10 user_property=a:" LONG "\n",
                 "packet_size", "v5:MQTT-3.4.2-3");
    expect_fail5("0 pub up maximum_packet_size=40 ack.reason_string=" LONG "\n", "packet_size",
                 "v5:MQTT-3.2.2-19");
    expect_fail5("0 sub up ack.maximum_packet_size=40\n 1 sub > DISCONNECT reason_string=" LONG
                 "\n 1 sub close\n",
                 "packet_size", "v5:MQTT-3.14.2-3");
    expect_unused5("0 pub up maximum_packet_size=40\n 1 pub > PUBLISH q1 id=1 t a\n"
                   "1 pub < PUBACK 1\n",
                   "v5:MQTT-3.4.2-2");
}
END_TEST

START_TEST(every_packet_with_an_explanation_has_its_rules) {
    static const char *const rows[][3] = {
        {"1 sub > SUBSCRIBE 1 t:0\n 1 sub < SUBACK 1 0", "v5:MQTT-3.9.2-1", "v5:MQTT-3.9.2-2"},
        {"1 sub > UNSUBSCRIBE 1 t\n 1 sub < UNSUBACK 1 0x11", "v5:MQTT-3.11.2-1",
         "v5:MQTT-3.11.2-2"},
        {"1 sub > PUBLISH q2 id=1 t a\n 1 sub < PUBREC 1 code=0x97", "v5:MQTT-3.5.2-2",
         "v5:MQTT-3.5.2-3"},
        {"1 sub > PUBREL 1\n 1 sub < PUBCOMP 1 code=0x92", "v5:MQTT-3.7.2-2", "v5:MQTT-3.7.2-3"},
        {"1 sub > PUBREC 1\n 1 sub < PUBREL 1 code=0x92", "v5:MQTT-3.6.2-2", "v5:MQTT-3.6.2-3"},
        {"1 sub < AUTH code=0x18 authentication_method=m", "v5:MQTT-3.15.2-2", "v5:MQTT-3.15.2-3"},
    };
    static const char *const explanations[] = {"reason_string=" LONG, "user_property=a:" LONG};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t e = 0; e < 2; e++) {
            char script[512];
            (void)snprintf(script, sizeof script,
                           "0 sub up maximum_packet_size=40 authentication_method=m "
                           "ack.authentication_method=m\n %s %s\n",
                           rows[i][0], explanations[e]);
            expect_fail5(script, "packet_size", rows[i][1 + e]);
        }
    }
}
END_TEST

DSL_MAIN("check/packet_size", broker_sends_no_packet_that_is_too_large,
         what_is_too_large_is_dropped_and_the_rest_goes_on,
         client_sends_no_packet_that_is_too_large, explanations_give_way,
         every_packet_with_an_explanation_has_its_rules)
