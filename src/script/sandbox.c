#include "script/sandbox.h"

#include <inttypes.h>
#include <lualib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

DrillScript *drill_sandbox_script(lua_State *L) {
    return *(DrillScript **)lua_getextraspace(L);
}

static void *sandbox_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    const DrillScript *script = context;
    /* For a new block Lua passes a type tag where the size would be. */
    return script->lua_memory.resize(script->lua_memory.context, block, block ? old_size : 0,
                                     new_size);
}

/* --- places and errors --- */

static const char *sandbox_known_file(const DrillScript *script, const char *source) {
    for (size_t i = 0; i < script->file_count; i++) {
        if (source[0] == '@' && strcmp(source + 1, script->files[i]) == 0) return script->files[i];
    }
    return NULL;
}

/* `file` is NULL when no line of the suite is on the stack. */
static DrillPlace sandbox_place_of(const DrillScript *script, lua_State *L) {
    DrillPlace place = {NULL, 0};
    lua_Debug frame;
    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline <= 0) continue;
        place.file = sandbox_known_file(script, frame.source); /* else: text given to load() */
        place.line = (uint32_t)frame.currentline;
        if (place.file) return place;
    }
    return (DrillPlace){NULL, 0};
}

DrillPlace drill_lua_place(lua_State *L) {
    const DrillScript *script = drill_sandbox_script(L);
    DrillPlace place = sandbox_place_of(script, L);
    if (!place.file) place.file = script->file;
    return place;
}

_Noreturn void drill_lua_fail(lua_State *L, const char *format, ...) {
    DrillPlace place = drill_lua_place(L);
    char text[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (place.line > 0) {
        lua_pushfstring(L, "%s:%d: %s", place.file, (int)place.line, text);
    } else {
        lua_pushfstring(L, "%s: %s", place.file, text);
    }
    lua_error(L);
    drill_assert_failed("lua_error returned", __FILE__, __LINE__);
}

/* Text positions begin with a file of the suite; the user gave a longer path. */
static bool sandbox_starts_with_file(const DrillScript *script, const char *text) {
    for (size_t i = 0; i < script->file_count; i++) {
        size_t length = strlen(script->files[i]);
        if (strncmp(text, script->files[i], length) == 0 && text[length] == ':') return true;
    }
    return false;
}

static void sandbox_memory_text(const DrillScript *script, char *out, size_t size) {
    size_t bytes = script->limits.memory_bytes_max;
    const size_t mib = (size_t)1024 * 1024;
    if (bytes % mib == 0) {
        snprintf(out, size, "memory limit of %zu MiB reached", bytes / mib);
    } else {
        snprintf(out, size, "memory limit of %zu bytes reached", bytes);
    }
}

_Noreturn void drill_sandbox_memory_spent(lua_State *L) {
    char reason[80];
    drill_sandbox_script(L)->dying = true;
    sandbox_memory_text(drill_sandbox_script(L), reason, sizeof reason);
    drill_lua_fail(L, "%s", reason);
}

static void sandbox_add_callers(const DrillScript *script, lua_State *from, const char *prefix,
                                DrillDiagnostic *out) {
    DrillPlace places[6];
    size_t count = 0;
    lua_Debug frame;
    for (int level = 0; count < 6 && lua_getstack(from, level, &frame); level++) {
        lua_getinfo(from, "Sl", &frame);
        const char *file = frame.currentline > 0 ? sandbox_known_file(script, frame.source) : NULL;
        if (!file) continue;
        places[count++] = (DrillPlace){file, (uint32_t)frame.currentline};
    }
    for (size_t i = 1; i < count; i++) {
        size_t used = strlen(out->text);
        snprintf(out->text + used, sizeof out->text - used, "\n    called from %s%s:%" PRIu32,
                 prefix, places[i].file, places[i].line);
    }
}

/* error() with something else than a text; nothing may be allocated or called now. */
static void sandbox_value_text(lua_State *from, char *out, size_t size) {
    char value[60];
    snprintf(value, sizeof value, "a %s", luaL_typename(from, -1));
    if (lua_isinteger(from, -1))
        snprintf(value, sizeof value, "%" PRId64, (int64_t)lua_tointeger(from, -1));
    else if (lua_isboolean(from, -1))
        snprintf(value, sizeof value, "%s", lua_toboolean(from, -1) ? "true" : "false");
    else if (lua_isnil(from, -1))
        snprintf(value, sizeof value, "nothing");
    snprintf(out, size, "error raised with %s; expected a text that says what is wrong", value);
}

static void sandbox_describe(const DrillScript *script, lua_State *from, int status,
                             const char *prefix, DrillDiagnostic *out) {
    char text[900];
    if (status == LUA_ERRMEM) {
        /* Lua's own message has no position, and nothing may be allocated now. */
        DrillPlace place = sandbox_place_of(script, from);
        char reason[80];
        sandbox_memory_text(script, reason, sizeof reason);
        if (place.file) {
            snprintf(text, sizeof text, "%s:%" PRIu32 ": %s", place.file, place.line, reason);
        } else {
            snprintf(text, sizeof text, "%s: %s", script->file, reason);
        }
    } else if (lua_type(from, -1) == LUA_TSTRING) {
        snprintf(text, sizeof text, "%s", lua_tostring(from, -1));
    } else {
        sandbox_value_text(from, text, sizeof text);
    }
    DrillPlace place = {NULL, 0};
    if (!sandbox_starts_with_file(script, text)) place = sandbox_place_of(script, from);
    if (sandbox_starts_with_file(script, text)) {
        (void)drill_diagnose(out, DRILL_INVALID, "%s%s", prefix, text);
    } else if (place.file) {
        (void)drill_diagnose(out, DRILL_INVALID, "%s%s:%" PRIu32 ": %s", prefix, place.file,
                             place.line, text);
    } else {
        (void)drill_diagnose(out, DRILL_INVALID, "%s%s: %s", prefix, script->file, text);
    }
    sandbox_add_callers(script, from, prefix, out);
}

void drill_sandbox_broke(DrillScript *script, lua_State *from, int status) {
    script->state = DRILL_SCRIPT_BROKEN;
    sandbox_describe(script, from, status, "", &script->broken);
    sandbox_describe(script, from, status, script->path_prefix, &script->broken_as_given);
}

/* --- the budget --- */

uint64_t drill_sandbox_left(const DrillScript *script) {
    uint64_t max = script->limits.instructions_max;
    return script->instructions >= max ? 0 : max - script->instructions;
}

_Noreturn void drill_sandbox_spent(lua_State *L) {
    DrillScript *script = drill_sandbox_script(L);
    script->dying = true;
    drill_lua_fail(L, "instruction budget of %" PRIu64 " exceeded",
                   script->limits.instructions_max);
}

void drill_sandbox_charge(lua_State *L, uint64_t steps) {
    DrillScript *script = drill_sandbox_script(L);
    script->instructions += steps;
    if (script->instructions > script->limits.instructions_max) drill_sandbox_spent(L);
}

static void sandbox_hook(lua_State *L, lua_Debug *frame) {
    (void)frame;
    drill_sandbox_charge(L, DRILL_SCRIPT_HOOK_EVERY);
}

/* --- the library --- */

static void sandbox_remove(lua_State *L, const char *table, const char *const *names) {
    lua_getglobal(L, table);
    for (; *names; names++) {
        lua_pushnil(L);
        lua_setfield(L, -2, *names);
    }
    lua_pop(L, 1);
}

static int sandbox_setup(lua_State *L) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},        {LUA_TABLIBNAME, luaopen_table},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},
        {LUA_UTF8LIBNAME, luaopen_utf8},  {NULL, NULL}};
    static const char *const base[] = {"collectgarbage", "dofile", "loadfile",
                                       "loadstring",     "warn",   NULL};
    static const char *const math[] = {"random", "randomseed", NULL};
    static const char *const string[] = {"dump", NULL};
    for (const luaL_Reg *library = libraries; library->name; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        lua_pop(L, 1);
    }
    sandbox_remove(L, LUA_GNAME, base);
    sandbox_remove(L, LUA_MATHLIBNAME, math);
    sandbox_remove(L, LUA_STRLIBNAME, string);
    drill_sandbox_install_stdlib(L);
    drill_sandbox_install_sort(L);
    drill_sandbox_install_patterns(L);
    drill_sandbox_install_require(L);
    return 0;
}

bool drill_sandbox_open(DrillScript *script) {
    lua_State *L = lua_newstate(sandbox_allocate, script);
    if (!L) return false;
    *(DrillScript **)lua_getextraspace(L) = script;
    script->L = L;
    lua_pushcfunction(L, sandbox_setup);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        drill_sandbox_close(script);
        return false;
    }
    lua_sethook(L, sandbox_hook, LUA_MASKCOUNT, DRILL_SCRIPT_HOOK_EVERY);
    return true;
}

void drill_sandbox_close(DrillScript *script) {
    if (script->L) lua_close(script->L);
    script->L = NULL;
}
