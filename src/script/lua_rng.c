/* Random numbers that depend on nothing but the seed, the stream's name and how many were drawn
 * from it. */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "script/lua_api.h"

/*** object rng
A named stream of random numbers, from `t:rng(name)`. The same seed and name give the same numbers;
other streams do not matter.
*/

typedef struct DrillScriptRng {
    DrillStream stream;
    uint64_t drawn;
} DrillScriptRng;

static DrillScriptRng *rng_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "rng", what);
}

/*** rng:int(low, high) -> integer
A whole number, uniform from low to high, both included.
@param low integer
@param high integer
@return integer
*/
static int rng_int(lua_State *L) {
    DrillScriptRng *rng = rng_check(L, "rng:int");
    drill_arg_integer(L, 2, "rng:int", "low", (DrillArgRange){INT64_MIN, INT64_MAX});
    drill_arg_integer(L, 3, "rng:int", "high", (DrillArgRange){lua_tointeger(L, 2), INT64_MAX});
    uint64_t low = (uint64_t)lua_tointeger(L, 2), high = (uint64_t)lua_tointeger(L, 3);
    uint64_t count = high - low + 1; /* 0: all 2^64 */
    uint64_t drawn = count ? drill_stream_below(rng->stream, rng->drawn, 0, count)
                           : drill_stream_draw(rng->stream, rng->drawn, 0);
    rng->drawn++;
    lua_pushinteger(L, (lua_Integer)(low + drawn));
    return 1;
}

/*** rng:chance(ratio) -> boolean
True with this probability.
@param ratio string "2%" or "1/50"
@return boolean
*/
static int rng_chance(lua_State *L) {
    DrillScriptRng *rng = rng_check(L, "rng:chance");
    DrillRatio ratio;
    DrillSpan text = drill_arg_string(L, 2, "rng:chance", "argument 1");
    if (drill_parse_ratio(text, &ratio) != DRILL_OK) {
        drill_lua_fail(
            L,
            "rng:chance: argument 1: expected a ratio such as \"2%%\" or \"1/50\", got \"%.40s\"",
            (const char *)text.data);
    }
    lua_pushboolean(L, drill_stream_chance(rng->stream, rng->drawn++, 0, ratio));
    return 1;
}

/*** rng:pick(list) -> any
One element of a list.
@param list table
@return any
*/
static int rng_pick(lua_State *L) {
    DrillScriptRng *rng = rng_check(L, "rng:pick");
    lua_Integer count = lua_type(L, 2) == LUA_TTABLE ? luaL_len(L, 2) : 0;
    if (count < 1) drill_lua_fail(L, "rng:pick: expected a list with at least one element");
    lua_geti(L, 2,
             (lua_Integer)drill_stream_below(rng->stream, rng->drawn++, 0, (uint64_t)count) + 1);
    return 1;
}

/*** rng:bytes(count) -> string
So many random bytes.
@param count integer
@return string
*/
static int rng_bytes(lua_State *L) {
    DrillScriptRng *rng = rng_check(L, "rng:bytes");
    lua_Integer count =
        drill_arg_integer(L, 2, "rng:bytes", "count", (DrillArgRange){0, INT32_MAX});
    drill_sandbox_charge(L, (uint64_t)count);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = 0; i < count; i++) {
        luaL_addchar(&out, (char)(drill_stream_draw(rng->stream, rng->drawn++, 0) & 0xFF));
    }
    luaL_pushresult(&out);
    return 1;
}

static const luaL_Reg rng_methods[] = {{"int", rng_int},
                                       {"chance", rng_chance},
                                       {"pick", rng_pick},
                                       {"bytes", rng_bytes},
                                       {NULL, NULL}};
static const DrillObjectType rng_type = {"rng", rng_methods, NULL};

/* One object per name, so that a second t:rng("x") goes on where the first is. */
void drill_lua_rng_push(lua_State *L, const char *name) {
    DrillScript *script = drill_sandbox_script(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "drill.rngs");
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        char stream[200];
        snprintf(stream, sizeof stream, "script/%.180s", name);
        DrillScriptRng *rng = DRILL_NEW(script->allocator, DrillScriptRng);
        rng->stream = drill_stream(drill_world_seed(script->world), stream);
        lua_pop(L, 1);
        drill_object_push(L, "rng", rng);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    lua_remove(L, -2);
}

void drill_lua_rng_register(lua_State *L) {
    drill_object_register(L, &rng_type);
}
