/* Packets with a Reason Code, and what 5.0 lets the broker say beside it. */
#include "mqtt/broker_state.h"

#include "mqtt/broker_flaws.h"
#include "spec/spec.h"

void drill_broker_put_number(DrillBroker *broker, DrillProperties *list, DrillPropertyId id,
                             uint32_t number) {
    DrillProperty property = {.id = id, .number = number};
    DrillResult written = drill_properties_write(&broker->properties, &property);
    DRILL_ASSERT(written == DRILL_OK);
    list->wire = drill_buffer_span(&broker->properties);
    list->count++;
}

void drill_broker_put_text(DrillBroker *broker, DrillProperties *list, DrillPropertyId id,
                           DrillSpan text) {
    DrillProperty property = {.id = id, .value = text};
    DrillResult written = drill_properties_write(&broker->properties, &property);
    DRILL_ASSERT(written == DRILL_OK);
    list->wire = drill_buffer_span(&broker->properties);
    list->count++;
}

/* Into broker->out. [v5:MQTT-3.1.2-24] False: larger than the client takes. */
static bool encode(DrillBrokerConnection *connection, const DrillPacket *packet) {
    DrillBroker *broker = connection->broker;
    drill_buffer_clear(&broker->out);
    DrillResult result = drill_codec_encode(packet, connection->version, &broker->out);
    DRILL_ASSERT(result == DRILL_OK);
    bool connack = packet->type == DRILL_CONNACK && drill_broker_is_5_0(connection);
    if (DRILL_BROKER_DEFECT(broker, B_CONNACK_RESERVED_FLAGS) && connack)
        broker->out.data[2] |= 0x02;
    if (DRILL_BROKER_DEFECT(broker, B_REFUSAL_SESSION_PRESENT) && connack &&
        packet->as.connack.code != 0)
        broker->out.data[2] |= 0x01;
    return connection->packet_bytes_max == 0 || broker->out.size <= connection->packet_bytes_max;
}

bool drill_broker_fits(DrillBrokerConnection *connection, const DrillPacket *packet) {
    return encode(connection, packet) ||
           DRILL_BROKER_DEFECT(connection->broker, B_REASON_STRING_TOO_LARGE);
}

/* The list again, with what may be left out behind it. */
static DrillProperties extend(DrillBroker *broker, DrillProperties list, const char *text,
                              DrillProperties user_properties) {
    drill_buffer_clear(&broker->explained);
    drill_buffer_put(&broker->explained, list.wire.data, list.wire.size);
    if (text != NULL) {
        DrillProperty property = {.id = DRILL_REASON_STRING, .value = drill_span_of(text)};
        DrillResult written = drill_properties_write(&broker->explained, &property);
        DRILL_ASSERT(written == DRILL_OK);
        list.count++;
    }
    drill_buffer_put(&broker->explained, user_properties.wire.data, user_properties.wire.size);
    list.count += user_properties.count;
    list.wire = drill_buffer_span(&broker->explained);
    return list;
}

void drill_broker_give_up(DrillBrokerConnection *connection, DrillPacketType type,
                          uint64_t now_ns) {
    static const DrillBrokerRule too_small = {
        NULL, NULL, DRILL_REASON_PACKET_TOO_LARGE,
        "the Maximum Packet Size leaves no room for an answer that must be sent"};
    connection->problem_information = false;
    if (connection->told) return; /* it was the last word anyway */
    connection->told = type == DRILL_CONNACK;
    drill_broker_violation(connection, &too_small, now_ns);
}

void drill_broker_send_explained(DrillBrokerConnection *connection, DrillPacket *packet,
                                 const char *text, uint64_t now_ns) {
    static const DrillProperties none = {{NULL, 0}, 0};
    DrillBroker *broker = connection->broker;
    const DrillBrokerConfig *config = &broker->config;
    DrillProperties *properties = drill_packet_properties(packet);
    DrillProperties own = *properties;
    if (broker->flawed_codes) drill_flawed_code(broker, connection->version, packet);
    /* [v5:MQTT-3.1.2-29] only to a client that wants Problem Information. */
    bool allowed = drill_broker_is_5_0(connection) &&
                   (connection->problem_information ||
                    DRILL_BROKER_DEFECT(broker, B_PROBLEM_INFORMATION_IGNORED));
    if (!allowed || config->no_reason_strings) text = NULL;
    DrillProperties users = allowed ? config->user_properties : none;
    if (text != NULL || users.count > 0) *properties = extend(broker, own, text, users);
    bool fits = encode(connection, packet);
    if (DRILL_BROKER_DEFECT(broker, B_REASON_STRING_TOO_LARGE)) fits = true;
    if (DRILL_BROKER_DEFECT(broker, B_USER_PROPERTIES_TOO_LARGE) && !fits && users.count > 0) {
        *properties = extend(broker, own, NULL, users);
        (void)encode(connection, packet);
        fits = true;
    }
    /* [v5:MQTT-3.2.2-20] [v5:MQTT-3.4.2-3] [v5:MQTT-3.5.2-3] [v5:MQTT-3.6.2-3] [v5:MQTT-3.7.2-3]
     * [v5:MQTT-3.9.2-2] [v5:MQTT-3.11.2-2] [v5:MQTT-3.14.2-4] [v5:MQTT-3.15.2-3] too large: first
     * without User Properties, */
    if (!fits && users.count > 0 && text != NULL) {
        *properties = extend(broker, own, text, none);
        fits = encode(connection, packet);
    }
    /* [v5:MQTT-3.2.2-19] [v5:MQTT-3.4.2-2] [v5:MQTT-3.5.2-2] [v5:MQTT-3.6.2-2] [v5:MQTT-3.7.2-2]
     * [v5:MQTT-3.9.2-1] [v5:MQTT-3.11.2-1] [v5:MQTT-3.14.2-3] [v5:MQTT-3.15.2-2] then without
     * Reason String. */
    if (!fits && (users.count > 0 || text != NULL)) {
        *properties = own;
        fits = encode(connection, packet);
    }
    if (fits)
        drill_broker_send_out(connection, now_ns);
    else
        drill_broker_give_up(connection, packet->type, now_ns);
}

void drill_broker_send_ack(DrillBrokerConnection *connection, DrillPacketType type,
                           uint16_t packet_identifier, uint8_t reason_code, uint64_t now_ns) {
    bool coded = drill_broker_is_5_0(connection);
    DrillPacket packet = {.type = type,
                          .as.ack = {.packet_identifier = packet_identifier,
                                     .reason_code = coded ? reason_code : (uint8_t)0}};
    const char *text = NULL;
    if (coded && reason_code >= DRILL_REASON_UNSPECIFIED_ERROR)
        text = drill_reason_name((int)type, DRILL_MQTT_5_0, reason_code);
    drill_broker_send_explained(connection, &packet, text, now_ns);
}

void drill_broker_tell(DrillBrokerConnection *connection, uint8_t reason_code, const char *text,
                       uint64_t now_ns) {
    if (connection->told || !drill_broker_is_5_0(connection)) return;
    connection->told = true;
    /* [v5:MQTT-3.14.0-1] no DISCONNECT before CONNACK: the CONNACK says it. */
    bool accepted = connection->session != NULL;
    if (DRILL_BROKER_DEFECT(connection->broker, B_DISCONNECT_BEFORE_CONNACK)) accepted = true;
    DrillPacket packet = {.type = accepted ? DRILL_DISCONNECT : DRILL_CONNACK};
    /* [v5:MQTT-3.2.2-8] [v5:MQTT-3.14.2-1] only codes of its table. */
    if (drill_reason_name((int)packet.type, DRILL_MQTT_5_0, reason_code) == NULL)
        reason_code = DRILL_REASON_UNSPECIFIED_ERROR;
    if (DRILL_BROKER_DEFECT(connection->broker, B_WRONG_REASON_CODE))
        reason_code = DRILL_REASON_UNSPECIFIED_ERROR;
    bool redirects =
        reason_code == DRILL_REASON_USE_ANOTHER_SERVER || reason_code == DRILL_REASON_SERVER_MOVED;
    DrillSpan reference = connection->broker->config.server_reference;
    drill_buffer_clear(&connection->broker->properties);
    if (redirects && reference.size > 0)
        drill_broker_put_text(connection->broker, drill_packet_properties(&packet),
                              DRILL_SERVER_REFERENCE, reference);
    if (DRILL_BROKER_DEFECT(connection->broker, B_DISCONNECT_SESSION_EXPIRY) && accepted)
        drill_broker_put_number(connection->broker, drill_packet_properties(&packet),
                                DRILL_SESSION_EXPIRY_INTERVAL, 0);
    if (accepted)
        packet.as.reason.reason_code = reason_code;
    else
        packet.as.connack.code = reason_code; /* [v5:MQTT-3.2.2-6] Session Present 0 */
    drill_broker_send_explained(connection, &packet, text, now_ns);
    if (DRILL_BROKER_DEFECT(connection->broker, B_PACKET_AFTER_DISCONNECT) && accepted) {
        DrillPacket pingresp = {.type = DRILL_PINGRESP};
        drill_broker_send(connection, &pingresp, now_ns);
    }
}
