/* One run of one scenario: arena, tracer, oracles, driver, world and script put together. */
#ifndef DRILL_EXPLORE_RUN_H
#define DRILL_EXPLORE_RUN_H

#include "mqtt/defects.h"
#include "script/script.h"

typedef struct DrillRunOptions {
    const DrillScenario *scenario;
    DrillVersion version;
    uint64_t seed;
    const char *host; /* NULL: simulation; else a live broker */
    uint16_t port;
    const char *run_id;           /* live only */
    const DrillTraceFile *replay; /* not NULL: the outside comes from here */
    const DrillWorldLink *link_override;
    const char *link_text;                       /* canonical text of the override for the header */
    const struct DrillTcpSettings *tcp_override; /* --tcp */
    const char *tcp_text;
    DrillDefectSet defects;
    bool segments;
    const char *trace_path; /* NULL: none */
    /* Test of decision 7: save after every so many steps, finish, then go back to each save and
     * finish again. 0: never. A file cannot be rewound: trace_path must be NULL. */
    uint64_t save_every;
    size_t memory_bytes_max; /* 0: 4 GiB; a run that needs more ends its process with status 3 */
    bool malloc_arena;       /* every allocation its own malloc: for valgrind */
} DrillRunOptions;

typedef struct DrillRunResult {
    DrillVerdict verdict; /* of oracles and script together */
    DrillScriptOutcome outcome;
    char digest[65];
    uint64_t virtual_ns, wall_ns, events;
    DrillFinding *findings;
    size_t finding_count; /* oracles', then app.failed, then unused faults; malloc'd texts */
    DrillJudgement *judgements;
    size_t judgement_count;
    char **last_packets;
    size_t last_packet_count;        /* printed lines of the last packets, oldest first */
    DrillDiagnostic diagnostic;      /* outcome error or limit */
    bool unreachable;                /* live: the target did not answer */
    uint64_t saves, save_mismatches; /* of save_every: digests compared, and how many differed */
} DrillRunResult;

/* Fills `result` when DRILL_OK. DRILL_INVALID: the scenario is broken. DRILL_IO: the machinery
 * failed (trace file, address space, name of the host). */
DRILL_MUST_USE DrillResult drill_run(const DrillRunOptions *options, DrillRunResult *result,
                                     DrillDiagnostic *diagnostic);
/* "level=packet;link=delay=200ms,loss=5%;defects=b-redeliver-dup0": what the trace's header says,
 * and replay reads. */
void drill_run_options_text(const DrillRunOptions *options, DrillBuffer *out);
void drill_run_result_free(DrillRunResult *result);

#endif
