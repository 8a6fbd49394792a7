/* What a person at a terminal sees of a scenario that did not pass. */
#include "report/report_text.h"

#include "spec/spec.h"

/* A broker gone mad breaks a rule with every packet; the first few say it all, a result file has
 * the rest. */
#define DRILL_FINDINGS_SHOWN 8

typedef struct Paint {
    const char *red, *amber, *bold, *dim, *off;
} Paint;

static const Paint colours = {"\x1b[31;1m", "\x1b[33;1m", "\x1b[1m", "\x1b[2m", "\x1b[0m"};
static const Paint plain = {"", "", "", "", ""};

/* Escaped: a topic from the network must not steer the terminal. Lines keep their indent. */
static void put_lines(DrillBuffer *out, const char *indent, const char *text) {
    while (*text != '\0') {
        size_t size = 0;
        while (text[size] != '\0' && text[size] != '\n')
            size++;
        drill_buffer_put_string(out, indent);
        drill_buffer_put_escaped(out, drill_span(text, size));
        drill_buffer_put_string(out, "\n");
        text += size;
        if (*text == '\n') text++;
    }
}

static void put_finding(const DrillFinding *finding, const Paint *paint, DrillBuffer *out) {
    const DrillStatement *statement = drill_statement_find(drill_span_of(finding->statement));
    drill_buffer_put_string(out, "\n  ");
    if (finding->statement[0] != '\0') {
        drill_buffer_print(out, "%s%s%s  %s%s%s\n", paint->bold, finding->statement, paint->off,
                           paint->dim, finding->oracle, paint->off);
    } else {
        drill_buffer_print(out, "%s%s%s\n", paint->bold, finding->oracle, paint->off);
    }
    if (statement != NULL) {
        drill_buffer_put_string(out, paint->dim);
        put_lines(out, "      ", statement->summary);
        drill_buffer_put_string(out, paint->off);
    }
    put_lines(out, "    ", finding->text);
    if (finding->packet_count == 0) return;
    drill_buffer_put_string(out, "    shown by");
    for (size_t i = 0; i < finding->packet_count; i++) {
        drill_buffer_print(out, " #%llu", (unsigned long long)finding->packets[i]);
    }
    drill_buffer_put_string(out, "\n");
}

void drill_report_failure(const DrillReportScenario *scenario, bool colour, DrillBuffer *out) {
    const Paint *paint = colour ? &colours : &plain;
    bool fail = scenario->verdict == DRILL_FAIL;
    drill_buffer_print(out, "%s%s%s %s%s%s (%s, seed %llu)\n", fail ? paint->red : paint->amber,
                       fail ? "FAIL" : "INCONCLUSIVE", paint->off, paint->bold, scenario->id,
                       paint->off, scenario->version, (unsigned long long)scenario->seed);
    put_lines(out, "  ", scenario->title);
    if (scenario->message[0] != '\0') {
        drill_buffer_put_string(out, "\n");
        put_lines(out, "  ", scenario->message);
    }
    size_t shown = scenario->finding_count < DRILL_FINDINGS_SHOWN ? scenario->finding_count
                                                                  : DRILL_FINDINGS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        put_finding(&scenario->findings[i], paint, out);
    }
    if (shown < scenario->finding_count)
        drill_buffer_print(out, "\n  ... and %zu more findings\n", scenario->finding_count - shown);
    if (scenario->last_packet_count > 0) {
        drill_buffer_print(out, "\n  %slast packets%s\n", paint->bold, paint->off);
        for (size_t i = 0; i < scenario->last_packet_count; i++) {
            put_lines(out, "    ", scenario->last_packets[i]);
        }
    }
    if (scenario->reproduce[0] != '\0') {
        drill_buffer_print(out, "\n  %sreproduce%s\n", paint->bold, paint->off);
        put_lines(out, "    ", scenario->reproduce);
    }
}
