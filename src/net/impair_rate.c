/* A bottleneck: packets are sent one after the other at so many bits per second, and wait their
 * turn in a queue of so many bytes; a packet that finds the queue too full is dropped (drop-tail).
 * Draws nothing.
 *
 * The queue is kept as time: it is full when sending what waits, and this packet, would take longer
 * than sending queue_bytes takes. A packet that need not wait always passes. What may not be lost
 * waits however long the queue. A queue whose packets must be told apart is kept in full
 * (impair_queue.c). */
#include "net/path.h"

/* Rounded up; what does not fit counts as never. */
static uint64_t sending_ns(uint64_t bytes, uint64_t rate_bits_per_s) {
    if (rate_bits_per_s == 0) {
        return 0;
    }
    if (bytes > DRILL_NEVER / (8 * DRILL_NS_PER_S) - 1) {
        return DRILL_NEVER;
    }
    uint64_t bit_ns = bytes * 8 * DRILL_NS_PER_S;
    return bit_ns / rate_bits_per_s + (bit_ns % rate_bits_per_s != 0 ? 1 : 0);
}

uint64_t drill_rate_sending_ns(const DrillLinkSettings *settings, uint64_t wire_bytes,
                               uint64_t rate_bits_per_s) {
    uint64_t bytes = wire_bytes + settings->overhead_bytes;
    if (settings->cell_bytes != 0) {
        uint64_t cells = bytes / settings->cell_bytes + (bytes % settings->cell_bytes != 0 ? 1 : 0);
        bytes = cells * (settings->cell_bytes + settings->cell_overhead_bytes);
    }
    return sending_ns(bytes, rate_bits_per_s);
}

static void enter(DrillPath *path, DrillPassage *passage) {
    if (drill_backlog_enter(path, passage)) {
        return;
    }
    uint64_t rate = passage->rate_bits_per_s;
    if (rate == 0) {
        return;
    }
    uint64_t begin_ns = passage->at_ns > path->rate_free_ns ? passage->at_ns : path->rate_free_ns;
    uint64_t waits_ns = begin_ns - passage->at_ns;
    uint64_t sends_ns = drill_rate_sending_ns(&path->settings, passage->packet->wire_bytes, rate);
    uint64_t queue_bytes = path->settings.queue_bytes;
    if (queue_bytes != 0 && passage->packet->lossy && waits_ns > 0 &&
        drill_time_add(waits_ns, sends_ns) > sending_ns(queue_bytes, rate)) {
        passage->lost = "queue";
        return;
    }
    path->rate_free_ns = drill_time_add(begin_ns, sends_ns);
    passage->at_ns = path->rate_free_ns;
}

const DrillImpairment drill_impair_rate = {"rate", enter, NULL};
