#include "unit/check/trace_dsl.h"

#define SUB "0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
#define AWAY                                                                                       \
    "0 sub up clean=0 session_expiry_interval=100\n 0.1 sub subscribes t:1\n 0.2 pub up\n"         \
    "1 sub close\n 2 pub > PUBLISH q1 id=1 message_expiry_interval=10 t a\n 2 pub < PUBACK 1\n"

START_TEST(what_is_left_is_told) {
    expect_pass5(SUB "1 pub > PUBLISH q0 message_expiry_interval=10 t a\n"
                     "1 sub < PUBLISH q0 message_expiry_interval=10 t a\n",
                 "v5:MQTT-3.3.2-6");
    expect_pass5(AWAY "6 sub up clean=0 sp=1 session_expiry_interval=100\n"
                      "6 sub < PUBLISH q1 id=1 message_expiry_interval=6 t a\n 6 sub > PUBACK 1\n",
                 "v5:MQTT-3.3.2-6");
    expect_fail5(AWAY "6 sub up clean=0 sp=1 session_expiry_interval=100\n"
                      "6 sub < PUBLISH q1 id=1 message_expiry_interval=10 t a\n 6 sub > PUBACK 1\n",
                 "expiry", "v5:MQTT-3.3.2-6");
    expect_fail5(SUB "1 pub > PUBLISH q0 message_expiry_interval=10 t a\n"
                     "1 sub < PUBLISH q0 t a\n",
                 "expiry", "v5:MQTT-3.3.2-6");
}
END_TEST

START_TEST(what_has_expired_is_not_sent) {
    expect_pass5(AWAY "20 sub up clean=0 sp=1 session_expiry_interval=100\n", "v5:MQTT-3.3.2-5");
    expect_fail5(AWAY "20 sub up clean=0 sp=1 session_expiry_interval=100\n"
                      "20 sub < PUBLISH q1 id=1 message_expiry_interval=0 t a\n 20 sub > PUBACK "
                      "1\n",
                 "expiry", "v5:MQTT-3.3.2-5");
    /* In the very instant, both are right. */
    expect_pass5(AWAY "12 sub up clean=0 sp=1 session_expiry_interval=100\n"
                      "12 sub < PUBLISH q1 id=1 message_expiry_interval=0 t a\n 12 sub > PUBACK "
                      "1\n",
                 "");
    /* One of two that look the same never expires. */
    expect_pass5(AWAY "2 pub > PUBLISH q1 id=2 t a\n 2 pub < PUBACK 2\n"
                      "20 sub up clean=0 sp=1 session_expiry_interval=100\n"
                      "20 sub < PUBLISH q1 id=1 t a\n 20 sub > PUBACK 1\n",
                 "");
}
END_TEST

START_TEST(too_early_is_a_loss) {
    expect_fail5(SUB "1 pub > PUBLISH q1 id=1 message_expiry_interval=100 t a\n 1 pub < PUBACK 1\n",
                 "delivery", "v5:MQTT-4.5.0-1");
    expect_inconclusive5(SUB "1 pub > PUBLISH q1 id=1 message_expiry_interval=100 t a\n"
                             "1 pub < PUBACK 1\n 1 busy\n",
                         "delivery", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(sessions_expire) {
#define SESSION "0 sub up clean=0 session_expiry_interval=10\n 1 sub close\n"
    expect_pass5(SESSION "5 sub up clean=0 sp=1\n", "v5:MQTT-3.1.2-23");
    expect_fail5(SESSION "5 sub up clean=0\n", "session", "v5:MQTT-3.2.2-3");
    expect_pass5(SESSION "20 sub up clean=0\n", "v5:MQTT-4.1.0-2");
    expect_fail5(SESSION "20 sub up clean=0 sp=1\n", "session", "v5:MQTT-4.1.0-2");
    expect_pass5(SESSION "11 sub up clean=0\n", "");
    expect_pass5(SESSION "11 sub up clean=0 sp=1\n", "");
    /* DISCONNECT and CONNACK may change it; without one the session ends with the connection. */
    expect_fail5("0 sub up clean=0\n 1 sub close\n 2 sub up clean=0 sp=1\n", "session",
                 "v5:MQTT-4.1.0-2");
    expect_pass5("0 sub up clean=0 session_expiry_interval=10\n"
                 "1 sub > DISCONNECT session_expiry_interval=100\n 1 sub close\n"
                 "50 sub up clean=0 sp=1\n",
                 "v5:MQTT-3.1.2-5");
    expect_pass5("0 sub up clean=0 session_expiry_interval=100 ack.session_expiry_interval=10\n"
                 "1 sub close\n 50 sub up clean=0\n",
                 "v5:MQTT-4.1.0-2");
    expect_fail5("0 sub up clean=0 session_expiry_interval=100\n 1 sub close\n"
                 "2 sub up clean=1 sp=1\n 2 sub close\n",
                 "session", "v5:MQTT-3.2.2-2");
}
END_TEST

DSL_MAIN("check/expiry", what_is_left_is_told, what_has_expired_is_not_sent, too_early_is_a_loss,
         sessions_expire)
