/* Raw connections: bytes without client logic. */
#include <string.h>

#include "script/lua_api.h"

/*** object raw
A TCP connection without client logic, for bytes no client would send. Nothing is answered by
itself. Bytes are written in hex ("c0 00") or as packet tables with the standards' field names: `{
type = "PUBLISH", topic = "a", qos = 1, packet_identifier = 7 }`. Names in packet tables are made
unique on a live broker like those of clients; hex is sent as it is (see `t:topic`).
*/

static DrillScriptClient *raw_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "raw", what);
}

/* --- opening --- */

static bool raw_open_ready(const DrillTask *task) {
    const DrillScriptClient *client = task->wait.client;
    return client->opens != task->wait.seen || client->closes != task->wait.seen_closes;
}

static int raw_opened(lua_State *L, int status, lua_KContext may_fail) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    DrillScriptClient *client = wait->client;
    (void)status;
    if (client->opens != wait->seen) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, client->ref);
        return 1;
    }
    bool closed = client->closes != wait->seen_closes;
    if (may_fail) {
        lua_pushnil(L);
        lua_pushstring(L, closed ? "closed" : "timeout");
        return 2;
    }
    drill_task_failed(L, "t:raw(\"%s\"): the connection was not opened (%s)", client->name,
                      closed ? drill_close_name(client->closed_how) : "no answer");
}

typedef struct DrillRawOptions {
    bool may_fail;
    uint64_t within_ns;
} DrillRawOptions;

static int raw_start(lua_State *L, DrillScriptClient *client, const DrillRawOptions *options) {
    DrillWait wait =
        drill_wait(L, options->within_ns, "the connection of '%s' to open", client->name);
    wait.ready = raw_open_ready;
    wait.client = client;
    wait.seen = client->opens;
    wait.seen_closes = client->closes;
    client->ended_by_script = false;
    client->peer_closed = false;
    DrillResult result = drill_world_raw_open(client->node);
    if (result != DRILL_OK) {
        drill_lua_fail(L, "raw:open: %s",
                       result == DRILL_BUSY ? "it is open already" : drill_result_name(result));
    }
    return drill_task_wait(L, &wait, options->may_fail, raw_opened);
}

static void raw_read_options(lua_State *L, int index, DrillRawOptions *options,
                             DrillWorldClientOptions *node) {
    static const char *const versions[] = {"3.1.1", "5.0", "3.1", NULL};
    static const DrillVersion numbers[] = {DRILL_MQTT_3_1_1, DRILL_MQTT_5_0, DRILL_MQTT_3_1};
    enum { MAY_FAIL, WITHIN, LINK, TCP, TRANSPORT, VERSION };
    static const DrillArgField fields[] = {
        [MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
        [LINK] = {.name = "link", .kind = DRILL_ARG_TABLE},
        [TCP] = {.name = "tcp", .kind = DRILL_ARG_TABLE},
        [TRANSPORT] = {.name = "transport",
                       .kind = DRILL_ARG_CHOICE,
                       .choices = drill_transport_choices},
        [VERSION] = {.name = "version", .kind = DRILL_ARG_CHOICE, .choices = versions},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillWorldLink *link = node ? &node->link : NULL;
    drill_args_read(L, index, link ? "t:raw" : "raw:open", fields,
                    link ? DRILL_ARRAY_COUNT(fields) : (size_t)LINK, given);
    options->may_fail = given[MAY_FAIL].truth;
    options->within_ns = given[WITHIN].given ? given[WITHIN].number : DRILL_WAIT_ANSWER_NS;
    if (!link) return;
    if (given[VERSION].given) node->client.version = numbers[given[VERSION].number];
    if (given[TRANSPORT].given) drill_options_transport(link, (int)given[TRANSPORT].number);
    if (given[LINK].given) {
        lua_getfield(L, index, "link");
        drill_options_link(L, -1, "t:raw", link);
        lua_pop(L, 1);
    }
    if (given[TCP].given) {
        lua_getfield(L, index, "tcp");
        drill_options_tcp(L, -1, "t:raw", link);
        lua_pop(L, 1);
    }
}

/*** t:raw(name, opts) -> raw|nil, string|nil
Opens a connection without client logic and waits until it is open. Not being able to fails the
scenario unless `may_fail` is set; then nil and "closed" or "timeout" are returned.
@param name string unique name
@param opts table|nil
@opt link table as in `t:client`
@opt tcp table as in `t:client`
@opt transport string "tcp", "stream" or "datagram"; "tcp"
@opt version string protocol version by which packet tables are written and read; the run's
@opt may_fail boolean false
@opt within string how long to wait; "60s"
@return raw
*/
int drill_lua_raw_new(lua_State *L) {
    DrillScript *script = drill_object_check(L, 1, "t", "t:raw");
    const char *name = drill_arg_cstring(L, 2, "t:raw", "name");
    DrillWorldClientOptions options = {
        .raw = true,
        .client = {.version = drill_world_version(script->world)},
        .link = drill_script_link(script),
    };
    DrillRawOptions how;
    raw_read_options(L, 3, &how, &options);
    DrillScriptClient *client = drill_lua_add_node(L, "t:raw", name, &options);
    drill_object_push(L, "raw", client);
    client->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return raw_start(L, client, &how);
}

/*** raw:open(opts) -> raw|nil, string|nil
Opens the connection again after it was closed.
@param opts table|nil
@opt may_fail boolean as in `t:raw`; false
@opt within string how long to wait; "60s"
@return raw
*/
static int raw_open(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:open");
    DrillRawOptions options;
    raw_read_options(L, 2, &options, NULL);
    return raw_start(L, client, &options);
}

/* --- sending --- */

static DrillPacketContext raw_context(const DrillScriptClient *client, const char *what) {
    DrillPacketContext context = {what, client->config.version};
    return context;
}

void drill_lua_bytes(lua_State *L, const DrillScriptClient *client, int index, const char *what,
                     DrillBuffer *out) {
    if (lua_type(L, index) == LUA_TTABLE) {
        DrillPacketContext context = raw_context(client, what);
        drill_packet_from_table(L, index, &context, out);
        return;
    }
    DrillSpan text = drill_arg_string(L, index, what, "argument 1");
    size_t offset = 0;
    if (drill_parse_hex(text, out, &offset) != DRILL_OK) {
        char shown[100];
        drill_arg_show(L, index, shown, sizeof shown);
        drill_lua_fail(
            L, "%s: argument 1: expected bytes in hex such as \"c0 00\", got %s (character %zu)",
            what, shown, offset + 1);
    }
}

static void raw_put(lua_State *L, DrillScriptClient *client, DrillSpan bytes, const char *call) {
    DrillResult result = drill_world_raw_send(client->node, bytes);
    if (result == DRILL_BUSY) drill_lua_not_connected(L, client, call);
    if (result != DRILL_OK) drill_lua_fail(L, "raw:%s: %s", call, drill_result_name(result));
}

/*** raw:send(what)
Sends bytes.
@param what string|table hex, or a packet table
*/
static int raw_send(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:send");
    DrillBuffer bytes = {.allocator = client->script->allocator};
    drill_lua_bytes(L, client, 2, "raw:send", &bytes);
    raw_put(L, client, drill_buffer_span(&bytes), "send");
    drill_buffer_release(&bytes);
    return 0;
}

/*** raw:send_partial(what, count)
Sends only the first `count` bytes.
@param what string|table hex, or a packet table
@param count integer fewer than there are
*/
static int raw_send_partial(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:send_partial");
    DrillBuffer bytes = {.allocator = client->script->allocator};
    drill_lua_bytes(L, client, 2, "raw:send_partial", &bytes);
    lua_Integer count = lua_isinteger(L, 3) ? lua_tointeger(L, 3) : 0;
    if (count < 1 || (uint64_t)count >= bytes.size) {
        drill_lua_fail(
            L,
            "raw:send_partial: argument 2: expected a whole number from 1 to %zu, fewer than the "
            "packet's %zu bytes",
            bytes.size ? bytes.size - 1 : 0, bytes.size);
    }
    raw_put(L, client, drill_span(bytes.data, (size_t)count), "send_partial");
    drill_buffer_release(&bytes);
    return 0;
}

/* --- expecting --- */

static bool raw_news(const DrillTask *task) {
    const DrillScriptClient *client = task->wait.client;
    return client->received_count != task->wait.seen || client->peer_closed ||
           !drill_world_client_is_open(client->node);
}

/* Shows the expectation with the fields in byte order of their names. */
static void raw_describe_wanted(lua_State *L, DrillBuffer *out) {
    bool first = true;
    drill_lua_pairs(L, 2);
    while (drill_lua_pairs_next(L)) {
        char shown[200];
        drill_arg_show(L, -1, shown, sizeof shown);
        drill_buffer_print(out, "%s%s = %s", first ? "" : ", ", lua_tostring(L, -2), shown);
        first = false;
        lua_pop(L, 2);
    }
}

static _Noreturn void raw_expect_failed(lua_State *L, const DrillScriptClient *client,
                                        const DrillWait *wait) {
    DrillBuffer text = {.allocator = client->script->allocator};
    drill_buffer_print(&text, "%s:expect{ ", client->name);
    raw_describe_wanted(L, &text);
    drill_buffer_put_string(&text, " }: ");
    bool closed = client->peer_closed || !drill_world_client_is_open(client->node);
    if (closed) {
        drill_buffer_print(&text, "the connection was closed (%s)",
                           drill_close_name(client->closed_how));
    } else {
        drill_buffer_put_string(&text, "it did not come within ");
        drill_buffer_put_duration(&text, wait->timeout_ns);
    }
    size_t shown = 0;
    for (size_t i = client->received_claimed_below; i < client->received_count && shown < 5; i++) {
        if (client->received[i].claimed) continue;
        drill_buffer_put_string(&text, shown++ ? ", " : "; received and not claimed: ");
        drill_packet_describe(client->config.version, client->received[i].bytes, &text);
    }
    if (shown == 0) drill_buffer_put_string(&text, "; nothing else was received");
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

static int raw_expect_more(lua_State *L, int status, lua_KContext context) {
    DrillTask *task = drill_task_current(L);
    DrillScriptClient *client = task->wait.client;
    (void)status;
    (void)context;
    lua_settop(L, 2);
    for (size_t i = client->received_claimed_below; i < client->received_count; i++) {
        DrillScriptReceived *received = &client->received[i];
        if (received->claimed || (i < task->wait.seen && task->wait.subject)) continue;
        drill_packet_push(L, client->config.version, received->bytes);
        if (drill_packet_fits(L, 2, -1)) {
            received->claimed = true;
            return 1;
        }
        lua_pop(L, 1);
    }
    bool closed = client->peer_closed || !drill_world_client_is_open(client->node);
    if (task->wait.timed_out || closed) raw_expect_failed(L, client, &task->wait);
    DrillWait again = task->wait;
    again.seen = client->received_count;
    again.subject = client; /* what came before has been looked at */
    return drill_task_wait(L, &again, 0, raw_expect_more);
}

/*** raw:expect(packet) -> table
Waits for a packet whose fields are as given, and claims it. Packets that came before the call and
were not claimed count; others are passed over. Fails when the connection closes first.
@param packet table packet table: `type` and any fields it must have
@opt within string how long to wait; "10s"
@return table the packet, with `bytes`
*/
static int raw_expect(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:expect");
    DrillPacketContext context = raw_context(client, "raw:expect");
    drill_packet_check_fields(L, 2, &context);
    lua_settop(L, 2);
    lua_getfield(L, 2, "within");
    uint64_t within_ns =
        drill_arg_duration_or(L, -1, "raw:expect", "field 'within'", DRILL_WAIT_EXPECT_NS);
    lua_getfield(L, 2, "type");
    DrillWait wait = drill_wait(L, within_ns, "%s at '%s'", lua_tostring(L, -1), client->name);
    wait.ready = raw_news;
    wait.client = client;
    wait.seen = SIZE_MAX; /* look at once at what is there */
    return drill_task_wait(L, &wait, 0, raw_expect_more);
}

/*** raw:received() -> table
All packets that have arrived so far, claimed or not, oldest first.
@return table list of packet tables
*/
static int raw_received(lua_State *L) {
    const DrillScriptClient *client = raw_check(L, "raw:received");
    lua_newtable(L);
    for (size_t i = 0; i < client->received_count; i++) {
        drill_packet_push(L, client->config.version, client->received[i].bytes);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/*** raw:connected() -> boolean
Whether the connection is open, as far as is known here: not once the far side has closed its
direction.
@return boolean
*/
static int raw_connected(lua_State *L) {
    const DrillScriptClient *client = raw_check(L, "raw:connected");
    lua_pushboolean(L, !client->peer_closed && drill_world_client_is_open(client->node));
    return 1;
}

static bool raw_is_closed(const DrillTask *task) {
    const DrillScriptClient *client = task->wait.client;
    return client->peer_closed || !drill_world_client_is_open(client->node);
}

static void raw_need_opened(lua_State *L, const DrillScriptClient *client, const char *call) {
    if (!client->opened_once) drill_lua_not_connected(L, client, call);
}

static int raw_closed(lua_State *L, int status, lua_KContext context) {
    const DrillTask *task = drill_task_current(L);
    const DrillScriptClient *client = task->wait.client;
    (void)status;
    (void)context;
    if (raw_is_closed(task)) {
        lua_pushstring(L, drill_close_name(client->closed_how));
        return 1;
    }
    DrillBuffer text = {.allocator = client->script->allocator};
    drill_buffer_print(&text, "%s:expect_closed: the connection is still open after ",
                       client->name);
    drill_buffer_put_duration(&text, task->wait.timeout_ns);
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

/*** raw:expect_closed(within) -> string
Waits until the far side closes the connection (its direction of it is enough).
@param within string|nil duration; "10s"
@return string "fin", "rst" or "timeout"
*/
static int raw_expect_closed(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:expect_closed");
    uint64_t within_ns =
        drill_arg_duration_or(L, 2, "raw:expect_closed", "argument 1", DRILL_WAIT_EXPECT_NS);
    raw_need_opened(L, client, "expect_closed");
    DrillWait wait = drill_wait(L, within_ns, "the connection of '%s' to close", client->name);
    wait.ready = raw_is_closed;
    wait.client = client;
    return drill_task_wait(L, &wait, 0, raw_closed);
}

static int raw_still_open(lua_State *L, int status, lua_KContext context) {
    const DrillTask *task = drill_task_current(L);
    const DrillScriptClient *client = task->wait.client;
    (void)status;
    (void)context;
    if (!raw_is_closed(task)) return 0;
    DrillBuffer text = {.allocator = client->script->allocator};
    drill_buffer_print(&text, "%s:expect_open(\"", client->name);
    drill_put_lua_duration(&text, task->wait.timeout_ns);
    drill_buffer_print(&text, "\"): the connection was closed (%s) at ",
                       drill_close_name(client->closed_how));
    drill_buffer_put_duration(&text, client->closed_ns);
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

/*** raw:expect_open(during)
Waits for a time in which the far side may not close the connection.
@param during string duration
*/
static int raw_expect_open(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:expect_open");
    uint64_t during_ns = drill_arg_duration(L, 2, "raw:expect_open", "argument 1");
    if (during_ns == 0)
        drill_lua_fail(L,
                       "raw:expect_open: argument 1: an expectation over no time could not fail");
    raw_need_opened(L, client, "expect_open");
    DrillWait wait = drill_wait(L, during_ns, "the connection of '%s' to stay open", client->name);
    wait.ready = raw_is_closed;
    wait.client = client;
    return drill_task_wait(L, &wait, 0, raw_still_open);
}

/* --- closing --- */

/*** raw:half_close()
Closes this side's direction of the connection (FIN); the other can still be read.
*/
static int raw_half_close(lua_State *L) {
    DrillScriptClient *client = raw_check(L, "raw:half_close");
    if (!drill_world_client_is_open(client->node)) drill_lua_not_connected(L, client, "half_close");
    drill_world_raw_half_close(client->node);
    return 0;
}

/*** raw:close(how)
Closes the connection.
@param how string|nil "fin", "rst" or "vanish" (nobody is told); "fin"
*/
static int raw_close(lua_State *L) {
    static const char *const hows[] = {"fin", "rst", "vanish", NULL};
    static const DrillCloseHow values[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};
    DrillScriptClient *client = raw_check(L, "raw:close");
    int how = lua_isnoneornil(L, 2) ? 0 : drill_arg_choice(L, 2, "raw:close", "argument 1", hows);
    if (!drill_world_client_is_open(client->node)) drill_lua_not_connected(L, client, "close");
    client->ended_by_script = true;
    drill_world_drop(client->node, values[how]);
    return 0;
}

/*** raw:link() -> link
The connection's link: its faults and its settings.
*/
static int raw_link(lua_State *L) {
    drill_lua_link_push(L, raw_check(L, "raw:link"));
    return 1;
}

static const luaL_Reg raw_methods[] = {{"open", raw_open},
                                       {"send", raw_send},
                                       {"send_partial", raw_send_partial},
                                       {"expect", raw_expect},
                                       {"received", raw_received},
                                       {"connected", raw_connected},
                                       {"expect_closed", raw_expect_closed},
                                       {"expect_open", raw_expect_open},
                                       {"half_close", raw_half_close},
                                       {"close", raw_close},
                                       {"link", raw_link},
                                       {NULL, NULL}};
static const DrillObjectType raw_type = {"raw", raw_methods, NULL};

void drill_lua_raw_register(lua_State *L) {
    drill_object_register(L, &raw_type);
}
