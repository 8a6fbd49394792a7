/* Reads a trace into a diagram's participants, arrows, marks, notes, strips and boxes. */
#include "report/diagram_model.h"
#include "spec/reason.h"

#include <stdlib.h>
#include <string.h>

/* What is known of one connection. */
typedef struct Connection {
    uint64_t conn;
    size_t client, broker; /* participants, or DRILL_NOBODY */
    bool lost;             /* closed, and not after a DISCONNECT */
    bool closed;
    bool disconnect_sent;
    uint64_t closed_ns, closed_number;
    size_t closed_side; /* who noticed first, and was it by its own doing? */
    bool closed_local;
    const char *how;
    const char *struck; /* what a declared fault did to it, or NULL */
    size_t break_index; /* its box, or DRILL_NOBODY */
} Connection;

typedef struct Scan {
    DrillDiagram *diagram;
    const DrillDiagramOptions *options;
    DrillExchanges *exchanges;
    Connection *connections;
    size_t connection_count;
    size_t recent;      /* the connection looked for last */
    uint32_t *arrow_of; /* by event number: index + 1 of its arrow */
    size_t event_count;
    uint64_t inserted;      /* the event by which a packet came that nobody had sent */
    uint64_t end_ns;        /* of the trace */
    DrillSegments segments; /* none unless asked for */
    bool failed;            /* the script failed */
} Scan;

static size_t participant_of(Scan *scan, DrillSpan name) {
    DrillDiagram *diagram = scan->diagram;
    for (size_t i = 0; i < diagram->participant_count; i++) {
        if (drill_span_equal(name, diagram->participants[i].key)) return i;
    }
    if (name.size == 0) return DRILL_NOBODY;
    DrillParticipant *participant =
        DRILL_POOL_ADD(&diagram->pool, diagram->participants, diagram->participant_count);
    *participant =
        (DrillParticipant){.key = drill_span(drill_pool_span(&diagram->pool, name), name.size),
                           .name = drill_pool_readable(&diagram->pool, name, 60),
                           .detail = ""};
    participant->broker = drill_span_is(name, "broker");
    return diagram->participant_count - 1;
}

static void add_node(Scan *scan, const DrillTraceEvent *event) {
    size_t index = participant_of(scan, event->node);
    if (index == DRILL_NOBODY) return;
    DrillParticipant *participant = &scan->diagram->participants[index];
    participant->begun_ns = event->time_ns;
    DrillSpan role = drill_trace_text(event, "role");
    DrillSpan client_id = drill_trace_text(event, "client_id");
    bool gateway = drill_span_is(role, "gateway");
    participant->broker = gateway || drill_span_is(role, "broker");
    if (gateway) {
        participant->detail = "real broker";
    } else if (drill_span_is(role, "raw")) {
        participant->detail = "raw connection";
    } else if (client_id.size > 0 && !drill_span_equal(client_id, participant->key)) {
        participant->detail = drill_pool_readable(&scan->diagram->pool, client_id, 24);
    }
}

static Connection *connection_of(Scan *scan, uint64_t conn) {
    if (scan->recent < scan->connection_count && scan->connections[scan->recent].conn == conn) {
        return &scan->connections[scan->recent];
    }
    for (size_t i = scan->connection_count; i-- > 0;) {
        scan->recent = i;
        if (scan->connections[i].conn == conn) return &scan->connections[i];
    }
    Connection *connection =
        DRILL_POOL_ADD(&scan->diagram->pool, scan->connections, scan->connection_count);
    *connection = (Connection){.conn = conn,
                               .client = DRILL_NOBODY,
                               .broker = DRILL_NOBODY,
                               .how = "",
                               .break_index = DRILL_NOBODY};
    return connection;
}

/* Whose event it is, noted as an end of the connection. */
static size_t side_of(Scan *scan, Connection *connection, const DrillTraceEvent *event) {
    size_t index = participant_of(scan, event->node);
    if (index == DRILL_NOBODY) return index;
    if (scan->diagram->participants[index].broker) {
        connection->broker = index;
    } else {
        connection->client = index;
    }
    return index;
}

static size_t any_broker(const DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->participant_count; i++) {
        if (diagram->participants[i].broker) return i;
    }
    return DRILL_NOBODY;
}

static size_t peer_of(const Scan *scan, const Connection *connection, size_t side) {
    if (side == connection->client) {
        return connection->broker != DRILL_NOBODY ? connection->broker : any_broker(scan->diagram);
    }
    return connection->client;
}

static void put_mark(Scan *scan, const DrillTraceEvent *event, bool good, const char *text) {
    size_t participant = participant_of(scan, event->node);
    if (participant == DRILL_NOBODY) return;
    DrillDiagram *diagram = scan->diagram;
    DrillMark *mark = DRILL_POOL_ADD(&diagram->pool, diagram->marks, diagram->mark_count);
    *mark = (DrillMark){.participant = participant,
                        .time_ns = event->time_ns,
                        .number = event->number,
                        .text = text,
                        .good = good};
}

/* Line ends are the writer's; everything else unprintable is escaped. */
static const char *readable_lines(DrillPool *pool, DrillSpan text) {
    const char *lines = "";
    size_t start = 0;
    for (size_t i = 0; i <= text.size && i < 600; i++) {
        if (i < text.size && text.data[i] != '\n') continue;
        const char *line = drill_pool_readable(pool, drill_span(text.data + start, i - start), 400);
        lines = drill_pool_print(pool, "%s%s%s", lines, start > 0 ? "\n" : "", line);
        start = i + 1;
    }
    return start == 0 ? drill_pool_readable(pool, text, 400) : lines;
}

static void put_note(Scan *scan, const DrillTraceEvent *event, DrillNoteKind kind,
                     const char *heading, DrillSpan text) {
    DrillDiagram *diagram = scan->diagram;
    DrillNote *note = DRILL_POOL_ADD(&diagram->pool, diagram->notes, diagram->note_count);
    *note = (DrillNote){.kind = kind,
                        .participant = participant_of(scan, event->node),
                        .time_ns = event->time_ns,
                        .number = event->number,
                        .heading = heading,
                        .text = readable_lines(&diagram->pool, text),
                        .arrow = DRILL_NOBODY};
}

/* A box that opens at this event. */
static DrillBreak *put_break(Scan *scan, const DrillTraceEvent *event, size_t participant) {
    DrillDiagram *diagram = scan->diagram;
    DrillBreak *item = DRILL_POOL_ADD(&diagram->pool, diagram->breaks, diagram->break_count);
    *item = (DrillBreak){.participant = participant,
                         .peer = DRILL_NOBODY,
                         .time_ns = event->time_ns,
                         .number = event->number,
                         .until_ns = DRILL_NEVER,
                         .what = "",
                         .why = ""};
    return item;
}

static void packet_sent(Scan *scan, const DrillTraceEvent *event) {
    DrillDiagram *diagram = scan->diagram;
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t from = side_of(scan, connection, event);
    size_t to = peer_of(scan, connection, from);
    if (from == DRILL_NOBODY || to == DRILL_NOBODY) return;
    DrillArrow *arrow = DRILL_POOL_ADD(&diagram->pool, diagram->arrows, diagram->arrow_count);
    size_t index = diagram->arrow_count - 1;
    *arrow = (DrillArrow){.from = from,
                          .to = to,
                          .conn = connection->conn,
                          .sent_ns = event->time_ns,
                          .received_ns = DRILL_NEVER,
                          .sent_number = event->number,
                          .partial = drill_trace_u64(event, "whole") == 0};
    scan->arrow_of[event->number] = (uint32_t)index + 1;
    DrillPacket packet;
    DrillSpan bytes = drill_trace_text(event, "bytes");
    if (!drill_diagram_describe(diagram, bytes, !arrow->partial, arrow, &packet)) return;
    if (packet.type == DRILL_DISCONNECT) connection->disconnect_sent = true;
    if (packet.type == DRILL_PUBLISH) diagram->participants[from].publishes = true;
    if (packet.type == DRILL_SUBSCRIBE) diagram->participants[from].subscribes = true;
    if (packet.type == DRILL_CONNECT && packet.as.connect.clean) {
        drill_exchanges_forget(scan->exchanges, from, to, event->time_ns, event->number);
    }
    drill_exchanges_sent(scan->exchanges, index, &packet);
}

static DrillArrow *arrow_of_event(const Scan *scan, uint64_t number) {
    if (number == 0 || number > scan->event_count || scan->arrow_of[number] == 0) return NULL;
    return &scan->diagram->arrows[scan->arrow_of[number] - 1];
}

/* Pieces of a packet arrive together with the last of them. */
static void pieces_received(const Scan *scan, const DrillArrow *last) {
    DrillDiagram *diagram = scan->diagram;
    for (size_t i = (size_t)(last - diagram->arrows); i-- > 0;) {
        DrillArrow *arrow = &diagram->arrows[i];
        if (arrow->conn != last->conn || arrow->from != last->from) continue;
        if (!arrow->partial || arrow->received_ns != DRILL_NEVER) break;
        arrow->received_ns = last->received_ns;
        arrow->received_number = last->received_number;
    }
}

/* The network made a second packet of it. */
static void add_copy(Scan *scan, const DrillTraceEvent *event, const DrillArrow *arrow,
                     size_t side) {
    DrillDiagram *diagram = scan->diagram;
    DrillArrow copy = *arrow;
    copy.to = side;
    copy.copy = true;
    copy.resent = false;
    copy.received_ns = event->time_ns;
    copy.received_number = event->number;
    *DRILL_POOL_ADD(&diagram->pool, diagram->arrows, diagram->arrow_count) = copy;
    scan->arrow_of[event->number] = (uint32_t)diagram->arrow_count;
}

/* Nobody sent it: it begins on the way. */
static void add_inserted(Scan *scan, const DrillTraceEvent *event, const Connection *connection,
                         size_t side) {
    DrillDiagram *diagram = scan->diagram;
    size_t from = peer_of(scan, connection, side);
    if (from == DRILL_NOBODY) return;
    DrillArrow *arrow = DRILL_POOL_ADD(&diagram->pool, diagram->arrows, diagram->arrow_count);
    *arrow = (DrillArrow){.from = from,
                          .to = side,
                          .conn = connection->conn,
                          .sent_ns = event->time_ns,
                          .received_ns = event->time_ns,
                          .sent_number = event->number,
                          .received_number = event->number,
                          .inserted = true};
    scan->arrow_of[event->number] = (uint32_t)diagram->arrow_count;
    DrillPacket packet;
    (void)drill_diagram_describe(diagram, drill_trace_text(event, "bytes"), true, arrow, &packet);
}

static void packet_received(Scan *scan, const DrillTraceEvent *event) {
    DrillDiagram *diagram = scan->diagram;
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t side = side_of(scan, connection, event);
    DrillArrow *arrow = arrow_of_event(scan, event->cause);
    if (arrow == NULL && side != DRILL_NOBODY && event->cause != 0 &&
        event->cause == scan->inserted) {
        add_inserted(scan, event, connection, side);
    }
    if (arrow == NULL || side == DRILL_NOBODY) return;
    if (arrow->received_ns != DRILL_NEVER) {
        add_copy(scan, event, arrow, side);
        return;
    }
    arrow->to = side;
    arrow->received_ns = event->time_ns;
    arrow->received_number = event->number;
    scan->arrow_of[event->number] = scan->arrow_of[event->cause];
    pieces_received(scan, arrow);
    DrillPacket packet;
    DrillFault fault;
    bool whole = drill_trace_u64(event, "whole") != 0;
    DrillSpan bytes = drill_trace_text(event, "bytes");
    if (!whole || drill_codec_decode(bytes, diagram->version, &packet, &fault) != DRILL_OK) return;
    if (packet.type == DRILL_CONNECT && packet.as.connect.clean) {
        drill_exchanges_forget(scan->exchanges, side, arrow->from, event->time_ns, event->number);
    }
    drill_exchanges_received(scan->exchanges, (size_t)(arrow - diagram->arrows), &packet);
}

/* "cut before PUBREC b>c rst", or how the connection ended. */
static const char *why_lost(const Connection *connection, const DrillDiagram *diagram, bool local,
                            size_t side) {
    if (connection->struck != NULL) return connection->struck;
    if (strcmp(connection->how, "timeout") == 0) return "nothing came any more";
    bool at_broker = side != DRILL_NOBODY && diagram->participants[side].broker;
    if (strcmp(connection->how, "vanish") == 0) {
        return at_broker ? "the broker vanished without a word"
                         : "the client vanished without a word";
    }
    if (at_broker == local) {
        return strcmp(connection->how, "rst") == 0 ? "reset by the broker" : "closed by the broker";
    }
    return strcmp(connection->how, "rst") == 0 ? "reset by the client" : "closed by the client";
}

/* The other end, too. When both heard it from afar, it was the network. */
static void close_heard(Scan *scan, const Connection *connection, size_t side, bool local) {
    bool other = side != connection->closed_side;
    if (!other || local || connection->closed_local || connection->struck != NULL) return;
    if (connection->break_index == DRILL_NOBODY) return;
    scan->diagram->breaks[connection->break_index].why =
        strcmp(connection->how, "rst") == 0 ? "reset by the network" : "closed by the network";
}

static void connection_closed(Scan *scan, const DrillTraceEvent *event) {
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t side = side_of(scan, connection, event);
    if (drill_trace_u64(event, "half") != 0) return;
    bool local = drill_span_is(drill_trace_text(event, "by"), "local");
    if (connection->closed) {
        close_heard(scan, connection, side, local);
        return;
    }
    connection->closed = true;
    connection->closed_side = side;
    connection->closed_local = local;
    connection->closed_ns = event->time_ns;
    connection->closed_number = event->number;
    connection->how = drill_pool_span(&scan->diagram->pool, drill_trace_text(event, "how"));
    connection->lost = connection->struck != NULL || !connection->disconnect_sent;
    if (!connection->lost || connection->client == DRILL_NOBODY) return;
    DrillBreak *item = put_break(scan, event, connection->client);
    item->peer = peer_of(scan, connection, connection->client);
    item->what = "connection lost";
    item->why = why_lost(connection, scan->diagram, local, side);
    connection->break_index = scan->diagram->break_count - 1;
}

/* The client opens its next connection: its box ends. */
static void client_connects(Scan *scan, const DrillTraceEvent *event) {
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t side = side_of(scan, connection, event);
    for (size_t i = 0; i < scan->diagram->break_count; i++) {
        DrillBreak *item = &scan->diagram->breaks[i];
        bool restart = item->participant != DRILL_NOBODY &&
                       scan->diagram->participants[item->participant].broker;
        if (item->participant == side && item->until_ns == DRILL_NEVER && !restart) {
            item->until_ns = event->time_ns;
        }
    }
}

static void fault_struck(Scan *scan, const DrillTraceEvent *event) {
    DrillSpan text = drill_trace_text(event, "text");
    const char *words = drill_pool_readable(&scan->diagram->pool, text, 60);
    DrillArrow *arrow = arrow_of_event(scan, drill_trace_u64(event, "packet"));
    uint64_t conn = drill_trace_u64(event, "conn");
    if (arrow != NULL) arrow->why = words;
    if (strncmp(words, "insert", 6) == 0) scan->inserted = event->number;
    if (strncmp(words, "cut", 3) != 0 || conn == 0) return;
    Connection *connection = connection_of(scan, conn);
    connection->struck = words;
    /* The close was noted before the reason: put the reason into its box. */
    if (connection->break_index != DRILL_NOBODY) {
        scan->diagram->breaks[connection->break_index].why = words;
    }
}

static void link_lost(Scan *scan, const DrillTraceEvent *event) {
    DrillArrow *arrow = arrow_of_event(scan, event->cause);
    if (arrow == NULL || arrow->why[0] != '\0') return;
    arrow->why = drill_pool_readable(&scan->diagram->pool, drill_trace_text(event, "reason"), 40);
}

static void packet_faulted(Scan *scan, const DrillTraceEvent *event) {
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t side = side_of(scan, connection, event);
    const char *statement =
        drill_pool_readable(&scan->diagram->pool, drill_trace_text(event, "statement"), 60);
    put_note(scan, event, DRILL_NOTE_FAULTED, statement, drill_trace_text(event, "text"));
    DrillNote *note = &scan->diagram->notes[scan->diagram->note_count - 1];
    DrillArrow *arrow = arrow_of_event(scan, event->cause);
    /* Bytes that never made a packet: the latest that have not arrived. Silence is about none, even
     * where something is still under way or was lost. */
    bool silence = drill_trace_u64(event, "reason_code") == DRILL_REASON_KEEP_ALIVE_TIMEOUT;
    for (size_t i = scan->diagram->arrow_count; arrow == NULL && !silence && i-- > 0;) {
        DrillArrow *candidate = &scan->diagram->arrows[i];
        if (candidate->conn != connection->conn || candidate->to != side) continue;
        if (candidate->received_ns != DRILL_NEVER) break;
        arrow = candidate;
    }
    if (arrow == NULL) return;
    note->arrow = (size_t)(arrow - scan->diagram->arrows);
    if (arrow->received_ns != DRILL_NEVER) return;
    /* Bytes that were never a packet arrive where they are found wrong. */
    arrow->received_ns = event->time_ns;
    arrow->received_number = event->number;
    pieces_received(scan, arrow);
}

static void broker_down(Scan *scan, const DrillTraceEvent *event) {
    size_t broker = participant_of(scan, event->node);
    if (broker == DRILL_NOBODY) return;
    bool keep = drill_trace_u64(event, "keep_sessions") != 0;
    DrillBreak *item = put_break(scan, event, broker);
    item->what = "broker down";
    item->why = keep ? "sessions are kept" : "everything is forgotten";
    if (!keep) {
        drill_exchanges_forget(scan->exchanges, broker, DRILL_NOBODY, event->time_ns,
                               event->number);
    }
}

static void broker_up(Scan *scan, const DrillTraceEvent *event) {
    size_t broker = participant_of(scan, event->node);
    for (size_t i = 0; i < scan->diagram->break_count; i++) {
        DrillBreak *item = &scan->diagram->breaks[i];
        if (item->participant == broker && item->until_ns == DRILL_NEVER) {
            item->until_ns = event->time_ns;
        }
    }
}

static void broker_noted(Scan *scan, const DrillTraceEvent *event, const char *what, DrillSpan name,
                         DrillSpan value) {
    DrillPool *pool = &scan->diagram->pool;
    const char *text = drill_pool_print(pool, "%s%s: %s", what, drill_pool_readable(pool, name, 60),
                                        drill_pool_readable(pool, value, 120));
    put_note(scan, event, DRILL_NOTE_SCRIPT, "", drill_span_of(text));
}

/* What it is configured as from the beginning would only be in the way. */
static void broker_configured(Scan *scan, const DrillTraceEvent *event) {
    if (event->time_ns == 0) return;
    broker_noted(scan, event, "", drill_trace_text(event, "option"),
                 drill_trace_text(event, "value"));
}

static void broker_defect(Scan *scan, const DrillTraceEvent *event) {
    bool on = drill_trace_u64(event, "on") != 0;
    broker_noted(scan, event, "defect ", drill_trace_text(event, "defect"),
                 drill_span_of(on ? "on" : "off"));
}

static void client_crashed(Scan *scan, const DrillTraceEvent *event) {
    size_t client = participant_of(scan, event->node);
    if (client == DRILL_NOBODY) return;
    DrillBreak *item = put_break(scan, event, client);
    item->what = "crash";
    item->why = "what was not stored is lost";
    drill_exchanges_forget(scan->exchanges, client, DRILL_NOBODY, event->time_ns, event->number);
}

static void delivered(Scan *scan, const DrillTraceEvent *event) {
    if (scan->options->bare) return;
    DrillPool *pool = &scan->diagram->pool;
    DrillSpan payload = drill_trace_text(event, "payload");
    const char *text = payload.size == 0 ? "(empty)"
                       : drill_utf8_valid(payload) && payload.size <= 200
                           ? drill_pool_print(pool, "“%s”", drill_pool_readable(pool, payload, 14))
                           : drill_pool_print(pool, "%zu bytes", payload.size);
    put_mark(scan, event, true, drill_pool_print(pool, "▸ app gets %s", text));
}

/* The client's end of its link. */
static DrillBand link_of(Scan *scan, const DrillTraceEvent *event) {
    return (DrillBand){.client = participant_of(scan, event->node),
                       .broker = any_broker(scan->diagram)};
}

static void link_set(Scan *scan, const DrillTraceEvent *event) {
    DrillBand link = link_of(scan, event);
    if (link.client == DRILL_NOBODY) return;
    uint64_t begun_ns = scan->diagram->participants[link.client].begun_ns;
    drill_diagram_link_set(scan->diagram, &link, event, begun_ns, scan->end_ns);
}

static void partition(Scan *scan, const DrillTraceEvent *event) {
    DrillDiagram *diagram = scan->diagram;
    DrillBand link = link_of(scan, event);
    if (link.client != DRILL_NOBODY) drill_diagram_link_dead(diagram, &link, event);
    const char *direction =
        drill_pool_readable(&diagram->pool, drill_trace_text(event, "direction"), 12);
    put_mark(scan, event, false,
             drill_pool_print(&diagram->pool, "link %s %s until %s",
                              drill_trace_u64(event, "stall") != 0 ? "stalled" : "dead", direction,
                              drill_diagram_time(diagram, drill_trace_u64(event, "until_ns"))));
}

static void retransmitted(Scan *scan, const DrillTraceEvent *event) {
    if (!scan->options->segments || scan->segments.count > 0) return;
    const char *reason =
        drill_pool_readable(&scan->diagram->pool, drill_trace_text(event, "reason"), 12);
    put_mark(scan, event, false,
             drill_pool_print(&scan->diagram->pool, "TCP resends (%s)", reason));
}

static void segment_seen(Scan *scan, const DrillTraceEvent *event) {
    uint32_t index = scan->segments.count > 0 ? scan->segments.of_event[event->number] : 0;
    if (index == 0) return;
    const DrillSegment *segment = &scan->segments.items[index - 1];
    bool sent = event->kind == DRILL_TRACE_TCP_SENT;
    if (!sent && segment->received_number == event->number) return; /* drawn with tcp.sent */
    Connection *connection = connection_of(scan, drill_trace_u64(event, "conn"));
    size_t side = side_of(scan, connection, event);
    size_t peer = peer_of(scan, connection, side);
    if (side == DRILL_NOBODY || peer == DRILL_NOBODY) return;
    if (scan->diagram->wire_count >= DRILL_DIAGRAM_WIRES_MAX) return;
    DrillWire *wire = drill_diagram_add_wire(scan->diagram, segment, event);
    wire->from = sent ? side : peer;
    wire->to = sent ? peer : side;
}

static void held(Scan *scan, const DrillTraceEvent *event) {
    const char *type =
        drill_pool_readable(&scan->diagram->pool, drill_trace_text(event, "type"), 12);
    put_mark(scan, event, false, drill_pool_print(&scan->diagram->pool, "%s held back", type));
}

static void run_ended(Scan *scan, const DrillTraceEvent *event) {
    DrillSpan script = drill_trace_text(event, "script");
    if (!drill_span_is(script, "finished")) scan->failed = true;
}

static void script_noted(Scan *scan, const DrillTraceEvent *event) {
    put_note(scan, event, DRILL_NOTE_SCRIPT, "", drill_trace_text(event, "text"));
}

static void script_failed(Scan *scan, const DrillTraceEvent *event) {
    scan->failed = true;
    put_note(scan, event, DRILL_NOTE_FAILED, "expectation not met",
             drill_trace_text(event, "text"));
}

static void fault_unused(Scan *scan, const DrillTraceEvent *event) {
    scan->failed = true;
    put_note(scan, event, DRILL_NOTE_FAILED, "fault never struck", drill_trace_text(event, "text"));
}

/* What is drawn of each kind of event; the others are not drawn. */
static void (*const handlers[DRILL_TRACE_KIND_COUNT])(Scan *, const DrillTraceEvent *) = {
    [DRILL_TRACE_NODE_ADDED] = add_node,
    [DRILL_TRACE_APP_CONNECT] = client_connects,
    [DRILL_TRACE_CONN_OPEN] = client_connects,
    [DRILL_TRACE_APP_DELIVERED] = delivered,
    [DRILL_TRACE_APP_CRASH] = client_crashed,
    [DRILL_TRACE_APP_NOTE] = script_noted,
    [DRILL_TRACE_APP_FAILED] = script_failed,
    [DRILL_TRACE_CONN_CLOSED] = connection_closed,
    [DRILL_TRACE_MQTT_SENT] = packet_sent,
    [DRILL_TRACE_MQTT_RECEIVED] = packet_received,
    [DRILL_TRACE_MQTT_FAULTED] = packet_faulted,
    [DRILL_TRACE_LINK_LOST] = link_lost,
    [DRILL_TRACE_LINK_PARTITION] = partition,
    [DRILL_TRACE_LINK_SET] = link_set,
    [DRILL_TRACE_TCP_SENT] = segment_seen,
    [DRILL_TRACE_TCP_RECEIVED] = segment_seen,
    [DRILL_TRACE_TCP_RETRANSMIT] = retransmitted,
    [DRILL_TRACE_FAULT_STRUCK] = fault_struck,
    [DRILL_TRACE_FAULT_UNUSED] = fault_unused,
    [DRILL_TRACE_HELD] = held,
    [DRILL_TRACE_BROKER_DOWN] = broker_down,
    [DRILL_TRACE_BROKER_UP] = broker_up,
    [DRILL_TRACE_BROKER_CONFIG] = broker_configured,
    [DRILL_TRACE_BROKER_DEFECT] = broker_defect,
    [DRILL_TRACE_RUN_END] = run_ended,
};

static void scan_event(Scan *scan, const DrillTraceEvent *event) {
    if (handlers[event->kind] != NULL) handlers[event->kind](scan, event);
}

/* The link's reasons are single words. */
static const char *lost_mark(DrillPool *pool, const DrillArrow *arrow) {
    if (arrow->why[0] == '\0' || strlen(arrow->why) > 12) return "✗ lost";
    return drill_pool_print(pool, "✗ lost: %s", arrow->why);
}

/* A packet that nobody received: lost with its connection, lost alone, or the trace ends too early
 * to tell. */
static void decide_fates(Scan *scan) {
    DrillDiagram *diagram = scan->diagram;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        DrillArrow *arrow = &diagram->arrows[i];
        const Connection *connection = connection_of(scan, arrow->conn);
        if (arrow->received_ns != DRILL_NEVER) {
            arrow->fate = DRILL_ARROW_ARRIVED;
            if (strncmp(arrow->why, "delay", 5) == 0) arrow->mark = "delayed";
            if (arrow->copy) arrow->mark = "copy";
            if (arrow->inserted) arrow->mark = "inserted on the way";
            arrow->why = "";
        } else if (connection->struck != NULL) {
            arrow->fate = DRILL_ARROW_CUT;
        } else if (connection->closed || arrow->why[0] != '\0') {
            arrow->fate = DRILL_ARROW_LOST;
        } else {
            arrow->fate = DRILL_ARROW_UNDER_WAY;
        }
        if (arrow->fate == DRILL_ARROW_LOST) arrow->mark = lost_mark(&diagram->pool, arrow);
        if (arrow->fate == DRILL_ARROW_CUT) arrow->mark = "✗ cut";
        if (arrow->fate == DRILL_ARROW_UNDER_WAY) arrow->mark = "… under way";
        if (arrow->fate == DRILL_ARROW_ARRIVED && arrow->resent) arrow->mark = "↻ resent";
    }
}

static void add_findings(Scan *scan, const DrillFinding *findings, size_t count) {
    DrillDiagram *diagram = scan->diagram;
    for (size_t i = 0; i < count; i++) {
        const DrillFinding *finding = &findings[i];
        bool fail = finding->verdict == DRILL_FAIL;
        if (!fail && finding->verdict != DRILL_INCONCLUSIVE) continue;
        /* The script's own failures have their note from the trace already. */
        if (finding->statement[0] == '\0' && finding->packet_count == 0) continue;
        DrillNote *note = DRILL_POOL_ADD(&diagram->pool, diagram->notes, diagram->note_count);
        *note = (DrillNote){.kind = fail ? DRILL_NOTE_FINDING : DRILL_NOTE_INCONCLUSIVE,
                            .participant = DRILL_NOBODY,
                            .time_ns = finding->time_ns,
                            .number = UINT64_MAX,
                            .heading = drill_pool_string(&diagram->pool, finding->statement),
                            .arrow = DRILL_NOBODY};
        note->text = readable_lines(&diagram->pool, drill_span_of(finding->text));
        for (size_t k = finding->packet_count; k-- > 0 && note->arrow == DRILL_NOBODY;) {
            uint64_t number = finding->packets[k];
            if (number == 0 || number > scan->event_count) continue;
            uint32_t index = scan->arrow_of[number];
            if (index != 0) note->arrow = index - 1;
        }
        if (note->arrow == DRILL_NOBODY) continue;
        const DrillArrow *arrow = &diagram->arrows[note->arrow];
        bool arrived = arrow->fate == DRILL_ARROW_ARRIVED;
        note->participant = arrived ? arrow->to : arrow->from;
        note->time_ns = arrived ? arrow->received_ns : arrow->sent_ns;
        note->number = arrived ? arrow->received_number : arrow->sent_number;
    }
}

static void set_verdict(Scan *scan, const DrillFinding *findings, size_t count, const char *given) {
    DrillDiagram *diagram = scan->diagram;
    diagram->verdict = "";
    if (given != NULL) {
        diagram->verdict = drill_pool_string(&diagram->pool, given);
        return;
    }
    if (findings != NULL && count == 0) diagram->verdict = "pass";
    for (size_t i = 0; i < count; i++) {
        bool fail = findings[i].verdict == DRILL_FAIL;
        if (fail || strcmp(diagram->verdict, "fail") != 0) {
            diagram->verdict = fail ? "fail" : "inconclusive";
        }
    }
    if (scan->failed) diagram->verdict = "fail";
}

static void learn_ends(Scan *scan, const DrillTraceEvent *event) {
    bool tells = event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED ||
                 event->kind == DRILL_TRACE_CONN_OPEN || event->kind == DRILL_TRACE_APP_CONNECT;
    if (event->kind == DRILL_TRACE_NODE_ADDED) add_node(scan, event);
    if (tells) side_of(scan, connection_of(scan, drill_trace_u64(event, "conn")), event);
}

/* "3.1.1 and 5.0": of the run as a whole, and of connections that speak another. */
static const char *versions_text(DrillPool *pool, const DrillTraceFile *file) {
    static const char *const names[] = {"3.1", "3.1.1", "5.0"};
    const char *text = "";
    for (int version = DRILL_MQTT_3_1; version <= DRILL_MQTT_5_0; version++)
        if ((int)file->header.version == version ||
            drill_trace_versions_have(&file->versions, (DrillVersion)version))
            text = drill_pool_print(pool, "%s%s%s", text, text[0] ? " and " : "",
                                    names[version - DRILL_MQTT_3_1]);
    return text;
}

static void set_titles(DrillDiagram *diagram, const DrillTraceFile *file) {
    const DrillTraceHeader *header = &file->header;
    DrillPool *pool = &diagram->pool;
    diagram->title = drill_pool_print(pool, "%s  ·  MQTT %s  ·  seed %llu",
                                      drill_pool_readable(pool, header->scenario_id, 80),
                                      versions_text(pool, file), (unsigned long long)header->seed);
    diagram->subtitle = drill_pool_readable(pool, header->title, 120);
    const char *link = drill_pool_link(pool, header->options);
    if (link[0] != '\0')
        diagram->subtitle = drill_pool_print(pool, "%s  ·  link %s", diagram->subtitle, link);
    diagram->part = "";
}

DrillDiagram *drill_diagram_build(const DrillTraceFile *file, const DrillFinding *findings,
                                  size_t finding_count, const DrillDiagramOptions *options) {
    DrillDiagram *diagram = calloc(1, sizeof *diagram);
    DRILL_ASSERT(diagram != NULL);
    Scan scan = {.diagram = diagram, .options = options, .event_count = file->count};
    if (file->count > 0) scan.end_ns = file->events[file->count - 1].time_ns;
    scan.exchanges = drill_exchanges_new(diagram);
    scan.arrow_of = drill_pool_take(&diagram->pool, sizeof(uint32_t) * (file->count + 1));
    if (options->segments) drill_segments_read(file, &diagram->pool, &scan.segments);
    /* Who is who first: the first packet of a connection may be sent before its receiver has done
     * anything. */
    for (size_t i = 0; i < file->count; i++)
        learn_ends(&scan, &file->events[i]);
    for (size_t i = 0; i < file->count; i++) {
        DRILL_ASSERT(file->events[i].number == i + 1);
        diagram->version = drill_trace_version(&file->versions, &file->events[i]);
        scan_event(&scan, &file->events[i]);
    }
    decide_fates(&scan);
    add_findings(&scan, findings, finding_count);
    set_titles(diagram, file);
    set_verdict(&scan, findings, finding_count, options->verdict);
    drill_diagram_select(diagram, options);
    drill_diagram_make_steps(diagram);
    drill_diagram_layout(diagram, options);
    return diagram;
}

void drill_diagram_free(DrillDiagram *diagram) {
    if (diagram == NULL) return;
    drill_pool_free(&diagram->pool);
    free(diagram);
}
