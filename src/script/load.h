/* Making a script from a file: common to declaring and running. */
#ifndef DRILL_SCRIPT_LOAD_H
#define DRILL_SCRIPT_LOAD_H

#include "script/sandbox.h"

/* A script in the arena without a Lua state yet. `file` is the end of `path`. */
DrillScript *drill_load_new(DrillArena *arena, const char *path, const char *file,
                            DrillScriptLimits limits);

/* Opens the state and calls `function` with `argument` as light userdata, in protected mode. */
DRILL_MUST_USE DrillResult drill_load_protected(DrillScript *script, lua_CFunction function,
                                                void *argument, DrillDiagnostic *diagnostic);

/* Runs the file and pushes what it returned. Raises. */
void drill_load_chunk(lua_State *L, const char *file);

#endif
