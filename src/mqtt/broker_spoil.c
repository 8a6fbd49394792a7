/* Defects that spoil what is sent: the packet is made as it should be, and then its bytes are
 * changed. Nothing here is called unless one of them is switched on. */
#include <string.h>

#include "mqtt/broker_flaws.h"

#define NOT_UTF8      0xff
#define NO_SUCH_CODE  0x55
#define SHORT_PACKET  127u /* longest Remaining Length of one byte */
#define ONE_BYTE_MORE 0x80

/* A packet in broker->out. `at`: its variable header. */
typedef struct Spoiled {
    DrillBuffer *out;
    DrillPacket packet; /* as it was; its spans point into `out` */
    size_t at;
    size_t bytes_max; /* Maximum Packet Size of the client; 0: none */
} Spoiled;

static uint8_t *inside(const Spoiled *spoiled, DrillSpan span) {
    return spoiled->out->data + (span.data - spoiled->out->data);
}

/* Only packets whose Remaining Length stays one byte, and which the client still takes. */
static bool insert(const Spoiled *spoiled, size_t at, uint8_t byte) {
    DrillBuffer *out = spoiled->out;
    if (spoiled->at != 2 || out->data[1] >= SHORT_PACKET) return false;
    if (spoiled->bytes_max != 0 && out->size >= spoiled->bytes_max) return false;
    drill_buffer_put_byte(out, 0);
    memmove(out->data + at + 1, out->data + at, out->size - 1 - at);
    out->data[at] = byte;
    return true;
}

static void reserved_flags(const Spoiled *spoiled) {
    spoiled->out->data[0] |= 0x01;
}

static void qos3(const Spoiled *spoiled) {
    spoiled->out->data[0] |= 0x06;
}

static void set_first(const Spoiled *spoiled, DrillSpan text, uint8_t byte) {
    if (text.size > 0) inside(spoiled, text)[0] = byte;
}

static void wildcard(const Spoiled *spoiled) {
    set_first(spoiled, spoiled->packet.as.publish.topic, '+');
}

static void not_utf8(const Spoiled *spoiled) {
    set_first(spoiled, spoiled->packet.as.publish.topic, NOT_UTF8);
}

static void zero_character(const Spoiled *spoiled) {
    set_first(spoiled, spoiled->packet.as.publish.topic, 0);
}

static void lower_topic(const Spoiled *spoiled) {
    DrillSpan topic = spoiled->packet.as.publish.topic;
    for (size_t i = 0; i < topic.size; i++) {
        uint8_t *byte = inside(spoiled, topic) + i;
        if (*byte >= 'A' && *byte <= 'Z') *byte = (uint8_t)(*byte + ('a' - 'A'));
    }
}

static void empty_topic(const Spoiled *spoiled) {
    DrillBuffer *out = spoiled->out;
    size_t size = spoiled->packet.as.publish.topic.size;
    if (spoiled->at != 2 || size == 0) return;
    uint8_t *topic = inside(spoiled, spoiled->packet.as.publish.topic);
    topic[-2] = topic[-1] = 0;
    memmove(topic, topic + size, out->size - (size_t)(topic - out->data) - size);
    out->size -= size;
    out->data[1] = (uint8_t)(out->data[1] - size);
}

/* What stands where a Packet Identifier would: at the head of the payload, if there are no
 * properties. */
static void identifier_at_qos0(const Spoiled *spoiled) {
    const DrillPublishPacket *publish = &spoiled->packet.as.publish;
    if (publish->qos != DRILL_QOS_0 || publish->topic.size == 0) return;
    size_t at =
        (size_t)(inside(spoiled, publish->topic) - spoiled->out->data) + publish->topic.size;
    if (insert(spoiled, at, 1)) spoiled->out->data[1]++;
    if (insert(spoiled, at, 0)) spoiled->out->data[1]++;
}

static void long_length(const Spoiled *spoiled) {
    if (!insert(spoiled, 2, 0)) return;
    spoiled->out->data[1] |= ONE_BYTE_MORE;
}

static void no_property_length(const Spoiled *spoiled) {
    DrillBuffer *out = spoiled->out;
    out->data[1] = 2;
    memmove(out->data + 2, out->data + spoiled->at, 2);
    out->size = 4;
}

static void identifier_zero(const Spoiled *spoiled) {
    uint8_t *data = spoiled->out->data + spoiled->at;
    data[0] = data[1] = 0;
}

static void cut_end(const Spoiled *spoiled, size_t size) {
    if (spoiled->at != 2 || spoiled->out->size < spoiled->at + size) return;
    spoiled->out->size -= size;
    spoiled->out->data[1] = (uint8_t)(spoiled->out->data[1] - size);
}

static void no_codes(const Spoiled *spoiled) {
    cut_end(spoiled, spoiled->packet.as.suback.reason_codes.size);
}

/* The Reason Code is left. */
static void only_code(const Spoiled *spoiled) {
    cut_end(spoiled, spoiled->out->size - spoiled->at - 1);
}

static void auth_code(const Spoiled *spoiled) {
    if (spoiled->at < spoiled->out->size) spoiled->out->data[spoiled->at] = NO_SUCH_CODE;
}

static void spoil_property(const Spoiled *spoiled, DrillPropertyId id, uint8_t byte) {
    size_t offset = 0;
    DrillProperty property;
    while (drill_properties_next(spoiled->packet.as.publish.properties, &offset, &property)) {
        if (property.id != id) continue;
        set_first(spoiled, id == DRILL_USER_PROPERTY ? property.name : property.value, byte);
    }
}

static void content_type(const Spoiled *spoiled) {
    spoil_property(spoiled, DRILL_CONTENT_TYPE, NOT_UTF8);
}

static void response_topic(const Spoiled *spoiled) {
    spoil_property(spoiled, DRILL_RESPONSE_TOPIC, NOT_UTF8);
}

static void response_wildcard(const Spoiled *spoiled) {
    spoil_property(spoiled, DRILL_RESPONSE_TOPIC, '+');
}

static void user_property(const Spoiled *spoiled) {
    spoil_property(spoiled, DRILL_USER_PROPERTY, NOT_UTF8);
}

#define ROW(id) DRILL_DEFECT_##id

static const struct {
    DrillDefectId defect;
    DrillPacketType type;
    bool v5_only;
    void (*spoil)(const Spoiled *spoiled);
} rows[] = {
    {ROW(B_SENDS_RESERVED_FLAGS), DRILL_PUBACK, false, reserved_flags},
    {ROW(B_SENDS_QOS3), DRILL_PUBLISH, false, qos3},
    {ROW(B_SENDS_WILDCARD), DRILL_PUBLISH, false, wildcard},
    {ROW(B_SENDS_NOT_UTF8), DRILL_PUBLISH, false, not_utf8},
    {ROW(B_SENDS_ZERO_CHARACTER), DRILL_PUBLISH, false, zero_character},
    {ROW(B_SENDS_EMPTY_TOPIC), DRILL_PUBLISH, false, empty_topic},
    {ROW(B_TOPIC_LOWERED), DRILL_PUBLISH, false, lower_topic},
    {ROW(B_QOS0_WITH_IDENTIFIER), DRILL_PUBLISH, false, identifier_at_qos0},
    {ROW(B_SENDS_LONG_LENGTH), DRILL_SUBACK, true, long_length},
    {ROW(B_SENDS_NO_PROPERTY_LENGTH), DRILL_CONNACK, true, no_property_length},
    {ROW(B_SENDS_AUTH_FLAGS), DRILL_AUTH, true, reserved_flags},
    {ROW(B_SENDS_AUTH_CODE), DRILL_AUTH, true, auth_code},
    {ROW(B_PUBACK_ID_ZERO), DRILL_PUBACK, false, identifier_zero},
    {ROW(B_SUBACK_ID_ZERO), DRILL_SUBACK, false, identifier_zero},
    {ROW(B_SUBACK_NO_CODES), DRILL_SUBACK, false, no_codes},
    {ROW(B_AUTH_METHOD_LEFT_OUT), DRILL_AUTH, true, only_code},
    {ROW(B_CONTENT_TYPE_NOT_UTF8), DRILL_PUBLISH, true, content_type},
    {ROW(B_RESPONSE_TOPIC_NOT_UTF8), DRILL_PUBLISH, true, response_topic},
    {ROW(B_RESPONSE_TOPIC_SENT_WILD), DRILL_PUBLISH, true, response_wildcard},
    {ROW(B_USER_PROPERTY_NOT_UTF8), DRILL_PUBLISH, true, user_property},
};

bool drill_flaws_in_bytes(const DrillBroker *broker) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (drill_defect_is_on(&broker->config.defects, rows[i].defect)) return true;
    }
    return false;
}

void drill_spoil(DrillBrokerConnection *connection) {
    DrillBroker *broker = connection->broker;
    DrillBuffer *out = &broker->out;
    bool v5 = drill_broker_is_5_0(connection);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        bool concerned = out->data[0] >> 4 == rows[i].type && (v5 || !rows[i].v5_only);
        if (!concerned || !drill_defect_is_on(&broker->config.defects, rows[i].defect)) continue;
        Spoiled spoiled = {.out = out, .at = 1, .bytes_max = connection->packet_bytes_max};
        DrillFault fault;
        /* Spoiled by another one already: that will do. */
        if (drill_codec_decode(drill_buffer_span(out), connection->version, &spoiled.packet,
                               &fault) != DRILL_OK)
            return;
        while ((out->data[spoiled.at] & ONE_BYTE_MORE) != 0)
            spoiled.at++;
        spoiled.at++;
        rows[i].spoil(&spoiled);
    }
}
