/* What a Session had unfinished when its connection ended is taken up again when it is resumed,
 * under its Packet Identifier, and in 5.0 only then. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(RESENT, "v3:MQTT-4.4.0-1", "v5:MQTT-4.4.0-1")                                             \
    ONLY5(NO_RESEND, "v5:MQTT-4.4.0-1")

CHECK_RULES(RULES);

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

static void renumbered(CheckOracle *oracle, const CheckEvent *event) {
    const CheckExchange *original = event->delivery.original;
    /* [v3:MQTT-4.4.0-1] the original identifier is used when resending */
    drill_check_fail(
        oracle, RULE_RESENT, CHECK_PACKETS(original->first_event, event->number),
        "the broker sends the unacknowledged message on \"%.*s\" to %s again under Packet "
        "Identifier %u; expected: the original identifier %u",
        CHECK_TOPIC(event->packet.as.publish.topic), drill_check_client_name(event->conn),
        (unsigned)event->packet.as.publish.packet_identifier,
        (unsigned)original->packet_identifier);
}

static void event_resend(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event)) {
        return;
    }
    if (event->resend_due) {
        drill_check_pass(oracle, RULE_RESENT);
    }
    resent_untimely(oracle, event);
    if (event->side == CHECK_SERVER && event->packet.type == DRILL_PUBLISH &&
        event->delivery.kind == CHECK_DELIVERY_RENUMBERED) {
        renumbered(oracle, event);
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

static void finish_resend(CheckOracle *oracle) {
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
            drill_check_end_usable(model, conn, CHECK_SERVER)) {
            not_resent(oracle, conn, CHECK_SERVER, &session->party);
        }
    }
    for (size_t i = 0; i < drill_map_slots(model->nodes); i++) {
        const CheckNode *node = drill_map_at(model->nodes, i, NULL);
        const CheckConn *conn = node == NULL || node->party == NULL ? NULL : node->conn;
        drill_check_about(oracle, conn);
        if (conn != NULL && conn->judged && conn->client_connack && node->holding_event == 0 &&
            drill_check_end_usable(model, conn, CHECK_CLIENT)) {
            not_resent(oracle, conn, CHECK_CLIENT, node->party);
        }
    }
    closed_on_ack(oracle);
}

CHECK_ORACLE(resend, "what was unfinished goes on when a session is resumed", NULL, event_resend,
             finish_resend);
