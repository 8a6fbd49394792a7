#include "cli/path_options.h"

#include <string.h>

int drill_path_options_read(const DrillArguments *arguments, DrillPathOptions *out) {
    DrillDiagnostic diagnostic;
    const char *level = drill_arguments_get(arguments, "--level");
    if (level && strcmp(level, "packet") != 0 && strcmp(level, "segment") != 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--level: expected packet or segment, got \"%s\"", level);
    out->segments = level && strcmp(level, "segment") == 0;
    out->tcp_text = drill_arguments_get(arguments, "--tcp");
    if (out->tcp_text && drill_tcp_text_parse(out->tcp_text, &out->tcp, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--%s", diagnostic.text);
    out->link_text = drill_arguments_get(arguments, "--link");
    if (out->link_text &&
        drill_link_text_parse(out->link_text, &out->link, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--%s", diagnostic.text);
    return 0;
}
