/* Events of every kind with recognisable and with awkward contents, and files to put them in. */
#ifndef TESTS_TRACE_SAMPLE_H
#define TESTS_TRACE_SAMPLE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/trace.h"
#include "unit/folder_root.h"

static inline DrillTraceHeader sample_header(void) {
    DrillTraceHeader header = {.tool_version = drill_span_of("0.1.0"),
                               .scenario_id = drill_span_of("qos/a"),
                               .scenario_path = drill_span_of("qos/a.lua"),
                               .scenario_sha256 = drill_span_of("00ff"),
                               .title = drill_span_of("A \"title\" with \xc3\xa9"),
                               .target = drill_span_of("sim"),
                               .version = 4,
                               .seed = UINT64_MAX,
                               .run_id = drill_span_of(""),
                               .options = drill_span_of("link=;defects=")};
    return header;
}

/* `variant` 0: plain values, 1: the largest and the awkward, 2: nothing at all. */
static inline DrillTraceEvent sample_event(DrillTraceKind kind, uint64_t number, int variant) {
    static const uint8_t packet[] = {0x30, 0x04, 0x00, 0x01, 't', 'x'};
    const DrillSpan texts[] = {drill_span_of("c>b"),
                               drill_span("\0\"\\\n\x7f\xc3\xa9\xff\xed\xa0\x80\xf0\x9f\x98", 14),
                               drill_span(NULL, 0)};
    const DrillSpan bytes[] = {drill_span(packet, sizeof packet), drill_span("\x00\xff", 2),
                               drill_span(NULL, 0)};
    const uint64_t numbers[] = {number * 3, UINT64_MAX, 0};
    DrillTraceEvent event = {.time_ns = variant == 0 ? numbers[0] : UINT64_MAX, /* never back */
                             .number = number,
                             .cause = variant == 2 ? 0 : number - 1,
                             .node = variant == 2 ? drill_span(NULL, 0) : drill_span_of("pub"),
                             .kind = kind};
    const DrillTraceSchema *schema = drill_trace_schema(kind);
    for (size_t i = 0; i < schema->field_count; i++) {
        switch (schema->fields[i].type) {
        case DRILL_TRACE_U64:
            event.values[i].number = numbers[variant];
            break;
        case DRILL_TRACE_BOOL:
            event.values[i].number = variant == 0;
            break;
        case DRILL_TRACE_TEXT:
            event.values[i].bytes = texts[variant];
            break;
        case DRILL_TRACE_BYTES:
            event.values[i].bytes = bytes[variant];
            break;
        }
    }
    return event;
}

/* Header, every kind in `variants` variants, run.end. */
static inline void sample_text(DrillBuffer *out, int variants) {
    DrillTraceHeader header = sample_header();
    drill_trace_format_header(&header, out);
    uint64_t number = 0;
    for (int variant = 0; variant < variants; variant++) {
        for (int kind = 0; kind < DRILL_TRACE_KIND_COUNT; kind++) {
            DrillTraceEvent event = sample_event((DrillTraceKind)kind, ++number, variant);
            drill_trace_format(&event, out);
        }
    }
    DrillTraceEvent end = sample_event(DRILL_TRACE_RUN_END, ++number, 0);
    end.time_ns = variants > 1 ? UINT64_MAX : end.time_ns;
    drill_trace_format(&end, out);
}

static inline DrillBuffer sample_buffer(void) {
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    return buffer;
}

/* A folder of its own for each test process; `name` inside it. */
static inline const char *sample_path(const char *name) {
    static const char *folder;
    static char path[256];
    if (folder == NULL) folder = folder_new();
    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", folder, name), (int)sizeof path);
    return path;
}

/* Removes files of the folder, and the folder. */
static inline void sample_clean(const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        (void)remove(sample_path(names[i]));
    }
    ck_assert_int_eq(remove(sample_path("")), 0);
}

static inline void sample_save(const char *path, DrillSpan content) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void sample_load(const char *path, DrillBuffer *out) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    uint8_t piece[4096];
    for (size_t got = 1; got > 0;) {
        got = fread(piece, 1, sizeof piece, file);
        drill_buffer_put(out, piece, got);
    }
    ck_assert_int_eq(fclose(file), 0);
}

#endif
