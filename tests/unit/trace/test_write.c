/* The file as others see it: names, members, contents, and what happens when the disk is full. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/random.h"
#include "unit/suite.h"
#include "unit/trace/sample.h"

static DrillTraceWriter *open_writer(const char *path) {
    DrillTraceWriter *writer = NULL;
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_msg(drill_trace_writer_open(path, &writer, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
    return writer;
}

static void put(DrillTraceWriter *writer, DrillSpan line) {
    DrillTraceSink sink = drill_trace_writer_sink(writer);
    sink.line(sink.context, line);
}

/* Lines of random-looking lengths, one of them longer than a member. */
static void put_many(DrillTraceWriter *writer, DrillBuffer *all, int count) {
    DrillBuffer line = sample_buffer();
    for (int i = 0; i < count; i++) {
        drill_buffer_clear(&line);
        drill_buffer_print(&line, "%d %*d\n", i, i == count / 2 ? 200000 : i * 7919 % 1500, i);
        put(writer, drill_buffer_span(&line));
        drill_buffer_put(all, line.data, line.size);
    }
    drill_buffer_release(&line);
}

static void gunzip(const char *path, DrillBuffer *out) {
    gzFile file = gzopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    uint8_t piece[4096];
    for (int got = 1; got > 0;) {
        got = gzread(file, piece, sizeof piece);
        ck_assert_int_ge(got, 0);
        drill_buffer_put(out, piece, (size_t)got);
    }
    ck_assert_int_eq(gzclose(file), Z_OK);
}

/* Length of each member's text; checks the header bytes of each. */
static size_t walk_members(DrillSpan packed, size_t *largest) {
    size_t count = 0;
    size_t at = 0;
    static uint8_t text[1 << 17];
    *largest = 0;
    while (at < packed.size) {
        static const uint8_t gzip_start[8] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0}; /* no name, no time */
        ck_assert_mem_eq(packed.data + at, gzip_start, sizeof gzip_start);
        z_stream zlib = {.next_in = (Bytef *)(uintptr_t)(packed.data + at),
                         .avail_in = (uInt)(packed.size - at),
                         .next_out = text,
                         .avail_out = sizeof text};
        ck_assert_int_eq(inflateInit2(&zlib, 31), Z_OK);
        ck_assert_int_eq(inflate(&zlib, Z_FINISH), Z_STREAM_END);
        at += zlib.total_in;
        *largest = zlib.total_out > *largest ? zlib.total_out : *largest;
        ck_assert_int_eq(inflateEnd(&zlib), Z_OK);
        count++;
    }
    return count;
}

START_TEST(gzip_file) {
    DrillBuffer all = sample_buffer();
    DrillTraceWriter *writer = open_writer(sample_path("a.jsonl.gz"));
    put_many(writer, &all, 1000);
    ck_assert_int_ne(access(sample_path("a.jsonl.gz"), F_OK), 0);
    ck_assert_int_eq(access(sample_path("a.jsonl.gz.partial"), F_OK), 0);
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    ck_assert_int_ne(access(sample_path("a.jsonl.gz.partial"), F_OK), 0);

    DrillBuffer unpacked = sample_buffer();
    gunzip(sample_path("a.jsonl.gz"), &unpacked);
    ck_assert(drill_span_equal(drill_buffer_span(&unpacked), drill_buffer_span(&all)));
    DrillBuffer packed = sample_buffer();
    sample_load(sample_path("a.jsonl.gz"), &packed);
    size_t largest;
    ck_assert_uint_ge(walk_members(drill_buffer_span(&packed), &largest), all.size >> 16);
    ck_assert_uint_le(largest, 1 << 16);
    drill_buffer_release(&packed);
    drill_buffer_release(&unpacked);
    drill_buffer_release(&all);
    static const char *const names[] = {"a.jsonl.gz"};
    sample_clean(names, 1);
}
END_TEST

/* What cannot be packed becomes longer than it is; whole pieces of it still fit. */
START_TEST(incompressible) {
    static uint8_t bytes[3 << 16];
    DrillStream stream = drill_stream(1, "incompressible");
    for (uint64_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)drill_stream_draw(stream, i, 0);
    }
    DrillTraceWriter *writer = open_writer(sample_path("i.jsonl.gz"));
    put(writer, drill_span(bytes, sizeof bytes));
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    DrillBuffer packed = sample_buffer();
    sample_load(sample_path("i.jsonl.gz"), &packed);
    ck_assert_uint_gt(packed.size, sizeof bytes);
    size_t largest;
    ck_assert_uint_eq(walk_members(drill_buffer_span(&packed), &largest), 3);
    ck_assert_uint_eq(largest, 1 << 16);
    DrillBuffer unpacked = sample_buffer();
    gunzip(sample_path("i.jsonl.gz"), &unpacked);
    ck_assert(drill_span_equal(drill_buffer_span(&unpacked), drill_span(bytes, sizeof bytes)));
    drill_buffer_release(&packed);
    drill_buffer_release(&unpacked);
    static const char *const names[] = {"i.jsonl.gz"};
    sample_clean(names, 1);
}
END_TEST

/* After a flush the file is good as far as it goes, as one that is left by a process that was
 * killed. */
START_TEST(readable_before_it_is_closed) {
    DrillTracerOptions options = {drill_allocator_malloc(), true};
    DrillTracer *tracer = drill_tracer_new(&options);
    DrillTraceWriter *writer = open_writer(sample_path("k.jsonl.gz"));
    drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    for (uint64_t i = 1; i <= 3000; i++) {
        DrillTraceEvent event = sample_event(DRILL_TRACE_APP_ACKED, i, 0);
        drill_tracer_emit(tracer, &event);
    }
    DrillTraceFile *file;
    const char *path = sample_path("k.jsonl.gz.partial");
    DrillAllocator heap = drill_allocator_malloc();
    ck_assert_int_eq(drill_trace_read(path, heap, &file, NULL), DRILL_OK);
    ck_assert_uint_gt(file->count, 1000); /* whole members have gone out by themselves */
    ck_assert_uint_lt(file->count, 3000);
    ck_assert(file->truncated);
    drill_trace_file_free(file);
    drill_trace_writer_flush(writer);
    ck_assert_int_eq(drill_trace_read(path, heap, &file, NULL), DRILL_OK);
    ck_assert_uint_eq(file->count, 3000);
    drill_trace_file_free(file);
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    drill_tracer_free(tracer);
    static const char *const names[] = {"k.jsonl.gz"};
    sample_clean(names, 1);
}
END_TEST

START_TEST(plain_file) {
    DrillBuffer all = sample_buffer();
    DrillTraceWriter *writer = open_writer(sample_path("a.jsonl"));
    put_many(writer, &all, 500);
    drill_trace_writer_flush(writer);
    DrillBuffer written = sample_buffer();
    sample_load(sample_path("a.jsonl.partial"), &written);
    ck_assert(drill_span_equal(drill_buffer_span(&written), drill_buffer_span(&all)));
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    drill_buffer_clear(&written);
    sample_load(sample_path("a.jsonl"), &written);
    ck_assert(drill_span_equal(drill_buffer_span(&written), drill_buffer_span(&all)));
    drill_buffer_release(&written);
    drill_buffer_release(&all);
    static const char *const names[] = {"a.jsonl"};
    sample_clean(names, 1);
}
END_TEST

/* The digest the tracer prints is the one that zcat and sha256sum give. */
START_TEST(digest_is_of_the_unpacked_file) {
    DrillTracerOptions options = {drill_allocator_malloc(), true};
    DrillTracer *tracer = drill_tracer_new(&options);
    DrillTraceWriter *writer = open_writer(sample_path("d.jsonl.gz"));
    drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    for (uint64_t i = 1; i <= 3000; i++) {
        DrillTraceEvent event =
            sample_event((DrillTraceKind)(i % DRILL_TRACE_KIND_COUNT), i, (int)(i % 3));
        event.time_ns = i;
        drill_tracer_emit(tracer, &event);
    }
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    char digest[65];
    drill_tracer_digest(tracer, digest);

    DrillBuffer unpacked = sample_buffer();
    gunzip(sample_path("d.jsonl.gz"), &unpacked);
    DrillSha256 sha;
    drill_sha256_init(&sha);
    drill_sha256_add(&sha, drill_buffer_span(&unpacked));
    char wanted[65];
    drill_trace_digest_text(&sha, wanted);
    ck_assert_str_eq(digest, wanted);

    DrillTraceFile *file;
    ck_assert_int_eq(
        drill_trace_read(sample_path("d.jsonl.gz"), drill_allocator_malloc(), &file, NULL),
        DRILL_OK);
    ck_assert_uint_eq(file->count, 3000);
    ck_assert_str_eq(file->digest, wanted);
    drill_trace_file_free(file);
    drill_buffer_release(&unpacked);
    drill_tracer_free(tracer);
    static const char *const names[] = {"d.jsonl.gz"};
    sample_clean(names, 1);
}
END_TEST

/* The test framework writes a file of its own for each assertion, so there are none while files
 * must stay small. */
START_TEST(disk_full) {
    const char *name = _i == 0 ? "f.jsonl" : "f.jsonl.gz";
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {300000, before.rlim_max};
    DrillTraceWriter *writer = open_writer(sample_path(name));
    DrillBuffer line = sample_buffer();
    DrillStream stream = drill_stream(1, "incompressible");
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint64_t i = 0; i < 60000; i++) {
        drill_buffer_clear(&line);
        drill_buffer_put_u64(&line, drill_stream_draw(stream, i, 0));
        drill_buffer_put_byte(&line, '\n');
        put(writer, drill_buffer_span(&line));
    }
    DrillResult result = drill_trace_writer_close(writer, &diagnostic);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(result, DRILL_IO);
    ck_assert_msg(strstr(diagnostic.text, ".partial: File too large") != NULL, "%s",
                  diagnostic.text);
    ck_assert_int_ne(access(sample_path(name), F_OK), 0);
    drill_buffer_release(&line);
    static const char *const names[] = {"f.jsonl.partial", "f.jsonl.gz.partial"};
    sample_clean(names, 2);
}
END_TEST

START_TEST(no_such_folder) {
    DrillTraceWriter *writer;
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(drill_trace_writer_open("no/such/folder/a.gz", &writer, &diagnostic),
                     DRILL_IO);
    ck_assert_str_eq(diagnostic.text, "no/such/folder/a.gz.partial: No such file or directory");
}
END_TEST

START_TEST(cannot_be_renamed) {
    DrillTraceWriter *writer = open_writer(sample_path("r"));
    put(writer, drill_span_of("x\n"));
    ck_assert_int_eq(remove(sample_path("r.partial")), 0);
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(drill_trace_writer_close(writer, &diagnostic), DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "/r: No such file"));
    sample_clean(NULL, 0);
}
END_TEST

/* A trace does not take the place of a link, a pipe or a device. */
START_TEST(what_is_no_file_stays) {
    struct stat info;
    DrillDiagnostic diagnostic = {{0}};
    const char *path = sample_path("link.jsonl");
    ck_assert_int_eq(symlink("target.jsonl", path), 0);
    DrillTraceWriter *writer = open_writer(path);
    put(writer, drill_span_of("{}\n"));
    ck_assert_int_eq(drill_trace_writer_close(writer, &diagnostic), DRILL_OK);
    path = sample_path("link.jsonl");
    ck_assert_int_eq(lstat(path, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 3);
    ck_assert_int_eq(remove(sample_path("link.jsonl")), 0);
    ck_assert_int_eq(remove(sample_path("target.jsonl")), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/write");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, gzip_file);
    tcase_add_test(tests, incompressible);
    tcase_add_test(tests, readable_before_it_is_closed);
    tcase_add_test(tests, plain_file);
    tcase_add_test(tests, digest_is_of_the_unpacked_file);
    tcase_add_test(tests, no_such_folder);
    tcase_add_test(tests, cannot_be_renamed);
    tcase_add_test(tests, what_is_no_file_stays);
    tcase_add_loop_test(tests, disk_full, 0, 2);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
