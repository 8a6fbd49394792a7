/* The broker's life: making it, its connections, their ends, its restart. */
#include "mqtt/broker_state.h"

#include "base/arena.h"

#define QUEUE_MESSAGES_DEFAULT     100000u
#define INFLIGHT_DEFAULT           65535u
#define CONNECTIONS_DEFAULT        1000000u
#define CONNECT_TIMEOUT_DEFAULT_NS (30 * DRILL_NS_PER_S)

static void fill_defaults(DrillBrokerConfig *config) {
    if (config->queue_messages_max == 0) config->queue_messages_max = QUEUE_MESSAGES_DEFAULT;
    if (config->inflight_max == 0) config->inflight_max = INFLIGHT_DEFAULT;
    if (config->packet_bytes_max == 0) config->packet_bytes_max = DRILL_PACKET_BYTES_MAX;
    if (config->connections_max == 0) config->connections_max = CONNECTIONS_DEFAULT;
    if (config->connect_timeout_ns == 0) config->connect_timeout_ns = CONNECT_TIMEOUT_DEFAULT_NS;
}

static void set_flaws(DrillBroker *broker) {
    DrillTopicFlaws flaws = {
        .plus_spans_levels = DRILL_BROKER_DEFECT(broker, B_WILDCARD_PLUS_MULTI_LEVEL),
        .hash_misses_parent = DRILL_BROKER_DEFECT(broker, B_HASH_MISSES_PARENT),
        .dollar_is_ordinary = DRILL_BROKER_DEFECT(broker, B_DOLLAR_MATCHED)};
    broker->sessions.filters.flaws = flaws;
}

DrillResult drill_broker_new(const DrillBrokerConfig *config, const DrillBrokerHooks *hooks,
                             DrillAllocator allocator, DrillBroker **out) {
    *out = NULL;
    if (hooks->send == NULL || hooks->close == NULL) return DRILL_INVALID;
    if (config->inflight_max > INFLIGHT_DEFAULT) return DRILL_INVALID;
    DrillBroker *broker = DRILL_NEW(allocator, DrillBroker);
    broker->config = *config;
    fill_defaults(&broker->config);
    broker->hooks = *hooks;
    broker->allocator = allocator;
    broker->out.allocator = allocator;
    broker->codes.allocator = allocator;
    broker->replaced.allocator = allocator;
    broker->deadlines.allocator = allocator;
    broker->next_connection_serial = 1;
    broker->next_message_serial = 1;
    broker->next_match_serial = 1;
    broker->next_assigned_id = 1;
    drill_sessions_init(&broker->sessions, allocator);
    drill_retained_init(&broker->retained, allocator);
    set_flaws(broker);
    *out = broker;
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
    drill_release(broker->allocator, connection, sizeof *connection);
}

void drill_broker_free(DrillBroker *broker) {
    if (broker == NULL) return;
    while (broker->first != NULL) {
        DrillBrokerConnection *connection = broker->first;
        unlink_connection(connection);
        free_connection(connection);
    }
    drill_sessions_release(&broker->sessions);
    drill_retained_release(&broker->retained);
    drill_deadlines_release(&broker->deadlines);
    drill_buffer_release(&broker->out);
    drill_buffer_release(&broker->codes);
    drill_buffer_release(&broker->replaced);
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
    broker->hooks.send(broker->hooks.context, connection->peer, drill_buffer_span(&broker->out),
                       now_ns);
}

void drill_broker_send(DrillBrokerConnection *connection, const DrillPacket *packet,
                       uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    drill_buffer_clear(&broker->out);
    DrillResult result = drill_codec_encode(packet, DRILL_MQTT_3_1_1, &broker->out);
    DRILL_ASSERT(result == DRILL_OK);
    drill_broker_send_out(connection, now_ns);
}

void drill_broker_send_ack(DrillBrokerConnection *connection, DrillPacketType type,
                           uint16_t packet_identifier, uint64_t now_ns) {
    DrillPacket packet = {.type = type, .as.ack = {.packet_identifier = packet_identifier}};
    drill_broker_send(connection, &packet, now_ns);
}

void drill_broker_end_session(DrillBroker *broker, DrillSession *session) {
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_LOST_WITH_SESSION))
        drill_retained_remove_of(&broker->retained, session->serial);
    /* [v3:MQTT-3.1.2-7] Retained Messages are not part of it. */
    drill_sessions_remove(&broker->sessions, session);
}

static void forget_waiting_qos0(DrillInflight *inflight) {
    DrillExchange *exchange = inflight->waiting.first;
    while (exchange != NULL) {
        DrillExchange *next = exchange->next;
        if (exchange->qos == DRILL_QOS_0) drill_inflight_forget(inflight, exchange);
        exchange = next;
    }
}

/* The Session goes on without its connection, or ends with it. */
static void detach_session(DrillBroker *broker, DrillSession *session) {
    session->connection = NULL;
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_NOT_STORED)) session->clean = true;
    if (DRILL_BROKER_DEFECT(broker, B_QOS2_INBOUND_IDS_LOST_ON_RECONNECT))
        drill_inflight_unhold_all(&session->inflight);
    if (DRILL_BROKER_DEFECT(broker, B_DEAD_SOCKET_COUNTS_AS_DELIVERED))
        drill_inflight_forget_list(&session->inflight, &session->inflight.publishing);
    if (!broker->config.queue_qos0_offline) forget_waiting_qos0(&session->inflight);
    /* [v3:MQTT-3.1.2-6] a clean Session lasts as long as its connection; [v3:MQTT-3.1.2-4] the
     * others stay. */
    if (session->clean) drill_broker_end_session(broker, session);
}

/* The broker knows the connection no more. Its will is left for the caller. */
static void forget(DrillBrokerConnection *connection) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = connection->session;
    connection->ended = true;
    connection->session = NULL;
    drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
    unlink_connection(connection);
    if (session != NULL && session->connection == connection) detach_session(broker, session);
}

static void finish(DrillBrokerConnection *connection, uint64_t now_ns) {
    drill_will_publish(connection->broker, drill_will_take(connection), now_ns);
    if (!connection->receiving) free_connection(connection);
}

void drill_broker_close(DrillBrokerConnection *connection, const DrillFault *fault,
                        uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (connection->ended) return;
    forget(connection);
    broker->hooks.close(broker->hooks.context, connection->peer, fault, now_ns);
    finish(connection, now_ns);
}

void drill_broker_violation(DrillBrokerConnection *connection, const char *statement,
                            const char *text, uint64_t now_ns) {
    DrillFault fault = {.reason_code = 0x82, .statement = statement, .text = text};
    drill_broker_close(connection, &fault, now_ns);
}

void drill_broker_closed(DrillBrokerConnection *connection, uint64_t now_ns) {
    if (connection->ended) return;
    forget(connection);
    finish(connection, now_ns);
}

static bool tolerates(const DrillBroker *broker, const DrillFault *fault) {
    static const char *const flag_rules[] = {"v3:MQTT-2.2.2-1",  "v3:MQTT-2.2.2-2",
                                             "v3:MQTT-3.6.1-1",  "v3:MQTT-3.8.1-1",
                                             "v3:MQTT-3.10.1-1", "v3:MQTT-3.14.1-1"};
    if (!DRILL_BROKER_DEFECT(broker, B_FIXED_HEADER_FLAGS_IGNORED)) return false;
    for (size_t i = 0; fault->statement != NULL && i < DRILL_ARRAY_COUNT(flag_rules); i++) {
        if (drill_span_is(drill_span_of(fault->statement), flag_rules[i])) return true;
    }
    return false;
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
            connection->last_packet_ns = now_ns;
            drill_broker_packet(connection, packet, now_ns);
            continue;
        }
        if (tolerates(broker, &fault)) { /* drops what it cannot read and goes on */
            drill_reader_release(&connection->reader);
            drill_reader_init(&connection->reader, broker->allocator, DRILL_MQTT_3_1_1,
                              broker->config.packet_bytes_max);
            break;
        }
        /* [v3:MQTT-4.8.0-1] [v3:MQTT-2.2.2-2] a stream that cannot be read any further is closed.
         */
        drill_broker_close(connection, &fault, now_ns);
    }
    connection->receiving = false;
    if (connection->ended) free_connection(connection);
}

static void restart_sessions(DrillBroker *broker, bool keep) {
    DrillSession *session = broker->sessions.first;
    while (session != NULL) {
        DrillSession *next = session->next;
        if (!keep)
            drill_sessions_remove(&broker->sessions, session);
        else if (session->connection != NULL)
            detach_session(broker, session);
        session = next;
    }
}

void drill_broker_restart(DrillBroker *broker, bool keep_sessions, uint64_t now_ns) {
    /* Wills wait until nobody is connected any more: they then reach the Sessions that were stored.
     */
    size_t will_count = 0, will_capacity = broker->connection_count;
    DrillMessage **wills = will_capacity == 0
                               ? NULL
                               : DRILL_NEW_ARRAY(broker->allocator, DrillMessage *, will_capacity);
    restart_sessions(broker, keep_sessions);
    while (broker->first != NULL) {
        DrillBrokerConnection *connection = broker->first;
        DRILL_ASSERT(!connection->receiving);
        DrillMessage *will = drill_will_take(connection);
        if (will != NULL) wills[will_count++] = will;
        drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
        unlink_connection(connection);
        free_connection(connection);
    }
    if (!keep_sessions) drill_retained_clear(&broker->retained);
    for (size_t i = 0; i < will_count; i++) {
        /* [v3:MQTT-3.1.2-8] a stored will outlives the process; one that was not stored is lost
         * with it. */
        if (keep_sessions)
            drill_will_publish(broker, wills[i], now_ns);
        else
            drill_message_release(wills[i]);
    }
    drill_release(broker->allocator, wills, sizeof *wills * will_capacity);
}
