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
    uint64_t serial;    /* of the party, in order of arrival; 0: not numbered */
    uint64_t publisher; /* serial of the Session it came from; 0: none */
    DrillAllocator allocator;
} DrillMessage;

/* A copy with one reference, which the caller owns. */
DrillMessage *drill_message_new(DrillAllocator allocator, const DrillPublishPacket *publish);
DrillMessage *drill_message_hold(DrillMessage *message);
/* Gives a reference back. NULL is allowed. */
void drill_message_release(DrillMessage *message);

#endif
