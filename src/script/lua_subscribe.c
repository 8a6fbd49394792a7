/* client:subscribe and client:unsubscribe. */
#include "script/lua_api.h"

#define SUBSCRIBE_FILTERS_MAX 10000

typedef struct DrillSubscribeCall {
    const char *name; /* "subscribe" */
    const char *what; /* "client:subscribe" */
    DrillPacketType answer;
    bool with_options;
    int version;
    uint8_t options; /* of filters that do not say: QoS, and the Subscription Options of 5.0 */
    DrillBuffer wire;
    uint32_t count;
} DrillSubscribeCall;

static void subscribe_add(lua_State *L, DrillSubscribeCall *call, DrillSpan text, uint8_t options) {
    DrillScript *script = drill_sandbox_script(L);
    DrillFilter filter = {.filter = drill_names_topic_to_wire(script, text), .options = options};
    drill_text_check_filter(L, call->what, "filter", filter.filter);
    DrillResult written = drill_filters_write(&call->wire, &filter, call->with_options);
    DRILL_ASSERT(written == DRILL_OK);
    call->count++;
}

/* Subscription Options, of the call or of one filter. */
enum { OPTION_QOS, OPTION_NO_LOCAL, OPTION_AS_PUBLISHED, OPTION_HANDLING, OPTION_COUNT };

#define OPTION_FIELDS                                                                              \
    [OPTION_QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},                 \
    [OPTION_NO_LOCAL] = {.name = "no_local", .kind = DRILL_ARG_BOOL, .since = DRILL_ARG_V5_ONLY},  \
    [OPTION_AS_PUBLISHED] = {.name = "retain_as_published",                                        \
                             .kind = DRILL_ARG_BOOL,                                               \
                             .since = DRILL_ARG_V5_ONLY},                                          \
    [OPTION_HANDLING] = {.name = "retain_handling",                                                \
                         .kind = DRILL_ARG_INTEGER,                                                \
                         .min = 0,                                                                 \
                         .max = 2,                                                                 \
                         .since = DRILL_ARG_V5_ONLY}

static uint8_t subscribe_bits(uint8_t options, const DrillArg *given) {
    if (given[OPTION_QOS].given) options = (uint8_t)((options & ~0x03u) | given[OPTION_QOS].number);
    if (given[OPTION_NO_LOCAL].given)
        options = (uint8_t)((options & ~0x04u) | (given[OPTION_NO_LOCAL].truth ? 0x04u : 0u));
    if (given[OPTION_AS_PUBLISHED].given)
        options = (uint8_t)((options & ~0x08u) | (given[OPTION_AS_PUBLISHED].truth ? 0x08u : 0u));
    if (given[OPTION_HANDLING].given)
        options = (uint8_t)((options & ~0x30u) | given[OPTION_HANDLING].number << 4);
    return options;
}

DrillFilter drill_lua_read_filter(lua_State *L, int version, int index, const char *what,
                                  uint8_t options) {
    enum { FILTER = OPTION_COUNT };
    static const DrillArgField fields[] = {
        OPTION_FIELDS, [FILTER] = {.name = "filter", .kind = DRILL_ARG_STRING}};
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read_for(L, version, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[FILTER].given) drill_lua_fail(L, "%s: field 'filter' is missing", what);
    DrillFilter filter = {given[FILTER].text, subscribe_bits(options, given)};
    return filter;
}

static void subscribe_add_named(lua_State *L, int index, DrillSubscribeCall *call) {
    DrillFilter filter = drill_lua_read_filter(L, call->version, index, call->what, call->options);
    subscribe_add(L, call, filter.filter, filter.options);
}

/* Fields of { "a/+", 2 } that nobody would read. */
static void subscribe_check_pair(lua_State *L, int index, const DrillSubscribeCall *call) {
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        if (key == 1 || key == 2) continue;
        drill_lua_fail(L,
                       "%s: a filter in the list: expected { \"a/+\", 2 } or "
                       "{ filter = \"a/+\", qos = 2 } and other named fields, got a mixture",
                       call->what);
    }
}

/* A table with a filter: { "a/+", 2 } or { filter = "a/+", qos = 2 }. */
static void subscribe_add_table(lua_State *L, int index, DrillSubscribeCall *call) {
    bool named = lua_getfield(L, index, "filter") != LUA_TNIL;
    lua_pop(L, 1);
    if (named) {
        subscribe_add_named(L, index, call);
        return;
    }
    subscribe_check_pair(L, index, call);
    lua_Integer qos = call->options & 0x03;
    lua_geti(L, index, 1);
    DrillSpan text = drill_arg_string(L, -1, call->what, "filter in the list");
    if (lua_geti(L, index, 2) != LUA_TNIL) {
        qos = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
        if (qos < 0 || qos > 2) {
            drill_lua_fail(L, "%s: qos of filter '%.100s': expected 0, 1 or 2", call->what,
                           (const char *)text.data);
        }
    }
    subscribe_add(L, call, text, (uint8_t)((call->options & ~0x03u) | (uint64_t)qos));
    lua_pop(L, 2);
}

static void subscribe_filters(lua_State *L, int index, DrillSubscribeCall *call) {
    if (lua_type(L, index) == LUA_TSTRING) {
        subscribe_add(L, call, drill_arg_string(L, index, call->what, "filter"), call->options);
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
                          call->options);
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
    lua_createtable(L, 0, 3);
    if (client->config.version == DRILL_MQTT_5_0) {
        drill_properties_push(L, answer->properties);
        lua_setfield(L, -2, "properties");
    }
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

enum { S_MAY_FAIL = OPTION_COUNT, S_WITHIN, S_IDENTIFIER, S_USERS, S_PROPERTIES };

static DrillProperties subscribe_properties(lua_State *L, const DrillSubscribeCall *call,
                                            const DrillArg *given, DrillPropertySet *set,
                                            DrillBuffer *wire) {
    if (given[S_IDENTIFIER].given)
        drill_property_set_number(set, DRILL_SUBSCRIPTION_IDENTIFIER, "subscription_identifier",
                                  (uint32_t)given[S_IDENTIFIER].number);
    if (given[S_USERS].given) {
        lua_getfield(L, 3, "user_properties");
        drill_property_set_users(L, -1, call->what, set);
        lua_pop(L, 1);
    }
    if (given[S_PROPERTIES].given) {
        lua_getfield(L, 3, "properties");
        drill_property_set_table(L, -1, call->what, set);
        lua_pop(L, 1);
    }
    DrillProperties properties = drill_property_set_wire(set, wire);
    drill_properties_require(L, call->what, properties,
                             call->with_options ? DRILL_SUBSCRIBE : DRILL_UNSUBSCRIBE);
    return properties;
}

static void subscribe_check_options(lua_State *L, const DrillSubscribeCall *call,
                                    const DrillArgField *fields, const DrillArg *given) {
    static const int only[] = {OPTION_QOS, OPTION_NO_LOCAL, OPTION_AS_PUBLISHED, OPTION_HANDLING,
                               S_IDENTIFIER};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(only) && !call->with_options; i++) {
        if (!given[only[i]].given) continue;
        drill_lua_fail(L, "%s: unknown field '%s'; an UNSUBSCRIBE carries only filters", call->what,
                       fields[only[i]].name);
    }
}

static int subscribe_refused(lua_State *L, const DrillFault *refusal) {
    lua_pushnil(L);
    lua_pushstring(L, "refused");
    lua_pushinteger(L, refusal->reason_code);
    return 3;
}

static int subscribe_run(lua_State *L, DrillSubscribeCall *call) {
    static const DrillArgField fields[] = {
        OPTION_FIELDS,
        [S_MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [S_WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
        [S_IDENTIFIER] = {.name = "subscription_identifier",
                          .kind = DRILL_ARG_INTEGER,
                          .min = 1,
                          .max = 268435455,
                          .since = DRILL_ARG_V5_ONLY},
        [S_USERS] = {.name = "user_properties",
                     .kind = DRILL_ARG_TABLE,
                     .since = DRILL_ARG_V5_ONLY},
        [S_PROPERTIES] = {.name = "properties",
                          .kind = DRILL_ARG_TABLE,
                          .since = DRILL_ARG_V5_ONLY},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", call->what);
    DrillPropertySet set = {.allocator = client->script->allocator};
    DrillBuffer wire = {.allocator = client->script->allocator};
    call->version = (int)client->config.version;
    drill_args_read_for(L, call->version, 3, call->what, fields, DRILL_ARRAY_COUNT(fields), given);
    subscribe_check_options(L, call, fields, given);
    call->options = subscribe_bits(0, given);
    call->wire.allocator = client->script->allocator;
    subscribe_filters(L, 2, call);
    DrillSubscribePacket packet = {
        .properties = subscribe_properties(L, call, given, &set, &wire),
        .filters = {drill_buffer_span(&call->wire), call->count},
    };
    DrillWait wait =
        drill_wait(L, given[S_WITHIN].given ? given[S_WITHIN].number : DRILL_WAIT_ANSWER_NS,
                   "%s of client '%s'", drill_packet_type_name(call->answer), client->name);
    uint16_t identifier = 0;
    DrillResult result =
        drill_world_request(client->node, call->with_options ? DRILL_SUBSCRIBE : DRILL_UNSUBSCRIBE,
                            &packet, &identifier);
    drill_buffer_release(&call->wire);
    drill_buffer_release(&wire);
    drill_property_set_release(&set);
    const DrillFault *refusal = drill_lua_refusal(client, result);
    if (refusal && given[S_MAY_FAIL].truth) return subscribe_refused(L, refusal);
    drill_lua_check_result(L, client, call->name, result);
    (void)drill_observe_take_suback(client, call->answer,
                                    identifier); /* one that nobody waited for */
    wait.ready = subscribe_ready;
    wait.client = client;
    wait.seen = (uint64_t)call->answer << 16 | identifier;
    wait.seen_closes = client->closes;
    return drill_task_wait(L, &wait, given[S_MAY_FAIL].truth, subscribe_answered);
}

/*** client:subscribe(filters, opts) -> table|nil, string|nil
Sends SUBSCRIBE and waits for the SUBACK. A filter that the broker refuses is told by its code
(128), not as a failure. MQTT 5.0: what the server has not allowed in its CONNACK is not sent, and
fails the scenario unless `may_fail` is set; then nil, "refused" and a Reason Code are returned.
@param filters string|table a Topic Filter, or a list of filters, of `{ filter, qos }` and of `{
filter = "a/+", qos = 2 }`, which may have the options below
@param opts table|nil
@opt qos integer maximum QoS of filters that do not say; 0
@opt no_local boolean No Local of filters that do not say; like all up to `properties` MQTT 5.0
only; false
@opt retain_as_published boolean Retain As Published of filters that do not say; false
@opt retain_handling integer Retain Handling of filters that do not say, 0, 1 or 2; 0
@opt subscription_identifier integer Subscription Identifier
@opt user_properties table as in `t:client`
@opt properties table any properties of SUBSCRIBE by the standard's names
@opt may_fail boolean a closed connection or no answer is allowed: then nil and "closed" or
"timeout" are returned; false
@opt within string how long to wait; "60s"
@return table the SUBACK: `packet_identifier`, `reason_codes` (a list), in MQTT 5.0 `properties`
*/
int drill_lua_subscribe(lua_State *L) {
    DrillSubscribeCall call = {.name = "subscribe",
                               .what = "client:subscribe",
                               .answer = DRILL_SUBACK,
                               .with_options = true};
    return subscribe_run(L, &call);
}

/*** client:unsubscribe(filters, opts) -> table|nil, string|nil
Sends UNSUBSCRIBE and waits for the UNSUBACK.
@param filters string|table a Topic Filter or a list of them
@param opts table|nil
@opt user_properties table as in `t:client`; MQTT 5.0 only
@opt properties table any properties of UNSUBSCRIBE; MQTT 5.0 only
@opt may_fail boolean as in `client:subscribe`; false
@opt within string how long to wait; "60s"
@return table the UNSUBACK: `packet_identifier`, `reason_codes` (empty in 3.1.1), in MQTT 5.0
`properties`
*/
int drill_lua_unsubscribe(lua_State *L) {
    DrillSubscribeCall call = {
        .name = "unsubscribe", .what = "client:unsubscribe", .answer = DRILL_UNSUBACK};
    return subscribe_run(L, &call);
}
