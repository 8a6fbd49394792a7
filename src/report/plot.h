/* Plots over time as SVG text: the same on every machine. Lengths are tenths of a pixel. */
#ifndef DRILL_REPORT_PLOT_H
#define DRILL_REPORT_PLOT_H

#include "report/stats.h"

#define DRILL_PLOT_WIDTH  9600
#define DRILL_PLOT_LEFT   900
#define DRILL_PLOT_RIGHT  (DRILL_PLOT_WIDTH - 300)
#define DRILL_PLOT_TOP    1250 /* of the plot; above it the lane of what never arrived */
#define DRILL_PLOT_LANE   200
#define DRILL_PLOT_HEIGHT 3000
#define DRILL_PLOT_RUG    150
#define DRILL_PLOT_INK    "#3e4c59"
#define DRILL_PLOT_QUIET  "#7b8794"
#define DRILL_PLOT_LOST   "#c62828"
#define DRILL_PLOT_AGAIN  "#d9730d"

typedef struct DrillPlot {
    DrillStats *stats;
    DrillBuffer *out;
    const char *x_words, *y_words;
    int64_t right;              /* where the x axis ends */
    uint64_t from_ns, until_ns; /* x */
    uint64_t least_ns, most_ns; /* y */
    bool logarithmic;
} DrillPlot;

typedef struct DrillPlotWords {
    int64_t x, y;
    const char *anchor; /* "start" "middle" "end" */
    const char *colour;
    int size; /* pixels */
    bool bold;
} DrillPlotWords;

typedef struct DrillPlotStroke {
    int64_t x0, y0, x1, y1;
    const char *colour;
    int width;        /* tenths */
    const char *dash; /* or NULL */
} DrillPlotStroke;

void drill_plot_length(DrillBuffer *out, int64_t tenths);
void drill_plot_attribute(DrillBuffer *out, const char *name, int64_t tenths);
void drill_plot_escaped(DrillBuffer *out, const char *text);
void drill_plot_words(DrillPlot *plot, const DrillPlotWords *words, const char *text);
void drill_plot_stroke(DrillPlot *plot, const DrillPlotStroke *stroke);
void drill_plot_cross(DrillPlot *plot, int64_t x, int64_t y); /* opens a <path> */

int64_t drill_plot_x(const DrillPlot *plot, uint64_t ns);
int64_t drill_plot_y(const DrillPlot *plot, uint64_t ns);
/* 1, 2 or 5 times a power of ten, not below and not above. */
uint64_t drill_plot_round_up(uint64_t value);
uint64_t drill_plot_round_down(uint64_t value);
void drill_plot_y_scale(DrillPlot *plot, uint64_t least_ns, uint64_t most_ns);
void drill_plot_x_scale(DrillPlot *plot, uint64_t first_ns, uint64_t last_ns);
const char *drill_plot_duration(DrillPlot *plot, uint64_t ns);

/* Opens the SVG: titles. */
void drill_plot_frame(DrillPlot *plot);
void drill_plot_grid(DrillPlot *plot);
/* One sample of the legend and its words; returns where the next one begins. */
int64_t drill_plot_entry(DrillPlot *plot, int64_t x, const char *sample, const char *text);

#endif
