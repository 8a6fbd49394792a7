/* Delay of every delivery over the time of its publication, as SVG text made from integers. Lengths
 * are tenths of a pixel. */
#include <string.h>

#include "report/stats.h"
#include "report/text.h"

#define WIDTH     9600
#define LEFT      900
#define RIGHT     300
#define TOP       1250 /* of the plot; above it the lane of what was never delivered */
#define LANE      200
#define HEIGHT    3000
#define RUG       150
#define FONT      "DejaVu Sans,Verdana,sans-serif"
#define WORDS     "#3e4c59"
#define QUIET     "#7b8794"
#define LOST      "#c62828"
#define AGAIN     "#d9730d"
#define TICKS_MAX 64
#define LOG_FROM                                                                                   \
    50 /* a span so many times as large as its smallest value is drawn by its logarithm */
#define MARKS_MAX 4000

#define U(number) ((unsigned long long)(number))

static const char *const qos_colours[3] = {"#8a6fb5", "#1f5fa8", "#2e8b57"};

typedef struct Plot {
    DrillStats *stats;
    DrillBuffer *out;
    uint64_t from_ns, until_ns; /* x */
    uint64_t least_ns, most_ns; /* y */
    bool logarithmic;
} Plot;

static void put_length(DrillBuffer *out, int64_t tenths) {
    if (tenths < 0) drill_buffer_put_byte(out, '-');
    uint64_t size = (uint64_t)(tenths < 0 ? -tenths : tenths);
    drill_buffer_print(out, "%llu", U(size / 10));
    if (size % 10 != 0) drill_buffer_print(out, ".%llu", U(size % 10));
}

static void put_attribute(DrillBuffer *out, const char *name, int64_t tenths) {
    drill_buffer_print(out, " %s=\"", name);
    put_length(out, tenths);
    drill_buffer_put_string(out, "\"");
}

static void put_escaped(DrillBuffer *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '&') {
            drill_buffer_put_string(out, "&amp;");
        } else if (*text == '<') {
            drill_buffer_put_string(out, "&lt;");
        } else {
            drill_buffer_put_byte(out, (uint8_t)*text);
        }
    }
}

typedef struct Words {
    int64_t x, y;
    const char *anchor; /* "start" "middle" "end" */
    const char *colour;
    int size; /* pixels */
    bool bold;
} Words;

static void put_words(Plot *plot, const Words *words, const char *text) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<text");
    put_attribute(out, "x", words->x);
    put_attribute(out, "y", words->y);
    drill_buffer_print(out, " text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\"%s>", words->anchor,
                       words->colour, words->size, words->bold ? " font-weight=\"bold\"" : "");
    put_escaped(out, text);
    drill_buffer_put_string(out, "</text>\n");
}

typedef struct Stroke {
    int64_t x0, y0, x1, y1;
    const char *colour;
    int width;        /* tenths */
    const char *dash; /* or NULL */
} Stroke;

static void put_stroke(Plot *plot, const Stroke *stroke) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<line");
    put_attribute(out, "x1", stroke->x0);
    put_attribute(out, "y1", stroke->y0);
    put_attribute(out, "x2", stroke->x1);
    put_attribute(out, "y2", stroke->y1);
    drill_buffer_print(out, " stroke=\"%s\"", stroke->colour);
    put_attribute(out, "stroke-width", stroke->width);
    if (stroke->dash != NULL) drill_buffer_print(out, " stroke-dasharray=\"%s\"", stroke->dash);
    drill_buffer_put_string(out, "/>\n");
}

/* Logarithm to base 2 in 1/1024, by squaring: one more binary digit each time. */
static uint64_t logarithm(uint64_t value) {
    uint64_t whole = 0;
    while (value >> whole > 1)
        whole++;
    uint64_t mantissa = whole >= 31 ? value >> (whole - 31) : value << (31 - whole);
    uint64_t result = whole;
    for (int digit = 0; digit < 10; digit++) {
        mantissa = (mantissa * mantissa) >> 31;
        result <<= 1;
        if (mantissa >> 32 != 0) {
            mantissa >>= 1;
            result |= 1;
        }
    }
    return result;
}

static int64_t x_of(const Plot *plot, uint64_t ns) {
    uint64_t span_us = (plot->until_ns - plot->from_ns) / DRILL_NS_PER_US;
    uint64_t at_us = ns <= plot->from_ns ? 0 : (ns - plot->from_ns) / DRILL_NS_PER_US;
    if (span_us == 0) return LEFT;
    if (at_us > span_us) at_us = span_us;
    return LEFT + (int64_t)(at_us * (WIDTH - LEFT - RIGHT) / span_us);
}

static int64_t y_of(const Plot *plot, uint64_t ns) {
    uint64_t low = plot->logarithmic ? logarithm(plot->least_ns) : plot->least_ns / DRILL_NS_PER_US;
    uint64_t high = plot->logarithmic ? logarithm(plot->most_ns) : plot->most_ns / DRILL_NS_PER_US;
    uint64_t at = plot->logarithmic ? logarithm(ns > 0 ? ns : 1) : ns / DRILL_NS_PER_US;
    if (at < low) at = low;
    if (at > high) at = high;
    if (high == low) return TOP + HEIGHT;
    return TOP + HEIGHT - (int64_t)((at - low) * HEIGHT / (high - low));
}

/* 1, 2 or 5 times a power of ten, not below. */
static uint64_t round_up(uint64_t value) {
    uint64_t power = 1;
    while (power < UINT64_MAX / 100 && power * 10 <= value)
        power *= 10;
    static const uint64_t steps[] = {1, 2, 5, 10};
    for (size_t i = 0; i < 4; i++) {
        if (power * steps[i] >= value) return power * steps[i];
    }
    return power * 10;
}

static uint64_t round_down(uint64_t value) {
    uint64_t power = 1;
    while (power <= value / 10)
        power *= 10;
    return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
}

static uint64_t next_step(uint64_t value) {
    return round_up(value + 1);
}

static void choose_scale(Plot *plot) {
    const DrillStats *stats = plot->stats;
    const DrillTraceFile *file = stats->file;
    uint64_t least = DRILL_NEVER;
    uint64_t most = 0;
    for (size_t qos = 0; qos < 3; qos++) {
        const DrillStatsTimes *times = &stats->latencies[qos];
        if (times->count == 0) continue;
        if (times->ns[0] < least) least = times->ns[0];
        if (times->ns[times->count - 1] > most) most = times->ns[times->count - 1];
    }
    if (most == 0) most = DRILL_NS_PER_S;
    if (least == DRILL_NEVER || least < DRILL_NS_PER_US) least = DRILL_NS_PER_US;
    plot->logarithmic = most / least >= LOG_FROM;
    if (plot->logarithmic) {
        plot->least_ns = round_down(least);
        plot->most_ns = round_up(most + most / 20);
    } else {
        uint64_t step = round_up((most + most / 12) / 6);
        plot->least_ns = 0;
        plot->most_ns = ((most + most / 12) / step + 1) * step;
    }
    uint64_t first = stats->first_ns == DRILL_NEVER ? 0 : stats->first_ns;
    uint64_t last = first;
    if (stats->message_count > 0) last = stats->messages[stats->message_count - 1].published_ns;
    uint64_t end = file->count > 0 ? file->events[file->count - 1].time_ns : 0;
    /* Not a single line when everything is published at once. */
    uint64_t least_span = stats->last_ns > first ? (stats->last_ns - first) / 5 : 0;
    if (last - first < least_span) last = first + least_span;
    if (last > end) last = end;
    uint64_t step = round_up((last > first ? last - first : DRILL_NS_PER_MS) / 40 + 1);
    plot->from_ns = first / step * step;
    plot->until_ns = (last / step + 1) * step;
}

static const char *duration(Plot *plot, uint64_t ns) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    uint64_t unit = ns >= DRILL_NS_PER_S    ? DRILL_NS_PER_MS
                    : ns >= DRILL_NS_PER_MS ? DRILL_NS_PER_US
                                            : 1;
    drill_buffer_put_duration(&text, (ns + unit / 2) / unit * unit);
    return drill_pool_buffer(&plot->stats->pool, &text);
}

static void put_y_tick(Plot *plot, uint64_t ns) {
    int64_t y = y_of(plot, ns);
    Stroke line = {LEFT, y, WIDTH - RIGHT, y, "#e4e9ee", 10, NULL};
    put_stroke(plot, &line);
    Words words = {LEFT - 100, y + 40, "end", QUIET, 11, false};
    put_words(plot, &words, duration(plot, ns));
}

static void put_grid(Plot *plot) {
    if (plot->logarithmic) {
        for (uint64_t ns = plot->least_ns; ns <= plot->most_ns; ns = next_step(ns))
            put_y_tick(plot, ns);
    } else {
        uint64_t step = round_up((plot->most_ns / 7) + 1);
        for (uint64_t ns = 0; ns <= plot->most_ns; ns += step)
            put_y_tick(plot, ns);
    }
    uint64_t step = round_up((plot->until_ns - plot->from_ns) / 10 + 1);
    int64_t bottom = TOP + HEIGHT + RUG;
    uint64_t tick_ns = (plot->from_ns + step - 1) / step * step;
    for (uint64_t ns = tick_ns; ns <= plot->until_ns; ns += step) {
        int64_t x = x_of(plot, ns);
        Stroke line = {x, TOP, x, bottom, "#f0f3f6", 10, NULL};
        put_stroke(plot, &line);
        Words words = {x, bottom + 180, "middle", QUIET, 11, false};
        put_words(plot, &words, duration(plot, ns));
    }
    Stroke axis = {LEFT, bottom, WIDTH - RIGHT, bottom, "#9aa5b1", 10, NULL};
    put_stroke(plot, &axis);
    Words what = {(LEFT + WIDTH - RIGHT) / 2, bottom + 380, "middle", WORDS, 12, false};
    put_words(plot, &what, "time of publication");
    drill_buffer_print(plot->out,
                       "<text transform=\"translate(22,%d) rotate(-90)\" text-anchor=\"middle\" "
                       "fill=\"%s\" font-size=\"12\">delay until delivery%s</text>\n",
                       (TOP + HEIGHT / 2) / 10, WORDS, plot->logarithmic ? " (logarithmic)" : "");
}

static void put_cross(Plot *plot, int64_t x, int64_t y) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<path d=\"M");
    for (int i = 0; i < 2; i++) {
        if (i > 0) drill_buffer_put_string(out, "M");
        put_length(out, x - 35);
        drill_buffer_put_string(out, " ");
        put_length(out, i == 0 ? y - 35 : y + 35);
        drill_buffer_put_string(out, i == 0 ? "l7 7" : "l7 -7");
    }
    drill_buffer_print(out, "\" stroke=\"%s\" stroke-width=\"2\" fill=\"none\">", LOST);
}

static void put_title(Plot *plot, const DrillStatsMessage *message,
                      const DrillStatsDelivery *delivery) {
    DrillPool *pool = &plot->stats->pool;
    drill_buffer_put_string(plot->out, "<title>");
    put_escaped(plot->out, drill_pool_readable(pool, message->topic, 60));
    drill_buffer_print(plot->out, " QoS %llu, %s → ", U(message->qos),
                       duration(plot, message->published_ns));
    put_escaped(plot->out,
                drill_pool_readable(pool, plot->stats->clients[delivery->client].name, 40));
    if (delivery->count == 0) {
        drill_buffer_put_string(plot->out, ": not delivered");
    } else {
        drill_buffer_print(plot->out, ": %s",
                           duration(plot, delivery->first_ns - message->published_ns));
        if (delivery->count > 1) drill_buffer_print(plot->out, ", %llu times", U(delivery->count));
    }
    drill_buffer_put_string(plot->out, "</title>");
}

static void put_dot(Plot *plot, const DrillStatsMessage *message,
                    const DrillStatsDelivery *delivery) {
    DrillBuffer *out = plot->out;
    int64_t x = x_of(plot, message->published_ns);
    if (delivery->count == 0) {
        put_cross(plot, x, TOP - LANE);
        put_title(plot, message, delivery);
        drill_buffer_put_string(out, "</path>\n");
        return;
    }
    if (delivery->first_ns < message->published_ns) return;
    int64_t y = y_of(plot, delivery->first_ns - message->published_ns);
    drill_buffer_put_string(out, "<circle");
    put_attribute(out, "cx", x);
    put_attribute(out, "cy", y);
    drill_buffer_print(out, " r=\"%s\" fill=\"%s\" fill-opacity=\"0.72\"%s>",
                       delivery->count > 1 ? "4.4" : "3.4",
                       qos_colours[message->qos > 2 ? 2 : message->qos],
                       delivery->count > 1 ? " stroke=\"" AGAIN "\" stroke-width=\"2\"" : "");
    put_title(plot, message, delivery);
    drill_buffer_put_string(out, "</circle>\n");
}

/* As its client saw it. */
static bool connection_broke(const DrillTraceEvent *closed) {
    return !drill_span_is(closed->node, "broker") &&
           !drill_span_is(drill_trace_text(closed, "how"), "fin");
}

/* What the link lost, and connections that ended too early, along the time axis. */
static void put_rug(Plot *plot) {
    const DrillTraceFile *file = plot->stats->file;
    size_t marks = 0;
    int64_t last_x = -1;
    for (size_t i = 0; i < file->count && marks < MARKS_MAX; i++) {
        const DrillTraceEvent *event = &file->events[i];
        bool lost = event->kind == DRILL_TRACE_LINK_LOST;
        if (!lost || event->time_ns < plot->from_ns || event->time_ns > plot->until_ns) continue;
        int64_t x = x_of(plot, event->time_ns);
        if (x == last_x) continue;
        last_x = x;
        marks++;
        Stroke line = {x, TOP + HEIGHT + 40, x, TOP + HEIGHT + RUG, LOST, 8, NULL};
        put_stroke(plot, &line);
    }
    for (size_t i = 0; i < file->count && marks < MARKS_MAX; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind != DRILL_TRACE_CONN_CLOSED || event->time_ns > plot->until_ns) continue;
        if (!connection_broke(event) || event->time_ns < plot->from_ns) continue;
        marks++;
        int64_t x = x_of(plot, event->time_ns);
        Stroke line = {x, TOP, x, TOP + HEIGHT + RUG, AGAIN, 10, "4 4"};
        put_stroke(plot, &line);
    }
}

typedef struct Counts {
    uint64_t qos[3], missing, again, lost, broken;
} Counts;

static Counts count(const Plot *plot) {
    Counts counts = {.missing = 0};
    const DrillStats *stats = plot->stats;
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        for (size_t k = 0; k < message->delivery_count; k++) {
            const DrillStatsDelivery *delivery = &message->deliveries[k];
            if (delivery->count == 0) counts.missing++;
            if (delivery->count > 0) counts.qos[message->qos > 2 ? 2 : message->qos]++;
            if (delivery->count > 1) counts.again++;
        }
    }
    for (size_t i = 0; i < 2 * stats->client_count; i++)
        counts.lost += stats->links[i].lost;
    for (size_t i = 0; i < stats->file->count; i++) {
        const DrillTraceEvent *event = &stats->file->events[i];
        if (event->kind == DRILL_TRACE_CONN_CLOSED && connection_broke(event)) counts.broken++;
    }
    return counts;
}

/* One sample and its words; returns where the next one begins. */
static int64_t put_entry(Plot *plot, int64_t x, const char *sample, const char *text) {
    drill_buffer_print(plot->out, "<g transform=\"translate(");
    put_length(plot->out, x);
    drill_buffer_print(plot->out, ",76)\">%s</g>\n", sample);
    Words words = {x + 120, 800, "start", WORDS, 11, false};
    put_words(plot, &words, text);
    return x + 120 + drill_text_width(text, (DrillFont){110, false}) + 260;
}

static void put_legend(Plot *plot, const Counts *counts) {
    DrillPool *pool = &plot->stats->pool;
    int64_t x = LEFT + 40;
    for (int qos = 0; qos < 3; qos++) {
        if (counts->qos[qos] == 0) continue;
        const char *sample = drill_pool_print(
            pool, "<circle r=\"3.4\" fill=\"%s\" fill-opacity=\"0.72\"/>", qos_colours[qos]);
        x = put_entry(plot, x, sample,
                      drill_pool_print(pool, "QoS %d (%llu)", qos, U(counts->qos[qos])));
    }
    if (counts->again > 0) {
        x = put_entry(plot, x,
                      "<circle r=\"3.4\" fill=\"none\" stroke=\"" AGAIN "\" stroke-width=\"2.4\"/>",
                      drill_pool_print(pool, "delivered again (%llu)", U(counts->again)));
    }
    if (counts->missing > 0) {
        x = put_entry(plot, x,
                      "<path d=\"M-3.5 -3.5l7 7M-3.5 3.5l7 -7\" stroke=\"" LOST
                      "\" stroke-width=\"2\"/>",
                      drill_pool_print(pool, "not delivered (%llu)", U(counts->missing)));
    }
    if (counts->lost > 0) {
        x = put_entry(plot, x, "<path d=\"M0 -5v10\" stroke=\"" LOST "\" stroke-width=\"1.5\"/>",
                      drill_pool_print(pool, "lost on the link (%llu)", U(counts->lost)));
    }
    if (counts->broken > 0) {
        put_entry(plot, x, "<path d=\"M0 -6v12\" stroke=\"" AGAIN "\" stroke-dasharray=\"3 3\"/>",
                  "connection broken");
    }
}

static void put_frame(Plot *plot) {
    const DrillTraceHeader *header = &plot->stats->file->header;
    DrillPool *pool = &plot->stats->pool;
    DrillBuffer *out = plot->out;
    int height = (TOP + HEIGHT + RUG + 550) / 10;
    drill_buffer_print(out,
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                       "viewBox=\"0 0 %d %d\" font-family=\"" FONT "\">\n"
                       "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
                       WIDTH / 10, height, WIDTH / 10, height, WIDTH / 10, height);
    Words title = {LEFT, 320, "start", "#1f2933", 15, true};
    put_words(plot, &title,
              drill_pool_print(pool, "%s  ·  seed %llu",
                               drill_pool_readable(pool, header->scenario_id, 60),
                               U(header->seed)));
    Words subtitle = {LEFT, 520, "start", QUIET, 12, false};
    put_words(plot, &subtitle, drill_pool_readable(pool, header->title, 110));
}

void drill_stats_plot(DrillStats *stats, DrillBuffer *out) {
    Plot plot = {.stats = stats, .out = out};
    choose_scale(&plot);
    Counts counts = count(&plot);
    put_frame(&plot);
    put_legend(&plot, &counts);
    put_grid(&plot);
    put_rug(&plot);
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        for (size_t k = 0; k < message->delivery_count; k++)
            put_dot(&plot, message, &message->deliveries[k]);
    }
    drill_buffer_put_string(out, "</svg>\n");
}
