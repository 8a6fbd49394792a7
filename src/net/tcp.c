/* Simulated TCP: the connection and what its owner asks of it. */
#include "net/tcp.h"

static void init_end(DrillTcpEnd *end, DrillTcpState state) {
    end->state = state;
    end->cause = "rto";
    end->window = DRILL_TCP_WINDOW_FIRST;
    end->threshold = DRILL_TCP_WINDOW_MAX;
    end->rto_ns = DRILL_TCP_RTO_FIRST_NS;
}

static void open_tcp(DrillTransport *transport, uint64_t now_ns) {
    transport->tcp = DRILL_NEW(transport->allocator, DrillTcp);
    init_end(drill_tcp_end(transport, 0), DRILL_TCP_SYN_SENT);
    init_end(drill_tcp_end(transport, 1), DRILL_TCP_LISTEN);
    drill_tcp_send_syn(transport, 0, now_ns);
}

static void send_tcp(DrillTransport *transport, int side, size_t size, uint64_t now_ns) {
    (void)size;
    if (drill_tcp_end(transport, side)->state == DRILL_TCP_ESTABLISHED) {
        drill_tcp_output(transport, side, now_ns);
    }
}

void drill_tcp_die(DrillTransport *transport, int side, bool answers) {
    drill_transport_kill(transport, side);
    drill_tcp_end(transport, side)->answers = answers;
}

static void kill_tcp(DrillTransport *transport, int side) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    drill_tcp_disarm(transport, side);
    end->state = DRILL_TCP_DEAD;
    end->answers = false;
}

static void close_gently(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillTcpEnd *end = drill_tcp_end(transport, side);
    switch (end->state) {
    case DRILL_TCP_LISTEN:
        drill_tcp_die(transport, side, true);
        return;
    case DRILL_TCP_SYN_SENT:
        /* Not open yet. With nothing to say it is forgotten, and whoever answers is told so;
         * otherwise what was sent is still delivered, as promised. */
        if (transport->flows[side].ring.end == 0) {
            drill_tcp_die(transport, side, true);
        } else {
            end->fin_queued = true;
        }
        return;
    case DRILL_TCP_SYN_RECEIVED:
        end->fin_queued = true;
        return;
    case DRILL_TCP_ESTABLISHED:
        end->fin_queued = true;
        drill_tcp_output(transport, side, now_ns);
        return;
    case DRILL_TCP_DEAD:
        return;
    }
}

static void close_tcp(DrillTransport *transport, int side, DrillCloseHow how, uint64_t now_ns) {
    switch (how) {
    case DRILL_CLOSE_FIN:
        close_gently(transport, side, now_ns);
        return;
    case DRILL_CLOSE_RST:
        drill_tcp_send_reset(transport, side, now_ns);
        drill_tcp_die(transport, side, true);
        return;
    case DRILL_CLOSE_VANISH:
        drill_tcp_die(transport, side, false);
        return;
    case DRILL_CLOSE_TIMEOUT:
        break; /* nobody's choice */
    }
    DRILL_ASSERT(false);
}

static bool busy_tcp(const DrillTransport *transport) {
    for (int side = 0; side < 2; side++) {
        const DrillTcpEnd *end = &transport->tcp->ends[side];
        if (end->timer != 0 || (end->state == DRILL_TCP_ESTABLISHED &&
                                end->next < drill_tcp_send_end(transport, side))) {
            return true;
        }
    }
    return false;
}

static void free_tcp(DrillTransport *transport) {
    DrillAllocator allocator = transport->allocator;
    for (int side = 0; side < 2; side++) {
        DrillTcpEnd *end = drill_tcp_end(transport, side);
        drill_tcp_disarm(transport, side);
        if (end->ranges != NULL) {
            drill_release(allocator, end->ranges, end->ranges_capacity * sizeof(DrillTcpRange));
        }
        if (end->drops != NULL) {
            drill_release(allocator, end->drops, end->drops_capacity * sizeof(uint64_t));
        }
    }
    drill_release(allocator, transport->tcp, sizeof(*transport->tcp));
}

DrillResult drill_transport_drop_at(DrillTransport *transport, int direction, uint64_t offset) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    if (transport->tcp == NULL) {
        return DRILL_INVALID;
    }
    DrillTcpEnd *end = drill_tcp_end(transport, direction);
    if (end->drops_count == end->drops_capacity) {
        size_t capacity = end->drops_capacity == 0 ? 4 : end->drops_capacity * 2;
        end->drops =
            drill_reallocate(transport->allocator, end->drops,
                             end->drops_capacity * sizeof(uint64_t), capacity * sizeof(uint64_t));
        end->drops_capacity = capacity;
    }
    end->drops[end->drops_count++] = offset;
    return DRILL_OK;
}

const DrillTransportClass drill_class_tcp = {
    open_tcp, drill_tcp_arrive, send_tcp, close_tcp, kill_tcp, busy_tcp, free_tcp,
};
