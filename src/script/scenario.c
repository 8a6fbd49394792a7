#include "script/scenario.h"

#include <stdio.h>
#include <string.h>

#include "script/broker_fields.h"
#include "script/lua_api.h"
#include "spec/spec.h"

#define SCENARIO_LIST_MAX      1000
#define SCENARIO_LIMIT_DEFAULT (600 * DRILL_NS_PER_S)

static const char scenario_what[] = "scenario";

/* --- lists of texts --- */

static const char **scenario_list(lua_State *L, int index, const char *field, size_t *count) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    *count = 0;
    if (lua_getfield(L, index, field) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_Unsigned length = lua_rawlen(L, -1);
    if (length > SCENARIO_LIST_MAX)
        drill_lua_fail(L, "scenario: field '%s': more than %d elements", field, SCENARIO_LIST_MAX);
    const char **list = DRILL_NEW_ARRAY(allocator, const char *, length + 1);
    for (lua_Unsigned i = 0; i < length; i++) {
        char name[80];
        snprintf(name, sizeof name, "field '%.40s' element %u", field, (unsigned)i + 1);
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        list[i] = drill_copy_string(allocator, drill_arg_cstring(L, -1, scenario_what, name));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    *count = (size_t)length;
    return list;
}

/* Sets a bool per known name; an unknown one is an error that lists them. */
static void scenario_flags(lua_State *L, int index, const char *field, const char *const *names,
                           bool *flags) {
    size_t count;
    const char **list = scenario_list(L, index, field, &count);
    if (!list) return;
    for (size_t i = 0; names[i]; i++)
        flags[i] = false;
    for (size_t i = 0; i < count; i++) {
        char name[80];
        snprintf(name, sizeof name, "field '%.40s' element %u", field, (unsigned)i + 1);
        lua_pushstring(L, list[i]);
        flags[drill_arg_choice(L, -1, scenario_what, name, names)] = true;
        lua_pop(L, 1);
    }
    if (count == 0) drill_lua_fail(L, "scenario: field '%s': the list is empty", field);
}

/* --- clauses --- */

static _Noreturn void scenario_unknown_clause(lua_State *L, const char *clause, size_t position) {
    const char *nearest = NULL;
    int best = 3;
    for (size_t i = 0; i < drill_statement_count(); i++) {
        const char *id = drill_statement_at(i)->id;
        int distance = drill_name_distance(clause, id);
        if (distance < best) {
            best = distance;
            nearest = id;
        }
    }
    drill_lua_fail(L, "scenario: field 'clauses' element %zu: there is no statement '%.60s'%s%s%s",
                   position, clause,
                   nearest ? "; did you mean '" : " (they look like \"v3:MQTT-4.3.3-2\")",
                   nearest ? nearest : "", nearest ? "'?" : "");
}

static void scenario_clauses(lua_State *L, int index, DrillScenarioTable *out) {
    out->clauses = scenario_list(L, index, "clauses", &out->clause_count);
    for (size_t i = 0; i < out->clause_count; i++) {
        const DrillStatement *statement = drill_statement_find(drill_span_of(out->clauses[i]));
        if (!statement) scenario_unknown_clause(L, out->clauses[i], i + 1);
        out->clauses[i] = statement->id; /* the misprinted labels become the right ones */
    }
}

/* --- features --- */

/* What a target may lack; for the virtual one its configuration says it. */
typedef struct ScenarioFeature {
    const char *name;
    bool (*is_there)(const DrillBrokerConfig *broker);
    bool recommended; /* a SHOULD of the standard: whoever lacks it breaks nothing */
} ScenarioFeature;

static bool has_qos_1(const DrillBrokerConfig *broker) {
    return !broker->limit_publish_qos || broker->publish_qos_max >= DRILL_QOS_1;
}
static bool has_qos_2(const DrillBrokerConfig *broker) {
    return !broker->limit_publish_qos || broker->publish_qos_max >= DRILL_QOS_2;
}
static bool has_retain(const DrillBrokerConfig *broker) {
    return !broker->no_retain;
}
static bool has_wildcards(const DrillBrokerConfig *broker) {
    return !broker->no_wildcards;
}
static bool has_shared(const DrillBrokerConfig *broker) {
    return !broker->no_shared;
}
static bool has_subscription_ids(const DrillBrokerConfig *broker) {
    return !broker->no_subscription_ids;
}
static bool has_aliases(const DrillBrokerConfig *broker) {
    return broker->topic_alias_maximum > 0;
}
static bool has_authentication(const DrillBrokerConfig *broker) {
    return broker->auth_method_count > 0;
}

static const ScenarioFeature scenario_features[] = {
    {"qos1", has_qos_1, false},
    {"qos2", has_qos_2, false},
    {"retain", has_retain, false},
    {"wildcards", has_wildcards, false},
    {"shared_subscriptions", has_shared, false},
    {"subscription_ids", has_subscription_ids, false},
    {"topic_alias", has_aliases, false},
    {"enhanced_authentication", has_authentication, false},
    {"shared_redispatch", has_shared, true}, /* section 4.8.2 of 5.0 */
};

static const ScenarioFeature *scenario_feature(lua_State *L, const char *name) {
    const char *names[DRILL_ARRAY_COUNT(scenario_features) + 1] = {NULL};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(scenario_features); i++)
        names[i] = scenario_features[i].name;
    lua_pushstring(L, name);
    int at = drill_arg_choice(L, -1, scenario_what, "field 'requires'", names);
    lua_pop(L, 1);
    return &scenario_features[at];
}

/* After the broker's configuration. */
static void scenario_requires(lua_State *L, int index, DrillScenarioTable *out) {
    out->features = scenario_list(L, index, "requires", &out->feature_count);
    for (size_t i = 0; i < out->feature_count; i++) {
        const ScenarioFeature *feature = scenario_feature(L, out->features[i]);
        if (!out->missing && !feature->is_there(&out->broker)) out->missing = feature->name;
        if (!out->recommended && feature->recommended) out->recommended = feature->name;
    }
}

/* --- what a real broker has to be configured with --- */

/* Ways that a broker may go if it likes: the virtual one is sent there, others go their own, and
 * the scenario holds for them all. */
static const char *const free_choices[] = {"qos2_forward", "first_packet_identifier",
                                           "inflight_max", "retry", "topic_aliases"};

static bool is_free_choice(const char *name) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(free_choices); i++)
        if (strcmp(name, free_choices[i]) == 0) return true;
    return false;
}

/* `index`: the `broker` table, checked. */
static const char *scenario_settings(lua_State *L, int index) {
    DrillBuffer text = {.allocator = drill_sandbox_script(L)->allocator};
    size_t given = 0, scalars = 0, count = 0;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    index = lua_absindex(L, index);
    lua_pushnil(L);
    for (; lua_next(L, index); lua_pop(L, 1))
        given++;
    for (size_t i = 0; i < count; i++) {
        if (lua_getfield(L, index, fields[i].name) != LUA_TNIL) {
            scalars++;
            if (!is_free_choice(fields[i].name)) {
                drill_buffer_print(&text, "%s%s=%s", text.size ? "," : "", fields[i].name,
                                   luaL_tolstring(L, -1, NULL));
                lua_pop(L, 1);
            }
        }
        lua_pop(L, 1);
    }
    return scalars < given ? NULL : drill_buffer_cstring(&text);
}

/* --- the table --- */

enum {
    S_TITLE,
    S_CLAUSES,
    S_VERSIONS,
    S_REQUIRES,
    S_LINK,
    S_TCP,
    S_TRANSPORT,
    S_BROKER,
    S_LIMIT,
    S_RUN,
    S_TAGS,
    S_WORLDS,
    S_SLOW,
    S_TOPICS,
    S_ID,
    S_FIELDS
};

static const char *const scenario_topics[] = {"isolated", "absolute", NULL};

static const DrillArgField scenario_fields[S_FIELDS] = {
    [S_TITLE] = {.name = "title", .kind = DRILL_ARG_STRING},
    [S_CLAUSES] = {.name = "clauses", .kind = DRILL_ARG_TABLE},
    [S_VERSIONS] = {.name = "versions", .kind = DRILL_ARG_TABLE},
    [S_REQUIRES] = {.name = "requires", .kind = DRILL_ARG_TABLE},
    [S_LINK] = {.name = "link", .kind = DRILL_ARG_TABLE},
    [S_TCP] = {.name = "tcp", .kind = DRILL_ARG_TABLE},
    [S_TRANSPORT] = {.name = "transport",
                     .kind = DRILL_ARG_CHOICE,
                     .choices = drill_transport_choices},
    [S_BROKER] = {.name = "broker", .kind = DRILL_ARG_TABLE},
    [S_LIMIT] = {.name = "limit", .kind = DRILL_ARG_DURATION},
    [S_RUN] = {.name = "run", .kind = DRILL_ARG_FUNCTION},
    [S_TAGS] = {.name = "tags", .kind = DRILL_ARG_TABLE},
    [S_WORLDS] = {.name = "worlds", .kind = DRILL_ARG_TABLE},
    [S_SLOW] = {.name = "slow", .kind = DRILL_ARG_BOOL},
    [S_TOPICS] = {.name = "topics", .kind = DRILL_ARG_CHOICE, .choices = scenario_topics},
    [S_ID] = {.name = "id", .kind = DRILL_ARG_STRING},
};

static void scenario_id(lua_State *L, const DrillArg *given, DrillScenarioTable *out) {
    DrillSpan id = given->text;
    bool bad = id.size == 0 || id.size > 60;
    for (size_t i = 0; i < id.size && !bad; i++) {
        char c = (char)id.data[i];
        bad = !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
    }
    if (bad) {
        drill_lua_fail(
            L, "scenario: field 'id': expected 1 to 60 of a-z, 0-9, '_' and '-', got \"%.80s\"",
            (const char *)id.data);
    }
    out->id = drill_copy_string(drill_sandbox_script(L)->allocator, (const char *)id.data);
}

static void scenario_link(lua_State *L, int index, const DrillArg *given, DrillScenarioTable *out) {
    drill_options_transport(&out->link, (int)given[S_TRANSPORT].number);
    if (given[S_LINK].given) {
        lua_getfield(L, index, "link");
        drill_options_link(L, -1, "scenario: link", &out->link);
        lua_pop(L, 1);
    }
    if (given[S_TCP].given) {
        lua_getfield(L, index, "tcp");
        drill_options_tcp(L, -1, "scenario", &out->link);
        lua_pop(L, 1);
    }
}

void drill_scenario_read(lua_State *L, int index, DrillScenarioTable *out) {
    static const char *const versions[] = {"3.1.1", "5.0", NULL};
    static const char *const worlds[] = {"sim", "live", NULL};
    DrillArg given[S_FIELDS];
    bool version[2] = {true, true}, world[2] = {true, true};
    index = lua_absindex(L, index);
    memset(out, 0, sizeof *out);
    if (lua_type(L, index) != LUA_TTABLE)
        drill_lua_fail(L, "scenario: expected a table: scenario { title = ..., run = ... }");
    drill_args_read(L, index, scenario_what, scenario_fields, S_FIELDS, given);
    if (!given[S_TITLE].given) drill_lua_fail(L, "scenario: field 'title' is missing");
    if (!given[S_RUN].given)
        drill_lua_fail(L, "scenario: field 'run' is missing: expected a function");
    lua_getfield(L, index, "title");
    out->title = drill_copy_string(drill_sandbox_script(L)->allocator,
                                   drill_arg_cstring(L, -1, scenario_what, "field 'title'"));
    lua_pop(L, 1);
    if (given[S_ID].given) scenario_id(L, &given[S_ID], out);
    scenario_clauses(L, index, out);
    out->tags = scenario_list(L, index, "tags", &out->tag_count);
    scenario_flags(L, index, "versions", versions, version);
    scenario_flags(L, index, "worlds", worlds, world);
    out->v311 = version[0];
    out->v50 = version[1];
    out->sim = world[0];
    out->live = world[1];
    out->slow = given[S_SLOW].truth;
    out->topics_absolute = given[S_TOPICS].number == 1;
    out->limit_ns = given[S_LIMIT].given ? given[S_LIMIT].number : SCENARIO_LIMIT_DEFAULT;
    if (out->limit_ns == 0)
        drill_lua_fail(L, "scenario: field 'limit': expected a duration above 0");
    scenario_link(L, index, given, out);
    out->configures_broker = given[S_BROKER].given;
    out->settings = "";
    if (given[S_BROKER].given) {
        lua_getfield(L, index, "broker");
        drill_options_broker(L, -1, "scenario: broker", &out->broker);
        if (lua_getfield(L, -1, "authentication") != LUA_TNIL)
            drill_options_authentication(L, -1, "scenario: broker: authentication",
                                         &out->authentication);
        lua_pop(L, 1);
        out->settings = scenario_settings(L, -1);
        lua_pop(L, 1);
    }
    scenario_requires(L, index, out);
}

/* --- the global function, and what files return --- */

/*** scenario(definition) -> table
Declares a scenario; a file returns one, or a list of several that each have an `id`.
@param definition table
@opt title string one line that says what is to be seen; needed
@opt run function `run(t)`; needed
@opt clauses table statements it sets out to exercise, such as "v3:MQTT-4.3.3-2"
@opt versions table of "3.1.1" and "5.0": it runs once for each; both
@opt requires table optional features of the target without which it is skipped: "qos1" "qos2"
"retain" "wildcards" "shared_subscriptions" "subscription_ids" "topic_alias"
"enhanced_authentication" "shared_redispatch" (a message that a leaving member has not acknowledged
goes to another); of the virtual broker its configuration says which it has
@opt link table default link of every client: `preset delay jitter loss rate queue` and all other
settings of docs/link-model.md, and `["c>b"]`,
`["b>c"]` for one direction
@opt tcp table what TCP every connection speaks: `profile` ("linux", "ns3", "embedded"; "linux"),
`nagle sack timestamps keepalive user_timeout` and all other settings of docs/tcp-model.md
@opt transport string default transport of every client: "tcp", "stream" or "datagram"; "tcp"
@opt broker table how the broker must be configured (a real one too, but for `qos2_forward
first_packet_identifier inflight_max retry topic_aliases`, which are anyone's own choice): `users
topic_rules receive_maximum overlap` and all other options of docs/broker.md, and `authentication`
(docs/auth.md): `{ method = "SCRAM-SHA-256", users = { name = "password" } }` or `{ method =
"DRILL-REVERSE", rounds = 1 }`
@opt limit string how much time it may take; "10m"
@opt tags table words to select it by
@opt worlds table of "sim" and "live": where it can run; both
@opt slow boolean it needs much real time on a live broker; false
@opt topics string "isolated": names are made unique on a live broker; "absolute": topics are used
as they are; "isolated"
@opt id string name within the file's list
*/
static int scenario_declare(lua_State *L) {
    DrillScenarioTable table;
    drill_scenario_read(L, 1, &table);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "drill.scenarios");
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_settop(L, 1);
    return 1;
}

void drill_scenario_register(lua_State *L) {
    lua_pushcfunction(L, scenario_declare);
    lua_setglobal(L, "scenario");
}

static bool scenario_is_one(lua_State *L, int index) {
    index = lua_absindex(L, index);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "drill.scenarios");
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    bool is_one = !lua_isnil(L, index) && lua_toboolean(L, -1);
    lua_pop(L, 2);
    return is_one;
}

static void scenario_check_ids(lua_State *L, int index, size_t count) {
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (!scenario_is_one(L, -1)) {
            drill_lua_fail(L, "element %zu of the returned list is not a scenario { ... }", i + 1);
        }
        if (lua_getfield(L, -1, "id") != LUA_TSTRING) {
            drill_lua_fail(L, "element %zu of the returned list has no 'id'", i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            lua_rawgeti(L, index, (lua_Integer)j + 1);
            lua_getfield(L, -1, "id");
            if (lua_rawequal(L, -1, -3)) {
                drill_lua_fail(L, "elements %zu and %zu of the returned list have the same id '%s'",
                               j + 1, i + 1, lua_tostring(L, -1));
            }
            lua_pop(L, 2);
        }
        lua_pop(L, 2);
    }
}

size_t drill_scenario_count(lua_State *L, int index) {
    index = lua_absindex(L, index);
    if (scenario_is_one(L, index)) return 1;
    lua_Unsigned count = lua_type(L, index) == LUA_TTABLE ? lua_rawlen(L, index) : 0;
    if (count == 0) {
        char shown[200];
        drill_arg_show(L, index, shown, sizeof shown);
        drill_lua_fail(
            L, "the file must return a scenario { ... } or a list of them, and returned %s", shown);
    }
    if (count > SCENARIO_LIST_MAX)
        drill_lua_fail(L, "more than %d scenarios in one file", SCENARIO_LIST_MAX);
    scenario_check_ids(L, index, (size_t)count);
    return (size_t)count;
}

void drill_scenario_push_at(lua_State *L, int index, size_t at) {
    index = lua_absindex(L, index);
    if (scenario_is_one(L, index)) {
        lua_pushvalue(L, index);
    } else {
        lua_rawgeti(L, index, (lua_Integer)at + 1);
    }
}
