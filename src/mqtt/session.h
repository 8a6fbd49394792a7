/* A broker's Session: what survives a Network Connection (section 3.1.2.4). And its subscriptions.
 */
#ifndef DRILL_MQTT_SESSION_H
#define DRILL_MQTT_SESSION_H

#include <mqttdrill/broker.h>

#include "mqtt/deadline.h"
#include "mqtt/inflight.h"
#include "mqtt/topic_tree.h"

typedef struct DrillSession DrillSession;
typedef struct DrillShare DrillShare;

/* In two lists: its Session's, and its filter's (topic_tree node->value is the first). One that is
 * shared is its share's member instead of in its filter's list. */
typedef struct DrillSubscription {
    DrillIndexLink link;   /* by (session, filter node, share) */
    DrillSession *session; /* NULL: stands for a share in its filter's list */
    DrillTopicNode *node;
    DrillShare *share; /* NULL: not shared */
    DrillQos qos;      /* granted */
    bool no_local;
    bool retain_as_published;
    uint32_t identifier; /* Subscription Identifier; 0: none */
    uint64_t record;     /* when it was stored */
    uint64_t since_ns;   /* only a defect looks at it */
    DrillSpan filter;    /* behind the structure */
    struct DrillSubscription *next_of_session, *previous_of_session;
    struct DrillSubscription *next_of_node,
        *previous_of_node; /* first->previous_of_node is the last */
    size_t position;       /* among the share's members */
    /* Scratch of one message's matching. */
    uint64_t match_serial;
    struct DrillSubscription *match_next;
} DrillSubscription;

/* The Shared Subscription of one share name and one Topic Filter (5.0 section 4.8.2). */
struct DrillShare {
    DrillIndexLink link;     /* by (filter node, name) */
    DrillSubscription entry; /* in the filter's list */
    uint64_t serial;
    DrillSpan name; /* behind the structure */
    /* The members with a Network Connection, then the others. */
    DrillSubscription **members;
    size_t count, online_count, capacity;
    size_t next; /* whose turn it is */
    DrillSubscription *sticky;
    DrillShare *match_next;
};

struct DrillSession {
    DrillIndexLink link; /* by Client Identifier */
    DrillSpan client_id;
    bool indexed;
    uint64_t serial;
    uint64_t record;                   /* when it was stored */
    DrillBrokerConnection *connection; /* NULL: away */
    bool was_connected;                /* before the restart that is being carried out */
    DrillInflight inflight;
    DrillSubscription *first_subscription, *last_subscription;
    uint32_t subscription_count, shared_count;
    DrillSession *next, *previous; /* in order of creation */
    /* Session Expiry Interval: 0: ends with its Network Connection; DRILL_SESSION_LASTS: never. */
    uint32_t expiry_s;
    uint64_t expires_ns;
    DrillMessage *will; /* of its last connection, while Will Delay Interval runs; NULL: none */
    uint64_t will_due_ns;
    DrillDeadline deadline; /* while away */
    /* Scratch of one message's matching. */
    uint64_t match_serial;
    DrillQos match_qos;
    bool match_retain_as_published;
    DrillSubscription *match_first, *match_last;
    DrillSession *match_next;
    /* Only defects look at these. */
    uint64_t newest_delivered; /* serial of a message */
    uint32_t lost_quota;
    enum { DRILL_TRICKLE_NOT, DRILL_TRICKLE_ONE, DRILL_TRICKLE_WAITS } trickle;
};

#define DRILL_SESSION_LASTS UINT32_MAX

/* All Sessions of a broker. */
typedef struct DrillSessions {
    DrillAllocator allocator;
    DrillIndex by_client_id;
    DrillIndex subscriptions;
    DrillIndex shares;
    DrillTopicTree filters;
    DrillDeadlines deadlines;
    DrillSession *first, *last;
    size_t count;
    uint64_t next_serial;
    uint64_t next_share_serial;
} DrillSessions;

void drill_sessions_init(DrillSessions *sessions, DrillAllocator allocator);
void drill_sessions_release(DrillSessions *sessions);
DrillSession *drill_sessions_find(const DrillSessions *sessions, DrillSpan client_id);
DrillSession *drill_sessions_add(DrillSessions *sessions, DrillSpan client_id,
                                 uint16_t first_packet_identifier);
void drill_sessions_remove(DrillSessions *sessions, DrillSession *session);
/* Takes the Session's Client Identifier away from it. A defect's way. */
void drill_sessions_disown(DrillSessions *sessions, DrillSession *session);

/* The Session has a Network Connection; it has none any more. */
void drill_session_attach(DrillSession *session, DrillBrokerConnection *connection);
void drill_session_detach(DrillSession *session);

/* What SUBSCRIBE asks for, taken apart. */
typedef struct DrillSubscribeOptions {
    DrillSpan share;  /* share name; empty: not shared */
    DrillSpan filter; /* without it */
    DrillQos qos;     /* granted */
    bool no_local;
    bool retain_as_published;
    uint32_t identifier;
} DrillSubscribeOptions;

DrillSubscription *drill_session_find_subscription(DrillSessions *sessions, DrillSession *session,
                                                   DrillSpan share, DrillSpan filter);
/* Adds or replaces. *replaced: there was one with this very filter (and share). */
DrillSubscription *drill_session_subscribe(DrillSessions *sessions, DrillSession *session,
                                           const DrillSubscribeOptions *options, bool *replaced);
void drill_session_unsubscribe(DrillSessions *sessions, DrillSubscription *subscription);

#endif
