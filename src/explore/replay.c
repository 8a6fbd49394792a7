#include "explore/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/link_text.h"
#include "explore/service.h"

#define DRILL_REPLAY_BYTES_MAX ((size_t)8 << 30)

static char *text_of(DrillSpan span) {
    char *text = malloc(span.size + 1);
    DRILL_ASSERT(text != NULL);
    if (span.size) memcpy(text, span.data, span.size);
    text[span.size] = '\0';
    return text;
}

static DrillResult set_defects(const char *names, const char *trace, DrillDefectSet *set,
                               DrillDiagnostic *diagnostic) {
    for (const char *at = names; *at;) {
        size_t size = strcspn(at, ",");
        int id = drill_defect_find(drill_span(at, size));
        if (id < 0)
            return drill_diagnose(diagnostic, DRILL_INVALID,
                                  "%s: header: there is no defect \"%.*s\"", trace, (int)size, at);
        drill_defect_set(set, (DrillDefectId)id);
        at += size + (at[size] == ',');
    }
    return DRILL_OK;
}

/* What only the headers of services have. */
typedef struct ServiceTexts {
    const char *broker_text;
    uint64_t duration_ns;
    bool stream, broker_only;
} ServiceTexts;

/* What the options of a run point at. */
typedef struct Recorded {
    DrillWorldLink link;
    DrillTcpSettings tcp;
} Recorded;

/* Reads back what drill_run_options_text wrote. `text` is modified; the options keep pointing into
 * it. */
static DrillResult read_options(char *text, const char *trace, DrillRunOptions *run,
                                Recorded *recorded, ServiceTexts *more,
                                DrillDiagnostic *diagnostic) {
    for (char *item = text; item;) {
        char *next = strchr(item, ';');
        if (next) *next++ = '\0';
        DrillResult result = DRILL_OK;
        if (strcmp(item, "level=segment") == 0) {
            run->segments = true;
        } else if (strncmp(item, "link=", 5) == 0) {
            result = drill_link_text_parse(item + 5, &recorded->link, diagnostic);
            run->link_override = &recorded->link;
            run->link_text = item + 5;
        } else if (strncmp(item, "tcp=", 4) == 0) {
            result = drill_tcp_text_parse(item + 4, &recorded->tcp, diagnostic);
            run->tcp_override = &recorded->tcp;
            run->tcp_text = item + 4;
        } else if (strncmp(item, "broker=", 7) == 0) {
            more->broker_text = item + 7;
        } else if (strncmp(item, "duration=", 9) == 0) {
            result = drill_parse_duration(drill_span_of(item + 9), &more->duration_ns);
        } else if (strcmp(item, "transport=stream") == 0) {
            more->stream = true;
        } else if (strcmp(item, "clients=none") == 0) {
            more->broker_only = true;
        } else if (strncmp(item, "defects=", 8) == 0) {
            result = set_defects(item + 8, trace, &run->defects, diagnostic);
        } else if (strcmp(item, "level=packet") != 0) {
            result = drill_diagnose(diagnostic, DRILL_INVALID, "%s: header: unknown option \"%s\"",
                                    trace, item);
        }
        if (result != DRILL_OK) return result;
        item = next;
    }
    return DRILL_OK;
}

static const DrillScenario *find_scenario(const DrillScenario *list, size_t count, DrillSpan id) {
    for (size_t i = 0; i < count; i++)
        if (drill_span_is(id, list[i].id)) return &list[i];
    return NULL;
}

static char *line_of(const DrillTraceFile *file, size_t index) {
    if (index >= file->count) return strdup("(the trace ends here)");
    DrillBuffer line = {.allocator = drill_allocator_malloc()};
    drill_trace_format(&file->events[index], &line);
    char *text = text_of(drill_buffer_span(&line));
    drill_buffer_release(&line);
    return text;
}

static DrillResult compare(const DrillTraceFile *recorded, const char *again_path,
                           DrillReplayResult *result, DrillDiagnostic *diagnostic) {
    DrillTraceFile *again;
    DrillResult read = drill_trace_read(again_path, drill_allocator_malloc(), &again, diagnostic);
    if (read != DRILL_OK) return read;
    result->first_difference = drill_trace_first_difference(recorded, again);
    if (result->first_difference != SIZE_MAX) {
        result->recorded_line = line_of(recorded, result->first_difference);
        result->replayed_line = line_of(again, result->first_difference);
    }
    drill_trace_file_free(again);
    return DRILL_OK;
}

static bool is_service(const DrillTraceFile *file) {
    return drill_span_is(file->header.target, "serve") ||
           drill_span_is(file->header.target, "proxy");
}

static DrillResult run_service(const DrillRunOptions *run, const ServiceTexts *more,
                               DrillRunResult *ran, DrillDiagnostic *diagnostic) {
    DrillServiceOptions service = {
        .scenario = run->scenario,
        .scenario_broker_only = more->broker_only,
        .version = run->version,
        .seed = run->seed,
        .proxy = drill_span_is(run->replay->header.target, "proxy"),
        .link = run->link_override,
        .link_text = run->link_text,
        .stream = more->stream,
        .tcp = run->tcp_override,
        .tcp_text = run->tcp_text,
        .broker_text = more->broker_text,
        .defects = run->defects,
        .segments = run->segments,
        .duration_ns = more->duration_ns,
        .trace_path = run->trace_path,
        .replay = run->replay,
    };
    return drill_service_run(&service, ran, diagnostic);
}

static DrillResult run_again(const DrillTraceFile *file, const char *trace,
                             const DrillScenario *scenario, DrillReplayResult *result,
                             DrillDiagnostic *diagnostic) {
    char again_path[] = "/tmp/mqttdrill-replay-XXXXXX";
    int fd = mkstemp(again_path);
    if (fd < 0) return drill_diagnose(diagnostic, DRILL_IO, "no temporary file");
    close(fd);
    char *options_text = text_of(file->header.options), *run_id = text_of(file->header.run_id);
    Recorded recorded;
    DrillRunOptions run = {.scenario = scenario,
                           .version = (DrillVersion)file->header.version,
                           .seed = file->header.seed,
                           .run_id = run_id,
                           .replay = file,
                           .trace_path = again_path};
    DrillRunResult ran = {0};
    ServiceTexts more = {0};
    DrillResult done = read_options(options_text, trace, &run, &recorded, &more, diagnostic);
    if (done == DRILL_OK && is_service(file))
        done = run_service(&run, &more, &ran, diagnostic);
    else if (done == DRILL_OK)
        done = drill_run(&run, &ran, diagnostic);
    if (done == DRILL_OK) {
        memcpy(result->recorded, file->digest, sizeof(result->recorded));
        memcpy(result->replayed, ran.digest, sizeof(result->replayed));
        result->events = ran.events;
        result->equal = strcmp(file->digest, ran.digest) == 0;
        result->first_difference = SIZE_MAX;
        if (!result->equal) done = compare(file, again_path, result, diagnostic);
    }
    drill_run_result_free(&ran);
    unlink(again_path);
    free(options_text);
    free(run_id);
    return done;
}

static DrillResult replay_file(const DrillTraceFile *file, const char *trace,
                               const char *suite_folder, DrillReplayResult *result,
                               DrillDiagnostic *diagnostic) {
    if (file->truncated)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "%s: the trace is cut short; only whole runs can be replayed", trace);
    if (is_service(file) && file->header.scenario_id.size == 0)
        return run_again(file, trace, NULL, result, diagnostic);
    char *relative = text_of(file->header.scenario_path);
    /* A trace may come from anybody; it names files of the suite, and no others. */
    if (relative[0] == '/' || strstr(relative, "..")) {
        free(relative);
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "%s: header: scenario_path leads out of the suite's folder", trace);
    }
    size_t size = strlen(suite_folder) + strlen(relative) + 2;
    char *path = malloc(size);
    DRILL_ASSERT(path != NULL);
    snprintf(path, size, "%s/%s", suite_folder, relative);
    DrillScenario *list = NULL;
    size_t count = 0;
    DrillArena *memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_REPLAY_BYTES_MAX);
    DRILL_ASSERT(memory != NULL);
    DrillResult done = drill_script_declare(path, suite_folder, drill_arena_allocator(memory),
                                            &list, &count, diagnostic);
    const DrillScenario *scenario =
        done == DRILL_OK ? find_scenario(list, count, file->header.scenario_id) : NULL;
    if (done == DRILL_OK && !scenario)
        done = drill_diagnose(diagnostic, DRILL_INVALID, "%s: has no scenario \"%.*s\"", path,
                              (int)file->header.scenario_id.size,
                              (const char *)file->header.scenario_id.data);
    if (done == DRILL_OK) done = run_again(file, trace, scenario, result, diagnostic);
    drill_arena_free(memory);
    free(relative);
    free(path);
    return done;
}

DrillResult drill_replay(const char *trace_path, const char *suite_folder,
                         DrillReplayResult *result, DrillDiagnostic *diagnostic) {
    memset(result, 0, sizeof(*result));
    DrillTraceFile *file;
    DrillResult read = drill_trace_read(trace_path, drill_allocator_malloc(), &file, diagnostic);
    if (read != DRILL_OK) return read;
    DrillResult done = replay_file(file, trace_path, suite_folder, result, diagnostic);
    drill_trace_file_free(file);
    return done;
}

void drill_replay_result_free(DrillReplayResult *result) {
    free(result->recorded_line);
    free(result->replayed_line);
    memset(result, 0, sizeof(*result));
}
