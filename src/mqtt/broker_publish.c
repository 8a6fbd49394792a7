/* From an accepted message to the Sessions whose subscriptions match, and to the Retained Messages.
 */
#include "mqtt/broker_state.h"

DrillMessage *drill_broker_message(DrillBroker *broker, const DrillPublishPacket *publish,
                                   uint64_t publisher, uint64_t now_ns) {
    DrillMessage *message = drill_message_new(broker->allocator, publish, now_ns);
    message->serial = broker->next_message_serial++;
    message->publisher = publisher;
    return message;
}

static void retain(DrillBroker *broker, DrillMessage *message) {
    /* [v3:MQTT-3.3.1-12] without RETAIN the store stays as it is. */
    if (!message->retain && !DRILL_BROKER_DEFECT(broker, B_RETAINED_WITHOUT_FLAG)) return;
    if (message->payload.size == 0 && !DRILL_BROKER_DEFECT(broker, B_RETAINED_EMPTY_STORED)) {
        /* [v3:MQTT-3.3.1-10] an empty payload removes; [v3:MQTT-3.3.1-11] it is never stored
         * itself. */
        if (!DRILL_BROKER_DEFECT(broker, B_RETAINED_NOT_CLEARED))
            drill_retained_remove(&broker->retained, message->topic);
        return;
    }
    bool known = drill_retained_find(&broker->retained, message->topic) != NULL;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_STALE) && known && message->qos == DRILL_QOS_2)
        return;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_TWO_PER_TOPIC) && known) {
        drill_retained_put_beside(&broker->retained, message);
        return;
    }
    /* [v3:MQTT-3.3.1-5] [v3:MQTT-3.3.1-7] stored with its QoS, in place of an older one; QoS 0,
     * too. */
    drill_retained_put(&broker->retained, message);
}

/* One message on its way through the subscriptions. */
typedef struct Matching {
    DrillBroker *broker;
    DrillMessage *message;
    uint64_t now_ns;
    uint64_t serial;
    DrillSession *first, *last; /* each matching Session once, in the order met */
} Matching;

static DrillQos lower(DrillQos a, DrillQos b) {
    return a < b ? a : b;
}

static void deliver(const Matching *matching, DrillSession *session, DrillQos granted) {
    DrillBroker *broker = matching->broker;
    DrillMessage *message = matching->message;
    /* [v3:MQTT-3.8.4-6] the lower of published and granted QoS. [v3:MQTT-3.3.1-9] RETAIN 0: the
     * subscription was there. */
    DrillDelivery delivery = {.message = message, .qos = lower(message->qos, granted)};
    if (DRILL_BROKER_DEFECT(broker, B_QOS_NOT_DOWNGRADED)) delivery.qos = message->qos;
    if (DRILL_BROKER_DEFECT(broker, B_QOS_UPGRADED)) delivery.qos = granted;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_FLAG_LIVE)) delivery.retain = message->retain;
    drill_broker_deliver(broker, session, &delivery, matching->now_ns);
}

static void note_session(Matching *matching, const DrillSubscription *subscription) {
    DrillSession *session = subscription->session;
    if (session->match_serial != matching->serial) {
        session->match_serial = matching->serial;
        session->match_qos = subscription->qos;
        session->match_next = NULL;
        if (matching->last != NULL)
            matching->last->match_next = session;
        else
            matching->first = session;
        matching->last = session;
        return;
    }
    /* [v3:MQTT-3.3.5-1] the highest QoS among the subscriptions that match. */
    bool better = subscription->qos > session->match_qos;
    if (DRILL_BROKER_DEFECT(matching->broker, B_OVERLAP_LOWER_QOS))
        better = subscription->qos < session->match_qos;
    if (better) session->match_qos = subscription->qos;
}

static void visit_filter(void *context, DrillTopicNode *node) {
    Matching *matching = (Matching *)context;
    const DrillSubscription *subscription = (const DrillSubscription *)node->value;
    for (; subscription != NULL; subscription = subscription->next_of_node) {
        switch (matching->broker->config.overlap) {
        case DRILL_OVERLAP_ONE_COPY:
            note_session(matching, subscription);
            break;
        case DRILL_OVERLAP_COPY_PER_SUBSCRIPTION:
            deliver(matching, subscription->session, subscription->qos);
            break;
        }
    }
}

void drill_broker_route(DrillBroker *broker, DrillMessage *message, uint64_t now_ns) {
    retain(broker, message);
    bool clears = message->retain && message->payload.size == 0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_CLEAR_NOT_FORWARDED) && clears) return;
    DrillSpan topic = message->topic;
    if (DRILL_BROKER_DEFECT(broker, B_TOPIC_SLASH_STRIPPED) && topic.size > 1 &&
        topic.data[topic.size - 1] == '/')
        topic.size--;
    Matching matching = {.broker = broker,
                         .message = message,
                         .now_ns = now_ns,
                         .serial = broker->next_match_serial++};
    /* [v3:MQTT-3.3.2-3] only where a filter matches the topic; [v3:MQTT-4.5.0-1] and everywhere it
     * does. */
    drill_topic_tree_match_name(&broker->sessions.filters, topic, visit_filter, &matching);
    for (DrillSession *session = matching.first; session != NULL; session = session->match_next) {
        deliver(&matching, session, session->match_qos);
    }
}

typedef struct Replay {
    DrillBroker *broker;
    const DrillSubscription *subscription;
    uint64_t now_ns;
} Replay;

static void replay_message(const Replay *replay, DrillMessage *message) {
    DrillBroker *broker = replay->broker;
    DrillSession *session = replay->subscription->session;
    /* [v3:MQTT-3.3.1-8] RETAIN 1 on a replay; [v3:MQTT-3.8.4-6] the QoS is lowered as for live
     * messages. */
    DrillDelivery delivery = {
        .message = message, .qos = lower(message->qos, replay->subscription->qos), .retain = true};
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_QOS_NOT_CAPPED)) delivery.qos = message->qos;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_QOS_LOST)) delivery.qos = DRILL_QOS_0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_FLAG_MISSING_ON_REPLAY)) delivery.retain = false;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_NO_ID_OR_STATE) && delivery.qos != DRILL_QOS_0) {
        drill_broker_send_unnumbered(session, &delivery, replay->now_ns);
        return;
    }
    drill_broker_deliver(broker, session, &delivery, replay->now_ns);
}

static void visit_retained(void *context, DrillTopicNode *node) {
    const Replay *replay = (const Replay *)context;
    const DrillRetained *retained = (const DrillRetained *)node->value;
    if (retained->older != NULL) replay_message(replay, retained->older);
    replay_message(replay, retained->message);
}

void drill_broker_replay(DrillBroker *broker, const DrillSubscription *subscription,
                         uint64_t now_ns) {
    Replay replay = {.broker = broker, .subscription = subscription, .now_ns = now_ns};
    /* [v3:MQTT-3.3.1-6] the latest retained message of every topic that matches. */
    drill_retained_match(&broker->retained, subscription->filter, visit_retained, &replay);
}
