#include "mqtt/retained.h"

#include "base/arena.h"

void drill_retained_init(DrillRetainedStore *store, DrillAllocator allocator) {
    *store = (DrillRetainedStore){.allocator = allocator};
    drill_topic_tree_init(&store->topics, allocator);
}

DrillRetained *drill_retained_find(const DrillRetainedStore *store, DrillSpan topic) {
    DrillTopicNode *node = drill_topic_tree_find(&store->topics, topic);
    return node == NULL ? NULL : (DrillRetained *)node->value;
}

static DrillRetained *entry_for(DrillRetainedStore *store, DrillSpan topic) {
    DrillTopicNode *node = drill_topic_tree_put(&store->topics, topic);
    if (node->value == NULL) {
        node->value = DRILL_NEW(store->allocator, DrillRetained);
        store->count++;
    }
    return (DrillRetained *)node->value;
}

DrillRetained *drill_retained_put(DrillRetainedStore *store, DrillMessage *message) {
    DrillRetained *entry = entry_for(store, message->topic);
    drill_message_hold(message); /* first, in case it is the one that is there */
    drill_message_release(entry->message);
    entry->message = message;
    return entry;
}

void drill_retained_put_beside(DrillRetainedStore *store, DrillMessage *message) {
    DrillRetained *entry = entry_for(store, message->topic);
    drill_message_release(entry->older);
    entry->older = entry->message;
    entry->message = drill_message_hold(message);
}

static void remove_node(DrillRetainedStore *store, DrillTopicNode *node) {
    DrillRetained *entry = (DrillRetained *)node->value;
    drill_message_release(entry->message);
    drill_message_release(entry->older);
    drill_release(store->allocator, entry, sizeof *entry);
    node->value = NULL;
    store->count--;
}

void drill_retained_remove(DrillRetainedStore *store, DrillSpan topic) {
    DrillTopicNode *node = drill_topic_tree_find(&store->topics, topic);
    if (node == NULL) return;
    if (node->value != NULL) remove_node(store, node);
    drill_topic_tree_prune(&store->topics, node);
}

static bool is_of(const DrillTopicNode *node, uint64_t publisher) {
    const DrillRetained *entry = (const DrillRetained *)node->value;
    return entry != NULL && entry->message->publisher == publisher;
}

void drill_retained_remove_of(DrillRetainedStore *store, uint64_t publisher) {
    DrillTopicNode *node = drill_topic_tree_next(&store->topics, NULL);
    for (; node != NULL; node = drill_topic_tree_next(&store->topics, node)) {
        if (is_of(node, publisher)) remove_node(store, node);
    }
}

void drill_retained_match(DrillRetainedStore *store, DrillSpan filter, DrillTopicVisit visit,
                          void *context) {
    drill_topic_tree_match_filter(&store->topics, filter, visit, context);
}

void drill_retained_clear(DrillRetainedStore *store) {
    DrillTopicNode *node = drill_topic_tree_next(&store->topics, NULL);
    for (; node != NULL; node = drill_topic_tree_next(&store->topics, node)) {
        if (node->value != NULL) remove_node(store, node);
    }
    DrillTopicFlaws flaws = store->topics.flaws;
    drill_topic_tree_release(&store->topics);
    drill_topic_tree_init(&store->topics, store->allocator);
    store->topics.flaws = flaws;
}

void drill_retained_release(DrillRetainedStore *store) {
    drill_retained_clear(store);
    drill_topic_tree_release(&store->topics);
}
