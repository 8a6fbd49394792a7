#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up\n"

START_TEST(once_or_not_at_all) {
    expect_pass(PAIR "1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n", "v3:MQTT-4.3.1-1");
    expect_pass(PAIR "1 pub > PUBLISH q0 t hi\n", "v3:MQTT-4.3.1-1");
}
END_TEST

START_TEST(twice_is_once_too_often) {
    expect_fail(PAIR
                "1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n 1.2 sub < PUBLISH q0 t hi\n",
                "qos0", "v3:MQTT-4.3.1-1");
}
END_TEST

START_TEST(two_publications_allow_two) {
    expect_pass(PAIR "1 pub > PUBLISH q0 t hi\n 1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t "
                     "hi\n 1.2 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-4.3.1-1");
}
END_TEST

START_TEST(overlapping_subscriptions_allow_a_copy_each) {
    expect_pass("0 sub up\n 0.1 sub subscribes t:0 +:0\n 0.2 pub up\n 1 pub > PUBLISH q0 t hi\n"
                "1.1 sub < PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n",
                "v3:MQTT-4.3.1-1");
    expect_fail(
        "0 sub up\n 0.1 sub subscribes t:0 +:0\n 0.2 pub up\n 1 pub > PUBLISH q0 t hi\n"
        "1.1 sub < PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n",
        "qos0", "v3:MQTT-4.3.1-1");
}
END_TEST

START_TEST(what_cannot_be_known_is_not_judged) {
    /* A session that the broker had before the trace began may hold anything. */
    expect_pass_live("0 sub up clean=0 sp=1\n 1 sub < PUBLISH q0 t hi\n 1 sub < PUBLISH q0 t hi\n",
                     "");
    /* $ topics are the broker's own. */
    expect_pass("0 sub up\n 0.1 sub subscribes $SYS/#:0\n 1 sub < PUBLISH q0 $SYS/x 1\n 2 sub < "
                "PUBLISH q0 $SYS/x 1\n",
                "");
}
END_TEST

START_TEST(a_trace_without_far_end_is_judged_too) {
    DslOptions options = {.far_role = "none"};
    expect_pass_with(PAIR "1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n",
                     "v3:MQTT-4.3.1-1", &options);
    expect_finding_with(
        PAIR "1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n 1.2 sub < PUBLISH q0 t hi\n",
        DRILL_FAIL, "qos0", "v3:MQTT-4.3.1-1", &options);
}
END_TEST

DSL_MAIN("check/qos0", once_or_not_at_all, twice_is_once_too_often, two_publications_allow_two,
         overlapping_subscriptions_allow_a_copy_each, what_cannot_be_known_is_not_judged,
         a_trace_without_far_end_is_judged_too)
