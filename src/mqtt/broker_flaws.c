#include "mqtt/broker_flaws.h"

#include <string.h>

#include "mqtt/topic.h"

#define SUBSCRIPTION_ID_MAX 268435455u
#define PROPERTY_BYTES_MAX  ((size_t)1 + 2 * (2 + 65535))

/* --- what is malformed and let pass --- */

static bool clear_bits(DrillBuffer *bytes, size_t at, uint8_t bits) {
    bytes->data[at] = (uint8_t)(bytes->data[at] & ~bits);
    return true;
}

static bool clear_reserved_flag(DrillBuffer *bytes, size_t at) {
    return clear_bits(bytes, at, 0x01);
}

static bool clear_will_retain(DrillBuffer *bytes, size_t at) {
    return clear_bits(bytes, at, 0x20);
}

static bool clear_reserved_options(DrillBuffer *bytes, size_t at) {
    return clear_bits(bytes, at, 0xC0);
}

static bool clear_no_local(DrillBuffer *bytes, size_t at) {
    return clear_bits(bytes, at, 0x04);
}

static bool write_name(DrillBuffer *bytes, size_t at) {
    if (at + 6 > bytes->size || bytes->data[at] != 0 || bytes->data[at + 1] != 4) return false;
    memcpy(bytes->data + at + 2, "MQTT", 4);
    return true;
}

/* What the property at the front takes, wherever it belongs; 0: it is not whole. */
static size_t property_size(DrillSpan bytes) {
    DrillFault fault;
    for (size_t size = 2; size <= bytes.size && size <= PROPERTY_BYTES_MAX; size++) {
        DrillProperties list = {drill_span(bytes.data, size), 1};
        for (int place = DRILL_PROPERTIES_OF_WILL; place <= DRILL_AUTH; place++) {
            if (drill_properties_check(list, place, &fault) == DRILL_OK) return size;
        }
    }
    return 0;
}

/* What takes five bytes or more is as long as some User Property. */
static bool blank_property(DrillBuffer *bytes, size_t at) {
    size_t size = property_size(drill_span(bytes->data + at, bytes->size - at));
    if (size < 5) return false;
    uint8_t *data = bytes->data + at;
    memset(data, 'x', size);
    data[0] = DRILL_USER_PROPERTY;
    data[1] = data[2] = 0;
    data[3] = (uint8_t)((size - 5) >> 8);
    data[4] = (uint8_t)(size - 5);
    return true;
}

typedef struct Tolerated {
    DrillDefectId defect;
    int type; /* packet type; 0: any */
    const char *v3, *v5;
    const char *text;                              /* where the rule has no number */
    bool (*repair)(DrillBuffer *bytes, size_t at); /* NULL: the packet is dropped */
} Tolerated;

#define ROW(id) DRILL_DEFECT_##id

/* clang-format off */
static const Tolerated tolerated[] = {
    {ROW(B_RESERVED_CONNECT_FLAG_ACCEPTED), DRILL_CONNECT, "v3:MQTT-3.1.2-3", "v5:MQTT-3.1.2-3", "", clear_reserved_flag},
    {ROW(B_WILL_RETAIN_UNCHECKED), DRILL_CONNECT, "v3:MQTT-3.1.2-15", "v5:MQTT-3.1.2-13", "", clear_will_retain},
    {ROW(B_PROTOCOL_NAME_UNCHECKED), DRILL_CONNECT, "v3:MQTT-3.1.2-1", "v5:MQTT-3.1.2-1", "", write_name},
    {ROW(B_UTF8_UNCHECKED), 0, "v3:MQTT-1.5.3-1", "v5:MQTT-1.5.4-1", "", NULL},
    {ROW(B_UTF8_UNCHECKED), 0, "v3:MQTT-1.5.3-2", "v5:MQTT-1.5.4-2", "", NULL},
    {ROW(B_QOS3_ACCEPTED), DRILL_PUBLISH, "v3:MQTT-3.3.1-4", "v5:MQTT-3.3.1-4", "", NULL},
    {ROW(B_TOPIC_WILDCARD_ACCEPTED), DRILL_PUBLISH, "v3:MQTT-3.3.2-2", "v5:MQTT-3.3.2-2", "", NULL},
    {ROW(B_EMPTY_SUBSCRIBE_ACCEPTED), 0, "v3:MQTT-3.8.3-3", "v5:MQTT-3.8.3-2", "", NULL},
    {ROW(B_EMPTY_SUBSCRIBE_ACCEPTED), 0, "v3:MQTT-3.10.3-2", "v5:MQTT-3.10.3-2", "", NULL},
    {ROW(B_BAD_FILTER_ACCEPTED), 0, "v3:MQTT-4.7.1-2", "v5:MQTT-4.7.1-1", "", NULL},
    {ROW(B_BAD_FILTER_ACCEPTED), 0, "v3:MQTT-4.7.1-3", "v5:MQTT-4.7.1-2", "", NULL},
    {ROW(B_PACKET_ID_ZERO_ACCEPTED), 0, "v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3", "", NULL},
    {ROW(B_SUBSCRIBE_QOS3_ACCEPTED), DRILL_SUBSCRIBE, "v3:MQTT-3.8.3-4", "", "Maximum QoS is 3", NULL},
    {ROW(B_RETAIN_HANDLING_3_ACCEPTED), DRILL_SUBSCRIBE, "", "", "Retain Handling is 3", NULL},
    {ROW(B_SUBOPTION_RESERVED_BITS), DRILL_SUBSCRIBE, "", "v5:MQTT-3.8.3-5", "", clear_reserved_options},
    {ROW(B_SHARED_NOLOCAL_ACCEPTED), DRILL_SUBSCRIBE, "", "v5:MQTT-3.8.3-4", "", clear_no_local},
    {ROW(B_SHARENAME_UNCHECKED), 0, "", "v5:MQTT-4.8.2-1", "", NULL},
    {ROW(B_SHARENAME_UNCHECKED), 0, "", "v5:MQTT-4.8.2-2", "", NULL},
    {ROW(B_ALIAS_ZERO_ACCEPTED), DRILL_PUBLISH, "", "v5:MQTT-3.3.2-8", "", NULL},
    {ROW(B_SUBID_ZERO_ACCEPTED), DRILL_SUBSCRIBE, "", "", "this property is not 0", NULL},
    {ROW(B_DUPLICATE_PROPERTY_ACCEPTED), 0, "", "", "this property stands more than once", blank_property},
    {ROW(B_MISPLACED_PROPERTY_ACCEPTED), 0, "", "", "this property does not belong in this packet", blank_property},
    {ROW(B_UNKNOWN_PROPERTY_ACCEPTED), 0, "", "", "no property has this identifier", NULL},
    {ROW(B_RESPONSE_TOPIC_WILDCARD), DRILL_PUBLISH, "", "v5:MQTT-3.3.2-14", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-2.2.2-1", "v5:MQTT-2.1.3-1", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-2.2.2-2", "v5:MQTT-3.15.1-1", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-3.6.1-1", "v5:MQTT-3.6.1-1", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-3.8.1-1", "v5:MQTT-3.8.1-1", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-3.10.1-1", "v5:MQTT-3.10.1-1", "", NULL},
    {ROW(B_FIXED_HEADER_FLAGS_IGNORED), 0, "v3:MQTT-3.14.1-1", "v5:MQTT-3.14.1-1", "", NULL},
};
/* clang-format on */

static bool says(const Tolerated *row, const DrillFault *fault) {
    if (fault->statement == NULL)
        return row->text[0] != '\0' && fault->text != NULL && strcmp(fault->text, row->text) == 0;
    return strcmp(fault->statement, row->v3) == 0 || strcmp(fault->statement, row->v5) == 0;
}

static const Tolerated *find_tolerated(const DrillBroker *broker, DrillSpan bytes,
                                       const DrillFault *fault) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(tolerated); i++) {
        const Tolerated *row = &tolerated[i];
        bool fits = row->type == 0 || (bytes.size > 0 && bytes.data[0] >> 4 == row->type);
        if (fits && drill_defect_is_on(&broker->config.defects, row->defect) && says(row, fault))
            return row;
    }
    return NULL;
}

DrillTolerance drill_flaws_tolerate(DrillBroker *broker, DrillSpan *bytes,
                                    const DrillFault *fault) {
    const Tolerated *row = find_tolerated(broker, *bytes, fault);
    if (row == NULL) return DRILL_TOLERATE_NOT;
    if (row->repair == NULL) return DRILL_TOLERATE_DROPPED;
    DrillBuffer *copy = &broker->repaired;
    if (bytes->data != copy->data) { /* a packet may have two faults */
        drill_buffer_clear(copy);
        drill_buffer_put(copy, bytes->data, bytes->size);
    }
    *bytes = drill_buffer_span(copy);
    return row->repair(copy, fault->offset) ? DRILL_TOLERATE_REPAIRED : DRILL_TOLERATE_DROPPED;
}

/* --- properties --- */

bool drill_flaws_in_properties(const DrillBroker *broker) {
    static const DrillDefectId ids[] = {
        ROW(B_EXPIRY_NOT_DECREMENTED),
        ROW(B_EXPIRY_LOST),
        ROW(B_SUBID_MISSING),
        ROW(B_SUBID_DROPPED),
        ROW(B_SUBID_WRONG),
        ROW(B_SUBID_FIRST_ONLY),
        ROW(B_USER_PROPERTIES_REVERSED),
        ROW(B_USER_PROPERTIES_DROPPED),
        ROW(B_PAYLOAD_FORMAT_DROPPED),
        ROW(B_USER_PROPERTIES_DEDUPLICATED),
        ROW(B_CONTENT_TYPE_DROPPED),
        ROW(B_RESPONSE_TOPIC_DROPPED),
        ROW(B_CORRELATION_DATA_DROPPED),
        ROW(B_CORRELATION_DATA_CUT),
        ROW(B_RETAINED_PROPS_DROPPED),
        ROW(B_WILL_PROPERTIES_DROPPED),
        ROW(B_WILL_DELAY_PROPERTY_LEAKS),
        ROW(B_WILL_USER_PROPERTIES_REVERSED),
        ROW(B_ALIAS_FORWARDED),
        ROW(B_ALIAS_ZERO),
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(ids); i++) {
        if (drill_defect_is_on(&broker->config.defects, ids[i])) return true;
    }
    return false;
}

/* A defect that loses one property of a message, whoever has it. */
static bool is_lost(const DrillBroker *broker, DrillPropertyId id) {
    static const struct {
        DrillPropertyId property;
        DrillDefectId defect;
    } rows[] = {{DRILL_USER_PROPERTY, ROW(B_USER_PROPERTIES_DROPPED)},
                {DRILL_PAYLOAD_FORMAT_INDICATOR, ROW(B_PAYLOAD_FORMAT_DROPPED)},
                {DRILL_CONTENT_TYPE, ROW(B_CONTENT_TYPE_DROPPED)},
                {DRILL_RESPONSE_TOPIC, ROW(B_RESPONSE_TOPIC_DROPPED)},
                {DRILL_CORRELATION_DATA, ROW(B_CORRELATION_DATA_DROPPED)},
                {DRILL_MESSAGE_EXPIRY_INTERVAL, ROW(B_EXPIRY_LOST)},
                {DRILL_SUBSCRIPTION_IDENTIFIER, ROW(B_SUBID_DROPPED)}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (rows[i].property == id && drill_defect_is_on(&broker->config.defects, rows[i].defect))
            return true;
    }
    return false;
}

static bool is_of_message(DrillPropertyId id) {
    return id == DRILL_USER_PROPERTY || id == DRILL_PAYLOAD_FORMAT_INDICATOR ||
           id == DRILL_CONTENT_TYPE || id == DRILL_RESPONSE_TOPIC || id == DRILL_CORRELATION_DATA;
}

static bool is_will(const DrillExchange *exchange) {
    return exchange->message->publisher == 0;
}

static bool name_came_before(DrillProperties properties, const DrillProperty *property,
                             size_t before) {
    size_t offset = 0;
    DrillProperty other;
    while (offset < before && drill_properties_next(properties, &offset, &other)) {
        if (offset < before && other.id == DRILL_USER_PROPERTY &&
            drill_span_equal(other.name, property->name))
            return true;
    }
    return false;
}

/* `end`: where the property ends in the list. */
static bool is_left_out(const DrillBroker *broker, const DrillExchange *exchange,
                        DrillProperties all, const DrillProperty *property, size_t end) {
    bool of_message = is_of_message(property->id);
    if (is_lost(broker, property->id)) return true;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_PROPS_DROPPED) && of_message && exchange->retain)
        return true;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_PROPERTIES_DROPPED) && of_message && is_will(exchange))
        return true;
    if (DRILL_BROKER_DEFECT(broker, B_SUBID_MISSING) &&
        property->id == DRILL_SUBSCRIPTION_IDENTIFIER && (exchange->retain || exchange->share != 0))
        return true;
    return DRILL_BROKER_DEFECT(broker, B_USER_PROPERTIES_DEDUPLICATED) &&
           property->id == DRILL_USER_PROPERTY && name_came_before(all, property, end);
}

static void change(const DrillBroker *broker, const DrillExchange *exchange,
                   DrillProperty *property) {
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRY_NOT_DECREMENTED) &&
        property->id == DRILL_MESSAGE_EXPIRY_INTERVAL)
        property->number = exchange->message->expiry_s;
    if (DRILL_BROKER_DEFECT(broker, B_SUBID_WRONG) && property->id == DRILL_SUBSCRIPTION_IDENTIFIER)
        property->number = property->number % SUBSCRIPTION_ID_MAX + 1;
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_ZERO) && property->id == DRILL_TOPIC_ALIAS)
        property->number = 0;
    if (!DRILL_BROKER_DEFECT(broker, B_CORRELATION_DATA_CUT) ||
        property->id != DRILL_CORRELATION_DATA || property->value.size == 0)
        return;
    const void *zero = memchr(property->value.data, 0, property->value.size);
    if (zero != NULL) property->value.size = (size_t)((const uint8_t *)zero - property->value.data);
}

static void add(DrillBuffer *out, DrillProperties *list, const DrillProperty *property) {
    DrillResult written = drill_properties_write(out, property);
    DRILL_ASSERT(written == DRILL_OK);
    list->count++;
}

static void add_number(DrillBuffer *out, DrillProperties *list, DrillPropertyId id,
                       uint32_t number) {
    DrillProperty property = {.id = id, .number = number};
    add(out, list, &property);
}

/* The User Properties, the last first. */
static void add_reversed(DrillBuffer *out, DrillProperties *list, DrillProperties from) {
    for (uint32_t left = from.count; left > 0; left--) {
        size_t offset = 0;
        DrillProperty property = {0};
        for (uint32_t i = 0; i < left; i++)
            (void)drill_properties_next(from, &offset, &property);
        if (property.id == DRILL_USER_PROPERTY) add(out, list, &property);
    }
}

DrillProperties drill_flawed_properties(DrillBroker *broker, const DrillExchange *exchange,
                                        DrillProperties properties) {
    DrillBuffer *out = &broker->flawed;
    DrillProperties list = {{NULL, 0}, 0};
    bool reversed =
        DRILL_BROKER_DEFECT(broker, B_USER_PROPERTIES_REVERSED) ||
        (DRILL_BROKER_DEFECT(broker, B_WILL_USER_PROPERTIES_REVERSED) && is_will(exchange));
    bool aliased = false, named = false;
    size_t offset = 0;
    DrillProperty property;
    drill_buffer_clear(out);
    while (drill_properties_next(properties, &offset, &property)) {
        bool id = property.id == DRILL_SUBSCRIPTION_IDENTIFIER;
        aliased = aliased || property.id == DRILL_TOPIC_ALIAS;
        if (is_left_out(broker, exchange, properties, &property, offset)) continue;
        if (DRILL_BROKER_DEFECT(broker, B_SUBID_FIRST_ONLY) && id && named) continue;
        named = named || id;
        if (reversed && property.id == DRILL_USER_PROPERTY) continue;
        change(broker, exchange, &property);
        add(out, &list, &property);
    }
    if (reversed) add_reversed(out, &list, properties);
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_FORWARDED) && !aliased && exchange->message->alias != 0)
        add_number(out, &list, DRILL_TOPIC_ALIAS, exchange->message->alias);
    if (DRILL_BROKER_DEFECT(broker, B_WILL_DELAY_PROPERTY_LEAKS) &&
        exchange->message->will_delay_s != 0)
        add_number(out, &list, DRILL_WILL_DELAY_INTERVAL, exchange->message->will_delay_s);
    list.wire = drill_buffer_span(out);
    return list;
}

/* --- Reason Codes --- */

#define NO_SUCH_CODE 0x55

static const struct {
    DrillDefectId defect;
    DrillPacketType type;
} codes[] = {{ROW(B_PUBACK_INVALID_CODE), DRILL_PUBACK},
             {ROW(B_PUBREC_INVALID_CODE), DRILL_PUBREC},
             {ROW(B_PUBREL_INVALID_CODE), DRILL_PUBREL},
             {ROW(B_PUBCOMP_INVALID_CODE), DRILL_PUBCOMP},
             {ROW(B_SUBACK_INVALID_CODE), DRILL_SUBACK},
             {ROW(B_UNSUBACK_INVALID_CODE), DRILL_UNSUBACK},
             {ROW(B_DISCONNECT_INVALID_CODE), DRILL_DISCONNECT},
             {ROW(B_CONNACK_INVALID_CODE), DRILL_CONNACK}};

bool drill_flaws_in_codes(const DrillBroker *broker) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(codes); i++) {
        if (drill_defect_is_on(&broker->config.defects, codes[i].defect)) return true;
    }
    return false;
}

/* Refusals in the other version's words. */
static void change_connack(DrillVersion version, DrillConnackPacket *connack) {
    if (connack->code != 0)
        connack->code =
            version == DRILL_MQTT_5_0 ? DRILL_RETURN_NOT_AUTHORIZED : DRILL_REASON_NOT_AUTHORIZED;
}

void drill_flawed_code(DrillBroker *broker, DrillVersion version, DrillPacket *packet) {
    bool wrong = false;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(codes); i++)
        wrong = wrong || (packet->type == codes[i].type &&
                          drill_defect_is_on(&broker->config.defects, codes[i].defect));
    if (!wrong) return;
    if (packet->type == DRILL_CONNACK) {
        change_connack(version, &packet->as.connack);
    } else if (packet->type == DRILL_SUBACK || packet->type == DRILL_UNSUBACK) {
        if (broker->codes.size > 0) broker->codes.data[0] = NO_SUCH_CODE;
    } else if (packet->type == DRILL_DISCONNECT) {
        packet->as.reason.reason_code = NO_SUCH_CODE;
    } else if (version == DRILL_MQTT_5_0) {
        packet->as.ack.reason_code = NO_SUCH_CODE;
    }
}

/* --- wills --- */

void drill_flawed_will_keep(DrillBrokerConnection *connection) {
    DrillBroker *broker = connection->broker;
    if (connection->will == NULL || connection->session == NULL) return;
    drill_message_release(broker->old_will);
    broker->old_will = drill_will_take(connection);
    broker->old_will_session = connection->session->serial;
    broker->old_will_connection = connection->serial;
}

void drill_flawed_will_back(DrillBrokerConnection *connection, const DrillSession *session) {
    DrillBroker *broker = connection->broker;
    if (broker->old_will == NULL || connection->will != NULL ||
        broker->old_will_session != session->serial ||
        broker->old_will_connection == connection->serial)
        return;
    connection->will = broker->old_will;
    connection->will_delay_s = 0;
    broker->old_will = NULL;
}

/* --- answers --- */

static void answer_if_it_fits(DrillBrokerConnection *connection, const DrillPacket *packet,
                              uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    drill_buffer_clear(&broker->out);
    if (drill_codec_encode(packet, connection->version, &broker->out) != DRILL_OK) return;
    if (connection->packet_bytes_max == 0 || broker->out.size <= connection->packet_bytes_max)
        drill_broker_send_out(connection, now_ns);
}

void drill_flawed_refused(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillPacket packet;
    DrillFault fault;
    if (drill_codec_decode(bytes, connection->version, &packet, &fault) != DRILL_OK ||
        packet.type != DRILL_SUBSCRIBE)
        return;
    DrillPacket answer = {.type = DRILL_SUBACK};
    answer.as.suback.packet_identifier = packet.as.subscribe.packet_identifier;
    drill_buffer_clear(&broker->codes);
    for (size_t i = 0; i < packet.as.subscribe.filters.count; i++)
        drill_buffer_put_byte(&broker->codes, DRILL_REASON_UNSPECIFIED_ERROR);
    answer.as.suback.reason_codes = drill_buffer_span(&broker->codes);
    answer_if_it_fits(connection, &answer, now_ns);
}

void drill_flawed_answers(DrillBrokerConnection *connection, DrillPacket packet, size_t count,
                          uint64_t now_ns) {
    DrillSpan all = packet.as.suback.reason_codes;
    for (size_t i = 0; i < count && !connection->ended; i++) {
        if (all.size > 0) packet.as.suback.reason_codes = drill_span(all.data + i, 1);
        answer_if_it_fits(connection, &packet, now_ns);
    }
}

/* --- subscriptions --- */

void drill_flawed_unsubscribe(DrillBroker *broker, DrillSession *session, DrillSpan filter) {
    DrillSubscription *subscription = session->first_subscription, *next;
    for (; subscription != NULL; subscription = next) {
        next = subscription->next_of_session;
        if (drill_topic_covers(filter, subscription->filter))
            drill_session_unsubscribe(&broker->sessions, subscription);
    }
}
