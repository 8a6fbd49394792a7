/* Comparison with files in tests/golden/report. With DRILL_GOLDEN=write in the environment they are
 * written instead: look at the difference before committing it. */
#ifndef TESTS_UNIT_REPORT_GOLDEN_H
#define TESTS_UNIT_REPORT_GOLDEN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "unit/suite.h"

static inline DrillBuffer golden_buffer(void) {
    return (DrillBuffer){.allocator = drill_allocator_malloc()};
}

static inline DrillBuffer golden_file(const char *path) {
    DrillBuffer text = golden_buffer();
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t size;
    while (file != NULL && (size = fread(block, 1, sizeof block, file)) > 0)
        drill_buffer_put(&text, block, size);
    if (file != NULL) fclose(file);
    return text;
}

static inline void golden_compare(const char *name, DrillBuffer *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/tests/golden/report/%s", DRILL_SOURCE_DIR, name);
    const char *mode = getenv("DRILL_GOLDEN");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text->data, 1, text->size, file), text->size);
        fclose(file);
        return;
    }
    DrillBuffer expected = golden_file(path);
    size_t line = 1;
    size_t at = 0;
    while (at < text->size && at < expected.size && text->data[at] == expected.data[at]) {
        if (text->data[at] == '\n') line++;
        at++;
    }
    bool same = at == text->size && at == expected.size;
    ck_assert_msg(same, "%s differs from line %zu on (DRILL_GOLDEN=write rewrites it)", name, line);
    drill_buffer_release(&expected);
}

static inline bool golden_has(DrillBuffer *text, const char *part) {
    return strstr(drill_buffer_cstring(text), part) != NULL;
}

/* How often a text occurs. */
static inline size_t golden_count(DrillBuffer *text, const char *part) {
    size_t count = 0;
    for (const char *at = drill_buffer_cstring(text); (at = strstr(at, part)) != NULL;
         at += strlen(part))
        count++;
    return count;
}

#endif
