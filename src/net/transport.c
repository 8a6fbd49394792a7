/* The interface of all kinds of transport, and what becomes of the two sides. */
#include <string.h>

#include "net/connection.h"

const char *drill_close_name(DrillCloseHow how) {
    switch (how) {
    case DRILL_CLOSE_FIN:
        return "fin";
    case DRILL_CLOSE_RST:
        return "rst";
    case DRILL_CLOSE_TIMEOUT:
        return "timeout";
    case DRILL_CLOSE_VANISH:
        return "vanish";
    }
    DRILL_ASSERT(false);
}

static const DrillTransportClass *class_of(DrillTransportKind kind) {
    switch (kind) {
    case DRILL_TRANSPORT_TCP:
        return &drill_class_tcp;
    case DRILL_TRANSPORT_STREAM:
        return &drill_class_stream;
    case DRILL_TRANSPORT_DATAGRAM:
        return &drill_class_datagram;
    }
    DRILL_ASSERT(false);
}

void drill_transport_tell(DrillTransport *transport, const DrillNetEvent *event, uint64_t now_ns) {
    if (transport->observer.event != NULL) {
        DrillNetEvent numbered = *event;
        numbered.connection = transport->number;
        transport->observer.event(transport->observer.context, &numbered, now_ns);
    }
}

static void tell_lost(DrillTransport *transport, const DrillPacket *packet, const char *reason,
                      uint64_t now_ns) {
    DrillNetEvent event = {.kind = DRILL_NET_LOST,
                           .direction = packet->direction,
                           .flags = packet->flags_text,
                           .offset = drill_packet_offset(transport, packet),
                           .bytes = packet->bytes};
    if (transport->class_of->describe != NULL) {
        transport->class_of->describe(transport, packet, &event);
    }
    event.reason = reason;
    drill_transport_tell(transport, &event, now_ns);
}

static void packet_arrives(void *context, const DrillPacket *packet, uint64_t now_ns) {
    DrillTransport *transport = context;
    const DrillSide *side = &transport->sides[1 - packet->direction];
    if (!packet->copy) {
        transport->in_flight--;
    }
    if (side->cut && packet->bytes > 0) {
        tell_lost(transport, packet, "cut", now_ns);
    }
    if (!side->cut) {
        transport->class_of->arrive(transport, packet, now_ns);
    }
}

/* Lost by the path after it had taken the packet. */
static void packet_lost(void *context, const DrillPacket *packet, const char *reason,
                        uint64_t now_ns) {
    DrillTransport *transport = context;
    if (!packet->copy) {
        transport->in_flight--;
        tell_lost(transport, packet, reason, now_ns);
    }
    if (transport->class_of->lost != NULL) {
        transport->class_of->lost(transport, packet, now_ns);
    }
}

const char *drill_transport_emit(DrillTransport *transport, DrillPacket *packet, const char *flags,
                                 uint64_t now_ns) {
    packet->arrive = packet_arrives;
    packet->lost = packet_lost;
    packet->context = transport;
    packet->trail = &transport->trail;
    packet->flags_text = flags;
    packet->fin = packet->fin || strncmp(flags, "FIN", 3) == 0;
    const char *lost = drill_path_send(transport->link, packet, now_ns);
    if (lost == NULL) {
        transport->in_flight++;
        return NULL;
    }
    tell_lost(transport, packet, lost, now_ns);
    return lost;
}

void drill_transport_tell_opened(DrillTransport *transport, int side, uint64_t now_ns) {
    DrillSide *told = &transport->sides[side];
    if (told->opened || told->deaf || told->dead) {
        return;
    }
    told->opened = true;
    transport->calling++;
    transport->hooks.opened(transport->hooks.context, side, now_ns);
    transport->calling--;
}

void drill_transport_tell_closed(DrillTransport *transport, int side, DrillCloseHow how, bool half,
                                 uint64_t now_ns) {
    DrillSide *told = &transport->sides[side];
    if (!half) {
        told->mute = true;
    }
    if (told->deaf) {
        return;
    }
    /* Whoever may go on sending still hears of a reset. */
    if (half) {
        told->ended = true;
    } else {
        told->deaf = true;
    }
    /* A connection that was never accepted has no owner on side 1 to tell. */
    if (side == 1 && !told->opened) {
        return;
    }
    transport->calling++;
    transport->hooks.closed(transport->hooks.context, side, how, half, now_ns);
    transport->calling--;
}

void drill_transport_kill(DrillTransport *transport, int side) {
    DrillSide *killed = &transport->sides[side];
    if (killed->dead) {
        return;
    }
    killed->dead = true;
    killed->mute = true;
    drill_slicer_stop(transport, side);
    drill_flow_quiet(transport, 1 - side);
    transport->class_of->kill(transport, side);
}

static void notice(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int side = (int)argument;
    transport->sides[side].notice = 0;
    transport->sides[side].cut = true;
    drill_transport_kill(transport, side);
    drill_transport_tell_closed(transport, side, transport->sides[side].notice_how, false, now_ns);
}

void drill_transport_notify(DrillTransport *transport, int side, DrillCloseHow how,
                            uint64_t at_ns) {
    DrillSide *told = &transport->sides[side];
    told->notice_how = how;
    if (!drill_queue_move(transport->queue, told->notice, at_ns)) {
        told->notice = drill_queue_add(transport->queue, at_ns, notice, transport, (uint64_t)side);
    }
}

static void forget_notice(DrillTransport *transport, int side) {
    drill_queue_cancel(transport->queue, transport->sides[side].notice);
    transport->sides[side].notice = 0;
}

DrillTransport *drill_transport_open(const DrillTransportOptions *options, uint64_t now_ns) {
    DrillAllocator allocator = drill_link_allocator(options->link);
    DrillTransport *transport = DRILL_NEW(allocator, DrillTransport);
    transport->class_of = class_of(options->kind);
    transport->link = options->link;
    transport->queue = drill_link_queue(options->link);
    transport->allocator = allocator;
    transport->hooks = options->hooks;
    transport->observer = options->observer;
    transport->number = options->number;
    transport->class_of->open(transport, options, now_ns);
    drill_toxics_opened(transport, now_ns);
    return transport;
}

void drill_transport_free(DrillTransport *transport) {
    if (transport == NULL) {
        return;
    }
    DRILL_ASSERT(transport->calling == 0);
    drill_path_forget(transport->link, transport);
    transport->class_of->free(transport);
    drill_toxics_free(transport);
    for (int i = 0; i < 2; i++) {
        drill_slicer_stop(transport, i);
        forget_notice(transport, i);
        drill_flow_free(transport, i);
    }
    drill_release(transport->allocator, transport, sizeof(*transport));
}

void drill_transport_send(DrillTransport *transport, int side, DrillSpan bytes, uint64_t now_ns) {
    DRILL_ASSERT(side == 0 || side == 1);
    if (transport->sides[side].mute || bytes.size == 0) {
        return;
    }
    if (transport->datagrams != NULL) {
        DrillDatagram datagram = {.bytes = bytes};
        drill_datagram_send(transport, side, &datagram, now_ns);
        return;
    }
    if (drill_slicer_send(transport, side, bytes, now_ns)) {
        return;
    }
    drill_ring_append(&transport->flows[side].ring, transport->allocator, bytes);
    transport->class_of->send(transport, side, bytes.size, now_ns);
}

void drill_transport_send_packet(DrillTransport *transport, int side, const DrillDatagram *packet,
                                 uint64_t now_ns) {
    DRILL_ASSERT(side == 0 || side == 1);
    if (transport->datagrams == NULL) {
        drill_transport_send(transport, side, packet->bytes, now_ns);
    } else if (!transport->sides[side].mute && packet->bytes.size > 0) {
        drill_datagram_send(transport, side, packet, now_ns);
    }
}

uint64_t drill_transport_arriving(const DrillTransport *transport) {
    return transport->arriving;
}

void drill_transport_close(DrillTransport *transport, int side, DrillCloseHow how, bool half,
                           uint64_t now_ns) {
    DRILL_ASSERT(side == 0 || side == 1);
    DrillSide *closing = &transport->sides[side];
    bool was_mute = closing->mute;
    closing->mute = true;
    if (how != DRILL_CLOSE_FIN || !half) {
        closing->deaf = true;
    }
    if (closing->dead || (how == DRILL_CLOSE_FIN && was_mute)) {
        return;
    }
    if (drill_slicer_close(transport, side, how)) {
        return;
    }
    switch (how) {
    case DRILL_CLOSE_FIN:
        transport->class_of->finish(transport, side, now_ns);
        return;
    case DRILL_CLOSE_RST:
        transport->class_of->reset(transport, side, now_ns);
        return;
    case DRILL_CLOSE_VANISH:
        drill_transport_kill(transport, side);
        return;
    case DRILL_CLOSE_TIMEOUT:
        break; /* nobody's choice */
    }
    DRILL_ASSERT(false);
}

void drill_transport_cut(DrillTransport *transport, DrillCloseHow how, uint64_t now_ns) {
    DRILL_ASSERT(how != DRILL_CLOSE_TIMEOUT);
    DrillNetEvent event = {
        .kind = DRILL_NET_CUT, .direction = 0, .reason = drill_close_name(how), .flags = ""};
    event.offset = transport->flows[0].consumed;
    drill_transport_tell(transport, &event, now_ns);
    drill_transport_end(transport, how, now_ns);
}

void drill_transport_end(DrillTransport *transport, DrillCloseHow how, uint64_t now_ns) {
    for (int side = 0; side < 2; side++) {
        transport->sides[side].cut = true;
        drill_transport_kill(transport, side);
        if (how == DRILL_CLOSE_VANISH) {
            transport->sides[side].deaf = true;
            forget_notice(transport, side);
        } else if (!transport->sides[side].deaf) {
            drill_transport_notify(transport, side, how, now_ns);
        }
    }
}

void drill_transport_pause_reading(DrillTransport *transport, int side, bool paused,
                                   uint64_t now_ns) {
    DRILL_ASSERT(side == 0 || side == 1);
    DrillFlow *flow = &transport->flows[1 - side];
    bool goes_on = flow->paused && !paused;
    flow->paused = paused;
    if (goes_on && !transport->sides[side].dead) {
        drill_flow_resume(transport, 1 - side, now_ns);
    }
}

uint64_t drill_transport_queued_bytes(const DrillTransport *transport, int side) {
    DRILL_ASSERT(side == 0 || side == 1);
    return drill_transport_sent_bytes(transport, side) - transport->flows[side].acknowledged;
}

bool drill_transport_busy(const DrillTransport *transport) {
    if (transport->sides[0].notice != 0 || transport->sides[1].notice != 0) {
        return true;
    }
    if (transport->sides[0].dead && transport->sides[1].dead) {
        return false;
    }
    return transport->in_flight > 0 || drill_toxics_busy(transport) ||
           drill_flow_waiting(transport, 0) || drill_flow_waiting(transport, 1) ||
           transport->class_of->busy(transport);
}

uint64_t drill_transport_sent_bytes(const DrillTransport *transport, int direction) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    const DrillSlicer *slicer = &transport->slicers[direction];
    return transport->flows[direction].ring.end + slicer->pending.size - slicer->used;
}

uint64_t drill_transport_delivered_bytes(const DrillTransport *transport, int direction) {
    DRILL_ASSERT(direction == 0 || direction == 1);
    return transport->flows[direction].delivered;
}
