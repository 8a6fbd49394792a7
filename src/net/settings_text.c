/* Values of link settings as text: read, written, found to be set. And the two kinds of file. */
#include "net/settings_text.h"

#include <string.h>

#include "base/arena.h"

static void *field(const DrillSetting *row, DrillLinkSettings *settings) {
    return (char *)settings + row->offset;
}

static const void *field_of(const DrillSetting *row, const DrillLinkSettings *settings) {
    return (const char *)settings + row->offset;
}

static bool read_ratio(DrillSpan text, DrillLinkRatio *out) {
    DrillRatio ratio;
    if (drill_parse_ratio(text, &ratio) != DRILL_OK) return false;
    *out = (DrillLinkRatio){ratio.numerator, ratio.denominator};
    return true;
}

static bool read_ratios(DrillSpan text, uint32_t count, DrillLinkRatio *out) {
    DrillLinkRatio read[8] = {{0, 0}};
    DRILL_ASSERT(count <= DRILL_ARRAY_COUNT(read));
    uint32_t given = 0;
    for (DrillSpan rest = text; rest.data != NULL && rest.size > 0;) {
        if (given == count || !read_ratio(drill_span_cut(&rest, ':'), &read[given++])) return false;
    }
    memcpy(out, read, count * sizeof(*out));
    return given > 0;
}

static bool read_bool(DrillSpan text, bool *out) {
    if (!drill_span_is(text, "true") && !drill_span_is(text, "false")) return false;
    *out = drill_span_is(text, "true");
    return true;
}

static bool read_choice(const DrillSetting *row, DrillSpan text, void *out) {
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (!drill_span_is(text, row->choices[i])) continue;
        _Static_assert(sizeof(DrillLinkDistribution) == sizeof(DrillLinkDiscipline), "enums");
        DrillLinkDistribution value = (DrillLinkDistribution)i;
        memcpy(out, &value, sizeof value);
        return true;
    }
    return false;
}

static bool read_moment(DrillSpan text, DrillLinkMoment *out) {
    DrillLinkMoment moment = {true, DRILL_NEVER};
    if (!drill_span_is(text, "never") && drill_parse_duration(text, &moment.after_ns) != DRILL_OK) {
        return false;
    }
    *out = moment;
    return true;
}

static bool read_outage_list(DrillSpan text, DrillLinkOutages *out) {
    uint64_t before_ns = 0;
    for (DrillSpan rest = text; rest.data != NULL;) {
        DrillSpan ends = drill_span_cut(&rest, '+');
        DrillSpan from = drill_span_cut(&ends, '-');
        if (out->count == DRILL_LINK_OUTAGES_MAX) return false;
        DrillLinkInterval *interval = &out->list[out->count++];
        if (ends.data == NULL || drill_parse_duration(from, &interval->from_ns) != DRILL_OK ||
            drill_parse_duration(ends, &interval->to_ns) != DRILL_OK ||
            interval->from_ns < before_ns || interval->to_ns <= interval->from_ns) {
            return false;
        }
        before_ns = interval->to_ns;
    }
    return out->count > 0;
}

static bool read_outages(DrillSpan text, DrillLinkOutages *out) {
    DrillLinkOutages outages;
    memset(&outages, 0, sizeof outages);
    if (text.size > 0 && memchr(text.data, '/', text.size) != NULL) {
        DrillSpan rest = text;
        DrillSpan down = drill_span_cut(&rest, '/');
        if (drill_parse_duration(down, &outages.down_ns) != DRILL_OK ||
            drill_parse_duration(rest, &outages.period_ns) != DRILL_OK || outages.down_ns == 0 ||
            outages.down_ns > outages.period_ns) {
            return false;
        }
    } else if (!read_outage_list(text, &outages)) {
        return false;
    }
    *out = outages;
    return true;
}

static void unset(const DrillSetting *row, DrillLinkSettings *settings) {
    static const size_t sizes[] = {
        [DRILL_SETTING_DURATION] = sizeof(uint64_t),
        [DRILL_SETTING_RATIO] = sizeof(DrillLinkRatio),
        [DRILL_SETTING_RATIOS] = sizeof(DrillLinkRatio),
        [DRILL_SETTING_RATE] = sizeof(uint64_t),
        [DRILL_SETTING_SIZE] = sizeof(uint64_t),
        [DRILL_SETTING_COUNT] = sizeof(uint64_t),
        [DRILL_SETTING_CHOICE] = sizeof(DrillLinkDistribution),
        [DRILL_SETTING_BOOL] = sizeof(bool),
        [DRILL_SETTING_NOT] = sizeof(bool),
        [DRILL_SETTING_MOMENT] = sizeof(DrillLinkMoment),
        [DRILL_SETTING_OUTAGES] = sizeof(DrillLinkOutages),
        [DRILL_SETTING_FILE] = sizeof(void *),
    };
    size_t count = row->type == DRILL_SETTING_RATIOS ? row->count : 1;
    memset(field(row, settings), 0, sizes[row->type] * count);
    if (row->type == DRILL_SETTING_FILE && row->offset == offsetof(DrillLinkSettings, table)) {
        settings->table_count = 0;
    } else if (row->type == DRILL_SETTING_FILE) {
        settings->replay_count = 0;
    }
}

bool drill_setting_read(const DrillSetting *row, DrillSpan value, DrillLinkSettings *settings) {
    if (drill_span_is(value, "off")) {
        unset(row, settings);
        return true;
    }
    void *out = field(row, settings);
    switch (row->type) {
    case DRILL_SETTING_DURATION:
        return drill_parse_duration(value, out) == DRILL_OK;
    case DRILL_SETTING_RATIO:
        return read_ratio(value, out);
    case DRILL_SETTING_RATIOS:
        return read_ratios(value, row->count, out);
    case DRILL_SETTING_RATE:
        return drill_parse_rate(value, out) == DRILL_OK;
    case DRILL_SETTING_SIZE:
        return drill_parse_size(value, out) == DRILL_OK;
    case DRILL_SETTING_COUNT:
        return drill_parse_u64(value, out) == DRILL_OK;
    case DRILL_SETTING_CHOICE:
        return read_choice(row, value, out);
    case DRILL_SETTING_BOOL:
        return read_bool(value, out);
    case DRILL_SETTING_NOT: {
        bool opposite;
        if (!read_bool(value, &opposite)) return false;
        *(bool *)out = !opposite;
        return true;
    }
    case DRILL_SETTING_MOMENT:
        return read_moment(value, out);
    case DRILL_SETTING_OUTAGES:
        return read_outages(value, out);
    case DRILL_SETTING_FILE:
        return false;
    }
    DRILL_ASSERT(false);
}

const char *drill_link_setting_expects(const DrillSetting *setting) {
    switch (setting->type) {
    case DRILL_SETTING_DURATION:
        return "a duration such as \"250ms\" or \"5s\"";
    case DRILL_SETTING_RATIO:
        return "a ratio such as \"2%\" or \"1/50\"";
    case DRILL_SETTING_RATIOS:
        return setting->count == 5 ? "ratios p13:p31:p32:p23:p14 like 1%:20%"
                                   : "ratios p:r:1-h:1-k like 1%:20%";
    case DRILL_SETTING_RATE:
        return "a rate such as \"64kbit\" or \"1Mbit\"";
    case DRILL_SETTING_SIZE:
        return "a size such as \"1500\" or \"256KiB\"";
    case DRILL_SETTING_COUNT:
        return "a whole number such as \"5\"";
    case DRILL_SETTING_CHOICE:
        return setting->offset == offsetof(DrillLinkSettings, discipline)
                   ? "droptail or codel"
                   : "uniform, normal, pareto, paretonormal or table";
    case DRILL_SETTING_BOOL:
    case DRILL_SETTING_NOT:
        return "true or false";
    case DRILL_SETTING_MOMENT:
        return "a duration such as \"5s\", or \"never\"";
    case DRILL_SETTING_OUTAGES:
        return "10s/60s (the last 10 s of every 60 s) or times like 5s-8s+20s-30s";
    case DRILL_SETTING_FILE:
        return "the path of a file";
    }
    DRILL_ASSERT(false);
}

bool drill_setting_is_set(const DrillSetting *row, const DrillLinkSettings *settings) {
    const void *at = field_of(row, settings);
    switch (row->type) {
    case DRILL_SETTING_DURATION:
    case DRILL_SETTING_RATE:
    case DRILL_SETTING_SIZE:
    case DRILL_SETTING_COUNT:
        return *(const uint64_t *)at != 0;
    case DRILL_SETTING_RATIO:
    case DRILL_SETTING_RATIOS:
        return ((const DrillLinkRatio *)at)->denominator != 0 &&
               (row->type == DRILL_SETTING_RATIOS || ((const DrillLinkRatio *)at)->numerator != 0);
    case DRILL_SETTING_CHOICE: {
        DrillLinkDistribution value;
        memcpy(&value, at, sizeof value);
        return (int)value != 0;
    }
    case DRILL_SETTING_BOOL:
    case DRILL_SETTING_NOT:
        return *(const bool *)at;
    case DRILL_SETTING_MOMENT:
        return ((const DrillLinkMoment *)at)->set;
    case DRILL_SETTING_OUTAGES:
        return ((const DrillLinkOutages *)at)->period_ns != 0 ||
               ((const DrillLinkOutages *)at)->count != 0;
    case DRILL_SETTING_FILE:
        return row->offset == offsetof(DrillLinkSettings, table) ? settings->table_count != 0
                                                                 : settings->replay_count != 0;
    }
    DRILL_ASSERT(false);
}

/* In the biggest unit that says it exactly. */
typedef struct Scale {
    uint64_t by;
    const char *name;
} Scale;

static void print_scaled(uint64_t value, const Scale *scales, size_t count, DrillBuffer *out) {
    size_t i = 0;
    while (i + 1 < count && (value == 0 || value % scales[i].by != 0))
        i++;
    drill_buffer_put_u64(out, value / scales[i].by);
    drill_buffer_put_string(out, scales[i].name);
}

static void print_duration(uint64_t ns, DrillBuffer *out) {
    static const Scale scales[] = {
        {DRILL_NS_PER_S, "s"}, {DRILL_NS_PER_MS, "ms"}, {DRILL_NS_PER_US, "us"}, {1, "ns"}};
    if (ns == 0) {
        drill_buffer_put_byte(out, '0');
        return;
    }
    print_scaled(ns, scales, DRILL_ARRAY_COUNT(scales), out);
}

static void print_ratio(DrillLinkRatio ratio, DrillBuffer *out) {
    if (ratio.denominator == 0 || ratio.numerator == 0) {
        drill_buffer_put_string(out, "0");
    } else if (ratio.denominator == 100) {
        drill_buffer_print(out, "%llu%%", (unsigned long long)ratio.numerator);
    } else if (ratio.denominator == 1) {
        drill_buffer_put_string(out, "1");
    } else {
        drill_buffer_print(out, "%llu/%llu", (unsigned long long)ratio.numerator,
                           (unsigned long long)ratio.denominator);
    }
}

static void print_ratios(const DrillLinkRatio *ratios, uint32_t count, DrillBuffer *out) {
    while (count > 1 && ratios[count - 1].denominator == 0)
        count--;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) drill_buffer_put_byte(out, ':');
        print_ratio(ratios[i], out);
    }
}

static void print_outages(const DrillLinkOutages *outages, DrillBuffer *out) {
    if (outages->period_ns != 0) {
        print_duration(outages->down_ns, out);
        drill_buffer_put_byte(out, '/');
        print_duration(outages->period_ns, out);
    }
    for (uint32_t i = 0; outages->period_ns == 0 && i < outages->count; i++) {
        if (i > 0) drill_buffer_put_byte(out, '+');
        print_duration(outages->list[i].from_ns, out);
        drill_buffer_put_byte(out, '-');
        print_duration(outages->list[i].to_ns, out);
    }
}

static void print_set(const DrillSetting *row, const DrillLinkSettings *settings,
                      DrillBuffer *out) {
    static const Scale rates[] = {
        {1000 * 1000 * 1000, "Gbit"}, {1000 * 1000, "Mbit"}, {1000, "kbit"}, {1, "bit"}};
    static const Scale sizes[] = {
        {UINT64_C(1) << 30, "GiB"}, {UINT64_C(1) << 20, "MiB"}, {1024, "KiB"}, {1, ""}};
    const void *at = field_of(row, settings);
    switch (row->type) {
    case DRILL_SETTING_DURATION:
        print_duration(*(const uint64_t *)at, out);
        return;
    case DRILL_SETTING_RATIO:
        print_ratio(*(const DrillLinkRatio *)at, out);
        return;
    case DRILL_SETTING_RATIOS:
        print_ratios(at, row->count, out);
        return;
    case DRILL_SETTING_RATE:
        print_scaled(*(const uint64_t *)at, rates, DRILL_ARRAY_COUNT(rates), out);
        return;
    case DRILL_SETTING_SIZE:
        print_scaled(*(const uint64_t *)at, sizes, DRILL_ARRAY_COUNT(sizes), out);
        return;
    case DRILL_SETTING_COUNT:
        drill_buffer_put_u64(out, *(const uint64_t *)at);
        return;
    case DRILL_SETTING_CHOICE: {
        DrillLinkDistribution value;
        memcpy(&value, at, sizeof value);
        drill_buffer_put_string(out, row->choices[(int)value]);
        return;
    }
    case DRILL_SETTING_BOOL:
    case DRILL_SETTING_NOT:
        drill_buffer_put_string(
            out, *(const bool *)at == (row->type == DRILL_SETTING_BOOL) ? "true" : "false");
        return;
    case DRILL_SETTING_MOMENT:
        if (((const DrillLinkMoment *)at)->after_ns == DRILL_NEVER) {
            drill_buffer_put_string(out, "never");
        } else {
            print_duration(((const DrillLinkMoment *)at)->after_ns, out);
        }
        return;
    case DRILL_SETTING_OUTAGES:
        print_outages(at, out);
        return;
    case DRILL_SETTING_FILE:
        if (row->offset == offsetof(DrillLinkSettings, table)) {
            drill_buffer_print(out, "(%zu values)", settings->table_count);
        } else {
            drill_buffer_print(out, "(%zu rows)", settings->replay_count);
        }
        return;
    }
    DRILL_ASSERT(false);
}

void drill_link_setting_print(const DrillSetting *setting, const DrillLinkSettings *settings,
                              DrillBuffer *out) {
    if (drill_setting_is_set(setting, settings)) print_set(setting, settings, out);
}

/* a + b <= 1, by long division in 64 bits: both as parts of 2^32 are near enough for a message, but
 * exact sums such as 1/3 + 2/3 must pass, so equal denominators are compared exactly. */
bool drill_ratios_fit(DrillLinkRatio a, DrillLinkRatio b) {
    if (a.denominator == 0 || b.denominator == 0) return true;
    if (a.denominator > UINT32_MAX || b.denominator > UINT32_MAX) {
        return a.numerator / 2 <= a.denominator / 2 && b.numerator / 2 <= b.denominator / 2;
    }
    /* a.n * b.d <= (b.d - b.n) * a.d */
    return a.numerator * b.denominator <= (b.denominator - b.numerator) * a.denominator;
}

/* --- files --- */

static DrillSpan trimmed(DrillSpan line) {
    while (line.size > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = drill_span(line.data + 1, line.size - 1);
    while (line.size > 0 && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t' ||
                             line.data[line.size - 1] == '\r'))
        line.size--;
    return line;
}

static bool read_table_value(DrillSpan word, int16_t *out) {
    bool negative = word.size > 0 && word.data[0] == '-';
    uint64_t value;
    if (negative) word = drill_span(word.data + 1, word.size - 1);
    if (drill_parse_u64(word, &value) != DRILL_OK || value > 32767) return false;
    *out = (int16_t)(negative ? -(int)value : (int)value);
    return true;
}

DrillResult drill_link_table_parse(DrillSpan text, DrillAllocator allocator,
                                   DrillLinkSettings *settings, DrillDiagnostic *diagnostic) {
    enum { VALUES_MAX = 65536 };
    DrillBuffer values = {.allocator = allocator};
    size_t count = 0;
    unsigned line_number = 0;
    for (DrillSpan rest = text; rest.data != NULL && rest.size > 0;) {
        DrillSpan line = drill_span_cut(&rest, '\n');
        DrillSpan words = trimmed(drill_span_cut(&line, '#'));
        line_number++;
        while (words.data != NULL && words.size > 0) {
            DrillSpan word = trimmed(drill_span_cut(&words, ' '));
            int16_t value;
            if (word.size == 0) continue;
            if (count == VALUES_MAX || !read_table_value(word, &value)) {
                drill_buffer_release(&values);
                return drill_diagnose(diagnostic, DRILL_INVALID,
                                      "link: table: line %u: expected at most %d whole numbers "
                                      "from -32767 to 32767, got \"%.*s\"",
                                      line_number, (int)VALUES_MAX,
                                      word.size > 60 ? 60 : (int)word.size,
                                      (const char *)word.data);
            }
            drill_buffer_put(&values, &value, sizeof value);
            count++;
        }
    }
    if (count == 0) return drill_diagnose(diagnostic, DRILL_INVALID, "link: table: it is empty");
    settings->table = (const int16_t *)(const void *)values.data;
    settings->table_count = count;
    settings->distribution = DRILL_DELAY_TABLE;
    return DRILL_OK;
}

static bool read_row(DrillSpan line, DrillLinkRow *row) {
    DrillSpan time = trimmed(drill_span_cut(&line, ','));
    DrillSpan delay = trimmed(drill_span_cut(&line, ','));
    DrillSpan rate = trimmed(drill_span_cut(&line, ','));
    return line.data != NULL && drill_parse_duration(time, &row->time_ns) == DRILL_OK &&
           drill_parse_duration(delay, &row->delay_ns) == DRILL_OK &&
           drill_parse_rate(rate, &row->rate_bits_per_s) == DRILL_OK &&
           read_ratio(trimmed(line), &row->loss);
}

DrillResult drill_link_replay_parse(DrillSpan text, DrillAllocator allocator,
                                    DrillLinkSettings *settings, DrillDiagnostic *diagnostic) {
    enum { ROWS_MAX = 1000000 };
    DrillBuffer rows = {.allocator = allocator};
    size_t count = 0;
    uint64_t last_ns = 0;
    unsigned line_number = 0;
    for (DrillSpan rest = text; rest.data != NULL && rest.size > 0;) {
        DrillSpan line = drill_span_cut(&rest, '\n');
        DrillSpan words = trimmed(drill_span_cut(&line, '#'));
        DrillLinkRow row = {0};
        line_number++;
        bool heading =
            count == 0 && words.size >= 4 && drill_span_is(drill_span(words.data, 4), "time");
        if (words.size == 0 || heading) continue;
        if (count == ROWS_MAX || !read_row(words, &row) || (count > 0 && row.time_ns <= last_ns)) {
            drill_buffer_release(&rows);
            return drill_diagnose(diagnostic, DRILL_INVALID,
                                  "link: replay: line %u: expected time,delay,rate,loss like "
                                  "1.5s,80ms,64kbit,2%% with times that grow, got \"%.*s\"",
                                  line_number, words.size > 60 ? 60 : (int)words.size,
                                  (const char *)words.data);
        }
        last_ns = row.time_ns;
        drill_buffer_put(&rows, &row, sizeof row);
        count++;
    }
    if (count == 0) return drill_diagnose(diagnostic, DRILL_INVALID, "link: replay: it is empty");
    settings->replay = (const DrillLinkRow *)(const void *)rows.data;
    settings->replay_count = count;
    return DRILL_OK;
}
