/* Session Present tells the truth; a Session goes on or begins anew, at both ends, as CONNECT and
 * CONNACK say. Who has to get what: oracle_delivery; what is sent again: oracle_resend. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(KEPT, "v3:MQTT-3.1.2-4", "v5:MQTT-3.1.2-5")                                               \
    ONLY5(STORED, "v5:MQTT-3.1.2-23")                                                              \
    BOTH(CLEAN, "v3:MQTT-3.1.2-6", "v5:MQTT-3.1.2-4")                                              \
    ONLY5(MADE, "v5:MQTT-3.1.2-6")                                                                 \
    ONLY5(EXPIRED, "v5:MQTT-4.1.0-2")                                                              \
    ONLY5(CLIENT_CLOSES, "v5:MQTT-3.2.2-4")                                                        \
    ONLY5(CLIENT_DROPS, "v5:MQTT-3.2.2-5")                                                         \
    BOTH(BY_CLIENT_ID, "v3:MQTT-3.1.3-2", "v5:MQTT-3.1.3-2")                                       \
    BOTH(CONNECT_RULES, "v3:MQTT-3.1.4-3", "v5:MQTT-3.1.4-4")                                      \
    BOTH(CLEAN_ABSENT, "v3:MQTT-3.2.2-1", "v5:MQTT-3.2.2-2")                                       \
    BOTH(PRESENT, "v3:MQTT-3.2.2-2", "v5:MQTT-3.2.2-3")                                            \
    BOTH(ABSENT, "v3:MQTT-3.2.2-3", "v5:MQTT-3.2.2-3")

CHECK_RULES(RULES);

/* ---- CONNACK ---- */

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
        event->packet.as.connack.code != 0 || conn->empty_client_id) {
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

/* ---- what a client makes of it ---- */

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

static void event_session(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || !event->judged || !event->decoded) {
        return;
    }
    if (event->swallowed != NULL && event->side == CHECK_CLIENT) {
        swallowed(oracle, event->node, event->swallowed);
    }
    if (event->sent && event->side == CHECK_CLIENT) {
        client_sent(oracle, event);
    } else if (event->sent && event->packet.type == DRILL_CONNACK) {
        connack_sent(oracle, event);
    }
}

/* [v5:MQTT-3.2.2-4] Session Present 1 for a client that has no session: it closes */
static void stranger(CheckOracle *oracle, const CheckConn *conn) {
    const CheckNode *node = conn->node;
    if (!drill_check_is_v5(conn) || node == NULL || node->party == NULL || !conn->client_connack ||
        !conn->client_session_present || !conn->client_stranger) {
        return;
    }
    const CheckEnd *end = &conn->end[CHECK_CLIENT];
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
    const CheckModel *model = oracle->model;
    drill_check_each_judged(oracle, stranger);
    for (size_t i = 0; i < drill_map_slots(model->nodes); i++) {
        const CheckNode *node = drill_map_at(model->nodes, i, NULL);
        if (node == NULL || node->party == NULL) {
            continue;
        }
        drill_check_about(oracle, node->conn);
        drill_check_each_swallowed(oracle, node, swallowed);
    }
}

CHECK_ORACLE(session, "sessions are kept or begun anew, and Session Present says which", NULL,
             event_session, finish_session);
