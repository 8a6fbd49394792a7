/* Time follows the wall clock, and what happens outside comes in through sockets.
 *
 * What makes such a run repeatable afterwards: an input gets its world time once, when it arrives,
 * and is handed over after every queue event up to that time and before every later one. So a queue
 * event may be fired only when the wall clock has passed it and no older input waits. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "driver/http.h"
#include "driver/listen.h"
#include "driver/socket.h"
#include "driver/step.h"

/* While events are overdue (the world is slower than the wall clock), sockets are looked at this
 * often; what came so shortly before an event may be taken to have come after it. */
#define LOOK_AGAIN_NS DRILL_NS_PER_MS
/* A socket each for thousands of clients; 1024 is what most systems allow if not asked. */
#define DESCRIPTORS_WANTED 65536
#define DESCRIPTORS_OTHERS 32 /* the trace, the loop's own, what scenarios read */
#define ACCEPTED_MAX       10000
#define WAIT_MS_MAX        (DRILL_LOOK_NS / DRILL_NS_PER_MS)

typedef struct Paced {
    DrillDriver driver; /* first: a DrillDriver * is a Paced * */
    DrillSockets *sockets;
    uv_timer_t wake;
    uint64_t start_ns;
    uint64_t known_ns;        /* what had come by then has been read */
    uint64_t looked_ns;       /* the end of the last look; a slow one must not bring the next */
    uint64_t stamped_ns;      /* the latest input */
    DrillQueue *queue;        /* of the last step; NULL before the first */
    DrillSocketInput *handed; /* its bytes are the world's until the next step */
    struct sigaction old_pipe_action;
    uv_tcp_t listener;
    bool listens; /* the listener's handle is open */
    uint16_t port, control_port;
    size_t accepted_max;
    DrillHttp *http; /* NULL: no control */
    uv_signal_t signals[2];
    bool catches; /* the signals' handles are open */
} Paced;

static uint64_t elapsed_ns(const Paced *paced) {
    return uv_hrtime() - paced->start_ns;
}

/* The world time of an input that is read now. It came at some time since the last look at the
 * sockets. If events have become due meanwhile (this process had no processor for a while), nobody
 * knows which was first. The input is taken to have been: a timeout must not strike because we did
 * not look. */
static uint64_t stamp(void *context) {
    Paced *paced = context;
    uint64_t time_ns = elapsed_ns(paced);
    if (paced->queue != NULL) {
        uint64_t next_ns = drill_queue_next_ns(paced->queue);
        uint64_t now_ns = drill_queue_now_ns(paced->queue);
        if (next_ns <= time_ns) time_ns = next_ns > 0 ? next_ns - 1 : 0;
        if (time_ns < paced->known_ns) time_ns = paced->known_ns;
        if (time_ns < now_ns) time_ns = now_ns;
    }
    if (time_ns > paced->stamped_ns) paced->stamped_ns = time_ns;
    return paced->stamped_ns;
}

/* libuv looks at its timers also before it waits. If the process lost the processor between setting
 * this one and there, it is over by then, and without a word nothing would end the wait at the
 * event's time. */
static void on_wake(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

/* Lets news in: what is there, or as long as it takes for some to arrive or for the timer. */
static void look(Paced *paced, bool wait) {
    uint64_t known_ns = elapsed_ns(paced);
    drill_sockets_poll(paced->sockets, wait);
    if (wait && drill_sockets_peek(paced->sockets) == NULL) {
        /* A wait also ends without a look: by a signal (a stopped process that goes on, a machine
         * that wakes up) or the timer. */
        known_ns = elapsed_ns(paced);
        drill_sockets_poll(paced->sockets, false);
    }
    paced->known_ns = known_ns;
    uint64_t gap_ns = elapsed_ns(paced) - paced->looked_ns;
    if (gap_ns >= DRILL_STALL_NS) drill_sockets_stalled(paced->sockets, gap_ns);
    paced->looked_ns = elapsed_ns(paced);
}

/* Lets news in until there is some, or until `next_ns`, or until it is time to look again. */
static void wait_until(Paced *paced, uint64_t next_ns) {
    /* The loop's clock is the wall clock in whole milliseconds, rounded down: when it shows the due
     * time, rounded up, the event is due. So there is one wake-up, never one too early. */
    uv_loop_t *loop = drill_sockets_loop(paced->sockets);
    uv_update_time(loop);
    uint64_t wait_ms = WAIT_MS_MAX;
    if (next_ns < UINT64_MAX - paced->start_ns - DRILL_NS_PER_MS) {
        uint64_t due_ms = (paced->start_ns + next_ns + DRILL_NS_PER_MS - 1) / DRILL_NS_PER_MS;
        uint64_t now_ms = uv_now(loop);
        wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    }
    if (wait_ms > WAIT_MS_MAX) wait_ms = WAIT_MS_MAX;
    (void)uv_timer_start(&paced->wake, on_wake, wait_ms, 0);
    look(paced, true);
}

/* Up to when what came first has been read, but for what does not matter. */
static uint64_t known_until(const Paced *paced, uint64_t elapsed) {
    uint64_t until_ns = paced->known_ns + LOOK_AGAIN_NS;
    return until_ns < elapsed ? until_ns : elapsed;
}

static void hand_over(Paced *paced, DrillQueue *queue, DrillInput *input) {
    DrillSocketInput *taken = drill_sockets_take(paced->sockets);
    paced->handed = taken;
    uint64_t now_ns = drill_queue_now_ns(queue);
    /* Earlier than the queue only if it was stamped before the first step. */
    uint64_t time_ns = taken->stamp_ns > now_ns ? taken->stamp_ns : now_ns;
    drill_queue_advance(queue, time_ns);
    *input = (DrillInput){.kind = taken->kind,
                          .time_ns = time_ns,
                          .connection = taken->connection,
                          .bytes = drill_span(taken->bytes, taken->size),
                          .how = taken->how,
                          .text = taken->text,
                          .writable = taken->writable,
                          .stalled_ns = taken->stalled_ns};
}

static bool paced_step(DrillDriver *driver, DrillQueue *queue, DrillInput *input) {
    Paced *paced = (Paced *)driver;
    if (paced->queue == NULL) paced->looked_ns = elapsed_ns(paced); /* nobody has waited so far */
    paced->queue = queue;
    free(paced->handed);
    paced->handed = NULL;
    for (;;) {
        const DrillSocketInput *waiting = drill_sockets_peek(paced->sockets);
        uint64_t elapsed = elapsed_ns(paced);
        if (waiting == NULL && elapsed - paced->looked_ns >= LOOK_AGAIN_NS) {
            look(paced, false);
            continue;
        }
        uint64_t limit_ns = waiting != NULL ? waiting->stamp_ns : known_until(paced, elapsed);
        uint64_t next_ns = drill_queue_next_ns(queue);
        if (next_ns != DRILL_NEVER && next_ns <= limit_ns) return drill_driver_fire(queue, input);
        if (waiting != NULL) {
            hand_over(paced, queue, input);
            return true;
        }
        bool expects = paced->listens || drill_sockets_live(paced->sockets) > 0;
        if (next_ns == DRILL_NEVER && !expects) {
            *input = (DrillInput){.time_ns = drill_queue_now_ns(queue), .how = "", .text = ""};
            return false;
        }
        if (next_ns <= elapsed)
            look(paced, false);
        else
            wait_until(paced, next_ns);
    }
}

static void paced_open(DrillDriver *driver, uint64_t connection) {
    drill_sockets_open(((Paced *)driver)->sockets, connection);
}

static void paced_write(DrillDriver *driver, uint64_t connection, DrillSpan bytes) {
    drill_sockets_write(((Paced *)driver)->sockets, connection, bytes);
}

static void paced_close(DrillDriver *driver, uint64_t connection, bool reset) {
    drill_sockets_close(((Paced *)driver)->sockets, connection, reset);
}

static void paced_hold(DrillDriver *driver, uint64_t connection, bool hold) {
    drill_sockets_hold(((Paced *)driver)->sockets, connection, hold);
}

static void paced_shutdown(DrillDriver *driver, uint64_t connection) {
    drill_sockets_shutdown(((Paced *)driver)->sockets, connection);
}

static void paced_respond(DrillDriver *driver, uint64_t request, int status, DrillSpan json) {
    Paced *paced = (Paced *)driver;
    if (paced->http != NULL) drill_http_respond(paced->http, request, status, json);
}

static void paced_deafen(DrillDriver *driver) {
    Paced *paced = (Paced *)driver;
    if (paced->listens) uv_close((uv_handle_t *)&paced->listener, NULL);
    paced->listens = false;
}

static void paced_free(DrillDriver *driver) {
    Paced *paced = (Paced *)driver;
    paced_deafen(driver);
    if (paced->http != NULL) drill_http_close(paced->http);
    for (size_t i = 0; paced->catches && i < DRILL_ARRAY_COUNT(paced->signals); i++)
        uv_close((uv_handle_t *)&paced->signals[i], NULL);
    uv_close((uv_handle_t *)&paced->wake, NULL);
    drill_sockets_free(paced->sockets);
    free(paced->handed);
    (void)sigaction(SIGPIPE, &paced->old_pipe_action, NULL);
    free(paced);
}

/* Writing to a connection that the peer has reset must be an error, not the end of the process. */
static void ignore_broken_pipes(Paced *paced) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, &paced->old_pipe_action);
}

static void allow_many_sockets(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    rlim_t wanted = DESCRIPTORS_WANTED;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted) wanted = limit.rlim_max;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE,
                    &limit); /* without it: "too many open files" on the connection in question */
}

/* 0: as many as one likes. */
static size_t sockets_allowed(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
    return limit.rlim_cur > DESCRIPTORS_OTHERS ? (size_t)limit.rlim_cur - DESCRIPTORS_OTHERS : 1;
}

/* --- from outside --- */

static void on_connection(uv_stream_t *listener, int status) {
    Paced *paced = listener->data;
    if (status == 0) (void)drill_sockets_accept(paced->sockets, listener, paced->accepted_max);
}

static void on_request(void *context, uint64_t number, DrillSpan text) {
    drill_sockets_command(((Paced *)context)->sockets, number, text);
}

static void on_signal(uv_signal_t *handle, int number) {
    Paced *paced = handle->data;
    (void)number;
    /* Whoever asks twice means it. */
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(paced->signals); i++)
        (void)uv_signal_stop(&paced->signals[i]);
    drill_sockets_command(paced->sockets, 0, drill_span_of("STOP"));
}

static void catch_signals(Paced *paced) {
    static const int numbers[] = {SIGINT, SIGTERM};
    uv_loop_t *loop = drill_sockets_loop(paced->sockets);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(paced->signals); i++) {
        int error = uv_signal_init(loop, &paced->signals[i]);
        DRILL_ASSERT(error == 0);
        paced->signals[i].data = paced;
        error = uv_signal_start(&paced->signals[i], on_signal, numbers[i]);
        DRILL_ASSERT(error == 0);
    }
    paced->catches = true;
}

static DrillResult open_listener(Paced *paced, const DrillListenAddress *address,
                                 DrillDiagnostic *diagnostic) {
    DrillAddresses found = {.count = 0};
    DrillResult result = drill_addresses_find(address, true, &found, diagnostic);
    if (result != DRILL_OK) return result;
    paced->listener.data = paced;
    result = drill_listen(drill_sockets_loop(paced->sockets), &paced->listener, &found,
                          on_connection, &paced->port, diagnostic);
    paced->listens = result == DRILL_OK;
    return result;
}

static DrillResult open_control(Paced *paced, const DrillListenAddress *address,
                                DrillDiagnostic *diagnostic) {
    DrillAddresses found = {.count = 0};
    DrillResult result = drill_addresses_find(address, true, &found, diagnostic);
    if (result != DRILL_OK) return result;
    DrillHttpOptions http = {.loop = drill_sockets_loop(paced->sockets),
                             .addresses = &found,
                             .request = on_request,
                             .context = paced};
    return drill_http_new(&http, &paced->http, &paced->control_port, diagnostic);
}

static Paced *from_driver(const DrillDriver *driver) {
    DRILL_ASSERT(driver->step == paced_step);
    return (Paced *)(uintptr_t)driver;
}

uint16_t drill_driver_paced_port(const DrillDriver *driver) {
    return from_driver(driver)->port;
}

uint16_t drill_driver_paced_control_port(const DrillDriver *driver) {
    return from_driver(driver)->control_port;
}

/* --- making one --- */

static Paced *make(const DrillPacedOptions *options, const DrillAddresses *addresses) {
    Paced *paced = calloc(1, sizeof(*paced));
    DRILL_ASSERT(paced != NULL);
    paced->driver = (DrillDriver){.name = "paced",
                                  .live = true,
                                  .step = paced_step,
                                  .open = paced_open,
                                  .write = paced_write,
                                  .close = paced_close,
                                  .shutdown = paced_shutdown,
                                  .hold = paced_hold,
                                  .respond = paced_respond,
                                  .deafen = paced_deafen,
                                  .free = paced_free};
    DrillSocketsOptions sockets = {.addresses = addresses->list,
                                   .address_count = addresses->count,
                                   .connect_timeout_ns = options->connect_timeout_ns,
                                   .stamp = stamp,
                                   .context = paced};
    paced->sockets = drill_sockets_new(&sockets);
    paced->accepted_max = options->accepted_max > 0 ? options->accepted_max : ACCEPTED_MAX;
    ignore_broken_pipes(paced);
    allow_many_sockets();
    paced->driver.connections_max = sockets_allowed();
    int error = uv_timer_init(drill_sockets_loop(paced->sockets), &paced->wake);
    DRILL_ASSERT(error == 0);
    paced->start_ns = uv_hrtime();
    return paced;
}

DrillResult drill_driver_paced(const DrillPacedOptions *options, DrillDriver **out,
                               DrillDiagnostic *diagnostic) {
    DrillAddresses addresses = {.count = 0};
    *out = NULL;
    if (options->host != NULL) {
        DrillListenAddress upstream = {options->host, options->port};
        DrillResult resolved = drill_addresses_find(&upstream, false, &addresses, diagnostic);
        if (resolved != DRILL_OK) return resolved;
    }
    Paced *paced = make(options, &addresses);
    DrillResult result = DRILL_OK;
    if (options->listen != NULL) result = open_listener(paced, options->listen, diagnostic);
    if (result == DRILL_OK && options->control != NULL)
        result = open_control(paced, options->control, diagnostic);
    if (result != DRILL_OK) {
        paced_free(&paced->driver);
        return result;
    }
    if (options->signals) catch_signals(paced);
    *out = &paced->driver;
    return DRILL_OK;
}
