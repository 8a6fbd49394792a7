#include "mqtt/share.h"

#include <string.h>

#include "base/arena.h"
#include "base/random.h"

static uint64_t share_hash(const DrillTopicNode *node, DrillSpan name) {
    return drill_hash(name, node->serial);
}

DrillShare *drill_share_find(const DrillSessions *sessions, const DrillTopicNode *node,
                             DrillSpan name) {
    DrillIndexLink *link = drill_index_first(&sessions->shares, share_hash(node, name));
    for (; link != NULL; link = drill_index_next(link)) {
        DrillShare *share = (DrillShare *)link;
        if (share->entry.node == node && drill_span_equal(share->name, name)) return share;
    }
    return NULL;
}

DrillShare *drill_share_put(DrillSessions *sessions, DrillTopicNode *node, DrillSpan name) {
    DrillShare *share = drill_share_find(sessions, node, name);
    if (share != NULL) return share;
    share = (DrillShare *)drill_allocate(sessions->allocator, sizeof(DrillShare) + name.size);
    memcpy(share + 1, name.data, name.size);
    share->name = drill_span(share + 1, name.size);
    share->serial = sessions->next_share_serial++;
    share->entry.node = node;
    share->entry.share = share;
    drill_subscription_link(node, &share->entry);
    drill_index_add(&sessions->shares, &share->link, share_hash(node, name));
    return share;
}

/* Members keep their order; the group is small beside the messages it gets. */
static void insert(DrillShare *share, size_t at, DrillSubscription *subscription) {
    for (size_t i = share->count; i > at; i--) {
        share->members[i] = share->members[i - 1];
        share->members[i]->position = i;
    }
    share->members[at] = subscription;
    subscription->position = at;
    share->count++;
}

static void take_out(DrillShare *share, size_t at) {
    share->count--;
    for (size_t i = at; i < share->count; i++) {
        share->members[i] = share->members[i + 1];
        share->members[i]->position = i;
    }
}

static bool is_online(const DrillSubscription *subscription) {
    return subscription->position < subscription->share->online_count;
}

void drill_share_join(DrillSessions *sessions, DrillShare *share, DrillSubscription *subscription) {
    if (share->count == share->capacity) {
        size_t capacity = share->capacity == 0 ? 4 : share->capacity * 2;
        share->members = (DrillSubscription **)drill_reallocate(
            sessions->allocator, share->members, sizeof(DrillSubscription *) * share->capacity,
            sizeof(DrillSubscription *) * capacity);
        share->capacity = capacity;
    }
    bool online = subscription->session->connection != NULL;
    insert(share, online ? share->online_count : share->count, subscription);
    if (online) share->online_count++;
}

/* Whose turn comes next stays the same member. */
static void step_back(DrillShare *share, size_t position) {
    if (position < share->next) share->next--;
}

void drill_share_leave(DrillSessions *sessions, DrillSubscription *subscription) {
    DrillShare *share = subscription->share;
    if (share->sticky == subscription) share->sticky = NULL;
    if (is_online(subscription)) share->online_count--;
    step_back(share, subscription->position);
    take_out(share, subscription->position);
    if (share->count > 0) return;
    drill_subscription_unlink(share->entry.node, &share->entry);
    drill_index_remove(&sessions->shares, &share->link);
    drill_release(sessions->allocator, share->members,
                  sizeof(DrillSubscription *) * share->capacity);
    drill_release(sessions->allocator, share, sizeof(DrillShare) + share->name.size);
}

void drill_share_set_online(DrillSubscription *subscription, bool online) {
    DrillShare *share = subscription->share;
    if (is_online(subscription) == online) return;
    if (online) {
        take_out(share, subscription->position);
        insert(share, share->online_count++, subscription);
        return;
    }
    step_back(share, subscription->position);
    take_out(share, subscription->position);
    share->online_count--;
    insert(share, share->count, subscription);
}

static uint32_t load_of(const DrillSubscription *subscription) {
    const DrillInflight *inflight = &subscription->session->inflight;
    return drill_inflight_open(inflight) + inflight->waiting.count;
}

/* Equal loads: whoever's turn it is. */
static size_t least_loaded(const DrillShare *share, size_t count) {
    size_t best = share->next % count;
    for (size_t i = 1; i < count; i++) {
        size_t at = (share->next + i) % count;
        if (load_of(share->members[at]) < load_of(share->members[best])) best = at;
    }
    return best;
}

DrillSubscription *drill_share_choose(DrillShare *share, DrillShareStrategy strategy, uint64_t draw,
                                      const DrillSubscription *except_or_null) {
    size_t count = share->online_count > 0 ? share->online_count : share->count;
    size_t at = share->next % count;
    switch (strategy) {
    case DRILL_SHARE_ROUND_ROBIN:
        break;
    case DRILL_SHARE_RANDOM:
        at = (size_t)drill_draw_below(draw, count);
        break;
    case DRILL_SHARE_STICKY:
        if (share->sticky != NULL && share->sticky->position < count) at = share->sticky->position;
        break;
    case DRILL_SHARE_LEAST_LOADED:
        at = least_loaded(share, count);
        break;
    }
    if (share->members[at] == except_or_null) at = (at + 1) % count;
    if (share->members[at] == except_or_null) return NULL;
    share->next = at + 1;
    share->sticky = share->members[at];
    return share->sticky;
}
