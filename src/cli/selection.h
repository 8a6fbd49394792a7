/* Which scenarios a command is about. */
#ifndef DRILL_CLI_SELECTION_H
#define DRILL_CLI_SELECTION_H

#include "cli/command.h"
#include "explore/suite.h"

/* Loads the operands (default: the shipped suite) and applies --filter --exclude --clause --tag
 * --mqtt. 0,
 * or an exit status after complaining; an empty selection is DRILL_EXIT_USAGE. */
int drill_select(const DrillArguments *arguments, const char *const *paths, size_t path_count,
                 DrillSuite *suite);

/* What `--mqtt` asks for: a DrillVersion, or 0 for all. False after complaining. */
bool drill_select_version(const DrillArguments *arguments, int *version);

/* The versions that a scenario runs in, of the wanted one (0: all). */
size_t drill_scenario_versions(const DrillScenario *scenario, int wanted, DrillVersion out[2]);
/* The versions whose defects are tried: what `--mqtt` asks for, without it 3.1.1. How many; 0 after
 * complaining. */
size_t drill_select_versions(const DrillArguments *arguments, DrillVersion out[2]);
/* Is `word` one of the space-separated words of `list`? */
bool drill_has_word(const char *list, const char *word);

#endif
