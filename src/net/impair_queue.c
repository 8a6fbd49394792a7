/* The queue in front of the bottleneck, packet for packet: drop-tail with limits in packets and
 * bytes, or CoDel (RFC 8289), which drops when packets have waited longer than the target for
 * longer than the interval. What is not being sent yet waits here, so that CoDel can look at a
 * packet at the moment it is about to be sent. Draws nothing. */
#include <string.h>

#include "base/arena.h"
#include "net/path.h"

enum { FIRST_WAITING = 16, ONE_PACKET_BYTES = 1500 };

static bool is_used(const DrillPath *path) {
    return path->settings.discipline == DRILL_QUEUE_CODEL || path->settings.queue_packets != 0 ||
           path->backlog.count > 0;
}

static DrillWaiting *waiting_at(DrillBacklog *backlog, size_t index) {
    return &backlog->waiting[(backlog->first + index) & (backlog->capacity - 1)];
}

static void grow(DrillPath *path) {
    DrillAllocator allocator = drill_link_allocator(path->link);
    DrillBacklog *backlog = &path->backlog;
    size_t capacity = backlog->capacity == 0 ? FIRST_WAITING : backlog->capacity * 2;
    DrillWaiting *grown = DRILL_NEW_ARRAY(allocator, DrillWaiting, capacity);
    for (size_t i = 0; i < backlog->count; i++) {
        grown[i] = *waiting_at(backlog, i);
    }
    if (backlog->waiting != NULL) {
        drill_release(allocator, backlog->waiting, backlog->capacity * sizeof(DrillWaiting));
    }
    backlog->waiting = grown;
    backlog->first = 0;
    backlog->capacity = capacity;
}

static bool take_first(DrillBacklog *backlog, DrillWaiting *out) {
    if (backlog->count == 0) {
        return false;
    }
    *out = *waiting_at(backlog, 0);
    backlog->first = (backlog->first + 1) & (backlog->capacity - 1);
    backlog->count--;
    backlog->bytes -= out->packet.wire_bytes;
    return true;
}

/* --- CoDel, in the terms of RFC 8289, section 5 --- */

/* The greatest number whose square is not above. */
static uint64_t root_of(uint64_t square) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0; bit >>= 2) {
        if (square >= root + bit) {
            square -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

static uint64_t interval_of(const DrillPath *path) {
    uint64_t set_ns = path->settings.codel_interval_ns;
    return set_ns == 0 ? 100 * DRILL_NS_PER_MS : set_ns;
}

/* t + interval / sqrt(count), the root with 16 binary places. */
static uint64_t control_law(const DrillPath *path, uint64_t at_ns, uint64_t count) {
    uint64_t most = UINT64_C(1) << 46;
    uint64_t interval_ns = interval_of(path) < most ? interval_of(path) : most;
    uint64_t counted = count < UINT32_MAX ? count : UINT32_MAX;
    return drill_time_add(at_ns, interval_ns * 65536 / root_of(counted << 32));
}

/* Takes the next one; *droppable: packets have waited too long for long enough. */
static bool take(DrillPath *path, uint64_t now_ns, DrillWaiting *out, bool *droppable) {
    DrillCodel *codel = &path->backlog.codel;
    uint64_t set_ns = path->settings.codel_target_ns;
    uint64_t target_ns = set_ns == 0 ? 5 * DRILL_NS_PER_MS : set_ns;
    *droppable = false;
    if (!take_first(&path->backlog, out)) {
        codel->first_above_ns = 0;
        return false;
    }
    if (now_ns - out->since_ns < target_ns || path->backlog.bytes <= ONE_PACKET_BYTES) {
        codel->first_above_ns = 0;
    } else if (codel->first_above_ns == 0) {
        codel->first_above_ns = drill_time_add(now_ns, interval_of(path));
    } else {
        *droppable = now_ns >= codel->first_above_ns && out->packet.lossy;
    }
    return true;
}

static bool take_codel(DrillPath *path, uint64_t now_ns, DrillWaiting *out) {
    DrillCodel *codel = &path->backlog.codel;
    bool droppable;
    bool taken = take(path, now_ns, out, &droppable);
    if (codel->dropping) {
        codel->dropping = droppable;
        while (codel->dropping && now_ns >= codel->drop_next_ns) {
            drill_path_dropped(path, &out->packet, "codel", now_ns);
            codel->count++;
            taken = take(path, now_ns, out, &droppable);
            codel->dropping = droppable;
            if (droppable) {
                codel->drop_next_ns = control_law(path, codel->drop_next_ns, codel->count);
            }
        }
    } else if (droppable) {
        drill_path_dropped(path, &out->packet, "codel", now_ns);
        taken = take(path, now_ns, out, &droppable);
        codel->dropping = true;
        uint64_t more = codel->count - codel->last_count;
        bool lately =
            now_ns < codel->drop_next_ns || (now_ns - codel->drop_next_ns) / 16 < interval_of(path);
        codel->count = more > 1 && lately ? more : 1;
        codel->drop_next_ns = control_law(path, now_ns, codel->count);
        codel->last_count = codel->count;
    }
    return taken;
}

/* --- sending --- */

static void send_next(void *context, uint64_t argument, uint64_t now_ns);

static void arm(DrillPath *path, uint64_t now_ns) {
    DrillBacklog *backlog = &path->backlog;
    if (backlog->count > 0 && backlog->event == 0) {
        uint64_t at_ns = path->rate_free_ns > now_ns ? path->rate_free_ns : now_ns;
        backlog->event = drill_queue_add(drill_link_queue(path->link), at_ns, send_next, path, 0);
    }
}

static void send_next(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    DrillPath *path = context;
    DrillWaiting next;
    path->backlog.event = 0;
    bool codel = path->settings.discipline == DRILL_QUEUE_CODEL;
    bool taken = codel ? take_codel(path, now_ns, &next) : take_first(&path->backlog, &next);
    if (taken) {
        const DrillLinkRow *row = drill_replay_row(path, now_ns);
        uint64_t rate = row != NULL ? row->rate_bits_per_s : path->settings.rate_bits_per_s;
        uint64_t takes_ns = drill_rate_sending_ns(&path->settings, next.packet.wire_bytes, rate);
        path->rate_free_ns = drill_time_add(now_ns, takes_ns);
    }
    arm(path, now_ns);
    if (taken && next.packet.context != NULL) {
        drill_path_resume(path, &next, path->rate_free_ns, now_ns);
    }
}

bool drill_backlog_enter(DrillPath *path, DrillPassage *passage) {
    if (!is_used(path)) {
        return false;
    }
    DrillBacklog *backlog = &path->backlog;
    const DrillLinkSettings *settings = &path->settings;
    uint64_t bytes = passage->packet->wire_bytes;
    bool full = (settings->queue_packets != 0 && backlog->count >= settings->queue_packets) ||
                (settings->queue_bytes != 0 && backlog->count > 0 &&
                 backlog->bytes + bytes > settings->queue_bytes);
    if (full && passage->packet->lossy) {
        passage->lost = "queue";
        return true;
    }
    if (backlog->count == backlog->capacity) {
        grow(path);
    }
    backlog->count++;
    backlog->bytes += bytes;
    *waiting_at(backlog, backlog->count - 1) = (DrillWaiting){
        .packet = *passage->packet,
        .number = passage->number,
        .since_ns = passage->now_ns,
        .certain = passage->certain,
    };
    passage->waits = true;
    arm(path, passage->now_ns);
    return true;
}

void drill_backlog_forget(DrillPath *path, const void *context) {
    for (size_t i = 0; i < path->backlog.count; i++) {
        DrillWaiting *waiting = waiting_at(&path->backlog, i);
        if (waiting->packet.context == context) {
            waiting->packet.context = NULL;
        }
    }
}

void drill_backlog_free(DrillPath *path) {
    DrillBacklog *backlog = &path->backlog;
    drill_queue_cancel(drill_link_queue(path->link), backlog->event);
    if (backlog->waiting != NULL) {
        drill_release(drill_link_allocator(path->link), backlog->waiting,
                      backlog->capacity * sizeof(DrillWaiting));
    }
}
