/* The virtual broker, as scenarios with worlds = { "sim" } may handle it. */
#include <string.h>

#include "mqtt/defects.h"
#include "script/lua_api.h"

/*** object broker
The virtual broker. Scenarios that use it run only in the simulation: `worlds = { "sim" }`.
*/

static DrillScript *broker_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "broker", what);
}

static void broker_result(lua_State *L, const char *what, DrillResult result) {
    if (result == DRILL_BUSY)
        drill_lua_fail(L, "%s: the broker is down already, or not virtual", what);
    if (result != DRILL_OK) drill_lua_fail(L, "%s: %s", what, drill_result_name(result));
}

/*** broker:restart(opts)
Stops the broker and starts it again; all connections are lost. Does not wait.
@param opts table|nil
@opt keep string "session" (Sessions and Retained Messages) or "nothing"; "session"
@opt truncate integer with keep = "session": so many of the youngest records of what was stored are
lost, as after a crash (Sessions, subscriptions, messages of Sessions, QoS 2 identifiers, Retained
Messages, each numbered when it was stored); 0
@opt announce boolean connections are ended in good order before, 5.0 clients with DISCONNECT 0x8B;
false
@opt down string how long it is away; "1s"
*/
static int broker_restart(lua_State *L) {
    enum { KEEP, DOWN, TRUNCATE, ANNOUNCE };
    static const char *const keeps[] = {"session", "nothing", NULL};
    static const DrillArgField fields[] = {
        [KEEP] = {.name = "keep", .kind = DRILL_ARG_CHOICE, .choices = keeps},
        [DOWN] = {.name = "down", .kind = DRILL_ARG_DURATION},
        [TRUNCATE] = {.name = "truncate", .kind = DRILL_ARG_INTEGER, .max = INT32_MAX},
        [ANNOUNCE] = {.name = "announce", .kind = DRILL_ARG_BOOL},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScript *script = broker_check(L, "broker:restart");
    drill_args_read(L, 2, "broker:restart", fields, DRILL_ARRAY_COUNT(fields), given);
    /* The scenario ended these connections, not the broker by mistake. */
    for (DrillScriptClient *client = script->clients; client; client = client->next)
        client->ended_by_script = true;
    DrillWorldRestart restart = {.keep_sessions = given[KEEP].number == 0,
                                 .announced = given[ANNOUNCE].truth,
                                 .lost_records = (uint32_t)given[TRUNCATE].number,
                                 .down_ns =
                                     given[DOWN].given ? given[DOWN].number : DRILL_NS_PER_S};
    if (restart.lost_records > 0 && !restart.keep_sessions)
        drill_lua_fail(L, "broker:restart: field 'truncate' needs keep = \"session\"");
    broker_result(L, "broker:restart", drill_world_broker_restart_with(script->world, &restart));
    return 0;
}

/*** broker:pause(during)
For a time the broker reads nothing; it loses nothing either. Does not wait.
@param during string duration
*/
static int broker_pause(lua_State *L) {
    DrillScript *script = broker_check(L, "broker:pause");
    uint64_t during_ns = drill_arg_duration(L, 2, "broker:pause", "argument 1");
    broker_result(L, "broker:pause", drill_world_broker_pause(script->world, during_ns));
    return 0;
}

/*** broker:config(opts)
Changes the configuration of the running broker, as a reload does: options that are not given stay.
Who is connected stays so, and what its CONNACK has announced holds for that connection; so do its
Keep Alive and its subscriptions. New connections, later packets and later messages find the new
configuration. Users and topic rules take the place of those before.
@param opts table all options of docs/broker.md but `authentication`
*/
static int broker_config(lua_State *L) {
    static const char what[] = "broker:config";
    DrillScript *script = broker_check(L, what);
    const DrillBrokerConfig *now = drill_world_broker_config(script->world);
    if (!now) broker_result(L, what, DRILL_BUSY);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (lua_getfield(L, 2, "authentication") != LUA_TNIL)
        drill_lua_fail(L, "%s: field 'authentication' cannot be changed while the broker runs",
                       what);
    lua_pop(L, 1);
    DrillBrokerConfig before = *now;
    DrillBrokerConfig after = before;
    drill_options_broker(L, 2, what, &after);
    broker_result(L, what, drill_world_broker_configure(script->world, &after));
    drill_broker_options_tell(script, &before, &after);
    return 0;
}

/*** broker:defect(name, on)
Switches one of the broker's defects (`mqttdrill defects`) on or off, from this moment on. What it
has done before stays done.
@param name string for example "b-retained-not-cleared"
@param on boolean|nil true
*/
static int broker_defect(lua_State *L) {
    static const char what[] = "broker:defect";
    DrillScript *script = broker_check(L, what);
    const char *name = drill_arg_cstring(L, 2, what, "argument 1");
    int id = drill_defect_find(drill_span_of(name));
    if (id < 0) drill_lua_fail(L, "%s: there is no \"%s\" (see mqttdrill defects)", what, name);
    if (strcmp(drill_defect_info((DrillDefectId)id)->party, "broker") != 0)
        drill_lua_fail(L, "%s: %s is a defect of clients", what, name);
    if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TBOOLEAN);
    bool on = lua_isnoneornil(L, 3) || lua_toboolean(L, 3);
    broker_result(L, what, drill_world_broker_defect(script->world, id, on));
    return 0;
}

static const luaL_Reg broker_methods[] = {{"restart", broker_restart},
                                          {"pause", broker_pause},
                                          {"config", broker_config},
                                          {"defect", broker_defect},
                                          {NULL, NULL}};
static const DrillObjectType broker_type = {"broker", broker_methods, NULL};

void drill_lua_broker_register(lua_State *L) {
    drill_object_register(L, &broker_type);
}
