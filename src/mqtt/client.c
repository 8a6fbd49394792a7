/* The client's life: making it, its connections, its Session's end, its timers. */
#include "mqtt/client_state.h"

#include "base/arena.h"
#include "spec/spec.h"

DrillResult drill_client_new(const DrillClientConfig *config, const DrillClientHooks *hooks,
                             DrillAllocator allocator, DrillClient **out) {
    *out = NULL;
    DrillResult result = drill_client_check_config(config);
    if (result != DRILL_OK) return result;
    if (hooks->send == NULL || hooks->close == NULL) return DRILL_INVALID;
    DrillClient *client = DRILL_NEW(allocator, DrillClient);
    client->allocator = allocator;
    client->hooks = *hooks;
    client->out.allocator = allocator;
    client->properties.allocator = allocator;
    client->shortened.allocator = allocator;
    client->auth_data.allocator = allocator;
    client->aliases_in.allocator = allocator;
    client->aliases_out.allocator = allocator;
    client->next_message = 1;
    client->retry_at_ns = DRILL_NEVER;
    drill_client_take_config(client, config);
    drill_client_default_limits(client);
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
    drill_buffer_release(&client->properties);
    drill_buffer_release(&client->shortened);
    drill_buffer_release(&client->auth_data);
    drill_aliases_in_release(&client->aliases_in);
    drill_aliases_out_release(&client->aliases_out);
    drill_client_forget_assigned(client);
    drill_client_release_config(client->allocator, &client->config);
    drill_release(client->allocator, client, sizeof *client);
}

DrillResult drill_client_configure(DrillClient *client, const DrillClientConfig *config) {
    if (client->state != DRILL_CLIENT_DOWN) return DRILL_BUSY;
    DrillResult result = drill_client_check_config(config);
    if (result != DRILL_OK) return result;
    /* Another Client Identifier would be another client. */
    if (!drill_span_equal(config->client_id, client->config.client_id)) return DRILL_INVALID;
    DrillClientConfig old = client->config;
    drill_client_take_config(client, config);
    drill_client_release_config(client->allocator, &old);
    return DRILL_OK;
}

DrillResult drill_client_opened(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_DOWN) return DRILL_BUSY;
    drill_reader_release(&client->reader);
    uint32_t packet_bytes_max = client->own.packet_bytes_max;
    drill_reader_init(&client->reader, client->allocator, client->config.version,
                      packet_bytes_max == 0 ? DRILL_PACKET_BYTES_MAX : packet_bytes_max);
    client->state = DRILL_CLIENT_CONNECTING;
    client->connections++;
    client->last_received_ns = now_ns;
    client->inbound_open = 0;
    /* [v5:MQTT-3.3.2-7] Topic Aliases end with their connection. */
    drill_aliases_in_reset(&client->aliases_in, client->own.topic_alias_maximum);
    if (!DRILL_CLIENT_DEFECT(client, C_ALIASES_KEPT) &&
        !DRILL_CLIENT_DEFECT(client, C_ALIAS_IN_RESEND))
        drill_aliases_out_reset(&client->aliases_out, DRILL_ALIASES_OFF, 0);
    if (DRILL_CLIENT_DEFECT(client, C_ALIAS_MAXIMUM_OFF_BY_ONE) && client->aliases_in.max > 0)
        client->aliases_in.max--;
    /* From CONNECT on the server may have a Session for us, though its CONNACK may never come. */
    client->had_session = client->has_session;
    client->has_session = true;
    drill_client_default_limits(client);
    DrillPacket pingreq = {.type = DRILL_PINGREQ};
    if (DRILL_CLIENT_DEFECT(client, C_FIRST_PACKET_NOT_CONNECT))
        drill_client_send(client, &pingreq, now_ns);
    /* [v3:MQTT-3.1.0-1] [v5:MQTT-3.1.0-1] CONNECT before anything else. */
    drill_client_send_connect(client, now_ns);
    if (DRILL_CLIENT_DEFECT(client, C_PACKET_BEFORE_CONNACK) && client->own.has_method)
        drill_client_send(client, &pingreq, now_ns);
    return DRILL_OK;
}

void drill_client_drop(DrillClient *client, DrillExchange *exchange, uint64_t now_ns) {
    DrillMessageId message = exchange->tag;
    drill_inflight_forget(&client->inflight, exchange);
    if (client->hooks.dropped != NULL)
        client->hooks.dropped(client->hooks.context, message, now_ns);
}

static void drop_list(DrillClient *client, DrillExchangeList *list, uint64_t now_ns) {
    while (list->first != NULL)
        drill_client_drop(client, list->first, now_ns);
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
    if (DRILL_CLIENT_DEFECT(client, C_UNSENT_DROPPED_ON_SP0))
        drop_list(client, &inflight->waiting, now_ns);
    if (!DRILL_CLIENT_DEFECT(client, C_INBOUND_IDS_KEPT_ON_NEW_SESSION))
        drill_inflight_unhold_all(inflight);
}

/* The Network Connection is no more. */
static void end_connection(DrillClient *client, uint64_t now_ns) {
    bool was_up = client->state == DRILL_CLIENT_UP;
    DrillInflight *inflight = &client->inflight;
    client->state = DRILL_CLIENT_DOWN;
    client->ping_open = false;
    client->kept_puback = client->kept_pubrec = client->kept_pubrel = 0;
    forget_owed(client);
    drill_inflight_forget_list(inflight, &inflight->requests);
    bool replaying = client->resumed && inflight->publishing.count > 0;
    if (DRILL_CLIENT_DEFECT(client, C_STORE_REPLAY_DROPS_NEW) && replaying) {
        while (inflight->publishing.last != NULL &&
               inflight->publishing.last->tag > client->newest_replayed)
            drill_inflight_forget(inflight, inflight->publishing.last);
        drill_inflight_forget_list(inflight, &inflight->waiting);
    }
    if (DRILL_CLIENT_DEFECT(client, C_PUBLISH_NOT_RESENT))
        drill_inflight_forget_list(inflight, &inflight->publishing);
    if (DRILL_CLIENT_DEFECT(client, C_INBOUND_IDS_LOST_ON_CLOSE))
        drill_inflight_unhold_all(inflight);
    if (DRILL_CLIENT_DEFECT(client, C_RESEND_DESPITE_SP0)) return;
    /* [v3:MQTT-3.1.2-6] a clean Session dies with its connection; [v3:MQTT-4.1.0-1] the others are
     * kept. [v5:MQTT-3.1.2-23] With 5.0 its Session Expiry Interval decides; when that runs out
     * later, the server will say so. */
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    bool ends = v5 ? client->limits.session_expiry_s == 0 : client->config.clean;
    if (!was_up || !ends) return;
    client->has_session = false;
    drill_client_new_session(client, false, now_ns);
}

void drill_client_closed(DrillClient *client, uint64_t now_ns) {
    if (client->state != DRILL_CLIENT_DOWN) end_connection(client, now_ns);
}

void drill_client_close(DrillClient *client, DrillClientClose why, uint64_t now_ns) {
    if (client->state == DRILL_CLIENT_DOWN) return;
    end_connection(client, now_ns);
    client->hooks.close(client->hooks.context, why, now_ns);
}

static void send_disconnect(DrillClient *client, uint8_t reason_code, uint64_t now_ns) {
    bool known = drill_reason_name(DRILL_DISCONNECT, DRILL_MQTT_5_0, reason_code) != NULL;
    DrillPacket packet = {
        .type = DRILL_DISCONNECT,
        .as.reason = {.reason_code = known ? reason_code : DRILL_REASON_PROTOCOL_ERROR}};
    drill_client_encode(client, &packet);
    /* Where even these three bytes are too many, the end of the connection must do. */
    if (drill_client_fits(client)) drill_client_send_out(client, now_ns);
}

void drill_client_violation(DrillClient *client, const DrillFault *fault, uint64_t now_ns) {
    if (client->state == DRILL_CLIENT_DOWN) return;
    if (client->hooks.faulted != NULL) client->hooks.faulted(client->hooks.context, fault, now_ns);
    /* Section 4.13: with 5.0 the server is told why. */
    if (client->config.version == DRILL_MQTT_5_0)
        send_disconnect(client, fault->reason_code, now_ns);
    /* [v3:MQTT-4.8.0-1] [v5:MQTT-4.13.2-1] who notices a violation closes the connection. */
    drill_client_close(client, DRILL_CLIENT_CLOSE_PROTOCOL, now_ns);
}

void drill_client_violate(DrillClient *client, const DrillClientRule *rule, uint64_t now_ns) {
    bool v5 = client->config.version == DRILL_MQTT_5_0;
    DrillFault fault = {.reason_code = rule->reason_code,
                        .statement = v5 ? rule->v5 : rule->v3,
                        .text = rule->text};
    drill_client_violation(client, &fault, now_ns);
}

void drill_client_forget_assigned(DrillClient *client) {
    if (client->assigned_id.size > 0)
        drill_release(client->allocator, (void *)(uintptr_t)client->assigned_id.data,
                      client->assigned_id.size);
    client->assigned_id = drill_span(NULL, 0);
}

void drill_client_receive(DrillClient *client, DrillSpan bytes, uint64_t now_ns) {
    client->last_received_ns = now_ns;
    while (client->state != DRILL_CLIENT_DOWN) {
        DrillSpan packet = {NULL, 0};
        DrillFault fault = {0};
        DrillResult result = drill_reader_next(&client->reader, &bytes, &packet, &fault);
        if (result == DRILL_NEED_MORE) return;
        /* [v5:MQTT-3.1.2-24] larger than our Maximum Packet Size: 0x95, said by the reader. */
        if (result == DRILL_TOO_BIG) fault.statement = "v5:MQTT-3.1.2-24";
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
    client->has_session = client->authenticating = client->auth_owed = false;
    drill_client_forget_assigned(client);
    forget_owed(client);
    drill_inflight_release(&client->inflight);
    drill_inflight_init(&client->inflight, client->allocator,
                        client->config.first_packet_identifier);
}

/* No rule asks for it, but who only writes, QoS 0 say, would never learn that nobody is there. */
static uint64_t unheard_due(const DrillClient *client, uint64_t interval_ns) {
    if (DRILL_CLIENT_DEFECT(client, C_PING_SUPPRESSED_BY_WRITES) || client->ping_open)
        return DRILL_NEVER;
    return client->last_received_ns + interval_ns;
}

static uint64_t ping_due(const DrillClient *client) {
    if (!client->config.auto_ping || client->limits.keep_alive_s == 0) return DRILL_NEVER;
    /* [v5:MQTT-3.1.2-30] before CONNACK nothing but AUTH and DISCONNECT, where a method was named.
     */
    if (client->state == DRILL_CLIENT_CONNECTING && client->own.has_method) return DRILL_NEVER;
    uint64_t interval_ns = client->limits.keep_alive_s * DRILL_NS_PER_S;
    if (DRILL_CLIENT_DEFECT(client, C_KEEPALIVE_LATE_OR_EARLY)) interval_ns += interval_ns * 2 / 5;
    /* [v3:MQTT-3.1.2-23] [v5:MQTT-3.1.2-20] never silent for longer than the Keep Alive. */
    uint64_t silent_ns = client->last_sent_ns + interval_ns;
    uint64_t unheard_ns = unheard_due(client, interval_ns);
    return unheard_ns < silent_ns ? unheard_ns : silent_ns;
}

static uint64_t pingresp_due(const DrillClient *client) {
    if (DRILL_CLIENT_DEFECT(client, C_NO_PINGRESP_DEADLINE)) return DRILL_NEVER;
    uint64_t timeout_ns = client->config.pingresp_timeout_ns;
    if (timeout_ns == 0) timeout_ns = client->limits.keep_alive_s * DRILL_NS_PER_S;
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

const DrillClientLimits *drill_client_limits(const DrillClient *client) {
    return client->state == DRILL_CLIENT_UP ? &client->limits : NULL;
}

const DrillFault *drill_client_refusal(const DrillClient *client) {
    return client->refused ? &client->refusal : NULL;
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

uint64_t drill_client_completed_published_ns(const DrillClient *client) {
    return client->completed_published_ns;
}

uint32_t drill_client_pending(const DrillClient *client) {
    return client->inflight.waiting.count + drill_inflight_open(&client->inflight);
}
