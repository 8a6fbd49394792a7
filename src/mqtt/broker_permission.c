/* Who may connect, and which topics they may use. */
#include "mqtt/broker_state.h"
#include "mqtt/topic.h"

/* Connection return codes of 3.1.1 (table 3.1) and what 5.0 calls them. */
static const struct {
    uint8_t return_code, reason_code;
} codes[] = {
    {DRILL_RETURN_ACCEPTED, DRILL_REASON_SUCCESS},
    {DRILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION, DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION},
    {DRILL_RETURN_IDENTIFIER_REJECTED, DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID},
    {DRILL_RETURN_SERVER_UNAVAILABLE, DRILL_REASON_SERVER_UNAVAILABLE},
    {DRILL_RETURN_BAD_USER_NAME_OR_PASSWORD, DRILL_REASON_BAD_USER_NAME_OR_PASSWORD},
    {DRILL_RETURN_NOT_AUTHORIZED, DRILL_REASON_NOT_AUTHORIZED},
};

uint8_t drill_broker_return_code(uint8_t reason_code) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(codes); i++) {
        if (codes[i].reason_code == reason_code) return codes[i].return_code;
    }
    return DRILL_RETURN_NOT_AUTHORIZED;
}

static uint8_t reason_code_of(uint8_t return_code) {
    return return_code < DRILL_ARRAY_COUNT(codes) ? codes[return_code].reason_code
                                                  : (uint8_t)DRILL_REASON_UNSPECIFIED_ERROR;
}

uint8_t drill_broker_check_credentials(const DrillBroker *broker,
                                       const DrillConnectPacket *connect) {
    const DrillBrokerConfig *config = &broker->config;
    /* [v5:MQTT-3.1.4-2] */
    if (config->check_password != NULL)
        return reason_code_of(config->check_password(broker->hooks.context, connect));
    if (config->user_count == 0) return DRILL_REASON_SUCCESS;
    if (!connect->has_username && config->allow_anonymous) return DRILL_REASON_SUCCESS;
    if (!connect->has_username) return DRILL_REASON_NOT_AUTHORIZED;
    for (size_t i = 0; i < config->user_count; i++) {
        const DrillBrokerUser *user = &config->users[i];
        if (drill_span_equal(user->name, connect->username) &&
            drill_span_equal(user->password, connect->password))
            return DRILL_REASON_SUCCESS;
    }
    return DRILL_REASON_BAD_USER_NAME_OR_PASSWORD;
}

static bool speaks_of(const DrillTopicRule *rule, DrillSpan user, DrillSpan client_id) {
    if (rule->user.size > 0 && !drill_span_equal(rule->user, user)) return false;
    return rule->client_id.size == 0 || drill_span_equal(rule->client_id, client_id);
}

bool drill_broker_may_publish(const DrillBroker *broker, DrillSpan user, DrillSpan client_id,
                              DrillSpan topic) {
    const DrillBrokerConfig *config = &broker->config;
    for (size_t i = 0; i < config->topic_rule_count; i++) {
        const DrillTopicRule *rule = &config->topic_rules[i];
        if (speaks_of(rule, user, client_id) && drill_topic_matches(rule->filter, topic))
            return rule->publish;
    }
    return config->topic_rule_count == 0;
}

bool drill_broker_may_subscribe(const DrillBroker *broker, DrillSpan user, DrillSpan client_id,
                                DrillSpan filter) {
    const DrillBrokerConfig *config = &broker->config;
    for (size_t i = 0; i < config->topic_rule_count; i++) {
        const DrillTopicRule *rule = &config->topic_rules[i];
        if (speaks_of(rule, user, client_id) && drill_topic_covers(rule->filter, filter))
            return rule->subscribe;
    }
    return config->topic_rule_count == 0;
}
