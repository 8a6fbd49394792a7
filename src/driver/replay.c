/* Hands a recorded run's outside inputs over again.
 *
 * The rule is the one by which the paced driver handed them over when they were recorded: an input
 * of time W comes after every queue event with time <= W, also those created meanwhile, and before
 * every later one. So the same world takes the same steps, without a clock. */
#include <stdlib.h>

#include "driver/step.h"

typedef struct Replay {
    DrillDriver driver; /* first: a DrillDriver * is a Replay * */
    const DrillTraceFile *file;
    size_t next; /* index into file->events */
    /* Connections about which a live driver could have news: opened, not closed by either side. The
     * recorded world and this one can differ (that is what people replay for), and news of a
     * connection nobody has would be none. */
    DrillMap *open;
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
            event->kind == DRILL_TRACE_OUTSIDE_BYTES || event->kind == DRILL_TRACE_OUTSIDE_CLOSED) {
            return event;
        }
    }
    return NULL;
}

static void fill(Replay *replay, const DrillTraceEvent *event, DrillInput *input) {
    input->connection = drill_trace_u64(event, "conn");
    if (event->kind == DRILL_TRACE_OUTSIDE_CONNECTED) {
        input->kind = DRILL_INPUT_CONNECTED;
    } else if (event->kind == DRILL_TRACE_OUTSIDE_BYTES) {
        input->kind = DRILL_INPUT_BYTES;
        input->bytes = drill_trace_text(event, "bytes");
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
        uint64_t connection = drill_trace_u64(event, "conn");
        /* Only now: an event just fired may have opened or closed it. */
        if (drill_map_get(replay->open, key_of(&connection)) == NULL) continue;
        drill_queue_advance(queue, time_ns);
        *input = (DrillInput){.time_ns = time_ns, .how = "", .text = ""};
        fill(replay, event, input);
        if (input->kind == DRILL_INPUT_CLOSED) {
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

static void replay_free(DrillDriver *driver) {
    Replay *replay = (Replay *)driver;
    drill_map_free(replay->open);
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
                                   .free = replay_free};
    replay->file = file;
    replay->open = drill_map_new(drill_allocator_malloc());
    replay->text.allocator = drill_allocator_malloc();
    return &replay->driver;
}
