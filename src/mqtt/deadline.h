/* Which of many connections must be looked at next. A deadline may be too early, never too late:
 * traffic only moves what is really due further away, and that is noticed when the deadline
 * surfaces. So a received packet costs nothing here. */
#ifndef DRILL_MQTT_DEADLINE_H
#define DRILL_MQTT_DEADLINE_H

#include "base/base.h"

/* Embedded in what has a deadline. */
typedef struct DrillDeadline {
    uint64_t at_ns;
    uint64_t serial; /* breaks ties, so that order never depends on memory */
    size_t position; /* in the heap, from 1; 0: not in it */
    void *owner;
} DrillDeadline;

/* Binary heap. Zero it and set `allocator`. */
typedef struct DrillDeadlines {
    DrillDeadline **heap; /* heap[0] is the earliest */
    size_t count, capacity;
    DrillAllocator allocator;
} DrillDeadlines;

/* Puts it in, moves it, or, with DRILL_NEVER, takes it out. O(log n). */
void drill_deadlines_set(DrillDeadlines *deadlines, DrillDeadline *deadline, uint64_t at_ns);
/* The same, if `at_ns` is earlier than what is set. */
void drill_deadlines_advance(DrillDeadlines *deadlines, DrillDeadline *deadline, uint64_t at_ns);
/* The earliest; NULL if there is none. */
DrillDeadline *drill_deadlines_first(const DrillDeadlines *deadlines);
void drill_deadlines_release(DrillDeadlines *deadlines);

#endif
