/* What a client sends: packets, repetitions, answers. */
#include "mqtt/client_state.h"

#include "base/arena.h"
#include "mqtt/topic.h"
#include "spec/spec.h"

void drill_client_send_out(DrillClient *client, uint64_t now_ns) {
    if (client->spoils) drill_client_spoil(client);
    client->last_sent_ns = now_ns;
    client->hooks.send(client->hooks.context, drill_buffer_span(&client->out), now_ns);
}

void drill_client_encode(DrillClient *client, const DrillPacket *packet) {
    drill_buffer_clear(&client->out);
    DrillResult result = drill_codec_encode(packet, client->config.version, &client->out);
    DRILL_ASSERT(result == DRILL_OK);
}

/* The list without User Properties, or without the Reason String too, in a scratch buffer. */
static DrillProperties shorten(DrillClient *client, DrillProperties list, bool reason_string) {
    DrillProperties rest = {.count = 0};
    DrillProperty property;
    size_t offset = 0;
    bool users = DRILL_CLIENT_DEFECT(client, C_USER_PROPERTIES_TOO_LARGE);
    if (DRILL_CLIENT_DEFECT(client, C_REASON_STRING_TOO_LARGE)) reason_string = true;
    drill_buffer_clear(&client->shortened);
    while (drill_properties_next(list, &offset, &property)) {
        if (property.id == DRILL_USER_PROPERTY && !users) continue;
        if (property.id == DRILL_REASON_STRING && !reason_string) continue;
        DrillResult written = drill_properties_write(&client->shortened, &property);
        DRILL_ASSERT(written == DRILL_OK);
        rest.count++;
    }
    rest.wire = drill_buffer_span(&client->shortened);
    return rest;
}

bool drill_client_encode_fitting(DrillClient *client, const DrillPacket *packet) {
    DrillPacket less = *packet;
    DrillProperties *properties = drill_packet_properties(&less);
    drill_client_encode(client, packet);
    if (drill_client_fits(client)) return true;
    if (properties == NULL || properties->count == 0) return false;
    DrillProperties all = *properties;
    /* [v5:MQTT-3.4.2-3] [v5:MQTT-3.5.2-3] [v5:MQTT-3.14.2-4] [v5:MQTT-3.15.2-3] too large: first
     * without User Properties, */
    *properties = shorten(client, all, true);
    drill_client_encode(client, &less);
    client->refused = false;
    if (drill_client_fits(client)) return true;
    /* [v5:MQTT-3.4.2-2] [v5:MQTT-3.5.2-2] [v5:MQTT-3.14.2-3] [v5:MQTT-3.15.2-2] then without Reason
     * String. */
    *properties = shorten(client, all, false);
    drill_client_encode(client, &less);
    client->refused = false;
    return drill_client_fits(client) || DRILL_CLIENT_DEFECT(client, C_REASON_STRING_TOO_LARGE) ||
           DRILL_CLIENT_DEFECT(client, C_USER_PROPERTIES_TOO_LARGE);
}

void drill_client_send(DrillClient *client, const DrillPacket *packet, uint64_t now_ns) {
    static const DrillClientRule rule = {
        NULL, NULL, 0x95, "the server's Maximum Packet Size leaves no room to answer"};
    if (drill_client_encode_fitting(client, packet)) {
        drill_client_send_out(client, now_ns);
        return;
    }
    drill_client_violate(client, &rule, now_ns);
}

void drill_client_send_ack(DrillClient *client, DrillPacketType type, uint16_t packet_identifier,
                           uint8_t reason_code, uint64_t now_ns) {
    DrillPacket packet = {
        .type = type,
        .as.ack = {.packet_identifier = packet_identifier, .reason_code = reason_code}};
    if (DRILL_CLIENT_DEFECT(client, C_PUBREL_INVALID_CODE) && type == DRILL_PUBREL &&
        client->config.version == DRILL_MQTT_5_0)
        packet.as.ack.reason_code = 0x55;
    drill_client_send(client, &packet, now_ns);
}

/* Defect: keeps every other answer back, and sends it after the next one. */
static bool swap(DrillClient *client, DrillPacketType type, uint16_t *kept,
                 uint16_t packet_identifier, uint64_t now_ns) {
    if (*kept == 0) {
        *kept = packet_identifier;
        return true;
    }
    drill_client_send_ack(client, type, packet_identifier, 0, now_ns);
    drill_client_send_ack(client, type, *kept, 0, now_ns);
    *kept = 0;
    return true;
}

void drill_client_answer(DrillClient *client, DrillQos qos, const DrillAckPacket *answer,
                         uint64_t now_ns) {
    DrillPacket packet = {.type = qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC,
                          .as.ack = *answer};
    uint16_t packet_identifier = answer->packet_identifier;
    if (DRILL_CLIENT_DEFECT(client, C_QOS1_NOT_ACKED) && qos == DRILL_QOS_1) return;
    if (DRILL_CLIENT_DEFECT(client, C_QUOTA_BLOCKS_ACKS) &&
        !drill_inflight_may_send(&client->inflight))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_PUBACK_INVALID_CODE) && qos == DRILL_QOS_1 &&
        client->config.version == DRILL_MQTT_5_0)
        packet.as.ack.reason_code = 0x55;
    if (DRILL_CLIENT_DEFECT(client, C_PUBACKS_SWAPPED) && qos == DRILL_QOS_1 &&
        swap(client, packet.type, &client->kept_puback, packet_identifier, now_ns))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_PUBRECS_SWAPPED) && qos == DRILL_QOS_2 &&
        swap(client, packet.type, &client->kept_pubrec, packet_identifier, now_ns))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_ACK_WRONG_ID))
        packet.as.ack.packet_identifier = (uint16_t)(1000u + client->own_counter++ % 1000u);
    /* [v3:MQTT-3.3.4-1] [v3:MQTT-2.3.1-6] [v5:MQTT-3.3.4-1] [v5:MQTT-2.2.1-5] PUBACK at QoS 1,
     * PUBREC at QoS 2, with the identifier of the PUBLISH. */
    drill_client_send(client, &packet, now_ns);
}

/* --- SUBSCRIBE and UNSUBSCRIBE --- */

static DrillResult check_request(const DrillClient *client, DrillPacketType type,
                                 const DrillSubscribePacket *request) {
    DrillFilter filter;
    DrillFault fault = {0};
    size_t offset = 0;
    uint32_t count = 0;
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    bool with_options = type == DRILL_SUBSCRIBE;
    if (type != DRILL_SUBSCRIBE && type != DRILL_UNSUBSCRIBE) return DRILL_INVALID;
    for (; drill_filters_next(request->filters, with_options, &offset, &filter); count++) {
        if (!drill_client_is_filter(client->config.version, &filter)) return DRILL_INVALID;
    }
    bool plain = request->properties.wire.size == 0 && request->properties.count == 0;
    if (!plain &&
        (!v5 || drill_properties_check(request->properties, (int)type, &fault) != DRILL_OK))
        return DRILL_INVALID;
    /* [v3:MQTT-3.8.3-3] [v3:MQTT-3.10.3-2] [v5:MQTT-3.8.3-2] [v5:MQTT-3.10.3-2] at least one. */
    return count == 0 || count != request->filters.count ? DRILL_INVALID : DRILL_OK;
}

DrillResult drill_client_request(DrillClient *client, DrillPacketType type,
                                 const DrillSubscribePacket *request, uint64_t now_ns,
                                 uint16_t *packet_identifier) {
    DrillPacket packet = {.type = type, .as.subscribe = *request};
    DrillExchangeState state =
        type == DRILL_SUBSCRIBE ? DRILL_EXCHANGE_SUBACK_DUE : DRILL_EXCHANGE_UNSUBACK_DUE;
    client->refused = false;
    DrillResult result = check_request(client, type, request);
    if (result != DRILL_OK) return result;
    if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
    if (!drill_client_may_request(client, type, request)) return DRILL_INVALID;
    /* Defect: identifier 0 is PUBLISH's alone. */
    if (client->inflight.outgoing.next == 0) client->inflight.outgoing.next = 1;
    /* [v3:MQTT-2.3.1-2] [v5:MQTT-2.2.1-3] from the same identifiers as PUBLISH. */
    DrillExchange *exchange =
        drill_inflight_request(&client->inflight, state, request->filters.count);
    if (exchange == NULL) return DRILL_BUSY;
    packet.as.subscribe.packet_identifier = exchange->use.value;
    *packet_identifier = exchange->use.value;
    drill_client_encode(client, &packet);
    if (!drill_client_fits(client)) {
        drill_inflight_forget(&client->inflight, exchange);
        return DRILL_INVALID;
    }
    drill_client_send_out(client, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_subscribe(DrillClient *client, DrillFilters filters, uint64_t now_ns,
                                   uint16_t *packet_identifier) {
    DrillSubscribePacket request = {.filters = filters};
    return drill_client_request(client, DRILL_SUBSCRIBE, &request, now_ns, packet_identifier);
}

DrillResult drill_client_unsubscribe(DrillClient *client, DrillFilters filters, uint64_t now_ns,
                                     uint16_t *packet_identifier) {
    DrillSubscribePacket request = {.filters = filters};
    return drill_client_request(client, DRILL_UNSUBSCRIBE, &request, now_ns, packet_identifier);
}

/* --- the rest --- */

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

/* A Session that was to end with its connection cannot be given a longer life at its end (section
 * 3.14.2.2.2). */
static DrillResult check_reason(const DrillClient *client, const DrillReasonPacket *reason) {
    DrillProperty property;
    DrillFault fault = {0};
    bool plain = reason->reason_code == 0 && reason->properties.wire.size == 0;
    if (client->config.version != DRILL_MQTT_5_0) return plain ? DRILL_OK : DRILL_INVALID;
    if (drill_reason_name(DRILL_DISCONNECT, DRILL_MQTT_5_0, reason->reason_code) == NULL ||
        drill_properties_check(reason->properties, DRILL_DISCONNECT, &fault) != DRILL_OK)
        return DRILL_INVALID;
    bool longer =
        client->own.session_expiry_s == 0 &&
        drill_properties_find(reason->properties, DRILL_SESSION_EXPIRY_INTERVAL, &property) &&
        property.number > 0;
    return longer ? DRILL_INVALID : DRILL_OK;
}

DrillResult drill_client_disconnect_with(DrillClient *client, const DrillReasonPacket *reason,
                                         uint64_t now_ns) {
    DrillProperty property;
    DrillPacket packet = {.type = DRILL_DISCONNECT, .as.reason = *reason};
    client->refused = false;
    if (client->state != DRILL_CLIENT_UP) return DRILL_BUSY;
    DrillResult result = check_reason(client, reason);
    if (result != DRILL_OK) return result;
    if (!drill_client_encode_fitting(client, &packet)) return DRILL_INVALID;
    if (drill_properties_find(reason->properties, DRILL_SESSION_EXPIRY_INTERVAL, &property))
        client->limits.session_expiry_s = property.number;
    drill_client_send_out(client, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_PACKET_AFTER_DISCONNECT)) send_pingreq(client, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_DISCONNECT_KEEPS_OPEN)) return DRILL_OK;
    /* [v3:MQTT-3.14.4-1] [v3:MQTT-3.14.4-2] [v5:MQTT-3.14.4-1] [v5:MQTT-3.14.4-2] the last packet;
     * then the connection is closed. */
    drill_client_close(client, DRILL_CLIENT_CLOSE_DISCONNECT, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_disconnect(DrillClient *client, uint64_t now_ns) {
    DrillReasonPacket reason = {0};
    return drill_client_disconnect_with(client, &reason, now_ns);
}

/* The message is not taken: its exchange is over with the PUBREC that says so. */
static void settle_owed(DrillClient *client, const DrillOwedAck *owed, uint8_t reason_code) {
    if (owed->qos == DRILL_QOS_1) {
        drill_client_inbound_done(client, owed->counted_on);
        return;
    }
    DrillHeld *held = drill_inflight_held(&client->inflight, owed->packet_identifier);
    if (!drill_reason_is_failure(reason_code) || held == NULL) return;
    drill_client_inbound_done(client, held->counted_on);
    drill_inflight_unhold(&client->inflight, held);
}

DrillResult drill_client_acknowledge_with(DrillClient *client, const DrillReasonPacket *reason,
                                          uint64_t now_ns) {
    DrillOwedAck *owed = client->first_owed;
    DrillFault fault = {0};
    if (client->state != DRILL_CLIENT_UP || owed == NULL) return DRILL_BUSY;
    DrillPacketType type = owed->qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC;
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    bool plain = reason->reason_code == 0 && reason->properties.wire.size == 0;
    if (!plain &&
        (!v5 || drill_reason_name((int)type, DRILL_MQTT_5_0, reason->reason_code) == NULL ||
         drill_properties_check(reason->properties, (int)type, &fault) != DRILL_OK))
        return DRILL_INVALID;
    /* [v3:MQTT-4.6.0-2] [v3:MQTT-4.6.0-3] [v5:MQTT-4.6.0-2] [v5:MQTT-4.6.0-3] in the order the
     * PUBLISHes came. */
    client->first_owed = owed->next;
    if (client->first_owed == NULL) client->last_owed = NULL;
    DrillAckPacket answer = {.packet_identifier = owed->packet_identifier,
                             .reason_code = reason->reason_code,
                             .properties = reason->properties};
    DrillQos qos = owed->qos;
    settle_owed(client, owed, reason->reason_code);
    drill_release(client->allocator, owed, sizeof *owed);
    drill_client_answer(client, qos, &answer, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_acknowledge(DrillClient *client, uint64_t now_ns) {
    DrillReasonPacket reason = {0};
    return drill_client_acknowledge_with(client, &reason, now_ns);
}
