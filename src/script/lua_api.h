/* The objects of the scenario API, one file each. */
#ifndef DRILL_SCRIPT_LUA_API_H
#define DRILL_SCRIPT_LUA_API_H

#include "script/lua_args.h"
#include "script/lua_properties.h"
#include "script/observe.h"
#include "script/task.h"

/* Metatables of all objects into the state. */
void drill_api_register(lua_State *L);
void drill_lua_t_register(lua_State *L);
void drill_lua_client_register(lua_State *L);
void drill_lua_message_register(lua_State *L);
void drill_lua_link_register(lua_State *L);
void drill_lua_raw_register(lua_State *L);
void drill_lua_fleet_register(lua_State *L);
void drill_lua_broker_register(lua_State *L);
void drill_lua_rng_register(lua_State *L);

void drill_lua_t_push(lua_State *L, DrillScript *script);
void drill_lua_message_push(lua_State *L, DrillScriptSent *sent);
void drill_lua_link_push(lua_State *L, DrillScriptClient *client);
void drill_lua_rng_push(lua_State *L, const char *name);

/* t:client, t:raw and t:fleet. */
int drill_lua_client_new(lua_State *L);
int drill_lua_raw_new(lua_State *L);
int drill_lua_fleet_new(lua_State *L);
/* Raises unless it can be a node's name of at most `max` bytes. */
void drill_lua_check_name(lua_State *L, const char *what, const char *name, size_t max);
/* Adds a node to the world and remembers it. Raises when the name is taken. */
DrillScriptClient *drill_lua_add_node(lua_State *L, const char *what, const char *name,
                                      DrillWorldClientOptions *options);

/* `call` needed a connection: ends the script, as a failure when the far side ended it, else as the
 * scenario's mistake. */
/* Argument `index`: bytes in hex, or a packet table. */
void drill_lua_bytes(lua_State *L, const DrillScriptClient *client, int index, const char *what,
                     DrillBuffer *out);
_Noreturn void drill_lua_not_connected(lua_State *L, const DrillScriptClient *client,
                                       const char *call);
void drill_lua_check_result(lua_State *L, const DrillScriptClient *client, const char *call,
                            DrillResult result);

/* Functions of client that live in lua_subscribe.c and lua_expect.c. */
int drill_lua_subscribe(lua_State *L);
/* { filter = "a/+", qos = 2, no_local = true } at `index`; `options`: of what it does not say. */
DrillFilter drill_lua_read_filter(lua_State *L, int version, int index, const char *what,
                                  uint8_t options);
int drill_lua_unsubscribe(lua_State *L);
int drill_lua_expect(lua_State *L);
int drill_lua_expect_none(lua_State *L);
int drill_lua_received(lua_State *L);
int drill_lua_quiet(lua_State *L);

/* --- texts (lua_text.c): each raises unless a packet can carry it --- */
void drill_text_check_size(lua_State *L, const char *what, const char *name, DrillSpan text);
void drill_text_check_string(lua_State *L, const char *what, const char *name, DrillSpan text);
void drill_text_check_topic(lua_State *L, const char *what, const char *name, DrillSpan text);
void drill_text_check_filter(lua_State *L, const char *what, const char *name, DrillSpan text);
/* With the version and Clean Session of the rest. */
void drill_text_check_client_id(lua_State *L, const char *what, const DrillClientConfig *config);

/* --- options (lua_options.c) --- */
extern const char *const drill_transport_choices[];
extern const char
    *const drill_how_choices[]; /* in the order of DrillCloseHow: fin rst timeout vanish */
extern const char *const drill_direction_choices[]; /* "c>b" "b>c" */
/* Reads `link = { ... }`; what is not given stays. */
void drill_options_link(lua_State *L, int index, const char *what, DrillWorldLink *link);
/* Reads one settings table; `allowed_dir`: has the field dir, answered in *direction (-1: both). */
/* By index into drill_transport_choices. */
void drill_options_transport(DrillWorldLink *link, int choice);
/* The `tcp` table at `index`. */
void drill_options_tcp(lua_State *L, int index, const char *what, DrillWorldLink *link);
/* *properties: those of CONNECT, for what connect{} changes of them. */
void drill_options_client(lua_State *L, int index, const char *what, DrillClientConfig *config,
                          DrillWorldLink *link, DrillPropertySet *properties);
typedef struct DrillConnectOptions {
    DrillClientConfig config;
    bool may_fail;
    uint64_t within_ns;
} DrillConnectOptions;
void drill_options_connect(lua_State *L, int index, const char *what, const DrillPropertySet *base,
                           DrillConnectOptions *options);

/* Fields of a message that become properties: the first of a table of fields. */
enum {
    DRILL_MESSAGE_EXPIRY,
    DRILL_MESSAGE_FORMAT,
    DRILL_MESSAGE_TYPE,
    DRILL_MESSAGE_RESPONSE,
    DRILL_MESSAGE_CORRELATION,
    DRILL_MESSAGE_USERS,
    DRILL_MESSAGE_PROPERTIES,
    DRILL_MESSAGE_FIELDS_COUNT
};
/* clang-format off */
#define DRILL_MESSAGE_FIELDS(since_) \
    [DRILL_MESSAGE_EXPIRY] = {.name = "message_expiry", .kind = DRILL_ARG_SECONDS, .since = (since_)}, \
    [DRILL_MESSAGE_FORMAT] = {.name = "payload_format_indicator", .kind = DRILL_ARG_INTEGER, \
                              .max = 1, .since = (since_)}, \
    [DRILL_MESSAGE_TYPE] = {.name = "content_type", .kind = DRILL_ARG_STRING, .since = (since_)}, \
    [DRILL_MESSAGE_RESPONSE] = {.name = "response_topic", .kind = DRILL_ARG_STRING, \
                                .since = (since_)}, \
    [DRILL_MESSAGE_CORRELATION] = {.name = "correlation_data", .kind = DRILL_ARG_STRING, \
                                   .since = (since_)}, \
    [DRILL_MESSAGE_USERS] = {.name = "user_properties", .kind = DRILL_ARG_TABLE, \
                             .since = (since_)}, \
    [DRILL_MESSAGE_PROPERTIES] = {.name = "properties", .kind = DRILL_ARG_TABLE, .since = (since_)}
/* clang-format on */
/* `given`: what was read of those fields from the table at `index`. */
void drill_options_message(lua_State *L, int index, const char *what, const DrillArg *given,
                           DrillPropertySet *set);

/* Functions of client in lua_connect.c and lua_publish.c. */
int drill_lua_connect(lua_State *L);
int drill_lua_disconnect(lua_State *L);
int drill_lua_publish(lua_State *L);
int drill_lua_ack(lua_State *L);
int drill_lua_auth(lua_State *L);
/* Pushes { type, reason_code, properties }. */
void drill_lua_push_reason(lua_State *L, DrillPacketType type, const DrillReasonPacket *reason);
/* Reads `user_properties` and `properties` of the options table at index 2. */
void drill_lua_reason_tables(lua_State *L, const char *what, bool users, bool properties,
                             DrillPropertySet *set);
/* Why the client would not send it; NULL: for no such reason. */
const DrillFault *drill_lua_refusal(const DrillScriptClient *client, DrillResult result);
void drill_options_broker(lua_State *L, int index, const char *what, DrillBrokerConfig *config);
/* Trace: every option in which the two differ. */
void drill_broker_options_tell(DrillScript *script, const DrillBrokerConfig *before,
                               const DrillBrokerConfig *after);
/* The table in its field `authentication`. */
void drill_options_authentication(lua_State *L, int index, const char *what,
                                  DrillWorldAuthentication *out);

/* --- packet tables (lua_packet.c) --- */
typedef struct DrillPacketContext {
    const char *what; /* for messages: "raw:send" */
    DrillVersion version;
} DrillPacketContext;
/* Reads the table at `index` and appends the packet's bytes. */
void drill_packet_from_table(lua_State *L, int index, const DrillPacketContext *context,
                             DrillBuffer *out);
/* Pushes a table with the fields of the packet, or of broken bytes (type = "malformed"). */
void drill_packet_push(lua_State *L, DrillVersion version, DrillSpan bytes);
/* Raises if the table at `index` names a field that such packets do not have. */
void drill_packet_check_fields(lua_State *L, int index, const DrillPacketContext *context);
/* Do the fields of the table at `wanted` (but type and within) equal those of the table at
 * `actual`? */
bool drill_packet_fits(lua_State *L, int wanted, int actual);
/* Appends one line that names the packet. */
void drill_packet_describe(DrillVersion version, DrillSpan bytes, DrillBuffer *out);

/* A topic filter of the standards (+ and #) against a topic name. */
bool drill_topic_fits(DrillSpan filter, DrillSpan topic);
void drill_describe_received(const DrillScriptReceived *received, DrillBuffer *out);

#endif
