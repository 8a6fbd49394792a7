#include "explore/broker_text.h"

#include <stdlib.h>

#include "base/assignment.h"
#include "script/broker_fields.h"

/* "one or each": what the value may be. */
static void put_expected(const DrillBrokerField *field, DrillBuffer *out) {
    switch (field->kind) {
    case DRILL_BROKER_BOOL:
        drill_buffer_put_string(out, "true or false");
        break;
    case DRILL_BROKER_INTEGER:
        drill_buffer_print(out, "a whole number from %lld to %lld", (long long)field->min,
                           (long long)field->max);
        break;
    case DRILL_BROKER_DURATION:
        drill_buffer_put_string(out, "a duration like 10s");
        break;
    case DRILL_BROKER_SECONDS:
        drill_buffer_put_string(out, "whole seconds like 90s");
        break;
    case DRILL_BROKER_BYTES:
        drill_buffer_put_string(out, "a size like 256KiB or 1000");
        break;
    case DRILL_BROKER_CHOICE:
        for (size_t i = 0; field->choices[i] != NULL; i++)
            drill_buffer_print(out, "%s%s", i > 0 ? " or " : "", field->choices[i]);
        break;
    case DRILL_BROKER_TEXT:
        drill_buffer_put_string(out, "a text");
        break;
    }
}

static bool read_word(DrillSpan value, const char *const *words, uint64_t *index) {
    for (*index = 0; words[*index] != NULL; ++*index) {
        if (drill_span_is(value, words[*index])) return true;
    }
    return false;
}

static bool read_seconds(DrillSpan value, uint64_t max, uint64_t *seconds) {
    if (drill_span_is(value, "never"))
        *seconds = UINT32_MAX;
    else if (drill_parse_duration(value, seconds) != DRILL_OK || *seconds % DRILL_NS_PER_S != 0)
        return false;
    else
        *seconds /= DRILL_NS_PER_S;
    return *seconds <= max;
}

static bool read_number(const DrillBrokerField *field, DrillSpan value, uint64_t *number) {
    static const char *const truths[] = {"false", "true", NULL};
    uint64_t min = (uint64_t)field->min, max = (uint64_t)field->max;
    switch (field->kind) {
    case DRILL_BROKER_BOOL:
        return read_word(value, truths, number);
    case DRILL_BROKER_INTEGER:
        return drill_parse_u64(value, number) == DRILL_OK && *number >= min && *number <= max;
    case DRILL_BROKER_DURATION:
        return drill_parse_duration(value, number) == DRILL_OK;
    case DRILL_BROKER_SECONDS:
        return read_seconds(value, max, number);
    case DRILL_BROKER_BYTES:
        return drill_parse_size(value, number) == DRILL_OK && *number >= min && *number <= max;
    case DRILL_BROKER_CHOICE:
        return read_word(value, field->choices, number);
    case DRILL_BROKER_TEXT:
        break;
    }
    return false;
}

static DrillResult refuse_name(DrillSpan name, DrillDiagnostic *diagnostic) {
    DrillBuffer names = {.allocator = drill_allocator_malloc()};
    size_t count = 0;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    for (size_t i = 0; i < count; i++)
        drill_buffer_print(&names, " %s", fields[i].name);
    DrillResult result = drill_diagnose(
        diagnostic, DRILL_INVALID, "broker: no option \"%.*s\"; there are%s", (int)name.size,
        name.size ? (const char *)name.data : "", drill_buffer_cstring(&names));
    drill_buffer_release(&names);
    return result;
}

static DrillResult refuse_value(const DrillBrokerField *field, DrillSpan value,
                                DrillDiagnostic *diagnostic) {
    DrillBuffer expected = {.allocator = drill_allocator_malloc()};
    put_expected(field, &expected);
    DrillResult result = drill_diagnose(
        diagnostic, DRILL_INVALID, "broker: %s: expected %s, got \"%.*s\"", field->name,
        drill_buffer_cstring(&expected), (int)value.size, (const char *)value.data);
    drill_buffer_release(&expected);
    return result;
}

static DrillResult set_value(const DrillBrokerField *field, DrillSpan value,
                             DrillBrokerConfig *config, DrillDiagnostic *diagnostic) {
    uint64_t number = 0;
    if (field->kind == DRILL_BROKER_TEXT)
        drill_broker_field_set_text(field, value, config);
    else if (read_number(field, value, &number))
        drill_broker_field_set(field, number, config);
    else
        return refuse_value(field, value, diagnostic);
    return DRILL_OK;
}

static DrillResult set_one(const DrillAssignment *item, DrillBrokerConfig *config,
                           DrillDiagnostic *diagnostic) {
    size_t count = 0;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    for (size_t i = 0; i < count; i++) {
        if (drill_span_is(item->name, fields[i].name))
            return set_value(&fields[i], item->value, config, diagnostic);
    }
    return refuse_name(item->name, diagnostic);
}

DrillResult drill_broker_text_parse(const char *text, DrillBrokerConfig *config,
                                    DrillDiagnostic *diagnostic) {
    DrillSpan rest = drill_span_of(text);
    DrillResult result;
    do {
        DrillAssignment item;
        result = drill_assignment_take(&rest, "broker", &item, diagnostic);
        if (result == DRILL_OK) result = set_one(&item, config, diagnostic);
    } while (result == DRILL_OK && rest.data != NULL);
    return result;
}
