/* A broker and the bytes of its peers, as a script: a line is what one peer says, or must be told.
 *
 *   a> 10: 'MQTT 05 02 0000 {} 'id   peer a sends this packet (a connection opens at its first)
 *   a< 20: 00 00 {}                  the next packet that a gets
 *   a! v5:MQTT-3.1.0-2               the broker has closed a's connection, with this statement
 *   a!                               ... or with none
 *   a~                               a's connection is cut
 *   + 5s                             time passes, and timers with it
 *   restart                          the broker process ends and starts again, Sessions kept
 *   crash 3                          the same, and the last 3 records are lost
 *   shutdown                         it says so before
 *   reload                           another configuration from now on: script_stricter
 *
 * Bytes are hex; "10:" also stands for the Remaining Length of what follows in the line, 'text for
 * a string with its length, "text for bytes as they are (_ for a space), {...} for properties with
 * their length.
 * Nobody may have been told more than the script says. Nothing here uses our encoder. */
#ifndef TEST_MQTT_SCRIPT_H
#define TEST_MQTT_SCRIPT_H

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/broker.h>

#include "base/arena.h"
#include "base/base.h"
#include "mqtt/defects.h"
#include "unit/suite.h"

#define SCRIPT_PACKETS_MAX 200

typedef struct ScriptPeer {
    DrillBrokerConnection *connection;
    bool open, closed;
    char statement[32];
    DrillBuffer packets[SCRIPT_PACKETS_MAX];
    size_t told, read;
} ScriptPeer;

typedef struct Script {
    DrillBroker *broker;
    ScriptPeer peers[26];
    uint64_t now_ns;
    const char *title;
} Script;

typedef struct ScriptRow {
    const char *title;
    DrillBrokerConfig config;
    const char *lines;
} ScriptRow;

/* What `reload` makes of any broker. */
static const DrillBrokerConfig script_stricter = {.receive_maximum = 1,
                                                  .limit_publish_qos = true,
                                                  .publish_qos_max = DRILL_QOS_1,
                                                  .no_retain = true,
                                                  .no_wildcards = true,
                                                  .no_reason_strings = true};

static inline void script_send(void *context, void *peer_, DrillSpan packet, uint64_t now_ns) {
    ScriptPeer *peer = (ScriptPeer *)peer_;
    (void)context, (void)now_ns;
    ck_assert(peer->open);
    ck_assert_uint_lt(peer->told, SCRIPT_PACKETS_MAX);
    DrillBuffer *kept = &peer->packets[peer->told++];
    kept->allocator = drill_allocator_malloc();
    drill_buffer_put(kept, packet.data, packet.size);
}

static inline void script_close(void *context, void *peer_, const DrillFault *fault,
                                uint64_t now_ns) {
    ScriptPeer *peer = (ScriptPeer *)peer_;
    (void)context, (void)now_ns;
    peer->connection = NULL;
    peer->open = false;
    peer->closed = true;
    snprintf(peer->statement, sizeof peer->statement, "%s",
             fault == NULL || fault->statement == NULL ? "" : fault->statement);
}

/* --- bytes --- */

static inline void script_put_length(DrillBuffer *out, size_t length) {
    do {
        uint8_t byte = (uint8_t)(length % 128);
        length /= 128;
        drill_buffer_put_byte(out, (uint8_t)(byte | (length > 0 ? 0x80 : 0)));
    } while (length > 0);
}

static inline void script_bytes(DrillBuffer *out, const char *text, size_t size);

/* {...}: *at stands behind the brace. */
static inline void script_properties(DrillBuffer *out, const char *text, size_t size, size_t *at) {
    DrillBuffer list = {.allocator = out->allocator};
    size_t end = *at;
    while (end < size && text[end] != '}')
        end++;
    ck_assert_uint_lt(end, size);
    script_bytes(&list, text + *at, end - *at);
    script_put_length(out, list.size);
    drill_buffer_put(out, list.data, list.size);
    drill_buffer_release(&list);
    *at = end + 1;
}

static inline void script_bytes(DrillBuffer *out, const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        if (text[at] == ' ') {
            at++;
        } else if (text[at] == '{') {
            at++;
            script_properties(out, text, size, &at);
        } else if (text[at] == '\'' || text[at] == '"') {
            bool counted = text[at] == '\'';
            size_t start = ++at;
            while (at < size && text[at] != ' ' && text[at] != '}')
                at++;
            if (counted) drill_buffer_put_byte(out, (uint8_t)((at - start) >> 8));
            if (counted) drill_buffer_put_byte(out, (uint8_t)(at - start));
            for (size_t i = start; i < at; i++)
                drill_buffer_put_byte(out, text[i] == '_' ? ' ' : (uint8_t)text[i]);
        } else {
            size_t offset = 0, start = at;
            at += 2;
            ck_assert_msg(drill_parse_hex(drill_span(text + start, 2), out, &offset) == DRILL_OK,
                          "not hex: %.*s", (int)(size - start), text + start);
        }
    }
}

static inline void script_packet(DrillBuffer *out, const char *text, size_t size) {
    drill_buffer_clear(out);
    const char *colon = (const char *)memchr(text, ':', size);
    if (colon == NULL || colon - text > 3) {
        script_bytes(out, text, size);
        return;
    }
    DrillBuffer rest = {.allocator = out->allocator};
    script_bytes(out, text, (size_t)(colon - text));
    script_bytes(&rest, colon + 1, size - (size_t)(colon + 1 - text));
    script_put_length(out, rest.size);
    drill_buffer_put(out, rest.data, rest.size);
    drill_buffer_release(&rest);
}

/* --- lines --- */

static inline const char *script_hex(DrillSpan bytes) {
    static char text[4][1200];
    static int next;
    char *out = text[next++ % 4];
    out[0] = 0;
    for (size_t i = 0; i < bytes.size && i < 500; i++)
        sprintf(out + 2 * i, "%02x", bytes.data[i]);
    return out;
}

static inline void script_say(Script *script, ScriptPeer *peer, DrillSpan bytes) {
    if (!peer->open) {
        peer->connection = drill_broker_accept(script->broker, peer, script->now_ns);
        peer->open = peer->connection != NULL;
        peer->closed = !peer->open;
    }
    if (peer->open) drill_broker_receive(peer->connection, bytes, script->now_ns);
}

static inline void script_told(Script *script, ScriptPeer *peer, const char *line, DrillSpan want) {
    ck_assert_msg(peer->read < peer->told, "%s: nothing came at: %s", script->title, line);
    DrillSpan got = drill_buffer_span(&peer->packets[peer->read++]);
    ck_assert_msg(drill_span_equal(got, want), "%s: %s\n  came   %s\n  wanted %s", script->title,
                  line, script_hex(got), script_hex(want));
}

static inline void script_ended(Script *script, ScriptPeer *peer, const char *line) {
    const char *statement = line + 2;
    while (*statement == ' ')
        statement++;
    ck_assert_msg(peer->closed, "%s: not closed at: %s", script->title, line);
    ck_assert_msg(strcmp(statement, peer->statement) == 0, "%s: %s\n  but: %s", script->title, line,
                  peer->statement);
    peer->closed = false;
}

static inline void script_wait(Script *script, const char *text) {
    uint64_t by_ns = 0, due_ns;
    ck_assert_int_eq(drill_parse_duration(drill_span_of(text), &by_ns), DRILL_OK);
    uint64_t end_ns = script->now_ns + by_ns;
    while ((due_ns = drill_broker_expiry(script->broker)) <= end_ns) {
        if (due_ns > script->now_ns) script->now_ns = due_ns;
        drill_broker_handle_expiry(script->broker, script->now_ns);
    }
    script->now_ns = end_ns;
}

static inline void script_cut(Script *script, ScriptPeer *peer) {
    ck_assert_msg(peer->open, "%s: a cut of what is not open", script->title);
    peer->open = false;
    drill_broker_closed(peer->connection, script->now_ns);
}

static inline void script_restart(Script *script) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(script->peers); i++)
        script->peers[i].open = false;
    drill_broker_restart(script->broker, true, script->now_ns);
}

static inline void script_line(Script *script, const char *line, DrillBuffer *bytes) {
    if (line[0] == '+') {
        script_wait(script, line + 2);
        return;
    }
    if (strncmp(line, "crash ", 6) == 0)
        drill_broker_lose_records(script->broker, (uint32_t)atoi(line + 6));
    if (strcmp(line, "restart") == 0 || strncmp(line, "crash ", 6) == 0) {
        script_restart(script);
        return;
    }
    if (strcmp(line, "reload") == 0) {
        ck_assert_int_eq(drill_broker_configure(script->broker, &script_stricter), DRILL_OK);
        return;
    }
    if (strcmp(line, "shutdown") == 0) {
        drill_broker_shutdown(script->broker, 0x8B, script->now_ns);
        return;
    }
    ck_assert_msg(islower((unsigned char)line[0]), "%s: what is: %s", script->title, line);
    ScriptPeer *peer = &script->peers[line[0] - 'a'];
    if (line[1] == '>' || line[1] == '<') script_packet(bytes, line + 2, strlen(line + 2));
    if (line[1] == '>')
        script_say(script, peer, drill_buffer_span(bytes));
    else if (line[1] == '<')
        script_told(script, peer, line, drill_buffer_span(bytes));
    else if (line[1] == '!')
        script_ended(script, peer, line);
    else if (line[1] == '~')
        script_cut(script, peer);
    else
        ck_abort_msg("%s: what is: %s", script->title, line);
}

static inline void script_finish(Script *script) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(script->peers); i++) {
        ScriptPeer *peer = &script->peers[i];
        ck_assert_msg(peer->read == peer->told, "%s: %c was also told %s", script->title,
                      (char)('a' + i), script_hex(drill_buffer_span(&peer->packets[peer->read])));
        ck_assert_msg(!peer->closed, "%s: %c was closed", script->title, (char)('a' + i));
        for (size_t k = 0; k < peer->told; k++)
            drill_buffer_release(&peer->packets[k]);
    }
    drill_broker_free(script->broker);
}

static inline void script_run(const ScriptRow *row) {
    Script *script = (Script *)calloc(1, sizeof *script);
    DrillBrokerHooks hooks = {script, script_send, script_close};
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    script->title = row->title;
    script->now_ns = DRILL_NS_PER_S;
    ck_assert_int_eq(
        drill_broker_new(&row->config, &hooks, drill_allocator_malloc(), &script->broker),
        DRILL_OK);
    for (const char *at = row->lines; *at != 0;) {
        const char *end = strchr(at, '\n');
        char line[600];
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        script_line(script, line, &bytes);
        at = end + 1;
    }
    script_finish(script);
    drill_buffer_release(&bytes);
    free(script);
}

static inline int script_main(const char *name, const TTest *test, int row_count) {
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_add_loop_test(tests, test, 0, row_count);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}

#endif
