/* Opening and closing: CONNECT, CONNACK, refusal, takeover, DISCONNECT. */
#include "check/oracle.h"

#include <string.h>

#include "base/arena.h"
#include "check/field.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(CLIENT_FIRST, "v3:MQTT-3.1.0-1", "v5:MQTT-3.1.0-1")                                       \
    BOTH(SECOND, "v3:MQTT-3.1.0-2", "v5:MQTT-3.1.0-2")                                             \
    BOTH(NAME, "v3:MQTT-3.1.2-1", "v5:MQTT-3.1.2-1")                                               \
    BOTH(LEVEL, "v3:MQTT-3.1.2-2", "v5:MQTT-3.1.2-2")                                              \
    BOTH(RESERVED_FLAG, "v3:MQTT-3.1.2-3", "v5:MQTT-3.1.2-3")                                      \
    BOTH(SIMPLE_ID, "v3:MQTT-3.1.3-5", "v5:MQTT-3.1.3-5")                                          \
    ONLY3(EMPTY_ID, "v3:MQTT-3.1.3-8")                                                             \
    BOTH(REFUSED_ID, "v3:MQTT-3.1.3-9", "v5:MQTT-3.1.3-8")                                         \
    BOTH(CHECKED, "v3:MQTT-3.1.4-1", "v5:MQTT-3.1.4-1")                                            \
    BOTH(TAKEOVER, "v3:MQTT-3.1.4-2", "v5:MQTT-3.1.4-3")                                           \
    BOTH(ACCEPTED, "v3:MQTT-3.1.4-4", "v5:MQTT-3.1.4-5")                                           \
    BOTH(DEAF, "v3:MQTT-3.1.4-5", "v5:MQTT-3.1.4-6")                                               \
    ONLY5(CHECKS_FAILED, "v5:MQTT-3.1.4-2")                                                        \
    ONLY5(ONE_CONNACK, "v5:MQTT-3.2.0-2")                                                          \
    BOTH(CONNACK_FIRST, "v3:MQTT-3.2.0-1", "v5:MQTT-3.2.0-1")                                      \
    BOTH(REFUSAL_CLOSES, "v3:MQTT-3.2.2-5", "v5:MQTT-3.2.2-7")                                     \
    BOTH(DISCONNECT_CLOSES, "v3:MQTT-3.14.4-1", "v5:MQTT-3.14.4-2")                                \
    BOTH(DISCONNECT_LAST, "v3:MQTT-3.14.4-2", "v5:MQTT-3.14.4-1")

CHECK_RULES(RULES);

/* What a CONNECT that does not decode, because of this statement, says about the answer it
 * deserves. */
static size_t rule_of_bad_connect(const char *statement) {
    const char *id = statement == NULL ? "" : statement;
    static const size_t rules[] = {RULE_NAME, RULE_LEVEL, RULE_RESERVED_FLAG};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rules); i++) {
        const CheckRule *rule = &oracle_rules[rules[i]];
        if (strcmp(id, rule->v3) == 0 || strcmp(id, rule->v5) == 0) {
            return rules[i];
        }
    }
    return RULE_CHECKED;
}

static bool simple_client_id(const char *id) {
    size_t size = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return size >= 1 && size <= 23 && id[size] == '\0';
}

static void connack_to_bad(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    uint8_t code = event->packet.as.connack.code;
    size_t rule = rule_of_bad_connect(conn->offence_statement);
    const char *client = drill_check_client_name(conn);
    if (code == 0) {
        /* [v3:MQTT-3.1.4-1] a CONNECT that breaks section 3.1 is not accepted */
        drill_check_fail(oracle, rule, CHECK_PACKETS(conn->offence_event, event->number),
                         "the broker accepts a CONNECT of %s that it must not accept (%s); "
                         "expected: the connection is closed",
                         client, conn->offence_text != NULL ? conn->offence_text : "malformed");
    } else if (rule == RULE_LEVEL && code != 1 && !drill_check_is_v5(conn)) {
        /* [v3:MQTT-3.1.2-2] */
        drill_check_fail(oracle, RULE_LEVEL, CHECK_PACKETS(conn->offence_event, event->number),
                         "the broker answers an unsupported protocol level of %s with CONNACK code "
                         "%u; expected code 1",
                         client, (unsigned)code);
    }
}

static void connack_refuses(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    uint8_t code = event->packet.as.connack.code;
    const char *client = drill_check_client_name(conn);
    bool v5 = drill_check_is_v5(conn);
    if (conn->empty_client_id && !conn->clean && !v5) {
        if (code == DRILL_RETURN_IDENTIFIER_REJECTED) {
            drill_check_pass(oracle, RULE_EMPTY_ID);
        } else {
            drill_check_fail(oracle, RULE_EMPTY_ID,
                             CHECK_PACKETS(conn->connect_event, event->number),
                             "the broker refuses an empty ClientId with CleanSession 0 (%s) with "
                             "code %u; expected code 2",
                             client, (unsigned)code);
        }
    } else if (code == (v5 ? DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID
                           : DRILL_RETURN_IDENTIFIER_REJECTED) &&
               simple_client_id(conn->identity->client_id)) {
        /* [v3:MQTT-3.1.3-5] */
        drill_check_fail(oracle, RULE_SIMPLE_ID, CHECK_PACKETS(conn->connect_event, event->number),
                         "the broker refuses the ClientId \"%s\" of %s; expected: 1 to 23 letters "
                         "and digits are accepted",
                         conn->identity->client_id, client);
    } else if (code == (v5 ? DRILL_REASON_UNSUPPORTED_PROTOCOL_VERSION
                           : DRILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION)) {
        /* [v3:MQTT-3.1.4-4] its level is the one that the server speaks */
        drill_check_fail(oracle, RULE_ACCEPTED, CHECK_PACKETS(conn->connect_event, event->number),
                         "the broker refuses protocol level %d of %s; expected CONNACK with code 0",
                         (int)conn->version, client);
    }
}

static void connack_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    uint8_t code = event->packet.as.connack.code;
    if (!conn->connected) {
        if (conn->offence_type == DRILL_CONNECT) {
            connack_to_bad(oracle, event);
        }
        return;
    }
    if (conn->connack_event != event->number) {
        /* [v5:MQTT-3.2.0-2] */
        drill_check_fail(oracle, RULE_ONE_CONNACK,
                         CHECK_PACKETS(conn->connack_event, event->number),
                         "the broker sends a second CONNACK to %s; expected: one at most",
                         drill_check_client_name(conn));
        return;
    }
    drill_check_pass(oracle, RULE_ONE_CONNACK);
    if (code != 0) {
        connack_refuses(oracle, event);
        return;
    }
    if (conn->empty_client_id && !conn->clean && !drill_check_is_v5(conn)) {
        /* [v3:MQTT-3.1.3-8] */
        drill_check_fail(oracle, RULE_EMPTY_ID, CHECK_PACKETS(conn->connect_event, event->number),
                         "the broker accepts an empty ClientId with CleanSession 0 (%s); expected "
                         "CONNACK code 2, then close",
                         drill_check_client_name(conn));
        return;
    }
    drill_check_pass(oracle, RULE_ACCEPTED);
    drill_check_pass(oracle, RULE_CHECKED);
    if (simple_client_id(conn->identity->client_id)) {
        drill_check_pass(oracle, RULE_SIMPLE_ID);
    }
}

/* A PUBLISH that came on a connection which had been refused. */
typedef struct DeafNote {
    struct DeafNote *next;
    const CheckConn *conn;
    uint64_t hash, event;
} DeafNote;

static void note_unheard(CheckOracle *oracle, const CheckEvent *event) {
    DeafNote *note = DRILL_NEW(oracle->allocator, DeafNote);
    *note = (DeafNote){oracle->state, event->conn, event->hash, event->number};
    oracle->state = note;
}

/* [v3:MQTT-3.1.4-5] nobody published it, but for somebody who was refused */
static void not_deaf(CheckOracle *oracle, const CheckEvent *event) {
    const DeafNote *note = oracle->state;
    while (note != NULL && note->hash != event->hash) {
        note = note->next;
    }
    if (note != NULL) {
        drill_check_fail(oracle, RULE_DEAF,
                         CHECK_PACKETS(note->conn->connack_event, note->event, event->number),
                         "the broker passes on what %s published after it was refused; expected: "
                         "nothing that follows is handled",
                         drill_check_client_name(note->conn));
    }
}

static void server_sent(CheckOracle *oracle, const CheckEvent *event) {
    CheckConn *conn = event->conn;
    if (event->first_of_conn) {
        /* [v3:MQTT-3.2.0-1] */
        DrillPacketType type = event->packet.type;
        if (type == DRILL_CONNACK) {
            drill_check_pass(oracle, RULE_CONNACK_FIRST);
        } else if (type != DRILL_AUTH && !(type == DRILL_DISCONNECT && drill_check_is_v5(conn))) {
            /* Those two are oracle_auth's and oracle_disconnect's. */
            drill_check_fail(
                oracle, RULE_CONNACK_FIRST,
                CHECK_PACKETS(event->number, conn->end[CHECK_SERVER].last_received_event),
                "the first packet of the broker to %s is %s; expected CONNACK",
                drill_check_client_name(conn), drill_packet_type_name(event->packet.type));
        }
    }
    if (event->packet.type == DRILL_CONNACK) {
        connack_sent(oracle, event);
    }
    if (conn->refused && conn->connack_event != event->number) {
        /* [v3:MQTT-3.1.4-5] after a refusal nothing else is handled */
        drill_check_fail(oracle, RULE_DEAF, CHECK_PACKETS(conn->connack_event, event->number),
                         "the broker sends %s to %s after it refused the connection; expected: "
                         "nothing that follows is handled",
                         drill_packet_type_name(event->packet.type), drill_check_client_name(conn));
    }
    if (event->packet.type == DRILL_PUBLISH && event->delivery.kind == CHECK_DELIVERY_UNKNOWN) {
        not_deaf(oracle, event);
    }
    const CheckConn *newer = conn->taken_over_by;
    if (newer != NULL && newer->accepted && event->packet.type != DRILL_DISCONNECT &&
        event->time_ns > newer->connack_ns + oracle->model->slack_ns) {
        /* [v3:MQTT-3.1.4-2] */
        drill_check_fail(oracle, RULE_TAKEOVER,
                         CHECK_PACKETS(newer->connect_event, newer->connack_event, event->number),
                         "the broker still sends %s on the old connection of %s after it accepted "
                         "a new one with the same ClientId; "
                         "expected: the old one is closed",
                         drill_packet_type_name(event->packet.type), drill_check_client_name(conn));
    }
}

static void client_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckEnd *end = &event->conn->end[CHECK_CLIENT];
    const char *name = event->node->name;
    if (event->first_of_conn) {
        /* [v3:MQTT-3.1.0-1] unless the script keeps the CONNECT back */
        if (event->packet.type == DRILL_CONNECT) {
            drill_check_pass(oracle, RULE_CLIENT_FIRST);
        } else if ((event->node->held_types >> DRILL_CONNECT & 1u) == 0 &&
                   (event->node->held_types >> event->packet.type & 1u) == 0) {
            drill_check_fail(oracle, RULE_CLIENT_FIRST, CHECK_PACKETS(event->number),
                             "the first packet of %s is %s; expected CONNECT", name,
                             drill_packet_type_name(event->packet.type));
        }
    }
    if (end->disconnected && end->disconnect_event != event->number &&
        event->node->held_types == 0) {
        /* [v3:MQTT-3.14.4-2] */
        drill_check_fail(oracle, RULE_DISCONNECT_LAST,
                         CHECK_PACKETS(end->disconnect_event, event->number),
                         "%s sends %s after DISCONNECT; expected: nothing more", name,
                         drill_packet_type_name(event->packet.type));
    }
}

static void event_connect(CheckOracle *oracle, const CheckEvent *event) {
    if (event->is_packet && event->sent && event->judged && !event->decoded &&
        drill_check_is_protocol_fault(&event->fault)) {
        /* [v3:MQTT-3.1.2-2] what deserves such an answer is no CONNECT of this version */
        drill_check_malformed(oracle, event, rule_of_bad_connect(event->fault.statement));
    }
    if (!event->is_packet || !event->decoded) {
        return;
    }
    if (!event->sent) {
        bool unheard = event->side == CHECK_SERVER && event->conn->refused;
        if (unheard && event->packet.type == DRILL_PUBLISH) {
            note_unheard(oracle, event);
        }
        return;
    }
    if (event->side == CHECK_SERVER && event->judged) {
        server_sent(oracle, event);
    } else if (event->side == CHECK_CLIENT && event->judged) {
        client_sent(oracle, event);
    }
}

/* ---- at the end: connections that should be closed ---- */

static void finish_refused(CheckOracle *oracle, const CheckConn *conn, size_t rule, uint64_t why,
                           const char *what) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (drill_check_closed_itself(end)) {
        drill_check_pass(oracle, rule);
    } else if (!end->ended) {
        drill_check_missing(oracle, rule, CHECK_PACKETS(why, end->last_sent_event),
                            "the broker keeps the connection of %s open after %s; expected: it "
                            "closes the connection",
                            drill_check_client_name(conn), what);
    }
}

/* Whoever is refused had sent something after its CONNECT, or did so then. */
static bool sent_more(const CheckConn *conn) {
    return conn->end[CHECK_SERVER].last_received_event > conn->connack_event ||
           conn->end[CHECK_CLIENT].last_sent_event > conn->end[CHECK_CLIENT].first_sent_event;
}

/* The server's AUTH is the last that was said: the client has to answer first. */
static bool is_asked(const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    return conn->asks.method != NULL && end->last_sent_event > end->last_received_event;
}

static void finish_server(CheckOracle *oracle, const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (conn->refused && sent_more(conn) && end->last_sent_event == conn->connack_event) {
        drill_check_pass(oracle, RULE_DEAF);
    }
    if (conn->refused) {
        finish_refused(oracle, conn, RULE_REFUSAL_CLOSES, conn->connack_event, "refusing it");
        bool v5 = drill_check_is_v5(conn);
        if (v5 &&
            (conn->code == DRILL_REASON_BAD_USER_NAME_OR_PASSWORD ||
             conn->code == DRILL_REASON_NOT_AUTHORIZED || conn->code == DRILL_REASON_BANNED)) {
            finish_refused(oracle, conn, RULE_CHECKS_FAILED, conn->connack_event,
                           "not letting it in");
        }
        if (conn->code ==
            (v5 ? DRILL_REASON_CLIENT_IDENTIFIER_NOT_VALID : DRILL_RETURN_IDENTIFIER_REJECTED)) {
            finish_refused(oracle, conn,
                           conn->empty_client_id && !conn->clean && !v5 ? RULE_EMPTY_ID
                                                                        : RULE_REFUSED_ID,
                           conn->connack_event, "refusing its ClientId");
        }
    } else if (conn->offence_event != 0 && conn->offence_type == DRILL_CONNECT) {
        size_t rule = conn->connected ? RULE_SECOND : rule_of_bad_connect(conn->offence_statement);
        finish_refused(oracle, conn, rule, conn->offence_event,
                       conn->offence_text != NULL ? conn->offence_text : "a bad CONNECT");
    } else if (conn->connected && !conn->accepted && !is_asked(conn) &&
               drill_check_end_usable(oracle->model, conn, CHECK_SERVER)) {
        /* [v3:MQTT-3.1.4-4] */
        drill_check_missing(oracle, RULE_ACCEPTED, CHECK_PACKETS(conn->connect_event),
                            "the broker never answered the CONNECT of %s; expected CONNACK",
                            drill_check_client_name(conn));
    }
    const CheckConn *newer = conn->taken_over_by;
    if (newer == NULL || !newer->accepted) {
        return;
    }
    if (!end->ended) {
        drill_check_missing(oracle, RULE_TAKEOVER,
                            CHECK_PACKETS(newer->connect_event, newer->connack_event),
                            "the broker accepted a new connection with the ClientId of %s and kept "
                            "the old one; expected: the old "
                            "one is closed",
                            drill_check_client_name(conn));
    } else if (drill_check_closed_itself(end)) {
        drill_check_pass(oracle, RULE_TAKEOVER);
    }
}

static void finish_client(CheckOracle *oracle, const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_CLIENT];
    if (!end->disconnected || conn->node == NULL || conn->node->party == NULL) {
        return;
    }
    drill_check_pass(oracle, RULE_DISCONNECT_LAST);
    if (end->ended || end->half_closed) {
        drill_check_pass(oracle, RULE_DISCONNECT_CLOSES);
    } else {
        drill_check_missing(oracle, RULE_DISCONNECT_CLOSES, CHECK_PACKETS(end->disconnect_event),
                            "%s sent DISCONNECT and kept its connection open; expected: it closes",
                            conn->node->name);
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    finish_server(oracle, conn);
    finish_client(oracle, conn);
}

static void finish_connect(CheckOracle *oracle) {
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_ORACLE(connect, "opening, refusing, taking over and closing connections", NULL, event_connect,
             finish_connect);
