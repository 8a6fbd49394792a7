/* The y direction: steps in order of time, near or far as the time between them, never closer than
 * their labels need. */
#include "report/diagram_model.h"

#define FLIGHT_HEIGHT 400 /* of the usual time under way */
#define STRETCH_MAX   650
#define GAP_HEIGHT    480
#define LOST_DROP     200 /* how far a lost packet falls before it is gone */
#define WIRE_DROP     130 /* the same for a segment */
#define BREAK_MARGIN  90
#define NOTE_MARGIN   70
#define ROUNDS_MAX    48

static int32_t max32(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int compare_times(const void *a, const void *b, void *context) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    (void)context;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* The median time under way gives the axis its scale. */
static uint64_t usual_flight_ns(DrillDiagram *diagram) {
    uint64_t *times =
        drill_pool_take(&diagram->pool, sizeof(uint64_t) * (diagram->arrow_count + 1));
    size_t count = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown || arrow->fate != DRILL_ARROW_ARRIVED) continue;
        if (arrow->received_ns > arrow->sent_ns)
            times[count++] = arrow->received_ns - arrow->sent_ns;
    }
    if (count == 0) return DRILL_NS_PER_MS;
    drill_sort(times, count, sizeof(uint64_t), compare_times, NULL, drill_allocator_malloc());
    return times[count / 2];
}

/* Height of a stretch of time; *compressed when it is too long to draw to scale. */
static int32_t stretch_height(const DrillDiagram *diagram, uint64_t ns, bool *compressed) {
    *compressed = false;
    if (ns == 0) return 0;
    uint64_t usual = diagram->flight_ns;
    if (ns / 5 > usual / 2) { /* more than two and a half flights */
        *compressed = true;
        return GAP_HEIGHT;
    }
    uint64_t height = ns > UINT64_MAX / FLIGHT_HEIGHT ? STRETCH_MAX : ns * FLIGHT_HEIGHT / usual;
    if (height > STRETCH_MAX) height = STRETCH_MAX;
    return height < 30 ? 30 : (int32_t)height;
}

/* What stands lowest so far on each lifeline. */
typedef struct Lifeline {
    int32_t y;
    uint64_t time_ns;
    bool used;
    int32_t mark_bottom;
    int32_t break_bottom;
    int32_t pair[2][2]; /* of arrows to and from a client: lowest start and end, with its label */
} Lifeline;

typedef struct Column {
    DrillDiagram *diagram;
    Lifeline *lifelines;
    int32_t y;
    int32_t floor; /* where the lost packets so far have fallen to */
    int32_t notes_bottom;
    uint64_t time_ns;
} Column;

static int32_t label_height(const DrillArrow *arrow) {
    return arrow->two_lines ? 235 : 125;
}

/* Distance from what is already on this lifeline. */
static int32_t below(const Lifeline *lifeline, uint64_t time_ns, int32_t y) {
    if (!lifeline->used) return y;
    y = max32(y, lifeline->y + (lifeline->time_ns == time_ns ? 40 : 60));
    return max32(y, lifeline->break_bottom);
}

static void touch(Lifeline *lifeline, uint64_t time_ns, int32_t y) {
    lifeline->used = true;
    lifeline->y = y;
    lifeline->time_ns = time_ns;
}

static int32_t arrow_step(Column *column, const DrillStep *step, int32_t y) {
    DrillArrow *arrow = &column->diagram->arrows[step->item];
    bool start = step->kind == DRILL_STEP_SENT;
    bool from_client = !column->diagram->participants[arrow->from].broker;
    Lifeline *client = &column->lifelines[from_client ? arrow->from : arrow->to];
    Lifeline *here = &column->lifelines[start ? arrow->from : arrow->to];
    int32_t *pair = &client->pair[from_client ? 0 : 1][start ? 0 : 1];
    y = below(here, step->time_ns, y);
    y = max32(y, *pair);
    if (start) y = max32(y, column->lifelines[arrow->to].break_bottom);
    touch(here, step->time_ns, y);
    *pair = y + label_height(arrow) + 25;
    if (start) {
        arrow->y0 = y;
        arrow->y1 = y + LOST_DROP; /* until it is received */
        if (arrow->fate != DRILL_ARROW_ARRIVED)
            column->floor = max32(column->floor, arrow->y1 + 60);
    } else {
        arrow->y1 = y;
    }
    return y;
}

static int32_t mark_step(Column *column, const DrillStep *step, int32_t y) {
    DrillMark *mark = &column->diagram->marks[step->item];
    Lifeline *lifeline = &column->lifelines[mark->participant];
    y = max32(y, lifeline->mark_bottom);
    if (lifeline->used) y = max32(y, lifeline->y + 10);
    mark->y = y;
    const DrillParticipant *one = &column->diagram->participants[mark->participant];
    int side = drill_diagram_outer_side(column->diagram, mark->participant);
    int32_t away = (int32_t)one->lanes * DRILL_LANE_STEP + 60;
    mark->rect.w = drill_text_width(mark->text, DRILL_SIZE_MARK) + 20;
    mark->rect.h = 105;
    mark->rect.x = side < 0 ? one->x - away - mark->rect.w : one->x + away;
    mark->rect.y = y - 52;
    lifeline->mark_bottom = y + 115;
    touch(lifeline, step->time_ns, max32(lifeline->y, y));
    return y;
}

static int32_t break_step(Column *column, const DrillStep *step, int32_t y) {
    DrillDiagram *diagram = column->diagram;
    DrillBreak *item = &diagram->breaks[step->item];
    Lifeline *lifeline = &column->lifelines[item->participant];
    const DrillParticipant *one = &diagram->participants[item->participant];
    y = below(lifeline, step->time_ns, y);
    touch(lifeline, step->time_ns, y);
    int32_t width = max32(drill_text_width(item->lines[0], DRILL_SIZE_BREAK),
                          drill_text_width(item->lines[1], DRILL_SIZE_BREAK));
    item->rect.w = width + 260;
    item->rect.h = item->lines[1][0] == '\0' ? 200 : 310;
    int32_t centre = one->x;
    if (item->peer != DRILL_NOBODY) {
        DrillArrow between = {.from = item->participant, .to = item->peer};
        DrillGap gap = drill_diagram_label_gap(diagram, &between);
        centre = (gap.x0 + gap.x1) / 2;
    }
    item->rect.x = centre - item->rect.w / 2;
    /* Packets that were lost with the connection fall to their crosses first. */
    item->rect.y = max32(y + BREAK_MARGIN, column->floor);
    lifeline->break_bottom = item->rect.y + item->rect.h + BREAK_MARGIN;
    column->floor = max32(column->floor, item->rect.y + item->rect.h + 40);
    return y;
}

static int32_t note_step(Column *column, const DrillStep *step, int32_t y) {
    DrillDiagram *diagram = column->diagram;
    DrillNote *note = &diagram->notes[step->item];
    note->anchor_y = y;
    note->anchor_x = note->participant == DRILL_NOBODY ? diagram->grid_x1
                                                       : diagram->participants[note->participant].x;
    if (!note->margin) return y;
    int32_t half = note->rect.h / 2;
    y = max32(y, column->notes_bottom + half + NOTE_MARGIN);
    note->anchor_y = y;
    if (note->arrow != DRILL_NOBODY) {
        /* The note may have been pushed down; its leader still goes to the packet. */
        const DrillArrow *arrow = &diagram->arrows[note->arrow];
        note->anchor_y = arrow->fate == DRILL_ARROW_ARRIVED ? arrow->y1 : arrow->y0;
    }
    note->rect.x = diagram->notes_x;
    note->rect.y = y - half;
    column->notes_bottom = y + half;
    return y;
}

/* Segments push nobody aside: they lie below the packets they carry. */
static int32_t wire_step(Column *column, const DrillStep *step, int32_t y) {
    DrillWire *wire = &column->diagram->wires[step->item];
    if (step->kind == DRILL_STEP_WIRE_RECEIVED) {
        wire->y1 = y;
        return y;
    }
    wire->y0 = y;
    wire->y1 = y + WIRE_DROP;
    if (wire->fate != DRILL_SEGMENT_ARRIVED) column->floor = max32(column->floor, wire->y1 + 60);
    return y;
}

static void place_step(Column *column, DrillStep *step, bool first) {
    bool compressed = false;
    int32_t y = column->y;
    step->gap_ns = 0;
    if (!first) {
        uint64_t ns = step->time_ns - column->time_ns;
        int32_t height = stretch_height(column->diagram, ns, &compressed);
        if (compressed) {
            y = max32(y, column->floor - GAP_HEIGHT / 2);
            step->gap_ns = ns;
            step->gap_y = y;
        }
        y += height;
    }
    y += step->push;
    switch (step->kind) {
    case DRILL_STEP_SENT:
    case DRILL_STEP_RECEIVED:
        y = arrow_step(column, step, y);
        break;
    case DRILL_STEP_MARK:
        y = mark_step(column, step, y);
        break;
    case DRILL_STEP_BREAK:
        y = break_step(column, step, y);
        break;
    case DRILL_STEP_NOTE:
        y = note_step(column, step, y);
        break;
    case DRILL_STEP_WIRE_SENT:
    case DRILL_STEP_WIRE_RECEIVED:
        y = wire_step(column, step, y);
        break;
    case DRILL_STEP_BAND_START:
    case DRILL_STEP_BAND_END:
        break; /* bands lie below everything */
    }
    step->y = y;
    column->y = y;
    column->time_ns = step->time_ns;
}

static void set_arrow_x(const DrillDiagram *diagram, DrillArrow *arrow) {
    arrow->x0 = diagram->participants[arrow->from].x;
    arrow->x1 = diagram->participants[arrow->to].x;
    if (arrow->fate == DRILL_ARROW_ARRIVED && !arrow->inserted) return;
    /* A lost packet gets half way through the gap beside its client; one that nobody sent comes
     * from there. */
    DrillGap gap = drill_diagram_label_gap(diagram, arrow);
    int32_t third = (gap.x1 - gap.x0) * 9 / 20;
    if (arrow->inserted) {
        arrow->x0 = arrow->x0 < arrow->x1 ? gap.x1 - third : gap.x0 + third;
        return;
    }
    arrow->x1 = arrow->x1 > arrow->x0 ? gap.x1 - third : gap.x0 + third;
}

static void place_strips(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->strip_count; i++) {
        DrillStrip *strip = &diagram->strips[i];
        const DrillParticipant *one = &diagram->participants[strip->participant];
        int side = drill_diagram_strip_side(diagram, strip);
        int32_t away = 35 + (int32_t)strip->lane * DRILL_LANE_STEP;
        int32_t top = drill_diagram_y_of(diagram, strip->start_ns, strip->start_number);
        int32_t bottom = strip->end_number == UINT64_MAX
                             ? diagram->end_y
                             : drill_diagram_y_of(diagram, strip->end_ns, strip->end_number);
        strip->rect.x = side < 0 ? one->x - away - DRILL_LANE_WIDTH : one->x + away;
        strip->rect.y = top;
        strip->rect.w = DRILL_LANE_WIDTH;
        strip->rect.h = bottom > top + 20 ? bottom - top : 20;
    }
}

static void place_all(DrillDiagram *diagram) {
    size_t bytes = sizeof(Lifeline) * (diagram->participant_count + 1);
    DrillAllocator allocator = drill_allocator_malloc();
    Lifeline *lifelines = allocator.resize(allocator.context, NULL, 0, bytes);
    Column column = {.diagram = diagram,
                     .lifelines = lifelines,
                     .y = DRILL_BODY_TOP,
                     .notes_bottom = DRILL_HEADS_BOTTOM};
    for (size_t i = 0; i < diagram->step_count; i++) {
        place_step(&column, &diagram->steps[i], i == 0);
    }
    allocator.resize(allocator.context, lifelines, bytes, 0);
    diagram->end_y = max32(max32(column.y, column.floor), column.notes_bottom - 100) + 250;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        if (diagram->arrows[i].shown) set_arrow_x(diagram, &diagram->arrows[i]);
    }
    place_strips(diagram);
    drill_diagram_place_bands(diagram);
}

/* Rows move apart until every label has its place; each round only adds room, and the rounds are
 * counted. */
static void settle(DrillDiagram *diagram) {
    for (int round = 0; round < ROUNDS_MAX; round++) {
        place_all(diagram);
        if (!drill_diagram_place_labels(diagram)) return;
    }
    place_all(diagram);
    drill_diagram_place_labels(diagram);
}

static void break_texts(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->break_count; i++) {
        DrillBreak *item = &diagram->breaks[i];
        const char *start = drill_diagram_time(diagram, item->time_ns);
        bool ends = item->until_ns != DRILL_NEVER;
        const char *end = ends ? drill_diagram_time(diagram, item->until_ns) : "";
        item->lines[0] = drill_pool_print(&diagram->pool, "%s %s%s%s", item->what, start,
                                          ends ? " → " : "", end);
        const char *then = ends && item->peer != DRILL_NOBODY ? "  ·  client reconnects" : "";
        item->lines[1] = drill_pool_print(&diagram->pool, "%s%s", item->why, then);
    }
}

static bool near_notes_fit(DrillDiagram *diagram) {
    bool fit = true;
    drill_diagram_place_notes(diagram);
    for (size_t i = 0; i < diagram->note_count; i++) {
        DrillNote *note = &diagram->notes[i];
        if (note->margin || note->rect.x != 0) continue;
        note->margin = true;
        fit = false;
    }
    return fit;
}

void drill_diagram_layout(DrillDiagram *diagram, const DrillDiagramOptions *options) {
    diagram->flight_ns = usual_flight_ns(diagram);
    break_texts(diagram);
    drill_diagram_columns(diagram);
    settle(diagram);
    /* Notes without room at their packet go to the margin, which may move rows, and so on until all
     * stand. */
    while (!near_notes_fit(diagram))
        settle(diagram);
    drill_diagram_place_wires(diagram);
    for (size_t i = 0; i < diagram->note_count; i++) {
        const DrillRect *rect = &diagram->notes[i].rect;
        diagram->width = max32(diagram->width, rect->x + rect->w + 200);
        diagram->end_y = max32(diagram->end_y, rect->y + rect->h + 60);
    }
    int32_t height = options->page_points == 0 ? 10000 : (int32_t)(options->page_points * 10);
    drill_diagram_pages(diagram, height);
}

int32_t drill_diagram_y_of(const DrillDiagram *diagram, uint64_t time_ns, uint64_t number) {
    size_t low = 0;
    size_t high = diagram->step_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const DrillStep *step = &diagram->steps[middle];
        bool before =
            step->time_ns < time_ns || (step->time_ns == time_ns && step->number <= number);
        if (before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low > 1 && diagram->steps[low - 1].kind == DRILL_STEP_NOTE)
        low--;
    return low == 0 ? DRILL_BODY_TOP : diagram->steps[low - 1].y;
}

const char *drill_diagram_time(DrillDiagram *diagram, uint64_t ns) {
    uint64_t seconds = ns / DRILL_NS_PER_S;
    uint64_t rest = ns % DRILL_NS_PER_S;
    bool fine = diagram->flight_ns < 2 * DRILL_NS_PER_MS && diagram->flight_ns != 0;
    return drill_pool_print(&diagram->pool, fine ? "%llu.%06llu s" : "%llu.%03llu s",
                            (unsigned long long)seconds,
                            (unsigned long long)(rest / (fine ? 1000 : DRILL_NS_PER_MS)));
}

const char *drill_diagram_stretch(DrillDiagram *diagram, uint64_t ns) {
    unsigned long long value = ns;
    DrillPool *pool = &diagram->pool;
    if (ns >= 60 * DRILL_NS_PER_S) {
        return drill_pool_print(pool, "%llu min %llu s", value / 60 / DRILL_NS_PER_S,
                                value / DRILL_NS_PER_S % 60);
    }
    if (ns >= DRILL_NS_PER_S) {
        return drill_pool_print(pool, "%llu.%02llu s", value / DRILL_NS_PER_S,
                                value % DRILL_NS_PER_S / (10 * DRILL_NS_PER_MS));
    }
    if (ns >= DRILL_NS_PER_MS) return drill_pool_print(pool, "%llu ms", value / DRILL_NS_PER_MS);
    return drill_pool_print(pool, "%llu µs", value / DRILL_NS_PER_US);
}
