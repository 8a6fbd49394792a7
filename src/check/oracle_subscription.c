/* Subscriptions: what they match, at which QoS, and what their end ends. Their answers are
 * oracle_suback.c. */
#include "check/oracle.h"

#include <string.h>

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(MATCHES, "v3:MQTT-3.3.2-3", "v5:MQTT-3.3.2-3")                                            \
    BOTH(OVERLAP, "v3:MQTT-3.3.5-1", "v5:MQTT-3.3.4-2")                                            \
    BOTH(REPLACED, "v3:MQTT-3.8.4-3", "v5:MQTT-3.8.4-3")                                           \
    BOTH(LOWER_QOS, "v3:MQTT-3.8.4-6", "v5:MQTT-3.8.4-8")                                          \
    BOTH(LITERAL, "v3:MQTT-3.10.4-1", "v5:MQTT-3.10.4-1")                                          \
    BOTH(NO_MORE, "v3:MQTT-3.10.4-2", "v5:MQTT-3.10.4-2")                                          \
    BOTH(FINISHED, "v3:MQTT-3.10.4-3", "v5:MQTT-3.10.4-3")                                         \
    BOTH(DOLLAR, "v3:MQTT-4.7.2-1", "v5:MQTT-4.7.2-1")                                             \
    BOTH(AS_RECEIVED, "v3:MQTT-4.7.3-4", "v5:MQTT-4.7.3-4")

CHECK_RULES(RULES);

/* Deliveries through overlapping subscriptions that came at less than the highest QoS: the right
 * copy may still come. */
typedef struct OverlapNote {
    struct OverlapNote *next;
    const CheckExpect *expect;
    CheckConn *conn;
    uint64_t event, ns;
    bool waits; /* the client owes acknowledgements: the window may be full */
} OverlapNote;

/* [v5:MQTT-3.8.4-3] a second SUBSCRIBE with the same filter replaces the first one's subscription
 */
static void replaced_not(CheckOracle *oracle, const CheckEvent *event) {
    DrillMap *map = event->session->subscriptions;
    const CheckSubscription *subscription = NULL;
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        const CheckSubscription *one = drill_map_at(map, i, NULL);
        if (one != NULL && one->possible && one->requests > 1 &&
            drill_check_topic_matches(one->match, event->packet.as.publish.topic)) {
            subscription = one;
        }
    }
    if (subscription == NULL) {
        return;
    }
    drill_check_fail(oracle, RULE_REPLACED,
                     CHECK_PACKETS(subscription->subscribe_event, event->number),
                     "%s gets a message on \"%.*s\" as its subscription \"%.80s\" was before it "
                     "subscribed again; expected: replaced",
                     drill_check_client_name(event->conn),
                     CHECK_TOPIC(event->packet.as.publish.topic), subscription->filter);
}

static void live_qos(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckExpect *expect = delivery->expect;
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    /* [v3:MQTT-3.8.4-6] the lower of published and granted QoS */
    if ((delivery->qos_mask >> qos & 1u) == 0) {
        replaced_not(oracle, event);
        drill_check_fail(oracle, RULE_LOWER_QOS,
                         CHECK_PACKETS(delivery->message->event, event->number),
                         "%s gets the message on \"%.80s\" from %s at QoS %u; it was published at "
                         "QoS %u and QoS %u was granted; "
                         "expected: the lower of the two",
                         drill_check_client_name(event->conn), delivery->topic->name,
                         delivery->message->publisher_id, qos, (unsigned)delivery->message->qos,
                         expect->because != NULL ? (unsigned)expect->because->granted
                                                 : (unsigned)expect->qos_certain);
        return;
    }
    drill_check_pass(oracle, RULE_LOWER_QOS);
    /* Once its subscriptions change after the PUBLISH, the ones in force when it was passed on are
     * unknown. */
    if (expect->subscriptions < 2 || !delivery->first ||
        expect->session->changed_ns >= delivery->message->recv_ns) {
        return;
    }
    if (qos >= expect->qos_certain) {
        drill_check_pass(oracle, RULE_OVERLAP);
        return;
    }
    OverlapNote *note = DRILL_NEW(oracle->allocator, OverlapNote);
    *note =
        (OverlapNote){oracle->state, expect,         event->conn,
                      event->number, event->time_ns, !drill_check_client_keeps_up(expect->session)};
    oracle->state = note;
    drill_check_message_keep(expect->message);
}

static void not_subscribed(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    DrillSpan topic = event->packet.as.publish.topic;
    const char *client = drill_check_client_name(event->conn);
    if (delivery->dollar_wildcard) {
        /* [v3:MQTT-4.7.2-1] a leading wildcard does not reach topics that begin with $ */
        drill_check_fail(oracle, RULE_DOLLAR, CHECK_PACKETS(event->number),
                         "%s gets a message on \"%.*s\", which only filters that begin with a "
                         "wildcard match; expected: not "
                         "delivered",
                         client, CHECK_TOPIC(topic));
    } else if (delivery->kind == CHECK_DELIVERY_NOT_SUBSCRIBED) {
        /* [v3:MQTT-3.3.2-3] */
        drill_check_fail(oracle, RULE_MATCHES, CHECK_PACKETS(event->number),
                         "%s gets a message on \"%.*s\", which none of its subscriptions matches; "
                         "expected: not delivered",
                         client, CHECK_TOPIC(topic));
    } else if (delivery->kind == CHECK_DELIVERY_UNSUBSCRIBED) {
        /* [v3:MQTT-3.10.4-2] nothing more is added for a removed subscription */
        drill_check_fail(oracle, RULE_NO_MORE,
                         CHECK_PACKETS(event->number, delivery->removed->unsuback_event),
                         "%s gets a message on \"%.*s\" that was published after its subscription "
                         "\"%.80s\" was removed; expected: "
                         "not delivered",
                         client, CHECK_TOPIC(topic), delivery->removed->filter);
        drill_check_fail(oracle, RULE_LITERAL,
                         CHECK_PACKETS(delivery->removed->unsuback_event, event->number),
                         "the subscription \"%.80s\" of %s is there after an UNSUBSCRIBE that "
                         "names it; expected: removed",
                         delivery->removed->filter, client);
    } else if (delivery->kind == CHECK_DELIVERY_UNKNOWN &&
               (delivery->topic == NULL || delivery->topic->published == 0)) {
        /* [v3:MQTT-4.7.3-4] topics are passed on as they came */
        drill_check_fail(oracle, RULE_AS_RECEIVED, CHECK_PACKETS(event->number),
                         "%s gets a message on \"%.*s\", a topic on which nobody published; "
                         "expected: topic names unchanged",
                         client, CHECK_TOPIC(topic));
    }
}

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    CheckDeliveryKind kind = event->delivery.kind;
    if (kind == CHECK_DELIVERY_LIVE || kind == CHECK_DELIVERY_LIVE_FLAGGED ||
        kind == CHECK_DELIVERY_WILL_EARLY) {
        drill_check_pass(oracle, RULE_MATCHES);
        drill_check_pass(oracle, RULE_AS_RECEIVED);
        const CheckSubscription *because = event->delivery.expect->because;
        if (because != NULL && because->requests > 1) {
            drill_check_pass(oracle, RULE_REPLACED);
        }
        live_qos(oracle, event);
    } else {
        not_subscribed(oracle, event);
    }
}

static void removal_answered(CheckOracle *oracle, const CheckRequest *request) {
    bool found = false;
    for (size_t i = 0; i < request->count; i++) {
        found = found || request->subscriptions[i] != NULL;
    }
    if (found) {
        drill_check_pass(oracle, RULE_LITERAL);
    }
}

/* A publication that no subscription matches any more, or none of the wildcards may match, and that
 * stays undelivered. */
static void publish_received(CheckOracle *oracle, const CheckEvent *event) {
    DrillSpan topic = event->packet.as.publish.topic;
    if (topic.size > 0 && topic.data[0] == '$') {
        drill_check_pass(oracle, RULE_DOLLAR);
    }
}

static void event_subscription(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || event->side != CHECK_SERVER || !event->judged || !event->decoded) {
        return;
    }
    DrillPacketType type = event->packet.type;
    if (!event->sent) {
        if (type == DRILL_PUBLISH && event->session != NULL) {
            publish_received(oracle, event);
        }
        return;
    }
    if (type == DRILL_UNSUBACK && event->request != NULL) {
        removal_answered(oracle, event->request);
    } else if (type == DRILL_PUBLISH && event->session != NULL) {
        publish_sent(oracle, event);
    }
    bool goes_on = (type == DRILL_PUBREL && event->answered) || event->resend_due;
    if (goes_on && event->session != NULL && event->exchange != NULL &&
        event->exchange->message != NULL) {
        const char *topic = event->exchange->message->content->topic->name;
        if (drill_check_session_matches(event->session, drill_span_of(topic)) == 0) {
            drill_check_pass(oracle, RULE_FINISHED);
        }
    }
}

/* [v3:MQTT-3.10.4-3] what has begun is finished, though nothing subscribes to it any more */
static void unfinished(CheckOracle *oracle, const CheckConn *conn, const CheckOwed *owed) {
    const CheckExchange *exchange =
        conn->session == NULL
            ? NULL
            : drill_check_exchange_find(conn->session->party.out, owed->packet_identifier);
    const CheckMessage *message = exchange == NULL ? NULL : exchange->message;
    if (message == NULL || drill_check_session_matches(
                               conn->session, drill_span_of(message->content->topic->name)) > 0) {
        return;
    }
    drill_check_missing(oracle, RULE_FINISHED,
                        CHECK_PACKETS(exchange->first_event, owed->request_event),
                        "the broker does not finish the exchange with Packet Identifier %u, whose "
                        "subscription %s ended meanwhile; expected PUBREL",
                        (unsigned)owed->packet_identifier, drill_check_client_name(conn));
}

static void owed_subscription(CheckOracle *oracle, CheckConn *conn, CheckSide side,
                              const CheckOwed *owed, bool closed) {
    (void)closed;
    if (side == CHECK_SERVER && owed->type == DRILL_PUBREL) {
        unfinished(oracle, conn, owed);
    }
}

/* Removed, and its topic went on. */
static void removed(CheckOracle *oracle, const CheckSession *session) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription == NULL || subscription->possible || subscription->unsuback_event == 0) {
            continue;
        }
        const CheckTopic *topic =
            drill_check_topic(oracle->model, drill_span_of(subscription->match), false);
        if (topic != NULL && topic->latest != NULL &&
            topic->latest->recv_ns > subscription->possible_until_ns) {
            drill_check_about(oracle, session->conn);
            drill_check_pass(oracle, RULE_NO_MORE);
        }
    }
}

static void finish_subscription(CheckOracle *oracle) {
    drill_check_each_owed(oracle, owed_subscription);
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        if (identity != NULL && identity->session != NULL) {
            removed(oracle, identity->session);
        }
    }
    for (const OverlapNote *note = oracle->state; note != NULL; note = note->next) {
        const CheckExpect *expect = note->expect;
        const CheckEnd *end = &note->conn->end[CHECK_SERVER];
        bool up = drill_check_end_usable(oracle->model, note->conn, CHECK_SERVER);
        bool time_enough =
            up ? drill_check_client_keeps_up(expect->session)
               : !note->waits && note->conn->kept_up && end->end_ns >= note->ns + DRILL_NS_PER_S;
        const CheckMessage *message = expect->message;
        if (!time_enough || drill_check_has_double(oracle->model, expect->session, message)) {
            continue;
        }
        drill_check_about(oracle, note->conn);
        /* [v3:MQTT-3.3.5-1] the highest QoS of all that match; further copies are allowed */
        if (expect->qos_best >= expect->qos_certain) {
            drill_check_pass(oracle, RULE_OVERLAP);
        } else if (!message->mixed && !drill_check_expect_dropped(oracle->model, expect)) {
            drill_check_missing(
                oracle, RULE_OVERLAP, CHECK_PACKETS(expect->message->event, note->event),
                "%s gets the message on \"%.80s\" from %s at QoS %u only; its overlapping "
                "subscriptions call for "
                "QoS %u",
                drill_check_client_name(note->conn), expect->message->content->topic->name,
                expect->message->publisher_id, (unsigned)expect->qos_best,
                (unsigned)expect->qos_certain);
        }
    }
}

CHECK_ORACLE(subscription, "subscriptions: matching, delivery QoS, removal", NULL,
             event_subscription, finish_subscription);
