/* What a client may be told to be: checking, copying, and what its own CONNECT properties say. */
#include "base/arena.h"
#include "mqtt/client_state.h"
#include "mqtt/topic.h"

#define QUEUE_MESSAGES_DEFAULT  65535u
#define RECEIVE_MAXIMUM_DEFAULT 65535u
#define IDENTIFIER_BYTES_3_1    23u

static bool is_string(DrillSpan text) {
    size_t offset = 0;
    return text.size <= 65535 && drill_utf8_valid_mqtt(text, &offset);
}

static bool are_properties(DrillVersion version, DrillProperties properties, int place) {
    DrillFault fault = {0};
    if (version != DRILL_MQTT_5_0) return properties.wire.size == 0 && properties.count == 0;
    return drill_properties_check(properties, place, &fault) == DRILL_OK;
}

static bool is_identifier(const DrillClientConfig *config) {
    if (!is_string(config->client_id)) return false;
    switch (config->version) {
    case DRILL_MQTT_3_1:
        return config->client_id.size >= 1 && config->client_id.size <= IDENTIFIER_BYTES_3_1;
    case DRILL_MQTT_3_1_1:
        /* [v3:MQTT-3.1.3-7] an empty ClientId needs CleanSession 1. */
        return config->client_id.size > 0 || config->clean;
    case DRILL_MQTT_5_0:
        /* [v5:MQTT-3.1.3-4] any string; the server may assign one (section 3.1.3.1). */
        return true;
    }
    return false;
}

static bool are_credentials(const DrillClientConfig *config) {
    if (config->has_username && !is_string(config->username)) return false;
    /* [v3:MQTT-3.1.2-22] no password without a user name; 5.0 has one. */
    if (config->has_password && !config->has_username && config->version != DRILL_MQTT_5_0)
        return false;
    return !config->has_password || config->password.size <= 65535;
}

static bool is_will(const DrillClientConfig *config) {
    const DrillWill *will = &config->will;
    if (!config->has_will) return true;
    return drill_topic_is_name(will->topic) && will->payload.size <= 65535 &&
           will->qos <= DRILL_QOS_2 &&
           are_properties(config->version, will->properties, DRILL_PROPERTIES_OF_WILL);
}

/* Authentication Data needs a method (section 3.1.2.11.10); the method's player says both itself.
 */
static bool is_authentication(const DrillClientConfig *config) {
    DrillProperty property;
    bool method = drill_properties_find(config->properties, DRILL_AUTHENTICATION_METHOD, &property);
    bool data = drill_properties_find(config->properties, DRILL_AUTHENTICATION_DATA, &property);
    if (config->auth == NULL) return method || !data;
    return config->version == DRILL_MQTT_5_0 && !method && !data &&
           is_string(drill_span_of(config->auth->method));
}

DrillResult drill_client_check_config(const DrillClientConfig *config) {
    if (config->version < DRILL_MQTT_3_1 || config->version > DRILL_MQTT_5_0) return DRILL_INVALID;
    bool valid = is_identifier(config) && are_credentials(config) && is_will(config) &&
                 are_properties(config->version, config->properties, DRILL_CONNECT) &&
                 is_authentication(config);
    return valid ? DRILL_OK : DRILL_INVALID;
}

static uint32_t number_of(DrillProperties properties, DrillPropertyId id, uint32_t otherwise) {
    DrillProperty property;
    return drill_properties_find(properties, id, &property) ? property.number : otherwise;
}

static void read_own(DrillClient *client) {
    const DrillClientConfig *config = &client->config;
    DrillProperties all = config->properties;
    DrillClientOwn *own = &client->own;
    DrillProperty property;
    own->session_expiry_s = number_of(all, DRILL_SESSION_EXPIRY_INTERVAL, 0);
    own->receive_maximum = number_of(all, DRILL_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM_DEFAULT);
    own->topic_alias_maximum = (uint16_t)number_of(all, DRILL_TOPIC_ALIAS_MAXIMUM, 0);
    own->packet_bytes_max = number_of(all, DRILL_MAXIMUM_PACKET_SIZE, 0);
    own->problem_information = number_of(all, DRILL_REQUEST_PROBLEM_INFORMATION, 1) != 0;
    own->response_information = number_of(all, DRILL_REQUEST_RESPONSE_INFORMATION, 0) != 0;
    own->method = drill_span(NULL, 0);
    own->has_method = config->auth != NULL;
    if (config->auth != NULL)
        own->method = drill_span_of(config->auth->method);
    else if (drill_properties_find(all, DRILL_AUTHENTICATION_METHOD, &property)) {
        own->has_method = true;
        own->method = property.value;
    }
}

void drill_client_take_config(DrillClient *client, const DrillClientConfig *config) {
    DrillClientConfig *copy = &client->config;
    *copy = *config;
    if (copy->queue_messages_max == 0) copy->queue_messages_max = QUEUE_MESSAGES_DEFAULT;
    /* [v5:MQTT-4.4.0-1] within a connection nothing is sent again. */
    if (copy->version == DRILL_MQTT_5_0) copy->retry_ns = 0;
    if (DRILL_CLIENT_DEFECT(client, C_TIMER_RESEND) && copy->version == DRILL_MQTT_5_0)
        copy->retry_ns = 3 * DRILL_NS_PER_S;
    DrillSpan *spans[] = {
        &copy->client_id, &copy->will.topic, &copy->will.payload,    &copy->will.properties.wire,
        &copy->username,  &copy->password,   &copy->properties.wire,
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(spans); i++) {
        *spans[i] = spans[i]->size == 0 ? drill_span(NULL, 0)
                                        : drill_copy_span(client->allocator, *spans[i]);
    }
    read_own(client);
    client->spoils = drill_client_spoils(client);
}

void drill_client_release_config(DrillAllocator allocator, const DrillClientConfig *config) {
    const DrillSpan spans[] = {
        config->client_id,       config->will.topic,
        config->will.payload,    config->will.properties.wire,
        config->username,        config->password,
        config->properties.wire,
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(spans); i++) {
        if (spans[i].size > 0)
            drill_release(allocator, (void *)(uintptr_t)spans[i].data, spans[i].size);
    }
}
