/* Enhanced authentication as clients and the virtual broker of a world play it: what is on the
 * wire, that it repeats with the seed, and what each side refuses. */
#include "stage.h"
#include "unit/suite.h"

#define METHOD_PROPERTY "\x15\x00\x0dSCRAM-SHA-256"

static DrillBrokerUser users[2];

static Stage *scram_stage(uint64_t seed) {
    users[0] = (DrillBrokerUser){drill_span_of("alice"), drill_span_of("correct horse")};
    users[1] = (DrillBrokerUser){drill_span_of("bob"), drill_span_of("battery")};
    StageOptions options = {
        .seed = seed,
        .authentication = {
            .method = DRILL_METHOD_SCRAM, .users = users, .user_count = 2, .iterations = 10}};
    return stage_new(&options);
}

static DrillWorldClientOptions scram_options(const char *name, const char *password) {
    StageLink link = {.stream = true, .delay_ns = 10 * MS};
    DrillWorldClientOptions options = stage_options(name, link);
    options.client.version = DRILL_MQTT_5_0;
    options.client.clean = true;
    options.client.has_username = options.client.has_password = true;
    options.client.username = drill_span_of(name);
    options.client.password = drill_span_of(password);
    options.client.properties =
        (DrillProperties){drill_span(METHOD_PROPERTY, sizeof(METHOD_PROPERTY) - 1), 1};
    return options;
}

static DrillWorldClient *add(Stage *stage, const DrillWorldClientOptions *options) {
    DrillWorldClient *client = NULL;
    DrillDiagnostic diagnostic = {""};
    DrillResult added = drill_world_add_client(stage->world, options, &client, &diagnostic);
    ck_assert_msg(added == DRILL_OK, "%s", diagnostic.text);
    return client;
}

static bool on_the_wire(const Stage *stage, const char *text) {
    size_t size = strlen(text);
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        if (event->kind != DRILL_TRACE_MQTT_SENT) continue;
        for (size_t at = 0; at + size <= event->spans[1].size; at++)
            if (memcmp(event->spans[1].data + at, text, size) == 0) return true;
    }
    return false;
}

static uint32_t sent(const Stage *stage, const char *node, uint8_t first_byte) {
    uint32_t count = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const StageEvent *event = &stage->events[i];
        count += event->kind == DRILL_TRACE_MQTT_SENT && strcmp(event->node, node) == 0 &&
                 event->spans[1].data[0] == first_byte;
    }
    return count;
}

START_TEST(both_sides_play_it) {
    Stage *stage = scram_stage(1);
    DrillWorldClientOptions alice = scram_options("alice", "correct horse");
    DrillWorldClient *client = add(stage, &alice);
    ck_assert(drill_world_authenticates(client));
    stage_connect(stage, client);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 1);
    ck_assert_uint_eq(sent(stage, "alice", 0xf0), 1);
    ck_assert(on_the_wire(stage, "n,,n=alice,r="));
    ck_assert(!on_the_wire(stage, "correct horse"));
    ck_assert_int_eq(drill_world_reauthenticate(client), DRILL_OK);
    stage_run(stage, S);
    ck_assert_uint_eq(sent(stage, "alice", 0xf0), 3);
    ck_assert_uint_eq(sent(stage, "broker", 0xf0), 3);
    ck_assert_uint_eq(stage->closed, 0);
    drill_world_set_password(client, drill_span_of("wrong"));
    ck_assert_int_eq(drill_world_reauthenticate(client), DRILL_OK);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_uint_eq(sent(stage, "broker", 0xe0), 1);
    /* Its next connection has what its configuration says. */
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_connect(client, &alice.client, &diagnostic), DRILL_OK);
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 2);
    /* Without the method it is nobody. */
    drill_world_drop(client, DRILL_CLOSE_FIN);
    stage_run(stage, S);
    alice.client.properties = (DrillProperties){{NULL, 0}, 0};
    ck_assert_int_eq(drill_world_connect(client, &alice.client, &diagnostic), DRILL_OK);
    ck_assert(!drill_world_authenticates(client));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->refused, 1);
    stage_free(stage);
}
END_TEST

static void run_twice(uint64_t seed, char digest[65]) {
    Stage *stage = scram_stage(seed);
    DrillWorldClientOptions alice = scram_options("alice", "correct horse"),
                            bob = scram_options("bob", "battery");
    stage_connect(stage, add(stage, &alice));
    stage_connect(stage, add(stage, &bob));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 2);
    drill_tracer_digest(stage->tracer, digest);
    stage_free(stage);
}

START_TEST(nonces_are_the_seed_s) {
    char first[65], again[65], other[65];
    run_twice(1, first);
    run_twice(1, again);
    run_twice(2, other);
    ck_assert_str_eq(first, again);
    ck_assert_str_ne(first, other);
}
END_TEST

START_TEST(wrong_passwords_and_users_look_alike) {
    Stage *stage = scram_stage(1);
    DrillWorldClientOptions options[] = {scram_options("alice", "Correct horse"),
                                         scram_options("mallory", "correct horse")};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(options); i++)
        stage_connect(stage, add(stage, &options[i]));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->refused, 2);
    ck_assert_uint_eq(sent(stage, "broker", 0xf0), 2); /* both were asked */
    stage_free(stage);
}
END_TEST

START_TEST(who_needs_a_name) {
    Stage *stage = scram_stage(1);
    DrillWorldClientOptions options = scram_options("alice", "x");
    options.client.username = drill_span_of("");
    DrillWorldClient *client = NULL;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "user name"));
    stage_free(stage);
}
END_TEST

/* A server that does not know the password: it says something of the right form, once right so far,
 * once with a nonce of its own. */
typedef struct Liar {
    bool nonce;
} Liar;

static DrillAuthResult lie(void *context, const DrillAuthRound *round, DrillBuffer *answer,
                           uint8_t *reason_code) {
    const Liar *liar = context;
    (void)reason_code;
    if (round->round > 0) {
        drill_buffer_put_string(answer, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        return DRILL_AUTH_SUCCESS;
    }
    drill_buffer_put_string(answer, liar->nonce ? "r=mine" : "r=");
    size_t before = strlen("n,,n=alice,r=");
    if (!liar->nonce)
        drill_buffer_put(answer, round->data.data + before, round->data.size - before);
    drill_buffer_put_string(answer, "more,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1");
    return DRILL_AUTH_CONTINUE;
}

START_TEST(clients_check_the_server) {
    Liar liar = {.nonce = _i == 1};
    DrillAuthMethod method = {.name = "SCRAM-SHA-256", .context = &liar, .step = lie};
    const DrillAuthMethod *const methods[] = {&method};
    StageOptions options = {.seed = 1, .broker = {.auth_methods = methods, .auth_method_count = 1}};
    Stage *stage = stage_new(&options);
    DrillWorldClientOptions alice = scram_options("alice", "correct horse");
    stage_connect(stage, add(stage, &alice));
    stage_run(stage, S);
    ck_assert_uint_eq(stage->connected, 0);
    ck_assert_uint_eq(stage->faulted, 1);
    ck_assert_uint_eq(stage->closed, 1);
    ck_assert_uint_eq(sent(stage, "broker", 0x20), liar.nonce ? 0 : 1);
    stage_free(stage);
}
END_TEST

START_TEST(others_are_left_alone) {
    Stage *stage = scram_stage(1);
    DrillWorldClientOptions options[3] = {scram_options("a", "x"), scram_options("b", "x"),
                                          scram_options("c", "x")};
    options[0].client.version = DRILL_MQTT_3_1_1; /* has no properties, so it is given none */
    options[0].client.properties = (DrillProperties){{NULL, 0}, 0};
    options[1].client.has_password = false;
    static const char by_hand[] = METHOD_PROPERTY "\x16\x00\x01x";
    options[2].client.properties = (DrillProperties){drill_span(by_hand, sizeof(by_hand) - 1), 2};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(options); i++) {
        DrillWorldClient *client = add(stage, &options[i]);
        ck_assert(!drill_world_authenticates(client));
        stage_connect(stage, client);
    }
    stage_run(stage, S);
    ck_assert_uint_eq(stage->refused, 2); /* 3.1.1, and data that are no SCRAM */
    ck_assert_uint_eq(sent(stage, "broker", 0xf0), 1);
    ck_assert(!on_the_wire(stage, "n,,n=a,") && !on_the_wire(stage, "n,,n=b,") &&
              !on_the_wire(stage, "n,,n=c,"));
    stage_free(stage);
}
END_TEST

START_TEST(without_openssl_clients_say_so) {
    Stage *stage = stage_plain();
    DrillWorldClientOptions options = scram_options("alice", "x");
    DrillWorldClient *client = NULL;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_world_add_client(stage->world, &options, &client, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "libssl-dev"));
    stage_free(stage);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("world/authentication");
    TCase *tcase = tcase_create("authentication");
    if (drill_world_scram_missing() == NULL) {
        tcase_add_test(tcase, both_sides_play_it);
        tcase_add_test(tcase, nonces_are_the_seed_s);
        tcase_add_test(tcase, wrong_passwords_and_users_look_alike);
        tcase_add_test(tcase, who_needs_a_name);
        tcase_add_loop_test(tcase, clients_check_the_server, 0, 2);
        tcase_add_test(tcase, others_are_left_alone);
    } else {
        tcase_add_test(tcase, without_openssl_clients_say_so);
    }
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
