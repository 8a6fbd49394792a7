/* The yardstick in plain C: heaps as in any textbook, without handles, cancelling or moving, in the
 * models of model.h.
 *
 * bench_plain heap2|heap4|heap4_fused PENDING EVENTS  hold model: binary; 4-ary; 4-ary, where the
 *                                                     event that fired is replaced in place
 * bench_plain rearm CONNECTIONS PACKETS               4-ary, fused; a timer has one entry and a
 *                                                     deadline that moves: an entry that surfaces
 *                                                     too early goes back in */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define NUMBER_BITS 24u
#define LINE_BYTES  64u

/* Time and key compared as one number: no branch that a random order mispredicts. */
__extension__ typedef unsigned __int128 Order;

typedef struct Entry {
    uint64_t key; /* sequence number above, object below: equal times keep their order */
    uint64_t at_ns;
} Entry;

typedef struct Heap {
    Entry *entries;
    size_t count;
    uint64_t sequence;
} Heap;

typedef struct Object Object;
struct Object {
    void (*fire)(Object *object);
    BenchModel *model;
    uint64_t fired;
    uint64_t deadline_ns;
};

static inline Order order_of(Entry entry) {
    return (Order)entry.at_ns << 64 | entry.key;
}

/* `arity` is a constant wherever these two are called. */
static inline void push(Heap *heap, size_t arity, uint64_t at_ns, uint64_t number) {
    Entry entry = {heap->sequence++ << NUMBER_BITS | number, at_ns};
    size_t at = heap->count++;
    while (at > 0 && order_of(entry) < order_of(heap->entries[(at - 1) / arity])) {
        heap->entries[at] = heap->entries[(at - 1) / arity];
        at = (at - 1) / arity;
    }
    heap->entries[at] = entry;
}

static inline void sift_down(Heap *heap, size_t arity, Entry entry) {
    Entry *entries = heap->entries;
    size_t at = 0, count = heap->count;
    Order order = order_of(entry);
    for (;;) {
        size_t first = at * arity + 1, least = first;
        if (first >= count) break;
        Order least_order = order_of(entries[first]);
        size_t children = count - first < arity ? count - first : arity;
        if (children == arity) { /* the usual case, with a count the compiler knows */
            for (size_t i = 1; i < arity; i++) {
                Order other = order_of(entries[first + i]);
                bool less = other < least_order;
                least = less ? first + i : least;
                least_order = less ? other : least_order;
            }
        } else {
            for (size_t i = 1; i < children; i++) {
                Order other = order_of(entries[first + i]);
                least = other < least_order ? first + i : least;
                least_order = other < least_order ? other : least_order;
            }
        }
        if (least_order >= order) break;
        entries[at] = entries[least];
        at = least;
    }
    entries[at] = entry;
}

static void touch(Object *object) {
    object->fired++;
}

static inline void run_hold(Heap *heap, size_t arity, bool fused, Object *objects) {
    BenchModel *model = objects[0].model;
    for (;;) {
        Entry top = heap->entries[0];
        uint64_t number = top.key & ((UINT64_C(1) << NUMBER_BITS) - 1);
        if (!fused) sift_down(heap, arity, heap->entries[--heap->count]);
        objects[number].fire(&objects[number]);
        if (!bench_count(model, top.at_ns)) return;
        uint64_t next_ns = top.at_ns + bench_delay_ns(model);
        if (fused) {
            Entry next = {heap->sequence++ << NUMBER_BITS | number, next_ns};
            sift_down(heap, arity, next);
        } else {
            push(heap, arity, next_ns, number);
        }
    }
}

/* Odd numbers are keep-alives, even ones packets. */
static void run_rearm(Heap *heap, Object *objects) {
    BenchModel *model = objects[0].model;
    for (;;) {
        Entry top = heap->entries[0], next = {.key = 0};
        uint64_t number = top.key & ((UINT64_C(1) << NUMBER_BITS) - 1);
        Object *object = &objects[number / 2];
        if (number % 2 == 0) {
            object->fire(object);
            if (!bench_count(model, top.at_ns)) return;
            object->deadline_ns = top.at_ns + BENCH_KEEP_ALIVE_NS;
            next.at_ns = top.at_ns + bench_delay_ns(model);
        } else {
            if (object->deadline_ns <= top.at_ns) {
                object->deadline_ns = top.at_ns + BENCH_KEEP_ALIVE_NS;
            }
            next.at_ns = object->deadline_ns;
        }
        next.key = heap->sequence++ << NUMBER_BITS | number;
        sift_down(heap, 4, next);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: bench_plain heap2|heap4|heap4_fused|rearm PENDING EVENTS\n");
        return 2;
    }
    bool rearm = strcmp(argv[1], "rearm") == 0, binary = strcmp(argv[1], "heap2") == 0;
    uint64_t count = strtoull(argv[2], NULL, 10), events = strtoull(argv[3], NULL, 10);
    BenchModel model;
    bench_start(&model, rearm ? bench_rearm_warm(count) : bench_hold_warm(count, events), events);
    void *block = NULL;
    Object *objects = calloc(count, sizeof(Object));
    if (posix_memalign(&block, LINE_BYTES, (2 * count + 8) * sizeof(Entry)) != 0 || !objects)
        return 1;
    /* The first child, entry 1, begins a cache line, and so does every group of four children. */
    Heap heap = {.entries = (Entry *)block + (binary ? 1 : 3)};
    for (uint64_t i = 0; i < count; i++) {
        objects[i] = (Object){touch, &model, 0, BENCH_KEEP_ALIVE_NS};
        if (rearm) push(&heap, 4, BENCH_KEEP_ALIVE_NS, 2 * i + 1);
        push(&heap, binary ? 2 : 4, bench_delay_ns(&model), rearm ? 2 * i : i);
    }
    if (rearm) {
        run_rearm(&heap, objects);
    } else if (binary) {
        run_hold(&heap, 2, false, objects);
    } else if (strcmp(argv[1], "heap4") == 0) {
        run_hold(&heap, 4, false, objects);
    } else {
        run_hold(&heap, 4, true, objects);
    }
    bench_print(&model);
    free(objects);
    free(block);
    return 0;
}
