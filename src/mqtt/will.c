/* Will Messages (section 3.1.2.5). A will belongs to a Network Connection; in 5.0 it passes to the
 * Session when the connection ends and Will Delay Interval is not 0. */
#include "mqtt/broker_state.h"

void drill_will_keep(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                     uint64_t now_ns) {
    DRILL_ASSERT(connection->will == NULL);
    /* [v3:MQTT-3.1.2-12] no Will Flag, no will. */
    if (!connect->has_will) return;
    /* [v3:MQTT-3.1.2-9] topic, message, QoS and RETAIN are those of CONNECT. [v5:MQTT-3.1.3-10] so
     * are the properties. */
    DrillPublishPacket publish = {.qos = connect->will_qos,
                                  .retain = connect->will_retain,
                                  .topic = connect->will_topic,
                                  .payload = connect->will_payload,
                                  .properties = connect->will_properties};
    DrillProperty delay;
    bool delayed =
        drill_properties_find(connect->will_properties, DRILL_WILL_DELAY_INTERVAL, &delay);
    connection->will_delay_s = delayed ? delay.number : 0;
    /* [v5:MQTT-3.1.2-7] kept until it is due or dropped. */
    connection->will = drill_broker_message(connection->broker, &publish, 0, now_ns);
}

void drill_will_forget(DrillBrokerConnection *connection) {
    drill_message_release(connection->will);
    connection->will = NULL;
}

DrillMessage *drill_will_take(DrillBrokerConnection *connection) {
    /* [v3:MQTT-3.1.2-10] [v5:MQTT-3.1.2-10] it is gone from the connection before it is published,
     * so it cannot appear twice. */
    DrillMessage *will = connection->will;
    connection->will = NULL;
    return will;
}

void drill_will_defer(DrillBrokerConnection *connection, DrillSession *session, uint64_t now_ns) {
    const DrillBroker *broker = connection->broker;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_DELAY_IGNORED)) return;
    if (connection->will == NULL || connection->will_delay_s == 0 || session->expiry_s == 0) return;
    uint64_t delay_ns = connection->will_delay_s * DRILL_NS_PER_S;
    session->will = drill_will_take(connection);
    session->will_due_ns = delay_ns > DRILL_NEVER - now_ns ? DRILL_NEVER : now_ns + delay_ns;
}

void drill_will_cancel(DrillSession *session) {
    /* [v5:MQTT-3.1.3-9] */
    drill_message_release(session->will);
    session->will = NULL;
}

void drill_will_publish(DrillBroker *broker, DrillMessage *will, uint64_t now_ns) {
    if (will == NULL) return;
    /* Message Expiry Interval begins with the publication. */
    if (!DRILL_BROKER_DEFECT(broker, B_WILL_EXPIRY_FROM_CONNECT))
        drill_message_published(will, now_ns);
    bool lost = DRILL_BROKER_DEFECT(broker, B_WILL_NOT_PUBLISHED);
    if (DRILL_BROKER_DEFECT(broker, B_WILL_DELAYED_LOST) && will->will_delay_s != 0) lost = true;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_QOS2_LOST) && will->qos == DRILL_QOS_2) lost = true;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_RETAIN_IGNORED)) will->retain = false;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_ALWAYS_RETAINED)) will->retain = true;
    /* [v3:MQTT-3.1.2-8] [v5:MQTT-3.1.2-8] published like any other message. [v3:MQTT-3.1.2-16]
     * [v3:MQTT-3.1.2-17] [v5:MQTT-3.1.2-14] [v5:MQTT-3.1.2-15] retained or not as CONNECT said. */
    if (!lost) (void)drill_broker_route(broker, will, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_WILL_TWICE)) (void)drill_broker_route(broker, will, now_ns);
    drill_message_release(will);
}
