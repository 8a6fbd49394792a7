/* Inside net: what both kinds of transport have in common. The kind moves bytes from one side to
 * the other; from the moment they are there in order, everything else - delays and cuts at offsets,
 * the owner's hooks, who may still send or is still told - is done here, the same for both.
 *
 * The owner's hooks are called from queue events only, never from inside a call of the owner: so
 * the owner may call anything but drill_transport_free from inside them. */
#ifndef DRILL_NET_CONNECTION_H
#define DRILL_NET_CONNECTION_H

#include "base/arena.h"
#include "net/path.h"
#include "net/ring.h"
#include "net/toxic.h"

typedef struct DrillTcp DrillTcp;
typedef struct DrillDatagrams DrillDatagrams;

typedef struct DrillDelayAt {
    uint64_t offset;
    uint64_t by_ns;
    uint64_t release_ns; /* 0: the byte has not come yet */
} DrillDelayAt;

typedef struct DrillCutAt {
    bool set;
    bool after;
    DrillCloseHow how;
    uint64_t offset;
} DrillCutAt;

/* One direction's bytes. consumed <= arrived <= ring.end. */
typedef struct DrillFlow {
    DrillRing ring;
    uint64_t arrived;      /* in order at the receiving side */
    uint64_t consumed;     /* handed to the reader, or thrown away for want of one */
    uint64_t delivered;    /* handed to the reader */
    uint64_t acknowledged; /* the sender needs no bytes below */
    bool ended;            /* FIN came behind the last byte */
    bool paused;           /* the reader takes nothing for now */
    DrillCutAt cut;
    DrillDelayAt *delays;
    size_t delays_count;
    size_t delays_capacity;
    DrillEventHandle release_event;
} DrillFlow;

typedef struct DrillSide {
    bool opened; /* the owner was told */
    bool ended;  /* the owner was told that the far side sends nothing more */
    bool deaf;   /* the owner is told nothing more */
    bool mute;   /* may not send any more */
    bool dead;   /* nothing is received or sent */
    bool cut;    /* dead by a cut: what still arrives is reported lost */
    DrillEventHandle notice;
    DrillCloseHow notice_how;
} DrillSide;

typedef struct DrillTransportClass {
    void (*open)(DrillTransport *transport, const DrillTransportOptions *options, uint64_t now_ns);
    void (*arrive)(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns);
    void (*send)(DrillTransport *transport, int side, size_t size, uint64_t now_ns);
    /* The side has nothing more to send. */
    void (*finish)(DrillTransport *transport, int side, uint64_t now_ns);
    /* It tells the other side so and falls silent. */
    void (*reset)(DrillTransport *transport, int side, uint64_t now_ns);
    /* The side falls silent at once. */
    void (*kill)(DrillTransport *transport, int side);
    bool (*busy)(const DrillTransport *transport);
    void (*free)(DrillTransport *transport);
    /* The reader on `side` goes on. Or NULL. */
    void (*reader_moved)(DrillTransport *transport, int side, uint64_t now_ns);
    /* What a packet's header says. Or NULL. */
    void (*describe)(const DrillTransport *transport, const DrillPacket *packet,
                     DrillNetEvent *event);
    /* The path has lost it after having taken it; or NULL. A copy, too. */
    void (*lost)(DrillTransport *transport, const DrillPacket *packet, uint64_t now_ns);
} DrillTransportClass;

extern const DrillTransportClass drill_class_stream;
extern const DrillTransportClass drill_class_tcp;
extern const DrillTransportClass drill_class_datagram;

struct DrillTransport {
    const DrillTransportClass *class_of;
    DrillLink *link;
    DrillQueue *queue;
    DrillAllocator allocator;
    DrillTransportHooks hooks;
    DrillNetObserver observer;
    uint64_t number;
    DrillSide sides[2];
    DrillFlow flows[2];        /* by direction: flows[0] is sent by side 0 and read by side 1 */
    uint64_t in_flight;        /* packets on the link */
    unsigned calling;          /* hooks running */
    DrillTcp *tcp;             /* NULL: another kind */
    DrillDatagrams *datagrams; /* NULL: another kind */
    uint64_t arriving;         /* tag of the datagram that is being handed over */
    DrillTrail trail;          /* what the path knows of it */
    DrillToxicState toxic;
    DrillSlicer slicers[2]; /* by sending side */
};

/* transport.c */
const char *drill_transport_emit(DrillTransport *transport, DrillPacket *packet, const char *flags,
                                 uint64_t now_ns);
void drill_transport_tell(DrillTransport *transport, const DrillNetEvent *event, uint64_t now_ns);
void drill_transport_tell_opened(DrillTransport *transport, int side, uint64_t now_ns);
void drill_transport_tell_closed(DrillTransport *transport, int side, DrillCloseHow how, bool half,
                                 uint64_t now_ns);
void drill_transport_kill(DrillTransport *transport, int side);
/* Ends it now, without reporting a cut. */
void drill_transport_end(DrillTransport *transport, DrillCloseHow how, uint64_t now_ns);
/* The side is told of its end later, unless it closes before. */
void drill_transport_notify(DrillTransport *transport, int side, DrillCloseHow how, uint64_t at_ns);

/* Stream offset of a packet's first payload byte. TCP counts its SYN as sequence number 0. */
static inline uint64_t drill_packet_offset(const DrillTransport *transport,
                                           const DrillPacket *packet) {
    bool shifted = transport->tcp != NULL && packet->sequence > 0;
    return packet->sequence - (shifted ? 1 : 0);
}

/* datagram.c */
void drill_datagram_send(DrillTransport *transport, int side, const DrillDatagram *datagram,
                         uint64_t now_ns);
DrillResult drill_datagram_drop_at(DrillTransport *transport, int direction, uint64_t offset);
void drill_datagram_pump(DrillTransport *transport, int direction, uint64_t now_ns);

/* flow.c */
/* The cut that is placed on this direction strikes. */
void drill_flow_strike(DrillTransport *transport, int direction, uint64_t now_ns);
/* Bytes below `arrived` are there in order. Delivers what may be delivered. */
void drill_flow_arrived(DrillTransport *transport, int direction, uint64_t arrived, bool ended,
                        uint64_t now_ns);
/* Hands over what may be handed over by now. */
void drill_flow_pump(DrillTransport *transport, int direction, uint64_t now_ns);
void drill_flow_acknowledged(DrillTransport *transport, int direction, uint64_t offset);
/* The reader takes bytes again: as soon as the queue comes to it. */
void drill_flow_resume(DrillTransport *transport, int direction, uint64_t now_ns);
bool drill_flow_waiting(const DrillTransport *transport, int direction);
void drill_flow_quiet(DrillTransport *transport, int direction);
void drill_flow_free(DrillTransport *transport, int direction);

#endif
