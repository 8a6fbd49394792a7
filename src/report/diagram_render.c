/* Draws the DOT text with Graphviz in this process, and writes diagrams to files. */
#include "report/diagram.h"

#include <graphviz/gvc.h>
#include <stdio.h>
#include <string.h>

typedef struct FormatName {
    const char *name;
    DrillDiagramFormat format;
} FormatName;

/* Names on the command line and endings of file names. */
static const FormatName format_names[] = {
    {"svg", DRILL_DIAGRAM_SVG},       {"png", DRILL_DIAGRAM_PNG},
    {"pdf", DRILL_DIAGRAM_PDF},       {"dot", DRILL_DIAGRAM_DOT},
    {"gv", DRILL_DIAGRAM_DOT},        {"mermaid", DRILL_DIAGRAM_MERMAID},
    {"mmd", DRILL_DIAGRAM_MERMAID},   {"plantuml", DRILL_DIAGRAM_PLANTUML},
    {"puml", DRILL_DIAGRAM_PLANTUML},
};

bool drill_diagram_format_named(const char *name, DrillDiagramFormat *out) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(format_names); i++) {
        if (strcmp(format_names[i].name, name) != 0) continue;
        *out = format_names[i].format;
        return true;
    }
    return false;
}

/* Where the ending of a file name begins: at its last dot, or at its end. */
static size_t stem_bytes(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    return dot == NULL || dot == name ? strlen(path) : (size_t)(dot - path);
}

bool drill_diagram_format_of(const char *path, DrillDiagramFormat *out) {
    size_t stem = stem_bytes(path);
    return path[stem] == '.' && drill_diagram_format_named(path + stem + 1, out);
}

void drill_diagram_page_path(const char *path, size_t page, DrillBuffer *out) {
    size_t stem = stem_bytes(path);
    drill_buffer_put(out, path, stem);
    if (page > 0) drill_buffer_print(out, "-%zu", page + 1);
    drill_buffer_put_string(out, path + stem);
}

static DrillResult write_text(const char *path, const DrillBuffer *text,
                              DrillDiagnostic *diagnostic) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) return drill_diagnose(diagnostic, DRILL_IO, "%s: cannot be written", path);
    bool ok = text->size == 0 || fwrite(text->data, text->size, 1, file) == 1;
    ok = fclose(file) == 0 && ok;
    if (!ok) return drill_diagnose(diagnostic, DRILL_IO, "%s: not written completely", path);
    return DRILL_OK;
}

/* One context for the whole process, never freed: Graphviz's text plugin keeps pointers into the
 * first one. */
static GVC_t *graphviz_context(void) {
    static GVC_t *context;
    if (context == NULL) context = gvContext();
    return context;
}

/* Into memory: where Graphviz cannot write a file it ends the process. */
static DrillResult draw(DrillBuffer *dot, const char *format, DrillBuffer *out,
                        DrillDiagnostic *diagnostic) {
    GVC_t *context = graphviz_context();
    Agraph_t *graph = agmemread(drill_buffer_cstring(dot));
    if (graph == NULL)
        return drill_diagnose(diagnostic, DRILL_IO, "Graphviz cannot read its input");
    char key[] = "dpi";
    char value[] = "120";
    char nothing[] = "";
    if (strcmp(format, "png") == 0) agsafeset(graph, key, value, nothing);
    int failed = gvLayout(context, graph, "nop2");
    if (failed == 0) {
        char *drawn = NULL;
        unsigned size = 0;
        failed = gvRenderData(context, graph, format, &drawn, &size);
        if (failed == 0) drill_buffer_put(out, drawn, size);
        gvFreeRenderData(drawn);
        gvFreeLayout(context, graph);
    }
    agclose(graph);
    if (failed == 0) return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_IO,
                          "Graphviz cannot draw %s here (is the package graphviz complete?)",
                          format);
}

static const char *graphviz_name(DrillDiagramFormat format) {
    switch (format) {
    case DRILL_DIAGRAM_SVG:
        return "svg";
    case DRILL_DIAGRAM_PNG:
        return "png";
    case DRILL_DIAGRAM_PDF:
        return "pdf";
    case DRILL_DIAGRAM_DOT:
    case DRILL_DIAGRAM_MERMAID:
    case DRILL_DIAGRAM_PLANTUML:
        break;
    }
    return NULL;
}

static DrillResult write_page(DrillDiagram *diagram, DrillDiagramFormat format, const char *path,
                              size_t page, DrillDiagnostic *diagnostic) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    DrillBuffer name = {.allocator = drill_allocator_malloc()};
    drill_diagram_page_path(path, page, &name);
    const char *file = drill_buffer_cstring(&name);
    DrillResult result;
    if (format == DRILL_DIAGRAM_MERMAID) {
        drill_diagram_mermaid(diagram, &text);
    } else if (format == DRILL_DIAGRAM_PLANTUML) {
        drill_diagram_plantuml(diagram, &text);
    } else {
        drill_diagram_dot(diagram, page, &text);
    }
    if (graphviz_name(format) != NULL) {
        DrillBuffer drawn = {.allocator = drill_allocator_malloc()};
        result = draw(&text, graphviz_name(format), &drawn, diagnostic);
        if (result == DRILL_OK) result = write_text(file, &drawn, diagnostic);
        drill_buffer_release(&drawn);
    } else {
        result = write_text(file, &text, diagnostic);
    }
    drill_buffer_release(&text);
    drill_buffer_release(&name);
    return result;
}

DrillResult drill_diagram_write(DrillDiagram *diagram, DrillDiagramFormat format, const char *path,
                                DrillDiagnostic *diagnostic) {
    bool text_only = format == DRILL_DIAGRAM_MERMAID || format == DRILL_DIAGRAM_PLANTUML;
    size_t pages = text_only ? 1 : drill_diagram_page_count(diagram);
    DrillResult result = DRILL_OK;
    for (size_t page = 0; page < pages && result == DRILL_OK; page++) {
        result = write_page(diagram, format, path, page, diagnostic);
    }
    return result;
}
