/* CONNECT: who may come in, and which Session is theirs. */
#include "mqtt/broker_state.h"

#include "base/arena.h"

enum { ACCEPTED = 0, UNACCEPTABLE_PROTOCOL_LEVEL = 1, IDENTIFIER_REJECTED = 2 };

static void send_connack(DrillBrokerConnection *connection, bool session_present, uint8_t code,
                         uint64_t now_ns) {
    DrillPacket packet = {.type = DRILL_CONNACK,
                          .as.connack = {.session_present = session_present, .code = code}};
    drill_broker_send(connection, &packet, now_ns);
}

static void refuse(DrillBrokerConnection *connection, uint8_t code, const DrillFault *fault,
                   uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    drill_will_forget(connection);
    /* [v3:MQTT-3.2.2-4] Session Present 0. */
    send_connack(connection, false, code, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_REFUSED_KEPT_OPEN)) {
        drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
        return;
    }
    /* [v3:MQTT-3.2.2-5] [v3:MQTT-3.1.4-5] nothing else from this client is acted on. */
    drill_broker_close(connection, fault, now_ns);
}

/* Protocol name and level of a whole CONNECT, read before anything that depends on the version. */
static bool peek_level(DrillSpan bytes, uint8_t *level) {
    size_t at = 1;
    while (at < bytes.size && (bytes.data[at] & 0x80) != 0)
        at++; /* Remaining Length */
    at++;
    if (at + 2 > bytes.size) return false;
    size_t name_size = (size_t)bytes.data[at] << 8 | bytes.data[at + 1];
    at += 2;
    if (at + name_size + 1 > bytes.size) return false;
    DrillSpan name = drill_span(bytes.data + at, name_size);
    *level = bytes.data[at + name_size];
    return drill_span_is(name, "MQTT") ||
           (drill_span_is(name, "MQIsdp") && *level == DRILL_MQTT_3_1);
}

/* True: the level is not ours, and the client has been told. */
static bool refuse_level(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    uint8_t level = 0;
    if (!peek_level(bytes, &level) || level == DRILL_MQTT_3_1_1) return false;
    /* [v3:MQTT-3.1.2-2] CONNACK 0x01, then the end. */
    DrillFault fault = {.reason_code = 0x84,
                        .statement = "v3:MQTT-3.1.2-2",
                        .text = "a protocol level other than 4"};
    uint8_t code = UNACCEPTABLE_PROTOCOL_LEVEL;
    if (DRILL_BROKER_DEFECT(connection->broker, B_LEVEL_WRONG_CODE)) code = IDENTIFIER_REJECTED;
    refuse(connection, code, &fault, now_ns);
    return true;
}

/* True: the Client Identifier is empty and will not do. */
static bool refuse_identifier(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                              uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (connect->client_id.size > 0) return false;
    if (connect->clean && !broker->config.refuse_empty_client_id) return false;
    if (DRILL_BROKER_DEFECT(broker, B_EMPTY_ID_ACCEPTED)) return false;
    /* [v3:MQTT-3.1.3-8] [v3:MQTT-3.1.3-9] CONNACK 0x02, then the end. */
    DrillFault fault = {.reason_code = 0x85,
                        .statement = connect->clean ? NULL : "v3:MQTT-3.1.3-8",
                        .text = "an empty Client Identifier"};
    refuse(connection, IDENTIFIER_REJECTED, &fault, now_ns);
    return true;
}

/* [v3:MQTT-3.1.3-6] an empty ClientId gets one that nobody has. Into broker->codes. */
static DrillSpan assign_identifier(DrillBroker *broker) {
    DrillSpan client_id;
    do {
        drill_buffer_clear(&broker->codes);
        drill_buffer_print(&broker->codes, "auto-%llu",
                           (unsigned long long)broker->next_assigned_id++);
        client_id = drill_buffer_span(&broker->codes);
    } while (drill_sessions_find(&broker->sessions, client_id) != NULL);
    return client_id;
}

/* [v3:MQTT-3.1.4-2] the connection that has this Session ends. The Session may end with it. */
static void take_over(DrillBrokerConnection *connection, DrillSession *session, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillBrokerConnection *old = session->connection;
    if (DRILL_BROKER_DEFECT(broker, B_TWO_LIVE_CONNECTIONS)) {
        drill_sessions_disown(&broker->sessions, session);
        session->clean = true;
        return;
    }
    if (DRILL_BROKER_DEFECT(broker, B_TAKEOVER_LOSES_CONCURRENT_MESSAGE)) {
        DrillExchangeList *list = session->inflight.waiting.last != NULL
                                      ? &session->inflight.waiting
                                      : &session->inflight.publishing;
        if (list->last != NULL) drill_inflight_forget(&session->inflight, list->last);
    }
    if (DRILL_BROKER_DEFECT(broker, B_WILL_WRONG_CONNECTION)) {
        drill_will_forget(old);
        old->will = drill_will_take(connection);
    }
    drill_broker_close(old, NULL, now_ns);
}

/* The Session that this CONNECT gets. */
static DrillSession *adopt_session(DrillBrokerConnection *connection,
                                   const DrillConnectPacket *connect, bool *present,
                                   uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSpan client_id =
        connect->client_id.size > 0 ? connect->client_id : assign_identifier(broker);
    DrillSession *session = drill_sessions_find(&broker->sessions, client_id);
    if (session != NULL && session->connection != NULL) {
        take_over(connection, session, now_ns);
        if (connect->client_id.size == 0) client_id = assign_identifier(broker);
        session = drill_sessions_find(&broker->sessions, client_id);
    }
    /* [v3:MQTT-3.1.2-6] [v3:MQTT-3.1.4-3] CleanSession 1: what was stored goes. */
    if (session != NULL && connect->clean && !DRILL_BROKER_DEFECT(broker, B_CLEAN_SESSION_KEPT)) {
        drill_broker_end_session(broker, session);
        session = NULL;
    }
    /* [v3:MQTT-3.1.2-4] CleanSession 0: it goes on, or begins. */
    *present = session != NULL && !connect->clean;
    if (session == NULL)
        session = drill_sessions_add(&broker->sessions, client_id,
                                     broker->config.first_packet_identifier);
    session->clean = connect->clean;
    session->connection = connection;
    drill_inflight_connected(&session->inflight, broker->config.inflight_max);
    return session;
}

static void replay_all(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    const DrillSubscription *subscription = session->first_subscription;
    for (; subscription != NULL; subscription = subscription->next_of_session) {
        drill_broker_replay(broker, subscription, now_ns);
    }
}

static void accept(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                   uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    bool present = false;
    drill_will_keep(connection, connect, now_ns);
    connection->session = adopt_session(connection, connect, &present, now_ns);
    /* [v3:MQTT-3.1.2-24] one and a half times the Keep Alive; 0 turns it off. */
    connection->silence_ns = connect->keep_alive_s * (3 * DRILL_NS_PER_S / 2);
    drill_broker_arm(connection);
    bool claimed = present;
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_PRESENT_ALWAYS)) claimed = true;
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_PRESENT_NEVER)) claimed = false;
    /* [v3:MQTT-3.2.2-1] [v3:MQTT-3.2.2-2] [v3:MQTT-3.2.2-3] Session Present; [v3:MQTT-3.1.4-4]
     * [v3:MQTT-3.2.0-1] first of all. */
    send_connack(connection, claimed, ACCEPTED, now_ns);
    drill_broker_resume(connection->session, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_ON_RESUME_WITHOUT_SUBSCRIBE))
        replay_all(broker, connection->session, now_ns);
}

void drill_broker_connect(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (refuse_level(connection, bytes, now_ns)) return;
    DrillPacket packet = {0};
    DrillFault fault = {0};
    if (drill_codec_decode(bytes, DRILL_MQTT_3_1_1, &packet, &fault) != DRILL_OK) {
        /* [v3:MQTT-3.1.4-1] [v3:MQTT-3.1.2-1] no CONNACK for what is not a CONNECT of this version.
         */
        drill_broker_close(connection, &fault, now_ns);
        return;
    }
    const DrillConnectPacket *connect = &packet.as.connect;
    if (refuse_identifier(connection, connect, now_ns)) return;
    uint8_t code = broker->config.check_password == NULL
                       ? ACCEPTED
                       : broker->config.check_password(broker->hooks.context, connect);
    if (code != ACCEPTED) {
        DrillFault refused = {.reason_code = 0x87, .text = "the credentials were refused"};
        refuse(connection, code, &refused, now_ns);
        return;
    }
    accept(connection, connect, now_ns);
}
