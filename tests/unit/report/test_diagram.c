/* Diagrams as text: golden DOT, Mermaid and PlantUML of fixed stories, filters, what becomes of
 * packets. */
#include "unit/report/golden.h"
#include "unit/report/story.h"

#include "report/diagram_model.h"

static DrillDiagram *build(Story *story, const DrillDiagramOptions *options) {
    static const DrillFinding none[1];
    free(story_finish(story));
    DrillDiagram *diagram = drill_diagram_build(&story->file, none, 0, options);
    story_free(story);
    return diagram;
}

static DrillBuffer dot_of(DrillDiagram *diagram, size_t page) {
    DrillBuffer out = golden_buffer();
    drill_diagram_dot(diagram, page, &out);
    return out;
}

static void compare_dot(const char *name, DrillDiagram *diagram, size_t page) {
    DrillBuffer out = dot_of(diagram, page);
    golden_compare(name, &out);
    drill_buffer_release(&out);
}

/* The story in which the message is delivered twice, with the finding that says so. */
static DrillDiagram *build_failed(const DrillDiagramOptions *options) {
    Story *story = story_lost_pubrec(true);
    free(story_finish(story));
    DrillFinding finding = {
        .statement = "v3:MQTT-4.3.3-2",
        .verdict = DRILL_FAIL,
        .oracle = "qos2",
        .text = "expected one delivery of sensor/1/temp to subscriber for the exchange of "
                "publisher with id 7, got 2",
        .packet_count = 1,
        .time_ns = MS(6452)};
    for (size_t i = 0; i < story->file.count; i++) {
        const DrillTraceEvent *event = &story->events[i];
        if (event->kind == DRILL_TRACE_MQTT_SENT && event->time_ns == MS(6333))
            finding.packets[0] = i + 1;
    }
    DrillDiagram *diagram = drill_diagram_build(&story->file, &finding, 1, options);
    story_free(story);
    return diagram;
}

START_TEST(lost_pubrec_is_drawn) {
    DrillDiagram *diagram = build(story_lost_pubrec(false), &(DrillDiagramOptions){0});
    ck_assert_uint_eq(drill_diagram_page_count(diagram), 1);
    compare_dot("lost_pubrec.dot", diagram, 0);
    DrillBuffer out = golden_buffer();
    drill_diagram_mermaid(diagram, &out);
    golden_compare("lost_pubrec.mmd", &out);
    drill_buffer_clear(&out);
    drill_diagram_plantuml(diagram, &out);
    golden_compare("lost_pubrec.puml", &out);
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(failure_is_drawn_with_its_finding) {
    DrillDiagram *diagram = build_failed(&(DrillDiagramOptions){0});
    compare_dot("delivered_twice.dot", diagram, 0);
    DrillBuffer out = dot_of(diagram, 0);
    ck_assert(golden_has(&out, "v3:MQTT-4.3.3-2"));
    ck_assert(golden_has(&out, "FAIL"));
    ck_assert(golden_has(&out, "shape=circle"));
    ck_assert(golden_has(&out, "expectation not met"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(eight_participants_are_drawn) {
    DrillDiagram *diagram = build(story_fan_out(), &(DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->column_count, 8);
    ck_assert_uint_eq(drill_diagram_page_count(diagram), 1);
    ck_assert(diagram->participants[diagram->columns[3]].broker);
    ck_assert_str_eq(diagram->participants[diagram->columns[0]].name, "thermometer");
    compare_dot("fan_out.dot", diagram, 0);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(long_run_has_pages) {
    DrillDiagram *diagram = build(story_long(25), &(DrillDiagramOptions){0});
    size_t pages = drill_diagram_page_count(diagram);
    ck_assert_uint_gt(pages, 2);
    compare_dot("long_page_2.dot", diagram, 1);
    size_t publishes = 0;
    for (size_t page = 0; page < pages; page++) {
        DrillBuffer out = dot_of(diagram, page);
        publishes += golden_count(&out, "<b>PUBLISH</b>");
        ck_assert(golden_has(&out, "<b>publisher</b>"));
        ck_assert_uint_eq(golden_has(&out, "continued, "), page > 0);
        drill_buffer_release(&out);
    }
    ck_assert_uint_eq(publishes, 50); /* every label on one page, and only one */
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(same_trace_same_text) {
    DrillDiagram *first = build(story_fan_out(), &(DrillDiagramOptions){0});
    DrillDiagram *second = build(story_fan_out(), &(DrillDiagramOptions){0});
    DrillBuffer a = dot_of(first, 0);
    DrillBuffer b = dot_of(second, 0);
    DrillBuffer again = dot_of(first, 0);
    ck_assert(drill_span_equal(drill_buffer_span(&a), drill_buffer_span(&b)));
    ck_assert(drill_span_equal(drill_buffer_span(&a), drill_buffer_span(&again)));
    drill_buffer_release(&a);
    drill_buffer_release(&b);
    drill_buffer_release(&again);
    drill_diagram_free(first);
    drill_diagram_free(second);
}
END_TEST

static size_t shown_arrows(const DrillDiagram *diagram) {
    size_t count = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++)
        count += diagram->arrows[i].shown;
    return count;
}

START_TEST(client_filter) {
    DrillDiagramOptions options = {.client = drill_span_of("subscriber")};
    DrillDiagram *diagram = build(story_lost_pubrec(false), &options);
    ck_assert_uint_eq(diagram->column_count, 2);
    ck_assert_uint_eq(shown_arrows(diagram), 8);
    DrillBuffer out = dot_of(diagram, 0);
    ck_assert(!golden_has(&out, "<b>publisher</b>"));
    ck_assert(!golden_has(&out, "connection lost"));
    ck_assert(golden_has(&out, "8 of 18 packets"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(topic_and_id_filters) {
    DrillDiagramOptions options = {.topic = drill_span_of("sensor/+/temp")};
    DrillDiagram *diagram = build(story_lost_pubrec(false), &options);
    ck_assert_uint_eq(shown_arrows(diagram),
                      11); /* SUBSCRIBE, both exchanges with their acknowledgements */
    drill_diagram_free(diagram);
    options.topic = drill_span_of("other/#");
    diagram = build(story_lost_pubrec(false), &options);
    ck_assert_uint_eq(shown_arrows(diagram), 0);
    DrillBuffer out = dot_of(diagram, 0); /* an empty diagram is a diagram */
    ck_assert(golden_has(&out, "0 of 18 packets"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
    options = (DrillDiagramOptions){.packet_identifier = 7};
    diagram = build(story_lost_pubrec(false), &options);
    ck_assert_uint_eq(shown_arrows(diagram), 6);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(time_filter) {
    DrillDiagramOptions options = {.from_ns = MS(5900), .until_ns = MS(6300)};
    DrillDiagram *diagram = build(story_lost_pubrec(false), &options);
    ck_assert_uint_eq(shown_arrows(diagram), 3);
    ck_assert_uint_eq(diagram->note_count, 1);
    ck_assert_uint_eq(diagram->break_count, 0);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(around_failure) {
    DrillDiagramOptions options = {.around_failure = true};
    DrillDiagram *diagram = build_failed(&options);
    ck_assert(shown_arrows(diagram) < diagram->arrow_count);
    bool finding = false;
    for (size_t i = 0; i < diagram->note_count; i++)
        finding |= diagram->notes[i].kind == DRILL_NOTE_FINDING;
    ck_assert(finding);
    drill_diagram_free(diagram);
    diagram = build(story_lost_pubrec(false), &options); /* nothing failed: all of it */
    ck_assert_uint_eq(shown_arrows(diagram), diagram->arrow_count);
    drill_diagram_free(diagram);
}
END_TEST

static const DrillArrow *arrow_named(const DrillDiagram *diagram, const char *name, size_t nth) {
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        if (strcmp(diagram->arrows[i].name, name) == 0 && nth-- == 0) return &diagram->arrows[i];
    }
    ck_abort_msg("no such arrow");
    return NULL;
}

START_TEST(fates_and_repetitions) {
    DrillDiagram *diagram = build(story_lost_pubrec(false), &(DrillDiagramOptions){0});
    const DrillArrow *lost = arrow_named(diagram, "PUBREC", 0);
    ck_assert_int_eq(lost->fate, DRILL_ARROW_CUT);
    ck_assert_str_eq(lost->why, "cut before PUBREC b>c rst");
    ck_assert(arrow_named(diagram, "PUBLISH", 2)->resent);
    ck_assert(!arrow_named(diagram, "PUBLISH", 0)->resent);
    ck_assert_uint_eq(diagram->break_count, 1);
    ck_assert_uint_eq(diagram->breaks[0].until_ns, MS(5970));
    drill_diagram_free(diagram);
    diagram = build(story_fan_out(), &(DrillDiagramOptions){0});
    size_t lost_count = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++)
        lost_count += diagram->arrows[i].fate == DRILL_ARROW_LOST;
    ck_assert_uint_eq(lost_count, 1);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(under_way_when_the_trace_ends) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    story_connect(story, (Flight){"c", "broker", 1, MS(0), LOST}, true);
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_int_eq(diagram->arrows[0].fate, DRILL_ARROW_UNDER_WAY);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(what_nobody_sent_begins_on_the_way) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    story_connect(story, (Flight){"c", "broker", 1, MS(0), MS(1)}, true);
    story_connack(story, (Flight){"broker", "c", 1, MS(1), MS(2)}, false);
    DrillTraceEvent *struck = story_add(story, DRILL_TRACE_FAULT_STRUCK, MS(3), "c");
    story_number(struck, "conn", 1);
    story_text(story, struck, "text", "insert PUBREL b>c");
    uint64_t cause = struck->number;
    DrillTraceEvent *received = story_add(story, DRILL_TRACE_MQTT_RECEIVED, MS(3), "c");
    static const uint8_t pubrel[] = {0x62, 2, 0, 9};
    story_number(received, "conn", 1);
    story_number(received, "whole", 1);
    received->values[story_field(received, "bytes")].bytes =
        story_keep(story, drill_span(pubrel, sizeof pubrel));
    received->cause = cause;
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    DrillBuffer out = dot_of(diagram, 0);
    const DrillArrow *arrow = arrow_named(diagram, "PUBREL", 0);
    ck_assert_int_eq(arrow->fate, DRILL_ARROW_ARRIVED);
    ck_assert_str_eq(arrow->mark, "inserted on the way");
    const DrillArrow *whole = arrow_named(diagram, "CONNACK", 0);
    ck_assert_int_eq(arrow->x1, whole->x1);
    /* The broker's column is at the right. */
    ck_assert_int_lt(arrow->x0, whole->x0);
    ck_assert_int_gt(arrow->x0, arrow->x1);
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(strips_follow_the_exchange) {
    DrillDiagram *diagram = build(story_lost_pubrec(false), &(DrillDiagramOptions){0});
    /* publisher: amber until the second PUBREC, green until PUBCOMP; broker: blue across the
     * reconnection. */
    const DrillStrip *first = &diagram->strips[0];
    ck_assert_int_eq(first->kind, DRILL_STRIP_WAIT_ACK);
    ck_assert_uint_eq(first->start_ns, MS(730));
    ck_assert_uint_eq(first->end_ns, MS(6455));
    bool held = false;
    bool completes = false;
    for (size_t i = 0; i < diagram->strip_count; i++) {
        const DrillStrip *strip = &diagram->strips[i];
        bool broker = diagram->participants[strip->participant].broker;
        held |= strip->kind == DRILL_STRIP_HELD && broker && strip->start_ns == MS(850) &&
                strip->end_ns == MS(6577);
        completes |= strip->kind == DRILL_STRIP_WAIT_COMP && !broker &&
                     strip->start_ns == MS(6455) && strip->end_ns == MS(6700);
    }
    ck_assert(held);
    ck_assert(completes);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(clean_session_ends_the_strips) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    Message message = {"t", "x", 1, 1, false};
    story_publish(story, (Flight){"c", "broker", 1, MS(0), MS(5)}, message);
    story_connect(story, (Flight){"c", "broker", 2, MS(100), MS(105)}, true);
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->strip_count, 1);
    ck_assert_uint_eq(diagram->strips[0].end_ns, MS(100));
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(hostile_text_stays_text) {
    Story *story = story_new("a/<b>&\"c\"", "tit]le \\N {x}");
    story_node(story, "broker", "broker", "");
    story_node(story, "n<o>d\"e;#", "client", "id\\G&");
    Message message = {"a<b>/&/\"\\N\x01", "</b>]]>", 0, 0, false};
    DrillPacket packet = {.type = DRILL_PUBLISH};
    packet.as.publish.topic = drill_span_of(message.topic);
    packet.as.publish.payload = drill_span_of(message.payload);
    DrillBuffer wire = golden_buffer();
    ck_assert_int_eq(drill_codec_encode(&packet, DRILL_MQTT_3_1_1, &wire), DRILL_OK);
    story_bytes(story, (Flight){"n<o>d\"e;#", "broker", 1, MS(0), MS(9)}, drill_buffer_span(&wire),
                true);
    uint8_t broken[] = {0x30, 0xFF, 0xFF};
    story_bytes(story, (Flight){"n<o>d\"e;#", "broker", 1, MS(20), MS(29)}, drill_span(broken, 3),
                false);
    story_note(story, DRILL_TRACE_APP_NOTE, MS(30), "line one\nline <two> & \"three\"");
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    DrillBuffer out = dot_of(diagram, 0);
    ck_assert(golden_has(&out, "n&lt;o&gt;d&quot;e;#"));
    ck_assert(!golden_has(&out, "\\N"));
    ck_assert(!golden_has(&out, "<o>"));
    drill_buffer_clear(&out);
    drill_diagram_mermaid(diagram, &out);
    golden_compare("hostile.mmd", &out);
    drill_buffer_release(&out);
    drill_buffer_release(&wire);
    drill_diagram_free(diagram);
}
END_TEST

/* Two names that look the same when escaped are still two participants. */
START_TEST(names_of_any_bytes) {
    Story *story = story_new("a", "b");
    story_node(story, "broker", "broker", "");
    story_node(story, "\xff\x1b[2J", "client", "x");
    story_node(story, "\\xFF\\x1B[2J", "client", "y");
    Message message = {"t", "x", 0, 0, false};
    story_publish(story, (Flight){"\xff\x1b[2J", "broker", 1, MS(0), MS(5)}, message);
    story_publish(story, (Flight){"\\xFF\\x1B[2J", "broker", 2, MS(10), MS(15)}, message);
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->participant_count, 3);
    DrillBuffer out = dot_of(diagram, 0);
    drill_diagram_mermaid(diagram, &out);
    drill_diagram_plantuml(diagram, &out);
    ck_assert(drill_utf8_valid(drill_buffer_span(&out)));
    ck_assert(!golden_has(&out, "\x1b"));
    ck_assert(golden_has(&out, "xFF"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

static DrillTraceEvent *add_fault(Story *story, uint64_t at_ns, uint64_t cause) {
    DrillTraceEvent *event = story_add(story, DRILL_TRACE_MQTT_FAULTED, at_ns, "broker");
    story_number(event, "conn", 1);
    story_text(story, event, "statement", "v3:MQTT-3.1.2-24");
    story_text(story, event, "text", "wrong");
    event->cause = cause;
    return event;
}

/* What was lost did not arrive because its sender was then found silent. */
START_TEST(silence_is_about_no_packet) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    story_connect(story, (Flight){"c", "broker", 1, MS(0), MS(5)}, true);
    story_plain(story, (Flight){"c", "broker", 1, MS(10), LOST}, DRILL_PINGREQ);
    story_number(add_fault(story, MS(20), 0), "reason_code", 0x8D);
    story_closed(story, (Closing){"broker", 1, MS(20), "fin", "local"});
    story_end(story, MS(30), "ok");
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_int_eq(arrow_named(diagram, "PINGREQ", 0)->fate, DRILL_ARROW_LOST);
    ck_assert_uint_eq(diagram->note_count, 1);
    ck_assert_uint_eq(diagram->notes[0].arrow, DRILL_NOBODY);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(fault_points_at_its_packet_only) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    uint64_t sent = story_connect(story, (Flight){"c", "broker", 1, MS(0), MS(5)}, true);
    add_fault(story, MS(6), sent + 1); /* mqtt.received */
    add_fault(story, MS(90), 0);       /* silence */
    uint8_t junk[] = {0x00};
    story_bytes(story, (Flight){"c", "broker", 1, MS(100), LOST}, drill_span(junk, 1), true);
    add_fault(story, MS(105), 0);
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->note_count, 3);
    ck_assert_uint_eq(diagram->notes[0].arrow, 0);
    ck_assert_uint_eq(diagram->notes[1].arrow, DRILL_NOBODY);
    ck_assert_uint_eq(diagram->notes[2].arrow, 1);
    ck_assert_uint_eq(diagram->arrows[1].received_ns, MS(105));
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(nothing_at_all) {
    Story *story = story_new("a/empty", "");
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_uint_eq(drill_diagram_page_count(diagram), 1);
    DrillBuffer out = dot_of(diagram, 0);
    ck_assert(golden_has(&out, "a/empty"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(broker_restart_and_crash_are_boxes) {
    Story *story = story_new("a/b", "");
    story_node(story, "broker", "broker", "");
    story_node(story, "c", "client", "c");
    story_connect(story, (Flight){"c", "broker", 1, MS(0), MS(5)}, false);
    DrillTraceEvent *down = story_add(story, DRILL_TRACE_BROKER_DOWN, MS(50), "broker");
    story_number(down, "keep_sessions", 1);
    story_add(story, DRILL_TRACE_BROKER_UP, MS(90), "broker");
    story_add(story, DRILL_TRACE_APP_CRASH, MS(100), "c");
    story_connect(story, (Flight){"c", "broker", 2, MS(200), MS(205)}, false);
    DrillDiagram *diagram = build(story, &(DrillDiagramOptions){0});
    ck_assert_uint_eq(diagram->break_count, 2);
    ck_assert_uint_eq(diagram->breaks[0].until_ns, MS(90));
    ck_assert_uint_eq(diagram->breaks[1].until_ns, MS(200));
    DrillBuffer out = dot_of(diagram, 0);
    ck_assert(golden_has(&out, "broker down 0.050 s → 0.090 s"));
    ck_assert(golden_has(&out, "sessions are kept"));
    drill_buffer_release(&out);
    drill_diagram_free(diagram);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/diagram");
    TCase *cases = tcase_create("diagram");
    tcase_add_test(cases, lost_pubrec_is_drawn);
    tcase_add_test(cases, failure_is_drawn_with_its_finding);
    tcase_add_test(cases, eight_participants_are_drawn);
    tcase_add_test(cases, long_run_has_pages);
    tcase_add_test(cases, same_trace_same_text);
    tcase_add_test(cases, client_filter);
    tcase_add_test(cases, topic_and_id_filters);
    tcase_add_test(cases, time_filter);
    tcase_add_test(cases, around_failure);
    tcase_add_test(cases, fates_and_repetitions);
    tcase_add_test(cases, under_way_when_the_trace_ends);
    tcase_add_test(cases, what_nobody_sent_begins_on_the_way);
    tcase_add_test(cases, strips_follow_the_exchange);
    tcase_add_test(cases, clean_session_ends_the_strips);
    tcase_add_test(cases, hostile_text_stays_text);
    tcase_add_test(cases, names_of_any_bytes);
    tcase_add_test(cases, silence_is_about_no_packet);
    tcase_add_test(cases, fault_points_at_its_packet_only);
    tcase_add_test(cases, nothing_at_all);
    tcase_add_test(cases, broker_restart_and_crash_are_boxes);
    tcase_set_timeout(cases, 30);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
