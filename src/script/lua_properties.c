#include "script/lua_properties.h"

#include <stdio.h>
#include <string.h>

#include "script/observe.h"

#define PROPERTY_VALUES_MAX 10000

/* --- sets --- */

void drill_property_set_release(DrillPropertySet *set) {
    for (size_t id = 0; id < DRILL_PROPERTY_IDS; id++)
        drill_buffer_release(&set->wire[id]);
}

bool drill_property_set_empty(const DrillPropertySet *set) {
    for (size_t id = 0; id < DRILL_PROPERTY_IDS; id++)
        if (set->count[id] > 0 || set->absent[id]) return false;
    return true;
}

static void set_clear(DrillPropertySet *set, int id) {
    set->wire[id].allocator = set->allocator;
    drill_buffer_clear(&set->wire[id]);
    set->count[id] = 0;
    set->absent[id] = false;
    set->field[id] = NULL;
}

/* False: no property can have this value. */
static bool set_add(DrillPropertySet *set, const DrillProperty *property) {
    if (drill_properties_write(&set->wire[property->id], property) != DRILL_OK) return false;
    set->count[property->id]++;
    return true;
}

void drill_property_set_number(DrillPropertySet *set, DrillPropertyId id, const char *field,
                               uint32_t number) {
    DrillProperty property = {.id = id, .number = number};
    set_clear(set, (int)id);
    bool added = set_add(set, &property);
    DRILL_ASSERT(added);
    set->field[id] = field;
}

void drill_property_set_text(lua_State *L, const DrillPropertyField *field, DrillSpan text,
                             DrillPropertySet *set) {
    DrillProperty property = {.id = field->id, .value = text};
    set_clear(set, (int)field->id);
    if (!set_add(set, &property))
        drill_lua_fail(L, "%s: field '%s': expected a text of at most 65,535 bytes, got %zu",
                       field->what, field->field, text.size);
    set->field[field->id] = field->field;
}

void drill_property_set_merge(DrillPropertySet *set, const DrillPropertySet *other) {
    for (int id = 0; id < (int)DRILL_PROPERTY_IDS; id++) {
        if (other->count[id] == 0 && !other->absent[id]) continue;
        set_clear(set, id);
        drill_buffer_put(&set->wire[id], other->wire[id].data, other->wire[id].size);
        set->count[id] = other->count[id];
        set->absent[id] = other->absent[id];
    }
}

DrillProperties drill_property_set_wire(const DrillPropertySet *set, DrillBuffer *out) {
    DrillProperties properties = {{NULL, 0}, 0};
    drill_buffer_clear(out);
    for (size_t id = 0; id < DRILL_PROPERTY_IDS; id++) {
        drill_buffer_put(out, set->wire[id].data, set->wire[id].size);
        properties.count += set->count[id];
    }
    properties.wire = drill_buffer_span(out);
    return properties;
}

/* --- from tables --- */

static _Noreturn void properties_refuse(lua_State *L, const char *what, const char *name,
                                        const char *expected) {
    char shown[200];
    drill_arg_show(L, -1, shown, sizeof shown);
    drill_lua_fail(L, "%s: property '%s': expected %s, got %s", what, name, expected, shown);
}

static uint32_t number_max(DrillPropertyKind kind) {
    switch (kind) {
    case DRILL_PROPERTY_BYTE:
        return UINT8_MAX;
    case DRILL_PROPERTY_TWO_BYTE:
        return UINT16_MAX;
    case DRILL_PROPERTY_VARIABLE_BYTE:
        return 268435455;
    case DRILL_PROPERTY_FOUR_BYTE:
    case DRILL_PROPERTY_STRING:
    case DRILL_PROPERTY_BINARY:
    case DRILL_PROPERTY_STRING_PAIR:
        break;
    }
    return UINT32_MAX;
}

static DrillSpan text_on_top(lua_State *L, const char *what, const char *name) {
    size_t size;
    if (lua_type(L, -1) != LUA_TSTRING) properties_refuse(L, what, name, "a text");
    const char *text = lua_tolstring(L, -1, &size);
    if (size > 65535) properties_refuse(L, what, name, "a text of at most 65,535 bytes");
    return drill_span(text, size);
}

/* { "name", "value" } on top. */
static void add_pair(lua_State *L, const char *what, const char *name, DrillPropertySet *set) {
    DrillProperty property = {.id = DRILL_USER_PROPERTY};
    if (lua_type(L, -1) != LUA_TTABLE || lua_rawlen(L, -1) != 2)
        properties_refuse(L, what, name, "a pair such as { \"name\", \"value\" }");
    lua_rawgeti(L, -1, 1);
    property.name = text_on_top(L, what, name);
    lua_rawgeti(L, -2, 2);
    property.value = text_on_top(L, what, name);
    (void)set_add(set, &property);
    lua_pop(L, 2);
}

/* One value on top. */
static void add_value(lua_State *L, const char *what, DrillPropertyId id, DrillPropertyKind kind,
                      DrillPropertySet *set) {
    const char *name = drill_property_name(id);
    DrillProperty property = {.id = id};
    char expected[60];
    if (kind == DRILL_PROPERTY_STRING_PAIR) {
        add_pair(L, what, name, set);
        return;
    }
    if (kind == DRILL_PROPERTY_STRING || kind == DRILL_PROPERTY_BINARY) {
        property.value = text_on_top(L, what, name);
        if (id == DRILL_RESPONSE_TOPIC)
            property.value = drill_names_topic_to_wire(drill_sandbox_script(L), property.value);
    } else {
        lua_Integer number = lua_isinteger(L, -1)   ? lua_tointeger(L, -1)
                             : lua_isboolean(L, -1) ? lua_toboolean(L, -1)
                                                    : -1;
        snprintf(expected, sizeof expected, "a whole number from 0 to %lu",
                 (unsigned long)number_max(kind));
        if (number < 0 || number > (lua_Integer)number_max(kind))
            properties_refuse(L, what, name, expected);
        property.number = (uint32_t)number;
    }
    if (!set_add(set, &property)) properties_refuse(L, what, name, "another value");
}

/* A value on top, or a list of them; `false` for none. */
static void add_values(lua_State *L, const char *what, DrillPropertyId id, DrillPropertyKind kind,
                       DrillPropertySet *set) {
    set_clear(set, (int)id);
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
        set->absent[id] = true;
        return;
    }
    if (lua_type(L, -1) != LUA_TTABLE) {
        add_value(L, what, id, kind, set);
        return;
    }
    lua_Unsigned count = lua_rawlen(L, -1);
    if (count > PROPERTY_VALUES_MAX)
        drill_lua_fail(L, "%s: property '%s': more than %d values", what, drill_property_name(id),
                       PROPERTY_VALUES_MAX);
    for (lua_Unsigned i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i);
        add_value(L, what, id, kind, set);
        lua_pop(L, 1);
    }
}

static _Noreturn void unknown_property(lua_State *L, const char *what, const char *wrong) {
    const char *names[DRILL_PROPERTY_IDS + 1];
    size_t count = 0;
    for (int id = 0; id < (int)DRILL_PROPERTY_IDS; id++) {
        const char *name = drill_property_name((DrillPropertyId)id);
        if (name) names[count++] = name;
    }
    names[count] = NULL;
    const char *nearest = drill_nearest_name(wrong, names);
    drill_lua_fail(L, "%s: there is no property '%.60s'%s%s%s", what, wrong,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* The first unknown name in byte order, because lua_next has no fixed order. */
static void check_names(lua_State *L, int index, const char *what) {
    const char *wrong = NULL;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            drill_lua_fail(L, "%s: field 'properties': expected the standard's names", what);
        const char *name = lua_tostring(L, -2);
        if (drill_property_find(name, NULL) != 0) continue;
        if (!wrong || strcmp(name, wrong) < 0) wrong = name;
    }
    if (wrong) unknown_property(L, what, wrong);
}

/* What the set has of one identifier, as a scenario would write it. */
static void put_values(DrillBuffer *out, const DrillPropertySet *set, DrillPropertyId id) {
    if (set->absent[id])
        drill_buffer_print(out, "{ %s = false }", drill_property_name(id));
    else
        drill_put_lua_properties(
            out, (DrillProperties){drill_buffer_span(&set->wire[id]), set->count[id]});
}

/* The value on top of the stack, of an identifier of which an option has spoken. */
static void check_agreement(lua_State *L, const char *what, DrillPropertyId id,
                            DrillPropertyKind kind, const DrillPropertySet *set) {
    DrillPropertySet second = {.allocator = set->allocator};
    DrillBuffer first_text = {.allocator = set->allocator}, second_text = first_text;
    add_values(L, what, id, kind, &second);
    if (second.absent[id] ||
        !drill_span_equal(drill_buffer_span(&set->wire[id]), drill_buffer_span(&second.wire[id]))) {
        put_values(&first_text, set, id);
        put_values(&second_text, &second, id);
        drill_lua_fail(L, "%s: fields '%s' and 'properties' contradict each other: %s and %s", what,
                       set->field[id], drill_buffer_cstring(&first_text),
                       drill_buffer_cstring(&second_text)); /* the arena keeps them */
    }
    drill_property_set_release(&second);
}

void drill_property_set_table(lua_State *L, int index, const char *what, DrillPropertySet *set) {
    index = lua_absindex(L, index);
    check_names(L, index, what);
    for (int id = 0; id < (int)DRILL_PROPERTY_IDS; id++) {
        const char *name = drill_property_name((DrillPropertyId)id);
        DrillPropertyKind kind;
        if (!name) continue;
        (void)drill_property_find(name, &kind);
        lua_pushstring(L, name);
        bool given = lua_rawget(L, index) != LUA_TNIL;
        if (given && set->field[id])
            check_agreement(L, what, (DrillPropertyId)id, kind, set);
        else if (given)
            add_values(L, what, (DrillPropertyId)id, kind, set);
        lua_pop(L, 1);
    }
}

/* { name = "value" }: as a list of pairs in byte order of the names, pushed. */
static void push_sorted_pairs(lua_State *L, int index) {
    lua_Integer count = 0;
    lua_newtable(L);
    drill_lua_pairs(L, index);
    while (drill_lua_pairs_next(L)) {
        lua_createtable(L, 2, 0);
        lua_pushvalue(L, -3);
        lua_rawseti(L, -2, 1);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 2);
        /* list, f, state, control, name, pair */
        lua_rawseti(L, -6, ++count);
        lua_pop(L, 1);
    }
}

void drill_property_set_users(lua_State *L, int index, const char *what, DrillPropertySet *set) {
    index = lua_absindex(L, index);
    bool list = lua_rawlen(L, index) > 0;
    if (list)
        lua_pushvalue(L, index);
    else
        push_sorted_pairs(L, index);
    add_values(L, what, DRILL_USER_PROPERTY, DRILL_PROPERTY_STRING_PAIR, set);
    set->field[DRILL_USER_PROPERTY] = "user_properties";
    lua_pop(L, 1);
}

void drill_properties_require(lua_State *L, const char *what, DrillProperties properties,
                              int place) {
    DrillFault fault = {0};
    if (drill_properties_check(properties, place, &fault) == DRILL_OK) return;
    drill_lua_fail(L,
                   "%s: these properties cannot be: %s. Wrong packets are for raw connections: "
                   "t:raw",
                   what, fault.text);
}

/* --- to tables --- */

static void push_span(lua_State *L, DrillSpan span) {
    lua_pushlstring(L, span.data ? (const char *)span.data : "", span.size);
}

static void push_value(lua_State *L, const DrillProperty *property) {
    const DrillScript *script = drill_sandbox_script(L);
    switch (property->kind) {
    case DRILL_PROPERTY_BYTE:
    case DRILL_PROPERTY_TWO_BYTE:
    case DRILL_PROPERTY_FOUR_BYTE:
    case DRILL_PROPERTY_VARIABLE_BYTE:
        lua_pushinteger(L, (lua_Integer)property->number);
        break;
    case DRILL_PROPERTY_STRING:
    case DRILL_PROPERTY_BINARY:
        push_span(L, property->id == DRILL_RESPONSE_TOPIC
                         ? drill_names_topic_from_wire(script, property->value)
                         : property->value);
        break;
    case DRILL_PROPERTY_STRING_PAIR:
        lua_createtable(L, 2, 0);
        push_span(L, property->name);
        lua_rawseti(L, -2, 1);
        push_span(L, property->value);
        lua_rawseti(L, -2, 2);
        break;
    }
}

void drill_properties_push(lua_State *L, DrillProperties properties) {
    DrillProperty property;
    size_t offset = 0;
    lua_newtable(L);
    while (drill_properties_next(properties, &offset, &property)) {
        const char *name = drill_property_name(property.id);
        if (property.id != DRILL_USER_PROPERTY && property.id != DRILL_SUBSCRIPTION_IDENTIFIER) {
            push_value(L, &property);
            lua_setfield(L, -2, name);
            continue;
        }
        if (lua_getfield(L, -1, name) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, -3, name);
        }
        push_value(L, &property);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        lua_pop(L, 1);
    }
}

/* --- comparing and showing --- */

static bool same_number(DrillProperties list, uint32_t number) {
    DrillProperty property;
    size_t offset = 0;
    while (drill_properties_next(list, &offset, &property))
        if (property.number == number) return true;
    return false;
}

/* Subscription Identifiers come in any order; none comes twice. */
static bool same_identifiers(DrillProperties wanted, DrillProperties actual) {
    DrillProperty property;
    size_t offset = 0;
    if (wanted.count != actual.count) return false;
    while (drill_properties_next(wanted, &offset, &property))
        if (!same_number(actual, property.number)) return false;
    return true;
}

/* The properties of one identifier, as they stand in the packet. */
static DrillProperties pick(DrillProperties from, DrillPropertyId id, DrillBuffer *out) {
    DrillProperties picked = {{NULL, 0}, 0};
    DrillProperty property;
    size_t offset = 0;
    for (size_t start = 0; drill_properties_next(from, &offset, &property); start = offset) {
        if (property.id != id) continue;
        drill_buffer_put(out, from.wire.data + start, offset - start);
        picked.count++;
    }
    picked.wire = drill_buffer_span(out);
    return picked;
}

static bool one_fits(const DrillPropertySet *wanted, int id, DrillProperties actual) {
    DrillBuffer buffer = {.allocator = wanted->allocator};
    DrillProperties there = pick(actual, (DrillPropertyId)id, &buffer);
    DrillProperties want = {drill_buffer_span(&wanted->wire[id]), wanted->count[id]};
    bool fits = id == DRILL_SUBSCRIPTION_IDENTIFIER ? same_identifiers(want, there)
                                                    : drill_span_equal(want.wire, there.wire);
    drill_buffer_release(&buffer);
    return fits;
}

bool drill_properties_fit(const DrillPropertySet *wanted, DrillProperties actual) {
    for (int id = 0; id < (int)DRILL_PROPERTY_IDS; id++) {
        if (wanted->count[id] == 0 && !wanted->absent[id]) continue;
        if (!one_fits(wanted, id, actual)) return false;
    }
    return true;
}

static void put_value(DrillBuffer *out, const DrillProperty *property) {
    if (property->kind == DRILL_PROPERTY_STRING_PAIR) {
        drill_buffer_put_string(out, "{ ");
        drill_put_lua_string(out, property->name, 60);
        drill_buffer_put_string(out, ", ");
        drill_put_lua_string(out, property->value, 60);
        drill_buffer_put_string(out, " }");
    } else if (property->kind == DRILL_PROPERTY_STRING || property->kind == DRILL_PROPERTY_BINARY) {
        drill_put_lua_string(out, property->value, 60);
    } else {
        drill_buffer_print(out, "%lu", (unsigned long)property->number);
    }
}

void drill_put_lua_properties(DrillBuffer *out, DrillProperties properties) {
    DrillProperty property;
    size_t offset = 0;
    int last = 0;
    const char *separator = "{ ";
    while (drill_properties_next(properties, &offset, &property)) {
        bool listed =
            property.id == DRILL_USER_PROPERTY || property.id == DRILL_SUBSCRIPTION_IDENTIFIER;
        bool more = listed && last == (int)property.id;
        if (!more && (last == DRILL_USER_PROPERTY || last == DRILL_SUBSCRIPTION_IDENTIFIER))
            drill_buffer_put_string(out, " }");
        drill_buffer_put_string(out, more ? ", " : separator);
        if (!more) drill_buffer_print(out, "%s = ", drill_property_name(property.id));
        if (!more && listed) drill_buffer_put_string(out, "{ ");
        put_value(out, &property);
        separator = ", ";
        last = (int)property.id;
    }
    if (last == DRILL_USER_PROPERTY || last == DRILL_SUBSCRIPTION_IDENTIFIER)
        drill_buffer_put_string(out, " }");
    drill_buffer_put_string(out, last == 0 ? "{}" : " }");
}
