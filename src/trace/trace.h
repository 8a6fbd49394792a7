/* Emitting, writing and reading traces. See include/mqttdrill/trace.h for events,
 * docs/trace-format.md for the file. */
#ifndef DRILL_TRACE_TRACE_H
#define DRILL_TRACE_TRACE_H

#include <mqttdrill/trace.h>

#include "base/base.h"
#include "base/diagnostic.h"
#include "trace/versions.h"

/* Receives events while a run goes on: the oracles, the file, the diagram's excerpt. */
typedef struct DrillTraceSink {
    void *context;
    void (*event)(void *context, const DrillTraceEvent *event);
    /* The canonical line of the event, with newline; only called when not NULL (formatting is
     * skipped if nobody wants it). */
    void (*line)(void *context, DrillSpan line);
} DrillTraceSink;

/* Numbers events, formats them canonically, digests the lines, feeds the sinks. Lives in the run
 * arena. */
typedef struct DrillTracer DrillTracer;
typedef struct DrillTracerOptions {
    DrillAllocator allocator;
    bool digest; /* compute the digest (needs formatting); off in benchmarks */
} DrillTracerOptions;
DrillTracer *drill_tracer_new(const DrillTracerOptions *options);
void drill_tracer_free(DrillTracer *tracer);
void drill_tracer_add_sink(DrillTracer *tracer, DrillTraceSink sink); /* at most 8 */
/* first call; line 1 of the file, part of the digest */
void drill_tracer_header(DrillTracer *tracer, const DrillTraceHeader *header);
/* Sets event->number, then emits. Returns the number. */
uint64_t drill_tracer_emit(DrillTracer *tracer, DrillTraceEvent *event);
uint64_t drill_tracer_count(const DrillTracer *tracer);
/* Lowercase hex of SHA-256 over all lines so far, NUL-terminated. May be asked at any time. */
void drill_tracer_digest(const DrillTracer *tracer, char out[65]);

/* The same hex of any digest in progress. */
void drill_trace_digest_text(const DrillSha256 *sha, char out[65]);

/* File writer: JSON Lines, gzip members of at most 64 KiB of text each (a crash loses at most the
 * last member); a path that does not end in .gz is written plain. Writes to PATH.partial, renamed
 * on close, so a half-written trace is never mistaken for a whole one; after a crash the .partial
 * file is still readable. */
typedef struct DrillTraceWriter DrillTraceWriter;
DRILL_MUST_USE DrillResult drill_trace_writer_open(const char *path, DrillTraceWriter **out,
                                                   DrillDiagnostic *diagnostic);
DrillTraceSink drill_trace_writer_sink(DrillTraceWriter *writer);
void drill_trace_writer_flush(DrillTraceWriter *writer); /* ends the current member */
DRILL_MUST_USE DrillResult drill_trace_writer_close(DrillTraceWriter *writer,
                                                    DrillDiagnostic *diagnostic);

/* What a writer has left at `path`, whole or half; not a pipe, a device or a link that stood there.
 */
void drill_trace_discard(const char *path);

/* A field that is left out where it is empty or 0, and is. */
bool drill_trace_says_nothing(const DrillTraceField *field, const DrillTraceValue *value);
/* Canonical text of one event / header, with newline. */
void drill_trace_format(const DrillTraceEvent *event, DrillBuffer *out);
void drill_trace_format_header(const DrillTraceHeader *header, DrillBuffer *out);

/* Reader. Accepts .gz and plain, whole and truncated files. Strict about what it accepts: unknown
 * names, missing or mistyped fields are DRILL_INVALID with line number and field. */
typedef struct DrillTraceFile {
    DrillTraceHeader header;
    DrillTraceEvent *events;
    size_t count;
    /* the file ended inside a member or a line, or has no run.end: what came before is here */
    bool truncated;
    char digest[65]; /* over the lines read */
    DrillTraceVersions versions;
    DrillAllocator allocator;
} DrillTraceFile;
DRILL_MUST_USE DrillResult drill_trace_read(const char *path, DrillAllocator allocator,
                                            DrillTraceFile **out, DrillDiagnostic *diagnostic);
/* The same from text in memory (tests, fuzzing). `name` is used in messages. */
DRILL_MUST_USE DrillResult drill_trace_parse(DrillSpan text, const char *name,
                                             DrillAllocator allocator, DrillTraceFile **out,
                                             DrillDiagnostic *diagnostic);
void drill_trace_file_free(DrillTraceFile *file);

/* First difference of two traces: index of the first differing event, or SIZE_MAX when equal
 * (header included: then 0). */
size_t drill_trace_first_difference(const DrillTraceFile *a, const DrillTraceFile *b);

/* Field access by name, for readers that do not want to know the order. Asserts that the kind has
 * the field. */
uint64_t drill_trace_u64(const DrillTraceEvent *event, const char *field);
DrillSpan drill_trace_text(const DrillTraceEvent *event, const char *field);

#endif
