#include <stdio.h>

#include "unit/driver/toy.h"

/* Lines without their number: it is counted here, as the reader wants it. */
static DrillTraceFile *trace_of(const char *const *lines, size_t count) {
    DrillTraceHeader header = {.version = 4};
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    DrillDiagnostic diagnostic = {""};
    DrillTraceFile *file = NULL;
    drill_trace_format_header(&header, &text);
    for (size_t i = 0; i < count; i++) {
        const char *comma = strchr(lines[i], ',');
        drill_buffer_put(&text, lines[i], (size_t)(comma - lines[i]));
        drill_buffer_print(&text, ",\"number\":%zu,\"cause\":0,\"node\":\"\"%s\n", i + 1, comma);
    }
    DrillResult result = drill_trace_parse(drill_buffer_span(&text), "test",
                                           drill_allocator_malloc(), &file, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    ck_assert_uint_eq(file->count, count);
    drill_buffer_release(&text);
    return file;
}

#define CONNECTED(time, conn)                                                                      \
    "{\"time\":" #time ",\"name\":\"outside.connected\",\"data\":{\"conn\":" #conn "}}"
#define BYTES(time, conn, hex)                                                                     \
    "{\"time\":" #time ",\"name\":\"outside.bytes\",\"data\":{\"conn\":" #conn ",\"bytes\":\"" hex \
    "\"}}"
#define CLOSED(time, conn, how, text)                                                              \
    "{\"time\":" #time ",\"name\":\"outside.closed\",\"data\":{\"conn\":" #conn ",\"how\":\"" how  \
    "\",\"text\":\"" text "\"}}"
#define WRITABLE(time, conn, is)                                                                   \
    "{\"time\":" #time ",\"name\":\"outside.writable\",\"data\":{\"conn\":" #conn                  \
    ",\"writable\":" #is "}}"
#define STALLED(time, gap)                                                                         \
    "{\"time\":" #time ",\"name\":\"outside.stalled\",\"data\":{\"for_ns\":" #gap "}}"
#define NOTE(time) "{\"time\":" #time ",\"name\":\"app.note\",\"data\":{\"text\":\"n\"}}"

typedef struct Fixture {
    Toy toy;
    DrillTraceFile *file;
} Fixture;

static void start(Fixture *fixture, const char *const *lines, size_t count) {
    toy_init(&fixture->toy);
    fixture->file = trace_of(lines, count);
    fixture->toy.driver = drill_driver_replay(fixture->file);
}

static void stop(Fixture *fixture) {
    toy_free(&fixture->toy);
    drill_trace_file_free(fixture->file);
}

static void add_at(void *context, uint64_t argument, uint64_t now_ns) {
    (void)now_ns;
    (void)drill_queue_add(context, argument, toy_nothing, NULL, 0);
}

static void open_it(void *context, uint64_t argument, uint64_t now_ns) {
    DrillDriver *driver = context;
    (void)now_ns;
    driver->open(driver, argument);
}

START_TEST(test_order_of_events_and_inputs) {
    static const char *const lines[] = {CONNECTED(10, 1), NOTE(15), BYTES(20, 1, "3000ff"),
                                        BYTES(20, 1, ""), CLOSED(30, 1, "fin", "")};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    Toy *toy = &fixture.toy;
    toy->driver->open(toy->driver, 1);
    (void)drill_queue_add(toy->queue, 9, add_at, toy->queue, 20);  /* equal: before the input */
    (void)drill_queue_add(toy->queue, 20, add_at, toy->queue, 20); /* newly made and equal: too */
    (void)drill_queue_add(toy->queue, 21, toy_nothing, NULL, 0);
    (void)drill_queue_add(toy->queue, 40, toy_nothing, NULL, 0);
    toy_run(toy);
    char hash[2][20];
    (void)snprintf(hash[0], sizeof(hash[0]), "%" PRIx64, drill_hash(drill_span("0\0\377", 3), 1));
    (void)snprintf(hash[1], sizeof(hash[1]), "%" PRIx64, drill_hash(drill_span("", 0), 1));
    char expected[512];
    (void)snprintf(expected, sizeof(expected),
                   "9 fired\n10 connected conn 1\n20 fired\n20 fired\n20 fired\n"
                   "20 bytes conn 1 size 3 hash %s\n20 bytes conn 1 size 0 hash %s\n"
                   "21 fired\n30 closed conn 1 fin \"\"\n40 fired\n",
                   hash[0], hash[1]);
    ck_assert_str_eq(toy_text(toy), expected);
    stop(&fixture);
}
END_TEST

static void add_at_input(Toy *toy, const DrillInput *input) {
    if (input->kind == DRILL_INPUT_CONNECTED) {
        (void)drill_queue_add(toy->queue, input->time_ns, toy_nothing, NULL, 0);
        (void)drill_queue_add(toy->queue, input->time_ns + 1, toy_nothing, NULL, 0);
        (void)drill_queue_add(toy->queue, input->time_ns + 2, toy_nothing, NULL, 0);
    }
}

START_TEST(test_events_made_by_an_input) {
    static const char *const lines[] = {CONNECTED(10, 1), CLOSED(11, 1, "rst", "gone")};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    fixture.toy.on_input = add_at_input;
    fixture.toy.driver->open(fixture.toy.driver, 1);
    toy_run(&fixture.toy);
    ck_assert_str_eq(toy_text(&fixture.toy),
                     "10 connected conn 1\n10 fired\n11 fired\n11 closed conn 1 rst \"gone\"\n"
                     "12 fired\n");
    stop(&fixture);
}
END_TEST

static void close_at_bytes(Toy *toy, const DrillInput *input) {
    if (input->kind == DRILL_INPUT_BYTES) {
        toy->driver->close(toy->driver, input->connection, false);
    }
}

START_TEST(test_nothing_after_the_world_closed) {
    static const char *const lines[] = {CONNECTED(10, 1),         CONNECTED(10, 2),
                                        BYTES(11, 1, "00"),       BYTES(12, 1, "00"),
                                        CLOSED(13, 1, "fin", ""), CLOSED(14, 2, "refused", "no")};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    Toy *toy = &fixture.toy;
    toy->on_input = close_at_bytes;
    toy->driver->open(toy->driver, 1);
    toy->driver->open(toy->driver, 2);
    toy->driver->write(toy->driver, 2, drill_span_of("goes nowhere"));
    toy_run(toy);
    ck_assert_uint_eq(toy->inputs, 4);
    ck_assert_uint_eq(toy->last_ns, 14); /* what is dropped moves no time */
    ck_assert_ptr_nonnull(strstr(toy_text(toy), "14 closed conn 2 refused \"no\"\n"));
    stop(&fixture);
}
END_TEST

START_TEST(test_nothing_about_the_unopened_or_after_closed) {
    static const char *const lines[] = {CONNECTED(10, 7), CONNECTED(20, 8),
                                        CLOSED(21, 8, "rst", ""), BYTES(22, 8, "00")};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    /* Opened by an event at the very time of its input: late enough. */
    (void)drill_queue_add(fixture.toy.queue, 20, open_it, fixture.toy.driver, 8);
    toy_run(&fixture.toy);
    ck_assert_str_eq(toy_text(&fixture.toy),
                     "20 fired\n20 connected conn 8\n21 closed conn 8 rst \"\"\n");
    stop(&fixture);
}
END_TEST

START_TEST(test_after_the_peers_end) {
    static const char *const lines[] = {CONNECTED(10, 1),         WRITABLE(11, 1, false),
                                        CLOSED(12, 1, "fin", ""), WRITABLE(13, 1, true),
                                        CLOSED(14, 1, "rst", ""), WRITABLE(15, 1, false)};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    fixture.toy.driver->open(fixture.toy.driver, 1);
    fixture.toy.driver->shutdown(fixture.toy.driver, 1);
    toy_run(&fixture.toy);
    ck_assert_str_eq(toy_text(&fixture.toy),
                     "10 connected conn 1\n11 writable conn 1 no\n12 closed conn 1 fin \"\"\n"
                     "13 writable conn 1 yes\n14 closed conn 1 rst \"\"\n");
    stop(&fixture);
}
END_TEST

START_TEST(test_standing_still_is_repeated) {
    static const char *const lines[] = {CONNECTED(10, 1), STALLED(11, 1600000000)};
    Fixture fixture;
    DrillInput input;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    DrillDriver *driver = fixture.toy.driver;
    driver->open(driver, 1);
    ck_assert(driver->step(driver, fixture.toy.queue, &input));
    driver->close(driver, 1, true); /* it is about no connection */
    ck_assert(driver->step(driver, fixture.toy.queue, &input));
    ck_assert_int_eq(input.kind, DRILL_INPUT_STALLED);
    ck_assert_uint_eq(input.stalled_ns, 1600000000);
    stop(&fixture);
}
END_TEST

START_TEST(test_how_and_text_are_strings) {
    static const char *const lines[] = {CLOSED(1, 1, "fin", ""), CLOSED(2, 2, "odd", "a long text"),
                                        CLOSED(3, 3, "error", "x")};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    DrillDriver *driver = fixture.toy.driver;
    for (uint64_t conn = 1; conn <= 3; conn++)
        driver->open(driver, conn);
    toy_run(&fixture.toy);
    ck_assert_str_eq(toy_text(&fixture.toy),
                     "1 closed conn 1 fin \"\"\n2 closed conn 2 error \"a long text\"\n"
                     "3 closed conn 3 error \"x\"\n");
    stop(&fixture);
}
END_TEST

START_TEST(test_empty_trace_is_virtual) {
    Fixture fixture;
    start(&fixture, NULL, 0);
    ck_assert_str_eq(fixture.toy.driver->name, "replay");
    ck_assert(fixture.toy.driver->live);
    (void)drill_queue_add(fixture.toy.queue, 5, toy_nothing, NULL, 0);
    toy_run(&fixture.toy);
    ck_assert_str_eq(toy_text(&fixture.toy), "5 fired\n");
    stop(&fixture);
}
END_TEST

START_TEST(test_input_at_the_end_of_time) {
    /* DRILL_NEVER is an empty queue's time, and must not be taken for an event's. */
    static const char *const lines[] = {CONNECTED(18446744073709551615, 1)};
    Fixture fixture;
    start(&fixture, lines, DRILL_ARRAY_COUNT(lines));
    fixture.toy.driver->open(fixture.toy.driver, 1);
    toy_run(&fixture.toy);
    ck_assert_uint_eq(fixture.toy.inputs, 1);
    stop(&fixture);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/replay");
    TCase *tests = tcase_create("replay");
    tcase_add_test(tests, test_order_of_events_and_inputs);
    tcase_add_test(tests, test_events_made_by_an_input);
    tcase_add_test(tests, test_nothing_after_the_world_closed);
    tcase_add_test(tests, test_nothing_about_the_unopened_or_after_closed);
    tcase_add_test(tests, test_after_the_peers_end);
    tcase_add_test(tests, test_standing_still_is_repeated);
    tcase_add_test(tests, test_how_and_text_are_strings);
    tcase_add_test(tests, test_empty_trace_is_virtual);
    tcase_add_test(tests, test_input_at_the_end_of_time);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
