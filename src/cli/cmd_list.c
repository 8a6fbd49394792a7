#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/selection.h"

static json_t *list_of(const char *const *items, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(items[i]));
    return list;
}

static json_t *versions_of(const DrillScenario *scenario) {
    json_t *list = json_array();
    if (scenario->v311) json_array_append_new(list, json_string("3.1.1"));
    if (scenario->v50) json_array_append_new(list, json_string("5.0"));
    return list;
}

static int print_json(const DrillSuite *suite) {
    json_t *list = json_array();
    for (size_t i = 0; i < suite->count; i++) {
        const DrillScenario *scenario = &suite->scenarios[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", scenario->id, "title",
                            scenario->title, "versions", versions_of(scenario), "statements",
                            list_of(scenario->clauses, scenario->clause_count), "tags",
                            list_of(scenario->tags, scenario->tag_count), "requires",
                            list_of(scenario->requires_, scenario->requires_count), "worlds",
                            scenario->sim_only ? json_pack("[s]", "sim")
                                               : json_pack("[s, s]", "sim", "live")));
    }
    json_t *root = json_pack("{s:s, s:o}", "schema", "mqttdrill.list/1", "scenarios", list);
    int failed = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', stdout);
    json_decref(root);
    return failed ? DRILL_EXIT_MACHINERY : DRILL_EXIT_PASSED;
}

static void print_text(const DrillScenario *scenario) {
    printf("%-44s %s%s%s%s\n    %s\n", scenario->id, scenario->v311 ? "3.1.1" : "",
           scenario->v311 && scenario->v50 ? " " : "", scenario->v50 ? "5.0" : "",
           scenario->sim_only ? "  (simulator only)" : "", scenario->title);
    if (scenario->clause_count > 0) fputs("   ", stdout);
    for (size_t i = 0; i < scenario->clause_count; i++)
        printf(" %s", scenario->clauses[i]);
    if (scenario->clause_count > 0) fputc('\n', stdout);
    if (scenario->tag_count > 0) fputs("    tags:", stdout);
    for (size_t i = 0; i < scenario->tag_count; i++)
        printf(" %s", scenario->tags[i]);
    if (scenario->tag_count > 0) fputc('\n', stdout);
}

int drill_cmd_list(const DrillArguments *arguments) {
    DrillSuite suite = {0};
    int status = drill_select(arguments, drill_arguments_operands(arguments),
                              drill_arguments_operand_count(arguments), &suite);
    if (status == 0 && drill_arguments_has(arguments, "--json")) {
        status = print_json(&suite);
    } else if (status == 0) {
        for (size_t i = 0; i < suite.count; i++)
            print_text(&suite.scenarios[i]);
        printf("%zu scenarios\n", suite.count);
    }
    drill_suite_free(&suite);
    return status;
}
