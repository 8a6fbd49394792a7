/* client:expect, expect_none, received and t:quiet. */
#include <inttypes.h>
#include <string.h>

#include "mqtt/topic.h"
#include "script/lua_api.h"

#define EXPECT_SHOWN_MAX 5

/* What a message must be. Lives in the arena while a task waits for it. */
typedef struct DrillExpectation {
    bool has_topic, has_payload;
    int qos, retain, dup; /* -1: any */
    DrillSpan topic, payload;
    DrillPropertySet *properties; /* NULL: any */
    uint64_t count;
    uint64_t time_ns; /* within or during */
    size_t next;      /* received messages below have been looked at */
    uint64_t matched;
    bool none;
} DrillExpectation;

/* --- matching --- */

bool drill_topic_fits(DrillSpan filter, DrillSpan topic) {
    size_t f = 0, t = 0;
    if (filter.size > 0 && (filter.data[0] == '+' || filter.data[0] == '#') && topic.size > 0 &&
        topic.data[0] == '$') {
        return false;
    }
    for (;;) {
        if (f < filter.size && filter.data[f] == '#') return true;
        if (f < filter.size && filter.data[f] == '+') {
            f++;
            while (t < topic.size && topic.data[t] != '/')
                t++;
        } else {
            while (f < filter.size && t < topic.size && filter.data[f] != '/' &&
                   filter.data[f] == topic.data[t]) {
                f++;
                t++;
            }
        }
        bool filter_ends = f == filter.size, topic_ends = t == topic.size;
        if (filter_ends && topic_ends) return true;
        if (topic_ends) /* "a/#" is also "a" */
            return filter.size - f == 2 && filter.data[f] == '/' && filter.data[f + 1] == '#';
        if (filter_ends || filter.data[f] != '/' || topic.data[t] != '/') return false;
        f++;
        t++;
    }
}

static bool expect_fits(const DrillExpectation *expected, const DrillScriptReceived *received) {
    if (expected->has_topic && !drill_topic_fits(expected->topic, received->topic)) return false;
    if (expected->has_payload && !drill_span_equal(expected->payload, received->payload))
        return false;
    if (expected->qos >= 0 && expected->qos != (int)received->qos) return false;
    if (expected->retain >= 0 && (expected->retain != 0) != received->retain) return false;
    if (expected->properties && !drill_properties_fit(expected->properties, received->properties))
        return false;
    return expected->dup < 0 || (expected->dup != 0) == received->dup;
}

static void expect_count(DrillExpectation *expected, const DrillScriptClient *client) {
    if (expected->next < client->received_claimed_below)
        expected->next = client->received_claimed_below;
    for (; expected->next < client->received_count && expected->matched < expected->count;
         expected->next++) {
        const DrillScriptReceived *received = &client->received[expected->next];
        if (!received->claimed && expect_fits(expected, received)) expected->matched++;
    }
}

static bool expect_ready(const DrillTask *task) {
    DrillExpectation *expected = task->wait.subject;
    expect_count(expected, task->wait.client);
    return expected->matched >= expected->count;
}

/* --- reading and showing --- */

static int expect_truth(const DrillArg *argument) {
    return argument->given ? argument->truth : -1;
}

typedef enum DrillExpectCall { EXPECT_SOME, EXPECT_NONE, EXPECT_RECEIVED } DrillExpectCall;

static DrillPropertySet *expect_properties(lua_State *L, const char *what) {
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    DrillPropertySet *set = DRILL_NEW(allocator, DrillPropertySet);
    set->allocator = allocator;
    lua_getfield(L, 2, "properties");
    drill_property_set_table(L, -1, what, set);
    lua_pop(L, 1);
    return set;
}

static DrillExpectation *expect_read(lua_State *L, const char *what, DrillExpectCall call) {
    enum { TOPIC, PAYLOAD, QOS, RETAIN, DUP, PROPERTIES, COUNT, TIME, FIELDS };
    bool none = call == EXPECT_NONE;
    DrillArgField fields[FIELDS] = {
        [TOPIC] = {.name = "topic", .kind = DRILL_ARG_STRING},
        [PAYLOAD] = {.name = "payload", .kind = DRILL_ARG_STRING},
        [QOS] = {.name = "qos", .kind = DRILL_ARG_INTEGER, .min = 0, .max = 2},
        [RETAIN] = {.name = "retain", .kind = DRILL_ARG_BOOL},
        [DUP] = {.name = "dup", .kind = DRILL_ARG_BOOL},
        [PROPERTIES] = {.name = "properties", .kind = DRILL_ARG_TABLE, .since = DRILL_ARG_V5_ONLY},
        [COUNT] = {.name = "count",
                   .kind = DRILL_ARG_INTEGER,
                   .min = 0,
                   .max = DRILL_SCRIPT_RECEIVED_MAX},
        [TIME] = {.name = none ? "during" : "within", .kind = DRILL_ARG_DURATION},
    };
    DrillArg given[FIELDS] = {{0}};
    DrillAllocator allocator = drill_sandbox_script(L)->allocator;
    const DrillScriptClient *client = drill_object_check(L, 1, "client", what);
    drill_args_read_for(L, (int)client->config.version, 2, what, fields,
                        call == EXPECT_RECEIVED ? COUNT : FIELDS, given);
    if (given[COUNT].given && (none || given[COUNT].number == 0)) {
        drill_lua_fail(
            L,
            none
                ? "%s: field 'count': there is nothing to count"
                : "%s: field 'count': an expectation of 0 messages could not fail; use expect_none",
            what);
    }
    if (none && given[TIME].given && given[TIME].number == 0) {
        drill_lua_fail(L, "%s: field 'during': an expectation over no time could not fail", what);
    }
    if (given[TOPIC].given && !drill_topic_is_filter(given[TOPIC].text)) {
        drill_lua_fail(L,
                       "%s: field 'topic': expected a Topic Name or Topic Filter, got \"%.100s\"",
                       what, (const char *)given[TOPIC].text.data);
    }
    DrillExpectation *expected = DRILL_NEW(allocator, DrillExpectation);
    expected->has_topic = given[TOPIC].given;
    expected->has_payload = given[PAYLOAD].given;
    expected->topic = drill_copy_span(allocator, given[TOPIC].text);
    expected->payload = drill_copy_span(allocator, given[PAYLOAD].text);
    expected->qos = given[QOS].given ? (int)given[QOS].number : -1;
    expected->retain = expect_truth(&given[RETAIN]);
    expected->dup = expect_truth(&given[DUP]);
    if (given[PROPERTIES].given) expected->properties = expect_properties(L, what);
    expected->count = given[COUNT].given ? given[COUNT].number : 1;
    expected->time_ns = given[TIME].given ? given[TIME].number : DRILL_WAIT_EXPECT_NS;
    expected->none = none;
    return expected;
}

static void put_truth(DrillBuffer *out, const char *name, int value) {
    if (value >= 0) drill_buffer_print(out, ", %s = %s", name, value ? "true" : "false");
}

/* As the scenario would write it. */
static void expect_describe(const DrillScriptClient *client, const DrillExpectation *expected,
                            DrillBuffer *out) {
    DrillBuffer fields = {.allocator = out->allocator};
    if (expected->has_topic) {
        drill_buffer_put_string(&fields, ", topic = ");
        drill_put_lua_string(&fields, expected->topic, 100);
    }
    if (expected->has_payload) {
        drill_buffer_put_string(&fields, ", payload = ");
        drill_put_lua_string(&fields, expected->payload, 60);
    }
    if (expected->qos >= 0) drill_buffer_print(&fields, ", qos = %d", expected->qos);
    put_truth(&fields, "retain", expected->retain);
    put_truth(&fields, "dup", expected->dup);
    if (expected->properties) {
        DrillBuffer wire = {.allocator = out->allocator};
        drill_buffer_put_string(&fields, ", properties = ");
        drill_put_lua_properties(&fields, drill_property_set_wire(expected->properties, &wire));
        drill_buffer_release(&wire);
    }
    if (!expected->none) drill_buffer_print(&fields, ", count = %" PRIu64, expected->count);
    drill_buffer_print(&fields, ", %s = \"", expected->none ? "during" : "within");
    drill_put_lua_duration(&fields, expected->time_ns);
    drill_buffer_print(out, "%s:%s{", client->name, expected->none ? "expect_none" : "expect");
    drill_buffer_put(out, fields.data + 1, fields.size - 1); /* without the first comma */
    drill_buffer_put_string(out, "\" }");
    drill_buffer_release(&fields);
}

void drill_describe_received(const DrillScriptReceived *received, DrillBuffer *out) {
    drill_buffer_put_string(out, "{ topic = ");
    drill_put_lua_string(out, received->topic, 100);
    drill_buffer_put_string(out, ", payload = ");
    drill_put_lua_string(out, received->payload, 60);
    drill_buffer_print(out, ", qos = %d%s%s", (int)received->qos,
                       received->retain ? ", retain = true" : "",
                       received->dup ? ", dup = true" : "");
    if (received->properties.count > 0) {
        drill_buffer_put_string(out, ", properties = ");
        drill_put_lua_properties(out, received->properties);
    }
    drill_buffer_put_string(out, " }");
}

static void expect_describe_others(const DrillScriptClient *client, DrillBuffer *out) {
    size_t shown = 0, others = 0;
    for (size_t i = client->received_claimed_below; i < client->received_count; i++) {
        if (client->received[i].claimed) continue;
        others++;
        if (shown >= EXPECT_SHOWN_MAX) continue;
        drill_buffer_put_string(out, shown++ ? ", " : "; received and not claimed: ");
        drill_describe_received(&client->received[i], out);
    }
    if (others > shown) drill_buffer_print(out, " and %zu more", others - shown);
    if (others == 0) drill_buffer_put_string(out, "; nothing else was received");
}

static void push_received(lua_State *L, const DrillScriptClient *client,
                          const DrillScriptReceived *received) {
    lua_createtable(L, 0, 8);
    if (client->config.version == DRILL_MQTT_5_0) {
        drill_properties_push(L, received->properties);
        lua_setfield(L, -2, "properties");
    }
    lua_pushlstring(L, (const char *)received->topic.data, received->topic.size);
    lua_setfield(L, -2, "topic");
    lua_pushlstring(L, (const char *)received->payload.data, received->payload.size);
    lua_setfield(L, -2, "payload");
    lua_pushinteger(L, (lua_Integer)received->qos);
    lua_setfield(L, -2, "qos");
    lua_pushboolean(L, received->retain);
    lua_setfield(L, -2, "retain");
    lua_pushboolean(L, received->dup);
    lua_setfield(L, -2, "dup");
    if (received->packet_identifier) {
        lua_pushinteger(L, received->packet_identifier);
        lua_setfield(L, -2, "packet_identifier");
    }
    lua_pushinteger(L, (lua_Integer)received->time_ns);
    lua_setfield(L, -2, "time");
}

/* --- expect --- */

static int expect_claim(lua_State *L, DrillScriptClient *client, const DrillExpectation *expected) {
    lua_Integer claimed = 0;
    lua_newtable(L);
    for (size_t i = client->received_claimed_below; i < client->received_count; i++) {
        DrillScriptReceived *received = &client->received[i];
        if ((uint64_t)claimed >= expected->count) break;
        if (received->claimed || !expect_fits(expected, received)) continue;
        received->claimed = true;
        push_received(L, client, received);
        lua_rawseti(L, -2, ++claimed);
    }
    while (client->received_claimed_below < client->received_count &&
           client->received[client->received_claimed_below].claimed) {
        client->received_claimed_below++;
    }
    return 1;
}

static void expect_free(DrillScript *script, DrillExpectation *expected) {
    if (expected->properties) {
        drill_property_set_release(expected->properties);
        drill_release(script->allocator, expected->properties, sizeof *expected->properties);
    }
    drill_release(script->allocator, expected, sizeof *expected);
}

static int expect_ended(lua_State *L, int status, lua_KContext context) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    DrillScriptClient *client = wait->client;
    DrillExpectation *expected = wait->subject;
    DrillScript *script = client->script;
    (void)status;
    (void)context;
    /* Count again: another task may have claimed some of them. */
    expected->next = 0;
    expected->matched = 0;
    expect_count(expected, client);
    if (expected->matched >= expected->count) {
        int results = expect_claim(L, client, expected);
        expect_free(script, expected);
        return results;
    }
    if (!wait->timed_out) {
        DrillWait again = *wait;
        return drill_task_wait(L, &again, 0, expect_ended);
    }
    DrillBuffer text = {.allocator = script->allocator};
    expect_describe(client, expected, &text);
    drill_buffer_print(&text, ": got %" PRIu64 " of %" PRIu64 " within ", expected->matched,
                       expected->count);
    drill_buffer_put_duration(&text, expected->time_ns);
    expect_describe_others(client, &text);
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

/*** client:expect(filter) -> table
Waits until `count` application messages that fit have arrived, and claims them: a claimed message
is not counted again by a later `expect`. Messages that came before the call and were not claimed
yet count. Fields that are not given fit everything.
@param filter table|nil
@opt topic string Topic Name, or a Topic Filter with wildcards
@opt payload string the exact bytes
@opt qos integer
@opt retain boolean
@opt dup boolean
@opt properties table MQTT 5.0 only: properties by the standard's names that it must have; `false`:
must not have
@opt count integer how many are needed; 1
@opt within string how long to wait; "10s"
@return table list of messages, each `topic payload qos retain dup packet_identifier time` (time in
nanoseconds) and, in MQTT 5.0, `properties` by the standard's names
*/
int drill_lua_expect(lua_State *L) {
    DrillScriptClient *client = drill_object_check(L, 1, "client", "client:expect");
    DrillExpectation *expected = expect_read(L, "client:expect", EXPECT_SOME);
    DrillWait wait = drill_wait(L, expected->time_ns, "message number %" PRIu64 " of client '%s'",
                                expected->count, client->name);
    wait.ready = expect_ready;
    wait.client = client;
    wait.subject = expected;
    return drill_task_wait(L, &wait, 0, expect_ended);
}

static int expect_none_ended(lua_State *L, int status, lua_KContext context) {
    const DrillWait *wait = &drill_task_current(L)->wait;
    DrillScriptClient *client = wait->client;
    DrillExpectation *expected = wait->subject;
    (void)status;
    (void)context;
    for (size_t i = client->received_claimed_below; i < client->received_count; i++) {
        const DrillScriptReceived *received = &client->received[i];
        if (received->claimed || !expect_fits(expected, received)) continue;
        DrillBuffer text = {.allocator = client->script->allocator};
        expect_describe(client, expected, &text);
        drill_buffer_put_string(&text, ": received ");
        drill_describe_received(received, &text);
        drill_buffer_put_string(&text, " at ");
        drill_buffer_put_duration(&text, received->time_ns);
        drill_task_failed(L, "%s", drill_buffer_cstring(&text));
    }
    expect_free(client->script, expected);
    return 0;
}

/*** client:expect_none(filter)
Waits for a time in which no message that fits may arrive. A fitting message that came earlier and
was not claimed by an `expect` fails it too.
@param filter table|nil `topic payload qos retain dup properties` as in `client:expect`, and
@opt during string how long; "10s"
*/
int drill_lua_expect_none(lua_State *L) {
    DrillScriptClient *client = drill_object_check(L, 1, "client", "client:expect_none");
    DrillExpectation *expected = expect_read(L, "client:expect_none", EXPECT_NONE);
    DrillWait wait =
        drill_wait(L, expected->time_ns, "client '%s' to receive nothing", client->name);
    wait.ready = expect_ready;
    wait.client = client;
    wait.subject = expected;
    return drill_task_wait(L, &wait, 0, expect_none_ended);
}

/*** client:received(filter) -> table
All messages that have arrived so far, claimed or not, oldest first.
@param filter string|table|nil a Topic Filter, or `topic payload qos retain dup properties` as in
`client:expect`
@return table list of messages
*/
int drill_lua_received(lua_State *L) {
    DrillScriptClient *client = drill_object_check(L, 1, "client", "client:received");
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_createtable(L, 0, 1);
        lua_insert(L, 2);
        lua_setfield(L, 2, "topic");
    }
    DrillExpectation *expected = expect_read(L, "client:received", EXPECT_RECEIVED);
    lua_Integer count = 0;
    lua_newtable(L);
    for (size_t i = 0; i < client->received_count; i++) {
        if (!expect_fits(expected, &client->received[i])) continue;
        push_received(L, client, &client->received[i]);
        lua_rawseti(L, -2, ++count);
    }
    expect_free(client->script, expected);
    return 1;
}

/* --- quiet --- */

static bool quiet_broken(const DrillTask *task) {
    return task->script->arrivals != task->wait.seen;
}

static int quiet_ended(lua_State *L, int status, lua_KContext context) {
    DrillScript *script = drill_sandbox_script(L);
    const DrillWait *wait = &drill_task_current(L)->wait;
    (void)status;
    (void)context;
    if (script->arrivals == wait->seen) return 0;
    const DrillScriptClient *client = script->arrival_client;
    const DrillScriptReceived *received = &client->received[script->arrival_index];
    DrillBuffer text = {.allocator = script->allocator};
    drill_buffer_put_string(&text, "t:quiet(\"");
    drill_put_lua_duration(&text, wait->timeout_ns);
    drill_buffer_print(&text, "\"): '%s' received ", client->name);
    if (client->raw) {
        drill_packet_describe(client->config.version, received->bytes, &text);
    } else {
        drill_describe_received(received, &text);
    }
    drill_buffer_put_string(&text, " after ");
    drill_buffer_put_duration(&text, received->time_ns - wait->started_ns);
    drill_task_failed(L, "%s", drill_buffer_cstring(&text));
}

/*** t:quiet(during)
Waits for a time in which no application message may reach any client and no packet but PINGRESP any
raw connection.
@param during string duration
*/
int drill_lua_quiet(lua_State *L) {
    DrillScript *script = drill_object_check(L, 1, "t", "t:quiet");
    uint64_t during_ns = drill_arg_duration(L, 2, "t:quiet", "argument 1");
    if (during_ns == 0)
        drill_lua_fail(L, "t:quiet: argument 1: an expectation over no time could not fail");
    DrillWait wait = drill_wait(L, during_ns, "t:quiet");
    wait.ready = quiet_broken;
    wait.seen = script->arrivals;
    return drill_task_wait(L, &wait, 0, quiet_ended);
}
