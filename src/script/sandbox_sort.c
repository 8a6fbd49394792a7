/* table.sort as a stable merge sort: Lua's own leaves equal elements in an order seeded by the
 * clock. */
#include "script/sandbox.h"

/* Stack during the sort: 1 the table, 2 the comparison or nil, 3 and 4 the two halves of the work.
 */
enum { SORT_FUNCTION = 2, SORT_FROM = 3, SORT_TO = 4 };

/* Is element b smaller than element a? Both at the top: ... a b. Pops nothing. */
static bool sort_second_first(lua_State *L) {
    if (lua_isnil(L, SORT_FUNCTION)) return lua_compare(L, -1, -2, LUA_OPLT) != 0;
    lua_pushvalue(L, SORT_FUNCTION);
    lua_pushvalue(L, -2); /* b */
    lua_pushvalue(L, -4); /* a */
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return result;
}

static void sort_merge(lua_State *L, lua_Integer low, lua_Integer middle, lua_Integer high) {
    lua_Integer left = low, right = middle;
    for (lua_Integer out = low; out < high; out++) {
        bool take_right = left >= middle;
        if (left < middle && right < high) {
            lua_rawgeti(L, SORT_FROM, left);
            lua_rawgeti(L, SORT_FROM, right);
            take_right = sort_second_first(L);
            lua_pop(L, 2);
        }
        lua_rawgeti(L, SORT_FROM, take_right ? right++ : left++);
        lua_rawseti(L, SORT_TO, out);
    }
}

static int sort_table(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_Integer count = luaL_len(L, 1);
    luaL_argcheck(L, count < INT32_MAX, 1, "array too big");
    if (count < 2) return 0;
    lua_createtable(L, (int)count, 0);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        lua_rawseti(L, SORT_FROM, i);
    }
    for (lua_Integer width = 1; width < count; width *= 2) {
        drill_sandbox_charge(L, (uint64_t)count);
        for (lua_Integer low = 1; low <= count; low += 2 * width) {
            lua_Integer middle = low + width <= count ? low + width : count + 1;
            lua_Integer high = low + 2 * width <= count ? low + 2 * width : count + 1;
            sort_merge(L, low, middle, high);
        }
        lua_insert(L, SORT_FROM); /* the two halves change places */
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, SORT_FROM, i);
        lua_seti(L, 1, i);
    }
    return 0;
}

void drill_sandbox_install_sort(lua_State *L) {
    lua_getglobal(L, "table");
    lua_pushcfunction(L, sort_table);
    lua_setfield(L, -2, "sort");
    lua_pop(L, 1);
}
