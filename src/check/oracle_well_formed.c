/* Every packet decodes strictly; and who receives one that does not closes the connection. */
#include "check/field.h"
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(UTF8, "v3:MQTT-1.5.3-1", "v5:MQTT-1.5.4-1")                                               \
    BOTH(NUL, "v3:MQTT-1.5.3-2", "v5:MQTT-1.5.4-2")                                                \
    BOTH(RESERVED, "v3:MQTT-2.2.2-1", "v5:MQTT-2.1.3-1")                                           \
    ONLY3(RESERVED_CLOSE, "v3:MQTT-2.2.2-2")                                                       \
    BOTH(IDENTIFIER, "v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3")                                         \
    ONLY5(SERVER_IDENTIFIER, "v5:MQTT-2.2.1-4")                                                    \
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
    BOTH(NUL_TOPIC, "v3:MQTT-4.7.3-2", "v5:MQTT-4.7.3-2")                                          \
    ONLY5(SHORTEST, "v5:MQTT-1.5.5-1")                                                             \
    ONLY5(PAIR_UTF8, "v5:MQTT-1.5.7-1")                                                            \
    ONLY5(PROPERTY_LENGTH, "v5:MQTT-2.2.2-1")                                                      \
    ONLY5(WILL_FIELDS5, "v5:MQTT-3.1.2-9")                                                         \
    ONLY5(CONNACK_FLAGS, "v5:MQTT-3.2.2-1")                                                        \
    ONLY5(ALIAS_ZERO, "v5:MQTT-3.3.2-8")                                                           \
    ONLY5(RESPONSE_UTF8, "v5:MQTT-3.3.2-13")                                                       \
    ONLY5(RESPONSE_WILDCARD, "v5:MQTT-3.3.2-14")                                                   \
    ONLY5(CONTENT_UTF8, "v5:MQTT-3.3.2-19")                                                        \
    ONLY5(PUBACK_CODE, "v5:MQTT-3.4.2-1")                                                          \
    ONLY5(PUBREC_CODE, "v5:MQTT-3.5.2-1")                                                          \
    ONLY5(PUBREL_FLAGS5, "v5:MQTT-3.6.1-1")                                                        \
    ONLY5(PUBREL_CODE, "v5:MQTT-3.6.2-1")                                                          \
    ONLY5(PUBCOMP_CODE, "v5:MQTT-3.7.2-1")                                                         \
    ONLY5(SHARED_NO_LOCAL, "v5:MQTT-3.8.3-4")                                                      \
    ONLY5(UNSUBACK_CODE, "v5:MQTT-3.11.3-2")                                                       \
    ONLY5(DISCONNECT_CODE, "v5:MQTT-3.14.2-1")                                                     \
    ONLY5(AUTH_FLAGS, "v5:MQTT-3.15.1-1")                                                          \
    ONLY5(AUTH_CODE, "v5:MQTT-3.15.2-1")                                                           \
    ONLY5(SHARE_NAME, "v5:MQTT-4.8.2-1")                                                           \
    ONLY5(SHARE_FORM, "v5:MQTT-4.8.2-2")                                                           \
    ONLY5(AUTH_METHOD, "v5:MQTT-4.12.0-5")                                                         \
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
    return type == DRILL_PINGRESP  ? RULE_PINGRESP
           : type == DRILL_CONNECT ? RULE_CONNECT_ORDER
                                   : RULE_CLOSE;
}

/* Beside the general rule about strings or bits, the one about that very field; RULE_COUNT: none.
 */
static size_t rule_of_field(const CheckEvent *event, size_t general) {
    if (general == RULE_NO_WILL_QOS || general == RULE_NO_WILL_RETAIN) {
        return drill_check_is_v5(event->conn) ? RULE_COUNT : RULE_NO_WILL_FIELDS;
    }
    if (general == RULE_TOPIC_WILDCARD) {
        return RULE_NAME_WILDCARD;
    }
    bool nul = general == RULE_NUL;
    if (general != RULE_UTF8 && !nul) {
        return RULE_COUNT;
    }
    bool subscribe = event->bytes.data[0] >> 4 == DRILL_SUBSCRIBE;
    switch (drill_check_field_at(event->bytes, event->conn->version, event->fault.offset)) {
    case CHECK_FIELD_TOPIC_NAME:
        return nul ? RULE_NUL_TOPIC : RULE_TOPIC_FIRST;
    case CHECK_FIELD_TOPIC_FILTER:
        return nul ? RULE_NUL_TOPIC : subscribe ? RULE_FILTER_UTF8 : RULE_UNSUBSCRIBE_UTF8;
    case CHECK_FIELD_CLIENT_ID:
        return RULE_CLIENT_ID_UTF8;
    case CHECK_FIELD_WILL_TOPIC:
        return RULE_WILL_TOPIC_UTF8;
    case CHECK_FIELD_USER_NAME:
        return RULE_USER_UTF8;
    case CHECK_FIELD_STRING_PAIR:
        return RULE_PAIR_UTF8;
    case CHECK_FIELD_RESPONSE_TOPIC:
        return RULE_RESPONSE_UTF8;
    case CHECK_FIELD_CONTENT_TYPE:
        return RULE_CONTENT_UTF8;
    case CHECK_FIELD_OTHER:
        break;
    }
    return RULE_COUNT;
}

static void say_wrong(CheckOracle *oracle, const CheckEvent *event, size_t rule) {
    drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                     "%s sends a malformed %s (connection of %s), byte %u: %s",
                     drill_check_party_name(event->conn, event->side), type_name(event->bytes),
                     drill_check_client_name(event->conn), (unsigned)event->fault.offset,
                     event->fault.text != NULL ? event->fault.text : "not as the standard says");
}

static void sent_wrong(CheckOracle *oracle, const CheckEvent *event) {
    size_t rule = rule_of(oracle, event->fault.statement, event->bytes);
    bool server5 = event->side == CHECK_SERVER && drill_check_is_v5(event->conn);
    /* [v5:MQTT-2.2.1-4] the decoder cites what 5.0 says of clients. */
    if (server5 && rule == RULE_IDENTIFIER) {
        rule = RULE_SERVER_IDENTIFIER;
    }
    /* [v3:MQTT-2.2.2-1] and what 3.1.1 says of receivers. */
    rule = rule == RULE_RESERVED_CLOSE ? RULE_RESERVED : rule;
    size_t own = rule_of_field(event, rule);
    say_wrong(oracle, event, rule);
    if (own < RULE_COUNT) {
        say_wrong(oracle, event, own);
    }
}

static void passes(CheckOracle *oracle, const size_t *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        drill_check_pass(oracle, rules[i]);
    }
}

#define PASSES(...)                                                                                \
    passes(oracle, (const size_t[]){__VA_ARGS__},                                                  \
           sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))

/* [v3:MQTT-3.1.3-1] [v5:MQTT-3.1.3-1] fields in another order are fields all the same; but what
 * stands first is not what the application calls its client. */
static void connect_order(CheckOracle *oracle, const CheckEvent *event) {
    DrillSpan client_id = event->packet.as.connect.client_id;
    const CheckNode *node = event->side == CHECK_CLIENT ? event->node : NULL;
    if (node == NULL || node->client_id == NULL || drill_span_is(client_id, node->client_id)) {
        drill_check_pass(oracle, RULE_CONNECT_ORDER);
        return;
    }
    drill_check_fail(oracle, RULE_CONNECT_ORDER, CHECK_PACKETS(event->number),
                     "the payload of the CONNECT of %s begins with \"%.*s\"; expected: with its "
                     "Client Identifier \"%.80s\"",
                     node->name, CHECK_TOPIC(client_id), node->client_id);
}

static void connect_right(CheckOracle *oracle, const CheckEvent *event) {
    const DrillConnectPacket *connect = &event->packet.as.connect;
    connect_order(oracle, event);
    PASSES(RULE_CLIENT_ID, RULE_CLIENT_ID_UTF8, RULE_PROPERTY_LENGTH);
    if (connect->has_will) {
        PASSES(RULE_WILL_FIELDS, RULE_WILL_FIELDS5, RULE_WILL_QOS, RULE_WILL_TOPIC_UTF8);
    } else {
        PASSES(RULE_NO_WILL_FIELDS, RULE_NO_WILL_QOS, RULE_NO_WILL_RETAIN);
    }
    if (connect->has_username) {
        PASSES(RULE_USER, RULE_USER_UTF8);
    } else {
        PASSES(RULE_NO_USER, RULE_PASSWORD_NEEDS_USER);
    }
    drill_check_pass(oracle, connect->has_password ? RULE_PASSWORD : RULE_NO_PASSWORD);
    if (connect->client_id.size == 0 && connect->clean) {
        drill_check_pass(oracle, RULE_EMPTY_CLIENT_ID);
    } else if (connect->client_id.size == 0) {
        /* [v3:MQTT-3.1.3-7] */
        drill_check_fail(oracle, RULE_EMPTY_CLIENT_ID, CHECK_PACKETS(event->number),
                         "%s sends an empty ClientId with CleanSession 0; expected CleanSession 1",
                         drill_check_client_name(event->conn));
    }
}

/* What a packet says in properties, and by them. */
static void properties_right(CheckOracle *oracle, DrillProperties properties) {
    size_t offset = 0;
    DrillProperty property;
    drill_check_pass(oracle, RULE_PROPERTY_LENGTH);
    while (drill_properties_next(properties, &offset, &property)) {
        if (property.id == DRILL_USER_PROPERTY) {
            drill_check_pass(oracle, RULE_PAIR_UTF8);
        } else if (property.id == DRILL_RESPONSE_TOPIC) {
            PASSES(RULE_RESPONSE_UTF8, RULE_RESPONSE_WILDCARD);
        } else if (property.id == DRILL_CONTENT_TYPE) {
            drill_check_pass(oracle, RULE_CONTENT_UTF8);
        } else if (property.id == DRILL_TOPIC_ALIAS) {
            drill_check_pass(oracle, RULE_ALIAS_ZERO);
        }
    }
}

/* Topic Filters of SUBSCRIBE. */
static void filters_right(CheckOracle *oracle, const DrillSubscribePacket *subscribe) {
    size_t offset = 0;
    DrillFilter filter;
    while (drill_filters_next(subscribe->filters, true, &offset, &filter)) {
        if (filter.filter.size > 7 && memcmp(filter.filter.data, "$share/", 7) == 0) {
            PASSES(RULE_SHARE_NAME, RULE_SHARE_FORM, RULE_SHARED_NO_LOCAL);
        }
    }
}

/* That it decodes strictly is the judgement of every rule that can be seen in one packet of its
 * type. */
static void sent_right(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPacket *packet = &event->packet;
    PASSES(RULE_RESERVED, RULE_SHORTEST);
    switch (packet->type) {
    case DRILL_CONNECT:
        connect_right(oracle, event);
        break;
    case DRILL_CONNACK:
        PASSES(RULE_CONNACK_CODE, RULE_CONNACK_FLAGS, RULE_PROPERTY_LENGTH);
        if (packet->as.connack.code != 0) {
            drill_check_pass(oracle, RULE_REFUSAL_FLAG);
        }
        break;
    case DRILL_PUBLISH:
        PASSES(RULE_UTF8, RULE_NUL, RULE_TOPIC_FIRST, RULE_TOPIC_WILDCARD, RULE_NAME_WILDCARD,
               RULE_TOPIC_EMPTY, RULE_QOS3, RULE_DUP_QOS0, RULE_NUL_TOPIC);
        if (packet->as.publish.qos != DRILL_QOS_0) {
            drill_check_pass(oracle, event->side == CHECK_SERVER ? RULE_SERVER_IDENTIFIER
                                                                 : RULE_IDENTIFIER);
        }
        properties_right(oracle, packet->as.publish.properties);
        break;
    case DRILL_PUBREL:
        PASSES(RULE_PUBREL_FLAGS, RULE_PUBREL_FLAGS5, RULE_PUBREL_CODE);
        break;
    case DRILL_SUBSCRIBE:
        PASSES(RULE_SUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_FILTERS, RULE_FILTER_UTF8,
               RULE_REQUESTED_QOS, RULE_TOPIC_EMPTY, RULE_HASH_PLACE, RULE_PLUS_PLACE);
        filters_right(oracle, &packet->as.subscribe);
        break;
    case DRILL_UNSUBSCRIBE:
        PASSES(RULE_UNSUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_UNSUBSCRIBE_FILTERS,
               RULE_UNSUBSCRIBE_UTF8);
        break;
    case DRILL_PUBACK:
        drill_check_pass(oracle, RULE_PUBACK_CODE);
        break;
    case DRILL_PUBREC:
        drill_check_pass(oracle, RULE_PUBREC_CODE);
        break;
    case DRILL_PUBCOMP:
        drill_check_pass(oracle, RULE_PUBCOMP_CODE);
        break;
    case DRILL_SUBACK:
        drill_check_pass(oracle, RULE_SUBACK_CODES);
        break;
    case DRILL_UNSUBACK:
        drill_check_pass(oracle, RULE_UNSUBACK_CODE);
        break;
    case DRILL_DISCONNECT:
        PASSES(RULE_DISCONNECT_CODE, RULE_DISCONNECT_FLAGS);
        break;
    case DRILL_AUTH:
        PASSES(RULE_AUTH_CODE, RULE_AUTH_FLAGS, RULE_AUTH_METHOD);
        break;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
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
    /* 5.0 says so of fewer. */
    static const size_t own5[] = {RULE_PUBREL_FLAGS5,     RULE_SUBSCRIBE_FLAGS,  RULE_REQUESTED_QOS,
                                  RULE_UNSUBSCRIBE_FLAGS, RULE_DISCONNECT_FLAGS, RULE_AUTH_FLAGS,
                                  RULE_SHARED_NO_LOCAL};
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
    if (drill_check_is_v5(conn)) {
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(own5); i++) {
            if (own5[i] == rule) {
                return rule;
            }
        }
        return RULE_CLOSE;
    }
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
        /* Bad and second CONNECTs are oracle_connect's; 5.0 says it of them, too. */
        if (conn == NULL || conn->offence_event == 0 || !conn->judged ||
            (conn->offence_type == DRILL_CONNECT && !drill_check_is_v5(conn))) {
            continue;
        }
        const CheckEnd *end = &conn->end[CHECK_SERVER];
        drill_check_about(oracle, conn);
        size_t rule = reaction(oracle, conn);
        if (conn->offence_refused || drill_check_closed_itself(end)) {
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
