/* A trace that was read, judged again, and is to be shown. */
#ifndef DRILL_CLI_TRACE_VIEW_H
#define DRILL_CLI_TRACE_VIEW_H

#include "base/arena.h"
#include "cli/command.h"
#include "report/diagram.h"

typedef struct DrillTraceView {
    DrillArena *memory;
    DrillTraceFile *file;
    DrillCheck *check;
    DrillFinding *findings; /* of the oracles; what the script itself failed stands in the trace */
    size_t finding_count;
} DrillTraceView;

/* 0, or an exit status after complaining. A truncated trace is shown as far as it goes, with a
 * warning. */
int drill_trace_view_open(const DrillArguments *arguments, const char *path, DrillTraceView *view);
void drill_trace_view_close(DrillTraceView *view);

/* The filters --client --topic --packet-id --from --to --around-failure. False after complaining.
 * `view`, where it is not NULL, has to have that client. */
bool drill_trace_view_options(const DrillArguments *arguments, const DrillTraceView *view,
                              DrillDiagramOptions *options);
/* 0, or an exit status after complaining. */
int drill_trace_view_draw(const DrillArguments *arguments, const DrillTraceView *view,
                          DrillDiagramFormat format, const char *path, size_t *pages,
                          DrillDiagnostic *diagnostic);

#endif
