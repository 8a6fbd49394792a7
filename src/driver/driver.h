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
    DRILL_INPUT_CLOSED
} DrillInputKind;

typedef struct DrillInput {
    DrillInputKind kind;
    uint64_t time_ns;    /* world time; every queue event up to it has been fired */
    uint64_t connection; /* the world's connection number */
    DrillSpan bytes;     /* valid until the next step */
    const char *how;     /* closed: "fin" "rst" "refused" "error" */
    const char *text;    /* closed: the system's message, or "" */
} DrillInput;

typedef struct DrillDriver DrillDriver;
struct DrillDriver {
    const char *name; /* "virtual" "paced" "replay" */
    bool live;        /* there is an outside; times are the wall clock's (replay: were) */
    /* False: nothing can happen any more (virtual: the queue is empty), or `stop` was asked for. */
    bool (*step)(DrillDriver *driver, DrillQueue *queue, DrillInput *input);
    /* Towards the outside; NULL in virtual. Answers come as inputs. */
    void (*open)(DrillDriver *driver, uint64_t connection);
    void (*write)(DrillDriver *driver, uint64_t connection, DrillSpan bytes);
    void (*close)(DrillDriver *driver, uint64_t connection,
                  bool reset); /* no further input for it */
    void (*free)(DrillDriver *driver);
};

DrillDriver *drill_driver_virtual(void);

/* Monotonic wall clock, for reporting how long something took. The only other place where a clock
 * is read is paced.c. */
uint64_t drill_wall_ns(void);

/* Real sockets through libuv. */
typedef struct DrillPacedOptions {
    const char *host;
    uint16_t port;
    uint64_t connect_timeout_ns;
} DrillPacedOptions;
DRILL_MUST_USE DrillResult drill_driver_paced(const DrillPacedOptions *options, DrillDriver **out,
                                              DrillDiagnostic *diagnostic);

/* Outside inputs from a recorded run. `file` must outlive the driver. */
DrillDriver *drill_driver_replay(const DrillTraceFile *file);

#endif
