/* Messages that are settled, in few bytes.
 *
 * A message is settled when nothing that may still come can be taken for it, or be judged by it,
 * but as one copy too many: it was acknowledged, every session that it belongs to has got it and
 * finished its exchange (or is over), no subscription that matches it began, was answered or ended
 * while it was under way, it is neither its topic's latest publication nor the latest of a stream
 * that keeps order, and if it was retained, a newer one superseded it and no SUBSCRIBE fell
 * between.
 *
 * A settled message whose payload was published once becomes a record, and is whole again when the
 * payload comes again. One of several with the same payload is dropped, and counted where they are
 * told apart. */
#include <string.h>

#include "base/arena.h"
#include "check/model.h"

/* Where a copy per overlapping subscription is allowed and fewer came, more may come until so many
 * younger messages were published. Later it is still counted, but no longer known for what. */
#define COPIES_AWAITED_MESSAGES 1024u
/* See model_delivery.c: older ones that look the same are not considered. */
#define LOOK_BACK_MAX 64u
#define VISITS        3u

typedef struct SettledMessage {
    uint64_t event, recv_ns;
    uint32_t number, lineage, conn;
    uint16_t packet_identifier;
    uint8_t copies;
    uint8_t qos : 2;
    bool retain : 1, empty : 1, first_dup : 1, crossed : 1, reused : 1;
} SettledMessage;

/* And of one that was published by 5.0. */
typedef struct SettledMessage5 {
    CheckIdentity *author;
    const uint8_t *properties;
    uint32_t property_bytes, property_count, bytes;
    bool after_refusal;
} SettledMessage5;

typedef struct SettledExpect {
    uint32_t last_event; /* after the message's */
    uint8_t delivered, subscriptions;
    uint8_t qos_mask : 3, qos_certain : 2, qos_best : 2;
    bool must : 1, offline : 1, marked : 1, unmarked : 1, excused : 1;
} SettledExpect;

/* What the messages of one publisher on one topic have in common. */
typedef struct CheckLineage {
    CheckTopic *topic;
    uint64_t publisher;
    const char *publisher_id;
    size_t index;
} CheckLineage;

typedef struct CheckChange {
    uint64_t ns;
    const CheckSubscription *subscription;
} CheckChange;

void drill_check_settle_init(CheckModel *model) {
    CheckSettled *settled = &model->settled;
    settled->messages = drill_check_archive_new(model->allocator, sizeof(SettledMessage));
    settled->messages5 = drill_check_archive_new(model->allocator, sizeof(SettledMessage5));
    settled->expects = drill_check_archive_new(model->allocator, sizeof(SettledExpect));
    settled->lineages = drill_map_new(model->allocator);
}

/* ---- lists ---- */

void drill_check_list_add(CheckModel *model, CheckList *list, void *item) {
    if (list->first > list->count) {
        for (size_t i = 0; i < list->count; i++) {
            list->slots[i] = list->slots[list->first + i];
        }
        list->first = 0;
    }
    if (list->first + list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 1 : list->capacity * 2;
        list->slots = drill_reallocate(model->allocator, list->slots,
                                       sizeof(void *) * list->capacity, sizeof(void *) * capacity);
        list->capacity = capacity;
    }
    list->slots[list->first + list->count++] = item;
}

static size_t list_find(const CheckList *list, const void *item) {
    size_t index = 0;
    while (drill_check_list_at(list, index) != item) {
        index++;
    }
    return index;
}

static void list_remove(CheckList *list, size_t index) {
    void **slots = list->slots + list->first;
    if (index < list->count / 2) {
        for (size_t i = index; i > 0; i--) {
            slots[i] = slots[i - 1];
        }
        list->first++;
    } else {
        for (size_t i = index + 1; i < list->count; i++) {
            slots[i - 1] = slots[i];
        }
    }
    list->count--;
}

static void list_release(CheckModel *model, CheckList *list) {
    drill_release(model->allocator, list->slots, sizeof(void *) * list->capacity);
}

/* ---- what happened to subscriptions, in order of time ---- */

/* Nobody asks about the time before the oldest message that is not settled. */
static void forget_changes(CheckSettled *settled) {
    uint64_t from_ns = settled->live_first == NULL ? DRILL_NEVER : settled->live_first->recv_ns;
    size_t first = 0;
    while (first < settled->change_count && settled->changes[first].ns < from_ns) {
        first++;
    }
    settled->change_count -= first;
    for (size_t i = 0; first > 0 && i < settled->change_count; i++) {
        settled->changes[i] = settled->changes[first + i];
    }
}

void drill_check_settle_change(CheckModel *model, const CheckSubscription *subscription) {
    CheckSettled *settled = &model->settled;
    if (settled->change_count == settled->change_capacity) {
        forget_changes(settled);
    }
    if (settled->change_count * 2 >= settled->change_capacity) {
        size_t capacity = settled->change_capacity == 0 ? 16 : settled->change_capacity * 2;
        settled->changes = drill_reallocate(model->allocator, settled->changes,
                                            sizeof(CheckChange) * settled->change_capacity,
                                            sizeof(CheckChange) * capacity);
        settled->change_capacity = capacity;
    }
    settled->changes[settled->change_count++] = (CheckChange){model->now_ns, subscription};
}

/* Its session is over, and so is the connection that it could still have been served on. */
static bool is_gone(const CheckSession *session) {
    return session->ended && session->conn->end[CHECK_SERVER].ended;
}

static bool has_change(const CheckModel *model, const CheckMessage *message, uint64_t until_ns) {
    const CheckSettled *settled = &model->settled;
    size_t low = 0, high = settled->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (settled->changes[middle].ns < message->recv_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    DrillSpan topic = drill_span_of(message->content->topic->name);
    for (; low < settled->change_count && settled->changes[low].ns <= until_ns; low++) {
        const CheckSubscription *subscription = settled->changes[low].subscription;
        if (!is_gone(subscription->session) &&
            drill_check_topic_matches(subscription->match, topic)) {
            return true;
        }
    }
    return false;
}

/* ---- is it settled? ---- */

void drill_check_settle_watch(CheckModel *model, CheckMessage *message) {
    CheckSettled *settled = &model->settled;
    message->prev_live = settled->live_last;
    if (settled->live_last == NULL) {
        settled->live_first = message;
    } else {
        settled->live_last->next_live = message;
    }
    settled->live_last = message;
}

static bool is_decided(const CheckModel *model, CheckMessage *message) {
    if (message->is_will || message->doubtful || message->unfinished > 0 || message->keepers > 0 ||
        (message->retain && message->asked) || model->now_ns < message->retry_ns) {
        return false;
    }
    uint64_t until_ns = drill_check_message_done_ns(model, message);
    if (message->retain && message->replaced_ns > until_ns) {
        until_ns = message->replaced_ns;
    }
    if (until_ns == DRILL_NEVER || until_ns + model->slack_ns >= model->now_ns) {
        return false;
    }
    if (!message->settled && has_change(model, message, until_ns + model->slack_ns)) {
        message->retry_ns = model->now_ns + (model->now_ns - message->recv_ns);
        return false;
    }
    return true;
}

/* What a member of a group did not get goes to another, also to one that joins later. */
static bool may_go_round(const CheckExpect *expect) {
    DrillSpan topic = drill_span_of(expect->message->content->topic->name);
    return expect->delivered == 0 && drill_check_may_be_shared(expect->session, topic);
}

/* No copy is missing any more. */
static bool has_come(const CheckExpect *expect) {
    return is_gone(expect->session) ? !may_go_round(expect)
                                    : !expect->open && expect->delivered > 0;
}

static bool may_become_record(const CheckModel *model, const CheckMessage *message) {
    const CheckContent *content = message->content;
    if (content->published != 1 || content->will_of != NULL || message->copies > UINT8_MAX ||
        message->number > UINT32_MAX || message->conn > UINT32_MAX || message->bytes > UINT32_MAX) {
        return false;
    }
    bool awaited = model->next_number - message->number < COPIES_AWAITED_MESSAGES;
    for (const CheckExpect *expect = message->expects; expect != NULL;
         expect = expect->next_of_message) {
        if (!has_come(expect) || expect->delivered > UINT8_MAX ||
            expect->subscriptions > UINT8_MAX ||
            (expect->last_event != 0 && expect->last_event - message->event > UINT32_MAX) ||
            (awaited && !is_gone(expect->session) && drill_check_room(model, expect, false) > 0)) {
            return false;
        }
    }
    return true;
}

/* What a copy of it must bring with it, a copy of the other must too. */
static bool is_like(const CheckMessage *message, const CheckMessage *other) {
    return !message->expires && message->v5 == other->v5 &&
           drill_span_equal(message->properties.wire, other->properties.wire);
}

/* Of messages that look the same the latest stays, and the latest retained. */
static bool may_be_dropped(CheckModel *model, const CheckMessage *message) {
    const CheckContent *content = message->content;
    size_t later = content->messages.count - 1;
    while (message->retain && later > 0 && !drill_check_message_at(content, later)->retain) {
        later--;
    }
    const CheckMessage *other = drill_check_message_at(content, later);
    if (message->settled || other->number <= message->number || !is_like(message, other)) {
        return false;
    }
    for (const CheckExpect *expect = message->expects; expect != NULL;
         expect = expect->next_of_message) {
        if (!has_come(expect)) {
            return false;
        }
        if (is_gone(expect->session) || drill_check_room(model, expect, false) == 0) {
            continue;
        }
        const CheckExpects *expects = drill_check_expects(model, expect->session, content, false);
        size_t index = list_find(&expects->items, expect);
        if (index >= expects->first_open || index + LOOK_BACK_MAX >= expects->items.count) {
            return false;
        }
    }
    return true;
}

/* ---- settling ---- */

CheckMessage *drill_check_settle_new(CheckModel *model) {
    CheckSettled *settled = &model->settled;
    CheckMessage *message = settled->vacant;
    if (message == NULL) {
        return DRILL_NEW(model->allocator, CheckMessage);
    }
    settled->vacant = message->next_live;
    *message = (CheckMessage){0};
    return message;
}

static void forget_message(CheckModel *model, CheckMessage *message) {
    CheckSettled *settled = &model->settled;
    if (message->prev_live == NULL) {
        settled->live_first = message->next_live;
    } else {
        message->prev_live->next_live = message->next_live;
    }
    if (message->next_live == NULL) {
        settled->live_last = message->prev_live;
    } else {
        message->next_live->prev_live = message->prev_live;
    }
    CheckTopic *topic = message->content->topic;
    if (topic->retained_oldest == message) {
        topic->retained_oldest = message->next_retained;
    }
    if (message->prev_retained != NULL) {
        message->prev_retained->next_retained = message->next_retained;
    }
    if (message->next_retained != NULL) {
        message->next_retained->prev_retained = message->prev_retained;
    }
    /* Exchanges may point to it still, and see by the number that it is gone. */
    message->number = 0;
    message->next_live = settled->vacant;
    settled->vacant = message;
}

static void forget_expects(CheckModel *model, const CheckExpect *expect, CheckExpects *expects) {
    uint64_t parts[2] = {expect->session->number, expect->message->content->hash};
    (void)drill_map_remove(model->expects, drill_span(parts, sizeof parts));
    list_release(model, &expects->items);
    drill_release(model->allocator, expects, sizeof *expects);
}

/* What the expectation says about those that look like its message. */
static void count_expect(CheckModel *model, const CheckExpect *expect, CheckExpects *expects) {
    const CheckMessage *message = expect->message;
    bool same = expects->settled == 0 || (expects->settled_publisher == message->publisher &&
                                          expects->settled_qos == message->qos);
    if (expects->settled == 0 || message->recv_ns < expects->settled_from_ns) {
        expects->settled_from_ns = message->recv_ns;
    }
    expects->settled_mixed = expects->settled_mixed || !same || expect->delivered != 1 ||
                             drill_check_room(model, expect, false) > 0;
    expects->settled_publisher = message->publisher;
    expects->settled_qos = message->qos;
    expects->settled_qos_mask |= expect->qos_mask;
    expects->settled_qos_ever |= (uint8_t)(1u << message->qos);
    expects->settled++;
    expects->settled_owed += drill_check_expect_owed(expect);
    expects->settled_came += expect->delivered;
}

static void drop(CheckModel *model, CheckMessage *message) {
    CheckContent *content = message->content;
    for (CheckExpect *expect = message->expects, *next = NULL; expect != NULL; expect = next) {
        next = expect->next_of_message;
        CheckExpects *expects = drill_check_expects(model, expect->session, content, false);
        size_t index = list_find(&expects->items, expect);
        list_remove(&expects->items, index);
        expects->first_open -= index < expects->first_open ? 1 : 0;
        drill_check_expect_close(expect);
        if (!is_gone(expect->session)) {
            count_expect(model, expect, expects);
        } else if (expects->items.count == 0) {
            forget_expects(model, expect, expects);
        }
        drill_release(model->allocator, expect, sizeof *expect);
    }
    list_remove(&content->messages, list_find(&content->messages, message));
    if (message->properties.wire.size > 0) {
        drill_release(model->allocator, (void *)(uintptr_t)message->properties.wire.data,
                      message->properties.wire.size);
    }
    forget_message(model, message);
}

static uint64_t expect_key(const CheckSession *session, uint64_t hash) {
    uint64_t parts[2] = {session->number, hash};
    return drill_hash(drill_span(parts, sizeof parts), UINT64_C(0x73657474));
}

static bool keys_are_new(const CheckModel *model, const CheckMessage *message) {
    const CheckSettled *settled = &model->settled;
    bool new = drill_check_archive_find(settled->messages, message->content->hash) == NULL;
    for (const CheckExpect *expect = message->expects; expect != NULL && new;
         expect = expect->next_of_message) {
        uint64_t key = expect_key(expect->session, message->content->hash);
        new = drill_check_archive_find(settled->expects, key) == NULL;
    }
    return new;
}

static const CheckLineage *lineage_of(CheckModel *model, const CheckMessage *message) {
    CheckSettled *settled = &model->settled;
    const void *names[2] = {message->content->topic, message->publisher_id};
    uint8_t key[sizeof names + sizeof message->publisher];
    memcpy(key, names, sizeof names);
    memcpy(key + sizeof names, &message->publisher, sizeof message->publisher);
    CheckLineage *lineage = drill_map_get(settled->lineages, drill_span(key, sizeof key));
    if (lineage != NULL) {
        return lineage;
    }
    lineage = DRILL_NEW(model->allocator, CheckLineage);
    *lineage = (CheckLineage){message->content->topic, message->publisher, message->publisher_id,
                              settled->lineage_at.count};
    drill_map_set(settled->lineages, drill_span(key, sizeof key), lineage);
    drill_check_list_add(model, &settled->lineage_at, lineage);
    return lineage;
}

static void record_expect(CheckModel *model, CheckExpect *expect) {
    const CheckMessage *message = expect->message;
    uint64_t hash = message->content->hash;
    CheckExpects *expects = drill_check_expects(model, expect->session, message->content, false);
    if (!is_gone(expect->session)) {
        SettledExpect *record =
            drill_check_archive_add(model->settled.expects, expect_key(expect->session, hash));
        *record = (SettledExpect){
            .last_event = (uint32_t)(expect->last_event - message->event),
            .delivered = (uint8_t)expect->delivered,
            .subscriptions = (uint8_t)expect->subscriptions,
            .qos_mask = expect->qos_mask & 7u,
            .qos_certain = expect->qos_certain & 3u,
            .qos_best = expect->qos_best & 3u,
            .must = expect->must,
            .offline = expect->offline,
            .excused = expect->excused,
            .marked = expect->marked,
            .unmarked = expect->unmarked,
        };
    }
    drill_check_expect_close(expect);
    forget_expects(model, expect, expects);
    drill_release(model->allocator, expect, sizeof *expect);
}

static void record5(CheckModel *model, const CheckMessage *message) {
    SettledMessage5 *record =
        drill_check_archive_add(model->settled.messages5, message->content->hash);
    *record = (SettledMessage5){
        .author = message->author,
        .properties = message->properties.wire.data,
        .property_bytes = (uint32_t)message->properties.wire.size,
        .property_count = message->properties.count,
        .bytes = (uint32_t)message->bytes,
        .after_refusal = message->after_refusal,
    };
}

static void record(CheckModel *model, CheckMessage *message) {
    CheckContent *content = message->content;
    for (CheckExpect *expect = message->expects, *next = NULL; expect != NULL; expect = next) {
        next = expect->next_of_message;
        record_expect(model, expect);
    }
    SettledMessage *record = drill_check_archive_add(model->settled.messages, content->hash);
    *record = (SettledMessage){
        .event = message->event,
        .recv_ns = message->recv_ns,
        .number = (uint32_t)message->number,
        .lineage = (uint32_t)lineage_of(model, message)->index,
        .conn = (uint32_t)message->conn,
        .packet_identifier = message->packet_identifier,
        .copies = (uint8_t)message->copies,
        .qos = message->qos & 3u,
        .retain = message->retain,
        .empty = message->empty,
        .first_dup = message->first_dup,
        .crossed = message->crossed,
        .reused = message->reused,
    };
    if (message->v5) {
        record5(model, message);
    }
    forget_message(model, message);
    (void)drill_map_remove(model->contents, drill_span(&content->hash, sizeof content->hash));
    list_release(model, &content->messages);
    drill_release(model->allocator, content, sizeof *content);
}

void drill_check_settle(CheckModel *model) {
    CheckSettled *settled = &model->settled;
    for (unsigned visit = 0; visit < VISITS && settled->live_first != NULL; visit++) {
        CheckMessage *message = settled->next == NULL ? settled->live_first : settled->next;
        settled->next = message->next_live;
        if (!is_decided(model, message)) {
            continue;
        }
        if (may_become_record(model, message) && keys_are_new(model, message)) {
            record(model, message);
        } else if (may_be_dropped(model, message)) {
            drop(model, message);
        }
    }
}

/* ---- and back ---- */

static void recall5(CheckModel *model, CheckMessage *message) {
    SettledMessage5 record;
    if (!drill_check_archive_take(model->settled.messages5, message->content->hash, &record)) {
        return;
    }
    message->v5 = true;
    message->author = record.author;
    message->bytes = record.bytes;
    message->after_refusal = record.after_refusal;
    message->properties = (DrillProperties){drill_span(record.properties, record.property_bytes),
                                            record.property_count};
    drill_check_message_expiry(message);
}

CheckContent *drill_check_settle_recall(CheckModel *model, uint64_t hash) {
    SettledMessage record;
    if (!drill_check_archive_take(model->settled.messages, hash, &record)) {
        return NULL;
    }
    const CheckLineage *lineage = drill_check_list_at(&model->settled.lineage_at, record.lineage);
    CheckContent *content = DRILL_NEW(model->allocator, CheckContent);
    content->topic = lineage->topic;
    content->hash = hash;
    content->published = 1;
    content->first_event = record.event;
    content->recalled = true;
    CheckMessage *message = drill_check_settle_new(model);
    *message = (CheckMessage){
        .number = record.number,
        .content = content,
        .settled = true,
        .event = record.event,
        .recv_ns = record.recv_ns,
        .ack_ns = record.recv_ns,
        .over_ns = DRILL_NEVER,
        .replaced_ns = record.recv_ns,
        .expiry_ns = DRILL_NEVER,
        .publisher = lineage->publisher,
        .publisher_id = lineage->publisher_id,
        .conn = record.conn,
        .packet_identifier = record.packet_identifier,
        .copies = record.copies,
        .qos = record.qos,
        .retain = record.retain,
        .empty = record.empty,
        .first_dup = record.first_dup,
        .crossed = record.crossed,
        .reused = record.reused,
    };
    recall5(model, message);
    drill_check_list_add(model, &content->messages, message);
    drill_map_set(model->contents, drill_span(&content->hash, sizeof content->hash), content);
    drill_check_settle_watch(model, message);
    return content;
}

CheckExpects *drill_check_settle_recall_expects(CheckModel *model, const CheckSession *session,
                                                const CheckContent *content) {
    SettledExpect record;
    uint64_t key = expect_key(session, content->hash);
    if (!drill_check_archive_take(model->settled.expects, key, &record)) {
        return NULL;
    }
    CheckMessage *message = drill_check_message_at(content, 0);
    DRILL_ASSERT(message->settled);
    CheckExpects *expects = DRILL_NEW(model->allocator, CheckExpects);
    uint64_t parts[2] = {session->number, content->hash};
    drill_map_set(model->expects, drill_span(parts, sizeof parts), expects);
    CheckExpect *expect =
        drill_check_expect_add(model, expects, (CheckSession *)(uintptr_t)session, message);
    expect->last_event = message->event + record.last_event;
    expect->delivered = record.delivered;
    expect->subscriptions = record.subscriptions;
    expect->qos_mask = record.qos_mask;
    expect->qos_certain = record.qos_certain;
    expect->qos_best = record.qos_best;
    expect->must = record.must;
    expect->offline = record.offline;
    expect->excused = record.excused;
    expect->marked = record.marked;
    expect->unmarked = record.unmarked;
    return expects;
}
