/* QoS 1: at least once, and every PUBLISH acknowledged. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(SENDER, "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-3")                                             \
    ONLY5(SETTLED, "v5:MQTT-4.4.0-2")                                                              \
    ONLY5(SENDS, "v5:MQTT-4.3.2-2")                                                                \
    BOTH(RECEIVER, "v3:MQTT-4.3.2-2", "v5:MQTT-4.3.2-4")                                           \
    BOTH(NEW_AGAIN, "v3:MQTT-4.3.2-2", "v5:MQTT-4.3.2-5")                                          \
    BOTH(ANSWER, "v3:MQTT-3.3.4-1", "v5:MQTT-3.3.4-1")                                             \
    BOTH(CLIENT_ANSWERS, "v3:MQTT-4.5.0-2", "v5:MQTT-4.5.0-2")                                     \
    ONLY3(BARRED, "v3:MQTT-3.3.5-2")

CHECK_RULES(RULES);

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (publish->qos != DRILL_QOS_1) {
        return;
    }
    CheckDeliveryKind kind = event->delivery.kind;
    const CheckMessage *message = event->delivery.message;
    bool again = event->send == CHECK_SEND_AFTER_DONE &&
                 (event->side == CHECK_CLIENT || kind == CHECK_DELIVERY_EXTRA);
    /* What the script kept back for a while may come when it is all over. */
    again = again && (event->node->held_types >> DRILL_PUBLISH & 1u) == 0;
    again = again || (kind == CHECK_DELIVERY_EXTRA && publish->dup &&
                      !(message->qos == 2 && message->copies > 1));
    /* [v3:MQTT-4.3.2-1] a message is unacknowledged until its PUBACK; then the sender is done with
     * it */
    if (again) {
        DrillSpan topic = publish->topic;
        uint64_t earlier = event->send == CHECK_SEND_AFTER_DONE ? event->before.first_event
                                                                : event->delivery.again_event;
        uint64_t ack = event->send == CHECK_SEND_AFTER_DONE ? event->before.ack_event : 0;
        bool refused = event->send == CHECK_SEND_AFTER_DONE && event->before.refused;
        drill_check_fail(oracle, refused ? RULE_SETTLED : RULE_SENDER,
                         CHECK_PACKETS(event->number, earlier, ack),
                         "%s sends the QoS 1 message on \"%.*s\" again (Packet Identifier %u, "
                         "connection of %s) although it "
                         "was acknowledged; expected: no further PUBLISH after PUBACK",
                         drill_check_party_name(event->conn, event->side), CHECK_TOPIC(topic),
                         (unsigned)publish->packet_identifier,
                         drill_check_client_name(event->conn));
        return;
    }
    drill_check_pass(oracle, RULE_SENDER);
    if (event->send == CHECK_SEND_FIRST) {
        drill_check_pass(oracle, RULE_SENDS);
        if (event->had_exchange && event->before.refused) {
            drill_check_pass(oracle, RULE_SETTLED);
        }
    }
    if (kind == CHECK_DELIVERY_LIVE && message->reused && message->qos == 1) {
        drill_check_pass(oracle, RULE_NEW_AGAIN);
    }
}

static void puback_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->answered) {
        return;
    }
    drill_check_pass(oracle, RULE_ANSWER);
    drill_check_pass(oracle, RULE_RECEIVER);
    if (event->side == CHECK_CLIENT) {
        drill_check_pass(oracle, RULE_CLIENT_ANSWERS);
    } else if (oracle->model->topic_rules) {
        drill_check_pass(oracle, RULE_BARRED);
    }
}

/* PUBREC where the latest PUBLISH with that identifier has QoS 1. */
static void pubrec_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered || event->exchange == NULL || event->exchange->qos != 1) {
        return;
    }
    /* [v3:MQTT-3.3.4-1] the answer follows the QoS of the PUBLISH */
    drill_check_fail(
        oracle, RULE_ANSWER, CHECK_PACKETS(event->exchange->first_event, event->number),
        "%s answers a QoS 1 PUBLISH (Packet Identifier %u, connection of %s) with PUBREC; expected "
        "PUBACK",
        drill_check_party_name(event->conn, event->side),
        (unsigned)event->exchange->packet_identifier, drill_check_client_name(event->conn));
}

static void event_qos1(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event)) {
        return;
    }
    if (event->packet.type == DRILL_PUBLISH) {
        publish_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBACK) {
        puback_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBREC) {
        pubrec_sent(oracle, event);
    }
}

static void owed_qos1(CheckOracle *oracle, CheckConn *conn, CheckSide side, const CheckOwed *owed,
                      bool closed) {
    if (owed->type != DRILL_PUBACK) {
        return;
    }
    size_t rule = RULE_ANSWER;
    if (side == CHECK_SERVER && oracle->model->topic_rules && !drill_check_is_v5(conn)) {
        /* [v3:MQTT-3.3.5-2] whoever may not publish is answered all the same, or is closed */
        rule = RULE_BARRED;
        if (closed) {
            drill_check_pass(oracle, RULE_BARRED);
            return;
        }
    }
    if (side == CHECK_CLIENT) {
        if (drill_check_client_withholds(conn, owed)) {
            return;
        }
        const CheckExchange *exchange =
            drill_check_exchange_find(conn->node->party->in, owed->packet_identifier);
        rule = exchange != NULL && exchange->passed_on > 0 ? RULE_RECEIVER : RULE_CLIENT_ANSWERS;
    }
    drill_check_missing(oracle, rule,
                        CHECK_PACKETS(owed->request_event, closed ? conn->end[side].end_event : 0),
                        "%s %s the QoS 1 PUBLISH with Packet Identifier %u on the connection of "
                        "%s; expected PUBACK",
                        drill_check_party_name(conn, side),
                        closed ? "closed the connection instead of answering" : "never answered",
                        (unsigned)owed->packet_identifier, drill_check_client_name(conn));
}

/* [v3:MQTT-4.3.2-2] [v5:MQTT-4.3.2-5] after PUBACK the identifier names a new message */
static void missing_after_reuse(CheckOracle *oracle, const CheckSession *session) {
    const CheckExpect *expect = session->open_first;
    for (; expect != NULL; expect = expect->next_open) {
        const CheckMessage *message = expect->message;
        if (message->qos == 1 && message->reused && !message->is_will &&
            drill_check_expect_missing(oracle->model, expect)) {
            drill_check_about(oracle, session->conn);
            drill_check_missing(
                oracle, RULE_NEW_AGAIN, CHECK_PACKETS(message->event, message->ack_event),
                "the QoS 1 message on \"%.80s\" from %s, whose Packet Identifier "
                "%u had completed an exchange before, never reached %s; expected: "
                "treated as a new message",
                message->content->topic->name, message->publisher_id,
                (unsigned)message->packet_identifier, drill_check_client_name(session->conn));
        }
    }
}

static void finish_qos1(CheckOracle *oracle) {
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        if (identity != NULL && identity->session != NULL) {
            missing_after_reuse(oracle, identity->session);
        }
    }
    drill_check_each_owed(oracle, owed_qos1);
    drill_check_pass_refused(oracle, RULE_SETTLED, 1);
    DrillMap *nodes = oracle->model->nodes;
    for (size_t i = 0; i < drill_map_slots(nodes); i++) {
        const CheckNode *node = drill_map_at(nodes, i, NULL);
        const CheckAppMessage *message = drill_check_unsent(oracle, node, 1);
        /* [v3:MQTT-4.3.2-1] for each new message the sender sends a PUBLISH */
        if (message != NULL) {
            drill_check_about(oracle, node->conn);
            drill_check_missing(oracle, drill_check_is_v5(node->conn) ? RULE_SENDS : RULE_SENDER,
                                CHECK_PACKETS(message->event),
                                "%s was given a QoS 1 message on \"%.80s\", is connected, and "
                                "never sent it; expected PUBLISH",
                                node->name, message->topic);
        }
    }
}

CHECK_ORACLE(qos1, "QoS 1: at least once, every PUBLISH acknowledged", NULL, event_qos1,
             finish_qos1);
