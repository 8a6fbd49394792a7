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
    connection->retry_ns = retry_ns;
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
    DrillFault no_connect = {.reason_code = 0x82, .text = "no CONNECT came in time"};
    /* [v3:MQTT-3.1.2-24] no Control Packet for one and a half times the Keep Alive. */
    DrillFault silent = {.reason_code = 0x8D,
                         .statement = "v3:MQTT-3.1.2-24",
                         .text = "no packet came for one and a half times the Keep Alive"};
    drill_broker_close(connection, connection->session == NULL ? &no_connect : &silent, now_ns);
}

uint64_t drill_broker_expiry(const DrillBroker *broker) {
    const DrillDeadline *first = drill_deadlines_first(&broker->deadlines);
    return first == NULL ? DRILL_NEVER : first->at_ns;
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
}
