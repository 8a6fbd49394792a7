/* The command table: names, arguments, options, help. One row a command, one file a command
 * (cmd_<name>.c); the help texts and docs/cli.md are made from it. */
#ifndef DRILL_CLI_COMMAND_H
#define DRILL_CLI_COMMAND_H

#include "base/base.h"
#include "base/diagnostic.h"

/* Exit statuses: a contract (docs/cli.md). */
typedef enum DrillExit {
    DRILL_EXIT_PASSED = 0,
    DRILL_EXIT_FAILED = 1,
    DRILL_EXIT_USAGE = 2,     /* wrong usage, a broken scenario, nothing selected */
    DRILL_EXIT_MACHINERY = 3, /* the target could not be reached, or something of ours failed */
    DRILL_EXIT_INCONCLUSIVE = 4,
    DRILL_EXIT_NONDETERMINISM = 5,
    DRILL_EXIT_INTERRUPTED = 130 /* Ctrl-C */
} DrillExit;

/* One option, whichever commands take it. */
typedef struct DrillOptionInfo {
    const char *name;  /* "--seed" */
    const char *value; /* "N"; NULL: a flag */
    bool repeatable;
    const char *help;
} DrillOptionInfo;

typedef struct DrillArguments DrillArguments;

#define DRILL_COMMAND_OPTIONS_MAX 36

typedef struct DrillCommand {
    const char *name;
    const char *operands; /* "[PATH...]" */
    const char *summary;
    const char *details; /* more for --help; NULL: nothing */
    size_t operands_min, operands_max;
    const char *options[DRILL_COMMAND_OPTIONS_MAX]; /* names of the option table; NULL-terminated */
    int (*run)(const DrillArguments *arguments);    /* NULL: named by the contract, not there yet */
} DrillCommand;

extern const DrillCommand drill_commands[];
extern const size_t drill_command_count;
extern const DrillOptionInfo drill_option_table[];
extern const size_t drill_option_table_count;

const DrillCommand *drill_command_find(const char *name);
const DrillOptionInfo *drill_option_find(const char *name);

/* --- parsed arguments --- */
/* Prints its own message and returns NULL on wrong usage. Accepts --name value and --name=value;
 * "--" ends options. */
DrillArguments *drill_arguments_parse(const DrillCommand *command, int argc, char **argv);
void drill_arguments_free(DrillArguments *arguments);
const DrillCommand *drill_arguments_command(const DrillArguments *arguments);
char **drill_arguments_argv(const DrillArguments *arguments); /* of the process, NULL-terminated */
size_t drill_arguments_operand_count(const DrillArguments *arguments);
const char *drill_arguments_operand(const DrillArguments *arguments, size_t index);
const char *const *drill_arguments_operands(const DrillArguments *arguments);
bool drill_arguments_has(const DrillArguments *arguments, const char *option);
const char *drill_arguments_get(const DrillArguments *arguments,
                                const char *option); /* the last one; NULL */
const char *drill_arguments_nth(const DrillArguments *arguments, const char *option,
                                size_t nth); /* NULL past the end */

/* "mqttdrill run: ..." on standard error; returns `exit`. */
int drill_complain(const DrillArguments *arguments, DrillExit exit, const char *format, ...)
    DRILL_PRINTF(3, 4);
/* Numbers of options: false after complaining. `*out` keeps its value when the option is absent. */
bool drill_arguments_u64(const DrillArguments *arguments, const char *option, uint64_t min,
                         uint64_t max, uint64_t *out);
bool drill_arguments_duration(const DrillArguments *arguments, const char *option, uint64_t *ns);
/* A defect by the name that --defect was given; -1 after complaining. */
int drill_arguments_defect(const DrillArguments *arguments, const char *name);

/* --- help --- */
void drill_print_usage(void *file); /* FILE *: all commands */
void drill_print_command_help(const DrillCommand *command, void *file);
void drill_print_markdown(void *file); /* docs/cli.md */

/* --- the commands --- */
int drill_cmd_run(const DrillArguments *arguments);
int drill_cmd_list(const DrillArguments *arguments);
int drill_cmd_trace(const DrillArguments *arguments);
int drill_cmd_diagram(const DrillArguments *arguments);
int drill_cmd_replay(const DrillArguments *arguments);
int drill_cmd_mutants(const DrillArguments *arguments);
int drill_cmd_defects(const DrillArguments *arguments);
int drill_cmd_serve(const DrillArguments *arguments);
int drill_cmd_proxy(const DrillArguments *arguments);
int drill_cmd_clauses(const DrillArguments *arguments);
int drill_cmd_help(const DrillArguments *arguments);

#endif
