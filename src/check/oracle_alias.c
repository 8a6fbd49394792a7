/* Topic Aliases of 5.0, both ways: within the receiver's maximum, accepted up to it, and forgotten
 * with the connection. */
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(SERVER_MAX, "v5:MQTT-3.1.2-26")                                                          \
    ONLY5(SERVER_NONE, "v5:MQTT-3.1.2-27")                                                         \
    ONLY5(CLIENT_MAX, "v5:MQTT-3.2.2-17")                                                          \
    ONLY5(CLIENT_NONE, "v5:MQTT-3.2.2-18")                                                         \
    ONLY5(FORGOTTEN, "v5:MQTT-3.3.2-7")                                                            \
    ONLY5(CLIENT_PUBLISH, "v5:MQTT-3.3.2-9")                                                       \
    ONLY5(CLIENT_ACCEPTS, "v5:MQTT-3.3.2-10")                                                      \
    ONLY5(SERVER_PUBLISH, "v5:MQTT-3.3.2-11")                                                      \
    ONLY5(SERVER_ACCEPTS, "v5:MQTT-3.3.2-12")

CHECK_RULES(RULES);

static void above(CheckOracle *oracle, const CheckEvent *event, size_t rule, unsigned most) {
    drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                     "%s sends a PUBLISH with Topic Alias %u (connection of %s); expected: at most "
                     "%u, the receiver's Topic Alias Maximum",
                     drill_check_party_name(event->conn, event->side), (unsigned)event->alias,
                     drill_check_client_name(event->conn), most);
}

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    bool server = event->side == CHECK_SERVER;
    const CheckConn *conn = event->conn;
    unsigned most = conn->limits[server ? CHECK_CLIENT : CHECK_SERVER].alias_max;
    size_t general = most == 0 ? (server ? RULE_SERVER_NONE : RULE_CLIENT_NONE)
                               : (server ? RULE_SERVER_MAX : RULE_CLIENT_MAX);
    size_t own = server ? RULE_SERVER_PUBLISH : RULE_CLIENT_PUBLISH;
    if (event->alias == 0) {
        if (most == 0) {
            drill_check_pass(oracle, general);
        }
        return;
    }
    if (event->alias > most) {
        above(oracle, event, general, most);
        above(oracle, event, own, most);
        return;
    }
    drill_check_pass(oracle, general);
    drill_check_pass(oracle, own);
    if (event->alias_unknown) {
        /* [v5:MQTT-3.3.2-7] what an earlier connection said is not known on this one */
        drill_check_fail(oracle, RULE_FORGOTTEN, CHECK_PACKETS(event->number),
                         "%s sends a PUBLISH with Topic Alias %u and no Topic Name (connection of "
                         "%s), and on this connection nothing says what it stands for",
                         drill_check_party_name(conn, event->side), (unsigned)event->alias,
                         drill_check_client_name(conn));
    } else if (event->alias_resolved) {
        drill_check_pass(oracle, RULE_FORGOTTEN);
    }
}

/* 0x94 says that an alias was wrong; none was. */
static void disconnect_sent(CheckOracle *oracle, const CheckEvent *event) {
    bool server = event->side == CHECK_SERVER;
    const CheckEnd *end = &event->conn->end[event->side];
    if (event->packet.as.reason.reason_code != DRILL_REASON_TOPIC_ALIAS_INVALID ||
        end->aliases_in == NULL || event->conn->offence_event != 0 ||
        (!server && end->received_bad)) {
        return;
    }
    drill_check_fail(oracle, server ? RULE_SERVER_ACCEPTS : RULE_CLIENT_ACCEPTS,
                     CHECK_PACKETS(end->last_received_event, event->number),
                     "%s disconnects with 0x94 (connection of %s) although every Topic Alias was "
                     "within its maximum; expected: accepted",
                     drill_check_party_name(event->conn, event->side),
                     drill_check_client_name(event->conn));
}

static void event_alias(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || !drill_check_is_v5(event->conn)) {
        return;
    }
    if (event->packet.type == DRILL_DISCONNECT) {
        disconnect_sent(oracle, event);
    } else if (event->packet.type == DRILL_PUBLISH &&
               (event->side == CHECK_SERVER || event->conn->client_connack)) {
        publish_sent(oracle, event);
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    if (!drill_check_is_v5(conn)) {
        return;
    }
    const CheckEnd *server = &conn->end[CHECK_SERVER];
    const CheckEnd *client = &conn->end[CHECK_CLIENT];
    if (server->aliases_in != NULL && conn->offence_event == 0 &&
        server->left_code != DRILL_REASON_TOPIC_ALIAS_INVALID) {
        drill_check_pass(oracle, RULE_SERVER_ACCEPTS);
    }
    if (client->aliases_in != NULL && client->disconnect_code != DRILL_REASON_TOPIC_ALIAS_INVALID &&
        conn->node != NULL && conn->node->party != NULL) {
        drill_check_pass(oracle, RULE_CLIENT_ACCEPTS);
    }
    if (conn->offence_statement == NULL ||
        strcmp(conn->offence_statement, oracle_rules[RULE_FORGOTTEN].v5) != 0) {
        return;
    }
    if (drill_check_closed_itself(server)) {
        drill_check_pass(oracle, RULE_FORGOTTEN);
    } else if (!server->ended) {
        drill_check_missing(oracle, RULE_FORGOTTEN, CHECK_PACKETS(conn->offence_event),
                            "the broker goes on after a Topic Alias of %s that stands for nothing "
                            "on this connection; expected: it closes the connection",
                            drill_check_client_name(conn));
    }
}

static void finish_alias(CheckOracle *oracle) {
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_TIMELESS_ORACLE(alias,
                      "Topic Aliases: within the maximum, accepted, gone with the connection", NULL,
                      event_alias, finish_alias);
