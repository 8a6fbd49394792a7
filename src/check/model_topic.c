/* Topic Filters against Topic Names (3.1.1 section 4.7), and the index that finds the subscriptions
 * of a topic. Written from the standard for the oracles alone. */
#include "check/model.h"

#include <string.h>

#include "base/arena.h"

static bool matches_levels(const char *filter, const uint8_t *at, const uint8_t *end) {
    for (;;) {
        if (filter[0] == '#' && filter[1] == '\0') {
            return true;
        }
        const uint8_t *level_end = at;
        while (level_end < end && *level_end != '/') {
            level_end++;
        }
        size_t filter_size = strcspn(filter, "/");
        size_t level_size = (size_t)(level_end - at);
        bool plus = filter_size == 1 && filter[0] == '+';
        if (!plus && (filter_size != level_size || memcmp(filter, at, level_size) != 0)) {
            return false;
        }
        filter += filter_size;
        if (level_end == end) {
            /* "sport/#" also matches "sport". */
            return filter[0] == '\0' || strcmp(filter, "/#") == 0;
        }
        if (filter[0] == '\0') {
            return false;
        }
        filter++;
        at = level_end + 1;
    }
}

bool drill_check_topic_matches_blindly(const char *filter, DrillSpan topic) {
    static const uint8_t nothing[1] = {0};
    const uint8_t *at = topic.size == 0 ? nothing : topic.data;
    return matches_levels(filter, at, at + topic.size);
}

const char *drill_check_topic_unshared(const char *filter) {
    static const char prefix[] = "$share/";
    if (strncmp(filter, prefix, sizeof prefix - 1) != 0) {
        return filter;
    }
    const char *slash = strchr(filter + sizeof prefix - 1, '/');
    return slash == NULL ? filter : slash + 1;
}

bool drill_check_topic_matches(const char *filter, DrillSpan topic) {
    /* [v3:MQTT-4.7.2-1] a leading wildcard does not reach topics that begin with $ */
    if (topic.size > 0 && topic.data[0] == '$' && (filter[0] == '#' || filter[0] == '+')) {
        return false;
    }
    return drill_check_topic_matches_blindly(filter, topic);
}

/* One level of the tree of filters. */
struct CheckTopicNode {
    DrillMap *children; /* level text -> node */
    CheckTopicNode *plus;
    CheckSubscription *here;  /* filters that end here */
    CheckSubscription *below; /* filters that end here with # */
};

static CheckTopicNode *node_of(CheckModel *model, CheckTopicNode *node, DrillSpan level) {
    if (drill_span_is(level, "+")) {
        if (node->plus == NULL) {
            node->plus = DRILL_NEW(model->allocator, CheckTopicNode);
        }
        return node->plus;
    }
    if (node->children == NULL) {
        node->children = drill_map_new(model->allocator);
    }
    CheckTopicNode *child = drill_map_get(node->children, level);
    if (child == NULL) {
        child = DRILL_NEW(model->allocator, CheckTopicNode);
        drill_map_set(node->children, level, child);
    }
    return child;
}

/* The list that a filter belongs to. */
static CheckSubscription **list_of(CheckModel *model, const char *filter) {
    if (model->index == NULL) {
        model->index = DRILL_NEW(model->allocator, CheckTopicNode);
    }
    CheckTopicNode *node = model->index;
    const char *at = filter;
    for (;;) {
        size_t size = strcspn(at, "/");
        if (size == 1 && at[0] == '#' && at[1] == '\0') {
            return &node->below;
        }
        node = node_of(model, node, drill_span(at, size));
        if (at[size] == '\0') {
            return &node->here;
        }
        at += size + 1;
    }
}

void drill_check_index_add(CheckModel *model, CheckSubscription *subscription) {
    if (subscription->indexed) {
        return;
    }
    CheckSubscription **list = list_of(model, subscription->match);
    subscription->next_in_node = *list;
    *list = subscription;
    subscription->indexed = true;
}

void drill_check_index_remove(CheckModel *model, CheckSubscription *subscription) {
    if (!subscription->indexed) {
        return;
    }
    CheckSubscription **at = list_of(model, subscription->match);
    while (*at != subscription) {
        at = &(*at)->next_in_node;
    }
    *at = subscription->next_in_node;
    subscription->next_in_node = NULL;
    subscription->indexed = false;
}

static void report(CheckSubscription *list, CheckMatch match, void *context) {
    for (CheckSubscription *subscription = list; subscription != NULL;
         subscription = subscription->next_in_node) {
        match(context, subscription);
    }
}

typedef struct TopicWalk {
    const uint8_t *end;
    bool dollar;
    CheckMatch match;
    void *context;
} TopicWalk;

/* `at` is the next level, or NULL when the topic is used up. `wild`: a wildcard may stand here. */
static void walk(const TopicWalk *topic, const CheckTopicNode *node, const uint8_t *at, bool wild) {
    if (node == NULL) {
        return;
    }
    if (wild) {
        report(node->below, topic->match, topic->context);
    }
    if (at == NULL) {
        report(node->here, topic->match, topic->context);
        return;
    }
    const uint8_t *level_end = at;
    while (level_end < topic->end && *level_end != '/') {
        level_end++;
    }
    const uint8_t *next = level_end == topic->end ? NULL : level_end + 1;
    if (node->children != NULL) {
        DrillSpan level = drill_span(at, (size_t)(level_end - at));
        walk(topic, drill_map_get(node->children, level), next, true);
    }
    if (wild) {
        walk(topic, node->plus, next, true);
    }
}

void drill_check_index_match(CheckModel *model, DrillSpan topic, CheckMatch match, void *context) {
    if (topic.size == 0) {
        return;
    }
    bool dollar = topic.data[0] == '$';
    TopicWalk parameters = {topic.data + topic.size, dollar, match, context};
    walk(&parameters, model->index, topic.data, !dollar);
}
