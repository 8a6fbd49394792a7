/* The tracer: numbers events, writes each line once, digests it and hands it on. Everything it
 * knows lies in its allocator's memory, so that a rewound run goes on with the number and the
 * digest of that moment. */
#include "base/arena.h"
#include "trace/trace.h"

#define SINKS_MAX 8
/* Lines are digested together: a line of two or three blocks alone costs more than its share. */
#define DIGEST_BYTES ((size_t)4096)

struct DrillTracer {
    DrillAllocator allocator;
    DrillBuffer lines; /* not digested yet; no allocation once it is large enough */
    DrillSha256 sha;   /* of all lines before them */
    uint64_t count;
    DrillTraceSink sinks[SINKS_MAX];
    size_t sink_count;
    bool digest;
    bool wants_lines;
    bool has_header;
    bool emitting; /* a sink that emits would see events out of order */
};

DrillTracer *drill_tracer_new(const DrillTracerOptions *options) {
    DrillTracer *tracer = DRILL_NEW(options->allocator, DrillTracer);
    tracer->allocator = options->allocator;
    tracer->lines.allocator = options->allocator;
    tracer->digest = options->digest;
    tracer->wants_lines = options->digest;
    drill_sha256_init(&tracer->sha);
    return tracer;
}

void drill_tracer_free(DrillTracer *tracer) {
    if (tracer == NULL) {
        return;
    }
    drill_buffer_release(&tracer->lines);
    drill_release(tracer->allocator, tracer, sizeof *tracer);
}

void drill_tracer_add_sink(DrillTracer *tracer, DrillTraceSink sink) {
    DRILL_ASSERT(tracer->sink_count < SINKS_MAX && !tracer->emitting);
    tracer->sinks[tracer->sink_count++] = sink;
    tracer->wants_lines = tracer->wants_lines || sink.line != NULL;
}

/* Where the next line begins, after what is still to be digested. */
static size_t begin_line(DrillTracer *tracer) {
    if (!tracer->digest) {
        drill_buffer_clear(&tracer->lines);
    } else if (tracer->lines.size >= DIGEST_BYTES) {
        drill_sha256_add(&tracer->sha, drill_buffer_span(&tracer->lines));
        drill_buffer_clear(&tracer->lines);
    }
    return tracer->lines.size;
}

static void hand_out_line(DrillTracer *tracer, size_t begin) {
    DrillSpan line = drill_span(tracer->lines.data + begin, tracer->lines.size - begin);
    for (size_t i = 0; i < tracer->sink_count; i++) {
        if (tracer->sinks[i].line != NULL) {
            tracer->sinks[i].line(tracer->sinks[i].context, line);
        }
    }
}

void drill_tracer_header(DrillTracer *tracer, const DrillTraceHeader *header) {
    DRILL_ASSERT(tracer->count == 0 && !tracer->has_header);
    tracer->has_header = true;
    if (tracer->wants_lines) {
        size_t begin = begin_line(tracer);
        drill_trace_format_header(header, &tracer->lines);
        hand_out_line(tracer, begin);
    }
}

uint64_t drill_tracer_emit(DrillTracer *tracer, DrillTraceEvent *event) {
    DRILL_ASSERT(!tracer->emitting);
    DRILL_ASSERT(event->cause <= tracer->count);
    tracer->emitting = true;
    event->number = ++tracer->count;
    if (tracer->wants_lines) {
        size_t begin = begin_line(tracer);
        drill_trace_format(event, &tracer->lines);
        hand_out_line(tracer, begin);
    }
    for (size_t i = 0; i < tracer->sink_count; i++) {
        if (tracer->sinks[i].event != NULL) {
            tracer->sinks[i].event(tracer->sinks[i].context, event);
        }
    }
    tracer->emitting = false;
    return event->number;
}

uint64_t drill_tracer_count(const DrillTracer *tracer) {
    return tracer->count;
}

void drill_tracer_digest(const DrillTracer *tracer, char out[65]) {
    DrillSha256 all = tracer->sha;
    if (tracer->digest) {
        drill_sha256_add(&all, drill_buffer_span(&tracer->lines));
    }
    drill_trace_digest_text(&all, out);
}
