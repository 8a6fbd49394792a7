/* A fleet: many virtual clients that do the same thing without a script's help. They connect at a
 * rate, subscribe, publish in a rhythm, stay away for a while, and come back when their connection
 * was lost. Each is a node like any other, with its own machine, link and events in the trace; what
 * the fleet adds is one record of fixed size and one timer for each.
 *
 * Everything random is drawn from streams named after the fleet ("fleet/NAME/phase" ...), indexed
 * by member and occasion: one member's life does not depend on another's. */
#ifndef DRILL_WORLD_FLEET_H
#define DRILL_WORLD_FLEET_H

#include "world/world.h"

typedef struct DrillFleet DrillFleet;

/* Texts with places: "{i}" is the member's number, from 1, "{k}" the number of its message, from 1;
 * other braces stand for themselves. */
void drill_fleet_expand(DrillSpan text, uint64_t member, uint64_t message, DrillBuffer *out);
/* No expansion is longer than an UTF-8 string of MQTT may be. */
#define DRILL_FLEET_TEXT_BYTES_MAX ((size_t)8000)

typedef struct DrillFleetPublishing {
    uint64_t every_ns;  /* 0: nothing is published */
    uint64_t jitter_ns; /* each message is late by less than this */
    bool together;      /* members publish at the same instants; else each has its own phase */
    uint64_t count;     /* messages of each member; 0: no limit */
    uint64_t during_ns; /* since the fleet began; 0: no limit */
    DrillQos qos;
    bool retain;
    DrillSpan topic, payload;   /* texts with places */
    DrillProperties properties; /* 5.0 */
} DrillFleetPublishing;

typedef struct DrillFleetOptions {
    const char *name; /* of the fleet; its members are called NAME-1, NAME-2 ... */
    uint32_t members_max;
    DrillWorldLink link;
    /* `batch` members begin to connect in each `batch_ns`, evenly. batch 0: all at once. */
    uint64_t batch, batch_ns;
    /* After a connection was lost or refused, between once and twice this until the next; NEVER:
     * there is none. */
    uint64_t reconnect_ns;
    DrillFleetPublishing publishing;
    const DrillFilter *subscriptions; /* filters are texts with places; {k} is 1 */
    uint32_t subscription_count;
    /* How long a connection is kept: exponential, with this mean; 0: for good. */
    uint64_t lifetime_ns;
    uint64_t away_ns; /* and then it comes back after this */
    bool disconnects; /* leaves with DISCONNECT, else by `leaves_how` */
    DrillCloseHow leaves_how;
} DrillFleetOptions;

typedef struct DrillFleetStats {
    uint64_t members, connected; /* now */
    uint64_t connects, resumed;  /* accepted connections; with a Session present */
    uint64_t refused;            /* CONNACK with an error */
    uint64_t failed;             /* ended before there was a CONNACK */
    uint64_t left, dropped; /* connections ended by the member's own will, and all other ends */
    uint64_t subscribed, unsubscribable; /* filters granted, and refused */
    uint64_t published, missed;          /* missed: not connected, or its queue was full */
    uint64_t acknowledged, lost;         /* QoS 1 and 2; lost: given up with the Session */
    uint64_t resent;                     /* PUBLISH packets with DUP */
    uint64_t received;
} DrillFleetStats;

/* Copies all of it. The link must be one that drill_world_add_client takes. */
DrillFleet *drill_fleet_new(DrillWorld *world, const DrillFleetOptions *options);
/* The next member. `config` says everything but what the fleet says. */
DRILL_MUST_USE DrillResult drill_fleet_add(DrillFleet *fleet, const DrillClientConfig *config,
                                           DrillDiagnostic *diagnostic);
/* Begins, with the members added so far. */
void drill_fleet_start(DrillFleet *fleet);
/* No more publishing, leaving and reconnecting: who is connected stays so. */
void drill_fleet_stop(DrillFleet *fleet);
/* The same, and those that are connected disconnect. */
void drill_fleet_disconnect(DrillFleet *fleet);

const char *drill_fleet_name(const DrillFleet *fleet);
DrillFleetStats drill_fleet_stats(const DrillFleet *fleet);
/* Members that have been accepted once. */
uint32_t drill_fleet_seen(const DrillFleet *fleet);
/* Members whose connection is not closed yet at their end. */
uint32_t drill_fleet_open(const DrillFleet *fleet);
/* There is no time at which it will have published all: nothing is published, or without a limit.
 */
bool drill_fleet_endless(const DrillFleet *fleet);
/* Each member has published all it was to publish. */
bool drill_fleet_published(const DrillFleet *fleet);
/* Messages of QoS 1 and 2 not acknowledged and not lost yet. */
uint64_t drill_fleet_unacknowledged(const DrillFleet *fleet);

/* Times from publishing to the acknowledgement that ends the exchange, of QoS 1 and 2. */
uint64_t drill_fleet_latency_count(const DrillFleet *fleet);
/* The smallest time below which `per_10000` of them lie: up to 1/64 too high. 0: there are none. */
uint64_t drill_fleet_latency_ns(const DrillFleet *fleet, uint32_t per_10000);
uint64_t drill_fleet_latency_max_ns(const DrillFleet *fleet);

#endif
