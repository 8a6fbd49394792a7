/* Packet Identifiers: free when taken, kept when resent, repeated in answers. */
#include "check/oracle.h"

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(CLIENT_FREE, "v3:MQTT-2.3.1-2", "v5:MQTT-2.2.1-3")                                        \
    ONLY3(CLIENT_KEEPS, "v3:MQTT-2.3.1-3")                                                         \
    BOTH(SERVER_FREE, "v3:MQTT-2.3.1-4", "v5:MQTT-2.2.1-4")                                        \
    BOTH(NONE_AT_QOS0, "v3:MQTT-2.3.1-5", "v5:MQTT-2.2.1-2")                                       \
    BOTH(ANSWERS, "v3:MQTT-2.3.1-6", "v5:MQTT-2.2.1-5")                                            \
    ONLY5(QOS1_FREE, "v5:MQTT-4.3.2-1")                                                            \
    ONLY5(QOS2_FREE, "v5:MQTT-4.3.3-1")                                                            \
    ONLY5(PUBLISH_OPEN, "v5:MQTT-4.3.2-3")                                                         \
    ONLY5(PUBLISH_OPEN2, "v5:MQTT-4.3.3-3")                                                        \
    ONLY5(PUBREL_OPEN, "v5:MQTT-4.3.3-5")                                                          \
    BOTH(SUBACK, "v3:MQTT-2.3.1-7", "v5:MQTT-2.2.1-6")

CHECK_RULES(RULES);

/* SUBSCRIBE and UNSUBSCRIBE of clients that wait for their answer: (connection, identifier) ->
 * request's event number. */
typedef struct PacketIdState {
    DrillMap *waiting;
} PacketIdState;

static void init_packet_id(CheckOracle *oracle) {
    PacketIdState *state = DRILL_NEW(oracle->allocator, PacketIdState);
    state->waiting = drill_map_new(oracle->allocator);
    oracle->state = state;
}

static uint64_t *waiting(CheckOracle *oracle, const CheckEvent *event, uint16_t packet_identifier,
                         bool take) {
    PacketIdState *state = oracle->state;
    uint64_t key[2] = {event->conn->number, packet_identifier};
    DrillSpan span = drill_span(key, sizeof key);
    return take ? drill_map_remove(state->waiting, span) : drill_map_get(state->waiting, span);
}

static void clash(CheckOracle *oracle, const CheckEvent *event, uint64_t earlier,
                  uint16_t packet_identifier) {
    bool server = event->side == CHECK_SERVER;
    /* [v3:MQTT-2.3.1-2] [v3:MQTT-2.3.1-4] a new packet takes an identifier that is not in use */
    drill_check_fail(
        oracle, server ? RULE_SERVER_FREE : RULE_CLIENT_FREE, CHECK_PACKETS(earlier, event->number),
        "%s uses Packet Identifier %u for a new %s (connection of %s) while an earlier exchange "
        "with it is not "
        "finished; expected: a free identifier",
        drill_check_party_name(event->conn, event->side), (unsigned)packet_identifier,
        drill_packet_type_name(event->packet.type), drill_check_client_name(event->conn));
}

/* 5.0 says what a new identifier has to be once more for each QoS, and that an exchange goes on
 * until its last acknowledgement. */
static void publish_clash(CheckOracle *oracle, const CheckEvent *event) {
    const CheckExchange *before = &event->before;
    unsigned id = event->packet.as.publish.packet_identifier;
    const char *who = drill_check_party_name(event->conn, event->side);
    const char *client = drill_check_client_name(event->conn);
    const uint64_t *packets = CHECK_PACKETS(before->first_event, event->number);
    size_t rule = before->stage != CHECK_STAGE_PUBLISHED ? RULE_PUBREL_OPEN
                  : before->qos == 1                     ? RULE_PUBLISH_OPEN
                                                         : RULE_PUBLISH_OPEN2;
    drill_check_fail(oracle,
                     event->packet.as.publish.qos == DRILL_QOS_1 ? RULE_QOS1_FREE : RULE_QOS2_FREE,
                     packets,
                     "%s gives a new message Packet Identifier %u (connection of %s), which is in "
                     "use; expected: an unused one",
                     who, id, client);
    drill_check_fail(oracle, rule, packets,
                     "%s takes Packet Identifier %u (connection of %s) for a new message before "
                     "the last acknowledgement of the exchange that has it; expected: the exchange "
                     "goes on until then",
                     who, id, client);
}

/* [v3:MQTT-2.3.1-3] what is sent again keeps its identifier */
static void renumbered(CheckOracle *oracle, const CheckEvent *event) {
    DrillMap *out = event->party->out;
    for (size_t i = 0; i < drill_map_slots(out); i++) {
        const CheckExchange *other = drill_map_at(out, i, NULL);
        if (other != NULL && other != event->exchange && other->due && other->hash == event->hash) {
            drill_check_fail(
                oracle, RULE_CLIENT_KEEPS, CHECK_PACKETS(other->first_event, event->number),
                "%s sends an unacknowledged message again under Packet Identifier %u; "
                "expected: the original %u",
                event->node->name, (unsigned)event->packet.as.publish.packet_identifier,
                (unsigned)other->packet_identifier);
            return;
        }
    }
}

static void publish_sent(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    bool server = event->side == CHECK_SERVER;
    if (publish->qos == DRILL_QOS_0) {
        return;
    }
    if (event->send == CHECK_SEND_CLASH) {
        clash(oracle, event, event->before.first_event, publish->packet_identifier);
        publish_clash(oracle, event);
        return;
    }
    if (event->send == CHECK_SEND_REPEAT && !server) {
        drill_check_pass(oracle, RULE_CLIENT_KEEPS);
    }
    if (event->send != CHECK_SEND_FIRST) {
        return;
    }
    if (publish->dup && !server) {
        renumbered(oracle, event);
    }
    const uint64_t *request =
        server ? NULL : waiting(oracle, event, publish->packet_identifier, false);
    if (request != NULL) {
        clash(oracle, event, *request, publish->packet_identifier);
    } else {
        drill_check_pass(oracle, server ? RULE_SERVER_FREE : RULE_CLIENT_FREE);
        bool one = publish->qos == DRILL_QOS_1;
        drill_check_pass(oracle, one ? RULE_QOS1_FREE : RULE_QOS2_FREE);
        drill_check_pass(oracle, one ? RULE_PUBLISH_OPEN : RULE_PUBLISH_OPEN2);
    }
}

/* Identifier bytes where none belong look like the start of the payload. */
static void stray_identifier(CheckOracle *oracle, const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (publish->qos != DRILL_QOS_0 || event->side != CHECK_SERVER) {
        return;
    }
    if (event->delivery.kind == CHECK_DELIVERY_UNKNOWN && publish->payload.size >= 2) {
        DrillSpan rest = drill_span(publish->payload.data + 2, publish->payload.size - 2);
        const CheckContent *content = drill_check_content(
            oracle->model, publish->topic, drill_check_hash(publish->topic, rest), false);
        if (content != NULL && content->published > 0) {
            /* [v3:MQTT-2.3.1-5] no identifier at QoS 0 */
            drill_check_fail(oracle, RULE_NONE_AT_QOS0,
                             CHECK_PACKETS(event->number, content->first_event),
                             "the payload of a QoS 0 message on \"%.*s\" to %s starts with two "
                             "bytes that were not published; "
                             "expected: no Packet Identifier",
                             CHECK_TOPIC(publish->topic), drill_check_client_name(event->conn));
            return;
        }
    }
    if (event->delivery.message != NULL) {
        drill_check_pass(oracle, RULE_NONE_AT_QOS0);
    }
}

static void request_sent(CheckOracle *oracle, const CheckEvent *event) {
    PacketIdState *state = oracle->state;
    uint16_t packet_identifier = event->packet.as.subscribe.packet_identifier;
    const CheckExchange *exchange = drill_check_exchange_find(event->party->out, packet_identifier);
    const uint64_t *request = waiting(oracle, event, packet_identifier, false);
    if (request != NULL) {
        clash(oracle, event, *request, packet_identifier);
    } else if (exchange != NULL && exchange->stage != CHECK_STAGE_DONE) {
        clash(oracle, event, exchange->first_event, packet_identifier);
    } else {
        drill_check_pass(oracle, RULE_CLIENT_FREE);
    }
    uint64_t key[2] = {event->conn->number, packet_identifier};
    uint64_t *number = DRILL_NEW(oracle->allocator, uint64_t);
    *number = event->number;
    drill_map_set(state->waiting, drill_span(key, sizeof key), number);
}

static void ack_sent(CheckOracle *oracle, const CheckEvent *event) {
    DrillPacketType type = event->packet.type;
    if (event->answered) {
        drill_check_pass(oracle, RULE_ANSWERS);
        if (type == DRILL_PUBREL) {
            drill_check_pass(oracle, RULE_PUBREL_OPEN);
        }
        return;
    }
    bool known = event->had_exchange || type == DRILL_PUBREL || drill_check_answers_offence(event);
    if (known || (event->session != NULL && event->session->unknown_past)) {
        return; /* too many or too late is for oracle_qos1 and oracle_qos2 */
    }
    /* [v3:MQTT-2.3.1-6] the answer carries the identifier of its PUBLISH */
    drill_check_fail(oracle, RULE_ANSWERS, CHECK_PACKETS(event->number),
                     "%s sends %s with Packet Identifier %u (connection of %s), but no PUBLISH "
                     "with it was received; expected: the "
                     "identifier of the PUBLISH",
                     drill_check_party_name(event->conn, event->side), drill_packet_type_name(type),
                     (unsigned)event->packet.as.ack.packet_identifier,
                     drill_check_client_name(event->conn));
}

static void suback_sent(CheckOracle *oracle, const CheckEvent *event) {
    if (event->answered) {
        drill_check_pass(oracle, RULE_SUBACK);
        return;
    }
    if (drill_check_answers_offence(event)) {
        return;
    }
    /* [v3:MQTT-2.3.1-7] the answer carries the identifier of the request */
    drill_check_fail(oracle, RULE_SUBACK, CHECK_PACKETS(event->number),
                     "the broker sends %s with Packet Identifier %u to %s, and no request with it "
                     "waits; expected: the identifier "
                     "of the request",
                     drill_packet_type_name(event->packet.type),
                     (unsigned)event->packet.as.suback.packet_identifier,
                     drill_check_client_name(event->conn));
}

static void event_packet_id(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || !event->judged || !event->decoded || event->party == NULL) {
        return;
    }
    DrillPacketType type = event->packet.type;
    bool suback = type == DRILL_SUBACK || type == DRILL_UNSUBACK;
    if (!event->sent) {
        if (suback && event->side == CHECK_CLIENT) {
            (void)waiting(oracle, event, event->packet.as.suback.packet_identifier, true);
        }
        return;
    }
    if (type == DRILL_PUBLISH) {
        publish_sent(oracle, event);
        stray_identifier(oracle, event);
    } else if (type == DRILL_SUBSCRIBE || type == DRILL_UNSUBSCRIBE) {
        request_sent(oracle, event);
    } else if (suback && event->side == CHECK_SERVER) {
        suback_sent(oracle, event);
    } else if (type == DRILL_PUBACK || type == DRILL_PUBREC || type == DRILL_PUBREL) {
        ack_sent(oracle, event);
    }
}

CHECK_ORACLE(packet_id, "Packet Identifiers are free when taken and repeated in answers",
             init_packet_id, event_packet_id, NULL);
