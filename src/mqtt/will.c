/* Will Messages (section 3.1.2.5). A will belongs to a Network Connection, not to a Session. */
#include "mqtt/broker_state.h"

void drill_will_keep(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                     uint64_t now_ns) {
    DRILL_ASSERT(connection->will == NULL);
    /* [v3:MQTT-3.1.2-12] no Will Flag, no will. */
    if (!connect->has_will) return;
    /* [v3:MQTT-3.1.2-9] topic, message, QoS and RETAIN are those of CONNECT. */
    DrillPublishPacket publish = {.qos = connect->will_qos,
                                  .retain = connect->will_retain,
                                  .topic = connect->will_topic,
                                  .payload = connect->will_payload};
    connection->will = drill_broker_message(connection->broker, &publish, 0, now_ns);
}

void drill_will_forget(DrillBrokerConnection *connection) {
    drill_message_release(connection->will);
    connection->will = NULL;
}

DrillMessage *drill_will_take(DrillBrokerConnection *connection) {
    /* [v3:MQTT-3.1.2-10] it is gone from the connection before it is published, so it cannot appear
     * twice. */
    DrillMessage *will = connection->will;
    connection->will = NULL;
    return will;
}

void drill_will_publish(DrillBroker *broker, DrillMessage *will, uint64_t now_ns) {
    if (will == NULL) return;
    bool lost = DRILL_BROKER_DEFECT(broker, B_WILL_NOT_PUBLISHED);
    if (DRILL_BROKER_DEFECT(broker, B_WILL_QOS2_LOST) && will->qos == DRILL_QOS_2) lost = true;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_RETAIN_IGNORED)) will->retain = false;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_ALWAYS_RETAINED)) will->retain = true;
    /* [v3:MQTT-3.1.2-8] published like any other message. [v3:MQTT-3.1.2-16] [v3:MQTT-3.1.2-17]
     * retained or not as CONNECT said. */
    if (!lost) drill_broker_route(broker, will, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_WILL_TWICE)) drill_broker_route(broker, will, now_ns);
    drill_message_release(will);
}
