/* mqttdrill trace: reading traces. */
#include <stdio.h>
#include <string.h>

#include "cli/trace_view.h"
#include "report/capture.h"
#include "report/stats.h"
#include "report/trace_show.h"

static int print(DrillBuffer *text) {
    if (text->size > 0) fwrite(text->data, 1, text->size, stdout);
    drill_buffer_release(text);
    return DRILL_EXIT_PASSED;
}

static int show(const DrillArguments *arguments, const DrillTraceView *view, const char *pattern) {
    DrillTraceShowOptions options = {0};
    DrillDiagramOptions filters;
    if (drill_arguments_has(arguments, "--topic") || drill_arguments_has(arguments, "--packet-id"))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--topic and --packet-id go with export and diagram");
    if (!drill_trace_view_options(arguments, view, &filters)) return DRILL_EXIT_USAGE;
    options.node = filters.client;
    options.from_ns = filters.from_ns;
    options.until_ns = filters.until_ns;
    if (pattern) options.pattern = drill_span_of(pattern);
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_trace_show(view->file, &options, &text);
    bool found = text.size > 0;
    int status = print(&text);
    return pattern && !found ? DRILL_EXIT_FAILED : status;
}

static void print_event(const DrillTraceFile *file, size_t index, char mark) {
    DrillBuffer line = {.allocator = drill_allocator_malloc()};
    if (index < file->count)
        drill_trace_show_event(drill_trace_version(&file->versions, &file->events[index]),
                               &file->events[index], true, &line);
    else
        drill_buffer_put_string(&line, "(the trace ends here)");
    printf("%c %.*s\n", mark, (int)line.size, (const char *)line.data);
    drill_buffer_release(&line);
}

static bool print_header(const DrillTraceFile *a, const DrillTraceFile *b) {
    DrillBuffer left = {.allocator = drill_allocator_malloc()}, right = left;
    drill_trace_format_header(&a->header, &left);
    drill_trace_format_header(&b->header, &right);
    bool equal = drill_span_equal(drill_buffer_span(&left), drill_buffer_span(&right));
    if (!equal)
        printf("the headers differ:\n- %.*s+ %.*s", (int)left.size, (const char *)left.data,
               (int)right.size, (const char *)right.data);
    drill_buffer_release(&left);
    drill_buffer_release(&right);
    return equal;
}

static int diff(const DrillTraceFile *a, const DrillTraceFile *b) {
    bool same_header = print_header(a, b);
    DrillTraceFile events = *b; /* its events under the other's header */
    events.header = a->header;
    size_t at = drill_trace_first_difference(a, &events);
    if (at == SIZE_MAX) {
        printf("equal: %zu events%s%s\n", a->count, same_header ? ", digest " : "",
               same_header ? a->digest : "");
        return same_header ? DRILL_EXIT_PASSED : DRILL_EXIT_FAILED;
    }
    printf("first difference at event %zu\n", at + 1);
    for (size_t i = at > 5 ? at - 5 : 0; i < at; i++)
        print_event(a, i, ' ');
    for (size_t i = at; i < at + 3 && i < a->count + 1; i++)
        print_event(a, i, '-');
    for (size_t i = at; i < at + 3 && i < b->count + 1; i++)
        print_event(b, i, '+');
    return DRILL_EXIT_FAILED;
}

/* Texts other than diagrams; false: not one of them. */
static bool export_text(const DrillTraceFile *file, const char *format, DrillBuffer *out) {
    if (strcmp(format, "csv") == 0) {
        drill_trace_csv(file, out);
    } else if (strcmp(format, "chrome") == 0) {
        drill_trace_chrome(file, out);
    } else if (strcmp(format, "jsonl") == 0) {
        drill_trace_format_header(&file->header, out);
        for (size_t i = 0; i < file->count; i++)
            drill_trace_format(&file->events[i], out);
    } else {
        return false;
    }
    return true;
}

/* By the end of a file's name: "csv" for "x.csv". */
static const char *format_of(const char *path) {
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot ? dot + 1 : "";
}

static int write_text(const DrillArguments *arguments, const char *path, DrillBuffer *text) {
    if (!path || strcmp(path, "-") == 0) return print(text);
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text->data, 1, text->size, file) == text->size;
    if (file && fclose(file) != 0) good = false;
    drill_buffer_release(text);
    if (good) return DRILL_EXIT_PASSED;
    perror(path);
    return drill_complain(arguments, DRILL_EXIT_MACHINERY, "cannot write %s", path);
}

static bool has_filters(const DrillArguments *arguments) {
    static const char *const filters[] = {"--client", "--topic", "--packet-id", "--from", "--to"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(filters); i++)
        if (drill_arguments_has(arguments, filters[i])) return true;
    return false;
}

static int export_capture(const DrillArguments *arguments, const DrillTraceView *view) {
    const char *path = drill_arguments_get(arguments, "--output"),
               *form = drill_arguments_get(arguments, "--form"),
               *side = drill_arguments_get(arguments, "--side");
    DrillDiagramOptions filters;
    DrillDiagnostic diagnostic;
    if (drill_arguments_has(arguments, "--topic") || drill_arguments_has(arguments, "--packet-id"))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--topic and --packet-id go with diagrams: a capture is filtered "
                              "when it is read");
    if (!drill_trace_view_options(arguments, NULL, &filters)) return DRILL_EXIT_USAGE;
    DrillCaptureOptions options = {.client = filters.client,
                                   .from_ns = filters.from_ns,
                                   .until_ns = filters.until_ns,
                                   .findings = view->findings,
                                   .finding_count = view->finding_count};
    if (form && !drill_capture_form_named(form, &options.form))
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--form: expected ip or pdu, got \"%s\"",
                              form);
    if (side && !drill_capture_side_named(side, &options.side))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--side: expected client, broker or both, got \"%s\"", side);
    if (!path) return drill_complain(arguments, DRILL_EXIT_USAGE, "export: where to? -o FILE");
    DrillBuffer capture = {.allocator = drill_allocator_malloc()};
    if (drill_capture_write(view->file, &options, &capture, &diagnostic) == DRILL_OK)
        return write_text(arguments, path, &capture);
    drill_buffer_release(&capture);
    return drill_complain(arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
}

static int export_trace(const DrillArguments *arguments, const DrillTraceView *view) {
    const char *path = drill_arguments_get(arguments, "--output"),
               *format = drill_arguments_get(arguments, "--format");
    if (!format) format = format_of(path);
    if (strcmp(format, "pcapng") == 0) return export_capture(arguments, view);
    if (drill_arguments_has(arguments, "--form") || drill_arguments_has(arguments, "--side"))
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--form and --side go with pcapng");
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    if (export_text(view->file, format, &text)) {
        if (!has_filters(arguments)) return write_text(arguments, path, &text);
        drill_buffer_release(&text);
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--client, --topic, --packet-id, --from and "
                              "--to go with diagrams and show; %s is exported whole",
                              format);
    }
    DrillDiagramFormat drawing;
    if (!drill_diagram_format_named(format, &drawing) &&
        !(path && drill_diagram_format_of(path, &drawing)))
        return drill_complain(
            arguments, DRILL_EXIT_USAGE,
            "export: expected -o FILE or --format with pcapng, jsonl, csv, chrome, mermaid, "
            "plantuml, dot, svg, png or pdf, got \"%s\"",
            format);
    if (!path) return drill_complain(arguments, DRILL_EXIT_USAGE, "export: where to? -o FILE");
    DrillDiagnostic diagnostic;
    size_t pages;
    return drill_trace_view_draw(arguments, view, drawing, path, &pages, &diagnostic);
}

static int diff_files(const DrillArguments *arguments, const DrillTraceView *view,
                      const char *path) {
    DrillTraceView other;
    int status = drill_trace_view_open(arguments, path, &other);
    if (status != 0) return status;
    status = diff(view->file, other.file);
    drill_trace_view_close(&other);
    return status;
}

typedef struct Plot {
    const char *option;
    void (*draw)(DrillStats *stats, DrillBuffer *out);
} Plot;

static int stats(const DrillArguments *arguments, const DrillTraceView *view) {
    static const Plot plots[] = {{"--plot", drill_stats_plot},
                                 {"--plot-link", drill_stats_plot_link}};
    bool printed = false; /* a picture has taken standard output */
    DrillStats stats;
    int status = DRILL_EXIT_PASSED;
    drill_stats_read(view->file, &stats);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(plots); i++) {
        const char *path = drill_arguments_get(arguments, plots[i].option);
        if (path == NULL || status != DRILL_EXIT_PASSED) continue;
        DrillBuffer picture = {.allocator = drill_allocator_malloc()};
        plots[i].draw(&stats, &picture);
        status = write_text(arguments, path, &picture);
        printed = printed || strcmp(path, "-") == 0;
    }
    if (status == DRILL_EXIT_PASSED && !printed) {
        DrillBuffer text = {.allocator = drill_allocator_malloc()};
        if (drill_arguments_has(arguments, "--json"))
            drill_stats_json(&stats, &text);
        else
            drill_stats_text(&stats, &text);
        status = print(&text);
    }
    drill_stats_free(&stats);
    return status;
}

int drill_cmd_trace(const DrillArguments *arguments) {
    static const char *const verbs[] = {"show", "grep", "diff", "stats", "export"};
    const char *verb = drill_arguments_operand(arguments, 0);
    size_t which = 0;
    while (which < DRILL_ARRAY_COUNT(verbs) && strcmp(verb, verbs[which]) != 0)
        which++;
    if (which == DRILL_ARRAY_COUNT(verbs))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "expected show, grep, diff, stats or export, got \"%s\"", verb);
    bool two = which == 1 || which == 2; /* a pattern and a trace, or two traces */
    if (drill_arguments_operand_count(arguments) != (two ? 3u : 2u))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "%s: wrong number of arguments (see mqttdrill help trace)", verb);
    DrillTraceView view;
    int status = drill_trace_view_open(
        arguments, drill_arguments_operand(arguments, which == 1 ? 2 : 1), &view);
    if (status != 0) return status;
    switch (which) {
    case 0:
        status = show(arguments, &view, NULL);
        break;
    case 1:
        status = show(arguments, &view, drill_arguments_operand(arguments, 1));
        break;
    case 2:
        status = diff_files(arguments, &view, drill_arguments_operand(arguments, 2));
        break;
    case 3:
        status = stats(arguments, &view);
        break;
    default:
        status = export_trace(arguments, &view);
        break;
    }
    drill_trace_view_close(&view);
    return status;
}
