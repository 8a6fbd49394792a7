/* What a broker does with each packet. CONNECT, PUBLISH, SUBSCRIBE and UNSUBSCRIBE have files of
 * their own. */
#include "mqtt/broker_flaws.h"

static void on_pingreq(DrillBrokerConnection *connection, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    if (DRILL_BROKER_DEFECT(broker, B_PINGREQ_UNANSWERED)) return;
    if (DRILL_BROKER_DEFECT(broker, B_QUOTA_BLOCKS_PINGRESP) && session != NULL &&
        !drill_inflight_may_send(&session->inflight))
        return;
    if (DRILL_BROKER_DEFECT(broker, B_BACKLOG_ONE_PER_TIMER) && session != NULL &&
        session->trickle == DRILL_TRICKLE_WAITS) {
        session->trickle = DRILL_TRICKLE_ONE;
        drill_broker_pump(session, now_ns);
    }
    if (DRILL_BROKER_DEFECT(broker, B_PINGRESP_BAD_LENGTH)) {
        static const uint8_t bytes[] = {0xD0, 0x02, 0x00, 0x00};
        broker->hooks.send(broker->hooks.context, connection->peer, drill_span(bytes, sizeof bytes),
                           now_ns);
        return;
    }
    /* [v3:MQTT-3.12.4-1] [v5:MQTT-3.12.4-1] */
    DrillPacket packet = {.type = DRILL_PINGRESP};
    drill_broker_send(connection, &packet, now_ns);
}

/* Session Expiry Interval may be changed by DISCONNECT. False: not like this. */
static bool change_expiry(DrillBrokerConnection *connection, const DrillReasonPacket *disconnect,
                          uint64_t now_ns) {
    /* Section 3.14.2.2.2. */
    static const DrillBrokerRule from_zero = {
        NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
        "DISCONNECT sets the Session Expiry Interval that CONNECT had as 0"};
    DrillProperty property;
    if (!drill_properties_find(disconnect->properties, DRILL_SESSION_EXPIRY_INTERVAL, &property))
        return true;
    if (DRILL_BROKER_DEFECT(connection->broker, B_SESSION_EXPIRY_KEPT_AT_DISCONNECT)) return true;
    if (connection->connect_expiry_s == 0 && property.number != 0) {
        drill_broker_violation(connection, &from_zero, now_ns);
        return false;
    }
    DrillSession *session = connection->session;
    const uint32_t expiry_s = property.number;
    /* [v5:MQTT-3.1.2-23] Only who was told of a limit, by CONNACK, is held to it: nothing in
     * answer to DISCONNECT could say that a shorter interval is in force. */
    bool overridden = session->expiry_s < connection->connect_expiry_s;
    if (!overridden || expiry_s < session->expiry_s) session->expiry_s = expiry_s;
    return true;
}

static void on_disconnect(DrillBrokerConnection *connection, const DrillReasonPacket *disconnect,
                          uint64_t now_ns) {
    if (!change_expiry(connection, disconnect, now_ns)) return;
    /* [v3:MQTT-3.14.4-3] [v3:MQTT-3.1.2-10] [v5:MQTT-3.14.4-3] [v5:MQTT-3.1.2-10] the will goes
     * unpublished, unless 5.0 gives another Reason Code than 0. */
    if (DRILL_BROKER_DEFECT(connection->broker, B_WILL_OUTLIVES_DISCONNECT))
        drill_flawed_will_keep(connection);
    if (disconnect->reason_code == DRILL_REASON_SUCCESS &&
        !DRILL_BROKER_DEFECT(connection->broker, B_WILL_ON_DISCONNECT))
        drill_will_forget(connection);
    if (DRILL_BROKER_DEFECT(connection->broker, B_WILL_NOT_WITH_DISCONNECT_04))
        drill_will_forget(connection);
    drill_broker_close(connection, NULL, now_ns);
}

static void on_second_connect(DrillBrokerConnection *connection, uint64_t now_ns) {
    /* [v3:MQTT-3.1.0-2] [v5:MQTT-3.1.0-2] */
    static const DrillBrokerRule second = {"v3:MQTT-3.1.0-2", "v5:MQTT-3.1.0-2",
                                           DRILL_REASON_PROTOCOL_ERROR,
                                           "a second CONNECT on one connection"};
    if (DRILL_BROKER_DEFECT(connection->broker, B_SECOND_CONNECT_ACCEPTED)) {
        DrillPacket packet = {.type = DRILL_CONNACK};
        drill_broker_send(connection, &packet, now_ns);
        return;
    }
    drill_broker_violation(connection, &second, now_ns);
}

static void dispatch(DrillBrokerConnection *connection, const DrillPacket *packet,
                     uint64_t now_ns) {
    /* [v3:MQTT-4.8.0-1] [v5:MQTT-4.13.1-1] */
    static const DrillBrokerRule servers_only = {"v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1",
                                                 DRILL_REASON_PROTOCOL_ERROR,
                                                 "a packet that only servers send"};
    switch (packet->type) {
    case DRILL_CONNECT:
        on_second_connect(connection, now_ns);
        break;
    case DRILL_PUBLISH:
        drill_broker_publish(connection, &packet->as.publish, now_ns);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBCOMP:
        drill_broker_acknowledged(connection, packet->type, &packet->as.ack, now_ns);
        break;
    case DRILL_PUBREL:
        drill_broker_pubrel(connection, packet->as.ack.packet_identifier, now_ns);
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
        on_disconnect(connection, &packet->as.reason, now_ns);
        break;
    case DRILL_AUTH:
        drill_broker_auth(connection, &packet->as.reason, now_ns);
        break;
    case DRILL_CONNACK:
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
    case DRILL_PINGRESP:
        if (DRILL_BROKER_DEFECT(connection->broker, B_SERVER_PACKET_ACCEPTED)) break;
        drill_broker_violation(connection, &servers_only, now_ns);
        break;
    }
}

/* The Payload Format Indicator is right or wrong about a payload that can be used all the same; the
 * decoder has filled everything in. */
static bool is_only_format(const DrillFault *fault, const DrillPacket *packet) {
    return fault->reason_code == DRILL_REASON_PAYLOAD_FORMAT_INVALID &&
           packet->type == DRILL_PUBLISH && packet->as.publish.qos != DRILL_QOS_0;
}

static void decode_and_dispatch(DrillBrokerConnection *connection, DrillSpan bytes,
                                uint64_t now_ns) {
    const DrillBrokerConfig *config = &connection->broker->config;
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes, connection->version, &packet, &fault);
    bool passed = config->pass_bad_payload_format &&
                  fault.reason_code == DRILL_REASON_PAYLOAD_FORMAT_INVALID &&
                  packet.type == DRILL_PUBLISH;
    if (result == DRILL_OK || passed || is_only_format(&fault, &packet)) {
        dispatch(connection, &packet, now_ns);
        return;
    }
    switch (drill_flaws_tolerate(connection->broker, &bytes, &fault)) {
    case DRILL_TOLERATE_NOT:
        drill_broker_close(connection, &fault, now_ns); /* [v3:MQTT-4.8.0-1] [v5:MQTT-4.13.1-1] */
        break;
    case DRILL_TOLERATE_REPAIRED:
        decode_and_dispatch(connection, bytes, now_ns);
        break;
    case DRILL_TOLERATE_DROPPED:
        break;
    }
}

/* Before CONNACK: what there may be besides CONNECT is enhanced authentication. */
static void before_connack(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    /* [v3:MQTT-3.1.0-1] [v5:MQTT-3.1.0-1] */
    static const DrillBrokerRule first = {"v3:MQTT-3.1.0-1", "v5:MQTT-3.1.0-1",
                                          DRILL_REASON_PROTOCOL_ERROR,
                                          "the first packet is not CONNECT"};
    /* [v5:MQTT-3.1.2-30] */
    static const DrillBrokerRule authenticating = {
        NULL, "v5:MQTT-3.1.2-30", DRILL_REASON_PROTOCOL_ERROR,
        "a packet other than AUTH and DISCONNECT before the authentication has ended"};
    int type = bytes.data[0] >> 4;
    if (connection->told && DRILL_BROKER_DEFECT(connection->broker, B_REFUSED_SERVED)) {
        drill_flawed_refused(connection, bytes, now_ns);
        return;
    }
    if (connection->auth.under_way) {
        if (type == DRILL_AUTH)
            decode_and_dispatch(connection, bytes, now_ns);
        else if (type == DRILL_DISCONNECT)
            drill_broker_close(connection, NULL, now_ns);
        else
            drill_broker_violation(connection, &authenticating, now_ns);
        return;
    }
    if (type == DRILL_CONNECT) {
        drill_broker_connect(connection, bytes, now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(connection->broker, B_PACKET_BEFORE_CONNECT)) {
        if (type == DRILL_PINGREQ) on_pingreq(connection, now_ns);
        return;
    }
    drill_broker_violation(connection, &first, now_ns);
}

void drill_broker_packet(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    if (connection->session == NULL)
        before_connack(connection, bytes, now_ns);
    else
        decode_and_dispatch(connection, bytes, now_ns);
}
