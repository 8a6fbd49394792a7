/* Settings of a link by name and text: the one table that `--link`, `link = {...}` in scenarios and
 * the control interface of the proxy all go through. */
#ifndef DRILL_NET_SETTINGS_H
#define DRILL_NET_SETTINGS_H

#include <mqttdrill/link.h>

#include "base/diagnostic.h"

typedef enum DrillSettingType {
    DRILL_SETTING_DURATION, /* "200ms" */
    DRILL_SETTING_RATIO,    /* "5%" "1/50" */
    DRILL_SETTING_RATIOS,   /* "1%:10%:50%"; later ones may be left out */
    DRILL_SETTING_RATE,     /* "64kbit" */
    DRILL_SETTING_SIZE,     /* "16KiB" */
    DRILL_SETTING_COUNT,    /* "5" */
    DRILL_SETTING_CHOICE,   /* one of `choices` */
    DRILL_SETTING_BOOL,     /* "true" "false" */
    DRILL_SETTING_NOT,      /* a bool whose setting says the opposite of the field */
    DRILL_SETTING_MOMENT,   /* "5s" "0" "never" */
    DRILL_SETTING_OUTAGES,  /* "10s/60s" "5s-8s+20s-30s" */
    DRILL_SETTING_FILE      /* a file that the caller reads: see below */
} DrillSettingType;

typedef struct DrillSetting {
    const char *name;
    DrillSettingType type;
    size_t offset;              /* in DrillLinkSettings */
    bool loses;                 /* packets, or their order: not for the transport stream */
    uint32_t count;             /* RATIOS: so many at most */
    const char *const *choices; /* CHOICE: NULL-terminated, in the order of the enum */
    const char *alias_of;       /* another name of that setting; NULL: none */
    const char *help;
} DrillSetting;

typedef struct DrillLinkPreset {
    const char *name;
    const char *text; /* as for drill_link_settings_parse */
    const char *help;
} DrillLinkPreset;

/* In the order of the table; NULL behind the last. */
const DrillSetting *drill_link_setting_at(size_t index);
const DrillSetting *drill_link_setting_find(DrillSpan name); /* NULL: no such setting */
const DrillLinkPreset *drill_link_preset_at(size_t index);
/* "a duration such as \"250ms\"...": what a setting expects, for messages. */
const char *drill_link_setting_expects(const DrillSetting *setting);
/* All names, separated by spaces. */
void drill_link_settings_names(DrillBuffer *out);

/* Sets one. "off" unsets whatever it is. DRILL_INVALID: no such setting, or not such a value;
 * nothing was changed. A setting of type FILE is refused: read the file, parse it with one of the
 * functions below and store the result in the settings. */
DRILL_MUST_USE DrillResult drill_link_settings_set(DrillLinkSettings *settings, DrillSpan name,
                                                   DrillSpan value, DrillDiagnostic *diagnostic);
/* Both directions at once. The name may also be "preset" (which forgets what was set before), or
 * begin with "c>b." or "b>c." for one direction. */
DRILL_MUST_USE DrillResult drill_link_pair_set(DrillLinkSettings direction[2], DrillSpan name,
                                               DrillSpan value, DrillDiagnostic *diagnostic);
/* "preset=geo,loss=2%,c>b.delay=300ms". Starts from what `direction` holds. */
DRILL_MUST_USE DrillResult drill_link_pair_parse(DrillLinkSettings direction[2], DrillSpan text,
                                                 DrillDiagnostic *diagnostic);
/* What is set, in the order of the table, as a text that sets it again: "delay=200ms,loss=5%".
 * Files show as "table=(4096 values)". */
void drill_link_settings_print(const DrillLinkSettings *settings, DrillBuffer *out);
/* One setting's value as text; appends nothing when it is not set. */
void drill_link_setting_print(const DrillSetting *setting, const DrillLinkSettings *settings,
                              DrillBuffer *out);
/* The first one set that loses packets, or their order; NULL: none. */
const DrillSetting *drill_link_settings_losing(const DrillLinkSettings *settings);
/* DRILL_INVALID: settings that cannot stand together. `stream`: nothing may be lost. */
DRILL_MUST_USE DrillResult drill_link_settings_validate(const DrillLinkSettings *settings,
                                                        bool stream, DrillDiagnostic *diagnostic);

/* A table of a delay distribution as tc-netem's files have it: whole numbers in 1/8192 of the
 * standard deviation, ascending, separated by white space; '#' begins a comment. */
DRILL_MUST_USE DrillResult drill_link_table_parse(DrillSpan text, DrillAllocator allocator,
                                                  DrillLinkSettings *settings,
                                                  DrillDiagnostic *diagnostic);
/* A recorded link: lines "time,delay,rate,loss" such as "1.5s,80ms,64kbit,2%", times ascending;
 * a first line that begins with "time" and comments are skipped; rate "0": unlimited. */
DRILL_MUST_USE DrillResult drill_link_replay_parse(DrillSpan text, DrillAllocator allocator,
                                                   DrillLinkSettings *settings,
                                                   DrillDiagnostic *diagnostic);

#endif
