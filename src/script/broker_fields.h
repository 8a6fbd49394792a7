/* The options of the virtual broker that are one value: named alike in the `broker` field of
 * scenarios and in --broker. Users, topic rules and the like are lua_broker_options.c's. */
#ifndef DRILL_SCRIPT_BROKER_FIELDS_H
#define DRILL_SCRIPT_BROKER_FIELDS_H

#include <mqttdrill/broker.h>

typedef enum DrillBrokerFieldKind {
    DRILL_BROKER_BOOL,
    DRILL_BROKER_INTEGER,
    DRILL_BROKER_DURATION,
    DRILL_BROKER_SECONDS, /* whole ones, or "never" */
    DRILL_BROKER_BYTES,
    DRILL_BROKER_CHOICE,
    DRILL_BROKER_TEXT
} DrillBrokerFieldKind;

typedef struct DrillBrokerField {
    const char *name;
    DrillBrokerFieldKind kind;
    int64_t min, max;
    const char *const *choices; /* NULL-terminated */
    size_t offset;              /* of the member of DrillBrokerConfig */
    size_t size;                /* its size */
    bool negated;               /* the member says the opposite */
    bool zero_is_never;         /* of durations */
    size_t flag_offset;         /* of a bool that says that the member counts; 0: none */
    uint64_t flag_max;          /* above it, it does not */
    const uint8_t *values;      /* of the choices, where they are not 0, 1, 2 ... */
} DrillBrokerField;

const DrillBrokerField *drill_broker_fields(size_t *count);
/* `number` as the kind has it: 0 or 1, nanoseconds, seconds, the choice's index. */
void drill_broker_field_set(const DrillBrokerField *field, uint64_t number,
                            DrillBrokerConfig *config);
/* Appends the value as scenarios write it. False: it is the default, and nothing is appended. */
bool drill_broker_field_print(const DrillBrokerField *field, const DrillBrokerConfig *config,
                              DrillBuffer *out);
/* The text must outlive the configuration. */
void drill_broker_field_set_text(const DrillBrokerField *field, DrillSpan text,
                                 DrillBrokerConfig *config);

#endif
