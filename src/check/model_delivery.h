/* What model_delivery.c and model_replay.c share. */
#ifndef DRILL_CHECK_MODEL_DELIVERY_H
#define DRILL_CHECK_MODEL_DELIVERY_H

#include "check/model.h"

/* Of messages that look the same, the younger ones are considered. */
#define LOOK_BACK_MAX 64u

/* The session's subscriptions and a topic. */
typedef struct DeliveryMatches {
    uint32_t active; /* possibly, now */
    CheckSubscription *some;
    CheckSubscription *removed; /* the one ended last */
    bool blind;                 /* one would match if wildcards reached $ topics */
    uint8_t qos_mask;           /* in force now */
    uint8_t qos_ever;           /* granted once, by those that are no more too */
} DeliveryMatches;

DeliveryMatches drill_check_find_matches(const CheckSession *session, DrillSpan topic);
/* The QoS of a mask, each at most `qos`. */
uint8_t drill_check_capped(uint8_t mask, uint8_t qos);

/* What is looked for among the expectations. */
typedef struct DeliveryChoice {
    bool recount; /* subscriptions that came after the publication count, too */
    bool any_qos; /* also what may not come at this QoS */
    bool marked;  /* only what may come with RETAIN 1 */
} DeliveryChoice;

/* The expectation that this live delivery is best taken for. */
CheckExpect *drill_check_choose_live(CheckModel *model, const CheckEvent *event,
                                     const CheckContent *content, DeliveryChoice choice);
/* Of what may come at this QoS, what is counted least generously. */
CheckExpect *drill_check_choose(CheckModel *model, const CheckEvent *event, CheckContent *content,
                                bool marked);
/* It may have been in force when the message was passed on, or be one of a group that had members.
 */
bool drill_check_was_possible(const CheckModel *model, const CheckSubscription *subscription,
                              const CheckMessage *message);
/* [v5:MQTT-3.8.3-3] by No Local. */
bool drill_check_is_withheld(const CheckSubscription *subscription, const CheckMessage *message);
/* What the session does not expect (`expects` may be NULL) may still have been caught by a new
 * subscription. */
bool drill_check_unexpected(const CheckModel *model, const CheckSession *session,
                            const CheckExpects *expects, CheckMessage *message);
/* The QoS that the expected message may come at, given the subscriptions since it was published. */
uint8_t drill_check_qos_possible(const CheckExpect *expect);
/* A younger message of the stream that was delivered already, and is not one that looks the same:
 * those may have come in either order. */
CheckMessage *drill_check_younger(CheckModel *model, const CheckSession *session,
                                  const CheckMessage *message);
/* For a copy that no message has room for: of messages that look the same, one that takes it now,
 * because a copy of another QoS was another's. NULL: there is none. */
CheckExpect *drill_check_choose_instead(CheckModel *model, const CheckEvent *event,
                                        const CheckContent *content);
/* A copy of this QoS was for it. */
void drill_check_expect_came(CheckExpect *expect, uint8_t qos);
/* Neither RETAIN nor properties say that it is another. NULL: none is. */
bool drill_check_suits(const CheckModel *model, const CheckEvent *event, CheckExpect *expect);

/* Some SUBSCRIBE has to bring one that looks like this. */
bool drill_check_is_due(const CheckSession *session, const CheckContent *content);
/* It would do as the answer to some SUBSCRIBE. */
bool drill_check_may_answer(const CheckModel *model, const CheckEvent *event,
                            const CheckContent *content);
/* Takes the delivery for an answer to some SUBSCRIBE; false if none asks for it, or, `fitting`, not
 * at this QoS and with these properties. */
bool drill_check_try_replay(CheckModel *model, CheckEvent *event, CheckContent *content,
                            CheckDeliveryKind kind, bool fitting);

#endif
