/* Packet tables: packets as scenarios write and read them, with the standards' field names. */
#include <string.h>

#include "script/lua_api.h"

/* clang-format off */
enum {
    F_TYPE, F_PROTOCOL_NAME, F_PROTOCOL_LEVEL, F_CLEAN_SESSION, F_CLEAN_START, F_KEEP_ALIVE,
    F_CLIENT_IDENTIFIER, F_WILL_TOPIC, F_WILL_MESSAGE, F_WILL_QOS, F_WILL_RETAIN, F_USERNAME,
    F_PASSWORD, F_SESSION_PRESENT, F_CODE, F_REASON_CODE, F_TOPIC, F_PAYLOAD, F_QOS, F_RETAIN,
    F_DUP, F_PACKET_IDENTIFIER, F_FILTERS, F_REASON_CODES, F_PROPERTIES, F_WITHIN, FIELD_COUNT
};

#define BIT(type) (1u << DRILL_##type)
#define ALL_TYPES 0xFFFEu
#define ACKS (BIT(PUBACK) | BIT(PUBREC) | BIT(PUBREL) | BIT(PUBCOMP))

typedef struct DrillPacketField {
    DrillArgField field;
    uint32_t types;
} DrillPacketField;

static const DrillPacketField packet_fields[FIELD_COUNT] = {
    [F_TYPE]              = {{"type", DRILL_ARG_PACKET, 0, 0, NULL}, ALL_TYPES},
    [F_PROTOCOL_NAME]     = {{"protocol_name", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_PROTOCOL_LEVEL]    = {{"protocol_level", DRILL_ARG_INTEGER, 0, 255, NULL}, BIT(CONNECT)},
    [F_CLEAN_SESSION]     = {{"clean_session", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(CONNECT)},
    [F_CLEAN_START]       = {{"clean_start", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(CONNECT)},
    [F_KEEP_ALIVE]        = {{"keep_alive", DRILL_ARG_INTEGER, 0, 65535, NULL}, BIT(CONNECT)},
    [F_CLIENT_IDENTIFIER] = {{"client_identifier", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_WILL_TOPIC]        = {{"will_topic", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_WILL_MESSAGE]      = {{"will_message", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_WILL_QOS]          = {{"will_qos", DRILL_ARG_INTEGER, 0, 2, NULL}, BIT(CONNECT)},
    [F_WILL_RETAIN]       = {{"will_retain", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(CONNECT)},
    [F_USERNAME]          = {{"username", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_PASSWORD]          = {{"password", DRILL_ARG_STRING, 0, 0, NULL}, BIT(CONNECT)},
    [F_SESSION_PRESENT]   = {{"session_present", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(CONNACK)},
    [F_CODE]              = {{"code", DRILL_ARG_INTEGER, 0, 255, NULL}, BIT(CONNACK)},
    [F_REASON_CODE]       = {{"reason_code", DRILL_ARG_INTEGER, 0, 255, NULL},
                             BIT(CONNACK) | ACKS | BIT(DISCONNECT) | BIT(AUTH)},
    [F_TOPIC]             = {{"topic", DRILL_ARG_STRING, 0, 0, NULL}, BIT(PUBLISH)},
    [F_PAYLOAD]           = {{"payload", DRILL_ARG_STRING, 0, 0, NULL}, BIT(PUBLISH)},
    [F_QOS]               = {{"qos", DRILL_ARG_INTEGER, 0, 2, NULL}, BIT(PUBLISH)},
    [F_RETAIN]            = {{"retain", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(PUBLISH)},
    [F_DUP]               = {{"dup", DRILL_ARG_BOOL, 0, 0, NULL}, BIT(PUBLISH)},
    [F_PACKET_IDENTIFIER] = {{"packet_identifier", DRILL_ARG_INTEGER, 0, 65535, NULL},
                             BIT(PUBLISH) | ACKS | BIT(SUBSCRIBE) | BIT(SUBACK) |
                             BIT(UNSUBSCRIBE) | BIT(UNSUBACK)},
    [F_FILTERS]           = {{"filters", DRILL_ARG_TABLE, 0, 0, NULL},
                             BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE)},
    [F_REASON_CODES]      = {{"reason_codes", DRILL_ARG_TABLE, 0, 0, NULL},
                             BIT(SUBACK) | BIT(UNSUBACK)},
    [F_PROPERTIES]        = {{"properties", DRILL_ARG_V5_ONLY, 0, 0, NULL}, ALL_TYPES},
    [F_WITHIN]            = {{"within", DRILL_ARG_DURATION, 0, 0, NULL}, 0},
};
/* clang-format on */

static DrillVersion packet_version(const DrillScript *script) {
    return drill_world_version(script->world);
}

/* Reads the fields of the table's own type into given[], indexed by F_...; returns the type. */
static DrillPacketType packet_read(lua_State *L, int index, const char *what, bool expect,
                                   DrillArg *given) {
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
    drill_args_read(L, index, name, fields, count, found);
    memset(given, 0, FIELD_COUNT * sizeof *given);
    for (size_t i = 0; i < count; i++)
        given[places[i]] = found[i];
    return (DrillPacketType)type;
}

void drill_packet_check_fields(lua_State *L, int index, const char *what) {
    DrillArg given[FIELD_COUNT];
    (void)packet_read(L, index, what, true, given);
}

/* --- from tables --- */

static DrillConnectPacket packet_connect(DrillScript *script, const DrillArg *given) {
    DrillVersion version = packet_version(script);
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

/* Elements: "filter", { "filter", qos } or { filter =, qos = }. */
static DrillFilters packet_filters(lua_State *L, int index, const char *what, bool with_options,
                                   DrillBuffer *wire) {
    DrillScript *script = drill_sandbox_script(L);
    uint32_t count = 0;
    if (lua_getfield(L, index, "filters") == LUA_TTABLE) {
        int list = lua_gettop(L);
        for (lua_Integer i = 1; lua_geti(L, list, i) != LUA_TNIL; i++) {
            DrillFilter filter = {{0}, 0};
            if (lua_type(L, -1) == LUA_TTABLE) {
                int element = lua_gettop(L);
                bool named = lua_getfield(L, element, "filter") != LUA_TNIL;
                if (!named) lua_geti(L, element, 1);
                filter.filter = drill_arg_string(L, -1, what, "filter in field 'filters'");
                int type = named ? lua_getfield(L, element, "qos") : lua_geti(L, element, 2);
                if (type != LUA_TNIL) filter.options = packet_list_byte(L, what, "qos", 255);
                lua_settop(L, element);
            } else {
                filter.filter = drill_arg_string(L, -1, what, "filter in field 'filters'");
            }
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

void drill_packet_from_table(lua_State *L, int index, const char *what, DrillBuffer *out) {
    DrillScript *script = drill_sandbox_script(L);
    DrillArg given[FIELD_COUNT];
    DrillPacket packet = {.type = packet_read(L, index, what, false, given)};
    DrillBuffer wire = {.allocator = script->allocator};
    uint16_t identifier = (uint16_t)given[F_PACKET_IDENTIFIER].number;
    uint8_t reason = (uint8_t)given[given[F_CODE].given ? F_CODE : F_REASON_CODE].number;
    switch (packet.type) {
    case DRILL_CONNECT:
        packet.as.connect = packet_connect(script, given);
        break;
    case DRILL_CONNACK:
        packet.as.connack.session_present = given[F_SESSION_PRESENT].truth;
        packet.as.connack.code = reason;
        break;
    case DRILL_PUBLISH:
        packet.as.publish = packet_publish(script, given);
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        packet.as.ack.packet_identifier = identifier;
        packet.as.ack.reason_code = reason;
        break;
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
        packet.as.subscribe.packet_identifier = identifier;
        packet.as.subscribe.filters =
            packet_filters(L, index, what, packet.type == DRILL_SUBSCRIBE, &wire);
        break;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        packet.as.suback.packet_identifier = identifier;
        packet.as.suback.reason_codes = packet_reason_codes(L, index, what, &wire);
        break;
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
        break;
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        packet.as.reason.reason_code = reason;
        break;
    }
    DrillResult result = drill_codec_encode(&packet, packet_version(script), out);
    drill_buffer_release(&wire);
    if (result != DRILL_OK) {
        drill_lua_fail(L,
                       "%s %s: these fields cannot be encoded; give deliberately wrong packets as "
                       "bytes in hex",
                       what, drill_packet_type_name(packet.type));
    }
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

void drill_packet_push(lua_State *L, DrillSpan bytes) {
    DrillPacket packet;
    DrillFault fault;
    bool good = drill_codec_decode(bytes, packet_version(drill_sandbox_script(L)), &packet,
                                   &fault) == DRILL_OK;
    lua_createtable(L, 0, 8);
    lua_pushlstring(L, (const char *)bytes.data, bytes.size);
    lua_setfield(L, -2, "bytes");
    lua_pushstring(L, good ? drill_packet_type_name(packet.type) : "malformed");
    lua_setfield(L, -2, "type");
    if (good) push_fields(L, &packet);
}

static bool packet_equal(lua_State *L, int a, int b) {
    if (lua_type(L, a) != LUA_TTABLE || lua_type(L, b) != LUA_TTABLE)
        return lua_rawequal(L, a, b) != 0;
    lua_Unsigned count = lua_rawlen(L, a);
    if (count != lua_rawlen(L, b)) return false;
    for (lua_Unsigned i = 1; i <= count; i++) {
        lua_rawgeti(L, a, (lua_Integer)i);
        lua_rawgeti(L, b, (lua_Integer)i);
        bool equal = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 2);
        if (!equal) return false;
    }
    return true;
}

bool drill_packet_fits(lua_State *L, int wanted, int actual) {
    wanted = lua_absindex(L, wanted);
    actual = lua_absindex(L, actual);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (i == F_WITHIN) continue;
        lua_getfield(L, wanted, packet_fields[i].field.name);
        lua_getfield(L, actual, packet_fields[i].field.name);
        int top = lua_gettop(L);
        bool fits = lua_isnil(L, top - 1) || packet_equal(L, top - 1, top);
        lua_pop(L, 2);
        if (!fits) return false;
    }
    return true;
}

void drill_packet_describe(const DrillScript *script, DrillSpan bytes, DrillBuffer *out) {
    DrillPacket packet;
    DrillFault fault;
    if (drill_codec_decode(bytes, packet_version(script), &packet, &fault) == DRILL_OK) {
        drill_codec_print(&packet, packet_version(script), DRILL_PRINT_FULL, out);
        return;
    }
    size_t shown = bytes.size < 24 ? bytes.size : 24;
    drill_buffer_put_string(out, "malformed bytes ");
    drill_buffer_put_hex(out, drill_span(bytes.data, shown));
    if (shown < bytes.size) drill_buffer_print(out, ".. (%zu bytes)", bytes.size);
}
