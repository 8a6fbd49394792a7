/* What the report formats share. */
#ifndef DRILL_REPORT_REPORT_TEXT_H
#define DRILL_REPORT_REPORT_TEXT_H

#include "report/pool.h"
#include "report/result.h"

/* One file each: report_junit.c, report_tap.c, report_json.c, report_markdown.c (with github). */
void drill_report_junit(const DrillReport *report, bool reproducible, DrillBuffer *out);
void drill_report_tap(const DrillReport *report, DrillBuffer *out);
void drill_report_json(const DrillReport *report, bool reproducible, DrillBuffer *out);
void drill_report_markdown(const DrillReport *report, bool reproducible, DrillBuffer *out);
void drill_report_github(const DrillReport *report, DrillBuffer *out);

/* Pointers in order of (id, version, seed); the caller frees the array. */
const DrillReportScenario **drill_report_sorted(const DrillReport *report);

/* "12 passed, 1 failed, 0 skipped, 0 inconclusive" */
void drill_report_put_summary(const DrillReportSummary *summary, DrillBuffer *out);
/* "v3:MQTT-4.3.3-2: expected ..." */
void drill_report_put_finding(const DrillFinding *finding, DrillBuffer *out);
/* One line: why a scenario did not pass. */
void drill_report_put_reason(const DrillReportScenario *scenario, DrillBuffer *out);
/* The first character of the text, "\xHH" for a byte that is no character; returns its bytes. */
size_t drill_report_put_character(const char *text, DrillBuffer *out);
void drill_report_put_seconds(uint64_t ns, DrillBuffer *out); /* "1.234" */

/* A statement over all scenarios: its worst verdict and the scenarios that gave it. */
typedef struct DrillReportStatement {
    const char *id;
    DrillVerdict verdict;
    const char **scenarios;
    size_t scenario_count;
    size_t place; /* in the standard */
} DrillReportStatement;
/* In the order of the standards. Memory is the pool's. */
DrillReportStatement *drill_report_statements(const DrillReport *report, DrillPool *pool,
                                              size_t *count);

/* JSON: strings, and the punctuation between members. */
void drill_json_string(DrillBuffer *out, const char *text_or_null);
void drill_json_strings(DrillBuffer *out, const char *const *texts, size_t count);

/* Markdown and HTML: no character of the text has a meaning of its own. */
void drill_markdown_text(DrillBuffer *out, const char *text);
void drill_markdown_code(DrillBuffer *out, const char *text);

#endif
