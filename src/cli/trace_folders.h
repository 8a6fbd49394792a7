/* Folders of traces: a run's file lies below --trace DIR under the id of its scenario, in which are
 * slashes. */
#ifndef DRILL_CLI_TRACE_FOLDERS_H
#define DRILL_CLI_TRACE_FOLDERS_H

#include <stdbool.h>

/* The folders of a path, as mkdir -p. False: errno says why. */
bool drill_folders_make(const char *path);
/* Those of them that are empty and lie below `folder`, the deepest first. */
void drill_folders_tidy(const char *path, const char *folder);

#endif
