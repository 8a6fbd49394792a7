/* Retained messages. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(STORED, "v3:MQTT-3.3.1-5", "v5:MQTT-3.3.1-5")                                             \
    BOTH(SENT, "v3:MQTT-3.3.1-6", "v5:MQTT-3.3.1-9")                                               \
    ONLY3(EVICTED, "v3:MQTT-3.3.1-7")                                                              \
    BOTH(FLAGGED, "v3:MQTT-3.3.1-8", "v5:MQTT-3.3.1-9")                                            \
    ONLY5(SENT_NEW, "v5:MQTT-3.3.1-10")                                                            \
    ONLY3(LIVE_UNFLAGGED, "v3:MQTT-3.3.1-9")                                                       \
    BOTH(DELETED, "v3:MQTT-3.3.1-10", "v5:MQTT-3.3.1-6")                                           \
    BOTH(NEVER_EMPTY, "v3:MQTT-3.3.1-11", "v5:MQTT-3.3.1-7")                                       \
    BOTH(UNTOUCHED, "v3:MQTT-3.3.1-12", "v5:MQTT-3.3.1-8")                                         \
    ONLY3(NO_SESSION_STATE, "v3:MQTT-3.1.2-7")                                                     \
    BOTH(AGAIN, "v3:MQTT-3.8.4-3", "v5:MQTT-3.8.4-4")                                              \
    BOTH(LOWER_QOS, "v3:MQTT-3.8.4-6", "v5:MQTT-3.8.4-8")

CHECK_RULES(RULES);

static bool publisher_gone(CheckOracle *oracle, const CheckMessage *message) {
    const CheckConn *conn = drill_check_conn(oracle->model, message->conn);
    return conn->clean && conn->end[CHECK_SERVER].ended;
}

static void replay_qos(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    const char *client = drill_check_client_name(event->conn);
    if ((delivery->qos_mask >> qos & 1u) != 0) {
        drill_check_pass(oracle, RULE_LOWER_QOS);
    } else if (drill_check_has_twin(oracle->model, event, message)) {
        return;
    } else if ((delivery->qos_mask >> (qos + 1)) != 0) {
        /* [v3:MQTT-3.3.1-5] message and QoS are stored */
        drill_check_fail(oracle, RULE_STORED,
                         CHECK_PACKETS(message->event, delivery->prompt->event, event->number),
                         "%s gets the retained message on \"%.80s\" at QoS %u; it was published at "
                         "QoS %u and the subscription allows "
                         "more",
                         client, delivery->topic->name, qos, (unsigned)message->qos);
    } else {
        /* [v3:MQTT-3.8.4-6] the lower of published and granted QoS */
        drill_check_fail(oracle, RULE_LOWER_QOS,
                         CHECK_PACKETS(message->event, delivery->prompt->event, event->number),
                         "%s gets the retained message on \"%.80s\" at QoS %u; expected: not above "
                         "the granted QoS nor QoS %u of its "
                         "publication",
                         client, delivery->topic->name, qos, (unsigned)message->qos);
    }
}

static void replayed(CheckOracle *oracle, const CheckEvent *event) {
    const CheckMessage *message = event->delivery.message;
    drill_check_pass(oracle, event->delivery.prompt->handling == 1 ? RULE_SENT_NEW : RULE_SENT);
    drill_check_pass(oracle, RULE_FLAGGED);
    drill_check_pass(oracle, RULE_STORED);
    if (event->delivery.prompt->again) {
        drill_check_pass(oracle, RULE_AGAIN);
    }
    if (!message->is_will && publisher_gone(oracle, message)) {
        drill_check_pass(oracle, RULE_NO_SESSION_STATE);
    }
    replay_qos(oracle, event);
}

static void wrong_replay(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    const CheckMessage *newer = delivery->newer;
    const char *client = drill_check_client_name(event->conn);
    const char *topic = delivery->topic == NULL ? "" : delivery->topic->name;
    if (message != NULL && drill_check_has_twin(oracle->model, event, message)) {
        return;
    }
    if (delivery->kind == CHECK_DELIVERY_REPLAY_STALE) {
        /* [v3:MQTT-3.3.1-5] [v3:MQTT-3.3.1-7] the newer one replaces it, or at QoS 0 at least
         * removes it */
        bool evicted = newer->qos == 0 && !drill_check_is_v5(event->conn);
        drill_check_fail(oracle, evicted ? RULE_EVICTED : RULE_STORED,
                         CHECK_PACKETS(message->event, newer->event, event->number),
                         "%s gets a retained message on \"%.80s\" that a newer one had replaced "
                         "before the SUBSCRIBE; expected: the "
                         "newer%s",
                         client, topic, newer->qos == 0 ? " or none" : "");
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_DELETED) {
        /* [v3:MQTT-3.3.1-10] an empty one deletes */
        drill_check_fail(
            oracle, RULE_DELETED, CHECK_PACKETS(message->event, newer->event, event->number),
            "%s gets a retained message on \"%.80s\" that an empty one had deleted; expected: none",
            client, topic);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_EMPTY) {
        /* [v3:MQTT-3.3.1-11] an empty one is never stored */
        drill_check_fail(oracle, RULE_NEVER_EMPTY,
                         CHECK_PACKETS(event->number, message == NULL ? 0 : message->event),
                         "%s gets an empty message on \"%.80s\" with RETAIN 1; expected: empty "
                         "messages are never retained",
                         client, topic);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_NEVER_RETAINED && !message->is_will) {
        /* [v3:MQTT-3.3.1-12] RETAIN 0 leaves the store alone */
        drill_check_fail(oracle, RULE_UNTOUCHED, CHECK_PACKETS(message->event, event->number),
                         "%s gets a message on \"%.80s\" with RETAIN 1 that was only published "
                         "with RETAIN 0; expected: not retained",
                         client, topic);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_UNPROMPTED) {
        /* [v3:MQTT-3.3.1-6] a new subscription brings the retained message, and nothing else does
         */
        drill_check_fail(oracle, RULE_SENT, CHECK_PACKETS(message->event, event->number),
                         "%s gets the retained message on \"%.80s\" with RETAIN 1 although no "
                         "SUBSCRIBE asks for it; expected: once "
                         "for each SUBSCRIBE",
                         client, topic);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_UNFLAGGED) {
        /* [v3:MQTT-3.3.1-8] RETAIN 1 for a new subscription. 5.0 says it without a number, in
         * 3.3.1.3: what is not marked is not the retained message of [v5:MQTT-3.3.1-9]. */
        drill_check_fail(oracle, RULE_FLAGGED,
                         CHECK_PACKETS(message->event, delivery->prompt->event, event->number),
                         "%s gets the retained message on \"%.80s\" for its new subscription with "
                         "RETAIN 0; expected RETAIN 1",
                         client, topic);
    }
}

static void live(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    if (delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        /* [v3:MQTT-3.3.1-9] RETAIN 0 for existing subscriptions */
        drill_check_fail(oracle, RULE_LIVE_UNFLAGGED, CHECK_PACKETS(message->event, event->number),
                         "%s gets a message on \"%.80s\" for a subscription that existed before "
                         "with RETAIN 1; expected RETAIN 0",
                         drill_check_client_name(event->conn), delivery->topic->name);
    } else if (message->retain) {
        drill_check_pass(oracle, RULE_LIVE_UNFLAGGED);
        if (message->empty) {
            drill_check_pass(oracle, RULE_DELETED);
        }
    }
}

/* A subscription was answered, and what it did not bring counts too. */
static void subscribed(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    for (size_t i = 0; request != NULL && i < request->count; i++) {
        const CheckPrompt *prompt = request->prompts[i];
        const CheckTopic *topic =
            drill_check_topic(oracle->model, drill_span_of(prompt->subscription->filter), false);
        if (topic == NULL || prompt->failed || topic->latest == NULL) {
            continue;
        }
        const CheckMessage *last = topic->retained_last;
        if (last != NULL && last->empty &&
            drill_check_message_done_ns(oracle->model, last) <= prompt->ns) {
            drill_check_pass(oracle, RULE_DELETED);
            drill_check_pass(oracle, RULE_NEVER_EMPTY);
        } else if (last != NULL && last->qos == 0 && topic->retained_count > 1) {
            drill_check_pass(oracle, RULE_EVICTED);
        }
        if (!topic->latest->retain) {
            drill_check_pass(oracle, RULE_UNTOUCHED);
        }
    }
}

static void event_retained(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER) {
        return;
    }
    if (event->packet.type == DRILL_SUBACK) {
        subscribed(oracle, event);
        return;
    }
    switch (event->delivery.kind) {
    case CHECK_DELIVERY_LIVE:
    case CHECK_DELIVERY_LIVE_FLAGGED:
        live(oracle, event);
        break;
    case CHECK_DELIVERY_REPLAY:
        replayed(oracle, event);
        break;
    case CHECK_DELIVERY_REPLAY_UNFLAGGED:
    case CHECK_DELIVERY_REPLAY_STALE:
    case CHECK_DELIVERY_REPLAY_DELETED:
    case CHECK_DELIVERY_REPLAY_UNPROMPTED:
    case CHECK_DELIVERY_REPLAY_NEVER_RETAINED:
    case CHECK_DELIVERY_REPLAY_EMPTY:
    case CHECK_DELIVERY_REPLAY_UNWANTED:
        wrong_replay(oracle, event);
        break;
    case CHECK_DELIVERY_NONE:
    case CHECK_DELIVERY_RESENT:
    case CHECK_DELIVERY_EXTRA:
    case CHECK_DELIVERY_RENUMBERED:
    case CHECK_DELIVERY_WILL_EARLY:
    case CHECK_DELIVERY_WILL_CANCELLED:
    case CHECK_DELIVERY_NOT_SUBSCRIBED:
    case CHECK_DELIVERY_UNSUBSCRIBED:
    case CHECK_DELIVERY_UNKNOWN:
    case CHECK_DELIVERY_IGNORED:
        break;
    }
}

static void missing(CheckOracle *oracle, const CheckSession *session, const CheckPrompt *prompt,
                    const CheckDue *due) {
    const CheckMessage *message = due->message;
    size_t rule = RULE_SENT;
    if (prompt->again) {
        rule = RULE_AGAIN;
    } else if (prompt->handling == 1) {
        rule = RULE_SENT_NEW;
    } else if (message->crossed || message->reused) {
        rule = RULE_STORED;
    } else if (publisher_gone(oracle, message)) {
        rule = drill_check_is_v5(session->conn) ? RULE_SENT : RULE_NO_SESSION_STATE;
    }
    drill_check_missing(oracle, rule,
                        CHECK_PACKETS(message->event, prompt->event, message->ack_event),
                        "%s subscribed%s to \"%.80s\" and never got the retained message on "
                        "\"%.80s\" (QoS %u, from %s); expected: "
                        "the retained message, RETAIN 1",
                        drill_check_client_name(session->conn), prompt->again ? " again" : "",
                        prompt->subscription->filter, message->content->topic->name,
                        (unsigned)message->qos, message->publisher_id);
}

static void finish_retained(CheckOracle *oracle) {
    CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        const CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        const CheckSession *session = identity == NULL ? NULL : identity->session;
        for (const CheckPrompt *prompt = session == NULL ? NULL : session->prompts_first;
             prompt != NULL; prompt = prompt->next) {
            for (const CheckDue *due = prompt->dues; due != NULL; due = due->next) {
                if (!due->message->is_will &&
                    drill_check_due_missing(model, session, prompt, due)) {
                    drill_check_about(oracle, session->conn);
                    missing(oracle, session, prompt, due);
                }
            }
        }
    }
}

CHECK_ORACLE(retained, "retained messages: stored, replaced, deleted, sent to new subscriptions",
             NULL, event_retained, finish_retained);
