#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trace_view.h"
#include "report/diagram.h"

int drill_cmd_diagram(const DrillArguments *arguments) {
    const char *output = drill_arguments_get(arguments, "--output");
    if (!output)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "where to? -o FILE.svg (or .png .pdf .dot .mmd)");
    DrillDiagramFormat format;
    if (!drill_diagram_format_of(output, &format))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "-o %s: expected a name ending in .svg .png .pdf .dot or .mmd",
                              output);
    DrillTraceView view;
    int status = drill_trace_view_open(arguments, drill_arguments_operand(arguments, 0), &view);
    if (status != 0) return status;
    DrillDiagnostic diagnostic;
    size_t pages;
    status = drill_trace_view_draw(arguments, &view, format, output, &pages, &diagnostic);
    if (status == 0) printf("%s: %zu page%s\n", output, pages, pages == 1 ? "" : "s");
    drill_trace_view_close(&view);
    return status;
}
