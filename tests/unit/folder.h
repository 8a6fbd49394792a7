/* A folder of its own for each test, and files in it. */
#ifndef TEST_UNIT_FOLDER_H
#define TEST_UNIT_FOLDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit/folder_root.h"

static const char *folder;

/* Of a checked fixture. What lies there is removed after the last test. */
static inline void folder_make(void) {
    folder = folder_new();
}

/* The last few stay valid. */
static inline const char *folder_path(const char *relative) {
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, relative);
    return path;
}

/* With the folders on the way to it. */
static inline void folder_put(const char *relative, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s", folder_path(relative));
    for (char *at = path + strlen(folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
