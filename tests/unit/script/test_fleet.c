/* t:fleet: what may be said, what is wrong, waiting, and what stats() tells. */
#include "support.h"

START_TEST(fields_are_checked) {
    assert_broken("t:fleet{}", "qos/a.lua:2: t:fleet: field 'n' is missing");
    assert_broken("t:fleet()", "qos/a.lua:2: t:fleet: field 'n' is missing");
    assert_broken("t:fleet(5)", "qos/a.lua:2: t:fleet: options: expected a table such as { name = "
                                "value }, got 5");
    assert_broken("t:fleet{ n = 0 }", "qos/a.lua:2: t:fleet: field 'n': expected a whole number "
                                      "from 1 to 1000000, got 0");
    assert_broken("t:fleet{ n = 2, nane = 'x' }",
                  "qos/a.lua:2: t:fleet: unknown field 'nane'; did you mean 'name'?");
    assert_broken("t:fleet{ n = 2, name = 'a b' }",
                  "qos/a.lua:2: t:fleet: name: expected 1 to 30 letters, digits, '_', '-' or '.', "
                  "got \"a b\"");
    assert_broken("t:fleet{ n = 2, connect = '10/s' }",
                  "qos/a.lua:2: t:fleet: field 'connect': expected a table, got \"10/s\"");
    assert_broken("t:client('fleet-2') t:fleet{ n = 2 }",
                  "qos/a.lua:2: t:fleet: there is a client called 'fleet-2' already");
}
END_TEST

START_TEST(clients_are_checked) {
    assert_broken("t:fleet{ n = 2, client = { cleen = true } }",
                  "qos/a.lua:2: client of t:fleet: unknown field 'cleen'; did you mean 'clean'?");
    assert_broken("t:fleet{ n = 2, client = { acks = 'manual' } }",
                  "qos/a.lua:2: client of t:fleet: field 'acks': \"manual\" is for t:client, whose "
                  "scenario acknowledges");
    assert_broken("t:fleet{ n = 2, client = { transport = 'stream', link = { loss = '2%' } } }",
                  "qos/a.lua:2: client of t:fleet: field 'loss' needs transport = \"tcp\": on a "
                  "stream nothing can be lost");
}
END_TEST

START_TEST(connecting_is_checked) {
    static const char *const rates[] = {
        "",      "fast", "10",    "/s",    "0/s",  "10/",       "10/x",
        "10/0s", "-1/s", "1.5/s", "10//s", "1/s ", "1000001/s", "10/1000000000000000000000000000s"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rates); i++) {
        char body[200], message[300];
        snprintf(body, sizeof body, "t:fleet{ n = 2, connect = { rate = '%s' } }", rates[i]);
        snprintf(message, sizeof message,
                 "qos/a.lua:2: connect of t:fleet: field 'rate': expected clients per time such as "
                 "\"1000/s\" or \"50/m\", got \"%s\"",
                 rates[i]);
        assert_broken(body, message);
    }
    assert_broken("t:fleet{ n = 2, connect = { rate = '1/s', over = '1s' } }",
                  "qos/a.lua:2: connect of t:fleet: fields 'rate' and 'over' exclude each other");
    assert_broken("t:fleet{ n = 2, connect = { over = 5 } }",
                  "qos/a.lua:2: connect of t:fleet: field 'over': expected a duration such as "
                  "\"250ms\" or \"5s\", got 5");
    assert_broken("t:fleet{ n = 2, connect = { reconnect = true } }",
                  "qos/a.lua:2: connect of t:fleet: field 'reconnect': expected a duration such as "
                  "\"250ms\" or \"5s\", got true");
    assert_broken("t:fleet{ n = 2, connect = { reconnect = '999us' } }",
                  "qos/a.lua:2: connect of t:fleet: field 'reconnect': expected a duration of at "
                  "least 1ms, or false, got 999us");
}
END_TEST

START_TEST(publishing_is_checked) {
    assert_broken("t:fleet{ n = 2, publish = { topic = 'a' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'every' is missing");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'topic' is missing");
    assert_broken("t:fleet{ n = 2, publish = { every = '0s', topic = 'a' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'every': expected a duration of at "
                  "least 1us, got 0s");
    assert_broken("t:fleet{ n = 2, publish = { every = '999ns', topic = 'a' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'every': expected a duration of at "
                  "least 1us, got 999ns");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = 'a', during = '0s' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'during': expected a duration above 0");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = 'a', qos = 3 } }",
                  "qos/a.lua:2: publish of t:fleet: field 'qos': expected a whole number from 0 to "
                  "2, got 3");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = 'a', count = 0 } }",
                  "qos/a.lua:2: publish of t:fleet: field 'count': expected a whole number from 1 "
                  "to 2147483647, got 0");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = 'a/+' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'topic': no PUBLISH can carry \"a/+\": "
                  "a Topic Name has no wildcards");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = '' } }",
                  "qos/a.lua:2: publish of t:fleet: field 'topic': no PUBLISH can carry \"\": a "
                  "Topic Name or Topic Filter has at least one character");
    assert_broken("t:fleet{ n = 2, publish = { every = '1s', topic = string.rep('x', 8001) } }",
                  "qos/a.lua:2: publish of t:fleet: field 'topic': longer than 8000 bytes");
}
END_TEST

START_TEST(subscribing_and_churn_are_checked) {
    assert_broken("t:fleet{ n = 2, subscribe = 'a/#/b' }",
                  "qos/a.lua:2: subscribe of t:fleet: field 'filter': no SUBSCRIBE can carry "
                  "\"a/#/b\": # must be the whole last level of a Topic Filter");
    assert_broken("t:fleet{ n = 2, subscribe = { qos = 1 } }",
                  "qos/a.lua:2: subscribe of t:fleet: field 'filter' is missing");
    assert_broken("t:fleet{ n = 2, subscribe = { 'a', { filter = 'b', qos = 4 } } }",
                  "qos/a.lua:2: subscribe of t:fleet: field 'qos': expected a whole number from 0 "
                  "to 2, got 4");
    assert_broken("t:fleet{ n = 2, subscribe = 5 }",
                  "qos/a.lua:2: subscribe of t:fleet: options: expected a table such as { name = "
                  "value }, got 5");
    assert_broken("local l = {} for i = 1, 101 do l[i] = 'a' end t:fleet{ n = 2, subscribe = l }",
                  "qos/a.lua:2: t:fleet: field 'subscribe': expected at most 100 filters");
    assert_broken("t:fleet{ n = 2, churn = { away = '1s' } }",
                  "qos/a.lua:2: churn of t:fleet: field 'lifetime' is missing");
    static const char *const lifetimes[] = {"0s", "1ns", "999999ns", "9000h"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(lifetimes); i++) {
        char body[100], message[200];
        snprintf(body, sizeof body, "t:fleet{ n = 2, churn = { lifetime = '%s' } }", lifetimes[i]);
        snprintf(message, sizeof message,
                 "qos/a.lua:2: churn of t:fleet: field 'lifetime': expected a duration from 1ms to "
                 "a year, got %s",
                 lifetimes[i]);
        assert_broken(body, message);
    }
    assert_broken("t:fleet{ n = 2, churn = { lifetime = '1s', how = 'politely' } }",
                  "qos/a.lua:2: churn of t:fleet: field 'how': expected \"disconnect\", \"fin\", "
                  "\"rst\" or \"vanish\", got \"politely\"");
}
END_TEST

START_TEST(calls_are_checked) {
    assert_broken("t:fleet{ n = 2 }:wait()",
                  "qos/a.lua:2: fleet has no function 'wait'; it has: stop disconnect "
                  "wait_connected wait_published stats");
    assert_broken("t:fleet{ n = 2 }.stats()",
                  "qos/a.lua:2: fleet:stats: call it with a colon on a fleet, as in "
                  "fleet:stats(...)");
    assert_broken("t:fleet{ n = 2 }:wait_connected(5)",
                  "qos/a.lua:2: fleet:wait_connected: argument 1: expected a duration such as "
                  "\"250ms\" or \"5s\", got 5");
    assert_broken("t:fleet{ n = 2 }:wait_published()",
                  "qos/a.lua:2: fleet:wait_published: the fleet publishes nothing, or without an "
                  "end: `count` and `during` say when, or fleet:stop()");
}
END_TEST

#define LOG_STATS                                                                                  \
    "local s, names = f:stats(), {} "                                                              \
    "for k in pairs(s) do names[#names + 1] = k end table.sort(names) "                            \
    "for _, k in ipairs(names) do if k ~= 'latency' then t:log(k, s[k]) end end "                  \
    "for _, k in ipairs { 'count', 'p50', 'p90', 'p99', 'p999', 'max' } do t:log(k, "              \
    "s.latency[k]) end"

START_TEST(it_does_what_it_is_told) {
    assert_logs(
        "local c = t:client('c', { link = { delay = '5ms' } }) c:connect() "
        "c:subscribe('up/+', { qos = 1 })\n"
        "local f = t:fleet { n = 5, name = 'x', client = { link = { delay = '10ms' } },\n"
        "  connect = { rate = '2/s' }, subscribe = { 'down/{i}', { filter = 'all', qos = 2 } },\n"
        "  publish = { every = '1s', topic = 'up/{i}', payload = '{i} {k}', qos = 1, count = 2 } "
        "}\n"
        "f:wait_connected('5s') t:log(t:now() // 1000000)\n"
        "c:publish('down/3', 'x') c:publish('all', 'y')\n"
        "f:wait_published('10s')\n"
        "c:expect { topic = 'up/4', payload = '4 2' }\n"
        "c:expect { topic = 'up/+', count = 9 }\n"
        "t:check(c:received('up/1')[1].payload == '1 1') " LOG_STATS,
        "2070\nacknowledged 10\nconnected 5\nconnects 5\ndropped 0\nfailed 0\nleft 0\nlost 0\n"
        "missed 0\nn 5\npublished 10\nreceived 5\nrefused 0\nresent 0\nresumed 0\nsubscribed 10\n"
        "unsubscribable 0\ncount 10\np50 20000000\np90 20000000\np99 20000000\np999 20000000\n"
        "max 20000000\n");
}
END_TEST

START_TEST(places_in_what_clients_are) {
    assert_logs("local c = t:client('c') c:connect() c:subscribe('gone/#')\n"
                "local f = t:fleet { n = 3, client = { id = 'dev-{i}', username = 'u{i}', "
                "will = { topic = 'gone/{i}', payload = 'bye {i}' } },\n"
                "  churn = { lifetime = '1s', away = '1h', how = 'rst' } }\n"
                "t:sleep('20s')\n"
                "c:expect { topic = 'gone/2', payload = 'bye 2', count = 1 }\n"
                "c:expect { topic = 'gone/3', payload = 'bye 3', count = 1 }\n"
                "t:log(f:stats().left, f:stats().connected)",
                "3 0\n");
}
END_TEST

START_TEST(stopping_and_disconnecting) {
    assert_logs("local f = t:fleet { n = 4, publish = { every = '1s', topic = 'a' } }\n"
                "f:wait_connected() t:sleep('5s') f:stop() local n = f:stats().published\n"
                "f:wait_published() t:sleep('5s')\n"
                "t:log(f:stats().published - n, f:stats().connected) f:disconnect()\n"
                "t:log(f:stats().connected, f:stats().left)",
                "0 4\n0 4\n");
}
END_TEST

START_TEST(waiting_in_vain) {
    assert_fails("local f = t:fleet { n = 3, client = { link = { delay = '20s' } } }\n"
                 "f:wait_connected('5s')",
                 3,
                 "fleet:wait_connected: 0 of 3 were accepted within 5 s; refused: 0, closed before "
                 "CONNACK: 0");
    assert_fails("local f = t:fleet { n = 2, name = 'far', client = { link = { delay = '2s' } }, "
                 "publish = { every = '1s', topic = 'a', qos = 1, count = 2, together = true } }\n"
                 "f:wait_published('11500ms')",
                 3,
                 "far:wait_published: within 11.5 s 4 were published, 4 of them not acknowledged");
    assert_fails(
        "local f = t:fleet { n = 2, publish = { every = '10s', topic = 'a', count = 9 } }\n"
        "f:wait_published('1ms')",
        3,
        "fleet:wait_published: within 1 ms 0 were published, 0 of them not acknowledged; "
        "and there are more to come");
}
END_TEST

/* As a live run's driver would say. */
START_TEST(more_connections_than_there_can_be) {
    static const char text[] = "return scenario { title = 'x', run = function(t)\n"
                               "t:fleet { n = 9 }\nend }\n";
    RunOptions options = {.arena = DRILL_ARENA_MALLOC, .connections_max = 8};
    Outcome *out = run_file(&options, text);
    ck_assert_int_eq(out->outcome, DRILL_SCRIPT_ERROR);
    ck_assert_str_eq(out->ending, "qos/a.lua:2: t:fleet: 9 connections to a real broker: this "
                                  "process may open 8 (ulimit -n)");
    options.connections_max = 9;
    ck_assert_int_eq(run_file(&options, text)->outcome, DRILL_SCRIPT_FINISHED);
}
END_TEST

int main(void) {
    const TTest *tests[] = {fields_are_checked,
                            clients_are_checked,
                            connecting_is_checked,
                            publishing_is_checked,
                            subscribing_and_churn_are_checked,
                            calls_are_checked,
                            it_does_what_it_is_told,
                            places_in_what_clients_are,
                            stopping_and_disconnecting,
                            waiting_in_vain,
                            more_connections_than_there_can_be};
    return run_suite("fleet", tests, DRILL_ARRAY_COUNT(tests));
}
