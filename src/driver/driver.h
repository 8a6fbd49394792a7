/* Where time and outside bytes come from: the one door of decision 2. The world's loop is
 *     while (driver->step(driver, queue, &input)) dispatch(&input);
 * A step either fires one queue event (input.kind == DRILL_INPUT_NONE) or hands over one outside
 * input. */
#ifndef DRILL_DRIVER_DRIVER_H
#define DRILL_DRIVER_DRIVER_H

#include "base/base.h"
#include "base/diagnostic.h"
#include "sim/queue.h"
#include "trace/trace.h"

typedef enum DrillInputKind {
    DRILL_INPUT_NONE, /* a queue event was fired */
    DRILL_INPUT_CONNECTED,
    DRILL_INPUT_BYTES,
    DRILL_INPUT_CLOSED,
    DRILL_INPUT_ACCEPTED, /* somebody connected to us */
    DRILL_INPUT_CONTROL,  /* somebody gives a command: `bytes` is its text */
    DRILL_INPUT_WRITABLE, /* so much waits to be written that no more should come, or no longer */
    DRILL_INPUT_STALLED   /* nobody looked whether something had come for `stalled_ns` */
} DrillInputKind;

/* Connections that came from outside are numbered by the driver, with this bit set; those that the
 * world opens have the world's numbers. */
#define DRILL_ACCEPTED_BIT (UINT64_C(1) << 63)

typedef struct DrillInput {
    DrillInputKind kind;
    uint64_t time_ns;    /* world time; every queue event up to it has been fired */
    uint64_t connection; /* the world's number, or with DRILL_ACCEPTED_BIT; control: the request */
    DrillSpan bytes;     /* valid until the next step */
    /* closed: "fin" "rst" "refused" "error". After "fin" the world may still write, and "rst" or
     * "error" may follow, until it closes; after the others nothing comes. */
    const char *how;
    const char *text; /* closed: the system's message, or "" */
    bool writable;
    uint64_t stalled_ns;
} DrillInput;

typedef struct DrillDriver DrillDriver;
struct DrillDriver {
    const char *name; /* "virtual" "paced" "replay" */
    bool live;        /* there is an outside; times are the wall clock's (replay: were) */
    /* So many connections it can have open at the same time; 0: no limit of its own. */
    size_t connections_max;
    /* False: nothing can happen any more (virtual: the queue is empty), or `stop` was asked for. */
    bool (*step)(DrillDriver *driver, DrillQueue *queue, DrillInput *input);
    /* Towards the outside; NULL in virtual. Answers come as inputs. */
    void (*open)(DrillDriver *driver, uint64_t connection);
    void (*write)(DrillDriver *driver, uint64_t connection, DrillSpan bytes);
    void (*close)(DrillDriver *driver, uint64_t connection,
                  bool reset); /* no further input for it */
    /* Our end is sent when what was written is; nothing is written any more, but reading goes on,
     * until `close`. */
    void (*shutdown)(DrillDriver *driver, uint64_t connection);
    /* Reads nothing more from this connection, or goes on; may be NULL. Not recorded: what it
     * changes is when bytes come, and that is. */
    void (*hold)(DrillDriver *driver, uint64_t connection, bool hold);
    /* Answers a control request (0: nobody waits); may be NULL. `json` is copied. */
    void (*respond)(DrillDriver *driver, uint64_t request, int status, DrillSpan json);
    void (*deafen)(DrillDriver *driver); /* accepts no connections any more; may be NULL */
    void (*free)(DrillDriver *driver);
};

DrillDriver *drill_driver_virtual(void);

/* An outside is looked at this often at the least; one second later than that is a stall: the
 * machine, a stopped process, or a script that computes. */
#define DRILL_LOOK_NS  (DRILL_NS_PER_S / 2)
#define DRILL_STALL_NS (DRILL_LOOK_NS + DRILL_NS_PER_S)

/* Monotonic wall clock, for reporting how long something took. The only other place where a clock
 * is read is paced.c. */
uint64_t drill_wall_ns(void);

/* An address to listen at. Port 0: any that is free. */
typedef struct DrillListenAddress {
    const char *host;
    uint16_t port;
} DrillListenAddress;

/* Real sockets through libuv. */
typedef struct DrillPacedOptions {
    const char *host; /* to which `open` connects; NULL: it may not be called */
    uint16_t port;
    uint64_t connect_timeout_ns;
    const DrillListenAddress *listen;  /* connections come from there; NULL: none do */
    const DrillListenAddress *control; /* commands over HTTP; loopback only; NULL: none */
    size_t accepted_max;               /* more at a time are reset; 0: 10,000 */
    bool signals; /* SIGINT and SIGTERM become the control text "STOP"; a second one kills */
} DrillPacedOptions;
/* DRILL_IO: a host that is not found, an address where one cannot listen. DRILL_INVALID: a control
 * address that is not loopback. */
DRILL_MUST_USE DrillResult drill_driver_paced(const DrillPacedOptions *options, DrillDriver **out,
                                              DrillDiagnostic *diagnostic);
/* What port 0 became; 0: does not listen. */
uint16_t drill_driver_paced_port(const DrillDriver *driver);
uint16_t drill_driver_paced_control_port(const DrillDriver *driver);

/* Outside inputs from a recorded run. `file` must outlive the driver. */
DrillDriver *drill_driver_replay(const DrillTraceFile *file);

#endif
