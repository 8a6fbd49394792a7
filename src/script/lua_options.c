/* Option tables that become C structures: clients, connects. */
#include <string.h>

#include "script/lua_api.h"

const char *const drill_transport_choices[] = {"tcp", "stream", "datagram", NULL};
const char *const drill_how_choices[] = {"fin", "rst", "timeout", "vanish", NULL};
const char *const drill_direction_choices[] = {"c>b", "b>c", NULL};

/* What connect{} may change stands first. */
enum {
    CLIENT_CLEAN,
    CLIENT_KEEPALIVE,
    CLIENT_USERNAME,
    CLIENT_PASSWORD,
    CLIENT_WILL,
    CLIENT_EXPIRY,
    CLIENT_RECEIVE_MAXIMUM,
    CLIENT_ALIAS_MAXIMUM,
    CLIENT_PACKET_SIZE,
    CLIENT_PROBLEM,
    CLIENT_RESPONSE,
    CLIENT_USERS,
    CLIENT_METHOD,
    CLIENT_DATA,
    CLIENT_PROPERTIES,
    CLIENT_SESSION
};

/* clang-format off */
#define V5_FIELD(at, field, what, low, high) \
    [at] = {.name = (field), .kind = (what), .min = (low), .max = (high), .since = DRILL_ARG_V5}
#define CLIENT_SESSION_FIELDS \
    [CLIENT_CLEAN] = {.name = "clean", .kind = DRILL_ARG_BOOL}, \
    [CLIENT_KEEPALIVE] = {.name = "keepalive", .kind = DRILL_ARG_ANY}, \
    [CLIENT_USERNAME] = {.name = "username", .kind = DRILL_ARG_STRING}, \
    [CLIENT_PASSWORD] = {.name = "password", .kind = DRILL_ARG_STRING}, \
    [CLIENT_WILL] = {.name = "will", .kind = DRILL_ARG_ANY}, \
    V5_FIELD(CLIENT_EXPIRY, "session_expiry", DRILL_ARG_SECONDS, 0, 0), \
    V5_FIELD(CLIENT_RECEIVE_MAXIMUM, "receive_maximum", DRILL_ARG_INTEGER, 1, 65535), \
    V5_FIELD(CLIENT_ALIAS_MAXIMUM, "topic_alias_maximum", DRILL_ARG_INTEGER, 0, 65535), \
    V5_FIELD(CLIENT_PACKET_SIZE, "maximum_packet_size", DRILL_ARG_BYTES, 1, UINT32_MAX), \
    V5_FIELD(CLIENT_PROBLEM, "request_problem_information", DRILL_ARG_BOOL, 0, 0), \
    V5_FIELD(CLIENT_RESPONSE, "request_response_information", DRILL_ARG_BOOL, 0, 0), \
    V5_FIELD(CLIENT_USERS, "user_properties", DRILL_ARG_TABLE, 0, 0), \
    V5_FIELD(CLIENT_METHOD, "authentication_method", DRILL_ARG_STRING, 0, 0), \
    V5_FIELD(CLIENT_DATA, "authentication_data", DRILL_ARG_STRING, 0, 0), \
    V5_FIELD(CLIENT_PROPERTIES, "properties", DRILL_ARG_TABLE, 0, 0)
/* clang-format on */

/* A table in a field of the table at `index`, read into properties. */
static void options_table(lua_State *L, int index, const char *what, const char *field,
                          DrillPropertySet *set,
                          void (*read)(lua_State *, int, const char *, DrillPropertySet *)) {
    lua_getfield(L, index, field);
    read(L, -1, what, set);
    lua_pop(L, 1);
}

/* --- what PUBLISH and a will have in common --- */

void drill_options_message(lua_State *L, int index, const char *what, const DrillArg *given,
                           DrillPropertySet *set) {
    if (given[DRILL_MESSAGE_EXPIRY].given)
        drill_property_set_number(set, DRILL_MESSAGE_EXPIRY_INTERVAL, "message_expiry",
                                  (uint32_t)given[DRILL_MESSAGE_EXPIRY].number);
    if (given[DRILL_MESSAGE_FORMAT].given)
        drill_property_set_number(set, DRILL_PAYLOAD_FORMAT_INDICATOR, "payload_format_indicator",
                                  (uint32_t)given[DRILL_MESSAGE_FORMAT].number);
    if (given[DRILL_MESSAGE_TYPE].given)
        drill_property_set_text(L, &(DrillPropertyField){what, "content_type", DRILL_CONTENT_TYPE},
                                given[DRILL_MESSAGE_TYPE].text, set);
    if (given[DRILL_MESSAGE_RESPONSE].given)
        drill_property_set_text(
            L, &(DrillPropertyField){what, "response_topic", DRILL_RESPONSE_TOPIC},
            drill_names_topic_to_wire(drill_sandbox_script(L), given[DRILL_MESSAGE_RESPONSE].text),
            set);
    if (given[DRILL_MESSAGE_CORRELATION].given)
        drill_property_set_text(
            L, &(DrillPropertyField){what, "correlation_data", DRILL_CORRELATION_DATA},
            given[DRILL_MESSAGE_CORRELATION].text, set);
    if (given[DRILL_MESSAGE_USERS].given)
        options_table(L, index, what, "user_properties", set, drill_property_set_users);
    if (given[DRILL_MESSAGE_PROPERTIES].given)
        options_table(L, index, what, "properties", set, drill_property_set_table);
}

/* --- clients --- */

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

static DrillProperties options_will_properties(lua_State *L, const char *what,
                                               const DrillArg *given, const DrillArg *delay) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    DrillPropertySet set = {.allocator = allocator};
    DrillBuffer wire = {.allocator = allocator};
    if (delay->given)
        drill_property_set_number(&set, DRILL_WILL_DELAY_INTERVAL, "delay",
                                  (uint32_t)delay->number);
    drill_options_message(L, lua_gettop(L), what, given, &set);
    DrillProperties properties = drill_property_set_wire(&set, &wire);
    drill_properties_require(L, what, properties, DRILL_PROPERTIES_OF_WILL);
    drill_property_set_release(&set);
    return properties; /* the arena keeps it */
}

static void options_will(lua_State *L, int index, const char *what, DrillClientConfig *config) {
    enum {
        WILL_TOPIC = DRILL_MESSAGE_FIELDS_COUNT,
        WILL_PAYLOAD,
        WILL_QOS,
        WILL_RETAIN,
        WILL_DELAY
    };
    static const DrillArgField fields[] = {
        DRILL_MESSAGE_FIELDS(DRILL_ARG_V5),
        [WILL_TOPIC] = {.name = "topic", .kind = DRILL_ARG_STRING},
        [WILL_PAYLOAD] = {.name = "payload", .kind = DRILL_ARG_STRING},
        [WILL_QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        [WILL_RETAIN] = {.name = "retain", .kind = DRILL_ARG_BOOL},
        V5_FIELD(WILL_DELAY, "delay", DRILL_ARG_SECONDS, 0, 0),
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
    drill_args_read_for(L, (int)config->version, -1, name, fields, DRILL_ARRAY_COUNT(fields),
                        given);
    if (!given[WILL_TOPIC].given) drill_lua_fail(L, "%s: field 'topic' is missing", name);
    DrillSpan topic = drill_names_topic_to_wire(script, given[WILL_TOPIC].text);
    drill_text_check_topic(L, name, "field 'topic'", topic);
    drill_text_check_size(L, name, "field 'payload'", given[WILL_PAYLOAD].text);
    config->has_will = true;
    config->will = (DrillWill){
        .topic = drill_copy_span(script->allocator, topic),
        .payload = drill_copy_span(script->allocator, given[WILL_PAYLOAD].text),
        .qos = (DrillQos)given[WILL_QOS].number,
        .retain = given[WILL_RETAIN].truth,
        .properties = options_will_properties(L, name, given, &given[WILL_DELAY]),
    };
    lua_pop(L, 1);
}

/* Properties of CONNECT. */
static void options_connect_properties(lua_State *L, int index, const char *what,
                                       const DrillArg *given, DrillPropertySet *set) {
    static const struct {
        int at;
        DrillPropertyId id;
        const char *field;
    } numbers[] = {
        {CLIENT_EXPIRY, DRILL_SESSION_EXPIRY_INTERVAL, "session_expiry"},
        {CLIENT_RECEIVE_MAXIMUM, DRILL_RECEIVE_MAXIMUM, "receive_maximum"},
        {CLIENT_ALIAS_MAXIMUM, DRILL_TOPIC_ALIAS_MAXIMUM, "topic_alias_maximum"},
        {CLIENT_PACKET_SIZE, DRILL_MAXIMUM_PACKET_SIZE, "maximum_packet_size"},
        {CLIENT_PROBLEM, DRILL_REQUEST_PROBLEM_INFORMATION, "request_problem_information"},
        {CLIENT_RESPONSE, DRILL_REQUEST_RESPONSE_INFORMATION, "request_response_information"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(numbers); i++) {
        const DrillArg *value = &given[numbers[i].at];
        if (value->given)
            drill_property_set_number(set, numbers[i].id, numbers[i].field,
                                      value->truth ? 1 : (uint32_t)value->number);
    }
    if (given[CLIENT_USERS].given)
        options_table(L, index, what, "user_properties", set, drill_property_set_users);
    if (given[CLIENT_METHOD].given)
        drill_property_set_text(
            L, &(DrillPropertyField){what, "authentication_method", DRILL_AUTHENTICATION_METHOD},
            given[CLIENT_METHOD].text, set);
    if (given[CLIENT_DATA].given)
        drill_property_set_text(
            L, &(DrillPropertyField){what, "authentication_data", DRILL_AUTHENTICATION_DATA},
            given[CLIENT_DATA].text, set);
    if (given[CLIENT_PROPERTIES].given)
        options_table(L, index, what, "properties", set, drill_property_set_table);
}

static void options_session(lua_State *L, int index, const char *what, const DrillArg *given,
                            DrillClientConfig *config, DrillPropertySet *set) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    if (given[CLIENT_CLEAN].given) config->clean = given[CLIENT_CLEAN].truth;
    if (given[CLIENT_KEEPALIVE].given) config->keep_alive_s = options_keepalive(L, index, what);
    if (given[CLIENT_USERNAME].given) {
        drill_text_check_string(L, what, "field 'username'", given[CLIENT_USERNAME].text);
        config->has_username = true;
        config->username = drill_copy_span(allocator, given[CLIENT_USERNAME].text);
    }
    if (given[CLIENT_PASSWORD].given) {
        drill_text_check_size(L, what, "field 'password'", given[CLIENT_PASSWORD].text);
        config->has_password = true;
        config->password = drill_copy_span(allocator, given[CLIENT_PASSWORD].text);
    }
    if (given[CLIENT_WILL].given) options_will(L, index, what, config);
    if (config->has_password && !config->has_username && config->version != DRILL_MQTT_5_0) {
        drill_lua_fail(L, "%s: field 'password' needs a username in MQTT 3.1.1", what);
    }
    options_connect_properties(L, index, what, given, set);
    DrillBuffer wire = {.allocator = allocator};
    config->properties = drill_property_set_wire(set, &wire); /* the arena keeps it */
    if (config->version != DRILL_MQTT_5_0) config->properties = (DrillProperties){{NULL, 0}, 0};
    drill_properties_require(L, what, config->properties, DRILL_CONNECT);
}

/* "0s" is said by who wants none. */
static uint64_t retry_time(const DrillArg *given) {
    return given->number == 0 ? DRILL_NEVER : given->number;
}

void drill_options_transport(DrillWorldLink *link, int choice) {
    link->stream = choice == 1;
    link->datagram = choice == 2;
}

static const char *const options_versions[] = {"3.1.1", "5.0", "3.1", NULL};

/* Before the rest, because what the rest means depends on it. */
static void options_version(lua_State *L, int index, const char *what, DrillClientConfig *config) {
    static const DrillVersion numbers[] = {DRILL_MQTT_3_1_1, DRILL_MQTT_5_0, DRILL_MQTT_3_1};
    if (lua_type(L, index) != LUA_TTABLE) return;
    if (lua_getfield(L, index, "version") != LUA_TNIL)
        config->version =
            numbers[drill_arg_choice(L, -1, what, "field 'version'", options_versions)];
    lua_pop(L, 1);
}

void drill_options_client(lua_State *L, int index, const char *what, DrillClientConfig *config,
                          DrillWorldLink *link, DrillPropertySet *set) {
    static const char *const acks[] = {"auto", "manual", NULL};
    enum {
        ID = CLIENT_SESSION,
        VERSION,
        AUTO_PING,
        PINGRESP_TIMEOUT,
        RETRY,
        ACKS,
        FIRST_ID,
        ALIASES,
        LINK,
        TCP,
        TRANSPORT
    };
    static const DrillArgField fields[] = {
        CLIENT_SESSION_FIELDS,
        [ID] = {.name = "id", .kind = DRILL_ARG_STRING},
        [VERSION] = {.name = "version", .kind = DRILL_ARG_CHOICE, .choices = options_versions},
        [AUTO_PING] = {.name = "auto_ping", .kind = DRILL_ARG_BOOL},
        [PINGRESP_TIMEOUT] = {.name = "pingresp_timeout", .kind = DRILL_ARG_DURATION},
        [RETRY] = {.name = "retry", .kind = DRILL_ARG_DURATION},
        [ACKS] = {.name = "acks", .kind = DRILL_ARG_CHOICE, .choices = acks},
        [FIRST_ID] = {.name = "first_packet_identifier",
                      .kind = DRILL_ARG_INTEGER,
                      .min = 1,
                      .max = 65535},
        [ALIASES] = {.name = "aliases",
                     .kind = DRILL_ARG_CHOICE,
                     .choices = acks,
                     .since = DRILL_ARG_V5},
        [LINK] = {.name = "link", .kind = DRILL_ARG_TABLE},
        [TCP] = {.name = "tcp", .kind = DRILL_ARG_TABLE},
        [TRANSPORT] = {.name = "transport",
                       .kind = DRILL_ARG_CHOICE,
                       .choices = drill_transport_choices},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    options_version(L, index, what, config);
    drill_args_read_for(L, (int)config->version, index, what, fields, DRILL_ARRAY_COUNT(fields),
                        given);
    options_session(L, index, what, given, config, set);
    if (given[ID].given) config->client_id = given[ID].text;
    drill_text_check_client_id(L, what, config);
    config->auto_alias = given[ALIASES].given && given[ALIASES].number == 0;
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

void drill_options_connect(lua_State *L, int index, const char *what, const DrillPropertySet *base,
                           DrillConnectOptions *options) {
    enum { MAY_FAIL = CLIENT_SESSION, WITHIN };
    static const DrillArgField fields[] = {
        CLIENT_SESSION_FIELDS,
        [MAY_FAIL] = {.name = "may_fail", .kind = DRILL_ARG_BOOL},
        [WITHIN] = {.name = "within", .kind = DRILL_ARG_DURATION},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillPropertySet set = {.allocator = drill_sandbox_script(L)->allocator};
    drill_property_set_merge(&set, base);
    drill_args_read_for(L, (int)options->config.version, index, what, fields,
                        DRILL_ARRAY_COUNT(fields), given);
    options_session(L, index, what, given, &options->config, &set);
    drill_property_set_release(&set);
    options->may_fail = given[MAY_FAIL].truth;
    options->within_ns = given[WITHIN].given ? given[WITHIN].number : DRILL_WAIT_ANSWER_NS;
}
