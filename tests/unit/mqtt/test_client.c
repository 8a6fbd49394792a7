/* The client's rules, with a server played by hand: raw packets from it, its log for what the
 * client sent. */
#include "unit/mqtt/net.h"
#include "unit/suite.h"

static const DrillClientConfig clean = {.clean = true};
static const DrillClientConfig lasting = {.clean = false};

/* No broker at the other end: what the client sends ends in the log only. */
static Net *alone(Peer **peer, DrillClientConfig config) {
    Net *net = net_new(NULL);
    *peer = net_client(net, "c", config);
    return net;
}

static void open_alone(Peer *peer) {
    peer->client_closed = false;
    ck_assert_int_eq(drill_client_opened(peer->client, peer->net->now_ns), DRILL_OK);
}

static void serve(Peer *peer, const char *hex) {
    DrillBuffer bytes = {.allocator = peer->net->allocator};
    size_t offset = 0;
    ck_assert_int_eq(drill_parse_hex(drill_span_of(hex), &bytes, &offset), DRILL_OK);
    drill_client_receive(peer->client, drill_buffer_span(&bytes), peer->net->now_ns);
    drill_buffer_release(&bytes);
}

static Net *connected(Peer **peer, DrillClientConfig config) {
    Net *net = alone(peer, config);
    open_alone(*peer);
    serve(*peer, "20020000");
    net_forget(*peer);
    return net;
}

static DrillResult make(DrillClientConfig config) {
    DrillClient *client = NULL;
    DrillClientHooks hooks = {.send = net_client_send, .close = net_client_close};
    DrillResult result = drill_client_new(&config, &hooks, drill_allocator_malloc(), &client);
    ck_assert((result == DRILL_OK) == (client != NULL));
    drill_client_free(client);
    return result;
}

START_TEST(test_config) {
    DrillClientConfig config = {
        .version = DRILL_MQTT_3_1_1, .clean = true, .client_id = drill_span_of("c")};
    ck_assert_int_eq(make(config), DRILL_OK);
    config.version = DRILL_MQTT_5_0;
    ck_assert_int_eq(make(config), DRILL_OK);
    config.version = DRILL_MQTT_3_1;
    ck_assert_int_eq(make(config), DRILL_OK);
    config.version = (DrillVersion)9;
    ck_assert_int_eq(make(config), DRILL_INVALID);
    config.version = DRILL_MQTT_3_1_1;
    config.client_id = drill_span_of("");
    ck_assert_int_eq(make(config), DRILL_OK);
    config.clean = false;
    ck_assert_int_eq(make(config), DRILL_INVALID);
    config.clean = true;
    config.has_password = true;
    ck_assert_int_eq(make(config), DRILL_INVALID);
    config.has_username = true;
    ck_assert_int_eq(make(config), DRILL_OK);
    config.has_will = true;
    ck_assert_int_eq(make(config), DRILL_INVALID);
    config.will.topic = drill_span_of("a/+");
    ck_assert_int_eq(make(config), DRILL_INVALID);
    config.will.topic = drill_span_of("a");
    ck_assert_int_eq(make(config), DRILL_OK);
}
END_TEST

START_TEST(test_arguments) {
    Peer *c;
    Net *net = alone(&c, clean);
    DrillPublishPacket m = {.qos = DRILL_QOS_0, .topic = drill_span_of("t")};
    DrillMessageId id;
    ck_assert_int_eq(drill_client_publish(c->client, &m, 0, &id), DRILL_BUSY);
    m.topic = drill_span_of("t/#");
    ck_assert_int_eq(drill_client_publish(c->client, &m, 0, &id), DRILL_INVALID);
    ck_assert_int_eq(drill_client_ping(c->client, 0), DRILL_BUSY);
    ck_assert_int_eq(drill_client_disconnect(c->client, 0), DRILL_BUSY);
    ck_assert_int_eq(drill_client_acknowledge(c->client, 0), DRILL_BUSY);
    DrillBuffer wire;
    DrillFilters filters;
    net_filters(c, &wire, &filters, "a/b 1", true);
    uint16_t packet_identifier;
    ck_assert_int_eq(drill_client_subscribe(c->client, filters, 0, &packet_identifier), DRILL_BUSY);
    open_alone(c);
    ck_assert_int_eq(drill_client_opened(c->client, 0), DRILL_BUSY);
    ck_assert_int_eq(drill_client_configure(c->client, &clean), DRILL_BUSY);
    serve(c, "20020000");
    ck_assert_int_eq(drill_client_state(c->client), DRILL_CLIENT_UP);
    ck_assert_int_eq(drill_client_subscribe(c->client, filters, 0, &packet_identifier), DRILL_OK);
    filters.count = 2;
    ck_assert_int_eq(drill_client_subscribe(c->client, filters, 0, &packet_identifier),
                     DRILL_INVALID);
    drill_buffer_release(&wire);
    net_filters(c, &wire, &filters, "a# 1", true);
    ck_assert_int_eq(drill_client_subscribe(c->client, filters, 0, &packet_identifier),
                     DRILL_INVALID);
    ck_assert_int_eq(
        drill_client_subscribe(c->client, (DrillFilters){{NULL, 0}, 0}, 0, &packet_identifier),
        DRILL_INVALID);
    drill_buffer_release(&wire);
    net_free(net);
}
END_TEST

START_TEST(test_connect_bytes) {
    Peer *c;
    DrillClientConfig config = {.clean = true,
                                .keep_alive_s = 10,
                                .has_username = true,
                                .has_password = true,
                                .username = drill_span_of("u"),
                                .password = drill_span_of("p"),
                                .has_will = true,
                                .will = {.topic = drill_span_of("w"),
                                         .payload = drill_span_of("x"),
                                         .qos = DRILL_QOS_2,
                                         .retain = true}};
    Net *net = alone(&c, config);
    open_alone(c);
    static const uint8_t expected[] = {0x10, 0x19, 0,   4, 'M', 'Q', 'T', 'T', 4,
                                       0xF6, 0,    10,  0, 1,   'c', 0,   1,   'w',
                                       0,    1,    'x', 0, 1,   'u', 0,   1,   'p'};
    ck_assert_uint_eq(c->to_broker.size, sizeof expected);
    ck_assert_mem_eq(c->to_broker.data, expected, sizeof expected);
    net_free(net);
}
END_TEST

START_TEST(test_queue_while_down) {
    Peer *c;
    DrillClientConfig config = clean;
    config.queue_messages_max = 3;
    Net *net = alone(&c, config);
    net_post(c, 1, false, "t", "1");
    net_post(c, 2, false, "t", "2");
    net_post(c, 1, true, "t", "3");
    DrillPublishPacket m = {.qos = DRILL_QOS_1, .topic = drill_span_of("t")};
    DrillMessageId id;
    ck_assert_int_eq(drill_client_publish(c->client, &m, 0, &id), DRILL_TOO_BIG);
    ck_assert_uint_eq(drill_client_pending(c->client), 3);
    ck_assert_uint_eq(drill_client_packet_identifier(c->client, 1), 0);
    open_alone(c);
    net_forget(c);
    serve(c, "20020000");
    net_expect(c, ">PUBLISH q1 i1 t=1\n>PUBLISH q2 i2 t=2\n>PUBLISH q1 i3 retain t=3\n");
    ck_assert_uint_eq(drill_client_packet_identifier(c->client, 3), 3);
    serve(c, "40020001 50020002 70020002 40020003");
    net_expect(c, ">PUBREL i2\n");
    ck_assert_uint_eq(c->acknowledged, 3);
    ck_assert_uint_eq(drill_client_pending(c->client), 0);
    net_free(net);
}
END_TEST

/* Same identifiers, DUP, original order: PUBRELs as the PUBRECs came, PUBLISHes as first sent, then
 * what is new. */
START_TEST(test_resumption) {
    Peer *c;
    Net *net = connected(&c, lasting);
    for (int i = 0; i < 5; i++)
        net_post(c, i == 2 ? 1 : 2, false, "t", (const char *[]){"1", "2", "3", "4", "5"}[i]);
    serve(c, "50020004 50020002 50020005 70020005");
    drill_client_closed(c->client, net->now_ns);
    drill_client_closed(c->client, net->now_ns);
    net_post(c, 1, false, "t", "6");
    open_alone(c);
    net_forget(c);
    serve(c, "20020100");
    net_expect(c, ">PUBREL i4\n>PUBREL i2\n>PUBLISH q2 i1 dup t=1\n>PUBLISH q1 i3 dup "
                  "t=3\n>PUBLISH q1 i6 t=6\n");
    net_free(net);
}
END_TEST

/* The server has lost the Session: what was not answered goes out as new, what was released is
 * given up. */
START_TEST(test_session_lost) {
    Peer *c;
    Net *net = connected(&c, lasting);
    net_post(c, 2, false, "t", "1");
    net_post(c, 1, false, "t", "2");
    net_post(c, 2, false, "t", "3");
    serve(c, "50020003 3405000174 0009");
    drill_client_closed(c->client, net->now_ns);
    open_alone(c);
    net_forget(c);
    serve(c, "20020000");
    net_expect(c, "!dropped 3\n>PUBLISH q2 i4 t=1\n>PUBLISH q1 i5 t=2\n");
    c->delivered = 0;
    serve(c, "34050001740009"); /* identifier 9 is new again */
    ck_assert_uint_eq(c->delivered, 1);
    net_free(net);
}
END_TEST

START_TEST(test_clean_session_drops) {
    Peer *c;
    Net *net = connected(&c, clean);
    net_post(c, 2, false, "t", "1");
    net_post(c, 1, false, "t", "2");
    net_forget(c);
    drill_client_closed(c->client, net->now_ns);
    net_expect(c, "!dropped 1\n!dropped 2\n");
    net_post(c, 1, false, "t", "never sent, so not lost");
    open_alone(c);
    net_forget(c);
    serve(c, "20020000");
    net_expect(c, ">PUBLISH q1 i3 t=never sent, so not lost\n");
    net_free(net);
}
END_TEST

START_TEST(test_receive_qos2) {
    Peer *c;
    Net *net = connected(&c, lasting);
    serve(c, "3406000174000778 3c06000174000778");
    net_expect(c, "*q2 t=x\n>PUBREC i7\n>PUBREC i7\n");
    drill_client_closed(c->client, net->now_ns);
    open_alone(c);
    serve(c, "20020100 3c06000174000778 62020007 62020007 62020009");
    net_expect(c, ">CONNECT\n>PUBREC i7\n>PUBCOMP i7\n>PUBCOMP i7\n>PUBCOMP i9\n");
    serve(c, "3c06000174000778");
    net_expect(c, "*q2 t=x\n>PUBREC i7\n");
    serve(c, "50020033 40020033 70020033");
    net_expect(c, ">PUBREL i51\n");
    net_free(net);
}
END_TEST

START_TEST(test_manual_acks) {
    Peer *c;
    Net *net = connected(&c, (DrillClientConfig){.manual_acks = true});
    serve(c, "320500017400053205000174000634050001740007");
    net_expect(c, "*q1 t=\n*q1 t=\n*q2 t=\n");
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(drill_client_acknowledge(c->client, 0), DRILL_OK);
    net_expect(c, ">PUBACK i5\n>PUBACK i6\n>PUBREC i7\n");
    ck_assert_int_eq(drill_client_acknowledge(c->client, 0), DRILL_BUSY);
    serve(c, "32050001740008");
    drill_client_closed(c->client, net->now_ns);
    open_alone(c);
    serve(c, "20020100");
    ck_assert_int_eq(drill_client_acknowledge(c->client, 0), DRILL_BUSY);
    net_free(net);
}
END_TEST

START_TEST(test_violations) {
    static const struct {
        const char *hex, *statement;
    } rows[] = {
        {"20020000", "v3:MQTT-4.8.0-1"},
        {"c000", "v3:MQTT-4.8.0-1"},
        {"820600010001 6100", "v3:MQTT-4.8.0-1"},
        {"e000", "v3:MQTT-4.8.0-1"},
        {"d00100", NULL},
        {"3605000174 0001", "v3:MQTT-3.3.1-4"},
        {"3805000174 0001", NULL},
        {"320500017400 00", NULL},
        {"ff00", NULL},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        Peer *c;
        Net *net = connected(&c, clean);
        serve(c, rows[i].hex);
        net_expect(c, "!close 2\n");
        ck_assert_uint_eq(c->faults, 1);
        if (rows[i].statement != NULL) ck_assert_str_eq(c->last_statement, rows[i].statement);
        ck_assert_int_eq(drill_client_state(c->client), DRILL_CLIENT_DOWN);
        serve(c, "20020000"); /* nobody listens any more */
        ck_assert_uint_eq(c->faults, 1);
        net_free(net);
    }
    Peer *c;
    Net *net = alone(&c, clean);
    open_alone(c);
    serve(c, "d000");
    ck_assert_str_eq(c->last_statement, "v3:MQTT-3.2.0-1");
    drill_client_closed(c->client, 0);
    open_alone(c);
    serve(c, "20020100");
    ck_assert_str_eq(c->last_statement, "v3:MQTT-3.2.2-1");
    net_free(net);
}
END_TEST

START_TEST(test_suback) {
    Peer *c;
    Net *net = connected(&c, clean);
    DrillBuffer wire;
    DrillFilters filters;
    uint16_t packet_identifier = 0;
    net_filters(c, &wire, &filters, "a 1 b 2", true);
    ck_assert_int_eq(drill_client_subscribe(c->client, filters, 0, &packet_identifier), DRILL_OK);
    ck_assert_uint_eq(packet_identifier, 1);
    net_post(c, 1, false, "t", "2");
    ck_assert_uint_eq(drill_client_packet_identifier(c->client, 1), 2);
    serve(c, "9003 0009 00"); /* unknown: ignored */
    ck_assert_uint_eq(c->faults, 0);
    serve(c, "9003 0001 00");
    ck_assert_str_eq(c->last_statement, "v3:MQTT-3.8.4-5");
    drill_buffer_release(&wire);
    net_free(net);
}
END_TEST

START_TEST(test_pingresp_deadline) {
    Peer *c;
    Net *net = connected(&c, (DrillClientConfig){.clean = true,
                                                 .keep_alive_s = 10,
                                                 .auto_ping = true,
                                                 .pingresp_timeout_ns = 3 * DRILL_NS_PER_S});
    uint64_t start_ns = net->now_ns;
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 10 * DRILL_NS_PER_S);
    net->now_ns += 4 * DRILL_NS_PER_S;
    serve(c, "3003 0001 74");
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 10 * DRILL_NS_PER_S);
    net_post(c, 0, false, "t", "");
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 14 * DRILL_NS_PER_S);
    net_forget(c);
    net->now_ns = start_ns + 14 * DRILL_NS_PER_S;
    drill_client_handle_expiry(c->client, net->now_ns);
    net_expect(c, ">PINGREQ\n");
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 17 * DRILL_NS_PER_S);
    serve(c, "d000");
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 24 * DRILL_NS_PER_S);
    drill_client_handle_expiry(c->client, start_ns + 24 * DRILL_NS_PER_S);
    drill_client_handle_expiry(c->client, start_ns + 27 * DRILL_NS_PER_S);
    net_expect(c, ">PINGREQ\n!close 3\n");
    ck_assert_uint_eq(drill_client_expiry(c->client), DRILL_NEVER);
    net_free(net);
}
END_TEST

START_TEST(test_ping_although_it_writes) {
    Peer *c;
    Net *net =
        connected(&c, (DrillClientConfig){.clean = true, .keep_alive_s = 10, .auto_ping = true});
    uint64_t start_ns = net->now_ns;
    net->now_ns += 9 * DRILL_NS_PER_S;
    net_post(c, 0, false, "t", "");
    /* It was heard 10 s ago, and wrote 1 s ago. */
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 10 * DRILL_NS_PER_S);
    net_forget(c);
    drill_client_handle_expiry(c->client, start_ns + 10 * DRILL_NS_PER_S);
    net_expect(c, ">PINGREQ\n");
    net->now_ns = start_ns + 19 * DRILL_NS_PER_S;
    net_post(c, 0, false, "t", "");
    /* One question at a time: now PINGRESP is what is late. */
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 20 * DRILL_NS_PER_S);
    net_forget(c);
    drill_client_handle_expiry(c->client, start_ns + 20 * DRILL_NS_PER_S);
    net_expect(c, "!close 3\n");
    net_free(net);
}
END_TEST

START_TEST(test_retry) {
    Peer *c;
    Net *net = connected(&c, (DrillClientConfig){.clean = true, .retry_ns = DRILL_NS_PER_S});
    net_post(c, 1, false, "t", "1");
    net_post(c, 2, false, "t", "2");
    serve(c, "50020002");
    net_forget(c);
    uint64_t start_ns = net->now_ns;
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + DRILL_NS_PER_S);
    drill_client_handle_expiry(c->client, start_ns + DRILL_NS_PER_S);
    net_expect(c, ">PUBREL i2\n>PUBLISH q1 i1 dup t=1\n");
    ck_assert_uint_eq(drill_client_expiry(c->client), start_ns + 2 * DRILL_NS_PER_S);
    serve(c, "40020001 70020002");
    ck_assert_uint_eq(drill_client_expiry(c->client), DRILL_NEVER);
    net_free(net);
}
END_TEST

START_TEST(test_crash) {
    Peer *c;
    Net *net = connected(&c, lasting);
    net_post(c, 2, false, "t", "1");
    serve(c, "34050001740009");
    drill_client_crash(c->client);
    ck_assert_uint_eq(drill_client_pending(c->client), 0);
    ck_assert_int_eq(drill_client_state(c->client), DRILL_CLIENT_DOWN);
    open_alone(c);
    net_forget(c);
    serve(c, "20020100 50020001 62020009");
    net_expect(c, ">PUBREL i1\n>PUBCOMP i9\n");
    net_post(c, 1, false, "t", "2");
    net_expect(c, ">PUBLISH q1 i1 t=2\n");
    net_free(net);
}
END_TEST

/* All 65,535 identifiers in flight: the next message waits for one. */
START_TEST(test_all_identifiers) {
    Peer *c;
    Net *net = connected(&c, (DrillClientConfig){.clean = true, .queue_messages_max = 70000});
    for (int i = 0; i < 65536; i++)
        net_post(c, 1, false, "t", "");
    net_forget(c);
    ck_assert_uint_eq(drill_client_packet_identifier(c->client, 65536), 0);
    serve(c, "40021234");
    net_expect(c, ">PUBLISH q1 i4660 t=\n");
    ck_assert_uint_eq(drill_client_pending(c->client), 65535);
    net_free(net);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("client");
    TCase *tcase = tcase_create("client");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_config);
    tcase_add_test(tcase, test_arguments);
    tcase_add_test(tcase, test_connect_bytes);
    tcase_add_test(tcase, test_queue_while_down);
    tcase_add_test(tcase, test_resumption);
    tcase_add_test(tcase, test_session_lost);
    tcase_add_test(tcase, test_clean_session_drops);
    tcase_add_test(tcase, test_receive_qos2);
    tcase_add_test(tcase, test_manual_acks);
    tcase_add_test(tcase, test_violations);
    tcase_add_test(tcase, test_suback);
    tcase_add_test(tcase, test_pingresp_deadline);
    tcase_add_test(tcase, test_ping_although_it_writes);
    tcase_add_test(tcase, test_retry);
    tcase_add_test(tcase, test_crash);
    tcase_add_test(tcase, test_all_identifiers);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
