#include "unit/check/trace_dsl.h"

#define SUB "0 sub up topic_alias_maximum=2\n 0.1 sub subscribes t:0\n 0.2 pub up\n"

START_TEST(broker_uses_aliases_within_the_maximum) {
    expect_pass5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=2 t a\n"
                     "2 pub > PUBLISH q0 t b\n 2 sub < PUBLISH q0 topic_alias=2 - b\n",
                 "v5:MQTT-3.3.2-11");
    expect_fail5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=3 t a\n", "alias",
                 "v5:MQTT-3.3.2-11");
    expect_fail5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=3 t a\n", "alias",
                 "v5:MQTT-3.1.2-26");
    expect_fail5("0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up\n 1 pub > PUBLISH q0 t a\n"
                 "1 sub < PUBLISH q0 topic_alias=1 t a\n",
                 "alias", "v5:MQTT-3.1.2-27");
    expect_pass5("0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up\n 1 pub > PUBLISH q0 t a\n"
                 "1 sub < PUBLISH q0 t a\n",
                 "v5:MQTT-3.1.2-27");
}
END_TEST

START_TEST(client_uses_aliases_within_the_maximum) {
    expect_pass5("0 pub up ack.topic_alias_maximum=1\n 1 pub > PUBLISH q0 topic_alias=1 t a\n"
                 "1 pub > PUBLISH q0 topic_alias=1 - b\n",
                 "v5:MQTT-3.3.2-9");
    expect_fail5("0 pub up ack.topic_alias_maximum=1\n 1 pub > PUBLISH q0 topic_alias=2 t a\n"
                 "1 pub kick\n",
                 "alias", "v5:MQTT-3.2.2-17");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q0 topic_alias=1 t a\n 1 pub kick\n", "alias",
                 "v5:MQTT-3.2.2-18");
    expect_fail5("0 pub up\n 1 pub > PUBLISH q0 topic_alias=1 t a\n 1 pub kick\n", "alias",
                 "v5:MQTT-3.3.2-9");
}
END_TEST

START_TEST(what_an_application_names_by_its_alias_is_not_missed) {
    expect_pass5("0 pub app connect\n 0 pub up ack.topic_alias_maximum=1\n"
                 "1 pub app publish q1 t a\n 1 pub > PUBLISH q1 id=1 topic_alias=1 t a\n"
                 "1 pub < PUBACK 1\n 2 pub app publish q1 - b\n"
                 "2 pub > PUBLISH q1 id=2 topic_alias=1 - b\n 2 pub < PUBACK 2\n",
                 "v5:MQTT-4.3.2-2");
    expect_fail5("0 pub app connect\n 0 pub up\n 1 pub app publish q1 t a\n", "qos1",
                 "v5:MQTT-4.3.2-2");
}
END_TEST

START_TEST(an_alias_stands_for_its_topic) {
    expect_pass5("0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up ack.topic_alias_maximum=1\n"
                 "1 pub > PUBLISH q1 id=1 topic_alias=1 t a\n 1 pub < PUBACK 1\n"
                 "1 sub < PUBLISH q1 id=1 t a\n 1 sub > PUBACK 1\n"
                 "2 pub > PUBLISH q1 id=2 topic_alias=1 - b\n 2 pub < PUBACK 2\n"
                 "2 sub < PUBLISH q1 id=2 t b\n 2 sub > PUBACK 2\n",
                 "v5:MQTT-4.5.0-1");
    expect_fail5("0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up ack.topic_alias_maximum=1\n"
                 "1 pub > PUBLISH q0 topic_alias=1 t a\n 1 sub < PUBLISH q0 t a\n"
                 "2 pub > PUBLISH q1 id=2 topic_alias=1 - b\n 2 pub < PUBACK 2\n",
                 "delivery", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(aliases_end_with_their_connection) {
    expect_only5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=1 - a\n 1 sub cut\n",
                 "alias", "v5:MQTT-3.3.2-7");
    expect_pass5("0 raw up ack.topic_alias_maximum=1\n 1 raw > PUBLISH q0 topic_alias=1 t a\n"
                 "2 raw close\n 3 raw up ack.topic_alias_maximum=1\n"
                 "4 raw > PUBLISH q0 topic_alias=1 - a\n 4 raw < DISCONNECT code=0x82\n"
                 "4 raw kick\n",
                 "v5:MQTT-3.3.2-7");
    expect_fail5("0 raw up ack.topic_alias_maximum=1\n 1 raw > PUBLISH q0 topic_alias=1 t a\n"
                 "2 raw close\n 3 raw up ack.topic_alias_maximum=1\n"
                 "4 raw > PUBLISH q0 topic_alias=1 - a\n",
                 "alias", "v5:MQTT-3.3.2-7");
    expect_inconclusive5("3 raw up ack.topic_alias_maximum=1\n"
                         "4 raw > PUBLISH q0 topic_alias=1 - a\n 4 busy\n",
                         "alias", "v5:MQTT-3.3.2-7");
}
END_TEST

START_TEST(aliases_up_to_the_maximum_are_accepted) {
    expect_pass5("0 pub up ack.topic_alias_maximum=1\n 1 pub > PUBLISH q0 topic_alias=1 t a\n",
                 "v5:MQTT-3.3.2-12");
    expect_fail5("0 pub up ack.topic_alias_maximum=1\n 1 pub > PUBLISH q0 topic_alias=1 t a\n"
                 "1 pub < DISCONNECT code=0x94\n 1 pub kick\n",
                 "alias", "v5:MQTT-3.3.2-12");
    expect_pass5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=2 t a\n",
                 "v5:MQTT-3.3.2-10");
    expect_fail5(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=2 t a\n"
                     "1 sub > DISCONNECT code=0x94\n 1 sub close\n",
                 "alias", "v5:MQTT-3.3.2-10");
    /* A client is right to go when the alias is above its maximum, or stands for nothing. */
    expect_fail5_without(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=3 t a\n"
                             "1 sub > DISCONNECT code=0x94\n 1 sub close\n",
                         "alias", "v5:MQTT-3.3.2-10");
    expect_fail5_without(SUB "1 pub > PUBLISH q0 t a\n 1 sub < PUBLISH q0 topic_alias=1 - a\n"
                             "1 sub > DISCONNECT code=0x94\n 1 sub close\n",
                         "alias", "v5:MQTT-3.3.2-10");
}
END_TEST

DSL_MAIN("check/alias", broker_uses_aliases_within_the_maximum,
         client_uses_aliases_within_the_maximum,
         what_an_application_names_by_its_alias_is_not_missed, an_alias_stands_for_its_topic,
         aliases_end_with_their_connection, aliases_up_to_the_maximum_are_accepted)
