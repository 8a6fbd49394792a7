/* The bytes of one direction that somebody still needs, addressed by stream offset. Sender and
 * receiver share it: what was sent lies here until it is acknowledged and read, so that no packet
 * carries a copy. Grows as needed, up to the run's memory limit; never shrinks. */
#ifndef DRILL_NET_RING_H
#define DRILL_NET_RING_H

#include "base/base.h"

typedef struct DrillRing {
    uint8_t *bytes;
    size_t capacity; /* a power of two */
    uint64_t begin;  /* offsets [begin, end) are held */
    uint64_t end;
    bool lending;  /* a span is out with a reader: its block must stay */
    uint8_t *lent; /* the block that was outgrown meanwhile */
    size_t lent_capacity;
} DrillRing;

void drill_ring_append(DrillRing *ring, DrillAllocator allocator, DrillSpan bytes);
/* Bytes from `offset` up to `end_offset`, or fewer where the ring wraps. Stays valid until
 * drill_ring_return. */
DrillSpan drill_ring_lend(DrillRing *ring, uint64_t offset, uint64_t end_offset);
void drill_ring_return(DrillRing *ring, DrillAllocator allocator);
/* Bytes below `offset` are not needed any more. */
void drill_ring_drop(DrillRing *ring, uint64_t offset);
void drill_ring_release(DrillRing *ring, DrillAllocator allocator);

#endif
