/* Will messages. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(PUBLISHED, "v3:MQTT-3.1.2-8", "v5:MQTT-3.1.2-8")                                          \
    BOTH(ONCE, "v3:MQTT-3.1.2-10", "v5:MQTT-3.1.2-10")                                             \
    ONLY3(NONE, "v3:MQTT-3.1.2-12")                                                                \
    BOTH(NOT_RETAINED, "v3:MQTT-3.1.2-16", "v5:MQTT-3.1.2-14")                                     \
    BOTH(RETAINED, "v3:MQTT-3.1.2-17", "v5:MQTT-3.1.2-15")                                         \
    ONLY5(KEPT, "v5:MQTT-3.1.2-7")                                                                 \
    ONLY5(TAKEN_BACK, "v5:MQTT-3.1.3-9")                                                           \
    BOTH(DROPPED, "v3:MQTT-3.14.4-3", "v5:MQTT-3.14.4-3")

CHECK_RULES(RULES);

/* A will with Will Retain 0 was the last on the topic; the SUBSCRIBE must not bring it. */
static void subscribed(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    for (size_t i = 0; request != NULL && i < request->count; i++) {
        const CheckSubscription *subscription = request->subscriptions[i];
        const CheckTopic *topic =
            drill_check_topic(oracle->model, drill_span_of(subscription->match), false);
        if (topic != NULL && topic->latest != NULL && topic->latest->is_will &&
            !topic->latest->retain) {
            drill_check_pass(oracle, RULE_NOT_RETAINED);
        }
    }
}

static void event_will(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER) {
        return;
    }
    if (event->packet.type == DRILL_SUBACK) {
        subscribed(oracle, event);
        return;
    }
    const CheckDelivery *delivery = &event->delivery;
    const CheckMessage *message = delivery->message;
    const char *client = drill_check_client_name(event->conn);
    DrillSpan topic = event->packet.as.publish.topic;
    if (delivery->kind == CHECK_DELIVERY_WILL_CANCELLED) {
        const CheckConn *conn = delivery->will_conn;
        if (delivery->published) {
            return; /* that may be what comes */
        }
        if (conn->will.revoked_event != 0) {
            /* [v5:MQTT-3.1.3-9] */
            drill_check_fail(
                oracle, RULE_TAKEN_BACK,
                CHECK_PACKETS(conn->connect_event, conn->will.revoked_event, event->number),
                "%s gets the will of %s on \"%.*s\" although that client came back to "
                "its session before the Will Delay Interval had passed",
                client, drill_check_client_name(conn), CHECK_TOPIC(topic));
            return;
        }
        /* [v3:MQTT-3.14.4-3] [v3:MQTT-3.1.2-12] DISCONNECT drops the will, and a connection without
         * one has none */
        bool later = conn->identity->conn != conn && !drill_check_is_v5(conn);
        drill_check_fail(oracle, later ? RULE_NONE : RULE_DROPPED,
                         CHECK_PACKETS(conn->connect_event,
                                       conn->end[CHECK_SERVER].disconnect_event, event->number),
                         "%s gets the will of %s on \"%.*s\" although that client sent DISCONNECT; "
                         "expected: not published",
                         client, drill_check_client_name(conn), CHECK_TOPIC(topic));
        return;
    }
    if (message == NULL || !message->is_will) {
        return;
    }
    const char *owner = message->publisher_id;
    if (delivery->kind == CHECK_DELIVERY_LIVE || delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        drill_check_pass(oracle, RULE_PUBLISHED);
        drill_check_pass(oracle, RULE_KEPT);
        drill_check_pass(oracle, RULE_ONCE);
    } else if (delivery->kind == CHECK_DELIVERY_EXTRA &&
               !drill_check_may_come_back(oracle->model, event)) {
        /* [v3:MQTT-3.1.2-10] once published it is forgotten */
        drill_check_fail(oracle, RULE_ONCE,
                         CHECK_PACKETS(message->event, delivery->again_event, event->number),
                         "%s gets the will of %s on \"%.*s\" again; expected: published once",
                         client, owner, CHECK_TOPIC(topic));
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY) {
        drill_check_pass(oracle, RULE_RETAINED);
    } else if (delivery->kind == CHECK_DELIVERY_REPLAY_NEVER_RETAINED) {
        /* [v3:MQTT-3.1.2-16] */
        drill_check_fail(oracle, RULE_NOT_RETAINED, CHECK_PACKETS(message->event, event->number),
                         "%s gets the will of %s on \"%.*s\" as a retained message; it has Will "
                         "Retain 0; expected: not retained",
                         client, owner, CHECK_TOPIC(topic));
    }
}

/* It was put off, and came when its client was coming back to the session, or had. */
static bool came_with_its_client(const CheckConn *conn) {
    const CheckConn *newer = conn->identity->conn;
    return conn->will.due_ns > 0 && newer != conn && newer->session_present &&
           newer->session == conn->session &&
           newer->connect_event < conn->will_message->will_early_event;
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    if (!conn->accepted) {
        return;
    }
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (!conn->will.set) {
        if (end->ended && !end->disconnected) {
            drill_check_pass(oracle, RULE_NONE);
        }
        return;
    }
    if (drill_check_will_dropped(conn)) {
        drill_check_pass(oracle, RULE_DROPPED);
        return;
    }
    if (conn->will.revoked_event != 0) {
        drill_check_pass(oracle, RULE_TAKEN_BACK);
        return;
    }
    const CheckMessage *message = conn->will_message;
    if (message == NULL || !message->will_early || message->will_early_doubted) {
        return;
    }
    /* [v3:MQTT-3.1.2-8] published when the connection is closed, and not before */
    uint64_t due_ns = conn->will.due_ns > end->end_ns ? conn->will.due_ns : end->end_ns;
    if (end->ended && due_ns <= message->recv_ns + oracle->model->slack_ns) {
        drill_check_pass(oracle, RULE_PUBLISHED);
    } else if (came_with_its_client(conn)) {
        drill_check_fail(
            oracle, RULE_TAKEN_BACK, CHECK_PACKETS(conn->connect_event, message->will_early_event),
            "the will of %s was published when that client came back to its session before the "
            "Will Delay Interval had passed; expected: not published",
            drill_check_client_name(conn));
    } else {
        drill_check_fail(
            oracle, RULE_PUBLISHED, CHECK_PACKETS(conn->connect_event, message->will_early_event),
            "the will of %s was published %s; expected: not before", drill_check_client_name(conn),
            conn->will.due_ns > 0 ? "before its Will Delay Interval had passed"
                                  : "while its connection was still open");
    }
}

/* It was due before the run ended: in that instant it may have come, or not yet. */
static bool is_overdue(const CheckModel *model, const CheckMessage *message) {
    return message->recv_ns + model->slack_ns < model->end_ns;
}

static void finish_session(CheckOracle *oracle, const CheckSession *session) {
    for (const CheckExpect *expect = session->open_first; expect != NULL;
         expect = expect->next_open) {
        const CheckMessage *message = expect->message;
        if (message->is_will && is_overdue(oracle->model, message) &&
            drill_check_expect_missing(oracle->model, expect)) {
            /* [v3:MQTT-3.1.2-8] */
            drill_check_missing(
                oracle, RULE_PUBLISHED,
                CHECK_PACKETS(message->event, message->will_conn->end[CHECK_SERVER].end_event),
                "%s never got the will of %s on \"%.80s\" (QoS %u), whose connection ended without "
                "DISCONNECT; "
                "expected: published",
                drill_check_client_name(session->conn), message->publisher_id,
                message->content->topic->name, (unsigned)message->qos);
            drill_check_missing(oracle, RULE_KEPT, CHECK_PACKETS(message->event),
                                "the will of %s was not kept until it was due",
                                message->publisher_id);
        }
    }
    for (const CheckPrompt *prompt = session->prompts_first; prompt != NULL;
         prompt = prompt->next) {
        for (const CheckDue *due = prompt->dues; due != NULL; due = due->next) {
            if (due->message->is_will &&
                drill_check_due_missing(oracle->model, session, prompt, due)) {
                /* [v3:MQTT-3.1.2-17] */
                drill_check_missing(oracle, RULE_RETAINED,
                                    CHECK_PACKETS(due->message->event, prompt->event),
                                    "%s subscribed to \"%.80s\" and never got the retained will of "
                                    "%s; expected: the will, RETAIN 1",
                                    drill_check_client_name(session->conn),
                                    prompt->subscription->filter, due->message->publisher_id);
            }
        }
    }
}

static void finish_will(CheckOracle *oracle) {
    CheckModel *model = oracle->model;
    drill_check_each_judged(oracle, finish_conn);
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        const CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        if (identity != NULL && identity->session != NULL) {
            drill_check_about(oracle, identity->session->conn);
            finish_session(oracle, identity->session);
        }
    }
}

CHECK_ORACLE(will, "wills are published when a connection dies, and only then", NULL, event_will,
             finish_will);
