/* Messages of an MQTT 5.0 client: what the server allows, quotas both ways, aliases, refusals and
 * resumption. */
#include "unit/mqtt/client5.h"
#include "unit/suite.h"

/* A client whose Session outlives its connections. */
static void connect_lasting(Bench *b, const char *connack) {
    bench_open_lasting(b);
    bench_serve(b, connack);
    bench_forget(b);
}

START_TEST(test_properties) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_text(&b, DRILL_USER_PROPERTY, "b", "1");
    bench_number(&b, DRILL_MESSAGE_EXPIRY_INTERVAL, 5);
    bench_text(&b, DRILL_USER_PROPERTY, "a", "2");
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_OK);
    bench_expect(&b, ">3018 000174 13 26000162000131 0200000005 26000161000132 78\n");
    bench_text(&b, DRILL_USER_PROPERTY, "b", "1");
    bench_text(&b, DRILL_USER_PROPERTY, "a", "2");
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_expect(&b, ">3215 000174 0001 0e 26000162000131 26000161000132 78\n");
    bench_serve(&b, "40 02 00 01");
    bench_expect(&b, "!acked 2 0x00\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_properties_of_another_packet) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_number(&b, DRILL_RECEIVE_MAXIMUM, 1);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_INVALID);
    bench_number(&b, DRILL_SUBSCRIPTION_IDENTIFIER, 1); /* only a server may */
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_INVALID);
    bench_number(&b, DRILL_PAYLOAD_FORMAT_INDICATOR, 1);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "\xff"), DRILL_INVALID);
    ck_assert_int_eq(bench_publish(&b, 0, "", "x"), DRILL_INVALID); /* no topic, no alias */
    ck_assert_ptr_null(drill_client_refusal(b.client));
    bench_expect(&b, "");
    bench_free(&b);
}
END_TEST

/* PUBACK and PUBREC of 0x80 and more end the exchange; 0x10 is a success. */
START_TEST(test_refused_by_the_server) {
    Bench b;
    connect_lasting(&b, CONNACK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(bench_publish(&b, i < 2 ? 2 : 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "50 03 00 01 97");
    bench_expect(&b, "!acked 1 0x97\n");
    bench_serve(&b, "50 03 00 02 10");
    bench_expect(&b, ">62020002\n");
    bench_serve(&b, "40 03 00 03 87");
    bench_expect(&b, "!acked 3 0x87\n");
    bench_serve(&b, "70 03 00 02 92");
    bench_expect(&b, "!acked 2 0x92\n");
    bench_reconnect(&b, CONNACK_PRESENT); /* nothing is left to resend */
    bench_expect(&b, "!connack sp1 0x00\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_unknown_identifiers) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_serve(&b, "62 02 00 09"); /* PUBREL: never heard of it */
    bench_expect(&b, ">70030009 92\n");
    bench_serve(&b, "50 02 00 09"); /* PUBREC: never sent it */
    bench_expect(&b, ">62030009 92\n");
    bench_serve(&b, "50 03 00 09 91"); /* and that is not to be answered */
    bench_expect(&b, "");
    bench_free(&b);
}
END_TEST

/* No more than the server's Receive Maximum; acknowledgements let the next ones go. */
START_TEST(test_send_quota) {
    Bench b;
    bench_connect(&b, fresh, "20 06 00 00 03 21 00 02");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(bench_publish(&b, i % 2 + 1, "t", "x"), DRILL_OK);
    bench_expect(&b, ">3207000174000100 78\n>3407000174000200 78\n");
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_OK); /* does not count */
    bench_expect(&b, ">3005000174 00 78\n");
    bench_serve(&b, "50 02 00 02"); /* PUBREC gives nothing back */
    bench_expect(&b, ">62020002\n");
    bench_serve(&b, "70 02 00 02");
    bench_expect(&b, "!acked 2 0x00\n>3207000174000300 78\n");
    bench_serve(&b, "40 03 00 01 97"); /* a refusal does */
    bench_expect(&b, "!acked 1 0x97\n>3407000174000400 78\n");
    bench_free(&b);
}
END_TEST

/* A resumption sends again what was open, no faster than the new connection's quota allows. */
START_TEST(test_resume_within_the_quota) {
    Bench b;
    connect_lasting(&b, CONNACK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    ck_assert_int_eq(bench_publish(&b, 2, "t", "y"), DRILL_OK);
    bench_serve(&b, "50 02 00 04");
    bench_reconnect(&b, "20 06 01 00 03 21 00 02"); /* two at a time */
    bench_expect(&b, "!connack sp1 0x00\n>62020004\n>3a07000174000100 78\n");
    bench_serve(&b, "70 02 00 04");
    bench_expect(&b, "!acked 4 0x00\n>3a07000174000200 78\n");
    bench_serve(&b, "40 02 00 01");
    bench_expect(&b, "!acked 1 0x00\n>3a07000174000300 78\n");
    ck_assert_int_eq(bench_publish(&b, 1, "t", "z"), DRILL_OK); /* waits */
    bench_expect(&b, "");
    bench_serve(&b, "40 02 00 02");
    bench_expect(&b, "!acked 2 0x00\n>3207000174000500 7a\n");
    bench_free(&b);
}
END_TEST

/* Not on a timer, whatever the configuration says. */
START_TEST(test_no_timer) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true, .retry_ns = DRILL_NS_PER_S}, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_forget(&b);
    ck_assert_uint_eq(drill_client_expiry(b.client), DRILL_NEVER);
    drill_client_handle_expiry(b.client, 100 * DRILL_NS_PER_S);
    bench_expect(&b, "");
    bench_free(&b);
}
END_TEST

/* --- what the server allows --- */

START_TEST(test_maximum_qos) {
    Bench b;
    bench_connect(&b, fresh, "20 05 00 00 02 24 01");
    ck_assert_int_eq(bench_publish(&b, 2, "t", "x"), DRILL_INVALID);
    bench_refused(&b, 0x9B, "v5:MQTT-3.2.2-11");
    bench_expect(&b, "");
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    ck_assert_ptr_null(drill_client_refusal(b.client));
    bench_free(&b);
}
END_TEST

/* What was queued before the server said so is given up. */
START_TEST(test_maximum_qos_of_the_queue) {
    Bench b;
    bench_init(&b);
    bench_make(&b, (DrillClientConfig){.client_id = drill_span_of("c")});
    ck_assert_int_eq(bench_publish(&b, 2, "t", "x"), DRILL_OK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "y"), DRILL_OK);
    bench_open_to(&b, "20 05 00 00 02 24 01",
                  "!connack sp0 0x00\n!dropped 1\n>3207000174000100 79\n");
    bench_refused(&b, 0x9B, "v5:MQTT-3.2.2-11");
    bench_free(&b);
}
END_TEST

/* And what a resumption would send again, if the server has become stricter meanwhile. */
START_TEST(test_maximum_qos_of_a_resumption) {
    Bench b;
    connect_lasting(&b, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 2, "t", "x"), DRILL_OK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "y"), DRILL_OK);
    bench_reconnect(&b, "20 05 01 00 02 24 01");
    bench_expect(&b, "!connack sp1 0x00\n!dropped 1\n>3a07000174000200 79\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_retain_available) {
    Bench b;
    bench_connect(&b, fresh, "20 05 00 00 02 25 00");
    DrillPublishPacket message = {.retain = true, .topic = drill_span_of("t")};
    DrillMessageId id;
    ck_assert_int_eq(drill_client_publish(b.client, &message, 0, &id), DRILL_INVALID);
    bench_refused(&b, 0x9A, "v5:MQTT-3.2.2-14");
    message.retain = false;
    ck_assert_int_eq(drill_client_publish(b.client, &message, 0, &id), DRILL_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_maximum_packet_size) {
    Bench b;
    connect_lasting(&b, "20 08 00 00 05 27 00 00 00 0c"); /* twelve bytes */
    ck_assert_int_eq(bench_publish(&b, 0, "t", "123456"), DRILL_OK);
    bench_expect(&b, ">300a 000174 00 313233343536\n");
    ck_assert_int_eq(bench_publish(&b, 0, "t", "1234567"), DRILL_INVALID);
    bench_refused(&b, 0x95, "v5:MQTT-3.2.2-15");
    ck_assert_int_eq(bench_publish(&b, 1, "t", "12345"), DRILL_INVALID);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "1234"), DRILL_OK);
    bench_forget(&b);
    /* On the next connection the server is stricter: what does not fit is given up. */
    bench_reconnect(&b, "20 08 01 00 05 27 00 00 00 08");
    bench_expect(&b, "!connack sp1 0x00\n!dropped 2\n");
    DrillFilter filter = {drill_span_of("abc"), 0};
    drill_buffer_clear(&b.wire);
    ck_assert_int_eq(drill_filters_write(&b.wire, &filter, true), DRILL_OK);
    DrillSubscribePacket request = {.filters = {drill_buffer_span(&b.wire), 1}};
    uint16_t identifier;
    ck_assert_int_eq(drill_client_request(b.client, DRILL_SUBSCRIBE, &request, 0, &identifier),
                     DRILL_INVALID);
    bench_refused(&b, 0x95, "v5:MQTT-3.2.2-15");
    bench_expect(&b, "");
    bench_free(&b);
}
END_TEST

/* Where not even an acknowledgement fits, there is nothing left to do; a DISCONNECT just fits. */
/* What explains gives way: first User Properties, then the Reason String; what has to be said
 * stays. */
START_TEST(test_explanations_give_way) {
    Bench b;
    DrillClientConfig config = {.clean = true, .manual_acks = true};
    bench_connect(&b, config, "20 08 00 00 05 27 00 00 00 0c"); /* Maximum Packet Size 12 */
    for (int large = 0; large < 3; large++) {
        bench_serve(&b, "32 07 00 01 74 00 07 00 78");
        bench_forget(&b);
        bench_text(&b, DRILL_REASON_STRING, "", large < 2 ? "no" : "by no means");
        bench_text(&b, DRILL_USER_PROPERTY, "a", large < 1 ? "" : "bcdefghijkl");
        DrillReasonPacket reason = {.reason_code = 0x83, .properties = bench_properties(&b)};
        ck_assert_int_eq(drill_client_acknowledge_with(b.client, &reason, b.now_ns), DRILL_OK);
        bench_expect(&b, large < 2 ? ">4009 0007 83 05 1f00026e6f\n" : ">4003 0007 83\n");
        ck_assert_ptr_null(drill_client_refusal(b.client));
    }
    bench_number(&b, DRILL_SESSION_EXPIRY_INTERVAL, 0);
    bench_text(&b, DRILL_REASON_STRING, "", "enough of it");
    DrillReasonPacket reason = {.properties = bench_properties(&b)};
    ck_assert_int_eq(drill_client_disconnect_with(b.client, &reason, b.now_ns), DRILL_OK);
    bench_expect(&b, ">e007 00 05 1100000000\n!close 0\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_maximum_packet_size_without_room) {
    Bench b;
    bench_connect(&b, fresh, "20 08 00 00 05 27 00 00 00 03");
    bench_serve(&b, "32 06 00 01 74 00 05 00");
    bench_expect(&b, "*q1 t=\n!fault 0x95 -\n>e00195\n!close 2\n");
    drill_client_closed(b.client, b.now_ns);
    bench_open(&b);
    bench_serve(&b, "20 08 00 00 05 27 00 00 00 02");
    bench_forget(&b);
    bench_serve(&b, "32 06 00 01 74 00 05 00");
    bench_expect(&b, "*q1 t=\n!fault 0x95 -\n!close 2\n");
    bench_free(&b);
}
END_TEST

static DrillResult subscribe(Bench *b, const char *topic_filter, uint8_t options,
                             DrillProperties properties) {
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter filter = {drill_span_of(topic_filter), options};
    ck_assert_int_eq(drill_filters_write(&wire, &filter, true), DRILL_OK);
    DrillSubscribePacket request = {.properties = properties,
                                    .filters = {drill_buffer_span(&wire), 1}};
    uint16_t identifier;
    DrillResult result =
        drill_client_request(b->client, DRILL_SUBSCRIBE, &request, b->now_ns, &identifier);
    drill_buffer_release(&wire);
    return result;
}

static const DrillProperties none;

START_TEST(test_subscriptions_not_available) {
    Bench b;
    bench_connect(&b, fresh, "20 09 00 00 06 28 00 29 00 2a 00");
    ck_assert_int_eq(subscribe(&b, "a/+", 0, none), DRILL_INVALID);
    bench_refused(&b, 0xA2, "-");
    ck_assert_int_eq(subscribe(&b, "$share/g/a", 0, none), DRILL_INVALID);
    bench_refused(&b, 0x9E, "-");
    bench_number(&b, DRILL_SUBSCRIPTION_IDENTIFIER, 7);
    ck_assert_int_eq(subscribe(&b, "a", 0, bench_properties(&b)), DRILL_INVALID);
    bench_refused(&b, 0xA1, "-");
    bench_expect(&b, "");
    ck_assert_int_eq(subscribe(&b, "a", 0, none), DRILL_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_subscribe) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    bench_number(&b, DRILL_SUBSCRIPTION_IDENTIFIER, 300);
    ck_assert_int_eq(subscribe(&b, "a/+", 0x2D, bench_properties(&b)), DRILL_OK);
    bench_expect(&b, ">820c 0001 030bac02 0003612f2b 2d\n");
    bench_serve(&b, "90 04 00 01 00 01");
    bench_expect(&b, "!SUBACK 1 01\n");
    static const struct {
        const char *filter;
        uint8_t options;
    } wrong[] = {{"a", 0x03},          {"a", 0x30},      {"a", 0x40},
                 {"$share/g/a", 0x04}, {"$share/g", 0},  {"$share//a", 0},
                 {"$share/g+/a", 0},   {"$share/g/", 0}, {"a#", 0}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(wrong); i++)
        ck_assert_int_eq(subscribe(&b, wrong[i].filter, wrong[i].options, none), DRILL_INVALID);
    ck_assert_int_eq(subscribe(&b, "$share/g/a/#", 1, none), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "90 05 00 02 00 01 01"); /* two codes for one filter */
    bench_expect(&b, "!fault 0x82 v5:MQTT-3.8.4-6\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_unsuback_codes) {
    Bench b;
    bench_connect(&b, fresh, CONNACK);
    DrillBuffer wire = {.allocator = drill_allocator_malloc()};
    DrillFilter filters[] = {{drill_span_of("a"), 0}, {drill_span_of("b"), 0}};
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(drill_filters_write(&wire, &filters[i], false), DRILL_OK);
    DrillFilters list = {drill_buffer_span(&wire), 2};
    uint16_t identifier;
    ck_assert_int_eq(drill_client_unsubscribe(b.client, list, 0, &identifier), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "b0 05 00 01 00 00 11");
    bench_expect(&b, "!UNSUBACK 1 0011\n");
    ck_assert_int_eq(drill_client_unsubscribe(b.client, list, 0, &identifier), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "b0 04 00 02 00 00");
    bench_expect(&b, "!fault 0x82 v5:MQTT-3.11.3-2\n>e00182\n!close 2\n");
    drill_buffer_release(&wire);
    bench_free(&b);
}
END_TEST

/* --- Topic Aliases --- */

#define ALIASES_2 "20 06 00 00 03 22 00 02"

START_TEST(test_explicit_alias) {
    Bench b;
    bench_connect(&b, fresh, ALIASES_2);
    bench_number(&b, DRILL_TOPIC_ALIAS, 2);
    ck_assert_int_eq(bench_publish(&b, 0, "", "x"), DRILL_INVALID); /* of what? */
    bench_refused(&b, 0x82, "-");
    bench_number(&b, DRILL_TOPIC_ALIAS, 3);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_INVALID);
    bench_refused(&b, 0x94, "v5:MQTT-3.2.2-17");
    bench_number(&b, DRILL_TOPIC_ALIAS, 2);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_OK);
    bench_number(&b, DRILL_TOPIC_ALIAS, 2);
    ck_assert_int_eq(bench_publish(&b, 1, "", "y"), DRILL_OK);
    bench_expect(&b, ">3008000174 03230002 78\n>3209 0000 0001 03230002 79\n");
    bench_free(&b);
}
END_TEST

/* An alias is worth nothing on another connection: the message goes out with its topic. */
START_TEST(test_alias_ends_with_its_connection) {
    Bench b;
    connect_lasting(&b, ALIASES_2);
    bench_number(&b, DRILL_TOPIC_ALIAS, 1);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "x"), DRILL_OK);
    bench_number(&b, DRILL_TOPIC_ALIAS, 1);
    ck_assert_int_eq(bench_publish(&b, 1, "", "y"), DRILL_OK);
    bench_forget(&b);
    bench_reconnect(&b, "20 06 01 00 03 22 00 02");
    bench_expect(&b, "!connack sp1 0x00\n>3a07000174000100 78\n>3a07000174000200 79\n");
    bench_number(&b, DRILL_TOPIC_ALIAS, 1);
    ck_assert_int_eq(bench_publish(&b, 0, "", "z"), DRILL_INVALID);
    bench_free(&b);
}
END_TEST

START_TEST(test_automatic_aliases) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true, .auto_alias = true}, ALIASES_2);
    const char *const topics[] = {"a", "a", "b", "c", "b", "a"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(topics); i++)
        ck_assert_int_eq(bench_publish(&b, 0, topics[i], "x"), DRILL_OK);
    bench_expect(&b, ">3008000161 03230001 78\n" /* a is 1 */
                     ">30070000 03230001 78\n"
                     ">3008000162 03230002 78\n" /* b is 2 */
                     ">3008000163 03230001 78\n" /* c takes the one used longest ago */
                     ">30070000 03230002 78\n"
                     ">3008000161 03230001 78\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_no_automatic_aliases_where_none_are_allowed) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true, .auto_alias = true}, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 0, "a", "x"), DRILL_OK);
    bench_expect(&b, ">3005000161 00 78\n");
    bench_free(&b);
}
END_TEST

/* The server takes eleven bytes. One more would be too much with an alias, also with one in place
 * of a name that is shorter still. */
START_TEST(test_no_automatic_alias_that_makes_it_too_large) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true, .auto_alias = true},
                  "20 0b 00 00 08 22 00 02 27 00 00 00 0b");
    ck_assert_int_eq(bench_publish(&b, 0, "t", "12345"), DRILL_OK);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "12"), DRILL_OK);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "12345"), DRILL_OK);
    bench_expect(&b, ">3009000174 00 3132333435\n>3009000174 03230001 3132\n"
                     ">3009000174 00 3132333435\n");
    ck_assert_int_eq(bench_publish(&b, 1, "u", "123"), DRILL_OK);
    bench_expect(&b, ">3209000175 0001 00 313233\n");
    ck_assert_int_eq(bench_publish(&b, 1, "u", "1234"), DRILL_INVALID);
    bench_refused(&b, 0x95, "v5:MQTT-3.2.2-15");
    /* One that was asked for stays. */
    bench_number(&b, DRILL_TOPIC_ALIAS, 2);
    ck_assert_int_eq(bench_publish(&b, 0, "u", "12345"), DRILL_INVALID);
    bench_refused(&b, 0x95, "v5:MQTT-3.2.2-15");
    bench_free(&b);
}
END_TEST

/* What was sent before there were aliases is sent again without one, if it has to be. */
START_TEST(test_sent_again_without_an_alias_that_makes_it_too_large) {
    Bench b;
    bench_init(&b);
    bench_number(&b, DRILL_SESSION_EXPIRY_INTERVAL, 100);
    DrillClientConfig config = {
        .client_id = drill_span_of("c"), .auto_alias = true, .properties = bench_properties(&b)};
    bench_make(&b, config);
    bench_open(&b);
    bench_serve(&b, CONNACK);
    ck_assert_int_eq(bench_publish(&b, 1, "t", "123"), DRILL_OK);
    bench_forget(&b);
    bench_reconnect(&b, "20 0b 01 00 08 22 00 02 27 00 00 00 0b");
    bench_expect(&b, "!connack sp1 0x00\n>3a09000174 0001 00 313233\n");
    bench_free(&b);
}
END_TEST

static void connect_accepting(Bench *b, DrillPropertyId id, uint32_t number, bool manual_acks) {
    bench_init(b);
    bench_number(b, id, number);
    DrillClientConfig config = {.client_id = drill_span_of("c"),
                                .clean = true,
                                .manual_acks = manual_acks,
                                .properties = bench_properties(b)};
    bench_make(b, config);
    bench_open(b);
    bench_serve(b, CONNACK);
    bench_forget(b);
}

START_TEST(test_received_aliases) {
    Bench b;
    connect_accepting(&b, DRILL_TOPIC_ALIAS_MAXIMUM, 2, false);
    bench_serve(&b, "30 08 00 01 74 03 23 00 02 78");
    bench_serve(&b, "30 07 00 00 03 23 00 02 79");
    bench_expect(&b, "*q0 t=x 230002\n*q0 t=y 230002\n");
    bench_serve(&b, "30 08 00 01 75 03 23 00 02 78"); /* another topic */
    bench_serve(&b, "30 07 00 00 03 23 00 02 79");
    bench_expect(&b, "*q0 u=x 230002\n*q0 u=y 230002\n");
    bench_serve(&b, "30 07 00 00 03 23 00 01 79");
    bench_expect(&b, "!fault 0x82 -\n>e00182\n!close 2\n");
    bench_open(&b); /* nothing of it is left */
    bench_serve(&b, CONNACK);
    bench_forget(&b);
    bench_serve(&b, "30 07 00 00 03 23 00 02 79");
    bench_expect(&b, "!fault 0x82 -\n>e00182\n!close 2\n");
    bench_open(&b);
    bench_serve(&b, CONNACK);
    bench_forget(&b);
    bench_serve(&b, "30 08 00 01 74 03 23 00 03 78");
    bench_expect(&b, "!fault 0x94 v5:MQTT-3.1.2-26\n>e00194\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* --- our Receive Maximum --- */

START_TEST(test_receive_maximum) {
    Bench b;
    connect_accepting(&b, DRILL_RECEIVE_MAXIMUM, 2, true);
    bench_serve(&b, "32 07 00 01 74 00 01 00 78");
    bench_serve(&b, "34 07 00 01 74 00 02 00 78");
    bench_serve(&b, "30 05 00 01 74 00 78"); /* QoS 0 does not count */
    bench_forget(&b);
    ck_assert_int_eq(drill_client_acknowledge(b.client, 0), DRILL_OK);
    bench_serve(&b, "32 07 00 01 74 00 03 00 78");                     /* one was done */
    ck_assert_int_eq(drill_client_acknowledge(b.client, 0), DRILL_OK); /* PUBREC: not done */
    bench_expect(&b, ">40020001\n*q1 t=x\n>50020002\n");
    bench_serve(&b, "32 07 00 01 74 00 04 00 78");
    bench_expect(&b, "!fault 0x93 v5:MQTT-3.3.4-9\n>e00193\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_receive_maximum_given_back) {
    Bench b;
    connect_accepting(&b, DRILL_RECEIVE_MAXIMUM, 1, false);
    for (int i = 0; i < 3; i++) {
        bench_serve(&b, "34 07 00 01 74 00 02 00 78");
        bench_serve(&b, "62 02 00 02");
        bench_serve(&b, "32 07 00 01 74 00 03 00 78");
    }
    ck_assert_int_eq(drill_client_state(b.client), DRILL_CLIENT_UP);
    bench_serve(&b, "34 07 00 01 74 00 02 00 78");
    bench_forget(&b);
    bench_serve(&b, "3c 07 00 01 74 00 02 00 78"); /* the same again is not another one */
    bench_expect(&b, ">50020002\n");
    bench_serve(&b, "32 07 00 01 74 00 03 00 78");
    bench_expect(&b, "!fault 0x93 v5:MQTT-3.3.4-9\n>e00193\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* A message that the application does not take. */
START_TEST(test_refusing_messages) {
    Bench b;
    connect_accepting(&b, DRILL_RECEIVE_MAXIMUM, 1, true);
    DrillReasonPacket no = {.reason_code = 0x97};
    for (int i = 0; i < 2; i++) {
        bench_serve(&b, "34 07 00 01 74 00 02 00 78");
        ck_assert_int_eq(drill_client_acknowledge_with(b.client, &no, 0), DRILL_OK);
        bench_expect(&b, "*q2 t=x\n>5003 0002 97\n"); /* and then it is a new message */
    }
    bench_serve(&b, "32 07 00 01 74 00 03 00 78");
    no.reason_code = 0x8E; /* no PUBACK has it */
    ck_assert_int_eq(drill_client_acknowledge_with(b.client, &no, 0), DRILL_INVALID);
    ck_assert_int_eq(drill_client_acknowledge(b.client, 0), DRILL_OK);
    ck_assert_int_eq(drill_client_state(b.client), DRILL_CLIENT_UP);
    bench_free(&b);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("client5_publish");
    TCase *t = tcase_create("client5_publish");
    tcase_add_test(t, test_properties);
    tcase_add_test(t, test_properties_of_another_packet);
    tcase_add_test(t, test_refused_by_the_server);
    tcase_add_test(t, test_unknown_identifiers);
    tcase_add_test(t, test_send_quota);
    tcase_add_test(t, test_resume_within_the_quota);
    tcase_add_test(t, test_no_timer);
    tcase_add_test(t, test_maximum_qos);
    tcase_add_test(t, test_maximum_qos_of_the_queue);
    tcase_add_test(t, test_maximum_qos_of_a_resumption);
    tcase_add_test(t, test_retain_available);
    tcase_add_test(t, test_maximum_packet_size);
    tcase_add_test(t, test_explanations_give_way);
    tcase_add_test(t, test_maximum_packet_size_without_room);
    tcase_add_test(t, test_subscriptions_not_available);
    tcase_add_test(t, test_subscribe);
    tcase_add_test(t, test_unsuback_codes);
    tcase_add_test(t, test_explicit_alias);
    tcase_add_test(t, test_alias_ends_with_its_connection);
    tcase_add_test(t, test_automatic_aliases);
    tcase_add_test(t, test_no_automatic_aliases_where_none_are_allowed);
    tcase_add_test(t, test_no_automatic_alias_that_makes_it_too_large);
    tcase_add_test(t, test_sent_again_without_an_alias_that_makes_it_too_large);
    tcase_add_test(t, test_received_aliases);
    tcase_add_test(t, test_receive_maximum);
    tcase_add_test(t, test_receive_maximum_given_back);
    tcase_add_test(t, test_refusing_messages);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_run(suite());
}
