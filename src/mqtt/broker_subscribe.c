/* SUBSCRIBE and UNSUBSCRIBE. */
#include "mqtt/broker_flaws.h"

#include "mqtt/topic.h"
#include "spec/spec.h"

#define OPTION_QOS                 0x03
#define OPTION_NO_LOCAL            0x04
#define OPTION_RETAIN_AS_PUBLISHED 0x08
#define OPTION_RETAIN_HANDLING     0x30

#define HANDLING_IF_NEW 0x10
#define HANDLING_NEVER  0x20

#define DEFECT_SUBSCRIBE_NS (200 * DRILL_NS_PER_MS)

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

/* The text of the first code that is an error. */
static const char *explanation(DrillPacketType type, DrillSpan codes) {
    for (size_t i = 0; i < codes.size; i++) {
        if (codes.data[i] >= DRILL_REASON_UNSPECIFIED_ERROR)
            return drill_reason_name((int)type, DRILL_MQTT_5_0, codes.data[i]);
    }
    return NULL;
}

static void send_suback(DrillBrokerConnection *connection, uint16_t packet_identifier,
                        uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_MISSING)) return;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_WRONG_ORDER)) reverse(&broker->codes);
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_ONE_CODE)) broker->codes.size = 1;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_WRONG_ID))
        packet_identifier = wrong_identifier(packet_identifier);
    /* [v3:MQTT-3.8.4-1] [v3:MQTT-3.8.4-2] [v3:MQTT-2.3.1-7] [v5:MQTT-3.8.4-1] [v5:MQTT-3.8.4-2]
     * [v5:MQTT-2.2.1-6] one SUBACK with the identifier of its SUBSCRIBE. */
    DrillPacket packet = {.type = DRILL_SUBACK,
                          .as.suback = {.packet_identifier = packet_identifier,
                                        .reason_codes = drill_buffer_span(&broker->codes)}};
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_PER_FILTER)) {
        drill_flawed_answers(connection, packet, broker->codes.size, now_ns);
        return;
    }
    const char *text = explanation(DRILL_SUBACK, packet.as.suback.reason_codes);
    drill_broker_send_explained(connection, &packet, text, now_ns);
}

/* Takes "$share/name/" off, in 5.0. */
static void split(const DrillBrokerConnection *connection, DrillSpan text, DrillSpan *share,
                  DrillSpan *filter) {
    *share = drill_span(NULL, 0);
    *filter = text;
    if (DRILL_BROKER_DEFECT(connection->broker, B_SHARED_AS_LITERAL)) return;
    if (drill_broker_is_5_0(connection)) (void)drill_topic_split_share(text, share, filter);
}

/* Something that CONNACK has said is not available. NULL: nothing of that kind. */
static const DrillBrokerRule *unavailable(const DrillBrokerConnection *connection, DrillSpan share,
                                          DrillSpan filter, uint32_t subscription_id) {
    static const DrillBrokerRule shared = {NULL, NULL,
                                           DRILL_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
                                           "Shared Subscriptions are not available"};
    static const DrillBrokerRule wildcard = {NULL, NULL,
                                             DRILL_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
                                             "Wildcard Subscriptions are not available"};
    static const DrillBrokerRule identifier = {NULL, NULL,
                                               DRILL_REASON_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
                                               "Subscription Identifiers are not available"};
    const DrillAnnounced *announced = &connection->announced;
    bool v5 = drill_broker_is_5_0(connection);
    bool no_wildcards = v5 ? announced->no_wildcards : connection->broker->config.no_wildcards;
    if (DRILL_BROKER_DEFECT(connection->broker, B_WILDCARDS_GRANTED)) no_wildcards = false;
    /* [v3:MQTT-3.8.3-2] 3.1.1 cannot announce it; the filter is refused. */
    if (no_wildcards && drill_topic_has_wildcard(filter)) return &wildcard;
    if (!v5) return NULL;
    if (announced->no_shared && share.size > 0) return &shared;
    if (announced->no_subscription_ids && subscription_id != 0) return &identifier;
    return NULL;
}

/* Reason Code that refuses the filter; 0: it is granted. */
static uint8_t refusal_of(const DrillBrokerConnection *connection,
                          const DrillSubscribeOptions *options) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    const DrillBrokerConfig *config = &broker->config;
    const DrillBrokerRule *missing =
        unavailable(connection, options->share, options->filter, options->identifier);
    if (missing != NULL) return missing->reason_code;
    if (!drill_broker_may_subscribe(broker, drill_buffer_span(&connection->user_name),
                                    session->client_id, options->filter))
        return DRILL_REASON_NOT_AUTHORIZED;
    if (config->topic_levels_max != 0 &&
        drill_topic_level_count(options->filter) > config->topic_levels_max)
        return DRILL_REASON_TOPIC_FILTER_INVALID;
    if (config->subscriptions_max != 0 &&
        session->subscription_count >= config->subscriptions_max &&
        drill_session_find_subscription(&broker->sessions, session, options->share,
                                        options->filter) == NULL)
        return DRILL_REASON_QUOTA_EXCEEDED;
    return DRILL_REASON_SUCCESS;
}

/* As this version says it. 3.1 can only grant. */
static uint8_t refusal_code(const DrillBrokerConnection *connection, uint8_t reason_code) {
    if (drill_broker_is_5_0(connection)) return reason_code;
    return connection->version == DRILL_MQTT_3_1 ? (uint8_t)DRILL_QOS_0
                                                 : (uint8_t)DRILL_RETURN_FAILURE;
}

/* What is to be done about Retained Messages; kept beside the codes, one byte per filter. */
enum { REPLAY_NEVER, REPLAY_NEW, REPLAY_AGAIN };

static uint8_t replay_of(const DrillBroker *broker, const DrillSubscribeOptions *options,
                         uint8_t wire_options, bool replaced) {
    uint8_t handling = wire_options & OPTION_RETAIN_HANDLING;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_HANDLING_IGNORED)) handling = 0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_HANDLING_1_IGNORED) && handling == HANDLING_IF_NEW)
        handling = 0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_HANDLING_2_IGNORED) && handling == HANDLING_NEVER)
        handling = 0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_HANDLING_1_NEVER) && handling == HANDLING_IF_NEW)
        handling = HANDLING_NEVER;
    if (DRILL_BROKER_DEFECT(broker, B_SHARED_RETAINED_SENT) && options->share.size > 0)
        return REPLAY_NEW;
    /* [v5:MQTT-3.3.1-11] */
    if (handling == HANDLING_NEVER || options->share.size > 0) return REPLAY_NEVER;
    /* [v5:MQTT-3.3.1-10] */
    if (handling == HANDLING_IF_NEW && replaced) return REPLAY_NEVER;
    return replaced ? REPLAY_AGAIN : REPLAY_NEW;
}

/* Defects: what the subscription had before stays. */
static void keep_options(DrillBrokerConnection *connection, DrillSubscribeOptions *options) {
    DrillBroker *broker = connection->broker;
    const DrillSubscription *old = drill_session_find_subscription(
        &broker->sessions, connection->session, options->share, options->filter);
    if (old == NULL) return;
    if (DRILL_BROKER_DEFECT(broker, B_SUBID_NOT_REPLACED)) options->identifier = old->identifier;
    if (DRILL_BROKER_DEFECT(broker, B_RESUBSCRIBE_KEEPS_QOS)) options->qos = old->qos;
}

static void subscribe_one(DrillBrokerConnection *connection, const DrillFilter *filter,
                          uint32_t subscription_id, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSubscribeOptions options = {.qos = (DrillQos)(filter->options & OPTION_QOS),
                                     .no_local = (filter->options & OPTION_NO_LOCAL) != 0,
                                     .retain_as_published =
                                         (filter->options & OPTION_RETAIN_AS_PUBLISHED) != 0,
                                     .identifier = subscription_id};
    split(connection, filter->filter, &options.share, &options.filter);
    uint8_t refusal = refusal_of(connection, &options);
    if (refusal != DRILL_REASON_SUCCESS) {
        drill_buffer_put_byte(&broker->codes, refusal_code(connection, refusal));
        drill_buffer_put_byte(&broker->replaced, REPLAY_NEVER);
        return;
    }
    if (broker->config.limit_granted_qos && options.qos > broker->config.granted_qos_max)
        options.qos = broker->config.granted_qos_max;
    bool replaced = false;
    uint8_t granted = (uint8_t)options.qos;
    if (DRILL_BROKER_DEFECT(broker, B_SUBID_NOT_REPLACED) ||
        DRILL_BROKER_DEFECT(broker, B_RESUBSCRIBE_KEEPS_QOS))
        keep_options(connection, &options);
    DrillSubscription *subscription =
        drill_session_subscribe(&broker->sessions, connection->session, &options, &replaced);
    subscription->record = broker->next_record++;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_BEFORE_EFFECTIVE) && !replaced)
        subscription->since_ns = now_ns + DEFECT_SUBSCRIBE_NS;
    if (DRILL_BROKER_DEFECT(broker, B_SUBACK_GRANTS_2)) granted = DRILL_QOS_2;
    /* [v3:MQTT-3.8.4-5] [v3:MQTT-3.9.3-1] [v5:MQTT-3.8.4-6] [v5:MQTT-3.8.4-7] [v5:MQTT-3.9.3-1] a
     * code per filter, in their order; [v5:MQTT-3.2.2-10] everything asked for is granted. */
    drill_buffer_put_byte(&broker->codes, granted);
    drill_buffer_put_byte(&broker->replaced,
                          replay_of(broker, &options, filter->options, replaced));
}

/* Defect: the Maximum QoS is taken for a limit of subscriptions. */
static bool is_qos_refused(DrillBrokerConnection *connection, const DrillSubscribePacket *subscribe,
                           uint64_t now_ns) {
    static const DrillBrokerRule qos = {NULL, NULL, DRILL_REASON_QOS_NOT_SUPPORTED,
                                        "a subscription above the Maximum QoS"};
    const DrillBrokerConfig *config = &connection->broker->config;
    DrillFilter filter;
    size_t offset = 0;
    if (!DRILL_BROKER_DEFECT(connection->broker, B_SUBSCRIBE_QOS_REFUSED)) return false;
    while (config->limit_publish_qos &&
           drill_filters_next(subscribe->filters, true, &offset, &filter)) {
        if ((filter.options & OPTION_QOS) <= config->publish_qos_max) continue;
        drill_broker_violation(connection, &qos, now_ns);
        return true;
    }
    return false;
}

/* True: the whole SUBSCRIBE is an error of the connection. */
static bool is_refused(DrillBrokerConnection *connection, const DrillSubscribePacket *subscribe,
                       uint32_t subscription_id, uint64_t now_ns) {
    DrillFilter filter;
    size_t offset = 0;
    if (is_qos_refused(connection, subscribe, now_ns)) return true;
    if (!drill_broker_is_5_0(connection)) return false;
    if (connection->broker->config.unavailable == DRILL_UNAVAILABLE_SUBACK) return false;
    while (drill_filters_next(subscribe->filters, true, &offset, &filter)) {
        DrillSpan share, rest;
        split(connection, filter.filter, &share, &rest);
        const DrillBrokerRule *missing = unavailable(connection, share, rest, subscription_id);
        if (missing == NULL) continue;
        drill_broker_violation(connection, missing, now_ns);
        return true;
    }
    return false;
}

/* A QoS 2 exchange of the client's holds this identifier. */
static bool is_id_in_use(const DrillBrokerConnection *connection, uint16_t packet_identifier) {
    return drill_broker_is_5_0(connection) &&
           drill_inflight_held(&connection->session->inflight, packet_identifier) != NULL;
}

static void replay(DrillBrokerConnection *connection, const DrillSubscribePacket *subscribe,
                   uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillFilter filter;
    size_t offset = 0;
    for (size_t i = 0; drill_filters_next(subscribe->filters, true, &offset, &filter); i++) {
        DrillSpan share, rest;
        if (broker->replaced.data[i] == REPLAY_NEVER) continue;
        if (DRILL_BROKER_DEFECT(broker, B_RETAINED_NOT_ON_RESUBSCRIBE) &&
            broker->replaced.data[i] == REPLAY_AGAIN)
            continue;
        split(connection, filter.filter, &share, &rest);
        /* [v3:MQTT-3.8.4-3] [v5:MQTT-3.8.4-4] retained messages come again even if the subscription
         * was there. */
        drill_broker_replay(
            broker,
            drill_session_find_subscription(&broker->sessions, connection->session, share, rest),
            now_ns);
    }
}

void drill_broker_subscribe(DrillBrokerConnection *connection,
                            const DrillSubscribePacket *subscribe, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillProperty identifier = {0};
    DrillFilter filter;
    size_t offset = 0;
    if (!drill_properties_find(subscribe->properties, DRILL_SUBSCRIPTION_IDENTIFIER, &identifier))
        identifier.number = 0;
    if (is_refused(connection, subscribe, identifier.number, now_ns)) return;
    bool in_use = is_id_in_use(connection, subscribe->packet_identifier);
    drill_buffer_clear(&broker->codes);
    drill_buffer_clear(&broker->replaced);
    /* [v3:MQTT-3.8.4-4] [v5:MQTT-3.8.4-5] filter by filter, as if each had come alone, but with one
     * SUBACK. */
    while (drill_filters_next(subscribe->filters, true, &offset, &filter)) {
        if (!in_use) {
            subscribe_one(connection, &filter, identifier.number, now_ns);
            continue;
        }
        drill_buffer_put_byte(&broker->codes, DRILL_REASON_PACKET_IDENTIFIER_IN_USE);
        drill_buffer_put_byte(&broker->replaced, REPLAY_NEVER);
    }
    send_suback(connection, subscribe->packet_identifier, now_ns);
    if (!connection->ended) replay(connection, subscribe, now_ns);
}

/* Reason Code of 5.0. */
static uint8_t unsubscribe_one(DrillBrokerConnection *connection, const DrillFilter *filter) {
    DrillBroker *broker = connection->broker;
    DrillSpan share, rest;
    split(connection, filter->filter, &share, &rest);
    /* [v3:MQTT-3.10.4-1] [v5:MQTT-3.10.4-1] only the very same filter. */
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBSCRIBE_BY_MATCH))
        drill_flawed_unsubscribe(broker, connection->session, rest);
    DrillSubscription *subscription =
        drill_session_find_subscription(&broker->sessions, connection->session, share, rest);
    if (subscription == NULL) return DRILL_REASON_NO_SUBSCRIPTION_EXISTED;
    /* [v3:MQTT-3.10.4-2] [v5:MQTT-3.10.4-2] nothing new for it; [v3:MQTT-3.10.4-3]
     * [v5:MQTT-3.10.4-3] what is under way stays in the Session. */
    if (!DRILL_BROKER_DEFECT(broker, B_UNSUBSCRIBE_IGNORED))
        drill_session_unsubscribe(&broker->sessions, subscription);
    return DRILL_REASON_SUCCESS;
}

void drill_broker_unsubscribe(DrillBrokerConnection *connection,
                              const DrillSubscribePacket *unsubscribe, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillFilter filter;
    size_t offset = 0;
    bool any = false;
    bool in_use = is_id_in_use(connection, unsubscribe->packet_identifier);
    drill_buffer_clear(&broker->codes);
    /* [v3:MQTT-3.10.4-6] [v5:MQTT-3.10.4-6] filter by filter, one UNSUBACK. [v5:MQTT-3.11.3-1]
     * [v5:MQTT-3.11.3-2] In 5.0 it has a code per filter, in their order. */
    while (drill_filters_next(unsubscribe->filters, false, &offset, &filter)) {
        uint8_t code = in_use ? (uint8_t)DRILL_REASON_PACKET_IDENTIFIER_IN_USE
                              : unsubscribe_one(connection, &filter);
        any = any || code == DRILL_REASON_SUCCESS;
        drill_buffer_put_byte(&broker->codes, code);
    }
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBSCRIBE_DROPS_INFLIGHT))
        drill_inflight_forget_list(&connection->session->inflight,
                                   &connection->session->inflight.publishing);
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_ONLY_IF_REMOVED) && !any) return;
    /* [v3:MQTT-3.10.4-4] [v3:MQTT-3.10.4-5] [v5:MQTT-3.10.4-4] [v5:MQTT-3.10.4-5] always, with the
     * same identifier. */
    DrillPacket packet = {.type = DRILL_UNSUBACK,
                          .as.suback = {.packet_identifier = unsubscribe->packet_identifier}};
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_WRONG_ID))
        packet.as.suback.packet_identifier = wrong_identifier(unsubscribe->packet_identifier);
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_ONE_CODE)) broker->codes.size = 1;
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_WRONG_ORDER)) reverse(&broker->codes);
    if (drill_broker_is_5_0(connection))
        packet.as.suback.reason_codes = drill_buffer_span(&broker->codes);
    if (DRILL_BROKER_DEFECT(broker, B_UNSUBACK_PER_FILTER)) {
        drill_flawed_answers(connection, packet, unsubscribe->filters.count, now_ns);
        return;
    }
    const char *text = explanation(DRILL_UNSUBACK, packet.as.suback.reason_codes);
    drill_broker_send_explained(connection, &packet, text, now_ns);
}
