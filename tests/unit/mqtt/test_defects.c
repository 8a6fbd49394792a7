/* Every defect, switched on, changes what is on the wire at the clients' side in a small scenario,
 * in both versions as far as it has a form there; and whatever is switched on, nothing crashes in
 * any of the scenarios. */
#include "unit/mqtt/net.h"
#include "unit/suite.h"

static DrillDefectSet defects;

static const DrillClientConfig clean = {.clean = true};
static const DrillClientConfig lasting = {.clean = false};

static Net *start(DrillBrokerConfig config) {
    config.defects = defects;
    return net_new(&config);
}

static Peer *client(Net *net, const char *name, DrillClientConfig config) {
    config.defects = defects;
    Peer *peer = net_client(net, name, config);
    net_connect(peer);
    return peer;
}

static Peer *raw(Net *net, const char *name, bool is_clean) {
    Peer *peer = net_peer(net, name);
    net_raw_connect(peer, is_clean);
    return peer;
}

/* Attempts, not promises: a defect may have closed the connection. */
static void post(Peer *peer, int qos, bool retain, const char *topic, const char *payload) {
    DrillPublishPacket m = {.qos = (DrillQos)qos,
                            .retain = retain,
                            .topic = drill_span_of(topic),
                            .payload = drill_span_of(payload)};
    DrillMessageId id = 0;
    DrillResult result = drill_client_publish(peer->client, &m, peer->net->now_ns, &id);
    (void)result;
    net_settle(peer->net);
}

static void subscribe(Peer *peer, const char *text) {
    if (drill_client_state(peer->client) == DRILL_CLIENT_UP) net_subscribe(peer, text);
}

static void reconnect(Peer *peer) {
    if (peer->open) net_cut(peer);
    if (peer->client != NULL)
        net_connect(peer);
    else
        net_raw_connect(peer, false);
}

/* --- scenarios --- */

static Net *qos2_repeats(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *sub = client(net, "sub", clean), *p = raw(net, "p", true), *q = raw(net, "q", true);
    subscribe(sub, "t 2");
    net_raw_publish(p, 2, 7, false, "t", "x");
    net_raw_publish(p, 2, 7, true, "t", "x");
    net_wait(net, 3 * DRILL_NS_PER_S);
    net_raw_publish(p, 2, 7, true, "t", "x");
    net_raw_ack(p, DRILL_PUBREL, 7);
    net_raw_publish(p, 2, 7, false, "t", "new");
    net_raw_ack(p, DRILL_PUBREL, 7);
    net_raw_ack(q, DRILL_PUBREL, 9);
    return net;
}

static Net *qos2_resumed(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *sub = client(net, "sub", clean), *p = raw(net, "p", false);
    subscribe(sub, "t 2");
    net_raw_publish(p, 2, 7, false, "t", "x");
    reconnect(p);
    net_raw_ack(p, DRILL_PUBREL, 7);
    net_raw_publish(p, 2, 8, true, "t", "y");
    net_raw_ack(p, DRILL_PUBREL, 8);
    return net;
}

static Net *acknowledgements(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", true), *pub = client(net, "pub", clean);
    net_raw_publish(p, 1, 7, false, "t", "x");
    net_raw_publish(p, 2, 8, false, "t", "x");
    net_raw_subscribe(p, 1, "t 1");
    post(pub, 1, false, "t", "1");
    post(pub, 1, false, "t", "2");
    net_raw_publish(p, 1, 9, false, "u", "x");
    return net;
}

static Net *resumption(void) {
    Net *net = start((DrillBrokerConfig){.inflight_max = 4});
    Peer *pub = client(net, "pub", clean), *p = raw(net, "p", false);
    net_raw_subscribe(p, 1, "t 2");
    post(pub, 1, false, "t", "1");
    post(pub, 2, false, "t", "2");
    post(pub, 1, false, "t", "3");
    post(pub, 2, false, "t", "4");
    net_raw_ack(p, DRILL_PUBACK, 1);
    net_raw_ack(p, DRILL_PUBREC, 2);
    net_cut(p);
    post(pub, 1, false, "t", "5");
    post(pub, 1, false, "t", "6");
    post(pub, 1, false, "t", "7");
    net_raw_connect(p, false);
    post(pub, 1, false, "t", "8");
    net_raw_ack(p, DRILL_PUBREC, 2);
    net_raw_ack(p, DRILL_PUBCOMP, 2);
    net_raw_ack(p, DRILL_PUBACK, 3);
    net_raw_ack(p, DRILL_PUBACK, 5);
    net_raw_ack(p, DRILL_PUBACK, 6);
    return net;
}

static Net *identifiers(void) {
    Net *net = start((DrillBrokerConfig){.first_packet_identifier = 65535});
    Peer *pub = client(net, "pub",
                       (DrillClientConfig){.clean = true, .first_packet_identifier = 65535}),
         *p = raw(net, "p", true);
    net_raw_subscribe(p, 1, "t 2");
    pub->hold_to_client = true;
    for (int i = 0; i < 12; i++)
        post(pub, 1, false, "t", "x");
    return net;
}

static Net *flags(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *sub = client(net, "sub", clean), *p = raw(net, "p", true);
    subscribe(sub, "t 1");
    net_raw_publish(p, 1, 7, true, "t", "x");
    net_raw_publish(p, 1, 8, false, "t", "x");
    net_raw_publish(p, 0, 0, false, "t", "x");
    return net;
}

static Net *overtaking(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *sub = client(net, "sub", clean), *p = raw(net, "p", true);
    subscribe(sub, "t 2");
    net_raw_publish(p, 2, 1, false, "t", "slow");
    net_raw_publish(p, 1, 2, false, "t", "fast");
    net_raw_ack(p, DRILL_PUBREL, 1);
    return net;
}

static Net *session_ends(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *pub = client(net, "pub", clean), *p = raw(net, "p", false);
    net_raw_subscribe(p, 1, "t 1");
    net_cut(p);
    post(pub, 1, false, "t", "x");
    net_raw_connect(p, true);
    post(pub, 1, false, "t", "y");
    return net;
}

static Net *takeover(void) {
    Net *net = start((DrillBrokerConfig){0});
    DrillClientConfig config = {
        .client_id = drill_span_of("same"),
        .has_will = true,
        .will = {.topic = drill_span_of("w"), .payload = drill_span_of("old")}};
    Peer *pub = client(net, "pub", clean);
    subscribe(pub, "w 0");
    Peer *a = client(net, "a", config);
    subscribe(a, "t 1");
    a->hold_to_client = true;
    post(pub, 1, false, "t", "x");
    config.will.payload = drill_span_of("new");
    Peer *b = client(net, "b", config);
    post(pub, 1, false, "t", "y");
    net_cut(b);
    return net;
}

static Net *entries(void) {
    /* First bytes: anything but CONNECT, two CONNECTs, a level that is not served, an empty Client
     * Identifier without and with a new Session, wrong flags. */
    static const char *const rows_5_0[] = {
        "c000", "100d 0004 4d515454 05 02 003c 00 0000 100d 0004 4d515454 05 02 003c 00 0000",
        "100e 0004 4d515454 06 02 003c 00 0001 61", "100d 0004 4d515454 05 00 003c 00 0000",
        "100d 0004 4d515454 05 02 003c 00 0000 8007 0001 00 0001 61 00"};
    static const char *const rows_3_1_1[] = {
        "c000", "100c 0004 4d515454 04 02 003c 0000 100c 0004 4d515454 04 02 003c 0000",
        "100e 0004 4d515454 06 02 003c 00 0001 61", "100c 0004 4d515454 04 00 003c 0000",
        "100c 0004 4d515454 04 02 003c 0000 8006 0001 0001 61 00"};
    Net *net = start((DrillBrokerConfig){0});
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows_5_0); i++) {
        Peer *p = net_peer(net, "p");
        net_open(p);
        net_hex(p, net_version == DRILL_MQTT_5_0 ? rows_5_0[i] : rows_3_1_1[i]);
    }
    return net;
}

static Net *keep_alive(void) {
    Net *net = start((DrillBrokerConfig){0});
    client(net, "silent", (DrillClientConfig){.clean = true, .keep_alive_s = 10});
    client(net, "pinging",
           (DrillClientConfig){.clean = true, .keep_alive_s = 10, .auto_ping = true});
    net_wait(net, 40 * DRILL_NS_PER_S);
    return net;
}

static Net *takeover_in_flight(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *pub = client(net, "pub", clean), *p = raw(net, "p", false);
    net_raw_subscribe(p, 1, "t 1");
    post(pub, 1, false, "t", "x");
    raw(net, "p", false);
    return net;
}

static Net *wills(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *watch = client(net, "watch", clean);
    subscribe(watch, "w/# 2");
    DrillClientConfig config = {.clean = true,
                                .has_will = true,
                                .will = {.topic = drill_span_of("w/a"),
                                         .payload = drill_span_of("x"),
                                         .qos = DRILL_QOS_2,
                                         .retain = true}};
    Peer *a = client(net, "a", config);
    config.will.topic = drill_span_of("w/b");
    config.will.qos = DRILL_QOS_1;
    config.will.retain = false;
    Peer *b = client(net, "b", config), *c = client(net, "c", config);
    net_cut(a);
    net_cut(b);
    if (drill_client_state(c->client) == DRILL_CLIENT_UP) net_disconnect(c);
    subscribe(watch, "w/+ 0");
    return net;
}

static Net *retained(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *pub = client(net, "pub", clean), *live = client(net, "live", clean);
    subscribe(live, "r/# 2");
    post(pub, 2, true, "r/a", "1");
    post(pub, 2, true, "r/a", "2");
    post(pub, 1, true, "r/b", "3");
    post(pub, 1, true, "r/b", "");
    post(pub, 0, true, "r/c", "4");
    post(pub, 0, false, "r/d", "5");
    Peer *p = raw(net, "p", false);
    net_raw_subscribe(p, 1, "r/+ 1");
    net_raw_subscribe(p, 2, "r/+ 1");
    net_cut(p);
    net_cut(pub);
    net_raw_connect(p, false);
    Peer *q = raw(net, "q", true);
    net_raw_subscribe(q, 1, "r/# 2");
    return net;
}

static Net *retained_release(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", false), *sub = client(net, "sub", clean);
    bool v5 = net_version == DRILL_MQTT_5_0;
    net_hex(p, v5 ? "3507 0001 74 0007 00 78" : "3506 0001 74 0007 78"); /* QoS 2, RETAIN */
    reconnect(p);
    net_raw_ack(p, DRILL_PUBREL, 7);
    subscribe(sub, "t 2");
    return net;
}

static Net *subscriptions(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *pub = client(net, "pub", clean), *p = raw(net, "p", true), *q = raw(net, "q", true),
         *r = raw(net, "r", true);
    net_raw_subscribe(p, 1, "a/# 2 a/+ 0 b 1");
    net_raw_subscribe(q, 1, "+ 0 +/x 1");
    net_raw_subscribe(r, 1, "# 1");
    post(pub, 2, false, "a", "1");
    post(pub, 2, false, "a/x", "2");
    post(pub, 2, false, "a/y/x", "3");
    post(pub, 0, false, "b", "4");
    post(pub, 1, false, "$d/x", "5");
    post(pub, 1, false, "b/", "6");
    net_raw_unsubscribe(r, 2, "# 0");
    net_raw_unsubscribe(r, 3, "# 0");
    post(pub, 1, false, "after", "7");
    return net;
}

static Net *unsubscribing(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *pub = client(net, "pub", clean), *p = raw(net, "p", false);
    net_raw_subscribe(p, 1, "t 1");
    post(pub, 1, false, "t", "x");
    net_raw_unsubscribe(p, 2, "t 0");
    reconnect(p);
    return net;
}

static DrillAuthStep method_start(void *context, bool again, DrillBuffer *data) {
    (void)context;
    (void)again;
    drill_buffer_put(data, "x", 1);
    return DRILL_AUTH_STEP_DATA;
}

static DrillAuthStep method_step(void *context, bool last, DrillSpan data, DrillBuffer *answer) {
    (void)context;
    if (last) return DRILL_AUTH_STEP_EMPTY;
    if (data.size == 0) return DRILL_AUTH_STEP_REFUSE;
    for (size_t i = data.size; i-- > 0;)
        drill_buffer_put(answer, &data.data[i], 1);
    return DRILL_AUTH_STEP_DATA;
}

/* DRILL-REVERSE; before 5.0 there is nothing to see. */
static Net *authentication(void) {
    static const DrillAuthMethod *const methods[] = {&drill_auth_reverse};
    static const DrillClientAuth method = {
        .method = "DRILL-REVERSE", .start = method_start, .step = method_step};
    Net *net = start((DrillBrokerConfig){.auth_methods = methods, .auth_method_count = 1});
    DrillClientConfig config = clean;
    if (net_version == DRILL_MQTT_5_0) config.auth = &method;
    client(net, "c", config);
    return net;
}

/* A client whose acknowledgements are lost, with messages in every state, comes back. */
static Net *client_resumes(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *c = client(net, "c", lasting);
    c->hold_to_broker = true;
    post(c, 1, false, "t", "0");
    post(c, 2, false, "t", "1");
    post(c, 1, false, "t", "2");
    net_cut(c);
    net_connect(c);
    c->hold_to_client = true;
    post(c, 2, false, "t", "3");
    c->hold_to_client = false;
    c->hold_to_broker = true;
    net_settle(net);
    net_cut(c);
    net_connect(c);
    post(c, 1, false, "t", "4");
    net_cut(c);
    net_connect(c);
    return net;
}

/* The server forgets everything. */
static Net *client_forgotten(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *c = client(net, "c", lasting);
    c->hold_to_broker = true;
    post(c, 1, false, "t", "0");
    post(c, 2, false, "t", "1");
    net_cut(c);
    drill_broker_restart(net->broker, false, net->now_ns);
    net_connect(c);
    return net;
}

static Net *client_sends(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *c = client(net, "c", clean);
    for (int qos = 0; qos < 3; qos++)
        post(c, qos, false, "t", "x");
    if (drill_client_state(c->client) == DRILL_CLIENT_UP) net_disconnect(c);
    return net;
}

static Net *client_receives(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", true), *c = client(net, "c", clean);
    subscribe(c, "t 2");
    for (uint16_t i = 1; i <= 4; i++)
        net_raw_publish(p, 1, i, false, "t", "x");
    for (uint16_t i = 1; i <= 4; i++) {
        net_raw_publish(p, 2, i, false, "t", "x");
        net_raw_ack(p, DRILL_PUBREL, i);
    }
    return net;
}

/* Identifiers that come again, in a new Session. */
static Net *client_meets_again(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", true), *c = client(net, "c", clean);
    for (int round = 0; round < 2; round++) {
        subscribe(c, "t 1");
        net_raw_publish(p, 1, 1, false, "t", "x");
        reconnect(c);
    }
    return net;
}

static Net *client_waits(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", true), *c = client(net, "c", clean);
    subscribe(c, "t 2");
    c->hold_to_broker = true;
    post(c, 1, false, "u", "x");
    net_raw_publish(p, 1, 1, false, "t", "x");
    c->hold_to_broker = false;
    net_settle(net);
    return net;
}

/* Bytes from a server that remembers more than the client. */
static Net *client_surprised(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *c = client(net, "c", lasting);
    static const uint8_t pubrec[] = {0x50, 2, 0, 9}, pubrel[] = {0x62, 2, 0, 9};
    drill_buffer_put(&c->to_client, pubrec, sizeof pubrec);
    net_settle(net);
    drill_buffer_put(&c->to_client, pubrel, sizeof pubrel);
    net_settle(net);
    return net;
}

/* A QoS 2 message reaches the client, the connection dies before PUBREL. */
static Net *client_inbound_resumed(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *p = raw(net, "p", true), *c = client(net, "c", lasting);
    subscribe(c, "t 2");
    net_raw_publish(p, 2, 1, false, "t", "x");
    c->hold_to_broker = true;
    net_raw_ack(p, DRILL_PUBREL, 1); /* PUBLISH arrives, PUBREC does not */
    c->hold_to_broker = false;
    c->hold_to_client = true;
    net_settle(net); /* PUBREC arrives, PUBREL does not */
    reconnect(c);
    return net;
}

/* --- from single reports --- */

/* With CONNECT, and after it: the reserved type. */
static Net *odd_bytes(void) {
    bool v5 = net_version == DRILL_MQTT_5_0;
    const char *connect =
        v5 ? "100d 0004 4d515454 05 02 003c 00 0000" : "100c 0004 4d515454 04 02 003c 0000";
    const char *rest[] = {v5 ? "3207 0001 74 0001 00 78" : "3206 0001 74 0001 78", "0ac000"};
    Net *net = start((DrillBrokerConfig){0});
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rest); i++) {
        char bytes[128];
        Peer *p = net_peer(net, "p");
        net_open(p);
        snprintf(bytes, sizeof bytes, "%s %s", connect, i == 0 ? rest[i] : "");
        net_hex(p, bytes);
        net_wait(net, DRILL_NS_PER_S);
        if (i > 0) net_hex(p, rest[i]);
    }
    return net;
}

/* Its own exchange waits for PUBCOMP when the same identifier comes; and a copy. */
static Net *client_both_ways(void) {
    Net *net = start((DrillBrokerConfig){0});
    Peer *c = client(net, "c", clean);
    subscribe(c, "t 2");
    static const uint8_t pubrec[] = {0x50, 2, 0, 2};
    c->hold_to_broker = true;
    post(c, 2, false, "u", "x");
    drill_buffer_put(&c->to_client, pubrec, sizeof pubrec);
    net_settle(net);
    DrillPublishPacket publish = {.qos = DRILL_QOS_2,
                                  .packet_identifier = 2,
                                  .topic = drill_span_of("t"),
                                  .payload = drill_span_of("y")};
    DrillPacket packet = {.type = DRILL_PUBLISH, .as.publish = publish};
    for (int copy = 0; copy < 2; copy++) {
        packet.as.publish.dup = copy > 0;
        DrillResult result = drill_codec_encode(&packet, net_version, &c->to_client);
        ck_assert_int_eq(result, DRILL_OK);
        net_settle(net);
    }
    c->hold_to_broker = false;
    net_settle(net);
    return net;
}

static Net *client_aliases(void) {
    DrillBrokerConfig config = {.topic_alias_maximum = 1,
                                .topic_aliases = DRILL_TOPIC_ALIASES_FIRST};
    Net *net = start(config);
    if (net_version != DRILL_MQTT_5_0) return net;
    static const uint8_t three[] = {DRILL_TOPIC_ALIAS_MAXIMUM, 0, 3};
    DrillClientConfig aliasing = {
        .clean = true, .auto_alias = true, .properties = {drill_span(three, sizeof three), 1}};
    Peer *c = client(net, "c", aliasing);
    subscribe(c, "t/# 0");
    post(c, 1, false, "t/b", "x");
    post(c, 1, false, "t/a", "x");
    post(c, 1, false, "t/a", "x");
    reconnect(c);
    subscribe(c, "t/# 0");
    post(c, 1, false, "t/a", "x");
    return net;
}

typedef Net *(*Scenario)(void);

/* clang-format off */
static const struct {
    DrillDefectId id;
    Scenario scenario;
} rows[] = {
#define ROW(id, scenario) {DRILL_DEFECT_##id, scenario},
    ROW(B_QOS2_NO_INBOUND_ID_STORE, qos2_repeats)
    ROW(B_QOS2_INBOUND_IDS_LOST_ON_RECONNECT, qos2_resumed)
    ROW(B_QOS2_INBOUND_ID_TIMEOUT, qos2_repeats)
    ROW(B_QOS2_TRUST_DUP_AS_SEEN, qos2_resumed)
    ROW(B_QOS2_SECOND_DUP_IS_ERROR, qos2_repeats)
    ROW(B_QOS2_ID_NOT_FREED_AFTER_PUBCOMP, qos2_repeats)
    ROW(B_QOS2_PUBREL_UNKNOWN_IGNORED, qos2_repeats)
    ROW(B_QOS2_PUBREL_UNKNOWN_CLOSES, qos2_repeats)
    ROW(B_QOS2_LOST_ON_RELEASE_AFTER_RESUME, qos2_resumed)
    ROW(B_QOS2_RELEASE_LOSES_QOS_RETAIN, retained_release)
    ROW(B_QOS2_PUBREC_AFTER_PUBCOMP, qos2_repeats)
    ROW(B_QOS2_REJECT_DUP1, qos2_repeats)
    ROW(B_QOS2_DUP_WITHOUT_PUBREC, qos2_repeats)
    ROW(B_QOS1_NOT_ACKED, acknowledgements)
    ROW(B_QOS1_ANSWERED_PUBREC, acknowledgements)
    ROW(B_ACK_WRONG_ID, acknowledgements)
    ROW(B_QUOTA_BLOCKS_ACKS, acknowledgements)
    ROW(B_OWED_PUBREL_NOT_RESENT, resumption)
    ROW(B_PUBLISH_INSTEAD_OF_PUBREL, resumption)
    ROW(B_REDELIVER_WITH_NEW_ID, resumption)
    ROW(B_REDELIVER_DUP0, resumption)
    ROW(B_ACKED_MESSAGE_REDELIVERED, resumption)
    ROW(B_DEAD_SOCKET_COUNTS_AS_DELIVERED, resumption)
    ROW(B_ID_ZERO_ON_WRAP, identifiers)
    ROW(B_ID_REUSED_IN_FLIGHT, identifiers)
    ROW(B_DUP_ON_FIRST_SEND, flags)
    ROW(B_DUP_PROPAGATED, flags)
    ROW(B_REPEAT_PUBREC_ABORTS, resumption)
    ROW(B_QOS0_DUPLICATED, flags)
    ROW(B_QOS0_DUP_FLAG, flags)
    ROW(B_LIVE_BEFORE_BACKLOG, resumption)
    ROW(B_RESEND_UNORDERED, resumption)
    ROW(B_BACKLOG_CHUNKS_REVERSED, resumption)
    ROW(B_OVERTAKE_DROPS_OLDER, overtaking)
    ROW(B_SESSION_NOT_STORED, resumption)
    ROW(B_SESSION_PRESENT_ALWAYS, session_ends)
    ROW(B_SESSION_PRESENT_NEVER, resumption)
    ROW(B_CLEAN_SESSION_KEPT, session_ends)
    ROW(B_SUBS_ONLY_RESUME, resumption)
    ROW(B_TWO_LIVE_CONNECTIONS, takeover)
    ROW(B_TAKEOVER_LOSES_CONCURRENT_MESSAGE, takeover_in_flight)
    ROW(B_PACKET_BEFORE_CONNECT, entries)
    ROW(B_SECOND_CONNECT_ACCEPTED, entries)
    ROW(B_LEVEL_WRONG_CODE, entries)
    ROW(B_EMPTY_ID_ACCEPTED, entries)
    ROW(B_REFUSED_KEPT_OPEN, entries)
    ROW(B_FIXED_HEADER_FLAGS_IGNORED, entries)
    ROW(B_KEEPALIVE_NEVER, keep_alive)
    ROW(B_PINGREQ_UNANSWERED, keep_alive)
    ROW(B_PINGRESP_BAD_LENGTH, keep_alive)
    ROW(B_WILL_NOT_PUBLISHED, wills)
    ROW(B_WILL_QOS2_LOST, wills)
    ROW(B_WILL_ON_DISCONNECT, wills)
    ROW(B_WILL_TWICE, wills)
    ROW(B_WILL_RETAIN_IGNORED, wills)
    ROW(B_WILL_ALWAYS_RETAINED, wills)
    ROW(B_WILL_WRONG_CONNECTION, takeover)
    ROW(B_RETAIN_FLAG_LIVE, retained)
    ROW(B_RETAIN_FLAG_MISSING_ON_REPLAY, retained)
    ROW(B_RETAINED_EMPTY_STORED, retained)
    ROW(B_RETAINED_NOT_CLEARED, retained)
    ROW(B_RETAINED_CLEAR_NOT_FORWARDED, retained)
    ROW(B_RETAINED_TWO_PER_TOPIC, retained)
    ROW(B_RETAINED_WITHOUT_FLAG, retained)
    ROW(B_RETAINED_LOST_WITH_SESSION, retained)
    ROW(B_RETAINED_QOS_NOT_CAPPED, retained)
    ROW(B_RETAINED_QOS_LOST, retained)
    ROW(B_RETAINED_NO_ID_OR_STATE, retained)
    ROW(B_RETAINED_NOT_ON_RESUBSCRIBE, retained)
    ROW(B_RETAINED_STALE, retained)
    ROW(B_RETAINED_ON_RESUME_WITHOUT_SUBSCRIBE, retained)
    ROW(B_OVERLAP_LOWER_QOS, subscriptions)
    ROW(B_QOS_NOT_DOWNGRADED, subscriptions)
    ROW(B_QOS_UPGRADED, subscriptions)
    ROW(B_WILDCARD_PLUS_MULTI_LEVEL, subscriptions)
    ROW(B_HASH_MISSES_PARENT, subscriptions)
    ROW(B_DOLLAR_MATCHED, subscriptions)
    ROW(B_TOPIC_SLASH_STRIPPED, subscriptions)
    ROW(B_UNSUBSCRIBE_IGNORED, subscriptions)
    ROW(B_UNSUBSCRIBE_DROPS_INFLIGHT, unsubscribing)
    ROW(B_UNSUBACK_ONLY_IF_REMOVED, subscriptions)
    ROW(B_SUBACK_WRONG_ORDER, subscriptions)
    ROW(B_SUBACK_ONE_CODE, subscriptions)
    ROW(B_SUBACK_WRONG_ID, subscriptions)
    ROW(B_AUTH_DATA_DROPPED, authentication)
    ROW(B_AUTH_SKIPPED, authentication)
    ROW(C_PUBLISH_NOT_RESENT, client_resumes)
    ROW(C_OWED_PUBREL_NOT_RESENT, client_resumes)
    ROW(C_PUBLISH_INSTEAD_OF_PUBREL, client_resumes)
    ROW(C_INFLIGHT_COUNTER_STUCK, client_resumes)
    ROW(C_INBOUND_IDS_LOST_ON_CLOSE, client_inbound_resumed)
    ROW(C_RESEND_DESPITE_SP0, client_forgotten)
    ROW(C_UNKNOWN_PUBREL_ERROR, client_surprised)
    ROW(C_DUP0_ON_RESEND, client_resumes)
    ROW(C_DUP_ON_FIRST_SEND, client_sends)
    ROW(C_NEW_ID_ON_RESEND, client_resumes)
    ROW(C_RESEND_UNORDERED, client_resumes)
    ROW(C_COMPLETED_NOT_REMOVED, client_resumes)
    ROW(C_ID_REUSE_ON_WRAP, identifiers)
    ROW(C_ID_ZERO_ON_WRAP, identifiers)
    ROW(C_ACK_WRONG_ID, client_receives)
    ROW(C_NO_ACK_WITHOUT_DUP, client_meets_again)
    ROW(C_PUBLISH_LOST_WHILE_WAITING, client_waits)
    ROW(C_QOS1_NOT_ACKED, client_receives)
    ROW(C_PUBREL_MISSING, client_sends)
    ROW(C_PUBCOMP_MISSING, client_receives)
    ROW(C_PUBACKS_SWAPPED, client_receives)
    ROW(C_PUBRECS_SWAPPED, client_receives)
    ROW(C_QOS0_DUP_FLAG, client_sends)
    ROW(C_FIRST_PACKET_NOT_CONNECT, client_sends)
    ROW(C_PACKET_AFTER_DISCONNECT, client_sends)
    ROW(C_KEEPALIVE_LATE_OR_EARLY, keep_alive)
    ROW(B_QOS2_ANSWERED_PUBACK, acknowledgements)
    ROW(B_WILL_NOT_ON_TAKEOVER, takeover)
    ROW(B_EARLY_PACKETS_LOST, odd_bytes)
    ROW(B_RESERVED_TYPE_IGNORED, odd_bytes)
    ROW(C_QOS2_COPIES_HANDED_OVER, client_both_ways)
    ROW(C_QOS2_ONE_MAP, client_both_ways)
    ROW(C_ALIASES_KEPT, client_aliases)
    ROW(C_ALIAS_BOUND_OF_SERVER, client_aliases)
};
#undef ROW
/* clang-format on */

/* Nothing of these is on the wire. */
static bool only_applications_see(DrillDefectId id) {
    return id == DRILL_DEFECT_C_QOS2_COPIES_HANDED_OVER || id == DRILL_DEFECT_C_QOS2_ONE_MAP;
}

/* What was on the wires, per peer, and with `all` what applications saw. */
static char *wire_of(Scenario scenario, bool all) {
    Net *net = scenario();
    DrillBuffer text = {.allocator = net->allocator};
    for (size_t i = 0; i < net->peer_count; i++) {
        char *rest = (char *)(uintptr_t)drill_buffer_cstring(&net->peers[i]->log);
        drill_buffer_print(&text, "[%s]\n", net->peers[i]->name);
        for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
             line = strtok_r(NULL, "\n", &rest)) {
            if (all || line[0] != '*') drill_buffer_print(&text, "%s\n", line);
        }
    }
    char *copy = strdup(drill_buffer_cstring(&text));
    drill_buffer_release(&text);
    net_free(net);
    return copy;
}

static void check_visible(int _i) {
    defects = (DrillDefectSet){{0}};
    bool all = only_applications_see(rows[_i].id);
    char *correct = wire_of(rows[_i].scenario, all);
    char *again = wire_of(rows[_i].scenario, all);
    ck_assert_str_eq(correct, again);
    drill_defect_set(&defects, rows[_i].id);
    char *wrong = wire_of(rows[_i].scenario, all);
    ck_assert_msg(strcmp(correct, wrong) != 0, "%s changes nothing:\n%s",
                  drill_defect_info(rows[_i].id)->name, correct);
    if (getenv("SHOW_DEFECTS") != NULL)
        printf("=== %s\n--- correct\n%s--- wrong\n%s", drill_defect_info(rows[_i].id)->name,
               correct, wrong);
    free(correct);
    free(again);
    free(wrong);
}

START_TEST(test_visible) {
    if (drill_defect_info(rows[_i].id)->v3_statements[0] != 0) check_visible(_i);
}
END_TEST

START_TEST(test_visible_5_0) {
    net_version = DRILL_MQTT_5_0;
    if (drill_defect_info(rows[_i].id)->v5_statements[0] != 0) check_visible(_i);
}
END_TEST

START_TEST(test_every_scenario) {
    defects = (DrillDefectSet){{0}};
    drill_defect_set(&defects, (DrillDefectId)_i);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (i > 0 && rows[i].scenario == rows[i - 1].scenario) continue;
        net_version = DRILL_MQTT_3_1_1;
        free(wire_of(rows[i].scenario, false));
        net_version = DRILL_MQTT_5_0;
        free(wire_of(rows[i].scenario, false));
    }
}
END_TEST

START_TEST(test_complete) {
    /* The rest is test_defects_broker.c's and test_defects_client.c's. */
    ck_assert_uint_eq(DRILL_ARRAY_COUNT(rows), DRILL_DEFECT_B_QOS2_DOUBLE_PUBREC);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        ck_assert_uint_eq(rows[i].id, i);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("defects");
    TCase *tcase = tcase_create("defects");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_complete);
    tcase_add_loop_test(tcase, test_visible, 0, (int)DRILL_ARRAY_COUNT(rows));
    tcase_add_loop_test(tcase, test_visible_5_0, 0, (int)DRILL_ARRAY_COUNT(rows));
    tcase_add_loop_test(tcase, test_every_scenario, 0, DRILL_DEFECT_COUNT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
