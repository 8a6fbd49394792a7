/* The records of QoS 1 and QoS 2 exchanges of one Session, as both ends keep them (sections 4.3
 * and 4.4). Bookkeeping only: what is sent because of a transition is the client's or broker's
 * business. */
#ifndef DRILL_MQTT_INFLIGHT_H
#define DRILL_MQTT_INFLIGHT_H

#include "mqtt/identifiers.h"
#include "mqtt/message.h"

/* What the sender of a message (or of a SUBSCRIBE) waits for. */
typedef enum DrillExchangeState {
    DRILL_EXCHANGE_UNKNOWN, /* no record of this Packet Identifier */
    DRILL_EXCHANGE_WAITING, /* not sent yet, no Packet Identifier yet */
    DRILL_EXCHANGE_PUBACK_DUE,
    DRILL_EXCHANGE_PUBREC_DUE,
    DRILL_EXCHANGE_PUBCOMP_DUE,
    DRILL_EXCHANGE_SUBACK_DUE,
    DRILL_EXCHANGE_UNSUBACK_DUE
} DrillExchangeState;

/* What an arriving acknowledgement means to the sender. */
typedef enum DrillExchangeStep {
    DRILL_STEP_IGNORE,   /* a late or repeated answer: nothing to do */
    DRILL_STEP_RELEASE,  /* send PUBREL */
    DRILL_STEP_COMPLETE, /* the exchange is over */
    DRILL_STEP_VIOLATION /* no history of a correct peer leads here */
} DrillExchangeStep;

/* Pure. `received`: PUBACK PUBREC PUBCOMP SUBACK UNSUBACK. `reason_code`: 5.0; else 0. */
DrillExchangeStep drill_exchange_step(DrillExchangeState state, DrillPacketType received,
                                      uint8_t reason_code);

/* One message on its way out (or one SUBSCRIBE, then without message). */
typedef struct DrillExchange {
    DrillIdentifierUse use; /* first member: found by identifier */
    struct DrillExchangeList *list;
    struct DrillExchange *next, *previous;
    DrillExchangeState state;
    DrillQos qos; /* of this delivery */
    bool retain;  /* RETAIN of this delivery */
    bool unsent;  /* in `publishing`, but not sent again yet on this Network Connection */
    DrillMessage *message;
    uint64_t sent_ns;      /* last time the packet that waits for an answer was sent */
    uint32_t repeats;      /* of that packet, on a timer, on this connection */
    uint64_t tag;          /* the owner's: the client's DrillMessageId */
    uint32_t filter_count; /* SUBSCRIBE, UNSUBSCRIBE */
    uint64_t share;        /* serial of the share that chose this Session; 0: none */
    uint64_t record;       /* the owner's: when it was stored */
    /* 5.0 Subscription Identifiers of this copy, behind the structure. */
    uint32_t subscription_id_count;
} DrillExchange;

static inline const uint32_t *drill_exchange_subscription_ids(const DrillExchange *exchange) {
    return (const uint32_t *)(exchange + 1);
}

typedef struct DrillExchangeList {
    DrillExchange *first, *last;
    uint32_t count;
    uint64_t bytes; /* Topic Names and payloads */
} DrillExchangeList;

/* A QoS 2 Packet Identifier between PUBLISH received and PUBREL received. */
typedef struct DrillHeld {
    DrillIdentifierUse use;
    struct DrillHeld *next, *previous;
    DrillMessage *message; /* to be passed on at PUBREL; NULL: has been passed on */
    uint64_t received_ns;
    uint64_t connection; /* serial of the Network Connection that brought it */
    uint64_t counted_on; /* serial of the one whose Receive Maximum it counts against */
    uint64_t record;     /* the owner's: when it was stored */
    uint32_t copies;     /* PUBLISH packets received */
} DrillHeld;

typedef struct DrillInflight {
    DrillAllocator allocator;
    DrillIdentifiers outgoing;
    DrillIdentifiers incoming;
    DrillExchangeList waiting;    /* in the order accepted */
    DrillExchangeList publishing; /* PUBLISH sent and not answered, in the order first sent */
    DrillExchangeList releasing;  /* PUBREL sent, in the order of the PUBRECs */
    DrillExchangeList requests;   /* SUBSCRIBE, UNSUBSCRIBE */
    /* Flow control of this Network Connection (5.0 section 4.9, and our own limit in 3.1.1). */
    uint32_t send_quota_max; /* exchanges that may be open at once; 0: no limit */
    uint32_t unsent_count;   /* of `publishing`: what the quota has kept from being sent again */
    DrillExchange *first_unsent;
    DrillHeld *first_held, *last_held;
    uint64_t expires_ns; /* nothing in `waiting` expires before */
} DrillInflight;

typedef struct DrillDelivery {
    DrillMessage *message; /* a reference is added */
    DrillQos qos;
    bool retain;
    uint64_t tag;
    uint64_t share;
    uint64_t record;
    const uint32_t *subscription_ids; /* copied */
    uint32_t subscription_id_count;
} DrillDelivery;

void drill_inflight_init(DrillInflight *inflight, DrillAllocator allocator,
                         uint16_t first_identifier);
/* Forgets everything, keeps where the identifiers are. */
void drill_inflight_clear(DrillInflight *inflight);
void drill_inflight_release(DrillInflight *inflight);

/* Sender. */
DrillExchange *drill_inflight_wait(DrillInflight *inflight, const DrillDelivery *delivery);
/* Moves a waiting QoS 1 or 2 exchange to `publishing`, with an identifier. False: none is free. */
bool drill_inflight_start(DrillInflight *inflight, DrillExchange *exchange);
/* A SUBSCRIBE or UNSUBSCRIBE. NULL: no identifier is free. */
DrillExchange *drill_inflight_request(DrillInflight *inflight, DrillExchangeState state,
                                      uint32_t filter_count);
DrillExchange *drill_inflight_find(const DrillInflight *inflight, uint16_t packet_identifier);
/* Takes the acknowledgement into account, except that a completed exchange stays until it is
 * forgotten. *exchange: the record it was about, or NULL. A PUBREC of 0x80 or more completes. */
DrillExchangeStep drill_inflight_acknowledge(DrillInflight *inflight, DrillPacketType received,
                                             uint16_t packet_identifier, uint8_t reason_code,
                                             DrillExchange **exchange);
/* A new Network Connection: nothing of `publishing` has been sent on it. `send_quota_max`: the
 * peer's Receive Maximum, or a smaller limit of our own; 0: none. */
void drill_inflight_connected(DrillInflight *inflight, uint32_t send_quota_max);
/* The send quota is not used up: one more PUBLISH of QoS 1 or 2 may go out. An exchange counts from
 * its PUBLISH on this connection, or its PUBREL, to its end. */
bool drill_inflight_may_send(const DrillInflight *inflight);
/* The next exchange of `publishing` to be sent again; NULL: none, or none yet. */
DrillExchange *drill_inflight_next_resend(const DrillInflight *inflight);
/* It has been sent again. */
void drill_inflight_resent(DrillInflight *inflight, DrillExchange *exchange);
/* When the packet that waits for an answer is to be repeated. `retry_ns_max`: the time doubles with
 * each repetition, up to this; 0: it does not. */
uint64_t drill_exchange_due(const DrillExchange *exchange, uint64_t retry_ns,
                            uint64_t retry_ns_max);
/* Ends an exchange in whatever state. */
void drill_inflight_forget(DrillInflight *inflight, DrillExchange *exchange);
/* Takes sent exchanges back to the front of `waiting`, in their order, to be sent as new ones. */
void drill_inflight_unsend(DrillInflight *inflight);
/* Gives the exchange another identifier. A defect's way. */
void drill_inflight_renumber(DrillInflight *inflight, DrillExchange *exchange);
/* Exchanges under way: what an in-flight window counts. */
uint32_t drill_inflight_open(const DrillInflight *inflight);
void drill_inflight_forget_list(DrillInflight *inflight, DrillExchangeList *list);
/* Forgets what waits and has expired. */
void drill_inflight_expire(DrillInflight *inflight, uint64_t now_ns);

/* Receiver of QoS 2. */
DrillHeld *drill_inflight_held(const DrillInflight *inflight, uint16_t packet_identifier);
DrillHeld *drill_inflight_hold(DrillInflight *inflight, uint16_t packet_identifier);
void drill_inflight_unhold(DrillInflight *inflight, DrillHeld *held);
void drill_inflight_unhold_all(DrillInflight *inflight);

#endif
