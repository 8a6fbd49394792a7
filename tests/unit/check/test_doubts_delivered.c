/* Which message a delivery was cannot always be told, nor whether it still has to come: runs of a
 * correct broker that random workloads (tests/soak) found, each of which an oracle once took for a
 * breach. */
#include "trace_dsl.h"

#define KEPT " clean=0 session_expiry_interval=100 "

START_TEST(live_or_retained) {
    /* RETAIN as it was published. What No Local keeps away of retained messages is left open, so
     * that this may be the answer to the SUBSCRIBE, or the live message that looks like it. */
#define OWN                                                                                        \
    "0 pub up\n 0 sub up\n 0.1 sub > PUBLISH q1 id=1 retain t x\n 0.1 sub < PUBACK 1\n"            \
    "0.2 sub subscribes t:1nr\n"
#define LIVE(id, at)  at " pub > PUBLISH q1 id=" id " retain t x\n" at " pub < PUBACK " id "\n"
#define COMES(id, at) at " sub < PUBLISH q1 id=" id " retain t x\n" at " sub > PUBACK " id "\n"
    expect_pass5(OWN LIVE("1", "1") COMES("1", "1"), "");
    expect_pass5(OWN LIVE("1", "1") COMES("1", "1") LIVE("2", "2") COMES("2", "2"), "");
    expect_fail5(OWN LIVE("1", "1") LIVE("2", "2") COMES("1", "2"), "delivery", "v5:MQTT-4.5.0-1");
    /* Where the SUBSCRIBE has to bring it, the other one has to come, too. */
    expect_fail5("0 pub up\n 0 sub up\n" LIVE("1", "0.1") "0.2 sub subscribes t:1r\n" COMES(
                     "1", "0.2") LIVE("2", "1"),
                 "delivery", "v5:MQTT-4.5.0-1");
    /* Or it had to, on a connection that is no more. */
#define WAITS                                                                                      \
    "0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes t:1r\n" LIVE(                                \
        "1",                                                                                       \
        "1") "2 sub subscribes +:0\n 3 sub cut\n 4 pub > PUBLISH q1 id=2 t x\n 4 pub < PUBACK 2\n" \
             "5 sub up sp=1" KEPT "\n"
    expect_pass5(WAITS COMES("1", "5") "5 sub < PUBLISH q1 id=2 t x\n 5 sub > PUBACK 2\n", "");
    expect_fail5(WAITS COMES("1", "5"), "delivery", "v5:MQTT-3.1.2-23");
    /* Of overlapping subscriptions the copy that is still owed is not what a later SUBSCRIBE
     * brings. */
#define OVERLAP                                                                                    \
    "0 pub up\n 0 other up\n 0 sub up\n 0.1 sub subscribes t:1r #:0r\n"                            \
    "1 pub > PUBLISH q2 id=1 retain t x\n 1 pub < PUBREC 1\n 1 sub < PUBLISH q0 retain t x\n"      \
    "1 other > PUBLISH q1 id=1 retain t y\n 1 other < PUBACK 1\n"                                  \
    "1 sub < PUBLISH q0 retain t y\n 1.5 sub subscribes +:0\n 2 pub > PUBREL 1\n"                  \
    "2 pub < PUBCOMP 1\n 2 sub < PUBLISH q1 id=1 retain t x\n 2 sub < PUBLISH q1 id=2 retain t "   \
    "y\n"                                                                                          \
    "2 sub > PUBACK 1\n 2 sub > PUBACK 2\n 2 sub < PUBLISH q0 retain t y\n"
    expect_pass5(OVERLAP, "");
    expect_fail5(OVERLAP "2 sub < PUBLISH q0 retain t y\n", "retained", "v5:MQTT-3.3.1-9");
    /* At QoS 0 the live message got lost, and the SUBSCRIBE brings it after a younger one. */
#define LOST                                                                                       \
    "0 pub up\n 0 sub up\n 0.1 sub subscribes t:0r\n 1 pub > PUBLISH q0 retain t x\n"              \
    "2 pub > PUBLISH q0 t y\n 2 sub < PUBLISH q0 t y\n"
    expect_pass5(LOST "3 sub subscribes +:0\n 3 sub < PUBLISH q0 retain t x\n", "");
    expect_fail5(LOST "3 sub < PUBLISH q0 retain t x\n", "ordering", "v5:MQTT-4.6.0-5");
    /* Of two that were on their way when the subscription began, RETAIN tells which it is. */
    expect_pass5(
        "0 a up\n 0 other up\n 0 sub up\n 1 a > PUBLISH q2 id=1 retain t x\n 1 a < PUBREC 1\n"
        "1 other > PUBLISH q2 id=1 t x\n 1 other < PUBREC 1\n 1.5 sub subscribes t:0r2\n"
        "2 other > PUBREL 1\n 2 sub < PUBLISH q0 t x\n 2 other < PUBCOMP 1\n"
        "3 a > PUBREL 1\n 3 sub < PUBLISH q0 retain t x\n 3 a < PUBCOMP 1\n",
        "");
    /* One that was taken for the answer to a SUBSCRIBE was live: the answer comes later. */
#define ANSWERED_LATE                                                                              \
    "0 pub up\n 0 other up\n 0 sub up\n 0.1 sub subscribes t:1r #:0\n"                             \
    "1 pub > PUBLISH q2 id=1 retain t x\n 1 pub < PUBREC 1\n 1 other > PUBLISH q0 retain t y\n"    \
    "1.5 sub subscribes #:0\n 2 sub < PUBLISH q0 retain t y\n 2 sub < PUBLISH q0 t y\n"            \
    "2 pub > PUBREL 1\n 2 pub < PUBCOMP 1\n 2 sub < PUBLISH q1 id=1 retain t x\n"                  \
    "2 sub > PUBACK 1\n 2 sub < PUBLISH q0 t x\n 2 sub < PUBLISH q0 retain t x\n"
    expect_pass5(ANSWERED_LATE, "");
    expect_fail5(ANSWERED_LATE "2 sub < PUBLISH q0 retain t x\n", "retained", "v5:MQTT-3.3.1-9");
    /* The same of the member of a group. */
#define MEMBER                                                                                     \
    "0 pub up\n 0 sub up\n 0.1 sub subscribes $share/g/t:1r\n" LIVE(                               \
        "1",                                                                                       \
        "1") "1 pub > PUBLISH q2 id=2 retain t y\n 1 pub < PUBREC 2\n 2 sub subscribes t:1r\n"
#define RELEASED                                                                                   \
    "3 pub > PUBREL 2\n 3 pub < PUBCOMP 2\n 3 sub < PUBLISH q1 id=2 retain t y\n"                  \
    "3 sub > PUBACK 2\n 3 sub < PUBLISH q1 id=3 retain t y\n 3 sub > PUBACK 3\n"
    expect_pass5(MEMBER COMES("1", "2") RELEASED, "");
    expect_fail5("0 pub up\n 0 sub up\n 0.1 sub subscribes $share/g/t:1r\n" LIVE("1", "1"),
                 "shared", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(no_local_while_a_message_is_released) {
#define OWN_RELEASED(SUBSCRIBES, AT)                                                               \
    "0 a up\n 0.1 a subscribes t:1\n 1 a > PUBLISH q2 id=1 t x\n 1 a < PUBREC 1\n" SUBSCRIBES AT   \
    " a > PUBREL 1\n" AT " a < PUBCOMP 1\n"
    expect_pass5(OWN_RELEASED("2 a subscribes t:1n\n", "3"), "");
    expect_pass5(OWN_RELEASED("2 a > SUBSCRIBE 9 t:1n\n", "2.5") "3 a < SUBACK 9 1\n", "");
    expect_fail5(OWN_RELEASED("2 a subscribes t:1r\n", "3"), "delivery", "v5:MQTT-4.5.0-1");
    /* What was finished before was owed. */
    expect_fail5(OWN_RELEASED("", "2") "3 a subscribes t:1n\n", "delivery", "v5:MQTT-4.5.0-1");
}
END_TEST

/* `count` messages that look the same, and deliveries of all but `lost` of them. */
static char *many_alike(unsigned count, unsigned lost) {
    size_t size = 4096 + (size_t)count * 256, at = 0;
    char *script = calloc(1, size);
    ck_assert_ptr_nonnull(script);
    at += (size_t)snprintf(script, size,
                           "0 pub up\n 0 sub up clean=0\n 0.1 sub subscribes t:1\n"
                           "0.5 pub > PUBLISH q0 t x\n 1 sub cut\n");
    for (unsigned i = 1; i <= count; i++) {
        at += (size_t)snprintf(script + at, size - at,
                               "2 pub > PUBLISH q1 id=%u t x\n 2 pub < PUBACK %u\n", i, i);
    }
    at += (size_t)snprintf(script + at, size - at, "3 sub up clean=0 sp=1\n");
    for (unsigned i = 1; i <= count - lost; i++) {
        at += (size_t)snprintf(script + at, size - at, "3 sub < PUBLISH q1 id=%u t x\n", i);
    }
    for (unsigned i = 1; i <= count - lost; i++) {
        at += (size_t)snprintf(script + at, size - at, "4 sub > PUBACK %u\n", i);
    }
    return script;
}

/* They wait behind one of QoS 0 that never came. */
START_TEST(more_that_look_the_same_than_are_looked_at) {
    char *script = many_alike(200, 0);
    expect_pass(script, "v3:MQTT-3.1.2-5");
    free(script);
    script = many_alike(200, 1);
    expect_fail(script, "delivery", "v3:MQTT-3.1.2-5");
    free(script);
}
END_TEST

START_TEST(one_that_looks_the_same_is_too_big) {
    /* It was dropped; that what came was the other one, nobody can tell. */
#define BIG "correlation_data=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define TWO(PROPERTIES)                                                                            \
    "0 pub up\n 0 sub up maximum_packet_size=40\n 0.1 sub subscribes t:1\n"                        \
    "1 pub > PUBLISH q1 id=1 " PROPERTIES " t x\n 1 pub < PUBACK 1\n"                              \
    "2 pub > PUBLISH q1 id=2 t x\n 2 pub < PUBACK 2\n"                                             \
    "2 sub < PUBLISH q1 id=1 t x\n 2 sub > PUBACK 1\n"
    expect_pass5(TWO(BIG), "");
    expect_fail5(TWO(""), "delivery", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(published_again_while_it_is_retained) {
    /* The retained copy comes first, then the two messages that were published since, in order. */
#define STORED "0 pub up\n 0 sub up\n 1 pub > PUBLISH q1 id=1 retain t x\n 1 pub < PUBACK 1\n"
#define SINCE                                                                                      \
    "2 sub subscribes t:1r\n 3 pub > PUBLISH q1 id=2 t y\n 3 pub < PUBACK 2\n"                     \
    "3 pub > PUBLISH q1 id=3 retain t x\n 3 pub < PUBACK 3\n"
#define LIVE_Y(id) "4 sub < PUBLISH q1 id=" id " t y\n 4 sub > PUBACK " id "\n"
#define GETS_X(id) "4 sub < PUBLISH q1 id=" id " retain t x\n 4 sub > PUBACK " id "\n"
    expect_pass5(STORED SINCE GETS_X("1") LIVE_Y("2") GETS_X("3"), "v5:MQTT-4.6.0-5");
    expect_fail5("0 pub up\n 0 sub up\n" SINCE GETS_X("1") LIVE_Y("2"), "ordering",
                 "v5:MQTT-4.6.0-5");
}
END_TEST

START_TEST(which_of_two_is_released) {
    /* Both were under way when the subscription began; RETAIN tells them apart. */
    expect_pass5("0 pub up\n 0 p2 up\n 0 a up\n 1 pub > PUBLISH q2 id=1 retain t x\n"
                 "1 pub < PUBREC 1\n 1 p2 > PUBLISH q2 id=1 t x\n 1 p2 < PUBREC 1\n"
                 "2 a subscribes t:1r2\n"
                 "3 p2 > PUBREL 1\n 3 a < PUBLISH q1 id=1 t x\n 3 p2 < PUBCOMP 1\n"
                 "3 a > PUBACK 1\n"
                 "4 pub > PUBREL 1\n 4 a < PUBLISH q1 id=2 retain t x\n 4 pub < PUBCOMP 1\n"
                 "4 a > PUBACK 2\n",
                 "");
}
END_TEST

START_TEST(a_live_copy_at_qos_0) {
    /* The server need not have kept the first one, and both copies are of the second. */
#define COPY(flag) "1 a < PUBLISH q0" flag " subscription_identifier=1 t x\n"
    expect_pass5("0 pub up\n 0 a up\n 0.1 pub > PUBLISH q0 retain t x\n"
                 "0.2 a subscribes t:0r +:0 subscription_identifier=1\n"
                 "1 pub > PUBLISH q0 retain t x\n" COPY(" retain") COPY(""),
                 "");
}
END_TEST

START_TEST(two_with_a_subscription_between) {
    /* Its PUBACK is lost, and its copy at QoS 0 too: what comes at QoS 1 is the one that was
     * published again, and promised at it. */
    expect_pass5("0 pub up" KEPT "\n 0 a up\n 0.1 a subscribes +:0\n"
                 "1 pub > PUBLISH q1 id=1 t x\n 1 pub <! PUBACK 1\n 1.5 pub cut\n"
                 "2 a subscribes t:1\n 3 pub up sp=1" KEPT "\n 3 pub > PUBLISH q1 id=1 dup t x\n"
                 "3 a < PUBLISH q1 id=1 t x\n 3 a < PUBLISH q0 t x\n 3 pub < PUBACK 1\n"
                 "3 a > PUBACK 1\n",
                 "v5:MQTT-3.3.4-2");
}
END_TEST

START_TEST(one_copy_of_two_and_the_answer) {
    /* The copy at QoS 1 has waited for PUBACK, and may be taken for the answer to SUBSCRIBE. */
#define HALF_SENT                                                                                  \
    "0 pub up\n 0 a up receive_maximum=1\n 0.1 a subscribes u:1\n"                                 \
    "0.2 a subscribes t:1r t/#:0\n 0.5 pub > PUBLISH q1 id=9 u z\n"                                \
    "0.5 pub < PUBACK 9\n 0.5 a < PUBLISH q1 id=7 u z\n 1 pub > PUBLISH q1 id=1 retain t x\n"      \
    "1 pub < PUBACK 1\n"
#define ASKS_AGAIN "1.5 a subscribes t/#:0\n 2 a > PUBACK 7\n"
#define MARKED     "2 a < PUBLISH q1 id=1 retain t x\n 2 a > PUBACK 1\n"
    expect_pass5(HALF_SENT "1 a < PUBLISH q0 t x\n" ASKS_AGAIN MARKED
                           "2 a < PUBLISH q0 retain t x\n",
                 "v5:MQTT-3.3.1-9");
    expect_fail5(HALF_SENT "1 a < PUBLISH q0 t x\n 2 a > PUBACK 7\n", "subscription",
                 "v5:MQTT-3.3.4-2");
}
END_TEST

START_TEST(what_was_taken_for_the_answer) {
    /* Either was retained when the SUBSCRIBE came; "y" came with RETAIN 1 because a subscription
     * asked for it, and it was "x" that the SUBSCRIBE brings. All waited for PUBACK. */
#define RELEASED_LAST                                                                              \
    "0 pub up\n 0 a up receive_maximum=1\n 0.1 a subscribes u:1 t:1r t/#:1\n"                      \
    "0.5 pub > PUBLISH q1 id=9 u z\n 0.5 pub < PUBACK 9\n 0.5 a < PUBLISH q1 id=7 u z\n"           \
    "1 pub > PUBLISH q2 id=1 retain t x\n 1 pub < PUBREC 1\n"                                      \
    "1 pub > PUBLISH q1 id=2 retain t y\n 1 pub < PUBACK 2\n"                                      \
    "1 pub > PUBREL 1\n 1 pub < PUBCOMP 1\n 1.5 a subscribes t:1r\n 2 a > PUBACK 7\n"
#define TO_A(id, packet) "2 a < PUBLISH q1 id=" id packet "\n 2 a > PUBACK " id "\n"
#define ALL                                                                                        \
    TO_A("1", " t y")                                                                              \
    TO_A("2", " retain t y")                                                                       \
    TO_A("3", " t x") TO_A("4", " retain t x") TO_A("5", " retain t x")
    expect_pass5(RELEASED_LAST ALL, "v5:MQTT-3.3.1-9");
    expect_fail5(RELEASED_LAST ALL TO_A("6", " retain t x"), "retained", "v5:MQTT-3.3.1-9");
}
END_TEST

START_TEST(a_member_that_was_granted_qos_0_then) {
    /* It may have got lost. */
#define MEMBER_OF(QOS)                                                                             \
    "0 pub up\n 0 sub up" KEPT "\n 0.1 sub subscribes $share/g/t:" QOS "\n"                        \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 2 sub cut\n 3 pub > PUBREL 1\n"              \
    "3 pub < PUBCOMP 1\n 4 sub up sp=1" KEPT "\n 5 sub subscribes $share/g/t:1\n"
    expect_pass5(MEMBER_OF("0"), "");
    expect_fail5(MEMBER_OF("1"), "shared", "v5:MQTT-4.5.0-1");
}
END_TEST

START_TEST(the_answer_to_a_subscribe_before) {
    /* It waited while the client unsubscribed and subscribed again, with an identifier. */
#define ANSWER_WAITS(FIRST)                                                                        \
    "0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n 0.2 sub up\n"          \
    "0.3 sub subscribes t:1" FIRST "\n 0.4 sub > UNSUBSCRIBE 9 t\n 0.4 sub < UNSUBACK 9 0\n"       \
    "0.5 sub subscribes t:1r2 subscription_identifier=4\n 1 sub < PUBLISH q1 id=1 retain t x\n"    \
    "1 sub > PUBACK 1\n"
    expect_pass5(ANSWER_WAITS(""), "");
    expect_fail5(ANSWER_WAITS(" subscription_identifier=4"), "identifiers", "v5:MQTT-3.3.4-3");
}
END_TEST

START_TEST(copies_of_two_that_look_the_same) {
    /* At QoS 0 and above it; what a subscription asks for changes before they come. */
#define OVERLAPS "0 pub up\n 0 sub up\n 0 o up\n 0.1 sub subscribes t:2 #:1\n"
#define WILL_UP  "0 w up will=t,x,1,0\n"
#define AT_QOS_0 "1 pub > PUBLISH q0 t x\n"
#define CHANGED                                                                                    \
    "2 sub subscribes #:0\n 2.1 o subscribes t:1\n 3 sub < PUBLISH q0 t x\n"                       \
    "3 sub < PUBLISH q0 t x\n"
#define THEN_1(id) "3 sub < PUBLISH q1 id=" id " t x\n 3 sub > PUBACK " id "\n"
#define ONE_AT_1   "1 pub > PUBLISH q1 id=1 t x\n 1 pub < PUBACK 1\n"
#define AT_QOS_1   ONE_AT_1 CHANGED THEN_1("1") THEN_1("2")
#define AT_QOS_2                                                                                   \
    "1 pub > PUBLISH q2 id=1 t x\n 1 pub < PUBREC 1\n 1 pub > PUBREL 1\n 1 pub < PUBCOMP "         \
    "1\n" CHANGED THEN_1("1") "3 sub < PUBLISH q2 id=2 t x\n 3 sub > PUBREC 2\n"                   \
                              "3 sub < PUBREL 2\n 3 sub > PUBCOMP 2\n"
    /* There is nothing left for the will, which is another's. */
    expect_pass5(OVERLAPS WILL_UP AT_QOS_0 AT_QOS_1, "");
    expect_fail5(OVERLAPS WILL_UP AT_QOS_1, "will", "v5:MQTT-3.1.2-8");
    expect_pass5(OVERLAPS AT_QOS_0 AT_QOS_2, "v5:MQTT-4.3.3-11");
    expect_fail5(OVERLAPS AT_QOS_2, "qos2", "v5:MQTT-4.3.3-10");
}
END_TEST

START_TEST(a_copy_taken_for_the_answer) {
    /* That the SUBSCRIBE need not bring. It may be the second copy of the live message, and names
     * the other subscription. */
#define ONE_OF_TWO                                                                                 \
    "0 pub up\n 0.1 pub > PUBLISH q1 id=1 retain t x\n 0.1 pub < PUBACK 1\n"                       \
    "0.2 pub > PUBLISH q2 id=2 retain t y\n 0.2 pub < PUBREC 2\n 0.5 sub up\n"                     \
    "0.6 sub subscribes +:1r t:1h2 subscription_identifier=4\n"                                    \
    "1 pub > PUBLISH q1 id=3 retain t x\n 1 pub < PUBACK 3\n 2 pub > PUBREL 2\n"                   \
    "2 pub < PUBCOMP 2\n 2 sub < PUBLISH q1 id=1 subscription_identifier=4 t x\n 2 sub > PUBACK "  \
    "1\n"
#define THE_OTHER                                                                                  \
    "2 sub < PUBLISH q1 id=2 retain subscription_identifier=4 t x\n 2 sub > PUBACK 2\n"
    expect_pass5(ONE_OF_TWO THE_OTHER, "");
    expect_fail5(ONE_OF_TWO, "identifiers", "v5:MQTT-3.3.4-4");
}
END_TEST

DSL_MAIN("check/doubts_delivered", a_copy_taken_for_the_answer, copies_of_two_that_look_the_same,
         the_answer_to_a_subscribe_before, published_again_while_it_is_retained, live_or_retained,
         no_local_while_a_message_is_released, more_that_look_the_same_than_are_looked_at,
         one_that_looks_the_same_is_too_big, what_was_taken_for_the_answer,
         a_member_that_was_granted_qos_0_then, which_of_two_is_released,
         two_with_a_subscription_between, one_copy_of_two_and_the_answer, a_live_copy_at_qos_0)
