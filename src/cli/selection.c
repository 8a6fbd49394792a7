#include "cli/selection.h"

#include <stdlib.h>
#include <string.h>

int drill_select(const DrillArguments *arguments, const char *const *paths, size_t path_count,
                 DrillSuite *suite) {
    DrillDiagnostic diagnostic;
    int version;
    if (!drill_select_version(arguments, &version)) return DRILL_EXIT_USAGE;
    const char *shipped = NULL;
    char *found = NULL;
    if (path_count == 0) {
        found = drill_suite_shipped();
        if (!found)
            return drill_complain(arguments, DRILL_EXIT_USAGE,
                                  "no folder 'scenarios' here and no shipped suite beside "
                                  "the program; name a file or folder");
        shipped = found;
        paths = &shipped;
        path_count = 1;
    }
    DrillResult loaded = drill_suite_load(paths, path_count, suite, &diagnostic);
    free(found);
    if (loaded != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "%s", diagnostic.text);
    const char *clause = drill_arguments_get(arguments, "--clause");
    if (clause && strchr(clause, ':') == NULL && strncmp(clause, "MQTT-", 5) != 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--clause: expected an id like v3:MQTT-4.3.3-2, got \"%s\"", clause);
    DrillSuiteFilter filter = {
        .filter = drill_arguments_get(arguments, "--filter"),
        .exclude = drill_arguments_get(arguments, "--exclude"),
        .clause = clause,
        .tag = drill_arguments_get(arguments, "--tag"),
        .version = version,
    };
    drill_suite_filter(suite, &filter);
    if (suite->count == 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "nothing is selected");
    return 0;
}

bool drill_select_version(const DrillArguments *arguments, int *version) {
    const char *text = drill_arguments_get(arguments, "--mqtt");
    *version = 0;
    if (!text) return true;
    if (strcmp(text, "3.1.1") == 0) *version = DRILL_MQTT_3_1_1;
    if (strcmp(text, "5.0") == 0) *version = DRILL_MQTT_5_0;
    if (*version == 0)
        drill_complain(arguments, DRILL_EXIT_USAGE, "--mqtt: expected 3.1.1 or 5.0, got \"%s\"",
                       text);
    return *version != 0;
}

size_t drill_scenario_versions(const DrillScenario *scenario, int wanted, DrillVersion out[2]) {
    size_t count = 0;
    if (scenario->v311 && (wanted == 0 || wanted == DRILL_MQTT_3_1_1))
        out[count++] = DRILL_MQTT_3_1_1;
    if (scenario->v50 && (wanted == 0 || wanted == DRILL_MQTT_5_0)) out[count++] = DRILL_MQTT_5_0;
    return count;
}

size_t drill_select_versions(const DrillArguments *arguments, DrillVersion out[2]) {
    int wanted;
    size_t count = 0;
    if (!drill_select_version(arguments, &wanted)) return 0;
    if (wanted != DRILL_MQTT_5_0) out[count++] = DRILL_MQTT_3_1_1;
    if (wanted != DRILL_MQTT_3_1_1) out[count++] = DRILL_MQTT_5_0;
    return count;
}

bool drill_has_word(const char *list, const char *word) {
    size_t size = strlen(word);
    for (const char *at = list; size > 0 && *at;) {
        size_t length = strcspn(at, " ");
        if (length == size && memcmp(at, word, size) == 0) return true;
        at += length + strspn(at + length, " ");
    }
    return false;
}
