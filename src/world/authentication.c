/* Enhanced authentication (5.0 section 4.12): the methods that virtual clients and the virtual
 * broker play, with nonces out of the run's random streams. */
#include "auth/scram.h"
#include "world/state.h"

struct DrillClientMethod {
    DrillClientAuth auth;
    DrillScramClient exchange;
    DrillStream nonces; /* numbered by exchange */
    uint64_t exchanges;
    DrillSpan user_name, password;
    DrillAllocator allocator;
};

struct DrillBrokerMethod {
    DrillAuthMethod method;
    const DrillAuthMethod **list; /* this one, and those of the broker's configuration */
    size_t count;
    DrillScramServerConfig scram;
    DrillStream nonces; /* numbered by authentication */
    uint32_t rounds;    /* of DRILL-REVERSE */
};

const char *drill_world_scram_missing(void) {
    return drill_crypto_missing();
}

static DrillScramKeys *keys_of(DrillWorld *world) {
    if (world->scram_keys == NULL) world->scram_keys = drill_scram_keys_new(world->allocator);
    return world->scram_keys;
}

static DrillStream stream_of(const DrillWorld *world, const char *party, const char *what) {
    DrillBuffer name = {.allocator = world->allocator};
    drill_buffer_print(&name, "auth/%s/%s", party, what);
    DrillStream stream = drill_stream(world->options.seed, drill_buffer_cstring(&name));
    drill_buffer_release(&name);
    return stream;
}

/* --- the broker --- */

static DrillAuthResult scram_step(void *context, const DrillAuthRound *round, DrillBuffer *answer,
                                  uint8_t *reason_code) {
    DrillBrokerMethod *method = context;
    DrillScramServer *server = round->state;
    const char *wrong;
    (void)reason_code;
    bool asked = server->text_size > 0;
    /* SCRAM begins with the client; one that has not is asked to (RFC 4422 section 3). */
    if (round->round == 0 && !round->has_data) return DRILL_AUTH_CONTINUE;
    if (asked) {
        wrong = drill_scram_server_final(&method->scram, server, round->data, answer);
    } else {
        DrillBuffer nonce = {.allocator = method->scram.allocator};
        drill_scram_nonce(method->nonces, round->number, &nonce);
        wrong = drill_scram_server_first(&method->scram, server, drill_buffer_span(&nonce),
                                         round->user_name, round->data, answer);
        drill_buffer_release(&nonce);
    }
    if (wrong == NULL) return asked ? DRILL_AUTH_SUCCESS : DRILL_AUTH_CONTINUE;
    *round->why = wrong;
    return DRILL_AUTH_FAILURE;
}

static void use_scram(DrillWorld *world, DrillBrokerMethod *method) {
    const DrillWorldAuthentication *wanted = &world->options.authentication;
    DRILL_ASSERT(drill_crypto_missing() == NULL);
    DrillScramUser *users = DRILL_NEW_ARRAY(world->allocator, DrillScramUser, wanted->user_count);
    for (size_t i = 0; i < wanted->user_count; i++) {
        users[i].name = wanted->users[i].name;
        users[i].password = wanted->users[i].password;
    }
    method->scram = (DrillScramServerConfig){.keys = keys_of(world),
                                             .allocator = world->allocator,
                                             .users = users,
                                             .user_count = wanted->user_count,
                                             .salts = stream_of(world, "broker", "salt"),
                                             .iterations = wanted->iterations};
    method->nonces = stream_of(world, "broker", "nonce");
    method->method = (DrillAuthMethod){.name = DRILL_SCRAM_SHA_256,
                                       .context = method,
                                       .state_bytes = sizeof(DrillScramServer),
                                       .step = scram_step};
}

/* 3.1.1's "not authorized", which 5.0 calls 0x87. */
static uint8_t let_nobody_in(void *context, const DrillConnectPacket *connect) {
    (void)context;
    (void)connect;
    return 5;
}

void drill_broker_method_start(DrillWorld *world) {
    const DrillWorldAuthentication *wanted = &world->options.authentication;
    const DrillBrokerConfig *config = &world->options.broker;
    if (wanted->method == DRILL_METHOD_NONE) return;
    DrillBrokerMethod *method = DRILL_NEW(world->allocator, DrillBrokerMethod);
    world->broker_method = method;
    method->count = config->auth_method_count + 1;
    method->list = DRILL_NEW_ARRAY(world->allocator, const DrillAuthMethod *, method->count);
    method->list[0] = &method->method;
    for (size_t i = 0; i < config->auth_method_count; i++)
        method->list[i + 1] = config->auth_methods[i];
    if (wanted->method == DRILL_METHOD_SCRAM) {
        use_scram(world, method);
    } else {
        method->rounds = wanted->rounds == 0 ? 1 : wanted->rounds;
        method->method = drill_auth_reverse;
        method->method.context = &method->rounds;
    }
}

void drill_broker_method_add(DrillWorld *world, DrillBrokerConfig *config) {
    const DrillBrokerMethod *method = world->broker_method;
    if (method == NULL) return;
    config->auth_methods = method->list;
    config->auth_method_count = method->count;
    if (!world->options.authentication.optional && config->user_count == 0)
        config->check_password = let_nobody_in;
}

void drill_broker_method_free(DrillWorld *world) {
    DrillBrokerMethod *method = world->broker_method;
    if (method != NULL) {
        drill_release(world->allocator, (void *)(uintptr_t)method->scram.users,
                      method->scram.user_count * sizeof(DrillScramUser));
        drill_release(world->allocator, method->list, method->count * sizeof(*method->list));
        drill_release(world->allocator, method, sizeof(*method));
    }
    drill_scram_keys_free(world->scram_keys);
}

/* --- clients --- */

static DrillAuthStep client_start(void *context, bool again, DrillBuffer *data) {
    DrillClientMethod *method = context;
    DrillBuffer nonce = {.allocator = method->allocator};
    (void)again;
    drill_scram_nonce(method->nonces, ++method->exchanges, &nonce);
    drill_scram_client_first(&method->exchange, method->user_name, drill_buffer_span(&nonce), data);
    drill_buffer_release(&nonce);
    return DRILL_AUTH_STEP_DATA;
}

static DrillAuthStep client_step(void *context, bool last, DrillSpan data, DrillBuffer *answer) {
    DrillClientMethod *method = context;
    const char *wrong =
        last ? drill_scram_client_verify(&method->exchange, data)
             : drill_scram_client_final(&method->exchange, method->password, data, answer);
    if (wrong != NULL) return DRILL_AUTH_STEP_REFUSE;
    return last ? DRILL_AUTH_STEP_EMPTY : DRILL_AUTH_STEP_DATA;
}

static void release_span(DrillAllocator allocator, DrillSpan span) {
    if (span.size > 0) drill_release(allocator, (void *)(uintptr_t)span.data, span.size);
}

static void take_span(DrillAllocator allocator, DrillSpan *to, DrillSpan from) {
    DrillSpan old = *to;
    *to = drill_copy_span(allocator, from);
    release_span(allocator, old);
}

static DrillClientMethod *method_of(DrillWorldClient *client) {
    DrillWorld *world = client->world;
    if (client->method == NULL) {
        DrillClientMethod *method = DRILL_NEW(world->allocator, DrillClientMethod);
        method->allocator = world->allocator;
        method->exchange = drill_scram_client(keys_of(world), world->allocator);
        method->nonces = stream_of(world, client->name, "nonce");
        method->auth = (DrillClientAuth){.context = method,
                                         .method = DRILL_SCRAM_SHA_256,
                                         .start = client_start,
                                         .step = client_step};
        client->method = method;
    }
    return client->method;
}

void drill_client_method_free(DrillWorldClient *client) {
    DrillClientMethod *method = client->method;
    if (method == NULL) return;
    drill_scram_client_release(&method->exchange);
    release_span(method->allocator, method->user_name);
    release_span(method->allocator, method->password);
    drill_release(method->allocator, method, sizeof(*method));
}

static void put_others(DrillProperties all, DrillPropertyId but, DrillBuffer *out,
                       DrillProperties *others) {
    size_t offset = 0;
    DrillProperty property;
    *others = (DrillProperties){{NULL, 0}, 0};
    while (drill_properties_next(all, &offset, &property)) {
        if (property.id == but) continue;
        DrillResult written = drill_properties_write(out, &property);
        DRILL_ASSERT(written == DRILL_OK);
        others->count++;
    }
    others->wire = drill_buffer_span(out);
}

DrillResult drill_client_method_configure(DrillWorldClient *client, DrillClientConfig *config,
                                          DrillBuffer *scratch, DrillDiagnostic *diagnostic) {
    DrillProperty property;
    client->authenticates = false;
    if (config->version != DRILL_MQTT_5_0 || !config->has_username || !config->has_password ||
        !drill_properties_find(config->properties, DRILL_AUTHENTICATION_METHOD, &property) ||
        !drill_span_is(property.value, DRILL_SCRAM_SHA_256) ||
        drill_properties_find(config->properties, DRILL_AUTHENTICATION_DATA, &property))
        return DRILL_OK;
    if (drill_crypto_missing() != NULL)
        return drill_diagnose(diagnostic, DRILL_INVALID, "client '%s': " DRILL_SCRAM_SHA_256 ": %s",
                              client->name, drill_crypto_missing());
    if (config->username.size == 0)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "client '%s': " DRILL_SCRAM_SHA_256 " needs a user name that is not "
                              "empty",
                              client->name);
    DrillClientMethod *method = method_of(client);
    take_span(method->allocator, &method->user_name, config->username);
    take_span(method->allocator, &method->password, config->password);
    put_others(config->properties, DRILL_AUTHENTICATION_METHOD, scratch, &config->properties);
    /* What the method proves to know is not sent. */
    config->has_password = false;
    config->auth = &method->auth;
    client->authenticates = true;
    return DRILL_OK;
}

bool drill_world_authenticates(const DrillWorldClient *client) {
    return client->authenticates;
}

void drill_world_set_password(DrillWorldClient *client, DrillSpan password) {
    DRILL_ASSERT(client->authenticates);
    take_span(client->method->allocator, &client->method->password, password);
}
