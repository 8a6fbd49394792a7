/* Enhanced authentication (5.0 section 4.12): AUTH both ways, with a method that plays our part or
 * with the application doing it. */
#include "base/arena.h"
#include "mqtt/client_state.h"

static void put(DrillClient *client, DrillProperties *properties, DrillPropertyId id,
                DrillSpan value) {
    DrillProperty property = {.id = id, .value = value};
    DrillResult written = drill_properties_write(&client->properties, &property);
    DRILL_ASSERT(written == DRILL_OK);
    properties->count++;
}

/* Defects: AUTH names another method; CONNECT has been sent. */
static bool is_method_changed(const DrillClient *client) {
    if (client->state == DRILL_CLIENT_UP) return DRILL_CLIENT_DEFECT(client, C_REAUTH_OTHER_METHOD);
    return DRILL_CLIENT_DEFECT(client, C_AUTH_OTHER_METHOD) && client->auth_owed;
}

/* `first`, then the method and what it has said, in the client's scratch buffer. */
static DrillProperties with_method(DrillClient *client, DrillProperties first, DrillAuthStep step) {
    DrillProperties properties = {.count = first.count};
    drill_buffer_clear(&client->properties);
    drill_buffer_put(&client->properties, first.wire.data, first.wire.size);
    /* [v5:MQTT-4.12.0-5] the method of CONNECT in every AUTH. */
    DrillSpan name = client->own.method;
    if (is_method_changed(client)) name = drill_span_of("OTHER");
    put(client, &properties, DRILL_AUTHENTICATION_METHOD, name);
    if (step == DRILL_AUTH_STEP_DATA)
        put(client, &properties, DRILL_AUTHENTICATION_DATA, drill_buffer_span(&client->auth_data));
    properties.wire = drill_buffer_span(&client->properties);
    return properties;
}

DrillProperties drill_client_auth_start(DrillClient *client, bool again, DrillProperties first) {
    const DrillClientAuth *auth = client->config.auth;
    drill_buffer_clear(&client->auth_data);
    return with_method(client, first, auth->start(auth->context, again, &client->auth_data));
}

static void send_auth(DrillClient *client, const DrillReasonPacket *auth, uint64_t now_ns) {
    DrillPacket packet = {.type = DRILL_AUTH, .as.reason = *auth};
    bool answers = client->auth_owed;
    client->authenticating = true;
    client->auth_owed = false;
    if (DRILL_CLIENT_DEFECT(client, C_AUTH_UNANSWERED) && answers) return;
    if (DRILL_CLIENT_DEFECT(client, C_AUTH_WRONG_CODE) && answers)
        packet.as.reason.reason_code = DRILL_REASON_RE_AUTHENTICATE;
    drill_client_send(client, &packet, now_ns);
}

static DrillSpan data_of(DrillProperties properties) {
    DrillProperty property;
    if (!drill_properties_find(properties, DRILL_AUTHENTICATION_DATA, &property))
        return drill_span(NULL, 0);
    return property.value;
}

bool drill_client_auth_names_method(const DrillClient *client, DrillProperties properties) {
    DrillProperty property;
    return drill_properties_find(properties, DRILL_AUTHENTICATION_METHOD, &property) &&
           drill_span_equal(property.value, client->own.method);
}

bool drill_client_auth_succeeds(DrillClient *client, DrillProperties properties, uint64_t now_ns) {
    static const DrillClientRule rule = {NULL, NULL, 0x80, "the server could not prove itself"};
    const DrillClientAuth *auth = client->config.auth;
    client->authenticating = client->auth_owed = false;
    if (auth == NULL) return true;
    drill_buffer_clear(&client->auth_data);
    DrillAuthStep step = auth->step(auth->context, true, data_of(properties), &client->auth_data);
    if (step != DRILL_AUTH_STEP_REFUSE) return true;
    /* [v5:MQTT-4.12.1-2] */
    drill_client_violate(client, &rule, now_ns);
    return false;
}

static void on_challenge(DrillClient *client, const DrillReasonPacket *auth, uint64_t now_ns) {
    static const DrillClientRule rule = {NULL, NULL, 0x80, "the server could not prove itself"};
    const DrillClientAuth *method = client->config.auth;
    client->auth_owed = true;
    if (client->hooks.auth != NULL) client->hooks.auth(client->hooks.context, auth, now_ns);
    if (method == NULL) return;
    drill_buffer_clear(&client->auth_data);
    DrillAuthStep step =
        method->step(method->context, false, data_of(auth->properties), &client->auth_data);
    if (step == DRILL_AUTH_STEP_REFUSE) {
        drill_client_violate(client, &rule, now_ns);
        return;
    }
    DrillProperties none = {{NULL, 0}, 0};
    /* [v5:MQTT-4.12.0-3] AUTH is answered by AUTH 0x18. */
    DrillReasonPacket answer = {.reason_code = DRILL_REASON_CONTINUE_AUTHENTICATION,
                                .properties = with_method(client, none, step)};
    send_auth(client, &answer, now_ns);
}

void drill_client_on_auth(DrillClient *client, const DrillReasonPacket *auth, uint64_t now_ns) {
    static const DrillClientRule unasked = {NULL, "v5:MQTT-4.12.0-6", 0x82,
                                            "AUTH although CONNECT named no method"};
    static const DrillClientRule other = {NULL, "v5:MQTT-4.12.0-5", 0x82,
                                          "AUTH names another Authentication Method"};
    static const DrillClientRule astray = {NULL, NULL, 0x82, "this AUTH fits no exchange"};
    bool up = client->state == DRILL_CLIENT_UP;
    bool bare = auth->properties.count == 0; /* a success may say nothing (section 3.15.2.1) */
    if (!client->own.has_method) {
        drill_client_violate(client, &unasked, now_ns);
    } else if (!bare && !drill_client_auth_names_method(client, auth->properties)) {
        drill_client_violate(client, &other, now_ns);
    } else if (client->authenticating && !client->auth_owed &&
               auth->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION) {
        on_challenge(client, auth, now_ns);
    } else if (client->authenticating && up && auth->reason_code == DRILL_REASON_SUCCESS) {
        if (!drill_client_auth_succeeds(client, auth->properties, now_ns)) return;
        if (client->hooks.auth != NULL) client->hooks.auth(client->hooks.context, auth, now_ns);
    } else {
        drill_client_violate(client, &astray, now_ns);
    }
}

DrillResult drill_client_reauthenticate(DrillClient *client, uint64_t now_ns) {
    if (client->config.auth == NULL) return DRILL_INVALID;
    if (client->state != DRILL_CLIENT_UP || client->authenticating) return DRILL_BUSY;
    DrillProperties none = {{NULL, 0}, 0};
    /* [v5:MQTT-4.12.1-1] with the same method. */
    DrillReasonPacket auth = {.reason_code = DRILL_REASON_RE_AUTHENTICATE,
                              .properties = drill_client_auth_start(client, true, none)};
    send_auth(client, &auth, now_ns);
    return DRILL_OK;
}

DrillResult drill_client_authenticate(DrillClient *client, const DrillReasonPacket *auth,
                                      uint64_t now_ns) {
    DrillFault fault = {0};
    DrillProperty property;
    DrillReasonPacket packet = *auth;
    /* [v5:MQTT-4.12.0-7] no AUTH without a method in CONNECT. */
    if (!client->own.has_method || client->config.auth != NULL) return DRILL_INVALID;
    if (auth->reason_code != DRILL_REASON_CONTINUE_AUTHENTICATION &&
        auth->reason_code != DRILL_REASON_RE_AUTHENTICATE)
        return DRILL_INVALID;
    if (drill_properties_check(auth->properties, DRILL_AUTH, &fault) != DRILL_OK)
        return DRILL_INVALID;
    if (!drill_properties_find(auth->properties, DRILL_AUTHENTICATION_METHOD, &property))
        packet.properties = with_method(client, auth->properties, DRILL_AUTH_STEP_EMPTY);
    /* [v5:MQTT-4.12.0-5] [v5:MQTT-4.12.1-1] */
    if (!drill_client_auth_names_method(client, packet.properties) && !is_method_changed(client))
        return DRILL_INVALID;
    bool due = auth->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION
                   ? client->state != DRILL_CLIENT_DOWN && client->auth_owed
                   : client->state == DRILL_CLIENT_UP && !client->authenticating;
    if (!due) return DRILL_BUSY;
    send_auth(client, &packet, now_ns);
    return DRILL_OK;
}
