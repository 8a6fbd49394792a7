/* Reading the command line against the command table. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "mqtt/defects.h"

typedef struct GivenOption {
    const DrillOptionInfo *info;
    const char *value; /* "" for a flag */
} GivenOption;

struct DrillArguments {
    const DrillCommand *command;
    char **argv;
    GivenOption *options;
    size_t option_count;
    const char **operands;
    size_t operand_count;
};

int drill_complain(const DrillArguments *arguments, DrillExit exit, const char *format, ...) {
    va_list list;
    fflush(stdout);
    fprintf(stderr, "mqttdrill %s: ", arguments->command->name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return (int)exit;
}

static bool takes(const DrillCommand *command, const DrillOptionInfo *info) {
    if (strcmp(info->name, "--help") == 0) return true;
    for (size_t i = 0; i < DRILL_COMMAND_OPTIONS_MAX && command->options[i]; i++)
        if (strcmp(command->options[i], info->name) == 0) return true;
    return false;
}

/* Finds "--name" or "--name=value"; *value points behind the '='. "-o" is --output, "-h" --help, as
 * everywhere. */
static const DrillOptionInfo *match(const char *text, const char **value) {
    char name[64];
    const char *equals = strchr(text, '=');
    size_t size = equals ? (size_t)(equals - text) : strlen(text);
    *value = equals ? equals + 1 : NULL;
    if (strcmp(text, "-o") == 0) return drill_option_find("--output");
    if (strcmp(text, "-h") == 0) return drill_option_find("--help");
    if (size >= sizeof(name)) return NULL;
    memcpy(name, text, size);
    name[size] = '\0';
    return drill_option_find(name);
}

static bool add_option(DrillArguments *arguments, int argc, char **argv, int *at) {
    const char *value;
    const DrillOptionInfo *info = match(argv[*at], &value);
    if (!info || !takes(arguments->command, info)) {
        drill_complain(arguments, DRILL_EXIT_USAGE, "no such option: %s (see mqttdrill help %s)",
                       argv[*at], arguments->command->name);
        return false;
    }
    if (!info->value && value) {
        drill_complain(arguments, DRILL_EXIT_USAGE, "%s takes no value", info->name);
        return false;
    }
    if (info->value && !value && ++*at < argc) value = argv[*at];
    if (info->value && !value) {
        drill_complain(arguments, DRILL_EXIT_USAGE, "%s needs a value: %s %s", info->name,
                       info->name, info->value);
        return false;
    }
    if (info->value && !value[0]) {
        drill_complain(arguments, DRILL_EXIT_USAGE, "%s: expected %s, got nothing", info->name,
                       info->value);
        return false;
    }
    if (!info->repeatable && drill_arguments_has(arguments, info->name)) {
        drill_complain(arguments, DRILL_EXIT_USAGE, "%s is given twice", info->name);
        return false;
    }
    arguments->options[arguments->option_count++] = (GivenOption){info, value ? value : ""};
    return true;
}

static bool check_operands(const DrillArguments *arguments) {
    const DrillCommand *command = arguments->command;
    if (drill_arguments_has(arguments, "--help")) return true;
    if (arguments->operand_count >= command->operands_min &&
        arguments->operand_count <= command->operands_max)
        return true;
    fprintf(stderr, "mqttdrill %s: usage: mqttdrill %s %s\n", command->name, command->name,
            command->operands);
    return false;
}

DrillArguments *drill_arguments_parse(const DrillCommand *command, int argc, char **argv) {
    DrillArguments *arguments = calloc(1, sizeof(*arguments));
    DRILL_ASSERT(arguments != NULL);
    arguments->command = command;
    arguments->argv = argv;
    arguments->options = calloc((size_t)argc + 1, sizeof(GivenOption));
    arguments->operands = calloc((size_t)argc + 1, sizeof(char *));
    DRILL_ASSERT(arguments->options && arguments->operands);
    bool good = true, only_operands = false;
    for (int i = 2; i < argc && good; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0')
            good = add_option(arguments, argc, argv, &i);
        else
            arguments->operands[arguments->operand_count++] = argv[i];
    }
    if (good && check_operands(arguments)) return arguments;
    drill_arguments_free(arguments);
    return NULL;
}

void drill_arguments_free(DrillArguments *arguments) {
    free(arguments->options);
    free(arguments->operands);
    free(arguments);
}

const DrillCommand *drill_arguments_command(const DrillArguments *arguments) {
    return arguments->command;
}
char **drill_arguments_argv(const DrillArguments *arguments) {
    return arguments->argv;
}
size_t drill_arguments_operand_count(const DrillArguments *arguments) {
    return arguments->operand_count;
}
const char *const *drill_arguments_operands(const DrillArguments *arguments) {
    return arguments->operands;
}

const char *drill_arguments_operand(const DrillArguments *arguments, size_t index) {
    return index < arguments->operand_count ? arguments->operands[index] : NULL;
}

const char *drill_arguments_nth(const DrillArguments *arguments, const char *option, size_t nth) {
    for (size_t i = 0; i < arguments->option_count; i++)
        if (strcmp(arguments->options[i].info->name, option) == 0 && nth-- == 0)
            return arguments->options[i].value;
    return NULL;
}

const char *drill_arguments_get(const DrillArguments *arguments, const char *option) {
    return drill_arguments_nth(arguments, option, 0);
}

bool drill_arguments_has(const DrillArguments *arguments, const char *option) {
    return drill_arguments_get(arguments, option) != NULL;
}

bool drill_arguments_u64(const DrillArguments *arguments, const char *option, uint64_t min,
                         uint64_t max, uint64_t *out) {
    const char *text = drill_arguments_get(arguments, option);
    uint64_t value;
    if (!text) return true;
    if (drill_parse_u64(drill_span_of(text), &value) != DRILL_OK || value < min || value > max) {
        drill_complain(arguments, DRILL_EXIT_USAGE,
                       "%s: expected a whole number from %llu to %llu, got \"%s\"", option,
                       (unsigned long long)min, (unsigned long long)max, text);
        return false;
    }
    *out = value;
    return true;
}

bool drill_arguments_duration(const DrillArguments *arguments, const char *option, uint64_t *ns) {
    const char *text = drill_arguments_get(arguments, option);
    if (!text || drill_parse_duration(drill_span_of(text), ns) == DRILL_OK) return true;
    drill_complain(arguments, DRILL_EXIT_USAGE,
                   "%s: expected a duration like 250ms, 5s, 10m, got \"%s\"", option, text);
    return false;
}

int drill_arguments_defect(const DrillArguments *arguments, const char *name) {
    int id = drill_defect_find(drill_span_of(name));
    if (id < 0)
        drill_complain(arguments, DRILL_EXIT_USAGE,
                       "--defect: there is no \"%s\" (see mqttdrill defects)", name);
    return id;
}
