#include "report/json_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

void drill_json_wrong(DrillJsonReader *reader, const char *name, const char *expected) {
    if (reader->result != DRILL_OK) return;
    const char *dot = reader->where[0] != '\0' && name[0] != '\0' ? "." : "";
    reader->result = drill_diagnose(reader->diagnostic, DRILL_INVALID, "%s: %s%s%s: expected %s",
                                    reader->path, reader->where, dot, name, expected);
}

json_t *drill_json_load(DrillJsonReader *reader, const char *schema) {
    json_error_t error;
    FILE *file = fopen(reader->path, "rb");
    if (file == NULL) {
        reader->result =
            drill_diagnose(reader->diagnostic, DRILL_IO, "%s: cannot be read", reader->path);
        return NULL;
    }
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (root == NULL) {
        reader->result = drill_diagnose(reader->diagnostic, DRILL_INVALID, "%s:%d: not JSON: %s",
                                        reader->path, error.line, error.text);
        return NULL;
    }
    const char *name = json_string_value(json_object_get(root, "schema"));
    if (name != NULL && strcmp(name, schema) == 0) return root;
    reader->result = drill_diagnose(
        reader->diagnostic, DRILL_INVALID, "%s: schema: expected \"%s\", got %s%s%s", reader->path,
        schema, name != NULL ? "\"" : "", name != NULL ? name : "none", name != NULL ? "\"" : "");
    json_decref(root);
    return NULL;
}

static const char *keep(DrillJsonReader *reader, const json_t *value) {
    return drill_copy_string(reader->allocator, json_string_value(value));
}

const char *drill_json_text(DrillJsonReader *reader, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value)) return keep(reader, value);
    drill_json_wrong(reader, name, "a string");
    return "";
}

const char *drill_json_text_or_null(DrillJsonReader *reader, const json_t *object,
                                    const char *name) {
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value)) return keep(reader, value);
    if (!json_is_null(value)) drill_json_wrong(reader, name, "a string or null");
    return NULL;
}

const char *drill_json_text_optional(DrillJsonReader *reader, const json_t *object,
                                     const char *name) {
    if (json_object_get(object, name) == NULL) return "";
    return drill_json_text(reader, object, name);
}

uint64_t drill_json_number(DrillJsonReader *reader, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        return (uint64_t)json_integer_value(value);
    }
    drill_json_wrong(reader, name, "a whole number");
    return 0;
}

bool drill_json_bool(DrillJsonReader *reader, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_boolean(value)) drill_json_wrong(reader, name, "true or false");
    return json_is_true(value);
}

json_t *drill_json_array(DrillJsonReader *reader, const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    if (json_is_array(value)) return value;
    drill_json_wrong(reader, name, "an array");
    return NULL;
}

json_t *drill_json_object(DrillJsonReader *reader, const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    if (json_is_object(value)) return value;
    drill_json_wrong(reader, name, "an object");
    return NULL;
}

const char *const *drill_json_texts(DrillJsonReader *reader, const json_t *object, const char *name,
                                    size_t *count) {
    const json_t *array = drill_json_array(reader, object, name);
    *count = json_array_size(array);
    const char **texts = DRILL_NEW_ARRAY(reader->allocator, const char *, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        const json_t *value = json_array_get(array, i);
        texts[i] = "";
        if (json_is_string(value)) {
            texts[i] = keep(reader, value);
        } else {
            drill_json_wrong(reader, name, "an array of strings");
        }
    }
    return texts;
}
