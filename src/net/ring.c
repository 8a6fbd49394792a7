#include "net/ring.h"

#include <string.h>

#include "base/arena.h"

enum { FIRST_BYTES = 512 };

/* Copies held bytes between a flat block and the ring's places for [offset, offset + size). */
static void put(uint8_t *ring_bytes, size_t capacity, uint64_t offset, const uint8_t *from,
                size_t size) {
    size_t at = (size_t)(offset & (capacity - 1));
    size_t first = size < capacity - at ? size : capacity - at;
    memcpy(ring_bytes + at, from, first);
    if (size > first) {
        memcpy(ring_bytes, from + first, size - first);
    }
}

static void grow(DrillRing *ring, DrillAllocator allocator, size_t needed) {
    size_t capacity = ring->capacity == 0 ? FIRST_BYTES : ring->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *bytes = drill_allocate(allocator, capacity);
    for (uint64_t offset = ring->begin; offset < ring->end;) {
        size_t at = (size_t)(offset & (ring->capacity - 1));
        size_t size = ring->capacity - at;
        if (size > ring->end - offset) {
            size = (size_t)(ring->end - offset);
        }
        put(bytes, capacity, offset, ring->bytes + at, size);
        offset += size;
    }
    if (ring->lending && ring->lent == NULL) {
        ring->lent = ring->bytes;
        ring->lent_capacity = ring->capacity;
    } else if (ring->bytes != NULL) {
        drill_release(allocator, ring->bytes, ring->capacity);
    }
    ring->bytes = bytes;
    ring->capacity = capacity;
}

void drill_ring_append(DrillRing *ring, DrillAllocator allocator, DrillSpan bytes) {
    if (bytes.size == 0) {
        return;
    }
    size_t needed = (size_t)(ring->end - ring->begin) + bytes.size;
    if (needed > ring->capacity) {
        grow(ring, allocator, needed);
    }
    put(ring->bytes, ring->capacity, ring->end, bytes.data, bytes.size);
    ring->end += bytes.size;
}

DrillSpan drill_ring_lend(DrillRing *ring, uint64_t offset, uint64_t end_offset) {
    DRILL_ASSERT(!ring->lending);
    DRILL_ASSERT(ring->begin <= offset && offset < end_offset && end_offset <= ring->end);
    size_t at = (size_t)(offset & (ring->capacity - 1));
    size_t size = ring->capacity - at;
    if (size > end_offset - offset) {
        size = (size_t)(end_offset - offset);
    }
    ring->lending = true;
    return drill_span(ring->bytes + at, size);
}

void drill_ring_return(DrillRing *ring, DrillAllocator allocator) {
    DRILL_ASSERT(ring->lending);
    ring->lending = false;
    if (ring->lent != NULL) {
        drill_release(allocator, ring->lent, ring->lent_capacity);
        ring->lent = NULL;
        ring->lent_capacity = 0;
    }
}

void drill_ring_drop(DrillRing *ring, uint64_t offset) {
    DRILL_ASSERT(!ring->lending && offset <= ring->end);
    if (offset > ring->begin) {
        ring->begin = offset;
    }
}

void drill_ring_release(DrillRing *ring, DrillAllocator allocator) {
    if (ring->lent != NULL) {
        drill_release(allocator, ring->lent, ring->lent_capacity);
    }
    if (ring->bytes != NULL) {
        drill_release(allocator, ring->bytes, ring->capacity);
    }
    memset(ring, 0, sizeof(*ring));
}
