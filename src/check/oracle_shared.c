/* Shared Subscriptions of 5.0 (section 4.8.2): each message goes to one member of the group, at the
 * QoS that one was granted, and stays with it. */
#include "check/oracle.h"

#include <string.h>

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(ONE, "v5:MQTT-4.5.0-1")                                                                  \
    ONLY5(GRANTED_QOS, "v5:MQTT-4.8.2-3")                                                          \
    ONLY5(SAME_CLIENT, "v5:MQTT-4.8.2-4")                                                          \
    ONLY5(NO_OTHER, "v5:MQTT-4.8.2-5")                                                             \
    ONLY5(REFUSED, "v5:MQTT-4.8.2-6")

CHECK_RULES(RULES);

/* A message and the group that shares it. */
typedef struct Share {
    const CheckSession *session; /* the member that got it; NULL: nobody yet */
    CheckConn *conn;
    uint64_t event;
    uint8_t qos;
    bool refused, doubtful;
} Share;

/* The subscriptions of a session through which a topic may come. */
typedef struct Ways {
    const CheckSubscription *group;
    size_t groups, others;
} Ways;

static void init_shared(CheckOracle *oracle) {
    oracle->state = drill_map_new(oracle->allocator);
}

static Ways ways_of(const CheckSession *session, DrillSpan topic) {
    Ways ways = {0};
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription == NULL || !drill_check_topic_matches(subscription->match, topic)) {
            continue;
        }
        if (subscription->shared) {
            ways.groups++;
            ways.group = subscription;
        } else {
            ways.others++; /* an ended one may still deliver */
        }
    }
    return ways;
}

static Share *share_of(CheckOracle *oracle, const char *group, const CheckMessage *message,
                       bool create) {
    uint64_t parts[2] = {drill_hash(drill_span_of(group), 0), message->number};
    DrillSpan key = drill_span(parts, sizeof parts);
    Share *share = drill_map_get(oracle->state, key);
    if (share == NULL && create) {
        share = DRILL_NEW(oracle->allocator, Share);
        drill_map_set(oracle->state, key, share);
    }
    return share;
}

/* It has ended, or may have: its time has passed, or a CONNECT with Clean Start has come. */
static bool is_over(const CheckOracle *oracle, const CheckSession *session, uint64_t now_ns) {
    return session->ended || session->identity->session != session ||
           (session->expires_ns != DRILL_NEVER &&
            now_ns + oracle->model->slack_ns >= session->expires_ns);
}

/* It went to one member already; is a second one right? */
static void second(CheckOracle *oracle, const CheckEvent *event, const Share *share,
                   const CheckSubscription *group) {
    const CheckMessage *message = event->delivery.message;
    const char *first = drill_check_client_name(share->conn);
    /* A connection that either party has said is over is no more one to finish an exchange on. */
    const CheckEnd *end = &share->conn->end[CHECK_SERVER];
    bool gone = end->ended || end->half_closed || end->disconnected || end->left ||
                share->conn->taken_over_by != NULL;
    bool over =
        is_over(oracle, share->session, event->time_ns) ||
        (gone && share->session->conn == share->conn && share->conn->grants.session_expiry_s == 0);
    size_t rule = RULE_ONE;
    const char *what = "that one is still connected";
    if (share->refused) {
        rule = RULE_REFUSED;
        what = "that one refused it, which ends it";
    } else if (share->qos == 2 && gone) {
        rule = over ? RULE_NO_OTHER : RULE_SAME_CLIENT;
        what = over ? "the session of that one ended first" : "that one has to finish the exchange";
    } else if (gone) {
        return; /* at QoS 0 and 1 another may get it */
    }
    drill_check_fail(oracle, rule, CHECK_PACKETS(message->event, share->event, event->number),
                     "%s gets the message on \"%.80s\" through \"%.80s\" after %s did, and %s; "
                     "expected: one member of the group gets it",
                     drill_check_client_name(event->conn), message->content->topic->name,
                     group->filter, first, what);
}

static void granted(CheckOracle *oracle, const CheckEvent *event, const CheckSubscription *group) {
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    const CheckMessage *message = event->delivery.message;
    if (!group->certain || event->session->changed_ns >= message->recv_ns) {
        return;
    }
    unsigned right = group->granted < message->qos ? group->granted : message->qos;
    if (qos == right) {
        drill_check_pass(oracle, RULE_GRANTED_QOS);
    } else {
        drill_check_fail(oracle, RULE_GRANTED_QOS, CHECK_PACKETS(message->event, event->number),
                         "%s gets the message on \"%.80s\" through \"%.80s\" at QoS %u; it was "
                         "granted %u; expected QoS %u",
                         drill_check_client_name(event->conn), message->content->topic->name,
                         group->filter, qos, (unsigned)group->granted, right);
    }
}

/* It may have come through any of the session's subscriptions. */
static void doubt_all(CheckOracle *oracle, const CheckSession *session,
                      const CheckMessage *message) {
    DrillSpan topic = drill_span_of(message->content->topic->name);
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->shared &&
            drill_check_topic_matches(subscription->match, topic)) {
            share_of(oracle, subscription->filter, message, true)->doubtful = true;
        }
    }
}

static void delivered(CheckOracle *oracle, const CheckEvent *event) {
    const CheckMessage *message = event->delivery.message;
    Ways ways = ways_of(event->session, event->packet.as.publish.topic);
    if (ways.groups == 0) {
        return;
    }
    Share *share = share_of(oracle, ways.group->filter, message, true);
    bool double_ =
        message->content->published > 1 || drill_check_has_twin(oracle->model, event, message);
    if (ways.groups > 1 || ways.others > 0 || double_) {
        doubt_all(oracle, event->session, message);
        return;
    }
    granted(oracle, event, ways.group);
    if (share->session == NULL) {
        *share = (Share){event->session, event->conn,
                         event->number,  (uint8_t)event->packet.as.publish.qos,
                         false,          share->doubtful};
        drill_check_pass(oracle, RULE_ONE);
    } else if (!share->doubtful) {
        second(oracle, event, share, ways.group);
    }
}

/* The member says no. */
static void refused(CheckOracle *oracle, const CheckEvent *event) {
    const CheckMessage *message = event->exchange == NULL ? NULL : event->exchange->message;
    if (message == NULL || !drill_reason_is_failure(event->packet.as.ack.reason_code)) {
        return;
    }
    Ways ways = ways_of(event->session, drill_span_of(message->content->topic->name));
    Share *share = ways.group == NULL ? NULL : share_of(oracle, ways.group->filter, message, false);
    if (share != NULL && share->session == event->session) {
        share->refused = true;
        drill_check_pass(oracle, RULE_REFUSED);
    }
}

static void event_shared(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || event->side != CHECK_SERVER || !event->judged || !event->decoded ||
        event->session == NULL || !drill_check_is_v5(event->conn)) {
        return;
    }
    const CheckDelivery *delivery = &event->delivery;
    DrillPacketType type = event->packet.type;
    if (!event->sent) {
        if (type == DRILL_PUBACK || type == DRILL_PUBREC) {
            refused(oracle, event);
        }
    } else if (delivery->kind == CHECK_DELIVERY_LIVE ||
               delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        delivered(oracle, event);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_UNWANTED &&
               delivery->prompt->subscription->shared &&
               !drill_check_has_twin(oracle->model, event, delivery->message)) {
        drill_check_fail(oracle, RULE_ONE, CHECK_PACKETS(delivery->prompt->event, event->number),
                         "%s gets a retained message on \"%.80s\" for the shared subscription "
                         "\"%.80s\"; expected: none (section 4.8.2)",
                         drill_check_client_name(event->conn), delivery->topic->name,
                         delivery->prompt->subscription->filter);
    } else if (delivery->kind == CHECK_DELIVERY_RESENT && event->resend_due) {
        Ways ways = ways_of(event->session, event->packet.as.publish.topic);
        if (ways.groups == 1 && event->packet.as.publish.qos == DRILL_QOS_2) {
            drill_check_pass(oracle, RULE_SAME_CLIENT);
        }
    }
}

/* ---- at the end: did anybody get it? ---- */

/* This session is a member that could have got the message all the time. */
static bool able(CheckModel *model, const CheckExpect *expect, const CheckSubscription *member) {
    const CheckSession *session = expect->session;
    /* At QoS 0, which it was granted before, it may have got lost. */
    if ((member->qos_ever & 1u) != 0 && member->changed_ns >= expect->message->recv_ns) {
        return false;
    }
    return member->certain && member->granted > 0 && !session->ended && !session->unknown_past &&
           member->certain_from_ns < expect->message->recv_ns &&
           drill_check_end_usable(model, session->conn, CHECK_SERVER) && session->conn->accepted &&
           session->conn->offence_event == 0 && drill_check_client_keeps_up(session) &&
           !expect->offline && !drill_check_too_big(session, expect->message);
}

typedef struct Group {
    CheckOracle *oracle;
    const CheckMessage *message;
    const char *filter;
    size_t members, able;
    CheckConn *conn;
} Group;

static void count_member(void *context, CheckSubscription *subscription) {
    Group *group = context;
    if (!subscription->shared || strcmp(subscription->filter, group->filter) != 0) {
        return;
    }
    group->members++;
    const CheckExpects *expects = drill_check_expects(group->oracle->model, subscription->session,
                                                      group->message->content, false);
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        const CheckExpect *expect = drill_check_expect_at(expects, i);
        if (expect->message == group->message && able(group->oracle->model, expect, subscription)) {
            group->able++;
            group->conn = subscription->session->conn;
        }
    }
}

typedef struct Lost {
    CheckOracle *oracle;
    const CheckMessage *message;
} Lost;

static void missing(void *context, CheckSubscription *subscription) {
    const Lost *lost = context;
    const CheckMessage *message = lost->message;
    CheckOracle *oracle = lost->oracle;
    if (!subscription->shared) {
        return;
    }
    const Share *share = share_of(oracle, subscription->filter, message, true);
    Group group = {.oracle = oracle, .message = message, .filter = subscription->filter};
    /* A member that left may have been the one that was chosen, and take it along. */
    if (share->session != NULL || share->doubtful || message->mixed ||
        drill_check_group_left(subscription->group, message->recv_ns)) {
        return;
    }
    drill_check_index_match(oracle->model, drill_span_of(message->content->topic->name),
                            count_member, &group);
    /* Had one of them been unable, it may have been the one that was chosen. */
    if (group.members > 0 && group.able == group.members) {
        share_of(oracle, subscription->filter, message, true)->doubtful = true; /* told once */
        drill_check_about(oracle, group.conn);
        drill_check_missing(oracle, RULE_ONE, CHECK_PACKETS(message->event, message->ack_event),
                            "no member of \"%.80s\" got the message on \"%.80s\" from %s, which "
                            "the broker acknowledged; expected: one of the %u does",
                            subscription->filter, message->content->topic->name,
                            message->publisher_id, (unsigned)group.members);
    }
}

static void finish_shared(CheckOracle *oracle) {
    CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(oracle->state); i++) {
        const Share *share = drill_map_at(oracle->state, i, NULL);
        if (share != NULL && share->session != NULL && share->qos == 2 && share->session->ended &&
            !share->doubtful) {
            drill_check_about(oracle, share->conn);
            drill_check_pass(oracle, RULE_NO_OTHER);
        }
    }
    for (size_t i = 0; i < drill_map_slots(model->contents); i++) {
        const CheckContent *content = drill_map_at(model->contents, i, NULL);
        const CheckMessage *message =
            content == NULL || content->published != 1 ? NULL : drill_check_message_at(content, 0);
        /* What is delivered on topics of the server's own is not looked at (model_delivery.c). */
        if (message != NULL && message->qos > 0 && message->ack_ns != DRILL_NEVER &&
            content->topic->name[0] != '$' && !message->is_will && !message->doubtful &&
            message->expiry_ns > model->end_ns) {
            Lost lost = {oracle, message};
            drill_check_index_match(model, drill_span_of(content->topic->name), missing, &lost);
        }
    }
}

CHECK_ORACLE(shared, "shared subscriptions: one member gets each message, and keeps it",
             init_shared, event_shared, finish_shared);
