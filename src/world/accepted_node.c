/* The near end where it is real: a client that connected to us. It gets a node by its Client
 * Identifier, and the simulated link to the far end; what it says goes there, and what comes from
 * there goes to its socket. */
#include <string.h>

#include <mqttdrill/codec.h>

#include "world/state.h"

/* A client that connects and says nothing is on the link, too, after this. */
#define DRILL_NAMELESS_NS DRILL_NS_PER_S
/* A CONNECT that has not come whole by then is passed on as it comes. */
#define DRILL_NAMELESS_BYTES ((size_t)64 * 1024)
/* Longer identifiers are no names for people. */
#define DRILL_NAME_BYTES_MAX 128
/* What may be under way on the simulated path before the sender's socket is left alone; and from
 * when on it is read from again. */
#define DRILL_UNDER_WAY_MAX   ((uint64_t)256 * 1024)
#define DRILL_UNDER_WAY_AGAIN ((uint64_t)128 * 1024)

static DrillSpan key_of(const uint64_t *socket) {
    return drill_span(socket, sizeof(*socket));
}

static DrillWorldConnection *find(const DrillWorld *world, uint64_t socket) {
    return drill_map_get(world->by_socket, key_of(&socket));
}

/* The driver has no more inputs for it. */
static void leave_socket(DrillWorldConnection *connection, bool reset) {
    DrillWorld *world = connection->world;
    if (!connection->socket_open) return;
    (void)drill_map_remove(world->by_socket, key_of(&connection->socket));
    world->driver->close(world->driver, connection->socket, reset);
    drill_connection_socket_ended(connection);
}

/* --- names --- */

static bool is_printable(DrillSpan name) {
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7f) return false;
    return drill_utf8_valid(name);
}

/* A name that nobody has: `wanted`, "wanted#2", "wanted#3" ... */
static const char *free_name(const DrillWorld *world, DrillBuffer *name) {
    size_t size = name->size;
    for (uint32_t i = 2; drill_map_get(world->clients_by_name, drill_buffer_span(name)) ||
                         drill_span_equal(drill_buffer_span(name), drill_broker_name);
         i++) {
        name->size = size;
        drill_buffer_print(name, "#%u", (unsigned)i);
    }
    return drill_buffer_cstring(name);
}

static DrillWorldClient *add_client(DrillWorldConnection *connection, DrillSpan identifier,
                                    DrillVersion version) {
    DrillWorld *world = connection->world;
    DrillBuffer name = {.allocator = world->allocator};
    bool named =
        identifier.size > 0 && identifier.size <= DRILL_NAME_BYTES_MAX && is_printable(identifier);
    if (named)
        drill_buffer_put(&name, identifier.data, identifier.size);
    else
        drill_buffer_print(&name, "client-%llu", (unsigned long long)connection->number);
    DrillWorldClientOptions options = {
        .name = free_name(world, &name),
        .outside = true,
        .client = {.version = version, .client_id = identifier},
        .link = world->options.link,
    };
    DrillDiagnostic diagnostic;
    DrillWorldClient *client = NULL;
    if (drill_world_add_client(world, &options, &client, &diagnostic) == DRILL_OK)
        client->passing = !named;
    drill_buffer_release(&name);
    return client;
}

/* The same client again, if its last connection is over: with the link it had. */
static DrillWorldClient *client_for(DrillWorldConnection *connection, DrillSpan identifier,
                                    DrillVersion version) {
    DrillWorldClient *known = drill_map_get(connection->world->clients_by_name, identifier);
    if (identifier.size > 0 && known && known->outside && !known->passing && !known->connection)
        return known;
    return add_client(connection, identifier, version);
}

/* --- from a socket to a connection --- */

static bool is_version(uint8_t level) {
    return level >= DRILL_MQTT_3_1 && level <= DRILL_MQTT_5_0;
}

/* `level`: of its CONNECT; 0: nobody knows, and the run's counts. */
static void begin(DrillWorldConnection *connection, DrillSpan identifier, uint8_t level) {
    DrillWorld *world = connection->world;
    drill_queue_cancel(world->queue, connection->nameless);
    connection->nameless = 0;
    DrillVersion version = is_version(level) ? (DrillVersion)level : world->options.version;
    DrillWorldClient *client = client_for(connection, identifier, version);
    if (!client) { /* a million of them */
        leave_socket(connection, true);
        drill_connection_free(connection);
        return;
    }
    client->version = version;
    drill_connection_start(connection, client);
}

static void on_nameless(void *context, uint64_t number, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)now_ns;
    DrillWorldConnection *connection = world->connections[number - 1];
    connection->nameless = 0;
    begin(connection, drill_span(NULL, 0), 0);
}

/* Looks whether what has come so far says who it is. */
static void look_for_name(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    DrillReader reader = {.version = world->options.version};
    DrillSpan input = drill_buffer_span(&connection->early), packet;
    DrillFault fault;
    DrillPacket decoded;
    drill_reader_init(&reader, world->allocator, world->options.version, DRILL_PACKET_BYTES_MAX);
    DrillResult result = drill_reader_next(&reader, &input, &packet, &fault);
    bool more = result == DRILL_NEED_MORE && connection->early.size < DRILL_NAMELESS_BYTES;
    DrillSpan identifier = drill_span(NULL, 0);
    uint8_t level = 0;
    if (result == DRILL_OK && !drill_codec_connect_level(packet, &level)) level = 0;
    if (result == DRILL_OK &&
        drill_codec_decode(packet, world->options.version, &decoded, &fault) == DRILL_OK &&
        decoded.type == DRILL_CONNECT) {
        identifier = decoded.as.connect.client_id;
    }
    if (!more) begin(connection, identifier, level);
    drill_reader_release(&reader);
}

static void on_accepted(DrillWorld *world, uint64_t socket) {
    if (world->stopping) {
        world->counters.turned_away++;
        world->driver->close(world->driver, socket, true);
        return;
    }
    DrillWorldConnection *connection = drill_connection_new(world);
    uint64_t now_ns = drill_queue_now_ns(world->queue);
    connection->socket = socket;
    connection->socket_open = true;
    connection->accepted_ns = now_ns;
    world->counters.accepted++;
    world->last_activity_ns = now_ns;
    drill_map_set(world->by_socket, key_of(&socket), connection);
    DrillTraceValue value = drill_value(connection->number);
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_OUTSIDE_ACCEPTED, &value, 1);
    connection->nameless = drill_queue_add(world->queue, now_ns + DRILL_NAMELESS_NS, on_nameless,
                                           world, connection->number);
}

/* --- from the client --- */

static void on_bytes(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_bytes(bytes)};
    world->cause = drill_emit_caused(world, 0, drill_side_name(connection, 0),
                                     DRILL_TRACE_OUTSIDE_BYTES, values, 2);
    if (connection->opened[0]) {
        drill_connection_send_packets(connection, 0, bytes);
        if (drill_connection_may_hold(connection, 0))
            drill_accepted_balance(connection);
        else
            drill_accepted_give_up(connection);
        return;
    }
    drill_buffer_put(&connection->early, bytes.data, bytes.size);
    if (!connection->client)
        look_for_name(connection);
    else
        drill_accepted_balance(connection);
}

/* It left before it had a connection. */
static void end_early(DrillWorldConnection *connection, bool in_order) {
    if (!in_order || connection->early.size == 0) {
        leave_socket(connection, !in_order);
        if (connection->client)
            drill_connection_close(connection, 0, DRILL_CLOSE_RST, false);
        else
            drill_connection_free(connection);
        return;
    }
    connection->socket_ends = true;
    if (!connection->client) begin(connection, drill_span(NULL, 0), 0);
}

static void on_closed(DrillWorldConnection *connection, const char *how, const char *text) {
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_text(how),
                                drill_value_text(text)};
    world->cause = drill_emit_caused(world, 0, drill_side_name(connection, 0),
                                     DRILL_TRACE_OUTSIDE_CLOSED, values, 3);
    bool in_order = strcmp(how, "fin") == 0;
    if (!connection->opened[0]) {
        end_early(connection, in_order);
        return;
    }
    if (in_order && drill_connection_half_close(connection, 0)) return;
    leave_socket(connection, !in_order);
    drill_connection_close(connection, 0, in_order ? DRILL_CLOSE_FIN : DRILL_CLOSE_RST, false);
}

static void on_writable(DrillWorldConnection *connection, bool writable) {
    DrillTraceValue values[] = {drill_value(connection->number), drill_value(writable)};
    connection->world->cause =
        drill_emit_caused(connection->world, 0, drill_side_name(connection, 0),
                          DRILL_TRACE_OUTSIDE_WRITABLE, values, 2);
    drill_connection_writable(connection, 0, writable);
}

void drill_accepted_input(DrillWorld *world, const DrillInput *input) {
    if (input->kind == DRILL_INPUT_ACCEPTED) {
        on_accepted(world, input->connection);
        return;
    }
    DrillWorldConnection *connection = find(world, input->connection);
    if (!connection) return;
    if (input->kind == DRILL_INPUT_BYTES) on_bytes(connection, input->bytes);
    if (input->kind == DRILL_INPUT_WRITABLE) on_writable(connection, input->writable);
    if (input->kind == DRILL_INPUT_CLOSED) on_closed(connection, input->how, input->text);
    world->cause = 0;
}

/* --- from the link --- */

void drill_accepted_opened(DrillWorldConnection *connection) {
    DrillBuffer early = connection->early;
    connection->early = (DrillBuffer){.allocator = connection->world->allocator};
    drill_connection_send_packets(connection, 0, drill_buffer_span(&early));
    drill_buffer_release(&early);
    if (!connection->socket_ends) {
        drill_accepted_balance(connection);
    } else if (!drill_connection_half_close(connection, 0)) {
        leave_socket(connection, false);
        drill_connection_close(connection, 0, DRILL_CLOSE_FIN, false);
    }
}

/* Bytes go on as they come: the real client is to see the cuts that the link made. */
void drill_accepted_received(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillDriver *driver = connection->world->driver;
    DrillSpan rest = bytes, packet;
    bool whole;
    while (drill_connection_next(connection, 0, &rest, &packet, &whole))
        continue;
    if (connection->socket_open) driver->write(driver, connection->socket, bytes);
}

void drill_accepted_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half) {
    if (how == DRILL_CLOSE_VANISH) return;
    if (half && !connection->closed[1] && connection->socket_open) {
        connection->world->driver->shutdown(connection->world->driver, connection->socket);
        drill_connection_half_open(connection);
        return;
    }
    leave_socket(connection, how != DRILL_CLOSE_FIN);
    if (half) drill_connection_close(connection, 0, DRILL_CLOSE_FIN, false);
}

/* --- flow control --- */

static bool wants_hold(bool held, uint64_t under_way) {
    return under_way > (held ? DRILL_UNDER_WAY_AGAIN : DRILL_UNDER_WAY_MAX);
}

void drill_accepted_balance(DrillWorldConnection *connection) {
    DrillDriver *driver = connection->world->driver;
    if (!driver->hold) return;
    uint64_t up = drill_connection_under_way(connection, 0) + connection->early.size +
                  connection->waiting.size;
    bool hold = wants_hold(connection->socket_held, up);
    if (hold != connection->socket_held && connection->socket_open)
        driver->hold(driver, connection->socket, hold);
    connection->socket_held = hold;
    hold = wants_hold(connection->outside_held, drill_connection_under_way(connection, 1));
    if (hold != connection->outside_held && connection->outside_open)
        driver->hold(driver, connection->number, hold);
    connection->outside_held = hold;
}

void drill_accepted_give_up(DrillWorldConnection *connection) {
    if (!connection->socket_open) return;
    leave_socket(connection, true);
    drill_connection_close(connection, 0, DRILL_CLOSE_RST, false);
}

/* --- the end --- */

static bool has_default_link(const DrillWorldClient *client) {
    const DrillWorld *world = client->world;
    DrillBuffer own = {.allocator = world->allocator}, usual = {.allocator = world->allocator};
    for (int direction = 0; direction < 2; direction++) {
        drill_link_settings_print(drill_link_settings(client->link, direction), &own);
        drill_link_settings_print(&world->options.link.direction[direction], &usual);
        drill_buffer_put_byte(&own, ';');
        drill_buffer_put_byte(&usual, ';');
    }
    bool same = drill_span_equal(drill_buffer_span(&own), drill_buffer_span(&usual));
    drill_buffer_release(&own);
    drill_buffer_release(&usual);
    return same;
}

bool drill_accepted_is_forgettable(const DrillWorldClient *client) {
    if (!client->outside || client->connections > 0) return false;
    if (client->passing) return true;
    return !client->rules_first &&
           client->parted_until_ns <= drill_queue_now_ns(client->world->queue) &&
           has_default_link(client);
}

void drill_accepted_stop(DrillWorld *world) {
    world->stopping = true;
    if (world->driver->deafen) world->driver->deafen(world->driver);
    for (uint64_t i = 0; i < world->connection_count; i++) {
        DrillWorldConnection *connection = world->connections[i];
        if (!connection || connection->client) continue;
        leave_socket(connection, true);
        drill_connection_free(connection);
    }
}
