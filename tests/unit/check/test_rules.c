/* A trace that passes, or fails, for each rule that the tests of its oracle do not show by
 * themselves: three_kinds.lua says which are missing. */
#include "unit/check/trace_dsl.h"

#define LONG "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
#define PAIR "0 pub up\n 0.1 sub up clean=0\n 0.2 sub subscribes t:1\n"

/* What a client sends, or a broker, and the rule that it breaks in 3.1.1. */
static const struct {
    const char *statement, *script;
} malformed[] = {
    {"v3:MQTT-2.2.2-1", "0 a up\n 1 a > HEX c1 00\n 1 a kick\n"},
    {"v3:MQTT-2.3.1-6", "0 a up\n 1 a > HEX 40 02 00 00\n 1 a kick\n"},
    {"v3:MQTT-2.3.1-7", "0 a up\n 1 a < HEX 90 03 00 00 00\n"},
    {"v3:MQTT-3.1.2-9", "0 a open\n 0 a > HEX 10 0d 00 04 4d 51 54 54 04 06 00 00 00 01 61\n"
                        "0 a kick\n"},
    {"v3:MQTT-3.1.2-14", "0 a open\n 0 a > HEX 10 13 00 04 4d 51 54 54 04 1e 00 00 00 01 61 00 01 "
                         "77 00 01 78\n 0 a kick\n"},
    {"v3:MQTT-3.1.2-18", "0 a open\n 0 a > HEX 10 10 00 04 4d 51 54 54 04 02 00 00 00 01 61 00 01 "
                         "62\n 0 a kick\n"},
    {"v3:MQTT-3.1.2-19", "0 a open\n 0 a > HEX 10 0d 00 04 4d 51 54 54 04 82 00 00 00 01 61\n"
                         "0 a kick\n"},
    {"v3:MQTT-3.1.2-20", "0 a open\n 0 a > HEX 10 13 00 04 4d 51 54 54 04 82 00 00 00 01 61 00 01 "
                         "75 00 01 70\n 0 a kick\n"},
    {"v3:MQTT-3.1.2-21", "0 a open\n 0 a > HEX 10 10 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 "
                         "75\n 0 a kick\n"},
    {"v3:MQTT-3.1.2-22", "0 a open\n 0 a > HEX 10 10 00 04 4d 51 54 54 04 42 00 00 00 01 61 00 01 "
                         "70\n 0 a kick\n"},
    {"v3:MQTT-3.1.3-3", "0 a open\n 0 a > HEX 10 0a 00 04 4d 51 54 54 04 02 00 00\n 0 a kick\n"},
    {"v3:MQTT-4.7.1-1", "0 a open\n 0 a > HEX 10 13 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 "
                        "23 00 01 78\n 0 a kick\n"},
    {"v3:MQTT-3.6.1-1", "0 a up\n 1 a > HEX 60 02 00 01\n 1 a kick\n"},
    {"v3:MQTT-3.8.3-3", "0 a up\n 1 a > HEX 82 02 00 01\n 1 a kick\n"},
    {"v3:MQTT-3.8.4-5", "0 a up\n 1 a < HEX 90 02 00 01\n"},
    {"v3:MQTT-3.10.1-1", "0 a up\n 1 a > HEX a0 05 00 01 00 01 74\n 1 a kick\n"},
    {"v3:MQTT-3.10.3-2", "0 a up\n 1 a > HEX a2 02 00 01\n 1 a kick\n"},
    {"v3:MQTT-4.7.1-2", "0 a up\n 1 a > HEX 82 07 00 01 00 02 61 23 00\n 1 a kick\n"},
    {"v3:MQTT-4.7.1-3", "0 a up\n 1 a > HEX 82 07 00 01 00 02 61 2b 00\n 1 a kick\n"},
    {"v3:MQTT-4.7.3-1", "0 a up\n 1 a > HEX 30 02 00 00\n 1 a kick\n"},
};

START_TEST(a_malformed_packet_is_its_senders_breach) {
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        expect_fail(malformed[i].script, "well_formed", malformed[i].statement);
    }
}
END_TEST

START_TEST(well_formed_all_the_same) {
    /* User "u" and password "p". */
    expect_pass("0 a open\n 0 a > HEX 10 13 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 01 "
                "70\n 0 a < CONNACK\n",
                "v3:MQTT-3.1.2-21");
    expect_pass("0 a up\n 1 a > SUBSCRIBE 1 t:2\n 1 a < SUBACK 1 2\n", "v3:MQTT-3.8.3-4");
}
END_TEST

/* What may be said beside a code: once it fits, once it does not. */
static const struct {
    const char *reason_string, *user_property, *script; /* %s: the properties */
} explained[] = {
    {"v5:MQTT-3.2.2-19", "v5:MQTT-3.2.2-20",
     "0 a open\n 0 a > CONNECT maximum_packet_size=60\n 0 a < CONNACK code=0x87 %s\n 0 a kick\n"},
    {"v5:MQTT-3.4.2-2", "v5:MQTT-3.4.2-3",
     "0 a up maximum_packet_size=60\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1 code=0x97 %s\n"},
    {"v5:MQTT-3.5.2-2", "v5:MQTT-3.5.2-3",
     "0 a up maximum_packet_size=60\n 1 a > PUBLISH q2 id=1 t x\n 1 a < PUBREC 1 code=0x97 %s\n"},
    {"v5:MQTT-3.6.2-2", "v5:MQTT-3.6.2-3",
     "0 raw up maximum_packet_size=60\n 1 raw > PUBREC 9\n 1 raw < PUBREL 9 code=0x92 %s\n"
     "1 raw > PUBCOMP 9\n"},
    {"v5:MQTT-3.7.2-2", "v5:MQTT-3.7.2-3",
     "0 raw up maximum_packet_size=60\n 1 raw > PUBREL 9\n 1 raw < PUBCOMP 9 code=0x92 %s\n"},
    {"v5:MQTT-3.9.2-1", "v5:MQTT-3.9.2-2",
     "0 a up maximum_packet_size=60\n 1 a > SUBSCRIBE 1 t:0\n 1 a < SUBACK 1 0x87 %s\n"},
    {"v5:MQTT-3.11.2-1", "v5:MQTT-3.11.2-2",
     "0 a up maximum_packet_size=60\n 1 a > UNSUBSCRIBE 1 t\n 1 a < UNSUBACK 1 0x11 %s\n"},
    {"v5:MQTT-3.14.2-3", "v5:MQTT-3.14.2-4",
     "0 a up maximum_packet_size=60\n 1 a < DISCONNECT code=0x8b %s\n 1 a kick\n"},
    {"v5:MQTT-3.15.2-2", "v5:MQTT-3.15.2-3",
     "0 a open\n 0 a > CONNECT authentication_method=m maximum_packet_size=60\n"
     "0 a < AUTH code=0x18 authentication_method=m %s\n"
     "0 a > AUTH code=0x18 authentication_method=m\n 0 a < CONNACK authentication_method=m\n"},
};

START_TEST(explanations_fit_or_do_not) {
    char script[512];
    for (size_t i = 0; i < sizeof explained / sizeof explained[0]; i++) {
        (void)snprintf(script, sizeof script, explained[i].script,
                       "reason_string=no user_property=a:b");
        expect_pass5(script, explained[i].reason_string);
        expect_pass5(script, explained[i].user_property);
        (void)snprintf(script, sizeof script, explained[i].script, "reason_string=" LONG);
        expect_fail5(script, "packet_size", explained[i].reason_string);
        (void)snprintf(script, sizeof script, explained[i].script, "user_property=a:" LONG);
        expect_fail5(script, "packet_size", explained[i].user_property);
    }
}
END_TEST

START_TEST(opening) {
    expect_fail5("0 a open\n 0 a > CONNECT\n 0 a < AUTH code=0x18 authentication_method=m\n"
                 "0 a kick\n",
                 "auth", "v5:MQTT-3.2.0-1");
    expect_pass("0 raw open\n 0 raw > HEX 10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61\n"
                "0 raw kick\n",
                "v3:MQTT-3.1.2-3");
#define REFUSED "0 a open\n 0 a > CONNECT id=a-b\n 0 a < CONNACK code=2\n"
    expect_pass(REFUSED "0 a kick\n", "v3:MQTT-3.1.3-9");
    expect_fail(REFUSED, "connect", "v3:MQTT-3.1.3-9");
    expect_inconclusive(REFUSED "0.1 busy\n", "connect", "v3:MQTT-3.1.3-9");
    expect_fail5("0 a up ka=100 ack.server_keep_alive=10\n 15 a kick\n", "keepalive",
                 "v5:MQTT-3.2.2-21");
}
END_TEST

START_TEST(identifiers_in_use) {
    expect_fail5("0 a up\n 1 a > PUBLISH q1 id=1 t x\n 1.1 a > PUBLISH q1 id=1 t y\n"
                 "2 a < PUBACK 1\n",
                 "packet_id", "v5:MQTT-4.3.2-1");
    expect_fail5("0 a up\n 1 a > PUBLISH q2 id=1 t x\n 1.1 a > PUBLISH q2 id=1 t y\n"
                 "2 a < PUBREC 1\n 2 a > PUBREL 1\n 2 a < PUBCOMP 1\n",
                 "packet_id", "v5:MQTT-4.3.3-3");
}
END_TEST

START_TEST(exchanges) {
    expect_fail5("0 a up clean=0 session_expiry_interval=9\n 1 a > PUBLISH q2 id=1 t x\n"
                 "1 a < PUBREC 1 code=0x97\n 2 a > PUBLISH q2 id=1 dup t x\n 2 a < PUBREC 1\n"
                 "2 a > PUBREL 1\n 2 a < PUBCOMP 1\n",
                 "qos2", "v5:MQTT-4.4.0-2");
    /* The message expires after it was sent. */
    expect_pass5("0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up\n"
                 "1 pub > PUBLISH q1 id=1 message_expiry_interval=2 t x\n 1 pub < PUBACK 1\n"
                 "1 pub > PUBLISH q2 id=2 message_expiry_interval=2 t y\n 1 pub < PUBREC 2\n"
                 "1 pub > PUBREL 2\n 1 pub < PUBCOMP 2\n"
                 "1 sub < PUBLISH q1 id=1 message_expiry_interval=2 t x\n 1 sub > PUBACK 1\n"
                 "1 sub < PUBLISH q2 id=2 message_expiry_interval=2 t y\n 9 sub > PUBREC 2\n"
                 "9 sub < PUBREL 2\n 9 sub > PUBCOMP 2\n",
                 "v5:MQTT-4.3.3-7");
    expect_fail("0 sub up\n 0.1 sub subscribes t:1\n 0.2 pub up\n 1 pub > PUBLISH q1 id=1 t a\n"
                "1 pub < PUBACK 1\n 1.1 pub > PUBLISH q1 id=2 t b\n 1.1 pub < PUBACK 2\n"
                "2 sub < PUBLISH q1 id=1 t b\n 2 sub > PUBACK 1\n 2.1 sub < PUBLISH q1 id=2 t a\n"
                "2.1 sub > PUBACK 2\n",
                "ordering", "v3:MQTT-4.6.0-5");
    /* At the Receive Maximum only PUBLISH waits. */
    expect_fail5("0 a up ack.receive_maximum=1\n 0.1 a subscribes t:1\n 0.2 pub up\n"
                 "1 a > PUBLISH q1 id=1 u x\n 2 pub > PUBLISH q1 id=1 t y\n 2 pub < PUBACK 1\n"
                 "2 a < PUBLISH q1 id=1 t y\n",
                 "flow", "v5:MQTT-3.3.4-8");
    expect_fail5("0 a up receive_maximum=1\n 0.1 a subscribes t:1\n 0.2 pub up\n"
                 "2 pub > PUBLISH q1 id=1 t y\n 2 pub < PUBACK 1\n 2 a < PUBLISH q1 id=1 t y\n"
                 "3 a > PUBLISH q1 id=1 u x\n",
                 "flow", "v5:MQTT-3.3.4-10");
}
END_TEST

START_TEST(sessions_and_wills) {
    /* The server forgot the session; the client forgets its own and begins anew. */
    expect_pass5("0 a up clean=0 session_expiry_interval=9\n 1 a > PUBLISH q1 id=1 t x\n 1 a cut\n"
                 "1 broker down keep=0\n 1.5 broker up keep=0\n"
                 "2 a up clean=0 session_expiry_interval=9\n 2 a > PUBLISH q1 id=1 t x\n"
                 "2 a < PUBACK 1\n",
                 "v5:MQTT-3.2.2-5");
    /* What its subscription brings stops while the connection goes on. */
#define BRINGS                                                                                     \
    PAIR "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n 1 sub < PUBLISH q1 id=1 t x\n"          \
         "1 sub > PUBACK 1\n"
    expect_pass(BRINGS, "v3:MQTT-4.1.0-2");
    expect_fail(BRINGS "2 pub > PUBLISH q1 id=2 t y\n 2 pub < PUBACK 2\n", "delivery",
                "v3:MQTT-4.1.0-2");
    expect_inconclusive(BRINGS "2 pub > PUBLISH q1 id=2 t y\n 2 pub < PUBACK 2\n 2 busy\n",
                        "delivery", "v3:MQTT-4.1.0-2");
    expect_fail5("0 sub up\n 0.1 sub subscribes w:1\n 0.2 pub up will=w,gone,1,0\n 1 pub cut\n",
                 "will", "v5:MQTT-3.1.2-7");
}
END_TEST

/* Oracles that judge only what is sent leave nothing open: where they cannot know, they are silent.
 */
START_TEST(what_is_not_judged) {
    /* A real broker may have sent it before, into a dying connection. */
    expect_unused_live(PAIR "0.3 sub cut\n 1 pub > PUBLISH q0 t hi\n", "v3:MQTT-3.3.1-1");
    /* A message without an interval never expires. */
    expect_unused5("0 sub up\n 0.1 sub subscribes t:0\n 0.2 pub up\n 1 pub > PUBLISH q0 t a\n"
                   "1 sub < PUBLISH q0 t a\n",
                   "v5:MQTT-3.3.2-6");
    /* No Local, and the message is another client's. */
    expect_unused5("0 sub up\n 0.1 sub subscribes t:0n\n 0.2 pub up\n 1 pub > PUBLISH q0 t a\n",
                   "v5:MQTT-3.8.3-3");
    /* What the broker itself publishes. */
#define SYSTEM "0 sub up\n 0.1 sub subscribes $SYS/#:1\n 1 sub < PUBLISH q0 $SYS/uptime 1\n"
    expect_unused(SYSTEM, "v3:MQTT-4.6.0-6");
    /* At least once is not at most once. */
    expect_unused(PAIR "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n"
                       "1 sub < PUBLISH q1 id=1 t x\n 1 sub > PUBACK 1\n",
                  "v3:MQTT-4.3.1-1");
    expect_unused(SYSTEM, "v3:MQTT-1.5.3-3");
    expect_unused(SYSTEM, "v3:MQTT-2.3.1-4");
}
END_TEST

DSL_MAIN("check/rules", a_malformed_packet_is_its_senders_breach, well_formed_all_the_same,
         explanations_fit_or_do_not, opening, identifiers_in_use, exchanges, sessions_and_wills,
         what_is_not_judged)
