/* Shared Subscriptions (5.0 section 4.8.2): who of the members gets the next message. */
#ifndef DRILL_MQTT_SHARE_H
#define DRILL_MQTT_SHARE_H

#include "mqtt/session.h"

DrillShare *drill_share_find(const DrillSessions *sessions, const DrillTopicNode *node,
                             DrillSpan name);
/* Finds or makes it. One that is made has no member yet and must get one. */
DrillShare *drill_share_put(DrillSessions *sessions, DrillTopicNode *node, DrillSpan name);
void drill_share_join(DrillSessions *sessions, DrillShare *share, DrillSubscription *subscription);
/* The last member takes the share with it. */
void drill_share_leave(DrillSessions *sessions, DrillSubscription *subscription);
/* The member's Session got or lost its Network Connection. */
void drill_share_set_online(DrillSubscription *subscription, bool online);

/* A member; one with a Network Connection, if there is any. `draw`: 64 random bits, for
 * DRILL_SHARE_RANDOM. NULL: there is none but `except`. */
DrillSubscription *drill_share_choose(DrillShare *share, DrillShareStrategy strategy, uint64_t draw,
                                      const DrillSubscription *except_or_null);

/* session.c: in and out of the list of the filter's node. */
void drill_subscription_link(DrillTopicNode *node, DrillSubscription *subscription);
void drill_subscription_unlink(DrillTopicNode *node, DrillSubscription *subscription);

#endif
