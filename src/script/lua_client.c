/* Clients: what they are, and their small functions. Connecting is in lua_connect.c, publishing in
 * lua_publish.c, subscribing in lua_subscribe.c, what they expect to receive in lua_expect.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "script/lua_api.h"
#include "spec/spec.h"

#define NODE_NAME_MAX 40

/*** object client
A virtual MQTT client with its Session. It acknowledges and answers by itself (`acks = "manual"`
turns that off) and reconnects only when the scenario says so.
@field name string
@field client_id string the Client Identifier; MQTT 5.0: what the server has assigned, if it has
@field disconnected table|nil MQTT 5.0: the DISCONNECT with which the server ended the last
connection: `reason_code`, `properties`
*/

static DrillScriptClient *client_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "client", what);
}

void drill_lua_check_name(lua_State *L, const char *what, const char *name, size_t max) {
    size_t length = strlen(name);
    bool bad = length == 0 || length > max;
    for (size_t i = 0; i < length && !bad; i++) {
        char c = name[i];
        bad = !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                strchr("_-.", c));
    }
    if (bad) {
        drill_lua_fail(
            L, "%s: name: expected 1 to %zu letters, digits, '_', '-' or '.', got \"%.60s\"", what,
            max, name);
    }
}

DrillScriptClient *drill_lua_add_node(lua_State *L, const char *what, const char *name,
                                      DrillWorldClientOptions *options) {
    DrillScript *script = drill_sandbox_script(L);
    drill_lua_check_name(L, what, name, NODE_NAME_MAX);
    DrillScriptClient *client = DRILL_NEW(script->allocator, DrillScriptClient);
    client->script = script;
    client->name = drill_copy_string(script->allocator, name);
    client->raw = options->raw;
    client->stream = options->link.stream;
    client->config = options->client;
    options->name = client->name;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_world_add_client(script->world, options, &client->node, &diagnostic);
    if (result != DRILL_OK) {
        drill_lua_fail(L, "%s(\"%s\"): %s", what, name,
                       diagnostic.text[0] ? diagnostic.text : drill_result_name(result));
    }
    drill_world_client_set_user(client->node, client);
    if (script->last_client) {
        script->last_client->next = client;
    } else {
        script->clients = client;
    }
    script->last_client = client;
    return client;
}

/*** t:client(name, opts) -> client
Adds a client. It does not connect yet.
@param name string unique name: what diagrams and messages call it, and its Client Identifier unless
`id` says otherwise
@param opts table|nil
@opt id string Client Identifier (on a live broker it is made unique for the run); the name
@opt version string protocol version of this client; the run's
@opt clean boolean Clean Session; true
@opt keepalive string|integer Keep Alive, whole seconds; "60s"
@opt auto_ping boolean PINGREQ by itself; true
@opt pingresp_timeout string closes when no PINGRESP came; the Keep Alive
@opt username string User Name
@opt password string Password
@opt will table Will Message: `topic payload qos retain`, and in MQTT 5.0 `delay` and what
`client:publish` has
@opt acks string "auto" or "manual": PUBACK and PUBREC only by `client:ack`; "auto"
@opt retry string resends unacknowledged packets on a timer within a connection (3.1.1); never, but
after "5s" on transport "datagram", where the time doubles up to "60s"
@opt first_packet_identifier integer for tests near the wrap-around; 1
@opt link table the client's link instead of the scenario's: `preset delay jitter loss rate queue`
and all other settings of docs/link-model.md, and
tables `["c>b"]`, `["b>c"]` for one direction
@opt tcp table what TCP both ends speak, beginning with the scenario's: `profile` ("linux", "ns3",
"embedded"), `nagle sack timestamps keepalive user_timeout` and all other settings of
docs/tcp-model.md
@opt transport string "tcp", "stream" or "datagram" (each packet is lost on its own); "tcp"
@opt session_expiry string|integer Session Expiry Interval, whole seconds or "never"; like all that
follow, MQTT 5.0 only and ignored in 3.1.1
@opt receive_maximum integer Receive Maximum, 1 to 65535
@opt topic_alias_maximum integer Topic Alias Maximum, 0 to 65535
@opt maximum_packet_size string|integer Maximum Packet Size, such as "256KiB"
@opt request_problem_information boolean
@opt request_response_information boolean
@opt user_properties table `{ { "name", "value" }, ... }` in order
@opt authentication_method string enhanced authentication, see docs/auth.md: with "SCRAM-SHA-256",
`username` and `password` the client answers AUTH packets by itself and sends no password; any other
method, or one with `authentication_data`, is played by the scenario (`client:auth`)
@opt authentication_data string
@opt properties table any properties of CONNECT by the standard's names; here and wherever else
there is `properties`, what an option of its own says too must be the same
@opt aliases string "auto": uses Topic Aliases as far as the server allows them; "manual"
@return client
*/
int drill_lua_client_new(lua_State *L) {
    DrillScript *script = drill_object_check(L, 1, "t", "t:client");
    const char *name = drill_arg_cstring(L, 2, "t:client", "name");
    DrillWorldClientOptions options = {
        .client = {.version = drill_world_version(script->world),
                   .client_id = drill_span_of(name),
                   .clean = true,
                   .keep_alive_s = 60,
                   .auto_ping = true},
        .link = drill_script_link(script),
    };
    DrillPropertySet *properties = DRILL_NEW(script->allocator, DrillPropertySet);
    properties->allocator = script->allocator;
    drill_options_client(L, 3, "t:client", &options.client, &options.link, properties);
    options.client.client_id = drill_copy_span(
        script->allocator, drill_names_client_id_to_wire(script, options.client.client_id));
    DrillScriptClient *client = drill_lua_add_node(L, "t:client", name, &options);
    client->properties = properties;
    drill_object_push(L, "client", client);
    return 1;
}

/* --- being connected or not --- */

/* An ended connection is a failure of the run when somebody else ended it, and a mistake of the
 * scenario otherwise. */
_Noreturn void drill_lua_not_connected(lua_State *L, const DrillScriptClient *client,
                                       const char *call) {
    bool was_open = client->raw ? client->opened_once : client->connacks > 0;
    if (was_open && !client->ended_by_script) {
        DrillBuffer text = {.allocator = client->script->allocator};
        drill_buffer_print(&text, "%s:%s: the connection was closed (%s) at ", client->name, call,
                           drill_close_name(client->closed_how));
        drill_buffer_put_duration(&text, client->closed_ns);
        if (client->fault_text) drill_buffer_print(&text, ": %s", client->fault_text);
        drill_task_failed(L, "%s", drill_buffer_cstring(&text));
    }
    drill_lua_fail(L,
                   client->raw ? "raw:%s: the connection of '%s' is not open; call %s:open() first"
                               : "client:%s: client '%s' is not connected; call %s:connect() first",
                   call, client->name, client->name);
}

const DrillFault *drill_lua_refusal(const DrillScriptClient *client, DrillResult result) {
    DrillClient *machine = drill_world_client_machine(client->node);
    return result == DRILL_INVALID && machine ? drill_client_refusal(machine) : NULL;
}

/* What the server has not allowed, the client does not send: the run has failed, as nobody is to
 * blame. */
static void drill_lua_check_refusal(lua_State *L, const DrillScriptClient *client, const char *call,
                                    DrillResult result) {
    const DrillFault *refusal = drill_lua_refusal(client, result);
    if (!refusal) return;
    drill_task_failed(L, "%s:%s: the client must not send this: %s%s%s", client->name, call,
                      refusal->text, refusal->statement ? ", " : "",
                      refusal->statement ? refusal->statement : "");
}

void drill_lua_check_result(lua_State *L, const DrillScriptClient *client, const char *call,
                            DrillResult result) {
    if (result == DRILL_OK) return;
    if (result == DRILL_BUSY) drill_lua_not_connected(L, client, call);
    drill_lua_check_refusal(L, client, call, result);
    if (result == DRILL_TOO_BIG) {
        drill_task_failed(L, "%s:%s: the client's queue of unacknowledged messages is full",
                          client->name, call);
    }
    drill_lua_fail(L,
                   "client:%s: no packet can carry these arguments (%s): a topic is not empty, is "
                   "UTF-8 without U+0000, and only a filter has wildcards: + for a whole level, # "
                   "for the last. Wrong packets are for raw connections: t:raw",
                   call, drill_result_name(result));
}

static bool client_is_closed(const DrillTask *task) {
    return !drill_world_client_is_open(task->wait.client->node);
}

/*** client:drop(how)
The connection dies from the client's side, without DISCONNECT.
@param how string|nil "fin", "rst" or "vanish" (nobody is told); "rst"
*/
static int client_drop(lua_State *L) {
    static const char *const hows[] = {"fin", "rst", "vanish", NULL};
    static const DrillCloseHow values[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};
    DrillScriptClient *client = client_check(L, "client:drop");
    int how = lua_isnoneornil(L, 2) ? 1 : drill_arg_choice(L, 2, "client:drop", "argument 1", hows);
    if (!drill_world_client_is_open(client->node)) drill_lua_not_connected(L, client, "drop()");
    client->ended_by_script = true;
    drill_world_drop(client->node, values[how]);
    return 0;
}

static int client_closed(lua_State *L, int status, lua_KContext context) {
    DrillScriptClient *client = client_check(L, "client:wait_closed");
    (void)status;
    (void)context;
    if (drill_world_client_is_open(client->node)) {
        DrillBuffer text = {.allocator = client->script->allocator};
        drill_buffer_put_duration(&text, drill_task_current(L)->wait.timeout_ns);
        drill_task_failed(L, "%s:wait_closed: the connection is still open after %s", client->name,
                          drill_buffer_cstring(&text));
    }
    lua_pushstring(L, drill_close_name(client->closed_how));
    return 1;
}

/*** client:wait_closed(within) -> string
Waits until the client's connection is closed, and returns at once when it is.
@param within string|nil duration; only the scenario's limit
@return string "fin", "rst" or "timeout"
*/
static int client_wait_closed(lua_State *L) {
    DrillScriptClient *client = client_check(L, "client:wait_closed");
    uint64_t within_ns =
        drill_arg_duration_or(L, 2, "client:wait_closed", "argument 1", DRILL_NEVER);
    DrillWait wait =
        drill_wait(L, within_ns, "the connection of client '%s' to close", client->name);
    wait.ready = client_is_closed;
    wait.client = client;
    return drill_task_wait(L, &wait, 0, client_closed);
}

/*** client:connected() -> boolean
Whether the client has an open connection with a CONNACK that accepted it.
*/
static int client_connected(lua_State *L) {
    DrillScriptClient *client = client_check(L, "client:connected");
    DrillClient *machine = drill_world_client_machine(client->node);
    lua_pushboolean(L, machine && drill_client_state(machine) == DRILL_CLIENT_UP);
    return 1;
}

/* --- other packets --- */

static bool client_pong_ready(const DrillTask *task) {
    const DrillScriptClient *client = task->wait.client;
    return client->pingresps != task->wait.seen || client->closes != task->wait.seen_closes;
}

static int client_pinged(lua_State *L, int status, lua_KContext context) {
    DrillScriptClient *client = client_check(L, "client:ping");
    const DrillWait *wait = &drill_task_current(L)->wait;
    (void)status;
    (void)context;
    if (client->pingresps != wait->seen) return 0;
    if (client->closes != wait->seen_closes) drill_lua_not_connected(L, client, "ping()");
    DrillBuffer text = {.allocator = client->script->allocator};
    drill_buffer_put_duration(&text, wait->timeout_ns);
    drill_task_failed(L, "%s:ping(): no PINGRESP within %s", client->name,
                      drill_buffer_cstring(&text));
}

/*** client:ping(within)
Sends PINGREQ and waits for the PINGRESP.
@param within string|nil duration; "60s"
*/
static int client_ping(lua_State *L) {
    DrillScriptClient *client = client_check(L, "client:ping");
    uint64_t within_ns =
        drill_arg_duration_or(L, 2, "client:ping", "argument 1", DRILL_WAIT_ANSWER_NS);
    DrillWait wait = drill_wait(L, within_ns, "PINGRESP of client '%s'", client->name);
    wait.ready = client_pong_ready;
    wait.client = client;
    wait.seen = client->pingresps;
    wait.seen_closes = client->closes;
    drill_lua_check_result(L, client, "ping", drill_world_ping(client->node));
    return drill_task_wait(L, &wait, 0, client_pinged);
}

/*** client:hold(type)
From now on packets of this type from this client are kept back (all others pass) until
`client:release`.
@param type string for example "PUBREC"
*/
static int client_hold(lua_State *L) {
    DrillScriptClient *client = client_check(L, "client:hold");
    int type = drill_arg_packet_type(L, 2, "client:hold", "argument 1");
    drill_world_hold(client->node, (DrillPacketType)type);
    return 0;
}

/*** client:release()
Sends what `client:hold` kept back, in order, and holds nothing any more.
*/
static int client_release(lua_State *L) {
    drill_world_release(client_check(L, "client:release")->node);
    return 0;
}

/*** client:link() -> link
The client's link: its faults and its settings.
*/
static int client_link(lua_State *L) {
    drill_lua_link_push(L, client_check(L, "client:link"));
    return 1;
}

/*** client:app_crash()
The application dies and comes back: the connection is reset, and all that was not stored (its whole
Session) is lost.
*/
static int client_app_crash(lua_State *L) {
    DrillScriptClient *client = client_check(L, "client:app_crash");
    client->ended_by_script = true;
    drill_world_crash(client->node);
    return 0;
}

static const luaL_Reg client_methods[] = {{"connect", drill_lua_connect},
                                          {"disconnect", drill_lua_disconnect},
                                          {"drop", client_drop},
                                          {"wait_closed", client_wait_closed},
                                          {"connected", client_connected},
                                          {"publish", drill_lua_publish},
                                          {"subscribe", drill_lua_subscribe},
                                          {"unsubscribe", drill_lua_unsubscribe},
                                          {"ping", client_ping},
                                          {"auth", drill_lua_auth},
                                          {"ack", drill_lua_ack},
                                          {"expect", drill_lua_expect},
                                          {"expect_none", drill_lua_expect_none},
                                          {"received", drill_lua_received},
                                          {"hold", client_hold},
                                          {"release", client_release},
                                          {"link", client_link},
                                          {"app_crash", client_app_crash},
                                          {NULL, NULL}};

static bool client_fields(lua_State *L, void *object, const char *name) {
    const DrillScriptClient *client = object;
    if (strcmp(name, "name") == 0) {
        lua_pushstring(L, client->name);
    } else if (strcmp(name, "client_id") == 0) {
        DrillSpan id = drill_client_identifier(drill_world_client_machine(client->node));
        lua_pushlstring(L, id.data ? (const char *)id.data : "", id.size);
    } else if (strcmp(name, "disconnected") == 0) {
        if (client->disconnected)
            drill_lua_push_reason(L, DRILL_DISCONNECT, &client->disconnect);
        else
            lua_pushnil(L);
    } else {
        return false;
    }
    return true;
}

static const DrillObjectType client_type = {"client", client_methods, client_fields};

void drill_lua_client_register(lua_State *L) {
    drill_object_register(L, &client_type);
}
