/* One random run: a world whose nodes, links, faults and operations all follow from a seed. */
#ifndef TEST_SOAK_WORKLOAD_H
#define TEST_SOAK_WORKLOAD_H

#include "base/random.h"
#include "world/world.h"

#define SOAK_NODES_MAX 6u
#define SOAK_TEXT_MAX  2048u

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

/* A list of properties that is being put together; properties.c. */
typedef struct SoakList {
    DrillBuffer bytes;
    uint32_t count;
} SoakList;

/* What a raw node knows of its connection: what CONNACK allowed, and how much is unanswered. */
typedef struct SoakAllowance {
    uint32_t receive_maximum, unanswered, packet_bytes_max, topic_alias_maximum;
    DrillQos qos_max;
    bool no_retain, no_wildcards, no_identifiers, no_shared;
} SoakAllowance;

struct SoakNode {
    SoakWorkload *workload;
    DrillWorldClient *client;
    uint32_t index;
    DrillVersion version;
    bool raw, connected, manual_acks;
    char name[8], client_id[40];
    DrillClientConfig config; /* of the next connection */
    char will_topic[16], will_payload[16];
    SoakList connect_list, will_list, packet_list;
    /* raw: what it owes the broker, sent between two events; what it may send again */
    DrillBuffer answers, unacknowledged;
    uint16_t next_identifier, unacknowledged_identifier;
    SoakAllowance allowance;
    bool lazy, mute; /* answers late; leaves what it gets unanswered */
    DrillQos usual_qos;
    /* what the server wants to be answered with AUTH */
    DrillBuffer challenge;
    bool challenged;
    bool aliased;  /* Topic Alias 1 was given to a topic, on some connection */
    bool offended; /* and waits for the broker to close */
};

struct SoakWorkload {
    SoakDice dice;
    DrillArena *arena;
    DrillAllocator allocator;
    DrillWorld *world;
    SoakNode nodes[SOAK_NODES_MAX];
    SoakNode hostile; /* a raw node that is here for its offences */
    DrillVersion version;
    uint32_t node_count, payloads;
    bool reached, lossy; /* the broker drops what is too much: it will be found to owe messages */
    bool mixed;          /* 5.0: some nodes speak 3.1.1 */
    bool users;          /* the broker knows some */
    /* What is rich in coincidences leaves much in doubt: on some seeds there are few topics, no
     * payload comes twice and Sessions last; and of these on some all subscriptions are shared. */
    bool narrow, sharing;
    DrillWorldAuthentication authentication;
    SoakList broker_list;
};

/* broker.c: the virtual broker of this run. First draws of all. */
DrillBrokerConfig soak_broker(SoakWorkload *workload);
/* Adds the nodes, runs all operations, and on half of the seeds heals everything at the end. The
 * caller then lets the world come to rest. */
void soak_workload_run(SoakWorkload *workload);

/* properties.c: what 5.0 adds to packets. Lists are valid until the next one is begun. */
void soak_list_begin(SoakList *list, SoakWorkload *workload);
DrillProperties soak_list(const SoakList *list);
void soak_put_number(SoakList *list, DrillPropertyId id, uint64_t number);
void soak_put_text(SoakList *list, DrillPropertyId id, const char *text);
void soak_put_pair(SoakList *list, const char *name, const char *value); /* User Property */
void soak_put_explanation(SoakNode *node, SoakList *list, bool reason_string);
void soak_put_message(SoakNode *node, SoakList *list);
void soak_connect_lists(SoakNode *node);
void soak_authentication(SoakWorkload *workload);
void soak_challenge(SoakNode *node, const DrillReasonPacket *auth); /* AUTH came: it is answered */

/* node.c: what a node is */
void soak_node_new(SoakWorkload *workload, uint32_t index);
DrillLinkSettings soak_link(SoakDice *dice, bool stream); /* streams lose nothing */
void soak_node_connect(SoakNode *node);
const char *soak_topic(SoakWorkload *workload);
DrillPublishPacket soak_message(SoakNode *node, char text[SOAK_TEXT_MAX]);

/* raw.c: raw nodes' share of the protocol */
void soak_raw_connect(SoakNode *node);
void soak_raw_packet(SoakNode *node, DrillSpan bytes);
void soak_raw_flush(SoakNode *node);
bool soak_raw_send(SoakNode *node, const DrillPacket *packet);
void soak_raw_publish(SoakNode *node, DrillPublishPacket *message);
void soak_raw_again(SoakNode *node);
void soak_raw_forget(SoakNode *node); /* its connection is gone */

/* offences.c: what a server has to close for */
void soak_raw_offend(SoakNode *node);
void soak_hostile_new(SoakWorkload *workload);
void soak_hostile_act(SoakWorkload *workload);

#endif
