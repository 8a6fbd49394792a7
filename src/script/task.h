/* Tasks: the coroutines of a scenario, and what they wait for. */
#ifndef DRILL_SCRIPT_TASK_H
#define DRILL_SCRIPT_TASK_H

#include "script/sandbox.h"

/* Creates a task that will call the function and arguments on top of `from` (they are popped).
 * Protected mode only. */
DrillTask *drill_task_new(DrillScript *script, lua_State *from, int arguments, DrillTask *parent);

/* A wait with everything but the condition filled in. `format`: what it waits for, as in "waiting
 * for ...". */
DrillWait drill_wait(lua_State *L, uint64_t timeout_ns, const char *format, ...) DRILL_PRINTF(3, 4);

/* Ends a C function: runs `then` when the condition holds or the time is over
 * (task->wait.timed_out); the stack of the function is then as it is now. `return
 * drill_task_wait(...)`. Given a copy of the task's own wait, it goes on until the same deadline.
 */
int drill_task_wait(lua_State *L, const DrillWait *wait, lua_KContext context, lua_KFunction then);

DrillTask *drill_task_current(lua_State *L);

/* Resumes, in order of creation, every task whose condition holds, until none is left. */
void drill_task_pump(DrillScript *script);

/* Ends the script because an expectation failed: emits app.failed and raises what nobody can catch.
 */
_Noreturn void drill_task_failed(lua_State *L, const char *format, ...) DRILL_PRINTF(2, 3);

/* The oldest task that waits, or NULL. */
const DrillTask *drill_task_waiting(const DrillScript *script);

#endif
