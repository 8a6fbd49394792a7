/* The table of link settings: names, kinds, where they lie, what they mean. Their texts are read
 * and written in settings_text.c. */
#include "net/settings.h"

#include "base/assignment.h"
#include "net/settings_text.h"

static const char *const distributions[] = {"uniform",      "normal", "pareto",
                                            "paretonormal", "table",  NULL};
static const char *const disciplines[] = {"droptail", "codel", NULL};

#define AT(field)    offsetof(DrillLinkSettings, field)
#define DURATION     .type = DRILL_SETTING_DURATION
#define RATIO        .type = DRILL_SETTING_RATIO
#define RATIOS(n)    .type = DRILL_SETTING_RATIOS, .count = (n)
#define RATE         .type = DRILL_SETTING_RATE
#define SIZE         .type = DRILL_SETTING_SIZE
#define COUNT        .type = DRILL_SETTING_COUNT
#define CHOICE(list) .type = DRILL_SETTING_CHOICE, .choices = (list)
#define BOOL         .type = DRILL_SETTING_BOOL
#define NOT          .type = DRILL_SETTING_NOT
#define MOMENT       .type = DRILL_SETTING_MOMENT
#define OUTAGES      .type = DRILL_SETTING_OUTAGES
#define FROM_FILE    .type = DRILL_SETTING_FILE
#define LOSES        .loses = true
#define ALIAS(of)    .alias_of = (of)

/* clang-format off */
static const DrillSetting rows[] = {
    {.name = "delay",        DURATION, .offset = AT(delay_ns), .help = "one way"},
    {.name = "latency",      DURATION, .offset = AT(delay_ns), ALIAS("delay"), .help = "the same as delay"},
    {.name = "jitter",       DURATION, .offset = AT(jitter_ns), .help = "delay varies by so much: half the width if uniform, else the standard deviation"},
    {.name = "distribution", CHOICE(distributions), .offset = AT(distribution), .help = "of the jitter: uniform, normal, pareto, paretonormal or table"},
    {.name = "table",        FROM_FILE, .offset = AT(table), .help = "file with the distribution, as tc-netem has them"},
    {.name = "delay_correlation", RATIO, .offset = AT(delay_correlation), .help = "of a packet's jitter with that of the packet ahead"},
    {.name = "fifo",         NOT, .offset = AT(overtaking), LOSES, .help = "false: packets overtake each other when their delays say so"},
    {.name = "loss",         RATIO, .offset = AT(loss_numerator), LOSES, .help = "each packet with this probability"},
    {.name = "loss_correlation", RATIO, .offset = AT(loss_correlation), LOSES, .help = "of a packet's loss with that of the packet ahead"},
    {.name = "loss_markov",  RATIOS(5), .offset = AT(loss_markov), LOSES, .help = "p13:p31:p32:p23:p14 of the 4-state model"},
    {.name = "loss_gilbert", RATIOS(4), .offset = AT(loss_gilbert), LOSES, .help = "p:r:1-h:1-k of the Gilbert-Elliott model"},
    {.name = "duplicate",    RATIO, .offset = AT(duplicate), LOSES, .help = "arrives twice"},
    {.name = "duplicate_correlation", RATIO, .offset = AT(duplicate_correlation), LOSES, .help = "as for loss"},
    {.name = "corrupt",      RATIO, .offset = AT(corrupt), LOSES, .help = "a bit is wrong: the checksum drops it at the receiver"},
    {.name = "corrupt_correlation", RATIO, .offset = AT(corrupt_correlation), LOSES, .help = "as for loss"},
    {.name = "corrupt_deliver", BOOL, .offset = AT(corrupt_deliver), LOSES, .help = "datagrams arrive with the wrong bit"},
    {.name = "reorder",      RATIO, .offset = AT(reorder), LOSES, .help = "goes at once, before packets that are being delayed"},
    {.name = "reorder_correlation", RATIO, .offset = AT(reorder_correlation), LOSES, .help = "as for loss"},
    {.name = "reorder_gap",  COUNT, .offset = AT(reorder_gap), LOSES, .help = "reorder only one of so many packets"},
    {.name = "rate",         RATE, .offset = AT(rate_bits_per_s), .help = "bits per second"},
    {.name = "bandwidth",    RATE, .offset = AT(rate_bits_per_s), ALIAS("rate"), .help = "the same as rate"},
    {.name = "overhead",     SIZE, .offset = AT(overhead_bytes), .help = "bytes that each packet takes besides its own"},
    {.name = "cell",         SIZE, .offset = AT(cell_bytes), .help = "packets are sent in whole cells of so many bytes"},
    {.name = "cell_overhead", SIZE, .offset = AT(cell_overhead_bytes), .help = "bytes that each cell takes besides"},
    {.name = "queue",        SIZE, .offset = AT(queue_bytes), .help = "in front of the rate: what does not fit is dropped"},
    {.name = "queue_packets", COUNT, .offset = AT(queue_packets), .help = "in front of the rate: so many packets at most"},
    {.name = "discipline",   CHOICE(disciplines), .offset = AT(discipline), .help = "of the queue: droptail or codel"},
    {.name = "codel_target", DURATION, .offset = AT(codel_target_ns), .help = "waiting time that CoDel puts up with; 5ms"},
    {.name = "codel_interval", DURATION, .offset = AT(codel_interval_ns), .help = "for so long; 100ms"},
    {.name = "slot",         DURATION, .offset = AT(slot_min_ns), .help = "packets leave in bursts, so far apart"},
    {.name = "slot_max",     DURATION, .offset = AT(slot_max_ns), .help = "or up to so far, evenly distributed"},
    {.name = "slot_packets", COUNT, .offset = AT(slot_packets), .help = "at most so many packets in a burst"},
    {.name = "slot_bytes",   SIZE, .offset = AT(slot_bytes), .help = "at most so many bytes in a burst"},
    {.name = "mtu",          SIZE, .offset = AT(mtu_bytes), LOSES, .help = "bigger packets are dropped, silently"},
    {.name = "mtu_tell",     BOOL, .offset = AT(mtu_tell), LOSES, .help = "and the sender is told"},
    {.name = "slow_close",   DURATION, .offset = AT(slow_close_ns), .help = "a close is passed on so much later"},
    {.name = "timeout",      MOMENT, .offset = AT(timeout), .help = "no byte is passed on; then the connection is closed"},
    {.name = "reset_peer",   MOMENT, .offset = AT(reset_peer), .help = "connections are reset so long after they were opened"},
    {.name = "slicer",       SIZE, .offset = AT(slicer_bytes), .help = "data are cut into packets of about this size"},
    {.name = "slicer_variation", SIZE, .offset = AT(slicer_variation_bytes), .help = "give or take so many bytes"},
    {.name = "slicer_delay", DURATION, .offset = AT(slicer_delay_ns), .help = "between two of them"},
    {.name = "limit_data",   SIZE, .offset = AT(limit_data_bytes), .help = "connections are closed after so many bytes"},
    {.name = "down",         BOOL, .offset = AT(down), .help = "connections are reset and new ones refused"},
    {.name = "nat_idle",     DURATION, .offset = AT(nat_idle_ns), LOSES, .help = "connections silent for so long are forgotten: their packets vanish"},
    {.name = "rebind",       DURATION, .offset = AT(rebind_ns), LOSES, .help = "the address changes this often: old connections vanish"},
    {.name = "fin_delay",    DURATION, .offset = AT(fin_delay_ns), .help = "FINs are under way for so much longer"},
    {.name = "outage",       OUTAGES, .offset = AT(outage), LOSES, .help = "nothing passes in the last 10 s of each 60 s, or in the times listed"},
    {.name = "replay",       FROM_FILE, .offset = AT(replay), .help = "file with rows time,delay,rate,loss of a recorded link"},
};

/* Sources: docs/link-model.md. */
static const DrillLinkPreset presets[] = {
    {"gprs",  "delay=250ms,jitter=50ms,c>b.rate=20kbit,b>c.rate=50kbit,queue=16KiB,loss=2%", "GPRS"},
    {"edge",  "delay=420ms,jitter=40ms,c>b.rate=200kbit,b>c.rate=240kbit,queue=32KiB,loss=1%", "EDGE"},
    {"3g",    "delay=150ms,jitter=20ms,c>b.rate=768kbit,b>c.rate=1600kbit,queue=64KiB,loss=0.5%", "UMTS and HSPA"},
    {"lte",   "delay=35ms,jitter=5ms,rate=12Mbit,queue=256KiB,loss=0.1%", "LTE"},
    {"nb-iot", "delay=800ms,jitter=400ms,distribution=paretonormal,c>b.rate=62500bit,b>c.rate=25500bit,queue=4KiB,loss=1%", "NB-IoT with one repetition"},
    {"lorawan-backhaul", "delay=60ms,jitter=20ms,distribution=normal,c>b.rate=375kbit,b>c.rate=300kbit,queue=16KiB,loss_gilbert=0.5%:50%", "a gateway's LTE-M backhaul"},
    {"geo",   "delay=270ms,jitter=5ms,c>b.rate=1Mbit,b>c.rate=10Mbit,queue=256KiB,loss=0.1%", "geostationary satellite"},
    {"leo",   "delay=22ms,jitter=8ms,distribution=normal,c>b.rate=15Mbit,b>c.rate=150Mbit,queue=1MiB,loss_gilbert=0.1%:50%,outage=200ms/15s", "low orbit satellites, changing every 15 s"},
    {"wifi-edge", "delay=20ms,jitter=35ms,distribution=pareto,delay_correlation=25%,rate=1Mbit,queue=64KiB,loss_gilbert=2%:30%:80%:1%", "Wi-Fi at the edge of its range"},
    {"train", "delay=60ms,jitter=30ms,distribution=paretonormal,delay_correlation=50%,c>b.rate=2Mbit,b>c.rate=8Mbit,queue=256KiB,loss_gilbert=1%:40%,outage=12s/90s", "LTE in a train, with tunnels"},
    {"fibre", "delay=75ms,jitter=1ms,distribution=normal,rate=100Mbit,queue=1MiB,loss=1/100000", "fibre across the Atlantic and a continent"},
};
/* clang-format on */

const DrillSetting *drill_link_setting_at(size_t index) {
    return index < DRILL_ARRAY_COUNT(rows) ? &rows[index] : NULL;
}

const DrillSetting *drill_link_setting_find(DrillSpan name) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (drill_span_is(name, rows[i].name)) return &rows[i];
    }
    return NULL;
}

const DrillLinkPreset *drill_link_preset_at(size_t index) {
    return index < DRILL_ARRAY_COUNT(presets) ? &presets[index] : NULL;
}

void drill_link_settings_names(DrillBuffer *out) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        drill_buffer_print(out, i == 0 ? "%s" : " %s", rows[i].name);
    }
}

DrillResult drill_link_settings_set(DrillLinkSettings *settings, DrillSpan name, DrillSpan value,
                                    DrillDiagnostic *diagnostic) {
    const DrillSetting *row = drill_link_setting_find(name);
    if (row == NULL) {
        char names[800];
        size_t used = 0;
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows) && used < sizeof names; i++) {
            int put = snprintf(names + used, sizeof names - used, " %s", rows[i].name);
            used += put > 0 ? (size_t)put : 0;
        }
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: no setting \"%.*s\"; there are%s",
                              name.size > 60 ? 60 : (int)name.size, (const char *)name.data, names);
    }
    if (row->type == DRILL_SETTING_FILE && !drill_span_is(value, "off")) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "link: %s: files can be named on the command line and in scenarios "
                              "only",
                              row->name);
    }
    if (drill_setting_read(row, value, settings)) return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_INVALID, "link: %s: expected %s, got \"%.*s\"",
                          row->name, drill_link_setting_expects(row),
                          value.size > 200 ? 200 : (int)value.size,
                          value.size ? (const char *)value.data : "");
}

static DrillResult apply_preset(DrillLinkSettings direction[2], int only, DrillSpan value,
                                DrillDiagnostic *diagnostic) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(presets); i++) {
        if (!drill_span_is(value, presets[i].name)) continue;
        DrillLinkSettings fresh[2] = {{0}, {0}};
        DrillResult result =
            drill_link_pair_parse(fresh, drill_span_of(presets[i].text), diagnostic);
        DRILL_ASSERT(result == DRILL_OK); /* our own table */
        for (int side = 0; side < 2; side++) {
            if (only < 0 || only == side) direction[side] = fresh[side];
        }
        return DRILL_OK;
    }
    char names[400];
    size_t used = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(presets) && used < sizeof names; i++) {
        int put = snprintf(names + used, sizeof names - used, " %s", presets[i].name);
        used += put > 0 ? (size_t)put : 0;
    }
    return drill_diagnose(diagnostic, DRILL_INVALID, "link: no preset \"%.*s\"; there are%s",
                          value.size > 60 ? 60 : (int)value.size,
                          value.size ? (const char *)value.data : "", names);
}

DrillResult drill_link_pair_set(DrillLinkSettings direction[2], DrillSpan name, DrillSpan value,
                                DrillDiagnostic *diagnostic) {
    static const char *const prefixes[2] = {"c>b.", "b>c."};
    int only = -1;
    for (int side = 0; side < 2; side++) {
        if (name.size > 4 && drill_span_is(drill_span(name.data, 4), prefixes[side])) only = side;
    }
    if (only >= 0) name = drill_span(name.data + 4, name.size - 4);
    if (drill_span_is(name, "preset")) return apply_preset(direction, only, value, diagnostic);
    for (int side = 0; side < 2; side++) {
        if (only >= 0 && only != side) continue;
        DrillResult result = drill_link_settings_set(&direction[side], name, value, diagnostic);
        if (result != DRILL_OK) return result;
    }
    return DRILL_OK;
}

DrillResult drill_link_pair_parse(DrillLinkSettings direction[2], DrillSpan text,
                                  DrillDiagnostic *diagnostic) {
    DrillLinkSettings next[2] = {direction[0], direction[1]};
    DrillSpan rest = text;
    do {
        DrillAssignment item;
        DrillResult result = drill_assignment_take(&rest, "link", &item, diagnostic);
        if (result == DRILL_OK)
            result = drill_link_pair_set(next, item.name, item.value, diagnostic);
        if (result != DRILL_OK) return result;
    } while (rest.data != NULL);
    direction[0] = next[0];
    direction[1] = next[1];
    return DRILL_OK;
}

void drill_link_settings_print(const DrillLinkSettings *settings, DrillBuffer *out) {
    bool first = true;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (rows[i].alias_of != NULL || !drill_setting_is_set(&rows[i], settings)) continue;
        drill_buffer_print(out, first ? "%s=" : ",%s=", rows[i].name);
        drill_link_setting_print(&rows[i], settings, out);
        first = false;
    }
}

/* `needed` must be set where `given` is. */
typedef struct Need {
    const char *given, *needed;
} Need;

static DrillResult check_needs(const DrillLinkSettings *settings, DrillDiagnostic *diagnostic) {
    static const Need needs[] = {
        {"delay_correlation", "jitter"},
        {"corrupt_correlation", "corrupt"},
        {"corrupt_deliver", "corrupt"},
        {"duplicate_correlation", "duplicate"},
        {"loss_correlation", "loss"},
        {"reorder_correlation", "reorder"},
        {"reorder_gap", "reorder"},
        {"slicer_variation", "slicer"},
        {"slicer_delay", "slicer"},
        {"slot_max", "slot"},
        {"slot_packets", "slot"},
        {"slot_bytes", "slot"},
        {"mtu_tell", "mtu"},
        {"cell_overhead", "cell"},
        {"codel_target", "discipline"},
        {"codel_interval", "discipline"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(needs); i++) {
        const DrillSetting *given = drill_link_setting_find(drill_span_of(needs[i].given));
        if (!drill_setting_is_set(given, settings)) continue;
        const DrillSetting *needed = drill_link_setting_find(drill_span_of(needs[i].needed));
        if (!drill_setting_is_set(needed, settings)) {
            return drill_diagnose(diagnostic, DRILL_INVALID, "link: %s needs %s", needs[i].given,
                                  needs[i].needed);
        }
    }
    return DRILL_OK;
}

const DrillSetting *drill_link_settings_losing(const DrillLinkSettings *settings) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        if (rows[i].loses && drill_setting_is_set(&rows[i], settings)) return &rows[i];
    }
    return NULL;
}

DrillResult drill_link_settings_validate(const DrillLinkSettings *settings, bool stream,
                                         DrillDiagnostic *diagnostic) {
    const DrillSetting *losing = stream ? drill_link_settings_losing(settings) : NULL;
    if (losing != NULL) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "the transport 'stream' loses nothing and keeps the order: %s needs "
                              "'tcp'",
                              losing->name);
    }
    const DrillLinkRatio *markov = settings->loss_markov;
    if (markov[0].denominator != 0 && settings->loss_gilbert[0].denominator != 0) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "link: loss_markov and loss_gilbert exclude each other");
    }
    if (!drill_ratios_fit(markov[0], markov[4]) || !drill_ratios_fit(markov[1], markov[2])) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "link: loss_markov: p13 + p14 and p31 + p32 must not exceed 1");
    }
    if (settings->slot_max_ns != 0 && settings->slot_max_ns < settings->slot_min_ns) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: slot_max is less than slot");
    }
    if (settings->slicer_bytes != 0 && settings->slicer_variation_bytes >= settings->slicer_bytes) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "link: slicer_variation must be less than slicer");
    }
    if (settings->distribution == DRILL_DELAY_TABLE && settings->table_count == 0) {
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "link: distribution \"table\" needs a table");
    }
    if (settings->discipline == DRILL_QUEUE_CODEL && settings->rate_bits_per_s == 0) {
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: discipline \"codel\" needs a rate");
    }
    return check_needs(settings, diagnostic);
}
