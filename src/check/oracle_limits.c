/* What a server says in CONNACK that it does not do, or does instead, and who has to heed it. */
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(INVENTED, "v3:MQTT-3.1.3-6", "v5:MQTT-3.1.3-6")                                           \
    ONLY5(TOLD, "v5:MQTT-3.1.3-7")                                                                 \
    ONLY5(ASSIGNED, "v5:MQTT-3.2.2-16")                                                            \
    ONLY5(ANNOUNCED, "v5:MQTT-3.2.2-9")                                                            \
    ONLY5(SUBSCRIBE_ANY, "v5:MQTT-3.2.2-10")                                                       \
    ONLY5(CLIENT_QOS, "v5:MQTT-3.2.2-11")                                                          \
    ONLY5(WILL_QOS, "v5:MQTT-3.2.2-12")                                                            \
    ONLY5(WILL_RETAIN, "v5:MQTT-3.2.2-13")                                                         \
    ONLY5(CLIENT_RETAIN, "v5:MQTT-3.2.2-14")

CHECK_RULES(RULES);

/* A will that the server cannot serve; other codes may have other causes. */
static void connack_refuses(CheckOracle *oracle, const CheckConn *conn) {
    if (conn->will.set && conn->code == DRILL_REASON_QOS_NOT_SUPPORTED) {
        drill_check_pass(oracle, RULE_WILL_QOS);
    } else if (conn->will.set && conn->will.retain &&
               conn->code == DRILL_REASON_RETAIN_NOT_SUPPORTED) {
        drill_check_pass(oracle, RULE_WILL_RETAIN);
    }
}

static void connack_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    if (conn->connack_event != event->number) {
        return;
    }
    if (!conn->accepted) {
        connack_refuses(oracle, conn);
        return;
    }
    const char *client = drill_check_client_name(conn);
    const uint64_t *packets = CHECK_PACKETS(conn->connect_event, event->number);
    if (conn->empty_client_id && drill_check_is_v5(conn)) {
        /* [v5:MQTT-3.2.2-16] [v5:MQTT-3.1.3-7] [v5:MQTT-3.1.3-6] */
        if (conn->grants.client_id == NULL) {
            drill_check_fail(oracle, RULE_TOLD, packets,
                             "the broker accepts the empty Client Identifier of %s and does not "
                             "say which one it took; expected: Assigned Client Identifier",
                             client);
        } else if (conn->assigned_in_use) {
            drill_check_fail(oracle, RULE_ASSIGNED, packets,
                             "the broker assigns %s the Client Identifier \"%.80s\", which is in "
                             "use; expected: an unused one",
                             client, conn->grants.client_id);
        } else {
            drill_check_pass(oracle, RULE_TOLD);
            drill_check_pass(oracle, RULE_ASSIGNED);
        }
    }
    if (conn->empty_client_id) {
        if (conn->session_present || conn->assigned_in_use) {
            drill_check_fail(oracle, RULE_INVENTED, packets,
                             "the broker accepts the empty Client Identifier of %s and gives it "
                             "another client's session; expected: an identifier of its own",
                             client);
        } else {
            drill_check_pass(oracle, RULE_INVENTED);
        }
    }
    /* [v5:MQTT-3.2.2-12] */
    if (conn->will.set && conn->will.qos > conn->grants.qos_max) {
        drill_check_fail(oracle, RULE_WILL_QOS, packets,
                         "the broker accepts a will of QoS %u of %s and says that its Maximum "
                         "QoS is %u; expected: refused",
                         (unsigned)conn->will.qos, client, (unsigned)conn->grants.qos_max);
    }
    /* [v5:MQTT-3.2.2-13] */
    if (conn->will.set && conn->will.retain && !conn->grants.retain) {
        drill_check_fail(oracle, RULE_WILL_RETAIN, packets,
                         "the broker accepts a will with RETAIN 1 of %s and says that it "
                         "retains nothing; expected: refused",
                         client);
    }
}

static void disconnect_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (event->packet.as.reason.reason_code != DRILL_REASON_QOS_NOT_SUPPORTED ||
        conn->offence_event != 0) {
        return;
    }
    /* [v5:MQTT-3.2.2-9] [v5:MQTT-3.2.2-10] */
    bool subscribe = end->last_received_type == DRILL_SUBSCRIBE;
    drill_check_fail(oracle, subscribe ? RULE_SUBSCRIBE_ANY : RULE_ANNOUNCED,
                     CHECK_PACKETS(end->last_received_event, event->number),
                     "the broker disconnects %s with 0x9B; its Maximum QoS is %u, and %s",
                     drill_check_client_name(conn), (unsigned)conn->grants.qos_max,
                     subscribe ? "a SUBSCRIBE may ask for any" : "nothing above it was published");
}

/* Refusing what was within the Maximum QoS that it announced, or did not. */
static void ack_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered) {
        drill_check_pass(oracle, RULE_ANNOUNCED);
    }
}

static void suback_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    for (size_t i = 0; request != NULL && i < request->count; i++) {
        if (request->requested[i] > event->conn->grants.qos_max) {
            drill_check_pass(oracle, RULE_SUBSCRIBE_ANY);
        }
    }
}

static void client_publishes(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const DrillPublishPacket *publish = &event->packet.as.publish;
    unsigned qos = (unsigned)publish->qos;
    if (!conn->client_connack) {
        return;
    }
    if (conn->grants.qos_max < 2) {
        /* [v5:MQTT-3.2.2-11] */
        if (qos > conn->grants.qos_max) {
            drill_check_fail(oracle, RULE_CLIENT_QOS,
                             CHECK_PACKETS(conn->connack_event, event->number),
                             "%s publishes at QoS %u; expected: at most %u, the server's Maximum "
                             "QoS",
                             event->node->name, qos, (unsigned)conn->grants.qos_max);
        } else {
            drill_check_pass(oracle, RULE_CLIENT_QOS);
        }
    }
    if (!conn->grants.retain) {
        /* [v5:MQTT-3.2.2-14] */
        if (publish->retain) {
            drill_check_fail(oracle, RULE_CLIENT_RETAIN,
                             CHECK_PACKETS(conn->connack_event, event->number),
                             "%s publishes with RETAIN 1 although the server retains nothing",
                             event->node->name);
        } else {
            drill_check_pass(oracle, RULE_CLIENT_RETAIN);
        }
    }
}

static void event_limits(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event)) {
        return;
    }
    DrillPacketType type = event->packet.type;
    if (event->side == CHECK_CLIENT) {
        if (type == DRILL_PUBLISH) {
            client_publishes(oracle, event);
        }
    } else if (type == DRILL_CONNACK) {
        connack_sent(oracle, event);
    } else if (type == DRILL_DISCONNECT) {
        disconnect_sent(oracle, event);
    } else if (type == DRILL_SUBACK) {
        suback_sent(oracle, event);
    } else if (type == DRILL_PUBACK || type == DRILL_PUBREC) {
        ack_sent(oracle, event);
    }
}

CHECK_ORACLE(limits, "what a server announces in CONNACK, and the identifiers it assigns", NULL,
             event_limits, NULL);
