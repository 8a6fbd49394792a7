/* The tracer: numbers, lines, digest, sinks, and that a rewound run goes on as if nothing had
 * happened. */
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "unit/suite.h"
#include "unit/trace/sample.h"

typedef struct Heard {
    DrillBuffer lines;
    DrillBuffer order; /* "l" for a line, "e" for an event */
    uint64_t last_number;
} Heard;

static void hear_event(void *context, const DrillTraceEvent *event) {
    Heard *heard = (Heard *)context;
    heard->last_number = event->number;
    drill_buffer_put_byte(&heard->order, 'e');
}

static void hear_line(void *context, DrillSpan line) {
    Heard *heard = (Heard *)context;
    drill_buffer_put(&heard->lines, line.data, line.size);
    drill_buffer_put_byte(&heard->order, 'l');
}

static Heard new_heard(void) {
    Heard heard = {sample_buffer(), sample_buffer(), 0};
    return heard;
}

static void free_heard(Heard *heard) {
    drill_buffer_release(&heard->lines);
    drill_buffer_release(&heard->order);
}

static DrillTracer *new_tracer(DrillAllocator allocator, bool digest) {
    DrillTracerOptions options = {allocator, digest};
    return drill_tracer_new(&options);
}

static void emit_some(DrillTracer *tracer, int count) {
    for (int i = 0; i < count; i++) {
        DrillTraceEvent event = sample_event((DrillTraceKind)(i % DRILL_TRACE_KIND_COUNT),
                                             drill_tracer_count(tracer) + 1, i % 3);
        event.number = 999; /* the tracer's business */
        event.time_ns = drill_tracer_count(tracer);
        uint64_t number = drill_tracer_emit(tracer, &event);
        ck_assert_uint_eq(number, event.number);
        ck_assert_uint_eq(number, drill_tracer_count(tracer));
    }
}

static void digest_of(DrillSpan text, char out[65]) {
    DrillSha256 sha;
    drill_sha256_init(&sha);
    drill_sha256_add(&sha, text);
    drill_trace_digest_text(&sha, out);
}

START_TEST(numbers_lines_and_digest) {
    Heard heard = new_heard();
    DrillTracer *tracer = new_tracer(drill_allocator_malloc(), true);
    DrillTraceSink sink = {&heard, hear_event, hear_line};
    drill_tracer_add_sink(tracer, sink);
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    emit_some(tracer, 100);
    ck_assert_uint_eq(heard.last_number, 100);
    ck_assert_uint_eq(heard.order.size, 201);
    ck_assert_mem_eq(heard.order.data, "llelele", 7);

    char wanted[65];
    char digest[65];
    digest_of(drill_buffer_span(&heard.lines), wanted);
    drill_tracer_digest(tracer, digest);
    ck_assert_str_eq(digest, wanted);
    drill_tracer_digest(tracer, digest);
    ck_assert_str_eq(digest, wanted);

    DrillTraceFile *file;
    ck_assert_int_eq(drill_trace_parse(drill_buffer_span(&heard.lines), "t",
                                       drill_allocator_malloc(), &file, NULL),
                     DRILL_OK);
    ck_assert_uint_eq(file->count, 100);
    ck_assert_str_eq(file->digest, wanted);
    drill_trace_file_free(file);
    drill_tracer_free(tracer);
    free_heard(&heard);
}
END_TEST

START_TEST(without_digest) {
    Heard heard = new_heard();
    DrillTracer *tracer = new_tracer(drill_allocator_malloc(), false);
    DrillTraceSink events_only = {&heard, hear_event, NULL};
    drill_tracer_add_sink(tracer, events_only);
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    emit_some(tracer, 3);
    ck_assert_str_eq(drill_buffer_cstring(&heard.order), "eee");
    DrillTraceSink lines_only = {&heard, NULL, hear_line};
    drill_tracer_add_sink(tracer, lines_only);
    emit_some(tracer, 1);
    ck_assert_str_eq(drill_buffer_cstring(&heard.order), "eeele");
    drill_tracer_free(tracer);
    drill_tracer_free(NULL);
    free_heard(&heard);
}
END_TEST

START_TEST(rewound) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 24);
    DrillTracer *tracer = new_tracer(drill_arena_allocator(arena), true);
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    emit_some(tracer, 7);
    char before[65];
    char after[65];
    char again[65];
    drill_tracer_digest(tracer, before);
    DrillSnapshot *snapshot = drill_arena_save(arena);
    emit_some(tracer, 50);
    drill_tracer_digest(tracer, after);
    ck_assert_str_ne(before, after);
    drill_arena_restore(arena, snapshot);
    ck_assert_uint_eq(drill_tracer_count(tracer), 7);
    drill_tracer_digest(tracer, again);
    ck_assert_str_eq(again, before);
    emit_some(tracer, 50);
    drill_tracer_digest(tracer, again);
    ck_assert_str_eq(again, after);
    drill_snapshot_free(snapshot);
    drill_arena_free(arena);
}
END_TEST

static void *count_resize(void *context, void *block, size_t old_size, size_t new_size) {
    ++*(size_t *)context;
    DrillAllocator heap = drill_allocator_malloc();
    return heap.resize(heap.context, block, old_size, new_size);
}

START_TEST(no_allocation_in_steady_state) {
    size_t calls = 0;
    DrillAllocator counting = {count_resize, &calls};
    DrillTracer *tracer = new_tracer(counting, true);
    emit_some(tracer, 2 * DRILL_TRACE_KIND_COUNT);
    calls = 0;
    emit_some(tracer, 1000);
    ck_assert_uint_eq(calls, 0);
    drill_tracer_free(tracer);
}
END_TEST

START_TEST(cause_in_the_future) {
    DrillTracer *tracer = new_tracer(drill_allocator_malloc(), true);
    DrillTraceEvent event = {.cause = 1, .kind = DRILL_TRACE_APP_CRASH};
    drill_tracer_emit(tracer, &event);
}
END_TEST

static void emit_from_sink(void *context, const DrillTraceEvent *event) {
    DrillTraceEvent more = *event;
    drill_tracer_emit((DrillTracer *)context, &more);
}

START_TEST(a_sink_that_emits) {
    DrillTracer *tracer = new_tracer(drill_allocator_malloc(), true);
    DrillTraceSink sink = {tracer, emit_from_sink, NULL};
    drill_tracer_add_sink(tracer, sink);
    emit_some(tracer, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/emit");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, numbers_lines_and_digest);
    tcase_add_test(tests, without_digest);
    tcase_add_test(tests, rewound);
    tcase_add_test(tests, no_allocation_in_steady_state);
    tcase_add_test_raise_signal(tests, cause_in_the_future, SIGABRT);
    tcase_add_test_raise_signal(tests, a_sink_that_emits, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
