/* The `scenario { ... }` table: validated where it is written, read where it is used. */
#ifndef DRILL_SCRIPT_SCENARIO_H
#define DRILL_SCRIPT_SCENARIO_H

#include "script/sandbox.h"

/* Installs the global function `scenario`. */
void drill_scenario_register(lua_State *L);

/* Reads the table at `index` into `out`; raises. The run function is left to the caller. */
void drill_scenario_read(lua_State *L, int index, DrillScenarioTable *out);

/* What a file returned, at the top of the stack: a scenario, or a list whose elements have ids of
 * their own. Raises unless it is one of the two. Returns how many; drill_scenario_push_at pushes
 * one of them. */
size_t drill_scenario_count(lua_State *L, int index);
void drill_scenario_push_at(lua_State *L, int index, size_t at);

#endif
