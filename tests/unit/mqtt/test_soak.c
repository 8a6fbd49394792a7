/* Random histories: cuts anywhere, restarts, repetitions on timers. Whatever happens, QoS 2 arrives
 * exactly once, QoS 1 at least once, QoS 0 at most once, each in order; hostile bytes do no harm;
 * steady traffic takes no more memory. */
#include "unit/mqtt/net.h"
#include "unit/suite.h"

static uint64_t random_state = 1;
static unsigned below(unsigned bound) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % bound;
}

enum { CLIENTS = 3, MESSAGES_MAX = 4000 };

typedef struct Sent {
    unsigned qos;
    unsigned arrivals[CLIENTS];
} Sent;

static Sent sent[CLIENTS][MESSAGES_MAX];
static unsigned sent_count[CLIENTS];

static void random_step(Net *net, DrillBuffer *piece) {
    Peer *peer = net->peers[below(CLIENTS)];
    if (below(2) == 0)
        (void)net_move_to_broker(peer, piece);
    else
        (void)net_move_to_client(peer, piece);
}

static void publish_one(Net *net) {
    unsigned from = below(CLIENTS);
    Peer *peer = net->peers[from];
    char payload[48];
    unsigned qos = below(3), number = sent_count[from];
    snprintf(payload, sizeof payload, "%u/%u/%u", from, number, qos);
    DrillPublishPacket m = {
        .qos = (DrillQos)qos, .topic = drill_span_of("t"), .payload = drill_span_of(payload)};
    DrillMessageId id;
    if (number >= MESSAGES_MAX ||
        drill_client_publish(peer->client, &m, net->now_ns, &id) != DRILL_OK)
        return;
    sent[from][number].qos = qos;
    sent_count[from]++;
}

static void restart(Net *net) {
    drill_broker_restart(net->broker, true, net->now_ns);
    for (int i = 0; i < CLIENTS; i++) {
        net->peers[i]->connection = NULL;
        net->peers[i]->to_client.size = net->peers[i]->to_broker.size = 0;
        net_peer_lost(net->peers[i]);
    }
}

/* The client comes back before the broker has noticed that it went: a takeover. */
static void half_open(Peer *peer) {
    DrillBuffer piece = {.allocator = peer->net->allocator};
    net_peer_lost(peer);
    net_open(peer);
    DrillBrokerConnection *fresh = peer->connection;
    ck_assert(net_move_to_broker(peer, &piece)); /* CONNECT */
    peer->connection = fresh;                    /* what was closed is the old one */
    peer->broker_closed = false;
    drill_buffer_release(&piece);
    net_settle(peer->net);
}

static void random_operation(Net *net, DrillBuffer *piece) {
    Peer *peer = net->peers[below(CLIENTS)];
    unsigned what = below(100);
    if (what < 25)
        publish_one(net);
    else if (what < 90)
        random_step(net, piece);
    else if (what < 93 && peer->open)
        net_cut(peer);
    else if (what < 97 && !peer->open)
        net_open(peer);
    else if (what == 97 && below(10) == 0)
        restart(net);
    else if (what == 98)
        net_wait(net, below(2000) * DRILL_NS_PER_MS);
    else if (what == 99 && peer->open && !peer->client_closed && peer->connection != NULL)
        net_cut(peer);
}

static void read_arrivals(Peer *peer, unsigned to) {
    unsigned next[CLIENTS][3] = {{0}};
    char *rest = (char *)(uintptr_t)drill_buffer_cstring(&peer->log);
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        unsigned from, number, qos;
        int granted;
        if (sscanf(line, "*q%d t=%u/%u/%u", &granted, &from, &number, &qos) != 4) continue;
        ck_assert_uint_lt(from, CLIENTS);
        ck_assert_uint_lt(number, sent_count[from]);
        if (sent[from][number].arrivals[to]++ > 0) continue;
        ck_assert_msg(number >= next[from][qos], "%u/%u overtaken", from, number);
        next[from][qos] = number + 1;
    }
}

static void check(Net *net) {
    unsigned total = 0;
    for (unsigned to = 0; to < CLIENTS; to++)
        read_arrivals(net->peers[to], to);
    for (unsigned from = 0; from < CLIENTS; from++) {
        for (unsigned i = 0; i < sent_count[from]; i++) {
            for (unsigned to = 0; to < CLIENTS; to++) {
                unsigned count = sent[from][i].arrivals[to];
                if (sent[from][i].qos == 0) ck_assert_uint_le(count, 1);
                if (sent[from][i].qos == 1) ck_assert_uint_ge(count, 1);
                if (sent[from][i].qos == 2)
                    ck_assert_msg(count == 1, "%u/%u arrived %u times", from, i, count);
                total += count;
            }
        }
    }
    ck_assert_uint_gt(total, 300);
}

/* Session Expiry Interval never, a small Receive Maximum, room for a few Topic Aliases. */
static DrillProperties some_properties(uint8_t bytes[11]) {
    const uint8_t list[] = {
        0x11, 255, 255, 255, 255, 0x21, 0, (uint8_t)(1 + below(4)), 0x22, 0, (uint8_t)below(3)};
    memcpy(bytes, list, sizeof list);
    return (DrillProperties){drill_span(bytes, sizeof list), 3};
}

static void soak(int _i, DrillVersion version) {
    net_version = version;
    random_state = (uint64_t)_i * 7919 + 1;
    memset(sent, 0, sizeof sent);
    memset(sent_count, 0, sizeof sent_count);
    bool retry = below(2) == 0;
    DrillBrokerConfig config = {.qos2_forward = (DrillQos2Forward)below(2),
                                .inflight_max = 1 + below(5),
                                .queue_qos0_offline = below(2) == 0,
                                .retry_ns = retry ? DRILL_NS_PER_S : 0,
                                .first_packet_identifier = (uint16_t)(65500 + below(36))};
    config.receive_maximum = (uint16_t)(1 + below(5));
    config.topic_alias_maximum = (uint16_t)below(3);
    config.topic_aliases = DRILL_TOPIC_ALIASES_RECENT;
    Net *net = net_new(&config);
    DrillBuffer piece = {.allocator = net->allocator};
    uint8_t properties[11];
    static const char *const names[CLIENTS] = {"c0", "c1", "c2"};
    for (int i = 0; i < CLIENTS; i++) {
        DrillClientConfig client = {.keep_alive_s = (uint16_t)(below(3) * 5),
                                    .auto_ping = true,
                                    .retry_ns = retry ? DRILL_NS_PER_S : 0,
                                    .first_packet_identifier = (uint16_t)(65500 + below(36))};
        if (version == DRILL_MQTT_5_0) client.properties = some_properties(properties);
        client.auto_alias = version == DRILL_MQTT_5_0;
        Peer *peer = net_client(net, names[i], client);
        net_connect(peer);
        net_subscribe(peer, "t 2");
    }
    net->chunk_bytes = below(3) == 0 ? 0 : 1 + below(20);
    for (int step = 0; step < 8000; step++)
        random_operation(net, &piece);
    for (int i = 0; i < CLIENTS; i++) {
        Peer *peer = net->peers[i];
        if (peer->open) net_cut(peer);
        net_connect(peer);
    }
    net_settle(net);
    for (int i = 0; i < CLIENTS; i++) {
        ck_assert_uint_eq(net->peers[i]->faults, 0);
        ck_assert_uint_eq(drill_client_pending(net->peers[i]->client), 0);
    }
    check(net);
    drill_buffer_release(&piece);
    net_free(net);
}

START_TEST(test_soak) {
    soak(_i, DRILL_MQTT_3_1_1);
}
END_TEST

START_TEST(test_soak_5_0) {
    soak(_i, DRILL_MQTT_5_0);
}
END_TEST

START_TEST(test_half_open) {
    Net *net = net_new(NULL);
    Peer *pub = net_client(net, "pub", (DrillClientConfig){.clean = true}),
         *sub = net_client(net, "sub", (DrillClientConfig){0});
    net_connect(pub);
    net_connect(sub);
    net_subscribe(sub, "t 2");
    for (int i = 0; i < 20; i++) {
        net_post(pub, 2, false, "t", "x");
        DrillBuffer piece = {.allocator = net->allocator};
        for (int step = 0; step < i; step++) {
            (void)net_move_to_broker(pub, &piece);
            (void)net_move_to_client(pub, &piece);
            (void)net_move_to_client(sub, &piece);
            (void)net_move_to_broker(sub, &piece);
        }
        drill_buffer_release(&piece);
        half_open(sub);
        ck_assert_uint_eq(sub->delivered, (unsigned)i + 1);
    }
    net_free(net);
}
END_TEST

static const char *const seeds[] = {
    "100d 0004 4d515454 04 02 003c 0001 61",
    "101b 0004 4d515454 04 ee 000a 0001 63 0001 77 0001 78 0001 75 0003 702f71",
    "20020000",
    "3208 0003 612f62 0007 78",
    "3409 0003 612f62 0008 7879",
    "3106 0003 612f62 79",
    "40020007",
    "50020008",
    "62020008",
    "70020008",
    "8208 0009 0003 612f62 02",
    "820c 000a 0003 2b2f62 01 0001 23 00",
    "9004 000a 0102",
    "a207 000b 0003 612f62",
    "b002000b",
    "c000",
    "d000",
    "e000",
};

static void hostile_bytes(DrillBuffer *bytes) {
    size_t offset = 0;
    drill_buffer_clear(bytes);
    for (unsigned i = 0, count = 1 + below(6); i < count; i++)
        ck_assert_int_eq(
            drill_parse_hex(drill_span_of(seeds[below(DRILL_ARRAY_COUNT(seeds))]), bytes, &offset),
            DRILL_OK);
    for (unsigned i = below(3); i > 0; i--)
        bytes->data[below((unsigned)bytes->size)] = (uint8_t)below(256);
    if (below(5) == 0) bytes->size = below((unsigned)bytes->size + 1);
}

START_TEST(test_hostile_bytes) {
    random_state = (uint64_t)_i + 17;
    DrillBrokerConfig config = {.packet_bytes_max = 4096,
                                .queue_messages_max = 20,
                                .inflight_max = 5,
                                .overlap = (DrillOverlap)below(2),
                                .qos2_forward = (DrillQos2Forward)below(2),
                                .retry_ns = DRILL_NS_PER_S};
    Net *net = net_new(&config);
    DrillBuffer bytes = {.allocator = net->allocator};
    static const char *const names[] = {"a", "c", "d", "e"};
    for (size_t i = 0; i < 4; i++) {
        if (i < 2)
            net_peer(net, names[i]);
        else
            net_client(net, names[i],
                       (DrillClientConfig){
                           .clean = i == 2, .manual_acks = i == 2, .retry_ns = DRILL_NS_PER_S});
    }
    for (int step = 0; step < 4000; step++) {
        Peer *peer = net->peers[below(4)];
        if (!peer->open) net_connect(peer);
        if (peer->client == NULL && peer->open && below(2) == 0) net_hex(peer, seeds[below(2)]);
        hostile_bytes(&bytes);
        bool to_broker = peer->client == NULL || below(2) == 0;
        DrillBuffer *way = to_broker ? &peer->to_broker : &peer->to_client;
        drill_buffer_put(way, bytes.data, bytes.size);
        if (below(4) == 0) net_settle(net);
        if (below(20) == 0 && peer->open) net_cut(peer);
        if (below(50) == 0) net_wait(net, below(5000) * DRILL_NS_PER_MS);
        if (peer->client != NULL && drill_client_state(peer->client) == DRILL_CLIENT_UP) {
            net_post(peer, (int)below(2), false, "a/b", "x");
            (void)drill_client_pending(peer->client);
        }
        for (int i = 0; i < 4; i++)
            drill_buffer_clear(&net->peers[i]->log);
    }
    drill_buffer_release(&bytes);
    net_free(net);
}
END_TEST

/* --- memory --- */

typedef struct Meter {
    size_t in_use;
    size_t peak;
} Meter;

static void *metered(void *context, void *block, size_t old_size, size_t new_size) {
    Meter *meter = (Meter *)context;
    DrillAllocator base = drill_allocator_malloc();
    meter->in_use += new_size;
    meter->in_use -= old_size;
    if (meter->in_use > meter->peak) meter->peak = meter->in_use;
    return base.resize(base.context, block, old_size, new_size);
}

typedef struct Sink {
    DrillBuffer bytes;
} Sink;

static void sink_send(void *context, void *peer, DrillSpan packet, uint64_t now_ns) {
    Sink *sink = (Sink *)peer;
    (void)context, (void)now_ns;
    sink->bytes.size = 0;
    drill_buffer_put(&sink->bytes, packet.data, packet.size);
}

static void sink_close(void *context, void *peer, const DrillFault *fault, uint64_t now_ns) {
    (void)context, (void)peer, (void)fault, (void)now_ns;
    ck_abort_msg("closed");
}

static void feed(DrillBrokerConnection *connection, const char *hex) {
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(drill_span_of(hex), &bytes, &offset), DRILL_OK);
    drill_broker_receive(connection, drill_buffer_span(&bytes), 0);
    drill_buffer_release(&bytes);
}

/* Each round feeds the same bytes, and PUBACK with the next identifier after the first of them. */
static void check_steady(const DrillBrokerConfig *config, const char *before, const char *first,
                         const char *then) {
    Meter meter = {0};
    Sink sink = {.bytes = {.allocator = drill_allocator_malloc()}};
    DrillBroker *broker;
    DrillBrokerHooks hooks = {.send = sink_send, .close = sink_close};
    ck_assert_int_eq(drill_broker_new(config, &hooks, (DrillAllocator){metered, &meter}, &broker),
                     DRILL_OK);
    DrillBrokerConnection *connection = drill_broker_accept(broker, &sink, 0);
    feed(connection, before);
    size_t in_use = 0, peak = 0;
    for (int round = 0; round < 3000; round++) {
        feed(connection, first);
        uint8_t puback[] = {0x40, 2, 0, 0};
        uint16_t id = (uint16_t)(round + 1);
        puback[2] = (uint8_t)(id >> 8), puback[3] = (uint8_t)id;
        drill_broker_receive(connection, drill_span(puback, sizeof puback), 0);
        feed(connection, then);
        if (round == 10) in_use = meter.in_use, peak = meter.peak;
    }
    ck_assert_uint_eq(meter.in_use, in_use);
    ck_assert_uint_eq(meter.peak, peak);
    drill_broker_free(broker);
    ck_assert_uint_eq(meter.in_use, 0);
    drill_buffer_release(&sink.bytes);
}

START_TEST(test_steady_memory) {
    DrillBrokerConfig config = {0};
    check_steady(
        &config, "100d 0004 4d515454 04 00 003c 0001 61 8208 0009 0003 612f62 01",
        "3409 0003 612f62 0008 7879 62020008", /* comes back at QoS 1 */
        "8208 0009 0003 612f63 01 a207 0009 0003 612f63 3106 0003 612f62 79 3105 0003 612f62");
}
END_TEST

/* Topic Aliases both ways, properties, Subscription Identifiers, a share that comes and goes, and
 * errors with their Reason Strings. */
START_TEST(test_steady_memory_5_0) {
    DrillBrokerConfig config = {.topic_alias_maximum = 5,
                                .topic_aliases = DRILL_TOPIC_ALIASES_RECENT,
                                .tell_no_subscribers = true};
    check_steady(&config,
                 "1016 0004 4d515454 05 00 003c 08 11 ffffffff 22 0002 0001 61"
                 "820b 0009 02 0b07 0003 612f62 01",
                 "3412 0003 612f62 0008 08 23 0003 26 00000000 7879 62020008",
                 "8210 0009 00 000a 2473686172652f672f63 00 a20f 0009 00 000a 2473686172652f672f63"
                 "300a 0001 63 05 02 00000009 79 300a 0001 63 05 02 00000009 79 62020077"
                 "3105 0001 63 00 79 3104 0001 63 00");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("soak");
    TCase *tcase = tcase_create("soak");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_soak, 0, 40);
    tcase_add_loop_test(tcase, test_soak_5_0, 0, 40);
    tcase_add_test(tcase, test_half_open);
    tcase_add_loop_test(tcase, test_hostile_bytes, 0, 10);
    tcase_add_test(tcase, test_steady_memory);
    tcase_add_test(tcase, test_steady_memory_5_0);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
