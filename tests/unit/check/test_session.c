#include "unit/check/trace_dsl.h"

#define AWAY                                                                                       \
    "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.2 sub > DISCONNECT\n 0.2 sub close\n 0.3 pub "  \
    "up\n"
#define PUBLISHED "1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n"
#define BACK      "2 sub up clean=0 sp=1\n"
#define GETS      "2.1 sub < PUBLISH q1 id=1 t hi\n 2.2 sub > PUBACK 1\n"

START_TEST(session_present) {
    expect_pass("0 sub up clean=0\n 1 sub cut\n 2 sub up clean=0 sp=1\n", "v3:MQTT-3.2.2-2");
    expect_pass("0 sub up clean=0\n 1 sub cut\n 2 sub up clean=0 sp=1\n", "v3:MQTT-3.1.2-4");
    expect_fail("0 sub up clean=0\n 1 sub cut\n 2 sub up clean=0 sp=0\n", "session",
                "v3:MQTT-3.2.2-2");
    expect_pass("0 sub up clean=0\n", "v3:MQTT-3.2.2-3");
    expect_fail("0 sub up clean=0 sp=1\n", "session", "v3:MQTT-3.2.2-3");
    expect_pass("0 sub up\n", "v3:MQTT-3.2.2-1");
    expect_fail("0 sub up clean=0\n 1 sub cut\n 2 sub up clean=1 sp=1\n", "session",
                "v3:MQTT-3.2.2-1");
}
END_TEST

START_TEST(clean_sessions_leave_nothing) {
    expect_pass("0 sub up\n 1 sub cut\n 2 sub up clean=0\n", "v3:MQTT-3.1.2-6");
    expect_fail("0 sub up\n 1 sub cut\n 2 sub up clean=0 sp=1\n", "session", "v3:MQTT-3.1.2-6");
}
END_TEST

START_TEST(a_connect_without_connack_leaves_doubt) {
    expect_pass("0 sub open\n 0 sub > CONNECT clean=0\n 0.1 sub cut\n 1 sub up clean=0 sp=1\n", "");
    expect_pass("0 sub open\n 0 sub > CONNECT clean=0\n 0.1 sub cut\n 1 sub up clean=0 sp=0\n", "");
    expect_pass("0 sub up clean=0\n 1 sub cut\n 1.1 sub open\n 1.1 sub > CONNECT clean=1\n 1.2 sub "
                "cut\n 2 sub up clean=0 sp=0\n",
                "");
    expect_pass("0 sub up clean=0\n 1 sub cut\n 1.1 sub open\n 1.1 sub > CONNECT clean=1\n 1.2 sub "
                "cut\n 2 sub up clean=0 sp=1\n",
                "");
}
END_TEST

START_TEST(unknown_past_of_a_real_broker) {
    expect_pass_live("0 sub up clean=0 sp=1\n", "");
    expect_pass_live("0 sub up clean=0 sp=0\n 1 sub cut\n 2 sub up clean=0 sp=1\n",
                     "v3:MQTT-3.2.2-2");
}
END_TEST

START_TEST(a_restart_without_sessions_excuses) {
    expect_pass("0 sub up clean=0\n 1 broker down keep=0\n 2 sub up clean=0 sp=0\n", "");
    expect_pass("0 sub up clean=0\n 1 broker down keep=1\n 2 sub up clean=0 sp=1\n",
                "v3:MQTT-3.2.2-2");
    expect_fail("0 sub up clean=0\n 1 broker down keep=1\n 2 sub up clean=0 sp=0\n", "session",
                "v3:MQTT-3.2.2-2");
}
END_TEST

START_TEST(queued_while_away) {
    expect_pass(AWAY PUBLISHED BACK GETS, "v3:MQTT-3.1.2-5");
    expect_fail(AWAY PUBLISHED BACK, "session", "v3:MQTT-3.1.2-5");
    expect_inconclusive(AWAY PUBLISHED BACK "3 busy\n", "session", "v3:MQTT-3.1.2-5");
    /* Not back: nothing to see. QoS 0: may be dropped or queued. */
    expect_pass(AWAY PUBLISHED, "");
    expect_pass(AWAY "1 pub > PUBLISH q0 t hi\n" BACK, "");
    expect_pass(AWAY "1 pub > PUBLISH q0 t hi\n" BACK "2.1 sub < PUBLISH q0 t hi\n", "");
}
END_TEST

#define HERE "0 sub up\n 0.1 sub subscribes t:1\n 0.3 pub up\n"

START_TEST(accepted_messages_arrive) {
    expect_pass(HERE PUBLISHED GETS, "v3:MQTT-4.5.0-1");
    expect_pass(HERE PUBLISHED GETS, "v3:MQTT-4.1.0-2");
    expect_fail(HERE PUBLISHED, "session", "v3:MQTT-4.5.0-1");
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
    expect_fail_live(HERE PUBLISHED, "session", "v3:MQTT-4.5.0-1");
    /* The virtual broker's own end shows what it sent. */
    expect_fail(HERE "0.5 sub struck\n" PUBLISHED, "session", "v3:MQTT-4.5.0-1");
}
END_TEST

START_TEST(nothing_else_arrives) {
    /* Published and acknowledged before the subscription. */
    expect_fail("0 pub up\n" PUBLISHED "1.5 sub up\n 1.6 sub subscribes t:1\n" GETS, "session",
                "v3:MQTT-4.5.0-1");
    /* A payload that nobody published. */
    expect_fail(HERE PUBLISHED "2.1 sub < PUBLISH q1 id=1 t ho\n 2.2 sub > PUBACK 1\n", "session",
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

START_TEST(unacknowledged_is_resent) {
#define UNACKED                                                                                    \
    "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.3 pub up\n" PUBLISHED                           \
    "1.2 sub <! PUBLISH q1 id=1 t hi\n 1.5 sub cut\n" BACK
    expect_pass(UNACKED "2.1 sub < PUBLISH q1 id=1 dup t hi\n 2.2 sub > PUBACK 1\n",
                "v3:MQTT-4.4.0-1");
    expect_fail(UNACKED, "session", "v3:MQTT-4.4.0-1");
    expect_fail(UNACKED "2.1 sub < PUBLISH q1 id=2 dup t hi\n 2.2 sub > PUBACK 2\n", "session",
                "v3:MQTT-4.4.0-1");
    expect_inconclusive(UNACKED "3 busy\n", "session", "v3:MQTT-4.4.0-1");
    expect_pass(UNACKED "2.1 sub cut\n", "");
}
END_TEST

START_TEST(owed_pubrel_is_resent) {
    expect_fail("0 sub up clean=0\n 0.1 sub subscribes t:2\n 0.3 pub up\n 1 pub > PUBLISH q2 id=7 "
                "t hi\n 1 pub < PUBREC 7\n"
                "1 pub > PUBREL 7\n 1 pub < PUBCOMP 7\n 1.1 sub < PUBLISH q2 id=1 t hi\n 1.2 sub > "
                "PUBREC 1\n 1.3 sub <! PUBREL 1\n"
                "1.5 sub cut\n" BACK,
                "session", "v3:MQTT-4.4.0-1");
}
END_TEST

START_TEST(state_survives_a_cut) {
#define CROSSED(rest)                                                                              \
    HERE "1 two up clean=0\n 1 two > PUBLISH q2 id=7 t hi\n 1 two < PUBREC 7\n 1.1 two cut\n 2 "   \
         "two up clean=0 sp=1\n"                                                                   \
         "2.1 two > PUBREL 7\n 2.1 two < PUBCOMP 7\n" rest
    expect_pass(CROSSED("3 sub < PUBLISH q1 id=1 t hi\n 3 sub > PUBACK 1\n"), "v3:MQTT-4.1.0-1");
    expect_fail(CROSSED(""), "session", "v3:MQTT-4.1.0-1");
}
END_TEST

START_TEST(client_resends) {
#define CUT "0 pub up clean=0\n 1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n"
    expect_fail(CUT "2 pub up clean=0 sp=1\n", "session", "v3:MQTT-4.4.0-1");
    expect_pass(CUT "2 pub up clean=0 sp=1\n 2 pub > PUBLISH q1 id=7 dup t hi\n 2 pub < PUBACK 7\n",
                "v3:MQTT-4.4.0-1");
    /* A crash loses it; a new session forbids it. */
    expect_pass(CUT "1.5 pub crash\n 2 pub up clean=0 sp=1\n", "");
    expect_pass(CUT "2 pub up clean=1\n", "");
    expect_fail(CUT "2 pub up clean=1\n 2 pub > PUBLISH q1 id=7 dup t hi\n 2 pub < PUBACK 7\n",
                "session", "v3:MQTT-3.1.2-6");
    /* It calls the late acknowledgement wrong. */
    expect_fail(CUT "2 pub up clean=0 sp=1\n 2 pub < PUBACK 7\n 2 pub faulted\n 2 pub close\n",
                "session", "v3:MQTT-4.4.0-1");
}
END_TEST

START_TEST(a_client_of_five_takes_late_acknowledgements) {
#define BACK5                                                                                      \
    "0 pub up clean=0 session_expiry_interval=100\n 1 pub > PUBLISH q1 id=7 t hi\n 1.5 pub cut\n"  \
    "2 pub up clean=0 sp=1 session_expiry_interval=100\n 2 pub > PUBLISH q1 id=7 dup t hi\n"
#define GIVES_UP "3 pub faulted\n 3 pub > DISCONNECT code=0x82\n 3 pub close\n"
    expect_pass5(BACK5 "3 pub < PUBACK 7\n", "v5:MQTT-4.4.0-1");
    expect_fail5(BACK5 "3 pub < PUBACK 7\n" GIVES_UP, "session", "v5:MQTT-4.4.0-1");
    /* It does not say that the packet was the reason. */
    expect_pass5(BACK5 "3 pub < PUBACK 7\n 3 pub > DISCONNECT code=0x82\n 3 pub close\n", "");
    expect_inconclusive5("0 pub up clean=0 session_expiry_interval=100\n"
                         "1 pub > PUBLISH q1 id=7 t hi\n 1.5 pub cut\n"
                         "2 pub up clean=0 sp=1 session_expiry_interval=100\n 3 busy\n",
                         "session", "v5:MQTT-4.4.0-1");
    /* It answers another exchange, or none: that is a reason to go. */
    expect_fail5_without(BACK5 "3 pub < PUBREC 7\n" GIVES_UP, "session", "v5:MQTT-4.4.0-1");
    expect_fail5_without(BACK5 "3 pub < PUBACK 8\n" GIVES_UP, "session", "v5:MQTT-4.4.0-1");
}
END_TEST

START_TEST(old_identifiers_do_not_swallow_new_messages) {
#define STALE                                                                                      \
    "0 sub app connect\n 0 sub up\n 0.1 sub subscribes t:2\n 0.3 raw open\n 0.3 raw > CONNECT\n "  \
    "0.3 raw < CONNACK\n"                                                                          \
    "1 raw > PUBLISH q2 id=7 t hi\n 1 raw < PUBREC 7\n 1.2 sub < PUBLISH q2 id=1 t hi\n 1.2 sub "  \
    "app delivered q2 t hi\n"                                                                      \
    "1.2 sub > PUBREC 1\n 1.3 sub cut\n 2 sub up\n 2.1 sub subscribes t:2\n 3 raw > PUBREL 7\n 3 " \
    "raw < PUBCOMP 7\n"                                                                            \
    "4 raw > PUBLISH q2 id=8 t ho\n 4 raw < PUBREC 8\n 4 raw > PUBREL 8\n 4 raw < PUBCOMP 8\n"     \
    "5 sub < PUBLISH q2 id=1 t ho\n"
#define REST "5 sub > PUBREC 1\n 5.1 sub < PUBREL 1\n 5.1 sub > PUBCOMP 1\n"
    expect_pass(STALE "5 sub app delivered q2 t ho\n" REST, "");
    expect_fail(STALE REST, "session", "v3:MQTT-3.1.2-6");
}
END_TEST

START_TEST(the_rules_of_connect_have_their_statements) {
    expect_fail("0 a up sp=1\n", "session", "v3:MQTT-3.1.4-3");
    expect_fail("0 a up clean=0 sp=1\n", "session", "v3:MQTT-3.1.3-2");
    expect_fail5("0 a up clean=0 sp=1\n", "session", "v5:MQTT-3.1.2-6");
    expect_fail("0 a up clean=0\n 1 a close\n 2 a up clean=0\n", "session", "v3:MQTT-3.1.2-4");
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 1 a close\n 2 a up clean=0\n",
                 "session", "v5:MQTT-3.1.2-23");
    /* Resumed, it says, and the subscription is gone. */
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 0.1 a subscribes t:1\n 1 a close\n"
                 "2 a up clean=0 sp=1\n 2 p up\n 3 p > PUBLISH q1 id=1 t x\n 3 p < PUBACK 1\n",
                 "session", "v5:MQTT-3.1.2-5");
}
END_TEST

DSL_MAIN("check/session", a_client_of_five_takes_late_acknowledgements,
         the_rules_of_connect_have_their_statements, session_present, clean_sessions_leave_nothing,
         a_connect_without_connack_leaves_doubt, unknown_past_of_a_real_broker,
         a_restart_without_sessions_excuses, queued_while_away, accepted_messages_arrive,
         what_a_real_broker_says_into_a_dead_link_is_not_seen, nothing_else_arrives,
         a_client_that_does_not_acknowledge_gets_no_more, unacknowledged_is_resent,
         owed_pubrel_is_resent, state_survives_a_cut, client_resends,
         old_identifiers_do_not_swallow_new_messages)
