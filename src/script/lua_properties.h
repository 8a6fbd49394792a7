/* Properties of MQTT 5.0 as scenarios write and read them: by the standard's names, or by the short
 * names of an option table. */
#ifndef DRILL_SCRIPT_LUA_PROPERTIES_H
#define DRILL_SCRIPT_LUA_PROPERTIES_H

#include "script/lua_args.h"

#define DRILL_PROPERTY_IDS (DRILL_SHARED_SUBSCRIPTION_AVAILABLE + 1)

/* Properties in wire form, by identifier; the wire has them in the order of their identifiers,
 * those of one identifier in the order given. Zero it and set `allocator`. */
typedef struct DrillPropertySet {
    DrillAllocator allocator;
    DrillBuffer wire[DRILL_PROPERTY_IDS];
    uint32_t count[DRILL_PROPERTY_IDS];
    bool absent[DRILL_PROPERTY_IDS]; /* `name = false`: to be taken away, or not to be there */
    const char *field[DRILL_PROPERTY_IDS]; /* the option of this call that said it, or NULL */
} DrillPropertySet;

void drill_property_set_release(DrillPropertySet *set);
bool drill_property_set_empty(const DrillPropertySet *set);
/* What the option `field` says; it replaces what was there. Options go before `properties`. */
void drill_property_set_number(DrillPropertySet *set, DrillPropertyId id, const char *field,
                               uint32_t number);
/* An option of a call. */
typedef struct DrillPropertyField {
    const char *what, *field;
    DrillPropertyId id;
} DrillPropertyField;
/* The same; raises when no property can have this text. */
void drill_property_set_text(lua_State *L, const DrillPropertyField *field, DrillSpan text,
                             DrillPropertySet *set);
/* `user_properties`: the table at `index` is { { "name", "value" }, ... }, in order, or { name =
 * "value" }, in the order of their names. */
void drill_property_set_users(lua_State *L, int index, const char *what, DrillPropertySet *set);
/* `properties`: the table at `index` has the standard's names; a list of values repeats the
 * property. It replaces what was there, but raises where an option of the same call has said
 * something else. */
void drill_property_set_table(lua_State *L, int index, const char *what, DrillPropertySet *set);
/* What `other` has, or has as absent, goes before what `set` has. */
void drill_property_set_merge(DrillPropertySet *set, const DrillPropertySet *other);
/* The wire form, written over what `out` held. */
DrillProperties drill_property_set_wire(const DrillPropertySet *set, DrillBuffer *out);

/* Raises unless a packet of this kind may have them (`place` as of drill_properties_check). */
void drill_properties_require(lua_State *L, const char *what, DrillProperties properties,
                              int place);
/* Pushes a table by the standard's names: numbers and texts; user_property is a list of { name,
 * value }, subscription_identifier a list of numbers. */
void drill_properties_push(lua_State *L, DrillProperties properties);
/* Every property of `wanted` is there with the same values, and none that is absent in it. */
bool drill_properties_fit(const DrillPropertySet *wanted, DrillProperties actual);
/* "{ content_type = "text" }", as a scenario would write it. */
void drill_put_lua_properties(DrillBuffer *out, DrillProperties properties);

#endif
