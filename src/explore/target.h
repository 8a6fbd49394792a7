/* What is tested: the simulator's own broker, or a real one, found at an address or started for the
 * run. */
#ifndef DRILL_EXPLORE_TARGET_H
#define DRILL_EXPLORE_TARGET_H

#include "base/base.h"
#include "base/diagnostic.h"

typedef struct DrillTarget {
    bool live;
    char host[256];
    uint16_t port;
    char url[300]; /* as given, for reports; "" in simulation */
} DrillTarget;

/* "sim", "mqtt://HOST[:PORT]" (IPv6 in brackets). DRILL_NOT_THERE_YET: mqtts, ws, wss, exec. */
DRILL_MUST_USE DrillResult drill_target_parse(const char *text, DrillTarget *out,
                                              DrillDiagnostic *diagnostic);

/* Waits until a CONNECT is answered there, at most `timeout_ns`. DRILL_IO: it was not. */
DRILL_MUST_USE DrillResult drill_target_await(const DrillTarget *target, uint64_t timeout_ns,
                                              DrillDiagnostic *diagnostic);

/* A broker started by us. */
typedef struct DrillSpawn DrillSpawn;
/* Runs `command` through the shell with {port} (a free loopback port), {dir} (a new empty folder)
 * and {settings} (of a scenario's broker: "name=value,...") filled in, and waits until a CONNECT is
 * answered. DRILL_IO: it was not; what it printed last is in the diagnostic. */
DRILL_MUST_USE DrillResult drill_spawn_start(const char *command, const char *settings,
                                             DrillSpawn **out, DrillTarget *target,
                                             DrillDiagnostic *diagnostic);
/* Does the command take them? */
bool drill_spawn_configures(const char *command);
/* Ends the broker and its children and removes the folder. */
void drill_spawn_stop(DrillSpawn *spawn);

#endif
