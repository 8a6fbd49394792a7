/* Where labels and notes stand. A label belongs above its arrow, beside the arrow's client; where
 * it would cover another one it moves along the arrow, below it, and at last asks for more room
 * between the rows. */
#include "report/diagram_model.h"

#define LABEL_CLEAR 15  /* between a label and its line */
#define LABEL_EDGE  120 /* between a label and the lifelines */
#define LOOK_BACK   120 /* placed things that can still reach down to a new label */
#define LOOK_AHEAD  40
#define AIR         60 /* more room for a label that a line runs through, and how often */
#define AIRS_MAX    2
#define LINES_NEAR  60 /* arrows before and after that may cross a label */

static int32_t max32(int32_t a, int32_t b) {
    return a > b ? a : b;
}
static int32_t min32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

bool drill_rects_overlap(const DrillRect *a, const DrillRect *b) {
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

int32_t drill_arrow_y_at(const DrillArrow *arrow, int32_t x) {
    int32_t low = min32(arrow->x0, arrow->x1);
    int32_t high = max32(arrow->x0, arrow->x1);
    if (low == high) return arrow->y0;
    if (x < low) x = low;
    if (x > high) x = high;
    int64_t rise = (int64_t)(arrow->y1 - arrow->y0) * (x - arrow->x0);
    return arrow->y0 + (int32_t)(rise / (arrow->x1 - arrow->x0));
}

bool drill_arrow_crosses(const DrillArrow *arrow, const DrillRect *rect) {
    int32_t left = max32(rect->x, min32(arrow->x0, arrow->x1));
    int32_t right = min32(rect->x + rect->w, max32(arrow->x0, arrow->x1));
    if (left > right) return false;
    int32_t a = drill_arrow_y_at(arrow, left);
    int32_t b = drill_arrow_y_at(arrow, right);
    return max32(a, b) > rect->y && min32(a, b) < rect->y + rect->h;
}

/* A label, mark or box, in order of height. */
typedef struct Thing {
    int32_t y;
    size_t arrow; /* or DRILL_NOBODY: its place is fixed */
    size_t step;  /* that moves it */
    DrillRect rect;
} Thing;

typedef struct Candidates {
    DrillRect rects[6];
    size_t count;
} Candidates;

static Candidates label_candidates(const DrillDiagram *diagram, const DrillArrow *arrow) {
    Candidates out = {.count = 0};
    DrillGap gap = drill_diagram_label_gap(diagram, arrow);
    int32_t w = drill_arrow_label_width(arrow, arrow->two_lines);
    int32_t h = arrow->two_lines ? 220 : 115;
    int32_t centre = (gap.x0 + gap.x1 - w) / 2;
    if (arrow->fate != DRILL_ARROW_ARRIVED) {
        /* Towards the sender, where the line is; the cross stays free. */
        int32_t away = (arrow->x0 < arrow->x1 ? -1 : 1) * (gap.x1 - gap.x0) / 12;
        if (gap.x1 - gap.x0 > w + 600) centre += away;
    }
    int32_t xs[3] = {centre, gap.x0 + LABEL_EDGE, gap.x1 - LABEL_EDGE - w};
    bool roomy = gap.x1 - gap.x0 > w + 2 * LABEL_EDGE + 20;
    for (int below = 0; below < 2; below++) {
        for (int i = 0; i < (roomy ? 3 : 1); i++) {
            int32_t a = drill_arrow_y_at(arrow, xs[i]);
            int32_t b = drill_arrow_y_at(arrow, xs[i] + w);
            int32_t y = below ? max32(a, b) + LABEL_CLEAR + 10 : min32(a, b) - LABEL_CLEAR - h;
            out.rects[out.count++] = (DrillRect){xs[i], y, w, h};
        }
    }
    return out;
}

/* The step whose moving down moves the label down. */
static size_t moving_step(const DrillArrow *arrow, const DrillRect *rect) {
    if (arrow->end_step == DRILL_NOBODY) return arrow->start_step;
    int32_t middle = rect->y + rect->h / 2;
    int32_t from_start = middle > arrow->y0 ? middle - arrow->y0 : arrow->y0 - middle;
    int32_t from_end = middle > arrow->y1 ? middle - arrow->y1 : arrow->y1 - middle;
    return from_end < from_start ? arrow->end_step : arrow->start_step;
}

static int compare_things(const void *a, const void *b, void *context) {
    const Thing *left = a;
    const Thing *right = b;
    (void)context;
    if (left->y != right->y) return left->y < right->y ? -1 : 1;
    if (left->step != right->step) return left->step < right->step ? -1 : 1;
    return left->arrow < right->arrow ? -1 : left->arrow > right->arrow ? 1 : 0;
}

static Thing *collect(DrillDiagram *diagram, size_t *count) {
    DrillAllocator allocator = drill_allocator_malloc();
    Thing *things =
        allocator.resize(allocator.context, NULL, 0, sizeof(Thing) * (diagram->step_count + 1));
    size_t used = 0;
    for (size_t i = 0; i < diagram->step_count; i++) {
        const DrillStep *step = &diagram->steps[i];
        Thing thing = {.arrow = DRILL_NOBODY, .step = i};
        if (step->kind == DRILL_STEP_SENT) {
            thing.arrow = step->item;
            thing.rect = label_candidates(diagram, &diagram->arrows[step->item]).rects[0];
        } else if (step->kind == DRILL_STEP_MARK) {
            thing.rect = diagram->marks[step->item].rect;
        } else if (step->kind == DRILL_STEP_BREAK) {
            thing.rect = diagram->breaks[step->item].rect;
        } else {
            continue;
        }
        thing.y = thing.rect.y;
        things[used++] = thing;
    }
    drill_sort(things, used, sizeof(Thing), compare_things, NULL, allocator);
    *count = used;
    return things;
}

typedef struct Placing {
    DrillDiagram *diagram;
    Thing *things;
    size_t count;
} Placing;

/* The first placed thing that a rectangle would cover, or NULL. */
static const Thing *covered(const Placing *placing, size_t at, const DrillRect *rect) {
    size_t first = at > LOOK_BACK ? at - LOOK_BACK : 0;
    size_t last = at + LOOK_AHEAD < placing->count ? at + LOOK_AHEAD : placing->count;
    for (size_t i = first; i < last; i++) {
        const Thing *thing = &placing->things[i];
        if (i == at || (i > at && thing->arrow != DRILL_NOBODY)) continue;
        if (drill_rects_overlap(rect, &thing->rect)) return thing;
    }
    return NULL;
}

static int32_t lines_crossed(const DrillDiagram *diagram, size_t arrow, const DrillRect *rect) {
    size_t first = arrow > LINES_NEAR ? arrow - LINES_NEAR : 0;
    size_t last =
        arrow + LINES_NEAR < diagram->arrow_count ? arrow + LINES_NEAR : diagram->arrow_count;
    int32_t count = 0;
    for (size_t i = first; i < last; i++) {
        if (diagram->arrows[i].shown && drill_arrow_crosses(&diagram->arrows[i], rect)) count++;
    }
    return count;
}

/* Lines that run through a label may get out of its way when the rows stand further apart; if not,
 * that is given up. */
static bool ask_for_air(DrillDiagram *diagram, size_t step) {
    if (diagram->steps[step].airs >= AIRS_MAX) return false;
    diagram->steps[step].airs++;
    diagram->steps[step].push += AIR;
    return true;
}

/* True if the label has a place where it covers nothing. */
static bool place_label(Placing *placing, size_t at) {
    Thing *thing = &placing->things[at];
    DrillArrow *arrow = &placing->diagram->arrows[thing->arrow];
    Candidates candidates = label_candidates(placing->diagram, arrow);
    int32_t best_cost = INT32_MAX;
    bool free_place = false;
    for (size_t i = 0; i < candidates.count; i++) {
        const DrillRect *rect = &candidates.rects[i];
        bool covers = covered(placing, at, rect) != NULL;
        int32_t cost = (covers ? 1000 : 0) + (int32_t)i * 3 +
                       10 * lines_crossed(placing->diagram, thing->arrow, rect);
        if (i >= candidates.count / 2) cost += 8; /* below the line */
        if (cost >= best_cost) continue;
        best_cost = cost;
        thing->rect = *rect;
        free_place = !covers;
    }
    arrow->label = thing->rect;
    thing->step = moving_step(arrow, &thing->rect);
    if (free_place && best_cost >= 10 && ask_for_air(placing->diagram, thing->step)) return false;
    return free_place;
}

/* Moves the later of the two down, as far as the other reaches. */
static void push_apart(DrillDiagram *diagram, const Thing *placed, const Thing *other) {
    size_t step = placed->step > other->step ? placed->step : other->step;
    const DrillRect *lower = &placed->rect;
    const DrillRect *upper = &other->rect;
    if (step == other->step && placed->step != other->step) {
        lower = &other->rect;
        upper = &placed->rect;
    }
    diagram->steps[step].push += upper->y + upper->h - lower->y + 15;
}

bool drill_diagram_place_labels(DrillDiagram *diagram) {
    Placing placing = {.diagram = diagram};
    placing.things = collect(diagram, &placing.count);
    bool pushed = false;
    for (size_t i = 0; i < placing.count; i++) {
        if (placing.things[i].arrow == DRILL_NOBODY) continue;
        if (place_label(&placing, i)) continue;
        const Thing *other = covered(&placing, i, &placing.things[i].rect);
        if (other != NULL) push_apart(diagram, &placing.things[i], other);
        pushed = true;
    }
    DrillAllocator allocator = drill_allocator_malloc();
    allocator.resize(allocator.context, placing.things, sizeof(Thing) * (diagram->step_count + 1),
                     0);
    return pushed;
}

/* Is nothing drawn there? Leaves a little air around. */
static bool area_free(const DrillDiagram *diagram, const DrillRect *rect) {
    DrillRect wide = {rect->x - 40, rect->y - 40, rect->w + 80, rect->h + 80};
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        if (drill_arrow_crosses(arrow, &wide) || drill_rects_overlap(&arrow->label, &wide)) {
            return false;
        }
    }
    for (size_t i = 0; i < diagram->mark_count; i++) {
        if (drill_rects_overlap(&diagram->marks[i].rect, &wide)) return false;
    }
    for (size_t i = 0; i < diagram->break_count; i++) {
        if (drill_rects_overlap(&diagram->breaks[i].rect, &wide)) return false;
    }
    for (size_t i = 0; i < diagram->strip_count; i++) {
        if (drill_rects_overlap(&diagram->strips[i].rect, &wide)) return false;
    }
    for (size_t i = 0; i < diagram->note_count; i++) {
        const DrillNote *note = &diagram->notes[i];
        if (note->rect.x != 0 && drill_rects_overlap(&note->rect, &wide)) return false;
    }
    for (size_t i = 0; i < diagram->column_count; i++) {
        int32_t x = diagram->participants[diagram->columns[i]].x;
        if (x > wide.x && x < wide.x + wide.w) return false;
    }
    return wide.x >= diagram->grid_x0 - 100 && wide.y >= DRILL_HEADS_BOTTOM &&
           wide.y + wide.h <= diagram->end_y + 200;
}

static void place_near(DrillDiagram *diagram, DrillNote *note) {
    const DrillParticipant *one = &diagram->participants[note->participant];
    int32_t h = note->rect.h;
    int32_t ys[7] = {-h / 2, 0, -h, 120, -h - 120, 240, -h - 240};
    int32_t away = (int32_t)one->lanes * DRILL_LANE_STEP + 200;
    DrillRect rect = note->rect;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(ys); i++) {
        for (int side = 0; side < 2; side++) {
            rect.x = side == 0 ? one->x + away : one->x - away - rect.w;
            rect.y = note->anchor_y + ys[i];
            if (!area_free(diagram, &rect)) continue;
            note->rect = rect;
            return;
        }
    }
}

void drill_diagram_place_notes(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->note_count; i++) {
        if (!diagram->notes[i].margin) diagram->notes[i].rect.x = 0;
    }
    for (size_t i = 0; i < diagram->note_count; i++) {
        if (!diagram->notes[i].margin) place_near(diagram, &diagram->notes[i]);
    }
}
