/* The broker's rules, one scenario each, seen from the clients' side. */
#include "unit/mqtt/net.h"
#include "unit/suite.h"

static const DrillClientConfig clean = {.clean = true};
static const DrillClientConfig lasting = {.clean = false};

static Peer *up(Net *net, const char *name, DrillClientConfig config) {
    Peer *peer = net_client(net, name, config);
    net_connect(peer);
    net_forget(peer);
    return peer;
}

static Peer *raw(Net *net, const char *name) {
    Peer *peer = net_peer(net, name);
    net_raw_connect(peer, true);
    net_expect(peer, "!open\n<CONNACK sp0 c0\n");
    return peer;
}

/* --- CONNECT --- */

START_TEST(test_session_present) {
    Net *net = net_new(NULL);
    Peer *a = net_client(net, "a", lasting);
    net_connect(a);
    net_expect(a, "!open\n>CONNECT\n<CONNACK sp0 c0\n");
    net_cut(a);
    net_connect(a);
    net_expect(a, "!lost\n!open\n>CONNECT\n<CONNACK sp1 c0\n");
    net_disconnect(a);
    net_expect(a, ">DISCONNECT\n!close 0\n");
    DrillClientConfig config = clean;
    config.client_id = drill_span_of("a");
    ck_assert_int_eq(
        drill_client_configure(a->client, &(DrillClientConfig){.version = DRILL_MQTT_3_1_1,
                                                               .clean = true,
                                                               .client_id = config.client_id}),
        DRILL_OK);
    net_connect(a);
    net_expect(a, "!open\n>CONNECT\n<CONNACK sp0 c0\n");
    net_cut(a);
    ck_assert_int_eq(
        drill_client_configure(a->client, &(DrillClientConfig){.version = DRILL_MQTT_3_1_1,
                                                               .client_id = config.client_id}),
        DRILL_OK);
    net_connect(a);
    net_expect(a, "!lost\n!open\n>CONNECT\n<CONNACK sp0 c0\n");
    net_free(net);
}
END_TEST

START_TEST(test_refused) {
    Net *net = net_new(NULL);
    Peer *p = net_peer(net, "p");
    static const struct {
        const char *hex, *log, *statement;
    } rows[] = {
        {"100e 0004 4d515454 06 02 003c 00 0001 61", "<CONNACK sp0 c1\n!lost\n", "v3:MQTT-3.1.2-2"},
        {"100d 0004 4d515454 03 02 003c 0001 61", "<CONNACK sp0 c1\n!lost\n", "v3:MQTT-3.1.2-2"},
        {"100f 0006 4d5149736470 04 02 003c 0001 61", "!lost\n", "v3:MQTT-3.1.2-2"},
        {"100d 0004 4d515454 7f 02 003c 0001 61", "<CONNACK sp0 c1\n!lost\n", "v3:MQTT-3.1.2-2"},
        {"100d 0004 4d515455 04 02 003c 0001 61", "!lost\n", "v3:MQTT-3.1.2-1"},
        {"100d 0004 4d515454 04 03 003c 0001 61", "!lost\n", "v3:MQTT-3.1.2-3"},
        {"100c 0004 4d515454 04 00 003c 0000", "<CONNACK sp0 c2\n!lost\n", "v3:MQTT-3.1.3-8"},
        {"c000", "!lost\n", "v3:MQTT-3.1.0-1"},
        {"e000", "!lost\n", "v3:MQTT-3.1.0-1"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        net_open(p);
        net_forget(p);
        net_hex(p, rows[i].hex);
        net_expect(p, rows[i].log);
        ck_assert_str_eq(net->broker_statement, rows[i].statement);
    }
    net_open(p);
    net_forget(p);
    net_hex(p, "100c 0004 4d515454 04 02 003c 0000");
    net_expect(p, "<CONNACK sp0 c0\n");
    net_hex(p, "100c 0004 4d515454 04 02 003c 0000");
    net_expect(p, "!lost\n");
    ck_assert_str_eq(net->broker_statement, "v3:MQTT-3.1.0-2");
    net_free(net);
}
END_TEST

static uint8_t check_password(void *context, const DrillConnectPacket *connect) {
    (void)context;
    if (!connect->has_username) return 5;
    return drill_span_is(connect->username, "u") && drill_span_is(connect->password, "p") ? 0 : 4;
}

START_TEST(test_credentials) {
    DrillBrokerConfig config = {.check_password = check_password, .refuse_empty_client_id = true};
    Net *net = net_new(&config);
    DrillClientConfig good = {.clean = true,
                              .has_username = true,
                              .has_password = true,
                              .username = drill_span_of("u"),
                              .password = drill_span_of("p")};
    DrillClientConfig bad = good;
    bad.password = drill_span_of("q");
    Peer *a = net_client(net, "a", good), *b = net_client(net, "b", bad),
         *c = net_client(net, "c", clean), *d = net_client(net, "", good);
    net_connect(a);
    net_expect(a, "!open\n>CONNECT\n<CONNACK sp0 c0\n");
    net_connect(b);
    net_expect(b, "!open\n>CONNECT\n<CONNACK sp0 c4\n!close 1\n");
    net_connect(c);
    net_expect(c, "!open\n>CONNECT\n<CONNACK sp0 c5\n!close 1\n");
    net_connect(d);
    net_expect(d, "!open\n>CONNECT\n<CONNACK sp0 c2\n!close 1\n");
    net_free(net);
}
END_TEST

START_TEST(test_takeover) {
    Net *net = net_new(NULL);
    DrillClientConfig config = {
        .client_id = drill_span_of("same"),
        .has_will = true,
        .will = {.topic = drill_span_of("w"), .payload = drill_span_of("1")}};
    Peer *watch = up(net, "watch", clean);
    net_subscribe(watch, "w 0");
    net_forget(watch);
    Peer *a = up(net, "a", config);
    config.will.payload = drill_span_of("2");
    Peer *b = net_client(net, "b", config);
    net_connect(b);
    net_expect(b, "!open\n>CONNECT\n<CONNACK sp1 c0\n");
    net_expect(a, "!lost\n");
    net_expect(watch, "<PUBLISH q0 i0 w=1\n*q0 w=1\n");
    net_cut(b);
    net_expect(watch, "<PUBLISH q0 i0 w=2\n*q0 w=2\n");
    net_free(net);
}
END_TEST

START_TEST(test_connection_limit_and_connect_timeout) {
    DrillBrokerConfig config = {.connections_max = 1, .connect_timeout_ns = 5 * DRILL_NS_PER_S};
    Net *net = net_new(&config);
    Peer *p = net_peer(net, "p");
    net_open(p);
    ck_assert_ptr_null(drill_broker_accept(net->broker, NULL, net->now_ns));
    net_wait(net, 5 * DRILL_NS_PER_S - 1);
    net_expect(p, "!open\n");
    net_wait(net, 1);
    net_expect(p, "!lost\n");
    ck_assert_uint_eq(drill_broker_expiry(net->broker), DRILL_NEVER);
    net_free(net);
}
END_TEST

/* --- keep alive --- */

START_TEST(test_keep_alive) {
    Net *net = net_new(NULL);
    Peer *a = up(net, "a", (DrillClientConfig){.clean = true, .keep_alive_s = 10});
    Peer *b =
        up(net, "b", (DrillClientConfig){.clean = true, .keep_alive_s = 10, .auto_ping = true});
    Peer *c = up(net, "c", clean);
    net_wait(net, 8 * DRILL_NS_PER_S);
    net_publish(a, 0, false, "t", "x");
    net_forget(a);
    net_wait(net, 15 * DRILL_NS_PER_S - 1);
    net_expect(a, "");
    net_wait(net, 1);
    net_expect(a, "!lost\n");
    ck_assert_str_eq(net->broker_statement, "v3:MQTT-3.1.2-24");
    net_wait(net, 1000 * DRILL_NS_PER_S);
    ck_assert(b->open && c->open);
    ck_assert_uint_ge(net_count(b, ">PINGREQ"), 100);
    ck_assert_uint_eq(net_count(b, ">PINGREQ"), net_count(b, "<PINGRESP"));
    net_expect(c, "");
    net_free(net);
}
END_TEST

/* --- publish, subscribe --- */

START_TEST(test_qos_downgrade) {
    Net *net = net_new(NULL);
    Peer *pub = up(net, "pub", clean), *sub = up(net, "sub", clean);
    net_subscribe(sub, "t/0 0 t/1 1 t/2 2");
    net_expect(sub, ">SUBSCRIBE\n<SUBACK i1 000102\n");
    for (int qos = 0; qos <= 2; qos++) {
        net_publish(pub, qos, false, "t/0", "x");
        net_publish(pub, qos, false, "t/1", "x");
        net_publish(pub, qos, false, "t/2", "x");
    }
    static const unsigned expected[3] = {5, 3, 1};
    for (int qos = 0; qos <= 2; qos++) {
        char text[16];
        snprintf(text, sizeof text, "*q%d", qos);
        ck_assert_uint_eq(net_count(sub, text), expected[qos]);
    }
    ck_assert_uint_eq(pub->acknowledged, 6);
    net_free(net);
}
END_TEST

START_TEST(test_qos2_flow) {
    DrillBrokerConfig config = {.qos2_forward =
                                    _i == 0 ? DRILL_QOS2_ON_PUBREL : DRILL_QOS2_ON_PUBLISH};
    Net *net = net_new(&config);
    Peer *sub = up(net, "sub", clean), *p = raw(net, "p");
    net_subscribe(sub, "t 2");
    net_forget(sub);
    net_raw_publish(p, 2, 7, false, "t", "x");
    net_raw_publish(p, 2, 7, true, "t", "x");
    net_raw_publish(p, 2, 7, false, "t", "x");
    net_expect(p, "<PUBREC i7\n<PUBREC i7\n<PUBREC i7\n");
    ck_assert_uint_eq(sub->delivered, (unsigned)_i);
    net_raw_ack(p, DRILL_PUBREL, 7);
    net_raw_ack(p, DRILL_PUBREL, 7);
    net_raw_ack(p, DRILL_PUBREL, 9);
    net_expect(p, "<PUBCOMP i7\n<PUBCOMP i7\n<PUBCOMP i9\n");
    ck_assert_uint_eq(sub->delivered, 1);
    net_raw_publish(p, 2, 7, true, "t", "new");
    net_raw_ack(p, DRILL_PUBREL, 7);
    ck_assert_uint_eq(sub->delivered, 2);
    net_expect(sub, "<PUBLISH q2 i1 t=x\n*q2 t=x\n>PUBREC i1\n<PUBREL i1\n>PUBCOMP i1\n"
                    "<PUBLISH q2 i2 t=new\n*q2 t=new\n>PUBREC i2\n<PUBREL i2\n>PUBCOMP i2\n");
    net_free(net);
}
END_TEST

START_TEST(test_qos1_dup_is_new) {
    Net *net = net_new(NULL);
    Peer *sub = up(net, "sub", clean), *p = raw(net, "p");
    net_subscribe(sub, "t 1");
    net_forget(sub);
    net_raw_publish(p, 1, 7, false, "t", "x");
    net_raw_publish(p, 1, 7, true, "t", "x");
    net_expect(p, "<PUBACK i7\n<PUBACK i7\n");
    net_expect(
        sub, "<PUBLISH q1 i1 t=x\n*q1 t=x\n>PUBACK i1\n<PUBLISH q1 i2 t=x\n*q1 t=x\n>PUBACK i2\n");
    net_free(net);
}
END_TEST

START_TEST(test_overlap) {
    DrillBrokerConfig config = {.overlap = _i == 0 ? DRILL_OVERLAP_ONE_COPY
                                                   : DRILL_OVERLAP_COPY_PER_SUBSCRIPTION};
    Net *net = net_new(&config);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean);
    net_raw_subscribe(p, 1, "t/# 0 t/a 2 t/+ 1");
    net_expect(p, "<SUBACK i1 000201\n");
    net_publish(pub, 2, false, "t/a", "x");
    ck_assert_uint_eq(net_count(p, "<PUBLISH"), _i == 0 ? 1 : 3);
    ck_assert_uint_eq(net_count(p, "<PUBLISH q2"), 1);
    ck_assert_uint_eq(net_count(p, "<PUBLISH q0"), _i == 0 ? 0 : 1);
    net_free(net);
}
END_TEST

START_TEST(test_unsubscribe) {
    Net *net = net_new(NULL);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean), *sub = up(net, "sub", clean);
    net_subscribe(sub, "t/# 1 t/+ 1");
    net_unsubscribe(sub, "t/x 0 nothing 0");
    net_unsubscribe(sub, "t/# 0");
    net_expect(
        sub,
        ">SUBSCRIBE\n<SUBACK i1 0101\n>UNSUBSCRIBE\n<UNSUBACK i2 \n>UNSUBSCRIBE\n<UNSUBACK i3 \n");
    net_publish(pub, 1, false, "t/a", "x");
    net_publish(pub, 1, false, "t/a/b", "x");
    ck_assert_uint_eq(sub->delivered, 1);
    /* Deliveries under way end as they began. */
    net_raw_subscribe(p, 1, "t/a 2");
    net_publish(pub, 2, false, "t/a", "y");
    net_hex(p, "a207 0002 0003 742f61");
    net_raw_ack(p, DRILL_PUBREC, 1);
    net_raw_ack(p, DRILL_PUBCOMP, 1);
    net_expect(p, "<SUBACK i1 02\n<PUBLISH q2 i1 t/a=y\n<UNSUBACK i2 \n<PUBREL i1\n");
    net_publish(pub, 2, false, "t/a", "z");
    net_expect(p, "");
    net_free(net);
}
END_TEST

START_TEST(test_no_dup_no_retain_passed_on) {
    Net *net = net_new(NULL);
    Peer *p = raw(net, "p"), *sub = up(net, "sub", clean);
    net_subscribe(sub, "t 1");
    net_forget(sub);
    net_hex(p, "3b 08 0001 74 0005 782e2e"); /* QoS 1, DUP, RETAIN */
    net_expect(sub, "<PUBLISH q1 i1 t=x..\n*q1 t=x..\n>PUBACK i1\n");
    net_free(net);
}
END_TEST

START_TEST(test_violations) {
    static const struct {
        const char *hex, *statement;
    } rows[] = {
        {"20020000", "v3:MQTT-4.8.0-1"},
        {"9003000100", "v3:MQTT-4.8.0-1"},
        {"d000", "v3:MQTT-4.8.0-1"},
        {"b0020001", "v3:MQTT-4.8.0-1"},
        {"36 06 0001 74 0005 78", "v3:MQTT-3.3.1-4"},
        {"c100", "v3:MQTT-2.2.2-2"},
        {"8206 0001 0001 61 03", "v3:MQTT-3.8.3-4"},
        {"f000", NULL},
        {"0000", NULL},
        {"30ffffffff", NULL},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        Net *net = net_new(NULL);
        Peer *p = raw(net, "p");
        net_hex(p, rows[i].hex);
        net_expect(p, "!lost\n");
        if (rows[i].statement != NULL) ck_assert_str_eq(net->broker_statement, rows[i].statement);
        net_free(net);
    }
    Net *net = net_new(NULL);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean);
    net_raw_subscribe(p, 1, "t 1");
    net_publish(pub, 1, false, "t", "x");
    net_raw_ack(p, DRILL_PUBREC, 1);
    net_expect(p, "<SUBACK i1 01\n<PUBLISH q1 i1 t=x\n!lost\n");
    net_free(net);
}
END_TEST

START_TEST(test_packet_limit) {
    DrillBrokerConfig config = {.packet_bytes_max = 20};
    Net *net = net_new(&config);
    Peer *p = raw(net, "p");
    net_hex(p, "3020");
    net_expect(p, "!lost\n");
    net_free(net);
}
END_TEST

/* --- retained --- */

START_TEST(test_retained) {
    Net *net = net_new(NULL);
    Peer *pub = up(net, "pub", clean), *live = up(net, "live", clean), *p = raw(net, "p");
    net_subscribe(live, "# 2");
    net_forget(live);
    net_publish(pub, 0, true, "r/a", "0");
    net_publish(pub, 1, true, "r/a", "1");
    net_publish(pub, 2, true, "r/b", "2");
    net_publish(pub, 0, false, "r/b", "not kept");
    net_publish(pub, 0, true, "$r", "hidden");
    ck_assert_uint_eq(net_count(live, "retain"), 0);
    ck_assert_uint_eq(live->delivered, 4);
    net_raw_subscribe(p, 1, "r/+ 1");
    net_expect(p, "<SUBACK i1 01\n<PUBLISH q1 i1 retain r/a=1\n<PUBLISH q1 i2 retain r/b=2\n");
    net_raw_subscribe(p, 2, "r/+ 0 # 2");
    net_expect(p, "<SUBACK i2 0002\n<PUBLISH q0 i0 retain r/a=1\n<PUBLISH q0 i0 retain r/b=2\n"
                  "<PUBLISH q1 i3 retain r/a=1\n<PUBLISH q2 i4 retain r/b=2\n");
    net_forget(live);
    net_publish(pub, 1, true, "r/a", "");
    net_expect(live, "<PUBLISH q1 i3 r/a=\n*q1 r/a=\n>PUBACK i3\n");
    net_publish(pub, 0, true, "r/b", "last");
    net_cut(pub);
    net_forget(p);
    net_raw_subscribe(p, 3, "r/# 0 $r 0");
    net_expect(
        p, "<SUBACK i3 0000\n<PUBLISH q0 i0 retain r/b=last\n<PUBLISH q0 i0 retain $r=hidden\n");
    net_free(net);
}
END_TEST

/* --- wills --- */

START_TEST(test_wills) {
    Net *net = net_new(NULL);
    Peer *watch = up(net, "watch", clean);
    net_subscribe(watch, "w/# 2");
    net_forget(watch);
    DrillClientConfig config = {.clean = true,
                                .keep_alive_s = 1,
                                .has_will = true,
                                .will = {.topic = drill_span_of("w/a"),
                                         .payload = drill_span_of("gone"),
                                         .qos = DRILL_QOS_1,
                                         .retain = true}};
    Peer *a = up(net, "a", config);
    net_disconnect(a);
    net_expect(watch, "");
    net_connect(a);
    net_cut(a);
    net_expect(watch, "<PUBLISH q1 i1 w/a=gone\n*q1 w/a=gone\n>PUBACK i1\n");
    net_connect(a);
    net_wait(net, 2 * DRILL_NS_PER_S); /* silent */
    net_expect(watch, "<PUBLISH q1 i2 w/a=gone\n*q1 w/a=gone\n>PUBACK i2\n");
    config.will.qos = DRILL_QOS_2;
    config.will.retain = false;
    config.will.topic = drill_span_of("w/b");
    Peer *b = up(net, "b", config);
    b->to_broker.size = 0;
    net_hex(b, "d000"); /* a violation */
    net_expect(watch,
               "<PUBLISH q2 i3 w/b=gone\n*q2 w/b=gone\n>PUBREC i3\n<PUBREL i3\n>PUBCOMP i3\n");
    Peer *p = raw(net, "p");
    net_raw_subscribe(p, 1, "w/# 0");
    net_expect(p, "<SUBACK i1 00\n<PUBLISH q0 i0 retain w/a=gone\n");
    net_free(net);
}
END_TEST

/* --- sessions --- */

START_TEST(test_offline_queue) {
    DrillBrokerConfig config = {.queue_qos0_offline = _i == 1};
    Net *net = net_new(&config);
    Peer *pub = up(net, "pub", clean), *sub = up(net, "sub", lasting);
    net_subscribe(sub, "t 2");
    net_cut(sub);
    net_publish(pub, 1, false, "t", "1");
    net_publish(pub, 0, false, "t", "0");
    net_publish(pub, 2, false, "t", "2");
    net_forget(sub);
    net_connect(sub);
    net_expect(
        sub, _i == 1 ? "!open\n>CONNECT\n<CONNACK sp1 c0\n<PUBLISH q1 i1 t=1\n*q1 t=1\n>PUBACK "
                       "i1\n<PUBLISH q0 i0 t=0\n*q0 t=0\n"
                       "<PUBLISH q2 i2 t=2\n*q2 t=2\n>PUBREC i2\n<PUBREL i2\n>PUBCOMP i2\n"
                     : "!open\n>CONNECT\n<CONNACK sp1 c0\n<PUBLISH q1 i1 t=1\n*q1 t=1\n>PUBACK i1\n"
                       "<PUBLISH q2 i2 t=2\n*q2 t=2\n>PUBREC i2\n<PUBREL i2\n>PUBCOMP i2\n");
    net_free(net);
}
END_TEST

START_TEST(test_queue_limit) {
    DrillBrokerConfig config = {.queue_messages_max = 2,
                                .queue_policy =
                                    _i == 0 ? DRILL_QUEUE_DROP_NEWEST : DRILL_QUEUE_DROP_OLDEST};
    Net *net = net_new(&config);
    Peer *pub = up(net, "pub", clean), *sub = up(net, "sub", lasting);
    net_subscribe(sub, "t 1");
    net_cut(sub);
    net_publish(pub, 1, false, "t", "1");
    net_publish(pub, 1, false, "t", "2");
    net_publish(pub, 1, false, "t", "3");
    net_forget(sub);
    net_connect(sub);
    ck_assert_uint_eq(sub->delivered, 2);
    ck_assert_uint_eq(net_count(sub, "*q1 t=1"), _i == 0);
    ck_assert_uint_eq(net_count(sub, "*q1 t=3"), _i == 1);
    net_free(net);
}
END_TEST

START_TEST(test_window) {
    DrillBrokerConfig config = {.inflight_max = 2};
    Net *net = net_new(&config);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean);
    net_raw_subscribe(p, 1, "t 2");
    net_publish(pub, 1, false, "t", "1");
    net_publish(pub, 2, false, "t", "2");
    net_publish(pub, 1, false, "t", "3");
    net_publish(pub, 0, false, "t", "4");
    net_expect(p, "<SUBACK i1 02\n<PUBLISH q1 i1 t=1\n<PUBLISH q2 i2 t=2\n");
    net_raw_ack(p, DRILL_PUBREC, 2);
    net_expect(p, "<PUBREL i2\n");
    net_raw_ack(p, DRILL_PUBCOMP, 2);
    net_expect(p, "<PUBLISH q1 i3 t=3\n<PUBLISH q0 i0 t=4\n");
    net_free(net);
}
END_TEST

/* PUBLISH and PUBREL come again with their identifiers, in order, before anything new. */
START_TEST(test_resumption) {
    Net *net = net_new(NULL);
    Peer *p = net_peer(net, "p"), *pub = up(net, "pub", clean);
    net_raw_connect(p, false);
    net_raw_subscribe(p, 1, "t 2");
    for (int i = 1; i <= 5; i++)
        net_publish(pub, i == 3 ? 1 : 2, false, "t",
                    (const char *[]){"1", "2", "3", "4", "5"}[i - 1]);
    net_raw_ack(p, DRILL_PUBREC, 4);
    net_raw_ack(p, DRILL_PUBREC, 2);
    net_raw_ack(p, DRILL_PUBREC, 5);
    net_raw_ack(p, DRILL_PUBCOMP, 5);
    net_cut(p);
    net_publish(pub, 1, false, "t", "6");
    net_publish(pub, 1, false, "t", "7");
    net_forget(p);
    net_raw_connect(p, false);
    net_expect(p, "!open\n<CONNACK sp1 c0\n<PUBREL i4\n<PUBREL i2\n<PUBLISH q2 i1 dup "
                  "t=1\n<PUBLISH q1 i3 dup t=3\n"
                  "<PUBLISH q1 i6 t=6\n<PUBLISH q1 i7 t=7\n");
    net_raw_ack(p, DRILL_PUBREC, 77);
    net_raw_ack(p, DRILL_PUBACK, 78);
    net_raw_ack(p, DRILL_PUBCOMP, 79);
    net_expect(p, "<PUBREL i77\n");
    net_free(net);
}
END_TEST

START_TEST(test_inbound_ids_survive) {
    Net *net = net_new(NULL);
    Peer *p = net_peer(net, "p"), *sub = up(net, "sub", clean);
    net_subscribe(sub, "t 2");
    net_raw_connect(p, false);
    net_raw_publish(p, 2, 7, false, "t", "x");
    net_cut(p);
    net_raw_connect(p, false);
    net_raw_publish(p, 2, 7, true, "t", "x");
    net_raw_ack(p, DRILL_PUBREL, 7);
    ck_assert_uint_eq(sub->delivered, 1);
    net_free(net);
}
END_TEST

START_TEST(test_restart) {
    bool keep = _i == 1;
    Net *net = net_new(NULL);
    Peer *pub = up(net, "pub", clean);
    DrillClientConfig config = {.has_will = true,
                                .will = {.topic = drill_span_of("t"),
                                         .payload = drill_span_of("will"),
                                         .qos = DRILL_QOS_1}};
    Peer *sub = up(net, "sub", config);
    net_subscribe(sub, "t 2");
    net_publish(pub, 1, true, "r", "kept");
    sub->hold_to_broker = true;
    net_publish(pub, 1, false, "t", "x");
    drill_broker_restart(net->broker, keep, net->now_ns);
    pub->connection = sub->connection = NULL;
    net_cut(pub);
    net_cut(sub);
    net_forget(sub);
    net_connect(sub);
    if (keep) {
        net_expect(sub,
                   "!open\n>CONNECT\n<CONNACK sp1 c0\n<PUBLISH q1 i1 dup t=x\n*q1 t=x\n>PUBACK i1\n"
                   "<PUBLISH q1 i2 t=will\n*q1 t=will\n>PUBACK i2\n");
    } else {
        net_expect(sub, "!open\n>CONNECT\n<CONNACK sp0 c0\n");
    }
    net_subscribe(sub, "r 1");
    ck_assert_uint_eq(net_count(sub, "r=kept"), keep ? 2 : 0);
    net_free(net);
}
END_TEST

START_TEST(test_retry) {
    DrillBrokerConfig config = {.retry_ns = 5 * DRILL_NS_PER_S};
    Net *net = net_new(&config);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean);
    net_raw_subscribe(p, 1, "t 2");
    net_publish(pub, 2, false, "t", "x");
    net_expect(p, "<SUBACK i1 02\n<PUBLISH q2 i1 t=x\n");
    net_wait(net, 5 * DRILL_NS_PER_S);
    net_expect(p, "<PUBLISH q2 i1 dup t=x\n");
    net_wait(net, 4 * DRILL_NS_PER_S);
    net_raw_ack(p, DRILL_PUBREC, 1);
    net_expect(p, "<PUBREL i1\n");
    net_wait(net, 5 * DRILL_NS_PER_S - 1);
    net_expect(p, "");
    net_wait(net, 1);
    net_expect(p, "<PUBREL i1\n");
    net_raw_ack(p, DRILL_PUBREC, 1);
    net_raw_ack(p, DRILL_PUBCOMP, 1);
    net_expect(p, "<PUBREL i1\n");
    net_wait(net, 60 * DRILL_NS_PER_S);
    net_expect(p, "");
    ck_assert_uint_eq(drill_broker_expiry(net->broker), DRILL_NEVER);
    net_free(net);
}
END_TEST

START_TEST(test_identifiers_wrap) {
    DrillBrokerConfig config = {.first_packet_identifier = 65535};
    Net *net = net_new(&config);
    Peer *p = raw(net, "p"), *pub = up(net, "pub", clean);
    net_raw_subscribe(p, 1, "t 1");
    net_publish(pub, 1, false, "t", "x");
    net_publish(pub, 1, false, "t", "y");
    net_expect(p, "<SUBACK i1 01\n<PUBLISH q1 i65535 t=x\n<PUBLISH q1 i1 t=y\n");
    net_free(net);
}
END_TEST

/* However bytes are cut, the same happens. */
START_TEST(test_any_cut) {
    Net *net = net_new(NULL);
    net->chunk_bytes = (size_t)_i;
    Peer *a = net_client(net, "a", clean);
    net_connect(a);
    net_subscribe(a, "t 2");
    net_publish(a, 2, true, "t", "payload");
    net_expect(a, "!open\n>CONNECT\n<CONNACK sp0 c0\n>SUBSCRIBE\n<SUBACK i1 02\n>PUBLISH q2 i2 "
                  "retain t=payload\n<PUBREC i2\n>PUBREL i2\n"
                  "<PUBLISH q2 i1 t=payload\n*q2 t=payload\n>PUBREC i1\n<PUBCOMP i2\n<PUBREL "
                  "i1\n>PUBCOMP i1\n");
    net_free(net);
}
END_TEST

/* 20,000 connections: looking for the next deadline and received packets stay cheap. */
START_TEST(test_many_connections) {
    enum { COUNT = 20000 };
    static DrillBrokerConnection *connections[COUNT];
    static Peer sink;
    Net *net = net_new(NULL);
    sink.net = net;
    sink.to_client.allocator = net->allocator;
    DrillBuffer bytes = {.allocator = net->allocator};
    for (int i = 0; i < COUNT; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%d", i);
        DrillPacket connect = {.type = DRILL_CONNECT,
                               .as.connect = {.protocol_level = 4,
                                              .clean = true,
                                              .keep_alive_s = 60,
                                              .client_id = drill_span_of(id)}};
        drill_buffer_clear(&bytes);
        ck_assert_int_eq(drill_codec_encode(&connect, DRILL_MQTT_3_1_1, &bytes), DRILL_OK);
        connections[i] = drill_broker_accept(net->broker, &sink, (uint64_t)i);
        drill_broker_receive(connections[i], drill_buffer_span(&bytes), (uint64_t)i);
    }
    static const uint8_t pingreq[] = {0xC0, 0};
    uint64_t now_ns = COUNT;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < COUNT; i++) {
            now_ns += DRILL_NS_PER_MS;
            drill_broker_receive(connections[i], drill_span(pingreq, 2), now_ns);
            if (drill_broker_expiry(net->broker) <= now_ns)
                drill_broker_handle_expiry(net->broker, now_ns);
            sink.to_client.size = 0;
        }
    }
    ck_assert(!sink.broker_closed);
    drill_broker_handle_expiry(net->broker, now_ns + 91 * DRILL_NS_PER_S);
    ck_assert_uint_eq(net->broker_faults, COUNT);
    drill_buffer_release(&bytes);
    drill_buffer_release(&sink.to_client);
    net_free(net);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("broker");
    TCase *tcase = tcase_create("broker");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_session_present);
    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_credentials);
    tcase_add_test(tcase, test_takeover);
    tcase_add_test(tcase, test_connection_limit_and_connect_timeout);
    tcase_add_test(tcase, test_keep_alive);
    tcase_add_test(tcase, test_qos_downgrade);
    tcase_add_loop_test(tcase, test_qos2_flow, 0, 2);
    tcase_add_test(tcase, test_qos1_dup_is_new);
    tcase_add_loop_test(tcase, test_overlap, 0, 2);
    tcase_add_test(tcase, test_unsubscribe);
    tcase_add_test(tcase, test_no_dup_no_retain_passed_on);
    tcase_add_test(tcase, test_violations);
    tcase_add_test(tcase, test_packet_limit);
    tcase_add_test(tcase, test_retained);
    tcase_add_test(tcase, test_wills);
    tcase_add_loop_test(tcase, test_offline_queue, 0, 2);
    tcase_add_loop_test(tcase, test_queue_limit, 0, 2);
    tcase_add_test(tcase, test_window);
    tcase_add_test(tcase, test_resumption);
    tcase_add_test(tcase, test_inbound_ids_survive);
    tcase_add_loop_test(tcase, test_restart, 0, 2);
    tcase_add_test(tcase, test_retry);
    tcase_add_test(tcase, test_identifiers_wrap);
    tcase_add_loop_test(tcase, test_any_cut, 0, 6);
    tcase_add_test(tcase, test_many_connections);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
