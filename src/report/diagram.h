/* Sequence diagrams from traces: packets as slanted arrows over a compressed time axis. Everything
 * shown comes from trace events and from the findings handed in. The DOT and Mermaid texts are the
 * same on every machine; pixels are not. */
#ifndef DRILL_REPORT_DIAGRAM_H
#define DRILL_REPORT_DIAGRAM_H

#include "base/base.h"
#include "base/diagnostic.h"
#include "check/check.h"
#include "trace/trace.h"

typedef struct DrillDiagramOptions {
    DrillSpan client; /* only this node's packets; empty: all */
    DrillSpan topic;  /* only exchanges whose topic matches this Topic Filter; empty: all */
    uint64_t packet_identifier; /* only packets with this Packet Identifier; 0: all */
    uint64_t from_ns;
    uint64_t until_ns;    /* 0: to the end */
    bool around_failure;  /* only what surrounds the first failure; all of it if nothing failed */
    bool segments;        /* hints where TCP sent something again */
    bool bare;            /* without what was handed to the applications */
    uint32_t page_points; /* height at which a new page begins; 0: 1000 */
    const char
        *verdict; /* for the title: "pass"...; NULL: derived from the findings and the trace */
} DrillDiagramOptions;

typedef struct DrillDiagram DrillDiagram;

/* `findings` may be NULL. The diagram copies what it needs: trace and findings may be freed
 * afterwards. */
DrillDiagram *drill_diagram_build(const DrillTraceFile *file, const DrillFinding *findings,
                                  size_t finding_count, const DrillDiagramOptions *options);
void drill_diagram_free(DrillDiagram *diagram);

size_t drill_diagram_page_count(const DrillDiagram *diagram); /* at least 1 */
/* Graphviz text with fixed positions, for `neato -n2` or the nop2 engine. Appends. */
void drill_diagram_dot(DrillDiagram *diagram, size_t page, DrillBuffer *out);
void drill_diagram_mermaid(const DrillDiagram *diagram, DrillBuffer *out);
void drill_diagram_plantuml(const DrillDiagram *diagram, DrillBuffer *out);

typedef enum DrillDiagramFormat {
    DRILL_DIAGRAM_SVG,
    DRILL_DIAGRAM_PNG,
    DRILL_DIAGRAM_PDF,
    DRILL_DIAGRAM_DOT,
    DRILL_DIAGRAM_MERMAID,
    DRILL_DIAGRAM_PLANTUML
} DrillDiagramFormat;
/* By the end of a file name: .svg .png .pdf .dot .gv .mmd .mermaid .puml. False if it is none of
 * these. */
bool drill_diagram_format_of(const char *path, DrillDiagramFormat *out);
/* "svg" "png" "pdf" "dot" "mermaid" "plantuml" */
bool drill_diagram_format_named(const char *name, DrillDiagramFormat *out);

/* Writes PATH, and for further pages PATH with "-2", "-3" before its ending. Mermaid and PlantUML
 * have one page. Pages of an earlier, longer diagram are left alone. DRILL_IO: could not write, or
 * Graphviz could not draw (says so). */
DRILL_MUST_USE DrillResult drill_diagram_write(DrillDiagram *diagram, DrillDiagramFormat format,
                                               const char *path, DrillDiagnostic *diagnostic);
/* The file name of a page, from 0. Appends, without NUL. */
void drill_diagram_page_path(const char *path, size_t page, DrillBuffer *out);

#endif
