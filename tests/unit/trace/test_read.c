/* Reading what is whole, what was cut off, what was damaged, and what never was a trace. */
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "unit/suite.h"
#include "unit/trace/sample.h"

#define MEMBERS 6

static DrillResult parse(DrillSpan text, DrillTraceFile **file, DrillDiagnostic *diagnostic) {
    return drill_trace_parse(text, "t.jsonl", drill_allocator_malloc(), file, diagnostic);
}

/* A small file of MEMBERS members, header first, then one event each; ends[i]: where member i ends.
 */
static void write_members(const char *name, size_t ends[MEMBERS]) {
    char partial[64];
    (void)snprintf(partial, sizeof partial, "%s.partial", name);
    DrillTraceWriter *writer;
    ck_assert_int_eq(drill_trace_writer_open(sample_path(name), &writer, NULL), DRILL_OK);
    DrillTraceSink sink = drill_trace_writer_sink(writer);
    DrillBuffer line = sample_buffer();
    DrillTraceHeader header = sample_header();
    for (uint64_t i = 0; i < MEMBERS; i++) {
        drill_buffer_clear(&line);
        DrillTraceEvent event = sample_event(
            i + 1 == MEMBERS ? DRILL_TRACE_RUN_END : DRILL_TRACE_MQTT_SENT, i == 0 ? 1 : i, 0);
        if (i == 0) {
            drill_trace_format_header(&header, &line);
        } else {
            drill_trace_format(&event, &line);
        }
        sink.line(sink.context, drill_buffer_span(&line));
        drill_trace_writer_flush(writer);
        DrillBuffer so_far = sample_buffer();
        sample_load(sample_path(partial), &so_far);
        ends[i] = so_far.size;
        drill_buffer_release(&so_far);
    }
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    drill_buffer_release(&line);
}

static size_t members_before(const size_t ends[MEMBERS], size_t offset) {
    size_t count = 0;
    while (count < MEMBERS && ends[count] <= offset) {
        count++;
    }
    return count;
}

/* Reads a file that is whole up to `whole` members: those must be there. */
static void expect_at_least(const char *path, size_t whole, size_t offset) {
    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_trace_read(path, drill_allocator_malloc(), &file, &diagnostic);
    if (result != DRILL_OK) {
        ck_assert_msg(whole == 0, "offset %zu: %s", offset, diagnostic.text);
        ck_assert_msg(diagnostic.text[0] != '\0', "offset %zu: no message", offset);
        return;
    }
    ck_assert_msg(file->count + 1 >= whole, "offset %zu: %zu events", offset, file->count);
    ck_assert_msg(file->truncated || file->count + 1 == MEMBERS, "offset %zu", offset);
    drill_trace_file_free(file);
}

START_TEST(cut_off_at_every_byte) {
    const char *name = _i == 0 ? "c.jsonl.gz" : "c.jsonl";
    size_t ends[MEMBERS];
    write_members(name, ends);
    DrillBuffer content = sample_buffer();
    sample_load(sample_path(name), &content);
    for (size_t size = 0; size <= content.size; size++) {
        sample_save(sample_path("cut"), drill_span(content.data, size));
        expect_at_least(sample_path("cut"), members_before(ends, size), size);
    }
    drill_buffer_release(&content);
    const char *const names[] = {name, "cut"};
    sample_clean(names, 2);
}
END_TEST

START_TEST(every_byte_damaged) {
    size_t ends[MEMBERS];
    write_members("d.jsonl.gz", ends);
    DrillBuffer content = sample_buffer();
    sample_load(sample_path("d.jsonl.gz"), &content);
    for (size_t at = 0; at < content.size; at++) {
        uint8_t right = content.data[at];
        content.data[at] ^= (uint8_t)(1u << (at % 8));
        sample_save(sample_path("bad"), drill_buffer_span(&content));
        expect_at_least(sample_path("bad"), members_before(ends, at), at);
        content.data[at] = right;
    }
    drill_buffer_put_string(&content, "rubbish after the end");
    sample_save(sample_path("bad"), drill_buffer_span(&content));
    DrillTraceFile *file = NULL;
    ck_assert_int_eq(drill_trace_read(sample_path("bad"), drill_allocator_malloc(), &file, NULL),
                     DRILL_OK);
    ck_assert(file->truncated);
    ck_assert_uint_eq(file->count + 1, MEMBERS);
    drill_trace_file_free(file);
    drill_buffer_release(&content);
    static const char *const names[] = {"d.jsonl.gz", "bad"};
    sample_clean(names, 2);
}
END_TEST

/* Text that is no line, in a gzip member whose checksum never came, is damage; with the checksum it
 * is an error. */
START_TEST(garbage_in_the_last_member) {
    DrillTraceWriter *writer;
    ck_assert_int_eq(drill_trace_writer_open(sample_path("g.gz"), &writer, NULL), DRILL_OK);
    DrillTraceSink sink = drill_trace_writer_sink(writer);
    DrillBuffer line = sample_buffer();
    DrillTraceHeader header = sample_header();
    DrillTraceEvent event = sample_event(DRILL_TRACE_RUN_END, 1, 0);
    drill_trace_format_header(&header, &line);
    drill_trace_format(&event, &line);
    sink.line(sink.context, drill_buffer_span(&line));
    drill_trace_writer_flush(writer);
    sink.line(sink.context, drill_span_of("garbage\n"));
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);

    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic = {{0}};
    DrillAllocator heap = drill_allocator_malloc();
    ck_assert_int_eq(drill_trace_read(sample_path("g.gz"), heap, &file, &diagnostic),
                     DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "g.gz:3: column 1: expected an object"));
    DrillBuffer content = sample_buffer();
    sample_load(sample_path("g.gz"), &content);
    sample_save(sample_path("g.gz"), drill_span(content.data, content.size - 4));
    ck_assert_int_eq(drill_trace_read(sample_path("g.gz"), heap, &file, &diagnostic), DRILL_OK);
    ck_assert(file->truncated);
    ck_assert_uint_eq(file->count, 1);
    drill_trace_file_free(file);
    drill_buffer_release(&content);
    drill_buffer_release(&line);
    static const char *const names[] = {"g.gz"};
    sample_clean(names, 1);
}
END_TEST

START_TEST(truncated_means) {
    DrillBuffer text = sample_buffer();
    sample_text(&text, 1);
    DrillTraceFile *file;
    ck_assert_int_eq(parse(drill_buffer_span(&text), &file, NULL), DRILL_OK);
    ck_assert(!file->truncated);
    size_t count = file->count;
    drill_trace_file_free(file);
    /* without the last line feed the last event has not ended */
    ck_assert_int_eq(parse(drill_span(text.data, text.size - 1), &file, NULL), DRILL_OK);
    ck_assert(file->truncated);
    ck_assert_uint_eq(file->count, count - 1);
    drill_trace_file_free(file);
    drill_buffer_release(&text);
}
END_TEST

/* A header line, then `line` with the apostrophes turned into quotes. */
static DrillResult parse_line(const char *line, DrillDiagnostic *diagnostic) {
    DrillBuffer text = sample_buffer();
    DrillTraceHeader header = sample_header();
    drill_trace_format_header(&header, &text);
    for (; *line != '\0'; line++) {
        drill_buffer_put_byte(&text, *line == '\'' ? '"' : (uint8_t)*line);
    }
    drill_buffer_put_byte(&text, '\n');
    DrillTraceFile *file;
    DrillResult result = parse(drill_buffer_span(&text), &file, diagnostic);
    if (result == DRILL_OK) {
        drill_trace_file_free(file);
    }
    drill_buffer_release(&text);
    return result;
}

#define START "{'time':1,'number':1,'cause':0,'node':'n','name':"

START_TEST(bad_lines) {
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"", "t.jsonl:2: column 1: expected an object"},
        {"[]", "t.jsonl:2: column 1: expected an object"},
        {"{", "t.jsonl:2: column 2: expected a member"},
        {"{}", "t.jsonl:2: field 'time': is missing"},
        {"{'time':1 'number':2}", "expected a member of an object, or its end"},
        {"{'time':-1}", "field 'time': expected a whole number"},
        {"{'time':1.5}", "field 'time': expected a whole number"},
        {"{'time':1e3}", "field 'time': expected a whole number"},
        {"{'time':01}", "field 'time': expected a whole number"},
        {"{'time':18446744073709551616}", "field 'time': expected a whole number"},
        {"{'time':'1'}", "field 'time': expected a whole number"},
        {"{'time':1,'time':1}", "t.jsonl:2: field 'time': occurs twice"},
        {"{'when':1}", "t.jsonl:2: unknown field 'when'"},
        {"{'wh\\u001b':1}", "t.jsonl:2: unknown field 'wh\\x1B'"},
        {"{'node':1}", "field 'node': expected text"},
        {"{'node':'a\\u0100'}", "field 'node': expected text"},
        {"{'node':'a\\x'}", "field 'node': expected text"},
        {"{'node':'a\\", "field 'node': expected text"},
        {"{'node':'a\\u00", "field 'node': expected text"},
        {"{'node':'\xff'}", "field 'node': expected text"},
        {"{'node':'\t'}", "field 'node': expected text"},
        {"{'data':1}", "field 'data': expected an object"},
        {"{'data':{", "expected the end of an object"},
        {"{'data':{'}'", "expected the end of an object"},
        {START "'mqtt.send','data':{}}", "t.jsonl:2: unknown event 'mqtt.send'"},
        {START "'app.crash','data':{'x':1}}", "t.jsonl:2: unknown field 'x'"},
        {START "'app.note','data':{}}", "t.jsonl:2: field 'text': is missing"},
        {START "'app.note','data':{'text':{}}}", "t.jsonl:2: field 'text': expected text"},
        {START "'tcp.sent','data':{'conn':1,'direction':'c>b','flags':'SYN','offset':0}}",
         "field 'bytes': is missing"},
        {START "'tcp.sent','data':{'conn':1,'direction':'c>b','flags':'SYN','offset':0,'bytes':0,"
               "'sack':1}}",
         "field 'sack': expected text"},
        {START "'app.crash','data':{}}x", "expected the end of the line"},
        {START "'app.crash','data':{}},", "expected the end of the line"},
        {START "'broker.up','data':{'keep_sessions':1}}", "expected true or false"},
        {START "'broker.up','data':{'keep_sessions':tru}}", "expected true or false"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'abc'}}",
         "expected bytes as lowercase hex"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'zz'}}",
         "expected bytes as lowercase hex"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'c0aB'}}",
         "t.jsonl:2: field 'bytes': expected bytes as lowercase hex"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'C000'}}", "expected bytes as lowercase"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'00}}", "expected the end of an object"},
        {START "'outside.bytes','data':{'conn':1,'bytes':'00','packet':'x'}}",
         "unknown field 'packet'"},
        {START "'mqtt.sent','data':{'packet':3,'conn':1,'bytes':'c000','whole':true}}",
         "field 'packet': expected text"},
        {"{'time':1,'number':2,'cause':0,'node':'n','name':'app.crash','data':{}}",
         "t.jsonl:2: field 'number': expected 1, got 2"},
        {"{'time':1,'number':1,'cause':1,'node':'n','name':'app.crash','data':{}}",
         "t.jsonl:2: field 'cause': must be"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillDiagnostic diagnostic = {{0}};
        ck_assert_msg(parse_line(rows[i].line, &diagnostic) == DRILL_INVALID, "%s", rows[i].line);
        ck_assert_msg(strstr(diagnostic.text, rows[i].message) != NULL, "%s: %s", rows[i].line,
                      diagnostic.text);
    }
}
END_TEST

START_TEST(tolerated_lines) {
    static const char *const rows[] = {
        START "'app.crash','data':{}}",
        " { 'name' : 'app.note' ,\t'data' : { 'text' : 'a\\/\\b\\f\\u00e9}{' } , 'node':'', "
        "'cause':0, 'number':1, 'time':0 } ",
        START "'mqtt.sent','data':{'whole':true,'bytes':'c0ab','conn':1}}",
        /* written before segments said more */
        START "'tcp.sent','data':{'conn':1,'direction':'c>b','flags':'SYN','offset':0,'bytes':0}}",
        START "'mqtt.sent','data':{'packet':'nonsense','whole':false,'bytes':'','conn':1}}",
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillDiagnostic diagnostic = {{0}};
        ck_assert_msg(parse_line(rows[i], &diagnostic) == DRILL_OK, "%s: %s", rows[i],
                      diagnostic.text);
    }
}
END_TEST

/* Events stand in the order in which they happened; several may happen at one time. */
START_TEST(times_do_not_go_back) {
    static const uint64_t times[][3] = {{7, 7, 6}, {0, UINT64_MAX, 0}, {0, 7, 7}};
    static const char *const messages[] = {
        "t.jsonl:4: field 'time': expected at least 7, the time of the event before, got 6",
        "t.jsonl:4: field 'time': expected at least 18446744073709551615, the time of the event "
        "before, got 0",
        ""};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(times); i++) {
        DrillBuffer text = sample_buffer();
        DrillTraceHeader header = sample_header();
        drill_trace_format_header(&header, &text);
        for (size_t k = 0; k < 3; k++) {
            DrillTraceEvent event = sample_event(DRILL_TRACE_APP_NOTE, k + 1, 0);
            event.time_ns = times[i][k];
            drill_trace_format(&event, &text);
        }
        DrillDiagnostic diagnostic = {{0}};
        DrillTraceFile *file = NULL;
        DrillResult result = parse(drill_buffer_span(&text), &file, &diagnostic);
        ck_assert_int_eq(result, messages[i][0] ? DRILL_INVALID : DRILL_OK);
        ck_assert_str_eq(diagnostic.text, messages[i]);
        drill_trace_file_free(file);
        drill_buffer_release(&text);
    }
}
END_TEST

START_TEST(bad_headers) {
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "t.jsonl:1: the file has no whole first line"},
        {"{\"qlog_version\":\"0.3\"", "t.jsonl:1: the file has no whole first line"},
        {"hello\n", "t.jsonl:1: column 1: expected an object"},
        {"{\"qlog_version\":\"0.4\"}\n", "t.jsonl:1: field 'qlog_version': has a value that"},
        {"{\"qlog_version\":3}\n", "t.jsonl:1: field 'qlog_version': expected text"},
        {"{\"qlog_version\":\"0.3\",\"qlog_format\":\"NDJSON\",\"title\":\"\"}\n",
         "t.jsonl:1: field 'trace': is missing"},
        {"{\"trace\":{\"mqttdrill\":{\"seed\":1}}}\n", "field 'seed': expected a number in quotes"},
        {"{\"trace\":{\"mqttdrill\":{\"seed\":\"-1\"}}}\n", "field 'seed': expected a number"},
        {"{\"trace\":{\"mqttdrill\":[]}}\n", "t.jsonl:1: column 23: expected an object"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillDiagnostic diagnostic = {{0}};
        DrillTraceFile *file = NULL;
        ck_assert_int_eq(parse(drill_span_of(rows[i].text), &file, &diagnostic), DRILL_INVALID);
        ck_assert_msg(strstr(diagnostic.text, rows[i].message) != NULL, "%s: %s", rows[i].text,
                      diagnostic.text);
        ck_assert_ptr_null(file);
    }
}
END_TEST

/* Everything behind the reader decodes packets by the header's version. */
START_TEST(unknown_protocol_version) {
    static const uint64_t versions[] = {0, 2, 6, UINT64_MAX};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(versions); i++) {
        DrillBuffer text = sample_buffer();
        DrillTraceHeader header = sample_header();
        header.version = versions[i];
        drill_trace_format_header(&header, &text);
        DrillDiagnostic diagnostic = {{0}};
        DrillTraceFile *file = NULL;
        ck_assert_int_eq(parse(drill_buffer_span(&text), &file, &diagnostic), DRILL_INVALID);
        ck_assert_str_eq(diagnostic.text, "t.jsonl:1: field 'version': expected 3 (MQTT 3.1), "
                                          "4 (3.1.1) or 5 (5.0)");
        drill_buffer_release(&text);
    }
}
END_TEST

/* Random damage to text: no crash, and whatever is still read can be written and read again to the
 * same. */
START_TEST(mutated_text) {
    DrillBuffer text = sample_buffer();
    sample_text(&text, 3);
    DrillStream stream = drill_stream(11, "mutation");
    for (uint64_t round = 0; round < 3000; round++) {
        DrillBuffer bad = sample_buffer();
        drill_buffer_put(&bad, text.data, text.size);
        uint64_t changes = 1 + drill_stream_below(stream, round, 0, 3);
        for (uint32_t i = 0; i < changes; i++) {
            static const char likely[] = "{}[]\",:\\u0019ae\n ";
            size_t at = (size_t)drill_stream_below(stream, round, 10 + 2 * i, bad.size);
            uint64_t to = drill_stream_below(stream, round, 11 + 2 * i, 300);
            bad.data[at] = to < 256 ? (uint8_t)to : (uint8_t)likely[to % (sizeof likely - 1)];
        }
        DrillTraceFile *file;
        if (parse(drill_buffer_span(&bad), &file, NULL) == DRILL_OK) {
            DrillBuffer again = sample_buffer();
            drill_trace_format_header(&file->header, &again);
            for (size_t i = 0; i < file->count; i++) {
                drill_trace_format(&file->events[i], &again);
            }
            DrillTraceFile *second;
            ck_assert_int_eq(parse(drill_buffer_span(&again), &second, NULL), DRILL_OK);
            ck_assert_uint_eq(drill_trace_first_difference(file, second), SIZE_MAX);
            drill_trace_file_free(second);
            drill_trace_file_free(file);
            drill_buffer_release(&again);
        }
        drill_buffer_release(&bad);
    }
    drill_buffer_release(&text);
}
END_TEST

/* One event of several megabytes, in both kinds of file. */
START_TEST(long_line) {
    const char *name = _i == 0 ? "l.jsonl.gz" : "l.jsonl";
    DrillBuffer payload = sample_buffer();
    for (uint32_t i = 0; i < 3000000; i++) {
        drill_buffer_put_byte(&payload, (uint8_t)(i * 2654435761u >> 24));
    }
    DrillTracerOptions options = {drill_allocator_malloc(), true};
    DrillTracer *tracer = drill_tracer_new(&options);
    DrillTraceWriter *writer;
    ck_assert_int_eq(drill_trace_writer_open(sample_path(name), &writer, NULL), DRILL_OK);
    drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    DrillTraceHeader header = sample_header();
    drill_tracer_header(tracer, &header);
    DrillTraceEvent event = sample_event(DRILL_TRACE_APP_PUBLISH, 1, 0);
    event.values[4].bytes = drill_buffer_span(&payload);
    drill_tracer_emit(tracer, &event);
    ck_assert_int_eq(drill_trace_writer_close(writer, NULL), DRILL_OK);
    DrillTraceFile *file;
    ck_assert_int_eq(drill_trace_read(sample_path(name), drill_allocator_malloc(), &file, NULL),
                     DRILL_OK);
    ck_assert_uint_eq(file->count, 1);
    ck_assert(drill_span_equal(drill_trace_text(&file->events[0], "payload"),
                               drill_buffer_span(&payload)));
    drill_trace_file_free(file);
    drill_tracer_free(tracer);
    drill_buffer_release(&payload);
    sample_clean(&name, 1);
}
END_TEST

START_TEST(no_such_file) {
    DrillTraceFile *file;
    DrillDiagnostic diagnostic = {{0}};
    DrillAllocator heap = drill_allocator_malloc();
    ck_assert_int_eq(drill_trace_read("no-such.jsonl", heap, &file, &diagnostic), DRILL_IO);
    ck_assert_str_eq(diagnostic.text, "no-such.jsonl: No such file or directory");
    ck_assert_int_eq(drill_trace_read(".", heap, &file, &diagnostic), DRILL_IO);
    ck_assert_str_eq(diagnostic.text, ".: Is a directory");
    drill_trace_file_free(NULL);
}
END_TEST

/* Everything a file takes from its allocator goes back to it. */
START_TEST(allocator_is_respected) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 24);
    DrillBuffer text = sample_buffer();
    sample_text(&text, 3);
    size_t used = 0;
    for (int round = 0; round < 20; round++) {
        DrillTraceFile *file;
        ck_assert_int_eq(drill_trace_parse(drill_buffer_span(&text), "t",
                                           drill_arena_allocator(arena), &file, NULL),
                         DRILL_OK);
        drill_trace_file_free(file);
        ck_assert(round == 0 || drill_arena_used(arena) == used);
        used = drill_arena_used(arena);
    }
    drill_buffer_release(&text);
    drill_arena_free(arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/read");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, unknown_protocol_version);
    tcase_add_test(tests, every_byte_damaged);
    tcase_add_test(tests, garbage_in_the_last_member);
    tcase_add_test(tests, truncated_means);
    tcase_add_test(tests, bad_lines);
    tcase_add_test(tests, tolerated_lines);
    tcase_add_test(tests, bad_headers);
    tcase_add_test(tests, times_do_not_go_back);
    tcase_add_test(tests, mutated_text);
    tcase_add_test(tests, no_such_file);
    tcase_add_test(tests, allocator_is_respected);
    tcase_add_loop_test(tests, cut_off_at_every_byte, 0, 2);
    tcase_add_loop_test(tests, long_line, 0, 2);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
