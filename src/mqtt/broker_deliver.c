/* From a Session to its Network Connection: order, window, queue, resending. */
#include <string.h>

#include "mqtt/broker_flaws.h"

#define DEFECT_SILENCE_NS (10 * DRILL_NS_PER_S)

/* Packet Identifier 0 at QoS 1 or 2 exists only with a defect: the encoder refuses it. It stands
 * behind the Topic Name, whose length the packet says. */
static void zero_identifier(DrillBuffer *packet) {
    size_t at = 1;
    while ((packet->data[at++] & 0x80) != 0) {
        /* Remaining Length */
    }
    at += 2 + ((size_t)packet->data[at] << 8 | packet->data[at + 1]);
    packet->data[at] = packet->data[at + 1] = 0;
}

/* Defect: U+FEFF is taken for a sign of the encoding. */
static DrillSpan without_mark(DrillSpan topic) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool marked = topic.size > sizeof mark && memcmp(topic.data, mark, sizeof mark) == 0;
    return marked ? drill_span(topic.data + sizeof mark, topic.size - sizeof mark) : topic;
}

/* Into broker->out. `alias` 0: none; `known`: the client knows it, the Topic Name stays empty. */
static void encode_publish(DrillBrokerConnection *connection, const DrillExchange *exchange,
                           bool dup, uint16_t packet_identifier, uint16_t alias, bool known,
                           uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    const DrillMessage *message = exchange->message;
    bool numbered = exchange->qos != DRILL_QOS_0;
    DrillPacket packet = {.type = DRILL_PUBLISH,
                          .as.publish = {.dup = dup && numbered,
                                         .qos = exchange->qos,
                                         .retain = exchange->retain,
                                         .topic = message->topic,
                                         .payload = message->payload}};
    if (known) packet.as.publish.topic.size = 0;
    /* [v5:MQTT-3.3.2-4] [v5:MQTT-3.3.2-15] [v5:MQTT-3.3.2-16] [v5:MQTT-3.3.2-17] [v5:MQTT-3.3.2-18]
     * [v5:MQTT-3.3.2-20] as published; other versions have no properties. */
    if (drill_broker_is_5_0(connection)) {
        DrillPublishExtras extras = {.topic_alias = alias,
                                     .subscription_ids = drill_exchange_subscription_ids(exchange),
                                     .subscription_id_count = exchange->subscription_id_count};
        packet.as.publish.properties =
            drill_message_properties(message, &extras, now_ns, &broker->properties);
        if (broker->flawed_properties)
            packet.as.publish.properties =
                drill_flawed_properties(broker, exchange, packet.as.publish.properties);
    }
    if (DRILL_BROKER_DEFECT(broker, B_BYTE_ORDER_MARK_STRIPPED))
        packet.as.publish.topic = without_mark(packet.as.publish.topic);
    if (numbered)
        packet.as.publish.packet_identifier = packet_identifier == 0 ? 1 : packet_identifier;
    drill_buffer_clear(&broker->out);
    DrillResult result = drill_codec_encode(&packet, connection->version, &broker->out);
    DRILL_ASSERT(result == DRILL_OK);
    if (numbered && packet_identifier == 0) zero_identifier(&broker->out);
    if (!numbered && DRILL_BROKER_DEFECT(broker, B_QOS0_DUP_FLAG)) broker->out.data[0] |= 0x08;
}

static bool fits(const DrillBrokerConnection *connection) {
    if (DRILL_BROKER_DEFECT(connection->broker, B_PACKET_SIZE_IGNORED)) return true;
    return connection->packet_bytes_max == 0 ||
           connection->broker->out.size <= connection->packet_bytes_max;
}

/* False: [v5:MQTT-3.1.2-24] larger than the client takes, and not sent. */
static bool send_publish(DrillSession *session, DrillExchange *exchange, bool dup,
                         uint64_t now_ns) {
    DrillBrokerConnection *connection = session->connection;
    DrillBroker *broker = connection->broker;
    DrillSpan topic = exchange->message->topic;
    bool known = false;
    uint16_t alias = drill_aliases_out_choose(&connection->aliases_out, topic, &known);
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_BEFORE_TOPIC)) known = alias != 0;
    /* [v3:MQTT-3.3.1-3] [v5:MQTT-3.3.1-3] DUP speaks of our own sending, not of the publisher's. */
    if (DRILL_BROKER_DEFECT(broker, B_DUP_PROPAGATED) && exchange->message->dup) dup = true;
    encode_publish(connection, exchange, dup, exchange->use.value, alias, known, now_ns);
    if (!fits(connection) && alias != 0) {
        alias = 0; /* its three bytes may be what is too much, also in place of a short name */
        encode_publish(connection, exchange, dup, exchange->use.value, 0, false, now_ns);
    }
    if (!fits(connection)) {
        if (DRILL_BROKER_DEFECT(broker, B_OVERSIZE_DISCONNECTS))
            drill_broker_tell(connection, DRILL_REASON_PACKET_TOO_LARGE, NULL, now_ns);
        return false;
    }
    if (alias != 0) drill_aliases_out_sent(&connection->aliases_out, alias, topic);
    exchange->sent_ns = now_ns;
    drill_broker_send_out(connection, now_ns);
    if (exchange->qos != DRILL_QOS_0) drill_broker_arm_retry(connection, now_ns);
    return true;
}

void drill_broker_send_unnumbered(DrillSession *session, const DrillDelivery *delivery,
                                  uint64_t now_ns) {
    if (session->connection == NULL) return;
    DrillExchange exchange = {
        .message = delivery->message, .qos = delivery->qos, .retain = delivery->retain};
    encode_publish(session->connection, &exchange, false, 0, 0, false, now_ns);
    if (fits(session->connection)) drill_broker_send_out(session->connection, now_ns);
}

static bool is_expired(const DrillBroker *broker, const DrillMessage *message, bool retained,
                       uint64_t now_ns) {
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRED_DELIVERED)) return false;
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRED_RETAINED_DELIVERED) && retained) return false;
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRY_EARLY) && message->has_expiry &&
        (now_ns - message->published_ns) * 2 >= message->expiry_s * DRILL_NS_PER_S)
        return true;
    return drill_message_expired(message, now_ns);
}

/* Defects: quota that nothing gives back. Zero without one. */
static bool is_quota_lost(const DrillSession *session) {
    const DrillInflight *inflight = &session->inflight;
    uint32_t sent = drill_inflight_open(inflight) - inflight->unsent_count;
    return session->lost_quota > 0 && sent + session->lost_quota >= inflight->send_quota_max;
}

/* False: it has to wait. */
static bool send_waiting(DrillSession *session, DrillExchange *exchange, uint64_t now_ns) {
    DrillInflight *inflight = &session->inflight;
    DrillBroker *broker = session->connection->broker;
    /* [v5:MQTT-3.3.2-5] too late for this subscriber. */
    if (is_expired(broker, exchange->message, exchange->retain, now_ns)) {
        drill_inflight_forget(inflight, exchange);
        return true;
    }
    if (exchange->qos == DRILL_QOS_0) {
        /* [v3:MQTT-4.3.1-1] [v5:MQTT-4.3.1-1] once, DUP 0, and no record. */
        (void)send_publish(session, exchange, false, now_ns);
        if (DRILL_BROKER_DEFECT(broker, B_QOS0_DUPLICATED))
            (void)send_publish(session, exchange, false, now_ns);
        if (DRILL_BROKER_DEFECT(broker, B_QUOTA_COUNTS_QOS0)) session->lost_quota++;
        drill_inflight_forget(inflight, exchange);
        return true;
    }
    inflight->outgoing.careless_wrap = DRILL_BROKER_DEFECT(broker, B_ID_REUSED_IN_FLIGHT);
    inflight->outgoing.zero_on_wrap = DRILL_BROKER_DEFECT(broker, B_ID_ZERO_ON_WRAP);
    /* [v5:MQTT-4.9.0-2] [v5:MQTT-3.3.4-9] it waits; [v5:MQTT-3.3.4-10] [v5:MQTT-4.9.0-3] everything
     * else goes on. */
    if (!drill_inflight_may_send(inflight) || is_quota_lost(session)) return false;
    if (DRILL_BROKER_DEFECT(broker, B_OVERSIZE_BLOCKS_QUEUE)) {
        encode_publish(session->connection, exchange, false, 1, 0, false, now_ns);
        if (!fits(session->connection)) return false;
    }
    /* [v3:MQTT-4.3.2-1] [v3:MQTT-4.3.3-1] [v5:MQTT-4.3.2-1] [v5:MQTT-4.3.2-2] [v5:MQTT-4.3.3-1]
     * [v5:MQTT-4.3.3-2] [v5:MQTT-2.2.1-4] a free identifier, DUP 0, outstanding until answered. */
    if (!drill_inflight_start(inflight, exchange)) return false;
    /* [v5:MQTT-3.1.2-25] too large: as if it had been delivered. */
    if (!send_publish(session, exchange, DRILL_BROKER_DEFECT(broker, B_DUP_ON_FIRST_SEND), now_ns))
        drill_inflight_forget(inflight, exchange);
    return true;
}

/* Once on each Network Connection. */
static void resend_first(DrillSession *session, DrillExchange *exchange, uint64_t now_ns) {
    drill_inflight_resent(&session->inflight, exchange);
    exchange->repeats = 0;
    drill_broker_resend(session, exchange, now_ns);
}

/* False: the send quota has kept some back. */
static bool resend_publishing(DrillSession *session, uint64_t now_ns) {
    DrillInflight *inflight = &session->inflight;
    for (DrillExchange *next; (next = drill_inflight_next_resend(inflight)) != NULL;) {
        if (is_quota_lost(session)) return false;
        resend_first(session, next, now_ns);
    }
    return inflight->unsent_count == 0;
}

void drill_broker_pump(DrillSession *session, uint64_t now_ns) {
    if (session->connection == NULL) return;
    DrillBroker *broker = session->connection->broker;
    DrillExchangeList *waiting = &session->inflight.waiting;
    /* [v3:MQTT-4.6.0-6] [v5:MQTT-4.6.0-5] what was sent before comes first. */
    if (!resend_publishing(session, now_ns)) return;
    while (waiting->first != NULL && session->trickle != DRILL_TRICKLE_WAITS) {
        if (session->trickle == DRILL_TRICKLE_ONE)
            session->trickle =
                waiting->count > 1 ? DRILL_TRICKLE_WAITS : DRILL_TRICKLE_NOT; /* a defect */
        /* [v3:MQTT-4.6.0-5] [v3:MQTT-4.6.0-6] [v5:MQTT-4.6.0-5] [v5:MQTT-4.6.0-6] first in, first
         * out, on every topic. */
        DrillExchange *exchange = waiting->first;
        if (DRILL_BROKER_DEFECT(broker, B_BACKLOG_CHUNKS_REVERSED)) exchange = waiting->last;
        if (!send_waiting(session, exchange, now_ns)) break;
    }
}

static bool is_over(const DrillBrokerConfig *config, const DrillExchangeList *waiting) {
    if (waiting->count > config->queue_messages_max) return true;
    return config->queue_bytes_max != 0 && waiting->bytes > config->queue_bytes_max;
}

static void limit_queue(DrillBroker *broker, DrillInflight *inflight, uint64_t now_ns) {
    DrillExchangeList *waiting = &inflight->waiting;
    if (!is_over(&broker->config, waiting)) return;
    drill_inflight_expire(inflight, now_ns);
    while (is_over(&broker->config, waiting)) {
        switch (broker->config.queue_policy) {
        case DRILL_QUEUE_DROP_NEWEST:
        case DRILL_QUEUE_REFUSE:
            drill_inflight_forget(inflight, waiting->last);
            break;
        case DRILL_QUEUE_DROP_OLDEST:
            drill_inflight_forget(inflight, waiting->first);
            break;
        }
    }
}

void drill_broker_deliver(DrillBroker *broker, DrillSession *session, const DrillDelivery *delivery,
                          uint64_t now_ns) {
    DrillInflight *inflight = &session->inflight;
    bool away = session->connection == NULL;
    if (away && delivery->qos == DRILL_QOS_0 && !broker->config.queue_qos0_offline) return;
    if (is_expired(broker, delivery->message, delivery->retain, now_ns)) return;
    if (!away && DRILL_BROKER_DEFECT(broker, B_SILENT_SESSION_ENDS) &&
        now_ns - session->connection->last_packet_ns > DEFECT_SILENCE_NS)
        return;
    uint64_t serial = delivery->message->serial;
    if (DRILL_BROKER_DEFECT(broker, B_OVERTAKE_DROPS_OLDER) && serial < session->newest_delivered)
        return;
    session->newest_delivered = serial;
    bool backlog = inflight->waiting.first != NULL;
    /* [v3:MQTT-3.1.2-5] [v3:MQTT-4.5.0-1] [v5:MQTT-4.5.0-1] into the Session first, from there to
     * its connection, if there is one. */
    DrillExchange *exchange = drill_inflight_wait(inflight, delivery);
    if (!away && backlog && DRILL_BROKER_DEFECT(broker, B_LIVE_BEFORE_BACKLOG))
        (void)send_waiting(session, exchange, now_ns);
    drill_broker_pump(session, now_ns);
    limit_queue(broker, inflight, now_ns);
}

void drill_broker_resend(DrillSession *session, DrillExchange *exchange, uint64_t now_ns) {
    DrillBrokerConnection *connection = session->connection;
    DrillBroker *broker = connection->broker;
    bool restart = DRILL_BROKER_DEFECT(broker, B_PUBLISH_INSTEAD_OF_PUBREL);
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE && !restart) {
        /* [v3:MQTT-4.4.0-1] [v5:MQTT-4.4.0-1] the same identifier. [v5:MQTT-4.3.3-6] Not PUBLISH.
         */
        drill_broker_send_ack(connection, DRILL_PUBREL, exchange->use.value, DRILL_REASON_SUCCESS,
                              now_ns);
        exchange->sent_ns = now_ns;
        drill_broker_arm_retry(connection, now_ns);
        return;
    }
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE)
        exchange->state = DRILL_EXCHANGE_PUBREC_DUE; /* the defect's other half */
    if (DRILL_BROKER_DEFECT(broker, B_EXPIRY_STOPS_RESEND) &&
        drill_message_expired(exchange->message, now_ns)) {
        drill_inflight_forget(&session->inflight, exchange);
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_REDELIVER_WITH_NEW_ID))
        drill_inflight_renumber(&session->inflight, exchange);
    /* [v3:MQTT-3.3.1-1] [v5:MQTT-3.3.1-1] every repetition has DUP 1; [v3:MQTT-4.4.0-1]
     * [v5:MQTT-4.4.0-1] the identifier stays. [v5:MQTT-4.3.3-7] Expiry does not matter any more. */
    if (!send_publish(session, exchange, !DRILL_BROKER_DEFECT(broker, B_REDELIVER_DUP0), now_ns))
        drill_inflight_forget(&session->inflight, exchange); /* [v5:MQTT-3.1.2-25] */
}

void drill_broker_resume(DrillSession *session, uint64_t now_ns) {
    DrillBroker *broker = session->connection->broker;
    DrillInflight *inflight = &session->inflight;
    if (DRILL_BROKER_DEFECT(broker, B_SUBS_ONLY_RESUME))
        drill_inflight_forget_list(inflight, &inflight->waiting);
    /* [v3:MQTT-4.4.0-1] [v5:MQTT-4.4.0-1] what is owed: PUBRELs in the order of the PUBRECs, then
     * PUBLISHes in the order first sent, [v3:MQTT-4.6.0-6] and only then what has never been sent.
     */
    for (DrillExchange *exchange = inflight->releasing.first; exchange != NULL;
         exchange = exchange->next) {
        exchange->repeats = 0;
        if (!DRILL_BROKER_DEFECT(broker, B_OWED_PUBREL_NOT_RESENT))
            drill_broker_resend(session, exchange, now_ns);
    }
    if (DRILL_BROKER_DEFECT(broker, B_RESEND_UNORDERED)) {
        for (DrillExchange *last = inflight->publishing.last, *previous; last != NULL;
             last = previous) {
            previous = last->previous;
            resend_first(session, last, now_ns);
        }
    }
    (void)resend_publishing(session, now_ns);
    if (!DRILL_BROKER_DEFECT(broker, B_LIVE_BEFORE_BACKLOG)) drill_broker_pump(session, now_ns);
}

static void release_exchange(DrillBrokerConnection *connection, uint16_t packet_identifier,
                             DrillExchange *exchange_or_null, uint64_t now_ns) {
    if (DRILL_BROKER_DEFECT(connection->broker, B_UNSUBSCRIBE_DROPS_INFLIGHT) &&
        exchange_or_null == NULL)
        return;
    /* [v3:MQTT-4.3.3-1] [v5:MQTT-4.3.3-4] PUBREC is answered by PUBREL with its identifier. */
    uint8_t code = exchange_or_null == NULL ? (uint8_t)DRILL_REASON_PACKET_IDENTIFIER_NOT_FOUND
                                            : (uint8_t)DRILL_REASON_SUCCESS;
    drill_broker_send_ack(connection, DRILL_PUBREL, packet_identifier, code, now_ns);
    if (exchange_or_null == NULL) return;
    exchange_or_null->sent_ns = now_ns;
    drill_broker_arm_retry(connection, now_ns);
}

void drill_broker_acknowledged(DrillBrokerConnection *connection, DrillPacketType type,
                               const DrillAckPacket *ack, uint64_t now_ns) {
    static const DrillBrokerRule twice = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                          "PUBREC came twice"};
    /* [v3:MQTT-4.8.0-1] [v5:MQTT-4.13.1-1] */
    static const DrillBrokerRule other = {"v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1",
                                          DRILL_REASON_PROTOCOL_ERROR,
                                          "this exchange awaits another acknowledgement"};
    DrillSession *session = connection->session;
    DrillBroker *broker = connection->broker;
    uint16_t packet_identifier = ack->packet_identifier;
    DrillExchange *exchange = drill_inflight_find(&session->inflight, packet_identifier);
    bool repeated =
        type == DRILL_PUBREC && exchange != NULL && exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE;
    if (repeated && DRILL_BROKER_DEFECT(broker, B_REPEAT_PUBREC_ABORTS)) {
        drill_broker_violation(connection, &twice, now_ns);
        return;
    }
    bool refused = ack->reason_code >= DRILL_REASON_UNSPECIFIED_ERROR && exchange != NULL;
    if (refused && type == DRILL_PUBREC && DRILL_BROKER_DEFECT(broker, B_PUBREL_AFTER_ERROR_PUBREC))
        drill_broker_send_ack(connection, DRILL_PUBREL, packet_identifier, DRILL_REASON_SUCCESS,
                              now_ns);
    if (refused && DRILL_BROKER_DEFECT(broker, B_ERROR_ACK_RESENT)) return;
    if (type == DRILL_PUBREC && exchange != NULL &&
        DRILL_BROKER_DEFECT(broker, B_EXPIRED_NOT_RELEASED) &&
        drill_message_expired(exchange->message, now_ns)) {
        drill_inflight_forget(&session->inflight, exchange);
        return;
    }
    if (refused && DRILL_BROKER_DEFECT(broker, B_SHARED_REFUSED_TO_OTHER))
        drill_flawed_pass_on(broker, session, exchange, now_ns);
    switch (drill_inflight_acknowledge(&session->inflight, type, packet_identifier,
                                       ack->reason_code, &exchange)) {
    case DRILL_STEP_IGNORE:
        if (!DRILL_BROKER_DEFECT(broker, B_QUOTA_FROM_UNKNOWN_ACK)) break;
        session->inflight.send_quota_max += session->inflight.send_quota_max > 0;
        drill_broker_pump(session, now_ns);
        break;
    case DRILL_STEP_RELEASE:
        release_exchange(connection, packet_identifier, exchange, now_ns);
        break;
    case DRILL_STEP_COMPLETE:
        /* [v5:MQTT-4.3.2-3] [v5:MQTT-4.3.3-3] [v5:MQTT-4.3.3-5] outstanding until now.
         * [v5:MQTT-4.4.0-2] [v5:MQTT-4.8.2-6] A refusal ends it, too, for every member of a share.
         */
        if (DRILL_BROKER_DEFECT(broker, B_ACKED_MESSAGE_REDELIVERED)) break;
        if (DRILL_BROKER_DEFECT(broker, B_QUOTA_NEVER_GIVEN_BACK)) session->lost_quota++;
        drill_inflight_forget(&session->inflight, exchange);
        drill_broker_pump(session, now_ns);
        break;
    case DRILL_STEP_VIOLATION:
        drill_broker_violation(connection, &other, now_ns);
        break;
    }
}
