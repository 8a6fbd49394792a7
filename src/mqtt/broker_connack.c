/* The CONNACK that lets a client in: what 5.0 announces with it. */
#include "mqtt/broker_state.h"

/* Only what differs from the default that its absence stands for. */
static void put_limits(DrillBroker *broker, DrillProperties *list) {
    const DrillBrokerConfig *config = &broker->config;
    if (config->receive_maximum != UINT16_MAX)
        drill_broker_put_number(broker, list, DRILL_RECEIVE_MAXIMUM, config->receive_maximum);
    /* [v5:MQTT-3.2.2-9] */
    if (config->limit_publish_qos && !DRILL_BROKER_DEFECT(broker, B_MAXIMUM_QOS_UNANNOUNCED))
        drill_broker_put_number(broker, list, DRILL_MAXIMUM_QOS, config->publish_qos_max);
    if (DRILL_BROKER_DEFECT(broker, B_CONNACK_MAXQOS_2) && !config->limit_publish_qos)
        drill_broker_put_number(broker, list, DRILL_MAXIMUM_QOS, 2);
    if (config->no_retain) drill_broker_put_number(broker, list, DRILL_RETAIN_AVAILABLE, 0);
    if (config->maximum_packet_size != 0)
        drill_broker_put_number(broker, list, DRILL_MAXIMUM_PACKET_SIZE,
                                config->maximum_packet_size);
    if (config->topic_alias_maximum != 0)
        drill_broker_put_number(broker, list, DRILL_TOPIC_ALIAS_MAXIMUM,
                                config->topic_alias_maximum);
    if (config->no_wildcards)
        drill_broker_put_number(broker, list, DRILL_WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
    if (config->no_subscription_ids)
        drill_broker_put_number(broker, list, DRILL_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
    if (config->no_shared)
        drill_broker_put_number(broker, list, DRILL_SHARED_SUBSCRIPTION_AVAILABLE, 0);
    /* [v5:MQTT-3.1.2-21] */
    if (config->has_server_keep_alive)
        drill_broker_put_number(broker, list, DRILL_SERVER_KEEP_ALIVE, config->server_keep_alive_s);
}

/* [v5:MQTT-4.12.0-5] the method again, and [v5:MQTT-4.12.0-6] none where CONNECT had none. */
static void put_authentication(DrillBrokerConnection *connection, DrillProperties *list) {
    const DrillBrokerAuth *auth = &connection->auth;
    if (DRILL_BROKER_DEFECT(connection->broker, B_CONNACK_METHOD_UNASKED) && auth->method == NULL)
        drill_broker_put_text(connection->broker, list, DRILL_AUTHENTICATION_METHOD,
                              drill_span_of("NONE"));
    if (DRILL_BROKER_DEFECT(connection->broker, B_AUTH_METHOD_NOT_ECHOED)) return;
    if (auth->method == NULL) return;
    drill_broker_put_text(connection->broker, list, DRILL_AUTHENTICATION_METHOD,
                          drill_span_of(auth->method->name));
    if (auth->answer.size > 0)
        drill_broker_put_text(connection->broker, list, DRILL_AUTHENTICATION_DATA,
                              drill_buffer_span(&auth->answer));
}

static void put_facts(DrillBrokerConnection *connection, const DrillConnackFacts *facts,
                      DrillProperties *list) {
    DrillBroker *broker = connection->broker;
    if (facts->expiry_s != facts->wanted_expiry_s &&
        !DRILL_BROKER_DEFECT(broker, B_SEI_OVERRIDE_SILENT))
        drill_broker_put_number(broker, list, DRILL_SESSION_EXPIRY_INTERVAL, facts->expiry_s);
    /* [v5:MQTT-3.1.3-7] */
    if (facts->assigned_id.size > 0)
        drill_broker_put_text(broker, list, DRILL_ASSIGNED_CLIENT_IDENTIFIER, facts->assigned_id);
    put_limits(broker, list);
    /* [v5:MQTT-3.1.2-28] only to who asked for it. */
    if (facts->wants_response_information && broker->config.response_information.size > 0)
        drill_broker_put_text(broker, list, DRILL_RESPONSE_INFORMATION,
                              broker->config.response_information);
    if (DRILL_BROKER_DEFECT(broker, B_RESPONSE_INFORMATION_UNASKED) &&
        !facts->wants_response_information)
        drill_broker_put_text(broker, list, DRILL_RESPONSE_INFORMATION, drill_span_of("answers"));
    put_authentication(connection, list);
}

static DrillPacket connack_of(DrillBrokerConnection *connection, const DrillConnackFacts *facts) {
    /* [v3:MQTT-3.2.2-1] [v3:MQTT-3.2.2-2] [v3:MQTT-3.2.2-3] [v5:MQTT-3.2.2-2] [v5:MQTT-3.2.2-3]
     * Session Present. 3.1 has none. */
    bool present = facts->session_present && connection->version != DRILL_MQTT_3_1;
    DrillPacket packet = {.type = DRILL_CONNACK, .as.connack = {.session_present = present}};
    drill_buffer_clear(&connection->broker->properties);
    if (drill_broker_is_5_0(connection))
        put_facts(connection, facts, &packet.as.connack.properties);
    return packet;
}

bool drill_broker_connack_fits(DrillBrokerConnection *connection, const DrillConnackFacts *facts) {
    if (connection->packet_bytes_max == 0) return true;
    DrillPacket packet = connack_of(connection, facts);
    return drill_broker_fits(connection, &packet);
}

void drill_broker_send_connack(DrillBrokerConnection *connection, const DrillConnackFacts *facts,
                               uint64_t now_ns) {
    /* [v3:MQTT-3.1.4-4] [v3:MQTT-3.2.0-1] [v5:MQTT-3.1.4-5] [v5:MQTT-3.2.0-1] first of all. */
    DrillPacket packet = connack_of(connection, facts);
    drill_broker_send_explained(connection, &packet, NULL, now_ns);
}
