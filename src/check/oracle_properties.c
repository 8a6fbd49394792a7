/* Properties of 5.0 that a server passes on as they are, and those that it may not send. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(RESPONSE_INFORMATION, "v5:MQTT-3.1.2-28")                                                \
    ONLY5(PROBLEM_INFORMATION, "v5:MQTT-3.1.2-29")                                                 \
    ONLY5(WILL_ORDER, "v5:MQTT-3.1.3-10")                                                          \
    ONLY5(FORMAT, "v5:MQTT-3.3.2-4")                                                               \
    ONLY5(RESPONSE_TOPIC, "v5:MQTT-3.3.2-15")                                                      \
    ONLY5(CORRELATION, "v5:MQTT-3.3.2-16")                                                         \
    ONLY5(USER, "v5:MQTT-3.3.2-17")                                                                \
    ONLY5(USER_ORDER, "v5:MQTT-3.3.2-18")                                                          \
    ONLY5(CONTENT_TYPE, "v5:MQTT-3.3.2-20")                                                        \
    ONLY5(NO_IDENTIFIER, "v5:MQTT-3.3.4-6")                                                        \
    ONLY5(NO_EXPIRY, "v5:MQTT-3.14.2-2")

CHECK_RULES(RULES);

/* The rule that stands for each way to be altered. */
static size_t rule_of(CheckAltered altered, const CheckMessage *message) {
    static const size_t rules[CHECK_ALTERED_COUNT] = {
        [CHECK_UNALTERED] = RULE_COUNT,
        [CHECK_ALTERED_FORMAT] = RULE_FORMAT,
        [CHECK_ALTERED_RESPONSE_TOPIC] = RULE_RESPONSE_TOPIC,
        [CHECK_ALTERED_CORRELATION] = RULE_CORRELATION,
        [CHECK_ALTERED_CONTENT_TYPE] = RULE_CONTENT_TYPE,
        [CHECK_ALTERED_USER] = RULE_USER,
        [CHECK_ALTERED_USER_ORDER] = RULE_USER_ORDER,
    };
    return altered == CHECK_ALTERED_USER_ORDER && message->is_will ? RULE_WILL_ORDER
                                                                   : rules[altered];
}

static void passes(CheckOracle *oracle, const CheckMessage *message) {
    static const struct {
        DrillPropertyId id;
        size_t rule;
    } passed_on[] = {
        {DRILL_PAYLOAD_FORMAT_INDICATOR, RULE_FORMAT},
        {DRILL_RESPONSE_TOPIC, RULE_RESPONSE_TOPIC},
        {DRILL_CORRELATION_DATA, RULE_CORRELATION},
        {DRILL_CONTENT_TYPE, RULE_CONTENT_TYPE},
    };
    DrillProperty found;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(passed_on); i++) {
        if (drill_properties_find(message->properties, passed_on[i].id, &found)) {
            drill_check_pass(oracle, passed_on[i].rule);
        }
    }
    if (drill_properties_find(message->properties, DRILL_USER_PROPERTY, &found)) {
        drill_check_pass(oracle, RULE_USER);
        drill_check_pass(oracle, message->is_will ? RULE_WILL_ORDER : RULE_USER_ORDER);
    }
}

static void delivered(CheckOracle *oracle, const CheckEvent *event) {
    CheckDeliveryKind kind = event->delivery.kind;
    const CheckMessage *message = event->delivery.message;
    bool known = kind == CHECK_DELIVERY_LIVE || kind == CHECK_DELIVERY_LIVE_FLAGGED ||
                 kind == CHECK_DELIVERY_REPLAY || kind == CHECK_DELIVERY_WILL_EARLY;
    if (!known || message == NULL || !message->v5) {
        return;
    }
    DrillProperties sent = event->packet.as.publish.properties;
    size_t rule = rule_of(drill_check_altered(message, sent), message);
    if (rule == RULE_COUNT) {
        passes(oracle, message);
        return;
    }
    /* It may be another that looks the same. */
    for (size_t i = 0; i < message->content->messages.count; i++) {
        const CheckMessage *other = drill_check_message_at(message->content, i);
        if (drill_check_altered(other, sent) == CHECK_UNALTERED) {
            return;
        }
    }
    if (drill_check_has_double(oracle->model, event->session, message)) {
        return;
    }
    static const char *const what[RULE_COUNT] = {
        [RULE_FORMAT] = "another Payload Format Indicator",
        [RULE_RESPONSE_TOPIC] = "another Response Topic, or without it",
        [RULE_CORRELATION] = "other Correlation Data, or without it",
        [RULE_CONTENT_TYPE] = "another Content Type, or without it",
        [RULE_USER] = "not all of its User Properties",
        [RULE_USER_ORDER] = "its User Properties in another order",
        [RULE_WILL_ORDER] = "its User Properties in another order",
    };
    drill_check_fail(oracle, rule, CHECK_PACKETS(message->event, event->number),
                     "%s gets the message on \"%.80s\" from %s with %s; expected: as published",
                     drill_check_client_name(event->conn), message->content->topic->name,
                     message->publisher_id, what[rule]);
}

/* Reason String and User Properties where the client wants none. */
static void problem_information(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPacket *packet = &event->packet;
    DrillProperties properties = {{0}, 0};
    DrillProperty found;
    if (event->conn->asks.problem_information) {
        return;
    }
    if (packet->type >= DRILL_PUBACK && packet->type <= DRILL_PUBCOMP) {
        properties = packet->as.ack.properties;
    } else if (packet->type == DRILL_SUBACK || packet->type == DRILL_UNSUBACK) {
        properties = packet->as.suback.properties;
    } else if (packet->type == DRILL_AUTH) {
        properties = packet->as.reason.properties;
    } else {
        return;
    }
    if (drill_properties_find(properties, DRILL_REASON_STRING, &found) ||
        drill_properties_find(properties, DRILL_USER_PROPERTY, &found)) {
        /* [v5:MQTT-3.1.2-29] */
        drill_check_fail(oracle, RULE_PROBLEM_INFORMATION, CHECK_PACKETS(event->number),
                         "the broker sends %s with a %s to %s, which asked for none (Request "
                         "Problem Information 0)",
                         drill_packet_type_name(packet->type), drill_property_name(found.id),
                         drill_check_client_name(event->conn));
    } else {
        drill_check_pass(oracle, RULE_PROBLEM_INFORMATION);
    }
}

static void forbidden(CheckOracle *oracle, const CheckEvent *event, size_t rule,
                      DrillProperties properties, DrillPropertyId id, const char *why) {
    DrillProperty found;
    if (drill_properties_find(properties, id, &found)) {
        drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                         "%s sends %s with %s (connection of %s), %s",
                         drill_check_party_name(event->conn, event->side),
                         drill_packet_type_name(event->packet.type), drill_property_name(id),
                         drill_check_client_name(event->conn), why);
    } else {
        drill_check_pass(oracle, rule);
    }
}

static void event_properties(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || !drill_check_is_v5(event->conn)) {
        return;
    }
    const DrillPacket *packet = &event->packet;
    if (event->side == CHECK_CLIENT) {
        if (packet->type == DRILL_PUBLISH) {
            forbidden(oracle, event, RULE_NO_IDENTIFIER, packet->as.publish.properties,
                      DRILL_SUBSCRIPTION_IDENTIFIER, "which only servers put there");
        }
        return;
    }
    problem_information(oracle, event);
    if (packet->type == DRILL_PUBLISH) {
        delivered(oracle, event);
    } else if (packet->type == DRILL_CONNACK && !event->conn->asks.response_information) {
        forbidden(oracle, event, RULE_RESPONSE_INFORMATION, packet->as.connack.properties,
                  DRILL_RESPONSE_INFORMATION, "which asked for none");
    } else if (packet->type == DRILL_DISCONNECT) {
        forbidden(oracle, event, RULE_NO_EXPIRY, packet->as.reason.properties,
                  DRILL_SESSION_EXPIRY_INTERVAL, "which only clients put there");
    }
}

CHECK_ORACLE(properties, "properties are passed on unaltered, and sent only where they may be",
             NULL, event_properties, NULL);
