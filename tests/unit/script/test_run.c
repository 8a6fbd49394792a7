/* Whole scenarios over the virtual driver. */
#include "support.h"

#define PAIR                                                                                       \
    "local sub, pub = t:client('sub'), t:client('pub') sub:connect() pub:connect() "               \
    "sub:subscribe('a/#', { qos = 2 }) "

/* --- clients --- */

START_TEST(qos2_survives_a_cut) {
    assert_logs("local sub = t:client('subscriber')\n"
                "t:log(sub:connect().session_present)\n"
                "sub:subscribe('sensor/+/temp', { qos = 2 })\n"
                "local pub = t:client('publisher', { clean = false, session_expiry = '1h' })\n"
                "pub:connect()\n"
                "pub:link():cut { before = 'PUBREC' }\n"
                "local m = pub:publish('sensor/1/temp', '21.5', { qos = 2 })\n"
                "t:log(m.packet_id, m:acked())\n"
                "t:log(pub:wait_closed())\n"
                "t:sleep('5s')\n"
                "t:log(pub:connect().session_present)\n"
                "m:wait('30s')\n"
                "t:log(m:acked(), m.reason)\n"
                "local got = sub:expect { topic = 'sensor/1/temp', payload = '21.5', count = 1, "
                "within = '30s' }\n"
                "t:log(#got, got[1].topic, got[1].qos, got[1].retain)\n"
                "t:quiet('10s')",
                "false\n1 false\nrst\ntrue\ntrue 0\n1 sensor/1/temp 2 false\n");
}
END_TEST

START_TEST(a_refused_or_closed_connect) {
    static const char refusing[] = "return scenario { title = 'x', broker = { "
                                   "refuse_empty_client_id = true }, run = function(t)\n"
                                   "local c = t:client('c', { id = '' })\n%s end }";
    char text[1000];
    snprintf(text, sizeof text, refusing, "c:connect()");
    ck_assert_str_eq(
        run_text(text)->failed,
        "c:connect(): refused with CONNACK code 2 (Connection Refused, identifier rejected)");
    snprintf(
        text, sizeof text, refusing,
        "local ack, why, refusal = c:connect { may_fail = true } t:log(ack, why, refusal.code)\n"
        "c:link():cut { before = 'CONNACK' } t:log(c:connect { may_fail = true }) "
        "t:log(c:connected())");
    Outcome *out = run_text(text);
    ck_assert_str_eq(out->diagnostic.text, "");
    ck_assert_str_eq(out->logs, "nil refused 2\nnil closed\nfalse\n");
    assert_fails(
        "local c = t:client('c')\nc:link():cut { before = 'CONNACK', how = 'fin' }\nc:connect()", 4,
        "c:connect(): the connection was closed (fin) before a CONNACK came");
    assert_fails("local c = t:client('c')\nc:link():stall('1h')\nc:connect { within = '5s' }", 4,
                 "c:connect(): no CONNACK within 5 s");
}
END_TEST

START_TEST(connect_options_are_for_once) {
    assert_logs("local c = t:client('c', { clean = false }) c:connect() c:disconnect()\n"
                "t:log(c:connect().session_present) c:disconnect()\n"
                "t:log(c:connect { clean = true }.session_present) "
                "c:disconnect()\nt:log(c:connect().session_present)",
                "true\nfalse\nfalse\n");
}
END_TEST

START_TEST(subscribing) {
    assert_logs("local c = t:client('c') c:connect()\n"
                "local a = c:subscribe { 'x', { 'y', 1 }, { filter = 'z', qos = 2 } }\n"
                "t:log(#a.reason_codes, a.reason_codes[1], a.reason_codes[2], a.reason_codes[3], "
                "a.packet_identifier)\n"
                "t:log(c:unsubscribe { 'x', 'y' }.packet_identifier)\nc:ping() "
                "t:log(c:connected()) c:disconnect() t:log(c:connected())",
                "3 0 1 2 1\n2\ntrue\nfalse\n");
}
END_TEST

START_TEST(a_lost_connection_fails_calls) {
    assert_fails(
        "local c = t:client('c') c:connect() c:link():cut() t:sleep('1s')\nc:subscribe('a')", 3,
        "c:subscribe: the connection was closed (rst) at 0 s");
}
END_TEST

START_TEST(messages_wait) {
    assert_fails(
        PAIR
        "pub:link():partition('10m')\nlocal m = pub:publish('a/1', 'x', { qos = 1 })\nm:wait('3s')",
        4, "pub:publish(\"a/1\", ..., { qos = 1 }):wait: no PUBACK within 3 s");
    assert_logs(
        PAIR
        "local m = pub:publish('a/1', 'x') t:log(m:acked(), m.packet_id, m.reason) m:wait('1s')",
        "true nil 0\n");
}
END_TEST

START_TEST(holding_and_manual_acks) {
    assert_logs("local sub = t:client('sub', { acks = 'manual' }) sub:connect() sub:subscribe('a', "
                "{ qos = 1 })\n"
                "local pub = t:client('pub') pub:connect()\npub:hold('PUBREL')\n"
                "local m = pub:publish('a', '1', { qos = 2 }) t:sleep('5s') "
                "t:log(m:acked())\npub:release() m:wait() t:log(m:acked())\n"
                "sub:expect{ payload = '1' } sub:ack()",
                "false\ntrue\n");
    assert_fails("local c = t:client('c', { acks = 'manual' }) c:connect()\nc:ack()", 3,
                 "c:ack(): there is no received message left to acknowledge");
}
END_TEST

/* --- expectations --- */

START_TEST(expect_says_what_came_instead) {
    assert_fails("local c = t:client('c')\nc:connect()\nc:subscribe('a/#')\nc:publish('a/b', 'x')\n"
                 "c:expect{ topic = 'a/c', payload = '1', within = '3s' }",
                 6,
                 "c:expect{ topic = \"a/c\", payload = \"1\", count = 1, within = \"3s\" }: got 0 "
                 "of 1 within 3 s; "
                 "received and not claimed: { topic = \"a/b\", payload = \"x\", qos = 0 }");
    assert_fails(
        PAIR "sub:expect{ count = 2, qos = 1, retain = false, dup = true, within = '1.5s' }", 2,
        "sub:expect{ qos = 1, retain = false, dup = true, count = 2, within = \"1500ms\" }: got 0 "
        "of 2 within 1.5 s; "
        "nothing else was received");
}
END_TEST

START_TEST(expect_claims_what_it_matched) {
    assert_logs(PAIR "for i = 1, 3 do pub:publish('a/' .. i, 'p' .. i, { qos = 1 }) end\n"
                     "t:log(sub:expect{ topic = 'a/2' }[1].payload)\n"
                     "local two = sub:expect{ count = 2 } t:log(two[1].payload, two[2].payload)\n"
                     "t:log(#sub:received(), #sub:received('a/+'), #sub:received{ payload = 'p3' "
                     "}, #sub:received('b'))",
                "p2\np1 p3\n3 3 1 0\n");
    assert_fails(
        PAIR
        "pub:publish('a/1', 'x', { qos = 1 }):wait()\nsub:expect{}\nsub:expect{ within = '1s' }",
        4,
        "sub:expect{ count = 1, within = \"1s\" }: got 0 of 1 within 1 s; nothing else was "
        "received");
}
END_TEST

START_TEST(expect_none_and_quiet) {
    assert_logs(PAIR "sub:expect_none{ topic = 'a/1', during = '5s' } t:quiet('5s') t:log(t:now() "
                     ">= 10000000000)",
                "true\n");
    assert_fails(PAIR "pub:publish('a/1', 'x')\nsub:expect_none{ topic = 'a/1', during = '5s' }", 3,
                 "sub:expect_none{ topic = \"a/1\", during = \"5s\" }: received { topic = \"a/1\", "
                 "payload = \"x\", qos = 0 } at "
                 "0 s");
    assert_fails(
        PAIR "t:parallel(function() t:sleep('2s') pub:publish('a/1', 'x', { retain = true }) end,\n"
             "function() t:quiet('5s') end)",
        3,
        "t:quiet(\"5s\"): 'sub' received { topic = \"a/1\", payload = \"x\", qos = 0 } after 2 s");
}
END_TEST

START_TEST(failures_cannot_be_caught) {
    assert_fails(PAIR "pcall(function() sub:expect{ within = '1s' } end)\nt:log('on')", 2,
                 "sub:expect{ count = 1, within = \"1s\" }: got 0 of 1 within 1 s; nothing else "
                 "was received");
    ck_assert_str_eq(run_body("pcall(t.fail, t, 'x') t:log('on')")->logs, "");
    ck_assert_str_eq(run_body("xpcall(t.fail, tostring, t, 'x') t:log('on')")->logs, "");
    assert_fails("t:check(1 == 1)\nt:check(1 == 2, 'one is two')", 3, "t:check: one is two");
    assert_fails("t:check(nil)", 2, "t:check: the condition does not hold");
    assert_fails("t:fail('so it is')", 2, "t:fail: so it is");
    ck_assert_str_eq(run_body("t:fail('x') t:log('on')")->logs, "");
}
END_TEST

/* --- time and tasks --- */

START_TEST(parallel_takes_turns_in_order) {
    assert_logs("t:log(t:now()) t:sleep('250ms') t:log(t:now())\n"
                "t:parallel(function(x) for i = 1, 3 do t:log('a', i) x:sleep('2s') end end,\n"
                "function() for i = 1, 2 do t:log('b', i) t:sleep('3s') end end, function() "
                "t:log('c') end)\nt:log(t:now())",
                "0\n250000000\na 1\nb 1\nc\na 2\nb 2\na 3\n6250000000\n");
    assert_broken(
        "t:parallel(function() t:sleep('1s') error('inside') end, function() t:sleep('1h') end)",
        "qos/a.lua:2: inside");
    assert_broken("t:parallel()", "qos/a.lua:2: t:parallel: expected one or more functions");
    assert_broken("t:parallel(1)",
                  "qos/a.lua:2: t:parallel: argument 1: expected a function, got a number");
}
END_TEST

START_TEST(parallel_expects_share_messages) {
    assert_logs(PAIR "local got = {}\nlocal function take() local m = sub:expect{} got[#got + 1] = "
                     "m[1].payload end\n"
                     "t:parallel(take, take, function() pub:publish('a/1', '1') t:sleep('1s') "
                     "pub:publish('a/1', '2') end)\n"
                     "t:log(table.concat(got, ' '))",
                "1 2\n");
}
END_TEST

START_TEST(the_limit_names_the_wait) {
    Outcome *out = run_text("return scenario { title = 'x', limit = '10s', run = "
                            "function(t)\nlocal c = t:client('c') c:connect()\n"
                            "c:wait_closed()\nend }");
    ck_assert_int_eq(out->outcome, DRILL_SCRIPT_LIMIT);
    ck_assert_str_eq(out->ending, "qos/a.lua:3: the limit of 10 s is over while waiting for the "
                                  "connection of client 'c' to close");
    out = run_text("return scenario { title = 'x', limit = '10s', run = "
                   "function(t)\nt:parallel(function()\nt:sleep('1h') end)\nend }");
    ck_assert_str_eq(out->ending,
                     "qos/a.lua:3: the limit of 10 s is over while waiting for t:sleep");
}
END_TEST

START_TEST(random_numbers_depend_on_seed_and_name) {
    static char first[2000];
    const char *text =
        "return scenario { title = 'x', run = function(t)\n"
        "local a, b = t:rng('a'), t:rng('b') for i = 1, 20 do t:log(a:int(1, 1000), "
        "t:rng('b'):int(-5, 5), a:chance('1/2'), "
        "a:pick{ 'x', 'y' }) end t:log(#a:bytes(10), t:rng('c'):int(7, 7), t.seed) end }";
    RunOptions options = {.seed = 7};
    strcpy(first, run_file(&options, text)->logs);
    ck_assert_ptr_nonnull(strstr(first, "10 7 7\n"));
    ck_assert_str_eq(first, run_file(&options, text)->logs);
    options.seed = 8;
    ck_assert_str_ne(first, run_file(&options, text)->logs);
}
END_TEST

/* --- raw, link, broker --- */

START_TEST(raw_connections) {
    assert_logs("local r = t:raw('r')\nr:send { type = 'CONNECT', client_identifier = 'r', "
                "keep_alive = 60 }\n"
                "local ack = r:expect { type = 'CONNACK', code = 0 } t:log(ack.type, "
                "ack.session_present, #ack.bytes)\n"
                "r:send('82 06 00 01 00 01 61 01')\nlocal s = r:expect { type = 'SUBACK', "
                "packet_identifier = 1, reason_codes = { 1 } }\n"
                "t:log(s.reason_codes[1])\nr:send { type = 'PUBLISH', topic = 'a', payload = 'x', "
                "qos = 1, packet_identifier = 9 }\n"
                "r:expect { type = 'PUBACK', packet_identifier = 9 }\nlocal p = r:expect { type = "
                "'PUBLISH', topic = 'a', payload = 'x', dup = false }\n"
                "t:log(p.packet_identifier, p.qos)\nr:expect_open('1s')\n"
                "t:log(r:connected())\nr:send('00') t:log(r:expect_closed('5s'))\n"
                "t:log(r:connected(), #r:received())",
                "CONNACK false 4\n1\n1 1\ntrue\nfin\nfalse 4\n");
    assert_fails("local r = t:raw('r') r:send('10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 72')\n"
                 "r:expect { type = 'CONNACK', code = 5, within = '2s' }",
                 3,
                 "r:expect{ code = 5, type = \"CONNACK\", within = \"2s\" }: it did not come "
                 "within 2 s; received and not "
                 "claimed: CONNACK session_present=0 code=0");
    assert_fails("local r = t:raw('r') r:send('00 00')\nr:expect_open('5s')", 3,
                 "r:expect_open(\"5s\"): the connection was closed (fin) at 0 s");
    assert_fails("local r = t:raw('r')\nr:expect_closed('1s')", 3,
                 "r:expect_closed: the connection is still open after 1 s");
}
END_TEST

START_TEST(raw_closes_and_opens_again) {
    assert_logs("local r = t:raw('r') r:send_partial({ type = 'CONNECT', client_identifier = 'r' "
                "}, 5) r:half_close()\n"
                "t:log(r:expect_closed('60s'))\nr:open() r:close() r:open() r:send('c000') "
                "r:expect_closed('60s')",
                "fin\n");
    assert_broken("local r = t:raw('r') r:close()\nr:send('c000')",
                  "qos/a.lua:3: raw:send: the connection of 'r' is not open; call r:open() first");
}
END_TEST

START_TEST(links_change_and_count) {
    assert_logs(
        PAIR "sub:link():set { delay = '1s', ['b>c'] = { delay = '2s' } }\nlocal before = t:now()\n"
             "pub:publish('a/1', 'x') sub:expect{ within = '30s' } t:log(t:now() - before)\n"
             "local s = pub:link():stats() t:log(s['c>b'].packets > 0, s['c>b'].bytes > 0, "
             "s['b>c'].lost)",
        "2000000000\ntrue true 0\n");
    Outcome *out = run_body(PAIR "pub:link():cut { before = 'PUBREC' }");
    ck_assert_uint_eq(out->unused_faults, 1);
    out = run_body(PAIR "pub:link():cut { before = 'PUBREC', optional = true }");
    ck_assert_uint_eq(out->unused_faults, 0);
}
END_TEST

START_TEST(the_broker_restarts) {
    assert_logs(
        "local c = t:client('c', { clean = false }) c:connect() c:subscribe('a', { qos = 1 })\n"
        "t:broker():restart { keep = 'session', down = '2s' } c:wait_closed() "
        "t:sleep('5s')\nt:log(c:connect().session_present)\n"
        "t:broker():restart { keep = 'nothing' } c:wait_closed() "
        "t:sleep('5s')\nt:log(c:connect().session_present)",
        "true\nfalse\n");
}
END_TEST

START_TEST(link_override_wins) {
    DrillWorldLink link = {
        .direction = {{.delay_ns = 3 * DRILL_NS_PER_S}, {.delay_ns = 3 * DRILL_NS_PER_S}},
        .stream = true};
    RunOptions options = {.link_override = &link};
    Outcome *out = run_file(
        &options, "return scenario { title = 'x', link = { delay = '1ms' }, run = function(t)\n"
                  "t:client('c'):connect() t:log(t:now() >= 6000000000) end }");
    ck_assert_str_eq(out->logs, "true\n");
}
END_TEST

/* --- names, lists, determinism --- */

START_TEST(names_are_made_unique_live) {
    RunOptions options = {.run_id = "ab12cd"};
    const char *text =
        "return scenario { title = 'x', %s run = function(t)\n"
        "t:log(t:topic('a/b'), t:topic('$SYS/x'), t:client_id('pub'), "
        "t:client_id('a-rather-long-name'))\n"
        "local c = t:client('c') c:connect() c:subscribe('a/#') c:publish('a/b', 'x')\n"
        "t:log(c:expect{ topic = 'a/b' }[1].topic)\n"
        "local r = t:raw('r') r:send { type = 'CONNECT', client_identifier = 'r' } r:expect { type "
        "= 'CONNACK' }\n"
        "r:send { type = 'PUBLISH', topic = 'a/c' } t:log(c:expect{ topic = 'a/c' }[1].topic)\n"
        "r:send { type = 'PUBLISH', topic = t:topic('a/d') } t:log(c:expect{}[1].topic)\n"
        "t:log(t:client_id(t:client_id('pub'))) end }";
    char file[2000];
    snprintf(file, sizeof file, text, "");
    Outcome *out = run_file(&options, file);
    ck_assert_str_eq(out->failed, "");
    ck_assert_str_eq(out->diagnostic.text, "");
    char *lines = out->logs;
    ck_assert_int_eq(strncmp(lines, "ab12cd/a/b $SYS/x pubXab12cd a-rather-lon", 40), 0);
    char *rest = strchr(lines, '\n');
    ck_assert_int_eq(rest - lines, 29 + 23); /* the last word has 23 bytes */
    /* What has its name of the wire already keeps it. */
    ck_assert_str_eq(rest, "\na/b\na/c\na/d\npubXab12cd\n");
    snprintf(file, sizeof file, text, "topics = 'absolute',");
    ck_assert_int_eq(strncmp(run_file(&options, file)->logs, "a/b $SYS/x pubXab12cd ", 22), 0);
}
END_TEST

START_TEST(lists_and_declarations) {
    const char *suite = folder_new();
    support_write(suite, "qos/many.lua",
                  "local function s(id, o) o.id = id o.title = 'T ' .. id o.run = function(t) "
                  "t:log(id) end return scenario(o) end\n"
                  "return { s('one', { clauses = { 'v3:MQTT-4.3.3-2' }, tags = { 'quick', 'x' }, "
                  "versions = { '3.1.1' } }),\n"
                  "s('two', { requires = { 'retain' }, worlds = { 'sim' }, slow = true, broker = { "
                  "overlap = 'each' } }) }");
    char path[200];
    snprintf(path, sizeof path, "%s/qos/many.lua", suite);
    DrillScenario *list;
    size_t count;
    DrillDiagnostic diagnostic = {{0}};
    DrillArena *memory = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 30);
    DrillAllocator allocator = drill_arena_allocator(memory);
    ck_assert_int_eq(drill_script_declare(path, suite, allocator, &list, &count, &diagnostic),
                     DRILL_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(list[0].id, "qos/many/one");
    ck_assert_str_eq(list[0].relative_path, "qos/many.lua");
    ck_assert_str_eq(list[0].title, "T one");
    ck_assert_str_eq(list[0].clauses[0], "v3:MQTT-4.3.3-2");
    ck_assert_uint_eq(list[0].tag_count, 2);
    ck_assert(list[0].v311 && !list[0].v50 && !list[0].sim_only && !list[0].slow &&
              !list[0].configures_broker);
    ck_assert_str_eq(list[1].id, "qos/many/two");
    ck_assert_str_eq(list[1].requires_[0], "retain");
    ck_assert(list[1].v311 && list[1].v50 && list[1].sim_only && list[1].slow &&
              list[1].configures_broker);
    RunOptions options = {.suite = suite, .relative_path = "qos/many.lua", .index = 1};
    ck_assert_str_eq(run_file(&options, NULL)->logs, "two\n");
    ck_assert_int_eq(drill_script_declare("none.lua", ".", allocator, &list, &count, &diagnostic),
                     DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "none.lua: cannot open: No such file or directory");
    drill_arena_free(memory);
}
END_TEST

START_TEST(runs_are_the_same_in_every_arena) {
    static char digest[65];
    const char *text = "return scenario { title = 'x', link = { delay = '50ms', jitter = '20ms', "
                       "loss = '5%' }, run = function(t)\n"
                       "local sub = t:client('sub') sub:connect() sub:subscribe('#', { qos = 2 })\n"
                       "t:parallel(function() local p = t:client('p') p:connect() for i = 1, 20 do "
                       "p:publish('a/' .. i, tostring({}), { qos = 2 }):wait() end end,\n"
                       "function() for k, m in pairs(sub:expect{ count = 20, within = '5m' }) do "
                       "t:log(k, m.topic, m.payload) end end) end }";
    RunOptions options = {.seed = 3, .arena = DRILL_ARENA_BLOCK};
    Outcome *out = run_file(&options, text);
    ck_assert_str_eq(out->failed, "");
    ck_assert_str_eq(out->ending, "");
    ck_assert_ptr_nonnull(strstr(out->logs, "20 a/20 table#20\n"));
    strcpy(digest, out->digest);
    options.arena = DRILL_ARENA_MALLOC;
    ck_assert_str_eq(run_file(&options, text)->digest, digest);
}
END_TEST

typedef struct Rewound {
    DrillScript *script;
    DrillWorld *world;
    DrillTracer *tracer;
} Rewound;

static void finish_rewound(DrillArena *arena, char digest[65]) {
    const Rewound *root = drill_arena_root(arena);
    while (drill_script_running(root->script) && drill_world_step(root->world))
        continue;
    drill_world_finish(root->world, "finished", "", DRILL_NS_PER_S, 100 * DRILL_NS_PER_S);
    drill_tracer_digest(root->tracer, digest);
}

/* Saved after every 5 steps, with coroutines, waits and half-done exchanges in it; each save is
 * gone back to. */
START_TEST(a_script_is_saved_with_its_arena) {
    const char *suite = folder_new();
    support_write(
        suite, "a.lua",
        "return scenario { title = 'x', link = { delay = '50ms', loss = '5%' }, run = function(t)\n"
        "local sub = t:client('sub') sub:connect() sub:subscribe('#', { qos = 2 }) local n = 0\n"
        "t:parallel(function() local p = t:client('p') p:connect() for i = 1, 5 do "
        "pcall(function() p:publish('a', 'x' .. "
        "t:rng('r'):int(1, 9), { qos = 2 }):wait() end) end end,\n"
        "function() for _, m in pairs(sub:expect{ count = 5, within = '5m' }) do n = n + 1 "
        "t:log(n, m.payload) end end) end }");
    char path[200], digest[65], again[65];
    snprintf(path, sizeof path, "%s/a.lua", suite);
    DrillScenario scenario = {.id = "a", .path = path, .relative_path = path + strlen(suite) + 1};
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 30);
    DrillAllocator allocator = drill_arena_allocator(arena);
    Rewound *root = DRILL_NEW(allocator, Rewound);
    drill_arena_set_root(arena, root);
    DrillScriptOptions options = {.arena = arena, .scenario = &scenario};
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(drill_script_load(&options, &root->script, &diagnostic), DRILL_OK);
    DrillTracerOptions tracer = {allocator, true};
    root->tracer = drill_tracer_new(&tracer);
    DrillWorldOptions world = {.arena = arena,
                               .driver = drill_driver_virtual(),
                               .tracer = root->tracer,
                               .seed = 5,
                               .version = DRILL_MQTT_3_1_1};
    drill_script_configure(root->script, &world);
    root->world = drill_world_new(&world);
    drill_script_start(root->script, root->world);
    DrillSnapshot *saves[100];
    size_t count = 0;
    for (size_t step = 1; drill_script_running(root->script) && drill_world_step(root->world);
         step++) {
        if (step % 5 == 0 && count < DRILL_ARRAY_COUNT(saves))
            saves[count++] = drill_arena_save(arena);
    }
    ck_assert_uint_gt(count, 5);
    ck_assert_int_eq(drill_script_outcome(root->script, &diagnostic), DRILL_SCRIPT_FINISHED);
    finish_rewound(arena, digest);
    while (count > 0) {
        drill_arena_restore(arena, saves[--count]);
        finish_rewound(arena, again);
        ck_assert_str_eq(again, digest);
        drill_snapshot_free(saves[count]);
    }
    world.driver->free(world.driver);
    drill_arena_free(arena);
}
END_TEST

int main(void) {
    const TTest *tests[] = {qos2_survives_a_cut,
                            a_refused_or_closed_connect,
                            connect_options_are_for_once,
                            subscribing,
                            a_lost_connection_fails_calls,
                            messages_wait,
                            holding_and_manual_acks,
                            expect_says_what_came_instead,
                            expect_claims_what_it_matched,
                            expect_none_and_quiet,
                            failures_cannot_be_caught,
                            parallel_takes_turns_in_order,
                            parallel_expects_share_messages,
                            the_limit_names_the_wait,
                            random_numbers_depend_on_seed_and_name,
                            raw_connections,
                            raw_closes_and_opens_again,
                            links_change_and_count,
                            the_broker_restarts,
                            link_override_wins,
                            names_are_made_unique_live,
                            lists_and_declarations,
                            runs_are_the_same_in_every_arena,
                            a_script_is_saved_with_its_arena};
    return run_suite("run", tests, DRILL_ARRAY_COUNT(tests));
}
