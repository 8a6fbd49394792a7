/* What a client does with each packet from the server. */
#include "mqtt/client_state.h"

#include "base/arena.h"

/* --- our Receive Maximum --- */

void drill_client_inbound_done(DrillClient *client, uint64_t counted_on) {
    if (counted_on == client->connections && client->inbound_open > 0) client->inbound_open--;
}

/* False: the server has more open than it was allowed, and the connection is closed. */
static bool count_inbound(DrillClient *client, uint64_t now_ns) {
    static const DrillClientRule rule = {NULL, "v5:MQTT-3.3.4-9", 0x93,
                                         "more unfinished messages than our Receive Maximum"};
    if (client->config.version != DRILL_MQTT_5_0) return true;
    if (client->inbound_open < client->own.receive_maximum) {
        client->inbound_open++;
        return true;
    }
    /* [v5:MQTT-3.3.4-9] */
    drill_client_violate(client, &rule, now_ns);
    return false;
}

/* --- PUBLISH --- */

static void owe(DrillClient *client, const DrillPublishPacket *publish, uint64_t now_ns) {
    if (!client->config.manual_acks) {
        DrillAckPacket answer = {.packet_identifier = publish->packet_identifier};
        if (publish->qos == DRILL_QOS_1) drill_client_inbound_done(client, client->connections);
        /* [v3:MQTT-4.5.0-2] [v5:MQTT-4.5.0-2] whatever the application makes of it. */
        drill_client_answer(client, publish->qos, &answer, now_ns);
        return;
    }
    DrillOwedAck *owed = DRILL_NEW(client->allocator, DrillOwedAck);
    owed->packet_identifier = publish->packet_identifier;
    owed->qos = publish->qos;
    owed->counted_on = client->connections;
    if (client->last_owed != NULL)
        client->last_owed->next = owed;
    else
        client->first_owed = owed;
    client->last_owed = owed;
}

static bool is_waiting(const DrillClient *client) {
    return drill_inflight_open(&client->inflight) > 0 || client->inflight.requests.count > 0;
}

/* The Topic Name, where a Topic Alias stands for it. False: it stands for none. */
static bool resolve(DrillClient *client, DrillPublishPacket *publish, uint64_t now_ns) {
    static const DrillClientRule rule_none = {NULL, "v5:MQTT-3.1.2-27", 0x94,
                                              "a Topic Alias, though we accept none"};
    static const DrillClientRule rule_above = {NULL, "v5:MQTT-3.1.2-26", 0x94,
                                               "a Topic Alias above our maximum"};
    static const DrillClientRule rule_unknown = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                                 "this Topic Alias has not been given a topic"};
    const DrillClientRule *rule = NULL;
    DrillProperty alias;
    if (!drill_properties_find(publish->properties, DRILL_TOPIC_ALIAS, &alias)) return true;
    /* [v5:MQTT-3.3.2-10] all up to our maximum. */
    switch (drill_aliases_in_take(&client->aliases_in, alias.number, &publish->topic)) {
    case DRILL_ALIAS_OK:
        return true;
    case DRILL_ALIAS_INVALID:
        /* [v5:MQTT-3.1.2-26] [v5:MQTT-3.1.2-27] */
        rule = client->own.topic_alias_maximum == 0 ? &rule_none : &rule_above;
        break;
    case DRILL_ALIAS_UNKNOWN:
        rule = &rule_unknown;
        break;
    }
    drill_client_violate(client, rule, now_ns);
    return false;
}

typedef enum Arrival { ARRIVAL_NEW, ARRIVAL_AGAIN, ARRIVAL_TOO_MANY } Arrival;

/* Of QoS 2: whether it has come before. */
static Arrival take_held(DrillClient *client, uint16_t packet_identifier, uint64_t now_ns) {
    DrillHeld *held = drill_inflight_held(&client->inflight, packet_identifier);
    bool known = held != NULL;
    bool counted = known && held->counted_on == client->connections;
    if (!counted && !count_inbound(client, now_ns)) return ARRIVAL_TOO_MANY;
    if (!known) held = drill_inflight_hold(&client->inflight, packet_identifier);
    if (DRILL_CLIENT_DEFECT(client, C_QOS2_ONE_MAP)) {
        const DrillExchange *own = drill_inflight_find(&client->inflight, packet_identifier);
        known = known || (own != NULL && own->state == DRILL_EXCHANGE_PUBCOMP_DUE);
    }
    if (DRILL_CLIENT_DEFECT(client, C_QOS2_COPIES_HANDED_OVER)) known = false;
    held->counted_on = client->connections;
    return known ? ARRIVAL_AGAIN : ARRIVAL_NEW;
}

static void on_publish(DrillClient *client, const DrillPublishPacket *packet, uint64_t now_ns) {
    DrillPublishPacket publish = *packet;
    if (DRILL_CLIENT_DEFECT(client, C_PUBLISH_LOST_WHILE_WAITING) && is_waiting(client)) return;
    if (!resolve(client, &publish, now_ns)) return;
    bool again = publish.qos == DRILL_QOS_1 && !publish.dup &&
                 publish.packet_identifier == client->newest_qos1;
    if (publish.qos == DRILL_QOS_1) client->newest_qos1 = publish.packet_identifier;
    Arrival arrival = ARRIVAL_NEW;
    if (publish.qos == DRILL_QOS_2)
        arrival = take_held(client, publish.packet_identifier, now_ns);
    else if (publish.qos == DRILL_QOS_1 && !count_inbound(client, now_ns))
        arrival = ARRIVAL_TOO_MANY;
    if (arrival == ARRIVAL_TOO_MANY) return;
    /* [v3:MQTT-4.3.3-2] [v5:MQTT-4.3.3-10] a repeated QoS 2 PUBLISH is answered again, but not
     * handed over again. */
    if (arrival == ARRIVAL_NEW && client->hooks.message != NULL)
        client->hooks.message(client->hooks.context, &publish, now_ns);
    if (publish.qos == DRILL_QOS_0) return;
    if (DRILL_CLIENT_DEFECT(client, C_NO_ACK_WITHOUT_DUP) && again) return;
    owe(client, &publish, now_ns);
}

static void on_pubrel(DrillClient *client, uint16_t packet_identifier, uint64_t now_ns) {
    static const DrillClientRule rule = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                         "PUBREL for an identifier that is not held"};
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    DrillHeld *held = drill_inflight_held(&client->inflight, packet_identifier);
    if (held == NULL && DRILL_CLIENT_DEFECT(client, C_INBOUND_IDS_LOST_ON_CLOSE)) return;
    if (held == NULL && DRILL_CLIENT_DEFECT(client, C_UNKNOWN_PUBREL_ERROR)) {
        drill_client_violate(client, &rule, now_ns);
        return;
    }
    uint8_t reason_code = held == NULL && v5 ? DRILL_REASON_PACKET_IDENTIFIER_NOT_FOUND : 0;
    if (held != NULL) {
        drill_client_inbound_done(client, held->counted_on);
        drill_inflight_unhold(&client->inflight, held);
    }
    if (DRILL_CLIENT_DEFECT(client, C_PUBCOMP_MISSING)) return;
    /* [v3:MQTT-4.3.3-2] [v5:MQTT-4.3.3-11] PUBCOMP, whether the identifier is held or not. */
    drill_client_send_ack(client, DRILL_PUBCOMP, packet_identifier, reason_code, now_ns);
}

/* --- acknowledgements of what we sent --- */

static void complete(DrillClient *client, DrillExchange *exchange, uint8_t reason_code,
                     uint64_t now_ns) {
    DrillMessageId message = exchange->tag;
    client->completed_published_ns = exchange->message->published_ns;
    client->leaked++;
    if (!DRILL_CLIENT_DEFECT(client, C_COMPLETED_NOT_REMOVED))
        drill_inflight_forget(&client->inflight, exchange);
    if (client->hooks.acknowledged != NULL)
        client->hooks.acknowledged(client->hooks.context, message, reason_code, now_ns);
    drill_client_pump(client, now_ns);
}

static void release_exchange(DrillClient *client, DrillExchange *exchange_or_null,
                             uint16_t packet_identifier, uint64_t now_ns) {
    if (DRILL_CLIENT_DEFECT(client, C_PUBREL_MISSING)) return;
    if (DRILL_CLIENT_DEFECT(client, C_QUOTA_BLOCKS_PUBREL) &&
        !drill_inflight_may_send(&client->inflight))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_UNKNOWN_PUBREC_IGNORED) && exchange_or_null == NULL) return;
    if (exchange_or_null != NULL) {
        exchange_or_null->sent_ns = now_ns;
        drill_client_arm_retry(client, now_ns);
    }
    bool unknown = exchange_or_null == NULL && client->config.version == DRILL_MQTT_5_0;
    if (DRILL_CLIENT_DEFECT(client, C_PUBRELS_SWAPPED)) {
        if (client->kept_pubrel != 0) {
            drill_client_send_ack(client, DRILL_PUBREL, packet_identifier, 0, now_ns);
            packet_identifier = client->kept_pubrel;
            client->kept_pubrel = 0;
        } else {
            client->kept_pubrel = packet_identifier;
            return;
        }
    }
    /* [v3:MQTT-4.3.3-1] [v5:MQTT-4.3.3-4] PUBREC is answered by PUBREL with its identifier. */
    drill_client_send_ack(client, DRILL_PUBREL, packet_identifier,
                          unknown ? DRILL_REASON_PACKET_IDENTIFIER_NOT_FOUND : 0, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_QUOTA_FREED_ON_PUBREC)) drill_client_pump(client, now_ns);
}

/* Defect: the oldest message must be acknowledged first. */
static bool has_older(const DrillClient *client, const DrillExchange *exchange) {
    const DrillExchange *a = client->inflight.publishing.first;
    const DrillExchange *b = client->inflight.releasing.first;
    return (a != NULL && a->tag < exchange->tag) || (b != NULL && b->tag < exchange->tag);
}

static void on_acknowledgement(DrillClient *client, DrillPacketType type, const DrillAckPacket *ack,
                               uint64_t now_ns) {
    static const DrillClientRule rule = {"v3:MQTT-4.8.0-1", "v5:MQTT-3.3.4-1", 0x82,
                                         "this exchange awaits another acknowledgement"};
    DrillExchange *exchange = drill_inflight_find(&client->inflight, ack->packet_identifier);
    bool refused = drill_reason_is_failure(ack->reason_code) && exchange != NULL;
    if (DRILL_CLIENT_DEFECT(client, C_LATE_ACK_IS_ERROR) && client->resumed && exchange != NULL &&
        exchange->tag <= client->newest_replayed) {
        drill_client_violate(client, &rule, now_ns);
        return;
    }
    if (DRILL_CLIENT_DEFECT(client, C_ACK_NEEDS_ORDER) && exchange != NULL &&
        has_older(client, exchange))
        return;
    if (DRILL_CLIENT_DEFECT(client, C_PUBREL_AFTER_ERROR_PUBREC) && refused && type == DRILL_PUBREC)
        drill_client_send_ack(client, DRILL_PUBREL, ack->packet_identifier, 0, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_ERROR_ACK_RESENT) && refused) return;
    switch (drill_inflight_acknowledge(&client->inflight, type, ack->packet_identifier,
                                       ack->reason_code, &exchange)) {
    case DRILL_STEP_IGNORE:
        break;
    case DRILL_STEP_RELEASE:
        release_exchange(client, exchange, ack->packet_identifier, now_ns);
        break;
    case DRILL_STEP_COMPLETE:
        /* [v5:MQTT-4.4.0-2] also with a Reason Code of 0x80 or more. */
        complete(client, exchange, ack->reason_code, now_ns);
        break;
    case DRILL_STEP_VIOLATION:
        drill_client_violate(client, &rule, now_ns);
        break;
    }
}

static bool has_code_per_filter(const DrillClient *client, DrillPacketType type,
                                const DrillSubackPacket *suback, const DrillExchange *exchange) {
    bool has_codes = type == DRILL_SUBACK || client->config.version == DRILL_MQTT_5_0;
    return !has_codes || suback->reason_codes.size == exchange->filter_count;
}

static void on_suback(DrillClient *client, DrillPacketType type, const DrillSubackPacket *suback,
                      uint64_t now_ns) {
    /* [v3:MQTT-3.8.4-5] [v5:MQTT-3.8.4-6] [v5:MQTT-3.11.3-2] a code per filter. */
    static const DrillClientRule rule_suback = {"v3:MQTT-3.8.4-5", "v5:MQTT-3.8.4-6", 0x82,
                                                "SUBACK has not one return code per filter"};
    static const DrillClientRule rule_unsuback = {NULL, "v5:MQTT-3.11.3-2", 0x82,
                                                  "UNSUBACK has not one Reason Code per filter"};
    static const DrillClientRule rule_other = {"v3:MQTT-2.3.1-7", "v5:MQTT-2.2.1-6", 0x82,
                                               "this identifier belongs to another exchange"};
    DrillExchange *exchange = NULL;
    switch (drill_inflight_acknowledge(&client->inflight, type, suback->packet_identifier, 0,
                                       &exchange)) {
    case DRILL_STEP_COMPLETE:
        if (!has_code_per_filter(client, type, suback, exchange)) {
            drill_client_violate(client, type == DRILL_SUBACK ? &rule_suback : &rule_unsuback,
                                 now_ns);
            return;
        }
        drill_inflight_forget(&client->inflight, exchange);
        if (client->hooks.suback != NULL)
            client->hooks.suback(client->hooks.context, type, suback, now_ns);
        drill_client_pump(client, now_ns);
        break;
    case DRILL_STEP_IGNORE:
    case DRILL_STEP_RELEASE:
        break;
    case DRILL_STEP_VIOLATION:
        drill_client_violate(client, &rule_other, now_ns);
        break;
    }
}

/* --- the rest --- */

static void on_disconnect(DrillClient *client, const DrillReasonPacket *disconnect,
                          uint64_t now_ns) {
    static const DrillClientRule rule = {NULL, "v5:MQTT-3.14.2-2", 0x82,
                                         "a server's DISCONNECT has a Session Expiry Interval"};
    DrillProperty property;
    if (drill_properties_find(disconnect->properties, DRILL_SESSION_EXPIRY_INTERVAL, &property)) {
        /* [v5:MQTT-3.14.2-2] */
        drill_client_violate(client, &rule, now_ns);
        return;
    }
    if (client->hooks.disconnected != NULL)
        client->hooks.disconnected(client->hooks.context, disconnect, now_ns);
    drill_client_close(client, DRILL_CLIENT_CLOSE_TOLD, now_ns);
}

static void on_pingresp(DrillClient *client, uint64_t now_ns) {
    client->ping_open = false;
    if (client->hooks.pingresp != NULL) client->hooks.pingresp(client->hooks.context, now_ns);
}

static void dispatch(DrillClient *client, const DrillPacket *packet, uint64_t now_ns) {
    static const DrillClientRule rule = {"v3:MQTT-4.8.0-1", NULL, 0x82,
                                         "a packet that only clients send"};
    switch (packet->type) {
    case DRILL_CONNACK:
        drill_client_on_connack(client, &packet->as.connack, now_ns);
        return;
    case DRILL_PUBLISH:
        on_publish(client, &packet->as.publish, now_ns);
        return;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBCOMP:
        on_acknowledgement(client, packet->type, &packet->as.ack, now_ns);
        return;
    case DRILL_PUBREL:
        on_pubrel(client, packet->as.ack.packet_identifier, now_ns);
        return;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        on_suback(client, packet->type, &packet->as.suback, now_ns);
        return;
    case DRILL_PINGRESP:
        on_pingresp(client, now_ns);
        return;
    case DRILL_AUTH: /* the decoder lets it pass in 5.0 only */
        drill_client_on_auth(client, &packet->as.reason, now_ns);
        return;
    case DRILL_DISCONNECT:
        if (client->config.version != DRILL_MQTT_5_0) break;
        on_disconnect(client, &packet->as.reason, now_ns);
        return;
    case DRILL_CONNECT:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
        break;
    }
    /* [v3:MQTT-4.8.0-1] */
    drill_client_violate(client, &rule, now_ns);
}

static DrillProperties answer_properties(const DrillPacket *packet) {
    DrillProperties none = {{NULL, 0}, 0};
    switch (packet->type) {
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        return packet->as.ack.properties;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        return packet->as.suback.properties;
    case DRILL_AUTH:
        return packet->as.reason.properties;
    case DRILL_CONNECT:
    case DRILL_CONNACK:
    case DRILL_PUBLISH:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
        break;
    }
    return none;
}

/* Explanations that we asked the server to spare us. */
static bool explains_unasked(const DrillClient *client, const DrillPacket *packet) {
    DrillProperties properties = answer_properties(packet);
    DrillProperty property;
    if (client->own.problem_information) return false;
    return drill_properties_find(properties, DRILL_REASON_STRING, &property) ||
           drill_properties_find(properties, DRILL_USER_PROPERTY, &property);
}

void drill_client_packet(DrillClient *client, DrillSpan bytes, uint64_t now_ns) {
    static const DrillClientRule rule_early = {"v3:MQTT-3.2.0-1", "v5:MQTT-3.2.0-1", 0x82,
                                               "a packet before CONNACK"};
    static const DrillClientRule rule_problem = {
        NULL, "v5:MQTT-3.1.2-29", 0x82, "a Reason String or User Property that was not asked for"};
    DrillPacket packet;
    DrillFault fault = {0};
    DrillResult result = drill_codec_decode(bytes, client->config.version, &packet, &fault);
    bool early = client->state == DRILL_CLIENT_CONNECTING;
    if (result != DRILL_OK) {
        /* [v3:MQTT-4.8.0-1] */
        drill_client_violation(client, &fault, now_ns);
    } else if (early && packet.type != DRILL_CONNACK && packet.type != DRILL_AUTH) {
        /* [v3:MQTT-3.2.0-1] [v5:MQTT-3.2.0-1] */
        drill_client_violate(client, &rule_early, now_ns);
    } else if (explains_unasked(client, &packet)) {
        /* [v5:MQTT-3.1.2-29] */
        drill_client_violate(client, &rule_problem, now_ns);
    } else {
        dispatch(client, &packet, now_ns);
    }
}
