/* CONNECT: who may come in, and which Session is theirs. */
#include "mqtt/broker_state.h"

#include "base/arena.h"
#include "mqtt/broker_flaws.h"
#include "mqtt/topic.h"

#define CLIENT_ID_3_1_BYTES_MAX    23
#define DEFECT_CLIENT_ID_BYTES_MAX 20
#define DEFECT_CLIENT_ID_CUT       23
#define DEFECT_SESSION_EXPIRY_S    10
#define DEFECT_ALIAS_MAXIMUM       10
#define DEFECT_RETRY_NS            (3 * DRILL_NS_PER_S)

/* Defects: who was refused is not closed. */
static bool stays(const DrillBrokerConnection *connection, const DrillFault *fault) {
    const DrillBroker *broker = connection->broker;
    return DRILL_BROKER_DEFECT(broker, B_REFUSED_KEPT_OPEN) ||
           DRILL_BROKER_DEFECT(broker, B_REFUSED_SERVED) ||
           (DRILL_BROKER_DEFECT(broker, B_AUTH_FAILED_KEPT_OPEN) &&
            connection->auth.method != NULL) ||
           (DRILL_BROKER_DEFECT(broker, B_BAD_ID_KEPT_OPEN) &&
            fault->reason_code == DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID);
}

void drill_broker_refuse(DrillBrokerConnection *connection, uint8_t code, const DrillFault *fault,
                         uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    drill_will_forget(connection);
    if (drill_broker_is_5_0(connection)) {
        drill_broker_tell(connection, code, fault->text, now_ns);
    } else {
        /* [v3:MQTT-3.2.2-4] Session Present 0. */
        DrillPacket packet = {.type = DRILL_CONNACK, .as.connack = {.code = code}};
        if (broker->flawed_codes) drill_flawed_code(broker, connection->version, &packet);
        drill_buffer_clear(&broker->out);
        DrillResult result = drill_codec_encode(&packet, connection->version, &broker->out);
        DRILL_ASSERT(result == DRILL_OK);
        if (DRILL_BROKER_DEFECT(broker, B_REFUSAL_SESSION_PRESENT)) broker->out.data[2] = 1;
        drill_broker_send_out(connection, now_ns);
    }
    connection->told = true;
    if (stays(connection, fault)) {
        drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
        return;
    }
    /* [v3:MQTT-3.2.2-5] [v3:MQTT-3.1.4-5] [v5:MQTT-3.2.2-7] [v5:MQTT-3.1.4-6] nothing else from
     * this client is acted on. */
    drill_broker_close(connection, fault, now_ns);
}

/* A CONNECT that is understood and not wanted. */
static void turn_away(DrillBrokerConnection *connection, const DrillBrokerRule *rule,
                      uint64_t now_ns) {
    bool v5 = drill_broker_is_5_0(connection);
    DrillFault fault = {.reason_code = rule->reason_code,
                        .statement = v5 ? rule->v5 : rule->v3,
                        .text = rule->text};
    uint8_t code = v5 ? rule->reason_code : drill_broker_return_code(rule->reason_code);
    drill_broker_refuse(connection, code, &fault, now_ns);
}

static bool is_welcome(const DrillBroker *broker, uint8_t level) {
    return level >= DRILL_MQTT_3_1 && level <= DRILL_MQTT_5_0 &&
           (broker->config.refuse_versions >> level & 1u) == 0;
}

/* True: the level is not ours, and the client has been told. */
static bool refuse_level(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    const DrillBroker *broker = connection->broker;
    uint8_t level = 0;
    bool named = drill_codec_connect_level(bytes, &level);
    if (named && is_welcome(broker, level)) {
        connection->version = (DrillVersion)level;
        connection->reader.version = connection->version;
        return false;
    }
    if (!named) return false;
    /* [v3:MQTT-3.1.2-2] [v5:MQTT-3.1.2-2] CONNACK 0x01, as 3.1.1 says it, then the end. */
    DrillFault fault = {.reason_code = DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION,
                        .statement = "v3:MQTT-3.1.2-2",
                        .text = "a protocol level other than 4"};
    uint8_t code = DRILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION;
    if (DRILL_BROKER_DEFECT(broker, B_LEVEL_WRONG_CODE)) code = DRILL_RETURN_IDENTIFIER_REJECTED;
    drill_broker_refuse(connection, code, &fault, now_ns);
    return true;
}

/* True: the Client Identifier will not do. */
static bool refuse_identifier(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                              uint64_t now_ns) {
    /* [v3:MQTT-3.1.3-8] [v3:MQTT-3.1.3-9] [v5:MQTT-3.1.3-8] CONNACK 0x02 or 0x85, then the end. */
    static const DrillBrokerRule empty = {"v3:MQTT-3.1.3-8", NULL,
                                          DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID,
                                          "an empty Client Identifier"};
    static const DrillBrokerRule unwanted = {NULL, NULL, DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID,
                                             "an empty Client Identifier"};
    static const DrillBrokerRule size = {NULL, NULL, DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID,
                                         "a Client Identifier of 3.1 has 1 to 23 characters"};
    DrillBroker *broker = connection->broker;
    const DrillBrokerRule *rule = &unwanted;
    if (connection->version == DRILL_MQTT_3_1) {
        size_t bytes = connect->client_id.size;
        if (bytes > 0 && bytes <= CLIENT_ID_3_1_BYTES_MAX) return false;
        rule = &size;
    } else {
        /* [v3:MQTT-3.1.3-5] [v5:MQTT-3.1.3-5] any that is not empty will do. */
        bool excused = connect->clean || drill_broker_is_5_0(connection);
        bool too_long = connect->client_id.size > DEFECT_CLIENT_ID_BYTES_MAX;
        bool refused = DRILL_BROKER_DEFECT(broker, B_SIMPLE_ID_REFUSED) && too_long;
        if (DRILL_BROKER_DEFECT(broker, B_LONG_ID_UNANSWERED) && too_long) {
            drill_deadlines_set(&broker->deadlines, &connection->deadline, DRILL_NEVER);
            return true;
        }
        if (connect->client_id.size > 0 && !refused) return false;
        if (excused && !refused && !broker->config.refuse_empty_client_id) return false;
        if (DRILL_BROKER_DEFECT(broker, B_EMPTY_ID_ACCEPTED)) return false;
        if (!connect->clean) rule = &empty;
    }
    turn_away(connection, rule, now_ns);
    return true;
}

/* Why the Will Topic is none for this client and broker; NULL: it is one. */
static const DrillBrokerRule *will_topic_refusal(const DrillBroker *broker,
                                                 const DrillConnectPacket *connect) {
    static const DrillBrokerRule barred = {NULL, NULL, DRILL_REASON_NOT_AUTHORIZED,
                                           "the Will Topic is not allowed"};
    static const DrillBrokerRule deep = {NULL, NULL, DRILL_REASON_TOPIC_NAME_INVALID,
                                         "the Will Topic has too many levels"};
    uint32_t levels_max = broker->config.topic_levels_max;
    if (!connect->has_will) return NULL;
    if (!drill_broker_may_publish(broker, connect->username, connect->client_id,
                                  connect->will_topic))
        return &barred;
    return levels_max != 0 && drill_topic_level_count(connect->will_topic) > levels_max ? &deep
                                                                                        : NULL;
}

/* True: something that this broker does not do is asked for, or it serves nobody. */
static bool refuse_service(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                           DrillSpan bytes, uint64_t now_ns) {
    /* [v5:MQTT-3.2.2-12] */
    static const DrillBrokerRule qos = {NULL, "v5:MQTT-3.2.2-12", DRILL_REASON_QOS_NOT_SUPPORTED,
                                        "the Will QoS is above the Maximum QoS"};
    /* [v5:MQTT-3.2.2-13] */
    static const DrillBrokerRule retain = {NULL, "v5:MQTT-3.2.2-13",
                                           DRILL_REASON_RETAIN_NOT_SUPPORTED,
                                           "Will Retain, but no message is retained here"};
    static const DrillBrokerRule large = {NULL, NULL, DRILL_REASON_PACKET_TOO_LARGE,
                                          "the CONNECT is larger than the Maximum Packet Size"};
    static const DrillBrokerRule moved = {NULL, NULL, DRILL_REASON_SERVER_UNAVAILABLE,
                                          "this server does not serve any more"};
    const DrillBroker *broker = connection->broker;
    const DrillBrokerConfig *config = &broker->config;
    const DrillBrokerRule *rule = will_topic_refusal(broker, connect);
    DrillBrokerRule redirect = moved;
    if (config->redirect != 0) {
        if (drill_broker_is_5_0(connection)) redirect.reason_code = config->redirect;
        rule = &redirect;
    } else if (rule != NULL || !drill_broker_is_5_0(connection)) {
        /* 3.1.1 has no limits to ask for. */
    } else if (config->maximum_packet_size != 0 && bytes.size > config->maximum_packet_size) {
        rule = &large;
    } else if (config->limit_publish_qos && connect->will_qos > config->publish_qos_max &&
               !DRILL_BROKER_DEFECT(broker, B_WILL_QOS_UNCHECKED)) {
        rule = &qos;
    } else if (config->no_retain && connect->will_retain &&
               !DRILL_BROKER_DEFECT(broker, B_WILL_RETAIN_UNCHECKED)) {
        rule = &retain;
    }
    if (rule == NULL) return false;
    turn_away(connection, rule, now_ns);
    return true;
}

/* [v3:MQTT-3.1.3-6] [v5:MQTT-3.1.3-6] [v5:MQTT-3.2.2-16] an empty ClientId gets one that nobody
 * has. Into broker->codes. */
static DrillSpan assign_identifier(DrillBroker *broker) {
    DrillSpan client_id;
    do {
        drill_buffer_clear(&broker->codes);
        drill_buffer_print(&broker->codes, "auto-%llu",
                           (unsigned long long)broker->next_assigned_id++);
        client_id = drill_buffer_span(&broker->codes);
        if (DRILL_BROKER_DEFECT(broker, B_ASSIGNED_ID_DUPLICATE)) return drill_span_of("auto");
    } while (drill_sessions_find(&broker->sessions, client_id) != NULL);
    return client_id;
}

/* [v3:MQTT-3.1.4-2] [v5:MQTT-3.1.4-3] the connection that has this Session ends, 5.0 clients with
 * DISCONNECT 0x8E. The Session may end with it. */
static void take_over(DrillBrokerConnection *connection, DrillSession *session, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillBrokerConnection *old = session->connection;
    if (DRILL_BROKER_DEFECT(broker, B_TWO_LIVE_CONNECTIONS)) {
        drill_sessions_disown(&broker->sessions, session);
        session->expiry_s = 0;
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
    if (DRILL_BROKER_DEFECT(broker, B_WILL_NOT_ON_TAKEOVER)) drill_will_forget(old);
    drill_broker_dismiss(old, DRILL_REASON_SESSION_TAKEN_OVER, NULL, now_ns);
}

/* The Session that this CONNECT gets. *present: it was there. */
static DrillSession *adopt_session(DrillBrokerConnection *connection,
                                   const DrillConnectPacket *connect, DrillSpan client_id,
                                   bool *present, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    DrillSession *session = drill_sessions_find(&broker->sessions, client_id);
    if (session != NULL && session->connection != NULL) {
        take_over(connection, session, now_ns);
        if (connect->client_id.size == 0) client_id = assign_identifier(broker);
        session = drill_sessions_find(&broker->sessions, client_id);
    }
    /* [v3:MQTT-3.1.2-6] [v3:MQTT-3.1.4-3] CleanSession 1: what was stored goes. [v5:MQTT-3.1.2-4]
     * [v5:MQTT-3.1.4-4] so with Clean Start 1. */
    if (session != NULL && connect->clean && !DRILL_BROKER_DEFECT(broker, B_CLEAN_SESSION_KEPT)) {
        drill_broker_end_session(broker, session, now_ns);
        session = NULL;
    }
    /* [v3:MQTT-3.1.2-4] CleanSession 0, [v5:MQTT-3.1.2-5] [v5:MQTT-3.1.2-6] Clean Start 0: it goes
     * on, or begins. */
    *present = session != NULL && !connect->clean;
    if (session == NULL) {
        session = drill_sessions_add(&broker->sessions, client_id,
                                     broker->config.first_packet_identifier);
        session->record = broker->next_record++;
    }
    if (DRILL_BROKER_DEFECT(broker, B_PENDING_WILL_BREAKS_SESSION) && session->will != NULL) {
        while (session->first_subscription != NULL)
            drill_session_unsubscribe(&broker->sessions, session->first_subscription);
    }
    if (DRILL_BROKER_DEFECT(broker, B_WILL_DELAY_NOT_CANCELLED)) {
        DrillMessage *will = session->will;
        session->will = NULL;
        drill_will_publish(broker, will, now_ns);
    }
    drill_will_cancel(session);
    drill_session_attach(session, connection);
    drill_deadlines_set(&broker->sessions.deadlines, &session->deadline, DRILL_NEVER);
    return session;
}

static void replay_all(DrillBroker *broker, DrillSession *session, uint64_t now_ns) {
    const DrillSubscription *subscription = session->first_subscription;
    for (; subscription != NULL; subscription = subscription->next_of_session) {
        drill_broker_replay(broker, subscription, now_ns);
    }
}

/* What the properties of a 5.0 CONNECT ask for; the defaults of the standard. */
typedef struct Wishes {
    uint32_t expiry_s;
    uint16_t receive_maximum;
    uint16_t topic_alias_maximum;
    uint32_t packet_bytes_max;
    bool problem_information;
    bool response_information;
} Wishes;

static Wishes read_wishes(const DrillConnectPacket *connect) {
    Wishes wishes = {.receive_maximum = UINT16_MAX, .problem_information = true};
    size_t offset = 0;
    DrillProperty property;
    while (drill_properties_next(connect->properties, &offset, &property)) {
        if (property.id == DRILL_SESSION_EXPIRY_INTERVAL) wishes.expiry_s = property.number;
        if (property.id == DRILL_RECEIVE_MAXIMUM)
            wishes.receive_maximum = (uint16_t)property.number;
        if (property.id == DRILL_TOPIC_ALIAS_MAXIMUM)
            wishes.topic_alias_maximum = (uint16_t)property.number;
        if (property.id == DRILL_MAXIMUM_PACKET_SIZE) wishes.packet_bytes_max = property.number;
        if (property.id == DRILL_REQUEST_PROBLEM_INFORMATION)
            wishes.problem_information = property.number != 0;
        if (property.id == DRILL_REQUEST_RESPONSE_INFORMATION)
            wishes.response_information = property.number != 0;
    }
    return wishes;
}

/* Defects: what the two sides have agreed on is not kept. */
static void set_flawed_limits(DrillBrokerConnection *connection, const Wishes *wishes) {
    const DrillBroker *broker = connection->broker;
    const DrillBrokerConfig *config = &broker->config;
    uint16_t maximum = wishes->topic_alias_maximum;
    if (DRILL_BROKER_DEFECT(broker, B_TIMER_RESEND)) connection->retry_ns = DEFECT_RETRY_NS;
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_MAXIMUM_OFF_BY_ONE) && config->topic_alias_maximum > 0)
        connection->aliases_in.max = (uint16_t)(config->topic_alias_maximum - 1);
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_ABOVE_MAXIMUM) && maximum > 0)
        drill_aliases_out_reset(&connection->aliases_out, DRILL_ALIASES_RECENT,
                                (uint16_t)(maximum + 1));
    if (DRILL_BROKER_DEFECT(broker, B_ALIAS_WITHOUT_PERMISSION) && maximum == 0)
        drill_aliases_out_reset(&connection->aliases_out, DRILL_ALIASES_FIRST,
                                DEFECT_ALIAS_MAXIMUM);
    bool aliases = DRILL_BROKER_DEFECT(broker, B_ALIAS_BEFORE_TOPIC) ||
                   DRILL_BROKER_DEFECT(broker, B_ALIAS_ZERO);
    if (aliases) drill_aliases_out_reset(&connection->aliases_out, DRILL_ALIASES_RECENT, maximum);
}

/* The limits that hold on this connection, from both sides. */
static void set_limits(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                       const Wishes *wishes) {
    const DrillBrokerConfig *config = &connection->broker->config;
    uint16_t keep_alive_s = connect->keep_alive_s;
    if (drill_broker_is_5_0(connection)) {
        connection->retry_ns = 0; /* [v5:MQTT-4.4.0-1] nothing is sent again but on resumption */
        if (config->maximum_packet_size != 0 &&
            config->maximum_packet_size < connection->reader.max_bytes &&
            !DRILL_BROKER_DEFECT(connection->broker, B_PACKET_SIZE_NOT_ENFORCED))
            connection->reader.max_bytes = config->maximum_packet_size;
        drill_aliases_in_reset(&connection->aliases_in, config->topic_alias_maximum);
        connection->announced = (DrillAnnounced){.limit_qos = config->limit_publish_qos,
                                                 .no_retain = config->no_retain,
                                                 .no_wildcards = config->no_wildcards,
                                                 .no_subscription_ids = config->no_subscription_ids,
                                                 .no_shared = config->no_shared,
                                                 .qos_max = config->publish_qos_max,
                                                 .receive_maximum = config->receive_maximum};
        /* [v5:MQTT-3.1.2-27] none if the client has said nothing. */
        drill_aliases_out_reset(&connection->aliases_out, (DrillAliasPolicy)config->topic_aliases,
                                wishes->topic_alias_maximum);
        if (config->has_server_keep_alive) keep_alive_s = config->server_keep_alive_s;
        set_flawed_limits(connection, wishes);
        if (DRILL_BROKER_DEFECT(connection->broker, B_SERVER_KEEPALIVE_NOT_ENFORCED))
            keep_alive_s = connect->keep_alive_s;
    }
    /* [v3:MQTT-3.1.2-24] [v5:MQTT-3.1.2-22] [v5:MQTT-3.2.2-22] one and a half times the Keep Alive;
     * 0 turns it off. */
    connection->silence_ns = keep_alive_s * (3 * DRILL_NS_PER_S / 2);
    if (DRILL_BROKER_DEFECT(connection->broker, B_KEEPALIVE_1X))
        connection->silence_ns = keep_alive_s * DRILL_NS_PER_S;
    if (DRILL_BROKER_DEFECT(connection->broker, B_KEEPALIVE_OVERRIDE_SILENT))
        connection->silence_ns *= 2;
}

_Static_assert((int)DRILL_TOPIC_ALIASES_FIRST == (int)DRILL_ALIASES_FIRST &&
                   (int)DRILL_TOPIC_ALIASES_RECENT == (int)DRILL_ALIASES_RECENT,
               "one policy under two names");

/* How long the Session outlives its connection. */
static uint32_t session_expiry(const DrillBrokerConnection *connection,
                               const DrillConnectPacket *connect, const Wishes *wishes) {
    const DrillBrokerConfig *config = &connection->broker->config;
    if (!drill_broker_is_5_0(connection)) return connect->clean ? 0 : DRILL_SESSION_LASTS;
    if (config->limit_session_expiry && wishes->expiry_s > config->session_expiry_max_s)
        return config->session_expiry_max_s;
    if (DRILL_BROKER_DEFECT(connection->broker, B_SEI_OVERRIDE_SILENT) &&
        wishes->expiry_s > DEFECT_SESSION_EXPIRY_S)
        return DEFECT_SESSION_EXPIRY_S;
    return wishes->expiry_s;
}

static uint32_t send_quota(const DrillBroker *broker, const Wishes *wishes) {
    /* [v5:MQTT-4.9.0-1] [v5:MQTT-3.3.4-9] the client's Receive Maximum, or our own limit. */
    uint32_t own = broker->config.inflight_max;
    if (DRILL_BROKER_DEFECT(broker, B_RECVMAX_IGNORED)) return own;
    return wishes->receive_maximum < own ? wishes->receive_maximum : own;
}

void drill_broker_admit(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                        uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    bool present = false;
    Wishes wishes = read_wishes(connect);
    DRILL_ASSERT(!connection->ended);
    /* Timers may be late where the process was stopped. */
    drill_broker_sessions_due(broker, now_ns);
    bool nameless = connect->client_id.size == 0;
    DrillSpan client_id = nameless ? assign_identifier(broker) : connect->client_id;
    if (DRILL_BROKER_DEFECT(broker, B_CLIENT_ID_CUT) && client_id.size > DEFECT_CLIENT_ID_CUT)
        client_id.size = DEFECT_CLIENT_ID_CUT;
    DrillConnackFacts facts = {.expiry_s = session_expiry(connection, connect, &wishes),
                               .wanted_expiry_s = wishes.expiry_s,
                               .wants_response_information = wishes.response_information};
    if (nameless && !DRILL_BROKER_DEFECT(broker, B_ASSIGNED_ID_MISSING))
        facts.assigned_id = client_id;
    /* Who cannot be told so is not let in: no Session is touched, and no will kept. */
    if (!drill_broker_connack_fits(connection, &facts)) {
        drill_broker_give_up(connection, DRILL_CONNACK, now_ns);
        return;
    }
    drill_buffer_clear(&connection->user_name);
    drill_buffer_put(&connection->user_name, connect->username.data, connect->username.size);
    drill_will_keep(connection, connect, now_ns);
    DrillSession *session = adopt_session(connection, connect, client_id, &present, now_ns);
    connection->session = session;
    connection->connect_expiry_s = wishes.expiry_s;
    session->expiry_s = facts.expiry_s;
    if (connection->will != NULL) connection->will->origin = session->serial;
    connection->admitted_ns = now_ns;
    set_limits(connection, connect, &wishes);
    drill_inflight_connected(&session->inflight, send_quota(broker, &wishes));
    if (!DRILL_BROKER_DEFECT(broker, B_QUOTA_SURVIVES_RECONNECT)) session->lost_quota = 0;
    if (DRILL_BROKER_DEFECT(broker, B_BACKLOG_ONE_PER_TIMER) && session->inflight.waiting.count > 1)
        session->trickle = DRILL_TRICKLE_ONE;
    drill_broker_arm(connection);
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_PRESENT_ALWAYS)) present = true;
    if (DRILL_BROKER_DEFECT(broker, B_SESSION_PRESENT_NEVER)) present = false;
    facts.session_present = present;
    if (facts.assigned_id.size > 0) facts.assigned_id = session->client_id;
    if (DRILL_BROKER_DEFECT(broker, B_PUBLISH_BEFORE_CONNACK)) drill_broker_resume(session, now_ns);
    drill_broker_send_connack(connection, &facts, now_ns);
    if (connection->ended) return;
    if (!DRILL_BROKER_DEFECT(broker, B_PUBLISH_BEFORE_CONNACK))
        drill_broker_resume(session, now_ns);
    if (DRILL_BROKER_DEFECT(broker, B_RETAINED_ON_RESUME_WITHOUT_SUBSCRIBE))
        replay_all(broker, session, now_ns);
}

void drill_broker_connect(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns) {
    DrillBroker *broker = connection->broker;
    if (refuse_level(connection, bytes, now_ns)) return;
    /* Until its wishes are known. */
    connection->problem_information = true;
    DrillPacket packet = {0};
    DrillFault fault = {0};
    if (drill_codec_decode(bytes, connection->version, &packet, &fault) != DRILL_OK) {
        if (drill_flaws_tolerate(broker, &bytes, &fault) == DRILL_TOLERATE_REPAIRED) {
            drill_broker_connect(connection, bytes, now_ns);
            return;
        }
        /* [v3:MQTT-3.1.4-1] [v3:MQTT-3.1.2-1] no CONNACK for what is not a CONNECT of this version.
         * [v5:MQTT-3.1.4-1] 5.0 has codes for it. */
        drill_broker_close(connection, &fault, now_ns);
        return;
    }
    const DrillConnectPacket *connect = &packet.as.connect;
    Wishes wishes = read_wishes(connect);
    connection->problem_information = wishes.problem_information;
    connection->packet_bytes_max = wishes.packet_bytes_max;
    if (refuse_identifier(connection, connect, now_ns)) return;
    if (refuse_service(connection, connect, bytes, now_ns)) return;
    if (drill_broker_auth_begin(connection, connect, bytes, now_ns)) return;
    uint8_t code = drill_broker_check_credentials(broker, connect);
    if (code != DRILL_REASON_SUCCESS) {
        DrillBrokerRule refused = {NULL, NULL, code, "the credentials were refused"};
        turn_away(connection, &refused, now_ns);
        return;
    }
    drill_broker_admit(connection, connect, now_ns);
}
