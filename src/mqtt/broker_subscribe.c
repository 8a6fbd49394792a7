/* SUBSCRIBE and UNSUBSCRIBE. */
#include "mqtt/broker_state.h"

static uint16_t wrong_identifier(uint16_t packet_identifier) {
    return packet_identifier == 65535 ? 1 : (uint16_t)(packet_identifier + 1);
}

static void reverse(DrillBuffer *bytes) {
    for (size_t i = 0; i < bytes->size / 2; i++) {
        uint8_t byte = bytes->data[i];
        bytes->data[i] = bytes->data[bytes->size - 1 - i];
        bytes->data[bytes->size - 1 - i] = byte;
    }
}

static void send_suback(DrillBrokerConnection *connection, uint16_t packet_identifier,
                        uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_WRONG_ORDER)) reverse(&broker->codes);
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_ONE_CODE)) broker->codes.size = 1;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_WRONG_ID))
        packet_identifier = wrong_identifier(packet_identifier);
    /* [v3:MQTT-3.8.4-1] [v3:MQTT-3.8.4-2] [v3:MQTT-2.3.1-7] one SUBACK with the identifier of its
     * SUBSCRIBE. */
    DrillPacket packet = {.type = DRILL_SUBACK,
                          .as.suback = {.packet_identifier = packet_identifier,
                                        .reason_codes = drill_buffer_span(&broker->codes)}};
    drill_broker_send(connection, &packet, now_ns);
}

void drill_broker_subscribe(DrillBrokerConnection *connection,
                            const DrillSubscribePacket *subscribe, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    DrillFilter filter;
    size_t offset = 0;
    drill_buffer_clear(&broker->codes);
    drill_buffer_clear(&broker->replaced);
    /* [v3:MQTT-3.8.4-4] filter by filter, as if each had come alone, but with one SUBACK. */
    while (drill_filters_next(subscribe->filters, true, &offset, &filter)) {
        bool replaced = false;
        drill_session_subscribe(&broker->sessions, session, &filter, &replaced);
        /* [v3:MQTT-3.8.4-5] [v3:MQTT-3.9.3-1] a code per filter, in their order; everything asked
         * for is granted. */
        drill_buffer_put_byte(&broker->codes, filter.options);
        drill_buffer_put_byte(&broker->replaced, replaced ? 1 : 0);
    }
    send_suback(connection, subscribe->packet_identifier, now_ns);
    offset = 0;
    for (size_t i = 0; drill_filters_next(subscribe->filters, true, &offset, &filter); i++) {
        if (DRILL_BROKER_DEFECT(broker, B_RETAINED_NOT_ON_RESUBSCRIBE) &&
            broker->replaced.data[i] != 0)
            continue;
        /* [v3:MQTT-3.8.4-3] retained messages come again even if the subscription was there. */
        drill_broker_replay(
            broker, drill_session_find_subscription(&broker->sessions, session, filter.filter),
            now_ns);
    }
}

void drill_broker_unsubscribe(DrillBrokerConnection *connection,
                              const DrillSubscribePacket *unsubscribe, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    DrillFilter filter;
    size_t offset = 0;
    bool any = false;
    /* [v3:MQTT-3.10.4-6] filter by filter, one UNSUBACK. */
    while (drill_filters_next(unsubscribe->filters, false, &offset, &filter)) {
        /* [v3:MQTT-3.10.4-1] only the very same filter. */
        DrillSubscription *subscription =
            drill_session_find_subscription(&broker->sessions, session, filter.filter);
        if (subscription == NULL) continue;
        any = true;
        /* [v3:MQTT-3.10.4-2] nothing new for it; [v3:MQTT-3.10.4-3] what is under way stays in the
         * Session. */
        if (!DRILL_BROKER_DEFECT(broker, B_UNSUBSCRIBE_IGNORED))
            drill_session_unsubscribe(&broker->sessions, subscription);
    }
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBSCRIBE_DROPS_INFLIGHT))
        drill_inflight_forget_list(&session->inflight, &session->inflight.publishing);
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_ONLY_IF_REMOVED) && !any) return;
    /* [v3:MQTT-3.10.4-4] [v3:MQTT-3.10.4-5] always, with the same identifier. */
    DrillPacket packet = {.type = DRILL_UNSUBACK,
                          .as.suback = {.packet_identifier = unsubscribe->packet_identifier}};
    drill_broker_send(connection, &packet, now_ns);
}
