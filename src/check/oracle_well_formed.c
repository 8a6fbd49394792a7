/* Every packet that a party sends decodes strictly. Strings: oracle_utf8; what the broker does
 * about packets that do not decode: oracle_reaction. */
#include "check/field.h"
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(RESERVED, "v3:MQTT-2.2.2-1", "v5:MQTT-2.1.3-1")                                           \
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
    ONLY3(EMPTY_CLIENT_ID, "v3:MQTT-3.1.3-7")                                                      \
    BOTH(REFUSAL_FLAG, "v3:MQTT-3.2.2-4", "v5:MQTT-3.2.2-6")                                       \
    BOTH(CONNACK_CODE, "v3:MQTT-3.2.2-6", "v5:MQTT-3.2.2-8")                                       \
    BOTH(DUP_QOS0, "v3:MQTT-3.3.1-2", "v5:MQTT-3.3.1-2")                                           \
    BOTH(QOS3, "v3:MQTT-3.3.1-4", "v5:MQTT-3.3.1-4")                                               \
    BOTH(TOPIC_FIRST, "v3:MQTT-3.3.2-1", "v5:MQTT-3.3.2-1")                                        \
    BOTH(TOPIC_WILDCARD, "v3:MQTT-3.3.2-2", "v5:MQTT-3.3.2-2")                                     \
    BOTH(PUBREL_FLAGS, "v3:MQTT-3.6.1-1", "v5:MQTT-3.6.1-1")                                       \
    BOTH(SUBSCRIBE_FLAGS, "v3:MQTT-3.8.1-1", "v5:MQTT-3.8.1-1")                                    \
    BOTH(FILTERS, "v3:MQTT-3.8.3-3", "v5:MQTT-3.8.3-2")                                            \
    BOTH(REQUESTED_QOS, "v3:MQTT-3.8.3-4", "v5:MQTT-3.8.3-5")                                      \
    BOTH(CODE_EACH, "v3:MQTT-3.8.4-5", "v5:MQTT-3.8.4-6")                                          \
    BOTH(SUBACK_CODES, "v3:MQTT-3.9.3-2", "v5:MQTT-3.9.3-2")                                       \
    BOTH(UNSUBSCRIBE_FLAGS, "v3:MQTT-3.10.1-1", "v5:MQTT-3.10.1-1")                                \
    BOTH(UNSUBSCRIBE_FILTERS, "v3:MQTT-3.10.3-2", "v5:MQTT-3.10.3-2")                              \
    BOTH(PINGRESP, "v3:MQTT-3.12.4-1", "v5:MQTT-3.12.4-1")                                         \
    BOTH(DISCONNECT_FLAGS, "v3:MQTT-3.14.1-1", "v5:MQTT-3.14.1-1")                                 \
    BOTH(NAME_WILDCARD, "v3:MQTT-4.7.1-1", "v5:MQTT-4.7.0-1")                                      \
    BOTH(HASH_PLACE, "v3:MQTT-4.7.1-2", "v5:MQTT-4.7.1-1")                                         \
    BOTH(PLUS_PLACE, "v3:MQTT-4.7.1-3", "v5:MQTT-4.7.1-2")                                         \
    BOTH(TOPIC_EMPTY, "v3:MQTT-4.7.3-1", "v5:MQTT-4.7.3-1")                                        \
    ONLY5(SHORTEST, "v5:MQTT-1.5.5-1")                                                             \
    ONLY5(PROPERTY_LENGTH, "v5:MQTT-2.2.2-1")                                                      \
    ONLY5(WILL_FIELDS5, "v5:MQTT-3.1.2-9")                                                         \
    ONLY5(CONNACK_FLAGS, "v5:MQTT-3.2.2-1")                                                        \
    ONLY5(ALIAS_ZERO, "v5:MQTT-3.3.2-8")                                                           \
    ONLY5(RESPONSE_WILDCARD, "v5:MQTT-3.3.2-14")                                                   \
    ONLY5(PUBACK_CODE, "v5:MQTT-3.4.2-1")                                                          \
    ONLY5(PUBREC_CODE, "v5:MQTT-3.5.2-1")                                                          \
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
    BOTH(UNNUMBERED, "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1")

CHECK_RULES(RULES);

/* The rule that was broken; where it has no number, what the packet is for. UNNUMBERED is the last
 * resort and never passes: its statement is really about who receives, so oracle_reaction's. */
static size_t rule_of(const CheckOracle *oracle, const CheckEvent *event) {
    const char *statement = event->fault.statement == NULL ? "" : event->fault.statement;
    int type = event->bytes.size == 0 ? 0 : event->bytes.data[0] >> 4;
    size_t rule = drill_check_rule_find(oracle, statement);
    /* [v3:MQTT-2.2.2-1] the decoder cites what 3.1.1 says of receivers, */
    if (strcmp(statement, "v3:MQTT-2.2.2-2") == 0) {
        return RULE_RESERVED;
    }
    /* [v5:MQTT-2.2.1-4] and what 5.0 says of clients. */
    if (rule == RULE_IDENTIFIER && event->side == CHECK_SERVER && drill_check_is_v5(event->conn)) {
        return RULE_SERVER_IDENTIFIER;
    }
    return rule < RULE_COUNT        ? rule
           : type == DRILL_PINGRESP ? RULE_PINGRESP
           : type == DRILL_CONNECT  ? RULE_CONNECT_ORDER
                                    : RULE_UNNUMBERED;
}

/* A second statement that says the same of the field; RULE_COUNT: none. */
static size_t rule_beside(const CheckEvent *event, size_t rule) {
    if (rule == RULE_NO_WILL_QOS || rule == RULE_NO_WILL_RETAIN) {
        return drill_check_is_v5(event->conn) ? RULE_COUNT : RULE_NO_WILL_FIELDS;
    }
    return rule == RULE_TOPIC_WILDCARD ? RULE_NAME_WILDCARD : RULE_COUNT;
}

static void sent_wrong(CheckOracle *oracle, const CheckEvent *event) {
    size_t rule = rule_of(oracle, event);
    size_t beside = rule_beside(event, rule);
    drill_check_malformed(oracle, event, rule);
    if (beside < RULE_COUNT) {
        drill_check_malformed(oracle, event, beside);
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
    PASSES(RULE_CLIENT_ID, RULE_PROPERTY_LENGTH);
    if (connect->has_will) {
        PASSES(RULE_WILL_FIELDS, RULE_WILL_FIELDS5, RULE_WILL_QOS);
    } else {
        PASSES(RULE_NO_WILL_FIELDS, RULE_NO_WILL_QOS, RULE_NO_WILL_RETAIN);
    }
    if (connect->has_username) {
        drill_check_pass(oracle, RULE_USER);
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
        if (property.id == DRILL_RESPONSE_TOPIC) {
            drill_check_pass(oracle, RULE_RESPONSE_WILDCARD);
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
        PASSES(RULE_TOPIC_FIRST, RULE_TOPIC_WILDCARD, RULE_NAME_WILDCARD, RULE_TOPIC_EMPTY,
               RULE_QOS3, RULE_DUP_QOS0);
        if (packet->as.publish.qos != DRILL_QOS_0) {
            drill_check_pass(oracle, event->side == CHECK_SERVER ? RULE_SERVER_IDENTIFIER
                                                                 : RULE_IDENTIFIER);
        }
        properties_right(oracle, packet->as.publish.properties);
        break;
    case DRILL_PUBREL:
        PASSES(RULE_PUBREL_FLAGS, RULE_PUBREL_CODE);
        break;
    case DRILL_SUBSCRIBE:
        PASSES(RULE_SUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_FILTERS, RULE_REQUESTED_QOS,
               RULE_TOPIC_EMPTY, RULE_HASH_PLACE, RULE_PLUS_PLACE);
        filters_right(oracle, &packet->as.subscribe);
        break;
    case DRILL_UNSUBSCRIBE:
        PASSES(RULE_UNSUBSCRIBE_FLAGS, RULE_IDENTIFIER, RULE_UNSUBSCRIBE_FILTERS);
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
    } else if (!drill_check_is_string_fault(&event->fault) &&
               !drill_check_is_protocol_fault(&event->fault)) { /* oracle_connect's */
        sent_wrong(oracle, event);
    }
}

CHECK_TIMELESS_ORACLE(well_formed, "packets are well-formed", NULL, event_well_formed, NULL);
