/* `tcp = { ... }`: every field goes through the table of TCP settings (net/tcp_table.c). */
#include <inttypes.h>

#include "net/tcp_settings.h"
#include "script/lua_api.h"

enum { PROFILE, SETTINGS, FIELDS_MAX = 48 };

static size_t tcp_fields(DrillArgField *fields) {
    size_t count = SETTINGS;
    fields[PROFILE] = (DrillArgField){.name = "profile", .kind = DRILL_ARG_STRING};
    for (size_t i = 0; drill_tcp_setting_at(i) != NULL; i++) {
        DRILL_ASSERT(count < FIELDS_MAX);
        fields[count++] =
            (DrillArgField){.name = drill_tcp_setting_at(i)->name, .kind = DRILL_ARG_ANY};
    }
    return count;
}

/* The value on top of the stack. */
static void set_one(lua_State *L, const char *what, const DrillTcpSetting *row,
                    DrillTcpSettings *settings) {
    char text[128] = "";
    int type = lua_type(L, -1);
    bool number = row->type == DRILL_TCP_SETTING_COUNT || row->type == DRILL_TCP_SETTING_SIZE;
    if (type == LUA_TSTRING) {
        snprintf(text, sizeof text, "%s", lua_tostring(L, -1));
    } else if (number && lua_isinteger(L, -1)) {
        snprintf(text, sizeof text, "%" PRId64, (int64_t)lua_tointeger(L, -1));
    } else if (row->type == DRILL_TCP_SETTING_BOOL && type == LUA_TBOOLEAN) {
        snprintf(text, sizeof text, "%s", lua_toboolean(L, -1) ? "true" : "false");
    }
    DrillSpan name = drill_span_of(row->name);
    if (drill_tcp_settings_set(settings, name, drill_span_of(text), NULL) == DRILL_OK) return;
    char expected[160], shown[200];
    drill_tcp_setting_expects(row, expected, sizeof expected);
    drill_arg_show(L, -1, shown, sizeof shown);
    drill_lua_fail(L, "%s: tcp: field '%s': expected %s, got %s", what, row->name, expected, shown);
}

void drill_options_tcp(lua_State *L, int index, const char *what, DrillWorldLink *link) {
    DrillArgField fields[FIELDS_MAX];
    DrillArg given[FIELDS_MAX];
    DrillDiagnostic diagnostic = {{0}};
    size_t count = tcp_fields(fields);
    index = lua_absindex(L, index);
    luaL_checkstack(L, 20, what);
    if (link->stream || link->datagram)
        drill_lua_fail(L, "%s: field 'tcp' needs transport = \"tcp\"", what);
    drill_args_read(L, index, what, fields, count, given);
    DrillTcpSettings settings =
        link->tcp != NULL ? *link->tcp : drill_tcp_settings(DRILL_TCP_LINUX);
    if (given[PROFILE].given &&
        drill_tcp_settings_set(&settings, drill_span_of("profile"), given[PROFILE].text,
                               &diagnostic) != DRILL_OK)
        drill_lua_fail(L, "%s: %s", what, diagnostic.text);
    for (size_t i = 0; drill_tcp_setting_at(i) != NULL; i++) {
        lua_pushstring(L, drill_tcp_setting_at(i)->name);
        if (lua_rawget(L, index) != LUA_TNIL) set_one(L, what, drill_tcp_setting_at(i), &settings);
        lua_pop(L, 1);
    }
    if (drill_tcp_settings_validate(&settings, &diagnostic) != DRILL_OK)
        drill_lua_fail(L, "%s: %s", what, diagnostic.text);
    DrillTcpSettings *kept = DRILL_NEW(drill_sandbox_script(L)->allocator, DrillTcpSettings);
    *kept = settings;
    link->tcp = kept;
}
