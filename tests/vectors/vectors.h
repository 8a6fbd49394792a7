// clang-format off
/* Reads tests/vectors/NAME.vec. A vector is
 *
 *     vector: 5.0/publish_alias
 *     bytes: 30 08 00 01 "a" 03 23 00 03 "hi"
 *     ok: PUBLISH q0 a alias=3 2B payload="hi" {topic_alias=3}
 *
 * and ends at an empty line. '#' begins a comment line.
 *     vector   version and name
 *     bytes    hex and quoted ASCII: one whole packet, or what claims to be one
 *     ok       it decodes, and this is its full printed form; or instead
 *     fault    it is refused: "82 v5:MQTT-4.7.3-1 @2" is Reason Code, statement
 *              ("-": it has none), offset
 *     form     "other", optional: legal, but not what our encoder writes
 * The bytes were not made by our encoder. */
// clang-format on
#ifndef DRILL_TESTS_VECTORS_H
#define DRILL_TESTS_VECTORS_H

#include <mqttdrill/codec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_COUNT_MAX 2000

typedef struct Vector {
    const char *file; /* "publish" */
    int line;
    char name[80];
    DrillVersion version;
    bool other_form;
    bool ok;
    uint8_t *bytes;
    size_t size;
    char text[1024];
    unsigned reason_code;
    char statement[32];
    size_t offset;
} Vector;

typedef struct Vectors {
    Vector items[VECTOR_COUNT_MAX];
    size_t count;
} Vectors;

static const char *const vector_files[] = {"fixed_header", "connect",        "connack",
                                           "publish",      "acks",           "subscribe",
                                           "suback",       "disconnect_auth"};
#define VECTOR_FILE_COUNT (sizeof vector_files / sizeof vector_files[0])

static inline void vector_die(const char *file, int line, const char *what) {
    fprintf(stderr, "tests/vectors/%s.vec:%d: %s\n", file, line, what);
    exit(2);
}

/* Hex digits and "quoted" text into fresh memory of exactly that size, so that asan sees its end.
 */
static inline bool vector_parse_bytes(const char *text, Vector *vector) {
    uint8_t bytes[2048];
    size_t size = 0;
    while (*text != '\0') {
        unsigned value = 0;
        int used = 0;
        if (size == sizeof bytes) {
            return false;
        }
        if (*text == ' ') {
            text++;
        } else if (*text == '"') {
            for (text++; *text != '"'; text++) {
                if (*text == '\0' || size == sizeof bytes) {
                    return false;
                }
                bytes[size++] = (uint8_t)*text;
            }
            text++;
        } else if (sscanf(text, "%2x%n", &value, &used) == 1 && used == 2) {
            bytes[size++] = (uint8_t)value;
            text += 2;
        } else {
            return false;
        }
    }
    vector->size = size;
    vector->bytes = (uint8_t *)malloc(size > 0 ? size : 1);
    memcpy(vector->bytes, bytes, size);
    return size > 0;
}

static inline bool vector_parse_name(const char *text, Vector *vector) {
    size_t version = strcspn(text, "/");
    if (strncmp(text, "3.1.1", version) == 0 && version == 5) {
        vector->version = DRILL_MQTT_3_1_1;
    } else if (strncmp(text, "5.0", version) == 0) {
        vector->version = DRILL_MQTT_5_0;
    } else if (strncmp(text, "3.1", version) == 0) {
        vector->version = DRILL_MQTT_3_1;
    } else {
        return false;
    }
    return snprintf(vector->name, sizeof vector->name, "%s", text) < (int)sizeof vector->name;
}

static inline bool vector_parse_line(const char *key, const char *value, Vector *vector) {
    if (strcmp(key, "form") == 0) {
        vector->other_form = true;
        return strcmp(value, "other") == 0;
    }
    if (strcmp(key, "bytes") == 0) {
        return vector_parse_bytes(value, vector);
    }
    if (strcmp(key, "ok") == 0) {
        vector->ok = true;
        return snprintf(vector->text, sizeof vector->text, "%s", value) < (int)sizeof vector->text;
    }
    return strcmp(key, "fault") == 0 && sscanf(value, "%x %31s @%zu", &vector->reason_code,
                                               vector->statement, &vector->offset) == 3;
}

static inline void vectors_read_file(Vectors *vectors, const char *folder, const char *file) {
    char path[1024];
    char text[8192];
    int line = 0;
    Vector *vector = NULL;
    snprintf(path, sizeof path, "%s/%s.vec", folder, file);
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        vector_die(file, 0, "cannot be opened");
        return;
    }
    while (fgets(text, sizeof text, in) != NULL) {
        line++;
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '#' || text[0] == '\0') {
            continue;
        }
        char *value = strstr(text, ": ");
        if (value == NULL) {
            vector_die(file, line, "expected 'key: value'");
            break;
        }
        *value = '\0';
        value += 2;
        bool good = true;
        if (strcmp(text, "vector") == 0) {
            if (vectors->count == VECTOR_COUNT_MAX) {
                vector_die(file, line, "too many vectors");
            }
            vector = &vectors->items[vectors->count++];
            vector->file = file;
            vector->line = line;
            good = vector_parse_name(value, vector);
        } else {
            good = vector != NULL && vector_parse_line(text, value, vector);
        }
        if (!good) {
            vector_die(file, line, "cannot be read");
        }
    }
    fclose(in);
}

/* Ends the program with a message when a file is not as it should be. Free with vectors_free. */
static inline Vectors *vectors_read(const char *folder) {
    Vectors *vectors = (Vectors *)calloc(1, sizeof *vectors);
    if (vectors == NULL) {
        exit(2);
    }
    for (size_t i = 0; i < VECTOR_FILE_COUNT; i++) {
        vectors_read_file(vectors, folder, vector_files[i]);
    }
    for (size_t i = 0; i < vectors->count; i++) {
        if (vectors->items[i].bytes == NULL) {
            vector_die(vectors->items[i].file, vectors->items[i].line, "has no bytes");
        }
    }
    return vectors;
}

static inline void vectors_free(Vectors *vectors) {
    for (size_t i = 0; i < vectors->count; i++) {
        free(vectors->items[i].bytes);
    }
    free(vectors);
}

#endif
