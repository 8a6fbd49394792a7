/* Wrong use of the API: every message names file, line, function, field, and what was expected. */
#include "support.h"

#define WITH_CLIENT "local c = t:client('c') c:connect() "

START_TEST(options_are_checked) {
    assert_broken("t:client('c', { cleen = true })",
                  "qos/a.lua:2: t:client: unknown field 'cleen'; did you mean 'clean'?");
    assert_broken("t:client('c', { clean = 1 })",
                  "qos/a.lua:2: t:client: field 'clean': expected true or false, got 1");
    assert_broken("\nt:client('c', { will = { payload = 'x' } })",
                  "qos/a.lua:3: will of t:client: field 'topic' is missing");
    assert_broken(
        "t:client('c', { will = { topic = 'x', qos = 3 } })",
        "qos/a.lua:2: will of t:client: field 'qos': expected a whole number from 0 to 2, got 3");
    assert_broken("t:client('c', { keepalive = '1.5s' })",
                  "qos/a.lua:2: t:client: field 'keepalive': expected whole seconds from 0 to "
                  "65535, got \"1.5s\"");
    assert_broken("t:client('c', { keepalive = 70000 })",
                  "qos/a.lua:2: t:client: field 'keepalive': expected whole seconds from 0 to "
                  "65535, got 70000");
    assert_broken("t:client('c', { keepalive = 'soon' })",
                  "qos/a.lua:2: t:client: field 'keepalive': expected a duration such as \"250ms\" "
                  "or \"5s\", got \"soon\"");
    assert_broken("t:client('c', { password = 'x' })",
                  "qos/a.lua:2: t:client: field 'password' needs a username in MQTT 3.1.1");
    assert_broken(
        "t:client('c', { acks = 'never' })",
        "qos/a.lua:2: t:client: field 'acks': expected \"auto\" or \"manual\", got \"never\"");
    assert_broken(
        "t:client('c', 5)",
        "qos/a.lua:2: t:client: options: expected a table such as { name = value }, got 5");
    assert_broken("t:client('c', { 'clean' })",
                  "qos/a.lua:2: t:client: expected named fields, got one without a name");
    assert_broken(
        "t:client('c', { clean = true, zebra = 1, aardvark = 2 })",
        "qos/a.lua:2: t:client: unknown field 'aardvark'; the fields are \"clean\", \"keepalive\", "
        "\"username\", "
        "\"password\", \"will\", \"session_expiry\", \"receive_maximum\", "
        "\"topic_alias_maximum\", \"maximum_packet_size\", \"request_problem_information\", "
        "\"request_response_information\", \"user_properties\", \"authentication_method\", "
        "\"authentication_data\", \"properties\", \"id\", \"version\", \"auto_ping\", "
        "\"pingresp_timeout\", \"retry\", \"acks\", \"first_packet_identifier\", \"aliases\", "
        "\"link\", \"tcp\" or \"transport\"");
}
END_TEST

START_TEST(names_are_checked) {
    assert_broken(
        "t:client('')",
        "qos/a.lua:2: t:client: name: expected 1 to 40 letters, digits, '_', '-' or '.', got \"\"");
    assert_broken("t:client('a b')", "qos/a.lua:2: t:client: name: expected 1 to 40 letters, "
                                     "digits, '_', '-' or '.', got \"a b\"");
    assert_broken("t:client(5)", "qos/a.lua:2: t:client: name: expected a text, got 5");
    assert_broken("t:client('a')\nt:client('a')",
                  "qos/a.lua:3: t:client(\"a\"): there is a client called 'a' already");
}
END_TEST

START_TEST(link_settings_are_checked) {
    assert_broken("t:client('c', { link = { delay = 5 } })",
                  "qos/a.lua:2: t:client: field 'delay': expected a duration such as \"250ms\" or "
                  "\"5s\", got 5");
    assert_broken("t:client('c', { link = { loss = '200%' } })",
                  "qos/a.lua:2: t:client: field 'loss': expected a ratio such as \"2%\" or "
                  "\"1/50\", got \"200%\"");
    assert_broken("t:client('c', { link = { rate = 'fast' } })",
                  "qos/a.lua:2: t:client: field 'rate': expected a rate such as \"64kbit\" or "
                  "\"1Mbit\", got \"fast\"");
    assert_broken("t:client('c', { link = { queue = '-1' } })",
                  "qos/a.lua:2: t:client: field 'queue': expected a size such as \"1500\" or "
                  "\"256KiB\", got \"-1\"");
    assert_broken("t:client('c', { link = { dealy = 1 } })",
                  "qos/a.lua:2: t:client: unknown field 'dealy'; did you mean 'delay'?");
    assert_broken(
        "t:client('c', { tcp = { mss = 7 } })",
        "qos/a.lua:2: t:client: tcp: field 'mss': expected a size such as \"64KiB\", from "
        "88 to 65000 bytes, got 7");
    assert_broken("t:client('c', { tcp = { profile = 'bsd' } })",
                  "qos/a.lua:2: t:client: tcp: profile: expected linux or ns3 or embedded, got "
                  "\"bsd\"");
    assert_broken("t:client('c', { transport = 'stream', tcp = { nagle = true } })",
                  "qos/a.lua:2: t:client: field 'tcp' needs transport = \"tcp\"");
    assert_broken("t:client('c', { transport = 'stream', link = { loss = '1%' } })",
                  "qos/a.lua:2: t:client: field 'loss' needs transport = \"tcp\": on a stream "
                  "nothing can be lost");
    assert_broken("t:client('c', { transport = 'datagrams' })",
                  "qos/a.lua:2: t:client: field 'transport': expected \"tcp\", \"stream\" or "
                  "\"datagram\", got \"datagrams\"");
    assert_broken(
        "t:client('c', { transport = 'datagram', version = '5.0' })",
        "qos/a.lua:2: t:client(\"c\"): client 'c': the transport 'datagram' needs MQTT 3.1.1 or "
        "3.1: 5.0 forbids to send again within a connection");
}
END_TEST

START_TEST(faults_are_checked) {
    assert_broken(WITH_CLIENT "\nc:link():cut { before = 'PUBREX' }",
                  "qos/a.lua:3: link:cut: field 'before': expected the name of a packet such as "
                  "\"PUBREC\", got \"PUBREX\"");
    assert_broken(WITH_CLIENT "c:link():cut { before = 'PUBREC', after = 'PUBREL' }",
                  "qos/a.lua:2: link:cut: expected only one of 'before', 'inside' and 'after'");
    assert_broken(WITH_CLIENT "c:link():cut { nth = 2 }",
                  "qos/a.lua:2: link:cut: expected one of 'before', 'inside' and 'after'");
    assert_broken(WITH_CLIENT "c:link():cut { before = 'PUBREC', at_byte = 1 }",
                  "qos/a.lua:2: link:cut: field 'at_byte' needs 'inside'");
    assert_broken(
        WITH_CLIENT "c:link():cut { before = 'PUBREC', nth = 0 }",
        "qos/a.lua:2: link:cut: field 'nth': expected a whole number from 1 to 2147483647, got 0");
    assert_broken(WITH_CLIENT "c:link():drop { nth = 1 }",
                  "qos/a.lua:2: link:drop: field 'type' is missing");
    assert_broken(
        "local c = t:client('c', { transport = 'stream' }) c:link():drop { type = 'PUBLISH' }",
        "qos/a.lua:2: link:drop: needs transport = \"tcp\": on a stream nothing can be lost; use "
        "cut");
    assert_broken(WITH_CLIENT "c:link():delay_next { type = 'PUBLISH' }",
                  "qos/a.lua:2: link:delay_next: field 'by' is missing");
    assert_broken(WITH_CLIENT "c:link():insert('c0 zz')",
                  "qos/a.lua:2: link:insert: argument 1: expected bytes in hex such as \"c0 00\", "
                  "got \"c0 zz\" (character 4)");
    assert_broken(WITH_CLIENT "c:link():insert('')",
                  "qos/a.lua:2: link:insert: argument 1: expected bytes, got none");
    assert_broken("local c = t:client('c') c:link():insert('d0 00')",
                  "qos/a.lua:2: link:insert: client 'c' has no connection");
    assert_broken(WITH_CLIENT "c:link():mask('c>b', '10x')",
                  "qos/a.lua:2: link:mask: argument 2: expected only '0' and '1', got \"10x\"");
    assert_broken(
        WITH_CLIENT "c:link():partition('5s', 'up')",
        "qos/a.lua:2: link:partition: argument 2: expected \"c>b\" or \"b>c\", got \"up\"");
    assert_broken(WITH_CLIENT "c:link():set()",
                  "qos/a.lua:2: link:set: expected a table such as { delay = \"120ms\" }");
}
END_TEST

START_TEST(objects_explain_themselves) {
    assert_broken(WITH_CLIENT "c:conect()", "qos/a.lua:2: client has no function 'conect' (did you "
                                            "mean 'connect'?); it has: connect disconnect drop "
                                            "wait_closed connected publish subscribe unsubscribe "
                                            "ping auth ack expect expect_none received hold "
                                            "release link app_crash");
    assert_broken("t.client('c')",
                  "qos/a.lua:2: t:client: call it with a colon on a t, as in t:client(...)");
    assert_broken("t.x = 1", "qos/a.lua:2: a t has no fields that can be set");
    assert_broken(WITH_CLIENT "c:auth()", "qos/a.lua:2: client:auth: AUTH exists only in MQTT 5.0");
    assert_broken("t:broker():defect('x')",
                  "qos/a.lua:2: broker:defect: there is no \"x\" (see mqttdrill defects)");
    assert_broken("t:broker():defect('c-id-leak')",
                  "qos/a.lua:2: broker:defect: c-id-leak is a defect of clients");
    assert_broken("t:broker():config { authentication = { method = 'DRILL-REVERSE' } }",
                  "qos/a.lua:2: broker:config: field 'authentication' cannot be changed while the "
                  "broker runs");
    assert_broken(
        "t:broker():config { maximum_qos = 3 }",
        "qos/a.lua:2: broker:config: field 'maximum_qos': expected a whole number from 0 to 2, "
        "got 3");
    assert_broken("t:broker():restart { down = '9s' }\nt:broker():config { maximum_qos = 1 }",
                  "qos/a.lua:3: broker:config: the broker is down already, or not virtual");
}
END_TEST

START_TEST(calls_need_a_connection) {
    assert_broken(
        "local c = t:client('c')\nc:subscribe('a')",
        "qos/a.lua:3: client:subscribe: client 'c' is not connected; call c:connect() first");
    assert_broken(
        "local c = t:client('c')\nc:publish('a', 'b')",
        "qos/a.lua:3: client:publish: client 'c' is not connected; call c:connect() first");
    assert_broken(WITH_CLIENT "\nc:connect()",
                  "qos/a.lua:3: client:connect: client 'c' is connected already");
    assert_broken(WITH_CLIENT "\nc:disconnect() c:ping()",
                  "qos/a.lua:3: client:ping: client 'c' is not connected; call c:connect() first");
    assert_broken(WITH_CLIENT "c:ack()", "qos/a.lua:2: client:ack: client 'c' acknowledges by "
                                         "itself; create it with acks = \"manual\"");
    assert_broken(WITH_CLIENT "c:hold('PUBX')",
                  "qos/a.lua:2: client:hold: argument 1: expected the name of a packet such as "
                  "\"PUBREC\", got \"PUBX\"");
}
END_TEST

START_TEST(publish_and_subscribe_are_checked) {
    assert_broken(WITH_CLIENT "c:publish('a', 21.5)",
                  "qos/a.lua:2: client:publish: payload: expected a text, got 21.5");
    assert_broken(WITH_CLIENT "c:publish('a', 'b', { qos = 'two' })",
                  "qos/a.lua:2: client:publish: field 'qos': expected a whole number from 0 to 2, "
                  "got \"two\"");
    assert_broken(WITH_CLIENT "c:publish('a', 'b', { properties = {} })",
                  "qos/a.lua:2: client:publish: field 'properties' exists only in MQTT 5.0, and "
                  "this run is 3.1.1 (t.version "
                  "says which)");
    assert_broken(WITH_CLIENT "c:subscribe({})",
                  "qos/a.lua:2: client:subscribe: expected a topic filter or a list of 1 to 10000");
    assert_broken(WITH_CLIENT "c:subscribe({ { 'a', 3 } })",
                  "qos/a.lua:2: client:subscribe: qos of filter 'a': expected 0, 1 or 2");
    assert_broken(WITH_CLIENT "c:subscribe({ { 'a', qos = 2 } })",
                  "qos/a.lua:2: client:subscribe: a filter in the list: expected { \"a/+\", 2 } or "
                  "{ filter = \"a/+\", qos = 2 } and other named fields, got a mixture");
    assert_broken(WITH_CLIENT "c:unsubscribe('a', { qos = 1 })",
                  "qos/a.lua:2: client:unsubscribe: unknown field 'qos'; an UNSUBSCRIBE carries "
                  "only filters");
}
END_TEST

START_TEST(expectations_that_cannot_fail_are_errors) {
    assert_broken(WITH_CLIENT "c:expect{ count = 0 }",
                  "qos/a.lua:2: client:expect: field 'count': an expectation of 0 messages could "
                  "not fail; use expect_none");
    assert_broken(WITH_CLIENT "c:expect_none{ topic = 'a/#/b' }",
                  "qos/a.lua:2: client:expect_none: field 'topic': expected a Topic Name or Topic "
                  "Filter, got \"a/#/b\"");
    assert_broken(WITH_CLIENT "c:expect_none{ during = '0s' }",
                  "qos/a.lua:2: client:expect_none: field 'during': an expectation over no time "
                  "could not fail");
    assert_broken(WITH_CLIENT "c:expect_none{ within = '1s' }",
                  "qos/a.lua:2: client:expect_none: unknown field 'within'; the fields are "
                  "\"topic\", \"payload\", \"qos\", "
                  "\"retain\", \"dup\", \"properties\", \"count\" or \"during\"");
    assert_broken("t:quiet('0s')",
                  "qos/a.lua:2: t:quiet: argument 1: an expectation over no time could not fail");
    assert_broken("t:quiet()", "qos/a.lua:2: t:quiet: argument 1: expected a duration such as "
                               "\"250ms\" or \"5s\", got nothing");
    assert_broken(WITH_CLIENT "c:expect{ topik = 'a' }",
                  "qos/a.lua:2: client:expect: unknown field 'topik'; did you mean 'topic'?");
}
END_TEST

START_TEST(packet_tables_are_checked) {
    assert_broken("t:raw('r'):send { type = 'AUTH' }",
                  "qos/a.lua:2: raw:send AUTH: field 'type': exists only in MQTT 5.0; give "
                  "deliberately wrong packets as bytes in hex");
    assert_broken("t:raw('r'):send('3g')", "qos/a.lua:2: raw:send: argument 1: expected bytes in "
                                           "hex such as \"c0 00\", got \"3g\" (character 2)");
    assert_broken("t:raw('r'):send({ topic = 'a' })",
                  "qos/a.lua:2: raw:send: field 'type': expected the name of a packet such as "
                  "\"PUBREC\", got nothing");
    assert_broken("t:raw('r'):send({ type = 'PUBLISH', topik = 'a' })",
                  "qos/a.lua:2: raw:send PUBLISH: unknown field 'topik'; did you mean 'topic'?");
    assert_broken(
        "t:raw('r'):send({ type = 'PUBACK' })",
        "qos/a.lua:2: raw:send PUBACK: field 'packet_identifier': expected a whole number "
        "from 1 to 65535; give deliberately wrong packets as bytes in hex");
    assert_broken("t:raw('r'):send_partial('c0 00', 2)",
                  "qos/a.lua:2: raw:send_partial: argument 2: expected a whole number from 1 to 1, "
                  "fewer than the packet's 2 "
                  "bytes");
    assert_broken("t:raw('r'):expect{ type = 'CONNACK', topic = 'a' }",
                  "qos/a.lua:2: raw:expect CONNACK: unknown field 'topic'; the fields are "
                  "\"type\", \"session_present\", "
                  "\"code\", \"reason_code\", \"properties\" or \"within\"");
}
END_TEST

START_TEST(waiting_where_lua_cannot) {
    assert_broken("table.sort({ 1, 2 }, function() t:sleep('1s') end)",
                  "qos/a.lua:2: cannot wait here: Lua does not allow it inside a comparison, a "
                  "metamethod or a function called "
                  "by table.sort or string.gsub\n    called from qos/a.lua:2");
}
END_TEST

/* Texts that no packet can carry: which field, and which rule. */
START_TEST(texts_are_checked) {
#define A_NAME "expected a Topic Name: at least one character, and no wildcards + and #"
#define LONG   "(('x'):rep(70000))"
#define BYTES  "expected at most 65,535 bytes, got 70000"
    static const struct {
        const char *body, *message;
    } cases[] = {
        {WITH_CLIENT "c:publish(" LONG ", 'y')", "client:publish: topic: " BYTES},
        {WITH_CLIENT "c:publish('', 'y')", "client:publish: topic: " A_NAME ", got \"\""},
        {WITH_CLIENT "c:publish('a/+', 'y')", "client:publish: topic: " A_NAME ", got \"a/+\""},
        {WITH_CLIENT "c:publish('a\\0', 'y')",
         "client:publish: topic: expected UTF-8 without U+0000, got \"a\\x00\""},
        {WITH_CLIENT "c:publish('\\xff', 'y')",
         "client:publish: topic: expected UTF-8 without U+0000, got \"\\xff\""},
        {WITH_CLIENT "c:subscribe(" LONG ")", "client:subscribe: filter: " BYTES},
        {WITH_CLIENT "c:subscribe('a/#/b')",
         "client:subscribe: filter: expected a Topic Filter: at least one character, + only for a "
         "whole level, # only for the last, got \"a/#/b\""},
        {WITH_CLIENT "c:unsubscribe({ 'a', " LONG " })", "client:unsubscribe: filter: " BYTES},
        {"t:client('c', { id = " LONG " })", "t:client: field 'id': " BYTES},
        {"t:client('c', { id = '', clean = false })",
         "t:client: field 'id': expected at least one character, or clean = true, got \"\""},
        {"t:client('c', { version = '3.1', id = ('x'):rep(24) })",
         "t:client: field 'id': expected 1 to 23 bytes, as MQTT 3.1 wants them, got "
         "\"xxxxxxxxxxxxxxxxxxxxxxxx\""},
        {"t:client('c', { username = " LONG " })", "t:client: field 'username': " BYTES},
        {"t:client('c', { username = 'a', password = " LONG " })",
         "t:client: field 'password': " BYTES},
        {"t:client('c', { will = { topic = " LONG " } })",
         "will of t:client: field 'topic': " BYTES},
        {"t:client('c', { will = { topic = 'a/#' } })",
         "will of t:client: field 'topic': " A_NAME ", got \"a/#\""},
        {"t:client('c', { will = { topic = 'a', payload = " LONG " } })",
         "will of t:client: field 'payload': " BYTES},
        {"t:client('c'):connect { username = '\\xff' }",
         "client:connect: field 'username': expected UTF-8 without U+0000, got \"\\xff\""},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++) {
        char message[400];
        snprintf(message, sizeof message, "qos/a.lua:2: %s", cases[i].message);
        assert_broken(cases[i].body, message);
    }
}
END_TEST

/* What keeps a raw packet's table from being encoded. */
START_TEST(packets_that_cannot_be_encoded_say_why) {
    static const struct {
        const char *packet, *message;
    } cases[] = {
        {"type = 'PUBLISH', topic = " LONG, "PUBLISH: field 'topic': a text has at most 65,535"
                                            " bytes"},
        {"type = 'PUBLISH', topic = 'a', packet_identifier = 1",
         "PUBLISH: field 'packet_identifier': a PUBLISH of QoS 0 has none"},
        {"type = 'PUBLISH', topic = 'a', qos = 1",
         "PUBLISH: field 'packet_identifier': expected a whole number from 1 to 65535"},
        {"type = 'CONNECT', protocol_level = 6",
         "CONNECT: field 'protocol_level': expected 3, 4 or 5"},
        {"type = 'CONNECT', protocol_name = 'MQTX'",
         "CONNECT: field 'protocol_name': expected \"MQTT\", or \"MQIsdp\" with level 3"},
        {"type = 'CONNECT', password = 'a'",
         "CONNECT: field 'password': needs a username before MQTT 5.0"},
        {"type = 'SUBSCRIBE', packet_identifier = 1",
         "SUBSCRIBE: field 'filters': expected at least one"},
        {"type = 'SUBACK', packet_identifier = 1",
         "SUBACK: field 'reason_codes': expected at least one"},
        {"type = 'UNSUBACK', packet_identifier = 1, reason_codes = { 0 }",
         "UNSUBACK: field 'reason_codes': exists only in MQTT 5.0"},
        {"type = 'PUBREC', packet_identifier = 1, reason_code = 0x80",
         "PUBREC: field 'reason_code': exists only in MQTT 5.0"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++) {
        char body[200], message[300];
        snprintf(body, sizeof body, "t:raw('r'):send { %s }", cases[i].packet);
        snprintf(message, sizeof message,
                 "qos/a.lua:2: raw:send %s; give deliberately wrong packets as bytes in hex",
                 cases[i].message);
        assert_broken(body, message);
    }
    assert_broken("t:raw('r'):send { type = 'CONNECT', will_qos = 1 }",
                  "qos/a.lua:2: raw:send: field 'will_qos' needs 'will_topic'");
}
END_TEST

START_TEST(random_numbers_are_checked) {
    assert_broken("t:rng('x'):int(2, 1)",
                  "qos/a.lua:2: rng:int: high: expected a whole number of at least 2, got 1");
    assert_broken("t:rng('x'):int(0/0, 1)",
                  "qos/a.lua:2: rng:int: low: expected a whole number, got not a number");
    assert_broken("t:rng('x'):bytes()", "qos/a.lua:2: rng:bytes: count: expected a whole number "
                                        "from 0 to 2147483647, got nothing");
    assert_broken("t:rng('x'):bytes(-1)", "qos/a.lua:2: rng:bytes: count: expected a whole number "
                                          "from 0 to 2147483647, got -1");
    assert_broken("t:rng('x'):bytes(2^40)", "qos/a.lua:2: rng:bytes: count: expected a whole "
                                            "number from 0 to 2147483647, got 1099511627776.0");
    assert_broken("t:rng('x'):chance('2')", "qos/a.lua:2: rng:chance: argument 1: expected a ratio "
                                            "such as \"2%\" or \"1/50\", got \"2\"");
    assert_broken("t:rng('x'):pick({})",
                  "qos/a.lua:2: rng:pick: expected a list with at least one element");
}
END_TEST

/* --- the scenario's table --- */

static const char *table_message(const char *fields) {
    static char text[2000];
    snprintf(text, sizeof text, "return scenario {\n%s }", fields);
    Outcome *out = run_text(text);
    ck_assert_int_eq(out->loaded, DRILL_INVALID);
    return no_prefix(out->diagnostic.text);
}

static const char *broker_message(const char *fields) {
    char text[300];
    snprintf(text, sizeof text, "title = 'x', run = print, broker = { %s }", fields);
    return table_message(text);
}

START_TEST(broker_options_are_checked) {
    ck_assert_str_eq(
        broker_message("maximum_qos = 3"),
        "qos/a.lua:1: scenario: broker: field 'maximum_qos': expected a whole number from 0 "
        "to 2, got 3");
    ck_assert_str_eq(broker_message("share_strategy = 'fair'"),
                     "qos/a.lua:1: scenario: broker: field 'share_strategy': expected "
                     "\"round-robin\", \"random\", \"sticky\" or \"least-loaded\", got \"fair\"");
    ck_assert_str_eq(
        broker_message("users = { 'u' }"),
        "qos/a.lua:1: scenario: broker: field 'users': expected { name = \"password\" }");
    ck_assert_str_eq(
        broker_message("users = {}"),
        "qos/a.lua:1: scenario: broker: field 'users': expected { name = \"password\" }");
    ck_assert_str_eq(
        broker_message("topic_rules = { { filter = 'a', publish = true }, { fliter = "
                       "'b' } }"),
        "qos/a.lua:1: scenario: broker: topic_rules[2]: unknown field 'fliter'; did you "
        "mean 'filter'?");
    ck_assert_str_eq(
        broker_message("topic_rules = { { filter = 'a/#/b' } }"),
        "qos/a.lua:1: scenario: broker: topic_rules[1]: field 'filter': expected a Topic "
        "Filter");
    ck_assert_str_eq(broker_message("auth_methods = { 'SCRAM' }"),
                     "qos/a.lua:1: scenario: broker: field 'auth_methods': no method \"SCRAM\"; "
                     "there is \"DRILL-REVERSE\"");
    ck_assert_str_eq(broker_message("versions = { '5' }"),
                     "qos/a.lua:1: scenario: broker: field 'versions': expected \"3.1\", \"3.1.1\" "
                     "and \"5.0\"");
    ck_assert_str_eq(broker_message("versions = {}"),
                     "qos/a.lua:1: scenario: broker: field 'versions': expected a list that is not "
                     "empty");
    ck_assert_str_eq(broker_message("server_reference = 'b:1883'"),
                     "qos/a.lua:1: scenario: broker: field 'server_reference' needs 'redirect'");
    ck_assert_str_eq(broker_message("allow_anonymous = true"),
                     "qos/a.lua:1: scenario: broker: field 'allow_anonymous' needs 'users'");
    ck_assert_str_eq(
        broker_message("session_expiry_maximum = '1500ms'"),
        "qos/a.lua:1: scenario: broker: field 'session_expiry_maximum': expected whole "
        "seconds such as \"90s\" or \"1h\", or \"never\", got \"1500ms\"");
}
END_TEST

START_TEST(scenario_tables_are_checked) {
    ck_assert_str_eq(table_message("run = print"),
                     "qos/a.lua:1: scenario: field 'title' is missing");
    ck_assert_str_eq(table_message("title = 'x'"),
                     "qos/a.lua:1: scenario: field 'run' is missing: expected a function");
    ck_assert_str_eq(table_message("titel = 'x', run = print"),
                     "qos/a.lua:1: scenario: unknown field 'titel'; did you mean 'title'?");
    ck_assert_str_eq(table_message("title = 5, run = print"),
                     "qos/a.lua:1: scenario: field 'title': expected a text, got 5");
    ck_assert_str_eq(table_message("title = 'x', run = print, limit = 5"),
                     "qos/a.lua:1: scenario: field 'limit': expected a duration such as \"250ms\" "
                     "or \"5s\", got 5");
    ck_assert_str_eq(table_message("title = 'x', run = print, versions = { '3.1' }"),
                     "qos/a.lua:1: scenario: field 'versions' element 1: expected \"3.1.1\" or "
                     "\"5.0\", got \"3.1\"");
    ck_assert_str_eq(table_message("title = 'x', run = print, worlds = {}"),
                     "qos/a.lua:1: scenario: field 'worlds': the list is empty");
    ck_assert_str_eq(table_message("title = 'x', run = print, clauses = { 'v3:MQTT-4.3.3-2"
                                   "2' }"),
                     "qos/a.lua:1: scenario: field 'clauses' element 1: there is no statement "
                     "'v3:MQTT-4.3.3-2"
                     "2'; did you mean "
                     "'v3:MQTT-4.3.3-2'?");
    ck_assert_str_eq(table_message("title = 'x', run = print, clauses = { 'all of them' }"),
                     "qos/a.lua:1: scenario: field 'clauses' element 1: there is no statement 'all "
                     "of them' (they look like "
                     "\"v3:MQTT-4.3.3-2\")");
    ck_assert_str_eq(table_message("title = 'x', run = print, link = { dely = '1s' }"),
                     "qos/a.lua:1: scenario: link: unknown field 'dely'; did you mean 'delay'?");
    ck_assert_str_eq(table_message("title = 'x', run = print, broker = { overlap = 'two' }"),
                     "qos/a.lua:1: scenario: broker: field 'overlap': expected \"one\" or "
                     "\"each\", got \"two\"");
    ck_assert_str_eq(table_message("title = 'x', run = print, id = 'A b'"),
                     "qos/a.lua:1: scenario: field 'id': expected 1 to 60 of a-z, 0-9, '_' and "
                     "'-', got \"A b\"");
    ck_assert_str_eq(table_message("title = 'x', run = print, tags = { 1 }"),
                     "qos/a.lua:1: scenario: field 'tags' element 1: expected a text, got 1");
}
END_TEST

int main(void) {
    const TTest *tests[] = {options_are_checked,
                            names_are_checked,
                            link_settings_are_checked,
                            faults_are_checked,
                            objects_explain_themselves,
                            calls_need_a_connection,
                            publish_and_subscribe_are_checked,
                            expectations_that_cannot_fail_are_errors,
                            packet_tables_are_checked,
                            waiting_where_lua_cannot,
                            random_numbers_are_checked,
                            texts_are_checked,
                            packets_that_cannot_be_encoded_say_why,
                            scenario_tables_are_checked,
                            broker_options_are_checked};
    return run_suite("api_errors", tests, DRILL_ARRAY_COUNT(tests));
}
