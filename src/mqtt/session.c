#include "mqtt/session.h"

#include <string.h>

#include "base/arena.h"
#include "mqtt/share.h"

void drill_sessions_init(DrillSessions *sessions, DrillAllocator allocator) {
    *sessions = (DrillSessions){.allocator = allocator,
                                .by_client_id = {.allocator = allocator},
                                .subscriptions = {.allocator = allocator},
                                .shares = {.allocator = allocator},
                                .deadlines = {.allocator = allocator},
                                .next_serial = 1,
                                .next_share_serial = 1};
    drill_topic_tree_init(&sessions->filters, allocator);
}

void drill_sessions_release(DrillSessions *sessions) {
    while (sessions->first != NULL)
        drill_sessions_remove(sessions, sessions->first);
    drill_topic_tree_release(&sessions->filters);
    drill_index_release(&sessions->by_client_id);
    drill_index_release(&sessions->subscriptions);
    drill_index_release(&sessions->shares);
    drill_deadlines_release(&sessions->deadlines);
}

DrillSession *drill_sessions_find(const DrillSessions *sessions, DrillSpan client_id) {
    /* [v3:MQTT-3.1.3-2] [v5:MQTT-3.1.3-2] Sessions are filed under the ClientId. */
    DrillIndexLink *link = drill_index_first(&sessions->by_client_id, drill_hash(client_id, 0));
    for (; link != NULL; link = drill_index_next(link)) {
        if (drill_span_equal(((DrillSession *)link)->client_id, client_id)) break;
    }
    return (DrillSession *)link;
}

DrillSession *drill_sessions_add(DrillSessions *sessions, DrillSpan client_id,
                                 uint16_t first_packet_identifier) {
    DrillSession *session =
        (DrillSession *)drill_allocate(sessions->allocator, sizeof(DrillSession) + client_id.size);
    if (client_id.size > 0) memcpy(session + 1, client_id.data, client_id.size);
    session->client_id = drill_span(session + 1, client_id.size);
    session->serial = sessions->next_serial++;
    session->deadline.serial = session->serial;
    session->deadline.owner = session;
    drill_inflight_init(&session->inflight, sessions->allocator, first_packet_identifier);
    drill_index_add(&sessions->by_client_id, &session->link, drill_hash(client_id, 0));
    session->indexed = true;
    session->previous = sessions->last;
    if (sessions->last != NULL)
        sessions->last->next = session;
    else
        sessions->first = session;
    sessions->last = session;
    sessions->count++;
    return session;
}

void drill_sessions_disown(DrillSessions *sessions, DrillSession *session) {
    if (!session->indexed) return;
    drill_index_remove(&sessions->by_client_id, &session->link);
    session->indexed = false;
}

void drill_sessions_remove(DrillSessions *sessions, DrillSession *session) {
    while (session->first_subscription != NULL) {
        drill_session_unsubscribe(sessions, session->first_subscription);
    }
    drill_inflight_release(&session->inflight);
    drill_message_release(session->will);
    drill_deadlines_set(&sessions->deadlines, &session->deadline, DRILL_NEVER);
    drill_sessions_disown(sessions, session);
    if (session->previous != NULL)
        session->previous->next = session->next;
    else
        sessions->first = session->next;
    if (session->next != NULL)
        session->next->previous = session->previous;
    else
        sessions->last = session->previous;
    sessions->count--;
    drill_release(sessions->allocator, session, sizeof(DrillSession) + session->client_id.size);
}

static void set_online(DrillSession *session, bool online) {
    DrillSubscription *subscription = session->first_subscription;
    uint32_t left = session->shared_count;
    for (; left > 0; subscription = subscription->next_of_session) {
        if (subscription->share == NULL) continue;
        drill_share_set_online(subscription, online);
        left--;
    }
}

void drill_session_attach(DrillSession *session, DrillBrokerConnection *connection) {
    session->connection = connection;
    set_online(session, true);
}

void drill_session_detach(DrillSession *session) {
    session->connection = NULL;
    set_online(session, false);
}

static uint64_t subscription_hash(const DrillSession *session, const DrillTopicNode *node,
                                  const DrillShare *share) {
    uint64_t key = session->serial * UINT64_C(0x9E3779B97F4A7C15) + node->serial;
    if (share != NULL) key += share->serial * UINT64_C(0xD6E8FEB86659FD93);
    return drill_index_mix(key);
}

static DrillSubscription *find_at(DrillSessions *sessions, DrillSession *session,
                                  DrillTopicNode *node, const DrillShare *share) {
    DrillIndexLink *link =
        drill_index_first(&sessions->subscriptions, subscription_hash(session, node, share));
    for (; link != NULL; link = drill_index_next(link)) {
        DrillSubscription *subscription = (DrillSubscription *)link;
        if (subscription->session == session && subscription->node == node &&
            subscription->share == share)
            return subscription;
    }
    return NULL;
}

DrillSubscription *drill_session_find_subscription(DrillSessions *sessions, DrillSession *session,
                                                   DrillSpan share, DrillSpan filter) {
    DrillTopicNode *node = drill_topic_tree_find(&sessions->filters, filter);
    if (node == NULL) return NULL;
    if (share.size == 0) return find_at(sessions, session, node, NULL);
    DrillShare *found = drill_share_find(sessions, node, share);
    return found == NULL ? NULL : find_at(sessions, session, node, found);
}

static void link_to_session(DrillSession *session, DrillSubscription *subscription) {
    subscription->previous_of_session = session->last_subscription;
    if (session->last_subscription != NULL) {
        session->last_subscription->next_of_session = subscription;
    } else {
        session->first_subscription = subscription;
    }
    session->last_subscription = subscription;
    session->subscription_count++;
    if (subscription->share != NULL) session->shared_count++;
}

void drill_subscription_link(DrillTopicNode *node, DrillSubscription *subscription) {
    DrillSubscription *first = (DrillSubscription *)node->value;
    if (first == NULL) {
        node->value = subscription;
        subscription->previous_of_node = subscription;
    } else {
        subscription->previous_of_node = first->previous_of_node;
        first->previous_of_node->next_of_node = subscription;
        first->previous_of_node = subscription;
    }
}

void drill_subscription_unlink(DrillTopicNode *node, DrillSubscription *subscription) {
    DrillSubscription *first = (DrillSubscription *)node->value;
    if (subscription == first)
        node->value = subscription->next_of_node;
    else
        subscription->previous_of_node->next_of_node = subscription->next_of_node;
    if (subscription->next_of_node != NULL) {
        subscription->next_of_node->previous_of_node = subscription->previous_of_node;
    } else if (subscription != first) {
        first->previous_of_node = subscription->previous_of_node;
    }
}

static DrillSubscription *add_subscription(DrillSessions *sessions, DrillSession *session,
                                           DrillTopicNode *node, DrillShare *share_or_null,
                                           DrillSpan filter) {
    DrillSubscription *subscription = (DrillSubscription *)drill_allocate(
        sessions->allocator, sizeof(DrillSubscription) + filter.size);
    memcpy(subscription + 1, filter.data, filter.size);
    subscription->filter = drill_span(subscription + 1, filter.size);
    subscription->session = session;
    subscription->node = node;
    subscription->share = share_or_null;
    link_to_session(session, subscription);
    if (share_or_null == NULL)
        drill_subscription_link(node, subscription);
    else
        drill_share_join(sessions, share_or_null, subscription);
    drill_index_add(&sessions->subscriptions, &subscription->link,
                    subscription_hash(session, node, share_or_null));
    return subscription;
}

DrillSubscription *drill_session_subscribe(DrillSessions *sessions, DrillSession *session,
                                           const DrillSubscribeOptions *options, bool *replaced) {
    DrillTopicNode *node = drill_topic_tree_put(&sessions->filters, options->filter);
    DrillShare *share =
        options->share.size == 0 ? NULL : drill_share_put(sessions, node, options->share);
    DrillSubscription *subscription = find_at(sessions, session, node, share);
    /* [v3:MQTT-3.8.4-3] [v5:MQTT-3.8.4-3] the same filter again replaces the subscription in place.
     */
    *replaced = subscription != NULL;
    if (subscription == NULL)
        subscription = add_subscription(sessions, session, node, share, options->filter);
    subscription->qos = options->qos;
    subscription->no_local = options->no_local;
    subscription->retain_as_published = options->retain_as_published;
    subscription->identifier = options->identifier;
    return subscription;
}

void drill_session_unsubscribe(DrillSessions *sessions, DrillSubscription *subscription) {
    DrillSession *session = subscription->session;
    DrillTopicNode *node = subscription->node;
    DrillSubscription *next = subscription->next_of_session;
    DrillSubscription *previous = subscription->previous_of_session;
    if (previous != NULL)
        previous->next_of_session = next;
    else
        session->first_subscription = next;
    if (next != NULL)
        next->previous_of_session = previous;
    else
        session->last_subscription = previous;
    session->subscription_count--;
    drill_index_remove(&sessions->subscriptions, &subscription->link);
    if (subscription->share == NULL) {
        drill_subscription_unlink(node, subscription);
    } else {
        session->shared_count--;
        drill_share_leave(sessions, subscription);
    }
    drill_topic_tree_prune(&sessions->filters, node);
    drill_release(sessions->allocator, subscription,
                  sizeof(DrillSubscription) + subscription->filter.size);
}
