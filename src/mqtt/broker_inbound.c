/* Messages from clients: PUBLISH and PUBREL. */
#include "mqtt/broker_state.h"
#include "mqtt/topic.h"

#define DEFECT_ID_TIMEOUT_NS      (2 * DRILL_NS_PER_S)
#define DEFECT_BLOCKING_EXCHANGES 2u

void drill_broker_answer(DrillBrokerConnection *connection, DrillPacketType type,
                         uint16_t packet_identifier, uint8_t reason_code, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    uint32_t open = drill_inflight_open(&connection->session->inflight);
    if (DRILL_BROKER_DEFECT(broker, B_QUOTA_BLOCKS_ACKS) && open >= DEFECT_BLOCKING_EXCHANGES)
        return;
    if (DRILL_BROKER_DEFECT(broker, B_ACK_WRONG_ID))
        packet_identifier = packet_identifier == 65535 ? 1 : (uint16_t)(packet_identifier + 1);
    /* [v3:MQTT-2.3.1-6] [v5:MQTT-2.2.1-5] with the identifier of what it answers. */
    drill_broker_send_ack(connection, type, packet_identifier, reason_code, now_ns);
}

/* False: no subscription matched. */
static bool accept_message(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                           uint64_t now_ns) {
    DrillMessage *message =
        drill_broker_message(connection->broker, publish, connection->session->serial, now_ns);
    bool any = drill_broker_route(connection->broker, message, now_ns);
    drill_message_release(message);
    return any;
}

static uint8_t acceptance_code(const DrillBroker *broker, bool any_subscriber) {
    return any_subscriber || !broker->config.tell_no_subscribers
               ? (uint8_t)DRILL_REASON_SUCCESS
               : (uint8_t)DRILL_REASON_NO_MATCHING_SUBSCRIBERS;
}

static void on_publish_qos1(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                            uint8_t refusal, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    /* [v3:MQTT-4.3.2-2] [v5:MQTT-4.3.2-4] [v5:MQTT-4.3.2-5] a message of its own, whatever DUP
     * says; answered when it is in the Sessions. */
    uint8_t code = refusal;
    bool dropped = DRILL_BROKER_DEFECT(broker, B_QOS1_TRUST_DUP_AS_SEEN) && publish->dup;
    if (code == DRILL_REASON_SUCCESS && !dropped)
        code = acceptance_code(broker, accept_message(connection, publish, now_ns));
    if (DRILL_BROKER_DEFECT(broker, B_QOS1_NOT_ACKED)) return;
    bool confused = DRILL_BROKER_DEFECT(broker, B_QOS1_ANSWERED_PUBREC);
    if (DRILL_BROKER_DEFECT(broker, B_ACK_TYPE_FROM_STORED_QOS) &&
        drill_inflight_held(&connection->session->inflight, publish->packet_identifier) != NULL)
        confused = true;
    /* [v3:MQTT-3.3.4-1] [v5:MQTT-3.3.4-1] QoS 1: PUBACK. */
    drill_broker_answer(connection, confused ? DRILL_PUBREC : DRILL_PUBACK,
                        publish->packet_identifier, code, now_ns);
}

/* Against our Receive Maximum, once per connection. */
static void count_receiving(DrillBrokerConnection *connection, DrillHeld *held) {
    if (held->counted_on == connection->serial) return;
    held->counted_on = connection->serial;
    connection->receiving_count++;
}

/* A PUBLISH whose identifier is held: one of the same message. */
static void repeat_pubrec(DrillBrokerConnection *connection, DrillHeld *held, uint64_t now_ns) {
    static const DrillBrokerRule third = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                          "a third copy of one PUBLISH"};
    DrillBroker *broker = connection->broker;
    held->copies++;
    count_receiving(connection, held);
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_SECOND_DUP_IS_ERROR) && held->copies > 2) {
        drill_broker_violation(connection, &third, now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_DUP_WITHOUT_PUBREC)) return;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_DOUBLE_PUBREC) && held->connection != connection->serial)
        drill_broker_answer(connection, DRILL_PUBREC, held->use.value, DRILL_REASON_SUCCESS,
                            now_ns);
    /* [v3:MQTT-4.3.3-2] [v5:MQTT-4.3.3-10] PUBREC again, no second delivery. */
    drill_broker_answer(connection, DRILL_PUBREC, held->use.value, DRILL_REASON_SUCCESS, now_ns);
}

static void pass_on(DrillBroker *broker, DrillHeld *held, uint64_t now_ns) {
    DrillMessage *message = held->message;
    held->message = NULL;
    if (message != NULL) (void)drill_broker_route(broker, message, now_ns);
    drill_message_release(message);
}

/* The PUBLISH is taken over. */
static void hold(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                 DrillHeld *held_or_null, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillInflight *inflight = &connection->session->inflight;
    DrillHeld *held = held_or_null;
    if (held == NULL) held = drill_inflight_hold(inflight, publish->packet_identifier);
    held->received_ns = now_ns;
    held->connection = connection->serial;
    held->record = broker->next_record++;
    count_receiving(connection, held);
    drill_message_release(held->message);
    held->message = drill_broker_message(broker, publish, connection->session->serial, now_ns);
    bool any =
        !broker->config.tell_no_subscribers || drill_broker_has_subscriber(broker, publish->topic);
    /* Figure 4.3 allows both moments: now (method B) or at PUBREL (method A). */
    if (broker->config.qos2_forward == DRILL_QOS2_ON_PUBLISH ||
        DRILL_BROKER_DEFECT(broker, B_QOS2_NO_INBOUND_ID_STORE))
        pass_on(broker, held, now_ns);
    /* [v3:MQTT-3.3.4-1] [v3:MQTT-4.3.3-2] [v5:MQTT-3.3.4-1] [v5:MQTT-4.3.3-8] QoS 2: PUBREC. */
    bool confused = DRILL_BROKER_DEFECT(broker, B_QOS2_ANSWERED_PUBACK);
    drill_broker_answer(connection, confused ? DRILL_PUBACK : DRILL_PUBREC,
                        publish->packet_identifier, acceptance_code(broker, any), now_ns);
}

static void on_publish_qos2(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                            uint8_t refusal, uint64_t now_ns) {
    static const DrillBrokerRule dup = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR, "DUP 1"};
    DrillBroker *broker = connection->broker;
    DrillInflight *inflight = &connection->session->inflight;
    DrillHeld *held = drill_inflight_held(inflight, publish->packet_identifier);
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_REJECT_DUP1) && publish->dup) {
        drill_broker_violation(connection, &dup, now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_TRUST_DUP_AS_SEEN) && publish->dup) {
        drill_broker_answer(connection, DRILL_PUBREC, publish->packet_identifier,
                            DRILL_REASON_SUCCESS, now_ns);
        return;
    }
    bool aged = held != NULL && now_ns - held->received_ns >= DEFECT_ID_TIMEOUT_NS;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_INBOUND_ID_TIMEOUT) && aged) {
        pass_on(broker, held, now_ns);
        drill_inflight_unhold(inflight, held);
        held = NULL;
    }
    if (held != NULL && !DRILL_BROKER_DEFECT(broker, B_QOS2_NO_INBOUND_ID_STORE)) {
        repeat_pubrec(connection, held, now_ns);
        return;
    }
    /* [v5:MQTT-4.3.3-9] what is refused is not held. */
    if (refusal != DRILL_REASON_SUCCESS && DRILL_BROKER_DEFECT(broker, B_QOS2_REFUSED_ID_HELD))
        drill_inflight_hold(inflight, publish->packet_identifier)->copies = 0;
    if (refusal != DRILL_REASON_SUCCESS)
        drill_broker_answer(connection, DRILL_PUBREC, publish->packet_identifier, refusal, now_ns);
    else
        hold(connection, publish, held, now_ns);
}

/* --- what a client may not publish --- */

/* [v5:MQTT-3.3.2-12] The Topic Name behind a Topic Alias. */
static const DrillBrokerRule *resolve_alias(DrillBrokerConnection *connection,
                                            DrillPublishPacket *publish) {
    /* [v5:MQTT-3.3.2-9] [v5:MQTT-3.2.2-17] [v5:MQTT-3.2.2-18] */
    static const DrillBrokerRule above = {NULL, "v5:MQTT-3.3.2-9", DRILL_REASON_TOPIC_ALIAS_INVALID,
                                          "a Topic Alias above the Topic Alias Maximum"};
    static const DrillBrokerRule unknown = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                            "a Topic Alias that no Topic Name came with before"};
    DrillProperty alias;
    DrillBroker *broker = connection->broker;
    if (!drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &alias)) return NULL;
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_REMAP_IGNORED)) {
        DrillSpan kept = {NULL, 0};
        if (drill_aliases_in_take(&connection->aliases_in, alias.number, &kept) == DRILL_ALIAS_OK) {
            if (publish->topic.size == 0) publish->topic = kept;
            return NULL;
        }
    }
    switch (drill_aliases_in_take(&connection->aliases_in, alias.number, &publish->topic)) {
    case DRILL_ALIAS_OK:
        break;
    case DRILL_ALIAS_INVALID:
        if (DRILL_BROKER_DEFECT(broker, B_ALIAS_ABOVE_ACCEPTED) && publish->topic.size > 0) break;
        return &above;
    case DRILL_ALIAS_UNKNOWN:
        if (DRILL_BROKER_DEFECT(broker, B_ALIAS_KEPT_ACROSS_CONNECTIONS) &&
            drill_aliases_in_take(&broker->old_aliases, alias.number, &publish->topic) ==
                DRILL_ALIAS_OK)
            break;
        return &unknown;
    }
    return NULL;
}

/* What 5.0 calls an error of the connection. */
static const DrillBrokerRule *check_publish(const DrillBrokerConnection *connection,
                                            const DrillPublishPacket *publish) {
    /* [v5:MQTT-3.3.4-6] */
    static const DrillBrokerRule subscription_id = {
        NULL, "v5:MQTT-3.3.4-6", DRILL_REASON_PROTOCOL_ERROR,
        "a Subscription Identifier in a PUBLISH from a client"};
    /* [v5:MQTT-3.2.2-11] */
    static const DrillBrokerRule qos = {NULL, "v5:MQTT-3.2.2-11", DRILL_REASON_QOS_NOT_SUPPORTED,
                                        "a PUBLISH above the Maximum QoS"};
    /* [v5:MQTT-3.2.2-14] */
    static const DrillBrokerRule retained = {NULL, "v5:MQTT-3.2.2-14",
                                             DRILL_REASON_RETAIN_NOT_SUPPORTED,
                                             "RETAIN 1, but no message is retained here"};
    /* [v5:MQTT-3.3.4-7] */
    static const DrillBrokerRule many = {
        NULL, "v5:MQTT-3.3.4-7", DRILL_REASON_RECEIVE_MAXIMUM_EXCEEDED,
        "more unacknowledged PUBLISH packets than the Receive Maximum"};
    const DrillAnnounced *announced = &connection->announced;
    DrillProperty property;
    const DrillBroker *broker = connection->broker;
    if (drill_properties_find(publish->properties, DRILL_SUBSCRIPTION_IDENTIFIER, &property) &&
        !DRILL_BROKER_DEFECT(broker, B_SUBID_FROM_CLIENT_ACCEPTED))
        return &subscription_id;
    if (announced->limit_qos && publish->qos > announced->qos_max &&
        !DRILL_BROKER_DEFECT(broker, B_MAXIMUM_QOS_NOT_ENFORCED))
        return &qos;
    if (announced->no_retain && publish->retain &&
        !DRILL_BROKER_DEFECT(broker, B_RETAIN_NOT_ENFORCED))
        return &retained;
    if (DRILL_BROKER_DEFECT(broker, B_RECVMAX_OVERRUN_TOLERATED)) return NULL;
    if (publish->qos == DRILL_QOS_0 || connection->receiving_count < announced->receive_maximum)
        return NULL;
    const DrillHeld *held =
        drill_inflight_held(&connection->session->inflight, publish->packet_identifier);
    return held != NULL && held->counted_on == connection->serial ? NULL : &many;
}

static bool is_over_retained_max(const DrillBroker *broker, const DrillPublishPacket *publish) {
    if (broker->config.retained_max == 0 || !publish->retain || publish->payload.size == 0)
        return false;
    return broker->retained.count >= broker->config.retained_max &&
           drill_retained_find(&broker->retained, publish->topic) == NULL;
}

static bool has_bad_format(const DrillPublishPacket *publish) {
    DrillProperty format;
    return drill_properties_find(publish->properties, DRILL_PAYLOAD_FORMAT_INDICATOR, &format) &&
           format.number == 1 && !drill_utf8_valid(publish->payload);
}

/* Reason Code of PUBACK or PUBREC; 0: it is accepted. */
static uint8_t refusal_of(const DrillBrokerConnection *connection,
                          const DrillPublishPacket *publish) {
    const DrillBroker *broker = connection->broker;
    const DrillBrokerConfig *config = &broker->config;
    const DrillSession *session = connection->session;
    bool v5 = drill_broker_is_5_0(connection);
    if (!drill_broker_may_publish(broker, drill_buffer_span(&connection->user_name),
                                  session->client_id, publish->topic))
        return DRILL_REASON_NOT_AUTHORIZED;
    if (config->topic_levels_max != 0 &&
        drill_topic_level_count(publish->topic) > config->topic_levels_max)
        return DRILL_REASON_TOPIC_NAME_INVALID;
    if (is_over_retained_max(broker, publish)) return DRILL_REASON_QUOTA_EXCEEDED;
    if (!v5) return DRILL_REASON_SUCCESS;
    if (config->queue_policy == DRILL_QUEUE_REFUSE &&
        drill_broker_is_full(connection->broker, publish->topic))
        return DRILL_REASON_QUOTA_EXCEEDED;
    if (!config->pass_bad_payload_format && has_bad_format(publish))
        return DRILL_REASON_PAYLOAD_FORMAT_INVALID;
    /* The identifier is held by a QoS 2 exchange. */
    if (publish->qos == DRILL_QOS_1 &&
        drill_inflight_held(&session->inflight, publish->packet_identifier) != NULL)
        return DRILL_REASON_PACKET_IDENTIFIER_IN_USE;
    return DRILL_REASON_SUCCESS;
}

/* [v3:MQTT-3.3.5-2] 3.1.1 has no word for it: the usual answer, and nothing is done. */
static void swallow(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                    uint64_t now_ns) {
    if (publish->qos == DRILL_QOS_0) return;
    drill_broker_answer(connection, publish->qos == DRILL_QOS_1 ? DRILL_PUBACK : DRILL_PUBREC,
                        publish->packet_identifier, DRILL_REASON_SUCCESS, now_ns);
}

void drill_broker_publish(DrillBrokerConnection *connection, const DrillPublishPacket *packet,
                          uint64_t now_ns) {
    DrillPublishPacket publish = *packet;
    bool v5 = drill_broker_is_5_0(connection);
    const DrillBrokerRule *broken = v5 ? resolve_alias(connection, &publish) : NULL;
    if (v5 && broken == NULL) broken = check_publish(connection, &publish);
    if (broken != NULL && publish.topic.size == 0 &&
        DRILL_BROKER_DEFECT(connection->broker, B_ALIAS_UNKNOWN_ACCEPTED))
        return;
    if (broken != NULL) {
        drill_broker_violation(connection, broken, now_ns);
        return;
    }
    uint8_t refusal = refusal_of(connection, &publish);
    if (refusal != DRILL_REASON_SUCCESS &&
        DRILL_BROKER_DEFECT(connection->broker, B_BARRED_UNANSWERED))
        return;
    if (refusal != DRILL_REASON_SUCCESS && !v5) {
        swallow(connection, &publish, now_ns);
        return;
    }
    switch (publish.qos) {
    case DRILL_QOS_0:
        if (refusal == DRILL_REASON_SUCCESS) (void)accept_message(connection, &publish, now_ns);
        break;
    case DRILL_QOS_1:
        on_publish_qos1(connection, &publish, refusal, now_ns);
        break;
    case DRILL_QOS_2:
        on_publish_qos2(connection, &publish, refusal, now_ns);
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
    if (held->counted_on == connection->serial &&
        !DRILL_BROKER_DEFECT(broker, B_RECEIVE_QUOTA_LEAK))
        connection->receiving_count--;
    held->counted_on = 0;
    /* [v3:MQTT-4.3.3-2] [v5:MQTT-4.3.3-12] from here on the identifier means a new message. */
    if (!DRILL_BROKER_DEFECT(broker, B_QOS2_ID_NOT_FREED_AFTER_PUBCOMP))
        drill_inflight_unhold(&connection->session->inflight, held);
}

void drill_broker_pubrel(DrillBrokerConnection *connection, uint16_t packet_identifier,
                         uint64_t now_ns) {
    static const DrillBrokerRule unknown = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                            "PUBREL for an identifier that is not held"};
    DrillBroker *broker = connection->broker;
    DrillHeld *held = drill_inflight_held(&connection->session->inflight, packet_identifier);
    if (held == NULL && DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREL_UNKNOWN_IGNORED)) return;
    if (held == NULL && DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREL_UNKNOWN_CLOSES)) {
        drill_broker_violation(connection, &unknown, now_ns);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRED_NOT_COMPLETED) && held != NULL &&
        held->message != NULL && drill_message_expired(held->message, now_ns))
        return;
    bool resumed = held != NULL && held->connection != connection->serial;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_PUBCOMP_0X92_ON_RESUME) && resumed) {
        drill_inflight_unhold(&connection->session->inflight, held);
        held = NULL;
    }
    bool known = held != NULL;
    if (known) release_held(connection, held, now_ns);
    /* [v3:MQTT-4.3.3-2] [v5:MQTT-4.3.3-11] PUBCOMP, whether the identifier is held or not;
     * [v5:MQTT-4.3.3-13] whether the message has expired or not. */
    drill_broker_answer(connection, DRILL_PUBCOMP, packet_identifier,
                        known ? DRILL_REASON_SUCCESS : DRILL_REASON_PACKET_IDENTIFIER_NOT_FOUND,
                        now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_PUBREC_AFTER_PUBCOMP) && known)
        drill_broker_answer(connection, DRILL_PUBREC, packet_identifier, DRILL_REASON_SUCCESS,
                            now_ns);
}
