/* Fleets: many clients that need no script. What they do is in world/fleet.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "script/lua_api.h"
#include "world/fleet.h"

#define FLEET_MEMBERS_MAX  1000000
#define FLEET_FILTERS_MAX  100
#define FLEET_NAME_MAX     30u
#define FLEET_RECONNECT_NS (5 * DRILL_NS_PER_S)
/* Longer mean lifetimes are beyond what is drawn from; nobody waits for them. */
#define FLEET_LIFETIME_NS_MAX (UINT64_C(366) * 86400 * DRILL_NS_PER_S)
/* What is shorter fills the memory of a run before its clock has moved. */
#define FLEET_LIFETIME_NS_MIN  DRILL_NS_PER_MS
#define FLEET_RECONNECT_NS_MIN DRILL_NS_PER_MS
#define FLEET_EVERY_NS_MIN     DRILL_NS_PER_US

/*** object fleet
Many clients that all do the same without a script's help: connect at a rate, subscribe, publish in
a rhythm, leave and come back. Each is a client like any other: it has a link, it is in the trace,
the oracles judge it. In ids, topics, filters and payloads `{i}` stands for the member's number (1
to n) and, in what is published, `{k}` for the number of its message (from 1).
*/

static DrillFleet *fleet_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "fleet", what);
}

/* --- reading options --- */

typedef struct FleetCall {
    uint64_t n;
    DrillFleetOptions options;
    DrillFilter filters[FLEET_FILTERS_MAX];
    DrillClientConfig config;
    DrillPropertySet connect_properties;
    DrillBuffer id, properties;
} FleetCall;

typedef struct FleetPacket {
    DrillPacketType type;
    DrillVersion version;
} FleetPacket;

/* A field of the table at `index`, itself a table; left on the stack. */
static int fleet_open_field(lua_State *L, int index, const char *name) {
    lua_getfield(L, index, name);
    return lua_gettop(L);
}

/* Within bounds; `expected` says them. */
static void fleet_require(lua_State *L, const char *what, const char *field, bool good, uint64_t ns,
                          const char *expected) {
    DrillBuffer got = {.allocator = drill_sandbox_script(L)->allocator};
    if (good) return;
    drill_put_lua_duration(&got, ns);
    drill_lua_fail(L, "%s: field '%s': expected a duration %s, got %s", what, field, expected,
                   drill_buffer_cstring(&got)); /* the arena keeps it */
}

/* "1000/s": so many in each such time. */
static void fleet_rate(lua_State *L, DrillSpan text, DrillFleetOptions *options) {
    const uint8_t *slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    size_t before = slash ? (size_t)(slash - text.data) : 0;
    char time[24];
    uint64_t batch = 0, batch_ns = 0;
    bool good = slash && drill_parse_u64(drill_span(text.data, before), &batch) == DRILL_OK &&
                batch > 0 && batch <= FLEET_MEMBERS_MAX && text.size - before < sizeof time - 1;
    if (good) { /* "/s" is "/1s" */
        DrillSpan unit = drill_span(text.data + before + 1, text.size - before - 1);
        bool number = unit.size > 0 && unit.data[0] >= '0' && unit.data[0] <= '9';
        snprintf(time, sizeof time, "%s%.*s", number ? "" : "1", (int)unit.size,
                 (const char *)unit.data);
        good = unit.size > 0 && drill_parse_duration(drill_span_of(time), &batch_ns) == DRILL_OK &&
               batch_ns > 0;
    }
    if (!good)
        drill_lua_fail(L,
                       "connect of t:fleet: field 'rate': expected clients per time such as "
                       "\"1000/s\" or \"50/m\", got \"%.40s\"",
                       (const char *)text.data);
    options->batch = batch;
    options->batch_ns = batch_ns;
}

static void fleet_read_connect(lua_State *L, int index, DrillFleetOptions *options) {
    enum { RATE, OVER, RECONNECT };
    static const DrillArgField fields[] = {
        [RATE] = {.name = "rate", .kind = DRILL_ARG_STRING},
        [OVER] = {.name = "over", .kind = DRILL_ARG_DURATION},
        [RECONNECT] = {.name = "reconnect", .kind = DRILL_ARG_ANY},
    };
    static const char *const what = "connect of t:fleet";
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    if (given[RATE].given && given[OVER].given)
        drill_lua_fail(L, "%s: fields 'rate' and 'over' exclude each other", what);
    if (given[RATE].given) fleet_rate(L, given[RATE].text, options);
    if (given[OVER].given) {
        options->batch = options->members_max;
        options->batch_ns = given[OVER].number;
    }
    if (!given[RECONNECT].given) return;
    int value = fleet_open_field(L, index, "reconnect");
    if (lua_isboolean(L, value) && !lua_toboolean(L, value))
        options->reconnect_ns = DRILL_NEVER;
    else
        options->reconnect_ns = drill_arg_duration(L, value, what, "field 'reconnect'");
    fleet_require(L, what, "reconnect", options->reconnect_ns >= FLEET_RECONNECT_NS_MIN,
                  options->reconnect_ns, "of at least 1ms, or false");
    lua_pop(L, 1);
}

/* What the packet makes of the text for the first member and message; the others differ in digits
 * only. */
static void fleet_check_text(lua_State *L, const char *what, const char *field, DrillSpan text,
                             const FleetPacket *as) {
    DrillScript *script = drill_sandbox_script(L);
    DrillBuffer expanded = {.allocator = script->allocator};
    DrillBuffer wire = {.allocator = script->allocator};
    DrillBuffer bytes = {.allocator = script->allocator};
    DrillFault fault = {0};
    DrillPacket packet = {.type = as->type}, read;
    bool good = text.size <= DRILL_FLEET_TEXT_BYTES_MAX;
    drill_fleet_expand(text, 1, 1, &expanded);
    DrillFilter filter = {.filter = drill_buffer_span(&expanded)};
    if (as->type == DRILL_SUBSCRIBE) {
        good = good && drill_filters_write(&wire, &filter, true) == DRILL_OK;
        packet.as.subscribe.packet_identifier = 1;
        packet.as.subscribe.filters = (DrillFilters){drill_buffer_span(&wire), 1};
    } else {
        packet.as.publish.topic = filter.filter;
    }
    good = good && drill_codec_encode(&packet, as->version, &bytes) == DRILL_OK &&
           drill_codec_decode(drill_buffer_span(&bytes), as->version, &read, &fault) == DRILL_OK;
    drill_buffer_release(&expanded);
    drill_buffer_release(&wire);
    drill_buffer_release(&bytes);
    if (good) return;
    if (text.size > DRILL_FLEET_TEXT_BYTES_MAX)
        drill_lua_fail(L, "%s: field '%s': longer than %zu bytes", what, field,
                       DRILL_FLEET_TEXT_BYTES_MAX);
    drill_lua_fail(L, "%s: field '%s': no %s can carry \"%.60s\"%s%s", what, field,
                   drill_packet_type_name(as->type), (const char *)text.data,
                   fault.text ? ": " : "", fault.text ? fault.text : "");
}

static void fleet_read_publish(lua_State *L, int index, FleetCall *call) {
    enum {
        EVERY = DRILL_MESSAGE_FIELDS_COUNT,
        TOPIC,
        PAYLOAD,
        QOS,
        RETAIN,
        JITTER,
        TOGETHER,
        COUNT,
        DURING
    };
    static const DrillArgField fields[] = {
        DRILL_MESSAGE_FIELDS(DRILL_ARG_V5),
        [EVERY] = {.name = "every", .kind = DRILL_ARG_DURATION},
        [TOPIC] = {.name = "topic", .kind = DRILL_ARG_STRING},
        [PAYLOAD] = {.name = "payload", .kind = DRILL_ARG_STRING},
        [QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        [RETAIN] = {.name = "retain", .kind = DRILL_ARG_BOOL},
        [JITTER] = {.name = "jitter", .kind = DRILL_ARG_DURATION},
        [TOGETHER] = {.name = "together", .kind = DRILL_ARG_BOOL},
        [COUNT] = {.name = "count", .kind = DRILL_ARG_INTEGER, .min = 1, .max = INT32_MAX},
        [DURING] = {.name = "during", .kind = DRILL_ARG_DURATION},
    };
    static const char *const what = "publish of t:fleet";
    DrillScript *script = drill_sandbox_script(L);
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillPropertySet set = {.allocator = script->allocator};
    drill_args_read_for(L, (int)call->config.version, index, what, fields,
                        DRILL_ARRAY_COUNT(fields), given);
    if (!given[EVERY].given) drill_lua_fail(L, "%s: field 'every' is missing", what);
    if (!given[TOPIC].given) drill_lua_fail(L, "%s: field 'topic' is missing", what);
    fleet_require(L, what, "every", given[EVERY].number >= FLEET_EVERY_NS_MIN, given[EVERY].number,
                  "of at least 1us");
    if (given[DURING].given && given[DURING].number == 0)
        drill_lua_fail(L, "%s: field 'during': expected a duration above 0", what);
    fleet_check_text(L, what, "topic", given[TOPIC].text,
                     &(FleetPacket){DRILL_PUBLISH, call->config.version});
    drill_options_message(L, index, what, given, &set);
    DrillProperties properties = drill_property_set_wire(&set, &call->properties);
    drill_properties_require(L, what, properties, DRILL_PUBLISH);
    drill_property_set_release(&set);
    call->options.publishing = (DrillFleetPublishing){
        .every_ns = given[EVERY].number,
        .jitter_ns = given[JITTER].number,
        .together = given[TOGETHER].truth,
        .count = given[COUNT].number,
        .during_ns = given[DURING].number,
        .qos = (DrillQos)given[QOS].number,
        .retain = given[RETAIN].truth,
        .topic = drill_names_topic_to_wire(script, given[TOPIC].text),
        .payload = given[PAYLOAD].given ? given[PAYLOAD].text : drill_span_of("{k}"),
        .properties = properties,
    };
}

/* A filter, or { filter = "a/{i}", qos = 1 }, on top of the stack. */
static DrillFilter fleet_read_filter(lua_State *L, DrillVersion version) {
    static const char *const what = "subscribe of t:fleet";
    DrillFilter filter = {{NULL, 0}, 0};
    if (lua_type(L, -1) == LUA_TSTRING)
        filter.filter = drill_arg_string(L, -1, what, "filter");
    else
        filter = drill_lua_read_filter(L, (int)version, lua_gettop(L), what, 0);
    fleet_check_text(L, what, "filter", filter.filter, &(FleetPacket){DRILL_SUBSCRIBE, version});
    filter.filter = drill_names_topic_to_wire(drill_sandbox_script(L), filter.filter);
    return filter;
}

static void fleet_read_subscribe(lua_State *L, int index, FleetCall *call) {
    DrillFleetOptions *options = &call->options;
    DrillFilter *filters = call->filters;
    options->subscriptions = filters;
    lua_Integer count = lua_type(L, index) == LUA_TTABLE ? luaL_len(L, index) : 0;
    if (count == 0) {
        lua_pushvalue(L, index);
        filters[options->subscription_count++] = fleet_read_filter(L, call->config.version);
        lua_pop(L, 1);
        return;
    }
    if (count > FLEET_FILTERS_MAX)
        drill_lua_fail(L, "t:fleet: field 'subscribe': expected at most %d filters",
                       FLEET_FILTERS_MAX);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, index, i);
        filters[options->subscription_count++] = fleet_read_filter(L, call->config.version);
        lua_pop(L, 1);
    }
}

static void fleet_read_churn(lua_State *L, int index, DrillFleetOptions *options) {
    enum { LIFETIME, AWAY, HOW };
    static const char *const hows[] = {"disconnect", "fin", "rst", "vanish", NULL};
    static const DrillCloseHow values[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_FIN, DRILL_CLOSE_RST,
                                           DRILL_CLOSE_VANISH};
    static const DrillArgField fields[] = {
        [LIFETIME] = {.name = "lifetime", .kind = DRILL_ARG_DURATION},
        [AWAY] = {.name = "away", .kind = DRILL_ARG_DURATION},
        [HOW] = {.name = "how", .kind = DRILL_ARG_CHOICE, .choices = hows},
    };
    static const char *const what = "churn of t:fleet";
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[LIFETIME].given) drill_lua_fail(L, "%s: field 'lifetime' is missing", what);
    options->lifetime_ns = given[LIFETIME].number;
    fleet_require(L, what, "lifetime",
                  options->lifetime_ns >= FLEET_LIFETIME_NS_MIN &&
                      options->lifetime_ns <= FLEET_LIFETIME_NS_MAX,
                  options->lifetime_ns, "from 1ms to a year");
    options->away_ns = given[AWAY].given ? given[AWAY].number : DRILL_NS_PER_S;
    options->disconnects = given[HOW].number == 0;
    options->leaves_how = values[given[HOW].number];
}

/* --- making it --- */

/* What may have places for the member's number, expanded for one member. */
typedef struct FleetTexts {
    DrillBuffer id, username, password, will_topic, will_payload;
} FleetTexts;

static DrillSpan fleet_expand(DrillBuffer *into, DrillSpan text, uint64_t member) {
    drill_buffer_clear(into);
    drill_fleet_expand(text, member, 1, into);
    return drill_buffer_span(into);
}

static void fleet_add_members(lua_State *L, DrillFleet *fleet, uint64_t n,
                              const DrillClientConfig *template) {
    DrillScript *script = drill_sandbox_script(L);
    FleetTexts texts = {{.allocator = script->allocator},
                        {.allocator = script->allocator},
                        {.allocator = script->allocator},
                        {.allocator = script->allocator},
                        {.allocator = script->allocator}};
    for (uint64_t i = 1; i <= n; i++) {
        DrillClientConfig config = *template;
        DrillDiagnostic diagnostic = {{0}};
        config.client_id =
            drill_names_client_id_to_wire(script, fleet_expand(&texts.id, template->client_id, i));
        config.username = fleet_expand(&texts.username, template->username, i);
        config.password = fleet_expand(&texts.password, template->password, i);
        config.will.topic = fleet_expand(&texts.will_topic, template->will.topic, i);
        config.will.payload = fleet_expand(&texts.will_payload, template->will.payload, i);
        DrillResult added = drill_fleet_add(fleet, &config, &diagnostic);
        if (added != DRILL_OK)
            drill_lua_fail(L, "t:fleet: %s",
                           diagnostic.text[0] ? diagnostic.text : drill_result_name(added));
    }
    drill_buffer_release(&texts.id);
    drill_buffer_release(&texts.username);
    drill_buffer_release(&texts.password);
    drill_buffer_release(&texts.will_topic);
    drill_buffer_release(&texts.will_payload);
}

static void fleet_read_client(lua_State *L, int index, FleetCall *call) {
    drill_options_client(L, index, "client of t:fleet", &call->config, &call->options.link,
                         &call->connect_properties);
    if (call->config.manual_acks)
        drill_lua_fail(L, "client of t:fleet: field 'acks': \"manual\" is for t:client, whose "
                          "scenario acknowledges");
}

static void fleet_read(lua_State *L, int index, FleetCall *call) {
    enum { N, NAME, CLIENT, CONNECT, PUBLISH, SUBSCRIBE, CHURN, FIELDS };
    static const DrillArgField fields[FIELDS] = {
        [N] = {.name = "n", .kind = DRILL_ARG_INTEGER, .min = 1, .max = FLEET_MEMBERS_MAX},
        [NAME] = {.name = "name", .kind = DRILL_ARG_STRING},
        [CLIENT] = {.name = "client", .kind = DRILL_ARG_TABLE},
        [CONNECT] = {.name = "connect", .kind = DRILL_ARG_TABLE},
        [PUBLISH] = {.name = "publish", .kind = DRILL_ARG_TABLE},
        [SUBSCRIBE] = {.name = "subscribe", .kind = DRILL_ARG_ANY},
        [CHURN] = {.name = "churn", .kind = DRILL_ARG_TABLE},
    };
    DrillArg given[FIELDS];
    DrillFleetOptions *options = &call->options;
    drill_args_read(L, index, "t:fleet", fields, FIELDS, given);
    if (!given[N].given) drill_lua_fail(L, "t:fleet: field 'n' is missing");
    call->n = given[N].number;
    options->members_max = (uint32_t)call->n;
    options->name = given[NAME].given ? (const char *)given[NAME].text.data : "fleet";
    drill_lua_check_name(L, "t:fleet", options->name, FLEET_NAME_MAX);
    drill_buffer_print(&call->id, "%s-{i}", options->name);
    call->config.client_id = drill_buffer_span(&call->id);
    int client = lua_gettop(L) + 1; /* nothing there yet */
    if (given[CLIENT].given) client = fleet_open_field(L, index, "client");
    fleet_read_client(L, client, call);
    if (given[CONNECT].given) fleet_read_connect(L, fleet_open_field(L, index, "connect"), options);
    if (given[PUBLISH].given) fleet_read_publish(L, fleet_open_field(L, index, "publish"), call);
    if (given[SUBSCRIBE].given)
        fleet_read_subscribe(L, fleet_open_field(L, index, "subscribe"), call);
    if (given[CHURN].given) fleet_read_churn(L, fleet_open_field(L, index, "churn"), options);
}

/*** t:fleet(opts) -> fleet
Many clients that do the same without a script's help. They begin at once; the function does not
wait. When the scenario ends, they stop publishing, leaving and reconnecting.
@param opts table
@opt n integer how many
@opt name string members are called `name-1`, `name-2` ... in the trace, and have these Client
Identifiers unless `client` says otherwise; "fleet"
@opt client table what each of them is: the options of `t:client`; `{i}` in `id`, `username`,
`password` and the will's `topic` and `payload` is the member's number. `transport = "stream"` costs
least
@opt connect table `rate` (such as "1000/s") or `over` (a duration): how they begin, evenly spread;
all at once without. `reconnect`: after a connection was lost or refused, the next is tried after
between once and twice this ("5s"; at least "1ms"); false: never
@opt publish table `every` (duration, at least "1us") and `topic`, `payload` ("{k}"), `qos` (0),
`retain` (false); `count`: so many from each; `during`: for so long after the fleet began; `jitter`:
each message is late by less than this ("0s"); `together = true`: all at the same instants, else
each in a phase of its own. Who is not connected publishes nothing. MQTT 5.0: `message_expiry` and
the others of `client:publish`
@opt subscribe string|table a filter, `{ filter = "to/{i}", qos = 1 }` with the options of
`client:subscribe`, or a list of these; sent whenever there is no Session
@opt churn table `lifetime`: how long a connection is kept, exponentially distributed with this
mean ("1ms" to a year); `away`: how long until the next ("1s"); `how`: "disconnect", or without
DISCONNECT "fin", "rst" or "vanish" ("disconnect")
@return fleet
*/
int drill_lua_fleet_new(lua_State *L) {
    DrillScript *script = drill_object_check(L, 1, "t", "t:fleet");
    FleetCall call = {
        .options = {.link = script->has_link_override ? script->link_override : script->table.link,
                    .reconnect_ns = FLEET_RECONNECT_NS},
        .config = {.version = drill_world_version(script->world),
                   .clean = true,
                   .keep_alive_s = 60,
                   .auto_ping = true},
        .connect_properties = {.allocator = script->allocator},
        .id = {.allocator = script->allocator},
        .properties = {.allocator = script->allocator},
    };
    lua_settop(L, 2);
    fleet_read(L, 2, &call);
    uint64_t room = drill_world_connections_max(script->world);
    if (call.n > room)
        drill_lua_fail(L,
                       "t:fleet: %" PRIu64 " connections to a real broker: this process may open "
                       "%" PRIu64 " (ulimit -n)",
                       call.n, room);
    DrillFleet *fleet = drill_fleet_new(script->world, &call.options);
    fleet_add_members(L, fleet, call.n, &call.config);
    drill_buffer_release(&call.id);
    drill_buffer_release(&call.properties);
    drill_property_set_release(&call.connect_properties);
    drill_fleet_start(fleet);
    drill_object_push(L, "fleet", fleet);
    return 1;
}

/* --- what it is told --- */

/*** fleet:stop()
Nobody publishes, leaves or reconnects any more. Who is connected stays so.
*/
static int fleet_stop(lua_State *L) {
    drill_fleet_stop(fleet_check(L, "fleet:stop"));
    return 0;
}

static bool fleet_is_closed(const DrillTask *task) {
    return drill_fleet_open(task->wait.subject) == 0;
}

static int fleet_nothing(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

/*** fleet:disconnect()
As `fleet:stop`; and all that are connected send DISCONNECT. Waits until the connections are closed.
*/
static int fleet_disconnect(lua_State *L) {
    DrillFleet *fleet = fleet_check(L, "fleet:disconnect");
    DrillWait wait = drill_wait(L, DRILL_WAIT_ANSWER_NS, "the connections of fleet '%s' to close",
                                drill_fleet_name(fleet));
    wait.ready = fleet_is_closed;
    wait.subject = fleet;
    drill_fleet_disconnect(fleet);
    return drill_task_wait(L, &wait, 0, fleet_nothing);
}

/* --- waiting --- */

static bool fleet_is_seen(const DrillTask *task) {
    const DrillFleet *fleet = task->wait.subject;
    return drill_fleet_seen(fleet) == drill_fleet_stats(fleet).members;
}

static bool fleet_is_done(const DrillTask *task) {
    const DrillFleet *fleet = task->wait.subject;
    return drill_fleet_published(fleet) && drill_fleet_unacknowledged(fleet) == 0;
}

static int fleet_saw(lua_State *L, int status, lua_KContext context) {
    const DrillTask *task = drill_task_current(L);
    const DrillFleet *fleet = task->wait.subject;
    DrillFleetStats stats = drill_fleet_stats(fleet);
    (void)status;
    (void)context;
    if (fleet_is_seen(task)) return 0;
    DrillBuffer text = {.allocator = drill_sandbox_script(L)->allocator};
    drill_buffer_put_duration(&text, task->wait.timeout_ns);
    drill_task_failed(L,
                      "%s:wait_connected: %" PRIu32 " of %" PRIu64 " were accepted within %s; "
                      "refused: %" PRIu64 ", closed before CONNACK: %" PRIu64,
                      drill_fleet_name(fleet), drill_fleet_seen(fleet), stats.members,
                      drill_buffer_cstring(&text), stats.refused, stats.failed);
}

static int fleet_did(lua_State *L, int status, lua_KContext context) {
    const DrillTask *task = drill_task_current(L);
    const DrillFleet *fleet = task->wait.subject;
    (void)status;
    (void)context;
    if (fleet_is_done(task)) return 0;
    DrillBuffer text = {.allocator = drill_sandbox_script(L)->allocator};
    drill_buffer_put_duration(&text, task->wait.timeout_ns);
    drill_task_failed(L,
                      "%s:wait_published: within %s %" PRIu64 " were published, %" PRIu64
                      " of them not acknowledged%s",
                      drill_fleet_name(fleet), drill_buffer_cstring(&text),
                      drill_fleet_stats(fleet).published, drill_fleet_unacknowledged(fleet),
                      drill_fleet_published(fleet) ? "" : "; and there are more to come");
}

static int fleet_wait(lua_State *L, const char *what, bool (*ready)(const DrillTask *),
                      lua_KFunction then) {
    DrillFleet *fleet = fleet_check(L, what);
    uint64_t within_ns = drill_arg_duration_or(L, 2, what, "argument 1", DRILL_WAIT_ANSWER_NS);
    DrillWait wait = drill_wait(L, within_ns, "fleet '%s'", drill_fleet_name(fleet));
    wait.ready = ready;
    wait.subject = fleet;
    return drill_task_wait(L, &wait, 0, then);
}

/*** fleet:wait_connected(within)
Waits until each member's connection has been accepted once. Fails when it takes longer.
@param within string|nil duration; "60s"
*/
static int fleet_wait_connected(lua_State *L) {
    return fleet_wait(L, "fleet:wait_connected", fleet_is_seen, fleet_saw);
}

/*** fleet:wait_published(within)
Waits until all is published (`count` or `during` say when, or `fleet:stop`), and each message of
QoS 1 and 2 is acknowledged or given up with its Session. Fails when it takes longer.
@param within string|nil duration; "60s"
*/
static int fleet_wait_published(lua_State *L) {
    const DrillFleet *fleet = fleet_check(L, "fleet:wait_published");
    if (drill_fleet_endless(fleet))
        drill_lua_fail(L, "fleet:wait_published: the fleet publishes nothing, or without an end: "
                          "`count` and `during` say when, or fleet:stop()");
    return fleet_wait(L, "fleet:wait_published", fleet_is_done, fleet_did);
}

/* --- what became of it --- */

static void fleet_push_latency(lua_State *L, const DrillFleet *fleet) {
    static const struct {
        const char *name;
        uint32_t per_10000;
    } rows[] = {{"p50", 5000}, {"p90", 9000}, {"p99", 9900}, {"p999", 9990}};
    lua_createtable(L, 0, 6);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        lua_pushinteger(L, (lua_Integer)drill_fleet_latency_ns(fleet, rows[i].per_10000));
        lua_setfield(L, -2, rows[i].name);
    }
    lua_pushinteger(L, (lua_Integer)drill_fleet_latency_count(fleet));
    lua_setfield(L, -2, "count");
    lua_pushinteger(L, (lua_Integer)drill_fleet_latency_max_ns(fleet));
    lua_setfield(L, -2, "max");
}

/*** fleet:stats() -> table
What has happened so far. Clients: `n`, `connected` (now), `connects` (connections accepted),
`resumed` (of these, with a Session present), `refused` (CONNACK with an error), `failed` (closed
before CONNACK), `left` (ended by `churn` or `disconnect`), `dropped` (ended otherwise). Filters:
`subscribed` (granted), `unsubscribable` (refused). Messages: `published`, `missed` (were due while
there was no connection, or could not be sent), `acknowledged` (QoS 1 and 2), `lost` (given up with
the Session), `resent` (PUBLISH packets with DUP), `received`. `latency`: a table with `p50 p90 p99
p999 max` in nanoseconds (percentiles rounded up by less than 1/64) and `count`: from publishing to
the acknowledgement that ends the exchange, QoS 1 and 2.
@return table
*/
static int fleet_stats(lua_State *L) {
    const DrillFleet *fleet = fleet_check(L, "fleet:stats");
    DrillFleetStats stats = drill_fleet_stats(fleet);
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {{"n", stats.members},
                {"connected", stats.connected},
                {"connects", stats.connects},
                {"resumed", stats.resumed},
                {"refused", stats.refused},
                {"failed", stats.failed},
                {"left", stats.left},
                {"dropped", stats.dropped},
                {"subscribed", stats.subscribed},
                {"unsubscribable", stats.unsubscribable},
                {"published", stats.published},
                {"missed", stats.missed},
                {"acknowledged", stats.acknowledged},
                {"lost", stats.lost},
                {"resent", stats.resent},
                {"received", stats.received}};
    lua_createtable(L, 0, (int)DRILL_ARRAY_COUNT(rows) + 1);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        lua_pushinteger(L, (lua_Integer)rows[i].value);
        lua_setfield(L, -2, rows[i].name);
    }
    fleet_push_latency(L, fleet);
    lua_setfield(L, -2, "latency");
    return 1;
}

static const luaL_Reg fleet_methods[] = {{"stop", fleet_stop},
                                         {"disconnect", fleet_disconnect},
                                         {"wait_connected", fleet_wait_connected},
                                         {"wait_published", fleet_wait_published},
                                         {"stats", fleet_stats},
                                         {NULL, NULL}};
static const DrillObjectType fleet_type = {"fleet", fleet_methods, NULL};

void drill_lua_fleet_register(lua_State *L) {
    drill_object_register(L, &fleet_type);
}
