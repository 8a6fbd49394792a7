/* Every packet decodes strictly; and who receives one that does not closes the connection. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(UTF8, "v3:MQTT-1.5.3-1", "v5:MQTT-1.5.4-1")                                               \
    BOTH(NUL, "v3:MQTT-1.5.3-2", "v5:MQTT-1.5.4-2")                                                \
    BOTH(RESERVED, "v3:MQTT-2.2.2-1", "v5:MQTT-2.1.3-1")                                           \
    ONLY3(RESERVED_CLOSE, "v3:MQTT-2.2.2-2")                                                       \
    BOTH(IDENTIFIER, "v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3")                                         \
    BOTH(ACK_IDENTIFIER, "v3:MQTT-2.3.1-6", "v5:MQTT-2.2.1-5")                                     \
    BOTH(SUBACK_IDENTIFIER, "v3:MQTT-2.3.1-7", "v5:MQTT-2.2.1-6")                                  \
    ONLY3(WILL_FIELDS, "v3:MQTT-3.1.2-9")                                                          \
    ONLY3(NO_WILL_FIELDS, "v3:MQTT-3.1.2-11")                                                      \
    BOTH(NO_WILL_QOS, "v3:MQTT-3.1.2-13", "v5:MQTT-3.1.2-11")                                      \
    BOTH(WILL_QOS, "v3:MQTT-3.1.2-14", "v5:MQTT-3.1.2-12")                                         \
    BOTH(NO_WILL_RETAIN, "v3:MQTT-3.1.2-15", "v5:MQTT-3.1.2-13")                                   \
    BOTH(NO_USER, "v3:MQTT-3.1.2-18", "v5:MQTT-3.1.2-16")                                          \
    BOTH(USER, "v3:MQTT-3.1.2-19", "v5:MQTT-3.1.2-17")                                             \
    BOTH(NO_PASSWORD, "v3:MQTT-3.1.2-20", "v5:MQTT-3.1.2-18")                                      \
    BOTH(PASSWORD, "v3:MQTT-3.1.2-21", "v5:MQTT-3.1.2-19")                                         \
    ONLY3(PASSWORD_NEEDS_USER, "v3:MQTT-3.1.2-22")                                                 \
    BOTH(CONNECT_ORDER, "v3:MQTT-3.1.3-1", "v5:MQTT-3.1.3-1")                                      \
    BOTH(CLIENT_ID, "v3:MQTT-3.1.3-3", "v5:MQTT-3.1.3-3")                                          \
    BOTH(CLIENT_ID_UTF8, "v3:MQTT-3.1.3-4", "v5:MQTT-3.1.3-4")                                     \
    ONLY3(EMPTY_CLIENT_ID, "v3:MQTT-3.1.3-7")                                                      \
    BOTH(WILL_TOPIC_UTF8, "v3:MQTT-3.1.3-10", "v5:MQTT-3.1.3-11")                                  \
    BOTH(USER_UTF8, "v3:MQTT-3.1.3-11", "v5:MQTT-3.1.3-12")                                        \
    BOTH(REFUSAL_FLAG, "v3:MQTT-3.2.2-4", "v5:MQTT-3.2.2-6")                                       \
    BOTH(CONNACK_CODE, "v3:MQTT-3.2.2-6", "v5:MQTT-3.2.2-8")                                       \
    BOTH(DUP_QOS0, "v3:MQTT-3.3.1-2", "v5:MQTT-3.3.1-2")                                           \
    BOTH(QOS3, "v3:MQTT-3.3.1-4", "v5:MQTT-3.3.1-4")                                               \
    BOTH(TOPIC_FIRST, "v3:MQTT-3.3.2-1", "v5:MQTT-3.3.2-1")                                        \
    BOTH(TOPIC_WILDCARD, "v3:MQTT-3.3.2-2", "v5:MQTT-3.3.2-2")                                     \
    ONLY3(PUBREL_FLAGS, "v3:MQTT-3.6.1-1")                                                         \
    BOTH(SUBSCRIBE_FLAGS, "v3:MQTT-3.8.1-1", "v5:MQTT-3.8.1-1")                                    \
    BOTH(FILTER_UTF8, "v3:MQTT-3.8.3-1", "v5:MQTT-3.8.3-1")                                        \
    BOTH(FILTERS, "v3:MQTT-3.8.3-3", "v5:MQTT-3.8.3-2")                                            \
    BOTH(REQUESTED_QOS, "v3:MQTT-3.8.3-4", "v5:MQTT-3.8.3-5")                                      \
    BOTH(CODE_EACH, "v3:MQTT-3.8.4-5", "v5:MQTT-3.8.4-6")                                          \
    BOTH(SUBACK_CODES, "v3:MQTT-3.9.3-2", "v5:MQTT-3.9.3-2")                                       \
    BOTH(UNSUBSCRIBE_FLAGS, "v3:MQTT-3.10.1-1", "v5:MQTT-3.10.1-1")                                \
    BOTH(UNSUBSCRIBE_UTF8, "v3:MQTT-3.10.3-1", "v5:MQTT-3.10.3-1")                                 \
    BOTH(UNSUBSCRIBE_FILTERS, "v3:MQTT-3.10.3-2", "v5:MQTT-3.10.3-2")                              \
    BOTH(PINGRESP, "v3:MQTT-3.12.4-1", "v5:MQTT-3.12.4-1")                                         \
    BOTH(DISCONNECT_FLAGS, "v3:MQTT-3.14.1-1", "v5:MQTT-3.14.1-1")                                 \
    BOTH(NAME_WILDCARD, "v3:MQTT-4.7.1-1", "v5:MQTT-4.7.0-1")                                      \
    BOTH(HASH_PLACE, "v3:MQTT-4.7.1-2", "v5:MQTT-4.7.1-1")                                         \
    BOTH(PLUS_PLACE, "v3:MQTT-4.7.1-3", "v5:MQTT-4.7.1-2")                                         \
    BOTH(TOPIC_EMPTY, "v3:MQTT-4.7.3-1", "v5:MQTT-4.7.3-1")                                        \
    BOTH(CLOSE, "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1")

CHECK_RULES(RULES);

static const char *type_name(DrillSpan bytes) {
    const char *name =
        bytes.size == 0 ? NULL : drill_packet_type_name((DrillPacketType)(bytes.data[0] >> 4));
    return name != NULL ? name : "packet of type 0";
}

/* Where the rule that was broken has no number: what the packet is for. */
static size_t rule_of(const CheckOracle *oracle, const char *statement, DrillSpan bytes) {
    size_t rule = statement == NULL ? RULE_COUNT : drill_check_rule_find(oracle, statement);
    if (rule < RULE_COUNT) {
        return rule;
    }
    int type = bytes.size == 0 ? 0 : bytes.data[0] >> 4;
    return type == DRILL_PINGRESP ? RULE_PINGRESP : RULE_CLOSE;
}

static void sent_wrong(CheckOracle *oracle, const CheckEvent *event) {
    size_t rule = rule_of(oracle, event->fault.statement, event->bytes);
    drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                     "%s sends a malformed %s (connection of %s), byte %u: %s",
                     drill_check_party_name(event->conn, event->side), type_name(event->bytes),
                     drill_check_client_name(event->conn), (unsigned)event->fault.offset,
                     event->fault.text != NULL ? event->fault.text : "not as the standard says");
}

static void passes(CheckOracle *oracle, const size_t *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        drill_check_pass(oracle, rules[i]);
    }
}

#define PASSES(...)                                                                                \
    passes(oracle, (const size_t[]){__VA_ARGS__},                                                  \
           sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))

static void connect_right(CheckOracle *oracle, const DrillConnectPacket *connect) {
    PASSES(RULE_CONNECT_ORDER, RULE_CLIENT_ID, RULE_CLIENT_ID_UTF8);
    if (connect->has_will) {
        PASSES(RULE_WILL_FIELDS, RULE_WILL_QOS, RULE_WILL_TOPIC_UTF8);
    } else {
        PASSES(RULE_NO_WILL_FIELDS, RULE_NO_WILL_QOS, RULE_NO_WILL_RETAIN);
    }
    if (connect->has_username) {
        PASSES(RULE_USER, RULE_USER_UTF8);
    } else {
        PASSES(RULE_NO_USER, RULE_PASSWORD_NEEDS_USER);
    }
    drill_check_pass(oracle, connect->has_password ? RULE_PASSWORD : RULE_NO_PASSWORD);
    if (connect->client_id.size == 0) {
        drill_check_pass(oracle, RULE_EMPTY_CLIENT_ID);
    }
}

/* That it decodes strictly is the judgement of every rule that can be seen in one packet of its
 * type. */
static void sent_right(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPacket *packet = &event->packet;
    drill_check_pass(oracle, RULE_RESERVED);
    switch (packet->type) {
    case DRILL_CONNECT:
        connect_right(oracle, &packet->as.connect);
        break;
    case DRILL_CONNACK:
        drill_check_pass(oracle, RULE_CONNACK_CODE);
        if (packet->as.connack.code != 0) {
            drill_check_pass(oracle, RULE_REFUSAL_FLAG);
        }
        break;
    case DRILL_PUBLISH:
        PASSES(RULE_UTF8, RULE_NUL, RULE_TOPIC_FIRST, RULE_TOPIC_WILDCARD, RULE_NAME_WILDCARD,
               RULE_TOPIC_EMPTY, RULE_QOS3, RULE_DUP_QOS0);
        break;
    case DRILL_PUBREL:
        drill_check_pass(oracle, RULE_PUBREL_FLAGS);
        break;
    case DRILL_SUBSCRIBE:
        PASSES(RULE_SUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_FILTERS, RULE_FILTER_UTF8,
               RULE_TOPIC_EMPTY, RULE_HASH_PLACE, RULE_PLUS_PLACE);
        break;
    case DRILL_UNSUBSCRIBE:
        PASSES(RULE_UNSUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_UNSUBSCRIBE_FILTERS,
               RULE_UNSUBSCRIBE_UTF8);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBCOMP:
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        break;
    }
}

static void event_well_formed(CheckOracle *oracle, const CheckEvent *event) {
    /* What the broker sends to a client of another version is not judged. */
    if (!event->is_packet || !event->sent || !event->judged || event->incomplete) {
        return;
    }
    if (event->decoded) {
        sent_right(oracle, event);
    } else {
        sent_wrong(oracle, event);
    }
}

/* The rule that demands the reaction: the breached one where it speaks of the receiver, else the
 * general one. */
static size_t reaction(const CheckOracle *oracle, const CheckConn *conn) {
    static const size_t own[] = {RULE_UTF8,
                                 RULE_NUL,
                                 RULE_RESERVED_CLOSE,
                                 RULE_QOS3,
                                 RULE_PUBREL_FLAGS,
                                 RULE_SUBSCRIBE_FLAGS,
                                 RULE_REQUESTED_QOS,
                                 RULE_UNSUBSCRIBE_FLAGS,
                                 RULE_DISCONNECT_FLAGS};
    const char *id = conn->offence_statement;
    size_t rule =
        id == NULL || !conn->offence_decode ? RULE_COUNT : drill_check_rule_find(oracle, id);
    rule = rule == RULE_RESERVED ? RULE_RESERVED_CLOSE : rule;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(own); i++) {
        if (own[i] == rule) {
            return rule;
        }
    }
    return RULE_CLOSE;
}

static void finish_well_formed(CheckOracle *oracle) {
    DrillMap *conns = oracle->model->conns;
    for (size_t i = 0; i < drill_map_slots(conns); i++) {
        const CheckConn *conn = drill_map_at(conns, i, NULL);
        /* Bad and second CONNECTs are oracle_connect's. */
        if (conn == NULL || conn->offence_event == 0 || conn->offence_type == DRILL_CONNECT ||
            !conn->judged) {
            continue;
        }
        const CheckEnd *end = &conn->end[CHECK_SERVER];
        drill_check_about(oracle, conn);
        size_t rule = reaction(oracle, conn);
        if (drill_check_closed_itself(end)) {
            drill_check_pass(oracle, rule);
        } else if (!end->ended) {
            /* [v3:MQTT-4.8.0-1] a protocol violation ends the connection */
            drill_check_missing(oracle, rule,
                                CHECK_PACKETS(conn->offence_event, end->last_sent_event),
                                "the broker keeps the connection of %s open after %s (%s); "
                                "expected: it closes the connection",
                                drill_check_client_name(conn),
                                conn->offence_text != NULL ? conn->offence_text : "malformed bytes",
                                conn->offence_statement != NULL ? conn->offence_statement
                                                                : "a rule without a number");
        }
    }
}

CHECK_ORACLE(well_formed, "packets are well-formed, and malformed ones end the connection", NULL,
             event_well_formed, finish_well_formed);
