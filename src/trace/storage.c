#include "trace/storage.h"

#include "base/arena.h"

#define CHUNK_BYTES_MIN ((size_t)4096)
#define CHUNK_BYTES_MAX ((size_t)1 << 20)

struct DrillTraceChunk {
    DrillTraceChunk *previous;
    size_t used;
    size_t capacity;
};

uint8_t *drill_trace_storage_take(DrillTraceStorage *storage, size_t size) {
    DrillTraceChunk *chunk = storage->last;
    if (chunk == NULL || size > chunk->capacity - chunk->used) {
        size_t capacity = chunk == NULL ? CHUNK_BYTES_MIN : chunk->capacity * 2;
        capacity = capacity > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : capacity;
        capacity = capacity < size ? size : capacity;
        DrillTraceChunk *fresh = (DrillTraceChunk *)drill_allocate(
            storage->allocator, sizeof(DrillTraceChunk) + capacity);
        fresh->previous = chunk;
        fresh->capacity = capacity;
        storage->last = fresh;
        chunk = fresh;
    }
    uint8_t *bytes = (uint8_t *)(chunk + 1) + chunk->used;
    chunk->used += size;
    return bytes;
}

void drill_trace_storage_untake(DrillTraceStorage *storage, size_t size) {
    if (size > 0) {
        DRILL_ASSERT(size <= storage->last->used);
        storage->last->used -= size;
    }
}

void drill_trace_storage_release(DrillTraceStorage *storage) {
    DrillTraceChunk *chunk = storage->last;
    while (chunk != NULL) {
        DrillTraceChunk *previous = chunk->previous;
        drill_release(storage->allocator, chunk, sizeof *chunk + chunk->capacity);
        chunk = previous;
    }
    storage->last = NULL;
}
