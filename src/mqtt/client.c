/* The client's life: making it, its connections, its Session's end, its timers. */
#include "mqtt/client_state.h"

#include "base/arena.h"
#include "mqtt/topic.h"

#define QUEUE_MESSAGES_DEFAULT 65535u

static bool is_string(DrillSpan text) {
    size_t offset = 0;
    return text.size <= 65535 && drill_utf8_valid_mqtt(text, &offset);
}

static DrillResult check_config(const DrillClientConfig *config) {
    if (config->version != DRILL_MQTT_3_1_1) {
        bool known = config->version == DRILL_MQTT_3_1 || config->version == DRILL_MQTT_5_0;
        return known ? DRILL_NOT_THERE_YET : DRILL_INVALID;
    }
    if (!is_string(config->client_id)) return DRILL_INVALID;
    /* [v3:MQTT-3.1.3-7] an empty ClientId needs CleanSession 1. */
    if (config->client_id.size == 0 && !config->clean) return DRILL_INVALID;
    if (config->has_username && !is_string(config->username)) return DRILL_INVALID;
    /* [v3:MQTT-3.1.2-22] no password without a user name. */
    if (config->has_password && !config->has_username) return DRILL_INVALID;
    if (config->has_password && config->password.size > 65535) return DRILL_INVALID;
    if (!config->has_will) return DRILL_OK;
    const DrillWill *will = &config->will;
    bool valid = drill_topic_is_name(will->topic) && will->payload.size <= 65535 &&
                 will->qos <= DRILL_QOS_2 && will->properties.count == 0;
    return valid ? DRILL_OK : DRILL_INVALID;
}

static void copy_config(DrillClient *client, const DrillClientConfig *config) {
    DrillClientConfig *copy = &client->config;
    *copy = *config;
    if (copy->queue_messages_max == 0) copy->queue_messages_max = QUEUE_MESSAGES_DEFAULT;
    DrillSpan *spans[] = {&copy->client_id, &copy->will.topic, &copy->will.payload, &copy->username,
                          &copy->password};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(spans); i++) {
        *spans[i] = spans[i]->size == 0 ? drill_span(NULL, 0)
                                        : drill_copy_span(client->allocator, *spans[i]);
    }
}

static void release_config(DrillAllocator allocator, const DrillClientConfig *config) {
    const DrillSpan spans[] = {config->client_id, config->will.topic, config->will.payload,
                               config->username, config->password};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(spans); i++) {
        if (spans[i].size > 0)
            drill_release(allocator, (void *)(uintptr_t)spans[i].data, spans[i].size);
    }
}

DrillResult drill_client_new(const DrillClientConfig *config, const DrillClientHooks *hooks,
                             DrillAllocator allocator, DrillClient **out) {
    *out = NULL;
    DrillResult result = check_config(config);
    if (result != DRILL_OK) return result;
    if (hooks->send == NULL || hooks->close == NULL) return DRILL_INVALID;
    DrillClient *client = DRILL_NEW(allocator, DrillClient);
    client->allocator = allocator;
    client->hooks = *hooks;
    client->out.allocator = allocator;
    client->next_message = 1;
    client->retry_at_ns = DRILL_NEVER;
    copy_config(client, config);
    drill_reader_init(&client->reader, allocator, config->version, DRILL_PACKET_BYTES_MAX);
    drill_inflight_init(&client->inflight, allocator, config->first_packet_identifier);
    *out = client;
    return DRILL_OK;
}

static void forget_owed(DrillClient *client) {
    while (client->first_owed != NULL) {
        DrillOwedAck *owed = client->first_owed;
        client->first_owed = owed->next;
        drill_release(client->allocator, owed, sizeof *owed);
    }
    client->last_owed = NULL;
}

void drill_client_free(DrillClient *client) {
    if (client == NULL) return;
    forget_owed(client);
    drill_inflight_release(&client->inflight);
    drill_reader_release(&client->reader);
    drill_buffer_release(&client->out);
    release_config(client->allocator, &client->config);
    drill_release(client->allocator, client, sizeof *client);
}

DrillResult drill_client_configure(DrillClient *client, const DrillClientConfig *config) {
    if (client->state != DRILL_CLIENT_DOWN) return DRILL_BUSY;
    DrillResult result = check_config(config);
    if (result != DRILL_OK) return result;
    /* Another Client Identifier would be another client. */
    if (!drill_span_equal(config->client_id, client->config.client_id)) return DRILL_INVALID;
    DrillClientConfig old = client->config;
    copy_config(client, config);
    release_config(client->allocator, &old);
    return DRILL_OK;
}

DrillResult drill_client_opened(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_DOWN) return DRILL_BUSY;
    drill_reader_release(&client->reader);
    drill_reader_init(&client->reader, client->allocator, client->config.version,
                      DRILL_PACKET_BYTES_MAX);
    client->state = DRILL_CLIENT_CONNECTING;
    client->connections++;
    DrillPacket pingreq = {.type = DRILL_PINGREQ};
    if (DRILL_CLIENT_DEFECT(client, C_FIRST_PACKET_NOT_CONNECT))
        drill_client_send(client, &pingreq, now_ns);
    /* [v3:MQTT-3.1.0-1] CONNECT before anything else. */
    drill_client_send_connect(client, now_ns);
    return DRILL_OK;
}

static void drop_list(DrillClient *client, DrillExchangeList *list, uint64_t now_ns) {
    while (list->first != NULL) {
        DrillMessageId message = list->first->tag;
        drill_inflight_forget(&client->inflight, list->first);
        if (client->hooks.dropped != NULL)
            client->hooks.dropped(client->hooks.context, message, now_ns);
    }
}

void drill_client_new_session(DrillClient *client, bool again, uint64_t now_ns) {
    DrillInflight *inflight = &client->inflight;
    /* The server had these when it sent PUBREC: sending them again could deliver them twice. */
    drop_list(client, &inflight->releasing, now_ns);
    /* Of these we do not know. The application was promised delivery, so they become new messages,
     * unless it asked for CleanSession, which gives them up. */
    if (again)
        drill_inflight_unsend(inflight);
    else
        drop_list(client, &inflight->publishing, now_ns);
    drill_inflight_unhold_all(inflight);
}

/* The Network Connection is no more. */
static void end_connection(DrillClient *client, uint64_t now_ns) {
    bool was_up = client->state == DRILL_CLIENT_UP;
    DrillInflight *inflight = &client->inflight;
    client->state = DRILL_CLIENT_DOWN;
    client->ping_open = false;
    client->kept_puback = client->kept_pubrec = 0;
    forget_owed(client);
    drill_inflight_forget_list(inflight, &inflight->requests);
    if (DRILL_CLIENT_DEFECT(client, C_PUBLISH_NOT_RESENT))
        drill_inflight_forget_list(inflight, &inflight->publishing);
    if (DRILL_CLIENT_DEFECT(client, C_INBOUND_IDS_LOST_ON_CLOSE))
        drill_inflight_unhold_all(inflight);
    if (DRILL_CLIENT_DEFECT(client, C_RESEND_DESPITE_SP0)) return;
    /* [v3:MQTT-3.1.2-6] a clean Session dies with its connection; [v3:MQTT-4.1.0-1] the others are
     * kept. */
    if (was_up && client->config.clean) drill_client_new_session(client, false, now_ns);
}

void drill_client_closed(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_DOWN) end_connection(client, now_ns);
}

void drill_client_close(DrillClient *client, DrillClientClose why, uint64_t now_ns) {
    if (client->state == DRILL_CLIENT_DOWN) return;
    end_connection(client, now_ns);
    client->hooks.close(client->hooks.context, why, now_ns);
}

void drill_client_violation(DrillClient *client, const DrillFault *fault, uint64_t now_ns) {
    if (client->hooks.faulted != NULL) client->hooks.faulted(client->hooks.context, fault, now_ns);
    /* [v3:MQTT-4.8.0-1] who notices a violation closes the connection. */
    drill_client_close(client, DRILL_CLIENT_CLOSE_PROTOCOL, now_ns);
}

void drill_client_receive(DrillClient *client, DrillSpan bytes, uint64_t now_ns) {
    while (client->state != DRILL_CLIENT_DOWN) {
        DrillSpan packet = {NULL, 0};
        DrillFault fault = {0};
        DrillResult result = drill_reader_next(&client->reader, &bytes, &packet, &fault);
        if (result == DRILL_NEED_MORE) return;
        if (result == DRILL_OK)
            drill_client_packet(client, packet, now_ns);
        else
            drill_client_violation(client, &fault, now_ns);
    }
}

void drill_client_crash(DrillClient *client) {
    client->state = DRILL_CLIENT_DOWN;
    client->ping_open = false;
    client->kept_puback = client->kept_pubrec = client->newest_qos1 = 0;
    forget_owed(client);
    drill_inflight_release(&client->inflight);
    drill_inflight_init(&client->inflight, client->allocator,
                        client->config.first_packet_identifier);
}

static uint64_t ping_due(const DrillClient *client) {
    if (!client->config.auto_ping || client->config.keep_alive_s == 0) return DRILL_NEVER;
    uint64_t interval_ns = client->config.keep_alive_s * DRILL_NS_PER_S;
    if (DRILL_CLIENT_DEFECT(client, C_KEEPALIVE_LATE_OR_EARLY)) interval_ns += interval_ns * 2 / 5;
    /* [v3:MQTT-3.1.2-23] never silent for longer than the Keep Alive. */
    return client->last_sent_ns + interval_ns;
}

static uint64_t pingresp_due(const DrillClient *client) {
    uint64_t timeout_ns = client->config.pingresp_timeout_ns;
    if (timeout_ns == 0) timeout_ns = client->config.keep_alive_s * DRILL_NS_PER_S;
    return client->ping_open && timeout_ns != 0 ? client->pinged_ns + timeout_ns : DRILL_NEVER;
}

/* The Keep Alive counts from CONNECT on: where the CONNACK is slow to come, PINGREQ goes before it.
 */
uint64_t drill_client_expiry(const DrillClient *client) {
    if (client->state == DRILL_CLIENT_DOWN) return DRILL_NEVER;
    uint64_t due_ns = ping_due(client);
    uint64_t pingresp_ns = pingresp_due(client);
    if (pingresp_ns < due_ns) due_ns = pingresp_ns;
    bool open = client->state == DRILL_CLIENT_UP && drill_inflight_open(&client->inflight) > 0;
    return open && client->retry_at_ns < due_ns ? client->retry_at_ns : due_ns;
}

static void retry_list(DrillClient *client, DrillExchangeList *list, uint64_t now_ns) {
    uint64_t retry_ns = client->config.retry_ns, retry_ns_max = client->config.retry_ns_max;
    for (DrillExchange *exchange = list->first; exchange != NULL; exchange = exchange->next) {
        if (drill_exchange_due(exchange, retry_ns, retry_ns_max) <= now_ns) {
            exchange->repeats++;
            drill_client_resend(client, exchange, now_ns);
        }
        uint64_t at_ns = drill_exchange_due(exchange, retry_ns, retry_ns_max);
        if (at_ns <= now_ns) at_ns = now_ns + retry_ns; /* a defect keeps silent */
        if (at_ns < client->retry_at_ns) client->retry_at_ns = at_ns;
    }
}

static void retry(DrillClient *client, uint64_t now_ns) {
    if (client->config.retry_ns == 0 || client->retry_at_ns > now_ns) return;
    client->retry_at_ns = DRILL_NEVER;
    retry_list(client, &client->inflight.releasing, now_ns);
    retry_list(client, &client->inflight.publishing, now_ns);
}

void drill_client_handle_expiry(DrillClient *client, uint64_t now_ns) {
    if (client->state == DRILL_CLIENT_DOWN) return;
    if (pingresp_due(client) <= now_ns) {
        drill_client_close(client, DRILL_CLIENT_CLOSE_NO_PINGRESP, now_ns);
        return;
    }
    if (client->state == DRILL_CLIENT_UP) retry(client, now_ns);
    if (ping_due(client) <= now_ns) drill_client_send_ping(client, now_ns);
}

DrillClientState drill_client_state(const DrillClient *client) {
    return client->state;
}

static const DrillExchange *find_message(const DrillExchangeList *list, DrillMessageId message) {
    const DrillExchange *exchange = list->first;
    while (exchange != NULL && exchange->tag != message)
        exchange = exchange->next;
    return exchange;
}

uint16_t drill_client_packet_identifier(const DrillClient *client, DrillMessageId message) {
    const DrillExchange *exchange = find_message(&client->inflight.publishing, message);
    if (exchange == NULL) exchange = find_message(&client->inflight.releasing, message);
    return exchange == NULL ? 0 : exchange->use.value;
}

uint32_t drill_client_pending(const DrillClient *client) {
    return client->inflight.waiting.count + drill_inflight_open(&client->inflight);
}
