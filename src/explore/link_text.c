#include "explore/link_text.h"

#include <string.h>

typedef struct LinkSetting {
    const char *name;
    const char *expected;
    DrillResult (*parse)(DrillSpan value, DrillLinkSettings *settings);
} LinkSetting;

static DrillResult parse_delay(DrillSpan value, DrillLinkSettings *settings) {
    return drill_parse_duration(value, &settings->delay_ns);
}

static DrillResult parse_jitter(DrillSpan value, DrillLinkSettings *settings) {
    return drill_parse_duration(value, &settings->jitter_ns);
}

static DrillResult parse_loss(DrillSpan value, DrillLinkSettings *settings) {
    DrillRatio ratio;
    DrillResult result = drill_parse_ratio(value, &ratio);
    if (result != DRILL_OK) return result;
    settings->loss_numerator = ratio.numerator;
    settings->loss_denominator = ratio.denominator;
    return DRILL_OK;
}

static DrillResult parse_rate(DrillSpan value, DrillLinkSettings *settings) {
    return drill_parse_rate(value, &settings->rate_bits_per_s);
}

static DrillResult parse_queue(DrillSpan value, DrillLinkSettings *settings) {
    return drill_parse_size(value, &settings->queue_bytes);
}

static const LinkSetting link_settings[] = {
    {"delay", "a duration like 200ms", parse_delay},
    {"jitter", "a duration like 10ms", parse_jitter},
    {"loss", "a ratio like 5% or 1/50", parse_loss},
    {"rate", "a rate like 64kbit", parse_rate},
    {"queue", "a size like 16KiB", parse_queue},
};

static DrillResult parse_one(DrillSpan item, DrillLinkSettings *settings,
                             DrillDiagnostic *diagnostic) {
    const uint8_t *equals = item.size ? memchr(item.data, '=', item.size) : NULL;
    if (!equals)
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: expected NAME=VALUE, got \"%.*s\"",
                              (int)item.size, item.size ? (const char *)item.data : "");
    DrillSpan name = drill_span(item.data, (size_t)(equals - item.data));
    DrillSpan value = drill_span(equals + 1, item.size - name.size - 1);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(link_settings); i++) {
        if (!drill_span_is(name, link_settings[i].name)) continue;
        if (link_settings[i].parse(value, settings) == DRILL_OK) return DRILL_OK;
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: %s: expected %s, got \"%.*s\"",
                              link_settings[i].name, link_settings[i].expected, (int)value.size,
                              (const char *)value.data);
    }
    return drill_diagnose(diagnostic, DRILL_INVALID,
                          "link: no setting \"%.*s\"; there are delay jitter loss rate queue",
                          (int)name.size, (const char *)name.data);
}

DrillResult drill_link_text_parse(const char *text, DrillWorldLink *out,
                                  DrillDiagnostic *diagnostic) {
    DrillLinkSettings settings;
    memset(&settings, 0, sizeof(settings));
    memset(out, 0, sizeof(*out));
    for (const char *at = text;;) {
        size_t size = strcspn(at, ",");
        DrillResult result = parse_one(drill_span(at, size), &settings, diagnostic);
        if (result != DRILL_OK) return result;
        if (at[size] == '\0') break;
        at += size + 1;
    }
    out->direction[0] = settings;
    out->direction[1] = settings;
    return DRILL_OK;
}
