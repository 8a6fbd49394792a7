/* In-order bytes on their way to the reader: held by delays, stopped by cuts, handed over, followed
 * by the end. */
#include "net/connection.h"

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Starts the delays whose byte has come and forgets those that are over. Returns the offset up to
 * which bytes may be handed over now; *release_ns: when the first of those that still wait is over.
 */
static uint64_t delay_limit(DrillFlow *flow, uint64_t now_ns, uint64_t *release_ns) {
    uint64_t limit = flow->arrived;
    size_t kept = 0;
    *release_ns = DRILL_NEVER;
    for (size_t i = 0; i < flow->delays_count; i++) {
        DrillDelayAt delay = flow->delays[i];
        if (delay.release_ns == 0 && delay.offset < flow->arrived) {
            delay.release_ns = drill_time_add(now_ns, delay.by_ns);
        }
        if (delay.release_ns != 0 && delay.release_ns <= now_ns) {
            continue;
        }
        if (delay.release_ns != 0) {
            limit = lesser(limit, delay.offset);
            *release_ns = lesser(*release_ns, delay.release_ns);
        }
        flow->delays[kept++] = delay;
    }
    flow->delays_count = kept;
    return limit > flow->consumed ? limit : flow->consumed;
}

/* `limit`: bytes below are there and not delayed. */
static bool cut_is_due(const DrillFlow *flow, uint64_t limit) {
    if (!flow->cut.set) {
        return false;
    }
    return flow->cut.after ? flow->consumed >= flow->cut.offset : limit > flow->cut.offset;
}

/* What dies and who hears of it: the reader now, the sender one delay later, or nobody. */
void drill_flow_strike(DrillTransport *transport, int direction, uint64_t now_ns) {
    DrillFlow *flow = &transport->flows[direction];
    int reader = 1 - direction;
    DrillCloseHow how = flow->cut.how;
    flow->cut.set = false;
    DrillNetEvent event = {.kind = DRILL_NET_CUT,
                           .direction = direction,
                           .reason = drill_close_name(how),
                           .flags = "",
                           .offset = flow->consumed};
    drill_transport_tell(transport, &event, now_ns);
    transport->sides[reader].cut = true;
    drill_transport_kill(transport, reader);
    if (how == DRILL_CLOSE_VANISH) {
        transport->sides[direction].cut = true;
        drill_transport_kill(transport, direction);
        transport->sides[0].deaf = true;
        transport->sides[1].deaf = true;
        return;
    }
    uint64_t back_ns = drill_link_settings(transport->link, reader)->delay_ns;
    drill_transport_notify(transport, reader, how, now_ns);
    drill_transport_notify(transport, direction, how, drill_time_add(now_ns, back_ns));
}

static void release_bytes(DrillTransport *transport, int direction) {
    DrillFlow *flow = &transport->flows[direction];
    if (!flow->ring.lending) {
        drill_ring_drop(&flow->ring, lesser(flow->consumed, flow->acknowledged));
    }
}

/* A reader that has closed does not hold anything up. */
static bool is_paused(const DrillTransport *transport, int direction) {
    return transport->flows[direction].paused && !transport->sides[1 - direction].deaf;
}

static void hand_over(DrillTransport *transport, int direction, uint64_t limit, uint64_t now_ns) {
    DrillFlow *flow = &transport->flows[direction];
    int reader = 1 - direction;
    DRILL_ASSERT(!flow->ring.lending);
    while (flow->consumed < limit && !transport->sides[reader].dead) {
        if (transport->sides[reader].deaf) {
            flow->consumed = limit; /* closed: nobody reads any more */
            break;
        }
        DrillSpan bytes = drill_ring_lend(&flow->ring, flow->consumed, limit);
        flow->consumed += bytes.size;
        flow->delivered += bytes.size;
        transport->calling++;
        transport->hooks.received(transport->hooks.context, reader, bytes, now_ns);
        transport->calling--;
        drill_ring_return(&flow->ring, transport->allocator);
        if (flow->cut.set && flow->cut.offset < limit) {
            limit = flow->cut.offset; /* set from inside the call */
        }
    }
    release_bytes(transport, direction);
}

static void delay_is_over(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int direction = (int)argument;
    transport->flows[direction].release_event = 0;
    drill_flow_pump(transport, direction, now_ns);
    if (transport->class_of->reader_moved != NULL && !transport->sides[1 - direction].dead) {
        transport->class_of->reader_moved(transport, 1 - direction, now_ns);
    }
}

void drill_flow_resume(DrillTransport *transport, int direction, uint64_t now_ns) {
    DrillFlow *flow = &transport->flows[direction];
    if (!drill_queue_move(transport->queue, flow->release_event, now_ns)) {
        flow->release_event = drill_queue_add(transport->queue, now_ns, delay_is_over, transport,
                                              (uint64_t)direction);
    }
}

void drill_flow_pump(DrillTransport *transport, int direction, uint64_t now_ns) {
    if (transport->datagrams != NULL) {
        drill_datagram_pump(transport, direction, now_ns);
        return;
    }
    DrillFlow *flow = &transport->flows[direction];
    int reader = 1 - direction;
    uint64_t release_ns;
    uint64_t limit = delay_limit(flow, now_ns, &release_ns);
    if (drill_toxics_hold(transport, direction) || is_paused(transport, direction)) {
        return;
    }
    uint64_t end = flow->cut.set ? lesser(limit, flow->cut.offset) : limit;
    hand_over(transport, direction, end, now_ns);
    if (transport->sides[reader].dead) {
        return;
    }
    if (cut_is_due(flow, limit)) {
        drill_flow_strike(transport, direction, now_ns);
        return;
    }
    if (release_ns != DRILL_NEVER &&
        !drill_queue_move(transport->queue, flow->release_event, release_ns)) {
        flow->release_event = drill_queue_add(transport->queue, release_ns, delay_is_over,
                                              transport, (uint64_t)direction);
    }
    if (flow->ended && !transport->sides[reader].ended && flow->consumed == flow->arrived &&
        drill_toxics_may_end(transport, direction, now_ns)) {
        drill_transport_tell_closed(transport, reader, DRILL_CLOSE_FIN,
                                    !transport->sides[reader].mute, now_ns);
    }
}

void drill_flow_arrived(DrillTransport *transport, int direction, uint64_t arrived, bool ended,
                        uint64_t now_ns) {
    DrillFlow *flow = &transport->flows[direction];
    DRILL_ASSERT(flow->arrived <= arrived && arrived <= flow->ring.end);
    flow->arrived = arrived;
    flow->ended = flow->ended || ended;
    drill_flow_pump(transport, direction, now_ns);
}

void drill_flow_acknowledged(DrillTransport *transport, int direction, uint64_t offset) {
    DrillFlow *flow = &transport->flows[direction];
    DRILL_ASSERT(flow->acknowledged <= offset && offset <= flow->ring.end);
    flow->acknowledged = offset;
    release_bytes(transport, direction);
}

bool drill_flow_waiting(const DrillTransport *transport, int direction) {
    const DrillFlow *flow = &transport->flows[direction];
    return !transport->sides[1 - direction].dead && flow->consumed < flow->arrived &&
           !drill_toxics_hold(transport, direction) && !is_paused(transport, direction);
}

void drill_flow_quiet(DrillTransport *transport, int direction) {
    DrillFlow *flow = &transport->flows[direction];
    drill_queue_cancel(transport->queue, flow->release_event);
    flow->release_event = 0;
}

void drill_flow_free(DrillTransport *transport, int direction) {
    DrillFlow *flow = &transport->flows[direction];
    drill_flow_quiet(transport, direction);
    drill_ring_release(&flow->ring, transport->allocator);
    if (flow->delays != NULL) {
        drill_release(transport->allocator, flow->delays,
                      flow->delays_capacity * sizeof(DrillDelayAt));
    }
}

void drill_transport_cut_at(DrillTransport *transport, int direction, uint64_t offset, bool after,
                            DrillCloseHow how) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    DRILL_ASSERT(how != DRILL_CLOSE_TIMEOUT);
    DrillFlow *flow = &transport->flows[direction];
    DrillCutAt cut = {true, after, how, offset};
    flow->cut = cut;
    /* Already past it: now. */
    if (!transport->sides[1 - direction].dead && cut_is_due(flow, flow->consumed)) {
        drill_flow_strike(transport, direction, drill_queue_now_ns(transport->queue));
    }
}

void drill_transport_delay_at(DrillTransport *transport, int direction, uint64_t offset,
                              uint64_t by_ns) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    DrillFlow *flow = &transport->flows[direction];
    if (by_ns == 0) {
        return;
    }
    if (flow->delays_count == flow->delays_capacity) {
        size_t capacity = flow->delays_capacity == 0 ? 4 : flow->delays_capacity * 2;
        flow->delays = drill_reallocate(transport->allocator, flow->delays,
                                        flow->delays_capacity * sizeof(DrillDelayAt),
                                        capacity * sizeof(DrillDelayAt));
        flow->delays_capacity = capacity;
    }
    DrillDelayAt delay = {offset, by_ns, 0};
    flow->delays[flow->delays_count++] = delay;
}
