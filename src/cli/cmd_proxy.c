/* mqttdrill proxy: the link between real clients and a real broker. */
#include "cli/service_command.h"
#include "explore/target.h"

int drill_cmd_proxy(const DrillArguments *arguments) {
    DrillServiceCommand command;
    DrillTarget upstream;
    DrillDiagnostic diagnostic;
    const char *url = drill_arguments_get(arguments, "--upstream");
    if (!url)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "where is the broker? --upstream mqtt://HOST:PORT");
    int status = drill_service_command_read(arguments, &command);
    if (status != 0) return status;
    if (drill_target_parse(url, &upstream, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--upstream: %s", diagnostic.text);
    if (!upstream.live)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--upstream: expected mqtt://HOST:PORT; for the virtual broker there "
                              "is mqttdrill serve");
    command.options.proxy = true;
    command.options.upstream = (DrillListenAddress){upstream.host, upstream.port};
    return drill_service_command_run(&command, "proxy");
}
