/* What the report formats share: the summary, the order of scenarios, and which format is which. */
#include "report/report_text.h"

#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

DrillReportSummary drill_report_summary(const DrillReport *report) {
    DrillReportSummary summary = {.wall_ns = report->wall_ns};
    for (size_t i = 0; i < report->count; i++) {
        const DrillReportScenario *scenario = &report->scenarios[i];
        summary.virtual_ns += scenario->virtual_ns;
        switch (scenario->verdict) {
        case DRILL_FAIL:
            summary.failed++;
            break;
        case DRILL_INCONCLUSIVE:
            summary.inconclusive++;
            break;
        case DRILL_SKIPPED:
            summary.skipped++;
            break;
        case DRILL_NOT_EXERCISED: /* nothing was judged, nothing failed */
        case DRILL_PASS:
            summary.passed++;
            break;
        }
    }
    return summary;
}

void drill_report_put_summary(const DrillReportSummary *summary, DrillBuffer *out) {
    drill_buffer_print(out, "%zu passed, %zu failed, %zu skipped, %zu inconclusive",
                       summary->passed, summary->failed, summary->skipped, summary->inconclusive);
}

int drill_report_kind_find(const char *name) {
    static const char *const names[] = {"junit", "tap", "json", "md", "github"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) return (int)i;
    }
    return -1;
}

static int compare_scenarios(const void *a, const void *b, void *context) {
    const DrillReportScenario *left = *(const DrillReportScenario *const *)a;
    const DrillReportScenario *right = *(const DrillReportScenario *const *)b;
    (void)context;
    int order = strcmp(left->id, right->id);
    if (order == 0) order = strcmp(left->version, right->version);
    if (order == 0 && left->seed != right->seed) order = left->seed < right->seed ? -1 : 1;
    return order;
}

const DrillReportScenario **drill_report_sorted(const DrillReport *report) {
    const DrillReportScenario **sorted = malloc(sizeof *sorted * (report->count + 1));
    DRILL_ASSERT(sorted != NULL);
    for (size_t i = 0; i < report->count; i++)
        sorted[i] = &report->scenarios[i];
    drill_sort(sorted, report->count, sizeof *sorted, compare_scenarios, NULL,
               drill_allocator_malloc());
    return sorted;
}

void drill_report_put_finding(const DrillFinding *finding, DrillBuffer *out) {
    if (finding->statement[0] != '\0') drill_buffer_print(out, "%s: ", finding->statement);
    drill_buffer_put_string(out, finding->text);
}

void drill_report_put_reason(const DrillReportScenario *scenario, DrillBuffer *out) {
    if (scenario->finding_count > 0) {
        drill_report_put_finding(&scenario->findings[0], out);
        if (scenario->finding_count > 1) {
            drill_buffer_print(out, " (and %zu more)", scenario->finding_count - 1);
        }
    } else if (scenario->message[0] != '\0') {
        drill_buffer_put_string(out, scenario->message);
    } else {
        drill_buffer_put_string(out, drill_verdict_name(scenario->verdict));
    }
}

size_t drill_report_put_character(const char *text, DrillBuffer *out) {
    size_t size = drill_utf8_length_at(drill_span(text, strnlen(text, 4)), 0);
    if (size == 0) {
        drill_buffer_print(out, "\\x%02X", (unsigned)(uint8_t)*text);
        return 1;
    }
    drill_buffer_put(out, text, size);
    return size;
}

void drill_report_put_seconds(uint64_t ns, DrillBuffer *out) {
    drill_buffer_print(out, "%llu.%03llu", (unsigned long long)(ns / DRILL_NS_PER_S),
                       (unsigned long long)(ns % DRILL_NS_PER_S / DRILL_NS_PER_MS));
}

void drill_report_write(DrillReportKind kind, const DrillReport *report, bool reproducible,
                        DrillBuffer *out) {
    switch (kind) {
    case DRILL_REPORT_JUNIT:
        drill_report_junit(report, reproducible, out);
        break;
    case DRILL_REPORT_TAP:
        drill_report_tap(report, out);
        break;
    case DRILL_REPORT_JSON:
        drill_report_json(report, reproducible, out);
        break;
    case DRILL_REPORT_MARKDOWN:
        drill_report_markdown(report, reproducible, out);
        break;
    case DRILL_REPORT_GITHUB:
        drill_report_github(report, out);
        break;
    }
}

/* --- statements over all scenarios --- */

static int severity(DrillVerdict verdict) {
    switch (verdict) {
    case DRILL_FAIL:
        return 4;
    case DRILL_INCONCLUSIVE:
        return 3;
    case DRILL_PASS:
        return 2;
    case DRILL_SKIPPED:
        return 1;
    case DRILL_NOT_EXERCISED:
        break;
    }
    return 0;
}

static void note_statement(DrillPool *pool, DrillMap *map, const char *id, DrillVerdict verdict,
                           const char *scenario) {
    if (id[0] == '\0' || severity(verdict) < 2) return;
    DrillReportStatement *entry = drill_map_get(map, drill_span_of(id));
    if (entry == NULL) {
        entry = drill_pool_take(pool, sizeof *entry);
        entry->id = drill_pool_string(pool, id);
        drill_map_set(map, drill_span_of(id), entry);
    }
    if (severity(verdict) > severity(entry->verdict)) {
        entry->verdict = verdict;
        entry->scenario_count = 0; /* only those with the worst verdict are named */
    }
    if (entry->verdict != verdict) return;
    size_t count = entry->scenario_count;
    if (count > 0 && strcmp(entry->scenarios[count - 1], scenario) == 0) return;
    *DRILL_POOL_ADD(pool, entry->scenarios, entry->scenario_count) = scenario;
}

static size_t spec_place(const char *id) {
    const DrillStatement *statement = drill_statement_find(drill_span_of(id));
    for (size_t i = 0; statement != NULL && i < drill_statement_count(); i++) {
        if (drill_statement_at(i) == statement) return i;
    }
    return SIZE_MAX;
}

static int compare_statements(const void *a, const void *b, void *context) {
    const DrillReportStatement *left = a;
    const DrillReportStatement *right = b;
    (void)context;
    if (left->place != right->place) return left->place < right->place ? -1 : 1;
    return strcmp(left->id, right->id);
}

DrillReportStatement *drill_report_statements(const DrillReport *report, DrillPool *pool,
                                              size_t *count) {
    DrillMap *map = drill_map_new(drill_allocator_malloc());
    const DrillReportScenario **sorted = drill_report_sorted(report);
    for (size_t i = 0; i < report->count; i++) {
        const DrillReportScenario *scenario = sorted[i];
        for (size_t k = 0; k < scenario->finding_count; k++) {
            const DrillFinding *finding = &scenario->findings[k];
            note_statement(pool, map, finding->statement, finding->verdict, scenario->id);
        }
        for (size_t k = 0; k < scenario->judgement_count; k++) {
            const DrillJudgement *judgement = &scenario->judgements[k];
            note_statement(pool, map, judgement->statement, judgement->verdict, scenario->id);
        }
        for (size_t k = 0; k < scenario->exercised_count; k++) {
            note_statement(pool, map, scenario->exercised[k], DRILL_PASS, scenario->id);
        }
    }
    *count = drill_map_slots(map);
    DrillReportStatement *all = drill_pool_take(pool, sizeof *all * (*count + 1));
    for (size_t i = 0; i < *count; i++) {
        all[i] = *(const DrillReportStatement *)drill_map_at(map, i, NULL);
        all[i].place = spec_place(all[i].id);
    }
    drill_sort(all, *count, sizeof *all, compare_statements, NULL, drill_allocator_malloc());
    drill_map_free(map);
    free(sorted);
    return all;
}
