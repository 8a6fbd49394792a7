/* Which scenarios a command is about. */
#ifndef DRILL_CLI_SELECTION_H
#define DRILL_CLI_SELECTION_H

#include "cli/command.h"
#include "explore/suite.h"

/* Loads the operands (default: the shipped suite) and applies --filter --exclude --clause --tag. 0,
 * or an exit status after complaining; an empty selection is DRILL_EXIT_USAGE. */
int drill_select(const DrillArguments *arguments, const char *const *paths, size_t path_count,
                 DrillSuite *suite);

/* True when `--mqtt` asks for 3.1.1 or for nothing. False after complaining: 5.0 is not there yet,
 * or no version. */
bool drill_select_version(const DrillArguments *arguments);
/* The versions that `--mqtt` asks for, without it all; how many, 0 after complaining. */
size_t drill_select_versions(const DrillArguments *arguments, DrillVersion out[2]);
/* Is `word` one of the space-separated words of `list`? */
bool drill_has_word(const char *list, const char *word);

#endif
