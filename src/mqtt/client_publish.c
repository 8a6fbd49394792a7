/* How a client's messages leave: waiting, sent, sent again. */
#include <string.h>

#include "base/arena.h"
#include "mqtt/client_state.h"
#include "mqtt/topic.h"

void drill_client_arm_retry(DrillClient *client, uint64_t now_ns) {
    if (client->config.retry_ns == 0) return;
    uint64_t at_ns = now_ns + client->config.retry_ns;
    if (at_ns < client->retry_at_ns) client->retry_at_ns = at_ns;
}

/* --- Topic Aliases --- */

/* How a PUBLISH names its topic. */
typedef struct Naming {
    uint16_t alias; /* 0: by its name alone */
    bool alone;     /* by the alias alone */
    bool asked;     /* the application chose the alias */
} Naming;

static Naming name_topic(const DrillClient *client, DrillSpan topic, DrillMessageId message) {
    Naming naming = {0};
    if (message == client->aliased_message && message != 0) {
        naming.asked = true;
        naming.alias = client->alias;
        naming.alone = client->alias_alone;
        return naming;
    }
    naming.alias = drill_aliases_out_choose(&client->aliases_out, topic, &naming.alone);
    return naming;
}

/* The packet is too large; the bytes of an alias may be what is too much. False: there is none that
 * may be left out. */
static bool by_name_alone(DrillClient *client, Naming *naming) {
    if (naming->alias == 0 || naming->asked) return false;
    *naming = (Naming){0};
    client->refused = false;
    return true;
}

static DrillSpan topic_field(const Naming *naming, DrillSpan topic) {
    return naming->alone ? drill_span(NULL, 0) : topic;
}

static void named(DrillClient *client, const Naming *naming, DrillSpan topic) {
    if (naming->alias != 0) drill_aliases_out_sent(&client->aliases_out, naming->alias, topic);
}

/* --- PUBLISH --- */

static DrillProperties properties_of(DrillClient *client, const DrillMessage *message,
                                     const Naming *naming) {
    DrillPublishExtras extras = {.topic_alias = naming->alias};
    DrillProperties none = {{NULL, 0}, 0};
    if (client->config.version != DRILL_MQTT_5_0) return none;
    static const uint32_t foreign = 7;
    if (DRILL_CLIENT_DEFECT(client, C_SUBSCRIPTION_ID_IN_PUBLISH)) {
        extras.subscription_ids = &foreign;
        extras.subscription_id_count = 1;
    }
    /* The client is not where a message ages: its expiry is sent as it was given. */
    return drill_message_properties(message, &extras, message->published_ns, &client->properties);
}

/* Defect: Packet Identifier 0, which the encoder refuses; 1 was encoded. */
static void zero_identifier(DrillClient *client, size_t topic_bytes) {
    uint8_t *data = client->out.data;
    size_t at = 1;
    while ((data[at++] & 0x80) != 0)
        continue;
    data[at + 2 + topic_bytes + 1] = 0;
}

/* Defect: Topic Alias 0; it is the last but for the message's own properties. */
static void zero_alias(DrillClient *client, const DrillPublishPacket *publish) {
    DrillProperties all = publish->properties;
    DrillProperty property;
    size_t offset = 0;
    while (drill_properties_next(all, &offset, &property) && property.id != DRILL_TOPIC_ALIAS)
        continue;
    size_t behind = all.wire.size - offset + publish->payload.size;
    uint8_t *end = client->out.data + client->out.size - behind;
    end[-1] = end[-2] = 0;
}

/* Into client->out. */
static DrillPacket encode_exchange(DrillClient *client, const DrillExchange *exchange, bool dup,
                                   const Naming *naming) {
    const DrillMessage *message = exchange->message;
    uint16_t packet_identifier = exchange->use.value;
    DrillPacket packet = {
        .type = DRILL_PUBLISH,
        .as.publish = {.dup = dup,
                       .qos = exchange->qos,
                       .retain = exchange->retain,
                       .topic = topic_field(naming, message->topic),
                       .packet_identifier = packet_identifier == 0 ? 1 : packet_identifier,
                       .properties = properties_of(client, message, naming),
                       .payload = message->payload}};
    drill_client_encode(client, &packet);
    return packet;
}

/* False: larger than the server takes, and dropped. */
static bool send_publish(DrillClient *client, DrillExchange *exchange, bool dup, uint64_t now_ns) {
    const DrillMessage *message = exchange->message;
    Naming naming = name_topic(client, message->topic, exchange->tag);
    DrillPacket packet = encode_exchange(client, exchange, dup, &naming);
    if (!drill_client_fits(client) && by_name_alone(client, &naming))
        packet = encode_exchange(client, exchange, dup, &naming);
    if (!drill_client_fits(client)) {
        drill_client_drop(client, exchange, now_ns);
        return false;
    }
    if (DRILL_CLIENT_DEFECT(client, C_ALIAS_ZERO) && naming.alias != 0)
        zero_alias(client, &packet.as.publish);
    if (exchange->use.value == 0) zero_identifier(client, packet.as.publish.topic.size);
    named(client, &naming, message->topic);
    exchange->sent_ns = now_ns;
    drill_client_arm_retry(client, now_ns);
    drill_client_send_out(client, now_ns);
    return true;
}

static bool is_stuck(const DrillClient *client) {
    return DRILL_CLIENT_DEFECT(client, C_INFLIGHT_COUNTER_STUCK) && client->connections > 1;
}

/* Defects: the send quota is counted otherwise than in unfinished messages. */
static bool may_send(const DrillClient *client, const DrillExchange *exchange) {
    const DrillInflight *inflight = &client->inflight;
    if (DRILL_CLIENT_DEFECT(client, C_ID_LEAK) && client->leaked >= 20) return false;
    bool per_qos = DRILL_CLIENT_DEFECT(client, C_QUOTA_PER_QOS);
    bool early = DRILL_CLIENT_DEFECT(client, C_QUOTA_FREED_ON_PUBREC);
    if (!per_qos && !early) return drill_inflight_may_send(inflight);
    uint32_t open = 0;
    for (const DrillExchange *other = inflight->publishing.first; other != NULL;
         other = other->next)
        open += early || other->qos == exchange->qos;
    for (const DrillExchange *other = inflight->releasing.first; other != NULL; other = other->next)
        open += !early && other->qos == exchange->qos;
    return inflight->send_quota_max == 0 || open < inflight->send_quota_max;
}

static void resend_due(DrillClient *client, uint64_t now_ns) {
    DrillInflight *inflight = &client->inflight;
    DrillExchange *exchange;
    /* [v3:MQTT-4.6.0-1] [v5:MQTT-4.6.0-1] PUBLISHes in the order first sent. */
    while ((exchange = drill_inflight_next_resend(inflight)) != NULL) {
        drill_inflight_resent(inflight, exchange);
        exchange->repeats = 0;
        (void)drill_client_resend(client, exchange, now_ns);
    }
}

void drill_client_pump(DrillClient *client, uint64_t now_ns) {
    DrillInflight *inflight = &client->inflight;
    if (client->state != DRILL_CLIENT_UP || is_stuck(client)) return;
    resend_due(client, now_ns);
    inflight->outgoing.careless_wrap = DRILL_CLIENT_DEFECT(client, C_ID_REUSE_ON_WRAP);
    inflight->outgoing.zero_on_wrap = DRILL_CLIENT_DEFECT(client, C_ID_ZERO_ON_WRAP);
    /* [v5:MQTT-4.9.0-2] [v5:MQTT-3.3.4-7] as many as the server's Receive Maximum;
     * [v5:MQTT-3.3.4-8] only PUBLISH waits here, everything else is sent at once. */
    while (inflight->waiting.first != NULL && may_send(client, inflight->waiting.first)) {
        DrillExchange *exchange = inflight->waiting.first;
        if (!drill_client_may_publish(client, exchange->qos, exchange->retain, 0)) {
            drill_client_drop(client, exchange, now_ns);
            continue;
        }
        /* [v3:MQTT-4.3.2-1] [v3:MQTT-4.3.3-1] [v5:MQTT-4.3.2-1] [v5:MQTT-4.3.2-2]
         * [v5:MQTT-4.3.3-1] [v5:MQTT-4.3.3-2] a free identifier, DUP 0, outstanding until answered.
         */
        if (!drill_inflight_start(inflight, exchange)) break;
        bool dup = DRILL_CLIENT_DEFECT(client, C_DUP_ON_FIRST_SEND);
        (void)send_publish(client, exchange, dup, now_ns);
    }
}

bool drill_client_resend(DrillClient *client, DrillExchange *exchange, uint64_t now_ns) {
    bool restart = DRILL_CLIENT_DEFECT(client, C_PUBLISH_INSTEAD_OF_PUBREL);
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE && !restart) {
        if (DRILL_CLIENT_DEFECT(client, C_OWED_PUBREL_NOT_RESENT)) return true;
        exchange->sent_ns = now_ns;
        drill_client_arm_retry(client, now_ns);
        /* [v3:MQTT-4.4.0-1] [v5:MQTT-4.4.0-1] [v5:MQTT-4.3.3-6] the same identifier. */
        drill_client_send_ack(client, DRILL_PUBREL, exchange->use.value, 0, now_ns);
        return true;
    }
    if (exchange->state == DRILL_EXCHANGE_PUBCOMP_DUE)
        exchange->state = DRILL_EXCHANGE_PUBREC_DUE; /* the defect's other half */
    /* The server may have become stricter since. */
    if (!drill_client_may_publish(client, exchange->qos, exchange->retain, 0)) {
        drill_client_drop(client, exchange, now_ns);
        return false;
    }
    if (DRILL_CLIENT_DEFECT(client, C_NEW_ID_ON_RESEND))
        drill_inflight_renumber(&client->inflight, exchange);
    /* [v3:MQTT-3.3.1-1] [v5:MQTT-3.3.1-1] DUP 1; [v3:MQTT-2.3.1-3] [v3:MQTT-4.4.0-1]
     * [v5:MQTT-4.4.0-1] the identifier stays. */
    return send_publish(client, exchange, !DRILL_CLIENT_DEFECT(client, C_DUP0_ON_RESEND), now_ns);
}

/* Defect: the last first. */
static void resend_backwards(DrillClient *client, uint64_t now_ns) {
    DrillExchange *exchange = client->inflight.publishing.last;
    while (exchange != NULL) {
        DrillExchange *previous = exchange->previous;
        drill_inflight_resent(&client->inflight, exchange);
        exchange->repeats = 0;
        (void)drill_client_resend(client, exchange, now_ns);
        exchange = previous;
    }
}

void drill_client_resume(DrillClient *client, uint64_t now_ns) {
    if (is_stuck(client)) return;
    /* [v3:MQTT-4.6.0-4] [v5:MQTT-4.6.0-4] PUBRELs in the order of the PUBRECs. */
    DrillExchange *exchange = client->inflight.releasing.first;
    while (exchange != NULL) {
        exchange->repeats = 0;
        (void)drill_client_resend(client, exchange, now_ns);
        if (client->state != DRILL_CLIENT_UP) return;
        exchange = exchange->next;
    }
    if (DRILL_CLIENT_DEFECT(client, C_RESEND_UNORDERED))
        resend_backwards(client, now_ns);
    else
        resend_due(client, now_ns);
}

static bool find_alias(const DrillPublishPacket *message, uint32_t *alias) {
    DrillProperty property;
    *alias = 0;
    if (!drill_properties_find(message->properties, DRILL_TOPIC_ALIAS, &property)) return false;
    *alias = property.number;
    return true;
}

/* What can be said of a message alone. */
static DrillResult check_message(const DrillClient *client, const DrillPublishPacket *message) {
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    DrillProperty property;
    DrillFault fault = {0};
    uint32_t alias;
    bool aliased = v5 && find_alias(message, &alias);
    if (message->qos > DRILL_QOS_2) return DRILL_INVALID;
    if (!drill_topic_is_name(message->topic) && !(aliased && message->topic.size == 0))
        return DRILL_INVALID;
    if (message->properties.wire.size > 0 || message->properties.count > 0) {
        if (!v5 || drill_properties_check(message->properties, DRILL_PUBLISH, &fault) != DRILL_OK)
            return DRILL_INVALID;
    }
    /* [v5:MQTT-3.3.4-6] no Subscription Identifier from a client. */
    if (drill_properties_find(message->properties, DRILL_SUBSCRIPTION_IDENTIFIER, &property))
        return DRILL_INVALID;
    if (drill_properties_find(message->properties, DRILL_PAYLOAD_FORMAT_INDICATOR, &property) &&
        property.number == 1 && !drill_utf8_valid(message->payload))
        return DRILL_INVALID;
    size_t remaining = 2 + message->topic.size + (message->qos == DRILL_QOS_0 ? 0 : 2);
    if (v5) remaining += 4 + message->properties.wire.size;
    return message->payload.size > 268435455 - remaining ? DRILL_TOO_BIG : DRILL_OK;
}

/* The Topic Alias among the message's own properties, and its topic where the alias stands for it.
 */
static DrillResult take_alias(DrillClient *client, DrillPublishPacket *message) {
    static const DrillFault unknown = {DRILL_REASON_PROTOCOL_ERROR, NULL, 0,
                                       "this Topic Alias stands for nothing on this connection"};
    uint32_t alias;
    client->aliased_message = 0;
    if (!find_alias(message, &alias)) return DRILL_OK;
    if (client->state != DRILL_CLIENT_UP) return message->topic.size > 0 ? DRILL_OK : DRILL_BUSY;
    client->alias = (uint16_t)alias;
    client->alias_alone = message->topic.size == 0;
    client->aliased_message = client->next_message;
    if (!client->alias_alone) return DRILL_OK;
    message->topic = drill_aliases_out_topic(&client->aliases_out, client->alias);
    if (message->topic.size > 0) return DRILL_OK;
    client->refused = true;
    client->refusal = unknown;
    return DRILL_INVALID;
}

/* The properties as given, and an alias of our own choice. */
static DrillProperties with_alias(DrillClient *client, DrillProperties given,
                                  const Naming *naming) {
    DrillProperty property = {.id = DRILL_TOPIC_ALIAS, .number = naming->alias};
    if (naming->alias == 0 || client->aliased_message != 0) return given;
    drill_buffer_clear(&client->properties);
    DrillResult written = drill_properties_write(&client->properties, &property);
    DRILL_ASSERT(written == DRILL_OK);
    drill_buffer_put(&client->properties, given.wire.data, given.wire.size);
    DrillProperties all = {drill_buffer_span(&client->properties), given.count + 1};
    return all;
}

static void encode_message(DrillClient *client, const DrillPublishPacket *message,
                           const Naming *naming) {
    DrillPacket packet = {
        .type = DRILL_PUBLISH,
        .as.publish = {.qos = message->qos,
                       .retain = message->retain,
                       .topic = topic_field(naming, message->topic),
                       .packet_identifier = message->qos == DRILL_QOS_0 ? 0 : 1,
                       .properties = with_alias(client, message->properties, naming),
                       .payload = message->payload}};
    drill_client_encode(client, &packet);
}

/* Encodes the message as it would be sent now. False: that is too large. */
static bool encode_now(DrillClient *client, const DrillPublishPacket *message, Naming *naming) {
    *naming = name_topic(client, message->topic, client->next_message);
    encode_message(client, message, naming);
    if (!drill_client_fits(client) && by_name_alone(client, naming))
        encode_message(client, message, naming);
    return drill_client_fits(client);
}

/* Defect: the Remaining Length is taken for a byte. */
static void shorten_length(DrillClient *client) {
    DrillBuffer *out = &client->out;
    if ((out->data[1] & 0x80) == 0 || (out->data[2] & 0x80) != 0) return;
    out->data[1] &= 0x7F;
    memmove(out->data + 2, out->data + 3, out->size - 3);
    out->size--;
}

static DrillResult publish_once(DrillClient *client, const DrillPublishPacket *message,
                                uint64_t now_ns, DrillMessageId *out) {
    Naming naming;
    /* [v3:MQTT-4.3.1-1] [v3:MQTT-3.3.1-2] [v5:MQTT-4.3.1-1] [v5:MQTT-3.3.1-2] QoS 0, DUP 0, once.
     */
    if (!encode_now(client, message, &naming)) return DRILL_INVALID;
    if (DRILL_CLIENT_DEFECT(client, C_QOS0_DUP_FLAG)) client->out.data[0] |= 0x08;
    if (DRILL_CLIENT_DEFECT(client, C_BAD_REMAINING_LENGTH)) shorten_length(client);
    named(client, &naming, message->topic);
    *out = client->next_message++;
    drill_client_send_out(client, now_ns);
    return DRILL_OK;
}

static DrillResult publish_kept(DrillClient *client, const DrillPublishPacket *message,
                                uint64_t now_ns, DrillMessageId *out) {
    Naming naming;
    if (drill_client_pending(client) >= client->config.queue_messages_max) return DRILL_TOO_BIG;
    if (client->limits.packet_bytes_max != 0 && client->state == DRILL_CLIENT_UP &&
        !encode_now(client, message, &naming))
        return DRILL_INVALID;
    DrillMessage *copy = drill_message_new(client->allocator, message, now_ns);
    DrillDelivery delivery = {.message = copy,
                              .qos = message->qos,
                              .retain = message->retain,
                              .tag = client->next_message++};
    drill_inflight_wait(&client->inflight, &delivery);
    drill_message_release(copy);
    *out = delivery.tag;
    drill_client_pump(client, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_publish(DrillClient *client, const DrillPublishPacket *message,
                                 uint64_t now_ns, DrillMessageId *out) {
    DrillPublishPacket named_message = *message;
    bool up = client->state == DRILL_CLIENT_UP;
    client->refused = false;
    DrillResult result = check_message(client, message);
    if (result == DRILL_OK && message->qos == DRILL_QOS_0 && !up) result = DRILL_BUSY;
    if (result == DRILL_OK) result = take_alias(client, &named_message);
    if (result == DRILL_OK && up &&
        !drill_client_may_publish(client, message->qos, message->retain,
                                  client->aliased_message != 0 ? client->alias : 0))
        result = DRILL_INVALID;
    if (result == DRILL_OK)
        result = message->qos == DRILL_QOS_0 ? publish_once(client, &named_message, now_ns, out)
                                             : publish_kept(client, &named_message, now_ns, out);
    client->aliased_message = 0;
    return result;
}
