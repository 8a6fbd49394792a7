/* The broker of a random run: what it offers and how it behaves where it may choose. */
#include "workload.h"

/* What 5.0 clients are told about. */
static void draw_offer(SoakDice *dice, DrillBrokerConfig *broker) {
    if (soak_one_in(dice, 3)) broker->receive_maximum = 1 + (uint16_t)soak_below(dice, 5);
    if (soak_one_in(dice, 8)) broker->maximum_packet_size = 300 + (uint32_t)soak_below(dice, 1000);
    if (soak_one_in(dice, 2)) broker->topic_alias_maximum = 1 + (uint16_t)soak_below(dice, 4);
    broker->limit_publish_qos = soak_one_in(dice, 12);
    broker->publish_qos_max = (DrillQos)soak_below(dice, 2);
    broker->no_retain = soak_one_in(dice, 15);
    broker->no_wildcards = soak_one_in(dice, 20);
    broker->no_subscription_ids = soak_one_in(dice, 15);
    broker->no_shared = soak_one_in(dice, 15);
    broker->unavailable = (DrillUnavailable)soak_below(dice, 2);
    broker->has_server_keep_alive = soak_one_in(dice, 6);
    broker->server_keep_alive_s = (uint16_t)soak_below(dice, 8);
    broker->limit_session_expiry = soak_one_in(dice, 6);
    broker->session_expiry_max_s = (uint32_t)soak_below(dice, 30);
    if (soak_one_in(dice, 3)) broker->response_information = drill_span_of("answers/here");
    if (soak_one_in(dice, 200)) {
        broker->redirect = soak_one_in(dice, 2) ? 0x9C : 0x9D;
        broker->server_reference = drill_span_of("elsewhere");
    }
}

/* What may be refused: 3.1.1 has no words for it, and messages would be missing there. */
static void draw_refusals(SoakWorkload *workload, DrillBrokerConfig *broker) {
    static const DrillTopicRule rules[] = {
        {.filter = {(const uint8_t *)"c/#", 3}},
        {.filter = {(const uint8_t *)"a/c", 3}, .subscribe = true},
        {.filter = {(const uint8_t *)"x/+", 3}, .publish = true},
        {.filter = {(const uint8_t *)"#", 1}, .publish = true, .subscribe = true},
        {.filter = {(const uint8_t *)"$x/#", 4}, .publish = true, .subscribe = true},
    };
    SoakDice *dice = &workload->dice;
    if (soak_one_in(dice, 10)) broker->subscriptions_max = 1 + (uint32_t)soak_below(dice, 6);
    if (soak_one_in(dice, 10)) broker->retained_max = 1 + (uint32_t)soak_below(dice, 3);
    if (soak_one_in(dice, 15)) broker->topic_levels_max = 2;
    if (soak_one_in(dice, 4)) {
        broker->topic_rules = rules;
        broker->topic_rule_count = DRILL_ARRAY_COUNT(rules);
    }
}

static void draw_manners(SoakWorkload *workload, DrillBrokerConfig *broker) {
    SoakDice *dice = &workload->dice;
    broker->topic_aliases = (DrillTopicAliases)soak_below(dice, 3);
    broker->tell_no_subscribers = soak_one_in(dice, 2);
    soak_list_begin(&workload->broker_list, workload);
    if (soak_one_in(dice, 4)) soak_put_pair(&workload->broker_list, "server", "drill");
    broker->user_properties = soak_list(&workload->broker_list);
    broker->no_reason_strings = soak_one_in(dice, 4);
    broker->pass_bad_payload_format = soak_one_in(dice, 3);
    broker->share_strategy = (DrillShareStrategy)soak_below(dice, 4);
    broker->share_seed = soak_below(dice, 1000);
    broker->share_moves_on = soak_one_in(dice, 2);
}

static void draw_users(SoakWorkload *workload, DrillBrokerConfig *broker) {
    static const DrillBrokerUser users[] = {
        {{(const uint8_t *)"user", 4}, {(const uint8_t *)"secret", 6}}};
    workload->users = soak_one_in(&workload->dice, 10);
    if (!workload->users) return;
    broker->users = users;
    broker->user_count = DRILL_ARRAY_COUNT(users);
    broker->allow_anonymous = true;
}

DrillBrokerConfig soak_broker(SoakWorkload *workload) {
    SoakDice *dice = &workload->dice;
    DrillBrokerConfig broker = {
        .overlap =
            soak_one_in(dice, 3) ? DRILL_OVERLAP_COPY_PER_SUBSCRIPTION : DRILL_OVERLAP_ONE_COPY,
        .qos2_forward = soak_one_in(dice, 2) ? DRILL_QOS2_ON_PUBLISH : DRILL_QOS2_ON_PUBREL,
        .queue_qos0_offline = soak_one_in(dice, 3),
        .queue_policy = soak_one_in(dice, 2) ? DRILL_QUEUE_DROP_OLDEST : DRILL_QUEUE_DROP_NEWEST,
        .inflight_max = soak_one_in(dice, 4) ? 1 + (uint32_t)soak_below(dice, 4) : 0,
        .retry_ns = soak_one_in(dice, 6) ? (1 + soak_below(dice, 5)) * DRILL_NS_PER_S : 0,
        .first_packet_identifier = soak_one_in(dice, 5) ? 65533 : 0,
        .connect_timeout_ns = soak_one_in(dice, 4) ? 5 * DRILL_NS_PER_S : 0,
    };
    /* A broker that drops what it promised is right about nothing: only now and then. */
    workload->lossy = soak_one_in(dice, 20);
    if (workload->lossy) broker.queue_messages_max = 1 + (uint32_t)soak_below(dice, 10);
    broker.limit_granted_qos = soak_one_in(dice, 12);
    broker.granted_qos_max = (DrillQos)soak_below(dice, 2);
    broker.refuse_empty_client_id = soak_one_in(dice, 12);
    draw_users(workload, &broker);
    if (workload->version != DRILL_MQTT_5_0) return broker;
    workload->mixed = soak_one_in(dice, 4);
    draw_offer(dice, &broker);
    draw_manners(workload, &broker);
    if (!workload->mixed) draw_refusals(workload, &broker);
    return broker;
}
