/* Wills: when each is due, and what takes it back. In 3.1.1 a will is due when its connection ends
 * without DISCONNECT. In 5.0 only DISCONNECT 0x00 drops it, a Will Delay Interval puts it off, the
 * end of the session brings it forward, and coming back to the session in time takes it back. */
#include "check/model.h"

bool drill_check_will_dropped(const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    return end->disconnected && end->disconnect_code == 0;
}

bool drill_check_will_brought_forward(const CheckConn *conn) {
    const CheckConn *newer = conn->identity->conn;
    bool found = newer != conn && newer->clean && !newer->refused;
    for (newer = conn->identity->waiting; newer != NULL; newer = newer->next_waiting) {
        found = found || (newer != conn && newer->clean && !newer->entered && !newer->refused &&
                          !newer->end[CHECK_SERVER].ended);
    }
    return found && conn->end[CHECK_SERVER].ended;
}

/* How well it explains that its will is seen now. */
typedef enum Dying {
    NOT_DYING,
    TAKEN_BACK,   /* by DISCONNECT, or by who came back to its session */
    UP,           /* open, for all one knows, or put off */
    ABOUT_TO_END, /* the server has to close it: an offender, or one that was taken over */
    ENDING        /* its client has closed it, or its session is ending */
} Dying;

static Dying dying(const CheckModel *model, const CheckConn *conn) {
    const CheckEnd *end = &conn->end[CHECK_SERVER];
    if (conn->will_message != NULL) {
        return NOT_DYING;
    }
    if (drill_check_will_dropped(conn) || conn->will.revoked_event != 0) {
        return TAKEN_BACK;
    }
    if (end->ended) {
        return conn->will.due_ns <= model->now_ns       ? NOT_DYING
               : drill_check_will_brought_forward(conn) ? ENDING
                                                        : UP;
    }
    return end->half_closed                                          ? ENDING
           : conn->offence_event != 0 || conn->taken_over_by != NULL ? ABOUT_TO_END
                                                                     : UP;
}

static bool looks_like(const CheckModel *model, const CheckEvent *event, const CheckConn *conn) {
    CheckMessage will = {
        .recv_ns = model->now_ns, .is_will = true, .properties = conn->will.properties};
    drill_check_message_expiry(&will);
    return (unsigned)event->packet.as.publish.qos <= conn->will.qos &&
           (conn->will.retain || !event->packet.as.publish.retain) &&
           drill_check_looks_like(model, event, &will);
}

bool drill_check_will_explains(const CheckModel *model, const CheckEvent *event,
                               const CheckContent *content) {
    const CheckConn *conn = drill_check_will_dying(model, content);
    return conn != NULL && dying(model, conn) >= ABOUT_TO_END && looks_like(model, event, conn);
}

CheckConn *drill_check_will_dying(const CheckModel *model, const CheckContent *content) {
    CheckConn *best = NULL;
    Dying how = NOT_DYING;
    for (CheckConn *conn = content->will_of; conn != NULL; conn = conn->next_will_of) {
        Dying found = dying(model, conn);
        if (found > how) {
            best = conn;
            how = found;
        }
    }
    return best;
}

bool drill_check_will_like(const CheckModel *model, const CheckEvent *event,
                           const CheckContent *content) {
    for (const CheckConn *conn = content->will_of; conn != NULL; conn = conn->next_will_of) {
        if (conn->will_message == NULL && looks_like(model, event, conn)) {
            return true;
        }
    }
    return false;
}

static void publish(CheckModel *model, CheckConn *conn, uint64_t due_ns, bool doubtful) {
    DrillSpan topic = drill_span_of(conn->will.topic);
    CheckMessage *message =
        drill_check_message_new(model, drill_check_content(model, topic, conn->will.hash, true));
    conn->will_message = message;
    conn->will.due_ns = due_ns;
    message->qos = conn->will.qos;
    message->retain = conn->will.retain;
    message->empty = conn->will.empty;
    message->is_will = true;
    message->v5 = conn->version == DRILL_MQTT_5_0;
    message->author = conn->identity;
    message->will_conn = conn;
    message->conn = conn->number;
    message->publisher = conn->session->number;
    message->publisher_id = drill_check_client_name(conn);
    message->event = conn->connect_event;
    message->recv_ns = due_ns;
    message->doubtful = doubtful;
    drill_check_message_properties(model, message, conn->will.properties, conn->will.bytes);
    drill_check_message_spread(model, message);
}

void drill_check_will_now(CheckModel *model, CheckConn *conn) {
    if (conn->will.set && conn->will_message == NULL) {
        publish(model, conn, model->now_ns, false);
    }
}

static bool went_on(const CheckConn *conn) {
    const CheckConn *newer = conn->taken_over_by;
    return newer != NULL && newer->accepted && newer->session == conn->session;
}

void drill_check_will_conn_ended(CheckModel *model, CheckConn *conn) {
    if (!conn->will.set || drill_check_will_dropped(conn) || conn->will_message != NULL) {
        /* If it was early already, whether by too much is the will oracle's question. */
        return;
    }
    uint32_t wait_s = conn->will.delay_s < conn->grants.session_expiry_s
                          ? conn->will.delay_s
                          : conn->grants.session_expiry_s;
    if (conn->version != DRILL_MQTT_5_0 || wait_s == 0 || model->broker_down) {
        /* A server that goes down may put wills off or lose them. */
        publish(model, conn, model->now_ns, model->broker_down);
        return;
    }
    conn->will.due_ns = model->now_ns + wait_s * DRILL_NS_PER_S;
    if (went_on(conn)) {
        conn->will.revoked_event = conn->taken_over_by->connack_event;
        return;
    }
    conn->next_pending = model->pending_wills;
    model->pending_wills = conn;
}

void drill_check_will_in_doubt(CheckModel *model, CheckConn *conn) {
    if (model->gateway && conn->entered && conn->will.set && !drill_check_will_dropped(conn) &&
        !drill_check_closed_itself(&conn->end[CHECK_SERVER])) {
        publish(model, conn, model->now_ns, true);
    }
}

static void unlink_pending(CheckModel *model, const CheckConn *conn) {
    CheckConn **at = &model->pending_wills;
    while (*at != conn) {
        at = &(*at)->next_pending;
    }
    *at = conn->next_pending;
}

void drill_check_will_forgotten(CheckModel *model) {
    while (model->pending_wills != NULL) {
        CheckConn *conn = model->pending_wills;
        model->pending_wills = conn->next_pending;
        if (conn->will_message == NULL) {
            publish(model, conn, model->now_ns, true);
        }
    }
}

void drill_check_will_server_up(CheckModel *model) {
    for (size_t i = 0; i < drill_map_slots(model->conns); i++) {
        CheckConn *conn = drill_map_at(model->conns, i, NULL);
        if (conn != NULL && conn->will_message != NULL && conn->will_message->doubtful &&
            conn->will_message->recv_ns == model->down_ns) {
            conn->will.late_ns = model->now_ns - model->down_ns;
        }
    }
}

void drill_check_will_passing(CheckModel *model) {
    CheckConn *next = NULL;
    if (model->is_down) {
        return;
    }
    for (CheckConn *conn = model->pending_wills; conn != NULL; conn = next) {
        next = conn->next_pending;
        uint64_t due_ns = conn->will.due_ns;
        if (due_ns < model->paused_until_ns) {
            due_ns = model->paused_until_ns; /* it cannot be earlier, unless the broker restarts */
        }
        if (due_ns <= model->now_ns) {
            unlink_pending(model, conn);
            if (conn->will_message == NULL) {
                /* A CONNECT that is being answered may have been in time. */
                bool late = conn->identity->conn != conn && !conn->identity->conn->refused &&
                            !conn->identity->conn->end[CHECK_SERVER].ended;
                publish(model, conn, due_ns, late);
            }
        }
    }
}

void drill_check_will_accepted(CheckModel *model, const CheckConn *newer, bool session_present) {
    CheckConn *next = NULL;
    for (CheckConn *conn = model->pending_wills; conn != NULL; conn = next) {
        next = conn->next_pending;
        if (conn->identity != newer->identity || conn == newer) {
            continue;
        }
        unlink_pending(model, conn);
        if (conn->will_message != NULL) {
            continue;
        }
        if (!session_present) {
            publish(model, conn, newer->entered_ns, false); /* its session is over */
        } else if (model->now_ns + model->slack_ns >= conn->will.due_ns) {
            publish(model, conn, model->now_ns, true);
        } else {
            conn->will.revoked_event = newer->connack_event; /* [v5:MQTT-3.1.3-9] */
        }
    }
}
