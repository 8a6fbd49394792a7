#include "mqtt/deadline.h"

#include "base/arena.h"

static bool before(const DrillDeadline *a, const DrillDeadline *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->serial < b->serial;
}

static void place(DrillDeadlines *deadlines, size_t index, DrillDeadline *deadline) {
    deadlines->heap[index] = deadline;
    deadline->position = index + 1;
}

static void sift_up(DrillDeadlines *deadlines, size_t index) {
    DrillDeadline *deadline = deadlines->heap[index];
    while (index > 0 && before(deadline, deadlines->heap[(index - 1) / 2])) {
        place(deadlines, index, deadlines->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(deadlines, index, deadline);
}

static void sift_down(DrillDeadlines *deadlines, size_t index) {
    DrillDeadline *deadline = deadlines->heap[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= deadlines->count) break;
        if (child + 1 < deadlines->count &&
            before(deadlines->heap[child + 1], deadlines->heap[child])) {
            child++;
        }
        if (!before(deadlines->heap[child], deadline)) break;
        place(deadlines, index, deadlines->heap[child]);
        index = child;
    }
    place(deadlines, index, deadline);
}

static void take_out(DrillDeadlines *deadlines, DrillDeadline *deadline) {
    size_t index = deadline->position - 1;
    DrillDeadline *last = deadlines->heap[--deadlines->count];
    deadline->position = 0;
    if (last == deadline) return;
    place(deadlines, index, last);
    sift_up(deadlines, index);
    sift_down(deadlines, last->position - 1);
}

void drill_deadlines_set(DrillDeadlines *deadlines, DrillDeadline *deadline, uint64_t at_ns) {
    deadline->at_ns = at_ns;
    if (at_ns == DRILL_NEVER) {
        if (deadline->position != 0) take_out(deadlines, deadline);
        return;
    }
    if (deadline->position == 0) {
        if (deadlines->count == deadlines->capacity) {
            size_t capacity = deadlines->capacity == 0 ? 16 : deadlines->capacity * 2;
            deadlines->heap = (DrillDeadline **)drill_reallocate(
                deadlines->allocator, deadlines->heap,
                sizeof(DrillDeadline *) * deadlines->capacity, sizeof(DrillDeadline *) * capacity);
            deadlines->capacity = capacity;
        }
        place(deadlines, deadlines->count++, deadline);
    }
    sift_up(deadlines, deadline->position - 1);
    sift_down(deadlines, deadline->position - 1);
}

void drill_deadlines_advance(DrillDeadlines *deadlines, DrillDeadline *deadline, uint64_t at_ns) {
    if (deadline->position == 0 || at_ns < deadline->at_ns) {
        drill_deadlines_set(deadlines, deadline, at_ns);
    }
}

DrillDeadline *drill_deadlines_first(const DrillDeadlines *deadlines) {
    return deadlines->count == 0 ? NULL : deadlines->heap[0];
}

void drill_deadlines_release(DrillDeadlines *deadlines) {
    drill_release(deadlines->allocator, deadlines->heap,
                  sizeof(DrillDeadline *) * deadlines->capacity);
    *deadlines = (DrillDeadlines){.allocator = deadlines->allocator};
}
