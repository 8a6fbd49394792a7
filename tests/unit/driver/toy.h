/* The smallest world: a loop that holds every driver to its rules, writes down what happens, and
 * passes inputs on. */
#ifndef DRILL_TESTS_DRIVER_TOY_H
#define DRILL_TESTS_DRIVER_TOY_H

#include <check.h>
#include <inttypes.h>

#include "driver/driver.h"
#include "unit/suite.h"

typedef struct Toy Toy;
struct Toy {
    DrillDriver *driver;
    DrillQueue *queue;
    DrillTracer *tracer; /* NULL: inputs are not recorded */
    DrillBuffer trace;
    DrillBuffer log; /* a line for everything that happened */
    uint64_t last_ns;
    uint64_t created_ns; /* wall clock */
    uint64_t fired;
    uint64_t inputs;
    void (*on_input)(Toy *toy, const DrillInput *input);
    void *user;
};

static inline void toy_init(Toy *toy) {
    *toy = (Toy){.created_ns = drill_wall_ns()};
    toy->queue = drill_queue_new(drill_allocator_malloc());
    toy->log.allocator = drill_allocator_malloc();
    toy->trace.allocator = drill_allocator_malloc();
}

static inline void toy_init_paced(Toy *toy, const char *host, uint16_t port) {
    toy_init(toy);
    DrillPacedOptions options = {
        .host = host, .port = port, .connect_timeout_ns = 5 * DRILL_NS_PER_S};
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(drill_driver_paced(&options, &toy->driver, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
}

static inline void toy_free(Toy *toy) {
    if (toy->driver != NULL) toy->driver->free(toy->driver);
    drill_tracer_free(toy->tracer);
    drill_queue_free(toy->queue);
    drill_buffer_release(&toy->log);
    drill_buffer_release(&toy->trace);
}

static inline void toy_record_line(void *context, DrillSpan line) {
    drill_buffer_put(&((Toy *)context)->trace, line.data, line.size);
}

static inline void toy_record(Toy *toy) {
    DrillTracerOptions options = {.allocator = drill_allocator_malloc()};
    DrillTraceSink sink = {.context = toy, .line = toy_record_line};
    DrillTraceHeader header = {.version = 4};
    toy->tracer = drill_tracer_new(&options);
    drill_tracer_add_sink(toy->tracer, sink);
    drill_tracer_header(toy->tracer, &header);
}

static void toy_emit(Toy *toy, const DrillInput *input) {
    DrillTraceEvent event = {.time_ns = input->time_ns, .kind = DRILL_TRACE_OUTSIDE_CONNECTED};
    event.values[0].number = input->connection & ~DRILL_ACCEPTED_BIT;
    if (input->kind == DRILL_INPUT_BYTES) {
        event.kind = DRILL_TRACE_OUTSIDE_BYTES;
        event.values[1].bytes = input->bytes;
    } else if (input->kind == DRILL_INPUT_ACCEPTED) {
        event.kind = DRILL_TRACE_OUTSIDE_ACCEPTED;
    } else if (input->kind == DRILL_INPUT_CONTROL) {
        event.kind = DRILL_TRACE_OUTSIDE_CONTROL;
        event.values[0].bytes = input->bytes;
    } else if (input->kind == DRILL_INPUT_WRITABLE) {
        event.kind = DRILL_TRACE_OUTSIDE_WRITABLE;
        event.values[1].number = input->writable;
    } else if (input->kind == DRILL_INPUT_STALLED) {
        event.kind = DRILL_TRACE_OUTSIDE_STALLED;
        event.values[0].number = input->stalled_ns;
    } else if (input->kind == DRILL_INPUT_CLOSED) {
        event.kind = DRILL_TRACE_OUTSIDE_CLOSED;
        event.values[1].bytes = drill_span_of(input->how);
        event.values[2].bytes = drill_span_of(input->text);
    }
    (void)drill_tracer_emit(toy->tracer, &event);
}

static void toy_check(Toy *toy, const DrillInput *input) {
    ck_assert_uint_ge(input->time_ns, toy->last_ns);
    ck_assert_uint_eq(input->time_ns, drill_queue_now_ns(toy->queue));
    toy->last_ns = input->time_ns;
    if (strcmp(toy->driver->name, "paced") == 0) {
        ck_assert_uint_le(input->time_ns, drill_wall_ns() - toy->created_ns);
    }
    if (input->kind == DRILL_INPUT_NONE) return;
    /* Everything up to the input's time has been fired. */
    uint64_t next_ns = drill_queue_next_ns(toy->queue);
    if (next_ns != DRILL_NEVER) ck_assert_uint_gt(next_ns, input->time_ns);
}

static void toy_log(Toy *toy, const DrillInput *input) {
    static const char *const names[] = {"fired",    "connected", "bytes",    "closed",
                                        "accepted", "control",   "writable", "stalled"};
    drill_buffer_print(&toy->log, "%" PRIu64 " %s", input->time_ns, names[input->kind]);
    if (input->kind == DRILL_INPUT_CONTROL) {
        drill_buffer_print(&toy->log, " \"%.*s\"", (int)input->bytes.size,
                           (const char *)input->bytes.data);
    } else if (input->kind != DRILL_INPUT_NONE) {
        drill_buffer_print(&toy->log, " conn %" PRIu64, input->connection);
    }
    if (input->kind == DRILL_INPUT_BYTES) {
        drill_buffer_print(&toy->log, " size %zu hash %" PRIx64, input->bytes.size,
                           drill_hash(input->bytes, 1));
    }
    if (input->kind == DRILL_INPUT_WRITABLE)
        drill_buffer_put_string(&toy->log, input->writable ? " yes" : " no");
    if (input->kind == DRILL_INPUT_CLOSED) {
        drill_buffer_print(&toy->log, " %s \"%s\"", input->how, input->text);
    }
    drill_buffer_put_byte(&toy->log, '\n');
}

static inline bool toy_step(Toy *toy) {
    DrillInput input;
    if (!toy->driver->step(toy->driver, toy->queue, &input)) return false;
    toy_check(toy, &input);
    toy_log(toy, &input);
    if (input.kind == DRILL_INPUT_NONE) {
        toy->fired++;
        return true;
    }
    toy->inputs++;
    if (toy->tracer != NULL) toy_emit(toy, &input);
    if (toy->on_input != NULL) toy->on_input(toy, &input);
    return true;
}

static inline void toy_run(Toy *toy) {
    while (toy_step(toy)) {
    }
}

static inline const char *toy_text(Toy *toy) {
    return drill_buffer_cstring(&toy->log);
}

static inline void toy_nothing(void *context, uint64_t argument, uint64_t now_ns) {
    (void)context;
    (void)argument;
    (void)now_ns;
}

#endif
