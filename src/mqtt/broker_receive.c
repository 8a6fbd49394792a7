/* What a broker does with each packet. CONNECT, SUBSCRIBE and UNSUBSCRIBE have files of their own.
 */
#include "mqtt/broker_state.h"

#define DEFECT_ID_TIMEOUT_NS      (2 * DRILL_NS_PER_S)
#define DEFECT_BLOCKING_EXCHANGES 2u

/* PUBACK, PUBREC or PUBCOMP to a publisher. */
static void answer(DrillBrokerConnection *connection, DrillPacketType type,
                   uint16_t packet_identifier, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    uint32_t open = drill_inflight_open(&connection->session->inflight);
    if (DRILL_BROKER_DEFECT(broker, B_QUOTA_BLOCKS_ACKS) && open >= DEFECT_BLOCKING_EXCHANGES)
        return;
    if (DRILL_BROKER_DEFECT(broker, B_ACK_WRONG_ID))
        packet_identifier = packet_identifier == 65535 ? 1 : (uint16_t)(packet_identifier + 1);
    /* [v3:MQTT-2.3.1-6] with the identifier of what it answers. */
    drill_broker_send_ack(connection, type, packet_identifier, now_ns);
}

static void accept_message(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                           uint64_t now_ns) {
    DrillMessage *message =
        drill_broker_message(connection->broker, publish, connection->session->serial, now_ns);
    drill_broker_route(connection->broker, message, now_ns);
    drill_message_release(message);
}

static void on_publish_qos1(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                            uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    /* [v3:MQTT-4.3.2-2] a message of its own, whatever DUP says; answered when it is in the
     * Sessions. */
    accept_message(connection, publish, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_QOS1_NOT_ACKED)) return;
    bool confused = DRILL_BROKER_DEFECT(broker, B_QOS1_ANSWERED_PUBREC);
    /* [v3:MQTT-3.3.4-1] QoS 1: PUBACK. */
    answer(connection, confused ? DRILL_PUBREC : DRILL_PUBACK, publish->packet_identifier, now_ns);
}

/* A PUBLISH whose identifier is held: one of the same message. */
static void repeat_pubrec(DrillBrokerConnection *connection, DrillHeld *held, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    held->copies++;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_SECOND_DUP_IS_ERROR) && held->copies > 2) {
        drill_broker_violation(connection, NULL, "a third copy of one PUBLISH", now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_DUP_WITHOUT_PUBREC)) return;
    /* [v3:MQTT-4.3.3-2] PUBREC again, no second delivery. */
    answer(connection, DRILL_PUBREC, held->use.value, now_ns);
}

static void pass_on(DrillBroker *broker, DrillHeld *held, uint64_t now_ns) {
    DrillMessage *message = held->message;
    held->message = NULL;
    if (message != NULL) drill_broker_route(broker, message, now_ns);
    drill_message_release(message);
}

static void on_publish_qos2(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                            uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillInflight *inflight = &connection->session->inflight;
    DrillHeld *held = drill_inflight_held(inflight, publish->packet_identifier);
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_REJECT_DUP1) && publish->dup) {
        drill_broker_violation(connection, NULL, "DUP 1", now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_TRUST_DUP_AS_SEEN) && publish->dup) {
        answer(connection, DRILL_PUBREC, publish->packet_identifier, now_ns);
        return;
    }
    bool aged = held != NULL && now_ns - held->received_ns >= DEFECT_ID_TIMEOUT_NS;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_INBOUND_ID_TIMEOUT) && aged) {
        pass_on(broker, held, now_ns);
        drill_inflight_unhold(inflight, held);
        held = NULL;
    }
    bool forgetful = DRILL_BROKER_DEFECT(broker, B_QOS2_NO_INBOUND_ID_STORE);
    if (held != NULL && !forgetful) {
        repeat_pubrec(connection, held, now_ns);
        return;
    }
    if (held == NULL) held = drill_inflight_hold(inflight, publish->packet_identifier);
    held->received_ns = now_ns;
    held->connection = connection->serial;
    drill_message_release(held->message);
    held->message = drill_broker_message(broker, publish, connection->session->serial, now_ns);
    /* Figure 4.3 allows both moments: now (method B) or at PUBREL (method A). */
    if (broker->config.qos2_forward == DRILL_QOS2_ON_PUBLISH || forgetful)
        pass_on(broker, held, now_ns);
    /* [v3:MQTT-3.3.4-1] [v3:MQTT-4.3.3-2] QoS 2: PUBREC. */
    answer(connection, DRILL_PUBREC, publish->packet_identifier, now_ns);
}

static void on_publish(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                       uint64_t now_ns) {
    switch (publish->qos) {
    case DRILL_QOS_0:
        accept_message(connection, publish, now_ns);
        break;
    case DRILL_QOS_1:
        on_publish_qos1(connection, publish, now_ns);
        break;
    case DRILL_QOS_2:
        on_publish_qos2(connection, publish, now_ns);
        break;
    }
}

static void release_held(DrillBrokerConnection *connection, DrillHeld *held, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    bool resumed = held->connection != connection->serial;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_LOST_ON_RELEASE_AFTER_RESUME) && resumed) {
        drill_message_release(held->message);
        held->message = NULL;
    }
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_RELEASE_LOSES_QOS_RETAIN) && resumed &&
        held->message != NULL) {
        held->message->qos = DRILL_QOS_0;
        held->message->retain = false;
    }
    pass_on(broker, held, now_ns);
    /* [v3:MQTT-4.3.3-2] from here on the identifier means a new message. */
    if (!DRILL_BROKER_DEFECT(broker, B_QOS2_ID_NOT_FREED_AFTER_PUBCOMP))
        drill_inflight_unhold(&connection->session->inflight, held);
}

static void on_pubrel(DrillBrokerConnection *connection, uint16_t packet_identifier,
                      uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillHeld *held = drill_inflight_held(&connection->session->inflight, packet_identifier);
    if (held == NULL && DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREL_UNKNOWN_IGNORED)) return;
    if (held == NULL && DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREL_UNKNOWN_CLOSES)) {
        drill_broker_violation(connection, NULL, "PUBREL for an identifier that is not held",
                               now_ns);
        return;
    }
    bool known = held != NULL;
    if (known) release_held(connection, held, now_ns);
    /* [v3:MQTT-4.3.3-2] PUBCOMP, whether the identifier is held or not. */
    answer(connection, DRILL_PUBCOMP, packet_identifier, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREC_AFTER_PUBCOMP) && known)
        answer(connection, DRILL_PUBREC, packet_identifier, now_ns);
}

static void on_pingreq(DrillBrokerConnection *connection, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (DRILL_BROKER_DEFECT(broker, B_PINGREQ_UNANSWERED)) return;
    if (DRILL_BROKER_DEFECT(broker, B_PINGRESP_BAD_LENGTH)) {
        static const uint8_t bytes[] = {0xD0, 0x02, 0x00, 0x00};
        broker->hooks.send(broker->hooks.context, connection->peer, drill_span(bytes, sizeof bytes),
                           now_ns);
        return;
    }
    /* [v3:MQTT-3.12.4-1] */
    DrillPacket packet = {.type = DRILL_PINGRESP};
    drill_broker_send(connection, &packet, now_ns);
}

static void on_disconnect(DrillBrokerConnection *connection, uint64_t now_ns) {
    /* [v3:MQTT-3.14.4-3] [v3:MQTT-3.1.2-10] the will goes unpublished. */
    if (!DRILL_BROKER_DEFECT(connection->broker, B_WILL_ON_DISCONNECT))
        drill_will_forget(connection);
    drill_broker_close(connection, NULL, now_ns);
}

static void on_second_connect(DrillBrokerConnection *connection, uint64_t now_ns) {
    if (DRILL_BROKER_DEFECT(connection->broker, B_SECOND_CONNECT_ACCEPTED)) {
        DrillPacket packet = {.type = DRILL_CONNACK};
        drill_broker_send(connection, &packet, now_ns);
        return;
    }
    /* [v3:MQTT-3.1.0-2] */
    drill_broker_violation(connection, "v3:MQTT-3.1.0-2", "a second CONNECT on one connection",
                           now_ns);
}

static void dispatch(DrillBrokerConnection *connection, const DrillPacket *packet,
                     uint64_t now_ns) {
    switch (packet->type) {
    case DRILL_CONNECT:
        on_second_connect(connection, now_ns);
        break;
    case DRILL_PUBLISH:
        on_publish(connection, &packet->as.publish, now_ns);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBCOMP:
        drill_broker_acknowledged(connection, packet->type, packet->as.ack.packet_identifier,
                                  now_ns);
        break;
    case DRILL_PUBREL:
        on_pubrel(connection, packet->as.ack.packet_identifier, now_ns);
        break;
    case DRILL_SUBSCRIBE:
        drill_broker_subscribe(connection, &packet->as.subscribe, now_ns);
        break;
    case DRILL_UNSUBSCRIBE:
        drill_broker_unsubscribe(connection, &packet->as.subscribe, now_ns);
        break;
    case DRILL_PINGREQ:
        on_pingreq(connection, now_ns);
        break;
    case DRILL_DISCONNECT:
        on_disconnect(connection, now_ns);
        break;
    case DRILL_CONNACK:
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
    case DRILL_PINGRESP:
    case DRILL_AUTH:
        /* [v3:MQTT-4.8.0-1] */
        drill_broker_violation(connection, "v3:MQTT-4.8.0-1", "a packet that only servers send",
                               now_ns);
        break;
    }
}

void drill_broker_packet(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    int type = bytes.data[0] >> 4;
    if (connection->session == NULL && type != DRILL_CONNECT) {
        if (DRILL_BROKER_DEFECT(connection->broker, B_PACKET_BEFORE_CONNECT)) {
            if (type == DRILL_PINGREQ) on_pingreq(connection, now_ns);
            return;
        }
        /* [v3:MQTT-3.1.0-1] */
        drill_broker_violation(connection, "v3:MQTT-3.1.0-1", "the first packet is not CONNECT",
                               now_ns);
        return;
    }
    if (connection->session == NULL) {
        drill_broker_connect(connection, bytes, now_ns);
        return;
    }
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes, DRILL_MQTT_3_1_1, &packet, &fault);
    if (result == DRILL_OK) dispatch(connection, &packet, now_ns);
    /* [v3:MQTT-4.8.0-1] */
    else
        drill_broker_close(connection, &fault, now_ns);
}
