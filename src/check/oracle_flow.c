/* Flow control (5.0 sections 3.3.4 and 4.9): nobody has more unfinished QoS 1 and 2 PUBLISH packets
 * under way than its peer's Receive Maximum, and that holds back nothing else. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(CLIENT, "v5:MQTT-3.3.4-7")                                                               \
    ONLY5(CLIENT_OTHERS, "v5:MQTT-3.3.4-8")                                                        \
    ONLY5(SERVER, "v5:MQTT-3.3.4-9")                                                               \
    ONLY5(SERVER_OTHERS, "v5:MQTT-3.3.4-10")                                                       \
    ONLY5(START, "v5:MQTT-4.9.0-1")                                                                \
    ONLY5(QUOTA, "v5:MQTT-4.9.0-2")                                                                \
    ONLY5(OTHERS, "v5:MQTT-4.9.0-3")

CHECK_RULES(RULES);

static CheckSide peer_of(CheckSide side) {
    return side == CHECK_CLIENT ? CHECK_SERVER : CHECK_CLIENT;
}

/* Until CONNACK has come, the client does not know the server's. */
static bool knows(const CheckConn *conn, CheckSide side) {
    return side == CHECK_SERVER || conn->client_connack;
}

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const CheckEnd *end = &conn->end[event->side];
    uint32_t most = conn->limits[peer_of(event->side)].receive_maximum;
    size_t own = event->side == CHECK_SERVER ? RULE_SERVER : RULE_CLIENT;
    size_t quota = end->acknowledged ? RULE_QUOTA : RULE_START;
    if (end->unfinished <= most) {
        drill_check_pass(oracle, own);
    }
    if (end->quota_used <= most) {
        drill_check_pass(oracle, quota);
    }
    if (end->unfinished <= most) {
        return;
    }
    const char *who = drill_check_party_name(conn, event->side);
    unsigned id = event->packet.as.publish.packet_identifier;
    const uint64_t *packets = CHECK_PACKETS(event->number, end->last_received_event);
    /* [v5:MQTT-3.3.4-7] [v5:MQTT-3.3.4-9] */
    drill_check_fail(
        oracle, own, packets,
        "%s sends a PUBLISH (Packet Identifier %u, connection of %s) as number %u of "
        "those that are not finished; expected: at most %u, the peer's Receive Maximum",
        who, id, drill_check_client_name(conn), (unsigned)end->unfinished, (unsigned)most);
    if (end->quota_used <= most) {
        return; /* the letter of 4.9: every PUBACK and PUBCOMP gives quota back, whatever it answers
                 */
    }
    /* [v5:MQTT-4.9.0-1] [v5:MQTT-4.9.0-2] */
    drill_check_fail(oracle, quota, packets,
                     "%s has no send quota left when it sends the PUBLISH with Packet Identifier "
                     "%u (connection of %s); expected: it waits for an acknowledgement",
                     who, id, drill_check_client_name(conn));
}

static void event_flow(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || !drill_check_is_v5(event->conn) ||
        !knows(event->conn, event->side)) {
        return;
    }
    const DrillPacket *packet = &event->packet;
    if (packet->type == DRILL_PUBLISH && packet->as.publish.qos != DRILL_QOS_0) {
        publish_sent(oracle, event);
        return;
    }
    if (event->conn->end[event->side].unfinished >=
        event->conn->limits[peer_of(event->side)].receive_maximum) {
        drill_check_pass(oracle,
                         event->side == CHECK_SERVER ? RULE_SERVER_OTHERS : RULE_CLIENT_OTHERS);
        drill_check_pass(oracle, RULE_OTHERS);
    }
}

static void owed_flow(CheckOracle *oracle, CheckConn *conn, CheckSide side, const CheckOwed *owed,
                      bool closed) {
    bool full = conn->end[side].unfinished >= conn->limits[peer_of(side)].receive_maximum;
    if (!drill_check_is_v5(conn) || closed || !full || !knows(conn, side) ||
        (side == CHECK_CLIENT && drill_check_client_withholds(conn, owed))) {
        return;
    }
    const char *who = drill_check_party_name(conn, side);
    const char *answer = drill_packet_type_name(owed->type);
    /* [v5:MQTT-3.3.4-8] [v5:MQTT-3.3.4-10] [v5:MQTT-4.9.0-3] only PUBLISH waits for quota */
    drill_check_missing(oracle, side == CHECK_SERVER ? RULE_SERVER_OTHERS : RULE_CLIENT_OTHERS,
                        CHECK_PACKETS(owed->request_event),
                        "%s, at the Receive Maximum, never sent the %s it owes (connection of %s); "
                        "expected: only PUBLISH packets wait",
                        who, answer, drill_check_client_name(conn));
    drill_check_missing(oracle, RULE_OTHERS, CHECK_PACKETS(owed->request_event),
                        "%s has no send quota and does not answer with %s (connection of %s); "
                        "expected: every other packet is handled and answered",
                        who, answer, drill_check_client_name(conn));
}

/* Would a quota of zero explain that it does not come? The client named a limit, and nothing that
 * needs quota was sent since the message was there to be sent. What else a broker loses, wills or
 * what it had before it crashed, is for other oracles. */
static bool held_back(CheckOracle *oracle, const CheckConn *conn, const CheckExpect *expect) {
    const CheckMessage *message = expect->message;
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    return !message->is_will && message->recv_ns >= oracle->model->down_ns &&
           conn->limits[CHECK_CLIENT].receive_maximum < UINT16_MAX && end->unfinished == 0 &&
           end->last_quota_ns < message->recv_ns &&
           drill_check_expect_missing(oracle->model, expect);
}

/* [v5:MQTT-4.9.0-1] a quota of at least 1 and nothing unfinished: what waits can go. */
static void stuck(CheckOracle *oracle, const CheckSession *session) {
    const CheckConn *conn = session->conn;
    for (const CheckExpect *expect = session->open_first; expect != NULL;
         expect = expect->next_open) {
        if (held_back(oracle, conn, expect)) {
            drill_check_about(oracle, conn);
            drill_check_missing(
                oracle, RULE_START, CHECK_PACKETS(expect->message->event, conn->connack_event),
                "the broker holds a message on \"%.80s\" for %s, has nothing "
                "unfinished under way to it, and does not send it; expected: a "
                "send quota of at least 1",
                expect->message->content->topic->name, drill_check_client_name(conn));
            return;
        }
    }
}

static void finish_flow(CheckOracle *oracle) {
    drill_check_each_owed(oracle, owed_flow);
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        if (identity != NULL && identity->session != NULL &&
            drill_check_is_v5(identity->session->conn)) {
            stuck(oracle, identity->session);
        }
    }
}

CHECK_ORACLE(flow, "Receive Maximum: unfinished PUBLISH packets, and what they may not hold back",
             NULL, event_flow, finish_flow);
