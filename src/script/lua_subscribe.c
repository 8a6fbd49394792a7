/* client:subscribe and client:unsubscribe. */
#include "script/lua_api.h"

#define SUBSCRIBE_FILTERS_MAX 10000

typedef struct DrillSubscribeCall {
    const char *name; /* "subscribe" */
    const char *what; /* "client:subscribe" */
    DrillPacketType answer;
    bool with_options;
    uint8_t qos; /* of filters that do not say */
    DrillBuffer wire;
    uint32_t count;
} DrillSubscribeCall;

static void subscribe_add(lua_State *L, DrillSubscribeCall *call, DrillSpan text, uint8_t qos) {
    DrillScript *script = drill_sandbox_script(L);
    DrillFilter filter = {.filter = drill_names_topic_to_wire(script, text), .options = qos};
    if (drill_filters_write(&call->wire, &filter, call->with_options) != DRILL_OK) {
        drill_lua_fail(L, "%s: the filter is longer than 65,535 bytes", call->what);
    }
    call->count++;
}

/* A table with a filter: { "a/+", 2 } or { filter = "a/+", qos = 2 }. */
static void subscribe_add_table(lua_State *L, int index, DrillSubscribeCall *call) {
    lua_Integer qos = call->qos;
    bool named = lua_getfield(L, index, "filter") != LUA_TNIL;
    if (!named) {
        lua_pop(L, 1);
        lua_geti(L, index, 1);
    }
    DrillSpan text = drill_arg_string(L, -1, call->what, "filter in the list");
    int type = named ? lua_getfield(L, index, "qos") : lua_geti(L, index, 2);
    if (type != LUA_TNIL) {
        qos = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
        if (qos < 0 || qos > 2) {
            drill_lua_fail(L, "%s: qos of filter '%.100s': expected 0, 1 or 2", call->what,
                           (const char *)text.data);
        }
    }
    subscribe_add(L, call, text, (uint8_t)qos);
    lua_pop(L, 2);
}

static void subscribe_filters(lua_State *L, int index, DrillSubscribeCall *call) {
    if (lua_type(L, index) == LUA_TSTRING) {
        subscribe_add(L, call, drill_arg_string(L, index, call->what, "filter"), call->qos);
        return;
    }
    lua_Integer count = lua_type(L, index) == LUA_TTABLE ? luaL_len(L, index) : 0;
    if (count < 1 || count > SUBSCRIBE_FILTERS_MAX) {
        drill_lua_fail(L, "%s: expected a topic filter or a list of 1 to %d", call->what,
                       SUBSCRIBE_FILTERS_MAX);
    }
    for (lua_Integer i = 1; i <= count; i++) {
        int type = lua_geti(L, index, i);
        if (type == LUA_TTABLE && call->with_options) {
            subscribe_add_table(L, lua_gettop(L), call);
        } else {
            subscribe_add(L, call, drill_arg_string(L, -1, call->what, "filter in the list"),
                          call->qos);
        }
        lua_pop(L, 1);
    }
}

static bool subscribe_ready(const DrillTask *task) {
    const DrillWait *wait = &task->wait;
    DrillPacketType type = (DrillPacketType)(wait->seen >> 16);
    return drill_observe_has_suback(wait->client, type, (uint16_t)(wait->seen & 0xFFFF)) ||
           wait->client->closes != wait->seen_closes;
}

static int subscribe_answered(lua_State *L, int status, lua_KContext may_fail) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    DrillScriptClient *client = wait->client;
    DrillPacketType type = (DrillPacketType)(wait->seen >> 16);
    const char *name = type == DRILL_SUBACK ? "subscribe" : "unsubscribe";
    (void)status;
    DrillScriptSuback *answer =
        drill_observe_take_suback(client, type, (uint16_t)(wait->seen & 0xFFFF));
    if (!answer) {
        bool closed = client->closes != wait->seen_closes;
        if (may_fail) {
            lua_pushnil(L);
            lua_pushstring(L, closed ? "closed" : "timeout");
            return 2;
        }
        if (closed) drill_lua_not_connected(L, client, name);
        DrillBuffer text = {.allocator = client->script->allocator};
        drill_buffer_put_duration(&text, wait->timeout_ns);
        drill_task_failed(L, "%s:%s: no %s within %s", client->name, name,
                          drill_packet_type_name(type), drill_buffer_cstring(&text));
    }
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, answer->packet_identifier);
    lua_setfield(L, -2, "packet_identifier");
    lua_newtable(L);
    for (size_t i = 0; i < answer->reason_codes.size; i++) {
        lua_pushinteger(L, answer->reason_codes.data[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "reason_codes");
    return 1;
}

static int subscribe_run(lua_State *L, DrillSubscribeCall *call) {
    enum { MAY_FAIL, WITHIN, QOS };
    static const DrillArgField fields[] = {
        [MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
        [QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        {.name = "no_local", .kind = DRILL_ARG_V5_ONLY},
        {.name = "retain_as_published", .kind = DRILL_ARG_V5_ONLY},
        {.name = "retain_handling", .kind = DRILL_ARG_V5_ONLY},
        {.name = "subscription_identifier", .kind = DRILL_ARG_V5_ONLY},
        {.name = "properties", .kind = DRILL_ARG_V5_ONLY},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", call->what);
    drill_args_read(L, 3, call->what, fields, DRILL_ARRAY_COUNT(fields), given);
    if (given[QOS].given && !call->with_options) {
        drill_lua_fail(L, "%s: unknown field 'qos'; an UNSUBSCRIBE carries only filters",
                       call->what);
    }
    call->qos = (uint8_t)given[QOS].number;
    call->wire.allocator = client->script->allocator;
    subscribe_filters(L, 2, call);
    DrillFilters filters = {drill_buffer_span(&call->wire), call->count};
    DrillWait wait =
        drill_wait(L, given[WITHIN].given ? given[WITHIN].number : DRILL_WAIT_ANSWER_NS,
                   "%s of client '%s'", drill_packet_type_name(call->answer), client->name);
    uint16_t identifier = 0;
    DrillResult result = call->with_options
                             ? drill_world_subscribe(client->node, filters, &identifier)
                             : drill_world_unsubscribe(client->node, filters, &identifier);
    drill_buffer_release(&call->wire);
    drill_lua_check_result(L, client, call->name, result);
    (void)drill_observe_take_suback(client, call->answer,
                                    identifier); /* one that nobody waited for */
    wait.ready = subscribe_ready;
    wait.client = client;
    wait.seen = (uint64_t)call->answer << 16 | identifier;
    wait.seen_closes = client->closes;
    return drill_task_wait(L, &wait, given[MAY_FAIL].truth, subscribe_answered);
}

/*** client:subscribe(filters, opts) -> table|nil, string|nil
Sends SUBSCRIBE and waits for the SUBACK. A filter that the broker refuses is told by its code
(128), not as a failure.
@param filters string|table a Topic Filter, or a list of filters and of `{ filter, qos }`
@param opts table|nil
@opt qos integer maximum QoS of filters that do not say; 0
@opt may_fail boolean a closed connection or no answer is allowed: then nil and "closed" or
"timeout" are returned; false
@opt within string how long to wait; "60s"
@return table the SUBACK: `packet_identifier`, `reason_codes` (a list)
*/
int drill_lua_subscribe(lua_State *L) {
    DrillSubscribeCall call = {"subscribe", "client:subscribe", DRILL_SUBACK, true, 0, {0}, 0};
    return subscribe_run(L, &call);
}

/*** client:unsubscribe(filters, opts) -> table|nil, string|nil
Sends UNSUBSCRIBE and waits for the UNSUBACK.
@param filters string|table a Topic Filter or a list of them
@param opts table|nil
@opt may_fail boolean as in `client:subscribe`; false
@opt within string how long to wait; "60s"
@return table the UNSUBACK: `packet_identifier`, `reason_codes` (empty in 3.1.1)
*/
int drill_lua_unsubscribe(lua_State *L) {
    DrillSubscribeCall call = {
        "unsubscribe", "client:unsubscribe", DRILL_UNSUBACK, false, 0, {0}, 0};
    return subscribe_run(L, &call);
}
