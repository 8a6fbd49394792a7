/* Links: faults and settings of one client's path. */
#include <string.h>

#include "script/lua_api.h"

/*** object link
The path between one client (or raw connection) and the broker; it stays the same over
reconnections. Directions are "c>b" (from the client) and "b>c" (to it).
*/

static DrillScriptClient *link_check(lua_State *L, const char *what) {
    return drill_object_check(L, 1, "link", what);
}

static int link_direction(const DrillArg *argument) {
    return argument->given ? (int)argument->number : -1;
}

static int link_declare(lua_State *L, DrillScriptClient *client, const char *what,
                        DrillFaultSpec *spec) {
    DrillPlace place = drill_lua_place(L);
    spec->file = place.file;
    spec->line = place.line;
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_world_fault(client->node, spec, &diagnostic);
    if (result != DRILL_OK) {
        drill_lua_fail(L, "%s: %s", what,
                       diagnostic.text[0] ? diagnostic.text : drill_result_name(result));
    }
    return 0;
}

/*** link:cut(where)
Cuts the connection: at once without an argument, else at the packet named by exactly one of
`before`, `inside` and `after`. A declared cut that never strikes fails the scenario.
@param where table|nil
@opt before string packet type: it does not arrive
@opt after string packet type: it is the last that arrives
@opt inside string packet type: only a part of it arrives
@opt nth integer the nth such packet from now; 1
@opt dir string "c>b" or "b>c"; either
@opt at_byte integer with `inside`: so many of its bytes still arrive; half
@opt how string "rst", "fin" or "vanish" (nobody is told); "rst"
@opt optional boolean it may stay unused; false
*/
static int link_cut(lua_State *L) {
    enum { BEFORE, INSIDE, AFTER, NTH, DIR, AT_BYTE, HOW, OPTIONAL };
    static const char *const hows[] = {"fin", "rst", "vanish", NULL};
    static const DrillCloseHow values[] = {DRILL_CLOSE_FIN, DRILL_CLOSE_RST, DRILL_CLOSE_VANISH};
    static const DrillFaultPlace places[] = {DRILL_FAULT_BEFORE, DRILL_FAULT_INSIDE,
                                             DRILL_FAULT_AFTER};
    static const DrillArgField fields[] = {
        [BEFORE] = {.name = "before", .kind = DRILL_ARG_PACKET},
        [INSIDE] = {.name = "inside", .kind = DRILL_ARG_PACKET},
        [AFTER] = {.name = "after", .kind = DRILL_ARG_PACKET},
        [NTH] = {.name = "nth", .kind = DRILL_ARG_INTEGER, .min = 1, .max = INT32_MAX},
        [DIR] = {.name = "dir", .kind = DRILL_ARG_CHOICE, .choices = drill_direction_choices},
        [AT_BYTE] = {.name = "at_byte", .kind = DRILL_ARG_INTEGER, .min = 1, .max = INT32_MAX},
        [HOW] = {.name = "how", .kind = DRILL_ARG_CHOICE, .choices = hows},
        [OPTIONAL] = {.name = "optional", .kind = DRILL_ARG_BOOL},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = link_check(L, "link:cut");
    drill_args_read(L, 2, "link:cut", fields, DRILL_ARRAY_COUNT(fields), given);
    DrillFaultSpec spec = {.kind = DRILL_FAULT_CUT,
                           .place = DRILL_FAULT_NOW,
                           .nth = given[NTH].given ? (uint32_t)given[NTH].number : 1,
                           .direction = link_direction(&given[DIR]),
                           .at_byte = (uint32_t)given[AT_BYTE].number,
                           .how = given[HOW].given ? (int)values[given[HOW].number]
                                                   : (int)DRILL_CLOSE_RST,
                           .optional = given[OPTIONAL].truth};
    int named = 0;
    for (int i = BEFORE; i <= AFTER; i++) {
        if (!given[i].given) continue;
        named++;
        spec.place = places[i];
        spec.type = (DrillPacketType)given[i].number;
    }
    if (named > 1)
        drill_lua_fail(L, "link:cut: expected only one of 'before', 'inside' and 'after'");
    if (named == 0 && (given[NTH].given || given[DIR].given || given[OPTIONAL].given)) {
        drill_lua_fail(L, "link:cut: expected one of 'before', 'inside' and 'after'");
    }
    if (given[AT_BYTE].given && spec.place != DRILL_FAULT_INSIDE) {
        drill_lua_fail(L, "link:cut: field 'at_byte' needs 'inside'");
    }
    return link_declare(L, client, "link:cut", &spec);
}

/*** link:drop(which)
Loses the transmission of one packet once; TCP sends it again, a datagram is gone. Not on transport
"stream". Fails the scenario when it never strikes.
@param which table
@opt type string packet type
@opt nth integer the nth such packet from now; 1
@opt dir string "c>b" or "b>c"; either
@opt optional boolean it may stay unused; false
*/
static int link_drop(lua_State *L) {
    enum { TYPE, NTH, DIR, OPTIONAL };
    static const DrillArgField fields[] = {
        [TYPE] = {.name = "type", .kind = DRILL_ARG_PACKET},
        [NTH] = {.name = "nth", .kind = DRILL_ARG_INTEGER, .min = 1, .max = INT32_MAX},
        [DIR] = {.name = "dir", .kind = DRILL_ARG_CHOICE, .choices = drill_direction_choices},
        [OPTIONAL] = {.name = "optional", .kind = DRILL_ARG_BOOL},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = link_check(L, "link:drop");
    drill_args_read(L, 2, "link:drop", fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[TYPE].given) drill_lua_fail(L, "link:drop: field 'type' is missing");
    if (client->stream) {
        drill_lua_fail(
            L, "link:drop: needs transport = \"tcp\": on a stream nothing can be lost; use cut");
    }
    DrillFaultSpec spec = {.kind = DRILL_FAULT_DROP,
                           .place = DRILL_FAULT_BEFORE,
                           .type = (DrillPacketType)given[TYPE].number,
                           .nth = given[NTH].given ? (uint32_t)given[NTH].number : 1,
                           .direction = link_direction(&given[DIR]),
                           .optional = given[OPTIONAL].truth};
    return link_declare(L, client, "link:drop", &spec);
}

/*** link:delay_next(which)
Delays one packet (and all behind it) by a time on top of the link's delay. Fails the scenario when
it never strikes.
@param which table
@opt type string packet type
@opt by string duration
@opt nth integer the nth such packet from now; 1
@opt dir string "c>b" or "b>c"; either
@opt optional boolean it may stay unused; false
*/
static int link_delay_next(lua_State *L) {
    enum { TYPE, BY, NTH, DIR, OPTIONAL };
    static const DrillArgField fields[] = {
        [TYPE] = {.name = "type", .kind = DRILL_ARG_PACKET},
        [BY] = {.name = "by", .kind = DRILL_ARG_DURATION},
        [NTH] = {.name = "nth", .kind = DRILL_ARG_INTEGER, .min = 1, .max = INT32_MAX},
        [DIR] = {.name = "dir", .kind = DRILL_ARG_CHOICE, .choices = drill_direction_choices},
        [OPTIONAL] = {.name = "optional", .kind = DRILL_ARG_BOOL},
    };
    DrillArg given[DRILL_ARRAY_COUNT(fields)];
    DrillScriptClient *client = link_check(L, "link:delay_next");
    drill_args_read(L, 2, "link:delay_next", fields, DRILL_ARRAY_COUNT(fields), given);
    if (!given[TYPE].given) drill_lua_fail(L, "link:delay_next: field 'type' is missing");
    if (!given[BY].given) drill_lua_fail(L, "link:delay_next: field 'by' is missing");
    DrillFaultSpec spec = {.kind = DRILL_FAULT_DELAY,
                           .place = DRILL_FAULT_BEFORE,
                           .type = (DrillPacketType)given[TYPE].number,
                           .nth = given[NTH].given ? (uint32_t)given[NTH].number : 1,
                           .direction = link_direction(&given[DIR]),
                           .delay_ns = given[BY].number,
                           .optional = given[OPTIONAL].truth};
    return link_declare(L, client, "link:delay_next", &spec);
}

/*** link:insert(what)
Bytes arrive at the client, behind what is under way to it, as if the broker had sent them now: for
what no right broker sends. The client is judged by how it takes them; the broker did nothing.
@param what string|table hex, or a packet table as in `raw:send`
*/
static int link_insert(lua_State *L) {
    DrillScriptClient *client = link_check(L, "link:insert");
    DrillBuffer bytes = {.allocator = client->script->allocator};
    drill_lua_bytes(L, client, 2, "link:insert", &bytes);
    if (bytes.size == 0) drill_lua_fail(L, "link:insert: argument 1: expected bytes, got none");
    DrillFaultSpec spec = {.kind = DRILL_FAULT_INSERT,
                           .place = DRILL_FAULT_NOW,
                           .type = (DrillPacketType)(bytes.data[0] >> 4),
                           .direction = 1,
                           .bytes = drill_buffer_span(&bytes)};
    (void)link_declare(L, client, "link:insert", &spec);
    drill_buffer_release(&bytes);
    return 0;
}

/*** link:mask(dir, mask)
The next network packets of this direction pass ("1") or are lost ("0") exactly as the mask says.
Not on transport "stream".
@param dir string "c>b" or "b>c"
@param mask string for example "1011"
*/
static int link_mask(lua_State *L) {
    DrillScriptClient *client = link_check(L, "link:mask");
    int direction = drill_arg_choice(L, 2, "link:mask", "argument 1", drill_direction_choices);
    DrillSpan mask = drill_arg_string(L, 3, "link:mask", "argument 2");
    for (size_t i = 0; i < mask.size; i++) {
        if (mask.data[i] != '0' && mask.data[i] != '1') {
            drill_lua_fail(L, "link:mask: argument 2: expected only '0' and '1', got \"%.60s\"",
                           (const char *)mask.data);
        }
    }
    if (client->stream)
        drill_lua_fail(L, "link:mask: needs transport = \"tcp\": on a stream nothing can be lost");
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = drill_world_mask(client->node, direction, mask, &diagnostic);
    if (result != DRILL_OK) {
        drill_lua_fail(L, "link:mask: %s",
                       diagnostic.text[0] ? diagnostic.text : drill_result_name(result));
    }
    return 0;
}

static int link_interrupt(lua_State *L, const char *what, bool stall) {
    DrillScriptClient *client = link_check(L, what);
    uint64_t duration_ns = drill_arg_duration(L, 2, what, "argument 1");
    int direction = -1;
    if (!lua_isnoneornil(L, 3))
        direction = drill_arg_choice(L, 3, what, "argument 2", drill_direction_choices);
    drill_world_partition(client->node, direction, duration_ns, stall);
    return 0;
}

/*** link:partition(during, dir)
Loses everything for a time.
@param during string duration
@param dir string|nil "c>b" or "b>c"; both
*/
static int link_partition(lua_State *L) {
    return link_interrupt(L, "link:partition", false);
}

/*** link:stall(during, dir)
Holds everything up for a time; nothing is lost, the order stays.
@param during string duration
@param dir string|nil "c>b" or "b>c"; both
*/
static int link_stall(lua_State *L) {
    return link_interrupt(L, "link:stall", true);
}

/*** link:set(settings)
Changes the link's settings from now on; what is not given stays.
@param settings table
@opt preset string gprs, edge, 3g, lte, nb-iot, lorawan-backhaul, geo, leo, wifi-edge, train, fibre
@opt delay string one way
@opt jitter string
@opt loss string ratio such as "2%" (transport "tcp")
@opt rate string such as "64kbit"
@opt queue string size of the queue before the rate limit, such as "256KiB"
@opt ... any every other setting of docs/link-model.md, and "off" to take one away
*/
static int link_set(lua_State *L) {
    DrillScriptClient *client = link_check(L, "link:set");
    DrillLink *link = drill_world_link(client->node);
    DrillWorldLink settings = {.stream = client->stream};
    if (lua_isnoneornil(L, 2))
        drill_lua_fail(L, "link:set: expected a table such as { delay = \"120ms\" }");
    for (int i = 0; i < 2; i++)
        settings.direction[i] = *drill_link_settings(link, i);
    drill_options_link(L, 2, "link:set", &settings);
    for (int i = 0; i < 2; i++)
        drill_world_link_set(client->node, i, &settings.direction[i]);
    return 0;
}

/*** link:stats() -> table
What has passed so far: `["c>b"]` and `["b>c"]`, each with `packets`, `bytes`, `lost`,
`duplicated`, `corrupted` and `reordered` (network packets).
@return table
*/
static int link_stats(lua_State *L) {
    DrillScriptClient *client = link_check(L, "link:stats");
    lua_createtable(L, 0, 2);
    for (int i = 0; i < 2; i++) {
        DrillLinkStats stats = drill_link_stats(drill_world_link(client->node), i);
        lua_createtable(L, 0, 6);
        lua_pushinteger(L, (lua_Integer)stats.packets);
        lua_setfield(L, -2, "packets");
        lua_pushinteger(L, (lua_Integer)stats.bytes);
        lua_setfield(L, -2, "bytes");
        lua_pushinteger(L, (lua_Integer)stats.lost_packets);
        lua_setfield(L, -2, "lost");
        lua_pushinteger(L, (lua_Integer)stats.duplicated);
        lua_setfield(L, -2, "duplicated");
        lua_pushinteger(L, (lua_Integer)stats.corrupted);
        lua_setfield(L, -2, "corrupted");
        lua_pushinteger(L, (lua_Integer)stats.reordered);
        lua_setfield(L, -2, "reordered");
        lua_setfield(L, -2, drill_direction_choices[i]);
    }
    return 1;
}

/*** link:change_address()
The client's address changes: packets of its present connection vanish in both directions, and
nobody is told; a new connection works. Not on transport "stream".
*/
static int link_change_address(lua_State *L) {
    DrillScriptClient *client = link_check(L, "link:change_address");
    if (client->stream) {
        drill_lua_fail(L, "link:change_address: needs transport = \"tcp\": on a stream nothing can "
                          "be lost; use cut");
    }
    drill_link_change_address(drill_world_link(client->node));
    return 0;
}

static const luaL_Reg link_methods[] = {{"cut", link_cut},
                                        {"drop", link_drop},
                                        {"mask", link_mask},
                                        {"delay_next", link_delay_next},
                                        {"insert", link_insert},
                                        {"partition", link_partition},
                                        {"stall", link_stall},
                                        {"change_address", link_change_address},
                                        {"set", link_set},
                                        {"stats", link_stats},
                                        {NULL, NULL}};
static const DrillObjectType link_type = {"link", link_methods, NULL};

void drill_lua_link_push(lua_State *L, DrillScriptClient *client) {
    drill_object_push(L, "link", client);
}

void drill_lua_link_register(lua_State *L) {
    drill_object_register(L, &link_type);
}
