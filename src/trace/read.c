/* Reading traces: plain or gzip, whole or cut off. Text is handed over in pieces and split into
 * lines; memory grows with the events kept, not with what a compressed file may unfold to. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "trace/line.h"
#include "trace/storage.h"
#include "trace/trace.h"

#define LINE_BYTES_MAX ((size_t)1 << 30)
#define PIECE_BYTES    ((size_t)1 << 16)
/* A gzip member is believed when its checksum has been seen; up to this size its text waits for
 * that. */
#define HELD_BYTES_MAX ((size_t)1 << 20)

typedef struct FileWhole {
    DrillTraceFile file; /* first: what callers hold */
    DrillTraceStorage storage;
    size_t capacity;
} FileWhole;

typedef struct Reader {
    FileWhole *whole;
    const char *name;
    DrillDiagnostic *diagnostic;
    DrillBuffer pending; /* a line that has not ended yet */
    DrillSha256 sha;
    uint64_t lines;
    bool tolerant; /* in a damaged tail: a bad line ends the reading, without an error */
    bool stopped;
} Reader;

void drill_trace_file_free(DrillTraceFile *file) {
    if (file == NULL) {
        return;
    }
    FileWhole *whole = (FileWhole *)file;
    DrillAllocator allocator = file->allocator;
    drill_trace_storage_release(&whole->storage);
    drill_trace_versions_release(&file->versions);
    drill_release(allocator, file->events, whole->capacity * sizeof(DrillTraceEvent));
    drill_release(allocator, whole, sizeof *whole);
}

static void reader_start(Reader *reader, const char *name, DrillAllocator allocator,
                         DrillDiagnostic *diagnostic) {
    static const Reader blank;
    *reader = blank;
    reader->whole = DRILL_NEW(allocator, FileWhole);
    reader->whole->file.allocator = allocator;
    reader->whole->file.versions.allocator = allocator;
    reader->whole->storage.allocator = allocator;
    reader->name = name;
    reader->diagnostic = diagnostic;
    reader->pending.allocator = drill_allocator_malloc();
    drill_sha256_init(&reader->sha);
}

static DrillTraceEvent *next_event(FileWhole *whole) {
    if (whole->file.count == whole->capacity) {
        size_t capacity = whole->capacity == 0 ? 64 : whole->capacity * 2;
        whole->file.events = (DrillTraceEvent *)drill_reallocate(
            whole->file.allocator, whole->file.events, whole->capacity * sizeof(DrillTraceEvent),
            capacity * sizeof(DrillTraceEvent));
        whole->capacity = capacity;
    }
    return &whole->file.events[whole->file.count];
}

/* What an event must have of those before it. */
static DrillResult check_order(const DrillTraceLine *line, const DrillTraceFile *file,
                               const DrillTraceEvent *event) {
    uint64_t last_ns = file->count > 0 ? file->events[file->count - 1].time_ns : 0;
    if (event->number != file->count + 1) {
        return drill_diagnose(line->diagnostic, DRILL_INVALID,
                              "%s:%" PRIu64 ": field 'number': expected %zu, got %" PRIu64,
                              line->name, line->number, file->count + 1, event->number);
    }
    if (event->time_ns < last_ns) {
        return drill_diagnose(line->diagnostic, DRILL_INVALID,
                              "%s:%" PRIu64 ": field 'time': expected at least %" PRIu64
                              ", the time of the event before, got %" PRIu64,
                              line->name, line->number, last_ns, event->time_ns);
    }
    return DRILL_OK;
}

static DrillResult read_line(Reader *reader, DrillSpan text) {
    FileWhole *whole = reader->whole;
    DrillTraceLine line = {text, reader->name, reader->lines + 1, &whole->storage,
                           reader->tolerant ? NULL : reader->diagnostic};
    DrillResult result;
    if (reader->lines == 0) {
        result = drill_trace_line_header(&line, &whole->file.header);
        whole->file.versions.otherwise = (DrillVersion)whole->file.header.version;
    } else {
        DrillTraceEvent *event = next_event(whole);
        result = drill_trace_line_event(&line, event);
        if (result == DRILL_OK) {
            result = check_order(&line, &whole->file, event);
        }
        if (result == DRILL_OK) {
            whole->file.count++;
            drill_trace_versions_note(&whole->file.versions, event);
        }
    }
    if (result == DRILL_OK) {
        reader->lines++;
        drill_sha256_add(&reader->sha, text);
        drill_sha256_add(&reader->sha, drill_span("\n", 1));
    }
    return result;
}

static DrillResult keep_pending(Reader *reader, DrillSpan text) {
    if (text.size > LINE_BYTES_MAX - reader->pending.size) {
        return drill_diagnose(reader->diagnostic, DRILL_INVALID,
                              "%s:%" PRIu64 ": a line of more than 1 GiB", reader->name,
                              reader->lines + 1);
    }
    drill_buffer_put(&reader->pending, text.data, text.size);
    return DRILL_OK;
}

/* The next piece of text. */
static DrillResult reader_feed(Reader *reader, DrillSpan text) {
    DrillResult result = DRILL_OK;
    size_t at = 0;
    while (result == DRILL_OK && at < text.size && !reader->stopped) {
        DrillSpan rest = drill_span(text.data + at, text.size - at);
        const uint8_t *newline = (const uint8_t *)memchr(rest.data, '\n', rest.size);
        if (newline == NULL) {
            return keep_pending(reader, rest);
        }
        DrillSpan line = drill_span(rest.data, (size_t)(newline - rest.data));
        at += line.size + 1;
        if (reader->pending.size > 0) {
            result = keep_pending(reader, line);
            line = drill_buffer_span(&reader->pending);
        }
        if (result == DRILL_OK) {
            result = read_line(reader, line);
        }
        drill_buffer_clear(&reader->pending);
        if (result != DRILL_OK && reader->tolerant) {
            reader->stopped = true;
            reader->whole->file.truncated = true;
            result = DRILL_OK;
        }
    }
    return result;
}

/* After the last piece, or after an error. */
static DrillResult reader_finish(Reader *reader, DrillResult result, DrillTraceFile **out) {
    DrillTraceFile *file = &reader->whole->file;
    if (result == DRILL_OK && reader->lines == 0) {
        result = drill_diagnose(reader->diagnostic, DRILL_INVALID,
                                "%s:1: the file has no whole first line: it is not a trace, or "
                                "was cut off at its beginning",
                                reader->name);
    }
    if (result == DRILL_OK) {
        bool ended = file->count > 0 && file->events[file->count - 1].kind == DRILL_TRACE_RUN_END;
        file->truncated = file->truncated || reader->pending.size > 0 || !ended;
        drill_trace_digest_text(&reader->sha, file->digest);
        *out = file;
    } else {
        drill_trace_file_free(file);
    }
    drill_buffer_release(&reader->pending);
    return result;
}

DrillResult drill_trace_parse(DrillSpan text, const char *name, DrillAllocator allocator,
                              DrillTraceFile **out, DrillDiagnostic *diagnostic) {
    Reader reader;
    reader_start(&reader, name, allocator, diagnostic);
    return reader_finish(&reader, reader_feed(&reader, text), out);
}

/* Where the bytes of a file come from. */
typedef struct Source {
    FILE *file;
    uint8_t piece[PIECE_BYTES];
    size_t size;
} Source;

static DrillResult source_fill(Source *source, Reader *reader) {
    source->size = fread(source->piece, 1, PIECE_BYTES, source->file);
    if (source->size == 0 && ferror(source->file) != 0) {
        return drill_diagnose(reader->diagnostic, DRILL_IO, "%s: %s", reader->name,
                              strerror(errno));
    }
    return DRILL_OK;
}

static DrillResult read_plain(Source *source, Reader *reader) {
    DrillResult result = DRILL_OK;
    while (result == DRILL_OK && source->size > 0) {
        result = reader_feed(reader, drill_span(source->piece, source->size));
        if (result == DRILL_OK) {
            result = source_fill(source, reader);
        }
    }
    return result;
}

typedef struct Unpacker {
    z_stream zlib;
    DrillBuffer held; /* text of the member whose checksum has not been seen */
    bool inside;      /* of a member */
} Unpacker;

static DrillResult release_held(Unpacker *unpacker, Reader *reader) {
    DrillResult result = reader_feed(reader, drill_buffer_span(&unpacker->held));
    drill_buffer_clear(&unpacker->held);
    return result;
}

/* One call of inflate. Damage is not an error: the file counts as truncated there. */
static DrillResult unpack_some(Unpacker *unpacker, Reader *reader) {
    drill_buffer_reserve(&unpacker->held, PIECE_BYTES);
    unpacker->zlib.next_out = unpacker->held.data + unpacker->held.size;
    unpacker->zlib.avail_out = (uInt)PIECE_BYTES;
    int status = inflate(&unpacker->zlib, Z_NO_FLUSH);
    unpacker->held.size += PIECE_BYTES - unpacker->zlib.avail_out;
    unpacker->inside = true;
    if (status == Z_STREAM_END) {
        unpacker->inside = false;
        (void)inflateReset(&unpacker->zlib);
        return release_held(unpacker, reader);
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
        drill_buffer_clear(&unpacker->held);
        reader->whole->file.truncated = true;
        reader->stopped = true;
        return DRILL_OK;
    }
    return unpacker->held.size > HELD_BYTES_MAX ? release_held(unpacker, reader) : DRILL_OK;
}

static DrillResult read_gzip(Source *source, Reader *reader) {
    Unpacker unpacker = {.held = {.allocator = drill_allocator_malloc()}};
    DRILL_ASSERT(inflateInit2(&unpacker.zlib, 15 + 16) == Z_OK);
    DrillResult result = DRILL_OK;
    while (result == DRILL_OK && source->size > 0 && !reader->stopped) {
        unpacker.zlib.next_in = source->piece;
        unpacker.zlib.avail_in = (uInt)source->size;
        do {
            result = unpack_some(&unpacker, reader);
        } while (result == DRILL_OK && !reader->stopped &&
                 (unpacker.zlib.avail_in > 0 || (unpacker.inside && unpacker.zlib.avail_out == 0)));
        if (result == DRILL_OK && !reader->stopped) {
            result = source_fill(source, reader);
        }
    }
    if (result == DRILL_OK && !reader->stopped && unpacker.inside) {
        reader->whole->file.truncated = true;
        reader->tolerant = true;
        result = release_held(&unpacker, reader);
    }
    drill_buffer_release(&unpacker.held);
    (void)inflateEnd(&unpacker.zlib);
    return result;
}

DrillResult drill_trace_read(const char *path, DrillAllocator allocator, DrillTraceFile **out,
                             DrillDiagnostic *diagnostic) {
    DrillAllocator heap = drill_allocator_malloc();
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return drill_diagnose(diagnostic, DRILL_IO, "%s: %s", path, strerror(errno));
    }
    Source *source = DRILL_NEW(heap, Source);
    source->file = file;
    Reader reader;
    reader_start(&reader, path, allocator, diagnostic);
    DrillResult result = source_fill(source, &reader);
    if (result == DRILL_OK) {
        bool gzip = source->size >= 2 && source->piece[0] == 0x1f && source->piece[1] == 0x8b;
        result = gzip ? read_gzip(source, &reader) : read_plain(source, &reader);
    }
    (void)fclose(file);
    drill_release(heap, source, sizeof *source);
    return reader_finish(&reader, result, out);
}
