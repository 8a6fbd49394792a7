#include "script/task.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

DrillTask *drill_task_current(lua_State *L) {
    return drill_sandbox_script(L)->current;
}

DrillTask *drill_task_new(DrillScript *script, lua_State *from, int arguments, DrillTask *parent) {
    if (script->task_count >= DRILL_SCRIPT_TASKS_MAX) {
        drill_lua_fail(from, "t:parallel: more than %u functions run at once",
                       DRILL_SCRIPT_TASKS_MAX);
    }
    lua_State *thread = lua_newthread(from);
    int reference = luaL_ref(from, LUA_REGISTRYINDEX);
    lua_xmove(from, thread, arguments + 1);
    DrillTask *task = DRILL_NEW(script->allocator, DrillTask);
    task->script = script;
    task->thread = thread;
    task->thread_ref = reference;
    task->parent = parent;
    task->state = DRILL_TASK_NEW;
    task->wait.what[0] = '\0';
    if (parent) parent->children++;
    DrillTask **end = &script->tasks;
    while (*end)
        end = &(*end)->next;
    *end = task;
    script->task_count++;
    return task;
}

/* --- waiting --- */

DrillWait drill_wait(lua_State *L, uint64_t timeout_ns, const char *format, ...) {
    DrillWait wait = {.timeout_ns = timeout_ns, .place = drill_lua_place(L)};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(wait.what, sizeof wait.what, format, arguments);
    va_end(arguments);
    return wait;
}

static void task_timer(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTask *task = context;
    (void)argument;
    (void)now_ns;
    task->wait.timer = 0;
    task->wait.timed_out = true;
}

int drill_task_wait(lua_State *L, const DrillWait *wait, lua_KContext context, lua_KFunction then) {
    DrillScript *script = drill_sandbox_script(L);
    DrillTask *task = script->current;
    if (!task || !lua_isyieldable(L)) {
        drill_lua_fail(L, "cannot wait here: Lua does not allow it inside a comparison, a "
                          "metamethod or a function called by table.sort or string.gsub");
    }
    uint64_t now_ns = drill_world_now(script->world);
    task->wait = *wait;
    task->wait.timed_out = false;
    task->wait.timer = 0;
    if (task->wait.deadline_ns == 0) {
        task->wait.started_ns = now_ns;
        task->wait.deadline_ns =
            wait->timeout_ns < DRILL_NEVER - now_ns ? now_ns + wait->timeout_ns : DRILL_NEVER;
    }
    if (wait->ready && wait->ready(task)) return then(L, LUA_OK, context);
    if (task->wait.deadline_ns != DRILL_NEVER) {
        task->wait.timer =
            drill_world_timer(script->world, task->wait.deadline_ns, task_timer, task, 0);
    }
    task->state = DRILL_TASK_WAITING;
    return lua_yieldk(L, 0, context, then);
}

/* --- running --- */

static void task_unlink(DrillScript *script, DrillTask *task) {
    DrillTask **link = &script->tasks;
    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    script->task_count--;
    luaL_unref(script->L, LUA_REGISTRYINDEX, task->thread_ref);
    drill_release(script->allocator, task, sizeof *task);
}

static void task_broke(DrillScript *script, DrillTask *task, int status) {
    if (script->state == DRILL_SCRIPT_FAILED) return; /* the expectation was reported */
    drill_sandbox_broke(script, task->thread, status);
}

static void task_ended(DrillScript *script, DrillTask *task) {
    task->state = DRILL_TASK_DONE;
    if (task->parent) {
        task->parent->children--;
    } else {
        script->state = DRILL_SCRIPT_RETURNED;
    }
}

static void task_resume(DrillScript *script, DrillTask *task) {
    int results = 0;
    int arguments = task->state == DRILL_TASK_NEW ? lua_gettop(task->thread) - 1 : 0;
    if (task->wait.timer) drill_world_cancel(script->world, task->wait.timer);
    task->wait.timer = 0;
    task->state = DRILL_TASK_RUNNING;
    script->current = task;
    int status = lua_resume(task->thread, script->L, arguments, &results);
    script->current = NULL;
    if (status == LUA_YIELD) {
        DRILL_ASSERT(task->state == DRILL_TASK_WAITING);
        return;
    }
    if (status != LUA_OK) {
        task_broke(script, task, status);
        return;
    }
    task_ended(script, task);
}

static bool task_can_run(const DrillTask *task) {
    if (task->state == DRILL_TASK_NEW) return true;
    if (task->state != DRILL_TASK_WAITING) return false;
    return task->wait.timed_out || (task->wait.ready && task->wait.ready(task));
}

void drill_task_pump(DrillScript *script) {
    if (script->pumping) return;
    script->pumping = true;
    bool again = true;
    while (again && script->state == DRILL_SCRIPT_RUNNING) {
        again = false;
        DrillTask *next;
        for (DrillTask *task = script->tasks; task && script->state == DRILL_SCRIPT_RUNNING;
             task = next) {
            if (task_can_run(task)) {
                task_resume(script, task);
                again = true;
            }
            next = task->next;
            if (task->state == DRILL_TASK_DONE) task_unlink(script, task);
        }
    }
    script->pumping = false;
}

const DrillTask *drill_task_waiting(const DrillScript *script) {
    const DrillTask *parent = NULL;
    for (const DrillTask *task = script->tasks; task; task = task->next) {
        if (task->state != DRILL_TASK_WAITING) continue;
        if (task->children == 0) return task;
        parent = parent ? parent : task; /* t:parallel: its children say more */
    }
    return parent;
}

_Noreturn void drill_task_failed(lua_State *L, const char *format, ...) {
    DrillScript *script = drill_sandbox_script(L);
    DrillPlace place = drill_lua_place(L);
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    script->dying = true;
    if (script->state == DRILL_SCRIPT_RUNNING) {
        script->state = DRILL_SCRIPT_FAILED;
        drill_world_failed(script->world, drill_span_of(text), place.file, place.line);
    }
    lua_pushliteral(L, "an expectation failed");
    lua_error(L);
    drill_assert_failed("lua_error returned", __FILE__, __LINE__);
}
