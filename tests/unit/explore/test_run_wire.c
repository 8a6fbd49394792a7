/* A run's result as bytes: there and back, cut anywhere, damaged anywhere. */
#include <stdlib.h>
#include <string.h>

#include "explore/batch.h"
#include "unit/suite.h"

static char *text(const char *of) {
    char *copy = strdup(of);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

static void sample(DrillRunResult *result) {
    memset(result, 0, sizeof(*result));
    result->verdict = DRILL_FAIL;
    result->outcome = DRILL_SCRIPT_ERROR;
    memset(result->digest, 'a', 64);
    result->virtual_ns = UINT64_MAX;
    result->wall_ns = 12;
    result->events = 34;
    result->unreachable = true;
    result->saves = 5;
    result->save_mismatches = 1;
    strcpy(result->diagnostic.text, "a.lua:1: \"no\"");
    result->finding_count = 2;
    result->findings = calloc(2, sizeof(DrillFinding));
    for (size_t i = 0; i < 2; i++) {
        DrillFinding *finding = &result->findings[i];
        finding->statement = text(i ? "" : "v3:MQTT-4.3.3-2");
        finding->oracle = text(i ? "script" : "qos2");
        finding->text = text("expected one thing");
        finding->verdict = i ? DRILL_FAIL : DRILL_INCONCLUSIVE;
        finding->packet_count = i * 6;
        for (size_t k = 0; k < finding->packet_count; k++)
            finding->packets[k] = k + 100;
        finding->time_ns = 77;
    }
    result->judgement_count = 1;
    result->judgements = calloc(1, sizeof(DrillJudgement));
    result->judgements[0] = (DrillJudgement){text("v3:MQTT-1.5.3-1"), text("codec"), DRILL_PASS, 9};
    result->last_packet_count = 2;
    result->last_packets = calloc(2, sizeof(char *));
    result->last_packets[0] = text("PUBLISH");
    result->last_packets[1] = text("");
}

static DrillBuffer sample_bytes(void) {
    DrillRunResult result;
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    sample(&result);
    drill_run_result_write(&result, &bytes);
    drill_run_result_free(&result);
    return bytes;
}

START_TEST(there_and_back) {
    DrillBuffer bytes = sample_bytes();
    DrillRunResult a, b;
    DrillSpan in = drill_span(bytes.data, bytes.size);
    sample(&a);
    ck_assert(drill_run_result_read(&in, &b));
    ck_assert_uint_eq(in.size, 0);
    ck_assert_int_eq(b.verdict, a.verdict);
    ck_assert_int_eq(b.outcome, a.outcome);
    ck_assert_str_eq(b.digest, a.digest);
    ck_assert_uint_eq(b.virtual_ns, a.virtual_ns);
    ck_assert_uint_eq(b.wall_ns, a.wall_ns);
    ck_assert_uint_eq(b.events, a.events);
    ck_assert(b.unreachable);
    ck_assert_uint_eq(b.saves, 5);
    ck_assert_uint_eq(b.save_mismatches, 1);
    ck_assert_str_eq(b.diagnostic.text, a.diagnostic.text);
    ck_assert_uint_eq(b.finding_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(b.findings[i].statement, a.findings[i].statement);
        ck_assert_str_eq(b.findings[i].oracle, a.findings[i].oracle);
        ck_assert_str_eq(b.findings[i].text, a.findings[i].text);
        ck_assert_int_eq(b.findings[i].verdict, a.findings[i].verdict);
        ck_assert_uint_eq(b.findings[i].packet_count, a.findings[i].packet_count);
        ck_assert_int_eq(
            memcmp(b.findings[i].packets, a.findings[i].packets, sizeof(a.findings[i].packets)), 0);
        ck_assert_uint_eq(b.findings[i].time_ns, 77);
    }
    ck_assert_uint_eq(b.judgement_count, 1);
    ck_assert_str_eq(b.judgements[0].statement, "v3:MQTT-1.5.3-1");
    ck_assert_str_eq(b.judgements[0].oracle, "codec");
    ck_assert_int_eq(b.judgements[0].verdict, DRILL_PASS);
    ck_assert_uint_eq(b.judgements[0].exercised, 9);
    ck_assert_uint_eq(b.last_packet_count, 2);
    ck_assert_str_eq(b.last_packets[0], "PUBLISH");
    drill_run_result_free(&a);
    drill_run_result_free(&b);
    drill_buffer_release(&bytes);
}
END_TEST

START_TEST(an_empty_result_too) {
    DrillRunResult a = {0}, b;
    DrillBuffer bytes = {.allocator = drill_allocator_malloc()};
    drill_run_result_write(&a, &bytes);
    DrillSpan in = drill_span(bytes.data, bytes.size);
    ck_assert(drill_run_result_read(&in, &b));
    ck_assert_uint_eq(b.finding_count + b.judgement_count + b.last_packet_count, 0);
    drill_run_result_free(&b);
    drill_buffer_release(&bytes);
}
END_TEST

START_TEST(cut_anywhere_it_is_refused) {
    DrillBuffer bytes = sample_bytes();
    for (size_t size = 0; size < bytes.size; size++) {
        DrillRunResult result;
        uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees the edge */
        memcpy(exact, bytes.data, size);
        exact = realloc(exact, size ? size : 1);
        DrillSpan in = drill_span(exact, size);
        ck_assert(!drill_run_result_read(&in, &result));
        ck_assert_ptr_null(result.findings);
        free(exact);
    }
    drill_buffer_release(&bytes);
}
END_TEST

START_TEST(damaged_anywhere_it_does_no_harm) {
    static const uint8_t values[] = {0, 1, 7, 0x7f, 0x80, 0xff};
    DrillBuffer bytes = sample_bytes();
    for (size_t at = 0; at < bytes.size; at++) {
        uint8_t original = bytes.data[at];
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(values); i++) {
            DrillRunResult result;
            bytes.data[at] = values[i];
            DrillSpan in = drill_span(bytes.data, bytes.size);
            if (!drill_run_result_read(&in, &result)) continue;
            ck_assert_int_le(result.verdict, DRILL_FAIL);
            ck_assert_int_le(result.outcome, DRILL_SCRIPT_LIMIT);
            for (size_t k = 0; k < result.finding_count; k++)
                ck_assert_uint_le(result.findings[k].packet_count, DRILL_FINDING_PACKETS_MAX);
            drill_run_result_free(&result);
        }
        bytes.data[at] = original;
    }
    drill_buffer_release(&bytes);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/run_wire");
    TCase *tests = tcase_create("run_wire");
    tcase_add_test(tests, there_and_back);
    tcase_add_test(tests, an_empty_result_too);
    tcase_add_test(tests, cut_anywhere_it_is_refused);
    tcase_add_test(tests, damaged_anywhere_it_does_no_harm);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
