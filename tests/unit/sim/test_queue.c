/* The event queue against a naive one: an unsorted array searched for its least (time, sequence).
 */
#include "base/arena.h"
#include "base/base.h"
#include "draw.h"
#include "sim/queue.h"
#include "unit/suite.h"

static DrillArena *arena;
static DrillAllocator allocator;
static DrillQueue *queue;

static void setup(void) {
    arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)512 << 20);
    ck_assert_ptr_nonnull(arena);
    allocator = drill_arena_allocator(arena);
    queue = drill_queue_new(allocator);
}

static void teardown(void) {
    drill_queue_free(queue);
    drill_arena_free(arena);
}

/* What fired, in order. */
static uint64_t fired[64];
static uint64_t fired_ns[64];
static size_t fired_count;

static void note(void *context, uint64_t argument, uint64_t now_ns) {
    (void)context;
    if (fired_count < DRILL_ARRAY_COUNT(fired)) {
        fired[fired_count] = argument;
        fired_ns[fired_count] = now_ns;
    }
    fired_count++;
}

static void fire_all(void) {
    fired_count = 0;
    while (drill_queue_fire(queue)) {
    }
}

START_TEST(empty_queue) {
    ck_assert(!drill_queue_fire(queue));
    ck_assert_uint_eq(drill_queue_next_ns(queue), DRILL_NEVER);
    ck_assert_uint_eq(drill_queue_count(queue), 0);
    ck_assert_uint_eq(drill_queue_now_ns(queue), 0);
    ck_assert(!drill_queue_cancel(queue, 0));
    ck_assert(!drill_queue_move(queue, 0, 5));
    ck_assert(!drill_queue_cancel(queue, 12345678)); /* never given out */
    ck_assert(!drill_queue_cancel(queue, UINT64_MAX));
}
END_TEST

START_TEST(equal_times_fire_in_the_order_they_were_added) {
    for (uint64_t i = 0; i < 50; i++) {
        drill_queue_add(queue, 7, note, NULL, i);
    }
    fire_all();
    ck_assert_uint_eq(fired_count, 50);
    for (uint64_t i = 0; i < 50; i++) {
        ck_assert_uint_eq(fired[i], i);
    }
}
END_TEST

START_TEST(moving_counts_as_adding_anew) {
    DrillEventHandle a = drill_queue_add(queue, 10, note, NULL, 1);
    drill_queue_add(queue, 10, note, NULL, 2);
    ck_assert(drill_queue_move(queue, a, 10)); /* same time, but behind now */
    drill_queue_add(queue, 20, note, NULL, 3);
    DrillEventHandle d = drill_queue_add(queue, 30, note, NULL, 4);
    ck_assert(drill_queue_move(queue, d, 50)); /* later ... */
    ck_assert(drill_queue_move(queue, d, 40)); /* ... and back, not before its old place */
    ck_assert(drill_queue_move(queue, d, 20)); /* earlier */
    drill_queue_add(queue, 20, note, NULL, 5);
    ck_assert_uint_eq(drill_queue_count(queue), 5);
    fire_all();
    uint64_t expected[] = {2, 1, 3, 4, 5};
    ck_assert_uint_eq(fired_count, 5);
    ck_assert_mem_eq(fired, expected, sizeof(expected));
    ck_assert_uint_eq(fired_ns[3], 20);
}
END_TEST

START_TEST(stale_handles_are_recognised) {
    DrillEventHandle first = drill_queue_add(queue, 10, note, NULL, 1);
    ck_assert(drill_queue_cancel(queue, first));
    ck_assert(!drill_queue_cancel(queue, first));
    ck_assert(!drill_queue_move(queue, first, 20));
    DrillEventHandle second = drill_queue_add(queue, 10, note, NULL, 2); /* takes over the slot */
    ck_assert_uint_ne(first, second);
    ck_assert(!drill_queue_cancel(queue, first));
    fire_all();
    ck_assert_uint_eq(fired_count, 1);
    ck_assert_uint_eq(fired[0], 2);
    ck_assert(!drill_queue_cancel(queue, second));
    ck_assert(!drill_queue_move(queue, second, 20));
}
END_TEST

typedef struct Inside {
    DrillEventHandle own;
    DrillEventHandle other;
} Inside;

/* From inside an event: its own handle is stale, the time asked for is that of the next one, adding
 * and cancelling work. */
static void look_around(void *context, uint64_t argument, uint64_t now_ns) {
    Inside *inside = context;
    (void)argument;
    ck_assert_uint_eq(now_ns, 10);
    ck_assert_uint_eq(drill_queue_now_ns(queue), 10);
    ck_assert(!drill_queue_cancel(queue, inside->own));
    ck_assert_uint_eq(drill_queue_count(queue), 2);
    ck_assert_uint_eq(drill_queue_next_ns(queue), 15);
    ck_assert(drill_queue_cancel(queue, inside->other));
    ck_assert_uint_eq(drill_queue_next_ns(queue), 30);
    drill_queue_add(queue, 10, note, NULL, 77);
    ck_assert_uint_eq(drill_queue_next_ns(queue), 10);
    drill_queue_add(queue, 25, note, NULL, 78);
}

START_TEST(inside_an_event) {
    Inside inside;
    inside.own = drill_queue_add(queue, 10, look_around, &inside, 0);
    inside.other = drill_queue_add(queue, 15, note, NULL, 1);
    drill_queue_add(queue, 30, note, NULL, 2);
    fire_all();
    uint64_t expected[] = {77, 78, 2};
    ck_assert_uint_eq(fired_count, 3);
    ck_assert_mem_eq(fired, expected, sizeof(expected));
}
END_TEST

START_TEST(advance_moves_time_without_an_event) {
    drill_queue_add(queue, 100, note, NULL, 1);
    drill_queue_advance(queue, 60);
    ck_assert_uint_eq(drill_queue_now_ns(queue), 60);
    drill_queue_advance(queue, 100);
    fire_all();
    ck_assert_uint_eq(fired_count, 1);
    drill_queue_advance(queue, 5000);
    ck_assert_uint_eq(drill_queue_now_ns(queue), 5000);
}
END_TEST

START_TEST(advance_not_past_the_next_event) {
    drill_queue_add(queue, 100, note, NULL, 1);
    drill_queue_advance(queue, 101); /* asserts */
}
END_TEST

START_TEST(adding_in_the_past_is_a_broken_invariant) {
    drill_queue_add(queue, 100, note, NULL, 1);
    fire_all();
    drill_queue_add(queue, 99, note, NULL, 1);
}
END_TEST

START_TEST(never_is_a_time_like_any_other) {
    drill_queue_add(queue, DRILL_NEVER, note, NULL, 2);
    drill_queue_add(queue, DRILL_NEVER - 1, note, NULL, 1);
    for (uint64_t i = 0; i < 20000; i++) { /* crowded */
        drill_queue_add(queue, i * 1000, note, NULL, 1000 + i);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        fired_count = 0;
        ck_assert(drill_queue_fire(queue));
        ck_assert_uint_eq(fired[0], 1000 + i);
    }
    fire_all();
    ck_assert_uint_eq(fired_count, 2);
    ck_assert_uint_eq(fired[0], 1);
    ck_assert_uint_eq(fired[1], 2);
}
END_TEST

/* Events far ahead have come near because somebody asked for the next time; then many are added
 * before them. */
START_TEST(crowding_before_what_came_near) {
    uint64_t base_ns = UINT64_C(3) << 50;
    for (uint64_t i = 0; i < 20000; i++) {
        drill_queue_add(queue, base_ns + i * 1000003, note, NULL, 100000 + i);
    }
    ck_assert_uint_eq(drill_queue_next_ns(queue), base_ns);
    for (uint64_t i = 0; i < 20000; i++) {
        drill_queue_add(queue, 5 + i * 7919, note, NULL, i);
    }
    for (uint64_t i = 0; i < 40000; i++) {
        fired_count = 0;
        ck_assert(drill_queue_fire(queue));
        ck_assert_uint_eq(fired[0], i < 20000 ? i : 80000 + i);
    }
}
END_TEST

/* The naive queue. */
enum { MODEL_MAX = 40000 };

typedef struct ModelEvent {
    uint64_t at_ns;
    uint64_t sequence;
    uint64_t name;
    DrillEventHandle handle;
} ModelEvent;

typedef struct Model {
    ModelEvent *events;
    size_t count;
    uint64_t sequence;
    uint64_t random;
    uint64_t last_name; /* what our queue fired */
    uint64_t last_ns;
    uint64_t names;
    int chain; /* events to add from inside the next event */
    bool draining;
    uint64_t spread_ns;
} Model;

static uint64_t roll(Model *model, uint64_t bound) {
    return test_draw_below(&model->random, bound);
}

static uint64_t roll_time(Model *model) {
    uint64_t spread_ns = model->spread_ns;
    switch (roll(model, 8)) {
    case 0:
        spread_ns = 1; /* now */
        break;
    case 1:
        spread_ns = 16; /* many at equal times */
        break;
    case 2:
        spread_ns *= 1000;
        break;
    }
    return drill_queue_now_ns(queue) + roll(model, spread_ns);
}

static void model_fired(void *context, uint64_t argument, uint64_t now_ns);

static void model_add(Model *model) {
    if (model->count == MODEL_MAX) {
        return;
    }
    ModelEvent *event = &model->events[model->count++];
    event->at_ns = roll_time(model);
    event->sequence = model->sequence++;
    event->name = model->names++;
    event->handle = drill_queue_add(queue, event->at_ns, model_fired, model, event->name);
}

static void model_fired(void *context, uint64_t argument, uint64_t now_ns) {
    Model *model = context;
    model->last_name = argument;
    model->last_ns = now_ns;
    for (; model->chain > 0; model->chain--) {
        model_add(model);
    }
}

static void model_fire(Model *model) {
    if (model->count == 0) {
        ck_assert(!drill_queue_fire(queue));
        return;
    }
    size_t least = 0;
    for (size_t i = 1; i < model->count; i++) {
        const ModelEvent *a = &model->events[i];
        const ModelEvent *b = &model->events[least];
        if (a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->sequence < b->sequence)) {
            least = i;
        }
    }
    ModelEvent expected = model->events[least];
    model->events[least] = model->events[--model->count];
    if (roll(model, 4) == 0) {
        ck_assert_uint_eq(drill_queue_next_ns(queue), expected.at_ns);
    }
    model->chain = model->draining ? 0 : (int)roll(model, 3);
    ck_assert(drill_queue_fire(queue));
    ck_assert_uint_eq(model->last_name, expected.name);
    ck_assert_uint_eq(model->last_ns, expected.at_ns);
    ck_assert(!drill_queue_cancel(queue, expected.handle));
}

static void model_step(Model *model) {
    uint64_t what = roll(model, 10);
    size_t any = model->count == 0 ? 0 : (size_t)roll(model, model->count);
    if (what < 3 || model->count == 0) {
        model_add(model);
    } else if (what < 5) {
        ck_assert(drill_queue_cancel(queue, model->events[any].handle));
        model->events[any] = model->events[--model->count];
    } else if (what < 8) {
        ModelEvent *event = &model->events[any];
        event->at_ns = roll_time(model);
        event->sequence = model->sequence++;
        ck_assert(drill_queue_move(queue, event->handle, event->at_ns));
    } else {
        model_fire(model);
    }
    ck_assert_uint_eq(drill_queue_count(queue), model->count);
}

static Model *model_new(uint64_t seed, uint64_t spread_ns) {
    Model *model = DRILL_NEW(allocator, Model);
    model->events = DRILL_NEW_ARRAY(allocator, ModelEvent, MODEL_MAX);
    model->random = seed;
    model->spread_ns = spread_ns;
    return model;
}

START_TEST(behaves_as_the_naive_queue) {
    static const uint64_t spreads_ns[] = {100, 100000, UINT64_C(1000000000),
                                          UINT64_C(3000000000000)};
    Model *model = model_new((uint64_t)_i * 977, spreads_ns[_i % 4]);
    for (int i = 0; i < 100000; i++) {
        model_step(model);
    }
    model->draining = true;
    while (model->count > 0) {
        model_fire(model);
    }
    ck_assert_uint_gt(model->names, 10000);
}
END_TEST

/* The same with so many pending that buckets are used, come and go. The naive queue is slow: fewer
 * steps, in bursts. */
START_TEST(behaves_as_the_naive_queue_when_crowded) {
    static const uint64_t spreads_ns[] = {64, 1000000, UINT64_C(90000000000), (uint64_t)1 << 52};
    Model *model = model_new((uint64_t)_i + 5, spreads_ns[_i % 4]);
    for (int i = 0; i < 15000; i++) {
        model_add(model);
    }
    for (int burst = 0; burst < 40; burst++) {
        for (int i = 0; i < 60; i++) {
            model_step(model);
        }
        for (int i = 0; burst % 10 == 3 && i < 3000; i++) {
            model_add(model);
        }
        for (int i = 0; burst % 10 == 7 && i < 4000 && model->count > 0; i++) {
            size_t any = (size_t)roll(model, model->count);
            ck_assert(drill_queue_cancel(queue, model->events[any].handle));
            model->events[any] = model->events[--model->count];
        }
    }
    /* The rest in order, compared by sorting: every time not before the last, equal times by
     * sequence. */
    model->chain = 0;
    uint64_t last_ns = 0;
    size_t left = model->count;
    while (drill_queue_fire(queue)) {
        ck_assert_uint_ge(model->last_ns, last_ns);
        last_ns = model->last_ns;
        left--;
    }
    ck_assert_uint_eq(left, 0);
}
END_TEST

/* A timer that is pushed ahead all the time, and timers cancelled and added anew: memory stays
 * where it was. */
START_TEST(steady_state_allocates_nothing) {
    DrillEventHandle timers[200];
    for (size_t i = 0; i < 200; i++) {
        timers[i] = drill_queue_add(queue, 90000, note, NULL, i);
    }
    size_t used = 0;
    for (uint64_t round = 0; round < 200000; round++) {
        size_t i = (size_t)(round % 200);
        drill_queue_add(queue, round, note, NULL, round);
        drill_queue_fire(queue);
        if (i % 2 == 0) {
            ck_assert(drill_queue_move(queue, timers[i], round + 90000));
        } else {
            ck_assert(drill_queue_cancel(queue, timers[i]));
            timers[i] = drill_queue_add(queue, round + 90000, note, NULL, i);
        }
        if (round == 100000) {
            used = drill_arena_used(arena);
        }
    }
    ck_assert_uint_eq(drill_arena_used(arena), used);
    ck_assert_uint_eq(drill_queue_count(queue), 200);
}
END_TEST

/* So many timers that most lie in buckets, each cancelled and added anew again and again: what was
 * cancelled leaves nothing behind that grows. */
START_TEST(cancelled_timers_of_a_crowd_leave_no_memory_behind) {
    enum { TIMERS = 20000 };
    static DrillEventHandle timers[TIMERS];
    size_t before = drill_arena_used(arena), good = 0;
    for (uint64_t i = 0; i < TIMERS; i++) {
        timers[i] = drill_queue_add(queue, 90 * DRILL_NS_PER_S + i, note, NULL, i);
    }
    for (uint64_t round = 0; round < 100 * TIMERS; round++) {
        uint64_t now_ns = round * 50 * DRILL_NS_PER_US, i = round % TIMERS;
        drill_queue_add(queue, now_ns, note, NULL, 0);
        good += drill_queue_fire(queue) && drill_queue_cancel(queue, timers[i]) ? 1 : 0;
        timers[i] = drill_queue_add(queue, now_ns + 90 * DRILL_NS_PER_S, note, NULL, i);
    }
    ck_assert_uint_eq(good, 100 * TIMERS);
    ck_assert_uint_eq(drill_queue_count(queue), TIMERS);
    ck_assert_uint_le(drill_arena_used(arena) - before, TIMERS * UINT64_C(400));
}
END_TEST

static void again(void *context, uint64_t argument, uint64_t now_ns) {
    uint64_t *sum = context;
    *sum = (*sum ^ (now_ns + argument)) * UINT64_C(1099511628211);
    drill_queue_add(queue, now_ns + 1 + (*sum >> 33) % 100000, again, sum, argument);
}

START_TEST(a_saved_queue_goes_on_the_same) {
    uint64_t *sum = DRILL_NEW(allocator, uint64_t);
    uint64_t pending = _i == 0 ? 100 : 20000;
    for (uint64_t i = 0; i < pending; i++) {
        drill_queue_add(queue, i, again, sum, i);
    }
    for (uint64_t i = 0; i < 2 * pending; i++) {
        drill_queue_fire(queue);
    }
    DrillSnapshot *snapshot = drill_arena_save(arena);
    uint64_t ends[2];
    for (int time = 0; time < 2; time++) {
        for (uint64_t i = 0; i < 3 * pending; i++) {
            drill_queue_fire(queue);
        }
        ends[time] = *sum;
        if (time == 0) {
            drill_arena_restore(arena, snapshot);
            ck_assert_uint_ne(*sum, ends[0]);
        }
    }
    ck_assert_uint_eq(ends[0], ends[1]);
    drill_snapshot_free(snapshot);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sim/queue");
    TCase *tcase = tcase_create("queue");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, empty_queue);
    tcase_add_test(tcase, equal_times_fire_in_the_order_they_were_added);
    tcase_add_test(tcase, moving_counts_as_adding_anew);
    tcase_add_test(tcase, stale_handles_are_recognised);
    tcase_add_test(tcase, inside_an_event);
    tcase_add_test(tcase, advance_moves_time_without_an_event);
    tcase_add_test_raise_signal(tcase, advance_not_past_the_next_event, 6);
    tcase_add_test_raise_signal(tcase, adding_in_the_past_is_a_broken_invariant, 6);
    tcase_add_test(tcase, never_is_a_time_like_any_other);
    tcase_add_test(tcase, crowding_before_what_came_near);
    tcase_add_loop_test(tcase, behaves_as_the_naive_queue, 0, 8);
    tcase_add_loop_test(tcase, behaves_as_the_naive_queue_when_crowded, 0, 8);
    tcase_add_test(tcase, steady_state_allocates_nothing);
    tcase_add_test(tcase, cancelled_timers_of_a_crowd_leave_no_memory_behind);
    tcase_add_loop_test(tcase, a_saved_queue_goes_on_the_same, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
