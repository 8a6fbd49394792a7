/* Folders of a test program: below one folder in $TMPDIR (or /tmp), which the process that runs the
 * tests makes before the first and removes after the last. Tests run in processes of their own, so
 * that also nothing stays behind of those that fail, crash or hang. */
#ifndef TEST_UNIT_FOLDER_ROOT_H
#define TEST_UNIT_FOLDER_ROOT_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder_root[128];
static pid_t folder_owner;

static inline int folder_remove_entry(const char *path, const struct stat *info, int kind,
                                      struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void folder_remove_all(void) {
    if (getpid() == folder_owner)
        (void)nftw(folder_root, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* At the start of every program that includes this. */
__attribute__((constructor)) static inline void folder_begin(void) {
    const char *base = getenv("TMPDIR");
    bool usable = base != NULL && base[0] == '/' && strlen(base) < sizeof folder_root - 40;
    snprintf(folder_root, sizeof folder_root, "%s/mqttdrill-test-XXXXXX", usable ? base : "/tmp");
    if (mkdtemp(folder_root) == NULL || atexit(folder_remove_all) != 0) {
        perror(folder_root);
        exit(1);
    }
    folder_owner = getpid();
}

/* A new folder; the last few names stay valid. */
static inline const char *folder_new(void) {
    static char names[64][sizeof folder_root + 8];
    static unsigned next;
    char *name = names[next++ % 64];
    snprintf(name, sizeof names[0], "%s/XXXXXX", folder_root);
    if (mkdtemp(name) == NULL) {
        perror(name);
        abort();
    }
    return name;
}

#endif
