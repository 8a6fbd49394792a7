/* Sessions as the server must hold them: when one begins, goes on, is taken over and ends. */
#include "check/model.h"

#include "base/arena.h"

static CheckIdentity *identity_of(CheckModel *model, CheckConn *conn, DrillSpan client_id) {
    DrillBuffer key = {.allocator = model->allocator};
    if (client_id.size == 0) {
        /* The server invents one: an identity of this connection's own. */
        drill_buffer_put_byte(&key, 0);
        drill_buffer_put(&key, &conn->number, sizeof conn->number);
    } else {
        drill_buffer_put(&key, client_id.data, client_id.size);
    }
    CheckIdentity *identity = drill_map_get(model->identities, drill_buffer_span(&key));
    if (identity == NULL) {
        identity = DRILL_NEW(model->allocator, CheckIdentity);
        identity->client_id = drill_check_text(model, client_id);
        /* A real broker may remember an earlier run. */
        identity->presence = model->paced && client_id.size > 0 ? CHECK_PERHAPS : CHECK_ABSENT;
        drill_map_set(model->identities, drill_buffer_span(&key), identity);
    }
    drill_buffer_release(&key);
    return identity;
}

static CheckSession *session_new(CheckModel *model, CheckConn *conn) {
    CheckSession *session = DRILL_NEW(model->allocator, CheckSession);
    session->number = model->next_number++;
    session->identity = conn->identity;
    session->conn = conn;
    session->clean = conn->asks.session_expiry_s == 0;
    session->expires_ns = DRILL_NEVER;
    session->packet_bytes_least = UINT32_MAX;
    session->subscriptions = drill_map_new(model->allocator);
    drill_check_party_init(model, &session->party, CHECK_SERVER, conn->identity->client_id);
    return session;
}

/* What its client has published and not finished, the server forgets. */
static void publications_end(const CheckModel *model, const CheckSession *session) {
    DrillMap *in = session->party.in;
    for (size_t i = 0; i < drill_map_slots(in); i++) {
        const CheckExchange *exchange = drill_map_at(in, i, NULL);
        if (exchange != NULL && exchange->message != NULL && exchange->stage != CHECK_STAGE_DONE) {
            exchange->message->over_ns = model->now_ns;
        }
    }
}

static void session_end(CheckModel *model, CheckSession *session) {
    if (session != NULL && !session->ended) {
        session->ended = true;
        publications_end(model, session);
        drill_check_expects_drop(session);
        drill_check_subscription_end(model, session);
    }
}

static void remember_will(CheckModel *model, CheckConn *conn, const DrillConnectPacket *connect) {
    if (!connect->has_will) {
        return;
    }
    conn->will = (CheckWill){
        .set = true,
        .retain = connect->will_retain,
        .qos = (uint8_t)connect->will_qos,
        .hash = drill_check_hash(connect->will_topic, connect->will_payload),
        .topic = drill_check_text(model, connect->will_topic),
        .empty = connect->will_payload.size == 0,
        .bytes = connect->will_payload.size,
        .delay_s = drill_check_property(connect->will_properties, DRILL_WILL_DELAY_INTERVAL, 0),
        .properties = drill_check_properties_copy(model, connect->will_properties),
    };
}

/* [v5:MQTT-4.1.0-2] its Session Expiry Interval may have passed, or be about to. */
static void expire(CheckModel *model, CheckConn *conn) {
    CheckIdentity *identity = conn->identity;
    CheckSession *session = identity->session;
    if (session == NULL || session->ended || session->expires_ns == DRILL_NEVER ||
        identity->presence != CHECK_PRESENT ||
        model->now_ns + model->slack_ns < session->expires_ns) {
        return;
    }
    if (model->now_ns > session->expires_ns + model->slack_ns && !session->expiry_in_doubt) {
        session_end(model, session);
        identity->presence = CHECK_ABSENT;
        conn->presence_expired = true;
    } else {
        identity->presence = CHECK_PERHAPS;
    }
}

/* The connection takes the place of what its Client Identifier had before. */
static void enter(CheckModel *model, CheckConn *conn) {
    CheckIdentity *identity = conn->identity;
    CheckConn *old = identity->conn;
    conn->entered = true;
    conn->entered_ns = model->now_ns;
    if (old != NULL && old != conn && !old->end[CHECK_SERVER].ended) {
        old->taken_over_by = conn;
        if (old->grants.session_expiry_s == 0 && old->accepted) {
            /* Its session ends with the connection that the server now has to close; in 5.0 the new
             * one may take it over before. */
            identity->presence = old->version == DRILL_MQTT_5_0 ? CHECK_PERHAPS : CHECK_ABSENT;
            identity->last_event = conn->connect_event;
        }
    }
    conn->replaces = old;
    identity->conn = conn;
    expire(model, conn);
    conn->presence = identity->presence;
    conn->presence_event = identity->last_event;
    CheckSession *known = identity->session;
    bool goes_on = !conn->clean && known != NULL && !known->ended &&
                   (!known->clean || known->party.connections > 0) &&
                   identity->presence != CHECK_ABSENT;
    if (goes_on) {
        conn->session = known;
        known->conn = conn;
        return;
    }
    conn->displaced = known != NULL && !known->ended ? known : NULL;
    if (conn->displaced != NULL) {
        /* From now on it may be gone. */
        drill_check_expects_drop(conn->displaced);
    }
    conn->session = session_new(model, conn);
    identity->session = conn->session;
}

/* A server ends the connection of a client whose Client Identifier is used by one that
 * authenticates: that one comes in, and if there are several, the one that was heard last. */
static void enter_waiting(CheckModel *model, const CheckConn *old) {
    CheckConn *found = NULL;
    CheckConn *conn = old->identity == NULL ? NULL : old->identity->waiting;
    for (; conn != NULL; conn = conn->next_waiting) {
        const CheckEnd *end = &conn->end[CHECK_SERVER];
        bool waits = conn != old && !conn->entered && !conn->refused && !end->ended;
        if (waits && (found == NULL ||
                      end->last_received_event > found->end[CHECK_SERVER].last_received_event)) {
            found = conn;
        }
    }
    if (found != NULL) {
        enter(model, found);
    }
}

static void connect_received(CheckModel *model, CheckEvent *event) {
    const DrillConnectPacket *connect = &event->packet.as.connect;
    CheckConn *conn = event->conn;
    conn->connected = true;
    conn->connect_event = event->number;
    conn->connect_ns = event->time_ns;
    conn->clean = connect->clean;
    conn->keep_alive_s = connect->keep_alive_s;
    drill_check_limits_connect(model, conn, connect);
    conn->empty_client_id = connect->client_id.size == 0;
    uint8_t level = connect->protocol_level;
    conn->unsupported = level < 3 || level > 5;
    if (!conn->unsupported) {
        conn->version = (DrillVersion)level;
    }
    conn->judged = level == DRILL_MQTT_3_1_1 || level == DRILL_MQTT_5_0;
    remember_will(model, conn, connect);
    conn->identity = identity_of(model, conn, connect->client_id);
    if (conn->asks.method == NULL) {
        enter(model, conn);
    } else {
        conn->next_waiting = conn->identity->waiting;
        conn->identity->waiting = conn;
    }
}

static void refused(CheckConn *conn) {
    conn->refused = true;
    if (!conn->entered) {
        return;
    }
    CheckIdentity *identity = conn->identity;
    CheckConn *old = conn->replaces;
    identity->presence = conn->presence;
    if (conn->displaced != NULL && identity->session == conn->session) {
        identity->session = conn->displaced;
    }
    /* The one before goes on. */
    if (old == NULL || old == conn || identity->conn != conn) {
        return;
    }
    identity->conn = old;
    if (old->taken_over_by == conn) {
        old->taken_over_by = NULL;
    }
    if (conn->session == old->session) {
        old->session->conn = old;
    }
}

/* Since this CONNECT came, the server has closed the connection that had the identifier: says that
 * it was taken over, or had no other reason to. */
static bool made_way(const CheckModel *model, const CheckIdentity *other, const CheckConn *conn) {
    const CheckConn *old = other->conn;
    const CheckEnd *end = old == NULL ? NULL : &old->end[CHECK_SERVER];
    if (end == NULL || !end->ended || end->end_event < conn->connect_event) {
        return false;
    }
    return (end->left && end->left_code == DRILL_REASON_SESSION_TAKEN_OVER) ||
           drill_check_closed_unasked(model, old, CHECK_SERVER);
}

/* 5.0: from now on the client goes by the identifier that the server made up for it. */
static void take_assigned(CheckModel *model, CheckConn *conn) {
    char *id = conn->grants.client_id;
    if (!conn->empty_client_id || id == NULL) {
        return;
    }
    const CheckIdentity *other = drill_map_get(model->identities, drill_span_of(id));
    if (other != NULL && other != conn->identity && other->session != NULL) {
        bool there = !other->session->ended && other->presence == CHECK_PRESENT;
        conn->assigned_in_use = there || made_way(model, other, conn);
    }
    if (!conn->assigned_in_use) {
        conn->identity->client_id = id;
        drill_map_set(model->identities, drill_span_of(id), conn->identity);
    }
}

static void accept(CheckModel *model, CheckEvent *event, bool session_present) {
    CheckConn *conn = event->conn;
    CheckIdentity *identity = conn->identity;
    conn->accepted = true;
    conn->session_present = session_present;
    if (conn->displaced != NULL) {
        session_end(model, conn->displaced);
        conn->displaced = NULL;
    }
    bool was_known = conn->session->party.connections > 0;
    if (!session_present && was_known) {
        /* A new session where an old one was thought to be. */
        session_end(model, conn->session);
        conn->session = session_new(model, conn);
        identity->session = conn->session;
    } else if (session_present && !was_known) {
        conn->session->unknown_past = true;
    }
    drill_check_will_accepted(model, conn, session_present);
    take_assigned(model, conn);
    identity->presence = CHECK_PRESENT;
    identity->last_event = event->number;
    conn->shared = identity->node != NULL && identity->node != conn->node;
    identity->node = conn->node;
    CheckSession *session = conn->session;
    session->conn = conn;
    session->clean = conn->grants.session_expiry_s == 0;
    session->expires_ns = DRILL_NEVER;
    session->offline_since_event = 0;
    /* What was dropped because one client was too small does not come to the next. */
    uint32_t packet_bytes_max = conn->limits[CHECK_CLIENT].packet_bytes_max;
    if (packet_bytes_max < session->packet_bytes_least) {
        session->packet_bytes_least = packet_bytes_max;
    }
    if (conn->grants.has_keep_alive) {
        conn->keep_alive_s = conn->grants.keep_alive_s;
    }
    session->party.connections++;
    if (session_present) {
        drill_check_party_resume(&session->party, conn->number);
    }
    if (conn->will.set) {
        DrillSpan topic = drill_span_of(conn->will.topic);
        CheckContent *content = drill_check_content(model, topic, conn->will.hash, true);
        conn->next_will_of = content->will_of;
        content->will_of = conn;
    }
}

static void connack_sent(CheckModel *model, CheckEvent *event) {
    CheckConn *conn = event->conn;
    if (!conn->connected || conn->connack_event != 0) {
        return;
    }
    drill_check_limits_connack(model, conn, &event->packet.as.connack);
    conn->connack_event = event->number;
    conn->connack_ns = event->time_ns;
    if (event->packet.as.connack.code == 0 && !conn->entered) {
        enter(model, conn);
    }
    conn->code = event->packet.as.connack.code;
    event->presence_before = conn->presence;
    event->presence_event = conn->presence_event;
    event->presence_expired = conn->presence_expired;
    if (conn->code == 0) {
        accept(model, event, event->packet.as.connack.session_present);
    } else {
        refused(conn);
    }
}

/* DISCONNECT may set another Session Expiry Interval. Where the server had allowed less than was
 * asked for, whether it allows more now is its own affair. */
static void disconnect_expiry(CheckEvent *event) {
    CheckGrants *grants = &event->conn->grants;
    uint32_t wanted_s =
        drill_check_property(event->packet.as.reason.properties, DRILL_SESSION_EXPIRY_INTERVAL,
                             grants->session_expiry_s);
    if (grants->expiry_overridden && wanted_s > grants->session_expiry_s) {
        grants->expiry_in_doubt = true;
    } else {
        grants->session_expiry_s = wanted_s;
    }
}

void drill_check_session_packet(CheckModel *model, CheckEvent *event) {
    if (!event->decoded) {
        return;
    }
    CheckEnd *end = &event->conn->end[CHECK_SERVER];
    if (event->packet.type == DRILL_CONNECT && !event->sent) {
        connect_received(model, event);
    } else if (event->packet.type == DRILL_CONNACK && event->sent) {
        connack_sent(model, event);
    } else if (event->packet.type == DRILL_DISCONNECT && !event->sent) {
        end->disconnected = true;
        end->disconnect_event = event->number;
        end->disconnect_ns = event->time_ns;
        end->disconnect_code = event->packet.as.reason.reason_code;
        disconnect_expiry(event);
    } else if (event->packet.type == DRILL_DISCONNECT && !end->left) {
        end->left = true;
        end->left_event = event->number;
        end->left_ns = event->time_ns;
        end->left_code = event->packet.as.reason.reason_code;
        if (end->left_code == DRILL_REASON_SESSION_TAKEN_OVER &&
            event->conn->taken_over_by == NULL) {
            enter_waiting(model, event->conn);
        }
    }
}

/* No CONNACK was seen: the server may have carried out the CleanSession rules or not. */
static void ended_in_doubt(CheckConn *conn) {
    CheckIdentity *identity = conn->identity;
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (!conn->entered && end->last_received_event > end->last_sent_event) {
        /* Its last AUTH may have let it in. */
        identity->presence = CHECK_PERHAPS;
    }
    if (identity->conn != conn) {
        return;
    }
    bool had = conn->presence != CHECK_ABSENT;
    if (conn->clean) {
        bool kept = conn->version == DRILL_MQTT_5_0 && conn->asks.session_expiry_s != 0;
        identity->presence = had || kept ? CHECK_PERHAPS : CHECK_ABSENT;
        if (conn->displaced != NULL) {
            identity->session = conn->displaced;
            conn->displaced->unknown_past = true;
        }
    } else if (identity->presence != CHECK_PRESENT || conn->version == DRILL_MQTT_5_0) {
        identity->presence = CHECK_PERHAPS; /* nor by whose Session Expiry Interval it lasts */
    }
}

void drill_check_session_conn_ended(CheckModel *model, CheckConn *conn) {
    if (!conn->connected || conn->identity == NULL) {
        return;
    }
    CheckIdentity *identity = conn->identity;
    uint64_t event = conn->end[CHECK_SERVER].end_event;
    if (!conn->accepted) {
        if (!conn->refused) {
            ended_in_doubt(conn);
            drill_check_will_in_doubt(model, conn);
        }
        return;
    }
    drill_check_will_conn_ended(model, conn);
    CheckSession *session = conn->session;
    conn->kept_up = drill_check_client_keeps_up(session);
    if (session->conn != conn) {
        return; /* taken over */
    }
    session->offline_since_event = event;
    uint32_t expiry_s = conn->grants.session_expiry_s;
    if (expiry_s != UINT32_MAX) {
        session->expires_ns = conn->end[CHECK_SERVER].end_ns + expiry_s * DRILL_NS_PER_S;
        session->expiry_in_doubt = model->broker_down || conn->grants.expiry_in_doubt;
    }
    if (expiry_s == 0) {
        session_end(model, session);
        if (identity->session == session) {
            identity->presence = CHECK_ABSENT;
            identity->last_event = event;
        }
    }
}

void drill_check_session_broker_down(CheckModel *model, bool keep_sessions) {
    if (keep_sessions) {
        return;
    }
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        if (identity != NULL) {
            session_end(model, identity->session);
            identity->presence = CHECK_ABSENT;
        }
    }
}
