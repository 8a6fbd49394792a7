/* Defects that spoil what a client sends: the packet is made as it should be, and then its bytes
 * are changed. Nothing here is called unless one of them is switched on. */
#include <string.h>

#include "mqtt/client_state.h"

#define NOT_UTF8         0xff
#define ONE_BYTE_MORE    0x80
#define FLAG_CLEAN       0x02
#define FLAG_WILL_QOS_1  0x08
#define FLAG_WILL_QOS    0x18
#define FLAG_WILL_RETAIN 0x20
#define FLAG_PASSWORD    0x40
#define FLAG_USERNAME    0x80
#define SHARE_PREFIX     "$share/"

/* A packet in client->out. `at`: its variable header. */
typedef struct Spoiled {
    DrillBuffer *out;
    DrillPacket packet; /* as it was; its spans point into `out` */
    size_t at;
} Spoiled;

/* --- bytes --- */

static size_t offset_of(const Spoiled *spoiled, DrillSpan span) {
    return (size_t)(span.data - spoiled->out->data);
}

static size_t end_of(const Spoiled *spoiled, DrillSpan span) {
    return offset_of(spoiled, span) + span.size;
}

static void set_first(const Spoiled *spoiled, DrillSpan text, uint8_t byte) {
    if (text.size > 0) spoiled->out->data[offset_of(spoiled, text)] = byte;
}

/* Takes bytes out; the Remaining Length follows. */
static void cut(const Spoiled *spoiled, size_t from, size_t size) {
    DrillBuffer *out = spoiled->out;
    uint8_t length[4];
    size_t bytes = 0;
    memmove(out->data + from, out->data + from + size, out->size - from - size);
    out->size -= size;
    for (size_t left = out->size - spoiled->at; bytes == 0 || left > 0; left >>= 7)
        length[bytes++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? ONE_BYTE_MORE : 0));
    memmove(out->data + 1 + bytes, out->data + spoiled->at, out->size - spoiled->at);
    out->size -= spoiled->at - 1 - bytes;
    memcpy(out->data + 1, length, bytes);
}

static void cut_rest(const Spoiled *spoiled, size_t from) {
    cut(spoiled, from, spoiled->out->size - from);
}

/* With the two bytes of its length. */
static void cut_field(const Spoiled *spoiled, DrillSpan text) {
    cut(spoiled, offset_of(spoiled, text) - 2, text.size + 2);
}

/* --- CONNECT --- */

static const DrillConnectPacket *connect_of(const Spoiled *spoiled) {
    return &spoiled->packet.as.connect;
}

/* Name, level, flags. */
static uint8_t *flags(const Spoiled *spoiled) {
    return spoiled->out->data + end_of(spoiled, connect_of(spoiled)->protocol_name) + 1;
}

static void will_left_out(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (!connect->has_will || connect->has_username || connect->client_id.size == 0) return;
    cut_rest(spoiled, end_of(spoiled, connect->client_id));
}

static void will_qos_without_will(const Spoiled *spoiled) {
    if (!connect_of(spoiled)->has_will) *flags(spoiled) |= FLAG_WILL_QOS_1;
}

static void will_retain_without_will(const Spoiled *spoiled) {
    if (!connect_of(spoiled)->has_will) *flags(spoiled) |= FLAG_WILL_RETAIN;
}

static void will_qos3(const Spoiled *spoiled) {
    if (connect_of(spoiled)->has_will) *flags(spoiled) |= FLAG_WILL_QOS;
}

static void will_topic_not_utf8(const Spoiled *spoiled) {
    if (connect_of(spoiled)->has_will)
        set_first(spoiled, connect_of(spoiled)->will_topic, NOT_UTF8);
}

static void username_without_flag(const Spoiled *spoiled) {
    *flags(spoiled) &= (uint8_t) ~(FLAG_USERNAME | FLAG_PASSWORD);
}

static void username_left_out(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (connect->has_username && connect->username.size > 0)
        cut_rest(spoiled, offset_of(spoiled, connect->username) - 2);
}

static void username_not_utf8(const Spoiled *spoiled) {
    if (connect_of(spoiled)->has_username)
        set_first(spoiled, connect_of(spoiled)->username, NOT_UTF8);
}

static void password_without_flag(const Spoiled *spoiled) {
    if (connect_of(spoiled)->has_username) *flags(spoiled) &= (uint8_t)~FLAG_PASSWORD;
}

static void password_left_out(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (connect->has_password && connect->password.size > 0)
        cut_rest(spoiled, offset_of(spoiled, connect->password) - 2);
}

static void password_without_username(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (!connect->has_password || !connect->has_username || connect->username.size == 0) return;
    *flags(spoiled) &= (uint8_t)~FLAG_USERNAME;
    cut_field(spoiled, connect->username);
}

static void reverse(uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

/* Behind Will Topic and Will Message: the payload, turned by the size of the field. */
static void client_id_last(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (!connect->has_will || connect->has_username || connect->client_id.size == 0) return;
    size_t from = offset_of(spoiled, connect->client_id) - 2;
    size_t field = connect->client_id.size + 2, all = spoiled->out->size - from;
    uint8_t *payload = spoiled->out->data + from;
    reverse(payload, field);
    reverse(payload + field, all - field);
    reverse(payload, all);
}

/* The Property Length of a will without properties, before the Client Identifier. */
static void will_properties_first(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (!connect->has_will || connect->will_properties.count > 0) return;
    if (connect->client_id.size == 0) return;
    uint8_t *field = spoiled->out->data + offset_of(spoiled, connect->client_id) - 2;
    memmove(field + 1, field, connect->client_id.size + 2);
    field[0] = 0;
}

/* An empty one at the end. */
static void client_id_left_out(const Spoiled *spoiled) {
    const DrillConnectPacket *connect = connect_of(spoiled);
    if (connect->client_id.size > 0 || connect->has_will || connect->has_username) return;
    cut_rest(spoiled, spoiled->out->size - 2);
}

static void client_id_not_utf8(const Spoiled *spoiled) {
    set_first(spoiled, connect_of(spoiled)->client_id, NOT_UTF8);
}

static void empty_id_with_session(const Spoiled *spoiled) {
    if (connect_of(spoiled)->client_id.size == 0) *flags(spoiled) &= (uint8_t)~FLAG_CLEAN;
}

/* --- SUBSCRIBE and UNSUBSCRIBE --- */

static DrillSpan first_filter(const Spoiled *spoiled) {
    DrillFilter filter = {{NULL, 0}, 0};
    size_t offset = 0;
    (void)drill_filters_next(spoiled->packet.as.subscribe.filters,
                             spoiled->packet.type == DRILL_SUBSCRIBE, &offset, &filter);
    return filter.filter;
}

static void filter_not_utf8(const Spoiled *spoiled) {
    set_first(spoiled, first_filter(spoiled), NOT_UTF8);
}

static void no_filters(const Spoiled *spoiled) {
    cut_rest(spoiled, offset_of(spoiled, spoiled->packet.as.subscribe.filters.wire));
}

/* "a/#" becomes "ax#", "+/b" becomes "+xb". */
static void wildcard_inside(const Spoiled *spoiled, uint8_t wildcard) {
    DrillFilter filter;
    size_t offset = 0;
    while (drill_filters_next(spoiled->packet.as.subscribe.filters, true, &offset, &filter)) {
        uint8_t *text = spoiled->out->data + offset_of(spoiled, filter.filter);
        for (size_t i = 0; i + 1 < filter.filter.size; i++) {
            if (text[i] == '/' && text[i + 1] == wildcard) text[i] = 'x';
            if (text[i] == wildcard && text[i + 1] == '/') text[i + 1] = 'x';
        }
    }
}

static void hash_inside(const Spoiled *spoiled) {
    wildcard_inside(spoiled, '#');
}

static void plus_inside(const Spoiled *spoiled) {
    wildcard_inside(spoiled, '+');
}

/* What stands between "$share/" and the next slash; empty: no shared filter. */
static DrillSpan share_name(const Spoiled *spoiled) {
    DrillSpan filter = first_filter(spoiled);
    size_t begin = sizeof SHARE_PREFIX - 1, end = begin;
    if (filter.size <= begin || memcmp(filter.data, SHARE_PREFIX, begin) != 0)
        return drill_span(NULL, 0);
    while (end < filter.size && filter.data[end] != '/')
        end++;
    return drill_span(filter.data + begin, end - begin);
}

static void share_name_left_out(const Spoiled *spoiled) {
    DrillSpan name = share_name(spoiled);
    if (name.size == 0) return;
    uint8_t *text = spoiled->out->data + offset_of(spoiled, first_filter(spoiled));
    size_t size = ((size_t)text[-2] << 8 | text[-1]) - name.size;
    text[-2] = (uint8_t)(size >> 8);
    text[-1] = (uint8_t)size;
    cut(spoiled, offset_of(spoiled, name), name.size);
}

static void share_name_wildcard(const Spoiled *spoiled) {
    set_first(spoiled, share_name(spoiled), '+');
}

/* --- which --- */

#define ROW(id) DRILL_DEFECT_##id

static const struct {
    DrillDefectId defect;
    DrillPacketType type;
    DrillVersion only; /* 0: all */
    void (*spoil)(const Spoiled *spoiled);
} rows[] = {
    {ROW(C_WILL_LEFT_OUT), DRILL_CONNECT, 0, will_left_out},
    {ROW(C_WILL_QOS_WITHOUT_WILL), DRILL_CONNECT, 0, will_qos_without_will},
    {ROW(C_WILL_RETAIN_WITHOUT_WILL), DRILL_CONNECT, 0, will_retain_without_will},
    {ROW(C_WILL_QOS3), DRILL_CONNECT, 0, will_qos3},
    {ROW(C_WILL_TOPIC_NOT_UTF8), DRILL_CONNECT, 0, will_topic_not_utf8},
    {ROW(C_USERNAME_WITHOUT_FLAG), DRILL_CONNECT, 0, username_without_flag},
    {ROW(C_USERNAME_LEFT_OUT), DRILL_CONNECT, 0, username_left_out},
    {ROW(C_USERNAME_NOT_UTF8), DRILL_CONNECT, 0, username_not_utf8},
    {ROW(C_PASSWORD_WITHOUT_FLAG), DRILL_CONNECT, 0, password_without_flag},
    {ROW(C_PASSWORD_LEFT_OUT), DRILL_CONNECT, 0, password_left_out},
    {ROW(C_PASSWORD_WITHOUT_USERNAME), DRILL_CONNECT, DRILL_MQTT_3_1_1, password_without_username},
    {ROW(C_WILL_PROPERTIES_FIRST), DRILL_CONNECT, DRILL_MQTT_5_0, will_properties_first},
    {ROW(C_CLIENT_ID_LAST), DRILL_CONNECT, DRILL_MQTT_3_1_1, client_id_last},
    {ROW(C_CLIENT_ID_LEFT_OUT), DRILL_CONNECT, 0, client_id_left_out},
    {ROW(C_CLIENT_ID_NOT_UTF8), DRILL_CONNECT, 0, client_id_not_utf8},
    {ROW(C_EMPTY_ID_WITH_SESSION), DRILL_CONNECT, DRILL_MQTT_3_1_1, empty_id_with_session},
    {ROW(C_FILTER_NOT_UTF8), DRILL_SUBSCRIBE, 0, filter_not_utf8},
    {ROW(C_SUBSCRIBE_TO_NOTHING), DRILL_SUBSCRIBE, 0, no_filters},
    {ROW(C_FILTER_HASH_INSIDE), DRILL_SUBSCRIBE, 0, hash_inside},
    {ROW(C_FILTER_PLUS_INSIDE), DRILL_SUBSCRIBE, 0, plus_inside},
    {ROW(C_SHARE_NAME_LEFT_OUT), DRILL_SUBSCRIBE, DRILL_MQTT_5_0, share_name_left_out},
    {ROW(C_SHARE_NAME_WILDCARD), DRILL_SUBSCRIBE, DRILL_MQTT_5_0, share_name_wildcard},
    {ROW(C_UNSUBSCRIBE_NOT_UTF8), DRILL_UNSUBSCRIBE, 0, filter_not_utf8},
    {ROW(C_UNSUBSCRIBE_FROM_NOTHING), DRILL_UNSUBSCRIBE, 0, no_filters},
};

bool drill_client_spoils(const DrillClient *client) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (drill_defect_is_on(&client->config.defects, rows[i].defect)) return true;
    }
    return false;
}

void drill_client_spoil(DrillClient *client) {
    DrillBuffer *out = &client->out;
    DrillVersion version = client->config.version;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        bool concerned =
            out->data[0] >> 4 == rows[i].type && (rows[i].only == 0 || rows[i].only == version);
        if (!concerned || !drill_defect_is_on(&client->config.defects, rows[i].defect)) continue;
        Spoiled spoiled = {.out = out, .at = 1};
        DrillFault fault;
        /* Spoiled by another one already: that will do. */
        if (drill_codec_decode(drill_buffer_span(out), version, &spoiled.packet, &fault) !=
            DRILL_OK)
            return;
        while ((out->data[spoiled.at] & ONE_BYTE_MORE) != 0)
            spoiled.at++;
        spoiled.at++;
        rows[i].spoil(&spoiled);
    }
}
