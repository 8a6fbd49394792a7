/* Sequence diagrams as text for other tools: Mermaid (which GitHub and GitLab draw in Markdown) and
 * PlantUML. */
#include "report/diagram_model.h"

#include <string.h>

typedef enum Dialect { MERMAID, PLANTUML } Dialect;

/* Mermaid ends statements at ';' and starts entities at '#'; PlantUML takes most things, but no
 * line ends. */
static void put_text(Dialect dialect, DrillBuffer *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            drill_buffer_put_string(out, dialect == MERMAID ? "<br/>" : "\\n");
        } else if (dialect == MERMAID && strchr("#;<>:%\"", *text) != NULL) {
            drill_buffer_print(out, "#%d;", *text);
        } else if (dialect == PLANTUML && *text == '\\') {
            drill_buffer_put_string(out, "\\\\");
        } else {
            drill_buffer_put_byte(out, (uint8_t)*text);
        }
    }
}

static const char *time_text(const DrillDiagram *diagram, uint64_t ns, char *text, size_t size) {
    DrillBuffer buffer = {.allocator = drill_allocator_malloc()};
    bool fine = diagram->flight_ns < 2 * DRILL_NS_PER_MS;
    drill_buffer_print(&buffer, fine ? "%llu.%06llu s" : "%llu.%03llu s",
                       (unsigned long long)(ns / DRILL_NS_PER_S),
                       (unsigned long long)(ns % DRILL_NS_PER_S / (fine ? 1000 : DRILL_NS_PER_MS)));
    const char *string = drill_buffer_cstring(&buffer);
    size_t length = strlen(string) < size ? strlen(string) : size - 1;
    memcpy(text, string, length);
    text[length] = '\0';
    drill_buffer_release(&buffer);
    return text;
}

static void put_participants(const DrillDiagram *diagram, Dialect dialect, DrillBuffer *out) {
    for (size_t i = 0; i < diagram->column_count; i++) {
        const DrillParticipant *one = &diagram->participants[diagram->columns[i]];
        if (dialect == MERMAID) {
            drill_buffer_print(out, "    participant p%zu as ", i);
            put_text(dialect, out, one->name);
            if (one->detail[0] != '\0') {
                drill_buffer_put_string(out, "<br/>");
                put_text(dialect, out, one->detail);
            }
        } else {
            drill_buffer_put_string(out, "participant \"");
            for (const char *text = one->name; *text != '\0'; text++) {
                drill_buffer_put_byte(out, *text == '"' ? (uint8_t)'\'' : (uint8_t)*text);
            }
            drill_buffer_print(out, "\" as p%zu", i);
        }
        drill_buffer_put_string(out, "\n");
    }
}

static const char *arrow_sign(const DrillArrow *arrow, Dialect dialect) {
    bool gone = arrow->fate == DRILL_ARROW_LOST || arrow->fate == DRILL_ARROW_CUT;
    bool back = arrow->class == DRILL_ARROW_ACK;
    if (dialect == PLANTUML)
        return gone ? "->x" : arrow->resent ? "-[#d9730d]>" : back ? "-->" : "->";
    if (gone) return "-x";
    return arrow->fate == DRILL_ARROW_UNDER_WAY ? "-)" : back ? "-->>" : "->>";
}

static void put_arrow(const DrillDiagram *diagram, const DrillArrow *arrow, Dialect dialect,
                      DrillBuffer *out) {
    char time[40];
    drill_buffer_print(out, "%sp%zu%sp%zu: ", dialect == MERMAID ? "    " : "",
                       diagram->participants[arrow->from].column, arrow_sign(arrow, dialect),
                       diagram->participants[arrow->to].column);
    put_text(dialect, out, time_text(diagram, arrow->sent_ns, time, sizeof time));
    drill_buffer_print(out, " %s", arrow->name);
    const char *parts[3] = {arrow->fields, arrow->data, arrow->mark};
    for (size_t i = 0; i < 3; i++) {
        if (parts[i][0] == '\0') continue;
        drill_buffer_put_string(out, " ");
        put_text(dialect, out, parts[i]);
    }
    drill_buffer_put_string(out, "\n");
}

/* A note over one participant, or over all of them. */
static void put_note(const DrillDiagram *diagram, size_t participant, Dialect dialect,
                     const char *const *parts, DrillBuffer *out) {
    drill_buffer_put_string(out, dialect == MERMAID ? "    Note over " : "note over ");
    if (participant != DRILL_NOBODY) {
        drill_buffer_print(out, "p%zu", diagram->participants[participant].column);
    } else if (diagram->column_count > 1) {
        drill_buffer_print(out, "p0,p%zu", diagram->column_count - 1);
    } else {
        drill_buffer_put_string(out, "p0");
    }
    drill_buffer_put_string(out, ": ");
    bool first = true;
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (parts[i][0] == '\0') continue;
        if (!first) drill_buffer_put_string(out, dialect == MERMAID ? "<br/>" : "\\n");
        put_text(dialect, out, parts[i]);
        first = false;
    }
    drill_buffer_put_string(out, "\n");
}

static void put_step(const DrillDiagram *diagram, const DrillStep *step, Dialect dialect,
                     DrillBuffer *out) {
    switch (step->kind) {
    case DRILL_STEP_SENT:
        put_arrow(diagram, &diagram->arrows[step->item], dialect, out);
        break;
    case DRILL_STEP_MARK: {
        const DrillMark *mark = &diagram->marks[step->item];
        put_note(diagram, mark->participant, dialect, (const char *[]){mark->text, NULL}, out);
        break;
    }
    case DRILL_STEP_BREAK: {
        const DrillBreak *item = &diagram->breaks[step->item];
        put_note(diagram, item->participant, dialect,
                 (const char *[]){item->lines[0], item->lines[1], NULL}, out);
        break;
    }
    case DRILL_STEP_NOTE: {
        const DrillNote *note = &diagram->notes[step->item];
        put_note(diagram, note->participant, dialect,
                 (const char *[]){note->heading, note->text, NULL}, out);
        break;
    }
    case DRILL_STEP_WIRE_SENT: {
        /* These pictures have no room for every segment: only what went wrong is said. */
        const DrillWire *wire = &diagram->wires[step->item];
        if (wire->fate == DRILL_SEGMENT_LOST || wire->again || wire->copy)
            put_note(diagram, wire->from, dialect, (const char *[]){"TCP", wire->label, NULL}, out);
        break;
    }
    case DRILL_STEP_RECEIVED:
    case DRILL_STEP_WIRE_RECEIVED:
    case DRILL_STEP_BAND_START:
    case DRILL_STEP_BAND_END:
        break;
    }
}

static void put_diagram(const DrillDiagram *diagram, Dialect dialect, DrillBuffer *out) {
    put_participants(diagram, dialect, out);
    for (size_t i = 0; i < diagram->step_count; i++) {
        put_step(diagram, &diagram->steps[i], dialect, out);
    }
}

void drill_diagram_mermaid(const DrillDiagram *diagram, DrillBuffer *out) {
    drill_buffer_put_string(out, "sequenceDiagram\n    %% ");
    put_text(MERMAID, out, diagram->title);
    drill_buffer_put_string(out, "\n");
    put_diagram(diagram, MERMAID, out);
}

void drill_diagram_plantuml(const DrillDiagram *diagram, DrillBuffer *out) {
    drill_buffer_put_string(out, "@startuml\ntitle ");
    put_text(PLANTUML, out, diagram->title);
    drill_buffer_put_string(out, "\n");
    put_diagram(diagram, PLANTUML, out);
    drill_buffer_put_string(out, "@enduml\n");
}
