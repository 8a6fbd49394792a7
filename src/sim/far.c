#include "sim/far.h"

#include <string.h>

enum { DIGIT_BITS = 8, FIRST_CHUNKS = 64, WORDS = DRILL_FAR_BUCKETS / 64 };

DrillFar *drill_far_new(DrillAllocator allocator) {
    DrillFar *far = DRILL_NEW(allocator, DrillFar);
    far->allocator = allocator;
    return far;
}

void drill_far_free(DrillFar *far) {
    if (far == NULL) {
        return;
    }
    if (far->chunks != NULL) {
        drill_release(far->allocator, far->chunks, far->capacity * sizeof(DrillFarChunk));
    }
    drill_release(far->allocator, far, sizeof(*far));
}

/* An empty chunk in front of the bucket's chain. */
static DrillFarChunk *add_chunk(DrillFar *far, uint32_t *head) {
    uint32_t index;
    if (far->free != 0) {
        index = far->free - 1;
        far->free = far->chunks[index].next;
    } else {
        if (far->fresh == far->capacity) {
            uint32_t capacity = far->capacity == 0 ? FIRST_CHUNKS : far->capacity * 2;
            far->chunks =
                drill_reallocate(far->allocator, far->chunks, far->capacity * sizeof(DrillFarChunk),
                                 capacity * sizeof(DrillFarChunk));
            far->capacity = capacity;
        }
        index = far->fresh++;
    }
    DrillFarChunk *chunk = &far->chunks[index];
    chunk->next = *head;
    chunk->count = 0;
    *head = index + 1;
    return chunk;
}

void drill_far_add(DrillFar *far, DrillHeapEntry entry) {
    uint64_t difference = entry.at_ns ^ far->last_ns;
    DRILL_ASSERT(entry.at_ns > far->last_ns);
    unsigned level = (63u - (unsigned)__builtin_clzll(difference)) / DIGIT_BITS;
    unsigned digit = (unsigned)(entry.at_ns >> (level * DIGIT_BITS)) % DRILL_FAR_BUCKETS;
    uint32_t *head = &far->heads[level][digit];
    DrillFarChunk *chunk;
    if (*head != 0 && far->chunks[*head - 1].count < DRILL_FAR_CHUNK_ENTRIES) {
        chunk = &far->chunks[*head - 1];
    } else {
        chunk = add_chunk(far, head);
        far->bits[level][digit / 64] |= UINT64_C(1) << (digit % 64);
    }
    chunk->entries[chunk->count++] = entry;
    far->count++;
}

bool drill_far_take_bucket(DrillFar *far, DrillFarBucket *bucket) {
    for (unsigned level = 0; level < DRILL_FAR_LEVELS; level++) {
        for (unsigned word = 0; word < WORDS; word++) {
            uint64_t bits = far->bits[level][word];
            if (bits == 0) {
                continue;
            }
            unsigned digit = word * 64 + (unsigned)__builtin_ctzll(bits);
            unsigned shift = level * DIGIT_BITS;
            uint64_t below = (UINT64_C(1) << shift) - 1;
            uint64_t digit_mask = (uint64_t)(DRILL_FAR_BUCKETS - 1) << shift;
            bucket->head = far->heads[level][digit];
            bucket->level = level;
            bucket->first_ns = (far->last_ns & ~(below | digit_mask)) | ((uint64_t)digit << shift);
            bucket->last_ns = bucket->first_ns | below;
            far->heads[level][digit] = 0;
            far->bits[level][word] = bits & (bits - 1);
            return true;
        }
    }
    return false;
}

bool drill_far_take_chunk(DrillFar *far, DrillFarBucket *bucket, DrillFarChunk *out) {
    if (bucket->head == 0) {
        return false;
    }
    uint32_t index = bucket->head - 1;
    DrillFarChunk *chunk = &far->chunks[index];
    out->count = chunk->count;
    memcpy(out->entries, chunk->entries, chunk->count * sizeof(DrillHeapEntry));
    bucket->head = chunk->next;
    far->count -= chunk->count;
    chunk->count = 0;
    chunk->next = far->free;
    far->free = index + 1;
    return true;
}

bool drill_far_exceeds(const DrillFar *far, const DrillFarBucket *bucket, size_t entries) {
    size_t seen = 0;
    for (uint32_t head = bucket->head; head != 0; head = far->chunks[head - 1].next) {
        seen += far->chunks[head - 1].count;
        if (seen > entries) {
            return true;
        }
    }
    return false;
}

/* Every chain is taken out and what is kept of it put back, so that the chunks end up full: a chunk
 * given free by one chain is there for the next. */
void drill_far_sweep(DrillFar *far, bool (*keep)(void *context, DrillHeapEntry entry),
                     void *context) {
    uint32_t heads[DRILL_FAR_LEVELS][DRILL_FAR_BUCKETS];
    memcpy(heads, far->heads, sizeof(heads));
    memset(far->heads, 0, sizeof(far->heads));
    memset(far->bits, 0, sizeof(far->bits));
    for (unsigned level = 0; level < DRILL_FAR_LEVELS; level++) {
        for (unsigned digit = 0; digit < DRILL_FAR_BUCKETS; digit++) {
            DrillFarBucket bucket = {.head = heads[level][digit]};
            DrillFarChunk chunk;
            while (drill_far_take_chunk(far, &bucket, &chunk)) {
                for (uint32_t index = 0; index < chunk.count; index++) {
                    if (keep(context, chunk.entries[index])) {
                        drill_far_add(far, chunk.entries[index]);
                    }
                }
            }
        }
    }
}
