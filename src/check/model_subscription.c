/* Subscriptions as windows of certain and possible activity, and the SUBSCRIBE and UNSUBSCRIBE
 * packets that move them. */
#include "check/model.h"

#include "base/arena.h"

static uint8_t qos_bit(unsigned qos) {
    return (uint8_t)(1u << (qos > 2 ? 2u : qos));
}

/* A server may grant less than requested. */
static uint8_t qos_up_to(unsigned qos) {
    return (uint8_t)((2u << (qos > 2 ? 2u : qos)) - 1u);
}

#define OPTION_HANDLING(flags) ((flags) >> 4 & 3u)

static CheckGroup *group_of(CheckModel *model, DrillSpan filter) {
    CheckGroup *group = drill_map_get(model->groups, filter);
    if (group == NULL) {
        group = DRILL_NEW(model->allocator, CheckGroup);
        drill_map_set(model->groups, filter, group);
    }
    return group;
}

static CheckSubscription *subscription_of(CheckModel *model, CheckSession *session,
                                          DrillSpan filter, bool create) {
    CheckSubscription *subscription = drill_map_get(session->subscriptions, filter);
    if (subscription == NULL && create) {
        subscription = DRILL_NEW(model->allocator, CheckSubscription);
        subscription->session = session;
        subscription->filter = drill_check_text(model, filter);
        bool v5 = session->conn->version == DRILL_MQTT_5_0;
        subscription->match =
            v5 ? drill_check_topic_unshared(subscription->filter) : subscription->filter;
        subscription->shared = subscription->match != subscription->filter;
        subscription->group = subscription->shared ? group_of(model, filter) : NULL;
        drill_map_set(session->subscriptions, filter, subscription);
    }
    return subscription;
}

static uint8_t kept_options(uint8_t options) {
    return options & (DRILL_CHECK_NO_LOCAL | DRILL_CHECK_AS_PUBLISHED);
}

static uint32_t identifier_of(const CheckEvent *event) {
    return drill_check_property(event->packet.as.subscribe.properties,
                                DRILL_SUBSCRIPTION_IDENTIFIER, 0);
}

static CheckPrompt *prompt_add(CheckModel *model, CheckEvent *event,
                               CheckSubscription *subscription, uint8_t options) {
    unsigned qos = options & 3u;
    CheckSession *session = event->session;
    CheckPrompt *prompt = DRILL_NEW(model->allocator, CheckPrompt);
    prompt->subscription = subscription;
    prompt->event = event->number;
    prompt->ns = event->time_ns;
    prompt->answered_ns = DRILL_NEVER;
    prompt->conn = event->conn->number;
    prompt->qos_mask = qos_up_to(qos);
    prompt->again = subscription->certain;
    prompt->may_be_again = subscription->possible;
    prompt->handling = OPTION_HANDLING(options);
    prompt->options = kept_options(options);
    prompt->identifier = identifier_of(event);
    if (session->prompts_last == NULL) {
        session->prompts_first = prompt;
    } else {
        session->prompts_last->next = prompt;
    }
    session->prompts_last = prompt;
    model->settled.unanswered++;
    return prompt;
}

/* [v5:MQTT-3.8.3-3] From now on No Local keeps its client's own messages away, also one that is
 * still being processed. */
static void no_longer_own(const CheckSubscription *subscription) {
    CheckExpect *next = NULL;
    for (CheckExpect *expect = subscription->session->open_first; expect != NULL; expect = next) {
        next = expect->next_open;
        const CheckMessage *message = expect->message;
        if (expect->because == subscription && message->ack_event == 0 &&
            message->author == subscription->session->identity) {
            drill_check_expect_excuse(expect);
        }
    }
}

/* Options and Subscription Identifier; two that differ may both be in force for a while. */
static void take_options(CheckSubscription *subscription, const CheckEvent *event,
                         uint8_t options) {
    uint32_t identifier = identifier_of(event);
    uint8_t kept = kept_options(options);
    if (!subscription->possible) {
        subscription->unsteady = false;
        subscription->unsteady_options = 0;
    } else if (subscription->options != kept || subscription->identifier != identifier) {
        subscription->unsteady = true;
        subscription->unsteady_options |= (uint8_t)(subscription->options ^ kept);
    }
    if (subscription->possible && (kept & DRILL_CHECK_NO_LOCAL) != 0) {
        no_longer_own(subscription);
    }
    subscription->options = kept;
    subscription->options_ever |= kept;
    subscription->identifier = identifier;
    subscription->options_ns = event->time_ns;
}

static void add_window(CheckModel *model, CheckWindow **windows, uint64_t from_ns,
                       uint64_t until_ns) {
    CheckWindow *window = DRILL_NEW(model->allocator, CheckWindow);
    *window = (CheckWindow){*windows, from_ns, until_ns};
    *windows = window;
}

static void join(CheckModel *model, CheckGroup *group) {
    if (group != NULL && group->members++ == 0) {
        group->from_ns = model->now_ns;
    }
}

static void leave(CheckModel *model, CheckGroup *group) {
    if (group != NULL && --group->members == 0) {
        add_window(model, &group->windows, group->from_ns, model->now_ns);
    }
}

uint8_t drill_check_unsteady_options(const CheckSubscription *subscription, uint64_t recv_ns) {
    bool settled =
        subscription->answers == subscription->requests && subscription->changed_ns < recv_ns;
    return settled ? 0 : subscription->unsteady_options;
}

static void possibly_active(CheckModel *model, CheckSubscription *subscription, CheckEvent *event,
                            uint8_t options) {
    unsigned qos = options & 3u;
    take_options(subscription, event, options);
    if (!subscription->possible) {
        if (subscription->requests > 0) {
            add_window(model, &subscription->windows, subscription->possible_from_ns,
                       subscription->possible_until_ns);
        }
        subscription->possible = true;
        subscription->possible_from_ns = event->time_ns;
        subscription->qos_mask = 0;
        join(model, subscription->group);
        drill_check_index_add(model, subscription);
    }
    subscription->possible_until_ns = DRILL_NEVER;
    subscription->qos_mask |= qos_up_to(qos);
    subscription->changed_ns = event->time_ns;
    subscription->session->changed_ns = event->time_ns;
    subscription->subscribe_event = event->number;
    subscription->requests++;
    drill_check_settle_change(model, subscription);
}

static void begin_leaving(CheckModel *model, CheckSubscription *subscription) {
    subscription->certain = false;
    if (subscription->group != NULL) {
        subscription->group->left = true;
        subscription->group->left_ns = model->now_ns;
    }
}

static void no_longer_possible(CheckModel *model, CheckSubscription *subscription) {
    subscription->possible = false;
    subscription->possible_until_ns = model->now_ns;
    leave(model, subscription->group);
    drill_check_index_remove(model, subscription);
}

bool drill_check_group_left(const CheckGroup *group, uint64_t since_ns) {
    return group->left && group->left_ns >= since_ns;
}

/* Whatever was demanded because of this subscription is no longer. */
static void no_longer_certain(CheckModel *model, CheckSubscription *subscription, uint64_t now_ns) {
    begin_leaving(model, subscription);
    subscription->session->changed_ns = now_ns;
    CheckExpect *next = NULL;
    for (CheckExpect *expect = subscription->session->open_first; expect != NULL; expect = next) {
        next = expect->next_open;
        if (expect->because == subscription) {
            drill_check_expect_excuse(expect);
        }
    }
}

static void request_received(CheckModel *model, CheckEvent *event, bool subscribe) {
    const DrillSubscribePacket *packet = &event->packet.as.subscribe;
    CheckConn *conn = event->conn;
    CheckRequest *request = DRILL_NEW(model->allocator, CheckRequest);
    request->packet_identifier = packet->packet_identifier;
    request->subscribe = subscribe;
    request->event = event->number;
    request->ns = event->time_ns;
    request->count = packet->filters.count;
    request->subscriptions =
        DRILL_NEW_ARRAY(model->allocator, CheckSubscription *, request->count + 1);
    request->requested = DRILL_NEW_ARRAY(model->allocator, uint8_t, request->count + 1);
    request->certain = DRILL_NEW_ARRAY(model->allocator, bool, request->count + 1);
    request->prompts = DRILL_NEW_ARRAY(model->allocator, CheckPrompt *, request->count + 1);
    size_t offset = 0;
    DrillFilter filter;
    for (size_t i = 0;
         i < request->count && drill_filters_next(packet->filters, subscribe, &offset, &filter);
         i++) {
        CheckSubscription *subscription =
            subscription_of(model, event->session, filter.filter, subscribe);
        request->subscriptions[i] = subscription;
        request->requested[i] = filter.options & 3u;
        if (subscribe) {
            request->prompts[i] = prompt_add(model, event, subscription, filter.options);
            possibly_active(model, subscription, event, filter.options);
        } else if (subscription != NULL) {
            request->certain[i] = subscription->certain;
            no_longer_certain(model, subscription, event->time_ns);
        }
    }
    if (conn->requests_last == NULL) {
        conn->requests_first = request;
    } else {
        conn->requests_last->next = request;
    }
    conn->requests_last = request;
}

/* Takes the oldest request that an answer may belong to. */
static CheckRequest *take_request(CheckConn *conn, bool subscribe, uint16_t packet_identifier) {
    CheckRequest *before = NULL;
    for (CheckRequest *request = conn->requests_first; request != NULL;
         before = request, request = request->next) {
        if (request->subscribe != subscribe || request->packet_identifier != packet_identifier) {
            continue;
        }
        if (before == NULL) {
            conn->requests_first = request->next;
        } else {
            before->next = request->next;
        }
        if (conn->requests_last == request) {
            conn->requests_last = before;
        }
        conn->answered[subscribe] = request;
        return request;
    }
    return NULL;
}

/* QoS 0 promises nothing, and a message that was still being processed may have been passed on at
 * it.
 */
static void no_longer_owed(const CheckSubscription *subscription, const CheckPrompt *prompt) {
    CheckExpect *next = NULL;
    for (CheckExpect *expect = subscription->session->open_first; expect != NULL; expect = next) {
        next = expect->next_open;
        uint64_t done_event = expect->message->ack_event;
        if (expect->because == subscription && (done_event == 0 || done_event > prompt->event)) {
            drill_check_expect_excuse(expect);
        }
    }
}

/* What was asked for last was refused: it is as it was granted before. */
static void go_back(CheckSubscription *subscription) {
    subscription->options = subscription->granted_options;
    subscription->identifier = subscription->granted_identifier;
    subscription->qos_mask = qos_bit(subscription->granted);
}

static void granted(CheckModel *model, CheckEvent *event, CheckRequest *request, size_t i,
                    uint8_t code) {
    CheckSubscription *subscription = request->subscriptions[i];
    CheckPrompt *prompt = request->prompts[i];
    prompt->answered_ns = event->time_ns;
    subscription->answers++;
    if (!prompt->given_up) {
        model->settled.unanswered--;
    }
    drill_check_settle_change(model, subscription);
    if (code > 2) {
        prompt->failed = true;
        if (!prompt->again) {
            no_longer_possible(model, subscription);
        } else if (subscription->answers == subscription->requests) {
            go_back(subscription);
        }
        return;
    }
    prompt->granted = code;
    prompt->grant = ++subscription->session->grants;
    prompt->qos_mask = qos_bit(code);
    subscription->granted = code;
    subscription->granted_options = prompt->options;
    subscription->granted_identifier = prompt->identifier;
    if (code == 0) {
        no_longer_owed(subscription, prompt);
    }
    subscription->qos_mask = qos_bit(code);
    subscription->qos_ever |= qos_bit(code);
    subscription->changed_ns = event->time_ns;
    subscription->session->changed_ns = event->time_ns;
    subscription->suback_event = event->number;
    if (!subscription->certain) {
        subscription->certain = true;
        subscription->certain_from_ns = event->time_ns;
    }
    drill_check_retained_prompt(model, prompt);
}

static void suback_sent(CheckModel *model, CheckEvent *event) {
    const DrillSubackPacket *suback = &event->packet.as.suback;
    CheckRequest *request = take_request(event->conn, true, suback->packet_identifier);
    event->request = request;
    if (request == NULL || suback->reason_codes.size != request->count) {
        return;
    }
    for (size_t i = 0; i < request->count; i++) {
        granted(model, event, request, i, suback->reason_codes.data[i]);
    }
}

/* Another UNSUBSCRIBE waits for its answer. */
static bool is_leaving(const CheckConn *conn, const CheckSubscription *subscription) {
    for (const CheckRequest *request = conn->requests_first; request != NULL;
         request = request->next) {
        for (size_t i = 0; !request->subscribe && i < request->count; i++) {
            if (request->subscriptions[i] == subscription) {
                return true;
            }
        }
    }
    return false;
}

/* [v5:MQTT-3.11.3-2] each filter has its Reason Code in 5.0 */
static bool is_refused(DrillSpan codes, size_t i) {
    return i < codes.size && drill_reason_is_failure(codes.data[i]);
}

static void unsuback_sent(CheckModel *model, CheckEvent *event) {
    CheckRequest *request =
        take_request(event->conn, false, event->packet.as.suback.packet_identifier);
    event->request = request;
    DrillSpan codes = event->packet.as.suback.reason_codes;
    for (size_t i = 0; request != NULL && i < request->count; i++) {
        CheckSubscription *subscription = request->subscriptions[i];
        bool meant = subscription != NULL && subscription->possible &&
                     subscription->subscribe_event < request->event;
        if (meant && is_refused(codes, i)) {
            subscription->certain = request->certain[i] && !is_leaving(event->conn, subscription);
        } else if (meant) {
            subscription->certain = false;
            subscription->unsuback_event = event->number;
            no_longer_possible(model, subscription);
            drill_check_settle_change(model, subscription);
        }
    }
}

void drill_check_subscription_packet(CheckModel *model, CheckEvent *event) {
    DrillPacketType type = event->packet.type;
    if (!event->sent && (type == DRILL_SUBSCRIBE || type == DRILL_UNSUBSCRIBE)) {
        request_received(model, event, type == DRILL_SUBSCRIBE);
    } else if (event->sent && type == DRILL_SUBACK) {
        suback_sent(model, event);
    } else if (event->sent && type == DRILL_UNSUBACK) {
        unsuback_sent(model, event);
    }
}

void drill_check_subscription_end(CheckModel *model, CheckSession *session) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->possible) {
            begin_leaving(model, subscription);
            no_longer_possible(model, subscription);
            drill_check_settle_change(model, subscription);
        }
    }
    /* Nobody waits for these answers any more. */
    for (CheckPrompt *prompt = session->prompts_first; prompt != NULL; prompt = prompt->next) {
        if (prompt->answered_ns == DRILL_NEVER && !prompt->given_up) {
            prompt->given_up = true;
            model->settled.unanswered--;
        }
    }
}
