/* The event queue against a plain binary heap: hold model (N pending events, each reschedules
 * itself after an exponential delay) and re-arm model (every packet moves its connection's
 * keep-alive). Million events per CPU second.
 *
 * bench_queue            the whole table
 * bench_queue --check    only that events fire in the known order; no timing */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "sim/queue.h"

#define BENCH_ARENA_BYTES ((size_t)1 << 30)
#define CHECKSUM_START    UINT64_C(1469598103934665603)
#define CHECKSUM_PRIME    UINT64_C(1099511628211)

typedef struct Hold {
    uint64_t random[2];
    uint64_t fired;
    uint64_t warm;  /* timing starts after so many */
    uint64_t total; /* and ends here */
    uint64_t checksum;
    double cpu_begin_s;
    double cpu_end_s;
    bool stop;
    DrillQueue *queue;
    DrillEventHandle *timers; /* re-arm model: one per connection */
} Hold;

static double cpu_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* xoroshiro128+ (Blackman, Vigna), and an exponential delay with mean 1 s. */
static uint64_t next_random(Hold *hold) {
    uint64_t a = hold->random[0];
    uint64_t b = hold->random[1];
    uint64_t sum = a + b;
    b ^= a;
    hold->random[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    hold->random[1] = (b << 37) | (b >> 27);
    return sum;
}

static uint64_t next_delay_ns(Hold *hold) {
    double uniform = (double)((next_random(hold) >> 11) + 1) * (1.0 / 9007199254740993.0);
    return (uint64_t)(-log(uniform) * 1e9);
}

static Hold start_hold(uint64_t pending, uint64_t events) {
    Hold hold = {.random = {UINT64_C(0x9E3779B97F4A7C15), UINT64_C(0xD1B54A32D192ED03)},
                 .checksum = CHECKSUM_START};
    hold.warm = 2 * pending > events / 4 ? events / 4 : 2 * pending;
    hold.total = hold.warm + events;
    return hold;
}

/* What every event does in both engines. False: enough. */
static bool count_event(Hold *hold, uint64_t now_ns) {
    hold->fired++;
    hold->checksum = (hold->checksum ^ now_ns) * CHECKSUM_PRIME;
    if (hold->fired == hold->warm) {
        hold->cpu_begin_s = cpu_s();
    } else if (hold->fired == hold->total) {
        hold->cpu_end_s = cpu_s();
        hold->stop = true;
        return false;
    }
    return true;
}

static void hold_event(void *context, uint64_t argument, uint64_t now_ns) {
    Hold *hold = context;
    if (count_event(hold, now_ns)) {
        drill_queue_add(hold->queue, now_ns + next_delay_ns(hold), hold_event, hold, argument);
    }
}

static Hold run_queue(uint64_t pending, uint64_t events) {
    Hold hold = start_hold(pending, events);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, BENCH_ARENA_BYTES);
    if (arena == NULL) exit(1);
    hold.queue = drill_queue_new(drill_arena_allocator(arena));
    for (uint64_t i = 0; i < pending; i++) {
        drill_queue_add(hold.queue, next_delay_ns(&hold), hold_event, &hold, i);
    }
    while (!hold.stop) {
        drill_queue_fire(hold.queue);
    }
    drill_arena_free(arena);
    return hold;
}

/* The yardstick: a binary heap as in any textbook, entries of (time, sequence, function, context,
 * argument). */
typedef struct PlainEvent {
    uint64_t at_ns;
    uint64_t sequence;
    bool (*function)(Hold *hold, uint64_t now_ns);
    Hold *hold;
    uint64_t argument;
} PlainEvent;

typedef struct PlainHeap {
    PlainEvent *events;
    size_t count;
    uint64_t sequence;
} PlainHeap;

static bool plain_before(const PlainEvent *a, const PlainEvent *b) {
    return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->sequence < b->sequence);
}

static void plain_push(PlainHeap *heap, PlainEvent event) {
    event.sequence = heap->sequence++;
    size_t index = heap->count++;
    while (index > 0 && plain_before(&event, &heap->events[(index - 1) / 2])) {
        heap->events[index] = heap->events[(index - 1) / 2];
        index = (index - 1) / 2;
    }
    heap->events[index] = event;
}

static PlainEvent plain_pop(PlainHeap *heap) {
    PlainEvent top = heap->events[0];
    PlainEvent last = heap->events[--heap->count];
    size_t index = 0;
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count &&
            plain_before(&heap->events[child + 1], &heap->events[child])) {
            child++;
        }
        if (!plain_before(&heap->events[child], &last)) break;
        heap->events[index] = heap->events[child];
        index = child;
    }
    heap->events[index] = last;
    return top;
}

static Hold run_plain(uint64_t pending, uint64_t events) {
    Hold hold = start_hold(pending, events);
    PlainHeap heap = {.events = malloc((pending + 1) * sizeof(PlainEvent))};
    if (heap.events == NULL) exit(1);
    for (uint64_t i = 0; i < pending; i++) {
        PlainEvent event = {next_delay_ns(&hold), 0, count_event, &hold, i};
        plain_push(&heap, event);
    }
    while (!hold.stop) {
        PlainEvent event = plain_pop(&heap);
        if (event.function(event.hold, event.at_ns)) {
            event.at_ns += next_delay_ns(&hold);
            plain_push(&heap, event);
        }
    }
    free(heap.events);
    return hold;
}

enum { KEEP_ALIVE_S = 90 };

static void keep_alive_event(void *context, uint64_t argument, uint64_t now_ns) {
    Hold *hold = context;
    hold->timers[argument] = drill_queue_add(hold->queue, now_ns + KEEP_ALIVE_S * DRILL_NS_PER_S,
                                             keep_alive_event, hold, argument);
}

static void packet_event(void *context, uint64_t argument, uint64_t now_ns) {
    Hold *hold = context;
    if (count_event(hold, now_ns)) {
        drill_queue_move(hold->queue, hold->timers[argument],
                         now_ns + KEEP_ALIVE_S * DRILL_NS_PER_S);
        drill_queue_add(hold->queue, now_ns + next_delay_ns(hold), packet_event, hold, argument);
    }
}

static Hold run_rearm(uint64_t connections, uint64_t packets, size_t *bytes) {
    Hold hold = start_hold(connections, packets);
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, BENCH_ARENA_BYTES);
    if (arena == NULL) exit(1);
    hold.queue = drill_queue_new(drill_arena_allocator(arena));
    hold.timers = DRILL_NEW_ARRAY(drill_arena_allocator(arena), DrillEventHandle, connections);
    for (uint64_t i = 0; i < connections; i++) {
        keep_alive_event(&hold, i, 0);
        drill_queue_add(hold.queue, next_delay_ns(&hold), packet_event, &hold, i);
    }
    while (!hold.stop) {
        drill_queue_fire(hold.queue);
    }
    *bytes = drill_arena_used(arena);
    drill_arena_free(arena);
    return hold;
}

static double rate(const Hold *hold) {
    return (double)(hold->total - hold->warm) / (hold->cpu_end_s - hold->cpu_begin_s) / 1e6;
}

typedef struct Row {
    uint64_t pending;
    uint64_t checksum;
    double goal;
} Row;

static const Row rows[] = {
    {1000, UINT64_C(0x67347030ab60c2f0), 12.0},
    {10000, UINT64_C(0x97505cb8bd7120d8), 10.0},
    {100000, UINT64_C(0x4f397f54cdc18522), 4.0},
    {1000000, UINT64_C(0x5ad091c78d029ad9), 2.3},
};

int main(int argc, char **argv) {
    const uint64_t events = 2000000;
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    size_t count = check ? 1 : sizeof(rows) / sizeof(rows[0]);
    bool good = true;
    printf("pending   queue  goal   plain heap  checksum\n");
    for (size_t i = 0; i < count; i++) {
        Hold ours = run_queue(rows[i].pending, events);
        Hold plain = run_plain(rows[i].pending, events);
        bool same = ours.checksum == rows[i].checksum && plain.checksum == rows[i].checksum;
        printf("%7llu  %6.2f  %4.1f   %6.2f      %016llx %s\n", (unsigned long long)rows[i].pending,
               rate(&ours), rows[i].goal, rate(&plain), (unsigned long long)ours.checksum,
               same ? "as known" : "WRONG ORDER");
        good = good && same;
    }
    if (!check) {
        size_t bytes = 0;
        Hold rearm = run_rearm(10000, 4000000, &bytes);
        printf("re-arm, 10000 connections: %.2f (goal 8), %.2f MB (goal 8)\n", rate(&rearm),
               (double)bytes / 1e6);
    }
    return good ? 0 : 1;
}
