/* What is done to links: notes of changed settings, and bands where nothing passes. */
#include "report/diagram_model.h"

#include <string.h>

#define OUTAGES_MAX 200

/* --- settings --- */

/* The item of "name=value,name=value" that has the same bytes up to `size`, or NULL. */
static const char *find_item(const char *settings, const char *item, size_t size) {
    while (*settings != '\0') {
        size_t length = strcspn(settings, ",");
        if (length >= size && memcmp(settings, item, size) == 0) return settings;
        settings += length;
        if (*settings == ',') settings++;
    }
    return NULL;
}

static const char *add_item(DrillPool *pool, const char *list, const char *item, size_t size,
                            const char *end) {
    const char *words = drill_pool_readable(pool, drill_span(item, size), 60);
    return drill_pool_print(pool, "%s%s%s%s", list, list[0] != '\0' ? " " : "", words, end);
}

/* "loss=2% rate=off": what differs between two texts of settings. */
static const char *changes(DrillPool *pool, const char *before, const char *after) {
    const char *list = "";
    for (const char *item = after; *item != '\0';) {
        size_t size = strcspn(item, ",");
        const char *old = find_item(before, item, size);
        if (old == NULL || (old[size] != ',' && old[size] != '\0'))
            list = add_item(pool, list, item, size, "");
        item += size;
        if (*item == ',') item++;
    }
    for (const char *item = before; *item != '\0';) {
        size_t size = strcspn(item, ",");
        size_t name = strcspn(item, "=");
        if (name < size && find_item(after, item, name + 1) == NULL)
            list = add_item(pool, list, item, name, "=off");
        item += size;
        if (*item == ',') item++;
    }
    return list;
}

static DrillLinkText *text_of(DrillDiagram *diagram, size_t client, int direction) {
    for (size_t i = 0; i < diagram->link_text_count; i++) {
        DrillLinkText *text = &diagram->link_texts[i];
        if (text->client == client && text->direction == direction) return text;
    }
    DrillLinkText *text =
        DRILL_POOL_ADD(&diagram->pool, diagram->link_texts, diagram->link_text_count);
    *text = (DrillLinkText){.client = client, .direction = direction};
    return text;
}

/* The trace does not say what a link began with: the first time, all that holds is listed. */
static void note_changes(DrillDiagram *diagram, const DrillBand *link, const DrillTraceEvent *event,
                         const char *words, bool first) {
    if (words[0] == '\0' && !first) return;
    if (words[0] == '\0') words = "nothing set";
    /* Both directions are set one after the other. */
    DrillNote *last = diagram->note_count > 0 ? &diagram->notes[diagram->note_count - 1] : NULL;
    if (last != NULL && last->kind == DRILL_NOTE_LINK && last->participant == link->client &&
        last->time_ns == event->time_ns && strcmp(last->text, words) == 0) {
        last->heading = first ? "link is now, both ways" : "link, both ways";
        return;
    }
    DrillNote *note = DRILL_POOL_ADD(&diagram->pool, diagram->notes, diagram->note_count);
    *note = (DrillNote){.kind = DRILL_NOTE_LINK,
                        .participant = link->client,
                        .time_ns = event->time_ns,
                        .number = event->number,
                        .text = words,
                        .arrow = DRILL_NOBODY};
    note->heading = drill_pool_print(
        &diagram->pool, first ? "link is now, %s" : "link, %s",
        drill_pool_readable(&diagram->pool, drill_trace_text(event, "direction"), 12));
}

/* --- times in which nothing passes --- */

static void add_band(DrillDiagram *diagram, const DrillBand *link, uint64_t number,
                     uint64_t from_ns, uint64_t until_ns) {
    for (size_t i = 0; i < diagram->band_count; i++) {
        const DrillBand *other = &diagram->bands[i];
        if (other->client == link->client && other->from_ns == from_ns &&
            other->until_ns == until_ns) {
            return;
        }
    }
    DrillBand *band = DRILL_POOL_ADD(&diagram->pool, diagram->bands, diagram->band_count);
    *band = *link;
    band->from_ns = from_ns;
    band->number = number;
    band->until_ns = until_ns;
}

static void add_outage(DrillDiagram *diagram, const DrillBand *link, const DrillTraceEvent *event,
                       uint64_t from_ns, uint64_t until_ns) {
    if (until_ns <= event->time_ns) return;
    bool now = from_ns <= event->time_ns;
    add_band(diagram, link, now ? event->number : 0, now ? event->time_ns : from_ns, until_ns);
}

static DrillSpan next_part(const char **text, const char *separators) {
    size_t size = strcspn(*text, separators);
    DrillSpan part = drill_span(*text, size);
    *text += size;
    if (**text != '\0') (*text)++;
    return part;
}

/* "10s/60s": the end of every period. "5s-8s+20s-30s": a list. */
static void outages(DrillDiagram *diagram, const DrillBand *link, const DrillTraceEvent *event,
                    const char *value, uint64_t begun_ns, uint64_t end_ns) {
    uint64_t a = 0;
    uint64_t b = 0;
    if (strchr(value, '/') != NULL) {
        DrillSpan down = next_part(&value, "/");
        DrillSpan period = next_part(&value, ",");
        if (drill_parse_duration(down, &a) != DRILL_OK) return;
        if (drill_parse_duration(period, &b) != DRILL_OK || b == 0 || a > b) return;
        uint64_t first = (event->time_ns - begun_ns) / b;
        for (uint64_t k = first; k < first + OUTAGES_MAX; k++) {
            uint64_t until_ns = begun_ns + (k + 1) * b;
            if (until_ns - a > end_ns) return;
            add_outage(diagram, link, event, until_ns - a, until_ns);
        }
        return;
    }
    while (*value != '\0') {
        DrillSpan from = next_part(&value, "-");
        DrillSpan until = next_part(&value, "+");
        if (drill_parse_duration(from, &a) != DRILL_OK) return;
        if (drill_parse_duration(until, &b) != DRILL_OK) return;
        if (begun_ns + a <= end_ns) add_outage(diagram, link, event, begun_ns + a, begun_ns + b);
    }
}

void drill_diagram_link_set(DrillDiagram *diagram, const DrillBand *link,
                            const DrillTraceEvent *event, uint64_t begun_ns, uint64_t end_ns) {
    int direction = drill_direction_of(drill_trace_text(event, "direction"));
    DrillLinkText *text = text_of(diagram, link->client, direction);
    const char *settings = drill_pool_span(&diagram->pool, drill_trace_text(event, "settings"));
    bool first = text->settings == NULL;
    const char *before = first ? "" : text->settings;
    note_changes(diagram, link, event, changes(&diagram->pool, before, settings), first);
    text->settings = settings;
    const char *outage = find_item(settings, "outage=", 7);
    if (outage == NULL) return;
    size_t size = strcspn(outage + 7, ",");
    const char *value = drill_pool_span(&diagram->pool, drill_span(outage + 7, size));
    outages(diagram, link, event, value, begun_ns, end_ns);
}

void drill_diagram_link_dead(DrillDiagram *diagram, const DrillBand *link,
                             const DrillTraceEvent *event) {
    add_band(diagram, link, event->number, event->time_ns, drill_trace_u64(event, "until_ns"));
}

void drill_diagram_clip_bands(DrillDiagram *diagram, uint64_t from_ns, uint64_t until_ns) {
    size_t kept = 0;
    for (size_t i = 0; i < diagram->band_count; i++) {
        DrillBand band = diagram->bands[i];
        if (band.from_ns > until_ns || band.until_ns < from_ns) continue;
        if (!diagram->participants[band.client].shown) continue;
        if (band.broker == DRILL_NOBODY || !diagram->participants[band.broker].shown) continue;
        band.starts = band.from_ns >= from_ns;
        band.ends = band.until_ns <= until_ns;
        diagram->bands[kept++] = band;
    }
    diagram->band_count = kept;
}

void drill_diagram_place_bands(DrillDiagram *diagram) {
    for (size_t i = 0; i < diagram->band_count; i++) {
        DrillBand *band = &diagram->bands[i];
        int32_t a = diagram->participants[band->client].x;
        int32_t b = diagram->participants[band->broker].x;
        int32_t top = DRILL_BODY_TOP - 150;
        int32_t bottom = diagram->end_y - 60;
        if (band->starts) top = drill_diagram_y_of(diagram, band->from_ns, band->number);
        if (band->ends) bottom = drill_diagram_y_of(diagram, band->until_ns, 0);
        band->rect = (DrillRect){a < b ? a : b, top, a < b ? b - a : a - b,
                                 bottom > top + 20 ? bottom - top : 20};
    }
}
