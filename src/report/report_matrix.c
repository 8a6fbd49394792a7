/* The mutation matrix: which defect was caught by what. Markdown, CSV and JSON; and the JSON read
 * back. */
#include "report/json_reader.h"
#include "report/report_text.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

int drill_matrix_kind_find(const char *name) {
    static const char *const names[] = {"md", "csv", "json"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) return (int)i;
    }
    return -1;
}

/* Without a defect nothing may be caught; with one, the expected oracle must. */
static const char *outcome(const DrillMatrixRow *row) {
    if (row->defect[0] == '\0')
        return row->caught || row->caught_otherwise ? "false alarm" : "clean";
    if (row->caught) return "caught";
    return row->caught_otherwise ? "caught otherwise" : "missed";
}

static const char *outcome_sign(const DrillMatrixRow *row) {
    bool none = row->defect[0] == '\0';
    bool good = none ? !row->caught && !row->caught_otherwise : row->caught;
    return good ? "✅" : row->caught_otherwise && !none ? "⚠️" : "❌";
}

static void put_markdown_row(const DrillMatrixRow *row, DrillBuffer *out) {
    drill_buffer_put_string(out, "| ");
    if (row->defect[0] == '\0') {
        drill_buffer_put_string(out, "*no defect*");
    } else {
        drill_markdown_code(out, row->defect);
    }
    drill_buffer_print(out, " | %s | %s | %s %s | ", row->version, row->party, outcome_sign(row),
                       outcome(row));
    drill_markdown_text(out, row->oracle);
    drill_buffer_put_string(out, " | ");
    if (row->statement[0] != '\0') drill_markdown_code(out, row->statement);
    drill_buffer_print(out, " | %zu of %zu", row->scenario_count, row->runs);
    for (size_t i = 0; i < row->scenario_count && i < 3; i++) {
        drill_buffer_put_string(out, i == 0 ? ": " : ", ");
        drill_markdown_code(out, row->scenarios[i]);
    }
    if (row->scenario_count > 3) drill_buffer_put_string(out, " …");
    drill_buffer_put_string(out, " | ");
    drill_markdown_text(out, row->text);
    drill_buffer_put_string(out, " |\n");
}

void drill_matrix_count(const DrillMatrix *matrix, size_t *defects, size_t *caught) {
    *defects = *caught = 0;
    for (size_t i = 0; i < matrix->count;) {
        const char *defect = matrix->rows[i].defect;
        bool all = true;
        for (; i < matrix->count && strcmp(matrix->rows[i].defect, defect) == 0; i++)
            all = all && matrix->rows[i].caught;
        if (defect[0] == '\0') continue;
        (*defects)++;
        if (all) (*caught)++;
    }
}

static void put_markdown(const DrillMatrix *matrix, bool reproducible, DrillBuffer *out) {
    size_t defects, caught;
    drill_matrix_count(matrix, &defects, &caught);
    drill_buffer_print(out, "## Mutation matrix, MQTT %s\n\n%zu of %zu defects caught",
                       matrix->version, caught, defects);
    if (!reproducible) {
        drill_buffer_put_string(out, " in ");
        drill_report_put_seconds(matrix->wall_ns, out);
        drill_buffer_put_string(out, " s");
    }
    drill_buffer_put_string(out, ", target ");
    drill_markdown_code(out, matrix->target);
    drill_buffer_print(out, ", mqttdrill %s.\n\n", matrix->tool);
    drill_buffer_put_string(
        out, "| defect | MQTT | party | outcome | oracle | statement | runs that caught "
             "it | what is wrong |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < matrix->count; i++)
        put_markdown_row(&matrix->rows[i], out);
}

/* RFC 4180: quotes where a field has a comma, a quote or a line end. */
static void put_field(DrillBuffer *out, const char *text) {
    bool quote = strpbrk(text, ",\"\r\n") != NULL;
    if (!quote) {
        drill_buffer_put_string(out, text);
        return;
    }
    drill_buffer_put_string(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"') drill_buffer_put_string(out, "\"");
        drill_buffer_put_byte(out, (uint8_t)*text);
    }
    drill_buffer_put_string(out, "\"");
}

static void put_csv(const DrillMatrix *matrix, DrillBuffer *out) {
    drill_buffer_put_string(out, "defect,mqtt,party,outcome,oracle,statement,expected_oracles,"
                                 "expected_statements,proved_statements,runs,scenarios,text\n");
    for (size_t i = 0; i < matrix->count; i++) {
        const DrillMatrixRow *row = &matrix->rows[i];
        const char *fields[] = {row->defect,
                                row->version,
                                row->party,
                                outcome(row),
                                row->oracle,
                                row->statement,
                                row->expected_oracles,
                                row->expected_statements,
                                row->proved_statements};
        for (size_t k = 0; k < DRILL_ARRAY_COUNT(fields); k++) {
            put_field(out, fields[k]);
            drill_buffer_put_string(out, ",");
        }
        drill_buffer_print(out, "%zu,", row->runs);
        DrillBuffer list = {.allocator = drill_allocator_malloc()};
        for (size_t k = 0; k < row->scenario_count; k++) {
            drill_buffer_print(&list, k > 0 ? " %s" : "%s", row->scenarios[k]);
        }
        put_field(out, drill_buffer_cstring(&list));
        drill_buffer_release(&list);
        drill_buffer_put_string(out, ",");
        put_field(out, row->text);
        drill_buffer_put_string(out, "\n");
    }
}

static void put_json_row(const DrillMatrixRow *row, DrillBuffer *out) {
    const char *names[] = {"defect",
                           "mqtt",
                           "party",
                           "text",
                           "outcome",
                           "oracle",
                           "statement",
                           "expected_oracles",
                           "expected_statements",
                           "proved_statements"};
    const char *values[] = {row->defect,
                            row->version,
                            row->party,
                            row->text,
                            outcome(row),
                            row->oracle,
                            row->statement,
                            row->expected_oracles,
                            row->expected_statements,
                            row->proved_statements};
    drill_buffer_put_string(out, "    {");
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        drill_buffer_print(out, "\"%s\": ", names[i]);
        drill_json_string(out, values[i]);
        drill_buffer_put_string(out, ", ");
    }
    drill_buffer_print(
        out, "\"caught\": %s, \"caught_otherwise\": %s, \"runs\": %zu, \"scenarios\": ",
        row->caught ? "true" : "false", row->caught_otherwise ? "true" : "false", row->runs);
    drill_json_strings(out, row->scenarios, row->scenario_count);
    drill_buffer_put_string(out, "}");
}

static void put_json(const DrillMatrix *matrix, bool reproducible, DrillBuffer *out) {
    drill_buffer_put_string(out, "{ \"schema\": \"mqttdrill.matrix/1\", \"tool\": ");
    drill_json_string(out, matrix->tool);
    drill_buffer_put_string(out, ", \"version\": ");
    drill_json_string(out, matrix->version);
    drill_buffer_put_string(out, ", \"target\": ");
    drill_json_string(out, matrix->target);
    drill_buffer_print(out, ", \"wall_ns\": %llu,\n  \"rows\": [",
                       (unsigned long long)(reproducible ? 0 : matrix->wall_ns));
    for (size_t i = 0; i < matrix->count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n" : "\n");
        put_json_row(&matrix->rows[i], out);
    }
    drill_buffer_put_string(out, "]\n}\n");
}

void drill_matrix_write(DrillMatrixKind kind, const DrillMatrix *matrix, bool reproducible,
                        DrillBuffer *out) {
    switch (kind) {
    case DRILL_MATRIX_MARKDOWN:
        put_markdown(matrix, reproducible, out);
        break;
    case DRILL_MATRIX_CSV:
        put_csv(matrix, out);
        break;
    case DRILL_MATRIX_JSON:
        put_json(matrix, reproducible, out);
        break;
    }
}

static void read_row(DrillJsonReader *reader, const json_t *object, size_t index,
                     DrillMatrixRow *out) {
    snprintf(reader->where, sizeof reader->where, "rows[%zu]", index);
    out->defect = drill_json_text(reader, object, "defect");
    out->version = drill_json_text(reader, object, "mqtt");
    out->party = drill_json_text(reader, object, "party");
    out->text = drill_json_text(reader, object, "text");
    out->expected_oracles = drill_json_text(reader, object, "expected_oracles");
    out->expected_statements = drill_json_text(reader, object, "expected_statements");
    out->caught = drill_json_bool(reader, object, "caught");
    out->caught_otherwise = drill_json_bool(reader, object, "caught_otherwise");
    out->oracle = drill_json_text(reader, object, "oracle");
    out->statement = drill_json_text(reader, object, "statement");
    /* Older files name one. */
    out->proved_statements = drill_json_text_optional(reader, object, "proved_statements");
    if (out->proved_statements[0] == '\0' && out->caught) out->proved_statements = out->statement;
    out->scenarios = drill_json_texts(reader, object, "scenarios", &out->scenario_count);
    out->runs = (size_t)drill_json_number(reader, object, "runs");
}

DrillResult drill_matrix_read(const char *path, DrillAllocator allocator, DrillMatrix *out,
                              DrillDiagnostic *diagnostic) {
    DrillJsonReader reader = {.path = path, .allocator = allocator, .diagnostic = diagnostic};
    json_t *root = drill_json_load(&reader, "mqttdrill.matrix/1");
    if (root == NULL) return reader.result;
    *out = (DrillMatrix){.tool = drill_json_text(&reader, root, "tool")};
    out->version = drill_json_text(&reader, root, "version");
    out->target = drill_json_text(&reader, root, "target");
    out->wall_ns = drill_json_number(&reader, root, "wall_ns");
    const json_t *rows = drill_json_array(&reader, root, "rows");
    out->count = json_array_size(rows);
    DrillMatrixRow *all = DRILL_NEW_ARRAY(allocator, DrillMatrixRow, out->count + 1);
    for (size_t i = 0; i < out->count && reader.result == DRILL_OK; i++) {
        read_row(&reader, json_array_get(rows, i), i, &all[i]);
    }
    out->rows = all;
    json_decref(root);
    return reader.result;
}
