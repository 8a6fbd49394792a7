/* The result of a suite run, as reports show it, and the mutation matrix. Plain data; strings are
 * the owner's. */
#ifndef DRILL_REPORT_RESULT_H
#define DRILL_REPORT_RESULT_H

#include "base/diagnostic.h"
#include "check/check.h"

/* One scenario in one version. Written sorted by (id, version), whatever the order of completion.
 */
typedef struct DrillReportScenario {
    const char *id;
    const char *version; /* "3.1.1" "5.0" */
    const char *title;
    uint64_t seed;
    DrillVerdict verdict; /* DRILL_PASS, FAIL, INCONCLUSIVE, SKIPPED */
    const char *digest;   /* hex, "" when there is none */
    uint64_t virtual_ns, wall_ns, events;
    const DrillFinding *findings;
    size_t finding_count;
    const char *const *exercised; /* statement ids */
    size_t exercised_count;
    const DrillJudgement *judgements; /* of this run; for the statements matrix */
    size_t judgement_count;
    const char *reproduce; /* one command line */
    const char *message;   /* why it was skipped or could not run; "" */
    const char *const *last_packets;
    size_t last_packet_count;
} DrillReportScenario;

typedef struct DrillReport {
    const char *tool;        /* version */
    const char *target_kind; /* "sim" "mqtt" */
    const char *target_url;  /* NULL in simulation */
    const char *target_name; /* "virtual", or the host's name as given */
    const char *profile;     /* NULL: none */
    uint64_t wall_ns;        /* of the whole; virtual_ns is the sum of the scenarios' */
    const DrillReportScenario *scenarios;
    size_t count;
} DrillReport;

typedef struct DrillReportSummary {
    size_t passed, failed, skipped, inconclusive;
    uint64_t wall_ns, virtual_ns;
} DrillReportSummary;
DrillReportSummary drill_report_summary(const DrillReport *report);

typedef enum DrillReportKind {
    DRILL_REPORT_JUNIT,
    DRILL_REPORT_TAP,
    DRILL_REPORT_JSON,
    DRILL_REPORT_MARKDOWN,
    DRILL_REPORT_GITHUB
} DrillReportKind;
/* "junit" "tap" "json" "md" "github"; -1: none of them. */
int drill_report_kind_find(const char *name);

/* Appends the report. Nothing in it depends on the date, the machine or paths, but for wall_ns,
 * which is left out (0) when `reproducible`: then two runs of the same suite give the same bytes.
 */
void drill_report_write(DrillReportKind kind, const DrillReport *report, bool reproducible,
                        DrillBuffer *out);

/* What a terminal shows of one scenario that failed or could not be judged: statement, expected and
 * actual, last packets, the line that reproduces it. */
void drill_report_failure(const DrillReportScenario *scenario, bool colour, DrillBuffer *out);

/* Reads a file written as json. Everything in *out comes from `allocator`. DRILL_INVALID: not such
 * a file; says which field. */
DRILL_MUST_USE DrillResult drill_report_read(const char *path, DrillAllocator allocator,
                                             DrillReport *out, DrillDiagnostic *diagnostic);

/* --- the mutation matrix --- */
typedef struct DrillMatrixRow {
    const char *defect;  /* "" for the row without a defect */
    const char *version; /* of the protocol: "3.1.1" "5.0" */
    const char *party;   /* "broker" "client" */
    const char *text;
    const char *expected_oracles; /* space separated, from the defect table */
    const char *expected_statements;
    bool caught;           /* an expected oracle failed with an expected statement */
    bool caught_otherwise; /* a run failed, but not so */
    const char *oracle;    /* of the first catching finding (or of the other failure) */
    const char *statement;
    /* Of the expected statements those that some expected finding of some run names. */
    const char *proved_statements;
    const char *const *scenarios; /* ids of the runs that caught it, sorted */
    size_t scenario_count;
    size_t runs;
} DrillMatrixRow;

typedef struct DrillMatrix {
    const char *tool;
    const char *version; /* "3.1.1", or both */
    const char *target;  /* "sim", or "served": over TCP */
    uint64_t wall_ns;
    const DrillMatrixRow *rows; /* the first is the row without a defect */
    size_t count;
} DrillMatrix;

typedef enum DrillMatrixKind {
    DRILL_MATRIX_MARKDOWN,
    DRILL_MATRIX_CSV,
    DRILL_MATRIX_JSON
} DrillMatrixKind;
int drill_matrix_kind_find(const char *name); /* "md" "csv" "json"; -1 */
/* A defect counts once, and as caught when it is in each version in which it has a form. */
void drill_matrix_count(const DrillMatrix *matrix, size_t *defects, size_t *caught);
void drill_matrix_write(DrillMatrixKind kind, const DrillMatrix *matrix, bool reproducible,
                        DrillBuffer *out);
/* Reads what DRILL_MATRIX_JSON wrote (for `clauses --mutants`). */
DRILL_MUST_USE DrillResult drill_matrix_read(const char *path, DrillAllocator allocator,
                                             DrillMatrix *out, DrillDiagnostic *diagnostic);

#endif
