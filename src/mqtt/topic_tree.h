/* A tree with a node per topic level, for Topic Filters (which of them match a name?) and for Topic
 * Names (which of them does a filter match?). The work grows with the levels and the matches, not
 * with what else is stored. */
#ifndef DRILL_MQTT_TOPIC_TREE_H
#define DRILL_MQTT_TOPIC_TREE_H

#include "mqtt/index.h"

typedef struct DrillTopicNode {
    DrillIndexLink link; /* by (parent, level) */
    struct DrillTopicNode *parent;
    struct DrillTopicNode *first_child, *last_child; /* in order of creation */
    struct DrillTopicNode *next, *previous;          /* siblings */
    uint64_t serial;
    void *value;     /* the user's; NULL: nothing stored here */
    DrillSpan level; /* behind the structure */
} DrillTopicNode;

typedef struct DrillTopicStep {
    DrillTopicNode *node;
    size_t offset; /* in the topic that is being matched */
} DrillTopicStep;

/* Deliberate deviations in matching; all false in a correct tree. */
typedef struct DrillTopicFlaws {
    bool plus_spans_levels;
    bool hash_misses_parent;
    bool dollar_is_ordinary;
} DrillTopicFlaws;

typedef struct DrillTopicTree {
    DrillAllocator allocator;
    DrillTopicNode root;
    DrillIndex nodes;
    uint64_t next_serial;
    DrillTopicStep *steps; /* work list of a walk; kept, so that steady state takes no memory */
    size_t step_count, step_capacity;
    DrillTopicFlaws flaws;
} DrillTopicTree;

/* The tree must not be changed from inside. */
typedef void (*DrillTopicVisit)(void *context, DrillTopicNode *node);

void drill_topic_tree_init(DrillTopicTree *tree, DrillAllocator allocator);
/* Frees the nodes; values must be gone or not need freeing. */
void drill_topic_tree_release(DrillTopicTree *tree);
DrillTopicNode *drill_topic_tree_find(const DrillTopicTree *tree, DrillSpan topic);
/* Finds or makes the node. */
DrillTopicNode *drill_topic_tree_put(DrillTopicTree *tree, DrillSpan topic);
/* Removes the node and its ancestors as far as they hold no value and no children. */
void drill_topic_tree_prune(DrillTopicTree *tree, DrillTopicNode *node);
/* Stored filters that match `name`; nodes with a value only. */
void drill_topic_tree_match_name(DrillTopicTree *tree, DrillSpan name, DrillTopicVisit visit,
                                 void *context);
/* Stored names that `filter` matches; nodes with a value only. */
void drill_topic_tree_match_filter(DrillTopicTree *tree, DrillSpan filter, DrillTopicVisit visit,
                                   void *context);
/* All nodes in depth-first order of creation: start with NULL. May return nodes without value. */
DrillTopicNode *drill_topic_tree_next(const DrillTopicTree *tree, const DrillTopicNode *node);

#endif
