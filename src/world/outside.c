/* What a service may ask of its world: commands, connections, counters, the end. */
#include "world/state.h"

void drill_world_set_control(DrillWorld *world, const DrillWorldControl *control) {
    world->control = *control;
}

void drill_world_control_taken(DrillWorld *world, DrillSpan text) {
    DrillTraceValue value = drill_value_bytes(text);
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_OUTSIDE_CONTROL, &value, 1);
}

void drill_world_respond(DrillWorld *world, uint64_t request, int status, DrillSpan json) {
    DrillDriver *driver = world->driver;
    if (request != 0 && driver->respond) driver->respond(driver, request, status, json);
}

void drill_world_stop(DrillWorld *world) {
    drill_accepted_stop(world);
    for (uint64_t i = 0; i < world->connection_count; i++) {
        DrillWorldConnection *connection = world->connections[i];
        if (!connection || connection->vanished) continue;
        if (!connection->closed[0] || !connection->closed[1]) drill_fault_stop(connection);
    }
}

const DrillWorldCounters *drill_world_counters(const DrillWorld *world) {
    return &world->counters;
}

DrillWorldLink *drill_world_default_link(DrillWorld *world) {
    return &world->options.link;
}

const char *drill_connection_state_name(DrillConnectionState state) {
    switch (state) {
    case DRILL_CONNECTION_NAMELESS:
        return "nameless";
    case DRILL_CONNECTION_OPENING:
        return "opening";
    case DRILL_CONNECTION_OPEN:
        return "open";
    case DRILL_CONNECTION_CLOSING:
        return "closing";
    case DRILL_CONNECTION_CLOSED:
        return "closed";
    case DRILL_CONNECTION_VANISHED:
        return "vanished";
    }
    return "?";
}

static DrillConnectionState state_of(const DrillWorldConnection *connection) {
    if (!connection->client) return DRILL_CONNECTION_NAMELESS;
    if (connection->closed[0] && connection->closed[1]) return DRILL_CONNECTION_CLOSED;
    if (connection->vanished) return DRILL_CONNECTION_VANISHED;
    for (int side = 0; side < 2; side++)
        if (connection->closed[side] || connection->half_closed[side])
            return DRILL_CONNECTION_CLOSING;
    return connection->opened[0] && connection->opened[1] ? DRILL_CONNECTION_OPEN
                                                          : DRILL_CONNECTION_OPENING;
}

uint64_t drill_world_connection_count(const DrillWorld *world) {
    return world->connection_count;
}

bool drill_world_connection(const DrillWorld *world, uint64_t number, DrillConnectionInfo *out) {
    if (number == 0 || number > world->connection_count || !world->connections[number - 1])
        return false;
    const DrillWorldConnection *connection = world->connections[number - 1];
    *out = (DrillConnectionInfo){
        .number = number,
        .client = connection->client,
        .outside = connection->socket != 0,
        .state = state_of(connection),
        .held = connection->socket_held || connection->outside_held,
        .since_ns = connection->accepted_ns,
    };
    for (int direction = 0; direction < 2; direction++) {
        out->sent_bytes[direction] = connection->taps[direction].sent_bytes;
        out->packets[direction] = connection->taps[direction].packets;
        if (connection->transport)
            out->delivered_bytes[direction] =
                drill_transport_delivered_bytes(connection->transport, direction);
    }
    return true;
}
