/* What the server allows on this connection (5.0 sections 3.2.2.3 and 4.9): asked before anything
 * is sent. */
#include "base/arena.h"
#include "mqtt/client_state.h"
#include "mqtt/topic.h"

#define OPTION_QOS             0x03
#define OPTION_NO_LOCAL        0x04
#define OPTION_RETAIN_HANDLING 0x30
#define OPTION_RESERVED        0xC0

static bool refuse(DrillClient *client, const DrillFault *refusal) {
    client->refused = true;
    client->refusal = *refusal;
    return false;
}

bool drill_client_fits(DrillClient *client) {
    static const DrillFault refusal = {0x95, "v5:MQTT-3.2.2-15", 0,
                                       "larger than the server's Maximum Packet Size"};
    uint32_t max = client->limits.packet_bytes_max;
    if (DRILL_CLIENT_DEFECT(client, C_PACKET_SIZE_IGNORED)) return true;
    /* [v5:MQTT-3.2.2-15] */
    return max == 0 || client->out.size <= max || refuse(client, &refusal);
}

bool drill_client_may_publish(DrillClient *client, DrillQos qos, bool retain, uint32_t alias) {
    static const DrillFault no_qos = {0x9B, "v5:MQTT-3.2.2-11", 0,
                                      "above the server's Maximum QoS"};
    static const DrillFault no_retain = {0x9A, "v5:MQTT-3.2.2-14", 0,
                                         "the server does not retain messages"};
    static const DrillFault no_alias = {0x94, "v5:MQTT-3.2.2-17", 0,
                                        "above the server's Topic Alias Maximum"};
    const DrillClientLimits *limits = &client->limits;
    /* [v5:MQTT-3.2.2-11] */
    if (qos > limits->qos_max && !DRILL_CLIENT_DEFECT(client, C_MAXIMUM_QOS_IGNORED))
        return refuse(client, &no_qos);
    /* [v5:MQTT-3.2.2-14] */
    if (retain && !limits->retain && !DRILL_CLIENT_DEFECT(client, C_RETAIN_UNAVAILABLE_IGNORED))
        return refuse(client, &no_retain);
    /* [v5:MQTT-3.2.2-17] [v5:MQTT-3.2.2-18] [v5:MQTT-3.3.2-9] */
    if (alias > limits->topic_alias_maximum) return refuse(client, &no_alias);
    return true;
}

/* --- SUBSCRIBE and UNSUBSCRIBE --- */

/* "$share/{ShareName}/{filter}": *filter becomes what follows the name. False: not so written.
 * [v5:MQTT-4.8.2-1] [v5:MQTT-4.8.2-2] */
static bool split_share(DrillSpan *filter) {
    const size_t prefix = sizeof "$share/" - 1;
    size_t at = prefix;
    while (at < filter->size && filter->data[at] != '/') {
        if (filter->data[at] == '+' || filter->data[at] == '#') return false;
        at++;
    }
    if (at == prefix || at == filter->size) return false;
    *filter = drill_span(filter->data + at + 1, filter->size - at - 1);
    return true;
}

static bool is_shared(DrillSpan filter) {
    const size_t prefix = sizeof "$share/" - 1;
    return filter.size >= prefix && drill_span_is(drill_span(filter.data, prefix), "$share/");
}

static bool has_wildcard(DrillSpan filter) {
    for (size_t i = 0; i < filter.size; i++)
        if (filter.data[i] == '+' || filter.data[i] == '#') return true;
    return false;
}

static bool are_options(DrillVersion version, const DrillFilter *filter, bool shared) {
    if (version != DRILL_MQTT_5_0) return filter->options <= DRILL_QOS_2;
    bool known = (filter->options & OPTION_RESERVED) == 0 &&
                 (filter->options & OPTION_QOS) <= DRILL_QOS_2 &&
                 (filter->options & OPTION_RETAIN_HANDLING) != OPTION_RETAIN_HANDLING;
    /* [v5:MQTT-3.8.3-4] no No Local on a Shared Subscription. */
    return known && !(shared && (filter->options & OPTION_NO_LOCAL) != 0);
}

bool drill_client_is_filter(DrillVersion version, const DrillFilter *filter) {
    DrillSpan text = filter->filter;
    bool shared = version == DRILL_MQTT_5_0 && is_shared(text);
    if (shared && !split_share(&text)) return false;
    return drill_topic_is_filter(text) && are_options(version, filter, shared);
}

bool drill_client_may_request(DrillClient *client, DrillPacketType type,
                              const DrillSubscribePacket *request) {
    static const DrillFault no_share = {0x9E, NULL, 0, "the server has no Shared Subscriptions"};
    static const DrillFault no_wildcard = {DRILL_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, NULL,
                                           0, "the server has no Wildcard Subscriptions"};
    static const DrillFault no_identifier = {DRILL_REASON_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
                                             NULL, 0, "the server has no Subscription Identifiers"};
    const DrillClientLimits *limits = &client->limits;
    DrillProperty property;
    DrillFilter filter;
    size_t offset = 0;
    if (type != DRILL_SUBSCRIBE) return true;
    if (!limits->subscription_identifiers &&
        drill_properties_find(request->properties, DRILL_SUBSCRIPTION_IDENTIFIER, &property))
        return refuse(client, &no_identifier);
    while (drill_filters_next(request->filters, true, &offset, &filter)) {
        if (!limits->shared_subscriptions && is_shared(filter.filter))
            return refuse(client, &no_share);
        if (!limits->wildcards && has_wildcard(filter.filter)) return refuse(client, &no_wildcard);
    }
    return true;
}
