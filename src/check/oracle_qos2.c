/* QoS 2: exactly once, in both directions. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(SENDER, "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-6")                                             \
    BOTH(SENDS, "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-2")                                              \
    BOTH(AWAITS, "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-3")                                             \
    BOTH(RELEASES, "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-4")                                           \
    ONLY5(SETTLED, "v5:MQTT-4.4.0-2")                                                              \
    ONLY5(SENT_IS_SENT, "v5:MQTT-4.3.3-7")                                                         \
    BOTH(RECEIVER, "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-10")                                          \
    BOTH(ACCEPTS, "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-8")                                            \
    BOTH(COMPLETES, "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-11")                                         \
    BOTH(NEW_AGAIN, "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-12")                                         \
    ONLY5(NEW_AFTER_REFUSAL, "v5:MQTT-4.3.3-9")                                                    \
    ONLY5(EXPIRED_TOO, "v5:MQTT-4.3.3-13")                                                         \
    ONLY3(BARRED, "v3:MQTT-3.3.5-2")

CHECK_RULES(RULES);

static const char *party(const CheckEvent *event) {
    return drill_check_party_name(event->conn, event->side);
}

/* A group may have given it back, or one that looks the same: which of them, nobody can tell. */
static bool may_go_round(CheckModel *model, const CheckEvent *event) {
    return drill_check_may_come_back(model, event) ||
           (drill_check_may_be_shared(event->session, event->packet.as.publish.topic) &&
            drill_check_has_twin(model, event, event->delivery.message));
}

static void delivery(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *given = &event->delivery;
    const CheckMessage *message = given->message;
    if (given->kind == CHECK_DELIVERY_LIVE && message->qos == 2 && message->copies > 1) {
        drill_check_pass(oracle, RULE_RECEIVER);
    } else if (given->kind == CHECK_DELIVERY_LIVE && message->qos == 2 && message->reused) {
        drill_check_pass(oracle, message->after_refusal ? RULE_NEW_AFTER_REFUSAL : RULE_NEW_AGAIN);
    }
    if (given->kind != CHECK_DELIVERY_EXTRA || message->qos != 2 || message->is_will ||
        given->again_event == 0 || may_go_round(oracle->model, event)) {
        return;
    }
    bool sender_repeats = event->packet.as.publish.dup || event->send == CHECK_SEND_AFTER_DONE;
    if (message->copies > 1 || (event->packet.as.publish.qos == DRILL_QOS_2 && !sender_repeats)) {
        /* [v3:MQTT-4.3.3-2] repeats of a PUBLISH before its PUBREL lead to no second delivery */
        drill_check_fail(oracle, RULE_RECEIVER,
                         CHECK_PACKETS(message->event, given->again_event, event->number),
                         "%s gets the QoS 2 message on \"%.80s\" from %s (Packet Identifier %u) a "
                         "second time; expected: once",
                         drill_check_client_name(event->conn), given->topic->name,
                         message->publisher_id, (unsigned)message->packet_identifier);
    }
}

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (event->side == CHECK_SERVER) {
        delivery(oracle, event);
    }
    if (publish->qos != DRILL_QOS_2) {
        return;
    }
    CheckDeliveryKind kind = event->delivery.kind;
    /* What the script kept back for a while may come when it is all over. */
    bool held = event->node->held_types >> DRILL_PUBLISH & 1u;
    bool after_done = event->send == CHECK_SEND_AFTER_DONE && !held &&
                      (event->side == CHECK_CLIENT || kind == CHECK_DELIVERY_EXTRA);
    bool extra =
        kind == CHECK_DELIVERY_EXTRA && publish->dup && event->delivery.message->copies <= 1;
    /* [v3:MQTT-4.3.3-1] after PUBREC comes PUBREL, and never the PUBLISH again */
    bool after_received = event->send == CHECK_SEND_AFTER_RECEIVED && !held;
    if (after_received || after_done || extra) {
        uint64_t ack = extra && !after_done ? 0 : event->before.ack_event;
        uint64_t earlier =
            extra && !after_done ? event->delivery.again_event : event->before.first_event;
        size_t rule = event->before.refused                         ? RULE_SETTLED
                      : event->before.stage == CHECK_STAGE_RECEIVED ? RULE_RELEASES
                                                                    : RULE_SENDER;
        drill_check_fail(oracle, rule, CHECK_PACKETS(event->number, earlier, ack),
                         "%s sends the QoS 2 PUBLISH with Packet Identifier %u again (connection "
                         "of %s) after %s; expected %s",
                         party(event), (unsigned)publish->packet_identifier,
                         drill_check_client_name(event->conn),
                         event->send == CHECK_SEND_AFTER_RECEIVED ? "its PUBREC"
                                                                  : "the exchange was complete",
                         event->send == CHECK_SEND_AFTER_RECEIVED ? "PUBREL" : "nothing");
    } else {
        drill_check_pass(oracle, RULE_SENDER);
        drill_check_pass(oracle, RULE_SENDS);
        if (event->send == CHECK_SEND_FIRST && event->had_exchange && event->before.refused) {
            drill_check_pass(oracle, RULE_SETTLED);
        }
    }
}

/* The message of this exchange had expired by now. */
static bool expired(const CheckOracle *oracle, const CheckExchange *exchange) {
    return exchange != NULL && exchange->message != NULL &&
           exchange->message->expiry_ns <= oracle->model->now_ns;
}

static void pubrec_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered) {
        drill_check_pass(oracle, event->had_exchange && event->before.copies > 1 ? RULE_RECEIVER
                                                                                 : RULE_ACCEPTS);
        if (event->side == CHECK_SERVER && oracle->model->topic_rules) {
            drill_check_pass(oracle, RULE_BARRED);
        }
        if (expired(oracle, event->exchange)) {
            drill_check_pass(oracle, RULE_EXPIRED_TOO);
        }
        return;
    }
    if (event->exchange == NULL || event->exchange->qos != 2) {
        return; /* oracle_packet_id, oracle_qos1 */
    }
    /* Taking an unfinished exchange up again after a resumption is nobody's harm. */
    bool open =
        event->before.stage == CHECK_STAGE_PUBLISHED || event->before.stage == CHECK_STAGE_RECEIVED;
    if (open && event->exchange->last_conn != event->conn->number) {
        return;
    }
    /* [v3:MQTT-4.3.3-2] PUBREC answers a PUBLISH */
    drill_check_fail(oracle, RULE_ACCEPTS,
                     CHECK_PACKETS(event->exchange->last_event, event->number),
                     "%s sends PUBREC with Packet Identifier %u (connection of %s) %s; expected "
                     "one PUBREC per PUBLISH",
                     party(event), (unsigned)event->packet.as.ack.packet_identifier,
                     drill_check_client_name(event->conn),
                     event->before.stage == CHECK_STAGE_DONE ? "although the exchange is complete"
                                                             : "without a PUBLISH to answer");
}

static void pubcomp_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered) {
        drill_check_pass(oracle, RULE_COMPLETES);
        if (expired(oracle, event->exchange)) {
            drill_check_pass(oracle, RULE_EXPIRED_TOO);
        }
        return;
    }
    if (event->had_exchange && event->before.ack_conn != event->conn->number) {
        return;
    }
    /* [v3:MQTT-4.3.3-2] PUBCOMP answers a PUBREL */
    drill_check_fail(
        oracle, RULE_COMPLETES, CHECK_PACKETS(event->number),
        "%s sends PUBCOMP with Packet Identifier %u (connection of %s) without a PUBREL to answer",
        party(event), (unsigned)event->packet.as.ack.packet_identifier,
        drill_check_client_name(event->conn));
}

static void pubrel_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered) {
        drill_check_pass(oracle, RULE_RELEASES);
        drill_check_pass(oracle, RULE_AWAITS);
        if (expired(oracle, event->exchange)) {
            drill_check_pass(oracle, RULE_SENT_IS_SENT);
        }
        return;
    }
    const CheckExchange *before = &event->before;
    if (event->had_exchange &&
        (before->stage == CHECK_STAGE_RECEIVED || before->stage == CHECK_STAGE_RELEASED)) {
        return; /* sent again: allowed, and after a resumption demanded */
    }
    /* Where the first answer to the PUBLISH was a refusal, a PUBREL never was in place, whether or
     * not it was sent before the refusal was read. */
    bool never = before->refused && before->pubrec_event == 0;
    bool unsure = event->had_exchange && before->stage == CHECK_STAGE_DONE && !never &&
                  event->side == CHECK_SERVER &&
                  (!drill_check_processed(oracle->model, before->ack_conn, before->ack_ns) ||
                   event->time_ns < before->ack_ns + oracle->model->slack_ns);
    /* What the script kept back for a while may come when it is all over. */
    bool held = event->side == CHECK_CLIENT && (event->node->held_types >> DRILL_PUBREL & 1u) != 0;
    if (unsure || held || (event->had_exchange && before->abandoned)) {
        return;
    }
    if (event->side == CHECK_SERVER && event->session != NULL && event->session->unknown_past) {
        return;
    }
    /* [v5:MQTT-4.3.3-4] 5.0: PUBREL 0x92 answers a PUBREC that belongs to nothing */
    if (event->packet.as.ack.reason_code != 0) {
        return;
    }
    /* [v5:MQTT-4.3.3-4] PUBREL answers PUBREC below 0x80 only */
    bool refused = event->had_exchange && before->refused;
    /* [v3:MQTT-4.3.3-1] PUBREL follows PUBREC, and after PUBCOMP nothing does */
    drill_check_fail(
        oracle, refused ? RULE_RELEASES : RULE_AWAITS,
        CHECK_PACKETS(event->number, event->had_exchange ? before->last_event : 0),
        "%s sends PUBREL with Packet Identifier %u (connection of %s) %s", party(event),
        (unsigned)event->packet.as.ack.packet_identifier, drill_check_client_name(event->conn),
        !event->had_exchange ? "which belongs to no exchange"
        : refused            ? "although the PUBREC had a Reason Code of 0x80 or more"
        : before->stage == CHECK_STAGE_PUBLISHED ? "before any PUBREC came"
                                                 : "although the exchange is complete");
}

/* The application got one exchange twice, or an exchange passed it by. */
static void application(CheckOracle *oracle, const CheckEvent *event) {
    if (event->trace->kind == DRILL_TRACE_APP_DELIVERED && event->exchange != NULL &&
        event->exchange->qos == 2) {
        /* [v3:MQTT-4.3.3-2] the receiver hands the message on once */
        if (event->exchange->passed_on > 1) {
            drill_check_fail(oracle, RULE_RECEIVER,
                             CHECK_PACKETS(event->exchange->received_event, event->number),
                             "%s hands the QoS 2 message with Packet Identifier %u to its "
                             "application a second time; expected: once",
                             event->node->name, (unsigned)event->exchange->packet_identifier);
        } else {
            drill_check_pass(oracle, RULE_RECEIVER);
        }
    }
}

static void swallowed(CheckOracle *oracle, const CheckNode *node, const CheckExchange *exchange) {
    /* After an abandoned exchange it is the old session's state that did it: oracle_session. */
    if (exchange->qos == 2 && node->tells_deliveries && !exchange->after_abandoned &&
        !node->party->in_doubt) {
        drill_check_missing(oracle, RULE_RECEIVER,
                            CHECK_PACKETS(exchange->received_event, exchange->ack_event),
                            "%s completed the QoS 2 exchange with Packet Identifier %u and never "
                            "handed the message to its "
                            "application; expected: once",
                            node->name, (unsigned)exchange->packet_identifier);
    }
}

static void event_qos2(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet) {
        application(oracle, event);
        return;
    }
    if (event->swallowed != NULL && event->side == CHECK_CLIENT && event->node->party != NULL) {
        swallowed(oracle, event->node, event->swallowed);
    }
    if (!event->sent || !event->judged || !event->decoded) {
        return;
    }
    if (event->packet.type == DRILL_PUBLISH) {
        publish_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBREC) {
        pubrec_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBREL) {
        pubrel_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBCOMP) {
        pubcomp_sent(oracle, event);
    }
}

static void owed_qos2(CheckOracle *oracle, CheckConn *conn, CheckSide side, const CheckOwed *owed,
                      bool closed) {
    if (owed->type != DRILL_PUBREC && owed->type != DRILL_PUBREL && owed->type != DRILL_PUBCOMP) {
        return;
    }
    if (side == CHECK_CLIENT && drill_check_client_withholds(conn, owed)) {
        return;
    }
    const CheckParty *own = side == CHECK_CLIENT ? conn->node->party : &conn->session->party;
    bool out = owed->type == DRILL_PUBREL;
    bool late = expired(
        oracle, drill_check_exchange_find(out ? own->out : own->in, owed->packet_identifier));
    bool v5 = drill_check_is_v5(conn);
    size_t rule = out ? RULE_RELEASES : owed->type == DRILL_PUBREC ? RULE_ACCEPTS : RULE_COMPLETES;
    if (v5 && late) {
        rule = out ? RULE_SENT_IS_SENT : RULE_EXPIRED_TOO;
    }
    if (side == CHECK_SERVER && owed->type == DRILL_PUBREC && !v5 && oracle->model->topic_rules) {
        /* [v3:MQTT-3.3.5-2] whoever may not publish is answered all the same, or is closed */
        rule = RULE_BARRED;
        if (closed) {
            drill_check_pass(oracle, RULE_BARRED);
            return;
        }
    }
    const char *request = owed->type == DRILL_PUBREC   ? "QoS 2 PUBLISH"
                          : owed->type == DRILL_PUBREL ? "PUBREC"
                                                       : "PUBREL";
    drill_check_missing(
        oracle, rule, CHECK_PACKETS(owed->request_event, closed ? conn->end[side].end_event : 0),
        "%s %s the %s with Packet Identifier %u on the connection of %s; expected %s",
        drill_check_party_name(conn, side),
        closed ? "closed the connection instead of answering" : "never answered", request,
        (unsigned)owed->packet_identifier, drill_check_client_name(conn),
        drill_packet_type_name(owed->type));
}

/* [v3:MQTT-4.3.3-2] after PUBCOMP the identifier names a new message, which is delivered like any
 * other */
static void missing_after_reuse(CheckOracle *oracle) {
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        const CheckExpect *expect =
            identity == NULL || identity->session == NULL ? NULL : identity->session->open_first;
        for (; expect != NULL; expect = expect->next_open) {
            const CheckMessage *message = expect->message;
            if (message->qos == 2 && message->reused &&
                drill_check_expect_missing(oracle->model, expect)) {
                drill_check_about(oracle, expect->session->conn);
                drill_check_missing(
                    oracle, message->after_refusal ? RULE_NEW_AFTER_REFUSAL : RULE_NEW_AGAIN,
                    CHECK_PACKETS(message->event, message->ack_event),
                    "the QoS 2 message on \"%.80s\" from %s, whose Packet "
                    "Identifier %u had completed an exchange "
                    "before, never reached %s; expected: treated as a new message",
                    message->content->topic->name, message->publisher_id,
                    (unsigned)message->packet_identifier,
                    drill_check_client_name(expect->session->conn));
            }
        }
    }
}

static void finish_qos2(CheckOracle *oracle) {
    drill_check_each_owed(oracle, owed_qos2);
    missing_after_reuse(oracle);
    drill_check_pass_refused(oracle, RULE_SETTLED, 2);
    DrillMap *nodes = oracle->model->nodes;
    for (size_t i = 0; i < drill_map_slots(nodes); i++) {
        const CheckNode *node = drill_map_at(nodes, i, NULL);
        if (node == NULL || node->party == NULL) {
            continue;
        }
        drill_check_about(oracle, node->conn);
        drill_check_each_swallowed(oracle, node, swallowed);
        const CheckAppMessage *message = drill_check_unsent(oracle, node, 2);
        if (message != NULL) {
            drill_check_missing(oracle, RULE_SENDS, CHECK_PACKETS(message->event),
                                "%s was given a QoS 2 message on \"%.80s\", is connected, and "
                                "never sent it; expected PUBLISH",
                                node->name, message->topic);
        }
    }
}

CHECK_ORACLE(qos2, "QoS 2: exactly once, in both directions", NULL, event_qos2, finish_qos2);
