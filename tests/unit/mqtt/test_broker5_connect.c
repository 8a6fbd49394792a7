/* 5.0 and 3.1 at the broker: who is let in, and what CONNACK says. */
#include "unit/mqtt/script.h"

static const ScriptRow rows[] = {
    {"plain",
     {0},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 00 {}\n"
     "a> c0:\n"
     "a< d0:\n"},
    {"3.1",
     {0},
     "a> 10: 'MQIsdp 03 02 0000 'a\n"
     "a< 20: 00 00\n"
     "a> 82: 0001 't 01\n"
     "a< 90: 0001 01\n"
     "a> 30: 't \"x\n"
     "a< 30: 't \"x\n"},
    {"3.1 knows no Session Present",
     {0},
     "a> 10: 'MQIsdp 03 00 0000 'a\n"
     "a< 20: 00 00\n"
     "a~\n"
     "a> 10: 'MQIsdp 03 00 0000 'a\n"
     "a< 20: 00 00\n"},
    {"3.1: identifiers of 1 to 23 bytes",
     {0},
     "a> 10: 'MQIsdp 03 02 0000 '12345678901234567890123\n"
     "a< 20: 00 00\n"
     "b> 10: 'MQIsdp 03 02 0000 '123456789012345678901234\n"
     "b< 20: 00 02\n"
     "b!\n"
     "c> 10: 'MQIsdp 03 02 0000 '\n"
     "c< 20: 00 02\n"
     "c!\n"},
    {"an unknown level is answered as 3.1.1 does",
     {0},
     "a> 10: 'MQTT 06 02 0000 {} 'a\n"
     "a< 20: 00 01\n"
     "a! v3:MQTT-3.1.2-2\n"
     "a> 10: 'MQTT 03 02 0000 'a\n"
     "a< 20: 00 01\n"
     "a! v3:MQTT-3.1.2-2\n"},
    {"versions that are not served",
     {.refuse_versions = 1u << 4 | 1u << 5},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 01\n"
     "a! v3:MQTT-3.1.2-2\n"
     "a> 10: 'MQTT 04 02 0000 'a\n"
     "a< 20: 00 01\n"
     "a! v3:MQTT-3.1.2-2\n"
     "a> 10: 'MQIsdp 03 02 0000 'a\n"
     "a< 20: 00 00\n"},
    {"a malformed CONNECT is told why",
     {.no_reason_strings = true},
     "a> 10: 'MQTT 05 03 0000 {} 'a\n"
     "a< 20: 00 81 {}\n"
     "a! v5:MQTT-3.1.2-3\n"},
    {"a protocol error in CONNECT",
     {.no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 21 0000 } 'a\n"
     "a< 20: 00 82 {}\n"
     "a!\n"},
    {"a second CONNECT",
     {.no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 00 {}\n"
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< e0: 82\n"
     "a! v5:MQTT-3.1.0-2\n"},
    {"errors are explained",
     {0},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 00 {}\n"
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< e0: 82 { 1f 'a_second_CONNECT_on_one_connection }\n"
     "a! v5:MQTT-3.1.0-2\n"},
};

START_TEST(test_row) {
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_connect", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
