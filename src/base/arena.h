/* The run arena: all mutable state of one run in one block at one address, so that a run can be
 * saved, rewound and continued by copying that block (decision 7 of docs/architecture.md). */
#ifndef DRILL_BASE_ARENA_H
#define DRILL_BASE_ARENA_H

#include <mqttdrill/base.h>

typedef struct DrillArena DrillArena;

typedef enum DrillArenaKind {
    DRILL_ARENA_BLOCK, /* one mapping; can be saved */
    /* every allocation its own malloc, so that valgrind and asan see its edges; cannot be saved */
    DRILL_ARENA_MALLOC
} DrillArenaKind;

/* Reserves `bytes_max` of address space (memory is used only as touched). NULL: the system said no.
 * The DrillArena header itself lies at the start of the block. The same address is asked for in
 * every process. */
DrillArena *drill_arena_new(DrillArenaKind kind, size_t bytes_max);
void drill_arena_free(DrillArena *arena);

/* The general allocator: size classes with free lists, O(1), 16-byte aligned, nothing outside the
 * block. Running out prints "memory limit of N bytes reached" and exits with status 3. */
DrillAllocator drill_arena_allocator(DrillArena *arena);
/* What is done, once, when it runs out, instead of printing: it must not allocate from the arena.
 * The exit with status 3 follows. Saved and restored with the rest. */
void drill_arena_on_full(DrillArena *arena, void (*tell)(void *context), void *context);
/* The same memory for the Lua state, with its own cap; returns NULL when the cap is reached (Lua
 * then raises an error). */
DrillAllocator drill_arena_limited(DrillArena *arena, size_t bytes_max);
/* lua_Alloc-compatible use of drill_arena_limited: call .resize(.context, ...). */

/* One pointer from which everything else in the arena is reached; survives save and restore. */
void drill_arena_set_root(DrillArena *arena, void *root);
void *drill_arena_root(const DrillArena *arena);
size_t drill_arena_used(const DrillArena *arena); /* high-water mark, bytes */

/* A copy of the block's used part, outside the arena (malloc). Restoring puts the bytes back at the
 * same address. */
typedef struct DrillSnapshot DrillSnapshot;
DrillSnapshot *drill_arena_save(const DrillArena *arena);
void drill_arena_restore(DrillArena *arena, const DrillSnapshot *snapshot);
void drill_snapshot_free(DrillSnapshot *snapshot);

/* Typed shorthands over any allocator. New memory is zeroed. */
#define DRILL_NEW(allocator, Type) ((Type *)drill_allocate((allocator), sizeof(Type)))
#define DRILL_NEW_ARRAY(allocator, Type, count)                                                    \
    ((Type *)drill_allocate((allocator), sizeof(Type) * (size_t)(count)))
void *drill_allocate(DrillAllocator allocator, size_t size);
void *drill_reallocate(DrillAllocator allocator, void *block, size_t old_size, size_t new_size);
void drill_release(DrillAllocator allocator, void *block, size_t size);
/* A NUL-terminated copy. */
char *drill_copy_string(DrillAllocator allocator, const char *string);
DrillSpan drill_copy_span(DrillAllocator allocator, DrillSpan span);

#endif
