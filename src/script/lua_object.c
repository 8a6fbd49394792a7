/* Objects of the API: a userdata with a pointer into the arena, and a metatable that explains
 * misspelt functions. */
#include <stdio.h>
#include <string.h>

#include "script/lua_args.h"

/* upvalues: the type (light, static), its methods by name. */
static int object_index(lua_State *L) {
    const DrillObjectType *type = lua_touserdata(L, lua_upvalueindex(1));
    void **object = lua_touserdata(L, 1);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    if (type->fields && type->fields(L, *object, name)) return 1;
    const char *names[64];
    char list[600] = "";
    size_t count = 0, used = 0;
    for (const luaL_Reg *method = type->methods; method->name; method++) {
        int wrote = snprintf(list + used, sizeof list - used, " %s", method->name);
        if (wrote > 0 && (size_t)wrote < sizeof list - used) used += (size_t)wrote;
        if (count < DRILL_ARRAY_COUNT(names) - 1) names[count++] = method->name;
    }
    names[count] = NULL;
    const char *nearest = drill_nearest_name(name, names);
    drill_lua_fail(L, "%s has no function '%.40s'%s%s%s; it has:%s", type->type, name,
                   nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "",
                   list);
}

static int object_newindex(lua_State *L) {
    const DrillObjectType *type = lua_touserdata(L, lua_upvalueindex(1));
    drill_lua_fail(L, "a %s has no fields that can be set", type->type);
}

void drill_object_register(lua_State *L, const DrillObjectType *type) {
    luaL_newmetatable(L, type->type);
    lua_pushlightuserdata(L, (void *)(uintptr_t)type);
    lua_newtable(L);
    luaL_setfuncs(L, type->methods, 0);
    lua_pushcclosure(L, object_index, 2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, (void *)(uintptr_t)type);
    lua_pushcclosure(L, object_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void drill_object_push(lua_State *L, const char *type, void *object) {
    void **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = object;
    luaL_setmetatable(L, type);
}

void *drill_object_check(lua_State *L, int index, const char *type, const char *what) {
    void **box = luaL_testudata(L, index, type);
    if (!box) {
        drill_lua_fail(L, "%s: call it with a colon on a %s, as in %s(...)", what, type, what);
    }
    return *box;
}
