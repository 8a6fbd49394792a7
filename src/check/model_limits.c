/* What the parties tell each other in CONNECT and CONNACK about what they can take, and the two
 * things of 5.0 that each connection counts from then on: Topic Aliases and the send quota. */
#include "check/model.h"

#include "base/arena.h"

#define RECEIVE_MAXIMUM_DEFAULT 65535u

uint32_t drill_check_property(DrillProperties properties, DrillPropertyId id, uint32_t otherwise) {
    DrillProperty property;
    return drill_properties_find(properties, id, &property) ? property.number : otherwise;
}

char *drill_check_property_text(CheckModel *model, DrillProperties properties, DrillPropertyId id) {
    DrillProperty property;
    return drill_properties_find(properties, id, &property)
               ? drill_check_text(model, property.value)
               : NULL;
}

DrillProperties drill_check_properties_copy(CheckModel *model, DrillProperties properties) {
    if (properties.wire.size > 0) {
        properties.wire = drill_copy_span(model->allocator, properties.wire);
    }
    return properties;
}

static CheckLimits limits_of(DrillProperties properties) {
    uint32_t bytes = drill_check_property(properties, DRILL_MAXIMUM_PACKET_SIZE, 0);
    return (CheckLimits){
        .receive_maximum =
            drill_check_property(properties, DRILL_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM_DEFAULT),
        .packet_bytes_max = bytes == 0 ? UINT32_MAX : bytes,
        .packet_limited = bytes != 0,
        .alias_max = (uint16_t)drill_check_property(properties, DRILL_TOPIC_ALIAS_MAXIMUM, 0),
    };
}

void drill_check_limits_connect(CheckModel *model, CheckConn *conn,
                                const DrillConnectPacket *connect) {
    DrillProperties properties = connect->properties;
    bool v5 = connect->protocol_level == DRILL_MQTT_5_0;
    conn->limits[CHECK_CLIENT] = limits_of(properties);
    conn->asks.session_expiry_s =
        v5 ? drill_check_property(properties, DRILL_SESSION_EXPIRY_INTERVAL, 0)
           : (connect->clean ? 0 : UINT32_MAX);
    conn->asks.problem_information =
        drill_check_property(properties, DRILL_REQUEST_PROBLEM_INFORMATION, 1) != 0;
    conn->asks.response_information =
        drill_check_property(properties, DRILL_REQUEST_RESPONSE_INFORMATION, 0) != 0;
    conn->asks.method = drill_check_property_text(model, properties, DRILL_AUTHENTICATION_METHOD);
    conn->limits[CHECK_SERVER] = limits_of((DrillProperties){{0}, 0});
    conn->grants = (CheckGrants){
        .qos_max = 2, .retain = true, .session_expiry_s = conn->asks.session_expiry_s};
}

void drill_check_limits_connack(CheckModel *model, CheckConn *conn,
                                const DrillConnackPacket *connack) {
    DrillProperties properties = connack->properties;
    CheckGrants *grants = &conn->grants;
    DrillProperty found;
    conn->limits[CHECK_SERVER] = limits_of(properties);
    grants->has_qos_max = drill_properties_find(properties, DRILL_MAXIMUM_QOS, &found);
    grants->qos_max = (uint8_t)drill_check_property(properties, DRILL_MAXIMUM_QOS, 2);
    grants->retain = drill_check_property(properties, DRILL_RETAIN_AVAILABLE, 1) != 0;
    grants->has_keep_alive = drill_properties_find(properties, DRILL_SERVER_KEEP_ALIVE, &found);
    if (grants->has_keep_alive) {
        grants->keep_alive_s = (uint16_t)found.number;
    }
    grants->expiry_overridden =
        drill_properties_find(properties, DRILL_SESSION_EXPIRY_INTERVAL, &found);
    grants->session_expiry_s = drill_check_property(properties, DRILL_SESSION_EXPIRY_INTERVAL,
                                                    conn->asks.session_expiry_s);
    grants->client_id =
        drill_check_property_text(model, properties, DRILL_ASSIGNED_CLIENT_IDENTIFIER);
}

void drill_check_alias(CheckModel *model, CheckEvent *event) {
    if (!event->decoded || event->packet.type != DRILL_PUBLISH) {
        return;
    }
    DrillPublishPacket *publish = &event->packet.as.publish;
    CheckEnd *end = &event->conn->end[event->side];
    DrillMap **aliases = event->sent ? &end->aliases_out : &end->aliases_in;
    event->alias = (uint16_t)drill_check_property(publish->properties, DRILL_TOPIC_ALIAS, 0);
    if (event->alias == 0) {
        return;
    }
    if (*aliases == NULL) {
        *aliases = drill_map_new(model->allocator);
    }
    DrillSpan key = drill_span(&event->alias, sizeof event->alias);
    char *known = drill_map_get(*aliases, key);
    if (publish->topic.size == 0) {
        event->alias_resolved = known != NULL;
        event->alias_unknown = known == NULL;
        publish->topic = known == NULL ? publish->topic : drill_span_of(known);
        return;
    }
    if (known == NULL || !drill_span_is(publish->topic, known)) {
        drill_map_set(*aliases, key, drill_check_text(model, publish->topic));
    }
}

/* By section 4.9 of 5.0: a PUBLISH takes one, its last acknowledgement gives it back, and what a
 * resumed session still waits for gives nothing beyond the maximum. */
void drill_check_quota(CheckEvent *event) {
    if (!event->decoded) {
        return;
    }
    CheckEnd *end = &event->conn->end[event->side];
    const DrillPacket *packet = &event->packet;
    if (event->sent && packet->type == DRILL_PUBLISH && packet->as.publish.qos != DRILL_QOS_0) {
        end->quota_used++;
        end->last_quota_ns = event->time_ns;
    } else if (!event->sent && (packet->type == DRILL_PUBACK || packet->type == DRILL_PUBCOMP ||
                                (packet->type == DRILL_PUBREC &&
                                 drill_reason_is_failure(packet->as.ack.reason_code)))) {
        end->quota_used -= end->quota_used > 0;
        end->acknowledged = true;
    } else if (!event->sent && packet->type == DRILL_PUBLISH &&
               packet->as.publish.qos != DRILL_QOS_0) {
        end->unfinished_in++; /* a raw client's repeats count too: model_offence.c asks again */
    } else if (event->sent && (packet->type == DRILL_PUBACK || packet->type == DRILL_PUBCOMP ||
                               (packet->type == DRILL_PUBREC &&
                                drill_reason_is_failure(packet->as.ack.reason_code)))) {
        end->unfinished_in -= end->unfinished_in > 0;
    }
}

/* By section 3.3.4 of 5.0: the PUBLISH packets for which no answer has come that ends their
 * exchange. An answer to nothing ends nothing; one to an exchange of an earlier connection may give
 * quota back, by 4.9. */
void drill_check_unfinished(CheckEvent *event) {
    CheckExchange *exchange = event->exchange;
    CheckEnd *end = &event->conn->end[event->side];
    if (!event->decoded || exchange == NULL || !exchange->outgoing) {
        return;
    }
    if (event->sent && event->packet.type == DRILL_PUBLISH) {
        end->unfinished += exchange->quota_conn != event->conn->number;
        exchange->quota_conn = event->conn->number;
    } else if (!event->sent && exchange->stage == CHECK_STAGE_DONE &&
               event->before.stage != CHECK_STAGE_DONE) {
        end->unfinished -= end->unfinished > 0;
        exchange->quota_conn = 0;
    }
}
