/* A broker's Session: what survives a Network Connection (section 3.1.2.4). And its subscriptions.
 */
#ifndef DRILL_MQTT_SESSION_H
#define DRILL_MQTT_SESSION_H

#include <mqttdrill/broker.h>

#include "mqtt/inflight.h"
#include "mqtt/topic_tree.h"

typedef struct DrillSession DrillSession;

/* In two lists: its Session's, and its filter's (topic_tree node->value is the first). */
typedef struct DrillSubscription {
    DrillIndexLink link; /* by (session, filter node) */
    DrillSession *session;
    DrillTopicNode *node;
    DrillQos qos;     /* granted */
    DrillSpan filter; /* behind the structure */
    struct DrillSubscription *next_of_session, *previous_of_session;
    struct DrillSubscription *next_of_node,
        *previous_of_node; /* first->previous_of_node is the last */
} DrillSubscription;

struct DrillSession {
    DrillIndexLink link; /* by Client Identifier */
    DrillSpan client_id;
    bool indexed;
    bool clean; /* ends with its Network Connection */
    uint64_t serial;
    DrillBrokerConnection *connection; /* NULL: away */
    DrillInflight inflight;
    DrillSubscription *first_subscription, *last_subscription;
    DrillSession *next, *previous; /* in order of creation */
    /* Scratch of one message's matching. */
    uint64_t match_serial;
    DrillQos match_qos;
    DrillSession *match_next;
    uint64_t newest_delivered; /* serial of a message; only a defect looks at it */
};

/* All Sessions of a broker. */
typedef struct DrillSessions {
    DrillAllocator allocator;
    DrillIndex by_client_id;
    DrillIndex subscriptions;
    DrillTopicTree filters;
    DrillSession *first, *last;
    size_t count;
    uint64_t next_serial;
} DrillSessions;

void drill_sessions_init(DrillSessions *sessions, DrillAllocator allocator);
void drill_sessions_release(DrillSessions *sessions);
DrillSession *drill_sessions_find(const DrillSessions *sessions, DrillSpan client_id);
DrillSession *drill_sessions_add(DrillSessions *sessions, DrillSpan client_id,
                                 uint16_t first_packet_identifier);
void drill_sessions_remove(DrillSessions *sessions, DrillSession *session);
/* Takes the Session's Client Identifier away from it. A defect's way. */
void drill_sessions_disown(DrillSessions *sessions, DrillSession *session);

DrillSubscription *drill_session_find_subscription(DrillSessions *sessions, DrillSession *session,
                                                   DrillSpan filter);
/* Adds or replaces. *replaced: there was one with this very filter. */
DrillSubscription *drill_session_subscribe(DrillSessions *sessions, DrillSession *session,
                                           const DrillFilter *filter, bool *replaced);
void drill_session_unsubscribe(DrillSessions *sessions, DrillSubscription *subscription);

#endif
