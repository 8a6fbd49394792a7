/* What of the trace is shown, in which columns, and the steps of the time axis. */
#include "report/diagram_model.h"

#include <string.h>

/* Arrows kept around a failure, before its first and after its last packet. */
#define AROUND_BEFORE 14
#define AROUND_AFTER  6

/* Length of a topic level. */
static size_t level_bytes(const char *text) {
    const char *slash = strchr(text, '/');
    return slash == NULL ? strlen(text) : (size_t)(slash - text);
}

/* Does a topic (or a filter, compared level by level) fall under the filter asked for? */
static bool topic_matches(const char *filter, const char *topic) {
    for (;;) {
        if (strcmp(filter, "#") == 0) return true;
        size_t wanted = level_bytes(filter);
        size_t have = level_bytes(topic);
        bool any = wanted == 1 && filter[0] == '+';
        if (!any && (wanted != have || memcmp(filter, topic, have) != 0)) return false;
        filter += wanted;
        topic += have;
        if (*topic == '\0') return *filter == '\0' || strcmp(filter, "/#") == 0;
        if (*filter == '\0') return false;
        filter++;
        topic++;
    }
}

typedef struct Filter {
    const char *client; /* or NULL */
    const char *topic;
    uint64_t packet_identifier;
    uint64_t from_ns, until_ns;
    size_t arrow_first, arrow_last;
} Filter;

static bool arrow_wanted(const DrillDiagram *diagram, const DrillArrow *arrow,
                         const Filter *filter) {
    if (filter->client != NULL &&
        !drill_span_is(diagram->participants[arrow->from].key, filter->client) &&
        !drill_span_is(diagram->participants[arrow->to].key, filter->client)) {
        return false;
    }
    if (filter->packet_identifier != 0 && arrow->id != filter->packet_identifier) return false;
    if (filter->topic != NULL &&
        (arrow->topic == NULL || !topic_matches(filter->topic, arrow->topic))) {
        return false;
    }
    uint64_t last = arrow->received_ns == DRILL_NEVER ? arrow->sent_ns : arrow->received_ns;
    return last >= filter->from_ns && arrow->sent_ns <= filter->until_ns;
}

/* The arrows around the first failure. A failure without a packet is where its time lies. */
static void around_failure(const DrillDiagram *diagram, Filter *filter) {
    const DrillNote *failure = NULL;
    for (size_t i = 0; i < diagram->note_count; i++) {
        const DrillNote *note = &diagram->notes[i];
        bool fails = note->kind == DRILL_NOTE_FINDING || note->kind == DRILL_NOTE_FAILED;
        if (fails && (failure == NULL || note->time_ns < failure->time_ns)) failure = note;
    }
    if (failure == NULL || diagram->arrow_count == 0) return;
    size_t centre = failure->arrow;
    if (centre == DRILL_NOBODY) {
        centre = 0;
        while (centre + 1 < diagram->arrow_count &&
               diagram->arrows[centre + 1].sent_ns <= failure->time_ns) {
            centre++;
        }
    }
    filter->arrow_first = centre > AROUND_BEFORE ? centre - AROUND_BEFORE : 0;
    filter->arrow_last = centre + AROUND_AFTER;
}

static void select_arrows(DrillDiagram *diagram, const Filter *filter) {
    size_t shown = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        DrillArrow *arrow = &diagram->arrows[i];
        arrow->shown = i >= filter->arrow_first && i <= filter->arrow_last &&
                       shown < DRILL_DIAGRAM_ARROWS_MAX && arrow_wanted(diagram, arrow, filter);
        if (!arrow->shown) continue;
        shown++;
        diagram->participants[arrow->from].shown = true;
        diagram->participants[arrow->to].shown = true;
    }
    if (shown < diagram->arrow_count) {
        diagram->part =
            drill_pool_print(&diagram->pool, "%zu of %zu packets", shown, diagram->arrow_count);
        return;
    }
    /* Everything is shown, then also who stayed silent. */
    for (size_t i = 0; i < diagram->participant_count; i++) {
        if (diagram->participant_count <= 10) diagram->participants[i].shown = true;
    }
}

/* Time between the first and the last arrow shown: marks, notes and boxes outside it are left out
 * too. */
static void narrow_times(const DrillDiagram *diagram, Filter *filter) {
    if (diagram->part[0] == '\0') return;
    uint64_t first = DRILL_NEVER;
    uint64_t last = 0;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        uint64_t end = arrow->received_ns == DRILL_NEVER ? arrow->sent_ns : arrow->received_ns;
        if (arrow->sent_ns < first) first = arrow->sent_ns;
        if (end > last) last = end;
    }
    if (first > filter->from_ns && first != DRILL_NEVER) filter->from_ns = first;
    if (last < filter->until_ns && filter->arrow_last != SIZE_MAX) filter->until_ns = last;
}

static bool is_shown(const DrillDiagram *diagram, size_t participant, uint64_t time_ns,
                     const Filter *filter) {
    if (time_ns < filter->from_ns || time_ns > filter->until_ns) return false;
    return participant == DRILL_NOBODY || diagram->participants[participant].shown;
}

/* Packets that are sent within the time shown may arrive after it. */
static uint64_t last_shown_ns(const DrillDiagram *diagram, const Filter *filter) {
    uint64_t last_ns = filter->until_ns;
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown || arrow->received_ns == DRILL_NEVER) continue;
        if (arrow->received_ns > last_ns) last_ns = arrow->received_ns;
    }
    return last_ns;
}

static void select_rest(DrillDiagram *diagram, const Filter *filter) {
    bool whole = filter->topic == NULL && filter->packet_identifier == 0;
    size_t kept = 0;
    for (size_t i = 0; i < diagram->mark_count; i++) {
        const DrillMark *mark = &diagram->marks[i];
        if (!whole || !is_shown(diagram, mark->participant, mark->time_ns, filter)) continue;
        diagram->marks[kept++] = *mark;
    }
    diagram->mark_count = kept;
    kept = 0;
    for (size_t i = 0; i < diagram->break_count; i++) {
        const DrillBreak *item = &diagram->breaks[i];
        if (is_shown(diagram, item->participant, item->time_ns, filter)) {
            diagram->breaks[kept++] = *item;
        }
    }
    diagram->break_count = kept;
    kept = 0;
    for (size_t i = 0; i < diagram->wire_count; i++) {
        const DrillWire *wire = &diagram->wires[i];
        uint64_t end_ns = wire->received_ns == DRILL_NEVER ? wire->sent_ns : wire->received_ns;
        if (is_shown(diagram, wire->from, wire->sent_ns, filter) &&
            is_shown(diagram, wire->to, end_ns, filter)) {
            diagram->wires[kept++] = *wire;
        }
    }
    diagram->wire_count = kept;
    kept = 0;
    for (size_t i = 0; i < diagram->note_count; i++) {
        DrillNote note = diagram->notes[i];
        if (note.arrow != DRILL_NOBODY && !diagram->arrows[note.arrow].shown) continue;
        bool failure = note.kind == DRILL_NOTE_FAILED;
        if (failure && note.time_ns > filter->until_ns && filter->arrow_last != SIZE_MAX) {
            note.time_ns = filter->until_ns;
        }
        if (is_shown(diagram, note.participant, note.time_ns, filter)) {
            diagram->notes[kept++] = note;
        }
    }
    diagram->note_count = kept;
    kept = 0;
    for (size_t i = 0; i < diagram->strip_count; i++) {
        const DrillStrip *strip = &diagram->strips[i];
        if (diagram->arrows[strip->arrow].shown) diagram->strips[kept++] = *strip;
    }
    diagram->strip_count = kept;
    drill_diagram_clip_bands(diagram, filter->from_ns, last_shown_ns(diagram, filter));
}

/* Publishers to the left of the broker, subscribers to the right, the others where there is more
 * room; then neither side may be ahead by more than two. Within a side: in order of appearance. */
static void make_columns(DrillDiagram *diagram) {
    size_t count = diagram->participant_count;
    bool *right = drill_pool_take(&diagram->pool, count + 1);
    size_t left_count = 0;
    size_t right_count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            const DrillParticipant *one = &diagram->participants[i];
            bool decided = one->publishes != one->subscribes;
            if (!one->shown || one->broker || decided != (pass == 0)) continue;
            right[i] = decided ? one->subscribes : right_count < left_count;
            if (right[i]) {
                right_count++;
            } else {
                left_count++;
            }
        }
    }
    for (size_t i = count; i-- > 0;) {
        const DrillParticipant *one = &diagram->participants[i];
        if (!one->shown || one->broker) continue;
        if (!right[i] && left_count > right_count + 2) {
            right[i] = true;
            left_count--;
            right_count++;
        } else if (right[i] && right_count > left_count + 2) {
            right[i] = false;
            right_count--;
            left_count++;
        }
    }
    diagram->columns = drill_pool_take(&diagram->pool, sizeof(size_t) * (count + 1));
    for (int part = 0; part < 3; part++) { /* left, broker, right */
        for (size_t i = 0; i < count; i++) {
            const DrillParticipant *one = &diagram->participants[i];
            int side = one->broker ? 1 : right[i] ? 2 : 0;
            if (one->shown && side == part) diagram->columns[diagram->column_count++] = i;
        }
    }
}

static const char *filter_text(DrillDiagram *diagram, DrillSpan text) {
    return text.size == 0 ? NULL : drill_pool_span(&diagram->pool, text);
}

void drill_diagram_select(DrillDiagram *diagram, const DrillDiagramOptions *options) {
    Filter filter = {.client = filter_text(diagram, options->client),
                     .topic = filter_text(diagram, options->topic),
                     .packet_identifier = options->packet_identifier,
                     .from_ns = options->from_ns,
                     .until_ns = options->until_ns == 0 ? DRILL_NEVER : options->until_ns,
                     .arrow_last = SIZE_MAX};
    if (options->around_failure) around_failure(diagram, &filter);
    select_arrows(diagram, &filter);
    narrow_times(diagram, &filter);
    select_rest(diagram, &filter);
    make_columns(diagram);
}

static DrillStep *add_step(DrillDiagram *diagram, DrillStepKind kind, size_t item) {
    DrillStep *step = DRILL_POOL_ADD(&diagram->pool, diagram->steps, diagram->step_count);
    *step = (DrillStep){.kind = kind, .item = item};
    return step;
}

static int compare_steps(const void *a, const void *b, void *context) {
    const DrillStep *left = a;
    const DrillStep *right = b;
    (void)context;
    if (left->time_ns != right->time_ns) return left->time_ns < right->time_ns ? -1 : 1;
    if (left->number != right->number) return left->number < right->number ? -1 : 1;
    if (left->kind != right->kind) return left->kind < right->kind ? -1 : 1;
    if (left->item != right->item) return left->item < right->item ? -1 : 1;
    return 0;
}

void drill_diagram_make_steps(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->arrow_count; i++) {
        const DrillArrow *arrow = &diagram->arrows[i];
        if (!arrow->shown) continue;
        DrillStep *step = add_step(diagram, DRILL_STEP_SENT, i);
        step->time_ns = arrow->sent_ns;
        step->number = arrow->sent_number;
        if (arrow->fate != DRILL_ARROW_ARRIVED) continue;
        step = add_step(diagram, DRILL_STEP_RECEIVED, i);
        step->time_ns = arrow->received_ns;
        step->number = arrow->received_number;
    }
    for (size_t i = 0; i < diagram->mark_count; i++) {
        DrillStep *step = add_step(diagram, DRILL_STEP_MARK, i);
        step->time_ns = diagram->marks[i].time_ns;
        step->number = diagram->marks[i].number;
    }
    for (size_t i = 0; i < diagram->break_count; i++) {
        DrillStep *step = add_step(diagram, DRILL_STEP_BREAK, i);
        step->time_ns = diagram->breaks[i].time_ns;
        step->number = diagram->breaks[i].number;
    }
    for (size_t i = 0; i < diagram->note_count; i++) {
        DrillStep *step = add_step(diagram, DRILL_STEP_NOTE, i);
        step->time_ns = diagram->notes[i].time_ns;
        step->number = diagram->notes[i].number;
    }
    for (size_t i = 0; i < diagram->wire_count; i++) {
        const DrillWire *wire = &diagram->wires[i];
        DrillStep *step = add_step(diagram, DRILL_STEP_WIRE_SENT, i);
        step->time_ns = wire->sent_ns;
        step->number = wire->sent_number;
        if (wire->fate != DRILL_SEGMENT_ARRIVED) continue;
        step = add_step(diagram, DRILL_STEP_WIRE_RECEIVED, i);
        step->time_ns = wire->received_ns;
        step->number = wire->received_number;
    }
    for (size_t i = 0; i < diagram->band_count; i++) {
        const DrillBand *band = &diagram->bands[i];
        DrillStep *step = band->starts ? add_step(diagram, DRILL_STEP_BAND_START, i) : NULL;
        if (step != NULL) step->time_ns = band->from_ns;
        if (step != NULL) step->number = band->number;
        step = band->ends ? add_step(diagram, DRILL_STEP_BAND_END, i) : NULL;
        if (step != NULL) step->time_ns = band->until_ns;
    }
    drill_sort(diagram->steps, diagram->step_count, sizeof(DrillStep), compare_steps, NULL,
               drill_allocator_malloc());
    for (size_t i = 0; i < diagram->step_count; i++) {
        const DrillStep *step = &diagram->steps[i];
        if (step->kind == DRILL_STEP_SENT) {
            diagram->arrows[step->item].start_step = i;
            diagram->arrows[step->item].end_step = DRILL_NOBODY;
        } else if (step->kind == DRILL_STEP_RECEIVED) {
            diagram->arrows[step->item].end_step = i;
        }
    }
}
