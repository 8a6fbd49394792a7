/* The product's event queue, through its own interface, in the models of model.h. One measurement
 * per process; bench.lua runs them in turn with the other engines.
 *
 * bench_queue hold PENDING EVENTS
 * bench_queue rearm CONNECTIONS PACKETS      each packet moves the timer
 * bench_queue rearm_add CONNECTIONS PACKETS  each packet cancels it and adds another */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model.h"
#include "sim/queue.h"

#define ARENA_BYTES ((size_t)1 << 30)

typedef struct Engine Engine;
/* Every event touches one of its own, as events in a simulation do. */
typedef struct Object {
    Engine *engine;
    uint64_t fired;
    DrillEventHandle timer;
    uint64_t spare;
} Object;

struct Engine {
    BenchModel model;
    DrillQueue *queue;
    Object *objects;
};

static void hold_event(void *context, uint64_t argument, uint64_t now_ns) {
    Object *object = context;
    Engine *engine = object->engine;
    object->fired++;
    if (bench_count(&engine->model, now_ns)) {
        drill_queue_add(engine->queue, now_ns + bench_delay_ns(&engine->model), hold_event, object,
                        argument);
    }
}

static void keep_alive_event(void *context, uint64_t argument, uint64_t now_ns) {
    Object *object = context;
    object->timer = drill_queue_add(object->engine->queue, now_ns + BENCH_KEEP_ALIVE_NS,
                                    keep_alive_event, object, argument);
}

/* `argument` is not 0: move the timer. */
static void packet_event(void *context, uint64_t argument, uint64_t now_ns) {
    Object *object = context;
    Engine *engine = object->engine;
    object->fired++;
    if (!bench_count(&engine->model, now_ns)) {
        return;
    }
    if (argument != 0) {
        drill_queue_move(engine->queue, object->timer, now_ns + BENCH_KEEP_ALIVE_NS);
    } else {
        drill_queue_cancel(engine->queue, object->timer);
        keep_alive_event(object, 0, now_ns);
    }
    drill_queue_add(engine->queue, now_ns + bench_delay_ns(&engine->model), packet_event, object,
                    argument);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: bench_queue hold|rearm|rearm_add PENDING EVENTS\n");
        return 2;
    }
    bool hold = strcmp(argv[1], "hold") == 0, move = strcmp(argv[1], "rearm") == 0;
    uint64_t count = strtoull(argv[2], NULL, 10), events = strtoull(argv[3], NULL, 10);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    if (arena == NULL) return 1;
    DrillAllocator allocator = drill_arena_allocator(arena);
    Engine engine = {.queue = drill_queue_new(allocator)};
    engine.objects = DRILL_NEW_ARRAY(allocator, Object, count);
    bench_start(&engine.model, hold ? bench_hold_warm(count, events) : bench_rearm_warm(count),
                events);
    for (uint64_t i = 0; i < count; i++) {
        Object *object = &engine.objects[i];
        object->engine = &engine;
        if (!hold) keep_alive_event(object, 0, 0);
        drill_queue_add(engine.queue, bench_delay_ns(&engine.model),
                        hold ? hold_event : packet_event, object, move ? 1 : 0);
    }
    while (!engine.model.stopped) {
        drill_queue_fire(engine.queue);
    }
    bench_print(&engine.model);
    drill_arena_free(arena);
    return 0;
}
