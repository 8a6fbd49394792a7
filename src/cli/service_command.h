/* What serve and proxy have in common: options, what is printed meanwhile, reports, exit status. */
#ifndef DRILL_CLI_SERVICE_COMMAND_H
#define DRILL_CLI_SERVICE_COMMAND_H

#include "cli/path_options.h"
#include "explore/service.h"
#include "trace/versions.h"

typedef struct DrillServiceCommand {
    const DrillArguments *arguments;
    DrillServiceOptions options;
    DrillPathOptions path;
    char listen_host[256], control_host[256];
    DrillListenAddress control;
    bool quiet, verbose;
    DrillTraceVersions versions; /* of the connections seen so far */
} DrillServiceCommand;

/* Reads the options that both take. 0, or an exit status after complaining. */
int drill_service_command_read(const DrillArguments *arguments, DrillServiceCommand *command);
/* Runs it, prints, writes reports. `id` names it in reports. */
int drill_service_command_run(DrillServiceCommand *command, const char *id);

/* "1883", ":1883", "HOST:1883", "[::1]:1883"; without a host 127.0.0.1. False: not an address. */
bool drill_listen_address_parse(const char *text, char *host, size_t host_size,
                                DrillListenAddress *out);

#endif
