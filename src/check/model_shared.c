/* Who else may get a message for a Shared Subscription: what its member could not finish goes to
 * another. */
#include "check/model.h"

/* NULL: on any topic. */
static bool has_shared(const CheckSession *session, const DrillSpan *topic) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->shared &&
            (topic == NULL || drill_check_topic_matches(subscription->match, *topic))) {
            return true;
        }
    }
    return false;
}

bool drill_check_may_be_shared(const CheckSession *session, DrillSpan topic) {
    return has_shared(session, &topic);
}

typedef struct Others {
    const CheckSession *than;
    bool any;
} Others;

static void is_another(void *context, CheckSubscription *subscription) {
    Others *others = context;
    others->any = others->any || (subscription->shared && subscription->session != others->than);
}

static bool group_left(const CheckSession *session, DrillSpan topic, uint64_t since_ns) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->shared &&
            drill_check_topic_matches(subscription->match, topic) &&
            drill_check_group_left(subscription->group, since_ns)) {
            return true;
        }
    }
    return false;
}

/* What a member has not acknowledged is given to another, or to it anew. */
static bool moves(CheckModel *model, const CheckSession *session, const CheckMessage *message) {
    DrillSpan topic = drill_span_of(message->content->topic->name);
    Others others = {.than = session};
    if (!drill_check_may_be_shared(session, topic)) {
        return false;
    }
    drill_check_index_match(model, topic, is_another, &others);
    /* Who has subscribed again since may get it as the group has it now. */
    return others.any || session->changed_ns >= message->recv_ns ||
           group_left(session, topic, message->recv_ns);
}

bool drill_check_may_move(CheckModel *model, const CheckSession *session,
                          const CheckExchange *exchange) {
    if (exchange->message == NULL) { /* on a topic of the server's own, for example */
        return exchange->qos == 1 && has_shared(session, NULL);
    }
    return exchange->qos == 1 && moves(model, session, exchange->message);
}

bool drill_check_may_come_back(CheckModel *model, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    DrillMap *out = event->session->party.out;
    if (delivery->expect == NULL) {
        return false;
    }
    /* Of several copies that it got, one for each group and one for all other subscriptions, it may
     * be any that has gone round. */
    bool sole = drill_check_session_matches(event->session, event->packet.as.publish.topic) < 2;
    if (sole &&
        (delivery->expect->qos_best != 1 || delivery->again_event > event->conn->connack_event)) {
        return false;
    }
    for (size_t i = 0; sole && i < drill_map_slots(out); i++) {
        const CheckExchange *exchange = drill_map_at(out, i, NULL);
        if (exchange != NULL && exchange->message == message &&
            exchange->message_number == message->number && exchange->stage == CHECK_STAGE_DONE &&
            drill_check_processed(model, exchange->ack_conn, exchange->ack_ns)) {
            return false;
        }
    }
    return moves(model, event->session, message);
}
