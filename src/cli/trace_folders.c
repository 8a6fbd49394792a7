#include "cli/trace_folders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diagnostic.h"

static char *copy_of(const char *path) {
    char *copy = strdup(path);
    DRILL_ASSERT(copy != NULL);
    return copy;
}

bool drill_folders_make(const char *path) {
    char *part = copy_of(path);
    bool good = true;
    for (char *slash = strchr(part + 1, '/'); slash && good; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        good = mkdir(part, 0777) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(part);
    return good;
}

void drill_folders_tidy(const char *path, const char *folder) {
    char *part = copy_of(path);
    size_t size = strlen(folder);
    for (char *slash = strrchr(part, '/'); slash && (size_t)(slash - part) > size;
         slash = strrchr(part, '/')) {
        *slash = '\0';
        (void)rmdir(part);
    }
    free(part);
}
