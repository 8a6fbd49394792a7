/* --report KIND=FILE. */
#ifndef DRILL_CLI_REPORT_FILES_H
#define DRILL_CLI_REPORT_FILES_H

#include "cli/command.h"
#include "report/result.h"

/* True when every --report can be understood; else false after complaining. Called before the run:
 * an unwritable folder or a misspelt kind must not cost a finished run. `kinds`: which are allowed,
 * "junit tap json md github" or "md csv json". */
bool drill_report_files_check(const DrillArguments *arguments, const char *kinds);
/* Writes them all; 0 or DRILL_EXIT_MACHINERY after complaining. Whole files or none: written beside
 * and renamed, unless FILE is there already and is a pipe, a device or a link. */
int drill_report_files_write(const DrillArguments *arguments, const DrillReport *report);
int drill_matrix_files_write(const DrillArguments *arguments, const DrillMatrix *matrix);

#endif
