#include "unit/check/trace_dsl.h"

#define PUBLISHED "1 pub > PUBLISH q1 id=7 t hi\n 1 pub < PUBACK 7\n"
#define BACK      "2 sub up clean=0 sp=1\n"

START_TEST(unacknowledged_is_resent) {
#define UNACKED                                                                                    \
    "0 sub up clean=0\n 0.1 sub subscribes t:1\n 0.3 pub up\n" PUBLISHED                           \
    "1.2 sub <! PUBLISH q1 id=1 t hi\n 1.5 sub cut\n" BACK
    expect_pass(UNACKED "2.1 sub < PUBLISH q1 id=1 dup t hi\n 2.2 sub > PUBACK 1\n",
                "v3:MQTT-4.4.0-1");
    expect_fail(UNACKED, "resend", "v3:MQTT-4.4.0-1");
    expect_fail(UNACKED "2.1 sub < PUBLISH q1 id=2 dup t hi\n 2.2 sub > PUBACK 2\n", "resend",
                "v3:MQTT-4.4.0-1");
    expect_inconclusive(UNACKED "3 busy\n", "resend", "v3:MQTT-4.4.0-1");
    expect_pass(UNACKED "2.1 sub cut\n", "");
}
END_TEST

START_TEST(owed_pubrel_is_resent) {
    expect_fail("0 sub up clean=0\n 0.1 sub subscribes t:2\n 0.3 pub up\n 1 pub > PUBLISH q2 id=7 "
                "t hi\n 1 pub < PUBREC 7\n"
                "1 pub > PUBREL 7\n 1 pub < PUBCOMP 7\n 1.1 sub < PUBLISH q2 id=1 t hi\n 1.2 sub > "
                "PUBREC 1\n 1.3 sub <! PUBREL 1\n"
                "1.5 sub cut\n" BACK,
                "resend", "v3:MQTT-4.4.0-1");
}
END_TEST

START_TEST(client_resends) {
#define CUT "0 pub up clean=0\n 1 pub > PUBLISH q1 id=7 t hi\n 1.1 pub cut\n"
    expect_fail(CUT "2 pub up clean=0 sp=1\n", "resend", "v3:MQTT-4.4.0-1");
    expect_pass(CUT "2 pub up clean=0 sp=1\n 2 pub > PUBLISH q1 id=7 dup t hi\n 2 pub < PUBACK 7\n",
                "v3:MQTT-4.4.0-1");
    /* A crash loses it; a new session forbids it (test_session). */
    expect_pass(CUT "1.5 pub crash\n 2 pub up clean=0 sp=1\n", "");
    /* It calls the late acknowledgement wrong. */
    expect_fail(CUT "2 pub up clean=0 sp=1\n 2 pub < PUBACK 7\n 2 pub faulted\n 2 pub close\n",
                "resend", "v3:MQTT-4.4.0-1");
}
END_TEST

START_TEST(a_client_of_five_takes_late_acknowledgements) {
#define BACK5                                                                                      \
    "0 pub up clean=0 session_expiry_interval=100\n 1 pub > PUBLISH q1 id=7 t hi\n 1.5 pub cut\n"  \
    "2 pub up clean=0 sp=1 session_expiry_interval=100\n 2 pub > PUBLISH q1 id=7 dup t hi\n"
#define GIVES_UP "3 pub faulted\n 3 pub > DISCONNECT code=0x82\n 3 pub close\n"
    expect_pass5(BACK5 "3 pub < PUBACK 7\n", "v5:MQTT-4.4.0-1");
    expect_fail5(BACK5 "3 pub < PUBACK 7\n" GIVES_UP, "resend", "v5:MQTT-4.4.0-1");
    /* It does not say that the packet was the reason. */
    expect_pass5(BACK5 "3 pub < PUBACK 7\n 3 pub > DISCONNECT code=0x82\n 3 pub close\n", "");
    expect_inconclusive5("0 pub up clean=0 session_expiry_interval=100\n"
                         "1 pub > PUBLISH q1 id=7 t hi\n 1.5 pub cut\n"
                         "2 pub up clean=0 sp=1 session_expiry_interval=100\n 3 busy\n",
                         "resend", "v5:MQTT-4.4.0-1");
    /* It answers another exchange, or none: that is a reason to go. */
    expect_fail5_without(BACK5 "3 pub < PUBREC 7\n" GIVES_UP, "resend", "v5:MQTT-4.4.0-1");
    expect_fail5_without(BACK5 "3 pub < PUBACK 8\n" GIVES_UP, "resend", "v5:MQTT-4.4.0-1");
}
END_TEST

DSL_MAIN("check/resend", unacknowledged_is_resent, owed_pubrel_is_resent, client_resends,
         a_client_of_five_takes_late_acknowledgements)
