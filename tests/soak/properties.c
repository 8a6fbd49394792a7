/* What 5.0 adds to the packets of a random run. */
#include "workload.h"

#include <string.h>

void soak_list_begin(SoakList *list, SoakWorkload *workload) {
    list->bytes.allocator = workload->allocator;
    drill_buffer_clear(&list->bytes);
    list->count = 0;
}

DrillProperties soak_list(const SoakList *list) {
    return (DrillProperties){.wire = drill_buffer_span(&list->bytes), .count = list->count};
}

static void put(SoakList *list, const DrillProperty *property) {
    DrillResult written = drill_properties_write(&list->bytes, property);
    DRILL_ASSERT(written == DRILL_OK);
    list->count++;
}

void soak_put_number(SoakList *list, DrillPropertyId id, uint64_t number) {
    DrillProperty property = {.id = id, .number = (uint32_t)number};
    put(list, &property);
}

static void put_span(SoakList *list, DrillPropertyId id, DrillSpan value) {
    DrillProperty property = {.id = id, .value = value};
    put(list, &property);
}

void soak_put_text(SoakList *list, DrillPropertyId id, const char *text) {
    put_span(list, id, drill_span_of(text));
}

void soak_put_pair(SoakList *list, const char *name, const char *value) {
    DrillProperty property = {
        .id = DRILL_USER_PROPERTY, .name = drill_span_of(name), .value = drill_span_of(value)};
    put(list, &property);
}

/* Names come twice, and in an order that means something. */
static void put_user_properties(SoakDice *dice, SoakList *list) {
    static const char *const names[] = {"k", "k", "l", ""};
    static const char *const values[] = {"1", "2", "three", "", "\xc3\xa4"};
    for (uint64_t left = 1 + soak_below(dice, 3); left > 0; left--) {
        const char *name = names[soak_below(dice, DRILL_ARRAY_COUNT(names))];
        soak_put_pair(list, name, values[soak_below(dice, DRILL_ARRAY_COUNT(values))]);
    }
}

void soak_put_explanation(SoakNode *node, SoakList *list, bool reason_string) {
    SoakDice *dice = &node->workload->dice;
    if (node->version != DRILL_MQTT_5_0) return;
    if (reason_string && soak_one_in(dice, 6)) soak_put_text(list, DRILL_REASON_STRING, "because");
    if (soak_one_in(dice, 8)) put_user_properties(dice, list);
}

/* Of PUBLISH, and of wills. */
void soak_put_message(SoakNode *node, SoakList *list) {
    SoakDice *dice = &node->workload->dice;
    if (node->version != DRILL_MQTT_5_0 || soak_one_in(dice, 3)) return;
    if (soak_one_in(dice, 4))
        soak_put_number(list, DRILL_MESSAGE_EXPIRY_INTERVAL,
                        soak_one_in(dice, 3) ? 100 + soak_below(dice, 60) : soak_below(dice, 12));
    if (soak_one_in(dice, 5))
        soak_put_number(list, DRILL_PAYLOAD_FORMAT_INDICATOR, soak_below(dice, 2));
    if (soak_one_in(dice, 5)) soak_put_text(list, DRILL_CONTENT_TYPE, "text/plain");
    if (soak_one_in(dice, 5)) soak_put_text(list, DRILL_RESPONSE_TOPIC, soak_topic(node->workload));
    if (soak_one_in(dice, 5))
        put_span(list, DRILL_CORRELATION_DATA, drill_span("a\0b\xff", soak_below(dice, 5)));
    if (soak_one_in(dice, 4)) put_user_properties(dice, list);
}

static const char *method_of(SoakNode *node) {
    const SoakWorkload *workload = node->workload;
    SoakDice *dice = &node->workload->dice;
    if (soak_one_in(dice, 40)) return "NOBODY-KNOWS";
    if (workload->authentication.method == DRILL_METHOD_NONE) return NULL;
    return workload->authentication.optional && soak_one_in(dice, 2) ? NULL : "DRILL-REVERSE";
}

static void draw_connect(SoakNode *node, SoakList *list) {
    SoakDice *dice = &node->workload->dice;
    const char *method = method_of(node);
    uint64_t expiry = node->workload->narrow ? soak_below(dice, 20) : soak_below(dice, 8);
    if (expiry >= 5) soak_put_number(list, DRILL_SESSION_EXPIRY_INTERVAL, UINT32_MAX);
    if (expiry > 0 && expiry < 5)
        soak_put_number(list, DRILL_SESSION_EXPIRY_INTERVAL,
                        soak_below(dice, expiry == 1 ? 60 : 10));
    if (soak_one_in(dice, 3)) soak_put_number(list, DRILL_RECEIVE_MAXIMUM, 1 + soak_below(dice, 4));
    if (soak_one_in(dice, 6))
        soak_put_number(list, DRILL_MAXIMUM_PACKET_SIZE, 20 + soak_below(dice, 500));
    if (soak_one_in(dice, 2)) soak_put_number(list, DRILL_TOPIC_ALIAS_MAXIMUM, soak_below(dice, 5));
    if (soak_one_in(dice, 3))
        soak_put_number(list, DRILL_REQUEST_PROBLEM_INFORMATION, soak_below(dice, 2));
    if (soak_one_in(dice, 4))
        soak_put_number(list, DRILL_REQUEST_RESPONSE_INFORMATION, soak_below(dice, 2));
    if (method) soak_put_text(list, DRILL_AUTHENTICATION_METHOD, method);
    if (soak_one_in(dice, 8)) put_user_properties(dice, list);
}

void soak_connect_lists(SoakNode *node) {
    SoakDice *dice = &node->workload->dice;
    soak_list_begin(&node->connect_list, node->workload);
    soak_list_begin(&node->will_list, node->workload);
    if (node->version == DRILL_MQTT_5_0) {
        draw_connect(node, &node->connect_list);
        node->config.auto_alias = soak_one_in(dice, 3);
    }
    if (node->version == DRILL_MQTT_5_0 && node->config.has_will) {
        if (soak_one_in(dice, 2))
            soak_put_number(&node->will_list, DRILL_WILL_DELAY_INTERVAL, soak_below(dice, 12));
        soak_put_message(node, &node->will_list);
    }
    node->config.properties = soak_list(&node->connect_list);
    node->config.will.properties = soak_list(&node->will_list);
}

/* The method for tests: what the server sent, from its end to its beginning. */
static void answer_challenge(void *context, uint64_t argument, uint64_t now_ns) {
    SoakNode *node = context;
    (void)argument;
    (void)now_ns;
    uint8_t turned[64];
    DrillSpan data = drill_buffer_span(&node->challenge);
    size_t size = data.size < sizeof(turned) ? data.size : sizeof(turned);
    if (!node->challenged) return;
    node->challenged = false;
    for (size_t i = 0; i < size; i++)
        turned[i] = data.data[size - 1 - i];
    if (size > 0 && soak_one_in(&node->workload->dice, node->offended ? 2 : 8)) turned[0] ^= 1;
    soak_list_begin(&node->packet_list, node->workload);
    /* A client knows its method. */
    if (node->raw) soak_put_text(&node->packet_list, DRILL_AUTHENTICATION_METHOD, "DRILL-REVERSE");
    put_span(&node->packet_list, DRILL_AUTHENTICATION_DATA, drill_span(turned, size));
    DrillPacket packet = {
        .type = DRILL_AUTH,
        .as.reason = {.reason_code = 0x18, .properties = soak_list(&node->packet_list)}};
    if (node->raw)
        (void)soak_raw_send(node, &packet);
    else
        (void)!drill_world_authenticate(node->client, &packet.as.reason);
}

void soak_challenge(SoakNode *node, const DrillReasonPacket *auth) {
    DrillProperty data = {0};
    if (auth->reason_code != 0x18) return;
    (void)drill_properties_find(auth->properties, DRILL_AUTHENTICATION_DATA, &data);
    drill_buffer_clear(&node->challenge);
    drill_buffer_put(&node->challenge, data.value.data, data.value.size);
    /* Not from inside the packet; and also when all operations are over. */
    if (!node->challenged)
        drill_world_timer(node->workload->world, drill_world_now(node->workload->world),
                          answer_challenge, node, 0);
    node->challenged = true;
}

void soak_authentication(SoakWorkload *workload) {
    SoakDice *dice = &workload->dice;
    if (workload->version != DRILL_MQTT_5_0 || !soak_one_in(dice, 3)) return;
    workload->authentication =
        (DrillWorldAuthentication){.method = DRILL_METHOD_REVERSE,
                                   .optional = !soak_one_in(dice, 8),
                                   .rounds = 1 + (uint32_t)soak_below(dice, 2)};
}
