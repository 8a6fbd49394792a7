/* 5.0 at the broker: what each side may send, in number and in size; Topic Aliases; expiry; what
 * CONNACK says is not available. */
#include "unit/mqtt/script.h"

#define A "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"
#define B "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 {}\n"

static const uint8_t pair[] = {0x26, 0, 1, 'k', 0, 1, 'v'};

static const ScriptRow rows[] = {
    {"CONNACK announces what is limited",
     {.receive_maximum = 3,
      .maximum_packet_size = 100,
      .topic_alias_maximum = 2,
      .limit_publish_qos = true,
      .publish_qos_max = DRILL_QOS_1,
      .no_retain = true,
      .no_wildcards = true,
      .no_subscription_ids = true,
      .no_shared = true,
      .has_server_keep_alive = true,
      .server_keep_alive_s = 9,
      .response_information = {(const uint8_t *)"ri", 2}},
     "a> 10: 'MQTT 05 02 0000 { 19 01 } 'a\n"
     "a< 20: 00 00 { 21 0003 24 01 25 00 27 00000064 22 0002 28 00 29 00 2a 00 13 0009 1a 'ri }\n"
     "b> 10: 'MQTT 05 02 0000 { 19 00 } 'b\n"
     "b< 20: 00 00 { 21 0003 24 01 25 00 27 00000064 22 0002 28 00 29 00 2a 00 13 0009 }\n"
     "c> 10: 'MQTT 04 02 0000 'c\n"
     "c< 20: 00 00\n"},

    /* Receive Maximum. */
    {"a client that has more open than our Receive Maximum",
     {.receive_maximum = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 00 { 21 0002 }\n"
     "a> 34: 't 0001 {} \"x\n"
     "a< 50: 0001\n"
     "a> 32: 't 0002 {} \"x\n"
     "a< 40: 0002\n"
     "a> 34: 't 0003 {} \"x\n"
     "a< 50: 0003\n"
     "a> 62: 0001\n"
     "a< 70: 0001\n"
     "a> 30: 't {} \"x\n"
     "a> 34: 't 0001 {} \"x\n"
     "a< 50: 0001\n"
     "a> 34: 't 0004 {} \"x\n"
     "a< e0: 93\n"
     "a! v5:MQTT-3.3.4-7\n"},
    {"a repetition is not one more",
     {.receive_maximum = 1},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 00 { 21 0001 }\n"
     "a> 34: 't 0001 {} \"x\na< 50: 0001\n"
     "a> 3c: 't 0001 {} \"x\na< 50: 0001\n"
     "a> 62: 0001\na< 70: 0001\n"
     "a> 34: 't 0002 {} \"x\na< 50: 0002\n"},
    {"what an earlier connection left open does not count",
     {.receive_maximum = 1},
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n"
     "a< 20: 00 00 { 21 0001 }\n"
     "a> 34: 't 0001 {} \"x\n"
     "a< 50: 0001\n"
     "a~\n"
     "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n"
     "a< 20: 01 00 { 21 0001 }\n"
     "a> 34: 't 0002 {} \"x\n"
     "a< 50: 0002\n"
     "a> 62: 0001\n"
     "a< 70: 0001\n"
     "a> 62: 0002\n"
     "a< 70: 0002\n"
     "a> 34: 't 0003 {} \"x\n"
     "a< 50: 0003\n"},
    {"the client's Receive Maximum, PUBREL included",
     {0},
     A "b> 10: 'MQTT 05 02 0000 { 21 0002 } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 02\nb< 90: 0001 {} 02\n"
       "a> 34: 't 0001 {} \"1\na< 50: 0001\n"
       "a> 62: 0001\nb< 34: 't 0001 {} \"1\na< 70: 0001\n"
       "a> 32: 't 0001 {} \"2\nb< 32: 't 0002 {} \"2\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"3\na< 40: 0001\n"
       "a> 30: 't {} \"4\n"
       "b> c0:\nb< d0:\n"
       "b> 50: 0001\nb< 62: 0001\n"
       "b> 40: 0002\n"
       "b< 32: 't 0003 {} \"3\n"
       "b< 30: 't {} \"4\n"
       "b> 70: 0001\n"},
    {"on resumption, too, and in order",
     {0},
     A "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "a> 32: 't 0001 {} \"1\nb< 32: 't 0001 {} \"1\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"2\nb< 32: 't 0002 {} \"2\na< 40: 0001\n"
       "b~\n"
       "a> 32: 't 0001 {} \"3\na< 40: 0001\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a 21 0001 } 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0001 {} \"1\n"
       "b> 40: 0001\n"
       "b< 3a: 't 0002 {} \"2\n"
       "b> 40: 0002\n"
       "b< 32: 't 0003 {} \"3\n"},

    {"queues: refused",
     {.queue_messages_max = 1, .queue_policy = DRILL_QUEUE_REFUSE, .no_reason_strings = true},
     A "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "a> 82: 0001 {} 't 00\na< 90: 0001 {} 00\n"
       "b~\n"
       "a> 32: 't 0001 {} \"1\na< 30: 't {} \"1\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"2\na< 40: 0001 97\n"
       "a> 34: 't 0001 {} \"2\na< 50: 0001 97\n"
       "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 32: 't 0001 \"3\na< 30: 't {} \"3\nc< 40: 0001\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 01 00 {}\n"
       "b< 32: 't 0001 {} \"1\n"},
    {"queues: bytes, the oldest dropped",
     {.queue_bytes_max = 10, .queue_policy = DRILL_QUEUE_DROP_OLDEST},
     A "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "b~\n"
       "a> 32: 't 0001 {} \"111\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"222\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"33333\na< 40: 0001\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 01 00 {}\n"
       "b< 32: 't 0001 {} \"222\n"
       "b< 32: 't 0002 {} \"33333\n"},
    {"queues: what has expired makes room first",
     {.queue_messages_max = 2, .queue_policy = DRILL_QUEUE_DROP_NEWEST},
     A "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "b~\n"
       "a> 32: 't 0001 {} \"1\na< 40: 0001\n"
       "a> 32: 't 0001 { 02 00000001 } \"2\na< 40: 0001\n"
       "+ 1s\n"
       "a> 32: 't 0001 {} \"3\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"4\na< 40: 0001\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 01 00 {}\n"
       "b< 32: 't 0001 {} \"1\n"
       "b< 32: 't 0002 {} \"3\n"},

    /* Maximum Packet Size. */
    {"larger than the client takes: as if delivered",
     {0},
     A "b> 10: 'MQTT 05 02 0000 { 27 0000000c 21 0001 } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "a> 32: 't 0001 {} \"12345\na< 40: 0001\n"
       "a> 30: 't {} \"1234567\n"
       "a> 32: 't 0001 {} \"1234\nb< 32: 't 0002 {} \"1234\na< 40: 0001\n"},
    {"larger on resumption",
     {0},
     A "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
       "a> 32: 't 0001 {} \"123456\nb< 32: 't 0001 {} \"123456\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"2\nb< 32: 't 0002 {} \"2\na< 40: 0001\n"
       "b~\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a 27 0000000c } 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0002 {} \"2\n"
       "b~\n"
       "b> 10: 'MQTT 05 00 0000 {} 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0002 {} \"2\n"},
    {"a Reason String that does not fit",
     {0},
     "b> 10: 'MQTT 05 02 0000 { 27 00000010 } 'b\nb< 20: 00 00 {}\n"
     "b> 62: 0001\n"
     "b< 70: 0001 92\n"},
    {"a Reason String that fits",
     {0},
     "b> 10: 'MQTT 05 02 0000 { 27 00000064 } 'b\nb< 20: 00 00 {}\n"
     "b> 62: 0001\n"
     "b< 70: 0001 92 { 1f 'Packet_Identifier_not_found }\n"},
    {"User Properties go first, then the Reason String",
     {.user_properties = {{pair, 7}, 1}},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 26 'k 'v }\n"
     "a> 62: 0001\na< 70: 0001 92 { 1f 'Packet_Identifier_not_found 26 'k 'v }\n"
     "a> 32: 't 0001 {} \"x\na< 40: 0001 00 { 26 'k 'v }\n"
     "a> 82: 0001 {} 't 00\na< 90: 0001 { 26 'k 'v } 00\n"
     "a> 30: 't {} \"x\na< 30: 't {} \"x\n"
     "a> c0:\na< d0:\n"
     "b> 10: 'MQTT 05 02 0000 { 27 00000028 } 'b\nb< 20: 00 00 { 26 'k 'v }\n"
     "b> 62: 0001\nb< 70: 0001 92 { 1f 'Packet_Identifier_not_found }\n"
     "b> 32: 't 0001 {} \"x\na< 30: 't {} \"x\nb< 40: 0001 00 { 26 'k 'v }\n"
     "c> 10: 'MQTT 05 02 0000 { 27 0000000b } 'c\nc< 20: 00 00 {}\n"
     "c> 62: 0001\nc< 70: 0001 92\n"
     "d> 10: 'MQTT 05 02 0000 { 17 00 } 'd\nd< 20: 00 00 {}\n"
     "d> 62: 0001\nd< 70: 0001 92\n"
     "e> 10: 'MQTT 04 02 0000 'e\ne< 20: 00 00\n"},
    {"a Reason String that is not asked for",
     {0},
     "b> 10: 'MQTT 05 02 0000 { 17 00 } 'b\nb< 20: 00 00 {}\n"
     "b> 62: 0001\n"
     "b< 70: 0001 92\n"},
    {"an answer that does not fit",
     {0},
     "b> 10: 'MQTT 05 02 0000 { 27 00000008 } 'b\nb< 20: 00 00 {}\n"
     "b> 82: 0001 {} 't 01 'u 01 'v 01\nb< 90: 0001 {} 01 01 01\n"
     "b> 82: 0001 {} 't 01 'u 01 'v 01 'w 01\n"
     "b< e0: 95\n"
     "b!\n"},
    {"a CONNACK that does not fit: nobody came in",
     {.receive_maximum = 3},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 21 0003 }\n"
     "a> 82: 0001 {} 't 00\na< 90: 0001 {} 00\n"
     "b> 10: 'MQTT 05 06 0000 { 27 00000007 } 'b {} 't 'will\n"
     "b!\n"
     "c> 10: 'MQTT 05 02 0000 { 27 00000007 } 'a\n"
     "c!\n"
     "a> 30: 't {} \"1\na< 30: 't {} \"1\n"
     "b> 10: 'MQTT 05 06 0000 { 27 00000008 } 'b {} 't 'will\nb< 20: 00 00 { 21 0003 }\n"
     "b~\n"
     "a< 30: 't {} \"will\n"},
    {"larger than the broker takes",
     {.maximum_packet_size = 30, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 27 0000001e }\n"
     "a> 30: 't {} \"1234567890123456789012345\n"
     "a< e0: 95\n"
     "a!\n"
     "b> 10: 'MQTT 05 02 0000 {} 'abcdefghijklmnopqrstuvwxyz\n"
     "b< 20: 00 95 {}\n"
     "b!\n"
     "c> 10: 'MQTT 04 02 0000 'abcdefghijklmnopqrstuvwxyz\nc< 20: 00 00\n"
     "c> 30: 't \"1234567890123456789012345\n"},

    /* Topic Aliases. */
    {"aliases from a client",
     {.topic_alias_maximum = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 00 0000 {} 'a\na< 20: 00 00 { 22 0002 }\n"
     "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 00 { 22 0002 }\n"
     "b> 82: 0001 {} '# 00\nb< 90: 0001 {} 00\n"
     "a> 30: 't { 23 0002 } \"1\nb< 30: 't {} \"1\n"
     "a> 30: ' { 23 0002 } \"2\nb< 30: 't {} \"2\n"
     "a> 30: 'u { 23 0002 } \"3\nb< 30: 'u {} \"3\n"
     "a> 34: ' 0001 { 23 0002 } \"4\na< 50: 0001\n"
     "a> 62: 0001\nb< 30: 'u {} \"4\na< 70: 0001\n"
     "a> 30: ' { 23 0001 } \"5\n"
     "a< e0: 82\n"
     "a!\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\na< 20: 00 00 { 22 0002 }\n"
     "a> 30: ' { 23 0002 } \"6\n"
     "a< e0: 82\n"
     "a!\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\na< 20: 00 00 { 22 0002 }\n"
     "a> 30: 't { 23 0003 } \"7\n"
     "a< e0: 94\n"
     "a! v5:MQTT-3.3.2-9\n"
     "a> 10: 'MQTT 05 00 0000 {} 'a\na< 20: 00 00 { 22 0002 }\n"
     "a> 30: 't { 23 0000 } \"8\n"
     "a< e0: 94\n"
     "a! v5:MQTT-3.3.2-8\n"},
    {"none without Topic Alias Maximum",
     {.no_reason_strings = true},
     A "a> 30: 't { 23 0001 } \"x\n"
       "a< e0: 94\n"
       "a! v5:MQTT-3.3.2-9\n"},
    {"aliases to a client: the first topics",
     {.topic_aliases = DRILL_TOPIC_ALIASES_FIRST},
     A "b> 10: 'MQTT 05 00 0000 { 22 0001 11 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 01\nb< 90: 0001 {} 01\n"
       "a> 30: 't {} \"1\nb< 30: 't { 23 0001 } \"1\n"
       "a> 30: 't {} \"2\nb< 30: ' { 23 0001 } \"2\n"
       "a> 30: 'u {} \"3\nb< 30: 'u {} \"3\n"
       "a> 32: 't 0001 {} \"4\nb< 32: ' 0001 { 23 0001 } \"4\na< 40: 0001\n"
       "b~\n"
       "b> 10: 'MQTT 05 00 0000 { 22 0001 11 0000000a } 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0001 { 23 0001 } \"4\n"
       "b~\n"
       "b> 10: 'MQTT 05 00 0000 { 11 0000000a } 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0001 {} \"4\n"},
    {"aliases to a client: the topics used last",
     {.topic_aliases = DRILL_TOPIC_ALIASES_RECENT},
     A "b> 10: 'MQTT 05 02 0000 { 22 0001 } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 00\nb< 90: 0001 {} 00\n"
       "a> 30: 't {} \"1\nb< 30: 't { 23 0001 } \"1\n"
       "a> 30: 'u {} \"2\nb< 30: 'u { 23 0001 } \"2\n"
       "a> 30: 'u {} \"3\nb< 30: ' { 23 0001 } \"3\n"
       "a> 30: 't {} \"4\nb< 30: 't { 23 0001 } \"4\n"},
    {"an alias that would make the packet too large",
     {.topic_aliases = DRILL_TOPIC_ALIASES_FIRST},
     A "b> 10: 'MQTT 05 02 0000 { 22 0001 27 0000000a } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 00\nb< 90: 0001 {} 00\n"
       "a> 30: 't {} \"1234\nb< 30: 't {} \"1234\n"
       "a> 30: 't {} \"1\nb< 30: 't { 23 0001 } \"1\n"
       "a> 30: 't {} \"1234\nb< 30: 't {} \"1234\n"}, /* nor the alias alone: its name is shorter */

    /* Message Expiry Interval. */
    {"the interval less the whole seconds waited; and too late",
     {0},
     A "b> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'b\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 01\nb< 90: 0001 {} 01\n"
       "b~\n"
       "a> 32: 't 0001 { 02 0000000a } \"1\na< 40: 0001\n"
       "a> 32: 't 0001 { 02 00000002 } \"2\na< 40: 0001\n"
       "a> 32: 't 0001 {} \"3\na< 40: 0001\n"
       "+ 2s\n"
       "+ 999ms\n"
       "b> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'b\nb< 20: 01 00 {}\n"
       "b< 32: 't 0001 { 02 00000008 } \"1\n"
       "b< 32: 't 0002 {} \"3\n"
       "b~\n"
       "+ 1h\n" /* on its way: expiry does not matter any more */
       "b> 10: 'MQTT 05 00 0000 { 11 ffffffff } 'b\nb< 20: 01 00 {}\n"
       "b< 3a: 't 0001 { 02 00000000 } \"1\n"
       "b< 3a: 't 0002 {} \"3\n"},
    {"held back by the quota until it expires",
     {.inflight_max = 1},
     A B "b> 82: 0001 {} 't 01\nb< 90: 0001 {} 01\n"
         "a> 32: 't 0001 {} \"1\nb< 32: 't 0001 {} \"1\na< 40: 0001\n"
         "a> 32: 't 0001 { 02 00000001 } \"2\na< 40: 0001\n"
         "a> 32: 't 0001 {} \"3\na< 40: 0001\n"
         "+ 1s\n"
         "b> 40: 0001\n"
         "b< 32: 't 0002 {} \"3\n"},
    {"Retained Messages expire",
     {0},
     A "a> 31: 't { 02 00000005 } \"x\n"
       "+ 3s\n"
       "a> 82: 0001 {} 't 00\na< 90: 0001 {} 00\n"
       "a< 31: 't { 02 00000002 } \"x\n"
       "+ 2s\n"
       "a> 82: 0001 {} 't 00\na< 90: 0001 {} 00\n"},
    {"QoS 2 runs to its end though the message has expired",
     {0},
     A B "b> 82: 0001 {} 't 02\nb< 90: 0001 {} 02\n"
         "a> 34: 't 0001 { 02 00000001 } \"x\na< 50: 0001\n"
         "+ 1s\n"
         "a> 62: 0001\na< 70: 0001\n"},

    /* What is not available. */
    {"above the Maximum QoS",
     {.limit_publish_qos = true, .publish_qos_max = DRILL_QOS_0, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 24 00 }\n"
     "a> 82: 0001 {} 't 02\na< 90: 0001 {} 02\n"
     "a> 32: 't 0001 {} \"x\n"
     "a< e0: 9b\n"
     "a! v5:MQTT-3.2.2-11\n"
     "a> 10: 'MQTT 05 0e 0000 {} 'a {} 'w 'x\n"
     "a< 20: 00 9b {}\n"
     "a! v5:MQTT-3.2.2-12\n"},
    {"RETAIN where nothing is retained",
     {.no_retain = true, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 25 00 }\n"
     "a> 31: 't {} \"x\n"
     "a< e0: 9a\n"
     "a! v5:MQTT-3.2.2-14\n"
     "a> 10: 'MQTT 05 26 0000 {} 'a {} 'w 'x\n"
     "a< 20: 00 9a {}\n"
     "a! v5:MQTT-3.2.2-13\n"},
    {"subscriptions that are not available end the connection",
     {.no_wildcards = true,
      .no_shared = true,
      .no_subscription_ids = true,
      .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 28 00 29 00 2a 00 }\n"
     "a> 82: 0001 {} 't 00 'a/+ 00\n"
     "a< e0: a2\n"
     "a!\n"
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 28 00 29 00 2a 00 }\n"
     "a> 82: 0001 {} '$share/g/t 00\n"
     "a< e0: 9e\n"
     "a!\n"
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 28 00 29 00 2a 00 }\n"
     "a> 82: 0001 { 0b 01 } 't 00\n"
     "a< e0: a1\n"
     "a!\n"
     "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
     "c> 82: 0001 'a/# 00 '$share/g/t 01\nc< 90: 0001 80 01\n"},
    {"or are refused by SUBACK",
     {.no_wildcards = true,
      .no_shared = true,
      .no_subscription_ids = true,
      .unavailable = DRILL_UNAVAILABLE_SUBACK,
      .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 28 00 29 00 2a 00 }\n"
     "a> 82: 0001 {} 't 00 'a/+ 00 '$share/g/t 00\n"
     "a< 90: 0001 {} 00 a2 9e\n"
     "a> 82: 0001 { 0b 01 } 't 00\n"
     "a< 90: 0001 {} a1\n"
     "a> 30: 't {} \"x\n"
     "a< 30: 't {} \"x\n"},
    {"granted QoS",
     {.limit_granted_qos = true, .granted_qos_max = DRILL_QOS_1},
     A "a> 82: 0001 {} 't 02\na< 90: 0001 {} 01\n"
       "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 82: 0001 't 02 'u 00\nc< 90: 0001 01 00\n"},
    {"a Subscription Identifier from a client",
     {.no_reason_strings = true},
     A "a> 30: 't { 0b 01 } \"x\n"
       "a< e0: 82\n"
       "a! v5:MQTT-3.3.4-6\n"},
    {"No Local on a Shared Subscription",
     {.no_reason_strings = true},
     A "a> 82: 0001 {} '$share/g/t 04\n"
       "a< e0: 82\n"
       "a! v5:MQTT-3.8.3-4\n"},
    {"another configuration: what CONNACK announced holds for its connection",
     {.receive_maximum = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 21 0002 }\n"
     "b> 10: 'MQTT 04 02 0000 'b\nb< 20: 00 00\n"
     "reload\n"
     "a> 82: 0001 {} 't/+ 00\na< 90: 0001 {} 00\n"
     "b> 82: 0001 't/# 00\nb< 90: 0001 80\n"
     "a> 35: 't 0001 {} \"x\na< 50: 0001\n"
     "a> 34: 't 0002 {} \"x\na< 50: 0002\n"
     "a> 34: 't 0003 {} \"x\na< e0: 93\na! v5:MQTT-3.3.4-7\n"
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 { 21 0001 24 01 25 00 28 00 }\n"
     "a> 34: 't 0001 {} \"x\na< e0: 9b\na! v5:MQTT-3.2.2-11\n"},
    {"Payload Format Indicator: checked",
     {.no_reason_strings = true},
     A B "b> 82: 0001 {} 't 00\nb< 90: 0001 {} 00\n"
         "a> 32: 't 0001 { 01 01 } ff\na< 40: 0001 99\n"
         "a> 34: 't 0001 { 01 01 } ff\na< 50: 0001 99\n"
         "a> 30: 't { 01 00 } ff\nb< 30: 't { 01 00 } ff\n"
         "a> 30: 't { 01 01 } ff\n"
         "a< e0: 99\n"
         "a!\n"},
    {"Payload Format Indicator: passed on",
     {.pass_bad_payload_format = true},
     A B "b> 82: 0001 {} 't 00\nb< 90: 0001 {} 00\n"
         "a> 32: 't 0001 { 01 01 } ff\nb< 30: 't { 01 01 } ff\na< 40: 0001\n"
         "a> 30: 't { 01 01 } ff\nb< 30: 't { 01 01 } ff\n"},
};

START_TEST(test_row) {
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_limits", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
