/* From what happens in the world to trace events. */
#include <string.h>

#include "world/state.h"

const DrillSpan drill_broker_name = {(const uint8_t *)"broker", 6};

const char *drill_direction_text(int direction) {
    return direction == 0 ? "c>b" : "b>c";
}

DrillTraceValue drill_value_text(const char *text) {
    return drill_value_bytes(drill_span_of(text));
}

DrillSpan drill_side_name(const DrillWorldConnection *connection, int side) {
    if (side == 1) return drill_broker_name;
    return connection->client ? connection->client->name_span : drill_span(NULL, 0);
}

uint64_t drill_emit_caused(DrillWorld *world, uint64_t cause, DrillSpan node, DrillTraceKind kind,
                           const DrillTraceValue *values, size_t count) {
    DrillTraceEvent event = {
        .time_ns = drill_queue_now_ns(world->queue), .cause = cause, .node = node, .kind = kind};
    DRILL_ASSERT(count == drill_trace_schema(kind)->field_count);
    if (count > 0) memcpy(event.values, values, count * sizeof(*values));
    return drill_tracer_emit(world->tracer, &event);
}

uint64_t drill_emit(DrillWorld *world, DrillSpan node, DrillTraceKind kind,
                    const DrillTraceValue *values, size_t count) {
    return drill_emit_caused(world, world->cause, node, kind, values, count);
}

/* "101-201,301-401" */
static DrillSpan sack_text(const DrillNetEvent *event, DrillBuffer *text) {
    for (unsigned i = 0; i < event->sack_count; i++) {
        drill_buffer_print(text, "%s%llu-%llu", i > 0 ? "," : "",
                           (unsigned long long)event->sack[i][0],
                           (unsigned long long)event->sack[i][1]);
    }
    return drill_buffer_span(text);
}

static void emit_segment(DrillWorldConnection *connection, const DrillNetEvent *event,
                         DrillTraceKind kind) {
    DrillWorld *world = connection->world;
    DrillBuffer sack = {.allocator = world->allocator};
    DrillTraceValue values[] = {drill_value(connection->number),
                                drill_value_text(drill_direction_text(event->direction)),
                                drill_value_text(event->flags),
                                drill_value(event->offset),
                                drill_value(event->bytes),
                                drill_value(event->sequence),
                                drill_value(event->acknowledged),
                                drill_value(event->window),
                                drill_value_bytes(sack_text(event, &sack)),
                                drill_value(event->ts_value),
                                drill_value(event->ts_echo),
                                drill_value(event->header_bytes)};
    bool sent = kind == DRILL_TRACE_TCP_SENT;
    int side = sent ? event->direction : 1 - event->direction;
    drill_emit_caused(world, 0, drill_side_name(connection, side), kind, values,
                      DRILL_ARRAY_COUNT(values));
    drill_buffer_release(&sack);
}

static void emit_lost(DrillWorldConnection *connection, const DrillNetEvent *event) {
    DrillTraceValue values[] = {
        drill_value(connection->number), drill_value_text(drill_direction_text(event->direction)),
        drill_value_text(event->reason), drill_value(event->offset),
        drill_value(event->bytes),       drill_value_text(event->flags)};
    drill_emit_caused(connection->world, event->tag, drill_side_name(connection, event->direction),
                      DRILL_TRACE_LINK_LOST, values, DRILL_ARRAY_COUNT(values));
}

static void emit_retransmit(DrillWorldConnection *connection, const DrillNetEvent *event) {
    DrillTraceValue values[] = {
        drill_value(connection->number), drill_value_text(drill_direction_text(event->direction)),
        drill_value_text(event->reason), drill_value(event->offset), drill_value(event->bytes)};
    drill_emit_caused(connection->world, 0, drill_side_name(connection, event->direction),
                      DRILL_TRACE_TCP_RETRANSMIT, values, DRILL_ARRAY_COUNT(values));
}

static void emit_timer(DrillWorldConnection *connection, const DrillNetEvent *event,
                       DrillTraceKind kind) {
    DrillTraceValue values[] = {drill_value(connection->number),
                                drill_value_text(drill_direction_text(event->direction)),
                                drill_value(event->value)};
    drill_emit_caused(connection->world, 0, drill_side_name(connection, event->direction), kind,
                      values, kind == DRILL_TRACE_TCP_RTO ? 3 : 2);
}

static void on_net_event(void *context, const DrillNetEvent *event, uint64_t now_ns) {
    DrillWorldConnection *connection = context;
    (void)now_ns;
    switch (event->kind) {
    case DRILL_NET_LOST:
        emit_lost(connection, event);
        break;
    case DRILL_NET_SEGMENT_SENT:
        emit_segment(connection, event, DRILL_TRACE_TCP_SENT);
        break;
    case DRILL_NET_SEGMENT_RECEIVED:
        emit_segment(connection, event, DRILL_TRACE_TCP_RECEIVED);
        break;
    case DRILL_NET_RETRANSMIT:
        emit_retransmit(connection, event);
        break;
    case DRILL_NET_RTO:
        emit_timer(connection, event, DRILL_TRACE_TCP_RTO);
        break;
    case DRILL_NET_GAVE_UP:
        emit_timer(connection, event, DRILL_TRACE_TCP_GAVE_UP);
        break;
    case DRILL_NET_CUT:
        drill_fault_struck(connection, event->direction);
        break;
    }
}

DrillNetObserver drill_net_observer(DrillWorldConnection *connection) {
    DrillNetObserver observer = {.context = connection,
                                 .event = on_net_event,
                                 .segments = connection->world->options.segments};
    return observer;
}
