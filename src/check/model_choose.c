/* Which expectation a live delivery is taken for: of those that may be meant, the one that makes
 * the server look best. */
#include "check/model_delivery.h"

#include <string.h>

static bool any_overlaps(const CheckWindow *window, uint64_t from_ns, uint64_t until_ns) {
    while (window != NULL && (window->from_ns > until_ns || window->until_ns < from_ns)) {
        window = window->next;
    }
    return window != NULL;
}

static bool had_members(const CheckGroup *group, uint64_t from_ns, uint64_t until_ns) {
    return (group->members > 0 && group->from_ns <= until_ns) ||
           any_overlaps(group->windows, from_ns, until_ns);
}

/* Until when whoever subscribes may still get it. */
static uint64_t processed_ns(const CheckModel *model, const CheckMessage *message) {
    uint64_t done_ns = drill_check_message_done_ns(model, message);
    /* What its publisher never finished was passed on before its session ended, or never. */
    done_ns = message->over_ns < done_ns ? message->over_ns : done_ns;
    return done_ns > DRILL_NEVER - model->slack_ns ? DRILL_NEVER : done_ns + model->slack_ns;
}

bool drill_check_was_possible(const CheckModel *model, const CheckSubscription *subscription,
                              const CheckMessage *message) {
    uint64_t from_ns = message->recv_ns;
    uint64_t until_ns = processed_ns(model, message);
    /* What a member of a group could not finish comes to another, whenever that one joined. */
    bool begun = subscription->possible_from_ns <= until_ns ||
                 (subscription->shared && had_members(subscription->group, from_ns, until_ns));
    return (begun && subscription->possible_until_ns >= from_ns) ||
           any_overlaps(subscription->windows, from_ns, until_ns);
}

bool drill_check_is_withheld(const CheckSubscription *subscription, const CheckMessage *message) {
    return (subscription->options & DRILL_CHECK_NO_LOCAL) != 0 &&
           (drill_check_unsteady_options(subscription, message->recv_ns) & DRILL_CHECK_NO_LOCAL) ==
               0 &&
           message->author == subscription->session->identity && message->author != NULL;
}

uint32_t drill_check_room(const CheckModel *model, const CheckExpect *expect, bool recount) {
    const CheckMessage *message = expect->message;
    uint32_t matching = expect->subscriptions;
    if (recount && !message->settled) {
        DrillSpan topic = drill_span_of(message->content->topic->name);
        matching = 0;
        DrillMap *map = expect->session->subscriptions;
        for (size_t i = 0; i < drill_map_slots(map); i++) {
            const CheckSubscription *subscription = drill_map_at(map, i, NULL);
            if (subscription != NULL && !drill_check_is_withheld(subscription, message) &&
                drill_check_was_possible(model, subscription, message) &&
                drill_check_topic_matches(subscription->match, topic)) {
                matching++;
            }
        }
    }
    matching = matching > expect->subscriptions ? matching : expect->subscriptions;
    uint32_t copies = message->qos == 1 ? message->copies : 1;
    uint32_t most = matching * (copies + (message->doubtful ? 1u : 0u));
    return most > expect->delivered ? most - expect->delivered : 0;
}

uint8_t drill_check_qos_possible(const CheckExpect *expect) {
    const CheckMessage *message = expect->message;
    if (expect->session->changed_ns < message->recv_ns) {
        return expect->qos_mask;
    }
    DrillSpan topic = drill_span_of(message->content->topic->name);
    DeliveryMatches matches = drill_check_find_matches(expect->session, topic);
    return expect->qos_mask |
           drill_check_capped((uint8_t)(matches.qos_mask | matches.qos_ever), message->qos);
}

bool drill_check_is_expected(const CheckExpects *expects, const CheckMessage *message) {
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        if (drill_check_expect_at(expects, i)->message == message) {
            return true;
        }
    }
    return false;
}

bool drill_check_unexpected(const CheckModel *model, const CheckSession *session,
                            const CheckExpects *expects, CheckMessage *message) {
    CheckExpect candidate = {.message = message, .session = (CheckSession *)(uintptr_t)session};
    return !drill_check_is_expected(expects, message) &&
           drill_check_room(model, &candidate, true) > 0;
}

/* How well a live delivery is explained by an expectation: the higher the better. */
typedef enum Fitness {
    FITS_NOT,
    FITS_OTHER, /* with the properties of another */
    FITS_LATE,  /* after a younger message of its stream, or expired */
    FITS_EARLY, /* the first copy of a QoS 2 message that is not released: it comes with PUBREL,
                   or came with PUBLISH */
    FITS_MORE,  /* a further copy */
    FITS_SINCE, /* the first copy, at a QoS that was granted only after it was published */
    FITS_FRESH, /* the first copy */
    FITS_BETTER /* the copy at the QoS that was still owed to overlapping subscriptions */
} Fitness;

/* Not of QoS 2 and waiting for its PUBREL. */
static bool is_released(const CheckMessage *message) {
    return message->qos != 2 || message->is_will || message->release_order != 0;
}

static Fitness fitness(CheckModel *model, const CheckEvent *event, const CheckExpect *expect) {
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    if (!drill_check_looks_like(model, event, expect->message)) {
        return FITS_OTHER;
    }
    if (model->now_ns > expect->message->expiry_ns) {
        return FITS_LATE; /* it should be gone */
    }
    if (expect->delivered > 0) {
        return expect->qos_best < expect->qos_certain && qos >= expect->qos_certain ? FITS_BETTER
                                                                                    : FITS_MORE;
    }
    if (drill_check_younger(model, expect->session, expect->message) != NULL) {
        return FITS_LATE;
    }
    if (!is_released(expect->message)) {
        return FITS_EARLY;
    }
    return (expect->qos_mask >> qos & 1u) != 0 ? FITS_FRESH : FITS_SINCE;
}

/* RETAIN, given Retain As Published of the subscriptions. */
static bool has_flag(const CheckExpect *expect, const CheckEvent *event) {
    return event->packet.as.publish.retain ? expect->marked : expect->unmarked;
}

/* The same, with those that began since it was published. */
static bool may_have_flag(CheckExpect *expect, const CheckEvent *event) {
    const CheckMessage *message = expect->message;
    DrillMap *map = expect->session->subscriptions;
    if (has_flag(expect, event) || expect->session->changed_ns < message->recv_ns) {
        return has_flag(expect, event);
    }
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        const CheckSubscription *subscription = drill_map_at(map, i, NULL);
        if (subscription != NULL && subscription->possible &&
            drill_check_topic_matches(subscription->match, event->packet.as.publish.topic)) {
            bool asked = (subscription->options_ever & DRILL_CHECK_AS_PUBLISHED) != 0;
            bool asks = (subscription->options & DRILL_CHECK_AS_PUBLISHED) != 0;
            expect->marked = expect->marked || (asked && message->retain);
            expect->unmarked = expect->unmarked || !asks || !message->retain;
        }
    }
    return has_flag(expect, event);
}

typedef struct Best {
    CheckExpect *expect;
    Fitness fitness;
} Best;

static Best best_from(CheckModel *model, const CheckEvent *event, const CheckExpects *expects,
                      size_t from, DeliveryChoice choice) {
    Best best = {NULL, FITS_NOT};
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    for (size_t i = from; i < expects->items.count && i < from + LOOK_BACK_MAX; i++) {
        CheckExpect *expect = drill_check_expect_at(expects, i);
        if (drill_check_room(model, expect, choice.recount) == 0 ||
            (choice.marked && !may_have_flag(expect, event))) {
            continue;
        }
        Fitness fits = fitness(model, event, expect);
        if (fits > FITS_LATE && !choice.any_qos && !may_have_flag(expect, event)) {
            fits = FITS_LATE;
        }
        if (fits > best.fitness &&
            (choice.any_qos || (drill_check_qos_possible(expect) >> qos & 1u) != 0)) {
            best = (Best){expect, fits};
        }
        if (best.fitness >= FITS_FRESH) {
            break;
        }
    }
    return best;
}

/* It will hardly be delivered any more. */
static bool is_over(CheckModel *model, const CheckExpect *expect) {
    return drill_check_room(model, expect, false) == 0 ||
           drill_check_younger(model, expect->session, expect->message) != NULL;
}

/* The first that are considered do not come. So that those behind them are reached, what is over
 * goes before them, or else the first that has come. False: nothing was in the way. */
static bool make_way(CheckModel *model, CheckExpects *expects) {
    void **slots = expects->items.slots + expects->items.first + expects->first_open;
    void *kept[LOOK_BACK_MAX];
    size_t over = 0, count = 0, came = LOOK_BACK_MAX;
    if (expects->items.count - expects->first_open <= LOOK_BACK_MAX) {
        return false;
    }
    for (size_t i = 0; i < LOOK_BACK_MAX; i++) {
        const CheckExpect *expect = slots[i];
        came = expect->delivered > 0 && came == LOOK_BACK_MAX ? i : came;
        if (is_over(model, expect)) {
            slots[over++] = slots[i];
        } else {
            kept[count++] = slots[i];
        }
    }
    memcpy(slots + over, kept, count * sizeof *kept);
    if (over == 0 && came < LOOK_BACK_MAX) {
        memmove(slots + 1, slots, came * sizeof *slots);
        slots[over++] = kept[came];
    }
    expects->first_open += over;
    return over > 0;
}

CheckExpect *drill_check_choose_live(CheckModel *model, const CheckEvent *event,
                                     const CheckContent *content, DeliveryChoice choice) {
    CheckExpects *expects = drill_check_expects(model, event->session, content, false);
    if (expects == NULL) {
        return NULL;
    }
    while (
        expects->first_open < expects->items.count &&
        (drill_check_room(model, drill_check_expect_at(expects, expects->first_open), false) == 0 ||
         (expects->items.count - expects->first_open > LOOK_BACK_MAX &&
          drill_check_expect_at(expects, expects->first_open)->delivered > 0))) {
        expects->first_open++;
    }
    size_t count = expects->items.count;
    if (choice.recount) {
        size_t from = count > LOOK_BACK_MAX ? count - LOOK_BACK_MAX : 0;
        return best_from(model, event, expects, from, choice).expect;
    }
    Best best = best_from(model, event, expects, expects->first_open, choice);
    while (best.fitness < FITS_FRESH && make_way(model, expects)) {
        best = best_from(model, event, expects, expects->first_open, choice);
    }
    return best.expect;
}

bool drill_check_suits(const CheckModel *model, const CheckEvent *event, CheckExpect *expect) {
    return expect != NULL && may_have_flag(expect, event) &&
           drill_check_looks_like(model, event, expect->message);
}

/* A publication that was still being processed when a subscription began, best one that is
 * released; `alike`: with this RETAIN and these properties. */
static CheckExpect *choose_overlapping(CheckModel *model, const CheckEvent *event,
                                       CheckContent *content, bool marked, bool alike) {
    CheckSession *session = event->session;
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    const CheckExpects *expects = drill_check_expects(model, session, content, false);
    CheckMessage *best = NULL;
    size_t least =
        content->messages.count > LOOK_BACK_MAX ? content->messages.count - LOOK_BACK_MAX : 0;
    for (size_t i = least; i < content->messages.count; i++) {
        CheckMessage *message = drill_check_message_at(content, i);
        CheckExpect candidate = {.message = message, .session = session};
        bool may_be = qos <= message->qos && (!marked || message->retain) &&
                      (!alike || drill_check_suits(model, event, &candidate)) &&
                      drill_check_unexpected(model, session, expects, message);
        if (may_be && (best == NULL || (is_released(message) && !is_released(best)))) {
            best = message;
        }
    }
    if (best == NULL) {
        return NULL;
    }
    CheckExpect candidate = {.message = best, .session = session};
    CheckExpect *expect = drill_check_expect_add(
        model, drill_check_expects(model, session, content, true), session, best);
    expect->subscriptions = drill_check_room(model, &candidate, true);
    expect->qos_mask = drill_check_capped(7, best->qos);
    expect->marked = best->retain;
    expect->unmarked = true;
    return expect;
}

CheckExpect *drill_check_choose(CheckModel *model, const CheckEvent *event, CheckContent *content,
                                bool marked) {
    CheckExpect *expect =
        drill_check_choose_live(model, event, content, (DeliveryChoice){.marked = marked});
    if (drill_check_suits(model, event, expect)) {
        return expect;
    }
    CheckExpect *other = drill_check_choose_live(
        model, event, content, (DeliveryChoice){.recount = true, .marked = marked});
    if (drill_check_suits(model, event, other)) {
        return other;
    }
    CheckExpect *overlapping = choose_overlapping(model, event, content, marked, true);
    if (overlapping != NULL) {
        return overlapping;
    }
    expect = expect != NULL ? expect : other;
    return expect != NULL ? expect : choose_overlapping(model, event, content, marked, false);
}

void drill_check_expect_came(CheckExpect *expect, uint8_t qos) {
    expect->delivered++;
    if (expect->came[qos] < UINT8_MAX) {
        expect->came[qos]++;
    }
    expect->qos_best = qos > expect->qos_best ? qos : expect->qos_best;
    drill_check_expect_close(expect);
}

/* A copy of the full one, of another QoS than this, may have been the other's. */
static bool try_move(CheckModel *model, CheckExpect *full, CheckExpect *other, unsigned qos) {
    for (uint8_t q = 0; q <= 2; q++) {
        if (q != qos && full->came[q] > 0 && (drill_check_qos_possible(other) >> q & 1u) != 0 &&
            drill_check_room(model, other, true) > 0) {
            full->delivered--;
            full->came[q]--;
            if (full->came[q] == 0 && q == full->qos_best) {
                full->qos_best = q > 1 && full->came[1] > 0 ? 1 : 0;
            }
            drill_check_expect_came(other, q);
            return true;
        }
    }
    return false;
}

CheckExpect *drill_check_choose_instead(CheckModel *model, const CheckEvent *event,
                                        const CheckContent *content) {
    const CheckExpects *expects = drill_check_expects(model, event->session, content, false);
    unsigned qos = (unsigned)event->packet.as.publish.qos;
    size_t count = expects == NULL ? 0 : expects->items.count;
    size_t least = count > LOOK_BACK_MAX ? count - LOOK_BACK_MAX : 0;
    for (size_t i = least; i < count; i++) {
        CheckExpect *full = drill_check_expect_at(expects, i);
        if (full->delivered == 0 || (drill_check_qos_possible(full) >> qos & 1u) == 0 ||
            !drill_check_suits(model, event, full)) {
            continue;
        }
        for (size_t k = least; k < count; k++) {
            CheckExpect *other = drill_check_expect_at(expects, k);
            if (other != full && drill_check_suits(model, event, other) &&
                try_move(model, full, other, qos)) {
                return full;
            }
        }
    }
    return NULL;
}
