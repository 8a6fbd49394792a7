/* The broker's timers: CONNECT, Keep Alive, resending. */
#include "mqtt/broker_state.h"

static uint64_t later(uint64_t from_ns, uint64_t by_ns) {
    return from_ns > DRILL_NEVER - by_ns ? DRILL_NEVER : from_ns + by_ns;
}

/* When the peer's silence ends the connection. */
static uint64_t silence_due(const DrillBrokerConnection *connection) {
    const DrillBroker *broker = connection->broker;
    if (connection->session == NULL)
        return later(connection->opened_ns, broker->config.connect_timeout_ns);
    if (connection->silence_ns == 0) return DRILL_NEVER;
    if (DRILL_BROKER_DEFECT(broker, B_KEEPALIVE_NEVER)) return DRILL_NEVER;
    return later(connection->last_packet_ns, connection->silence_ns);
}

static uint64_t list_due(const DrillBrokerConnection *connection, const DrillExchangeList *list) {
    uint64_t due_ns = DRILL_NEVER;
    for (const DrillExchange *exchange = list->first; exchange != NULL; exchange = exchange->next) {
        uint64_t at_ns =
            drill_exchange_due(exchange, connection->retry_ns, connection->retry_ns_max);
        if (at_ns < due_ns) due_ns = at_ns;
    }
    return due_ns;
}

static uint64_t retry_due(const DrillBrokerConnection *connection) {
    if (connection->retry_ns == 0 || connection->session == NULL) return DRILL_NEVER;
    const DrillInflight *inflight = &connection->session->inflight;
    uint64_t publishing_ns = list_due(connection, &inflight->publishing);
    uint64_t releasing_ns = list_due(connection, &inflight->releasing);
    return publishing_ns < releasing_ns ? publishing_ns : releasing_ns;
}

static void resend_overdue(DrillBrokerConnection *connection, DrillExchangeList *list,
                           uint64_t now_ns) {
    for (DrillExchange *exchange = list->first; exchange != NULL; exchange = exchange->next) {
        if (drill_exchange_due(exchange, connection->retry_ns, connection->retry_ns_max) > now_ns)
            continue;
        exchange->repeats++;
        drill_broker_resend(connection->session, exchange, now_ns);
    }
}

void drill_broker_arm_retry(DrillBrokerConnection *connection, uint64_t now_ns) {
    if (connection->retry_ns == 0) return;
    drill_deadlines_advance(&connection->broker->deadlines, &connection->deadline,
                            later(now_ns, connection->retry_ns));
}

void drill_broker_set_retry(DrillBrokerConnection *connection, uint64_t retry_ns,
                            uint64_t retry_ns_max) {
    /* [v5:MQTT-4.4.0-1] */
    connection->retry_ns = drill_broker_is_5_0(connection) ? 0 : retry_ns;
    connection->retry_ns_max = retry_ns_max;
    drill_broker_arm(connection);
}

void drill_broker_arm(DrillBrokerConnection *connection) {
    uint64_t silence_ns = silence_due(connection);
    uint64_t retry_ns = retry_due(connection);
    drill_deadlines_set(&connection->broker->deadlines, &connection->deadline,
                        silence_ns < retry_ns ? silence_ns : retry_ns);
}

static void close_silent(DrillBrokerConnection *connection, uint64_t now_ns) {
    static const DrillBrokerRule no_connect = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                               "no CONNECT came in time"};
    /* [v3:MQTT-3.1.2-24] [v5:MQTT-3.1.2-22] no Control Packet for one and a half times the Keep
     * Alive. */
    static const DrillBrokerRule silent = {
        "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22", DRILL_REASON_KEEP_ALIVE_TIMEOUT,
        "no packet came for one and a half times the Keep Alive"};
    drill_broker_violation(connection, connection->session == NULL ? &no_connect : &silent, now_ns);
}

/* --- Sessions that are away --- */

void drill_broker_arm_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    session->expires_ns = session->expiry_s == DRILL_SESSION_LASTS
                              ? DRILL_NEVER
                              : later(now_ns, session->expiry_s * DRILL_NS_PER_S);
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_NEVER_EXPIRES)) session->expires_ns = DRILL_NEVER;
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_EXPIRES_EARLY) &&
        session->expiry_s != DRILL_SESSION_LASTS)
        session->expires_ns = later(now_ns, session->expiry_s * (DRILL_NS_PER_S / 2));
    uint64_t due_ns = session->will == NULL ? DRILL_NEVER : session->will_due_ns;
    if (DRILL_BROKER_DEFECT(broker, B_WILL_DELAY_IGNORES_SESSION_END) && session->will != NULL &&
        session->expires_ns < due_ns)
        session->expires_ns = due_ns;
    drill_deadlines_set(&broker->sessions.deadlines, &session->deadline,
                        session->expires_ns < due_ns ? session->expires_ns : due_ns);
}

static void session_due(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    if (session->expires_ns <= now_ns) {
        /* [v5:MQTT-4.1.0-2] */
        drill_broker_end_session(broker, session, now_ns);
        return;
    }
    DrillMessage *will = session->will;
    session->will = NULL;
    drill_deadlines_set(&broker->sessions.deadlines, &session->deadline, session->expires_ns);
    /* [v5:MQTT-3.1.2-8] Will Delay Interval has passed. */
    drill_will_publish(broker, will, now_ns);
}

void drill_broker_sessions_due(DrillBroker *broker, uint64_t now_ns) {
    DrillDeadline *first;
    while ((first = drill_deadlines_first(&broker->sessions.deadlines)) != NULL &&
           first->at_ns <= now_ns)
        session_due(broker, (DrillSession *)first->owner, now_ns);
}

uint64_t drill_broker_expiry(const DrillBroker *broker) {
    const DrillDeadline *first = drill_deadlines_first(&broker->deadlines);
    const DrillDeadline *session = drill_deadlines_first(&broker->sessions.deadlines);
    uint64_t first_ns = first == NULL ? DRILL_NEVER : first->at_ns;
    uint64_t session_ns = session == NULL ? DRILL_NEVER : session->at_ns;
    return first_ns < session_ns ? first_ns : session_ns;
}

void drill_broker_handle_expiry(DrillBroker *broker, uint64_t now_ns) {
    DrillDeadline *first;
    while ((first = drill_deadlines_first(&broker->deadlines)) != NULL && first->at_ns <= now_ns) {
        DrillBrokerConnection *connection = (DrillBrokerConnection *)first->owner;
        if (silence_due(connection) <= now_ns) {
            close_silent(connection, now_ns);
            continue;
        }
        if (connection->retry_ns != 0 && connection->session != NULL) {
            resend_overdue(connection, &connection->session->inflight.releasing, now_ns);
            resend_overdue(connection, &connection->session->inflight.publishing, now_ns);
        }
        drill_broker_arm(connection);
    }
    drill_broker_sessions_due(broker, now_ns);
}
