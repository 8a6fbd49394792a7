/* --level, --tcp and --link: what lies between client and broker, for every command that runs them.
 */
#ifndef DRILL_CLI_PATH_OPTIONS_H
#define DRILL_CLI_PATH_OPTIONS_H

#include "cli/command.h"
#include "explore/link_text.h"

typedef struct DrillPathOptions {
    DrillWorldLink link;
    DrillTcpSettings tcp;
    const char *link_text, *tcp_text; /* as given; NULL: not given, and nothing is in link or tcp */
    bool segments;                    /* --level segment */
} DrillPathOptions;

/* 0, or an exit status after complaining. */
int drill_path_options_read(const DrillArguments *arguments, DrillPathOptions *out);

#endif
