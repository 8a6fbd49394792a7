/* The run arena. A bump pointer hands out fresh memory; freed blocks wait in one list per size
 * class. The class follows from the size alone, so blocks carry no header and `old_size` must be
 * what was asked for last. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE, MAP_FIXED_NOREPLACE */

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base.h"

/* Four classes per power of two: 16 32 48 64 | 80 96 112 128 | 160 ... up to 2^48. */
#define CLASS_COUNT ((size_t)4 + (48 - 6) * 4)
#define ALIGNMENT   ((size_t)16)

typedef struct FreeBlock {
    struct FreeBlock *next;
} FreeBlock;

/* Kind DRILL_ARENA_MALLOC: every block is in a ring, so that freeing the arena frees them all. */
typedef struct MallocBlock {
    struct MallocBlock *next;
    struct MallocBlock *previous;
} MallocBlock;

typedef struct Limit {
    struct DrillArena *arena;
    size_t bytes_max;
    size_t bytes;
} Limit;

struct DrillArena {
    DrillArenaKind kind;
    size_t bytes_max;
    size_t used;    /* offset of the first byte never handed out */
    size_t touched; /* bytes from here on are still zero from the system */
    void *root;
    FreeBlock *free_lists[CLASS_COUNT];
    MallocBlock ring;
    size_t malloc_bytes;
    void (*tell_full)(void *context); /* NULL: prints one line */
    void *tell_context;
};

struct DrillSnapshot {
    const DrillArena *arena;
    size_t size;
    uint8_t *bytes;
};

_Static_assert(sizeof(MallocBlock) % 16 == 0, "blocks must stay aligned");

static size_t class_of(size_t size) {
    size_t last = size - 1;
    if (last < 64) {
        return last >> 4;
    }
    unsigned power = 63u - (unsigned)__builtin_clzll((unsigned long long)last);
    return 4 + (size_t)(power - 6) * 4 + ((last >> (power - 2)) & 3);
}

static size_t class_size(size_t size_class) {
    if (size_class < 4) {
        return (size_class + 1) << 4;
    }
    return (5 + (size_class & 3)) << ((size_class >> 2) - 1 + 4);
}

static size_t header_size(void) {
    return (sizeof(DrillArena) + 63) & ~(size_t)63;
}

/* The same address in every process, far from where Linux puts programs, heaps and libraries;
 * several candidates, for a second arena and for machines with fewer address bits. If none is free,
 * anywhere will do: nothing depends on it. */
static void *map_block(size_t bytes) {
    static const uint64_t candidates[] = {UINT64_C(0x200000000000), UINT64_C(0x210000000000),
                                          UINT64_C(0x220000000000), UINT64_C(0x230000000000),
                                          UINT64_C(0x4000000000),   UINT64_C(0x2000000000)};
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(candidates); i++) {
        void *wanted = (void *)(uintptr_t)candidates[i];
        void *block =
            mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0);
        if (block == wanted) {
            return block;
        }
        if (block != MAP_FAILED) {
            (void)munmap(block, bytes);
        }
    }
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

DrillArena *drill_arena_new(DrillArenaKind kind, size_t bytes_max) {
    size_t least = header_size() + 4096;
    bytes_max = bytes_max < least ? least : bytes_max;
    DrillArena *arena = kind == DRILL_ARENA_BLOCK ? (DrillArena *)map_block(bytes_max)
                                                  : (DrillArena *)calloc(1, sizeof(DrillArena));
    if (arena == NULL) {
        return NULL;
    }
    arena->kind = kind;
    arena->bytes_max = bytes_max;
    arena->used = header_size();
    arena->touched = arena->used;
    arena->ring.next = &arena->ring;
    arena->ring.previous = &arena->ring;
    return arena;
}

void drill_arena_free(DrillArena *arena) {
    if (arena == NULL) {
        return;
    }
    if (arena->kind == DRILL_ARENA_BLOCK) {
        (void)munmap(arena, arena->bytes_max);
        return;
    }
    MallocBlock *block = arena->ring.next;
    while (block != &arena->ring) {
        MallocBlock *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

/* A block of the class, NULL when the arena is full. `zeroed`: whether the caller needs zeros. */
static void *take(DrillArena *arena, size_t size, bool zeroed) {
    if (size > arena->bytes_max) {
        return NULL;
    }
    size_t size_class = class_of(size);
    FreeBlock *recycled = arena->free_lists[size_class];
    if (recycled != NULL) {
        arena->free_lists[size_class] = recycled->next;
        return zeroed ? memset(recycled, 0, size) : (void *)recycled;
    }
    size_t taken = class_size(size_class);
    if (taken > arena->bytes_max - arena->used) {
        return NULL;
    }
    uint8_t *block = (uint8_t *)arena + arena->used;
    if (zeroed && arena->used < arena->touched) {
        memset(block, 0, size);
    }
    arena->used += taken;
    if (arena->touched < arena->used) {
        arena->touched = arena->used;
    }
    return block;
}

static void give_back(DrillArena *arena, void *block, size_t size) {
    FreeBlock *freed = (FreeBlock *)block;
    size_t size_class = class_of(size);
    freed->next = arena->free_lists[size_class];
    arena->free_lists[size_class] = freed;
}

static void *block_resize(DrillArena *arena, void *block, size_t old_size, size_t new_size) {
    if (new_size == 0) {
        give_back(arena, block, old_size);
        return NULL;
    }
    if (new_size <= arena->bytes_max && class_of(old_size) == class_of(new_size)) {
        return block;
    }
    void *moved = take(arena, new_size, false);
    if (moved != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        give_back(arena, block, old_size);
    }
    return moved;
}

static void ring_insert(DrillArena *arena, MallocBlock *block) {
    block->next = &arena->ring;
    block->previous = arena->ring.previous;
    block->previous->next = block;
    arena->ring.previous = block;
}

static void *malloc_resize(DrillArena *arena, void *block, size_t old_size, size_t new_size) {
    MallocBlock *old = block == NULL ? NULL : (MallocBlock *)block - 1;
    if (new_size > arena->bytes_max ||
        arena->malloc_bytes - old_size > arena->bytes_max - new_size) {
        return NULL;
    }
    MallocBlock *fresh = NULL;
    if (new_size > 0) {
        fresh = (MallocBlock *)(old == NULL ? calloc(1, sizeof(MallocBlock) + new_size)
                                            : malloc(sizeof(MallocBlock) + new_size));
        if (fresh == NULL) {
            return NULL;
        }
        ring_insert(arena, fresh);
    }
    if (old != NULL) {
        if (fresh != NULL) {
            memcpy(fresh + 1, block, old_size < new_size ? old_size : new_size);
        }
        old->previous->next = old->next;
        old->next->previous = old->previous;
        free(old);
    }
    arena->malloc_bytes += new_size - old_size;
    if (arena->used < header_size() + arena->malloc_bytes) {
        arena->used = header_size() + arena->malloc_bytes;
    }
    return fresh == NULL ? NULL : fresh + 1;
}

/* NULL only when the arena is full (or new_size is 0). */
static void *try_resize(DrillArena *arena, void *block, size_t old_size, size_t new_size) {
    if (block == NULL && new_size == 0) {
        return NULL;
    }
    /* Lua passes the kind of object as the old size of a new block. */
    old_size = block == NULL ? 0 : old_size;
    if (arena->kind == DRILL_ARENA_MALLOC) {
        return malloc_resize(arena, block, old_size, new_size);
    }
    DRILL_ASSERT((uintptr_t)block % ALIGNMENT == 0 && (block == NULL || old_size > 0));
    return block == NULL ? take(arena, new_size, true)
                         : block_resize(arena, block, old_size, new_size);
}

_Noreturn static void is_full(DrillArena *arena) {
    void (*tell)(void *) = arena->tell_full;
    arena->tell_full = NULL; /* should it allocate after all */
    if (tell != NULL) {
        tell(arena->tell_context);
    } else {
        (void)fprintf(stderr, "mqttdrill: memory limit of %zu bytes reached\n", arena->bytes_max);
    }
    exit(3);
}

static void *arena_resize(void *context, void *block, size_t old_size, size_t new_size) {
    DrillArena *arena = (DrillArena *)context;
    void *resized = try_resize(arena, block, old_size, new_size);
    if (resized == NULL && new_size > 0) {
        is_full(arena);
    }
    return resized;
}

void drill_arena_on_full(DrillArena *arena, void (*tell)(void *context), void *context) {
    arena->tell_full = tell;
    arena->tell_context = context;
}

DrillAllocator drill_arena_allocator(DrillArena *arena) {
    DrillAllocator allocator = {arena_resize, arena};
    return allocator;
}

static void *limited_resize(void *context, void *block, size_t old_size, size_t new_size) {
    Limit *limit = (Limit *)context;
    old_size = block == NULL ? 0 : old_size;
    if (new_size > old_size && new_size - old_size > limit->bytes_max - limit->bytes) {
        return NULL;
    }
    /* Lua takes it for granted that a block can shrink: there a full arena ends the run. */
    void *resized = new_size < old_size ? arena_resize(limit->arena, block, old_size, new_size)
                                        : try_resize(limit->arena, block, old_size, new_size);
    if (resized != NULL || new_size == 0) {
        limit->bytes += new_size - old_size;
    }
    return resized;
}

DrillAllocator drill_arena_limited(DrillArena *arena, size_t bytes_max) {
    Limit *limit = DRILL_NEW(drill_arena_allocator(arena), Limit);
    limit->arena = arena;
    limit->bytes_max = bytes_max;
    DrillAllocator allocator = {limited_resize, limit};
    return allocator;
}

void drill_arena_set_root(DrillArena *arena, void *root) {
    arena->root = root;
}

void *drill_arena_root(const DrillArena *arena) {
    return arena->root;
}

size_t drill_arena_used(const DrillArena *arena) {
    return arena->used;
}

DrillSnapshot *drill_arena_save(const DrillArena *arena) {
    DRILL_ASSERT(arena->kind == DRILL_ARENA_BLOCK);
    DrillAllocator heap = drill_allocator_malloc();
    DrillSnapshot *snapshot = DRILL_NEW(heap, DrillSnapshot);
    snapshot->arena = arena;
    snapshot->size = arena->used;
    snapshot->bytes = (uint8_t *)malloc(arena->used);
    if (snapshot->bytes == NULL) {
        (void)fprintf(stderr, "mqttdrill: out of memory (%zu bytes asked for)\n", arena->used);
        exit(3);
    }
    memcpy(snapshot->bytes, arena, arena->used);
    return snapshot;
}

/* What lies above the restored part keeps the bytes of the timeline that was left, so `touched`
 * does not go back. */
void drill_arena_restore(DrillArena *arena, const DrillSnapshot *snapshot) {
    DRILL_ASSERT(snapshot->arena == arena);
    size_t touched = arena->touched;
    memcpy(arena, snapshot->bytes, snapshot->size);
    arena->touched = touched;
}

void drill_snapshot_free(DrillSnapshot *snapshot) {
    if (snapshot != NULL) {
        free(snapshot->bytes);
        free(snapshot);
    }
}
