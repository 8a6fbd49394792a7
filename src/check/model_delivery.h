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

/* Takes the delivery for an answer to some SUBSCRIBE; false if none asks for it, or, `fitting`, not
 * at this QoS. */
bool drill_check_try_replay(CheckModel *model, CheckEvent *event, CheckContent *content,
                            CheckDeliveryKind kind, bool fitting);

#endif
