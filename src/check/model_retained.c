/* What may be, and what certainly is, the Retained Message of a topic. A server stores it some time
 * between the arrival of the PUBLISH and its acknowledgement; of two whose windows overlap either
 * may win. */
#include "check/model.h"

#include <string.h>

#include "base/arena.h"

/* `newer` was certainly stored after `older`. */
static bool follows(const CheckModel *model, const CheckMessage *older, const CheckMessage *newer) {
    bool perhaps_refused = newer->qos == 0 && (newer->doubtful || newer->content->topic->refused);
    if (newer->number < older->number || perhaps_refused) {
        return false;
    }
    if (newer->conn == older->conn && newer->qos == older->qos && !newer->is_will &&
        !older->is_will && !older->doubtful) {
        return true;
    }
    uint64_t done_ns = drill_check_message_done_ns(model, older);
    /* In one instant, the acknowledgement may still be the later one. */
    bool later = older->ack_event == 0 || newer->event > older->ack_event;
    return newer->recv_ns > done_ns || (newer->recv_ns == done_ns && later);
}

/* It was certainly stored when the SUBSCRIBE came. */
static bool stored_before(const CheckModel *model, const CheckMessage *message,
                          const CheckPrompt *prompt) {
    uint64_t done_ns = drill_check_message_done_ns(model, message);
    uint64_t done_event = message->qos == 0 ? message->event : message->ack_event;
    return done_ns < prompt->ns ||
           (done_ns == prompt->ns && done_event != 0 && done_event < prompt->event);
}

bool drill_check_retained_possible(const CheckModel *model, const CheckMessage *message,
                                   const CheckPrompt *prompt, uint64_t until_ns,
                                   CheckMessage **newer) {
    *newer = NULL;
    if (message->recv_ns > until_ns) {
        return false;
    }
    CheckMessage *next =
        message->settled ? message->content->topic->retained_oldest : message->next_retained;
    for (; next != NULL && next->recv_ns <= prompt->ns; next = next->next_retained) {
        if (stored_before(model, next, prompt) && follows(model, message, next)) {
            *newer = next;
        }
    }
    return *newer == NULL;
}

void drill_check_retained_set(CheckModel *model, CheckMessage *message) {
    CheckTopic *topic = message->content->topic;
    if (topic->retained_last == NULL) {
        topic->retained_first = message;
    } else {
        topic->retained_last->next_retained = message;
        message->prev_retained = topic->retained_last;
    }
    if (topic->retained_oldest == NULL) {
        topic->retained_oldest = message;
    }
    topic->retained_last = message;
    topic->retained_count++;
    /* What cannot come back need not be looked at again. */
    while (topic->retained_first->next_retained != NULL) {
        CheckMessage *first = topic->retained_first;
        CheckMessage *next = first->next_retained;
        if (!follows(model, first, next) ||
            drill_check_message_done_ns(model, next) > model->now_ns) {
            break;
        }
        topic->retained_first = next;
        first->replaced_ns = model->now_ns;
    }
}

/* The one message that every broker must now hold for the topic, or NULL. */
static CheckMessage *certain(CheckModel *model, const CheckTopic *topic,
                             const CheckPrompt *prompt) {
    CheckMessage *last = topic->retained_last;
    /* [v3:MQTT-3.3.1-7] keeping a QoS 0 message is only recommended */
    if (last == NULL || last->empty || last->qos == 0 ||
        last->recv_ns < model->retained_unknown_ns || !stored_before(model, last, prompt) ||
        topic->name[0] == '$') {
        return NULL;
    }
    for (CheckMessage *other = topic->retained_first; other != last; other = other->next_retained) {
        CheckMessage *newer = NULL;
        if (drill_check_retained_possible(model, other, prompt, prompt->ns, &newer)) {
            return NULL;
        }
    }
    return last;
}

static void demand(CheckModel *model, CheckPrompt *prompt, const CheckTopic *topic) {
    CheckMessage *message = certain(model, topic, prompt);
    const CheckSubscription *subscription = prompt->subscription;
    /* Whether No Local concerns what is retained is left open. */
    bool own = message != NULL && (subscription->options & DRILL_CHECK_NO_LOCAL) != 0 &&
               message->author == subscription->session->identity;
    /* It may have been sent before the SUBACK. */
    bool done = prompt->replayed != NULL &&
                drill_map_get(prompt->replayed, drill_span_of(topic->name)) != NULL;
    if (message != NULL && !own && !done) {
        CheckDue *due = DRILL_NEW(model->allocator, CheckDue);
        due->message = message;
        due->next = prompt->dues;
        prompt->dues = due;
        drill_check_message_keep(message);
    }
}

void drill_check_retained_prompt(CheckModel *model, CheckPrompt *prompt) {
    const char *filter = prompt->subscription->filter;
    /* [v5:MQTT-3.3.1-10] [v5:MQTT-3.3.1-11] Retain Handling; a shared subscription brings none. */
    if (prompt->subscription->shared || prompt->handling == 2 ||
        (prompt->handling == 1 && prompt->may_be_again)) {
        return;
    }
    if (strpbrk(filter, "+#") == NULL) {
        CheckTopic *topic = drill_check_topic(model, drill_span_of(filter), false);
        if (topic != NULL) {
            demand(model, prompt, topic);
        }
        return;
    }
    for (size_t i = 0; i < drill_map_slots(model->topics); i++) {
        CheckTopic *topic = drill_map_at(model->topics, i, NULL);
        if (topic != NULL && topic->retained_last != NULL &&
            drill_check_topic_matches(filter, drill_span_of(topic->name))) {
            demand(model, prompt, topic);
        }
    }
}

bool drill_check_due_missing(CheckModel *model, const CheckSession *session,
                             const CheckPrompt *prompt, const CheckDue *due) {
    const CheckConn *conn = drill_check_conn(model, prompt->conn);
    const CheckSubscription *subscription = prompt->subscription;
    /* A newer message may be sent instead, and live. */
    bool current = due->message->content->topic->retained_last == due->message;
    if (due->message->expiry_ns <= model->end_ns || drill_check_too_big(session, due->message)) {
        return false;
    }
    return current && !session->ended && !session->unknown_past && subscription->possible &&
           conn == session->conn && conn->judged && conn->offence_event == 0 &&
           conn->taken_over_by == NULL && drill_check_end_usable(model, conn, CHECK_SERVER) &&
           drill_check_client_keeps_up(session);
}
