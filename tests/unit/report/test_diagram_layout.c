/* What must hold for every layout, tried on random traces: labels apart, everything inside its
 * page, time never upwards. */
#include "unit/report/golden.h"
#include "unit/report/story.h"

#include "base/random.h"
#include "report/diagram_model.h"

#define ROUNDS 40

typedef struct Dice {
    DrillStream stream;
    uint64_t drawn;
} Dice;

static uint64_t roll(Dice *dice, uint64_t bound) {
    return drill_stream_below(dice->stream, dice->drawn++, 0, bound);
}

/* Clients of different delay that publish, lose packets, connections, and have their messages
 * noted. */
static Story *random_story(uint64_t seed) {
    static const char *const names[] = {
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "a-client-with-a-long-name"};
    Dice dice = {drill_stream(seed, "layout"), 0};
    Story *story = story_new("random/story", "random");
    story_node(story, "broker", "broker", "");
    uint64_t clients = 1 + roll(&dice, 7);
    for (uint64_t i = 0; i < clients; i++)
        story_node(story, names[i], "client", "");
    uint64_t at = 0;
    uint64_t packets = 5 + roll(&dice, 60);
    for (uint64_t i = 0; i < packets; i++) {
        uint64_t client = roll(&dice, clients);
        uint64_t delay = roll(&dice, 4) == 0 ? 0 : MS(1 + 30 * client + roll(&dice, 20));
        bool there = roll(&dice, 2) == 0;
        Flight flight = {there ? names[client] : "broker", there ? "broker" : names[client],
                         client + 1, at, at + delay};
        if (roll(&dice, 8) == 0) flight.received_ns = LOST;
        Message message = {"some/topic/of/length", "payload", (int)roll(&dice, 3),
                           (uint16_t)(1 + roll(&dice, 4)), false};
        if (roll(&dice, 3) > 0) {
            story_publish(story, flight, message);
        } else {
            story_ack(story, flight, (DrillPacketType)(DRILL_PUBACK + (int)roll(&dice, 4)),
                      message.id);
        }
        if (roll(&dice, 10) == 0) story_delivered(story, names[client], at + delay, "payload");
        if (roll(&dice, 15) == 0)
            story_note(story, DRILL_TRACE_APP_NOTE, at, "a note that says what is going on here");
        if (roll(&dice, 20) == 0)
            story_closed(story, (Closing){names[client], client + 1, at, "rst", "remote"});
        uint64_t pause = roll(&dice, 5);
        at += pause == 0 ? 0 : pause == 1 ? MS(5000) : MS(roll(&dice, 40));
    }
    free(story_finish(story));
    return story;
}

static DrillDiagram *build(uint64_t seed) {
    Story *story = random_story(seed);
    DrillDiagram *diagram =
        drill_diagram_build(&story->file, NULL, 0, &(DrillDiagramOptions){.page_points = 600});
    story_free(story);
    return diagram;
}

START_TEST(labels_do_not_cover_each_other) {
    DrillDiagram *diagram = build((uint64_t)_i + 1);
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        ck_assert_int_gt(arrow->label.w, 0);
        for (size_t k = i + 1; k < diagram->arrow_count; k++) {
            ck_assert_msg(!drill_rects_overlap(&arrow->label, &diagram->arrows[k].label),
                          "labels %zu and %zu", i, k);
        }
        for (size_t k = 0; k < diagram->mark_count; k++) {
            ck_assert(!drill_rects_overlap(&arrow->label, &diagram->marks[k].rect));
        }
        for (size_t k = 0; k < diagram->break_count; k++) {
            ck_assert(!drill_rects_overlap(&arrow->label, &diagram->breaks[k].rect));
        }
        for (size_t k = 0; k < diagram->note_count; k++) {
            ck_assert(!drill_rects_overlap(&arrow->label, &diagram->notes[k].rect));
        }
    }
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(notes_do_not_cover_each_other) {
    DrillDiagram *diagram = build((uint64_t)_i + 1);
    for (size_t i = 0; i < diagram->note_count; i++) {
        for (size_t k = i + 1; k < diagram->note_count; k++) {
            ck_assert(!drill_rects_overlap(&diagram->notes[i].rect, &diagram->notes[k].rect));
        }
    }
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(time_runs_downwards) {
    DrillDiagram *diagram = build((uint64_t)_i + 1);
    for (size_t i = 1; i < diagram->step_count; i++) {
        ck_assert_uint_ge(diagram->steps[i].time_ns, diagram->steps[i - 1].time_ns);
        ck_assert_int_ge(diagram->steps[i].y, diagram->steps[i - 1].y);
        if (diagram->steps[i].time_ns > diagram->steps[i - 1].time_ns) {
            ck_assert_int_gt(diagram->steps[i].y, diagram->steps[i - 1].y);
        }
    }
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        ck_assert_int_ge(arrow->y1, arrow->y0);
        ck_assert_int_ne(arrow->x0, arrow->x1);
    }
    drill_diagram_free(diagram);
}
END_TEST

static void check_inside(const DrillDiagram *diagram, const DrillRect *rect) {
    ck_assert_int_ge(rect->x, 0);
    ck_assert_int_ge(rect->y, DRILL_HEADS_BOTTOM - 20);
    ck_assert_int_le(rect->x + rect->w, diagram->width);
    ck_assert_int_le(rect->y + rect->h, diagram->end_y + 200);
}

START_TEST(everything_is_inside) {
    DrillDiagram *diagram = build((uint64_t)_i + 1);
    for (size_t i = 0; i < diagram->arrow_count; i++)
        check_inside(diagram, &diagram->arrows[i].label);
    for (size_t i = 0; i < diagram->mark_count; i++)
        check_inside(diagram, &diagram->marks[i].rect);
    for (size_t i = 0; i < diagram->break_count; i++)
        check_inside(diagram, &diagram->breaks[i].rect);
    for (size_t i = 0; i < diagram->note_count; i++)
        check_inside(diagram, &diagram->notes[i].rect);
    for (size_t i = 0; i < diagram->strip_count; i++)
        check_inside(diagram, &diagram->strips[i].rect);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(pages_follow_each_other) {
    DrillDiagram *diagram = build((uint64_t)_i + 1);
    size_t steps = 0;
    for (size_t i = 0; i < diagram->page_count; i++) {
        const DrillPage *page = &diagram->pages[i];
        ck_assert_int_lt(page->top, page->bottom);
        if (i > 0) ck_assert_int_eq(page->top, diagram->pages[i - 1].bottom);
        ck_assert_uint_eq(page->step_first, steps);
        steps += page->step_count;
    }
    ck_assert_uint_eq(steps, diagram->step_count);
    ck_assert_int_eq(diagram->pages[diagram->page_count - 1].bottom, diagram->end_y);
    drill_diagram_free(diagram);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/diagram_layout");
    TCase *cases = tcase_create("layout");
    tcase_add_loop_test(cases, labels_do_not_cover_each_other, 0, ROUNDS);
    tcase_add_loop_test(cases, notes_do_not_cover_each_other, 0, ROUNDS);
    tcase_add_loop_test(cases, time_runs_downwards, 0, ROUNDS);
    tcase_add_loop_test(cases, everything_is_inside, 0, ROUNDS);
    tcase_add_loop_test(cases, pages_follow_each_other, 0, ROUNDS);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
