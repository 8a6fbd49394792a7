/* Arguments of the scenario API: tables with known fields, values with units, objects. Every
 * refusal names the function, the field and what was expected, at the line of the scenario that
 * called. */
#ifndef DRILL_SCRIPT_LUA_ARGS_H
#define DRILL_SCRIPT_LUA_ARGS_H

#include "script/sandbox.h"

typedef enum DrillArgKind {
    DRILL_ARG_BOOL,
    DRILL_ARG_INTEGER, /* min..max */
    DRILL_ARG_STRING,
    DRILL_ARG_DURATION,
    DRILL_ARG_RATIO,
    DRILL_ARG_SIZE,
    DRILL_ARG_RATE,
    DRILL_ARG_CHOICE, /* one of `choices` */
    DRILL_ARG_PACKET, /* name of a packet type */
    DRILL_ARG_TABLE,  /* the caller reads it */
    DRILL_ARG_FUNCTION,
    DRILL_ARG_SECONDS, /* a duration of whole seconds, a whole number, "never"; up to `max` */
    DRILL_ARG_BYTES,   /* a size, or a whole number; min..max */
    DRILL_ARG_ANY,     /* the caller reads it */
    DRILL_ARG_NOT_YET
} DrillArgKind;

typedef enum DrillArgSince {
    DRILL_ARG_ALWAYS,
    DRILL_ARG_V5,     /* means nothing before 5.0 and is ignored there: not given */
    DRILL_ARG_V5_ONLY /* an error before 5.0 */
} DrillArgSince;

typedef struct DrillArgField {
    const char *name;
    DrillArgKind kind;
    lua_Integer min, max;
    const char *const *choices; /* NULL-terminated */
    DrillArgSince since;
} DrillArgField;

/* "never" as seconds. */
#define DRILL_SECONDS_NEVER UINT32_MAX

/* `text` points into the Lua string: valid while the table holds it. */
typedef struct DrillArg {
    bool given;
    bool truth;
    uint64_t number; /* integer, duration, size, rate, packet type, choice */
    DrillRatio ratio;
    DrillSpan text;
} DrillArg;

/* Reads the table at `index` (nil and none: nothing given). `what` names the function:
 * "client:expect". */
void drill_args_read(lua_State *L, int index, const char *what, const DrillArgField *fields,
                     size_t count, DrillArg *out);

/* The same for a client or connection of this protocol version; above it is the run's. 0: no run
 * yet, everything counts. */
void drill_args_read_for(lua_State *L, int version, int index, const char *what,
                         const DrillArgField *fields, size_t count, DrillArg *out);

/* Single arguments; `name` for messages. */
uint64_t drill_arg_duration(lua_State *L, int index, const char *what, const char *name);
uint64_t drill_arg_duration_or(lua_State *L, int index, const char *what, const char *name,
                               uint64_t otherwise_ns);
DrillSpan drill_arg_string(lua_State *L, int index, const char *what, const char *name);
const char *drill_arg_cstring(lua_State *L, int index, const char *what,
                              const char *name); /* no NUL inside */
typedef struct DrillArgRange {
    lua_Integer min, max; /* INT64_MIN and INT64_MAX: no bound */
} DrillArgRange;
lua_Integer drill_arg_integer(lua_State *L, int index, const char *what, const char *name,
                              DrillArgRange range);
int drill_arg_choice(lua_State *L, int index, const char *what, const char *name,
                     const char *const *choices);
int drill_arg_packet_type(lua_State *L, int index, const char *what, const char *name);

/* "nil", "12", "\"text\"", "a table": how a message shows the value at `index`. */
void drill_arg_show(lua_State *L, int index, char *out, size_t size);
/* Appends a text in the language of scenarios: quoted, escaped so that it can be pasted back, cut
 * after `max` bytes. */
void drill_put_lua_string(DrillBuffer *out, DrillSpan text, size_t max);
/* "30s", "250ms": a duration as scenarios write it. */
void drill_put_lua_duration(DrillBuffer *out, uint64_t ns);

/* Of `names` (NULL-terminated) the one that `wrong` was probably meant to be, or NULL. */
const char *drill_nearest_name(const char *wrong, const char *const *names);
int drill_name_distance(const char *a, const char *b);

/* --- objects --- */
/* `type` is the metatable's name and what messages call it. `fields` answers reads of what is no
 * method: it pushes one value and returns true, or returns false. */
typedef bool (*DrillObjectFields)(lua_State *L, void *object, const char *name);
typedef struct DrillObjectType {
    const char *type;
    const luaL_Reg *methods; /* NULL-terminated */
    DrillObjectFields fields;
} DrillObjectType;
void drill_object_register(lua_State *L, const DrillObjectType *type);
/* Pushes a userdata that holds the pointer. */
void drill_object_push(lua_State *L, const char *type, void *object);
/* The object at argument `index`, which must be of that type. */
void *drill_object_check(lua_State *L, int index, const char *type, const char *what);

#endif
