/* The virtual broker among virtual clients and hostile connections: random histories of opening,
 * sending, cutting, waiting and restarting, with packets that are valid, changed, or noise, in 3.1,
 * 3.1.1 and 5.0. Nothing may crash, and all memory comes back. The same seed and count give the
 * same history everywhere.
 *
 *     fuzz_mqtt_standalone [--seed N] [--count N]
 */
#include <mqttdrill/broker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "draw.h"
#include "fuzz/options.h"
#include "mqtt/defects.h"
#include "spec/spec.h"

#define SLOTS       12
#define CLIENTS     4 /* the first slots are virtual clients, the rest is raw */
#define EPOCH_STEPS 5000
#define MEMORY_MAX  ((int64_t)256 << 20)
#define UNREAD_MAX  ((size_t)1 << 20)

typedef struct Slot {
    DrillBrokerConnection *connection; /* the broker's end; NULL: none */
    DrillClient *client;               /* NULL: raw */
    DrillVersion version;
    size_t packet_bytes_max; /* that CONNECT has told the broker; 0: none */
    DrillBuffer to_broker, to_client;
} Slot;

typedef struct Fuzz {
    uint64_t random, now_ns, sent, delivered, faults;
    int64_t memory, memory_most;
    DrillAllocator allocator;
    DrillBroker *broker;
    bool oversizes; /* the broker has a defect that makes packets too large on purpose */
    Slot slots[SLOTS];
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
    fuzz->memory_most = fuzz->memory > fuzz->memory_most ? fuzz->memory : fuzz->memory_most;
    DRILL_ASSERT(fuzz->memory <= MEMORY_MAX);
    return heap.resize(heap.context, block, old_size, new_size);
}

/* --- hooks --- */

static void broker_sends(void *context, void *peer, DrillSpan packet, uint64_t now_ns) {
    Fuzz *fuzz = context;
    Slot *slot = peer;
    (void)now_ns;
    fuzz->sent++;
    DRILL_ASSERT(slot->connection != NULL);
    bool fits = slot->packet_bytes_max == 0 || packet.size <= slot->packet_bytes_max;
    DRILL_ASSERT(fits || fuzz->oversizes);
    if (slot->client != NULL && slot->to_client.size < UNREAD_MAX)
        drill_buffer_put(&slot->to_client, packet.data, packet.size);
}

static void broker_closes(void *context, void *peer, const DrillFault *fault, uint64_t now_ns) {
    Fuzz *fuzz = context;
    Slot *slot = peer;
    (void)now_ns;
    fuzz->faults += fault != NULL ? 1u : 0u;
    DRILL_ASSERT(slot->connection != NULL);
    slot->connection = NULL;
}

/* Which client it is, the hooks of clients need not know. */
typedef struct Ear {
    Fuzz *fuzz;
    Slot *slot;
} Ear;

static void client_sends(void *context, DrillSpan packet, uint64_t now_ns) {
    Ear *ear = context;
    (void)now_ns;
    drill_buffer_put(&ear->slot->to_broker, packet.data, packet.size);
}

static void client_closes(void *context, DrillClientClose why, uint64_t now_ns) {
    (void)context, (void)why, (void)now_ns;
}

static void client_is_handed(void *context, const DrillPublishPacket *publish, uint64_t now_ns) {
    Ear *ear = context;
    (void)publish, (void)now_ns;
    ear->fuzz->delivered++;
}

/* --- packets --- */

static DrillSpan some(Fuzz *fuzz, const char *const *texts, size_t count) {
    return drill_span_of(texts[below(fuzz, count)]);
}

static DrillSpan some_topic(Fuzz *fuzz) {
    static const char *const topics[] = {"a", "a/b", "a/b/c", "/", "$SYS/x", "a//c", "\xc3\xa4"};
    return some(fuzz, topics, DRILL_ARRAY_COUNT(topics));
}

static DrillSpan some_filter(Fuzz *fuzz) {
    static const char *const filters[] = {"#",           "+",   "a/#", "a/+/c",        "+/+",
                                          "$SYS/#",      "a/b", "/+",  "$share/g/a/b", "$share/g/#",
                                          "$share/h/a/+"};
    return some(fuzz, filters, DRILL_ARRAY_COUNT(filters));
}

static DrillSpan some_payload(Fuzz *fuzz) {
    static const uint8_t bytes[5000] = {1, 2, 3};
    return drill_span(bytes, chance(fuzz, 10) ? below(fuzz, sizeof bytes) : below(fuzz, 4));
}

static uint16_t some_identifier(Fuzz *fuzz) {
    return (uint16_t)(chance(fuzz, 50) ? 1 + below(fuzz, 65535) : 1 + below(fuzz, 6));
}

static DrillVersion some_version(Fuzz *fuzz) {
    static const DrillVersion versions[] = {DRILL_MQTT_3_1_1, DRILL_MQTT_5_0, DRILL_MQTT_5_0,
                                            DRILL_MQTT_3_1};
    return versions[below(fuzz, DRILL_ARRAY_COUNT(versions))];
}

static uint32_t some_number(Fuzz *fuzz, DrillPropertyKind kind) {
    static const uint32_t most[] = {[DRILL_PROPERTY_BYTE] = 1,
                                    [DRILL_PROPERTY_TWO_BYTE] = UINT16_MAX,
                                    [DRILL_PROPERTY_FOUR_BYTE] = UINT32_MAX,
                                    [DRILL_PROPERTY_VARIABLE_BYTE] = 268435455};
    if (chance(fuzz, 10)) return most[kind];
    uint32_t number = (uint32_t)below(fuzz, 30);
    return number > most[kind] ? most[kind] : number;
}

/* A list for this kind of packet; what does not belong there only now and then. `place`: packet
 * type, or that of a will. */
static DrillProperties some_properties(Fuzz *fuzz, int place, DrillBuffer *out) {
    DrillProperties list = {{NULL, 0}, 0};
    for (size_t tries = below(fuzz, 12); tries > 0; tries--) {
        DrillProperty property = {.id = (DrillPropertyId)(1 + below(fuzz, 0x2A)),
                                  .name = drill_span_of("k"),
                                  .value = some_topic(fuzz)};
        const char *name = drill_property_name(property.id);
        bool authenticates =
            property.id == DRILL_AUTHENTICATION_METHOD || property.id == DRILL_AUTHENTICATION_DATA;
        if (name == NULL || (authenticates && place == DRILL_CONNECT && !chance(fuzz, 20)))
            continue;
        (void)drill_property_find(name, &property.kind);
        if (property.kind <= DRILL_PROPERTY_VARIABLE_BYTE)
            property.number = some_number(fuzz, property.kind);
        if (property.id == DRILL_MAXIMUM_PACKET_SIZE && !chance(fuzz, 10)) property.number |= 64;
        if (property.id == DRILL_AUTHENTICATION_METHOD)
            property.value = drill_span_of("DRILL-REVERSE");
        if (property.id == DRILL_AUTHENTICATION_DATA) property.value = drill_span_of("1-llird");
        size_t before = out->size;
        if (drill_properties_write(out, &property) != DRILL_OK) abort();
        DrillFault fault;
        DrillProperties longer = {drill_buffer_span(out), list.count + 1};
        bool belongs = drill_properties_check(longer, place, &fault) == DRILL_OK;
        if (belongs || chance(fuzz, 2000))
            list = longer;
        else
            out->size = before;
    }
    list.wire = drill_buffer_span(out);
    return list;
}

/* Maximum Packet Size of a CONNECT that can be read. */
static size_t told_maximum(DrillSpan connect) {
    DrillPacket packet;
    DrillFault fault;
    DrillProperty property;
    bool told =
        drill_codec_decode(connect, DRILL_MQTT_5_0, &packet, &fault) == DRILL_OK &&
        packet.type == DRILL_CONNECT &&
        drill_properties_find(packet.as.connect.properties, DRILL_MAXIMUM_PACKET_SIZE, &property);
    return told ? property.number : 0;
}

typedef struct Lists {
    DrillBuffer properties, will;
} Lists;

static Lists no_lists(void) {
    DrillAllocator heap = drill_allocator_malloc();
    return (Lists){.properties.allocator = heap, .will.allocator = heap};
}

static void release_lists(Lists *lists) {
    drill_buffer_release(&lists->properties);
    drill_buffer_release(&lists->will);
}

static void fill_connect(Fuzz *fuzz, DrillConnectPacket *connect, DrillVersion version,
                         Lists *lists) {
    static const char *const identifiers[] = {"", "c0", "c1", "c2", "x", "y"};
    connect->protocol_level = chance(fuzz, 30) ? (uint8_t)below(fuzz, 7) : (uint8_t)version;
    bool v5 = connect->protocol_level == DRILL_MQTT_5_0;
    if (v5) connect->properties = some_properties(fuzz, DRILL_CONNECT, &lists->properties);
    connect->clean = chance(fuzz, 2);
    connect->keep_alive_s = (uint16_t)below(fuzz, 20);
    connect->client_id = some(fuzz, identifiers, DRILL_ARRAY_COUNT(identifiers));
    connect->has_will = chance(fuzz, 3);
    if (connect->has_will) {
        connect->will_qos = (DrillQos)below(fuzz, 3);
        connect->will_retain = chance(fuzz, 2);
        connect->will_topic = some_topic(fuzz);
        connect->will_payload = some_payload(fuzz);
        if (v5)
            connect->will_properties =
                some_properties(fuzz, DRILL_PROPERTIES_OF_WILL, &lists->will);
    }
}

static uint8_t some_options(Fuzz *fuzz, DrillVersion version, DrillSpan filter) {
    unsigned options = (unsigned)below(fuzz, 3);
    if (version != DRILL_MQTT_5_0) return (uint8_t)options;
    options |= (unsigned)below(fuzz, 2) << 3 | (unsigned)below(fuzz, 3) << 4;
    if (filter.data[0] != '$' || chance(fuzz, 500)) options |= (unsigned)below(fuzz, 2) << 2;
    return (uint8_t)options;
}

static DrillFilters make_filters(Fuzz *fuzz, DrillBuffer *out, bool with_options,
                                 DrillVersion version) {
    size_t count = 1 + below(fuzz, chance(fuzz, 40) ? 200 : 3);
    for (size_t i = 0; i < count; i++) {
        DrillFilter filter = {.filter = some_filter(fuzz)};
        filter.options = some_options(fuzz, version, filter.filter);
        if (drill_filters_write(out, &filter, with_options) != DRILL_OK) abort();
    }
    return (DrillFilters){.wire = drill_buffer_span(out), .count = (uint32_t)count};
}

/* Mostly what does not end the connection. */
static DrillPacketType some_type(Fuzz *fuzz) {
    static const DrillPacketType harmless[] = {DRILL_PUBLISH,   DRILL_PUBLISH, DRILL_PUBLISH,
                                               DRILL_PUBACK,    DRILL_PUBREC,  DRILL_PUBREL,
                                               DRILL_PUBCOMP,   DRILL_PUBREL,  DRILL_SUBSCRIBE,
                                               DRILL_SUBSCRIBE, DRILL_PINGREQ, DRILL_UNSUBSCRIBE};
    return chance(fuzz, 40) ? (DrillPacketType)(1 + below(fuzz, 15))
                            : harmless[below(fuzz, DRILL_ARRAY_COUNT(harmless))];
}

static void fill_publish(Fuzz *fuzz, DrillPublishPacket *publish, DrillProperties properties) {
    publish->properties = properties;
    publish->qos = (DrillQos)below(fuzz, 3);
    publish->dup = publish->qos != DRILL_QOS_0 && chance(fuzz, 4);
    publish->retain = chance(fuzz, 3);
    publish->packet_identifier = publish->qos == DRILL_QOS_0 ? 0 : some_identifier(fuzz);
    publish->topic = some_topic(fuzz);
    publish->payload = some_payload(fuzz);
    DrillProperty alias;
    if (drill_properties_find(properties, DRILL_TOPIC_ALIAS, &alias) && chance(fuzz, 2))
        publish->topic.size = 0;
}

static void make_packet(Fuzz *fuzz, DrillVersion version, DrillBuffer *out) {
    static const uint8_t reasons[] = {0, 0, 0, 0x10, 0x80, 0x87, 0x92, 0x04, 0x18, 0x19};
    DrillBuffer filters = {.allocator = drill_allocator_malloc()};
    Lists lists = no_lists();
    DrillPacket packet = {.type = some_type(fuzz)};
    bool v5 = version == DRILL_MQTT_5_0;
    uint8_t reason = v5 ? reasons[below(fuzz, sizeof reasons)] : 0;
    if (drill_reason_name((int)packet.type, DRILL_MQTT_5_0, reason) == NULL && !chance(fuzz, 50))
        reason = 0;
    DrillProperties properties = {{NULL, 0}, 0};
    if (v5 && packet.type != DRILL_CONNECT)
        properties = some_properties(fuzz, (int)packet.type, &lists.properties);
    if (packet.type == DRILL_CONNECT) {
        fill_connect(fuzz, &packet.as.connect, version, &lists);
    } else if (packet.type == DRILL_PUBLISH) {
        fill_publish(fuzz, &packet.as.publish, properties);
    } else if (packet.type >= DRILL_PUBACK && packet.type <= DRILL_PUBCOMP) {
        packet.as.ack.packet_identifier = some_identifier(fuzz);
        packet.as.ack.reason_code = reason;
        packet.as.ack.properties = properties;
    } else if (packet.type == DRILL_DISCONNECT || packet.type == DRILL_AUTH) {
        packet.as.reason.reason_code = reason;
        packet.as.reason.properties = properties;
    } else if (packet.type == DRILL_SUBSCRIBE || packet.type == DRILL_UNSUBSCRIBE) {
        packet.as.subscribe.packet_identifier = some_identifier(fuzz);
        packet.as.subscribe.properties = properties;
        packet.as.subscribe.filters =
            make_filters(fuzz, &filters, packet.type == DRILL_SUBSCRIBE, version);
    } else if (packet.type == DRILL_SUBACK || packet.type == DRILL_UNSUBACK) {
        static const uint8_t codes[] = {0, 1, 2, 0x80};
        packet.as.suback.packet_identifier = some_identifier(fuzz);
        if (packet.type == DRILL_SUBACK || v5)
            packet.as.suback.reason_codes = drill_span(codes, 1 + below(fuzz, sizeof codes));
    }
    /* Some cannot be encoded: then there is nothing to send. */
    DRILL_ASSERT(drill_codec_encode(&packet, version, out) == DRILL_OK || out->size == 0);
    drill_buffer_release(&filters);
    release_lists(&lists);
}

static void damage(Fuzz *fuzz, DrillBuffer *bytes) {
    for (size_t changes = 1 + below(fuzz, 3); changes > 0 && bytes->size > 0; changes--) {
        size_t at = below(fuzz, bytes->size);
        if (chance(fuzz, 8)) {
            bytes->size = at;
        } else {
            bytes->data[at] = (uint8_t)(chance(fuzz, 2) ? draw(fuzz) : bytes->data[at] ^ 1u);
        }
    }
}

/* --- steps --- */

static void open_slot(Fuzz *fuzz, Slot *slot) {
    if (slot->connection != NULL) return;
    if (slot->client != NULL) drill_client_closed(slot->client, fuzz->now_ns);
    drill_buffer_clear(&slot->to_broker);
    drill_buffer_clear(&slot->to_client);
    slot->packet_bytes_max = 0;
    slot->connection = drill_broker_accept(fuzz->broker, slot, fuzz->now_ns);
    if (slot->client != NULL && drill_client_opened(slot->client, fuzz->now_ns) != DRILL_OK)
        abort();
    if (slot->client != NULL || chance(fuzz, 100)) return;
    DrillPacket packet = {.type = DRILL_CONNECT};
    Lists lists = no_lists();
    slot->version = some_version(fuzz);
    fill_connect(fuzz, &packet.as.connect, slot->version, &lists);
    if (drill_codec_encode(&packet, slot->version, &slot->to_broker) == DRILL_OK)
        slot->packet_bytes_max = told_maximum(drill_buffer_span(&slot->to_broker));
    if (chance(fuzz, 20)) {
        damage(fuzz, &slot->to_broker);
        slot->packet_bytes_max = told_maximum(drill_buffer_span(&slot->to_broker));
    }
    release_lists(&lists);
}

static void lose_slot(Fuzz *fuzz, Slot *slot) {
    if (slot->connection != NULL) drill_broker_closed(slot->connection, fuzz->now_ns);
    slot->connection = NULL;
    drill_buffer_clear(&slot->to_broker);
    if (slot->client != NULL) drill_client_closed(slot->client, fuzz->now_ns);
    drill_buffer_clear(&slot->to_client);
}

/* The front of the bytes, exactly as large as it is, so that asan sees a read past it. */
static uint8_t *take(Fuzz *fuzz, DrillBuffer *bytes, size_t *size) {
    *size = chance(fuzz, 3) ? 1 + below(fuzz, bytes->size) : bytes->size;
    uint8_t *piece = malloc(*size);
    if (piece == NULL) abort();
    memcpy(piece, bytes->data, *size);
    memmove(bytes->data, bytes->data + *size, bytes->size - *size);
    bytes->size -= *size;
    return piece;
}

static void move_to_broker(Fuzz *fuzz, Slot *slot) {
    size_t size = 0;
    if (slot->to_broker.size == 0) return;
    uint8_t *piece = take(fuzz, &slot->to_broker, &size);
    if (slot->connection != NULL)
        drill_broker_receive(slot->connection, drill_span(piece, size), fuzz->now_ns);
    free(piece);
}

static void move_to_client(Fuzz *fuzz, Slot *slot) {
    size_t size = 0;
    if (slot->client == NULL || slot->to_client.size == 0) return;
    uint8_t *piece = take(fuzz, &slot->to_client, &size);
    if (drill_client_state(slot->client) != DRILL_CLIENT_DOWN)
        drill_client_receive(slot->client, drill_span(piece, size), fuzz->now_ns);
    free(piece);
}

static void send_made(Fuzz *fuzz, Slot *slot) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    DrillBuffer *to = slot->client != NULL ? &slot->to_client : &slot->to_broker;
    make_packet(fuzz, slot->version, &bytes);
    if (chance(fuzz, 25)) damage(fuzz, &bytes);
    /* Clients hear from a hostile server only now and then: they would never get far. */
    if (slot->client == NULL || chance(fuzz, 40)) drill_buffer_put(to, bytes.data, bytes.size);
    drill_buffer_release(&bytes);
}

static void use_client(Fuzz *fuzz, Slot *slot) {
    DrillBuffer filters = {.allocator = drill_allocator_malloc()};
    DrillMessageId message = 0;
    uint16_t identifier = 0;
    bool subscribe = chance(fuzz, 2);
    DrillPublishPacket publish = {.qos = (DrillQos)below(fuzz, 3),
                                  .retain = chance(fuzz, 4),
                                  .topic = some_topic(fuzz),
                                  .payload = some_payload(fuzz)};
    DrillResult result = DRILL_OK;
    switch (below(fuzz, 12)) {
    case 0:
        make_filters(fuzz, &filters, subscribe, slot->version);
        DrillFilters list = {.wire = drill_buffer_span(&filters), .count = 1};
        size_t offset = 0;
        DrillFilter one;
        for (list.count = 0; drill_filters_next(list, subscribe, &offset, &one);)
            list.count++;
        result = subscribe
                     ? drill_client_subscribe(slot->client, list, fuzz->now_ns, &identifier)
                     : drill_client_unsubscribe(slot->client, list, fuzz->now_ns, &identifier);
        break;
    case 1:
        result = drill_client_ping(slot->client, fuzz->now_ns);
        break;
    case 2:
        result = chance(fuzz, 10) ? drill_client_disconnect(slot->client, fuzz->now_ns) : DRILL_OK;
        break;
    case 3:
        if (chance(fuzz, 10)) drill_client_crash(slot->client);
        break;
    case 4:
        result = drill_client_acknowledge(slot->client, fuzz->now_ns);
        break;
    default:
        result = drill_client_publish(slot->client, &publish, fuzz->now_ns, &message);
        break;
    }
    /* 5.0: the broker may have said that it does not take such a thing. */
    bool refused = result == DRILL_INVALID && slot->version == DRILL_MQTT_5_0;
    DRILL_ASSERT(result == DRILL_OK || result == DRILL_BUSY || result == DRILL_TOO_BIG || refused);
    drill_buffer_release(&filters);
}

static void wait(Fuzz *fuzz) {
    static const uint64_t waits_ns[] = {1, DRILL_NS_PER_MS, DRILL_NS_PER_S / 10};
    uint64_t wait_ns = waits_ns[below(fuzz, DRILL_ARRAY_COUNT(waits_ns))];
    /* Long enough for every Keep Alive: seldom, or nothing gets far. */
    if (chance(fuzz, 150)) wait_ns = 40 * DRILL_NS_PER_S;
    uint64_t until_ns = fuzz->now_ns + wait_ns;
    fuzz->now_ns = until_ns;
    if (drill_broker_expiry(fuzz->broker) <= until_ns) {
        drill_broker_handle_expiry(fuzz->broker, until_ns);
        DRILL_ASSERT(drill_broker_expiry(fuzz->broker) > until_ns);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        DrillClient *client = fuzz->slots[i].client;
        if (drill_client_expiry(client) <= until_ns) {
            drill_client_handle_expiry(client, until_ns);
            DRILL_ASSERT(drill_client_expiry(client) > until_ns);
        }
    }
}

static void restart(Fuzz *fuzz) {
    if (chance(fuzz, 4)) drill_broker_shutdown(fuzz->broker, 0x8B, fuzz->now_ns);
    if (chance(fuzz, 2)) drill_broker_lose_records(fuzz->broker, (uint32_t)below(fuzz, 20));
    drill_broker_restart(fuzz->broker, chance(fuzz, 2), fuzz->now_ns);
    for (size_t i = 0; i < SLOTS; i++) {
        fuzz->slots[i].connection = NULL;
        lose_slot(fuzz, &fuzz->slots[i]);
    }
}

static void step(Fuzz *fuzz) {
    Slot *slot = &fuzz->slots[below(fuzz, SLOTS)];
    size_t what = below(fuzz, 100);
    if (slot->connection == NULL && what < 50) {
        open_slot(fuzz, slot);
    } else if (what < 40) {
        slot->client != NULL && !chance(fuzz, 5) ? use_client(fuzz, slot) : send_made(fuzz, slot);
    } else if (what < 70) {
        move_to_broker(fuzz, slot);
    } else if (what < 90) {
        move_to_client(fuzz, slot);
    } else if (what < 95) {
        wait(fuzz);
    } else if (what < 99) {
        if (chance(fuzz, 10)) lose_slot(fuzz, slot);
    } else if (chance(fuzz, 20)) {
        restart(fuzz);
    }
}

/* --- epochs: a new broker and new clients, at times with defects --- */

static DrillDefectSet some_defects(Fuzz *fuzz) {
    DrillDefectSet defects = {{0}};
    if (chance(fuzz, 3)) return defects;
    for (size_t word = 0; word < DRILL_DEFECT_WORDS; word++) {
        if (chance(fuzz, 2)) defects.bits[word] = draw(fuzz) & draw(fuzz) & draw(fuzz) & draw(fuzz);
    }
    return defects;
}

static void configure_5_0(Fuzz *fuzz, DrillBrokerConfig *config) {
    static const DrillAuthMethod *const methods[] = {&drill_auth_reverse};
    static const DrillTopicRule rules[] = {
        {.filter = {(const uint8_t *)"a/#", 3}, .publish = true, .subscribe = true},
        {.filter = {(const uint8_t *)"+", 1}, .publish = true},
        {.filter = {(const uint8_t *)"#", 1}, .subscribe = true}};
    config->auth_methods = methods;
    config->auth_method_count = 1;
    if (chance(fuzz, 6)) config->topic_rules = rules;
    if (config->topic_rules != NULL) config->topic_rule_count = DRILL_ARRAY_COUNT(rules);
    config->queue_policy = (DrillQueuePolicy)below(fuzz, 3);
    config->queue_bytes_max = chance(fuzz, 4) ? below(fuzz, 3000) : 0;
    config->subscriptions_max = (uint32_t)(chance(fuzz, 5) ? below(fuzz, 5) : 0);
    config->retained_max = (uint32_t)(chance(fuzz, 5) ? below(fuzz, 3) : 0);
    config->topic_levels_max = (uint32_t)(chance(fuzz, 8) ? below(fuzz, 4) : 0);
    config->receive_maximum = (uint16_t)(chance(fuzz, 3) ? below(fuzz, 5) : 0);
    config->maximum_packet_size = (uint32_t)(chance(fuzz, 5) ? 50 + below(fuzz, 2000) : 0);
    config->topic_alias_maximum = (uint16_t)below(fuzz, 30);
    config->topic_aliases = (DrillTopicAliases)below(fuzz, 3);
    config->limit_publish_qos = chance(fuzz, 10);
    config->no_retain = chance(fuzz, 10);
    config->no_wildcards = chance(fuzz, 10);
    config->no_shared = chance(fuzz, 10);
    config->no_subscription_ids = chance(fuzz, 10);
    config->unavailable = (DrillUnavailable)below(fuzz, 2);
    config->limit_session_expiry = chance(fuzz, 5);
    config->session_expiry_max_s = (uint32_t)below(fuzz, 100);
    config->tell_no_subscribers = chance(fuzz, 2);
    config->no_reason_strings = chance(fuzz, 4);
    config->share_strategy = (DrillShareStrategy)below(fuzz, 4);
    config->share_moves_on = chance(fuzz, 2);
}

static void begin(Fuzz *fuzz, Ear ears[CLIENTS]) {
    static const char *const names[CLIENTS] = {"c0", "c1", "c2", "c3"};
    DrillBrokerHooks hooks = {.context = fuzz, .send = broker_sends, .close = broker_closes};
    DrillBrokerConfig config = {.overlap = (DrillOverlap)below(fuzz, 2),
                                .qos2_forward = (DrillQos2Forward)below(fuzz, 2),
                                .queue_qos0_offline = chance(fuzz, 2),
                                .queue_messages_max = (uint32_t)below(fuzz, 200),
                                .queue_policy = (DrillQueuePolicy)below(fuzz, 2),
                                .inflight_max = (uint32_t)below(fuzz, 20),
                                .connections_max = (uint32_t)(chance(fuzz, 4) ? 5 : 0),
                                .packet_bytes_max = chance(fuzz, 4) ? 2000 : 0,
                                .retry_ns = chance(fuzz, 3) ? DRILL_NS_PER_S : 0,
                                .first_packet_identifier = (uint16_t)draw(fuzz),
                                .defects = some_defects(fuzz)};
    configure_5_0(fuzz, &config);
    fuzz->oversizes = DRILL_DEFECT(config.defects, B_PACKET_SIZE_IGNORED) ||
                      DRILL_DEFECT(config.defects, B_REASON_STRING_TOO_LARGE);
    if (drill_broker_new(&config, &hooks, fuzz->allocator, &fuzz->broker) != DRILL_OK) abort();
    for (size_t i = 0; i < SLOTS; i++) {
        Slot *slot = &fuzz->slots[i];
        *slot = (Slot){.to_broker.allocator = drill_allocator_malloc(),
                       .to_client.allocator = drill_allocator_malloc(),
                       .version = some_version(fuzz)};
        if (i >= CLIENTS) continue;
        ears[i] = (Ear){fuzz, slot};
        DrillClientHooks ear = {.context = &ears[i],
                                .send = client_sends,
                                .close = client_closes,
                                .message = client_is_handed};
        DrillClientConfig client = {.version = slot->version,
                                    .client_id = drill_span_of(names[i]),
                                    .clean = chance(fuzz, 2),
                                    .keep_alive_s = (uint16_t)below(fuzz, 20),
                                    .auto_ping = chance(fuzz, 2),
                                    .retry_ns = chance(fuzz, 3) ? DRILL_NS_PER_S : 0,
                                    .manual_acks = chance(fuzz, 3),
                                    .first_packet_identifier = (uint16_t)draw(fuzz),
                                    .queue_messages_max = (uint32_t)below(fuzz, 50),
                                    .defects = some_defects(fuzz)};
        if (drill_client_new(&client, &ear, fuzz->allocator, &slot->client) != DRILL_OK) abort();
    }
}

static void end(Fuzz *fuzz) {
    for (size_t i = 0; i < SLOTS; i++) {
        drill_buffer_release(&fuzz->slots[i].to_broker);
        drill_buffer_release(&fuzz->slots[i].to_client);
        if (fuzz->slots[i].client != NULL) drill_client_free(fuzz->slots[i].client);
    }
    drill_broker_free(fuzz->broker);
    DRILL_ASSERT(fuzz->memory == 0);
}

int main(int argc, char **argv) {
    FuzzOptions options = {.seed = 1, .count = 100000};
    static Fuzz fuzz;
    Ear ears[CLIENTS];
    for (int i = 1; i < argc; i++) {
        if (!fuzz_option(&options, argv, &i) || options.plant) {
            fprintf(stderr, "usage: %s [--seed N] [--count N]\n", argv[0]);
            return 2;
        }
    }
    fuzz.random = options.seed;
    fuzz.allocator = (DrillAllocator){.resize = counted, .context = &fuzz};
    for (uint64_t done = 0; done < options.count; done++) {
        if (done % EPOCH_STEPS == 0) begin(&fuzz, ears);
        step(&fuzz);
        if ((done + 1) % EPOCH_STEPS == 0 || done + 1 == options.count) end(&fuzz);
    }
    printf("%llu steps: the broker sent %llu packets and closed for %llu faults; clients were "
           "handed %llu messages; at most %lld KiB of memory\n",
           (unsigned long long)options.count, (unsigned long long)fuzz.sent,
           (unsigned long long)fuzz.faults, (unsigned long long)fuzz.delivered,
           (long long)(fuzz.memory_most >> 10));
    return 0;
}
