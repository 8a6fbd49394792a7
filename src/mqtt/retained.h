/* Retained Messages: at most one per topic. Not part of any Session. */
#ifndef DRILL_MQTT_RETAINED_H
#define DRILL_MQTT_RETAINED_H

#include "mqtt/message.h"
#include "mqtt/topic_tree.h"

typedef struct DrillRetained {
    DrillMessage *message;
    DrillMessage *older; /* only with the defect that keeps two */
    uint64_t record;     /* the owner's: when it was stored */
} DrillRetained;

typedef struct DrillRetainedStore {
    DrillAllocator allocator;
    DrillTopicTree topics; /* values are DrillRetained */
    size_t count;
} DrillRetainedStore;

void drill_retained_init(DrillRetainedStore *store, DrillAllocator allocator);
/* NULL if there is none for this topic. */
DrillRetained *drill_retained_find(const DrillRetainedStore *store, DrillSpan topic);
/* Keeps the message (one more reference) instead of what was there. */
DrillRetained *drill_retained_put(DrillRetainedStore *store, DrillMessage *message);
/* The same, but what was there is kept, too. A defect's way. */
void drill_retained_put_beside(DrillRetainedStore *store, DrillMessage *message);
void drill_retained_remove(DrillRetainedStore *store, DrillSpan topic);
/* Removes what the Session `publisher` set. A defect's way. */
void drill_retained_remove_of(DrillRetainedStore *store, uint64_t publisher);
/* Every match of the filter: visit's node->value is the DrillRetained. */
void drill_retained_match(DrillRetainedStore *store, DrillSpan filter, DrillTopicVisit visit,
                          void *context);
void drill_retained_clear(DrillRetainedStore *store);
void drill_retained_release(DrillRetainedStore *store);

#endif
