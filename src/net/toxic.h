/* Inside net: impairments that act on connections rather than on packets, in the words of
 * toxiproxy. They hook in where a connection is opened, where its bytes are handed over and where
 * its end is passed on; the settings of a direction are those of the link. */
#ifndef DRILL_NET_TOXIC_H
#define DRILL_NET_TOXIC_H

#include "net/path.h"

/* Each function may be NULL. `direction`: the one whose settings are asked. */
typedef struct DrillToxic {
    const char *name;
    /* The connection was opened, or the settings have changed. */
    void (*opened)(DrillTransport *transport, int direction);
    /* When it ends the connection; DRILL_NEVER: not. And does it, once. */
    uint64_t (*due_ns)(const DrillTransport *transport, int direction);
    void (*strike)(DrillTransport *transport, uint64_t now_ns);
    /* No byte of this direction is handed over. */
    bool (*holds)(const DrillLinkSettings *settings);
    /* The end of data, which came at `ended_ns`, is passed on not before. */
    uint64_t (*ends_ns)(const DrillLinkSettings *settings, uint64_t ended_ns);
} DrillToxic;

extern const DrillToxic drill_toxic_down;
extern const DrillToxic drill_toxic_reset_peer;
extern const DrillToxic drill_toxic_timeout;
extern const DrillToxic drill_toxic_limit_data;
extern const DrillToxic drill_toxic_slow_close;

/* One connection's state. */
typedef struct DrillToxicState {
    uint64_t opened_ns;
    DrillEventHandle event; /* when the next one is due */
    bool struck;
    bool ended[2]; /* the end of data has come, at ... */
    uint64_t ended_ns[2];
    DrillEventHandle end_event[2];
    DrillTransport *next; /* on the same link */
    DrillTransport **here;
} DrillToxicState;

/* Cuts what is sent into slices (impair_slicer.c). */
typedef struct DrillSlicer {
    DrillBuffer pending;
    size_t used;
    DrillEventHandle event;
    bool closing; /* the side has closed in good order: after the last slice */
} DrillSlicer;

void drill_toxics_opened(DrillTransport *transport, uint64_t now_ns);
void drill_toxics_changed(DrillLink *link);
void drill_toxics_free(DrillTransport *transport);
bool drill_toxics_hold(const DrillTransport *transport, int direction);
/* The end of data has come. False: later; the flow is asked to look again then. */
bool drill_toxics_may_end(DrillTransport *transport, int direction, uint64_t now_ns);
/* The end of data has come and is being kept back. */
bool drill_toxics_busy(const DrillTransport *transport);

/* True: taken over, to be sent slice by slice. */
bool drill_slicer_send(DrillTransport *transport, int side, DrillSpan bytes, uint64_t now_ns);
/* True: the side closes after its last slice. */
bool drill_slicer_close(DrillTransport *transport, int side, DrillCloseHow how);
void drill_slicer_stop(DrillTransport *transport, int side);

/* Head of the list of the link's connections. */
DrillTransport **drill_link_transports(DrillLink *link);

#endif
