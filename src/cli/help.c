/* Help texts and docs/cli.md, from the command table. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const char *const exits[][2] = {
    {"0", "everything that ran passed (skips allowed)"},
    {"1", "something failed"},
    {"2", "wrong usage, a broken scenario, or nothing selected"},
    {"3", "the target could not be reached, or the machinery failed"},
    {"4", "nothing failed, but something could not be judged"},
    {"5", "nondeterminism was detected"},
    {"130", "interrupted (Ctrl-C); reports of what had finished are written"},
};

void drill_print_usage(void *file) {
    FILE *out = file;
    fputs("usage: mqttdrill COMMAND [options]\n\n", out);
    for (size_t i = 0; i < drill_command_count; i++) {
        const DrillCommand *command = &drill_commands[i];
        if (command->run) fprintf(out, "  %-9s %s\n", command->name, command->summary);
    }
    fputs("\nNot there yet:", out);
    for (size_t i = 0; i < drill_command_count; i++)
        if (!drill_commands[i].run) fprintf(out, " %s", drill_commands[i].name);
    fputs("\n\nmqttdrill help COMMAND says more.\n", out);
}

static void print_option(const DrillOptionInfo *option, FILE *out) {
    char left[64];
    snprintf(left, sizeof(left), "%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    fprintf(out, "  %-20s %s%s\n", left, option->help, option->repeatable ? " (repeatable)" : "");
}

void drill_print_command_help(const DrillCommand *command, void *file) {
    FILE *out = file;
    fprintf(out, "usage: mqttdrill %s %s%s\n\n%s\n", command->name, command->operands,
            command->options[0] ? " [options]" : "", command->summary);
    if (!command->run) {
        fputs("\nThis command is not there yet.\n", out);
        return;
    }
    if (command->details) fprintf(out, "\n%s\n", command->details);
    if (!command->options[0]) return;
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < DRILL_COMMAND_OPTIONS_MAX && command->options[i]; i++) {
        const DrillOptionInfo *option = drill_option_find(command->options[i]);
        if (option->help) print_option(option, out);
    }
}

static void print_markdown_command(const DrillCommand *command, FILE *out) {
    fprintf(out, "\n## %s\n\n```\nmqttdrill %s %s\n```\n\n%c%s.\n", command->name, command->name,
            command->operands,
            command->summary[0] >= 'a' && command->summary[0] <= 'z'
                ? command->summary[0] - 'a' + 'A'
                : command->summary[0],
            command->summary + 1);
    if (command->details) fprintf(out, "\n```\n%s\n```\n", command->details);
    if (!command->options[0]) return;
    fputs("\n| option | meaning |\n| --- | --- |\n", out);
    for (size_t i = 0; i < DRILL_COMMAND_OPTIONS_MAX && command->options[i]; i++) {
        const DrillOptionInfo *option = drill_option_find(command->options[i]);
        if (!option->help) continue;
        fprintf(out, "| `%s%s%s` | %s%s |\n", option->name, option->value ? " " : "",
                option->value ? option->value : "", option->help,
                option->repeatable ? " (repeatable)" : "");
    }
}

void drill_print_markdown(void *file) {
    FILE *out = file;
    fputs("# The command line\n\n"
          "Made from the command table by `mqttdrill help --markdown`; do not edit. Names, exit "
          "statuses and the result's\n"
          "JSON stay as they are; more may be added.\n\n"
          "| exit | means |\n| --- | --- |\n",
          out);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(exits); i++)
        fprintf(out, "| %s | %s |\n", exits[i][0], exits[i][1]);
    for (size_t i = 0; i < drill_command_count; i++)
        if (drill_commands[i].run) print_markdown_command(&drill_commands[i], out);
    fputs("\n## Not there yet\n\nThese say so and exit with 2:", out);
    for (size_t i = 0; i < drill_command_count; i++)
        if (!drill_commands[i].run)
            fprintf(out, "\n- `%s %s`: %s", drill_commands[i].name, drill_commands[i].operands,
                    drill_commands[i].summary);
    fputs("\n", out);
}

int drill_cmd_help(const DrillArguments *arguments) {
    const char *name = drill_arguments_operand(arguments, 0);
    if (drill_arguments_has(arguments, "--markdown")) {
        drill_print_markdown(stdout);
        return DRILL_EXIT_PASSED;
    }
    if (!name) {
        drill_print_usage(stdout);
        return DRILL_EXIT_PASSED;
    }
    const DrillCommand *command = drill_command_find(name);
    if (!command) return drill_complain(arguments, DRILL_EXIT_USAGE, "no such command: %s", name);
    drill_print_command_help(command, stdout);
    return DRILL_EXIT_PASSED;
}
