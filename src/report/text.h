/* Widths of text in DejaVu Sans, from the font's own table, so that the layout is the same on a
 * machine without the font. Lengths in this folder's drawings are tenths of a point. */
#ifndef DRILL_REPORT_TEXT_H
#define DRILL_REPORT_TEXT_H

#include "report/pool.h"

typedef struct DrillFont {
    int32_t tenths; /* size in tenths of a point */
    bool bold;
} DrillFont;

int32_t drill_text_width(const char *text, DrillFont font);
/* The text, or as much of it as fits, with an ellipsis. */
const char *drill_text_fit(DrillPool *pool, const char *text, DrillFont font, int32_t width_max);

typedef struct DrillWrap {
    DrillFont font;
    int32_t width_max;
    size_t lines_max;
} DrillWrap;
/* Breaks into lines; newlines are kept as breaks. Returns how many lines were stored. */
size_t drill_text_wrap(DrillPool *pool, const char *text, const DrillWrap *wrap,
                       const char **lines);

#endif
