#include "unit/check/trace_dsl.h"

#define ASKS  "0 a open\n 0 a > CONNECT authentication_method=m\n"
#define MORE  "0 a < AUTH code=0x18 authentication_method=m\n"
#define REPLY "0 a > AUTH code=0x18 authentication_method=m\n"
#define DONE  "0 a < CONNACK authentication_method=m\n"
#define UP    "0 a up authentication_method=m ack.authentication_method=m\n"

START_TEST(the_whole_sequence) {
    expect_pass5(ASKS MORE REPLY DONE, "v5:MQTT-4.12.0-2");
    expect_pass5(ASKS MORE REPLY DONE, "v5:MQTT-4.12.0-3");
    expect_pass5(ASKS MORE REPLY DONE, "v5:MQTT-4.12.0-5");
    expect_pass5(ASKS MORE REPLY DONE, "v5:MQTT-3.1.2-30");
    expect_pass5(ASKS MORE REPLY DONE, "v5:MQTT-3.2.0-1");
    expect_unused5("0 a up\n", "v5:MQTT-4.12.0-5");
}
END_TEST

START_TEST(the_method_stays_the_same) {
    expect_fail5(ASKS "0 a < AUTH code=0x18 authentication_method=n\n" REPLY DONE, "auth",
                 "v5:MQTT-4.12.0-5");
    expect_fail5(ASKS MORE REPLY "0 a < CONNACK\n", "auth", "v5:MQTT-4.12.0-5");
    expect_fail5(ASKS MORE "0 a > AUTH code=0x18 authentication_method=n\n 0 a kick\n", "auth",
                 "v5:MQTT-4.12.0-5");
    expect_fail5(UP "1 a > AUTH code=0x19 authentication_method=n\n 1 a kick\n", "auth",
                 "v5:MQTT-4.12.1-1");
    expect_pass5(UP "1 a > AUTH code=0x19 authentication_method=m\n"
                    "1 a < AUTH authentication_method=m\n",
                 "v5:MQTT-4.12.1-1");
}
END_TEST

START_TEST(without_a_method_nobody_authenticates) {
    expect_fail5("0 a open\n 0 a > CONNECT\n 0 a < AUTH code=0x18 authentication_method=m\n"
                 "0 a < CONNACK\n",
                 "auth", "v5:MQTT-4.12.0-6");
    expect_fail5("0 a up ack.authentication_method=m\n", "auth", "v5:MQTT-4.12.0-6");
    expect_pass5("0 a up\n", "v5:MQTT-4.12.0-6");
    expect_fail5("0 a up\n 1 a > AUTH code=0x19 authentication_method=m\n 1 a kick\n", "auth",
                 "v5:MQTT-4.12.0-7");
    expect_pass5(UP "1 a > AUTH code=0x19 authentication_method=m\n"
                    "1 a < AUTH authentication_method=m\n",
                 "v5:MQTT-4.12.0-7");
    expect_fail5("0 raw up\n 1 raw > AUTH code=0x19 authentication_method=m\n", "reaction",
                 "v5:MQTT-4.13.1-1");
}
END_TEST

START_TEST(each_party_says_its_part) {
    expect_fail5(ASKS "0 a < AUTH code=0x19 authentication_method=m\n" REPLY DONE, "auth",
                 "v5:MQTT-4.12.0-2");
    expect_fail5(ASKS MORE "0 a > AUTH code=0x19 authentication_method=m\n" DONE, "auth",
                 "v5:MQTT-4.12.0-3");
    expect_fail5(ASKS MORE, "auth", "v5:MQTT-4.12.0-3");
    expect_inconclusive5(ASKS MORE "1 busy\n", "auth", "v5:MQTT-4.12.0-3");
    expect_fail5(ASKS "0 a > PUBLISH q0 t x\n" MORE REPLY DONE, "auth", "v5:MQTT-3.1.2-30");
}
END_TEST

START_TEST(what_fails_is_closed) {
    expect_pass5(ASKS "0 a < CONNACK code=0x8c\n 0 a kick\n", "v5:MQTT-4.12.0-1");
    expect_fail5(ASKS "0 a < CONNACK code=0x8c\n", "auth", "v5:MQTT-4.12.0-1");
    expect_pass5(ASKS MORE REPLY "0 a < CONNACK code=0x87\n 0 a kick\n", "v5:MQTT-4.12.0-4");
    expect_fail5(ASKS MORE REPLY "0 a < CONNACK code=0x87\n", "auth", "v5:MQTT-4.12.0-4");
    expect_pass5(UP "1 a > AUTH code=0x19 authentication_method=m\n"
                    "1 a < DISCONNECT code=0x87\n 1 a kick\n",
                 "v5:MQTT-4.12.1-2");
    expect_fail5(UP "1 a > AUTH code=0x19 authentication_method=m\n"
                    "1 a < DISCONNECT code=0x87\n",
                 "auth", "v5:MQTT-4.12.1-2");
}
END_TEST

#define SCRAM  "authentication_method=SCRAM-SHA-256"
#define BEGINS "0 a open\n 0 a > CONNECT " SCRAM " authentication_data=x\n"
#define ANSWER "0 a > AUTH code=0x18 " SCRAM " authentication_data=y\n"

START_TEST(scram_needs_a_question) {
    static const char connack[] = "0 a < CONNACK " SCRAM " authentication_data=v\n";
    char script[500];
    snprintf(script, sizeof script, "%s0 a < AUTH code=0x18 " SCRAM " authentication_data=s\n%s%s",
             BEGINS, ANSWER, connack);
    expect_pass5(script, "v5:MQTT-4.12.0-2");
    /* Without data it invites who has not begun, and nobody else. */
    snprintf(script, sizeof script,
             "0 a open\n 0 a > CONNECT " SCRAM "\n 0 a < AUTH code=0x18 " SCRAM "\n%s"
             "0 a < AUTH code=0x18 " SCRAM " authentication_data=s\n%s%s",
             ANSWER, ANSWER, connack);
    expect_pass5(script, "v5:MQTT-4.12.0-2");
    snprintf(script, sizeof script, "%s0 a < AUTH code=0x18 " SCRAM "\n%s%s", BEGINS, ANSWER,
             connack);
    expect_fail5(script, "auth", "v5:MQTT-4.12.0-2");
    snprintf(script, sizeof script, "%s%s", BEGINS, connack);
    expect_fail5(script, "auth", "v5:MQTT-4.12.0-2");
    snprintf(script, sizeof script,
             "%s0 a < AUTH code=0x18 " SCRAM " authentication_data=s\n%s%s"
             "1 a > AUTH code=0x19 " SCRAM " authentication_data=x\n"
             "1 a < AUTH code=0x18 " SCRAM "\n 1 a cut\n",
             BEGINS, ANSWER, connack);
    expect_fail5(script, "auth", "v5:MQTT-4.12.0-2");
    /* With DRILL-REVERSE the server begins. */
    expect_fail5("0 a open\n 0 a > CONNECT authentication_method=DRILL-REVERSE\n"
                 "0 a < CONNACK authentication_method=DRILL-REVERSE\n",
                 "auth", "v5:MQTT-4.12.0-2");
    expect_fail5("0 a open\n 0 a > CONNECT authentication_method=DRILL-REVERSE\n"
                 "0 a < AUTH code=0x18 authentication_method=DRILL-REVERSE\n 0 a cut\n",
                 "auth", "v5:MQTT-4.12.0-2");
    /* Of other methods nothing is known. */
    expect_pass5(ASKS DONE, "v5:MQTT-4.12.0-5");
}
END_TEST

DSL_MAIN("check/auth", the_whole_sequence, the_method_stays_the_same,
         without_a_method_nobody_authenticates, each_party_says_its_part, what_fails_is_closed,
         scram_needs_a_question)
