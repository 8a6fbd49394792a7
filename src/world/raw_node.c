/* A raw node: a connection without client logic, for malformed and illegal traffic. */
#include "world/state.h"

void drill_raw_node_opened(DrillWorldConnection *connection) {
    DrillWorldClient *client = connection->client;
    if (client->observer->opened) client->observer->opened(client->observer->context, client);
}

void drill_raw_node_received(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillWorldClient *client = connection->client;
    const DrillWorldObserver *observer = client->observer;
    DrillSpan packet;
    bool whole;
    while (client->connection == connection &&
           drill_connection_next(connection, 0, &bytes, &packet, &whole))
        if (observer->raw_packet) observer->raw_packet(observer->context, client, packet, whole);
}

void drill_raw_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half) {
    DrillWorldClient *client = connection->client;
    const DrillWorldObserver *observer = client->observer;
    if (half) drill_connection_close(connection, 0, DRILL_CLOSE_FIN, false);
    if (observer->closed) observer->closed(observer->context, client, how, half);
}

DrillResult drill_world_raw_open(DrillWorldClient *client) {
    DRILL_ASSERT(client->raw);
    if (client->connection) return DRILL_BUSY;
    DrillWorld *world = client->world;
    DrillTraceValue values[] = {drill_value(world->connection_count + 1), drill_value(false),
                                drill_value(0)};
    world->cause = 0;
    world->cause = drill_emit(world, client->name_span, DRILL_TRACE_APP_CONNECT, values, 3);
    drill_connection_open(client);
    world->cause = 0;
    return DRILL_OK;
}

DrillResult drill_world_raw_send(DrillWorldClient *client, DrillSpan bytes) {
    DRILL_ASSERT(client->raw);
    DrillWorldConnection *connection = client->connection;
    if (!connection || connection->half_closed[0]) return DRILL_BUSY;
    client->world->cause = 0;
    drill_connection_send_bytes(connection, 0, bytes);
    return DRILL_OK;
}

void drill_world_raw_half_close(DrillWorldClient *client) {
    DRILL_ASSERT(client->raw);
    client->world->cause = 0;
    if (client->connection) drill_connection_close(client->connection, 0, DRILL_CLOSE_FIN, true);
}
