/* The base library's functions that are replaced because Lua's own differ from run to run, or can
 * be escaped from. */
#include <inttypes.h>
#include <string.h>

#include "script/sandbox.h"

/* --- pairs and next: numbers ascending, then strings in byte order --- */

typedef struct DrillKey {
    bool is_string, is_integer;
    lua_Integer integer;
    lua_Number number;
    DrillSpan string; /* owned by the table that is walked */
} DrillKey;

static int key_compare_numbers(const DrillKey *a, const DrillKey *b) {
    if (a->is_integer && b->is_integer) {
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static int key_compare(const void *left, const void *right, void *context) {
    const DrillKey *a = left, *b = right;
    (void)context;
    if (a->is_string != b->is_string) return a->is_string ? 1 : -1;
    return a->is_string ? drill_span_compare(a->string, b->string) : key_compare_numbers(a, b);
}

static DrillKey key_at(lua_State *L, int index, const char *what) {
    DrillKey key = {0};
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        key.is_string = true;
        key.string = drill_span(text, length);
    } else if (type == LUA_TNUMBER) {
        key.is_integer = lua_isinteger(L, index) != 0;
        key.integer = key.is_integer ? lua_tointeger(L, index) : 0;
        key.number = lua_tonumber(L, index);
    } else {
        drill_lua_fail(L,
                       "%s: a table with a %s as key has no order that is the same in every run; "
                       "use numbers or strings as keys",
                       what, lua_typename(L, type));
    }
    return key;
}

static void key_push(lua_State *L, const DrillKey *key) {
    if (key->is_string) {
        lua_pushlstring(L, (const char *)key->string.data, key->string.size);
    } else if (key->is_integer) {
        lua_pushinteger(L, key->integer);
    } else {
        lua_pushnumber(L, key->number);
    }
}

/* upvalues: the table, its keys in order, how many, the position. */
static int stdlib_pairs_step(lua_State *L) {
    lua_Integer count = lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer position = lua_tointeger(L, lua_upvalueindex(4));
    while (position < count) {
        position++;
        lua_rawgeti(L, lua_upvalueindex(2), position);
        lua_pushvalue(L, -1);
        lua_rawget(L, lua_upvalueindex(1));
        if (!lua_isnil(L, -1)) {
            lua_pushinteger(L, position);
            lua_replace(L, lua_upvalueindex(4));
            return 2;
        }
        lua_pop(L, 2); /* taken out during the walk */
    }
    lua_pushnil(L);
    return 1;
}

static int stdlib_pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        count++;
    drill_sandbox_charge(L, count);
    DrillKey *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
    size_t filled = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        keys[filled++] = key_at(L, -2, "pairs");
    drill_sort(keys, count, sizeof *keys, key_compare, NULL, drill_sandbox_script(L)->allocator);
    lua_pushvalue(L, 1);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        key_push(L, &keys[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, (lua_Integer)count);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, stdlib_pairs_step, 4);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

void drill_lua_pairs(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_pushcfunction(L, stdlib_pairs);
    lua_pushvalue(L, index);
    lua_call(L, 1, 3);
}

bool drill_lua_pairs_next(lua_State *L) {
    /* step, table, key before */
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) {
        lua_pop(L, 5);
        return false;
    }
    lua_copy(L, -2, -3); /* the next step is told the key, whatever becomes of it up there */
    return true;
}

static int stdlib_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    bool from_start = lua_isnil(L, 2);
    DrillKey after = {0}, best = {0};
    if (!from_start) after = key_at(L, 2, "next");
    bool found = false;
    uint64_t steps = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        DrillKey key = key_at(L, -2, "next");
        steps++;
        if (!from_start && key_compare(&key, &after, NULL) <= 0) continue;
        if (found && key_compare(&key, &best, NULL) >= 0) continue;
        best = key;
        found = true;
    }
    drill_sandbox_charge(L, steps);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    key_push(L, &best);
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    return 2;
}

/* --- text without addresses --- */

void drill_sandbox_tostring(lua_State *L, int index) {
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING) {
        luaL_tolstring(L, index, NULL);
        return;
    }
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        luaL_tolstring(L, index, NULL);
        return;
    }
    if (type == LUA_TLIGHTUSERDATA) {
        lua_pushliteral(L, "userdata");
        return;
    }
    DrillScript *script = drill_sandbox_script(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "drill.serials");
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, index);
        lua_pushinteger(L, (lua_Integer)++script->serials);
        lua_rawset(L, -3);
        lua_pushinteger(L, (lua_Integer)script->serials);
    }
    lua_Integer serial = lua_tointeger(L, -1);
    lua_pop(L, 2);
    int name = luaL_getmetafield(L, index, "__name");
    if (name == LUA_TSTRING) {
        lua_pushfstring(L, "%s#%I", lua_tostring(L, -1), (LUAI_UACINT)serial);
        lua_remove(L, -2);
        return;
    }
    if (name != LUA_TNIL) lua_pop(L, 1);
    lua_pushfstring(L, "%s#%I", lua_typename(L, type), (LUAI_UACINT)serial);
}

static int stdlib_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    drill_sandbox_tostring(L, 1);
    return 1;
}

/* Calls upvalue 1, Lua's own function, with all arguments. Its complaints get the line of the
 * scenario and the name. */
static int stdlib_call_own(lua_State *L, const char *name) {
    static const char nameless[] = " to '?'";
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (status == LUA_OK) return lua_gettop(L);
    if (status == LUA_ERRMEM) drill_sandbox_memory_spent(L);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    const char *gap = strstr(text, nameless);
    if (drill_sandbox_script(L)->dying || text[0] == '\0') lua_error(L);
    if (!gap) drill_lua_fail(L, "%s", text);
    drill_lua_fail(L, "%.*s to '%s'%s", (int)(gap - text), text, name, gap + sizeof nameless - 1);
}

/* string.format with upvalue 1 Lua's own. */
static int stdlib_format(lua_State *L) {
    size_t length;
    const char *format = luaL_checklstring(L, 1, &length);
    const char *end = format + length;
    int argument = 1;
    for (const char *at = format; at < end; at++) {
        if (*at != '%') continue;
        if (++at < end && *at == '%') continue;
        while (at < end && strchr("-+ #0123456789.", *at) && *at != '\0')
            at++;
        if (at >= end) break; /* Lua's own says what is wrong */
        argument++;
        if (*at == 'p') {
            drill_lua_fail(L,
                           "string.format: '%%p' shows an address, which differs from run to run");
        }
        if (*at != 's' || argument > lua_gettop(L)) continue;
        drill_sandbox_tostring(L, argument);
        lua_replace(L, argument);
    }
    return stdlib_call_own(L, "format");
}

/* string.rep with upvalue 1 Lua's own: the work is paid for. */
static int stdlib_rep(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    lua_Integer times = luaL_checkinteger(L, 2);
    if (length == 0 && lua_isnoneornil(L, 3)) {
        lua_pushliteral(L, ""); /* Lua's own would count to `times` */
        return 1;
    }
    if (times > 0) {
        lua_Integer steps = times / 64 > INT32_MAX ? INT32_MAX : times / 64;
        drill_sandbox_charge(L, (uint64_t)steps * (length / 64 + 1));
    }
    return stdlib_call_own(L, "rep");
}

/* What moves elements in C is paid for by the element: the length may come from a metamethod, and
 * be anything. */
static void stdlib_charge_moves(lua_State *L, lua_Integer from, lua_Integer to) {
    if (to <= from) return;
    uint64_t count = (uint64_t)to - (uint64_t)from;
    if (count > drill_sandbox_left(drill_sandbox_script(L))) drill_sandbox_spent(L);
    drill_sandbox_charge(L, count);
}

static int stdlib_table_move(lua_State *L) {
    stdlib_charge_moves(L, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3));
    return stdlib_call_own(L, "move");
}

static int stdlib_table_insert(lua_State *L) {
    if (lua_istable(L, 1) && lua_gettop(L) == 3 && lua_isinteger(L, 2)) {
        stdlib_charge_moves(L, lua_tointeger(L, 2), luaL_len(L, 1));
    }
    return stdlib_call_own(L, "insert");
}

static int stdlib_table_remove(lua_State *L) {
    if (lua_istable(L, 1) && lua_isinteger(L, 2)) {
        stdlib_charge_moves(L, lua_tointeger(L, 2), luaL_len(L, 1));
    }
    return stdlib_call_own(L, "remove");
}

static int stdlib_print(lua_State *L) {
    const DrillScript *script = drill_sandbox_script(L);
    int count = lua_gettop(L);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&text, '\t');
        drill_sandbox_tostring(L, i);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    size_t length;
    const char *line = lua_tolstring(L, -1, &length);
    if (script->world) drill_world_log(script->world, drill_span(line, length));
    return 0;
}

/* --- errors that may not be caught: a spent budget, a spent memory, a failed expectation --- */

static int stdlib_pcall_end(lua_State *L, int status, lua_KContext extra) {
    DrillScript *script = drill_sandbox_script(L);
    if (status == LUA_ERRMEM) script->dying = true;
    if (status != LUA_OK && status != LUA_YIELD) {
        if (script->dying) {
            if (status == LUA_ERRMEM) drill_sandbox_memory_spent(L);
            lua_error(L);
        }
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)extra;
}

static int stdlib_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, stdlib_pcall_end);
    return stdlib_pcall_end(L, status, 0);
}

/* upvalue: the handler. A spent budget is found by the hook, and Lua calls the handler from there,
 * where no hook counts any more: it could run for ever. */
static int stdlib_handle(lua_State *L) {
    if (drill_sandbox_script(L)->dying) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int stdlib_xpcall(lua_State *L) {
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, stdlib_handle, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* f, handler, true, f, arguments */
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, stdlib_pcall_end);
    return stdlib_pcall_end(L, status, 2);
}

static int stdlib_setmetatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        drill_lua_fail(L, "setmetatable: cannot change a protected metatable");
    }
    static const char *const refused[] = {"__gc", "__mode"};
    for (size_t i = 0; type == LUA_TTABLE && i < DRILL_ARRAY_COUNT(refused); i++) {
        lua_pushstring(L, refused[i]);
        if (lua_rawget(L, 2) != LUA_TNIL) {
            drill_lua_fail(L,
                           "setmetatable: %s is not allowed: when memory is reclaimed differs "
                           "from run to run",
                           refused[i]);
        }
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* load: text only; never bytecode, never a reader function. */
static int stdlib_load(lua_State *L) {
    size_t length;
    if (lua_type(L, 1) != LUA_TSTRING) {
        drill_lua_fail(L, "load: expected a text, got a %s", luaL_typename(L, 1));
    }
    const char *text = lua_tolstring(L, 1, &length);
    const char *name = luaL_optstring(L, 2, "=load");
    if (luaL_loadbufferx(L, text, length, name, "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (lua_gettop(L) > 4 || !lua_isnoneornil(L, 4)) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

static void stdlib_wrap(lua_State *L, const char *table, const char *name, lua_CFunction wrapper) {
    lua_getglobal(L, table);
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void drill_sandbox_install_stdlib(lua_State *L) {
    static const luaL_Reg functions[] = {{"pairs", stdlib_pairs},
                                         {"next", stdlib_next},
                                         {"tostring", stdlib_tostring},
                                         {"print", stdlib_print},
                                         {"pcall", stdlib_pcall},
                                         {"xpcall", stdlib_xpcall},
                                         {"setmetatable", stdlib_setmetatable},
                                         {"load", stdlib_load},
                                         {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    stdlib_wrap(L, "string", "format", stdlib_format);
    stdlib_wrap(L, "string", "rep", stdlib_rep);
    stdlib_wrap(L, "table", "move", stdlib_table_move);
    stdlib_wrap(L, "table", "insert", stdlib_table_insert);
    stdlib_wrap(L, "table", "remove", stdlib_table_remove);
    /* The metatable of strings is shared by everybody: keep it out of reach. */
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}
