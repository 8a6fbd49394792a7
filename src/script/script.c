/* A scenario bound to a world. */
#include "script/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "script/load.h"
#include "script/lua_api.h"
#include "script/scenario.h"

/* --- loading --- */

DrillScript *drill_load_new(DrillArena *arena, const char *path, const char *file,
                            DrillScriptLimits limits) {
    DrillAllocator allocator = drill_arena_allocator(arena);
    DrillScript *script = DRILL_NEW(allocator, DrillScript);
    script->arena = arena;
    script->allocator = allocator;
    script->limits = limits;
    if (script->limits.instructions_max == 0)
        script->limits.instructions_max = DRILL_SCRIPT_INSTRUCTIONS_DEFAULT;
    if (script->limits.memory_bytes_max == 0)
        script->limits.memory_bytes_max = DRILL_SCRIPT_MEMORY_DEFAULT;
    script->lua_memory = drill_arena_limited(arena, script->limits.memory_bytes_max);
    char *prefix = drill_copy_string(allocator, path);
    prefix[strlen(path) - strlen(file)] = '\0';
    script->path_prefix = prefix;
    script->file = drill_copy_string(allocator, file);
    script->run_id = "";
    drill_sha256_init(&script->sha);
    return script;
}

/* While the stack of the error still stands. */
static int load_error(lua_State *L) {
    drill_sandbox_broke(drill_sandbox_script(L), L, LUA_ERRRUN);
    return 1;
}

DrillResult drill_load_protected(DrillScript *script, lua_CFunction function, void *argument,
                                 DrillDiagnostic *diagnostic) {
    if (!drill_sandbox_open(script)) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "%s%s: memory limit of %zu bytes reached",
                              script->path_prefix, script->file, script->limits.memory_bytes_max);
    }
    lua_pushcfunction(script->L, load_error);
    lua_pushcfunction(script->L, function);
    lua_pushlightuserdata(script->L, argument);
    int status = lua_pcall(script->L, 1, 0, 1);
    if (status == LUA_OK) {
        lua_settop(script->L, 0);
        return DRILL_OK;
    }
    if (status != LUA_ERRRUN) drill_sandbox_broke(script, script->L, status);
    return drill_diagnose(diagnostic, DRILL_INVALID, "%s", script->broken_as_given.text);
}

void drill_load_chunk(lua_State *L, const char *file) {
    drill_api_register(L);
    drill_scenario_register(L);
    drill_sandbox_load_file(L, file);
    lua_call(L, 0, 1);
}

static void script_hash(DrillScript *script) {
    uint8_t digest[32];
    drill_sha256_finish(&script->sha, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(script->sha256_hex + 2 * i, 3, "%02x", digest[i]);
}

typedef struct DrillLoading {
    DrillScript *script;
    size_t index;
} DrillLoading;

/* Protected. Leaves the run function in the registry. */
static int script_load_protected(lua_State *L) {
    DrillLoading *loading = lua_touserdata(L, 1);
    DrillScript *script = loading->script;
    drill_load_chunk(L, script->file);
    size_t count = drill_scenario_count(L, -1);
    if (loading->index >= count) drill_lua_fail(L, "the file returned only %zu scenarios", count);
    drill_scenario_push_at(L, -1, loading->index);
    drill_scenario_read(L, -1, &script->table);
    lua_getfield(L, -1, "run");
    lua_setfield(L, LUA_REGISTRYINDEX, "drill.run");
    return 0;
}

DrillResult drill_script_load(const DrillScriptOptions *options, DrillScript **out,
                              DrillDiagnostic *diagnostic) {
    const char *path = options->scenario->path;
    const char *file = options->scenario->relative_path;
    if (!file) file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    DrillScript *script = drill_load_new(options->arena, path, file, options->limits);
    script->run_id = drill_copy_string(script->allocator, options->run_id ? options->run_id : "");
    script->defects = options->defects;
    script->has_link_override = options->link_override != NULL;
    if (options->link_override) script->link_override = *options->link_override;
    script->tcp_override = options->tcp_override;
    DrillLoading loading = {script, options->scenario->index};
    *out = NULL;
    DrillResult result = drill_load_protected(script, script_load_protected, &loading, diagnostic);
    if (result != DRILL_OK) return result;
    if (script->table.authentication.method == DRILL_METHOD_SCRAM && drill_world_scram_missing())
        return drill_diagnose(diagnostic, DRILL_INVALID, "%s: broker: SCRAM-SHA-256: %s", path,
                              drill_world_scram_missing());
    /* Settings of the link are overridden, not what the scenario is about. */
    script->link_override.datagram = script->table.link.datagram;
    script_hash(script);
    *out = script;
    return DRILL_OK;
}

DrillWorldLink drill_script_link(const DrillScript *script) {
    DrillWorldLink link = script->has_link_override ? script->link_override : script->table.link;
    link.tcp = script->tcp_override != NULL ? script->tcp_override : script->table.link.tcp;
    return link;
}

void drill_script_configure(const DrillScript *script, DrillWorldOptions *world) {
    world->link = drill_script_link(script);
    world->broker = script->table.broker;
    world->broker.defects = script->defects;
    world->authentication = script->table.authentication;
    world->client_defects = script->defects;
    world->limit_ns = script->table.limit_ns;
}

const char *drill_script_sha256(const DrillScript *script) {
    return script->sha256_hex;
}

/* --- running --- */

/* Protected. */
static int script_start_protected(lua_State *L) {
    DrillScript *script = drill_sandbox_script(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "drill.run");
    drill_lua_t_push(L, script);
    drill_task_new(script, L, 1, NULL);
    return 0;
}

void drill_script_start(DrillScript *script, DrillWorld *world) {
    DrillWorldObserver observer = drill_observe(script);
    script->world = world;
    script->state = DRILL_SCRIPT_RUNNING;
    drill_world_set_observer(world, &observer);
    DrillBrokerConfig plain = {.inflight_max = 0};
    drill_broker_options_tell(script, &plain, &script->table.broker);
    lua_pushcfunction(script->L, script_start_protected);
    int status = lua_pcall(script->L, 0, 0, 0);
    if (status != LUA_OK) {
        script->state = DRILL_SCRIPT_BROKEN;
        drill_sandbox_broke(script, script->L, status);
        return;
    }
    drill_task_pump(script);
}

bool drill_script_running(const DrillScript *script) {
    return script->state == DRILL_SCRIPT_RUNNING;
}

static DrillScriptOutcome script_stuck(DrillScript *script, DrillDiagnostic *diagnostic) {
    const DrillTask *task = drill_task_waiting(script);
    DrillBuffer text = {.allocator = script->allocator};
    if (drill_world_over_limit(script->world)) {
        drill_buffer_put_string(&text, "the limit of ");
        drill_buffer_put_duration(&text, script->table.limit_ns);
        drill_buffer_put_string(&text, " is over");
    } else {
        drill_buffer_put_string(&text, "nothing can happen any more");
    }
    const char *file = task ? task->wait.place.file : script->file;
    uint32_t line = task ? task->wait.place.line : 0;
    if (task) drill_buffer_print(&text, " while waiting for %s", task->wait.what);
    (void)drill_diagnose(&script->broken, DRILL_OK, "%s:%" PRIu32 ": %s", file, line,
                         drill_buffer_cstring(&text));
    (void)drill_diagnose(diagnostic, DRILL_OK, "%s%s", script->path_prefix, script->broken.text);
    drill_buffer_release(&text);
    return DRILL_SCRIPT_LIMIT;
}

DrillScriptOutcome drill_script_outcome(DrillScript *script, DrillDiagnostic *diagnostic) {
    switch (script->state) {
    case DRILL_SCRIPT_RETURNED:
    case DRILL_SCRIPT_FAILED:
        return DRILL_SCRIPT_FINISHED;
    case DRILL_SCRIPT_BROKEN:
        (void)drill_diagnose(diagnostic, DRILL_INVALID, "%s", script->broken_as_given.text);
        return DRILL_SCRIPT_ERROR;
    case DRILL_SCRIPT_LOADING:
    case DRILL_SCRIPT_RUNNING:
        break;
    }
    return script_stuck(script, diagnostic);
}

const char *drill_script_ending(const DrillScript *script) {
    return script->broken.text;
}

void drill_script_where(const DrillScript *script, char *out, size_t size) {
    const DrillTask *task = drill_task_waiting(script);
    if (script->current) {
        DrillPlace place = drill_lua_place(script->current->thread);
        snprintf(out, size, "%s%s:%" PRIu32, script->path_prefix, place.file, place.line);
    } else if (task) {
        snprintf(out, size, "%s%s:%" PRIu32 ", which waits for %s", script->path_prefix,
                 task->wait.place.file, task->wait.place.line, task->wait.what);
    } else {
        snprintf(out, size, "%s%s", script->path_prefix, script->file);
    }
}
