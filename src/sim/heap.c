#include "sim/heap.h"

#include <string.h>

enum { FIRST_CAPACITY = 64, LINE_BYTES = 64 };

/* Entry 1, the first child of the root, starts a cache line; then so does every group of four
 * children. */
static DrillHeapEntry *align_entries(void *block) {
    uintptr_t first = (uintptr_t)block + sizeof(DrillHeapEntry);
    uintptr_t aligned = (first + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1);
    return (DrillHeapEntry *)((uint8_t *)block + (aligned - first));
}

void drill_heap_grow(DrillHeap *heap, DrillAllocator allocator) {
    size_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
    size_t bytes = capacity * sizeof(DrillHeapEntry) + LINE_BYTES;
    void *block = drill_allocate(allocator, bytes);
    DrillHeapEntry *entries = align_entries(block);
    if (heap->count > 0) {
        memcpy(entries, heap->entries, heap->count * sizeof(DrillHeapEntry));
    }
    if (heap->block != NULL) {
        drill_release(allocator, heap->block, heap->block_bytes);
    }
    heap->entries = entries;
    heap->capacity = capacity;
    heap->block = block;
    heap->block_bytes = bytes;
}

void drill_heap_release(DrillHeap *heap, DrillAllocator allocator) {
    if (heap->block != NULL) {
        drill_release(allocator, heap->block, heap->block_bytes);
    }
    memset(heap, 0, sizeof(*heap));
}

void drill_heap_build(DrillHeap *heap) {
    for (size_t index = (heap->count + 2) / 4; index-- > 0;) {
        drill_heap_sink(heap, index, heap->entries[index]);
    }
}
