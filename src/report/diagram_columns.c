/* The x direction: columns wide enough for their labels, lanes for strips, the margin for notes. */
#include "report/diagram_model.h"

#define GRID_X     900
#define LABEL_SIDE 220 /* free at both ends of a label */
#define LANES_MAX  5
#define NOTE_WIDTH 2000
#define MARK_SPACE 60

static int32_t max32(int32_t a, int32_t b) {
    return a > b ? a : b;
}
static int32_t min32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

int32_t drill_arrow_label_width(const DrillArrow *arrow, bool two_lines) {
    int32_t first = drill_text_width(arrow->name, DRILL_SIZE_LABEL);
    int32_t space = drill_text_width(" ", DRILL_SIZE_FIELDS);
    if (arrow->fields[0] != '\0') {
        first += space + drill_text_width(arrow->fields, DRILL_SIZE_FIELDS);
    }
    if (arrow->mark[0] != '\0')
        first += 2 * space + drill_text_width(arrow->mark, DRILL_SIZE_FIELDS);
    int32_t second = drill_text_width(arrow->data, DRILL_SIZE_FIELDS);
    if (two_lines) return max32(first, second) + 40;
    return first + (second > 0 ? 2 * space + second : 0) + 40;
}

/* Indices of the columns between which the label stands: the gap right of the lower one. */
static size_t label_gap_index(const DrillDiagram *diagram, const DrillArrow *arrow) {
    bool from_client = !diagram->participants[arrow->from].broker;
    size_t client = diagram->participants[from_client ? arrow->from : arrow->to].column;
    size_t other = diagram->participants[from_client ? arrow->to : arrow->from].column;
    return other > client ? client : client - 1;
}

DrillGap drill_diagram_label_gap(const DrillDiagram *diagram, const DrillArrow *arrow) {
    if (arrow->from == arrow->to) {
        int32_t x = diagram->participants[arrow->from].x;
        return (DrillGap){x, x + 1500};
    }
    size_t gap = label_gap_index(diagram, arrow);
    return (DrillGap){diagram->participants[diagram->columns[gap]].x,
                      diagram->participants[diagram->columns[gap + 1]].x};
}

static size_t broker_column(const DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->column_count; i++) {
        if (diagram->participants[diagram->columns[i]].broker) return i;
    }
    return diagram->column_count;
}

int drill_diagram_outer_side(const DrillDiagram *diagram, size_t participant) {
    const DrillParticipant *one = &diagram->participants[participant];
    return one->column < broker_column(diagram) ? -1 : 1;
}

int drill_diagram_strip_side(const DrillDiagram *diagram, const DrillStrip *strip) {
    if (!diagram->participants[strip->participant].broker) {
        return drill_diagram_outer_side(diagram, strip->participant);
    }
    /* The broker's memory for a client stands on the side away from it, where its arrows do not
     * end. */
    return -drill_diagram_outer_side(diagram, strip->peer);
}

static void assign_lanes(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->strip_count; i++) {
        DrillStrip *strip = &diagram->strips[i];
        int side = drill_diagram_strip_side(diagram, strip);
        uint32_t taken = 0; /* bits */
        for (size_t k = i > 400 ? i - 400 : 0; k < i; k++) {
            const DrillStrip *other = &diagram->strips[k];
            if (other->participant == strip->participant &&
                other->end_number > strip->start_number &&
                drill_diagram_strip_side(diagram, other) == side) {
                taken |= UINT32_C(1) << other->lane;
            }
        }
        uint32_t lane = 0;
        while (lane + 1 < LANES_MAX && (taken >> lane & 1) != 0)
            lane++;
        strip->lane = lane;
        DrillParticipant *one = &diagram->participants[strip->participant];
        if (one->lanes < lane + 1) one->lanes = lane + 1;
    }
}

/* Room for marks and lanes beside a lifeline. */
static int32_t outer_room(const DrillDiagram *diagram, size_t participant) {
    int32_t widest = 0;
    for (size_t i = 0; i < diagram->mark_count; i++) {
        if (diagram->marks[i].participant == participant) {
            widest = max32(widest, drill_text_width(diagram->marks[i].text, DRILL_SIZE_MARK));
        }
    }
    int32_t lanes = (int32_t)diagram->participants[participant].lanes * DRILL_LANE_STEP;
    return widest + lanes + MARK_SPACE + 40;
}

static void head_widths(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->column_count; i++) {
        DrillParticipant *one = &diagram->participants[diagram->columns[i]];
        one->column = i;
        one->name = drill_text_fit(&diagram->pool, one->name, DRILL_SIZE_HEAD, 1500);
        int32_t width = max32(drill_text_width(one->name, DRILL_SIZE_HEAD),
                              drill_text_width(one->detail, DRILL_SIZE_DETAIL));
        one->head_width = max32(width + 260, 1000);
    }
}

/* What the labels want of each gap. With many columns they take two lines before the page gets too
 * wide. */
static int32_t *gap_widths(DrillDiagram *diagram) {
    size_t columns = diagram->column_count;
    int32_t *gaps = drill_pool_take(&diagram->pool, sizeof(int32_t) * (columns + 1));
    bool few = columns <= 4;
    for (size_t i = 0; i + 1 < columns; i++) {
        const DrillParticipant *left = &diagram->participants[diagram->columns[i]];
        const DrillParticipant *right = &diagram->participants[diagram->columns[i + 1]];
        gaps[i] = max32((left->head_width + right->head_width) / 2 + 200, few ? 2400 : 1500);
        int32_t room = 0;
        size_t broker = broker_column(diagram);
        if (i >= broker) room = outer_room(diagram, diagram->columns[i]);
        if (i + 1 <= broker) room = max32(room, outer_room(diagram, diagram->columns[i + 1]));
        gaps[i] = max32(gaps[i], min32(room + 400, 2400));
    }
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown || arrow->from == arrow->to) continue;
        size_t gap = label_gap_index(diagram, arrow);
        int32_t one_line = drill_arrow_label_width(arrow, false) + 4 * LABEL_SIDE;
        int32_t two_lines = drill_arrow_label_width(arrow, true) + 2 * LABEL_SIDE;
        int32_t wanted =
            few ? min32(max32(min32(one_line, 3700), two_lines), 3900) : min32(two_lines, 2500);
        gaps[gap] = max32(gaps[gap], wanted);
    }
    return gaps;
}

static void choose_lines(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        DrillGap gap = drill_diagram_label_gap(diagram, arrow);
        int32_t room = gap.x1 - gap.x0 - LABEL_SIDE;
        arrow->two_lines =
            arrow->data[0] != '\0' && drill_arrow_label_width(arrow, false) > room - 300;
        arrow->data = drill_text_fit(&diagram->pool, arrow->data, DRILL_SIZE_FIELDS, room);
        int32_t rest = room - drill_text_width(arrow->name, DRILL_SIZE_LABEL) - 100;
        if (arrow->mark[0] != '\0') rest -= drill_text_width(arrow->mark, DRILL_SIZE_FIELDS) + 50;
        arrow->fields = drill_text_fit(&diagram->pool, arrow->fields, DRILL_SIZE_FIELDS, rest);
    }
}

static void wrap_note(DrillDiagram *diagram, DrillNote *note) {
    DrillWrap wrap = {DRILL_SIZE_NOTE, NOTE_WIDTH - 200, DRILL_DIAGRAM_LINES_MAX};
    note->line_count = drill_text_wrap(&diagram->pool, note->text, &wrap, note->lines);
    note->heading =
        drill_text_fit(&diagram->pool, note->heading, DRILL_SIZE_NOTE_HEAD, NOTE_WIDTH - 200);
    int32_t width = drill_text_width(note->heading, DRILL_SIZE_NOTE_HEAD);
    for (size_t i = 0; i < note->line_count; i++) {
        width = max32(width, drill_text_width(note->lines[i], DRILL_SIZE_NOTE));
    }
    int32_t lines = (int32_t)note->line_count + (note->heading[0] != '\0' ? 1 : 0);
    note->rect.w = width + 200;
    note->rect.h = lines * 108 + 90;
    /* The story's notes are read from top to bottom; the others stand at their packet if there is
     * room. */
    note->margin = note->participant == DRILL_NOBODY;
}

void drill_diagram_columns(DrillDiagram *diagram) {
    head_widths(diagram);
    assign_lanes(diagram);
    for (size_t i = 0; i < diagram->note_count; i++)
        wrap_note(diagram, &diagram->notes[i]);
    int32_t *gaps = gap_widths(diagram);
    diagram->axis_x = 520;
    diagram->grid_x0 = GRID_X;
    int32_t x = GRID_X + 900;
    for (size_t i = 0; i < diagram->column_count; i++) {
        DrillParticipant *one = &diagram->participants[diagram->columns[i]];
        int32_t side = max32(one->head_width / 2 + 100, outer_room(diagram, diagram->columns[i]));
        if (i == 0) x = GRID_X + side;
        one->x = x;
        if (i + 1 < diagram->column_count) {
            x += gaps[i];
        } else {
            x += side;
        }
    }
    diagram->grid_x1 = x;
    diagram->notes_x = x + 150;
    diagram->width = x + 200;
    choose_lines(diagram);
}
