#include "unit/check/trace_dsl.h"

#define RAW "0 raw open\n 0 raw > CONNECT ka=10\n 0 raw < CONNACK\n"

START_TEST(pingreq_is_answered) {
    expect_pass("0 sub up\n 1 sub > PINGREQ\n 1 sub < PINGRESP\n", "v3:MQTT-3.12.4-1");
    expect_fail("0 sub up\n 1 sub > PINGREQ\n", "keepalive", "v3:MQTT-3.12.4-1");
    expect_fail("0 sub up\n 1 sub > PINGREQ\n 1 sub kick\n", "keepalive", "v3:MQTT-3.12.4-1");
    expect_pass("0 sub up\n 1 sub > PINGREQ\n 1 sub cut\n", "");
    expect_inconclusive("0 sub up\n 1 sub > PINGREQ\n 2 busy\n", "keepalive", "v3:MQTT-3.12.4-1");
}
END_TEST

START_TEST(a_ping_at_the_end_may_still_be_answered) {
    expect_pass_live("0 sub up\n 1 sub > PINGREQ\n 1.9 settled\n", "");
    expect_fail_live("0 sub up\n 1 sub > PINGREQ\n 2 settled\n", "keepalive", "v3:MQTT-3.12.4-1");
    expect_fail_live("0 sub up\n 1 sub > PINGREQ\n 1.5 sub kick\n", "keepalive",
                     "v3:MQTT-3.12.4-1");
}
END_TEST

START_TEST(the_broker_closes_silent_connections) {
    expect_pass(RAW "15 raw kick\n", "v3:MQTT-3.1.2-24");
    /* Early breaks no rule. */
    expect_pass(RAW "10 raw kick\n", "");
    expect_pass(RAW "3 raw kick\n", "");
    /* Late, and never. */
    expect_fail(RAW "15.1 raw kick\n", "keepalive", "v3:MQTT-3.1.2-24");
    expect_fail(RAW "15.1 settled\n", "keepalive", "v3:MQTT-3.1.2-24");
    expect_fail(RAW "40 raw > PINGREQ\n 40 raw < PINGRESP\n 41 raw close\n", "keepalive",
                "v3:MQTT-3.1.2-24");
    /* Not silent long enough, or spoken in time. */
    expect_pass(RAW "14 settled\n", "");
    expect_pass(RAW "14 raw > PINGREQ\n 14 raw < PINGRESP\n 28 raw close\n", "");
}
END_TEST

#define TIMED_OUT " raw < DISCONNECT code=0x8d\n"

/* Early breaks no rule, but whoever says Keep Alive timeout has waited for it. */
START_TEST(keep_alive_timeout_is_not_said_early) {
    expect_pass5(RAW "15" TIMED_OUT "15 raw kick\n", "v5:MQTT-3.1.2-22");
    expect_fail5(RAW "14.9" TIMED_OUT "14.9 raw kick\n", "keepalive", "v5:MQTT-3.1.2-22");
    expect_fail5(RAW "9 raw > PINGREQ\n 9 raw < PINGRESP\n 15" TIMED_OUT "15 raw kick\n",
                 "keepalive", "v5:MQTT-3.1.2-22");
    expect_fail5("0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 99" TIMED_OUT "99 raw kick\n",
                 "keepalive", "v5:MQTT-3.1.2-22");
    expect_pass5("0 raw open\n 0 raw > CONNECT ka=99\n 0 raw < CONNACK server_keep_alive=10\n"
                 "15" TIMED_OUT "15 raw kick\n",
                 "v5:MQTT-3.1.2-22");
    expect_pass5(RAW "10 raw < DISCONNECT code=0x8b\n 10 raw kick\n", "");
    /* A real broker's clock may be a coarse one. */
    DslOptions live = {.version = DRILL_MQTT_5_0, .far_role = "gateway", .paced = true};
    expect_pass_with(RAW "14.1" TIMED_OUT "14.1 raw kick\n", "v5:MQTT-3.1.2-22", &live);
    expect_finding_with(RAW "13.9" TIMED_OUT "13.9 raw kick\n", DRILL_FAIL, "keepalive",
                        "v5:MQTT-3.1.2-22", &live);
}
END_TEST

START_TEST(slack_and_the_machine) {
    DslOptions slack = {.keep_alive_slack_ns = 5 * DRILL_NS_PER_S};
    expect_pass_with(RAW "19 raw kick\n", "v3:MQTT-3.1.2-24", &slack);
    DslOptions live = {
        .far_role = "gateway", .paced = true, .keep_alive_slack_ns = 5 * DRILL_NS_PER_S};
    expect_finding_with(RAW "25 raw kick\n", DRILL_INCONCLUSIVE, "keepalive", "v3:MQTT-3.1.2-24",
                        &live);
    expect_finding_with(RAW "60 settled\n", DRILL_FAIL, "keepalive", "v3:MQTT-3.1.2-24", &live);
}
END_TEST

START_TEST(a_connection_that_only_the_client_left) {
    expect_fail("0 sub up ka=10\n 1 sub vanish\n 60 settled\n", "keepalive", "v3:MQTT-3.1.2-24");
    expect_pass("0 sub up ka=10\n 1 sub vanish\n 15 sub gone\n 60 settled\n", "v3:MQTT-3.1.2-24");
}
END_TEST

START_TEST(clients_are_never_silent_too_long) {
    expect_pass("0 sub up ka=10\n 10 sub > PINGREQ\n 10 sub < PINGRESP\n 20 settled\n",
                "v3:MQTT-3.1.2-23");
    expect_fail("0 sub up ka=10\n 11 sub > PINGREQ\n 11 sub < PINGRESP\n 12 settled\n", "keepalive",
                "v3:MQTT-3.1.2-23");
    expect_fail("0 sub up ka=10\n 12 sub cut\n", "keepalive", "v3:MQTT-3.1.2-23");
    /* Waiting for CONNACK is not silence. */
    expect_pass("0 sub open\n 0 sub > CONNECT ka=10\n 15 sub < CONNACK\n 16 sub cut\n", "");
    /* The script keeps its PINGREQ back. */
    expect_pass("0 sub up ka=10\n 10 sub held PINGREQ\n 12 sub cut\n", "");
    expect_pass("0 sub up ka=0\n 100 sub cut\n", "");
}
END_TEST

DSL_MAIN("check/keepalive", pingreq_is_answered, a_ping_at_the_end_may_still_be_answered,
         the_broker_closes_silent_connections, keep_alive_timeout_is_not_said_early,
         slack_and_the_machine, a_connection_that_only_the_client_left,
         clients_are_never_silent_too_long)
