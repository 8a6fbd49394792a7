/* Messages: what client:publish returns. */
#include <string.h>

#include "script/lua_api.h"

/*** object message
What `client:publish` returns: one application message on its way.
@field packet_id integer|nil Packet Identifier; nil at QoS 0, after the exchange has ended unseen,
and before it was first sent
@field reason integer|nil Reason Code (3.1.1: 0) of the acknowledgement, once there is one
*/

static uint16_t message_packet_identifier(DrillScriptSent *sent) {
    DrillClient *machine = drill_world_client_machine(sent->client->node);
    uint16_t now = machine && !sent->acked ? drill_client_packet_identifier(machine, sent->id) : 0;
    if (now != 0) sent->packet_identifier = now;
    return sent->packet_identifier;
}

static bool message_fields(lua_State *L, void *object, const char *name) {
    DrillScriptSent *sent = object;
    if (strcmp(name, "packet_id") == 0) {
        uint16_t identifier = sent->qos == DRILL_QOS_0 ? 0 : message_packet_identifier(sent);
        if (identifier) {
            lua_pushinteger(L, identifier);
        } else {
            lua_pushnil(L);
        }
        return true;
    }
    if (strcmp(name, "reason") == 0) {
        if (sent->acked) {
            lua_pushinteger(L, sent->reason_code);
        } else {
            lua_pushnil(L);
        }
        return true;
    }
    return false;
}

/*** message:acked() -> boolean
Whether the message has been acknowledged as its QoS demands (QoS 0: at once).
*/
static int message_acked(lua_State *L) {
    const DrillScriptSent *sent = drill_object_check(L, 1, "message", "message:acked");
    lua_pushboolean(L, sent->acked);
    return 1;
}

static bool message_ready(const DrillTask *task) {
    const DrillScriptSent *sent = task->wait.subject;
    return sent->acked || sent->dropped;
}

static int message_waited(lua_State *L, int status, lua_KContext context) {
    DrillScriptSent *sent = drill_object_check(L, 1, "message", "message:wait");
    (void)status;
    (void)context;
    if (sent->acked) {
        lua_pushinteger(L, sent->reason_code);
        return 1;
    }
    DrillBuffer text = {.allocator = sent->client->script->allocator};
    drill_buffer_print(&text, "%s:publish(", sent->client->name);
    drill_put_lua_string(&text, sent->topic, 60);
    drill_buffer_print(&text, ", ..., { qos = %d }):wait: ", (int)sent->qos);
    if (sent->dropped) {
        drill_buffer_put_string(&text, "given up: the Session it belonged to is lost");
    } else {
        drill_buffer_put_string(&text, sent->qos == DRILL_QOS_1 ? "no PUBACK within "
                                                                : "no PUBCOMP within ");
        drill_buffer_put_duration(&text, drill_task_current(L)->wait.timeout_ns);
    }
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

/*** message:wait(within) -> integer
Waits until the message is acknowledged as its QoS demands: QoS 0 not at all, QoS 1 until its
PUBACK, QoS 2 until its PUBCOMP. Reconnections in between are allowed. Fails when it takes longer,
or when the Session is lost.
@param within string|nil duration; "60s"
@return integer the Reason Code
*/
static int message_wait(lua_State *L) {
    DrillScriptSent *sent = drill_object_check(L, 1, "message", "message:wait");
    uint64_t within_ns =
        drill_arg_duration_or(L, 2, "message:wait", "argument 1", DRILL_WAIT_ANSWER_NS);
    DrillWait wait =
        drill_wait(L, within_ns, "%s of a message of client '%s'",
                   sent->qos == DRILL_QOS_1 ? "PUBACK" : "PUBCOMP", sent->client->name);
    wait.ready = message_ready;
    wait.subject = sent;
    return drill_task_wait(L, &wait, 0, message_waited);
}

static const luaL_Reg message_methods[] = {
    {"wait", message_wait}, {"acked", message_acked}, {NULL, NULL}};
static const DrillObjectType message_type = {"message", message_methods, message_fields};

void drill_lua_message_push(lua_State *L, DrillScriptSent *sent) {
    drill_object_push(L, "message", sent);
}

void drill_lua_message_register(lua_State *L) {
    drill_object_register(L, &message_type);
}
