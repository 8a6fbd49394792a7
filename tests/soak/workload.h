/* One random run: a world whose nodes, links, faults and operations all follow from a seed. */
#ifndef TEST_SOAK_WORKLOAD_H
#define TEST_SOAK_WORKLOAD_H

#include "base/random.h"
#include "world/world.h"

#define SOAK_NODES_MAX 6u

typedef struct SoakWorkload SoakWorkload;
typedef struct SoakNode SoakNode;

/* Draws in order: what a seed means may change with the program, but never with the machine. */
typedef struct SoakDice {
    DrillStream stream;
    uint64_t thrown;
} SoakDice;
static inline uint64_t soak_below(SoakDice *dice, uint64_t bound) {
    return drill_stream_below(dice->stream, dice->thrown++, 0, bound);
}
static inline bool soak_one_in(SoakDice *dice, uint64_t times) {
    return soak_below(dice, times) == 0;
}

struct SoakNode {
    SoakWorkload *workload;
    DrillWorldClient *client;
    uint32_t index;
    bool raw, connected, manual_acks;
    char name[8], client_id[8];
    DrillClientConfig config; /* of the next connection */
    char will_topic[16], will_payload[16];
    /* raw: what it owes the broker, sent between two events; what it may send again */
    DrillBuffer answers, unacknowledged;
    uint16_t next_identifier, unacknowledged_identifier;
    bool lazy; /* answers late */
    DrillQos usual_qos;
};

struct SoakWorkload {
    SoakDice dice;
    DrillArena *arena;
    DrillAllocator allocator;
    DrillWorld *world;
    SoakNode nodes[SOAK_NODES_MAX];
    DrillVersion version;
    uint32_t node_count, payloads;
    bool reached, lossy; /* the broker drops what is too much: it will be found to owe messages */
};

/* The virtual broker of this run. First draws of all. */
DrillBrokerConfig soak_broker(SoakWorkload *workload);
/* Adds the nodes, runs all operations, and on half of the seeds heals everything at the end. The
 * caller then lets the world come to rest. */
void soak_workload_run(SoakWorkload *workload);

/* node.c: what a node is, and raw nodes' share of the protocol */
void soak_node_new(SoakWorkload *workload, uint32_t index);
DrillLinkSettings soak_link(SoakDice *dice, bool stream); /* streams lose nothing */
void soak_node_connect(SoakNode *node);
void soak_raw_packet(SoakNode *node, DrillSpan bytes);
void soak_raw_flush(SoakNode *node);
void soak_raw_send(SoakNode *node, const DrillPacket *packet);
void soak_raw_again(SoakNode *node);
void soak_raw_offend(SoakNode *node);
void soak_raw_forget(SoakNode *node); /* its connection is gone */
const char *soak_topic(SoakDice *dice);
DrillPublishPacket soak_message(SoakNode *node, char text[2048]);

#endif
