/* What a client sends: packets, repetitions, answers. */
#include "mqtt/client_state.h"

#include "base/arena.h"
#include "mqtt/topic.h"

static void send_out(DrillClient *client, uint64_t now_ns) {
    client->last_sent_ns = now_ns;
    client->hooks.send(client->hooks.context, drill_buffer_span(&client->out), now_ns);
}

static void encode(DrillClient *client, const DrillPacket *packet) {
    drill_buffer_clear(&client->out);
    DrillResult result = drill_codec_encode(packet, client->config.version, &client->out);
    DRILL_ASSERT(result == DRILL_OK);
}

void drill_client_send(DrillClient *client, const DrillPacket *packet, uint64_t now_ns) {
    encode(client, packet);
    send_out(client, now_ns);
}

void drill_client_send_ack(DrillClient *client, DrillPacketType type, uint16_t packet_identifier,
                           uint64_t now_ns) {
    DrillPacket packet = {.type = type, .as.ack = {.packet_identifier = packet_identifier}};
    drill_client_send(client, &packet, now_ns);
}

void drill_client_send_connect(DrillClient *client, uint64_t now_ns) {
    const DrillClientConfig *config = &client->config;
    DrillPacket packet = {.type = DRILL_CONNECT,
                          .as.connect = {.protocol_level = (uint8_t)config->version,
                                         .clean = config->clean,
                                         .has_will = config->has_will,
                                         .has_username = config->has_username,
                                         .has_password = config->has_password,
                                         .keep_alive_s = config->keep_alive_s,
                                         .client_id = config->client_id,
                                         .username = config->username,
                                         .password = config->password}};
    if (config->has_will) {
        packet.as.connect.will_retain = config->will.retain;
        packet.as.connect.will_qos = config->will.qos;
        packet.as.connect.will_topic = config->will.topic;
        packet.as.connect.will_payload = config->will.payload;
    }
    drill_client_send(client, &packet, now_ns);
}

void drill_client_arm_retry(DrillClient *client, uint64_t now_ns) {
    if (client->config.retry_ns == 0) return;
    uint64_t at_ns = now_ns + client->config.retry_ns;
    if (at_ns < client->retry_at_ns) client->retry_at_ns = at_ns;
}

static void send_publish(DrillClient *client, DrillExchange *exchange, bool dup, uint64_t now_ns) {
    const DrillMessage *message = exchange->message;
    uint16_t packet_identifier = exchange->use.value;
    DrillPacket packet = {
        .type = DRILL_PUBLISH,
        .as.publish = {.dup = dup,
                       .qos = exchange->qos,
                       .retain = exchange->retain,
                       .topic = message->topic,
                       .packet_identifier = packet_identifier == 0 ? 1 : packet_identifier,
                       .payload = message->payload}};
    encode(client, &packet);
    /* 0 exists only with a defect; the encoder refuses it. */
    if (packet_identifier == 0) client->out.data[client->out.size - message->payload.size - 1] = 0;
    exchange->sent_ns = now_ns;
    drill_client_arm_retry(client, now_ns);
    send_out(client, now_ns);
}

static bool is_stuck(const DrillClient *client) {
    return DRILL_CLIENT_DEFECT(client, C_INFLIGHT_COUNTER_STUCK) && client->connections > 1;
}

void drill_client_pump(DrillClient *client, uint64_t now_ns) {
    DrillInflight *inflight = &client->inflight;
    if (client->state != DRILL_CLIENT_UP || is_stuck(client)) return;
    inflight->outgoing.careless_wrap = DRILL_CLIENT_DEFECT(client, C_ID_REUSE_ON_WRAP);
    inflight->outgoing.zero_on_wrap = DRILL_CLIENT_DEFECT(client, C_ID_ZERO_ON_WRAP);
    while (inflight->waiting.first != NULL) {
        DrillExchange *exchange = inflight->waiting.first;
        /* [v3:MQTT-4.3.2-1] [v3:MQTT-4.3.3-1] a free identifier, DUP 0, outstanding until answered.
         */
        if (!drill_inflight_start(inflight, exchange)) break;
        send_publish(client, exchange, DRILL_CLIENT_DEFECT(client, C_DUP_ON_FIRST_SEND), now_ns);
    }
}

void drill_client_resend(DrillClient *client, DrillExchange *exchange, uint64_t now_ns) {
    bool restart = DRILL_CLIENT_DEFECT(client, C_PUBLISH_INSTEAD_OF_PUBREL);
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE && !restart) {
        if (DRILL_CLIENT_DEFECT(client, C_OWED_PUBREL_NOT_RESENT)) return;
        exchange->sent_ns = now_ns;
        drill_client_arm_retry(client, now_ns);
        /* [v3:MQTT-4.4.0-1] the same identifier. */
        drill_client_send_ack(client, DRILL_PUBREL, exchange->use.value, now_ns);
        return;
    }
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE)
        exchange->state = DRILL_EXCHANGE_PUBREC_DUE; /* the defect's other half */
    if (DRILL_CLIENT_DEFECT(client, C_NEW_ID_ON_RESEND))
        drill_inflight_renumber(&client->inflight, exchange);
    /* [v3:MQTT-3.3.1-1] DUP 1; [v3:MQTT-2.3.1-3] [v3:MQTT-4.4.0-1] the identifier stays. */
    send_publish(client, exchange, !DRILL_CLIENT_DEFECT(client, C_DUP0_ON_RESEND), now_ns);
}

void drill_client_resume(DrillClient *client, uint64_t now_ns) {
    DrillInflight *inflight = &client->inflight;
    if (is_stuck(client)) return;
    /* [v3:MQTT-4.6.0-4] PUBRELs in the order of the PUBRECs. */
    DrillExchange *exchange = inflight->releasing.first;
    for (; exchange != NULL; exchange = exchange->next) {
        exchange->repeats = 0;
        drill_client_resend(client, exchange, now_ns);
    }
    /* [v3:MQTT-4.6.0-1] PUBLISHes in the order first sent. */
    bool backwards = DRILL_CLIENT_DEFECT(client, C_RESEND_UNORDERED);
    exchange = backwards ? inflight->publishing.last : inflight->publishing.first;
    while (exchange != NULL) {
        exchange->repeats = 0;
        drill_client_resend(client, exchange, now_ns);
        exchange = backwards ? exchange->previous : exchange->next;
    }
}

/* Defect: keeps every other answer back, and sends it after the next one. */
static bool swap(DrillClient *client, DrillPacketType type, uint16_t *kept,
                 uint16_t packet_identifier, uint64_t now_ns) {
    if (*kept == 0) {
        *kept = packet_identifier;
        return true;
    }
    drill_client_send_ack(client, type, packet_identifier, now_ns);
    drill_client_send_ack(client, type, *kept, now_ns);
    *kept = 0;
    return true;
}

void drill_client_answer(DrillClient *client, DrillQos qos, uint16_t packet_identifier,
                         uint64_t now_ns) {
    DrillPacketType type = qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC;
    if (DRILL_CLIENT_DEFECT(client, C_QOS1_NOT_ACKED) && qos == DRILL_QOS_1) return;
    if (DRILL_CLIENT_DEFECT(client, C_PUBACKS_SWAPPED) && qos == DRILL_QOS_1 &&
        swap(client, type, &client->kept_puback, packet_identifier, now_ns))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_PUBRECS_SWAPPED) && qos == DRILL_QOS_2 &&
        swap(client, type, &client->kept_pubrec, packet_identifier, now_ns))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_ACK_WRONG_ID))
        packet_identifier = (uint16_t)(1000u + client->own_counter++ % 1000u);
    /* [v3:MQTT-3.3.4-1] [v3:MQTT-2.3.1-6] PUBACK at QoS 1, PUBREC at QoS 2, with the identifier of
     * the PUBLISH. */
    drill_client_send_ack(client, type, packet_identifier, now_ns);
}

DrillResult drill_client_publish(DrillClient *client, const DrillPublishPacket *message,
                                 uint64_t now_ns, DrillMessageId *out) {
    if (!drill_topic_is_name(message->topic) || message->qos > DRILL_QOS_2) return DRILL_INVALID;
    if (message->properties.count > 0) return DRILL_INVALID;
    size_t remaining = 2 + message->topic.size + (message->qos == DRILL_QOS_0 ? 0 : 2);
    if (message->payload.size > 268435455 - remaining) return DRILL_TOO_BIG;
    if (message->qos == DRILL_QOS_0) {
        if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
        DrillPacket packet = {.type = DRILL_PUBLISH,
                              .as.publish = {.retain = message->retain,
                                             .topic = message->topic,
                                             .payload = message->payload}};
        /* [v3:MQTT-4.3.1-1] [v3:MQTT-3.3.1-2] QoS 0, DUP 0, once. */
        encode(client, &packet);
        if (DRILL_CLIENT_DEFECT(client, C_QOS0_DUP_FLAG)) client->out.data[0] |= 0x08;
        *out = client->next_message++;
        send_out(client, now_ns);
        return DRILL_OK;
    }
    if (drill_client_pending(client) >= client->config.queue_messages_max) return DRILL_TOO_BIG;
    DrillMessage *copy = drill_message_new(client->allocator, message, now_ns);
    DrillDelivery delivery = {.message = copy,
                              .qos = message->qos,
                              .retain = message->retain,
                              .tag = client->next_message++};
    drill_inflight_wait(&client->inflight, &delivery);
    drill_message_release(copy);
    *out = delivery.tag;
    drill_client_pump(client, now_ns);
    return DRILL_OK;
}

static DrillResult check_filters(DrillFilters filters, bool with_options) {
    DrillFilter filter;
    size_t offset = 0;
    uint32_t count = 0;
    for (; drill_filters_next(filters, with_options, &offset, &filter); count++) {
        if (!drill_topic_is_filter(filter.filter) || filter.options > DRILL_QOS_2)
            return DRILL_INVALID;
    }
    /* [v3:MQTT-3.8.3-3] [v3:MQTT-3.10.3-2] at least one. */
    return count == 0 || count != filters.count ? DRILL_INVALID : DRILL_OK;
}

static DrillResult request(DrillClient *client, DrillPacket *packet, DrillExchangeState state,
                           uint64_t now_ns, uint16_t *packet_identifier) {
    DrillResult result =
        check_filters(packet->as.subscribe.filters, packet->type == DRILL_SUBSCRIBE);
    if (result != DRILL_OK) return result;
    if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
    /* [v3:MQTT-2.3.1-2] from the same identifiers as PUBLISH. */
    DrillExchange *exchange =
        drill_inflight_request(&client->inflight, state, packet->as.subscribe.filters.count);
    if (exchange == NULL) return DRILL_BUSY;
    packet->as.subscribe.packet_identifier = exchange->use.value;
    *packet_identifier = exchange->use.value;
    drill_client_send(client, packet, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_subscribe(DrillClient *client, DrillFilters filters, uint64_t now_ns,
                                   uint16_t *packet_identifier) {
    DrillPacket packet = {.type = DRILL_SUBSCRIBE, .as.subscribe = {.filters = filters}};
    return request(client, &packet, DRILL_EXCHANGE_SUBACK_DUE, now_ns, packet_identifier);
}

DrillResult drill_client_unsubscribe(DrillClient *client, DrillFilters filters, uint64_t now_ns,
                                     uint16_t *packet_identifier) {
    DrillPacket packet = {.type = DRILL_UNSUBSCRIBE, .as.subscribe = {.filters = filters}};
    return request(client, &packet, DRILL_EXCHANGE_UNSUBACK_DUE, now_ns, packet_identifier);
}

static void send_pingreq(DrillClient *client, uint64_t now_ns) {
    DrillPacket packet = {.type = DRILL_PINGREQ};
    drill_client_send(client, &packet, now_ns);
}

void drill_client_send_ping(DrillClient *client, uint64_t now_ns) {
    if (!client->ping_open) client->pinged_ns = now_ns;
    client->ping_open = true;
    send_pingreq(client, now_ns);
}

DrillResult drill_client_ping(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
    drill_client_send_ping(client, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_disconnect(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
    DrillPacket packet = {.type = DRILL_DISCONNECT};
    drill_client_send(client, &packet, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_PACKET_AFTER_DISCONNECT)) send_pingreq(client, now_ns);
    /* [v3:MQTT-3.14.4-1] [v3:MQTT-3.14.4-2] the last packet; then the connection is closed. */
    drill_client_close(client, DRILL_CLIENT_CLOSE_DISCONNECT, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_acknowledge(DrillClient *client, uint64_t now_ns) {
    DrillOwedAck *owed = client->first_owed;
    if (client->state != DRILL_CLIENT_UP || owed == NULL) return DRILL_BUSY;
    /* [v3:MQTT-4.6.0-2] [v3:MQTT-4.6.0-3] in the order the PUBLISHes came. */
    client->first_owed = owed->next;
    if (client->first_owed == NULL) client->last_owed = NULL;
    uint16_t packet_identifier = owed->packet_identifier;
    DrillQos qos = owed->qos;
    drill_release(client->allocator, owed, sizeof *owed);
    drill_client_answer(client, qos, packet_identifier, now_ns);
    return DRILL_OK;
}
