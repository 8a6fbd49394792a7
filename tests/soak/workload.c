/* The operations of a random run, and their order. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

static const DrillCloseHow hows[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};

static void on_reached(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    (void)now_ns;
    ((SoakWorkload *)context)->reached = true;
}

static void pass(SoakWorkload *workload, uint64_t duration_ns) {
    workload->reached = false;
    drill_world_timer(workload->world, drill_world_now(workload->world) + duration_ns, on_reached,
                      workload, 0);
    while (!workload->reached && drill_world_step(workload->world))
        for (uint32_t i = 0; i < workload->node_count; i++)
            if (!workload->nodes[i].lazy) soak_raw_flush(&workload->nodes[i]);
    for (uint32_t i = 0; i < workload->node_count; i++)
        soak_raw_flush(&workload->nodes[i]);
    soak_raw_flush(&workload->hostile);
}

/* --- operations; one that cannot be now does nothing --- */

/* 0x04 wants the will; a Session Expiry Interval counts from then on, unless there was none. */
static DrillReasonPacket draw_disconnect(SoakNode *node) {
    static const uint8_t codes[] = {0, 0, 0, 0x04, 0x04, 0x80, 0x93};
    SoakDice *dice = &node->workload->dice;
    DrillReasonPacket reason = {0};
    DrillProperty had;
    if (node->version != DRILL_MQTT_5_0) return reason;
    reason.reason_code = codes[soak_below(dice, DRILL_ARRAY_COUNT(codes))];
    soak_list_begin(&node->packet_list, node->workload);
    bool lasting =
        drill_properties_find(node->config.properties, DRILL_SESSION_EXPIRY_INTERVAL, &had) &&
        had.number > 0;
    if (soak_one_in(dice, 3))
        soak_put_number(&node->packet_list, DRILL_SESSION_EXPIRY_INTERVAL,
                        lasting ? soak_below(dice, 12) : 0);
    soak_put_explanation(node, &node->packet_list, true);
    reason.properties = soak_list(&node->packet_list);
    return reason;
}

static void op_toggle(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    if (!drill_world_client_is_open(node->client)) {
        soak_node_connect(node);
        return;
    }
    DrillPacket disconnect = {.type = DRILL_DISCONNECT, .as.reason = draw_disconnect(node)};
    if (node->raw && soak_one_in(dice, 2)) {
        (void)soak_raw_send(node, &disconnect);
        drill_world_drop(node->client, DRILL_CLOSE_FIN);
    } else if (node->raw) {
        drill_world_raw_half_close(node->client);
    } else {
        (void)!drill_world_disconnect_with(node->client, &disconnect.as.reason);
    }
}

static void op_connect(SoakNode *node) {
    soak_node_connect(node);
}

static void op_drop(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    if (!node->raw && soak_one_in(dice, 4))
        drill_world_crash(node->client);
    else
        drill_world_drop(node->client, hows[soak_below(dice, DRILL_ARRAY_COUNT(hows))]);
}

/* Topic Aliases that the application chooses: a new one with its topic, or one that may be known.
 */
static void draw_alias(SoakNode *node, DrillPublishPacket *message) {
    SoakDice *dice = &node->workload->dice;
    uint32_t max = node->raw ? node->allowance.topic_alias_maximum : 5;
    if (node->version != DRILL_MQTT_5_0 || max == 0 || !soak_one_in(dice, 4)) return;
    uint64_t alias = 1 + soak_below(dice, max);
    soak_put_number(&node->packet_list, DRILL_TOPIC_ALIAS, alias);
    if (!node->raw && soak_one_in(dice, 2)) message->topic = drill_span(NULL, 0);
    message->properties = soak_list(&node->packet_list);
}

static void op_publish(SoakNode *node) {
    char text[SOAK_TEXT_MAX];
    SoakDice *dice = &node->workload->dice;
    for (uint64_t left = 1 + soak_below(dice, 4); left > 0; left--) {
        DrillPublishPacket message = soak_message(node, text);
        DrillMessageId id;
        draw_alias(node, &message);
        if (node->raw)
            soak_raw_publish(node, &message);
        else
            (void)!drill_world_publish(node->client, &message, &id);
    }
}

static uint8_t draw_options(SoakNode *node, bool shared) {
    SoakDice *dice = &node->workload->dice;
    uint64_t options = soak_below(dice, 3);
    if (node->version != DRILL_MQTT_5_0) return (uint8_t)options;
    if (!shared && soak_one_in(dice, 4)) options |= 0x04;
    if (soak_one_in(dice, 3)) options |= 0x08;
    if (soak_one_in(dice, 3)) options |= soak_below(dice, 3) << 4;
    return (uint8_t)options;
}

static DrillFilters draw_filters(SoakNode *node, bool options, DrillBuffer *wire) {
    static const char *const filters[] = {"#",   "+",     "a/#", "a/+",  "a/b",  "a/b",
                                          "+/b", "a/b/#", "a",   "c",    "c/#",  "/+",
                                          "+/+", "a/b/d", "a/",  "$x/#", "+/b/#"};
    static const char *const few[] = {"a/b", "a/b", "a/+", "c", "#"};
    static const char *const plain[] = {"a/b", "a", "c", "a/"};
    SoakDice *dice = &node->workload->dice;
    DrillFilters drawn = {.count = node->workload->narrow ? 1 : 1 + (uint32_t)soak_below(dice, 3)};
    bool v5 = node->version == DRILL_MQTT_5_0;
    for (uint32_t i = 0; i < drawn.count; i++) {
        char text[32];
        const char *name = filters[soak_below(dice, DRILL_ARRAY_COUNT(filters))];
        if (node->workload->narrow) name = few[soak_below(dice, DRILL_ARRAY_COUNT(few))];
        if (node->workload->sharing) name = soak_one_in(dice, 2) ? "a/b" : "c";
        if (node->raw && node->allowance.no_wildcards)
            name = plain[soak_below(dice, DRILL_ARRAY_COUNT(plain))];
        bool shared = v5 && !(node->raw && node->allowance.no_shared) &&
                      (node->workload->sharing || soak_one_in(dice, 4));
        (void)snprintf(text, sizeof(text), "%s%s",
                       !shared                                            ? ""
                       : !node->workload->sharing && soak_one_in(dice, 3) ? "$share/h/"
                                                                          : "$share/g/",
                       name);
        DrillFilter filter = {.filter = drill_span_of(text),
                              .options = options ? draw_options(node, shared) : 0};
        DrillResult written = drill_filters_write(wire, &filter, options);
        DRILL_ASSERT(written == DRILL_OK);
    }
    drawn.wire = drill_buffer_span(wire);
    return drawn;
}

static DrillProperties draw_request(SoakNode *node, bool subscribe) {
    SoakDice *dice = &node->workload->dice;
    soak_list_begin(&node->packet_list, node->workload);
    if (node->version == DRILL_MQTT_5_0 && subscribe && soak_one_in(dice, 3) &&
        !(node->raw && node->allowance.no_identifiers))
        soak_put_number(&node->packet_list, DRILL_SUBSCRIPTION_IDENTIFIER,
                        soak_one_in(dice, 8) ? 268435455 : 1 + soak_below(dice, 4));
    soak_put_explanation(node, &node->packet_list, false);
    return soak_list(&node->packet_list);
}

static void op_filters(SoakNode *node, bool subscribe) {
    DrillBuffer wire = {.allocator = node->workload->allocator};
    DrillPacket packet = {.type = subscribe ? DRILL_SUBSCRIBE : DRILL_UNSUBSCRIBE,
                          .as.subscribe = {.filters = draw_filters(node, subscribe, &wire),
                                           .properties = draw_request(node, subscribe)}};
    uint16_t identifier = 0;
    if (node->raw && node->connected) {
        packet.as.subscribe.packet_identifier = node->next_identifier++;
        if (node->next_identifier == 0) node->next_identifier = 1;
        (void)soak_raw_send(node, &packet);
    } else if (!node->raw) {
        (void)!drill_world_request(node->client, packet.type, &packet.as.subscribe, &identifier);
    }
    drill_buffer_release(&wire);
}

static void op_subscribe(SoakNode *node) {
    op_filters(node, true);
}
static void op_unsubscribe(SoakNode *node) {
    op_filters(node, false);
}

/* Now and then the application does not take a message. */
static DrillResult acknowledge(SoakNode *node) {
    static const uint8_t refusals[] = {0x80, 0x83, 0x87, 0x97, 0x99};
    SoakDice *dice = &node->workload->dice;
    DrillReasonPacket reason = {0};
    if (node->version != DRILL_MQTT_5_0) return drill_world_acknowledge(node->client);
    if (soak_one_in(dice, 4))
        reason.reason_code = refusals[soak_below(dice, DRILL_ARRAY_COUNT(refusals))];
    soak_list_begin(&node->packet_list, node->workload);
    soak_put_explanation(node, &node->packet_list, true);
    reason.properties = soak_list(&node->packet_list);
    return drill_world_acknowledge_with(node->client, &reason);
}

static void op_acknowledge(SoakNode *node) {
    if (node->raw) soak_raw_again(node);
    if (!node->manual_acks) return;
    for (uint64_t left = 1 + soak_below(&node->workload->dice, 4); left > 0; left--)
        if (acknowledge(node) != DRILL_OK) return;
}

/* Re-authentication; without a method, the client refuses to. */
static void op_authenticate(SoakNode *node) {
    DrillPacket packet = {.type = DRILL_AUTH, .as.reason.reason_code = 0x19};
    DrillProperty method;
    if (node->version != DRILL_MQTT_5_0) return;
    if (!node->raw) {
        (void)!drill_world_authenticate(node->client, &packet.as.reason);
        return;
    }
    if (!node->connected ||
        !drill_properties_find(node->config.properties, DRILL_AUTHENTICATION_METHOD, &method))
        return;
    soak_list_begin(&node->packet_list, node->workload);
    soak_put_text(&node->packet_list, DRILL_AUTHENTICATION_METHOD, "DRILL-REVERSE");
    packet.as.reason.properties = soak_list(&node->packet_list);
    (void)soak_raw_send(node, &packet);
}

static void op_hold(SoakNode *node) {
    static const DrillPacketType types[] = {DRILL_PUBLISH, DRILL_PUBACK,    DRILL_PUBREC,
                                            DRILL_PUBREL,  DRILL_PUBCOMP,   DRILL_SUBSCRIBE,
                                            DRILL_CONNECT, DRILL_DISCONNECT};
    SoakDice *dice = &node->workload->dice;
    if (!node->raw) drill_world_hold(node->client, types[soak_below(dice, 8)]);
}

static void op_release(SoakNode *node) {
    if (!node->raw) drill_world_release(node->client);
}

static void op_ping(SoakNode *node) {
    DrillPacket ping = {.type = DRILL_PINGREQ};
    if (!node->raw)
        (void)!drill_world_ping(node->client);
    else if (node->connected)
        (void)soak_raw_send(node, &ping);
}

static void op_offend(SoakNode *node) {
    if (node->raw && soak_one_in(&node->workload->dice, 4))
        soak_raw_offend(node);
    else
        soak_hostile_act(node->workload);
}

static void op_fault(SoakNode *node) {
    static const DrillPacketType types[] = {
        DRILL_CONNECT, DRILL_CONNACK, DRILL_PUBLISH, DRILL_PUBLISH, DRILL_PUBLISH,
        DRILL_PUBACK,  DRILL_PUBREC,  DRILL_PUBREL,  DRILL_PUBCOMP, DRILL_SUBACK};
    SoakDice *dice = &node->workload->dice;
    DrillDiagnostic diagnostic = {""};
    DrillFaultSpec spec = {.kind = (DrillFaultKind)soak_below(dice, 4),
                           .place = (DrillFaultPlace)soak_below(dice, 4),
                           .type = types[soak_below(dice, DRILL_ARRAY_COUNT(types))],
                           .nth = 1 + (uint32_t)soak_below(dice, 3),
                           .direction = (int)soak_below(dice, 3) - 1,
                           .at_byte = (uint32_t)soak_below(dice, 8),
                           .how = (int)hows[soak_below(dice, DRILL_ARRAY_COUNT(hows))],
                           .delay_ns = soak_below(dice, 3000) * DRILL_NS_PER_MS,
                           .optional = true,
                           .file = "soak",
                           .line = 1};
    if (spec.kind > DRILL_FAULT_DELAY) spec.kind = DRILL_FAULT_CUT;
    /* What a link cannot do, it says. */
    (void)!drill_world_fault(node->client, &spec, &diagnostic);
}

/* One exchange over several connections: each is cut behind a packet of it. */
static void op_flap(SoakNode *node) {
    static const DrillPacketType types[] = {DRILL_PUBLISH, DRILL_PUBLISH, DRILL_PUBREC,
                                            DRILL_PUBREL, DRILL_PUBCOMP};
    char text[SOAK_TEXT_MAX];
    SoakDice *dice = &node->workload->dice;
    DrillMessageId id;
    if (node->raw) return;
    DrillPublishPacket message = soak_message(node, text);
    message.qos = DRILL_QOS_2;
    (void)!drill_world_publish(node->client, &message, &id);
    for (uint64_t left = 2 + soak_below(dice, 2); left > 0; left--) {
        DrillDiagnostic diagnostic = {""};
        DrillFaultSpec spec = {.kind = DRILL_FAULT_CUT,
                               .place = DRILL_FAULT_AFTER,
                               .type = types[soak_below(dice, DRILL_ARRAY_COUNT(types))],
                               .nth = 1,
                               .direction = soak_one_in(dice, 2) ? 0 : -1,
                               .how = DRILL_CLOSE_RST,
                               .optional = true,
                               .file = "soak",
                               .line = 2};
        (void)!drill_world_fault(node->client, &spec, &diagnostic);
        if (!drill_world_client_is_open(node->client)) soak_node_connect(node);
        pass(node->workload, soak_below(dice, 2000) * DRILL_NS_PER_MS);
    }
}

static void op_partition(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    uint64_t duration_ns = (1 + soak_below(dice, 200)) * 100 * DRILL_NS_PER_MS;
    drill_world_partition(node->client, (int)soak_below(dice, 3) - 1, duration_ns,
                          soak_one_in(dice, 2));
}

static void op_link(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillLinkSettings settings = soak_link(dice, drill_world_client_uses_stream(node->client));
    drill_world_link_set(node->client, (int)soak_below(dice, 2), &settings);
}

static void op_broker(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    uint64_t duration_ns = soak_below(dice, 50) * 100 * DRILL_NS_PER_MS;
    DrillWorldRestart restart = {.keep_sessions = !soak_one_in(dice, 3),
                                 .announced = soak_one_in(dice, 3),
                                 .down_ns = duration_ns};
    if (soak_one_in(dice, 2))
        (void)!drill_world_broker_pause(node->workload->world, duration_ns);
    else
        (void)!drill_world_broker_restart_with(node->workload->world, &restart);
}

typedef struct Operation {
    uint32_t weight;
    void (*run)(SoakNode *node);
} Operation;
static const Operation operations[] = {
    {30, op_publish}, {12, op_subscribe}, {3, op_unsubscribe}, {12, op_connect},
    {5, op_toggle},   {5, op_drop},       {6, op_fault},       {2, op_partition},
    {2, op_link},     {2, op_hold},       {4, op_release},     {6, op_acknowledge},
    {2, op_ping},     {1, op_broker},     {6, op_offend},      {2, op_authenticate},
    {2, op_flap},
};

static void operate(SoakWorkload *workload) {
    uint64_t weight = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(operations); i++)
        weight += operations[i].weight;
    uint64_t drawn = soak_below(&workload->dice, weight);
    SoakNode *node = &workload->nodes[soak_below(&workload->dice, workload->node_count)];
    size_t chosen = 0;
    while (drawn >= operations[chosen].weight)
        drawn -= operations[chosen++].weight;
    operations[chosen].run(node);
}

/* Everybody comes back over a good link and gets all that he is owed. */
static void heal(SoakWorkload *workload) {
    static const DrillLinkSettings good = {.delay_ns = DRILL_NS_PER_MS};
    pass(workload, (soak_one_in(&workload->dice, 4) ? 70 : 25) * DRILL_NS_PER_S);
    for (uint32_t i = 0; i < workload->node_count; i++) {
        SoakNode *node = &workload->nodes[i];
        drill_world_link_set(node->client, 0, &good);
        drill_world_link_set(node->client, 1, &good);
        op_release(node);
    }
    for (int round = 0; round < 6; round++) {
        for (uint32_t i = 0; i < workload->node_count; i++) {
            SoakNode *node = &workload->nodes[i];
            if (!drill_world_client_is_open(node->client)) soak_node_connect(node);
            while (node->manual_acks && acknowledge(node) == DRILL_OK)
                continue;
        }
        pass(workload, 5 * DRILL_NS_PER_S);
    }
}

static void raw_packet(void *context, DrillWorldClient *client, DrillSpan bytes, bool whole) {
    (void)context;
    if (whole) soak_raw_packet(drill_world_client_user(client), bytes);
}

static void closed(void *context, DrillWorldClient *client, DrillCloseHow how, bool half) {
    (void)context;
    (void)how;
    (void)half;
    SoakNode *node = drill_world_client_user(client);
    node->connected = node->challenged = false;
    soak_raw_forget(node);
}

static void challenged(void *context, DrillWorldClient *client, const DrillReasonPacket *auth) {
    (void)context;
    soak_challenge(drill_world_client_user(client), auth);
}

void soak_workload_run(SoakWorkload *workload) {
    SoakDice *dice = &workload->dice;
    DrillWorldObserver observer = {
        .context = workload, .closed = closed, .auth = challenged, .raw_packet = raw_packet};
    drill_world_set_observer(workload->world, &observer);
    workload->narrow = soak_one_in(dice, 3);
    workload->sharing = workload->narrow && soak_one_in(dice, 3);
    soak_hostile_new(workload);
    workload->node_count = 2 + (uint32_t)soak_below(dice, SOAK_NODES_MAX - 1);
    for (uint32_t i = 0; i < workload->node_count; i++) {
        soak_node_new(workload, i);
        if (!soak_one_in(dice, 4)) soak_node_connect(&workload->nodes[i]);
    }
    uint64_t gap_ms = 20 + soak_below(dice, 1500);
    for (uint64_t left = 20 + soak_below(dice, 100); left > 0; left--) {
        pass(workload, soak_below(dice, gap_ms) * DRILL_NS_PER_MS);
        operate(workload);
    }
    if (soak_one_in(dice, 2)) heal(workload);
}
