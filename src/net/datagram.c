/* Each packet travels on its own: it is lost, doubled and overtaken as the link says, arrives whole
 * or not at all, and nobody sends it again - that is the owner's business (MQTT 3.1's and 3.1.1's
 * timers).
 *
 * Two things are better than that. Opening and closing are never lost. And packets that the owner
 * marks `certain` may be lost under way, but are sent again by the transport, after a time that
 * doubles; none of them, and nothing sent behind one of them, is handed over before it. How the
 * sender knows of a loss is not modelled: no acknowledgement travels, and nothing that arrived is
 * sent again. */
#include <string.h>

#include "net/connection.h"

#define AGAIN_NS_FIRST (1 * DRILL_NS_PER_S)
#define AGAIN_NS_MAX   (60 * DRILL_NS_PER_S)

enum {
    TRIES_MAX = 12,   /* then the side gives up */
    HEADER_BYTES = 28 /* IPv4 and UDP */
};

typedef enum DatagramKind {
    PACKET_OPEN,
    PACKET_ACCEPT,
    PACKET_DATA,
    PACKET_FIN,
    PACKET_RST
} DatagramKind;

/* A packet from its sending until nothing of it can arrive any more. */
typedef struct Sent {
    DatagramKind kind;
    uint8_t *bytes;
    size_t size;
    uint64_t offset, tag;
    uint64_t behind; /* so many certain ones must have been handed over before */
    bool certain, doomed;
    bool paired;       /* this transmission was doubled on the way */
    bool handed;       /* over, at least once */
    unsigned tries;    /* transmissions */
    unsigned expected; /* may still arrive */
    unsigned arrived;  /* and wait to be handed over */
    uint64_t sent_ns;
    DrillEventHandle again;
} Sent;

typedef struct Arrival {
    uint64_t number;
    uint64_t release_ns;
    bool corrupt;
} Arrival;

/* One direction. */
typedef struct Way {
    Sent *sent; /* ring: numbers [first, next) */
    size_t capacity;
    uint64_t first, next;
    uint64_t certain_sent, certain_handed;
    Arrival *arrivals; /* in the order of arrival */
    size_t arrival_count, arrival_capacity;
    uint64_t *drops; /* offsets */
    size_t drop_count, drop_capacity;
    unsigned timers;
    bool pumping;
} Way;

struct DrillDatagrams {
    Way ways[2];
};

static Way *way_of(const DrillTransport *transport, int direction) {
    return &transport->datagrams->ways[direction];
}

static Sent *at(const Way *way, uint64_t number) {
    DRILL_ASSERT(number >= way->first && number < way->next);
    return &way->sent[number & (way->capacity - 1)];
}

/* NULL: over long ago. */
static Sent *find(const Way *way, uint64_t number) {
    return number < way->first ? NULL : at(way, number);
}

/* Room for one more in an array; the capacity is a power of two. */
static void *grown(DrillAllocator allocator, void *array, size_t count, size_t *capacity,
                   size_t size) {
    if (count < *capacity) {
        return array;
    }
    size_t before = *capacity;
    *capacity = before == 0 ? 8 : before * 2;
    return drill_reallocate(allocator, array, before * size, *capacity * size);
}

static Sent *append(DrillTransport *transport, Way *way) {
    uint64_t count = way->next - way->first;
    if (count == way->capacity) {
        size_t capacity = way->capacity == 0 ? 8 : way->capacity * 2;
        Sent *ring = DRILL_NEW_ARRAY(transport->allocator, Sent, capacity);
        for (uint64_t number = way->first; number < way->next; number++) {
            ring[number & (capacity - 1)] = *at(way, number);
        }
        if (way->sent != NULL) {
            drill_release(transport->allocator, way->sent, way->capacity * sizeof(Sent));
        }
        way->sent = ring;
        way->capacity = capacity;
    }
    way->next++;
    Sent *sent = at(way, way->next - 1);
    *sent = (Sent){.kind = PACKET_DATA};
    return sent;
}

static void release_bytes(DrillTransport *transport, Sent *sent) {
    if (sent->bytes != NULL) {
        drill_release(transport->allocator, sent->bytes, sent->size);
        sent->bytes = NULL;
    }
}

static bool is_over(const Sent *sent) {
    return sent->expected == 0 && sent->arrived == 0 && sent->again == 0;
}

static void forget_if_over(DrillTransport *transport, Way *way, Sent *sent) {
    if (is_over(sent)) {
        release_bytes(transport, sent);
    }
    while (way->first < way->next && is_over(at(way, way->first))) {
        way->first++;
    }
}

/* --- sending --- */

static void emit_plain(DrillTransport *transport, int side, DatagramKind kind, uint64_t now_ns) {
    DrillPacket packet = {.direction = side,
                          .flags = (uint8_t)kind,
                          .wire_bytes = HEADER_BYTES,
                          .sequence = transport->flows[side].ring.end};
    const char *lost = drill_transport_emit(transport, &packet, "", now_ns);
    DRILL_ASSERT(lost == NULL);
}

static void send_again(void *context, uint64_t argument, uint64_t now_ns);

static void stop_timer(DrillTransport *transport, Way *way, Sent *sent) {
    if (sent->again != 0) {
        drill_queue_cancel(transport->queue, sent->again);
        sent->again = 0;
        way->timers--;
    }
}

static void transmission_lost(DrillTransport *transport, int direction, uint64_t number,
                              uint64_t now_ns) {
    Way *way = way_of(transport, direction);
    Sent *sent = at(way, number);
    bool wanted = sent->certain && !sent->handed && sent->arrived == 0 && sent->expected == 0;
    if (!wanted || transport->sides[direction].dead || sent->again != 0) {
        forget_if_over(transport, way, sent);
        return;
    }
    if (sent->tries == TRIES_MAX) {
        drill_transport_kill(transport, direction);
        drill_transport_notify(transport, direction, DRILL_CLOSE_TIMEOUT, now_ns);
        return;
    }
    uint64_t wait_ns = AGAIN_NS_FIRST << (sent->tries - 1);
    uint64_t again_ns = sent->sent_ns + (wait_ns < AGAIN_NS_MAX ? wait_ns : AGAIN_NS_MAX);
    sent->again = drill_queue_add(transport->queue, again_ns > now_ns ? again_ns : now_ns,
                                  send_again, transport, number << 1 | (uint64_t)direction);
    way->timers++;
}

static void transmit(DrillTransport *transport, int direction, uint64_t number, uint64_t now_ns) {
    Sent *sent = at(way_of(transport, direction), number);
    DrillPacket packet = {.direction = direction,
                          .flags = (uint8_t)sent->kind,
                          .lossy = sent->kind == PACKET_DATA,
                          .takes_corrupt = !sent->certain,
                          .fin = sent->kind == PACKET_FIN,
                          .bytes = (uint32_t)sent->size,
                          .wire_bytes = (uint32_t)sent->size + HEADER_BYTES,
                          .sequence = sent->offset,
                          .acknowledged = number,
                          .doomed = sent->doomed ? "drop" : NULL};
    sent->doomed = false;
    sent->paired = false;
    sent->tries++;
    sent->sent_ns = now_ns;
    if (drill_transport_emit(transport, &packet, "", now_ns) == NULL) {
        sent->expected++;
    } else {
        transmission_lost(transport, direction, number, now_ns);
    }
}

static void send_again(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int direction = (int)(argument & 1);
    Way *way = way_of(transport, direction);
    at(way, argument >> 1)->again = 0;
    way->timers--;
    transmit(transport, direction, argument >> 1, now_ns);
}

static bool take_drop(Way *way, uint64_t from, uint64_t to) {
    for (size_t i = 0; i < way->drop_count; i++) {
        if (way->drops[i] >= from && way->drops[i] < to) {
            way->drops[i] = way->drops[--way->drop_count];
            return true;
        }
    }
    return false;
}

void drill_datagram_send(DrillTransport *transport, int side, const DrillDatagram *datagram,
                         uint64_t now_ns) {
    Way *way = way_of(transport, side);
    DrillRing *ring = &transport->flows[side].ring;
    Sent *sent = append(transport, way);
    sent->size = datagram->bytes.size;
    sent->bytes = drill_allocate(transport->allocator, sent->size);
    memcpy(sent->bytes, datagram->bytes.data, sent->size);
    sent->offset = ring->end;
    sent->tag = datagram->tag;
    sent->certain = datagram->certain;
    sent->behind = way->certain_sent;
    sent->doomed = take_drop(way, sent->offset, sent->offset + sent->size);
    way->certain_sent += sent->certain ? 1 : 0;
    /* The ring holds nothing; it counts. Nobody waits for an acknowledgement. */
    ring->end += sent->size;
    ring->begin = ring->end;
    transport->flows[side].acknowledged = ring->end;
    transmit(transport, side, way->next - 1, now_ns);
}

DrillResult drill_datagram_drop_at(DrillTransport *transport, int direction, uint64_t offset) {
    Way *way = way_of(transport, direction);
    way->drops = grown(transport->allocator, way->drops, way->drop_count, &way->drop_capacity,
                       sizeof(uint64_t));
    way->drops[way->drop_count++] = offset;
    return DRILL_OK;
}

/* --- receiving --- */

static void one_less(Sent *sent, const DrillPacket *packet) {
    if (packet->twice && !sent->paired) {
        sent->paired = true;
        sent->expected++;
    }
    DRILL_ASSERT(sent->expected > 0);
    sent->expected--;
}

/* The delay that a fault has put on this packet. */
static uint64_t take_delay(DrillFlow *flow, const Sent *sent) {
    for (size_t i = 0; i < flow->delays_count; i++) {
        DrillDelayAt delay = flow->delays[i];
        if (delay.offset >= sent->offset && delay.offset < sent->offset + sent->size) {
            flow->delays[i] = flow->delays[--flow->delays_count];
            return delay.by_ns;
        }
    }
    return 0;
}

static void take(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    int direction = packet->direction;
    Way *way = way_of(transport, direction);
    Sent *sent = find(way, packet->acknowledged);
    DRILL_ASSERT(sent != NULL);
    one_less(sent, packet);
    /* What is certain comes once. */
    bool again = sent->certain && (sent->handed || sent->arrived > 0);
    if (again || transport->sides[1 - direction].dead) {
        forget_if_over(transport, way, sent);
        return;
    }
    Arrival arrival = {.number = packet->acknowledged, .corrupt = packet->corrupt};
    arrival.release_ns = drill_time_add(now_ns, take_delay(&transport->flows[direction], sent));
    sent->arrived++;
    way->arrivals = grown(transport->allocator, way->arrivals, way->arrival_count,
                          &way->arrival_capacity, sizeof(Arrival));
    way->arrivals[way->arrival_count++] = arrival;
    drill_datagram_pump(transport, direction, now_ns);
}

static void flip_bit(const DrillTransport *transport, int direction, uint64_t number,
                     const Sent *sent) {
    DrillStream draws = drill_link_path(transport->link, direction)->streams[DRILL_STREAM_CORRUPT];
    uint64_t bit =
        drill_stream_below(draws, number, 2 + (uint32_t)transport->number, sent->size * 8);
    sent->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

/* The owner is called; the ring of packets may have been moved afterwards. */
static void hand_over(DrillTransport *transport, int direction, const Arrival *arrival,
                      uint64_t now_ns) {
    Sent *sent = at(way_of(transport, direction), arrival->number);
    DrillFlow *flow = &transport->flows[direction];
    int reader = 1 - direction;
    if (!sent->handed) {
        flow->arrived += sent->size;
        flow->consumed += sent->size;
    }
    sent->handed = true;
    if (transport->sides[reader].deaf || transport->sides[reader].ended) {
        return;
    }
    flow->delivered += sent->size;
    if (arrival->corrupt) {
        flip_bit(transport, direction, arrival->number, sent);
    }
    transport->calling++;
    transport->arriving = sent->tag;
    transport->hooks.received(transport->hooks.context, reader, drill_span(sent->bytes, sent->size),
                              now_ns);
    transport->arriving = 0;
    transport->calling--;
}

/* True: the connection has died of the cut. A packet arrives whole or not at all; so a cut inside
 * it comes before it. What was sent behind the place of the cut dies of it, too. */
static bool cut_strikes(DrillTransport *transport, int direction, uint64_t offset, bool after,
                        uint64_t now_ns) {
    const DrillCutAt *cut = &transport->flows[direction].cut;
    bool due = cut->set && (after ? cut->after && cut->offset <= offset : cut->offset < offset);
    if (due) {
        drill_flow_strike(transport, direction, now_ns);
    }
    return due;
}

/* The arrival with this index may be handed over. False: the connection is dead. */
static bool pass_on(DrillTransport *transport, int direction, size_t index, uint64_t now_ns) {
    Way *way = way_of(transport, direction);
    Arrival arrival = way->arrivals[index];
    Sent *sent = at(way, arrival.number);
    uint64_t end = sent->offset + sent->size;
    if (sent->kind == PACKET_DATA && cut_strikes(transport, direction, end, false, now_ns)) {
        return false;
    }
    way->arrival_count--;
    memmove(way->arrivals + index, way->arrivals + index + 1,
            (way->arrival_count - index) * sizeof(Arrival));
    if (sent->kind == PACKET_FIN) {
        sent->handed = true;
        transport->flows[direction].ended = true;
    } else {
        hand_over(transport, direction, &arrival, now_ns);
    }
    sent = at(way, arrival.number);
    way->certain_handed += sent->certain ? 1 : 0;
    sent->arrived--;
    forget_if_over(transport, way, sent);
    return !cut_strikes(transport, direction, end, true, now_ns);
}

static bool is_held(const DrillTransport *transport, int direction) {
    const DrillSide *reader = &transport->sides[1 - direction];
    bool absent = !reader->opened || transport->flows[direction].paused;
    return (absent && !reader->deaf && !reader->ended) || drill_toxics_hold(transport, direction);
}

/* Hands over what may be by now. Returns when the first of those that wait for a time is due. */
static uint64_t pump_arrivals(DrillTransport *transport, int direction, uint64_t now_ns) {
    Way *way = way_of(transport, direction);
    uint64_t due_ns = DRILL_NEVER;
    for (size_t i = 0; i < way->arrival_count;) {
        const Arrival *arrival = &way->arrivals[i];
        if (transport->sides[1 - direction].dead || is_held(transport, direction)) {
            return DRILL_NEVER;
        }
        bool barred = at(way, arrival->number)->behind > way->certain_handed;
        if (arrival->release_ns > now_ns || barred) {
            if (!barred && arrival->release_ns < due_ns) {
                due_ns = arrival->release_ns;
            }
            i++;
            continue;
        }
        uint64_t handed = way->certain_handed;
        if (!pass_on(transport, direction, i, now_ns)) {
            return DRILL_NEVER;
        }
        if (way->certain_handed != handed) {
            i = 0; /* this may let others go */
            due_ns = DRILL_NEVER;
        }
    }
    return due_ns;
}

void drill_datagram_pump(DrillTransport *transport, int direction, uint64_t now_ns) {
    Way *way = way_of(transport, direction);
    const DrillSide *reader = &transport->sides[1 - direction];
    if (way->pumping) {
        return;
    }
    way->pumping = true;
    uint64_t due_ns = pump_arrivals(transport, direction, now_ns);
    way->pumping = false;
    if (reader->dead) {
        return;
    }
    if (due_ns != DRILL_NEVER) {
        drill_flow_resume(transport, direction, due_ns);
    }
    if (transport->flows[direction].ended && !reader->ended && !is_held(transport, direction) &&
        drill_toxics_may_end(transport, direction, now_ns)) {
        drill_transport_tell_closed(transport, 1 - direction, DRILL_CLOSE_FIN, !reader->mute,
                                    now_ns);
    }
}

/* --- the class --- */

static void open_datagram(DrillTransport *transport, const DrillTransportOptions *options,
                          uint64_t now_ns) {
    (void)options;
    transport->datagrams = DRILL_NEW(transport->allocator, DrillDatagrams);
    emit_plain(transport, 0, PACKET_OPEN, now_ns);
}

static void arrive_datagram(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    int side = 1 - packet->direction;
    switch ((DatagramKind)packet->flags) {
    case PACKET_OPEN:
        if (!transport->sides[side].dead) {
            emit_plain(transport, 1, PACKET_ACCEPT, now_ns);
            drill_transport_tell_opened(transport, 1, now_ns);
            drill_datagram_pump(transport, 0, now_ns);
        }
        return;
    case PACKET_ACCEPT:
        drill_transport_tell_opened(transport, 0, now_ns);
        drill_datagram_pump(transport, 1, now_ns);
        return;
    case PACKET_DATA:
    case PACKET_FIN:
        take(transport, packet, now_ns);
        return;
    case PACKET_RST:
        drill_transport_kill(transport, side);
        drill_transport_tell_closed(transport, side, DRILL_CLOSE_RST, false, now_ns);
        return;
    }
    DRILL_ASSERT(false);
}

static void lost_datagram(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns) {
    Sent *sent = find(way_of(transport, packet->direction), packet->acknowledged);
    DRILL_ASSERT(sent != NULL && packet->lossy);
    one_less(sent, packet);
    transmission_lost(transport, packet->direction, packet->acknowledged, now_ns);
}

static void describe_datagram(const DrillTransport *transport, const DrillPacket *packet,
                              DrillNetEvent *event) {
    const Sent *sent =
        packet->lossy ? find(way_of(transport, packet->direction), packet->acknowledged) : NULL;
    event->tag = sent != NULL ? sent->tag : 0;
}

static void send_nothing(DrillTransport *transport, int side, size_t size, uint64_t now_ns) {
    (void)transport, (void)side, (void)size, (void)now_ns;
    DRILL_ASSERT(false); /* drill_datagram_send instead */
}

static void finish_datagram(DrillTransport *transport, int side, uint64_t now_ns) {
    Way *way = way_of(transport, side);
    Sent *sent = append(transport, way);
    sent->kind = PACKET_FIN;
    sent->offset = transport->flows[side].ring.end;
    sent->behind = way->certain_sent;
    transmit(transport, side, way->next - 1, now_ns);
}

static void reset_datagram(DrillTransport *transport, int side, uint64_t now_ns) {
    emit_plain(transport, side, PACKET_RST, now_ns);
    drill_transport_kill(transport, side);
}

static void kill_datagram(DrillTransport *transport, int side) {
    Way *way = way_of(transport, side);
    for (uint64_t number = way->first; number < way->next; number++) {
        stop_timer(transport, way, at(way, number));
    }
}

static bool busy_datagram(const DrillTransport *transport) {
    for (int direction = 0; direction < 2; direction++) {
        const Way *way = way_of(transport, direction);
        bool waits = way->arrival_count > 0 && !transport->sides[1 - direction].dead &&
                     !is_held(transport, direction);
        if (way->timers > 0 || waits) {
            return true;
        }
    }
    return false;
}

static void free_datagram(DrillTransport *transport) {
    DrillAllocator allocator = transport->allocator;
    for (int direction = 0; direction < 2; direction++) {
        Way *way = way_of(transport, direction);
        for (uint64_t number = way->first; number < way->next; number++) {
            stop_timer(transport, way, at(way, number));
            release_bytes(transport, at(way, number));
        }
        drill_release(allocator, way->sent, way->capacity * sizeof(Sent));
        drill_release(allocator, way->arrivals, way->arrival_capacity * sizeof(Arrival));
        drill_release(allocator, way->drops, way->drop_capacity * sizeof(uint64_t));
    }
    drill_release(allocator, transport->datagrams, sizeof(*transport->datagrams));
}

const DrillTransportClass drill_class_datagram = {
    .open = open_datagram,
    .arrive = arrive_datagram,
    .lost = lost_datagram,
    .send = send_nothing,
    .finish = finish_datagram,
    .reset = reset_datagram,
    .kill = kill_datagram,
    .busy = busy_datagram,
    .free = free_datagram,
    .describe = describe_datagram,
};
