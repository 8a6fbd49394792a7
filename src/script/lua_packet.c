/* Packet tables: packets as scenarios write and read them, with the standards' field names. */
#include <string.h>

#include "script/lua_api.h"

/* clang-format off */
enum {
    F_TYPE, F_PROTOCOL_NAME, F_PROTOCOL_LEVEL, F_CLEAN_SESSION, F_CLEAN_START, F_KEEP_ALIVE,
    F_CLIENT_IDENTIFIER, F_WILL_TOPIC, F_WILL_MESSAGE, F_WILL_QOS, F_WILL_RETAIN, F_USERNAME,
    F_PASSWORD, F_SESSION_PRESENT, F_CODE, F_REASON_CODE, F_TOPIC, F_PAYLOAD, F_QOS, F_RETAIN,
    F_DUP, F_PACKET_IDENTIFIER, F_FILTERS, F_REASON_CODES, F_PROPERTIES,
    F_WILL_PROPERTIES, F_WITHIN, FIELD_COUNT
};

#define BIT(type) (1u << DRILL_##type)
#define ALL_TYPES 0xFFFEu
#define ACKS (BIT(PUBACK) | BIT(PUBREC) | BIT(PUBREL) | BIT(PUBCOMP))

#define FIELD(name_, kind_, max_) {.name = (name_), .kind = (kind_), .max = (max_)}
#define V5_FIELD(name_) \
    {.name = (name_), .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY}

typedef struct DrillPacketField {
    DrillArgField field;
    uint32_t types;
} DrillPacketField;

static const DrillPacketField packet_fields[FIELD_COUNT] = {
    [F_TYPE]              = {FIELD("type", DRILL_ARG_PACKET, 0), ALL_TYPES},
    [F_PROTOCOL_NAME]     = {FIELD("protocol_name", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_PROTOCOL_LEVEL]    = {FIELD("protocol_level", DRILL_ARG_INTEGER, 255), BIT(CONNECT)},
    [F_CLEAN_SESSION]     = {FIELD("clean_session", DRILL_ARG_BOOL, 0), BIT(CONNECT)},
    [F_CLEAN_START]       = {FIELD("clean_start", DRILL_ARG_BOOL, 0), BIT(CONNECT)},
    [F_KEEP_ALIVE]        = {FIELD("keep_alive", DRILL_ARG_INTEGER, 65535), BIT(CONNECT)},
    [F_CLIENT_IDENTIFIER] = {FIELD("client_identifier", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_WILL_TOPIC]        = {FIELD("will_topic", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_WILL_MESSAGE]      = {FIELD("will_message", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_WILL_QOS]          = {FIELD("will_qos", DRILL_ARG_INTEGER, 2), BIT(CONNECT)},
    [F_WILL_RETAIN]       = {FIELD("will_retain", DRILL_ARG_BOOL, 0), BIT(CONNECT)},
    [F_USERNAME]          = {FIELD("username", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_PASSWORD]          = {FIELD("password", DRILL_ARG_STRING, 0), BIT(CONNECT)},
    [F_SESSION_PRESENT]   = {FIELD("session_present", DRILL_ARG_BOOL, 0), BIT(CONNACK)},
    [F_CODE]              = {FIELD("code", DRILL_ARG_INTEGER, 255), BIT(CONNACK)},
    [F_REASON_CODE]       = {FIELD("reason_code", DRILL_ARG_INTEGER, 255),
                             BIT(CONNACK) | ACKS | BIT(DISCONNECT) | BIT(AUTH)},
    [F_TOPIC]             = {FIELD("topic", DRILL_ARG_STRING, 0), BIT(PUBLISH)},
    [F_PAYLOAD]           = {FIELD("payload", DRILL_ARG_STRING, 0), BIT(PUBLISH)},
    [F_QOS]               = {FIELD("qos", DRILL_ARG_INTEGER, 2), BIT(PUBLISH)},
    [F_RETAIN]            = {FIELD("retain", DRILL_ARG_BOOL, 0), BIT(PUBLISH)},
    [F_DUP]               = {FIELD("dup", DRILL_ARG_BOOL, 0), BIT(PUBLISH)},
    [F_PACKET_IDENTIFIER] = {FIELD("packet_identifier", DRILL_ARG_INTEGER, 65535),
                             BIT(PUBLISH) | ACKS | BIT(SUBSCRIBE) | BIT(SUBACK) |
                             BIT(UNSUBSCRIBE) | BIT(UNSUBACK)},
    [F_FILTERS]           = {FIELD("filters", DRILL_ARG_TABLE, 0),
                             BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE)},
    [F_REASON_CODES]      = {FIELD("reason_codes", DRILL_ARG_TABLE, 0),
                             BIT(SUBACK) | BIT(UNSUBACK)},
    [F_PROPERTIES]        = {V5_FIELD("properties"),
                             ALL_TYPES & ~(BIT(PINGREQ) | BIT(PINGRESP))},
    [F_WILL_PROPERTIES]   = {V5_FIELD("will_properties"), BIT(CONNECT)},
    [F_WITHIN]            = {FIELD("within", DRILL_ARG_DURATION, 0), 0},
};
/* clang-format on */

/* Two names for one field: what a packet was read as has both. */
static void packet_check_pair(lua_State *L, const char *what, const DrillArg *given, int one,
                              int other) {
    const DrillArg *a = &given[one], *b = &given[other];
    if (!a->given || !b->given || (a->number == b->number && a->truth == b->truth)) return;
    drill_lua_fail(L, "%s: fields '%s' and '%s' are one and contradict each other", what,
                   packet_fields[one].field.name, packet_fields[other].field.name);
}

/* Fields of a will that nobody would read. */
static void packet_check_will(lua_State *L, const char *what, const DrillArg *given) {
    static const int fields[] = {F_WILL_MESSAGE, F_WILL_QOS, F_WILL_RETAIN, F_WILL_PROPERTIES};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(fields) && !given[F_WILL_TOPIC].given; i++)
        if (given[fields[i]].given)
            drill_lua_fail(L, "%s: field '%s' needs 'will_topic'", what,
                           packet_fields[fields[i]].field.name);
}

/* Reads the fields of the table's own type into given[], indexed by F_...; returns the type. */
static DrillPacketType packet_read(lua_State *L, int index, const DrillPacketContext *context,
                                   bool expect, DrillArg *given) {
    const char *what = context->what;
    DrillArgField fields[FIELD_COUNT];
    DrillArg found[FIELD_COUNT];
    int places[FIELD_COUNT];
    size_t count = 0;
    if (lua_type(L, index) != LUA_TTABLE) {
        drill_lua_fail(L, "%s: expected a packet such as { type = \"PUBLISH\", ... }", what);
    }
    lua_getfield(L, index, "type");
    int type = drill_arg_packet_type(L, -1, what, "field 'type'");
    lua_pop(L, 1);
    for (int i = 0; i < FIELD_COUNT; i++) {
        bool has = (packet_fields[i].types >> type & 1u) != 0 || (i == F_WITHIN && expect);
        if (!has) continue;
        fields[count] = packet_fields[i].field;
        places[count++] = i;
    }
    char name[80];
    strcpy(name, what);
    strcat(name, " ");
    strncat(name, drill_packet_type_name((DrillPacketType)type), 20);
    drill_args_read_for(L, (int)context->version, index, name, fields, count, found);
    memset(given, 0, FIELD_COUNT * sizeof *given);
    for (size_t i = 0; i < count; i++)
        given[places[i]] = found[i];
    packet_check_pair(L, name, given, F_CLEAN_SESSION, F_CLEAN_START);
    packet_check_pair(L, name, given, F_CODE, F_REASON_CODE);
    return (DrillPacketType)type;
}

void drill_packet_check_fields(lua_State *L, int index, const DrillPacketContext *context) {
    DrillArg given[FIELD_COUNT];
    (void)packet_read(L, index, context, true, given);
}

/* --- from tables --- */

static DrillConnectPacket packet_connect(DrillScript *script, DrillVersion version,
                                         const DrillArg *given) {
    DrillConnectPacket connect = {
        .protocol_name = given[F_PROTOCOL_NAME].text,
        .protocol_level = given[F_PROTOCOL_LEVEL].given ? (uint8_t)given[F_PROTOCOL_LEVEL].number
                                                        : (uint8_t)version,
        .clean = true,
        .keep_alive_s = (uint16_t)given[F_KEEP_ALIVE].number,
        .client_id = drill_names_client_id_to_wire(script, given[F_CLIENT_IDENTIFIER].text),
        .has_will = given[F_WILL_TOPIC].given,
        .will_topic = drill_names_topic_to_wire(script, given[F_WILL_TOPIC].text),
        .will_payload = given[F_WILL_MESSAGE].text,
        .will_qos = (DrillQos)given[F_WILL_QOS].number,
        .will_retain = given[F_WILL_RETAIN].truth,
        .has_username = given[F_USERNAME].given,
        .username = given[F_USERNAME].text,
        .has_password = given[F_PASSWORD].given,
        .password = given[F_PASSWORD].text,
    };
    if (given[F_CLEAN_SESSION].given) connect.clean = given[F_CLEAN_SESSION].truth;
    if (given[F_CLEAN_START].given) connect.clean = given[F_CLEAN_START].truth;
    return connect;
}

static uint8_t packet_list_byte(lua_State *L, const char *what, const char *field,
                                lua_Integer max) {
    lua_Integer value = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    if (value < 0 || value > max) {
        drill_lua_fail(L, "%s: field '%s': expected a whole number from 0 to %d", what, field,
                       (int)max);
    }
    return (uint8_t)value;
}

static uint8_t packet_option(lua_State *L, int element, const char *what, const char *field,
                             lua_Integer max, unsigned shift) {
    uint8_t bits = 0;
    if (lua_getfield(L, element, field) != LUA_TNIL) {
        if (lua_isboolean(L, -1)) lua_pushinteger(L, lua_toboolean(L, -1));
        bits = (uint8_t)(packet_list_byte(L, what, field, max) << shift);
    }
    lua_settop(L, element);
    return bits;
}

/* A table in the list of filters: { "filter", qos } or { filter =, qos =, no_local = ... }. */
static DrillFilter packet_filter(lua_State *L, int element, const DrillPacketContext *context) {
    const char *what = context->what;
    DrillFilter filter = {{0}, 0};
    bool named = lua_getfield(L, element, "filter") != LUA_TNIL;
    if (!named) lua_geti(L, element, 1);
    filter.filter = drill_arg_string(L, -1, what, "filter in field 'filters'");
    int type = named ? lua_getfield(L, element, "qos") : lua_geti(L, element, 2);
    if (type != LUA_TNIL) filter.options = packet_list_byte(L, what, "qos", 255);
    lua_settop(L, element);
    if (!named || context->version != DRILL_MQTT_5_0) return filter;
    filter.options |= packet_option(L, element, what, "no_local", 1, 2);
    filter.options |= packet_option(L, element, what, "retain_as_published", 1, 3);
    filter.options |= packet_option(L, element, what, "retain_handling", 3, 4);
    return filter;
}

static DrillFilters packet_filters(lua_State *L, int index, const DrillPacketContext *context,
                                   bool with_options, DrillBuffer *wire) {
    DrillScript *script = drill_sandbox_script(L);
    const char *what = context->what;
    uint32_t count = 0;
    if (lua_getfield(L, index, "filters") == LUA_TTABLE) {
        int list = lua_gettop(L);
        for (lua_Integer i = 1; lua_geti(L, list, i) != LUA_TNIL; i++) {
            DrillFilter filter = {{0}, 0};
            if (lua_type(L, -1) == LUA_TTABLE)
                filter = packet_filter(L, lua_gettop(L), context);
            else
                filter.filter = drill_arg_string(L, -1, what, "filter in field 'filters'");
            filter.filter = drill_names_topic_to_wire(script, filter.filter);
            if (drill_filters_write(wire, &filter, with_options) != DRILL_OK) {
                drill_lua_fail(L, "%s: field 'filters': a filter is longer than 65,535 bytes",
                               what);
            }
            count++;
            lua_settop(L, list);
        }
        lua_settop(L, list);
    }
    lua_pop(L, 1);
    return (DrillFilters){drill_buffer_span(wire), count};
}

/* No check whether such a packet may have them: a raw connection says what it likes. */
static DrillProperties packet_properties(lua_State *L, int index, const char *what,
                                         const char *field, DrillBuffer *wire) {
    DrillPropertySet set = {.allocator = wire->allocator};
    if (lua_getfield(L, index, field) == LUA_TTABLE) drill_property_set_table(L, -1, what, &set);
    lua_pop(L, 1);
    DrillProperties properties = drill_property_set_wire(&set, wire);
    drill_property_set_release(&set);
    return properties;
}

static DrillSpan packet_reason_codes(lua_State *L, int index, const char *what, DrillBuffer *wire) {
    if (lua_getfield(L, index, "reason_codes") == LUA_TTABLE) {
        int list = lua_gettop(L);
        for (lua_Integer i = 1; lua_geti(L, list, i) != LUA_TNIL; i++) {
            drill_buffer_put_byte(wire, packet_list_byte(L, what, "reason_codes", 255));
            lua_pop(L, 1);
        }
        lua_settop(L, list);
    }
    lua_pop(L, 1);
    return drill_buffer_span(wire);
}

static DrillPublishPacket packet_publish(DrillScript *script, const DrillArg *given) {
    return (DrillPublishPacket){.dup = given[F_DUP].truth,
                                .qos = (DrillQos)given[F_QOS].number,
                                .retain = given[F_RETAIN].truth,
                                .topic = drill_names_topic_to_wire(script, given[F_TOPIC].text),
                                .packet_identifier = (uint16_t)given[F_PACKET_IDENTIFIER].number,
                                .payload = given[F_PAYLOAD].text};
}

static void packet_fill(lua_State *L, int index, const DrillPacketContext *context,
                        const DrillArg *given, DrillBuffer *wire, DrillPacket *packet) {
    DrillScript *script = drill_sandbox_script(L);
    uint16_t identifier = (uint16_t)given[F_PACKET_IDENTIFIER].number;
    uint8_t reason = (uint8_t)given[given[F_CODE].given ? F_CODE : F_REASON_CODE].number;
    switch (packet->type) {
    case DRILL_CONNECT:
        packet->as.connect = packet_connect(script, context->version, given);
        break;
    case DRILL_CONNACK:
        packet->as.connack.session_present = given[F_SESSION_PRESENT].truth;
        packet->as.connack.code = reason;
        break;
    case DRILL_PUBLISH:
        packet->as.publish = packet_publish(script, given);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        packet->as.ack.packet_identifier = identifier;
        packet->as.ack.reason_code = reason;
        break;
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        packet->as.subscribe.packet_identifier = identifier;
        packet->as.subscribe.filters =
            packet_filters(L, index, context, packet->type == DRILL_SUBSCRIBE, wire);
        break;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        packet->as.suback.packet_identifier = identifier;
        packet->as.suback.reason_codes = packet_reason_codes(L, index, context->what, wire);
        break;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        break;
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        packet->as.reason.reason_code = reason;
        break;
    }
}

/* What keeps a packet from being encoded. */
typedef struct DrillPacketFault {
    bool wrong;
    int field;
    const char *expected;
} DrillPacketFault;

static const DrillPacketFault *first_fault(const DrillPacketFault *faults, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (faults[i].wrong) return &faults[i];
    return NULL;
}

static DrillPacketFault packet_fault(DrillVersion version, const DrillArg *given,
                                     const DrillPacket *packet) {
    const unsigned type = 1u << packet->type;
    const DrillConnectPacket *connect = &packet->as.connect;
    bool is_connect = packet->type == DRILL_CONNECT, v5 = version == DRILL_MQTT_5_0;
    uint8_t level = is_connect ? connect->protocol_level : 0;
    const char *name = level == DRILL_MQTT_3_1 ? "MQIsdp" : "MQTT";
    bool identifier = given[F_PACKET_IDENTIFIER].number != 0;
    bool bare = (type & BIT(PUBLISH)) != 0 && given[F_QOS].number == 0;
    bool named = (type & (ACKS | BIT(SUBSCRIBE) | BIT(SUBACK) | BIT(UNSUBSCRIBE) | BIT(UNSUBACK) |
                          BIT(PUBLISH))) != 0;
    bool codes =
        (type & (BIT(SUBACK) | BIT(UNSUBACK))) != 0 && packet->as.suback.reason_codes.size > 0;
    const DrillPacketFault faults[] = {
        {packet->type == DRILL_AUTH && !v5, F_TYPE, "exists only in MQTT 5.0"},
        {is_connect && (level < DRILL_MQTT_3_1 || level > DRILL_MQTT_5_0), F_PROTOCOL_LEVEL,
         "expected 3, 4 or 5"},
        {given[F_PROTOCOL_NAME].given && !drill_span_is(connect->protocol_name, name),
         F_PROTOCOL_NAME, "expected \"MQTT\", or \"MQIsdp\" with level 3"},
        {is_connect && connect->has_password && !connect->has_username && level != DRILL_MQTT_5_0,
         F_PASSWORD, "needs a username before MQTT 5.0"},
        {named && !bare && !identifier, F_PACKET_IDENTIFIER,
         "expected a whole number from 1 to 65535"},
        {bare && identifier, F_PACKET_IDENTIFIER, "a PUBLISH of QoS 0 has none"},
        {!v5 && (type & (ACKS | BIT(DISCONNECT) | BIT(AUTH))) != 0 &&
             given[F_REASON_CODE].number != 0,
         F_REASON_CODE, "exists only in MQTT 5.0"},
        {codes && !v5 && packet->type == DRILL_UNSUBACK, F_REASON_CODES, "exists only in MQTT 5.0"},
        {!codes && (type & (BIT(SUBACK) | (v5 ? BIT(UNSUBACK) : 0u))) != 0, F_REASON_CODES,
         "expected at least one"},
        {(type & (BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE))) != 0, F_FILTERS, "expected at least one"},
        {given[F_SESSION_PRESENT].truth && version == DRILL_MQTT_3_1, F_SESSION_PRESENT,
         "does not exist in MQTT 3.1"},
    };
    const DrillPacketFault *found = first_fault(faults, DRILL_ARRAY_COUNT(faults));
    return found ? *found : (DrillPacketFault){true, F_TYPE, "the packet is too long"};
}

static _Noreturn void packet_refuse(lua_State *L, const DrillPacketContext *context,
                                    const DrillArg *given, const DrillPacket *packet) {
    DrillPacketFault fault = packet_fault(context->version, given, packet);
    for (int i = 0; i < FIELD_COUNT; i++)
        if (i != F_PAYLOAD && given[i].text.size > 65535)
            fault = (DrillPacketFault){true, i, "a text has at most 65,535 bytes"};
    drill_lua_fail(L, "%s %s: field '%s': %s; give deliberately wrong packets as bytes in hex",
                   context->what, drill_packet_type_name(packet->type),
                   packet_fields[fault.field].field.name, fault.expected);
}

void drill_packet_from_table(lua_State *L, int index, const DrillPacketContext *context,
                             DrillBuffer *out) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    DrillArg given[FIELD_COUNT];
    DrillPacket packet = {.type = packet_read(L, index, context, false, given)};
    DrillBuffer wire = {.allocator = allocator};
    DrillBuffer properties = {.allocator = allocator}, will = {.allocator = allocator};
    packet_check_will(L, context->what, given);
    packet_fill(L, index, context, given, &wire, &packet);
    if (given[F_PROPERTIES].given)
        *drill_packet_properties(&packet) =
            packet_properties(L, index, context->what, "properties", &properties);
    if (given[F_WILL_PROPERTIES].given)
        packet.as.connect.will_properties =
            packet_properties(L, index, context->what, "will_properties", &will);
    DrillResult result = drill_codec_encode(&packet, context->version, out);
    drill_buffer_release(&wire);
    drill_buffer_release(&properties);
    drill_buffer_release(&will);
    if (result != DRILL_OK) packet_refuse(L, context, given, &packet);
}

/* --- to tables --- */

static void set_integer(lua_State *L, int field, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, packet_fields[field].field.name);
}

static void set_bool(lua_State *L, int field, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, packet_fields[field].field.name);
}

static void set_text(lua_State *L, int field, DrillSpan value) {
    lua_pushlstring(L, value.data ? (const char *)value.data : "", value.size);
    lua_setfield(L, -2, packet_fields[field].field.name);
}

static void push_connect(lua_State *L, const DrillConnectPacket *connect) {
    set_text(L, F_PROTOCOL_NAME, connect->protocol_name);
    set_integer(L, F_PROTOCOL_LEVEL, connect->protocol_level);
    set_bool(L, F_CLEAN_SESSION, connect->clean);
    set_bool(L, F_CLEAN_START, connect->clean);
    set_integer(L, F_KEEP_ALIVE, connect->keep_alive_s);
    set_text(L, F_CLIENT_IDENTIFIER, connect->client_id);
    if (connect->protocol_level != DRILL_MQTT_5_0 || !connect->has_will) return;
    drill_properties_push(L, connect->will_properties);
    lua_setfield(L, -2, "will_properties");
}

static void push_publish(lua_State *L, const DrillPublishPacket *publish) {
    const DrillScript *script = drill_sandbox_script(L);
    set_text(L, F_TOPIC, drill_names_topic_from_wire(script, publish->topic));
    set_text(L, F_PAYLOAD, publish->payload);
    set_integer(L, F_QOS, (lua_Integer)publish->qos);
    set_bool(L, F_RETAIN, publish->retain);
    set_bool(L, F_DUP, publish->dup);
    if (publish->qos != DRILL_QOS_0)
        set_integer(L, F_PACKET_IDENTIFIER, publish->packet_identifier);
}

static void push_fields(lua_State *L, const DrillPacket *packet) {
    switch (packet->type) {
    case DRILL_CONNECT:
        push_connect(L, &packet->as.connect);
        break;
    case DRILL_CONNACK:
        set_bool(L, F_SESSION_PRESENT, packet->as.connack.session_present);
        set_integer(L, F_CODE, packet->as.connack.code);
        set_integer(L, F_REASON_CODE, packet->as.connack.code);
        break;
    case DRILL_PUBLISH:
        push_publish(L, &packet->as.publish);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        set_integer(L, F_PACKET_IDENTIFIER, packet->as.ack.packet_identifier);
        set_integer(L, F_REASON_CODE, packet->as.ack.reason_code);
        break;
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        set_integer(L, F_PACKET_IDENTIFIER, packet->as.subscribe.packet_identifier);
        break;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        set_integer(L, F_PACKET_IDENTIFIER, packet->as.suback.packet_identifier);
        lua_newtable(L);
        for (size_t i = 0; i < packet->as.suback.reason_codes.size; i++) {
            lua_pushinteger(L, packet->as.suback.reason_codes.data[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_setfield(L, -2, "reason_codes");
        break;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        break;
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        set_integer(L, F_REASON_CODE, packet->as.reason.reason_code);
        break;
    }
}

void drill_packet_push(lua_State *L, DrillVersion version, DrillSpan bytes) {
    DrillPacket packet;
    DrillFault fault;
    bool good = drill_codec_decode(bytes, version, &packet, &fault) == DRILL_OK;
    lua_createtable(L, 0, 8);
    lua_pushlstring(L, (const char *)bytes.data, bytes.size);
    lua_setfield(L, -2, "bytes");
    lua_pushstring(L, good ? drill_packet_type_name(packet.type) : "malformed");
    lua_setfield(L, -2, "type");
    if (!good) return;
    push_fields(L, &packet);
    if (version != DRILL_MQTT_5_0 || !drill_packet_properties(&packet)) return;
    drill_properties_push(L, *drill_packet_properties(&packet));
    lua_setfield(L, -2, "properties");
}

/* Lists, and lists of pairs. */
static bool packet_equal(lua_State *L, int a, int b) {
    if (lua_type(L, a) != LUA_TTABLE || lua_type(L, b) != LUA_TTABLE)
        return lua_rawequal(L, a, b) != 0;
    lua_Unsigned count = lua_rawlen(L, a);
    if (count != lua_rawlen(L, b)) return false;
    luaL_checkstack(L, 4, "packet table");
    for (lua_Unsigned i = 1; i <= count; i++) {
        lua_rawgeti(L, a, (lua_Integer)i);
        lua_rawgeti(L, b, (lua_Integer)i);
        bool equal = packet_equal(L, lua_gettop(L) - 1, lua_gettop(L));
        lua_pop(L, 2);
        if (!equal) return false;
    }
    return true;
}

/* Every property wanted is there; `false`: is not. A property that stands once may be wanted
 * without its list. */
static bool packet_properties_fit(lua_State *L, int wanted, int actual) {
    bool fits = true;
    if (lua_type(L, wanted) != LUA_TTABLE) return true;
    if (lua_type(L, actual) != LUA_TTABLE) return false;
    for (lua_pushnil(L); lua_next(L, wanted); lua_pop(L, 1)) {
        int value = lua_gettop(L);
        lua_pushvalue(L, -2);
        if (lua_rawget(L, actual) == LUA_TTABLE && lua_type(L, value) == LUA_TNUMBER)
            lua_rawgeti(L, -1, 1);
        bool absent = lua_isboolean(L, value) && !lua_toboolean(L, value);
        bool same = absent ? lua_isnil(L, -1) : packet_equal(L, value, lua_gettop(L));
        lua_settop(L, value);
        fits = fits && same;
    }
    return fits;
}

bool drill_packet_fits(lua_State *L, int wanted, int actual) {
    wanted = lua_absindex(L, wanted);
    actual = lua_absindex(L, actual);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (i == F_WITHIN) continue;
        lua_getfield(L, wanted, packet_fields[i].field.name);
        lua_getfield(L, actual, packet_fields[i].field.name);
        int top = lua_gettop(L);
        bool listed = i == F_PROPERTIES || i == F_WILL_PROPERTIES;
        bool fits = lua_isnil(L, top - 1) || (listed ? packet_properties_fit(L, top - 1, top)
                                                     : packet_equal(L, top - 1, top));
        lua_pop(L, 2);
        if (!fits) return false;
    }
    return true;
}

void drill_packet_describe(DrillVersion version, DrillSpan bytes, DrillBuffer *out) {
    DrillPacket packet;
    DrillFault fault;
    if (drill_codec_decode(bytes, version, &packet, &fault) == DRILL_OK) {
        drill_codec_print(&packet, version, DRILL_PRINT_FULL, out);
        return;
    }
    size_t shown = bytes.size < 24 ? bytes.size : 24;
    drill_buffer_put_string(out, "malformed bytes ");
    drill_buffer_put_hex(out, drill_span(bytes.data, shown));
    if (shown < bytes.size) drill_buffer_print(out, ".. (%zu bytes)", bytes.size);
}
