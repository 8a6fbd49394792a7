/* One Network Connection: a transport between a client's side and the far end's, watched packet by
 * packet. */
#include <string.h>

#include "world/state.h"

/* How long a connection that has ended at both sides is kept, so that its last segments still find
 * their way. */
#define DRILL_TIME_WAIT_NS (60 * DRILL_NS_PER_S)
/* Packets of real peers that are not whole yet may take so much memory in all. The largest has 256
 * MiB, so that somebody can always go on. */
#define DRILL_HELD_BYTES_MAX ((uint64_t)512 * 1024 * 1024)
/* How long a connection of which one direction has ended may pass nothing in the other: nobody may
 * be there any more. Linux waits as long (tcp_fin_timeout). */
#define DRILL_HALF_OPEN_NS (60 * DRILL_NS_PER_S)
/* The virtual broker cannot be held back: so much may wait for a client that does not read. */
#define DRILL_OVERFLOW_BYTES ((uint64_t)64 * 1024 * 1024)

bool drill_is_ping(DrillSpan packet) {
    return packet.size > 0 &&
           (packet.data[0] >> 4 == DRILL_PINGREQ || packet.data[0] >> 4 == DRILL_PINGRESP);
}

/* What MQTT itself repeats: a datagram of these may be lost. */
static bool is_publishing(DrillSpan packet) {
    int type = packet.data[0] >> 4;
    return type >= DRILL_PUBLISH && type <= DRILL_PUBCOMP;
}

static bool is_gateway(const DrillWorld *world) {
    return world->broker == NULL;
}

static void on_opened(void *context, int side, uint64_t now_ns) {
    DrillWorldConnection *connection = context;
    DrillWorld *world = connection->world;
    DrillTraceValue values[] = {drill_value(connection->number),
                                drill_value((uint64_t)connection->client->version)};
    world->last_activity_ns = now_ns;
    connection->opened[side] = true;
    drill_emit(world, drill_side_name(connection, side), DRILL_TRACE_CONN_OPEN, values, 2);
    if (side == 1) world->counters.opened++;
    if (side == 1 && is_gateway(world))
        drill_gateway_opened(connection);
    else if (side == 1)
        drill_broker_node_opened(connection);
    else if (connection->client->outside)
        drill_accepted_opened(connection);
    else if (connection->client->raw)
        drill_raw_node_opened(connection);
    else
        drill_client_node_opened(connection);
}

static void push_underway(DrillWorld *world, DrillTap *tap, DrillUnderway underway) {
    if (tap->underway_count == tap->underway_capacity) {
        uint32_t capacity = tap->underway_capacity ? tap->underway_capacity * 2 : 8;
        DrillUnderway *ring = DRILL_NEW_ARRAY(world->allocator, DrillUnderway, capacity);
        for (uint32_t i = 0; i < tap->underway_count; i++)
            ring[i] = tap->underway[(tap->underway_first + i) % tap->underway_capacity];
        drill_release(world->allocator, tap->underway,
                      tap->underway_capacity * sizeof(DrillUnderway));
        tap->underway = ring;
        tap->underway_first = 0;
        tap->underway_capacity = capacity;
    }
    uint32_t at = (tap->underway_first + tap->underway_count++) % tap->underway_capacity;
    tap->underway[at] = underway;
}

/* Datagrams come in any order, or not at all: what the reader gets is matched to what was sent by
 * the number that travels with each. */
static void note_arrival(DrillWorldConnection *connection, int side, DrillSpan bytes) {
    DrillTap *tap = &connection->taps[1 - side];
    tap->arrived_bytes += bytes.size;
    uint64_t number = drill_transport_arriving(connection->transport);
    push_underway(connection->world, tap, (DrillUnderway){tap->arrived_bytes, number});
}

static void on_received(void *context, int side, DrillSpan bytes, uint64_t now_ns) {
    DrillWorldConnection *connection = context;
    DrillWorld *world = connection->world;
    uint64_t cause = world->cause;
    (void)now_ns;
    if (connection->closed[side]) return;
    if (connection->client->datagram) note_arrival(connection, side, bytes);
    if (side == 1 && is_gateway(world))
        drill_gateway_received(connection, bytes);
    else if (side == 1)
        drill_broker_node_received(connection, bytes);
    else if (connection->client->outside)
        drill_accepted_received(connection, bytes);
    else if (connection->client->raw)
        drill_raw_node_received(connection, bytes);
    else
        drill_client_node_received(connection, bytes);
    if (connection->client->outside) drill_accepted_balance(connection);
    world->cause = cause;
}

/* Nothing is read from it any more. */
static void release_readers(DrillWorldConnection *connection) {
    for (int side = 0; side < 2; side++) {
        drill_reader_release(&connection->taps[side].sending);
        drill_reader_release(&connection->taps[side].receiving);
        connection->world->held_bytes -= connection->held_bytes[side];
        connection->held_bytes[side] = 0;
    }
}

/* Not at once: whoever ended it may still be looking at a packet. */
static void on_over(void *context, uint64_t number, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)now_ns;
    if (world->connections[number - 1]) release_readers(world->connections[number - 1]);
}

static void reap(void *context, uint64_t number, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)now_ns;
    drill_connection_free(world->connections[number - 1]);
}

static void reap_if_over(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    if (!connection->closed[0] || !connection->closed[1] || connection->reaping ||
        connection->outside_open || connection->socket_open)
        return;
    connection->reaping = true;
    if (world->driver->live)
        drill_queue_add(world->queue, drill_queue_now_ns(world->queue), on_over, world,
                        connection->number);
    world->counters.closed++;
    drill_queue_add(world->queue, drill_queue_now_ns(world->queue) + DRILL_TIME_WAIT_NS, reap,
                    world, connection->number);
}

/* Nothing happens on `side` any more. */
static void end_side(DrillWorldConnection *connection, int side) {
    connection->closed[side] = true;
    if (side == 0 && connection->client->connection == connection)
        connection->client->connection = NULL;
    reap_if_over(connection);
}

void drill_connection_outside_ended(DrillWorldConnection *connection) {
    connection->outside_open = false;
    reap_if_over(connection);
}

void drill_connection_socket_ended(DrillWorldConnection *connection) {
    connection->socket_open = false;
    reap_if_over(connection);
}

/* --- one direction has ended --- */

static uint64_t passed_bytes(const DrillWorldConnection *connection) {
    return drill_transport_delivered_bytes(connection->transport, 0) +
           drill_transport_delivered_bytes(connection->transport, 1);
}

static void on_half_open(void *context, uint64_t number, uint64_t now_ns) {
    DrillWorld *world = context;
    DrillWorldConnection *connection = world->connections[number - 1];
    connection->half_timer = 0;
    if (connection->closed[0] && connection->closed[1]) return;
    if (passed_bytes(connection) != connection->half_bytes) {
        drill_connection_half_open(connection);
        return;
    }
    (void)now_ns;
    for (int side = 0; side < 2; side++) {
        if (!connection->half_closed[side] || connection->closed[side]) continue;
        if (side == 0)
            drill_accepted_give_up(connection);
        else
            drill_gateway_give_up(connection);
    }
    world->cause = 0;
}

void drill_connection_half_open(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    if (connection->half_timer != 0) return;
    connection->half_bytes = passed_bytes(connection);
    connection->half_timer =
        drill_queue_add(world->queue, drill_queue_now_ns(world->queue) + DRILL_HALF_OPEN_NS,
                        on_half_open, world, connection->number);
}

bool drill_connection_half_close(DrillWorldConnection *connection, int side) {
    /* Who has said DISCONNECT wants no answer. */
    bool done = connection->vanished || connection->heard_end[side] || connection->closed[side] ||
                (side == 0 && connection->taps[0].last_type == DRILL_DISCONNECT);
    if (done) return false;
    drill_connection_close(connection, side, DRILL_CLOSE_FIN, true);
    /* It may come back meanwhile, as the same client. */
    if (side == 0 && connection->client->connection == connection)
        connection->client->connection = NULL;
    drill_connection_half_open(connection);
    return true;
}

/* --- flow control --- */

uint64_t drill_connection_under_way(const DrillWorldConnection *connection, int direction) {
    if (!connection->transport) return 0;
    return connection->taps[direction].sent_bytes -
           drill_transport_delivered_bytes(connection->transport, direction);
}

void drill_connection_writable(DrillWorldConnection *connection, int side, bool writable) {
    if (side == 0)
        connection->socket_full = !writable;
    else
        connection->outside_full = !writable;
    drill_transport_pause_reading(connection->transport, side, !writable,
                                  drill_queue_now_ns(connection->world->queue));
}

bool drill_connection_may_hold(DrillWorldConnection *connection, int side) {
    DrillWorld *world = connection->world;
    if (connection->reaping) return true;
    uint64_t held = drill_reader_held(&connection->taps[side].sending);
    world->held_bytes += held - connection->held_bytes[side];
    connection->held_bytes[side] = held;
    uint64_t max = world->options.held_bytes_max;
    return held == 0 || world->held_bytes <= (max > 0 ? max : DRILL_HELD_BYTES_MAX);
}

static void on_overflow(void *context, uint64_t number, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)now_ns;
    if (world->connections[number - 1]) drill_accepted_give_up(world->connections[number - 1]);
}

/* Not now: the broker is in the middle of sending. */
static void look_for_overflow(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    if (connection->overflowing || connection->socket == 0 || is_gateway(world) ||
        drill_connection_under_way(connection, 1) <= DRILL_OVERFLOW_BYTES)
        return;
    connection->overflowing = true;
    drill_queue_add(world->queue, drill_queue_now_ns(world->queue), on_overflow, world,
                    connection->number);
}

static void emit_closed(DrillWorldConnection *connection, int side, DrillCloseHow how,
                        bool by_remote, bool half) {
    DrillTraceValue values[] = {
        drill_value(connection->number), drill_value_text(drill_close_name(how)),
        drill_value_text(by_remote ? "remote" : "local"), drill_value(half)};
    connection->world->last_activity_ns = drill_queue_now_ns(connection->world->queue);
    drill_emit(connection->world, drill_side_name(connection, side), DRILL_TRACE_CONN_CLOSED,
               values, DRILL_ARRAY_COUNT(values));
}

/* The beginning of a packet whose rest will never come. */
static void emit_leftover(DrillWorldConnection *connection, int side) {
    DrillReader *reader = &connection->taps[1 - side].receiving;
    size_t held = drill_reader_held(reader);
    if (held == 0 || reader->failed) return;
    DrillTraceValue values[] = {drill_value(connection->number),
                                drill_value_bytes(drill_span(reader->held.data, held)),
                                drill_value(false)};
    drill_emit(connection->world, drill_side_name(connection, side), DRILL_TRACE_MQTT_RECEIVED,
               values, 3);
}

void drill_connection_ended(DrillWorldConnection *connection, int side, DrillCloseHow how,
                            bool half) {
    DrillWorld *world = connection->world;
    if (connection->closed[side]) return;
    connection->heard_end[side] = true;
    emit_leftover(connection, side);
    emit_closed(connection, side, how, true, half);
    if (!half) end_side(connection, side);
    if (side == 1 && is_gateway(world))
        drill_gateway_closed(connection, how, half);
    else if (side == 1)
        drill_broker_node_closed(connection, how, half);
    else if (connection->client->outside)
        drill_accepted_closed(connection, how, half);
    else if (connection->client->raw)
        drill_raw_node_closed(connection, how, half);
    else
        drill_client_node_closed(connection, how, half);
}

static void on_closed(void *context, int side, DrillCloseHow how, bool half, uint64_t now_ns) {
    DrillWorldConnection *connection = context;
    (void)now_ns;
    if (side == 1 && connection->world->broker_paused_until_ns > 0) {
        connection->paused_end = true;
        connection->paused_how = how;
        connection->paused_half = half;
        return;
    }
    drill_connection_ended(connection, side, how, half);
}

static void remember(DrillWorld *world, DrillWorldConnection *connection) {
    if (world->connection_count == world->connection_capacity) {
        uint64_t capacity = world->connection_capacity ? world->connection_capacity * 2 : 16;
        world->connections =
            drill_reallocate(world->allocator, world->connections,
                             (size_t)world->connection_capacity * sizeof(*world->connections),
                             (size_t)capacity * sizeof(*world->connections));
        world->connection_capacity = capacity;
    }
    world->connections[world->connection_count++] = connection;
    connection->number = world->connection_count;
}

DrillWorldConnection *drill_connection_new(DrillWorld *world) {
    DrillWorldConnection *connection = DRILL_NEW(world->allocator, DrillWorldConnection);
    connection->world = world;
    connection->paused.allocator = world->allocator;
    connection->waiting.allocator = world->allocator;
    connection->early.allocator = world->allocator;
    remember(world, connection);
    for (int direction = 0; direction < 2; direction++) {
        DrillTap *tap = &connection->taps[direction];
        drill_reader_init(&tap->sending, world->allocator, world->options.version,
                          DRILL_PACKET_BYTES_MAX);
        drill_reader_init(&tap->receiving, world->allocator, world->options.version,
                          DRILL_PACKET_BYTES_MAX);
    }
    return connection;
}

void drill_connection_start(DrillWorldConnection *connection, DrillWorldClient *client) {
    DrillWorld *world = connection->world;
    connection->client = client;
    client->connection = connection;
    client->connections++;
    for (int direction = 0; direction < 2; direction++) {
        connection->taps[direction].sending.version = client->version;
        connection->taps[direction].receiving.version = client->version;
    }
    DrillTransportOptions options = {
        .kind = client->datagram ? DRILL_TRANSPORT_DATAGRAM
                : client->stream ? DRILL_TRANSPORT_STREAM
                                 : DRILL_TRANSPORT_TCP,
        .link = client->link,
        .hooks = {.context = connection,
                  .opened = on_opened,
                  .received = on_received,
                  .closed = on_closed},
        .observer = drill_net_observer(connection),
        .number = connection->number,
        .tcp = client->tcp,
    };
    connection->transport = drill_transport_open(&options, drill_queue_now_ns(world->queue));
}

DrillWorldConnection *drill_connection_open(DrillWorldClient *client) {
    DrillWorldConnection *connection = drill_connection_new(client->world);
    drill_connection_start(connection, client);
    return connection;
}

void drill_connection_free(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    world->connections[connection->number - 1] = NULL;
    if (connection->transport) drill_transport_free(connection->transport);
    drill_queue_cancel(world->queue, connection->nameless);
    drill_queue_cancel(world->queue, connection->half_timer);
    release_readers(connection);
    for (int direction = 0; direction < 2; direction++) {
        DrillTap *tap = &connection->taps[direction];
        drill_release(world->allocator, tap->underway,
                      tap->underway_capacity * sizeof(DrillUnderway));
    }
    drill_buffer_release(&connection->paused);
    drill_buffer_release(&connection->waiting);
    drill_buffer_release(&connection->early);
    DrillWorldClient *client = connection->client;
    if (client && client->connection == connection) client->connection = NULL;
    drill_release(world->allocator, connection, sizeof(*connection));
    if (client) client->connections--;
    if (client && drill_accepted_is_forgettable(client)) drill_world_remove_client(client);
}

/* The event that sent the packet which ends at this stream offset; 0 if no single one did. */
static uint64_t pop_underway(DrillTap *tap, uint64_t end_offset) {
    while (tap->underway_count > 0) {
        DrillUnderway oldest = tap->underway[tap->underway_first];
        if (oldest.end_offset > end_offset) return 0;
        tap->underway_first = (tap->underway_first + 1) % tap->underway_capacity;
        tap->underway_count--;
        if (oldest.end_offset == end_offset) return oldest.number;
    }
    return 0;
}

/* Into the trace: these bytes leave `side` now, or the last of them do. */
static uint64_t note_sent(DrillWorldConnection *connection, int side, DrillSpan bytes, bool whole) {
    DrillWorld *world = connection->world;
    DrillTap *tap = &connection->taps[side];
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_bytes(bytes),
                                drill_value(whole)};
    uint64_t number =
        drill_emit(world, drill_side_name(connection, side), DRILL_TRACE_MQTT_SENT, values, 3);
    uint64_t start = tap->sent_bytes;
    tap->sent_bytes += bytes.size;
    if (!drill_is_ping(bytes)) {
        world->last_activity_ns = drill_queue_now_ns(world->queue);
        tap->serious_bytes = tap->sent_bytes;
    }
    tap->packets++;
    tap->last_type = whole ? bytes.data[0] >> 4 : 0;
    world->counters.bytes[side] += bytes.size;
    world->counters.packets[side]++;
    if (!connection->client->datagram)
        push_underway(world, tap, (DrillUnderway){tap->sent_bytes, number});
    if (connection->client->rules_first) drill_fault_match(connection, side, bytes, start, number);
    return number;
}

static void transmit(DrillWorldConnection *connection, int side, DrillSpan bytes, bool whole) {
    DrillDatagram packet = {.bytes = bytes,
                            .tag = note_sent(connection, side, bytes, whole),
                            .certain = !whole || !is_publishing(bytes)};
    drill_transport_send_packet(connection->transport, side, &packet,
                                drill_queue_now_ns(connection->world->queue));
    if (side == 1) look_for_overflow(connection);
}

void drill_connection_insert(DrillWorldConnection *connection, DrillSpan bytes, uint64_t number) {
    DrillTap *tap = &connection->taps[1];
    tap->sent_bytes += bytes.size;
    tap->serious_bytes = tap->sent_bytes;
    if (!connection->client->datagram)
        push_underway(connection->world, tap, (DrillUnderway){tap->sent_bytes, number});
    DrillDatagram packet = {.bytes = bytes, .tag = number, .certain = true};
    drill_transport_send_packet(connection->transport, 1, &packet,
                                drill_queue_now_ns(connection->world->queue));
}

void drill_connection_send(DrillWorldConnection *connection, int side, DrillSpan packet) {
    if (!connection->closed[side]) transmit(connection, side, packet, true);
}

/* The next packet that is whole, or the rest of a broken stream. False: what is left waits for
 * more. */
static bool next_sent(DrillReader *reader, DrillSpan *bytes, DrillSpan *packet, bool *whole) {
    DrillFault fault;
    if (bytes->size == 0) return false;
    if (reader->failed) {
        *packet = *bytes;
        *whole = false;
        bytes->size = 0;
        return true;
    }
    DrillResult result = drill_reader_next(reader, bytes, packet, &fault);
    if (result == DRILL_NEED_MORE) return false;
    *whole = result == DRILL_OK;
    if (!*whole) bytes->size = 0;
    return true;
}

void drill_connection_send_packets(DrillWorldConnection *connection, int side, DrillSpan bytes) {
    DrillSpan packet;
    bool whole;
    while (!connection->closed[side] &&
           next_sent(&connection->taps[side].sending, &bytes, &packet, &whole))
        transmit(connection, side, packet, whole);
}

void drill_connection_send_bytes(DrillWorldConnection *connection, int side, DrillSpan bytes) {
    DrillSpan rest = bytes, packet;
    bool whole;
    if (connection->client->datagram) {
        /* There is no stream to send half a packet into. */
        drill_connection_send_packets(connection, side, bytes);
        return;
    }
    if (connection->closed[side]) return;
    while (next_sent(&connection->taps[side].sending, &rest, &packet, &whole))
        note_sent(connection, side, packet, whole);
    drill_transport_send(connection->transport, side, bytes,
                         drill_queue_now_ns(connection->world->queue));
}

/* What a sender began and never finished. A real broker's has been kept back until now; a raw
 * node's is under way already, and only the trace does not know. */
static void send_leftover(DrillWorldConnection *connection, int side) {
    DrillReader *reader = &connection->taps[side].sending;
    DrillSpan held = drill_span(reader->held.data, drill_reader_held(reader));
    if (held.size > 0 && !reader->failed && side == 0)
        note_sent(connection, side, held, false);
    else if (held.size > 0 && !reader->failed)
        transmit(connection, side, held, false);
    reader->failed = true;
}

void drill_connection_close(DrillWorldConnection *connection, int side, DrillCloseHow how,
                            bool half) {
    DrillWorld *world = connection->world;
    if (connection->closed[side] || (half && connection->half_closed[side])) return;
    if (how == DRILL_CLOSE_FIN || side == 0) send_leftover(connection, side);
    if (half) connection->half_closed[side] = true;
    emit_closed(connection, side, how, false, half);
    if (!half) end_side(connection, side);
    if (how == DRILL_CLOSE_VANISH) {
        connection->vanished = true;
        drill_transport_cut(connection->transport, how, drill_queue_now_ns(world->queue));
    } else {
        drill_transport_close(connection->transport, side, how, half,
                              drill_queue_now_ns(world->queue));
    }
}

bool drill_connection_next(DrillWorldConnection *connection, int side, DrillSpan *bytes,
                           DrillSpan *packet, bool *whole) {
    DrillWorld *world = connection->world;
    DrillTap *tap = &connection->taps[1 - side];
    DrillFault fault;
    if (connection->closed[side] || bytes->size == 0) return false;
    if (tap->receiving.failed) {
        *packet = *bytes;
        bytes->size = 0;
        *whole = false;
    } else {
        DrillResult result = drill_reader_next(&tap->receiving, bytes, packet, &fault);
        if (result == DRILL_NEED_MORE) return false;
        *whole = result == DRILL_OK;
        if (!*whole) bytes->size = 0;
    }
    uint64_t sent = *whole ? pop_underway(tap, tap->receiving.consumed_bytes) : 0;
    DrillTraceValue values[] = {drill_value(connection->number), drill_value_bytes(*packet),
                                drill_value(*whole)};
    world->cause = drill_emit_caused(world, sent, drill_side_name(connection, side),
                                     DRILL_TRACE_MQTT_RECEIVED, values, 3);
    uint64_t now_ns = drill_queue_now_ns(world->queue);
    if (packet->size == 0 || drill_is_ping(*packet)) return true;
    world->last_activity_ns = now_ns;
    if (side == 0 && (connection->client->raw || packet->data[0] >> 4 == DRILL_PUBLISH))
        world->last_arrival_ns = now_ns;
    return true;
}

/* What moves are pings, or acknowledgements of what has arrived: among many clients some always do,
 * and nothing comes of it. */
static bool only_pings(const DrillWorldConnection *connection) {
    if (connection->client->datagram) return false;
    for (int side = 0; side < 2; side++) {
        bool steady =
            connection->opened[side] && !connection->closed[side] && !connection->half_closed[side];
        if (!steady || drill_transport_delivered_bytes(connection->transport, side) <
                           connection->taps[side].serious_bytes)
            return false;
    }
    return true;
}

bool drill_connection_busy(const DrillWorldConnection *connection) {
    if (!connection->transport) return false;
    if (connection->outside_open && connection->outside_ends) return true;
    if (connection->vanished || (connection->closed[0] && connection->closed[1])) return false;
    if (connection->socket_full || connection->outside_full) return true;
    return !only_pings(connection) && drill_transport_busy(connection->transport);
}
