/* Who else may get a message for a Shared Subscription: what its member could not finish goes to
 * another. */
#include "check/model.h"

bool drill_check_may_be_shared(const CheckSession *session, DrillSpan topic) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->shared &&
            drill_check_topic_matches(subscription->match, topic)) {
            return true;
        }
    }
    return false;
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

bool drill_check_may_move(CheckModel *model, const CheckSession *session,
                          const CheckExchange *exchange) {
    const CheckMessage *message = exchange->message;
    if (exchange->qos != 1 || message == NULL) {
        return false;
    }
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
