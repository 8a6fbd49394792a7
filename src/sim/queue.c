/* Event queue: a heap of what is due soon, buckets of what is due later (only when crowded), a
 * table of slots.
 *
 * An event lives in a slot; an entry of the heap or of a bucket speaks for it. Entries are never
 * searched for: cancelling frees the slot and leaves a stale entry behind, moving to a later time
 * changes the slot's deadline only. What an entry is worth is found out when it surfaces: stale
 * (thrown away), early (sinks to the slot's deadline), or due. */
#include "sim/queue.h"

#include "sim/far.h"

enum {
    SLOT_BITS = 24, /* at most 16.7 million pending events; 2^40 events in a run */
    FIRST_SLOTS = 64,
    LINE_BYTES = 64,
    CROWDED = 6144,    /* entries in the heap from which buckets are worth their trouble */
    SPARSE = 1024,     /* entries in all below which they no longer are */
    BUCKET_MAX = 2048, /* a bucket with more entries is split before it comes near */
    STALE_SPARE =
        1024 /* stale entries are swept out when there are more than live ones and these */
};

static const uint64_t slot_mask = (UINT64_C(1) << SLOT_BITS) - 1;
static const uint64_t sequence_max = (UINT64_C(1) << (64 - SLOT_BITS)) - 1;

/* 64 bytes, one cache line. */
typedef struct Slot {
    DrillEventFunction function;
    void *context;
    uint64_t argument;
    uint64_t handle;    /* the key given when added, unique in a run; 0: the slot is free */
    uint64_t entry_key; /* the entry that speaks for this slot */
    uint64_t entry_ns;  /* its time, not after at_ns; in a free slot: the next free one + 1 */
    uint64_t at_ns;     /* the deadline */
    uint64_t key;
} Slot;

struct DrillQueue {
    DrillHeap heap;
    uint64_t near_last_ns; /* entries up to here belong in the heap, others in `far` */
    bool hole;             /* the heap's top was taken out and nothing put in its place yet */
    Slot *slots;
    uint64_t slots_capacity;
    uint64_t slots_fresh; /* slots at and after this index were never used */
    uint64_t free_slot;   /* index + 1 */
    uint64_t sequence;
    uint64_t now_ns;
    size_t live;
    size_t stale;
    size_t crowded; /* heap size at which to spill */
    DrillFar *far;  /* NULL until first needed */
    bool far_used;
    uint64_t near_first_ns; /* start of the bucket that came near last */
    void *slots_block;
    size_t slots_block_bytes;
    DrillAllocator allocator;
};

DrillQueue *drill_queue_new(DrillAllocator allocator) {
    DrillQueue *queue = DRILL_NEW(allocator, DrillQueue);
    queue->allocator = allocator;
    queue->near_last_ns = UINT64_MAX;
    queue->crowded = CROWDED;
    return queue;
}

void drill_queue_free(DrillQueue *queue) {
    if (queue == NULL) {
        return;
    }
    drill_heap_release(&queue->heap, queue->allocator);
    drill_far_free(queue->far);
    if (queue->slots_block != NULL) {
        drill_release(queue->allocator, queue->slots_block, queue->slots_block_bytes);
    }
    drill_release(queue->allocator, queue, sizeof(*queue));
}

static void grow_slots(DrillQueue *queue) {
    uint64_t capacity = queue->slots_capacity == 0 ? FIRST_SLOTS : queue->slots_capacity * 2;
    DRILL_ASSERT(capacity <= slot_mask + 1);
    size_t bytes = (size_t)capacity * sizeof(Slot) + LINE_BYTES;
    uint8_t *block = drill_allocate(queue->allocator, bytes);
    size_t skip = (LINE_BYTES - (uintptr_t)block % LINE_BYTES) % LINE_BYTES;
    Slot *slots = (Slot *)(void *)(block + skip);
    for (uint64_t index = 0; index < queue->slots_capacity; index++) {
        slots[index] = queue->slots[index];
    }
    if (queue->slots_block != NULL) {
        drill_release(queue->allocator, queue->slots_block, queue->slots_block_bytes);
    }
    queue->slots = slots;
    queue->slots_capacity = capacity;
    queue->slots_block = block;
    queue->slots_block_bytes = bytes;
}

static inline uint64_t take_slot(DrillQueue *queue) {
    if (queue->free_slot != 0) {
        uint64_t index = queue->free_slot - 1;
        queue->free_slot = queue->slots[index].entry_ns;
        return index;
    }
    if (queue->slots_fresh == queue->slots_capacity) {
        grow_slots(queue);
    }
    return queue->slots_fresh++;
}

static inline void free_slot(DrillQueue *queue, Slot *slot) {
    slot->handle = 0;
    slot->entry_key = 0;
    slot->entry_ns = queue->free_slot;
    queue->free_slot = (uint64_t)(slot - queue->slots) + 1;
    queue->live--;
}

static inline Slot *slot_of(DrillQueue *queue, uint64_t key) {
    return &queue->slots[key & slot_mask];
}

static Slot *find(DrillQueue *queue, DrillEventHandle handle) {
    if (handle == 0 || (handle & slot_mask) >= queue->slots_fresh) {
        return NULL;
    }
    Slot *slot = slot_of(queue, handle);
    return slot->handle == handle ? slot : NULL;
}

static inline uint64_t next_key(DrillQueue *queue, uint64_t slot) {
    DRILL_ASSERT(queue->sequence < sequence_max);
    return (++queue->sequence << SLOT_BITS) | slot;
}

static inline void close_hole(DrillQueue *queue) {
    if (queue->hole) {
        queue->hole = false;
        drill_heap_pop(&queue->heap);
    }
}

/* The heap has grown crowded: everything after a point moves out into buckets. */
static void spill(DrillQueue *queue) {
    close_hole(queue);
    if (queue->far == NULL) {
        queue->far = drill_far_new(queue->allocator);
    }
    /* Not before the start of the bucket that came near last: what lies in buckets was sorted with
     * its digits. */
    uint64_t last_ns = queue->now_ns;
    if (queue->far_used && queue->near_first_ns > last_ns) {
        last_ns = queue->near_first_ns;
    }
    queue->far->last_ns = last_ns;
    queue->far_used = true;
    queue->near_first_ns = last_ns;
    queue->near_last_ns = last_ns;
    DrillHeap *heap = &queue->heap;
    size_t kept = 0;
    for (size_t index = 0; index < heap->count; index++) {
        DrillHeapEntry entry = heap->entries[index];
        if (entry.at_ns <= last_ns) {
            heap->entries[kept++] = entry;
        } else {
            drill_far_add(queue->far, entry);
        }
    }
    heap->count = kept;
    drill_heap_build(heap);
    /* Many events at one instant cannot be spread out: do not try again soon. */
    queue->crowded = kept * 2 > CROWDED ? kept * 2 : CROWDED;
}

static inline void place(DrillQueue *queue, DrillHeapEntry entry) {
    if (entry.at_ns > queue->near_last_ns) {
        drill_far_add(queue->far, entry);
    } else if (queue->hole) {
        queue->hole = false;
        drill_heap_sink(&queue->heap, 0, entry);
    } else {
        drill_heap_push(&queue->heap, queue->allocator, entry);
        if (queue->heap.count > queue->crowded) {
            spill(queue);
        }
    }
}

/* Follows a slot's deadline with a new entry in place of one that was thrown away. */
static void follow(DrillQueue *queue, Slot *slot) {
    slot->entry_key = slot->key;
    slot->entry_ns = slot->at_ns;
    DrillHeapEntry entry = {slot->at_ns, slot->key};
    place(queue, entry);
}

/* Entries of a taken bucket go into the heap; stale ones go nowhere, early ones to their deadline.
 * Touching all slots in a row here also brings them into the cache together before they fire. */
static void bring_near(DrillQueue *queue, DrillFarBucket *bucket) {
    DrillFarChunk chunk;
    while (drill_far_take_chunk(queue->far, bucket, &chunk)) {
        for (uint32_t index = 0; index < chunk.count; index++) {
            __builtin_prefetch(slot_of(queue, chunk.entries[index].key));
        }
        for (uint32_t index = 0; index < chunk.count; index++) {
            DrillHeapEntry entry = chunk.entries[index];
            Slot *slot = slot_of(queue, entry.key);
            if (slot->entry_key != entry.key) {
                queue->stale--;
            } else if (slot->key != entry.key) {
                follow(queue, slot);
            } else {
                drill_heap_push(&queue->heap, queue->allocator, entry);
            }
        }
    }
}

static void bring_all_near(DrillQueue *queue) {
    DrillFarBucket bucket;
    queue->far_used = false;
    queue->near_last_ns = UINT64_MAX;
    while (drill_far_take_bucket(queue->far, &bucket)) {
        bring_near(queue, &bucket);
    }
}

/* The heap is empty: brings the next bucket near, splitting it while it is too big. */
static void refill(DrillQueue *queue) {
    DrillFar *far = queue->far;
    queue->crowded = CROWDED;
    while (queue->heap.count == 0 && queue->far_used) {
        DrillFarBucket bucket;
        if (far->count < SPARSE) {
            bring_all_near(queue);
            return;
        }
        bool found = drill_far_take_bucket(far, &bucket);
        DRILL_ASSERT(found);
        queue->near_first_ns = bucket.first_ns;
        if (bucket.level == 0 || !drill_far_exceeds(far, &bucket, BUCKET_MAX)) {
            far->last_ns = bucket.last_ns;
            queue->near_last_ns = bucket.last_ns;
            bring_near(queue, &bucket);
            continue;
        }
        far->last_ns = bucket.first_ns;
        queue->near_last_ns = bucket.first_ns;
        DrillFarChunk chunk;
        while (drill_far_take_chunk(far, &bucket, &chunk)) {
            for (uint32_t index = 0; index < chunk.count; index++) {
                place(queue, chunk.entries[index]);
            }
        }
    }
}

/* Makes the heap's top an entry that is due when it says. False: no event is pending. */
static inline bool settle(DrillQueue *queue) {
    close_hole(queue);
    for (;;) {
        if (queue->heap.count == 0) {
            if (!queue->far_used) {
                return false;
            }
            refill(queue);
            continue;
        }
        DrillHeapEntry top = queue->heap.entries[0];
        Slot *slot = slot_of(queue, top.key);
        if (slot->key == top.key && slot->entry_key == top.key) {
            return true;
        }
        queue->hole = true;
        if (slot->entry_key != top.key) {
            queue->stale--;
        } else {
            follow(queue, slot);
        }
        close_hole(queue);
    }
}

static bool speaks(void *context, DrillHeapEntry entry) {
    return slot_of(context, entry.key)->entry_key == entry.key;
}

/* Throws all stale entries away, so that they never outnumber the live ones by much. */
static void sweep(DrillQueue *queue) {
    close_hole(queue);
    DrillHeap *heap = &queue->heap;
    size_t kept = 0;
    for (size_t index = 0; index < heap->count; index++) {
        if (speaks(queue, heap->entries[index])) {
            heap->entries[kept++] = heap->entries[index];
        }
    }
    heap->count = kept;
    drill_heap_build(heap);
    if (queue->far_used) {
        drill_far_sweep(queue->far, speaks, queue);
    }
    queue->stale = 0;
}

static void count_stale(DrillQueue *queue) {
    queue->stale++;
    if (queue->stale > queue->live + STALE_SPARE) {
        sweep(queue);
    }
}

DrillEventHandle drill_queue_add(DrillQueue *queue, uint64_t at_ns, DrillEventFunction function,
                                 void *context, uint64_t argument) {
    DRILL_ASSERT(at_ns >= queue->now_ns);
    uint64_t index = take_slot(queue);
    Slot *slot = &queue->slots[index];
    uint64_t key = next_key(queue, index);
    slot->function = function;
    slot->context = context;
    slot->argument = argument;
    slot->handle = key;
    slot->entry_key = key;
    slot->entry_ns = at_ns;
    slot->at_ns = at_ns;
    slot->key = key;
    queue->live++;
    DrillHeapEntry entry = {at_ns, key};
    place(queue, entry);
    return key;
}

bool drill_queue_cancel(DrillQueue *queue, DrillEventHandle handle) {
    Slot *slot = find(queue, handle);
    if (slot == NULL) {
        return false;
    }
    free_slot(queue, slot);
    count_stale(queue);
    return true;
}

bool drill_queue_move(DrillQueue *queue, DrillEventHandle handle, uint64_t at_ns) {
    DRILL_ASSERT(at_ns >= queue->now_ns);
    Slot *slot = find(queue, handle);
    if (slot == NULL) {
        return false;
    }
    slot->at_ns = at_ns;
    slot->key = next_key(queue, handle & slot_mask);
    if (at_ns < slot->entry_ns) {
        /* Earlier than its entry would surface: that one is stale from here on. */
        follow(queue, slot);
        count_stale(queue);
    }
    return true;
}

uint64_t drill_queue_next_ns(const DrillQueue *queue) {
    /* Settling throws away what is stale; nobody outside can tell. */
    DrillQueue *settled = (DrillQueue *)queue;
    return settle(settled) ? settled->heap.entries[0].at_ns : DRILL_NEVER;
}

uint64_t drill_queue_now_ns(const DrillQueue *queue) {
    return queue->now_ns;
}

size_t drill_queue_count(const DrillQueue *queue) {
    return queue->live;
}

bool drill_queue_fire(DrillQueue *queue) {
    if (!settle(queue)) {
        return false;
    }
    DrillHeapEntry top = queue->heap.entries[0];
    Slot *slot = slot_of(queue, top.key);
    DrillEventFunction function = slot->function;
    void *context = slot->context;
    uint64_t argument = slot->argument;
    free_slot(queue, slot);
    queue->now_ns = top.at_ns;
    /* The place at the top stays open: an event added from inside the call sinks from there, which
     * is one pass in place of a pop and a push. */
    queue->hole = true;
    function(context, argument, top.at_ns);
    close_hole(queue);
    return true;
}

void drill_queue_advance(DrillQueue *queue, uint64_t now_ns) {
    DRILL_ASSERT(now_ns >= queue->now_ns);
    DRILL_ASSERT(now_ns <= drill_queue_next_ns(queue));
    queue->now_ns = now_ns;
}
