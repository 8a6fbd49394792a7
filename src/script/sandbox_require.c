/* Reading the suite's files: the scenario itself and what it requires. Only while a file is loaded,
 * never during a run. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/sandbox.h"

static void source_read(lua_State *L, FILE *stream, const char *file, DrillBuffer *out) {
    uint8_t block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, stream)) > 0) {
        if (out->size + got > DRILL_SCRIPT_FILE_BYTES_MAX) {
            fclose(stream);
            drill_buffer_release(out);
            drill_lua_fail(L, "cannot read '%s': larger than 4 MiB", file);
        }
        drill_buffer_put(out, block, got);
    }
    bool failed = ferror(stream) != 0;
    fclose(stream);
    if (failed) {
        drill_buffer_release(out);
        drill_lua_fail(L, "cannot read '%s'", file);
    }
}

static void source_add_file(lua_State *L, DrillScript *script, const char *file) {
    if (script->file_count >= DRILL_SCRIPT_FILES_MAX) {
        drill_lua_fail(L, "more than %u files are required", DRILL_SCRIPT_FILES_MAX);
    }
    script->files[script->file_count++] = drill_copy_string(script->allocator, file);
}

void drill_sandbox_load_file(lua_State *L, const char *file) {
    DrillScript *script = drill_sandbox_script(L);
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s%s", script->path_prefix, file);
    if (length < 0 || (size_t)length >= sizeof path) drill_lua_fail(L, "path too long");
    source_add_file(L, script, file);
    FILE *stream = fopen(path, "rb");
    if (!stream && script->file_count == 1) drill_lua_fail(L, "cannot open: %s", strerror(errno));
    if (!stream) drill_lua_fail(L, "cannot open '%s': %s", file, strerror(errno));
    DrillBuffer text = {.allocator = script->allocator};
    source_read(L, stream, file, &text);
    drill_sha256_add(&script->sha, drill_buffer_span(&text));
    char name[PATH_MAX + 1];
    snprintf(name, sizeof name, "@%s", file);
    const char *bytes = text.data ? (const char *)text.data : "";
    size_t skip = 0;
    if (text.size >= 2 && bytes[0] == '#') { /* "#!": keeps the line numbers */
        while (skip < text.size && bytes[skip] != '\n')
            skip++;
    }
    int status = luaL_loadbufferx(L, bytes + skip, text.size - skip, name, "t");
    drill_buffer_release(&text);
    if (status != LUA_OK) lua_error(L);
}

/* "lib.helpers" or "lib/helpers" into "lib/helpers.lua". */
static void require_file_name(lua_State *L, const char *name, char *out, size_t size) {
    size_t length = strlen(name);
    bool bad = length == 0 || name[0] == '/' || strstr(name, "..") || length + 5 > size;
    for (size_t i = 0; i < length && !bad; i++) {
        char c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bad = !letter && !strchr("_-./", c);
    }
    if (bad) {
        drill_lua_fail(L,
                       "require: '%s' is not a name inside the suite's folder, "
                       "such as \"lib.helpers\" for lib/helpers.lua",
                       name);
    }
    if (length > 4 && strcmp(name + length - 4, ".lua") == 0) length -= 4;
    for (size_t i = 0; i < length; i++)
        out[i] = name[i] == '.' ? '/' : name[i];
    snprintf(out + length, size - length, ".lua");
}

/* Follows symbolic links: the file must really lie below the suite's folder. */
static void require_check_place(lua_State *L, const DrillScript *script, const char *file) {
    char path[PATH_MAX], root[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof path, "%s%s", script->path_prefix, file);
    const char *folder = script->path_prefix[0] ? script->path_prefix : ".";
    if (!realpath(folder, root)) drill_lua_fail(L, "require: cannot find the suite's folder");
    if (!realpath(path, real)) {
        drill_lua_fail(L, "require: there is no file '%s' in the suite's folder", file);
    }
    size_t length = strlen(root);
    bool inside =
        strcmp(root, "/") == 0 || (strncmp(real, root, length) == 0 && real[length] == '/');
    if (!inside) drill_lua_fail(L, "require: '%s' leads out of the suite's folder", file);
}

void drill_sandbox_read_file(lua_State *L, const char *file, DrillBuffer *out) {
    DrillScript *script = drill_sandbox_script(L);
    char path[PATH_MAX];
    if (script->state != DRILL_SCRIPT_LOADING) {
        drill_lua_fail(L, "'%s': files are read only while the scenario is loaded, not inside run",
                       file);
    }
    if (file[0] == '\0' || file[0] == '/' || strstr(file, "..") || strlen(file) > 200) {
        drill_lua_fail(L, "'%.60s' is not the name of a file inside the suite's folder", file);
    }
    require_check_place(L, script, file);
    snprintf(path, sizeof path, "%s%s", script->path_prefix, file);
    source_add_file(L, script, file);
    FILE *stream = fopen(path, "rb");
    if (!stream) drill_lua_fail(L, "cannot open '%s': %s", file, strerror(errno));
    source_read(L, stream, file, out);
    drill_sha256_add(&script->sha, drill_buffer_span(out));
}

static int sandbox_require(lua_State *L) {
    DrillScript *script = drill_sandbox_script(L);
    if (lua_type(L, 1) != LUA_TSTRING) {
        drill_lua_fail(L, "require: expected the name of a file, got a %s", luaL_typename(L, 1));
    }
    lua_settop(L, 1);
    if (script->state != DRILL_SCRIPT_LOADING) {
        drill_lua_fail(L, "require: only while the file is loaded, not inside run");
    }
    char file[256];
    require_file_name(L, lua_tostring(L, 1), file, sizeof file);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "drill.required");
    if (lua_getfield(L, 2, file) == LUA_TBOOLEAN && !lua_toboolean(L, -1)) {
        drill_lua_fail(L, "require: '%s' requires itself", file);
    }
    if (!lua_isnil(L, 3)) return 1;
    lua_settop(L, 2);
    require_check_place(L, script, file);
    lua_pushboolean(L, 0);
    lua_setfield(L, 2, file);
    drill_sandbox_load_file(L, file);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1) || (lua_isboolean(L, -1) && !lua_toboolean(L, -1))) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, file);
    return 1;
}

void drill_sandbox_install_require(lua_State *L) {
    lua_pushcfunction(L, sandbox_require);
    lua_setglobal(L, "require");
}
