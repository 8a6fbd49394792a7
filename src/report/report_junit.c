/* JUnit XML as CI systems read it: one suite for each area, one case for each scenario and version.
 */
#include "report/report_text.h"

#include <stdlib.h>
#include <string.h>

/* XML 1.0 has no way to write most control characters: they become a question mark in a box. */
static void put_escaped(DrillBuffer *out, const char *text, bool attribute) {
    for (; *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (byte == '&') {
            drill_buffer_put_string(out, "&amp;");
        } else if (byte == '<') {
            drill_buffer_put_string(out, "&lt;");
        } else if (byte == '>') {
            drill_buffer_put_string(out, "&gt;");
        } else if (byte == '"' && attribute) {
            drill_buffer_put_string(out, "&quot;");
        } else if (byte == '\n' && attribute) {
            drill_buffer_put_string(out, "&#10;");
        } else if (byte < 0x20 && byte != '\n' && byte != '\t') {
            drill_buffer_put_string(out, "\xEF\xBF\xBD");
        } else {
            drill_buffer_put_byte(out, byte);
        }
    }
}

static void put_text(DrillBuffer *out, const char *text, bool attribute) {
    DrillBuffer clean = {.allocator = drill_allocator_malloc()};
    if (drill_utf8_valid(drill_span_of(text))) {
        drill_buffer_put_string(&clean, text);
    } else {
        drill_buffer_put_escaped(&clean, drill_span_of(text));
    }
    put_escaped(out, drill_buffer_cstring(&clean), attribute);
    drill_buffer_release(&clean);
}

static void put_attribute(DrillBuffer *out, const char *name, const char *text) {
    drill_buffer_print(out, " %s=\"", name);
    put_text(out, text, true);
    drill_buffer_put_string(out, "\"");
}

static void put_reason(DrillBuffer *out, const char *prefix, const DrillReportScenario *scenario) {
    DrillBuffer reason = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&reason, prefix);
    drill_report_put_reason(scenario, &reason);
    put_attribute(out, "message", drill_buffer_cstring(&reason));
    drill_buffer_release(&reason);
}

static void put_failure(const DrillReportScenario *scenario, DrillBuffer *out) {
    drill_buffer_put_string(out, "      <failure");
    put_reason(out, "", scenario);
    const char *statement = scenario->finding_count > 0 ? scenario->findings[0].statement : "";
    put_attribute(out, "type", statement[0] != '\0' ? statement : "expectation");
    drill_buffer_put_string(out, ">");
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_report_failure(scenario, false, &text);
    put_text(out, drill_buffer_cstring(&text), false);
    drill_buffer_release(&text);
    drill_buffer_put_string(out, "</failure>\n");
}

/* "qos" of "qos/qos2_lost_pubrec"; the whole id where there is no folder. */
static size_t area_bytes(const char *id) {
    const char *slash = strchr(id, '/');
    return slash == NULL ? strlen(id) : (size_t)(slash - id);
}

static bool same_area(const char *a, const char *b) {
    return area_bytes(a) == area_bytes(b) && memcmp(a, b, area_bytes(a)) == 0;
}

static void put_area(DrillBuffer *out, const char *name, const char *id) {
    DrillBuffer area = {.allocator = drill_allocator_malloc()};
    drill_buffer_put(&area, id, area_bytes(id));
    put_attribute(out, name, drill_buffer_cstring(&area));
    drill_buffer_release(&area);
}

static void put_case(const DrillReportScenario *scenario, bool reproducible, DrillBuffer *out) {
    DrillBuffer name = {.allocator = drill_allocator_malloc()};
    drill_buffer_print(&name, "%s [%s]", scenario->id, scenario->version);
    drill_buffer_put_string(out, "    <testcase");
    put_area(out, "classname", scenario->id);
    put_attribute(out, "name", drill_buffer_cstring(&name));
    drill_buffer_release(&name);
    drill_buffer_put_string(out, " time=\"");
    drill_report_put_seconds(reproducible ? 0 : scenario->wall_ns, out);
    drill_buffer_put_string(out, "\">\n");
    switch (scenario->verdict) {
    case DRILL_FAIL:
        put_failure(scenario, out);
        break;
    case DRILL_SKIPPED:
    case DRILL_INCONCLUSIVE:
        /* JUnit knows no third outcome; "skipped" is what CI systems show without calling it red.
         */
        drill_buffer_put_string(out, "      <skipped");
        put_reason(out, scenario->verdict == DRILL_SKIPPED ? "" : "inconclusive: ", scenario);
        drill_buffer_put_string(out, "/>\n");
        break;
    case DRILL_PASS:
    case DRILL_NOT_EXERCISED:
        break;
    }
    drill_buffer_print(out, "      <system-out>seed %llu, digest %s, %llu events\n",
                       (unsigned long long)scenario->seed, scenario->digest,
                       (unsigned long long)scenario->events);
    put_text(out, scenario->reproduce, false);
    drill_buffer_put_string(out, "\n      </system-out>\n    </testcase>\n");
}

static void put_totals(const DrillReportScenario *const *scenarios, size_t count, bool reproducible,
                       DrillBuffer *out) {
    size_t failures = 0;
    size_t skipped = 0;
    uint64_t wall_ns = 0;
    for (size_t i = 0; i < count; i++) {
        DrillVerdict verdict = scenarios[i]->verdict;
        if (verdict == DRILL_FAIL) failures++;
        if (verdict == DRILL_SKIPPED || verdict == DRILL_INCONCLUSIVE) skipped++;
        wall_ns += scenarios[i]->wall_ns;
    }
    drill_buffer_print(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"",
                       count, failures, skipped);
    drill_report_put_seconds(reproducible ? 0 : wall_ns, out);
    drill_buffer_put_string(out, "\">\n");
}

void drill_report_junit(const DrillReport *report, bool reproducible, DrillBuffer *out) {
    const DrillReportScenario **sorted = drill_report_sorted(report);
    drill_buffer_put_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(out, "name", "mqttdrill");
    put_totals(sorted, report->count, reproducible, out);
    size_t first = 0;
    while (first < report->count) {
        size_t end = first;
        while (end < report->count && same_area(sorted[first]->id, sorted[end]->id))
            end++;
        drill_buffer_put_string(out, "  <testsuite");
        put_area(out, "name", sorted[first]->id);
        put_totals(sorted + first, end - first, reproducible, out);
        for (size_t i = first; i < end; i++)
            put_case(sorted[i], reproducible, out);
        drill_buffer_put_string(out, "  </testsuite>\n");
        first = end;
    }
    drill_buffer_put_string(out, "</testsuites>\n");
    free(sorted);
}
