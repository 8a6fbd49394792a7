/* Scenarios in MQTT 5.0: what is refused, and how failures read. What works is in
 * tests/lua/pass/v5.lua. */
#include "support.h"

#define CLIENT  "local c = t:client('c') c:connect() "
#define BROKEN  "qos/a.lua:2: "
#define SECONDS "whole seconds such as \"90s\" or \"1h\""

START_TEST(options_are_checked) {
    support_version = DRILL_MQTT_5_0;
    assert_broken("t:client('c', { session_expiry = '1.5s' })",
                  BROKEN "t:client: field 'session_expiry': expected " SECONDS
                         ", or \"never\", got \"1.5s\"");
    assert_broken("t:client('c', { session_expiry = -1 })", BROKEN
                  "t:client: field 'session_expiry': expected " SECONDS ", or \"never\", got -1");
    assert_broken(
        "t:client('c', { receive_maximum = 0 })",
        BROKEN "t:client: field 'receive_maximum': expected a whole number from 1 to 65535, got 0");
    assert_broken("t:client('c', { maximum_packet_size = '8GiB' })",
                  BROKEN "t:client: field 'maximum_packet_size': expected a size such as "
                         "\"256KiB\" or 1000, from 1 to 4294967295 bytes, got \"8GiB\"");
    assert_broken("t:client('c', { user_properties = { 'a' } })",
                  BROKEN "t:client: property 'user_property': expected a pair such as { \"name\", "
                         "\"value\" }, got \"a\"");
    assert_broken("t:client('c', { authentication_data = 'x' })", BROKEN
                  "t:client(\"c\"): client 'c': these options cannot be: texts are UTF-8 of at "
                  "most 65,535 bytes without U+0000, a Will Topic has no wildcards, 3.1 has "
                  "Client Identifiers of 1 to 23 bytes, Authentication Data needs a method");
    assert_broken("t:client('c', { properties = { topic_alias = 1 } })",
                  BROKEN "t:client: these properties cannot be: this property does not belong in "
                         "this packet. Wrong packets are for raw connections: t:raw");
    assert_broken("t:client('c', { will = { topic = 'a', delay = 'soon' } })",
                  BROKEN "will of t:client: field 'delay': expected " SECONDS
                         ", or \"never\", got \"soon\"");
}
END_TEST

START_TEST(properties_are_checked) {
    support_version = DRILL_MQTT_5_0;
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { content_typ = 'b' } })",
                  BROKEN "client:publish: there is no property 'content_typ'; did you mean "
                         "'content_type'?");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { zebra = 1, aardvark = 2 } })",
                  BROKEN "client:publish: there is no property 'aardvark'");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { 'content_type' } })",
                  BROKEN "client:publish: field 'properties': expected the standard's names");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { content_type = 5 } })",
                  BROKEN "client:publish: property 'content_type': expected a text, got 5");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { topic_alias = 65536 } })",
                  BROKEN "client:publish: property 'topic_alias': expected a whole number from 0 "
                         "to 65535, got 65536");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { receive_maximum = 1 } })",
                  BROKEN "client:publish: these properties cannot be: this property does not "
                         "belong in this packet. Wrong packets are for raw connections: t:raw");
    assert_broken(CLIENT "c:publish('a', 'x', { properties = { content_type = { 'a', 'b' } } })",
                  BROKEN "client:publish: these properties cannot be: this property stands more "
                         "than once. Wrong packets are for raw connections: t:raw");
    assert_broken(CLIENT "c:disconnect { reason_code = 0x55 }",
                  BROKEN "client:disconnect: field 'reason_code': no DISCONNECT has Reason Code "
                         "0x55");
    assert_broken(CLIENT "c:disconnect { session_expiry = '1h' }",
                  BROKEN "client:disconnect: field 'session_expiry': a Session that was to end "
                         "with its connection (Session Expiry Interval 0 in CONNECT) is given a "
                         "longer life");
    assert_broken(CLIENT "c:unsubscribe('a', { subscription_identifier = 1 })",
                  BROKEN "client:unsubscribe: unknown field 'subscription_identifier'; an "
                         "UNSUBSCRIBE carries only filters");
    assert_broken(CLIENT "c:auth()",
                  BROKEN "client:auth: needs the Authentication Method of CONNECT, and Reason "
                         "Code 0x18 or 0x19");
}
END_TEST

/* Packets without properties, written as a table. */
START_TEST(pings_have_no_properties) {
    support_version = DRILL_MQTT_5_0;
    assert_broken("t:raw('r'):send { type = 'PINGREQ', properties = {} }",
                  BROKEN "raw:send PINGREQ: unknown field 'properties'; the fields are \"type\"");
    assert_broken(CLIENT "c:link():insert { type = 'PINGRESP', properties = { topic_alias = 1 } }",
                  BROKEN
                  "link:insert PINGRESP: unknown field 'properties'; the fields are \"type\"");
}
END_TEST

/* An option of its own and `properties` in one call. */
static const struct {
    const char *call, *message;
} contradictions[] = {
    {"t:client('c', { receive_maximum = 5, properties = { receive_maximum = 6 } })",
     "t:client: fields 'receive_maximum' and 'properties' contradict each other: "
     "{ receive_maximum = 5 } and { receive_maximum = 6 }"},
    {"t:client('c', { session_expiry = '1h', properties = { session_expiry_interval = 1 } })",
     "t:client: fields 'session_expiry' and 'properties' contradict each other: "
     "{ session_expiry_interval = 3600 } and { session_expiry_interval = 1 }"},
    {"t:client('c', { maximum_packet_size = '1KiB', properties = { maximum_packet_size = 1000 "
     "} })",
     "t:client: fields 'maximum_packet_size' and 'properties' contradict each other: "
     "{ maximum_packet_size = 1024 } and { maximum_packet_size = 1000 }"},
    {"t:client('c', { topic_alias_maximum = 9, properties = { topic_alias_maximum = false } })",
     "t:client: fields 'topic_alias_maximum' and 'properties' contradict each other: "
     "{ topic_alias_maximum = 9 } and { topic_alias_maximum = false }"},
    {"t:client('c', { request_problem_information = true, properties = { "
     "request_problem_information = 0 } })",
     "t:client: fields 'request_problem_information' and 'properties' contradict each other: "
     "{ request_problem_information = 1 } and { request_problem_information = 0 }"},
    {"t:client('c', { request_response_information = false, properties = { "
     "request_response_information = 1 } })",
     "t:client: fields 'request_response_information' and 'properties' contradict each other: "
     "{ request_response_information = 0 } and { request_response_information = 1 }"},
    {"t:client('c', { user_properties = { { 'a', 'b' } }, properties = { user_property = { { "
     "'a', 'c' } } } })",
     "t:client: fields 'user_properties' and 'properties' contradict each other: "
     "{ user_property = { { \"a\", \"b\" } } } and { user_property = { { \"a\", \"c\" } } }"},
    {"t:client('c', { authentication_method = 'x', properties = { authentication_method = 'y' "
     "} })",
     "t:client: fields 'authentication_method' and 'properties' contradict each other: "
     "{ authentication_method = \"x\" } and { authentication_method = \"y\" }"},
    {"t:client('c'):connect { authentication_data = 'x', properties = { authentication_data = "
     "'y' } }",
     "client:connect: fields 'authentication_data' and 'properties' contradict each other: "
     "{ authentication_data = \"x\" } and { authentication_data = \"y\" }"},
    {"t:client('c', { will = { topic = 'a', delay = 1, properties = { will_delay_interval = 2 "
     "} } })",
     "will of t:client: fields 'delay' and 'properties' contradict each other: "
     "{ will_delay_interval = 1 } and { will_delay_interval = 2 }"},
    {CLIENT "c:publish('a', 'b', { message_expiry = 1, properties = { message_expiry_interval "
            "= 2 } })",
     "client:publish: fields 'message_expiry' and 'properties' contradict each other: "
     "{ message_expiry_interval = 1 } and { message_expiry_interval = 2 }"},
    {CLIENT "c:publish('a', 'b', { topic_alias = 1, properties = { topic_alias = 2 } })",
     "client:publish: fields 'topic_alias' and 'properties' contradict each other: "
     "{ topic_alias = 1 } and { topic_alias = 2 }"},
    {CLIENT "c:publish('a', 'b', { content_type = 'x', properties = { content_type = 'y' } })",
     "client:publish: fields 'content_type' and 'properties' contradict each other: "
     "{ content_type = \"x\" } and { content_type = \"y\" }"},
    {CLIENT "c:subscribe('a', { subscription_identifier = 1, properties = { "
            "subscription_identifier = { 2 } } })",
     "client:subscribe: fields 'subscription_identifier' and 'properties' contradict each "
     "other: { subscription_identifier = { 1 } } and { subscription_identifier = { 2 } }"},
    {CLIENT "c:disconnect { session_expiry = 0, properties = { session_expiry_interval = 5 } }",
     "client:disconnect: fields 'session_expiry' and 'properties' contradict each other: "
     "{ session_expiry_interval = 0 } and { session_expiry_interval = 5 }"},
    {"t:raw('r'):send { type = 'CONNECT', clean_start = true, clean_session = false }",
     "raw:send CONNECT: fields 'clean_session' and 'clean_start' are one and contradict each "
     "other"},
    {"t:raw('r'):expect { type = 'CONNACK', code = 0, reason_code = 1 }",
     "raw:expect CONNACK: fields 'code' and 'reason_code' are one and contradict each other"},
};

START_TEST(options_that_contradict_properties_are_errors) {
    char message[400];
    support_version = DRILL_MQTT_5_0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(contradictions); i++) {
        snprintf(message, sizeof message, BROKEN "%s", contradictions[i].message);
        assert_broken(contradictions[i].call, message);
    }
}
END_TEST

/* The same twice is no contradiction, and connect{} may change what the client's options said. */
START_TEST(options_that_agree_with_properties_are_not) {
    support_version = DRILL_MQTT_5_0;
    assert_logs("local c = t:client('c', { receive_maximum = 5, session_expiry = '1h', "
                "user_properties = { a = 'b' }, properties = { receive_maximum = 5, "
                "session_expiry_interval = 3600, user_property = { { 'a', 'b' } } } })\n"
                "c:connect { properties = { receive_maximum = 6 } }\n"
                "c:disconnect()\n"
                "c:connect { receive_maximum = 7, session_expiry = 0 }\n",
                "");
}
END_TEST

START_TEST(texts_of_properties_have_a_length) {
    support_version = DRILL_MQTT_5_0;
    assert_broken(CLIENT "c:publish('a', 'b', { content_type = ('x'):rep(65536) })",
                  BROKEN "client:publish: field 'content_type': expected a text of at most 65,535 "
                         "bytes, got 65536");
    assert_broken(CLIENT "c:publish('a', 'b', { correlation_data = ('x'):rep(70000) })",
                  BROKEN "client:publish: field 'correlation_data': expected a text of at most "
                         "65,535 bytes, got 70000");
}
END_TEST

/* Failures are written so that they can be pasted back. */
START_TEST(failures_show_properties) {
    support_version = DRILL_MQTT_5_0;
    assert_fails(CLIENT
                 "c:subscribe('a')\nc:publish('a', 'x', { content_type = 'b', user_properties = { "
                 "{ 'k', 'v' }, { 'k', 'w' } } })\nc:expect { topic = 'a', properties = { "
                 "content_type = 'c', subscription_identifier = 4 }, within = '1s' }",
                 4,
                 "c:expect{ topic = \"a\", properties = { content_type = \"c\", "
                 "subscription_identifier = { 4 } }, count = 1, within = \"1s\" }: got 0 of 1 "
                 "within 1 s; received and not claimed: { topic = \"a\", payload = \"x\", qos = 0, "
                 "properties = { content_type = \"b\", user_property = { { \"k\", \"v\" }, { "
                 "\"k\", \"w\" } } } }");
}
END_TEST

START_TEST(failures_name_the_reason) {
    support_version = DRILL_MQTT_5_0;
    static const char limited[] =
        "return scenario { title = 'x', broker = { maximum_qos = 1 }, run = function(t)\n" CLIENT
        "c:publish('a', 'x', { qos = 2 }) end }\n";
    RunOptions options = {.arena = DRILL_ARENA_MALLOC, .version = DRILL_MQTT_5_0};
    ck_assert_str_eq(run_file(&options, limited)->failed,
                     "c:publish: the client must not send this: above the server's Maximum QoS, "
                     "v5:MQTT-3.2.2-11");
    assert_fails("t:client('c', { authentication_method = 'none' }):connect()", 2,
                 "c:connect(): refused with CONNACK code 140 (Bad authentication method)");
}
END_TEST

/* In 3.1.1 options that describe a client mean nothing; what a call would say is an error. */
START_TEST(in_3_1_1) {
    support_version = DRILL_MQTT_3_1_1;
    assert_logs("local c = t:client('c', { session_expiry = '1h', receive_maximum = 1, "
                "user_properties = { { 'a', 'b' } }, properties = { request_problem_information = "
                "0 }, will = { topic = 'w', delay = '1s' } })\nc:connect() t:log(c.disconnected)",
                "nil\n");
    assert_broken(CLIENT "c:publish('a', 'x', { message_expiry = '1s' })",
                  BROKEN "client:publish: field 'message_expiry' exists only in MQTT 5.0, and this "
                         "run is 3.1.1 (t.version says which)");
    assert_broken(CLIENT "c:subscribe('a', { no_local = true })",
                  BROKEN "client:subscribe: field 'no_local' exists only in MQTT 5.0, and this "
                         "run is 3.1.1 (t.version says which)");
    assert_broken("t:raw('r'):send { type = 'PUBLISH', topic = 'a', properties = {} }",
                  BROKEN "raw:send PUBLISH: field 'properties' exists only in MQTT 5.0, and this "
                         "run is 3.1.1 (t.version says which)");
    assert_logs("local c = t:client('c', { version = '5.0' })\nc:connect() c:subscribe('a', { "
                "no_local = true }) t:log(t.version, c:connected())",
                "3.1.1 true\n");
}
END_TEST

/* On a live broker names are the run's own, in properties and shares, too. */
START_TEST(names_are_made_unique) {
    RunOptions options = {
        .arena = DRILL_ARENA_MALLOC, .version = DRILL_MQTT_5_0, .run_id = "abc123"};
    const Outcome *out = run_file(
        &options, "return scenario { title = 'x', run = function(t)\n" CLIENT
                  "t:log(t:topic('$share/g/a/#'), t:topic('$share/g'))\n"
                  "c:subscribe('$share/g/a') c:publish('a', 'x', { response_topic = 'b/c' })\n"
                  "local m = c:expect { topic = 'a', properties = { response_topic = 'b/c' } }[1]\n"
                  "t:log(m.topic, m.properties.response_topic)\nend }\n");
    ck_assert_str_eq(out->failed, "");
    ck_assert_str_eq(out->logs, "$share/g/abc123/a/# $share/g\na b/c\n");
}
END_TEST

/* Every scenario list of a test; freed at its end. */
static DrillArena *lists;

static void make_lists(void) {
    lists = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 20);
    ck_assert_ptr_nonnull(lists);
}

static void free_lists(void) {
    drill_arena_free(lists);
}

static const char *missing_of(const char *broker, const char *features) {
    static char text[1100];
    DrillScenario *list;
    size_t count;
    DrillDiagnostic diagnostic = {{0}};
    const char *folder = folder_new();
    snprintf(text, sizeof text,
             "return scenario { title = 'x', broker = { %s }, requires = { %s }, run = function(t) "
             "end }\n",
             broker, features);
    support_write(folder, "a.lua", text);
    snprintf(text, sizeof text, "%s/a.lua", folder);
    if (drill_script_declare(text, folder, drill_arena_allocator(lists), &list, &count,
                             &diagnostic) != DRILL_OK) {
        snprintf(text, sizeof text, "%s", no_prefix(diagnostic.text));
        return text;
    }
    return list[0].missing ? list[0].missing : "nothing";
}

/* What a real broker has to be configured with for a scenario with this `broker`. */
static const char *settings_of(const char *broker) {
    char text[600], path[600];
    DrillScenario *list;
    size_t count;
    DrillDiagnostic diagnostic = {{0}};
    const char *folder = folder_new();
    snprintf(text, sizeof text,
             "return scenario { title = 'x', broker = { %s }, run = function(t) end }\n", broker);
    support_write(folder, "a.lua", text);
    snprintf(path, sizeof path, "%s/a.lua", folder);
    ck_assert_int_eq(drill_script_declare(path, folder, drill_arena_allocator(lists), &list, &count,
                                          &diagnostic),
                     DRILL_OK);
    return list[0].settings;
}

START_TEST(settings) {
    make_lists();
    ck_assert_str_eq(settings_of(""), "");
    ck_assert_str_eq(settings_of("retain_available = false, receive_maximum = 2"),
                     "receive_maximum=2,retain_available=false");
    /* What brokers may do as they like. */
    ck_assert_str_eq(settings_of("qos2_forward = 'publish', inflight_max = 2, retry = '2s'"), "");
    ck_assert_str_eq(settings_of("topic_aliases = 'first', topic_alias_maximum = 5"),
                     "topic_alias_maximum=5");
    ck_assert_ptr_null(settings_of("receive_maximum = 2, users = { a = 'b' }"));
    free_lists();
}
END_TEST

/* What a scenario requires, and the virtual broker as it is configured has not. */
START_TEST(features) {
    make_lists();
    ck_assert_str_eq(missing_of("", "'shared_subscriptions', 'retain', 'qos2', 'wildcards'"),
                     "nothing");
    ck_assert_str_eq(
        missing_of("shared_subscription_available = false", "'retain', 'shared_subscriptions'"),
        "shared_subscriptions");
    ck_assert_str_eq(missing_of("maximum_qos = 1", "'qos1', 'qos2'"), "qos2");
    ck_assert_str_eq(missing_of("", "'topic_alias'"), "topic_alias");
    ck_assert_str_eq(missing_of("topic_alias_maximum = 1", "'topic_alias'"), "nothing");
    ck_assert_str_eq(missing_of("", "'subscription_ids', 'enhanced_authentication'"),
                     "enhanced_authentication");
    ck_assert_str_eq(missing_of("", "'telepathy'"),
                     "a.lua:1: scenario: field 'requires': expected \"qos1\", \"qos2\", "
                     "\"retain\", \"wildcards\", \"shared_subscriptions\", "
                     "\"subscription_ids\", \"topic_alias\", \"enhanced_authentication\" or "
                     "\"shared_redispatch\", got \"telepathy\"");
    free_lists();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {features,
                                  settings,
                                  options_are_checked,
                                  properties_are_checked,
                                  pings_have_no_properties,
                                  options_that_contradict_properties_are_errors,
                                  options_that_agree_with_properties_are_not,
                                  texts_of_properties_have_a_length,
                                  failures_show_properties,
                                  failures_name_the_reason,
                                  in_3_1_1,
                                  names_are_made_unique};
    return run_suite("v5", tests, DRILL_ARRAY_COUNT(tests));
}
