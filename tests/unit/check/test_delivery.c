#include "unit/check/trace_dsl.h"

#define AWAY                                                                                       \
    "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.2 sub > DISCONNECT\n 0.2 sub close\n 0.3 pub "  \
    "up\n"
#define PUBLISHED "1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n"
#define BACK      "2 sub up clean=0 sp=1\n"
#define GETS      "2.1 sub < PUBLISH q1 id=1 t hi\n 2.2 sub > PUBACK 1\n"
#define HERE      "0 sub up\n 0.1 sub subscribes t:1\n 0.3 pub up\n"

START_TEST(queued_while_away) {
    expect_pass(AWAY PUBLISHED BACK GETS, "v3:MQTT-3.1.2-5");
    expect_fail(AWAY PUBLISHED BACK, "delivery", "v3:MQTT-3.1.2-5");
    expect_inconclusive(AWAY PUBLISHED BACK "3 busy\n", "delivery", "v3:MQTT-3.1.2-5");
    /* Not back: nothing to see. QoS 0: may be dropped or queued. */
    expect_pass(AWAY PUBLISHED, "");
    expect_pass(AWAY "1 pub > PUBLISH q0 t hi\n" BACK, "");
    expect_pass(AWAY "1 pub > PUBLISH q0 t hi\n" BACK "2.1 sub < PUBLISH q0 t hi\n", "");
}
END_TEST

START_TEST(accepted_messages_arrive) {
    expect_pass(HERE PUBLISHED GETS, "v3:MQTT-4.5.0-1");
    expect_pass(HERE PUBLISHED GETS, "v3:MQTT-4.1.0-2");
    expect_fail(HERE PUBLISHED, "delivery", "v3:MQTT-4.5.0-1");
    /* Not accepted, subscribed too late, gone, or unsubscribed meanwhile: may, not must. */
    expect_pass(HERE "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n", "");
    expect_pass(HERE "1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n" GETS, "");
    expect_pass("0 sub up\n 0.3 pub up\n 0.9 sub > SUBSCRIBE 1 t:1\n" PUBLISHED
                "1.5 sub < SUBACK 1 1\n",
                "");
    expect_pass("0 sub up\n 0.3 pub up\n 0.9 sub > SUBSCRIBE 1 t:1\n" PUBLISHED
                "1.5 sub < SUBACK 1 1\n" GETS,
                "");
    expect_pass(HERE PUBLISHED "1.1 sub cut\n", "");
    expect_pass(HERE PUBLISHED "1.1 sub > UNSUBSCRIBE 9 t\n 1.2 sub < UNSUBACK 9\n", "");
    expect_pass(HERE PUBLISHED "1.1 sub > UNSUBSCRIBE 9 t\n 1.2 sub < UNSUBACK 9\n" GETS, "");
}
END_TEST

START_TEST(what_a_real_broker_says_into_a_dead_link_is_not_seen) {
    expect_pass_live(HERE "0.5 sub struck\n" PUBLISHED, "");
    expect_fail_live(HERE PUBLISHED, "delivery", "v3:MQTT-4.5.0-1");
    /* The virtual broker's own end shows what it sent. */
    expect_fail(HERE "0.5 sub struck\n" PUBLISHED, "delivery", "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(nothing_else_arrives) {
    /* Published and acknowledged before the subscription. */
    expect_fail("0 pub up\n" PUBLISHED "1.5 sub up\n 1.6 sub subscribes t:1\n" GETS, "delivery",
                "v3:MQTT-4.5.0-1");
    /* A payload that nobody published. */
    expect_fail(HERE PUBLISHED "2.1 sub < PUBLISH q1 id=1 t ho\n 2.2 sub > PUBACK 1\n", "delivery",
                "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(a_client_that_does_not_acknowledge_gets_no_more) {
    expect_pass(
        "0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 0.1 raw subscribes t:1\n 0.3 pub "
        "up\n" PUBLISHED
        "1.1 raw < PUBLISH q1 id=1 t hi\n 2 pub > PUBLISH q1 id=8 t ho\n 2 pub < PUBACK 8\n",
        "");
}
END_TEST

START_TEST(state_survives_a_cut) {
#define CROSSED(rest)                                                                              \
    HERE "1 two up clean=0\n 1 two > PUBLISH q2 id=7 t hi\n 1 two < PUBREC 7\n 1.1 two cut\n 2 "   \
         "two up clean=0 sp=1\n"                                                                   \
         "2.1 two > PUBREL 7\n 2.1 two < PUBCOMP 7\n" rest
    expect_pass(CROSSED("3 sub < PUBLISH q1 id=1 t hi\n 3 sub > PUBACK 1\n"), "v3:MQTT-4.1.0-1");
    expect_fail(CROSSED(""), "delivery", "v3:MQTT-4.1.0-1");
}
END_TEST

/* Resumed, the broker says, and the subscription is gone. */
START_TEST(a_resumed_session_brings_what_it_brought) {
#define RESUMED(more)                                                                              \
    "0 a up clean=0" more "\n 0.1 a subscribes t:1\n 1 a close\n 2 a up clean=0 sp=1\n"            \
    "2 p up\n 3 p > PUBLISH q1 id=1 t x\n 3 p < PUBACK 1\n"
    expect_pass(RESUMED("") "3 a < PUBLISH q1 id=1 t x\n 3 a > PUBACK 1\n", "v3:MQTT-4.5.0-1");
    expect_fail(RESUMED(""), "delivery", "v3:MQTT-3.1.2-4");
    expect_fail5(RESUMED(" session_expiry_interval=9"), "delivery", "v5:MQTT-3.1.2-5");
    expect_inconclusive(RESUMED("") "4 busy\n", "delivery", "v3:MQTT-3.1.2-4");
}
END_TEST

DSL_MAIN("check/delivery", queued_while_away, accepted_messages_arrive,
         what_a_real_broker_says_into_a_dead_link_is_not_seen, nothing_else_arrives,
         a_client_that_does_not_acknowledge_gets_no_more, state_survives_a_cut,
         a_resumed_session_brings_what_it_brought)
