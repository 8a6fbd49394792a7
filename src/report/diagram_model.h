/* What a diagram consists of, between reading the trace (diagram_model.c), laying out
 * (diagram_layout.c) and writing. Coordinates are tenths of a point, x to the right, y downwards.
 */
#ifndef DRILL_REPORT_DIAGRAM_MODEL_H
#define DRILL_REPORT_DIAGRAM_MODEL_H

#include <mqttdrill/codec.h>

#include "report/diagram.h"
#include "report/pool.h"
#include "report/segments.h"
#include "report/text.h"

#define DRILL_NOBODY SIZE_MAX
/* Beyond this many arrows the rest of the trace is left out, and the title says so. */
#define DRILL_DIAGRAM_ARROWS_MAX 6000
#define DRILL_DIAGRAM_WIRES_MAX  12000 /* the same for segments */
#define DRILL_DIAGRAM_LINES_MAX  9

typedef struct DrillRect {
    int32_t x, y, w, h; /* top left corner and size */
} DrillRect;

typedef struct DrillParticipant {
    DrillSpan key;      /* its name in the trace: any bytes */
    const char *name;   /* for people */
    const char *detail; /* second line of the head */
    bool broker;        /* or a gateway to a real one: stands in the middle */
    bool publishes;
    bool subscribes;
    bool shown;
    uint64_t begun_ns;
    uint32_t lanes; /* strips side by side */
    size_t column;
    int32_t x;
    int32_t head_width;
} DrillParticipant;

typedef enum DrillArrowClass {
    DRILL_ARROW_CONTROL,
    DRILL_ARROW_SUBSCRIBE,
    DRILL_ARROW_PUBLISH,
    DRILL_ARROW_ACK,
    DRILL_ARROW_RAW,
    DRILL_ARROW_CLASS_COUNT
} DrillArrowClass;

typedef enum DrillArrowFate {
    DRILL_ARROW_ARRIVED,
    DRILL_ARROW_LOST,     /* the network lost it */
    DRILL_ARROW_CUT,      /* lost with its connection */
    DRILL_ARROW_UNDER_WAY /* the trace ends before it arrives */
} DrillArrowFate;

typedef struct DrillArrow {
    size_t from, to; /* participants */
    uint64_t conn;
    uint64_t sent_ns, received_ns;         /* received_ns is DRILL_NEVER if it did not arrive */
    uint64_t sent_number, received_number; /* of the trace */
    DrillArrowClass class;
    DrillArrowFate fate;
    bool resent;
    bool partial;  /* not a whole packet */
    bool copy;     /* made by the network */
    bool inserted; /* nobody sent it: link:insert of the script */
    bool shown;
    int type; /* DrillPacketType, or 0 */
    uint16_t id;
    const char *topic;  /* of the exchange it belongs to, or NULL */
    const char *name;   /* "PUBLISH" */
    const char *fields; /* "QoS 2 id=7" */
    const char *data;   /* "sensor/1/temp “21.5”", or "" */
    const char *mark;   /* "✗ lost" "↻ resent", or "" */
    const char *why;    /* of a loss, or "" */
    /* layout */
    size_t start_step, end_step; /* end_step is DRILL_NOBODY if it did not arrive */
    int32_t x0, y0, x1, y1;
    bool two_lines;
    DrillRect label;
} DrillArrow;

typedef struct DrillWire { /* a TCP segment */
    size_t from, to;
    uint64_t sent_ns, received_ns;
    uint64_t sent_number, received_number;
    DrillSegmentFate fate;
    bool again;        /* a retransmission */
    bool copy;         /* made by the link */
    const char *label; /* a few small words if there is room for them, or "" */
    const char *tooltip;
    /* layout */
    int32_t x0, y0, x1, y1;
    DrillRect rect; /* of the label; width 0: none */
} DrillWire;

typedef enum DrillNoteKind {
    DRILL_NOTE_SCRIPT,  /* t:note */
    DRILL_NOTE_FAILED,  /* an expectation of the script */
    DRILL_NOTE_FAULTED, /* a party found its peer's bytes wrong */
    DRILL_NOTE_FINDING, /* of an oracle */
    DRILL_NOTE_INCONCLUSIVE,
    DRILL_NOTE_LINK /* settings of a link were changed */
} DrillNoteKind;

typedef struct DrillNote {
    DrillNoteKind kind;
    size_t participant; /* or DRILL_NOBODY */
    uint64_t time_ns, number;
    const char *heading; /* statement, or "" */
    const char *text;
    size_t arrow; /* the packet it is about, or DRILL_NOBODY */
    /* layout */
    const char *lines[DRILL_DIAGRAM_LINES_MAX]; /* without the heading */
    size_t line_count;
    bool margin; /* in the column of notes at the right */
    int32_t anchor_x, anchor_y;
    DrillRect rect;
} DrillNote;

typedef struct DrillMark { /* a few small words beside a lifeline */
    size_t participant;
    uint64_t time_ns, number;
    const char *text;
    bool good; /* handed to the application */
    int32_t y;
    DrillRect rect;
} DrillMark;

typedef struct DrillBreak { /* a dashed box: connection lost, crash, broker restart */
    size_t participant;     /* the client, or the broker when it restarts */
    size_t peer;            /* or DRILL_NOBODY */
    uint64_t time_ns, number;
    uint64_t until_ns; /* DRILL_NEVER: to the end */
    const char *what;
    const char *why;
    const char *lines[2];
    DrillRect rect;
} DrillBreak;

/* A stretch of time in which nothing passes a link: partition, stall, outage. */
typedef struct DrillBand {
    size_t client, broker;
    uint64_t from_ns, number; /* of its event */
    uint64_t until_ns;        /* DRILL_NEVER: to the end */
    bool starts, ends;        /* within what is shown */
    DrillRect rect;
} DrillBand;

/* What a direction of a client's link was last set to. */
typedef struct DrillLinkText {
    size_t client;
    int direction;
    const char *settings; /* NULL: not yet */
} DrillLinkText;

typedef enum DrillStripKind {
    DRILL_STRIP_WAIT_ACK,  /* sent QoS 1 or 2, waiting for PUBACK or PUBREC */
    DRILL_STRIP_WAIT_COMP, /* PUBREC came, waiting for PUBCOMP */
    DRILL_STRIP_HELD,      /* receiver remembers the id of a QoS 2 PUBLISH */
    DRILL_STRIP_KIND_COUNT
} DrillStripKind;

typedef struct DrillStrip {
    DrillStripKind kind;
    size_t participant;
    size_t peer;
    uint16_t id;
    size_t arrow; /* that began it */
    uint64_t start_ns, start_number;
    uint64_t end_ns, end_number; /* DRILL_NEVER: to the end */
    uint32_t lane;
    DrillRect rect;
} DrillStrip;

typedef enum DrillStepKind {
    DRILL_STEP_SENT,
    DRILL_STEP_RECEIVED,
    DRILL_STEP_MARK,
    DRILL_STEP_BREAK,
    DRILL_STEP_NOTE,
    DRILL_STEP_WIRE_SENT,
    DRILL_STEP_WIRE_RECEIVED,
    DRILL_STEP_BAND_START,
    DRILL_STEP_BAND_END
} DrillStepKind;

/* A place on the time axis. Steps are ordered by time, then by number of the event. */
typedef struct DrillStep {
    DrillStepKind kind;
    size_t item; /* index into arrows, marks, breaks, notes, wires or bands */
    uint64_t time_ns, number;
    int32_t y;
    int32_t push;    /* more room above it, asked for by labels */
    uint32_t airs;   /* how often a label asked only because a line runs through it */
    uint64_t gap_ns; /* left out just above it; 0: nothing */
    int32_t gap_y;   /* where the dotted part begins */
} DrillStep;

typedef struct DrillPage {
    int32_t top, bottom; /* the part of the long drawing it shows */
    size_t step_first, step_count;
} DrillPage;

struct DrillDiagram {
    DrillPool pool;
    DrillVersion version; /* of the event being looked at */
    const char *title;    /* scenario, version, seed */
    const char *verdict;  /* "pass"..., or "" */
    const char *subtitle; /* the scenario's own title */
    const char *part;     /* "12 of 240 packets", or "" */
    DrillParticipant *participants;
    size_t participant_count;
    size_t *columns; /* participants shown, from left to right */
    size_t column_count;
    DrillArrow *arrows;
    size_t arrow_count;
    DrillWire *wires; /* of level segment; only those shown once drill_diagram_select was here */
    size_t wire_count;
    DrillNote *notes;
    size_t note_count;
    DrillMark *marks;
    size_t mark_count;
    DrillBreak *breaks;
    size_t break_count;
    DrillStrip *strips;
    size_t strip_count;
    DrillBand *bands;
    size_t band_count;
    DrillLinkText *link_texts;
    size_t link_text_count;
    DrillStep *steps;
    size_t step_count;
    /* layout */
    uint64_t flight_ns; /* usual time under way; scale of the time axis */
    int32_t axis_x, grid_x0, grid_x1, notes_x, width;
    int32_t end_y;
    DrillPage *pages;
    size_t page_count;
};

/* diagram_packet.c: fills name, fields, data, class, type, id of an arrow; gives the packet to
 * whoever follows exchanges. False: the bytes are no packet. */
bool drill_diagram_describe(DrillDiagram *diagram, DrillSpan bytes, bool whole, DrillArrow *arrow,
                            DrillPacket *packet);

/* diagram_property.c: the properties of a packet in a few words; "" if it has none. */
const char *drill_diagram_properties(DrillDiagram *diagram, const DrillPacket *packet);

/* diagram_exchange.c: follows acknowledged exchanges: strips, resent packets, topics of
 * acknowledgements. */
typedef struct DrillExchanges DrillExchanges;
DrillExchanges *drill_exchanges_new(DrillDiagram *diagram);
void drill_exchanges_sent(DrillExchanges *exchanges, size_t arrow, const DrillPacket *packet);
void drill_exchanges_received(DrillExchanges *exchanges, size_t arrow, const DrillPacket *packet);
/* The session of `participant` is gone: with one peer, or with all (DRILL_NOBODY). */
void drill_exchanges_forget(DrillExchanges *exchanges, size_t participant, size_t peer,
                            uint64_t time_ns, uint64_t number);

/* diagram_link.c: what is done to links: settings, and times in which nothing passes. */
/* Of link.set; `begun_ns` is when the link began, `end_ns` when the trace ends. */
void drill_diagram_link_set(DrillDiagram *diagram, const DrillBand *link,
                            const DrillTraceEvent *event, uint64_t begun_ns, uint64_t end_ns);
void drill_diagram_link_dead(DrillDiagram *diagram, const DrillBand *link,
                             const DrillTraceEvent *event);
/* Only bands between these times, and which of their ends. */
void drill_diagram_clip_bands(DrillDiagram *diagram, uint64_t from_ns, uint64_t until_ns);
void drill_diagram_place_bands(DrillDiagram *diagram);

/* diagram_wire.c: segments, under the packets. */
/* Of tcp.sent, or of a tcp.received that is a copy's. Its participants are set by the caller. */
DrillWire *drill_diagram_add_wire(DrillDiagram *diagram, const DrillSegment *segment,
                                  const DrillTraceEvent *event);
/* Ends of lines at x, labels where nothing else stands. */
void drill_diagram_place_wires(DrillDiagram *diagram);

/* diagram_select.c: which arrows, marks, notes, participants are shown; the columns; the steps. */
void drill_diagram_select(DrillDiagram *diagram, const DrillDiagramOptions *options);
void drill_diagram_make_steps(DrillDiagram *diagram);

/* diagram_layout.c */
void drill_diagram_layout(DrillDiagram *diagram, const DrillDiagramOptions *options);
void drill_diagram_columns(DrillDiagram *diagram); /* diagram_columns.c: x of everything */
/* The gap between two columns in which an arrow's label stands: beside its client. */
typedef struct DrillGap {
    int32_t x0, x1;
} DrillGap;
DrillGap drill_diagram_label_gap(const DrillDiagram *diagram, const DrillArrow *arrow);
int32_t drill_arrow_label_width(const DrillArrow *arrow, bool two_lines);
/* -1: left of the lifeline, 1: right: where marks and strips of a participant stand. */
int drill_diagram_outer_side(const DrillDiagram *diagram, size_t participant);
int drill_diagram_strip_side(const DrillDiagram *diagram, const DrillStrip *strip);
/* diagram_place.c: labels and near notes. Asks for more room with step.push; returns whether it
 * did. */
bool drill_diagram_place_labels(DrillDiagram *diagram);
void drill_diagram_place_notes(DrillDiagram *diagram);
void drill_diagram_pages(DrillDiagram *diagram, int32_t height_max); /* diagram_page.c */
/* The y of the last step at or before an event; the top of the drawing if there is none. */
int32_t drill_diagram_y_of(const DrillDiagram *diagram, uint64_t time_ns, uint64_t number);
/* y of an arrow's line at x, inside its ends. */
int32_t drill_arrow_y_at(const DrillArrow *arrow, int32_t x);
bool drill_rects_overlap(const DrillRect *a, const DrillRect *b);
bool drill_arrow_crosses(const DrillArrow *arrow, const DrillRect *rect);

/* "0.545 s" on the axis; "4.46 s" for a stretch of time. */
const char *drill_diagram_time(DrillDiagram *diagram, uint64_t ns);
const char *drill_diagram_stretch(DrillDiagram *diagram, uint64_t ns);

/* Sizes shared by layout and writing. */
#define DRILL_SIZE_LABEL     ((DrillFont){90, true})
#define DRILL_SIZE_FIELDS    ((DrillFont){80, false})
#define DRILL_SIZE_MARK      ((DrillFont){75, false})
#define DRILL_SIZE_NOTE      ((DrillFont){80, false})
#define DRILL_SIZE_NOTE_HEAD ((DrillFont){80, true})
#define DRILL_SIZE_BREAK     ((DrillFont){80, false})
#define DRILL_SIZE_HEAD      ((DrillFont){100, true})
#define DRILL_SIZE_DETAIL    ((DrillFont){80, false})
#define DRILL_LANE_WIDTH     65
#define DRILL_LANE_STEP      75
#define DRILL_HEADS_BOTTOM   900  /* of a page */
#define DRILL_BODY_TOP       1150 /* first row of a page */

#endif
