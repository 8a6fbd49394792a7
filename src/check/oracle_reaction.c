/* Whoever sends the broker a malformed or illegal packet, raw nodes included, is cut off: the
 * broker closes the connection. What the packet had to look like: oracle_well_formed. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY3(UTF8, "v3:MQTT-1.5.3-1")                                                                 \
    ONLY3(NUL, "v3:MQTT-1.5.3-2")                                                                  \
    ONLY3(RESERVED, "v3:MQTT-2.2.2-2")                                                             \
    ONLY3(QOS3, "v3:MQTT-3.3.1-4")                                                                 \
    BOTH(PUBREL_FLAGS, "v3:MQTT-3.6.1-1", "v5:MQTT-3.6.1-1")                                       \
    BOTH(SUBSCRIBE_FLAGS, "v3:MQTT-3.8.1-1", "v5:MQTT-3.8.1-1")                                    \
    BOTH(REQUESTED_QOS, "v3:MQTT-3.8.3-4", "v5:MQTT-3.8.3-5")                                      \
    ONLY5(SHARED_NO_LOCAL, "v5:MQTT-3.8.3-4")                                                      \
    BOTH(UNSUBSCRIBE_FLAGS, "v3:MQTT-3.10.1-1", "v5:MQTT-3.10.1-1")                                \
    BOTH(DISCONNECT_FLAGS, "v3:MQTT-3.14.1-1", "v5:MQTT-3.14.1-1")                                 \
    ONLY5(AUTH_FLAGS, "v5:MQTT-3.15.1-1")                                                          \
    BOTH(CLOSE, "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1")

CHECK_RULES(RULES);

/* The broken statement where that speaks of who receives the packet, too; else the general one. */
static size_t rule_of(const CheckOracle *oracle, const CheckConn *conn) {
    if (conn->offence_statement == NULL || !conn->offence_decode) {
        return RULE_CLOSE;
    }
    size_t rule = drill_check_rule_find(oracle, conn->offence_statement);
    /* A CONNECT that does not decode is named by its own version, which this connection has not. */
    bool none = rule == RULE_COUNT ||
                (drill_check_is_v5(conn) ? oracle_rules[rule].v5 : oracle_rules[rule].v3) == NULL;
    return none ? RULE_CLOSE : rule;
}

static void judge(CheckOracle *oracle, const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    size_t rule = rule_of(oracle, conn);
    if (conn->offence_refused || drill_check_closed_itself(end)) {
        drill_check_pass(oracle, rule);
    } else if (!end->ended) {
        /* [v3:MQTT-4.8.0-1] a protocol violation ends the connection */
        drill_check_missing(
            oracle, rule, CHECK_PACKETS(conn->offence_event, end->last_sent_event),
            "the broker keeps the connection of %s open after %s (%s); expected: it closes the "
            "connection",
            drill_check_client_name(conn),
            conn->offence_text != NULL ? conn->offence_text : "malformed bytes",
            conn->offence_statement != NULL ? conn->offence_statement : "a rule without a number");
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    /* Bad and second CONNECTs are oracle_connect's; 5.0 says it of them, too. */
    bool own = conn->offence_type != DRILL_CONNECT || drill_check_is_v5(conn);
    if (conn->offence_event != 0 && own) {
        judge(oracle, conn);
    }
}

static void finish_reaction(CheckOracle *oracle) {
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_ORACLE(reaction, "malformed and illegal packets end the connection", NULL, NULL,
             finish_reaction);
