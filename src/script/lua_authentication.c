/* The field `authentication` of the table `broker`: what the virtual broker wants of clients. */
#include "script/lua_api.h"

#define USERS_MAX 100000

static int by_name(const void *a, const void *b, void *context) {
    (void)context;
    return drill_span_compare(((const DrillBrokerUser *)a)->name,
                              ((const DrillBrokerUser *)b)->name);
}

/* { name = "password" } on the top of the stack. Lua's own order is another one in every process,
 * so they are sorted. */
static void read_users(lua_State *L, const char *what, DrillWorldAuthentication *out) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    DrillBrokerUser *users = NULL;
    size_t count = 0, capacity = 0;
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        size_t name_size, password_size;
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            drill_lua_fail(L, "%s: field 'users': expected { name = \"password\", ... }", what);
        const char *name = lua_tolstring(L, -2, &name_size);
        const char *password = lua_tolstring(L, -1, &password_size);
        if (name_size == 0) drill_lua_fail(L, "%s: field 'users': a user without a name", what);
        if (count == USERS_MAX)
            drill_lua_fail(L, "%s: field 'users': more than %d", what, USERS_MAX);
        if (count == capacity) {
            size_t old = capacity * sizeof(*users);
            capacity = capacity == 0 ? 4 : capacity * 2;
            users = drill_reallocate(allocator, users, old, capacity * sizeof(*users));
        }
        users[count].name = drill_copy_span(allocator, drill_span(name, name_size));
        users[count++].password = drill_copy_span(allocator, drill_span(password, password_size));
    }
    if (count > 0) drill_sort(users, count, sizeof(*users), by_name, NULL, allocator);
    out->users = users;
    out->user_count = count;
}

void drill_options_authentication(lua_State *L, int index, const char *what,
                                  DrillWorldAuthentication *out) {
    static const char *const methods[] = {"SCRAM-SHA-256", "DRILL-REVERSE", NULL};
    enum { METHOD, USERS, ITERATIONS, ROUNDS, REQUIRED };
    static const DrillArgField fields[] = {
        [METHOD] = {.name = "method", .kind = DRILL_ARG_CHOICE, .choices = methods},
        [USERS] = {.name = "users", .kind = DRILL_ARG_TABLE},
        [ITERATIONS] = {.name = "iterations", .kind = DRILL_ARG_INTEGER, .min = 1, .max = 1000000},
        [ROUNDS] = {.name = "rounds", .kind = DRILL_ARG_INTEGER, .min = 1, .max = 1000},
        [REQUIRED] = {.name = "required", .kind = DRILL_ARG_BOOL},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    index = lua_absindex(L, index);
    drill_args_read(L, index, what, fields, DRILL_ARRAY_COUNT(fields), given);
    bool scram = given[METHOD].number == 0;
    if (!given[METHOD].given)
        drill_lua_fail(L, "%s: field 'method' is missing: \"SCRAM-SHA-256\" or \"DRILL-REVERSE\"",
                       what);
    if (scram != given[USERS].given)
        drill_lua_fail(L, "%s: field 'users' belongs to SCRAM-SHA-256, and only there", what);
    if ((scram && given[ROUNDS].given) || (!scram && given[ITERATIONS].given))
        drill_lua_fail(L, "%s: field '%s' is of another method", what,
                       scram ? "rounds" : "iterations");
    *out = (DrillWorldAuthentication){.method = scram ? DRILL_METHOD_SCRAM : DRILL_METHOD_REVERSE,
                                      .optional = given[REQUIRED].given && !given[REQUIRED].truth,
                                      .iterations = (uint32_t)given[ITERATIONS].number,
                                      .rounds = (uint32_t)given[ROUNDS].number};
    if (!scram) return;
    lua_getfield(L, index, "users");
    read_users(L, what, out);
    lua_pop(L, 1);
}
