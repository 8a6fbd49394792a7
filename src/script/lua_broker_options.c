/* The `broker` field of a scenario becomes a DrillBrokerConfig. */
#include <stdio.h>
#include <string.h>

#include "mqtt/topic.h"
#include "script/broker_fields.h"
#include "script/lua_api.h"
#include "script/lua_properties.h"

#define FIELDS_MAX 60

/* What is more than one value. */
enum { USERS, TOPIC_RULES, AUTH_METHODS, VERSIONS, AUTHENTICATION, USER_PROPERTIES, TABLES };

static const DrillArgField tables[TABLES] = {
    [USERS] = {.name = "users", .kind = DRILL_ARG_TABLE},
    [TOPIC_RULES] = {.name = "topic_rules", .kind = DRILL_ARG_TABLE},
    [AUTH_METHODS] = {.name = "auth_methods", .kind = DRILL_ARG_TABLE},
    [VERSIONS] = {.name = "versions", .kind = DRILL_ARG_TABLE},
    [AUTHENTICATION] = {.name = "authentication", .kind = DRILL_ARG_TABLE},
    [USER_PROPERTIES] = {.name = "user_properties", .kind = DRILL_ARG_TABLE},
};

static DrillArgField arg_field(const DrillBrokerField *field) {
    static const DrillArgKind kinds[] = {
        [DRILL_BROKER_BOOL] = DRILL_ARG_BOOL,         [DRILL_BROKER_INTEGER] = DRILL_ARG_INTEGER,
        [DRILL_BROKER_DURATION] = DRILL_ARG_DURATION, [DRILL_BROKER_SECONDS] = DRILL_ARG_SECONDS,
        [DRILL_BROKER_BYTES] = DRILL_ARG_BYTES,       [DRILL_BROKER_CHOICE] = DRILL_ARG_CHOICE,
        [DRILL_BROKER_TEXT] = DRILL_ARG_STRING};
    return (DrillArgField){.name = field->name,
                           .kind = kinds[field->kind],
                           .min = field->min,
                           .max = field->max,
                           .choices = field->choices};
}

static DrillSpan keep(lua_State *L, DrillSpan text) {
    return drill_copy_span(drill_sandbox_script(L)->allocator, text);
}

static size_t list_size(lua_State *L, const char *what, const char *name) {
    lua_Unsigned size = lua_rawlen(L, -1);
    if (size == 0)
        drill_lua_fail(L, "%s: field '%s': expected a list that is not empty", what, name);
    return (size_t)size;
}

/* { name = "password" ...}; the order does not matter. */
static void read_users(lua_State *L, const char *what, DrillBrokerConfig *config) {
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            drill_lua_fail(L, "%s: field 'users': expected { name = \"password\" }", what);
        count++;
    }
    if (count == 0) drill_lua_fail(L, "%s: field 'users': expected { name = \"password\" }", what);
    DrillBrokerUser *users =
        DRILL_NEW_ARRAY(drill_sandbox_script(L)->allocator, DrillBrokerUser, count);
    size_t at = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        size_t name_size, password_size;
        const char *name = lua_tolstring(L, -2, &name_size);
        const char *password = lua_tolstring(L, -1, &password_size);
        users[at].name = keep(L, drill_span(name, name_size));
        users[at++].password = keep(L, drill_span(password, password_size));
    }
    config->users = users;
    config->user_count = count;
}

static DrillTopicRule read_rule(lua_State *L, const char *what) {
    enum { FILTER, PUBLISH, SUBSCRIBE, USER, CLIENT };
    static const DrillArgField fields[] = {
        [FILTER] = {.name = "filter", .kind = DRILL_ARG_STRING},
        [PUBLISH] = {.name = "publish", .kind = DRILL_ARG_BOOL},
        [SUBSCRIBE] = {.name = "subscribe", .kind = DRILL_ARG_BOOL},
        [USER] = {.name = "user", .kind = DRILL_ARG_STRING},
        [CLIENT] = {.name = "client", .kind = DRILL_ARG_STRING},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    drill_args_read(L, -1, what, fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[FILTER].given || !drill_topic_is_filter(given[FILTER].text))
        drill_lua_fail(L, "%s: field 'filter': expected a Topic Filter", what);
    return (DrillTopicRule){.filter = keep(L, given[FILTER].text),
                            .publish = given[PUBLISH].truth,
                            .subscribe = given[SUBSCRIBE].truth,
                            .user = keep(L, given[USER].text),
                            .client_id = keep(L, given[CLIENT].text)};
}

static void read_rules(lua_State *L, const char *what, DrillBrokerConfig *config) {
    char name[120];
    size_t count = list_size(L, what, "topic_rules");
    DrillTopicRule *rules =
        DRILL_NEW_ARRAY(drill_sandbox_script(L)->allocator, DrillTopicRule, count);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s: topic_rules[%zu]", what, i + 1);
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        rules[i] = read_rule(L, name);
        lua_pop(L, 1);
    }
    config->topic_rules = rules;
    config->topic_rule_count = count;
}

/* The list's n-th element, a text. */
static DrillSpan text_at(lua_State *L, const char *what, const char *field, size_t n) {
    char name[60];
    snprintf(name, sizeof name, "%s[%zu]", field, n);
    lua_rawgeti(L, -1, (lua_Integer)n);
    DrillSpan text = drill_arg_string(L, -1, what, name);
    lua_pop(L, 1); /* the list holds it */
    return text;
}

static void read_methods(lua_State *L, const char *what, DrillBrokerConfig *config) {
    size_t count = list_size(L, what, "auth_methods");
    const DrillAuthMethod **methods =
        DRILL_NEW_ARRAY(drill_sandbox_script(L)->allocator, const DrillAuthMethod *, count);
    for (size_t i = 0; i < count; i++) {
        DrillSpan name = text_at(L, what, "auth_methods", i + 1);
        methods[i] = drill_auth_method_find(name);
        if (methods[i] != NULL) continue;
        drill_lua_fail(L, "%s: field 'auth_methods': no method \"%.40s\"; there is \"%s\"", what,
                       (const char *)name.data, drill_auth_reverse.name);
    }
    config->auth_methods = methods;
    config->auth_method_count = count;
}

static void read_versions(lua_State *L, const char *what, DrillBrokerConfig *config) {
    static const char *const names[] = {"3.1", "3.1.1", "5.0"};
    size_t count = list_size(L, what, "versions");
    uint32_t served = 0;
    for (size_t i = 0; i < count; i++) {
        DrillSpan name = text_at(L, what, "versions", i + 1);
        size_t at = 0;
        while (at < DRILL_ARRAY_COUNT(names) && !drill_span_is(name, names[at]))
            at++;
        if (at == DRILL_ARRAY_COUNT(names))
            drill_lua_fail(L, "%s: field 'versions': expected \"3.1\", \"3.1.1\" and \"5.0\"",
                           what);
        served |= 1u << (DRILL_MQTT_3_1 + (int)at);
    }
    config->refuse_versions = ~served;
}

static void read_user_properties(lua_State *L, const char *what, DrillBrokerConfig *config) {
    DrillPropertySet set = {.allocator = drill_sandbox_script(L)->allocator};
    DrillBuffer wire = {.allocator = set.allocator};
    drill_property_set_users(L, lua_gettop(L), what, &set);
    DrillProperties properties = drill_property_set_wire(&set, &wire);
    config->user_properties = (DrillProperties){keep(L, properties.wire), properties.count};
    drill_buffer_release(&wire);
    drill_property_set_release(&set);
}

static void read_tables(lua_State *L, int index, const char *what, const DrillArg *given,
                        DrillBrokerConfig *config) {
    static void (*const readers[TABLES])(lua_State *, const char *, DrillBrokerConfig *) = {
        [USERS] = read_users,
        [TOPIC_RULES] = read_rules,
        [AUTH_METHODS] = read_methods,
        [VERSIONS] = read_versions,
        [USER_PROPERTIES] = read_user_properties};
    for (size_t i = 0; i < TABLES; i++) {
        /* `authentication` is the world's: drill_options_authentication. */
        if (!given[i].given || readers[i] == NULL) continue;
        lua_getfield(L, index, tables[i].name);
        readers[i](L, what, config);
        lua_pop(L, 1);
    }
}

/* Options that mean nothing without another one. */
static void check_together(lua_State *L, const char *what, const DrillBrokerConfig *config) {
    if (config->server_reference.size > 0 && config->redirect == 0)
        drill_lua_fail(L, "%s: field 'server_reference' needs 'redirect'", what);
    if (config->allow_anonymous && config->user_count == 0)
        drill_lua_fail(L, "%s: field 'allow_anonymous' needs 'users'", what);
}

void drill_options_broker(lua_State *L, int index, const char *what, DrillBrokerConfig *config) {
    DrillArgField all[FIELDS_MAX];
    DrillArg given[FIELDS_MAX];
    size_t count = 0;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    DRILL_ASSERT(count + TABLES <= FIELDS_MAX);
    for (size_t i = 0; i < count; i++)
        all[i] = arg_field(&fields[i]);
    memcpy(all + count, tables, sizeof tables);
    index = lua_absindex(L, index);
    drill_args_read(L, index, what, all, count + TABLES, given);
    for (size_t i = 0; i < count; i++) {
        const DrillArg *value = &given[i];
        if (!value->given) continue;
        if (fields[i].kind == DRILL_BROKER_TEXT)
            drill_broker_field_set_text(&fields[i], keep(L, value->text), config);
        else
            drill_broker_field_set(
                &fields[i], fields[i].kind == DRILL_BROKER_BOOL ? value->truth : value->number,
                config);
    }
    read_tables(L, index, what, given + count, config);
    check_together(L, what, config);
}

/* --- what the trace says of it --- */

static void tell_count(DrillScript *script, const char *option, size_t before, size_t after,
                       bool changed) {
    char value[24];
    if (before == after && !changed) return;
    (void)snprintf(value, sizeof value, "%zu", after);
    drill_world_broker_setting(script->world, option, value);
}

static void tell_tables(DrillScript *script, const DrillBrokerConfig *before,
                        const DrillBrokerConfig *after) {
    tell_count(script, "users", before->user_count, after->user_count,
               before->users != after->users);
    tell_count(script, "topic_rules", before->topic_rule_count, after->topic_rule_count,
               before->topic_rules != after->topic_rules);
    tell_count(script, "auth_methods", before->auth_method_count, after->auth_method_count,
               before->auth_methods != after->auth_methods);
    tell_count(script, "user_properties", before->user_properties.count,
               after->user_properties.count,
               before->user_properties.wire.data != after->user_properties.wire.data);
    if (before->refuse_versions != after->refuse_versions) {
        static const char *const names[] = {"3.1", "3.1.1", "5.0"};
        DrillBuffer served = {.allocator = script->allocator};
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++)
            if ((after->refuse_versions >> (DRILL_MQTT_3_1 + i) & 1u) == 0)
                drill_buffer_print(&served, "%s%s", served.size > 0 ? " " : "", names[i]);
        drill_world_broker_setting(script->world, "versions", drill_buffer_cstring(&served));
        drill_buffer_release(&served);
    }
}

void drill_broker_options_tell(DrillScript *script, const DrillBrokerConfig *before,
                               const DrillBrokerConfig *after) {
    size_t count = 0;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    DrillBuffer old = {.allocator = script->allocator};
    DrillBuffer new = {.allocator = script->allocator};
    for (size_t i = 0; i < count; i++) {
        drill_buffer_clear(&old);
        drill_buffer_clear(&new);
        bool was = drill_broker_field_print(&fields[i], before, &old);
        bool is = drill_broker_field_print(&fields[i], after, &new);
        if (was == is && drill_span_equal(drill_buffer_span(&old), drill_buffer_span(&new)))
            continue;
        drill_world_broker_setting(script->world, fields[i].name,
                                   is ? drill_buffer_cstring(&new) : "default");
    }
    drill_buffer_release(&old);
    drill_buffer_release(&new);
    tell_tables(script, before, after);
}
