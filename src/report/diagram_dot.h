/* Pieces of Graphviz text, shared by the files that write it. Coordinates are those of the page. */
#ifndef DRILL_REPORT_DIAGRAM_DOT_H
#define DRILL_REPORT_DIAGRAM_DOT_H

#include "report/diagram_model.h"

/* Where nothing passes; pale, because everything else is drawn on it. */
#define DRILL_BAND_COLOUR "#fbe6e3"

typedef struct DrillDot {
    DrillDiagram *diagram;
    const DrillPage *page;
    int32_t shift;  /* from the long drawing to the page: subtract */
    int32_t bottom; /* lowest thing on the page so far */
    unsigned nodes; /* names given out */
    DrillBuffer *out;
} DrillDot;

typedef struct DrillLine {
    int32_t x0, y0, x1, y1;
    const char *colour;
    const char *style;   /* "solid" "dashed" "dotted" */
    int32_t width;       /* tenths */
    bool head;           /* an arrow's, at the second end */
    const char *tooltip; /* or NULL */
} DrillLine;
void drill_dot_line(DrillDot *dot, const DrillLine *line);

typedef struct DrillBox {
    DrillRect rect;
    const char *shape;  /* "box" "note" "circle" "plaintext" */
    const char *style;  /* "filled" "rounded,filled" ... */
    const char *fill;   /* colour, or NULL for none */
    const char *border; /* colour, or NULL for none */
    const char *colour; /* of the text */
    int32_t size;       /* of the text, tenths */
    int32_t border_width;
} DrillBox;
/* Opens a node up to its label; the label's markup follows; then drill_dot_box_end. */
void drill_dot_box(DrillDot *dot, const DrillBox *box);
void drill_dot_box_end(DrillDot *dot);
/* Text as markup: & < > " and backslashes are escaped. */
void drill_dot_text(DrillBuffer *out, const char *text);
/* "12.3" */
void drill_dot_tenths(DrillBuffer *out, int32_t tenths);

/* diagram_dot_frame.c: what surrounds the arrows. */
void drill_dot_heads(DrillDot *dot, size_t page_index);
void drill_dot_axis(DrillDot *dot);
void drill_dot_lifelines(DrillDot *dot);
void drill_dot_legend(DrillDot *dot);

const char *drill_arrow_colour(const DrillArrow *arrow);
const char *drill_wire_colour(const DrillWire *wire);
const char *drill_strip_colour(DrillStripKind kind);

#endif
