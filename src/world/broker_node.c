/* The virtual broker: the sans-IO machine of mqtt/, its timer, restarts and pauses. */
#include "mqtt/defects.h"
#include "spec/reason.h"
#include "world/state.h"

static void arm_timer(DrillWorld *world);

static void on_timer(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)argument;
    world->broker_timer = 0;
    world->cause = 0;
    if (!world->broker_down && world->broker_paused_until_ns == 0 &&
        drill_broker_expiry(world->broker) <= now_ns)
        drill_broker_handle_expiry(world->broker, now_ns);
    arm_timer(world);
}

/* As for clients: a deadline that moves away leaves the timer where it is. */
static void arm_timer(DrillWorld *world) {
    if (world->broker_down) return;
    uint64_t expiry_ns = drill_broker_expiry(world->broker);
    if (expiry_ns < world->broker_paused_until_ns) expiry_ns = world->broker_paused_until_ns;
    if (expiry_ns == DRILL_NEVER || (world->broker_timer && world->broker_timer_ns <= expiry_ns))
        return;
    uint64_t now_ns = drill_queue_now_ns(world->queue);
    if (expiry_ns < now_ns) expiry_ns = now_ns;
    if (!world->broker_timer || !drill_queue_move(world->queue, world->broker_timer, expiry_ns))
        world->broker_timer = drill_queue_add(world->queue, expiry_ns, on_timer, world, 0);
    world->broker_timer_ns = expiry_ns;
}

static void on_send(void *context, void *peer, DrillSpan packet, uint64_t now_ns) {
    (void)context;
    (void)now_ns;
    drill_connection_send(peer, 1, packet);
}

static void on_close(void *context, void *peer, const DrillFault *fault_or_null, uint64_t now_ns) {
    DrillWorld *world = context;
    DrillWorldConnection *connection = peer;
    (void)now_ns;
    connection->accepted = NULL;
    if (fault_or_null) {
        DrillTraceValue values[] = {
            drill_value(connection->number),
            drill_value_text(fault_or_null->statement ? fault_or_null->statement : ""),
            drill_value(fault_or_null->reason_code), drill_value_text(fault_or_null->text)};
        drill_emit(world, drill_broker_name, DRILL_TRACE_MQTT_FAULTED, values,
                   DRILL_ARRAY_COUNT(values));
    }
    drill_connection_close(connection, 1, DRILL_CLOSE_FIN, false);
}

/* What the scenario wants of the broker, and what every broker of this world gets. */
static DrillBrokerConfig full_config(DrillWorld *world, const DrillBrokerConfig *wanted) {
    DrillBrokerConfig config = *wanted;
    drill_retry_default(false, &config.retry_ns, &config.retry_ns_max);
    config.share_seed = world->options.seed;
    drill_broker_method_add(world, &config);
    return config;
}

void drill_broker_node_start(DrillWorld *world) {
    DrillBrokerHooks hooks = {.context = world, .send = on_send, .close = on_close};
    drill_broker_method_start(world);
    DrillBrokerConfig config = full_config(world, &world->options.broker);
    DrillResult made = drill_broker_new(&config, &hooks, world->allocator, &world->broker);
    DRILL_ASSERT(made == DRILL_OK);
}

void drill_broker_node_opened(DrillWorldConnection *connection) {
    DrillWorld *world = connection->world;
    if (world->broker_down) {
        drill_connection_close(connection, 1, DRILL_CLOSE_RST, false);
        return;
    }
    connection->accepted =
        drill_broker_accept(world->broker, connection, drill_queue_now_ns(world->queue));
    if (!connection->accepted) {
        drill_connection_close(connection, 1, DRILL_CLOSE_RST, false);
    } else if (connection->client->datagram) {
        uint64_t retry_ns = world->options.broker.retry_ns;
        uint64_t retry_ns_max = world->options.broker.retry_ns_max;
        drill_retry_default(true, &retry_ns, &retry_ns_max);
        drill_broker_set_retry(connection->accepted, retry_ns, retry_ns_max);
    }
    arm_timer(world);
}

void drill_broker_node_received(DrillWorldConnection *connection, DrillSpan bytes) {
    DrillWorld *world = connection->world;
    DrillSpan packet;
    bool whole;
    if (world->broker_paused_until_ns > 0) {
        drill_buffer_put(&connection->paused, bytes.data, bytes.size);
        return;
    }
    while (connection->accepted && drill_connection_next(connection, 1, &bytes, &packet, &whole)) {
        drill_broker_receive(connection->accepted, packet, drill_queue_now_ns(world->queue));
        arm_timer(world);
    }
}

void drill_broker_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half) {
    DrillWorld *world = connection->world;
    DrillBrokerConnection *accepted = connection->accepted;
    (void)how;
    connection->accepted = NULL;
    if (accepted) drill_broker_closed(accepted, drill_queue_now_ns(world->queue));
    if (half) drill_connection_close(connection, 1, DRILL_CLOSE_FIN, false);
    arm_timer(world);
}

/* --- restart --- */

static void on_up(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorld *world = context;
    DrillTraceValue keep = drill_value(world->broker_keeps_sessions);
    (void)argument;
    world->broker_down = false;
    world->last_activity_ns = now_ns;
    world->cause = 0;
    world->cause = drill_emit(world, drill_broker_name, DRILL_TRACE_BROKER_UP, &keep, 1);
    drill_broker_restart(world->broker, world->broker_keeps_sessions, now_ns);
    arm_timer(world);
}

DrillResult drill_world_broker_restart(DrillWorld *world, bool keep_sessions, uint64_t down_ns) {
    DrillWorldRestart restart = {.keep_sessions = keep_sessions, .down_ns = down_ns};
    return drill_world_broker_restart_with(world, &restart);
}

DrillResult drill_world_broker_restart_with(DrillWorld *world, const DrillWorldRestart *restart) {
    if (!world->broker || world->broker_down) return DRILL_BUSY;
    uint64_t now_ns = drill_queue_now_ns(world->queue);
    DrillTraceValue down[] = {drill_value(restart->keep_sessions),
                              drill_value(restart->lost_records)};
    world->cause = 0;
    if (restart->announced)
        drill_broker_shutdown(world->broker, DRILL_REASON_SERVER_SHUTTING_DOWN, now_ns);
    drill_broker_lose_records(world->broker, restart->lost_records);
    world->broker_down = true;
    world->broker_keeps_sessions = restart->keep_sessions;
    world->broker_paused_until_ns = 0; /* the process that was stopped is no more */
    world->last_activity_ns = now_ns;
    world->cause = 0;
    world->cause = drill_emit(world, drill_broker_name, DRILL_TRACE_BROKER_DOWN, down, 2);
    for (uint64_t i = 0; i < world->connection_count; i++) {
        DrillWorldConnection *connection = world->connections[i];
        /* One that is still on its way will find nobody at home. */
        if (!connection || connection->closed[1] || !connection->opened[1]) continue;
        connection->accepted = NULL;
        drill_buffer_clear(&connection->paused);
        connection->paused_end = false;
        if (!connection->vanished) drill_connection_close(connection, 1, DRILL_CLOSE_RST, false);
    }
    drill_queue_add(world->queue, now_ns + restart->down_ns, on_up, world, 0);
    world->cause = 0;
    return DRILL_OK;
}

/* --- pause --- */

/* What a stopped process finds when it goes on: first the bytes, then the end. */
static void catch_up(DrillWorldConnection *connection) {
    if (connection->paused.size > 0) {
        DrillBuffer bytes = connection->paused;
        connection->paused = (DrillBuffer){.allocator = connection->world->allocator};
        drill_broker_node_received(connection, drill_buffer_span(&bytes));
        drill_buffer_release(&bytes);
    }
    connection->world->cause = 0;
    if (!connection->paused_end) return;
    connection->paused_end = false;
    drill_connection_ended(connection, 1, connection->paused_how, connection->paused_half);
}

static void on_resume(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)argument;
    if (world->broker_paused_until_ns == 0 || now_ns < world->broker_paused_until_ns) return;
    world->broker_paused_until_ns = 0;
    for (uint64_t i = 0; i < world->connection_count; i++)
        if (world->connections[i]) catch_up(world->connections[i]);
    arm_timer(world);
}

DrillResult drill_world_broker_pause(DrillWorld *world, uint64_t duration_ns) {
    if (!world->broker || world->broker_down) return DRILL_BUSY;
    uint64_t until_ns = drill_queue_now_ns(world->queue) + duration_ns;
    if (until_ns > world->broker_paused_until_ns) world->broker_paused_until_ns = until_ns;
    DrillTraceValue until = drill_value(world->broker_paused_until_ns);
    world->cause = 0;
    drill_emit(world, drill_broker_name, DRILL_TRACE_BROKER_PAUSED, &until, 1);
    drill_queue_add(world->queue, until_ns, on_resume, world, 0);
    return DRILL_OK;
}

/* --- changes --- */

const DrillBrokerConfig *drill_world_broker_config(const DrillWorld *world) {
    return world->broker ? &world->options.broker : NULL;
}

void drill_world_broker_setting(DrillWorld *world, const char *option, const char *value) {
    DrillTraceValue values[] = {drill_value_text(option), drill_value_text(value)};
    drill_emit_caused(world, 0, drill_broker_name, DRILL_TRACE_BROKER_CONFIG, values, 2);
}

DrillResult drill_world_broker_configure(DrillWorld *world, const DrillBrokerConfig *config) {
    if (!world->broker || world->broker_down) return DRILL_BUSY;
    DrillBrokerConfig full = full_config(world, config);
    DrillResult configured = drill_broker_configure(world->broker, &full);
    if (configured == DRILL_OK) world->options.broker = *config;
    return configured;
}

DrillResult drill_world_broker_defect(DrillWorld *world, int defect, bool on) {
    DrillBrokerConfig config = world->options.broker;
    if (on)
        drill_defect_set(&config.defects, (DrillDefectId)defect);
    else
        drill_defect_clear(&config.defects, (DrillDefectId)defect);
    DrillResult configured = drill_world_broker_configure(world, &config);
    if (configured != DRILL_OK) return configured;
    DrillTraceValue values[] = {drill_value_text(drill_defect_info((DrillDefectId)defect)->name),
                                drill_value(on)};
    drill_emit_caused(world, 0, drill_broker_name, DRILL_TRACE_BROKER_DEFECT, values, 2);
    return DRILL_OK;
}
