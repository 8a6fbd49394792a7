#include "trace_input.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/check.h"
#include "report/diagram.h"
#include "report/trace_show.h"
#include "trace/trace.h"

#define ARENA_BYTES_MAX ((size_t)4 << 30)

typedef struct Work {
    DrillAllocator allocator;
    DrillSpan text;
    TraceTally *tally;
} Work;

static void fail(const Work *work, const char *what) {
    fwrite(work->text.data, 1, work->text.size, stderr);
    fprintf(stderr, "\ntrace: this does not hold for the input above: %s\n", what);
    exit(1); /* libFuzzer takes this for a crash and keeps the input */
}

#define HOLDS(work, condition) ((condition) ? (void)0 : fail((work), #condition))

/* What was read can be written, and reads again to the same. */
static void round_trip(Work *work, const DrillTraceFile *file) {
    DrillBuffer text = {.allocator = work->allocator};
    DrillTraceFile *again = NULL;
    DrillDiagnostic diagnostic;
    drill_trace_format_header(&file->header, &text);
    for (size_t i = 0; i < file->count; i++) {
        drill_trace_format(&file->events[i], &text);
    }
    HOLDS(work, drill_trace_parse(drill_buffer_span(&text), "again", work->allocator, &again,
                                  &diagnostic) == DRILL_OK);
    HOLDS(work, again->count == file->count);
    HOLDS(work, drill_trace_first_difference(file, again) == SIZE_MAX);
    drill_trace_file_free(again);
    drill_buffer_release(&text);
}

static void draw(Work *work, const DrillTraceFile *file, const DrillFinding *findings,
                 size_t finding_count, const DrillDiagramOptions *options) {
    DrillBuffer text = {.allocator = work->allocator};
    DrillDiagram *diagram = drill_diagram_build(file, findings, finding_count, options);
    size_t pages = drill_diagram_page_count(diagram);
    HOLDS(work, pages >= 1);
    for (size_t page = 0; page < pages; page++) {
        drill_diagram_dot(diagram, page, &text);
    }
    drill_diagram_mermaid(diagram, &text);
    drill_diagram_plantuml(diagram, &text);
    HOLDS(work, drill_utf8_valid(drill_buffer_span(&text)));
    drill_diagram_free(diagram);
    drill_buffer_release(&text);
    work->tally->pages += pages;
}

static void judge(Work *work, const DrillTraceFile *file, bool paced) {
    DrillCheckOptions options = {.allocator = work->allocator,
                                 .version = file->header.version,
                                 .paced = paced,
                                 .keep_alive_slack_ns = DRILL_NS_PER_S};
    DrillCheck *check = drill_check_new(&options);
    for (size_t i = 0; i < file->count; i++) {
        drill_check_event(check, &file->events[i]);
    }
    drill_check_finish(check);
    size_t count = drill_check_finding_count(check);
    DrillFinding *findings = DRILL_NEW_ARRAY(work->allocator, DrillFinding, count + 1);
    for (size_t i = 0; i < count; i++) {
        findings[i] = *drill_check_finding(check, i);
        HOLDS(work, findings[i].text != NULL);
        HOLDS(work, findings[i].packet_count <= DRILL_FINDING_PACKETS_MAX);
        for (size_t at = 0; at < findings[i].packet_count; at++) {
            HOLDS(work, findings[i].packets[at] <= file->count);
        }
    }
    work->tally->findings += count;
    work->tally->failed += drill_check_verdict(check) == DRILL_FAIL ? 1u : 0u;
    draw(work, file, findings, count, &(DrillDiagramOptions){.segments = paced});
    draw(work, file, findings, count, &(DrillDiagramOptions){.around_failure = true, .bare = true});
    drill_check_free(check);
}

static void show(Work *work, const DrillTraceFile *file) {
    DrillBuffer text = {.allocator = work->allocator};
    drill_trace_show(file, &(DrillTraceShowOptions){.full = true}, &text);
    drill_trace_stats(file, &text);
    drill_trace_csv(file, &text);
    drill_trace_chrome(file, &text);
    drill_buffer_release(&text);
}

void trace_input(DrillSpan text, TraceTally *tally) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, ARENA_BYTES_MAX);
    Work work = {drill_arena_allocator(arena), text, tally};
    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic = {{0}};
    if (drill_trace_parse(text, "fuzz", work.allocator, &file, &diagnostic) == DRILL_OK) {
        tally->read++;
        tally->truncated += file->truncated ? 1u : 0u;
        tally->events += file->count;
        round_trip(&work, file);
        judge(&work, file, drill_span_is(file->header.target, "mqtt"));
        show(&work, file);
    } else {
        tally->refused++;
        HOLDS(&work, diagnostic.text[0] != '\0');
    }
    drill_arena_free(arena);
}
