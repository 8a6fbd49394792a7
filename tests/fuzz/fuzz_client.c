/* A virtual client and a server that means it no good: mostly a server's packets, at times wrong
 * ones, changed ones or noise, in 3.1, 3.1.1 and 5.0. What the client sends is read strictly, and
 * must keep to what the server has allowed; nothing may crash, and all memory comes back. The same
 * seed and count give the same history everywhere.
 *
 *     fuzz_client_standalone [--seed N] [--count N] [--plant]
 */
#include <mqttdrill/client.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "draw.h"
#include "fuzz/options.h"

#define EPOCH_STEPS 2000
#define OPEN_MAX    64
#define ALIASES_MAX 5

/* What the server knows of the connection. */
typedef struct Server {
    bool open, connacked, ended; /* ended: the client said DISCONNECT */
    bool has_method;
    bool unsure; /* after changed bytes: who knows where the client takes a packet to begin */
    uint32_t receive_maximum, packet_bytes_max, alias_maximum;
    DrillQos qos_max;
    bool retain;
    uint16_t open_ids[OPEN_MAX]; /* PUBLISHes of QoS 1 and 2 not yet done */
    DrillPacketType due[OPEN_MAX];
    size_t open_count;
    uint16_t request_id;
    DrillPacketType request;
    bool alias_known[ALIASES_MAX + 1];
} Server;

typedef struct Fuzz {
    uint64_t random, now_ns, sent, handed, faults, refused;
    int64_t memory;
    bool plant; /* the checks expect less than was allowed: they must notice */
    DrillAllocator allocator;
    DrillVersion version;
    DrillClient *client;
    Server server;
    DrillBuffer properties, filters, bytes;
} Fuzz;

static uint64_t draw(Fuzz *fuzz) {
    return test_draw(&fuzz->random);
}

static size_t below(Fuzz *fuzz, size_t bound) {
    return (size_t)test_draw_below(&fuzz->random, bound);
}

static bool chance(Fuzz *fuzz, size_t one_in) {
    return below(fuzz, one_in) == 0;
}

static void *counted(void *context, void *block, size_t old_size, size_t new_size) {
    Fuzz *fuzz = context;
    DrillAllocator heap = drill_allocator_malloc();
    fuzz->memory += (int64_t)new_size - (int64_t)old_size;
    return heap.resize(heap.context, block, old_size, new_size);
}

/* --- what the client sends --- */

static size_t find_open(const Server *server, uint16_t packet_identifier) {
    size_t at = 0;
    while (at < server->open_count && server->open_ids[at] != packet_identifier)
        at++;
    return at;
}

static void check_publish(Fuzz *fuzz, const DrillPublishPacket *publish) {
    Server *server = &fuzz->server;
    DrillProperty alias;
    DRILL_ASSERT(server->connacked);
    DRILL_ASSERT(publish->qos <= server->qos_max && (!publish->retain || server->retain));
    if (drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &alias)) {
        DRILL_ASSERT(alias.number <= server->alias_maximum);
        DRILL_ASSERT(publish->topic.size > 0 || server->alias_known[alias.number]);
        server->alias_known[alias.number] = true;
    }
    if (publish->qos == DRILL_QOS_0) return;
    DRILL_ASSERT(find_open(server, publish->packet_identifier) == server->open_count);
    DRILL_ASSERT(server->open_count < server->receive_maximum);
    if (server->open_count == OPEN_MAX) return;
    server->open_ids[server->open_count] = publish->packet_identifier;
    server->due[server->open_count++] = publish->qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC;
}

static bool may_come_early(const Server *server, DrillPacketType type) {
    if (type == DRILL_CONNECT || type == DRILL_DISCONNECT) return true;
    return server->has_method ? type == DRILL_AUTH : type == DRILL_PINGREQ;
}

static void check_packet(Fuzz *fuzz, DrillSpan bytes) {
    Server *server = &fuzz->server;
    DrillPacket packet;
    DrillFault fault;
    fuzz->sent++;
    DRILL_ASSERT(server->open && !server->ended);
    DRILL_ASSERT(drill_codec_decode(bytes, fuzz->version, &packet, &fault) == DRILL_OK);
    if (packet.type == DRILL_DISCONNECT) server->ended = true;
    if (server->unsure) return;
    DRILL_ASSERT(server->packet_bytes_max == 0 || bytes.size <= server->packet_bytes_max);
    DRILL_ASSERT(server->connacked || may_come_early(server, packet.type));
    if (packet.type == DRILL_PUBLISH) check_publish(fuzz, &packet.as.publish);
    if (packet.type == DRILL_AUTH) DRILL_ASSERT(server->has_method);
    if (packet.type == DRILL_SUBSCRIBE || packet.type == DRILL_UNSUBSCRIBE) {
        server->request_id = packet.as.subscribe.packet_identifier;
        server->request = packet.type;
    }
}

static void on_send(void *context, DrillSpan packet, uint64_t now_ns) {
    (void)now_ns;
    check_packet(context, packet);
}

static void on_close(void *context, DrillClientClose why, uint64_t now_ns) {
    Fuzz *fuzz = context;
    (void)why, (void)now_ns;
    DRILL_ASSERT(fuzz->server.open);
    fuzz->server.open = false;
}

static void on_message(void *context, const DrillPublishPacket *publish, uint64_t now_ns) {
    Fuzz *fuzz = context;
    (void)now_ns;
    DRILL_ASSERT(publish->topic.size > 0);
    fuzz->handed++;
}

static void on_faulted(void *context, const DrillFault *fault, uint64_t now_ns) {
    Fuzz *fuzz = context;
    (void)fault, (void)now_ns;
    fuzz->faults++;
}

/* --- lists --- */

static void put(Fuzz *fuzz, DrillProperties *list, DrillPropertyId id, uint32_t number,
                const char *text) {
    DrillProperty property = {.id = id, .number = number, .value = drill_span_of(text)};
    property.name = property.value;
    if (drill_properties_write(&fuzz->properties, &property) != DRILL_OK) abort();
    list->count++;
    list->wire = drill_buffer_span(&fuzz->properties);
}

static DrillProperties begin_list(Fuzz *fuzz) {
    DrillProperties list = {{NULL, 0}, 0};
    drill_buffer_clear(&fuzz->properties);
    return list;
}

static const char *some_topic(Fuzz *fuzz) {
    static const char *const topics[] = {"a", "a/b", "a/b/c", "$x/y", "a//c"};
    return topics[below(fuzz, DRILL_ARRAY_COUNT(topics))];
}

static DrillSpan some_payload(Fuzz *fuzz) {
    static const uint8_t bytes[200] = {'x', 'y', 'z'};
    return drill_span(bytes, below(fuzz, chance(fuzz, 4) ? sizeof bytes : 4));
}

/* --- the server's packets --- */

static void make_connack(Fuzz *fuzz, DrillConnackPacket *connack) {
    Server told = fuzz->server, before = told;
    told.connacked = true;
    connack->session_present = !chance(fuzz, 3);
    if (fuzz->version == DRILL_MQTT_3_1) connack->session_present = false;
    if (chance(fuzz, 20)) connack->code = fuzz->version == DRILL_MQTT_5_0 ? 0x87 : 5;
    if (connack->code != 0) connack->session_present = false;
    if (fuzz->version != DRILL_MQTT_5_0) {
        fuzz->server = told;
        return;
    }
    DrillProperties *list = &connack->properties;
    *list = begin_list(fuzz);
    if (chance(fuzz, 2)) {
        told.receive_maximum = 1 + (uint32_t)below(fuzz, 5);
        put(fuzz, list, DRILL_RECEIVE_MAXIMUM, told.receive_maximum, "");
        if (fuzz->plant) told.receive_maximum--;
    }
    if (chance(fuzz, 4)) {
        told.packet_bytes_max = 1 + (uint32_t)below(fuzz, 60);
        put(fuzz, list, DRILL_MAXIMUM_PACKET_SIZE, told.packet_bytes_max, "");
    }
    if (chance(fuzz, 2)) {
        told.alias_maximum = (uint32_t)below(fuzz, ALIASES_MAX + 1);
        put(fuzz, list, DRILL_TOPIC_ALIAS_MAXIMUM, told.alias_maximum, "");
    }
    if (chance(fuzz, 6)) {
        told.qos_max = (DrillQos)below(fuzz, 2);
        put(fuzz, list, DRILL_MAXIMUM_QOS, (uint32_t)told.qos_max, "");
    }
    if (chance(fuzz, 6)) {
        told.retain = false;
        put(fuzz, list, DRILL_RETAIN_AVAILABLE, 0, "");
    }
    if (chance(fuzz, 6)) put(fuzz, list, DRILL_SHARED_SUBSCRIPTION_AVAILABLE, 0, "");
    if (chance(fuzz, 6)) put(fuzz, list, DRILL_SERVER_KEEP_ALIVE, (uint32_t)below(fuzz, 20), "");
    if (chance(fuzz, 6))
        put(fuzz, list, DRILL_SESSION_EXPIRY_INTERVAL, (uint32_t)below(fuzz, 3), "");
    if (chance(fuzz, 2)) put(fuzz, list, DRILL_ASSIGNED_CLIENT_IDENTIFIER, 0, "assigned");
    if (told.has_method != chance(fuzz, 30)) put(fuzz, list, DRILL_AUTHENTICATION_METHOD, 0, "m");
    /* A second one is a breach, and says nothing. */
    fuzz->server = before.connacked ? before : told;
}

static void make_publish(Fuzz *fuzz, DrillPublishPacket *publish) {
    publish->qos = (DrillQos)below(fuzz, 3);
    publish->dup = publish->qos != DRILL_QOS_0 && chance(fuzz, 4);
    publish->retain = chance(fuzz, 3);
    publish->packet_identifier = publish->qos == DRILL_QOS_0 ? 0 : (uint16_t)(1 + below(fuzz, 5));
    publish->topic = drill_span_of(some_topic(fuzz));
    publish->payload = some_payload(fuzz);
    if (fuzz->version != DRILL_MQTT_5_0) return;
    publish->properties = begin_list(fuzz);
    if (chance(fuzz, 3)) {
        put(fuzz, &publish->properties, DRILL_TOPIC_ALIAS, 1 + (uint32_t)below(fuzz, 4), "");
        if (chance(fuzz, 2)) publish->topic.size = 0;
    }
    if (chance(fuzz, 4)) put(fuzz, &publish->properties, DRILL_USER_PROPERTY, 0, "k");
}

/* Mostly what an open exchange waits for. */
static void make_ack(Fuzz *fuzz, DrillPacket *packet) {
    static const uint8_t reasons[] = {0, 0, 0, 0x10, 0x80, 0x97};
    Server *server = &fuzz->server;
    size_t at = server->open_count > 0 ? below(fuzz, server->open_count) : 0;
    packet->type = (DrillPacketType)(DRILL_PUBACK + below(fuzz, 4));
    packet->as.ack.packet_identifier = (uint16_t)(1 + below(fuzz, 5));
    if (server->open_count > 0 && !chance(fuzz, 20)) {
        packet->type = server->due[at];
        packet->as.ack.packet_identifier = server->open_ids[at];
    }
    bool first = packet->type == DRILL_PUBACK || packet->type == DRILL_PUBREC;
    if (first && fuzz->version == DRILL_MQTT_5_0)
        packet->as.ack.reason_code = reasons[below(fuzz, sizeof reasons)];
}

/* The client is about to read it: from then on it counts. */
static void settle_ack(Server *server, const DrillPacket *packet) {
    size_t at = find_open(server, packet->as.ack.packet_identifier);
    if (at == server->open_count || packet->type != server->due[at]) return;
    if (packet->type == DRILL_PUBREC && packet->as.ack.reason_code < 0x80) {
        server->due[at] = DRILL_PUBCOMP;
        return;
    }
    server->open_count--;
    server->open_ids[at] = server->open_ids[server->open_count];
    server->due[at] = server->due[server->open_count];
}

static void make_suback(Fuzz *fuzz, DrillPacket *packet) {
    static const uint8_t codes[] = {0, 0x80};
    bool subscribe = fuzz->server.request == DRILL_SUBSCRIBE;
    packet->type = subscribe ? DRILL_SUBACK : DRILL_UNSUBACK;
    packet->as.suback.packet_identifier = fuzz->server.request_id;
    if (subscribe || fuzz->version == DRILL_MQTT_5_0)
        packet->as.suback.reason_codes = drill_span(codes, chance(fuzz, 20) ? 2 : 1);
    if (packet->as.suback.packet_identifier == 0) packet->as.suback.packet_identifier = 1;
}

static void make_reason(Fuzz *fuzz, DrillPacket *packet) {
    static const uint8_t reasons[] = {0x18, 0x18, 0x18, 0x00, 0x19};
    packet->type = DRILL_AUTH;
    packet->as.reason.reason_code = reasons[below(fuzz, sizeof reasons)];
    packet->as.reason.properties = begin_list(fuzz);
    put(fuzz, &packet->as.reason.properties, DRILL_AUTHENTICATION_METHOD, 0,
        chance(fuzz, 20) ? "n" : "m");
    if (chance(fuzz, 2))
        put(fuzz, &packet->as.reason.properties, DRILL_AUTHENTICATION_DATA, 0, "data");
}

static void make_packet(Fuzz *fuzz, DrillPacket *packet) {
    bool early = !fuzz->server.connacked;
    size_t what = below(fuzz, 100);
    *packet = (DrillPacket){.type = DRILL_PINGRESP};
    if (early ? what < 80 : what < 1) {
        packet->type = DRILL_CONNACK;
        make_connack(fuzz, &packet->as.connack);
    } else if (what < 40) {
        make_ack(fuzz, packet);
    } else if (what < 75) {
        packet->type = DRILL_PUBLISH;
        make_publish(fuzz, &packet->as.publish);
    } else if (what < 85) {
        make_suback(fuzz, packet);
    } else if (what < 95 && fuzz->version == DRILL_MQTT_5_0 && fuzz->server.has_method) {
        make_reason(fuzz, packet);
    } else if (what == 99) {
        packet->type = (DrillPacketType)(1 + below(fuzz, 15));
        if (packet->type == DRILL_CONNACK) make_connack(fuzz, &packet->as.connack);
    }
}

static void damage(Fuzz *fuzz) {
    DrillBuffer *bytes = &fuzz->bytes;
    for (size_t changes = 1 + below(fuzz, 3); changes > 0 && bytes->size > 0; changes--) {
        size_t at = below(fuzz, bytes->size);
        if (chance(fuzz, 8))
            bytes->size = at;
        else
            bytes->data[at] = (uint8_t)(chance(fuzz, 2) ? draw(fuzz) : bytes->data[at] ^ 1u);
    }
}

/* Exactly as large as they are, so that asan sees a read past them; cut anywhere. */
static void hand_over(Fuzz *fuzz) {
    DrillBuffer *bytes = &fuzz->bytes;
    for (size_t at = 0; at < bytes->size && fuzz->server.open;) {
        size_t size = chance(fuzz, 3) ? 1 + below(fuzz, bytes->size - at) : bytes->size - at;
        uint8_t *piece = malloc(size);
        if (piece == NULL) abort();
        memcpy(piece, bytes->data + at, size);
        drill_client_receive(fuzz->client, drill_span(piece, size), fuzz->now_ns);
        free(piece);
        at += size;
    }
}

static void serve(Fuzz *fuzz) {
    DrillPacket packet;
    drill_buffer_clear(&fuzz->bytes);
    make_packet(fuzz, &packet);
    if (drill_codec_encode(&packet, fuzz->version, &fuzz->bytes) != DRILL_OK) return;
    if (chance(fuzz, 40)) {
        damage(fuzz);
        fuzz->server.unsure = true;
    } else if (packet.type >= DRILL_PUBACK && packet.type <= DRILL_PUBCOMP) {
        settle_ack(&fuzz->server, &packet);
    }
    hand_over(fuzz);
}

/* --- the application --- */

static DrillAuthStep toy_start(void *context, bool again, DrillBuffer *data) {
    Fuzz *fuzz = context;
    (void)again;
    if (chance(fuzz, 3)) return DRILL_AUTH_STEP_EMPTY;
    drill_buffer_put_string(data, "hello");
    return DRILL_AUTH_STEP_DATA;
}

static DrillAuthStep toy_step(void *context, bool last, DrillSpan data, DrillBuffer *answer) {
    Fuzz *fuzz = context;
    (void)data;
    if (chance(fuzz, 20)) return DRILL_AUTH_STEP_REFUSE;
    return last ? DRILL_AUTH_STEP_EMPTY : toy_start(context, false, answer);
}

static DrillResult publish(Fuzz *fuzz) {
    DrillMessageId id;
    DrillPublishPacket message = {.qos = (DrillQos)below(fuzz, 3),
                                  .retain = chance(fuzz, 6),
                                  .topic = drill_span_of(some_topic(fuzz)),
                                  .payload = some_payload(fuzz)};
    if (fuzz->version == DRILL_MQTT_5_0) {
        message.properties = begin_list(fuzz);
        if (chance(fuzz, 4)) put(fuzz, &message.properties, DRILL_USER_PROPERTY, 0, "k");
        if (chance(fuzz, 6)) put(fuzz, &message.properties, DRILL_MESSAGE_EXPIRY_INTERVAL, 3, "");
        if (chance(fuzz, 6)) {
            put(fuzz, &message.properties, DRILL_TOPIC_ALIAS, 1 + (uint32_t)below(fuzz, 6), "");
            if (chance(fuzz, 2)) message.topic.size = 0;
        }
    }
    return drill_client_publish(fuzz->client, &message, fuzz->now_ns, &id);
}

static DrillResult subscribe(Fuzz *fuzz) {
    DrillFilter filter = {drill_span_of(chance(fuzz, 4) ? "$share/g/a" : "a/#"), 1};
    bool options = chance(fuzz, 2);
    uint16_t identifier;
    drill_buffer_clear(&fuzz->filters);
    if (drill_filters_write(&fuzz->filters, &filter, options) != DRILL_OK) abort();
    DrillSubscribePacket request = {.filters = {drill_buffer_span(&fuzz->filters), 1}};
    return drill_client_request(fuzz->client, options ? DRILL_SUBSCRIBE : DRILL_UNSUBSCRIBE,
                                &request, fuzz->now_ns, &identifier);
}

static DrillResult say_reason(Fuzz *fuzz) {
    static const uint8_t codes[] = {0, 0, 0x10, 0x80, 0x04, 0x18, 0x19};
    DrillReasonPacket reason = {.reason_code = codes[below(fuzz, sizeof codes)]};
    if (chance(fuzz, 2)) return drill_client_acknowledge_with(fuzz->client, &reason, fuzz->now_ns);
    if (chance(fuzz, 2)) return drill_client_authenticate(fuzz->client, &reason, fuzz->now_ns);
    if (chance(fuzz, 2)) return drill_client_reauthenticate(fuzz->client, fuzz->now_ns);
    if (!chance(fuzz, 10)) return DRILL_OK;
    return drill_client_disconnect_with(fuzz->client, &reason, fuzz->now_ns);
}

static void use_client(Fuzz *fuzz) {
    DrillResult result = DRILL_OK;
    size_t what = below(fuzz, 20);
    if (what < 12)
        result = publish(fuzz);
    else if (what < 15)
        result = say_reason(fuzz);
    else if (what < 17)
        result = subscribe(fuzz);
    else if (what < 18)
        result = drill_client_ping(fuzz->client, fuzz->now_ns);
    else if (what < 19 && !fuzz->server.open && chance(fuzz, 10))
        drill_client_crash(fuzz->client);
    fuzz->refused += result == DRILL_INVALID ? 1u : 0u;
    DRILL_ASSERT(result == DRILL_OK || result == DRILL_BUSY || result == DRILL_TOO_BIG ||
                 result == DRILL_INVALID);
}

/* --- steps --- */

static void open_connection(Fuzz *fuzz) {
    bool has_method = fuzz->server.has_method;
    fuzz->server = (Server){.open = true,
                            .has_method = has_method,
                            .receive_maximum = fuzz->version == DRILL_MQTT_5_0 ? 65535 : UINT32_MAX,
                            .qos_max = DRILL_QOS_2,
                            .retain = true};
    if (drill_client_opened(fuzz->client, fuzz->now_ns) != DRILL_OK) abort();
}

static void step(Fuzz *fuzz) {
    size_t what = below(fuzz, 100);
    if (!fuzz->server.open) {
        drill_client_closed(fuzz->client, fuzz->now_ns);
        if (what < 60)
            open_connection(fuzz);
        else
            use_client(fuzz);
    } else if (what < 50) {
        serve(fuzz);
    } else if (what < 92) {
        use_client(fuzz);
    } else if (what < 99) {
        fuzz->now_ns += chance(fuzz, 10) ? 30 * DRILL_NS_PER_S : DRILL_NS_PER_S;
        if (drill_client_expiry(fuzz->client) <= fuzz->now_ns)
            drill_client_handle_expiry(fuzz->client, fuzz->now_ns);
        DRILL_ASSERT(drill_client_expiry(fuzz->client) > fuzz->now_ns);
    } else if (chance(fuzz, 3)) {
        fuzz->server.open = false;
        drill_client_closed(fuzz->client, fuzz->now_ns);
    }
}

static void begin(Fuzz *fuzz, DrillClientAuth *auth) {
    static const DrillVersion versions[] = {DRILL_MQTT_5_0, DRILL_MQTT_5_0, DRILL_MQTT_5_0,
                                            DRILL_MQTT_3_1_1, DRILL_MQTT_3_1};
    fuzz->version = versions[below(fuzz, DRILL_ARRAY_COUNT(versions))];
    bool v5 = fuzz->version == DRILL_MQTT_5_0;
    DrillClientHooks hooks = {.context = fuzz,
                              .send = on_send,
                              .close = on_close,
                              .message = on_message,
                              .faulted = on_faulted};
    *auth = (DrillClientAuth){.context = fuzz, .method = "m", .start = toy_start, .step = toy_step};
    DrillClientConfig config = {.version = fuzz->version,
                                .client_id = drill_span_of(v5 && chance(fuzz, 3) ? "" : "c"),
                                .clean = chance(fuzz, 3),
                                .keep_alive_s = (uint16_t)below(fuzz, 20),
                                .auto_ping = chance(fuzz, 2),
                                .manual_acks = chance(fuzz, 2),
                                .first_packet_identifier = (uint16_t)draw(fuzz),
                                .queue_messages_max = (uint32_t)below(fuzz, 30),
                                .auto_alias = chance(fuzz, 2)};
    fuzz->server = (Server){0};
    if (v5) {
        config.properties = begin_list(fuzz);
        if (chance(fuzz, 2)) put(fuzz, &config.properties, DRILL_SESSION_EXPIRY_INTERVAL, 60, "");
        if (chance(fuzz, 2)) put(fuzz, &config.properties, DRILL_RECEIVE_MAXIMUM, 3, "");
        if (chance(fuzz, 2)) put(fuzz, &config.properties, DRILL_TOPIC_ALIAS_MAXIMUM, 3, "");
        if (chance(fuzz, 3)) put(fuzz, &config.properties, DRILL_MAXIMUM_PACKET_SIZE, 150, "");
        if (chance(fuzz, 4))
            put(fuzz, &config.properties, DRILL_REQUEST_PROBLEM_INFORMATION, 0, "");
        size_t method = below(fuzz, 3);
        if (method == 1) put(fuzz, &config.properties, DRILL_AUTHENTICATION_METHOD, 0, "m");
        if (method == 2) config.auth = auth;
        fuzz->server.has_method = method != 0;
    }
    if (drill_client_new(&config, &hooks, fuzz->allocator, &fuzz->client) != DRILL_OK) abort();
}

static void end(Fuzz *fuzz) {
    drill_client_free(fuzz->client);
    DRILL_ASSERT(fuzz->memory == 0);
}

/* CTest takes an abort for a crash, whatever was expected. */
static void on_abort(int signal_number) {
    (void)signal_number;
    _Exit(1);
}

int main(int argc, char **argv) {
    FuzzOptions options = {.seed = 1, .count = 100000};
    static Fuzz fuzz;
    DrillClientAuth auth;
    for (int i = 1; i < argc; i++) {
        if (!fuzz_option(&options, argv, &i)) {
            fprintf(stderr, "usage: %s [--seed N] [--count N] [--plant]\n", argv[0]);
            return 2;
        }
    }
    fuzz.random = options.seed;
    fuzz.plant = options.plant;
    if (fuzz.plant) signal(SIGABRT, on_abort);
    fuzz.allocator = (DrillAllocator){.resize = counted, .context = &fuzz};
    fuzz.properties.allocator = fuzz.filters.allocator = fuzz.bytes.allocator =
        drill_allocator_malloc();
    for (uint64_t done = 0; done < options.count; done++) {
        if (done % EPOCH_STEPS == 0) begin(&fuzz, &auth);
        step(&fuzz);
        if ((done + 1) % EPOCH_STEPS == 0 || done + 1 == options.count) end(&fuzz);
    }
    drill_buffer_release(&fuzz.properties);
    drill_buffer_release(&fuzz.filters);
    drill_buffer_release(&fuzz.bytes);
    printf("%llu steps: the client sent %llu packets, handed %llu messages over, found %llu faults "
           "and refused %llu calls\n",
           (unsigned long long)options.count, (unsigned long long)fuzz.sent,
           (unsigned long long)fuzz.handed, (unsigned long long)fuzz.faults,
           (unsigned long long)fuzz.refused);
    return 0;
}
