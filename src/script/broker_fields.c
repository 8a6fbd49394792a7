#include "script/broker_fields.h"

#include <string.h>

#include "base/base.h"
#include "spec/reason.h"

static const char *const overlap[] = {"one", "each", NULL};
static const char *const forward[] = {"pubrel", "publish", NULL};
static const char *const policy[] = {"drop-newest", "drop-oldest", "refuse", NULL};
static const char *const unavailable[] = {"disconnect", "suback", NULL};
static const char *const redirect[] = {"no", "another", "moved", NULL};
static const uint8_t redirect_codes[] = {0, DRILL_REASON_USE_ANOTHER_SERVER,
                                         DRILL_REASON_SERVER_MOVED};
static const char *const aliases[] = {"off", "first", "recent", NULL};
static const char *const format[] = {"check", "pass", NULL};
static const char *const strategy[] = {"round-robin", "random", "sticky", "least-loaded", NULL};
static const char *const redelivery[] = {"stay", "move", NULL};

#define AT(member)                                                                                 \
    .offset = offsetof(DrillBrokerConfig, member), .size = sizeof(((DrillBrokerConfig *)0)->member)
#define FLAG(member, above) .flag_offset = offsetof(DrillBrokerConfig, member), .flag_max = (above)
#define COUNT               .kind = DRILL_BROKER_INTEGER, .min = 1, .max = INT32_MAX
#define U16                 .kind = DRILL_BROKER_INTEGER, .min = 1, .max = 65535
#define BYTES               .kind = DRILL_BROKER_BYTES, .min = 1, .max = UINT32_MAX
#define BOOL                .kind = DRILL_BROKER_BOOL
#define OF(all)             .kind = DRILL_BROKER_CHOICE, .choices = all

/* clang-format off */
static const DrillBrokerField fields[] = {
    {.name = "overlap", OF(overlap), AT(overlap)},
    {.name = "qos2_forward", OF(forward), AT(qos2_forward)},
    {.name = "queue_qos0_offline", BOOL, AT(queue_qos0_offline)},
    {.name = "queue_messages_max", COUNT, AT(queue_messages_max)},
    {.name = "queue_bytes_max", BYTES, AT(queue_bytes_max)},
    {.name = "queue_policy", OF(policy), AT(queue_policy)},
    {.name = "inflight_max", U16, AT(inflight_max)},
    {.name = "connections_max", COUNT, AT(connections_max)},
    {.name = "refuse_empty_client_id", BOOL, AT(refuse_empty_client_id)},
    {.name = "connect_timeout", .kind = DRILL_BROKER_DURATION, AT(connect_timeout_ns)},
    {.name = "retry", .kind = DRILL_BROKER_DURATION, AT(retry_ns), .zero_is_never = true},
    {.name = "first_packet_identifier", U16, AT(first_packet_identifier)},
    {.name = "allow_anonymous", BOOL, AT(allow_anonymous)},
    {.name = "subscriptions_max", COUNT, AT(subscriptions_max)},
    {.name = "retained_max", COUNT, AT(retained_max)},
    {.name = "topic_levels_max", COUNT, AT(topic_levels_max)},
    {.name = "granted_qos_max", .kind = DRILL_BROKER_INTEGER, .max = 2, AT(granted_qos_max), FLAG(limit_granted_qos, 1)},
    {.name = "receive_maximum", U16, AT(receive_maximum)},
    {.name = "maximum_packet_size", BYTES, AT(maximum_packet_size)},
    {.name = "topic_alias_maximum", .kind = DRILL_BROKER_INTEGER, .max = 65535, AT(topic_alias_maximum)},
    {.name = "maximum_qos", .kind = DRILL_BROKER_INTEGER, .max = 2, AT(publish_qos_max), FLAG(limit_publish_qos, 1)},
    {.name = "retain_available", BOOL, AT(no_retain), .negated = true},
    {.name = "wildcard_subscription_available", BOOL, AT(no_wildcards), .negated = true},
    {.name = "subscription_identifier_available", BOOL, AT(no_subscription_ids), .negated = true},
    {.name = "shared_subscription_available", BOOL, AT(no_shared), .negated = true},
    {.name = "unavailable", OF(unavailable), AT(unavailable)},
    {.name = "server_keep_alive", .kind = DRILL_BROKER_SECONDS, .max = 65535, AT(server_keep_alive_s), FLAG(has_server_keep_alive, 65535)},
    {.name = "session_expiry_maximum", .kind = DRILL_BROKER_SECONDS, .max = UINT32_MAX, AT(session_expiry_max_s), FLAG(limit_session_expiry, UINT32_MAX - 1)},
    {.name = "response_information", .kind = DRILL_BROKER_TEXT, AT(response_information)},
    {.name = "redirect", OF(redirect), AT(redirect), .values = redirect_codes},
    {.name = "server_reference", .kind = DRILL_BROKER_TEXT, AT(server_reference)},
    {.name = "topic_aliases", OF(aliases), AT(topic_aliases)},
    {.name = "tell_no_subscribers", BOOL, AT(tell_no_subscribers)},
    {.name = "reason_strings", BOOL, AT(no_reason_strings), .negated = true},
    {.name = "payload_format", OF(format), AT(pass_bad_payload_format)},
    {.name = "share_strategy", OF(strategy), AT(share_strategy)},
    {.name = "share_redelivery", OF(redelivery), AT(share_moves_on)},
};
/* clang-format on */

const DrillBrokerField *drill_broker_fields(size_t *count) {
    *count = DRILL_ARRAY_COUNT(fields);
    return fields;
}

static void store(void *member, size_t size, uint64_t number) {
    uint8_t byte = (uint8_t)number;
    uint16_t two = (uint16_t)number;
    uint32_t four = (uint32_t)number;
    if (size == 1)
        memcpy(member, &byte, size);
    else if (size == 2)
        memcpy(member, &two, size);
    else if (size == 4)
        memcpy(member, &four, size);
    else
        memcpy(member, &number, size);
}

void drill_broker_field_set(const DrillBrokerField *field, uint64_t number,
                            DrillBrokerConfig *config) {
    uint8_t *bytes = (uint8_t *)config;
    DRILL_ASSERT(field->kind != DRILL_BROKER_TEXT);
    if (field->values != NULL) number = field->values[number];
    if (field->negated) number = number == 0;
    if (field->zero_is_never && number == 0) number = DRILL_NEVER;
    store(bytes + field->offset, field->size, number);
    if (field->flag_offset != 0) store(bytes + field->flag_offset, 1, number <= field->flag_max);
}

void drill_broker_field_set_text(const DrillBrokerField *field, DrillSpan text,
                                 DrillBrokerConfig *config) {
    DRILL_ASSERT(field->kind == DRILL_BROKER_TEXT);
    memcpy((uint8_t *)config + field->offset, &text, sizeof text);
}

static uint64_t load(const void *member, size_t size) {
    uint8_t byte = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    uint64_t eight = 0;
    if (size == 1) {
        memcpy(&byte, member, size);
        return byte;
    }
    if (size == 2) {
        memcpy(&two, member, size);
        return two;
    }
    if (size == 4) {
        memcpy(&four, member, size);
        return four;
    }
    memcpy(&eight, member, sizeof eight);
    return eight;
}

static const char *choice_of(const DrillBrokerField *field, uint64_t number) {
    for (size_t i = 0; field->choices[i] != NULL; i++) {
        uint64_t value = field->values != NULL ? field->values[i] : i;
        if (value == number) return field->choices[i];
    }
    return "?";
}

bool drill_broker_field_print(const DrillBrokerField *field, const DrillBrokerConfig *config,
                              DrillBuffer *out) {
    const uint8_t *bytes = (const uint8_t *)config;
    if (field->kind == DRILL_BROKER_TEXT) {
        DrillSpan text;
        memcpy(&text, bytes + field->offset, sizeof text);
        drill_buffer_put(out, text.data, text.size);
        return text.size > 0;
    }
    uint64_t number = load(bytes + field->offset, field->size);
    bool given = field->flag_offset != 0 ? bytes[field->flag_offset] != 0 : number != 0;
    if (!given) return false;
    switch (field->kind) {
    case DRILL_BROKER_BOOL:
        drill_buffer_put_string(out, field->negated ? "false" : "true");
        break;
    case DRILL_BROKER_DURATION:
        if (field->zero_is_never && number == DRILL_NEVER) number = 0;
        drill_buffer_print(out, "%lluns", (unsigned long long)number);
        break;
    case DRILL_BROKER_CHOICE:
        drill_buffer_put_string(out, choice_of(field, number));
        break;
    case DRILL_BROKER_INTEGER:
    case DRILL_BROKER_SECONDS:
    case DRILL_BROKER_BYTES:
    case DRILL_BROKER_TEXT:
        drill_buffer_print(out, "%llu", (unsigned long long)number);
        break;
    }
    return true;
}
