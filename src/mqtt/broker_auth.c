/* Enhanced authentication and re-authentication (5.0 section 4.12). The methods themselves are the
 * configuration's; here is what the standard says about their packets. */
#include "mqtt/broker_state.h"

#include "base/arena.h"

void drill_broker_auth_release(DrillBrokerConnection *connection) {
    DrillBrokerAuth *auth = &connection->auth;
    if (auth->method != NULL)
        drill_release(connection->broker->allocator, auth->state, auth->method->state_bytes);
    drill_buffer_release(&auth->connect);
    drill_buffer_release(&auth->answer);
}

static const DrillAuthMethod *find_method(const DrillBroker *broker, DrillSpan name) {
    for (size_t i = 0; i < broker->config.auth_method_count; i++) {
        const DrillAuthMethod *method = broker->config.auth_methods[i];
        if (drill_span_is(name, method->name)) return method;
    }
    return NULL;
}

static void send_auth(DrillBrokerConnection *connection, uint8_t reason_code, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillBrokerAuth *auth = &connection->auth;
    if (DRILL_BROKER_DEFECT(broker, B_AUTH_WRONG_CODE)) reason_code = DRILL_REASON_SUCCESS;
    DrillPacket packet = {.type = DRILL_AUTH, .as.reason = {.reason_code = reason_code}};
    DrillProperties *list = &packet.as.reason.properties;
    drill_buffer_clear(&broker->properties);
    /* [v5:MQTT-4.12.0-5] */
    const char *name = auth->method->name;
    if (DRILL_BROKER_DEFECT(broker, B_AUTH_OTHER_METHOD)) name = "OTHER";
    drill_broker_put_text(broker, list, DRILL_AUTHENTICATION_METHOD, drill_span_of(name));
    if (auth->answer.size > 0 && !DRILL_BROKER_DEFECT(broker, B_AUTH_DATA_DROPPED))
        drill_broker_put_text(broker, list, DRILL_AUTHENTICATION_DATA,
                              drill_buffer_span(&auth->answer));
    drill_broker_send_explained(connection, &packet, NULL, now_ns);
}

/* The CONNECT that had to wait. */
static DrillConnectPacket waiting_connect(const DrillBrokerConnection *connection) {
    DrillPacket packet;
    DrillFault fault;
    DrillResult result = drill_codec_decode(drill_buffer_span(&connection->auth.connect),
                                            DRILL_MQTT_5_0, &packet, &fault);
    DRILL_ASSERT(result == DRILL_OK);
    return packet.as.connect;
}

static void succeed(DrillBrokerConnection *connection, uint64_t now_ns) {
    DrillBrokerAuth *auth = &connection->auth;
    auth->under_way = false;
    if (auth->again) {
        send_auth(connection, DRILL_REASON_SUCCESS, now_ns);
        return;
    }
    DrillConnectPacket connect = waiting_connect(connection);
    drill_broker_admit(connection, &connect, now_ns);
    drill_buffer_release(&auth->connect);
}

static void fail(DrillBrokerConnection *connection, uint8_t reason_code, const char *why,
                 uint64_t now_ns) {
    DrillFault fault = {.reason_code = reason_code, .text = why};
    connection->auth.under_way = false;
    /* [v5:MQTT-4.12.0-4] CONNACK, [v5:MQTT-4.12.1-2] or, on a connection that is up, DISCONNECT. */
    if (DRILL_BROKER_DEFECT(connection->broker, B_REAUTH_FAILED_KEPT_OPEN) &&
        connection->auth.again) {
        drill_broker_tell(connection, reason_code, fault.text, now_ns);
        return;
    }
    if (connection->auth.again)
        drill_broker_close(connection, &fault, now_ns);
    else
        drill_broker_refuse(connection, reason_code, &fault, now_ns);
}

static void make_step(DrillBrokerConnection *connection, DrillProperties properties,
                      uint64_t now_ns) {
    DrillBrokerAuth *auth = &connection->auth;
    DrillProperty data = {0};
    const char *why = "the authentication failed";
    DrillAuthRound step = {.again = auth->again,
                           .round = auth->round++,
                           .number = auth->number,
                           .state = auth->state,
                           .why = &why};
    step.has_data = drill_properties_find(properties, DRILL_AUTHENTICATION_DATA, &data);
    if (step.has_data) step.data = data.value;
    if (auth->again) {
        step.client_id = connection->session->client_id;
        step.user_name = drill_buffer_span(&connection->user_name);
    } else {
        DrillConnectPacket connect = waiting_connect(connection);
        step.client_id = connect.client_id;
        step.user_name = connect.username;
    }
    uint8_t reason_code = DRILL_REASON_NOT_AUTHORIZED;
    drill_buffer_clear(&auth->answer);
    switch (auth->method->step(auth->method->context, &step, &auth->answer, &reason_code)) {
    case DRILL_AUTH_CONTINUE:
        /* [v5:MQTT-4.12.0-2] */
        send_auth(connection, DRILL_REASON_CONTINUE_AUTHENTICATION, now_ns);
        break;
    case DRILL_AUTH_SUCCESS:
        succeed(connection, now_ns);
        break;
    case DRILL_AUTH_FAILURE:
        fail(connection, reason_code, why, now_ns);
        break;
    }
}

static void begin(DrillBrokerConnection *connection, bool again) {
    DrillBrokerAuth *auth = &connection->auth;
    size_t size = auth->method->state_bytes;
    drill_release(connection->broker->allocator, auth->state, auth->state == NULL ? 0 : size);
    auth->state = size == 0 ? NULL : drill_allocate(connection->broker->allocator, size);
    auth->number = connection->broker->next_authentication++;
    auth->round = 0;
    auth->again = again;
    auth->under_way = true;
}

bool drill_broker_auth_begin(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                             DrillSpan bytes, uint64_t now_ns) {
    DrillBrokerAuth *auth = &connection->auth;
    DrillProperty method;
    if (!drill_properties_find(connect->properties, DRILL_AUTHENTICATION_METHOD, &method)) {
        if (DRILL_BROKER_DEFECT(connection->broker, B_AUTH_UNASKED) &&
            drill_broker_is_5_0(connection)) {
            auth->method = &drill_auth_reverse;
            send_auth(connection, DRILL_REASON_CONTINUE_AUTHENTICATION, now_ns);
            auth->method = NULL;
        }
        return connection->ended; /* the AUTH was too large for this client */
    }
    auth->method = find_method(connection->broker, method.value);
    if (DRILL_BROKER_DEFECT(connection->broker, B_AUTH_UNSUPPORTED_ACCEPTED) &&
        auth->method == NULL)
        return false;
    if (auth->method == NULL) {
        /* [v5:MQTT-4.12.0-1] */
        DrillFault fault = {.reason_code = DRILL_REASON_BAD_AUTHENTICATION_METHOD,
                            .statement = "v5:MQTT-4.12.0-1",
                            .text = "an Authentication Method that is not supported"};
        drill_broker_refuse(connection, DRILL_REASON_BAD_AUTHENTICATION_METHOD, &fault, now_ns);
        return true;
    }
    drill_buffer_put(&auth->connect, bytes.data, bytes.size);
    begin(connection, false);
    if (DRILL_BROKER_DEFECT(connection->broker, B_AUTH_SKIPPED)) {
        succeed(connection, now_ns);
        return true;
    }
    make_step(connection, connect->properties, now_ns);
    return true;
}

/* The packet goes with what is under way. */
static const DrillBrokerRule *check(const DrillBrokerConnection *connection,
                                    const DrillReasonPacket *packet) {
    /* [v5:MQTT-4.12.0-7] */
    static const DrillBrokerRule unasked = {
        NULL, "v5:MQTT-4.12.0-7", DRILL_REASON_PROTOCOL_ERROR,
        "AUTH on a connection whose CONNECT had no Authentication Method"};
    /* [v5:MQTT-4.12.1-1] [v5:MQTT-4.12.0-5] */
    static const DrillBrokerRule other = {NULL, "v5:MQTT-4.12.0-5", DRILL_REASON_PROTOCOL_ERROR,
                                          "AUTH with another Authentication Method than CONNECT"};
    static const DrillBrokerRule order = {NULL, "v5:MQTT-4.12.0-3", DRILL_REASON_PROTOCOL_ERROR,
                                          "AUTH with a Reason Code that does not come now"};
    const DrillBrokerAuth *auth = &connection->auth;
    DrillProperty method;
    if (auth->method == NULL) return &unasked;
    bool any = DRILL_BROKER_DEFECT(connection->broker, B_REAUTH_OTHER_METHOD_ACCEPTED);
    if (!drill_properties_find(packet->properties, DRILL_AUTHENTICATION_METHOD, &method) ||
        (!drill_span_is(method.value, auth->method->name) && !any))
        return &other;
    bool starts = packet->reason_code == DRILL_REASON_RE_AUTHENTICATE && !auth->under_way;
    bool goes_on = packet->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION && auth->under_way;
    return starts || goes_on ? NULL : &order;
}

void drill_broker_auth(DrillBrokerConnection *connection, const DrillReasonPacket *packet,
                       uint64_t now_ns) {
    const DrillBrokerRule *broken = check(connection, packet);
    if (DRILL_BROKER_DEFECT(connection->broker, B_AUTH_WITHOUT_METHOD_ACCEPTED) &&
        connection->auth.method == NULL)
        return;
    if (broken != NULL) {
        drill_broker_violation(connection, broken, now_ns);
        return;
    }
    if (packet->reason_code == DRILL_REASON_RE_AUTHENTICATE) begin(connection, true);
    make_step(connection, packet->properties, now_ns);
}

/* --- a method for tests --- */

static void put_challenge(DrillBuffer *out, uint32_t round) {
    drill_buffer_print(out, "drill-%lu", (unsigned long)round);
}

static bool is_reversed(DrillSpan data, DrillSpan of) {
    if (data.size != of.size) return false;
    for (size_t i = 0; i < of.size; i++) {
        if (data.data[i] != of.data[of.size - 1 - i]) return false;
    }
    return true;
}

static DrillAuthResult reverse_step(void *context, const DrillAuthRound *step, DrillBuffer *answer,
                                    uint8_t *reason_code) {
    uint32_t rounds = context == NULL ? 1 : *(const uint32_t *)context;
    (void)reason_code;
    if (step->round > 0) {
        put_challenge(answer, step->round);
        bool right = is_reversed(step->data, drill_buffer_span(answer));
        drill_buffer_clear(answer);
        if (!right) return DRILL_AUTH_FAILURE;
    }
    if (step->round >= rounds) return DRILL_AUTH_SUCCESS;
    put_challenge(answer, step->round + 1);
    return DRILL_AUTH_CONTINUE;
}

const DrillAuthMethod drill_auth_reverse = {.name = "DRILL-REVERSE", .step = reverse_step};

const DrillAuthMethod *drill_auth_method_find(DrillSpan name) {
    static const DrillAuthMethod *const methods[] = {&drill_auth_reverse};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(methods); i++) {
        if (drill_span_is(name, methods[i]->name)) return methods[i];
    }
    return NULL;
}
