/* Defects of the broker that test_defects.c does not have: each shows in what peers are told. */
#include "unit/mqtt/defects.h"
#include "unit/suite.h"

static const DrillAuthMethod *const methods[] = {&drill_auth_reverse};

/* clang-format off */
static const BrokerScript twice = {
    {0},
    "a> 10: 'MQTT 04 00 0000 'a\n"
    "a> 34: 't 0007 \"x\n"
    "a~\n"
    "a> 10: 'MQTT 04 00 0000 'a\n"
    "a> 3c: 't 0007 \"x\n"
    "a> 32: 't 0007 \"y\n"};

static const BrokerScript backlog = {
    {0},
    "a> 10: 'MQTT 04 02 0000 'a\n"
    "b> 10: 'MQTT 04 00 0000 'b\n"
    "b> 82: 0001 't 01\n"
    "b~\n"
    "a> 32: 't 0001 \"1\n"
    "a> 32: 't 0001 \"2\n"
    "a> 32: 't 0001 \"3\n"
    "b> 10: 'MQTT 04 00 0000 'b\n"
    "b> c0:\n"};

static const DrillTopicRule only_open[] = {{.filter = {(const uint8_t *)"Open", 4}, .publish = true, .subscribe = true},
                                           {.filter = {(const uint8_t *)"#", 1}, .subscribe = true}};
static const uint8_t user_property[] = {0x26, 0, 1, 'k', 0, 1, 'v'};

static const BrokerScript guarded = {
    {.no_wildcards = true, .topic_rules = only_open, .topic_rule_count = 2, .user_properties = {{user_property, sizeof user_property}, 1}},
    "a> 10: 'MQTT 05 02 0000 { 27 00000010 } 'a\n"
    "a> 62: 0009\n"
    "b> 10: 'MQTT 04 02 0000 'b\n"
    "b> 82: 0001 '# 00\n"
    "b> 82: 0002 'Open 00\n"
    "b> 32: 'shut 0003 \"x\n"
    "b> 30: 'Open \"y\n"
    "c> 10: 'MQTT 04 00 0000 'abcdefghijklmnopqrstuvwxyz\n"
    "c~\n"
    "d> 10: 'MQTT 04 00 0000 'abcdefghijklmnopqrstuvwabc\n"
    "+ 11s\n"
    "d> 30: 'Open \"z\n"};

static const BrokerScript connects = {
    {0},
    "a> 10: 'MQTT 04 22 0000 'a\n"
    "b> 10: 'MQTT 05 22 0000 {} 'b\n"
    "c> 10: 'MQTT 04 00 0000 0000\n"
    "d> 10: 'MQTT 04 02 0000 'abcdefghijklmnopqrstu\n"
    "e> 10: 'MQTT 05 02 0000 {} 'abcdefghijklmnopqrstu\n"
    "f> 10: 'MQTT 04 03 0000 'f\n"
    "g> 10: 'MQTX 04 02 0000 'g\n"};

static const BrokerScript silence = {
    {0},
    "a> 10: 'MQTT 04 02 000a 'a\n"
    "b> 10: 'MQTT 04 02 000a 'b\n"
    "+ 9s\n"
    "b> 30: 't \"x\n"
    "+ 2s\n"
    "+ 5s\n"
    "+ 5s\n"};

static const BrokerScript subscribes = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 82: 0001 {} 't 00\n"
    "a> 30: 't {} \"1\n"
    "+ 1s\n"
    "a> 82: 0002 {} 't 01\n"
    "a> 32: 't 0003 {} \"2\n"
    "a> 82: 0004 {} 'a/b 01\n"
    "a> a2: 0005 {} 'a/# 't\n"
    "a> 32: 'a/b 0006 {} \"3\n"
    "a> 82: 0007 {} '# 00\n"
    "a> 30: 0004efbbbf74 {} \"4\n"
    "a> a2: 0008 {} 'x\n"};

static const BrokerScript malformed = {
    {.topic_alias_maximum = 2},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 30: 0001c0 {} \"x\n"
    "a> c0:\n"
    "b> 10: 'MQTT 05 02 0000 {} 'b\n"
    "b> 36: 't 0001 {} \"x\n"
    "b> c0:\n"
    "c> 10: 'MQTT 05 02 0000 {} 'c\n"
    "c> 30: 'a/# {} \"x\n"
    "c> c0:\n"
    "d> 10: 'MQTT 05 02 0000 {} 'd\n"
    "d> 82: 0001 {}\n"
    "d> c0:\n"
    "e> 10: 'MQTT 05 02 0000 {} 'e\n"
    "e> 82: 0001 {} 'a#b 00\n"
    "e> c0:\n"
    "f> 10: 'MQTT 05 02 0000 {} 'f\n"
    "f> 82: 0000 {} 't 00\n"
    "f> c0:\n"
    "g> 10: 'MQTT 05 02 0000 {} 'g\n"
    "g> d0:\n"
    "g> c0:\n"
    "h> 10: 'MQTT 05 02 0000 {} 'h\n"
    "h> 82: 0001 {} 't 03\n"
    "h> c0:\n"
    "i> 10: 'MQTT 05 02 0000 {} 'i\n"
    "i> 30: 't { 23 0005 } \"x\n"
    "i> c0:\n"
    "j> 10: 'MQTT 05 02 0000 {} 'j\n"
    "j> 30: 't { 23 0000 } \"x\n"
    "j> c0:\n"
    "k> 10: 'MQTT 05 02 0000 {} 'k\n"
    "k> 30: 0000 { 23 0001 } \"x\n"
    "k> c0:\n"
    "l> 10: 'MQTT 05 02 0000 {} 'l\n"
    "l> 82: 0001 { 0b 00 } 't 00\n"
    "l> c0:\n"
    "m> 10: 'MQTT 05 02 0000 {} 'm\n"
    "m> 30: 't { 0b 01 } \"x\n"
    "m> c0:\n"
    "n> 10: 'MQTT 05 02 0000 {} 'n\n"
    "n> 82: 0001 {} 't 30\n"
    "n> c0:\n"
    "o> 10: 'MQTT 05 02 0000 {} 'o\n"
    "o> 82: 0001 {} 't 40\n"
    "o> c0:\n"
    "p> 10: 'MQTT 05 02 0000 {} 'p\n"
    "p> 82: 0001 {} '$share/g/t 04\n"
    "p> c0:\n"
    "q> 10: 'MQTT 05 02 0000 {} 'q\n"
    "q> 82: 0001 {} '$share/+/t 00\n"
    "q> c0:\n"
    "r> 10: 'MQTT 05 02 0000 {} 'r\n"
    "r> 30: 't { 02 00000001 02 00000001 } \"x\n"
    "r> c0:\n"
    "s> 10: 'MQTT 05 02 0000 {} 's\n"
    "s> 30: 't { 7f 00 } \"x\n"
    "s> c0:\n"
    "t> 10: 'MQTT 05 02 0000 {} 't\n"
    "t> 30: 't { 11 00000001 } \"x\n"
    "t> c0:\n"
    "u> 10: 'MQTT 05 02 0000 {} 'u\n"
    "u> 30: 't { 08 'a/# } \"x\n"
    "u> c0:\n"
    "v> 10: 'MQTT 05 02 0000 {} 'v\n"
    "v> f0: 00 { 15 'm }\n"
    "v> c0:\n"
    "w> 10: 'MQTT 05 02 0000 { 11 00000001 11 00000001 } 'w\n"
    "x> 10: 'MQTT 04 03 0000 'x\n"
    "y> 10: 'MQTT 05 03 0000 {} 'y\n"
    "z> 10: 'MQTT 05 02 0000 {} 'z\n"
    "z> 40: 0001 00 { 08 0007 }\n"};

static const BrokerScript flow = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 21 0002 } 'b\n"
    "b> 82: 0001 {} 't 01\n"
    "a> 32: 't 0001 {} \"0\n"
    "a> 32: 't 0001 {} \"1\n"
    "a> 32: 't 0001 {} \"2\n"
    "b> c0:\n"
    "+ 5s\n"
    "b> 40: 0063\n"
    "b> 40: 0001\n"
    "b> 40: 0002\n"
    "b> 40: 0003\n"
    "a> 30: 't {} \"4\n"
    "a> 30: 't {} \"5\n"
    "a> 32: 't 0001 {} \"6\n"
    "a> 32: 't 0001 {} \"7\n"
    "b~\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 21 0002 } 'b\n"
    "b> 40: 0004\n"
    "b> 40: 0005\n"
    "a> 32: 't 0001 {} \"9\n"};

static const BrokerScript limited = {
    {.receive_maximum = 2, .maximum_packet_size = 40, .limit_publish_qos = true, .publish_qos_max = DRILL_QOS_1, .no_retain = true, .has_server_keep_alive = true, .server_keep_alive_s = 3, .topic_alias_maximum = 2},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 34: 't 0001 {} \"x\n"
    "a> 62: 0001\n"
    "a> 34: 't 0002 {} \"x\n"
    "a> 62: 0002\n"
    "a> 32: 't 0003 {} \"x\n"
    "b> 10: 'MQTT 05 02 0000 {} 'b\n"
    "b> 32: 't 0001 {} \"x\n"
    "b> 30: 't { 23 0001 } \"x\n"
    "b> 30: 'u { 23 0001 } \"y\n"
    "b> 82: 0001 {} '# 02\n"
    "b> 30: 0000 { 23 0001 } \"z\n"
    "b> 30: 't { 23 0002 } \"y\n"
    "b~\n"
    "b> 10: 'MQTT 05 02 0000 {} 'b\n"
    "b> 30: 0000 { 23 0001 } \"z\n"
    "c> 10: 'MQTT 05 02 0000 {} 'c\n"
    "c> 34: 't 0001 {} \"x\n"
    "c> 34: 't 0002 {} \"x\n"
    "c> 34: 't 0003 {} \"x\n"
    "c> 34: 't 0004 {} \"x\n"
    "d> 10: 'MQTT 05 02 0000 {} 'd\n"
    "d> 30: 't {} \"1234567890123456789012345678901234567890\n"
    "e> 10: 'MQTT 05 02 0000 {} 'e\n"
    "e> 31: 't {} \"x\n"
    "f> 10: 'MQTT 05 02 0000 {} 'f\n"
    "f> 82: 0001 {} 't 02\n"
    "g> 10: 'MQTT 05 16 0000 {} 'g {} 'w 0000\n"
    "h> 10: 'MQTT 05 02 000a {} 'h\n"
    "+ 4s\n"
    "+ 10s\n"
    "+ 20s\n"};

static const BrokerScript received = {
    {.receive_maximum = 2},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 34: 't 0001 {} \"x\n"
    "a> 62: 0001\n"
    "a> 34: 't 0002 {} \"x\n"
    "a> 62: 0002\n"
    "a> 34: 't 0003 {} \"x\n"
    "a> 34: 't 0004 {} \"x\n"
    "a> 34: 't 0005 {} \"x\n"
    "a> c0:\n"};

static const BrokerScript sizes = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 02 0000 { 27 00000010 } 'b\n"
    "b> 82: 0001 {} 't 01\n"
    "a> 32: 't 0001 {} \"12345678901234567890\n"
    "a> 32: 't 0001 {} \"2\n"
    "b> a2: 0002 {} 'zz\n"
    "b> 62: 0009\n"
    "b> c0:\n"
    "c> 10: 'MQTT 05 02 0000 { 27 00000008 } 'c\n"
    "d> 10: 'MQTT 05 02 0000 {} 'c\n"};

static const BrokerScript aliases = {
    {.topic_alias_maximum = 9, .topic_aliases = DRILL_TOPIC_ALIASES_RECENT},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 02 0000 { 22 0001 } 'b\n"
    "c> 10: 'MQTT 05 02 0000 {} 'c\n"
    "b> 82: 0001 {} '# 00\n"
    "c> 82: 0001 {} '# 00\n"
    "a> 30: 't { 23 0004 } \"x\n"
    "a> 30: 'u {} \"y\n"
    "a> 30: 't {} \"z\n"};

static const BrokerScript expiry = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "b> 82: 0001 {} 't 02\n"
    "a> 32: 't 0001 { 02 00000008 } \"0\n"
    "a> 34: 't 0001 { 02 00000002 } \"q\n"
    "a> 31: 'r { 02 00000008 } \"r\n"
    "b~\n"
    "a> 32: 't 0004 { 02 00000014 } \"1\n"
    "a> 32: 't 0005 { 02 00000005 } \"2\n"
    "+ 3s\n"
    "a> 62: 0001\n"
    "+ 8s\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "b> 82: 0003 {} 'r 00\n"};

static const BrokerScript sessions = {
    {0},
    "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n"
    "a~\n"
    "+ 7s\n"
    "a> 10: 'MQTT 05 00 0000 { 11 0000000a } 'a\n"
    "a~\n"
    "+ 11s\n"
    "a> 10: 'MQTT 05 00 0000 { 11 00000064 } 'a\n"
    "a> e0: 00 { 11 00000001 }\n"
    "+ 2s\n"
    "a> 10: 'MQTT 05 00 0000 { 11 00000064 } 'a\n"
    "a~\n"
    "+ 20s\n"
    "a> 10: 'MQTT 05 00 0000 { 11 00000064 } 'a\n"
    "b> 10: 'MQTT 05 04 0000 { 11 00000064 } 'b { 18 0000000a } 'w 0000\n"
    "b> 82: 0001 {} 't 00\n"
    "b~\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "a> 30: 't {} \"x\n"};

static const BrokerScript options = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 02 0000 {} 'b\n"
    "c> 10: 'MQTT 05 02 0000 {} 'c\n"
    "a> 31: 'r {} \"r\n"
    "b> 82: 0001 { 0b 05 } 't 00\n"
    "b> 82: 0002 { 0b 06 } '+ 00\n"
    "c> 82: 0001 { 0b 07 } 't 00\n"
    "a> 30: 't {} \"x\n"
    "b> 82: 0003 { 0b ffffff7f } 't 00\n"
    "a> 30: 't {} \"y\n"
    "c> 82: 0003 { 0b 08 } 'r 10\n"
    "c> 82: 0004 { 0b 08 } 'r 10\n"
    "b> 82: 0004 { 0b 08 } 'r 20\n"
    "c> 82: 0005 {} 'n 04\n"
    "c> 30: 'n {} \"own\n"
    "a> 30: 'n {} \"other\n"
    "c> 82: 0006 {} 'q 08\n"
    "a> 31: 'q {} \"q\n"
    "b> 82: 0007 { 0b 0a } '$share/g/s 00\n"
    "a> 30: 's {} \"s\n"};

static const BrokerScript shared = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "c> 10: 'MQTT 05 00 0000 { 11 00000064 } 'c\n"
    "a> 31: 's {} \"r\n"
    "b> 82: 0001 {} '$share/g/s 02\n"
    "c> 82: 0001 {} '$share/g/s 02\n"
    "b> 82: 0002 {} '$share/h/u 00\n"
    "a> 32: 'u 0001 {} \"low\n"
    "a> 34: 's 0001 {} \"1\n"
    "a> 62: 0001\n"
    "b> 50: 0001 80\n"
    "a> 34: 's 0001 {} \"2\n"
    "a> 62: 0001\n"
    "a> 34: 's 0001 {} \"3\n"
    "a> 62: 0001\n"
    "a> 32: 's 0001 {} \"4\n"
    "a> 32: 's 0001 {} \"5\n"
    "c~\n"
    "b> e0: 00 { 11 00000000 }\n"
    "c> 10: 'MQTT 05 00 0000 { 11 00000064 } 'c\n"};

static const BrokerScript wills = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 82: 0001 {} 'w/# 01\n"
    "b> 10: 'MQTT 05 04 0000 { 11 00000064 } 'b { 18 00000005 26 'a '1 26 'b '2 02 00000064 } 'w/b 0001 78\n"
    "+ 2s\n"
    "b~\n"
    "+ 2s\n"
    "b> 10: 'MQTT 05 04 0000 { 11 00000064 } 'b { 18 00000005 26 'a '1 26 'b '2 02 00000064 } 'w/b 0001 78\n"
    "+ 5s\n"
    "b~\n"
    "+ 10s\n"
    "c> 10: 'MQTT 05 04 0000 { 11 00000002 } 'c { 18 0000000a } 'w/c 0001 78\n"
    "c~\n"
    "+ 3s\n"
    "+ 20s\n"
    "d> 10: 'MQTT 05 04 0000 {} 'd {} 'w/d 0001 78\n"
    "d> e0: 04\n"};

static const BrokerScript properties = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 82: 0001 {} '# 00\n"
    "b> 10: 'MQTT 05 02 0000 { 17 00 } 'b\n"
    "b> 31: 't { 01 01 03 'text 08 'answer 09 0003 610062 26 'a '1 26 'b '2 26 'a '3 } \"x\n"
    "b> a2: 0001 {} 'zz\n"
    "b> 62: 0009\n"
    "a> 82: 0002 {} 't 00\n"
    "c> 10: 'MQTT 05 02 0000 {} 0000\n"
    "d> 10: 'MQTT 05 02 0000 {} 0000\n"
    "e> 10: 'MQTT 05 02 0000 {} 'b\n"};

static const BrokerScript codes = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "a> 32: 't 0001 {} \"x\n"
    "a> 34: 't 0002 {} \"x\n"
    "a> 62: 0002\n"
    "a> 62: 0009\n"
    "b> 82: 0001 {} 't 02\n"
    "a> 34: 't 0003 {} \"1\n"
    "a> 62: 0003\n"
    "b> 50: 0001 80\n"
    "a> 34: 't 0003 {} \"2\n"
    "a> 62: 0003\n"
    "b> 50: 0002\n"
    "a> 32: 't 0003 {} \"3\n"
    "b> 40: 0003 80\n"
    "b> 34: 't 0007 {} \"4\n"
    "b~\n"
    "b> 10: 'MQTT 05 00 0000 { 11 00000064 } 'b\n"
    "b> 62: 0007\n"
    "a> 34: 't 0008 { 01 01 } ff\n"
    "a> 34: 't 0008 {} \"5\n"
    "a> 62: 0008\n"};

static const BrokerScript auth = {
    {.auth_methods = methods, .auth_method_count = 1},
    "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
    "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
    "a> f0: 19 { 15 'DRILL-REVERSE }\n"
    "a> f0: 18 { 15 'DRILL-REVERSE 16 'wrong }\n"
    "a> c0:\n"
    "b> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'b\n"
    "b> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
    "b> f0: 19 { 15 'OTHER }\n"
    "c> 10: 'MQTT 05 02 0000 { 15 'NONE } 'c\n"
    "d> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'd\n"
    "d> f0: 18 { 15 'DRILL-REVERSE 16 'wrong }\n"};

static const BrokerScript rules = {
    {0},
    "a> 10: 'MQTT 05 02 0000 {} 'a\n"
    "a> 82: 0001 {} 't 00 'u 00\n"
    "a> a2: 0002 {} 'u 'x\n"
    "a> 3a: 't 0007 {} \"x\n"
    "a> 30: 't {} \"y\n"
    "c> 10: 'MQTT 05 02 0000 {} 'c\n"
    "c> 82: 0001 {} 'e 02\n"
    "a> 34: 'e 0009 { 02 00000001 } \"z\n"
    "a> 62: 0009\n"
    "+ 3s\n"
    "c> 50: 0001\n"
    "d> 10: 'MQTT 04 04 0000 'd 't 0001 78\n"
    "d> e0:\n"
    "d> 10: 'MQTT 04 00 0000 'd\n"
    "d~\n"};

static const struct {
    DrillDefectId id;
    const BrokerScript *script;
} rows[] = {
    {DRILL_DEFECT_B_QOS2_DOUBLE_PUBREC, &twice},
    {DRILL_DEFECT_B_ACK_TYPE_FROM_STORED_QOS, &twice},
    {DRILL_DEFECT_B_BACKLOG_ONE_PER_TIMER, &backlog},
    {DRILL_DEFECT_B_WILL_RETAIN_UNCHECKED, &connects},
    {DRILL_DEFECT_B_SUBACK_BEFORE_EFFECTIVE, &subscribes},
    {DRILL_DEFECT_B_KEEPALIVE_1X, &silence},
    {DRILL_DEFECT_B_KEEPALIVE_ONLY_PINGREQ, &silence},
    {DRILL_DEFECT_B_REFUSAL_SESSION_PRESENT, &connects},
    {DRILL_DEFECT_B_PUBLISH_BEFORE_CONNACK, &backlog},
    {DRILL_DEFECT_B_SIMPLE_ID_REFUSED, &connects},
    {DRILL_DEFECT_B_RESUBSCRIBE_KEEPS_QOS, &subscribes},
    {DRILL_DEFECT_B_UNSUBSCRIBE_BY_MATCH, &subscribes},
    {DRILL_DEFECT_B_SUBACK_MISSING, &subscribes},
    {DRILL_DEFECT_B_UNSUBACK_WRONG_ID, &subscribes},
    {DRILL_DEFECT_B_BYTE_ORDER_MARK_STRIPPED, &subscribes},
    {DRILL_DEFECT_B_RESERVED_CONNECT_FLAG_ACCEPTED, &connects},
    {DRILL_DEFECT_B_PROTOCOL_NAME_UNCHECKED, &connects},
    {DRILL_DEFECT_B_UTF8_UNCHECKED, &malformed},
    {DRILL_DEFECT_B_QOS3_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_TOPIC_WILDCARD_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_EMPTY_SUBSCRIBE_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_BAD_FILTER_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_PACKET_ID_ZERO_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_SERVER_PACKET_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_SUBSCRIBE_QOS3_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_RECVMAX_IGNORED, &flow},
    {DRILL_DEFECT_B_QUOTA_SURVIVES_RECONNECT, &flow},
    {DRILL_DEFECT_B_QUOTA_NEVER_GIVEN_BACK, &flow},
    {DRILL_DEFECT_B_QUOTA_FROM_UNKNOWN_ACK, &flow},
    {DRILL_DEFECT_B_QUOTA_COUNTS_QOS0, &flow},
    {DRILL_DEFECT_B_QUOTA_BLOCKS_PINGRESP, &flow},
    {DRILL_DEFECT_B_RECVMAX_OVERRUN_TOLERATED, &received},
    {DRILL_DEFECT_B_RECEIVE_QUOTA_LEAK, &received},
    {DRILL_DEFECT_B_TIMER_RESEND, &flow},
    {DRILL_DEFECT_B_PACKET_SIZE_IGNORED, &sizes},
    {DRILL_DEFECT_B_OVERSIZE_BLOCKS_QUEUE, &sizes},
    {DRILL_DEFECT_B_OVERSIZE_DISCONNECTS, &sizes},
    {DRILL_DEFECT_B_REASON_STRING_TOO_LARGE, &sizes},
    {DRILL_DEFECT_B_PACKET_SIZE_NOT_ENFORCED, &limited},
    {DRILL_DEFECT_B_ALIAS_ABOVE_MAXIMUM, &aliases},
    {DRILL_DEFECT_B_ALIAS_WITHOUT_PERMISSION, &aliases},
    {DRILL_DEFECT_B_ALIAS_FORWARDED, &aliases},
    {DRILL_DEFECT_B_ALIAS_ZERO, &aliases},
    {DRILL_DEFECT_B_ALIAS_KEPT_ACROSS_CONNECTIONS, &limited},
    {DRILL_DEFECT_B_ALIAS_BEFORE_TOPIC, &aliases},
    {DRILL_DEFECT_B_ALIAS_REMAP_IGNORED, &limited},
    {DRILL_DEFECT_B_ALIAS_MAXIMUM_OFF_BY_ONE, &limited},
    {DRILL_DEFECT_B_ALIAS_ABOVE_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_ALIAS_ZERO_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_ALIAS_UNKNOWN_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_EXPIRY_NOT_DECREMENTED, &expiry},
    {DRILL_DEFECT_B_EXPIRY_LOST, &expiry},
    {DRILL_DEFECT_B_EXPIRED_DELIVERED, &expiry},
    {DRILL_DEFECT_B_EXPIRED_RETAINED_DELIVERED, &expiry},
    {DRILL_DEFECT_B_EXPIRY_EARLY, &expiry},
    {DRILL_DEFECT_B_EXPIRY_STOPS_RESEND, &expiry},
    {DRILL_DEFECT_B_EXPIRED_NOT_COMPLETED, &expiry},
    {DRILL_DEFECT_B_SESSION_NEVER_EXPIRES, &sessions},
    {DRILL_DEFECT_B_SESSION_EXPIRES_EARLY, &sessions},
    {DRILL_DEFECT_B_SESSION_EXPIRY_KEPT_AT_DISCONNECT, &sessions},
    {DRILL_DEFECT_B_SEI_OVERRIDE_SILENT, &sessions},
    {DRILL_DEFECT_B_PENDING_WILL_BREAKS_SESSION, &sessions},
    {DRILL_DEFECT_B_SUBID_MISSING, &options},
    {DRILL_DEFECT_B_SUBID_DROPPED, &options},
    {DRILL_DEFECT_B_SUBID_WRONG, &options},
    {DRILL_DEFECT_B_SUBID_FIRST_ONLY, &options},
    {DRILL_DEFECT_B_SUBID_NOT_REPLACED, &options},
    {DRILL_DEFECT_B_SUBID_OF_OTHERS, &options},
    {DRILL_DEFECT_B_SUBID_ZERO_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_SUBID_FROM_CLIENT_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_NO_LOCAL_IGNORED, &options},
    {DRILL_DEFECT_B_NO_LOCAL_DROPS_ALL, &options},
    {DRILL_DEFECT_B_RETAIN_AS_PUBLISHED_IGNORED, &options},
    {DRILL_DEFECT_B_RETAIN_HANDLING_IGNORED, &options},
    {DRILL_DEFECT_B_RETAIN_HANDLING_1_IGNORED, &options},
    {DRILL_DEFECT_B_RETAIN_HANDLING_1_NEVER, &options},
    {DRILL_DEFECT_B_RETAIN_HANDLING_2_IGNORED, &options},
    {DRILL_DEFECT_B_RETAIN_HANDLING_3_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_SUBOPTION_RESERVED_BITS, &malformed},
    {DRILL_DEFECT_B_SHARED_TO_ALL, &shared},
    {DRILL_DEFECT_B_SHARED_DROP_ON_MEMBER_END, &shared},
    {DRILL_DEFECT_B_SHARED_RETAINED_SENT, &shared},
    {DRILL_DEFECT_B_SHARED_QOS_IGNORED, &shared},
    {DRILL_DEFECT_B_SHARED_QOS2_TO_OTHER, &shared},
    {DRILL_DEFECT_B_SHARED_QOS2_TO_OTHER_AT_END, &shared},
    {DRILL_DEFECT_B_SHARED_REFUSED_TO_OTHER, &shared},
    {DRILL_DEFECT_B_SHARED_NOLOCAL_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_SHARENAME_UNCHECKED, &malformed},
    {DRILL_DEFECT_B_SHARED_AS_LITERAL, &shared},
    {DRILL_DEFECT_B_WILL_DELAY_IGNORED, &wills},
    {DRILL_DEFECT_B_WILL_DELAY_NOT_CANCELLED, &wills},
    {DRILL_DEFECT_B_WILL_DELAY_IGNORES_SESSION_END, &wills},
    {DRILL_DEFECT_B_WILL_DELAY_PROPERTY_LEAKS, &wills},
    {DRILL_DEFECT_B_WILL_DELAYED_LOST, &wills},
    {DRILL_DEFECT_B_WILL_NOT_WITH_DISCONNECT_04, &wills},
    {DRILL_DEFECT_B_WILL_PROPERTIES_DROPPED, &wills},
    {DRILL_DEFECT_B_WILL_USER_PROPERTIES_REVERSED, &wills},
    {DRILL_DEFECT_B_WILL_EXPIRY_FROM_CONNECT, &wills},
    {DRILL_DEFECT_B_USER_PROPERTIES_REVERSED, &properties},
    {DRILL_DEFECT_B_USER_PROPERTIES_DROPPED, &properties},
    {DRILL_DEFECT_B_USER_PROPERTIES_DEDUPLICATED, &properties},
    {DRILL_DEFECT_B_PAYLOAD_FORMAT_DROPPED, &properties},
    {DRILL_DEFECT_B_CONTENT_TYPE_DROPPED, &properties},
    {DRILL_DEFECT_B_RESPONSE_TOPIC_DROPPED, &properties},
    {DRILL_DEFECT_B_CORRELATION_DATA_DROPPED, &properties},
    {DRILL_DEFECT_B_CORRELATION_DATA_CUT, &properties},
    {DRILL_DEFECT_B_RETAINED_PROPS_DROPPED, &properties},
    {DRILL_DEFECT_B_RESPONSE_INFORMATION_UNASKED, &properties},
    {DRILL_DEFECT_B_PROBLEM_INFORMATION_IGNORED, &properties},
    {DRILL_DEFECT_B_DISCONNECT_SESSION_EXPIRY, &malformed},
    {DRILL_DEFECT_B_DUPLICATE_PROPERTY_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_UNKNOWN_PROPERTY_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_MISPLACED_PROPERTY_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_RESPONSE_TOPIC_WILDCARD, &malformed},
    {DRILL_DEFECT_B_PUBACK_INVALID_CODE, &codes},
    {DRILL_DEFECT_B_PUBREC_INVALID_CODE, &codes},
    {DRILL_DEFECT_B_PUBREL_INVALID_CODE, &codes},
    {DRILL_DEFECT_B_PUBCOMP_INVALID_CODE, &codes},
    {DRILL_DEFECT_B_SUBACK_INVALID_CODE, &subscribes},
    {DRILL_DEFECT_B_UNSUBACK_INVALID_CODE, &subscribes},
    {DRILL_DEFECT_B_DISCONNECT_INVALID_CODE, &malformed},
    {DRILL_DEFECT_B_CONNACK_INVALID_CODE, &connects},
    {DRILL_DEFECT_B_CONNACK_RESERVED_FLAGS, &properties},
    {DRILL_DEFECT_B_CONNACK_MAXQOS_2, &properties},
    {DRILL_DEFECT_B_UNSUBACK_ONE_CODE, &subscribes},
    {DRILL_DEFECT_B_UNSUBACK_WRONG_ORDER, &subscribes},
    {DRILL_DEFECT_B_PUBREL_AFTER_ERROR_PUBREC, &codes},
    {DRILL_DEFECT_B_ERROR_ACK_RESENT, &codes},
    {DRILL_DEFECT_B_QOS2_PUBCOMP_0X92_ON_RESUME, &codes},
    {DRILL_DEFECT_B_QOS2_REFUSED_ID_HELD, &codes},
    {DRILL_DEFECT_B_WRONG_REASON_CODE, &malformed},
    {DRILL_DEFECT_B_ASSIGNED_ID_MISSING, &properties},
    {DRILL_DEFECT_B_ASSIGNED_ID_DUPLICATE, &properties},
    {DRILL_DEFECT_B_MAXIMUM_QOS_NOT_ENFORCED, &limited},
    {DRILL_DEFECT_B_MAXIMUM_QOS_UNANNOUNCED, &limited},
    {DRILL_DEFECT_B_SUBSCRIBE_QOS_REFUSED, &limited},
    {DRILL_DEFECT_B_WILL_QOS_UNCHECKED, &limited},
    {DRILL_DEFECT_B_RETAIN_NOT_ENFORCED, &limited},
    {DRILL_DEFECT_B_SERVER_KEEPALIVE_NOT_ENFORCED, &limited},
    {DRILL_DEFECT_B_KEEPALIVE_OVERRIDE_SILENT, &silence},
    {DRILL_DEFECT_B_AUTH_METHOD_NOT_ECHOED, &auth},
    {DRILL_DEFECT_B_AUTH_OTHER_METHOD, &auth},
    {DRILL_DEFECT_B_AUTH_UNASKED, &properties},
    {DRILL_DEFECT_B_AUTH_UNSUPPORTED_ACCEPTED, &auth},
    {DRILL_DEFECT_B_AUTH_WRONG_CODE, &auth},
    {DRILL_DEFECT_B_AUTH_WITHOUT_METHOD_ACCEPTED, &malformed},
    {DRILL_DEFECT_B_REAUTH_OTHER_METHOD_ACCEPTED, &auth},
    {DRILL_DEFECT_B_REAUTH_FAILED_KEPT_OPEN, &auth},
    {DRILL_DEFECT_B_CONNACK_METHOD_UNASKED, &properties},
    {DRILL_DEFECT_B_PACKET_AFTER_DISCONNECT, &malformed},
    {DRILL_DEFECT_B_DISCONNECT_KEEPS_OPEN, &malformed},
    {DRILL_DEFECT_B_DISCONNECT_BEFORE_CONNACK, &malformed},
    {DRILL_DEFECT_B_TAKEOVER_WITHOUT_DISCONNECT, &properties},
    {DRILL_DEFECT_B_QOS1_TRUST_DUP_AS_SEEN, &rules},
    {DRILL_DEFECT_B_QOS0_WITH_IDENTIFIER, &rules},
    {DRILL_DEFECT_B_EXPIRED_NOT_RELEASED, &rules},
    {DRILL_DEFECT_B_SUBACK_PER_FILTER, &rules},
    {DRILL_DEFECT_B_UNSUBACK_PER_FILTER, &rules},
    {DRILL_DEFECT_B_WILL_OUTLIVES_DISCONNECT, &rules},
    {DRILL_DEFECT_B_LONG_ID_UNANSWERED, &connects},
    {DRILL_DEFECT_B_BAD_ID_KEPT_OPEN, &connects},
    {DRILL_DEFECT_B_REFUSED_SERVED, &connects},
    {DRILL_DEFECT_B_AUTH_FAILED_KEPT_OPEN, &auth},
    {DRILL_DEFECT_B_SENDS_RESERVED_FLAGS, &rules},
    {DRILL_DEFECT_B_SENDS_QOS3, &rules},
    {DRILL_DEFECT_B_SENDS_WILDCARD, &rules},
    {DRILL_DEFECT_B_SENDS_NOT_UTF8, &rules},
    {DRILL_DEFECT_B_SENDS_ZERO_CHARACTER, &rules},
    {DRILL_DEFECT_B_SENDS_EMPTY_TOPIC, &rules},
    {DRILL_DEFECT_B_SENDS_LONG_LENGTH, &rules},
    {DRILL_DEFECT_B_SENDS_NO_PROPERTY_LENGTH, &rules},
    {DRILL_DEFECT_B_SENDS_AUTH_FLAGS, &auth},
    {DRILL_DEFECT_B_SENDS_AUTH_CODE, &auth},
    {DRILL_DEFECT_B_CONTENT_TYPE_NOT_UTF8, &properties},
    {DRILL_DEFECT_B_RESPONSE_TOPIC_NOT_UTF8, &properties},
    {DRILL_DEFECT_B_RESPONSE_TOPIC_SENT_WILD, &properties},
    {DRILL_DEFECT_B_USER_PROPERTY_NOT_UTF8, &properties},
    {DRILL_DEFECT_B_USER_PROPERTIES_TOO_LARGE, &guarded},
    {DRILL_DEFECT_B_SUBACK_GRANTS_2, &guarded},
    {DRILL_DEFECT_B_WILDCARDS_GRANTED, &guarded},
    {DRILL_DEFECT_B_BARRED_UNANSWERED, &guarded},
    {DRILL_DEFECT_B_SILENT_SESSION_ENDS, &guarded},
    {DRILL_DEFECT_B_CLIENT_ID_CUT, &guarded},
    {DRILL_DEFECT_B_TOPIC_LOWERED, &guarded},
    {DRILL_DEFECT_B_PUBACK_ID_ZERO, &guarded},
    {DRILL_DEFECT_B_SUBACK_ID_ZERO, &guarded},
    {DRILL_DEFECT_B_SUBACK_NO_CODES, &guarded},
    {DRILL_DEFECT_B_AUTH_METHOD_LEFT_OUT, &auth},
};
/* clang-format on */

START_TEST(test_visible) {
    broker_visible(rows[_i].id, rows[_i].script);
}
END_TEST

/* Whatever is switched on, nothing breaks. */
START_TEST(test_every_script) {
    DrillDefectSet defects = {{0}};
    drill_defect_set(&defects, (DrillDefectId)_i);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (i == 0 || rows[i].script != rows[i - 1].script)
            free(broker_log(rows[i].script, defects));
    }
}
END_TEST

/* What one defect lets pass is not overwritten by what another does meanwhile. */
START_TEST(test_two_at_once) {
    static const BrokerScript script = {
        {0},
        "a> 10: 'MQTT 05 02 0000 {} 'a\n"
        "a> 82: 0001 {} 't 00\n"
        "b> 10: 'MQTT 05 06 0000 {} 'b { 26 'key 'a_long_value } 't 'gone\n"
        "c> 10: 'MQTT 05 03 0000 {} 'b\n"
        "d> 10: 'MQTT 05 02 0000 {} 'b\n"};
    DrillDefectSet defects = {{0}};
    drill_defect_set(&defects, DRILL_DEFECT_B_RESERVED_CONNECT_FLAG_ACCEPTED);
    char *one = broker_log(&script, defects);
    drill_defect_set(&defects, DRILL_DEFECT_B_USER_PROPERTIES_REVERSED);
    char *two = broker_log(&script, defects);
    ck_assert_str_eq(two, one);
    ck_assert_ptr_nonnull(strstr(two, "gone"));
    ck_assert_ptr_nonnull(strstr(two, "c!"));
    free(one);
    free(two);
}
END_TEST

START_TEST(test_complete) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        ck_assert_uint_eq(rows[i].id, DRILL_DEFECT_B_QOS2_DOUBLE_PUBREC + i);
    ck_assert_uint_eq(rows[DRILL_ARRAY_COUNT(rows) - 1].id + 1,
                      DRILL_DEFECT_C_INBOUND_IDS_KEPT_ON_NEW_SESSION);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("defects of the broker");
    TCase *tcase = tcase_create("defects");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_complete);
    tcase_add_test(tcase, test_two_at_once);
    tcase_add_loop_test(tcase, test_visible, 0, (int)DRILL_ARRAY_COUNT(rows));
    tcase_add_loop_test(tcase, test_every_script, 0, DRILL_DEFECT_COUNT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
