/* How an MQTT 5.0 client connects, what it keeps, and what it does with a server that breaks the
 * rules. All bytes are typed from the standard. */
#include "unit/mqtt/client5.h"
#include "unit/suite.h"

START_TEST(test_connect) {
    Bench b;
    bench_init(&b);
    bench_make(&b, (DrillClientConfig){.clean = true, .client_id = drill_span_of("c")});
    bench_open(&b);
    /* length, "MQTT", 5, flags, Keep Alive, no properties, "c" */
    bench_expect(&b, ">100e00044d5154540502000000000163\n");
    bench_serve(&b, CONNACK);
    bench_expect(&b, "!connack sp0 0x00\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_connect_properties) {
    Bench b;
    bench_init(&b);
    DrillClientConfig config = {
        .client_id = drill_span_of("c"),
        .keep_alive_s = 10,
        .has_will = true,
        .will = {.topic = drill_span_of("w"), .payload = drill_span_of("x"), .qos = DRILL_QOS_1}};
    bench_number(&b, DRILL_SESSION_EXPIRY_INTERVAL, 7);
    bench_text(&b, DRILL_USER_PROPERTY, "b", "1");
    bench_text(&b, DRILL_USER_PROPERTY, "a", "2");
    config.properties = bench_properties(&b);
    DrillBuffer will = {.allocator = drill_allocator_malloc()};
    DrillProperty delay = {.id = DRILL_WILL_DELAY_INTERVAL, .number = 5};
    ck_assert_int_eq(drill_properties_write(&will, &delay), DRILL_OK);
    config.will.properties = (DrillProperties){drill_buffer_span(&will), 1};
    bench_make(&b, config);
    drill_buffer_release(&will); /* the client has its own */
    drill_buffer_clear(&b.wire);
    bench_open(&b);
    bench_expect(&b, ">102d00044d515454050c000a13 1100000007 2600016200013126000161000132 000163"
                     "05 1800000005 000177 000178\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_config) {
    Bench b;
    bench_init(&b);
    DrillClientConfig config = {.client_id = drill_span_of("c"), .has_password = true};
    ck_assert_int_eq(bench_try(&b, config), DRILL_OK); /* unlike 3.1.1 */
    drill_client_free(b.client);
    config = (DrillClientConfig){.client_id = drill_span_of("")};
    ck_assert_int_eq(bench_try(&b, config), DRILL_OK); /* unlike 3.1.1 */
    drill_client_free(b.client);
    bench_number(&b, DRILL_TOPIC_ALIAS, 1); /* of PUBLISH only */
    config.properties = bench_properties(&b);
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
    bench_number(&b, DRILL_RECEIVE_MAXIMUM, 1);
    bench_number(&b, DRILL_RECEIVE_MAXIMUM, 2); /* twice */
    config.properties = bench_properties(&b);
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
    bench_text(&b, DRILL_AUTHENTICATION_DATA, "", "x"); /* without a method */
    config.properties = bench_properties(&b);
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
    bench_number(&b, DRILL_RECEIVE_MAXIMUM, 1);
    config.properties = bench_properties(&b);
    config.version = DRILL_MQTT_3_1_1; /* has no properties */
    config.client_id = drill_span_of("c");
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
    drill_buffer_release(&b.log);
    drill_buffer_release(&b.wire);
}
END_TEST

START_TEST(test_3_1) {
    Bench b;
    bench_init(&b);
    DrillClientConfig config = {.version = DRILL_MQTT_3_1, .client_id = drill_span_of("c")};
    bench_make(&b, config);
    bench_open(&b);
    bench_expect(&b, ">100f00064d51497364700300000000 0163\n");
    bench_serve(&b, "20020000");
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_expect(&b, "!connack sp0 0x00\n>3206000174000178\n");
    /* There is no Session Present: with CleanSession 0 the Session goes on. */
    bench_reconnect(&b, "20020000");
    bench_expect(&b, "!connack sp0 0x00\n>3a06000174000178\n");
    bench_free(&b);
    bench_init(&b);
    config.client_id = drill_span_of("123456789012345678901234"); /* 24 bytes */
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
    config.client_id = drill_span_of("");
    config.clean = true;
    ck_assert_int_eq(bench_try(&b, config), DRILL_INVALID);
}
END_TEST

START_TEST(test_refused) {
    Bench b;
    bench_init(&b);
    bench_make(&b, (DrillClientConfig){.clean = true, .client_id = drill_span_of("c")});
    bench_open_to(&b, "20 03 00 87 00", "!connack sp0 0x87\n!close 1\n");
    DrillClientConfig config = {.version = DRILL_MQTT_5_0, .client_id = drill_span_of("c")};
    ck_assert_int_eq(drill_client_configure(b.client, &config), DRILL_OK);
    /* a refusal makes no Session */
    bench_open_to(&b, CONNACK_PRESENT, "!fault 0x82 v5:MQTT-3.2.2-4\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* Session Present needs a Session on both sides. */
START_TEST(test_session_present) {
    Bench b;
    bench_open_lasting(&b);
    bench_forget(&b);
    bench_serve(&b, CONNACK_PRESENT);
    bench_expect(&b, "!fault 0x82 v5:MQTT-3.2.2-4\n>e00182\n!close 2\n");
    drill_client_crash(b.client);
    bench_open(&b);
    bench_serve(&b, CONNACK);
    bench_reconnect(&b, CONNACK_PRESENT); /* now there is one */
    bench_expect(&b, "!connack sp1 0x00\n");
    drill_client_closed(b.client, b.now_ns);
    drill_client_crash(b.client); /* and now it is lost */
    bench_open_to(&b, CONNACK_PRESENT, "!fault 0x82 v5:MQTT-3.2.2-4\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* A Session that ends with its connection is not there any more. */
START_TEST(test_session_without_expiry) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = false}, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    drill_client_closed(b.client, b.now_ns);
    bench_expect(&b, "!dropped 1\n");
    bench_open_to(&b, CONNACK_PRESENT, "!fault 0x82 v5:MQTT-3.2.2-4\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* The server's word counts: in CONNACK, and our own last one, in DISCONNECT. */
START_TEST(test_session_expiry_changes) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true}, "20 08 00 00 05 11 00 00 00 3c");
    ck_assert_uint_eq(drill_client_limits(b.client)->session_expiry_s, 60);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    drill_client_closed(b.client, b.now_ns);
    bench_expect(&b, "");
    ck_assert_uint_eq(drill_client_pending(b.client), 1);
    bench_free(&b);

    bench_open_lasting(&b);
    bench_serve(&b, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    bench_number(&b, DRILL_SESSION_EXPIRY_INTERVAL, 0);
    DrillReasonPacket reason = {.reason_code = 4, .properties = bench_properties(&b)};
    ck_assert_int_eq(drill_client_disconnect_with(b.client, &reason, b.now_ns), DRILL_OK);
    bench_expect(&b, ">e007 04 05 1100000000\n!dropped 1\n!close 0\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_disconnect_arguments) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_number(&b, DRILL_SESSION_EXPIRY_INTERVAL, 9); /* CONNECT said 0 */
    DrillReasonPacket reason = {.properties = bench_properties(&b)};
    ck_assert_int_eq(drill_client_disconnect_with(b.client, &reason, 0), DRILL_INVALID);
    reason = (DrillReasonPacket){.reason_code = 0x01}; /* there is none */
    ck_assert_int_eq(drill_client_disconnect_with(b.client, &reason, 0), DRILL_INVALID);
    reason.reason_code = 0x82;
    ck_assert_int_eq(drill_client_disconnect_with(b.client, &reason, 0), DRILL_OK);
    bench_expect(&b, ">e00182\n!close 0\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_assigned_identifier) {
    Bench b;
    bench_init(&b);
    bench_make(&b, (DrillClientConfig){.clean = true});
    bench_open(&b);
    bench_expect(&b, ">100d00044d51545405020000000000\n");
    bench_serve(&b, "20 07 00 00 04 12 00 01 7a");
    ck_assert(drill_span_is(drill_client_identifier(b.client), "z"));
    drill_client_closed(b.client, b.now_ns);
    bench_forget(&b);
    bench_open(&b); /* the Session is filed under the assigned one */
    bench_expect(&b, ">100e00044d5154540502000000 00017a\n");
    drill_client_crash(b.client);
    bench_forget(&b);
    bench_open(&b);
    bench_expect(&b, ">100d00044d51545405020000000000\n");
    bench_forget(&b);
    bench_serve(&b, CONNACK);
    bench_expect(&b, "!fault 0x82 v5:MQTT-3.1.3-7\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_server_keep_alive) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true, .keep_alive_s = 60, .auto_ping = true},
                  "20 06 00 00 03 13 00 05");
    ck_assert_uint_eq(drill_client_expiry(b.client), 6 * DRILL_NS_PER_S);
    drill_client_handle_expiry(b.client, 6 * DRILL_NS_PER_S);
    bench_expect(&b, ">c000\n");
    drill_client_handle_expiry(b.client, 11 * DRILL_NS_PER_S);
    bench_expect(&b, "!close 3\n"); /* and no PINGRESP for as long */
    bench_open(&b);
    ck_assert_uint_eq(drill_client_expiry(b.client), 61 * DRILL_NS_PER_S); /* our own again */
    bench_free(&b);
}
END_TEST

START_TEST(test_server_disconnects) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_serve(&b, "e0 02 8e 00");
    bench_expect(&b, "!disconnected 0x8e\n!close 4\n");
    bench_open(&b);
    bench_serve(&b, CONNACK);
    bench_forget(&b);
    bench_serve(&b, "e0 00");
    bench_expect(&b, "!disconnected 0x00\n!close 4\n");
    bench_free(&b);
}
END_TEST

/* What a server may not say: bytes after CONNACK 0, and the answer. */
static const Breach breaches[] = {
    {"20 03 00 00 00", "0x82 v5:MQTT-3.2.0-2", "82"},                /* a second CONNACK */
    {"e0 07 00 05 11 00 00 00 01", "0x82 v5:MQTT-3.14.2-2", "82"},   /* Session Expiry */
    {"c0 00", "0x82 -", "82"},                                       /* PINGREQ */
    {"82 07 00 01 00 00 01 61 00", "0x82 -", "82"},                  /* SUBSCRIBE */
    {"f0 00", "0x82 v5:MQTT-4.12.0-6", "82"},                        /* AUTH */
    {"d1 00", "0x81 v5:MQTT-2.1.3-1", "81"},                         /* flags */
    {"30 06 00 00 03 23 00 01", "0x94 v5:MQTT-3.1.2-27", "94"},      /* an alias */
    {"30 08 00 01 74 03 23 00 00 78", "0x94 v5:MQTT-3.3.2-8", "94"}, /* alias 0 */
    {"30 03 00 00 00", "0x82 v5:MQTT-4.7.3-1", "82"},                /* neither topic nor alias */
    {"36 06 00 01 74 00 01 00", "0x81 v5:MQTT-3.3.1-4", "81"},       /* QoS 3 */
    {"30 07 00 01 74 02 01 01 ff", "0x99 -", "99"},                  /* not UTF-8 */
};

START_TEST(test_breaches) {
    const Breach *breach = &breaches[_i];
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_breach(&b, breach);
    bench_free(&b);
}
END_TEST

/* CONNACKs that a server may not send. */
static const Breach connacks[] = {
    {"20 03 01 00 00", "0x82 v5:MQTT-3.2.2-2", "82"},              /* present after Clean Start */
    {"20 03 02 00 00", "0x81 v5:MQTT-3.2.2-1", "81"},              /* reserved flags */
    {"20 03 00 01 00", "0x82 v5:MQTT-3.2.2-8", "82"},              /* a code of 3.1.1 */
    {"20 06 00 00 03 21 00 00", "0x82 -", "82"},                   /* Receive Maximum 0 */
    {"20 07 00 00 04 1a 00 01 78", "0x82 v5:MQTT-3.1.2-28", "82"}, /* Response Information */
    {"20 07 00 00 04 15 00 01 78", "0x82 v5:MQTT-4.12.0-6", "82"}, /* a method */
    {"30 05 00 01 74 00 78", "0x82 v5:MQTT-3.2.0-1", "82"},        /* a PUBLISH before it */
    {"e0 01 8b", "0x82 v5:MQTT-3.2.0-1", "82"},                    /* a DISCONNECT before it */
};

START_TEST(test_connack_breaches) {
    const Breach *breach = &connacks[_i];
    Bench b;
    bench_init(&b);
    bench_make(&b, (DrillClientConfig){.clean = true, .client_id = drill_span_of("c")});
    bench_open(&b);
    bench_forget(&b);
    bench_breach(&b, breach);
    bench_free(&b);
}
END_TEST

START_TEST(test_own_maximum_packet_size) {
    Bench b;
    bench_init(&b);
    bench_number(&b, DRILL_MAXIMUM_PACKET_SIZE, 10);
    DrillClientConfig config = {
        .client_id = drill_span_of("c"), .clean = true, .properties = bench_properties(&b)};
    bench_make(&b, config);
    bench_open(&b);
    bench_serve(&b, CONNACK);
    bench_forget(&b);
    bench_serve(&b, "30 08 00 01 74 00 78 78 78 78"); /* ten bytes */
    bench_expect(&b, "*q0 t=xxxx\n");
    bench_serve(&b, "30 09"); /* eleven; enough is known */
    bench_expect(&b, "!fault 0x95 v5:MQTT-3.1.2-24\n>e00195\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_no_problem_information) {
    Bench b;
    bench_init(&b);
    bench_number(&b, DRILL_REQUEST_PROBLEM_INFORMATION, 0);
    DrillClientConfig config = {
        .client_id = drill_span_of("c"), .clean = true, .properties = bench_properties(&b)};
    bench_make(&b, config);
    bench_open(&b);
    bench_serve(&b, "20 07 00 00 04 1f 00 01 78"); /* CONNACK may */
    ck_assert_int_eq(drill_client_state(b.client), DRILL_CLIENT_UP);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "40 08 00 01 00 04 1f 00 01 78"); /* PUBACK may not */
    bench_expect(&b, "!fault 0x82 v5:MQTT-3.1.2-29\n>e00182\n!dropped 1\n!close 2\n");
    bench_free(&b);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("client5");
    TCase *t = tcase_create("client5");
    tcase_add_test(t, test_connect);
    tcase_add_test(t, test_connect_properties);
    tcase_add_test(t, test_config);
    tcase_add_test(t, test_3_1);
    tcase_add_test(t, test_refused);
    tcase_add_test(t, test_session_present);
    tcase_add_test(t, test_session_without_expiry);
    tcase_add_test(t, test_session_expiry_changes);
    tcase_add_test(t, test_disconnect_arguments);
    tcase_add_test(t, test_assigned_identifier);
    tcase_add_test(t, test_server_keep_alive);
    tcase_add_test(t, test_server_disconnects);
    tcase_add_loop_test(t, test_breaches, 0, DRILL_ARRAY_COUNT(breaches));
    tcase_add_loop_test(t, test_connack_breaches, 0, DRILL_ARRAY_COUNT(connacks));
    tcase_add_test(t, test_own_maximum_packet_size);
    tcase_add_test(t, test_no_problem_information);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_run(suite());
}
