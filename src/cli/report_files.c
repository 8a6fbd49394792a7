#include "cli/report_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Splits "json=FILE"; `kind` gets the part before '='. NULL: there is none ("github"). */
static const char *split(const char *text, char *kind, size_t size) {
    size_t used = strcspn(text, "=");
    snprintf(kind, size, "%.*s", (int)used, text);
    return text[used] == '=' ? text + used + 1 : NULL;
}

static bool is_among(const char *kinds, const char *kind) {
    size_t size = strlen(kind);
    for (const char *at = strstr(kinds, kind); size > 0 && at; at = strstr(at + 1, kind))
        if ((at == kinds || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0')) return true;
    return false;
}

static bool folder_is_writable(const char *path) {
    char *folder = strdup(path);
    DRILL_ASSERT(folder != NULL);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder ? 1 : 0] = '\0';
    bool writable = access(slash ? folder : ".", W_OK) == 0;
    free(folder);
    return writable;
}

bool drill_report_files_check(const DrillArguments *arguments, const char *kinds) {
    const char *text;
    size_t to_output = 0;
    for (size_t i = 0; (text = drill_arguments_nth(arguments, "--report", i)); i++) {
        char kind[32];
        const char *path = split(text, kind, sizeof(kind));
        if (strcmp(kind, "html") == 0) {
            drill_complain(arguments, DRILL_EXIT_USAGE, "--report html is not there yet");
            return false;
        }
        if (!is_among(kinds, kind)) {
            drill_complain(arguments, DRILL_EXIT_USAGE, "--report: no kind \"%s\"; there are %s",
                           kind, kinds);
            return false;
        }
        bool to_file = strcmp(kind, "github") != 0;
        if (to_file && (!path || !path[0])) {
            drill_complain(arguments, DRILL_EXIT_USAGE,
                           "--report %s needs a file: %s=FILE ('-': standard output)", kind, kind);
            return false;
        }
        if (!to_file || strcmp(path, "-") == 0) to_output++;
        if (to_output > 1) {
            drill_complain(arguments, DRILL_EXIT_USAGE,
                           "--report: two reports to standard output would be one text");
            return false;
        }
        if (to_file && strcmp(path, "-") != 0 && !folder_is_writable(path)) {
            drill_complain(arguments, DRILL_EXIT_USAGE, "--report %s: cannot write there: %s", text,
                           strerror(errno));
            return false;
        }
    }
    return true;
}

/* A pipe, a device or a link is written to; put in its place, a file would end what it was. */
static bool is_replaceable(const char *path) {
    struct stat info;
    return lstat(path, &info) != 0 || S_ISREG(info.st_mode);
}

static bool write_bytes(const char *path, const char *mode, const DrillBuffer *text) {
    FILE *file = fopen(path, mode);
    if (!file) return false;
    bool good = fwrite(text->data, 1, text->size, file) == text->size;
    return fclose(file) == 0 && good;
}

static bool replace_file(const char *path, const DrillBuffer *text) {
    size_t size = strlen(path) + 16;
    char *beside = malloc(size);
    DRILL_ASSERT(beside != NULL);
    snprintf(beside, size, "%s.partial", path);
    bool good = write_bytes(beside, "wb", text) && rename(beside, path) == 0;
    int error = errno;
    if (!good) (void)unlink(beside);
    errno = error;
    free(beside);
    return good;
}

static int write_file(const DrillArguments *arguments, const char *path, const DrillBuffer *text,
                      const char *mode) {
    if (!path || strcmp(path, "-") == 0) {
        fwrite(text->data, 1, text->size, stdout);
        return 0;
    }
    bool append = mode[0] == 'a';
    bool good =
        !append && is_replaceable(path) ? replace_file(path, text) : write_bytes(path, mode, text);
    return good ? 0
                : drill_complain(arguments, DRILL_EXIT_MACHINERY, "%s: %s", path, strerror(errno));
}

int drill_report_files_write(const DrillArguments *arguments, const DrillReport *report) {
    const char *text;
    bool reproducible = drill_arguments_has(arguments, "--reproducible");
    int worst = 0;
    for (size_t i = 0; (text = drill_arguments_nth(arguments, "--report", i)); i++) {
        char kind[32];
        const char *path = split(text, kind, sizeof(kind));
        DrillReportKind which = (DrillReportKind)drill_report_kind_find(kind);
        DrillBuffer out = {.allocator = drill_allocator_malloc()};
        drill_report_write(which, report, reproducible, &out);
        int status = write_file(arguments, path, &out, "wb");
        /* The job summary of GitHub Actions is a file to append to. */
        const char *summary = getenv("GITHUB_STEP_SUMMARY");
        if (which == DRILL_REPORT_GITHUB && summary && summary[0]) {
            drill_buffer_clear(&out);
            drill_report_write(DRILL_REPORT_MARKDOWN, report, reproducible, &out);
            status = write_file(arguments, summary, &out, "ab");
        }
        drill_buffer_release(&out);
        if (status > worst) worst = status;
    }
    return worst;
}

int drill_matrix_files_write(const DrillArguments *arguments, const DrillMatrix *matrix) {
    const char *text;
    bool reproducible = drill_arguments_has(arguments, "--reproducible");
    int worst = 0;
    for (size_t i = 0; (text = drill_arguments_nth(arguments, "--report", i)); i++) {
        char kind[32];
        const char *path = split(text, kind, sizeof(kind));
        DrillBuffer out = {.allocator = drill_allocator_malloc()};
        drill_matrix_write((DrillMatrixKind)drill_matrix_kind_find(kind), matrix, reproducible,
                           &out);
        int status = write_file(arguments, path, &out, "wb");
        drill_buffer_release(&out);
        if (status > worst) worst = status;
    }
    return worst;
}
