/* Counts of packets, links and clients; the ledger of messages is stats_ledger.c. */
#include "report/stats.h"

#include <string.h>

#include <mqttdrill/codec.h>

#include "report/segments.h"
#include "report/stats_ledger.h"

typedef struct Connection {
    uint64_t conn;
    size_t client;
    bool disconnect_sent, lost;
} Connection;

typedef struct Reading {
    DrillStats *stats;
    Connection *connections;
    size_t connection_count;
    size_t recent;
} Reading;

static bool is_broker(const DrillTraceEvent *event) {
    return drill_span_is(event->node, "broker");
}

static size_t client_named(Reading *reading, DrillSpan name) {
    DrillStats *stats = reading->stats;
    for (size_t i = 0; i < stats->client_count; i++) {
        if (drill_span_equal(stats->clients[i].name, name)) return i;
    }
    size_t index = stats->client_count;
    DrillStatsClient *client = DRILL_POOL_ADD(&stats->pool, stats->clients, stats->client_count);
    *client = (DrillStatsClient){.name = name};
    size_t links = index * 2;
    for (int direction = 0; direction < 2; direction++) {
        DrillStatsLink *link = DRILL_POOL_ADD(&stats->pool, stats->links, links);
        *link = (DrillStatsLink){.client = index, .direction = direction};
    }
    return index;
}

static Connection *connection_of(Reading *reading, uint64_t conn) {
    for (size_t tried = 0; tried <= reading->connection_count; tried++) {
        size_t at = tried == 0 ? reading->recent : reading->connection_count - tried;
        if (at >= reading->connection_count || reading->connections[at].conn != conn) continue;
        reading->recent = at;
        return &reading->connections[at];
    }
    Connection *connection =
        DRILL_POOL_ADD(&reading->stats->pool, reading->connections, reading->connection_count);
    *connection = (Connection){.conn = conn, .client = SIZE_MAX};
    return connection;
}

/* The client's end says who it is; it acts before the broker does. NULL: not known. */
static Connection *connection_with_client(Reading *reading, const DrillTraceEvent *event) {
    Connection *connection = connection_of(reading, drill_trace_u64(event, "conn"));
    if (connection->client == SIZE_MAX && event->node.size > 0 && !is_broker(event))
        connection->client = client_named(reading, event->node);
    return connection->client == SIZE_MAX ? NULL : connection;
}

static DrillStatsLink *link_of(Reading *reading, const DrillTraceEvent *event) {
    Connection *connection = connection_with_client(reading, event);
    if (connection == NULL) return NULL;
    int direction = drill_direction_of(drill_trace_text(event, "direction"));
    return &reading->stats->links[connection->client * 2 + (size_t)direction];
}

static void add_reason(DrillStatsLink *link, DrillSpan reason) {
    link->lost++;
    for (size_t i = 0; i < link->reason_count; i++) {
        if (!drill_span_equal(link->reasons[i].reason, reason)) continue;
        link->reasons[i].count++;
        return;
    }
    if (link->reason_count < DRILL_STATS_REASONS_MAX)
        link->reasons[link->reason_count++] = (DrillStatsReason){reason, 1};
}

static void count_packet(Reading *reading, const DrillTraceEvent *event) {
    Connection *connection = connection_with_client(reading, event);
    if (connection == NULL) return;
    DrillStatsClient *client = &reading->stats->clients[connection->client];
    DrillSpan bytes = drill_trace_text(event, "bytes");
    bool sent = event->kind == DRILL_TRACE_MQTT_SENT;
    if (sent) {
        DrillStatsLink *link =
            &reading->stats->links[connection->client * 2 + (is_broker(event) ? 1 : 0)];
        link->packets++;
        link->bytes += bytes.size;
    }
    if (is_broker(event)) return;
    if (sent && bytes.size > 0 && bytes.data[0] >> 4 == DRILL_DISCONNECT)
        connection->disconnect_sent = true;
    *(sent ? &client->packets_sent : &client->packets_received) += 1;
    *(sent ? &client->bytes_sent : &client->bytes_received) += bytes.size;
}

static void count_closed(Reading *reading, const DrillTraceEvent *event) {
    Connection *connection = connection_with_client(reading, event);
    if (connection == NULL || connection->disconnect_sent || connection->lost) return;
    if (drill_trace_u64(event, "half") != 0) return;
    connection->lost = true;
    reading->stats->clients[connection->client].losses++;
}

static void count_again(DrillStatsLink *link, DrillSpan reason) {
    if (drill_span_is(reason, "rto")) {
        link->again_rto++;
    } else if (drill_span_is(reason, "fast")) {
        link->again_fast++;
    } else {
        link->again_other++;
    }
}

static void count_tcp(Reading *reading, const DrillTraceEvent *event) {
    DrillStatsLink *link = link_of(reading, event);
    if (link == NULL) return;
    if (event->kind == DRILL_TRACE_LINK_LOST) add_reason(link, drill_trace_text(event, "reason"));
    if (event->kind == DRILL_TRACE_TCP_RETRANSMIT)
        count_again(link, drill_trace_text(event, "reason"));
    if (event->kind == DRILL_TRACE_TCP_RTO) link->timeouts++;
    if (event->kind == DRILL_TRACE_TCP_GAVE_UP) link->gave_up++;
    if (event->kind != DRILL_TRACE_TCP_SENT) return;
    link->segments++;
    link->wire_bytes += drill_trace_u64(event, "bytes") + drill_trace_u64(event, "header_bytes");
    reading->stats->segments = true;
}

static void read_event(Reading *reading, const DrillTraceEvent *event) {
    switch (event->kind) {
    case DRILL_TRACE_MQTT_SENT:
    case DRILL_TRACE_MQTT_RECEIVED:
        count_packet(reading, event);
        break;
    case DRILL_TRACE_APP_CONNECT: {
        Connection *connection = connection_with_client(reading, event);
        if (connection != NULL) reading->stats->clients[connection->client].connects++;
        break;
    }
    case DRILL_TRACE_CONN_CLOSED:
        count_closed(reading, event);
        break;
    case DRILL_TRACE_LINK_LOST:
    case DRILL_TRACE_TCP_SENT:
    case DRILL_TRACE_TCP_RETRANSMIT:
    case DRILL_TRACE_TCP_RTO:
    case DRILL_TRACE_TCP_GAVE_UP:
        count_tcp(reading, event);
        break;
    /* clang-format off */
    case DRILL_TRACE_NODE_ADDED: case DRILL_TRACE_APP_PUBLISH: case DRILL_TRACE_APP_DELIVERED:
    case DRILL_TRACE_APP_ACKED: case DRILL_TRACE_APP_CRASH: case DRILL_TRACE_APP_NOTE:
    case DRILL_TRACE_APP_LOG: case DRILL_TRACE_APP_FAILED: case DRILL_TRACE_CONN_OPEN:
    case DRILL_TRACE_MQTT_FAULTED: case DRILL_TRACE_LINK_SET: case DRILL_TRACE_LINK_PARTITION:
    case DRILL_TRACE_TCP_RECEIVED: case DRILL_TRACE_FAULT_ARMED: case DRILL_TRACE_FAULT_STRUCK:
    case DRILL_TRACE_FAULT_UNUSED: case DRILL_TRACE_HELD: case DRILL_TRACE_BROKER_DOWN:
    case DRILL_TRACE_BROKER_UP: case DRILL_TRACE_BROKER_PAUSED: case DRILL_TRACE_BROKER_CONFIG:
    case DRILL_TRACE_BROKER_DEFECT: case DRILL_TRACE_OUTSIDE_CONNECTED: case DRILL_TRACE_OUTSIDE_BYTES: case DRILL_TRACE_OUTSIDE_CLOSED:
    case DRILL_TRACE_OUTSIDE_ACCEPTED: case DRILL_TRACE_OUTSIDE_CONTROL:
    case DRILL_TRACE_OUTSIDE_WRITABLE: case DRILL_TRACE_OUTSIDE_STALLED: case DRILL_TRACE_SETTLED: case DRILL_TRACE_RUN_END:
    case DRILL_TRACE_KIND_COUNT:
        break;
        /* clang-format on */
    }
}

static void count_segments(Reading *reading) {
    DrillSegments segments;
    if (!reading->stats->segments) return;
    drill_segments_read(reading->stats->file, &reading->stats->pool, &segments);
    for (size_t i = 0; i < segments.count; i++) {
        const DrillSegment *segment = &segments.items[i];
        DrillStatsLink *link = link_of(reading, segment->sent);
        if (link == NULL) continue;
        if (segment->copies > 1) link->copies += segment->copies - 1;
        if (segment->overtaken) link->overtaken++;
    }
}

void drill_stats_read(const DrillTraceFile *file, DrillStats *out) {
    memset(out, 0, sizeof *out);
    out->file = file;
    Reading reading = {.stats = out};
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        bool client = event->kind == DRILL_TRACE_NODE_ADDED && !is_broker(event) &&
                      event->node.size > 0 &&
                      !drill_span_is(drill_trace_text(event, "role"), "gateway");
        if (client) client_named(&reading, event->node);
    }
    for (size_t i = 0; i < file->count; i++)
        read_event(&reading, &file->events[i]);
    count_segments(&reading);
    drill_ledger_read(out);
}

void drill_stats_free(DrillStats *stats) {
    drill_pool_free(&stats->pool);
}

uint64_t drill_stats_percentile(const DrillStatsTimes *times, uint64_t hundredths) {
    if (times->count == 0) return 0;
    uint64_t rank = (times->count * hundredths + 99) / 100;
    return times->ns[rank == 0 ? 0 : rank - 1];
}

uint64_t drill_stats_goodput(const DrillStats *stats) {
    if (stats->first_ns == DRILL_NEVER || stats->last_ns <= stats->first_ns) return 0;
    uint64_t us = (stats->last_ns - stats->first_ns) / DRILL_NS_PER_US;
    uint64_t bits = stats->delivered_bytes * 8;
    if (us == 0) return 0;
    return bits > UINT64_MAX / 1000000 ? bits / us * 1000000 : bits * 1000000 / us;
}
