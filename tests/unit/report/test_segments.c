/* Which segment a loss, an arrival or a copy belongs to; and the diagram of them. */
#include "unit/report/golden.h"
#include "unit/report/segment_story.h"

#include "report/diagram.h"
#include "report/segments.h"

START_TEST(fates) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillPool pool = {0};
    DrillSegments segments;
    drill_segments_read(&s->file, &pool, &segments);
    ck_assert_uint_eq(segments.count, 9);
    const DrillSegment *all = segments.items;
    ck_assert_int_eq(all[0].fate, DRILL_SEGMENT_ARRIVED);
    ck_assert_uint_eq(all[0].received_ns, MS(50));
    ck_assert_int_eq(all[2].fate, DRILL_SEGMENT_LOST);
    ck_assert(drill_span_is(all[2].why, "loss"));
    ck_assert_uint_eq(all[2].again.size, 0);
    ck_assert(drill_span_is(all[3].again, "rto"));
    ck_assert_int_eq(all[3].fate, DRILL_SEGMENT_ARRIVED);
    ck_assert_uint_eq(all[4].copies, 2);
    ck_assert_uint_eq(all[4].received_ns, MS(400));
    ck_assert(all[5].overtaken && !all[6].overtaken);
    ck_assert(drill_span_is(all[8].why, "queue"));
    ck_assert_uint_eq(drill_segment_numbers(&all[0]), 1);
    ck_assert_uint_eq(drill_segment_numbers(&all[3]), 23);
    drill_pool_free(&pool);
    story_free(s);
}
END_TEST

/* Several alike are under way: what is lost at the entrance is the one just sent, what is lost
 * later is the oldest. */
START_TEST(alike) {
    Story *s = story_new("x", "x");
    Segment ack = {"ACK", 5, 0, 6, 9, 1000, NULL};
    const char *p = "publisher", *b = "broker";
    for (uint64_t i = 0; i < 3; i++)
        story_segment(s, (Flight){p, b, 1, MS(10 * i), LOST}, ack);
    story_lost(s, (Flight){p, b, 1, MS(40), LOST}, ack, "loss");
    DrillTraceEvent *late = story_add(s, DRILL_TRACE_LINK_LOST, MS(50), p);
    story_number(late, "conn", 1);
    story_text(s, late, "direction", "c>b");
    story_text(s, late, "reason", "codel");
    story_number(late, "offset", 5);
    story_text(s, late, "flags", "ACK");
    free(story_finish(s));
    DrillPool pool = {0};
    DrillSegments segments;
    drill_segments_read(&s->file, &pool, &segments);
    ck_assert_uint_eq(segments.count, 4);
    ck_assert(drill_span_is(segments.items[0].why, "codel"));
    ck_assert_int_eq(segments.items[1].fate, DRILL_SEGMENT_UNDER_WAY);
    ck_assert_int_eq(segments.items[2].fate, DRILL_SEGMENT_UNDER_WAY);
    ck_assert(drill_span_is(segments.items[3].why, "loss"));
    drill_pool_free(&pool);
    story_free(s);
}
END_TEST

static DrillBuffer drawn(bool segments) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillDiagramOptions options = {.segments = segments};
    DrillDiagram *diagram = drill_diagram_build(&s->file, NULL, 0, &options);
    DrillBuffer out = golden_buffer();
    drill_diagram_dot(diagram, 0, &out);
    drill_diagram_free(diagram);
    story_free(s);
    return out;
}

START_TEST(drawing) {
    DrillBuffer out = drawn(true);
    golden_compare("segments.dot", &out);
    ck_assert(golden_has(&out, "23 B lost: loss"));
    ck_assert(golden_has(&out, "↻ 23 B rto"));
    ck_assert(golden_has(&out, "copy of 4 B"));
    ck_assert(golden_has(&out, "retransmission"));
    drill_buffer_release(&out);
    out = drawn(false);
    ck_assert(!golden_has(&out, "TCP") && !golden_has(&out, " B lost"));
    drill_buffer_release(&out);
}
END_TEST

/* Where a page begins or ends, lines are cut; nothing is outside the page. */
START_TEST(pages) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillDiagramOptions options = {.segments = true, .page_points = 120};
    DrillDiagram *diagram = drill_diagram_build(&s->file, NULL, 0, &options);
    ck_assert_uint_gt(drill_diagram_page_count(diagram), 1);
    size_t lost = 0;
    for (size_t page = 0; page < drill_diagram_page_count(diagram); page++) {
        DrillBuffer out = golden_buffer();
        drill_diagram_dot(diagram, page, &out);
        lost += golden_count(&out, "23 B lost: loss");
        drill_buffer_release(&out);
    }
    ck_assert_uint_eq(lost, 1);
    drill_diagram_free(diagram);
    story_free(s);
}
END_TEST

START_TEST(in_words) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillDiagramOptions options = {.segments = true};
    DrillDiagram *diagram = drill_diagram_build(&s->file, NULL, 0, &options);
    DrillBuffer out = golden_buffer();
    drill_diagram_mermaid(diagram, &out);
    ck_assert(golden_has(&out, "23 B lost"));
    ck_assert(!golden_has(&out, "SYN"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
    story_free(s);
}
END_TEST

/* A datagram that the link doubled arrives twice: two arrows, one of them a copy. */
START_TEST(packets_doubled) {
    Story *s = story_new("x", "x");
    story_node(s, "broker", "broker", "");
    story_node(s, "publisher", "client", "");
    Message message = {"t", "x", 1, 1, false};
    uint64_t sent = story_publish(s, (Flight){"publisher", "broker", 1, MS(10), MS(60)}, message);
    DrillTraceEvent *copy = story_add(s, DRILL_TRACE_MQTT_RECEIVED, MS(90), "broker");
    const DrillTraceEvent *first = &s->events[s->file.count - 2];
    memcpy(copy->values, first->values, sizeof copy->values);
    copy->cause = sent;
    free(story_finish(s));
    DrillDiagramOptions options = {.segments = false};
    DrillDiagram *diagram = drill_diagram_build(&s->file, NULL, 0, &options);
    DrillBuffer out = golden_buffer();
    drill_diagram_dot(diagram, 0, &out);
    ck_assert_uint_eq(golden_count(&out, "<b>PUBLISH</b>"), 2);
    ck_assert(golden_has(&out, "copy made by the link"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
    story_free(s);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/segments");
    TCase *cases = tcase_create("segments");
    tcase_add_test(cases, fates);
    tcase_add_test(cases, alike);
    tcase_add_test(cases, drawing);
    tcase_add_test(cases, pages);
    tcase_add_test(cases, in_words);
    tcase_add_test(cases, packets_doubled);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
