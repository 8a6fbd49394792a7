/* Nodes, connections and packets: turns trace events into CheckEvents and hands them to the parts
 * of the model in order. */
#include "check/model.h"

#include <string.h>

#include "base/arena.h"

void drill_check_model_init(CheckModel *model, const DrillCheckOptions *options) {
    memset(model, 0, sizeof *model);
    model->allocator = options->allocator;
    model->version = options->version;
    model->paced = options->paced;
    model->slack_ns = options->paced ? DRILL_CHECK_PACED_SLACK_NS : 0;
    model->nodes = drill_map_new(model->allocator);
    model->conns = drill_map_new(model->allocator);
    model->identities = drill_map_new(model->allocator);
    model->topics = drill_map_new(model->allocator);
    model->contents = drill_map_new(model->allocator);
    model->expects = drill_map_new(model->allocator);
    model->streams = drill_map_new(model->allocator);
    model->groups = drill_map_new(model->allocator);
    model->finished = drill_check_finished_new(model);
    drill_check_settle_init(model);
    model->next_number = 1;
    model->release_next = 1;
}

char *drill_check_text(CheckModel *model, DrillSpan text) {
    char *copy = DRILL_NEW_ARRAY(model->allocator, char, text.size + 1);
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    return copy;
}

uint64_t drill_check_hash(DrillSpan topic, DrillSpan payload) {
    return drill_hash(payload, drill_hash(topic, UINT64_C(0x746f706963)) + 1) | 1u;
}

CheckNode *drill_check_node(CheckModel *model, DrillSpan name) {
    return drill_map_get(model->nodes, name);
}

CheckConn *drill_check_conn(CheckModel *model, uint64_t number) {
    DrillSpan key = drill_span(&number, sizeof number);
    CheckConn *conn = drill_map_get(model->conns, key);
    if (conn == NULL) {
        conn = DRILL_NEW(model->allocator, CheckConn);
        conn->number = number;
        conn->version = (DrillVersion)model->version;
        conn->judged = model->version >= DRILL_MQTT_3_1_1;
        conn->limits[CHECK_CLIENT] = conn->limits[CHECK_SERVER] =
            (CheckLimits){.receive_maximum = UINT16_MAX, .packet_bytes_max = UINT32_MAX};
        drill_map_set(model->conns, key, conn);
    }
    return conn;
}

const char *drill_check_client_name(const CheckConn *conn) {
    return conn->node != NULL ? conn->node->name : "(unknown)";
}

bool drill_check_processed(const CheckModel *model, uint64_t conn_number, uint64_t received_ns) {
    if (model->slack_ns == 0) {
        return true;
    }
    const CheckConn *conn =
        drill_map_get(model->conns, drill_span(&conn_number, sizeof conn_number));
    if (conn == NULL) {
        return false;
    }
    uint64_t until_ns =
        conn->end[CHECK_SERVER].ended ? conn->end[CHECK_SERVER].end_ns : model->now_ns;
    return until_ns >= received_ns + model->slack_ns;
}

/* Reason Codes of DISCONNECT that need nothing of the client's. */
static bool is_administrative(uint8_t code) {
    static const uint8_t codes[] = {
        DRILL_REASON_NOT_AUTHORIZED,           DRILL_REASON_SERVER_BUSY,
        DRILL_REASON_SERVER_SHUTTING_DOWN,     DRILL_REASON_KEEP_ALIVE_TIMEOUT,
        DRILL_REASON_SESSION_TAKEN_OVER,       DRILL_REASON_MESSAGE_RATE_TOO_HIGH,
        DRILL_REASON_QUOTA_EXCEEDED,           DRILL_REASON_ADMINISTRATIVE_ACTION,
        DRILL_REASON_USE_ANOTHER_SERVER,       DRILL_REASON_SERVER_MOVED,
        DRILL_REASON_CONNECTION_RATE_EXCEEDED, DRILL_REASON_MAXIMUM_CONNECT_TIME};
    return memchr(codes, code, sizeof codes) != NULL;
}

bool drill_check_closed_unasked(const CheckModel *model, const CheckConn *conn, CheckSide side) {
    const CheckEnd *end = &conn->end[side];
    const CheckEnd *other = &conn->end[side == CHECK_CLIENT ? CHECK_SERVER : CHECK_CLIENT];
    if (!drill_check_closed_itself(end) || conn->struck) {
        return false;
    }
    if (other->ended && other->by_local && other->end_event < end->end_event) {
        return false;
    }
    if (side == CHECK_CLIENT) {
        /* 5.0: it says so first. No well-formed PUBREL gives reason to, nor the answer that an
         * unfinished exchange waits for. */
        bool said_so = end->disconnected && drill_reason_is_failure(end->disconnect_code) &&
                       (end->last_received_type == DRILL_PUBREL || end->last_received_expected);
        return end->faulted_event != 0 && !end->received_bad && (!end->disconnected || said_so);
    }
    if (end->left && is_administrative(end->left_code)) {
        return false;
    }
    uint64_t keep_alive_ns = conn->keep_alive_s * DRILL_NS_PER_S;
    if (keep_alive_ns != 0 && end->end_ns >= end->last_received_ns + keep_alive_ns) {
        return false;
    }
    (void)model;
    return conn->accepted && conn->offence_event == 0 && !conn->repeated && !conn->clashed &&
           !end->disconnected && !end->received_bad && conn->taken_over_by == NULL;
}

bool drill_check_end_usable(const CheckModel *model, const CheckConn *conn, CheckSide side) {
    const CheckEnd *end = &conn->end[side];
    if (side == CHECK_SERVER && model->gateway && (conn->struck || conn->end[CHECK_CLIENT].ended)) {
        return false;
    }
    /* Nor need a real client have read what came. */
    if (side == CHECK_CLIENT && conn->node != NULL && conn->node->real &&
        (conn->struck || conn->end[CHECK_SERVER].ended)) {
        return false;
    }
    return end->open && !end->ended && !end->disconnected && !end->half_closed && !end->left;
}

static void node_added(CheckModel *model, const DrillTraceEvent *trace) {
    DrillSpan role = trace->values[0].bytes;
    CheckNode *node = drill_check_node(model, trace->node);
    if (node != NULL) {
        return;
    }
    node = DRILL_NEW(model->allocator, CheckNode);
    node->number = model->next_number++;
    node->name = drill_check_text(model, trace->node);
    node->far = drill_span_is(role, "broker") || drill_span_is(role, "gateway");
    node->raw = drill_span_is(role, "raw");
    node->manual_acks = trace->values[4].number != 0;
    if (drill_span_is(role, "client") && trace->values[1].bytes.size > 0) {
        node->client_id = drill_check_text(model, trace->values[1].bytes);
    }
    node->real = drill_span_is(role, "gateway-client");
    model->has_far = model->has_far || node->far;
    model->gateway = model->gateway || drill_span_is(role, "gateway");
    if (!node->far && !node->raw) {
        node->party = DRILL_NEW(model->allocator, CheckParty);
        drill_check_party_init(model, node->party, CHECK_CLIENT, node->name);
    }
    drill_map_set(model->nodes, trace->node, node);
}

static void open_end(CheckConn *conn, CheckSide side, uint64_t now_ns) {
    CheckEnd *end = &conn->end[side];
    if (!end->open) {
        end->open = true;
        end->open_ns = now_ns;
        end->last_sent_ns = now_ns;
        end->last_received_ns = now_ns;
    }
}

/* The client's part of its session is no more when its connection is. */
static bool client_session_ends(const CheckConn *conn) {
    if (!conn->client_sent_connect) {
        return false;
    }
    if (conn->version != DRILL_MQTT_5_0) {
        return conn->client_clean;
    }
    if (conn->refused || !conn->client_connack) {
        return false; /* it was none of this connection's, as far as the client knows */
    }
    return conn->client_expiry_s != 0 ? conn->client_expiry_s == 1
                                      : conn->grants.session_expiry_s == 0;
}

/* It may have ended its Session by a DISCONNECT that nobody saw: it hands on again what comes
 * again. */
static void doubt_session(CheckParty *party) {
    party->in_doubt = true;
    for (size_t i = 0; i < drill_map_slots(party->in); i++) {
        CheckExchange *exchange = drill_map_at(party->in, i, NULL);
        if (exchange != NULL) {
            exchange->passed_on = 0;
        }
    }
}

static void end_end(CheckModel *model, CheckConn *conn, CheckSide side,
                    const DrillTraceEvent *trace) {
    CheckEnd *end = &conn->end[side];
    if (end->ended) {
        return;
    }
    end->ended = true;
    end->end_ns = trace->time_ns;
    end->end_event = trace->number;
    end->by_local = drill_span_is(trace->values[2].bytes, "local");
    end->network = drill_span_is(trace->values[1].bytes, "timeout");
    if (!model->has_far && side == CHECK_SERVER) {
        end->by_local = !end->by_local;
    }
    if (side == CHECK_SERVER) {
        drill_check_session_conn_ended(model, conn);
    } else if (conn->client_held_leave && conn->version == DRILL_MQTT_5_0 && conn->node != NULL &&
               conn->node->party != NULL) {
        doubt_session(conn->node->party);
    } else if (client_session_ends(conn) && conn->node != NULL && conn->node->party != NULL &&
               conn->node->conn == conn) {
        CheckParty *party = conn->node->party;
        if (conn->client_connack) {
            /* Its Session ends with it, whatever the server says of another's on the next. */
            drill_check_party_forget(model, party);
        } else {
            /* Who was not answered knows of no Session of this connection that could end. */
            party->in_doubt = true;
        }
    }
}

static void conn_event(CheckModel *model, const DrillTraceEvent *trace) {
    CheckNode *node = drill_check_node(model, trace->node);
    if (node == NULL) {
        return;
    }
    CheckConn *conn = drill_check_conn(model, trace->values[0].number);
    if (!node->far) {
        conn->node = node;
        node->conn = conn;
    }
    for (int side = 0; side < 2; side++) {
        if (model->has_far && node->far != (side == CHECK_SERVER)) {
            continue;
        }
        if (trace->kind == DRILL_TRACE_CONN_OPEN) {
            open_end(conn, (CheckSide)side, trace->time_ns);
        } else if (trace->values[3].number != 0) {
            conn->end[side].half_closed = true;
        } else {
            end_end(model, conn, (CheckSide)side, trace);
        }
    }
}

/* A real broker closed. Its gateway says no more about a connection whose link is dead already. */
static void outside_closed(CheckModel *model, const DrillTraceEvent *trace) {
    CheckConn *conn = drill_check_conn(model, trace->values[0].number);
    CheckEnd *end = &conn->end[CHECK_SERVER];
    if (end->ended) {
        return;
    }
    end->ended = true;
    end->by_local = true;
    end->end_ns = trace->time_ns;
    end->end_event = trace->number;
    drill_check_session_conn_ended(model, conn);
}

static void broker_down(CheckModel *model, const DrillTraceEvent *trace) {
    bool keep = trace->values[0].number != 0;
    for (size_t i = 0; i < drill_map_slots(model->conns); i++) {
        CheckConn *conn = drill_map_at(model->conns, i, NULL);
        /* One that is still on its way to the broker dies, or not, when it gets there. */
        if (conn == NULL || !conn->end[CHECK_SERVER].open || conn->end[CHECK_SERVER].ended) {
            continue;
        }
        CheckEnd *end = &conn->end[CHECK_SERVER];
        end->ended = true;
        end->network = true; /* nobody's decision */
        end->end_ns = trace->time_ns;
        end->end_event = trace->number;
        model->broker_down = true;
        drill_check_session_conn_ended(model, conn);
        model->broker_down = false;
    }
    model->retained_unknown_ns = trace->time_ns + 1;
    model->is_down = true;
    model->paused_until_ns = 0; /* what starts anew is not stopped */
    model->down_ns = trace->time_ns;
    if (!keep) {
        drill_check_will_forgotten(model);
    }
    drill_check_session_broker_down(model, keep);
}

/* What was due meanwhile is done now. */
static void broker_up(CheckModel *model, uint64_t now_ns) {
    model->is_down = false;
    drill_check_will_server_up(model);
    if (model->paused_until_ns < now_ns) {
        model->paused_until_ns = now_ns;
    }
}

/* Its deadlines pass meanwhile, and it cannot keep them. */
static void broker_paused(CheckModel *model, uint64_t until_ns) {
    model->paused_until_ns = until_ns;
    for (size_t i = 0; i < drill_map_slots(model->conns); i++) {
        CheckConn *conn = drill_map_at(model->conns, i, NULL);
        if (conn != NULL && !conn->end[CHECK_SERVER].ended) {
            conn->paused_until_ns = until_ns;
        }
    }
}

/* 0 where the name is none. */
static int packet_type(DrillSpan name) {
    for (int type = DRILL_CONNECT; type <= DRILL_AUTH; type++) {
        if (drill_span_is(name, drill_packet_type_name((DrillPacketType)type))) {
            return type;
        }
    }
    return 0;
}

/* [v5:MQTT-4.3.3-9] The PUBREC that the script kept back since may have refused the message: then
 * the PUBLISH that comes again is a new one. Who acknowledges by hand is who may refuse. */
static bool may_be_new(const CheckNode *node, const CheckExchange *exchange) {
    return node->manual_acks && node->conn != NULL && node->conn->version == DRILL_MQTT_5_0 &&
           exchange->qos == 2 && exchange->stage == CHECK_STAGE_PUBLISHED &&
           exchange->received_event < node->pubrec_held_event;
}

/* What the application of a virtual client did: published, or was handed a message. */
static void app_event(CheckModel *model, const DrillTraceEvent *trace, CheckEvent *out) {
    CheckNode *node = out->node;
    if (node == NULL || node->party == NULL) {
        return;
    }
    if (trace->kind == DRILL_TRACE_APP_CONNECT) {
        node->tells_deliveries = true;
        node->party->tells_deliveries = true;
    } else if (trace->kind == DRILL_TRACE_APP_CRASH) {
        drill_check_party_forget(model, node->party);
        node->may_have_session = false;
        node->session = 0;
        node->unsent_first = node->unsent_last = NULL;
    } else if (trace->kind == DRILL_TRACE_APP_PUBLISH && trace->values[1].number > 0 &&
               trace->values[3].bytes.size > 0) {
        /* One that has a Topic Alias for its name cannot be told here from what is sent. */
        CheckAppMessage *message = DRILL_NEW(model->allocator, CheckAppMessage);
        message->event = trace->number;
        message->qos = (uint8_t)trace->values[1].number;
        message->topic = drill_check_text(model, trace->values[3].bytes);
        message->topic_size = trace->values[3].bytes.size;
        message->hash = drill_check_hash(trace->values[3].bytes, trace->values[4].bytes);
        if (node->unsent_last == NULL) {
            node->unsent_first = message;
        } else {
            node->unsent_last->next = message;
        }
        node->unsent_last = message;
    } else if (trace->kind == DRILL_TRACE_APP_DELIVERED && node->arriving != NULL &&
               trace->values[1].number > 0) {
        uint64_t hash = drill_check_hash(trace->values[4].bytes, trace->values[5].bytes);
        if (node->arriving->hash == hash) {
            if (may_be_new(node, node->arriving)) {
                node->arriving->passed_on = 0;
                node->arriving->received_event = node->arriving->last_event;
            }
            node->arriving->passed_on++;
            out->exchange = node->arriving;
        }
    }
}

/* It goes on with a session that is not the one that it heard of last. */
static bool is_another_session(CheckNode *node, const CheckConn *conn) {
    uint64_t before = node->session;
    node->session = conn->session == NULL ? 0 : conn->session->number;
    return before != 0 && node->session != before;
}

/* Notes on the client's own view that only single packets tell. */
static void client_packet(CheckModel *model, CheckEvent *event) {
    CheckNode *node = event->node;
    CheckConn *conn = event->conn;
    const DrillPacket *packet = &event->packet;
    if (!event->decoded || event->side != CHECK_CLIENT || node->party == NULL) {
        return;
    }
    if (event->sent && packet->type == DRILL_CONNECT) {
        if (!conn->client_sent_connect) {
            uint8_t level = packet->as.connect.protocol_level;
            if (level >= DRILL_MQTT_3_1 && level <= DRILL_MQTT_5_0) {
                conn->version = (DrillVersion)level;
                conn->judged = level != DRILL_MQTT_3_1;
            }
            drill_check_limits_connect(model, conn, &packet->as.connect);
        }
        conn->client_sent_connect = true;
        conn->client_clean = packet->as.connect.clean;
        bool kept_back = (node->held_types >> DRILL_CONNECT & 1u) != 0; /* one that nobody saw */
        conn->client_stranger =
            conn->client_clean || (!node->may_have_session && !node->real && !kept_back);
        node->may_have_session = true;
        conn->client_keep_alive_s = packet->as.connect.keep_alive_s;
        if (conn->client_clean) {
            drill_check_party_forget(model, node->party);
            node->party->in_doubt = true;
        }
    } else if (event->sent && packet->type == DRILL_DISCONNECT) {
        CheckEnd *end = &conn->end[CHECK_CLIENT];
        end->disconnected = true;
        end->disconnect_event = event->number;
        end->disconnect_ns = event->time_ns;
        end->disconnect_code = packet->as.reason.reason_code;
        DrillProperty expiry;
        if (drill_properties_find(packet->as.reason.properties, DRILL_SESSION_EXPIRY_INTERVAL,
                                  &expiry)) {
            conn->client_expiry_s = 1 + (uint64_t)expiry.number;
        }
    } else if (!event->sent && packet->type == DRILL_CONNACK && packet->as.connack.code == 0) {
        conn->client_connack = true;
        conn->client_connack_ns = event->time_ns;
        conn->client_had_session = drill_check_party_holds(node->party);
        if (conn->grants.has_keep_alive) {
            conn->client_keep_alive_s = conn->grants.keep_alive_s;
        }
        conn->client_session_present = packet->as.connack.session_present;
        node->party->connections++;
        bool another = is_another_session(node, conn);
        if (conn->client_session_present) {
            node->party->in_doubt = node->party->in_doubt || conn->shared || another;
            drill_check_party_resume(node->party, conn->number);
        } else {
            drill_check_party_forget(model, node->party);
            node->party->connections = 1;
            node->party->in_doubt = false;
        }
    }
}

static void set_arriving(CheckNode *node, CheckExchange *exchange) {
    if (node->arriving != NULL) {
        node->arriving->arriving = false;
    }
    node->arriving = exchange;
    if (exchange != NULL) {
        exchange->arriving = true;
    }
}

static void client_application(CheckModel *model, CheckEvent *event) {
    CheckNode *node = event->node;
    if (!event->decoded || event->side != CHECK_CLIENT || node->party == NULL) {
        return;
    }
    if (!event->sent && event->exchange != NULL &&
        (event->packet.type == DRILL_PUBLISH || event->packet.type == DRILL_PUBREL)) {
        set_arriving(node, event->exchange);
    } else if (!event->sent && event->packet.type == DRILL_PUBLISH) {
        set_arriving(node, NULL);
    }
    if (!event->sent) {
        event->conn->end[CHECK_CLIENT].last_received_expected = drill_check_awaited(event);
    }
    bool first = event->send == CHECK_SEND_FIRST || event->send == CHECK_SEND_CLASH ||
                 event->send == CHECK_SEND_AFTER_DONE;
    if (event->sent && first) {
        for (CheckAppMessage *message = node->unsent_first, *before = NULL; message != NULL;
             before = message, message = message->next) {
            if (message->hash != event->hash ||
                message->qos != (uint8_t)event->packet.as.publish.qos) {
                continue;
            }
            if (before == NULL) {
                node->unsent_first = message->next;
            } else {
                before->next = message->next;
            }
            node->unsent_last = node->unsent_last == message ? before : node->unsent_last;
            drill_release(model->allocator, message->topic, message->topic_size + 1);
            drill_release(model->allocator, message, sizeof *message);
            break;
        }
    }
}

/* A malformed CONNECT says too in which version it wants its answer. */
static void note_level(const CheckEvent *event) {
    uint8_t level;
    CheckConn *conn = event->conn;
    if (conn->connected || conn->client_sent_connect ||
        !drill_codec_connect_level(event->bytes, &level) || level < DRILL_MQTT_3_1 ||
        level > DRILL_MQTT_5_0) {
        return;
    }
    conn->version = (DrillVersion)level;
    conn->judged = conn->judged && level != DRILL_MQTT_3_1;
}

static void decode(CheckModel *model, CheckEvent *event, bool whole) {
    (void)model;
    size_t size = 0;
    CheckConn *conn = event->conn;
    note_level(event);
    DrillVersion version = conn->version;
    if (event->bytes.size > 3 && event->bytes.data[0] >> 4 == DRILL_CONNACK &&
        event->bytes.data[1] == 2 && event->bytes.data[3] != 0 && conn->version == DRILL_MQTT_5_0) {
        /* The server refuses in the form of 3.1.1: it does not speak 5.0, and says so. */
        conn->judged = conn->judged && !conn->connected;
        version = DRILL_MQTT_3_1_1;
    }
    DrillResult framed =
        drill_codec_frame(event->bytes, version, DRILL_PACKET_BYTES_MAX, &size, &event->fault);
    if (framed == DRILL_NEED_MORE || (!whole && framed == DRILL_OK)) {
        event->incomplete = true;
        return;
    }
    if (framed != DRILL_OK) {
        return;
    }
    DrillResult result = drill_codec_decode(event->bytes, version, &event->packet, &event->fault);
    /* Whether text is text is for publishers and subscribers: a server may pass it on, refuse it or
     * close (5.0 section 3.3.2.3.2). */
    event->bad_format = result == DRILL_MALFORMED &&
                        event->fault.reason_code == DRILL_REASON_PAYLOAD_FORMAT_INVALID &&
                        event->bytes.data[0] >> 4 == DRILL_PUBLISH;
    event->decoded = result == DRILL_OK || event->bad_format;
}

/* What a client may answer with DISCONNECT 0x94, or 0x82 where the alias stands for nothing. */
static bool has_bad_alias(const CheckEvent *event) {
    return event->side == CHECK_CLIENT &&
           (event->alias_unknown || event->alias > event->conn->limits[CHECK_CLIENT].alias_max);
}

static void note_times(CheckEvent *event) {
    CheckEnd *end = &event->conn->end[event->side];
    open_end(event->conn, event->side, event->time_ns);
    if (event->sent) {
        event->first_of_conn = end->first_sent_event == 0;
        if (event->first_of_conn) {
            end->first_sent_event = event->number;
        }
        event->silence_ns = event->time_ns - end->last_sent_ns;
        end->last_sent_ns = event->time_ns;
        end->last_sent_event = event->number;
    } else {
        if (event->decoded) {
            end->last_received_type = event->packet.type;
        }
        end->last_received_ns = event->time_ns;
        end->last_received_event = event->number;
        if ((!event->decoded && !event->incomplete) || event->bad_format || has_bad_alias(event)) {
            end->received_bad = true;
        }
    }
}

static void server_packet(CheckModel *model, CheckEvent *event) {
    CheckConn *conn = event->conn;
    CheckEnd *end = &conn->end[CHECK_SERVER];
    if (event->decoded && event->packet.type == DRILL_PUBLISH) {
        drill_check_settle(model);
    }
    if (event->sent) {
        drill_check_offence_answered(event);
    } else {
        drill_check_offence(event);
        /* What follows an offence, DISCONNECT or a refusal is not there for the server. */
        if (conn->offence_event != 0 || end->disconnected || conn->refused) {
            event->session = conn->session;
            return;
        }
    }
    drill_check_session_packet(model, event);
    event->session = conn->session;
    event->party = conn->session == NULL ? NULL : &conn->session->party;
    drill_check_exchange_packet(model, event);
    drill_check_unfinished(event);
    if (event->sent) {
        drill_check_answer(model, event);
    } else {
        drill_check_owe(model, event);
    }
    if (event->session != NULL && event->decoded) {
        drill_check_subscription_packet(model, event);
        drill_check_message_packet(model, event);
        drill_check_delivery_packet(model, event);
    }
}

static void packet(CheckModel *model, const DrillTraceEvent *trace, CheckSide side, bool sent,
                   CheckEvent *out) {
    CheckConn *conn = drill_check_conn(model, trace->values[0].number);
    out->is_packet = true;
    out->side = side;
    out->sent = sent;
    out->conn = conn;
    out->bytes = trace->values[1].bytes;
    if (!out->node->far) {
        conn->node = out->node;
        conn->node->conn = conn;
    }
    if (side == CHECK_CLIENT && out->node->far) {
        out->node = conn->node;
    }
    decode(model, out, trace->values[2].number != 0);
    drill_check_alias(model, out);
    if (out->decoded && out->packet.type == DRILL_PUBLISH) {
        out->hash = drill_check_hash(out->packet.as.publish.topic, out->packet.as.publish.payload);
    }
    drill_check_quota(out);
    note_times(out);
    out->judged = conn->judged && (side == CHECK_SERVER || out->node->party != NULL);
    if (side == CHECK_SERVER) {
        server_packet(model, out);
        out->judged = out->judged && conn->judged;
        return;
    }
    out->party = out->node->party;
    client_packet(model, out);
    drill_check_exchange_packet(model, out);
    drill_check_unfinished(out);
    if (out->sent) {
        drill_check_answer(model, out);
    } else if (out->party != NULL) {
        drill_check_owe(model, out);
    }
    client_application(model, out);
}

/* Options without which 3.1.1 does not show why a broker does something. */
static void broker_config(CheckModel *model, DrillSpan option, DrillSpan value) {
    if (drill_span_is(option, "topic_rules")) {
        model->topic_rules = !drill_span_is(value, "0");
    } else if (drill_span_is(option, "wildcard_subscription_available")) {
        model->no_wildcards = drill_span_is(value, "false");
    }
}

static void other_event(CheckModel *model, const DrillTraceEvent *trace, CheckEvent *out) {
    if (trace->kind == DRILL_TRACE_NODE_ADDED) {
        node_added(model, trace);
    } else if (trace->kind == DRILL_TRACE_CONN_OPEN || trace->kind == DRILL_TRACE_CONN_CLOSED) {
        conn_event(model, trace);
        out->conn = drill_check_conn(model, trace->values[0].number);
    } else if (trace->kind == DRILL_TRACE_OUTSIDE_CLOSED) {
        /* A real client's end is told by its own conn.closed. */
        if (out->node != NULL && out->node->far) outside_closed(model, trace);
    } else if (trace->kind == DRILL_TRACE_BROKER_DOWN) {
        broker_down(model, trace);
    } else if (trace->kind == DRILL_TRACE_BROKER_UP) {
        broker_up(model, trace->time_ns);
    } else if (trace->kind == DRILL_TRACE_BROKER_PAUSED) {
        broker_paused(model, trace->values[0].number);
    } else if (trace->kind == DRILL_TRACE_BROKER_CONFIG) {
        broker_config(model, trace->values[0].bytes, trace->values[1].bytes);
    } else if (trace->kind == DRILL_TRACE_FAULT_STRUCK) {
        CheckConn *conn = drill_check_conn(model, trace->values[1].number);
        conn->struck = true;
        conn->struck_event = trace->number;
    } else if (trace->kind == DRILL_TRACE_MQTT_FAULTED && out->node != NULL) {
        CheckConn *conn = drill_check_conn(model, trace->values[0].number);
        conn->end[out->node->far ? CHECK_SERVER : CHECK_CLIENT].faulted_event = trace->number;
    } else if (trace->kind == DRILL_TRACE_HELD && out->node != NULL) {
        out->node->holding_event = trace->number;
        int type = packet_type(trace->values[1].bytes);
        out->node->held_types |= UINT32_C(1) << type;
        CheckConn *conn = drill_check_conn(model, trace->values[0].number);
        conn->client_held_leave = conn->client_held_leave || type == DRILL_DISCONNECT;
        if (type == DRILL_PUBREC) {
            out->node->pubrec_held_event = trace->number;
        }
    } else {
        app_event(model, trace, out);
    }
}

size_t drill_check_model_event(CheckModel *model, const DrillTraceEvent *trace, size_t part,
                               CheckEvent *out) {
    memset(out, 0, sizeof *out);
    out->trace = trace;
    out->number = trace->number;
    out->time_ns = trace->time_ns;
    out->node = drill_check_node(model, trace->node);
    model->now_ns = trace->time_ns;
    drill_check_will_passing(model);
    bool is_packet =
        trace->kind == DRILL_TRACE_MQTT_SENT || trace->kind == DRILL_TRACE_MQTT_RECEIVED;
    if (!is_packet || out->node == NULL) {
        if (!is_packet) {
            other_event(model, trace, out);
        }
        return 1;
    }
    bool sent = trace->kind == DRILL_TRACE_MQTT_SENT;
    if (model->has_far) {
        packet(model, trace, out->node->far ? CHECK_SERVER : CHECK_CLIENT, sent, out);
        return 1;
    }
    /* Both ends at once: the sender first. */
    bool sender = part == 0;
    CheckSide side = sent == sender ? CHECK_CLIENT : CHECK_SERVER;
    packet(model, trace, side, sender, out);
    return 2;
}
