#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static int dispatch(const DrillCommand *command, int argc, char **argv) {
    bool asks_help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    if (!command->run && !asks_help) {
        fprintf(stderr, "mqttdrill %s: not there yet\n", command->name);
        return DRILL_EXIT_USAGE;
    }
    if (asks_help) {
        drill_print_command_help(command, stdout);
        return DRILL_EXIT_PASSED;
    }
    DrillArguments *arguments = drill_arguments_parse(command, argc, argv);
    if (!arguments) return DRILL_EXIT_USAGE;
    int status = DRILL_EXIT_PASSED;
    if (drill_arguments_has(arguments, "--help"))
        drill_print_command_help(command, stdout);
    else
        status = command->run(arguments);
    drill_arguments_free(arguments);
    return status;
}

/* What was printed must have arrived: a full disk behind a redirection is our failure, not a
 * success. */
static int finish_output(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    perror("mqttdrill: standard output");
    return status == DRILL_EXIT_PASSED ? DRILL_EXIT_MACHINERY : status;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        drill_print_usage(stderr);
        return DRILL_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        drill_print_usage(stdout);
        return finish_output(DRILL_EXIT_PASSED);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("mqttdrill " DRILL_TOOL_VERSION);
        return finish_output(DRILL_EXIT_PASSED);
    }
    const DrillCommand *command = drill_command_find(argv[1]);
    if (!command) {
        fprintf(stderr, "mqttdrill: no such command: %s (see mqttdrill --help)\n", argv[1]);
        return DRILL_EXIT_USAGE;
    }
    return finish_output(dispatch(command, argc, argv));
}
