/* Scenarios: loading, validating and running the Lua files of docs/scenario-guide.md. */
#ifndef DRILL_SCRIPT_SCRIPT_H
#define DRILL_SCRIPT_SCRIPT_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "check/check.h"
#include "world/world.h"

/* One scenario of a file, as declared. Strings live in the suite's allocator. */
typedef struct DrillScenario {
    const char *id;   /* "qos/qos2_lost_pubrec" or "qos/many/first" */
    const char *path; /* file to open */
    const char *title;
    const char *const *clauses;
    size_t clause_count;
    const char *const *tags;
    size_t tag_count;
    const char *const *requires_;
    size_t requires_count;
    const char *missing;     /* of these: what the virtual broker, as configured, lacks; or NULL */
    const char *recommended; /* of these: a SHOULD, so a real broker is skipped unless a profile
                              * says that it has it; or NULL */
    bool v311, v50;          /* versions it runs for */
    bool sim_only;           /* uses what only the simulator has: `worlds = { "sim" }` */
    bool live_only;          /* `worlds = { "live" }` */
    bool slow;               /* needs much real time live */
    bool configures_broker;  /* has a `broker` table */
    const char *settings; /* of these: "name=value,..." that a real broker has to have too, "" for
                           * none; NULL: and more than one line can say, such as users */
    bool topics_absolute; /* its topics and filters are not made unique live */
    bool needs_scram;     /* its broker does; see drill_world_scram_missing */
    const char *relative_path; /* path below the suite's folder, the end of `path`: what traces and
                                * findings name, on every machine. NULL: the base name */
    size_t index;              /* in the file's list */
} DrillScenario;

/* Loads the declarations (not the runs) of one file. Messages carry file and line. `suite_root` is
 * what ids are relative to. */
DRILL_MUST_USE DrillResult drill_script_declare(const char *path, const char *suite_root,
                                                DrillAllocator allocator, DrillScenario **out,
                                                size_t *count, DrillDiagnostic *diagnostic);

typedef struct DrillScriptLimits {
    uint64_t instructions_max; /* 0: 200 million */
    size_t memory_bytes_max;   /* 0: 64 MiB */
} DrillScriptLimits;

typedef enum DrillScriptOutcome {
    DRILL_SCRIPT_FINISHED, /* run returned; expectations may have failed (app.failed events) */
    DRILL_SCRIPT_ERROR,    /* the scenario is broken: message in diagnostic; exit 2 */
    DRILL_SCRIPT_LIMIT /* over the virtual time limit: what it was waiting for is in the diagnostic
                        */
} DrillScriptOutcome;

/* A scenario bound to a world. Everything in the arena, so that it is saved with the run. */
typedef struct DrillScript DrillScript;
typedef struct DrillScriptOptions {
    DrillArena *arena;
    const DrillScenario *scenario;
    const char *run_id; /* "" in simulation; live: makes client identifiers and topics unique */
    DrillScriptLimits limits;
    const DrillWorldLink *link_override;         /* --link; NULL: the scenario's own */
    const struct DrillTcpSettings *tcp_override; /* --tcp; likewise */
    DrillDefectSet defects;
} DrillScriptOptions;

/* Reads the file and prepares the run function. DRILL_INVALID with a diagnostic when broken. */
DRILL_MUST_USE DrillResult drill_script_load(const DrillScriptOptions *options, DrillScript **out,
                                             DrillDiagnostic *diagnostic);
/* What the scenario's table wants of the world: link, broker config, limit. */
void drill_script_configure(const DrillScript *script, DrillWorldOptions *world);
const char *drill_script_sha256(const DrillScript *script);
/* Attaches to the world and starts `run` (at the world's time 0, before the first step). */
void drill_script_start(DrillScript *script, DrillWorld *world);
/* True while `run` has not returned. The loop: while (drill_script_running(s) &&
 * drill_world_step(w)) {} */
bool drill_script_running(const DrillScript *script);
/* After the loop: how it ended (also notes waits that can never end: the queue ran empty). */
DrillScriptOutcome drill_script_outcome(DrillScript *script, DrillDiagnostic *diagnostic);
/* The same message with paths below the suite's folder, for the trace: "" when finished. After
 * drill_script_outcome. */
const char *drill_script_ending(const DrillScript *script);

/* "qos/a.lua:6, which waits for a PUBLISH", or the line that runs now, as the user names the file.
 * For who cannot go on in the middle of a step: allocates nothing. */
void drill_script_where(const DrillScript *script, char *out, size_t size);

#endif
