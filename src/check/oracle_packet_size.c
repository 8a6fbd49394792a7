/* Maximum Packet Size of 5.0, both ways; what is optional is left out where it would not fit, and a
 * message that does not fit is dropped without more ado. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(SERVER, "v5:MQTT-3.1.2-24")                                                              \
    ONLY5(DROPPED, "v5:MQTT-3.1.2-25")                                                             \
    ONLY5(CLIENT, "v5:MQTT-3.2.2-15")                                                              \
    ONLY5(CONNACK_REASON, "v5:MQTT-3.2.2-19")                                                      \
    ONLY5(CONNACK_USER, "v5:MQTT-3.2.2-20")                                                        \
    ONLY5(PUBACK_REASON, "v5:MQTT-3.4.2-2")                                                        \
    ONLY5(PUBACK_USER, "v5:MQTT-3.4.2-3")                                                          \
    ONLY5(PUBREC_REASON, "v5:MQTT-3.5.2-2")                                                        \
    ONLY5(PUBREC_USER, "v5:MQTT-3.5.2-3")                                                          \
    ONLY5(PUBREL_REASON, "v5:MQTT-3.6.2-2")                                                        \
    ONLY5(PUBREL_USER, "v5:MQTT-3.6.2-3")                                                          \
    ONLY5(PUBCOMP_REASON, "v5:MQTT-3.7.2-2")                                                       \
    ONLY5(PUBCOMP_USER, "v5:MQTT-3.7.2-3")                                                         \
    ONLY5(SUBACK_REASON, "v5:MQTT-3.9.2-1")                                                        \
    ONLY5(SUBACK_USER, "v5:MQTT-3.9.2-2")                                                          \
    ONLY5(UNSUBACK_REASON, "v5:MQTT-3.11.2-1")                                                     \
    ONLY5(UNSUBACK_USER, "v5:MQTT-3.11.2-2")                                                       \
    ONLY5(DISCONNECT_REASON, "v5:MQTT-3.14.2-3")                                                   \
    ONLY5(DISCONNECT_USER, "v5:MQTT-3.14.2-4")                                                     \
    ONLY5(AUTH_REASON, "v5:MQTT-3.15.2-2")                                                         \
    ONLY5(AUTH_USER, "v5:MQTT-3.15.2-3")

CHECK_RULES(RULES);

/* The rule about the Reason String of a packet; the one about its User Properties follows it. */
static size_t rule_of(DrillPacketType type) {
    static const size_t rules[] = {
        [DRILL_CONNACK] = RULE_CONNACK_REASON,   [DRILL_PUBACK] = RULE_PUBACK_REASON,
        [DRILL_PUBREC] = RULE_PUBREC_REASON,     [DRILL_PUBREL] = RULE_PUBREL_REASON,
        [DRILL_PUBCOMP] = RULE_PUBCOMP_REASON,   [DRILL_SUBACK] = RULE_SUBACK_REASON,
        [DRILL_UNSUBACK] = RULE_UNSUBACK_REASON, [DRILL_DISCONNECT] = RULE_DISCONNECT_REASON,
        [DRILL_AUTH] = RULE_AUTH_REASON};
    return (size_t)type < DRILL_ARRAY_COUNT(rules) ? rules[type] : 0; /* 0: none */
}

static void judge(CheckOracle *oracle, const CheckEvent *event, size_t rule, uint32_t most,
                  const char *because) {
    if (event->bytes.size <= most) {
        drill_check_pass(oracle, rule);
        return;
    }
    drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                     "%s sends %s of %u bytes (connection of %s)%s; expected: at most %u, the "
                     "peer's Maximum Packet Size",
                     drill_check_party_name(event->conn, event->side),
                     drill_packet_type_name(event->packet.type), (unsigned)event->bytes.size,
                     drill_check_client_name(event->conn), because, (unsigned)most);
}

/* [v5:MQTT-3.1.2-25] a message that certainly did not fit was passed over. */
static void passed_over(CheckOracle *oracle, const CheckEvent *event) {
    const CheckMessage *message = event->delivery.message;
    if (event->delivery.kind != CHECK_DELIVERY_LIVE) {
        return;
    }
    for (const CheckExpect *expect = event->session->open_first; expect != NULL;
         expect = expect->next_open) {
        if (expect->message->number < message->number &&
            drill_check_too_big(event->session, expect->message)) {
            drill_check_pass(oracle, RULE_DROPPED);
            return;
        }
    }
}

static void sent(CheckOracle *oracle, const CheckEvent *event, const CheckLimits *limits) {
    bool server = event->side == CHECK_SERVER;
    DrillPacket packet = event->packet;
    const DrillProperties *properties = drill_packet_properties(&packet);
    DrillProperty found;
    size_t rule = rule_of(packet.type);
    judge(oracle, event, server ? RULE_SERVER : RULE_CLIENT, limits->packet_bytes_max, "");
    if (rule != 0 && drill_properties_find(*properties, DRILL_REASON_STRING, &found)) {
        judge(oracle, event, rule, limits->packet_bytes_max, " with a Reason String");
    }
    if (rule != 0 && drill_properties_find(*properties, DRILL_USER_PROPERTY, &found)) {
        judge(oracle, event, rule + 1, limits->packet_bytes_max, " with User Properties");
    }
    if (server && event->packet.type == DRILL_PUBLISH && event->session != NULL) {
        passed_over(oracle, event);
    }
    if (server && event->packet.type == DRILL_DISCONNECT &&
        event->packet.as.reason.reason_code == DRILL_REASON_PACKET_TOO_LARGE &&
        event->conn->offence_event == 0) {
        drill_check_fail(oracle, RULE_DROPPED, CHECK_PACKETS(event->number),
                         "the broker disconnects %s with 0x95 although no packet of it was too "
                         "large; expected: what is too large for it is dropped, and nothing more",
                         drill_check_client_name(event->conn));
    }
}

static void event_packet_size(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || !drill_check_is_v5(event->conn)) {
        return;
    }
    const CheckConn *conn = event->conn;
    const CheckLimits *limits =
        &conn->limits[event->side == CHECK_SERVER ? CHECK_CLIENT : CHECK_SERVER];
    bool known = event->side == CHECK_SERVER || conn->client_connack;
    if (known && limits->packet_limited) {
        sent(oracle, event, limits);
    }
}

/* One that is too large stopped those behind it. */
static void finish_session(CheckOracle *oracle, const CheckSession *session) {
    const CheckExpect *large = NULL;
    for (const CheckExpect *expect = session->open_first; expect != NULL;
         expect = expect->next_open) {
        if (drill_check_too_big(session, expect->message)) {
            large = expect;
        } else if (large != NULL && drill_check_expect_missing(oracle->model, expect)) {
            drill_check_missing(
                oracle, RULE_DROPPED, CHECK_PACKETS(large->message->event, expect->message->event),
                "%s never got the message on \"%.80s\" that follows one larger than its Maximum "
                "Packet Size; expected: the large one is dropped and the others go on",
                drill_check_client_name(session->conn), expect->message->content->topic->name);
        }
    }
}

static void finish_packet_size(CheckOracle *oracle) {
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        const CheckSession *session = identity == NULL ? NULL : identity->session;
        if (session != NULL && session->conn->limits[CHECK_CLIENT].packet_limited) {
            drill_check_about(oracle, session->conn);
            finish_session(oracle, session);
        }
    }
}

CHECK_TIMELESS_ORACLE(packet_size, "Maximum Packet Size, both ways, and what gives way to it", NULL,
                      event_packet_size, finish_packet_size);
