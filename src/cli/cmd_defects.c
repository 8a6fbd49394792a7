#include <jansson.h>
#include <stdio.h>

#include "cli/command.h"
#include "mqtt/defects.h"

static int print_json(void) {
    json_t *list = json_array();
    for (int id = 0; id < (int)DRILL_DEFECT_COUNT; id++) {
        const DrillDefectInfo *info = drill_defect_info((DrillDefectId)id);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", info->name,
                                              "party", info->party, "deviation", info->text,
                                              "oracle", info->oracle, "v3", info->v3_statements,
                                              "v5", info->v5_statements));
    }
    json_t *root = json_pack("{s:s, s:o}", "schema", "mqttdrill.defects/1", "defects", list);
    int failed = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', stdout);
    json_decref(root);
    return failed ? DRILL_EXIT_MACHINERY : DRILL_EXIT_PASSED;
}

int drill_cmd_defects(const DrillArguments *arguments) {
    if (drill_arguments_has(arguments, "--json")) return print_json();
    for (int id = 0; id < (int)DRILL_DEFECT_COUNT; id++) {
        const DrillDefectInfo *info = drill_defect_info((DrillDefectId)id);
        const char *gap = info->v3_statements[0] && info->v5_statements[0] ? " " : "";
        printf("%-36s %-6s  %s\n    breaks %s%s%s; judged by %s%s%s\n", info->name, info->party,
               info->text, info->v3_statements, gap, info->v5_statements, info->oracle,
               drill_defect_unproved((DrillDefectId)id, DRILL_MQTT_3_1_1)
                   ? "; no scenario catches it in 3.1.1 yet"
                   : "",
               drill_defect_unproved((DrillDefectId)id, DRILL_MQTT_5_0)
                   ? "; no scenario catches it in 5.0 yet"
                   : "");
    }
    printf("%d defects\n", (int)DRILL_DEFECT_COUNT);
    return DRILL_EXIT_PASSED;
}
