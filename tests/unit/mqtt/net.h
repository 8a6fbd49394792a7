/* A network in memory for the tests: one broker, any number of peers (clients, or raw ones that
 * send bytes), bytes passed by hand and cut where the test says. Every packet is logged as a line
 * of text at the peer's side. */
#ifndef TEST_MQTT_NET_H
#define TEST_MQTT_NET_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/broker.h>
#include <mqttdrill/connection.h>

#include "base/arena.h"
#include "base/base.h"
#include "mqtt/defects.h"

#define NET_PEERS_MAX 16

/* What all peers speak; a test sets it before it begins. */
static DrillVersion net_version = DRILL_MQTT_3_1_1;

typedef struct Net Net;

typedef struct Peer {
    Net *net;
    const char *name;
    DrillClient *client;               /* NULL: raw */
    DrillBrokerConnection *connection; /* the broker's end; NULL: none */
    bool open;                         /* the peer's end of the transport */
    bool broker_closed; /* the broker has closed; noticed once what it sent has arrived */
    bool client_closed;
    bool hold_to_client, hold_to_broker; /* bytes stay on the way */
    DrillBuffer to_client, to_broker;
    DrillReader reader; /* raw: to log what comes */
    DrillBuffer
        log; /* ">PUBLISH ..." sent, "<PUBACK ..." received, "*..." handed over, "!..." events */
    uint32_t delivered, acknowledged, dropped, faults;
    uint16_t packet_identifier; /* of the last subscribe or unsubscribe */
    char last_statement[32];
} Peer;

struct Net {
    DrillBroker *broker;
    DrillBrokerConfig config;
    DrillAllocator allocator;
    Peer *peers[NET_PEERS_MAX];
    size_t peer_count;
    uint64_t now_ns;
    size_t chunk_bytes;        /* how many bytes arrive at once; 0: a packet */
    char broker_statement[32]; /* of the last fault the broker closed with */
    uint32_t broker_faults;
};

static inline void net_log_packet(Peer *peer, char direction, DrillSpan bytes) {
    DrillPacket p;
    DrillFault fault = {0};
    DrillBuffer *log = &peer->log;
    if (drill_codec_decode(bytes, net_version, &p, &fault) != DRILL_OK) {
        drill_buffer_print(log, "%cbytes ", direction);
        drill_buffer_put_hex(log, bytes);
        drill_buffer_put_string(log, "\n");
        return;
    }
    drill_buffer_print(log, "%c%s", direction, drill_packet_type_name(p.type));
    if (p.type == DRILL_CONNACK) {
        drill_buffer_print(log, " sp%d c%u", p.as.connack.session_present, p.as.connack.code);
    } else if (p.type == DRILL_PUBLISH) {
        const DrillPublishPacket *m = &p.as.publish;
        drill_buffer_print(log, " q%d i%u%s%s ", (int)m->qos, m->packet_identifier,
                           m->dup ? " dup" : "", m->retain ? " retain" : "");
        drill_buffer_put(log, m->topic.data, m->topic.size);
        drill_buffer_put_string(log, "=");
        drill_buffer_put_escaped(log, m->payload);
    } else if (p.type >= DRILL_PUBACK && p.type <= DRILL_PUBCOMP) {
        drill_buffer_print(log, " i%u", p.as.ack.packet_identifier);
        if (p.as.ack.reason_code != 0) drill_buffer_print(log, " c%02x", p.as.ack.reason_code);
    } else if (p.type == DRILL_SUBACK || p.type == DRILL_UNSUBACK) {
        drill_buffer_print(log, " i%u ", p.as.suback.packet_identifier);
        drill_buffer_put_hex(log, p.as.suback.reason_codes);
    } else if (p.type == DRILL_DISCONNECT && p.as.reason.reason_code != 0) {
        drill_buffer_print(log, " c%02x", p.as.reason.reason_code);
    }
    drill_buffer_put_string(log, "\n");
}

/* --- hooks --- */

static inline void net_broker_send(void *context, void *peer_, DrillSpan packet, uint64_t now_ns) {
    Peer *peer = (Peer *)peer_;
    (void)context, (void)now_ns;
    drill_buffer_put(&peer->to_client, packet.data, packet.size);
}

static inline void net_broker_close(void *context, void *peer_, const DrillFault *fault,
                                    uint64_t now_ns) {
    Net *net = (Net *)context;
    Peer *peer = (Peer *)peer_;
    (void)now_ns;
    peer->connection = NULL;
    peer->broker_closed = true;
    net->broker_statement[0] = 0;
    if (fault == NULL) return;
    net->broker_faults++;
    snprintf(net->broker_statement, sizeof net->broker_statement, "%s",
             fault->statement == NULL ? "" : fault->statement);
}

static inline void net_client_send(void *context, DrillSpan packet, uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)now_ns;
    net_log_packet(peer, '>', packet);
    drill_buffer_put(&peer->to_broker, packet.data, packet.size);
}

static inline void net_client_close(void *context, DrillClientClose why, uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)now_ns;
    drill_buffer_print(&peer->log, "!close %d\n", (int)why);
    peer->client_closed = true;
}

static inline void net_client_message(void *context, const DrillPublishPacket *m, uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)now_ns;
    peer->delivered++;
    drill_buffer_print(&peer->log, "*q%d ", (int)m->qos);
    drill_buffer_put(&peer->log, m->topic.data, m->topic.size);
    drill_buffer_put_string(&peer->log, "=");
    drill_buffer_put_escaped(&peer->log, m->payload);
    drill_buffer_put_string(&peer->log, "\n");
}

static inline void net_client_acknowledged(void *context, DrillMessageId message, uint8_t code,
                                           uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)message, (void)code, (void)now_ns;
    peer->acknowledged++;
}

static inline void net_client_dropped(void *context, DrillMessageId message, uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)now_ns;
    peer->dropped++;
    drill_buffer_print(&peer->log, "!dropped %u\n", (unsigned)message);
}

static inline void net_client_faulted(void *context, const DrillFault *fault, uint64_t now_ns) {
    Peer *peer = (Peer *)context;
    (void)now_ns;
    peer->faults++;
    snprintf(peer->last_statement, sizeof peer->last_statement, "%s",
             fault->statement == NULL ? "" : fault->statement);
}

/* --- making --- */

static inline Net *net_new(const DrillBrokerConfig *config) {
    Net *net = (Net *)calloc(1, sizeof *net);
    DrillBrokerHooks hooks = {net, net_broker_send, net_broker_close};
    net->allocator = drill_allocator_malloc();
    net->now_ns = DRILL_NS_PER_S;
    if (config != NULL) net->config = *config;
    ck_assert_int_eq(drill_broker_new(&net->config, &hooks, net->allocator, &net->broker),
                     DRILL_OK);
    return net;
}

static inline Peer *net_peer(Net *net, const char *name) {
    ck_assert_uint_lt(net->peer_count, NET_PEERS_MAX);
    Peer *peer = (Peer *)calloc(1, sizeof *peer);
    peer->net = net;
    peer->name = name;
    peer->log.allocator = peer->to_client.allocator = peer->to_broker.allocator = net->allocator;
    drill_reader_init(&peer->reader, net->allocator, net_version, DRILL_PACKET_BYTES_MAX);
    net->peers[net->peer_count++] = peer;
    return peer;
}

static inline DrillClientHooks net_client_hooks(Peer *peer) {
    DrillClientHooks hooks = {.context = peer,
                              .send = net_client_send,
                              .close = net_client_close,
                              .message = net_client_message,
                              .acknowledged = net_client_acknowledged,
                              .dropped = net_client_dropped,
                              .faulted = net_client_faulted};
    return hooks;
}

/* 5.0: a Session that is to last says so. */
static inline DrillProperties net_lasting(bool clean) {
    static const uint8_t never[] = {DRILL_SESSION_EXPIRY_INTERVAL, 0xFF, 0xFF, 0xFF, 0xFF};
    DrillProperties properties = {{NULL, 0}, 0};
    if (clean || net_version != DRILL_MQTT_5_0) return properties;
    return (DrillProperties){drill_span(never, sizeof never), 1};
}

/* `config` is completed: version, and the name as Client Identifier if there is none. */
static inline Peer *net_client(Net *net, const char *name, DrillClientConfig config) {
    Peer *peer = net_peer(net, name);
    DrillClientHooks hooks = net_client_hooks(peer);
    config.version = net_version;
    if (config.properties.count == 0) config.properties = net_lasting(config.clean);
    if (config.client_id.data == NULL) config.client_id = drill_span_of(name);
    ck_assert_int_eq(drill_client_new(&config, &hooks, net->allocator, &peer->client), DRILL_OK);
    return peer;
}

static inline void net_free(Net *net) {
    drill_broker_free(net->broker);
    for (size_t i = 0; i < net->peer_count; i++) {
        Peer *peer = net->peers[i];
        drill_client_free(peer->client);
        drill_buffer_release(&peer->log);
        drill_buffer_release(&peer->to_client);
        drill_buffer_release(&peer->to_broker);
        drill_reader_release(&peer->reader);
        free(peer);
    }
    free(net);
}

/* --- moving bytes --- */

/* The next bytes that arrive: so many, or one packet. */
static inline DrillSpan net_take(Net *net, DrillBuffer *from, DrillBuffer *piece) {
    size_t size = net->chunk_bytes;
    DrillFault fault;
    if (size == 0 && drill_codec_frame(drill_buffer_span(from), net_version, DRILL_PACKET_BYTES_MAX,
                                       &size, &fault) != DRILL_OK)
        size = from->size;
    if (size > from->size) size = from->size;
    drill_buffer_clear(piece);
    drill_buffer_put(piece, from->data, size);
    memmove(from->data, from->data + size, from->size - size);
    from->size -= size;
    return drill_buffer_span(piece);
}

static inline void net_log_received(Peer *peer, DrillSpan bytes) {
    DrillSpan packet;
    DrillFault fault;
    while (drill_reader_next(&peer->reader, &bytes, &packet, &fault) == DRILL_OK)
        net_log_packet(peer, '<', packet);
}

static inline void net_peer_lost(Peer *peer) {
    if (!peer->open) return;
    peer->open = false;
    if (peer->client == NULL || !peer->client_closed)
        drill_buffer_put_string(&peer->log, "!lost\n");
    if (peer->client != NULL) drill_client_closed(peer->client, peer->net->now_ns);
}

static inline bool net_move_to_client(Peer *peer, DrillBuffer *piece) {
    bool readable = peer->open && !peer->client_closed;
    if (!readable) peer->to_client.size = 0;
    if (peer->hold_to_client) return false;
    if (peer->to_client.size > 0) {
        DrillSpan bytes = net_take(peer->net, &peer->to_client, piece);
        net_log_received(peer, bytes);
        if (peer->client != NULL) drill_client_receive(peer->client, bytes, peer->net->now_ns);
        return true;
    }
    if (peer->broker_closed && peer->open) {
        net_peer_lost(peer);
        return true;
    }
    return false;
}

static inline bool net_move_to_broker(Peer *peer, DrillBuffer *piece) {
    if (peer->connection == NULL) peer->to_broker.size = 0;
    if (peer->hold_to_broker) return false;
    if (peer->to_broker.size > 0) {
        drill_broker_receive(peer->connection, net_take(peer->net, &peer->to_broker, piece),
                             peer->net->now_ns);
        return true;
    }
    if (peer->client_closed && peer->open) {
        net_peer_lost(peer);
        if (peer->connection != NULL) drill_broker_closed(peer->connection, peer->net->now_ns);
        peer->connection = NULL;
        return true;
    }
    return false;
}

/* Until nothing moves any more. */
static inline void net_settle(Net *net) {
    DrillBuffer piece = {.allocator = net->allocator};
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < net->peer_count; i++) {
            moved |= net_move_to_broker(net->peers[i], &piece);
            moved |= net_move_to_client(net->peers[i], &piece);
        }
    }
    drill_buffer_release(&piece);
}

/* --- what tests do --- */

static inline void net_open(Peer *peer) {
    Net *net = peer->net;
    ck_assert(!peer->open);
    peer->to_client.size = peer->to_broker.size = 0;
    peer->hold_to_client = peer->hold_to_broker = false;
    peer->broker_closed = peer->client_closed = false;
    drill_reader_release(&peer->reader);
    drill_reader_init(&peer->reader, net->allocator, net_version, DRILL_PACKET_BYTES_MAX);
    peer->open = true;
    peer->connection = drill_broker_accept(net->broker, peer, net->now_ns);
    drill_buffer_put_string(&peer->log, "!open\n");
    if (peer->client != NULL)
        ck_assert_int_eq(drill_client_opened(peer->client, net->now_ns), DRILL_OK);
}

static inline void net_connect(Peer *peer) {
    net_open(peer);
    net_settle(peer->net);
}

/* Both ends notice, what was on the way is lost. */
static inline void net_cut(Peer *peer) {
    peer->to_client.size = peer->to_broker.size = 0;
    net_peer_lost(peer);
    if (peer->connection != NULL) drill_broker_closed(peer->connection, peer->net->now_ns);
    peer->connection = NULL;
    net_settle(peer->net);
}

static inline void net_disconnect(Peer *peer) {
    ck_assert_int_eq(drill_client_disconnect(peer->client, peer->net->now_ns), DRILL_OK);
    net_settle(peer->net);
}

static inline void net_post(Peer *peer, int qos, bool retain, const char *topic,
                            const char *payload) {
    DrillPublishPacket m = {.qos = (DrillQos)qos,
                            .retain = retain,
                            .topic = drill_span_of(topic),
                            .payload = drill_span_of(payload)};
    DrillMessageId id = 0;
    ck_assert_int_eq(drill_client_publish(peer->client, &m, peer->net->now_ns, &id), DRILL_OK);
}

static inline void net_publish(Peer *peer, int qos, bool retain, const char *topic,
                               const char *payload) {
    net_post(peer, qos, retain, topic, payload);
    net_settle(peer->net);
}

/* "a/b 1", "a/# 2 b 0": pairs of filter and QoS; for unsubscribe the QoS is given, too, and
 * ignored. */
static inline void net_filters(Peer *peer, DrillBuffer *wire, DrillFilters *filters,
                               const char *text, bool with_options) {
    char copy[256];
    snprintf(copy, sizeof copy, "%s", text);
    *wire = (DrillBuffer){.allocator = peer->net->allocator};
    filters->count = 0;
    char *rest = copy;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *qos = strtok_r(NULL, " ", &rest);
        DrillFilter filter = {drill_span_of(word), with_options ? (uint8_t)atoi(qos) : 0};
        ck_assert_int_eq(drill_filters_write(wire, &filter, with_options), DRILL_OK);
        filters->count++;
    }
    filters->wire = drill_buffer_span(wire);
}

static inline void net_subscribe(Peer *peer, const char *text) {
    DrillBuffer wire;
    DrillFilters filters;
    net_filters(peer, &wire, &filters, text, true);
    ck_assert_int_eq(
        drill_client_subscribe(peer->client, filters, peer->net->now_ns, &peer->packet_identifier),
        DRILL_OK);
    drill_buffer_release(&wire);
    net_settle(peer->net);
}

static inline void net_unsubscribe(Peer *peer, const char *text) {
    DrillBuffer wire;
    DrillFilters filters;
    net_filters(peer, &wire, &filters, text, false);
    ck_assert_int_eq(drill_client_unsubscribe(peer->client, filters, peer->net->now_ns,
                                              &peer->packet_identifier),
                     DRILL_OK);
    drill_buffer_release(&wire);
    net_settle(peer->net);
}

/* Raw bytes in hex. */
static inline void net_hex(Peer *peer, const char *hex) {
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(drill_span_of(hex), &peer->to_broker, &offset), DRILL_OK);
    net_settle(peer->net);
}

static inline void net_packet(Peer *peer, const DrillPacket *packet) {
    ck_assert_int_eq(drill_codec_encode(packet, net_version, &peer->to_broker), DRILL_OK);
    net_settle(peer->net);
}

static inline void net_raw_connect(Peer *peer, bool clean) {
    DrillPacket packet = {.type = DRILL_CONNECT,
                          .as.connect = {.protocol_level = (uint8_t)net_version,
                                         .clean = clean,
                                         .properties = net_lasting(clean),
                                         .client_id = drill_span_of(peer->name)}};
    net_open(peer);
    net_packet(peer, &packet);
}

static inline void net_raw_ack(Peer *peer, DrillPacketType type, uint16_t packet_identifier) {
    DrillPacket packet = {.type = type, .as.ack = {.packet_identifier = packet_identifier}};
    net_packet(peer, &packet);
}

static inline void net_raw_publish(Peer *peer, int qos, uint16_t packet_identifier, bool dup,
                                   const char *topic, const char *payload) {
    DrillPacket packet = {.type = DRILL_PUBLISH,
                          .as.publish = {.qos = (DrillQos)qos,
                                         .dup = dup,
                                         .topic = drill_span_of(topic),
                                         .packet_identifier = packet_identifier,
                                         .payload = drill_span_of(payload)}};
    net_packet(peer, &packet);
}

static inline void net_raw_subscribe(Peer *peer, uint16_t packet_identifier, const char *text) {
    DrillBuffer wire;
    DrillPacket packet = {.type = DRILL_SUBSCRIBE,
                          .as.subscribe = {.packet_identifier = packet_identifier}};
    net_filters(peer, &wire, &packet.as.subscribe.filters, text, true);
    net_packet(peer, &packet);
    drill_buffer_release(&wire);
}

static inline void net_raw_unsubscribe(Peer *peer, uint16_t packet_identifier, const char *text) {
    DrillBuffer wire;
    DrillPacket packet = {.type = DRILL_UNSUBSCRIBE,
                          .as.subscribe = {.packet_identifier = packet_identifier}};
    net_filters(peer, &wire, &packet.as.subscribe.filters, text, false);
    net_packet(peer, &packet);
    drill_buffer_release(&wire);
}

static inline uint64_t net_expiry(const Net *net) {
    uint64_t due_ns = drill_broker_expiry(net->broker);
    for (size_t i = 0; i < net->peer_count; i++) {
        if (net->peers[i]->client == NULL) continue;
        uint64_t at_ns = drill_client_expiry(net->peers[i]->client);
        if (at_ns < due_ns) due_ns = at_ns;
    }
    return due_ns;
}

/* Lets time pass, with every timer in its place. */
static inline void net_wait(Net *net, uint64_t ns) {
    uint64_t end_ns = net->now_ns + ns;
    for (uint64_t due_ns; (due_ns = net_expiry(net)) <= end_ns;) {
        if (due_ns > net->now_ns) net->now_ns = due_ns;
        drill_broker_handle_expiry(net->broker, net->now_ns);
        for (size_t i = 0; i < net->peer_count; i++) {
            if (net->peers[i]->client != NULL)
                drill_client_handle_expiry(net->peers[i]->client, net->now_ns);
        }
        net_settle(net);
    }
    net->now_ns = end_ns;
}

/* The log since the last call must be exactly this. */
static inline void net_expect(Peer *peer, const char *text) {
    ck_assert_str_eq(drill_buffer_cstring(&peer->log), text);
    drill_buffer_clear(&peer->log);
}

static inline void net_forget(Peer *peer) {
    drill_buffer_clear(&peer->log);
}

/* How often `text` is in the log. */
static inline unsigned net_count(Peer *peer, const char *text) {
    unsigned count = 0;
    for (const char *at = drill_buffer_cstring(&peer->log); (at = strstr(at, text)) != NULL;
         at += strlen(text))
        count++;
    return count;
}

#endif
