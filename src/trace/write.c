/* Writing traces. Lines are collected up to 64 KiB and written together; in a .gz file each such
 * piece is a gzip member of its own, so that a crash loses at most the last one. The writer stands
 * outside the run: its memory is malloc's.
 *
 * ISA-L packs a trace five times as fast as zlib's fastest level; with zlib packing would cost more
 * than the run and all else that is done for the trace. */
#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "trace/trace.h"

#define PIECE_BYTES ((size_t)1 << 16)
/* What cannot be packed is stored: then the header and trailer of gzip (18 bytes) and 5 bytes for
 * each of two stored blocks are added. */
#define PACKED_BYTES (PIECE_BYTES + 64)

typedef struct Packer {
    struct isal_zstream stream;
    uint8_t work[ISAL_DEF_LVL1_DEFAULT];
    uint8_t packed[PACKED_BYTES];
} Packer;

struct DrillTraceWriter {
    int file;
    int error; /* errno of the first failure; nothing is written after it */
    char *path;
    char *partial_path; /* what is written; `path` itself where that must stay what it is */
    Packer *packer;     /* NULL: plain text */
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
    drill_release(heap, writer->packer, sizeof(Packer));
    drill_release(heap, writer->path, 1);
    drill_release(heap, writer->partial_path, 1);
    drill_release(heap, writer, sizeof *writer);
}

/* A pipe, a device or a link is written to; put in its place, a file would end what it was. */
static bool is_replaceable(const char *path) {
    struct stat info;
    return lstat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
}

static char *partial_path_of(const char *path) {
    if (!is_replaceable(path)) return drill_copy_string(drill_allocator_malloc(), path);
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
    if (ends_with(path, ".gz")) {
        writer->packer = DRILL_NEW(heap, Packer);
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
    Packer *packer = writer->packer;
    struct isal_zstream *stream = &packer->stream;
    isal_deflate_stateless_init(stream);
    stream->level = 1;
    stream->level_buf = packer->work;
    stream->level_buf_size = sizeof packer->work;
    stream->gzip_flag = IGZIP_GZIP; /* a header without a name and with a time of 0 */
    stream->end_of_stream = 1;
    stream->next_in = writer->text;
    stream->avail_in = (uint32_t)writer->text_bytes;
    stream->next_out = packer->packed;
    stream->avail_out = (uint32_t)sizeof packer->packed;
    DRILL_ASSERT(isal_deflate_stateless(stream) == COMP_OK && stream->avail_in == 0);
    write_all(writer, packer->packed, sizeof packer->packed - stream->avail_out);
}

void drill_trace_writer_flush(DrillTraceWriter *writer) {
    if (writer->text_bytes == 0) {
        return;
    }
    if (writer->packer != NULL) {
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
    } else if (strcmp(writer->partial_path, writer->path) != 0 &&
               rename(writer->partial_path, writer->path) != 0) {
        result = drill_diagnose(diagnostic, DRILL_IO, "%s: %s", writer->path, strerror(errno));
    }
    writer_free(writer);
    return result;
}

void drill_trace_discard(const char *path) {
    if (!is_replaceable(path)) return;
    char *partial_path = partial_path_of(path);
    (void)unlink(partial_path);
    (void)unlink(path);
    drill_release(drill_allocator_malloc(), partial_path, 1);
}
