/* The canonical text, and that reading it gives it back. */
#include "unit/suite.h"
#include "unit/trace/sample.h"

static void expect_line(const DrillTraceEvent *event, const char *wanted) {
    DrillBuffer line = sample_buffer();
    drill_trace_format(event, &line);
    ck_assert_str_eq(drill_buffer_cstring(&line), wanted);
    drill_buffer_release(&line);
}

START_TEST(exact_lines) {
    DrillTraceEvent sent = {
        .time_ns = 120000000,
        .number = 17,
        .cause = 12,
        .node = drill_span_of("pub"),
        .kind = DRILL_TRACE_MQTT_SENT,
        .values = {{.number = 1}, {.bytes = drill_span("\x62\x02\x00\x01", 4)}, {.number = 1}}};
    expect_line(&sent, "{\"time\":120000000,\"number\":17,\"cause\":12,\"node\":\"pub\","
                       "\"name\":\"mqtt.sent\",\"data\":{\"packet\":\"PUBREL\",\"conn\":1,"
                       "\"bytes\":\"62020001\",\"whole\":true}}\n");
    sent.values[2].number = 0;
    expect_line(&sent, "{\"time\":120000000,\"number\":17,\"cause\":12,\"node\":\"pub\","
                       "\"name\":\"mqtt.sent\",\"data\":{\"packet\":\"\",\"conn\":1,"
                       "\"bytes\":\"62020001\",\"whole\":false}}\n");
    DrillTraceEvent crash = {.number = 1, .kind = DRILL_TRACE_APP_CRASH};
    expect_line(&crash, "{\"time\":0,\"number\":1,\"cause\":0,\"node\":\"\","
                        "\"name\":\"app.crash\",\"data\":{}}\n");
}
END_TEST

/* Every nibble a first byte can have. */
START_TEST(packet_names) {
    static const char *const names[] = {"RESERVED",  "CONNECT",  "CONNACK",     "PUBLISH",
                                        "PUBACK",    "PUBREC",   "PUBREL",      "PUBCOMP",
                                        "SUBSCRIBE", "SUBACK",   "UNSUBSCRIBE", "UNSUBACK",
                                        "PINGREQ",   "PINGRESP", "DISCONNECT",  "AUTH"};
    for (unsigned type = 0; type < 16; type++) {
        uint8_t bytes[2] = {(uint8_t)(type << 4), 0};
        char wanted[200];
        (void)snprintf(wanted, sizeof wanted,
                       "{\"time\":0,\"number\":1,\"cause\":0,\"node\":\"\",\"name\":"
                       "\"mqtt.received\",\"data\":{\"packet\":\"%s\",\"conn\":0,\"bytes\":"
                       "\"%x000\",\"whole\":true}}\n",
                       names[type], type);
        DrillTraceEvent event = {
            .number = 1,
            .kind = DRILL_TRACE_MQTT_RECEIVED,
            .values = {{.number = 0}, {.bytes = drill_span(bytes, 2)}, {.number = 1}}};
        expect_line(&event, wanted);
    }
}
END_TEST

START_TEST(exact_header) {
    DrillTraceHeader header = sample_header();
    DrillBuffer line = sample_buffer();
    drill_trace_format_header(&header, &line);
    ck_assert_str_eq(drill_buffer_cstring(&line),
                     "{\"qlog_version\":\"0.3\",\"qlog_format\":\"NDJSON\","
                     "\"title\":\"A \\\"title\\\" with \xc3\xa9\","
                     "\"trace\":{\"vantage_point\":{\"type\":\"network\"},"
                     "\"common_fields\":{\"time_format\":\"relative\",\"time_unit\":\"ns\"},"
                     "\"mqttdrill\":{\"tool_version\":\"0.1.0\",\"scenario_id\":\"qos/a\","
                     "\"scenario_path\":\"qos/a.lua\",\"scenario_sha256\":\"00ff\","
                     "\"target\":\"sim\",\"version\":4,\"seed\":\"18446744073709551615\","
                     "\"run_id\":\"\",\"options\":\"link=;defects=\"}}}\n");
    drill_buffer_release(&line);
}
END_TEST

START_TEST(round_trip_of_every_kind) {
    DrillBuffer text = sample_buffer();
    sample_text(&text, 3);
    DrillTraceFile *file;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_trace_parse(drill_buffer_span(&text), "t", drill_allocator_malloc(),
                                           &file, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    ck_assert_uint_eq(file->count, 3 * DRILL_TRACE_KIND_COUNT + 1);
    ck_assert(!file->truncated);

    DrillBuffer again = sample_buffer();
    drill_trace_format_header(&file->header, &again);
    for (size_t i = 0; i < file->count; i++) {
        drill_trace_format(&file->events[i], &again);
    }
    ck_assert_str_eq(drill_buffer_cstring(&again), drill_buffer_cstring(&text));
    drill_trace_file_free(file);
    drill_buffer_release(&again);
    drill_buffer_release(&text);
}
END_TEST

/* Values come back as they were, not only their text. */
START_TEST(values_come_back) {
    DrillBuffer text = sample_buffer();
    sample_text(&text, 3);
    DrillTraceFile *file;
    ck_assert_int_eq(
        drill_trace_parse(drill_buffer_span(&text), "t", drill_allocator_malloc(), &file, NULL),
        DRILL_OK);
    for (size_t at = 0; at + 1 < file->count; at++) {
        int kind = (int)(at % DRILL_TRACE_KIND_COUNT);
        DrillTraceEvent wanted =
            sample_event((DrillTraceKind)kind, at + 1, (int)(at / DRILL_TRACE_KIND_COUNT));
        const DrillTraceEvent *event = &file->events[at];
        ck_assert_uint_eq(event->time_ns, wanted.time_ns);
        ck_assert_uint_eq(event->cause, wanted.cause);
        ck_assert(drill_span_equal(event->node, wanted.node));
        const DrillTraceSchema *schema = drill_trace_schema(event->kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            bool number = schema->fields[i].type == DRILL_TRACE_U64 ||
                          schema->fields[i].type == DRILL_TRACE_BOOL;
            ck_assert(number ? event->values[i].number == wanted.values[i].number
                             : drill_span_equal(event->values[i].bytes, wanted.values[i].bytes));
        }
    }
    ck_assert(drill_span_is(file->header.title, "A \"title\" with \xc3\xa9"));
    ck_assert_uint_eq(file->header.seed, UINT64_MAX);
    drill_trace_file_free(file);
    drill_buffer_release(&text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace/format");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, exact_lines);
    tcase_add_test(tests, packet_names);
    tcase_add_test(tests, exact_header);
    tcase_add_test(tests, round_trip_of_every_kind);
    tcase_add_test(tests, values_come_back);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
