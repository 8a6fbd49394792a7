/* Enhanced authentication of an MQTT 5.0 client: with a method that plays its part, and with the
 * application doing it. */
#include "unit/mqtt/client5.h"
#include "unit/suite.h"

/* Says "1", "2", "3" ...; is not convinced by "no". */
typedef struct Toy {
    int said;
    bool silent;
    int begun_again;
} Toy;

static DrillAuthStep toy_say(Toy *toy, DrillBuffer *data) {
    if (toy->silent) return DRILL_AUTH_STEP_EMPTY;
    drill_buffer_print(data, "%d", ++toy->said);
    return DRILL_AUTH_STEP_DATA;
}

static DrillAuthStep toy_start(void *context, bool again, DrillBuffer *data) {
    Toy *toy = (Toy *)context;
    toy->said = 0;
    toy->begun_again += again ? 1 : 0;
    return toy_say(toy, data);
}

static DrillAuthStep toy_step(void *context, bool last, DrillSpan data, DrillBuffer *answer) {
    if (drill_span_is(data, "no")) return DRILL_AUTH_STEP_REFUSE;
    return last ? DRILL_AUTH_STEP_EMPTY : toy_say((Toy *)context, answer);
}

static void make_toy(Bench *b, Toy *toy, DrillClientAuth *auth) {
    *toy = (Toy){0};
    *auth = (DrillClientAuth){.context = toy, .method = "m", .start = toy_start, .step = toy_step};
    bench_init(b);
    bench_make(b,
               (DrillClientConfig){.clean = true, .client_id = drill_span_of("c"), .auth = auth});
}

#define CONNECT_M "10 16 00044d515454 05 02 0000 08 1500016d 16000131 000163"
#define CONNACK_M "20 07 00 00 04 15 00 01 6d"
/* AUTH with method "m" and data. */
#define AUTH(code, data) "f0 0a " code " 08 15 00 01 6d 16 00 01 " data

START_TEST(test_method) {
    Bench b;
    Toy toy;
    DrillClientAuth auth;
    make_toy(&b, &toy, &auth);
    bench_open(&b);
    bench_expect(&b, ">" CONNECT_M "\n");
    bench_serve(&b, AUTH("18", "78"));
    bench_expect(&b, "!auth 0x18\n>f00a18 08 1500016d 16000132\n");
    bench_serve(&b, AUTH("18", "79"));
    bench_expect(&b, "!auth 0x18\n>f00a18 08 1500016d 16000133\n");
    bench_serve(&b, CONNACK_M);
    bench_expect(&b, "!connack sp0 0x00\n");
    ck_assert_int_eq(drill_client_reauthenticate(b.client, 0), DRILL_OK);
    bench_expect(&b, ">f00a19 08 1500016d 16000131\n");
    ck_assert_int_eq(toy.begun_again, 1);
    ck_assert_int_eq(drill_client_reauthenticate(b.client, 0), DRILL_BUSY);
    ck_assert_int_eq(bench_publish(&b, 0, "t", "x"), DRILL_OK); /* meanwhile all goes on */
    bench_forget(&b);
    bench_serve(&b, AUTH("18", "78"));
    bench_serve(&b, "f0 00");
    bench_expect(&b, "!auth 0x18\n>f00a18 08 1500016d 16000132\n!auth 0x00\n");
    ck_assert_int_eq(drill_client_reauthenticate(b.client, 0), DRILL_OK);
    bench_free(&b);
}
END_TEST

START_TEST(test_method_without_data) {
    Bench b;
    Toy toy;
    DrillClientAuth auth;
    make_toy(&b, &toy, &auth);
    toy.silent = true;
    bench_open(&b);
    bench_expect(&b, ">10 12 00044d515454 05 02 0000 04 1500016d 000163\n");
    bench_serve(&b, "f0 06 18 04 15 00 01 6d");
    bench_expect(&b, "!auth 0x18\n>f00618 04 1500016d\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_method_refuses) {
    Bench b;
    Toy toy;
    DrillClientAuth auth;
    make_toy(&b, &toy, &auth);
    bench_open_to(&b, "f0 0b 18 09 15 00 01 6d 16 00 02 6e 6f",
                  "!auth 0x18\n!fault 0x80 -\n>e00180\n!close 2\n");
    /* at the very end */
    bench_open_to(&b, "20 0c 00 00 09 15 00 01 6d 16 00 02 6e 6f",
                  "!fault 0x80 -\n>e00180\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_method_needs_its_name) {
    Bench b;
    Toy toy;
    DrillClientAuth auth;
    make_toy(&b, &toy, &auth);
    bench_open_to(&b, "20 03 00 00 00", "!fault 0x82 v5:MQTT-4.12.0-5\n>e00182\n!close 2\n");
    bench_open_to(&b, "f0 06 18 04 15 00 01 6e",
                  "!fault 0x82 v5:MQTT-4.12.0-5\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

/* Before the CONNACK nothing but AUTH: no PINGREQ either. */
START_TEST(test_silence_before_connack) {
    Bench b;
    Toy toy;
    DrillClientAuth auth;
    make_toy(&b, &toy, &auth);
    DrillClientConfig config = {.version = DRILL_MQTT_5_0,
                                .clean = true,
                                .keep_alive_s = 5,
                                .auto_ping = true,
                                .client_id = drill_span_of("c"),
                                .auth = &auth};
    ck_assert_int_eq(drill_client_configure(b.client, &config), DRILL_OK);
    bench_open(&b);
    bench_forget(&b);
    ck_assert_uint_eq(drill_client_expiry(b.client), DRILL_NEVER);
    bench_serve(&b, CONNACK_M);
    ck_assert_uint_eq(drill_client_expiry(b.client), 6 * DRILL_NS_PER_S);
    bench_free(&b);
}
END_TEST

/* --- the application does it --- */

static void make_manual(Bench *b) {
    bench_init(b);
    bench_text(b, DRILL_AUTHENTICATION_METHOD, "", "m");
    DrillClientConfig config = {
        .clean = true, .client_id = drill_span_of("c"), .properties = bench_properties(b)};
    bench_make(b, config);
    bench_open(b);
    bench_forget(b);
}

static DrillResult say(Bench *b, uint8_t reason_code, const char *data) {
    bench_text(b, DRILL_AUTHENTICATION_DATA, "", data);
    DrillReasonPacket auth = {.reason_code = reason_code, .properties = bench_properties(b)};
    return drill_client_authenticate(b->client, &auth, b->now_ns);
}

START_TEST(test_application) {
    Bench b;
    make_manual(&b);
    ck_assert_int_eq(say(&b, 0x18, "x"), DRILL_BUSY); /* it is not our turn */
    bench_serve(&b, AUTH("18", "78"));
    bench_expect(&b, "!auth 0x18\n");
    ck_assert_int_eq(say(&b, 0x19, "x"), DRILL_BUSY);
    ck_assert_int_eq(say(&b, 0x00, "x"), DRILL_INVALID);
    ck_assert_int_eq(say(&b, 0x18, "x"), DRILL_OK);
    bench_expect(&b, ">f00a18 08 16000178 1500016d\n");
    ck_assert_int_eq(say(&b, 0x18, "x"), DRILL_BUSY);
    bench_serve(&b, CONNACK_M);
    ck_assert_int_eq(say(&b, 0x18, "x"), DRILL_BUSY);
    ck_assert_int_eq(say(&b, 0x19, "x"), DRILL_OK);
    bench_forget(&b);
    bench_serve(&b, "f0 00");
    bench_expect(&b, "!auth 0x00\n");
    ck_assert_int_eq(drill_client_reauthenticate(b.client, 0), DRILL_INVALID); /* no method plays */
    bench_text(&b, DRILL_AUTHENTICATION_METHOD, "", "other");
    DrillReasonPacket auth = {.reason_code = 0x19, .properties = bench_properties(&b)};
    ck_assert_int_eq(drill_client_authenticate(b.client, &auth, 0), DRILL_INVALID);
    bench_free(&b);
}
END_TEST

/* AUTH at the wrong time. */
START_TEST(test_astray) {
    Bench b;
    make_manual(&b);
    bench_serve(&b, AUTH("00", "78")); /* a success is a CONNACK here */
    bench_expect(&b, "!fault 0x82 -\n>e00182\n!close 2\n");
    /* only clients begin again */
    bench_open_to(&b, AUTH("19", "78"), "!fault 0x82 -\n>e00182\n!close 2\n");
    bench_open(&b);
    bench_serve(&b, CONNACK_M);
    bench_forget(&b);
    bench_serve(&b, AUTH("18", "78")); /* nobody has begun */
    bench_expect(&b, "!fault 0x82 -\n>e00182\n!close 2\n");
    bench_free(&b);
}
END_TEST

START_TEST(test_without_a_method) {
    Bench b;
    bench_connect(&b, (DrillClientConfig){.clean = true}, "20 03 00 00 00");
    ck_assert_int_eq(say(&b, 0x19, "x"), DRILL_INVALID);
    bench_expect(&b, "");
    bench_free(&b);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("client5_auth");
    TCase *t = tcase_create("client5_auth");
    tcase_add_test(t, test_method);
    tcase_add_test(t, test_method_without_data);
    tcase_add_test(t, test_method_refuses);
    tcase_add_test(t, test_method_needs_its_name);
    tcase_add_test(t, test_silence_before_connack);
    tcase_add_test(t, test_application);
    tcase_add_test(t, test_astray);
    tcase_add_test(t, test_without_a_method);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_run(suite());
}
