/* The arena against a model of it: which blocks exist, and what is in them. */
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "unit/suite.h"

#define SLOTS       64
#define ARENA_BYTES ((size_t)64 << 20)

typedef struct Slot {
    uint8_t *block;
    size_t size;
    uint8_t fill;
} Slot;

typedef struct Model {
    DrillAllocator allocator;
    DrillStream stream;
    uint64_t step;
    Slot slots[SLOTS];
} Model;

static uint64_t draw(Model *model, uint32_t purpose, uint64_t bound) {
    return drill_stream_below(model->stream, model->step, purpose, bound);
}

static void verify_slot(const Slot *slot, size_t size) {
    if (size > 0) {
        ck_assert_uint_eq(slot->block[0], slot->fill);
        ck_assert_int_eq(memcmp(slot->block, slot->block + 1, size - 1), 0);
    }
}

static void verify(const Model *model) {
    for (size_t i = 0; i < SLOTS; i++) {
        verify_slot(&model->slots[i], model->slots[i].size);
    }
}

static void fill(Slot *slot, uint8_t byte) {
    slot->fill = byte;
    memset(slot->block, byte, slot->size);
}

/* Allocates, frees or resizes one block; most are small, some are large. */
static void step(Model *model) {
    model->step++;
    Slot *slot = &model->slots[draw(model, 0, SLOTS)];
    size_t size = (size_t)draw(model, 1, UINT64_C(1) << draw(model, 2, 15)) + 1;
    uint8_t byte = (uint8_t)draw(model, 3, 256);
    if (slot->block == NULL) {
        slot->block = drill_allocate(model->allocator, size);
        slot->size = size;
        slot->fill = 0;
        ck_assert_uint_eq((uintptr_t)slot->block % 16, 0);
        verify_slot(slot, size);
        fill(slot, byte);
    } else if (draw(model, 4, 3) == 0) {
        drill_release(model->allocator, slot->block, slot->size);
        slot->block = NULL;
        slot->size = 0;
    } else {
        slot->block = drill_reallocate(model->allocator, slot->block, slot->size, size);
        verify_slot(slot, size < slot->size ? size : slot->size);
        slot->size = size;
        fill(slot, byte);
    }
}

static void run_model(Model *model, int steps) {
    for (int i = 0; i < steps; i++) {
        step(model);
        if (i % 64 == 0) {
            verify(model);
        }
    }
    verify(model);
}

START_TEST(random_workload) {
    DrillArenaKind kind = _i == 0 ? DRILL_ARENA_BLOCK : DRILL_ARENA_MALLOC;
    DrillArena *arena = drill_arena_new(kind, ARENA_BYTES);
    Model model = {.allocator = drill_arena_allocator(arena), .stream = drill_stream(1, "arena")};
    run_model(&model, 4000);
    drill_arena_free(arena);
}
END_TEST

/* After a restore the same steps give the same blocks at the same places: nothing of the arena lies
 * outside the block. */
START_TEST(save_and_restore) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    Model model = {.allocator = drill_arena_allocator(arena), .stream = drill_stream(2, "arena")};
    run_model(&model, 1500);
    drill_arena_set_root(arena, model.slots[0].block);
    Model saved = model;
    DrillSnapshot *snapshot = drill_arena_save(arena);
    size_t used_saved = drill_arena_used(arena);

    run_model(&model, 2000);
    drill_arena_set_root(arena, NULL);
    Model after = model;
    size_t used_after = drill_arena_used(arena);
    ck_assert_uint_gt(used_after, used_saved);

    for (int again = 0; again < 3; again++) {
        drill_arena_restore(arena, snapshot);
        ck_assert_ptr_eq(drill_arena_root(arena), saved.slots[0].block);
        ck_assert_uint_eq(drill_arena_used(arena), used_saved);
        model = saved;
        verify(&model);
        run_model(&model, 2000);
        ck_assert_mem_eq(&model, &after, sizeof model);
        ck_assert_uint_eq(drill_arena_used(arena), used_after);
    }
    drill_snapshot_free(snapshot);
    drill_arena_free(arena);
}
END_TEST

START_TEST(same_class_stays_in_place) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DrillAllocator allocator = drill_arena_allocator(arena);
    static const size_t pairs[][2] = {{1, 16}, {33, 48}, {65, 80}, {129, 160}, {1025, 1280}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(pairs); i++) {
        void *block = drill_allocate(allocator, pairs[i][0]);
        ck_assert_ptr_eq(drill_reallocate(allocator, block, pairs[i][0], pairs[i][1]), block);
        void *moved = drill_reallocate(allocator, block, pairs[i][1], pairs[i][1] + 1);
        ck_assert_ptr_ne(moved, block);
        ck_assert_ptr_eq(drill_allocate(allocator, pairs[i][0]), block);
    }
    drill_arena_free(arena);
}
END_TEST

/* A quarter at most is lost to rounding, for every size. */
START_TEST(classes_are_tight) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 30);
    DrillAllocator allocator = drill_arena_allocator(arena);
    for (size_t size = 1; size < 5000; size++) {
        size_t before = drill_arena_used(arena);
        void *block = drill_allocate(allocator, size);
        memset(block, 0xff, size);
        size_t taken = drill_arena_used(arena) - before;
        if (taken != 0) { /* first of its class, or the list was empty */
            ck_assert_uint_ge(taken, size);
            ck_assert_uint_le(taken, size < 64 ? size + 15 : size + size / 4);
        }
    }
    drill_arena_free(arena);
}
END_TEST

START_TEST(recycled_memory_is_zeroed) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DrillAllocator allocator = drill_arena_allocator(arena);
    uint8_t *block = drill_allocate(allocator, 100);
    memset(block, 0xee, 100);
    drill_release(allocator, block, 100);
    uint8_t *again = drill_allocate(allocator, 112);
    ck_assert_ptr_eq(again, block);
    for (size_t i = 0; i < 112; i++) {
        ck_assert_uint_eq(again[i], 0);
    }
    drill_arena_free(arena);
}
END_TEST

/* What a left timeline wrote above the saved part must not shine through. */
START_TEST(fresh_memory_after_restore_is_zeroed) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DrillAllocator allocator = drill_arena_allocator(arena);
    DrillSnapshot *snapshot = drill_arena_save(arena);
    uint8_t *block = drill_allocate(allocator, 1000);
    memset(block, 0xdd, 1000);
    drill_arena_restore(arena, snapshot);
    uint8_t *again = drill_allocate(allocator, 1000);
    ck_assert_ptr_eq(again, block);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(again[i], 0);
    }
    drill_snapshot_free(snapshot);
    drill_arena_free(arena);
}
END_TEST

START_TEST(limited) {
    DrillArena *arena =
        drill_arena_new(_i == 0 ? DRILL_ARENA_BLOCK : DRILL_ARENA_MALLOC, ARENA_BYTES);
    DrillAllocator lua = drill_arena_limited(arena, 1000);
    /* Lua gives a type tag as the old size of a new block. */
    void *first = lua.resize(lua.context, NULL, 5, 600);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(lua.resize(lua.context, NULL, 5, 401));
    ck_assert_ptr_null(lua.resize(lua.context, first, 600, 1001));
    first = lua.resize(lua.context, first, 600, 1000);
    ck_assert_ptr_nonnull(first);
    first = lua.resize(lua.context, first, 1000, 100);
    ck_assert_ptr_nonnull(first);
    void *second = lua.resize(lua.context, NULL, 0, 900);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(lua.resize(lua.context, NULL, 0, 1));
    ck_assert_ptr_null(lua.resize(lua.context, first, 100, 0));
    ck_assert_ptr_nonnull(lua.resize(lua.context, NULL, 0, 100));
    ck_assert_ptr_null(lua.resize(lua.context, NULL, 0, 0));
    drill_arena_free(arena);
}
END_TEST

/* The cap of Lua is larger than the arena: Lua still gets NULL, and the run goes on. */
START_TEST(limited_in_a_full_arena) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 16);
    DrillAllocator lua = drill_arena_limited(arena, ARENA_BYTES);
    ck_assert_ptr_null(lua.resize(lua.context, NULL, 0, (size_t)1 << 17));
    ck_assert_ptr_nonnull(lua.resize(lua.context, NULL, 0, 1000));
    drill_arena_free(arena);
}
END_TEST

START_TEST(running_out) {
    DrillArena *arena =
        drill_arena_new(_i == 0 ? DRILL_ARENA_BLOCK : DRILL_ARENA_MALLOC, (size_t)1 << 16);
    DrillAllocator allocator = drill_arena_allocator(arena);
    for (int i = 0; i < 1000; i++) {
        (void)drill_allocate(allocator, 1000);
    }
}
END_TEST

START_TEST(a_size_beyond_every_class) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 16);
    (void)drill_allocate(drill_arena_allocator(arena), SIZE_MAX);
}
END_TEST

START_TEST(malloc_kind_cannot_be_saved) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, ARENA_BYTES);
    (void)drill_arena_save(arena);
}
END_TEST

START_TEST(two_arenas) {
    DrillArena *a = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DrillArena *b = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    drill_arena_free(b);
    drill_arena_free(a);
    drill_arena_free(NULL);
}
END_TEST

START_TEST(shorthands) {
    DrillAllocator allocator = drill_allocator_malloc();
    char *string = drill_copy_string(allocator, "abc");
    ck_assert_str_eq(string, "abc");
    DrillSpan span = drill_copy_span(allocator, drill_span("a\0b", 3));
    ck_assert_mem_eq(span.data, "a\0b", 3);
    ck_assert_ptr_null(drill_copy_span(allocator, drill_span(NULL, 0)).data);
    uint32_t *numbers = DRILL_NEW_ARRAY(allocator, uint32_t, 10);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_uint_eq(numbers[i], 0);
    }
    drill_release(allocator, string, 4);
    drill_release(allocator, (void *)(uintptr_t)span.data, span.size);
    drill_release(allocator, numbers, sizeof(uint32_t) * 10);
    drill_release(allocator, NULL, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/arena");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, save_and_restore);
    tcase_add_test(tests, same_class_stays_in_place);
    tcase_add_test(tests, classes_are_tight);
    tcase_add_test(tests, recycled_memory_is_zeroed);
    tcase_add_test(tests, fresh_memory_after_restore_is_zeroed);
    tcase_add_test(tests, limited_in_a_full_arena);
    tcase_add_test(tests, two_arenas);
    tcase_add_test(tests, shorthands);
    tcase_add_loop_test(tests, random_workload, 0, 2);
    tcase_add_loop_test(tests, limited, 0, 2);
    tcase_add_loop_exit_test(tests, running_out, 3, 0, 2);
    tcase_add_exit_test(tests, a_size_beyond_every_class, 3);
    tcase_add_test_raise_signal(tests, malloc_kind_cannot_be_saved, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
