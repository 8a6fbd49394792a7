/* What a PUBLISH from the server is: a live message, the replay of a retained one, a will, a
 * retransmission, or something that should not be. Identical messages are told apart by counting: a
 * delivery is taken for the message that makes the server look best. */
#include "check/model_delivery.h"

#include <string.h>

#include "base/arena.h"

typedef struct DeliveryStreamKey {
    uint64_t session, publisher;
    uint64_t topic;
    uint64_t qos;
} DeliveryStreamKey;

/* What must stay in order. */
typedef struct DeliveryStream {
    CheckMessage *last;  /* the youngest that was delivered */
    CheckMessage *other; /* the youngest that does not look like it */
} DeliveryStream;

DeliveryMatches drill_check_find_matches(const CheckSession *session, DrillSpan topic) {
    DeliveryMatches found = {0};
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription == NULL) {
            continue;
        }
        if (!drill_check_topic_matches(subscription->match, topic)) {
            found.blind =
                found.blind || (subscription->possible &&
                                drill_check_topic_matches_blindly(subscription->match, topic));
            continue;
        }
        found.qos_ever |= subscription->qos_ever;
        if (subscription->possible) {
            found.active++;
            found.some = subscription;
            found.qos_mask |= subscription->qos_mask;
        } else if (found.removed == NULL ||
                   found.removed->possible_until_ns < subscription->possible_until_ns) {
            found.removed = subscription;
        }
    }
    return found;
}

uint32_t drill_check_session_matches(const CheckSession *session, DrillSpan topic) {
    return drill_check_find_matches(session, topic).active;
}

uint8_t drill_check_capped(uint8_t mask, uint8_t qos) {
    uint8_t result = 0;
    for (uint8_t q = 0; q <= 2; q++) {
        if (((unsigned)mask >> q & 1u) != 0) {
            result |= (uint8_t)(1u << (q < qos ? q : qos));
        }
    }
    return result;
}

static DeliveryStream *stream_of(CheckModel *model, const CheckSession *session,
                                 const CheckMessage *message, bool create) {
    DeliveryStreamKey parts = {session->number, message->publisher,
                               drill_hash(drill_span_of(message->content->topic->name), 0),
                               message->qos};
    DrillSpan key = drill_span(&parts, sizeof parts);
    DeliveryStream *stream = drill_map_get(model->streams, key);
    if (stream == NULL && create) {
        stream = DRILL_NEW(model->allocator, DeliveryStream);
        drill_map_set(model->streams, key, stream);
    }
    return stream;
}

CheckMessage *drill_check_younger(CheckModel *model, const CheckSession *session,
                                  const CheckMessage *message) {
    const DeliveryStream *stream = stream_of(model, session, message, false);
    CheckMessage *last = stream == NULL ? NULL : stream->last;
    if (last != NULL && last->content == message->content) {
        last = stream->other;
    }
    return last != NULL && last->number > message->number ? last : NULL;
}

bool drill_check_has_double(CheckModel *model, const CheckSession *session,
                            const CheckMessage *message) {
    const CheckContent *content = message->content;
    const CheckExpects *expects = drill_check_expects(model, session, content, false);
    const CheckConn *conn = drill_check_will_dying(model, content);
    if (conn != NULL && !drill_check_will_dropped(conn) && conn->will.revoked_event == 0) {
        return true; /* a will that is due, and not seen to be */
    }
    if (expects == NULL || content->published == 1) {
        return false;
    }
    bool settled_stream = expects->settled_publisher == message->publisher &&
                          expects->settled_qos == message->qos && !expects->settled_mixed;
    if (expects->settled > 0 && !settled_stream) {
        return true;
    }
    for (size_t i = 0; i < expects->items.count; i++) {
        const CheckExpect *expect = drill_check_expect_at(expects, i);
        const CheckMessage *other = expect->message;
        bool stream = other->publisher == message->publisher && other->qos == message->qos;
        if (other != message &&
            (!stream || expect->delivered != 1 || drill_check_room(model, expect, true) > 0)) {
            return true;
        }
    }
    for (size_t i = 0; i < content->messages.count; i++) {
        if (drill_check_unexpected(model, session, expects, drill_check_message_at(content, i))) {
            return true;
        }
    }
    return false;
}

/* Those that are settled; their subscriptions may have changed since. */
static uint8_t qos_of_settled(const CheckSession *session, const CheckMessage *message,
                              const CheckExpects *expects) {
    uint8_t mask = expects->settled_qos_mask;
    if (expects->settled == 0 || session->changed_ns < expects->settled_from_ns) {
        return mask;
    }
    DrillSpan topic = drill_span_of(message->content->topic->name);
    DeliveryMatches matches = drill_check_find_matches(session, topic);
    for (uint8_t qos = 0; qos <= 2; qos++) {
        if (((unsigned)expects->settled_qos_ever >> qos & 1u) != 0) {
            mask |= drill_check_capped((uint8_t)(matches.qos_mask | matches.qos_ever), qos);
        }
    }
    return mask;
}

/* Copies of messages that look the same may have been mixed up: any of their QoS will do. */
static uint8_t qos_of_doubles(CheckModel *model, const CheckExpect *expect, unsigned qos) {
    uint8_t mask = drill_check_qos_possible(expect);
    const CheckExpects *expects =
        drill_check_expects(model, expect->session, expect->message->content, false);
    if ((mask >> qos & 1u) == 0) {
        mask |= qos_of_settled(expect->session, expect->message, expects);
    }
    for (size_t i = 0; (mask >> qos & 1u) == 0 && i < expects->items.count; i++) {
        mask |= drill_check_qos_possible(drill_check_expect_at(expects, i));
    }
    return mask;
}

static void take_live(CheckModel *model, CheckEvent *event, CheckExpect *expect,
                      CheckDeliveryKind kind) {
    CheckDelivery *delivery = &event->delivery;
    CheckMessage *message = expect->message;
    delivery->kind = kind;
    delivery->message = message;
    delivery->expect = expect;
    delivery->first = expect->delivered == 0;
    if (expect->because != NULL) {
        expect->because->brought_on = event->conn->number;
    }
    delivery->again_event = expect->last_event;
    delivery->qos_mask = qos_of_doubles(model, expect, (unsigned)event->packet.as.publish.qos);
    drill_check_expect_came(expect, (uint8_t)event->packet.as.publish.qos);
    expect->last_event = event->number;
}

/* A QoS 2 message whose PUBREL has not come, and before it one that looks the same, which the
 * session was not owed but may have got with its own PUBREL. */
static bool may_be_another(CheckModel *model, const CheckSession *session, CheckMessage *message) {
    const CheckContent *content = message->content;
    if (message->qos != 2 || message->is_will || message->release_order != 0 ||
        content->published == 1) {
        return false;
    }
    const CheckExpects *expects = drill_check_expects(model, session, content, false);
    for (size_t i = 0; expects != NULL && i < content->messages.count; i++) {
        CheckMessage *other = drill_check_message_at(content, i);
        if (drill_check_unexpected(model, session, expects, other)) {
            message->mixed = other->mixed = true;
        }
    }
    return message->mixed;
}

/* After the oracles' question whether it is in order (they see the stream before it moves) the
 * stream moves. */
static void move_stream(CheckModel *model, CheckEvent *event) {
    CheckDelivery *delivery = &event->delivery;
    if (delivery->message == NULL || !delivery->first) {
        return;
    }
    CheckMessage *message = delivery->message;
    delivery->newer = drill_check_younger(model, event->session, message);
    if (may_be_another(model, event->session, message)) {
        return;
    }
    DeliveryStream *stream = stream_of(model, event->session, message, true);
    if (stream->last == NULL) {
        drill_check_message_keep_at(&stream->last, message);
    } else if (stream->last->number < message->number) {
        if (stream->last->content != message->content) {
            drill_check_message_keep_at(&stream->other, stream->last);
        }
        drill_check_message_keep_at(&stream->last, message);
    }
}

/* ---- retained messages ---- */

static CheckMessage *newest(const CheckContent *content, bool retained) {
    for (size_t i = content->messages.count; i > 0; i--) {
        if (drill_check_message_at(content, i - 1)->retain || !retained) {
            return drill_check_message_at(content, i - 1);
        }
    }
    return NULL;
}

static bool try_will(CheckModel *model, CheckEvent *event, CheckContent *content);

static bool is_rather_a_will(const CheckModel *model, const CheckEvent *event,
                             const CheckContent *content, CheckExpect *expect) {
    return !drill_check_suits(model, event, expect) &&
           drill_check_will_explains(model, event, content);
}

static void classify_more(CheckModel *model, CheckEvent *event, CheckContent *content);
static void note_again(CheckModel *model, CheckEvent *event, const CheckContent *content);

/* A subscription asks for RETAIN as it was published (5.0), or did when the message began to wait.
 */
static bool asks_as_published(const CheckSubscription *subscription, DrillSpan topic) {
    return subscription != NULL && (subscription->options_ever & DRILL_CHECK_AS_PUBLISHED) != 0 &&
           drill_check_topic_matches(subscription->match, topic);
}

/* So it may be a live message, an empty one among them, or a will that nobody has seen to be due
 * yet. */
static bool try_as_published(CheckModel *model, CheckEvent *event, CheckContent *content) {
    DrillMap *map = event->session->subscriptions;
    bool asked = false;
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        asked =
            asked || asks_as_published(drill_map_at(map, i, NULL), event->packet.as.publish.topic);
    }
    if (!asked || content == NULL) {
        return false;
    }
    CheckExpect *expect = drill_check_choose(model, event, content, true);
    if (expect != NULL && !is_rather_a_will(model, event, content, expect)) {
        take_live(model, event, expect, CHECK_DELIVERY_LIVE_FLAGGED);
        return true;
    }
    const CheckConn *conn = drill_check_will_dying(model, content);
    return conn != NULL && conn->will.retain && try_will(model, event, content);
}

/* Or one that a member of the group could not finish and that goes round again. */
static bool try_shared_again(CheckModel *model, CheckEvent *event, CheckContent *content) {
    DrillMap *map = event->session->subscriptions;
    const CheckMessage *message = content == NULL ? NULL : newest(content, true);
    for (size_t i = 0; message != NULL && i < drill_map_slots(map); i++) {
        const CheckSubscription *subscription = drill_map_at(map, i, NULL);
        if (asks_as_published(subscription, event->packet.as.publish.topic) &&
            subscription->shared && drill_check_was_possible(model, subscription, message)) {
            classify_more(model, event, content);
            note_again(model, event, content);
            return true;
        }
    }
    return false;
}

/* It is owed to a subscription that asked for RETAIN, or promised to none at QoS 0, and no
 * SUBSCRIBE is known to bring it: one that may do so is left to what else may be retained. */
static bool try_owed(CheckModel *model, CheckEvent *event, CheckContent *content) {
    CheckExpect *expect =
        drill_check_choose_live(model, event, content, (DeliveryChoice){.marked = true});
    bool owed = expect != NULL && (expect->must || event->packet.as.publish.qos == DRILL_QOS_0);
    if (!owed || !drill_check_suits(model, event, expect) ||
        drill_check_is_due(event->session, content)) {
        return false;
    }
    /* Behind a younger message it would be out of order. */
    if (drill_check_younger(model, event->session, expect->message) != NULL) {
        return false;
    }
    /* Of overlapping subscriptions the copy at the highest QoS, too. */
    bool higher = expect->qos_best < expect->qos_certain &&
                  (unsigned)event->packet.as.publish.qos >= expect->qos_certain;
    if (expect->delivered > 0 && !higher) {
        return false;
    }
    /* Then no other has to be older or younger than it. */
    if (!expect->must && drill_check_may_answer(model, event, content)) {
        expect->message->mixed = true;
    }
    take_live(model, event, expect, CHECK_DELIVERY_LIVE_FLAGGED);
    return true;
}

bool drill_check_may_come_live(CheckModel *model, const CheckSession *session,
                               CheckMessage *message) {
    return drill_check_unexpected(
        model, session, drill_check_expects(model, session, message->content, false), message);
}

/* It was taken for the answer to a SUBSCRIBE, and may have been a live message that was published
 * like it: then that one does not come any more. */
static void doubt_replay(CheckModel *model, CheckEvent *event, const CheckContent *content) {
    CheckExpect *live = drill_check_choose_live(model, event, content,
                                                (DeliveryChoice){.any_qos = true, .marked = true});
    if (live == NULL) {
        CheckMessage *answer = event->delivery.message;
        answer->mixed = answer->mixed || drill_check_may_come_live(model, event->session, answer);
        return;
    }
    live->message->mixed = true;
    if (!event->delivery.due &&
        drill_check_choose_live(model, event, content, (DeliveryChoice){.marked = true}) != NULL) {
        drill_check_expects(model, event->session, content, false)->perhaps++;
    }
}

static void classify_flagged(CheckModel *model, CheckEvent *event, CheckContent *content) {
    CheckDelivery *delivery = &event->delivery;
    bool empty = event->packet.as.publish.payload.size == 0;
    if (empty &&
        (try_as_published(model, event, content) || try_shared_again(model, event, content))) {
        return;
    }
    if (empty) {
        delivery->kind = CHECK_DELIVERY_REPLAY_EMPTY;
        delivery->message = content == NULL ? NULL : newest(content, true);
        return;
    }
    if (content != NULL && try_owed(model, event, content)) {
        return;
    }
    if (content != NULL &&
        drill_check_try_replay(model, event, content, CHECK_DELIVERY_REPLAY, true)) {
        doubt_replay(model, event, content);
        return;
    }
    if (content != NULL && try_as_published(model, event, content)) {
        return;
    }
    if (content == NULL || content->messages.count == 0) {
        bool known = delivery->topic != NULL && delivery->topic->published > 0;
        delivery->kind = model->paced && !known ? CHECK_DELIVERY_IGNORED : CHECK_DELIVERY_UNKNOWN;
        return;
    }
    CheckExpect *live = drill_check_choose_live(model, event, content,
                                                (DeliveryChoice){.any_qos = true, .marked = true});
    if (live == NULL) {
        live = drill_check_choose_live(model, event, content, (DeliveryChoice){.any_qos = true});
    }
    if (live != NULL && live->delivered > 0 && !live->message->retain) {
        live = NULL;
    }
    /* A SUBSCRIBE that an older retained message is due for must not be used up by a live one. */
    if (drill_check_try_replay(model, event, content, CHECK_DELIVERY_REPLAY, false) &&
        (live == NULL || delivery->kind == CHECK_DELIVERY_REPLAY)) {
        return;
    }
    if (live != NULL) {
        take_live(model, event, live, CHECK_DELIVERY_LIVE_FLAGGED);
        return;
    }
    if (try_shared_again(model, event, content)) {
        return;
    }
    delivery->message = newest(content, true);
    delivery->kind = delivery->message == NULL  ? CHECK_DELIVERY_REPLAY_NEVER_RETAINED
                     : delivery->prompt != NULL ? CHECK_DELIVERY_REPLAY_UNWANTED
                                                : CHECK_DELIVERY_REPLAY_UNPROMPTED;
    if (delivery->message == NULL) {
        delivery->message = newest(content, false);
    }
}

/* ---- live messages ---- */

static bool try_will(CheckModel *model, CheckEvent *event, CheckContent *content) {
    CheckDelivery *delivery = &event->delivery;
    CheckConn *conn = drill_check_will_dying(model, content);
    if (conn == NULL) {
        return false;
    }
    delivery->will_conn = conn;
    delivery->published = drill_check_was_published(model, event, content);
    if (drill_check_will_dropped(conn) || conn->will.revoked_event != 0) {
        delivery->kind = CHECK_DELIVERY_WILL_CANCELLED;
        return true;
    }
    uint64_t put_off_ns = conn->will.due_ns;
    drill_check_will_now(model, conn);
    conn->will.due_ns = put_off_ns;
    conn->will_message->will_early_doubted = delivery->published;
    conn->will_message->will_early = !drill_check_will_brought_forward(conn);
    conn->will_message->will_early_event = event->number;
    CheckExpect *expect =
        drill_check_choose_live(model, event, content, (DeliveryChoice){.any_qos = true});
    if (expect == NULL) {
        delivery->kind = CHECK_DELIVERY_IGNORED;
        return true;
    }
    take_live(model, event, expect, CHECK_DELIVERY_WILL_EARLY);
    return true;
}

/* [v5:MQTT-3.8.3-3] Every subscription that matches has No Local, and the message is its own. */
static bool is_own(const CheckSession *session, const CheckMessage *message, DrillSpan topic) {
    bool any = false;
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->possible &&
            drill_check_topic_matches(subscription->match, topic)) {
            if (!drill_check_is_withheld(subscription, message)) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

static void classify_more(CheckModel *model, CheckEvent *event, CheckContent *content) {
    CheckDelivery *delivery = &event->delivery;
    CheckMessage *message = newest(content, false);
    delivery->own = is_own(event->session, message, event->packet.as.publish.topic);
    delivery->message = message;
    delivery->kind = CHECK_DELIVERY_EXTRA;
    CheckParty *party = &event->session->party;
    DrillMap *out = party->out;
    for (size_t i = 0; party->due_count > 0 && i < drill_map_slots(out); i++) {
        CheckExchange *exchange = drill_map_at(out, i, NULL);
        if (exchange != NULL && exchange->due && exchange->hash == event->hash &&
            exchange != event->exchange && !drill_check_may_move(model, event->session, exchange)) {
            delivery->kind = CHECK_DELIVERY_RENUMBERED;
            delivery->original = exchange;
            delivery->message = exchange->message != NULL ? exchange->message : message;
            exchange->due = false;
            party->due_count--;
            return;
        }
    }
}

/* Which copy it follows: of messages that look the same, that of the one that came longest ago. */
static void note_again(CheckModel *model, CheckEvent *event, const CheckContent *content) {
    CheckDelivery *delivery = &event->delivery;
    CheckExpects *expects = drill_check_expects(model, event->session, content, false);
    CheckExpect *best = NULL;
    size_t count = expects == NULL ? 0 : expects->items.count;
    for (size_t i = count > LOOK_BACK_MAX ? count - LOOK_BACK_MAX : 0; i < count; i++) {
        CheckExpect *expect = drill_check_expect_at(expects, i);
        if (drill_check_looks_like(model, event, expect->message) &&
            (best == NULL || expect->last_event <= best->last_event)) {
            best = expect;
        }
    }
    if (best == NULL && count > 0) {
        best = drill_check_expect_at(expects, count - 1);
    }
    if (best != NULL) {
        delivery->message =
            delivery->kind == CHECK_DELIVERY_EXTRA ? best->message : delivery->message;
        delivery->again_event = best->last_event;
        delivery->expect = best;
        best->last_event = event->number;
    }
}

/* A group gives back what looks like this; what it would be taken for else does not. */
static bool try_given_back(CheckModel *model, CheckEvent *event, const CheckContent *content,
                           CheckExpect *otherwise) {
    if (drill_check_suits(model, event, otherwise) ||
        !drill_check_may_be_shared(event->session, event->packet.as.publish.topic)) {
        return false;
    }
    const CheckExpects *expects = drill_check_expects(model, event->session, content, false);
    size_t count = expects == NULL ? 0 : expects->items.count;
    for (size_t i = count > LOOK_BACK_MAX ? count - LOOK_BACK_MAX : 0; i < count; i++) {
        CheckExpect *expect = drill_check_expect_at(expects, i);
        CheckDelivery before = event->delivery;
        event->delivery.kind = CHECK_DELIVERY_EXTRA;
        event->delivery.message = expect->message;
        event->delivery.expect = expect;
        event->delivery.again_event = expect->last_event;
        if (expect->delivered > 0 && drill_check_looks_like(model, event, expect->message) &&
            drill_check_may_come_back(model, event)) {
            expect->last_event = event->number;
            return true;
        }
        event->delivery = before;
    }
    return false;
}

static void classify_live(CheckModel *model, CheckEvent *event, CheckContent *content) {
    CheckDelivery *delivery = &event->delivery;
    if (content == NULL) {
        bool known = delivery->topic != NULL && delivery->topic->published > 0;
        delivery->kind = model->paced && !known ? CHECK_DELIVERY_IGNORED : CHECK_DELIVERY_UNKNOWN;
        return;
    }
    CheckExpect *expect = drill_check_choose(model, event, content, false);
    bool is_will = is_rather_a_will(model, event, content, expect);
    if (!is_will && !drill_check_suits(model, event, expect)) {
        CheckExpect *instead = drill_check_choose_instead(model, event, content);
        expect = instead != NULL ? instead : expect;
    }
    if (!is_will && try_given_back(model, event, content, expect)) {
        return;
    }
    if ((expect == NULL || is_will) && try_will(model, event, content)) {
        return;
    }
    if (expect == NULL) {
        expect = drill_check_choose_live(model, event, content,
                                         (DeliveryChoice){.recount = true, .any_qos = true});
    }
    if (expect != NULL) {
        take_live(model, event, expect, CHECK_DELIVERY_LIVE);
        return;
    }
    if (drill_check_try_replay(model, event, content, CHECK_DELIVERY_REPLAY_UNFLAGGED, false)) {
        return;
    }
    if (content->messages.count == 0) {
        delivery->kind = CHECK_DELIVERY_UNKNOWN;
        return;
    }
    classify_more(model, event, content);
    note_again(model, event, content);
}

/* It came back to a member of its group before that one left. */
static bool went_round(CheckModel *model, const CheckEvent *event) {
    const CheckDelivery *delivery = &event->delivery;
    return delivery->message->recv_ns <= delivery->removed->possible_until_ns &&
           drill_check_may_come_back(model, event);
}

static bool is_new(CheckSend send) {
    return send == CHECK_SEND_QOS0 || send == CHECK_SEND_FIRST || send == CHECK_SEND_AFTER_DONE ||
           send == CHECK_SEND_CLASH;
}

static void finish_delivery(CheckModel *model, CheckEvent *event) {
    CheckDelivery *delivery = &event->delivery;
    if (delivery->kind == CHECK_DELIVERY_LIVE || delivery->kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        move_stream(model, event);
    }
    if (event->exchange != NULL) {
        drill_check_exchange_carry(event->exchange, delivery->message);
    }
}

/* The common case, without looking at the session's subscriptions. */
static bool try_expected(CheckModel *model, CheckEvent *event, CheckContent *content, bool dollar) {
    if (content == NULL || dollar || event->packet.as.publish.retain ||
        event->session->unknown_past) {
        return false;
    }
    CheckExpect *expect = drill_check_choose_live(model, event, content, (DeliveryChoice){0});
    if (!drill_check_suits(model, event, expect)) {
        return false;
    }
    take_live(model, event, expect, CHECK_DELIVERY_LIVE);
    finish_delivery(model, event);
    return true;
}

void drill_check_delivery_packet(CheckModel *model, CheckEvent *event) {
    CheckDelivery *delivery = &event->delivery;
    if (!event->sent || event->packet.type != DRILL_PUBLISH) {
        return;
    }
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (publish->topic.size == 0) {
        delivery->kind = CHECK_DELIVERY_IGNORED; /* by an alias that stands for nothing */
        return;
    }
    delivery->topic = drill_check_topic(model, publish->topic, false);
    if (!is_new(event->send)) {
        delivery->kind = CHECK_DELIVERY_RESENT;
        delivery->message = event->exchange->message;
        return;
    }
    CheckContent *content = drill_check_content(model, publish->topic, event->hash, false);
    bool dollar = publish->topic.size > 0 && publish->topic.data[0] == '$';
    if (try_expected(model, event, content, dollar)) {
        return;
    }
    DeliveryMatches matches = drill_check_find_matches(event->session, publish->topic);
    delivery->subscription = matches.some;
    delivery->removed = matches.removed;
    delivery->dollar_wildcard = matches.active == 0 && matches.removed == NULL && matches.blind;
    if (delivery->dollar_wildcard || event->session->unknown_past || dollar) {
        delivery->kind = CHECK_DELIVERY_IGNORED;
        return;
    }
    if (matches.active == 0 && matches.removed == NULL) {
        delivery->kind = CHECK_DELIVERY_NOT_SUBSCRIBED;
    } else if (publish->retain) {
        classify_flagged(model, event, content);
    } else {
        classify_live(model, event, content);
    }
    if (matches.active == 0 && matches.removed != NULL &&
        ((delivery->kind == CHECK_DELIVERY_EXTRA && !went_round(model, event)) ||
         delivery->kind == CHECK_DELIVERY_UNKNOWN)) {
        delivery->kind = CHECK_DELIVERY_UNSUBSCRIBED;
    }
    finish_delivery(model, event);
}
