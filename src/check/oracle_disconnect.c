/* DISCONNECT of 5.0, which both parties may send, and what has to follow it. What the client's own
 * means in both versions is oracle_connect's. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(NOT_BEFORE, "v5:MQTT-3.14.0-1")                                                          \
    ONLY5(LAST, "v5:MQTT-3.14.4-1")                                                                \
    ONLY5(CLOSES, "v5:MQTT-3.14.4-2")                                                              \
    ONLY5(ERROR_CLOSES, "v5:MQTT-4.13.2-1")

CHECK_RULES(RULES);

static void event_disconnect(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || event->side != CHECK_SERVER || !event->sent || !event->decoded ||
        !event->conn->judged || !drill_check_is_v5(event->conn)) {
        return;
    }
    const CheckConn *conn = event->conn;
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    const char *client = drill_check_client_name(conn);
    if (end->left && end->left_event != event->number) {
        /* [v5:MQTT-3.14.4-1] */
        drill_check_fail(oracle, RULE_LAST, CHECK_PACKETS(end->left_event, event->number),
                         "the broker sends %s to %s after DISCONNECT; expected: nothing more",
                         drill_packet_type_name(event->packet.type), client);
    }
    if (event->packet.type != DRILL_DISCONNECT) {
        return;
    }
    /* [v5:MQTT-3.14.0-1] */
    if (conn->accepted) {
        drill_check_pass(oracle, RULE_NOT_BEFORE);
    } else {
        drill_check_fail(oracle, RULE_NOT_BEFORE, CHECK_PACKETS(event->number),
                         "the broker sends DISCONNECT to %s before a CONNACK that accepts; "
                         "expected: CONNACK with a Reason Code, or just closing",
                         client);
    }
}

static void must_close(CheckOracle *oracle, const CheckConn *conn, CheckSide side, size_t rule,
                       uint64_t why, const char *what) {
    const CheckEnd *end = &conn->end[side];
    if (end->ended || end->half_closed) {
        drill_check_pass(oracle, rule);
    } else {
        drill_check_missing(oracle, rule, CHECK_PACKETS(why),
                            "%s keeps the connection (of %s) open after %s; expected: it closes",
                            drill_check_party_name(conn, side), drill_check_client_name(conn),
                            what);
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    if (!drill_check_is_v5(conn)) {
        return;
    }
    const CheckEnd *server = &conn->end[CHECK_SERVER];
    const CheckEnd *client = &conn->end[CHECK_CLIENT];
    if (server->left) {
        drill_check_pass(oracle, RULE_LAST);
        must_close(oracle, conn, CHECK_SERVER, RULE_CLOSES, server->left_event, "its DISCONNECT");
        if (drill_reason_is_failure(server->left_code)) {
            must_close(oracle, conn, CHECK_SERVER, RULE_ERROR_CLOSES, server->left_event,
                       "a DISCONNECT of 0x80 or more");
        }
    }
    if (conn->refused && drill_reason_is_failure(conn->code)) {
        must_close(oracle, conn, CHECK_SERVER, RULE_ERROR_CLOSES, conn->connack_event,
                   "a CONNACK of 0x80 or more");
    }
    if (client->disconnected && drill_reason_is_failure(client->disconnect_code) &&
        conn->node != NULL && conn->node->party != NULL) {
        must_close(oracle, conn, CHECK_CLIENT, RULE_ERROR_CLOSES, client->disconnect_event,
                   "a DISCONNECT of 0x80 or more");
    }
}

static void finish_disconnect(CheckOracle *oracle) {
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_ORACLE(disconnect, "DISCONNECT comes last, in its time, and is followed by closing", NULL,
             event_disconnect, finish_disconnect);
