#include "mqtt/message.h"

#include <string.h>

#include "base/arena.h"

static size_t block_size(size_t topic_bytes, size_t payload_bytes, size_t property_bytes) {
    return sizeof(DrillMessage) + topic_bytes + payload_bytes + property_bytes;
}

/* Stays with the message from publisher to subscriber. */
static bool travels(DrillPropertyId id) {
    return id != DRILL_TOPIC_ALIAS && id != DRILL_SUBSCRIPTION_IDENTIFIER &&
           id != DRILL_MESSAGE_EXPIRY_INTERVAL && id != DRILL_WILL_DELAY_INTERVAL;
}

/* Copies what travels, or with `to` NULL only measures it. [v5:MQTT-3.3.2-18] in the order given.
 */
static size_t copy_properties(DrillMessage *message, DrillProperties from, uint8_t *to) {
    size_t size = 0, offset = 0, start = 0;
    DrillProperty property;
    for (; drill_properties_next(from, &offset, &property); start = offset) {
        if (property.id == DRILL_MESSAGE_EXPIRY_INTERVAL && message != NULL) {
            message->has_expiry = true;
            message->expiry_s = property.number;
        }
        if (property.id == DRILL_TOPIC_ALIAS && message != NULL)
            message->alias = (uint16_t)property.number;
        if (property.id == DRILL_WILL_DELAY_INTERVAL && message != NULL)
            message->will_delay_s = property.number;
        if (!travels(property.id)) continue;
        if (to != NULL) memcpy(to + size, from.wire.data + start, offset - start);
        if (message != NULL) message->properties.count++;
        size += offset - start;
    }
    return size;
}

static uint64_t expiry_of(const DrillMessage *message) {
    if (!message->has_expiry) return DRILL_NEVER;
    uint64_t lasts_ns = message->expiry_s == 0 ? 1 : message->expiry_s * DRILL_NS_PER_S;
    return message->published_ns > DRILL_NEVER - lasts_ns ? DRILL_NEVER
                                                          : message->published_ns + lasts_ns;
}

DrillMessage *drill_message_new(DrillAllocator allocator, const DrillPublishPacket *publish,
                                uint64_t now_ns) {
    size_t property_bytes = copy_properties(NULL, publish->properties, NULL);
    size_t size = block_size(publish->topic.size, publish->payload.size, property_bytes);
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
    uint8_t *properties = payload + publish->payload.size;
    (void)copy_properties(message, publish->properties, properties);
    message->properties.wire = drill_span(properties, property_bytes);
    drill_message_published(message, now_ns);
    message->allocator = allocator;
    return message;
}

void drill_message_published(DrillMessage *message, uint64_t now_ns) {
    message->published_ns = now_ns;
    message->expires_ns = expiry_of(message);
}

DrillMessage *drill_message_hold(DrillMessage *message) {
    message->references++;
    return message;
}

void drill_message_release(DrillMessage *message) {
    if (message == NULL) return;
    DRILL_ASSERT(message->references > 0);
    if (--message->references > 0) return;
    drill_release(
        message->allocator, message,
        block_size(message->topic.size, message->payload.size, message->properties.wire.size));
}

bool drill_message_expired(const DrillMessage *message, uint64_t now_ns) {
    return now_ns >= message->expires_ns;
}

static void put(DrillProperties *properties, DrillBuffer *out, DrillPropertyId id,
                uint32_t number) {
    DrillProperty property = {.id = id, .number = number};
    DrillResult written = drill_properties_write(out, &property);
    DRILL_ASSERT(written == DRILL_OK);
    properties->count++;
}

/* [v5:MQTT-3.3.2-6] the interval less the whole seconds waited. */
static uint32_t expiry_left(const DrillMessage *message, uint64_t now_ns) {
    uint64_t waited_s = (now_ns - message->published_ns) / DRILL_NS_PER_S;
    return waited_s >= message->expiry_s ? 0 : message->expiry_s - (uint32_t)waited_s;
}

DrillProperties drill_message_properties(const DrillMessage *message,
                                         const DrillPublishExtras *extras, uint64_t now_ns,
                                         DrillBuffer *out) {
    DrillProperties properties = {.count = message->properties.count};
    drill_buffer_clear(out);
    if (message->has_expiry)
        put(&properties, out, DRILL_MESSAGE_EXPIRY_INTERVAL, expiry_left(message, now_ns));
    if (extras->topic_alias != 0) put(&properties, out, DRILL_TOPIC_ALIAS, extras->topic_alias);
    for (uint32_t i = 0; i < extras->subscription_id_count; i++)
        put(&properties, out, DRILL_SUBSCRIPTION_IDENTIFIER, extras->subscription_ids[i]);
    drill_buffer_put(out, message->properties.wire.data, message->properties.wire.size);
    properties.wire = drill_buffer_span(out);
    return properties;
}
