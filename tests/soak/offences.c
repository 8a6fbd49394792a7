/* What a server has to close for, on a connection that is up, and as the first packet of one. Typed
 * from the standards; none of it was made by our encoder. */
#include "workload.h"

typedef struct Offence {
    uint8_t versions; /* V4, V5 */
    uint8_t first;    /* byte of the fixed header */
    const char *body;
    size_t size;
} Offence;
#define V4   1
#define V5   2
#define BOTH (V4 | V5)
#define OFFENCE(versions, first, body)                                                             \
    { versions, first, body, sizeof(body) - 1 }

static const Offence later[] = {
    /* fixed header: wrong flags, reserved type, packets of the other side */
    OFFENCE(V4, 0x80, "\0\7\0\1a\0"),
    OFFENCE(V4, 0xa0, "\0\7\0\1a"),
    OFFENCE(V5, 0x80, "\0\7\0\0\1a\0"),
    OFFENCE(V5, 0xa0, "\0\7\0\0\1a"),
    OFFENCE(BOTH, 0x60, "\0\7"),
    OFFENCE(BOTH, 0xc1, ""),
    OFFENCE(BOTH, 0xe1, ""),
    OFFENCE(BOTH, 0x00, ""),
    OFFENCE(V4, 0xf0, ""),
    OFFENCE(V4, 0x90, "\0\7\0"),
    OFFENCE(V5, 0x90, "\0\7\0\0"),
    OFFENCE(BOTH, 0xd0, ""),
    OFFENCE(V4, 0xb0, "\0\7"),
    OFFENCE(V5, 0xb0, "\0\7\0\0"),
    OFFENCE(V4, 0x20, "\0\0"),
    OFFENCE(V5, 0x20, "\0\0\0"),
    /* PUBLISH: QoS 3, wildcards, no text, a NUL, identifier 0 */
    OFFENCE(V4, 0x36, "\0\1a\0\7"),
    OFFENCE(V5, 0x36, "\0\1a\0\7\0"),
    OFFENCE(V4, 0x30, "\0\3a/+"),
    OFFENCE(V5, 0x30, "\0\3a/#\0"),
    OFFENCE(V4, 0x30, "\0\3a\xff\xfe"),
    OFFENCE(V5, 0x30, "\0\3a\xff\xfe\0"),
    OFFENCE(V4, 0x30, "\0\2a\0"),
    OFFENCE(V5, 0x30, "\0\3\xed\xa0\x80\0"),
    OFFENCE(V4, 0x32, "\0\1a\0\0"),
    OFFENCE(V5, 0x32, "\0\1a\0\0\0"),
    /* SUBSCRIBE and UNSUBSCRIBE: nothing asked for, QoS 3, wildcards in the wrong place, identifier
     * 0, reserved options */
    OFFENCE(V4, 0x82, "\0\7"),
    OFFENCE(V5, 0x82, "\0\7\0"),
    OFFENCE(V4, 0xa2, "\0\7"),
    OFFENCE(V5, 0xa2, "\0\7\0"),
    OFFENCE(V4, 0x82, "\0\7\0\1a\3"),
    OFFENCE(V5, 0x82, "\0\7\0\0\1a\3"),
    OFFENCE(V4, 0x82, "\0\7\0\3a/#b\1"),
    OFFENCE(V4, 0x82, "\0\7\0\3a#/\1"),
    OFFENCE(V4, 0x82, "\0\7\0\2a+\1"),
    OFFENCE(V5, 0x82, "\0\7\0\0\3#/a\1"),
    OFFENCE(V5, 0xa2, "\0\7\0\0\2a+"),
    OFFENCE(V4, 0x82, "\0\0\0\1a\1"),
    OFFENCE(V5, 0x82, "\0\0\0\0\1a\1"),
    OFFENCE(V4, 0x82, "\0\7\0\1a\x81"),
    OFFENCE(V5, 0x82, "\0\7\0\0\1a\x81"),
    OFFENCE(V5, 0x82, "\0\7\0\0\1a\x31"),
    /* Shared Subscriptions: No Local, names that cannot be */
    OFFENCE(V5, 0x82, "\0\7\0\0\x0a$share/g/a\5"),
    OFFENCE(V5, 0x82, "\0\7\0\0\x0a$share/+/a\1"),
    OFFENCE(V5, 0x82, "\0\7\0\0\x08$share/g\1"),
    OFFENCE(V5, 0x82, "\0\7\0\0\x09$share//a\1"),
    /* properties: Subscription Identifier 0 and from a client, Topic Alias 0, above every maximum
     * and of nothing, twice, unknown, of another packet, Response Topic with wildcards */
    OFFENCE(V5, 0x82, "\0\7\2\x0b\0\0\1a\1"),
    OFFENCE(V5, 0x30, "\0\1a\2\x0b\5x"),
    OFFENCE(V5, 0x30, "\0\1a\3\x23\0\0x"),
    OFFENCE(V5, 0x30, "\0\1a\3\x23\xff\xffx"),
    OFFENCE(V5, 0x30, "\0\0\3\x23\0\1x"),
    OFFENCE(V5, 0x30, "\0\0\0x"),
    OFFENCE(V5, 0x30, "\0\1a\4\1\1\1\1x"),
    OFFENCE(V5, 0x30, "\0\1a\2\x7f\0x"),
    OFFENCE(V5, 0x30, "\0\1a\3\x21\0\5x"),
    OFFENCE(V5, 0x82, "\0\7\2\1\1\0\1a\1"),
    OFFENCE(V5, 0x30, "\0\1a\4\x08\0\1#x"),
    /* Reason Codes that the packet has not; Session Expiry Interval at last where there was none */
    OFFENCE(V5, 0x40, "\0\7\1"),
    OFFENCE(V5, 0x62, "\0\7\x80"),
    OFFENCE(V5, 0xe0, "\1"),
    /* AUTH without a method; a property that comes too late */
    OFFENCE(V5, 0xf0, ""),
    OFFENCE(V5, 0xf0, "\x19\x08\x15\0\5OTHER"),
};

static const Offence first[] = {
    OFFENCE(BOTH, 0xc0, ""),
    OFFENCE(BOTH, 0x10, "\0\4MQTT\x63\2\0\0\0\1z") /* a level nobody knows */,
    OFFENCE(V4, 0x10, "\0\4MQTT\4\0\0\0\0\0") /* no Client Identifier, and CleanSession 0 */,
    OFFENCE(V4, 0x10, "\0\4MQTX\4\2\0\0\0\1z"),
    OFFENCE(V5, 0x10, "\0\4MQTX\5\2\0\0\0\0\1z"),
    OFFENCE(V4, 0x10, "\0\4MQTT\4\3\0\0\0\1z") /* the reserved flag */,
    OFFENCE(V5, 0x10, "\0\4MQTT\5\3\0\0\0\0\1z"),
    OFFENCE(V4, 0x10, "\0\4MQTT\4\x22\0\0\0\1z") /* Will Retain without a will */,
    OFFENCE(V5, 0x10, "\0\4MQTT\5\x22\0\0\0\0\1z"),
    OFFENCE(V4, 0x10, "\0\4MQTT\4\x1e\0\0\0\1z\0\1a\0\1w") /* Will QoS 3 */,
    OFFENCE(V5, 0x10, "\0\4MQTT\5\x1e\0\0\0\0\1z\0\0\1a\0\1w"),
    OFFENCE(V4, 0x10, "\0\4MQTT\4\2\0\0\0\3z\xc0\x80"),
    OFFENCE(V5, 0x10, "\0\4MQTT\5\2\0\0\6\x21\0\5\x21\0\5\0\1z") /* Receive Maximum twice */,
    OFFENCE(V5, 0x10, "\0\4MQTT\5\2\0\0\3\x21\0\0\0\1z"),
    OFFENCE(V5, 0x10, "\0\4MQTT\5\2\0\0\2\1\1\0\1z") /* Payload Format Indicator */,
    OFFENCE(V5, 0x10, "\0\4MQTT\5\2\0\0\5\x16\0\2xy\0\1z") /* data of no method */,
    OFFENCE(V4, 0x30, "\0\1a"),
    OFFENCE(V5, 0xf0, ""),
};

static const Offence *draw(SoakNode *node, const Offence *table, size_t count) {
    uint8_t wanted = node->version == DRILL_MQTT_5_0 ? V5 : V4;
    const Offence *offence;
    do
        offence = &table[soak_below(&node->workload->dice, count)];
    while ((offence->versions & wanted) == 0);
    return offence;
}

static void send(SoakNode *node, const void *bytes, size_t size) {
    DrillResult sent = drill_world_raw_send(node->client, drill_span(bytes, size));
    DRILL_ASSERT(sent == DRILL_OK || sent == DRILL_BUSY);
}

/* More at once than the server takes. Identifiers are as new as those of other messages. */
static void overrun(SoakNode *node) {
    uint32_t room = node->allowance.receive_maximum - node->allowance.unanswered;
    for (uint32_t left = room + 1; left > 0; left--) {
        uint8_t packet[] = {0x34,
                            6,
                            0,
                            1,
                            'a',
                            (uint8_t)(node->next_identifier >> 8),
                            (uint8_t)node->next_identifier,
                            0};
        send(node, packet, sizeof(packet));
        if (++node->next_identifier == 0) node->next_identifier = 1;
    }
}

static bool offend_limits(SoakNode *node) {
    static const uint8_t qos_1[] = {0x32, 6, 0, 1, 'a', 0xee, 0xee, 0};
    static const uint8_t qos_2[] = {0x34, 6, 0, 1, 'a', 0xee, 0xee, 0};
    static const uint8_t retain[] = {0x31, 5, 0, 1, 'a', 0, 'x'};
    static const uint8_t large[4096] = {0x30, 0xfd, 0x1f, 0, 1, 'a', 0};
    SoakAllowance *allowance = &node->allowance;
    if (allowance->receive_maximum < 10 && soak_one_in(&node->workload->dice, 2))
        overrun(node);
    else if (allowance->qos_max < DRILL_QOS_2)
        send(node, allowance->qos_max == DRILL_QOS_0 ? qos_1 : qos_2, sizeof(qos_1));
    else if (allowance->no_retain)
        send(node, retain, sizeof(retain));
    else if (allowance->packet_bytes_max > 0)
        send(node, large, sizeof(large));
    else
        return false;
    return true;
}

void soak_raw_offend(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    bool open = drill_world_client_is_open(node->client);
    const Offence *offence = open ? draw(node, later, DRILL_ARRAY_COUNT(later))
                                  : draw(node, first, DRILL_ARRAY_COUNT(first));
    if (open && !node->connected) return;
    node->offended = true;
    if (open && soak_one_in(dice, 12)) {
        soak_raw_connect(node); /* a second one */
        return;
    }
    if (open && node->version == DRILL_MQTT_5_0 && soak_one_in(dice, 4) && offend_limits(node))
        return;
    if (!open && drill_world_raw_open(node->client) != DRILL_OK) return;
    uint8_t bytes[64] = {offence->first, (uint8_t)offence->size};
    for (size_t i = 0; i < offence->size; i++)
        bytes[2 + i] = (uint8_t)offence->body[i];
    send(node, bytes, 2 + offence->size);
    /* Who is not let in need not wait for it. */
    static const uint8_t more[][9] = {{0x82, 6, 0, 7, 0, 1, 'a', 0},
                                      {0x82, 7, 0, 7, 0, 0, 1, 'a', 0}};
    bool v5 = node->version == DRILL_MQTT_5_0;
    if (!open && soak_one_in(dice, 2)) send(node, more[v5], v5 ? 9 : 8);
}

/* --- the hostile node: alone with its Session, and on a good link --- */

void soak_hostile_new(SoakWorkload *workload) {
    SoakNode *node = &workload->hostile;
    node->workload = workload;
    node->raw = true;
    node->next_identifier = 1;
    node->version =
        workload->mixed && soak_one_in(&workload->dice, 3) ? DRILL_MQTT_3_1_1 : workload->version;
    node->answers.allocator = node->unacknowledged.allocator = workload->allocator;
    node->challenge.allocator = workload->allocator;
    node->client_id[0] = 'x';
    node->config = (DrillClientConfig){.version = node->version};
    DrillWorldClientOptions options = {.name = "x", .raw = true, .client = node->config};
    DrillDiagnostic diagnostic = {""};
    DrillResult added =
        drill_world_add_client(workload->world, &options, &node->client, &diagnostic);
    DRILL_ASSERT(added == DRILL_OK);
    drill_world_client_set_user(node->client, node);
}

static void come_in(SoakNode *node) {
    const SoakWorkload *workload = node->workload;
    SoakDice *dice = &node->workload->dice;
    bool authenticates = workload->authentication.method != DRILL_METHOD_NONE &&
                         (!workload->authentication.optional || soak_one_in(dice, 2));
    node->offended = false;
    node->config.clean = soak_one_in(dice, 2);
    soak_list_begin(&node->connect_list, node->workload);
    if (node->version == DRILL_MQTT_5_0 && soak_one_in(dice, 2))
        soak_put_number(&node->connect_list, DRILL_SESSION_EXPIRY_INTERVAL, 100);
    if (node->version == DRILL_MQTT_5_0 && authenticates)
        soak_put_text(&node->connect_list, DRILL_AUTHENTICATION_METHOD, "DRILL-REVERSE");
    node->config.properties = soak_list(&node->connect_list);
    if (drill_world_raw_open(node->client) == DRILL_OK) soak_raw_connect(node);
}

/* A second authentication: wrong answers will follow, or it is by another method. */
static void authenticate_again(SoakNode *node) {
    bool same = soak_one_in(&node->workload->dice, 2);
    soak_list_begin(&node->packet_list, node->workload);
    soak_put_text(&node->packet_list, DRILL_AUTHENTICATION_METHOD,
                  same ? "DRILL-REVERSE" : "OTHER");
    DrillPacket auth = {
        .type = DRILL_AUTH,
        .as.reason = {.reason_code = 0x19, .properties = soak_list(&node->packet_list)}};
    node->offended = true;
    (void)soak_raw_send(node, &auth);
}

/* A Topic Alias that only the connection before knew, or that the next one will not know. */
static void alias(SoakNode *node) {
    static const uint8_t alone[] = {0x30, 7, 0, 0, 3, 0x23, 0, 1, 'x'};
    static const uint8_t with_topic[] = {0x30, 8, 0, 1, 'a', 3, 0x23, 0, 1, 'x'};
    if (node->aliased) {
        node->offended = true;
        send(node, alone, sizeof(alone));
    } else {
        send(node, with_topic, sizeof(with_topic));
    }
    node->aliased = !node->aliased;
}

/* QoS 1 under an identifier that a QoS 2 message holds. */
static void clash(SoakNode *node) {
    bool v5 = node->version == DRILL_MQTT_5_0;
    uint8_t packet[] = {0x34, v5 ? 6 : 5, 0, 1, 'c', 0x4e, 0x20, 0};
    send(node, packet, sizeof(packet) - !v5);
    packet[0] = 0x32;
    send(node, packet, sizeof(packet) - !v5);
    node->offended = true;
}

/* What need not be an offence. False: nothing could be done. */
static bool prepare(SoakNode *node) {
    DrillProperty found;
    SoakDice *dice = &node->workload->dice;
    bool v5 = node->version == DRILL_MQTT_5_0;
    if (!soak_one_in(dice, 3)) return false;
    if (v5 && drill_properties_find(node->config.properties, DRILL_AUTHENTICATION_METHOD, &found))
        authenticate_again(node);
    else if (v5 && node->allowance.topic_alias_maximum > 0 && soak_one_in(dice, 2))
        alias(node);
    else if (node->allowance.qos_max == DRILL_QOS_2 && node->allowance.receive_maximum > 1)
        clash(node);
    else
        return false;
    return true;
}

void soak_hostile_act(SoakWorkload *workload) {
    SoakNode *node = &workload->hostile;
    SoakDice *dice = &workload->dice;
    if (!drill_world_client_is_open(node->client)) {
        if (soak_one_in(dice, 4))
            soak_raw_offend(node);
        else
            come_in(node);
    } else if (node->connected && !node->offended) {
        if (!prepare(node)) soak_raw_offend(node);
    }
}
