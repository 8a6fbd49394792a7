/* Title, heads, time axis, lifelines and legend of a page. */
#include "report/diagram_dot.h"

#include <string.h>

#define LINE_COLOUR  "#33475b"
#define QUIET_COLOUR "#6b7680"
#define LEGEND_ROW   190

static void put_words(DrillDot *dot, int32_t centre_x, int32_t centre_y, int32_t size,
                      const char *colour, const char *text) {
    int32_t w = drill_text_width(text, (DrillFont){size, false}) + 20;
    DrillBox box = {.rect = {centre_x - w / 2, centre_y - size / 2, w, size},
                    .shape = "plaintext",
                    .style = "",
                    .colour = colour,
                    .size = size};
    drill_dot_box(dot, &box);
    drill_dot_text(dot->out, text);
    drill_dot_box_end(dot);
}

static void put_verdict(DrillBuffer *out, const char *verdict) {
    if (verdict[0] == '\0') return;
    const char *colour = "#8a5a00";
    const char *sign = "";
    if (strcmp(verdict, "pass") == 0) {
        colour = "#2e7d32";
        sign = "✓ ";
    } else if (strcmp(verdict, "fail") == 0) {
        colour = "#c62828";
        sign = "✗ ";
    }
    drill_buffer_print(out, "  ·  <font color=\"%s\"><b>%s", colour, sign);
    for (; *verdict != '\0'; verdict++) {
        bool lower = *verdict >= 'a' && *verdict <= 'z';
        drill_buffer_put_byte(out, (uint8_t)(lower ? *verdict - 'a' + 'A' : *verdict));
    }
    drill_buffer_put_string(out, "</b></font>");
}

static void put_title(DrillDot *dot, size_t page_index) {
    DrillDiagram *diagram = dot->diagram;
    int32_t centre = diagram->width / 2;
    DrillBox box = {
        .rect = {centre - 2500, 130, 5000, 150}, .shape = "plaintext", .style = "", .size = 130};
    drill_dot_box(dot, &box);
    drill_dot_text(dot->out, diagram->title);
    put_verdict(dot->out, diagram->verdict);
    drill_dot_box_end(dot);
    const char *page = "";
    if (diagram->page_count > 1) {
        page = drill_pool_print(&diagram->pool, "%spage %zu of %zu",
                                page_index > 0 ? "continued, " : "", page_index + 1,
                                diagram->page_count);
    }
    const char *parts[3] = {diagram->subtitle, diagram->part, page};
    const char *line = "";
    for (size_t i = 0; i < 3; i++) {
        if (parts[i][0] == '\0') continue;
        line = drill_pool_print(&diagram->pool, "%s%s%s", line, line[0] != '\0' ? "  ·  " : "",
                                parts[i]);
    }
    if (line[0] != '\0') put_words(dot, centre, 365, 90, QUIET_COLOUR, line);
}

void drill_dot_heads(DrillDot *dot, size_t page_index) {
    DrillDiagram *diagram = dot->diagram;
    put_title(dot, page_index);
    for (size_t i = 0; i < diagram->column_count; i++) {
        const DrillParticipant *one = &diagram->participants[diagram->columns[i]];
        DrillBox box = {.rect = {one->x - one->head_width / 2, 510, one->head_width, 370},
                        .shape = "box",
                        .style = "rounded,filled",
                        .fill = one->broker ? "#e3ebf4" : "#f4f7fa",
                        .border = LINE_COLOUR,
                        .border_width = 10,
                        .size = 100};
        drill_dot_box(dot, &box);
        drill_buffer_put_string(dot->out, "<b>");
        drill_dot_text(dot->out, one->name);
        drill_buffer_put_string(dot->out, "</b>");
        if (one->detail[0] != '\0') {
            drill_buffer_put_string(dot->out,
                                    "<br/><font point-size=\"8\" color=\"" QUIET_COLOUR "\">");
            drill_dot_text(dot->out, one->detail);
            drill_buffer_put_string(dot->out, "</font>");
        }
        drill_dot_box_end(dot);
    }
}

static bool on_page(const DrillDot *dot, int32_t y) {
    return y >= dot->page->top && y < dot->page->bottom;
}

static void put_gap_label(DrillDot *dot, const DrillStep *step) {
    int32_t middle = step->gap_y + (step->y - step->gap_y) / 2;
    /* A page that ends in the gap says so at its end. */
    if (!on_page(dot, middle) && middle != dot->page->bottom) return;
    if (middle == dot->page->bottom) middle -= 60;
    const char *text = drill_pool_print(&dot->diagram->pool, "⋮ +%s",
                                        drill_diagram_stretch(dot->diagram, step->gap_ns));
    put_words(dot, dot->diagram->axis_x, middle - dot->shift, 90, "#9a5b00", text);
}

/* One label and one faint line for each time, as long as there is room for the label. */
void drill_dot_axis(DrillDot *dot) {
    DrillDiagram *diagram = dot->diagram;
    int32_t last = INT32_MIN / 2;
    for (size_t i = 0; i < diagram->step_count; i++) {
        const DrillStep *step = &diagram->steps[i];
        if (step->gap_ns != 0) put_gap_label(dot, step);
        bool same = i > 0 && diagram->steps[i - 1].time_ns == step->time_ns;
        if (same || step->y - last < 105 || !on_page(dot, step->y)) continue;
        last = step->y;
        int32_t y = step->y - dot->shift;
        DrillLine line = {
            diagram->grid_x0, y, diagram->grid_x1, y, "#e9edf1", "solid", 6, false, NULL};
        drill_dot_line(dot, &line);
        put_words(dot, diagram->axis_x, y, 80, QUIET_COLOUR,
                  drill_diagram_time(diagram, step->time_ns));
    }
}

static void put_lifeline(DrillDot *dot, int32_t x, int32_t y0, int32_t y1, const char *style) {
    const DrillPage *page = dot->page;
    if (y0 < page->top) y0 = page->top;
    if (y1 > page->bottom) y1 = page->bottom;
    if (y0 >= y1) return;
    int32_t top = y0 - dot->shift;
    /* The line begins at the heads on every page. */
    if (y0 == page->top) top = 880;
    DrillLine line = {x, top, x, y1 - dot->shift, LINE_COLOUR, style, 10, false, NULL};
    drill_dot_line(dot, &line);
}

void drill_dot_lifelines(DrillDot *dot) {
    DrillDiagram *diagram = dot->diagram;
    for (size_t i = 0; i < diagram->column_count; i++) {
        int32_t x = diagram->participants[diagram->columns[i]].x;
        int32_t y = DRILL_HEADS_BOTTOM;
        for (size_t k = 0; k < diagram->step_count; k++) {
            const DrillStep *step = &diagram->steps[k];
            if (step->gap_ns == 0) continue;
            put_lifeline(dot, x, y, step->gap_y + 70, "solid");
            put_lifeline(dot, x, step->gap_y + 70, step->y - 90, "dotted");
            y = step->y - 90;
        }
        put_lifeline(dot, x, y, diagram->end_y, "solid");
    }
}

/* --- legend --- */

typedef struct Entry {
    const char *text;
    const char *colour;
    enum {
        ENTRY_ARROW,
        ENTRY_BOLD,
        ENTRY_THIN,
        ENTRY_THIN_LOST,
        ENTRY_COPY,
        ENTRY_LOST,
        ENTRY_UNDER_WAY,
        ENTRY_BOX,
        ENTRY_NOTE
    } look;
} Entry;

typedef struct Legend {
    Entry entries[20];
    size_t count;
} Legend;

static void add_entry(Legend *legend, bool occurs, Entry entry) {
    if (occurs) legend->entries[legend->count++] = entry;
}

static void add_arrows(const DrillDiagram *diagram, Legend *legend) {
    bool classes[DRILL_ARROW_CLASS_COUNT] = {false};
    bool resent = false;
    bool lost = false;
    bool under_way = false;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        bool gone = arrow->fate == DRILL_ARROW_LOST || arrow->fate == DRILL_ARROW_CUT;
        if (gone) {
            lost = true;
        } else if (arrow->resent) {
            resent = true;
        } else if (arrow->fate == DRILL_ARROW_UNDER_WAY) {
            under_way = true;
        } else {
            classes[arrow->class] = true;
        }
    }
    add_entry(legend, classes[DRILL_ARROW_CONTROL], (Entry){"control", "#5b6770", ENTRY_ARROW});
    add_entry(legend, classes[DRILL_ARROW_SUBSCRIBE],
              (Entry){"subscription", "#6a4fa3", ENTRY_ARROW});
    add_entry(legend, classes[DRILL_ARROW_PUBLISH], (Entry){"PUBLISH", "#1f5fa8", ENTRY_ARROW});
    add_entry(legend, classes[DRILL_ARROW_ACK], (Entry){"acknowledgement", "#2e7d32", ENTRY_ARROW});
    add_entry(legend, classes[DRILL_ARROW_RAW], (Entry){"raw bytes", "#8d5a2b", ENTRY_ARROW});
    add_entry(legend, resent, (Entry){"sent again", "#d9730d", ENTRY_BOLD});
    add_entry(legend, lost, (Entry){"lost", "#c62828", ENTRY_LOST});
    add_entry(legend, under_way, (Entry){"under way at the end", "#5b6770", ENTRY_UNDER_WAY});
}

static void add_wires(const DrillDiagram *diagram, Legend *legend) {
    bool plain = false;
    bool again = false;
    bool lost = false;
    bool copy = false;
    for (size_t i = 0; i < diagram->arrow_count; i++)
        copy = copy || (diagram->arrows[i].shown && diagram->arrows[i].copy);
    for (size_t i = 0; i < diagram->wire_count; i++) {
        const DrillWire *wire = &diagram->wires[i];
        if (wire->fate == DRILL_SEGMENT_LOST) {
            lost = true;
        } else if (wire->copy) {
            copy = true;
        } else if (wire->again) {
            again = true;
        } else {
            plain = true;
        }
    }
    add_entry(legend, plain, (Entry){"TCP segment", "#9aa5b1", ENTRY_THIN});
    add_entry(legend, again, (Entry){"retransmission", "#d9730d", ENTRY_THIN});
    add_entry(legend, lost, (Entry){"segment lost", "#c62828", ENTRY_THIN_LOST});
    add_entry(legend, copy, (Entry){"copy made by the link", "#9aa5b1", ENTRY_COPY});
}

static void add_boxes(const DrillDiagram *diagram, Legend *legend) {
    bool strips[DRILL_STRIP_KIND_COUNT] = {false};
    for (size_t i = 0; i < diagram->strip_count; i++)
        strips[diagram->strips[i].kind] = true;
    bool failure = false;
    for (size_t i = 0; i < diagram->note_count; i++) {
        if (diagram->notes[i].kind == DRILL_NOTE_FINDING) failure = true;
    }
    add_entry(legend, strips[DRILL_STRIP_WAIT_ACK],
              (Entry){"waits for PUBACK or PUBREC", "#f6c344", ENTRY_BOX});
    add_entry(legend, strips[DRILL_STRIP_WAIT_COMP],
              (Entry){"waits for PUBCOMP", "#8bbf6a", ENTRY_BOX});
    add_entry(legend, strips[DRILL_STRIP_HELD],
              (Entry){"receiver holds the id", "#7fb2e5", ENTRY_BOX});
    add_entry(legend, diagram->band_count > 0, (Entry){"nothing passes", "#f3c4bd", ENTRY_BOX});
    add_entry(legend, diagram->break_count > 0, (Entry){"interruption", "#d9730d", ENTRY_NOTE});
    add_entry(legend, failure, (Entry){"finding", "#c62828", ENTRY_NOTE});
}

static int32_t sample_width(const Entry *entry) {
    if (entry->look == ENTRY_NOTE) return 210;
    return entry->look == ENTRY_BOX ? 110 : 320;
}

static int32_t entry_width(const Entry *entry) {
    return sample_width(entry) + 60 + drill_text_width(entry->text, (DrillFont){80, false}) + 240;
}

static void put_sample(DrillDot *dot, const Entry *entry, int32_t x, int32_t y) {
    if (entry->look == ENTRY_BOX || entry->look == ENTRY_NOTE) {
        bool note = entry->look == ENTRY_NOTE;
        DrillBox box = {.rect = {x, y - 60, note ? 210 : 110, 120},
                        .shape = "box",
                        .style = note ? "filled,dashed,rounded" : "filled",
                        .fill = note ? "#fff4e5" : entry->colour,
                        .border = entry->colour,
                        .border_width = 10};
        if (strcmp(entry->text, "finding") == 0) {
            box.style = "filled";
            box.fill = "#fdecea";
        }
        drill_dot_box(dot, &box);
        drill_dot_box_end(dot);
        return;
    }
    DrillLine line = {.x0 = x,
                      .y0 = y,
                      .x1 = x + 300,
                      .y1 = y,
                      .colour = entry->colour,
                      .style = "solid",
                      .width = entry->look == ENTRY_BOLD ? 22 : 13,
                      .head = entry->look != ENTRY_LOST};
    bool crossed = entry->look == ENTRY_LOST || entry->look == ENTRY_THIN_LOST;
    bool dashed = crossed || entry->look == ENTRY_UNDER_WAY || entry->look == ENTRY_COPY;
    if (dashed) line.style = "dashed";
    if (entry->look == ENTRY_THIN || entry->look == ENTRY_THIN_LOST) line.width = 8;
    line.head = !crossed;
    drill_dot_line(dot, &line);
    if (!crossed) return;
    DrillLine stroke = {x + 260, y - 40, x + 340, y + 40, entry->colour, "solid", 18, false, NULL};
    drill_dot_line(dot, &stroke);
    stroke.y0 = y + 40;
    stroke.y1 = y - 40;
    drill_dot_line(dot, &stroke);
}

void drill_dot_legend(DrillDot *dot) {
    DrillDiagram *diagram = dot->diagram;
    Legend legend = {.count = 0};
    add_arrows(diagram, &legend);
    add_wires(diagram, &legend);
    add_boxes(diagram, &legend);
    int32_t y = dot->bottom + 260;
    int32_t room = diagram->width - 300;
    size_t i = 0;
    while (i < legend.count) {
        size_t end = i;
        int32_t width = 0;
        while (end < legend.count &&
               (end == i || width + entry_width(&legend.entries[end]) < room)) {
            width += entry_width(&legend.entries[end++]);
        }
        int32_t x = (diagram->width - width + 240) / 2;
        for (; i < end; i++) {
            const Entry *entry = &legend.entries[i];
            put_sample(dot, entry, x, y);
            int32_t words = drill_text_width(entry->text, (DrillFont){80, false});
            put_words(dot, x + sample_width(entry) + 60 + words / 2, y, 80, "#55606a", entry->text);
            x += entry_width(entry);
        }
        y += LEGEND_ROW;
    }
}
