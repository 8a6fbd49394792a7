/* The operations of a random run, and their order. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

static const DrillCloseHow hows[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};

DrillBrokerConfig soak_broker(SoakWorkload *workload) {
    SoakDice *dice = &workload->dice;
    DrillBrokerConfig broker = {
        .overlap =
            soak_one_in(dice, 3) ? DRILL_OVERLAP_COPY_PER_SUBSCRIPTION : DRILL_OVERLAP_ONE_COPY,
        .qos2_forward = soak_one_in(dice, 2) ? DRILL_QOS2_ON_PUBLISH : DRILL_QOS2_ON_PUBREL,
        .queue_qos0_offline = soak_one_in(dice, 3),
        .queue_policy = soak_one_in(dice, 2) ? DRILL_QUEUE_DROP_OLDEST : DRILL_QUEUE_DROP_NEWEST,
        .inflight_max = soak_one_in(dice, 4) ? 1 + (uint32_t)soak_below(dice, 4) : 0,
        .retry_ns = soak_one_in(dice, 6) ? (1 + soak_below(dice, 5)) * DRILL_NS_PER_S : 0,
        .first_packet_identifier = soak_one_in(dice, 5) ? 65533 : 0,
        .connect_timeout_ns = soak_one_in(dice, 4) ? 5 * DRILL_NS_PER_S : 0,
    };
    /* A broker that drops what it promised is right about nothing: only now and then. */
    workload->lossy = soak_one_in(dice, 20);
    if (workload->lossy) broker.queue_messages_max = 1 + (uint32_t)soak_below(dice, 10);
    return broker;
}

/* --- operations; one that cannot be now does nothing --- */

static void op_toggle(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    DrillPacket disconnect = {.type = DRILL_DISCONNECT};
    if (!drill_world_client_is_open(node->client)) {
        soak_node_connect(node);
    } else if (node->raw && soak_one_in(dice, 2)) {
        soak_raw_send(node, &disconnect);
        drill_world_drop(node->client, DRILL_CLOSE_FIN);
    } else if (node->raw) {
        drill_world_raw_half_close(node->client);
    } else {
        (void)!drill_world_disconnect(node->client);
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

static void op_publish(SoakNode *node) {
    char text[2048];
    SoakDice *dice = &node->workload->dice;
    for (uint64_t left = 1 + soak_below(dice, 4); left > 0; left--) {
        DrillPublishPacket message = soak_message(node, text);
        DrillMessageId id;
        if (!node->raw) {
            (void)!drill_world_publish(node->client, &message, &id);
            continue;
        }
        if (!node->connected) return;
        if (message.qos != DRILL_QOS_0) message.packet_identifier = node->next_identifier++;
        if (node->next_identifier == 0) node->next_identifier = 1;
        DrillPacket packet = {.type = DRILL_PUBLISH, .as.publish = message};
        soak_raw_send(node, &packet);
    }
}

static DrillFilters draw_filters(SoakNode *node, bool options, DrillBuffer *wire) {
    static const char *const filters[] = {"#",   "+",     "a/#", "a/+",  "a/b",  "a/b",
                                          "+/b", "a/b/#", "a",   "c",    "c/#",  "/+",
                                          "+/+", "a/b/d", "a/",  "$x/#", "+/b/#"};
    SoakDice *dice = &node->workload->dice;
    DrillFilters drawn = {.count = 1 + (uint32_t)soak_below(dice, 3)};
    for (uint32_t i = 0; i < drawn.count; i++) {
        DrillFilter filter = {
            .filter = drill_span_of(filters[soak_below(dice, DRILL_ARRAY_COUNT(filters))]),
            .options = options ? (uint8_t)soak_below(dice, 3) : 0};
        DrillResult written = drill_filters_write(wire, &filter, options);
        DRILL_ASSERT(written == DRILL_OK);
    }
    drawn.wire = drill_buffer_span(wire);
    return drawn;
}

static void op_filters(SoakNode *node, bool subscribe) {
    DrillBuffer wire = {.allocator = node->workload->allocator};
    DrillFilters filters = draw_filters(node, subscribe, &wire);
    uint16_t identifier = 0;
    if (node->raw && node->connected) {
        DrillPacket packet = {
            .type = subscribe ? DRILL_SUBSCRIBE : DRILL_UNSUBSCRIBE,
            .as.subscribe = {.packet_identifier = node->next_identifier++, .filters = filters}};
        if (node->next_identifier == 0) node->next_identifier = 1;
        soak_raw_send(node, &packet);
    } else if (!node->raw && subscribe) {
        (void)!drill_world_subscribe(node->client, filters, &identifier);
    } else if (!node->raw) {
        (void)!drill_world_unsubscribe(node->client, filters, &identifier);
    }
    drill_buffer_release(&wire);
}

static void op_subscribe(SoakNode *node) {
    op_filters(node, true);
}
static void op_unsubscribe(SoakNode *node) {
    op_filters(node, false);
}

static void op_acknowledge(SoakNode *node) {
    if (node->raw) soak_raw_again(node);
    if (!node->manual_acks) return;
    for (uint64_t left = 1 + soak_below(&node->workload->dice, 4); left > 0; left--)
        if (drill_world_acknowledge(node->client) != DRILL_OK) return;
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
        soak_raw_send(node, &ping);
}

static void op_offend(SoakNode *node) {
    if (node->raw) soak_raw_offend(node);
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
    if (soak_one_in(dice, 2))
        (void)!drill_world_broker_pause(node->workload->world, duration_ns);
    else
        (void)!drill_world_broker_restart(node->workload->world, !soak_one_in(dice, 3),
                                          duration_ns);
}

typedef struct Operation {
    uint32_t weight;
    void (*run)(SoakNode *node);
} Operation;
static const Operation operations[] = {
    {30, op_publish}, {12, op_subscribe},  {3, op_unsubscribe}, {12, op_connect}, {5, op_toggle},
    {5, op_drop},     {6, op_fault},       {2, op_partition},   {2, op_link},     {2, op_hold},
    {4, op_release},  {6, op_acknowledge}, {2, op_ping},        {1, op_broker},   {2, op_offend},
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

/* --- the run --- */

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
}

/* Everybody comes back over a good link and gets all that he is owed. */
static void heal(SoakWorkload *workload) {
    static const DrillLinkSettings good = {.delay_ns = DRILL_NS_PER_MS};
    pass(workload, 25 * DRILL_NS_PER_S);
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
            while (node->manual_acks && drill_world_acknowledge(node->client) == DRILL_OK)
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
    node->connected = false;
    soak_raw_forget(node);
}

void soak_workload_run(SoakWorkload *workload) {
    SoakDice *dice = &workload->dice;
    DrillWorldObserver observer = {.context = workload, .closed = closed, .raw_packet = raw_packet};
    drill_world_set_observer(workload->world, &observer);
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
