#include "mqtt/inflight.h"

#include <string.h>

#include "base/arena.h"
#include "spec/reason.h"

/* The sender's table. Rows: what we wait for. Columns: what came. The history behind each entry
 * that is not plain progress:
 *
 *  - unknown, PUBACK or PUBCOMP: the packet was repeated (a timer, a resumed Session), the first
 * answer ended the exchange, and this is the second one.
 *  - unknown, PUBREC: the peer's Session remembers a PUBLISH that ours has lost or has completed.
 * Only PUBREL lets the peer free its identifier, so it gets one; its PUBCOMP will be unknown, too.
 *  - PUBCOMP due, PUBREC: PUBLISH was repeated before its PUBREC arrived; the second PUBREC meets
 * the PUBREL we have sent. PUBREL is repeated, never PUBLISH.
 *  - an answer of the other QoS, or an answer to PUBREL before PUBREC: identifiers go round all
 * 65,535 before they come back, so no late packet explains it.
 *  - 5.0, PUBREC of 0x80 or more: the peer has not taken the message and holds no identifier. It
 * ends what waits for PUBREC, and asks for nothing where nothing waits; after PUBREL it is a
 * contradiction. */
static DrillExchangeStep refused_step(DrillExchangeState state) {
    switch (state) {
    case DRILL_EXCHANGE_UNKNOWN:
    case DRILL_EXCHANGE_WAITING:
        return DRILL_STEP_IGNORE;
    case DRILL_EXCHANGE_PUBREC_DUE:
        return DRILL_STEP_COMPLETE;
    case DRILL_EXCHANGE_PUBACK_DUE:
    case DRILL_EXCHANGE_PUBCOMP_DUE:
    case DRILL_EXCHANGE_SUBACK_DUE:
    case DRILL_EXCHANGE_UNSUBACK_DUE:
        break;
    }
    return DRILL_STEP_VIOLATION;
}

DrillExchangeStep drill_exchange_step(DrillExchangeState state, DrillPacketType received,
                                      uint8_t reason_code) {
    enum {
        I = DRILL_STEP_IGNORE,
        R = DRILL_STEP_RELEASE,
        C = DRILL_STEP_COMPLETE,
        V = DRILL_STEP_VIOLATION
    };
    /* clang-format off */
    static const unsigned char table[7][5] = {
        /*                  PUBACK PUBREC PUBCOMP SUBACK UNSUBACK */
        /* unknown      */ {I,     R,     I,      I,     I},
        /* waiting      */ {I,     R,     I,      I,     I},
        /* PUBACK due   */ {C,     V,     V,      V,     V},
        /* PUBREC due   */ {V,     R,     V,      V,     V},
        /* PUBCOMP due  */ {V,     R,     C,      V,     V},
        /* SUBACK due   */ {V,     V,     V,      C,     V},
        /* UNSUBACK due */ {V,     V,     V,      V,     C},
    };
    /* clang-format on */
    static const DrillPacketType columns[] = {DRILL_PUBACK, DRILL_PUBREC, DRILL_PUBCOMP,
                                              DRILL_SUBACK, DRILL_UNSUBACK};
    size_t column = 0;
    while (column < DRILL_ARRAY_COUNT(columns) && columns[column] != received)
        column++;
    DRILL_ASSERT(column < DRILL_ARRAY_COUNT(columns));
    if (received == DRILL_PUBREC && drill_reason_is_failure(reason_code))
        return refused_step(state);
    return (DrillExchangeStep)table[state][column];
}

void drill_inflight_init(DrillInflight *inflight, DrillAllocator allocator,
                         uint16_t first_identifier) {
    *inflight = (DrillInflight){.allocator = allocator, .expires_ns = DRILL_NEVER};
    drill_identifiers_init(&inflight->outgoing, allocator, first_identifier);
    drill_identifiers_init(&inflight->incoming, allocator, 1);
}

static uint64_t bytes_of(const DrillExchange *exchange) {
    const DrillMessage *message = exchange->message;
    return message == NULL ? 0 : message->topic.size + message->payload.size;
}

static void append(DrillExchangeList *list, DrillExchange *exchange) {
    list->bytes += bytes_of(exchange);
    exchange->list = list;
    exchange->next = NULL;
    exchange->previous = list->last;
    if (list->last != NULL)
        list->last->next = exchange;
    else
        list->first = exchange;
    list->last = exchange;
    list->count++;
}

static void prepend(DrillExchangeList *list, DrillExchange *exchange) {
    list->bytes += bytes_of(exchange);
    exchange->list = list;
    exchange->previous = NULL;
    exchange->next = list->first;
    if (list->first != NULL)
        list->first->previous = exchange;
    else
        list->last = exchange;
    list->first = exchange;
    list->count++;
}

static void unlink_exchange(DrillExchange *exchange) {
    DrillExchangeList *list = exchange->list;
    list->bytes -= bytes_of(exchange);
    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        list->first = exchange->next;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    else
        list->last = exchange->previous;
    list->count--;
}

static size_t exchange_size(uint32_t subscription_id_count) {
    return sizeof(DrillExchange) + sizeof(uint32_t) * subscription_id_count;
}

DrillExchange *drill_inflight_wait(DrillInflight *inflight, const DrillDelivery *delivery) {
    uint32_t id_count = delivery->subscription_id_count;
    DrillExchange *exchange =
        (DrillExchange *)drill_allocate(inflight->allocator, exchange_size(id_count));
    if (id_count > 0) memcpy(exchange + 1, delivery->subscription_ids, sizeof(uint32_t) * id_count);
    exchange->subscription_id_count = id_count;
    exchange->share = delivery->share;
    exchange->record = delivery->record;
    exchange->state = DRILL_EXCHANGE_WAITING;
    exchange->message = drill_message_hold(delivery->message);
    exchange->qos = delivery->qos;
    exchange->retain = delivery->retain;
    exchange->tag = delivery->tag;
    if (exchange->message->expires_ns < inflight->expires_ns)
        inflight->expires_ns = exchange->message->expires_ns;
    append(&inflight->waiting, exchange);
    return exchange;
}

bool drill_inflight_start(DrillInflight *inflight, DrillExchange *exchange) {
    DRILL_ASSERT(exchange->state == DRILL_EXCHANGE_WAITING && exchange->qos != DRILL_QOS_0);
    if (!drill_identifiers_take(&inflight->outgoing, &exchange->use)) return false;
    exchange->state =
        exchange->qos == DRILL_QOS_1 ? DRILL_EXCHANGE_PUBACK_DUE : DRILL_EXCHANGE_PUBREC_DUE;
    unlink_exchange(exchange);
    append(&inflight->publishing, exchange);
    return true;
}

DrillExchange *drill_inflight_request(DrillInflight *inflight, DrillExchangeState state,
                                      uint32_t filter_count) {
    DrillExchange *exchange = DRILL_NEW(inflight->allocator, DrillExchange);
    exchange->state = state;
    exchange->filter_count = filter_count;
    append(&inflight->requests, exchange);
    if (drill_identifiers_take(&inflight->outgoing, &exchange->use)) return exchange;
    drill_inflight_forget(inflight, exchange);
    return NULL;
}

DrillExchange *drill_inflight_find(const DrillInflight *inflight, uint16_t packet_identifier) {
    return (DrillExchange *)drill_identifiers_find(&inflight->outgoing, packet_identifier);
}

/* Also before an exchange leaves `publishing`. */
void drill_inflight_resent(DrillInflight *inflight, DrillExchange *exchange) {
    if (!exchange->unsent) return;
    exchange->unsent = false;
    inflight->unsent_count--;
    if (inflight->first_unsent != exchange) return;
    DrillExchange *next = exchange->next;
    while (next != NULL && !next->unsent)
        next = next->next;
    inflight->first_unsent = next;
}

DrillExchangeStep drill_inflight_acknowledge(DrillInflight *inflight, DrillPacketType received,
                                             uint16_t packet_identifier, uint8_t reason_code,
                                             DrillExchange **exchange) {
    *exchange = drill_inflight_find(inflight, packet_identifier);
    DrillExchangeState state = *exchange == NULL ? DRILL_EXCHANGE_UNKNOWN : (*exchange)->state;
    DrillExchangeStep step = drill_exchange_step(state, received, reason_code);
    if (step == DRILL_STEP_RELEASE && state == DRILL_EXCHANGE_PUBREC_DUE) {
        /* [v3:MQTT-4.3.3-1] from now on PUBREL is what is repeated. [v3:MQTT-4.6.0-4] The list
         * keeps the order of PUBRECs. */
        (*exchange)->state = DRILL_EXCHANGE_PUBCOMP_DUE;
        (*exchange)->repeats = 0;
        drill_inflight_resent(inflight, *exchange);
        unlink_exchange(*exchange);
        append(&inflight->releasing, *exchange);
    }
    return step;
}

void drill_inflight_connected(DrillInflight *inflight, uint32_t send_quota_max) {
    inflight->send_quota_max = send_quota_max;
    inflight->first_unsent = inflight->publishing.first;
    inflight->unsent_count = inflight->publishing.count;
    for (DrillExchange *exchange = inflight->publishing.first; exchange != NULL;
         exchange = exchange->next)
        exchange->unsent = true;
}

bool drill_inflight_may_send(const DrillInflight *inflight) {
    if (inflight->send_quota_max == 0) return true;
    return drill_inflight_open(inflight) - inflight->unsent_count < inflight->send_quota_max;
}

DrillExchange *drill_inflight_next_resend(const DrillInflight *inflight) {
    return drill_inflight_may_send(inflight) ? inflight->first_unsent : NULL;
}

uint64_t drill_exchange_due(const DrillExchange *exchange, uint64_t retry_ns,
                            uint64_t retry_ns_max) {
    uint64_t wait_ns = retry_ns;
    for (uint32_t i = 0; i < exchange->repeats && wait_ns < retry_ns_max; i++)
        wait_ns = wait_ns > retry_ns_max / 2 ? retry_ns_max : wait_ns * 2;
    return wait_ns > DRILL_NEVER - exchange->sent_ns ? DRILL_NEVER : exchange->sent_ns + wait_ns;
}

void drill_inflight_forget(DrillInflight *inflight, DrillExchange *exchange) {
    drill_inflight_resent(inflight, exchange);
    unlink_exchange(exchange);
    drill_identifiers_free(&inflight->outgoing, &exchange->use);
    drill_message_release(exchange->message);
    drill_release(inflight->allocator, exchange, exchange_size(exchange->subscription_id_count));
}

void drill_inflight_unsend(DrillInflight *inflight) {
    while (inflight->publishing.last != NULL) {
        DrillExchange *exchange = inflight->publishing.last;
        drill_identifiers_free(&inflight->outgoing, &exchange->use);
        drill_inflight_resent(inflight, exchange);
        unlink_exchange(exchange);
        exchange->state = DRILL_EXCHANGE_WAITING;
        prepend(&inflight->waiting, exchange);
    }
}

void drill_inflight_renumber(DrillInflight *inflight, DrillExchange *exchange) {
    drill_identifiers_free(&inflight->outgoing, &exchange->use);
    (void)drill_identifiers_take(&inflight->outgoing, &exchange->use);
}

uint32_t drill_inflight_open(const DrillInflight *inflight) {
    return inflight->publishing.count + inflight->releasing.count;
}

void drill_inflight_forget_list(DrillInflight *inflight, DrillExchangeList *list) {
    while (list->first != NULL)
        drill_inflight_forget(inflight, list->first);
}

void drill_inflight_expire(DrillInflight *inflight, uint64_t now_ns) {
    if (now_ns < inflight->expires_ns) return;
    inflight->expires_ns = DRILL_NEVER;
    DrillExchange *exchange = inflight->waiting.first;
    while (exchange != NULL) {
        DrillExchange *next = exchange->next;
        uint64_t expires_ns = exchange->message->expires_ns;
        if (drill_message_expired(exchange->message, now_ns))
            drill_inflight_forget(inflight, exchange);
        else if (expires_ns < inflight->expires_ns)
            inflight->expires_ns = expires_ns;
        exchange = next;
    }
}

/* The receiver's side. Its whole state is whether the identifier is held:
 *
 *  - PUBLISH, not held: a new message. It is held from now on.
 *  - PUBLISH, held: a repetition, whatever its DUP flag says: PUBREC again, nothing else.
 *  - PUBREL, held: the message is passed on, if it has not been, and the identifier is free.
 *  - PUBREL, not held: PUBCOMP was lost and the sender repeats, or this Session is new to us:
 * PUBCOMP, or the sender would never end. */
DrillHeld *drill_inflight_held(const DrillInflight *inflight, uint16_t packet_identifier) {
    return (DrillHeld *)drill_identifiers_find(&inflight->incoming, packet_identifier);
}

DrillHeld *drill_inflight_hold(DrillInflight *inflight, uint16_t packet_identifier) {
    DrillHeld *held = DRILL_NEW(inflight->allocator, DrillHeld);
    drill_identifiers_hold(&inflight->incoming, &held->use, packet_identifier);
    held->copies = 1;
    held->previous = inflight->last_held;
    if (inflight->last_held != NULL)
        inflight->last_held->next = held;
    else
        inflight->first_held = held;
    inflight->last_held = held;
    return held;
}

void drill_inflight_unhold(DrillInflight *inflight, DrillHeld *held) {
    if (held->previous != NULL)
        held->previous->next = held->next;
    else
        inflight->first_held = held->next;
    if (held->next != NULL)
        held->next->previous = held->previous;
    else
        inflight->last_held = held->previous;
    drill_identifiers_free(&inflight->incoming, &held->use);
    drill_message_release(held->message);
    drill_release(inflight->allocator, held, sizeof *held);
}

void drill_inflight_unhold_all(DrillInflight *inflight) {
    while (inflight->first_held != NULL)
        drill_inflight_unhold(inflight, inflight->first_held);
}

void drill_inflight_clear(DrillInflight *inflight) {
    drill_inflight_forget_list(inflight, &inflight->waiting);
    drill_inflight_forget_list(inflight, &inflight->publishing);
    drill_inflight_forget_list(inflight, &inflight->releasing);
    drill_inflight_forget_list(inflight, &inflight->requests);
    drill_inflight_unhold_all(inflight);
}

void drill_inflight_release(DrillInflight *inflight) {
    drill_inflight_clear(inflight);
    drill_identifiers_release(&inflight->outgoing);
    drill_identifiers_release(&inflight->incoming);
}
