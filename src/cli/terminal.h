/* What a person watching sees: colours only on terminals, a progress line, one line per finished
 * scenario. */
#ifndef DRILL_CLI_TERMINAL_H
#define DRILL_CLI_TERMINAL_H

#include "cli/command.h"
#include "report/result.h"

typedef struct DrillTerminal {
    void *out; /* FILE *: standard output, or standard error where a report takes that */
    bool is_terminal;
    bool colour;
    bool quiet, verbose;
    bool line_open; /* a progress line stands without newline */
    uint64_t start_ns;
    size_t total, done;
    uint64_t virtual_ns;
} DrillTerminal;

/* False after complaining about --color. */
bool drill_terminal_open(const DrillArguments *arguments, size_t total, DrillTerminal *out);
void drill_terminal_progress(DrillTerminal *terminal, size_t running);
void drill_terminal_clear(DrillTerminal *terminal);
void drill_terminal_scenario(DrillTerminal *terminal, const DrillReportScenario *scenario);
/* "simulated 1234.5 s in 2.1 s of real time (588 x)", then "N passed, N failed, N skipped, N
 * inconclusive". */
void drill_terminal_summary(DrillTerminal *terminal, const DrillReportSummary *summary);

#endif
