/* client:connect, disconnect and auth. */
#include "script/lua_api.h"
#include "spec/reason.h"
#include "spec/spec.h"

static void push_connack(lua_State *L, const DrillScriptClient *client) {
    lua_createtable(L, 0, 5);
    lua_pushstring(L, "CONNACK");
    lua_setfield(L, -2, "type");
    lua_pushboolean(L, client->session_present);
    lua_setfield(L, -2, "session_present");
    lua_pushinteger(L, client->connack_code);
    lua_setfield(L, -2, "code");
    lua_pushinteger(L, client->connack_code);
    lua_setfield(L, -2, "reason_code");
    drill_properties_push(L, client->connack_properties);
    lua_setfield(L, -2, "properties");
}

void drill_lua_push_reason(lua_State *L, DrillPacketType type, const DrillReasonPacket *reason) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, drill_packet_type_name(type));
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, reason->reason_code);
    lua_setfield(L, -2, "reason_code");
    drill_properties_push(L, reason->properties);
    lua_setfield(L, -2, "properties");
}

void drill_lua_reason_tables(lua_State *L, const char *what, bool users, bool properties,
                             DrillPropertySet *set) {
    if (users) {
        lua_getfield(L, 2, "user_properties");
        drill_property_set_users(L, -1, what, set);
        lua_pop(L, 1);
    }
    if (properties) {
        lua_getfield(L, 2, "properties");
        drill_property_set_table(L, -1, what, set);
        lua_pop(L, 1);
    }
}

/* CONNECT and AUTH wait for the same: CONNACK, AUTH, or the end of the connection. */
typedef enum DrillAnswer { ANSWER_CONNACK, ANSWER_AUTH, ANSWER_CLOSED, ANSWER_NONE } DrillAnswer;

static bool answer_ready(const DrillTask *task) {
    const DrillScriptClient *client = task->wait.client;
    return client->connacks + client->auths != task->wait.seen ||
           client->closes != task->wait.seen_closes;
}

static void expect_answer(DrillWait *wait, DrillScriptClient *client) {
    wait->ready = answer_ready;
    wait->client = client;
    wait->seen = client->connacks + client->auths;
    wait->seen_closes = client->closes;
    client->answered_connacks = client->connacks;
}

static DrillAnswer answer_of(const DrillScriptClient *client, const DrillWait *wait) {
    if (client->connacks != client->answered_connacks) return ANSWER_CONNACK;
    if (client->closes != wait->seen_closes) return ANSWER_CLOSED;
    return client->connacks + client->auths != wait->seen ? ANSWER_AUTH : ANSWER_NONE;
}

static int answered_may_fail(lua_State *L, const DrillScriptClient *client, DrillAnswer answer) {
    const char *why = client->fault_text ? "protocol" : "closed";
    if (answer == ANSWER_CONNACK) why = "refused";
    if (answer == ANSWER_NONE) why = "timeout";
    lua_pushnil(L);
    lua_pushstring(L, why);
    if (answer == ANSWER_CONNACK)
        push_connack(L, client);
    else if (answer == ANSWER_CLOSED && client->disconnected)
        drill_lua_push_reason(L, DRILL_DISCONNECT, &client->disconnect);
    else
        return 2;
    return 3;
}

static _Noreturn void answered_not(lua_State *L, const DrillScriptClient *client, const char *call,
                                   DrillAnswer answer) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    int version = (int)client->config.version;
    if (answer == ANSWER_CONNACK) {
        const char *name = drill_reason_name(DRILL_CONNACK, version, client->connack_code);
        drill_task_failed(L, "%s:%s(): refused with CONNACK code %d (%s)", client->name, call,
                          client->connack_code, name ? name : "undefined");
    }
    if (answer == ANSWER_CLOSED && client->disconnected) {
        int code = client->disconnect.reason_code;
        const char *name = drill_reason_name(DRILL_DISCONNECT, version, (uint8_t)code);
        drill_task_failed(L, "%s:%s(): the server sent DISCONNECT with Reason Code 0x%02x (%s)",
                          client->name, call, (unsigned)code, name ? name : "undefined");
    }
    if (answer == ANSWER_CLOSED) {
        drill_task_failed(L, "%s:%s(): the connection was closed (%s) before a CONNACK came%s%s",
                          client->name, call, drill_close_name(client->closed_how),
                          client->fault_text ? ": " : "",
                          client->fault_text ? client->fault_text : "");
    }
    DrillBuffer text = {.allocator = client->script->allocator};
    drill_buffer_put_duration(&text, wait->timeout_ns);
    drill_task_failed(L, "%s:%s(): no CONNACK within %s", client->name, call,
                      drill_buffer_cstring(&text));
}

/* What connect() and auth() return. */
static int answered(lua_State *L, const char *call, bool may_fail) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    const DrillScriptClient *client = wait->client;
    DrillAnswer answer = answer_of(client, wait);
    if (answer == ANSWER_CONNACK && client->connack_code == 0) {
        push_connack(L, client);
        return 1;
    }
    if (answer == ANSWER_AUTH) {
        drill_lua_push_reason(L, DRILL_AUTH, &client->auth);
        return 1;
    }
    if (may_fail) return answered_may_fail(L, client, answer);
    answered_not(L, client, call, answer);
}

static int connect_answered(lua_State *L, int status, lua_KContext may_fail) {
    (void)status;
    return answered(L, "connect", may_fail != 0);
}

/*** client:connect(opts) -> table|nil, string|nil, table|nil
Opens a connection, sends CONNECT and waits for the CONNACK. A refused or closed connection fails
the scenario unless `may_fail` is set; then nil is returned, a reason ("refused", "closed",
"protocol" or "timeout") and, when refused, the CONNACK, or the DISCONNECT that came instead.
With an Authentication Method that the scenario plays by hand an AUTH may come first: then that is
returned (its `type` is "AUTH"), and `client:auth` goes on.
@param opts table|nil for this connection only: `clean keepalive username password will` and the
properties of CONNECT as in `t:client`, and
@opt may_fail boolean not being accepted is allowed; false
@opt within string how long to wait; "60s"
@return table the CONNACK: `session_present`, `code` (also as `reason_code`), `properties` by the
standard's names, `type`
*/
int drill_lua_connect(lua_State *L) {
    DrillScriptClient *client = drill_object_check(L, 1, "client", "client:connect");
    DrillConnectOptions options = {.config = client->config};
    drill_options_connect(L, 2, "client:connect", client->properties, &options);
    DrillWait wait = drill_wait(L, options.within_ns, "CONNACK of client '%s'", client->name);
    expect_answer(&wait, client);
    client->ended_by_script = false;
    client->peer_closed = false;
    client->fault_text = NULL;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_world_connect(client->node, &options.config, &diagnostic);
    if (result == DRILL_BUSY) {
        drill_lua_fail(L, "client:connect: client '%s' is connected already", client->name);
    }
    if (result != DRILL_OK) {
        drill_lua_fail(L, "client:connect: %s",
                       diagnostic.text[0] ? diagnostic.text : drill_result_name(result));
    }
    return drill_task_wait(L, &wait, options.may_fail, connect_answered);
}

static bool disconnect_ready(const DrillTask *task) {
    return !drill_world_client_is_open(task->wait.client->node);
}

static int disconnect_done(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

/*** client:disconnect(opts)
Sends DISCONNECT, closes the connection and waits until it is closed.
@param opts table|nil MQTT 5.0 only
@opt reason_code integer Reason Code, for example 4: the will is to be published; 0
@opt session_expiry string|integer another Session Expiry Interval
@opt user_properties table as in `t:client`
@opt properties table any properties of DISCONNECT by the standard's names
*/
int drill_lua_disconnect(lua_State *L) {
    enum { REASON, EXPIRY, USERS, PROPERTIES };
    static const DrillArgField fields[] = {
        [REASON] = {.name = "reason_code",
                    .kind = DRILL_ARG_INTEGER,
                    .max = 255,
                    .since = DRILL_ARG_V5_ONLY},
        [EXPIRY] = {.name = "session_expiry",
                    .kind = DRILL_ARG_SECONDS,
                    .since = DRILL_ARG_V5_ONLY},
        [USERS] = {.name = "user_properties", .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY},
        [PROPERTIES] = {.name = "properties", .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY},
    };
    static const char what[] = "client:disconnect";
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", what);
    DrillPropertySet set = {.allocator = client->script->allocator};
    DrillBuffer wire = {.allocator = client->script->allocator};
    drill_args_read_for(L, (int)client->config.version, 2, what, fields, DRILL_ARRAY_COUNT(fields),
                        given);
    if (given[EXPIRY].given)
        drill_property_set_number(&set, DRILL_SESSION_EXPIRY_INTERVAL, "session_expiry",
                                  (uint32_t)given[EXPIRY].number);
    drill_lua_reason_tables(L, what, given[USERS].given, given[PROPERTIES].given, &set);
    DrillReasonPacket reason = {.reason_code = (uint8_t)given[REASON].number,
                                .properties = drill_property_set_wire(&set, &wire)};
    drill_properties_require(L, what, reason.properties, DRILL_DISCONNECT);
    if (drill_reason_name(DRILL_DISCONNECT, (int)client->config.version, reason.reason_code) ==
            NULL &&
        reason.reason_code != 0)
        drill_lua_fail(L, "%s: field 'reason_code': no DISCONNECT has Reason Code 0x%02x", what,
                       (unsigned)reason.reason_code);
    DrillResult result = drill_world_disconnect_with(client->node, &reason);
    drill_property_set_release(&set);
    drill_buffer_release(&wire);
    if (result == DRILL_INVALID && !drill_lua_refusal(client, result))
        drill_lua_fail(L,
                       "%s: field 'session_expiry': a Session that was to end with its connection "
                       "(Session Expiry Interval 0 in CONNECT) is given a longer life",
                       what);
    drill_lua_check_result(L, client, "disconnect", result);
    client->ended_by_script = true;
    DrillWait wait =
        drill_wait(L, DRILL_WAIT_ANSWER_NS, "the connection of client '%s' to close", client->name);
    wait.ready = disconnect_ready;
    wait.client = client;
    return drill_task_wait(L, &wait, 0, disconnect_done);
}

static const char auth_what[] = "client:auth";
enum { AUTH_DATA, AUTH_REASON, AUTH_PROPERTIES, AUTH_PASSWORD, AUTH_MAY_FAIL, AUTH_WITHIN };

static int auth_answered(lua_State *L, int status, lua_KContext may_fail) {
    (void)status;
    return answered(L, "auth", may_fail != 0);
}

/* What sends it: the client's own method, or the scenario. */
static DrillResult send_auth(lua_State *L, DrillScriptClient *client, const DrillArg *given) {
    DrillScript *script = client->script;
    if (drill_world_authenticates(client->node)) {
        if (given[AUTH_DATA].given || given[AUTH_REASON].given || given[AUTH_PROPERTIES].given)
            drill_lua_fail(L,
                           "%s: client '%s' plays SCRAM-SHA-256 by itself; give it "
                           "'authentication_data' to do it by hand",
                           auth_what, client->name);
        if (given[AUTH_PASSWORD].given)
            drill_world_set_password(client->node, given[AUTH_PASSWORD].text);
        return drill_world_reauthenticate(client->node);
    }
    if (given[AUTH_PASSWORD].given)
        drill_lua_fail(L, "%s: field 'password': client '%s' plays no method by itself", auth_what,
                       client->name);
    DrillPropertySet set = {.allocator = script->allocator};
    DrillBuffer wire = {.allocator = script->allocator};
    if (given[AUTH_DATA].given)
        drill_property_set_text(L,
                                &(DrillPropertyField){auth_what, "data", DRILL_AUTHENTICATION_DATA},
                                given[AUTH_DATA].text, &set);
    drill_lua_reason_tables(L, auth_what, false, given[AUTH_PROPERTIES].given, &set);
    DrillReasonPacket auth = {.reason_code = client->auth_owed
                                                 ? DRILL_REASON_CONTINUE_AUTHENTICATION
                                                 : DRILL_REASON_RE_AUTHENTICATE,
                              .properties = drill_property_set_wire(&set, &wire)};
    if (given[AUTH_REASON].given) auth.reason_code = (uint8_t)given[AUTH_REASON].number;
    DrillResult result = drill_world_authenticate(client->node, &auth);
    drill_property_set_release(&set);
    drill_buffer_release(&wire);
    return result;
}

/*** client:auth(opts) -> table|nil, string|nil, table|nil
MQTT 5.0, with an Authentication Method: sends AUTH and waits for what comes, the server's AUTH (the
returned table's `type` is "AUTH") or, while connecting, its CONNACK. Without a Reason Code it
answers the AUTH that was received last (0x18), or begins a re-authentication (0x19).
A client that plays SCRAM-SHA-256 itself (see `t:client`) begins a re-authentication and waits for
its end, with no other options than the last three.
@param opts table|nil
@opt data string Authentication Data
@opt reason_code integer 0x18 or 0x19
@opt properties table any properties of AUTH by the standard's names
@opt password string another password from now on
@opt may_fail boolean as in `client:connect`; false
@opt within string how long to wait; "60s"
@return table
*/
int drill_lua_auth(lua_State *L) {
    static const DrillArgField fields[] = {
        [AUTH_DATA] = {.name = "data", .kind = DRILL_ARG_STRING, .since = DRILL_ARG_V5_ONLY},
        [AUTH_REASON] = {.name = "reason_code",
                         .kind = DRILL_ARG_INTEGER,
                         .max = 255,
                         .since = DRILL_ARG_V5_ONLY},
        [AUTH_PROPERTIES] = {.name = "properties",
                             .kind = DRILL_ARG_TABLE,
                             .since = DRILL_ARG_V5_ONLY},
        [AUTH_PASSWORD] = {.name = "password",
                           .kind = DRILL_ARG_STRING,
                           .since = DRILL_ARG_V5_ONLY},
        [AUTH_MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [AUTH_WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = drill_object_check(L, 1, "client", auth_what);
    if (client->config.version != DRILL_MQTT_5_0)
        drill_lua_fail(L, "%s: AUTH exists only in MQTT 5.0", auth_what);
    drill_args_read_for(L, (int)client->config.version, 2, auth_what, fields,
                        DRILL_ARRAY_COUNT(fields), given);
    DrillWait wait =
        drill_wait(L, given[AUTH_WITHIN].given ? given[AUTH_WITHIN].number : DRILL_WAIT_ANSWER_NS,
                   "the answer to AUTH of client '%s'", client->name);
    expect_answer(&wait, client);
    DrillResult result = send_auth(L, client, given);
    if (result == DRILL_INVALID)
        drill_lua_fail(L,
                       "%s: needs the Authentication Method of CONNECT, and Reason Code 0x18 or "
                       "0x19",
                       auth_what);
    if (result == DRILL_BUSY && drill_world_client_is_open(client->node))
        drill_lua_fail(L, "%s: the server does not wait for an AUTH now", auth_what);
    drill_lua_check_result(L, client, "auth", result);
    client->auth_owed = false;
    return drill_task_wait(L, &wait, given[AUTH_MAY_FAIL].truth, auth_answered);
}
