/* TCP segments in a diagram: thin lines below the packets. They have no claim to room: a label
 * stands only where nothing else does. */
#include "report/diagram_model.h"

#define WIRE_FONT     ((DrillFont){65, false})
#define LABEL_AWAY    70 /* from the sender's lifeline */
#define LABEL_HIGH    85
#define NEIGHBOURS    80 /* labels before it that can reach a label */
#define PLACES        6
#define CROSSES_AHEAD 20

/* "SYN", "24 B", "ACK 25": what the segment is for. */
static const char *purpose(DrillPool *pool, const DrillSegment *segment) {
    DrillSpan flags = drill_trace_text(segment->sent, "flags");
    uint64_t bytes = drill_trace_u64(segment->sent, "bytes");
    if (!drill_span_is(flags, "ACK")) return drill_pool_readable(pool, flags, 12);
    if (bytes > 0) return drill_pool_print(pool, "%llu B", (unsigned long long)bytes);
    uint64_t acknowledged = drill_trace_u64(segment->sent, "acknowledged");
    const char *sacks = drill_trace_text(segment->sent, "sack").size > 0 ? " SACK" : "";
    if (acknowledged == 0) return "ACK";
    return drill_pool_print(pool, "ACK %llu%s", (unsigned long long)acknowledged, sacks);
}

static const char *label(DrillPool *pool, const DrillSegment *segment, bool copy) {
    const char *what = purpose(pool, segment);
    if (copy) return drill_pool_print(pool, "copy of %s", what);
    if (segment->fate == DRILL_SEGMENT_LOST) {
        return drill_pool_print(pool, "%s lost: %s", what,
                                drill_pool_readable(pool, segment->why, 24));
    }
    if (segment->again.size > 0) {
        return drill_pool_print(pool, "↻ %s %s", what,
                                drill_pool_readable(pool, segment->again, 16));
    }
    if (segment->overtaken) return drill_pool_print(pool, "%s overtaken", what);
    /* A segment with data says with its packet what it is. */
    return drill_trace_u64(segment->sent, "bytes") > 0 ? "" : what;
}

static const char *tooltip(DrillDiagram *diagram, const DrillSegment *segment, const char *words) {
    DrillPool *pool = &diagram->pool;
    const DrillTraceEvent *sent = segment->sent;
    DrillSpan sack = drill_trace_text(sent, "sack");
    const char *sacks = "";
    if (sack.size > 0)
        sacks = drill_pool_print(pool, " sack %s", drill_pool_readable(pool, sack, 80));
    bool again = segment->again.size > 0;
    bool lost = segment->fate == DRILL_SEGMENT_LOST;
    return drill_pool_print(
        pool, "#%llu TCP %s seq %llu ack %llu %llu bytes window %llu%s%s%s%s%s · %s",
        (unsigned long long)sent->number,
        drill_pool_readable(pool, drill_trace_text(sent, "flags"), 16),
        (unsigned long long)drill_trace_u64(sent, "sequence"),
        (unsigned long long)drill_trace_u64(sent, "acknowledged"),
        (unsigned long long)drill_trace_u64(sent, "bytes"),
        (unsigned long long)drill_trace_u64(sent, "window"), sacks, again ? " · sent again: " : "",
        again ? drill_pool_readable(pool, segment->again, 20) : "", lost ? " · lost: " : "",
        lost ? drill_pool_readable(pool, segment->why, 40) : "", words);
}

DrillWire *drill_diagram_add_wire(DrillDiagram *diagram, const DrillSegment *segment,
                                  const DrillTraceEvent *event) {
    bool copy = event->kind == DRILL_TRACE_TCP_RECEIVED;
    DrillWire *wire = DRILL_POOL_ADD(&diagram->pool, diagram->wires, diagram->wire_count);
    *wire = (DrillWire){.sent_ns = segment->sent->time_ns,
                        .sent_number = segment->sent->number,
                        .received_ns = copy ? event->time_ns : segment->received_ns,
                        .received_number = copy ? event->number : segment->received_number,
                        .fate = segment->fate,
                        .again = segment->again.size > 0 && !copy,
                        .copy = copy,
                        .label = label(&diagram->pool, segment, copy)};
    wire->tooltip = tooltip(diagram, segment, drill_diagram_time(diagram, segment->sent->time_ns));
    return wire;
}

static bool overlaps_something(const DrillDiagram *diagram, size_t at, const DrillRect *rect) {
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        if (drill_rects_overlap(&arrow->label, rect) || drill_arrow_crosses(arrow, rect))
            return true;
    }
    for (size_t i = 0; i < diagram->mark_count; i++) {
        if (drill_rects_overlap(&diagram->marks[i].rect, rect)) return true;
    }
    for (size_t i = 0; i < diagram->break_count; i++) {
        if (drill_rects_overlap(&diagram->breaks[i].rect, rect)) return true;
    }
    for (size_t i = 0; i < diagram->note_count; i++) {
        if (drill_rects_overlap(&diagram->notes[i].rect, rect)) return true;
    }
    for (size_t i = 0; i < diagram->column_count; i++) {
        int32_t x = diagram->participants[diagram->columns[i]].x;
        if (x > rect->x - 20 && x < rect->x + rect->w + 20) return true;
    }
    size_t first = at > NEIGHBOURS ? at - NEIGHBOURS : 0;
    for (size_t i = first; i < diagram->wire_count && i < at + CROSSES_AHEAD; i++) {
        const DrillWire *wire = &diagram->wires[i];
        if (i < at && wire->rect.w != 0 && drill_rects_overlap(&wire->rect, rect)) return true;
        DrillRect cross = {wire->x1 - 50, wire->y1 - 50, 100, 100};
        if (wire->fate == DRILL_SEGMENT_LOST && drill_rects_overlap(&cross, rect)) return true;
    }
    return false;
}

/* The places for a label: near the sender, where lines have not spread yet; of a lost segment
 * behind its cross, else at its line. */
static DrillRect label_place(const DrillWire *wire, int place, int32_t w) {
    bool right = wire->x1 > wire->x0;
    bool lost = wire->fate == DRILL_SEGMENT_LOST;
    int32_t run = right ? wire->x1 - wire->x0 : wire->x0 - wire->x1;
    int32_t drop = wire->y1 - wire->y0;
    int32_t away = LABEL_AWAY + place / 2 * 350;
    if (lost) away = place < 2 ? run + 70 : place < 4 ? run + 350 : LABEL_AWAY;
    int32_t reach = away + w / 2 > run ? run : away + w / 2;
    int32_t y = wire->y0 + (run > 0 ? (int32_t)((int64_t)drop * reach / run) : 0);
    DrillRect rect = {right ? wire->x0 + away : wire->x0 - away - w,
                      place % 2 == 0 ? y - LABEL_HIGH - 10 : y + 10, w, LABEL_HIGH};
    if (lost && place < 4) rect.y = y - LABEL_HIGH / 2 + (place % 2) * 60;
    if (lost && place == 4) rect.y = wire->y0 - LABEL_HIGH;
    if (place >= PLACES) rect = (DrillRect){wire->x1 - w / 2, wire->y1 + 60, w, LABEL_HIGH};
    return rect;
}

static void place_label(const DrillDiagram *diagram, size_t at) {
    DrillWire *wire = &diagram->wires[at];
    if (wire->label[0] == '\0') return;
    int32_t w = drill_text_width(wire->label, WIRE_FONT) + 30;
    /* Below its cross, as a last resort. */
    int places = wire->fate == DRILL_SEGMENT_LOST ? PLACES + 1 : PLACES;
    for (int place = 0; place < places; place++) {
        DrillRect rect = label_place(wire, place, w);
        if (overlaps_something(diagram, at, &rect)) continue;
        wire->rect = rect;
        return;
    }
}

void drill_diagram_place_wires(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->wire_count; i++) {
        DrillWire *wire = &diagram->wires[i];
        wire->x0 = diagram->participants[wire->from].x;
        wire->x1 = diagram->participants[wire->to].x;
        if (wire->fate != DRILL_SEGMENT_ARRIVED) {
            int32_t part = (wire->x1 - wire->x0) / 4;
            wire->x1 = wire->x0 + part;
        }
    }
    for (size_t i = 0; i < diagram->wire_count; i++)
        place_label(diagram, i);
}
