/* Subscription Options of 5.0: No Local, Retain As Published, Retain Handling. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(NEW_ONLY, "v5:MQTT-3.3.1-10")                                                            \
    ONLY5(NEVER, "v5:MQTT-3.3.1-11")                                                               \
    ONLY5(UNMARKED, "v5:MQTT-3.3.1-12")                                                            \
    ONLY5(AS_PUBLISHED, "v5:MQTT-3.3.1-13")                                                        \
    ONLY5(NO_LOCAL, "v5:MQTT-3.8.3-3")

CHECK_RULES(RULES);

/* RETAIN of a live message. */
static void live(CheckOracle *oracle, const CheckEvent *event) {
    const CheckExpect *expect = event->delivery.expect;
    const CheckMessage *message = event->delivery.message;
    bool retain = event->packet.as.publish.retain;
    if (!message->retain || expect->session->changed_ns >= message->recv_ns ||
        drill_check_has_double(oracle->model, event->session, message)) {
        return;
    }
    if (retain ? expect->marked : expect->unmarked) {
        drill_check_pass(oracle, retain ? RULE_AS_PUBLISHED : RULE_UNMARKED);
        return;
    }
    /* [v5:MQTT-3.3.1-12] [v5:MQTT-3.3.1-13] */
    drill_check_fail(oracle, retain ? RULE_UNMARKED : RULE_AS_PUBLISHED,
                     CHECK_PACKETS(message->event, event->number),
                     "%s gets a message on \"%.80s\" that was published with RETAIN 1, with RETAIN "
                     "%d; its subscriptions have Retain As Published %d",
                     drill_check_client_name(event->conn), message->content->topic->name,
                     retain ? 1 : 0, retain ? 0 : 1);
}

static void unwanted(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    if (delivery->prompt->subscription->shared ||
        drill_check_has_twin(oracle->model, event, delivery->message)) {
        return; /* of a shared subscription: oracle_shared */
    }
    /* [v5:MQTT-3.3.1-10] [v5:MQTT-3.3.1-11] */
    drill_check_fail(
        oracle, delivery->prompt->handling == 2 ? RULE_NEVER : RULE_NEW_ONLY,
        CHECK_PACKETS(delivery->message->event, delivery->prompt->event, event->number),
        "%s gets the retained message on \"%.80s\" after a SUBSCRIBE with Retain "
        "Handling %u%s; expected: none",
        drill_check_client_name(event->conn), delivery->topic->name,
        (unsigned)delivery->prompt->handling,
        delivery->prompt->handling == 1 ? " for a subscription that was there" : "");
}

/* Something was retained, and the SUBSCRIBE that is answered must not bring it. */
static void subscribed(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    for (size_t i = 0; request != NULL && i < request->count; i++) {
        const CheckPrompt *prompt = request->prompts[i];
        const CheckTopic *topic =
            prompt == NULL ? NULL
                           : drill_check_topic(oracle->model,
                                               drill_span_of(prompt->subscription->match), false);
        if (topic == NULL || topic->retained_last == NULL || topic->retained_last->empty) {
            continue;
        }
        if (prompt->handling == 2) {
            drill_check_pass(oracle, RULE_NEVER);
        } else if (prompt->handling == 1) {
            drill_check_pass(oracle, RULE_NEW_ONLY);
        }
    }
}

/* The publisher has a subscription of its own that matches and has No Local. */
static void published(CheckOracle *oracle, const CheckEvent *event) {
    DrillMap *map = event->session->subscriptions;
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        const CheckSubscription *subscription = drill_map_at(map, i, NULL);
        if (subscription != NULL && subscription->certain &&
            (drill_check_unsteady_options(subscription, event->time_ns) & DRILL_CHECK_NO_LOCAL) ==
                0 &&
            (subscription->options & DRILL_CHECK_NO_LOCAL) != 0 &&
            drill_check_topic_matches(subscription->match, event->packet.as.publish.topic)) {
            drill_check_pass(oracle, RULE_NO_LOCAL);
            return;
        }
    }
}

static void event_options(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || event->side != CHECK_SERVER || !event->judged || !event->decoded ||
        event->session == NULL || !drill_check_is_v5(event->conn)) {
        return;
    }
    DrillPacketType type = event->packet.type;
    CheckDeliveryKind kind = event->delivery.kind;
    if (!event->sent) {
        if (type == DRILL_PUBLISH) {
            published(oracle, event);
        }
    } else if (type == DRILL_SUBACK) {
        subscribed(oracle, event);
    } else if (kind == CHECK_DELIVERY_LIVE || kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        live(oracle, event);
    } else if (kind == CHECK_DELIVERY_REPLAY_UNWANTED) {
        unwanted(oracle, event);
    } else if (event->delivery.own) {
        /* [v5:MQTT-3.8.3-3] */
        drill_check_fail(
            oracle, RULE_NO_LOCAL, CHECK_PACKETS(event->delivery.message->event, event->number),
            "%s gets its own message on \"%.*s\" back although its subscription has "
            "No Local; expected: not forwarded",
            drill_check_client_name(event->conn), CHECK_TOPIC(event->packet.as.publish.topic));
    }
}

CHECK_ORACLE(options, "No Local, Retain As Published and Retain Handling", NULL, event_options,
             NULL);
