#include "unit/check/trace_dsl.h"

START_TEST(no_local_keeps_own_messages_away) {
    expect_pass5("0 a up\n 0.1 a subscribes t:1n\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n",
                 "v5:MQTT-3.8.3-3");
    expect_fail5("0 a up\n 0.1 a subscribes t:1n\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n"
                 "1 a < PUBLISH q1 id=1 t x\n 1 a > PUBACK 1\n",
                 "options", "v5:MQTT-3.8.3-3");
    /* Others get it, and another subscription without No Local brings it. */
    expect_fail5("0 a up\n 0.1 a subscribes t:1n\n 0.2 b2 up\n 1 b2 > PUBLISH q1 id=1 t x\n"
                 "1 b2 < PUBACK 1\n",
                 "delivery", "v5:MQTT-4.5.0-1");
    expect_pass5("0 a up\n 0.1 a subscribes t:1n +:1\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n"
                 "1 a < PUBLISH q1 id=1 t x\n 1 a > PUBACK 1\n",
                 "");
    expect_pass5("0 a up\n 0.1 a subscribes t:1\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n"
                 "1 a < PUBLISH q1 id=1 t x\n 1 a > PUBACK 1\n",
                 "");
}
END_TEST

#define PUB "0.2 pub up\n 1 pub > PUBLISH q0 retain t x\n"

START_TEST(retain_as_published) {
    expect_pass5("0 a up\n 0.1 a subscribes t:0r\n" PUB "1 a < PUBLISH q0 retain t x\n",
                 "v5:MQTT-3.3.1-13");
    expect_fail5("0 a up\n 0.1 a subscribes t:0r\n" PUB "1 a < PUBLISH q0 t x\n", "options",
                 "v5:MQTT-3.3.1-13");
    expect_pass5("0 a up\n 0.1 a subscribes t:0\n" PUB "1 a < PUBLISH q0 t x\n",
                 "v5:MQTT-3.3.1-12");
    expect_fail5("0 a up\n 0.1 a subscribes t:0\n" PUB "1 a < PUBLISH q0 retain t x\n", "options",
                 "v5:MQTT-3.3.1-12");
    /* Of two that overlap, either. */
    expect_pass5("0 a up\n 0.1 a subscribes t:0 +:0r\n" PUB "1 a < PUBLISH q0 retain t x\n", "");
    expect_pass5("0 a up\n 0.1 a subscribes t:0 +:0r\n" PUB "1 a < PUBLISH q0 t x\n", "");
}
END_TEST

#define KEPT "0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n 1 a up\n"
#define GETS "< PUBLISH q1 id=1 retain t x\n 3 a > PUBACK 1\n"

START_TEST(retain_handling) {
    expect_pass5(KEPT "2 a subscribes t:1h2\n", "v5:MQTT-3.3.1-11");
    expect_fail5(KEPT "2 a subscribes t:1h2\n 3 a " GETS, "options", "v5:MQTT-3.3.1-11");
    expect_pass5(KEPT "2 a subscribes t:1h1\n 3 a " GETS, "v5:MQTT-3.3.1-10");
    expect_fail5(KEPT "2 a subscribes t:1h1\n", "retained", "v5:MQTT-3.3.1-10");
    expect_inconclusive5(KEPT "2 a subscribes t:1h1\n 3 busy\n", "retained", "v5:MQTT-3.3.1-10");
    expect_pass5(KEPT "2 a subscribes t:1h2\n 2.1 a subscribes t:1h1\n", "v5:MQTT-3.3.1-10");
    expect_fail5(KEPT "2 a subscribes t:1h2\n 2.1 a subscribes t:1h1\n 3 a " GETS, "options",
                 "v5:MQTT-3.3.1-10");
    expect_fail5(KEPT "2 a subscribes t:1\n", "retained", "v5:MQTT-3.3.1-9");
    expect_pass5(KEPT "2 a subscribes t:1\n 3 a " GETS, "v5:MQTT-3.3.1-9");
}
END_TEST

DSL_MAIN("check/options", no_local_keeps_own_messages_away, retain_as_published, retain_handling)
