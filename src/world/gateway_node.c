/* The far end of a live run: hands what arrives to a real socket, and what the real broker says to
 * the simulated link. */
#include <string.h>

#include "world/state.h"

/* A real broker that does not come up must not make us hoard what a client sends: beyond this the
 * simulated end reads nothing more. */
#define DRILL_GATEWAY_WAITING_MAX ((size_t)128 * 1024)

void drill_gateway_opened(DrillWorldConnection *connection) {
    DrillDriver *driver = connection->world->driver;
    connection->outside_open = true;
    driver->open(driver, connection->number);
}

static void to_outside(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillDriver *driver = connection->world->driver;
    if (!connection->outside_open) return;
    if (connection->outside_connected) {
        driver->write(driver, connection->number, bytes);
        return;
    }
    drill_buffer_put(&connection->waiting, bytes.data, bytes.size);
    if (connection->waiting.size > DRILL_GATEWAY_WAITING_MAX && !connection->outside_full)
        drill_connection_writable(connection, 1, false);
}

/* Bytes go on as they come, also the beginning of a packet: the real broker is to see the cuts that
 * the link made. */
void drill_gateway_received(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillSpan rest = bytes, packet;
    bool whole;
    while (drill_connection_next(connection, 1, &rest, &packet, &whole))
        continue;
    to_outside(connection, bytes);
}

void drill_gateway_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half) {
    DrillDriver *driver = connection->world->driver;
    if (how == DRILL_CLOSE_VANISH) return;
    bool goes_on = half && !connection->closed[0] && connection->outside_open;
    /* FIN promises that what was said before is heard. */
    connection->outside_ends = how == DRILL_CLOSE_FIN && !connection->outside_connected &&
                               (goes_on || connection->waiting.size > 0);
    if (goes_on) {
        if (connection->outside_connected) driver->shutdown(driver, connection->number);
        drill_connection_half_open(connection);
        return;
    }
    if (connection->outside_open && !connection->outside_ends) {
        driver->close(driver, connection->number, how != DRILL_CLOSE_FIN);
        drill_connection_outside_ended(connection);
    }
    if (half) drill_connection_close(connection, 1, DRILL_CLOSE_FIN, false);
}

void drill_gateway_give_up(DrillWorldConnection *connection) {
    DrillDriver *driver = connection->world->driver;
    if (!connection->outside_open) return;
    driver->close(driver, connection->number, true);
    drill_connection_outside_ended(connection);
    drill_connection_close(connection, 1, DRILL_CLOSE_RST, false);
}

static void on_connected(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number)};
    world->cause =
        drill_emit_caused(world, 0, drill_broker_name, DRILL_TRACE_OUTSIDE_CONNECTED, values, 1);
    connection->outside_connected = true;
    if (connection->waiting.size > 0)
        world->driver->write(world->driver, connection->number,
                             drill_buffer_span(&connection->waiting));
    drill_buffer_release(&connection->waiting);
    if (connection->outside_full) drill_connection_writable(connection, 1, true);
    if (connection->client->outside) drill_accepted_balance(connection);
    if (!connection->outside_ends) return;
    connection->outside_ends = false;
    if (connection->closed[1]) {
        world->driver->close(world->driver, connection->number, false);
        drill_connection_outside_ended(connection);
    } else {
        world->driver->shutdown(world->driver, connection->number);
    }
}

static void on_bytes(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_bytes(bytes)};
    world->cause =
        drill_emit_caused(world, 0, drill_broker_name, DRILL_TRACE_OUTSIDE_BYTES, values, 2);
    /* Also where the connection has vanished: the broker has sent it, and the network swallows it.
     */
    drill_connection_send_packets(connection, 1, bytes);
    if (!connection->client->outside) return;
    if (drill_connection_may_hold(connection, 1))
        drill_accepted_balance(connection);
    else
        drill_gateway_give_up(connection);
}

static void on_writable(DrillWorldConnection *connection, bool writable) {
    DrillTraceValue values[] = {drill_value(connection->number), drill_value(writable)};
    connection->world->cause = drill_emit_caused(connection->world, 0, drill_broker_name,
                                                 DRILL_TRACE_OUTSIDE_WRITABLE, values, 2);
    drill_connection_writable(connection, 1, writable);
}

static void on_closed(DrillWorldConnection *connection, const char *how, const char *text) {
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_text(how),
                                drill_value_text(text)};
    world->cause =
        drill_emit_caused(world, 0, drill_broker_name, DRILL_TRACE_OUTSIDE_CLOSED, values, 3);
    bool in_order = strcmp(how, "fin") == 0;
    if (strcmp(how, "refused") == 0) world->unreachable = true;
    if (in_order && connection->socket != 0 && drill_connection_half_close(connection, 1)) return;
    world->driver->close(world->driver, connection->number, !in_order);
    drill_connection_outside_ended(connection);
    drill_connection_close(connection, 1, in_order ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST, false);
}

void drill_gateway_input(DrillWorld *world, const DrillInput *input) {
    DRILL_ASSERT(input->connection >= 1 && input->connection <= world->connection_count);
    DrillWorldConnection *connection = world->connections[input->connection - 1];
    if (!connection || !connection->outside_open) return;
    switch (input->kind) {
    case DRILL_INPUT_NONE:
    case DRILL_INPUT_ACCEPTED:
    case DRILL_INPUT_CONTROL:
    case DRILL_INPUT_STALLED:
        break;
    case DRILL_INPUT_CONNECTED:
        on_connected(connection);
        break;
    case DRILL_INPUT_BYTES:
        on_bytes(connection, input->bytes);
        break;
    case DRILL_INPUT_WRITABLE:
        on_writable(connection, input->writable);
        break;
    case DRILL_INPUT_CLOSED:
        on_closed(connection, input->how, input->text);
        break;
    }
    world->cause = 0;
}
