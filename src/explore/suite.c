#include "explore/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder tree deeper than this is a mistake (or a loop of links). */
#define DRILL_SUITE_DEPTH_MAX 16
#define DRILL_SUITE_FILES_MAX 100000
#define DRILL_SUITE_BYTES_MAX ((size_t)8 << 30)

typedef struct Walk {
    DrillSuite *suite;
    DrillDiagnostic *diagnostic;
    const char *root;
    size_t files;
} Walk;

static char *join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    DRILL_ASSERT(path != NULL);
    size_t used = strlen(folder);
    const char *slash = used > 0 && folder[used - 1] == '/' ? "" : "/";
    snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool ends_in(const char *text, const char *end) {
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *drill_suite_root(const char *path) {
    char *real = realpath(path, NULL);
    if (!real) return NULL;
    char *given = strdup(real);
    DRILL_ASSERT(given != NULL);
    if (!is_folder(given)) *strrchr(given, '/') = '\0';
    while (real[0] != '\0') {
        if (strcmp(base_name(real), "scenarios") == 0 && is_folder(real)) {
            free(given);
            return real;
        }
        *strrchr(real, '/') = '\0';
    }
    free(real);
    return given;
}

char *drill_suite_shipped(void) {
    static const char *const beside[] = {"../../scenarios", "../share/mqttdrill/scenarios"};
    if (is_folder("scenarios")) return strdup("scenarios");
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (size <= 0) return NULL;
    program[size] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(beside); i++) {
        char *path = join(program, beside[i]);
        char *real = realpath(path, NULL);
        free(path);
        if (real && is_folder(real)) return real;
        free(real);
    }
    return NULL;
}

static void resize(DrillSuite *suite, size_t count) {
    suite->scenarios =
        drill_reallocate(drill_arena_allocator(suite->memory), suite->scenarios,
                         suite->count * sizeof(DrillScenario), count * sizeof(DrillScenario));
}

static void append(DrillSuite *suite, const DrillScenario *scenarios, size_t count) {
    resize(suite, suite->count + count);
    memcpy(suite->scenarios + suite->count, scenarios, count * sizeof(DrillScenario));
    suite->count += count;
}

/* The suite's folder as the beginning of `path`, so that messages name files as the user did:
 * "../s/scenarios" for
 * "../s/scenarios/qos/a.lua". NULL: `path` is not written that way. malloc'd. */
static char *root_as_given(const char *path, const char *relative) {
    size_t size = strlen(path), end = strlen(relative);
    if (strcmp(path, relative) == 0) return strdup(".");
    if (size <= end + 1 || !ends_in(path, relative) || path[size - end - 1] != '/') return NULL;
    return strndup(path, size - end - 1);
}

static DrillResult declare(Walk *walk, const char *path, const char *root) {
    DrillScenario *scenarios = NULL;
    size_t count = 0;
    DrillResult declared =
        drill_script_declare(path, root, drill_arena_allocator(walk->suite->memory), &scenarios,
                             &count, walk->diagnostic);
    if (declared == DRILL_OK && count > 0) append(walk->suite, scenarios, count);
    return declared;
}

static DrillResult load_file(Walk *walk, const char *path) {
    if (++walk->files > DRILL_SUITE_FILES_MAX)
        return drill_diagnose(walk->diagnostic, DRILL_INVALID, "%s: more than %d scenario files",
                              path, DRILL_SUITE_FILES_MAX);
    char *real = realpath(path, NULL);
    if (!real) return drill_diagnose(walk->diagnostic, DRILL_IO, "%s: %s", path, strerror(errno));
    size_t root_size = strlen(walk->root);
    bool below = strncmp(real, walk->root, root_size) == 0 && real[root_size] == '/';
    char *given = below ? root_as_given(path, real + root_size + 1) : NULL;
    DrillResult result = given ? declare(walk, path, given) : declare(walk, real, walk->root);
    free(given);
    free(real);
    return result;
}

/* Scenarios and folders only; names that begin with a dot or an underscore are for `require` and
 * editors. */
static int is_wanted(const struct dirent *entry) {
    return entry->d_name[0] != '.' && entry->d_name[0] != '_';
}

static DrillResult load_folder(Walk *walk, const char *folder, int depth) {
    if (depth > DRILL_SUITE_DEPTH_MAX)
        return drill_diagnose(walk->diagnostic, DRILL_INVALID, "%s: folders nested deeper than %d",
                              folder, DRILL_SUITE_DEPTH_MAX);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_wanted, alphasort);
    if (count < 0)
        return drill_diagnose(walk->diagnostic, DRILL_IO, "%s: %s", folder, strerror(errno));
    DrillResult result = DRILL_OK;
    for (int i = 0; i < count; i++) {
        char *path = join(folder, entries[i]->d_name);
        if (result == DRILL_OK && is_folder(path))
            result = load_folder(walk, path, depth + 1);
        else if (result == DRILL_OK && ends_in(path, ".lua"))
            result = load_file(walk, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return result;
}

static DrillResult load_path(Walk *walk, const char *path) {
    struct stat info;
    if (stat(path, &info) != 0)
        return drill_diagnose(walk->diagnostic, DRILL_IO, "%s: %s", path, strerror(errno));
    char *root = drill_suite_root(path);
    if (!root) return drill_diagnose(walk->diagnostic, DRILL_IO, "%s: %s", path, strerror(errno));
    walk->root = root;
    DrillResult result;
    if (S_ISDIR(info.st_mode))
        result = load_folder(walk, path, 0);
    else
        result = load_file(walk, path);
    free(root);
    return result;
}

static int by_id(const void *a, const void *b, void *context) {
    (void)context;
    const DrillScenario *left = a, *right = b;
    return strcmp(left->id, right->id);
}

/* Two paths may name the same file; two files may not have the same id. */
static DrillResult settle_duplicates(DrillSuite *suite, DrillDiagnostic *diagnostic) {
    size_t kept = 0;
    for (size_t i = 0; i < suite->count; i++) {
        if (kept > 0 && strcmp(suite->scenarios[kept - 1].id, suite->scenarios[i].id) == 0) {
            char *a = realpath(suite->scenarios[kept - 1].path, NULL),
                 *b = realpath(suite->scenarios[i].path, NULL);
            bool same = a && b && strcmp(a, b) == 0;
            free(a);
            free(b);
            if (!same)
                return drill_diagnose(diagnostic, DRILL_INVALID,
                                      "two scenarios are called '%s': %s and %s",
                                      suite->scenarios[i].id, suite->scenarios[kept - 1].path,
                                      suite->scenarios[i].path);
            continue;
        }
        suite->scenarios[kept++] = suite->scenarios[i];
    }
    resize(suite, kept);
    suite->count = kept;
    return DRILL_OK;
}

DrillResult drill_suite_load(const char *const *paths, size_t count, DrillSuite *out,
                             DrillDiagnostic *diagnostic) {
    memset(out, 0, sizeof(*out));
    out->memory = drill_arena_new(DRILL_ARENA_MALLOC, DRILL_SUITE_BYTES_MAX);
    DRILL_ASSERT(out->memory != NULL);
    Walk walk = {.suite = out, .diagnostic = diagnostic};
    for (size_t i = 0; i < count; i++) {
        DrillResult result = load_path(&walk, paths[i]);
        if (result != DRILL_OK) return result;
    }
    if (out->count == 0) return DRILL_OK;
    drill_sort(out->scenarios, out->count, sizeof(DrillScenario), by_id, NULL,
               drill_arena_allocator(out->memory));
    return settle_duplicates(out, diagnostic);
}

static bool matches_pattern(const char *pattern, const char *id) {
    if (strpbrk(pattern, "*?[")) return fnmatch(pattern, id, 0) == 0;
    return strstr(id, pattern) != NULL;
}

static bool matches_clause(const DrillScenario *scenario, const char *clause) {
    for (size_t i = 0; i < scenario->clause_count; i++) {
        const char *declared = scenario->clauses[i];
        if (strcmp(declared, clause) == 0) return true;
        const char *colon = strchr(declared, ':');
        if (colon && strcmp(colon + 1, clause) == 0) return true;
    }
    return false;
}

static bool matches_tag(const DrillScenario *scenario, const char *tag) {
    for (size_t i = 0; i < scenario->tag_count; i++)
        if (strcmp(scenario->tags[i], tag) == 0) return true;
    return false;
}

void drill_suite_filter(DrillSuite *suite, const DrillSuiteFilter *filter) {
    size_t kept = 0;
    for (size_t i = 0; i < suite->count; i++) {
        const DrillScenario *scenario = &suite->scenarios[i];
        if (filter->filter && !matches_pattern(filter->filter, scenario->id)) continue;
        if (filter->exclude && matches_pattern(filter->exclude, scenario->id)) continue;
        if (filter->clause && !matches_clause(scenario, filter->clause)) continue;
        if (filter->version == DRILL_MQTT_3_1_1 && !scenario->v311) continue;
        if (filter->version == DRILL_MQTT_5_0 && !scenario->v50) continue;
        if (filter->tag && !matches_tag(scenario, filter->tag)) continue;
        suite->scenarios[kept++] = *scenario;
    }
    resize(suite, kept);
    suite->count = kept;
}

void drill_suite_free(DrillSuite *suite) {
    if (suite->memory) drill_arena_free(suite->memory);
    memset(suite, 0, sizeof(*suite));
}
