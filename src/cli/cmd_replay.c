#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "explore/replay.h"
#include "explore/suite.h"

static int report(const DrillArguments *arguments, const char *trace,
                  const DrillReplayResult *result) {
    if (result->equal) {
        if (!drill_arguments_has(arguments, "--quiet"))
            printf("%s: same digest %s, %llu events\n", trace, result->replayed,
                   (unsigned long long)result->events);
        return DRILL_EXIT_PASSED;
    }
    printf("%s: DIFFERENT\n  recorded %s\n  replayed %s\n", trace, result->recorded,
           result->replayed);
    if (result->recorded_line)
        printf("  first difference, event %zu:\n  recorded %s  replayed %s",
               result->first_difference + 1, result->recorded_line, result->replayed_line);
    return DRILL_EXIT_NONDETERMINISM;
}

int drill_cmd_replay(const DrillArguments *arguments) {
    const char *given = drill_arguments_get(arguments, "--suite");
    char *shipped = given ? NULL : drill_suite_shipped();
    if (!given && !shipped)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "no folder 'scenarios' here; name the suite's with --suite");
    int worst = DRILL_EXIT_PASSED;
    for (size_t i = 0; i < drill_arguments_operand_count(arguments); i++) {
        const char *trace = drill_arguments_operand(arguments, i);
        DrillReplayResult result;
        DrillDiagnostic diagnostic;
        DrillResult done = drill_replay(trace, given ? given : shipped, &result, &diagnostic);
        int status;
        if (done == DRILL_OK)
            status = report(arguments, trace, &result);
        else
            status = drill_complain(arguments, DRILL_EXIT_USAGE, "%s%s", diagnostic.text,
                                    shipped && strstr(diagnostic.text, shipped)
                                        ? " (a suite of your own: --suite DIR)"
                                        : "");
        drill_replay_result_free(&result);
        if (status > worst) worst = status;
    }
    free(shipped);
    return worst;
}
