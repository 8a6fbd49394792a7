/* The ideal ordered pipe: delay, jitter and rate of the link, nothing lost, no segments, no timers.
 * The cheap path when the packet level does not matter. Opening takes one delay to side 1 and one
 * back. */
#include "net/connection.h"

enum {
    CHUNK_BYTES_MAX = 65536 /* a bigger write arrives piece by piece */
};

typedef enum StreamPacket {
    PACKET_OPEN,
    PACKET_ACCEPT,
    PACKET_DATA,
    PACKET_FIN,
    PACKET_RST
} StreamPacket;

static void emit(DrillTransport *transport, int side, StreamPacket kind, uint64_t offset,
                 size_t size, uint64_t now_ns) {
    DrillPacket packet = {.direction = side,
                          .flags = (uint8_t)kind,
                          .fin = kind == PACKET_FIN,
                          .bytes = (uint32_t)size,
                          .wire_bytes = (uint32_t)size,
                          .sequence = offset};
    const char *lost = drill_transport_emit(transport, &packet, "", now_ns);
    DRILL_ASSERT(lost == NULL);
}

static void open_stream(DrillTransport *transport, const DrillTransportOptions *options,
                        uint64_t now_ns) {
    (void)options;
    emit(transport, 0, PACKET_OPEN, 0, 0, now_ns);
}

static void send_stream(DrillTransport *transport, int side, size_t size, uint64_t now_ns) {
    uint64_t end = transport->flows[side].ring.end;
    for (uint64_t offset = end - size; offset < end;) {
        uint64_t left = end - offset;
        size_t chunk = left < CHUNK_BYTES_MAX ? (size_t)left : CHUNK_BYTES_MAX;
        emit(transport, side, PACKET_DATA, offset, chunk, now_ns);
        offset += chunk;
    }
}

static void take_data(DrillTransport *transport, int direction, uint64_t end, bool ended,
                      uint64_t now_ns) {
    /* Nothing is ever sent again, so that nobody but the reader needs the bytes. */
    DrillFlow *flow = &transport->flows[direction];
    flow->acknowledged = end;
    if (transport->sides[1 - direction].dead) {
        flow->arrived = end;
        flow->consumed = end;
        drill_flow_acknowledged(transport, direction, end);
        return;
    }
    drill_flow_arrived(transport, direction, end, ended, now_ns);
}

static void arrive_stream(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    int side = 1 - packet->direction;
    bool dead = transport->sides[side].dead;
    switch ((StreamPacket)packet->flags) {
    case PACKET_OPEN:
        if (!dead) {
            emit(transport, 1, PACKET_ACCEPT, 0, 0, now_ns);
            drill_transport_tell_opened(transport, 1, now_ns);
        }
        return;
    case PACKET_ACCEPT:
        drill_transport_tell_opened(transport, 0, now_ns);
        return;
    case PACKET_DATA:
        take_data(transport, packet->direction, packet->sequence + packet->bytes, false, now_ns);
        return;
    case PACKET_FIN:
        take_data(transport, packet->direction, packet->sequence, true, now_ns);
        return;
    case PACKET_RST:
        drill_transport_kill(transport, side);
        drill_transport_tell_closed(transport, side, DRILL_CLOSE_RST, false, now_ns);
        return;
    }
    DRILL_ASSERT(false);
}

static void finish_stream(DrillTransport *transport, int side, uint64_t now_ns) {
    emit(transport, side, PACKET_FIN, transport->flows[side].ring.end, 0, now_ns);
}

static void reset_stream(DrillTransport *transport, int side, uint64_t now_ns) {
    emit(transport, side, PACKET_RST, transport->flows[side].ring.end, 0, now_ns);
    drill_transport_kill(transport, side);
}

static void kill_stream(DrillTransport *transport, int side) {
    (void)transport;
    (void)side;
}

static bool busy_stream(const DrillTransport *transport) {
    (void)transport;
    return false; /* everything it has to do is in flight */
}

static void free_stream(DrillTransport *transport) {
    (void)transport;
}

const DrillTransportClass drill_class_stream = {
    .open = open_stream,
    .arrive = arrive_stream,
    .send = send_stream,
    .finish = finish_stream,
    .reset = reset_stream,
    .kill = kill_stream,
    .busy = busy_stream,
    .free = free_stream,
};
