/* A client alone: what the server says is given in hex, what the client does is a log, a line for
 * each thing: ">" and the bytes sent, "*" a message handed over, "!" everything else. */
#ifndef TEST_MQTT_CLIENT5_H
#define TEST_MQTT_CLIENT5_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include <mqttdrill/client.h>

#include "base/arena.h"
#include "base/base.h"
#include "mqtt/defects.h"

#define CONNACK         "20 03 00 00 00"
#define CONNACK_PRESENT "20 03 01 00 00"

/* Begins anew, and leaves nothing behind. */
static const DrillClientConfig fresh = {.clean = true};

typedef struct Bench {
    DrillClient *client;
    DrillBuffer log;
    DrillBuffer wire; /* scratch: properties, filters */
    uint32_t property_count;
    uint64_t now_ns;
} Bench;

static inline void bench_line(Bench *bench, const char *mark, DrillSpan bytes) {
    drill_buffer_put_string(&bench->log, mark);
    drill_buffer_put_hex(&bench->log, bytes);
    drill_buffer_put_string(&bench->log, "\n");
}

static inline void bench_send(void *context, DrillSpan packet, uint64_t now_ns) {
    (void)now_ns;
    bench_line((Bench *)context, ">", packet);
}

static inline void bench_close(void *context, DrillClientClose why, uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!close %d\n", (int)why);
}

static inline void bench_connack(void *context, const DrillConnackPacket *connack,
                                 uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!connack sp%d 0x%02x\n", connack->session_present,
                       connack->code);
}

static inline void bench_message(void *context, const DrillPublishPacket *publish,
                                 uint64_t now_ns) {
    Bench *bench = (Bench *)context;
    (void)now_ns;
    drill_buffer_print(&bench->log, "*q%d ", (int)publish->qos);
    drill_buffer_put(&bench->log, publish->topic.data, publish->topic.size);
    drill_buffer_put_string(&bench->log, "=");
    drill_buffer_put_escaped(&bench->log, publish->payload);
    if (publish->properties.count > 0) {
        drill_buffer_put_string(&bench->log, " ");
        drill_buffer_put_hex(&bench->log, publish->properties.wire);
    }
    drill_buffer_put_string(&bench->log, "\n");
}

static inline void bench_acknowledged(void *context, DrillMessageId message, uint8_t code,
                                      uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!acked %u 0x%02x\n", (unsigned)message, code);
}

static inline void bench_dropped(void *context, DrillMessageId message, uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!dropped %u\n", (unsigned)message);
}

static inline void bench_suback(void *context, DrillPacketType type,
                                const DrillSubackPacket *suback, uint64_t now_ns) {
    Bench *bench = (Bench *)context;
    (void)now_ns;
    drill_buffer_print(&bench->log, "!%s %u ", drill_packet_type_name(type),
                       suback->packet_identifier);
    bench_line(bench, "", suback->reason_codes);
}

static inline void bench_faulted(void *context, const DrillFault *fault, uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!fault 0x%02x %s\n", fault->reason_code,
                       fault->statement == NULL ? "-" : fault->statement);
}

static inline void bench_disconnected(void *context, const DrillReasonPacket *disconnect,
                                      uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!disconnected 0x%02x\n", disconnect->reason_code);
}

static inline void bench_auth(void *context, const DrillReasonPacket *auth, uint64_t now_ns) {
    (void)now_ns;
    drill_buffer_print(&((Bench *)context)->log, "!auth 0x%02x\n", auth->reason_code);
}

/* Properties, one after the other; bench_properties gives them all and begins anew. */
static inline void bench_number(Bench *bench, DrillPropertyId id, uint32_t number) {
    DrillProperty property = {.id = id, .number = number};
    if (bench->property_count == 0) drill_buffer_clear(&bench->wire);
    ck_assert_int_eq(drill_properties_write(&bench->wire, &property), DRILL_OK);
    bench->property_count++;
}

static inline void bench_text(Bench *bench, DrillPropertyId id, const char *name,
                              const char *value) {
    DrillProperty property = {.id = id, .name = drill_span_of(name), .value = drill_span_of(value)};
    if (bench->property_count == 0) drill_buffer_clear(&bench->wire);
    ck_assert_int_eq(drill_properties_write(&bench->wire, &property), DRILL_OK);
    bench->property_count++;
}

static inline DrillProperties bench_properties(Bench *bench) {
    DrillProperties all = {drill_buffer_span(&bench->wire), bench->property_count};
    if (bench->property_count == 0) all.wire = drill_span(NULL, 0);
    bench->property_count = 0;
    return all;
}

static inline void bench_init(Bench *bench) {
    memset(bench, 0, sizeof *bench);
    bench->log.allocator = bench->wire.allocator = drill_allocator_malloc();
    bench->now_ns = DRILL_NS_PER_S;
}

static inline DrillResult bench_try(Bench *bench, DrillClientConfig config) {
    DrillClientHooks hooks = {.context = bench,
                              .send = bench_send,
                              .close = bench_close,
                              .connack = bench_connack,
                              .message = bench_message,
                              .acknowledged = bench_acknowledged,
                              .dropped = bench_dropped,
                              .suback = bench_suback,
                              .faulted = bench_faulted,
                              .disconnected = bench_disconnected,
                              .auth = bench_auth};
    if (config.version == 0) config.version = DRILL_MQTT_5_0;
    return drill_client_new(&config, &hooks, drill_allocator_malloc(), &bench->client);
}

static inline void bench_make(Bench *bench, DrillClientConfig config) {
    ck_assert_int_eq(bench_try(bench, config), DRILL_OK);
}

static inline void bench_free(Bench *bench) {
    drill_client_free(bench->client);
    drill_buffer_release(&bench->log);
    drill_buffer_release(&bench->wire);
}

static inline void bench_open(Bench *bench) {
    ck_assert_int_eq(drill_client_opened(bench->client, bench->now_ns), DRILL_OK);
}

/* What the server says. */
static inline void bench_serve(Bench *bench, const char *hex) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(drill_span_of(hex), &bytes, &offset), DRILL_OK);
    drill_client_receive(bench->client, drill_buffer_span(&bytes), bench->now_ns);
    drill_buffer_release(&bytes);
}

/* The log since the last call must be exactly this; in lines of bytes, spaces may stand between
 * them. */
static inline void bench_expect(Bench *bench, const char *text) {
    DrillBuffer expected = {.allocator = drill_allocator_malloc()};
    bool bytes = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (at == text || at[-1] == '\n') bytes = *at == '>';
        if (!bytes || *at != ' ') drill_buffer_put(&expected, at, 1);
    }
    ck_assert_str_eq(drill_buffer_cstring(&bench->log), drill_buffer_cstring(&expected));
    drill_buffer_clear(&bench->log);
    drill_buffer_release(&expected);
}

static inline void bench_forget(Bench *bench) {
    drill_buffer_clear(&bench->log);
}

/* A new connection, on which the server says this first; what follows the CONNECT is the log. */
static inline void bench_open_to(Bench *bench, const char *hex, const char *log) {
    bench_open(bench);
    bench_forget(bench);
    bench_serve(bench, hex);
    bench_expect(bench, log);
}

/* Client "c", connected with this CONNACK. */
static inline void bench_connect(Bench *bench, DrillClientConfig config, const char *connack) {
    bench_init(bench);
    if (config.client_id.data == NULL) config.client_id = drill_span_of("c");
    bench_make(bench, config);
    bench_open(bench);
    bench_serve(bench, connack);
    ck_assert_int_eq(drill_client_state(bench->client), DRILL_CLIENT_UP);
    bench_forget(bench);
}

/* Client "c", whose Session outlives its connections, has sent its CONNECT. */
static inline void bench_open_lasting(Bench *bench) {
    bench_init(bench);
    bench_number(bench, DRILL_SESSION_EXPIRY_INTERVAL, 60);
    DrillClientConfig config = {.client_id = drill_span_of("c"),
                                .properties = bench_properties(bench)};
    bench_make(bench, config);
    bench_open(bench);
}

/* What the server says wrong: the fault, and the Reason Code of the DISCONNECT that ends it. */
typedef struct Breach {
    const char *bytes, *fault, *disconnect;
} Breach;

static inline void bench_breach(Bench *bench, const Breach *breach) {
    char expected[120];
    bench_serve(bench, breach->bytes);
    snprintf(expected, sizeof expected, "!fault %s\n>e001%s\n!close 2\n", breach->fault,
             breach->disconnect);
    bench_expect(bench, expected);
}

static inline void bench_reconnect(Bench *bench, const char *connack) {
    drill_client_closed(bench->client, bench->now_ns);
    bench_open(bench);
    bench_forget(bench);
    bench_serve(bench, connack);
}

static inline DrillResult bench_publish(Bench *bench, int qos, const char *topic,
                                        const char *payload) {
    DrillPublishPacket message = {.qos = (DrillQos)qos,
                                  .topic = drill_span_of(topic),
                                  .properties = bench_properties(bench),
                                  .payload = drill_span_of(payload)};
    DrillMessageId id = 0;
    return drill_client_publish(bench->client, &message, bench->now_ns, &id);
}

/* The refusal of the last call. */
static inline void bench_refused(const Bench *bench, int reason_code, const char *statement) {
    const DrillFault *refusal = drill_client_refusal(bench->client);
    ck_assert_ptr_nonnull(refusal);
    ck_assert_int_eq(refusal->reason_code, reason_code);
    ck_assert_str_eq(refusal->statement == NULL ? "-" : refusal->statement, statement);
}

#endif
