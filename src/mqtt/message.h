/* An application message, stored once however many Sessions wait for it. */
#ifndef DRILL_MQTT_MESSAGE_H
#define DRILL_MQTT_MESSAGE_H

#include <mqttdrill/codec.h>

#include "base/base.h"

typedef struct DrillMessage {
    uint32_t references;
    DrillQos qos;    /* as published */
    bool retain;     /* as published */
    bool dup;        /* as published; says nothing about what is sent on */
    DrillSpan topic; /* behind the structure, in the same block */
    DrillSpan payload;
    /* 5.0: what travels with the message unaltered, in the order given. Topic Alias and
     * Subscription Identifier belong to one connection and are left out; Message Expiry Interval
     * counts down and is kept apart. */
    DrillProperties properties;
    bool has_expiry;
    uint32_t expiry_s; /* Message Expiry Interval as published */
    uint64_t published_ns;
    uint64_t expires_ns; /* from then on it is not sent any more; DRILL_NEVER */
    uint64_t serial;     /* of the party, in order of arrival; 0: not numbered */
    uint64_t publisher;  /* serial of the Session it came from; 0: none */
    uint64_t origin;     /* the same, also for wills: what No Local looks at */
    /* Only defects look at these. */
    uint16_t alias;        /* Topic Alias it was published with */
    uint32_t will_delay_s; /* Will Delay Interval */
    DrillAllocator allocator;
} DrillMessage;

/* A copy with one reference, which the caller owns. `publish` was received, or handed over, at
 * `now_ns`. */
DrillMessage *drill_message_new(DrillAllocator allocator, const DrillPublishPacket *publish,
                                uint64_t now_ns);
/* It is published only now (a will). */
void drill_message_published(DrillMessage *message, uint64_t now_ns);
DrillMessage *drill_message_hold(DrillMessage *message);
/* Gives a reference back. NULL is allowed. */
void drill_message_release(DrillMessage *message);

/* Message Expiry Interval, for what has not been sent yet. An interval of 0 leaves the instant of
 * publication. */
bool drill_message_expired(const DrillMessage *message, uint64_t now_ns);

/* What one PUBLISH adds to the message's own properties. */
typedef struct DrillPublishExtras {
    uint16_t topic_alias;             /* 0: none */
    const uint32_t *subscription_ids; /* none of them 0 */
    uint32_t subscription_id_count;
} DrillPublishExtras;

/* The properties of a PUBLISH with this message that is sent now, written over what `out` held. */
DrillProperties drill_message_properties(const DrillMessage *message,
                                         const DrillPublishExtras *extras, uint64_t now_ns,
                                         DrillBuffer *out);

#endif
