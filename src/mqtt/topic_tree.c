#include "mqtt/topic_tree.h"

#include <string.h>

#include "base/arena.h"
#include "mqtt/topic.h"

void drill_topic_tree_init(DrillTopicTree *tree, DrillAllocator allocator) {
    *tree = (DrillTopicTree){.allocator = allocator, .nodes = {.allocator = allocator}};
    tree->next_serial = 1;
}

static uint64_t child_hash(const DrillTopicNode *parent, DrillSpan level) {
    return drill_hash(level, parent->serial);
}

static DrillTopicNode *find_child(const DrillTopicTree *tree, const DrillTopicNode *parent,
                                  DrillSpan level) {
    DrillIndexLink *link = drill_index_first(&tree->nodes, child_hash(parent, level));
    for (; link != NULL; link = drill_index_next(link)) {
        DrillTopicNode *node = (DrillTopicNode *)link;
        if (node->parent == parent && drill_span_equal(node->level, level)) return node;
    }
    return NULL;
}

static DrillTopicNode *find_wildcard(const DrillTopicTree *tree, const DrillTopicNode *parent,
                                     const char *wildcard) {
    return parent->first_child == NULL ? NULL : find_child(tree, parent, drill_span(wildcard, 1));
}

static DrillTopicNode *add_child(DrillTopicTree *tree, DrillTopicNode *parent, DrillSpan level) {
    DrillTopicNode *node =
        (DrillTopicNode *)drill_allocate(tree->allocator, sizeof(DrillTopicNode) + level.size);
    if (level.size > 0) memcpy(node + 1, level.data, level.size);
    node->level = drill_span(node + 1, level.size);
    node->serial = tree->next_serial++;
    node->parent = parent;
    node->previous = parent->last_child;
    if (parent->last_child != NULL)
        parent->last_child->next = node;
    else
        parent->first_child = node;
    parent->last_child = node;
    drill_index_add(&tree->nodes, &node->link, child_hash(parent, level));
    return node;
}

static void remove_node(DrillTopicTree *tree, DrillTopicNode *node) {
    DrillTopicNode *parent = node->parent;
    if (node->previous != NULL)
        node->previous->next = node->next;
    else
        parent->first_child = node->next;
    if (node->next != NULL)
        node->next->previous = node->previous;
    else
        parent->last_child = node->previous;
    drill_index_remove(&tree->nodes, &node->link);
    drill_release(tree->allocator, node, sizeof(DrillTopicNode) + node->level.size);
}

DrillTopicNode *drill_topic_tree_find(const DrillTopicTree *tree, DrillSpan topic) {
    const DrillTopicNode *node = &tree->root;
    size_t offset = 0;
    DrillSpan level;
    while (node != NULL && drill_topic_next_level(topic, &offset, &level)) {
        node = find_child(tree, node, level);
    }
    return (DrillTopicNode *)node;
}

DrillTopicNode *drill_topic_tree_put(DrillTopicTree *tree, DrillSpan topic) {
    DrillTopicNode *node = &tree->root;
    size_t offset = 0;
    DrillSpan level;
    while (drill_topic_next_level(topic, &offset, &level)) {
        DrillTopicNode *child = find_child(tree, node, level);
        node = child != NULL ? child : add_child(tree, node, level);
    }
    return node;
}

void drill_topic_tree_prune(DrillTopicTree *tree, DrillTopicNode *node) {
    while (node != &tree->root && node->value == NULL && node->first_child == NULL) {
        DrillTopicNode *parent = node->parent;
        remove_node(tree, node);
        node = parent;
    }
}

void drill_topic_tree_release(DrillTopicTree *tree) {
    DrillTopicNode *node = &tree->root;
    for (;;) { /* leaves first; no recursion, for a topic can have 65,536 levels */
        while (node->first_child != NULL)
            node = node->first_child;
        if (node == &tree->root) break;
        DrillTopicNode *parent = node->parent;
        remove_node(tree, node);
        node = parent;
    }
    drill_index_release(&tree->nodes);
    drill_release(tree->allocator, tree->steps, sizeof(DrillTopicStep) * tree->step_capacity);
    tree->steps = NULL;
    tree->step_capacity = 0;
}

static void push(DrillTopicTree *tree, DrillTopicNode *node, size_t offset) {
    if (node == NULL) return;
    if (tree->step_count == tree->step_capacity) {
        size_t capacity = tree->step_capacity == 0 ? 16 : tree->step_capacity * 2;
        tree->steps = (DrillTopicStep *)drill_reallocate(
            tree->allocator, tree->steps, sizeof(DrillTopicStep) * tree->step_capacity,
            sizeof(DrillTopicStep) * capacity);
        tree->step_capacity = capacity;
    }
    tree->steps[tree->step_count++] = (DrillTopicStep){node, offset};
}

static void visit_value(DrillTopicNode *node, DrillTopicVisit visit, void *context) {
    if (node != NULL && node->value != NULL) visit(context, node);
}

/* Defect: a + that has taken one level takes the following ones, too. */
static void span_levels(DrillTopicTree *tree, DrillTopicNode *plus, DrillSpan name, size_t offset) {
    DrillSpan level;
    while (tree->flaws.plus_spans_levels && drill_topic_next_level(name, &offset, &level)) {
        push(tree, plus, offset);
    }
}

void drill_topic_tree_match_name(DrillTopicTree *tree, DrillSpan name, DrillTopicVisit visit,
                                 void *context) {
    /* [v3:MQTT-4.7.2-1] [v5:MQTT-4.7.2-1] filters that begin with a wildcard do not match names
     * that begin with $. */
    bool reserved = name.size > 0 && name.data[0] == '$' && !tree->flaws.dollar_is_ordinary;
    tree->step_count = 0;
    push(tree, &tree->root, 0);
    while (tree->step_count > 0) {
        DrillTopicStep step = tree->steps[--tree->step_count];
        bool wildcards = !(reserved && step.node == &tree->root);
        bool ended = step.offset > name.size;
        /* # matches what is left, and the parent level itself. */
        if (wildcards && !(ended && tree->flaws.hash_misses_parent)) {
            visit_value(find_wildcard(tree, step.node, "#"), visit, context);
        }
        DrillSpan level;
        if (!drill_topic_next_level(name, &step.offset, &level)) {
            visit_value(step.node, visit, context);
            continue;
        }
        DrillTopicNode *plus = wildcards ? find_wildcard(tree, step.node, "+") : NULL;
        push(tree, plus, step.offset);
        if (plus != NULL) span_levels(tree, plus, name, step.offset);
        /* [v3:MQTT-4.7.3-4] [v5:MQTT-4.7.3-4] byte for byte. [v5:MQTT-1.5.4-3] [v3:MQTT-1.5.3-3]
         * U+FEFF is a character like any other. */
        push(tree, find_child(tree, step.node, level), step.offset);
    }
}

/* The node after `node` in depth-first order within the subtree of `top`. */
static DrillTopicNode *next_below(const DrillTopicNode *top, const DrillTopicNode *node) {
    if (node->first_child != NULL) return node->first_child;
    while (node != top) {
        if (node->next != NULL) return node->next;
        node = node->parent;
    }
    return NULL;
}

DrillTopicNode *drill_topic_tree_next(const DrillTopicTree *tree, const DrillTopicNode *node) {
    return next_below(&tree->root, node == NULL ? &tree->root : node);
}

static bool is_reserved(const DrillTopicTree *tree, const DrillTopicNode *node) {
    /* [v3:MQTT-4.7.2-1] */
    return node->parent == &tree->root && node->level.size > 0 && node->level.data[0] == '$' &&
           !tree->flaws.dollar_is_ordinary;
}

static void visit_subtree(DrillTopicTree *tree, DrillTopicNode *top, DrillTopicVisit visit,
                          void *context) {
    /* "a/#" matches "a" itself; "#" alone has no parent level: the root holds no value. */
    if (!tree->flaws.hash_misses_parent) visit_value(top, visit, context);
    for (DrillTopicNode *child = top->first_child; child != NULL; child = child->next) {
        if (is_reserved(tree, child)) continue;
        for (DrillTopicNode *node = child; node != NULL; node = next_below(child, node)) {
            visit_value(node, visit, context);
        }
    }
}

void drill_topic_tree_match_filter(DrillTopicTree *tree, DrillSpan filter, DrillTopicVisit visit,
                                   void *context) {
    tree->step_count = 0;
    push(tree, &tree->root, 0);
    while (tree->step_count > 0) {
        DrillTopicStep step = tree->steps[--tree->step_count];
        DrillSpan level;
        if (!drill_topic_next_level(filter, &step.offset, &level)) {
            visit_value(step.node, visit, context);
        } else if (drill_span_is(level, "#")) {
            visit_subtree(tree, step.node, visit, context);
        } else if (drill_span_is(level, "+")) {
            /* Last child first, so that the first is taken from the work list first. */
            for (DrillTopicNode *child = step.node->last_child; child != NULL;
                 child = child->previous) {
                if (!is_reserved(tree, child)) push(tree, child, step.offset);
            }
        } else {
            push(tree, find_child(tree, step.node, level), step.offset);
        }
    }
}
