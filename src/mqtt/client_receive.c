/* What a client does with each packet from the server. */
#include "mqtt/client_state.h"

#include "base/arena.h"

static void violate(DrillClient *client, const char *statement, const char *text, uint64_t now_ns) {
    DrillFault fault = {.reason_code = 0x82, .statement = statement, .text = text};
    drill_client_violation(client, &fault, now_ns);
}

static void on_connack(DrillClient *client, const DrillConnackPacket *connack, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_CONNECTING) {
        violate(client, "v3:MQTT-4.8.0-1", "a second CONNACK", now_ns);
        return;
    }
    if (connack->code != 0) {
        if (client->hooks.connack != NULL)
            client->hooks.connack(client->hooks.context, connack, now_ns);
        drill_client_close(client, DRILL_CLIENT_CLOSE_REFUSED, now_ns);
        return;
    }
    if (client->config.clean && connack->session_present) {
        /* [v3:MQTT-3.2.2-1] a clean Session is never present. */
        violate(client, "v3:MQTT-3.2.2-1", "Session Present 1 in answer to CleanSession 1", now_ns);
        return;
    }
    client->state = DRILL_CLIENT_UP;
    bool resumed = connack->session_present;
    if (DRILL_CLIENT_DEFECT(client, C_RESEND_DESPITE_SP0)) resumed = true;
    /* [v3:MQTT-3.1.2-6] nothing of an old Session is used in a new one. */
    if (!resumed) drill_client_new_session(client, !client->config.clean, now_ns);
    if (client->hooks.connack != NULL)
        client->hooks.connack(client->hooks.context, connack, now_ns);
    /* [v3:MQTT-4.4.0-1] what is owed, then what has never been sent. */
    if (resumed) drill_client_resume(client, now_ns);
    drill_client_pump(client, now_ns);
}

static void owe(DrillClient *client, const DrillPublishPacket *publish, uint64_t now_ns) {
    if (!client->config.manual_acks) {
        /* [v3:MQTT-4.5.0-2] whatever the application makes of it. */
        drill_client_answer(client, publish->qos, publish->packet_identifier, now_ns);
        return;
    }
    DrillOwedAck *owed = DRILL_NEW(client->allocator, DrillOwedAck);
    owed->packet_identifier = publish->packet_identifier;
    owed->qos = publish->qos;
    if (client->last_owed != NULL)
        client->last_owed->next = owed;
    else
        client->first_owed = owed;
    client->last_owed = owed;
}

static bool is_waiting(const DrillClient *client) {
    return drill_inflight_open(&client->inflight) > 0 || client->inflight.requests.count > 0;
}

static void on_publish(DrillClient *client, const DrillPublishPacket *publish, uint64_t now_ns) {
    if (DRILL_CLIENT_DEFECT(client, C_PUBLISH_LOST_WHILE_WAITING) && is_waiting(client)) return;
    bool again = publish->qos == DRILL_QOS_1 && !publish->dup &&
                 publish->packet_identifier == client->newest_qos1;
    if (publish->qos == DRILL_QOS_1) client->newest_qos1 = publish->packet_identifier;
    bool known = false;
    if (publish->qos == DRILL_QOS_2) {
        known = drill_inflight_held(&client->inflight, publish->packet_identifier) != NULL;
        if (!known) drill_inflight_hold(&client->inflight, publish->packet_identifier);
    }
    /* [v3:MQTT-4.3.3-2] a repeated QoS 2 PUBLISH is answered again, but not handed over again. */
    if (!known && client->hooks.message != NULL)
        client->hooks.message(client->hooks.context, publish, now_ns);
    if (publish->qos == DRILL_QOS_0) return;
    if (DRILL_CLIENT_DEFECT(client, C_NO_ACK_WITHOUT_DUP) && again) return;
    owe(client, publish, now_ns);
}

static void on_pubrel(DrillClient *client, uint16_t packet_identifier, uint64_t now_ns) {
    DrillHeld *held = drill_inflight_held(&client->inflight, packet_identifier);
    if (held == NULL && DRILL_CLIENT_DEFECT(client, C_INBOUND_IDS_LOST_ON_CLOSE)) return;
    if (held == NULL && DRILL_CLIENT_DEFECT(client, C_UNKNOWN_PUBREL_ERROR)) {
        violate(client, NULL, "PUBREL for an identifier that is not held", now_ns);
        return;
    }
    if (held != NULL) drill_inflight_unhold(&client->inflight, held);
    if (DRILL_CLIENT_DEFECT(client, C_PUBCOMP_MISSING)) return;
    /* [v3:MQTT-4.3.3-2] PUBCOMP, whether the identifier is held or not. */
    drill_client_send_ack(client, DRILL_PUBCOMP, packet_identifier, now_ns);
}

static void complete(DrillClient *client, DrillExchange *exchange, uint8_t reason_code,
                     uint64_t now_ns) {
    DrillMessageId message = exchange->tag;
    if (!DRILL_CLIENT_DEFECT(client, C_COMPLETED_NOT_REMOVED))
        drill_inflight_forget(&client->inflight, exchange);
    if (client->hooks.acknowledged != NULL)
        client->hooks.acknowledged(client->hooks.context, message, reason_code, now_ns);
    drill_client_pump(client, now_ns);
}

static void release_exchange(DrillClient *client, DrillExchange *exchange_or_null,
                             uint16_t packet_identifier, uint64_t now_ns) {
    if (DRILL_CLIENT_DEFECT(client, C_PUBREL_MISSING)) return;
    if (exchange_or_null != NULL) {
        exchange_or_null->sent_ns = now_ns;
        drill_client_arm_retry(client, now_ns);
    }
    /* [v3:MQTT-4.3.3-1] PUBREC is answered by PUBREL with its identifier. */
    drill_client_send_ack(client, DRILL_PUBREL, packet_identifier, now_ns);
}

static void on_acknowledgement(DrillClient *client, DrillPacketType type, const DrillAckPacket *ack,
                               uint64_t now_ns) {
    DrillExchange *exchange = NULL;
    switch (drill_inflight_acknowledge(&client->inflight, type, ack->packet_identifier,
                                       ack->reason_code, &exchange)) {
    case DRILL_STEP_IGNORE:
        break;
    case DRILL_STEP_RELEASE:
        release_exchange(client, exchange, ack->packet_identifier, now_ns);
        break;
    case DRILL_STEP_COMPLETE:
        complete(client, exchange, ack->reason_code, now_ns);
        break;
    case DRILL_STEP_VIOLATION:
        violate(client, "v3:MQTT-4.8.0-1", "this exchange awaits another acknowledgement", now_ns);
        break;
    }
}

static void on_suback(DrillClient *client, DrillPacketType type, const DrillSubackPacket *suback,
                      uint64_t now_ns) {
    DrillExchange *exchange = NULL;
    switch (drill_inflight_acknowledge(&client->inflight, type, suback->packet_identifier, 0,
                                       &exchange)) {
    case DRILL_STEP_COMPLETE:
        if (type == DRILL_SUBACK && suback->reason_codes.size != exchange->filter_count) {
            /* [v3:MQTT-3.8.4-5] a code per filter. */
            violate(client, "v3:MQTT-3.8.4-5", "SUBACK has not one return code per filter", now_ns);
            return;
        }
        drill_inflight_forget(&client->inflight, exchange);
        if (client->hooks.suback != NULL)
            client->hooks.suback(client->hooks.context, type, suback, now_ns);
        drill_client_pump(client, now_ns);
        break;
    case DRILL_STEP_IGNORE:
    case DRILL_STEP_RELEASE:
        break;
    case DRILL_STEP_VIOLATION:
        violate(client, "v3:MQTT-2.3.1-7", "this identifier belongs to another exchange", now_ns);
        break;
    }
}

static void on_pingresp(DrillClient *client, uint64_t now_ns) {
    client->ping_open = false;
    if (client->hooks.pingresp != NULL) client->hooks.pingresp(client->hooks.context, now_ns);
}

static void dispatch(DrillClient *client, const DrillPacket *packet, uint64_t now_ns) {
    switch (packet->type) {
    case DRILL_CONNACK:
        on_connack(client, &packet->as.connack, now_ns);
        break;
    case DRILL_PUBLISH:
        on_publish(client, &packet->as.publish, now_ns);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBCOMP:
        on_acknowledgement(client, packet->type, &packet->as.ack, now_ns);
        break;
    case DRILL_PUBREL:
        on_pubrel(client, packet->as.ack.packet_identifier, now_ns);
        break;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        on_suback(client, packet->type, &packet->as.suback, now_ns);
        break;
    case DRILL_PINGRESP:
        on_pingresp(client, now_ns);
        break;
    case DRILL_CONNECT:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        /* [v3:MQTT-4.8.0-1] */
        violate(client, "v3:MQTT-4.8.0-1", "a packet that only clients send", now_ns);
        break;
    }
}

void drill_client_packet(DrillClient *client, DrillSpan bytes, uint64_t now_ns) {
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes, client->config.version, &packet, &fault);
    if (result != DRILL_OK) {
        /* [v3:MQTT-4.8.0-1] */
        drill_client_violation(client, &fault, now_ns);
        return;
    }
    if (client->state == DRILL_CLIENT_CONNECTING && packet.type != DRILL_CONNACK) {
        /* [v3:MQTT-3.2.0-1] */
        violate(client, "v3:MQTT-3.2.0-1", "a packet before CONNACK", now_ns);
        return;
    }
    dispatch(client, &packet, now_ns);
}
