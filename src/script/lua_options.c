/* Option tables that become C structures: links, clients, connects, the broker's configuration. */
#include <string.h>

#include "script/lua_api.h"

const char *const drill_transport_choices[] = {"tcp", "stream", "datagram", NULL};
const char *const drill_how_choices[] = {"fin", "rst", "timeout", "vanish", NULL};
const char *const drill_direction_choices[] = {"c>b", "b>c", NULL};

/* --- clients --- */

/* What connect{} may change stands first. */
enum {
    CLIENT_CLEAN,
    CLIENT_KEEPALIVE,
    CLIENT_USERNAME,
    CLIENT_PASSWORD,
    CLIENT_WILL,
    CLIENT_SESSION
};

#define CLIENT_SESSION_FIELDS                                                                      \
    [CLIENT_CLEAN] = {.name = "clean", .kind = DRILL_ARG_BOOL},                                    \
    [CLIENT_KEEPALIVE] = {.name = "keepalive", .kind = DRILL_ARG_ANY},                             \
    [CLIENT_USERNAME] = {.name = "username", .kind = DRILL_ARG_STRING},                            \
    [CLIENT_PASSWORD] = {.name = "password", .kind = DRILL_ARG_STRING},                            \
    [CLIENT_WILL] = {.name = "will", .kind = DRILL_ARG_ANY}

#define CLIENT_V5_FIELDS                                                                           \
    {.name = "session_expiry", .kind = DRILL_ARG_V5},                                              \
        {.name = "receive_maximum", .kind = DRILL_ARG_V5},                                         \
        {.name = "topic_alias_maximum", .kind = DRILL_ARG_V5},                                     \
        {.name = "maximum_packet_size", .kind = DRILL_ARG_V5},                                     \
        {.name = "request_problem_information", .kind = DRILL_ARG_V5},                             \
        {.name = "request_response_information", .kind = DRILL_ARG_V5}, {                          \
        .name = "user_properties", .kind = DRILL_ARG_V5                                            \
    }

static uint16_t options_keepalive(lua_State *L, int index, const char *what) {
    lua_getfield(L, index, "keepalive");
    uint64_t seconds;
    if (lua_isinteger(L, -1)) {
        seconds = lua_tointeger(L, -1) < 0 ? UINT64_MAX : (uint64_t)lua_tointeger(L, -1);
    } else {
        uint64_t ns = drill_arg_duration(L, -1, what, "field 'keepalive'");
        seconds = ns % DRILL_NS_PER_S ? UINT64_MAX : ns / DRILL_NS_PER_S;
    }
    if (seconds > 65535) {
        char shown[80];
        drill_arg_show(L, -1, shown, sizeof shown);
        drill_lua_fail(L, "%s: field 'keepalive': expected whole seconds from 0 to 65535, got %s",
                       what, shown);
    }
    lua_pop(L, 1);
    return (uint16_t)seconds;
}

static void options_will(lua_State *L, int index, const char *what, DrillClientConfig *config) {
    enum { WILL_TOPIC, WILL_PAYLOAD, WILL_QOS, WILL_RETAIN };
    static const DrillArgField fields[] = {
        [WILL_TOPIC] = {.name = "topic", .kind = DRILL_ARG_STRING},
        [WILL_PAYLOAD] = {.name = "payload", .kind = DRILL_ARG_STRING},
        [WILL_QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        [WILL_RETAIN] = {.name = "retain", .kind = DRILL_ARG_BOOL},
        {.name = "delay", .kind = DRILL_ARG_V5},
        {.name = "message_expiry", .kind = DRILL_ARG_V5},
        {.name = "user_properties", .kind = DRILL_ARG_V5},
        {.name = "properties", .kind = DRILL_ARG_V5},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    char name[120];
    DrillScript *script = drill_sandbox_script(L);
    lua_getfield(L, index, "will");
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) { /* connect{ will = false } */
        config->has_will = false;
        lua_pop(L, 1);
        return;
    }
    strcpy(name, "will of ");
    strncat(name, what, sizeof name - strlen(name) - 1);
    drill_args_read(L, -1, name, fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[WILL_TOPIC].given) drill_lua_fail(L, "%s: field 'topic' is missing", name);
    config->has_will = true;
    config->will = (DrillWill){
        .topic = drill_copy_span(script->allocator,
                                 drill_names_topic_to_wire(script, given[WILL_TOPIC].text)),
        .payload = drill_copy_span(script->allocator, given[WILL_PAYLOAD].text),
        .qos = (DrillQos)given[WILL_QOS].number,
        .retain = given[WILL_RETAIN].truth,
    };
    lua_pop(L, 1);
}

static void options_session(lua_State *L, int index, const char *what, const DrillArg *given,
                            DrillClientConfig *config) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    if (given[CLIENT_CLEAN].given) config->clean = given[CLIENT_CLEAN].truth;
    if (given[CLIENT_KEEPALIVE].given) config->keep_alive_s = options_keepalive(L, index, what);
    if (given[CLIENT_USERNAME].given) {
        config->has_username = true;
        config->username = drill_copy_span(allocator, given[CLIENT_USERNAME].text);
    }
    if (given[CLIENT_PASSWORD].given) {
        config->has_password = true;
        config->password = drill_copy_span(allocator, given[CLIENT_PASSWORD].text);
    }
    if (given[CLIENT_WILL].given) options_will(L, index, what, config);
    if (config->has_password && !config->has_username) {
        drill_lua_fail(L, "%s: field 'password' needs a username in MQTT 3.1.1", what);
    }
}

/* "0s" is said by who wants none. */
static uint64_t retry_time(const DrillArg *given) {
    return given->number == 0 ? DRILL_NEVER : given->number;
}

void drill_options_transport(DrillWorldLink *link, int choice) {
    link->stream = choice == 1;
    link->datagram = choice == 2;
}

void drill_options_client(lua_State *L, int index, const char *what, DrillClientConfig *config,
                          DrillWorldLink *link) {
    static const char *const versions[] = {"3.1.1", "5.0", "3.1", NULL};
    static const DrillVersion version_numbers[] = {DRILL_MQTT_3_1_1, DRILL_MQTT_5_0,
                                                   DRILL_MQTT_3_1};
    static const char *const acks[] = {"auto", "manual", NULL};
    enum {
        ID = CLIENT_SESSION,
        VERSION,
        AUTO_PING,
        PINGRESP_TIMEOUT,
        RETRY,
        ACKS,
        FIRST_ID,
        LINK,
        TCP,
        TRANSPORT
    };
    static const DrillArgField fields[] = {
        CLIENT_SESSION_FIELDS,
        [ID] = {.name = "id", .kind = DRILL_ARG_STRING},
        [VERSION] = {.name = "version", .kind = DRILL_ARG_CHOICE, .choices = versions},
        [AUTO_PING] = {.name = "auto_ping", .kind = DRILL_ARG_BOOL},
        [PINGRESP_TIMEOUT] = {.name = "pingresp_timeout", .kind = DRILL_ARG_DURATION},
        [RETRY] = {.name = "retry", .kind = DRILL_ARG_DURATION},
        [ACKS] = {.name = "acks", .kind = DRILL_ARG_CHOICE, .choices = acks},
        [FIRST_ID] = {.name = "first_packet_identifier",
                      .kind = DRILL_ARG_INTEGER,
                      .min = 1,
                      .max = 65535},
        [LINK] = {.name = "link", .kind = DRILL_ARG_TABLE},
        [TCP] = {.name = "tcp", .kind = DRILL_ARG_TABLE},
        [TRANSPORT] = {.name = "transport",
                       .kind = DRILL_ARG_CHOICE,
                       .choices = drill_transport_choices},
        CLIENT_V5_FIELDS,
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    options_session(L, index, what, given, config);
    if (given[ID].given) config->client_id = given[ID].text;
    if (given[VERSION].given) config->version = version_numbers[given[VERSION].number];
    if (given[AUTO_PING].given) config->auto_ping = given[AUTO_PING].truth;
    if (given[PINGRESP_TIMEOUT].given) config->pingresp_timeout_ns = given[PINGRESP_TIMEOUT].number;
    if (given[RETRY].given) config->retry_ns = retry_time(&given[RETRY]);
    if (given[ACKS].given) config->manual_acks = given[ACKS].number == 1;
    if (given[FIRST_ID].given) config->first_packet_identifier = (uint16_t)given[FIRST_ID].number;
    if (given[TRANSPORT].given) drill_options_transport(link, (int)given[TRANSPORT].number);
    if (given[LINK].given) {
        lua_getfield(L, index, "link");
        drill_options_link(L, -1, what, link);
        lua_pop(L, 1);
    }
    if (given[TCP].given) {
        lua_getfield(L, index, "tcp");
        drill_options_tcp(L, -1, what, link);
        lua_pop(L, 1);
    }
}

void drill_options_connect(lua_State *L, int index, const char *what,
                           DrillConnectOptions *options) {
    enum { MAY_FAIL = CLIENT_SESSION, WITHIN };
    static const DrillArgField fields[] = {
        CLIENT_SESSION_FIELDS,
        [MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
        CLIENT_V5_FIELDS,
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    options_session(L, index, what, given, &options->config);
    options->may_fail = given[MAY_FAIL].truth;
    options->within_ns = given[WITHIN].given ? given[WITHIN].number : DRILL_WAIT_ANSWER_NS;
}

/* --- the broker --- */

void drill_options_broker(lua_State *L, int index, const char *what, DrillBrokerConfig *config) {
    static const char *const overlap[] = {"one", "each", NULL};
    static const char *const forward[] = {"pubrel", "publish", NULL};
    static const char *const policy[] = {"drop-newest", "drop-oldest", NULL};
    enum {
        OVERLAP,
        FORWARD,
        QUEUE_QOS0,
        QUEUE_MESSAGES,
        POLICY,
        INFLIGHT,
        CONNECTIONS,
        REFUSE_EMPTY,
        CONNECT_TIMEOUT,
        RETRY,
        FIRST_ID
    };
    static const DrillArgField fields[] = {
        [OVERLAP] = {.name = "overlap", .kind = DRILL_ARG_CHOICE, .choices = overlap},
        [FORWARD] = {.name = "qos2_forward", .kind = DRILL_ARG_CHOICE, .choices = forward},
        [QUEUE_QOS0] = {.name = "queue_qos0_offline", .kind = DRILL_ARG_BOOL},
        [QUEUE_MESSAGES] = {.name = "queue_messages_max",
                            .kind = DRILL_ARG_INTEGER,
                            .min = 1,
                            .max = INT32_MAX},
        [POLICY] = {.name = "queue_policy", .kind = DRILL_ARG_CHOICE, .choices = policy},
        [INFLIGHT] = {.name = "inflight_max", .kind = DRILL_ARG_INTEGER, .min = 1, .max = 65535},
        [CONNECTIONS] = {.name = "connections_max",
                         .kind = DRILL_ARG_INTEGER,
                         .min = 1,
                         .max = INT32_MAX},
        [REFUSE_EMPTY] = {.name = "refuse_empty_client_id", .kind = DRILL_ARG_BOOL},
        [CONNECT_TIMEOUT] = {.name = "connect_timeout", .kind = DRILL_ARG_DURATION},
        [RETRY] = {.name = "retry", .kind = DRILL_ARG_DURATION},
        [FIRST_ID] = {.name = "first_packet_identifier",
                      .kind = DRILL_ARG_INTEGER,
                      .min = 1,
                      .max = 65535},
        {.name = "receive_maximum", .kind = DRILL_ARG_V5},
        {.name = "topic_alias_maximum", .kind = DRILL_ARG_V5},
        {.name = "maximum_packet_size", .kind = DRILL_ARG_V5},
        {.name = "maximum_qos", .kind = DRILL_ARG_V5},
        {.name = "server_keep_alive", .kind = DRILL_ARG_V5},
        {.name = "session_expiry_maximum", .kind = DRILL_ARG_V5},
        {.name = "users", .kind = DRILL_ARG_NOT_YET},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    config->overlap = (DrillOverlap)given[OVERLAP].number;
    config->qos2_forward = (DrillQos2Forward)given[FORWARD].number;
    config->queue_qos0_offline = given[QUEUE_QOS0].truth;
    config->queue_messages_max = (uint32_t)given[QUEUE_MESSAGES].number;
    config->queue_policy = (DrillQueuePolicy)given[POLICY].number;
    config->inflight_max = (uint32_t)given[INFLIGHT].number;
    config->connections_max = (uint32_t)given[CONNECTIONS].number;
    config->refuse_empty_client_id = given[REFUSE_EMPTY].truth;
    config->connect_timeout_ns = given[CONNECT_TIMEOUT].number;
    config->retry_ns = given[RETRY].given ? retry_time(&given[RETRY]) : 0;
    config->first_packet_identifier = (uint16_t)given[FIRST_ID].number;
}
