/* Test Anything Protocol, version 14. */
#include "report/report_text.h"

#include <stdlib.h>

/* In a description '#' would begin a directive, and a line end would end the test line. */
static void put_description(DrillBuffer *out, const char *text) {
    while (*text != '\0') {
        if (*text == '#' || *text == '\\') drill_buffer_put_string(out, "\\");
        if ((uint8_t)*text < 0x20) {
            drill_buffer_put_byte(out, ' ');
            text++;
        } else {
            text += drill_report_put_character(text, out);
        }
    }
}

static void put_reason(DrillBuffer *out, const DrillReportScenario *scenario) {
    DrillBuffer reason = {.allocator = drill_allocator_malloc()};
    drill_report_put_reason(scenario, &reason);
    put_description(out, drill_buffer_cstring(&reason));
    drill_buffer_release(&reason);
}

/* A block of YAML; JSON strings are YAML strings. */
static void put_diagnosis(DrillBuffer *out, const DrillReportScenario *scenario) {
    drill_buffer_put_string(out, "  ---\n  severity: ");
    drill_json_string(out, drill_verdict_name(scenario->verdict));
    if (scenario->message[0] != '\0') {
        drill_buffer_put_string(out, "\n  message: ");
        drill_json_string(out, scenario->message);
    }
    if (scenario->finding_count > 0) drill_buffer_put_string(out, "\n  findings:");
    for (size_t i = 0; i < scenario->finding_count; i++) {
        drill_buffer_put_string(out, "\n    - statement: ");
        drill_json_string(out, scenario->findings[i].statement);
        drill_buffer_put_string(out, "\n      oracle: ");
        drill_json_string(out, scenario->findings[i].oracle);
        drill_buffer_put_string(out, "\n      text: ");
        drill_json_string(out, scenario->findings[i].text);
    }
    drill_buffer_print(out, "\n  seed: \"%llu\"\n  digest: ", (unsigned long long)scenario->seed);
    drill_json_string(out, scenario->digest);
    drill_buffer_put_string(out, "\n  reproduce: ");
    drill_json_string(out, scenario->reproduce);
    drill_buffer_put_string(out, "\n  ...\n");
}

void drill_report_tap(const DrillReport *report, DrillBuffer *out) {
    const DrillReportScenario **sorted = drill_report_sorted(report);
    drill_buffer_print(out, "TAP version 14\n1..%zu\n", report->count);
    for (size_t i = 0; i < report->count; i++) {
        const DrillReportScenario *scenario = sorted[i];
        bool bad = scenario->verdict == DRILL_FAIL || scenario->verdict == DRILL_INCONCLUSIVE;
        drill_buffer_print(out, "%sok %zu - ", bad ? "not " : "", i + 1);
        put_description(out, scenario->id);
        drill_buffer_print(out, " (%s)", scenario->version);
        if (scenario->verdict == DRILL_SKIPPED) {
            drill_buffer_put_string(out, " # SKIP ");
            put_reason(out, scenario);
        } else if (scenario->verdict == DRILL_INCONCLUSIVE) {
            /* TODO: not ok, but the whole does not fail because of it. */
            drill_buffer_put_string(out, " # TODO inconclusive: ");
            put_reason(out, scenario);
        }
        drill_buffer_put_string(out, "\n");
        if (bad) put_diagnosis(out, scenario);
    }
    drill_buffer_put_string(out, "# ");
    DrillReportSummary summary = drill_report_summary(report);
    drill_report_put_summary(&summary, out);
    drill_buffer_put_string(out, "\n");
    free(sorted);
}
