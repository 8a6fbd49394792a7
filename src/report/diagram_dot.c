/* One page of a diagram as Graphviz text with fixed positions. All numbers are made from integers,
 * so the text is the same everywhere. */
#include "report/diagram_dot.h"

#include <string.h>

#define HEAD_LENGTH 70 /* of an arrowhead: ten points times arrowsize */
#define MINUS_LIMIT 30

void drill_dot_tenths(DrillBuffer *out, int32_t tenths) {
    bool negative = tenths < 0;
    uint32_t value = negative ? (uint32_t)-tenths : (uint32_t)tenths;
    drill_buffer_print(out, "%s%u.%u", negative ? "-" : "", value / 10, value % 10);
}

/* Graphviz counts y upwards. */
static void put_point(DrillBuffer *out, int32_t x, int32_t y) {
    drill_dot_tenths(out, x);
    drill_buffer_put_string(out, ",");
    drill_dot_tenths(out, -y);
}

/* Node sizes are in inches of 72 points. */
static void put_inches(DrillBuffer *out, int32_t tenths) {
    int32_t thousandths = tenths * 1000 / 720;
    drill_buffer_print(out, "%d.%03d", thousandths / 1000, thousandths % 1000);
}

/* NULL: the character stands for itself in a label like HTML. */
static const char *entity(char character) {
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\\':
        return "&#92;";
    case '[':
        return "&#91;";
    case ']':
        return "&#93;";
    default:
        return NULL;
    }
}

void drill_dot_text(DrillBuffer *out, const char *text) {
    for (; *text != '\0'; text++) {
        const char *escaped = entity(*text);
        if (escaped != NULL) {
            drill_buffer_put_string(out, escaped);
        } else {
            drill_buffer_put_byte(out, (uint8_t)*text);
        }
    }
}

static int64_t root(int64_t square) {
    int64_t low = 0;
    int64_t high = INT64_C(1) << 31;
    while (low + 1 < high) {
        int64_t middle = low + (high - low) / 2;
        if (middle * middle <= square) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static unsigned put_corner(DrillDot *dot, int32_t x, int32_t y) {
    unsigned name = ++dot->nodes;
    drill_buffer_print(dot->out, "  n%u [pos=\"", name);
    put_point(dot->out, x, y);
    drill_buffer_put_string(dot->out, "\"];\n");
    return name;
}

static void put_spline(DrillDot *dot, const DrillLine *line) {
    int32_t x1 = line->x1;
    int32_t y1 = line->y1;
    int64_t dx = (int64_t)line->x1 - line->x0;
    int64_t dy = (int64_t)line->y1 - line->y0;
    int64_t length = root(dx * dx + dy * dy);
    drill_buffer_put_string(dot->out, " [pos=\"");
    if (line->head && length > 2 * HEAD_LENGTH) {
        drill_buffer_put_string(dot->out, "e,");
        put_point(dot->out, line->x1, line->y1);
        drill_buffer_put_string(dot->out, " ");
        x1 = line->x1 - (int32_t)(dx * HEAD_LENGTH / length);
        y1 = line->y1 - (int32_t)(dy * HEAD_LENGTH / length);
    }
    put_point(dot->out, line->x0, line->y0);
    for (int third = 1; third <= 3; third++) {
        drill_buffer_put_string(dot->out, " ");
        put_point(dot->out, line->x0 + (x1 - line->x0) * third / 3,
                  line->y0 + (y1 - line->y0) * third / 3);
    }
    drill_buffer_put_string(dot->out, "\"");
}

void drill_dot_line(DrillDot *dot, const DrillLine *line) {
    unsigned from = put_corner(dot, line->x0, line->y0);
    unsigned to = put_corner(dot, line->x1, line->y1);
    drill_buffer_print(dot->out, "  n%u -> n%u", from, to);
    put_spline(dot, line);
    if (!line->head) drill_buffer_put_string(dot->out, " dir=none");
    drill_buffer_print(dot->out, " color=\"%s\" penwidth=", line->colour);
    drill_dot_tenths(dot->out, line->width);
    if (strcmp(line->style, "solid") != 0) drill_buffer_print(dot->out, " style=%s", line->style);
    if (line->tooltip != NULL) {
        drill_buffer_put_string(dot->out, " tooltip=\"");
        drill_dot_text(dot->out, line->tooltip);
        drill_buffer_put_string(dot->out, "\"");
    }
    drill_buffer_put_string(dot->out, "];\n");
    if (line->y1 > dot->bottom) dot->bottom = line->y1;
}

void drill_dot_box(DrillDot *dot, const DrillBox *box) {
    const DrillRect *rect = &box->rect;
    DrillBuffer *out = dot->out;
    drill_buffer_print(out, "  n%u [pos=\"", ++dot->nodes);
    put_point(out, rect->x + rect->w / 2, rect->y + rect->h / 2);
    drill_buffer_put_string(out, "\" width=");
    put_inches(out, rect->w);
    drill_buffer_put_string(out, " height=");
    put_inches(out, rect->h);
    drill_buffer_print(out, " shape=%s style=\"%s\"", box->shape, box->style);
    drill_buffer_print(out, " color=\"%s\"", box->border != NULL ? box->border : "#ffffff00");
    if (box->fill != NULL) drill_buffer_print(out, " fillcolor=\"%s\"", box->fill);
    drill_buffer_put_string(out, " penwidth=");
    drill_dot_tenths(out, box->border != NULL ? box->border_width : 0);
    drill_buffer_print(
        out, " fontcolor=\"%s\" fontsize=", box->colour != NULL ? box->colour : "#1f2933");
    drill_dot_tenths(out, box->size != 0 ? box->size : 80);
    drill_buffer_put_string(out, " label=<");
    if (rect->y + rect->h > dot->bottom) dot->bottom = rect->y + rect->h;
}

void drill_dot_box_end(DrillDot *dot) {
    drill_buffer_put_string(dot->out, ">];\n");
}

const char *drill_arrow_colour(const DrillArrow *arrow) {
    if (arrow->fate == DRILL_ARROW_LOST || arrow->fate == DRILL_ARROW_CUT) return "#c62828";
    if (arrow->resent) return "#d9730d";
    switch (arrow->class) {
    case DRILL_ARROW_CONTROL:
        return "#5b6770";
    case DRILL_ARROW_SUBSCRIBE:
        return "#6a4fa3";
    case DRILL_ARROW_PUBLISH:
        return "#1f5fa8";
    case DRILL_ARROW_ACK:
        return "#2e7d32";
    case DRILL_ARROW_RAW:
    case DRILL_ARROW_CLASS_COUNT:
        break;
    }
    return "#8d5a2b";
}

const char *drill_strip_colour(DrillStripKind kind) {
    switch (kind) {
    case DRILL_STRIP_WAIT_ACK:
        return "#f6c344";
    case DRILL_STRIP_WAIT_COMP:
        return "#8bbf6a";
    case DRILL_STRIP_HELD:
    case DRILL_STRIP_KIND_COUNT:
        break;
    }
    return "#7fb2e5";
}

static const char *arrow_tooltip(DrillDiagram *diagram, const DrillArrow *arrow) {
    bool arrived = arrow->fate == DRILL_ARROW_ARRIVED;
    const char *sent = drill_diagram_time(diagram, arrow->sent_ns);
    const char *end = arrived ? drill_diagram_time(diagram, arrow->received_ns) : arrow->mark;
    return drill_pool_print(
        &diagram->pool, "#%llu %s → %s: %s %s %s · sent %s · %s%s%s%s",
        (unsigned long long)arrow->sent_number, diagram->participants[arrow->from].name,
        diagram->participants[arrow->to].name, arrow->name, arrow->fields, arrow->data, sent,
        arrived ? "received " : "", end, arrow->why[0] != '\0' ? ": " : "", arrow->why);
}

static int32_t x_at(const DrillArrow *arrow, int32_t y) {
    if (arrow->y1 == arrow->y0) return arrow->x0;
    int64_t run = (int64_t)(arrow->x1 - arrow->x0) * (y - arrow->y0);
    return arrow->x0 + (int32_t)(run / (arrow->y1 - arrow->y0));
}

static void put_cross(DrillDot *dot, const DrillLine *line) {
    DrillLine stroke = {
        line->x1 - 55, line->y1 - 55, line->x1 + 55, line->y1 + 55, line->colour, "solid", 24,
        false,         NULL};
    drill_dot_line(dot, &stroke);
    stroke.y0 = line->y1 + 55;
    stroke.y1 = line->y1 - 55;
    drill_dot_line(dot, &stroke);
}

static void put_arrow(DrillDot *dot, const DrillArrow *arrow) {
    int32_t top = dot->page->top;
    int32_t bottom = dot->page->bottom;
    if (arrow->y1 < top || arrow->y0 >= bottom) return;
    bool arrived = arrow->fate == DRILL_ARROW_ARRIVED;
    bool gone = arrow->fate == DRILL_ARROW_LOST || arrow->fate == DRILL_ARROW_CUT;
    bool ends_here = !arrived || arrow->y1 < bottom;
    DrillLine line = {.x0 = arrow->x0, .y0 = arrow->y0, .x1 = arrow->x1, .y1 = arrow->y1};
    if (arrow->y0 < top) {
        if (!arrived) return; /* the page before shows it whole */
        line.x0 = x_at(arrow, top);
        line.y0 = top;
    }
    if (!ends_here) {
        line.x1 = x_at(arrow, bottom);
        line.y1 = bottom;
    }
    line.y0 -= dot->shift;
    line.y1 -= dot->shift;
    line.colour = drill_arrow_colour(arrow);
    line.style = arrived && !arrow->copy && !arrow->inserted ? "solid" : "dashed";
    line.width = arrow->resent ? 22 : 13;
    line.head = !gone && ends_here;
    line.tooltip = arrow_tooltip(dot->diagram, arrow);
    drill_dot_line(dot, &line);
    if (gone) put_cross(dot, &line);
}

const char *drill_wire_colour(const DrillWire *wire) {
    if (wire->fate == DRILL_SEGMENT_LOST) return "#c62828";
    return wire->again ? "#d9730d" : "#9aa5b1";
}

static int32_t wire_x_at(const DrillWire *wire, int32_t y) {
    if (wire->y1 == wire->y0) return wire->x0;
    int64_t run = (int64_t)(wire->x1 - wire->x0) * (y - wire->y0);
    return wire->x0 + (int32_t)(run / (wire->y1 - wire->y0));
}

static void put_wire(DrillDot *dot, const DrillWire *wire) {
    int32_t top = dot->page->top;
    int32_t bottom = dot->page->bottom;
    if (wire->y1 < top || wire->y0 >= bottom) return;
    bool arrived = wire->fate == DRILL_SEGMENT_ARRIVED;
    if (!arrived && wire->y0 < top) return;
    DrillLine line = {.x0 = wire->x0, .y0 = wire->y0, .x1 = wire->x1, .y1 = wire->y1};
    bool ends_here = !arrived || wire->y1 < bottom;
    if (wire->y0 < top) {
        line.x0 = wire_x_at(wire, top);
        line.y0 = top;
    }
    if (!ends_here) {
        line.x1 = wire_x_at(wire, bottom);
        line.y1 = bottom;
    }
    line.y0 -= dot->shift;
    line.y1 -= dot->shift;
    line.colour = drill_wire_colour(wire);
    line.style = wire->copy || !arrived ? "dashed" : "solid";
    line.width = wire->again ? 10 : 7;
    line.head = arrived && ends_here;
    line.tooltip = wire->tooltip;
    drill_dot_line(dot, &line);
}

static bool on_page(const DrillDot *dot, const DrillRect *rect) {
    int32_t middle = rect->y + rect->h / 2;
    return middle >= dot->page->top && middle < dot->page->bottom;
}

static DrillRect shifted(const DrillDot *dot, DrillRect rect) {
    rect.y -= dot->shift;
    return rect;
}

/* What stands behind the name of a packet; not empty, which Graphviz does not take. */
static void put_details(DrillBuffer *out, const DrillArrow *arrow) {
    /* The space is a piece of its own: what draws SVG drops it at the beginning of others. */
    drill_buffer_put_string(out, "&#160;<font point-size=\"8\">");
    drill_dot_text(out, arrow->fields);
    if (arrow->mark[0] != '\0') {
        drill_buffer_put_string(out, "  ");
        drill_dot_text(out, arrow->mark);
    }
    if (arrow->data[0] != '\0') {
        drill_buffer_put_string(out, arrow->two_lines ? "<br/>" : "  ");
        drill_buffer_put_string(out, "<font color=\"#55606a\">");
        drill_dot_text(out, arrow->data);
        drill_buffer_put_string(out, "</font>");
    }
    drill_buffer_put_string(out, "</font>");
}

static void put_label(DrillDot *dot, const DrillArrow *arrow) {
    if (!on_page(dot, &arrow->label)) return;
    DrillBuffer *out = dot->out;
    DrillBox box = {.rect = shifted(dot, arrow->label),
                    .shape = "box",
                    .style = "filled",
                    .fill = "#ffffffd8",
                    .colour = drill_arrow_colour(arrow),
                    .size = 90};
    drill_dot_box(dot, &box);
    drill_buffer_put_string(out, "<b>");
    drill_dot_text(out, arrow->name);
    drill_buffer_put_string(out, "</b>");
    bool more = arrow->fields[0] != '\0' || arrow->mark[0] != '\0' || arrow->data[0] != '\0';
    if (more) put_details(out, arrow);
    drill_dot_box_end(dot);
}

static const char *strip_words(DrillStripKind kind) {
    switch (kind) {
    case DRILL_STRIP_WAIT_ACK:
        return "waits for PUBACK or PUBREC";
    case DRILL_STRIP_WAIT_COMP:
        return "waits for PUBCOMP";
    case DRILL_STRIP_HELD:
    case DRILL_STRIP_KIND_COUNT:
        break;
    }
    return "holds the id of a QoS 2 PUBLISH";
}

static void put_strip(DrillDot *dot, const DrillStrip *strip) {
    DrillRect rect = strip->rect;
    int32_t bottom = rect.y + rect.h;
    if (bottom <= dot->page->top || rect.y >= dot->page->bottom) return;
    if (rect.y < dot->page->top) rect.y = dot->page->top;
    if (bottom > dot->page->bottom) bottom = dot->page->bottom;
    rect.h = bottom - rect.y;
    rect = shifted(dot, rect);
    int32_t x = rect.x + rect.w / 2;
    /* A broad line rather than a box: lines lie below boxes, so the arrows stay on top. */
    DrillLine line = {
        .x0 = x, .y0 = rect.y, .x1 = x, .y1 = rect.y + rect.h, .style = "solid", .width = rect.w};
    line.colour = drill_pool_print(&dot->diagram->pool, "%sc0", drill_strip_colour(strip->kind));
    line.tooltip = drill_pool_print(&dot->diagram->pool, "%s: id %u", strip_words(strip->kind),
                                    (unsigned)strip->id);
    drill_dot_line(dot, &line);
}

/* One broad line, as for strips, between the lifelines. */
static void put_band(DrillDot *dot, const DrillBand *band) {
    DrillRect rect = band->rect;
    int32_t bottom = rect.y + rect.h;
    if (bottom <= dot->page->top || rect.y >= dot->page->bottom) return;
    if (rect.y < dot->page->top) rect.y = dot->page->top;
    if (bottom > dot->page->bottom) bottom = dot->page->bottom;
    rect.h = bottom - rect.y;
    rect = shifted(dot, rect);
    int32_t x = rect.x + rect.w / 2;
    DrillLine line = {.x0 = x,
                      .y0 = rect.y,
                      .x1 = x,
                      .y1 = rect.y + rect.h,
                      .colour = DRILL_BAND_COLOUR,
                      .style = "solid",
                      .width = rect.w - 20,
                      .tooltip = "nothing passes"};
    drill_dot_line(dot, &line);
}

static void put_mark(DrillDot *dot, const DrillMark *mark) {
    if (!on_page(dot, &mark->rect)) return;
    DrillBox box = {.rect = shifted(dot, mark->rect),
                    .shape = "box",
                    .style = "filled",
                    .fill = "#ffffffd8",
                    .colour = mark->good ? "#00695c" : "#8a5a00",
                    .size = 75};
    drill_dot_box(dot, &box);
    drill_dot_text(dot->out, mark->text);
    drill_dot_box_end(dot);
}

/* A letter, because lines lie below the packets' labels. */
static void put_wire_cross(DrillDot *dot, const DrillWire *wire) {
    DrillRect rect = {wire->x1 - 60, wire->y1 - 60, 120, 120};
    if (wire->fate != DRILL_SEGMENT_LOST || !on_page(dot, &rect)) return;
    DrillBox box = {.rect = shifted(dot, rect),
                    .shape = "plaintext",
                    .style = "",
                    .colour = drill_wire_colour(wire),
                    .size = 110};
    drill_dot_box(dot, &box);
    drill_buffer_put_string(dot->out, "<b>✕</b>");
    drill_dot_box_end(dot);
}

static void put_wire_label(DrillDot *dot, const DrillWire *wire) {
    if (wire->rect.w == 0 || !on_page(dot, &wire->rect)) return;
    DrillBox box = {.rect = shifted(dot, wire->rect),
                    .shape = "box",
                    .style = "filled",
                    .fill = "#ffffffd8",
                    .colour = wire->fate == DRILL_SEGMENT_LOST || wire->again
                                  ? drill_wire_colour(wire)
                                  : "#7b8794",
                    .size = 65};
    drill_dot_box(dot, &box);
    drill_dot_text(dot->out, wire->label);
    drill_dot_box_end(dot);
}

static void put_break(DrillDot *dot, const DrillBreak *item) {
    if (!on_page(dot, &item->rect)) return;
    DrillBox box = {.rect = shifted(dot, item->rect),
                    .shape = "box",
                    .style = "filled,dashed,rounded",
                    .fill = "#fff4e5f0",
                    .border = "#d9730d",
                    .border_width = 10,
                    .colour = "#7a3e00",
                    .size = 80};
    drill_dot_box(dot, &box);
    drill_dot_text(dot->out, item->lines[0]);
    if (item->lines[1][0] != '\0') {
        drill_buffer_put_string(dot->out, "<br/>");
        drill_dot_text(dot->out, item->lines[1]);
    }
    drill_dot_box_end(dot);
}

typedef struct NoteLook {
    const char *fill, *border, *heading;
} NoteLook;

static NoteLook note_look(DrillNoteKind kind) {
    switch (kind) {
    case DRILL_NOTE_SCRIPT:
        return (NoteLook){"#fffbe0", "#c9a91c", "#5f5200"};
    case DRILL_NOTE_FAILED:
    case DRILL_NOTE_FINDING:
        return (NoteLook){"#fdecea", "#c62828", "#b71c1c"};
    case DRILL_NOTE_FAULTED:
        return (NoteLook){"#fbe9e0", "#bf5b21", "#8a3c0c"};
    case DRILL_NOTE_LINK:
        return (NoteLook){"#eef2fb", "#7f95c9", "#33487f"};
    case DRILL_NOTE_INCONCLUSIVE:
        break;
    }
    return (NoteLook){"#f1f3f5", "#7b8794", "#3e4c59"};
}

static void put_leader(DrillDot *dot, const DrillNote *note, const char *colour) {
    DrillRect rect = shifted(dot, note->rect);
    int32_t middle = rect.y + rect.h / 2;
    int32_t y = note->anchor_y - dot->shift;
    if (note->anchor_y < dot->page->top || note->anchor_y >= dot->page->bottom) y = middle;
    int32_t side = rect.x > note->anchor_x ? rect.x : rect.x + rect.w;
    /* Short notes do not end their leader outside their own height. */
    int32_t end = y < rect.y + 60            ? rect.y + 60
                  : y > rect.y + rect.h - 60 ? rect.y + rect.h - 60
                                             : y;
    DrillLine line = {note->anchor_x, y, side, end, colour, "dotted", 9, false, NULL};
    drill_dot_line(dot, &line);
}

static void put_note(DrillDot *dot, const DrillNote *note) {
    if (!on_page(dot, &note->rect)) return;
    NoteLook look = note_look(note->kind);
    bool serious = note->kind != DRILL_NOTE_SCRIPT && note->kind != DRILL_NOTE_INCONCLUSIVE &&
                   note->kind != DRILL_NOTE_LINK;
    put_leader(dot, note, look.border);
    DrillBox box = {.rect = shifted(dot, note->rect),
                    .shape = "note",
                    .style = "filled",
                    .fill = look.fill,
                    .border = look.border,
                    .border_width = serious ? 15 : 8,
                    .colour = "#1f2933",
                    .size = 80};
    drill_dot_box(dot, &box);
    if (note->heading[0] != '\0') {
        drill_buffer_print(dot->out, "<font color=\"%s\"><b>", look.heading);
        drill_dot_text(dot->out, note->heading);
        drill_buffer_put_string(dot->out, "</b></font>");
        if (note->line_count > 0) drill_buffer_put_string(dot->out, "<br align=\"left\"/>");
    }
    for (size_t i = 0; i < note->line_count; i++) {
        drill_dot_text(dot->out, note->lines[i]);
        if (note->line_count > 1 || note->heading[0] != '\0') {
            drill_buffer_put_string(dot->out, "<br align=\"left\"/>");
        }
    }
    drill_dot_box_end(dot);
}

/* A ring around the end of the packet that a finding is about. */
static void put_ring(DrillDot *dot, const DrillNote *note) {
    if (note->arrow == DRILL_NOBODY || note->kind == DRILL_NOTE_SCRIPT) return;
    const DrillArrow *arrow = &dot->diagram->arrows[note->arrow];
    bool arrived = arrow->fate == DRILL_ARROW_ARRIVED;
    int32_t x = arrived ? arrow->x1 : arrow->x0;
    int32_t y = arrived ? arrow->y1 : arrow->y0;
    if (y < dot->page->top || y >= dot->page->bottom) return;
    DrillBox box = {.rect = shifted(dot, (DrillRect){x - 55, y - 55, 110, 110}),
                    .shape = "circle",
                    .style = "solid",
                    .border = note_look(note->kind).border,
                    .border_width = 18};
    drill_dot_box(dot, &box);
    drill_dot_box_end(dot);
}

static void put_contents(DrillDot *dot) {
    DrillDiagram *diagram = dot->diagram;
    for (size_t i = 0; i < diagram->strip_count; i++)
        put_strip(dot, &diagram->strips[i]);
    for (size_t i = 0; i < diagram->wire_count; i++)
        put_wire(dot, &diagram->wires[i]);
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        if (diagram->arrows[i].shown) put_arrow(dot, &diagram->arrows[i]);
    }
    for (size_t i = 0; i < diagram->break_count; i++)
        put_break(dot, &diagram->breaks[i]);
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        if (diagram->arrows[i].shown) put_label(dot, &diagram->arrows[i]);
    }
    for (size_t i = 0; i < diagram->wire_count; i++) {
        put_wire_label(dot, &diagram->wires[i]);
        put_wire_cross(dot, &diagram->wires[i]);
    }
    for (size_t i = 0; i < diagram->mark_count; i++)
        put_mark(dot, &diagram->marks[i]);
    for (size_t i = 0; i < diagram->note_count; i++)
        put_ring(dot, &diagram->notes[i]);
    for (size_t i = 0; i < diagram->note_count; i++)
        put_note(dot, &diagram->notes[i]);
}

void drill_diagram_dot(DrillDiagram *diagram, size_t page, DrillBuffer *out) {
    DRILL_ASSERT(page < diagram->page_count);
    DrillDot dot = {.diagram = diagram, .page = &diagram->pages[page], .out = out};
    /* Later pages begin inside the story: a little room for labels that stick out. */
    dot.shift = page == 0 ? 0 : dot.page->top - DRILL_HEADS_BOTTOM - 180;
    drill_buffer_put_string(
        out, "digraph sequence {\n"
             "  graph [bgcolor=white pad=0.2 outputorder=edgesfirst splines=line"
             " fontname=\"DejaVu Sans,sans-serif\"];\n"
             "  node [shape=point width=0.01 height=0.01 style=invis fixedsize=shape label=\"\""
             " margin=0 fontname=\"DejaVu Sans,sans-serif\" fontsize=8 tooltip=\" \"];\n"
             "  edge [fontname=\"DejaVu Sans,sans-serif\" arrowsize=0.7 tooltip=\" \"];\n");
    for (size_t i = 0; i < diagram->band_count; i++)
        put_band(&dot, &diagram->bands[i]);
    drill_dot_axis(&dot);
    drill_dot_lifelines(&dot);
    put_contents(&dot);
    drill_dot_heads(&dot, page);
    drill_dot_legend(&dot);
    drill_buffer_put_string(out, "}\n");
}
