/* The control interface: requests ("METHOD PATH\nBODY") become calls of the world, answers are
 * JSON. docs/proxy.md describes it. */
#ifndef DRILL_EXPLORE_CONTROL_H
#define DRILL_EXPLORE_CONTROL_H

#include "world/world.h"

typedef struct DrillControlled {
    DrillWorld *world;
    bool stop; /* somebody wants an end */
    /* For GET /v1/counters. */
    uint64_t events, failures, inconclusive;
    const DrillArena *arena, *judging_arena;
} DrillControlled;

/* Carries it out, and appends the answer. Returns its HTTP status. Changes only what the request
 * names, or nothing (status 400 and up). The same request in the same world has the same effect: it
 * is recorded and replayed. */
int drill_control_request(DrillControlled *controlled, DrillSpan text, DrillBuffer *answer);

#endif
