/* The result as JSON, schema mqttdrill.result/1. Written by hand so that the order of members and
 * the layout are ours. */
#include "report/report_text.h"

#include <stdlib.h>

void drill_json_string(DrillBuffer *out, const char *text) {
    if (text == NULL) {
        drill_buffer_put_string(out, "null");
    } else {
        drill_buffer_put_json_string(out, drill_span_of(text));
    }
}

void drill_json_strings(DrillBuffer *out, const char *const *texts, size_t count) {
    drill_buffer_put_string(out, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) drill_buffer_put_string(out, ", ");
        drill_json_string(out, texts[i]);
    }
    drill_buffer_put_string(out, "]");
}

/* A member: `before` is the punctuation that parts it from what came. */
static void put_text(DrillBuffer *out, const char *before, const char *name, const char *text) {
    drill_buffer_print(out, "%s\"%s\": ", before, name);
    drill_json_string(out, text);
}

static void put_number(DrillBuffer *out, const char *before, const char *name, uint64_t value) {
    drill_buffer_print(out, "%s\"%s\": %llu", before, name, (unsigned long long)value);
}

static void put_target(const DrillReport *report, DrillBuffer *out) {
    put_text(out, "  \"target\": {", "kind", report->target_kind);
    put_text(out, ", ", "url", report->target_url);
    put_text(out, ", ", "name", report->target_name);
    put_text(out, ", ", "profile", report->profile);
    drill_buffer_put_string(out, "},\n");
}

static void put_counts(const DrillReport *report, bool reproducible, DrillBuffer *out) {
    DrillReportSummary summary = drill_report_summary(report);
    drill_buffer_print(out,
                       "  \"summary\": {\"passed\": %zu, \"failed\": %zu, \"skipped\": %zu, "
                       "\"inconclusive\": %zu",
                       summary.passed, summary.failed, summary.skipped, summary.inconclusive);
    put_number(out, ", ", "wall_ns", reproducible ? 0 : summary.wall_ns);
    put_number(out, ", ", "virtual_ns", summary.virtual_ns);
    drill_buffer_put_string(out, "},\n");
}

static void put_finding(const DrillFinding *finding, DrillBuffer *out) {
    put_text(out, "{", "statement", finding->statement);
    put_text(out, ", ", "verdict", drill_verdict_name(finding->verdict));
    put_text(out, ", ", "oracle", finding->oracle);
    put_text(out, ", ", "text", finding->text);
    drill_buffer_put_string(out, ", \"packets\": [");
    for (size_t i = 0; i < finding->packet_count; i++) {
        drill_buffer_print(out, i > 0 ? ", %llu" : "%llu", (unsigned long long)finding->packets[i]);
    }
    put_number(out, "], ", "time_ns", finding->time_ns);
    drill_buffer_put_string(out, "}");
}

/* How often each statement had something to judge. */
static void put_applied(const DrillReportScenario *scenario, DrillBuffer *out) {
    const char *before = "{";
    for (size_t i = 0; i < scenario->judgement_count; i++) {
        const DrillJudgement *judgement = &scenario->judgements[i];
        if (judgement->exercised > 0) {
            put_number(out, before, judgement->statement, judgement->exercised);
            before = ", ";
        }
    }
    drill_buffer_put_string(out, before[0] == '{' ? "{}" : "}");
}

static void put_scenario(const DrillReportScenario *scenario, bool reproducible, DrillBuffer *out) {
    put_text(out, "    {", "id", scenario->id);
    put_text(out, ", ", "version", scenario->version);
    /* A seed may need all 64 bits, which a JSON number does not promise: hence text. */
    drill_buffer_print(out, ", \"seed\": \"%llu\"", (unsigned long long)scenario->seed);
    put_text(out, ", ", "verdict", drill_verdict_name(scenario->verdict));
    put_text(out, ",\n     ", "title", scenario->title);
    put_text(out, ",\n     ", "digest", scenario->digest);
    put_number(out, ",\n     ", "virtual_ns", scenario->virtual_ns);
    put_number(out, ", ", "wall_ns", reproducible ? 0 : scenario->wall_ns);
    put_number(out, ", ", "events", scenario->events);
    drill_buffer_put_string(out, ",\n     \"findings\": [");
    for (size_t i = 0; i < scenario->finding_count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n       " : "\n       ");
        put_finding(&scenario->findings[i], out);
    }
    drill_buffer_put_string(out, "],\n     \"exercised\": ");
    drill_json_strings(out, scenario->exercised, scenario->exercised_count);
    drill_buffer_put_string(out, ",\n     \"applied\": ");
    put_applied(scenario, out);
    put_text(out, ",\n     ", "message", scenario->message);
    drill_buffer_put_string(out, ",\n     \"last_packets\": ");
    drill_json_strings(out, scenario->last_packets, scenario->last_packet_count);
    put_text(out, ",\n     ", "reproduce", scenario->reproduce);
    drill_buffer_put_string(out, "}");
}

static void put_statements(const DrillReport *report, DrillBuffer *out) {
    DrillPool pool = {0};
    size_t count;
    const DrillReportStatement *all = drill_report_statements(report, &pool, &count);
    drill_buffer_put_string(out, "  \"statements\": {");
    for (size_t i = 0; i < count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n    " : "\n    ");
        drill_json_string(out, all[i].id);
        put_text(out, ": {", "verdict", drill_verdict_name(all[i].verdict));
        drill_buffer_put_string(out, ", \"scenarios\": ");
        drill_json_strings(out, all[i].scenarios, all[i].scenario_count);
        drill_buffer_put_string(out, "}");
    }
    drill_buffer_put_string(out, count > 0 ? "\n  }\n" : "}\n");
    drill_pool_free(&pool);
}

void drill_report_json(const DrillReport *report, bool reproducible, DrillBuffer *out) {
    put_text(out, "{ \"schema\": \"mqttdrill.result/1\",\n  ", "tool", report->tool);
    drill_buffer_put_string(out, ",\n");
    put_target(report, out);
    put_counts(report, reproducible, out);
    drill_buffer_put_string(out, "  \"scenarios\": [");
    const DrillReportScenario **sorted = drill_report_sorted(report);
    for (size_t i = 0; i < report->count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n" : "\n");
        put_scenario(sorted[i], reproducible, out);
    }
    free(sorted);
    drill_buffer_put_string(out, "],\n");
    put_statements(report, out);
    drill_buffer_put_string(out, "}\n");
}
