/* What a client knows of its Session, in 5.0: runs of correct clients that random workloads
 * (tests/soak) found, each of which an oracle once took for a breach. */
#include "trace_dsl.h"

#define KEPT " clean=0 session_expiry_interval=100 "

START_TEST(who_was_not_answered_goes_on_with_the_session) {
    /* The Session Expiry Interval of its CONNECT was 0, and may not have reached the server. */
#define HAS_STATE                                                                                  \
    "0 pub up\n 0 a up" KEPT "\n 0 a app connect\n 0.1 a subscribes t:2\n"                         \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"      \
    "1 a < PUBLISH q2 id=3 t x\n 1 a app delivered q2 t x\n 1 a >! PUBREC 3\n 1 a app publish q1 " \
    "u x\n"                                                                                        \
    "1 a >! PUBLISH q1 id=7 u x\n 2 a cut\n"
#define TAKES_IT_UP                                                                                \
    "4 a < PUBLISH q2 id=3 dup t x\n 4 a > PUBREC 3\n 4 a < PUBREL 3\n 4 a > PUBCOMP 3\n"
#define SENDS_AGAIN "4 a > PUBLISH q1 id=7 dup u x\n 4 a < PUBACK 7\n"
#define UNANSWERED  "3 a open\n 3 a >! CONNECT clean=0\n 3.5 a cut\n"
    expect_pass5(HAS_STATE UNANSWERED "4 a up sp=1" KEPT "\n" TAKES_IT_UP SENDS_AGAIN,
                 "v5:MQTT-4.4.0-1");
    expect_fail5(HAS_STATE UNANSWERED "4 a up sp=1" KEPT "\n" TAKES_IT_UP, "resend",
                 "v5:MQTT-4.4.0-1");
    /* Answered, it ended with its connection. */
    expect_fail5(HAS_STATE "3 a up clean=0 sp=1\n 3 a > PUBLISH q1 id=7 dup u x\n 3 a < PUBACK 7\n"
                           "3.5 a cut\n 4 a up sp=0" KEPT "\n" TAKES_IT_UP,
                 "session", "v5:MQTT-3.1.2-4");
}
END_TEST

START_TEST(what_was_refused_is_not_accepted_by_another_answer) {
    /* Another client of the Session finishes something of its own under the Packet Identifier. */
#define REFUSED                                                                                    \
    "0 m up\n 0.1 m subscribes $share/g/t:1 t:1\n 0 a up id=c" KEPT "\n"                           \
    "1 a > PUBLISH q1 id=7 t x\n 1 a < PUBACK 7 code=0x87\n 2 a cut\n"
    expect_pass5(REFUSED "3 raw up id=c sp=1" KEPT "\n 3 raw > PUBREL 7\n"
                         "3 raw < PUBCOMP 7 code=0x92\n",
                 "");
    expect_fail5(REFUSED "3 raw up id=c sp=1" KEPT "\n 3 raw > PUBLISH q2 id=7 t x\n"
                         "3 raw < PUBREC 7\n 3 raw > PUBREL 7\n 3 raw < PUBCOMP 7\n",
                 "delivery", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(another_client_of_the_session_was_too_small) {
    /* It was dropped; on topics of the server's own nobody can say how large it was. */
#define DROPPED(SIZE)                                                                              \
    "0 a up id=c" KEPT "\n 0.1 a subscribes $x/t:1\n 0 pub up\n 1 pub > PUBLISH q1 id=1 $x/t x\n"  \
    "1 pub < PUBACK 1\n 1 a <! PUBLISH q1 id=9 $x/t x\n 2 a cut\n"                                 \
    "3 raw up id=c sp=1" KEPT SIZE "\n 4 raw cut\n 5 a up id=c sp=1" KEPT "\n"
    expect_pass5(DROPPED("maximum_packet_size=9"), "");
    expect_fail5(DROPPED(""), "resend", "v5:MQTT-4.4.0-1");
}
END_TEST

START_TEST(how_a_client_left_is_not_seen) {
    /* Its DISCONNECT, which the script keeps back, may have ended its part of the Session. */
#define COMES_AGAIN(LEAVES)                                                                        \
    HAS_STATE_OF_ONE LEAVES "2 a close\n 3 a up sp=1" KEPT "\n 4 a < PUBLISH q2 id=3 dup t x\n"    \
                            "4 a app delivered q2 t x\n 4 a > PUBREC 3\n 4 a < PUBREL 3\n"         \
                            "4 a > PUBCOMP 3\n"
#define HAS_STATE_OF_ONE                                                                           \
    "0 pub up\n 0 a up" KEPT "\n 0 a app connect\n 0.1 a subscribes t:2\n"                         \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"      \
    "1 a < PUBLISH q2 id=3 t x\n 1 a app delivered q2 t x\n 1 a >! PUBREC 3\n"
    expect_pass5(COMES_AGAIN("2 a held DISCONNECT\n"), "");
    expect_fail5(COMES_AGAIN(""), "qos2", "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(an_unanswered_connect_began_another_session) {
    /* The one before had expired. What the client still holds of it meets the new one's Packet
     * Identifiers. */
#define HOLDS(node)                                                                                \
    "0 pub up\n 0 " node " up clean=0 session_expiry_interval=1\n 0 " node " app connect\n"        \
    "0.1 " node " subscribes t:2\n" PUBLISHED("1", "x") "1 " node " < PUBLISH q2 id=7 t x\n"       \
                                                        "1 " node                                  \
                                                        " app delivered q2 t x\n 2 " node " cut\n"
#define PUBLISHED(id, payload)                                                                     \
    "1 pub > PUBLISH q2 id=" id " t " payload "\n 1 pub < PUBREC " id "\n 1 pub > PUBREL " id      \
    "\n 1 pub < PUBCOMP " id "\n"
#define UNHEARD(node)                                                                              \
    "5 " node " open\n 5 " node " > CONNECT" KEPT "\n 5 " node " <! CONNACK\n 5.1 " node " cut\n"
#define HEARD(node) "5 " node " up" KEPT "\n 5.1 " node " cut\n"
#define GOES_ON(node)                                                                              \
    "6 " node " up sp=1" KEPT "\n 6.1 " node                                                       \
    " subscribes t:2\n" PUBLISHED("2", "y") "7 " node " < PUBLISH q2 id=7 t y\n"
#define FINISHES(node) "7 " node " > PUBREC 7\n 7 " node " < PUBREL 7\n 7 " node " > PUBCOMP 7\n"
    expect_pass5(HOLDS("manual") UNHEARD("manual") GOES_ON("manual"), "");
    expect_fail5(HOLDS("manual") HEARD("manual") GOES_ON("manual"), "qos2", "v5:MQTT-4.3.3-8");
    expect_pass5(HOLDS("a") UNHEARD("a") GOES_ON("a") FINISHES("a"), "v5:MQTT-4.3.3-11");
    expect_fail5(HOLDS("a") HEARD("a") GOES_ON("a") FINISHES("a"), "session", "v5:MQTT-3.1.2-4");
}
END_TEST

DSL_MAIN("check/doubts5_sessions", an_unanswered_connect_began_another_session,
         how_a_client_left_is_not_seen, another_client_of_the_session_was_too_small,
         what_was_refused_is_not_accepted_by_another_answer,
         who_was_not_answered_goes_on_with_the_session)
