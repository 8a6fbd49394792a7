/* Raw nodes: legal traffic without the client's code. They answer whatever comes, resend when they
 * may, and keep no Session. Now and then they send what no server may put up with: offences.c. */
#include "workload.h"

#include <string.h>

void soak_raw_connect(SoakNode *node) {
    const DrillClientConfig *config = &node->config;
    const DrillWill *will = &config->will;
    DrillPacket packet = {
        .type = DRILL_CONNECT,
        .as.connect = {.protocol_level = (uint8_t)node->version,
                       .clean = config->clean,
                       .has_will = config->has_will,
                       .will_retain = config->has_will && will->retain,
                       .will_qos = config->has_will ? will->qos : DRILL_QOS_0,
                       .has_username = config->has_username,
                       .has_password = config->has_password,
                       .username = config->username,
                       .password = config->password,
                       .keep_alive_s = config->keep_alive_s,
                       .properties = config->properties,
                       .client_id = drill_span_of(node->client_id),
                       .will_properties = will->properties,
                       .will_topic = drill_span_of(config->has_will ? node->will_topic : ""),
                       .will_payload = drill_span_of(config->has_will ? node->will_payload : "")}};
    (void)soak_raw_send(node, &packet);
}

void soak_raw_forget(SoakNode *node) {
    drill_buffer_clear(&node->answers);
    /* 5.0: for the next connection, and for none before. */
    if (node->version != DRILL_MQTT_5_0) drill_buffer_clear(&node->unacknowledged);
}

/* What of its packets was answered, and how. */
static void answer(SoakNode *node, DrillPacketType type, uint16_t identifier, bool may_refuse) {
    static const uint8_t refusals[] = {0x80, 0x83, 0x87, 0x97};
    SoakDice *dice = &node->workload->dice;
    DrillPacket packet = {.type = type, .as.ack.packet_identifier = identifier};
    if (node->version == DRILL_MQTT_5_0) {
        soak_list_begin(&node->packet_list, node->workload);
        soak_put_explanation(node, &node->packet_list, true);
        packet.as.ack.properties = soak_list(&node->packet_list);
        if (may_refuse && soak_one_in(dice, 8))
            packet.as.ack.reason_code = refusals[soak_below(dice, DRILL_ARRAY_COUNT(refusals))];
    }
    DrillResult encoded = drill_codec_encode(&packet, node->version, &node->answers);
    DRILL_ASSERT(encoded == DRILL_OK);
}

static void put_again(SoakNode *node, DrillBuffer *out) {
    node->unacknowledged.data[0] |= 0x08;
    drill_buffer_put(out, node->unacknowledged.data, node->unacknowledged.size);
}

static void learn(SoakNode *node, DrillProperties properties) {
    SoakAllowance *allowance = &node->allowance;
    DrillProperty property;
    size_t offset = 0;
    while (drill_properties_next(properties, &offset, &property)) {
        uint32_t number = property.number;
        if (property.id == DRILL_RECEIVE_MAXIMUM) allowance->receive_maximum = number;
        if (property.id == DRILL_MAXIMUM_PACKET_SIZE) allowance->packet_bytes_max = number;
        if (property.id == DRILL_TOPIC_ALIAS_MAXIMUM) allowance->topic_alias_maximum = number;
        if (property.id == DRILL_MAXIMUM_QOS) allowance->qos_max = (DrillQos)number;
        if (property.id == DRILL_RETAIN_AVAILABLE) allowance->no_retain = number == 0;
        if (property.id == DRILL_WILDCARD_SUBSCRIPTION_AVAILABLE)
            allowance->no_wildcards = number == 0;
        if (property.id == DRILL_SUBSCRIPTION_IDENTIFIER_AVAILABLE)
            allowance->no_identifiers = number == 0;
        if (property.id == DRILL_SHARED_SUBSCRIPTION_AVAILABLE) allowance->no_shared = number == 0;
    }
}

static void on_connack(SoakNode *node, const DrillConnackPacket *connack) {
    node->connected = connack->code == 0;
    node->allowance = (SoakAllowance){.receive_maximum = UINT16_MAX, .qos_max = DRILL_QOS_2};
    if (node->version != DRILL_MQTT_5_0 || !node->connected) return;
    learn(node, connack->properties);
    if (node->unacknowledged.size == 0) return;
    bool fits = node->allowance.packet_bytes_max == 0 ||
                node->unacknowledged.size <= node->allowance.packet_bytes_max;
    if (connack->session_present && fits) {
        put_again(node, &node->answers);
        node->allowance.unanswered++;
    } else {
        drill_buffer_clear(&node->unacknowledged);
    }
}

static void on_ack(SoakNode *node, DrillPacketType type, const DrillAckPacket *ack) {
    uint16_t identifier = ack->packet_identifier;
    bool ended = type == DRILL_PUBACK || type == DRILL_PUBCOMP ||
                 (type == DRILL_PUBREC && ack->reason_code >= 0x80);
    if (ended && node->allowance.unanswered > 0) node->allowance.unanswered--;
    /* The identifier of what was refused is free. */
    if (type == DRILL_PUBREC && ended) node->next_identifier = identifier;
    if (type == DRILL_PUBREC && !ended) answer(node, DRILL_PUBREL, identifier, false);
    if (type == DRILL_PUBREL) answer(node, DRILL_PUBCOMP, identifier, false);
    if ((type == DRILL_PUBREC || type == DRILL_PUBACK) &&
        identifier == node->unacknowledged_identifier)
        drill_buffer_clear(&node->unacknowledged);
}

void soak_raw_packet(SoakNode *node, DrillSpan bytes) {
    DrillPacket packet;
    DrillFault fault;
    if (drill_codec_decode(bytes, node->version, &packet, &fault) != DRILL_OK) return;
    const DrillPublishPacket *publish = &packet.as.publish;
    if (packet.type == DRILL_CONNACK) on_connack(node, &packet.as.connack);
    if (packet.type == DRILL_PUBLISH && publish->qos != DRILL_QOS_0 && !node->mute) {
        DrillPacketType type = publish->qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC;
        bool twice = type == DRILL_PUBREC && soak_one_in(&node->workload->dice, 8);
        answer(node, type, publish->packet_identifier, !twice);
        if (twice) answer(node, type, publish->packet_identifier, false);
    }
    if (packet.type >= DRILL_PUBACK && packet.type <= DRILL_PUBCOMP)
        on_ack(node, packet.type, &packet.as.ack);
    if (packet.type == DRILL_AUTH) soak_challenge(node, &packet.as.reason);
}

void soak_raw_flush(SoakNode *node) {
    if (node->answers.size == 0) return;
    /* BUSY: the connection is gone, and with it what it was owed. */
    DrillResult sent = drill_world_raw_send(node->client, drill_buffer_span(&node->answers));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
    drill_buffer_clear(&node->answers);
}

/* A message that this connection cannot be named by again is not sent again. */
static void keep(SoakNode *node, const DrillPublishPacket *publish, DrillSpan bytes) {
    DrillProperty property;
    if (publish->qos == DRILL_QOS_0 ||
        drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &property))
        return;
    drill_buffer_clear(&node->unacknowledged);
    drill_buffer_put(&node->unacknowledged, bytes.data, bytes.size);
    node->unacknowledged_identifier = publish->packet_identifier;
}

/* Now and then in two pieces. False: larger than the server takes, and not sent. */
bool soak_raw_send(SoakNode *node, const DrillPacket *packet) {
    SoakDice *dice = &node->workload->dice;
    DrillBuffer bytes = {.allocator = node->workload->allocator};
    DrillResult encoded = drill_codec_encode(packet, node->version, &bytes);
    DRILL_ASSERT(encoded == DRILL_OK);
    size_t first = bytes.size;
    uint32_t max = node->allowance.packet_bytes_max;
    if (packet->type != DRILL_CONNECT && max > 0 && bytes.size > max) {
        drill_buffer_release(&bytes);
        return false;
    }
    if (soak_one_in(dice, 3)) first = 1 + (size_t)soak_below(dice, bytes.size - 1);
    DrillResult sent = drill_world_raw_send(node->client, drill_span(bytes.data, first));
    if (sent == DRILL_OK && first < bytes.size)
        sent =
            drill_world_raw_send(node->client, drill_span(bytes.data + first, bytes.size - first));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
    if (sent == DRILL_OK && packet->type == DRILL_PUBLISH)
        keep(node, &packet->as.publish, drill_buffer_span(&bytes));
    drill_buffer_release(&bytes);
    return true;
}

void soak_raw_publish(SoakNode *node, DrillPublishPacket *message) {
    SoakAllowance *allowance = &node->allowance;
    if (!node->connected) return;
    if (message->qos > allowance->qos_max) message->qos = allowance->qos_max;
    if (allowance->no_retain) message->retain = false;
    if (message->qos != DRILL_QOS_0) {
        if (allowance->unanswered >= allowance->receive_maximum) return;
        allowance->unanswered++;
        message->packet_identifier = node->next_identifier++;
        if (node->next_identifier == 0) node->next_identifier = 1;
    }
    DrillPacket packet = {.type = DRILL_PUBLISH, .as.publish = *message};
    if (!soak_raw_send(node, &packet) && message->qos != DRILL_QOS_0) allowance->unanswered--;
}

/* 3.1.1 allows resending within a connection. */
void soak_raw_again(SoakNode *node) {
    DrillBuffer again = {.allocator = node->workload->allocator};
    if (node->unacknowledged.size == 0 || node->version == DRILL_MQTT_5_0) return;
    put_again(node, &again);
    DrillResult sent = drill_world_raw_send(node->client, drill_buffer_span(&again));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
    drill_buffer_release(&again);
}
