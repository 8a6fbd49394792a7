/* The Lua state of a scenario: capped memory, counted instructions, nothing that differs from run
 * to run. */
#ifndef DRILL_SCRIPT_SANDBOX_H
#define DRILL_SCRIPT_SANDBOX_H

#include "script/state.h"

/* Opens script->L with the sandboxed library. False: the memory limit is too small even for that.
 */
bool drill_sandbox_open(DrillScript *script);
void drill_sandbox_close(DrillScript *script);
DrillScript *drill_sandbox_script(lua_State *L);

/* Raises "file:line: text" with the line of the scenario that called. */
_Noreturn void drill_lua_fail(lua_State *L, const char *format, ...) DRILL_PRINTF(2, 3);
/* The nearest line of Lua above the running C function. */
DrillPlace drill_lua_place(lua_State *L);

/* Counts work done in C against the instruction budget; raises when it is spent. */
void drill_sandbox_charge(lua_State *L, uint64_t steps);
uint64_t drill_sandbox_left(const DrillScript *script);
_Noreturn void drill_sandbox_spent(lua_State *L);
_Noreturn void drill_sandbox_memory_spent(lua_State *L);

/* Pushes the text of the value as tostring gives it. */
void drill_sandbox_tostring(lua_State *L, int index);

/* The walk of `pairs` over the table at `index`, in C: what drill_lua_pairs pushes stays until
 * drill_lua_pairs_next is false. While it is true, it has pushed a key and its value, and the
 * caller pops both. */
void drill_lua_pairs(lua_State *L, int index);
bool drill_lua_pairs_next(lua_State *L);

/* Installs the replacements (sandbox_stdlib.c, sandbox_pattern.c, sandbox_require.c). */
void drill_sandbox_install_stdlib(lua_State *L);
void drill_sandbox_install_sort(lua_State *L);
void drill_sandbox_install_patterns(lua_State *L);
void drill_sandbox_install_require(lua_State *L);

/* Reads a file of the suite, adds it to the hash, pushes the compiled chunk. Must be called in
 * protected mode; raises. */
void drill_sandbox_load_file(lua_State *L, const char *file);

/* Reads a file of the suite that is no Lua, adds it to the hash. Only while the scenario is loaded;
 * raises. */
void drill_sandbox_read_file(lua_State *L, const char *file, DrillBuffer *out);

/* The error on top of `from` after a failed call or resume breaks the script: describes it, and
 * where it was called. */
void drill_sandbox_broke(DrillScript *script, lua_State *from, int status);

#endif
