#include "unit/check/trace_dsl.h"

#define ONE "0 a up\n 0.1 a subscribes subscription_identifier=7 t:0\n 0.2 pub up\n"
#define TWO                                                                                        \
    "0 a up\n 0.1 a subscribes subscription_identifier=7 t:0\n"                                    \
    "0.1 a subscribes subscription_identifier=8 +:0\n 0.2 pub up\n"
#define SAYS "1 pub > PUBLISH q0 t x\n 1 a < PUBLISH q0 "

START_TEST(the_identifier_is_named) {
    expect_pass5(ONE SAYS "subscription_identifier=7 t x\n", "v5:MQTT-3.3.4-3");
    expect_fail5(ONE SAYS "t x\n", "identifiers", "v5:MQTT-3.3.4-3");
    expect_fail5(ONE SAYS "subscription_identifier=9 t x\n", "identifiers", "v5:MQTT-3.3.4-5");
    expect_unused5("0 a up\n 0.1 a subscribes t:0\n 0.2 pub up\n" SAYS "t x\n", "v5:MQTT-3.3.4-3");
}
END_TEST

START_TEST(one_copy_names_all) {
    expect_pass5(TWO SAYS "subscription_identifier=8 subscription_identifier=7 t x\n",
                 "v5:MQTT-3.3.4-4");
    expect_fail5(TWO SAYS "subscription_identifier=8 t x\n", "identifiers", "v5:MQTT-3.3.4-4");
    expect_inconclusive5(TWO SAYS "subscription_identifier=8 t x\n 2 busy\n", "identifiers",
                         "v5:MQTT-3.3.4-4");
}
END_TEST

START_TEST(each_copy_names_its_own) {
    expect_pass5(TWO SAYS "subscription_identifier=8 t x\n"
                          "1 a < PUBLISH q0 subscription_identifier=7 t x\n",
                 "v5:MQTT-3.3.4-5");
    expect_fail5(TWO SAYS "subscription_identifier=9 t x\n", "identifiers", "v5:MQTT-3.3.4-5");
}
END_TEST

START_TEST(a_changed_subscription_leaves_doubt) {
    expect_pass5(ONE "1 pub > PUBLISH q0 t x\n 1 a > SUBSCRIBE 9 subscription_identifier=8 t:0\n"
                     "1 a < PUBLISH q0 subscription_identifier=7 t x\n 1 a < SUBACK 9 0\n",
                 "");
}
END_TEST

START_TEST(a_repeated_subscribe_replaces_it) {
#define AGAIN ONE "0.3 a subscribes subscription_identifier=8 t:0\n"
    expect_pass5(AGAIN SAYS "subscription_identifier=8 t x\n", "v5:MQTT-3.3.4-3");
    expect_fail5(AGAIN SAYS "subscription_identifier=7 t x\n", "identifiers", "v5:MQTT-3.3.4-5");
    expect_fail5(AGAIN SAYS "t x\n", "identifiers", "v5:MQTT-3.3.4-3");
    /* One of two has been answered. */
    expect_unused5(ONE "0.3 a > SUBSCRIBE 1 subscription_identifier=8 t:0\n"
                       "0.3 a > SUBSCRIBE 2 subscription_identifier=9 t:0\n"
                       "0.4 a < SUBACK 1 0\n" SAYS "subscription_identifier=8 t x\n"
                       "2 a < SUBACK 2 0\n",
                   "v5:MQTT-3.3.4-5");
}
END_TEST

START_TEST(retained_messages_name_it_too) {
#define KEPT                                                                                       \
    "0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n 1 a up\n"              \
    "2 a subscribes subscription_identifier=7 t:0\n"
    expect_pass5(KEPT "2 a < PUBLISH q0 retain subscription_identifier=7 t x\n", "v5:MQTT-3.3.4-3");
    expect_fail5(KEPT "2 a < PUBLISH q0 retain t x\n", "identifiers", "v5:MQTT-3.3.4-3");
}
END_TEST

DSL_MAIN("check/identifiers", the_identifier_is_named, one_copy_names_all, each_copy_names_its_own,
         a_changed_subscription_leaves_doubt, a_repeated_subscribe_replaces_it,
         retained_messages_name_it_too)
