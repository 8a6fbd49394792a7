/* Where a crowded queue keeps what is due later: entries in unsorted buckets by time, brought near
 * a bucket at a time.
 *
 * A radix heap of 8-bit digits (Ahuja, Mehlhorn, Orlin, Tarjan 1990). Every entry lies after
 * `last_ns`; its level is the highest digit in which it differs from `last_ns`, its bucket that
 * digit of its own time. `last_ns` only grows within the bucket that is lowest, so that an entry's
 * place never changes until its bucket is taken. */
#ifndef DRILL_SIM_FAR_H
#define DRILL_SIM_FAR_H

#include "sim/heap.h"

enum { DRILL_FAR_LEVELS = 8, DRILL_FAR_BUCKETS = 256, DRILL_FAR_CHUNK_ENTRIES = 31 };

/* Entries of one bucket lie in a chain of chunks, so that filling and emptying it is sequential.
 * 512 bytes. */
typedef struct DrillFarChunk {
    uint32_t next; /* index + 1; 0: none */
    uint32_t count;
    uint64_t unused;
    DrillHeapEntry entries[DRILL_FAR_CHUNK_ENTRIES];
} DrillFarChunk;

typedef struct DrillFar {
    uint64_t last_ns;
    size_t count;
    uint32_t heads[DRILL_FAR_LEVELS][DRILL_FAR_BUCKETS]; /* chunk index + 1; 0: empty */
    uint64_t bits[DRILL_FAR_LEVELS][DRILL_FAR_BUCKETS / 64];
    DrillFarChunk *chunks;
    uint32_t capacity;
    uint32_t fresh; /* chunks at and after this index were never used */
    uint32_t free;  /* index + 1 */
    DrillAllocator allocator;
} DrillFar;

DrillFar *drill_far_new(DrillAllocator allocator);
void drill_far_free(DrillFar *far);

/* `entry` must lie after last_ns. */
void drill_far_add(DrillFar *far, DrillHeapEntry entry);

typedef struct DrillFarBucket {
    uint32_t head;     /* chain of chunks, taken out of the table */
    unsigned level;    /* 0: all entries have the same time */
    uint64_t first_ns; /* the times it covers */
    uint64_t last_ns;
} DrillFarBucket;
/* Takes the earliest bucket out. False: empty. Its entries stay counted until drill_far_take_chunk.
 */
bool drill_far_take_bucket(DrillFar *far, DrillFarBucket *bucket);
/* Copies the next chunk of a taken bucket to *out and frees it. False: no more. */
bool drill_far_take_chunk(DrillFar *far, DrillFarBucket *bucket, DrillFarChunk *out);
/* More than `entries` in it, roughly (whole chunks)? */
bool drill_far_exceeds(const DrillFar *far, const DrillFarBucket *bucket, size_t entries);
/* Throws away what `keep` does not want. The chunks this empties are used again. */
void drill_far_sweep(DrillFar *far, bool (*keep)(void *context, DrillHeapEntry entry),
                     void *context);

#endif
