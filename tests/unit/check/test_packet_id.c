#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n"
#define TWO                                                                                        \
    PAIR "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 1.1 pub > PUBLISH q1 id=2 t b\n 1.1 "   \
         "pub < PUBACK 2\n"

START_TEST(broker_takes_free_identifiers) {
    expect_pass(TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub > PUBACK 1\n 2.1 sub < PUBLISH q1 id=1 t "
                    "b\n 2.1 sub > PUBACK 1\n",
                "v3:MQTT-2.3.1-4");
    expect_fail(TWO "2 sub < PUBLISH q1 id=1 t a\n 2.1 sub < PUBLISH q1 id=1 t b\n 2.2 sub > "
                    "PUBACK 1\n 2.2 sub > PUBACK 1\n",
                "packet_id", "v3:MQTT-2.3.1-4");
}
END_TEST

START_TEST(client_takes_free_identifiers) {
    expect_fail("0 pub up\n 1 pub > PUBLISH q1 id=1 t a\n 1 pub > PUBLISH q1 id=1 t b\n 1.1 pub < "
                "PUBACK 1\n 1.1 pub < PUBACK 1\n",
                "packet_id", "v3:MQTT-2.3.1-2");
    expect_fail("0 pub up\n 1 pub > SUBSCRIBE 5 t:0\n 1 pub > PUBLISH q1 id=5 t b\n 1.1 pub < "
                "SUBACK 5 0\n 1.1 pub < PUBACK 5\n",
                "packet_id", "v3:MQTT-2.3.1-2");
    expect_fail("0 pub up\n 1 pub > PUBLISH q1 id=5 t b\n 1 pub > SUBSCRIBE 5 x:0\n 1.1 pub < "
                "SUBACK 5 0\n 1.1 pub < PUBACK 5\n",
                "packet_id", "v3:MQTT-2.3.1-2");
    expect_pass("0 pub up\n 1 pub > SUBSCRIBE 5 x:0\n 1.1 pub < SUBACK 5 0\n 1.2 pub > PUBLISH q1 "
                "id=5 t b\n 1.2 pub < PUBACK 5\n",
                "v3:MQTT-2.3.1-2");
    /* The two directions count apart. */
    expect_pass(PAIR "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 1.1 sub > PUBLISH q1 id=1 x "
                     "y\n 1.2 sub < PUBLISH q1 id=1 t a\n"
                     "1.3 sub < PUBACK 1\n 1.3 sub > PUBACK 1\n",
                "v3:MQTT-2.3.1-4");
}
END_TEST

START_TEST(a_resend_keeps_its_identifier) {
    expect_pass("0 pub up clean=0\n 1 pub > PUBLISH q1 id=3 t a\n 1.1 pub cut\n 2 pub up clean=0 "
                "sp=1\n 2 pub > PUBLISH q1 id=3 dup t a\n"
                "2.1 pub < PUBACK 3\n",
                "v3:MQTT-2.3.1-3");
}
END_TEST

START_TEST(answers_repeat_the_identifier) {
    expect_pass("0 pub up\n 1 pub > PUBLISH q1 id=3 t a\n 1.1 pub < PUBACK 3\n", "v3:MQTT-2.3.1-6");
    expect_fail("0 pub up\n 1 pub > PUBLISH q1 id=3 t a\n 1.1 pub < PUBACK 4\n", "packet_id",
                "v3:MQTT-2.3.1-6");
    expect_fail(PAIR "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 2 sub < PUBLISH q1 id=1 t "
                     "a\n 2 sub > PUBACK 2\n",
                "packet_id", "v3:MQTT-2.3.1-6");
}
END_TEST

START_TEST(suback_repeats_the_identifier) {
    expect_pass("0 sub up\n 1 sub > SUBSCRIBE 5 x:0\n 1.1 sub < SUBACK 5 0\n", "v3:MQTT-2.3.1-7");
    expect_fail("0 sub up\n 1 sub > SUBSCRIBE 5 x:0\n 1.1 sub < SUBACK 6 0\n", "packet_id",
                "v3:MQTT-2.3.1-7");
    expect_fail("0 sub up\n 1 sub > UNSUBSCRIBE 5 x\n 1.1 sub < UNSUBACK 6\n", "packet_id",
                "v3:MQTT-2.3.1-7");
}
END_TEST

START_TEST(no_identifier_at_qos_0) {
    expect_pass(PAIR "1 pub > PUBLISH q0 t hi\n 1.1 sub < PUBLISH q0 t hi\n", "v3:MQTT-2.3.1-5");
    expect_fail(PAIR "1 pub > PUBLISH q0 t hi\n 1.1 sub < HEX 30 07 00 01 74 00 05 68 69\n",
                "packet_id", "v3:MQTT-2.3.1-5");
}
END_TEST

START_TEST(unknown_sessions_are_not_judged) {
    expect_pass_live("0 sub up clean=0 sp=1\n 1 sub < PUBACK 9\n", "");
}
END_TEST

START_TEST(what_a_client_sends_again_keeps_its_identifier) {
    expect_fail("0 a up clean=0\n 1 a > PUBLISH q1 id=1 t x\n 1 a cut\n 2 a up clean=0 sp=1\n"
                "2 a > PUBLISH q1 id=2 dup t x\n 2 a < PUBACK 2\n",
                "packet_id", "v3:MQTT-2.3.1-3");
}
END_TEST

DSL_MAIN("check/packet_id", what_a_client_sends_again_keeps_its_identifier,
         broker_takes_free_identifiers, client_takes_free_identifiers,
         a_resend_keeps_its_identifier, answers_repeat_the_identifier,
         suback_repeats_the_identifier, no_identifier_at_qos_0, unknown_sessions_are_not_judged)
