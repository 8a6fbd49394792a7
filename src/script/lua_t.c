/* t: what `run` is given. */
#include <string.h>

#include "script/lua_api.h"

/*** object t
The run: what the scenario's `run` function is given.
@field version string protocol version of this run: "3.1.1" or "5.0"
@field target string "sim" or "live"
@field seed integer the world's seed
*/

static DrillScript *t_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "t", what);
}

static bool t_fields(lua_State *L, void *object, const char *name) {
    const DrillScript *script = object;
    if (strcmp(name, "version") == 0) {
        DrillVersion version = drill_world_version(script->world);
        lua_pushstring(L, version == DRILL_MQTT_5_0   ? "5.0"
                          : version == DRILL_MQTT_3_1 ? "3.1"
                                                      : "3.1.1");
        return true;
    }
    if (strcmp(name, "target") == 0) {
        lua_pushstring(L, drill_world_live(script->world) ? "live" : "sim");
        return true;
    }
    if (strcmp(name, "seed") == 0) {
        lua_pushinteger(L, (lua_Integer)drill_world_seed(script->world));
        return true;
    }
    return false;
}

/*** t:broker() -> broker
The virtual broker. An error when the broker is real: declare `worlds = { "sim" }`.
@return broker
*/
static int t_broker(lua_State *L) {
    DrillScript *script = t_check(L, "t:broker");
    if (drill_world_live(script->world)) {
        drill_lua_fail(
            L, "t:broker: the broker is real and cannot be handled; declare worlds = { \"sim\" }");
    }
    drill_object_push(L, "broker", script);
    return 1;
}

static int t_nothing(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

/*** t:sleep(d)
Lets the world go on for a time.
@param d string duration
*/
static int t_sleep(lua_State *L) {
    t_check(L, "t:sleep");
    DrillWait wait = drill_wait(L, drill_arg_duration(L, 2, "t:sleep", "argument 1"), "t:sleep");
    return drill_task_wait(L, &wait, 0, t_nothing);
}

/*** t:now() -> integer
Nanoseconds since the run began.
@return integer
*/
static int t_now(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)drill_world_now(t_check(L, "t:now")->world));
    return 1;
}

static bool t_children_done(const DrillTask *task) {
    return task->children == 0;
}

/*** t:parallel(...)
Runs several functions at once, each called with `t`, and waits until all have returned. They take
turns only where one waits.
@param ... function
*/
static int t_parallel(lua_State *L) {
    DrillScript *script = t_check(L, "t:parallel");
    int count = lua_gettop(L) - 1;
    if (count < 1) drill_lua_fail(L, "t:parallel: expected one or more functions");
    for (int i = 2; i <= count + 1; i++) {
        if (lua_type(L, i) != LUA_TFUNCTION) {
            drill_lua_fail(L, "t:parallel: argument %d: expected a function, got a %s", i - 1,
                           luaL_typename(L, i));
        }
    }
    for (int i = 2; i <= count + 1; i++) {
        lua_pushvalue(L, i);
        lua_pushvalue(L, 1);
        drill_task_new(script, L, 1, script->current);
    }
    DrillWait wait = drill_wait(L, DRILL_NEVER, "the functions of t:parallel");
    wait.ready = t_children_done;
    return drill_task_wait(L, &wait, 0, t_nothing);
}

/*** t:check(condition, text) -> any
Fails the scenario unless the condition holds.
@param condition any
@param text string|nil what was expected
@return any the condition
*/
static int t_check_condition(lua_State *L) {
    t_check(L, "t:check");
    if (lua_gettop(L) < 2) drill_lua_fail(L, "t:check: expected a condition");
    if (!lua_toboolean(L, 2)) {
        if (lua_isnoneornil(L, 3)) drill_task_failed(L, "t:check: the condition does not hold");
        drill_sandbox_tostring(L, 3);
        drill_task_failed(L, "t:check: %s", lua_tostring(L, -1));
    }
    lua_settop(L, 2);
    return 1;
}

/*** t:fail(text)
Fails the scenario.
@param text string
*/
static int t_fail(lua_State *L) {
    t_check(L, "t:fail");
    drill_arg_string(L, 2, "t:fail", "text");
    drill_task_failed(L, "t:fail: %s", lua_tostring(L, 2));
}

/*** t:note(text)
A remark, shown in the diagram at this moment.
@param text string
*/
static int t_note(lua_State *L) {
    DrillScript *script = t_check(L, "t:note");
    drill_world_note(script->world, drill_arg_string(L, 2, "t:note", "text"));
    return 0;
}

/*** t:log(...)
A line in the trace; `print` does the same.
@param ... any
*/
static int t_log(lua_State *L) {
    DrillScript *script = t_check(L, "t:log");
    int count = lua_gettop(L);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (int i = 2; i <= count; i++) {
        if (i > 2) luaL_addchar(&text, ' ');
        drill_sandbox_tostring(L, i);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    size_t size;
    const char *bytes = lua_tolstring(L, -1, &size);
    drill_world_log(script->world, drill_span(bytes, size));
    return 0;
}

/*** t:rng(name) -> rng
A named stream of random numbers. The same name gives the same stream.
@param name string
@return rng
*/
static int t_rng(lua_State *L) {
    t_check(L, "t:rng");
    drill_lua_rng_push(L, drill_arg_cstring(L, 2, "t:rng", "name"));
    return 1;
}

/*** t:topic(name) -> string
The Topic Name or Topic Filter as it is on the wire; on a live broker it differs from what the
scenario writes, so that runs do not meet each other's messages. For bytes given in hex.
@param name string
@return string
*/
static int t_topic(lua_State *L) {
    DrillScript *script = t_check(L, "t:topic");
    DrillSpan wire = drill_names_topic_to_wire(script, drill_arg_string(L, 2, "t:topic", "name"));
    lua_pushlstring(L, (const char *)wire.data, wire.size);
    return 1;
}

/*** t:client_id(name) -> string
The Client Identifier as it is on the wire; see `t:topic`.
@param name string
@return string
*/
static int t_client_id(lua_State *L) {
    DrillScript *script = t_check(L, "t:client_id");
    DrillSpan wire =
        drill_names_client_id_to_wire(script, drill_arg_string(L, 2, "t:client_id", "name"));
    lua_pushlstring(L, (const char *)wire.data, wire.size);
    return 1;
}

static const luaL_Reg t_methods[] = {{"client", drill_lua_client_new},
                                     {"raw", drill_lua_raw_new},
                                     {"fleet", drill_lua_fleet_new},
                                     {"broker", t_broker},
                                     {"sleep", t_sleep},
                                     {"now", t_now},
                                     {"quiet", drill_lua_quiet},
                                     {"parallel", t_parallel},
                                     {"check", t_check_condition},
                                     {"fail", t_fail},
                                     {"note", t_note},
                                     {"log", t_log},
                                     {"rng", t_rng},
                                     {"topic", t_topic},
                                     {"client_id", t_client_id},
                                     {NULL, NULL}};
static const DrillObjectType t_type = {"t", t_methods, t_fields};

void drill_lua_t_push(lua_State *L, DrillScript *script) {
    drill_object_push(L, "t", script);
}

void drill_lua_t_register(lua_State *L) {
    drill_object_register(L, &t_type);
}

void drill_api_register(lua_State *L) {
    drill_lua_t_register(L);
    drill_lua_client_register(L);
    drill_lua_message_register(L);
    drill_lua_link_register(L);
    drill_lua_raw_register(L);
    drill_lua_fleet_register(L);
    drill_lua_broker_register(L);
    drill_lua_rng_register(L);
}
