/* Bytes that live as long as a DrillTraceFile: handed out from a chain of growing chunks, freed
 * together. */
#ifndef DRILL_TRACE_STORAGE_H
#define DRILL_TRACE_STORAGE_H

#include "base/base.h"

typedef struct DrillTraceChunk DrillTraceChunk;
typedef struct DrillTraceStorage {
    DrillAllocator allocator;
    DrillTraceChunk *last;
} DrillTraceStorage;

/* Room for `size` bytes, valid until the storage is released. */
uint8_t *drill_trace_storage_take(DrillTraceStorage *storage, size_t size);
/* Gives back the last `size` bytes of what was taken last. */
void drill_trace_storage_untake(DrillTraceStorage *storage, size_t size);
void drill_trace_storage_release(DrillTraceStorage *storage);

#endif
