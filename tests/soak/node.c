/* Nodes of a random run: their options, links and messages; and raw nodes, which send legal traffic
 * without the client's code: they answer whatever comes, resend when they like, and keep no
 * Session. Now and then they send what no server may put up with. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

const char *soak_topic(SoakDice *dice) {
    static const char *const topics[] = {"a", "a/b", "a/b", "a/b", "a/c", "a/b/d",
                                         "c", "x/b", "/",   "a/",  "$x/b"};
    return topics[soak_below(dice, DRILL_ARRAY_COUNT(topics))];
}

/* Few links are good, few are very bad. */
DrillLinkSettings soak_link(SoakDice *dice, bool stream) {
    DrillLinkSettings link = {0};
    if (soak_one_in(dice, 4)) return link;
    link.delay_ns = soak_below(dice, 300) * DRILL_NS_PER_MS;
    if (soak_one_in(dice, 2)) link.jitter_ns = soak_below(dice, link.delay_ns + 1);
    if (!stream && soak_one_in(dice, 3)) {
        link.loss_numerator = 1 + soak_below(dice, 20);
        link.loss_denominator = 100;
    }
    if (soak_one_in(dice, 4)) link.rate_bits_per_s = 2000 + soak_below(dice, 200000);
    if (!stream && link.rate_bits_per_s > 0 && soak_one_in(dice, 4))
        link.queue_bytes = 3000 + soak_below(dice, 20000);
    return link;
}

/* Some payloads come again and again, some once; some are longer than a segment. Order means
 * something among messages of one topic and QoS: every fourth is of the same. */
DrillPublishPacket soak_message(SoakNode *node, char text[2048]) {
    SoakDice *dice = &node->workload->dice;
    DrillPublishPacket message = {.qos = (DrillQos)soak_below(dice, 3),
                                  .retain = soak_one_in(dice, 4),
                                  .topic = drill_span_of(soak_topic(dice))};
    if (soak_one_in(dice, 4)) {
        message.topic = drill_span_of("a/b");
        message.qos = node->usual_qos;
    }
    int size = 0;
    if (soak_one_in(dice, 3))
        size = snprintf(text, 2048, "same%u", (unsigned)soak_below(dice, 3));
    else if (!soak_one_in(dice, 12))
        size = snprintf(text, 2048, "%u", (unsigned)++node->workload->payloads);
    if (size > 0 && soak_one_in(dice, 10)) {
        memset(text + size, '.', 2048 - (size_t)size);
        size += (int)soak_below(dice, 2048 - (uint64_t)size);
    }
    message.payload = drill_span(text, (size_t)size);
    return message;
}

static void draw_config(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillClientConfig *config = &node->config;
    config->clean = soak_one_in(dice, 3);
    config->keep_alive_s = soak_one_in(dice, 2) ? 0 : (uint16_t)(1 + soak_below(dice, 10));
    config->auto_ping = true; /* without it, silence is the scenario's own doing */
    config->has_will = soak_one_in(dice, 3);
    if (!config->has_will) return;
    (void)snprintf(node->will_topic, sizeof(node->will_topic), "%s", soak_topic(dice));
    (void)snprintf(node->will_payload, sizeof(node->will_payload), "will%u",
                   (unsigned)++node->workload->payloads);
    if (soak_one_in(dice, 8)) node->will_payload[0] = '\0';
    config->will = (DrillWill){.topic = drill_span_of(node->will_topic),
                               .payload = drill_span_of(node->will_payload),
                               .qos = (DrillQos)soak_below(dice, 3),
                               .retain = soak_one_in(dice, 3)};
}

void soak_node_new(SoakWorkload *workload, uint32_t index) {
    SoakDice *dice = &workload->dice;
    SoakNode *node = &workload->nodes[index];
    node->workload = workload;
    node->index = index;
    node->raw = index > 0 && soak_one_in(dice, 5);
    node->lazy = soak_one_in(dice, 3);
    node->next_identifier = soak_one_in(dice, 4) ? 65530 : 1;
    node->answers.allocator = node->unacknowledged.allocator = workload->allocator;
    (void)snprintf(node->name, sizeof(node->name), "n%u", (unsigned)index);
    /* Two nodes with one identifier take each other's Session. */
    bool twin = index > 0 && soak_one_in(dice, 6);
    (void)snprintf(node->client_id, sizeof(node->client_id), "c%u",
                   (unsigned)(twin ? index - 1 : index));
    node->usual_qos = (DrillQos)soak_below(dice, 3);
    node->manual_acks = !node->raw && soak_one_in(dice, 6);
    node->config = (DrillClientConfig){
        .version = workload->version,
        .client_id = drill_span_of(node->client_id),
        .retry_ns = soak_one_in(dice, 4) ? (1 + soak_below(dice, 5)) * DRILL_NS_PER_S : 0,
        .manual_acks = node->manual_acks,
        .first_packet_identifier = soak_one_in(dice, 5) ? 65533 : 0,
        .queue_messages_max = soak_one_in(dice, 6) ? 1 + (uint32_t)soak_below(dice, 5) : 0};
    draw_config(node);
    DrillWorldClientOptions options = {
        .name = node->name, .raw = node->raw, .client = node->config};
    options.link.stream = soak_one_in(dice, 3);
    options.link.direction[0] = soak_link(dice, options.link.stream);
    options.link.direction[1] = soak_link(dice, options.link.stream);
    DrillDiagnostic diagnostic = {""};
    DrillResult added =
        drill_world_add_client(workload->world, &options, &node->client, &diagnostic);
    if (added != DRILL_OK) fprintf(stderr, "%s\n", diagnostic.text);
    DRILL_ASSERT(added == DRILL_OK);
    drill_world_client_set_user(node->client, node);
}

static void raw_connect(SoakNode *node) {
    const DrillClientConfig *config = &node->config;
    DrillPacket packet = {
        .type = DRILL_CONNECT,
        .as.connect = {.protocol_level = (uint8_t)node->workload->version,
                       .clean = config->clean,
                       .has_will = config->has_will,
                       .will_retain = config->has_will && config->will.retain,
                       .will_qos = config->has_will ? config->will.qos : DRILL_QOS_0,
                       .keep_alive_s = config->keep_alive_s,
                       .client_id = drill_span_of(node->client_id),
                       .will_topic = drill_span_of(config->has_will ? node->will_topic : ""),
                       .will_payload = drill_span_of(config->has_will ? node->will_payload : "")}};
    soak_raw_send(node, &packet);
}

void soak_node_connect(SoakNode *node) {
    DrillDiagnostic diagnostic = {""};
    draw_config(node);
    if (node->raw) {
        if (drill_world_raw_open(node->client) == DRILL_OK) raw_connect(node);
        return;
    }
    DrillResult connected = drill_world_connect(node->client, &node->config, &diagnostic);
    DRILL_ASSERT(connected == DRILL_OK || connected == DRILL_BUSY);
}

/* --- raw nodes --- */

void soak_raw_forget(SoakNode *node) {
    drill_buffer_clear(&node->answers);
    drill_buffer_clear(&node->unacknowledged);
}

static void answer(SoakNode *node, DrillPacketType type, uint16_t identifier) {
    DrillPacket packet = {.type = type, .as.ack.packet_identifier = identifier};
    DrillResult encoded = drill_codec_encode(&packet, node->workload->version, &node->answers);
    DRILL_ASSERT(encoded == DRILL_OK);
}

void soak_raw_packet(SoakNode *node, DrillSpan bytes) {
    DrillPacket packet;
    DrillFault fault;
    if (drill_codec_decode(bytes, node->workload->version, &packet, &fault) != DRILL_OK) return;
    if (packet.type == DRILL_CONNACK) node->connected = packet.as.connack.code == 0;
    if (packet.type == DRILL_PUBLISH && packet.as.publish.qos == DRILL_QOS_1)
        answer(node, DRILL_PUBACK, packet.as.publish.packet_identifier);
    if (packet.type == DRILL_PUBLISH && packet.as.publish.qos == DRILL_QOS_2)
        answer(node, DRILL_PUBREC, packet.as.publish.packet_identifier);
    if (packet.type == DRILL_PUBREC) answer(node, DRILL_PUBREL, packet.as.ack.packet_identifier);
    if (packet.type == DRILL_PUBREL) answer(node, DRILL_PUBCOMP, packet.as.ack.packet_identifier);
    if ((packet.type == DRILL_PUBREC || packet.type == DRILL_PUBACK) &&
        packet.as.ack.packet_identifier == node->unacknowledged_identifier)
        drill_buffer_clear(&node->unacknowledged);
}

void soak_raw_flush(SoakNode *node) {
    if (node->answers.size == 0) return;
    /* BUSY: the connection is gone, and with it what it was owed. */
    DrillResult sent = drill_world_raw_send(node->client, drill_buffer_span(&node->answers));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
    drill_buffer_clear(&node->answers);
}

/* Now and then in two pieces. */
void soak_raw_send(SoakNode *node, const DrillPacket *packet) {
    DrillBuffer bytes = {.allocator = node->workload->allocator};
    DrillResult encoded = drill_codec_encode(packet, node->workload->version, &bytes);
    DRILL_ASSERT(encoded == DRILL_OK);
    size_t first = bytes.size;
    if (soak_one_in(&node->workload->dice, 3))
        first = 1 + (size_t)soak_below(&node->workload->dice, bytes.size - 1);
    DrillResult sent = drill_world_raw_send(node->client, drill_span(bytes.data, first));
    if (sent == DRILL_OK && first < bytes.size)
        sent =
            drill_world_raw_send(node->client, drill_span(bytes.data + first, bytes.size - first));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
    if (sent == DRILL_OK && packet->type == DRILL_PUBLISH &&
        packet->as.publish.qos != DRILL_QOS_0) {
        drill_buffer_clear(&node->unacknowledged);
        drill_buffer_put(&node->unacknowledged, bytes.data, bytes.size);
        node->unacknowledged_identifier = packet->as.publish.packet_identifier;
    }
    drill_buffer_release(&bytes);
}

/* 3.1.1 allows resending within a connection. */
void soak_raw_again(SoakNode *node) {
    if (node->unacknowledged.size == 0) return;
    node->unacknowledged.data[0] |= 0x08;
    DrillResult sent = drill_world_raw_send(node->client, drill_buffer_span(&node->unacknowledged));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
}

/* What a server has to close for, on a connection that is up, and as the first packet of one. */
void soak_raw_offend(SoakNode *node) {
    static const char *const later[] = {
        "\x80\x06\0\x07\0\1a\0" /* SUBSCRIBE, UNSUBSCRIBE, PUBREL with wrong flags */,
        "\xa0\x05\0\x07\0\1a",
        "\x60\x02\0\x07",
        "\xc1\0" /* PINGREQ and DISCONNECT with flags */,
        "\xe1\0",
        "\x36\x05\0\1a\0\x07" /* PUBLISH at QoS 3 */,
        "\x90\x03\0\x07\0" /* SUBACK */};
    static const char *const first[] = {
        "\xc0\0", "\x10\x0d\0\4MQTT\x63\2\0\0\0\1z" /* a level nobody knows */,
        "\x10\x0c\0\4MQTT\4\0\0\0\0\0" /* no Client Identifier, and CleanSession 0 */};
    SoakDice *dice = &node->workload->dice;
    bool open = drill_world_client_is_open(node->client);
    const char *text = open ? later[soak_below(dice, DRILL_ARRAY_COUNT(later))]
                            : first[soak_below(dice, DRILL_ARRAY_COUNT(first))];
    if (open && !node->connected) return;
    if (open && soak_one_in(dice, 4)) {
        raw_connect(node); /* a second one */
        return;
    }
    if (!open && drill_world_raw_open(node->client) != DRILL_OK) return;
    DrillSpan bytes = drill_span(text, 2 + (size_t)(uint8_t)text[1]);
    DrillResult sent = drill_world_raw_send(node->client, bytes);
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
}
