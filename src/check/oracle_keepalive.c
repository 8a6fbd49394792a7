/* Keep Alive and PINGREQ. */
#include "check/oracle.h"

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(CLIENT, "v3:MQTT-3.1.2-23", "v5:MQTT-3.1.2-20")                                           \
    BOTH(SERVER, "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22")                                           \
    ONLY5(OVERRIDDEN, "v5:MQTT-3.1.2-21")                                                          \
    ONLY5(ADOPTED, "v5:MQTT-3.2.2-21")                                                             \
    ONLY5(AS_ASKED, "v5:MQTT-3.2.2-22")                                                            \
    BOTH(PINGRESP, "v3:MQTT-3.12.4-1", "v5:MQTT-3.12.4-1")

CHECK_RULES(RULES);

/* The client's clock reaches its deadline exactly; a real machine a little later. */
#define CLIENT_LATE_NS       DRILL_NS_PER_MS
#define CLIENT_LATE_PACED_NS DRILL_NS_PER_S

typedef struct KeepaliveState {
    uint64_t slack_ns;
} KeepaliveState;

static void init_keepalive(CheckOracle *oracle) {
    KeepaliveState *state = DRILL_NEW(oracle->allocator, KeepaliveState);
    state->slack_ns = drill_check_keep_alive_slack_ns(oracle);
    oracle->state = state;
}

/* Silence after which the server must have closed; 0: never. */
static uint64_t allowed_ns(const CheckConn *conn) {
    return conn->keep_alive_s * DRILL_NS_PER_S * 3 / 2;
}

static unsigned long long ms(uint64_t ns) {
    return (unsigned long long)(ns / DRILL_NS_PER_MS);
}

/* Waiting for CONNACK is not silence: until it comes, the client cannot know that it may go on. */
static void client_silence(CheckOracle *oracle, const CheckConn *conn, uint64_t last_ns,
                           uint64_t now_ns, uint64_t event) {
    uint64_t keep_alive_ns = conn->client_keep_alive_s * DRILL_NS_PER_S;
    uint64_t late_ns = oracle->model->paced ? CLIENT_LATE_PACED_NS : CLIENT_LATE_NS;
    if (keep_alive_ns == 0 || !conn->client_connack || conn->node->holding_event != 0) {
        return;
    }
    uint64_t from_ns = last_ns > conn->client_connack_ns ? last_ns : conn->client_connack_ns;
    uint64_t silence_ns = now_ns - from_ns;
    /* [v3:MQTT-3.1.2-23] [v5:MQTT-3.1.2-21] [v5:MQTT-3.2.2-21] Server Keep Alive goes first */
    bool told = conn->grants.has_keep_alive;
    if (told && silence_ns > keep_alive_ns + late_ns) {
        drill_check_fail(oracle, RULE_ADOPTED, CHECK_PACKETS(event, conn->connack_event),
                         "%s does not keep to the Server Keep Alive of %u s", conn->node->name,
                         (unsigned)conn->client_keep_alive_s);
    } else if (told && silence_ns * 2 > keep_alive_ns) {
        drill_check_pass(oracle, RULE_ADOPTED);
        drill_check_pass(oracle, RULE_OVERRIDDEN);
    }
    if (silence_ns > keep_alive_ns + late_ns) {
        drill_check_fail(oracle, told ? RULE_OVERRIDDEN : RULE_CLIENT, CHECK_PACKETS(event),
                         "%s was silent for %llu ms with Keep Alive %u s; expected: a packet at "
                         "least every %u s, PINGREQ if there is "
                         "nothing else",
                         conn->node->name, ms(silence_ns), (unsigned)conn->client_keep_alive_s,
                         (unsigned)conn->client_keep_alive_s);
    } else {
        drill_check_pass(oracle, RULE_CLIENT);
    }
}

/* [v5:MQTT-3.2.2-22] 5.0 without Server Keep Alive: CONNECT's interval, once more. */
static void as_asked(CheckOracle *oracle, const CheckConn *conn, bool kept, uint64_t silence_ns) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (conn->grants.has_keep_alive) {
        return;
    }
    if (kept) {
        drill_check_pass(oracle, RULE_AS_ASKED);
    } else {
        drill_check_fail(oracle, RULE_AS_ASKED, CHECK_PACKETS(end->last_received_event),
                         "the broker announced no Server Keep Alive and let %s be silent for %llu "
                         "ms; expected: the %u s of its CONNECT hold",
                         drill_check_client_name(conn), ms(silence_ns),
                         (unsigned)conn->keep_alive_s);
    }
}

/* Something comes after a silence so long that the connection should have been closed before. */
static void too_long_open(CheckOracle *oracle, const CheckEvent *event) {
    const KeepaliveState *state = oracle->state;
    const CheckConn *conn = event->conn;
    const CheckEnd *server = &conn->end[CHECK_SERVER];
    uint64_t limit_ns = allowed_ns(conn);
    if (!conn->judged || !conn->accepted || limit_ns == 0 || server->ended ||
        conn->offence_event != 0 || server->disconnected || conn->taken_over_by != NULL) {
        return;
    }
    uint64_t heard_ns = event->time_ns - server->last_received_ns;
    if (conn->paused_until_ns + state->slack_ns >= event->time_ns) {
        return; /* it could not */
    }
    if (heard_ns <= limit_ns + state->slack_ns || event->silence_ns <= limit_ns + state->slack_ns) {
        return;
    }
    drill_check_fail(oracle, RULE_SERVER, CHECK_PACKETS(server->last_received_event, event->number),
                     "the broker heard nothing from %s for %llu ms with Keep Alive %u s and kept "
                     "the connection open; expected: closed "
                     "after %llu ms",
                     drill_check_client_name(conn), ms(heard_ns), (unsigned)conn->keep_alive_s,
                     ms(limit_ns));
}

/* [v5:MQTT-3.1.2-22] DISCONNECT 0x8D says that nothing came for one and a half times Keep Alive. */
static void timed_out(CheckOracle *oracle, const CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const CheckEnd *server = &conn->end[CHECK_SERVER];
    uint64_t heard_ns = event->time_ns - server->last_received_ns;
    uint64_t limit_ns = allowed_ns(conn);
    if (event->packet.as.reason.reason_code != DRILL_REASON_KEEP_ALIVE_TIMEOUT) {
        return;
    }
    if (limit_ns != 0 && heard_ns + oracle->model->slack_ns >= limit_ns) {
        drill_check_pass(oracle, RULE_SERVER);
        return;
    }
    drill_check_fail(oracle, RULE_SERVER, CHECK_PACKETS(server->last_received_event, event->number),
                     "the broker sends %s DISCONNECT 0x8D (Keep Alive timeout) %llu ms after its "
                     "latest packet, with Keep Alive %u s; expected: that after %llu ms at the "
                     "earliest, with Keep Alive 0 never",
                     drill_check_client_name(conn), ms(heard_ns), (unsigned)conn->keep_alive_s,
                     ms(limit_ns));
}

static void event_keepalive(CheckOracle *oracle, const CheckEvent *event) {
    if (!event->is_packet || !event->sent) {
        return;
    }
    if (event->side == CHECK_CLIENT) {
        too_long_open(oracle, event);
        if (event->judged && event->decoded) {
            client_silence(oracle, event->conn, event->time_ns - event->silence_ns, event->time_ns,
                           event->number);
        }
    } else if (event->judged && event->decoded && event->packet.type == DRILL_PINGRESP &&
               event->answered) {
        drill_check_pass(oracle, RULE_PINGRESP);
    } else if (event->judged && event->decoded && event->packet.type == DRILL_DISCONNECT) {
        timed_out(oracle, event);
    }
}

static void owed_keepalive(CheckOracle *oracle, CheckConn *conn, CheckSide side,
                           const CheckOwed *owed, bool closed) {
    if (side == CHECK_SERVER && owed->type == DRILL_PINGRESP) {
        /* [v3:MQTT-3.12.4-1] */
        drill_check_missing(oracle, RULE_PINGRESP, CHECK_PACKETS(owed->request_event),
                            "the broker %s the PINGREQ of %s; expected PINGRESP",
                            closed ? "closed the connection instead of answering"
                                   : "never answered",
                            drill_check_client_name(conn));
    }
}

static void finish_server(CheckOracle *oracle, const CheckConn *conn) {
    const KeepaliveState *state = oracle->state;
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    uint64_t limit_ns = allowed_ns(conn);
    if (!conn->accepted || limit_ns == 0 || conn->offence_event != 0 || end->disconnected ||
        conn->taken_over_by != NULL) {
        return;
    }
    uint64_t until_ns = end->ended ? end->end_ns : oracle->model->end_ns;
    uint64_t silence_ns = until_ns - end->last_received_ns;
    const char *client = drill_check_client_name(conn);
    if (!end->ended && silence_ns > limit_ns + state->slack_ns) {
        as_asked(oracle, conn, false, silence_ns);
        /* [v3:MQTT-3.1.2-24] never */
        drill_check_fail(oracle, RULE_SERVER, CHECK_PACKETS(end->last_received_event),
                         "the broker never closed the connection of %s, silent for %llu ms with "
                         "Keep Alive %u s; expected: closed "
                         "after %llu ms",
                         client, ms(silence_ns), (unsigned)conn->keep_alive_s, ms(limit_ns));
    } else if (drill_check_closed_itself(end) && silence_ns > limit_ns + state->slack_ns &&
               conn->paused_until_ns + state->slack_ns < until_ns) {
        /* [v3:MQTT-3.1.2-24] late; in real time that may be the machine's doing */
        const uint64_t *packets = CHECK_PACKETS(end->last_received_event, end->end_event);
        void (*judge)(CheckOracle *, size_t, const uint64_t *, const char *, ...) =
            oracle->model->paced ? drill_check_unclear : drill_check_fail;
        judge(oracle, RULE_SERVER, packets,
              "the broker closed the connection of %s late: after %llu ms of silence with Keep "
              "Alive %u s; expected: after %llu ms",
              client, ms(silence_ns), (unsigned)conn->keep_alive_s, ms(limit_ns));
    } else if (drill_check_closed_itself(end) &&
               silence_ns >= conn->keep_alive_s * DRILL_NS_PER_S) {
        as_asked(oracle, conn, true, silence_ns);
        drill_check_pass(oracle, RULE_SERVER);
    }
}

static void finish_conn(CheckOracle *oracle, const CheckConn *conn) {
    finish_server(oracle, conn);
    const CheckEnd *end = &conn->end[CHECK_CLIENT];
    if (conn->node != NULL && conn->node->party != NULL && !end->disconnected) {
        uint64_t until_ns = end->ended ? end->end_ns : oracle->model->end_ns;
        client_silence(oracle, conn, end->last_sent_ns, until_ns, end->last_sent_event);
    }
}

static void finish_keepalive(CheckOracle *oracle) {
    drill_check_each_owed(oracle, owed_keepalive);
    drill_check_each_judged(oracle, finish_conn);
}

CHECK_ORACLE(keepalive, "silence is filled by clients and punished by brokers", init_keepalive,
             event_keepalive, finish_keepalive);
