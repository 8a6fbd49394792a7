/* Enhanced authentication of 5.0 (section 4.12): the method, who says what when, re-authentication.
 */
#include <string.h>

#include "check/oracle.h"

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(ONLY_AUTH, "v5:MQTT-3.1.2-30")                                                           \
    ONLY5(BEFORE_CONNACK, "v5:MQTT-3.2.0-1")                                                       \
    ONLY5(UNSUPPORTED, "v5:MQTT-4.12.0-1")                                                         \
    ONLY5(CONTINUES, "v5:MQTT-4.12.0-2")                                                           \
    ONLY5(CLIENT_CONTINUES, "v5:MQTT-4.12.0-3")                                                    \
    ONLY5(ABANDONED, "v5:MQTT-4.12.0-4")                                                           \
    ONLY5(SAME_METHOD, "v5:MQTT-4.12.0-5")                                                         \
    ONLY5(NO_METHOD, "v5:MQTT-4.12.0-6")                                                           \
    ONLY5(CLIENT_NO_METHOD, "v5:MQTT-4.12.0-7")                                                    \
    ONLY5(AGAIN_SAME, "v5:MQTT-4.12.1-1")                                                          \
    ONLY5(AGAIN_FAILED, "v5:MQTT-4.12.1-2")

CHECK_RULES(RULES);

/* What a connection has seen of AUTH. */
typedef struct AuthState {
    const CheckConn *conn;
    uint64_t client_asked_event; /* AUTH 0x18 that reached the client and waits for its answer */
    uint64_t server_auth_event;  /* the server's latest */
    uint64_t again_event;        /* re-authentication asked for, and not answered with success */
    bool client_data;            /* the server has got Authentication Data */
} AuthState;

static void init_auth(CheckOracle *oracle) {
    oracle->state = drill_map_new(oracle->allocator);
}

static AuthState *state_of(CheckOracle *oracle, const CheckConn *conn) {
    DrillSpan key = drill_span(&conn->number, sizeof conn->number);
    AuthState *state = drill_map_get(oracle->state, key);
    if (state == NULL) {
        state = DRILL_NEW(oracle->allocator, AuthState);
        state->conn = conn;
        drill_map_set(oracle->state, key, state);
    }
    return state;
}

static void fail(CheckOracle *oracle, const CheckEvent *event, size_t rule, const char *what) {
    drill_check_fail(
        oracle, rule, CHECK_PACKETS(event->number, event->conn->connect_event),
        "%s sends %s (connection of %s) %s", drill_check_party_name(event->conn, event->side),
        drill_packet_type_name(event->packet.type), drill_check_client_name(event->conn), what);
}

/* The method in this packet against CONNECT's. */
static void method(CheckOracle *oracle, const CheckEvent *event, DrillProperties properties,
                   size_t rule, bool needed) {
    DrillProperty found;
    bool has = drill_properties_find(properties, DRILL_AUTHENTICATION_METHOD, &found);
    if (has ? drill_span_is(found.value, event->conn->asks.method) : !needed) {
        drill_check_pass(oracle, rule);
    } else {
        fail(oracle, event, rule,
             has ? "with another Authentication Method than CONNECT had; expected: the same"
                 : "without the Authentication Method of CONNECT; expected: the same");
    }
}

/* Of these methods it is known that the server must ask. With SCRAM the client begins; with
 * DRILL-REVERSE, of the virtual broker, the server does. */
static bool is_scram(const CheckConn *conn) {
    return conn->asks.method != NULL && strncmp(conn->asks.method, "SCRAM-", 6) == 0;
}

static bool is_reverse(const CheckConn *conn) {
    return conn->asks.method != NULL && strcmp(conn->asks.method, "DRILL-REVERSE") == 0;
}

/* AUTH 0x18: without data it can only invite a client that has to begin. */
static void server_asks(CheckOracle *oracle, const CheckEvent *event, const AuthState *state) {
    DrillProperty data;
    bool asks = is_reverse(event->conn) || (is_scram(event->conn) && state->client_data);
    if (asks && !drill_properties_find(event->packet.as.reason.properties,
                                       DRILL_AUTHENTICATION_DATA, &data)) {
        fail(oracle, event, RULE_CONTINUES,
             "without Authentication Data; expected: what the method asks (section 4.12)");
    } else {
        drill_check_pass(oracle, RULE_CONTINUES);
    }
}

static void server_auth(CheckOracle *oracle, const CheckEvent *event) {
    const DrillReasonPacket *auth = &event->packet.as.reason;
    const CheckConn *conn = event->conn;
    AuthState *state = state_of(oracle, conn);
    if (conn->asks.method == NULL) {
        fail(oracle, event, RULE_NO_METHOD,
             "although CONNECT named no Authentication Method; expected: no AUTH");
        fail(oracle, event, RULE_BEFORE_CONNACK, "before CONNACK; expected: CONNACK first");
        return;
    }
    state->server_auth_event = event->number;
    method(oracle, event, auth->properties, RULE_SAME_METHOD, auth->properties.count > 0);
    if (conn->accepted) {
        state->again_event = auth->reason_code == 0 ? 0 : state->again_event;
        if (auth->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION) {
            server_asks(oracle, event, state);
        }
        return;
    }
    drill_check_pass(oracle, RULE_BEFORE_CONNACK);
    if (auth->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION) {
        server_asks(oracle, event, state);
    } else {
        /* [v5:MQTT-4.12.0-2] */
        fail(oracle, event, RULE_CONTINUES, "before CONNACK with a Reason Code other than 0x18");
    }
}

static void server_connack(CheckOracle *oracle, const CheckEvent *event) {
    const DrillConnackPacket *connack = &event->packet.as.connack;
    const CheckConn *conn = event->conn;
    DrillProperty found;
    if (!conn->connected) {
        return;
    }
    if (conn->asks.method == NULL) {
        if (drill_properties_find(connack->properties, DRILL_AUTHENTICATION_METHOD, &found)) {
            fail(oracle, event, RULE_NO_METHOD,
                 "with an Authentication Method although CONNECT named none");
        } else {
            drill_check_pass(oracle, RULE_NO_METHOD);
        }
    } else if (connack->code == 0) {
        method(oracle, event, connack->properties, RULE_SAME_METHOD, true);
        if ((is_scram(conn) || is_reverse(conn)) &&
            state_of(oracle, conn)->server_auth_event == 0) {
            fail(oracle, event, RULE_CONTINUES,
                 "without having asked for a proof; expected: AUTH 0x18 first, as the method has "
                 "it");
        }
    }
}

static void client_auth(CheckOracle *oracle, const CheckEvent *event) {
    const DrillReasonPacket *auth = &event->packet.as.reason;
    const CheckConn *conn = event->conn;
    AuthState *state = state_of(oracle, conn);
    if (conn->asks.method == NULL) {
        fail(oracle, event, RULE_CLIENT_NO_METHOD,
             "although its CONNECT named no Authentication Method; expected: no AUTH");
        return;
    }
    drill_check_pass(oracle, RULE_CLIENT_NO_METHOD);
    if (auth->reason_code == DRILL_REASON_RE_AUTHENTICATE && conn->client_connack) {
        method(oracle, event, auth->properties, RULE_AGAIN_SAME, true);
        return;
    }
    method(oracle, event, auth->properties, RULE_SAME_METHOD, true);
    if (state->client_asked_event != 0) {
        state->client_asked_event = 0;
        if (auth->reason_code == DRILL_REASON_CONTINUE_AUTHENTICATION) {
            drill_check_pass(oracle, RULE_CLIENT_CONTINUES);
        } else {
            fail(oracle, event, RULE_CLIENT_CONTINUES, "in answer to AUTH 0x18; expected: 0x18");
        }
    }
}

static void client_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    DrillPacketType type = event->packet.type;
    if (type == DRILL_AUTH) {
        client_auth(oracle, event);
    }
    if (conn->asks.method == NULL || conn->client_connack || type == DRILL_CONNECT) {
        return;
    }
    if (type == DRILL_AUTH || type == DRILL_DISCONNECT) {
        drill_check_pass(oracle, RULE_ONLY_AUTH);
    } else {
        fail(oracle, event, RULE_ONLY_AUTH,
             "before CONNACK, having named an Authentication Method; expected: AUTH or DISCONNECT");
    }
}

/* What the server has got of Authentication Data. */
static void note_data(CheckOracle *oracle, const CheckEvent *event) {
    DrillProperty data;
    bool connect = event->packet.type == DRILL_CONNECT;
    DrillProperties properties =
        connect ? event->packet.as.connect.properties : event->packet.as.reason.properties;
    if (is_scram(event->conn) &&
        drill_properties_find(properties, DRILL_AUTHENTICATION_DATA, &data)) {
        state_of(oracle, event->conn)->client_data = true;
    }
}

static void received(CheckOracle *oracle, const CheckEvent *event) {
    DrillPacketType type = event->packet.type;
    if (event->side == CHECK_SERVER && (type == DRILL_CONNECT || type == DRILL_AUTH)) {
        note_data(oracle, event);
    }
    if (type != DRILL_AUTH) {
        return;
    }
    uint8_t code = event->packet.as.reason.reason_code;
    if (event->side == CHECK_CLIENT && code == DRILL_REASON_CONTINUE_AUTHENTICATION &&
        event->node->party != NULL) {
        state_of(oracle, event->conn)->client_asked_event = event->number;
    } else if (event->side == CHECK_SERVER && code == DRILL_REASON_RE_AUTHENTICATE &&
               event->conn->offence_event == 0) {
        state_of(oracle, event->conn)->again_event = event->number;
    }
}

static void event_auth(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || !event->decoded || !event->conn->judged ||
        !drill_check_is_v5(event->conn)) {
        return;
    }
    if (!event->sent) {
        received(oracle, event);
    } else if (event->judged && event->side == CHECK_CLIENT) {
        client_sent(oracle, event);
    } else if (event->judged && event->packet.type == DRILL_AUTH) {
        server_auth(oracle, event);
    } else if (event->judged && event->packet.type == DRILL_CONNACK) {
        server_connack(oracle, event);
    }
}

static void must_close(CheckOracle *oracle, const CheckConn *conn, size_t rule, uint64_t why,
                       const char *what) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (drill_check_closed_itself(end)) {
        drill_check_pass(oracle, rule);
    } else if (!end->ended) {
        drill_check_missing(oracle, rule, CHECK_PACKETS(why),
                            "the broker keeps the connection of %s open after %s; expected: closed",
                            drill_check_client_name(conn), what);
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    if (!drill_check_is_v5(conn) || conn->asks.method == NULL) {
        return;
    }
    const AuthState *state = state_of(oracle, conn);
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (conn->refused && conn->code == DRILL_REASON_BAD_AUTHENTICATION_METHOD) {
        must_close(oracle, conn, RULE_UNSUPPORTED, conn->connack_event,
                   "CONNACK 0x8C (bad authentication method)");
    }
    if (conn->refused && drill_reason_is_failure(conn->code) && state->server_auth_event != 0) {
        must_close(oracle, conn, RULE_ABANDONED, conn->connack_event,
                   "it gave the authentication up");
    }
    if (state->again_event != 0 && (end->left || end->ended)) {
        must_close(oracle, conn, RULE_AGAIN_FAILED, state->again_event,
                   "a re-authentication that failed");
    }
    if (state->client_asked_event != 0 && conn->node != NULL && conn->node->party != NULL &&
        conn->node->holding_event == 0 &&
        drill_check_end_usable(oracle->model, conn, CHECK_CLIENT)) {
        /* [v5:MQTT-4.12.0-3] */
        drill_check_missing(oracle, RULE_CLIENT_CONTINUES, CHECK_PACKETS(state->client_asked_event),
                            "%s never answered the AUTH of the broker; expected: AUTH 0x18",
                            conn->node->name);
    }
}

static void finish_auth(CheckOracle *oracle) {
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_ORACLE(auth, "enhanced authentication: method, sequence, re-authentication", init_auth,
             event_auth, finish_auth);
