#include "unit/check/trace_dsl.h"

#define GROUP                                                                                      \
    "0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n 0.1 c subscribes $share/g/t:1\n 0.2 pub "   \
    "up\n"
#define KEEPS                                                                                      \
    "0 a up clean=0 session_expiry_interval=100\n 0.1 a subscribes $share/g/t:2\n 0 c up\n"        \
    "0.1 c subscribes $share/g/t:2\n 0.2 pub up\n"
#define PUB1 "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n"
#define PUB2                                                                                       \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"
#define TO_A "2 a < PUBLISH q1 id=1 t x\n 2 a > PUBACK 1\n"
#define TO_C "2 c < PUBLISH q1 id=1 t x\n 2 c > PUBACK 1\n"

START_TEST(one_member_gets_it) {
    expect_pass5(GROUP PUB1 TO_A, "v5:MQTT-4.5.0-1");
    expect_pass5(GROUP PUB1 TO_C, "v5:MQTT-4.8.2-3");
    expect_fail5(GROUP PUB1 TO_A TO_C, "shared", "v5:MQTT-4.5.0-1");
    expect_fail5(GROUP PUB1, "shared", "v5:MQTT-4.5.0-1");
    expect_inconclusive5(GROUP PUB1 "2 busy\n", "shared", "v5:MQTT-4.5.0-1");
    /* It may have chosen one that cannot take it now. */
    expect_pass5(KEEPS "0.5 a cut\n" PUB1, "");
    /* Two groups, and an own subscription: a copy each. */
    expect_pass5("0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n 0.1 c subscribes $share/h/t:1\n"
                 "0.2 pub up\n" PUB1 TO_A TO_C,
                 "v5:MQTT-4.8.2-3");
    expect_pass5("0 a up\n 0.1 a subscribes $share/g/t:1 t:1\n 0 c up\n"
                 "0.1 c subscribes $share/g/t:1\n 0.2 pub up\n" PUB1 TO_A TO_C,
                 "");
}
END_TEST

START_TEST(at_the_granted_qos) {
    expect_fail5("0 a up\n 0.1 a subscribes $share/g/t:0\n 0.2 pub up\n" PUB1 TO_A, "shared",
                 "v5:MQTT-4.8.2-3");
    expect_pass5("0 a up\n 0.1 a subscribes $share/g/t:0\n 0.2 pub up\n" PUB1
                 "2 a < PUBLISH q0 t x\n",
                 "v5:MQTT-4.8.2-3");
}
END_TEST

START_TEST(never_what_is_retained) {
    expect_fail5("0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n 1 a up\n"
                 "2 a subscribes $share/g/t:1\n 2 a < PUBLISH q1 id=1 retain t x\n 2 a > PUBACK "
                 "1\n",
                 "shared", "v5:MQTT-4.5.0-1");
    expect_pass5("0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n 1 a up\n"
                 "2 a subscribes $share/g/t:1\n",
                 "");
}
END_TEST

START_TEST(a_started_exchange_stays_with_its_client) {
    expect_fail5(KEEPS PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n 3 c < PUBLISH q2 id=1 t x\n"
                            "3 c > PUBREC 1\n 3 c < PUBREL 1\n 3 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-4");
    expect_pass5(KEEPS PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n"
                            "3 a up clean=0 sp=1 session_expiry_interval=100\n"
                            "3 a < PUBLISH q2 id=1 dup t x\n 3 a > PUBREC 1\n 3 a < PUBREL 1\n"
                            "3 a > PUBCOMP 1\n",
                 "v5:MQTT-4.8.2-4");
    expect_fail5("0 a up\n 0.1 a subscribes $share/g/t:2\n 0 c up\n 0.1 c subscribes $share/g/t:2\n"
                 "0.2 pub up\n" PUB2
                 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n 3 c < PUBLISH q2 id=1 t x\n"
                 "3 c > PUBREC 1\n 3 c < PUBREL 1\n 3 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-5");
    /* Its time has passed, or Clean Start ends it. */
    expect_fail5(KEEPS PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n 200 c < PUBLISH q2 id=1 t x\n"
                            "200 c > PUBREC 1\n 200 c < PUBREL 1\n 200 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-5");
    expect_fail5(KEEPS PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n 3 a open\n 3 a > CONNECT\n"
                            "3 c < PUBLISH q2 id=1 t x\n 3 a < CONNACK\n 3 c > PUBREC 1\n"
                            "3 c < PUBREL 1\n 3 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-5");
    expect_pass5("0 a up\n 0.1 a subscribes $share/g/t:2\n 0 c up\n 0.1 c subscribes $share/g/t:2\n"
                 "0.2 pub up\n" PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a cut\n",
                 "v5:MQTT-4.8.2-5");
    /* It has said goodbye, though its connection is not closed yet. */
    expect_fail5("0 a up\n 0.1 a subscribes $share/g/t:2\n 0 c up\n 0.1 c subscribes $share/g/t:2\n"
                 "0.2 pub up\n" PUB2
                 "2 a < PUBLISH q2 id=1 t x\n 2.1 a > DISCONNECT\n 2.1 c < PUBLISH q2 id=1 t x\n"
                 "2.1 a close\n 3 c > PUBREC 1\n 3 c < PUBREL 1\n 3 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-5");
    expect_fail5(KEEPS PUB2 "2 a < PUBLISH q2 id=1 t x\n 2.1 a > DISCONNECT\n"
                            "2.1 c < PUBLISH q2 id=1 t x\n 2.1 a close\n 3 c > PUBREC 1\n"
                            "3 c < PUBREL 1\n 3 c > PUBCOMP 1\n",
                 "shared", "v5:MQTT-4.8.2-4");
    expect_pass5(GROUP PUB1 "2 a < PUBLISH q1 id=1 t x\n 2.1 a > DISCONNECT\n 2.1 c < PUBLISH q1 "
                            "id=1 t x\n 2.1 a close\n 2.2 c > PUBACK 1\n",
                 "");
    /* At QoS 1 another may get it. */
    expect_pass5(GROUP PUB1 "2 a < PUBLISH q1 id=1 t x\n 2.1 a cut\n" TO_C, "");
}
END_TEST

START_TEST(what_a_member_refuses_is_dropped) {
    expect_pass5(GROUP PUB1 "2 a < PUBLISH q1 id=1 t x\n 2 a > PUBACK 1 code=0x97\n",
                 "v5:MQTT-4.8.2-6");
    expect_fail5(GROUP PUB1 "2 a < PUBLISH q1 id=1 t x\n 2 a > PUBACK 1 code=0x97\n" TO_C, "shared",
                 "v5:MQTT-4.8.2-6");
}
END_TEST

DSL_MAIN("check/shared", one_member_gets_it, at_the_granted_qos, never_what_is_retained,
         a_started_exchange_stays_with_its_client, what_a_member_refuses_is_dropped)
