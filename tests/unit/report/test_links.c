/* What is done to links, as diagrams and plots show it: settings, times in which nothing passes,
 * who closed a connection, what became of each packet. */
#include "unit/report/golden.h"
#include "unit/report/segment_story.h"

#include "report/diagram_model.h"
#include "report/stats.h"

static Story *two_nodes(void) {
    Story *s = story_new("net/links", "What is done to a link");
    story_node(s, "broker", "broker", "");
    story_node(s, "meter", "client", "");
    return s;
}

static DrillDiagram *build(Story *story, DrillDiagramOptions options) {
    free(story_finish(story));
    DrillDiagram *diagram = drill_diagram_build(&story->file, NULL, 0, &options);
    story_free(story);
    return diagram;
}

static void set_link(Story *s, uint64_t at_ns, const char *direction, const char *settings) {
    DrillTraceEvent *event = story_add(s, DRILL_TRACE_LINK_SET, at_ns, "meter");
    story_text(s, event, "direction", direction);
    story_text(s, event, "settings", settings);
}

static void set_both(Story *s, uint64_t at_ns, const char *settings) {
    set_link(s, at_ns, "c>b", settings);
    set_link(s, at_ns, "b>c", settings);
}

static void dead(Story *s, uint64_t at_ns, const char *direction, uint64_t until_ns) {
    DrillTraceEvent *event = story_add(s, DRILL_TRACE_LINK_PARTITION, at_ns, "meter");
    story_text(s, event, "direction", direction);
    story_number(event, "until_ns", until_ns);
}

static void check_note(const DrillDiagram *diagram, size_t at, const char *heading,
                       const char *text) {
    ck_assert_uint_lt(at, diagram->note_count);
    ck_assert_int_eq(diagram->notes[at].kind, DRILL_NOTE_LINK);
    ck_assert_str_eq(diagram->notes[at].heading, heading);
    ck_assert_str_eq(diagram->notes[at].text, text);
}

START_TEST(every_setting_that_changed) {
    Story *s = two_nodes();
    story_connect(s, (Flight){"meter", "broker", 1, MS(1), MS(10)}, true);
    set_both(s, MS(20), "delay=20ms,nat_idle=30s");
    set_link(s, MS(30), "c>b", "delay=20ms,loss=2%,nat_idle=30s,slicer=200");
    set_link(s, MS(35), "c>b", "delay=20ms,loss=2%,nat_idle=30s,slicer=20");
    set_link(s, MS(30), "b>c", "delay=20ms,nat_idle=30s");
    set_both(s, MS(40), "delay=200ms,loss=2%");
    set_both(s, MS(50), "");
    story_connack(s, (Flight){"broker", "meter", 1, MS(60), MS(70)}, false);
    DrillDiagram *diagram = build(s, (DrillDiagramOptions){0});
    check_note(diagram, 0, "link is now, both ways", "delay=20ms nat_idle=30s");
    check_note(diagram, 1, "link, c>b", "loss=2% slicer=200");
    check_note(diagram, 2, "link, c>b", "slicer=20");
    check_note(diagram, 3, "link, c>b", "delay=200ms nat_idle=off slicer=off");
    check_note(diagram, 4, "link, b>c", "delay=200ms loss=2% nat_idle=off");
    check_note(diagram, 5, "link, both ways", "delay=off loss=off");
    ck_assert_uint_eq(diagram->note_count, 6);
    drill_diagram_free(diagram);
}
END_TEST

static Story *bands_story(void) {
    Story *s = two_nodes();
    set_both(s, MS(1), "outage=10ms-30ms+500ms-600ms");
    story_connect(s, (Flight){"meter", "broker", 1, MS(2), MS(8)}, true);
    dead(s, MS(40), "c>b", MS(90));
    dead(s, MS(40), "b>c", MS(90));
    story_connack(s, (Flight){"broker", "meter", 1, MS(60), MS(100)}, false);
    story_end(s, MS(200), "finished");
    return s;
}

START_TEST(times_in_which_nothing_passes) {
    DrillDiagram *diagram = build(bands_story(), (DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->band_count, 2); /* the outage of 500 ms comes after the end */
    for (size_t i = 0; i < 2; i++) {
        const DrillBand *band = &diagram->bands[i];
        ck_assert(band->starts && band->ends);
        ck_assert_int_gt(band->rect.w, 1000);
        ck_assert_int_gt(band->rect.h, 20);
    }
    ck_assert_uint_eq(diagram->bands[0].from_ns, MS(10));
    ck_assert_uint_eq(diagram->bands[1].until_ns, MS(90));
    const DrillArrow *connack = &diagram->arrows[1];
    const DrillRect *second = &diagram->bands[1].rect;
    ck_assert_int_lt(second->y, connack->y0);
    ck_assert_int_gt(second->y + second->h, connack->y0);
    ck_assert_int_lt(second->y + second->h, connack->y1);
    DrillBuffer out = golden_buffer();
    drill_diagram_dot(diagram, 0, &out);
    golden_compare("links.dot", &out);
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(bands_are_clipped) {
    DrillDiagram *diagram =
        build(bands_story(), (DrillDiagramOptions){.from_ns = MS(50), .until_ns = MS(70)});
    ck_assert_uint_eq(diagram->band_count, 1);
    ck_assert(!diagram->bands[0].starts);
    ck_assert(diagram->bands[0].ends); /* the CONNACK shown arrives after it */
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(outages_that_repeat) {
    Story *s = two_nodes();
    set_both(s, MS(50), "delay=1ms,outage=10ms/40ms");
    story_connect(s, (Flight){"meter", "broker", 1, MS(60), MS(130)}, true);
    DrillDiagram *diagram = build(s, (DrillDiagramOptions){0});
    static const uint64_t begins[] = {MS(70), MS(110)};
    ck_assert_uint_eq(diagram->band_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(diagram->bands[i].from_ns, begins[i]);
        ck_assert_uint_eq(diagram->bands[i].until_ns, begins[i] + MS(10));
    }
    drill_diagram_free(diagram);
}
END_TEST

static void closed(Story *s, const char *node, uint64_t at_ns, const char *by) {
    DrillTraceEvent *event = story_add(s, DRILL_TRACE_CONN_CLOSED, at_ns, node);
    story_number(event, "conn", 1);
    story_text(s, event, "how", "fin");
    story_text(s, event, "by", by);
}

/* When neither end did it, nobody is to be blamed but the network. */
START_TEST(who_closed) {
    static const char *const by[2] = {"local", "remote"};
    static const char *const why[2] = {"closed by the broker", "closed by the network"};
    for (int i = 0; i < 2; i++) {
        Story *s = two_nodes();
        story_connect(s, (Flight){"meter", "broker", 1, MS(1), MS(10)}, true);
        closed(s, "meter", MS(20), "remote");
        closed(s, "broker", MS(30), by[i]);
        DrillDiagram *diagram = build(s, (DrillDiagramOptions){0});
        ck_assert_uint_eq(diagram->break_count, 1);
        ck_assert_str_eq(diagram->breaks[0].why, why[i]);
        drill_diagram_free(diagram);
    }
}
END_TEST

/* Graphviz has a syntax error in an empty <font>. */
START_TEST(a_name_alone) {
    Story *s = two_nodes();
    story_plain(s, (Flight){"meter", "broker", 1, MS(1), MS(10)}, DRILL_PINGREQ);
    DrillDiagram *diagram = build(s, (DrillDiagramOptions){0});
    DrillBuffer out = golden_buffer();
    drill_diagram_dot(diagram, 0, &out);
    ck_assert(golden_has(&out, "<b>PINGREQ</b>"));
    ck_assert(!golden_has(&out, "></font>"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

/* Segments: one lost, one overtaken. */
START_TEST(plot_of_segments) {
    Story *s = two_nodes();
    Segment one = {"ACK", 0, 10, 1, 1, 64240, NULL};
    for (uint64_t i = 0; i < 6; i++) {
        one.offset = 10 * i;
        one.sequence = 1 + one.offset;
        uint64_t took = i == 2 ? MS(40) : MS(20) + i * DRILL_NS_PER_MS;
        Flight flight = {"meter", "broker", 1, MS(10 * i), MS(10 * i) + took};
        if (i == 4)
            story_lost(s, flight, one, "queue");
        else
            story_segment(s, flight, one);
    }
    free(story_finish(s));
    DrillStats stats;
    DrillBuffer out = golden_buffer();
    drill_stats_read(&s->file, &stats);
    drill_stats_plot_link(&stats, &out);
    ck_assert(golden_has(&out, "client to broker (5)"));
    ck_assert(golden_has(&out, "overtaken (1)"));
    ck_assert(golden_has(&out, "lost (queue 1)"));
    ck_assert_uint_eq(golden_count(&out, "<circle cx"), 5);
    golden_compare("stats_link.svg", &out);
    drill_buffer_release(&out);
    drill_stats_free(&stats);
    story_free(s);
}
END_TEST

/* Without segments: packets; and nothing at all. */
START_TEST(plot_of_packets) {
    Story *s = two_nodes();
    DrillStats stats;
    DrillBuffer out = golden_buffer();
    free(story_finish(s));
    drill_stats_read(&s->file, &stats);
    drill_stats_plot_link(&stats, &out);
    ck_assert_uint_eq(golden_count(&out, "<circle"), 0);
    drill_stats_free(&stats);
    drill_buffer_clear(&out);
    uint64_t lost = story_connect(s, (Flight){"meter", "broker", 1, MS(1), LOST}, true);
    story_connect(s, (Flight){"meter", "broker", 1, MS(5), MS(9)}, true);
    DrillTraceEvent *event = story_add(s, DRILL_TRACE_LINK_LOST, MS(1), "meter");
    event->cause = lost;
    story_text(s, event, "reason", "mask");
    free(story_finish(s));
    drill_stats_read(&s->file, &stats);
    drill_stats_plot_link(&stats, &out);
    ck_assert(golden_has(&out, "client to broker (1)"));
    ck_assert(golden_has(&out, "lost (mask 1)"));
    drill_stats_free(&stats);
    drill_buffer_release(&out);
    story_free(s);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/links");
    TCase *cases = tcase_create("links");
    tcase_add_test(cases, every_setting_that_changed);
    tcase_add_test(cases, times_in_which_nothing_passes);
    tcase_add_test(cases, bands_are_clipped);
    tcase_add_test(cases, outages_that_repeat);
    tcase_add_test(cases, who_closed);
    tcase_add_test(cases, a_name_alone);
    tcase_add_test(cases, plot_of_segments);
    tcase_add_test(cases, plot_of_packets);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
