/* The objects of the scenario API, one file each. */
#ifndef DRILL_SCRIPT_LUA_API_H
#define DRILL_SCRIPT_LUA_API_H

#include "script/lua_args.h"
#include "script/observe.h"
#include "script/task.h"

/* Metatables of all objects into the state. */
void drill_api_register(lua_State *L);
void drill_lua_t_register(lua_State *L);
void drill_lua_client_register(lua_State *L);
void drill_lua_message_register(lua_State *L);
void drill_lua_link_register(lua_State *L);
void drill_lua_raw_register(lua_State *L);
void drill_lua_broker_register(lua_State *L);
void drill_lua_rng_register(lua_State *L);

void drill_lua_t_push(lua_State *L, DrillScript *script);
void drill_lua_message_push(lua_State *L, DrillScriptSent *sent);
void drill_lua_link_push(lua_State *L, DrillScriptClient *client);
void drill_lua_rng_push(lua_State *L, const char *name);

/* t:client and t:raw. */
int drill_lua_client_new(lua_State *L);
int drill_lua_raw_new(lua_State *L);
/* Adds a node to the world and remembers it. Raises when the name is taken. */
DrillScriptClient *drill_lua_add_node(lua_State *L, const char *what, const char *name,
                                      DrillWorldClientOptions *options);

/* `call` needed a connection: ends the script, as a failure when the far side ended it, else as the
 * scenario's mistake. */
_Noreturn void drill_lua_not_connected(lua_State *L, const DrillScriptClient *client,
                                       const char *call);
void drill_lua_check_result(lua_State *L, const DrillScriptClient *client, const char *call,
                            DrillResult result);

/* Functions of client that live in lua_subscribe.c and lua_expect.c. */
int drill_lua_subscribe(lua_State *L);
int drill_lua_unsubscribe(lua_State *L);
int drill_lua_expect(lua_State *L);
int drill_lua_expect_none(lua_State *L);
int drill_lua_received(lua_State *L);
int drill_lua_quiet(lua_State *L);

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
void drill_options_client(lua_State *L, int index, const char *what, DrillClientConfig *config,
                          DrillWorldLink *link);
typedef struct DrillConnectOptions {
    DrillClientConfig config;
    bool may_fail;
    uint64_t within_ns;
} DrillConnectOptions;
void drill_options_connect(lua_State *L, int index, const char *what, DrillConnectOptions *options);
void drill_options_broker(lua_State *L, int index, const char *what, DrillBrokerConfig *config);

/* --- packet tables (lua_packet.c) --- */
/* Reads the table at `index` and appends the packet's bytes. */
void drill_packet_from_table(lua_State *L, int index, const char *what, DrillBuffer *out);
/* Pushes a table with the fields of the packet, or of broken bytes (type = "malformed"). */
void drill_packet_push(lua_State *L, DrillSpan bytes);
/* Raises if the table at `index` names a field that such packets do not have. */
void drill_packet_check_fields(lua_State *L, int index, const char *what);
/* Do the fields of the table at `wanted` (but type and within) equal those of the table at
 * `actual`? */
bool drill_packet_fits(lua_State *L, int wanted, int actual);
/* Appends one line that names the packet. */
void drill_packet_describe(const DrillScript *script, DrillSpan bytes, DrillBuffer *out);

/* A topic filter of the standards (+ and #) against a topic name. */
bool drill_topic_fits(DrillSpan filter, DrillSpan topic);
void drill_describe_received(const DrillScriptReceived *received, DrillBuffer *out);

#endif
