/* What can be explained, is, in 5.0: runs of a correct broker and correct clients that random
 * workloads (tests/soak) found, each of which an oracle once took for a breach. */
#include "trace_dsl.h"

#define KEPT        " clean=0 session_expiry_interval=100 "
#define PUBLISHES   "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n"
#define METHOD      " authentication_method=m\n"
#define ASKED(node) "1 " node " < AUTH code=0x18" METHOD
#define SAYS(node)  "2 " node " > AUTH code=0x18" METHOD

START_TEST(who_authenticates_has_not_come_in) {
#define TWO                                                                                        \
    "0 a up id=c" KEPT "\n 1 rawx open\n 1 rawx > CONNECT id=c" KEPT METHOD ASKED(                 \
        "rawx") "1.5 a > PINGREQ\n 1.5 a < PINGRESP\n" SAYS("rawx")
    expect_pass5(TWO "2 rawx < CONNACK code=0x87" METHOD
                     "2 rawx kick\n 3 a > PINGREQ\n 3 a < PINGRESP\n"
                     "4 a cut\n 5 a up id=c sp=1" KEPT "\n",
                 "v5:MQTT-3.2.2-3");
    expect_pass5(TWO "2 a < DISCONNECT code=0x8e\n 2 a kick\n 2 rawx < CONNACK sp=1" METHOD, "");
    expect_fail5(TWO "2 rawx < CONNACK sp=1" METHOD, "connect", "v5:MQTT-3.1.4-3");
    expect_pass5(TWO "2 rawy open\n 2 rawy > CONNECT id=c" KEPT "\n 2 a < DISCONNECT code=0x8e\n"
                     "2 a kick\n 2 rawy < CONNACK sp=1\n 3 rawx < CONNACK code=0x82\n"
                     "3 rawx kick\n",
                 "v5:MQTT-3.1.4-3");
    /* What the newer one says of the Session counts from then on. */
    expect_fail5(TWO "2 a < DISCONNECT code=0x8e\n 2 a kick\n 2 rawx < CONNACK" METHOD, "session",
                 "v5:MQTT-3.2.2-3");
    /* Nothing is owed to who was asked and is silent. */
    expect_pass5("0 raw open\n 0 raw > CONNECT" METHOD "1 raw < AUTH code=0x18" METHOD, "");
    expect_fail5("0 raw open\n 0 raw > CONNECT" METHOD, "connect", "v5:MQTT-3.1.4-5");
}
END_TEST

START_TEST(a_refused_connect_replaces_nobody) {
    expect_pass5("0 a up id=c clean=0 session_expiry_interval=9\n 1 raw open\n"
                 "1 raw > CONNECT id=c clean=0 will=t,x,0,1 session_expiry_interval=100\n"
                 "1 raw < CONNACK code=0x9a\n 1 raw kick\n 2 a cut\n"
                 "20 a up id=c" KEPT "sp=0\n",
                 "v5:MQTT-4.1.0-2");
}
END_TEST

START_TEST(retain_as_it_was_published) {
#define RAP "0 pub up\n 0 sub up\n 0.1 sub subscribes t:0r\n"
    expect_pass5(RAP "1 pub > PUBLISH q0 retain t -\n 1 sub < PUBLISH q0 retain t -\n", "");
    expect_fail5("0 pub up\n 0 sub up\n 0.1 sub subscribes t:0\n"
                 "1 pub > PUBLISH q0 retain t -\n 1 sub < PUBLISH q0 retain t -\n",
                 "retained", "v5:MQTT-3.3.1-7");
    /* A will that nobody has seen to be due. */
    expect_pass5(RAP "1 w up will=t,x,0,1\n 2 w half\n 2 sub < PUBLISH q0 retain t x\n 2 w kick\n",
                 "v5:MQTT-3.1.2-8");
    /* Which of two that look the same it is, RETAIN tells. */
    expect_pass5(RAP "1 pub > PUBLISH q0 t x\n 1.1 pub > PUBLISH q0 retain t x\n"
                     "2 sub < PUBLISH q0 retain t x\n 2 sub < PUBLISH q0 t x\n",
                 "");
    /* The subscription that asked for it has ended, or began while the message was released. */
    expect_pass5("0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes t:1r\n 0.5 sub cut\n"
                 "1 pub > PUBLISH q1 id=1 retain t -\n 1 pub < PUBACK 1\n"
                 "2 sub up sp=1" KEPT "\n 2 sub > UNSUBSCRIBE 7 t\n 2 sub < UNSUBACK 7 0\n"
                 "2.1 sub subscribes #:1\n 3 sub < PUBLISH q1 id=1 retain t -\n"
                 "3 sub > PUBACK 1\n",
                 "");
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes #:1\n"
                 "1 pub > PUBLISH q2 id=1 retain t x\n 1 pub < PUBREC 1\n"
                 "1.1 sub subscribes $share/h/t:1r\n 2 pub > PUBREL 1\n"
                 "2 sub < PUBLISH q1 id=1 t x\n 2 sub < PUBLISH q1 id=2 retain t x\n"
                 "2 pub < PUBCOMP 1\n 3 sub > PUBACK 1\n 3 sub > PUBACK 2\n",
                 "");
    /* It asked only while the message was on its way. */
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes +:0\n"
                 "1 pub > PUBLISH q1 id=1 retain t -\n 1.1 sub subscribes t:1r\n"
                 "1.1 pub < PUBACK 1\n 1.2 sub subscribes t:1\n"
                 "1.3 sub < PUBLISH q1 id=1 retain t -\n 1.3 sub > PUBACK 1\n",
                 "");
    /* What a member of a group could not finish goes round again as it was published. */
#define SHARES(BYTES)                                                                              \
    "0 pub up\n 0 c up" KEPT "\n 0.1 c subscribes $share/g/t:1r\n 0.2 c cut\n"                     \
    "0 sub up" KEPT "\n 0.3 sub subscribes $share/g/t:1r\n"                                        \
    "1 pub > PUBLISH q1 id=1 retain t " BYTES "\n 1 pub < PUBACK 1\n"                              \
    "1 sub <! PUBLISH q1 id=1 retain t " BYTES "\n 2 sub cut\n 3 sub up sp=1" KEPT "\n"            \
    "3 sub < PUBLISH q1 id=2 retain t " BYTES "\n 3 sub > PUBACK 2\n"
    expect_pass5(SHARES("x"), "");
    expect_pass5(SHARES("-"), "");
    /* A will that may be the retained message is live where it is owed, and the retained message
     * comes, too. */
    expect_pass5("0 pub up\n 0 w up will=t,w,1,1\n 0 sub up\n 0.1 sub subscribes t:1r\n 1 w cut\n"
                 "1.1 pub > PUBLISH q1 id=1 retain t x\n 1.1 pub < PUBACK 1\n"
                 "1.2 sub subscribes #:1\n 1.3 sub < PUBLISH q1 id=1 retain t w\n"
                 "1.3 sub < PUBLISH q1 id=2 retain t x\n 1.3 sub < PUBLISH q1 id=3 retain t x\n"
                 "2 sub > PUBACK 1\n 2 sub > PUBACK 2\n 2 sub > PUBACK 3\n",
                 "");
    /* A SUBSCRIBE that asks for no retained message does not forbid the live one. */
    expect_pass5("0 pub up\n 0 sub up\n 1 pub > PUBLISH q2 id=1 retain t x\n 1 pub < PUBREC 1\n"
                 "1.1 sub subscribes t:0r2\n 2 pub > PUBREL 1\n 2 sub < PUBLISH q0 retain t x\n"
                 "2 pub < PUBCOMP 1\n",
                 "");
}
END_TEST

START_TEST(what_was_refused_in_silence) {
    /* QoS 0 on a topic that its client may not publish to: no Reason Code says so. */
#define OLD       "0 pub up\n 0 sub up\n 1 pub > PUBLISH q1 id=1 retain t a\n 1 pub < PUBACK 1\n"
#define REFUSED   "3 pub > PUBLISH q1 id=2 t b\n 3 pub < PUBACK 2 code=0x87\n"
#define NEW       "3 pub > PUBLISH q0 retain t c\n"
#define BRINGS(x) "4 sub subscribes t:0\n 4 sub < PUBLISH q0 retain t " x "\n"
    expect_pass5(OLD REFUSED NEW BRINGS("a"), "");
    expect_pass5(OLD NEW REFUSED BRINGS("a"), "");
    expect_pass5(OLD REFUSED NEW BRINGS("c"), "");
    expect_fail5(OLD NEW BRINGS("a"), "retained", "v5:MQTT-3.3.1-5");
    expect_pass5("0 broker config topic_rules 1\n" OLD NEW BRINGS("a"), "");
}
END_TEST

START_TEST(properties_tell_them_apart) {
    /* Two that look the same but for them, and two subscriptions. */
#define TWINS                                                                                      \
    "0 pub up\n 0 sub up\n 0.1 sub subscribes t:0r +:0\n"                                          \
    "1 pub > PUBLISH q2 id=1 content_type=a t -\n 1 pub < PUBREC 1\n"                              \
    "1 pub > PUBLISH q1 id=2 retain t -\n 1 pub < PUBACK 2\n"
#define RELEASED "2 pub > PUBREL 1\n 2 pub < PUBCOMP 1\n"
    expect_pass5(TWINS "1 sub < PUBLISH q0 content_type=a t -\n"
                       "1 sub < PUBLISH q0 content_type=a t -\n"
                       "1 sub < PUBLISH q0 retain t -\n 1 sub < PUBLISH q0 t -\n" RELEASED,
                 "");
    expect_fail5(TWINS "1 sub < PUBLISH q0 content_type=a t -\n"
                       "1 sub < PUBLISH q0 content_type=a t -\n"
                       "1 sub < PUBLISH q0 retain t -\n 1 sub < PUBLISH q0 retain t -\n"
                       "1 sub < PUBLISH q0 retain t -\n" RELEASED,
                 "retained", "v5:MQTT-3.3.1-7");
}
END_TEST

START_TEST(shared_and_other_subscriptions) {
    /* The group's copy names its own identifier, the other copy all the others. */
    expect_pass5("0 pub up\n 0 sub up\n"
                 "0.1 sub subscribes t:1 $share/g/t:0 +:0 subscription_identifier=7\n"
                 "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n"
                 "1 sub < PUBLISH q1 id=1 subscription_identifier=7 subscription_identifier=7 t x\n"
                 "1 sub < PUBLISH q0 subscription_identifier=7 t x\n 1 sub > PUBACK 1\n",
                 "v5:MQTT-3.3.4-4");
    /* The member that was chosen left before it got it. */
    expect_pass5("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n"
                 "0.2 c subscribes $share/g/t:1\n" PUBLISHES
                 "1.5 a > UNSUBSCRIBE 7 $share/g/t\n 1.5 a < UNSUBACK 7 0\n",
                 "");
    expect_fail5("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n"
                 "0.2 c subscribes $share/g/t:1\n" PUBLISHES,
                 "shared", "v5:MQTT-4.5.0-1");
    /* One member of two groups gets both copies. */
    expect_pass5("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:1 $share/h/+:1\n" PUBLISHES
                 "1 a < PUBLISH q1 id=1 t x\n 1 a < PUBLISH q1 id=2 t x\n 1 a > PUBACK 1\n"
                 "1 a > PUBACK 2\n",
                 "");
    /* Nor is what it had resent to it, also on a topic of the server's own. */
#define AWAITS(first, other)                                                                       \
    "0 pub up\n 0 a up" KEPT "\n 0.1 a subscribes " first ":1\n" other                             \
    "1 pub > PUBLISH q1 id=1 $x/b x\n 1 a < PUBLISH q1 id=1 $x/b x\n 1 pub < PUBACK 1\n"           \
    "2 a cut\n 3 a up sp=1" KEPT "\n"
    expect_pass5(AWAITS("$share/g/$x/#", "0 c up\n 0.1 c subscribes $share/g/$x/#:1\n"), "");
    expect_fail5(AWAITS("$x/#", ""), "resend", "v5:MQTT-4.4.0-1");
    /* Of a Session that began with a connection nobody saw answered, little is known. */
    expect_pass5("0 pub up\n 0 rawa open\n 0 rawa > CONNECT id=c" KEPT "\n 0 rawa cut\n"
                 "0.1 rawa up id=c sp=1" KEPT
                 "\n 0.1 rawa subscribes $share/g/t:1 $share/h/t:1\n" PUBLISHES
                 "1 rawa < PUBLISH q1 id=1 t x\n 1 rawa > PUBACK 1\n",
                 "");
    /* What a member could not finish goes to one that joined later. */
    expect_pass5("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:1\n 0 c up\n" PUBLISHES
                 "1 a < PUBLISH q1 id=1 t x\n 1.5 c subscribes $share/g/t:1\n 2 a cut\n"
                 "2 c < PUBLISH q1 id=1 t x\n 2 c > PUBACK 1\n",
                 "");
    /* And comes back to it later than younger ones, or at another QoS. */
    expect_pass5("0 pub up\n 0 a up\n 0.1 a subscribes $share/g/t:2\n 0 c up" KEPT "\n"
                 "0.1 c subscribes $share/g/t:2\n" PUBLISHES
                 "1 a < PUBLISH q1 id=1 t x\n 1 pub > PUBLISH q1 id=2 t y\n 1 pub < PUBACK 2\n"
                 "1 c < PUBLISH q1 id=1 t y\n 1 c > PUBACK 1\n 2 a cut\n"
                 "2 c < PUBLISH q1 id=2 t x\n 2 c > PUBACK 2\n",
                 "");
    expect_pass5("0 pub up\n 0 c up" KEPT "\n 0.1 c subscribes $share/g/t:1\n" PUBLISHES
                 "1 c <! PUBLISH q1 id=1 t x\n 1.1 c subscribes $share/g/t:0\n 2 c cut\n"
                 "3 c up sp=1" KEPT "\n 3 c < PUBLISH q0 t x\n",
                 "");
    /* A group of one has nobody else to send it to. */
    expect_fail5("0 pub up\n 0 c up" KEPT "\n 0.1 c subscribes $share/g/t:1\n" PUBLISHES
                 "1 c <! PUBLISH q1 id=1 t x\n 2 c cut\n 3 c up sp=1" KEPT "\n",
                 "resend", "v5:MQTT-4.4.0-1");
    /* The first one's connection is being closed. */
    expect_pass5("0 pub up\n 0 a up" KEPT "\n 0.1 a subscribes $share/g/t:1\n 0 c up\n"
                 "0.1 c subscribes $share/g/t:1\n" PUBLISHES
                 "1 a < PUBLISH q1 id=1 t x\n 2 a half\n 2 c < PUBLISH q1 id=1 t x\n"
                 "2 c > PUBACK 1\n 2 a kick\n",
                 "");
    /* The group calls for no QoS of the client's other subscription. */
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes t:0 $share/g/t:1\n 0 c up\n"
                 "0.1 c subscribes $share/g/t:1\n" PUBLISHES
                 "1 sub < PUBLISH q0 t x\n 1 c < PUBLISH q1 id=1 t x\n 1 c > PUBACK 1\n",
                 "");
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes $share/g/$x/t:1\n"
                 "1 pub > PUBLISH q1 id=1 $x/t x\n 1 pub < PUBACK 1\n"
                 "1 sub < PUBLISH q1 id=1 $x/t x\n 1 sub > PUBACK 1\n",
                 "");
}
END_TEST

START_TEST(what_was_over_before_a_subscription) {
    /* A will that ends with its session looks like it. */
#define WILL_OF_W                                                                                  \
    "0 pub up\n 0 a up\n"                                                                          \
    "0 w up id=w" KEPT "will=t,-,0,0 will.will_delay_interval=9 will.message_expiry_interval=8\n"
#define ENDS                                                                                       \
    "4 w cut\n 5 rawx open\n 5 rawx > CONNECT id=w\n"                                              \
    "5 a < PUBLISH q0 message_expiry_interval=8 t -\n 5 rawx < CONNACK\n"
    /* The group had no member when the message came. */
#define TO_NOBODY                                                                                  \
    "1 pub > PUBLISH q1 id=1 message_expiry_interval=99 t -\n 1 pub < PUBACK 1\n"                  \
    "2 a subscribes $share/g/t:1\n"
    expect_pass5(WILL_OF_W TO_NOBODY ENDS, "v5:MQTT-3.3.2-6");
    /* Its publisher's session ended before PUBREL. */
#define ABANDONED                                                                                  \
    "1 pub > PUBLISH q2 id=1 message_expiry_interval=1 t -\n 1 pub < PUBREC 1\n 2 pub cut\n"       \
    "3 pub up\n 3 a subscribes t:0\n"
    expect_pass5(WILL_OF_W ABANDONED ENDS, "v5:MQTT-3.3.2-6");
}
END_TEST

START_TEST(no_local_while_other_options_change) {
    expect_pass5("0 a up\n 0.1 a subscribes t:0\n 0.2 a subscribes +:1n\n"
                 "0.3 a subscribes +:1nr\n 1 a > PUBLISH q2 id=1 t x\n 1 a < PUBREC 1\n"
                 "1 a > PUBREL 1\n 1 a < PUBCOMP 1\n 1 a < PUBLISH q0 t x\n",
                 "");
    /* After SUBACK only the new ones are in force. */
    expect_fail5("0 a up\n 0.1 a subscribes t:1\n 0.2 a subscribes t:1n\n"
                 "1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n 1 a < PUBLISH q1 id=1 t x\n"
                 "1 a > PUBACK 1\n",
                 "options", "v5:MQTT-3.8.3-3");
    /* So that RETAIN tells which of two it is that look the same. */
    expect_pass5("0 pub up\n 0 a up\n 0.1 a subscribes t:0\n 0.2 a subscribes t:1r +:0r\n"
                 "1 pub > PUBLISH q1 id=1 t x\n 1 pub > PUBLISH q1 id=2 retain t x\n"
                 "1 pub < PUBACK 1\n 1 pub < PUBACK 2\n"
                 "1 a < PUBLISH q1 id=1 t x\n 1 a < PUBLISH q0 t x\n"
                 "1 a < PUBLISH q1 id=2 retain t x\n 1 a < PUBLISH q0 retain t x\n"
                 "1 a > PUBACK 1\n 1 a > PUBACK 2\n",
                 "");
}
END_TEST

START_TEST(what_was_asked_for_and_refused) {
    /* It changes nothing: a subscription that was to end is still there, */
#define STAYS                                                                                      \
    "0 pub up\n 0 a up\n 0.1 a subscribes t:2 #:1\n"                                               \
    "0.2 a > UNSUBSCRIBE 9 t\n 0.2 a < UNSUBACK 9 145\n"                                           \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n"
    expect_pass5(STAYS "1 a < PUBLISH q2 id=1 t x\n 1 a > PUBREC 1\n 1 a < PUBREL 1\n"
                       "1 a > PUBCOMP 1\n",
                 "v5:MQTT-3.8.4-8");
    expect_fail5(STAYS "1 a < PUBLISH q1 id=1 t x\n 1 a > PUBACK 1\n", "subscription",
                 "v5:MQTT-3.3.4-2");
    /* and options that were asked for are not in force. */
#define COMES_BACK(first, then)                                                                    \
    "0 a up\n 0.1 a subscribes t:" first "\n 0.2 a > SUBSCRIBE 9 t:" then "\n"                     \
    "0.2 a < SUBACK 9 145\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n"                          \
    "1 a < PUBLISH q1 id=1 t x\n 1 a > PUBACK 1\n"
    expect_pass5(COMES_BACK("1", "0n"), "v5:MQTT-3.8.4-8");
    expect_fail5(COMES_BACK("1n", "2"), "options", "v5:MQTT-3.8.3-3");
}
END_TEST

START_TEST(how_long_a_session_lasts) {
    /* A server that was down need not know since when the client is away. */
    expect_pass5("0 a up clean=0 session_expiry_interval=2\n 1 broker down keep=1\n"
                 "1 a cut\n 4 broker up keep=1\n 5 a up" KEPT "sp=1\n",
                 "");
    expect_fail5("0 a up clean=0 session_expiry_interval=2\n 1 a cut\n 5 a up" KEPT "sp=1\n",
                 "session", "v5:MQTT-4.1.0-2");
    /* Nor allow more at the end than it did before. */
#define LIMITED "0 a up" KEPT "ack.session_expiry_interval=1\n"
#define RAISES  "1 a > DISCONNECT session_expiry_interval=9\n 1 a close\n"
    expect_pass5(LIMITED RAISES "5 a up" KEPT "sp=0 ack.session_expiry_interval=1\n", "");
    expect_fail5("0 a up clean=0 session_expiry_interval=1\n" RAISES "5 a up" KEPT "sp=0\n",
                 "session", "v5:MQTT-3.2.2-3");
    /* Nor have got the DISCONNECT. */
    expect_pass5("0 a up" KEPT "\n 1 a >! DISCONNECT session_expiry_interval=1\n 1 a vanish\n"
                 "2 a cut\n 9 a up" KEPT "sp=1\n",
                 "v5:MQTT-3.2.2-3");
    /* It may have made the Session and not come to say so. */
    expect_pass5("0 raw up id=z\n 0 a open\n 0 a > CONNECT session_expiry_interval=100\n"
                 "1 a cut\n 2 raw2 up id=a" KEPT "sp=1\n",
                 "");
}
END_TEST

START_TEST(what_belongs_to_a_refused_connection) {
    /* Its Session Expiry Interval ends no Session; a copy that is not held is new or not. */
    expect_pass5("0 a up" KEPT "\n 0 a app connect\n 0.1 a subscribes t:2\n 0 pub up\n"
                 "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n"
                 "1 pub < PUBCOMP 1\n 1 a < PUBLISH q2 id=3 t x\n 1 a app delivered q2 t x\n"
                 "1 a >! PUBREC 3\n 2 a cut\n 3 a open\n 3 a > CONNECT clean=0\n"
                 "3 a < CONNACK code=0x8c\n 3 a kick\n 4 a up sp=1" KEPT "\n"
                 "4 a < PUBLISH q2 id=3 dup t x\n 4 a > PUBREC 3\n 4 a < PUBREL 3\n"
                 "4 a > PUBCOMP 3\n",
                 "");
    /* The CONNECT that made the Session was kept back by the script, and seen by nobody. */
    expect_pass5("0 rawo up id=a" KEPT "\n 0.5 rawo cut\n 1 a held CONNECT\n 1 a open\n"
                 "1.5 a cut\n 2 a up sp=1" KEPT "\n",
                 "");
}
END_TEST

START_TEST(a_client_too_small_for_it) {
#define SMALL " clean=0 session_expiry_interval=100 maximum_packet_size=30 "
#define LARGE "t xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
    /* It was dropped when it came. */
    expect_pass5("0 pub up\n 0 sub up" SMALL "\n 0.1 sub subscribes t:1\n"
                 "1 pub > PUBLISH q1 id=1 " LARGE "1 pub < PUBACK 1\n 2 sub cut\n"
                 "3 sub up sp=1" KEPT "\n",
                 "");
    /* Or when the client came back smaller. */
    expect_pass5("0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes t:1\n"
                 "1 pub > PUBLISH q1 id=1 " LARGE "1 pub < PUBACK 1\n"
                 "1 sub <! PUBLISH q1 id=1 " LARGE "2 sub cut\n 3 sub up sp=1" SMALL "\n",
                 "");
    expect_fail5("0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes t:1\n"
                 "1 pub > PUBLISH q1 id=1 " LARGE "1 pub < PUBACK 1\n"
                 "1 sub <! PUBLISH q1 id=1 " LARGE "2 sub cut\n 3 sub up sp=1" KEPT "\n",
                 "resend", "v5:MQTT-4.4.0-1");
    /* Or it waits for the client to acknowledge what was sent again before it. */
    expect_pass5("0 pub up\n 0 manual up" KEPT
                 "\n 0 manual app connect\n 0.1 manual subscribes t:1\n" PUBLISHES
                 "1 pub > PUBLISH q1 id=2 t y\n 1 pub < PUBACK 2\n"
                 "1 manual <! PUBLISH q1 id=1 t x\n 1 manual <! PUBLISH q1 id=2 t y\n"
                 "2 manual cut\n 3 manual up sp=1 receive_maximum=1" KEPT "\n"
                 "3 manual < PUBLISH q1 id=1 dup t x\n 3 manual app delivered q1 t x\n",
                 "");
}
END_TEST

START_TEST(a_copy_that_is_dropped) {
    /* Of two subscriptions' copies the one with a Packet Identifier, or an identifier of its own,
     * is too big. */
#define TWO_COPIES(limit) "0 pub up\n 0 sub up" limit "\n 0.1 sub subscribes t:1 +:0\n" PUBLISHES
    expect_pass5(TWO_COPIES(" maximum_packet_size=8") "1 sub < PUBLISH q0 t x\n", "");
    expect_fail5(TWO_COPIES("") "1 sub < PUBLISH q0 t x\n", "subscription", "v5:MQTT-3.3.4-2");
#define IDENTIFIED(limit)                                                                          \
    "0 pub up\n 0 sub up" limit "\n"                                                               \
    "0.1 sub subscribes t:1 subscription_identifier=1\n"                                           \
    "0.2 sub subscribes +:1 subscription_identifier=300\n"
#define FIRST "1 sub < PUBLISH q1 id=1 subscription_identifier=1 "
    expect_pass5(IDENTIFIED(" maximum_packet_size=11") PUBLISHES FIRST "t x\n 1 sub > PUBACK 1\n",
                 "");
    expect_fail5(IDENTIFIED("") PUBLISHES FIRST "t x\n 1 sub > PUBACK 1\n", "identifiers",
                 "v5:MQTT-3.3.4-4");
    /* Or it waits until the first is acknowledged, and has expired. */
#define EXPIRING(seconds)                                                                          \
    "1 pub > PUBLISH q1 id=1 message_expiry_interval=" seconds " t x\n 1 pub < PUBACK 1\n"
#define LEFT(seconds) FIRST "message_expiry_interval=" seconds " t x\n 1 sub > PUBACK 1\n"
    expect_pass5(IDENTIFIED("") EXPIRING("0") LEFT("0"), "");
    expect_fail5(IDENTIFIED("") EXPIRING("99") LEFT("99"), "identifiers", "v5:MQTT-3.3.4-4");
#define WAITS                                                                                      \
    "0 pub up\n 0 sub up receive_maximum=1\n 0.1 sub subscribes t:1 +:0 u:1\n"                     \
    "0.5 pub > PUBLISH q1 id=9 u z\n 0.5 pub < PUBACK 9\n 0.5 sub < PUBLISH q1 id=7 u z\n"
#define LOW(seconds)                                                                               \
    EXPIRING(seconds)                                                                              \
    "1 sub < PUBLISH q0 message_expiry_interval=" seconds " t x\n"                                 \
    "1 sub < PUBLISH q0 u z\n 5 sub > PUBACK 7\n"
    expect_pass5(WAITS LOW("2"), "");
    expect_fail5(WAITS LOW("99"), "subscription", "v5:MQTT-3.3.4-2");
}
END_TEST

START_TEST(text_that_is_none) {
    /* PUBLISH q1 id=1 t, Payload Format Indicator 1, payload 0xff: refused, closed for or not. */
#define NO_TEXT "1 raw > HEX 32 09 00 01 74 00 01 02 01 01 ff\n"
    expect_pass5("0 raw up\n" NO_TEXT "1 raw < PUBACK 1 code=0x99\n", "v5:MQTT-4.3.2-4");
    expect_pass5("0 raw up\n" NO_TEXT "1 raw < PUBACK 1\n", "v5:MQTT-4.3.2-4");
    expect_pass5("0 raw up\n" NO_TEXT "1 raw < DISCONNECT code=0x99\n 1 raw kick\n", "");
    expect_fail5("0 raw up\n" NO_TEXT, "qos1", "v5:MQTT-3.3.4-1");
    /* Passed on, it is the publisher's fault. */
    expect_pass5("0 sub up\n 0.1 sub subscribes t:0\n 0 raw up\n" NO_TEXT "1 raw < PUBACK 1\n"
                 "1 sub < HEX 30 07 00 01 74 02 01 01 ff\n",
                 "");
}
END_TEST

START_TEST(wills_of_a_stopped_broker) {
    /* It publishes them when it goes on, and their expiry counts from then. */
#define DELAYED                                                                                    \
    "0 sub up\n 0.1 sub subscribes t:0\n"                                                          \
    "0 w up" KEPT "will=t,x,0,0 will.will_delay_interval=2 will.message_expiry_interval=4\n"       \
    "1 w cut\n"
    expect_pass5(DELAYED "2 broker paused until=9\n"
                         "9 sub < PUBLISH q0 message_expiry_interval=4 t x\n",
                 "");
    expect_fail5(DELAYED "9 sub < PUBLISH q0 message_expiry_interval=4 t x\n", "expiry",
                 "v5:MQTT-3.3.2-5");
    /* Or when it is there again. */
#define DUE_WHILE_DOWN                                                                             \
    "0 sub up" KEPT "\n 0.1 sub subscribes t:1\n"                                                  \
    "0 w up" KEPT "will=t,x,1,0 will.will_delay_interval=2 will.message_expiry_interval=4\n"       \
    "1 w cut\n 2 broker down keep=1\n 9 broker up keep=1\n"
    expect_pass5(DUE_WHILE_DOWN
                 "10 sub up sp=1" KEPT "\n"
                 "10 sub < PUBLISH q1 id=1 message_expiry_interval=3 t x\n 10 sub > PUBACK 1\n",
                 "v5:MQTT-3.3.2-6");
    expect_fail5(DUE_WHILE_DOWN
                 "15 sub up sp=1" KEPT "\n"
                 "15 sub < PUBLISH q1 id=1 message_expiry_interval=1 t x\n 15 sub > PUBACK 1\n",
                 "expiry", "v5:MQTT-3.3.2-5");
}
END_TEST

START_TEST(what_waits_for_quota) {
    /* A PUBREL that is sent again may use some up. */
    expect_pass5("0 a up" KEPT "\n 0 a app connect\n 0 a app publish q2 t x\n"
                 "1 a > PUBLISH q2 id=1 t x\n 1 a < PUBREC 1\n 1 a >! PUBREL 1\n 2 a cut\n"
                 "3 a app publish q1 t y\n 4 a up sp=1 ack.receive_maximum=1" KEPT "\n"
                 "4 a >! PUBREL 1\n",
                 "");
    expect_fail5("0 a up" KEPT "\n 0 a app connect\n 3 a app publish q1 t y\n", "qos1",
                 "v5:MQTT-4.3.2-2");
}
END_TEST

START_TEST(a_server_that_forgets_its_sessions) {
    /* It ends them in good order, and their wills are still put off. */
    expect_pass5("0 sub up\n 0.1 sub subscribes t:1\n"
                 "0 w up" KEPT "will=t,x,1,0 will.will_delay_interval=9\n"
                 "1 w < DISCONNECT code=0x8b\n 1 w kick\n 1 broker down keep=0\n"
                 "2 broker up keep=0\n 3 sub up\n 3.1 sub subscribes t:1\n",
                 "");
}
END_TEST

START_TEST(packets_that_the_script_keeps_back) {
    expect_pass5("0 a open\n 0 a held PUBLISH\n 1 a > PUBLISH q0 t x\n 1 a kick\n", "");
    expect_fail5("0 a open\n 1 a > PUBLISH q0 t x\n 1 a kick\n", "connect", "v5:MQTT-3.1.0-1");
}
END_TEST

START_TEST(messages_that_look_the_same) {
    /* The answer to a SUBSCRIBE is taken for a live message, and so does not come too early. */
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes t:0r\n"
                 "1 pub > PUBLISH q1 id=1 t a\n 1 pub > PUBLISH q1 id=2 retain t b\n"
                 "1 sub subscribes +:0\n 1 sub < PUBLISH q0 retain t b\n"
                 "1 sub < PUBLISH q0 t a\n 1 sub < PUBLISH q0 retain t b\n"
                 "1 pub < PUBACK 1\n 1 pub < PUBACK 2\n",
                 "");
    /* The live copy of one that was released when a subscription had begun, or the answer. */
#define RELEASED_LATE                                                                              \
    "0 pub up\n 0 sub up\n 1 pub > PUBLISH q2 id=1 retain t a\n 1 pub < PUBREC 1\n"                \
    "1.1 sub subscribes t:0r2\n 2 pub > PUBREL 1\n 2 pub < PUBCOMP 1\n"                            \
    "3 pub > PUBLISH q2 id=2 t b\n 3 pub < PUBREC 2\n 3 pub > PUBREL 2\n 3 pub < PUBCOMP 2\n"      \
    "4 sub subscribes +:0\n"
    expect_pass5(RELEASED_LATE "4 sub < PUBLISH q0 retain t a\n 4 sub < PUBLISH q0 t b\n"
                               "4 sub < PUBLISH q0 retain t a\n",
                 "");
    /* Which copy of "e" came first is not known, and so neither that of the others. */
#define TAKES(id, topic) "2 sub < PUBLISH q1 id=" id " t " topic "\n 2 sub > PUBACK " id "\n"
#define EAB                                                                                        \
    "0 rawp up\n 0 sub up\n 0.1 sub subscribes t:1\n"                                              \
    "1 rawp > PUBLISH q2 id=1 t e\n 1 rawp < PUBREC 1\n"                                           \
    "1 rawp > PUBLISH q1 id=2 t a\n 1 rawp < PUBACK 2\n"                                           \
    "1 rawp > PUBLISH q1 id=3 t b\n 1 rawp < PUBACK 3\n"                                           \
    "1 rawp > PUBLISH q1 id=4 t e\n 1 rawp < PUBACK 4\n"                                           \
    "1 rawp > PUBLISH q1 id=5 t a\n 1 rawp < PUBACK 5\n"                                           \
    "1 rawp > PUBLISH q1 id=6 t b\n 1 rawp < PUBACK 6\n" TAKES("1", "e")
    expect_pass5(
        EAB TAKES("2", "a") TAKES("3", "b") TAKES("4", "e") TAKES("5", "a") TAKES("6", "b"), "");
    expect_fail5(EAB TAKES("2", "b") TAKES("3", "a") TAKES("4", "e") TAKES("5", "b")
                     TAKES("6", "a"),
                 "ordering", "v5:MQTT-4.6.0-5");
    /* One more property makes it another message. */
    expect_pass5("0 pub up\n 0 sub up\n 0.1 sub subscribes t:0r +:0\n"
                 "1 pub > PUBLISH q0 content_type=a user_property=l:x t s\n"
                 "1 pub > PUBLISH q0 content_type=a retain t s\n"
                 "1 sub < PUBLISH q0 content_type=a user_property=l:x t s\n"
                 "1 sub < PUBLISH q0 content_type=a user_property=l:x t s\n"
                 "1 sub < PUBLISH q0 content_type=a t s\n"
                 "1 sub < PUBLISH q0 content_type=a retain t s\n",
                 "");
    /* What the server did not take at QoS 2 is not what the client was given at QoS 1. */
    expect_pass5("0 a open\n 0 a > CONNECT\n 0 a app publish q2 t x\n 0 a app publish q1 t x\n"
                 "0.1 a < CONNACK maximum_qos=1\n 1 a > PUBLISH q1 id=1 t x\n 1 a < PUBACK 1\n",
                 "");
    /* The first may have come with its PUBREL, though it was published before the SUBSCRIBE. */
    expect_pass("0 rawp up\n 0 sub up\n 0.1 rawp > PUBLISH q2 id=1 t x\n 0.1 rawp < PUBREC 1\n"
                "0.2 sub subscribes t:0\n 1 rawp > PUBLISH q2 id=2 t y\n 1 rawp < PUBREC 2\n"
                "1 rawp > PUBLISH q2 id=3 t x\n 1 rawp < PUBREC 3\n"
                "2 rawp > PUBREL 1\n 2 sub < PUBLISH q0 t x\n 2 rawp < PUBCOMP 1\n"
                "2 rawp > PUBREL 2\n 2 sub < PUBLISH q0 t y\n 2 rawp < PUBCOMP 2\n"
                "2 rawp > PUBREL 3\n 2 sub < PUBLISH q0 t x\n 2 rawp < PUBCOMP 3\n",
                "");
}
END_TEST

START_TEST(doubt_is_the_accused_s) {
    /* Which of two that look the same was retained, nobody can tell. */
#define SAME(x)                                                                                    \
    "0 pub up\n 0 sub up\n 1 pub > PUBLISH q0 retain t a\n 2 pub > PUBLISH q0 " x                  \
    "\n 3 pub > PUBLISH q0 retain t b\n 4 sub subscribes t:0\n 4 sub < PUBLISH q0 retain t a\n"
    expect_pass5(SAME("retain t a"), "");
    expect_fail5(SAME("retain t c"), "retained", "v5:MQTT-3.3.1-5");
    expect_fail5(SAME("t a"), "retained", "v5:MQTT-3.3.1-5");
    /* Copies that came with RETAIN 0 may have been either's, so the other has one left. */
#define LEFT_OVER(filters, more)                                                                   \
    "0 pub up\n 0 sub up\n 0.1 sub subscribes t:0 " filters "\n"                                   \
    "1 pub > PUBLISH q0 retain t a\n 2 pub > PUBLISH q0 t a\n" more                                \
    "2 sub < PUBLISH q0 t a\n 2 sub < PUBLISH q0 t a\n 2 sub < PUBLISH q0 t a\n"                   \
    "2 sub < PUBLISH q0 retain t a\n"
    expect_pass5(LEFT_OVER("+:0r", ""), "");
    expect_pass5(
        LEFT_OVER("+:0r $share/g/#:0", "2 sub < PUBLISH q0 t a\n 2 sub < PUBLISH q0 t a\n"), "");
    expect_pass5("0 pub up\n 0 sub up\n 1 pub > PUBLISH q2 id=1 t -\n 1 pub < PUBREC 1\n"
                 "1.1 sub subscribes $share/h/#:0 t:2r\n"
                 "2 pub > PUBLISH q2 id=2 retain t -\n 2 pub < PUBREC 2\n"
                 "3 pub > PUBREL 1\n 3 sub < PUBLISH q2 id=1 t -\n 3 sub < PUBLISH q0 t -\n"
                 "3 pub < PUBCOMP 1\n 4 pub > PUBREL 2\n 4 sub < PUBLISH q2 id=2 retain t -\n"
                 "4 sub < PUBLISH q0 t -\n 4 pub < PUBCOMP 2\n"
                 "5 sub > PUBREC 1\n 5 sub > PUBREC 2\n 5 sub cut\n",
                 "");
    /* The group's copy of the first comes back, and only its properties tell it from the second. */
#define BACK(props)                                                                                \
    "0 pub up\n 0 sub up" KEPT "\n 0 a up" KEPT "\n 0.1 sub subscribes $share/g/t:1\n"             \
    "0.1 a subscribes $share/g/t:1\n 1 pub > PUBLISH q1 id=1 content_type=a t x\n"                 \
    "1 pub < PUBACK 1\n 1 sub < PUBLISH q1 id=1 content_type=a t x\n 2 sub cut\n"                  \
    "2 a < PUBLISH q1 id=1 content_type=a t x\n 3 sub up sp=1" KEPT                                \
    "\n 4 pub > PUBLISH q0 t x\n 5 a cut\n 5 sub < PUBLISH q1 id=2 " props "t x\n"                 \
    "5 sub > PUBACK 2\n 6 sub < PUBLISH q0 t x\n"
    expect_pass5(BACK("content_type=a "), "");
    /* The copy for "+" may be that of the first message, which QoS 0 may lose. */
#define NAMED_APART(first)                                                                         \
    "0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes +:0 subscription_identifier=3\n"             \
    "0.5 sub cut\n 1 pub > PUBLISH q1 id=1 t " first "\n 1 pub < PUBACK 1\n 2 sub up sp=1" KEPT    \
    "\n 2 sub subscribes t:1 subscription_identifier=4\n 3 pub > PUBLISH q1 id=2 t x\n"            \
    "3 pub < PUBACK 2\n"
    expect_pass5(NAMED_APART("x") "3 sub < PUBLISH q0 subscription_identifier=3 t x\n"
                                  "3 sub < PUBLISH q1 id=1 subscription_identifier=4 t x\n"
                                  "3 sub > PUBACK 1\n",
                 "");
    expect_fail5(NAMED_APART("y") "3 sub < PUBLISH q1 id=1 subscription_identifier=4 t x\n"
                                  "3 sub > PUBACK 1\n",
                 "identifiers", "v5:MQTT-3.3.4-4");
    /* A will may be what was published like it, and then the doubt is the accused's. */
#define WILL(x)                                                                                    \
    "0 pub up\n 0 sub up\n 0 w up will=t,x,0,0\n 0.1 sub subscribes t:0\n"                         \
    "0.2 pub > PUBLISH q0 t " x "\n 0.2 sub < PUBLISH q0 t " x "\n 1 w > DISCONNECT\n 1 w half\n"  \
    "1 w kick\n 2 sub < PUBLISH q0 t x\n"
    expect_pass5(WILL("x"), "");
    expect_fail5(WILL("y"), "will", "v5:MQTT-3.14.4-3");
#define EARLY(x)                                                                                   \
    "0 pub up\n 0 sub up\n 0 w up will=t,x,0,0\n 0.1 sub subscribes t:0\n"                         \
    "0.2 pub > PUBLISH q0 t " x "\n 0.2 sub < PUBLISH q0 t " x                                     \
    "\n 2 sub < PUBLISH q0 t x\n 9 w cut\n"
    expect_pass5(EARLY("x"), "");
    expect_fail5(EARLY("y"), "will", "v5:MQTT-3.1.2-8");
}
END_TEST

DSL_MAIN("check/doubts5", who_authenticates_has_not_come_in, a_refused_connect_replaces_nobody,
         retain_as_it_was_published, properties_tell_them_apart, what_was_refused_in_silence,
         shared_and_other_subscriptions, what_was_over_before_a_subscription,
         no_local_while_other_options_change, what_was_asked_for_and_refused,
         how_long_a_session_lasts, what_belongs_to_a_refused_connection, a_client_too_small_for_it,
         a_copy_that_is_dropped, text_that_is_none, wills_of_a_stopped_broker, what_waits_for_quota,
         a_server_that_forgets_its_sessions, packets_that_the_script_keeps_back,
         messages_that_look_the_same, doubt_is_the_accused_s)
