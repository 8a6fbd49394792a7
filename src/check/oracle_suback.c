/* Answers to SUBSCRIBE and UNSUBSCRIBE: one each, with a code for each filter in its order. */
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5)                                                                  \
    BOTH(ANSWERED, "v3:MQTT-3.8.4-1", "v5:MQTT-3.8.4-1")                                           \
    BOTH(SAME_ID, "v3:MQTT-3.8.4-2", "v5:MQTT-3.8.4-2")                                            \
    BOTH(SEVERAL, "v3:MQTT-3.8.4-4", "v5:MQTT-3.8.4-5")                                            \
    BOTH(CODE_EACH, "v3:MQTT-3.8.4-5", "v5:MQTT-3.8.4-6")                                          \
    BOTH(CODE_ORDER, "v3:MQTT-3.9.3-1", "v5:MQTT-3.9.3-1")                                         \
    ONLY3(NO_WILDCARDS, "v3:MQTT-3.8.3-2")                                                         \
    ONLY5(GRANTED, "v5:MQTT-3.8.4-7")                                                              \
    BOTH(UNSUBACK, "v3:MQTT-3.10.4-4", "v5:MQTT-3.10.4-4")                                         \
    BOTH(UNSUBACK_ALWAYS, "v3:MQTT-3.10.4-5", "v5:MQTT-3.10.4-5")                                  \
    BOTH(UNSUBACK_ONE, "v3:MQTT-3.10.4-6", "v5:MQTT-3.10.4-6")                                     \
    ONLY5(UNSUBACK_ORDER, "v5:MQTT-3.11.3-1")                                                      \
    ONLY5(UNSUBACK_EACH, "v5:MQTT-3.11.3-2")

CHECK_RULES(RULES);

/* [v5:MQTT-3.8.4-7] the maximum QoS granted is at most what was asked for */
static void grants(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    DrillSpan codes = event->packet.as.suback.reason_codes;
    for (size_t i = 0; i < request->count; i++) {
        if (codes.data[i] <= 2 && codes.data[i] > request->requested[i]) {
            drill_check_fail(oracle, RULE_GRANTED, CHECK_PACKETS(request->event, event->number),
                             "the broker grants %s QoS %u for a filter that asks for QoS %u",
                             drill_check_client_name(event->conn), (unsigned)codes.data[i],
                             (unsigned)request->requested[i]);
            return;
        }
    }
    drill_check_pass(oracle, RULE_GRANTED);
}

/* [v3:MQTT-3.8.3-2] a broker that is configured to have no wildcard subscriptions refuses them all
 */
static void wildcards(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    DrillSpan codes = event->packet.as.suback.reason_codes;
    for (size_t i = 0; i < request->count; i++) {
        const char *filter = request->subscriptions[i]->filter;
        if (strpbrk(filter, "+#") == NULL) {
            continue;
        }
        if (codes.data[i] == DRILL_RETURN_FAILURE) {
            drill_check_pass(oracle, RULE_NO_WILDCARDS);
        } else {
            drill_check_fail(oracle, RULE_NO_WILDCARDS,
                             CHECK_PACKETS(request->event, event->number),
                             "the broker has no wildcard subscriptions and grants %s \"%.80s\"; "
                             "expected: return code 0x80",
                             drill_check_client_name(event->conn), filter);
        }
    }
}

/* An answer that no request waits for: another identifier, or a second answer where one says all.
 */
static void unasked(CheckOracle *oracle, const CheckEvent *event, bool subscribe) {
    if (drill_check_answers_offence(event)) {
        return;
    }
    const CheckRequest *before = event->conn->answered[subscribe];
    unsigned id = event->packet.as.suback.packet_identifier;
    bool again = before != NULL && before->packet_identifier == id && before->count > 1;
    size_t one = subscribe ? RULE_SEVERAL : RULE_UNSUBACK_ONE;
    size_t same = subscribe                        ? RULE_SAME_ID
                  : drill_check_is_v5(event->conn) ? RULE_UNSUBACK_ALWAYS
                                                   : RULE_UNSUBACK;
    drill_check_fail(oracle, again ? one : same,
                     CHECK_PACKETS(again ? before->event : event->number, event->number),
                     "the broker sends %s %u to %s, and %s",
                     drill_packet_type_name(event->packet.type), id,
                     drill_check_client_name(event->conn),
                     again ? "answered that request already; expected: one answer for all filters"
                           : "no request has this identifier; expected: the request's");
}

static void suback_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    DrillSpan codes = event->packet.as.suback.reason_codes;
    if (request == NULL) {
        unasked(oracle, event, true);
        return;
    }
    const char *client = drill_check_client_name(event->conn);
    drill_check_pass(oracle, RULE_ANSWERED);
    drill_check_pass(oracle, RULE_SAME_ID);
    /* [v3:MQTT-3.8.4-5] a code for each filter; [v3:MQTT-3.8.4-4] all in one SUBACK */
    if (codes.size != request->count) {
        drill_check_fail(oracle, RULE_CODE_EACH, CHECK_PACKETS(request->event, event->number),
                         "the broker answers %u filters of %s (Packet Identifier %u) with %u "
                         "return codes; expected: one for each",
                         (unsigned)request->count, client, (unsigned)request->packet_identifier,
                         (unsigned)codes.size);
        return;
    }
    drill_check_pass(oracle, RULE_CODE_EACH);
    grants(oracle, event);
    if (oracle->model->no_wildcards) {
        wildcards(oracle, event);
    }
    if (request->count < 2) {
        return;
    }
    drill_check_pass(oracle, RULE_SEVERAL);
    for (size_t i = 0; i < request->count; i++) {
        /* [v3:MQTT-3.9.3-1] nobody is granted more than requested unless the codes are in another
         * order */
        if (codes.data[i] <= 2 && codes.data[i] > request->requested[i]) {
            drill_check_fail(oracle, RULE_CODE_ORDER, CHECK_PACKETS(request->event, event->number),
                             "return code %u of the SUBACK to %s (Packet Identifier %u) grants QoS "
                             "%u where QoS %u was requested; "
                             "expected: codes in the order of the filters",
                             (unsigned)i + 1, client, (unsigned)request->packet_identifier,
                             (unsigned)codes.data[i], (unsigned)request->requested[i]);
            return;
        }
    }
    drill_check_pass(oracle, RULE_CODE_ORDER);
}

/* [v5:MQTT-3.11.3-1] [v5:MQTT-3.11.3-2] 0x00 for what was there, 0x11 for what was not, in order */
static void unsuback_codes(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    DrillSpan codes = event->packet.as.suback.reason_codes;
    const char *client = drill_check_client_name(event->conn);
    const uint64_t *packets = CHECK_PACKETS(request->event, event->number);
    if (codes.size != request->count) {
        drill_check_fail(oracle, RULE_UNSUBACK_EACH, packets,
                         "the broker answers %u filters of %s with %u Reason Codes; expected: one "
                         "for each",
                         (unsigned)request->count, client, (unsigned)codes.size);
        return;
    }
    drill_check_pass(oracle, RULE_UNSUBACK_EACH);
    for (size_t i = 0; i < request->count; i++) {
        bool was_there = request->subscriptions[i] != NULL && request->certain[i];
        bool never = request->subscriptions[i] == NULL && !event->session->unknown_past;
        if ((was_there && codes.data[i] == DRILL_REASON_NO_SUBSCRIPTION_EXISTED) ||
            (never && codes.data[i] == 0)) {
            drill_check_fail(oracle, RULE_UNSUBACK_ORDER, packets,
                             "Reason Code %u of the UNSUBACK to %s is 0x%02x although that filter "
                             "%s; expected: codes in the order of the filters",
                             (unsigned)i + 1, client, (unsigned)codes.data[i],
                             was_there ? "had a subscription" : "had none");
            return;
        }
    }
    drill_check_pass(oracle, RULE_UNSUBACK_ORDER);
}

static void unsuback_sent(CheckOracle *oracle, const CheckEvent *event) {
    const CheckRequest *request = event->request;
    if (request == NULL) {
        unasked(oracle, event, false);
        return;
    }
    drill_check_pass(oracle, RULE_UNSUBACK);
    if (drill_check_is_v5(event->conn)) {
        unsuback_codes(oracle, event);
    }
    if (request->count > 1) {
        drill_check_pass(oracle, RULE_UNSUBACK_ONE);
    }
    bool found = false;
    for (size_t i = 0; i < request->count; i++) {
        found = found || request->subscriptions[i] != NULL;
    }
    if (!found) {
        drill_check_pass(oracle, RULE_UNSUBACK_ALWAYS);
    }
}

static bool removes_nothing(const CheckConn *conn, uint16_t packet_identifier) {
    for (const CheckRequest *request = conn->requests_first; request != NULL;
         request = request->next) {
        if (request->subscribe || request->packet_identifier != packet_identifier) {
            continue;
        }
        for (size_t i = 0; i < request->count; i++) {
            if (request->subscriptions[i] != NULL) {
                return false;
            }
        }
        return true;
    }
    return false;
}

static void owed_suback(CheckOracle *oracle, CheckConn *conn, CheckSide side, const CheckOwed *owed,
                        bool closed) {
    bool subscribe = owed->type == DRILL_SUBACK;
    /* A broker may refuse a filter by closing. */
    if (side != CHECK_SERVER || closed || (!subscribe && owed->type != DRILL_UNSUBACK)) {
        return;
    }
    if (!subscribe && removes_nothing(conn, owed->packet_identifier)) {
        drill_check_missing(oracle, RULE_UNSUBACK_ALWAYS, CHECK_PACKETS(owed->request_event),
                            "the broker does not answer an UNSUBSCRIBE of %s that removes nothing; "
                            "expected UNSUBACK all the same",
                            drill_check_client_name(conn));
    }
    drill_check_missing(
        oracle, subscribe ? RULE_ANSWERED : RULE_UNSUBACK, CHECK_PACKETS(owed->request_event),
        "the broker never answered the %s of %s with Packet Identifier %u; expected %s",
        subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", drill_check_client_name(conn),
        (unsigned)owed->packet_identifier, subscribe ? "SUBACK" : "UNSUBACK");
}

static void event_suback(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER) {
        return;
    }
    if (event->packet.type == DRILL_SUBACK) {
        suback_sent(oracle, event);
    } else if (event->packet.type == DRILL_UNSUBACK) {
        unsuback_sent(oracle, event);
    }
}

static void finish_suback(CheckOracle *oracle) {
    drill_check_each_owed(oracle, owed_suback);
}

CHECK_ORACLE(suback, "SUBSCRIBE and UNSUBSCRIBE are answered: one code for each filter, in order",
             NULL, event_suback, finish_suback);
