/* Subscription Identifiers of 5.0: which of them a delivery has to name. */
#include "check/oracle.h"

#include "base/arena.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(NAMED, "v5:MQTT-3.3.4-3")                                                                \
    ONLY5(ALL, "v5:MQTT-3.3.4-4")                                                                  \
    ONLY5(OWN, "v5:MQTT-3.3.4-5")

CHECK_RULES(RULES);

/* A copy that names fewer than all: others have to come for the rest. */
typedef struct IdentifierNote {
    struct IdentifierNote *next;
    const CheckExpect *expect;
    CheckConn *conn;
    uint64_t event;
    size_t matching;
} IdentifierNote;

/* The subscriptions that a delivery may be because of. */
typedef struct Matching {
    size_t count, identified;
    size_t identified_shared; /* of these: a copy of their own, perhaps */
    bool clear;               /* they were the same since the publication */
    bool foreign;             /* the packet names one that none of them has */
    bool shared;
    bool qos0; /* some copy comes at QoS 0 */
} Matching;

static bool has_identifier(const CheckSession *session, DrillSpan topic, uint32_t identifier) {
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription != NULL && subscription->identifier == identifier &&
            subscription->possible && drill_check_topic_matches(subscription->match, topic)) {
            return true;
        }
    }
    return false;
}

/* No other options can be in force. A message that came after SUBACK (`settled`) meets those of the
 * latest SUBSCRIBE. */
static bool is_steady(const CheckSubscription *subscription, bool settled) {
    return !subscription->unsteady || (settled && subscription->answers == subscription->requests);
}

static Matching find(const CheckEvent *event, bool settled) {
    const CheckSession *session = event->session;
    DrillSpan topic = event->packet.as.publish.topic;
    Matching found = {.clear = true};
    for (size_t i = 0; i < drill_map_slots(session->subscriptions); i++) {
        const CheckSubscription *subscription = drill_map_at(session->subscriptions, i, NULL);
        if (subscription == NULL || !drill_check_topic_matches(subscription->match, topic)) {
            continue;
        }
        if (!subscription->possible) {
            found.clear = found.clear && event->delivery.message != NULL &&
                          subscription->possible_until_ns < event->delivery.message->recv_ns;
            continue;
        }
        found.count++;
        found.identified += subscription->identifier != 0;
        found.shared = found.shared || subscription->shared;
        found.qos0 = found.qos0 || subscription->granted == 0;
        found.identified_shared += subscription->shared && subscription->identifier != 0;
        found.clear = found.clear && subscription->certain && is_steady(subscription, settled) &&
                      (subscription->options & DRILL_CHECK_NO_LOCAL) == 0;
    }
    return found;
}

static size_t named(const CheckEvent *event, Matching *found) {
    DrillProperties properties = event->packet.as.publish.properties;
    size_t offset = 0;
    size_t count = 0;
    DrillProperty property;
    while (drill_properties_next(properties, &offset, &property)) {
        if (property.id == DRILL_SUBSCRIPTION_IDENTIFIER) {
            count++;
            found->foreign =
                found->foreign ||
                !has_identifier(event->session, event->packet.as.publish.topic, property.number);
        }
    }
    return count;
}

static void wrong(CheckOracle *oracle, const CheckEvent *event, size_t rule, size_t count,
                  const char *expected) {
    drill_check_fail(oracle, rule,
                     CHECK_PACKETS(event->number, event->delivery.message == NULL
                                                      ? 0
                                                      : event->delivery.message->event),
                     "%s gets a message on \"%.*s\" with %u Subscription Identifiers; expected: %s",
                     drill_check_client_name(event->conn),
                     CHECK_TOPIC(event->packet.as.publish.topic), (unsigned)count, expected);
}

static void note_partial(CheckOracle *oracle, const CheckEvent *event, const Matching *found) {
    IdentifierNote *note = DRILL_NEW(oracle->allocator, IdentifierNote);
    *note = (IdentifierNote){oracle->state, event->delivery.expect, event->conn, event->number,
                             found->count};
    oracle->state = note;
    drill_check_message_keep(event->delivery.message);
}

static void live(CheckOracle *oracle, const CheckEvent *event) {
    bool settled = event->session->changed_ns < event->delivery.message->recv_ns;
    Matching found = find(event, settled);
    size_t count = named(event, &found);
    /* Nor where it may be another that looks the same. */
    if (!settled || !found.clear ||
        drill_check_has_double(oracle->model, event->session, event->delivery.message)) {
        return;
    }
    if (found.foreign) {
        /* [v5:MQTT-3.3.4-5] */
        wrong(oracle, event, RULE_OWN, count, "only those of its subscriptions that match");
    } else if (count == found.identified ||
               (found.shared && count == found.identified - found.identified_shared)) {
        if (count > 0) {
            drill_check_pass(oracle, RULE_NAMED);
            drill_check_pass(oracle, found.count > 1 ? RULE_ALL : RULE_NAMED);
        }
    } else if (count == 0 && found.identified == found.count) {
        /* [v5:MQTT-3.3.4-3] */
        wrong(oracle, event, RULE_NAMED, count, "the identifier of the subscription that matches");
    } else if (count > 1) {
        /* [v5:MQTT-3.3.4-4] */
        wrong(oracle, event, RULE_ALL, count, "those of all that match, or a copy for each");
    } else {
        drill_check_pass(oracle, RULE_OWN);
        /* A copy at QoS 0 is not kept for a client that is away. */
        bool lost = (found.qos0 || event->delivery.message->qos == 0) &&
                    event->conn->connack_ns >= event->delivery.message->recv_ns;
        if (!found.shared && !lost) {
            note_partial(oracle, event, &found);
        }
    }
}

static void event_identifiers(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER || event->session == NULL ||
        !drill_check_is_v5(event->conn)) {
        return;
    }
    CheckDeliveryKind kind = event->delivery.kind;
    if (kind == CHECK_DELIVERY_LIVE || kind == CHECK_DELIVERY_LIVE_FLAGGED) {
        live(oracle, event);
    } else if (kind == CHECK_DELIVERY_REPLAY) {
        Matching found = find(event, false);
        size_t count = named(event, &found);
        const CheckPrompt *prompt = event->delivery.prompt;
        /* A SUBSCRIBE since may have given the subscription another. */
        uint32_t identifier = prompt->subscription->identifier;
        if (found.count == 1 && found.clear && identifier != 0 &&
            identifier == prompt->identifier) {
            if (count == 1 && !found.foreign) {
                drill_check_pass(oracle, RULE_NAMED);
            } else {
                wrong(oracle, event, RULE_NAMED, count,
                      "the identifier of the subscription that brings it");
            }
        }
    }
}

/* A copy that was taken for another message's, which need not have come, may be one of its own. */
static bool may_have_more(CheckModel *model, const CheckExpect *expect) {
    const CheckExpects *expects =
        drill_check_expects(model, expect->session, expect->message->content, false);
    for (size_t i = 0; expects != NULL && i < expects->items.count; i++) {
        const CheckExpect *other = drill_check_expect_at(expects, i);
        if (other != expect && other->delivered > 0 && !other->must) {
            return true;
        }
    }
    return false;
}

static void finish_identifiers(CheckOracle *oracle) {
    for (const IdentifierNote *note = oracle->state; note != NULL; note = note->next) {
        const CheckExpect *expect = note->expect;
        bool up = drill_check_end_usable(oracle->model, note->conn, CHECK_SERVER);
        if (!up || expect->delivered != 1 || expect->message->mixed ||
            !drill_check_client_keeps_up(expect->session) ||
            drill_check_expect_dropped(oracle->model, expect) ||
            may_have_more(oracle->model, expect) ||
            drill_check_has_double(oracle->model, expect->session, expect->message)) {
            continue;
        }
        drill_check_about(oracle, note->conn);
        /* [v5:MQTT-3.3.4-4] one copy names all */
        drill_check_missing(oracle, RULE_ALL, CHECK_PACKETS(expect->message->event, note->event),
                            "%s gets one copy of the message on \"%.80s\", which %u subscriptions "
                            "match, and it does not name them all; expected: all Subscription "
                            "Identifiers in it, or a copy for each",
                            drill_check_client_name(note->conn),
                            expect->message->content->topic->name, (unsigned)note->matching);
    }
}

CHECK_ORACLE(identifiers, "Subscription Identifiers on what is delivered", NULL, event_identifiers,
             finish_identifiers);
