/* An intrusive hash index: finds things by key without owning or ordering them. Never iterated, so
 * that no order of buckets can leak into what a party does. */
#ifndef DRILL_MQTT_INDEX_H
#define DRILL_MQTT_INDEX_H

#include "base/base.h"

/* Embedded as the first member of what is indexed. */
typedef struct DrillIndexLink {
    struct DrillIndexLink *next;
    uint64_t hash;
} DrillIndexLink;

/* Zero it and set `allocator`; memory is taken with the first entry. */
typedef struct DrillIndex {
    DrillIndexLink **buckets;
    size_t bucket_count;
    size_t count;
    DrillAllocator allocator;
} DrillIndex;

void drill_index_add(DrillIndex *index, DrillIndexLink *link, uint64_t hash);
void drill_index_remove(DrillIndex *index, DrillIndexLink *link);
/* The entries with this hash, one after the other; the caller compares keys. NULL: no more. */
DrillIndexLink *drill_index_first(const DrillIndex *index, uint64_t hash);
DrillIndexLink *drill_index_next(const DrillIndexLink *link);
/* Gives the buckets back; the entries belong to others. */
void drill_index_release(DrillIndex *index);

/* Spreads an integer key over all bits. */
uint64_t drill_index_mix(uint64_t key);

#endif
