#include "unit/check/trace_dsl.h"

/* Where the string stands, and the statements that it breaks. */
START_TEST(each_field_has_its_statement) {
#define HEAD5 "00 04 4d 51 54 54 05"
#define HEAD3 "00 04 4d 51 54 54 04"
    static const char *const five[][2] = {
        {"30 05 00 01 c0 00 78", "v5:MQTT-3.3.2-1"},
        {"30 05 00 01 c0 00 78", "v5:MQTT-1.5.4-1"},
        {"30 05 00 01 00 00 78", "v5:MQTT-4.7.3-2"},
        {"30 05 00 01 00 00 78", "v5:MQTT-1.5.4-2"},
        {"30 08 00 01 74 04 08 00 01 c0", "v5:MQTT-3.3.2-13"},
        {"30 08 00 01 74 04 03 00 01 c0", "v5:MQTT-3.3.2-19"},
        {"32 0a 00 01 74 00 01 04 03 00 01 c0", "v5:MQTT-3.3.2-19"},
        {"30 0b 00 01 74 07 26 00 01 c0 00 01 61", "v5:MQTT-1.5.7-1"},
        {"82 07 00 01 00 00 01 c0 00", "v5:MQTT-3.8.3-1"},
        {"a2 06 00 01 00 00 01 c0", "v5:MQTT-3.10.3-1"},
    };
    static const char *const five_connect[][2] = {
        {"10 0e " HEAD5 " 02 00 00 00 00 01 c0", "v5:MQTT-3.1.3-4"},
        {"10 15 " HEAD5 " 06 00 00 00 00 01 61 00 00 01 c0 00 01 78", "v5:MQTT-3.1.3-11"},
        {"10 11 " HEAD5 " 82 00 00 00 00 01 61 00 01 c0", "v5:MQTT-3.1.3-12"},
    };
    static const char *const three[][2] = {
        {"10 0d " HEAD3 " 02 00 00 00 01 c0", "v3:MQTT-3.1.3-4"},
        {"10 13 " HEAD3 " 06 00 00 00 01 61 00 01 c0 00 01 78", "v3:MQTT-3.1.3-10"},
        {"10 10 " HEAD3 " 82 00 00 00 01 61 00 01 c0", "v3:MQTT-3.1.3-11"},
    };
    char script[256];
    for (size_t i = 0; i < sizeof five / sizeof five[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a up\n 1 a > HEX %s\n 1 a kick\n", five[i][0]);
        expect_fail5(script, "utf8", five[i][1]);
    }
    for (size_t i = 0; i < sizeof five_connect / sizeof five_connect[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a open\n 0 a > HEX %s\n 0 a kick\n",
                       five_connect[i][0]);
        expect_fail5(script, "utf8", five_connect[i][1]);
    }
    for (size_t i = 0; i < sizeof three / sizeof three[0]; i++) {
        (void)snprintf(script, sizeof script, "0 a open\n 0 a > HEX %s\n 0 a kick\n", three[i][0]);
        expect_fail(script, "utf8", three[i][1]);
    }
    expect_fail("0 a up\n 1 a > HEX 30 03 00 01 00\n 1 a kick\n", "utf8", "v3:MQTT-4.7.3-2");
    expect_fail("0 a up\n 1 a > HEX 30 03 00 01 c0\n 1 a kick\n", "utf8", "v3:MQTT-1.5.3-1");
}
END_TEST

START_TEST(what_is_right) {
    expect_pass("0 a up will=w,gone,1,0\n", "v3:MQTT-3.1.3-10");
    expect_pass5("0 a up will=w,gone,1,0\n", "v5:MQTT-3.1.3-11");
    expect_pass("0 a up\n 1 a > PUBLISH q0 t hi\n", "v3:MQTT-1.5.3-1");
    expect_pass5(
        "0 a up\n 1 a > PUBLISH q0 t content_type=x response_topic=r user_property=a:b hi\n",
        "v5:MQTT-1.5.7-1");
    expect_pass("0 a up\n 1 a subscribes t:0\n", "v3:MQTT-3.8.3-1");
    expect_pass("0 a up\n 1 a > UNSUBSCRIBE 1 t\n 1 a < UNSUBACK 1\n", "v3:MQTT-3.10.3-1");
}
END_TEST

/* It is said of the broker as well, and nothing of raw nodes; oracle_well_formed leaves it alone.
 */
START_TEST(who_is_judged) {
    expect_fail("0 a up\n 0.1 a subscribes #:1\n 1 a < HEX 30 05 00 01 c0 78 78\n", "utf8",
                "v3:MQTT-3.3.2-1");
#define NOT_UTF8 "0 a up\n 1 a > HEX 30 05 00 01 c0 00 78\n 1 a kick\n"
    expect_fail5_without(NOT_UTF8, "well_formed", "v5:MQTT-4.13.1-1");
    expect_unused5("0 raw up\n 1 raw > HEX 30 05 00 01 c0 00 78\n 1 raw kick\n", "v5:MQTT-1.5.4-1");
}
END_TEST

DSL_MAIN("check/utf8", each_field_has_its_statement, what_is_right, who_is_judged)
