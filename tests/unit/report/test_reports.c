/* Reports of a fixed result: golden text, well-formed XML, JSON that reads back to the same result.
 */
#include "unit/report/golden.h"
#include "unit/report/results.h"

#include <jansson.h>
#include <unistd.h>

#include "base/arena.h"

static DrillBuffer write_kind(DrillReportKind kind, bool reproducible) {
    DrillBuffer out = golden_buffer();
    drill_report_write(kind, &results_report, reproducible, &out);
    return out;
}

static void compare(DrillReportKind kind, bool reproducible, const char *name) {
    DrillBuffer out = write_kind(kind, reproducible);
    golden_compare(name, &out);
    drill_buffer_release(&out);
}

START_TEST(golden_texts) {
    compare(DRILL_REPORT_JUNIT, true, "result.junit.xml");
    compare(DRILL_REPORT_TAP, true, "result.tap");
    compare(DRILL_REPORT_JSON, true, "result.json");
    compare(DRILL_REPORT_MARKDOWN, true, "result.md");
    compare(DRILL_REPORT_MARKDOWN, false, "result_with_times.md");
    compare(DRILL_REPORT_GITHUB, true, "result.github");
}
END_TEST

START_TEST(summary_counts) {
    DrillReportSummary summary = drill_report_summary(&results_report);
    ck_assert_uint_eq(summary.passed, 1);
    ck_assert_uint_eq(summary.failed, 1);
    ck_assert_uint_eq(summary.skipped, 1);
    ck_assert_uint_eq(summary.inconclusive, 1);
    ck_assert_uint_eq(summary.virtual_ns, 27200000000u);
    ck_assert_uint_eq(summary.wall_ns, 12345678901u);
}
END_TEST

START_TEST(order_of_completion_does_not_show) {
    DrillReportScenario turned[4];
    for (size_t i = 0; i < 4; i++)
        turned[i] = results_scenarios[3 - i];
    DrillReport report = results_report;
    report.scenarios = turned;
    for (int kind = 0; kind <= DRILL_REPORT_GITHUB; kind++) {
        DrillBuffer a = write_kind((DrillReportKind)kind, false);
        DrillBuffer b = golden_buffer();
        drill_report_write((DrillReportKind)kind, &report, false, &b);
        ck_assert(drill_span_equal(drill_buffer_span(&a), drill_buffer_span(&b)));
        drill_buffer_release(&a);
        drill_buffer_release(&b);
    }
}
END_TEST

START_TEST(reproducible_text_has_no_real_time) {
    DrillReportScenario slower[4];
    for (size_t i = 0; i < 4; i++) {
        slower[i] = results_scenarios[i];
        slower[i].wall_ns += 77777777777;
    }
    DrillReport report = results_report;
    report.scenarios = slower;
    report.wall_ns = 1;
    for (int kind = 0; kind <= DRILL_REPORT_GITHUB; kind++) {
        DrillBuffer a = write_kind((DrillReportKind)kind, true);
        DrillBuffer b = golden_buffer();
        drill_report_write((DrillReportKind)kind, &report, true, &b);
        ck_assert(drill_span_equal(drill_buffer_span(&a), drill_buffer_span(&b)));
        drill_buffer_release(&a);
        drill_buffer_release(&b);
    }
}
END_TEST

/* Enough of an XML reader to find a tag that is not closed, a bare '<' or '&', or an attribute
 * without quotes. */
static bool xml_is_well_formed(const char *text) {
    char open[16][32];
    size_t depth = 0;
    if (strncmp(text, "<?xml", 5) == 0) text = strchr(text, '>') + 1;
    while (*text != '\0') {
        if (*text == '&') {
            size_t size = strcspn(text, "; <\n");
            if (text[size] != ';') return false;
            text += size + 1;
        } else if (*text != '<') {
            if ((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') return false;
            if (strncmp(text, "]]>", 3) == 0) return false;
            text++;
        } else {
            bool closes = text[1] == '/';
            const char *name = text + (closes ? 2 : 1);
            size_t size = strcspn(name, " />");
            if (size == 0 || size >= 32 || depth >= 16) return false;
            const char *at = name + size;
            while (*at != '>' && *at != '/') {
                if (*at != ' ') return false;
                at = strchr(at, '=');
                if (at == NULL || at[1] != '"') return false;
                at = strpbrk(at + 2, "\"<");
                if (at == NULL || *at == '<') return false;
                at++;
            }
            if (closes) {
                if (depth == 0 || strlen(open[depth - 1]) != size ||
                    strncmp(open[depth - 1], name, size) != 0)
                    return false;
                depth--;
            } else if (*at != '/') {
                memcpy(open[depth], name, size);
                open[depth++][size] = '\0';
            }
            text = strchr(at, '>') + 1;
        }
    }
    return depth == 0;
}

START_TEST(junit_is_well_formed) {
    ck_assert(xml_is_well_formed("<a b=\"c\">x &amp; y<d/></a>"));
    ck_assert(!xml_is_well_formed("<a>x & y</a>"));
    ck_assert(!xml_is_well_formed("<a><b></a>"));
    ck_assert(!xml_is_well_formed("<a>\x1b</a>"));
    ck_assert(!xml_is_well_formed("<a b=\"<\"/>"));
    DrillBuffer out = write_kind(DRILL_REPORT_JUNIT, false);
    ck_assert(xml_is_well_formed(drill_buffer_cstring(&out)));
    drill_buffer_release(&out);
}
END_TEST

static const char *temporary(const DrillBuffer *text) {
    static char path[64];
    snprintf(path, sizeof path, "report-json-%ld.json", (long)getpid());
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(text->data, 1, text->size, file);
    fclose(file);
    return path;
}

START_TEST(json_reads_back_to_the_same_result) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    DrillBuffer first = write_kind(DRILL_REPORT_JSON, false);
    const char *path = temporary(&first);
    DrillReport report;
    DrillDiagnostic diagnostic;
    DrillResult result =
        drill_report_read(path, drill_arena_allocator(arena), &report, &diagnostic);
    unlink(path);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    ck_assert_uint_eq(report.count, 4);
    ck_assert_uint_eq(report.scenarios[1].seed, UINT64_MAX);
    ck_assert_ptr_null(report.profile);
    DrillBuffer second = golden_buffer();
    drill_report_write(DRILL_REPORT_JSON, &report, false, &second);
    ck_assert(drill_span_equal(drill_buffer_span(&first), drill_buffer_span(&second)));
    drill_buffer_release(&first);
    drill_buffer_release(&second);
    drill_arena_free(arena);
}
END_TEST

/* The golden JSON with one thing changed must be refused, naming the thing. */
static void check_refused(const char *from, const char *to, const char *named) {
    DrillBuffer text = write_kind(DRILL_REPORT_JSON, true);
    const char *whole = drill_buffer_cstring(&text);
    const char *at = strstr(whole, from);
    ck_assert_msg(at != NULL, "%s is not in the text", from);
    DrillBuffer changed = golden_buffer();
    drill_buffer_put(&changed, whole, (size_t)(at - whole));
    drill_buffer_put_string(&changed, to);
    drill_buffer_put_string(&changed, at + strlen(from));
    const char *path = temporary(&changed);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    DrillReport report;
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(drill_report_read(path, drill_arena_allocator(arena), &report, &diagnostic),
                     DRILL_INVALID);
    unlink(path);
    ck_assert_msg(strstr(diagnostic.text, named) != NULL, "%s", diagnostic.text);
    drill_arena_free(arena);
    drill_buffer_release(&text);
    drill_buffer_release(&changed);
}

START_TEST(wrong_files_are_refused_with_their_place) {
    check_refused("mqttdrill.result/1", "mqttdrill.result/9", "schema");
    check_refused("\"seed\": \"2\"", "\"seed\": 2", "scenarios[0].seed");
    check_refused("\"verdict\": \"inconclusive\"", "\"verdict\": \"maybe\"",
                  "scenarios[0].verdict");
    check_refused("\"packets\": [17, 41]", "\"packets\": [17, \"x\"]",
                  "scenarios[1].findings[0].packets");
    check_refused("\"kind\": \"mqtt\"", "\"kind\": 5", "target.kind");
    check_refused("\"events\": 12,", "\"events\": -1,", "scenarios[0].events");
    check_refused("\"exercised\": []", "\"exercised\": [1]", "exercised");
    check_refused("\"v3:MQTT-4.3.3-1\": 7", "\"v3:MQTT-4.3.3-1\": -7", "applied");
    check_refused("{ \"schema\"", "{ oops \"schema\"", "not JSON");
    DrillReport report;
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(
        drill_report_read("no-such-file.json", drill_allocator_malloc(), &report, &diagnostic),
        DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "no-such-file.json"));
}
END_TEST

START_TEST(json_is_what_the_contract_says) {
    DrillBuffer out = write_kind(DRILL_REPORT_JSON, false);
    json_error_t error;
    json_t *root = json_loadb((const char *)out.data, out.size, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    const char *schema, *verdict, *id, *seed;
    json_t *statements, *scenarios;
    int failed = 0;
    ck_assert_int_eq(json_unpack(root, "{s:s,s:{s:i},s:o,s:o}", "schema", &schema, "summary",
                                 "failed", &failed, "scenarios", &scenarios, "statements",
                                 &statements),
                     0);
    ck_assert_str_eq(schema, "mqttdrill.result/1");
    ck_assert_int_eq(failed, 1);
    ck_assert_int_eq(json_unpack(json_array_get(scenarios, 1), "{s:s,s:s,s:s}", "id", &id, "seed",
                                 &seed, "verdict", &verdict),
                     0);
    ck_assert_str_eq(id, "qos/qos2_lost_pubrec");
    ck_assert_str_eq(seed, "18446744073709551615");
    ck_assert_str_eq(verdict, "fail");
    ck_assert_int_eq(
        json_unpack(json_object_get(statements, "v3:MQTT-4.3.3-2"), "{s:s}", "verdict", &verdict),
        0);
    ck_assert_str_eq(verdict, "fail"); /* although another scenario passes it */
    json_decref(root);
    drill_buffer_release(&out);
}
END_TEST

START_TEST(terminal_block) {
    DrillBuffer out = golden_buffer();
    drill_report_failure(&results_scenarios[1], false, &out);
    golden_compare("failure.txt", &out);
    ck_assert(!golden_has(&out, "\x1b"));
    drill_buffer_clear(&out);
    drill_report_failure(&results_scenarios[1], true, &out);
    ck_assert(golden_has(&out, "\x1b[31;1mFAIL"));
    ck_assert(!golden_has(&out, "got 2 ]]> \x1b")); /* the text's own escape stays harmless */
    drill_buffer_clear(&out);
    drill_report_failure(&results_scenarios[3], false, &out);
    ck_assert(golden_has(&out, "INCONCLUSIVE"));
    drill_buffer_release(&out);
}
END_TEST

START_TEST(empty_result) {
    DrillReport report = results_report;
    report.count = 0;
    for (int kind = 0; kind <= DRILL_REPORT_GITHUB; kind++) {
        DrillBuffer out = golden_buffer();
        drill_report_write((DrillReportKind)kind, &report, true, &out);
        if (kind == DRILL_REPORT_JUNIT) ck_assert(xml_is_well_formed(drill_buffer_cstring(&out)));
        if (kind == DRILL_REPORT_TAP) ck_assert(golden_has(&out, "1..0\n"));
        drill_buffer_release(&out);
    }
}
END_TEST

/* File names and scripts may hold any bytes. */
START_TEST(reports_are_utf8_whatever_they_tell) {
    DrillReport report = results_report;
    DrillReportScenario hostile = report.scenarios[0];
    hostile.id = "qos/\xff\xfe";
    hostile.title = "cut \xe2\x82";
    hostile.message = "\x1b[31m\xc0\x80";
    report.scenarios = &hostile;
    report.count = 1;
    for (int kind = 0; kind <= DRILL_REPORT_GITHUB; kind++) {
        DrillBuffer out = golden_buffer();
        drill_report_write((DrillReportKind)kind, &report, true, &out);
        ck_assert_msg(drill_utf8_valid(drill_buffer_span(&out)), "kind %d", kind);
        drill_buffer_release(&out);
    }
}
END_TEST

START_TEST(kinds_by_name) {
    ck_assert_int_eq(drill_report_kind_find("junit"), DRILL_REPORT_JUNIT);
    ck_assert_int_eq(drill_report_kind_find("github"), DRILL_REPORT_GITHUB);
    ck_assert_int_eq(drill_report_kind_find("md"), DRILL_REPORT_MARKDOWN);
    ck_assert_int_eq(drill_report_kind_find("html"), -1);
    ck_assert_int_eq(drill_matrix_kind_find("csv"), DRILL_MATRIX_CSV);
    ck_assert_int_eq(drill_matrix_kind_find(""), -1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/reports");
    TCase *cases = tcase_create("reports");
    tcase_add_test(cases, golden_texts);
    tcase_add_test(cases, summary_counts);
    tcase_add_test(cases, order_of_completion_does_not_show);
    tcase_add_test(cases, reproducible_text_has_no_real_time);
    tcase_add_test(cases, junit_is_well_formed);
    tcase_add_test(cases, json_reads_back_to_the_same_result);
    tcase_add_test(cases, wrong_files_are_refused_with_their_place);
    tcase_add_test(cases, json_is_what_the_contract_says);
    tcase_add_test(cases, terminal_block);
    tcase_add_test(cases, empty_result);
    tcase_add_test(cases, reports_are_utf8_whatever_they_tell);
    tcase_add_test(cases, kinds_by_name);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
