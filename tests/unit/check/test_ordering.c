#include "unit/check/trace_dsl.h"

#define PAIR "0 sub up clean=0\n 0.1 sub subscribes t:2\n 0.2 pub up\n"
#define TWO                                                                                        \
    PAIR "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 1.1 pub > PUBLISH q1 id=2 t b\n 1.1 "   \
         "pub < PUBACK 2\n"
#define GET(time, id, payload)                                                                     \
    time " sub < PUBLISH q1 id=" id " t " payload "\n " time " sub > PUBACK " id "\n"

START_TEST(in_order) {
    expect_pass(TWO GET("2", "1", "a") GET("2.1", "2", "b"), "v3:MQTT-4.6.0-6");
    expect_pass(TWO GET("2", "1", "a") GET("2.1", "2", "b"), "v3:MQTT-4.6.0-5");
    expect_fail(TWO GET("2", "1", "b") GET("2.1", "2", "a"), "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(identical_payloads_count_in_the_brokers_favour) {
#define THREE PAIR "1 pub > PUBLISH q0 t a\n 1.1 pub > PUBLISH q0 t b\n 1.2 pub > PUBLISH q0 t a\n"
    /* The first a was dropped, which QoS 0 allows. */
    expect_pass(THREE "2 sub < PUBLISH q0 t b\n 2.1 sub < PUBLISH q0 t a\n", "v3:MQTT-4.6.0-6");
    /* Both came, one of them after b. */
    expect_fail(THREE
                "2 sub < PUBLISH q0 t b\n 2.1 sub < PUBLISH q0 t a\n 2.2 sub < PUBLISH q0 t a\n",
                "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(streams_are_apart) {
    /* Other publisher, other topic, other QoS: no order between them. */
    expect_pass(PAIR "0.3 two up\n 1 pub > PUBLISH q0 t a\n 1.1 two > PUBLISH q0 t b\n 2 sub < "
                     "PUBLISH q0 t b\n 2 sub < PUBLISH q0 t a\n",
                "");
    expect_pass(PAIR "1 pub > PUBLISH q1 id=1 t a\n 1 pub < PUBACK 1\n 1.1 pub > PUBLISH q0 t b\n "
                     "2 sub < PUBLISH q0 t b\n" GET("2", "1", "a"),
                "");
}
END_TEST

START_TEST(qos2_may_follow_the_pubrels) {
#define RELEASED(first, second)                                                                    \
    "0 sub up\n 0.1 sub subscribes t:0\n 0.2 raw open\n 0.2 raw > CONNECT\n 0.2 raw < CONNACK\n"   \
    "1 raw > PUBLISH q2 id=1 t a\n 1 raw < PUBREC 1\n 1 raw > PUBLISH q2 id=2 t b\n 1 raw < "      \
    "PUBREC 2\n"                                                                                   \
    "1.1 raw > PUBREL " first "\n 1.1 raw < PUBCOMP " first "\n 1.2 raw > PUBREL " second          \
    "\n 1.2 raw < PUBCOMP " second "\n"                                                            \
    "2 sub < PUBLISH q0 t b\n 2 sub < PUBLISH q0 t a\n"
    expect_pass(RELEASED("2", "1"), "");
    expect_fail(RELEASED("1", "2"), "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(broker_resends_in_order) {
#define UNACKED                                                                                    \
    TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub < PUBLISH q1 id=2 t b\n 2.1 sub cut\n 3 sub up "      \
        "clean=0 sp=1\n"
#define AGAIN(id, payload)                                                                         \
    "3.1 sub < PUBLISH q1 id=" id " dup t " payload "\n 3.1 sub > PUBACK " id "\n"
    expect_pass(UNACKED AGAIN("1", "a") AGAIN("2", "b"), "v3:MQTT-4.6.0-6");
    expect_fail(UNACKED AGAIN("2", "b") AGAIN("1", "a"), "ordering", "v3:MQTT-4.6.0-6");
}
END_TEST

START_TEST(client_resends_in_order) {
#define CLIENT                                                                                     \
    "0 pub up clean=0\n 1 pub > PUBLISH q1 id=1 t a\n 1 pub > PUBLISH q2 id=2 t b\n 1.1 pub "      \
    "cut\n 2 pub up clean=0 sp=1\n"
    expect_pass(CLIENT "2.1 pub > PUBLISH q1 id=1 dup t a\n 2.1 pub < PUBACK 1\n 2.1 pub > PUBLISH "
                       "q2 id=2 dup t b\n 2.1 pub < PUBREC 2\n"
                       "2.2 pub > PUBREL 2\n 2.2 pub < PUBCOMP 2\n",
                "v3:MQTT-4.6.0-1");
    expect_fail(CLIENT "2.1 pub > PUBLISH q2 id=2 dup t b\n 2.1 pub < PUBREC 2\n 2.1 pub > PUBLISH "
                       "q1 id=1 dup t a\n 2.1 pub < PUBACK 1\n"
                       "2.2 pub > PUBREL 2\n 2.2 pub < PUBCOMP 2\n",
                "ordering", "v3:MQTT-4.6.0-1");
}
END_TEST

START_TEST(client_acknowledges_in_order) {
#define ARRIVED TWO "2 sub < PUBLISH q1 id=1 t a\n 2 sub < PUBLISH q1 id=2 t b\n"
    expect_pass(ARRIVED "2.1 sub > PUBACK 1\n 2.1 sub > PUBACK 2\n", "v3:MQTT-4.6.0-2");
    expect_fail(ARRIVED "2.1 sub > PUBACK 2\n 2.1 sub > PUBACK 1\n", "ordering", "v3:MQTT-4.6.0-2");
}
END_TEST

#define QOS2_TWO                                                                                   \
    "0 sub up\n 0.1 sub subscribes t:2\n 0.2 pub up\n 1 pub > PUBLISH q2 id=1 t a\n 1 pub > "      \
    "PUBLISH q2 id=2 t b\n"                                                                        \
    "1.1 pub < PUBREC 1\n 1.1 pub < PUBREC 2\n"

START_TEST(pubrec_and_pubrel_order) {
#define REST                                                                                       \
    "3 pub < PUBCOMP 1\n 3 pub < PUBCOMP 2\n 4 sub < PUBLISH q2 id=1 t a\n 4 sub < PUBLISH q2 "    \
    "id=2 t b\n"
#define DONE "6 sub < PUBREL 1\n 6 sub < PUBREL 2\n 6 sub > PUBCOMP 1\n 6 sub > PUBCOMP 2\n"
    expect_pass(QOS2_TWO "2 pub > PUBREL 1\n 2 pub > PUBREL 2\n" REST
                         "5 sub > PUBREC 1\n 5 sub > PUBREC 2\n" DONE,
                "v3:MQTT-4.6.0-3");
    expect_pass(QOS2_TWO "2 pub > PUBREL 1\n 2 pub > PUBREL 2\n" REST
                         "5 sub > PUBREC 1\n 5 sub > PUBREC 2\n" DONE,
                "v3:MQTT-4.6.0-4");
    expect_fail(QOS2_TWO "2 pub > PUBREL 2\n 2 pub > PUBREL 1\n" REST
                         "5 sub > PUBREC 1\n 5 sub > PUBREC 2\n" DONE,
                "ordering", "v3:MQTT-4.6.0-4");
    expect_fail(QOS2_TWO "2 pub > PUBREL 1\n 2 pub > PUBREL 2\n" REST
                         "5 sub > PUBREC 2\n 5 sub > PUBREC 1\n" DONE,
                "ordering", "v3:MQTT-4.6.0-3");
}
END_TEST

START_TEST(a_brokers_acknowledgements_may_come_in_any_order) {
    expect_pass("0 pub up\n 1 pub > PUBLISH q1 id=1 t a\n 1 pub > PUBLISH q1 id=2 t b\n 1.1 pub < "
                "PUBACK 2\n 1.1 pub < PUBACK 1\n",
                "");
}
END_TEST

DSL_MAIN("check/ordering", in_order, identical_payloads_count_in_the_brokers_favour,
         streams_are_apart, qos2_may_follow_the_pubrels, broker_resends_in_order,
         client_resends_in_order, client_acknowledges_in_order, pubrec_and_pubrel_order,
         a_brokers_acknowledgements_may_come_in_any_order)
