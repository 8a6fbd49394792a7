/* Topic Aliases of one Network Connection (5.0 section 3.3.2.3.4). [v5:MQTT-3.3.2-7] The owner
 * empties both tables with each new connection. */
#ifndef DRILL_MQTT_ALIAS_H
#define DRILL_MQTT_ALIAS_H

#include "mqtt/index.h"

/* --- receiver: what a number stands for --- */

/* Zero it and set `allocator`. Room is taken as aliases come, not for `max` at once. */
typedef struct DrillAliasesIn {
    DrillAllocator allocator;
    uint16_t max;      /* Topic Alias Maximum that we announced; 0: none is accepted */
    DrillSpan *topics; /* [alias - 1]; copies; empty: not set */
    size_t *capacities;
    size_t count;
} DrillAliasesIn;

typedef enum DrillAliasResult {
    DRILL_ALIAS_OK,
    DRILL_ALIAS_INVALID, /* 0, or above the maximum: 0x94 */
    DRILL_ALIAS_UNKNOWN  /* no topic came with it before: 0x82 */
} DrillAliasResult;

void drill_aliases_in_reset(DrillAliasesIn *aliases, uint16_t max);
/* A PUBLISH came with this alias. With a topic: it stands for that from now on. With an empty one:
 * *topic becomes what it stands for, valid until the alias is set again. */
DrillAliasResult drill_aliases_in_take(DrillAliasesIn *aliases, uint32_t alias, DrillSpan *topic);
void drill_aliases_in_release(DrillAliasesIn *aliases);

/* --- sender: which number a topic has --- */

typedef enum DrillAliasPolicy {
    DRILL_ALIASES_OFF,
    DRILL_ALIASES_FIRST, /* the first topics keep theirs */
    DRILL_ALIASES_RECENT /* the topic used longest ago gives its own up */
} DrillAliasPolicy;

typedef struct DrillAliasEntry DrillAliasEntry;

/* Zero it and set `allocator`. */
typedef struct DrillAliasesOut {
    DrillAllocator allocator;
    DrillAliasPolicy policy;
    uint16_t max; /* Topic Alias Maximum of the peer; 0: none */
    DrillIndex by_topic;
    DrillAliasEntry **entries; /* [alias - 1]; NULL: not in use */
    size_t capacity, count;
    DrillAliasEntry *newest, *oldest; /* in order of use */
} DrillAliasesOut;

void drill_aliases_out_reset(DrillAliasesOut *aliases, DrillAliasPolicy policy, uint16_t max);
/* The alias to send with this topic; 0: none. *known: the peer knows it, the Topic Name may stay
 * empty. Changes nothing, for the packet may turn out not to be sent. */
uint16_t drill_aliases_out_choose(const DrillAliasesOut *aliases, DrillSpan topic, bool *known);
/* A PUBLISH of this topic with this alias (1..max, chosen above or otherwise) is on its way. */
void drill_aliases_out_sent(DrillAliasesOut *aliases, uint16_t alias, DrillSpan topic);
/* The peer has been told that this alias stands for this topic. */
bool drill_aliases_out_stands_for(const DrillAliasesOut *aliases, uint16_t alias, DrillSpan topic);
/* What the peer has been told that it stands for; empty: nothing. Valid until another topic gets
 * the alias. */
DrillSpan drill_aliases_out_topic(const DrillAliasesOut *aliases, uint16_t alias);
void drill_aliases_out_release(DrillAliasesOut *aliases);

#endif
