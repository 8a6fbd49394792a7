/* Every string in a packet is UTF-8 and without U+0000. Beside the general statement there is often
 * one about the very field that the string is in: both are named. */
#include "check/field.h"
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(UTF8, "v3:MQTT-1.5.3-1", "v5:MQTT-1.5.4-1")                                               \
    BOTH(NUL, "v3:MQTT-1.5.3-2", "v5:MQTT-1.5.4-2")                                                \
    BOTH(CLIENT_ID, "v3:MQTT-3.1.3-4", "v5:MQTT-3.1.3-4")                                          \
    BOTH(WILL_TOPIC, "v3:MQTT-3.1.3-10", "v5:MQTT-3.1.3-11")                                       \
    BOTH(USER_NAME, "v3:MQTT-3.1.3-11", "v5:MQTT-3.1.3-12")                                        \
    BOTH(TOPIC_NAME, "v3:MQTT-3.3.2-1", "v5:MQTT-3.3.2-1")                                         \
    BOTH(FILTER, "v3:MQTT-3.8.3-1", "v5:MQTT-3.8.3-1")                                             \
    BOTH(UNSUBSCRIBE_FILTER, "v3:MQTT-3.10.3-1", "v5:MQTT-3.10.3-1")                               \
    BOTH(NUL_TOPIC, "v3:MQTT-4.7.3-2", "v5:MQTT-4.7.3-2")                                          \
    ONLY5(USER_PROPERTY, "v5:MQTT-1.5.7-1")                                                        \
    ONLY5(RESPONSE_TOPIC, "v5:MQTT-3.3.2-13")                                                      \
    ONLY5(CONTENT_TYPE, "v5:MQTT-3.3.2-19")

CHECK_RULES(RULES);

/* The statement about the very field; RULE_COUNT: there is none. */
static size_t rule_of_field(const CheckEvent *event, bool nul) {
    bool subscribe = event->bytes.data[0] >> 4 == DRILL_SUBSCRIBE;
    switch (drill_check_field_at(event->bytes, event->conn->version, event->fault.offset)) {
    case CHECK_FIELD_TOPIC_NAME:
        return nul ? RULE_NUL_TOPIC : RULE_TOPIC_NAME;
    case CHECK_FIELD_TOPIC_FILTER:
        return nul ? RULE_NUL_TOPIC : subscribe ? RULE_FILTER : RULE_UNSUBSCRIBE_FILTER;
    case CHECK_FIELD_CLIENT_ID:
        return RULE_CLIENT_ID;
    case CHECK_FIELD_WILL_TOPIC:
        return RULE_WILL_TOPIC;
    case CHECK_FIELD_USER_NAME:
        return RULE_USER_NAME;
    case CHECK_FIELD_STRING_PAIR:
        return RULE_USER_PROPERTY;
    case CHECK_FIELD_RESPONSE_TOPIC:
        return RULE_RESPONSE_TOPIC;
    case CHECK_FIELD_CONTENT_TYPE:
        return RULE_CONTENT_TYPE;
    case CHECK_FIELD_OTHER:
        break;
    }
    return RULE_COUNT;
}

static void sent_wrong(CheckOracle *oracle, const CheckEvent *event) {
    size_t general = drill_check_rule_find(oracle, event->fault.statement);
    size_t own = rule_of_field(event, general == RULE_NUL);
    drill_check_malformed(oracle, event, general);
    if (own < RULE_COUNT) {
        drill_check_malformed(oracle, event, own);
    }
}

static void properties_right(CheckOracle *oracle, DrillProperties properties) {
    size_t offset = 0;
    DrillProperty property;
    while (drill_properties_next(properties, &offset, &property)) {
        if (property.id == DRILL_USER_PROPERTY) {
            drill_check_pass(oracle, RULE_USER_PROPERTY);
        } else if (property.id == DRILL_RESPONSE_TOPIC) {
            drill_check_pass(oracle, RULE_RESPONSE_TOPIC);
        } else if (property.id == DRILL_CONTENT_TYPE) {
            drill_check_pass(oracle, RULE_CONTENT_TYPE);
        }
    }
}

/* The decoder takes no other strings. TOPIC_NAME passes in oracle_well_formed: once for a packet.
 */
static void sent_right(CheckOracle *oracle, const DrillPacket *packet) {
    if (packet->type == DRILL_CONNECT) {
        drill_check_pass(oracle, RULE_CLIENT_ID);
        if (packet->as.connect.has_will) {
            drill_check_pass(oracle, RULE_WILL_TOPIC);
        }
        if (packet->as.connect.has_username) {
            drill_check_pass(oracle, RULE_USER_NAME);
        }
    } else if (packet->type == DRILL_PUBLISH) {
        drill_check_pass(oracle, RULE_UTF8);
        drill_check_pass(oracle, RULE_NUL);
        drill_check_pass(oracle, RULE_NUL_TOPIC);
        properties_right(oracle, packet->as.publish.properties);
    } else if (packet->type == DRILL_SUBSCRIBE) {
        drill_check_pass(oracle, RULE_FILTER);
    } else if (packet->type == DRILL_UNSUBSCRIBE) {
        drill_check_pass(oracle, RULE_UNSUBSCRIBE_FILTER);
    }
}

static void event_utf8(CheckOracle *oracle, const CheckEvent *event) {
    /* What the broker sends to a client of another version is not judged. */
    if (!event->is_packet || !event->sent || !event->judged || event->incomplete) {
        return;
    }
    if (event->decoded) {
        sent_right(oracle, &event->packet);
    } else if (drill_check_is_string_fault(&event->fault)) {
        sent_wrong(oracle, event);
    }
}

CHECK_TIMELESS_ORACLE(utf8, "strings are UTF-8 and hold no U+0000", NULL, event_utf8, NULL);
