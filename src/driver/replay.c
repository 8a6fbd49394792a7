/* Hands a recorded run's outside inputs over again.
 *
 * The rule is the one by which the paced driver handed them over when they were recorded: an input
 * of time W comes after every queue event with time <= W, also those created meanwhile, and before
 * every later one. So the same world takes the same steps, without a clock. */
#include <stdlib.h>
#include <string.h>

#include "driver/step.h"

typedef struct Replay {
    DrillDriver driver; /* first: a DrillDriver * is a Replay * */
    const DrillTraceFile *file;
    size_t next; /* index into file->events */
    /* Connections about which a live driver could have news: opened, not closed by either side. The
     * recorded world and this one can differ (that is what people replay for), and news of a
     * connection nobody has would be none. */
    DrillMap *open;
    DrillMap *accepted; /* numbers of recorded connections that came from outside */
    DrillBuffer text;
} Replay;

static DrillSpan key_of(const uint64_t *connection) {
    return drill_span(connection, sizeof(*connection));
}

/* The next recorded input, or NULL. */
static const DrillTraceEvent *peek(Replay *replay) {
    for (; replay->next < replay->file->count; replay->next++) {
        const DrillTraceEvent *event = &replay->file->events[replay->next];
        if (event->kind == DRILL_TRACE_OUTSIDE_CONNECTED ||
            event->kind == DRILL_TRACE_OUTSIDE_BYTES || event->kind == DRILL_TRACE_OUTSIDE_CLOSED ||
            event->kind == DRILL_TRACE_OUTSIDE_ACCEPTED ||
            event->kind == DRILL_TRACE_OUTSIDE_CONTROL ||
            event->kind == DRILL_TRACE_OUTSIDE_WRITABLE ||
            event->kind == DRILL_TRACE_OUTSIDE_STALLED) {
            return event;
        }
    }
    return NULL;
}

static bool is_about_connection(const DrillTraceEvent *event) {
    return event->kind != DRILL_TRACE_OUTSIDE_CONTROL && event->kind != DRILL_TRACE_OUTSIDE_STALLED;
}

/* A connection has one number in the trace and, where both of its ends are real, two sockets: the
 * far end's events are the broker's. */
static uint64_t number_of(const Replay *replay, const DrillTraceEvent *event) {
    if (!is_about_connection(event)) return 0;
    uint64_t connection = drill_trace_u64(event, "conn");
    bool accepted = event->kind == DRILL_TRACE_OUTSIDE_ACCEPTED ||
                    (!drill_span_is(event->node, "broker") &&
                     drill_map_get(replay->accepted, key_of(&connection)) != NULL);
    return accepted ? connection | DRILL_ACCEPTED_BIT : connection;
}

/* Whether a live driver could have had this news. */
static bool is_news(Replay *replay, const DrillTraceEvent *event, uint64_t number) {
    if (!is_about_connection(event)) return true;
    if (event->kind != DRILL_TRACE_OUTSIDE_ACCEPTED)
        return drill_map_get(replay->open, key_of(&number)) != NULL;
    uint64_t connection = number & ~DRILL_ACCEPTED_BIT;
    drill_map_set(replay->accepted, key_of(&connection), replay);
    drill_map_set(replay->open, key_of(&number), replay);
    return true;
}

static void fill(Replay *replay, const DrillTraceEvent *event, DrillInput *input) {
    if (event->kind == DRILL_TRACE_OUTSIDE_ACCEPTED) {
        input->kind = DRILL_INPUT_ACCEPTED;
    } else if (event->kind == DRILL_TRACE_OUTSIDE_CONTROL) {
        input->kind = DRILL_INPUT_CONTROL;
        input->bytes = drill_trace_text(event, "text");
    } else if (event->kind == DRILL_TRACE_OUTSIDE_CONNECTED) {
        input->kind = DRILL_INPUT_CONNECTED;
    } else if (event->kind == DRILL_TRACE_OUTSIDE_BYTES) {
        input->kind = DRILL_INPUT_BYTES;
        input->bytes = drill_trace_text(event, "bytes");
    } else if (event->kind == DRILL_TRACE_OUTSIDE_WRITABLE) {
        input->kind = DRILL_INPUT_WRITABLE;
        input->writable = drill_trace_u64(event, "writable") != 0;
    } else if (event->kind == DRILL_TRACE_OUTSIDE_STALLED) {
        input->kind = DRILL_INPUT_STALLED;
        input->stalled_ns = drill_trace_u64(event, "for_ns");
    } else {
        DrillSpan text = drill_trace_text(event, "text");
        drill_buffer_clear(&replay->text);
        drill_buffer_put(&replay->text, text.data, text.size);
        input->kind = DRILL_INPUT_CLOSED;
        input->how = drill_driver_how(drill_trace_text(event, "how"));
        input->text = drill_buffer_cstring(&replay->text);
    }
}

static bool replay_step(DrillDriver *driver, DrillQueue *queue, DrillInput *input) {
    Replay *replay = (Replay *)driver;
    for (;;) {
        const DrillTraceEvent *event = peek(replay);
        if (event == NULL) return drill_driver_fire(queue, input);
        uint64_t now_ns = drill_queue_now_ns(queue);
        uint64_t time_ns = event->time_ns > now_ns ? event->time_ns : now_ns;
        if (drill_queue_next_ns(queue) <= time_ns && drill_queue_count(queue) > 0) {
            return drill_driver_fire(queue, input);
        }
        replay->next++;
        uint64_t connection = number_of(replay, event);
        /* Only now: an event just fired may have opened or closed it. */
        if (!is_news(replay, event, connection)) continue;
        drill_queue_advance(queue, time_ns);
        *input = (DrillInput){.time_ns = time_ns, .connection = connection, .how = "", .text = ""};
        fill(replay, event, input);
        if (input->kind == DRILL_INPUT_CLOSED && strcmp(input->how, "fin") != 0) {
            (void)drill_map_remove(replay->open, key_of(&connection));
        }
        return true;
    }
}

static void replay_open(DrillDriver *driver, uint64_t connection) {
    Replay *replay = (Replay *)driver;
    drill_map_set(replay->open, key_of(&connection), replay);
}

static void replay_write(DrillDriver *driver, uint64_t connection, DrillSpan bytes) {
    (void)driver;
    (void)connection;
    (void)bytes;
}

static void replay_close(DrillDriver *driver, uint64_t connection, bool reset) {
    Replay *replay = (Replay *)driver;
    (void)reset;
    (void)drill_map_remove(replay->open, key_of(&connection));
}

static void replay_shutdown(DrillDriver *driver, uint64_t connection) {
    (void)driver;
    (void)connection;
}

static void replay_free(DrillDriver *driver) {
    Replay *replay = (Replay *)driver;
    drill_map_free(replay->open);
    drill_map_free(replay->accepted);
    drill_buffer_release(&replay->text);
    free(replay);
}

DrillDriver *drill_driver_replay(const DrillTraceFile *file) {
    Replay *replay = calloc(1, sizeof(*replay));
    DRILL_ASSERT(replay != NULL);
    replay->driver = (DrillDriver){.name = "replay",
                                   .live = true,
                                   .step = replay_step,
                                   .open = replay_open,
                                   .write = replay_write,
                                   .close = replay_close,
                                   .shutdown = replay_shutdown,
                                   .free = replay_free};
    replay->file = file;
    replay->open = drill_map_new(drill_allocator_malloc());
    replay->accepted = drill_map_new(drill_allocator_malloc());
    replay->text.allocator = drill_allocator_malloc();
    return &replay->driver;
}
