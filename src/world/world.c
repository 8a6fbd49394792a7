/* Making a world, turning its loop, and letting it come to rest. */
#include "world/world.h"

#include <string.h>

#include "world/state.h"

static void on_limit(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)argument;
    (void)now_ns;
    world->limit_timer = 0;
    world->over_limit = true;
}

typedef struct DrillNodeText {
    DrillSpan name;
    const char *role;
    DrillSpan client_id;
    DrillVersion version;
    const char *transport;
    bool manual_acks;
} DrillNodeText;

static void emit_node(DrillWorld *world, const DrillNodeText *node) {
    DrillTraceValue values[] = {drill_value_text(node->role), drill_value_bytes(node->client_id),
                                drill_value((uint64_t)node->version),
                                drill_value_text(node->transport), drill_value(node->manual_acks)};
    drill_emit_caused(world, 0, node->name, DRILL_TRACE_NODE_ADDED, values,
                      DRILL_ARRAY_COUNT(values));
}

DrillWorld *drill_world_new(const DrillWorldOptions *options) {
    DrillAllocator allocator = drill_arena_allocator(options->arena);
    DrillWorld *world = DRILL_NEW(allocator, DrillWorld);
    world->allocator = allocator;
    world->driver = options->driver;
    world->tracer = options->tracer;
    world->options = *options;
    world->queue = drill_queue_new(allocator);
    world->clients_by_name = drill_map_new(allocator);
    world->by_socket = drill_map_new(allocator);
    bool is_real = options->driver->live && !options->serve;
    DrillNodeText broker = {.name = drill_broker_name,
                            .role = is_real ? "gateway" : "broker",
                            .version = options->version,
                            .transport = ""};
    emit_node(world, &broker);
    if (!is_real) drill_broker_node_start(world);
    if (options->limit_ns > 0)
        world->limit_timer = drill_queue_add(world->queue, options->limit_ns, on_limit, world, 0);
    return world;
}

static void free_client(DrillWorld *world, DrillWorldClient *client) {
    drill_faults_free(client);
    if (client->machine) drill_client_free(client->machine);
    drill_client_method_free(client);
    drill_link_free(client->link);
    drill_release(world->allocator, (void *)(uintptr_t)client->name, strlen(client->name) + 1);
    drill_release(world->allocator, client, sizeof(*client));
}

void drill_world_free(DrillWorld *world) {
    drill_fleets_free(world);
    for (uint64_t i = 0; i < world->connection_count; i++)
        if (world->connections[i]) drill_connection_free(world->connections[i]);
    for (uint32_t i = 0; i < world->client_count; i++)
        if (world->clients[i]) free_client(world, world->clients[i]);
    if (world->broker) drill_broker_free(world->broker);
    drill_broker_method_free(world);
    drill_map_free(world->clients_by_name);
    drill_map_free(world->by_socket);
    drill_queue_free(world->queue);
    drill_release(world->allocator, world->clients,
                  world->client_capacity * sizeof(*world->clients));
    drill_release(world->allocator, world->holes, world->hole_capacity * sizeof(*world->holes));
    drill_release(world->allocator, world->connections,
                  (size_t)world->connection_capacity * sizeof(*world->connections));
    drill_release(world->allocator, world, sizeof(*world));
}

void drill_world_set_observer(DrillWorld *world, const DrillWorldObserver *observer) {
    world->observer = *observer;
}

uint64_t drill_world_now(const DrillWorld *world) {
    return drill_queue_now_ns(world->queue);
}
bool drill_world_live(const DrillWorld *world) {
    return world->driver->live && !world->options.serve;
}
uint64_t drill_world_connections_max(const DrillWorld *world) {
    size_t most = world->driver->connections_max;
    return world->options.serve || most == 0 ? UINT64_MAX : most;
}
uint64_t drill_world_seed(const DrillWorld *world) {
    return world->options.seed;
}
DrillVersion drill_world_version(const DrillWorld *world) {
    return world->options.version;
}
DrillTracer *drill_world_tracer(DrillWorld *world) {
    return world->tracer;
}
uint64_t drill_world_step_count(const DrillWorld *world) {
    return world->steps;
}
bool drill_world_over_limit(const DrillWorld *world) {
    return world->over_limit;
}
bool drill_world_unreachable(const DrillWorld *world) {
    return world->unreachable;
}
uint64_t drill_world_last_arrival_ns(const DrillWorld *world) {
    return world->last_arrival_ns;
}

static void dispatch(DrillWorld *world, const DrillInput *input) {
    if (input->kind == DRILL_INPUT_CONTROL) {
        if (world->control.command)
            world->control.command(world->control.context, input->connection, input->bytes);
    } else if (input->kind == DRILL_INPUT_STALLED) {
        DrillTraceValue value = drill_value(input->stalled_ns);
        drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_OUTSIDE_STALLED, &value, 1);
    } else if (input->kind == DRILL_INPUT_ACCEPTED || (input->connection & DRILL_ACCEPTED_BIT)) {
        drill_accepted_input(world, input);
    } else if (input->kind != DRILL_INPUT_NONE) {
        drill_gateway_input(world, input);
    }
}

bool drill_world_step(DrillWorld *world) {
    DrillInput input;
    if (world->over_limit) return false;
    world->cause = 0;
    if (!world->driver->step(world->driver, world->queue, &input)) return false;
    world->steps++;
    dispatch(world, &input);
    world->cause = 0;
    if (world->observer.dispatched)
        world->observer.dispatched(world->observer.context, drill_queue_now_ns(world->queue));
    return true;
}

/* --- settling --- */

/* Something is on its way, or will be by itself. */
static bool is_moving(const DrillWorld *world) {
    if (world->broker_down || world->broker_paused_until_ns > 0) return true;
    for (uint64_t i = 0; i < world->connection_count; i++)
        if (world->connections[i] && drill_connection_busy(world->connections[i])) return true;
    return false;
}

/* Some client waits for an acknowledgement on an open connection. */
static bool is_waiting(const DrillWorld *world) {
    for (uint32_t i = 0; i < world->client_count; i++) {
        const DrillWorldClient *client = world->clients[i];
        if (!client || !client->machine || !client->connection || client->connection->vanished)
            continue;
        if (drill_client_state(client->machine) == DRILL_CLIENT_CONNECTING) return true;
        if (drill_client_state(client->machine) == DRILL_CLIENT_UP &&
            drill_client_pending(client->machine) > 0)
            return true;
    }
    return false;
}

static void on_settle(void *context, uint64_t argument, uint64_t now_ns) {
    DrillWorld *world = context;
    (void)argument;
    uint64_t rest_ns = world->last_activity_ns + world->quiet_ns;
    bool busy = rest_ns > now_ns || is_moving(world);
    /* An acknowledgement that is owed may come late, so there is some patience; but where nothing
     * has moved for that long, the world is at rest, and the oracles say what is missing. */
    bool patient = now_ns < world->patient_until_ns && is_waiting(world);
    if ((!busy && !patient) || now_ns >= world->settle_until_ns) {
        world->settled = true;
        world->settled_busy = busy;
        return;
    }
    uint64_t next_ns = rest_ns > now_ns ? rest_ns : now_ns + world->quiet_ns;
    if (next_ns > world->settle_until_ns) next_ns = world->settle_until_ns;
    drill_queue_add(world->queue, next_ns, on_settle, world, 0);
}

void drill_world_finish(DrillWorld *world, const char *script_outcome, const char *text,
                        uint64_t quiet_ns, uint64_t limit_ns) {
    uint64_t now_ns = drill_queue_now_ns(world->queue);
    drill_queue_cancel(world->queue, world->limit_timer);
    world->over_limit = false;
    world->observer.dispatched = NULL;
    drill_fleets_stop(world);
    world->quiet_ns = quiet_ns;
    world->settle_until_ns = now_ns + limit_ns;
    world->patient_until_ns = now_ns + limit_ns / 2;
    drill_queue_add(world->queue, now_ns + quiet_ns, on_settle, world, 0);
    while (!world->settled && drill_world_step(world))
        continue;
    drill_fault_report_unused(world);
    DrillTraceValue settled[] = {drill_value(quiet_ns),
                                 drill_value(world->settled_busy || !world->settled)};
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_SETTLED, settled, 2);
    DrillTraceValue end[] = {drill_value_text(script_outcome), drill_value_text(text)};
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_RUN_END, end, 2);
}

/* --- timers and text for the script --- */

DrillEventHandle drill_world_timer(DrillWorld *world, uint64_t at_ns, DrillEventFunction function,
                                   void *context, uint64_t argument) {
    return drill_queue_add(world->queue, at_ns, function, context, argument);
}

void drill_world_cancel(DrillWorld *world, DrillEventHandle handle) {
    drill_queue_cancel(world->queue, handle);
}

void drill_world_note(DrillWorld *world, DrillSpan text) {
    DrillTraceValue value = drill_value_bytes(text);
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_APP_NOTE, &value, 1);
}

void drill_world_log(DrillWorld *world, DrillSpan text) {
    DrillTraceValue value = drill_value_bytes(text);
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_APP_LOG, &value, 1);
}

void drill_world_failed(DrillWorld *world, DrillSpan text, const char *file, uint32_t line) {
    DrillTraceValue values[] = {drill_value_bytes(text), drill_value(line), drill_value_text(file)};
    drill_emit_caused(world, 0, drill_span(NULL, 0), DRILL_TRACE_APP_FAILED, values, 3);
}

/* --- clients --- */

static void remember_client(DrillWorld *world, DrillWorldClient *client) {
    drill_map_set(world->clients_by_name, client->name_span, client);
    if (world->hole_count > 0) {
        client->index = world->holes[--world->hole_count];
        world->clients[client->index] = client;
        return;
    }
    if (world->client_count == world->client_capacity) {
        uint32_t capacity = world->client_capacity ? world->client_capacity * 2 : 8;
        world->clients = drill_reallocate(world->allocator, world->clients,
                                          world->client_capacity * sizeof(*world->clients),
                                          capacity * sizeof(*world->clients));
        world->client_capacity = capacity;
    }
    client->index = world->client_count;
    world->clients[world->client_count++] = client;
}

static DrillResult check_name(const DrillWorld *world, const char *name,
                              DrillDiagnostic *diagnostic) {
    DrillSpan span = drill_span_of(name);
    if (span.size == 0 || drill_span_equal(span, drill_broker_name) || !drill_utf8_valid(span))
        return drill_diagnose(diagnostic, DRILL_INVALID, "a client cannot be called '%s'", name);
    if (drill_map_get(world->clients_by_name, span))
        return drill_diagnose(diagnostic, DRILL_INVALID, "there is a client called '%s' already",
                              name);
    if (world->client_count - world->hole_count >= DRILL_WORLD_CLIENTS_MAX)
        return drill_diagnose(diagnostic, DRILL_TOO_BIG, "more than %u clients",
                              DRILL_WORLD_CLIENTS_MAX);
    return DRILL_OK;
}

static DrillLink *make_link(DrillWorld *world, const DrillWorldClientOptions *options) {
    DrillLinkOptions link = {
        .queue = world->queue,
        .allocator = world->allocator,
        /* Who comes back after it was forgotten shall not meet the same losses again. */
        .seed = world->options.seed + (options->outside ? world->forgotten : 0),
        .name = options->name,
        .direction = {options->link.direction[0], options->link.direction[1]},
    };
    return drill_link_new(&link);
}

static DrillResult make_machine(DrillWorldClient *client, const DrillWorldClientOptions *options,
                                DrillDiagnostic *diagnostic) {
    DrillClientConfig config = options->client;
    DrillClientHooks hooks = drill_client_node_hooks(client);
    config.version = client->version;
    config.defects = client->world->options.client_defects;
    drill_retry_default(client->datagram, &config.retry_ns, &config.retry_ns_max);
    client->clean = config.clean;
    client->keep_alive_s = config.keep_alive_s;
    DrillBuffer scratch = {.allocator = client->world->allocator};
    DrillResult made = drill_client_method_configure(client, &config, &scratch, diagnostic);
    if (made != DRILL_OK) return made;
    made = drill_client_new(&config, &hooks, client->world->allocator, &client->machine);
    drill_buffer_release(&scratch);
    if (made == DRILL_OK) return DRILL_OK;
    return drill_diagnose(diagnostic, made, "client '%s': these options cannot be: %s",
                          options->name, DRILL_CLIENT_OPTIONS_RULES);
}

static DrillVersion version_of(const DrillWorld *world, const DrillWorldClientOptions *options) {
    return options->client.version != 0 ? options->client.version : world->options.version;
}

/* Sending again within a connection is for virtual parties that know 3.1.1 or 3.1. */
static DrillResult check_datagram(const DrillWorld *world, const DrillWorldClientOptions *options,
                                  DrillDiagnostic *diagnostic) {
    if (!options->link.datagram) return DRILL_OK;
    if (world->broker == NULL || options->outside)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "client '%s': the transport 'datagram' needs virtual parties at both "
                              "ends: worlds = { \"sim\" }",
                              options->name);
    if (version_of(world, options) == DRILL_MQTT_5_0)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "client '%s': the transport 'datagram' needs MQTT 3.1.1 or 3.1: 5.0 "
                              "forbids to send again within a connection",
                              options->name);
    return DRILL_OK;
}

DrillResult drill_world_add_client(DrillWorld *world, const DrillWorldClientOptions *options,
                                   DrillWorldClient **out, DrillDiagnostic *diagnostic) {
    DrillResult good = check_name(world, options->name, diagnostic);
    if (good != DRILL_OK) return good;
    good = check_datagram(world, options, diagnostic);
    if (good != DRILL_OK) return good;
    for (int direction = 0; direction < 2; direction++) {
        const DrillLinkSettings *settings = &options->link.direction[direction];
        DrillDiagnostic why = {{0}};
        if (drill_link_settings_validate(settings, options->link.stream, &why) == DRILL_OK)
            continue;
        return drill_diagnose(diagnostic, DRILL_INVALID, "client '%s': %s", options->name,
                              why.text);
    }
    DrillWorldClient *client = DRILL_NEW(world->allocator, DrillWorldClient);
    client->world = world;
    client->observer = &world->observer;
    client->name = drill_copy_string(world->allocator, options->name);
    client->name_span = drill_span_of(client->name);
    client->raw = options->raw;
    client->version = version_of(world, options);
    client->outside = options->outside;
    client->stream = options->link.stream;
    client->datagram = options->link.datagram;
    client->tcp = options->link.tcp;
    client->held_last = &client->held_first;
    client->rules_last = &client->rules_first;
    if (!client->raw && !client->outside) good = make_machine(client, options, diagnostic);
    if (good != DRILL_OK) return good; /* the arena keeps the few bytes */
    client->link = make_link(world, options);
    remember_client(world, client);
    bool machine = !client->raw && !client->outside;
    DrillNodeText node = {
        .name = client->name_span,
        .role = client->raw       ? "raw"
                : client->outside ? "gateway-client"
                                  : "client",
        .client_id = client->raw ? drill_span(NULL, 0) : options->client.client_id,
        .version = client->version,
        .transport = client->datagram ? "datagram"
                     : client->stream ? "stream"
                                      : "tcp",
        .manual_acks = machine && options->client.manual_acks,
    };
    emit_node(world, &node);
    *out = client;
    return DRILL_OK;
}

void drill_world_remove_client(DrillWorldClient *client) {
    DrillWorld *world = client->world;
    (void)drill_map_remove(world->clients_by_name, client->name_span);
    world->clients[client->index] = NULL;
    if (world->hole_count == world->hole_capacity) {
        uint32_t capacity = world->hole_capacity ? world->hole_capacity * 2 : 8;
        world->holes = drill_reallocate(world->allocator, world->holes,
                                        world->hole_capacity * sizeof(*world->holes),
                                        capacity * sizeof(*world->holes));
        world->hole_capacity = capacity;
    }
    world->holes[world->hole_count++] = client->index;
    world->forgotten++;
    free_client(world, client);
}

uint32_t drill_world_client_count(const DrillWorld *world) {
    return world->client_count;
}
DrillWorldClient *drill_world_client_at(const DrillWorld *world, uint32_t index) {
    return index < world->client_count ? world->clients[index] : NULL;
}
bool drill_world_client_uses_stream(const DrillWorldClient *client) {
    return client->stream;
}
const char *drill_world_client_name(const DrillWorldClient *client) {
    return client->name;
}
DrillVersion drill_world_client_version(const DrillWorldClient *client) {
    return client->version;
}
DrillClient *drill_world_client_machine(DrillWorldClient *client) {
    return client->machine;
}
void *drill_world_client_user(const DrillWorldClient *client) {
    return client->user;
}
void drill_world_client_set_user(DrillWorldClient *client, void *user) {
    client->user = user;
}
bool drill_world_client_is_open(const DrillWorldClient *client) {
    return client->connection != NULL;
}
