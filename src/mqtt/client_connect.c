/* How a connection begins: CONNECT, CONNACK, and what the server allows on it. */
#include "base/arena.h"
#include "mqtt/client_state.h"

DrillSpan drill_client_identifier(const DrillClient *client) {
    return client->config.client_id.size > 0 ? client->config.client_id : client->assigned_id;
}

void drill_client_send_connect(DrillClient *client, uint64_t now_ns) {
    const DrillClientConfig *config = &client->config;
    DrillPacket packet = {.type = DRILL_CONNECT,
                          .as.connect = {.protocol_level = (uint8_t)config->version,
                                         .clean = config->clean,
                                         .has_will = config->has_will,
                                         .has_username = config->has_username,
                                         .has_password = config->has_password,
                                         .keep_alive_s = config->keep_alive_s,
                                         .properties = config->properties,
                                         .client_id = drill_client_identifier(client),
                                         .username = config->username,
                                         .password = config->password}};
    if (config->has_will) {
        packet.as.connect.will_retain = config->will.retain;
        packet.as.connect.will_qos = config->will.qos;
        packet.as.connect.will_topic = config->will.topic;
        packet.as.connect.will_payload = config->will.payload;
        packet.as.connect.will_properties = config->will.properties;
    }
    if (config->auth != NULL)
        packet.as.connect.properties = drill_client_auth_start(client, false, config->properties);
    client->authenticating = client->own.has_method;
    client->auth_owed = false;
    drill_client_send(client, &packet, now_ns);
}

/* --- CONNACK --- */

void drill_client_default_limits(DrillClient *client) {
    client->limits = (DrillClientLimits){.receive_maximum = 65535,
                                         .qos_max = DRILL_QOS_2,
                                         .retain = true,
                                         .wildcards = true,
                                         .subscription_identifiers = true,
                                         .shared_subscriptions = true,
                                         .keep_alive_s = client->config.keep_alive_s,
                                         .session_expiry_s = client->own.session_expiry_s};
}

static void read_limits(DrillClient *client, DrillProperties properties) {
    DrillClientLimits *limits = &client->limits;
    DrillProperty property;
    size_t offset = 0;
    while (drill_properties_next(properties, &offset, &property)) {
        uint32_t number = property.number;
        if (property.id == DRILL_RECEIVE_MAXIMUM) limits->receive_maximum = (uint16_t)number;
        if (property.id == DRILL_TOPIC_ALIAS_MAXIMUM)
            limits->topic_alias_maximum = (uint16_t)number;
        if (property.id == DRILL_MAXIMUM_PACKET_SIZE) limits->packet_bytes_max = number;
        if (property.id == DRILL_MAXIMUM_QOS) limits->qos_max = (DrillQos)number;
        if (property.id == DRILL_RETAIN_AVAILABLE) limits->retain = number != 0;
        if (property.id == DRILL_WILDCARD_SUBSCRIPTION_AVAILABLE) limits->wildcards = number != 0;
        if (property.id == DRILL_SUBSCRIPTION_IDENTIFIER_AVAILABLE)
            limits->subscription_identifiers = number != 0;
        if (property.id == DRILL_SHARED_SUBSCRIPTION_AVAILABLE)
            limits->shared_subscriptions = number != 0;
        /* [v5:MQTT-3.1.2-21] [v5:MQTT-3.2.2-21] the server's Keep Alive instead of our own. */
        if (property.id == DRILL_SERVER_KEEP_ALIVE &&
            !DRILL_CLIENT_DEFECT(client, C_SERVER_KEEPALIVE_IGNORED))
            limits->keep_alive_s = (uint16_t)number;
        if (property.id == DRILL_SESSION_EXPIRY_INTERVAL) limits->session_expiry_s = number;
    }
}

static void keep_assigned(DrillClient *client, DrillProperties properties) {
    DrillProperty property;
    if (!drill_properties_find(properties, DRILL_ASSIGNED_CLIENT_IDENTIFIER, &property)) return;
    drill_client_forget_assigned(client);
    client->assigned_id = drill_copy_span(client->allocator, property.value);
}

/* NULL: a correct server may say this. */
static const DrillClientRule *wrong_session(const DrillClient *client,
                                            const DrillConnackPacket *connack) {
    /* [v3:MQTT-3.2.2-1] [v5:MQTT-3.2.2-2] a clean Session is never present. */
    static const DrillClientRule clean = {"v3:MQTT-3.2.2-1", "v5:MQTT-3.2.2-2", 0x82,
                                          "Session Present 1 in answer to CleanSession 1"};
    /* [v5:MQTT-3.2.2-4] who has no Session State cannot go on with one. */
    static const DrillClientRule none = {NULL, "v5:MQTT-3.2.2-4", 0x82,
                                         "Session Present 1, and there is no Session here"};
    if (!connack->session_present) return NULL;
    if (client->config.clean) return &clean;
    if (DRILL_CLIENT_DEFECT(client, C_SESSION_PRESENT_UNCHECKED)) return NULL;
    return client->config.version == DRILL_MQTT_5_0 && !client->had_session ? &none : NULL;
}

static const DrillClientRule *wrong_properties(const DrillClient *client,
                                               const DrillConnackPacket *connack) {
    static const DrillClientRule information = {NULL, "v5:MQTT-3.1.2-28", 0x82,
                                                "Response Information that was not asked for"};
    static const DrillClientRule method = {NULL, "v5:MQTT-4.12.0-5", 0x82,
                                           "CONNACK does not repeat the Authentication Method"};
    static const DrillClientRule unasked = {NULL, "v5:MQTT-4.12.0-6", 0x82,
                                            "an Authentication Method that CONNECT did not name"};
    static const DrillClientRule nameless = {
        NULL, "v5:MQTT-3.1.3-7", 0x82, "no Client Identifier is assigned to a client without"};
    DrillProperty property;
    DrillProperties all = connack->properties;
    if (client->config.version != DRILL_MQTT_5_0) return NULL;
    /* [v5:MQTT-3.1.2-28] */
    if (drill_properties_find(all, DRILL_RESPONSE_INFORMATION, &property) &&
        !client->own.response_information)
        return &information;
    /* [v5:MQTT-3.1.3-7] */
    if (drill_client_identifier(client).size == 0 &&
        !drill_properties_find(all, DRILL_ASSIGNED_CLIENT_IDENTIFIER, &property))
        return &nameless;
    /* [v5:MQTT-4.12.0-5] */
    if (client->own.has_method) return drill_client_auth_names_method(client, all) ? NULL : &method;
    /* [v5:MQTT-4.12.0-6] */
    return drill_properties_find(all, DRILL_AUTHENTICATION_METHOD, &property) ? &unasked : NULL;
}

static void tell(const DrillClient *client, const DrillConnackPacket *connack, uint64_t now_ns) {
    if (client->hooks.connack != NULL)
        client->hooks.connack(client->hooks.context, connack, now_ns);
}

static uint32_t send_quota(const DrillClient *client) {
    if (DRILL_CLIENT_DEFECT(client, C_RECVMAX_IGNORED)) return 0;
    if (DRILL_CLIENT_DEFECT(client, C_RECVMAX_IGNORED_AFTER_RECONNECT) && client->connections > 1)
        return 0;
    return client->limits.receive_maximum;
}

static uint16_t alias_maximum(const DrillClient *client) {
    uint16_t maximum = client->limits.topic_alias_maximum;
    if (DRILL_CLIENT_DEFECT(client, C_ALIAS_ABOVE_MAXIMUM) && maximum > 0)
        return (uint16_t)(maximum + 1);
    return DRILL_CLIENT_DEFECT(client, C_ALIAS_WITHOUT_PERMISSION) && maximum == 0 ? 10 : maximum;
}

static void allow_aliases(DrillClient *client) {
    drill_aliases_out_reset(&client->aliases_out,
                            client->config.auto_alias ? DRILL_ALIASES_RECENT : DRILL_ALIASES_OFF,
                            alias_maximum(client));
}

static void come_up(DrillClient *client, const DrillConnackPacket *connack, uint64_t now_ns) {
    client->state = DRILL_CLIENT_UP;
    keep_assigned(client, connack->properties);
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    /* [v5:MQTT-4.9.0-1] */
    drill_inflight_connected(&client->inflight, v5 ? send_quota(client) : 0);
    bool kept = DRILL_CLIENT_DEFECT(client, C_ALIASES_KEPT) ||
                DRILL_CLIENT_DEFECT(client, C_ALIAS_IN_RESEND);
    if (!kept || client->connections == 1) allow_aliases(client);
    if (DRILL_CLIENT_DEFECT(client, C_ALIAS_BOUND_OF_SERVER))
        drill_aliases_in_reset(&client->aliases_in, client->limits.topic_alias_maximum);
    bool resumed = connack->session_present;
    /* 3.1 does not say: the server is taken at its word that it keeps the Session. */
    if (client->config.version == DRILL_MQTT_3_1) resumed = !client->config.clean;
    if (DRILL_CLIENT_DEFECT(client, C_RESEND_DESPITE_SP0)) resumed = true;
    /* [v3:MQTT-3.1.2-6] [v5:MQTT-3.2.2-5] nothing of an old Session is used in a new one. */
    if (!resumed) drill_client_new_session(client, !client->config.clean, now_ns);
    tell(client, connack, now_ns);
    client->resumed = resumed;
    client->newest_replayed = client->next_message - 1;
    if (DRILL_CLIENT_DEFECT(client, C_AUTH_WITHOUT_METHOD) && v5 && !client->own.has_method) {
        DrillPacket auth = {.type = DRILL_AUTH};
        drill_client_send(client, &auth, now_ns);
    }
    /* [v3:MQTT-4.4.0-1] [v5:MQTT-4.4.0-1] what is owed, then what has never been sent. */
    if (resumed) drill_client_resume(client, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_ALIAS_IN_RESEND) && client->state == DRILL_CLIENT_UP)
        allow_aliases(client);
    drill_client_pump(client, now_ns);
}

void drill_client_on_connack(DrillClient *client, const DrillConnackPacket *connack,
                             uint64_t now_ns) {
    static const DrillClientRule second = {"v3:MQTT-4.8.0-1", "v5:MQTT-3.2.0-2", 0x82,
                                           "a second CONNACK"};
    if (client->state != DRILL_CLIENT_CONNECTING) {
        drill_client_violate(client, &second, now_ns);
        return;
    }
    if (connack->code != 0) {
        client->has_session = client->had_session; /* none was made */
        tell(client, connack, now_ns);
        drill_client_close(client, DRILL_CLIENT_CLOSE_REFUSED, now_ns);
        return;
    }
    read_limits(client, connack->properties);
    const DrillClientRule *broken = wrong_session(client, connack);
    if (broken == NULL) broken = wrong_properties(client, connack);
    if (broken != NULL) {
        drill_client_violate(client, broken, now_ns);
        return;
    }
    if (client->own.has_method && !drill_client_auth_succeeds(client, connack->properties, now_ns))
        return;
    come_up(client, connack, now_ns);
}
