/* Who may come in and do what: users, topic rules, quotas, redirection, enhanced authentication. */
#include "unit/mqtt/script.h"

#define T(text)                                                                                    \
    { (const uint8_t *)text, sizeof text - 1 }
#define A "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"

static const DrillBrokerUser users[] = {{T("u"), T("p")}, {T("v"), T("")}};
static const DrillTopicRule rules[] = {
    {.user = T("u"), .filter = T("#"), .publish = true, .subscribe = true},
    {.filter = T("secret/#")},
    {.client_id = T("a"), .filter = T("a/#"), .publish = true, .subscribe = true},
    {.filter = T("+/public"), .subscribe = true},
    {.filter = T("in"), .publish = true},
};
static const uint32_t two_rounds = 2;
static DrillAuthMethod twice;
static const DrillAuthMethod *const methods[] = {&drill_auth_reverse, &twice};

static const ScriptRow rows[] = {
    {"users, 5.0 and 3.1.1",
     {.users = users, .user_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 c2 0000 {} 'a 'u 'p\na< 20: 00 00 {}\n"
     "b> 10: 'MQTT 05 c2 0000 {} 'b 'u 'q\nb< 20: 00 86 {}\nb!\n"
     "b> 10: 'MQTT 05 82 0000 {} 'b 'x\nb< 20: 00 86 {}\nb!\n"
     "b> 10: 'MQTT 05 02 0000 {} 'b\nb< 20: 00 87 {}\nb!\n"
     "b> 10: 'MQTT 05 82 0000 {} 'b 'v\nb< 20: 00 00 {}\n"
     "c> 10: 'MQTT 04 c2 0000 'c 'u 'p\nc< 20: 00 00\n"
     "d> 10: 'MQTT 04 c2 0000 'd 'u 'q\nd< 20: 00 04\nd!\n"
     "d> 10: 'MQTT 04 02 0000 'd\nd< 20: 00 05\nd!\n"},
    {"users, anonymous allowed",
     {.users = users, .user_count = 2, .allow_anonymous = true, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 00 {}\n"
     "b> 10: 'MQTT 05 c2 0000 {} 'b 'u 'q\nb< 20: 00 86 {}\nb!\n"},
    {"topic rules: SUBSCRIBE",
     {.topic_rules = rules,
      .topic_rule_count = DRILL_ARRAY_COUNT(rules),
      .no_reason_strings = true},
     A "a> 82: 0001 {} 'a/x 00 'a/# 01 'a 02 '# 00 'b/public 01 '+/public 00 '+/+ 00 'secret/# 00 "
       "'in 00\n"
       "a< 90: 0001 {} 00 01 02 87 01 00 87 87 87\n"
       "b> 10: 'MQTT 05 82 0000 {} 'b 'u\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 00 'secret/x 00\nb< 90: 0001 {} 00 00\n"
       "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 82: 0001 'a/x 00 'x/public 00\nc< 90: 0001 80 00\n"
       "d> 10: 'MQIsdp 03 02 0000 'd\nd< 20: 00 00\n"
       "d> 82: 0001 'a/x 01 'x/public 01\nd< 90: 0001 00 01\n"
       "a> 30: 'a/x {} \"x\n" /* to a twice? once: one copy; to b; not to d */
       "a< 30: 'a/x {} \"x\n"
       "b< 30: 'a/x {} \"x\n"},
    {"topic rules: PUBLISH",
     {.topic_rules = rules,
      .topic_rule_count = DRILL_ARRAY_COUNT(rules),
      .no_reason_strings = true},
     A "b> 10: 'MQTT 05 82 0000 {} 'b 'u\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} '# 00\nb< 90: 0001 {} 00\n"
       "a> 30: 'x {} \"1\n"
       "a> 32: 'x 0001 {} \"1\na< 40: 0001 87\n"
       "a> 34: 'x 0001 {} \"1\na< 50: 0001 87\n"
       "a> 34: 'in 0001 {} \"2\na< 50: 0001\n"
       "a> 62: 0001\nb< 30: 'in {} \"2\na< 70: 0001\n"
       "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 32: 'x 0001 \"3\nc< 40: 0001\n"
       "c> 34: 'x 0001 \"3\nc< 50: 0001\n"
       "c> 62: 0001\nc< 70: 0001\n"},
    {"topic rules: wills",
     {.topic_rules = rules,
      .topic_rule_count = DRILL_ARRAY_COUNT(rules),
      .no_reason_strings = true},
     "a> 10: 'MQTT 05 06 0000 {} 'b {} 'x 'x\na< 20: 00 87 {}\na!\n"
     "c> 10: 'MQTT 04 06 0000 'c 'x 'x\nc< 20: 00 05\nc!\n"
     "c> 10: 'MQTT 04 06 0000 'c 'in 'x\nc< 20: 00 00\n"},
    {"quotas",
     {.subscriptions_max = 2, .retained_max = 1, .topic_levels_max = 3, .no_reason_strings = true},
     A "a> 82: 0001 {} 't 00 'u 00 'v 00\na< 90: 0001 {} 00 00 97\n"
       "a> 82: 0001 {} 'u 01\na< 90: 0001 {} 01\n"
       "a> a2: 0001 {} 't\na< b0: 0001 {} 00\n"
       "a> 82: 0001 {} 'v 00\na< 90: 0001 {} 00\n"
       "a> 33: 'r 0001 {} \"x\na< 40: 0001\n"
       "a> 33: 's 0001 {} \"x\na< 40: 0001 97\n"
       "a> 33: 'r 0001 {} \"y\na< 40: 0001\n"
       "a> 33: 'r 0001 {}\na< 40: 0001\n"
       "a> 33: 's 0001 {} \"x\na< 40: 0001\n"
       "a> 32: 'a/b/c 0001 {}\na< 40: 0001\n"
       "a> 32: 'a/b/c/d 0001 {}\na< 40: 0001 90\n"
       "d> 10: 'MQTT 05 06 0000 {} 'd {} 'a/b/c/d 'x\nd< 20: 00 90 {}\nd!\n"
       "e> 10: 'MQTT 04 06 0000 'e 'a/b/c/d 'x\ne< 20: 00 05\ne!\n"
       "b> 10: 'MQTT 05 06 0000 {} 'b {} 'a/b/c 'x\nb< 20: 00 00 {}\n"
       "b> 82: 0001 {} 'a/b/c/# 00 '$share/g/a/b/# 00\nb< 90: 0001 {} 8f 00\n"
       "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 00\n"
       "c> 82: 0001 'a/b/c/# 00 't 02 'u 02 'v 02\nc< 90: 0001 80 02 02 80\n"},
    {"redirection",
     {.redirect = 0x9c, .server_reference = T("other:1883"), .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\n"
     "a< 20: 00 9c { 1c 'other:1883 }\n"
     "a!\n"
     "c> 10: 'MQTT 04 02 0000 'c\nc< 20: 00 03\nc!\n"},
    {"redirection for good",
     {.redirect = 0x9d, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 {} 'a\na< 20: 00 9d {}\na!\n"},

    /* Enhanced authentication. */
    {"one challenge",
     {.auth_methods = methods, .auth_method_count = 2},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } '\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
     "a< 20: 00 00 { 12 'auto-1 15 'DRILL-REVERSE }\n"},
    {"two challenges, then once more",
     {.auth_methods = methods, .auth_method_count = 2},
     "a> 10: 'MQTT 05 02 0000 { 15 'TWICE } 'a\n"
     "a< f0: 18 { 15 'TWICE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'TWICE 16 '1-llird }\n"
     "a< f0: 18 { 15 'TWICE 16 'drill-2 }\n"
     "a> f0: 18 { 15 'TWICE 16 '2-llird }\n"
     "a< 20: 00 00 { 15 'TWICE }\n"
     "a> f0: 19 { 15 'TWICE }\n"
     "a< f0: 18 { 15 'TWICE 16 'drill-1 }\n"
     "a> c0:\na< d0:\n"
     "a> f0: 18 { 15 'TWICE 16 '1-llird }\n"
     "a< f0: 18 { 15 'TWICE 16 'drill-2 }\n"
     "a> f0: 18 { 15 'TWICE 16 '2-llird }\n"
     "a< f0: 00 { 15 'TWICE }\n"},
    {"a wrong answer",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a< 20: 00 87 {}\n"
     "a!\n"},
    {"a wrong answer to re-authentication",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
     "a< 20: 00 00 { 15 'DRILL-REVERSE }\n"
     "a> f0: 19 { 15 'DRILL-REVERSE }\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE }\n"
     "a< e0: 87\n"
     "a!\n"},
    {"a method that is not there",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'OTHER } 'a\n"
     "a< 20: 00 8c {}\n"
     "a! v5:MQTT-4.12.0-1\n"},
    {"another packet meanwhile",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> c0:\n"
     "a< 20: 00 82 {}\n"
     "a! v5:MQTT-3.1.2-30\n"},
    {"DISCONNECT meanwhile",
     {.auth_methods = methods, .auth_method_count = 2},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> e0:\n"
     "a!\n"},
    {"AUTH with a Reason Code that does not come now",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 19 { 15 'DRILL-REVERSE }\n"
     "a< 20: 00 82 {}\n"
     "a! v5:MQTT-4.12.0-3\n"
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
     "a< 20: 00 00 { 15 'DRILL-REVERSE }\n"
     "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
     "a< e0: 82\n"
     "a! v5:MQTT-4.12.0-3\n"},
    {"a shutdown meanwhile: a code that CONNACK does not have becomes one that it has",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "shutdown\n"
     "a< 20: 00 80 {}\n"
     "a!\n"},
    {"no answer in time",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
     "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
     "+ 30s\n"
     "a< 20: 00 82 {}\n"
     "a!\n"},
    {"AUTH that nobody asked for, and with another method",
     {.auth_methods = methods, .auth_method_count = 2, .no_reason_strings = true},
     A "a> f0: 19 { 15 'DRILL-REVERSE }\n"
       "a< e0: 82\n"
       "a! v5:MQTT-4.12.0-7\n"
       "a> 10: 'MQTT 05 02 0000 { 15 'DRILL-REVERSE } 'a\n"
       "a< f0: 18 { 15 'DRILL-REVERSE 16 'drill-1 }\n"
       "a> f0: 18 { 15 'DRILL-REVERSE 16 '1-llird }\n"
       "a< 20: 00 00 { 15 'DRILL-REVERSE }\n"
       "a> f0: 19 { 15 'TWICE }\n"
       "a< e0: 82\n"
       "a! v5:MQTT-4.12.0-5\n"},
};

START_TEST(test_row) {
    twice = drill_auth_reverse;
    twice.name = "TWICE";
    twice.context = (void *)(uintptr_t)&two_rounds;
    script_run(&rows[_i]);
}
END_TEST

int main(void) {
    return script_main("broker5_access", test_row, (int)DRILL_ARRAY_COUNT(rows));
}
