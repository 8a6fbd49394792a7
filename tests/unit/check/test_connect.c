#include "unit/check/trace_dsl.h"

/* CONNECT of client "a", CleanSession 1, with another name, level or flags. */
#define BAD_NAME         "HEX 10 0d 00 04 4d 51 54 58 04 02 00 00 00 01 61"
#define BAD_LEVEL        "HEX 10 0d 00 04 4d 51 54 54 09 02 00 00 00 01 61"
#define BAD_FLAG         "HEX 10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61"
#define BAD_WILL         "HEX 10 0d 00 04 4d 51 54 54 04 22 00 00 00 01 61"
#define EMPTY_PERSISTENT "HEX 10 0c 00 04 4d 51 54 54 04 00 00 00 00 00"

START_TEST(accepted) {
    expect_pass("0 sub up\n", "v3:MQTT-3.1.4-4");
    expect_pass("0 sub up\n", "v3:MQTT-3.2.0-1");
    expect_pass("0 sub up\n", "v3:MQTT-3.1.3-5");
    expect_fail("0 sub open\n 0 sub > CONNECT\n", "connect", "v3:MQTT-3.1.4-4");
    expect_fail("0 sub open\n 0 sub > CONNECT\n 0 sub < CONNACK code=1\n 0 sub kick\n", "connect",
                "v3:MQTT-3.1.4-4");
    expect_fail("0 sub open\n 0 sub > CONNECT\n 0 sub < CONNACK code=2\n 0 sub kick\n", "connect",
                "v3:MQTT-3.1.3-5");
    expect_inconclusive("0 sub open\n 0 sub > CONNECT\n 1 busy\n", "connect", "v3:MQTT-3.1.4-4");
    expect_pass("0 sub open\n 0 sub > CONNECT\n 0.1 sub cut\n", "");
}
END_TEST

START_TEST(connack_comes_first) {
    expect_fail("0 raw open\n 0 raw > PINGREQ\n 0 raw < PINGRESP\n", "connect", "v3:MQTT-3.2.0-1");
    expect_fail("0 raw open\n 0 raw > PINGREQ\n 0 raw < PINGRESP\n", "reaction", "v3:MQTT-4.8.0-1");
    expect_pass("0 raw open\n 0 raw > PINGREQ\n 0 raw kick\n", "v3:MQTT-4.8.0-1");
}
END_TEST

START_TEST(client_connects_first) {
    expect_pass("0 sub up\n", "v3:MQTT-3.1.0-1");
    expect_fail("0 sub open\n 0 sub > PINGREQ\n 0 sub kick\n", "connect", "v3:MQTT-3.1.0-1");
}
END_TEST

START_TEST(second_connect) {
    expect_pass("0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 1 raw > CONNECT\n 1 raw kick\n",
                "v3:MQTT-3.1.0-2");
    expect_fail("0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 1 raw > CONNECT\n", "connect",
                "v3:MQTT-3.1.0-2");
    expect_inconclusive(
        "0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK\n 1 raw > CONNECT\n 1 busy\n", "connect",
        "v3:MQTT-3.1.0-2");
}
END_TEST

START_TEST(bad_connects) {
    expect_fail("0 raw open\n 0 raw > " BAD_NAME "\n 0 raw < CONNACK\n", "connect",
                "v3:MQTT-3.1.2-1");
    expect_pass("0 raw open\n 0 raw > " BAD_NAME "\n 0 raw kick\n", "v3:MQTT-3.1.2-1");
    expect_pass("0 raw open\n 0 raw > " BAD_LEVEL "\n 0 raw < CONNACK code=1\n 0 raw kick\n",
                "v3:MQTT-3.1.2-2");
    expect_fail("0 raw open\n 0 raw > " BAD_LEVEL "\n 0 raw < CONNACK code=5\n 0 raw kick\n",
                "connect", "v3:MQTT-3.1.2-2");
    expect_fail("0 raw open\n 0 raw > " BAD_LEVEL "\n 0 raw < CONNACK code=1\n", "connect",
                "v3:MQTT-3.1.2-2");
    expect_fail("0 raw open\n 0 raw > " BAD_FLAG "\n 0 raw < CONNACK\n", "connect",
                "v3:MQTT-3.1.2-3");
    expect_fail("0 raw open\n 0 raw > " BAD_WILL "\n 0 raw < CONNACK\n", "connect",
                "v3:MQTT-3.1.4-1");
    expect_pass("0 raw open\n 0 raw > " BAD_WILL "\n 0 raw kick\n", "v3:MQTT-3.1.4-1");
}
END_TEST

/* A client, not a raw connection, that says what nobody speaks: one finding, about that field. */
START_TEST(clients_whose_connect_cannot_be_read) {
    static const char *const cases[][2] = {
        {BAD_NAME, "3.1.2-1"},
        {BAD_LEVEL, "3.1.2-2"},
        {"HEX 10 0d 00 04 4d 51 54 54 00 02 00 00 00 01 61", "3.1.2-2"},
        {"HEX 10 0d 00 04 4d 51 54 54 06 02 00 00 00 01 61", "3.1.2-2"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++) {
        char script[200], statement[40];
        snprintf(script, sizeof script, "0 sub open\n 0 sub > %s\n 0 sub kick\n", cases[i][0]);
        snprintf(statement, sizeof statement, "v3:MQTT-%s", cases[i][1]);
        expect_only(script, "connect", statement);
        snprintf(statement, sizeof statement, "v5:MQTT-%s", cases[i][1]);
        expect_only5(script, "connect", statement);
    }
    expect_only("0 sub open\n 0 sub > " BAD_FLAG "\n 0 sub kick\n", "connect", "v3:MQTT-3.1.2-3");
    expect_only5("0 sub open\n 0 sub > HEX 10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61\n"
                 "0 sub kick\n",
                 "connect", "v5:MQTT-3.1.2-3");
}
END_TEST

START_TEST(empty_client_id_with_a_persistent_session) {
    expect_pass("0 raw open\n 0 raw > " EMPTY_PERSISTENT "\n 0 raw < CONNACK code=2\n 0 raw kick\n",
                "v3:MQTT-3.1.3-8");
    expect_fail("0 raw open\n 0 raw > " EMPTY_PERSISTENT "\n 0 raw < CONNACK\n", "connect",
                "v3:MQTT-3.1.3-8");
    expect_fail("0 raw open\n 0 raw > " EMPTY_PERSISTENT "\n 0 raw < CONNACK code=2\n", "connect",
                "v3:MQTT-3.1.3-8");
}
END_TEST

START_TEST(a_refusal_ends_it) {
    expect_pass("0 sub open\n 0 sub > CONNECT\n 0 sub < CONNACK code=5\n 0 sub kick\n",
                "v3:MQTT-3.2.2-5");
    expect_fail("0 sub open\n 0 sub > CONNECT\n 0 sub < CONNACK code=5\n", "connect",
                "v3:MQTT-3.2.2-5");
    expect_fail("0 raw open\n 0 raw > CONNECT\n 0 raw < CONNACK code=5\n 1 raw > PINGREQ\n 1 raw < "
                "PINGRESP\n 1 raw kick\n",
                "connect", "v3:MQTT-3.1.4-5");
    /* It went on before it could know. */
    expect_pass("0 sub open\n 0 sub > CONNECT\n 0 sub >! PUBLISH q0 t x\n 0 sub < CONNACK code=5\n"
                "0 sub kick\n",
                "v3:MQTT-3.1.4-5");
    expect_fail("0 w up\n 0 w subscribes t:0\n 1 sub open\n 1 sub > CONNECT\n"
                "1 sub < CONNACK code=5\n 1 sub > PUBLISH q0 t x\n 1 w < PUBLISH q0 t x\n"
                "1 sub kick\n",
                "connect", "v3:MQTT-3.1.4-5");
    expect_unused5("0 sub open\n 0 sub > CONNECT\n 0 sub < CONNACK code=0x87\n 0 sub kick\n",
                   "v5:MQTT-3.1.4-6");
}
END_TEST

START_TEST(takeover) {
    expect_pass(
        "0 one up id=x\n 1 two open\n 1 two > CONNECT id=x\n 1 one kick\n 1 two < CONNACK\n",
        "v3:MQTT-3.1.4-2");
    expect_fail("0 one up id=x\n 1 two up id=x\n", "connect", "v3:MQTT-3.1.4-2");
    expect_fail(
        "0 one up id=x\n 1 two up id=x\n 2 one > PINGREQ\n 2 one < PINGRESP\n 3 one close\n",
        "connect", "v3:MQTT-3.1.4-2");
    expect_inconclusive("0 one up id=x\n 1 two up id=x\n 1.1 busy\n", "connect", "v3:MQTT-3.1.4-2");
    expect_pass("0 one up id=x\n 0.5 one cut\n 1 two up id=x\n", "");
}
END_TEST

START_TEST(takeover_of_a_dead_link) {
    /* The gateway of a real broker tells of a vanished connection only that the broker closed it.
     */
#define VANISHED "0 one up id=x\n 1 one struck\n 1 one vanish\n 2 two up id=x\n"
    expect_pass_live(VANISHED "2.1 one outside\n", "v3:MQTT-3.1.4-2");
    expect_fail_live(VANISHED, "connect", "v3:MQTT-3.1.4-2");
}
END_TEST

START_TEST(disconnect) {
    expect_pass("0 sub up\n 1 sub > DISCONNECT\n 1 sub close\n", "v3:MQTT-3.14.4-1");
    expect_pass("0 sub up\n 1 sub > DISCONNECT\n 1 sub close\n", "v3:MQTT-3.14.4-2");
    expect_fail("0 sub up\n 1 sub > DISCONNECT\n 2 sub gone\n 3 settled", "connect",
                "v3:MQTT-3.14.4-1");
    expect_fail("0 sub up\n 1 sub > DISCONNECT\n 1 sub > PINGREQ\n 1 sub close\n", "connect",
                "v3:MQTT-3.14.4-2");
}
END_TEST

DSL_MAIN("check/connect", accepted, connack_comes_first, client_connects_first, second_connect,
         bad_connects, clients_whose_connect_cannot_be_read,
         empty_client_id_with_a_persistent_session, a_refusal_ends_it, takeover,
         takeover_of_a_dead_link, disconnect)
