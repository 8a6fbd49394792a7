/* Nodes of a random run: their options, links and messages. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

const char *soak_topic(SoakWorkload *workload) {
    static const char *const topics[] = {"a",
                                         "a/b",
                                         "a/b",
                                         "a/b",
                                         "a/c",
                                         "a/b/d",
                                         "c",
                                         "x/b",
                                         "/",
                                         "a/",
                                         "$x/b",
                                         "\xef\xbb\xbf"
                                         "a/b"};
    static const char *const few[] = {"a/b", "a/b", "c"};
    SoakDice *dice = &workload->dice;
    if (workload->narrow) return few[soak_below(dice, DRILL_ARRAY_COUNT(few))];
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
DrillPublishPacket soak_message(SoakNode *node, char text[SOAK_TEXT_MAX]) {
    SoakDice *dice = &node->workload->dice;
    DrillPublishPacket message = {.qos = (DrillQos)soak_below(dice, 3),
                                  .retain = soak_one_in(dice, 4),
                                  .topic = drill_span_of(soak_topic(node->workload))};
    if (soak_one_in(dice, 4)) {
        message.topic = drill_span_of("a/b");
        message.qos = node->usual_qos;
    }
    int size = 0;
    if (!node->workload->narrow && soak_one_in(dice, 3))
        size = snprintf(text, SOAK_TEXT_MAX, "same%u", (unsigned)soak_below(dice, 3));
    else if (!soak_one_in(dice, 12))
        size = snprintf(text, SOAK_TEXT_MAX, "%u", (unsigned)++node->workload->payloads);
    if (size > 0 && soak_one_in(dice, 10)) {
        memset(text + size, '.', SOAK_TEXT_MAX - (size_t)size);
        size += (int)soak_below(dice, SOAK_TEXT_MAX - (uint64_t)size);
    }
    message.payload = drill_span(text, (size_t)size);
    if (node->version != DRILL_MQTT_5_0) return message;
    soak_list_begin(&node->packet_list, node->workload);
    soak_put_message(node, &node->packet_list);
    /* Text that is none, now and then. */
    if (size > 1 && soak_one_in(dice, 30)) text[1] = (char)0xFF;
    message.properties = soak_list(&node->packet_list);
    return message;
}

static void draw_credentials(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillClientConfig *config = &node->config;
    config->has_username = config->has_password = node->workload->users && soak_one_in(dice, 3);
    config->username = drill_span_of("user");
    config->password = drill_span_of(soak_one_in(dice, 6) ? "guess" : "secret");
}

static void draw_will(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillClientConfig *config = &node->config;
    config->has_will = soak_one_in(dice, 3);
    if (!config->has_will) return;
    (void)snprintf(node->will_topic, sizeof(node->will_topic), "%s", soak_topic(node->workload));
    (void)snprintf(node->will_payload, sizeof(node->will_payload), "will%u",
                   (unsigned)++node->workload->payloads);
    if (soak_one_in(dice, 8)) node->will_payload[0] = '\0';
    config->will = (DrillWill){.topic = drill_span_of(node->will_topic),
                               .payload = drill_span_of(node->will_payload),
                               .qos = (DrillQos)soak_below(dice, 3),
                               .retain = soak_one_in(dice, 3)};
}

static void draw_config(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillClientConfig *config = &node->config;
    config->clean = soak_one_in(dice, node->workload->narrow ? 8 : 3);
    config->keep_alive_s = soak_one_in(dice, 2) ? 0 : (uint16_t)(1 + soak_below(dice, 10));
    config->auto_ping = true; /* without it, silence is the scenario's own doing */
    draw_credentials(node);
    draw_will(node);
    soak_connect_lists(node);
}

/* Two nodes with one identifier take each other's Session. Some are as long as they may be, and in
 * 5.0 some are left to the server. */
static void draw_client_id(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    bool twin = node->index > 0 && soak_one_in(dice, node->workload->narrow ? 20 : 6);
    unsigned number = (unsigned)(twin ? node->index - 1 : node->index);
    /* What becomes of a Session whose client changes its version, no standard says. */
    if (twin) node->version = node->workload->nodes[number].version;
    const char *rest = soak_one_in(dice, 8) ? "abcdefghijklmnopqrstu" : "";
    (void)snprintf(node->client_id, sizeof(node->client_id), "c%u%s", number, rest);
    if (node->version == DRILL_MQTT_5_0 && soak_one_in(dice, 10)) node->client_id[0] = '\0';
}

void soak_node_new(SoakWorkload *workload, uint32_t index) {
    SoakDice *dice = &workload->dice;
    SoakNode *node = &workload->nodes[index];
    node->workload = workload;
    node->index = index;
    node->raw = index > 0 && soak_one_in(dice, 5);
    node->lazy = soak_one_in(dice, 3);
    node->mute = node->raw && soak_one_in(dice, 5);
    node->next_identifier = soak_one_in(dice, 4) ? 65530 : 1;
    node->answers.allocator = node->unacknowledged.allocator = workload->allocator;
    node->challenge.allocator = workload->allocator;
    (void)snprintf(node->name, sizeof(node->name), "n%u", (unsigned)index);
    node->version = workload->mixed && soak_one_in(dice, 3) ? DRILL_MQTT_3_1_1 : workload->version;
    draw_client_id(node);
    node->usual_qos = (DrillQos)soak_below(dice, 3);
    node->manual_acks = !node->raw && soak_one_in(dice, node->version == DRILL_MQTT_5_0 ? 4 : 6);
    node->config = (DrillClientConfig){
        .version = node->version,
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

void soak_node_connect(SoakNode *node) {
    DrillDiagnostic diagnostic = {""};
    draw_config(node);
    if (node->raw) {
        if (drill_world_raw_open(node->client) == DRILL_OK) soak_raw_connect(node);
        return;
    }
    DrillResult connected = drill_world_connect(node->client, &node->config, &diagnostic);
    DRILL_ASSERT(connected == DRILL_OK || connected == DRILL_BUSY);
}
