/* Captures, read block by block. What tshark makes of them is the test in tests/captures. */
#include "unit/report/golden.h"
#include "unit/report/segment_story.h"

#include "report/capture.h"
#include "report/capture_ip.h"

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

typedef struct Blocks {
    size_t interfaces, packets, comments, outbound;
    uint64_t last_ns;
    size_t of_interface[8];
} Blocks;

static void read_options(const uint8_t *at, const uint8_t *end, Blocks *blocks) {
    while (at + 4 <= end) {
        size_t code = (size_t)(at[0] | at[1] << 8);
        size_t size = (size_t)(at[2] | at[3] << 8);
        if (code == 0) break;
        if (code == 1) blocks->comments++;
        if (code == 2 && at[4] == 2) blocks->outbound++;
        at += 4 + (size + 3) / 4 * 4;
        ck_assert(at <= end);
    }
}

static Blocks read_blocks(const DrillBuffer *file) {
    Blocks blocks = {.interfaces = 0};
    size_t at = 0;
    while (at < file->size) {
        const uint8_t *block = file->data + at;
        uint32_t type = word(block);
        uint32_t size = word(block + 4);
        ck_assert_uint_eq(size % 4, 0);
        ck_assert_uint_le(at + size, file->size);
        ck_assert_uint_eq(word(block + size - 4), size);
        if (type == 1) blocks.interfaces++;
        if (type == 6) {
            uint64_t time_ns = (uint64_t)word(block + 12) << 32 | word(block + 16);
            ck_assert_uint_ge(time_ns, blocks.last_ns);
            blocks.last_ns = time_ns;
            blocks.packets++;
            blocks.of_interface[word(block + 8)]++;
            read_options(block + 28 + (word(block + 20) + 3) / 4 * 4, block + size - 4, &blocks);
        }
        at += size;
    }
    return blocks;
}

static DrillResult write(Story *s, DrillCaptureOptions options, DrillBuffer *out) {
    DrillDiagnostic diagnostic;
    return drill_capture_write(&s->file, &options, out, &diagnostic);
}

START_TEST(golden_files) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillBuffer out = golden_buffer();
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.form = DRILL_CAPTURE_AUTO}, &out), DRILL_OK);
    golden_compare("segments_ip.pcapng", &out);
    Blocks blocks = read_blocks(&out);
    ck_assert_uint_eq(blocks.interfaces, 2);
    ck_assert_uint_eq(blocks.packets, 9 + 8); /* sent; received: two lost, one doubled */
    ck_assert_uint_eq(blocks.outbound, 9);
    ck_assert_uint_eq(blocks.comments, 2 + 1 + 1 + 1); /* lost, again, copy, overtaken */
    drill_buffer_clear(&out);
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.form = DRILL_CAPTURE_PDU}, &out), DRILL_OK);
    golden_compare("segments_pdu.pcapng", &out);
    ck_assert_uint_eq(read_blocks(&out).packets, 8);
    drill_buffer_release(&out);
    story_free(s);
}
END_TEST

START_TEST(chosen) {
    Story *s = story_segments();
    free(story_finish(s));
    DrillBuffer out = golden_buffer();
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.side = DRILL_CAPTURE_CLIENT}, &out), DRILL_OK);
    Blocks blocks = read_blocks(&out);
    ck_assert_uint_eq(blocks.interfaces, 1);
    ck_assert_uint_eq(blocks.packets, 6 + 4);
    drill_buffer_clear(&out);
    DrillCaptureOptions options = {.from_ns = MS(400), .until_ns = MS(410)};
    ck_assert_int_eq(write(s, options, &out), DRILL_OK);
    ck_assert_uint_eq(read_blocks(&out).packets, 3);
    drill_buffer_clear(&out);
    options = (DrillCaptureOptions){.client = drill_span_of("nobody")};
    ck_assert_int_eq(write(s, options, &out), DRILL_INVALID);
    drill_buffer_release(&out);
    story_free(s);
}
END_TEST

/* A finding's packets say so, at their sender or their receiver. */
START_TEST(findings) {
    Story *s = story_segments();
    uint64_t *moved = story_finish(s);
    DrillFinding finding = {.statement = "v3:MQTT-4.3.2-1",
                            .verdict = DRILL_FAIL,
                            .oracle = "qos1",
                            .text = "no such thing"};
    for (size_t i = 0; i < s->file.count; i++) {
        const DrillTraceEvent *event = &s->file.events[i];
        if (event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED) {
            if (finding.packet_count < 2) finding.packets[finding.packet_count++] = event->number;
        }
    }
    DrillBuffer out = golden_buffer();
    DrillCaptureOptions options = {.findings = &finding, .finding_count = 1};
    ck_assert_int_eq(write(s, options, &out), DRILL_OK);
    ck_assert_uint_eq(read_blocks(&out).comments, 5 + 2);
    options.form = DRILL_CAPTURE_PDU;
    drill_buffer_clear(&out);
    ck_assert_int_eq(write(s, options, &out), DRILL_OK);
    ck_assert_uint_eq(read_blocks(&out).comments, 2);
    drill_buffer_release(&out);
    free(moved);
    story_free(s);
}
END_TEST

/* A trace of level packet has no segments: IP is refused, the packets are there all the same. */
START_TEST(packets_only) {
    Story *s = story_lost_pubrec(false);
    free(story_finish(s));
    DrillBuffer out = golden_buffer();
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.form = DRILL_CAPTURE_IP}, &out),
                     DRILL_INVALID);
    drill_buffer_clear(&out);
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.form = DRILL_CAPTURE_AUTO}, &out), DRILL_OK);
    Blocks blocks = read_blocks(&out);
    ck_assert_uint_eq(blocks.interfaces, 4);
    ck_assert_uint_eq(blocks.packets, 35);
    ck_assert_uint_eq(blocks.comments, 1); /* the cut that struck */
    drill_buffer_release(&out);
    story_free(s);
}
END_TEST

/* Traces come from anywhere: segments that name bytes nobody wrote, or more than a packet holds. */
START_TEST(hostile) {
    Story *s = story_new("x", "x");
    story_node(s, "publisher", "client", "");
    const char *p = "publisher", *b = "broker";
    Segment huge = {"ACK", UINT64_MAX - 5, UINT64_MAX, 3, 5, UINT64_MAX, "1-2,3-,x"};
    story_segment(s, (Flight){p, b, 1, MS(1), MS(2)}, huge);
    Segment odd = {"", 7, 3, 3, 5, 1, "1-2,3-4,5-6,7-8,9-10,11-12"};
    story_segment(s, (Flight){p, b, 1, MS(3), MS(4)}, odd);
    free(story_finish(s));
    DrillBuffer out = golden_buffer();
    ck_assert_int_eq(write(s, (DrillCaptureOptions){.form = DRILL_CAPTURE_IP}, &out), DRILL_OK);
    ck_assert_uint_eq(read_blocks(&out).packets, 4);
    drill_buffer_release(&out);
    story_free(s);
}
END_TEST

static uint32_t fold(const uint8_t *data, size_t size, uint32_t total) {
    for (size_t i = 0; i < size; i++)
        total += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
    while (total > 0xffff)
        total = (total >> 16) + (total & 0xffff);
    return total;
}

/* A right checksum makes the sum of all words all ones, odd payloads included. */
START_TEST(headers) {
    for (size_t payload = 0; payload < 5; payload++) {
        DrillWireSegment segment = {.from = {0x0A000002, 50000},
                                    .to = {0x0A000001, 1883},
                                    .sequence = 0xfffffff0,
                                    .acknowledged = 7,
                                    .flags = DRILL_WIRE_ACK,
                                    .window = 500,
                                    .stamped = payload % 2 == 0,
                                    .ts_value = 1,
                                    .sacks = {{1, 2}, {3, 4}, {5, 6}, {7, 8}},
                                    .sack_count = payload,
                                    .payload = drill_span("abcde", payload)};
        if (segment.sack_count > 4) segment.sack_count = 4;
        DrillBuffer out = golden_buffer();
        drill_capture_ip(&out, &segment);
        size_t header = (size_t)(out.data[32] >> 4) * 4;
        ck_assert_uint_eq(out.size, 20 + header + payload);
        ck_assert_uint_eq(fold(out.data, 20, 0), 0xffff);
        uint32_t pseudo = fold(out.data + 12, 8, 6 + (uint32_t)(out.size - 20));
        ck_assert_uint_eq(fold(out.data + 20, out.size - 20, pseudo), 0xffff);
        ck_assert_uint_le(header, 60);
        drill_buffer_release(&out);
    }
}
END_TEST

START_TEST(names) {
    DrillCaptureForm form;
    DrillCaptureSide side;
    ck_assert(drill_capture_form_named("ip", &form) && form == DRILL_CAPTURE_IP);
    ck_assert(drill_capture_form_named("pdu", &form) && form == DRILL_CAPTURE_PDU);
    ck_assert(!drill_capture_form_named("ethernet", &form));
    ck_assert(drill_capture_side_named("broker", &side) && side == DRILL_CAPTURE_BROKER);
    ck_assert(!drill_capture_side_named("", &side));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/capture");
    TCase *cases = tcase_create("capture");
    tcase_add_test(cases, golden_files);
    tcase_add_test(cases, chosen);
    tcase_add_test(cases, findings);
    tcase_add_test(cases, packets_only);
    tcase_add_test(cases, hostile);
    tcase_add_test(cases, headers);
    tcase_add_test(cases, names);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
