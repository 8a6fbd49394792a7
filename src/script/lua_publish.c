/* client:publish and client:ack. */
#include <string.h>

#include "script/lua_api.h"

/* What an alias stands for is the client's to know; names of an empty topic stay empty. */
static DrillSpan publish_topic(lua_State *L, DrillScriptClient *client) {
    DrillSpan topic = drill_arg_string(L, 2, "client:publish", "topic");
    /* "" with an alias is for the client to judge. */
    if (topic.size == 0 && client->config.version == DRILL_MQTT_5_0) return topic;
    topic = drill_names_topic_to_wire(client->script, topic);
    drill_text_check_topic(L, "client:publish", "topic", topic);
    return topic;
}

static int publish_refused(lua_State *L, const DrillFault *refusal) {
    lua_pushnil(L);
    lua_pushstring(L, "refused");
    lua_pushinteger(L, refusal->reason_code);
    return 3;
}

/*** client:publish(topic, payload, opts) -> message|nil, string|nil, integer|nil
Sends a PUBLISH and does not wait. While the client is not connected, QoS 1 and 2 messages are kept
for its next connection; QoS 0 needs one. MQTT 5.0: what the server has not allowed in its CONNACK
is not sent, and fails the scenario unless `may_fail` is set; then nil, "refused" and the Reason
Code that a server would answer are returned. More than the server's Receive Maximum waits.
@param topic string Topic Name; MQTT 5.0: "" with a `topic_alias` that has been given one
@param payload string|nil bytes; ""
@param opts table|nil
@opt qos integer 0, 1 or 2; 0
@opt retain boolean false
@opt message_expiry string|integer Message Expiry Interval, whole seconds; like all that follow MQTT
5.0 only
@opt payload_format_indicator integer 0 or 1: the payload is UTF-8
@opt content_type string
@opt response_topic string
@opt correlation_data string
@opt user_properties table `{ { "name", "value" }, ... }` in order
@opt topic_alias integer Topic Alias
@opt properties table any properties of PUBLISH by the standard's names
@opt may_fail boolean false
@return message
*/
int drill_lua_publish(lua_State *L) {
    enum { QOS = DRILL_MESSAGE_FIELDS_COUNT, RETAIN, ALIAS, MAY_FAIL };
    static const DrillArgField fields[] = {
        DRILL_MESSAGE_FIELDS(DRILL_ARG_V5_ONLY),
        [QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        [RETAIN] = {.name = "retain", .kind = DRILL_ARG_BOOL},
        [ALIAS] = {.name = "topic_alias",
                   .kind = DRILL_ARG_INTEGER,
                   .min = 1,
                   .max = 65535,
                   .since = DRILL_ARG_V5_ONLY},
        [MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
    };
    static const char what[] = "client:publish";
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", what);
    DrillAllocator allocator = client->script->allocator;
    DrillPropertySet set = {.allocator = allocator};
    DrillBuffer wire = {.allocator = allocator};
    DrillPublishPacket packet = {.topic = publish_topic(L, client)};
    if (!lua_isnoneornil(L, 3)) packet.payload = drill_arg_string(L, 3, what, "payload");
    drill_args_read_for(L, (int)client->config.version, 4, what, fields, DRILL_ARRAY_COUNT(fields),
                        given);
    packet.qos = (DrillQos)given[QOS].number;
    packet.retain = given[RETAIN].truth;
    if (given[ALIAS].given)
        drill_property_set_number(&set, DRILL_TOPIC_ALIAS, "topic_alias",
                                  (uint32_t)given[ALIAS].number);
    drill_options_message(L, 4, what, given, &set);
    packet.properties = drill_property_set_wire(&set, &wire);
    drill_properties_require(L, what, packet.properties, DRILL_PUBLISH);
    DrillMessageId id = 0;
    DrillResult result = drill_world_publish(client->node, &packet, &id);
    drill_property_set_release(&set);
    drill_buffer_release(&wire);
    const DrillFault *refusal = drill_lua_refusal(client, result);
    if (refusal && given[MAY_FAIL].truth) return publish_refused(L, refusal);
    drill_lua_check_result(L, client, "publish", result);
    DrillScriptSent *sent = drill_observe_add_sent(client, id);
    sent->qos = packet.qos;
    sent->acked = packet.qos == DRILL_QOS_0;
    sent->topic = drill_copy_span(allocator, drill_arg_string(L, 2, what, "topic"));
    if (packet.qos != DRILL_QOS_0) {
        sent->packet_identifier =
            drill_client_packet_identifier(drill_world_client_machine(client->node), id);
    }
    drill_lua_message_push(L, sent);
    return 1;
}

/*** client:ack(opts)
With `acks = "manual"`: answers the oldest received PUBLISH that has not been answered (PUBACK or
PUBREC).
@param opts table|nil MQTT 5.0 only
@opt reason_code integer Reason Code; 0x80 and above refuse the message; 0
@opt user_properties table as in `t:client`
@opt properties table any properties of PUBACK or PUBREC by the standard's names
*/
int drill_lua_ack(lua_State *L) {
    enum { REASON, USERS, PROPERTIES };
    static const DrillArgField fields[] = {
        [REASON] = {.name = "reason_code",
                    .kind = DRILL_ARG_INTEGER,
                    .max = 255,
                    .since = DRILL_ARG_V5_ONLY},
        [USERS] = {.name = "user_properties", .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY},
        [PROPERTIES] = {.name = "properties", .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY},
    };
    static const char what[] = "client:ack";
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", what);
    DrillPropertySet set = {.allocator = client->script->allocator};
    DrillBuffer wire = {.allocator = client->script->allocator};
    if (!client->config.manual_acks) {
        drill_lua_fail(
            L, "client:ack: client '%s' acknowledges by itself; create it with acks = \"manual\"",
            client->name);
    }
    drill_args_read_for(L, (int)client->config.version, 2, what, fields, DRILL_ARRAY_COUNT(fields),
                        given);
    drill_lua_reason_tables(L, what, given[USERS].given, given[PROPERTIES].given, &set);
    DrillReasonPacket reason = {.reason_code = (uint8_t)given[REASON].number,
                                .properties = drill_property_set_wire(&set, &wire)};
    drill_properties_require(L, what, reason.properties, DRILL_PUBACK);
    DrillResult result = drill_world_acknowledge_with(client->node, &reason);
    drill_property_set_release(&set);
    drill_buffer_release(&wire);
    if (result == DRILL_INVALID)
        drill_lua_fail(L, "%s: no PUBACK or PUBREC has Reason Code 0x%02x", what,
                       (unsigned)reason.reason_code);
    if (result != DRILL_OK) {
        if (!drill_world_client_is_open(client->node)) drill_lua_not_connected(L, client, "ack");
        drill_task_failed(L, "%s:ack(): there is no received message left to acknowledge",
                          client->name);
    }
    return 0;
}
