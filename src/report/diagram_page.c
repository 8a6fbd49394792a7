/* Cuts the long drawing into pages, where it hurts least: in compressed gaps, between rows that no
 * arrow crosses. */
#include "report/diagram_model.h"

static bool inside(const DrillRect *rect, int32_t y) {
    return rect->w != 0 && rect->y < y && y < rect->y + rect->h;
}

/* What a cut at this height goes through. */
static int64_t cut_cost(const DrillDiagram *diagram, int32_t y) {
    int64_t cost = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        if (arrow->y0 < y && y < arrow->y1) cost += 600;
        if (inside(&arrow->label, y)) cost += 4000;
    }
    for (size_t i = 0; i < diagram->mark_count; i++) {
        if (inside(&diagram->marks[i].rect, y)) cost += 4000;
    }
    for (size_t i = 0; i < diagram->break_count; i++) {
        if (inside(&diagram->breaks[i].rect, y)) cost += 4000;
    }
    for (size_t i = 0; i < diagram->note_count; i++) {
        if (inside(&diagram->notes[i].rect, y)) cost += 4000;
    }
    return cost;
}

/* The height at which a cut above a step would go. */
static int32_t cut_above(const DrillDiagram *diagram, size_t step) {
    const DrillStep *here = &diagram->steps[step];
    int32_t above = diagram->steps[step - 1].y;
    if (here->gap_ns != 0 && here->gap_y > above) above = here->gap_y;
    return above + (here->y - above) / 2;
}

static size_t best_cut(const DrillDiagram *diagram, const DrillPage *page, int32_t height_max) {
    size_t best = diagram->step_count;
    int64_t best_cost = INT64_MAX;
    for (size_t i = page->step_first + 1; i < diagram->step_count; i++) {
        int32_t y = cut_above(diagram, i);
        if (y - page->top > height_max && best < diagram->step_count) break;
        if (y - page->top < height_max / 2 && y - page->top >= 0) continue;
        int64_t cost = cut_cost(diagram, y) + (page->top + height_max - y) / 2;
        if (diagram->steps[i].gap_ns != 0) cost -= 500;
        if (diagram->steps[i].time_ns == diagram->steps[i - 1].time_ns) cost += 1500;
        if (cost < best_cost) {
            best_cost = cost;
            best = i;
        }
    }
    return best;
}

void drill_diagram_pages(DrillDiagram *diagram, int32_t height_max) {
    DrillPage page = {.top = DRILL_HEADS_BOTTOM, .bottom = diagram->end_y};
    while (diagram->end_y - page.top > height_max + height_max / 10) {
        size_t cut = best_cut(diagram, &page, height_max);
        if (cut >= diagram->step_count) break;
        page.step_count = cut - page.step_first;
        page.bottom = cut_above(diagram, cut);
        *DRILL_POOL_ADD(&diagram->pool, diagram->pages, diagram->page_count) = page;
        page = (DrillPage){.top = page.bottom, .bottom = diagram->end_y, .step_first = cut};
    }
    page.step_count = diagram->step_count - page.step_first;
    *DRILL_POOL_ADD(&diagram->pool, diagram->pages, diagram->page_count) = page;
}

size_t drill_diagram_page_count(const DrillDiagram *diagram) {
    return diagram->page_count;
}
