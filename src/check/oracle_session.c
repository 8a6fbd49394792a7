/* Sessions: Session Present, resumption, and that accepted messages reach every session they belong
 * to. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(KEPT, "v3:MQTT-3.1.2-4", "v5:MQTT-3.1.2-5")                                               \
    ONLY5(STORED, "v5:MQTT-3.1.2-23")                                                              \
    BOTH(QUEUED, "v3:MQTT-3.1.2-5", "v5:MQTT-3.1.2-23")                                            \
    BOTH(CLEAN, "v3:MQTT-3.1.2-6", "v5:MQTT-3.1.2-4")                                              \
    ONLY5(MADE, "v5:MQTT-3.1.2-6")                                                                 \
    ONLY5(EXPIRED, "v5:MQTT-4.1.0-2")                                                              \
    ONLY5(NO_RESEND, "v5:MQTT-4.4.0-1")                                                            \
    ONLY5(CLIENT_CLOSES, "v5:MQTT-3.2.2-4")                                                        \
    ONLY5(CLIENT_DROPS, "v5:MQTT-3.2.2-5")                                                         \
    BOTH(BY_CLIENT_ID, "v3:MQTT-3.1.3-2", "v5:MQTT-3.1.3-2")                                       \
    BOTH(CONNECT_RULES, "v3:MQTT-3.1.4-3", "v5:MQTT-3.1.4-4")                                      \
    BOTH(CLEAN_ABSENT, "v3:MQTT-3.2.2-1", "v5:MQTT-3.2.2-2")                                       \
    BOTH(PRESENT, "v3:MQTT-3.2.2-2", "v5:MQTT-3.2.2-3")                                            \
    BOTH(ABSENT, "v3:MQTT-3.2.2-3", "v5:MQTT-3.2.2-3")                                             \
    BOTH(STATE, "v3:MQTT-4.1.0-1", "v5:MQTT-4.1.0-1")                                              \
    BOTH(NOT_BEFORE, "v3:MQTT-4.1.0-2", "v5:MQTT-4.1.0-1")                                         \
    BOTH(RESENT, "v3:MQTT-4.4.0-1", "v5:MQTT-4.4.0-1")                                             \
    BOTH(ADDED, "v3:MQTT-4.5.0-1", "v5:MQTT-4.5.0-1")

CHECK_RULES(RULES);

static void found_too_much(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const char *client = drill_check_client_name(conn);
    /* [v3:MQTT-3.2.2-3] [v3:MQTT-3.1.2-6] nothing is stored, least of all of a clean session */
    bool v5 = drill_check_is_v5(conn);
    size_t rule = event->presence_event == 0 ? RULE_ABSENT : v5 ? RULE_EXPIRED : RULE_CLEAN;
    drill_check_fail(
        oracle, rule, CHECK_PACKETS(conn->connect_event, event->number, event->presence_event),
        "the broker answers CleanSession 0 of %s with Session Present 1 although "
        "%s; expected 0",
        client,
        event->presence_event == 0 ? "this client never connected before"
        : event->presence_expired  ? "the Session Expiry Interval of the one before has passed"
                                   : "the session before ended with its connection");
    const uint64_t *packets = CHECK_PACKETS(conn->connect_event, event->number);
    drill_check_fail(oracle, RULE_MADE, packets,
                     "the broker makes no new session for %s, which has none", client);
    if (event->presence_event == 0) {
        drill_check_fail(oracle, RULE_BY_CLIENT_ID, packets,
                         "the broker finds a session for %s, whose Client Identifier was "
                         "never used; expected: sessions are kept by Client Identifier",
                         client);
    }
}

static void connack_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    if (!conn->connected || conn->connack_event != event->number ||
        event->packet.as.connack.code != 0 || conn->anonymous) {
        return;
    }
    bool present = event->packet.as.connack.session_present;
    const char *client = drill_check_client_name(conn);
    if (conn->clean) {
        /* [v3:MQTT-3.2.2-1] */
        if (present) {
            const uint64_t *packets = CHECK_PACKETS(conn->connect_event, event->number);
            drill_check_fail(
                oracle, RULE_CLEAN_ABSENT, packets,
                "the broker answers CleanSession 1 of %s with Session Present 1; expected 0",
                client);
            drill_check_fail(oracle, RULE_CONNECT_RULES, packets,
                             "the broker does not begin anew for %s, which asked for it", client);
        } else {
            drill_check_pass(oracle, RULE_CLEAN_ABSENT);
            drill_check_pass(oracle, RULE_CONNECT_RULES);
            if (event->presence_before == CHECK_PRESENT) {
                drill_check_pass(oracle, RULE_CLEAN);
            }
        }
        return;
    }
    if (event->presence_before == CHECK_PRESENT && !present) {
        /* [v3:MQTT-3.2.2-2] a stored session is announced */
        drill_check_fail(oracle, RULE_PRESENT,
                         CHECK_PACKETS(event->presence_event, conn->connect_event, event->number),
                         "the broker answers CleanSession 0 of %s with Session Present 0 although "
                         "it has to hold a session since an "
                         "earlier CONNECT; expected 1",
                         client);
        drill_check_fail(oracle, drill_check_is_v5(conn) ? RULE_STORED : RULE_KEPT,
                         CHECK_PACKETS(event->presence_event, conn->connect_event, event->number),
                         "the broker did not keep the session of %s, whose time had not passed",
                         client);
    } else if (event->presence_before == CHECK_PRESENT) {
        drill_check_pass(oracle, RULE_PRESENT);
        drill_check_pass(oracle, RULE_KEPT);
        drill_check_pass(oracle, RULE_STORED);
        drill_check_pass(oracle, RULE_CONNECT_RULES);
        drill_check_pass(oracle, RULE_BY_CLIENT_ID);
    } else if (event->presence_before == CHECK_ABSENT && present) {
        found_too_much(oracle, event);
    } else if (event->presence_before == CHECK_ABSENT) {
        drill_check_pass(oracle, RULE_ABSENT);
        drill_check_pass(oracle, RULE_MADE);
        if (event->presence_event != 0) {
            drill_check_pass(oracle, drill_check_is_v5(conn) ? RULE_EXPIRED : RULE_CLEAN);
        }
    }
}

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
    } else if (delivery->kind == CHECK_DELIVERY_RENUMBERED) {
        /* [v3:MQTT-4.4.0-1] the original identifier is used when resending */
        drill_check_fail(
            oracle, RULE_RESENT, CHECK_PACKETS(delivery->original->first_event, event->number),
            "the broker sends the unacknowledged message on \"%.*s\" to %s again under Packet "
            "Identifier %u; expected: "
            "the original identifier %u",
            CHECK_TOPIC(topic), client, (unsigned)event->packet.as.publish.packet_identifier,
            (unsigned)delivery->original->packet_identifier);
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

/* The client brings up what a clean session obliges it to have thrown away. */
static void client_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    if (event->packet.type == DRILL_PUBLISH && conn->client_had_session &&
        !conn->client_session_present) {
        drill_check_pass(oracle, RULE_CLIENT_DROPS);
    }
    bool publish = event->packet.type == DRILL_PUBLISH && event->send == CHECK_SEND_FIRST &&
                   event->packet.as.publish.dup;
    bool pubrel = event->packet.type == DRILL_PUBREL && !event->answered;
    if ((publish || pubrel) && event->had_exchange && event->before.abandoned &&
        drill_check_is_v5(conn) && !conn->client_clean && conn->client_connack &&
        !conn->client_session_present) {
        /* [v5:MQTT-3.2.2-5] Session Present 0 ends what the client kept */
        drill_check_fail(oracle, RULE_CLIENT_DROPS,
                         CHECK_PACKETS(event->before.first_event, event->number),
                         "%s goes on with Packet Identifier %u of its previous session although "
                         "CONNACK had Session Present 0; expected: the old state is discarded",
                         event->node->name, (unsigned)event->before.packet_identifier);
    }
    if ((publish || pubrel) && event->had_exchange && event->before.abandoned &&
        conn->client_clean) {
        /* [v3:MQTT-3.1.2-6] nothing of the old session is reused */
        drill_check_fail(oracle, RULE_CLEAN,
                         CHECK_PACKETS(event->before.first_event, event->number),
                         "%s sends %s with Packet Identifier %u of its previous session although "
                         "it connected with CleanSession 1; "
                         "expected: the old state is discarded",
                         event->node->name, publish ? "a PUBLISH with DUP 1" : "PUBREL",
                         (unsigned)event->before.packet_identifier);
    }
}

static void swallowed(CheckOracle *oracle, const CheckNode *node, const CheckExchange *exchange) {
    if (exchange->after_abandoned && node->tells_deliveries && !node->party->in_doubt) {
        /* [v3:MQTT-3.1.2-6] state of the old session must not touch the new one */
        drill_check_missing(oracle, RULE_CLEAN,
                            CHECK_PACKETS(exchange->received_event, exchange->ack_event),
                            "%s completed a new exchange with Packet Identifier %u without handing "
                            "the message to its "
                            "application; the identifier was unfinished in its previous session; "
                            "expected: delivered once",
                            node->name, (unsigned)exchange->packet_identifier);
    }
}

/* [v5:MQTT-4.4.0-1] 5.0: only a resumption is an occasion to send again */
static void resent_untimely(CheckOracle *oracle, const CheckEvent *event) {
    bool publish = event->packet.type == DRILL_PUBLISH && event->send == CHECK_SEND_REPEAT;
    if (!publish || event->before.last_conn != event->conn->number) {
        return;
    }
    drill_check_fail(oracle, RULE_NO_RESEND, CHECK_PACKETS(event->before.last_event, event->number),
                     "%s sends the PUBLISH with Packet Identifier %u again on the same connection "
                     "(of %s); expected: again only when a session is resumed",
                     drill_check_party_name(event->conn, event->side),
                     (unsigned)event->packet.as.publish.packet_identifier,
                     drill_check_client_name(event->conn));
}

static void event_session(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || !event->judged || !event->decoded) {
        return;
    }
    if (event->swallowed != NULL && event->side == CHECK_CLIENT) {
        swallowed(oracle, event->node, event->swallowed);
    }
    if (!event->sent) {
        return;
    }
    if (event->resend_due) {
        drill_check_pass(oracle, RULE_RESENT);
    }
    resent_untimely(oracle, event);
    if (event->side == CHECK_CLIENT) {
        client_sent(oracle, event);
    } else if (event->packet.type == DRILL_CONNACK) {
        connack_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBLISH) {
        delivered(oracle, event);
    }
}

/* ---- at the end ---- */

/* A client of this Session said how much it can take. */
static bool was_limited(const CheckConn *conn) {
    return conn->limits[CHECK_CLIENT].packet_limited ||
           (conn->session != NULL && conn->session->packet_bytes_least != UINT32_MAX);
}

static void not_resent(CheckOracle *oracle, const CheckConn *conn, CheckSide side,
                       const CheckParty *party) {
    for (size_t i = 0; party->due_count > 0 && i < drill_map_slots(party->out); i++) {
        const CheckExchange *exchange = drill_map_at(party->out, i, NULL);
        if (exchange == NULL || !exchange->due || exchange->due_conn != conn->number) {
            continue;
        }
        /* [v5:MQTT-3.1.2-25] what the client has become too small for is dropped. */
        const CheckSession *session = conn->session;
        bool known = exchange->message != NULL && session != NULL;
        if (side == CHECK_SERVER &&
            ((session != NULL && drill_check_may_move(oracle->model, session, exchange)) ||
             (known ? drill_check_too_big(session, exchange->message) : was_limited(conn)))) {
            continue;
        }
        /* [v5:MQTT-4.9.0-2] It waits until others are finished; PUBREL may count. */
        if (exchange->stage == CHECK_STAGE_PUBLISHED &&
            drill_check_under_way(party) >= conn->limits[1 - side].receive_maximum) {
            continue;
        }
        /* [v3:MQTT-4.4.0-1] what is unacknowledged is sent again when the session goes on */
        drill_check_missing(
            oracle, RULE_RESENT, CHECK_PACKETS(exchange->first_event, exchange->last_event),
            "%s resumed the session (connection of %s) and never sent %s with Packet Identifier %u "
            "again; expected: "
            "%s, same identifier",
            drill_check_party_name(conn, side), drill_check_client_name(conn),
            exchange->stage == CHECK_STAGE_PUBLISHED ? "the unacknowledged PUBLISH"
                                                     : "the PUBREL it owes",
            (unsigned)exchange->packet_identifier,
            exchange->stage == CHECK_STAGE_PUBLISHED ? "PUBLISH with DUP 1" : "PUBREL");
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

/* A virtual client called a legal acknowledgement wrong and closed. */
static void closed_on_ack(CheckOracle *oracle) {
    DrillMap *conns = oracle->model->conns;
    for (size_t i = 0; i < drill_map_slots(conns); i++) {
        const CheckConn *conn = drill_map_at(conns, i, NULL);
        if (conn == NULL || conn->node == NULL || conn->node->party == NULL || !conn->judged ||
            !drill_check_closed_unasked(oracle->model, conn, CHECK_CLIENT)) {
            continue;
        }
        const CheckEnd *end = &conn->end[CHECK_CLIENT];
        if (end->last_received_expected &&
            (end->last_received_type == DRILL_PUBACK || end->last_received_type == DRILL_PUBREC ||
             end->last_received_type == DRILL_PUBCOMP)) {
            drill_check_about(oracle, conn);
            /* [v3:MQTT-4.4.0-1] a resumed exchange ends with its acknowledgement, whenever that
             * comes */
            drill_check_fail(oracle, RULE_RESENT,
                             CHECK_PACKETS(end->last_received_event, end->end_event),
                             "%s closed the connection on a %s that is legal in a resumed session; "
                             "expected: accepted",
                             conn->node->name, drill_packet_type_name(end->last_received_type));
        }
    }
}

/* [v5:MQTT-3.2.2-4] Session Present 1 for a client that has no session: it closes */
static void stranger(CheckOracle *oracle, const CheckConn *conn) {
    const CheckNode *node = conn->node;
    if (!conn->judged || !drill_check_is_v5(conn) || node == NULL || node->party == NULL ||
        !conn->client_connack || !conn->client_session_present || !conn->client_stranger) {
        return;
    }
    const CheckEnd *end = &conn->end[CHECK_CLIENT];
    drill_check_about(oracle, conn);
    if (drill_check_closed_itself(end)) {
        drill_check_pass(oracle, RULE_CLIENT_CLOSES);
    } else if (drill_check_end_usable(oracle->model, conn, CHECK_CLIENT)) {
        drill_check_missing(oracle, RULE_CLIENT_CLOSES, CHECK_PACKETS(conn->connack_event),
                            "%s, which has no session, got Session Present 1 and goes on; "
                            "expected: it closes the connection",
                            node->name);
    }
}

static void finish_session(CheckOracle *oracle) {
    for (size_t i = 0; i < drill_map_slots(oracle->model->conns); i++) {
        const CheckConn *conn = drill_map_at(oracle->model->conns, i, NULL);
        if (conn != NULL) {
            stranger(oracle, conn);
        }
    }
    CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        const CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        const CheckSession *session = identity == NULL ? NULL : identity->session;
        if (session == NULL) {
            continue;
        }
        const CheckConn *conn = session->conn;
        drill_check_about(oracle, conn);
        if (!session->ended && conn->accepted && conn->judged && conn->offence_event == 0 &&
            drill_check_end_usable(oracle->model, conn, CHECK_SERVER)) {
            not_resent(oracle, conn, CHECK_SERVER, &session->party);
        }
        for (const CheckExpect *expect = session->open_first; expect != NULL;
             expect = expect->next_open) {
            if (drill_check_expect_missing(oracle->model, expect)) {
                missing(oracle, expect);
            }
        }
    }
    for (size_t i = 0; i < drill_map_slots(model->nodes); i++) {
        const CheckNode *node = drill_map_at(model->nodes, i, NULL);
        if (node == NULL || node->party == NULL) {
            continue;
        }
        drill_check_about(oracle, node->conn);
        if (node->conn != NULL && node->conn->judged && node->conn->client_connack &&
            node->holding_event == 0 &&
            drill_check_end_usable(oracle->model, node->conn, CHECK_CLIENT)) {
            not_resent(oracle, node->conn, CHECK_CLIENT, node->party);
        }
        for (size_t e = 0; e < drill_map_slots(node->party->in); e++) {
            const CheckExchange *exchange = drill_map_at(node->party->in, e, NULL);
            if (exchange != NULL && exchange->stage == CHECK_STAGE_DONE && exchange->hash != 0 &&
                exchange->passed_on == 0) {
                swallowed(oracle, node, exchange);
            }
        }
    }
    closed_on_ack(oracle);
}

CHECK_ORACLE(session, "sessions are kept, resumed, and get what they are owed", NULL, event_session,
             finish_session);
