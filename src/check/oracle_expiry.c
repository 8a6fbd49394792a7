/* Message Expiry Interval of 5.0: what is left is told, and what has expired is not sent. */
#include "check/oracle.h"

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    ONLY5(DROPPED, "v5:MQTT-3.3.2-5")                                                              \
    ONLY5(COUNTED, "v5:MQTT-3.3.2-6")

CHECK_RULES(RULES);

static void wrong(CheckOracle *oracle, const CheckEvent *event, CheckExpiryFit how) {
    const CheckMessage *message = event->delivery.message;
    const char *client = drill_check_client_name(event->conn);
    unsigned long long waited_ms =
        (unsigned long long)((event->time_ns - message->recv_ns) / DRILL_NS_PER_MS);
    const uint64_t *packets = CHECK_PACKETS(message->event, event->number);
    if (how == CHECK_EXPIRY_PASSED) {
        drill_check_fail(
            oracle, RULE_DROPPED, packets,
            "%s gets the message on \"%.80s\" from %s %llu ms after it came; expected: "
            "deleted when its Message Expiry Interval of %u s had passed",
            client, message->content->topic->name, message->publisher_id, waited_ms,
            (unsigned)message->expiry_s);
        return;
    }
    drill_check_fail(
        oracle, RULE_COUNTED, packets,
        "%s gets the message on \"%.80s\" from %s with Message Expiry Interval %lld "
        "(-1: none); it was %u and waited %llu ms; expected: what is left of it",
        client, message->content->topic->name, message->publisher_id,
        (long long)(int64_t)(int32_t)drill_check_property(
            event->packet.as.publish.properties, DRILL_MESSAGE_EXPIRY_INTERVAL, UINT32_MAX),
        (unsigned)message->expiry_s, waited_ms);
}

static void event_expiry(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER ||
        !drill_check_is_v5(event->conn)) {
        return;
    }
    CheckDeliveryKind kind = event->delivery.kind;
    const CheckMessage *message = event->delivery.message;
    bool delivered = kind == CHECK_DELIVERY_LIVE || kind == CHECK_DELIVERY_LIVE_FLAGGED ||
                     kind == CHECK_DELIVERY_REPLAY || kind == CHECK_DELIVERY_WILL_EARLY;
    /* When a server that went down published a will is not known. */
    if (!delivered || message == NULL || !message->expires || message->will_early ||
        (message->is_will && message->doubtful)) {
        return;
    }
    CheckExpiryFit how = drill_check_expiry_fit(oracle->model, event, message);
    const CheckContent *content = message->content;
    /* It may be another that looks the same. */
    for (size_t i = 0; how != CHECK_EXPIRY_FITS && i < content->messages.count; i++) {
        const CheckMessage *other = drill_check_message_at(content, i);
        if (drill_check_expiry_fit(oracle->model, event, other) == CHECK_EXPIRY_FITS) {
            return;
        }
    }
    if (how == CHECK_EXPIRY_FITS) {
        drill_check_pass(oracle, RULE_COUNTED);
    } else {
        wrong(oracle, event, how);
    }
}

static void finish_expiry(CheckOracle *oracle) {
    DrillMap *identities = oracle->model->identities;
    for (size_t i = 0; i < drill_map_slots(identities); i++) {
        const CheckIdentity *identity = drill_map_at(identities, i, NULL);
        const CheckSession *session = identity == NULL ? NULL : identity->session;
        const CheckExpect *expect = session == NULL ? NULL : session->open_first;
        for (; expect != NULL; expect = expect->next_open) {
            const CheckMessage *message = expect->message;
            if (message->expires && message->expiry_ns < oracle->model->end_ns &&
                drill_check_end_usable(oracle->model, session->conn, CHECK_SERVER)) {
                drill_check_about(oracle, session->conn);
                drill_check_pass(oracle, RULE_DROPPED); /* it never came */
            }
        }
    }
}

CHECK_ORACLE(expiry, "messages expire, and tell how much time is left to them", NULL, event_expiry,
             finish_expiry);
