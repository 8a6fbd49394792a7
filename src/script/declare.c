/* Loading only the declarations of a file, in a state that is thrown away. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "script/load.h"
#include "script/scenario.h"

/* Lua's memory, what C copies for it, and some room. */
#define DECLARE_ARENA_BYTES ((size_t)512 * 1024 * 1024)

typedef struct DrillDeclaration {
    DrillScript *script;
    DrillAllocator allocator; /* of the suite */
    const char *path;
    const char *file;
    DrillScenario *scenarios;
    size_t count;
} DrillDeclaration;

static const char *const *declare_copy_list(DrillAllocator allocator, const char **list,
                                            size_t count) {
    if (count == 0) return NULL;
    const char **copy = DRILL_NEW_ARRAY(allocator, const char *, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = drill_copy_string(allocator, list[i]);
    return copy;
}

static const char *declare_id(const DrillDeclaration *declaration, const char *local) {
    DrillBuffer id = {.allocator = declaration->allocator};
    size_t length = strlen(declaration->file);
    if (length > 4 && strcmp(declaration->file + length - 4, ".lua") == 0) length -= 4;
    drill_buffer_put(&id, declaration->file, length);
    if (local) drill_buffer_print(&id, "/%s", local);
    const char *copy = drill_copy_string(declaration->allocator, drill_buffer_cstring(&id));
    drill_buffer_release(&id);
    return copy;
}

static void declare_fill(const DrillDeclaration *declaration, const DrillScenarioTable *table,
                         size_t index, DrillScenario *out) {
    DrillAllocator allocator = declaration->allocator;
    out->id = declare_id(declaration, table->id);
    out->path = drill_copy_string(allocator, declaration->path);
    out->relative_path = out->path + strlen(declaration->path) - strlen(declaration->file);
    out->title = drill_copy_string(allocator, table->title);
    out->clauses = declare_copy_list(allocator, table->clauses, table->clause_count);
    out->clause_count = table->clause_count;
    out->tags = declare_copy_list(allocator, table->tags, table->tag_count);
    out->tag_count = table->tag_count;
    out->requires_ = declare_copy_list(allocator, table->features, table->feature_count);
    out->requires_count = table->feature_count;
    out->missing = table->missing; /* static storage */
    out->recommended = table->recommended;
    out->v311 = table->v311;
    out->v50 = table->v50;
    out->sim_only = !table->live;
    out->live_only = !table->sim;
    out->slow = table->slow;
    out->configures_broker = table->configures_broker;
    out->topics_absolute = table->topics_absolute;
    out->settings = table->settings ? drill_copy_string(allocator, table->settings) : NULL;
    out->needs_scram = table->authentication.method == DRILL_METHOD_SCRAM;
    out->index = index;
}

/* Protected; light userdata: the declaration. */
static int declare_protected(lua_State *L) {
    DrillDeclaration *declaration = lua_touserdata(L, 1);
    drill_load_chunk(L, declaration->file);
    size_t count = drill_scenario_count(L, -1);
    int returned = lua_gettop(L);
    declaration->scenarios = DRILL_NEW_ARRAY(declaration->allocator, DrillScenario, count);
    for (size_t i = 0; i < count; i++) {
        DrillScenarioTable table;
        drill_scenario_push_at(L, returned, i);
        drill_scenario_read(L, -1, &table);
        declare_fill(declaration, &table, i, &declaration->scenarios[i]);
        lua_settop(L, returned);
    }
    declaration->count = count;
    return 0;
}

/* The part of the path below the suite's folder. */
static const char *declare_file(const char *path, const char *suite_root) {
    size_t length = strlen(suite_root);
    while (length > 1 && suite_root[length - 1] == '/')
        length--;
    if (length > 0 && strncmp(path, suite_root, length) == 0 && path[length] == '/') {
        const char *file = path + length;
        while (*file == '/')
            file++;
        return file;
    }
    bool here = length == 0 || strcmp(suite_root, ".") == 0;
    if (here && path[0] != '/') return path[0] == '.' && path[1] == '/' ? path + 2 : path;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

DrillResult drill_script_declare(const char *path, const char *suite_root, DrillAllocator allocator,
                                 DrillScenario **out, size_t *count, DrillDiagnostic *diagnostic) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, DECLARE_ARENA_BYTES);
    if (!arena) return drill_diagnose(diagnostic, DRILL_IO, "%s: no memory", path);
    DrillScriptLimits limits = {0, 0};
    DrillScript *script =
        drill_load_new(arena, path, declare_file(path, suite_root ? suite_root : ""), limits);
    DrillDeclaration declaration = {
        .script = script, .allocator = allocator, .path = path, .file = script->file};
    DrillResult result = drill_load_protected(script, declare_protected, &declaration, diagnostic);
    *out = result == DRILL_OK ? declaration.scenarios : NULL;
    *count = result == DRILL_OK ? declaration.count : 0;
    drill_arena_free(arena);
    return result;
}
