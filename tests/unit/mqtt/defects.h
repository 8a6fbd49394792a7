/* What a defect changes on the wire: a script (see script.h, the lines that say something, cut or
 * wait) is played without it and with it, and what the other side was told must differ. */
#ifndef TEST_MQTT_DEFECTS_H
#define TEST_MQTT_DEFECTS_H

#include "unit/mqtt/client5.h"
#include "unit/mqtt/script.h"

typedef struct BrokerScript {
    DrillBrokerConfig config;
    const char *lines;
} BrokerScript;

/* The line at the place of the script; returns where the next one begins. */
static inline const char *defects_next_line(const char *at, char *line, size_t size) {
    const char *end = strchr(at, '\n');
    snprintf(line, size, "%.*s", (int)(end - at), at);
    return end + 1;
}

/* Takes both logs over. */
static inline void defects_must_differ(DrillDefectId id, char *correct, char *wrong) {
    ck_assert_msg(strcmp(correct, wrong) != 0, "%s changes nothing:\n%s",
                  drill_defect_info(id)->name, correct);
    if (getenv("SHOW_DEFECTS") != NULL)
        printf("=== %s\n--- correct\n%s--- wrong\n%s", drill_defect_info(id)->name, correct, wrong);
    free(correct);
    free(wrong);
}

/* Everything that was told since the last call, and who was closed. */
static inline void defects_note(Script *script, DrillBuffer *log) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(script->peers); i++) {
        ScriptPeer *peer = &script->peers[i];
        for (; peer->read < peer->told; peer->read++) {
            drill_buffer_print(log, "%c< ", (char)('a' + i));
            drill_buffer_put_hex(log, drill_buffer_span(&peer->packets[peer->read]));
            drill_buffer_put_string(log, "\n");
        }
        if (peer->closed) drill_buffer_print(log, "%c!\n", (char)('a' + i));
        peer->closed = false;
    }
}

static inline void defects_line(Script *script, const char *line, DrillBuffer *bytes) {
    ScriptPeer *peer = &script->peers[(line[0] - 'a') & 31];
    /* A defect may have closed what the script goes on with. */
    if (line[0] != '+' && line[1] == '~' && !peer->open) return;
    script_line(script, line, bytes);
}

static inline char *broker_log(const BrokerScript *row, DrillDefectSet defects) {
    Script *script = (Script *)calloc(1, sizeof *script);
    DrillBrokerHooks hooks = {script, script_send, script_close};
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()},
                log = {.allocator = bytes.allocator};
    DrillBrokerConfig config = row->config;
    config.defects = defects;
    script->title = "defect";
    script->now_ns = DRILL_NS_PER_S;
    ck_assert_int_eq(drill_broker_new(&config, &hooks, bytes.allocator, &script->broker), DRILL_OK);
    for (const char *at = row->lines; *at != 0;) {
        char line[600];
        at = defects_next_line(at, line, sizeof line);
        drill_buffer_print(&log, "%s\n", line);
        defects_line(script, line, &bytes);
        defects_note(script, &log);
    }
    script_finish(script);
    char *copy = strdup(drill_buffer_cstring(&log));
    drill_buffer_release(&bytes);
    drill_buffer_release(&log);
    free(script);
    return copy;
}

static inline void broker_visible(DrillDefectId id, const BrokerScript *script) {
    DrillDefectSet defects = {{0}};
    char *correct = broker_log(script, defects);
    drill_defect_set(&defects, id);
    char *wrong = broker_log(script, defects);
    defects_must_differ(id, correct, wrong);
}

/* --- clients ---
 *
 *   open | lost             the connection opens, or is lost
 *   < 20: 00 00 {}          the server says this
 *   1 topic payload         a PUBLISH of this QoS; "r1": with RETAIN
 *   ping | disconnect [properties]
 *   subscribe a/# | unsubscribe a/#
 *   auth | again            AUTH in answer; re-authentication
 *   + 5s */
typedef struct ClientScript {
    DrillClientConfig config; /* without properties; Client Identifier "c" unless it has one */
    const char *properties;
    const char *lines;
} ClientScript;

static inline void client_publish(Bench *bench, const char *line) {
    char topic[20], payload[300];
    bool retain = line[0] == 'r';
    ck_assert_int_eq(sscanf(line + (retain ? 2 : 1), " %19s %299s", topic, payload), 2);
    DrillPublishPacket message = {.qos = (DrillQos)(line[retain ? 1 : 0] - '0'),
                                  .retain = retain,
                                  .topic = drill_span_of(topic),
                                  .payload = drill_span_of(payload)};
    DrillMessageId id = 0;
    DrillResult result = drill_client_publish(bench->client, &message, bench->now_ns, &id);
    drill_buffer_print(&bench->log, "!publish %d\n", (int)result);
}

/* QoS 1. */
static inline void client_request(Bench *bench, DrillPacketType type, const char *text) {
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter filter = {drill_span_of(text), 1};
    bool with_options = type == DRILL_SUBSCRIBE;
    ck_assert_int_eq(drill_filters_write(&wire, &filter, with_options), DRILL_OK);
    DrillSubscribePacket request = {.filters = {drill_buffer_span(&wire), 1}};
    uint16_t packet_identifier = 0;
    (void)!drill_client_request(bench->client, type, &request, bench->now_ns, &packet_identifier);
    drill_buffer_release(&wire);
}

static inline void client_wait(Bench *bench, const char *text) {
    uint64_t by_ns = 0;
    ck_assert_int_eq(drill_parse_duration(drill_span_of(text), &by_ns), DRILL_OK);
    uint64_t end_ns = bench->now_ns + by_ns;
    for (uint64_t due_ns; (due_ns = drill_client_expiry(bench->client)) <= end_ns;) {
        if (due_ns > bench->now_ns) bench->now_ns = due_ns;
        drill_client_handle_expiry(bench->client, bench->now_ns);
    }
    bench->now_ns = end_ns;
}

static inline void client_leave(Bench *bench, const char *text, DrillBuffer *bytes) {
    DrillReasonPacket reason = {0};
    DrillProperty property;
    size_t offset = 0;
    drill_buffer_clear(bytes);
    script_bytes(bytes, text, strlen(text));
    reason.properties.wire = drill_buffer_span(bytes);
    while (drill_properties_next(reason.properties, &offset, &property))
        reason.properties.count++;
    (void)!drill_client_disconnect_with(bench->client, &reason, bench->now_ns);
}

static inline void client_line(Bench *bench, const char *line, DrillBuffer *bytes) {
    DrillReasonPacket reason = {0};
    if (strcmp(line, "open") == 0) {
        if (drill_client_state(bench->client) == DRILL_CLIENT_DOWN) bench_open(bench);
    } else if (strcmp(line, "lost") == 0) {
        drill_client_closed(bench->client, bench->now_ns);
    } else if (strcmp(line, "ping") == 0) {
        (void)!drill_client_ping(bench->client, bench->now_ns);
    } else if (strncmp(line, "disconnect", 10) == 0) {
        client_leave(bench, line + 10, bytes);
    } else if (strncmp(line, "subscribe ", 10) == 0) {
        client_request(bench, DRILL_SUBSCRIBE, line + 10);
    } else if (strncmp(line, "unsubscribe ", 12) == 0) {
        client_request(bench, DRILL_UNSUBSCRIBE, line + 12);
    } else if (strcmp(line, "auth") == 0 || strcmp(line, "again") == 0) {
        reason.reason_code = line[1] == 'u' ? 0x18 : 0x19;
        (void)!drill_client_authenticate(bench->client, &reason, bench->now_ns);
    } else if (line[0] == '<') {
        script_packet(bytes, line + 1, strlen(line + 1));
        drill_client_receive(bench->client, drill_buffer_span(bytes), bench->now_ns);
    } else if (line[0] == '+') {
        client_wait(bench, line + 2);
    } else {
        client_publish(bench, line);
    }
}

static inline char *client_log(const ClientScript *row, DrillDefectSet defects) {
    Bench bench;
    DrillClientConfig config = row->config;
    bench_init(&bench);
    DrillBuffer bytes = {.allocator = bench.log.allocator},
                properties = {.allocator = bench.log.allocator};
    const char *text = row->properties == NULL ? "" : row->properties;
    script_bytes(&properties, text, strlen(text));
    size_t offset = 0;
    DrillProperty property;
    config.properties.wire = drill_buffer_span(&properties);
    while (drill_properties_next(config.properties, &offset, &property))
        config.properties.count++;
    config.defects = defects;
    if (config.client_id.data == NULL) config.client_id = drill_span_of("c");
    bench_make(&bench, config);
    for (const char *at = row->lines; *at != 0;) {
        char line[600];
        at = defects_next_line(at, line, sizeof line);
        drill_buffer_print(&bench.log, "%s\n", line);
        client_line(&bench, line, &bytes);
    }
    char *copy = strdup(drill_buffer_cstring(&bench.log));
    drill_buffer_release(&bytes);
    drill_buffer_release(&properties);
    bench_free(&bench);
    return copy;
}

static inline void client_visible(DrillDefectId id, const ClientScript *script) {
    DrillDefectSet defects = {{0}};
    char *correct = client_log(script, defects);
    drill_defect_set(&defects, id);
    char *wrong = client_log(script, defects);
    defects_must_differ(id, correct, wrong);
}

#endif
