/* The oracles: judge trace events against the numbered statements. They see nothing but the trace.
 */
#ifndef DRILL_CHECK_CHECK_H
#define DRILL_CHECK_CHECK_H

#include "base/base.h"
#include "trace/trace.h"

typedef enum DrillVerdict {
    DRILL_NOT_EXERCISED,
    DRILL_PASS,
    DRILL_SKIPPED,
    DRILL_INCONCLUSIVE,
    DRILL_FAIL
} DrillVerdict;
const char *drill_verdict_name(
    DrillVerdict verdict); /* "pass" "fail" "inconclusive" "not exercised" "skipped" */

#define DRILL_FINDING_PACKETS_MAX 6

typedef struct DrillFinding {
    const char *statement; /* "v3:MQTT-4.3.3-2"; "" when it is the script's expectation or an unused
                              fault */
    DrillVerdict verdict;  /* DRILL_FAIL or DRILL_INCONCLUSIVE */
    const char *oracle;    /* "qos2" */
    const char *text;      /* expected and actual, in words */
    uint64_t packets[DRILL_FINDING_PACKETS_MAX]; /* trace numbers of the packets that show it */
    size_t packet_count;
    uint64_t time_ns;
} DrillFinding;

/* Judgement of one statement over the run. */
typedef struct DrillJudgement {
    const char *statement;
    const char *oracle;
    DrillVerdict verdict;
    uint64_t exercised; /* how often the trigger occurred and was judged */
} DrillJudgement;

typedef struct DrillCheck DrillCheck;
typedef struct DrillCheckOptions {
    DrillAllocator allocator;
    uint64_t version; /* 3, 4 or 5 */
    /* Live: times are the wall clock's, so lateness is inconclusive where it could be the
     * machine's. */
    bool paced;
    uint64_t keep_alive_slack_ns; /* how late beyond 1.5 x Keep Alive a close may come before it is
                                     "late" */
} DrillCheckOptions;

DrillCheck *drill_check_new(const DrillCheckOptions *options);
void drill_check_free(DrillCheck *check);
void drill_check_event(DrillCheck *check,
                       const DrillTraceEvent *event); /* in order; ends with run.end */
DrillTraceSink drill_check_sink(DrillCheck *check);
/* After run.end: what must have happened by now and did not, is judged here. Idempotent. */
void drill_check_finish(DrillCheck *check);

size_t drill_check_finding_count(const DrillCheck *check);
const DrillFinding *drill_check_finding(const DrillCheck *check,
                                        size_t index); /* order of occurrence */
size_t drill_check_judgement_count(
    const DrillCheck *check); /* statements of this version that some oracle judges */
const DrillJudgement *drill_check_judgement(const DrillCheck *check, size_t index); /* spec order */
/* Who stood still (outside.stalled) accuses nobody afterwards: what is told of the event `number`
 * would be a failure, is inconclusive, and goes on with "; but mqttdrill stood still ..."; ""
 * before. */
const char *drill_check_excuse(const DrillCheck *check, uint64_t number);
/* fail > inconclusive > pass. A run with nothing exercised passes. */
DrillVerdict drill_check_verdict(const DrillCheck *check);

/* The table of oracles, for `clauses` and the docs. */
typedef struct DrillOracleInfo {
    const char *name;              /* "qos2" */
    const char *summary;           /* one line */
    const char *const *statements; /* NULL-terminated, "v3:..." and "v5:..." */
} DrillOracleInfo;
/* Why no oracle judges a statement that tells of something to be seen; NULL: some oracle does, or
 * there is nothing to be seen. */
const char *drill_oracle_unjudged(const char *statement);
size_t drill_oracle_count(void);
const DrillOracleInfo *drill_oracle_info(size_t index);

#endif
