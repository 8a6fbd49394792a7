/* A world that is there for real clients: `serve` (virtual broker) and `proxy` (both ends real),
 * until it is told to stop. */
#ifndef DRILL_EXPLORE_SERVICE_H
#define DRILL_EXPLORE_SERVICE_H

#include "explore/run.h"

typedef struct DrillServiceHooks {
    void *context;
    /* Ports as they became; control 0: none. */
    void (*started)(void *context, uint16_t port, uint16_t control_port);
    void (*event)(void *context, const DrillTraceEvent *event);
    void (*finding)(void *context, const DrillFinding *finding); /* as it occurs */
    void (*warning)(void *context, const char *text);
} DrillServiceHooks;

typedef struct DrillServiceOptions {
    const DrillScenario *scenario; /* serve: its clients, broker and link; NULL: none */
    bool scenario_broker_only;     /* only its broker's configuration: no clients, no link */
    DrillVersion version;
    uint64_t seed;
    bool proxy;                        /* the far end is real: */
    DrillListenAddress upstream;       /* host NULL when replaying */
    DrillListenAddress listen;         /* host NULL when replaying */
    const DrillListenAddress *control; /* NULL: none */
    const DrillWorldLink *link;        /* NULL: the scenario's, or an ideal one */
    const char *link_text;
    bool stream; /* the transport of real clients (and of virtual ones that name none) */
    const struct DrillTcpSettings *tcp; /* NULL: the scenario's, or as Linux */
    const char *tcp_text;
    const char *broker_text; /* serve: as for drill_broker_text_parse; NULL: the scenario's */
    DrillDefectSet defects;  /* serve: of the virtual broker */
    bool segments;
    uint64_t duration_ns;   /* 0: until stopped */
    const char *trace_path; /* NULL: none */
    bool unjudged;          /* no oracles */
    /* Memory of the oracles, beyond which nothing is judged any more; 0: 1 GiB. */
    size_t judging_bytes_max;
    const DrillTraceFile *replay; /* not NULL: the outside comes from here */
    DrillServiceHooks hooks;      /* each may be NULL */
} DrillServiceOptions;

/* Returns after a stop: SIGINT, SIGTERM, the control command, the end of `duration_ns`. Fills
 * `result` when DRILL_OK. DRILL_INVALID: options or scenario are broken. DRILL_IO: a name, an
 * address or a file. */
DRILL_MUST_USE DrillResult drill_service_run(const DrillServiceOptions *options,
                                             DrillRunResult *result, DrillDiagnostic *diagnostic);

#endif
