/* Numbers with units, as people write them in scenarios and on the command line. Nothing is
 * rounded: what cannot be said exactly in the unit of the result, or does not fit, is
 * DRILL_INVALID. */
#include "base/base.h"

typedef struct Unit {
    const char *name;
    uint64_t scale;
} Unit;

/* value = digits / 10^decimals */
typedef struct Decimal {
    uint64_t digits;
    uint64_t power; /* 10^decimals */
    size_t length;  /* characters read */
} Decimal;

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

static bool push_digit(uint64_t *value, uint8_t digit) {
    uint64_t add = (uint64_t)(digit - '0');
    if (*value > (UINT64_MAX - add) / 10) {
        return false;
    }
    *value = *value * 10 + add;
    return true;
}

/* Digits, and perhaps a point with digits on both sides. */
static bool read_decimal(DrillSpan text, Decimal *out) {
    Decimal value = {0, 1, 0};
    bool after_point = false;
    size_t at = 0;
    for (; at < text.size; at++) {
        uint8_t byte = text.data[at];
        if (byte == '.' && !after_point && at > 0) {
            after_point = true;
            continue;
        }
        if (!is_digit(byte)) {
            break;
        }
        if (!push_digit(&value.digits, byte)) {
            return false;
        }
        if (after_point) {
            if (value.power > UINT64_MAX / 10) {
                return false;
            }
            value.power *= 10;
        }
    }
    if (at == 0 || text.data[at - 1] == '.') {
        return false;
    }
    value.length = at;
    *out = value;
    return true;
}

static DrillSpan rest_of(DrillSpan text, size_t from) {
    return drill_span(text.data + from, text.size - from);
}

static DrillResult scale_exactly(Decimal value, uint64_t scale, uint64_t *out) {
    while (value.power > 1 && scale % 10 == 0) {
        value.power /= 10;
        scale /= 10;
    }
    while (value.power > 1 && value.digits % 10 == 0) {
        value.power /= 10;
        value.digits /= 10;
    }
    if (value.digits != 0 && scale > UINT64_MAX / value.digits) {
        return DRILL_INVALID;
    }
    if (value.digits * scale % value.power != 0) {
        return DRILL_INVALID;
    }
    *out = value.digits * scale / value.power;
    return DRILL_OK;
}

/* A plain "0" needs no unit. */
static DrillResult parse_with_unit(DrillSpan text, const Unit *units, size_t unit_count,
                                   uint64_t *out) {
    Decimal value;
    if (!read_decimal(text, &value)) {
        return DRILL_INVALID;
    }
    DrillSpan name = rest_of(text, value.length);
    if (name.size == 0 && value.length == 1 && value.digits == 0) {
        *out = 0;
        return DRILL_OK;
    }
    for (size_t i = 0; i < unit_count; i++) {
        if (drill_span_is(name, units[i].name)) {
            return scale_exactly(value, units[i].scale, out);
        }
    }
    return DRILL_INVALID;
}

DrillResult drill_parse_duration(DrillSpan text, uint64_t *ns) {
    static const Unit units[] = {{"ns", 1},
                                 {"us", DRILL_NS_PER_US},
                                 {"ms", DRILL_NS_PER_MS},
                                 {"s", DRILL_NS_PER_S},
                                 {"m", 60 * DRILL_NS_PER_S},
                                 {"h", 3600 * DRILL_NS_PER_S}};
    uint64_t value;
    DrillResult result = parse_with_unit(text, units, DRILL_ARRAY_COUNT(units), &value);
    if (result != DRILL_OK) {
        return result;
    }
    if (value == DRILL_NEVER) {
        return DRILL_INVALID;
    }
    *ns = value;
    return DRILL_OK;
}

DrillResult drill_parse_size(DrillSpan text, uint64_t *bytes) {
    static const Unit units[] = {{"", 1},
                                 {"B", 1},
                                 {"kB", 1000},
                                 {"MB", 1000 * 1000},
                                 {"GB", 1000 * 1000 * 1000},
                                 {"KiB", UINT64_C(1) << 10},
                                 {"MiB", UINT64_C(1) << 20},
                                 {"GiB", UINT64_C(1) << 30}};
    return parse_with_unit(text, units, DRILL_ARRAY_COUNT(units), bytes);
}

DrillResult drill_parse_rate(DrillSpan text, uint64_t *bits_per_s) {
    static const Unit units[] = {
        {"bit", 1}, {"kbit", 1000}, {"Mbit", 1000 * 1000}, {"Gbit", 1000 * 1000 * 1000}};
    return parse_with_unit(text, units, DRILL_ARRAY_COUNT(units), bits_per_s);
}

DrillResult drill_parse_u64(DrillSpan text, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]) || !push_digit(&value, text.data[i])) {
            return DRILL_INVALID;
        }
    }
    if (text.size == 0) {
        return DRILL_INVALID;
    }
    *out = value;
    return DRILL_OK;
}

DrillResult drill_parse_ratio(DrillSpan text, DrillRatio *out) {
    Decimal value;
    if (!read_decimal(text, &value)) {
        return DRILL_INVALID;
    }
    DrillRatio ratio = {value.digits, value.power};
    DrillSpan rest = rest_of(text, value.length);
    if (drill_span_is(rest, "%")) {
        if (ratio.denominator > UINT64_MAX / 100) {
            return DRILL_INVALID;
        }
        ratio.denominator *= 100;
    } else if (rest.size > 0) {
        if (rest.data[0] != '/' || value.power != 1 ||
            drill_parse_u64(rest_of(rest, 1), &ratio.denominator) != DRILL_OK) {
            return DRILL_INVALID;
        }
    }
    if (ratio.denominator == 0 || ratio.numerator > ratio.denominator) {
        return DRILL_INVALID;
    }
    *out = ratio;
    return DRILL_OK;
}

static int hex_value(uint8_t byte) {
    if (is_digit(byte)) {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

DrillResult drill_parse_hex(DrillSpan text, DrillBuffer *out, size_t *offset) {
    size_t size_before = out->size;
    int high = -1; /* first digit of a pair, while the second is awaited */
    size_t at = 0;
    for (; at < text.size; at++) {
        uint8_t byte = text.data[at];
        if (high < 0 && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')) {
            continue;
        }
        int digit = hex_value(byte);
        if (digit < 0) {
            break;
        }
        if (high < 0) {
            high = digit;
        } else {
            drill_buffer_put_byte(out, (uint8_t)(high << 4 | digit));
            high = -1;
        }
    }
    if (at == text.size && high < 0) {
        return DRILL_OK;
    }
    if (offset != NULL) {
        *offset = at;
    }
    out->size = size_before;
    return DRILL_INVALID;
}
