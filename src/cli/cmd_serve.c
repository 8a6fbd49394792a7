/* mqttdrill serve: the virtual broker, its defects and the link, for real clients. */
#include "cli/selection.h"
#include "cli/service_command.h"

/* The one scenario that the operand names; *version is the first of it, or the one asked for. */
static int select_scenario(const DrillArguments *arguments, DrillSuite *suite,
                           const DrillScenario **out, DrillVersion *version) {
    int status = drill_select(arguments, drill_arguments_operands(arguments),
                              drill_arguments_operand_count(arguments), suite);
    if (status != 0) return status;
    if (suite->count != 1)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "expected one scenario, this names %zu (see --filter)", suite->count);
    int wanted;
    DrillVersion versions[2];
    *out = &suite->scenarios[0];
    if (!drill_select_version(arguments, &wanted)) return DRILL_EXIT_USAGE;
    if (drill_scenario_versions(*out, wanted, versions) == 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "%s does not run for that version",
                              (*out)->id);
    *version = versions[0];
    return 0;
}

/* Without a scenario there is nothing to select, and real clients say their own version. */
static int refuse_selection(const DrillArguments *arguments) {
    static const char *const options[] = {"--mqtt", "--filter"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(options); i++)
        if (drill_arguments_get(arguments, options[i]))
            return drill_complain(arguments, DRILL_EXIT_USAGE, "%s needs a scenario", options[i]);
    return 0;
}

int drill_cmd_serve(const DrillArguments *arguments) {
    DrillServiceCommand command;
    DrillSuite suite = {0};
    int status = drill_service_command_read(arguments, &command);
    if (status == 0 && drill_arguments_operand_count(arguments) == 0)
        status = refuse_selection(arguments);
    if (status == 0 && drill_arguments_operand_count(arguments) > 0)
        status =
            select_scenario(arguments, &suite, &command.options.scenario, &command.options.version);
    if (status == 0)
        status = drill_service_command_run(
            &command, command.options.scenario ? command.options.scenario->id : "serve");
    if (suite.memory) drill_suite_free(&suite);
    return status;
}
