#include "script/lua_args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- nearest names --- */

#define ARG_NAME_MAX 40

int drill_name_distance(const char *a, const char *b) {
    size_t m = strlen(a), n = strlen(b);
    if (m > ARG_NAME_MAX || n > ARG_NAME_MAX) return ARG_NAME_MAX;
    int row[ARG_NAME_MAX + 1];
    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int above = row[j];
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[n];
}

const char *drill_nearest_name(const char *wrong, const char *const *names) {
    const char *best = NULL;
    int best_distance = ((int)strlen(wrong) + 1) / 3 + 1;
    for (; *names; names++) {
        int distance = drill_name_distance(wrong, *names);
        if (distance < best_distance) {
            best_distance = distance;
            best = *names;
        }
    }
    return best;
}

/* --- showing values --- */

void drill_put_lua_string(DrillBuffer *out, DrillSpan text, size_t max) {
    drill_buffer_put_byte(out, '"');
    for (size_t i = 0; i < text.size && i < max; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\') {
            drill_buffer_put_byte(out, '\\');
            drill_buffer_put_byte(out, c);
        } else if (c == '\n') {
            drill_buffer_put_string(out, "\\n");
        } else if (c >= 0x20 && c < 0x7F) {
            drill_buffer_put_byte(out, c);
        } else {
            drill_buffer_print(out, "\\x%02x", c);
        }
    }
    drill_buffer_put_byte(out, '"');
    if (text.size > max) drill_buffer_print(out, "..(%zu bytes)", text.size);
}

void drill_put_lua_duration(DrillBuffer *out, uint64_t ns) {
    static const struct {
        uint64_t ns;
        const char *unit;
    } units[] = {{3600 * DRILL_NS_PER_S, "h"}, {60 * DRILL_NS_PER_S, "m"}, {DRILL_NS_PER_S, "s"},
                 {DRILL_NS_PER_MS, "ms"},      {DRILL_NS_PER_US, "us"},    {1, "ns"}};
    size_t i = 0;
    while (ns % units[i].ns != 0 || (ns == 0 && i < 2))
        i++;
    drill_buffer_print(out, "%" PRIu64 "%s", ns / units[i].ns, units[i].unit);
}

void drill_arg_show(lua_State *L, int index, char *out, size_t size) {
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        DrillBuffer text = {.allocator = drill_sandbox_script(L)->allocator};
        size_t length;
        const char *bytes = lua_tolstring(L, index, &length);
        drill_put_lua_string(&text, drill_span(bytes, length), 60);
        snprintf(out, size, "%s", drill_buffer_cstring(&text));
        drill_buffer_release(&text);
    } else if (type == LUA_TNUMBER && lua_isinteger(L, index)) {
        snprintf(out, size, "%" PRId64, (int64_t)lua_tointeger(L, index));
    } else if (type == LUA_TBOOLEAN) {
        snprintf(out, size, "%s", lua_toboolean(L, index) ? "true" : "false");
    } else if (type == LUA_TNUMBER) {
        bool none = lua_tonumber(L, index) != lua_tonumber(L, index);
        lua_pushvalue(L, index);
        snprintf(out, size, "%s", none ? "not a number" : lua_tostring(L, -1)); /* no sign */
        lua_pop(L, 1);
    } else if (type == LUA_TNIL || type == LUA_TNONE) {
        snprintf(out, size, "nothing");
    } else {
        snprintf(out, size, "a %s", lua_typename(L, type));
    }
}

static _Noreturn void arg_refuse(lua_State *L, int index, const char *what, const char *field,
                                 const char *expected) {
    char shown[200];
    drill_arg_show(L, index, shown, sizeof shown);
    drill_lua_fail(L, "%s: %s: expected %s, got %s", what, field, expected, shown);
}

static void arg_list(char *out, size_t size, const char *const *names) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; names[i]; i++) {
        const char *joint = i == 0 ? "" : names[i + 1] ? ", " : " or ";
        int wrote = snprintf(out + used, size - used, "%s\"%s\"", joint, names[i]);
        if (wrote < 0 || (size_t)wrote >= size - used) break;
        used += (size_t)wrote;
    }
}

/* --- values --- */

static DrillSpan arg_text(lua_State *L, int index) {
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    return drill_span(text, size);
}

static uint64_t arg_choice(lua_State *L, int index, const char *what, const char *field,
                           const char *const *choices) {
    if (lua_type(L, index) == LUA_TSTRING) {
        for (uint64_t i = 0; choices[i]; i++) {
            if (drill_span_is(arg_text(L, index), choices[i])) return i;
        }
    }
    char list[300];
    arg_list(list, sizeof list, choices);
    arg_refuse(L, index, what, field, list);
}

static uint64_t arg_packet(lua_State *L, int index, const char *what, const char *field) {
    int type =
        lua_type(L, index) == LUA_TSTRING ? drill_packet_type_find(lua_tostring(L, index)) : 0;
    if (type == 0) arg_refuse(L, index, what, field, "the name of a packet such as \"PUBREC\"");
    return (uint64_t)type;
}

static void arg_unit(lua_State *L, int index, const char *what, const char *name, DrillArgKind kind,
                     DrillArg *out) {
    bool text = lua_type(L, index) == LUA_TSTRING;
    DrillSpan span = text ? arg_text(L, index) : drill_span(NULL, 0);
    if (kind == DRILL_ARG_DURATION) {
        if (!text || drill_parse_duration(span, &out->number) != DRILL_OK) {
            arg_refuse(L, index, what, name, "a duration such as \"250ms\" or \"5s\"");
        }
    } else if (kind == DRILL_ARG_RATIO) {
        if (!text || drill_parse_ratio(span, &out->ratio) != DRILL_OK) {
            arg_refuse(L, index, what, name, "a ratio such as \"2%\" or \"1/50\"");
        }
    } else if (kind == DRILL_ARG_SIZE) {
        if (!text || drill_parse_size(span, &out->number) != DRILL_OK) {
            arg_refuse(L, index, what, name, "a size such as \"1500\" or \"256KiB\"");
        }
    } else if (!text || drill_parse_rate(span, &out->number) != DRILL_OK) {
        arg_refuse(L, index, what, name, "a rate such as \"64kbit\" or \"1Mbit\"");
    }
}

static void arg_integer(lua_State *L, int index, const char *what, const DrillArgField *field,
                        const char *name, DrillArg *out) {
    lua_Integer value = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
    if (!lua_isinteger(L, index) || value < field->min || value > field->max) {
        char expected[80] = "a whole number";
        if (field->max < INT64_MAX)
            snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64,
                     (int64_t)field->min, (int64_t)field->max);
        else if (field->min > INT64_MIN)
            snprintf(expected, sizeof expected, "a whole number of at least %" PRId64,
                     (int64_t)field->min);
        arg_refuse(L, index, what, name, expected);
    }
    out->number = (uint64_t)value;
}

static void arg_type(lua_State *L, int index, const char *what, const char *name, int type,
                     const char *expected) {
    if (lua_type(L, index) != type) arg_refuse(L, index, what, name, expected);
}

static void arg_seconds(lua_State *L, int index, const char *what, const DrillArgField *field,
                        const char *name, DrillArg *out) {
    uint64_t ns = 0, max = field->max == 0 ? UINT32_MAX : (uint64_t)field->max;
    bool never = lua_type(L, index) == LUA_TSTRING && drill_span_is(arg_text(L, index), "never");
    bool good = false;
    if (lua_isinteger(L, index)) {
        good = lua_tointeger(L, index) >= 0;
        out->number = (uint64_t)lua_tointeger(L, index);
    } else if (never) {
        good = true;
        out->number = DRILL_SECONDS_NEVER;
    } else if (lua_type(L, index) == LUA_TSTRING) {
        good =
            drill_parse_duration(arg_text(L, index), &ns) == DRILL_OK && ns % DRILL_NS_PER_S == 0;
        out->number = ns / DRILL_NS_PER_S;
    }
    if (good && out->number <= max) return;
    arg_refuse(L, index, what, name,
               max == UINT32_MAX ? "whole seconds such as \"90s\" or \"1h\", or \"never\""
                                 : "whole seconds such as \"90s\" or \"1h\"");
}

static void arg_bytes(lua_State *L, int index, const char *what, const DrillArgField *field,
                      const char *name, DrillArg *out) {
    char expected[100];
    bool good = false;
    if (lua_isinteger(L, index)) {
        good = lua_tointeger(L, index) >= 0;
        out->number = (uint64_t)lua_tointeger(L, index);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        good = drill_parse_size(arg_text(L, index), &out->number) == DRILL_OK;
    }
    if (good && out->number >= (uint64_t)field->min && out->number <= (uint64_t)field->max) return;
    snprintf(expected, sizeof expected,
             "a size such as \"256KiB\" or 1000, from %" PRId64 " to %" PRId64 " bytes",
             (int64_t)field->min, (int64_t)field->max);
    arg_refuse(L, index, what, name, expected);
}

/* False: the field means nothing in this version. */
static bool arg_exists(lua_State *L, int version, const char *what, const DrillArgField *field) {
    if (field->since == DRILL_ARG_ALWAYS || version == 0 || version == DRILL_MQTT_5_0) return true;
    if (field->since == DRILL_ARG_V5_ONLY) {
        drill_lua_fail(L,
                       "%s: field '%s' exists only in MQTT 5.0, and this run is %s (t.version "
                       "says which)",
                       what, field->name, version == DRILL_MQTT_3_1 ? "3.1" : "3.1.1");
    }
    return false;
}

/* The value on top of the stack. */
static void arg_value(lua_State *L, const char *what, const DrillArgField *field, DrillArg *out) {
    char name[80];
    int index = lua_gettop(L);
    snprintf(name, sizeof name, "field '%s'", field->name);
    out->given = true;
    switch (field->kind) {
    case DRILL_ARG_BOOL:
        arg_type(L, index, what, name, LUA_TBOOLEAN, "true or false");
        out->truth = lua_toboolean(L, index) != 0;
        break;
    case DRILL_ARG_INTEGER:
        arg_integer(L, index, what, field, name, out);
        break;
    case DRILL_ARG_STRING:
        arg_type(L, index, what, name, LUA_TSTRING, "a text");
        out->text = arg_text(L, index);
        break;
    case DRILL_ARG_DURATION:
    case DRILL_ARG_RATIO:
    case DRILL_ARG_SIZE:
    case DRILL_ARG_RATE:
        arg_unit(L, index, what, name, field->kind, out);
        break;
    case DRILL_ARG_CHOICE:
        out->number = arg_choice(L, index, what, name, field->choices);
        break;
    case DRILL_ARG_PACKET:
        out->number = arg_packet(L, index, what, name);
        break;
    case DRILL_ARG_TABLE:
        arg_type(L, index, what, name, LUA_TTABLE, "a table");
        break;
    case DRILL_ARG_FUNCTION:
        arg_type(L, index, what, name, LUA_TFUNCTION, "a function");
        break;
    case DRILL_ARG_ANY:
        break;
    case DRILL_ARG_SECONDS:
        arg_seconds(L, index, what, field, name, out);
        break;
    case DRILL_ARG_BYTES:
        arg_bytes(L, index, what, field, name, out);
        break;
    case DRILL_ARG_NOT_YET:
        drill_lua_fail(L, "%s: field '%s' is not there yet", what, field->name);
    }
}

static _Noreturn void args_unknown(lua_State *L, const char *what, const DrillArgField *fields,
                                   size_t count, const char *wrong) {
    const char *names[64];
    size_t used = 0;
    for (size_t i = 0; i < count && used < DRILL_ARRAY_COUNT(names) - 1; i++) {
        names[used++] = fields[i].name;
    }
    names[used] = NULL;
    const char *nearest = drill_nearest_name(wrong, names);
    if (nearest) {
        drill_lua_fail(L, "%s: unknown field '%.40s'; did you mean '%s'?", what, wrong, nearest);
    }
    char list[1000];
    arg_list(list, sizeof list, names);
    drill_lua_fail(L, "%s: unknown field '%.40s'; the fields are %s", what, wrong, list);
}

/* Of all that is unknown the first in byte order, because lua_next has no fixed order. */
static void args_check_names(lua_State *L, int index, const char *what, const DrillArgField *fields,
                             size_t count) {
    DrillSpan wrong = {0};
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            drill_lua_fail(L, "%s: expected named fields, got one without a name", what);
        }
        DrillSpan name = arg_text(L, -2);
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || drill_span_is(name, fields[i].name);
        if (!known && (!wrong.data || drill_span_compare(name, wrong) < 0)) wrong = name;
    }
    if (wrong.data) args_unknown(L, what, fields, count, (const char *)wrong.data);
}

void drill_args_read_for(lua_State *L, int version, int index, const char *what,
                         const DrillArgField *fields, size_t count, DrillArg *out) {
    memset(out, 0, count * sizeof *out);
    if (lua_isnoneornil(L, index)) return;
    index = lua_absindex(L, index);
    if (lua_type(L, index) != LUA_TTABLE) {
        arg_refuse(L, index, what, "options", "a table such as { name = value }");
    }
    args_check_names(L, index, what, fields, count);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, fields[i].name);
        if (lua_rawget(L, index) != LUA_TNIL && arg_exists(L, version, what, &fields[i]))
            arg_value(L, what, &fields[i], &out[i]);
        lua_pop(L, 1);
    }
}

void drill_args_read(lua_State *L, int index, const char *what, const DrillArgField *fields,
                     size_t count, DrillArg *out) {
    const DrillScript *script = drill_sandbox_script(L);
    int version = script->world ? (int)drill_world_version(script->world) : 0;
    drill_args_read_for(L, version, index, what, fields, count, out);
}

uint64_t drill_arg_duration(lua_State *L, int index, const char *what, const char *name) {
    DrillArg value = {0};
    arg_unit(L, index, what, name, DRILL_ARG_DURATION, &value);
    return value.number;
}

uint64_t drill_arg_duration_or(lua_State *L, int index, const char *what, const char *name,
                               uint64_t otherwise_ns) {
    if (lua_isnoneornil(L, index)) return otherwise_ns;
    return drill_arg_duration(L, index, what, name);
}

DrillSpan drill_arg_string(lua_State *L, int index, const char *what, const char *name) {
    arg_type(L, index, what, name, LUA_TSTRING, "a text");
    return arg_text(L, index);
}

const char *drill_arg_cstring(lua_State *L, int index, const char *what, const char *name) {
    DrillSpan text = drill_arg_string(L, index, what, name);
    if (memchr(text.data, '\0', text.size)) arg_refuse(L, index, what, name, "a text without \\0");
    return (const char *)text.data;
}

lua_Integer drill_arg_integer(lua_State *L, int index, const char *what, const char *name,
                              DrillArgRange range) {
    DrillArgField field = {.min = range.min, .max = range.max};
    DrillArg value = {0};
    arg_integer(L, index, what, &field, name, &value);
    return (lua_Integer)value.number;
}

int drill_arg_choice(lua_State *L, int index, const char *what, const char *name,
                     const char *const *choices) {
    return (int)arg_choice(L, index, what, name, choices);
}

int drill_arg_packet_type(lua_State *L, int index, const char *what, const char *name) {
    return (int)arg_packet(L, index, what, name);
}
