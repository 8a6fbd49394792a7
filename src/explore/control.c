#include "explore/control.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "net/settings.h"

enum { DIRECTIONS = 2 };
static const char *const direction_names[DIRECTIONS] = {"c>b", "b>c"};

/* One request on its way through. */
typedef struct Request {
    DrillControlled *controlled;
    DrillWorld *world;
    DrillSpan text, method, path, body;
    uint64_t number; /* ID of the path */
    DrillConnectionInfo info;
    json_t *json;
    DrillBuffer *answer;
} Request;

static int fail(Request *request, int status, const char *field, const char *format, ...)
    DRILL_PRINTF(4, 5);

static int fail(Request *request, int status, const char *field, const char *format, ...) {
    char text[600];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    drill_buffer_clear(request->answer);
    drill_buffer_put_string(request->answer, "{\"error\":{\"field\":");
    drill_buffer_put_json_string(request->answer, drill_span_of(field));
    drill_buffer_put_string(request->answer, ",\"text\":");
    drill_buffer_put_json_string(request->answer, drill_span_of(text));
    drill_buffer_put_string(request->answer, "}}\n");
    return status;
}

static int done(Request *request) {
    drill_buffer_put_string(request->answer, "{\"done\":true}\n");
    return 200;
}

/* From here on the request is carried out. */
static void taken(Request *request) {
    drill_world_control_taken(request->world, request->text);
}

/* --- reading bodies --- */

static int read_body(Request *request) {
    json_error_t error;
    if (request->body.size == 0) {
        request->json = json_object();
        return 0;
    }
    request->json = json_loadb((const char *)request->body.data, request->body.size,
                               JSON_REJECT_DUPLICATES, &error);
    if (!request->json)
        return fail(request, 400, "body", "line %d, column %d: %s", error.line, error.column,
                    error.text);
    if (!json_is_object(request->json)) return fail(request, 400, "body", "expected a JSON object");
    return 0;
}

/* `known` ends with NULL. */
static int refuse_other_keys(Request *request, const char *const *known) {
    const char *key;
    json_t *value;
    json_object_foreach(request->json, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i]) return fail(request, 400, key, "no such field");
    }
    return 0;
}

static int read_duration(Request *request, const char *field, uint64_t *out) {
    const char *text = json_string_value(json_object_get(request->json, field));
    if (text && drill_parse_duration(drill_span_of(text), out) == DRILL_OK) return 0;
    return fail(request, 400, field, "expected a duration like \"5s\"");
}

/* -1: both. */
static int read_direction(Request *request, int *out) {
    const json_t *value = json_object_get(request->json, "direction");
    const char *text = json_string_value(value);
    *out = -1;
    if (!value || (text && strcmp(text, "both") == 0)) return 0;
    for (int i = 0; text && i < DIRECTIONS; i++) {
        if (strcmp(text, direction_names[i]) != 0) continue;
        *out = i;
        return 0;
    }
    return fail(request, 400, "direction", "expected \"c>b\", \"b>c\" or \"both\"");
}

static int read_count(Request *request, const char *field, uint64_t max, uint32_t *out) {
    const json_t *value = json_object_get(request->json, field);
    if (!value) return 0;
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || (uint64_t)number > max)
        return fail(request, 400, field, "expected a whole number from 1 to %llu",
                    (unsigned long long)max);
    *out = (uint32_t)number;
    return 0;
}

/* --- links --- */

static void put_direction(DrillBuffer *out, const DrillLinkSettings *settings) {
    DrillBuffer text = {.allocator = out->allocator};
    const DrillSetting *row;
    const char *separator = "";
    drill_buffer_put_byte(out, '{');
    for (size_t i = 0; (row = drill_link_setting_at(i)) != NULL; i++) {
        drill_buffer_clear(&text);
        if (!row->alias_of) drill_link_setting_print(row, settings, &text);
        if (text.size == 0) continue;
        drill_buffer_print(out, "%s\"%s\":", separator, row->name);
        drill_buffer_put_json_string(out, drill_buffer_span(&text));
        separator = ",";
    }
    drill_buffer_put_byte(out, '}');
    drill_buffer_release(&text);
}

static void put_link(DrillBuffer *out, const DrillLinkSettings *up, const DrillLinkSettings *down) {
    drill_buffer_put_string(out, "{\"c>b\":");
    put_direction(out, up);
    drill_buffer_put_string(out, ",\"b>c\":");
    put_direction(out, down);
    drill_buffer_put_byte(out, '}');
}

static void put_client_link(DrillBuffer *out, DrillWorldClient *client) {
    DrillLink *link = drill_world_link(client);
    put_link(out, drill_link_settings(link, 0), drill_link_settings(link, 1));
}

/* Strings as they are, whole numbers and truth values as their text. */
static int value_text(Request *request, const char *key, const json_t *value, DrillBuffer *out) {
    drill_buffer_clear(out);
    if (json_is_string(value))
        drill_buffer_put(out, json_string_value(value), json_string_length(value));
    else if (json_is_boolean(value))
        drill_buffer_put_string(out, json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value) && json_integer_value(value) >= 0)
        drill_buffer_put_u64(out, (uint64_t)json_integer_value(value));
    else
        return fail(request, 400, key, "expected a text as in --link, or a whole number");
    return 0;
}

static int set_one(Request *request, const char *key, DrillLinkSettings pair[DIRECTIONS],
                   size_t *handled) {
    const json_t *value = json_object_get(request->json, key);
    DrillDiagnostic diagnostic;
    if (!value) return 0;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    int status = value_text(request, key, value, &text);
    if (status == 0 && drill_link_pair_set(pair, drill_span_of(key), drill_buffer_span(&text),
                                           &diagnostic) != DRILL_OK)
        status = fail(request, 400, key, "%s", diagnostic.text);
    drill_buffer_release(&text);
    (*handled)++;
    return status;
}

/* "name", "c>b.name", "b>c.name" */
static int set_everywhere(Request *request, const char *name, DrillLinkSettings pair[DIRECTIONS],
                          size_t *handled) {
    int status = set_one(request, name, pair, handled);
    for (int i = 0; i < DIRECTIONS && status == 0; i++) {
        char key[80];
        snprintf(key, sizeof(key), "%s.%s", direction_names[i], name);
        status = set_one(request, key, pair, handled);
    }
    return status;
}

/* In the order of the table, whatever the order of the JSON; the preset first, which forgets what
 * was set. */
static int read_link(Request *request, DrillLinkSettings pair[DIRECTIONS]) {
    size_t handled = 0;
    const DrillSetting *row;
    int status = set_everywhere(request, "preset", pair, &handled);
    for (size_t i = 0; status == 0 && (row = drill_link_setting_at(i)) != NULL; i++)
        status = set_everywhere(request, row->name, pair, &handled);
    if (status != 0) return status;
    const char *key;
    json_t *value;
    if (handled == json_object_size(request->json)) return 0;
    json_object_foreach(request->json, key, value) {
        DrillLinkSettings scratch[DIRECTIONS] = {pair[0], pair[1]};
        size_t ignored = 0;
        status = set_one(request, key, scratch, &ignored);
        if (status != 0) return status;
    }
    return fail(request, 400, "body", "a setting that is not known");
}

static int validate(Request *request, const DrillLinkSettings pair[DIRECTIONS], bool stream) {
    DrillDiagnostic diagnostic;
    for (int i = 0; i < DIRECTIONS; i++)
        if (drill_link_settings_validate(&pair[i], stream, &diagnostic) != DRILL_OK)
            return fail(request, 400, direction_names[i], "%s", diagnostic.text);
    return 0;
}

static void set_link(DrillWorldClient *client, const DrillLinkSettings pair[DIRECTIONS]) {
    for (int i = 0; i < DIRECTIONS; i++)
        drill_world_link_set(client, i, &pair[i]);
}

static int get_link(Request *request) {
    const DrillWorldLink *link = drill_world_default_link(request->world);
    put_link(request->answer, &link->direction[0], &link->direction[1]);
    drill_buffer_put_byte(request->answer, '\n');
    return 200;
}

/* The link of later clients, and of those that are there: every setting named, on top of what each
 * has. */
static int put_all_links(Request *request) {
    DrillWorld *world = request->world;
    DrillWorldLink *link = drill_world_default_link(world);
    DrillLinkSettings pair[DIRECTIONS] = {link->direction[0], link->direction[1]};
    int status = read_link(request, pair);
    if (status == 0) status = validate(request, pair, link->stream);
    if (status != 0) return status;
    taken(request);
    memcpy(link->direction, pair, sizeof(pair));
    for (uint32_t i = 0; i < drill_world_client_count(world); i++) {
        DrillWorldClient *client = drill_world_client_at(world, i);
        if (!client) continue;
        const DrillLink *own = drill_world_link(client);
        DrillLinkSettings settings[DIRECTIONS] = {*drill_link_settings(own, 0),
                                                  *drill_link_settings(own, 1)};
        if (read_link(request, settings) == 0 &&
            validate(request, settings, drill_world_client_uses_stream(client)) == 0)
            set_link(client, settings);
    }
    drill_buffer_clear(request->answer);
    return get_link(request);
}

static int put_link_of_one(Request *request) {
    DrillWorldClient *client = request->info.client;
    const DrillLink *link = drill_world_link(client);
    DrillLinkSettings pair[DIRECTIONS] = {*drill_link_settings(link, 0),
                                          *drill_link_settings(link, 1)};
    int status = read_link(request, pair);
    if (status == 0) status = validate(request, pair, drill_world_client_uses_stream(client));
    if (status != 0) return status;
    taken(request);
    set_link(client, pair);
    put_client_link(request->answer, client);
    drill_buffer_put_byte(request->answer, '\n');
    return 200;
}

/* --- faults --- */

static int read_how(Request *request, DrillFaultSpec *spec) {
    static const struct {
        const char *name;
        DrillCloseHow how;
    } hows[] = {{"rst", DRILL_CLOSE_RST}, {"fin", DRILL_CLOSE_FIN}, {"vanish", DRILL_CLOSE_VANISH}};
    const json_t *value = json_object_get(request->json, "how");
    const char *text = value ? json_string_value(value) : "rst";
    for (size_t i = 0; text && i < DRILL_ARRAY_COUNT(hows); i++) {
        if (strcmp(text, hows[i].name) != 0) continue;
        spec->how = (int)hows[i].how;
        return 0;
    }
    return fail(request, 400, "how", "expected \"rst\", \"fin\" or \"vanish\"");
}

static int read_place(Request *request, DrillFaultSpec *spec) {
    static const struct {
        const char *name;
        DrillFaultPlace place;
    } places[] = {{"before", DRILL_FAULT_BEFORE},
                  {"inside", DRILL_FAULT_INSIDE},
                  {"after", DRILL_FAULT_AFTER}};
    spec->place = DRILL_FAULT_NOW;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(places); i++) {
        const json_t *value = json_object_get(request->json, places[i].name);
        if (!value) continue;
        if (spec->place != DRILL_FAULT_NOW)
            return fail(request, 400, places[i].name, "one of before, inside and after");
        spec->place = places[i].place;
        const char *text = json_string_value(value);
        for (int type = DRILL_CONNECT; type <= DRILL_DISCONNECT; type++)
            if (text && strcmp(text, drill_packet_type_name((DrillPacketType)type)) == 0)
                spec->type = (DrillPacketType)type;
        if (spec->type == 0)
            return fail(request, 400, places[i].name, "expected a packet's name like \"PUBREC\"");
    }
    return 0;
}

static int carry_out_cut(Request *request, const DrillFaultSpec *spec) {
    DrillDiagnostic diagnostic;
    if (request->info.state == DRILL_CONNECTION_CLOSED ||
        request->info.state == DRILL_CONNECTION_CLOSING)
        return fail(request, 409, "id", "this connection is closed");
    taken(request);
    if (drill_world_fault(request->info.client, spec, &diagnostic) != DRILL_OK)
        return fail(request, 409, "id", "%s", diagnostic.text);
    return done(request);
}

static int post_cut(Request *request) {
    static const char *const known[] = {"how",   "direction", "before", "inside",
                                        "after", "nth",       "byte",   NULL};
    DrillFaultSpec spec = {.kind = DRILL_FAULT_CUT, .nth = 1, .optional = true, .file = "control"};
    int status = refuse_other_keys(request, known);
    if (status == 0) status = read_how(request, &spec);
    if (status == 0) status = read_direction(request, &spec.direction);
    if (status == 0) status = read_place(request, &spec);
    if (status == 0) status = read_count(request, "nth", UINT32_MAX, &spec.nth);
    if (status == 0) status = read_count(request, "byte", UINT32_MAX, &spec.at_byte);
    return status != 0 ? status : carry_out_cut(request, &spec);
}

static int delete_connection(Request *request) {
    DrillFaultSpec spec = {.kind = DRILL_FAULT_CUT,
                           .place = DRILL_FAULT_NOW,
                           .nth = 1,
                           .direction = -1,
                           .how = (int)DRILL_CLOSE_RST,
                           .optional = true,
                           .file = "control"};
    return carry_out_cut(request, &spec);
}

static int read_partition(Request *request, uint64_t *duration_ns, int *direction, bool *stall) {
    static const char *const known[] = {"duration", "direction", "stall", NULL};
    int status = refuse_other_keys(request, known);
    if (status == 0) status = read_duration(request, "duration", duration_ns);
    if (status == 0) status = read_direction(request, direction);
    const json_t *value = json_object_get(request->json, "stall");
    if (status == 0 && value && !json_is_boolean(value))
        return fail(request, 400, "stall", "expected true or false");
    *stall = json_is_true(value);
    return status;
}

static int post_partition(Request *request) {
    uint64_t duration_ns;
    int direction;
    bool stall;
    int status = read_partition(request, &duration_ns, &direction, &stall);
    if (status != 0) return status;
    taken(request);
    drill_world_partition(request->info.client, direction, duration_ns, stall);
    return done(request);
}

static int post_partition_of_all(Request *request) {
    uint64_t duration_ns;
    int direction;
    bool stall;
    int status = read_partition(request, &duration_ns, &direction, &stall);
    if (status != 0) return status;
    taken(request);
    for (uint32_t i = 0; i < drill_world_client_count(request->world); i++) {
        DrillWorldClient *client = drill_world_client_at(request->world, i);
        if (client) drill_world_partition(client, direction, duration_ns, stall);
    }
    return done(request);
}

static int post_stop(Request *request) {
    request->controlled->stop = true;
    return done(request);
}

/* --- looking --- */

static void put_connection(DrillBuffer *out, const DrillWorld *world,
                           const DrillConnectionInfo *info) {
    uint64_t age_ns = drill_world_now(world) - info->since_ns;
    drill_buffer_print(out, "{\"id\":%llu,\"client\":", (unsigned long long)info->number);
    if (info->client)
        drill_buffer_put_json_string(out, drill_span_of(drill_world_client_name(info->client)));
    else
        drill_buffer_put_string(out, "null");
    drill_buffer_print(out, ",\"real\":%s,\"state\":\"%s\",\"held\":%s,\"age_ms\":%llu",
                       info->outside ? "true" : "false", drill_connection_state_name(info->state),
                       info->held ? "true" : "false",
                       (unsigned long long)(age_ns / DRILL_NS_PER_MS));
    for (int i = 0; i < DIRECTIONS; i++)
        drill_buffer_print(
            out, ",\"%s\":{\"packets\":%llu,\"sent_bytes\":%llu,\"delivered_bytes\":%llu}",
            direction_names[i], (unsigned long long)info->packets[i],
            (unsigned long long)info->sent_bytes[i], (unsigned long long)info->delivered_bytes[i]);
    drill_buffer_put_string(out, ",\"link\":");
    if (info->client)
        put_client_link(out, info->client);
    else
        drill_buffer_put_string(out, "null");
    drill_buffer_put_byte(out, '}');
}

static int get_connections(Request *request) {
    const DrillWorld *world = request->world;
    const char *separator = "";
    drill_buffer_put_string(request->answer, "{\"connections\":[");
    for (uint64_t i = 1; i <= drill_world_connection_count(world); i++) {
        DrillConnectionInfo info;
        if (!drill_world_connection(world, i, &info)) continue;
        if (info.state == DRILL_CONNECTION_CLOSED) continue;
        drill_buffer_put_string(request->answer, separator);
        put_connection(request->answer, world, &info);
        separator = ",\n";
    }
    drill_buffer_put_string(request->answer, "]}\n");
    return 200;
}

static int get_connection(Request *request) {
    put_connection(request->answer, request->world, &request->info);
    drill_buffer_put_byte(request->answer, '\n');
    return 200;
}

static int get_counters(Request *request) {
    const DrillWorldCounters *counters = drill_world_counters(request->world);
    const DrillControlled *controlled = request->controlled;
    drill_buffer_print(
        request->answer,
        "{\"time_ms\":%llu,\"events\":%llu,\"accepted\":%llu,\"opened\":%llu,\"closed\":%llu,"
        "\"findings\":{\"fail\":%llu,\"inconclusive\":%llu},"
        "\"memory\":{\"world_bytes\":%llu,\"judging_bytes\":%llu}",
        (unsigned long long)(drill_world_now(request->world) / DRILL_NS_PER_MS),
        (unsigned long long)controlled->events, (unsigned long long)counters->accepted,
        (unsigned long long)counters->opened, (unsigned long long)counters->closed,
        (unsigned long long)controlled->failures, (unsigned long long)controlled->inconclusive,
        (unsigned long long)drill_arena_used(controlled->arena),
        (unsigned long long)drill_arena_used(controlled->judging_arena));
    for (int i = 0; i < DIRECTIONS; i++)
        drill_buffer_print(request->answer, ",\"%s\":{\"packets\":%llu,\"bytes\":%llu}",
                           direction_names[i], (unsigned long long)counters->packets[i],
                           (unsigned long long)counters->bytes[i]);
    drill_buffer_put_string(request->answer, "}\n");
    return 200;
}

/* --- routes --- */

static const struct {
    const char *method, *path; /* '#' stands for a connection's ID */
    bool needs_client;
    int (*handle)(Request *request);
} routes[] = {
    {"GET", "/v1/connections", false, get_connections},
    {"GET", "/v1/connections/#", false, get_connection},
    {"GET", "/v1/counters", false, get_counters},
    {"GET", "/v1/link", false, get_link},
    {"PUT", "/v1/link", false, put_all_links},
    {"PUT", "/v1/connections/#/link", true, put_link_of_one},
    {"POST", "/v1/connections/#/cut", true, post_cut},
    {"POST", "/v1/connections/#/partition", true, post_partition},
    {"POST", "/v1/partition", false, post_partition_of_all},
    {"POST", "/v1/stop", false, post_stop},
    {"DELETE", "/v1/connections/#", true, delete_connection},
};

static bool path_is(Request *request, const char *pattern, bool *has_number) {
    DrillSpan path = request->path;
    const char *hash = strchr(pattern, '#');
    *has_number = hash != NULL;
    if (!hash) return drill_span_is(path, pattern);
    size_t before = (size_t)(hash - pattern);
    if (path.size < before || memcmp(path.data, pattern, before) != 0) return false;
    size_t digits = 0;
    while (before + digits < path.size && path.data[before + digits] != '/')
        digits++;
    DrillSpan rest = drill_span(path.data + before + digits, path.size - before - digits);
    return drill_span_is(rest, hash + 1) &&
           drill_parse_u64(drill_span(path.data + before, digits), &request->number) == DRILL_OK;
}

static int call(Request *request, size_t route, bool has_number) {
    if (has_number && !drill_world_connection(request->world, request->number, &request->info))
        return fail(request, 404, "id", "there is no connection %llu",
                    (unsigned long long)request->number);
    if (routes[route].needs_client && !request->info.client)
        return fail(request, 409, "id", "this connection has not said who it is yet");
    int status = read_body(request);
    if (status == 0) status = routes[route].handle(request);
    json_decref(request->json);
    return status;
}

static int dispatch(Request *request) {
    bool known_path = false;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(routes); i++) {
        bool has_number;
        if (!path_is(request, routes[i].path, &has_number)) continue;
        known_path = true;
        if (drill_span_is(request->method, routes[i].method)) return call(request, i, has_number);
    }
    if (known_path) return fail(request, 405, "method", "not for this path");
    return fail(request, 404, "path", "there is no such thing; see docs/proxy.md");
}

int drill_control_request(DrillControlled *controlled, DrillSpan text, DrillBuffer *answer) {
    Request request = {
        .controlled = controlled, .world = controlled->world, .text = text, .answer = answer};
    if (drill_span_is(text, "STOP")) {
        controlled->stop = true;
        return 200;
    }
    request.body = text;
    request.path = drill_span_cut(&request.body, '\n');
    request.method = drill_span_cut(&request.path, ' ');
    if (request.body.data == NULL || request.path.data == NULL)
        return fail(&request, 400, "request line", "expected METHOD PATH");
    return dispatch(&request);
}
