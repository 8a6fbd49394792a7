/* Which SUBSCRIBE a retained message answers, and which publication it is. */
#include "check/model_delivery.h"

#include "base/arena.h"

/* What was taken for a prompt's retained message of a topic. */
typedef struct CheckReplay {
    CheckMessage *message;
    uint64_t number; /* of .message; another's once it is settled and forgotten */
    uint8_t qos;
} CheckReplay;

static CheckReplay *replayed(const CheckPrompt *prompt, DrillSpan topic) {
    return prompt->replayed == NULL ? NULL : drill_map_get(prompt->replayed, topic);
}

/* The live copy that it may have been instead, of a subscription with Retain As Published. */
static CheckExpect *as_live(CheckModel *model, const CheckEvent *event, const CheckReplay *replay) {
    CheckMessage *message = replay->message;
    if (message->number == 0 || message->number != replay->number) {
        return NULL;
    }
    const CheckExpects *expects =
        drill_check_expects(model, event->session, message->content, false);
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        CheckExpect *expect = drill_check_expect_at(expects, i);
        if (expect->message == message && expect->marked &&
            drill_check_room(model, expect, false) > 0 &&
            (drill_check_qos_possible(expect) >> replay->qos & 1u) != 0) {
            return expect;
        }
    }
    return NULL;
}

/* It was: the prompt is still to be answered. */
static void make_live(CheckExpect *expect, const CheckReplay *replay) {
    drill_check_expect_came(expect, replay->qos);
}

static bool is_due(const CheckPrompt *prompt, const CheckMessage *message) {
    const CheckDue *due = prompt->dues;
    while (due != NULL && due->message != message) {
        due = due->next;
    }
    return due != NULL;
}

bool drill_check_is_due(const CheckSession *session, const CheckContent *content) {
    for (const CheckPrompt *prompt = session->prompts_first; prompt != NULL;
         prompt = prompt->next) {
        for (const CheckDue *due = prompt->dues; due != NULL; due = due->next) {
            if (due->message->content == content) {
                return true;
            }
        }
    }
    return false;
}

static void no_longer_due(CheckModel *model, CheckPrompt *prompt, const CheckMessage *message) {
    CheckDue **at = &prompt->dues;
    while (*at != NULL && (*at)->message != message) {
        at = &(*at)->next;
    }
    CheckDue *due = *at;
    if (due != NULL) {
        *at = due->next;
        drill_check_message_release(due->message);
        drill_release(model->allocator, due, sizeof *due);
    }
}

/* The subscription may have changed since. A shared one brings no retained messages. */
static uint8_t replay_qos(const CheckEvent *event, const CheckPrompt *prompt,
                          const CheckMessage *message) {
    const CheckSession *session = event->session;
    bool changed = session->changed_ns > prompt->answered_ns || session->grants > prompt->grant;
    uint8_t mask = prompt->qos_mask;
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription == NULL || subscription->shared ||
            !drill_check_topic_matches(subscription->match, event->packet.as.publish.topic)) {
            continue;
        }
        mask |= subscription->possible ? subscription->qos_mask : 0;
        mask |= changed ? subscription->qos_ever : 0;
    }
    return drill_check_capped(mask, message->qos);
}

static void take_replay(CheckModel *model, CheckEvent *event, CheckPrompt *prompt,
                        CheckMessage *message, CheckDeliveryKind kind) {
    CheckDelivery *delivery = &event->delivery;
    delivery->kind = kind;
    delivery->message = message;
    delivery->prompt = prompt;
    if (prompt->replayed == NULL) {
        prompt->replayed = drill_map_new(model->allocator);
    }
    CheckReplay *replay = replayed(prompt, event->packet.as.publish.topic);
    if (replay == NULL) {
        replay = DRILL_NEW(model->allocator, CheckReplay);
        drill_map_set(prompt->replayed, event->packet.as.publish.topic, replay);
    }
    *replay = (CheckReplay){message, message->number, (uint8_t)event->packet.as.publish.qos};
    delivery->due = prompt->conn == event->conn->number && is_due(prompt, message);
    no_longer_due(model, prompt, message);
    /* Published while the subscription began, it may have come as either; once is enough then. */
    CheckExpects *expects = drill_check_expects(model, event->session, message->content, false);
    if (expects != NULL && expects->items.count > 0 &&
        drill_check_expect_at(expects, expects->items.count - 1)->message == message) {
        drill_check_expect_excuse(drill_check_expect_at(expects, expects->items.count - 1));
    }
    delivery->qos_mask = replay_qos(event, prompt, message);
}

static bool fits(const CheckModel *model, const CheckEvent *event, const CheckPrompt *prompt,
                 const CheckMessage *message) {
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    return (replay_qos(event, prompt, message) >> qos & 1u) != 0 &&
           drill_check_looks_like(model, event, message);
}

/* The newest publication of this content that the prompt may be answered with, and if there is
 * none, what replaced it. */
static CheckMessage *candidate(const CheckModel *model, const CheckEvent *event,
                               const CheckPrompt *prompt, const CheckContent *content,
                               CheckMessage **stale, CheckMessage **newer) {
    CheckMessage *found = NULL;
    uint64_t until_ns =
        prompt->answered_ns == DRILL_NEVER ? DRILL_NEVER : prompt->answered_ns + model->slack_ns;
    size_t least =
        content->messages.count > LOOK_BACK_MAX ? content->messages.count - LOOK_BACK_MAX : 0;
    for (size_t i = content->messages.count; i > least; i--) {
        CheckMessage *message = drill_check_message_at(content, i - 1);
        CheckMessage *replaced_by = NULL;
        if (!message->retain) {
            continue;
        }
        if (drill_check_retained_possible(model, message, prompt, until_ns, &replaced_by)) {
            if (fits(model, event, prompt, message)) {
                return message;
            }
            found = found == NULL ? message : found;
        }
        if (replaced_by != NULL && *stale == NULL) {
            *stale = message;
            *newer = replaced_by;
        }
    }
    return found;
}

/* Retain Handling, or that it is shared, says that this SUBSCRIBE brings no retained message. */
static bool is_unwanted(const CheckPrompt *prompt) {
    return prompt->subscription->shared || prompt->handling == 2 ||
           (prompt->handling == 1 && prompt->again);
}

/* The publication that would do as this prompt's answer; NULL: none. */
static CheckMessage *fitting_answer(const CheckModel *model, const CheckEvent *event,
                                    const CheckPrompt *prompt, const CheckContent *content) {
    CheckMessage *stale = NULL, *newer = NULL;
    CheckMessage *message = candidate(model, event, prompt, content, &stale, &newer);
    return message != NULL && fits(model, event, prompt, message) ? message : NULL;
}

bool drill_check_may_answer(const CheckModel *model, const CheckEvent *event,
                            const CheckContent *content) {
    DrillSpan topic = event->packet.as.publish.topic;
    for (const CheckPrompt *prompt = event->session->prompts_first; prompt != NULL;
         prompt = prompt->next) {
        if (!prompt->failed && replayed(prompt, topic) == NULL && !is_unwanted(prompt) &&
            drill_check_topic_matches(prompt->subscription->match, topic) &&
            fitting_answer(model, event, prompt, content) != NULL) {
            return true;
        }
    }
    return false;
}

/* What was taken for the answer before was a live message, and this is the answer. */
static bool try_instead(CheckModel *model, CheckEvent *event, const CheckContent *content) {
    DrillSpan topic = event->packet.as.publish.topic;
    for (CheckPrompt *prompt = event->session->prompts_first; prompt != NULL;
         prompt = prompt->next) {
        const CheckReplay *replay = replayed(prompt, topic);
        if (replay == NULL || prompt->failed || is_unwanted(prompt)) {
            continue;
        }
        CheckMessage *message = fitting_answer(model, event, prompt, content);
        CheckExpect *live = as_live(model, event, replay);
        if (live != NULL && message != NULL) {
            make_live(live, replay);
            take_replay(model, event, prompt, message, CHECK_DELIVERY_REPLAY);
            return true;
        }
    }
    return false;
}

/* Takes the delivery for an answer to some SUBSCRIBE; false if none asks for it, or, `fitting`, not
 * at this QoS and with these properties. */
bool drill_check_try_replay(CheckModel *model, CheckEvent *event, CheckContent *content,
                            CheckDeliveryKind kind, bool fitting) {
    DrillSpan topic = event->packet.as.publish.topic;
    CheckPrompt *best = NULL;
    int best_fitness = -1;
    CheckMessage *best_message = NULL;
    CheckPrompt *stale_prompt = NULL;
    CheckPrompt *unwanted = NULL;
    CheckMessage *stale = NULL;
    CheckMessage *newer = NULL;
    for (CheckPrompt *prompt = event->session->prompts_first; prompt != NULL;
         prompt = prompt->next) {
        if (prompt->failed || replayed(prompt, topic) != NULL ||
            !drill_check_topic_matches(prompt->subscription->match, topic)) {
            continue;
        }
        if (is_unwanted(prompt)) {
            unwanted = prompt;
            continue;
        }
        CheckMessage *message = candidate(model, event, prompt, content, &stale, &newer);
        if (message == NULL) {
            stale_prompt = stale != NULL ? prompt : stale_prompt;
            continue;
        }
        /* Of several it answers the one that asks for this QoS and that can still be missed. */
        bool pressing = prompt->conn == event->conn->number &&
                        (prompt->answered_ns == DRILL_NEVER || is_due(prompt, message));
        int fitness = (fits(model, event, prompt, message) ? 2 : 0) + (pressing ? 1 : 0);
        if (fitness > best_fitness) {
            best = prompt;
            best_message = message;
            best_fitness = fitness;
        }
    }
    if (best_fitness < 2) {
        if (fitting) {
            return false;
        }
        if (kind == CHECK_DELIVERY_REPLAY && try_instead(model, event, content)) {
            return true;
        }
    }
    if (best != NULL) {
        take_replay(model, event, best, best_message, kind);
        return true;
    }
    if (stale_prompt != NULL && kind == CHECK_DELIVERY_REPLAY) {
        take_replay(model, event, stale_prompt, stale,
                    newer->empty ? CHECK_DELIVERY_REPLAY_DELETED : CHECK_DELIVERY_REPLAY_STALE);
        event->delivery.newer = newer;
        return true;
    }
    event->delivery.prompt = unwanted;
    return false;
}
