/* Finding scenarios: folders are walked, files declared, the selection filtered; sorted by id, the
 * same everywhere. */
#ifndef DRILL_EXPLORE_SUITE_H
#define DRILL_EXPLORE_SUITE_H

#include "script/script.h"

typedef struct DrillSuite {
    DrillScenario *scenarios; /* by id, byte order; a scenario that two paths name is there once */
    size_t count;
    DrillArena *memory; /* of everything above */
} DrillSuite;

/* Any may be NULL. Patterns are shell patterns over the id (`*` crosses `/`); without a wildcard
 * they match any part. */
typedef struct DrillSuiteFilter {
    const char *filter;
    const char *exclude;
    const char *clause; /* declared statement id, with or without "v3:" / "v5:" */
    const char *tag;
    int version; /* DrillVersion: only scenarios that run in it; 0: any */
} DrillSuiteFilter;

/* Loads what the paths name: .lua files, or folders of them. Ids are relative to the suite's
 * folder: the nearest folder above (or at) the path that is called "scenarios", else the folder
 * given, else the file's own. DRILL_INVALID: a broken file, with file and line. DRILL_IO: a path
 * that cannot be read. */
/* The suite must be freed, whatever the result. */
DRILL_MUST_USE DrillResult drill_suite_load(const char *const *paths, size_t count, DrillSuite *out,
                                            DrillDiagnostic *diagnostic);
void drill_suite_filter(DrillSuite *suite, const DrillSuiteFilter *filter);
void drill_suite_free(DrillSuite *suite);

/* The suite's folder for a path, as text that outlives the call; NULL when the path does not exist.
 * malloc'd. */
char *drill_suite_root(const char *path);
/* The folder of the shipped suite: ./scenarios, or beside the program. malloc'd; NULL: not found.
 */
char *drill_suite_shipped(void);

#endif
