/* The virtual clock's event queue, ordered by (time, sequence number given at insertion). */
#ifndef DRILL_SIM_QUEUE_H
#define DRILL_SIM_QUEUE_H

#include <mqttdrill/base.h>

typedef struct DrillQueue DrillQueue;

/* `argument` is the caller's, e.g. the trace number of the event that caused this one. */
typedef void (*DrillEventFunction)(void *context, uint64_t argument, uint64_t now_ns);

/* Handle of a pending event; 0 is none. A handle whose event has fired or was cancelled is
 * recognised as stale. */
typedef uint64_t DrillEventHandle;

DrillQueue *drill_queue_new(DrillAllocator allocator);
void drill_queue_free(DrillQueue *queue);

/* `at_ns` must not lie before the time of the last fired event. No allocation once the queue has
 * had that many entries. */
DrillEventHandle drill_queue_add(DrillQueue *queue, uint64_t at_ns, DrillEventFunction function,
                                 void *context, uint64_t argument);
bool drill_queue_cancel(DrillQueue *queue, DrillEventHandle handle); /* false: stale or 0 */
/* As cancel and add (new sequence number), cheaper. False: stale or 0. */
bool drill_queue_move(DrillQueue *queue, DrillEventHandle handle, uint64_t at_ns);

uint64_t drill_queue_next_ns(const DrillQueue *queue); /* DRILL_NEVER when empty */
uint64_t drill_queue_now_ns(const DrillQueue *queue);  /* time of the last fired event */
size_t drill_queue_count(const DrillQueue *queue);

/* Takes the next event out and calls it. False: empty. */
bool drill_queue_fire(DrillQueue *queue);
/* Time moves without an event (outside input in paced mode). Not past drill_queue_next_ns, not
 * backwards. */
void drill_queue_advance(DrillQueue *queue, uint64_t now_ns);

#endif
