#include "unit/check/trace_dsl.h"

#include "check/model.h"

#define PUB   "0 pub up\n 0 sub up\n"
#define ACKED "1 pub > PUBLISH q1 id=1 t hi\n 1 pub < PUBACK 1\n"

START_TEST(filters_match) {
    static const struct {
        const char *filter, *topic;
        bool matches;
    } rows[] = {
        {"a/b", "a/b", true},       {"a/b", "a/bc", false},  {"a/b", "a", false},
        {"a/b", "a/b/", false},     {"a/+", "a/b", true},    {"a/+", "a/", true},
        {"a/+", "a", false},        {"a/+", "a/b/c", false}, {"+", "a", true},
        {"+", "/a", false},         {"/+", "/a", true},      {"+/+", "/a", true},
        {"#", "a/b/c", true},       {"a/#", "a", true},      {"a/#", "a/b/c", true},
        {"a/#", "ab", false},       {"#", "$SYS/x", false},  {"+/x", "$SYS/x", false},
        {"$SYS/#", "$SYS/x", true}, {"a/#", "a/$x", true},   {"+/b/#", "a/b", true},
        {"A", "a", false},          {"a//b", "a//b", true},  {"a/+/b", "a//b", true},
        {"a", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        DrillSpan topic = {(const uint8_t *)rows[i].topic, strlen(rows[i].topic)};
        ck_assert_msg(drill_check_topic_matches(rows[i].filter, topic) == rows[i].matches, "%s %s",
                      rows[i].filter, rows[i].topic);
    }
}
END_TEST

START_TEST(index_agrees_with_matching) {
    /* Every filter of the table above finds its messages through the index: a QoS 1 message that
     * matches must arrive. */
    static const char *const filters[] = {"a/b", "a/+",   "+/+",   "#",
                                          "a/#", "+/b/#", "+/+/#", "a/b/#"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        char script[512];
        (void)snprintf(script, sizeof script,
                       "0 pub up\n 0 sub up\n 0.1 sub subscribes %s:1\n 1 pub > PUBLISH q1 id=1 "
                       "a/b hi\n 1 pub < PUBACK 1\n",
                       filters[i]);
        expect_fail(script, "delivery", "v3:MQTT-4.5.0-1");
    }
    static const char *const others[] = {"a", "a/b/c", "b/#", "+", "a/b/+", "+/c"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char script[512];
        (void)snprintf(script, sizeof script,
                       "0 pub up\n 0 sub up\n 0.1 sub subscribes %s:1\n 1 pub > PUBLISH q1 id=1 "
                       "a/b hi\n 1 pub < PUBACK 1\n"
                       "2 sub < PUBLISH q1 id=1 a/b hi\n 2 sub > PUBACK 1\n",
                       others[i]);
        expect_fail(script, "subscription", "v3:MQTT-3.3.2-3");
    }
}
END_TEST

START_TEST(nothing_after_unsubscribe) {
#define REMOVED PUB "0.1 sub subscribes t:0\n 0.2 sub > UNSUBSCRIBE 1 t\n 0.3 sub < UNSUBACK 1\n"
    expect_pass(REMOVED ACKED, "");
    expect_fail(REMOVED ACKED "2 sub < PUBLISH q0 t hi\n", "subscription", "v3:MQTT-3.10.4-2");
    /* Published before the UNSUBACK: it may still come. */
    expect_pass(PUB "0.1 sub subscribes t:0\n 0.2 sub > UNSUBSCRIBE 1 t\n" ACKED
                    "1.1 sub < UNSUBACK 1\n 2 sub < PUBLISH q0 t hi\n",
                "");
    /* Another filter is not this one. */
    expect_pass(PUB
                "0.1 sub subscribes +:0\n 0.2 sub > UNSUBSCRIBE 1 t\n 0.3 sub < UNSUBACK 1\n" ACKED
                "2 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-3.10.4-5");
}
END_TEST

START_TEST(what_is_under_way_is_finished) {
    expect_pass(PUB "0.1 sub subscribes t:2\n 1 pub > PUBLISH q2 id=1 t hi\n 1 pub < PUBREC 1\n 1 "
                    "pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"
                    "1.1 sub < PUBLISH q2 id=1 t hi\n 1.2 sub > UNSUBSCRIBE 9 t\n 1.2 sub < "
                    "UNSUBACK 9\n 1.3 sub > PUBREC 1\n"
                    "1.4 sub < PUBREL 1\n 1.5 sub > PUBCOMP 1\n",
                "v3:MQTT-3.10.4-3");
    /* The subscription is gone, and the message is sent again all the same. */
    expect_pass("0 pub up\n 0 sub up clean=0\n 0.1 sub subscribes t:1\n"
                "1 pub > PUBLISH q1 id=1 t hi\n 1 pub < PUBACK 1\n 1 sub < PUBLISH q1 id=1 t hi\n"
                "2 sub > UNSUBSCRIBE 9 t\n 2 sub < UNSUBACK 9\n 2 sub cut\n 3 sub up clean=0 sp=1\n"
                "3 sub < PUBLISH q1 id=1 dup t hi\n 3 sub > PUBACK 1\n",
                "v3:MQTT-3.10.4-3");
}
END_TEST

START_TEST(delivery_qos) {
    expect_pass(PUB "0.1 sub subscribes t:0\n" ACKED "2 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-3.8.4-6");
    expect_fail(PUB "0.1 sub subscribes t:0\n" ACKED
                    "2 sub < PUBLISH q1 id=1 t hi\n 2 sub > PUBACK 1\n",
                "subscription", "v3:MQTT-3.8.4-6");
    expect_fail(PUB "0.1 sub subscribes t:1\n" ACKED "2 sub < PUBLISH q0 t hi\n", "subscription",
                "v3:MQTT-3.8.4-6");
    /* The server may grant less than asked. */
    expect_pass(PUB "0.1 sub > SUBSCRIBE 1 t:2\n 0.1 sub < SUBACK 1 0\n" ACKED
                    "2 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-3.8.4-6");
    /* Changed while the message was under way: either. */
    expect_pass(PUB "0.1 sub subscribes t:1\n" ACKED
                    "1.1 sub subscribes t:0\n 2 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-3.8.4-6");
}
END_TEST

START_TEST(overlap) {
#define BOTH PUB "0.1 sub subscribes t:0 +:1\n" ACKED
    expect_pass(BOTH "2 sub < PUBLISH q1 id=1 t hi\n 2 sub > PUBACK 1\n", "v3:MQTT-3.3.5-1");
    expect_pass(BOTH "2 sub < PUBLISH q0 t hi\n 2 sub < PUBLISH q1 id=1 t hi\n 2 sub > PUBACK 1\n",
                "v3:MQTT-3.3.5-1");
    expect_fail(BOTH "2 sub < PUBLISH q0 t hi\n", "subscription", "v3:MQTT-3.3.5-1");
    expect_inconclusive(BOTH "2 sub < PUBLISH q0 t hi\n 3 busy\n", "subscription",
                        "v3:MQTT-3.3.5-1");
}
END_TEST

START_TEST(dollar_topics) {
#define WILD PUB "0.1 sub subscribes #:0\n 1 pub > PUBLISH q0 $x/y hi\n"
    expect_pass(WILD, "v3:MQTT-4.7.2-1");
    expect_fail(WILD "2 sub < PUBLISH q0 $x/y hi\n", "subscription", "v3:MQTT-4.7.2-1");
}
END_TEST

START_TEST(topics_are_passed_on_unchanged) {
    expect_pass(
        PUB "0.1 sub subscribes #:0\n 1 pub > PUBLISH q0 a//B hi\n 2 sub < PUBLISH q0 a//B hi\n",
        "v3:MQTT-4.7.3-4");
    expect_fail(PUB
                "0.1 sub subscribes #:0\n 1 pub > PUBLISH q0 a//B hi\n 2 sub < PUBLISH q0 a/B hi\n",
                "subscription", "v3:MQTT-4.7.3-4");
}
END_TEST

START_TEST(replacing_interrupts_nothing) {
    expect_pass(PUB "0.1 sub subscribes t:1\n 0.2 sub subscribes t:1\n" ACKED
                    "2 sub < PUBLISH q1 id=1 t hi\n 2 sub > PUBACK 1\n",
                "v3:MQTT-3.8.4-3");
    expect_fail(PUB "0.1 sub subscribes t:1\n 0.2 sub subscribes t:1\n" ACKED
                    "2 sub < PUBLISH q1 id=1 t hi\n 2 sub > PUBACK 1\n 2 sub < PUBLISH q1 id=2 dup "
                    "t hi\n 2 sub > PUBACK 2\n",
                "qos1", "v3:MQTT-4.3.2-1");
}
END_TEST

START_TEST(nothing_comes_for_a_removed_subscription) {
    expect_pass("0 a up\n 0.1 a subscribes t:0\n 0.2 p up\n 1 a > UNSUBSCRIBE 1 t\n"
                "1 a < UNSUBACK 1\n 2 p > PUBLISH q0 t x\n",
                "v3:MQTT-3.10.4-2");
}
END_TEST

START_TEST(what_an_unsubscribe_or_a_second_subscribe_changes) {
    expect_fail("0 a up\n 0.1 a subscribes t:0\n 0.2 p up\n 1 a > UNSUBSCRIBE 1 t\n"
                "1 a < UNSUBACK 1\n 2 p > PUBLISH q0 t x\n 2 a < PUBLISH q0 t x\n",
                "subscription", "v3:MQTT-3.10.4-1");
    expect_fail("0 a up\n 0.1 a subscribes t:2\n 0.2 p up\n"
                "1 p > PUBLISH q2 id=1 t x\n 1 p < PUBREC 1\n 1 p > PUBREL 1\n 1 p < PUBCOMP 1\n"
                "1 a < PUBLISH q2 id=1 t x\n 2 a > UNSUBSCRIBE 1 t\n 2 a < UNSUBACK 1\n"
                "3 a > PUBREC 1\n",
                "subscription", "v3:MQTT-3.10.4-3");
    expect_fail("0 a up\n 0.1 a subscribes t:1\n 0.2 a subscribes t:0\n 0.2 p up\n"
                "1 p > PUBLISH q1 id=1 t x\n 1 p < PUBACK 1\n 1 a < PUBLISH q1 id=1 t x\n"
                "1 a > PUBACK 1\n",
                "subscription", "v3:MQTT-3.8.4-3");
}
END_TEST

DSL_MAIN("check/subscription", nothing_comes_for_a_removed_subscription,
         what_an_unsubscribe_or_a_second_subscribe_changes, filters_match,
         index_agrees_with_matching, nothing_after_unsubscribe, what_is_under_way_is_finished,
         delivery_qos, overlap, dollar_topics, topics_are_passed_on_unchanged,
         replacing_interrupts_nothing)
