/* Packets of every kind, with every property in every place, every Reason Code, every flag: good
 * ones and bad ones. The tables are those of the standards (5.0: table 2-4, and the tables of
 * Reason Codes in chapter 3), written down a second time so that they do not agree with the codec
 * by birth; the bytes are put together here and not by our encoder. */
#ifndef DRILL_TESTS_EVERY_H
#define DRILL_TESTS_EVERY_H

#include <mqttdrill/codec.h>
#include <stdio.h>
#include <string.h>

#define EVERY_BYTES_MAX 1024

typedef struct EveryPacket {
    char name[120];
    DrillVersion version;
    bool good;
    bool shortest; /* no other packet with this meaning has fewer bytes */
    uint8_t bytes[EVERY_BYTES_MAX];
    size_t size;
    /* Where the properties are: from their Property Length to the end of the last. 0: none. */
    size_t properties_at, properties_end;
} EveryPacket;

typedef struct Every {
    void (*visit)(void *context, const EveryPacket *packet);
    void *context;
    EveryPacket packet;
} Every;

/* --- bytes --- */

typedef struct EveryBytes {
    uint8_t bytes[EVERY_BYTES_MAX];
    size_t size;
} EveryBytes;

static inline void every_put(EveryBytes *out, const void *bytes, size_t size) {
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static inline void every_byte(EveryBytes *out, unsigned byte) {
    out->bytes[out->size++] = (uint8_t)byte;
}

static inline void every_two(EveryBytes *out, unsigned number) {
    every_byte(out, number >> 8);
    every_byte(out, number & 0xff);
}

static inline void every_varint(EveryBytes *out, uint32_t number) {
    for (; number >= 128; number /= 128)
        every_byte(out, number % 128 + 128);
    every_byte(out, number);
}

static inline void every_string(EveryBytes *out, const char *text) {
    every_two(out, (unsigned)strlen(text));
    every_put(out, text, strlen(text));
}

/* --- properties --- */

enum { WILL_PLACE = 0 }; /* other places: packet types */

#define IN_(type) (1u << DRILL_##type)
#define IN_WILL   (1u << WILL_PLACE)
#define IN_ANSWERS                                                                                 \
    (IN_(CONNACK) | IN_(PUBACK) | IN_(PUBREC) | IN_(PUBREL) | IN_(PUBCOMP) | IN_(SUBACK) |         \
     IN_(UNSUBACK) | IN_(DISCONNECT) | IN_(AUTH))
#define IN_EVERYTHING                                                                              \
    (IN_WILL | IN_(CONNECT) | IN_(PUBLISH) | IN_(SUBSCRIBE) | IN_(UNSUBSCRIBE) | IN_ANSWERS)

typedef struct EveryProperty {
    uint8_t id;
    char kind; /* b byte, 2 two bytes, 4 four bytes, v variable, s string, d data, p pair */
    unsigned places;
    uint32_t min, max; /* of numbers */
} EveryProperty;

/* clang-format off */
static const EveryProperty every_properties[] = {
    {0x01, 'b', IN_(PUBLISH) | IN_WILL, 0, 1},
    {0x02, '4', IN_(PUBLISH) | IN_WILL, 0, UINT32_MAX},
    {0x03, 's', IN_(PUBLISH) | IN_WILL, 0, 0},
    {0x08, 's', IN_(PUBLISH) | IN_WILL, 0, 0},
    {0x09, 'd', IN_(PUBLISH) | IN_WILL, 0, 0},
    {0x0B, 'v', IN_(PUBLISH) | IN_(SUBSCRIBE), 1, 268435455},
    {0x11, '4', IN_(CONNECT) | IN_(CONNACK) | IN_(DISCONNECT), 0, UINT32_MAX},
    {0x12, 's', IN_(CONNACK), 0, 0},
    {0x13, '2', IN_(CONNACK), 0, UINT16_MAX},
    {0x15, 's', IN_(CONNECT) | IN_(CONNACK) | IN_(AUTH), 0, 0},
    {0x16, 'd', IN_(CONNECT) | IN_(CONNACK) | IN_(AUTH), 0, 0},
    {0x17, 'b', IN_(CONNECT), 0, 1},
    {0x18, '4', IN_WILL, 0, UINT32_MAX},
    {0x19, 'b', IN_(CONNECT), 0, 1},
    {0x1A, 's', IN_(CONNACK), 0, 0},
    {0x1C, 's', IN_(CONNACK) | IN_(DISCONNECT), 0, 0},
    {0x1F, 's', IN_ANSWERS, 0, 0},
    {0x21, '2', IN_(CONNECT) | IN_(CONNACK), 1, UINT16_MAX},
    {0x22, '2', IN_(CONNECT) | IN_(CONNACK), 0, UINT16_MAX},
    {0x23, '2', IN_(PUBLISH), 1, UINT16_MAX},
    {0x24, 'b', IN_(CONNACK), 0, 1},
    {0x25, 'b', IN_(CONNACK), 0, 1},
    {0x26, 'p', IN_EVERYTHING, 0, 0},
    {0x27, '4', IN_(CONNECT) | IN_(CONNACK), 1, UINT32_MAX},
    {0x28, 'b', IN_(CONNACK), 0, 1},
    {0x29, 'b', IN_(CONNACK), 0, 1},
    {0x2A, 'b', IN_(CONNACK), 0, 1},
};
#define EVERY_PROPERTY_COUNT (sizeof every_properties / sizeof every_properties[0])

static const char *const every_strings[] = {"", "a", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789"};
#define EVERY_STRING_COUNT 4u
/* clang-format on */

static const uint32_t every_numbers[] = {
    0,     1,     2,       127,     128,      255,       256,       16383,     16384,
    65535, 65536, 2097151, 2097152, 16909060, 268435455, 268435456, UINT32_MAX};
#define EVERY_NUMBER_COUNT (sizeof every_numbers / sizeof every_numbers[0])

static inline void every_number(EveryBytes *out, char kind, uint32_t number) {
    if (kind == 'v') {
        every_varint(out, number);
        return;
    }
    if (kind == '4') every_two(out, number >> 16);
    if (kind == 'b')
        every_byte(out, number);
    else
        every_two(out, number & 0xffff);
}

static inline bool every_number_fits(char kind, uint32_t number) {
    if (kind == 'b') return number <= 255;
    if (kind == '2') return number <= 65535;
    return kind != 'v' || number <= 268435455;
}

static inline bool every_is_number(const EveryProperty *property) {
    return strchr("b24v", property->kind) != NULL;
}

/* A property with its nth value; false: there are no more. *good: a value that it may have. */
static inline bool every_value(EveryBytes *out, const EveryProperty *property, size_t nth,
                               bool *good) {
    *good = true;
    every_byte(out, property->id);
    if (every_is_number(property)) {
        if (nth >= EVERY_NUMBER_COUNT) return false;
        uint32_t number = every_numbers[nth];
        if (!every_number_fits(property->kind, number)) return false;
        *good = number >= property->min && number <= property->max;
        every_number(out, property->kind, number);
        return true;
    }
    if (nth >= EVERY_STRING_COUNT) return false;
    if (property->kind == 'd' && nth == 2) {
        every_put(out, "\x00\x03\x00\xff\x80", 5);
        return true;
    }
    every_string(out, every_strings[nth]);
    if (property->kind == 'p') every_string(out, every_strings[EVERY_STRING_COUNT - 1 - nth]);
    *good = property->id != 0x08 || nth != 0; /* a Response Topic is a Topic Name */
    return true;
}

/* --- packets around a list of properties --- */

typedef struct EveryFrame {
    int place;
    uint8_t first;
    const char *before, *after; /* hex */
} EveryFrame;

static const EveryFrame every_frames[] = {
    {WILL_PLACE, 0x10, "00044d51545405 06 003c 00 000163", "000174 00026869"},
    {DRILL_CONNECT, 0x10, "00044d51545405 02 003c", "000163"},
    {DRILL_CONNACK, 0x20, "0000", ""},
    {DRILL_PUBLISH, 0x30, "000161", "6869"},
    {DRILL_PUBACK, 0x40, "000700", ""},
    {DRILL_PUBREC, 0x50, "000700", ""},
    {DRILL_PUBREL, 0x62, "000700", ""},
    {DRILL_PUBCOMP, 0x70, "000700", ""},
    {DRILL_SUBSCRIBE, 0x82, "0007", "00016101"},
    {DRILL_SUBACK, 0x90, "0007", "01"},
    {DRILL_UNSUBSCRIBE, 0xa2, "0007", "000161"},
    {DRILL_UNSUBACK, 0xb0, "0007", "00"},
    {DRILL_DISCONNECT, 0xe0, "00", ""},
    {DRILL_AUTH, 0xf0, "00", ""},
};
#define EVERY_FRAME_COUNT (sizeof every_frames / sizeof every_frames[0])

static inline void every_hex(EveryBytes *out, const char *hex) {
    for (unsigned byte = 0; *hex != 0; hex += *hex == ' ' ? 1 : 2) {
        if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1) every_byte(out, byte);
    }
}

/* The packet with this first byte and what follows its Remaining Length. */
static inline EveryPacket *every_packet(Every *every, DrillVersion version, unsigned first,
                                        const EveryBytes *body) {
    EveryPacket *packet = &every->packet;
    EveryBytes head = {{0}, 0};
    memset(packet, 0, sizeof *packet);
    packet->version = version;
    packet->shortest = true;
    every_byte(&head, first);
    every_varint(&head, (uint32_t)body->size);
    memcpy(packet->bytes, head.bytes, head.size);
    memcpy(packet->bytes + head.size, body->bytes, body->size);
    packet->size = head.size + body->size;
    return packet;
}

/* With these properties in its place. */
static inline EveryPacket *every_framed(Every *every, const EveryFrame *frame,
                                        const EveryBytes *list) {
    EveryBytes body = {{0}, 0};
    every_hex(&body, frame->before);
    size_t at = body.size;
    every_varint(&body, (uint32_t)list->size);
    every_put(&body, list->bytes, list->size);
    size_t end = body.size;
    every_hex(&body, frame->after);
    EveryPacket *packet = every_packet(every, DRILL_MQTT_5_0, frame->first, &body);
    size_t head = packet->size - body.size;
    packet->properties_at = head + at;
    packet->properties_end = head + end;
    packet->shortest = list->size > 0 || frame->after[0] != 0 || frame->place == DRILL_CONNACK;
    return packet;
}

static inline void every_give(Every *every, bool good, const char *what, unsigned a, unsigned b) {
    EveryPacket *packet = &every->packet;
    packet->good = good;
    (void)snprintf(packet->name, sizeof packet->name, "%d/%s %02x %x", (int)packet->version, what,
                   a, b);
    every->visit(every->context, packet);
}

/* Other properties that one cannot do without. */
static inline void every_needed(EveryBytes *out, const EveryFrame *frame,
                                const EveryProperty *property) {
    bool method = property->id != 0x15 && frame->place == DRILL_AUTH;
    if (method || property->id == 0x16) {
        every_byte(out, 0x15);
        every_string(out, "m");
    }
}

/* One property in one place: each value, twice, and where it does not belong. */
static inline void every_property(Every *every, const EveryFrame *frame,
                                  const EveryProperty *property) {
    bool belongs = (property->places >> frame->place & 1u) != 0;
    bool repeats = property->id == 0x26 || (property->id == 0x0B && frame->place == DRILL_PUBLISH);
    for (size_t nth = 0;; nth++) {
        EveryBytes list = {{0}, 0};
        bool good = false;
        every_needed(&list, frame, property);
        size_t start = list.size;
        if (!every_value(&list, property, nth, &good)) break;
        every_framed(every, frame, &list);
        every_give(every, belongs && good, "property", property->id, (unsigned)frame->place);
        if (nth != 1) continue;
        every_put(&list, list.bytes + start, list.size - start);
        every_framed(every, frame, &list);
        every_give(every, belongs && good && repeats, "property twice", property->id,
                   (unsigned)frame->place);
    }
}

/* All that belong there, from the first and from the last. */
static inline void every_list(Every *every, const EveryFrame *frame, bool backwards) {
    EveryBytes list = {{0}, 0};
    for (size_t i = 0; i < EVERY_PROPERTY_COUNT; i++) {
        bool good = false;
        const EveryProperty *property =
            &every_properties[backwards ? EVERY_PROPERTY_COUNT - 1 - i : i];
        if ((property->places >> frame->place & 1u) != 0)
            (void)every_value(&list, property, 1, &good);
    }
    every_framed(every, frame, &list);
    every_give(every, true, "all properties", (unsigned)frame->place, backwards);
}

static inline void every_with_properties(Every *every) {
    for (size_t i = 0; i < EVERY_FRAME_COUNT; i++) {
        const EveryFrame *frame = &every_frames[i];
        EveryBytes none = {{0}, 0};
        every_framed(every, frame, &none);
        every_give(every, true, "no property", (unsigned)frame->place, 0);
        for (size_t k = 0; k < EVERY_PROPERTY_COUNT; k++)
            every_property(every, frame, &every_properties[k]);
        every_list(every, frame, false);
        every_list(every, frame, true);
        for (unsigned id = 0; id < 0x80; id++) { /* identifiers of no property */
            size_t known = 0;
            while (known < EVERY_PROPERTY_COUNT && every_properties[known].id != id)
                known++;
            EveryBytes list = {{0}, 0};
            every_byte(&list, id);
            every_two(&list, 0);
            every_framed(every, frame, &list);
            if (known == EVERY_PROPERTY_COUNT)
                every_give(every, false, "no such property", id, (unsigned)frame->place);
        }
    }
}

/* --- Reason Codes --- */

typedef struct EveryCodes {
    uint8_t first;
    const char *before, *after; /* hex, around the code */
    const char *v3, *v5;        /* hex: the codes there are; NULL: the packet has none */
    bool shortest;              /* code 0 has no shorter form */
} EveryCodes;

/* clang-format off */
/* DISCONNECT 0x8C stands in table 2-6 only. */
static const EveryCodes every_codes[] = {
    {0x20, "00", "00", NULL, "00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f", true},
    {0x20, "00", "", "00 01 02 03 04 05", NULL, true},
    {0x40, "0007", "", NULL, "00 10 80 83 87 90 91 97 99", false},
    {0x50, "0007", "", NULL, "00 10 80 83 87 90 91 97 99", false},
    {0x62, "0007", "", NULL, "00 92", false},
    {0x70, "0007", "", NULL, "00 92", false},
    {0x90, "000700", "", NULL, "00 01 02 80 83 87 8f 91 97 9e a1 a2", true},
    {0x90, "0007", "", "00 01 02 80", NULL, true},
    {0xb0, "000700", "", NULL, "00 11 80 83 87 8f 91", true},
    {0xe0, "", "", NULL, "00 04 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2", false},
    {0xf0, "", "04 1500016d", NULL, "00 18 19", true},
};
/* clang-format on */
#define EVERY_CODES_COUNT (sizeof every_codes / sizeof every_codes[0])

static inline void every_code_of(Every *every, const EveryCodes *row, DrillVersion version,
                                 const char *known) {
    for (unsigned code = 0; code < 256; code++) {
        EveryBytes body = {{0}, 0};
        char hex[3];
        every_hex(&body, row->before);
        every_byte(&body, code);
        every_hex(&body, row->after);
        (void)snprintf(hex, sizeof hex, "%02x", code);
        EveryPacket *packet = every_packet(every, version, row->first, &body);
        packet->shortest = row->shortest || code != 0;
        every_give(every, strstr(known, hex) != NULL, "code", row->first, code);
    }
}

static inline void every_with_codes(Every *every) {
    for (size_t i = 0; i < EVERY_CODES_COUNT; i++) {
        if (every_codes[i].v3 != NULL)
            every_code_of(every, &every_codes[i], DRILL_MQTT_3_1_1, every_codes[i].v3);
        if (every_codes[i].v5 != NULL)
            every_code_of(every, &every_codes[i], DRILL_MQTT_5_0, every_codes[i].v5);
    }
}

/* --- flags and options --- */

/* What follows the Connect Flags of a CONNECT with these. */
static inline void every_connect(Every *every, DrillVersion version, unsigned flags) {
    EveryBytes body = {{0}, 0};
    bool v5 = version == DRILL_MQTT_5_0, will = (flags & 0x04) != 0;
    bool user = (flags & 0x80) != 0, password = (flags & 0x40) != 0;
    unsigned qos = flags >> 3 & 3;
    every_string(&body, version == DRILL_MQTT_3_1 ? "MQIsdp" : "MQTT");
    every_byte(&body, version);
    every_byte(&body, flags);
    every_two(&body, 60);
    if (v5) every_byte(&body, 0);
    every_string(&body, "c");
    if (will && v5) every_byte(&body, 0);
    if (will) every_string(&body, "will/topic");
    if (will) every_string(&body, "gone");
    if (user) every_string(&body, "user");
    if (password) every_string(&body, "secret");
    every_packet(every, version, 0x10, &body);
    bool good =
        (flags & 1) == 0 && qos != 3 && (will || (flags & 0x38) == 0) && (v5 || user || !password);
    every_give(every, good, "connect flags", flags, 0);
}

static inline void every_subscribe(Every *every, DrillVersion version, unsigned options) {
    EveryBytes body = {{0}, 0};
    bool v5 = version == DRILL_MQTT_5_0;
    every_two(&body, 7);
    if (v5) every_byte(&body, 0);
    every_string(&body, "a/+/#");
    every_byte(&body, options);
    every_packet(every, version, 0x82, &body);
    bool good = (options & 3) != 3 &&
                (v5 ? (options & 0xc0) == 0 && (options & 0x30) != 0x30 : options < 3);
    every_give(every, good, "options", options, 0);
}

static inline void every_publish(Every *every, DrillVersion version, unsigned flags) {
    EveryBytes body = {{0}, 0};
    unsigned qos = flags >> 1 & 3;
    every_string(&body, "a/b");
    if (qos > 0) every_two(&body, 7);
    if (version == DRILL_MQTT_5_0) every_byte(&body, 0);
    every_put(&body, "payload", 7);
    every_packet(every, version, 0x30 | flags, &body);
    bool dup = (flags & 8) != 0 && version != DRILL_MQTT_3_1; /* which does not forbid it */
    every_give(every, qos != 3 && (qos != 0 || !dup), "publish flags", flags, 0);
}

/* The other packets, whose flags are fixed. */
static inline void every_plain(Every *every, DrillVersion version) {
    static const struct {
        uint8_t first;
        const char *v3, *v5;
    } rows[] = {{0x20, "0000", "000000"},
                {0x40, "0007", "0007"},
                {0x50, "0007", "0007"},
                {0x62, "0007", "0007"},
                {0x70, "0007", "0007"},
                {0x82, "000700016101", "00070000016101"},
                {0x90, "000701", "00070001"},
                {0xa2, "0007000161", "000700000161"},
                {0xb0, "0007", "00070000"},
                {0xc0, "", ""},
                {0xd0, "", ""},
                {0xe0, "", ""},
                {0xf0, NULL, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned flags = 0; flags < 16; flags++) {
            EveryBytes body = {{0}, 0};
            const char *hex = version == DRILL_MQTT_5_0 ? rows[i].v5 : rows[i].v3;
            every_hex(&body, hex != NULL ? hex : "");
            every_packet(every, version, (rows[i].first & 0xf0) | flags, &body);
            every_give(every, hex != NULL && flags == (rows[i].first & 0x0f), "flags",
                       rows[i].first, flags);
        }
    }
}

static inline void every_with_flags(Every *every) {
    for (int i = DRILL_MQTT_3_1; i <= DRILL_MQTT_5_0; i++) {
        DrillVersion version = (DrillVersion)i;
        for (unsigned flags = 0; flags < 16; flags++)
            every_publish(every, version, flags);
        if (version == DRILL_MQTT_3_1) continue; /* leaves unused flags open */
        every_plain(every, version);
        for (unsigned byte = 0; byte < 256; byte++) {
            every_connect(every, version, byte);
            every_subscribe(every, version, byte);
        }
    }
    for (unsigned flags = 0; flags < 256; flags += 2) { /* those that mean something */
        bool will = (flags & 0x04) != 0;
        if (will ? (flags & 0x18) == 0x18 : (flags & 0x38) != 0) continue;
        if ((flags & 0xc0) != 0x40) every_connect(every, DRILL_MQTT_3_1, flags);
    }
}

/* Gives all of them to `visit`, one after another. */
static inline void every_visit(void (*visit)(void *context, const EveryPacket *packet),
                               void *context) {
    static Every every;
    every.visit = visit;
    every.context = context;
    every_with_properties(&every);
    every_with_codes(&every);
    every_with_flags(&every);
}

#endif
