#include "mqtt/message.h"

#include <string.h>

#include "base/arena.h"

static size_t block_size(size_t topic_bytes, size_t payload_bytes) {
    return sizeof(DrillMessage) + topic_bytes + payload_bytes;
}

DrillMessage *drill_message_new(DrillAllocator allocator, const DrillPublishPacket *publish) {
    size_t size = block_size(publish->topic.size, publish->payload.size);
    DrillMessage *message = (DrillMessage *)drill_allocate(allocator, size);
    uint8_t *bytes = (uint8_t *)(message + 1);
    if (publish->topic.size > 0) memcpy(bytes, publish->topic.data, publish->topic.size);
    uint8_t *payload = bytes + publish->topic.size;
    if (publish->payload.size > 0) memcpy(payload, publish->payload.data, publish->payload.size);
    message->references = 1;
    message->qos = publish->qos;
    message->retain = publish->retain;
    message->dup = publish->dup;
    message->topic = drill_span(bytes, publish->topic.size);
    message->payload = drill_span(payload, publish->payload.size);
    message->allocator = allocator;
    return message;
}

DrillMessage *drill_message_hold(DrillMessage *message) {
    message->references++;
    return message;
}

void drill_message_release(DrillMessage *message) {
    if (message == NULL) return;
    DRILL_ASSERT(message->references > 0);
    if (--message->references > 0) return;
    drill_release(message->allocator, message,
                  block_size(message->topic.size, message->payload.size));
}
