/* Propagation delay plus a random part: uniform in [-jitter, +jitter], or jitter times a value of a
 * distribution whose deviation is 1, read from a table of its inverse; not below 0 together. One
 * draw per packet number when there is jitter (two with a correlation). */
#include "net/path.h"

typedef struct Table {
    const int16_t *values;
    size_t count;
} Table;

static Table table_of(const DrillLinkSettings *settings) {
    switch (settings->distribution) {
    case DRILL_DELAY_UNIFORM:
        break;
    case DRILL_DELAY_NORMAL:
        return (Table){drill_delay_normal, DRILL_DELAY_TABLE_SIZE};
    case DRILL_DELAY_PARETO:
        return (Table){drill_delay_pareto, DRILL_DELAY_TABLE_SIZE};
    case DRILL_DELAY_PARETONORMAL:
        return (Table){drill_delay_paretonormal, DRILL_DELAY_TABLE_SIZE};
    case DRILL_DELAY_TABLE:
        return (Table){settings->table, settings->table_count};
    }
    return (Table){NULL, 0};
}

static uint64_t shifted(uint64_t delay_ns, uint64_t by_ns, bool later) {
    if (later) {
        return drill_time_add(delay_ns, by_ns);
    }
    return delay_ns > by_ns ? delay_ns - by_ns : 0;
}

static uint64_t uniform(uint64_t delay_ns, uint64_t jitter_ns, uint64_t draw) {
    uint64_t half_max_ns = (DRILL_NEVER - 1) / 2;
    uint64_t half_ns = jitter_ns < half_max_ns ? jitter_ns : half_max_ns;
    uint64_t shift_ns = drill_draw_below(draw, 2 * half_ns + 1);
    bool later = shift_ns >= half_ns;
    return shifted(delay_ns, later ? shift_ns - half_ns : half_ns - shift_ns, later);
}

/* jitter * value / 8192, in two parts so that nothing overflows. */
static uint64_t from_table(uint64_t delay_ns, uint64_t jitter_ns, uint64_t draw, Table table) {
    int value = table.values[drill_draw_below(draw, table.count)];
    uint64_t size = (uint64_t)(value < 0 ? -value : value);
    uint64_t whole = jitter_ns / DRILL_DELAY_TABLE_SCALE;
    uint64_t rest = jitter_ns % DRILL_DELAY_TABLE_SCALE;
    uint64_t by_ns = whole > DRILL_NEVER / 65536
                         ? DRILL_NEVER
                         : whole * size + rest * size / DRILL_DELAY_TABLE_SCALE;
    return shifted(delay_ns, by_ns, value >= 0);
}

static void enter(DrillPath *path, DrillPassage *passage) {
    uint64_t delay_ns = passage->delay_ns;
    uint64_t jitter_ns = path->settings.jitter_ns;
    if (jitter_ns != 0) {
        uint64_t draw = drill_correlated_draw(path, &path->jitter, DRILL_STREAM_JITTER,
                                              passage->number, path->settings.delay_correlation);
        Table table = table_of(&path->settings);
        delay_ns = table.count == 0 ? uniform(delay_ns, jitter_ns, draw)
                                    : from_table(delay_ns, jitter_ns, draw, table);
    }
    if (!passage->at_once) {
        passage->at_ns = drill_time_add(passage->at_ns, delay_ns);
    }
}

const DrillImpairment drill_impair_delay = {"delay", enter, NULL};
