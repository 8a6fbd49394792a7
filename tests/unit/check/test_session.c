#include "unit/check/trace_dsl.h"

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

START_TEST(a_new_session_forbids_to_send_again) {
#define CUT "0 pub up clean=0\n 1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n"
    expect_pass(CUT "2 pub up clean=1\n", "");
    expect_fail(CUT "2 pub up clean=1\n 2 pub > PUBLISH q1 id=7 dup t hi\n 2 pub < PUBACK 7\n",
                "session", "v3:MQTT-3.1.2-6");
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
    expect_inconclusive(STALE REST "6 busy\n", "session", "v3:MQTT-3.1.2-6");
}
END_TEST

START_TEST(the_rules_of_connect_have_their_statements) {
    expect_fail("0 a up sp=1\n", "session", "v3:MQTT-3.1.4-3");
    expect_fail("0 a up clean=0 sp=1\n", "session", "v3:MQTT-3.1.3-2");
    expect_fail5("0 a up clean=0 sp=1\n", "session", "v5:MQTT-3.1.2-6");
    expect_fail("0 a up clean=0\n 1 a close\n 2 a up clean=0\n", "session", "v3:MQTT-3.1.2-4");
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 1 a close\n 2 a up clean=0\n",
                 "session", "v5:MQTT-3.1.2-23");
}
END_TEST

DSL_MAIN("check/session", session_present, clean_sessions_leave_nothing,
         a_connect_without_connack_leaves_doubt, unknown_past_of_a_real_broker,
         a_restart_without_sessions_excuses, old_identifiers_do_not_swallow_new_messages,
         the_rules_of_connect_have_their_statements, a_new_session_forbids_to_send_again)
