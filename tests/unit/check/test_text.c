#include "unit/check/trace_dsl.h"

#define SUB "0 sub up\n 0.1 sub subscribes #:0\n 0.2 pub up\n"

START_TEST(a_byte_order_mark_is_a_character) {
    expect_pass(SUB "1 pub > PUBLISH q0 a\xef\xbb\xbfz x\n 1 sub < PUBLISH q0 a\xef\xbb\xbfz x\n",
                "v3:MQTT-1.5.3-3");
    expect_fail(SUB "1 pub > PUBLISH q0 a\xef\xbb\xbfz x\n 1 sub < PUBLISH q0 az x\n", "text",
                "v3:MQTT-1.5.3-3");
    expect_fail5(SUB "1 pub > PUBLISH q0 \xef\xbb\xbfz x\n 1 sub < PUBLISH q0 z x\n", "text",
                 "v5:MQTT-1.5.4-3");
    expect_pass(SUB "1 pub > PUBLISH q0 z x\n 1 sub < PUBLISH q0 z x\n", "");
}
END_TEST

DSL_MAIN("check/text", a_byte_order_mark_is_a_character)
