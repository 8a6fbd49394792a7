/* A virtual client: the sans-IO machine of mqtt/, its timer, and the calls of the scenario. */
#include <string.h>

#include "world/state.h"

#define DRILL_DATAGRAM_RETRY_NS     (5 * DRILL_NS_PER_S)
#define DRILL_DATAGRAM_RETRY_NS_MAX (60 * DRILL_NS_PER_S)

/* --- from the machine --- */

static void hold_back(DrillWorldClient *client, DrillSpan packet) {
    DrillWorld *world = client->world;
    DrillHeld *held = DRILL_NEW(world->allocator, DrillHeld);
    held->connection = client->connection->number;
    held->packet = drill_copy_span(world->allocator, packet);
    *client->held_last = held;
    client->held_last = &held->next;
    DrillTraceValue values[] = {
        drill_value(client->connection->number),
        drill_value_text(drill_packet_type_name((DrillPacketType)(packet.data[0] >> 4)))};
    drill_emit(world, client->name_span, DRILL_TRACE_HELD, values, 2);
}

/* The machine may refuse to publish, and what was refused is no part of the story; so the event is
 * emitted with the first packet, or after the call when the message only waits. */
static void emit_publish(DrillWorldClient *client) {
    const DrillPublishPacket *message = client->publishing;
    if (!message) return;
    DrillTraceValue values[] = {
        drill_value(++client->published),    drill_value((uint64_t)message->qos),
        drill_value(message->retain),        drill_value_bytes(message->topic),
        drill_value_bytes(message->payload), drill_value_bytes(message->properties.wire)};
    client->publishing = NULL;
    client->world->cause =
        drill_emit_caused(client->world, 0, client->name_span, DRILL_TRACE_APP_PUBLISH, values,
                          DRILL_ARRAY_COUNT(values));
}

static void on_send(void *context, DrillSpan packet, uint64_t now_ns) {
    DrillWorldClient *client = context;
    (void)now_ns;
    emit_publish(client);
    if (client->observer->sent) client->observer->sent(client->observer->context, client, packet);
    if (!client->connection) return;
    if (client->holds[packet.data[0] >> 4])
        hold_back(client, packet);
    else
        drill_connection_send(client->connection, 0, packet);
}

static void on_close(void *context, DrillClientClose why, uint64_t now_ns) {
    DrillWorldClient *client = context;
    (void)now_ns;
    client->wants_close = true;
    client->close_why = why;
}

static void on_connack(void *context, const DrillConnackPacket *connack, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->connected) observer->connected(observer->context, client, connack);
}

static void on_message(void *context, const DrillPublishPacket *publish, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    DrillTraceValue values[] = {drill_value(client->connection ? client->connection->number : 0),
                                drill_value((uint64_t)publish->qos),
                                drill_value(publish->retain),
                                drill_value(publish->dup),
                                drill_value_bytes(publish->topic),
                                drill_value_bytes(publish->payload),
                                drill_value_bytes(publish->properties.wire)};
    drill_emit(client->world, client->name_span, DRILL_TRACE_APP_DELIVERED, values,
               DRILL_ARRAY_COUNT(values));
    if (observer->message) observer->message(observer->context, client, publish);
}

static void on_acknowledged(void *context, DrillMessageId message, uint8_t reason_code,
                            uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    DrillTraceValue values[] = {drill_value(message), drill_value(reason_code)};
    drill_emit(client->world, client->name_span, DRILL_TRACE_APP_ACKED, values, 2);
    if (observer->acknowledged)
        observer->acknowledged(observer->context, client, message, reason_code);
}

static void on_dropped(void *context, DrillMessageId message, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->dropped) observer->dropped(observer->context, client, message);
}

static void on_suback(void *context, DrillPacketType type, const DrillSubackPacket *suback,
                      uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->suback) observer->suback(observer->context, client, type, suback);
}

static void on_pingresp(void *context, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->pingresp) observer->pingresp(observer->context, client);
}

static void on_faulted(void *context, const DrillFault *fault, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    DrillTraceValue values[] = {drill_value(client->connection ? client->connection->number : 0),
                                drill_value_text(fault->statement ? fault->statement : ""),
                                drill_value(fault->reason_code), drill_value_text(fault->text)};
    drill_emit(client->world, client->name_span, DRILL_TRACE_MQTT_FAULTED, values,
               DRILL_ARRAY_COUNT(values));
    if (observer->faulted) observer->faulted(observer->context, client, fault);
}

static void on_disconnected(void *context, const DrillReasonPacket *disconnect, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->disconnected) observer->disconnected(observer->context, client, disconnect);
}

static void on_auth(void *context, const DrillReasonPacket *auth, uint64_t now_ns) {
    DrillWorldClient *client = context;
    const DrillWorldObserver *observer = client->observer;
    (void)now_ns;
    if (observer->auth) observer->auth(observer->context, client, auth);
}

DrillClientHooks drill_client_node_hooks(DrillWorldClient *client) {
    DrillClientHooks hooks = {.context = client,
                              .send = on_send,
                              .close = on_close,
                              .connack = on_connack,
                              .message = on_message,
                              .acknowledged = on_acknowledged,
                              .dropped = on_dropped,
                              .suback = on_suback,
                              .pingresp = on_pingresp,
                              .faulted = on_faulted,
                              .disconnected = on_disconnected,
                              .auth = on_auth};
    return hooks;
}

void drill_retry_default(bool datagram, uint64_t *retry_ns, uint64_t *retry_ns_max) {
    if (datagram && *retry_ns == 0) *retry_ns = DRILL_DATAGRAM_RETRY_NS;
    if (datagram && *retry_ns_max == 0) *retry_ns_max = DRILL_DATAGRAM_RETRY_NS_MAX;
    if (*retry_ns == DRILL_NEVER) *retry_ns = 0;
}

/* --- around every call into the machine --- */

static void on_timer(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorldClient *client = context;
    (void)argument;
    client->timer = 0;
    client->world->cause = 0;
    drill_client_node_enter(client);
    if (drill_client_expiry(client->machine) <= now_ns)
        drill_client_handle_expiry(client->machine, now_ns);
    drill_client_node_leave(client);
}

/* Deadlines mostly move away (every packet puts the next PINGREQ off); the timer is left where it
 * is then, and asks again when it fires. Only an earlier deadline moves it. */
static void arm_timer(DrillWorldClient *client) {
    DrillQueue *queue = client->world->queue;
    uint64_t expiry_ns = drill_client_expiry(client->machine);
    if (expiry_ns == DRILL_NEVER || (client->timer && client->timer_ns <= expiry_ns)) return;
    if (expiry_ns < drill_queue_now_ns(queue)) expiry_ns = drill_queue_now_ns(queue);
    if (!client->timer || !drill_queue_move(queue, client->timer, expiry_ns))
        client->timer = drill_queue_add(queue, expiry_ns, on_timer, client, 0);
    client->timer_ns = expiry_ns;
}

void drill_client_node_enter(DrillWorldClient *client) {
    client->inside++;
}

void drill_client_node_leave(DrillWorldClient *client) {
    DrillWorld *world = client->world;
    if (--client->inside > 0) return;
    while (client->wants_close) {
        DrillWorldConnection *connection = client->connection;
        client->wants_close = false;
        /* Without PINGRESP the network is taken to be dead; a FIN could only add to its troubles.
         */
        DrillCloseHow how =
            client->close_why == DRILL_CLIENT_CLOSE_NO_PINGRESP ? DRILL_CLOSE_RST : DRILL_CLOSE_FIN;
        if (connection) drill_connection_close(connection, 0, how, false);
        drill_client_closed(client->machine, drill_queue_now_ns(world->queue));
        if (connection && client->observer->closed)
            client->observer->closed(client->observer->context, client, how, false);
    }
    arm_timer(client);
}

/* --- from the connection --- */

void drill_client_node_opened(DrillWorldConnection *connection) {
    DrillWorldClient *client = connection->client;
    DrillWorld *world = client->world;
    if (client->observer->opened) client->observer->opened(client->observer->context, client);
    drill_client_node_enter(client);
    DrillResult opened = drill_client_opened(client->machine, drill_queue_now_ns(world->queue));
    DRILL_ASSERT(opened == DRILL_OK);
    drill_client_node_leave(client);
}

void drill_client_node_received(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillWorldClient *client = connection->client;
    DrillSpan packet;
    bool whole;
    while (client->connection == connection &&
           drill_connection_next(connection, 0, &bytes, &packet, &whole)) {
        drill_client_node_enter(client);
        drill_client_receive(client->machine, packet, drill_queue_now_ns(client->world->queue));
        drill_client_node_leave(client);
    }
}

void drill_client_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half) {
    DrillWorldClient *client = connection->client;
    DrillWorld *world = client->world;
    if (half) drill_connection_close(connection, 0, DRILL_CLOSE_FIN, false);
    drill_client_node_enter(client);
    drill_client_closed(client->machine, drill_queue_now_ns(world->queue));
    client->wants_close = false;
    drill_client_node_leave(client);
    /* A client answers the far side's end with its own, so this is the whole end. */
    if (client->observer->closed)
        client->observer->closed(client->observer->context, client, how, false);
}

/* --- from the scenario --- */

DrillResult drill_world_connect(DrillWorldClient *client,
                                const DrillClientConfig *reconfigure_or_null,
                                DrillDiagnostic *diagnostic) {
    DrillWorld *world = client->world;
    DRILL_ASSERT(!client->raw);
    if (client->connection)
        return drill_diagnose(diagnostic, DRILL_BUSY, "client '%s' is connected already",
                              client->name);
    if (reconfigure_or_null) {
        DrillClientConfig config = *reconfigure_or_null;
        config.version = client->version;
        config.defects = world->options.client_defects;
        drill_retry_default(client->datagram, &config.retry_ns, &config.retry_ns_max);
        DrillBuffer scratch = {.allocator = world->allocator};
        DrillResult configured =
            drill_client_method_configure(client, &config, &scratch, diagnostic);
        if (configured != DRILL_OK) return configured;
        configured = drill_client_configure(client->machine, &config);
        drill_buffer_release(&scratch);
        if (configured != DRILL_OK)
            return drill_diagnose(diagnostic, configured,
                                  "client '%s': these options cannot be: %s", client->name,
                                  DRILL_CLIENT_OPTIONS_RULES);
    }
    if (reconfigure_or_null) {
        client->clean = reconfigure_or_null->clean;
        client->keep_alive_s = reconfigure_or_null->keep_alive_s;
    }
    world->cause = 0;
    uint64_t number = world->connection_count + 1;
    DrillTraceValue values[] = {drill_value(number), drill_value(client->clean),
                                drill_value(client->keep_alive_s)};
    world->cause = drill_emit(world, client->name_span, DRILL_TRACE_APP_CONNECT, values, 3);
    DrillWorldConnection *connection = drill_connection_open(client);
    DRILL_ASSERT(connection->number == number);
    world->cause = 0;
    return DRILL_OK;
}

DrillResult drill_world_publish(DrillWorldClient *client, const DrillPublishPacket *message,
                                DrillMessageId *out) {
    DrillWorld *world = client->world;
    DRILL_ASSERT(!client->raw);
    world->cause = 0;
    client->publishing = message;
    drill_client_node_enter(client);
    DrillResult published =
        drill_client_publish(client->machine, message, drill_queue_now_ns(world->queue), out);
    if (published == DRILL_OK) emit_publish(client);
    client->publishing = NULL;
    drill_client_node_leave(client);
    world->cause = 0;
    return published;
}

/* A call of the scenario that needs nothing but the machine's own answer. */
static DrillResult call(DrillWorldClient *client,
                        DrillResult (*function)(DrillClient *, uint64_t)) {
    DRILL_ASSERT(!client->raw);
    client->world->cause = 0;
    drill_client_node_enter(client);
    DrillResult result = function(client->machine, drill_queue_now_ns(client->world->queue));
    drill_client_node_leave(client);
    return result;
}

DrillResult drill_world_ping(DrillWorldClient *client) {
    return call(client, drill_client_ping);
}
DrillResult drill_world_disconnect(DrillWorldClient *client) {
    return call(client, drill_client_disconnect);
}
DrillResult drill_world_acknowledge(DrillWorldClient *client) {
    return call(client, drill_client_acknowledge);
}

/* The same with a Reason Code and properties. */
static DrillResult call_with(DrillWorldClient *client, const DrillReasonPacket *reason,
                             DrillResult (*function)(DrillClient *, const DrillReasonPacket *,
                                                     uint64_t)) {
    DRILL_ASSERT(!client->raw);
    client->world->cause = 0;
    drill_client_node_enter(client);
    DrillResult result =
        function(client->machine, reason, drill_queue_now_ns(client->world->queue));
    drill_client_node_leave(client);
    return result;
}

DrillResult drill_world_reauthenticate(DrillWorldClient *client) {
    return call(client, drill_client_reauthenticate);
}
DrillResult drill_world_authenticate(DrillWorldClient *client, const DrillReasonPacket *auth) {
    return call_with(client, auth, drill_client_authenticate);
}
DrillResult drill_world_disconnect_with(DrillWorldClient *client, const DrillReasonPacket *reason) {
    return call_with(client, reason, drill_client_disconnect_with);
}
DrillResult drill_world_acknowledge_with(DrillWorldClient *client,
                                         const DrillReasonPacket *reason) {
    return call_with(client, reason, drill_client_acknowledge_with);
}

DrillResult drill_world_request(DrillWorldClient *client, DrillPacketType type,
                                const DrillSubscribePacket *request, uint16_t *packet_identifier) {
    DRILL_ASSERT(!client->raw);
    client->world->cause = 0;
    drill_client_node_enter(client);
    DrillResult result =
        drill_client_request(client->machine, type, request,
                             drill_queue_now_ns(client->world->queue), packet_identifier);
    drill_client_node_leave(client);
    return result;
}

DrillResult drill_world_subscribe(DrillWorldClient *client, DrillFilters filters,
                                  uint16_t *packet_identifier) {
    DrillSubscribePacket request = {.filters = filters};
    return drill_world_request(client, DRILL_SUBSCRIBE, &request, packet_identifier);
}

DrillResult drill_world_unsubscribe(DrillWorldClient *client, DrillFilters filters,
                                    uint16_t *packet_identifier) {
    DrillSubscribePacket request = {.filters = filters};
    return drill_world_request(client, DRILL_UNSUBSCRIBE, &request, packet_identifier);
}

void drill_world_drop(DrillWorldClient *client, DrillCloseHow how) {
    DrillWorld *world = client->world;
    DrillWorldConnection *connection = client->connection;
    if (!connection) return;
    world->cause = 0;
    drill_connection_close(connection, 0, how, false);
    if (client->machine) {
        drill_client_node_enter(client);
        drill_client_closed(client->machine, drill_queue_now_ns(world->queue));
        client->wants_close = false;
        drill_client_node_leave(client);
    }
    if (client->observer->closed)
        client->observer->closed(client->observer->context, client, how, false);
}

void drill_world_crash(DrillWorldClient *client) {
    DRILL_ASSERT(!client->raw);
    drill_world_drop(client, DRILL_CLOSE_RST);
    drill_emit_caused(client->world, 0, client->name_span, DRILL_TRACE_APP_CRASH, NULL, 0);
    drill_client_node_enter(client);
    drill_client_crash(client->machine);
    drill_client_node_leave(client);
}

void drill_world_hold(DrillWorldClient *client, DrillPacketType type) {
    DRILL_ASSERT(type >= DRILL_CONNECT && type <= DRILL_AUTH);
    client->holds[type] = true;
}

void drill_world_release(DrillWorldClient *client) {
    DrillWorld *world = client->world;
    memset(client->holds, 0, sizeof(client->holds));
    world->cause = 0;
    while (client->held_first) {
        DrillHeld *held = client->held_first;
        client->held_first = held->next;
        if (!client->held_first) client->held_last = &client->held_first;
        /* What was held for a connection that is gone went down with it. */
        if (client->connection && held->connection == client->connection->number)
            drill_connection_send(client->connection, 0, held->packet);
        drill_release(world->allocator, (void *)(uintptr_t)held->packet.data, held->packet.size);
        drill_release(world->allocator, held, sizeof(*held));
    }
}
