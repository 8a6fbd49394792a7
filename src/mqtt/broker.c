/* The broker's life: making it, its connections, their ends. */
#include "mqtt/broker_state.h"

#include "base/arena.h"
#include "mqtt/broker_flaws.h"

#define QUEUE_MESSAGES_DEFAULT     100000u
#define INFLIGHT_DEFAULT           65535u
#define CONNECTIONS_DEFAULT        1000000u
#define CONNECT_TIMEOUT_DEFAULT_NS (30 * DRILL_NS_PER_S)

static void fill_defaults(DrillBrokerConfig *config) {
    if (config->queue_messages_max == 0) config->queue_messages_max = QUEUE_MESSAGES_DEFAULT;
    if (config->inflight_max == 0) config->inflight_max = INFLIGHT_DEFAULT;
    if (config->packet_bytes_max == 0) config->packet_bytes_max = DRILL_PACKET_BYTES_MAX;
    if (config->receive_maximum == 0) config->receive_maximum = UINT16_MAX;
    if (config->connections_max == 0) config->connections_max = CONNECTIONS_DEFAULT;
    if (config->connect_timeout_ns == 0) config->connect_timeout_ns = CONNECT_TIMEOUT_DEFAULT_NS;
}

static bool is_possible(const DrillBrokerConfig *config) {
    if (config->inflight_max > INFLIGHT_DEFAULT) return false;
    if (config->limit_publish_qos && config->publish_qos_max > DRILL_QOS_1) return false;
    if (config->limit_granted_qos && config->granted_qos_max > DRILL_QOS_2) return false;
    return config->redirect == 0 || config->redirect == DRILL_REASON_USE_ANOTHER_SERVER ||
           config->redirect == DRILL_REASON_SERVER_MOVED;
}

static void set_flaws(DrillBroker *broker) {
    DrillTopicFlaws flaws = {
        .plus_spans_levels = DRILL_BROKER_DEFECT(broker, B_WILDCARD_PLUS_MULTI_LEVEL),
        .hash_misses_parent = DRILL_BROKER_DEFECT(broker, B_HASH_MISSES_PARENT),
        .dollar_is_ordinary = DRILL_BROKER_DEFECT(broker, B_DOLLAR_MATCHED)};
    broker->sessions.filters.flaws = flaws;
    broker->flawed_properties = drill_flaws_in_properties(broker);
    broker->flawed_codes = drill_flaws_in_codes(broker);
    broker->flawed_bytes = drill_flaws_in_bytes(broker);
}

DrillResult drill_broker_new(const DrillBrokerConfig *config, const DrillBrokerHooks *hooks,
                             DrillAllocator allocator, DrillBroker **out) {
    *out = NULL;
    if (hooks->send == NULL || hooks->close == NULL) return DRILL_INVALID;
    if (!is_possible(config)) return DRILL_INVALID;
    DrillBroker *broker = DRILL_NEW(allocator, DrillBroker);
    broker->config = *config;
    fill_defaults(&broker->config);
    broker->hooks = *hooks;
    broker->allocator = allocator;
    broker->out.allocator = allocator;
    broker->codes.allocator = allocator;
    broker->replaced.allocator = allocator;
    broker->properties.allocator = allocator;
    broker->explained.allocator = allocator;
    broker->identifiers.allocator = allocator;
    broker->flawed.allocator = allocator;
    broker->repaired.allocator = allocator;
    broker->old_aliases.allocator = allocator;
    broker->deadlines.allocator = allocator;
    broker->next_connection_serial = 1;
    broker->next_message_serial = 1;
    broker->next_match_serial = 1;
    broker->next_assigned_id = 1;
    broker->next_authentication = 1;
    broker->next_record = 1;
    drill_sessions_init(&broker->sessions, allocator);
    drill_retained_init(&broker->retained, allocator);
    set_flaws(broker);
    *out = broker;
    return DRILL_OK;
}

DrillResult drill_broker_configure(DrillBroker *broker, const DrillBrokerConfig *config) {
    if (!is_possible(config)) return DRILL_INVALID;
    broker->config = *config;
    fill_defaults(&broker->config);
    set_flaws(broker);
    return DRILL_OK;
}

static void unlink_connection(DrillBrokerConnection *connection) {
    DrillBroker *broker = connection->broker;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        broker->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    else
        broker->last = connection->previous;
    broker->connection_count--;
}

static void free_connection(DrillBrokerConnection *connection) {
    DrillBroker *broker = connection->broker;
    drill_message_release(connection->will);
    drill_reader_release(&connection->reader);
    drill_buffer_release(&connection->user_name);
    drill_aliases_in_release(&connection->aliases_in);
    drill_aliases_out_release(&connection->aliases_out);
    drill_broker_auth_release(connection);
    drill_release(broker->allocator, connection, sizeof *connection);
}

void drill_broker_drop_connection(DrillBrokerConnection *connection) {
    drill_deadlines_set(&connection->broker->deadlines, &connection->deadline, DRILL_NEVER);
    unlink_connection(connection);
    free_connection(connection);
}

void drill_broker_free(DrillBroker *broker) {
    if (broker == NULL) return;
    while (broker->first != NULL)
        drill_broker_drop_connection(broker->first);
    drill_sessions_release(&broker->sessions);
    drill_retained_release(&broker->retained);
    drill_deadlines_release(&broker->deadlines);
    drill_buffer_release(&broker->out);
    drill_buffer_release(&broker->codes);
    drill_buffer_release(&broker->replaced);
    drill_buffer_release(&broker->properties);
    drill_buffer_release(&broker->explained);
    drill_buffer_release(&broker->identifiers);
    drill_buffer_release(&broker->flawed);
    drill_buffer_release(&broker->repaired);
    drill_aliases_in_release(&broker->old_aliases);
    drill_message_release(broker->old_will);
    drill_release(broker->allocator, broker, sizeof *broker);
}

DrillBrokerConnection *drill_broker_accept(DrillBroker *broker, void *peer, uint64_t now_ns) {
    if (broker->connection_count >= broker->config.connections_max) return NULL;
    DrillBrokerConnection *connection = DRILL_NEW(broker->allocator, DrillBrokerConnection);
    connection->broker = broker;
    connection->peer = peer;
    connection->serial = broker->next_connection_serial++;
    connection->opened_ns = now_ns;
    connection->retry_ns = broker->config.retry_ns;
    connection->retry_ns_max = broker->config.retry_ns_max;
    connection->deadline.serial = connection->serial;
    connection->deadline.owner = connection;
    connection->version = DRILL_MQTT_3_1_1;
    connection->user_name.allocator = broker->allocator;
    connection->aliases_in.allocator = broker->allocator;
    connection->aliases_out.allocator = broker->allocator;
    connection->auth.connect.allocator = broker->allocator;
    connection->auth.answer.allocator = broker->allocator;
    drill_reader_init(&connection->reader, broker->allocator, DRILL_MQTT_3_1_1,
                      broker->config.packet_bytes_max);
    connection->previous = broker->last;
    if (broker->last != NULL)
        broker->last->next = connection;
    else
        broker->first = connection;
    broker->last = connection;
    broker->connection_count++;
    drill_broker_arm(connection);
    return connection;
}

void drill_broker_send_out(DrillBrokerConnection *connection, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (broker->flawed_bytes) drill_spoil(connection);
    broker->hooks.send(broker->hooks.context, connection->peer, drill_buffer_span(&broker->out),
                       now_ns);
}

void drill_broker_send(DrillBrokerConnection *connection, const DrillPacket *packet,
                       uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    drill_buffer_clear(&broker->out);
    DrillResult result = drill_codec_encode(packet, connection->version, &broker->out);
    DRILL_ASSERT(result == DRILL_OK);
    drill_broker_send_out(connection, now_ns);
}

void drill_broker_end_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    DrillMessage *will = session->will;
    session->will = NULL;
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_LOST_WITH_SESSION))
        drill_retained_remove_of(&broker->retained, session->serial);
    if (session->shared_count > 0 && !DRILL_BROKER_DEFECT(broker, B_SHARED_DROP_ON_MEMBER_END))
        drill_broker_redispatch(broker, session, true, now_ns);
    /* [v3:MQTT-3.1.2-7] Retained Messages are not part of it. */
    drill_sessions_remove(&broker->sessions, session);
    /* [v5:MQTT-3.1.2-8] a will that has not been sent is sent at the Session's end. */
    drill_will_publish(broker, will, now_ns);
}

static void forget_waiting_qos0(DrillInflight *inflight) {
    DrillExchange *exchange = inflight->waiting.first;
    while (exchange != NULL) {
        DrillExchange *next = exchange->next;
        if (exchange->qos == DRILL_QOS_0) drill_inflight_forget(inflight, exchange);
        exchange = next;
    }
}

void drill_broker_detach_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    drill_session_detach(session);
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_NOT_STORED)) session->expiry_s = 0;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_INBOUND_IDS_LOST_ON_RECONNECT))
        drill_inflight_unhold_all(&session->inflight);
    if (DRILL_BROKER_DEFECT(broker, B_QUOTA_SURVIVES_RECONNECT))
        session->lost_quota += drill_inflight_open(&session->inflight);
    if (DRILL_BROKER_DEFECT(broker, B_DEAD_SOCKET_COUNTS_AS_DELIVERED))
        drill_inflight_forget_list(&session->inflight, &session->inflight.publishing);
    if (!broker->config.queue_qos0_offline) forget_waiting_qos0(&session->inflight);
    /* [v3:MQTT-4.1.0-2] [v5:MQTT-4.1.0-1] Not before the connection does. [v3:MQTT-3.1.2-6] a clean
     * Session lasts as long as its connection; [v3:MQTT-3.1.2-4] the
     * others stay. [v5:MQTT-4.1.0-2] [v5:MQTT-3.1.2-23] Session Expiry Interval 0 or above. */
    if (session->expiry_s == 0) {
        drill_broker_end_session(broker, session, now_ns);
        return;
    }
    bool moves_on =
        broker->config.share_moves_on || DRILL_BROKER_DEFECT(broker, B_SHARED_QOS2_TO_OTHER);
    if (moves_on && session->shared_count > 0)
        drill_broker_redispatch(broker, session, false, now_ns);
    drill_broker_arm_session(broker, session, now_ns);
}

/* The broker knows the connection no more. Its will is left for the caller, unless it waits. */
static void forget(DrillBrokerConnection *connection, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    connection->ended = true;
    connection->session = NULL;
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_KEPT_ACROSS_CONNECTIONS)) {
        DrillAliasesIn newer = connection->aliases_in;
        connection->aliases_in = broker->old_aliases;
        broker->old_aliases = newer;
    }
    drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
    unlink_connection(connection);
    if (session == NULL || session->connection != connection) return;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_OUTLIVES_DISCONNECT))
        drill_flawed_will_back(connection, session);
    drill_will_defer(connection, session, now_ns);
    drill_broker_detach_session(broker, session, now_ns);
}

static void finish(DrillBrokerConnection *connection, uint64_t now_ns) {
    drill_will_publish(connection->broker, drill_will_take(connection), now_ns);
    if (!connection->receiving) free_connection(connection);
}

static void end(DrillBrokerConnection *connection, const DrillFault *fault, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    forget(connection, now_ns);
    broker->hooks.close(broker->hooks.context, connection->peer, fault, now_ns);
    finish(connection, now_ns);
}

void drill_broker_close(DrillBrokerConnection *connection, const DrillFault *fault,
                        uint64_t now_ns) {
    if (connection->ended) return;
    /* [v5:MQTT-4.13.1-1] */
    if (fault != NULL) drill_broker_tell(connection, fault->reason_code, fault->text, now_ns);
    if (DRILL_BROKER_DEFECT(connection->broker, B_DISCONNECT_KEEPS_OPEN) && connection->told &&
        connection->session != NULL) {
        connection->kept_open = true;
        drill_deadlines_set(&connection->broker->deadlines, &connection->deadline, DRILL_NEVER);
        return;
    }
    end(connection, fault, now_ns);
}

void drill_broker_violation(DrillBrokerConnection *connection, const DrillBrokerRule *rule,
                            uint64_t now_ns) {
    DrillFault fault = {.reason_code = rule->reason_code,
                        .statement = drill_broker_is_5_0(connection) ? rule->v5 : rule->v3,
                        .text = rule->text};
    drill_broker_close(connection, &fault, now_ns);
}

void drill_broker_dismiss(DrillBrokerConnection *connection, uint8_t reason_code, const char *text,
                          uint64_t now_ns) {
    if (connection->ended) return;
    bool silent = DRILL_BROKER_DEFECT(connection->broker, B_TAKEOVER_WITHOUT_DISCONNECT) &&
                  reason_code == DRILL_REASON_SESSION_TAKEN_OVER;
    if (!silent) drill_broker_tell(connection, reason_code, text, now_ns);
    end(connection, NULL, now_ns);
}

void drill_broker_closed(DrillBrokerConnection *connection, uint64_t now_ns) {
    if (connection->ended) return;
    forget(connection, now_ns);
    finish(connection, now_ns);
}

void drill_broker_shutdown(DrillBroker *broker, uint8_t reason_code, uint64_t now_ns) {
    while (broker->first != NULL) {
        DRILL_ASSERT(!broker->first->receiving);
        drill_broker_dismiss(broker->first, reason_code, NULL, now_ns);
    }
}

static bool tolerates(DrillBroker *broker, DrillSpan bytes, const DrillFault *fault) {
    if (DRILL_BROKER_DEFECT(broker, B_RESERVED_TYPE_IGNORED) && fault->statement == NULL &&
        fault->offset == 0)
        return true;
    return drill_flaws_tolerate(broker, &bytes, fault) != DRILL_TOLERATE_NOT;
}

void drill_broker_receive(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DRILL_ASSERT(!connection->receiving && !connection->ended);
    connection->receiving = true;
    while (!connection->ended) {
        DrillSpan packet = {NULL, 0};
        DrillFault fault = {0};
        DrillResult result = drill_reader_next(&connection->reader, &bytes, &packet, &fault);
        if (result == DRILL_NEED_MORE) break;
        if (result == DRILL_OK) {
            bool counts = !DRILL_BROKER_DEFECT(broker, B_KEEPALIVE_ONLY_PINGREQ) ||
                          packet.data[0] >> 4 == DRILL_PINGREQ || connection->session == NULL;
            if (counts) connection->last_packet_ns = now_ns;
            bool early = connection->session != NULL && connection->admitted_ns == now_ns;
            if (early && DRILL_BROKER_DEFECT(broker, B_EARLY_PACKETS_LOST)) continue;
            drill_broker_packet(connection, packet, now_ns);
            continue;
        }
        if (tolerates(broker, packet, &fault)) { /* drops what it cannot read and goes on */
            size_t bytes_max = connection->reader.max_bytes;
            drill_reader_release(&connection->reader);
            drill_reader_init(&connection->reader, broker->allocator, connection->version,
                              bytes_max);
            break;
        }
        /* [v3:MQTT-4.8.0-1] [v3:MQTT-2.2.2-2] a stream that cannot be read any further is closed.
         */
        drill_broker_close(connection, &fault, now_ns);
        if (connection->kept_open) break;
    }
    connection->receiving = false;
    if (connection->ended) free_connection(connection);
}
