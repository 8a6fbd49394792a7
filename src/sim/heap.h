/* A 4-ary min-heap of 16-byte entries. All inline: the sift loops are most of what a run's queue
 * does. */
#ifndef DRILL_SIM_HEAP_H
#define DRILL_SIM_HEAP_H

#include "base/arena.h"
#include "base/base.h"

/* One pending deadline. `key` is the sequence number shifted left by DRILL_QUEUE_SLOT_BITS, or'ed
 * with the slot, so that (at_ns, key) is the total order of events and the slot comes along for
 * free. */
typedef struct DrillHeapEntry {
    uint64_t at_ns;
    uint64_t key;
} DrillHeapEntry;

/* Compared as one 128-bit number: no branch on equal times. */
__extension__ typedef unsigned __int128 DrillHeapRank;

static inline DrillHeapRank drill_heap_rank(DrillHeapEntry entry) {
    return ((DrillHeapRank)entry.at_ns << 64) | entry.key;
}

typedef struct DrillHeap {
    DrillHeapEntry *entries; /* the four children of any entry lie in one 64-byte cache line */
    size_t count;
    size_t capacity;
    void *block; /* what the allocator gave, `entries` lies inside */
    size_t block_bytes;
} DrillHeap;

/* Makes room for at least one more entry. */
void drill_heap_grow(DrillHeap *heap, DrillAllocator allocator);
void drill_heap_release(DrillHeap *heap, DrillAllocator allocator);
/* Makes a heap of entries in any order, in linear time. */
void drill_heap_build(DrillHeap *heap);

/* Lets `entry` rise from the free place `index`. */
static inline void drill_heap_rise(DrillHeap *heap, size_t index, DrillHeapEntry entry) {
    DrillHeapEntry *entries = heap->entries;
    DrillHeapRank rank = drill_heap_rank(entry);
    while (index > 0) {
        size_t parent = (index - 1) / 4;
        if (drill_heap_rank(entries[parent]) <= rank) {
            break;
        }
        entries[index] = entries[parent];
        index = parent;
    }
    entries[index] = entry;
}

/* Lets `entry` sink from the free place `index`. */
static inline void drill_heap_sink(DrillHeap *heap, size_t index, DrillHeapEntry entry) {
    DrillHeapEntry *entries = heap->entries;
    size_t count = heap->count;
    DrillHeapRank rank = drill_heap_rank(entry);
    for (;;) {
        size_t child = index * 4 + 1;
        if (child >= count) {
            break;
        }
        size_t least = child;
        DrillHeapRank least_rank = drill_heap_rank(entries[child]);
        size_t end = child + 4 <= count ? child + 4 : count;
        for (size_t other = child + 1; other < end; other++) {
            DrillHeapRank other_rank = drill_heap_rank(entries[other]);
            bool less = other_rank < least_rank;
            least = less ? other : least;
            least_rank = less ? other_rank : least_rank;
        }
        if (least_rank >= rank) {
            break;
        }
        entries[index] = entries[least];
        index = least;
    }
    entries[index] = entry;
}

static inline void drill_heap_push(DrillHeap *heap, DrillAllocator allocator,
                                   DrillHeapEntry entry) {
    if (heap->count == heap->capacity) {
        drill_heap_grow(heap, allocator);
    }
    heap->count++;
    drill_heap_rise(heap, heap->count - 1, entry);
}

static inline void drill_heap_pop(DrillHeap *heap) {
    heap->count--;
    if (heap->count > 0) {
        drill_heap_sink(heap, 0, heap->entries[heap->count]);
    }
}

#endif
