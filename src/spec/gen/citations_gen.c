/* Writes where the sources say that they do what a statement demands, as C: citations_gen OUT.c
 * ROOT FILE... Runs while the project is built. A citation is an id with its version, in a comment
 * or in a table: v3:MQTT-4.3.3-1. Each file counts once for an id, with its first line. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_BYTES_MAX 32

typedef struct Citation {
    char id[ID_BYTES_MAX];
    const char *file;
    int line;
} Citation;

static Citation *citations;
static size_t count, capacity;

static _Noreturn void give_up(const char *path, const char *message) {
    (void)fprintf(stderr, "%s: %s\n", path, message);
    exit(1);
}

static void add(const char *id, size_t size, const char *file, int line) {
    for (size_t i = 0; i < count; i++) {
        if (citations[i].file == file && strlen(citations[i].id) == size &&
            memcmp(citations[i].id, id, size) == 0) {
            return;
        }
    }
    if (count == capacity) {
        capacity = capacity == 0 ? 256 : capacity * 2;
        citations = realloc(citations, capacity * sizeof *citations);
        if (citations == NULL) {
            give_up(file, "out of memory");
        }
    }
    Citation *citation = &citations[count++];
    memset(citation, 0, sizeof *citation);
    memcpy(citation->id, id, size);
    citation->file = file;
    citation->line = line;
}

/* "v3:MQTT-4.3.3-1" at the start of `text`; 0: it is none. */
static size_t id_size(const char *text) {
    if (text[0] != 'v' || (text[1] != '3' && text[1] != '5') ||
        strncmp(text + 2, ":MQTT-", 6) != 0) {
        return 0;
    }
    size_t size = 8;
    while (isdigit((unsigned char)text[size]) || text[size] == '.') {
        size++;
    }
    if (text[size] != '-' || !isdigit((unsigned char)text[size + 1])) {
        return 0;
    }
    size++;
    while (isdigit((unsigned char)text[size])) {
        size++;
    }
    return size < ID_BYTES_MAX ? size : 0;
}

static void read_file(const char *path, const char *shown) {
    FILE *file = fopen(path, "rb");
    char line[1024];
    int number = 0;
    if (file == NULL) {
        give_up(path, "cannot be read");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        number++;
        for (const char *at = strchr(line, 'v'); at != NULL; at = strchr(at + 1, 'v')) {
            size_t size = id_size(at);
            if (size > 0) {
                add(at, size, shown, number);
            }
        }
    }
    (void)fclose(file);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        give_up("citations_gen", "usage: citations_gen OUT.c ROOT FILE...");
    }
    size_t root = strlen(argv[2]);
    for (int i = 3; i < argc; i++) {
        const char *shown = argv[i];
        if (strncmp(shown, argv[2], root) == 0) {
            shown += root + 1;
        }
        read_file(argv[i], shown);
    }
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL) {
        give_up(argv[1], "cannot be written");
    }
    (void)fprintf(out,
                  "/* Made by src/spec/gen/citations_gen.c. */\n#include \"cli/citations.h\"\n\n"
                  "const DrillCitation drill_citations[] = {\n");
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "    {\"%s\", \"%s\", %d},\n", citations[i].id, citations[i].file,
                      citations[i].line);
    }
    (void)fprintf(out, "};\nconst size_t drill_citation_count = %zu;\n", count);
    free(citations);
    return fclose(out) == 0 ? 0 : 1;
}
