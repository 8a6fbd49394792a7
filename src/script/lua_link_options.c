/* `link = { ... }` and link:set{}: every field goes through the table of link settings
 * (net/settings.c). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/settings.h"
#include "script/lua_api.h"

enum { PRESET, C_TO_B, B_TO_C, SETTINGS, FIELDS_MAX = 64 };

/* The fields in the order in which they are read: the preset first, single directions last. */
static size_t link_fields(DrillArgField *fields) {
    fields[PRESET] = (DrillArgField){.name = "preset", .kind = DRILL_ARG_STRING};
    fields[C_TO_B] = (DrillArgField){.name = "c>b", .kind = DRILL_ARG_TABLE};
    fields[B_TO_C] = (DrillArgField){.name = "b>c", .kind = DRILL_ARG_TABLE};
    size_t count = SETTINGS;
    for (size_t i = 0; drill_link_setting_at(i) != NULL; i++) {
        DRILL_ASSERT(count < FIELDS_MAX);
        fields[count++] =
            (DrillArgField){.name = drill_link_setting_at(i)->name, .kind = DRILL_ARG_ANY};
    }
    return count;
}

static _Noreturn void refuse(lua_State *L, const char *what, const DrillSetting *row) {
    char shown[200];
    drill_arg_show(L, -1, shown, sizeof shown);
    drill_lua_fail(L, "%s: field '%s': expected %s, got %s", what, row->name,
                   drill_link_setting_expects(row), shown);
}

static DrillSpan text_at(lua_State *L, int index) {
    size_t size;
    const char *bytes = lua_tolstring(L, index, &size);
    return drill_span(bytes, size);
}

/* { "1%", "20%" } as "1%:20%"; numbers and inner lists likewise. */
static void put_list(lua_State *L, const char *what, const DrillSetting *row,
                     const char *separators, DrillBuffer *out) {
    lua_Unsigned count = lua_rawlen(L, -1);
    for (lua_Unsigned i = 1; i <= count; i++) {
        if (i > 1) drill_buffer_put_byte(out, (uint8_t)separators[0]);
        int type = lua_rawgeti(L, -1, (lua_Integer)i);
        if (type == LUA_TTABLE && separators[1] != '\0') {
            put_list(L, what, row, separators + 1, out);
        } else if (type == LUA_TSTRING) {
            DrillSpan text = text_at(L, -1);
            drill_buffer_put(out, text.data, text.size);
        } else if (lua_isinteger(L, -1)) {
            drill_buffer_print(out, "%" PRId64, (int64_t)lua_tointeger(L, -1));
        } else {
            drill_buffer_release(out);
            refuse(L, what, row);
        }
        lua_pop(L, 1);
    }
}

/* The value on top of the stack, of a setting that is a file: its name, or what would be in it. */
static void set_file(lua_State *L, const char *what, const DrillSetting *row,
                     DrillLinkSettings *settings) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    DrillBuffer text = {.allocator = allocator};
    DrillDiagnostic diagnostic = {{0}};
    bool table = row->offset == offsetof(DrillLinkSettings, table);
    if (lua_type(L, -1) == LUA_TSTRING) {
        drill_sandbox_read_file(L, lua_tostring(L, -1), &text);
    } else if (lua_type(L, -1) == LUA_TTABLE) {
        put_list(L, what, row, table ? " " : "\n,", &text);
    } else {
        refuse(L, what, row);
    }
    DrillResult result =
        table ? drill_link_table_parse(drill_buffer_span(&text), allocator, settings, &diagnostic)
              : drill_link_replay_parse(drill_buffer_span(&text), allocator, settings, &diagnostic);
    drill_buffer_release(&text);
    if (result != DRILL_OK) drill_lua_fail(L, "%s: %s", what, diagnostic.text);
}

/* The value on top of the stack. */
static void set_one(lua_State *L, const char *what, const DrillSetting *row,
                    DrillLinkSettings *settings) {
    DrillBuffer text = {.allocator = drill_sandbox_script(L)->allocator};
    int type = lua_type(L, -1);
    bool number = row->type == DRILL_SETTING_COUNT || row->type == DRILL_SETTING_SIZE;
    bool truth = row->type == DRILL_SETTING_BOOL || row->type == DRILL_SETTING_NOT;
    bool off = type == LUA_TSTRING && drill_span_is(text_at(L, -1), "off");
    if (row->type == DRILL_SETTING_FILE && !off) {
        set_file(L, what, row, settings);
        return;
    }
    if (type == LUA_TSTRING) {
        DrillSpan given = text_at(L, -1);
        drill_buffer_put(&text, given.data, given.size);
    } else if (lua_isinteger(L, -1) && number) {
        drill_buffer_print(&text, "%" PRId64, (int64_t)lua_tointeger(L, -1));
    } else if (type == LUA_TBOOLEAN && truth) {
        drill_buffer_put_string(&text, lua_toboolean(L, -1) ? "true" : "false");
    } else if (type == LUA_TTABLE && row->type == DRILL_SETTING_RATIOS) {
        put_list(L, what, row, ":", &text);
    } else if (type == LUA_TTABLE && row->type == DRILL_SETTING_OUTAGES) {
        put_list(L, what, row, "+-", &text);
    } else {
        refuse(L, what, row);
    }
    DrillResult result =
        drill_link_settings_set(settings, drill_span_of(row->name), drill_buffer_span(&text), NULL);
    drill_buffer_release(&text);
    if (result != DRILL_OK) refuse(L, what, row);
}

/* All settings of the table at `index` into one direction. */
static void set_all(lua_State *L, int index, const char *what, DrillLinkSettings *settings) {
    for (size_t i = 0; drill_link_setting_at(i) != NULL; i++) {
        lua_pushstring(L, drill_link_setting_at(i)->name);
        if (lua_rawget(L, index) != LUA_TNIL) set_one(L, what, drill_link_setting_at(i), settings);
        lua_pop(L, 1);
    }
}

static void set_preset(lua_State *L, const char *what, const DrillArg *given, int only,
                       DrillWorldLink *link) {
    if (!given->given) return;
    DrillDiagnostic diagnostic = {{0}};
    static const char *const names[] = {"c>b.preset", "b>c.preset"};
    const char *name = only < 0 ? "preset" : names[only];
    if (drill_link_pair_set(link->direction, drill_span_of(name), given->text, &diagnostic) !=
        DRILL_OK) {
        drill_lua_fail(L, "%s: %s", what, diagnostic.text);
    }
}

static void check(lua_State *L, const char *what, const DrillWorldLink *link) {
    for (int i = 0; i < 2; i++) {
        const DrillLinkSettings *settings = &link->direction[i];
        const DrillSetting *losing = link->stream ? drill_link_settings_losing(settings) : NULL;
        if (losing) {
            drill_lua_fail(L,
                           "%s: field '%s' needs transport = \"tcp\": on a stream nothing "
                           "can be lost",
                           what, losing->name);
        }
        DrillDiagnostic diagnostic = {{0}};
        if (drill_link_settings_validate(settings, link->stream, &diagnostic) != DRILL_OK) {
            drill_lua_fail(L, "%s: %s", what, diagnostic.text);
        }
    }
}

void drill_options_link(lua_State *L, int index, const char *what, DrillWorldLink *link) {
    DrillArgField fields[FIELDS_MAX];
    DrillArg given[FIELDS_MAX];
    size_t count = link_fields(fields);
    index = lua_absindex(L, index);
    luaL_checkstack(L, 20, what);
    drill_args_read(L, index, what, fields, count, given);
    set_preset(L, what, &given[PRESET], -1, link);
    for (int i = 0; i < 2; i++) {
        set_all(L, index, what, &link->direction[i]);
        if (!given[C_TO_B + i].given) continue;
        DrillArg inner[FIELDS_MAX];
        lua_getfield(L, index, drill_direction_choices[i]);
        drill_args_read(L, -1, what, fields, count, inner);
        if (inner[C_TO_B].given || inner[B_TO_C].given) {
            drill_lua_fail(L, "%s: a direction inside a direction", what);
        }
        set_preset(L, what, &inner[PRESET], i, link);
        set_all(L, lua_absindex(L, -1), what, &link->direction[i]);
        lua_pop(L, 1);
    }
    check(L, what, link);
}
