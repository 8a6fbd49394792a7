/* The mutation matrix in its three forms, and read back. */
#include "unit/report/golden.h"

#include <unistd.h>

#include "base/arena.h"
#include "report/result.h"

static const char *const catchers[] = {"qos/a", "qos/b", "qos/c", "session/d"};

static const DrillMatrixRow rows[] = {
    {.defect = "",
     .version = "3.1.1",
     .party = "",
     .text = "everything as it should be",
     .expected_oracles = "",
     .expected_statements = "",
     .proved_statements = "",
     .oracle = "",
     .statement = "",
     .runs = 40},
    {.defect = "b-qos2-no-inbound-id-store",
     .version = "3.1.1",
     .party = "broker",
     .text = "keeps no ids, so a \"copy\", repeated, is forwarded",
     .expected_oracles = "qos2",
     .expected_statements = "v3:MQTT-4.3.3-2 v3:MQTT-4.1.0-1 v3:MQTT-4.5.0-1",
     .proved_statements = "v3:MQTT-4.3.3-2 v3:MQTT-4.5.0-1",
     .caught = true,
     .oracle = "qos2",
     .statement = "v3:MQTT-4.3.3-2",
     .scenarios = catchers,
     .scenario_count = 4,
     .runs = 40},
    {.defect = "c-dup-never-set",
     .version = "3.1.1",
     .party = "client",
     .text = "never sets DUP",
     .expected_oracles = "dup",
     .expected_statements = "v3:MQTT-3.3.1-1",
     .proved_statements = "",
     .caught_otherwise = true,
     .oracle = "script",
     .statement = "",
     .scenarios = catchers,
     .scenario_count = 1,
     .runs = 40},
    {.defect = "b-quiet",
     .version = "3.1.1",
     .party = "broker",
     .text = "nothing sees it",
     .expected_oracles = "qos1",
     .expected_statements = "v3:MQTT-4.3.2-2",
     .proved_statements = "",
     .oracle = "",
     .statement = "",
     .runs = 40},
};
static const DrillMatrix matrix = {.tool = "0.1.0",
                                   .version = "3.1.1",
                                   .target = "sim",
                                   .wall_ns = 5000000000,
                                   .rows = rows,
                                   .count = 4};

static void compare(DrillMatrixKind kind, const char *name) {
    DrillBuffer out = golden_buffer();
    drill_matrix_write(kind, &matrix, true, &out);
    golden_compare(name, &out);
    drill_buffer_release(&out);
}

START_TEST(golden_texts) {
    compare(DRILL_MATRIX_MARKDOWN, "matrix.md");
    compare(DRILL_MATRIX_CSV, "matrix.csv");
    compare(DRILL_MATRIX_JSON, "matrix.json");
}
END_TEST

START_TEST(outcomes) {
    DrillBuffer out = golden_buffer();
    drill_matrix_write(DRILL_MATRIX_MARKDOWN, &matrix, true, &out);
    ck_assert(golden_has(&out, "1 of 3 defects caught"));
    ck_assert(golden_has(&out, "missed"));
    ck_assert(golden_has(&out, "caught otherwise"));
    ck_assert(golden_has(&out, "clean"));
    DrillMatrixRow alarm = rows[0];
    alarm.caught_otherwise = true;
    DrillMatrix wrong = matrix;
    wrong.rows = &alarm;
    wrong.count = 1;
    drill_buffer_clear(&out);
    drill_matrix_write(DRILL_MATRIX_MARKDOWN, &wrong, true, &out);
    ck_assert(golden_has(&out, "❌ false alarm"));
    drill_buffer_release(&out);
}
END_TEST

static DrillResult read_json(DrillSpan json, DrillAllocator allocator, DrillMatrix *read,
                             DrillDiagnostic *diagnostic) {
    char path[64];
    snprintf(path, sizeof path, "report-matrix-%ld.json", (long)getpid());
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(json.data, 1, json.size, file);
    fclose(file);
    DrillResult result = drill_matrix_read(path, allocator, read, diagnostic);
    unlink(path);
    return result;
}

START_TEST(reads_back) {
    DrillBuffer first = golden_buffer();
    drill_matrix_write(DRILL_MATRIX_JSON, &matrix, false, &first);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    DrillMatrix read;
    DrillDiagnostic diagnostic = {""};
    DrillResult result =
        read_json(drill_buffer_span(&first), drill_arena_allocator(arena), &read, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    DrillBuffer second = golden_buffer();
    drill_matrix_write(DRILL_MATRIX_JSON, &read, false, &second);
    ck_assert(drill_span_equal(drill_buffer_span(&first), drill_buffer_span(&second)));
    drill_buffer_release(&first);
    drill_buffer_release(&second);
    drill_arena_free(arena);
}
END_TEST

/* As matrices were before they named all: what the row shows is proved. */
START_TEST(an_older_file_proves_one) {
    static const char json[] =
        "{\"schema\": \"mqttdrill.matrix/1\", \"tool\": \"0\", \"version\": \"3.1.1\", "
        "\"target\": \"sim\", \"wall_ns\": 0, \"rows\": [{\"defect\": \"b-x\", "
        "\"mqtt\": \"3.1.1\", \"party\": \"broker\", \"text\": \"\", "
        "\"oracle\": \"qos2\", \"statement\": \"v3:MQTT-4.3.3-2\", "
        "\"expected_oracles\": \"qos2\", \"expected_statements\": \"v3:MQTT-4.3.3-2\", "
        "\"caught\": true, \"caught_otherwise\": false, \"runs\": 1, \"scenarios\": []}]}";
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    DrillMatrix read;
    DrillDiagnostic diagnostic = {""};
    DrillResult result =
        read_json(drill_span_of(json), drill_arena_allocator(arena), &read, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    ck_assert_str_eq(read.rows[0].proved_statements, "v3:MQTT-4.3.3-2");
    drill_arena_free(arena);
}
END_TEST

START_TEST(a_result_is_no_matrix) {
    DrillMatrix read;
    DrillDiagnostic diagnostic;
    DrillSpan json = drill_span_of("{\"schema\": \"mqttdrill.result/1\"}");
    ck_assert_int_eq(read_json(json, drill_allocator_malloc(), &read, &diagnostic), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "mqttdrill.matrix/1"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/matrix");
    TCase *cases = tcase_create("matrix");
    tcase_add_test(cases, golden_texts);
    tcase_add_test(cases, outcomes);
    tcase_add_test(cases, reads_back);
    tcase_add_test(cases, an_older_file_proves_one);
    tcase_add_test(cases, a_result_is_no_matrix);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
