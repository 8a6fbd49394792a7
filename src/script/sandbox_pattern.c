/* string.find, match, gmatch and gsub on the counted matcher of pattern.h. */
#include <string.h>

#include "script/pattern.h"

static DrillSpan pattern_argument(lua_State *L, int index) {
    size_t size;
    const char *text = luaL_checklstring(L, index, &size);
    return drill_span(text, size);
}

/* Pushes capture `index`; the whole match stands for the first one when there is none. */
static void pattern_push_capture(DrillMatch *match, int index, const char *start, const char *end) {
    if (index >= match->captures) {
        if (index != 0) drill_lua_fail(match->L, "there is no capture %%%d", index + 1);
        lua_pushlstring(match->L, start, (size_t)(end - start));
        return;
    }
    const DrillCapture *capture = &match->capture[index];
    if (capture->kind == DRILL_CAPTURE_OPEN) {
        drill_lua_fail(match->L, "malformed pattern ('(' without ')')");
    }
    if (capture->kind == DRILL_CAPTURE_POSITION) {
        lua_pushinteger(match->L, (lua_Integer)(capture->start - match->subject) + 1);
        return;
    }
    lua_pushlstring(match->L, capture->start, capture->length);
}

/* `whole`: the whole match is given when the pattern has no captures. */
static int pattern_push_captures(DrillMatch *match, const char *start, const char *end,
                                 bool whole) {
    int count = match->captures == 0 && whole ? 1 : match->captures;
    luaL_checkstack(match->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        pattern_push_capture(match, i, start, end);
    return count;
}

static size_t pattern_start(lua_State *L, int index, size_t size) {
    lua_Integer start = luaL_optinteger(L, index, 1);
    if (start > 0) return (size_t)start - 1;
    if (start == 0 || start < -(lua_Integer)size) return 0;
    return (size_t)((lua_Integer)size + start);
}

static bool pattern_is_plain(DrillSpan pattern) {
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] != '\0' && strchr("^$*+?.([%-", pattern.data[i])) return false;
    }
    return true;
}

static int pattern_find_plain(lua_State *L, DrillSpan subject, DrillSpan wanted, size_t start) {
    uint64_t steps = 0;
    for (size_t at = start; at + wanted.size <= subject.size; at++) {
        steps++;
        if (wanted.size > 0 && memcmp(subject.data + at, wanted.data, wanted.size) != 0) continue;
        lua_pushinteger(L, (lua_Integer)at + 1);
        lua_pushinteger(L, (lua_Integer)(at + wanted.size));
        return 2;
    }
    drill_sandbox_charge(L, steps / 8);
    lua_pushnil(L);
    return 1;
}

static int pattern_search(lua_State *L, bool find) {
    DrillSpan subject = pattern_argument(L, 1), pattern = pattern_argument(L, 2);
    size_t start = pattern_start(L, 3, subject.size);
    if (start > subject.size) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || pattern_is_plain(pattern))) {
        return pattern_find_plain(L, subject, pattern, start);
    }
    DrillMatch match;
    drill_match_init(&match, L, subject, pattern);
    const char *text = (const char *)pattern.data;
    bool anchored = pattern.size > 0 && *text == '^';
    const char *at = match.subject + start;
    do {
        const char *end = drill_match_at(&match, at, text + (anchored ? 1 : 0));
        if (!end) continue;
        drill_match_pay(&match);
        if (!find) return pattern_push_captures(&match, at, end, true);
        lua_pushinteger(L, (lua_Integer)(at - match.subject) + 1);
        lua_pushinteger(L, (lua_Integer)(end - match.subject));
        return 2 + pattern_push_captures(&match, at, end, false);
    } while (at++ < match.subject_end && !anchored);
    drill_match_pay(&match);
    lua_pushnil(L);
    return 1;
}

static int pattern_find(lua_State *L) {
    return pattern_search(L, true);
}

static int pattern_match(lua_State *L) {
    return pattern_search(L, false);
}

/* upvalues: subject, pattern, offset to go on at, end of the last match or -1. */
static int pattern_gmatch_step(lua_State *L) {
    DrillSpan subject = pattern_argument(L, lua_upvalueindex(1));
    DrillSpan pattern = pattern_argument(L, lua_upvalueindex(2));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    DrillMatch match;
    drill_match_init(&match, L, subject, pattern);
    const char *at = match.subject + lua_tointeger(L, lua_upvalueindex(3));
    for (; at <= match.subject_end; at++) {
        const char *end = drill_match_at(&match, at, (const char *)pattern.data);
        if (!end || end - match.subject == last) continue;
        lua_pushinteger(L, (lua_Integer)(end - match.subject));
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        drill_match_pay(&match);
        return pattern_push_captures(&match, at, end, true);
    }
    lua_pushinteger(L, (lua_Integer)subject.size + 1);
    lua_replace(L, lua_upvalueindex(3));
    drill_match_pay(&match);
    return 0;
}

static int pattern_gmatch(lua_State *L) {
    DrillSpan subject = pattern_argument(L, 1);
    pattern_argument(L, 2);
    size_t start = pattern_start(L, 3, subject.size);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > subject.size ? subject.size + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, pattern_gmatch_step, 4);
    return 1;
}

/* --- gsub --- */

static void gsub_add_text(DrillMatch *match, luaL_Buffer *out, const char *start, const char *end) {
    lua_State *L = match->L;
    size_t size;
    const char *text = lua_tolstring(L, 3, &size);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '%') {
            luaL_addchar(out, text[i]);
            continue;
        }
        char next = ++i < size ? text[i] : '\0';
        if (next == '%') {
            luaL_addchar(out, '%');
        } else if (next == '0') {
            luaL_addlstring(out, start, (size_t)(end - start));
        } else if (next >= '1' && next <= '9') {
            pattern_push_capture(match, next - '1', start, end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(out);
        } else {
            drill_lua_fail(L, "string.gsub: invalid use of '%%' in the replacement");
        }
    }
}

static void gsub_add(DrillMatch *match, luaL_Buffer *out, const char *start, const char *end) {
    lua_State *L = match->L;
    int type = lua_type(L, 3);
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, pattern_push_captures(match, start, end, true), 1);
    } else if (type == LUA_TTABLE) {
        pattern_push_capture(match, 0, start, end);
        lua_gettable(L, 3);
    } else {
        gsub_add_text(match, out, start, end);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, start, (size_t)(end - start));
        return;
    }
    if (!lua_isstring(L, -1)) {
        drill_lua_fail(L, "string.gsub: the replacement is a %s instead of a text",
                       luaL_typename(L, -1));
    }
    luaL_addvalue(out);
}

static int pattern_gsub(lua_State *L) {
    DrillSpan subject = pattern_argument(L, 1), pattern = pattern_argument(L, 2);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)subject.size + 1);
    lua_settop(L, 4);
    DrillMatch match;
    drill_match_init(&match, L, subject, pattern);
    const char *text = (const char *)pattern.data;
    bool anchored = pattern.size > 0 && *text == '^';
    const char *at = match.subject, *last = NULL;
    lua_Integer count = 0;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    while (count < most) {
        const char *end = drill_match_at(&match, at, text + (anchored ? 1 : 0));
        drill_match_pay(&match);
        if (end && end != last) {
            count++;
            gsub_add(&match, &out, at, end);
            match.steps_max = drill_sandbox_left(drill_sandbox_script(L));
            at = last = end;
        } else if (at < match.subject_end) {
            luaL_addchar(&out, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&out, at, (size_t)(match.subject_end - at));
    luaL_pushresult(&out);
    lua_pushinteger(L, count);
    return 2;
}

void drill_sandbox_install_patterns(lua_State *L) {
    static const luaL_Reg functions[] = {{"find", pattern_find},
                                         {"match", pattern_match},
                                         {"gmatch", pattern_gmatch},
                                         {"gsub", pattern_gsub},
                                         {NULL, NULL}};
    lua_getglobal(L, "string");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
