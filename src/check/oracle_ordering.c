/* Message ordering. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(RESEND, "v3:MQTT-4.6.0-1", "v5:MQTT-4.6.0-1")                                             \
    BOTH(PUBACK, "v3:MQTT-4.6.0-2", "v5:MQTT-4.6.0-2")                                             \
    BOTH(PUBREC, "v3:MQTT-4.6.0-3", "v5:MQTT-4.6.0-3")                                             \
    BOTH(PUBREL, "v3:MQTT-4.6.0-4", "v5:MQTT-4.6.0-4")                                             \
    BOTH(ORDERED, "v3:MQTT-4.6.0-5", "v5:MQTT-4.6.0-6")                                            \
    BOTH(SERVER, "v3:MQTT-4.6.0-6", "v5:MQTT-4.6.0-5")

CHECK_RULES(RULES);

/* A QoS 2 message may be passed on at its PUBREL: where the PUBRELs came in another order, either
 * order will do. */
static bool order_is_certain(const CheckMessage *older, const CheckMessage *newer) {
    /* Whose PUBREL came is not known of those that shared an identifier. */
    if (older->is_will || newer->is_will || older->displaced || newer->displaced || older->mixed ||
        newer->mixed) {
        return false;
    }
    if (older->qos != 2) {
        return true;
    }
    if (older->release_order == 0 || newer->release_order == 0) {
        return older->release_order == 0 && newer->release_order == 0;
    }
    return older->release_order < newer->release_order;
}

/* The session has got a younger one that looks like this, and younger than `newer` too. */
static bool has_younger_double(const CheckExpects *expects, const CheckMessage *message,
                               const CheckMessage *newer) {
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        const CheckExpect *expect = drill_check_expect_at(expects, i);
        if (expect->message->number > message->number && expect->message->number > newer->number &&
            expect->delivered > 0) {
            return true;
        }
    }
    return false;
}

/* And an older one, which may be settled. */
static bool has_older_double(const CheckExpects *expects, const CheckMessage *message) {
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        const CheckExpect *expect = drill_check_expect_at(expects, i);
        if (expect->message->number < message->number && expect->delivered > 0) {
            return true;
        }
    }
    return expects != NULL && expects->settled > 0;
}

/* Of both it has got a double: each delivery may have been the other one, and all were in order. */
static bool may_be_mixed_up(const CheckOracle *oracle, const CheckEvent *event) {
    const CheckMessage *message = event->delivery.message;
    const CheckMessage *newer = event->delivery.newer;
    CheckModel *model = oracle->model;
    return has_younger_double(drill_check_expects(model, event->session, message->content, false),
                              message, newer) &&
           has_older_double(drill_check_expects(model, event->session, newer->content, false),
                            newer);
}

static void delivered(CheckOracle *oracle, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    bool live =
        delivery->kind == CHECK_DELIVERY_LIVE || delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED;
    if (!live || !delivery->first) {
        return;
    }
    const CheckMessage *message = delivery->message;
    const CheckMessage *newer = delivery->newer;
    /* [v3:MQTT-4.6.0-6] per publisher, topic and QoS: in the order received. [v3:MQTT-4.6.0-5] by
     * default on every topic. */
    if (newer != NULL && order_is_certain(message, newer)) {
        /* Non-shared subscriptions only: what comes may have been another member's before. */
        if (drill_check_may_be_shared(event->session, event->packet.as.publish.topic)) {
            return;
        }
        if (may_be_mixed_up(oracle, event) ||
            drill_check_has_double(oracle->model, event->session, message) ||
            drill_check_has_double(oracle->model, event->session, newer)) {
            return;
        }
        drill_check_fail(oracle, RULE_SERVER,
                         CHECK_PACKETS(message->event, newer->event, event->number),
                         "%s gets a message on \"%.80s\" from %s after a younger one of the same "
                         "publisher, topic and QoS %u; "
                         "expected: in the order published",
                         drill_check_client_name(event->conn), delivery->topic->name,
                         message->publisher_id, (unsigned)message->qos);
        drill_check_fail(oracle, RULE_ORDERED, CHECK_PACKETS(newer->event, event->number),
                         "\"%.80s\" is not treated as an ordered topic, which it is by default",
                         delivery->topic->name);
        return;
    }
    drill_check_pass(oracle, RULE_SERVER);
    drill_check_pass(oracle, RULE_ORDERED);
}

static void resent(CheckOracle *oracle, const CheckEvent *event) {
    bool publish = event->packet.type == DRILL_PUBLISH;
    size_t rule = event->side == CHECK_SERVER ? RULE_SERVER : publish ? RULE_RESEND : RULE_PUBREL;
    /* [v3:MQTT-4.6.0-1] [v3:MQTT-4.6.0-4] resent in the order first sent, PUBREL in the order of
     * the PUBRECs */
    if (event->resend_disorder) {
        drill_check_fail(oracle, rule, CHECK_PACKETS(event->before.first_event, event->number),
                         "%s resends %s with Packet Identifier %u (connection of %s) after one "
                         "that is younger; expected: in the "
                         "original order",
                         drill_check_party_name(event->conn, event->side),
                         drill_packet_type_name(event->packet.type),
                         (unsigned)event->exchange->packet_identifier,
                         drill_check_client_name(event->conn));
    } else {
        drill_check_pass(oracle, rule);
    }
}

static void acknowledged(CheckOracle *oracle, const CheckEvent *event, size_t rule) {
    if (event->in_order) {
        drill_check_pass(oracle, rule);
        return;
    }
    drill_check_fail(
        oracle, rule, CHECK_PACKETS(event->older_event, event->owed.request_event, event->number),
        "%s sends %s with Packet Identifier %u before answering an older packet on the connection "
        "of %s; expected: "
        "in the order received",
        drill_check_party_name(event->conn, event->side),
        drill_packet_type_name(event->packet.type),
        (unsigned)event->packet.as.ack.packet_identifier, drill_check_client_name(event->conn));
}

static void event_ordering(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event)) {
        return;
    }
    DrillPacketType type = event->packet.type;
    if (type == DRILL_PUBLISH && event->side == CHECK_SERVER) {
        delivered(oracle, event);
    }
    if (event->resend_due) {
        resent(oracle, event);
    }
    if (!event->answered) {
        return;
    }
    /* A broker's PUBACK and PUBREC may come in any order; its PUBREL follows the rules for senders.
     */
    if (type == DRILL_PUBREL) {
        acknowledged(oracle, event, event->side == CHECK_CLIENT ? RULE_PUBREL : RULE_SERVER);
    } else if (type == DRILL_PUBACK && event->side == CHECK_CLIENT) {
        acknowledged(oracle, event, RULE_PUBACK);
    } else if (type == DRILL_PUBREC && event->side == CHECK_CLIENT) {
        acknowledged(oracle, event, RULE_PUBREC);
    }
}

CHECK_ORACLE(ordering, "messages, resends and acknowledgements keep their order", NULL,
             event_ordering, NULL);
