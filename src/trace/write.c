/* Writing traces. Lines are collected up to 64 KiB and written together; in a .gz file each such
 * piece is a gzip member of its own, so that a crash loses at most the last one. The writer stands
 * outside the run: its memory is malloc's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"
#include "trace/trace.h"

#define PIECE_BYTES ((size_t)1 << 16)

struct DrillTraceWriter {
    int file;
    int error; /* errno of the first failure; nothing is written after it */
    bool gzip;
    char *path;
    char *partial_path;
    z_stream zlib;
    uint8_t *packed;
    size_t packed_bytes;
    size_t text_bytes;
    uint8_t text[PIECE_BYTES];
};

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static void writer_free(DrillTraceWriter *writer) {
    DrillAllocator heap = drill_allocator_malloc();
    if (writer->gzip) {
        (void)deflateEnd(&writer->zlib);
    }
    drill_release(heap, writer->packed, writer->packed_bytes);
    drill_release(heap, writer->path, 1);
    drill_release(heap, writer->partial_path, 1);
    drill_release(heap, writer, sizeof *writer);
}

/* Window and header of gzip (31 = 15 + 16); zlib then writes no name and a time of 0. */
static bool start_gzip(DrillTraceWriter *writer) {
    if (deflateInit2(&writer->zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    writer->gzip = true;
    writer->packed_bytes = (size_t)deflateBound(&writer->zlib, (uLong)PIECE_BYTES);
    writer->packed = (uint8_t *)drill_allocate(drill_allocator_malloc(), writer->packed_bytes);
    return true;
}

static char *partial_path_of(const char *path) {
    DrillBuffer name = {.allocator = drill_allocator_malloc()};
    drill_buffer_print(&name, "%s.partial", path);
    char *copy = drill_copy_string(name.allocator, drill_buffer_cstring(&name));
    drill_buffer_release(&name);
    return copy;
}

DrillResult drill_trace_writer_open(const char *path, DrillTraceWriter **out,
                                    DrillDiagnostic *diagnostic) {
    DrillAllocator heap = drill_allocator_malloc();
    DrillTraceWriter *writer = DRILL_NEW(heap, DrillTraceWriter);
    writer->path = drill_copy_string(heap, path);
    writer->partial_path = partial_path_of(path);
    if (ends_with(path, ".gz") && !start_gzip(writer)) {
        writer_free(writer);
        return drill_diagnose(diagnostic, DRILL_IO, "%s: zlib cannot be started", path);
    }
    writer->file = open(writer->partial_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (writer->file < 0) {
        (void)drill_diagnose(diagnostic, DRILL_IO, "%s: %s", writer->partial_path, strerror(errno));
        writer_free(writer);
        return DRILL_IO;
    }
    *out = writer;
    return DRILL_OK;
}

static void write_all(DrillTraceWriter *writer, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at < size && writer->error == 0) {
        ssize_t written = write(writer->file, bytes + at, size - at);
        if (written > 0) {
            at += (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            writer->error = written == 0 ? EIO : errno;
        }
    }
}

static void write_member(DrillTraceWriter *writer) {
    z_stream *zlib = &writer->zlib;
    zlib->next_in = writer->text;
    zlib->avail_in = (uInt)writer->text_bytes;
    zlib->next_out = writer->packed;
    zlib->avail_out = (uInt)writer->packed_bytes;
    /* The output has deflateBound's room, so one call ends the member. */
    DRILL_ASSERT(deflate(zlib, Z_FINISH) == Z_STREAM_END);
    write_all(writer, writer->packed, writer->packed_bytes - zlib->avail_out);
    DRILL_ASSERT(deflateReset(zlib) == Z_OK);
}

void drill_trace_writer_flush(DrillTraceWriter *writer) {
    if (writer->text_bytes == 0) {
        return;
    }
    if (writer->gzip) {
        write_member(writer);
    } else {
        write_all(writer, writer->text, writer->text_bytes);
    }
    writer->text_bytes = 0;
}

/* Members end between lines, unless a line alone is longer than a member may be. */
static void take_line(void *context, DrillSpan line) {
    DrillTraceWriter *writer = (DrillTraceWriter *)context;
    if (line.size > PIECE_BYTES - writer->text_bytes) {
        drill_trace_writer_flush(writer);
    }
    size_t at = 0;
    while (at < line.size) {
        size_t room = PIECE_BYTES - writer->text_bytes;
        size_t taken = line.size - at < room ? line.size - at : room;
        memcpy(writer->text + writer->text_bytes, line.data + at, taken);
        writer->text_bytes += taken;
        at += taken;
        if (writer->text_bytes == PIECE_BYTES) {
            drill_trace_writer_flush(writer);
        }
    }
}

DrillTraceSink drill_trace_writer_sink(DrillTraceWriter *writer) {
    DrillTraceSink sink = {writer, NULL, take_line};
    return sink;
}

DrillResult drill_trace_writer_close(DrillTraceWriter *writer, DrillDiagnostic *diagnostic) {
    drill_trace_writer_flush(writer);
    if (close(writer->file) != 0 && writer->error == 0) {
        writer->error = errno;
    }
    DrillResult result = DRILL_OK;
    if (writer->error != 0) {
        result = drill_diagnose(diagnostic, DRILL_IO, "%s: %s", writer->partial_path,
                                strerror(writer->error));
    } else if (rename(writer->partial_path, writer->path) != 0) {
        result = drill_diagnose(diagnostic, DRILL_IO, "%s: %s", writer->path, strerror(errno));
    }
    writer_free(writer);
    return result;
}
