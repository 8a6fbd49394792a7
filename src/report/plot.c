/* What plots are drawn with: scales, grid, words and strokes as SVG text made from integers. */
#include "report/plot.h"

#include <string.h>

#include "report/text.h"

#define FONT      "DejaVu Sans,Verdana,sans-serif"
#define U(number) ((unsigned long long)(number))

void drill_plot_length(DrillBuffer *out, int64_t tenths) {
    if (tenths < 0) drill_buffer_put_byte(out, '-');
    uint64_t size = (uint64_t)(tenths < 0 ? -tenths : tenths);
    drill_buffer_print(out, "%llu", U(size / 10));
    if (size % 10 != 0) drill_buffer_print(out, ".%llu", U(size % 10));
}

void drill_plot_attribute(DrillBuffer *out, const char *name, int64_t tenths) {
    drill_buffer_print(out, " %s=\"", name);
    drill_plot_length(out, tenths);
    drill_buffer_put_string(out, "\"");
}

void drill_plot_escaped(DrillBuffer *out, const char *text) {
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

void drill_plot_words(DrillPlot *plot, const DrillPlotWords *words, const char *text) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<text");
    drill_plot_attribute(out, "x", words->x);
    drill_plot_attribute(out, "y", words->y);
    drill_buffer_print(out, " text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\"%s>", words->anchor,
                       words->colour, words->size, words->bold ? " font-weight=\"bold\"" : "");
    drill_plot_escaped(out, text);
    drill_buffer_put_string(out, "</text>\n");
}

void drill_plot_stroke(DrillPlot *plot, const DrillPlotStroke *stroke) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<line");
    drill_plot_attribute(out, "x1", stroke->x0);
    drill_plot_attribute(out, "y1", stroke->y0);
    drill_plot_attribute(out, "x2", stroke->x1);
    drill_plot_attribute(out, "y2", stroke->y1);
    drill_buffer_print(out, " stroke=\"%s\"", stroke->colour);
    drill_plot_attribute(out, "stroke-width", stroke->width);
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

int64_t drill_plot_x(const DrillPlot *plot, uint64_t ns) {
    uint64_t span_us = (plot->until_ns - plot->from_ns) / DRILL_NS_PER_US;
    uint64_t at_us = ns <= plot->from_ns ? 0 : (ns - plot->from_ns) / DRILL_NS_PER_US;
    if (span_us == 0) return DRILL_PLOT_LEFT;
    if (at_us > span_us) at_us = span_us;
    return DRILL_PLOT_LEFT + (int64_t)(at_us * (uint64_t)(plot->right - DRILL_PLOT_LEFT) / span_us);
}

int64_t drill_plot_y(const DrillPlot *plot, uint64_t ns) {
    uint64_t low = plot->logarithmic ? logarithm(plot->least_ns) : plot->least_ns / DRILL_NS_PER_US;
    uint64_t high = plot->logarithmic ? logarithm(plot->most_ns) : plot->most_ns / DRILL_NS_PER_US;
    uint64_t at = plot->logarithmic ? logarithm(ns > 0 ? ns : 1) : ns / DRILL_NS_PER_US;
    if (at < low) at = low;
    if (at > high) at = high;
    if (high == low) return DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT;
    return DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT -
           (int64_t)((at - low) * DRILL_PLOT_HEIGHT / (high - low));
}

/* 1, 2 or 5 times a power of ten, not below. */
uint64_t drill_plot_round_up(uint64_t value) {
    uint64_t power = 1;
    while (power < UINT64_MAX / 100 && power * 10 <= value)
        power *= 10;
    static const uint64_t steps[] = {1, 2, 5, 10};
    for (size_t i = 0; i < 4; i++) {
        if (power * steps[i] >= value) return power * steps[i];
    }
    return power * 10;
}

uint64_t drill_plot_round_down(uint64_t value) {
    uint64_t power = 1;
    while (power <= value / 10)
        power *= 10;
    return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
}

static uint64_t next_step(uint64_t value) {
    return drill_plot_round_up(value + 1);
}

const char *drill_plot_duration(DrillPlot *plot, uint64_t ns) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    uint64_t unit = ns >= DRILL_NS_PER_S    ? DRILL_NS_PER_MS
                    : ns >= DRILL_NS_PER_MS ? DRILL_NS_PER_US
                                            : 1;
    drill_buffer_put_duration(&text, (ns + unit / 2) / unit * unit);
    return drill_pool_buffer(&plot->stats->pool, &text);
}

static void put_y_tick(DrillPlot *plot, uint64_t ns) {
    int64_t y = drill_plot_y(plot, ns);
    DrillPlotStroke line = {DRILL_PLOT_LEFT, y, plot->right, y, "#e4e9ee", 10, NULL};
    drill_plot_stroke(plot, &line);
    DrillPlotWords words = {DRILL_PLOT_LEFT - 100, y + 40, "end", DRILL_PLOT_QUIET, 11, false};
    drill_plot_words(plot, &words, drill_plot_duration(plot, ns));
}

void drill_plot_grid(DrillPlot *plot) {
    if (plot->logarithmic) {
        for (uint64_t ns = plot->least_ns; ns <= plot->most_ns; ns = next_step(ns))
            put_y_tick(plot, ns);
    } else {
        uint64_t step = drill_plot_round_up((plot->most_ns / 7) + 1);
        for (uint64_t ns = 0; ns <= plot->most_ns; ns += step)
            put_y_tick(plot, ns);
    }
    uint64_t step = drill_plot_round_up((plot->until_ns - plot->from_ns) / 10 + 1);
    int64_t bottom = DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + DRILL_PLOT_RUG;
    uint64_t tick_ns = (plot->from_ns + step - 1) / step * step;
    for (uint64_t ns = tick_ns; ns <= plot->until_ns; ns += step) {
        int64_t x = drill_plot_x(plot, ns);
        DrillPlotStroke line = {x, DRILL_PLOT_TOP, x, bottom, "#f0f3f6", 10, NULL};
        drill_plot_stroke(plot, &line);
        DrillPlotWords words = {x, bottom + 180, "middle", DRILL_PLOT_QUIET, 11, false};
        drill_plot_words(plot, &words, drill_plot_duration(plot, ns));
    }
    DrillPlotStroke axis = {DRILL_PLOT_LEFT, bottom, plot->right, bottom, "#9aa5b1", 10, NULL};
    drill_plot_stroke(plot, &axis);
    DrillPlotWords what = {
        (DRILL_PLOT_LEFT + plot->right) / 2, bottom + 380, "middle", DRILL_PLOT_INK, 12, false};
    drill_plot_words(plot, &what, plot->x_words);
    drill_buffer_print(plot->out,
                       "<text transform=\"translate(22,%d) rotate(-90)\" text-anchor=\"middle\" "
                       "fill=\"%s\" font-size=\"12\">%s%s</text>\n",
                       (DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT / 2) / 10, DRILL_PLOT_INK, plot->y_words,
                       plot->logarithmic ? " (logarithmic)" : "");
}

/* One sample and its words; returns where the next one begins. */
int64_t drill_plot_entry(DrillPlot *plot, int64_t x, const char *sample, const char *text) {
    drill_buffer_print(plot->out, "<g transform=\"translate(");
    drill_plot_length(plot->out, x);
    drill_buffer_print(plot->out, ",76)\">%s</g>\n", sample);
    DrillPlotWords words = {x + 120, 800, "start", DRILL_PLOT_INK, 11, false};
    drill_plot_words(plot, &words, text);
    return x + 120 + drill_text_width(text, (DrillFont){110, false}) + 260;
}

void drill_plot_frame(DrillPlot *plot) {
    const DrillTraceHeader *header = &plot->stats->file->header;
    DrillPool *pool = &plot->stats->pool;
    DrillBuffer *out = plot->out;
    int height = (DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + DRILL_PLOT_RUG + 550) / 10;
    drill_buffer_print(out,
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                       "viewBox=\"0 0 %d %d\" font-family=\"" FONT "\">\n"
                       "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
                       DRILL_PLOT_WIDTH / 10, height, DRILL_PLOT_WIDTH / 10, height,
                       DRILL_PLOT_WIDTH / 10, height);
    DrillPlotWords title = {DRILL_PLOT_LEFT, 320, "start", "#1f2933", 15, true};
    drill_plot_words(plot, &title,
                     drill_pool_print(pool, "%s  ·  seed %llu",
                                      drill_pool_readable(pool, header->scenario_id, 60),
                                      U(header->seed)));
    DrillPlotWords subtitle = {DRILL_PLOT_LEFT, 520, "start", DRILL_PLOT_QUIET, 12, false};
    const char *what = drill_pool_readable(pool, header->title, 110);
    const char *link = drill_pool_link(pool, header->options);
    if (link[0] != '\0') what = drill_pool_print(pool, "%s  ·  link %s", what, link);
    drill_plot_words(plot, &subtitle, what);
}

void drill_plot_cross(DrillPlot *plot, int64_t x, int64_t y) {
    DrillBuffer *out = plot->out;
    drill_buffer_put_string(out, "<path d=\"M");
    for (int i = 0; i < 2; i++) {
        if (i > 0) drill_buffer_put_string(out, "M");
        drill_plot_length(out, x - 35);
        drill_buffer_put_string(out, " ");
        drill_plot_length(out, i == 0 ? y - 35 : y + 35);
        drill_buffer_put_string(out, i == 0 ? "l7 7" : "l7 -7");
    }
    drill_buffer_print(out, "\" stroke=\"%s\" stroke-width=\"2\" fill=\"none\">", DRILL_PLOT_LOST);
}

/* A span so many times as large as its smallest value is drawn by its logarithm. */
#define LOG_FROM 50

void drill_plot_y_scale(DrillPlot *plot, uint64_t least_ns, uint64_t most_ns) {
    plot->logarithmic = most_ns / least_ns >= LOG_FROM;
    if (plot->logarithmic) {
        plot->least_ns = drill_plot_round_down(least_ns);
        plot->most_ns = drill_plot_round_up(most_ns + most_ns / 20);
    } else {
        uint64_t step = drill_plot_round_up((most_ns + most_ns / 12) / 6);
        plot->least_ns = 0;
        plot->most_ns = ((most_ns + most_ns / 12) / step + 1) * step;
    }
}

void drill_plot_x_scale(DrillPlot *plot, uint64_t first_ns, uint64_t last_ns) {
    uint64_t step =
        drill_plot_round_up((last_ns > first_ns ? last_ns - first_ns : DRILL_NS_PER_MS) / 40 + 1);
    plot->from_ns = first_ns / step * step;
    plot->until_ns = (last_ns / step + 1) * step;
}
