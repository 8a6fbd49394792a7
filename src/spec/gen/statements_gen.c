/* Writes the table of statements as C: statements_gen OUT.c V3.csv V5.csv ALIASES.csv. Runs while
 * the project is built. CSV as in RFC 4180: quoted fields, doubled quotes, CRLF or LF. The first
 * line of each file names the columns; the columns may not be others than those expected here. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 7

typedef struct Csv {
    const char *path;
    char *text;
    char *at;
    int line;
    int columns;
    char *fields[COLUMNS_MAX];
} Csv;

static const char *const statement_columns[] = {"id",       "section", "level",  "applies_to",
                                                "testable", "area",    "summary"};
static const char *const alias_columns[] = {"version", "printed_label", "where", "canonical_id",
                                            "note"};

static _Noreturn void give_up(const char *path, int line, const char *message) {
    (void)fprintf(stderr, "%s:%d: %s\n", path, line, message);
    exit(1);
}

static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        give_up(path, 0, "cannot be opened");
    }
    size_t size = 0;
    size_t capacity = (size_t)1 << 16;
    char *text = NULL;
    size_t got = 0;
    do {
        capacity *= 2;
        text = realloc(text, capacity + 1);
        if (text == NULL) {
            give_up(path, 0, "out of memory");
        }
        got = fread(text + size, 1, capacity - size, file);
        size += got;
    } while (size == capacity);
    if (ferror(file) != 0) {
        give_up(path, 0, "cannot be read");
    }
    (void)fclose(file);
    text[size] = '\0';
    return text;
}

/* Unquotes one field in place; leaves csv->at on the separator, which is returned. */
static char next_field(Csv *csv, char **field) {
    char *in = csv->at;
    char *out = in;
    *field = in;
    if (*in == '"') {
        in++;
        while (*in != '\0' && (*in != '"' || in[1] == '"')) {
            in += *in == '"' ? 1 : 0;
            csv->line += *in == '\n' ? 1 : 0;
            *out++ = *in++;
        }
        if (*in == '\0') {
            give_up(csv->path, csv->line, "a quote is not closed");
        }
        in++;
    } else {
        while (*in != '\0' && *in != ',' && *in != '\n' && *in != '\r') {
            *out++ = *in++;
        }
    }
    if (in[0] == '\r' && in[1] == '\n') {
        in++;
    }
    char separator = *in;
    if (separator != ',' && separator != '\n' && separator != '\0') {
        give_up(csv->path, csv->line, "text after a closing quote");
    }
    *out = '\0';
    csv->at = separator == '\0' ? in : in + 1;
    return separator;
}

static bool next_row(Csv *csv) {
    if (*csv->at == '\0') {
        return false;
    }
    csv->line++;
    char separator = ',';
    int count = 0;
    while (separator == ',') {
        if (count == csv->columns) {
            give_up(csv->path, csv->line, "too many columns");
        }
        separator = next_field(csv, &csv->fields[count++]);
    }
    if (count != csv->columns) {
        give_up(csv->path, csv->line, "too few columns");
    }
    return true;
}

static Csv open_csv(const char *path, const char *const *columns, size_t column_count) {
    Csv csv = {.path = path, .text = read_whole(path), .columns = (int)column_count};
    csv.at = csv.text;
    if (!next_row(&csv)) {
        give_up(path, 1, "is empty");
    }
    for (size_t i = 0; i < column_count; i++) {
        if (strcmp(csv.fields[i], columns[i]) != 0) {
            give_up(path, 1, "the columns are not those expected");
        }
    }
    return csv;
}

static void put_literal(FILE *out, const char *prefix, const char *text) {
    (void)fprintf(out, "\"%s", prefix);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\' && *at != '?') {
            (void)fputc(*at, out);
        } else {
            (void)fprintf(out, "\\%03o", (unsigned)*at);
        }
    }
    (void)fputc('"', out);
}

static void put_statements(FILE *out, const char *path, const char *prefix) {
    Csv csv = open_csv(path, statement_columns, COLUMNS_MAX);
    while (next_row(&csv)) {
        if (strncmp(csv.fields[0], "MQTT-", 5) != 0) {
            give_up(path, csv.line, "an id must start with MQTT-");
        }
        (void)fputs("    {", out);
        for (int i = 0; i < csv.columns; i++) {
            put_literal(out, i == 0 ? prefix : "", csv.fields[i]);
            (void)fputs(i + 1 < csv.columns ? ", " : "},\n", out);
        }
    }
    free(csv.text);
}

/* A printed label loses its brackets; one of them has lost the opening bracket already in print. */
static char *without_brackets(char *label) {
    size_t length = strlen(label);
    if (length > 0 && label[length - 1] == ']') {
        label[length - 1] = '\0';
    }
    return label[0] == '[' ? label + 1 : label;
}

static void put_aliases(FILE *out, const char *path) {
    Csv csv = open_csv(path, alias_columns, sizeof alias_columns / sizeof alias_columns[0]);
    while (next_row(&csv)) {
        bool is_v3 = strcmp(csv.fields[0], "3.1.1") == 0;
        if (!is_v3 && strcmp(csv.fields[0], "5.0") != 0) {
            give_up(path, csv.line, "the version must be 3.1.1 or 5.0");
        }
        const char *prefix = is_v3 ? "v3:" : "v5:";
        (void)fputs("    {", out);
        put_literal(out, prefix, without_brackets(csv.fields[1]));
        (void)fputs(", ", out);
        put_literal(out, prefix, csv.fields[3]);
        (void)fputs("},\n", out);
    }
    free(csv.text);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        give_up("statements_gen", 0, "usage: statements_gen OUT.c V3.csv V5.csv ALIASES.csv");
    }
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL) {
        give_up(argv[1], 0, "cannot be written");
    }
    (void)fputs("/* Generated by src/spec/gen/statements_gen.c from the CSV files in src/spec. */\n"
                "#include \"spec/statements.h\"\n\n"
                "const DrillStatement drill_statements[] = {\n",
                out);
    put_statements(out, argv[2], "v3:");
    put_statements(out, argv[3], "v5:");
    (void)fputs("};\nconst size_t drill_statements_count = DRILL_ARRAY_COUNT(drill_statements);\n\n"
                "const DrillStatementAlias drill_statement_aliases[] = {\n",
                out);
    put_aliases(out, argv[4]);
    (void)fputs("};\nconst size_t drill_statement_aliases_count = "
                "DRILL_ARRAY_COUNT(drill_statement_aliases);\n",
                out);
    if (fclose(out) != 0) {
        give_up(argv[1], 0, "cannot be written");
    }
    return 0;
}
