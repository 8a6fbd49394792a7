#include "cli/trace_view.h"

#include <stdio.h>
#include <string.h>

#include "mqtt/topic.h"

#define DRILL_VIEW_BYTES_MAX ((size_t)64 << 30)

/* The same oracles as during the run: a trace is all they need. */
static void judge(DrillTraceView *view, DrillAllocator allocator) {
    bool live = drill_span_is(view->file->header.target, "mqtt");
    DrillCheckOptions options = {.allocator = allocator,
                                 .version = view->file->header.version,
                                 .paced = live,
                                 .keep_alive_slack_ns = (live ? 10 : 1) * DRILL_NS_PER_S};
    view->check = drill_check_new(&options);
    for (size_t i = 0; i < view->file->count; i++)
        drill_check_event(view->check, &view->file->events[i]);
    if (!view->file->truncated) drill_check_finish(view->check);
    size_t count = drill_check_finding_count(view->check);
    view->findings = DRILL_NEW_ARRAY(allocator, DrillFinding, count + 1);
    for (size_t i = 0; i < count; i++)
        view->findings[view->finding_count++] = *drill_check_finding(view->check, i);
}

int drill_trace_view_open(const DrillArguments *arguments, const char *path, DrillTraceView *view) {
    DrillDiagnostic diagnostic;
    memset(view, 0, sizeof(*view));
    view->memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_VIEW_BYTES_MAX);
    DRILL_ASSERT(view->memory != NULL);
    DrillAllocator allocator = drill_arena_allocator(view->memory);
    DrillResult read = drill_trace_read(path, allocator, &view->file, &diagnostic);
    if (read != DRILL_OK) {
        drill_arena_free(view->memory);
        return drill_complain(arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
    }
    if (view->file->truncated)
        fprintf(stderr, "mqttdrill: %s is cut short: %zu events are there\n", path,
                view->file->count);
    judge(view, allocator);
    return 0;
}

void drill_trace_view_close(DrillTraceView *view) {
    drill_arena_free(view->memory);
    memset(view, 0, sizeof(*view));
}

static bool has_node(const DrillTraceFile *file, DrillSpan name) {
    for (size_t i = 0; i < file->count; i++)
        if (drill_span_equal(file->events[i].node, name)) return true;
    return false;
}

/* Filters that would silently leave nothing, or everything. */
static bool check_filters(const DrillArguments *arguments, const DrillTraceView *view,
                          const DrillDiagramOptions *options) {
    const char *client = drill_arguments_get(arguments, "--client"),
               *topic = drill_arguments_get(arguments, "--topic"),
               *to = drill_arguments_get(arguments, "--to");
    if (view && client && !has_node(view->file, options->client))
        drill_complain(arguments, DRILL_EXIT_USAGE, "--client: there is no \"%s\" in this trace",
                       client);
    else if (topic && !drill_topic_is_filter(options->topic))
        drill_complain(arguments, DRILL_EXIT_USAGE, "--topic: expected a Topic Filter, got \"%s\"",
                       topic);
    else if (to && (options->until_ns == 0 || options->until_ns < options->from_ns))
        drill_complain(arguments, DRILL_EXIT_USAGE,
                       "--to: expected a time above 0s and not before --from, got \"%s\"", to);
    else
        return true;
    return false;
}

bool drill_trace_view_options(const DrillArguments *arguments, const DrillTraceView *view,
                              DrillDiagramOptions *options) {
    const char *client = drill_arguments_get(arguments, "--client"),
               *topic = drill_arguments_get(arguments, "--topic");
    memset(options, 0, sizeof(*options));
    if (client) options->client = drill_span_of(client);
    if (topic) options->topic = drill_span_of(topic);
    const char *level = drill_arguments_get(arguments, "--level");
    if (level && strcmp(level, "packet") != 0 && strcmp(level, "segment") != 0) {
        drill_complain(arguments, DRILL_EXIT_USAGE,
                       "--level: expected packet or segment, got \"%s\"", level);
        return false;
    }
    options->segments = level && strcmp(level, "segment") == 0;
    options->around_failure = drill_arguments_has(arguments, "--around-failure");
    return drill_arguments_u64(arguments, "--packet-id", 1, 65535, &options->packet_identifier) &&
           drill_arguments_duration(arguments, "--from", &options->from_ns) &&
           drill_arguments_duration(arguments, "--to", &options->until_ns) &&
           check_filters(arguments, view, options);
}

int drill_trace_view_draw(const DrillArguments *arguments, const DrillTraceView *view,
                          DrillDiagramFormat format, const char *path, size_t *pages,
                          DrillDiagnostic *diagnostic) {
    DrillDiagramOptions options;
    if (!drill_trace_view_options(arguments, view, &options)) return DRILL_EXIT_USAGE;
    DrillDiagram *diagram =
        drill_diagram_build(view->file, view->findings, view->finding_count, &options);
    *pages = drill_diagram_page_count(diagram);
    DrillResult written = drill_diagram_write(diagram, format, path, diagnostic);
    drill_diagram_free(diagram);
    return written == DRILL_OK
               ? 0
               : drill_complain(arguments, DRILL_EXIT_MACHINERY, "%s", diagnostic->text);
}
