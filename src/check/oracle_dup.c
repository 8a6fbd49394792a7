/* The DUP flag. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(RESENT, "v3:MQTT-3.3.1-1", "v5:MQTT-3.3.1-1")                                             \
    BOTH(OWN, "v3:MQTT-3.3.1-3", "v5:MQTT-3.3.1-3")                                                \
    BOTH(FIRST_QOS1, "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2")                                         \
    BOTH(FIRST_QOS2, "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-2")

CHECK_RULES(RULES);

static void server_first(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    const CheckMessage *message = event->delivery.message;
    const CheckModel *model = oracle->model;
    if (!publish->dup) {
        if (message != NULL && message->first_dup) {
            drill_check_pass(oracle, RULE_OWN);
        }
        return;
    }
    /* An attempt on an earlier connection may have got lost before anybody saw it, and then DUP is
     * right. */
    bool unseen = event->session->party.connections > 1 && (model->paced || !model->has_far);
    if (unseen || event->session->unknown_past || event->delivery.kind == CHECK_DELIVERY_EXTRA ||
        event->delivery.kind == CHECK_DELIVERY_RENUMBERED) {
        return; /* the others are too many, which is another rule's question */
    }
    /* [v3:MQTT-3.3.1-3] DUP tells of the server's own retransmissions only */
    drill_check_fail(oracle, RULE_OWN,
                     CHECK_PACKETS(event->number, message != NULL ? message->event : 0),
                     "the broker sends a message on \"%.*s\" (Packet Identifier %u) to %s with DUP "
                     "1 although it sends it for the "
                     "first time%s; expected DUP 0",
                     CHECK_TOPIC(publish->topic), (unsigned)publish->packet_identifier,
                     drill_check_client_name(event->conn),
                     message != NULL && message->first_dup ? ", as its publisher had" : "");
}

static void client_first(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    /* The script may have let the first one go down with its connection. */
    bool held = (event->node->held_types >> DRILL_PUBLISH & 1u) != 0;
    if (held || (event->had_exchange && event->before.abandoned)) {
        return; /* what it sends again belongs to a session it gave up: oracle_session */
    }
    size_t rule = publish->qos == DRILL_QOS_1 ? RULE_FIRST_QOS1 : RULE_FIRST_QOS2;
    /* [v3:MQTT-4.3.2-1] [v3:MQTT-4.3.3-1] the first transmission has DUP 0 */
    if (publish->dup) {
        drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                         "%s sends a PUBLISH (Packet Identifier %u) for the first time with DUP 1; "
                         "expected DUP 0",
                         event->node->name, (unsigned)publish->packet_identifier);
    } else {
        drill_check_pass(oracle, rule);
    }
}

/* The order of what a real broker wrote to two sockets is not known: what comes over the connection
 * that was just taken over may have been sent before the other repeated it. */
static bool may_be_older(const CheckModel *model, const CheckEvent *event) {
    const CheckConn *newer = event->conn->taken_over_by;
    return model->gateway && event->side == CHECK_SERVER && newer != NULL && newer->accepted &&
           event->before.last_conn == newer->number &&
           event->time_ns <= newer->connack_ns + model->slack_ns;
}

static void event_dup(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->packet.type != DRILL_PUBLISH) {
        return;
    }
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (event->send == CHECK_SEND_REPEAT) {
        /* [v3:MQTT-3.3.1-1] sent again means DUP 1 */
        if (publish->dup) {
            drill_check_pass(oracle, RULE_RESENT);
        } else if (!may_be_older(oracle->model, event)) {
            drill_check_fail(
                oracle, RULE_RESENT, CHECK_PACKETS(event->before.first_event, event->number),
                "%s sends the unacknowledged PUBLISH with Packet Identifier %u again (connection "
                "of %s) with DUP 0; "
                "expected DUP 1",
                drill_check_party_name(event->conn, event->side),
                (unsigned)publish->packet_identifier, drill_check_client_name(event->conn));
        }
    } else if (event->send == CHECK_SEND_FIRST && event->side == CHECK_SERVER) {
        server_first(oracle, event);
    } else if (event->send == CHECK_SEND_FIRST) {
        client_first(oracle, event);
    }
}

CHECK_ORACLE(dup, "the DUP flag marks retransmissions and nothing else", NULL, event_dup, NULL);
