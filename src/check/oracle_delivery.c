/* A message belongs to the Sessions whose subscriptions match when it is accepted: each of them
 * gets it, also one that was away, and nobody else. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(KEPT, "v3:MQTT-3.1.2-4", "v5:MQTT-3.1.2-5")                                               \
    BOTH(QUEUED, "v3:MQTT-3.1.2-5", "v5:MQTT-3.1.2-23")                                            \
    BOTH(STATE, "v3:MQTT-4.1.0-1", "v5:MQTT-4.1.0-1")                                              \
    BOTH(NOT_BEFORE, "v3:MQTT-4.1.0-2", "v5:MQTT-4.1.0-1")                                         \
    BOTH(ADDED, "v3:MQTT-4.5.0-1", "v5:MQTT-4.5.0-1")

CHECK_RULES(RULES);

static void delivered(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    DrillSpan topic = event->packet.as.publish.topic;
    const char *client = drill_check_client_name(event->conn);
    bool live =
        delivery->kind == CHECK_DELIVERY_LIVE || delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED;
    if (live && delivery->first && delivery->expect->must) {
        drill_check_pass(oracle, RULE_ADDED);
        drill_check_pass(oracle, delivery->expect->offline ? RULE_QUEUED : RULE_NOT_BEFORE);
        if (delivery->expect->offline || message->crossed) {
            drill_check_pass(oracle, RULE_STATE);
        }
    } else if (delivery->kind == CHECK_DELIVERY_EXTRA && delivery->own) {
        return; /* oracle_options */
    } else if (delivery->kind == CHECK_DELIVERY_EXTRA && delivery->again_event == 0 &&
               !message->is_will && !drill_check_may_be_shared(event->session, topic)) {
        /* [v3:MQTT-4.5.0-1] a message belongs to the sessions that match when it is accepted */
        drill_check_fail(oracle, RULE_ADDED, CHECK_PACKETS(message->event, event->number),
                         "%s gets a message on \"%.*s\" from %s that was published and "
                         "acknowledged before this session "
                         "subscribed; expected: not delivered",
                         client, CHECK_TOPIC(topic), message->publisher_id);
    } else if (delivery->kind == CHECK_DELIVERY_UNKNOWN && delivery->topic != NULL &&
               delivery->topic->published > 0) {
        drill_check_fail(oracle, RULE_ADDED,
                         CHECK_PACKETS(event->number, delivery->topic->latest->event),
                         "%s gets a message on \"%.*s\" whose payload nobody published; expected: "
                         "the published message",
                         client, CHECK_TOPIC(topic));
    }
}

static void event_delivery(CheckOracle *oracle, const CheckEvent *event) {
    if (event->is_packet && event->sent && event->judged && event->decoded &&
        event->side == CHECK_SERVER && event->packet.type == DRILL_PUBLISH) {
        delivered(oracle, event);
    }
}

static void missing(CheckOracle *oracle, const CheckExpect *expect) {
    const CheckMessage *message = expect->message;
    size_t rule = expect->offline ? RULE_QUEUED : message->crossed ? RULE_STATE : RULE_ADDED;
    if (message->is_will) {
        return; /* oracle_will */
    }
    /* [v3:MQTT-3.1.2-5] [v3:MQTT-4.1.0-1] [v3:MQTT-4.5.0-1] */
    drill_check_missing(
        oracle, rule,
        CHECK_PACKETS(message->event, message->ack_event, expect->because->suback_event),
        "%s never got the QoS %u message on \"%.80s\" from %s (Packet Identifier %u), which the "
        "broker acknowledged%s; "
        "expected: at least one delivery",
        drill_check_client_name(expect->session->conn), (unsigned)message->qos,
        message->content->topic->name, message->publisher_id, (unsigned)message->packet_identifier,
        expect->offline ? " while the subscriber was away" : "");
    if (expect->because->brought_on == expect->session->conn->number && !expect->offline) {
        /* [v3:MQTT-4.1.0-2] the connection is there, and what belongs to its session is not */
        drill_check_missing(
            oracle, RULE_NOT_BEFORE, CHECK_PACKETS(expect->because->suback_event, message->event),
            "the subscription \"%.80s\" of %s has brought messages on this "
            "connection and brings this one not; expected: a session lasts as "
            "long as its connection",
            expect->because->filter, drill_check_client_name(expect->session->conn));
    }
    if (expect->because->certain_from_ns < expect->session->conn->connect_ns && !expect->offline) {
        drill_check_missing(
            oracle, RULE_KEPT, CHECK_PACKETS(expect->because->suback_event, message->event),
            "%s resumed its session, and what its subscription \"%.80s\" of an "
            "earlier connection brings does not come; expected: the session goes on",
            drill_check_client_name(expect->session->conn), expect->because->filter);
    }
}

static void finish_delivery(CheckOracle *oracle) {
    const CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        const CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        const CheckSession *session = identity == NULL ? NULL : identity->session;
        if (session == NULL) {
            continue;
        }
        drill_check_about(oracle, session->conn);
        for (const CheckExpect *expect = session->open_first; expect != NULL;
             expect = expect->next_open) {
            if (drill_check_expect_missing(oracle->model, expect)) {
                missing(oracle, expect);
            }
        }
    }
}

CHECK_ORACLE(delivery, "accepted messages reach every session they belong to, and no other", NULL,
             event_delivery, finish_delivery);
