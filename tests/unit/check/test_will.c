#include "unit/check/trace_dsl.h"

#define WATCH "0 sub up\n 0.1 sub subscribes w:1\n"
#define OWNER WATCH "1 own up will=w,gone,1,0\n"
#define SEEN  "3 sub < PUBLISH q1 id=1 w gone\n 3 sub > PUBACK 1\n"

START_TEST(published_when_the_connection_dies) {
    expect_pass(OWNER "2 own cut\n" SEEN, "v3:MQTT-3.1.2-8");
    expect_pass(OWNER "2 own kick\n" SEEN, "v3:MQTT-3.1.2-8");
    expect_pass(OWNER "2 own close\n" SEEN, "v3:MQTT-3.1.2-8");
    expect_fail(OWNER "2 own cut\n", "will", "v3:MQTT-3.1.2-8");
    expect_inconclusive(OWNER "2 own cut\n 3 busy\n", "will", "v3:MQTT-3.1.2-8");
    /* At takeover too. */
    expect_fail(OWNER "2 two open\n 2 two > CONNECT id=own\n 2 own kick\n 2 two < CONNACK\n",
                "will", "v3:MQTT-3.1.2-8");
    /* QoS 0 may get lost; a broker that goes down may put wills off. */
    expect_pass(WATCH "1 own up will=w,gone,0,0\n 2 own cut\n", "");
    expect_pass(OWNER "2 broker down keep=1\n", "");
}
END_TEST

START_TEST(not_before) {
    expect_fail(OWNER SEEN, "will", "v3:MQTT-3.1.2-8");
    expect_fail(OWNER SEEN "4 own cut\n", "will", "v3:MQTT-3.1.2-8");
    /* The same moment, the other order in the trace. */
    expect_pass(OWNER SEEN "3 own kick\n", "v3:MQTT-3.1.2-8");
    /* A real broker's will may overtake the news of the end. */
    expect_pass_live(OWNER SEEN "3.4 own kick\n", "v3:MQTT-3.1.2-8");
}
END_TEST

START_TEST(once) {
    expect_fail(OWNER "2 own cut\n" SEEN "4 sub < PUBLISH q1 id=1 w gone\n 4 sub > PUBACK 1\n",
                "will", "v3:MQTT-3.1.2-10");
    /* Two connections, two wills. */
    expect_pass(OWNER "2 own cut\n" SEEN "4 own up will=w,gone,1,0\n 5 own cut\n 6 sub < PUBLISH "
                      "q1 id=1 w gone\n 6 sub > PUBACK 1\n",
                "v3:MQTT-3.1.2-10");
    expect_fail(OWNER "2 own cut\n" SEEN "4 own up will=w,gone,1,0\n 5 own cut\n", "will",
                "v3:MQTT-3.1.2-8");
}
END_TEST

START_TEST(disconnect_drops_it) {
    expect_pass(OWNER "2 own > DISCONNECT\n 2 own close\n", "v3:MQTT-3.14.4-3");
    expect_fail(OWNER "2 own > DISCONNECT\n 2 own close\n" SEEN, "will", "v3:MQTT-3.14.4-3");
    /* A later connection without a will dies, and the old one's will appears. */
    expect_fail(OWNER "2 own > DISCONNECT\n 2 own close\n 2.1 own up\n 2.2 own cut\n" SEEN, "will",
                "v3:MQTT-3.1.2-12");
    expect_pass(WATCH "1 own up\n 2 own cut\n", "v3:MQTT-3.1.2-12");
}
END_TEST

#define LATER "5 new up\n 5.1 new subscribes w:1\n"

START_TEST(retained_or_not) {
    expect_pass("1 own up will=w,gone,1,1\n 2 own cut\n" LATER
                "5.2 new < PUBLISH q1 id=1 retain w gone\n 5.3 new > PUBACK 1\n",
                "v3:MQTT-3.1.2-17");
    expect_fail("1 own up will=w,gone,1,1\n 2 own cut\n" LATER, "will", "v3:MQTT-3.1.2-17");
    expect_fail("1 own up will=w,gone,1,0\n 2 own cut\n" LATER
                "5.2 new < PUBLISH q1 id=1 retain w gone\n 5.3 new > PUBACK 1\n",
                "will", "v3:MQTT-3.1.2-16");
    /* Too soon after the end to know. */
    expect_pass("1 own up will=w,gone,1,1\n 4.5 own cut\n" LATER, "");
}
END_TEST

START_TEST(not_of_the_connection_before) {
#define KEEPS(option)                                                                              \
    WATCH "1 own up will=w,gone,1,0 clean=0" option "\n 2 own > DISCONNECT\n 2 own close\n"        \
          "2.1 own up clean=0 sp=1" option "\n 2.2 own cut\n"
    expect_pass(KEEPS(""), "v3:MQTT-3.1.2-12");
    expect_fail(KEEPS("") SEEN, "will", "v3:MQTT-3.1.2-12");
    expect_pass5(KEEPS(" session_expiry_interval=99"), "v5:MQTT-3.14.4-3");
    expect_fail5(KEEPS(" session_expiry_interval=99") SEEN, "will", "v5:MQTT-3.14.4-3");
}
END_TEST

DSL_MAIN("check/will", published_when_the_connection_dies, not_before, once, disconnect_drops_it,
         retained_or_not, not_of_the_connection_before)
