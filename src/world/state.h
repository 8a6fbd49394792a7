/* What the files of this module share: the world, its connections, and the two kinds of far end.
 *
 * Sides and directions are those of net/transport.h: side 0 is the client's, side 1 the far end's;
 * direction 0 is "c>b". */
#ifndef DRILL_WORLD_STATE_H
#define DRILL_WORLD_STATE_H

#include <mqttdrill/connection.h>

#include "world/world.h"

#define DRILL_WORLD_CLIENTS_MAX 1000000u
/* What the options of a client must be, told where they are not. */
#define DRILL_CLIENT_OPTIONS_RULES                                                                 \
    "texts are UTF-8 of at most 65,535 bytes without U+0000, a Will Topic has no wildcards, 3.1 "  \
    "has Client Identifiers of 1 to 23 bytes, Authentication Data needs a method"
#define DRILL_WORLD_RULES_MAX 10000u

typedef struct DrillWorldConnection DrillWorldConnection;

/* A packet on its way: where it ends in the stream, and which event sent it. */
typedef struct DrillUnderway {
    uint64_t end_offset;
    uint64_t number;
} DrillUnderway;

/* One direction of one connection, watched at both of its ends. */
typedef struct DrillTap {
    DrillReader
        sending; /* splits what a raw node or a real broker sends; machines send whole packets */
    DrillReader receiving;
    uint64_t packets;        /* whole or not */
    uint64_t sent_bytes;     /* handed to the transport */
    uint64_t serious_bytes;  /* of these, up to the last packet that was no ping */
    uint64_t arrived_bytes;  /* datagram: given by the transport to the reader */
    uint8_t last_type;       /* of the last packet that was sent */
    DrillUnderway *underway; /* ring, oldest first; datagram: arrived and not read yet */
    uint32_t underway_first, underway_count, underway_capacity;
    uint64_t cut_fault;  /* number of the fault placed on this direction; 0: none */
    uint64_t cut_packet; /* event number of the packet it is about */
    uint64_t cut_offset;
} DrillTap;

struct DrillWorldConnection {
    DrillWorld *world;
    DrillWorldClient *client;
    uint64_t number;
    DrillTransport *transport;
    DrillTap taps[2];    /* by direction */
    bool opened[2];      /* by side: the transport said so */
    bool half_closed[2]; /* by side: it sends nothing more */
    bool heard_end[2];   /* by side: the other one sends nothing more */
    bool closed[2];      /* by side: nothing more happens there */
    bool reaping;        /* both sides are closed; will be freed */
    bool vanished;       /* a cut of which nobody is told */
    /* near end: a real client, or `client` is a virtual one and socket 0 */
    uint64_t socket;           /* the driver's number */
    bool socket_open;          /* the driver may still have inputs for it */
    bool socket_held;          /* is not read from, because too much is under way */
    bool socket_full;          /* takes nothing for now */
    bool socket_ends;          /* its end was seen before it could be passed on */
    DrillBuffer early;         /* what it said before it had a name and a connection */
    DrillEventHandle nameless; /* when it gets a name without having said one */
    uint64_t accepted_ns;
    /* far end: virtual broker */
    DrillBrokerConnection *accepted;
    DrillBuffer paused; /* received while the broker was paused */
    bool paused_end;    /* and then the far side closed, like this: */
    DrillCloseHow paused_how;
    bool paused_half;
    /* far end: gateway */
    bool outside_open; /* the driver may still have inputs for it */
    bool outside_connected;
    bool outside_held;   /* as socket_held */
    bool outside_full;   /* as socket_full; or what waits for the connection is enough */
    bool outside_ends;   /* closed on our side, as soon as it is connected and has been given what
                            waits */
    DrillBuffer waiting; /* for the outside to be connected */
    /* both ends: one has said its end, the other goes on */
    DrillEventHandle half_timer;
    uint64_t half_bytes;    /* had passed when it was last looked at */
    uint64_t held_bytes[2]; /* by side: of a packet that is not whole yet */
    bool overflowing;       /* too much waits for a client that does not read; it will be reset */
};

/* A packet that client:hold keeps back. */
typedef struct DrillHeld {
    struct DrillHeld *next;
    uint64_t connection; /* its number: a later one may lie where this one was */
    DrillSpan packet;
} DrillHeld;

/* A fault waiting for its packet. */
typedef struct DrillRule {
    struct DrillRule *next;
    DrillFaultSpec spec;
    uint64_t number;
    uint32_t seen; /* matching packets so far */
    bool placed;
    bool struck;
    const char *text;
} DrillRule;

struct DrillWorldClient {
    DrillWorld *world;
    const char *name;
    DrillSpan name_span;
    bool raw, stream, datagram;
    const struct DrillTcpSettings *tcp; /* NULL: as Linux */
    DrillVersion version;               /* a real client's: of its last CONNECT */
    bool outside;                       /* a real one, on the driver's sockets */
    bool passing;         /* outside, and without a name of its own: gone with its connection */
    uint32_t connections; /* not freed yet */
    uint64_t parted_until_ns;
    uint32_t index;       /* in world->clients */
    DrillClient *machine; /* NULL: raw */
    DrillLink *link;
    DrillWorldConnection *connection; /* the present one; NULL: none */
    DrillEventHandle timer;
    uint64_t timer_ns;
    bool clean; /* of the next connection, for app.connect */
    uint16_t keep_alive_s;
    uint64_t published;                   /* messages accepted so far: the number of the last one */
    const DrillPublishPacket *publishing; /* being accepted right now, its event not emitted yet */
    int inside;                           /* depth of calls into the machine */
    bool wants_close;
    DrillClientClose close_why;
    bool authenticates; /* by a method of its own, which `method` plays */
    struct DrillClientMethod *method;
    bool holds[16]; /* by packet type */
    DrillHeld *held_first, **held_last;
    DrillRule *rules_first, **rules_last;
    const DrillWorldObserver *observer; /* the world's, or its fleet's */
    void *user;
};

struct DrillWorld {
    DrillAllocator allocator;
    DrillDriver *driver;
    DrillTracer *tracer;
    DrillQueue *queue;
    DrillWorldOptions options;
    DrillWorldObserver observer;
    uint64_t cause; /* event number that whatever happens now is caused by */
    uint64_t steps;
    uint64_t last_activity_ns; /* packets other than PINGREQ and PINGRESP, opens and closes */
    uint64_t last_arrival_ns;
    DrillWorldClient **clients; /* in order of creation */
    uint32_t client_count, client_capacity;
    uint32_t *holes; /* indexes of clients that are gone, to be used again */
    uint32_t hole_count, hole_capacity;
    uint64_t forgotten; /* real clients that are gone */
    DrillMap *clients_by_name;
    struct DrillFleet *fleets;          /* in order of creation */
    DrillWorldConnection **connections; /* by number - 1; NULL: freed */
    uint64_t connection_count, connection_capacity;
    uint64_t fault_count;
    bool over_limit;
    DrillEventHandle limit_timer;
    bool unreachable;
    /* real clients */
    DrillMap *by_socket; /* their connections */
    uint64_t held_bytes; /* what real peers have begun and not ended */
    DrillWorldControl control;
    bool stopping;
    DrillWorldCounters counters;
    /* settling */
    bool settling, settled, settled_busy;
    uint64_t quiet_ns, settle_until_ns, patient_until_ns;
    /* virtual broker; NULL when the far end is a real one */
    DrillBroker *broker;
    DrillEventHandle broker_timer;
    uint64_t broker_timer_ns;
    bool broker_down, broker_keeps_sessions;
    uint64_t broker_paused_until_ns; /* 0: not paused */
    /* enhanced authentication; NULL: not needed so far */
    struct DrillBrokerMethod *broker_method;
    struct DrillScramKeys *scram_keys;
};

/* --- emit.c --- */
extern const DrillSpan drill_broker_name;
const char *drill_direction_text(int direction); /* "c>b" "b>c" */
/* Fills in time; cause is the world's unless given. Returns the event's number. */
uint64_t drill_emit(DrillWorld *world, DrillSpan node, DrillTraceKind kind,
                    const DrillTraceValue *values, size_t count);
uint64_t drill_emit_caused(DrillWorld *world, uint64_t cause, DrillSpan node, DrillTraceKind kind,
                           const DrillTraceValue *values, size_t count);
static inline DrillTraceValue drill_value(uint64_t number) {
    DrillTraceValue value = {.number = number};
    return value;
}
static inline DrillTraceValue drill_value_bytes(DrillSpan bytes) {
    DrillTraceValue value = {.bytes = bytes};
    return value;
}
DrillTraceValue drill_value_text(const char *text);
DrillSpan drill_side_name(const DrillWorldConnection *connection, int side);
/* What the transport reports, into the trace. */
DrillNetObserver drill_net_observer(DrillWorldConnection *connection);

/* --- connection.c --- */
DrillWorldConnection *drill_connection_open(DrillWorldClient *client);
/* The same in two steps: a number and room for what comes, then a client and a transport. */
DrillWorldConnection *drill_connection_new(DrillWorld *world);
void drill_connection_start(DrillWorldConnection *connection, DrillWorldClient *client);
void drill_connection_free(DrillWorldConnection *connection);
/* One whole packet leaves `side`. */
/* Bytes arrive at the client as if the far end had sent them now; `number`: the event that is their
 * cause. */
void drill_connection_insert(DrillWorldConnection *connection, DrillSpan bytes, uint64_t number);
void drill_connection_send(DrillWorldConnection *connection, int side, DrillSpan packet);
/* Bytes of unknown shape leave `side`, packet by packet: what is not whole yet is kept until it is,
 * or the end. */
void drill_connection_send_packets(DrillWorldConnection *connection, int side, DrillSpan bytes);
/* The same, but every byte leaves at once; only the trace waits for packets to be whole. */
void drill_connection_send_bytes(DrillWorldConnection *connection, int side, DrillSpan bytes);
/* This side ends it. */
void drill_connection_close(DrillWorldConnection *connection, int side, DrillCloseHow how,
                            bool half);
/* The next packet in bytes that arrived at `side`: emits mqtt.received and makes it the cause.
 * False: none is whole. *whole false: the stream is broken, *packet is the rest of it. */
bool drill_connection_next(DrillWorldConnection *connection, int side, DrillSpan *bytes,
                           DrillSpan *packet, bool *whole);
/* The driver has no more inputs for it. */
void drill_connection_outside_ended(DrillWorldConnection *connection);
void drill_connection_socket_ended(DrillWorldConnection *connection); /* the same at the near end */
/* A real peer at `side` has said its end. True: the other direction goes on, and the driver's
 * connection with it. */
bool drill_connection_half_close(DrillWorldConnection *connection, int side);
/* One direction has ended, and the other end is there to go on for a while. */
void drill_connection_half_open(DrillWorldConnection *connection);
/* What a side's real socket takes decides whether its end of the transport reads. */
void drill_connection_writable(DrillWorldConnection *connection, int side, bool writable);
/* After bytes of a real peer: counts what is kept until its packet is whole. False: all of them
 * together keep too much. */
bool drill_connection_may_hold(DrillWorldConnection *connection, int side);
uint64_t drill_connection_under_way(const DrillWorldConnection *connection, int direction);
/* The transport told this side of the end. */
void drill_connection_ended(DrillWorldConnection *connection, int side, DrillCloseHow how,
                            bool half);
bool drill_connection_busy(const DrillWorldConnection *connection);
bool drill_is_ping(DrillSpan packet);

/* --- client_node.c --- */
/* The times after which unacknowledged packets are sent again, where the transport loses them one
 * by one: unless the scenario says otherwise (DRILL_NEVER: never). */
void drill_retry_default(bool datagram, uint64_t *retry_ns, uint64_t *retry_ns_max);
void drill_client_node_opened(DrillWorldConnection *connection);
void drill_client_node_received(DrillWorldConnection *connection, DrillSpan bytes);
void drill_client_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half);
/* Around every call into the machine. */
void drill_client_node_enter(DrillWorldClient *client);
void drill_client_node_leave(DrillWorldClient *client);
DrillClientHooks drill_client_node_hooks(DrillWorldClient *client);

/* --- raw_node.c --- */
void drill_raw_node_opened(DrillWorldConnection *connection);
void drill_raw_node_received(DrillWorldConnection *connection, DrillSpan bytes);
void drill_raw_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half);

/* --- authentication.c --- */
typedef struct DrillClientMethod DrillClientMethod;
typedef struct DrillBrokerMethod DrillBrokerMethod;
/* Makes the method of the world's options, and puts it into a configuration of the broker. */
void drill_broker_method_start(DrillWorld *world);
void drill_broker_method_add(DrillWorld *world, DrillBrokerConfig *config);
void drill_broker_method_free(DrillWorld *world);
/* Where the configuration wants a method that we can play, lets it be played: takes method and
 * password out of what CONNECT says. `scratch` holds the properties until they have been copied. */
DRILL_MUST_USE DrillResult drill_client_method_configure(DrillWorldClient *client,
                                                         DrillClientConfig *config,
                                                         DrillBuffer *scratch,
                                                         DrillDiagnostic *diagnostic);
void drill_client_method_free(DrillWorldClient *client);

/* --- broker_node.c --- */
void drill_broker_node_start(DrillWorld *world);
void drill_broker_node_opened(DrillWorldConnection *connection);
void drill_broker_node_received(DrillWorldConnection *connection, DrillSpan bytes);
void drill_broker_node_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half);

/* --- accepted_node.c --- */
void drill_accepted_opened(DrillWorldConnection *connection);
void drill_accepted_received(DrillWorldConnection *connection, DrillSpan bytes);
void drill_accepted_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half);
void drill_accepted_input(DrillWorld *world, const DrillInput *input);
/* Sockets whose bytes pile up on the way are not read from until some have arrived. */
void drill_accepted_balance(DrillWorldConnection *connection);
/* No more are accepted; those without a name yet are gone. */
void drill_accepted_stop(DrillWorld *world);
/* A real client that is gone and has nothing which the next one of that name would not have. */
bool drill_accepted_is_forgettable(const DrillWorldClient *client);

/* The socket is reset, and the connection from its side. */
void drill_accepted_give_up(DrillWorldConnection *connection);

/* --- gateway_node.c --- */
void drill_gateway_opened(DrillWorldConnection *connection);
void drill_gateway_received(DrillWorldConnection *connection, DrillSpan bytes);
void drill_gateway_closed(DrillWorldConnection *connection, DrillCloseHow how, bool half);
void drill_gateway_give_up(DrillWorldConnection *connection); /* as drill_accepted_give_up */
void drill_gateway_input(DrillWorld *world, const DrillInput *input);

/* --- fault.c --- */
/* Looks for faults that wait for this packet, which is about to be handed to the transport at
 * stream offset `start`. */
void drill_fault_match(DrillWorldConnection *connection, int direction, DrillSpan packet,
                       uint64_t start, uint64_t number);
/* A cut placed on this direction has struck (-1: it was cut at once). */
void drill_fault_struck(DrillWorldConnection *connection, int direction);
void drill_fault_report_unused(DrillWorld *world);
/* Cuts a connection because the run ends: armed and struck at once. */
void drill_fault_stop(DrillWorldConnection *connection);
void drill_faults_free(DrillWorldClient *client);

/* --- fleet.c --- */
void drill_fleets_stop(DrillWorld *world); /* the run ends: they do nothing more by themselves */
void drill_fleets_free(DrillWorld *world);

/* --- world.c --- */
void drill_world_remove_client(DrillWorldClient *client);

#endif
