/* From an accepted message to the Sessions whose subscriptions match, and to the Retained Messages.
 */
#include "mqtt/broker_flaws.h"

#include "base/random.h"
#include "mqtt/share.h"

DrillMessage *drill_broker_message(DrillBroker *broker, const DrillPublishPacket *publish,
                                   uint64_t publisher, uint64_t now_ns) {
    DrillMessage *message = drill_message_new(broker->allocator, publish, now_ns);
    message->serial = broker->next_message_serial++;
    message->publisher = publisher;
    message->origin = publisher;
    return message;
}

static void retain(DrillBroker *broker, DrillMessage *message) {
    /* [v3:MQTT-3.3.1-12] [v5:MQTT-3.3.1-8] without RETAIN the store stays as it is. */
    if (!message->retain && !DRILL_BROKER_DEFECT(broker, B_RETAINED_WITHOUT_FLAG)) return;
    if (message->payload.size == 0 && !DRILL_BROKER_DEFECT(broker, B_RETAINED_EMPTY_STORED)) {
        /* [v3:MQTT-3.3.1-10] [v5:MQTT-3.3.1-6] an empty payload removes; [v3:MQTT-3.3.1-11]
         * [v5:MQTT-3.3.1-7] it is never stored itself. */
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
    /* [v3:MQTT-3.3.1-5] [v3:MQTT-3.3.1-7] [v5:MQTT-3.3.1-5] stored with its QoS, in place of an
     * older one; QoS 0, too. */
    drill_retained_put(&broker->retained, message)->record = broker->next_record++;
}

/* One message on its way through the subscriptions. */
typedef struct Matching {
    DrillBroker *broker;
    DrillMessage *message;
    uint64_t now_ns;
    uint64_t serial;
    DrillSession *first, *last; /* each matching Session once, in the order met */
    DrillShare *first_share, *last_share;
    bool any;
} Matching;

static DrillQos lower(DrillQos a, DrillQos b) {
    return a < b ? a : b;
}

/* What the copy for one Session is to be. */
typedef struct Copy {
    DrillQos granted;
    bool retain_as_published;
    uint64_t share;
    const uint32_t *ids;
    uint32_t id_count;
} Copy;

static void deliver(const Matching *matching, DrillSession *session, const Copy *copy) {
    DrillBroker *broker = matching->broker;
    DrillMessage *message = matching->message;
    /* [v3:MQTT-3.8.4-6] [v5:MQTT-3.8.4-8] [v5:MQTT-4.8.2-3] the lower of published and granted QoS.
     * [v3:MQTT-3.3.1-9] [v5:MQTT-3.3.1-12] RETAIN 0: the subscription was there;
     * [v5:MQTT-3.3.1-13] or as published. */
    DrillDelivery delivery = {.message = message,
                              .qos = lower(message->qos, copy->granted),
                              .retain = copy->retain_as_published && message->retain,
                              .share = copy->share,
                              .record = broker->next_record++,
                              .subscription_ids = copy->ids,
                              .subscription_id_count = copy->id_count};
    if (DRILL_BROKER_DEFECT(broker, B_QOS_NOT_DOWNGRADED)) delivery.qos = message->qos;
    if (DRILL_BROKER_DEFECT(broker, B_QOS_UPGRADED)) delivery.qos = copy->granted;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_FLAG_LIVE)) delivery.retain = message->retain;
    if (DRILL_BROKER_DEFECT(broker, B_RETAIN_AS_PUBLISHED_IGNORED)) delivery.retain = false;
    if (DRILL_BROKER_DEFECT(broker, B_SHARED_QOS_IGNORED) && copy->share != 0)
        delivery.qos = message->qos;
    drill_broker_deliver(broker, session, &delivery, matching->now_ns);
}

/* [v5:MQTT-3.3.4-5] the copy of one subscription has that one's identifier. */
static void deliver_one(const Matching *matching, const DrillSubscription *subscription) {
    Copy copy = {.granted = subscription->qos,
                 .retain_as_published = subscription->retain_as_published,
                 .share = subscription->share == NULL ? 0 : subscription->share->serial,
                 .ids = &subscription->identifier,
                 .id_count = subscription->identifier == 0 ? 0 : 1};
    deliver(matching, subscription->session, &copy);
}

/* [v5:MQTT-3.3.4-3] [v5:MQTT-3.3.4-4] the one copy has the identifiers of all that match. */
static void deliver_all(const Matching *matching, DrillSession *session) {
    DrillBuffer *ids = &matching->broker->identifiers;
    if (!DRILL_BROKER_DEFECT(matching->broker, B_SUBID_OF_OTHERS) || session == matching->first)
        drill_buffer_clear(ids);
    for (const DrillSubscription *subscription = session->match_first; subscription != NULL;
         subscription = subscription->match_next) {
        if (subscription->identifier != 0)
            drill_buffer_put(ids, &subscription->identifier, sizeof subscription->identifier);
    }
    Copy copy = {.granted = session->match_qos,
                 .retain_as_published = session->match_retain_as_published,
                 .ids = (const uint32_t *)(const void *)ids->data,
                 .id_count = (uint32_t)(ids->size / sizeof(uint32_t))};
    deliver(matching, session, &copy);
}

static void note_session(Matching *matching, DrillSubscription *subscription) {
    DrillSession *session = subscription->session;
    /* A defect of the tree meets the same one more than once. */
    bool again = subscription->match_serial == matching->serial;
    subscription->match_serial = matching->serial;
    if (!again) subscription->match_next = NULL;
    if (session->match_serial != matching->serial) {
        session->match_serial = matching->serial;
        session->match_qos = subscription->qos;
        session->match_retain_as_published = subscription->retain_as_published;
        session->match_first = session->match_last = subscription;
        session->match_next = NULL;
        if (matching->last != NULL)
            matching->last->match_next = session;
        else
            matching->first = session;
        matching->last = session;
        return;
    }
    if (again) return;
    session->match_last->match_next = subscription;
    session->match_last = subscription;
    if (subscription->retain_as_published) session->match_retain_as_published = true;
    /* [v3:MQTT-3.3.5-1] [v5:MQTT-3.3.4-2] the highest QoS among the subscriptions that match. */
    bool better = subscription->qos > session->match_qos;
    if (DRILL_BROKER_DEFECT(matching->broker, B_OVERLAP_LOWER_QOS))
        better = subscription->qos < session->match_qos;
    if (better) session->match_qos = subscription->qos;
}

static void note_share(Matching *matching, DrillShare *share) {
    if (share->entry.match_serial == matching->serial) return;
    share->entry.match_serial = matching->serial;
    share->match_next = NULL;
    if (matching->last_share != NULL)
        matching->last_share->match_next = share;
    else
        matching->first_share = share;
    matching->last_share = share;
}

/* [v5:MQTT-3.8.3-3] not back to who published it. */
static bool is_local(const DrillBroker *broker, const DrillSubscription *subscription,
                     const DrillMessage *message) {
    if (DRILL_BROKER_DEFECT(broker, B_NO_LOCAL_IGNORED)) return false;
    if (DRILL_BROKER_DEFECT(broker, B_NO_LOCAL_DROPS_ALL)) return subscription->no_local;
    return subscription->no_local && subscription->session->serial == message->origin;
}

static void visit_filter(void *context, DrillTopicNode *node) {
    Matching *matching = (Matching *)context;
    DrillSubscription *subscription = (DrillSubscription *)node->value;
    matching->any = true;
    for (; subscription != NULL; subscription = subscription->next_of_node) {
        if (subscription->share != NULL) {
            note_share(matching, subscription->share);
            continue;
        }
        if (is_local(matching->broker, subscription, matching->message)) continue;
        if (DRILL_BROKER_DEFECT(matching->broker, B_SUBACK_BEFORE_EFFECTIVE) &&
            matching->now_ns < subscription->since_ns)
            continue;
        switch (matching->broker->config.overlap) {
        case DRILL_OVERLAP_ONE_COPY:
            note_session(matching, subscription);
            break;
        case DRILL_OVERLAP_COPY_PER_SUBSCRIPTION:
            deliver_one(matching, subscription);
            break;
        }
    }
}

/* NULL: there is none but `except`. */
static DrillSubscription *choose_member(DrillBroker *broker, DrillShare *share,
                                        const DrillSubscription *except_or_null) {
    uint64_t draw = 0;
    if (broker->config.share_strategy == DRILL_SHARE_RANDOM) {
        DrillStream stream = drill_stream(broker->config.share_seed, "broker/share");
        draw = drill_stream_draw(stream, broker->next_share_draw++, 0);
    }
    return drill_share_choose(share, broker->config.share_strategy, draw, except_or_null);
}

bool drill_broker_route(DrillBroker *broker, DrillMessage *message, uint64_t now_ns) {
    retain(broker, message);
    bool clears = message->retain && message->payload.size == 0;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_CLEAR_NOT_FORWARDED) && clears) return true;
    DrillSpan topic = message->topic;
    if (DRILL_BROKER_DEFECT(broker, B_TOPIC_SLASH_STRIPPED) && topic.size > 1 &&
        topic.data[topic.size - 1] == '/')
        topic.size--;
    Matching matching = {.broker = broker,
                         .message = message,
                         .now_ns = now_ns,
                         .serial = broker->next_match_serial++};
    /* [v3:MQTT-3.3.2-3] [v5:MQTT-3.3.2-3] only where a filter matches the topic; [v3:MQTT-4.5.0-1]
     * [v5:MQTT-4.5.0-1] and everywhere it does. */
    drill_topic_tree_match_name(&broker->sessions.filters, topic, visit_filter, &matching);
    for (DrillSession *session = matching.first; session != NULL; session = session->match_next) {
        deliver_all(&matching, session);
    }
    for (DrillShare *share = matching.first_share; share != NULL; share = share->match_next) {
        if (!DRILL_BROKER_DEFECT(broker, B_SHARED_TO_ALL)) {
            deliver_one(&matching, choose_member(broker, share, NULL));
            continue;
        }
        for (size_t i = 0; i < share->count; i++)
            deliver_one(&matching, share->members[i]);
    }
    return matching.any;
}

static void visit_any(void *context, DrillTopicNode *node) {
    bool *any = (bool *)context;
    (void)node;
    *any = true;
}

bool drill_broker_has_subscriber(DrillBroker *broker, DrillSpan topic) {
    bool any = false;
    drill_topic_tree_match_name(&broker->sessions.filters, topic, visit_any, &any);
    return any;
}

typedef struct Room {
    const DrillBrokerConfig *config;
    bool full;
} Room;

static void visit_room(void *context, DrillTopicNode *node) {
    Room *room = (Room *)context;
    const DrillSubscription *subscription = (const DrillSubscription *)node->value;
    for (; subscription != NULL; subscription = subscription->next_of_node) {
        if (subscription->share != NULL) continue;
        const DrillExchangeList *waiting = &subscription->session->inflight.waiting;
        uint64_t bytes_max = room->config->queue_bytes_max;
        if (waiting->count >= room->config->queue_messages_max ||
            (bytes_max != 0 && waiting->bytes >= bytes_max))
            room->full = true;
    }
}

bool drill_broker_is_full(DrillBroker *broker, DrillSpan topic) {
    Room room = {.config = &broker->config};
    drill_topic_tree_match_name(&broker->sessions.filters, topic, visit_room, &room);
    return room.full;
}

/* --- shares whose member has gone --- */

static const DrillSubscription *member_of(const DrillSession *session, uint64_t share) {
    const DrillSubscription *subscription = session->first_subscription;
    while (subscription != NULL &&
           (subscription->share == NULL || subscription->share->serial != share))
        subscription = subscription->next_of_session;
    return subscription;
}

/* Leaves the exchange where it is unless somebody else can have it. */
static void pass_to_other(DrillBroker *broker, DrillSession *session, DrillExchange *exchange,
                          bool ends, uint64_t now_ns) {
    const DrillSubscription *own =
        exchange->share == 0 ? NULL : member_of(session, exchange->share);
    if (own == NULL || (own->share->online_count == 0 && !ends)) return;
    DrillSubscription *other = choose_member(broker, own->share, own);
    if (other == NULL) return;
    Matching matching = {.broker = broker, .message = exchange->message, .now_ns = now_ns};
    drill_message_hold(exchange->message);
    drill_inflight_forget(&session->inflight, exchange);
    deliver_one(&matching, other);
    drill_message_release(matching.message);
}

static void pass_list(DrillBroker *broker, DrillSession *session, DrillExchangeList *list,
                      bool ends, uint64_t now_ns) {
    DrillExchange *exchange = list->first;
    while (exchange != NULL) {
        DrillExchange *next = exchange->next;
        /* [v5:MQTT-4.8.2-4] [v5:MQTT-4.8.2-5] a QoS 2 message that has been sent is this Session's
         * for good. */
        bool bound = exchange->qos == DRILL_QOS_2 && exchange->state != DRILL_EXCHANGE_WAITING;
        if (DRILL_BROKER_DEFECT(broker, B_SHARED_QOS2_TO_OTHER) && !ends) bound = false;
        if (DRILL_BROKER_DEFECT(broker, B_SHARED_QOS2_TO_OTHER_AT_END) && ends) bound = false;
        if (!bound) pass_to_other(broker, session, exchange, ends, now_ns);
        exchange = next;
    }
}

void drill_flawed_pass_on(DrillBroker *broker, DrillSession *session, DrillExchange *exchange,
                          uint64_t now_ns) {
    const DrillSubscription *own =
        exchange->share == 0 ? NULL : member_of(session, exchange->share);
    DrillSubscription *other = own == NULL ? NULL : choose_member(broker, own->share, own);
    Matching matching = {.broker = broker, .message = exchange->message, .now_ns = now_ns};
    if (other != NULL) deliver_one(&matching, other);
}

void drill_broker_redispatch(DrillBroker *broker, DrillSession *session, bool ends,
                             uint64_t now_ns) {
    pass_list(broker, session, &session->inflight.publishing, ends, now_ns);
    pass_list(broker, session, &session->inflight.waiting, ends, now_ns);
}

/* --- Retained Messages for a new subscription --- */

typedef struct Replay {
    DrillBroker *broker;
    const DrillSubscription *subscription;
    uint64_t now_ns;
} Replay;

static void replay_message(const Replay *replay, DrillMessage *message) {
    DrillBroker *broker = replay->broker;
    DrillSession *session = replay->subscription->session;
    if (is_local(broker, replay->subscription, message)) return;
    /* [v3:MQTT-3.3.1-8] RETAIN 1 on a replay; [v3:MQTT-3.8.4-6] [v5:MQTT-3.8.4-8] the QoS is
     * lowered as for live messages. */
    const uint32_t *identifier = &replay->subscription->identifier;
    DrillDelivery delivery = {.message = message,
                              .qos = lower(message->qos, replay->subscription->qos),
                              .retain = true,
                              .record = broker->next_record++,
                              .subscription_ids = identifier,
                              .subscription_id_count = *identifier == 0 ? 0 : 1};
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
    /* [v3:MQTT-3.3.1-6] [v5:MQTT-3.3.1-9] the latest retained message of every topic that matches.
     */
    drill_retained_match(&broker->retained, subscription->filter, visit_retained, &replay);
}
